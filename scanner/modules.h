/*
 * modules.h: the check modules as the rules see them: the one place where both are known.
 */
#ifndef SSHVET_MODULES_H
#define SSHVET_MODULES_H

#include "options.h"
#include "ruleset.h"

/*
 * What --rules and --profile ask for, with every module of checks.def; a probe is about ssh_protocol alone. Valid until the next call.
 */
struct ruleset_options modules_options(const struct options *options) MUST_USE;

/* Load the rule set the options ask for. Fails as ruleset_load() does. */
int modules_load(const struct options *options, struct ruleset **ret_ruleset, struct error *err) MUST_USE;

#endif

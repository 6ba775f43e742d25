/*
 * modules.h: the check modules as the rules see them: the one place where both are known.
 */
#ifndef SSHVET_MODULES_H
#define SSHVET_MODULES_H

#include "key_lists.h"
#include "options.h"
#include "ruleset.h"

/*
 * What --rules and --profile ask for, with every module of checks.def; a probe is about ssh_protocol alone. Valid until the next call.
 */
struct ruleset_options modules_options(const struct options *options) MUST_USE;

/* Load the rule set the options ask for. Fails as ruleset_load() does. */
int modules_load(const struct options *options, struct ruleset **ret_ruleset, struct error *err) MUST_USE;

/* The lists of keys the options name, and the built-in blocklist. Fails as key_lists_block() does; the text names the option. */
int modules_load_lists(const struct options *options, struct key_lists **ret_lists, struct error *err) MUST_USE;

#endif

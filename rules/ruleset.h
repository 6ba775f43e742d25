/*
 * ruleset.h: what is required: rules selected by a profile, compiled once per run and held against the facts of each target.
 */
#ifndef SSHVET_RULESET_H
#define SSHVET_RULESET_H

#include "fact.h"
#include "finding.h"

/* Opaque; immutable once loaded, so that every thread may use it. */
struct ruleset;

/* A module as the rules see it. */
struct ruleset_module {
	const char             *name;   /* what `module:` says */
	const char             *member; /* first word of its facts */
	const struct fact_spec *facts;
	size_t                  nfacts;
};

struct ruleset_options {
	const char                  *rules;   /* folder with library/ and profiles/ to use in place of the embedded ones; NULL for those */
	const char                  *profile; /* name, or a path (it has a '/' or ends in .yaml); NULL means "baseline" */
	const char                  *only;    /* a module: of the profile only its rules; NULL for all */
	const struct ruleset_module *modules;
	size_t                       nmodules;
};

/*
 * Load, check and compile. Every mistake is ERR_SYNTAX with "file:line:column: what is wrong and what would be right"; a
 * profile that does not exist is ERR_NOT_FOUND and lists those that do; one without a rule of the module that is asked for is ERR_USAGE.
 * Texts of `options` need not outlive the call; `modules` and `only` must.
 */
int ruleset_load(const struct ruleset_options *options, struct ruleset **ret_ruleset, struct error *err) MUST_USE;

void ruleset_free(struct ruleset *rs);

/* What to do where a fact has a certain value. */
struct remedy {
	const char *value;
	const char *text;
};

/* One rule as reports and `rules show` present it. Texts are never NULL and belong to the rule set. */
struct rule_info {
	const char   *id;
	const char   *title;
	const char   *module;
	enum severity severity; /* the profile's, where it sets one */
	const char   *rationale;
	const char   *remediation; /* where no other is for the target */

	const char          *remedies_by; /* the fact that tells what else there is to do, with the next two; NULL for nothing else */
	const struct remedy *remedies;
	size_t               nremedies;

	const cJSON *references; /* object from benchmark to array of strings; NULL when there are none */
	const char  *expected;   /* what passes, in words, parameters filled in */
	const char  *file;       /* where it is defined, "file:line" */
};

/* The one module whose rules it has; NULL when it was not restricted. */
const char *ruleset_only(const struct ruleset *rs) MUST_USE;

/* The profile's name, and its rules in order of id. rule(index) is valid for index < count. */
const char      *ruleset_profile(const struct ruleset *rs) MUST_USE;
size_t           ruleset_count(const struct ruleset *rs) MUST_USE;
struct rule_info ruleset_rule(const struct ruleset *rs, size_t index) MUST_USE;

/*
 * Hold the rules against the facts of one target (checks_extract()). Every rule gives at least one finding, in the order of rules, then of items.
 * A fact that is absent gives VERDICT_ERROR with its reason. Pure; ERR_NOMEM only.
 */
int ruleset_evaluate(const struct ruleset *rs, const cJSON *facts, struct findings *ret_findings, struct error *err) MUST_USE;

/* What `profiles` prints: one profile a line through `each`; the embedded ones or those of a rules folder. */
struct profile_info {
	const char *name;
	const char *title;
	size_t      rules; /* how many it selects */
	size_t      all;   /* how many there are to select from */
};
int ruleset_profiles(const struct ruleset_options *options, void (*each)(const struct profile_info *profile, void *context), void *context,
                     struct error *err) MUST_USE;

#endif

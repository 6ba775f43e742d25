/*
 * check.h: check modules: what can be learnt from a target.
 *
 * A module is NAME.c (the descriptor at its bottom and a pure parser), NAME.sh (its part of the collector) and one line in
 * checks.def. Nothing else has to be touched to add one; see README.md in this folder.
 */
#ifndef SSHVET_CHECK_H
#define SSHVET_CHECK_H

#include "evidence.h"
#include "fact.h"

struct check {
	const char             *name;    /* stable: rules and reports refer to it, e.g. "key_permissions" */
	const char             *member;  /* its member of the facts, the first word of all its fact names, e.g. "keys" */
	const char             *summary; /* one line, shown by `facts --list` */
	const struct fact_spec *facts;   /* everything extract() may add */
	size_t                  nfacts;

	/*
	 * Turn sections into facts in `module`, an empty object. Pure: no I/O, no logging, no verdict. Evidence that is absent,
	 * truncated or malformed is not a failure: the facts it would have given are listed as unavailable with the reason.
	 * Returns 0, or ERR_NOMEM, ERR_TOO_BIG; then nothing of the module is used, and every rule on it ends in error.
	 */
	int (*extract)(const struct evidence *ev, cJSON *module, struct error *err);
};

/* Every module in the order of checks.def, NULL at the end. */
extern const struct check *const checks[];

/* The module of that name, NULL when there is none. */
const struct check *check_find(const char *name) MUST_USE;

/*
 * The facts of one target from its evidence: one object with a member per module, which the caller owns (cJSON_Delete()).
 * A module that failed leaves {"unavailable": [{"fact": MEMBER, "reason": "parse", …}]}. ERR_NOMEM only.
 */
int checks_extract(const struct evidence *ev, cJSON **ret_facts, struct error *err) MUST_USE;

/* The same of the module `only`; of all when that is NULL. */
int checks_extract_only(const struct evidence *ev, const char *only, cJSON **ret_facts, struct error *err) MUST_USE;

/*
 * The script that runs on a target, byte for byte, assembled from checks/ at build time: NUL-terminated, `collector_size` bytes
 * without the NUL.
 */
extern const char   collector_script[];
extern const size_t collector_size;

#endif

/*
 * judge.h: from the evidence of one target to its findings: evidence -> facts -> verdicts, the same for a scan and for
 * saved files.
 */
#ifndef SSHVET_JUDGE_H
#define SSHVET_JUDGE_H

#include <cjson/cJSON.h>

#include "arena.h"
#include "evidence.h"
#include "key_lists.h"
#include "ruleset.h"

/* What one target's evidence says. Texts are clean (text.h) and point into `facts`. */
struct judgement {
	struct findings findings;
	cJSON          *facts; /* in `memory`: not to be deleted or added to */
	struct arena    memory;
	bool            privileged; /* the collector says that it ran as root; false also when it says nothing */
	const char     *os;         /* fact host.os; NULL when it could not be read */
	const char     *openssh;    /* fact host.openssh; NULL when it could not be read */
};

/*
 * Extract the facts (of one module, for a rule set of one module), look the keys up in the lists (NULL: in none) and hold the rules against them. Pure, so
 * that any thread may call it. The caller owns `*ret`
 * (judgement_fini()). ERR_NOMEM only: evidence that is short or malformed leads to findings with VERDICT_ERROR, not to
 * a failure.
 */
int judge_evidence(const struct ruleset *ruleset, const struct key_lists *lists, const struct evidence *ev, struct judgement *ret,
                   struct error *err) MUST_USE;

/* Release findings and facts. Does nothing on a zeroed struct. */
void judgement_fini(struct judgement *j);

#endif

/*
 * journal_kept.h: findings that a reader has come across before, so that they need not be read again: in a fleet most findings of a target are
 * byte for byte those of another.
 *
 * The bytes of a finding that was read and checked against the rules of a run mean the same wherever they stand under these rules. What is kept is
 * compared whole, never told by its hash. A finding is kept when it is seen for the second time, as those of a single target would only fill
 * the table. When that is full (LIMIT_KEPT_FINDINGS, LIMIT_KEPT_BYTES) it stays as it is, since what came first is what most targets share; the rest
 * is read as if there were no table.
 */
#ifndef SSHVET_JOURNAL_KEPT_H
#define SSHVET_JOURNAL_KEPT_H

#include "journal_raw.h"
#include "journal_rules.h"

/* One of them. */
struct journal_kept_finding {
	struct finding                finding; /* texts belong to this struct */
	const struct journal_rule    *rule;
	uint32_t                      number;  /* from 1, never given to another of this table; 0 until it is added */
	const struct journal_rules   *rules;   /* what it was checked against */
	struct journal_kept_finding  *after;   /* what came after it when it was met last; NULL for nothing yet */
	struct journal_kept_finding **slot;    /* where the table has it */
	size_t                        len;     /* of its bytes */
	char                          bytes[]; /* as the journal has them; behind them once more with a NUL, to be read in place */
};

/* Opaque: the table, and where in the line at hand there is what. */
struct journal_kept;

/* An empty table; NULL when out of memory. */
struct journal_kept *journal_kept_new(void) MUST_USE;

/* Release it with all findings in it. NULL is allowed. */
void journal_kept_free(struct journal_kept *k);

/*
 * A line comes whose findings are held against `rules`, which must live as long as the table. What is returned is for the walk through the line: it
 * looks at the objects of an array while they are still as they were written.
 */
const struct journal_pass *journal_kept_begin(struct journal_kept *k, const struct journal_rules *rules) MUST_USE;

/* What is kept of the object that was looked at as number `i`, from 0, if it begins at `at`; NULL when nothing is. */
const struct journal_kept_finding *journal_kept_find(struct journal_kept *k, size_t i, const char *at) MUST_USE;

/*
 * A new one with the bytes of that object, to be read; NULL when it is not worth keeping, the table is full or memory is exhausted. It is the
 * caller's, who adds it or drops it with mem_free().
 */
struct journal_kept_finding *journal_kept_prepare(struct journal_kept *k, size_t i, const char *at) MUST_USE;

/* Add it, read and found to be well; the table has it from here on. */
void journal_kept_add(struct journal_kept *k, struct journal_kept_finding *item);

#endif

/*
 * nearest.h: what somebody who mistyped a word may have meant.
 */
#ifndef SSHVET_NEAREST_H
#define SSHVET_NEAREST_H

#include "base.h"

struct nearest {
	const char *word;     /* what was typed */
	const char *best;     /* the candidate nearest so far; NULL while none is near enough to be named */
	size_t      distance; /* edits to `best`, or the first number of edits that is too many */
};

void nearest_init(struct nearest *n, const char *word);

/* Look at one candidate, which must outlive `n`. Words that begin with what was typed count as one edit. */
void nearest_consider(struct nearest *n, const char *candidate);

#endif

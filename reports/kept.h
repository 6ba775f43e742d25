/*
 * kept.h: what a report wrote for a finding that it may come to again (journal.h: one that is kept), so that it writes the same bytes the next time.
 */
#ifndef SSHVET_KEPT_H
#define SSHVET_KEPT_H

#include "base.h"
#include "slice.h"

/* Pieces of text by number. Zeroed is empty. */
struct kept {
	char **texts;
	size_t count;
	size_t bytes; /* of all texts, at most LIMIT_KEPT_BYTES */
};

/* The text under a number, NULL when there is none. Valid as long as the whole. */
const char *kept_find(const struct kept *k, size_t number) MUST_USE;

/* Keep a copy under a number that has none yet. When there is no room for it nothing happens: then it is written anew each time. */
void kept_add(struct kept *k, size_t number, struct slice text);

void kept_free(struct kept *k);

#endif

/*
 * pairs.h: from a pair of interned texts to a number. Texts are told apart by their address (intern.h).
 */
#ifndef SSHVET_PAIRS_H
#define SSHVET_PAIRS_H

#include "base.h"

#define PAIRS_NONE UINT32_MAX

struct pairs_slot {
	const char *first; /* NULL when free */
	const char *second;
	uint32_t    value;
};

/* Zeroed is empty. */
struct pairs {
	struct pairs_slot *slots;
	size_t             nslots; /* a power of two, or 0 */
	size_t             count;
};

/* The number of a pair; PAIRS_NONE when it has none. `second` may be NULL. */
uint32_t pairs_get(const struct pairs *p, const char *first, const char *second) MUST_USE;

/* Set it. False when memory is exhausted. */
bool pairs_set(struct pairs *p, const char *first, const char *second, uint32_t value) MUST_USE;

/* Forget all, and keep memory for about as much. */
void pairs_clear(struct pairs *p);

void pairs_fini(struct pairs *p);

#endif

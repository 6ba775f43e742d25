/*
 * intern.h: texts kept once: equal texts become the same pointer, so that they are compared and hashed as pointers.
 */
#ifndef SSHVET_INTERN_H
#define SSHVET_INTERN_H

#include "arena.h"

struct intern_slot {
	const char *text; /* NULL when free */
	uint64_t    hash;
};

/* Zeroed is empty, but intern_init() must have been called before a text is added. */
struct intern {
	struct arena        arena; /* the texts */
	struct intern_slot *slots;
	size_t              nslots; /* a power of two, or 0 */
	size_t              count;
	uint64_t            seed[2]; /* random: texts come from targets, which must not choose what collides */
};

void intern_init(struct intern *in);

/* The one copy of `text`, valid until intern_fini(); NULL when memory is exhausted. */
const char *intern(struct intern *in, const char *text) MUST_USE;

void intern_fini(struct intern *in);

#endif

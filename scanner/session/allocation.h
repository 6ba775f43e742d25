/*
 * allocation.h: the memory libssh2 asks for, kept in a list, so that what it forgets to release goes with its session.
 *
 * libssh2 1.11.1 forgets the MAC keys it derives for ciphers that need none, and the old host key when keys are exchanged anew: keys that
 * would stay in memory, and some more with every target.
 */
#ifndef SSHVET_ALLOCATION_H
#define SSHVET_ALLOCATION_H

#include "base.h"

struct allocation;

/* All blocks of one session; zeroed at the start. */
struct allocations {
	struct allocation *first;
};

/* As realloc(3): NULL, with `old` untouched, when memory is exhausted. `old` is NULL or what this returned. */
void *allocation_resize(struct allocations *all, void *old, size_t size) MUST_USE;

/* As free(3). */
void allocation_free(struct allocations *all, void *ptr);

/* Wipe and release whatever is left. */
void allocations_fini(struct allocations *all);

#endif

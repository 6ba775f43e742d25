/*
 * arena.h: memory for many small things that live and die together.
 */
#ifndef SSHVET_ARENA_H
#define SSHVET_ARENA_H

#include "base.h"

struct arena_block;

/* A zeroed struct is an empty arena. */
struct arena {
	struct arena_block *blocks; /* newest first */
};

/* `size` bytes set to zero, aligned for anything; NULL when memory is exhausted. Valid until arena_free(). */
void *arena_alloc(struct arena *a, size_t size) MUST_USE;

/* A NUL-terminated copy of `len` bytes, or of a string; NULL when memory is exhausted. */
char *arena_copy(struct arena *a, const char *text, size_t len) MUST_USE;
char *arena_strdup(struct arena *a, const char *text) MUST_USE;

/* Release everything; the arena is empty afterwards. */
void arena_free(struct arena *a);

#endif

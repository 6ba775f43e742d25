/*
 * mem.h: the one place that allocates.
 *
 * Every function returns NULL when memory is exhausted; the caller reports ERR_NOMEM. What they return is released
 * with mem_free().
 */
#ifndef SSHVET_MEM_H
#define SSHVET_MEM_H

#include "base.h"

/* `size` bytes set to zero; `size` may be 0. */
void *mem_zalloc(size_t size) MUST_USE;

/* An array of `count` elements of `size` bytes, grown or shrunk from `old` (NULL for a new one); new bytes are not
 * set. NULL, with `old` untouched, also when count * size overflows. */
void *mem_resize(void *old, size_t count, size_t size) MUST_USE;

/* A NUL-terminated copy of `len` bytes. */
char *mem_copy_text(const char *text, size_t len) MUST_USE;

/* A copy of a NUL-terminated string; NULL stays NULL. */
char *mem_strdup(const char *text) MUST_USE;

/* Release; NULL is allowed. */
void mem_free(void *ptr);

#endif

/*
 * buf.h: a growing run of bytes that is born with its maximum (see limit.h).
 */
#ifndef SSHVET_BUF_H
#define SSHVET_BUF_H

#include "base.h"
#include "error.h"
#include "slice.h"

struct buf {
	char  *ptr; /* NUL-terminated once anything was appended, else NULL */
	size_t len; /* bytes, without the NUL */
	size_t cap; /* bytes allocated */
	size_t max; /* set once by buf_init(); an append that would pass it fails */
};

/* An empty buffer that may grow to `max` bytes. Allocates nothing. */
void buf_init(struct buf *b, size_t max);

/* Copy `len` bytes in. Fails with ERR_TOO_BIG past the maximum, or ERR_NOMEM; on failure the contents are unchanged. */
int buf_append(struct buf *b, const void *data, size_t len, struct error *err) MUST_USE;
int buf_append_slice(struct buf *b, struct slice s, struct error *err) MUST_USE;
int buf_append_text(struct buf *b, const char *text, struct error *err) MUST_USE;
int buf_printf(struct buf *b, struct error *err, const char *format, ...) PRINTF(3, 4) MUST_USE;

/* Make room for `len` more bytes at b->ptr + b->len, for a reader that writes there itself and then adds to b->len.
 * Fails as buf_append() does. */
int buf_reserve(struct buf *b, size_t len, struct error *err) MUST_USE;

/* What is in it, as a view that the next append may invalidate. */
struct slice buf_slice(const struct buf *b) MUST_USE;

/* What is in it, as a string ("" when empty), valid until the next append. */
const char *buf_text(const struct buf *b) MUST_USE;

/* Hand the bytes to the caller (mem_free()); the buffer is empty afterwards. NULL when nothing was ever appended. */
char *buf_detach(struct buf *b) MUST_USE;

/* Take `len` bytes off the front; a buffer that is empty then keeps no more than a little memory. */
void buf_drop(struct buf *b, size_t len);

/* Forget the contents but keep the memory. */
void buf_clear(struct buf *b);

/* Release the bytes. The buffer may be used again; its maximum stays. */
void buf_free(struct buf *b);

#endif

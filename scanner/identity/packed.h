/*
 * packed.h: the data types of the SSH protocol (RFC 4251, section 5), as far as key files use them.
 *
 * The readers take one value off the front of `*rest`; `what` names it in the error, which is always
 * ERR_IDENTITY.
 */
#ifndef SSHVET_PACKED_H
#define SSHVET_PACKED_H

#include "buf.h"

int packed_take_u32(struct slice *rest, const char *what, uint32_t *ret_value, struct error *err) MUST_USE;
int packed_take_string(struct slice *rest, const char *what, struct slice *ret_value,
                       struct error *err) MUST_USE;

/* A positive mpint without its leading zero bytes; zero and negative numbers are errors. */
int packed_take_positive(struct slice *rest, const char *what, struct slice *ret_value,
                         struct error *err) MUST_USE;

/* Append a string, and a positive mpint from big-endian bytes. ERR_TOO_BIG or ERR_NOMEM. */
int packed_put_string(struct buf *out, struct slice value, struct error *err) MUST_USE;
int packed_put_positive(struct buf *out, struct slice value, struct error *err) MUST_USE;

#endif

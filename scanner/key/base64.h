/*
 * base64.h: base64 as SSH files use it (RFC 4648, section 4): padded, canonical, no white space.
 */
#ifndef SSHVET_BASE64_H
#define SSHVET_BASE64_H

#include "buf.h"

/* The most bytes that `len` characters decode to. */
#define BASE64_DECODED_MAX(len) ((len) / 4 * 3 + 3)

/*
 * Append the decoded bytes. ERR_SYNTAX for a foreign character, a length that is no multiple of four, wrong
 * padding or set bits after the last byte: every byte string has exactly one spelling, so that a changed letter
 * never passes unseen.
 */
int base64_decode(struct buf *out, struct slice text, struct error *err) MUST_USE;

int base64_encode(struct buf *out, struct slice bytes, struct error *err) MUST_USE;

#endif

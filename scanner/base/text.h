/*
 * text.h: the few conversions of text that several parts need.
 */
#ifndef SSHVET_TEXT_H
#define SSHVET_TEXT_H

#include "buf.h"

/*
 * Append bytes that came from a target as text that is safe to show and to store: valid UTF-8 (RFC 3629), no C0 or C1
 * control characters, no bidirectional or line-separator controls. Each offending byte becomes \xHH, a backslash stays
 * as it is. This is the one place where foreign bytes become text; it is done once, where they enter.
 */
int text_clean(struct buf *out, struct slice bytes, struct error *err) MUST_USE;

/* The same into a caller's array of `size` bytes (at least 8), NUL-terminated, cut with "..." when longer. Returns `dst`. */
char *text_clean_into(char *dst, size_t size, struct slice bytes);

/* True when text_clean() would change nothing. */
bool text_is_clean(struct slice bytes) MUST_USE;

/* True when every byte is printable ASCII and none means something in a JSON string. */
bool text_is_plain_json(struct slice bytes) MUST_USE;

/* True when every byte is printable ASCII and none a blank: what names of the SSH protocol are made of (RFC 4251, section 6). */
bool text_is_graphic(struct slice bytes) MUST_USE;

/* Percent-encoding of evidence arguments (RFC 3986, section 2.1): everything but A-Z a-z 0-9 - . _ ~ / : @ , + is %HH.
 * Decoding refuses a lone % and any byte that should have been encoded (ERR_SYNTAX). */
int text_percent_encode(struct buf *out, struct slice bytes, struct error *err) MUST_USE;
int text_percent_decode(struct buf *out, struct slice text, struct error *err) MUST_USE;

/* Lower-case hexadecimal. Decoding skips white space and refuses anything else (ERR_SYNTAX). */
int text_hex_encode(struct buf *out, struct slice bytes, struct error *err) MUST_USE;
int text_hex_decode(struct buf *out, struct slice text, struct error *err) MUST_USE;

/*
 * The whole of `text` as a number in `base` (8, 10 or 16), digits only, at most `max`. ERR_SYNTAX for anything else: no
 * sign, no blanks, no prefix, no overflow.
 */
int text_parse_unsigned(struct slice text, unsigned base, uint64_t max, uint64_t *ret_value, struct error *err) MUST_USE;

#endif

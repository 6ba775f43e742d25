/*
 * slice.h: a view of bytes somebody else owns. Not NUL-terminated; may hold any byte.
 */
#ifndef SSHVET_SLICE_H
#define SSHVET_SLICE_H

#include "base.h"

struct slice {
	const char *ptr; /* never NULL unless len is 0 */
	size_t      len; /* bytes */
};

/* The bytes of a NUL-terminated string; NULL gives the empty slice. */
struct slice slice_of(const char *text) MUST_USE;

/* Same bytes; slice_is compares with a NUL-terminated string, slice_is_nocase ignores ASCII case. */
bool slice_equal(struct slice a, struct slice b) MUST_USE;
bool slice_is(struct slice s, const char *text) MUST_USE;
bool slice_is_nocase(struct slice s, const char *text) MUST_USE;

/* Negative, 0 or positive, as memcmp(); what another begins with comes before it. */
int slice_compare(struct slice a, struct slice b) MUST_USE;

/* True when `s` begins with `prefix`, or ends with `suffix`. */
bool slice_has_prefix(struct slice s, const char *prefix) MUST_USE;
bool slice_has_suffix(struct slice s, const char *suffix) MUST_USE;

/* True when a pattern fits all of `s`: `*` is any run of bytes, `?` any byte, everything else itself. Time is the product of the lengths at most. */
bool slice_matches(struct slice s, struct slice pattern) MUST_USE;

/* Without blanks (space, tab, CR, LF, VT, FF) on either side. */
struct slice slice_trim(struct slice s) MUST_USE;

/* `len` bytes from `offset` on, fewer where `s` ends sooner. */
struct slice slice_sub(struct slice s, size_t offset, size_t len) MUST_USE;

/*
 * Take the bytes up to the next `separator` (or the end) off the front of `*rest`, with the separator, and give them
 * without it in `*ret_part`. False once nothing is left. "a,b," gives "a" and "b".
 */
bool slice_next(struct slice *rest, char separator, struct slice *ret_part) MUST_USE;

/* slice_next() for lines. `*ret_ended` (may be NULL) tells whether a newline ended the line: without one, what was read may have been cut short. */
bool slice_next_line(struct slice *rest, struct slice *ret_line, bool *ret_ended) MUST_USE;

/* Take the next word (bytes between runs of spaces and tabs) off the front. False when none is left. */
bool slice_next_word(struct slice *rest, struct slice *ret_word) MUST_USE;

#endif

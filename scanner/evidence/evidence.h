/*
 * evidence.h: what was gathered from one target: a container of named sections (design.md, "The collector and its evidence").
 *
 *   sshvet-evidence 1 <nonce>                       what stands before this line is skipped, up to LIMIT_EVIDENCE_NOISE
 *   <nonce> begin <section> [name=value …]          values percent-encoded
 *   …bytes…                                         a newline of the frame's own follows the bytes
 *   <nonce> end <section> <exit status> [truncated]
 *   <nonce> done
 *
 * The nonce is 32 lower-case hexadecimal digits. A body is exactly the bytes between the two lines less the one newline
 * that belongs to the frame, so "a\n" and "a" stay distinct. Sections do not nest, and one name may occur many times
 * (one file each). Sections whose names begin with "wire." or "scanner." are the scanner's own: they are refused in
 * what a target sends and accepted in a saved file.
 */
#ifndef SSHVET_EVIDENCE_H
#define SSHVET_EVIDENCE_H

#include "buf.h"

struct section_arg {
	const char  *name;  /* as sent: [a-z0-9_]+ */
	struct slice value; /* percent-decoded; any bytes */
};

struct section {
	const char               *name; /* [a-z0-9_.]+ */
	const struct section_arg *args;
	size_t                    nargs;
	struct slice              body;
	int                       status;    /* exit status of the command: 0-255; 124 when its time ran out; -1 when `ended` is false */
	bool                      truncated; /* marked so, as long as its argument `limit` allows, or not ended: the body may be short */
	bool                      ended;     /* the end line came; without it the stream broke off and the body is what there was */
};

/* Opaque. Owns its bytes and its sections. */
struct evidence;

enum evidence_origin {
	EVIDENCE_FROM_TARGET = 1, /* hostile: the scanner's own section names are refused */
	EVIDENCE_SAVED,           /* a file evidence_write() made: they are accepted */
};

/*
 * Parse a whole stream. The evidence takes the bytes over on success (`stream` is emptied) and leaves them on failure.
 * A stream that breaks off is not an error: evidence_is_complete() tells, and what is there can be used.
 *
 * Errors: ERR_COLLECTOR_FAILED (no header line within LIMIT_EVIDENCE_NOISE: the text quotes, cleaned, what came instead;
 * or the header says the collector could not start), ERR_PROTOCOL (a frame that contradicts itself: end without begin,
 * another section's end, bytes that belong to no section, arguments that do not decode, reserved name, unknown version),
 * ERR_EVIDENCE_TOO_LARGE (more sections than LIMIT_SECTIONS), ERR_NOMEM. The header may follow noise that did not end its
 * line; what follows the done line is ignored.
 */
int evidence_parse(struct buf *stream, enum evidence_origin origin, struct evidence **ret_evidence, struct error *err) MUST_USE;

/* Release it and everything that points into it; NULL is allowed. */
void evidence_free(struct evidence *ev);

/* True when the done line came: nothing is missing that the collector meant to send. */
bool evidence_is_complete(const struct evidence *ev) MUST_USE;

/* The first section of that name, or the next one after `previous`; NULL when there is none. The evidence owns it. */
const struct section *evidence_find(const struct evidence *ev, const char *name) MUST_USE;
const struct section *evidence_find_next(const struct evidence *ev, const struct section *previous) MUST_USE;

/* The value of an argument of a section; the empty slice with a NULL ptr when it has none of that name. */
struct slice section_arg(const struct section *s, const char *name) MUST_USE;

/* An argument to add: a NUL-terminated value. */
struct evidence_pair {
	const char *name;
	const char *value;
};

/*
 * Add a section the scanner itself saw ("wire.kexinit"), with exit status 0. Bytes and arguments are copied. Pointers
 * from evidence_find() taken before are no longer valid. ERR_NOMEM, ERR_EVIDENCE_TOO_LARGE, ERR_PROTOCOL (the body holds
 * a line of the target's own frame, so it could not be saved), ERR_INTERNAL (not one of the scanner's own names).
 */
int evidence_add(struct evidence *ev, const char *name, const struct evidence_pair *args, size_t nargs, struct slice body,
                 struct error *err) MUST_USE;

/*
 * Append the container in the format above, scanner's own sections first; evidence_parse(EVIDENCE_SAVED) of it gives the
 * same sections in that order, and the done line only if it was complete. Fails as buf_append() does.
 */
int evidence_write(const struct evidence *ev, struct buf *out, struct error *err) MUST_USE;

#endif

/*
 * journal_member.h: the members of a JSON object by a table: what they are called, what they must be, and where the
 * value goes. They are taken where they stand in a line, without a tree: texts end with a NUL in place of their quotation mark.
 */
#ifndef SSHVET_JOURNAL_MEMBER_H
#define SSHVET_JOURNAL_MEMBER_H

#include <cjson/cJSON.h>

#include "buf.h"
#include "journal_raw.h"

enum member_kind {
	MEMBER_UNKNOWN = 0,
	MEMBER_TEXT,    /* const char *: clean (text.h) */
	MEMBER_NAME,    /* the same and not empty */
	MEMBER_LINES,   /* const char *: clean lines */
	MEMBER_STAMP,   /* const char *: "2026-01-01T00:00:00Z" */
	MEMBER_NUMBER,  /* uint64_t, below 2^53 */
	MEMBER_BOOLEAN, /* bool */
	MEMBER_OBJECT,  /* struct slice: its bytes, not looked at */
	MEMBER_ARRAY,   /* the same */
	MEMBER_KINDS
};

struct member {
	const char      *name;
	enum member_kind kind;
	bool             required;
	size_t           offset; /* of the field in the struct that takes the values */
};

/* The most members one table may have. */
#define MEMBERS_MAX 32

/*
 * Take the members of `object`, which stands in `line`, into `*ret_fields`, where the caller has put what absent ones shall mean. Texts belong to
 * `line`, which is written to: an object can be taken once, and those in it after it. ERR_SYNTAX, with fields half set, for what is no object, and
 * for a member that is unknown, twice, missing or of the wrong kind; ERR_NOMEM.
 */
int journal_member_take(struct buf *line, struct slice object, const struct member *table, size_t count, void *ret_fields,
                        struct error *err) MUST_USE;

/* The same of an object whose walk has begun, which is then at its end. */
int journal_member_walk(struct buf *line, struct journal_raw *raw, const struct member *table, size_t count, void *ret_fields,
                        struct error *err) MUST_USE;

/* A name or a value with its quotes off and its escapes undone, in place, as a string. ERR_SYNTAX when it is no text. */
int journal_member_text(struct buf *line, struct slice value, const char **ret_text, struct error *err) MUST_USE;

/* True when every text and name in `value`, however deep, is clean. */
bool journal_member_is_clean(const cJSON *value) MUST_USE;

/* A name from a file in a form that may be shown: cut, cleaned and in an array of JOURNAL_SHOWN bytes. Returns `dst`. */
#define JOURNAL_SHOWN 80
const char *journal_member_shown(char dst[JOURNAL_SHOWN], const char *text) MUST_USE;

#endif

/*
 * fields.h: the members of a fact's item by a table. Unlike a journal's own members (journal_member.h), items may have
 * others: modules add some, and those are no business of ours.
 */
#ifndef SSHVET_FIELDS_H
#define SSHVET_FIELDS_H

#include <cjson/cJSON.h>

#include "base.h"

enum field_kind {
	FIELD_UNKNOWN = 0,
	FIELD_TEXT,    /* const char *: clean (text.h); NULL when not there */
	FIELD_NUMBER,  /* int64_t: left alone when not there */
	FIELD_BOOLEAN, /* enum answer */
	FIELD_LIST,    /* const cJSON *: an array of clean texts; NULL when not there */
	FIELD_KINDS
};

/* Whether something holds, where nobody may have said so. */
enum answer {
	ANSWER_UNKNOWN = 0,
	ANSWER_NO,
	ANSWER_YES,
};

struct field {
	const char     *name;
	enum field_kind kind;
	size_t          offset; /* in the struct that takes the values */
};

/*
 * Take the members of `object` that the table names. Texts are borrowed. Gives the name of the first one whose value is of
 * another kind, or that stands there twice; NULL when all are well.
 */
const char *fields_take(const cJSON *object, const struct field *table, size_t count, void *ret_fields) MUST_USE;

#endif

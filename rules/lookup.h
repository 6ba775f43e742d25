/*
 * lookup.h: from a reference to a fact to its value, or to the reason why it has none. Internal to this folder.
 */
#ifndef SSHVET_LOOKUP_H
#define SSHVET_LOOKUP_H

#include "rule.h"

/* Where rules look: all facts of a target, and the item that `each` is at (NULL: none). */
struct lookup_scope {
	const cJSON *facts;
	const cJSON *item;
};

struct lookup {
	bool              known;   /* the value is there, or (for an operator that asks) is known to be absent */
	struct fact_value value;   /* when known */
	const cJSON      *object;  /* the module's object or the item that the value stands in; NULL when there is none */
	const char       *reason;  /* when not known: "privilege", … */
	const char       *message; /* when not known: what was tried; NULL when nobody said */
};

/* Find a fact. `may_be_absent`: a fact nobody gave and nobody excused is known to be absent (`exists`), and not an error. */
struct lookup lookup_fact(const struct fact_ref *fact, const struct lookup_scope *scope, bool may_be_absent) MUST_USE;

/* The reason a table is incomplete although it is there; NULL when nothing is said against it. `*ret_message` may become NULL. */
const char *lookup_incomplete(const struct fact_ref *table, const struct lookup_scope *scope, const char **ret_message) MUST_USE;

/* A member of an object; NULL when there is none, and of NULL. */
const cJSON *lookup_member(const cJSON *object, const char *name) MUST_USE;

/* The text of a member of an object; NULL when it is not there or no text. */
const char *lookup_text(const cJSON *object, const char *name) MUST_USE;

#endif

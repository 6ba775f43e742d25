/*
 * journal_raw.h: the members of a JSON object and the items of an array as bytes, for who needs few of many: nothing is built, and what is
 * not asked for is passed over by its quotes and brackets alone. So a value may still be no JSON; whoever parses it finds out.
 */
#ifndef SSHVET_JOURNAL_RAW_H
#define SSHVET_JOURNAL_RAW_H

#include "error.h"
#include "slice.h"

/* Who can tell the length of an object more cheaply than by its brackets, or wants to know where there is one. */
struct journal_pass {
	/* How long the object at the front of `rest` is: what journal_raw_object() says, in whatever way it is found out. */
	size_t (*object)(void *context, struct slice rest);
	void *context;
};

/* A walk through one object or array. */
struct journal_raw {
	struct slice               rest;
	char                       close; /* what ends it: '}' or ']' */
	bool                       begun;
	bool                       nested; /* something may follow */
	const struct journal_pass *pass;   /* asked about each item that is an object, of each array that is passed over as a value; NULL for none */
};

/* Begin with the bytes of an object or an array, and nothing else. False when they do not look like one. */
bool journal_raw_begin(struct journal_raw *raw, struct slice value) MUST_USE;

/*
 * The next member of an object or item of an array, without blanks around it. `*ret_name` is as it is written between its quotes, escapes
 * and all; empty for items. 1; 0 at the end; ERR_SYNTAX when it is broken off or something else follows.
 */
int journal_raw_next(struct journal_raw *raw, struct slice *ret_name, struct slice *ret_value) MUST_USE;

/*
 * The same in two steps, so that no byte is looked at twice: the name, and then either the whole value, or a walk through it. The outer walk goes
 * on with journal_raw_leave() when the inner one has come to its end.
 */
int  journal_raw_name(struct journal_raw *raw, struct slice *ret_name) MUST_USE;
int  journal_raw_value(struct journal_raw *raw, struct slice *ret_value) MUST_USE;
bool journal_raw_enter(const struct journal_raw *raw, struct journal_raw *ret_inner) MUST_USE;
void journal_raw_leave(struct journal_raw *raw, const struct journal_raw *inner);

/* A value of known length is behind us. */
void journal_raw_skip(struct journal_raw *raw, size_t len);

/* The length of the object at the front by its brackets; 0 when there is none or it does not end. */
size_t journal_raw_object(struct slice text) MUST_USE;

#endif

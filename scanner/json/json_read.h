/*
 * json_read.h: JSON text (RFC 8259) as cJSON's nodes, without an allocation for each: a journal is read back line by line, and with cJSON's
 * own parser that costs more than everything else a report takes.
 */
#ifndef SSHVET_JSON_READ_H
#define SSHVET_JSON_READ_H

#include <cjson/cJSON.h>

#include "arena.h"
#include "error.h"
#include "slice.h"

/* A parsed text. Zeroed is none. */
struct json {
	const cJSON *root;  /* to be read and printed, never changed or deleted */
	struct arena arena; /* where the nodes are, and a copy of the text in which the strings are */
};

/*
 * Parse one value and nothing behind it. What cJSON_Parse() takes is taken to be the same, but for what is no JSON: a NUL in a string, even an
 * escaped one, numbers such as 01, blanks that are none, a mark before the text, half a surrogate pair, more than JSON_DEPTH levels.
 * ERR_SYNTAX, ERR_NOMEM.
 */
#define JSON_DEPTH 100u
int json_parse(struct slice text, struct json *ret_json, struct error *err) MUST_USE;

/* Release everything. The struct is zeroed afterwards. */
void json_free(struct json *j);

#endif

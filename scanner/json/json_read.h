/*
 * json_read.h: a JSON text as cJSON reads it, with all its nodes in one piece of memory.
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
	struct arena arena; /* where the nodes are */
};

/* Parse one value with nothing behind it. ERR_SYNTAX (also where memory ran out, which cJSON does not tell apart). */
int json_parse(struct slice text, struct json *ret_json, struct error *err) MUST_USE;

/* Release everything. The struct is zeroed afterwards. */
void json_free(struct json *j);

#endif

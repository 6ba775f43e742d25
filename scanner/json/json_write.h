/*
 * json_write.h: JSON text straight into a buffer, without a tree first. A text that needs escapes is printed by cJSON; nearly none does.
 *
 * What goes wrong is remembered and told once, by json_written(): the calls in between need no checks. Commas come by themselves.
 */
#ifndef SSHVET_JSON_WRITE_H
#define SSHVET_JSON_WRITE_H

#include "buf.h"

struct json_out {
	struct buf *buf;    /* where the text goes, behind what is there */
	int         failed; /* ERR_* of the first call that failed */
};

void json_open(struct json_out *o, char bracket);  /* '{' or '[' */
void json_close(struct json_out *o, char bracket); /* '}' or ']' */

/* The name of the next member: a literal of ours that needs no escapes, or a text as json_text() takes it. */
void json_name(struct json_out *o, const char *name);
void json_text_name(struct json_out *o, const char *name);

/* A value. A text is UTF-8; quotes, backslashes and control characters are escaped. `json` is JSON already. */
void json_text(struct json_out *o, const char *text);
void json_number(struct json_out *o, uint64_t number);
void json_boolean(struct json_out *o, bool value);
void json_raw(struct json_out *o, const char *json);

/* A member with a text; nothing at all when `text` is NULL. */
void json_member(struct json_out *o, const char *name, const char *text);

/* The same where the text is printable ASCII and needs no escapes; false, and nothing is added, where it does. */
bool json_plain_member(struct json_out *o, const char *name, const char *text) MUST_USE;

/* Between values: line breaks and blanks for people. */
void json_space(struct json_out *o, const char *blanks);

/* 0 when everything is in the buffer; else ERR_NOMEM, ERR_TOO_BIG. */
int json_written(const struct json_out *o, struct error *err) MUST_USE;

#endif

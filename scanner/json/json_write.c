#include <cjson/cJSON.h>

#include "json_write.h"

#include "text.h"

#define LONGEST_ESCAPE 6u  /* "\u001f" */
#define SPARE          16u /* quotes, the NUL, and what cJSON asks for besides */

/* Room for `len` bytes behind what is there; NULL when there is none, now or earlier. */
static char *room(struct json_out *o, size_t len)
{
	if (o->failed == 0)
		o->failed = buf_reserve(o->buf, len, NULL);
	return o->failed == 0 ? o->buf->ptr + o->buf->len : NULL;
}

static void put(struct json_out *o, const char *bytes, size_t len)
{
	char *at = room(o, len);

	if (!at)
		return;
	memcpy(at, bytes, len);
	o->buf->len += len;
}

static void put_text(struct json_out *o, const char *text)
{
	put(o, text, strlen(text));
}

/* A value or a name that follows another one needs a comma, unless the caller has written it with the blanks of a new line. */
static bool needs_comma(const struct json_out *o)
{
	char last = '[';

	if (o->buf->len > 0)
		last = o->buf->ptr[o->buf->len - 1];

	return last != '[' && last != '{' && last != ':' && last != ' ' && last != '\n';
}

static void separate(struct json_out *o)
{
	if (needs_comma(o))
		put(o, ",", 1);
}

void json_open(struct json_out *o, char bracket)
{
	separate(o);
	put(o, &bracket, 1);
}

void json_close(struct json_out *o, char bracket)
{
	put(o, &bracket, 1);
}

/* Escapes are cJSON's work. Few texts have many of them, so room for all there could be is made only when that failed. */
static void put_escaped(struct json_out *o, const char *text, size_t len)
{
	cJSON  value = { .type = cJSON_String | cJSON_IsReference, .valuestring = (char *)(uintptr_t)text };
	size_t rooms[] = { len + len / 8 + SPARE, len * LONGEST_ESCAPE + SPARE };

	for (size_t i = 0; i < countof(rooms); i++) {
		char *at = room(o, rooms[i]);

		if (!at)
			return;
		if (cJSON_PrintPreallocated(&value, at, (int)(rooms[i] < INT_MAX ? rooms[i] : INT_MAX), false)) {
			o->buf->len += strlen(at);
			return;
		}
	}
	o->failed = ERR_NOMEM;
}

/* Bytes into room that was made for them; where the next ones go. */
static char *add(char *at, const char *bytes, size_t len)
{
	memcpy(at, bytes, len);
	return at + len;
}

/* A text that needs no escapes, in quotes, with `after` behind it. */
static void put_plain(struct json_out *o, const char *text, size_t len, const char *after)
{
	size_t more = strlen(after);
	char  *at = room(o, len + more + 2);

	if (!at)
		return;
	at = add(at, "\"", 1);
	at = add(at, text, len);
	at = add(at, "\"", 1);
	add(at, after, more);
	o->buf->len += len + more + 2;
}

void json_name(struct json_out *o, const char *name)
{
	separate(o);
	put_plain(o, name, strlen(name), ":");
}

void json_text(struct json_out *o, const char *text)
{
	size_t len = strlen(text);

	separate(o);
	if (text_is_plain_json((struct slice){ .ptr = text, .len = len }))
		put_plain(o, text, len, "");
	else
		put_escaped(o, text, len);
}

void json_text_name(struct json_out *o, const char *name)
{
	json_text(o, name);
	put(o, ":", 1);
}

void json_number(struct json_out *o, uint64_t number)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRIu64, number);
	json_raw(o, digits);
}

void json_boolean(struct json_out *o, bool value)
{
	json_raw(o, value ? "true" : "false");
}

void json_raw(struct json_out *o, const char *json)
{
	separate(o);
	put_text(o, json);
}

/* The same as a name and a text, with room made once. */
static void put_member(struct json_out *o, const char *name, const char *text, size_t len)
{
	size_t name_len = strlen(name);
	char  *at = room(o, name_len + len + sizeof(",\"\":\"\""));
	char  *begin = at;

	if (!at)
		return;
	if (needs_comma(o))
		at = add(at, ",", 1);
	at = add(at, "\"", 1);
	at = add(at, name, name_len);
	at = add(at, "\":\"", 3);
	at = add(at, text, len);
	at = add(at, "\"", 1);
	o->buf->len += (size_t)(at - begin);
}

bool json_plain_member(struct json_out *o, const char *name, const char *text)
{
	size_t len = strlen(text);

	if (!text_is_plain_json((struct slice){ .ptr = text, .len = len }))
		return false;
	put_member(o, name, text, len);
	return true;
}

void json_member(struct json_out *o, const char *name, const char *text)
{
	if (!text || json_plain_member(o, name, text))
		return;
	json_name(o, name);
	json_text(o, text);
}

void json_space(struct json_out *o, const char *blanks)
{
	put_text(o, blanks);
}

int json_written(const struct json_out *o, struct error *err)
{
	if (o->failed == ERR_TOO_BIG)
		return error_set(err, ERR_TOO_BIG, "more than the %zu bytes allowed", o->buf->max);
	if (o->failed < 0)
		return error_nomem(err);
	return buf_append(o->buf, "", 0, err); /* ends it with a NUL */
}

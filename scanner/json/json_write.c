#include <cjson/cJSON.h>

#include "json_write.h"

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

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

/* Eight bytes at once: not 0 when one of them is below 0x20, or is 0. */
static uint64_t below_blank(uint64_t x)
{
	return (x - EACH_BYTE(0x20)) & ~x & EACH_BYTE(0x80);
}

static uint64_t has_zero(uint64_t x)
{
	return (x - EACH_BYTE(1)) & ~x & EACH_BYTE(0x80);
}

static bool eight_are_plain(const char *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	return (below_blank(x) | has_zero(x ^ EACH_BYTE('"')) | has_zero(x ^ EACH_BYTE('\\'))) == 0;
}

/* Whether a text stands between quotes as it is: no byte of it needs an escape. */
static bool is_plain(const char *text, size_t len)
{
	while (len >= sizeof(uint64_t)) {
		if (!eight_are_plain(text))
			return false;
		text += sizeof(uint64_t);
		len -= sizeof(uint64_t);
	}
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == '"' || text[i] == '\\')
			return false;
	return true;
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

/* A text with its quotes, and `after` behind it. */
static void put_string(struct json_out *o, const char *text, const char *after)
{
	size_t len = strlen(text);
	size_t more = strlen(after);
	char  *at;

	separate(o);
	if (!is_plain(text, len)) {
		put_escaped(o, text, len);
		put(o, after, more);
		return;
	}
	at = room(o, len + more + 2);
	if (!at)
		return;
	at[0] = '"';
	memcpy(at + 1, text, len);
	at[len + 1] = '"';
	memcpy(at + len + 2, after, more);
	o->buf->len += len + more + 2;
}

void json_name(struct json_out *o, const char *name)
{
	put_string(o, name, ":");
}

void json_text(struct json_out *o, const char *text)
{
	put_string(o, text, "");
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

void json_member(struct json_out *o, const char *name, const char *text)
{
	if (!text)
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

#include "json_write.h"

static void put(struct json_out *o, const char *bytes, size_t len)
{
	if (o->failed == 0)
		o->failed = buf_append(o->buf, bytes, len, NULL);
}

static void put_text(struct json_out *o, const char *text)
{
	put(o, text, strlen(text));
}

/* A value or a name follows another one, unless something was just opened or named, or the caller has begun a line for it. */
static void separate(struct json_out *o)
{
	size_t len = o->buf->len;

	if (len > 0 && !strchr("{[:, \n", o->buf->ptr[len - 1]))
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

void json_name(struct json_out *o, const char *name)
{
	json_text(o, name);
	put(o, ":", 1);
}

/* As cJSON writes it. */
static void put_escape(struct json_out *o, unsigned char c)
{
	static const char plain[] = "\"\\\b\f\n\r\t";
	static const char letters[] = "\"\\bfnrt";
	const char       *which = c ? strchr(plain, c) : NULL;
	char              escape[8];

	if (which)
		snprintf(escape, sizeof(escape), "\\%c", letters[which - plain]);
	else
		snprintf(escape, sizeof(escape), "\\u%04x", c);
	put_text(o, escape);
}

static size_t plain_run(const char *text)
{
	size_t n = 0;

	while ((unsigned char)text[n] >= 0x20 && text[n] != '"' && text[n] != '\\')
		n++;
	return n;
}

void json_text(struct json_out *o, const char *text)
{
	separate(o);
	put(o, "\"", 1);
	for (;;) {
		size_t n = plain_run(text);

		put(o, text, n);
		text += n;
		if (*text == '\0')
			break;
		put_escape(o, (unsigned char)*text++);
	}
	put(o, "\"", 1);
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
	return o->failed < 0 ? error_nomem(err) : 0;
}

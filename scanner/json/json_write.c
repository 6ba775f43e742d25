#include "json_write.h"

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
	char last = o->buf->len > 0 ? o->buf->ptr[o->buf->len - 1] : '[';

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

/* As cJSON writes it. */
static void put_escape(struct json_out *o, unsigned char c)
{
	static const char plain[] = "\"\\\b\f\n\r\t";
	static const char letters[] = "\"\\bfnrt";
	const char       *which = c ? strchr(plain, c) : NULL;
	char              escape[8] = { '\\', which ? letters[which - plain] : 'u', '\0' };

	if (!which)
		snprintf(escape + 2, sizeof(escape) - 2, "%04x", c);
	put_text(o, escape);
}

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))
#define ZERO_BYTES(x)    (((x)-EACH_BYTE(1)) & ~(x))

/* True when none of eight bytes needs an escape: control characters (and the NUL), quotes, backslashes. */
static bool eight_plain(const char *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	return (((ZERO_BYTES(x ^ EACH_BYTE('"')) | ZERO_BYTES(x ^ EACH_BYTE('\\'))) | ((x - EACH_BYTE(0x20)) & ~x)) & EACH_BYTE(0x80)) == 0;
}

static size_t plain_run(struct slice text)
{
	size_t n = 0;

	while (text.len - n >= sizeof(uint64_t) && eight_plain(text.ptr + n))
		n += sizeof(uint64_t);
	while (n < text.len && (unsigned char)text.ptr[n] >= 0x20 && text.ptr[n] != '"' && text.ptr[n] != '\\')
		n++;
	return n;
}

static void put_escaped(struct json_out *o, struct slice text)
{
	while (text.len > 0) {
		size_t n = plain_run(text);

		put(o, text.ptr, n);
		text = slice_sub(text, n, SIZE_MAX);
		if (text.len == 0)
			break;
		put_escape(o, (unsigned char)text.ptr[0]);
		text = slice_sub(text, 1, SIZE_MAX);
	}
}

/* Nearly every text is plain: one piece. `behind` follows the closing quote. */
static void put_string(struct json_out *o, const char *text, const char *behind)
{
	struct slice s = slice_of(text);
	size_t       more = strlen(behind);
	char        *at = room(o, s.len + more + 3);

	if (!at)
		return;
	if (needs_comma(o))
		*at++ = ',';
	*at++ = '"';
	o->buf->len = (size_t)(at - o->buf->ptr);
	if (plain_run(s) < s.len) {
		put_escaped(o, s);
		put(o, "\"", 1);
		put(o, behind, more);
		return;
	}
	if (s.len > 0)
		memcpy(at, s.ptr, s.len);
	at[s.len] = '"';
	memcpy(at + s.len + 1, behind, more);
	o->buf->len += s.len + 1 + more;
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

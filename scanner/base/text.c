#include "text.h"

static const char hex_digits[] = "0123456789abcdef";

/* The bytes of the well-formed UTF-8 sequence that `s` begins with, and its code point; 0 when there is none
 * (Unicode 15, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF). */
static size_t utf8_sequence(struct slice s, uint32_t *ret_point)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	uint32_t             point;
	uint32_t             least;
	size_t               n;

	if (p[0] < 0x80) {
		*ret_point = p[0];
		return 1;
	}
	if (p[0] >= 0xc2 && p[0] <= 0xdf) {
		n = 2;
		point = p[0] & 0x1fu;
		least = 0x80;
	} else if (p[0] >= 0xe0 && p[0] <= 0xef) {
		n = 3;
		point = p[0] & 0x0fu;
		least = 0x800;
	} else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		n = 4;
		point = p[0] & 0x07u;
		least = 0x10000;
	} else {
		return 0;
	}
	if (s.len < n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (p[i] & 0x3fu);
	}
	if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0;
	*ret_point = point;
	return n;
}

/* Controls that a terminal or an editor obeys rather than shows. */
static bool is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0x61c || point == 0x200e ||
	       point == 0x200f || (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069) ||
	       point == 0xfeff || point == 0xfffe || point == 0xffff;
}

/* The bytes of the harmless character `s` begins with; 0 when its first byte has to be escaped. */
static size_t clean_sequence(struct slice s)
{
	uint32_t point = 0;
	size_t   n = utf8_sequence(s, &point);

	return n > 0 && !is_control(point) ? n : 0;
}

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

/* Eight bytes in one number; the questions about them are answered with 0 for no. */
static uint64_t eight(const char *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	return x;
}

/* Is one not printable ASCII: below 0x20, at 0x7f or above? */
static uint64_t has_unprintable(uint64_t x)
{
	return (x | (x + EACH_BYTE(1)) | ((x - EACH_BYTE(0x20)) & ~x)) & EACH_BYTE(0x80);
}

/* Is one of them `c`? */
static uint64_t has_char(uint64_t x, char c)
{
	x ^= EACH_BYTE((unsigned char)c);
	return (x - EACH_BYTE(1)) & ~x & EACH_BYTE(0x80);
}

static uint64_t has_odd_json(uint64_t x)
{
	return has_unprintable(x) | has_char(x, '"') | has_char(x, '\\');
}

/* Plain printable ASCII is nearly everything: take it in runs. */
static size_t plain_run(struct slice s)
{
	size_t n = 0;

	while (s.len - n >= sizeof(uint64_t) && has_unprintable(eight(s.ptr + n)) == 0)
		n += sizeof(uint64_t);
	while (n < s.len && s.ptr[n] >= 0x20 && s.ptr[n] < 0x7f)
		n++;
	return n;
}

int text_clean(struct buf *out, struct slice bytes, struct error *err)
{
	while (bytes.len > 0) {
		size_t n = plain_run(bytes);
		int    r;

		if (n == 0)
			n = clean_sequence(bytes);
		if (n > 0) {
			r = buf_append(out, bytes.ptr, n, err);
		} else {
			n = 1;
			r = buf_printf(out, err, "\\x%02x", (unsigned)(unsigned char)bytes.ptr[0]);
		}
		if (r < 0)
			return r;
		bytes = slice_sub(bytes, n, SIZE_MAX);
	}
	return buf_reserve(out, 0, err);
}

char *text_clean_into(char *dst, size_t size, struct slice bytes)
{
	static const char ellipsis[] = "...";
	size_t            used = 0;
	size_t            fits = 0; /* where an ellipsis could still be put without cutting a character */

	if (bytes.len < size && text_is_clean(bytes)) {
		if (bytes.len > 0)
			memcpy(dst, bytes.ptr, bytes.len);
		dst[bytes.len] = '\0';
		return dst;
	}
	while (bytes.len > 0) {
		size_t n = clean_sequence(bytes);
		size_t width = n > 0 ? n : 4;

		if (used + width >= size) {
			memcpy(dst + fits, ellipsis, sizeof(ellipsis));
			return dst;
		}
		if (n > 0)
			memcpy(dst + used, bytes.ptr, n);
		else
			snprintf(dst + used, 5, "\\x%02x", (unsigned)(unsigned char)bytes.ptr[0]);
		used += width;
		if (used + sizeof(ellipsis) <= size)
			fits = used;
		bytes = slice_sub(bytes, n > 0 ? n : 1, SIZE_MAX);
	}
	dst[used] = '\0';
	return dst;
}

/* Told eight bytes at a time; the last ones are filled up with blanks. */
bool text_is_plain_json(struct slice bytes)
{
	char   last[] = "        ";
	size_t n = 0;

	for (; bytes.len - n >= sizeof(uint64_t); n += sizeof(uint64_t))
		if (has_odd_json(eight(bytes.ptr + n)) != 0)
			return false;
	for (size_t i = 0; n + i < bytes.len; i++)
		last[i] = bytes.ptr[n + i];
	return has_odd_json(eight(last)) == 0;
}

bool text_is_clean(struct slice bytes)
{
	while (bytes.len > 0) {
		size_t n = plain_run(bytes);

		if (n == 0)
			n = clean_sequence(bytes);
		if (n == 0)
			return false;
		bytes = slice_sub(bytes, n, SIZE_MAX);
	}
	return true;
}

bool text_is_graphic(struct slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		if (bytes.ptr[i] <= 0x20 || bytes.ptr[i] >= 0x7f)
			return false;
	}
	return true;
}

static bool stands_for_itself(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("-._~/:@,+", c) != NULL);
}

int text_percent_encode(struct buf *out, struct slice bytes, struct error *err)
{
	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char c = (unsigned char)bytes.ptr[i];
		int           r;

		if (stands_for_itself(bytes.ptr[i]))
			r = buf_append(out, &bytes.ptr[i], 1, err);
		else
			r = buf_printf(out, err, "%%%02X", (unsigned)c);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The value of a hexadecimal digit, -1 for anything else. */
static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* How many bytes at the front stand for themselves. */
static size_t unescaped_run(struct slice text)
{
	size_t n = 0;

	while (n < text.len && stands_for_itself(text.ptr[n]))
		n++;
	return n;
}

int text_percent_decode(struct buf *out, struct slice text, struct error *err)
{
	for (;;) {
		size_t n = unescaped_run(text);
		int    r = buf_append(out, text.ptr, n, err);
		int    high;
		int    low;
		char   c;

		if (r < 0 || n == text.len)
			return r;
		text = slice_sub(text, n, SIZE_MAX);
		if (text.ptr[0] != '%')
			return error_set(err, ERR_SYNTAX, "byte 0x%02x should have been percent-encoded",
			                 (unsigned)(unsigned char)text.ptr[0]);
		high = text.len >= 3 ? hex_value(text.ptr[1]) : -1;
		low = text.len >= 3 ? hex_value(text.ptr[2]) : -1;
		if (high < 0 || low < 0)
			return error_set(err, ERR_SYNTAX, "'%%' without two hexadecimal digits");
		c = (char)(high << 4 | low);
		r = buf_append(out, &c, 1, err);
		if (r < 0)
			return r;
		text = slice_sub(text, 3, SIZE_MAX);
	}
}

int text_hex_encode(struct buf *out, struct slice bytes, struct error *err)
{
	int r = bytes.len > SIZE_MAX / 2 ? error_nomem(err) : buf_reserve(out, bytes.len * 2, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char c = (unsigned char)bytes.ptr[i];

		out->ptr[out->len++] = hex_digits[c >> 4];
		out->ptr[out->len++] = hex_digits[c & 15];
	}
	out->ptr[out->len] = '\0';
	return 0;
}

int text_hex_decode(struct buf *out, struct slice text, struct error *err)
{
	size_t room = out->max - out->len;
	int    high = -1;
	int    r = buf_reserve(out, text.len / 2 < room ? text.len / 2 : room, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < text.len; i++) {
		int value = hex_value(text.ptr[i]);

		if (value < 0 && isspace((unsigned char)text.ptr[i]))
			continue;
		if (value < 0)
			return error_set(err, ERR_SYNTAX, "not a hexadecimal digit at byte %zu", i);
		if (high < 0) {
			high = value;
			continue;
		}
		if (out->len == out->max)
			return buf_reserve(out, 1, err);
		out->ptr[out->len++] = (char)(high << 4 | value);
		out->ptr[out->len] = '\0';
		high = -1;
	}
	if (high >= 0)
		return error_set(err, ERR_SYNTAX, "odd number of hexadecimal digits");
	return 0;
}

int text_parse_unsigned(struct slice text, unsigned base, uint64_t max, uint64_t *ret_value, struct error *err)
{
	uint64_t value = 0;

	if (text.len == 0)
		return error_set(err, ERR_SYNTAX, "a number is missing");
	for (size_t i = 0; i < text.len; i++) {
		int digit = hex_value(text.ptr[i]);

		if (digit < 0 || (unsigned)digit >= base)
			return error_set(err, ERR_SYNTAX, "not a number in base %u", base);
		if (value > (max - (unsigned)digit) / base || (unsigned)digit > max)
			return error_set(err, ERR_SYNTAX, "number larger than %" PRIu64, max);
		value = value * base + (unsigned)digit;
	}
	*ret_value = value;
	return 0;
}

#include "slice.h"

struct slice slice_of(const char *text)
{
	return (struct slice){ .ptr = text, .len = text ? strlen(text) : 0 };
}

bool slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool slice_is(struct slice s, const char *text)
{
	return slice_equal(s, slice_of(text));
}

bool slice_is_nocase(struct slice s, const char *text)
{
	return s.len == strlen(text) && (s.len == 0 || strncasecmp(s.ptr, text, s.len) == 0);
}

bool slice_has_prefix(struct slice s, const char *prefix)
{
	return slice_is(slice_sub(s, 0, strlen(prefix)), prefix);
}

bool slice_has_suffix(struct slice s, const char *suffix)
{
	size_t len = strlen(suffix);

	return s.len >= len && slice_is(slice_sub(s, s.len - len, len), suffix);
}

int slice_compare(struct slice a, struct slice b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int    order = len > 0 ? memcmp(a.ptr, b.ptr, len) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

bool slice_matches(struct slice s, struct slice pattern)
{
	size_t at = 0, p = 0, star = SIZE_MAX, resume = 0; /* the last *, and where it was met */

	while (at < s.len) {
		if (p < pattern.len && pattern.ptr[p] == '*') {
			star = p++;
			resume = at;
		} else if (p < pattern.len && (pattern.ptr[p] == '?' || pattern.ptr[p] == s.ptr[at])) {
			p++;
			at++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			at = ++resume;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.ptr[p] == '*')
		p++;
	return p == pattern.len;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct slice slice_trim(struct slice s)
{
	while (s.len > 0 && is_blank(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

struct slice slice_sub(struct slice s, size_t offset, size_t len)
{
	if (offset >= s.len)
		return (struct slice){ 0 };
	s.ptr += offset;
	s.len -= offset;
	if (len < s.len)
		s.len = len;
	return s;
}

/* The one splitter: `*ret_found` tells whether the separator was there. */
static bool split(struct slice *rest, char separator, struct slice *ret_part, bool *ret_found)
{
	const char *at;
	size_t      n;

	if (rest->len == 0)
		return false;
	at = memchr(rest->ptr, separator, rest->len);
	n = at ? (size_t)(at - rest->ptr) : rest->len;
	*ret_part = (struct slice){ .ptr = rest->ptr, .len = n };
	*ret_found = at != NULL;
	if (at)
		n++;
	rest->ptr += n;
	rest->len -= n;
	return true;
}

bool slice_next(struct slice *rest, char separator, struct slice *ret_part)
{
	bool found;

	return split(rest, separator, ret_part, &found);
}

bool slice_next_line(struct slice *rest, struct slice *ret_line, bool *ret_ended)
{
	bool found;

	if (!split(rest, '\n', ret_line, &found))
		return false;
	if (ret_ended)
		*ret_ended = found;
	return true;
}

bool slice_next_word(struct slice *rest, struct slice *ret_word)
{
	size_t n = 0;

	if (rest->len == 0) /* there may be no pointer to add to */
		return false;
	while (rest->len > 0 && (rest->ptr[0] == ' ' || rest->ptr[0] == '\t')) {
		rest->ptr++;
		rest->len--;
	}
	while (n < rest->len && rest->ptr[n] != ' ' && rest->ptr[n] != '\t')
		n++;
	*ret_word = (struct slice){ .ptr = rest->ptr, .len = n };
	rest->ptr += n;
	rest->len -= n;
	return n > 0;
}

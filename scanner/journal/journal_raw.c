#include "journal_raw.h"

/* What cJSON takes for one. */
static bool is_blank(char c)
{
	return (unsigned char)c <= ' ';
}

static void skip_blanks(struct slice *s)
{
	while (s->len > 0 && is_blank(s->ptr[0])) {
		s->ptr++;
		s->len--;
	}
}

static void advance(struct slice *s, size_t len)
{
	s->ptr += len;
	s->len -= len;
}

/* Where the string that begins at `at` ends: behind its quotation mark; 0 when it does not. */
static size_t string_end(struct slice s, size_t at)
{
	size_t i = at + 1;

	while (i < s.len) {
		const char *quote = memchr(s.ptr + i, '"', s.len - i);
		size_t      end;
		size_t      before;

		if (!quote)
			return 0;
		end = (size_t)(quote - s.ptr);
		for (before = end; before > at + 1 && s.ptr[before - 1] == '\\'; before--)
			;
		if ((end - before) % 2 == 0)
			return end + 1;
		i = end + 1;
	}
	return 0;
}

/*
 * Where the object or array at the front ends, by counting brackets outside strings; 0 when it does not. Objects that stand in it, one bracket deep,
 * are left to `pass` (may be NULL).
 */
static size_t brackets_end(struct slice s, const struct journal_pass *pass)
{
	size_t depth = 0;
	size_t i = 0;

	while (i < s.len) {
		switch (s.ptr[i]) {
		case '"':
			i = string_end(s, i);
			if (i == 0)
				return 0;
			continue;
		case '{':
			if (depth == 1 && pass) {
				size_t len = pass->object(pass->context, slice_sub(s, i, s.len));

				if (len == 0)
					return 0;
				i += len;
				continue;
			}
			depth++;
			break;
		case '[':
			depth++;
			break;
		case '}':
		case ']':
			if (--depth == 0)
				return i + 1;
			break;
		default:
			break;
		}
		i++;
	}
	return 0;
}

/* Where a number or a word at the front ends. */
static size_t word_end(struct slice s)
{
	size_t i = 0;

	while (i < s.len && !is_blank(s.ptr[i]) && s.ptr[i] != ',' && s.ptr[i] != '}' && s.ptr[i] != ']')
		i++;
	return i;
}

static bool take_value(struct slice *rest, const struct journal_pass *pass, struct slice *ret_value)
{
	size_t len;

	if (rest->len == 0)
		return false;
	if (rest->ptr[0] == '"')
		len = string_end(*rest, 0);
	else if (rest->ptr[0] == '{')
		len = brackets_end(*rest, NULL);
	else if (rest->ptr[0] == '[')
		len = brackets_end(*rest, pass);
	else
		len = word_end(*rest);
	*ret_value = (struct slice){ .ptr = rest->ptr, .len = len };
	advance(rest, len);
	return len > 0;
}

/* A name and its colon. */
static bool take_name(struct slice *rest, struct slice *ret_name)
{
	size_t len = rest->len > 0 && rest->ptr[0] == '"' ? string_end(*rest, 0) : 0;

	if (len == 0)
		return false;
	*ret_name = (struct slice){ .ptr = rest->ptr + 1, .len = len - 2 };
	advance(rest, len);
	skip_blanks(rest);
	if (rest->len == 0 || rest->ptr[0] != ':')
		return false;
	advance(rest, 1);
	skip_blanks(rest);
	return true;
}

bool journal_raw_begin(struct journal_raw *raw, struct slice value)
{
	skip_blanks(&value);
	if (value.len == 0 || (value.ptr[0] != '{' && value.ptr[0] != '['))
		return false;
	*raw = (struct journal_raw){ .rest = value, .close = value.ptr[0] == '{' ? '}' : ']' };
	advance(&raw->rest, 1);
	skip_blanks(&raw->rest);
	return true;
}

/* The end: nothing but blanks may follow. */
static int finish(struct journal_raw *raw)
{
	advance(&raw->rest, 1);
	skip_blanks(&raw->rest);
	return raw->nested || raw->rest.len == 0 ? 0 : ERR_SYNTAX;
}

int journal_raw_name(struct journal_raw *raw, struct slice *ret_name)
{
	struct slice name = { .ptr = "" };

	if (raw->rest.len == 0)
		return ERR_SYNTAX;
	if (raw->rest.ptr[0] == raw->close)
		return finish(raw);
	if (raw->begun) {
		if (raw->rest.ptr[0] != ',')
			return ERR_SYNTAX;
		advance(&raw->rest, 1);
		skip_blanks(&raw->rest);
	}
	raw->begun = true;
	if (raw->close == '}' && !take_name(&raw->rest, &name))
		return ERR_SYNTAX;
	*ret_name = name;
	return 1;
}

int journal_raw_value(struct journal_raw *raw, struct slice *ret_value)
{
	if (!take_value(&raw->rest, raw->pass, ret_value))
		return ERR_SYNTAX;
	skip_blanks(&raw->rest);
	return 1;
}

int journal_raw_next(struct journal_raw *raw, struct slice *ret_name, struct slice *ret_value)
{
	int r = journal_raw_name(raw, ret_name);

	return r <= 0 ? r : journal_raw_value(raw, ret_value);
}

bool journal_raw_enter(const struct journal_raw *raw, struct journal_raw *ret_inner)
{
	if (!journal_raw_begin(ret_inner, raw->rest))
		return false;
	ret_inner->nested = true;
	return true;
}

void journal_raw_leave(struct journal_raw *raw, const struct journal_raw *inner)
{
	raw->rest = inner->rest;
}

void journal_raw_skip(struct journal_raw *raw, size_t len)
{
	advance(&raw->rest, len);
	skip_blanks(&raw->rest);
}

size_t journal_raw_object(struct slice text)
{
	return text.len > 0 && text.ptr[0] == '{' ? brackets_end(text, NULL) : 0;
}

#include "sshd_words.h"

#include "text.h"

#define SHELL_ARGUMENTS 807 /* 8.7: arguments */
#define SHELL_MATCH     909 /* 9.9: criteria of Match */

/* A number of at most two digits off the front. */
static bool take_number(struct slice *text, unsigned *ret_number)
{
	uint64_t     number;
	struct error why;
	size_t       n = 0;

	while (n < text->len && n < 3 && isdigit((unsigned char)text->ptr[n]))
		n++;
	if (n == 0 || n > 2 || text_parse_unsigned(slice_sub(*text, 0, n), 10, 99, &number, &why) < 0)
		return false;
	*text = slice_sub(*text, n, text->len);
	*ret_number = (unsigned)number;
	return true;
}

sshd_release sshd_release_of(struct slice text)
{
	static const char mark[] = "OpenSSH_";
	unsigned          major, minor;

	for (; text.len > 0; text = slice_sub(text, 1, text.len)) {
		struct slice rest = slice_sub(text, strlen(mark), text.len);

		if (!slice_has_prefix(text, mark) || !take_number(&rest, &major) || rest.len == 0 || rest.ptr[0] != '.')
			continue;
		rest = slice_sub(rest, 1, rest.len);
		if (take_number(&rest, &minor))
			return major * 100 + minor;
	}
	return 0;
}

enum sshd_words sshd_words_of_arguments(sshd_release release)
{
	return release != 0 && release < SHELL_ARGUMENTS ? SSHD_WORDS_PLAIN : SSHD_WORDS_SHELL;
}

enum sshd_words sshd_words_of_match(sshd_release release)
{
	return release != 0 && release < SHELL_MATCH ? SSHD_WORDS_PLAIN : SSHD_WORDS_SHELL;
}

bool sshd_words_cut_at_hash(sshd_release release)
{
	return sshd_words_of_arguments(release) == SSHD_WORDS_PLAIN;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* What the older way takes for a blank. */
static bool is_space(char c)
{
	return is_blank(c) || c == '\r' || c == '\n';
}

static void skip(struct slice *rest, bool (*is)(char))
{
	while (rest->len > 0 && is(rest->ptr[0]))
		*rest = slice_sub(*rest, 1, rest->len);
}

static bool is_escape(struct slice rest, bool quoted)
{
	char next = '\0';

	if (rest.len > 1)
		next = rest.ptr[1];
	return rest.ptr[0] == '\\' && (next == '"' || next == '\'' || next == '\\' || (next == ' ' && !quoted));
}

static int next_shell(struct slice *rest, struct buf *word, struct error *err)
{
	char quote = '\0';
	int  r = 0;

	skip(rest, is_blank);
	if (rest->len == 0 || rest->ptr[0] == '#')
		return 0;
	for (; r == 0 && rest->len > 0 && (quote || !is_blank(rest->ptr[0])); *rest = slice_sub(*rest, 1, rest->len)) {
		char c = rest->ptr[0];

		if (is_escape(*rest, quote != '\0')) {
			*rest = slice_sub(*rest, 1, rest->len);
			r = buf_append(word, rest->ptr, 1, err);
		} else if (quote ? c == quote : c == '"' || c == '\'') {
			quote = (char)(quote ? '\0' : c);
		} else {
			r = buf_append(word, &c, 1, err);
		}
	}
	if (r == 0 && quote)
		r = error_set(err, ERR_SYNTAX, "a quote is not closed");
	return r < 0 ? r : 1;
}

/* A quote ends the word where it closes, whatever follows it, and may begin within a word. */
static int next_plain(bool equals, struct slice *rest, struct buf *word, struct error *err)
{
	size_t n = 0, end;
	char   c = '\0';
	int    r;

	if (rest->len == 0)
		return 0;
	while (n < rest->len && !is_space(rest->ptr[n]) && rest->ptr[n] != '"' && !(equals && rest->ptr[n] == '='))
		n++;
	r = buf_append(word, rest->ptr, n, err);
	if (n < rest->len)
		c = rest->ptr[n];
	*rest = slice_sub(*rest, n + 1, rest->len);
	if (r == 0 && c == '"') {
		for (end = 0; end < rest->len && rest->ptr[end] != '"'; end++)
			;
		if (end == rest->len)
			return error_set(err, ERR_SYNTAX, "a quote is not closed");
		r = buf_append(word, rest->ptr, end, err);
		*rest = slice_sub(*rest, end + 1, rest->len);
	}
	skip(rest, is_space);
	if (equals && c != '=' && c != '"' && rest->len > 0 && rest->ptr[0] == '=') {
		*rest = slice_sub(*rest, 1, rest->len);
		skip(rest, is_space);
	}
	return r < 0 ? r : 1;
}

int sshd_words_next(enum sshd_words style, struct slice *rest, struct buf *word, struct error *err)
{
	return style == SSHD_WORDS_SHELL ? next_shell(rest, word, err) : next_plain(style == SSHD_WORDS_PLAIN, rest, word, err);
}

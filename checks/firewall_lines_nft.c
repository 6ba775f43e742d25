/*
 * firewall_lines_nft.c: tables in the language of nft, as far as a file declares them: what else there is in it is not understood.
 */
#include "firewall_lines.h"

#include "buf.h"
#include "limit.h"
#include "mem.h"

#define MAX_DEPTH 8    /* of braces within a statement */
#define MAX_NAME  300  /* of a table or chain with its family */
#define END       '\0' /* of the text */
#define WORD      'w'

/* WORD, one of {};, (the end of a line is a semicolon), or END. */
struct token {
	char         kind;
	bool         quoted; /* and cannot do without */
	struct slice text;
};

struct tokens {
	struct token *items;
	size_t        count, room;
};

struct reading {
	struct firewall_lines *lines;
	struct slice           rest;
	struct tokens          statement;
	bool                   defined; /* something that a later flush would take away */
	bool                   bridge;
	char                   table[MAX_NAME];
};

static int not_understood(struct slice what, struct error *err)
{
	return error_set(err, ERR_SYNTAX, "'%.*s' is not understood", (int)(what.len < 60 ? what.len : 60), what.len > 0 ? what.ptr : "");
}

/* Blanks, comments, and ends of lines that are none. */
static void skip(struct slice *rest)
{
	while (rest->len > 0) {
		if (rest->ptr[0] == '#') {
			const char *end = memchr(rest->ptr, '\n', rest->len);

			*rest = slice_sub(*rest, end ? (size_t)(end - rest->ptr) : rest->len, rest->len);
		} else if (rest->ptr[0] == ' ' || rest->ptr[0] == '\t' || rest->ptr[0] == '\r') {
			*rest = slice_sub(*rest, 1, rest->len);
		} else if (rest->len > 1 && rest->ptr[0] == '\\' && rest->ptr[1] == '\n') {
			*rest = slice_sub(*rest, 2, rest->len);
		} else {
			return;
		}
	}
}

/* True when a quoted text means the same without its quotes. */
static bool is_simple(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!isalnum((unsigned char)text.ptr[i]) && !strchr("_.:@/*-+", text.ptr[i]))
			return false;
	return text.len > 0;
}

static struct token take(struct slice *rest, char kind, size_t len)
{
	const struct token token = { .kind = kind, .text = slice_sub(*rest, 0, len) };

	*rest = slice_sub(*rest, len, rest->len);
	return token;
}

static struct token take_quoted(struct slice *rest)
{
	const char  *end = memchr(rest->ptr + 1, '"', rest->len - 1);
	struct token token = take(rest, WORD, end ? (size_t)(end - rest->ptr) + 1 : rest->len);
	struct slice inner = slice_sub(token.text, 1, token.text.len > 2 ? token.text.len - 2 : 0);

	if (end && is_simple(inner))
		token.text = inner;
	else
		token.quoted = true;
	return token;
}

static struct token next_token(struct slice *rest)
{
	size_t n = 0;

	skip(rest);
	if (rest->len == 0)
		return (struct token){ .kind = END };
	if (rest->ptr[0] == '\n')
		return take(rest, ';', 1);
	if (strchr("{};,", rest->ptr[0]) && rest->ptr[0])
		return take(rest, rest->ptr[0], 1);
	if (rest->ptr[0] == '"')
		return take_quoted(rest);
	while (n < rest->len && !(rest->ptr[n] && strchr(" \t\r\n{};,\"#", rest->ptr[n])))
		n++;
	return take(rest, WORD, n);
}

static int push(struct tokens *tokens, struct token token, struct error *err)
{
	if (tokens->count == tokens->room) {
		const size_t  room = tokens->room ? 2 * tokens->room : 64;
		struct token *grown = mem_resize(tokens->items, room, sizeof(*grown));

		if (!grown)
			return error_nomem(err);
		tokens->items = grown;
		tokens->room = room;
	}
	tokens->items[tokens->count++] = token;
	return 0;
}

/* A statement of a block, up to its end, of which lines are none within braces. Gives what ended it: ';', '}' or END. */
static int read_statement(struct reading *reading, char *ret_end, struct error *err)
{
	size_t depth = 0;
	int    r = 0;

	reading->statement.count = 0;
	while (r == 0) {
		const struct token token = next_token(&reading->rest);

		if (depth == 0 && (token.kind == ';' || token.kind == '}' || token.kind == END)) {
			*ret_end = token.kind;
			return 0;
		}
		if (token.kind == ';' && token.text.ptr[0] == '\n')
			continue;
		if (token.kind == ';' || token.kind == END || depth == MAX_DEPTH)
			return not_understood(reading->statement.items[0].text, err);
		depth += token.kind == '{';
		depth -= token.kind == '}';
		/* A name that the file gives to something, which is not looked up here. */
		if (token.kind == WORD && !token.quoted && memchr(token.text.ptr, '$', token.text.len))
			return not_understood(token.text, err);
		r = push(&reading->statement, token, err);
	}
	return r;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Texts that are put in order. */
struct texts {
	char **items;
	size_t count, room;
};

static int add_text(struct texts *texts, struct buf *text, struct error *err)
{
	char *copy = mem_strdup(buf_text(text));

	if (copy && texts->count == texts->room) {
		const size_t room = texts->room ? 2 * texts->room : 8;
		char       **grown = mem_resize(texts->items, room, sizeof(*grown));

		if (grown) {
			texts->items = grown;
			texts->room = room;
		}
	}
	if (!copy || texts->count == texts->room) {
		mem_free(copy);
		return error_nomem(err);
	}
	texts->items[texts->count++] = copy;
	buf_clear(text);
	return 0;
}

/* All of them in order, and release them. */
static int end_texts(struct texts *texts, struct buf *out, struct error *err)
{
	int r = 0;

	if (texts->count > 0)
		qsort(texts->items, texts->count, sizeof(*texts->items), by_text);
	for (size_t i = 0; i < texts->count; i++) {
		if (r == 0)
			r = buf_printf(out, err, "%s%s", i > 0 ? ", " : "", texts->items[i]);
		mem_free(texts->items[i]);
	}
	mem_free(texts->items);
	*texts = (struct texts){ 0 };
	return r;
}

static size_t closing(const struct token *tokens, size_t at, size_t end)
{
	size_t depth = 0;

	for (; at < end; at++) {
		depth += tokens[at].kind == '{';
		if (tokens[at].kind == '}' && --depth == 0)
			break;
	}
	return at;
}

static int write_tokens(const struct token *tokens, size_t count, struct buf *out, struct error *err);

/* What is between braces, in order. */
static int write_set(const struct token *tokens, size_t count, struct buf *out, struct error *err)
{
	struct texts elements = { 0 };
	struct buf   element;
	size_t       begin = 0;
	int          r = buf_append_text(out, "{ ", err), rest;

	buf_init(&element, LIMIT_EVIDENCE);
	for (size_t i = 0, depth = 0; r == 0 && i <= count; i++) {
		if (i < count) {
			depth += tokens[i].kind == '{';
			depth -= tokens[i].kind == '}';
			if (depth > 0 || tokens[i].kind != ',')
				continue;
		}
		r = write_tokens(tokens + begin, i - begin, &element, err);
		if (r == 0 && element.len > 0)
			r = add_text(&elements, &element, err);
		begin = i + 1;
	}
	rest = end_texts(&elements, out, err);
	buf_free(&element);
	r = r < 0 ? r : rest;
	return r < 0 ? r : buf_append_text(out, " }", err);
}

/* A word, or a set. Gives how many tokens it takes. */
static int write_atom(const struct token *tokens, size_t count, size_t *ret_used, struct buf *out, struct error *err)
{
	size_t end;

	*ret_used = 1;
	if (tokens[0].kind != '{')
		return buf_append_slice(out, tokens[0].text, err);
	end = closing(tokens, 0, count);
	*ret_used = end < count ? end + 1 : count;
	return write_set(tokens + 1, end - 1, out, err);
}

static bool is_word(const struct token *tokens, size_t count, size_t at, const char *word)
{
	return at < count && tokens[at].kind == WORD && !tokens[at].quoted && slice_is(tokens[at].text, word);
}

/* What a counter has counted. */
static size_t counted(const struct token *tokens, size_t count, size_t at)
{
	return is_word(tokens, count, at, "counter") && is_word(tokens, count, at + 1, "packets") && is_word(tokens, count, at + 3, "bytes") && at + 4 < count ? 4 : 0;
}

/* Words with a blank between, and those with commas between in order. */
static int write_tokens(const struct token *tokens, size_t count, struct buf *out, struct error *err)
{
	struct texts list = { 0 };
	struct buf   atom;
	size_t       used;
	int          r = 0, rest;

	buf_init(&atom, LIMIT_EVIDENCE);
	for (size_t i = 0; r == 0 && i < count; i += used) {
		if (tokens[i].kind == ',') {
			used = 1;
			continue;
		}
		r = write_atom(tokens + i, count - i, &used, &atom, err);
		used += counted(tokens, count, i);
		if (r == 0)
			r = add_text(&list, &atom, err);
		if (r == 0 && i + used < count && tokens[i + used].kind == ',')
			continue;
		if (r == 0 && out->len > 0 && out->ptr[out->len - 1] != ' ')
			r = buf_append_text(out, " ", err);
		rest = end_texts(&list, out, err);
		r = r < 0 ? r : rest;
	}
	rest = end_texts(&list, out, err);
	buf_free(&atom);
	return r < 0 ? r : rest;
}

static int write_statement(struct reading *reading, struct buf *out, struct error *err)
{
	buf_clear(out);
	return write_tokens(reading->statement.items, reading->statement.count, out, err);
}

static bool begins_with(const struct reading *reading, const char *word)
{
	return is_word(reading->statement.items, reading->statement.count, 0, word);
}

/* Names of priorities. */
static const struct {
	const char *name;
	int         value;
	bool        bridge;
} priorities[] = {
	{ "raw", -300, false }, { "mangle", -150, false }, { "dstnat", -100, false }, { "filter", 0, false }, { "security", 50, false }, { "srcnat", 100, false },
	{ "dstnat", -300, true }, { "filter", -200, true }, { "out", 100, true }, { "srcnat", 300, true },
};

static bool priority_of(const struct reading *reading, size_t at, long *ret_value)
{
	const struct tokens *s = &reading->statement;
	char                 text[32];
	char                *end;
	long                 more = 0;

	if (at >= s->count || s->items[at].text.len >= sizeof(text))
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)s->items[at].text.len, s->items[at].text.ptr);
	*ret_value = strtol(text, &end, 10);
	if (*end) {
		size_t i = 0;

		while (i < countof(priorities) && (priorities[i].bridge != reading->bridge || strcmp(priorities[i].name, text) != 0))
			i++;
		if (i == countof(priorities))
			return false;
		*ret_value = priorities[i].value;
	}
	if (at + 1 == s->count)
		return true;
	if (at + 3 != s->count || s->items[at + 2].text.len >= sizeof(text))
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)s->items[at + 2].text.len, s->items[at + 2].text.ptr);
	more = strtol(text, &end, 10);
	*ret_value += is_word(s->items, s->count, at + 1, "-") ? -more : more;
	return !*end && (is_word(s->items, s->count, at + 1, "-") || is_word(s->items, s->count, at + 1, "+"));
}

/* "type filter hook input priority filter" with the priority as a number. */
static int write_type(struct reading *reading, struct buf *out, struct error *err)
{
	const struct tokens *s = &reading->statement;
	size_t               at = 0;
	long                 priority;
	int                  r;

	while (at < s->count && !is_word(s->items, s->count, at, "priority"))
		at++;
	if (at == s->count || !priority_of(reading, at + 1, &priority))
		return not_understood(s->items[0].text, err);
	buf_clear(out);
	r = write_tokens(s->items, at, out, err);
	return r < 0 ? r : buf_printf(out, err, " priority %ld", priority);
}

/* A chain up to its brace. */
static int read_chain(struct reading *reading, const char *words, struct error *err)
{
	struct firewall_lines_chain *chain = firewall_lines_chain(reading->lines, reading->table, words);
	struct buf                   type, policy, text;
	char                         end = ';';
	int                          r = chain ? 0 : error_nomem(err);

	buf_init(&type, LIMIT_EVIDENCE);
	buf_init(&policy, LIMIT_EVIDENCE);
	buf_init(&text, LIMIT_EVIDENCE);
	while (r == 0 && end == ';') {
		r = read_statement(reading, &end, err);
		if (r < 0 || reading->statement.count == 0 || begins_with(reading, "comment"))
			continue;
		if (begins_with(reading, "type"))
			r = write_type(reading, &type, err);
		else if (begins_with(reading, "policy"))
			r = write_statement(reading, &policy, err);
		else if ((r = write_statement(reading, &text, err)) == 0)
			r = firewall_lines_add(reading->lines, chain, buf_slice(&text), err);
	}
	if (r == 0 && end == END)
		r = error_set(err, ERR_SYNTAX, "it breaks off in a chain");
	if (r == 0 && type.len > 0) {
		r = buf_printf(&type, err, " %s", policy.len > 0 ? buf_text(&policy) : "policy accept");
		chain->head = r == 0 ? arena_strdup(&reading->lines->arena, buf_text(&type)) : "";
		r = chain->head ? r : error_nomem(err);
	}
	buf_free(&type);
	buf_free(&policy);
	buf_free(&text);
	return r;
}

/* A set, map, counter and so on: its statements are its first rule, its elements the second, which is "*" where rules put them in and none is stored. */
static int read_object(struct reading *reading, const char *words, struct error *err)
{
	struct firewall_lines_chain *chain = firewall_lines_chain(reading->lines, reading->table, words);
	struct texts                 statements = { 0 };
	struct buf                   text, elements;
	bool                         changes = false, dynamic = false, sized = false;
	char                         end = ';';
	int                          r = chain ? 0 : error_nomem(err), rest;

	buf_init(&text, LIMIT_EVIDENCE);
	buf_init(&elements, LIMIT_EVIDENCE);
	while (r == 0 && end == ';') {
		r = read_statement(reading, &end, err);
		if (r < 0 || reading->statement.count == 0 || begins_with(reading, "comment") || strncmp(words, "counter ", strlen("counter ")) == 0)
			continue;
		r = write_statement(reading, begins_with(reading, "elements") ? &elements : &text, err);
		dynamic = dynamic || (begins_with(reading, "flags") && strstr(buf_text(&text), "dynamic"));
		changes = changes || dynamic || begins_with(reading, "timeout");
		sized = sized || strcmp(buf_text(&text), "size 65535") == 0;
		if (r == 0 && text.len > 0 && strcmp(buf_text(&text), "size 65535") != 0)
			r = add_text(&statements, &text, err);
		buf_clear(&text);
	}
	/* What nft gives a set that rules add to, unless it is told another size. */
	if (r == 0 && sized && !dynamic && (r = buf_append_text(&text, "size 65535", err)) == 0)
		r = add_text(&statements, &text, err);
	if (r == 0 && end == END)
		r = error_set(err, ERR_SYNTAX, "it breaks off in a set");
	buf_clear(&text);
	rest = end_texts(&statements, &text, err);
	r = r < 0 ? r : rest;
	if (r == 0)
		r = firewall_lines_add(reading->lines, chain, buf_slice(&text), err);
	if (r == 0)
		r = firewall_lines_add(reading->lines, chain, changes && elements.len == 0 ? slice_of("*") : buf_slice(&elements), err);
	buf_free(&text);
	buf_free(&elements);
	return r;
}

/* The words up to a brace or an end: "chain input {". Gives what ended them. */
static int read_words(struct reading *reading, char *words, size_t size, size_t *ret_count, char *ret_end, struct error *err)
{
	size_t used = 0;

	*ret_count = 0;
	words[0] = '\0';
	for (;;) {
		const struct token token = next_token(&reading->rest);

		*ret_end = token.kind;
		if (token.kind == ',')
			return not_understood(token.text, err);
		if (token.kind != WORD)
			return 0;
		if (used + token.text.len + 2 > size || memchr(token.text.ptr, '$', token.text.len))
			return not_understood(token.text, err);
		used += (size_t)snprintf(words + used, size - used, "%s%.*s", used > 0 ? " " : "", (int)token.text.len, token.text.ptr);
		*ret_count += 1;
	}
}

/* What a table says of itself: "flags dormant". */
static int read_flag(struct reading *reading, const char *words, struct error *err)
{
	struct firewall_lines_chain *chain;

	if (strncmp(words, "comment ", strlen("comment ")) == 0)
		return 0;
	if (strncmp(words, "flags ", strlen("flags ")) != 0)
		return not_understood(slice_of(words), err);
	chain = firewall_lines_chain(reading->lines, reading->table, "flags");
	return chain ? firewall_lines_add(reading->lines, chain, slice_of(words), err) : error_nomem(err);
}

/* A table that is declared again has the flags it is given last, or none. */
static int read_table(struct reading *reading, struct error *err)
{
	struct firewall_lines_chain *flags;
	char                         words[MAX_NAME], name[MAX_NAME + sizeof(" flags")], end = ';';
	size_t                       count;
	int                          r = 0;

	snprintf(name, sizeof(name), "%s flags", reading->table);
	flags = firewall_lines_find(reading->lines, name);
	if (flags)
		flags->nrules = 0;
	while (r == 0 && end != '}') {
		r = read_words(reading, words, sizeof(words), &count, &end, err);
		if (r == 0 && end == END)
			r = error_set(err, ERR_SYNTAX, "it breaks off in a table");
		if (r < 0)
			break;
		if (end == '{') {
			r = strncmp(words, "chain ", strlen("chain ")) == 0 && count == 2 ? read_chain(reading, words + strlen("chain "), err) : count >= 2 ? read_object(reading, words, err)
			                                                                                                                                    : not_understood(slice_of(words), err);
			end = ';';
		} else if (count > 0) {
			r = read_flag(reading, words, err);
		}
	}
	return r;
}

/* "table inet filter", with a block or to make it empty; "flush ruleset" and the like, at the beginning. */
static int read_top(struct reading *reading, const char *words, size_t count, char end, struct error *err)
{
	const bool table = strncmp(words, "table ", strlen("table ")) == 0 && (count == 2 || count == 3);
	const bool flush = strcmp(words, "flush ruleset") == 0 || strncmp(words, "flush table ", strlen("flush table ")) == 0 ||
	                   strncmp(words, "delete table ", strlen("delete table ")) == 0 || strncmp(words, "destroy table ", strlen("destroy table ")) == 0;

	if (count == 0 && end == ';')
		return 0;
	if (end != '{')
		return (flush && !reading->defined) || table ? 0 : not_understood(slice_of(words), err);
	if (!table)
		return not_understood(slice_of(words), err);
	snprintf(reading->table, sizeof(reading->table), "%s%.*s", count == 2 ? "ip " : "", MAX_NAME - 10, words + strlen("table "));
	reading->bridge = strncmp(reading->table, "bridge ", strlen("bridge ")) == 0;
	reading->defined = true;
	return read_table(reading, err);
}

int firewall_lines_nft(struct firewall_lines *lines, struct slice text, struct error *err)
{
	struct reading reading = { .lines = lines, .rest = text };
	char           words[MAX_NAME], end = ';';
	size_t         count;
	int            r = 0;

	while (r == 0 && end != END) {
		r = read_words(&reading, words, sizeof(words), &count, &end, err);
		if (r == 0 && !(end == END && count == 0))
			r = read_top(&reading, words, count, end, err);
	}
	mem_free(reading.statement.items);
	return r;
}

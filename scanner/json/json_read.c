#include "json_read.h"

/* Strings are unescaped where they stand: what they become is never longer. */
struct parser {
	char         *at; /* in a text that ends in NUL, which no rule of JSON takes */
	struct arena *arena;
	bool          exhausted; /* no memory */
};

static bool parse_value(struct parser *p, cJSON *node, unsigned depth);

static void skip_blanks(struct parser *p)
{
	while (*p->at == ' ' || *p->at == '\t' || *p->at == '\n' || *p->at == '\r')
		p->at++;
}

static bool take(struct parser *p, char c)
{
	if (*p->at != c)
		return false;
	p->at++;
	return true;
}

/* The four digits behind \u. */
static bool take_unit(struct parser *p, uint32_t *ret_unit)
{
	uint32_t unit = 0;

	for (int i = 0; i < 4; i++, p->at++) {
		char c = *p->at;

		if (c >= '0' && c <= '9')
			unit = unit << 4 | (uint32_t)(c - '0');
		else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
			unit = unit << 4 | ((uint32_t)(c | 0x20) - 'a' + 10);
		else
			return false;
	}
	*ret_unit = unit;
	return true;
}

static bool is_surrogate(uint32_t unit)
{
	return unit >= 0xd800 && unit <= 0xdfff;
}

/* A character that is written as one or two units of UTF-16. */
static bool take_point(struct parser *p, uint32_t *ret_point)
{
	uint32_t first;
	uint32_t second;

	if (!take_unit(p, &first) || first == 0)
		return false;
	*ret_point = first;
	if (!is_surrogate(first))
		return true;
	if (first >= 0xdc00 || !take(p, '\\') || !take(p, 'u') || !take_unit(p, &second) || second < 0xdc00 || second > 0xdfff)
		return false;
	*ret_point = 0x10000 + ((first & 0x3ff) << 10 | (second & 0x3ff));
	return true;
}

static char *put_utf8(char *out, uint32_t point)
{
	if (point < 0x80) {
		*out++ = (char)point;
		return out;
	}
	if (point < 0x800) {
		*out++ = (char)(0xc0 | point >> 6);
	} else {
		if (point < 0x10000) {
			*out++ = (char)(0xe0 | point >> 12);
		} else {
			*out++ = (char)(0xf0 | point >> 18);
			*out++ = (char)(0x80 | (point >> 12 & 0x3f));
		}
		*out++ = (char)(0x80 | (point >> 6 & 0x3f));
	}
	*out++ = (char)(0x80 | (point & 0x3f));
	return out;
}

static bool take_escape(struct parser *p, char **out)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	const char       *which;
	uint32_t          point;

	if (take(p, 'u')) {
		if (!take_point(p, &point))
			return false;
		*out = put_utf8(*out, point);
		return true;
	}
	which = *p->at ? strchr(letters, *p->at) : NULL;
	if (!which)
		return false;
	p->at++;
	*(*out)++ = meanings[which - letters];
	return true;
}

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))
#define ZERO_BYTES(x)    (((x)-EACH_BYTE(1)) & ~(x)&EACH_BYTE(0x80))

/* True when none of eight bytes ends a run. */
static bool eight_plain(const char *at)
{
	uint64_t x;

	memcpy(&x, at, sizeof(x));
	return (ZERO_BYTES(x) | ZERO_BYTES(x ^ EACH_BYTE('"')) | ZERO_BYTES(x ^ EACH_BYTE('\\'))) == 0;
}

/* Where the run ends that needs no look: at a quote, a backslash, or the NUL, behind which eight bytes may be read. */
static char *plain_end(char *at)
{
	while (eight_plain(at))
		at += sizeof(uint64_t);
	while (*at != '"' && *at != '\\' && *at != '\0')
		at++;
	return at;
}

/* A string, whose closing quote becomes its NUL. */
static bool take_string(struct parser *p, char **ret_text)
{
	char *text = p->at + 1;
	char *out;

	if (!take(p, '"'))
		return false;
	out = p->at = plain_end(p->at);
	while (*p->at != '"') {
		char  *run = p->at;
		size_t len;

		if (*run == '\0')
			return false;
		if (take(p, '\\') && !take_escape(p, &out))
			return false;
		run = p->at;
		p->at = plain_end(run);
		len = (size_t)(p->at - run);
		memmove(out, run, len);
		out += len;
	}
	*out = '\0';
	p->at++;
	*ret_text = text;
	return true;
}

static size_t count_digits(const char *text)
{
	return strspn(text, "0123456789");
}

/* RFC 8259, section 6. */
static bool take_number(struct parser *p, cJSON *node)
{
	char  *begin = p->at;
	size_t whole;

	take(p, '-');
	whole = count_digits(p->at);
	if (whole == 0 || (whole > 1 && *p->at == '0'))
		return false;
	p->at += whole;
	if (take(p, '.')) {
		size_t fraction = count_digits(p->at);

		p->at += fraction;
		if (fraction == 0)
			return false;
	}
	if (take(p, 'e') || take(p, 'E')) {
		size_t exponent;

		if (!take(p, '-'))
			take(p, '+');
		exponent = count_digits(p->at);
		p->at += exponent;
		if (exponent == 0)
			return false;
	}
	node->type = cJSON_Number;
	node->valuedouble = strtod(begin, NULL);
	node->valueint = node->valuedouble >= INT_MAX ? INT_MAX : node->valuedouble <= INT_MIN ? INT_MIN
	                                                                                       : (int)node->valuedouble;
	return true;
}

static bool take_word(struct parser *p, cJSON *node)
{
	static const struct {
		const char *word;
		int         type;
	} words[] = { { "true", cJSON_True }, { "false", cJSON_False }, { "null", cJSON_NULL } };

	for (size_t i = 0; i < countof(words); i++) {
		size_t len = strlen(words[i].word);

		if (strncmp(p->at, words[i].word, len) != 0)
			continue;
		p->at += len;
		node->type = words[i].type;
		node->valueint = node->type == cJSON_True;
		return true;
	}
	return false;
}

/* One more child behind `*last`; as with cJSON the first one's `prev` is the last. */
static cJSON *add_child(struct parser *p, cJSON *parent, cJSON **last)
{
	cJSON *child = arena_alloc(p->arena, sizeof(*child));

	if (!child) {
		p->exhausted = true;
		return NULL;
	}
	if (*last)
		(*last)->next = child;
	else
		parent->child = child;
	child->prev = *last;
	parent->child->prev = child;
	*last = child;
	return child;
}

static bool take_key(struct parser *p, cJSON *child)
{
	if (!take_string(p, &child->string))
		return false;
	skip_blanks(p);
	return take(p, ':');
}

/* The items of an array or the members of an object, up to the bracket that closes it. */
static bool take_children(struct parser *p, cJSON *parent, char close, unsigned depth)
{
	cJSON *last = NULL;

	p->at++;
	skip_blanks(p);
	if (take(p, close))
		return true;
	do {
		cJSON *child = add_child(p, parent, &last);

		skip_blanks(p);
		if (!child || (close == '}' && !take_key(p, child)) || !parse_value(p, child, depth))
			return false;
		skip_blanks(p);
	} while (take(p, ','));
	return take(p, close);
}

static bool parse_value(struct parser *p, cJSON *node, unsigned depth)
{
	skip_blanks(p);
	switch (*p->at) {
	case '"':
		node->type = cJSON_String;
		return take_string(p, &node->valuestring);
	case '{':
		node->type = cJSON_Object;
		return depth > 0 && take_children(p, node, '}', depth - 1);
	case '[':
		node->type = cJSON_Array;
		return depth > 0 && take_children(p, node, ']', depth - 1);
	case 't':
	case 'f':
	case 'n':
		return take_word(p, node);
	default:
		return take_number(p, node);
	}
}

int json_parse(struct slice text, struct json *ret_json, struct error *err)
{
	struct json   j = { 0 };
	char         *copy = text.len < SIZE_MAX / 4 ? arena_alloc(&j.arena, text.len + sizeof(uint64_t)) : NULL;
	cJSON        *root = arena_alloc(&j.arena, sizeof(*root));
	struct parser p = { .at = copy, .arena = &j.arena, .exhausted = !copy || !root };

	if (copy && text.len > 0)
		memcpy(copy, text.ptr, text.len);
	if (!p.exhausted && parse_value(&p, root, JSON_DEPTH) && p.at == copy + text.len) {
		j.root = root;
		*ret_json = j;
		return 0;
	}
	json_free(&j);
	return p.exhausted ? error_nomem(err) : error_set(err, ERR_SYNTAX, "not JSON");
}

void json_free(struct json *j)
{
	arena_free(&j->arena);
	*j = (struct json){ 0 };
}

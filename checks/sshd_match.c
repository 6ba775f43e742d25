#include <arpa/inet.h>

#include "sshd_match.h"

#include "text.h"

#define MAX_PATTERN  1023 /* longer ones match nothing in sshd */
#define MAX_ADDRESS  63   /* longer ones are no address in sshd */
#define MAX_CRITERIA 64   /* of one line */
#define MAX_WORD     65536
#define MAX_HOST     1025 /* NI_MAXHOST, what sshd keeps */

static struct slice lower(struct slice text, char *space)
{
	for (size_t i = 0; i < text.len; i++)
		space[i] = (char)tolower((unsigned char)text.ptr[i]);
	return (struct slice){ .ptr = space, .len = text.len };
}

/* The next pattern of a list, without its `!`. */
static bool next_pattern(struct slice *list, struct slice *ret_pattern, bool *ret_negated)
{
	if (!slice_next(list, ',', ret_pattern))
		return false;
	*ret_negated = ret_pattern->len > 0 && ret_pattern->ptr[0] == '!';
	*ret_pattern = slice_sub(*ret_pattern, *ret_negated ? 1 : 0, ret_pattern->len);
	return true;
}

int sshd_match_list(struct slice text, struct slice patterns, bool fold)
{
	char         space[MAX_PATTERN];
	struct slice pattern = { 0 };
	bool         negated;
	int          found = 0;

	while (next_pattern(&patterns, &pattern, &negated)) {
		if (pattern.len >= sizeof(space))
			return 0;
		if (fold)
			pattern = lower(pattern, space);
		if (!slice_matches(text, pattern))
			continue;
		if (negated)
			return -1;
		found = 1;
	}
	return found;
}

/* One part of an IPv4 address as the C library has always read them: decimal, 0x hexadecimal, 0 octal. */
static bool parse_part(struct slice text, uint64_t *ret_value)
{
	unsigned     base = 10;
	struct error why;

	if (text.len > 2 && text.ptr[0] == '0' && (text.ptr[1] == 'x' || text.ptr[1] == 'X')) {
		text = slice_sub(text, 2, text.len);
		base = 16;
	} else if (text.len > 1 && text.ptr[0] == '0') {
		base = 8;
	}
	return text_parse_unsigned(text, base, UINT32_MAX, ret_value, &why) == 0;
}

/* One to four parts; the last one fills what is left. */
static bool parse_ipv4(struct slice text, unsigned char *bytes)
{
	uint64_t     value = 0, part;
	struct slice rest = text, word = { 0 };
	unsigned     n = 0;

	if (text.len == 0 || text.ptr[text.len - 1] == '.')
		return false;
	for (; slice_next(&rest, '.', &word); n++) {
		unsigned room = rest.len == 0 ? 8 * (4 - n) : 8;

		if (n == 4 || !parse_part(word, &part) || part >> room != 0)
			return false;
		value |= rest.len == 0 ? part : part << (8 * (3 - n));
	}
	for (int i = 0; i < 4; i++)
		bytes[i] = (unsigned char)(value >> (8 * (3 - i)));
	return true;
}

static bool parse_address(struct slice text, struct sshd_net *ret_net)
{
	char copy[MAX_ADDRESS + 1];

	if (text.len == 0 || text.len >= sizeof(copy) || memchr(text.ptr, '\0', text.len))
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	*ret_net = (struct sshd_net){ 0 };
	if (parse_ipv4(text, ret_net->bytes))
		ret_net->size = 4;
	else if (inet_pton(AF_INET6, copy, ret_net->bytes) == 1)
		ret_net->size = 16;
	ret_net->bits = 8 * ret_net->size;
	return ret_net->size != 0;
}

/* Whether the first `bits` bits are the same. */
static bool same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	return memcmp(a, b, whole) == 0 && (rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0);
}

static bool has_bits_after(const struct sshd_net *net, unsigned bits)
{
	for (unsigned i = bits; i < 8 * net->size; i++)
		if ((net->bytes[i / 8] >> (7 - i % 8)) & 1)
			return true;
	return false;
}

int sshd_net_parse(struct slice text, struct sshd_net *ret_net)
{
	struct sshd_net net;
	struct slice    rest = text, address = { 0 };
	struct error    why;
	uint64_t        bits = 0;
	bool            masked = memchr(text.ptr ? text.ptr : "", '/', text.len) != NULL;

	if (text.len > MAX_ADDRESS || !slice_next(&rest, '/', &address))
		return 0;
	if (masked && text_parse_unsigned(rest, 10, 128, &bits, &why) < 0)
		return 0;
	if (!parse_address(address, &net))
		return 0;
	if (masked) {
		if (bits > 8 * net.size || has_bits_after(&net, (unsigned)bits))
			return ERR_SYNTAX;
		net.bits = (unsigned)bits;
	}
	*ret_net = net;
	return 1;
}

bool sshd_net_contains(const struct sshd_net *outer, const struct sshd_net *inner)
{
	return outer->size == inner->size && outer->bits <= inner->bits && same_bits(outer->bytes, inner->bytes, outer->bits);
}

bool sshd_net_overlaps(const struct sshd_net *a, const struct sshd_net *b)
{
	return sshd_net_contains(a, b) || sshd_net_contains(b, a);
}

int sshd_match_address(struct slice address, struct slice list)
{
	struct sshd_net one, net;
	struct slice    pattern = { 0 };
	bool            known = parse_address(address, &one), negated;
	int             found = 0;

	if (list.len == 0 || list.ptr[list.len - 1] == ',')
		return SSHD_MATCH_REFUSED;
	while (next_pattern(&list, &pattern, &negated)) {
		int r = sshd_net_parse(pattern, &net);

		if (pattern.len == 0 || r < 0)
			return SSHD_MATCH_REFUSED;
		if (!known || !(r > 0 ? sshd_net_contains(&net, &one) : slice_matches(address, pattern)))
			continue;
		if (negated)
			return -1;
		found = 1;
	}
	return found;
}

static const struct {
	const char         *name;
	enum sshd_attribute attribute;
} attributes[] = {
	{ "user", SSHD_MATCH_USER },
	{ "group", SSHD_MATCH_GROUP },
	{ "host", SSHD_MATCH_HOST },
	{ "address", SSHD_MATCH_ADDRESS },
	{ "localaddress", SSHD_MATCH_LOCALADDRESS },
	{ "localport", SSHD_MATCH_LOCALPORT },
	{ "rdomain", SSHD_MATCH_RDOMAIN },
	{ "version", SSHD_MATCH_VERSION },
	{ "invalid-user", SSHD_MATCH_INVALID_USER },
	{ "all", SSHD_MATCH_ALL },
};

/* The attribute a word names, maybe with "=patterns" after it; 0 for none. */
static enum sshd_attribute find_attribute(struct slice word, struct slice *ret_patterns)
{
	for (size_t i = 0; i < countof(attributes); i++) {
		size_t len = strlen(attributes[i].name);

		if (!slice_is_nocase(slice_sub(word, 0, len), attributes[i].name))
			continue;
		*ret_patterns = slice_sub(word, len + 1, word.len);
		if (word.len == len || (word.ptr[len] == '=' && attributes[i].attribute < SSHD_MATCH_INVALID_USER))
			return attributes[i].attribute;
	}
	return (enum sshd_attribute)0;
}

/* What sshd would say to a criterion at start. */
static bool check_criterion(struct sshd_criterion *criterion, size_t position)
{
	struct error why;
	uint64_t     port = 0;

	if (criterion->attribute == SSHD_MATCH_ALL)
		return position == 0;
	if (criterion->attribute == SSHD_MATCH_LOCALPORT) {
		if (slice_is(criterion->patterns, "ssh"))
			port = 22; /* other names of services are not looked up */
		else if (text_parse_unsigned(criterion->patterns, 10, 65535, &port, &why) < 0)
			return false;
		criterion->port = (unsigned)port;
	}
	if (criterion->attribute == SSHD_MATCH_ADDRESS || criterion->attribute == SSHD_MATCH_LOCALADDRESS)
		return sshd_match_address((struct slice){ 0 }, criterion->patterns) != SSHD_MATCH_REFUSED;
	return true;
}

/* A word of the line, kept in the arena. 1, 0, or ERR_*. */
static int next_word(enum sshd_words style, struct slice *line, struct arena *arena, struct slice *ret_word, struct error *err)
{
	struct buf word;
	char      *copy = NULL;
	int        r;

	buf_init(&word, MAX_WORD);
	r = sshd_words_next(style, line, &word, err);
	if (r > 0 && !(copy = arena_copy(arena, buf_text(&word), word.len)))
		r = error_nomem(err);
	if (r > 0)
		*ret_word = (struct slice){ .ptr = copy, .len = word.len };
	buf_free(&word);
	/* An empty word ends the line, or is a mistake; so does a comment. */
	return r > 0 && (ret_word->len == 0 || ret_word->ptr[0] == '#') ? 0 : r;
}

/* One criterion off the front of the line. 1; 0 at the end; ERR_SYNTAX when sshd refuses it. */
static int next_criterion(enum sshd_words style, struct slice *line, struct arena *arena, struct sshd_criterion *criterion, struct error *err)
{
	struct slice word = { 0 };
	int          r = next_word(style, line, arena, &word, err);

	if (r <= 0)
		return r;
	criterion->attribute = find_attribute(word, &criterion->patterns);
	if (criterion->attribute == 0)
		return error_set(err, ERR_SYNTAX, "not a criterion");
	if (criterion->attribute < SSHD_MATCH_INVALID_USER && criterion->patterns.len == 0) {
		r = next_word(style, line, arena, &criterion->patterns, err);
		if (r == 0)
			r = error_set(err, ERR_SYNTAX, "a criterion without a value");
	}
	return r;
}

int sshd_criteria_parse(sshd_release release, struct slice line, struct arena *arena, struct sshd_criteria *ret_criteria, struct error *err)
{
	struct sshd_criterion *items = arena_alloc(arena, MAX_CRITERIA * sizeof(*items));
	struct error           why = { 0 };
	size_t                 n = 0;
	int                    r = 1;

	if (!items)
		return error_nomem(err);
	while (r > 0 && n < MAX_CRITERIA) {
		r = next_criterion(sshd_words_of_match(release), &line, arena, &items[n], &why);
		if (r > 0 && (!check_criterion(&items[n], n) || (n > 0 && items[0].attribute == SSHD_MATCH_ALL)))
			r = ERR_SYNTAX;
		else if (r > 0)
			n++;
	}
	if (r == ERR_NOMEM)
		return error_nomem(err);
	*ret_criteria = (struct sshd_criteria){ .items = items, .nitems = n };
	if (r != 0 || n == 0)
		*ret_criteria = (struct sshd_criteria){ .refused = true };
	return 0;
}

static bool host_holds(struct slice host, struct slice patterns)
{
	char space[MAX_HOST];

	return host.len <= sizeof(space) && sshd_match_list(lower(host, space), patterns, true) == 1;
}

/* Of all groups of the user none may be negated and one must be named. */
static bool group_holds(const struct sshd_connection *connection, struct slice patterns)
{
	bool found = false;

	for (size_t i = 0; i < connection->ngroups; i++) {
		int r = sshd_match_list(connection->groups[i], patterns, false);

		if (r < 0)
			return false;
		found = found || r > 0;
	}
	return found;
}

bool sshd_criterion_holds(const struct sshd_criterion *criterion, const struct sshd_connection *connection, struct slice version)
{
	switch (criterion->attribute) {
	case SSHD_MATCH_USER:
		return connection->user.ptr && sshd_match_list(connection->user, criterion->patterns, false) == 1;
	case SSHD_MATCH_GROUP:
		return connection->user_exists && group_holds(connection, criterion->patterns);
	case SSHD_MATCH_HOST:
		return connection->host.ptr && host_holds(connection->host, criterion->patterns);
	case SSHD_MATCH_ADDRESS:
		return connection->address.ptr && sshd_match_address(connection->address, criterion->patterns) == 1;
	case SSHD_MATCH_LOCALADDRESS:
		return connection->local_address.ptr && sshd_match_address(connection->local_address, criterion->patterns) == 1;
	case SSHD_MATCH_LOCALPORT:
		return connection->local_port == criterion->port;
	case SSHD_MATCH_RDOMAIN:
		return connection->rdomain.ptr && sshd_match_list(connection->rdomain, criterion->patterns, false) == 1;
	case SSHD_MATCH_VERSION:
		return version.len > 0 && sshd_match_list(version, criterion->patterns, false) == 1;
	case SSHD_MATCH_INVALID_USER:
		return connection->user.ptr && !connection->user_exists;
	case SSHD_MATCH_ALL:
		return true;
	}
	return false;
}

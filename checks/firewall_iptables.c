#include "firewall_iptables_private.h"

#define MAX_WORDS 256 /* options of one rule */

bool firewall_iptables_next_word(struct slice *rest, struct slice *ret_word, bool *ret_quoted)
{
	size_t n = 1;

	*rest = slice_trim(*rest);
	*ret_quoted = rest->len > 0 && rest->ptr[0] == '"';
	if (!*ret_quoted)
		return slice_next_word(rest, ret_word);
	while (n < rest->len && rest->ptr[n] != '"')
		n += rest->ptr[n] == '\\' ? 2 : 1;
	if (n > rest->len)
		n = rest->len;
	*ret_word = slice_sub(*rest, 1, n - 1);
	*rest = slice_sub(*rest, n + 1, rest->len);
	return true;
}

static bool is_option(struct slice word, bool quoted)
{
	return !quoted && word.len > 1 && word.ptr[0] == '-' && !isdigit((unsigned char)word.ptr[1]);
}

static bool is_negation(struct slice word, bool quoted)
{
	return !quoted && slice_is(word, "!");
}

/* From the beginning of one slice to the end of another within the same text. */
static struct slice span(struct slice from, struct slice rest)
{
	return slice_trim((struct slice){ .ptr = from.ptr, .len = (size_t)(rest.ptr - from.ptr) });
}

/* All options of a rule in order, at most MAX_WORDS. False when there is something that is none, or too much. */
static bool read_options(struct slice line, struct iptables_option *options, size_t *ret_count)
{
	struct slice word;
	size_t       count = 0;
	bool         quoted, negated = false;

	while (line = slice_trim(line), line.len > 0) {
		struct slice           before = line;
		struct iptables_option option = { 0 };

		if (!firewall_iptables_next_word(&line, &word, &quoted))
			break;
		if (is_negation(word, quoted)) {
			negated = true;
			continue;
		}
		if (!is_option(word, quoted) || count == MAX_WORDS)
			return false;
		option.name = word;
		option.negated = negated;
		negated = false;
		while (line = slice_trim(line), line.len > 0) {
			struct slice after = line;

			if (!firewall_iptables_next_word(&after, &word, &quoted) || is_option(word, quoted) || is_negation(word, quoted))
				break;
			if (option.nvalues < IPTABLES_VALUES)
				option.values[option.nvalues++] = word;
			line = after;
		}
		option.text = span(before, (struct slice){ .ptr = line.len ? line.ptr : before.ptr + before.len, .len = 0 });
		options[count++] = option;
	}
	*ret_count = count;
	return !negated;
}

static bool is_module(const struct iptables_option *option)
{
	return slice_is(option->name, "-m") && option->nvalues == 1;
}

static bool is_target(const struct iptables_option *option)
{
	return slice_is(option->name, "-j") || slice_is(option->name, "-g");
}

static bool is_plain(const struct iptables_option *option)
{
	static const char *const names[] = { "-p", "-s", "-d", "-i", "-o", "-f" };

	for (size_t i = 0; i < countof(names); i++)
		if (slice_is(option->name, names[i]))
			return true;
	return false;
}

/* The options that belong to the module or target at `at`. */
static struct iptables_match group(const struct iptables_option *options, size_t count, size_t at)
{
	struct iptables_match match = { .options = &options[at + 1] };
	const bool            all = is_target(&options[at]);
	size_t                end = at + 1;

	while (end < count && (all || (!is_module(&options[end]) && !is_target(&options[end]) && !is_plain(&options[end]))))
		end++;
	match.noptions = end - at - 1;
	match.module = options[at].nvalues > 0 ? options[at].values[0] : (struct slice){ 0 };
	match.text = (struct slice){ .ptr = options[at].text.ptr, .len = (size_t)(options[end - 1].text.ptr + options[end - 1].text.len - options[at].text.ptr) };
	return match;
}

const struct iptables_option *iptables_find(const struct iptables_match *match, const char *name)
{
	for (size_t i = 0; i < match->noptions; i++)
		if (slice_is(match->options[i].name, name))
			return &match->options[i];
	return NULL;
}

/* What iptables prints before a target's options are matches, whose order decides nothing. */
static int read_parts(const struct iptables_rule *rule, const struct iptables_option *options, size_t count, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		struct iptables_match match;

		if (is_plain(&options[i])) {
			r = iptables_read_plain(rule, &options[i], err);
			continue;
		}
		if (!is_module(&options[i]) && !is_target(&options[i]))
			return firewall_model_undecided(rule->model, options[i].text, err);
		match = group(options, count, i);
		if (is_target(&options[i]))
			r = iptables_read_target(rule, match.module, slice_is(options[i].name, "-g"), &match, err);
		else
			r = iptables_read_match(rule, &match, err);
		i += match.noptions;
	}
	return r;
}

/* "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT". */
static int read_rule(const struct iptables_rule *rule, struct slice line, struct error *err)
{
	struct iptables_option options[MAX_WORDS];
	struct slice           word, name;
	size_t                 count = 0;
	uint32_t               chain = FIREWALL_NONE;
	int                    r;

	if (slice_next_word(&line, &word) && slice_next_word(&line, &name))
		chain = firewall_model_find_chain(rule->model, rule->legacy, rule->backend, rule->table, name);
	if (chain == FIREWALL_NONE)
		return error_set(err, ERR_SYNTAX, "iptables-save prints a rule of a chain that it does not declare");
	r = firewall_model_add_rule(rule->model, chain, firewall_model_chain(rule->model, chain)->nrules + 1, err);
	if (r < 0)
		return r;
	if (!read_options(line, options, &count))
		return firewall_model_undecided(rule->model, line, err);
	return read_parts(rule, options, count, err);
}

/* The base chains: where the kernel calls each table. */
static const struct {
	const char        *table;
	const char        *chain;
	enum firewall_hook hook;
	int                priority;
} bases[] = {
	{ "raw", "PREROUTING", FIREWALL_PREROUTING, -300 },
	{ "raw", "OUTPUT", FIREWALL_OUTPUT, -300 },
	{ "mangle", "PREROUTING", FIREWALL_PREROUTING, -150 },
	{ "mangle", "INPUT", FIREWALL_INPUT, -150 },
	{ "mangle", "FORWARD", FIREWALL_FORWARD, -150 },
	{ "mangle", "OUTPUT", FIREWALL_OUTPUT, -150 },
	{ "mangle", "POSTROUTING", FIREWALL_POSTROUTING, -150 },
	{ "nat", "PREROUTING", FIREWALL_PREROUTING, -100 },
	{ "nat", "INPUT", FIREWALL_INPUT, 100 },
	{ "nat", "OUTPUT", FIREWALL_OUTPUT, -100 },
	{ "nat", "POSTROUTING", FIREWALL_POSTROUTING, 100 },
	{ "filter", "INPUT", FIREWALL_INPUT, 0 },
	{ "filter", "FORWARD", FIREWALL_FORWARD, 0 },
	{ "filter", "OUTPUT", FIREWALL_OUTPUT, 0 },
	{ "security", "INPUT", FIREWALL_INPUT, 50 },
	{ "security", "FORWARD", FIREWALL_FORWARD, 50 },
	{ "security", "OUTPUT", FIREWALL_OUTPUT, 50 },
};

/* ":INPUT DROP [0:0]"; chains of the user's own have - for a policy. */
static int read_chain(const struct iptables_rule *rule, struct slice line, struct error *err)
{
	struct firewall_chain chain = {
		.backend = rule->backend,
		.family = rule->backend,
		.table = rule->table,
		.families = rule->family,
		.legacy = rule->legacy,
		.nat = slice_is(rule->table, "nat"),
		.devices = FIREWALL_NONE,
	};
	struct slice policy;
	uint32_t     number;

	line = slice_sub(line, 1, line.len);
	if (!slice_next_word(&line, &chain.name) || !slice_next_word(&line, &policy))
		return error_set(err, ERR_SYNTAX, "iptables-save prints a chain without a policy");
	for (size_t i = 0; i < countof(bases); i++)
		if (slice_is(rule->table, bases[i].table) && slice_is(chain.name, bases[i].chain)) {
			chain.hook = bases[i].hook;
			chain.priority = bases[i].priority;
		}
	chain.policy = slice_is(policy, "ACCEPT") ? FIREWALL_ACCEPT : slice_is(policy, "DROP") ? FIREWALL_DROP
	                                                                                       : FIREWALL_UNDECIDED;
	return firewall_model_add_chain(rule->model, &chain, &number, err);
}

static int read_line(struct iptables_rule *rule, struct slice line, bool *committed, struct error *err)
{
	if (line.len == 0 || line.ptr[0] == '#')
		return 0;
	if (line.ptr[0] == '*') {
		if (!*committed)
			return error_set(err, ERR_SYNTAX, "iptables-save breaks off in a table");
		rule->table = slice_sub(line, 1, line.len);
		*committed = false;
		return 0;
	}
	if (*committed)
		return error_set(err, ERR_SYNTAX, "iptables-save prints a line that is not understood");
	if (slice_is(line, "COMMIT")) {
		*committed = true;
		return 0;
	}
	if (line.ptr[0] == ':')
		return read_chain(rule, line, err);
	if (slice_has_prefix(line, "-A "))
		return read_rule(rule, line, err);
	return error_set(err, ERR_SYNTAX, "iptables-save prints a line that is not understood");
}

int firewall_iptables_parse(struct firewall_model *model, struct slice text, enum firewall_family family, bool legacy, struct error *err)
{
	struct iptables_rule rule = { .model = model, .family = family, .legacy = legacy, .backend = slice_of(family == FIREWALL_IPV4 ? "iptables" : "ip6tables") };
	struct slice         line;
	bool                 committed = true;
	int                  r = 0;

	while (r == 0 && slice_next_line(&text, &line, NULL))
		r = read_line(&rule, slice_trim(line), &committed, err);
	if (r == 0 && !committed)
		r = error_set(err, ERR_SYNTAX, "iptables-save breaks off in a table");
	return r;
}

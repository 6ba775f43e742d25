/*
 * firewall_lines_iptables.c: rules of iptables as texts in which options stand in one order, each with the module it belongs to.
 */
#include "firewall_lines.h"

#include "buf.h"
#include "firewall_iptables.h"
#include "limit.h"
#include "mem.h"

#define MAX_OPTIONS 128 /* of one rule */
#define SEPARATOR   '\037'

/* One rule while it is taken apart. */
struct rule {
	struct buf   options[MAX_OPTIONS];
	size_t       count;
	struct slice modules[MAX_OPTIONS]; /* those that were named, to tell two of one name apart */
	size_t       nmodules;
	struct slice protocol;
	struct slice group; /* the module or target that options belong to */
	size_t       instance;
	bool         is_target;
	bool         four;
};

static bool is_one_of(struct slice s, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_is(s, words[i]))
			return true;
	return false;
}

static bool is_plain(struct slice name)
{
	static const char *const names[] = { "-p", "-s", "-d", "-i", "-o", "-f" };

	return is_one_of(name, names, countof(names));
}

/* The module that knows a protocol's own options. */
static struct slice module_of(struct slice protocol)
{
	static const char *const six[] = { "ipv6-icmp", "icmpv6", "icmp6" };

	return is_one_of(protocol, six, countof(six)) ? slice_of("icmp6") : protocol;
}

static int by_text(const void *a, const void *b)
{
	return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

/* "RELATED,ESTABLISHED" in order. */
static int add_sorted(struct buf *out, struct slice value, struct error *err)
{
	struct slice parts[16], part;
	size_t       count = 0;
	int          r = 0;

	while (count < countof(parts) && slice_next(&value, ',', &part))
		parts[count++] = part;
	qsort(parts, count, sizeof(*parts), by_text);
	for (size_t i = 0; r == 0 && i < count; i++) {
		r = buf_append_slice(out, parts[i], err);
		if (r == 0)
			r = buf_append_text(out, ",", err);
	}
	return r == 0 ? buf_append_slice(out, value, err) : r;
}

/* Types of ICMP, which iptables-save prints as numbers. */
static const struct {
	const char *name;
	const char *number;
	bool        four;
} icmp_types[] = {
	{ "echo-reply", "0", true }, { "destination-unreachable", "3", true }, { "source-quench", "4", true }, { "echo-request", "8", true },
	{ "time-exceeded", "11", true }, { "parameter-problem", "12", true },
	{ "destination-unreachable", "1", false }, { "packet-too-big", "2", false }, { "time-exceeded", "3", false }, { "parameter-problem", "4", false },
	{ "echo-request", "128", false }, { "echo-reply", "129", false }, { "router-solicitation", "133", false }, { "router-advertisement", "134", false },
	{ "neighbour-solicitation", "135", false }, { "neighbor-solicitation", "135", false }, { "neighbour-advertisement", "136", false }, { "neighbor-advertisement", "136", false },
};

static struct slice icmp_type(struct slice value, bool four)
{
	for (size_t i = 0; i < countof(icmp_types); i++)
		if (icmp_types[i].four == four && slice_is(value, icmp_types[i].name))
			return slice_of(icmp_types[i].number);
	return value;
}

/* Units of time, which iptables-save cuts short. */
static int add_rate(struct buf *out, struct slice value, struct error *err)
{
	static const char *const units[][2] = { { "/minute", "/min" }, { "/second", "/sec" } };

	for (size_t i = 0; i < countof(units); i++)
		if (slice_has_suffix(value, units[i][0]))
			return buf_printf(out, err, "%.*s%s", (int)(value.len - strlen(units[i][0])), value.ptr, units[i][1]);
	return buf_append_slice(out, value, err);
}

static int add_value(struct buf *out, const struct rule *rule, struct slice name, struct slice value, struct error *err)
{
	static const char *const lists[] = { "--ctstate", "--state" };
	static const char *const addresses[] = { "-s", "-d" };
	static const char *const types[] = { "--icmp-type", "--icmpv6-type" };

	if (is_one_of(name, lists, countof(lists)))
		return add_sorted(out, value, err);
	if (is_one_of(name, types, countof(types)))
		return buf_append_slice(out, icmp_type(value, rule->four), err);
	if (slice_is(name, "-p") && slice_is(module_of(value), "icmp6"))
		return buf_append_text(out, "ipv6-icmp", err);
	if (slice_is(name, "--limit"))
		return add_rate(out, value, err);
	if (is_one_of(name, addresses, countof(addresses)) && !memchr(value.ptr, '/', value.len))
		return buf_printf(out, err, "%.*s%s", (int)value.len, value.ptr, rule->four ? "/32" : "/128");
	return buf_append_slice(out, value, err);
}

/* What is so without being said. */
static const struct {
	const char *group;
	const char *name;
	const char *value; /* NULL: it has none */
} defaults[] = {
	{ "", "-s", "0.0.0.0/0" }, { "", "-d", "0.0.0.0/0" }, { "", "-s", "::/0" }, { "", "-d", "::/0" }, { "", "-p", "all" },
	{ "limit", "--limit-burst", "5" },
	{ "recent", "--name", "DEFAULT" }, { "recent", "--mask", "255.255.255.255" }, { "recent", "--mask", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	{ "recent", "--rsource", NULL },
	{ "REJECT", "--reject-with", "icmp-port-unreachable" }, { "REJECT", "--reject-with", "icmp6-port-unreachable" },
};

static bool is_default(struct slice group, struct slice name, const struct slice *values, size_t count)
{
	for (size_t i = 0; i < countof(defaults); i++)
		if (slice_is(group, defaults[i].group) && slice_is(name, defaults[i].name) && count == (defaults[i].value ? 1 : 0) &&
		    (count == 0 || slice_is(values[0], defaults[i].value)))
			return true;
	return false;
}

/* "module 1 --name value", or "-j TARGET". */
static int add_option(struct rule *rule, struct slice group, bool negated, struct slice name, const struct slice *values, size_t count, struct error *err)
{
	struct buf *out = &rule->options[rule->count];
	int         r;

	if (slice_is(group, "comment") || (!negated && is_default(group, name, values, count)))
		return 0;
	if (rule->count == MAX_OPTIONS)
		return error_set(err, ERR_SYNTAX, "a rule has more than %d options", MAX_OPTIONS);
	rule->count++;
	buf_init(out, LIMIT_EVIDENCE);
	r = buf_printf(out, err, "%.*s%c%zu%c%s%.*s", (int)group.len, group.ptr ? group.ptr : "", SEPARATOR, rule->instance, SEPARATOR, negated ? "! " : "", (int)name.len, name.ptr);
	for (size_t i = 0; r == 0 && i < count; i++) {
		r = buf_printf(out, err, "%c", SEPARATOR);
		if (r == 0)
			r = add_value(out, rule, name, values[i], err);
	}
	return r;
}

/* From here on options are a module's. One for a protocol says nothing by being there. */
static int enter_module(struct rule *rule, struct slice module, struct error *err)
{
	module = module_of(module);
	rule->is_target = false;
	rule->group = module;
	rule->instance = 0;
	if (slice_equal(module, module_of(rule->protocol)) && rule->protocol.len > 0)
		return 0;
	for (size_t i = 0; i < rule->nmodules; i++)
		rule->instance += slice_equal(rule->modules[i], module);
	if (rule->nmodules == MAX_OPTIONS)
		return error_set(err, ERR_SYNTAX, "a rule has more than %d modules", MAX_OPTIONS);
	rule->modules[rule->nmodules++] = module;
	return add_option(rule, module, false, slice_of("-m"), NULL, 0, err);
}

/* An option with its values: of the packet itself, the beginning of a module or a target, or of the one that was begun. */
static int take_option(struct rule *rule, bool negated, struct slice name, const struct slice *values, size_t count, struct error *err)
{
	const struct slice nothing = { 0 };
	int                r;

	if (slice_is(name, "-m") && count == 1 && !negated)
		return enter_module(rule, values[0], err);
	if (is_plain(name)) {
		rule->instance = 0;
		r = add_option(rule, nothing, negated, name, values, count, err);
		if (slice_is(name, "-p") && count == 1)
			rule->protocol = rule->group = module_of(values[0]);
		return r;
	}
	if (slice_is(name, "-j") || slice_is(name, "-g")) {
		rule->instance = 0;
		rule->group = count > 0 ? values[0] : nothing;
		rule->is_target = true;
		return add_option(rule, nothing, negated, name, values, count, err);
	}
	return add_option(rule, rule->group, negated, name, values, count, err);
}

static bool is_option(struct slice word, bool quoted)
{
	return !quoted && word.len > 1 && word.ptr[0] == '-' && !isdigit((unsigned char)word.ptr[1]);
}

static int take_options(struct rule *rule, struct slice line, struct error *err)
{
	struct slice name = { 0 }, values[8], word;
	size_t       count = 0;
	bool         quoted, negated = false, next_negated = false;
	int          r = 0;

	while (r == 0 && firewall_iptables_next_word(&line, &word, &quoted)) {
		if (!quoted && slice_is(word, "!")) {
			next_negated = true;
		} else if (is_option(word, quoted)) {
			if (name.len > 0)
				r = take_option(rule, negated, name, values, count, err);
			name = word;
			negated = next_negated;
			next_negated = false;
			count = 0;
		} else if (name.len == 0 || next_negated || count == countof(values)) {
			return error_set(err, ERR_SYNTAX, "a rule has words that are not understood");
		} else {
			values[count++] = word;
		}
	}
	if (r == 0 && next_negated)
		return error_set(err, ERR_SYNTAX, "a rule has words that are not understood");
	return r == 0 && name.len > 0 ? take_option(rule, negated, name, values, count, err) : r;
}

static int by_option(const void *a, const void *b)
{
	return slice_compare(buf_slice(a), buf_slice(b));
}

static int add_rule(struct firewall_lines *lines, struct firewall_lines_chain *chain, struct slice line, bool four, struct error *err)
{
	struct rule *rule = mem_zalloc(sizeof(*rule));
	struct buf   text;
	int          r;

	if (!rule)
		return error_nomem(err);
	rule->four = four;
	buf_init(&text, LIMIT_EVIDENCE);
	r = take_options(rule, line, err);
	qsort(rule->options, rule->count, sizeof(*rule->options), by_option);
	for (size_t i = 0; r == 0 && i < rule->count; i++)
		r = buf_printf(&text, err, "%s\n", buf_text(&rule->options[i]));
	if (r == 0)
		r = firewall_lines_add(lines, chain, buf_slice(&text), err);
	for (size_t i = 0; i < rule->count; i++)
		buf_free(&rule->options[i]);
	buf_free(&text);
	mem_free(rule);
	return r;
}

struct reading {
	struct firewall_lines *lines;
	enum firewall_family   family;
	char                   table[128]; /* "" outside of one */
};

static struct firewall_lines_chain *find_chain(const struct reading *reading, struct slice name)
{
	char text[400];

	snprintf(text, sizeof(text), "%s %.*s", reading->table, (int)(name.len < 200 ? name.len : 200), name.ptr);
	return firewall_lines_find(reading->lines, text);
}

/* ":INPUT DROP [0:0]". */
static int declare(struct reading *reading, struct slice line, struct error *err)
{
	struct firewall_lines_chain *chain;
	struct slice                 name, policy;
	char                         words[201];

	line = slice_sub(line, 1, line.len);
	if (!slice_next_word(&line, &name) || !slice_next_word(&line, &policy) || name.len >= sizeof(words))
		return error_set(err, ERR_SYNTAX, "a chain is declared without a policy");
	snprintf(words, sizeof(words), "%.*s", (int)name.len, name.ptr);
	chain = firewall_lines_chain(reading->lines, reading->table, words);
	if (!chain)
		return error_nomem(err);
	chain->nrules = 0;
	chain->head = slice_is(policy, "-") ? "" : arena_copy(&reading->lines->arena, policy.ptr, policy.len);
	return chain->head ? 0 : error_nomem(err);
}

/* The last rule becomes the first. */
static void move_to_front(struct firewall_lines_chain *chain)
{
	const char *rule = chain->rules[chain->nrules - 1];

	memmove(chain->rules + 1, chain->rules, (chain->nrules - 1) * sizeof(*chain->rules));
	chain->rules[0] = rule;
}

/* "-A INPUT …" or "-I INPUT …", maybe behind counters. A place for it would be a word that is not understood. */
static int append(struct reading *reading, struct slice line, struct error *err)
{
	struct firewall_lines_chain *chain = NULL;
	struct slice                 word, name;
	bool                         first;
	int                          r;

	if (line.ptr[0] == '[' && !slice_next_word(&line, &word))
		return 0;
	line = slice_trim(line);
	first = slice_has_prefix(line, "-I ");
	if (!first && !slice_has_prefix(line, "-A "))
		return error_set(err, ERR_SYNTAX, "a line is not understood");
	if (slice_next_word(&line, &word) && slice_next_word(&line, &name))
		chain = find_chain(reading, name);
	if (!chain)
		return error_set(err, ERR_SYNTAX, "a rule is of a chain that is not declared");
	r = add_rule(reading->lines, chain, line, reading->family == FIREWALL_IPV4, err);
	if (r == 0 && first)
		move_to_front(chain);
	return r;
}

static void enter_table(struct reading *reading, struct slice name)
{
	snprintf(reading->table, sizeof(reading->table), "%s %.*s", reading->family == FIREWALL_IPV4 ? "iptables" : "ip6tables", (int)name.len, name.ptr);
}

static int read_line(struct reading *reading, struct slice line, struct error *err)
{
	if (line.len == 0 || line.ptr[0] == '#')
		return 0;
	if (line.ptr[0] == '*') {
		if (line.len > 64)
			return error_set(err, ERR_SYNTAX, "the name of a table is too long");
		enter_table(reading, slice_sub(line, 1, line.len));
		return 0;
	}
	if (!reading->table[0])
		return error_set(err, ERR_SYNTAX, "a line stands outside of a table");
	if (slice_is(line, "COMMIT")) {
		reading->table[0] = '\0';
		return 0;
	}
	return line.ptr[0] == ':' ? declare(reading, line, err) : append(reading, line, err);
}

int firewall_lines_iptables(struct firewall_lines *lines, struct slice text, enum firewall_family family, struct error *err)
{
	struct reading reading = { .lines = lines, .family = family };
	struct slice   line;
	int            r = 0;

	while (r == 0 && slice_next_line(&text, &line, NULL))
		r = read_line(&reading, slice_trim(line), err);
	if (r == 0 && reading.table[0])
		r = error_set(err, ERR_SYNTAX, "it breaks off in a table");
	return r;
}

int firewall_lines_iptables_rule(struct firewall_lines *lines, enum firewall_family family, const char *table, const char *line, struct error *err)
{
	struct reading reading = { .lines = lines, .family = family };

	enter_table(&reading, slice_of(table));
	return append(&reading, slice_of(line), err);
}

#include "firewall_iptables.h"

/* A rule while its words are looked at. */
struct reading {
	struct firewall_ruleset *set;
	enum firewall_family     family;
	struct slice             backend; /* "iptables" or "ip6tables", as findings say it */
	bool                     filter;  /* inside the table that matters */
};

/* The rest of a rule, word by word. */
struct words {
	struct slice rest;
	bool         negated; /* a lone ! stands before the option */
};

/* The next word; a quoted one counts as one and is given with its quotes. */
static bool next_word(struct slice *rest, struct slice *ret_word)
{
	size_t n = 1;

	*rest = slice_trim(*rest);
	if (rest->len == 0 || rest->ptr[0] != '"')
		return slice_next_word(rest, ret_word);
	while (n < rest->len && rest->ptr[n] != '"')
		n += rest->ptr[n] == '\\' ? 2 : 1;
	*ret_word = slice_sub(*rest, 0, n + 1);
	*rest = slice_sub(*rest, n + 1, rest->len);
	return true;
}

/* True when every comma-separated part of `list` is one of `names`. */
static bool all_of(struct slice list, const char *const *names)
{
	struct slice part;
	bool         any = false;

	while (slice_next(&list, ',', &part)) {
		size_t i = 0;

		while (names[i] && !slice_is_nocase(part, names[i]))
			i++;
		if (!names[i])
			return false;
		any = true;
	}
	return any;
}

/* Ports, "22" or "22,80,1000:2000": narrow unless a range holds nearly all. */
static bool is_some_port(struct slice value)
{
	struct slice part, low;
	bool         any = false;

	while (slice_next(&value, ',', &part)) {
		bool range = memchr(part.ptr, ':', part.len) != NULL;

		if (slice_next(&part, ':', &low) && range && (low.len == 0 || slice_is(low, "0") || slice_is(low, "1")) &&
		    (part.len == 0 || slice_is(part, "65535")))
			return false;
		any = true;
	}
	return any;
}

static bool is_some_source(struct slice value)
{
	struct slice address;
	unsigned     bits = 0;

	if (!slice_next(&value, '/', &address) || value.len == 0 || value.len > 3)
		return false;
	for (size_t i = 0; i < value.len; i++) {
		if (!isdigit((unsigned char)value.ptr[i]))
			return false;
		bits = bits * 10 + (unsigned)(value.ptr[i] - '0');
	}
	return bits >= 8;
}

static bool is_group_address(struct slice value)
{
	return slice_has_prefix(value, "224.") || slice_has_prefix(value, "239.") || slice_has_prefix(value, "255.255.255.255/32") ||
	       (slice_has_prefix(value, "ff0") && value.len > 4 && value.ptr[4] == ':');
}

static bool is_loopback(struct slice value)
{
	return slice_is(value, "lo");
}

static bool is_minor_protocol(struct slice value)
{
	static const char *const names[] = { "icmp", "icmpv6", "ipv6-icmp", "igmp", "esp", "ah", "gre", "vrrp", "ospf", "pim", NULL };

	return all_of(value, names);
}

static bool is_old_state(struct slice value)
{
	static const char *const names[] = { "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED", "DNAT", NULL };

	return all_of(value, names);
}

static bool is_group_type(struct slice value)
{
	static const char *const names[] = { "BROADCAST", "MULTICAST", "ANYCAST", NULL };

	return all_of(value, names);
}

static bool is_anything(struct slice value)
{
	return value.len > 0;
}

static bool is_nothing(struct slice value)
{
	(void)value;
	return false;
}

/* Options with one value each, and which values make the rule narrow. Not listed is broad. */
static const struct {
	const char *name;
	bool (*narrows)(struct slice value);
	bool says_nothing; /* not a match at all */
} options[] = {
	{ "--dport", is_some_port, false },
	{ "--dports", is_some_port, false },
	{ "--sport", is_some_port, false },
	{ "--sports", is_some_port, false },
	{ "-s", is_some_source, false },
	{ "-d", is_group_address, false },
	{ "-i", is_loopback, false },
	{ "-p", is_minor_protocol, false },
	{ "--state", is_old_state, false },
	{ "--ctstate", is_old_state, false },
	{ "--ctstatus", is_old_state, false },
	{ "--dst-type", is_group_type, false },
	{ "--pkt-type", is_group_type, false },
	{ "--rt-type", is_anything, false },
	{ "--icmp-type", is_anything, false },
	{ "--icmpv6-type", is_anything, false },
	{ "-m", is_nothing, true },
	{ "--comment", is_nothing, true },
};

/* Packets for this host have an address of its own: that match says nothing in an input chain. */
static bool is_for_this_host(struct slice option, struct slice value)
{
	return slice_is(option, "--dst-type") && slice_is(value, "LOCAL");
}

/* A match: narrow, broad, or nothing (FIREWALL_MATCH_ALL). Takes its value off the rest. */
static enum firewall_match read_match(struct words *words, struct slice option)
{
	struct slice value = { 0 };

	for (size_t i = 0; i < countof(options); i++) {
		if (!slice_is(option, options[i].name))
			continue;
		if (!next_word(&words->rest, &value))
			return FIREWALL_MATCH_BROAD;
		if (options[i].says_nothing || (!words->negated && is_for_this_host(option, value)))
			return FIREWALL_MATCH_ALL;
		return !words->negated && options[i].narrows(value) ? FIREWALL_MATCH_NARROW : FIREWALL_MATCH_BROAD;
	}
	return FIREWALL_MATCH_BROAD;
}

static size_t find_chain(const struct reading *reading, struct slice name)
{
	return firewall_ruleset_find(reading->set, reading->backend, reading->backend, slice_of("filter"), name);
}

/* What -j and -g lead to: a chain, a decision, or a target that lets the packet go on. */
static void read_target(const struct reading *reading, struct firewall_rule *rule, struct slice name, bool is_goto)
{
	static const struct {
		const char           *name;
		enum firewall_action  action;
		enum firewall_outcome outcome;
	} targets[] = {
		{ "ACCEPT", FIREWALL_DECIDE, FIREWALL_ACCEPT },
		{ "DROP", FIREWALL_DECIDE, FIREWALL_DROP },
		{ "REJECT", FIREWALL_DECIDE, FIREWALL_REJECT },
		{ "RETURN", FIREWALL_DECIDE, FIREWALL_FALL },
		{ "LOG", FIREWALL_NOTHING, FIREWALL_UNKNOWN },
		{ "NFLOG", FIREWALL_NOTHING, FIREWALL_UNKNOWN },
		{ "ULOG", FIREWALL_NOTHING, FIREWALL_UNKNOWN },
		{ "MARK", FIREWALL_NOTHING, FIREWALL_UNKNOWN },
		{ "CONNMARK", FIREWALL_NOTHING, FIREWALL_UNKNOWN },
		{ "AUDIT", FIREWALL_NOTHING, FIREWALL_UNKNOWN },
		{ "TRACE", FIREWALL_NOTHING, FIREWALL_UNKNOWN },
	};

	rule->target = find_chain(reading, name);
	rule->action = is_goto ? FIREWALL_GOTO : FIREWALL_JUMP;
	if (rule->target != SIZE_MAX)
		return;
	rule->action = FIREWALL_DECIDE;
	rule->outcome = FIREWALL_UNKNOWN;
	for (size_t i = 0; i < countof(targets); i++)
		if (slice_is(name, targets[i].name)) {
			rule->action = targets[i].action;
			rule->outcome = targets[i].outcome;
		}
}

/* "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT": matches, then the target, whose own options end the line. */
static int read_rule(struct reading *reading, struct slice line, struct error *err)
{
	struct firewall_rule rule = {
		.match = FIREWALL_MATCH_ALL,
		.action = FIREWALL_NOTHING,
		.target = SIZE_MAX,
		.families = reading->family,
	};
	struct words words = { .rest = line };
	struct slice word, name;
	size_t       chain;

	if (!next_word(&words.rest, &word) || !next_word(&words.rest, &name) || (chain = find_chain(reading, name)) == SIZE_MAX)
		return error_set(err, ERR_SYNTAX, "iptables-save prints a rule of a chain that it does not declare");
	while (next_word(&words.rest, &word)) {
		enum firewall_match match;

		if (slice_is(word, "-j") || slice_is(word, "-g")) {
			if (!next_word(&words.rest, &name))
				return error_set(err, ERR_SYNTAX, "iptables-save prints a rule without its target");
			read_target(reading, &rule, name, slice_is(word, "-g"));
			break;
		}
		if (slice_is(word, "!")) {
			words.negated = true;
			continue;
		}
		match = word.ptr[0] == '-' ? read_match(&words, word) : FIREWALL_MATCH_BROAD;
		words.negated = false;
		if (match == FIREWALL_MATCH_NARROW || (match == FIREWALL_MATCH_BROAD && rule.match != FIREWALL_MATCH_NARROW))
			rule.match = match;
	}
	return firewall_ruleset_add_rule(reading->set, chain, &rule, err);
}

/* ":INPUT DROP [0:0]"; chains of the user's own have - for a policy. */
static int read_chain(struct reading *reading, struct slice line, struct error *err)
{
	struct firewall_chain chain = {
		.backend = reading->backend,
		.family = reading->backend,
		.table = slice_of("filter"),
		.families = reading->family,
	};
	struct slice policy;
	size_t       number;

	line = slice_sub(line, 1, line.len);
	if (!slice_next_word(&line, &chain.name) || !slice_next_word(&line, &policy))
		return error_set(err, ERR_SYNTAX, "iptables-save prints a chain without a policy");
	if (find_chain(reading, chain.name) != SIZE_MAX)
		return error_set(err, ERR_SYNTAX, "iptables-save prints a chain twice");
	chain.input = slice_is(chain.name, "INPUT");
	chain.policy = slice_is(policy, "ACCEPT") ? FIREWALL_ACCEPT : slice_is(policy, "DROP") ? FIREWALL_DROP
	                                                                                       : FIREWALL_UNKNOWN;
	return firewall_ruleset_add_chain(reading->set, &chain, &number, err);
}

static int read_line(struct reading *reading, struct slice line, bool *committed, struct error *err)
{
	if (line.len == 0 || line.ptr[0] == '#')
		return 0;
	if (line.ptr[0] == '*') {
		if (!*committed)
			return error_set(err, ERR_SYNTAX, "iptables-save breaks off in a table");
		reading->filter = slice_is(line, "*filter");
		*committed = false;
		return 0;
	}
	if (slice_is(line, "COMMIT")) {
		*committed = true;
		reading->filter = false;
		return 0;
	}
	if (!reading->filter)
		return 0;
	if (line.ptr[0] == ':')
		return read_chain(reading, line, err);
	if (slice_has_prefix(line, "-A "))
		return read_rule(reading, line, err);
	return error_set(err, ERR_SYNTAX, "iptables-save prints a line that is not understood");
}

int firewall_iptables_parse(struct firewall_ruleset *set, struct slice text, enum firewall_family family, struct error *err)
{
	struct reading reading = { .set = set, .family = family, .backend = slice_of(family == FIREWALL_IPV4 ? "iptables" : "ip6tables") };
	struct slice   line;
	bool           committed = true;
	int            r = 0;

	while (r == 0 && slice_next_line(&text, &line, NULL))
		r = read_line(&reading, slice_trim(line), &committed, err);
	if (r == 0 && !committed)
		r = error_set(err, ERR_SYNTAX, "iptables-save breaks off in a table");
	return r;
}

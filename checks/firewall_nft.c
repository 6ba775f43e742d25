#include "firewall_nft.h"

/* A rule while its statements are looked at. */
struct reading {
	const struct firewall_ruleset *set;
	const struct firewall_chain   *chain;
	struct firewall_rule           rule;
	bool                           narrow;
	bool                           broad;
};

static struct slice text_of(const cJSON *object, const char *name)
{
	return slice_of(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name)));
}

static bool is_text(const cJSON *value, const char *text)
{
	return slice_is(slice_of(cJSON_GetStringValue(value)), text);
}

static bool is_one_of(const cJSON *value, const char *const *texts)
{
	while (*texts && !is_text(value, *texts))
		texts++;
	return *texts != NULL;
}

/*
 * Whether one value makes a match narrow. A named set ("@name") never does: what is in it is not looked at.
 */
static bool is_some_port(const cJSON *value)
{
	const cJSON *range = cJSON_GetObjectItemCaseSensitive(value, "range");
	const cJSON *low = cJSON_GetArrayItem(range, 0), *high = cJSON_GetArrayItem(range, 1);

	if (cJSON_IsNumber(low) && cJSON_IsNumber(high))
		return low->valuedouble > 1 || high->valuedouble < 65535;
	return cJSON_IsNumber(value) || (cJSON_IsString(value) && value->valuestring[0] != '@');
}

static bool is_some_source(const cJSON *value)
{
	const cJSON *prefix = cJSON_GetObjectItemCaseSensitive(value, "prefix");
	const cJSON *len = cJSON_GetObjectItemCaseSensitive(prefix, "len");

	if (prefix)
		return cJSON_IsNumber(len) && len->valuedouble >= 8;
	return cJSON_IsString(value) && value->valuestring[0] != '@';
}

/* Multicast and the limited broadcast: anything else may be an address of the host itself, that is to say everything. */
static bool is_group_address(const cJSON *value)
{
	const cJSON *prefix = cJSON_GetObjectItemCaseSensitive(value, "prefix");
	struct slice address = prefix ? text_of(prefix, "addr") : slice_of(cJSON_GetStringValue(value));

	if (prefix && !is_some_source(value) && !slice_is(address, "224.0.0.0"))
		return false;
	if (slice_is(address, "255.255.255.255") || (slice_has_prefix(address, "ff") && address.len > 4 && address.ptr[4] == ':'))
		return true;
	return address.len > 3 && address.ptr[3] == '.' && (slice_has_prefix(address, "22") || slice_has_prefix(address, "23")) &&
	       memcmp(address.ptr, "224", 3) >= 0;
}

static bool is_minor_protocol(const cJSON *value)
{
	static const char *const names[] = { "icmp", "icmpv6", "ipv6-icmp", "igmp", "esp", "ah", "gre", "vrrp", "ospf", "ospfigp", "pim",
		                             "ipip", "comp", NULL };

	return is_one_of(value, names);
}

static bool is_old_state(const cJSON *value)
{
	static const char *const names[] = { "established", "related", "invalid", "untracked", NULL };

	return is_one_of(value, names);
}

static bool is_old_status(const cJSON *value)
{
	static const char *const names[] = { "dnat", "expected", "seen-reply", "assured", NULL };

	return is_one_of(value, names);
}

static bool is_loopback(const cJSON *value)
{
	return is_text(value, "lo");
}

static bool is_group_type(const cJSON *value)
{
	static const char *const names[] = { "broadcast", "multicast", "anycast", NULL };

	return is_one_of(value, names);
}

static bool is_anything(const cJSON *value)
{
	return value != NULL;
}

/* What is compared, and which values make that narrow. NULL is any protocol. Not listed is broad. */
static const struct {
	const char *kind;
	const char *protocol;
	const char *field; /* of a payload; else the key */
	bool (*narrows)(const cJSON *value);
} lefts[] = {
	{ "payload", NULL, "dport", is_some_port },
	{ "payload", NULL, "sport", is_some_port },
	{ "payload", "ip", "saddr", is_some_source },
	{ "payload", "ip6", "saddr", is_some_source },
	{ "payload", "ip", "daddr", is_group_address },
	{ "payload", "ip6", "daddr", is_group_address },
	{ "payload", "ip", "protocol", is_minor_protocol },
	{ "payload", "ip6", "nexthdr", is_minor_protocol },
	{ "payload", "icmp", "type", is_anything },
	{ "payload", "icmpv6", "type", is_anything },
	{ "payload", "igmp", "type", is_anything },
	{ "meta", NULL, "l4proto", is_minor_protocol },
	{ "meta", NULL, "iif", is_loopback },
	{ "meta", NULL, "iifname", is_loopback },
	{ "meta", NULL, "pkttype", is_group_type },
	{ "ct", NULL, "state", is_old_state },
	{ "ct", NULL, "status", is_old_status },
	{ "fib", NULL, "type", is_group_type },
};

static bool left_is(const cJSON *left, size_t row)
{
	const cJSON *body = cJSON_GetObjectItemCaseSensitive(left, lefts[row].kind);
	bool         payload = strcmp(lefts[row].kind, "payload") == 0;
	const char  *key = payload ? "field" : strcmp(lefts[row].kind, "fib") == 0 ? "result"
	                                                                           : "key";

	if (!body || !is_text(cJSON_GetObjectItemCaseSensitive(body, key), lefts[row].field))
		return false;
	return !lefts[row].protocol || is_text(cJSON_GetObjectItemCaseSensitive(body, "protocol"), lefts[row].protocol);
}

/* Every value of the right side: one, a list, or an anonymous set; elements may carry a timeout or a comment. */
static bool all_narrow(const cJSON *right, bool (*narrows)(const cJSON *))
{
	const cJSON *list = cJSON_IsArray(right) ? right : cJSON_GetObjectItemCaseSensitive(right, "set");
	const cJSON *value, *element;

	if (!list)
		return narrows(right);
	cJSON_ArrayForEach(value, list) {
		element = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(value, "elem"), "val");
		if (!narrows(element ? element : value))
			return false;
	}
	return cJSON_GetArraySize(list) > 0;
}

static enum firewall_match classify(const cJSON *left, const cJSON *right)
{
	for (size_t i = 0; i < countof(lefts); i++)
		if (left_is(left, i) && all_narrow(right, lefts[i].narrows))
			return FIREWALL_MATCH_NARROW;
	return FIREWALL_MATCH_BROAD;
}

/* `meta nfproto ipv4` and `meta protocol ip` select a family; 0 for anything else. */
static unsigned family_selected(const cJSON *left, const cJSON *right)
{
	const cJSON *key = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(left, "meta"), "key");

	if (!is_text(key, "nfproto") && !is_text(key, "protocol"))
		return 0;
	if (is_text(right, "ipv4") || is_text(right, "ip"))
		return FIREWALL_IPV4;
	return is_text(right, "ipv6") || is_text(right, "ip6") ? FIREWALL_IPV6 : 0;
}

/* Packets for this host have an address of its own: that match says nothing in an input chain. */
static bool is_for_this_host(const cJSON *left, const cJSON *right)
{
	const cJSON *fib = cJSON_GetObjectItemCaseSensitive(left, "fib");
	const cJSON *flags = cJSON_GetObjectItemCaseSensitive(fib, "flags");

	if (cJSON_IsArray(flags) && cJSON_GetArraySize(flags) == 1)
		flags = cJSON_GetArrayItem(flags, 0);
	return is_text(cJSON_GetObjectItemCaseSensitive(fib, "result"), "type") && is_text(flags, "daddr") && is_text(right, "local");
}

static void read_match(struct reading *reading, const cJSON *match)
{
	const cJSON *left = cJSON_GetObjectItemCaseSensitive(match, "left");
	const cJSON *right = cJSON_GetObjectItemCaseSensitive(match, "right");
	const cJSON *op = cJSON_GetObjectItemCaseSensitive(match, "op");
	bool         positive = is_text(op, "==") || is_text(op, "in");
	unsigned     family = family_selected(left, right);

	if (positive && family)
		reading->rule.families &= family;
	else if (positive && is_for_this_host(left, right))
		return;
	else if (positive && classify(left, right) == FIREWALL_MATCH_NARROW)
		reading->narrow = true;
	else
		reading->broad = true;
}

/* A verdict map: narrow when every one of its keys is, else not followed. */
static void read_vmap(struct reading *reading, const cJSON *vmap)
{
	const cJSON *key = cJSON_GetObjectItemCaseSensitive(vmap, "key");
	const cJSON *pairs = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(vmap, "data"), "set");
	const cJSON *pair;
	bool         narrow = cJSON_GetArraySize(pairs) > 0;

	cJSON_ArrayForEach(pair, pairs) {
		narrow = narrow && classify(key, cJSON_GetArrayItem(pair, 0)) == FIREWALL_MATCH_NARROW;
	}
	if (narrow) {
		reading->narrow = true;
		return;
	}
	reading->broad = true;
	reading->rule.action = FIREWALL_DECIDE;
	reading->rule.outcome = FIREWALL_UNKNOWN;
}

static void decide(struct reading *reading, enum firewall_outcome outcome)
{
	reading->rule.action = FIREWALL_DECIDE;
	reading->rule.outcome = outcome;
}

static void read_accept(struct reading *reading, const cJSON *body)
{
	(void)body;
	decide(reading, FIREWALL_ACCEPT);
}

static void read_drop(struct reading *reading, const cJSON *body)
{
	(void)body;
	decide(reading, FIREWALL_DROP);
}

static void read_reject(struct reading *reading, const cJSON *body)
{
	(void)body;
	decide(reading, FIREWALL_REJECT);
}

static void read_return(struct reading *reading, const cJSON *body)
{
	(void)body;
	decide(reading, FIREWALL_FALL);
}

static void read_target(struct reading *reading, const cJSON *body)
{
	reading->rule.target = firewall_ruleset_find(reading->set, reading->chain->backend, reading->chain->family, reading->chain->table,
	                                             text_of(body, "target"));
}

static void read_jump(struct reading *reading, const cJSON *body)
{
	reading->rule.action = FIREWALL_JUMP;
	read_target(reading, body);
}

static void read_goto(struct reading *reading, const cJSON *body)
{
	reading->rule.action = FIREWALL_GOTO;
	read_target(reading, body);
}

static void read_nothing(struct reading *reading, const cJSON *body)
{
	(void)reading;
	(void)body;
}

static void read_sometimes(struct reading *reading, const cJSON *body)
{
	(void)body;
	reading->broad = true;
}

/* An extension of iptables: what nft cannot translate it does not explain. Targets that decide nothing are known by name. */
static void read_extension(struct reading *reading, const cJSON *body)
{
	static const char *const harmless[] = { "LOG", "NFLOG", "MARK", "CONNMARK", "CT", "AUDIT", "TRACE", "comment", NULL };

	if (is_one_of(cJSON_GetObjectItemCaseSensitive(body, "name"), harmless))
		return;
	reading->broad = true;
	if (reading->rule.action == FIREWALL_NOTHING)
		decide(reading, FIREWALL_UNKNOWN);
}

static const struct {
	const char *name;
	void (*read)(struct reading *reading, const cJSON *body);
} statements[] = {
	{ "match", read_match },
	{ "vmap", read_vmap },
	{ "accept", read_accept },
	{ "drop", read_drop },
	{ "reject", read_reject },
	{ "return", read_return },
	{ "jump", read_jump },
	{ "goto", read_goto },
	{ "continue", read_nothing },
	{ "counter", read_nothing },
	{ "log", read_nothing },
	{ "mangle", read_nothing },
	{ "notrack", read_nothing },
	{ "ct helper", read_nothing },
	{ "ct timeout", read_nothing },
	{ "dup", read_nothing },
	{ "flow", read_nothing },
	{ "limit", read_sometimes },
	{ "quota", read_sometimes },
	{ "ct count", read_sometimes },
	{ "set", read_sometimes },
	{ "map", read_sometimes },
	{ "meter", read_sometimes },
	{ "last", read_nothing },
	{ "xt", read_extension },
};

/* Statements are joined by "and", so one narrow match makes the rule narrow; an unknown one makes it unknown. */
static void read_statement(struct reading *reading, const cJSON *statement)
{
	const cJSON *body = statement->child;

	for (size_t i = 0; body && body->string && i < countof(statements); i++)
		if (strcmp(body->string, statements[i].name) == 0) {
			statements[i].read(reading, body);
			return;
		}
	reading->broad = true;
	decide(reading, FIREWALL_UNKNOWN);
}

static int read_rule(struct firewall_ruleset *set, const cJSON *rule, unsigned skip, struct error *err)
{
	struct slice   family = text_of(rule, "family"), table = text_of(rule, "table");
	size_t         chain = firewall_ruleset_find(set, slice_of(""), family, table, text_of(rule, "chain"));
	struct reading reading = { .set = set, .rule = { .action = FIREWALL_NOTHING, .target = SIZE_MAX } };
	const cJSON   *statement;

	if (chain == SIZE_MAX) {
		unsigned of = slice_is(family, "ip") ? FIREWALL_IPV4 : slice_is(family, "ip6") ? FIREWALL_IPV6
		                                                                               : 0;

		return of & skip && slice_is(table, "filter") ? 0 : error_set(err, ERR_SYNTAX, "nft lists a rule of a chain that it does not list");
	}
	reading.chain = &set->chains[chain];
	reading.rule.families = reading.chain->families;
	cJSON_ArrayForEach(statement, cJSON_GetObjectItemCaseSensitive(rule, "expr")) {
		read_statement(&reading, statement);
	}
	reading.rule.match = reading.narrow ? FIREWALL_MATCH_NARROW : reading.broad ? FIREWALL_MATCH_BROAD
	                                                                            : FIREWALL_MATCH_ALL;
	return firewall_ruleset_add_rule(set, chain, &reading.rule, err);
}

static unsigned families_of(struct slice family)
{
	static const struct {
		const char *name;
		unsigned    families;
	} known[] = { { "inet", FIREWALL_BOTH }, { "ip", FIREWALL_IPV4 }, { "ip6", FIREWALL_IPV6 } };

	for (size_t i = 0; i < countof(known); i++)
		if (slice_is(family, known[i].name))
			return known[i].families;
	return 0;
}

/* A dormant table is listed like any other and does nothing. */
static int find_table(struct slice tables, struct slice family, struct slice name, bool *ret_dormant, struct error *err)
{
	struct slice line, word, of;
	bool         here = false, found = false, dormant = false;

	while (slice_next_line(&tables, &line, NULL)) {
		if (!slice_next_word(&line, &word))
			continue;
		if (slice_is(word, "table")) {
			here = slice_next_word(&line, &of) && slice_equal(of, family) && slice_next_word(&line, &of) && slice_equal(of, name);
			found = found || here;
		} else if (here && slice_is(word, "flags")) {
			while (slice_next(&line, ',', &word))
				dormant = dormant || slice_is(slice_trim(word), "dormant");
		}
	}
	if (!found)
		return error_set(err, ERR_SYNTAX, "nft lists a table in one way and not in the other");
	*ret_dormant = dormant;
	return 0;
}

static bool is_of_iptables(struct slice family, struct slice table)
{
	static const char *const names[] = { "filter", "nat", "mangle", "raw", "security" };

	for (size_t i = 0; i < countof(names); i++)
		if (slice_is(table, names[i]))
			return slice_is(family, "ip") || slice_is(family, "ip6");
	return false;
}

static int read_chain(struct firewall_ruleset *set, const cJSON *chain, const struct firewall_nft_context *context, struct error *err)
{
	struct firewall_chain c = {
		.backend = slice_of(""),
		.family = text_of(chain, "family"),
		.table = text_of(chain, "table"),
		.name = text_of(chain, "name"),
		.policy = FIREWALL_ACCEPT,
	};
	struct slice policy = text_of(chain, "policy");
	bool         dormant = true;
	size_t       number;
	int          r;

	c.families = families_of(c.family);
	if (c.name.len == 0 || c.table.len == 0 || c.family.len == 0)
		return error_set(err, ERR_SYNTAX, "nft lists a chain without a name");
	if (c.families & context->skip && c.families != FIREWALL_BOTH && slice_is(c.table, "filter"))
		return 0;
	r = find_table(context->tables, c.family, c.table, &dormant, err);
	if (r < 0)
		return r;
	c.input = slice_is(text_of(chain, "hook"), "input") && slice_is(text_of(chain, "type"), "filter") && !dormant;
	if (slice_is(policy, "drop"))
		c.policy = FIREWALL_DROP;
	else if (c.input && !slice_is(policy, "accept"))
		c.policy = FIREWALL_UNKNOWN;
	if (firewall_ruleset_find(set, c.backend, c.family, c.table, c.name) != SIZE_MAX)
		return error_set(err, ERR_SYNTAX, "nft lists a chain twice");
	return firewall_ruleset_add_chain(set, &c, &number, err);
}

static void read_table(const cJSON *table, struct firewall_nft_seen *seen)
{
	struct slice family = text_of(table, "family"), name = text_of(table, "name");

	seen->tables = true;
	seen->firewalld = seen->firewalld || slice_is(name, "firewalld");
	if (is_of_iptables(family, name))
		seen->translated = true;
	else
		seen->native = true;
}

int firewall_nft_parse(struct firewall_ruleset *set, const cJSON *root, const struct firewall_nft_context *context,
                       struct firewall_nft_seen *ret_seen, struct error *err)
{
	const cJSON             *list = cJSON_GetObjectItemCaseSensitive(root, "nftables");
	const cJSON             *item, *body;
	struct firewall_nft_seen seen = { 0 };
	int                      r = 0;

	if (!cJSON_IsArray(list) || !cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(list, 0), "metainfo"))
		return error_set(err, ERR_SYNTAX, "not what nft -j prints");
	cJSON_ArrayForEach(item, list) {
		if ((body = cJSON_GetObjectItemCaseSensitive(item, "table")) != NULL)
			read_table(body, &seen);
		if (r == 0 && (body = cJSON_GetObjectItemCaseSensitive(item, "chain")) != NULL)
			r = read_chain(set, body, context, err);
	}
	cJSON_ArrayForEach(item, list) {
		if (r == 0 && (body = cJSON_GetObjectItemCaseSensitive(item, "rule")) != NULL)
			r = read_rule(set, body, context->skip, err);
	}
	if (r == 0)
		*ret_seen = seen;
	return r;
}

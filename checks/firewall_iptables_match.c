#include "firewall_iptables_private.h"

#include "buf.h"
#include "limit.h"
#include "text.h"

static struct firewall_range one(uint64_t value)
{
	return (struct firewall_range){ firewall_number_of(value), firewall_number_of(value) };
}

bool iptables_number(struct slice text, uint32_t *ret_value)
{
	uint64_t value;

	if (slice_has_prefix(text, "0x") ? text_parse_unsigned(slice_sub(text, 2, text.len), 16, UINT32_MAX, &value, NULL) < 0
	                                 : text_parse_unsigned(text, 10, UINT32_MAX, &value, NULL) < 0)
		return false;
	*ret_value = (uint32_t)value;
	return true;
}

bool iptables_masked(struct slice text, uint32_t *ret_value, uint32_t *ret_mask)
{
	struct slice value;

	*ret_mask = UINT32_MAX;
	if (!slice_next(&text, '/', &value) || !iptables_number(value, ret_value))
		return false;
	return text.len == 0 || iptables_number(text, ret_mask);
}

/* A condition in the words of iptables. */
static int condition(const struct iptables_rule *rule, enum firewall_literal_kind kind, struct slice text, struct error *err)
{
	struct buf opposite;
	int        r;

	buf_init(&opposite, LIMIT_REPORT_TEXT + 16);
	text = slice_sub(text, 0, LIMIT_REPORT_TEXT);
	r = buf_printf(&opposite, NULL, "not: %.*s", (int)text.len, text.ptr);
	r = r < 0 ? error_nomem(err) : firewall_model_condition(rule->model, kind, text, buf_slice(&opposite), false, err);
	buf_free(&opposite);
	return r;
}

static int never(const struct iptables_rule *rule, struct error *err)
{
	struct firewall_op op = { .kind = FIREWALL_NEVER };

	return firewall_model_add_op(rule->model, &op, err);
}

static int match_one(const struct iptables_rule *rule, enum firewall_field field, uint32_t mask, struct firewall_range range, bool negated, struct error *err)
{
	return firewall_model_match(rule->model, (struct firewall_key){ .field = field, .mask = mask }, range, negated, err);
}

/* Words for numbers. */
struct word {
	const char *word;
	unsigned    value;
};

static const struct word protocols[] = {
	{ "tcp", 6 },   { "udp", 17 },  { "icmp", 1 },     { "icmpv6", 58 },   { "ipv6-icmp", 58 }, { "igmp", 2 },    { "esp", 50 },   { "ah", 51 },
	{ "gre", 47 },  { "sctp", 132 }, { "dccp", 33 },   { "udplite", 136 }, { "vrrp", 112 },     { "ospf", 89 },   { "pim", 103 },  { "ipip", 94 },
	{ "ipencap", 4 }, { "ipv6", 41 }, { "ipcomp", 108 }, { "l2tp", 115 },  { "egp", 8 },        { "mobility-header", 135 }, { "ipv6-mh", 135 },
};

static const struct word types[] = {
	{ "UNSPEC", 0 }, { "UNICAST", 1 }, { "LOCAL", 2 }, { "BROADCAST", 3 }, { "ANYCAST", 4 }, { "MULTICAST", 5 }, { "BLACKHOLE", 6 },
	{ "UNREACHABLE", 7 }, { "PROHIBIT", 8 }, { "THROW", 9 }, { "NAT", 10 }, { "XRESOLVE", 11 },
};

static const struct word states[] = {
	{ "INVALID", 1 }, { "ESTABLISHED", 2 }, { "RELATED", 4 }, { "NEW", 8 }, { "UNTRACKED", 64 }, { "DNAT", 128 }, { "SNAT", 256 },
};

static const struct word statuses[] = { { "EXPECTED", 1 }, { "SEEN_REPLY", 2 }, { "ASSURED", 4 }, { "CONFIRMED", 8 } };

static const struct word flags[] = {
	{ "FIN", 1 }, { "SYN", 2 }, { "RST", 4 }, { "PSH", 8 }, { "ACK", 16 }, { "URG", 32 }, { "ALL", 63 }, { "NONE", 0 },
};

static bool find_word(const struct word *words, size_t count, struct slice text, uint32_t *ret_value)
{
	for (size_t i = 0; i < count; i++)
		if (slice_is_nocase(text, words[i].word)) {
			*ret_value = words[i].value;
			return true;
		}
	return false;
}

/* "SYN,ACK" as bits. */
static bool read_bits(const struct word *words, size_t count, struct slice list, uint32_t *ret_bits)
{
	struct slice part;
	uint32_t     value;

	*ret_bits = 0;
	while (slice_next(&list, ',', &part)) {
		if (!find_word(words, count, part, &value))
			return false;
		*ret_bits |= value;
	}
	return true;
}

/* "22" or "1000:2000", ":1024", "1024:". */
static bool read_ports(struct slice text, struct firewall_range *ret_range)
{
	const bool   range = text.len > 0 && memchr(text.ptr, ':', text.len) != NULL;
	struct slice low = { 0 };
	uint64_t     first = 0, last = 65535;

	if (!slice_next(&text, ':', &low))
		return false;
	if (low.len > 0 && text_parse_unsigned(low, 10, 65535, &first, NULL) < 0)
		return false;
	if (text.len > 0 && text_parse_unsigned(text, 10, 65535, &last, NULL) < 0)
		return false;
	if (!range)
		last = first;
	*ret_range = (struct firewall_range){ firewall_number_of(first), firewall_number_of(last) };
	return range || low.len > 0;
}

static int read_interface(const struct iptables_rule *rule, const struct iptables_option *option, enum firewall_field field, struct error *err)
{
	const struct slice value = option->values[0];
	char               name[64];
	uint32_t           number;
	int                r;

	if (value.len == 0 || value.len > 32)
		return condition(rule, FIREWALL_STRANGE, option->text, err);
	snprintf(name, sizeof(name), "%.*s", (int)value.len, value.ptr);
	if (value.ptr[value.len - 1] == '+')
		name[value.len - 1] = '*';
	r = firewall_model_name(rule->model, slice_of(name), &number, err);
	return r < 0 ? r : match_one(rule, field, 0, one(number), option->negated, err);
}

static int read_address(const struct iptables_rule *rule, const struct iptables_option *option, enum firewall_field field, struct error *err)
{
	struct firewall_range range;
	enum firewall_family  family;

	if (!firewall_prefix_parse(option->values[0], &family, &range) || family != rule->family)
		return condition(rule, FIREWALL_STRANGE, option->text, err);
	return match_one(rule, field, 0, range, option->negated, err);
}

static int read_protocol(const struct iptables_rule *rule, const struct iptables_option *option, struct error *err)
{
	uint32_t number;

	if (slice_is(option->values[0], "all"))
		return 0;
	if (!find_word(protocols, countof(protocols), option->values[0], &number) && !iptables_number(option->values[0], &number))
		return condition(rule, FIREWALL_STRANGE, option->text, err);
	return number == 0 ? 0 : match_one(rule, FIREWALL_PROTOCOL, 0, one(number), option->negated, err);
}

int iptables_read_plain(const struct iptables_rule *rule, const struct iptables_option *option, struct error *err)
{
	if (slice_is(option->name, "-f"))
		return match_one(rule, FIREWALL_ZERO, 0, one(1), option->negated, err);
	if (option->nvalues != 1)
		return condition(rule, FIREWALL_STRANGE, option->text, err);
	if (slice_is(option->name, "-p"))
		return read_protocol(rule, option, err);
	if (slice_is(option->name, "-i"))
		return read_interface(rule, option, FIREWALL_IIF, err);
	if (slice_is(option->name, "-o"))
		return read_interface(rule, option, FIREWALL_OIF, err);
	return read_address(rule, option, slice_is(option->name, "-s") ? FIREWALL_SADDR : FIREWALL_DADDR, err);
}

/* --- modules --- */

static int read_tcp_flags(const struct iptables_rule *rule, const struct iptables_option *option, struct error *err)
{
	uint32_t mask, value;

	if (option->nvalues != 2 || !read_bits(flags, countof(flags), option->values[0], &mask) || !read_bits(flags, countof(flags), option->values[1], &value))
		return condition(rule, FIREWALL_STRANGE, option->text, err);
	if (mask == 0)
		return (value == 0) != option->negated ? 0 : never(rule, err);
	return match_one(rule, FIREWALL_TCP_FLAGS, mask, one(value), option->negated, err);
}

/* tcp, udp. */
static int read_transport(const struct iptables_rule *rule, const struct iptables_match *match, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < match->noptions; i++) {
		const struct iptables_option *option = &match->options[i];
		const bool                    source = slice_is(option->name, "--sport");
		struct firewall_range         range;

		if (slice_is(option->name, "--tcp-flags"))
			r = read_tcp_flags(rule, option, err);
		else if ((source || slice_is(option->name, "--dport")) && option->nvalues == 1 && read_ports(option->values[0], &range))
			r = match_one(rule, source ? FIREWALL_SPORT : FIREWALL_DPORT, 0, range, option->negated, err);
		else
			r = condition(rule, slice_is(option->name, "--tcp-option") ? FIREWALL_OTHER : FIREWALL_STRANGE, option->text, err);
	}
	return r;
}

static int read_multiport(const struct iptables_rule *rule, const struct iptables_match *match, struct error *err)
{
	const struct iptables_option *option = match->noptions == 1 ? &match->options[0] : NULL;
	const bool                    source = option && slice_is(option->name, "--sports"), target = option && slice_is(option->name, "--dports");
	const struct firewall_key     key = { .field = source ? FIREWALL_SPORT : FIREWALL_DPORT };
	struct firewall_range         range;
	struct slice                  list = option ? option->values[0] : (struct slice){ 0 }, part;
	uint32_t                      number;
	int                           r;

	if (!source && !target)
		return condition(rule, option && slice_is(option->name, "--ports") ? FIREWALL_OTHER : FIREWALL_STRANGE, match->text, err);
	r = firewall_model_add_list(rule->model, 1, 0, &number, err);
	while (r == 0 && slice_next(&list, ',', &part)) {
		if (!read_ports(part, &range))
			return condition(rule, FIREWALL_STRANGE, match->text, err);
		r = firewall_model_add_element(rule->model, number, &range, err);
	}
	return r < 0 ? r : firewall_model_match_list(rule->model, &key, 1, number, option->negated, err);
}

static int read_state(const struct iptables_rule *rule, const struct iptables_option *option, struct error *err)
{
	struct firewall_range any = { firewall_number_of(1), firewall_number_of(UINT32_MAX) };
	uint32_t              bits;

	if (option->nvalues != 1 || !read_bits(states, countof(states), option->values[0], &bits) || bits == 0)
		return condition(rule, FIREWALL_STRANGE, option->text, err);
	return match_one(rule, bits & 128 ? FIREWALL_CT_STATE_DNAT : FIREWALL_CT_STATE, bits, any, option->negated, err);
}

static int read_status(const struct iptables_rule *rule, const struct iptables_option *option, struct error *err)
{
	struct firewall_range any = { firewall_number_of(1), firewall_number_of(UINT32_MAX) };
	uint32_t              bits;

	if (option->nvalues != 1 || !read_bits(statuses, countof(statuses), option->values[0], &bits) || bits == 0)
		return condition(rule, FIREWALL_OTHER, option->text, err);
	return match_one(rule, FIREWALL_CT_STATUS, bits, any, option->negated, err);
}

static int read_direction(const struct iptables_rule *rule, const struct iptables_option *option, struct error *err)
{
	const bool reply = slice_is(option->values[0], "REPLY");

	return match_one(rule, FIREWALL_ZERO, 0, one(reply ? 1 : 0), option->negated, err);
}

static int read_original_port(const struct iptables_rule *rule, const struct iptables_option *option, struct error *err)
{
	struct firewall_range range;

	if (option->nvalues != 1 || !read_ports(option->values[0], &range))
		return condition(rule, FIREWALL_STRANGE, option->text, err);
	return match_one(rule, FIREWALL_ORIGINAL_DPORT, 0, range, option->negated, err);
}

static int read_original_source(const struct iptables_rule *rule, const struct iptables_option *option, struct error *err)
{
	return read_address(rule, option, FIREWALL_SADDR, err);
}

static int read_original_destination(const struct iptables_rule *rule, const struct iptables_option *option, struct error *err)
{
	return read_address(rule, option, FIREWALL_ORIGINAL_DADDR, err);
}

static int read_conntrack(const struct iptables_rule *rule, const struct iptables_match *match, struct error *err)
{
	static const struct {
		const char *name;
		int (*read)(const struct iptables_rule *rule, const struct iptables_option *option, struct error *err);
	} options[] = {
		{ "--ctstate", read_state },
		{ "--state", read_state },
		{ "--ctstatus", read_status },
		{ "--ctdir", read_direction },
		{ "--ctproto", read_protocol },
		{ "--ctorigsrc", read_original_source },
		{ "--ctorigdst", read_original_destination },
		{ "--ctorigdstport", read_original_port },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < match->noptions; i++) {
		size_t k = 0;

		while (k < countof(options) && !slice_is(match->options[i].name, options[k].name))
			k++;
		if (k == countof(options) || options[k].read != read_state)
			r = firewall_model_need_connection(rule->model, err);
		if (r == 0 && k < countof(options))
			r = options[k].read(rule, &match->options[i], err);
		else if (r == 0)
			r = condition(rule, FIREWALL_OTHER, match->options[i].text, err);
	}
	return r;
}

/* IPv6 has types that go together: an own address is unicast, too. */
static uint32_t types_of_six(uint32_t types_asked)
{
	const uint32_t unicast = 1u << 1, local = 1u << 2, broadcast = 1u << 3;

	if (types_asked & ~(unicast | local | broadcast))
		return 0;
	return types_asked & local ? local : unicast | local;
}

static int read_type(const struct iptables_rule *rule, const struct iptables_option *option, enum firewall_field field, struct error *err)
{
	const struct firewall_key key = { .field = field };
	struct slice              list = option->values[0], part;
	uint32_t                  asked = 0, number, type;
	int                       r;

	while (slice_next(&list, ',', &part)) {
		if (!find_word(types, countof(types), part, &type))
			return condition(rule, FIREWALL_STRANGE, option->text, err);
		asked |= 1u << type;
	}
	if (rule->family == FIREWALL_IPV6)
		asked = types_of_six(asked);
	r = firewall_model_add_list(rule->model, 1, 0, &number, err);
	for (uint32_t i = 0; r == 0 && i < 12; i++)
		if (asked & 1u << i)
			r = firewall_model_add_element(rule->model, number, &(struct firewall_range){ firewall_number_of(i), firewall_number_of(i) }, err);
	return r < 0 ? r : firewall_model_match_list(rule->model, &key, 1, number, option->negated, err);
}

static int read_addrtype(const struct iptables_rule *rule, const struct iptables_match *match, struct error *err)
{
	const struct iptables_option *source = iptables_find(match, "--src-type"), *target = iptables_find(match, "--dst-type");
	int                           r = 0;

	if ((size_t)(source != NULL) + (target != NULL) != match->noptions)
		return condition(rule, FIREWALL_OTHER, match->text, err);
	if (source)
		r = read_type(rule, source, FIREWALL_SADDR_TYPE, err);
	return r == 0 && target ? read_type(rule, target, FIREWALL_DADDR_TYPE, err) : r;
}

static int read_pkttype(const struct iptables_rule *rule, const struct iptables_match *match, struct error *err)
{
	static const struct word      kinds[] = { { "unicast", 0 }, { "host", 0 }, { "broadcast", 1 }, { "multicast", 2 }, { "otherhost", 3 } };
	const struct iptables_option *option = iptables_find(match, "--pkt-type");
	uint32_t                      kind;

	if (!option || !find_word(kinds, countof(kinds), option->values[0], &kind))
		return condition(rule, FIREWALL_STRANGE, match->text, err);
	return match_one(rule, FIREWALL_PKTTYPE, 0, one(kind), option->negated, err);
}

static int read_mark(const struct iptables_rule *rule, const struct iptables_match *match, struct error *err)
{
	const struct iptables_option *option = iptables_find(match, "--mark");
	uint32_t                      value, mask;

	if (!option || match->noptions != 1 || !iptables_masked(option->values[0], &value, &mask))
		return condition(rule, FIREWALL_STRANGE, match->text, err);
	if (mask == 0)
		return (value == 0) != option->negated ? 0 : never(rule, err);
	return match_one(rule, slice_is(match->module, "mark") ? FIREWALL_MARK : FIREWALL_CT_MARK, mask == UINT32_MAX ? 0 : mask, one(value), option->negated, err);
}

static int read_iprange(const struct iptables_rule *rule, const struct iptables_match *match, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < match->noptions; i++) {
		const struct iptables_option *option = &match->options[i];
		struct slice                  high = option->values[0], low;
		struct firewall_range         range;
		enum firewall_family          family;

		if (!slice_next(&high, '-', &low) || !firewall_address_parse(low, &family, &range.low) || family != rule->family ||
		    !firewall_address_parse(high.len > 0 ? high : low, &family, &range.high) || family != rule->family)
			return condition(rule, FIREWALL_STRANGE, option->text, err);
		r = match_one(rule, slice_is(option->name, "--src-range") ? FIREWALL_SADDR : FIREWALL_DADDR, 0, range, option->negated, err);
	}
	return r;
}

/* The keys of a set of ipset, by whether each of its parts is of the source or of the destination. */
static size_t set_keys(const struct firewall_set *set, struct slice directions, struct firewall_key *ret_keys)
{
	static const struct {
		enum firewall_field source, target;
	} fields[] = {
		[FIREWALL_IP] = { FIREWALL_SADDR, FIREWALL_DADDR },
		[FIREWALL_PORT] = { FIREWALL_SPORT, FIREWALL_DPORT },
		[FIREWALL_IFACE] = { FIREWALL_IIF, FIREWALL_OIF },
		[FIREWALL_MARKED] = { FIREWALL_MARK, FIREWALL_MARK },
	};
	struct slice direction;
	size_t       count = 0;

	for (unsigned i = 0; i < set->ndimensions; i++) {
		if (!slice_next(&directions, ',', &direction))
			return 0;
		if (set->dimensions[i] == FIREWALL_PORT)
			ret_keys[count++] = (struct firewall_key){ .field = FIREWALL_PROTOCOL };
		ret_keys[count++] = (struct firewall_key){ .field = slice_is(direction, "src") ? fields[set->dimensions[i]].source : fields[set->dimensions[i]].target };
	}
	return count;
}

/* Options that say whether counters of a set are kept: they match nothing. */
static size_t count_silent(const struct iptables_match *match)
{
	return (size_t)(iptables_find(match, "--update-counters") != NULL) + (size_t)(iptables_find(match, "--update-subcounters") != NULL);
}

static int read_set(const struct iptables_rule *rule, const struct iptables_match *match, struct error *err)
{
	const struct iptables_option *option = iptables_find(match, "--match-set");
	const struct firewall_set    *set = option && option->nvalues == 2 ? firewall_model_find_set(rule->model, slice_of("ipset"), slice_of(""), option->values[0]) : NULL;
	struct firewall_key           keys[FIREWALL_KEYS];
	size_t                        count;

	if (!set || match->noptions - count_silent(match) != 1 || firewall_model_list(rule->model, set->list)->opaque)
		return condition(rule, FIREWALL_STRANGE, match->text, err);
	if (set->families && !(set->families & rule->family))
		return option->negated ? 0 : never(rule, err);
	count = set_keys(set, option->values[1], keys);
	if (count == 0)
		return never(rule, err);
	return firewall_model_match_list(rule->model, keys, count, set->list, option->negated, err);
}

static int add_rate(const struct iptables_rule *rule, const char *within, bool over, struct error *err)
{
	char opposite[240];

	snprintf(opposite, sizeof(opposite), "more than %s", within);
	return firewall_model_condition(rule->model, FIREWALL_RATE, slice_of(within), slice_of(opposite), over, err);
}

/* The value of the first of some options that is there. */
static void value_of(const struct iptables_match *match, const char *const *names, char *text, size_t size)
{
	text[0] = '\0';
	for (; *names && !text[0]; names++) {
		const struct iptables_option *option = iptables_find(match, *names);

		if (option && option->nvalues > 0)
			text_clean_into(text, size, option->values[0]);
	}
}

static int read_limit(const struct iptables_rule *rule, const struct iptables_match *match, struct error *err)
{
	char rate[60];

	value_of(match, (const char *const[]){ "--limit", NULL }, rate, sizeof(rate));
	return add_rate(rule, rate[0] ? rate : "3/hour", false, err);
}

static int read_hashlimit(const struct iptables_rule *rule, const struct iptables_match *match, struct error *err)
{
	char rate[60], mode[60], within[160];
	bool above = iptables_find(match, "--hashlimit-above") != NULL;

	value_of(match, (const char *const[]){ "--hashlimit-above", "--hashlimit-upto", "--hashlimit", NULL }, rate, sizeof(rate));
	value_of(match, (const char *const[]){ "--hashlimit-mode", NULL }, mode, sizeof(mode));
	snprintf(within, sizeof(within), "%s%s%s", rate, mode[0] ? " for each " : "", mode);
	return add_rate(rule, within, above, err);
}

static int read_connlimit(const struct iptables_rule *rule, const struct iptables_match *match, struct error *err)
{
	char count[60], within[160];
	bool above = iptables_find(match, "--connlimit-above") != NULL;

	value_of(match, (const char *const[]){ "--connlimit-above", "--connlimit-upto", NULL }, count, sizeof(count));
	snprintf(within, sizeof(within), "%s connections", count);
	return add_rate(rule, within, above, err);
}

/* Who was seen lately: adding always matches; asking how often is a limit, asking whether at all a condition. */
static int read_recent(const struct iptables_rule *rule, const struct iptables_match *match, struct error *err)
{
	const struct iptables_option *set = iptables_find(match, "--set"), *ask = iptables_find(match, "--rcheck"), *hits = iptables_find(match, "--hitcount");
	char                          count[20], seconds[20], within[160];

	ask = ask ? ask : iptables_find(match, "--update");
	ask = ask ? ask : iptables_find(match, "--remove");
	if (set && !ask)
		return set->negated ? never(rule, err) : 0;
	if (!ask || !hits)
		return condition(rule, ask ? FIREWALL_OTHER : FIREWALL_STRANGE, match->text, err);
	value_of(match, (const char *const[]){ "--hitcount", NULL }, count, sizeof(count));
	value_of(match, (const char *const[]){ "--seconds", NULL }, seconds, sizeof(seconds));
	snprintf(within, sizeof(within), "%s%s%s from each source, less one", count, seconds[0] ? " in seconds: " : "", seconds);
	return add_rate(rule, within, !ask->negated, err);
}

static int read_rpfilter(const struct iptables_rule *rule, const struct iptables_match *match, struct error *err)
{
	return firewall_model_condition(rule->model, FIREWALL_ASSUMED, slice_of("the source is routed to where the packet came from"),
	                                slice_of("the source is not routed to where the packet came from"), iptables_find(match, "--invert") != NULL, err);
}

static int read_policy(const struct iptables_rule *rule, const struct iptables_match *match, struct error *err)
{
	const struct iptables_option *pol = iptables_find(match, "--pol");
	const bool                    none = pol && slice_is(pol->values[0], "none");

	if (!pol || (!none && match->noptions > 2))
		return condition(rule, FIREWALL_OTHER, match->text, err);
	return firewall_model_condition(rule->model, FIREWALL_OTHER, slice_of("comes by IPsec"), slice_of("does not come by IPsec"), none != pol->negated, err);
}

/* Never for a packet that comes in, or for one that is neither ICMP nor a fragment and has no routing header. */
static int read_never(const struct iptables_rule *rule, const struct iptables_match *match, struct error *err)
{
	(void)match;
	return never(rule, err);
}

static int read_nothing(const struct iptables_rule *rule, const struct iptables_match *match, struct error *err)
{
	(void)rule;
	(void)match;
	(void)err;
	return 0;
}

static int read_chance(const struct iptables_rule *rule, const struct iptables_match *match, struct error *err)
{
	return condition(rule, FIREWALL_CHANCE, match->text, err);
}

static int read_other(const struct iptables_rule *rule, const struct iptables_match *match, struct error *err)
{
	return condition(rule, FIREWALL_OTHER, match->text, err);
}

static const struct {
	const char *module;
	int (*read)(const struct iptables_rule *rule, const struct iptables_match *match, struct error *err);
} modules[] = {
	{ "tcp", read_transport },       { "udp", read_transport },       { "multiport", read_multiport }, { "conntrack", read_conntrack },
	{ "state", read_conntrack },     { "addrtype", read_addrtype },   { "pkttype", read_pkttype },     { "mark", read_mark },
	{ "connmark", read_mark },       { "iprange", read_iprange },     { "set", read_set },             { "limit", read_limit },
	{ "hashlimit", read_hashlimit }, { "connlimit", read_connlimit }, { "recent", read_recent },       { "rpfilter", read_rpfilter },
	{ "policy", read_policy },       { "comment", read_nothing },     { "icmp", read_never },          { "icmp6", read_never },
	{ "icmpv6", read_never },        { "owner", read_never },         { "frag", read_never },          { "rt", read_never },
	{ "ah", read_never },            { "esp", read_never },           { "sctp", read_never },          { "dccp", read_never },
	{ "mh", read_never },            { "hbh", read_other },           { "dst", read_other },           { "eui64", read_other },
	{ "mac", read_other },           { "ttl", read_other },           { "hl", read_other },            { "length", read_other },
	{ "tos", read_other },           { "dscp", read_other },          { "string", read_other },        { "u32", read_other },
	{ "bpf", read_other },           { "time", read_other },          { "statistic", read_chance },     { "quota", read_other },
	{ "cgroup", read_other },        { "realm", read_other },         { "cpu", read_other },           { "cluster", read_other },
	{ "devgroup", read_other },      { "osf", read_other },           { "ecn", read_other },           { "ipv6header", read_other },
	{ "physdev", read_other },       { "socket", read_other },        { "tcpmss", read_other },        { "helper", read_other },
	{ "connbytes", read_other },     { "connlabel", read_other },     { "nfacct", read_nothing },      { "ipvs", read_other },
	{ "rateest", read_other },       { "l2tp", read_other },
};

int iptables_read_match(const struct iptables_rule *rule, const struct iptables_match *match, struct error *err)
{
	for (size_t i = 0; i < countof(modules); i++)
		if (slice_is(match->module, modules[i].module))
			return modules[i].read(rule, match, err);
	return condition(rule, FIREWALL_STRANGE, match->text, err);
}

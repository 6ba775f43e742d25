#include "firewall_iptables_private.h"

#include "text.h"

static int add(const struct iptables_rule *rule, enum firewall_kind kind, struct error *err)
{
	struct firewall_op op = { .kind = kind };

	return firewall_model_add_op(rule->model, &op, err);
}

static int undecided(const struct iptables_rule *rule, const struct iptables_match *options, struct error *err)
{
	return firewall_model_undecided(rule->model, options->text, err);
}

/* MARK --set-xmark value/mask: the bits of the mask are taken away, then the value's are turned. */
static int read_mark(const struct iptables_rule *rule, const struct iptables_match *options, struct error *err)
{
	static const char *const      names[] = { "--set-xmark", "--set-mark", "--or-mark", "--and-mark", "--xor-mark" };
	const bool                    of_ct = slice_is(options->module, "CONNMARK");
	struct firewall_op            op = { .kind = of_ct ? FIREWALL_SET_CT_MARK : FIREWALL_SET_MARK };
	const struct iptables_option *option = NULL;
	size_t                        i = 0;
	uint32_t                      value, mask;

	while (i < countof(names) && !(option = iptables_find(options, names[i])))
		i++;
	if (!option || !iptables_masked(option->values[0], &value, &mask))
		return add(rule, of_ct ? FIREWALL_LOSE_CT_MARK : FIREWALL_LOSE_MARK, err);
	op.keep = i == 0 ? ~mask : i == 1 ? ~(mask | value)
	                   : i == 2       ? ~value
	                   : i == 3       ? value
	                                  : UINT32_MAX;
	op.set = i == 3 ? 0 : value;
	return firewall_model_add_op(rule->model, &op, err);
}

static uint32_t mask_of(const struct iptables_match *options, const char *name)
{
	const struct iptables_option *option = iptables_find(options, name);
	uint32_t                      mask = UINT32_MAX;

	if (option && !iptables_number(option->values[0], &mask))
		mask = UINT32_MAX;
	return mask;
}

static int read_connmark(const struct iptables_rule *rule, const struct iptables_match *options, struct error *err)
{
	const uint32_t     packet = mask_of(options, "--nfmask"), connection = mask_of(options, "--ctmask");
	struct firewall_op op = { .kind = FIREWALL_SET_CT_MARK, .keep = ~connection, .take = packet };

	if (!iptables_find(options, "--save-mark") && !iptables_find(options, "--restore-mark"))
		return read_mark(rule, options, err);
	if (iptables_find(options, "--restore-mark"))
		op = (struct firewall_op){ .kind = FIREWALL_SET_MARK, .keep = ~packet, .take = connection };
	return firewall_model_add_op(rule->model, &op, err);
}

static int read_ct(const struct iptables_rule *rule, const struct iptables_match *options, struct error *err)
{
	return iptables_find(options, "--notrack") ? add(rule, FIREWALL_NOTRACK, err) : 0;
}

static int read_notrack(const struct iptables_rule *rule, const struct iptables_match *options, struct error *err)
{
	(void)options;
	return add(rule, FIREWALL_NOTRACK, err);
}

static bool read_port_range(struct slice text, struct firewall_range *ret_range)
{
	struct slice low;
	uint64_t     first, last;

	if (!slice_next(&text, '-', &low) || text_parse_unsigned(low, 10, 65535, &first, NULL) < 0)
		return false;
	last = first;
	if (text.len > 0 && text_parse_unsigned(text, 10, 65535, &last, NULL) < 0)
		return false;
	*ret_range = (struct firewall_range){ firewall_number_of(first), firewall_number_of(last) };
	return true;
}

/* "192.0.2.1:80", "192.0.2.1-192.0.2.9", ":8080", "[2001:db8::1]:80". */
static bool read_destination(struct slice text, enum firewall_family family, struct firewall_op *op, struct firewall_range *ret_ranges)
{
	struct slice         address = text, port = { 0 }, low;
	enum firewall_family of;

	if (slice_has_prefix(text, "[")) {
		text = slice_sub(text, 1, text.len);
		if (!slice_next(&text, ']', &address))
			return false;
		port = slice_has_prefix(text, ":") ? slice_sub(text, 1, text.len) : text;
	} else if (family == FIREWALL_IPV4 && slice_next(&text, ':', &address)) {
		port = text;
	}
	if (port.len > 0 && !read_port_range(port, &ret_ranges[1]))
		return false;
	if (address.len > 0 && (!slice_next(&address, '-', &low) || !firewall_address_parse(low, &of, &ret_ranges[0].low) || of != family))
		return false;
	if (address.ptr && ret_ranges[0].low.lo + ret_ranges[0].low.hi > 0) {
		op->has |= FIREWALL_HAS_ADDRESS;
		ret_ranges[0].high = ret_ranges[0].low;
	}
	op->has |= port.len > 0 ? FIREWALL_HAS_PORT : 0;
	return op->has != 0;
}

static int read_dnat(const struct iptables_rule *rule, const struct iptables_match *options, struct error *err)
{
	const struct iptables_option *option = iptables_find(options, "--to-destination");
	struct firewall_op            op = { .kind = FIREWALL_DNAT };
	struct firewall_range         ranges[2] = { 0 };
	int                           r;

	if (!option || !read_destination(option->values[0], rule->family, &op, ranges))
		return undecided(rule, options, err);
	r = firewall_model_add_list(rule->model, 0, 2, &op.list, err);
	if (r == 0)
		r = firewall_model_add_element(rule->model, op.list, ranges, err);
	return r < 0 ? r : firewall_model_add_op(rule->model, &op, err);
}

static int read_redirect(const struct iptables_rule *rule, const struct iptables_match *options, struct error *err)
{
	const struct iptables_option *option = iptables_find(options, "--to-ports");
	struct firewall_op            op = { .kind = FIREWALL_REDIRECT };

	if (option && (!iptables_number(option->values[0], &op.target) || op.target > 65535))
		return undecided(rule, options, err);
	return firewall_model_add_op(rule->model, &op, err);
}

/* Rules that fill a set of ipset: what is in it now says nothing. */
static int read_set(const struct iptables_rule *rule, const struct iptables_match *options, struct error *err)
{
	static const char *const names[] = { "--add-set", "--del-set", "--map-set" };

	(void)err;
	for (size_t i = 0; i < countof(names); i++) {
		const struct iptables_option *option = iptables_find(options, names[i]);
		struct firewall_set          *set = option ? firewall_model_find_set(rule->model, slice_of("ipset"), slice_of(""), option->values[0]) : NULL;

		if (set)
			firewall_model_list(rule->model, set->list)->changes = true;
	}
	return 0;
}

static int read_nothing(const struct iptables_rule *rule, const struct iptables_match *options, struct error *err)
{
	(void)rule;
	(void)options;
	(void)err;
	return 0;
}

/* Targets that do more than decide; `kind` is all there is of the others. */
static const struct {
	const char        *name;
	enum firewall_kind kind;
	int (*read)(const struct iptables_rule *rule, const struct iptables_match *options, struct error *err);
} targets[] = {
	{ "ACCEPT", FIREWALL_ACCEPT, NULL },
	{ "DROP", FIREWALL_DROP, NULL },
	{ "REJECT", FIREWALL_REJECT, NULL },
	{ "RETURN", FIREWALL_RETURN, NULL },
	{ "LOG", FIREWALL_LOG, NULL },
	{ "NFLOG", FIREWALL_LOG, NULL },
	{ "ULOG", FIREWALL_LOG, NULL },
	{ "SNAT", FIREWALL_SNAT, NULL },
	{ "MASQUERADE", FIREWALL_SNAT, NULL },
	{ "DNAT", 0, read_dnat },
	{ "REDIRECT", 0, read_redirect },
	{ "MARK", 0, read_mark },
	{ "CONNMARK", 0, read_connmark },
	{ "CT", 0, read_ct },
	{ "NOTRACK", 0, read_notrack },
	{ "SET", 0, read_set },
	{ "AUDIT", 0, read_nothing },
	{ "TRACE", 0, read_nothing },
	{ "TCPMSS", 0, read_nothing },
	{ "TCPOPTSTRIP", 0, read_nothing },
	{ "CLASSIFY", 0, read_nothing },
	{ "DSCP", 0, read_nothing },
	{ "TOS", 0, read_nothing },
	{ "TTL", 0, read_nothing },
	{ "HL", 0, read_nothing },
	{ "ECN", 0, read_nothing },
	{ "TEE", 0, read_nothing },
	{ "SECMARK", 0, read_nothing },
	{ "CONNSECMARK", 0, read_nothing },
	{ "CHECKSUM", 0, read_nothing },
	{ "RATEEST", 0, read_nothing },
	{ "IDLETIMER", 0, read_nothing },
	{ "LED", 0, read_nothing },
};

/* A chain of the user's own wins over a target of the same name: iptables refuses to make one. */
int iptables_read_target(const struct iptables_rule *rule, struct slice name, bool is_goto, const struct iptables_match *options, struct error *err)
{
	struct firewall_op op = { .kind = is_goto ? FIREWALL_GOTO : FIREWALL_JUMP };

	op.target = firewall_model_find_chain(rule->model, rule->legacy, rule->backend, rule->table, name);
	if (op.target != FIREWALL_NONE)
		return firewall_model_add_op(rule->model, &op, err);
	for (size_t i = 0; i < countof(targets); i++)
		if (slice_is(name, targets[i].name))
			return targets[i].read ? targets[i].read(rule, options, err) : add(rule, targets[i].kind, err);
	return undecided(rule, options, err);
}

#include "firewall_nft_private.h"

#include "limit.h"
#include "text.h"

static int add(struct nft_rule *rule, enum firewall_kind kind, struct error *err)
{
	struct firewall_op op = { .kind = kind };

	return firewall_model_add_op(rule->model, &op, err);
}

static int undecided(struct nft_rule *rule, const char *construct, struct error *err)
{
	return firewall_model_undecided(rule->model, slice_of(construct), err);
}

static int read_verdict(struct nft_rule *rule, const cJSON *statement, struct error *err)
{
	struct firewall_op op = { 0 };

	op.kind = nft_read_verdict(rule, statement, &op.target);
	if (op.kind == FIREWALL_UNDECIDED)
		return error_set(err, ERR_SYNTAX, "nft lists a jump to a chain that it does not list");
	return firewall_model_add_op(rule->model, &op, err);
}

/* What the kind of answer demands of the packet is not listed. */
static int read_reject(struct nft_rule *rule, const cJSON *statement, struct error *err)
{
	static const struct {
		const char         *type;
		enum firewall_field field;
		unsigned            value;
	} demands[] = {
		{ "tcp reset", FIREWALL_PROTOCOL, FIREWALL_TCP },
		{ "icmp", FIREWALL_NFPROTO, 4 },
		{ "icmpv6", FIREWALL_NFPROTO, 6 },
	};
	const struct slice type = nft_text(statement->child, "type");
	int                r = 0;

	for (size_t i = 0; r == 0 && i < countof(demands); i++)
		if (slice_is(type, demands[i].type)) {
			const struct firewall_range value = { firewall_number_of(demands[i].value), firewall_number_of(demands[i].value) };

			r = firewall_model_match(rule->model, (struct firewall_key){ .field = demands[i].field }, value, false, err);
		}
	return r < 0 ? r : add(rule, FIREWALL_REJECT, err);
}

static int read_nothing(struct nft_rule *rule, const cJSON *statement, struct error *err)
{
	(void)rule;
	(void)statement;
	(void)err;
	return 0;
}

static int read_log(struct nft_rule *rule, const cJSON *statement, struct error *err)
{
	(void)statement;
	return add(rule, FIREWALL_LOG, err);
}

static int read_notrack(struct nft_rule *rule, const cJSON *statement, struct error *err)
{
	(void)statement;
	return add(rule, FIREWALL_NOTRACK, err);
}

static int read_snat(struct nft_rule *rule, const cJSON *statement, struct error *err)
{
	(void)statement;
	return add(rule, FIREWALL_SNAT, err);
}

/* What takes the packet out of the ruleset's hands. */
static int read_elsewhere(struct nft_rule *rule, const cJSON *statement, struct error *err)
{
	return undecided(rule, statement->child->string, err);
}

static int add_rate(struct nft_rule *rule, const char *within, bool over, struct error *err)
{
	char opposite[200];

	snprintf(opposite, sizeof(opposite), "more than %s", within);
	return firewall_model_condition(rule->model, FIREWALL_RATE, slice_of(within), slice_of(opposite), over, err);
}

static double number_of(const cJSON *object, const char *name)
{
	const cJSON *n = nft_member(object, name);

	return cJSON_IsNumber(n) ? n->valuedouble : 0;
}

static int read_limit(struct nft_rule *rule, const cJSON *statement, struct error *err)
{
	const cJSON *body = statement->child;
	char         within[160], per[20], unit[20];
	struct slice unit_text = nft_text(body, "rate_unit");

	if (cJSON_IsString(body))
		return add_rate(rule, "a named limit", false, err);
	text_clean_into(per, sizeof(per), nft_text(body, "per"));
	text_clean_into(unit, sizeof(unit), unit_text);
	snprintf(within, sizeof(within), "%.0f%s%s/%s", number_of(body, "rate"), unit[0] ? " " : "", unit, per[0] ? per : "second");
	return add_rate(rule, within, cJSON_IsTrue(nft_member(body, "inv")), err);
}

static int read_ct_count(struct nft_rule *rule, const cJSON *statement, struct error *err)
{
	char within[80];

	snprintf(within, sizeof(within), "%.0f connections", number_of(statement->child, "val"));
	return add_rate(rule, within, cJSON_IsTrue(nft_member(statement->child, "inv")), err);
}

static int read_quota(struct nft_rule *rule, const cJSON *statement, struct error *err)
{
	char within[80], unit[20];

	if (cJSON_IsString(statement->child))
		return add_rate(rule, "a named quota", false, err);
	text_clean_into(unit, sizeof(unit), nft_text(statement->child, "val_unit"));
	snprintf(within, sizeof(within), "%.0f %s in all", number_of(statement->child, "val"), unit);
	return add_rate(rule, within, cJSON_IsTrue(nft_member(statement->child, "inv")), err);
}

/* A rule that adds to a set, or takes from it, and the limits kept for each element. */
static int read_update(struct nft_rule *rule, const cJSON *statement, struct error *err)
{
	const cJSON         *body = statement->child, *stmts = nft_member(body, "stmt"), *inner;
	struct slice         name = nft_text(body, slice_is(nft_text(body, "set"), "") ? "map" : "set");
	struct firewall_set *set;
	int                  r = nft_need(rule, nft_member(body, "elem"), err);

	if (r == 0)
		r = nft_need(rule, nft_member(body, "key"), err);
	if (r == 0)
		r = nft_need(rule, nft_member(body, "data"), err);
	set = firewall_model_find_set(rule->model, rule->family, rule->table, slice_sub(name, 1, name.len));
	if (set)
		firewall_model_list(rule->model, set->list)->changes = true;
	if (r == 0 && cJSON_IsObject(stmts))
		return nft_read_statement(rule, stmts, err);
	cJSON_ArrayForEach(inner, stmts) {
		if (r == 0)
			r = nft_read_statement(rule, inner, err);
	}
	return r;
}

/* A condition for one element of a map whose key nobody knows. */
static int add_chance(struct nft_rule *rule, const cJSON *key, const cJSON *value, uint32_t *ret_literal, struct error *err)
{
	struct buf text, opposite;
	int        r;

	buf_init(&text, LIMIT_REPORT_TEXT);
	buf_init(&opposite, LIMIT_REPORT_TEXT);
	r = nft_describe(&text, key->child, NULL);
	if (r == 0 && cJSON_IsNumber(value))
		r = buf_printf(&text, NULL, " is %.0f", value->valuedouble);
	else if (r == 0 && cJSON_IsString(value))
		r = buf_printf(&text, NULL, " is %s", value->valuestring);
	if (r == 0)
		r = buf_printf(&opposite, NULL, "not: %s", buf_text(&text));
	r = r == ERR_NOMEM ? error_nomem(err) : firewall_model_literal(rule->model, FIREWALL_CHANCE, buf_slice(&text), buf_slice(&opposite), ret_literal, err);
	buf_free(&text);
	buf_free(&opposite);
	return r;
}

/* Whether there is an element for every number that may be drawn. */
static bool has_all_numbers(const cJSON *key, const cJSON *elements)
{
	const cJSON *mod = nft_member(nft_member(key, "numgen"), "mod");

	return cJSON_IsNumber(mod) && mod->valuedouble == cJSON_GetArraySize(elements);
}

/* A map whose key is nothing the model has: any of its verdicts may be the one. */
static int read_choice(struct nft_rule *rule, const cJSON *key, const cJSON *elements, struct error *err)
{
	struct firewall_op op = { .kind = FIREWALL_CHOICE, .target = (uint32_t)rule->model->literals.count, .has = has_all_numbers(key, elements) };
	const cJSON       *pair;
	uint32_t           literal, chain;
	int                r = firewall_model_add_list(rule->model, 0, 1, &op.list, err);

	cJSON_ArrayForEach(pair, elements) {
		const enum firewall_kind    kind = nft_read_verdict(rule, cJSON_GetArrayItem(pair, 1), &chain);
		const struct firewall_range verdict = firewall_verdict_of(kind, chain);

		if (kind == FIREWALL_UNDECIDED)
			return undecided(rule, "vmap", err);
		if (r == 0)
			r = add_chance(rule, key, cJSON_GetArrayItem(pair, 0), &literal, err);
		if (r == 0)
			r = firewall_model_add_element(rule->model, op.list, &verdict, err);
	}
	return r < 0 ? r : firewall_model_add_op(rule->model, &op, err);
}

static int read_vmap(struct nft_rule *rule, const cJSON *statement, struct error *err)
{
	static const struct nft_data verdicts = { .verdicts = true };
	const cJSON                 *key = nft_member(statement->child, "key"), *data = nft_member(statement->child, "data");
	struct firewall_op           op = { .kind = FIREWALL_MAP, .list = FIREWALL_NONE };
	struct nft_key               keys[FIREWALL_KEYS];
	struct firewall_key          plain[FIREWALL_KEYS];
	size_t                       nkeys;
	bool                         known;
	int                          r = nft_read_keys(rule, key, keys, &nkeys, &known, err);

	if (r == 0 && known && nkeys > 0)
		r = nft_read_set(rule, keys, nkeys, &verdicts, data, &op.list, err);
	if (r < 0)
		return r;
	if (op.list == FIREWALL_NONE && !known && nft_member(data, "set") && key && key->child)
		return read_choice(rule, key, nft_member(data, "set"), err);
	if (op.list == FIREWALL_NONE)
		return undecided(rule, "vmap", err);
	for (size_t i = 0; i < nkeys; i++)
		plain[i] = keys[i].key;
	op.nkeys = (unsigned char)nkeys;
	r = firewall_model_add_keys(rule->model, plain, nkeys, &op.keys, err);
	return r < 0 ? r : firewall_model_add_op(rule->model, &op, err);
}

/* A mark as what becomes of the old one and of the other kind: (old & keep) ^ (other & take) ^ set. */
struct mark {
	uint32_t keep, take, set;
};

static bool read_mark(const cJSON *value, bool of_ct, struct mark *ret_mark)
{
	static const char *const operators[] = { "&", "|", "^" };
	const bool               is_ct = nft_is(nft_member(nft_member(value, "ct"), "key"), "mark");

	if (cJSON_IsNumber(value) && value->valuedouble >= 0 && value->valuedouble <= UINT32_MAX) {
		*ret_mark = (struct mark){ .set = (uint32_t)value->valuedouble };
		return true;
	}
	if (is_ct || nft_is(nft_member(nft_member(value, "meta"), "key"), "mark")) {
		*ret_mark = is_ct == of_ct ? (struct mark){ .keep = UINT32_MAX } : (struct mark){ .take = UINT32_MAX };
		return true;
	}
	for (size_t i = 0; i < countof(operators); i++) {
		const cJSON *pair = nft_member(value, operators[i]), *part;

		if (!pair || !read_mark(pair->child, of_ct, ret_mark))
			continue;
		for (part = pair->child->next; part; part = part->next) {
			const uint32_t n = cJSON_IsNumber(part) ? (uint32_t)part->valuedouble : 0;
			const uint32_t mask = i == 0 ? n : i == 1 ? ~n
			                                          : UINT32_MAX;

			if (!cJSON_IsNumber(part) || part->valuedouble < 0 || part->valuedouble > UINT32_MAX)
				return false;
			*ret_mark = (struct mark){ ret_mark->keep & mask, ret_mark->take & mask, (ret_mark->set & mask) ^ (i == 0 ? 0 : n) };
		}
		return true;
	}
	return false;
}

/* A header field that is changed matters when rules and sockets look at it. */
static bool is_changed_address(const cJSON *key)
{
	const enum firewall_field field = nft_read_key(key).key.field;

	return nft_member(key, "payload") && (field == FIREWALL_FIELD_UNKNOWN ? nft_member(nft_member(key, "payload"), "base") != NULL : true);
}

static int read_mangle(struct nft_rule *rule, const cJSON *statement, struct error *err)
{
	const cJSON              *key = nft_member(statement->child, "key"), *value = nft_member(statement->child, "value");
	const enum firewall_field field = nft_read_key(key).key.field;
	const bool                of_ct = field == FIREWALL_CT_MARK;
	struct firewall_op        op = { .kind = of_ct ? FIREWALL_SET_CT_MARK : FIREWALL_SET_MARK };
	struct mark               mark = { 0 };
	/* What is changed of a connection that there is none of is not changed, and the rule goes on. */
	int r = nft_member(key, "ct") ? 0 : nft_need(rule, key, err);

	if (r == 0)
		r = nft_need(rule, value, err);
	if (r < 0)
		return r;
	if (is_changed_address(key))
		return undecided(rule, "a change to addresses or ports", err);
	if (field != FIREWALL_MARK && field != FIREWALL_CT_MARK)
		return 0;
	if (!read_mark(value, of_ct, &mark))
		op.kind = of_ct ? FIREWALL_LOSE_CT_MARK : FIREWALL_LOSE_MARK;
	op.keep = mark.keep;
	op.take = mark.take;
	op.set = mark.set;
	return firewall_model_add_op(rule->model, &op, err);
}

/* The parts of a destination as data of a map: an address, a port, or both. */
static const enum nft_class destination[] = { NFT_ADDRESS, NFT_NUMBER };

/* A destination looked up in a map. */
static int read_dnat_map(struct nft_rule *rule, const cJSON *map, struct firewall_op *op, struct error *err)
{
	struct nft_data     data = { .count = op->has == (FIREWALL_HAS_ADDRESS | FIREWALL_HAS_PORT) ? 2 : 1 };
	struct nft_key      keys[FIREWALL_KEYS];
	struct firewall_key plain[FIREWALL_KEYS];
	size_t              nkeys;
	bool                known;
	int                 r = nft_read_keys(rule, nft_member(map, "key"), keys, &nkeys, &known, err);

	for (unsigned i = 0; i < data.count; i++)
		data.classes[i] = destination[op->has == FIREWALL_HAS_PORT ? 1 : i];
	if (r == 0 && known && nkeys > 0)
		r = nft_read_set(rule, keys, nkeys, &data, nft_member(map, "data"), &op->list, err);
	if (r < 0)
		return r;
	if (op->list == FIREWALL_NONE)
		return undecided(rule, "dnat to a map", err);
	for (size_t i = 0; i < nkeys; i++)
		plain[i] = keys[i].key;
	op->nkeys = (unsigned char)nkeys;
	r = firewall_model_add_keys(rule->model, plain, nkeys, &op->keys, err);
	return r < 0 ? r : firewall_model_add_op(rule->model, op, err);
}

/* Whether the data of a map is an address and a port together. */
static bool map_has_both(struct nft_rule *rule, const cJSON *map)
{
	const cJSON               *data = nft_member(map, "data"), *first = cJSON_GetArrayItem(nft_member(data, "set"), 0);
	const struct firewall_set *named;

	if (first)
		return nft_member(cJSON_GetArrayItem(first, 1), "concat") != NULL;
	named = cJSON_IsString(data) ? firewall_model_find_set(rule->model, rule->family, rule->table, slice_of(data->valuestring + (data->valuestring[0] == '@'))) : NULL;
	return named && firewall_model_list(rule->model, named->list)->data == 2;
}

static int read_dnat(struct nft_rule *rule, const cJSON *statement, struct error *err)
{
	const cJSON          *body = statement->child, *address = nft_member(body, "addr"), *port = nft_member(body, "port");
	const cJSON          *map = nft_member(address, "map") ? nft_member(address, "map") : nft_member(port, "map");
	struct firewall_op    op = { .kind = FIREWALL_DNAT, .list = FIREWALL_NONE };
	struct firewall_range ranges[2] = { 0 };
	bool                  known = true;
	int                   r = 0;

	op.has = (unsigned char)((address ? FIREWALL_HAS_ADDRESS : 0) | (port ? FIREWALL_HAS_PORT : 0));
	if (map && !(address && port)) {
		if (map_has_both(rule, map))
			op.has = FIREWALL_HAS_ADDRESS | FIREWALL_HAS_PORT;
		return read_dnat_map(rule, map, &op, err);
	}
	if (map || nft_member(nft_member(body, "flags"), "netmap") || nft_is(nft_member(body, "type_flags"), "prefix"))
		return undecided(rule, "dnat", err);
	if (address)
		r = nft_read_value(rule->model, NFT_ADDRESS, address, &ranges[0], &known, err);
	if (r == 0 && known && port)
		r = nft_read_value(rule->model, NFT_NUMBER, port, &ranges[1], &known, err);
	if (r == 0 && !known)
		return undecided(rule, "dnat", err);
	if (r == 0)
		r = firewall_model_add_list(rule->model, 0, 2, &op.list, err);
	if (r == 0)
		r = firewall_model_add_element(rule->model, op.list, ranges, err);
	return r < 0 ? r : firewall_model_add_op(rule->model, &op, err);
}

static int read_redirect(struct nft_rule *rule, const cJSON *statement, struct error *err)
{
	const cJSON       *port = nft_member(statement->child, "port");
	struct firewall_op op = { .kind = FIREWALL_REDIRECT };

	if (port && !cJSON_IsNumber(port))
		return undecided(rule, "redirect to several ports", err);
	if (port && port->valuedouble > 0 && port->valuedouble < 65536)
		op.target = (uint32_t)port->valuedouble;
	return firewall_model_add_op(rule->model, &op, err);
}

/* An extension of iptables: what nft cannot translate it does not explain. Targets that decide nothing are known by name. */
static int read_extension(struct nft_rule *rule, const cJSON *statement, struct error *err)
{
	static const char *const harmless[] = { "LOG", "NFLOG", "MARK", "CONNMARK", "CT", "AUDIT", "TRACE", "comment" };
	const cJSON             *body = statement->child;
	char                     text[100], name[60];

	for (size_t i = 0; i < countof(harmless); i++)
		if (nft_is(nft_member(body, "name"), harmless[i]))
			return strstr(harmless[i], "MARK") ? add(rule, FIREWALL_LOSE_MARK, err) : 0;
	text_clean_into(name, sizeof(name), nft_text(body, "name"));
	snprintf(text, sizeof(text), "xt %s", name);
	if (nft_is(nft_member(body, "type"), "match"))
		return firewall_model_condition(rule->model, FIREWALL_STRANGE, slice_of(text), slice_of(text), false, err);
	return undecided(rule, text, err);
}

static int read_match(struct nft_rule *rule, const cJSON *statement, struct error *err)
{
	return nft_read_match(rule, statement->child, err);
}

static const struct {
	const char *name;
	int (*read)(struct nft_rule *rule, const cJSON *statement, struct error *err);
} statements[] = {
	{ "match", read_match },
	{ "vmap", read_vmap },
	{ "accept", read_verdict },
	{ "drop", read_verdict },
	{ "return", read_verdict },
	{ "jump", read_verdict },
	{ "goto", read_verdict },
	{ "continue", read_nothing },
	{ "reject", read_reject },
	{ "counter", read_nothing },
	{ "log", read_log },
	{ "mangle", read_mangle },
	{ "notrack", read_notrack },
	{ "ct helper", read_nothing },
	{ "ct timeout", read_nothing },
	{ "ct expectation", read_nothing },
	{ "dup", read_nothing },
	{ "flow", read_nothing },
	{ "secmark", read_nothing },
	{ "last", read_nothing },
	{ "limit", read_limit },
	{ "quota", read_quota },
	{ "ct count", read_ct_count },
	{ "set", read_update },
	{ "map", read_update },
	{ "meter", read_update },
	{ "dnat", read_dnat },
	{ "redirect", read_redirect },
	{ "snat", read_snat },
	{ "masquerade", read_snat },
	{ "queue", read_elsewhere },
	{ "synproxy", read_elsewhere },
	{ "tproxy", read_elsewhere },
	{ "fwd", read_elsewhere },
	{ "xt", read_extension },
};

int nft_read_statement(struct nft_rule *rule, const cJSON *statement, struct error *err)
{
	const char *name = statement->child && statement->child->string ? statement->child->string : "";
	char        construct[80];

	for (size_t i = 0; i < countof(statements); i++)
		if (strcmp(name, statements[i].name) == 0)
			return statements[i].read(rule, statement, err);
	text_clean_into(construct, sizeof(construct), slice_of(name[0] ? name : "a statement without a name"));
	return undecided(rule, construct, err);
}

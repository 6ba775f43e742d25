#include "firewall_nft_private.h"

#include "limit.h"

enum firewall_kind nft_read_verdict(const struct nft_rule *rule, const cJSON *verdict, uint32_t *ret_chain)
{
	static const struct {
		const char        *name;
		enum firewall_kind kind;
	} kinds[] = {
		{ "accept", FIREWALL_ACCEPT },
		{ "drop", FIREWALL_DROP },
		{ "return", FIREWALL_RETURN },
		{ "continue", FIREWALL_CONTINUE },
		{ "jump", FIREWALL_JUMP },
		{ "goto", FIREWALL_GOTO },
	};
	const cJSON *body = verdict ? verdict->child : NULL;

	*ret_chain = FIREWALL_NONE;
	for (size_t i = 0; body && body->string && i < countof(kinds); i++) {
		if (strcmp(body->string, kinds[i].name) != 0)
			continue;
		if (kinds[i].kind != FIREWALL_JUMP && kinds[i].kind != FIREWALL_GOTO)
			return kinds[i].kind;
		*ret_chain = firewall_model_find_chain(rule->model, false, rule->family, rule->table, nft_text(body, "target"));
		return *ret_chain == FIREWALL_NONE ? FIREWALL_UNDECIDED : kinds[i].kind;
	}
	return FIREWALL_UNDECIDED;
}

/* The part of a concatenation that belongs to component `i`; NULL when there are fewer. */
static const cJSON *component(const cJSON *value, size_t width, size_t i)
{
	const cJSON *element = nft_member(nft_member(value, "elem"), "val"), *concat;

	value = element ? element : value;
	if (nft_is(value, "*"))
		return value;
	concat = nft_member(value, "concat");
	if (!concat)
		return width == 1 && i == 0 ? value : NULL;
	return cJSON_GetArraySize(concat) == (int)width ? cJSON_GetArrayItem(concat, (int)i) : NULL;
}

static int read_components(struct nft_rule *rule, const enum nft_class *classes, size_t width, const cJSON *value, struct firewall_range *ret_ranges,
                           bool *ret_known, struct error *err)
{
	int r = 0;

	*ret_known = true;
	for (size_t i = 0; r == 0 && *ret_known && i < width; i++) {
		const cJSON *part = component(value, width, i);

		if (!part)
			*ret_known = false;
		else
			r = nft_read_value(rule->model, classes[i], part, &ret_ranges[i], ret_known, err);
	}
	return r;
}

/* What follows a map's key: a verdict, or values. */
static int read_data(struct nft_rule *rule, const struct nft_data *data, const cJSON *value, struct firewall_range *ret_ranges, bool *ret_known,
                     struct error *err)
{
	enum firewall_kind kind;
	uint32_t           chain;

	if (!data->verdicts)
		return read_components(rule, data->classes, data->count, value, ret_ranges, ret_known, err);
	kind = nft_read_verdict(rule, value, &chain);
	*ret_known = kind != FIREWALL_UNDECIDED;
	ret_ranges[0] = firewall_verdict_of(kind, chain);
	return 0;
}

static unsigned data_width(const struct nft_data *data)
{
	if (!data)
		return 0;
	return data->verdicts ? 1 : data->count;
}

/* One element; what is not understood makes the list opaque. */
static int read_element(struct nft_rule *rule, const enum nft_class *classes, size_t width, const struct nft_data *data, const cJSON *item,
                        uint32_t list, struct error *err)
{
	struct firewall_range ranges[FIREWALL_KEYS + 2];
	const cJSON          *key = data ? cJSON_GetArrayItem(item, 0) : item;
	bool                  known = false;
	int                   r = read_components(rule, classes, width, key, ranges, &known, err);

	if (r == 0 && known && data)
		r = read_data(rule, data, cJSON_GetArrayItem(item, 1), ranges + width, &known, err);
	if (r == 0 && !known)
		firewall_model_list(rule->model, list)->opaque = true;
	return r < 0 || !known ? r : firewall_model_add_element(rule->model, list, ranges, err);
}

/* The element that stands for all others is asked last. */
static bool is_catchall(const cJSON *item, const struct nft_data *data, enum nft_class class)
{
	const cJSON *key = data ? cJSON_GetArrayItem(item, 0) : item, *element = nft_member(nft_member(key, "elem"), "val");

	return class != NFT_NAME && nft_is(element ? element : key, "*");
}

int nft_read_elements(struct nft_rule *rule, const enum nft_class *classes, size_t width, const struct nft_data *data, const cJSON *elements,
                      uint32_t *ret_list, struct error *err)
{
	const cJSON *item;
	int          r = firewall_model_add_list(rule->model, (unsigned)width, data_width(data), ret_list, err);

	if (r == 0)
		firewall_model_list(rule->model, *ret_list)->verdicts = data && data->verdicts;
	for (int last = 0; last < 2; last++) {
		cJSON_ArrayForEach(item, elements) {
			if (r == 0 && is_catchall(item, data, classes[0]) == (last == 1))
				r = read_element(rule, classes, width, data, item, *ret_list, err);
		}
	}
	return r;
}

int nft_read_set(struct nft_rule *rule, const struct nft_key *keys, size_t nkeys, const struct nft_data *data, const cJSON *set, uint32_t *ret_list,
                 struct error *err)
{
	enum nft_class             classes[FIREWALL_KEYS];
	const struct firewall_set *named;
	const cJSON               *elements = nft_member(set, "set");

	*ret_list = FIREWALL_NONE;
	for (size_t i = 0; i < nkeys; i++)
		classes[i] = keys[i].class;
	if (elements)
		return nft_read_elements(rule, classes, nkeys, data, elements, ret_list, err);
	if (!cJSON_IsString(set) || set->valuestring[0] != '@')
		return 0;
	named = firewall_model_find_set(rule->model, rule->family, rule->table, slice_of(set->valuestring + 1));
	if (named) {
		const struct firewall_list *list = firewall_model_list(rule->model, named->list);

		if (list->width == nkeys && list->data == data_width(data) && list->verdicts == (data && data->verdicts))
			*ret_list = named->list;
	}
	return 0;
}

/* Names of members that say no more than their place does. */
static bool is_silent(const char *name)
{
	static const char *const names[] = { "payload", "key", "field", "protocol", "match", "left", "right", "set", "concat", "elem", "val", "prefix",
		                             "addr", "range", "flags", "name", "result" };

	for (size_t i = 0; i < countof(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

int nft_describe(struct buf *out, const cJSON *value, struct error *err)
{
	int r = 0;

	for (; value && r == 0; value = value->next) {
		if (value->string && !is_silent(value->string) && !cJSON_IsNull(value))
			r = buf_printf(out, err, "%s%s", out->len ? " " : "", strcmp(value->string, "op") == 0 ? "" : value->string);
		if (r == 0 && cJSON_IsString(value) && !(value->string && strcmp(value->string, "op") == 0 && strcmp(value->valuestring, "==") == 0))
			r = buf_printf(out, err, "%s%s", out->len ? " " : "", value->valuestring);
		else if (r == 0 && cJSON_IsNumber(value))
			r = buf_printf(out, err, "%s%.0f", out->len ? " " : "", value->valuedouble);
		else if (r == 0 && cJSON_IsBool(value))
			r = buf_append_text(out, cJSON_IsTrue(value) ? " exists" : " missing", err);
		if (r == 0)
			r = nft_describe(out, value->child, err);
	}
	return r;
}

static void init_text(struct buf *text)
{
	buf_init(text, LIMIT_REPORT_TEXT);
}

/* A condition in nft's words. A description that is too long is cut. */
static int add_condition(struct nft_rule *rule, enum firewall_literal_kind kind, const cJSON *left, const cJSON *right, bool negated,
                         struct error *err)
{
	struct buf text, opposite;
	int        r;

	init_text(&text);
	init_text(&opposite);
	r = nft_describe(&text, left->child, NULL);
	if (r == 0 && cJSON_IsObject(right))
		r = nft_describe(&text, right->child, NULL);
	else if (r == 0 && right)
		r = buf_printf(&text, NULL, " %s", cJSON_IsString(right) ? right->valuestring : "");
	if (r == 0 && cJSON_IsNumber(right))
		r = buf_printf(&text, NULL, "%.0f", right->valuedouble);
	if (r == 0)
		r = buf_printf(&opposite, NULL, "not: %s", buf_text(&text));
	r = r == ERR_NOMEM ? error_nomem(err) : firewall_model_condition(rule->model, kind, buf_slice(&text), buf_slice(&opposite), negated, err);
	buf_free(&text);
	buf_free(&opposite);
	return r;
}

/* Whether there is a way back to where a packet came from: so for every packet that is what it seems to be. */
static bool is_way_back(const cJSON *left)
{
	const cJSON *fib = nft_member(left, "fib"), *flags = nft_member(fib, "flags"), *flag;
	bool         source = nft_is(flags, "saddr");

	cJSON_ArrayForEach(flag, flags) {
		source = source || nft_is(flag, "saddr");
	}
	return source && (nft_is(nft_member(fib, "result"), "oif") || nft_is(nft_member(fib, "result"), "oifname"));
}

static int read_way_back(struct nft_rule *rule, const cJSON *right, bool negated, bool *ret_done, struct error *err)
{
	const bool missing = cJSON_IsFalse(right) || (cJSON_IsNumber(right) && right->valuedouble == 0);

	*ret_done = missing || cJSON_IsTrue(right);
	if (!*ret_done)
		return 0;
	return firewall_model_condition(rule->model, FIREWALL_ASSUMED, slice_of("the source is routed to where the packet came from"),
	                                slice_of("the source is not routed to where the packet came from"), missing != negated, err);
}

/* A test of bits: any of them for `in`, none of them for `!`. Other comparisons are of the whole value. */
static int read_bit_test(struct nft_rule *rule, struct nft_key key, const cJSON *right, bool negated, bool any, bool *ret_done, struct error *err)
{
	struct firewall_range range = { { 0, 1 }, { 0, UINT32_MAX } };
	const cJSON          *list = cJSON_IsArray(right) ? right : nft_member(right, "|"), *item;
	uint64_t              bits = 0;
	bool                  known = true;
	int                   r = 0;

	cJSON_ArrayForEach(item, list) {
		struct firewall_range one = { 0 };

		if (r == 0 && known)
			r = nft_read_value(rule->model, key.class, item, &one, &known, err);
		bits |= one.low.lo;
	}
	if (!list) {
		struct firewall_range one = { 0 };

		r = nft_read_value(rule->model, key.class, right, &one, &known, err);
		bits = one.low.lo;
		known = known && firewall_range_is_one(one);
	}
	*ret_done = r == 0 && known && (key.key.mask == 0 || !any);
	if (!*ret_done)
		return r;
	if (any)
		key.key.mask = (uint32_t)bits;
	else
		range = (struct firewall_range){ firewall_number_of(bits), firewall_number_of(bits) };
	if (any && bits == 0)
		range.low.lo = range.high.lo = 1; /* no bit is never set */
	return firewall_model_match(rule->model, key.key, range, negated, err);
}

static bool has_bits(enum nft_class class)
{
	return class == NFT_STATE || class == NFT_STATUS || class == NFT_FLAGS;
}

/* One key against one value. */
static int read_single(struct nft_rule *rule, struct nft_key key, const cJSON *op, const cJSON *right, bool *ret_done, struct error *err)
{
	struct firewall_range range;
	const bool            negated = nft_is(op, "!=") || nft_is(op, "!");
	int                   r;

	if (has_bits(key.class) && !nft_member(right, "range"))
		return read_bit_test(rule, key, right, negated, nft_is(op, "in") || nft_is(op, "!"), ret_done, err);
	r = nft_read_value(rule->model, key.class, right, &range, ret_done, err);
	if (r < 0 || !*ret_done)
		return r;
	if (nft_is(op, "<") || nft_is(op, "<="))
		range.low = firewall_number_of(0), range.high.lo -= nft_is(op, "<") && range.high.lo > 0;
	else if (nft_is(op, ">") || nft_is(op, ">="))
		range.low.lo += nft_is(op, ">"), range.high = (struct firewall_number){ UINT64_MAX, UINT64_MAX };
	else if (!nft_is(op, "==") && !nft_is(op, "in") && !negated)
		*ret_done = false;
	return *ret_done ? firewall_model_match(rule->model, key.key, range, negated, err) : 0;
}

int nft_read_match(struct nft_rule *rule, const cJSON *match, struct error *err)
{
	const cJSON        *left = nft_member(match, "left"), *right = nft_member(match, "right"), *op = nft_member(match, "op");
	const bool          negated = nft_is(op, "!=") || nft_is(op, "!");
	struct nft_key      keys[FIREWALL_KEYS];
	struct firewall_key plain[FIREWALL_KEYS];
	size_t              nkeys;
	uint32_t            list = FIREWALL_NONE;
	bool                known, done = false;
	int                 r = nft_read_keys(rule, left, keys, &nkeys, &known, err);

	if (r == 0 && is_way_back(left))
		r = read_way_back(rule, right, negated, &done, err);
	if (r < 0 || done)
		return r;
	if (known && nkeys > 0)
		r = nft_read_set(rule, keys, nkeys, NULL, right, &list, err);
	if (r == 0 && list != FIREWALL_NONE) {
		for (size_t i = 0; i < nkeys; i++)
			plain[i] = keys[i].key;
		return firewall_model_match_list(rule->model, plain, nkeys, list, negated, err);
	}
	if (r == 0 && known && nkeys == 1 && !(cJSON_IsString(right) && right->valuestring[0] == '@'))
		r = read_single(rule, keys[0], op, right, &done, err);
	if (r < 0 || done)
		return r;
	return left && left->child ? add_condition(rule, nft_member(left, "numgen") ? FIREWALL_CHANCE : FIREWALL_OTHER, left, right, negated, err)
	                           : firewall_model_condition(rule->model, FIREWALL_STRANGE, slice_of("a match that is not understood"), slice_of(""), negated, err);
}

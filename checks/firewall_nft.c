#include "firewall_nft_private.h"

#include "text.h"

struct slice nft_text(const cJSON *object, const char *name)
{
	return slice_of(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name)));
}

const cJSON *nft_member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

bool nft_is(const cJSON *value, const char *text)
{
	return slice_is(slice_of(cJSON_GetStringValue(value)), text);
}

/* What is being read. */
struct reader {
	struct firewall_model             *model;
	const struct firewall_nft_context *context;
	struct firewall_nft_seen           seen;
};

/*
 * The next item of the outermost list, without parsing it: a ruleset of fifty thousand rules as one tree takes a hundred megabytes. False at
 * the end of the list; *ret_item is empty then unless the list breaks off.
 */
static bool next_item(struct slice *rest, struct slice *ret_item)
{
	size_t depth = 0, i = 0;
	bool   quoted = false;

	while (rest->len > 0 && (rest->ptr[0] == ',' || isspace((unsigned char)rest->ptr[0])))
		*rest = slice_sub(*rest, 1, rest->len);
	for (; i < rest->len; i++) {
		const char c = rest->ptr[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '['))
			depth++;
		else if (!quoted && (c == '}' || c == ']') && (depth == 0 || --depth == 0))
			break;
	}
	if (i >= rest->len || rest->ptr[0] != '{') {
		*ret_item = i >= rest->len ? *rest : (struct slice){ 0 };
		return false;
	}
	*ret_item = slice_sub(*rest, 0, i + 1);
	*rest = slice_sub(*rest, i + 1, rest->len);
	return true;
}

/* The name of an item's only member: {"rule": … */
static struct slice item_kind(struct slice item)
{
	struct slice part, kind = { 0 };

	if (slice_next(&item, '"', &part) && slice_next(&item, '"', &kind))
		return kind;
	return (struct slice){ 0 };
}

static unsigned families_of(struct slice family)
{
	static const struct {
		const char *name;
		unsigned    families;
	} known[] = {
		{ "inet", FIREWALL_BOTH },
		{ "ip", FIREWALL_IPV4 },
		{ "ip6", FIREWALL_IPV6 },
		{ "netdev", FIREWALL_BOTH },
	};

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

/* Whether iptables-save told of the table: "*filter" on a line of its own. */
static bool is_saved(const struct reader *reader, struct slice family, struct slice table)
{
	struct slice text = { 0 }, line;

	if (slice_is(family, "ip"))
		text = reader->context->saved[0];
	else if (slice_is(family, "ip6"))
		text = reader->context->saved[1];
	while (slice_next_line(&text, &line, NULL))
		if (line.len > 1 && line.ptr[0] == '*' && slice_equal(slice_trim(slice_sub(line, 1, line.len)), table))
			return true;
	return false;
}

/* The devices of a chain on the hook ingress; *ret_list stays FIREWALL_NONE when they are not told. */
static int read_devices(struct reader *reader, const cJSON *chain, uint32_t *ret_list, struct error *err)
{
	static const enum nft_class names[] = { NFT_NAME };
	const cJSON                *dev = nft_member(chain, "dev");
	struct nft_rule             rule = { .model = reader->model };
	cJSON                      *list;
	int                         r;

	*ret_list = FIREWALL_NONE;
	if (!dev || cJSON_IsArray(dev))
		return dev ? nft_read_elements(&rule, names, 1, NULL, dev, ret_list, err) : 0;
	list = cJSON_CreateArray();
	if (!list || !cJSON_AddItemReferenceToArray(list, cJSON_GetObjectItemCaseSensitive(chain, "dev")))
		r = error_nomem(err);
	else
		r = nft_read_elements(&rule, names, 1, NULL, list, ret_list, err);
	cJSON_Delete(list);
	return r;
}

static enum firewall_hook hook_of(struct slice hook)
{
	static const struct {
		const char        *name;
		enum firewall_hook hook;
	} hooks[] = {
		{ "ingress", FIREWALL_INGRESS },
		{ "prerouting", FIREWALL_PREROUTING },
		{ "input", FIREWALL_INPUT },
		{ "forward", FIREWALL_FORWARD },
		{ "postrouting", FIREWALL_POSTROUTING },
		{ "output", FIREWALL_OUTPUT },
	};

	for (size_t i = 0; i < countof(hooks); i++)
		if (slice_is(hook, hooks[i].name))
			return hooks[i].hook;
	return FIREWALL_HOOK_NONE;
}

static int read_chain(struct reader *reader, const cJSON *chain, struct error *err)
{
	struct firewall_chain c = {
		.backend = slice_of(""),
		.family = nft_text(chain, "family"),
		.table = nft_text(chain, "table"),
		.name = nft_text(chain, "name"),
		.policy = FIREWALL_ACCEPT,
		.devices = FIREWALL_NONE,
		.nat = slice_is(nft_text(chain, "type"), "nat"),
	};
	const struct slice policy = nft_text(chain, "policy");
	const cJSON       *priority = nft_member(chain, "prio");
	bool               dormant = true;
	uint32_t           number;
	int                r;

	if (c.name.len == 0 || c.table.len == 0 || c.family.len == 0)
		return error_set(err, ERR_SYNTAX, "nft lists a chain without a name");
	if (is_saved(reader, c.family, c.table))
		return 0;
	r = find_table(reader->context->tables, c.family, c.table, &dormant, err);
	if (r < 0)
		return r;
	c.families = families_of(c.family);
	c.hook = dormant || c.families == 0 ? FIREWALL_HOOK_NONE : hook_of(nft_text(chain, "hook"));
	if (cJSON_IsNumber(priority) && priority->valuedouble > INT_MIN && priority->valuedouble < INT_MAX)
		c.priority = (int)priority->valuedouble;
	if (slice_is(policy, "drop"))
		c.policy = FIREWALL_DROP;
	else if (c.hook != FIREWALL_HOOK_NONE && !slice_is(policy, "accept"))
		c.policy = FIREWALL_UNDECIDED;
	if (c.hook == FIREWALL_INGRESS)
		r = read_devices(reader, chain, &c.devices, err);
	return r < 0 ? r : firewall_model_add_chain(reader->model, &c, &number, err);
}

static bool is_of_iptables(struct slice family, struct slice table)
{
	static const char *const names[] = { "filter", "nat", "mangle", "raw", "security" };

	for (size_t i = 0; i < countof(names); i++)
		if (slice_is(table, names[i]))
			return slice_is(family, "ip") || slice_is(family, "ip6");
	return false;
}

static int read_table(struct reader *reader, const cJSON *table, struct error *err)
{
	const struct slice family = nft_text(table, "family"), name = nft_text(table, "name");

	(void)err;
	reader->seen.tables = true;
	reader->seen.firewalld = reader->seen.firewalld || slice_is(name, "firewalld");
	reader->seen.bridge = reader->seen.bridge || slice_is(family, "bridge");
	if (is_of_iptables(family, name))
		reader->seen.translated = true;
	else
		reader->seen.native = true;
	return 0;
}

/* The classes of a set's type: one name, or a list of them. */
static size_t classes_of(const cJSON *type, enum nft_class *classes)
{
	const cJSON *one;
	size_t       count = 0;

	if (cJSON_IsString(type))
		classes[count++] = nft_class_of(slice_of(type->valuestring));
	cJSON_ArrayForEach(one, (cJSON_IsArray(type) ? type : NULL)) {
		if (count == FIREWALL_KEYS)
			return 0;
		classes[count++] = nft_class_of(slice_of(cJSON_GetStringValue(one)));
	}
	return count;
}

/* A named set or map. One whose type is not understood is not added: whoever asks it will not find it. */
static int read_set(struct reader *reader, const cJSON *body, struct error *err)
{
	struct firewall_set set = { .family = nft_text(body, "family"), .table = nft_text(body, "table"), .name = nft_text(body, "name") };
	struct nft_rule     rule = { .model = reader->model, .family = set.family, .table = set.table };
	const cJSON        *map = nft_member(body, "map");
	enum nft_class      classes[FIREWALL_KEYS], values[FIREWALL_KEYS];
	struct nft_data     data = { .verdicts = nft_is(map, "verdict") };
	const size_t        width = classes_of(nft_member(body, "type"), classes), ndata = data.verdicts ? 0 : classes_of(map, values);
	int                 r;

	if (width == 0 || set.name.len == 0 || (map && !data.verdicts && (ndata == 0 || ndata > countof(data.classes))))
		return 0;
	data.count = (unsigned)ndata;
	for (size_t i = 0; i < ndata; i++)
		data.classes[i] = values[i];
	r = nft_read_elements(&rule, classes, width, map ? &data : NULL, nft_member(body, "elem"), &set.list, err);
	return r < 0 ? r : firewall_model_add_set(reader->model, &set, err);
}

static int read_rule(struct reader *reader, const cJSON *body, struct error *err)
{
	struct nft_rule rule = { .model = reader->model, .family = nft_text(body, "family"), .table = nft_text(body, "table") };
	const uint32_t  chain = firewall_model_find_chain(reader->model, false, rule.family, rule.table, nft_text(body, "chain"));
	const cJSON    *handle = nft_member(body, "handle"), *statement;
	int             r;

	if (chain == FIREWALL_NONE)
		return is_saved(reader, rule.family, rule.table) ? 0 : error_set(err, ERR_SYNTAX, "nft lists a rule of a chain that it does not list");
	r = firewall_model_add_rule(reader->model, chain, cJSON_IsNumber(handle) ? (uint32_t)handle->valueint : 0, err);
	cJSON_ArrayForEach(statement, nft_member(body, "expr")) {
		if (r == 0)
			r = nft_read_statement(&rule, statement, err);
	}
	return r;
}

/* Rules name sets and chains, and maps name chains: what is named comes first. */
static const struct pass {
	const char *kinds[2];
	int (*read)(struct reader *reader, const cJSON *body, struct error *err);
} passes[] = {
	{ { "table", NULL }, read_table },
	{ { "chain", NULL }, read_chain },
	{ { "set", "map" }, read_set },
	{ { "rule", NULL }, read_rule },
};

static int read_item(struct reader *reader, const struct pass *pass, struct slice item, struct error *err)
{
	const struct slice kind = item_kind(item);
	cJSON             *root;
	int                r;

	if (!slice_is(kind, pass->kinds[0]) && !(pass->kinds[1] && slice_is(kind, pass->kinds[1])))
		return 0;
	root = cJSON_ParseWithLength(item.ptr, item.len);
	if (!root || !cJSON_IsObject(root->child))
		r = error_set(err, ERR_SYNTAX, "what nft -j printed is not JSON");
	else
		r = pass->read(reader, root->child, err);
	cJSON_Delete(root);
	return r;
}

/* `{"nftables": [` is taken off the front. */
static bool take_head(struct slice *json)
{
	struct slice part;

	*json = slice_trim(*json);
	if (json->len == 0 || json->ptr[0] != '{' || !slice_next(json, '[', &part))
		return false;
	part = slice_trim(slice_sub(part, 1, part.len));
	return slice_has_prefix(part, "\"nftables\"");
}

int firewall_nft_parse(struct firewall_model *model, struct slice json, const struct firewall_nft_context *context,
                       struct firewall_nft_seen *ret_seen, struct error *err)
{
	struct reader reader = { .model = model, .context = context };
	struct slice  rest, item;
	int           r = 0;

	if (!take_head(&json) || (rest = json, !next_item(&rest, &item)) || !slice_is(item_kind(item), "metainfo"))
		return error_set(err, ERR_SYNTAX, "not what nft -j prints");
	for (size_t i = 0; r == 0 && i < countof(passes); i++) {
		for (rest = json; r == 0 && next_item(&rest, &item);)
			r = read_item(&reader, &passes[i], item, err);
		if (r == 0 && (item.len > 0 || !slice_has_prefix(rest, "]")))
			r = error_set(err, ERR_SYNTAX, "what nft -j printed breaks off");
	}
	if (r == 0)
		*ret_seen = reader.seen;
	return r;
}

#include "firewall_model.h"

#include "limit.h"
#include "mem.h"

#define MAX_TEXT  (64u * 1024 * 1024) /* of all texts and of sets that stay */
#define MAX_ITEMS (4u * 1024 * 1024)  /* of any kind: rules, operations, elements of sets */

void firewall_model_init(struct firewall_model *model)
{
	*model = (struct firewall_model){ .pool.left = MAX_TEXT };
	memset(model->chain_hash, 0xff, sizeof(model->chain_hash));
	memset(model->name_hash, 0xff, sizeof(model->name_hash));
	memset(model->literal_hash, 0xff, sizeof(model->literal_hash));
}

void firewall_model_fini(struct firewall_model *model)
{
	struct firewall_array *const arrays[] = { &model->chains, &model->rules, &model->ops, &model->keys, &model->lists,
		                                  &model->ranges, &model->sets, &model->literals, &model->names };

	for (size_t i = 0; i < countof(arrays); i++)
		mem_free(arrays[i]->items);
	arena_free(&model->pool.arena);
	firewall_model_init(model);
}

/* Append one item to an array that doubles. */
static int append(struct firewall_array *array, const void *item, size_t size, struct error *err)
{
	if (array->count == array->size) {
		size_t wanted = array->size ? array->size * 2 : 64;
		void  *grown = array->count < MAX_ITEMS ? mem_resize(array->items, wanted, size) : NULL;

		if (!grown && array->count >= MAX_ITEMS)
			return error_set(err, ERR_TOO_BIG, "the ruleset has more than %u parts of one kind", MAX_ITEMS);
		if (!grown)
			return error_nomem(err);
		array->items = grown;
		array->size = wanted;
	}
	memcpy((char *)array->items + array->count * size, item, size);
	array->count++;
	return 0;
}

int firewall_model_copy(struct firewall_model *model, struct slice text, struct slice *ret_copy, struct error *err)
{
	char *copy = firewall_pool_alloc(&model->pool, text.len + 1);

	if (!copy)
		return model->pool.left <= text.len ? error_set(err, ERR_TOO_BIG, "the ruleset has more than %u bytes of names", MAX_TEXT) : error_nomem(err);
	if (text.len > 0)
		memcpy(copy, text.ptr, text.len);
	*ret_copy = (struct slice){ .ptr = copy, .len = text.len };
	return 0;
}

/* FNV-1a. */
static size_t hash_of(struct slice name)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < name.len; i++)
		h = (h ^ (unsigned char)name.ptr[i]) * 16777619u;
	return h % FIREWALL_HASH;
}

struct firewall_chain *firewall_model_chain(const struct firewall_model *model, uint32_t chain)
{
	return FIREWALL_AT(model->chains, struct firewall_chain, chain);
}

uint32_t firewall_model_find_chain(const struct firewall_model *model, bool legacy, struct slice family, struct slice table, struct slice name)
{
	uint32_t i = model->chain_hash[hash_of(name)];

	while (i != FIREWALL_NONE) {
		const struct firewall_chain *c = firewall_model_chain(model, i);

		if (c->legacy == legacy && slice_equal(c->name, name) && slice_equal(c->table, table) && slice_equal(c->family, family))
			return i;
		i = c->bucket_next;
	}
	return FIREWALL_NONE;
}

int firewall_model_add_chain(struct firewall_model *model, const struct firewall_chain *chain, uint32_t *ret_chain, struct error *err)
{
	struct firewall_chain c = *chain;
	size_t                bucket = hash_of(chain->name);
	int                   r;

	if (firewall_model_find_chain(model, c.legacy, c.family, c.table, c.name) != FIREWALL_NONE)
		return error_set(err, ERR_SYNTAX, "a chain is listed twice");
	r = firewall_model_copy(model, chain->backend, &c.backend, err);
	if (r == 0)
		r = firewall_model_copy(model, chain->family, &c.family, err);
	if (r == 0)
		r = firewall_model_copy(model, chain->table, &c.table, err);
	if (r == 0)
		r = firewall_model_copy(model, chain->name, &c.name, err);
	c.first = c.last = FIREWALL_NONE;
	c.nrules = 0;
	c.bucket_next = model->chain_hash[bucket];
	if (r == 0)
		r = append(&model->chains, &c, sizeof(c), err);
	if (r < 0)
		return r;
	*ret_chain = model->chain_hash[bucket] = (uint32_t)(model->chains.count - 1);
	return 0;
}

int firewall_model_add_rule(struct firewall_model *model, uint32_t chain, uint32_t number, struct error *err)
{
	struct firewall_rule   rule = { .first = (uint32_t)model->ops.count, .number = number, .next = FIREWALL_NONE };
	struct firewall_chain *c;
	uint32_t               at = (uint32_t)model->rules.count;
	int                    r = append(&model->rules, &rule, sizeof(rule), err);

	if (r < 0)
		return r;
	c = firewall_model_chain(model, chain);
	if (c->last == FIREWALL_NONE)
		c->first = at;
	else
		FIREWALL_AT(model->rules, struct firewall_rule, c->last)->next = at;
	c->last = at;
	c->nrules++;
	return 0;
}

int firewall_model_add_op(struct firewall_model *model, const struct firewall_op *op, struct error *err)
{
	int r = append(&model->ops, op, sizeof(*op), err);

	if (r == 0)
		FIREWALL_AT(model->rules, struct firewall_rule, model->rules.count - 1)->nops++;
	return r;
}

int firewall_model_add_list(struct firewall_model *model, unsigned width, unsigned data, uint32_t *ret_list, struct error *err)
{
	struct firewall_list list = {
		.first = model->ranges.count,
		.width = (unsigned char)width,
		.data = (unsigned char)data,
		.literal = FIREWALL_NONE,
		.except = FIREWALL_NONE,
	};
	int r = append(&model->lists, &list, sizeof(list), err);

	if (r == 0)
		*ret_list = (uint32_t)(model->lists.count - 1);
	return r;
}

struct firewall_list *firewall_model_list(const struct firewall_model *model, uint32_t list)
{
	return FIREWALL_AT(model->lists, struct firewall_list, list);
}

int firewall_model_add_element(struct firewall_model *model, uint32_t list, const struct firewall_range *ranges, struct error *err)
{
	struct firewall_list *l = firewall_model_list(model, list);
	int                   r = 0;

	for (unsigned i = 0; r == 0 && i < (unsigned)l->width + l->data; i++)
		r = append(&model->ranges, &ranges[i], sizeof(ranges[i]), err);
	if (r == 0)
		l->count++;
	return r;
}

const struct firewall_range *firewall_model_element(const struct firewall_model *model, const struct firewall_list *list, size_t element)
{
	if (!model->ranges.items)
		return NULL;
	return FIREWALL_AT(model->ranges, struct firewall_range, list->first + element * ((size_t)list->width + list->data));
}

int firewall_model_add_keys(struct firewall_model *model, const struct firewall_key *keys, size_t count, uint32_t *ret_keys, struct error *err)
{
	uint32_t at = (uint32_t)model->keys.count;
	int      r = 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		r = append(&model->keys, &keys[i], sizeof(keys[i]), err);
	if (r == 0)
		*ret_keys = at;
	return r;
}

const struct firewall_key *firewall_model_keys(const struct firewall_model *model, const struct firewall_op *op)
{
	return model->keys.items ? FIREWALL_AT(model->keys, struct firewall_key, op->keys) : NULL;
}

int firewall_model_match_list(struct firewall_model *model, const struct firewall_key *keys, size_t nkeys, uint32_t list, bool negated,
                              struct error *err)
{
	struct firewall_op op = { .kind = FIREWALL_MATCH, .negated = negated, .nkeys = (unsigned char)nkeys, .list = list };
	int                r = firewall_model_add_keys(model, keys, nkeys, &op.keys, err);

	return r < 0 ? r : firewall_model_add_op(model, &op, err);
}

int firewall_model_match(struct firewall_model *model, struct firewall_key key, struct firewall_range range, bool negated, struct error *err)
{
	uint32_t list;
	int      r = firewall_model_add_list(model, 1, 0, &list, err);

	if (r == 0)
		r = firewall_model_add_element(model, list, &range, err);
	return r < 0 ? r : firewall_model_match_list(model, &key, 1, list, negated, err);
}

int firewall_model_need_connection(struct firewall_model *model, struct error *err)
{
	/* Any port will do. */
	const struct firewall_range any = { firewall_number_of(0), firewall_number_of(UINT16_MAX) };

	return firewall_model_match(model, (struct firewall_key){ .field = FIREWALL_ORIGINAL_DPORT }, any, false, err);
}

int firewall_model_add_set(struct firewall_model *model, const struct firewall_set *set, struct error *err)
{
	struct firewall_set s = *set;
	int                 r;

	if (firewall_model_find_set(model, set->family, set->table, set->name))
		return error_set(err, ERR_SYNTAX, "a set is listed twice");
	r = firewall_model_copy(model, set->family, &s.family, err);
	if (r == 0)
		r = firewall_model_copy(model, set->table, &s.table, err);
	if (r == 0)
		r = firewall_model_copy(model, set->name, &s.name, err);
	return r < 0 ? r : append(&model->sets, &s, sizeof(s), err);
}

struct firewall_set *firewall_model_find_set(const struct firewall_model *model, struct slice family, struct slice table, struct slice name)
{
	for (size_t i = 0; i < model->sets.count; i++) {
		struct firewall_set *s = FIREWALL_AT(model->sets, struct firewall_set, i);

		if (slice_equal(s->name, name) && slice_equal(s->table, table) && slice_equal(s->family, family))
			return s;
	}
	return NULL;
}

int firewall_model_literal(struct firewall_model *model, enum firewall_literal_kind kind, struct slice text, struct slice opposite,
                           uint32_t *ret_literal, struct error *err)
{
	const size_t            bucket = hash_of(text);
	struct firewall_literal literal = { .kind = kind, .bucket_next = model->literal_hash[bucket] };
	int                     r;

	for (uint32_t i = literal.bucket_next; kind != FIREWALL_RATE && kind != FIREWALL_CHANCE && i != FIREWALL_NONE; i = FIREWALL_AT(model->literals, struct firewall_literal, i)->bucket_next) {
		const struct firewall_literal *l = FIREWALL_AT(model->literals, struct firewall_literal, i);

		if (l->kind == kind && slice_equal(l->text, text)) {
			*ret_literal = i;
			return 0;
		}
	}
	r = firewall_model_copy(model, slice_sub(text, 0, LIMIT_REPORT_TEXT), &literal.text, err);
	if (r == 0)
		r = firewall_model_copy(model, slice_sub(opposite, 0, LIMIT_REPORT_TEXT), &literal.opposite, err);
	if (r == 0)
		r = append(&model->literals, &literal, sizeof(literal), err);
	if (r == 0)
		*ret_literal = model->literal_hash[bucket] = (uint32_t)(model->literals.count - 1);
	return r;
}

int firewall_model_condition(struct firewall_model *model, enum firewall_literal_kind kind, struct slice text, struct slice opposite, bool negated,
                             struct error *err)
{
	struct firewall_op op = { .kind = FIREWALL_CONDITION, .negated = negated };
	int                r = firewall_model_literal(model, kind, text, opposite, &op.target, err);

	return r < 0 ? r : firewall_model_add_op(model, &op, err);
}

int firewall_model_undecided(struct firewall_model *model, struct slice construct, struct error *err)
{
	struct firewall_op op = { .kind = FIREWALL_UNDECIDED };
	int                r = firewall_model_literal(model, FIREWALL_STRANGE, construct, construct, &op.target, err);

	return r < 0 ? r : firewall_model_add_op(model, &op, err);
}

struct name {
	struct slice text;
	uint32_t     bucket_next;
};

int firewall_model_name(struct firewall_model *model, struct slice name, uint32_t *ret_name, struct error *err)
{
	size_t      bucket = hash_of(name);
	struct name n = { .bucket_next = model->name_hash[bucket] };
	int         r;

	for (uint32_t i = n.bucket_next; i != FIREWALL_NONE; i = FIREWALL_AT(model->names, struct name, i)->bucket_next)
		if (slice_equal(FIREWALL_AT(model->names, struct name, i)->text, name)) {
			*ret_name = i;
			return 0;
		}
	r = firewall_model_copy(model, name, &n.text, err);
	if (r == 0)
		r = append(&model->names, &n, sizeof(n), err);
	if (r == 0)
		*ret_name = model->name_hash[bucket] = (uint32_t)(model->names.count - 1);
	return r;
}

struct slice firewall_model_name_text(const struct firewall_model *model, uint32_t name)
{
	return FIREWALL_AT(model->names, struct name, name)->text;
}

struct firewall_range firewall_verdict_of(enum firewall_kind kind, uint32_t chain)
{
	struct firewall_number n = { .hi = chain, .lo = (uint64_t)kind };

	return (struct firewall_range){ n, n };
}

/*
 * condition.c: from conditions in YAML to conditions: facts looked up, types checked, operands compiled, `expected` put into words.
 */
#include "loader.h"

#include "buf.h"
#include "mem.h"

#define EXPECTED_MAX (256u * 1024)

/* The text of `name` behind "TABLE[].", NULL when it is no member of the table. */
static const char *member_of(const struct fact_ref *table, const char *name)
{
	size_t n = strlen(table->spec->name);

	return strncmp(name, table->spec->name, n) == 0 && strncmp(name + n, "[].", 3) == 0 ? name + n + 3 : NULL;
}

static const struct fact_spec *find_relative(const struct fact_ref *table, const char *name)
{
	for (size_t i = 0; i < table->module->nfacts; i++) {
		const char *member = member_of(table, table->module->facts[i].name);

		if (member && strcmp(member, name) == 0)
			return &table->module->facts[i];
	}
	return NULL;
}

static const struct fact_spec *find_absolute(const struct loader *l, const char *name, const struct ruleset_module **ret_module)
{
	for (size_t m = 0; m < l->nmodules; m++) {
		for (size_t i = 0; i < l->modules[m].nfacts; i++) {
			if (strcmp(l->modules[m].facts[i].name, name) == 0) {
				*ret_module = &l->modules[m];
				return &l->modules[m].facts[i];
			}
		}
	}
	return NULL;
}

/* Names that would have been right: of the table's members first, then everything that is not inside a table. */
static int unknown_fact(const struct loader *l, const struct condition_scope *scope, const struct yaml_node *n, struct error *err)
{
	const char **items = NULL;
	size_t       count = 0;
	size_t       total = 0;
	int          r;

	for (size_t m = 0; m < l->nmodules; m++)
		total += l->modules[m].nfacts;
	items = mem_resize(NULL, total + 1, sizeof(*items));
	if (!items)
		return error_nomem(err);
	for (size_t m = 0; m < l->nmodules; m++) {
		const struct ruleset_module *module = &l->modules[m];
		bool                         wanted = !scope->module || module == scope->module;

		for (size_t i = 0; wanted && i < module->nfacts; i++) {
			const char *name = module->facts[i].name;
			const char *member = scope->each ? member_of(scope->each, name) : NULL;

			if (member || !strchr(name, '['))
				items[count++] = member ? member : name;
		}
	}
	r = schema_unknown(n, "fact", yaml_text(n), (struct names){ items, count }, err);
	mem_free(items);
	return r;
}

/* Take the way to a fact apart once, so that evaluation only follows it. */
static int split_steps(struct loader *l, const char *way, struct fact_ref *ref, struct error *err)
{
	struct slice rest = slice_of(way);
	struct slice part;
	const char **steps;
	size_t       n = 1;

	for (const char *p = way; *p != '\0'; p++)
		n += *p == '.';
	steps = arena_alloc(l->arena, n * sizeof(*steps));
	if (!steps)
		return error_nomem(err);
	for (ref->nsteps = 0; slice_next(&rest, '.', &part); ref->nsteps++) {
		steps[ref->nsteps] = arena_copy(l->arena, part.ptr, part.len);
		if (!steps[ref->nsteps])
			return error_nomem(err);
	}
	ref->steps = steps;
	return 0;
}

static int check_scope(const struct condition_scope *scope, const struct fact_ref *ref, const struct yaml_node *n, struct error *err)
{
	const char *bracket = strstr(ref->spec->name, "[]");

	if (!ref->relative && bracket)
		return yaml_error(n, err, "'%s' is a member of a table; write each: %.*s and fact: %s", ref->spec->name,
		                  (int)(bracket - ref->spec->name), ref->spec->name, bracket + strlen("[]."));
	if (scope->module && ref->module != scope->module)
		return yaml_error(n, err, "'%s' is a fact of the module '%s', but the rule's module is '%s'; only 'when' may ask others",
		                  ref->spec->name, ref->module->name, scope->module->name);
	return 0;
}

int condition_fact(struct loader *l, const struct condition_scope *scope, const struct yaml_node *n, struct fact_ref *ret_fact, struct error *err)
{
	struct fact_ref ref = { 0 };
	const char     *name;
	const char     *way;
	int             r = schema_text(n, &name, err);

	if (r < 0)
		return r;
	ref.spec = scope->each ? find_relative(scope->each, name) : NULL;
	if (ref.spec) {
		ref.relative = true;
		ref.module = scope->each->module;
		way = name;
	} else {
		ref.spec = find_absolute(l, name, &ref.module);
		way = strchr(name, '.');
		if (!ref.spec || !way)
			return unknown_fact(l, scope, n, err);
		way++;
	}
	r = check_scope(scope, &ref, n, err);
	if (r == 0)
		r = split_steps(l, way, &ref, err);
	ref.name = r == 0 ? arena_strdup(l->arena, name) : NULL;
	if (r == 0 && !ref.name)
		r = error_nomem(err);
	if (r == 0)
		*ret_fact = ref;
	return r;
}

static const struct {
	const char         *key;
	enum condition_kind kind;
	const char         *empty;  /* what it would mean without parts, for the message */
	const char         *joint;  /* between the parts, in words */
	const char         *before; /* before them */
} combinators[] = {
	{ "all", CONDITION_ALL, "would always pass", "; and ", "" },
	{ "any", CONDITION_ANY, "would never pass", "; or ", "" },
	{ "none", CONDITION_NONE, "would always pass", "; nor ", "neither " },
};

static size_t combinator_of(enum condition_kind kind)
{
	size_t i = 0;

	while (i + 1 < countof(combinators) && combinators[i].kind != kind)
		i++;
	return i;
}

/* "permitrootlogin: no", and in parentheses when it is made of parts itself. */
static int append_part(struct buf *b, const struct condition *part, struct error *err)
{
	if (part->kind == CONDITION_FACT)
		return buf_printf(b, err, "%s: %s", part->fact.name, part->expected);
	return buf_printf(b, err, "(%s)", part->expected);
}

static int put_into_words(struct loader *l, struct condition *c, struct error *err)
{
	size_t     which = combinator_of(c->kind);
	struct buf b;
	int        r = 0;

	buf_init(&b, EXPECTED_MAX);
	if (c->op)
		r = buf_printf(&b, err, "%s%s%s", c->op->before, c->operand.shown, c->op->after);
	else if (c->nparts > 1 || c->kind == CONDITION_NONE)
		r = buf_append_text(&b, c->kind == CONDITION_NONE && c->nparts == 1 ? "not " : combinators[which].before, err);
	for (size_t i = 0; r == 0 && i < c->nparts; i++) {
		if (i > 0)
			r = buf_append_text(&b, combinators[which].joint, err);
		if (r == 0)
			r = append_part(&b, &c->parts[i], err);
	}
	if (r == 0) {
		c->expected = arena_strdup(l->arena, buf_text(&b));
		r = c->expected ? 0 : error_nomem(err);
	}
	buf_free(&b);
	return r;
}

static int compile_parts(struct loader *l, const struct condition_scope *scope, const struct yaml_node *list, size_t which, struct condition *c,
                         struct error *err)
{
	struct condition_scope inner = *scope;
	struct condition      *parts;
	int                    r = 0;

	inner.extra = (struct names){ 0 };
	if (yaml_kind(list) != YAML_SEQUENCE)
		return yaml_error(list, err, "'%s' needs a list of conditions", combinators[which].key);
	if (yaml_count(list) == 0)
		return yaml_error(list, err, "'%s' without conditions %s", combinators[which].key, combinators[which].empty);
	parts = arena_alloc(l->arena, yaml_count(list) * sizeof(*parts));
	if (!parts)
		return error_nomem(err);
	for (size_t i = 0; r == 0 && i < yaml_count(list); i++)
		r = condition_compile(l, &inner, yaml_item(list, i), &parts[i], err);
	c->kind = combinators[which].kind;
	c->parts = parts;
	c->nparts = yaml_count(list);
	return r;
}

/* What the keys of a condition turned out to be. */
struct keys {
	const struct yaml_node *fact;
	const struct yaml_node *list; /* of a combinator */
	size_t                  which;
	const struct yaml_node *op;
	const struct yaml_node *operand;
	size_t                  heads; /* how many of fact, all, any, none */
};

static int unknown_key(const struct condition_scope *scope, const struct yaml_node *key, struct error *err)
{
	const char *items[64] = { "fact" };
	size_t      count = 1;

	for (size_t i = 0; i < countof(combinators) && count < countof(items); i++)
		items[count++] = combinators[i].key;
	for (size_t i = 0; i < scope->extra.count && count < countof(items); i++)
		items[count++] = scope->extra.items[i];
	for (size_t i = 0; i < operators_count && count < countof(items); i++)
		items[count++] = operators[i].name;
	return schema_unknown(key, "key or operator", yaml_text(key), (struct names){ items, count }, err);
}

static bool is_extra(const struct condition_scope *scope, const char *key)
{
	for (size_t i = 0; i < scope->extra.count; i++)
		if (strcmp(scope->extra.items[i], key) == 0)
			return true;
	return false;
}

static int sort_key(const struct condition_scope *scope, const struct yaml_node *key, const struct yaml_node *value, struct keys *k, struct error *err)
{
	const char *text = yaml_text(key);

	if (strcmp(text, "fact") == 0) {
		k->fact = value;
		k->heads++;
		return 0;
	}
	for (size_t i = 0; i < countof(combinators); i++) {
		if (strcmp(text, combinators[i].key) == 0) {
			k->list = value;
			k->which = i;
			k->heads++;
			return 0;
		}
	}
	if (operator_find(text)) {
		if (k->op)
			return yaml_error(key, err, "a second operator beside '%s'; combine two conditions with all: [{…}, {…}]",
			                  yaml_text(k->op));
		k->op = key;
		k->operand = value;
		return 0;
	}
	return is_extra(scope, text) ? 0 : unknown_key(scope, key, err);
}

static int sort_keys(const struct condition_scope *scope, const struct yaml_node *n, struct keys *k, struct error *err)
{
	int r = 0;

	if (yaml_kind(n) != YAML_MAPPING)
		return yaml_error(n, err, "a condition is written as {fact: NAME, OPERATOR: OPERAND} or {all: […]}, {any: […]}, {none: […]}");
	for (size_t i = 0; r == 0 && i < yaml_count(n); i++)
		r = sort_key(scope, yaml_key(n, i), yaml_value(n, i), k, err);
	if (r < 0)
		return r;
	if (k->heads != 1)
		return yaml_error(n, err, "a condition has exactly one of 'fact', 'all', 'any' and 'none'; this one has %zu", k->heads);
	if (k->list && k->op)
		return yaml_error(k->op, err, "operator '%s' needs a 'fact' beside it, not '%s'", yaml_text(k->op),
		                  combinators[k->which].key);
	if (k->fact && !k->op)
		return yaml_error(n, err, "the condition says nothing of its fact; add an operator such as is: or one_of:");
	return 0;
}

/* The operators that would accept a fact, for the message that one does not. */
static int refuse_type(const struct rule_operator *op, const struct fact_ref *fact, const struct yaml_node *n, struct error *err)
{
	char   fitting[400] = "";
	size_t used = 0;

	for (size_t i = 0; i < operators_count; i++)
		if (operator_accepts(&operators[i], fact->spec->type) && used + 20 < sizeof(fitting))
			used += (size_t)snprintf(fitting + used, sizeof(fitting) - used, "%s%s", used > 0 ? ", " : "", operators[i].name);
	return yaml_error(n, err, "operator '%s' does not take facts of type %s such as '%s'; use one of %s", op->name,
	                  fact_type_name(fact->spec->type), fact->name, fitting);
}

static int compile_leaf(struct loader *l, const struct condition_scope *scope, const struct keys *k, struct condition *c, struct error *err)
{
	int r = condition_fact(l, scope, k->fact, &c->fact, err);

	if (r < 0)
		return r;
	c->kind = CONDITION_FACT;
	c->op = operator_find(yaml_text(k->op));
	if (!c->op || !c->fact.spec)
		return error_set(err, ERR_INTERNAL, "a condition without operator or fact");
	if (!operator_accepts(c->op, c->fact.spec->type))
		return refuse_type(c->op, &c->fact, k->op, err);
	return operand_compile(l, scope->rule, c->op, c->fact.spec, k->operand, &c->operand, err);
}

int condition_compile(struct loader *l, const struct condition_scope *scope, const struct yaml_node *n, struct condition *ret_condition,
                      struct error *err)
{
	struct condition c = { 0 };
	struct keys      k = { 0 };
	int              r = sort_keys(scope, n, &k, err);

	if (r == 0)
		r = k.fact ? compile_leaf(l, scope, &k, &c, err) : compile_parts(l, scope, k.list, k.which, &c, err);
	if (r == 0)
		r = put_into_words(l, &c, err);
	if (r == 0)
		*ret_condition = c;
	return r;
}

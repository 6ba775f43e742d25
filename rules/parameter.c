/*
 * parameter.c: values a site may choose: declared with a default by a rule, set by a profile, used as operands.
 */
#include "loader.h"

#include "mem.h"

static const char *const type_names[] = {
	[PARAMETER_UNKNOWN] = "",
	[PARAMETER_TEXT] = "text",
	[PARAMETER_INTEGER] = "integer",
	[PARAMETER_BOOLEAN] = "boolean",
	[PARAMETER_MODE] = "mode",
	[PARAMETER_LIST] = "list",
};
static_assert(countof(type_names) == PARAMETER_TYPES, "every type has a name");

static struct parameter *find(const struct loader *l, const char *name)
{
	for (size_t i = 0; i < l->nparameters; i++)
		if (strcmp(l->parameters[i].name, name) == 0)
			return &l->parameters[i];
	return NULL;
}

static int get_type(const struct yaml_node *declaration, enum parameter_type *ret_type, struct error *err)
{
	const struct yaml_node *n;
	const char             *text = "";
	int                     r = schema_get(declaration, "type", &n, err);

	if (r == 0)
		r = schema_text(n, &text, err);
	if (r < 0)
		return r;
	for (size_t i = 1; i < PARAMETER_TYPES; i++) {
		if (strcmp(type_names[i], text) == 0) {
			*ret_type = (enum parameter_type)i;
			return 0;
		}
	}
	return schema_unknown(n, "type of parameter", text, (struct names){ type_names + 1, PARAMETER_TYPES - 1 }, err);
}

static int check_list(const struct yaml_node *n, struct error *err)
{
	int r = schema_list(n, "texts", err);

	for (size_t i = 0; r == 0 && i < yaml_count(n); i++) {
		const char *text;

		r = schema_text(yaml_item(n, i), &text, err);
	}
	return r;
}

static int check_value(enum parameter_type type, const struct yaml_node *n, struct error *err)
{
	const char *text;
	int64_t     integer;
	bool        boolean;
	unsigned    mode;

	switch (type) {
	case PARAMETER_TEXT:
		return schema_text(n, &text, err);
	case PARAMETER_INTEGER:
		return schema_integer(n, &integer, err);
	case PARAMETER_BOOLEAN:
		return schema_boolean(n, &boolean, err);
	case PARAMETER_MODE:
		return schema_mode(n, &mode, err);
	default:
		return check_list(n, err);
	}
}

static int declare_one(struct loader *l, const char *rule, const struct yaml_node *key, const struct yaml_node *value, struct error *err)
{
	static const char *const known[] = { "default", "type", "title" };
	const struct parameter  *other = find(l, yaml_text(key));
	struct parameter        *grown;
	struct parameter         p = { .rule = rule };
	const char              *title;
	int                      r;

	if (!schema_is_id(yaml_text(key), '_'))
		return yaml_error(key, err, "'%s' is no name for a parameter; use lower-case letters, digits and single '_'", yaml_text(key));
	if (other)
		return yaml_error(key, err, "parameter '%s' belongs to the rule '%s' already; choose another name", other->name, other->rule);
	r = schema_keys(value, "a parameter", NAMES(known), err);
	if (r == 0)
		r = get_type(value, &p.type, err);
	if (r == 0)
		r = schema_get(value, "default", &p.standard, err);
	if (r == 0)
		r = schema_get_text(l, value, "title", &title, err);
	if (r == 0)
		r = check_value(p.type, p.standard, err);
	if (r < 0)
		return r;
	p.name = arena_strdup(l->arena, yaml_text(key));
	grown = mem_resize(l->parameters, l->nparameters + 1, sizeof(*grown));
	if (grown)
		l->parameters = grown;
	if (!p.name || !grown)
		return error_nomem(err);
	l->parameters[l->nparameters++] = p;
	return 0;
}

int parameter_declare(struct loader *l, const char *rule, const struct yaml_node *parameters, struct error *err)
{
	int r = 0;

	if (!parameters)
		return 0;
	if (yaml_kind(parameters) != YAML_MAPPING || yaml_count(parameters) == 0)
		return yaml_error(parameters, err, "parameters are written as NAME: {default: …, type: …, title: …}");
	for (size_t i = 0; r == 0 && i < yaml_count(parameters); i++)
		r = declare_one(l, rule, yaml_key(parameters, i), yaml_value(parameters, i), err);
	return r;
}

static int unknown_parameter(const struct loader *l, const char *rule, const struct yaml_node *n, const char *name, struct error *err)
{
	const char **items = mem_resize(NULL, l->nparameters + 1, sizeof(*items));
	size_t       count = 0;
	int          r;

	if (!items)
		return error_nomem(err);
	for (size_t i = 0; i < l->nparameters; i++)
		if (!rule || strcmp(l->parameters[i].rule, rule) == 0)
			items[count++] = l->parameters[i].name;
	r = schema_unknown(n, "parameter", name, (struct names){ items, count }, err);
	mem_free(items);
	return r;
}

int parameter_choose(struct loader *l, const struct yaml_node *choices, struct error *err)
{
	for (size_t i = 0; i < yaml_count(choices); i++) {
		const struct yaml_node *key = yaml_key(choices, i);
		struct parameter       *p = find(l, yaml_text(key));
		int                     r;

		if (!p)
			return unknown_parameter(l, NULL, key, yaml_text(key), err);
		r = check_value(p->type, yaml_value(choices, i), err);
		if (r < 0)
			return r;
		p->chosen = yaml_value(choices, i);
	}
	return 0;
}

int parameter_resolve(struct loader *l, const char *rule, const struct yaml_node *n, const struct yaml_node **ret_value, struct error *err)
{
	const char       *text = yaml_text(n);
	struct parameter *p;

	if (!text || text[0] != '$') {
		*ret_value = n;
		return 0;
	}
	p = find(l, text + 1);
	if (!p || strcmp(p->rule, rule) != 0)
		return unknown_parameter(l, rule, n, text + 1, err);
	p->used = true;
	*ret_value = p->chosen ? p->chosen : p->standard;
	return 0;
}

int parameter_check_used(const struct loader *l, const struct rule *rule, struct error *err)
{
	for (size_t i = 0; i < l->nparameters; i++) {
		const struct parameter *p = &l->parameters[i];

		if (!p->used && strcmp(p->rule, rule->id) == 0)
			return yaml_error(p->standard, err, "parameter '%s' is not used; write $%s as an operand or remove it", p->name,
			                  p->name);
	}
	return 0;
}

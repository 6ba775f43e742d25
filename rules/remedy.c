/*
 * remedy.c: what is to be done: one text for everybody, or several, of which a fact of the target tells the right one.
 */
#include "loader.h"
#include "lookup.h"

static const char how[] = "a remediation is a text, or texts by a fact: {by: FACT, VALUE: TEXT, …, otherwise: TEXT}";

/* Keys that are no values of the fact. */
static bool is_reserved(const char *key)
{
	return strcmp(key, "by") == 0 || strcmp(key, "otherwise") == 0;
}

static int check_value(const struct yaml_node *key, const struct rule *rule, struct error *err)
{
	if (yaml_text(key)[0] == '\0')
		return yaml_error(key, err, "a value of the fact is missing");
	for (size_t i = 0; i < rule->nremedies; i++)
		if (strcasecmp(rule->remedies[i].value, yaml_text(key)) == 0)
			return yaml_error(key, err, "'%s' is there already; values are compared without regard to upper and lower case", yaml_text(key));
	return 0;
}

static int load_remedies(struct loader *l, const struct yaml_node *n, struct rule *rule, struct error *err)
{
	struct remedy *remedies = arena_alloc(l->arena, yaml_count(n) * sizeof(*remedies));
	int            r = remedies ? 0 : error_nomem(err);

	rule->remedies = remedies;
	for (size_t i = 0; r == 0 && i < yaml_count(n); i++) {
		const char *key = yaml_text(yaml_key(n, i));
		const char *text = NULL;

		if (is_reserved(key))
			continue;
		r = check_value(yaml_key(n, i), rule, err);
		if (r == 0)
			r = schema_get_text(l, n, key, &text, err);
		key = r == 0 ? arena_strdup(l->arena, key) : NULL;
		if (r == 0 && !key)
			r = error_nomem(err);
		if (r == 0)
			remedies[rule->nremedies++] = (struct remedy){ .value = key, .text = text };
	}
	if (r == 0 && rule->nremedies == 0)
		r = yaml_error(n, err, "no value of the fact has a text; %s", how);
	return r;
}

int remedy_load(struct loader *l, const struct yaml_node *rule_node, struct rule *rule, struct error *err)
{
	const struct yaml_node *n = NULL;
	const struct yaml_node *by;
	int                     r = schema_get(rule_node, "remediation", &n, err);

	if (r < 0)
		return r;
	if (yaml_kind(n) == YAML_SCALAR)
		return schema_get_text(l, rule_node, "remediation", &rule->remediation, err);
	if (yaml_kind(n) != YAML_MAPPING)
		return yaml_error(n, err, "%s", how);
	r = schema_get(n, "by", &by, err);
	if (r == 0)
		r = schema_get_text(l, n, "otherwise", &rule->remediation, err);
	return r < 0 ? r : load_remedies(l, n, rule, err);
}

int remedy_compile(struct loader *l, const struct fact_ref *each, struct rule *rule, struct error *err)
{
	const struct condition_scope scope = { .rule = rule->id, .each = each };
	const struct yaml_node      *by = yaml_get(yaml_get(rule->source, "remediation"), "by");
	struct fact_ref             *fact;
	int                          r;

	if (rule->nremedies == 0)
		return 0;
	fact = arena_alloc(l->arena, sizeof(*fact));
	if (!fact)
		return error_nomem(err);
	r = condition_fact(l, &scope, by, fact, err);
	if (r < 0)
		return r;
	if (fact->spec->type != FACT_TEXT && fact->spec->type != FACT_LIST)
		return yaml_error(by, err, "'by' needs a text, or a list, which counts where it has one item, but '%s' is of type %s", fact->spec->name,
		                  fact_type_name(fact->spec->type));
	rule->remedies_by = fact;
	return 0;
}

/* The text of a fact, or the only one of a list; NULL when that is not known, or there are several. */
static const char *value_of(const struct fact_ref *fact, const struct lookup_scope *scope)
{
	const struct lookup found = lookup_fact(fact, scope, false);

	if (!found.known)
		return NULL;
	if (found.value.type == FACT_TEXT)
		return found.value.text;
	return cJSON_GetArraySize(found.value.array) == 1 ? cJSON_GetStringValue(found.value.array->child) : NULL;
}

const char *remedy_choose(const struct rule *rule, const struct lookup_scope *scope)
{
	const char *value = rule->remedies_by ? value_of(rule->remedies_by, scope) : NULL;

	for (size_t i = 0; value && i < rule->nremedies; i++)
		if (strcasecmp(rule->remedies[i].value, value) == 0)
			return rule->remedies[i].text;
	return NULL;
}

/*
 * load.c: from a rule file to rules.
 */
#include "loader.h"

#include "buf.h"
#include "mem.h"

void loader_fini(struct loader *l)
{
	for (size_t i = 0; i < l->nfiles; i++)
		yaml_free(l->files[i]);
	for (size_t i = 0; i < l->nrules; i++)
		cJSON_Delete(l->rules[i].references);
	mem_free(l->files);
	mem_free(l->rules);
	mem_free(l->parameters);
	mem_free(l->profiles);
	*l = (struct loader){ 0 };
}

/* Section numbers as benchmarks write them: "5.1.20", "RHEL-09-255040", "AC-17(2)". */
static int check_section(const struct yaml_node *n, const char **ret_text, struct error *err)
{
	const char *text;
	int         r = schema_text(n, &text, err);

	if (r < 0)
		return r;
	if (text[0] == '\0' || strlen(text) > 80 || strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_()") != strlen(text))
		return yaml_error(n, err, "'%.80s' is no section; expected letters, digits and .-_() as in \"5.1.20\"", text);
	*ret_text = text;
	return 0;
}

static int load_sections(const struct yaml_node *list, cJSON *sections, struct error *err)
{
	int r = schema_list(list, "section numbers in quotes", err);

	for (size_t i = 0; r == 0 && i < yaml_count(list); i++) {
		const char *text = NULL;
		cJSON      *item;

		r = check_section(yaml_item(list, i), &text, err);
		item = r == 0 ? cJSON_CreateString(text) : NULL;
		if (r == 0 && (!item || !cJSON_AddItemToArray(sections, item))) {
			cJSON_Delete(item);
			r = error_nomem(err);
		}
	}
	return r;
}

static int load_references(const struct yaml_node *n, cJSON **ret_references, struct error *err)
{
	cJSON *references;
	int    r = 0;

	if (!n)
		return 0;
	if (yaml_kind(n) != YAML_MAPPING || yaml_count(n) == 0)
		return yaml_error(n, err, "references are written as BENCHMARK: [\"SECTION\", …]");
	references = cJSON_CreateObject();
	if (!references)
		return error_nomem(err);
	for (size_t i = 0; r == 0 && i < yaml_count(n); i++) {
		const struct yaml_node *key = yaml_key(n, i);
		cJSON                  *sections;

		if (!schema_is_id(yaml_text(key), '_')) {
			r = yaml_error(key, err, "'%s' is no benchmark; use lower-case letters, digits and single '_', as in cis_debian12",
			               yaml_text(key));
			break;
		}
		sections = cJSON_AddArrayToObject(references, yaml_text(key));
		r = sections ? load_sections(yaml_value(n, i), sections, err) : error_nomem(err);
	}
	if (r < 0)
		cJSON_Delete(references);
	else
		*ret_references = references;
	return r;
}

static int load_id(struct loader *l, const struct yaml_node *n, struct rule *rule, struct error *err)
{
	const struct yaml_node *at = NULL;
	int                     r = schema_get(n, "id", &at, err);

	if (r == 0)
		r = schema_get_text(l, n, "id", &rule->id, err);
	if (r < 0 || !rule->id)
		return r;
	if (!schema_is_id(rule->id, '-'))
		return yaml_error(at, err, "'%s' is no id; use lower-case letters, digits and single '-'", rule->id);
	for (size_t i = 0; i < l->nrules; i++)
		if (strcmp(l->rules[i].id, rule->id) == 0)
			return yaml_error(at, err, "a rule '%s' is already defined at %s", rule->id, l->rules[i].place);
	return 0;
}

int load_severity(const struct yaml_node *n, enum severity *ret_severity, struct error *err)
{
	static const char *const known[] = { "critical", "high", "medium", "low", "info" };
	const char              *text;
	enum severity            severity;
	int                      r = schema_text(n, &text, err);

	if (r < 0)
		return r;
	severity = severity_parse(text);
	if (severity == SEVERITY_UNKNOWN)
		return schema_unknown(n, "severity", text, NAMES(known), err);
	*ret_severity = severity;
	return 0;
}

static int load_module(struct loader *l, const struct yaml_node *n, struct rule *rule, struct error *err)
{
	const char **names;
	const char  *text;
	int          r = schema_text(n, &text, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < l->nmodules && !rule->module; i++)
		if (strcmp(l->modules[i].name, text) == 0)
			rule->module = &l->modules[i];
	if (rule->module)
		return 0;
	names = mem_resize(NULL, l->nmodules + 1, sizeof(*names));
	if (!names)
		return error_nomem(err);
	for (size_t i = 0; i < l->nmodules; i++)
		names[i] = l->modules[i].name;
	r = schema_unknown(n, "module", text, (struct names){ names, l->nmodules }, err);
	mem_free(names);
	return r;
}

/* "file:line" of a rule, as `rules show` prints it. */
static int load_place(struct loader *l, const struct yaml_node *n, const char *file, struct rule *rule, struct error *err)
{
	struct buf b;
	int        r;

	buf_init(&b, PATH_MAX + 32);
	r = buf_printf(&b, err, "%s:%zu", file, yaml_line(n));
	if (r == 0) {
		rule->place = arena_strdup(l->arena, b.ptr);
		r = rule->place ? 0 : error_nomem(err);
	}
	buf_free(&b);
	return r;
}

static int load_texts(struct loader *l, const struct yaml_node *n, struct rule *rule, struct error *err)
{
	int r = schema_get_text(l, n, "title", &rule->title, err);

	if (r == 0)
		r = schema_get_text(l, n, "rationale", &rule->rationale, err);
	if (r == 0)
		r = remedy_load(l, n, rule, err);
	if (r == 0 && strchr(rule->title, '\n'))
		r = yaml_error(yaml_get(n, "title"), err, "the title must be one line");
	return r;
}

/* Everything of a rule but its conditions, which wait for the parameters. */
static int load_rule(struct loader *l, const struct yaml_node *n, const char *file, struct error *err)
{
	static const char *const known[] = { "id", "title", "severity", "module", "when", "check",
		                             "rationale", "remediation", "references", "parameters" };
	const struct yaml_node  *severity = NULL;
	const struct yaml_node  *module = NULL;
	const struct yaml_node  *check;
	struct rule              rule = { .source = n };
	struct rule             *grown;
	int                      r = schema_keys(n, "a rule", NAMES(known), err);

	if (r == 0)
		r = load_id(l, n, &rule, err);
	if (r == 0)
		r = load_place(l, n, file, &rule, err);
	if (r == 0)
		r = schema_get(n, "severity", &severity, err);
	if (r == 0)
		r = load_severity(severity, &rule.severity, err);
	if (r == 0)
		r = schema_get(n, "module", &module, err);
	if (r == 0)
		r = load_module(l, module, &rule, err);
	if (r == 0)
		r = schema_get(n, "check", &check, err);
	if (r == 0)
		r = load_texts(l, n, &rule, err);
	if (r == 0)
		r = parameter_declare(l, rule.id, yaml_get(n, "parameters"), err);
	if (r == 0)
		r = load_references(yaml_get(n, "references"), &rule.references, err);
	grown = r == 0 ? mem_resize(l->rules, l->nrules + 1, sizeof(*grown)) : NULL;
	if (!grown) {
		cJSON_Delete(rule.references);
		return r < 0 ? r : error_nomem(err);
	}
	l->rules = grown;
	l->rules[l->nrules++] = rule;
	return 0;
}

int load_rules(struct loader *l, const struct yaml *file, const char *name, struct error *err)
{
	const struct yaml_node *root = yaml_root(file);
	int                     r = 0;

	if (!root)
		return error_set(err, ERR_SYNTAX, "%s:1:1: the file is empty; expected a list of rules (- id: …)", name);
	if (algorithm_is_file(root))
		return algorithm_load(l, root, name, err);
	if (yaml_kind(root) != YAML_SEQUENCE)
		return yaml_error(root, err, "expected a list of rules (- id: …)");
	for (size_t i = 0; r == 0 && i < yaml_count(root); i++)
		r = load_rule(l, yaml_item(root, i), name, err);
	return r;
}

static int load_condition(struct loader *l, const struct condition_scope *scope, const struct yaml_node *n, const struct condition **ret_condition,
                          struct error *err)
{
	struct condition *c;
	int               r;

	if (!n)
		return 0;
	c = arena_alloc(l->arena, sizeof(*c));
	if (!c)
		return error_nomem(err);
	r = condition_compile(l, scope, n, c, err);
	if (r == 0)
		*ret_condition = c;
	return r;
}

/* Verdicts a rule may choose for a table it finds nothing in. */
static int load_empty(const struct yaml_node *n, enum verdict *ret_verdict, struct error *err)
{
	static const char *const known[] = { "pass", "fail", "error", "not_applicable" };
	const char              *text;
	enum verdict             verdict;
	int                      r;

	if (!n)
		return 0;
	r = schema_text(n, &text, err);
	if (r < 0)
		return r;
	verdict = verdict_parse(text);
	if (verdict == VERDICT_UNKNOWN || verdict == VERDICT_WAIVED)
		return schema_unknown(n, "verdict", text, NAMES(known), err);
	*ret_verdict = verdict;
	return 0;
}

static int load_each(struct loader *l, const struct condition_scope *scope, const struct yaml_node *n, const struct fact_ref **ret_each,
                     struct error *err)
{
	struct fact_ref *each = arena_alloc(l->arena, sizeof(*each));
	int              r;

	if (!each)
		return error_nomem(err);
	r = condition_fact(l, scope, n, each, err);
	if (r < 0)
		return r;
	if (each->spec->type != FACT_TABLE)
		return yaml_error(n, err, "'each' needs a table, but '%s' is of type %s", each->spec->name, fact_type_name(each->spec->type));
	*ret_each = each;
	return 0;
}

/* Keys that only mean something beside `each`. */
static int refuse_without_each(const struct yaml_node *check, struct error *err)
{
	static const char *const keys[] = { "select", "empty" };

	for (size_t i = 0; i < countof(keys); i++)
		if (yaml_get(check, keys[i]))
			return yaml_error(yaml_get(check, keys[i]), err, "'%s' needs 'each' beside it", keys[i]);
	return 0;
}

int load_demand(struct loader *l, struct rule *rule, struct error *err)
{
	static const char *const extra[] = { "each", "select", "empty" };
	const struct yaml_node  *check = yaml_get(rule->source, "check");
	const struct yaml_node  *each = yaml_get(check, "each");
	struct condition_scope   scope = { .rule = rule->id };
	struct demand            d = { 0 };
	int                      r = load_condition(l, &scope, yaml_get(rule->source, "when"), &d.when, err);

	scope.module = rule->module;
	if (r == 0)
		r = each ? load_each(l, &scope, each, &d.each, err) : refuse_without_each(check, err);
	scope.each = d.each;
	if (r == 0)
		r = load_condition(l, &scope, yaml_get(check, "select"), &d.select, err);
	if (r == 0)
		r = load_empty(yaml_get(check, "empty"), &d.empty, err);
	scope.extra = NAMES(extra);
	if (r == 0)
		r = load_condition(l, &scope, check, &d.check, err);
	if (r == 0)
		r = remedy_compile(l, d.each, rule, err);
	if (r == 0)
		r = parameter_check_used(l, rule, err);
	if (r < 0)
		return r;
	d.unselected = d.empty ? d.empty : VERDICT_NOT_APPLICABLE;
	d.empty = d.empty ? d.empty : VERDICT_ERROR;
	rule->demand = d;
	return 0;
}

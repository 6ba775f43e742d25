/*
 * profile.c: selections of rules, with the values and severities a site wants.
 */
#include "loader.h"

#include "mem.h"
#include "pattern.h"

#define EXTENDS_MAX 16 /* profiles above one another */

int profile_load(struct loader *l, const struct yaml *file, const char *path, const char *name, struct error *err)
{
	static const char *const known[] = { "name", "title", "extends", "select", "exclude", "parameters", "severities" };
	const struct yaml_node  *root = yaml_root(file);
	struct profile           p = { .root = root };
	struct profile          *grown;
	int                      r;

	if (!root)
		return error_set(err, ERR_SYNTAX, "%s:1:1: the file is empty; expected a profile (name: …)", path);
	r = schema_keys(root, "a profile", NAMES(known), err);
	if (r == 0)
		r = schema_get_text(l, root, "name", &p.name, err);
	if (r == 0)
		r = schema_get_text(l, root, "title", &p.title, err);
	if (r == 0 && yaml_get(root, "extends"))
		r = schema_get_text(l, root, "extends", &p.extends, err);
	if (r < 0 || !p.name)
		return r;
	if (!schema_is_id(p.name, '-'))
		return yaml_error(yaml_get(root, "name"), err, "'%s' is no name; use lower-case letters, digits and single '-'", p.name);
	if (name && strcmp(p.name, name) != 0)
		return yaml_error(yaml_get(root, "name"), err, "the name must be that of the file, '%s'", name);
	grown = mem_resize(l->profiles, l->nprofiles + 1, sizeof(*grown));
	if (!grown)
		return error_nomem(err);
	l->profiles = grown;
	l->profiles[l->nprofiles++] = p;
	return 0;
}

/* The one that was loaded last wins: a file of its own may bear the name of a common one. */
static const struct profile *find(const struct loader *l, const char *name)
{
	for (size_t i = l->nprofiles; i > 0; i--)
		if (strcmp(l->profiles[i - 1].name, name) == 0)
			return &l->profiles[i - 1];
	return NULL;
}

static int list_names(const struct loader *l, const char ***ret_names, struct error *err)
{
	const char **names = mem_resize(NULL, l->nprofiles + 1, sizeof(*names));

	if (!names)
		return error_nomem(err);
	for (size_t i = 0; i < l->nprofiles; i++)
		names[i] = l->profiles[i].name;
	*ret_names = names;
	return 0;
}

int profile_find(const struct loader *l, const char *name, const struct profile **ret_profile, struct error *err)
{
	const struct profile *p = find(l, name);
	char                  known[400] = "";
	size_t                used = 0;

	if (p) {
		*ret_profile = p;
		return 0;
	}
	for (size_t i = 0; i < l->nprofiles && used + strlen(l->profiles[i].name) + 3 < sizeof(known); i++)
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s", used > 0 ? ", " : "", l->profiles[i].name);
	return error_set(err, ERR_NOT_FOUND, "there is no profile '%.100s'; there are: %s (or give the path of a .yaml file)", name,
	                 used > 0 ? known : "none");
}

static int find_parent(const struct loader *l, const struct profile *p, const struct profile **ret_parent, struct error *err)
{
	const struct yaml_node *n = yaml_get(p->root, "extends");
	const struct profile   *parent = find(l, p->extends);
	const char            **names = NULL;
	int                     r;

	if (parent == p) /* a file of its own that extends the common profile of the same name */
		for (size_t i = 0; parent == p && i < l->nprofiles; i++)
			parent = strcmp(l->profiles[i].name, p->extends) == 0 ? &l->profiles[i] : parent;
	if (parent == p)
		return yaml_error(n, err, "the profile extends itself");
	if (parent) {
		*ret_parent = parent;
		return 0;
	}
	r = list_names(l, &names, err);
	if (r < 0)
		return r;
	r = schema_unknown(n, "profile", p->extends, (struct names){ names, l->nprofiles }, err);
	mem_free(names);
	return r;
}

/* A profile and those above it, topmost first. */
struct chain {
	const struct profile *items[EXTENDS_MAX];
	size_t                count;
};

static int make_chain(const struct loader *l, const struct profile *p, struct chain *ret_chain, struct error *err)
{
	struct chain upwards = { .items = { p }, .count = 1 };

	while (p->extends) {
		int r = find_parent(l, p, &p, err);

		if (r < 0)
			return r;
		if (upwards.count == EXTENDS_MAX)
			return yaml_error(yaml_get(upwards.items[0]->root, "extends"), err,
			                  "profiles extend one another in a circle, or more than %d deep", EXTENDS_MAX);
		upwards.items[upwards.count++] = p;
	}
	ret_chain->count = upwards.count;
	for (size_t i = 0; i < upwards.count; i++)
		ret_chain->items[i] = upwards.items[upwards.count - 1 - i];
	return 0;
}

/* "benchmark:section", either with *. */
static bool cites(const struct rule *rule, const char *benchmark, const char *section)
{
	const cJSON *sections;
	const cJSON *item;

	cJSON_ArrayForEach(sections, rule->references) {
		if (!pattern_matches(benchmark, sections->string))
			continue;
		cJSON_ArrayForEach(item, sections)
			if (pattern_matches(section, item->valuestring))
				return true;
	}
	return false;
}

/* Set `value` for every rule an entry of select or exclude means: an id, a pattern of ids, or a reference. */
static int mark_entry(const struct loader *l, const struct yaml_node *n, bool value, bool *selected, struct error *err)
{
	const char *text;
	char        benchmark[100];
	const char *colon;
	size_t      hits = 0;
	int         r = schema_text(n, &text, err);

	if (r < 0)
		return r;
	colon = strchr(text, ':');
	if (colon && (size_t)(colon - text) >= sizeof(benchmark))
		return yaml_error(n, err, "the name of the benchmark is too long");
	if (colon)
		snprintf(benchmark, sizeof(benchmark), "%.*s", (int)(colon - text), text);
	for (size_t i = 0; i < l->nrules; i++) {
		const struct rule *rule = &l->rules[i];

		if (colon ? cites(rule, benchmark, colon + 1) : pattern_matches(text, rule->id)) {
			selected[i] = value;
			hits++;
		}
	}
	if (hits == 0)
		return yaml_error(n, err, "no rule fits '%.100s'; expected an id, a pattern of ids such as sshd-*, or a reference such as cis_debian12:5.1.*",
		                  text);
	return 0;
}

static int mark_entries(const struct loader *l, const struct yaml_node *list, bool value, bool *selected, struct error *err)
{
	int r = 0;

	if (!list)
		return 0;
	r = schema_list(list, "ids, patterns or references", err);
	for (size_t i = 0; r == 0 && i < yaml_count(list); i++)
		r = mark_entry(l, yaml_item(list, i), value, selected, err);
	return r;
}

int profile_select(const struct loader *l, const struct profile *p, bool *selected, struct error *err)
{
	struct chain chain = { 0 };
	int          r = make_chain(l, p, &chain, err);

	for (size_t i = 0; r == 0 && i < chain.count; i++) {
		r = mark_entries(l, yaml_get(chain.items[i]->root, "select"), true, selected, err);
		if (r == 0)
			r = mark_entries(l, yaml_get(chain.items[i]->root, "exclude"), false, selected, err);
	}
	for (size_t i = 0; r == 0 && i < l->nrules; i++)
		if (selected[i])
			return 0;
	return r < 0 ? r : yaml_error(p->root, err, "the profile selects no rule; add select: [ids, patterns or references]");
}

static int unknown_rule(const struct loader *l, const struct yaml_node *n, struct error *err)
{
	const char **names = mem_resize(NULL, l->nrules + 1, sizeof(*names));
	int          r;

	if (!names)
		return error_nomem(err);
	for (size_t i = 0; i < l->nrules; i++)
		names[i] = l->rules[i].id;
	r = schema_unknown(n, "rule", yaml_text(n), (struct names){ names, l->nrules }, err);
	mem_free(names);
	return r;
}

static int set_severities(struct loader *l, const struct yaml_node *n, struct error *err)
{
	for (size_t i = 0; i < yaml_count(n); i++) {
		const struct yaml_node *key = yaml_key(n, i);
		struct rule            *rule = NULL;
		int                     r;

		for (size_t j = 0; j < l->nrules; j++)
			if (strcmp(l->rules[j].id, yaml_text(key)) == 0)
				rule = &l->rules[j];
		r = rule ? load_severity(yaml_value(n, i), &rule->severity, err) : unknown_rule(l, key, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int require_mapping(const struct yaml_node *profile, const char *key, const char *how, struct error *err)
{
	const struct yaml_node *n = yaml_get(profile, key);

	if (n && yaml_kind(n) != YAML_MAPPING)
		return yaml_error(n, err, "'%s' is written as %s", key, how);
	return 0;
}

int profile_apply(struct loader *l, const struct profile *p, struct error *err)
{
	struct chain chain = { 0 };
	int          r = make_chain(l, p, &chain, err);

	for (size_t i = 0; r == 0 && i < chain.count; i++) {
		const struct yaml_node *root = chain.items[i]->root;

		r = require_mapping(root, "parameters", "NAME: VALUE", err);
		if (r == 0)
			r = require_mapping(root, "severities", "RULE: SEVERITY", err);
		if (r == 0)
			r = parameter_choose(l, yaml_get(root, "parameters"), err);
		if (r == 0)
			r = set_severities(l, yaml_get(root, "severities"), err);
	}
	return r;
}

int profile_reset(struct loader *l, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < l->nparameters; i++)
		l->parameters[i].chosen = NULL;
	for (size_t i = 0; r == 0 && i < l->nrules; i++)
		r = load_severity(yaml_get(l->rules[i].source, "severity"), &l->rules[i].severity, err);
	return r;
}

#include "ruleset.h"

#include "loader.h"
#include "lookup.h"
#include "mem.h"

struct ruleset {
	struct arena       arena;
	struct regex_link *regexes;
	const char        *profile;
	const char        *only; /* the caller's */

	const struct ruleset_module *modules; /* the caller's */
	size_t                       nmodules;

	struct rule *rules; /* in order of id */
	size_t       count;
};

static int compile_all(struct loader *l, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->nrules; i++)
		r = load_demand(l, &l->rules[i], err);
	return r;
}

/* True when the profile that is applied sets a parameter of the rule: all other rules stay as they are. */
static bool is_changed(const struct loader *l, const struct rule *rule)
{
	for (size_t i = 0; i < l->nparameters; i++)
		if (l->parameters[i].chosen && strcmp(l->parameters[i].rule, rule->id) == 0)
			return true;
	return false;
}

/* What a profile sets must fit the rules it is for. */
static int compile_changed(struct loader *l, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->nrules; i++)
		if (is_changed(l, &l->rules[i]))
			r = load_demand(l, &l->rules[i], err);
	return r;
}

static int check_profile(struct loader *l, const struct profile *p, bool *selected, struct error *err)
{
	int r;

	memset(selected, 0, l->nrules * sizeof(*selected));
	r = profile_select(l, p, selected, err);
	if (r == 0)
		r = profile_apply(l, p, err);
	if (r == 0)
		r = compile_changed(l, err);
	return r < 0 ? r : profile_reset(l, err);
}

/* Every profile must be right, not only the one in use. */
static int check_profiles(struct loader *l, struct error *err)
{
	bool *selected = mem_zalloc(l->nrules * sizeof(*selected) + 1);
	int   r = 0;

	if (!selected)
		return error_nomem(err);
	for (size_t i = 0; r == 0 && i < l->nprofiles; i++)
		r = check_profile(l, &l->profiles[i], selected, err);
	mem_free(selected);
	return r;
}

static struct loader loader_for(struct ruleset *rs, const struct ruleset_options *options)
{
	return (struct loader){
		.arena = &rs->arena,
		.regexes = &rs->regexes,
		.modules = options->modules,
		.nmodules = options->nmodules,
	};
}

/* Rules are compiled once with their own defaults, so that a mistake in one shows whatever profile is asked for. */
static int check_library(struct loader *l, struct error *err)
{
	int r = compile_all(l, err);

	return r < 0 ? r : check_profiles(l, err);
}

static bool is_path(const char *profile)
{
	size_t n = strlen(profile);

	return strchr(profile, '/') || (n > 5 && strcmp(profile + n - 5, ".yaml") == 0);
}

static int choose_profile(struct loader *l, const char *name, const struct profile **ret_profile, struct error *err)
{
	int r;

	if (!name)
		name = "baseline";
	if (!is_path(name))
		return profile_find(l, name, ret_profile, err);
	r = library_load_profile(l, name, err);
	if (r == 0)
		*ret_profile = &l->profiles[l->nprofiles - 1];
	return r;
}

static int compare_rules(const void *a, const void *b)
{
	const struct rule *x = a;
	const struct rule *y = b;

	return strcmp(x->id, y->id);
}

/* Move the selected rules from the loader to the rule set. */
static int take_rules(struct ruleset *rs, struct loader *l, const bool *selected, struct error *err)
{
	rs->rules = mem_zalloc(l->nrules * sizeof(*rs->rules) + 1);
	if (!rs->rules)
		return error_nomem(err);
	for (size_t i = 0; i < l->nrules; i++) {
		if (!selected[i])
			continue;
		rs->rules[rs->count] = l->rules[i];
		rs->rules[rs->count++].source = NULL;
		l->rules[i].references = NULL;
	}
	qsort(rs->rules, rs->count, sizeof(*rs->rules), compare_rules);
	return 0;
}

/* The rules that are selected, and those whose parameters are set, as what is set must fit. */
static int compile_selected(struct loader *l, const bool *selected, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->nrules; i++)
		if (selected[i] || is_changed(l, &l->rules[i]))
			r = load_demand(l, &l->rules[i], err);
	return r;
}

/* Of the selected rules, those of the one module that is asked for. */
static int restrict_selection(const struct ruleset *rs, const struct loader *l, const struct profile *profile, bool *selected, struct error *err)
{
	size_t left = 0;

	for (size_t i = 0; rs->only && i < l->nrules; i++) {
		selected[i] = selected[i] && strcmp(l->rules[i].module->name, rs->only) == 0;
		left += selected[i];
	}
	if (rs->only && left == 0)
		return error_set(err, ERR_USAGE, "profile '%s' has no rule about %s", profile->name, rs->only);
	return 0;
}

/* The rules a profile selects, with its parameters. */
static int take_profile(struct ruleset *rs, struct loader *l, const struct profile *profile, struct error *err)
{
	bool *selected = mem_zalloc(l->nrules * sizeof(*selected) + 1);
	int   r;

	if (!selected)
		return error_nomem(err);
	r = profile_apply(l, profile, err);
	if (r == 0)
		r = profile_select(l, profile, selected, err);
	if (r == 0)
		r = restrict_selection(rs, l, profile, selected, err);
	if (r == 0)
		r = compile_selected(l, selected, err);
	if (r == 0)
		r = take_rules(rs, l, selected, err);
	rs->profile = profile->name;
	mem_free(selected);
	return r;
}

/* Files that somebody wrote are checked whole; our own were, by the unit tests. */
static int load(struct ruleset *rs, struct loader *l, const struct ruleset_options *options, struct error *err)
{
	const struct profile *profile = NULL;
	int                   r = library_load(l, options->rules, err);

	if (r == 0 && options->rules)
		r = check_library(l, err);
	if (r == 0)
		r = choose_profile(l, options->profile, &profile, err);
	return r < 0 || !profile ? r : take_profile(rs, l, profile, err);
}

int ruleset_load(const struct ruleset_options *options, struct ruleset **ret_ruleset, struct error *err)
{
	struct ruleset *rs = mem_zalloc(sizeof(*rs));
	struct loader   l;
	int             r;

	if (!rs)
		return error_nomem(err);
	rs->only = options->only;
	rs->modules = options->modules;
	rs->nmodules = options->nmodules;
	l = loader_for(rs, options);
	r = load(rs, &l, options, err);
	loader_fini(&l);
	if (r < 0) {
		ruleset_free(rs);
		return r;
	}
	*ret_ruleset = rs;
	return 0;
}

void ruleset_free(struct ruleset *rs)
{
	if (!rs)
		return;
	while (rs->regexes) {
		struct regex_link *next = rs->regexes->next;

		regfree(&rs->regexes->regex);
		mem_free(rs->regexes);
		rs->regexes = next;
	}
	for (size_t i = 0; i < rs->count; i++)
		cJSON_Delete(rs->rules[i].references);
	mem_free(rs->rules);
	arena_free(&rs->arena);
	mem_free(rs);
}

const char *ruleset_only(const struct ruleset *rs)
{
	return rs->only;
}

const char *ruleset_profile(const struct ruleset *rs)
{
	return rs->profile;
}

size_t ruleset_count(const struct ruleset *rs)
{
	return rs->count;
}

struct rule_info ruleset_rule(const struct ruleset *rs, size_t index)
{
	const struct rule *rule = &rs->rules[index];

	return (struct rule_info){
		.id = rule->id,
		.title = rule->title,
		.module = rule->module->name,
		.severity = rule->severity,
		.rationale = rule->rationale,
		.remediation = rule->remediation,
		.remedies_by = rule->remedies_by ? rule->remedies_by->name : NULL,
		.remedies = rule->remedies,
		.nremedies = rule->nremedies,
		.references = rule->references,
		.expected = rule->demand.check->expected,
		.file = rule->place,
	};
}

int ruleset_evaluate(const struct ruleset *rs, const cJSON *facts, struct findings *ret_findings, struct error *err)
{
	struct findings     findings = { 0 };
	struct lookup_scope target;
	int                 r = lookup_open(&target, rs->modules, rs->nmodules, facts, err);

	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < rs->count; i++)
		r = evaluate_rule(&rs->rules[i], &target, &findings, err);
	lookup_close(&target);
	if (r < 0) {
		findings_free(&findings);
		return r;
	}
	*ret_findings = findings;
	return 0;
}

static int show_profiles(struct loader *l, void (*each)(const struct profile_info *profile, void *context), void *context, struct error *err)
{
	bool *selected = mem_zalloc(l->nrules * sizeof(*selected) + 1);
	int   r = 0;

	if (!selected)
		return error_nomem(err);
	for (size_t i = 0; r == 0 && i < l->nprofiles; i++) {
		struct profile_info info = { .name = l->profiles[i].name, .title = l->profiles[i].title, .all = l->nrules };

		memset(selected, 0, l->nrules * sizeof(*selected));
		r = profile_select(l, &l->profiles[i], selected, err);
		for (size_t j = 0; j < l->nrules; j++)
			info.rules += selected[j];
		if (r == 0)
			each(&info, context);
	}
	mem_free(selected);
	return r;
}

int ruleset_profiles(const struct ruleset_options *options, void (*each)(const struct profile_info *profile, void *context), void *context,
                     struct error *err)
{
	struct ruleset *rs = mem_zalloc(sizeof(*rs));
	struct loader   l;
	int             r;

	if (!rs)
		return error_nomem(err);
	l = loader_for(rs, options);
	r = library_load(&l, options->rules, err);
	if (r == 0)
		r = check_library(&l, err);
	if (r == 0)
		r = show_profiles(&l, each, context, err);
	loader_fini(&l);
	ruleset_free(rs);
	return r;
}

#include "modules.h"
#include "nearest.h"
#include "text.h"

static int print_list(const struct options *options, const struct ruleset *rs, struct error *err)
{
	int id = 0;
	int module = 0;

	if (options->operands.count > 1)
		return error_set(err, ERR_USAGE, "'rules list' takes no rule; see 'sshvet help rules'");
	for (size_t i = 0; i < ruleset_count(rs); i++) {
		struct rule_info rule = ruleset_rule(rs, i);

		id = (int)strlen(rule.id) > id ? (int)strlen(rule.id) : id;
		module = (int)strlen(rule.module) > module ? (int)strlen(rule.module) : module;
	}
	for (size_t i = 0; i < ruleset_count(rs); i++) {
		struct rule_info rule = ruleset_rule(rs, i);

		printf("%-*s  %-8s  %-*s  %s\n", id, rule.id, severity_name(rule.severity), module, rule.module, rule.title);
	}
	return 0;
}

/* A text of several lines, every one indented. */
static void print_text(const char *label, const char *text)
{
	struct slice rest = slice_of(text);
	struct slice line;

	if (!*text)
		return;
	printf("\n%s\n", label);
	while (slice_next_line(&rest, &line, NULL))
		printf("%s%.*s\n", line.len > 0 ? "  " : "", (int)line.len, line.ptr);
}

static void print_references(const cJSON *references)
{
	const cJSON *benchmark;

	if (!references || !references->child)
		return;
	puts("\nReferences");
	cJSON_ArrayForEach(benchmark, references) {
		const cJSON *number;

		printf("  %s:", benchmark->string);
		cJSON_ArrayForEach(number, benchmark)
			printf("%s %s", number->prev && number != benchmark->child ? "," : "",
			       number->valuestring ? number->valuestring : "");
		putchar('\n');
	}
}

static void print_rule(struct rule_info rule)
{
	printf("%s\n  %s\n\n", rule.id, rule.title);
	printf("  severity  %s\n  module    %s\n  expects   %s\n  defined   %s\n", severity_name(rule.severity),
	       rule.module, rule.expected, rule.file);
	print_text("Why it matters", rule.rationale);
	print_text("What to do", rule.remediation);
	for (size_t i = 0; i < rule.nremedies; i++) {
		char label[300];

		snprintf(label, sizeof(label), "What to do where %s is %s", rule.remedies_by, rule.remedies[i].value);
		print_text(label, rule.remedies[i].text);
	}
	print_references(rule.references);
}

static int show_rule(const struct ruleset *rs, const char *id, struct error *err)
{
	struct nearest guess;
	char           shown[64];

	nearest_init(&guess, id);
	for (size_t i = 0; i < ruleset_count(rs); i++) {
		struct rule_info rule = ruleset_rule(rs, i);

		if (strcmp(rule.id, id) == 0) {
			print_rule(rule);
			return 0;
		}
		nearest_consider(&guess, rule.id);
	}
	text_clean_into(shown, sizeof(shown), slice_of(id));
	if (guess.best)
		return error_set(err, ERR_NOT_FOUND, "profile '%s' has no rule '%s', did you mean '%s'?",
		                 ruleset_profile(rs), shown, guess.best);
	return error_set(err, ERR_NOT_FOUND, "profile '%s' has no rule '%s'; see 'sshvet rules list'",
	                 ruleset_profile(rs), shown);
}

static int print_rules(const struct options *options, const struct ruleset *rs, struct error *err)
{
	int r = 0;

	if (options->operands.count < 2)
		return error_set(err, ERR_USAGE, "'rules show' needs the id of a rule; see 'sshvet rules list'");
	for (size_t i = 1; i < options->operands.count && r == 0; i++) {
		if (i > 1)
			putchar('\n');
		r = show_rule(rs, options->operands.items[i], err);
	}
	return r;
}

/* What lint has gone through. */
struct lint {
	size_t rules;
	size_t profiles;
};

static void count_profile(const struct profile_info *profile, void *context)
{
	struct lint *lint = context;

	lint->rules = profile->all;
	lint->profiles++;
}

/*
 * To list the profiles, all of them are checked, and every rule, also those no profile selects; a profile in a file of
 * its own comes on top.
 */
static int lint(const struct options *options, struct error *err)
{
	struct ruleset_options all = modules_options(options);
	struct lint            lint = { 0 };
	struct ruleset        *rs = NULL;
	int                    r = 0;

	if (options->operands.count > 1)
		return error_set(err, ERR_USAGE, "'rules lint' takes no rule; see 'sshvet help rules'");
	if (options->profile)
		r = modules_load(options, &rs, err);
	ruleset_free(rs);
	if (r == 0)
		r = ruleset_profiles(&all, count_profile, &lint, err);
	if (r == 0)
		printf("%zu rules, %zu profiles: no mistakes\n", lint.rules, lint.profiles);
	return r;
}

static int with_ruleset(const struct options *options,
                        int (*print)(const struct options *o, const struct ruleset *rs, struct error *err),
                        struct error *err)
{
	struct ruleset *rs;
	int             r = modules_load(options, &rs, err);

	if (r < 0)
		return r;
	r = print(options, rs, err);
	ruleset_free(rs);
	return r;
}

static int list(const struct options *options, struct error *err)
{
	return with_ruleset(options, print_list, err);
}

static int show(const struct options *options, struct error *err)
{
	return with_ruleset(options, print_rules, err);
}

static const struct {
	const char *name;
	int (*run)(const struct options *options, struct error *err);
} actions[] = {
	{ "list", list },
	{ "show", show },
	{ "lint", lint },
};

int cmd_rules(const struct options *options, struct error *err)
{
	const char *action = options->operands.items[0];
	char        shown[64];

	for (size_t i = 0; i < countof(actions); i++) {
		if (strcmp(actions[i].name, action) == 0)
			return actions[i].run(options, err);
	}
	return error_set(err, ERR_USAGE, "'rules %s': write list, show or lint; see 'sshvet help rules'",
	                 text_clean_into(shown, sizeof(shown), slice_of(action)));
}

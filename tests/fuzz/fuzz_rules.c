/*
 * fuzz_rules.c: bytes as a rule file and, behind a line "====", a profile: loaded, and held against facts of every type.
 */
#include <string.h>

#include "fuzz.h"
#include "loader.h"
#include "lookup.h"

#include "mem.h"
#include "text.h"

/* libfyaml 0.7.12 does not release the pieces of a quoted text with dozens of escapes (fy_token_get_text()). That the parser itself is released
 * is what test_yaml.c sees, which suppresses nothing. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libfyaml";
}

static const struct fact_spec facts[] = {
	{ "any.text", FACT_TEXT, NULL, "" },
	{ "any.integer", FACT_INTEGER, "seconds", "" },
	{ "any.boolean", FACT_BOOLEAN, NULL, "" },
	{ "any.mode", FACT_MODE, "octal", "" },
	{ "any.list", FACT_LIST, NULL, "" },
	{ "any.table", FACT_TABLE, NULL, "" },
	{ "any.table[].text", FACT_TEXT, NULL, "" },
	{ "any.table[].list", FACT_LIST, NULL, "" },
	{ "any.table[].integer", FACT_INTEGER, NULL, "" },
	{ "any.deep.down.text", FACT_TEXT, NULL, "" },
};
static const struct ruleset_module modules[] = { { "sample", "any", facts, countof(facts) } };

static const char sample[] = "{\"any\": {\"text\": \"x\", \"integer\": 4, \"boolean\": true, \"mode\": \"0600\", \"list\": [\"a\", \"aes-cbc\"],"
			     "\"table\": [{\"subject\": \"s\", \"text\": \"9.2p1\", \"where\": \"f:1\"}, {\"list\": [], \"integer\": 1}],"
			     "\"unavailable\": [{\"fact\": \"any.deep\", \"reason\": \"privilege\"}]}}";

/* Everything a rule set does between the file and the findings. */
static int run(struct loader *l, const struct yaml *rules, const struct yaml *profile, struct findings *findings, struct error *err)
{
	struct lookup_scope target = { 0 };
	bool               *selected = NULL;
	cJSON              *json = cJSON_Parse(sample);
	int                 r = load_rules(l, rules, "rules", err);

	if (r == 0)
		r = lookup_open(&target, l->modules, l->nmodules, json, err);
	for (size_t i = 0; r == 0 && i < l->nrules; i++)
		r = load_demand(l, &l->rules[i], err);
	for (size_t i = 0; r == 0 && i < l->nrules; i++)
		r = evaluate_rule(&l->rules[i], &target, findings, err);
	if (r == 0 && profile)
		r = profile_load(l, profile, "profile", NULL, err);
	if (r == 0 && profile) {
		selected = mem_zalloc(l->nrules + 1);
		r = profile_select(l, &l->profiles[0], selected, err);
		if (r == 0)
			r = profile_apply(l, &l->profiles[0], err);
		for (size_t i = 0; r == 0 && i < l->nrules; i++)
			r = load_demand(l, &l->rules[i], err);
	}
	mem_free(selected);
	lookup_close(&target);
	cJSON_Delete(json);
	return r;
}

static void fuzz(struct slice rules, struct slice profile)
{
	struct error       err = { 0 };
	struct arena       arena = { 0 };
	struct regex_link *regexes = NULL;
	struct findings    findings = { 0 };
	struct loader      l = { .arena = &arena, .regexes = &regexes, .modules = modules, .nmodules = countof(modules) };
	struct yaml       *trees[2] = { NULL, NULL };
	int                r = yaml_parse(rules, "rules", &trees[0], &err);

	if (r == 0 && profile.len > 0)
		r = yaml_parse(profile, "profile", &trees[1], &err);
	if (r == 0)
		r = run(&l, trees[0], trees[1], &findings, &err);
	if (r < 0 && (err.code != r || err.text[0] == '\0' || !text_is_clean(slice_of(err.text))))
		abort();
	if (r == ERR_SYNTAX && strncmp(err.text, "rules:", 6) != 0 && strncmp(err.text, "profile:", 8) != 0)
		abort();
	for (size_t i = 0; i < findings.count; i++)
		if (findings.items[i].verdict == VERDICT_UNKNOWN || findings.items[i].verdict >= VERDICT_WAIVED || !findings.items[i].message)
			abort();
	findings_free(&findings);
	loader_fini(&l);
	yaml_free(trees[0]);
	yaml_free(trees[1]);
	while (regexes) {
		struct regex_link *next = regexes->next;

		regfree(&regexes->regex);
		mem_free(regexes);
		regexes = next;
	}
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char border[] = "\n====\n";
	struct slice      text = { (const char *)data, size };
	struct slice      profile = { 0 };

	for (size_t i = 0; i + sizeof(border) - 1 <= size; i++) {
		if (memcmp(text.ptr + i, border, sizeof(border) - 1) == 0) {
			profile = slice_sub(text, i + sizeof(border) - 1, SIZE_MAX);
			text = slice_sub(text, 0, i + 1);
			break;
		}
	}
	fuzz(text, profile);
	return 0;
}

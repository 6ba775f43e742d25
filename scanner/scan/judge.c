#include "judge.h"

#include "check.h"
#include "json_memory.h"

/* A fact of the module `host`, where it has the type asked for; NULL otherwise. */
static const char *host_text(const cJSON *facts, const char *name)
{
	const cJSON *host = cJSON_GetObjectItemCaseSensitive(facts, "host");

	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(host, name));
}

static bool host_is(const cJSON *facts, const char *name)
{
	const cJSON *host = cJSON_GetObjectItemCaseSensitive(facts, "host");

	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(host, name));
}

int judge_evidence(const struct ruleset *ruleset, const struct key_lists *lists, const struct evidence *ev, struct judgement *ret, struct error *err)
{
	struct judgement j = { 0 };
	struct arena    *before = json_memory_use(&j.memory);
	int              r = checks_extract_only(ev, ruleset_only(ruleset), &j.facts, err);
	if (r == 0)
		r = key_lists_annotate(lists, j.facts, err);
	(void)json_memory_use(before);
	if (r == 0)
		r = ruleset_evaluate(ruleset, j.facts, &j.findings, err);
	if (r < 0) {
		judgement_fini(&j);
		return r;
	}
	j.privileged = host_is(j.facts, "privileged");
	j.os = host_text(j.facts, "os");
	j.openssh = host_text(j.facts, "openssh");
	*ret = j;
	return 0;
}

void judgement_fini(struct judgement *j)
{
	findings_free(&j->findings);
	arena_free(&j->memory);
	*j = (struct judgement){ 0 };
}

#include "check.h"

#define CHECK(name) extern const struct check check_##name;
#include "checks.def"
#undef CHECK

const struct check *const checks[] = {
#define CHECK(name) &check_##name,
#include "checks.def"
#undef CHECK
	NULL,
};

const struct check *check_find(const char *name)
{
	for (size_t i = 0; checks[i]; i++)
		if (strcmp(checks[i]->name, name) == 0)
			return checks[i];
	return NULL;
}

/* What is left of a module whose parser gave up: nothing but the reason. */
static int add_failed(const struct check *check, cJSON *facts, const struct error *why, struct error *err)
{
	cJSON *module = cJSON_AddObjectToObject(facts, check->member);

	if (!module)
		return error_nomem(err);
	return fact_add_unavailable(module, check->member, why->code == ERR_TOO_BIG ? REASON_TRUNCATED : REASON_PARSE, err, "%s", why->text);
}

static int extract_one(const struct check *check, const struct evidence *ev, cJSON *facts, struct error *err)
{
	struct error why = { 0 };
	cJSON       *module = cJSON_CreateObject();

	if (!module)
		return error_nomem(err);
	if (check->extract(ev, module, &why) == 0) {
		if (cJSON_AddItemToObject(facts, check->member, module))
			return 0;
		why.code = ERR_NOMEM;
	}
	cJSON_Delete(module);
	return why.code == ERR_NOMEM ? error_nomem(err) : add_failed(check, facts, &why, err);
}

int checks_extract_only(const struct evidence *ev, const char *only, cJSON **ret_facts, struct error *err)
{
	cJSON *facts = cJSON_CreateObject();

	if (!facts)
		return error_nomem(err);
	for (size_t i = 0; checks[i]; i++) {
		int r = only && strcmp(only, checks[i]->name) != 0 ? 0 : extract_one(checks[i], ev, facts, err);

		if (r < 0) {
			cJSON_Delete(facts);
			return r;
		}
	}
	*ret_facts = facts;
	return 0;
}

int checks_extract(const struct evidence *ev, cJSON **ret_facts, struct error *err)
{
	return checks_extract_only(ev, NULL, ret_facts, err);
}

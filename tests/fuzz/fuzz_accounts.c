/* Lines of passwd, group and shadow. */
#include "fuzz_checks.h"

#include "accounts.h"

/* Whoever is found by name has that name, and is in the groups that name it. */
static void check_lookups(const struct evidence *ev)
{
	struct accounts a;

	if (accounts_read(ev, &a, NULL) < 0)
		abort();
	for (size_t i = 0; i < a.nitems; i++) {
		size_t found = accounts_find(&a, a.items[i].name);

		if (found > i || !slice_equal(a.items[found].name, a.items[i].name) || !accounts_is_member(&a, i, a.items[i].gid))
			abort();
	}
	for (size_t i = 0; i < a.nmemberships; i++)
		if (!accounts_is_member(&a, a.memberships[i].account, a.groups[a.memberships[i].group].gid))
			abort();
	accounts_fini(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const heads[] = { "accounts.passwd source=getent", "accounts.group source=getent", "accounts.shadow", "accounts.sources", "accounts.done",
		                             NULL };
	const struct slice       input = { .ptr = (const char *)data, .len = size };
	struct evidence         *ev = size <= LIMIT_EVIDENCE ? fuzz_evidence("0", heads, input) : NULL;

	if (ev)
		check_lookups(ev);
	evidence_free(ev);
	cJSON_Delete(fuzz_extract("accounts", "0", heads, data, size));
	return 0;
}

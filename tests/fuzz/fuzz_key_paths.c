/* What the collector saw of files of accounts: paths, links, folders that cannot be looked into. */
#include "fuzz_checks.h"

#include "key_paths.h"

/* A path that is there is found, and looking for anything ends. */
static void check_lookups(const struct evidence *ev)
{
	struct key_paths paths;
	struct buf       real;

	buf_init(&real, LIMIT_FACT_TEXT);
	if (key_paths_read(ev, &paths, NULL) < 0)
		abort();
	for (size_t i = 0; i < paths.npaths; i++) {
		const struct key_path *found = key_paths_find(&paths, paths.paths[i].path);
		struct key_found       look;

		if (!found || !slice_equal(found->path, paths.paths[i].path))
			abort();
		if (key_paths_look(&paths, paths.paths[i].path, &real, &look, NULL) == 0 && (look.presence == KEY_PRESENCE_THERE) != (look.file != NULL))
			abort();
	}
	key_paths_fini(&paths);
	buf_free(&real);
}

/* What sshd refuses has a reason, and what is not known is not claimed. */
static void check_verdicts(const cJSON *facts)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(facts, "strict_modes")) {
		const cJSON *refused = cJSON_GetObjectItemCaseSensitive(item, "refused");
		const char  *why = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "why"));

		if ((refused != NULL) != (why != NULL) || (refused && cJSON_IsTrue(refused) != (why[0] != '\0')))
			abort();
		if (!refused && !cJSON_GetObjectItemCaseSensitive(item, "unavailable"))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const heads[] = { "accounts.passwd source=getent", "accounts.group source=getent", "accounts.hung", "accounts.done",
		                             "sshd_config.file path=/etc/ssh/sshd_config", "keys.patterns", "keys.stat", "keys.done", NULL };
	const struct slice       input = { .ptr = (const char *)data, .len = size };
	struct evidence         *ev = size <= LIMIT_EVIDENCE ? fuzz_evidence("0", heads, input) : NULL;
	cJSON                   *facts;

	if (ev)
		check_lookups(ev);
	evidence_free(ev);
	facts = fuzz_extract("key_permissions", "0", heads, data, size);
	check_verdicts(facts);
	cJSON_Delete(facts);
	return 0;
}

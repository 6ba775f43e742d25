/* Everything a target says of its keys: accounts, what was looked for, files. */
#include "fuzz_checks.h"

/* A line that counts has a key, and everything has a name. */
static void check_facts(const cJSON *facts)
{
	static const char *const tables[] = { "authorized", "private", "host", "certificates", "ca", "client" };
	const cJSON             *item;

	for (size_t i = 0; i < countof(tables); i++) {
		cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(facts, tables[i])) {
			const char *state = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "state"));

			if (!cJSON_IsString(cJSON_GetObjectItemCaseSensitive(item, "subject")))
				abort();
			if (state && strcmp(state, "accepted") == 0 && !cJSON_GetObjectItemCaseSensitive(item, "fingerprint"))
				abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const heads[] = { "accounts.passwd source=getent", "sshd_config.file path=/etc/ssh/sshd_config", "key_material.looked", "key_material.files mode=keys",
		                             "key_material.files mode=host", "key_material.clock", "key_material.done", NULL };
	cJSON                   *facts = fuzz_extract("key_material", "0", heads, data, size);

	check_facts(facts);
	cJSON_Delete(facts);
	return 0;
}

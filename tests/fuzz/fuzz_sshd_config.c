/* What sshd printed, its main file, and a file that is included: as root with the dump, and as an ordinary user without it. */
#include "fuzz_checks.h"

/* Without a dump and without a gap nothing may come out of nowhere: what is not set in the files is unavailable, or an empty list. */
static void check_files_only(const cJSON *facts)
{
	const cJSON *context = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(facts, "contexts"), 0);
	const cJSON *where = cJSON_GetObjectItemCaseSensitive(context, "where");
	const cJSON *value;

	cJSON_ArrayForEach(value, context) {
		const char *at = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(where, value->string));

		if (strcmp(value->string, "subject") == 0 || strcmp(value->string, "global") == 0 || strcmp(value->string, "where") == 0 || strcmp(value->string, "unavailable") == 0)
			continue;
		if ((!at || strcmp(at, "default") == 0) && !(cJSON_IsArray(value) && cJSON_GetArraySize(value) == 0))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const root[] = { "sshd_config.dump command=sshd%20-T", "sshd_config.file path=/etc/ssh/sshd_config",
		                            "sshd_config.include pattern=/etc/ssh/sshd_config.d/%2a.conf folder=listed",
		                            "sshd_config.file path=/etc/ssh/sshd_config.d/a.conf", NULL };
	cJSON                   *facts = fuzz_extract("sshd_config", "0", root, data, size);

	cJSON_Delete(facts);
	facts = fuzz_extract("sshd_config", "1000", root + 1, data, size);
	check_files_only(facts);
	cJSON_Delete(facts);
	return 0;
}

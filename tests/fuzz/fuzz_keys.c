/* Lines of stat and of ls about files. */
#include "fuzz_checks.h"

/* A mode that is there is four octal digits or more, and a type comes with it. */
static void check_files(const cJSON *facts)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(facts, "files")) {
		const char *mode = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "mode"));
		bool        type = cJSON_GetObjectItemCaseSensitive(item, "type") != NULL;

		if ((mode != NULL) != type || (mode && (strlen(mode) != 4 || strspn(mode, "01234567") != 4)))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const heads[] = { "keys.file path=/a kind=host_private_key tool=stat", "keys.file path=/b kind=host_private_key tool=ls",
		                             "keys.done", NULL };
	cJSON                   *facts = fuzz_extract("key_permissions", "0", heads, data, size);

	check_files(facts);
	cJSON_Delete(facts);
	return 0;
}

#include "json_read.h"

#include "json_memory.h"

int json_parse(struct slice text, struct json *ret_json, struct error *err)
{
	struct json   json = { 0 };
	struct arena *before;
	const char   *end = NULL;

	if (text.len == 0 || memchr(text.ptr, '\0', text.len))
		return error_set(err, ERR_SYNTAX, "not JSON");
	before = json_memory_use(&json.arena);
	json.root = cJSON_ParseWithLengthOpts(text.ptr, text.len, &end, false);
	(void)json_memory_use(before);
	if (!json.root || end != text.ptr + text.len) {
		json_free(&json);
		return error_set(err, ERR_SYNTAX, "not JSON");
	}
	*ret_json = json;
	return 0;
}

void json_free(struct json *j)
{
	arena_free(&j->arena);
	*j = (struct json){ 0 };
}

/*
 * authorized_driver: each line of standard input as a line of authorized_keys: one line of JSON for each, for tests/live/test_authorized_keys.py.
 *
 *   authorized_driver NOW OFFSET <FILE
 */
#include <cjson/cJSON.h>

#include "authorized_keys.h"
#include "file.h"
#include "mem.h"
#include "text.h"

static void put_text(cJSON *object, const char *name, struct slice bytes)
{
	char *text;

	if (!bytes.ptr)
		return;
	text = mem_zalloc(bytes.len * 4 + 16);
	assert(text);
	text_clean_into(text, bytes.len * 4 + 16, bytes);
	cJSON_AddStringToObject(object, name, text);
	mem_free(text);
}

static cJSON *describe(const struct authorized_key *key)
{
	cJSON *object = cJSON_CreateObject();
	char   fingerprint[FINGERPRINT_SIZE];

	cJSON_AddBoolToObject(object, "empty", key->empty);
	if (key->why)
		cJSON_AddStringToObject(object, "why", key->why);
	if (key->key.type.len > 0) {
		put_text(object, "type", key->key.type);
		public_key_fingerprint(key->blob, fingerprint);
		cJSON_AddStringToObject(object, "fingerprint", fingerprint);
		cJSON_AddNumberToObject(object, "bits", key->key.bits);
		put_text(object, "comment", key->comment);
	}
	put_text(object, "from", key->from);
	put_text(object, "command", key->command);
	put_text(object, "principals", key->principals);
	cJSON_AddNumberToObject(object, "expires", (double)key->expires);
	cJSON_AddBoolToObject(object, "expired", key->expired);
	cJSON_AddBoolToObject(object, "cert_authority", key->cert_authority);
	cJSON_AddNumberToObject(object, "options", (double)key->noptions);
	return object;
}

int main(int argc, char **argv)
{
	struct authorized_clock clock = { 0 };
	struct slice            rest, line = { 0 };
	struct buf              text;
	struct error            err;

	if (argc != 3 || file_read("-", 64u << 20, FILE_ANY, &text, &err) < 0)
		return 2;
	clock.now = strtoll(argv[1], NULL, 10);
	clock.offset = (int)strtol(argv[2], NULL, 10);
	rest = buf_slice(&text);
	while (slice_next_line(&rest, &line, NULL)) {
		struct arena          arena = { 0 };
		struct authorized_key key;
		cJSON                *object;
		char                 *out;

		if (authorized_key_parse(line, &clock, &arena, &key, &err) < 0)
			return 2;
		object = describe(&key);
		out = cJSON_PrintUnformatted(object);
		puts(out);
		cJSON_free(out);
		cJSON_Delete(object);
		arena_free(&arena);
	}
	buf_free(&text);
	return 0;
}

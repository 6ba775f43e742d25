/* Lines of authorized_keys. */
#include "authorized_keys.h"
#include "fuzz.h"

static void check_slice(struct slice s)
{
	unsigned sum = 0;

	for (size_t i = 0; i < s.len; i++)
		sum += (unsigned char)s.ptr[i];
	if (s.len > 0 && (!s.ptr || sum == UINT_MAX))
		abort();
}

static void check_key(const struct authorized_key *key)
{
	if (key->empty)
		return;
	/* What counts is a whole key of a known type. */
	if (!key->why && (key->key.type.len == 0 || key->key.bits == 0 || key->key.certificate || key->blob.len == 0))
		abort();
	if ((key->why || key->expires == 0) && key->expired)
		abort();
	check_slice(key->blob);
	check_slice(key->comment);
	check_slice(key->from);
	check_slice(key->command);
	check_slice(key->principals);
	for (size_t i = 0; i < key->noptions; i++) {
		check_slice(key->options[i]);
		if (key->options[i].len == 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct authorized_clock clock = { .now = 1700000000, .offset = -3600 };
	struct slice                         rest = { .ptr = (const char *)data, .len = size }, line;

	while (slice_next_line(&rest, &line, NULL)) {
		struct arena          arena = { 0 };
		struct authorized_key key;
		struct error          err;

		if (authorized_key_parse(line, &clock, &arena, &key, &err) < 0)
			abort();
		check_key(&key);
		arena_free(&arena);
	}
	return 0;
}

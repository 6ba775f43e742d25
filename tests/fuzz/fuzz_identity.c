/*
 * Private key files. An input that begins with "openssh-key-v1" is put between BEGIN and END lines first, so
 * that mutations reach what is under the base64.
 */
#include "base64.h"
#include "fuzz.h"
#include "identity.h"
#include "limit.h"
#include "openssh_key.h"
#include "public_key.h"

static const char magic[] = "openssh-key-v1";

/* The passphrase of the encrypted keys in the corpus. */
static int secret(const char *key_path, char *buffer, size_t size, void *context, struct error *err)
{
	(void)key_path;
	(void)context;
	(void)err;
	return snprintf(buffer, size, "secret");
}

/* Every round of the key derivation takes milliseconds: more than two would make a slow fuzzer, not a better
 * one. */
static bool is_quick(struct slice text)
{
	struct openssh_key file;
	bool               quick;

	if (openssh_key_open(text, &file, NULL) < 0)
		return false;
	quick = file.rounds <= 2;
	openssh_key_close(&file);
	return quick;
}

static void run(struct slice text)
{
	struct identity  *id;
	struct public_key key;

	if (identity_parse(text, "fuzz", is_quick(text) ? secret : NULL, NULL, &id, NULL) < 0)
		return;
	if (public_key_parse(identity_public_key(id), &key, NULL) < 0 || !slice_is(key.type, identity_type(id)))
		abort();
	identity_free(id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = { .ptr = (const char *)data, .len = size };
	struct buf   text;

	if (!slice_has_prefix(bytes, magic)) {
		run(bytes);
		return 0;
	}
	buf_init(&text, LIMIT_KEY_FILE);
	if (buf_append_text(&text, "-----BEGIN OPENSSH PRIVATE KEY-----\n", NULL) == 0 &&
	    base64_encode(&text, bytes, NULL) == 0 &&
	    buf_append_text(&text, "\n-----END OPENSSH PRIVATE KEY-----\n", NULL) == 0)
		run(buf_slice(&text));
	buf_free(&text);
	return 0;
}

/* Public key blobs, as servers and files on targets hold them. */
#include "fuzz.h"
#include "public_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice      blob = { .ptr = (const char *)data, .len = size };
	struct public_key key;
	char              fingerprint[FINGERPRINT_SIZE];

	if (public_key_parse(blob, &key, NULL) == 0 && (key.type.len == 0 || key.type.len > 64))
		abort();
	public_key_fingerprint(blob, fingerprint);
	if (strlen(fingerprint) != FINGERPRINT_SIZE - 1)
		abort();
	return 0;
}

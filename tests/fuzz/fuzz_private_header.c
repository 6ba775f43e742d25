/* What a target says of private keys, one a line. */
#include "fuzz.h"
#include "private_header.h"
#include "public_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { .ptr = (const char *)data, .len = size }, line;

	while (slice_next_line(&rest, &line, NULL)) {
		struct arena          arena = { 0 };
		struct private_header header = { 0 };
		struct public_key     key;
		struct error          err = { 0 };
		int                   r = private_header_parse(line, &arena, &header, &err);

		if (r < 0 && err.text[0] == '\0')
			abort();
		if (r == 0 && (!header.format || (header.blob.len > 0 && public_key_parse(header.blob, &key, NULL) < 0)))
			abort();
		arena_free(&arena);
	}
	return 0;
}

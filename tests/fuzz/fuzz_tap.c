/* The bytes a server sends before encryption starts, in pieces whose size the input chooses. */
#include "tap.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t     step = size > 0 ? data[0] + 1u : 1;
	struct tap t;

	tap_init(&t);
	for (size_t at = 1; at < size; at += step)
		if (tap_feed(&t, data + at, size - at < step ? size - at : step, NULL) < 0)
			break;
	if (t.done && (t.kexinit.len == 0 || t.identification.len < 4))
		abort();
	tap_fini(&t);
	return 0;
}

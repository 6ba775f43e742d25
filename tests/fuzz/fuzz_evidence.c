/* The evidence parser: what it accepts must survive being written and read again unchanged. */
#include "evidence.h"
#include "fuzz.h"
#include "limit.h"
#include "mem.h"

/* A buffer of exactly the bytes, so that the sanitizer sees the first byte read past the end. */
static struct buf exact(const char *bytes, size_t size)
{
	struct buf b;

	buf_init(&b, LIMIT_EVIDENCE);
	b.ptr = mem_copy_text(bytes, size);
	if (!b.ptr)
		abort();
	b.len = size;
	b.cap = size + 1;
	return b;
}

static struct buf rewritten(const struct evidence *ev)
{
	struct buf out;

	buf_init(&out, 2 * LIMIT_EVIDENCE);
	if (evidence_write(ev, &out, NULL) < 0)
		abort();
	return out;
}

static void check_round_trip(const struct evidence *ev)
{
	struct buf       first = rewritten(ev);
	struct buf       copy = exact(first.ptr, first.len);
	struct evidence *again;
	struct buf       second;

	if (evidence_parse(&copy, EVIDENCE_SAVED, &again, NULL) < 0)
		abort();
	second = rewritten(again);
	if (!slice_equal(buf_slice(&first), buf_slice(&second)) || evidence_is_complete(ev) != evidence_is_complete(again))
		abort();
	evidence_free(again);
	buf_free(&first);
	buf_free(&second);
}

static void run(const char *bytes, size_t size, enum evidence_origin origin)
{
	struct buf       stream = exact(bytes, size);
	struct evidence *ev;
	struct error     err = { 0 };
	int              r = evidence_parse(&stream, origin, &ev, &err);

	if (r < 0) {
		if (r != err.code || err.text[0] == '\0' || !slice_equal(buf_slice(&stream), (struct slice){ .ptr = bytes, .len = size }))
			abort();
		buf_free(&stream);
		return;
	}
	check_round_trip(ev);
	if (evidence_add(ev, "wire.kexinit", NULL, 0, (struct slice){ .ptr = bytes, .len = size }, NULL) == 0)
		check_round_trip(ev);
	evidence_free(ev);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > LIMIT_EVIDENCE)
		return 0;
	run((const char *)data, size, EVIDENCE_FROM_TARGET);
	run((const char *)data, size, EVIDENCE_SAVED);
	return 0;
}

/*
 * All a server may send to a client that asks for its host key, in pieces whose size the input chooses: identification, KEXINIT, and
 * what answers the request for each host key algorithm of the list in turn.
 */
#include "fuzz.h"
#include "key_request.h"
#include "limit.h"
#include "tap.h"

/* Ask for `algorithm` and hear the answer. */
static void ask(const struct kexinit *server, struct slice algorithm, struct slice answer, size_t step)
{
	struct key_request q;
	struct buf         out;
	struct error       err = { 0 };
	int                r;

	buf_init(&out, 2 * LIMIT_KEXINIT);
	key_request_init(&q);
	r = key_request_begin(&q, server, algorithm, &out, &err);
	if (r == 0 && out.len == 0)
		abort();
	r = r == 0 ? ERR_AGAIN : r;
	for (size_t at = 0; r == ERR_AGAIN && at < answer.len; at += step) {
		struct slice piece = slice_sub(answer, at, step);

		r = key_request_feed(&q, piece.ptr, piece.len, &out, &err);
	}
	if ((r == 0) != (q.key.len > 0) || (r < 0 && r != ERR_AGAIN && err.text[0] == '\0'))
		abort();
	key_request_fini(&q);
	buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t         step = size > 0 ? data[0] + 1u : 1;
	struct kexinit server;
	struct tap     t;

	tap_init(&t);
	if (size > 1 && tap_feed(&t, data + 1, size - 1, NULL) == 0 && t.done && kexinit_parse(t.kexinit, &server, NULL) == 0) {
		struct slice algorithms = server.lists[KEXINIT_HOST_KEY];
		struct slice name;

		for (int i = 0; i < 4 && slice_next(&algorithms, ',', &name); i++)
			ask(&server, name, tap_rest(&t), step);
	}
	tap_fini(&t);
	return 0;
}

/*
 * fuzz_checks.h: an input as the bodies of named sections, for the fuzz targets of check modules. Lines "%%" separate the bodies.
 */
#ifndef SSHVET_FUZZ_CHECKS_H
#define SSHVET_FUZZ_CHECKS_H

#include "check.h"
#include "fuzz.h"
#include "limit.h"
#include "text.h"

#define FUZZ_NONCE "0123456789abcdef0123456789abcdef"

static void fuzz_put(struct buf *out, const char *text)
{
	if (buf_append_text(out, text, NULL) < 0)
		abort();
}

/* Take the bytes up to the next "\n%%\n" off the front. */
static struct slice fuzz_take_body(struct slice *rest)
{
	static const char mark[] = "\n%%\n";
	struct slice      body = *rest;

	for (size_t i = 0; i + strlen(mark) <= rest->len; i++)
		if (memcmp(rest->ptr + i, mark, strlen(mark)) == 0) {
			body.len = i;
			*rest = slice_sub(*rest, i + strlen(mark), rest->len);
			return body;
		}
	*rest = (struct slice){ 0 };
	return body;
}

/* Evidence of a collector that ran as `uid`, with a section for each head ("NAME arg=value …") up to NULL; NULL when the input is not evidence. */
static struct evidence *fuzz_evidence(const char *uid, const char *const *heads, struct slice input)
{
	struct evidence *ev = NULL;
	struct buf       stream;

	buf_init(&stream, 2 * LIMIT_EVIDENCE);
	fuzz_put(&stream, "sshvet-evidence 1 " FUZZ_NONCE "\n" FUZZ_NONCE " begin collector uid=");
	fuzz_put(&stream, uid);
	fuzz_put(&stream, "\n\n" FUZZ_NONCE " end collector 0\n");
	for (; *heads; heads++) {
		struct slice body = fuzz_take_body(&input);

		if (buf_printf(&stream, NULL, FUZZ_NONCE " begin %s\n", *heads) < 0 || buf_append_slice(&stream, body, NULL) < 0 ||
		    buf_printf(&stream, NULL, "\n" FUZZ_NONCE " end %.*s 0\n", (int)strcspn(*heads, " "), *heads) < 0)
			abort();
	}
	fuzz_put(&stream, FUZZ_NONCE " done\n");
	if (evidence_parse(&stream, EVIDENCE_FROM_TARGET, &ev, NULL) < 0)
		buf_free(&stream);
	return ev;
}

/* Every text of the facts must be clean, whatever the target sent. */
static void fuzz_check_clean(const cJSON *value)
{
	for (; value; value = value->next) {
		const char *text = cJSON_GetStringValue(value);

		if ((text && !text_is_clean(slice_of(text))) || (value->string && !text_is_clean(slice_of(value->string))))
			abort();
		fuzz_check_clean(value->child);
	}
}

/* Run one module; its facts, which the caller deletes, NULL when it gave none. */
static inline cJSON *fuzz_extract(const char *module, const char *uid, const char *const *heads, const uint8_t *data, size_t size)
{
	const struct slice input = { .ptr = (const char *)data, .len = size };
	struct evidence   *ev = size <= LIMIT_EVIDENCE ? fuzz_evidence(uid, heads, input) : NULL;
	cJSON             *facts = cJSON_CreateObject();
	struct error       err = { 0 };

	if (!facts)
		abort();
	if (!ev || check_find(module)->extract(ev, facts, &err) < 0) {
		if (ev && err.text[0] == '\0')
			abort();
		cJSON_Delete(facts);
		facts = NULL;
	}
	fuzz_check_clean(facts);
	evidence_free(ev);
	return facts;
}

#endif

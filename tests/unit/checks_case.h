/*
 * checks_case.h: evidence in a short form, and facts by their path, for the tests of check modules.
 *
 * In the short form a line "[NAME ARGS…]" begins a section, and "[/STATUS]" on a line of its own ends it (the newline before it is the frame's own).
 */
#ifndef SSHVET_CHECKS_CASE_H
#define SSHVET_CHECKS_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check.h"

#define CASE_NONCE "0123456789abcdef0123456789abcdef"
#define CASE_MAX   (1u << 20)

/* Sections many rows need. */
#define CASE_ROOT "[collector uid=0 user=root login=root become=none become_error=]\n\n[/0]\n"
#define CASE_USER "[collector uid=1000 user=audit login=audit become=none become_error=sudo:%20no]\n\n[/0]\n"

static void case_section(struct buf *out, struct slice line, char *name, size_t size)
{
	struct slice args, word;
	struct error err;

	line = slice_sub(line, 1, line.len - 2);
	args = line;
	assert_true(slice_next_word(&args, &word));
	if (word.ptr[0] != '/') {
		snprintf(name, size, "%.*s", (int)word.len, word.ptr);
		assert_int_equal(buf_printf(out, &err, CASE_NONCE " begin %.*s\n", (int)line.len, line.ptr), 0);
	} else {
		assert_int_equal(buf_printf(out, &err, CASE_NONCE " end %s %.*s\n", name, (int)word.len - 1, word.ptr + 1), 0);
	}
}

/* A whole stream from the short form; `complete` adds the done line. */
static void case_stream(struct buf *out, struct slice text, bool complete)
{
	char         name[64] = "";
	struct slice line;
	struct error err;

	buf_init(out, CASE_MAX);
	assert_int_equal(buf_append_text(out, "sshvet-evidence 1 " CASE_NONCE "\n", &err), 0);
	while (slice_next_line(&text, &line, NULL)) {
		if (line.len > 2 && line.ptr[0] == '[' && line.ptr[line.len - 1] == ']')
			case_section(out, line, name, sizeof(name));
		else
			assert_int_equal(buf_printf(out, &err, "%.*s\n", (int)line.len, line.ptr), 0);
	}
	if (complete)
		assert_int_equal(buf_append_text(out, CASE_NONCE " done\n", &err), 0);
}

/* The facts of evidence in the short form; the caller deletes them. */
static inline cJSON *case_facts(struct slice text)
{
	struct evidence *ev = NULL;
	struct buf       stream;
	struct error     err = { 0 };
	cJSON           *facts = NULL;

	case_stream(&stream, text, true);
	if (evidence_parse(&stream, EVIDENCE_FROM_TARGET, &ev, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(checks_extract(ev, &facts, &err), 0);
	evidence_free(ev);
	buf_free(&stream);
	return facts;
}

/* Why a name is listed as unavailable in an object; NULL when it is not. */
static const char *case_reason(const cJSON *object, const char *name)
{
	const cJSON *entry;

	cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(object, "unavailable"))
		if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "fact")), name) == 0)
			return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "reason"));
	return NULL;
}

/* One step along a path: a member, then maybe the number of an item. */
static const cJSON *case_step(const cJSON *object, struct slice step)
{
	char         name[128];
	struct slice number = step, word;
	const cJSON *found;

	assert_true(slice_next(&number, '[', &word));
	snprintf(name, sizeof(name), "%.*s", (int)word.len, word.ptr);
	found = cJSON_GetObjectItemCaseSensitive(object, name);
	return number.len == 0 ? found : cJSON_GetArrayItem(found, number.ptr[0] - '0');
}

/*
 * Demand a fact: `path` is e.g. "keys.files[0].mode", `expected` its JSON without blanks, "!privilege" when it has to be unavailable for that
 * reason, "-" when there is nothing of it.
 */
static inline void case_expect(const cJSON *facts, const char *path, const char *expected)
{
	struct slice rest = slice_of(path), step = { 0 };
	const cJSON *object = facts, *parent = facts, *module = NULL;
	const char  *last = strrchr(path, '.'), *reason;
	char        *text;

	while (slice_next(&rest, '.', &step)) {
		parent = object;
		object = case_step(object, step);
		module = module ? module : object;
	}
	reason = case_reason(parent, last ? last + 1 : path);
	reason = reason ? reason : case_reason(module, path);
	text = object ? cJSON_PrintUnformatted(object) : NULL;
	if (expected[0] == '!' && (!reason || strcmp(reason, expected + 1) != 0 || object))
		fail_msg("%s: unavailable for '%s' with value %s, wanted '%s'", path, reason ? reason : "nothing", text ? text : "none", expected + 1);
	if (expected[0] == '-' && expected[1] == '\0' ? object != NULL || reason != NULL : expected[0] != '!' && (!text || strcmp(text, expected) != 0))
		fail_msg("%s: %s (%s), wanted %s", path, text ? text : "nothing", reason ? reason : "no reason", expected);
	cJSON_free(text);
}

/* A row: evidence, and what it has to give. */
struct case_row {
	const char *name;
	const char *evidence;
	struct {
		const char *path;
		const char *expected;
	} facts[12];
};

static inline void case_run(const struct case_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		cJSON *facts = case_facts(slice_of(rows[i].evidence));

		print_message("  %s\n", rows[i].name);
		for (size_t j = 0; j < countof(rows[i].facts) && rows[i].facts[j].path; j++)
			case_expect(facts, rows[i].facts[j].path, rows[i].facts[j].expected);
		cJSON_Delete(facts);
	}
}

#endif

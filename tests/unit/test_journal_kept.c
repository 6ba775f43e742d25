/*
 * test_journal_kept.c: a finding that was read before is taken for itself and for no other, and a line is refused for the same reason whatever was
 * read before it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "journal_line.h"
#include "limit.h"
#include "mem.h"

#define HEADER(title)                                                                                                                                    \
	"{\"journal\":\"sshvet-journal/1\",\"tool\":{\"name\":\"sshvet\",\"version\":\"0.1.0\"},\"profile\":\"p\",\"started\":\"2026-01-02T03:04:05Z\"," \
	"\"targets\":1,\"rules\":{\"one\":{\"title\":\"" title "\",\"module\":\"mod\",\"severity\":\"high\"},"                                           \
	"\"two\":{\"title\":\"Two\",\"module\":\"mod\",\"severity\":\"low\"}}}"
#define LINE(findings)                                                                                                                  \
	"{\"index\":0,\"name\":\"a\",\"address\":\"\",\"port\":22,\"user\":\"u\",\"duration_ms\":5,\"status\":\"scanned\",\"host\":{}," \
	"\"findings\":[" findings "]}"
#define ONE   "{\"rule\":\"one\",\"status\":\"fail\",\"actual\":\"a \\\"b\\\" \\u00e9\",\"remediation\":\"c\\nd\"}"
#define OTHER "{\"rule\":\"one\",\"status\":\"pass\",\"subject\":\"s\"}"
#define TWO   "{\"rule\":\"two\",\"status\":\"pass\"}"

struct fixture {
	struct buf            header;
	struct journal_header fields;
	struct journal_rules  rules;
	struct journal_kept  *kept;
};

static struct buf copy_of(const char *text)
{
	struct buf   line;
	struct error err;

	buf_init(&line, LIMIT_JOURNAL_LINE);
	assert_int_equal(buf_append_text(&line, text, &err), 0);
	return line;
}

static void begin(struct fixture *f, const char *header)
{
	struct error err;

	f->header = copy_of(header);
	assert_int_equal(journal_line_header(&f->header, &f->fields, &f->rules, &err), 0);
	f->kept = journal_kept_new();
	assert_non_null(f->kept);
}

static void end(struct fixture *f)
{
	journal_kept_free(f->kept);
	journal_rules_free(&f->rules);
	json_free(&f->fields.warnings);
	buf_free(&f->header);
}

static int read_line(const struct fixture *f, struct journal_kept *kept, const char *text, struct journal_entry *ret_entry, struct error *err)
{
	struct buf line = copy_of(text);

	return journal_line_target(&line, &f->rules, kept, ret_entry, NULL, err);
}

/* The number under which finding `i` of a line is kept. */
static uint32_t number_of(const struct fixture *f, const char *text, size_t i)
{
	struct journal_entry entry;
	struct error         err;
	uint32_t             number;

	if (read_line(f, f->kept, text, &entry, &err) < 0)
		fail_msg("%s", err.text);
	number = entry.kept[i];
	journal_entry_free(&entry);
	return number;
}

static void check_text(const char *got, const char *expected)
{
	if (expected)
		assert_string_equal(got, expected);
	else
		assert_null(got);
}

static void check_same(const struct journal_entry *got, const struct journal_entry *expected)
{
	assert_int_equal(got->target.error, expected->target.error);
	assert_int_equal(got->findings.count, expected->findings.count);
	for (size_t i = 0; i < expected->findings.count; i++) {
		const struct finding *a = &got->findings.items[i];
		const struct finding *b = &expected->findings.items[i];

		assert_ptr_equal(got->rules[i], expected->rules[i]);
		assert_int_equal(a->verdict, b->verdict);
		check_text(a->rule, b->rule);
		check_text(a->subject, b->subject);
		check_text(a->expected, b->expected);
		check_text(a->actual, b->actual);
		check_text(a->where, b->where);
		check_text(a->message, b->message);
		check_text(a->remediation, b->remediation);
	}
}

/* A line after others is what it is alone: the same findings, or the same reason. */
static void check_after_others(const struct fixture *f, const char *text)
{
	struct journal_kept *fresh = journal_kept_new();
	struct journal_entry alone;
	struct journal_entry after;
	struct error         alone_why = { 0 };
	struct error         after_why = { 0 };
	int                  r = read_line(f, fresh, text, &alone, &alone_why);

	if (read_line(f, f->kept, text, &after, &after_why) != r || strcmp(alone_why.text, after_why.text) != 0)
		fail_msg("%s\n%d %s\n%s", text, r, alone_why.text, after_why.text);
	if (r == 0) {
		check_same(&after, &alone);
		journal_entry_free(&after);
		journal_entry_free(&alone);
	}
	journal_kept_free(fresh);
}

/* From the second time on it is kept, as the same number. */
static void test_again(void **state)
{
	struct fixture f;
	uint32_t       number;

	(void)state;
	begin(&f, HEADER("One"));
	assert_int_equal(number_of(&f, LINE(ONE "," TWO), 0), JOURNAL_NOT_KEPT);
	number = number_of(&f, LINE(ONE "," TWO), 0);
	assert_int_not_equal(number, JOURNAL_NOT_KEPT);
	assert_int_equal(number_of(&f, LINE(ONE "," TWO), 0), number);
	assert_int_equal(number_of(&f, LINE(" " ONE " , " TWO " "), 0), number);
	assert_int_equal(number_of(&f, LINE(TWO "," OTHER "," ONE), 2), number);
	assert_int_not_equal(number_of(&f, LINE(ONE "," TWO), 1), number);
	check_after_others(&f, LINE(ONE "," TWO));
	end(&f);
}

/* Three times in a line is one. */
static void test_in_one_line(void **state)
{
	struct fixture       f;
	struct journal_entry entry;
	struct error         err;

	(void)state;
	begin(&f, HEADER("One"));
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(read_line(&f, f.kept, LINE(ONE "," ONE "," ONE "," TWO), &entry, &err), 0);
		assert_int_equal(entry.kept[1], entry.kept[2]);
		assert_int_not_equal(entry.kept[2], JOURNAL_NOT_KEPT);
		assert_int_not_equal(entry.kept[2], entry.kept[3]);
		journal_entry_free(&entry);
	}
	check_after_others(&f, LINE(ONE "," ONE "," ONE "," TWO));
	end(&f);
}

/* The same bytes mean something else where a rule does. */
static void test_other_rules(void **state)
{
	struct fixture       f;
	struct fixture       other;
	struct journal_entry entry;
	struct error         err;
	uint32_t             number;

	(void)state;
	begin(&f, HEADER("One"));
	begin(&other, HEADER("Another"));
	number_of(&f, LINE(ONE "," TWO), 0);
	number = number_of(&f, LINE(ONE "," TWO), 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(read_line(&other, f.kept, LINE(ONE "," TWO), &entry, &err), 0);
		assert_string_equal(entry.rules[0]->title, "Another");
		assert_int_not_equal(entry.kept[0], number);
		journal_entry_free(&entry);
		assert_int_equal(number_of(&f, LINE(ONE "," TWO), 0), number);
	}
	end(&f);
	end(&other);
}

/* What looks like a finding that is kept, and is not. */
static const char *const lookalikes[] = {
	LINE("{\"rule\":\"one\",\"status\":\"pass\",\"subject\":\"s\",\"actual\":\"x\"}," TWO),
	LINE("{\"rule\":\"one\",\"status\":\"pass\",\"subject\":\"s\" }," TWO),
	LINE("{\"rule\":\"one\",\"status\":\"pass\",\"subject\":\"S\"}," TWO),
	LINE("{\"rule\":\"one\",\"status\":\"PASS\",\"subject\":\"s\"}," TWO),
	LINE("{\"rule\":\"two\",\"status\":\"pass\",\"subject\":\"s\"}," TWO),
	LINE("{\"rule\":\"six\",\"status\":\"pass\",\"subject\":\"s\"}," TWO),
	LINE("{\"rule\":\"one\",\"status\":\"pass\",\"subject\":\"s\"" TWO "}," TWO),
	LINE("[" OTHER "]," TWO),
	LINE(OTHER "x," TWO),
	LINE(OTHER " " TWO),
	LINE(OTHER "," TWO ","),
	LINE("," OTHER "," TWO),
	LINE(OTHER TWO),
	LINE(OTHER),
	LINE(OTHER "," OTHER),
	LINE("{" OTHER "}," TWO),
	LINE("{}," TWO),
	LINE("\"" OTHER "\"," TWO),
	LINE(OTHER "," TWO "]"),
	LINE(OTHER "," TWO "}"),
	LINE(OTHER "," TWO "],\"findings\":[" OTHER "," TWO),
	LINE(OTHER "," TWO "],\"facts\":[" OTHER "," TWO),
	LINE(OTHER "," TWO "],\"new\":[" OTHER "," TWO),
	LINE("{\"rule\":\"one\",\"status\":\"pass\",\"subject\":x\"}," TWO),
	LINE("{\"rule\":\"one\",\"status\":\"pass\",\"subject\":\"s\"]," TWO),
};

static void test_lookalikes(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, HEADER("One"));
	for (unsigned round = 0; round < 3; round++) {
		assert_int_equal(number_of(&f, LINE(OTHER "," TWO), 0) == JOURNAL_NOT_KEPT, round == 0);
		for (size_t i = 0; i < countof(lookalikes); i++)
			check_after_others(&f, lookalikes[i]);
	}
	end(&f);
}

/* `good` with `put` in place of `len` bytes at `at`. */
static void check_edited(const struct fixture *f, const char *good, size_t at, size_t len, const char *put)
{
	struct buf bad = copy_of("");

	assert_int_equal(buf_printf(&bad, NULL, "%.*s%s%s", (int)at, good, put, good + at + len), 0);
	check_after_others(f, bad.ptr);
	buf_free(&bad);
}

/* Every byte of a line that is known: left out, another in its place, and another before it. */
static void test_every_byte(void **state)
{
	static const char good[] = LINE(ONE "," OTHER "," TWO);
	static const char bytes[] = "\"\\{}],x\x01";
	struct fixture    f;

	(void)state;
	begin(&f, HEADER("One"));
	for (unsigned i = 0; i < 3; i++)
		number_of(&f, good, 0);
	for (size_t at = 0; good[at]; at++) {
		check_edited(&f, good, at, 1, "");
		for (size_t i = 0; bytes[i]; i++) {
			char put[] = { bytes[i], '\0' };

			check_edited(&f, good, at, 1, put);
			check_edited(&f, good, at, 0, put);
		}
		assert_int_not_equal(number_of(&f, good, 0), JOURNAL_NOT_KEPT);
	}
	end(&f);
}

/* A line with `count` findings that are like no others, but for those of the same seed; `fill` bytes make them long. */
static char *line_of(size_t seed, size_t count, size_t fill)
{
	struct buf line = copy_of("");
	char      *long_text = mem_zalloc(fill + 1);
	int        r = 0;

	assert_non_null(long_text);
	memset(long_text, 'x', fill);
	for (size_t i = 0; i < count; i++)
		r |= buf_printf(&line, NULL, "{\"rule\":\"one\",\"status\":\"fail\",\"actual\":\"%zu %zu%s\"},", seed, i, long_text);
	assert_int_equal(r, 0);
	mem_free(long_text);
	return buf_detach(&line);
}

/* Read such lines twice each; how many of their findings are kept. */
static size_t keep_many(const struct fixture *f, size_t seed, size_t count, size_t fill)
{
	struct buf           line = copy_of("");
	char                *many = line_of(seed, count, fill);
	size_t               kept = 0;
	struct journal_entry entry;
	struct error         err;

	assert_int_equal(buf_printf(&line, NULL, LINE("%s" TWO), many), 0);
	for (unsigned round = 0; round < 3; round++) {
		check_after_others(f, line.ptr);
		assert_int_equal(read_line(f, f->kept, line.ptr, &entry, &err), 0);
		kept = 0;
		for (size_t i = 0; i < count; i++) {
			assert_true(entry.kept[i] <= LIMIT_KEPT_FINDINGS);
			kept += entry.kept[i] != JOURNAL_NOT_KEPT;
		}
		journal_entry_free(&entry);
	}
	buf_free(&line);
	mem_free(many);
	return kept;
}

/* When there are as many as may be, others are read all the same. */
static void test_full(void **state)
{
	struct fixture f;
	size_t         kept = 0;

	(void)state;
	begin(&f, HEADER("One"));
	for (size_t seed = 0; seed < 5; seed++)
		kept += keep_many(&f, seed, 1000, 0);
	assert_in_range(kept, LIMIT_KEPT_FINDINGS * 9 / 10, LIMIT_KEPT_FINDINGS);
	assert_int_equal(keep_many(&f, 7, 1000, 0), 0);
	assert_int_not_equal(keep_many(&f, 1, 1000, 0), 0);
	assert_int_equal(keep_many(&f, 8, 3 * LIMIT_KEPT_FINDINGS, 0), 0);
	end(&f);
}

/* The same where they are long. */
static void test_bytes(void **state)
{
	struct fixture f;
	size_t         kept;

	(void)state;
	begin(&f, HEADER("One"));
	kept = keep_many(&f, 0, 40, 100000);
	assert_in_range(kept, 2, LIMIT_KEPT_BYTES / 200000);
	assert_int_equal(keep_many(&f, 1, 40, 100000), 0);
	assert_int_equal(keep_many(&f, 0, 40, 100000), kept);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_again),      cmocka_unit_test(test_in_one_line), cmocka_unit_test(test_other_rules), cmocka_unit_test(test_lookalikes),
		cmocka_unit_test(test_every_byte), cmocka_unit_test(test_full),        cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

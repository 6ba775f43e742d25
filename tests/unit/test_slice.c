#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mem.h"
#include "reader.h"
#include "slice.h"

static void test_compare(void **state)
{
	static const struct {
		const char *a;
		const char *b;
		bool        same;
		bool        nocase;
		bool        prefix;
		bool        suffix;
		int         order;
	} cases[] = {
		{ "", "", true, true, true, true, 0 },
		{ "a", "", false, false, true, true, 1 },
		{ "", "a", false, false, false, false, -1 },
		{ "port", "port", true, true, true, true, 0 },
		{ "Port", "port", false, true, false, false, -1 },
		{ "ports", "port", false, false, true, false, 1 },
		{ "por", "port", false, false, false, false, -1 },
		{ "support", "port", false, false, false, true, 1 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct slice a = slice_of(cases[i].a);
		int          order;

		assert_int_equal(slice_is(a, cases[i].b), cases[i].same);
		assert_int_equal(slice_equal(a, slice_of(cases[i].b)), cases[i].same);
		assert_int_equal(slice_is_nocase(a, cases[i].b), cases[i].nocase);
		assert_int_equal(slice_has_prefix(a, cases[i].b), cases[i].prefix);
		assert_int_equal(slice_has_suffix(a, cases[i].b), cases[i].suffix);
		order = slice_compare(a, slice_of(cases[i].b));
		assert_int_equal((order > 0) - (order < 0), cases[i].order);
	}
	assert_true(slice_is((struct slice){ 0 }, ""));
	assert_int_equal(slice_of(NULL).len, 0);
	assert_false(slice_equal((struct slice){ .ptr = "a\0b", .len = 3 }, (struct slice){ .ptr = "a\0c", .len = 3 }));
}

static void test_trim(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" }, { " ", "" }, { " \t\r\n\v\f", "" }, { "a", "a" }, { "  a b\r\n", "a b" }, { "a\n", "a" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		assert_true(slice_is(slice_trim(slice_of(cases[i][0])), cases[i][1]));
	assert_int_equal(slice_trim((struct slice){ 0 }).len, 0);
}

static void test_sub(void **state)
{
	static const struct {
		size_t      offset;
		size_t      len;
		const char *want;
	} cases[] = {
		{ 0, 3, "abc" },
		{ 0, SIZE_MAX, "abc" },
		{ 1, 1, "b" },
		{ 2, 5, "c" },
		{ 3, 1, "" },
		{ SIZE_MAX, SIZE_MAX, "" },
		{ 1, 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		assert_true(slice_is(slice_sub(slice_of("abc"), cases[i].offset, cases[i].len), cases[i].want));
}

/* Parts joined with | again, an end mark after each. */
static void test_next(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" }, { "a", "a|" }, { "a,b", "a|b|" }, { "a,b,", "a|b|" }, { ",", "|" }, { ",,a", "||a|" }, { "a,,", "a||" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct slice rest = slice_of(cases[i][0]);
		struct slice part;
		char         got[16] = "";
		size_t       n = 0;

		while (slice_next(&rest, ',', &part)) {
			memcpy(got + n, part.ptr, part.len);
			n += part.len;
			got[n++] = '|';
		}
		assert_string_equal(got, cases[i][1]);
	}
}

static void test_next_line(void **state)
{
	struct slice rest = slice_of("one\n\ntwo");
	struct slice line;
	bool         ended = false;

	(void)state;
	assert_true(slice_next_line(&rest, &line, &ended));
	assert_true(slice_is(line, "one") && ended);
	assert_true(slice_next_line(&rest, &line, &ended));
	assert_true(slice_is(line, "") && ended);
	assert_true(slice_next_line(&rest, &line, &ended));
	assert_true(slice_is(line, "two") && !ended);
	assert_false(slice_next_line(&rest, &line, NULL));
}

static void test_next_word(void **state)
{
	static const struct {
		const char *text;
		const char *words[4];
	} cases[] = {
		{ "", { NULL } },
		{ " \t ", { NULL } },
		{ "a", { "a" } },
		{ " a\tb ", { "a", "b" } },
		{ "a  b\r c", { "a", "b\r", "c" } },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct slice rest = slice_of(cases[i].text);
		struct slice word;

		for (size_t n = 0; cases[i].words[n]; n++) {
			assert_true(slice_next_word(&rest, &word));
			assert_true(slice_is(word, cases[i].words[n]));
		}
		assert_false(slice_next_word(&rest, &word));
	}
}

/* Nothing is taken where the bytes do not reach, and everything where they do. */
static void test_reader(void **state)
{
	static const char bytes[] = "\x07\x01\x02\x03\xff\x00\x00\x00\x03xyz";

	(void)state;
	for (size_t len = 0; len < sizeof(bytes); len++) {
		char        *copy = mem_copy_text(bytes, len);
		struct slice rest = { .ptr = copy, .len = len };
		struct slice text = slice_of("unset");
		unsigned     byte = 99;
		uint32_t     number = 99;

		assert_int_equal(reader_byte(&rest, &byte), len >= 1);
		assert_int_equal(byte, len >= 1 ? 7 : 99);
		assert_int_equal(reader_uint32(&rest, &number), len >= 5);
		assert_int_equal(number, len >= 5 ? 0x010203ff : 99);
		if (len >= 5) {
			assert_int_equal(reader_string(&rest, &text), len >= 12);
			assert_true(slice_is(text, len >= 12 ? "xyz" : "unset"));
			assert_int_equal(rest.len, len >= 12 ? len - 12 : len - 5);
		}
		mem_free(copy);
	}
}

static void test_reader_length_is_not_believed(void **state)
{
	struct slice rest = { .ptr = "\xff\xff\xff\xff"
		                     "a",
		              .len = 5 };
	struct slice text;

	(void)state;
	assert_false(reader_string(&rest, &text));
	assert_int_equal(rest.len, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compare),   cmocka_unit_test(test_trim),      cmocka_unit_test(test_sub),
		cmocka_unit_test(test_next),      cmocka_unit_test(test_next_line), cmocka_unit_test(test_next_word),
		cmocka_unit_test(test_reader),    cmocka_unit_test(test_reader_length_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

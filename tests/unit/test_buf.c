#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "buf.h"
#include "mem.h"

/* The maximum is exact: that many bytes fit, one more does not, and a refusal changes nothing. */
static void test_maximum(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 63, 64, 65, 100, 4096, 10000 };

	(void)state;
	for (size_t i = 0; i < countof(sizes); i++) {
		struct error err = { 0 };
		struct buf   b;

		buf_init(&b, sizes[i]);
		for (size_t n = 0; n < sizes[i]; n++)
			assert_int_equal(buf_append(&b, "x", 1, &err), 0);
		assert_int_equal(buf_append(&b, "y", 1, &err), ERR_TOO_BIG);
		assert_int_equal(err.code, ERR_TOO_BIG);
		assert_int_equal(buf_append(&b, "y", SIZE_MAX, NULL), ERR_TOO_BIG);
		assert_int_equal(b.len, sizes[i]);
		assert_int_equal(strlen(buf_text(&b)), sizes[i]);
		assert_null(strchr(buf_text(&b), 'y'));
		assert_int_equal(buf_append(&b, "y", 0, &err), 0);
		buf_free(&b);
	}
}

static void test_growth_in_steps(void **state)
{
	struct buf b;
	size_t     want = 0;

	(void)state;
	buf_init(&b, 1u << 20);
	for (size_t n = 0; n < 700; n++) {
		char chunk[700];

		memset(chunk, 'a' + (int)(n % 26), sizeof(chunk));
		assert_int_equal(buf_append(&b, chunk, n, NULL), 0);
		want += n;
		assert_int_equal(b.len, want);
		assert_true(b.cap > b.len && b.cap <= b.max + 1);
		assert_int_equal(b.ptr[b.len], '\0');
	}
	buf_free(&b);
	assert_int_equal(b.max, 1u << 20);
}

static void test_appends(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_string_equal(buf_text(&b), "");
	assert_int_equal(buf_slice(&b).len, 0);
	assert_int_equal(buf_append_text(&b, "one ", NULL), 0);
	assert_int_equal(buf_append_slice(&b, (struct slice){ .ptr = "two ", .len = 3 }, NULL), 0);
	assert_int_equal(buf_append_slice(&b, (struct slice){ 0 }, NULL), 0);
	assert_int_equal(buf_printf(&b, NULL, " %d%s", 3, "."), 0);
	assert_string_equal(buf_text(&b), "one two 3.");
	assert_int_equal(buf_append(&b, "\0z", 2, NULL), 0);
	assert_true(slice_equal(buf_slice(&b), (struct slice){ .ptr = "one two 3.\0z", .len = 12 }));
	buf_clear(&b);
	assert_string_equal(buf_text(&b), "");
	assert_int_equal(b.len, 0);
	buf_free(&b);
}

static void test_printf_maximum(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_int_equal(buf_printf(&b, NULL, "%s", "0123456789"), 0);
	buf_clear(&b);
	assert_int_equal(buf_printf(&b, NULL, "%s", "0123456789a"), ERR_TOO_BIG);
	assert_string_equal(buf_text(&b), "");
	buf_free(&b);
}

static void test_reserve_and_detach(void **state)
{
	struct buf b;
	char      *text;

	(void)state;
	buf_init(&b, 300);
	assert_null(buf_detach(&b));
	assert_int_equal(buf_reserve(&b, 300, NULL), 0);
	memset(b.ptr, 'q', 300);
	b.len += 300;
	assert_int_equal(buf_reserve(&b, 0, NULL), 0);
	assert_int_equal(buf_reserve(&b, 1, NULL), ERR_TOO_BIG);
	b.ptr[b.len] = '\0';
	text = buf_detach(&b);
	assert_int_equal(strlen(text), 300);
	assert_null(b.ptr);
	assert_int_equal(b.max, 300);
	assert_int_equal(buf_append_text(&b, "again", NULL), 0);
	buf_free(&b);
	mem_free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_maximum),        cmocka_unit_test(test_growth_in_steps),    cmocka_unit_test(test_appends),
		cmocka_unit_test(test_printf_maximum), cmocka_unit_test(test_reserve_and_detach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

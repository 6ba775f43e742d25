#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mem.h"
#include "text.h"

#define BYTES(text)                                  \
	{                                            \
		.ptr = text, .len = sizeof(text) - 1 \
	}

static const struct {
	struct slice in;
	const char  *want;
} dirty[] = {
	{ BYTES(""), "" },
	{ BYTES("plain text, 100% (\\ stays)"), "plain text, 100% (\\ stays)" },
	{ BYTES("a\nb\tc\r"), "a\\x0ab\\x09c\\x0d" },
	{ BYTES("\x1b[31mred\x1b[0m"), "\\x1b[31mred\\x1b[0m" },
	{ BYTES("nul\0nul"), "nul\\x00nul" },
	{ BYTES("\x7f"), "\\x7f" },
	{ BYTES("\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xa7"), "\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xa7" },
	{ BYTES("\xc2\x9b" "31m"), "\\xc2\\x9b31m" },                           /* CSI as a C1 control */
	{ BYTES("\xe9t\xe9"), "\\xe9t\\xe9" },                                 /* Latin-1 */
	{ BYTES("\xc0\xaf\xe0\x80\xaf"), "\\xc0\\xaf\\xe0\\x80\\xaf" },         /* overlong */
	{ BYTES("\xed\xa0\x80"), "\\xed\\xa0\\x80" },                           /* surrogate */
	{ BYTES("\xf4\x90\x80\x80\xff"), "\\xf4\\x90\\x80\\x80\\xff" },         /* past U+10FFFF */
	{ BYTES("a\xe2\x82"), "a\\xe2\\x82" },                                 /* cut short */
	{ BYTES("\xe2\x80\xae" "txt.exe"), "\\xe2\\x80\\xaetxt.exe" },         /* right-to-left override */ /* NOLINT(misc-misleading-bidirectional) */
	{ BYTES("\xe2\x80\xa8\xef\xbb\xbf"), "\\xe2\\x80\\xa8\\xef\\xbb\\xbf" }, /* line separator, byte order mark */
};

static void test_clean(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(dirty); i++) {
		struct buf out;

		buf_init(&out, 1000);
		assert_int_equal(text_clean(&out, dirty[i].in, NULL), 0);
		assert_string_equal(buf_text(&out), dirty[i].want);
		assert_true(text_is_clean(buf_slice(&out)));
		assert_int_equal(text_is_clean(dirty[i].in), slice_is(dirty[i].in, dirty[i].want));
		buf_free(&out);
	}
}

static size_t encode(uint32_t point, char utf8[4])
{
	static const unsigned char leads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t                     n = point < 0x80 ? 1 : point < 0x800 ? 2
	                                          : point < 0x10000     ? 3
	                                                                : 4;

	for (size_t i = n; i-- > 1; point >>= 6)
		utf8[i] = (char)(0x80 | (point & 0x3f));
	utf8[0] = (char)(leads[n] | point);
	return n;
}

/* Every code point there is: what is refused is exactly the list that text.h promises to refuse. */
static void test_every_code_point(void **state)
{
	static const uint32_t refused[][2] = {
		{ 0, 0x1f },         { 0x7f, 0x9f },     { 0x61c, 0x61c },   { 0x200e, 0x200f }, { 0x2028, 0x202e },
		{ 0x2066, 0x2069 },  { 0xd800, 0xdfff }, { 0xfeff, 0xfeff }, { 0xfffe, 0xffff }, { 0x110000, UINT32_MAX },
	};
	size_t next = 0;

	(void)state;
	for (uint32_t point = 0; point < 0x110010; point++) {
		char   utf8[4];
		size_t n = encode(point, utf8);

		while (point > refused[next][1])
			next++;
		if (text_is_clean((struct slice){ .ptr = utf8, .len = n }) != (point < refused[next][0]))
			fail_msg("U+%04X", (unsigned)point);
		if (n > 1 && text_is_clean((struct slice){ .ptr = utf8, .len = n - 1 }))
			fail_msg("U+%04X cut short", (unsigned)point);
	}
}

/* In every size: ends in the array, is clean, is what the whole begins with, and shows where it was cut. */
static void test_clean_into(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(dirty); i++) {
		for (size_t size = 8; size < 60; size++) {
			char  *dst = mem_zalloc(size);
			size_t want = strlen(dirty[i].want);
			size_t got;

			memset(dst, '#', size);
			assert_ptr_equal(text_clean_into(dst, size, dirty[i].in), dst);
			got = strlen(dst);
			assert_true(got < size && text_is_clean(slice_of(dst)));
			if (want < size) {
				assert_string_equal(dst, dirty[i].want);
			} else {
				assert_string_equal(dst + got - 3, "...");
				assert_int_equal(strncmp(dst, dirty[i].want, got - 3), 0);
			}
			mem_free(dst);
		}
	}
}

/* Every byte at every place of a run long enough to be read in several words: the run is clean when the byte alone is. */
static void test_every_byte_in_a_run(void **state)
{
	char bytes[27];

	(void)state;
	for (size_t at = 0; at < sizeof(bytes); at++) {
		for (unsigned value = 0; value < 256; value++) {
			bool       plain = value >= 0x20 && value < 0x7f;
			struct buf out;

			memset(bytes, 'a', sizeof(bytes));
			bytes[at] = (char)value;
			buf_init(&out, 1000);
			assert_int_equal(text_is_clean((struct slice){ .ptr = bytes, .len = sizeof(bytes) }), plain);
			assert_int_equal(text_clean(&out, (struct slice){ .ptr = bytes, .len = sizeof(bytes) }, NULL), 0);
			assert_int_equal(out.len, plain ? sizeof(bytes) : sizeof(bytes) + 3);
			assert_int_equal(memcmp(out.ptr, bytes, at), 0);
			buf_free(&out);
		}
	}
}

static void test_clean_maximum(void **state)
{
	struct error err = { 0 };
	struct buf   out;

	(void)state;
	buf_init(&out, 5);
	assert_int_equal(text_clean(&out, slice_of("a\n"), &err), 0);
	assert_int_equal(text_clean(&out, slice_of("b"), &err), ERR_TOO_BIG);
	buf_free(&out);
}

static void test_graphic(void **state)
{
	(void)state;
	assert_true(text_is_graphic(slice_of("")));
	for (int c = 0; c < 256; c++) {
		const char bytes[] = { 'a', (char)c, 'b' };
		const bool graphic = c > ' ' && c < 0x7f;

		assert_int_equal(text_is_graphic((struct slice){ .ptr = bytes + 1, .len = 1 }), graphic);
		assert_int_equal(text_is_graphic((struct slice){ .ptr = bytes, .len = 2 }), graphic);
		assert_int_equal(text_is_graphic((struct slice){ .ptr = bytes, .len = 3 }), graphic);
	}
}

static void test_percent(void **state)
{
	struct buf all;
	struct buf text;
	struct buf back;

	(void)state;
	buf_init(&all, 256);
	buf_init(&text, 1024);
	buf_init(&back, 256);
	for (int c = 0; c < 256; c++) {
		char byte = (char)c;

		assert_int_equal(buf_append(&all, &byte, 1, NULL), 0);
	}
	assert_int_equal(text_percent_encode(&text, buf_slice(&all), NULL), 0);
	assert_null(strpbrk(buf_text(&text), " \n=\"'&;"));
	assert_int_equal(text_percent_decode(&back, buf_slice(&text), NULL), 0);
	assert_true(slice_equal(buf_slice(&all), buf_slice(&back)));
	buf_clear(&text);
	assert_int_equal(text_percent_encode(&text, slice_of("/etc/ssh/a b\n\xe9%"), NULL), 0);
	assert_string_equal(buf_text(&text), "/etc/ssh/a%20b%0A%E9%25");
	buf_free(&all);
	buf_free(&text);
	buf_free(&back);
}

static void test_decoders(void **state)
{
	static const struct {
		int (*decode)(struct buf *, struct slice, struct error *);
		const char *text;
		int         code;
		const char *want;
	} cases[] = {
		{ text_percent_decode, "", ERR_OK, "" },
		{ text_percent_decode, "a%2fb%2F", ERR_OK, "a/b/" },
		{ text_percent_decode, "%", ERR_SYNTAX, "" },
		{ text_percent_decode, "%4", ERR_SYNTAX, "" },
		{ text_percent_decode, "%4g", ERR_SYNTAX, "" },
		{ text_percent_decode, "%g4", ERR_SYNTAX, "" },
		{ text_percent_decode, "% 4", ERR_SYNTAX, "" },
		{ text_percent_decode, "a b", ERR_SYNTAX, "a" },
		{ text_percent_decode, "a=b", ERR_SYNTAX, "a" },
		{ text_percent_decode, "a\n", ERR_SYNTAX, "a" },
		{ text_percent_decode, "\xc3\xa9", ERR_SYNTAX, "" },
		{ text_hex_decode, "", ERR_OK, "" },
		{ text_hex_decode, "53 53\n4 8\t", ERR_OK, "SSH" },
		{ text_hex_decode, "4a4A", ERR_OK, "JJ" },
		{ text_hex_decode, "4", ERR_SYNTAX, "" },
		{ text_hex_decode, "4a4", ERR_SYNTAX, "J" },
		{ text_hex_decode, "4a:4a", ERR_SYNTAX, "J" },
		{ text_hex_decode, "0x4a", ERR_SYNTAX, "" },
		{ text_hex_decode, "\xff", ERR_SYNTAX, "" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct buf out;

		buf_init(&out, 100);
		assert_int_equal(cases[i].decode(&out, slice_of(cases[i].text), NULL), cases[i].code);
		assert_string_equal(buf_text(&out), cases[i].want);
		buf_free(&out);
	}
}

static void test_hex_encode(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	assert_int_equal(text_hex_encode(&out, (struct slice)BYTES("\x00\x7f\x80\xff\x0a"), NULL), 0);
	assert_string_equal(buf_text(&out), "007f80ff0a");
	buf_free(&out);
}

static void test_parse_unsigned(void **state)
{
	static const struct {
		const char *text;
		unsigned    base;
		uint64_t    max;
		int         code;
		uint64_t    value;
	} cases[] = {
		{ "0", 10, UINT64_MAX, ERR_OK, 0 },
		{ "0022", 10, 65535, ERR_OK, 22 },
		{ "65535", 10, 65535, ERR_OK, 65535 },
		{ "65536", 10, 65535, ERR_SYNTAX, 0 },
		{ "18446744073709551615", 10, UINT64_MAX, ERR_OK, UINT64_MAX },
		{ "18446744073709551616", 10, UINT64_MAX, ERR_SYNTAX, 0 },
		{ "99999999999999999999999", 10, UINT64_MAX, ERR_SYNTAX, 0 },
		{ "1777777777777777777777", 8, UINT64_MAX, ERR_OK, UINT64_MAX },
		{ "2000000000000000000000", 8, UINT64_MAX, ERR_SYNTAX, 0 },
		{ "ffFFffffffffffff", 16, UINT64_MAX, ERR_OK, UINT64_MAX },
		{ "10000000000000000", 16, UINT64_MAX, ERR_SYNTAX, 0 },
		{ "4755", 8, 07777, ERR_OK, 04755 },
		{ "8", 8, 07777, ERR_SYNTAX, 0 },
		{ "a", 10, 100, ERR_SYNTAX, 0 },
		{ "5", 10, 4, ERR_SYNTAX, 0 },
		{ "0", 10, 0, ERR_OK, 0 },
		{ "1", 10, 0, ERR_SYNTAX, 0 },
		{ "", 10, 100, ERR_SYNTAX, 0 },
		{ "-1", 10, 100, ERR_SYNTAX, 0 },
		{ "+1", 10, 100, ERR_SYNTAX, 0 },
		{ " 1", 10, 100, ERR_SYNTAX, 0 },
		{ "1\n", 10, 100, ERR_SYNTAX, 0 },
		{ "0x1", 16, 100, ERR_SYNTAX, 0 },
		{ "1.0", 10, 100, ERR_SYNTAX, 0 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		uint64_t value = 0;

		assert_int_equal(text_parse_unsigned(slice_of(cases[i].text), cases[i].base, cases[i].max, &value, NULL),
		                 cases[i].code);
		assert_true(value == cases[i].value);
	}
}

/* Every byte at every place of texts of every length around eight, against what stands in the format as it is. */
static void test_plain(void **state)
{
	(void)state;
	for (size_t len = 0; len <= 20; len++) {
		for (size_t at = 0; at <= len; at++) {
			for (unsigned byte = 0; byte < 256; byte++) {
				char         text[21];
				struct slice bytes = { .ptr = text, .len = len };
				bool         ascii = at == len || (byte >= 0x20 && byte < 0x7f);
				bool         json = at == len || (byte != '"' && byte != '\\');

				memset(text, 'x', sizeof(text));
				text[at] = (char)byte;
				assert_int_equal(text_is_plain_json(bytes), ascii && json);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),         cmocka_unit_test(test_every_code_point), cmocka_unit_test(test_clean_into),
		cmocka_unit_test(test_clean_maximum), cmocka_unit_test(test_percent),          cmocka_unit_test(test_decoders),
		cmocka_unit_test(test_graphic),       cmocka_unit_test(test_hex_encode),       cmocka_unit_test(test_parse_unsigned),
		cmocka_unit_test(test_every_byte_in_a_run), cmocka_unit_test(test_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

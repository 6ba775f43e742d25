/*
 * test_json.c: our reader takes what cJSON takes and makes the same of it, but for what is no JSON; our writer writes what cJSON writes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json_read.h"
#include "json_write.h"
#include "mem.h"

static bool parses(const char *text)
{
	struct json  j;
	struct error err;
	int          r = json_parse(slice_of(text), &j, &err);

	if (r == 0)
		json_free(&j);
	return r == 0;
}

static const char *const taken[] = {
	"0", "-0", "12", "-3.25", "1e3", "1E+3", "2.5e-1", "123456789012345", "true", "false", "null", "\"\"", "[]", "{}",
	" [ 1 , 2 ] ", "{\"a\":{\"b\":[]},\"c\":null}", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u00e4\\u20ac\\ud83d\\ude00\"",
	"\"\x1b\xff\"", "[[[[[[[[1]]]]]]]]", "{\"a\":1,\"a\":2}",
};

static const char *const refused[] = {
	"", " ", "tru", "nul", "01", "-", "+1", ".5", "1.", "1e", "1e+", "0x1", "NaN", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]",
	"{", "{1:2}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\" 1}", "\"", "\"a", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u000\"",
	"\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800x\"", "\"\\ud800\\u0041\"", "1 1", "{} x", "\xef\xbb\xbf{}", "\v1",
};

static void check_same(const char *text)
{
	cJSON       *expected = cJSON_Parse(text);
	struct json  j;
	struct error err;

	assert_int_equal(json_parse(slice_of(text), &j, &err), 0);
	assert_non_null(expected);
	assert_true(cJSON_Compare(j.root, expected, true));
	cJSON_Delete(expected);
	json_free(&j);
}

static void test_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(taken); i++) {
		char text[128];

		snprintf(text, sizeof(text), "[%s]", taken[i]);
		if (!parses(text))
			fail_msg("row %zu was refused", i);
		if (!strstr(taken[i], "\"a\":1,\"a\""))
			check_same(text);
	}
}

static void test_refused(void **state)
{
	static const char nul[] = "[\"a\0b\"]";
	struct json       j;
	struct error      err;

	(void)state;
	for (size_t i = 0; i < countof(refused); i++)
		if (parses(refused[i]))
			fail_msg("row %zu was taken", i);
	assert_int_equal(json_parse((struct slice){ nul, sizeof(nul) - 1 }, &j, &err), ERR_SYNTAX);
	assert_int_equal(json_parse((struct slice){ "1 ", 1 }, &j, &err), 0);
	json_free(&j);
}

/* As deep as is allowed, and one deeper. */
static void test_depth(void **state)
{
	char text[2 * JSON_DEPTH + 3] = "";

	(void)state;
	for (size_t depth = JSON_DEPTH; depth <= JSON_DEPTH + 1; depth++) {
		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		text[2 * depth] = '\0';
		assert_int_equal(parses(text), depth == JSON_DEPTH);
	}
}

static uint64_t seed;

static uint64_t below(uint64_t limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % limit;
}

static cJSON *random_value(unsigned depth)
{
	static const char *const texts[] = { "", "a", "\"q\"\\", "\n\t\b\f\r\x01\x1f\x7f", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "where it is" };
	uint64_t                 kind = below(depth > 0 ? 7 : 5);
	cJSON                   *value;

	if (kind == 0)
		return cJSON_CreateNumber((double)below(UINT64_C(1) << below(53)) * (below(2) ? 1 : -0.125));
	if (kind == 1)
		return cJSON_CreateBool(below(2) != 0);
	if (kind == 2)
		return cJSON_CreateNull();
	if (kind < 5)
		return cJSON_CreateString(texts[below(countof(texts))]);
	value = kind == 5 ? cJSON_CreateArray() : cJSON_CreateObject();
	for (uint64_t n = below(5); n > 0; n--) {
		char name[16];

		snprintf(name, sizeof(name), "m%u\"\n", (unsigned)n);
		if (kind == 5)
			cJSON_AddItemToArray(value, random_value(depth - 1));
		else
			cJSON_AddItemToObject(value, name, random_value(depth - 1));
	}
	return value;
}

static void write_value(struct json_out *o, const cJSON *value)
{
	const cJSON *child;

	if (cJSON_IsString(value)) {
		json_text(o, value->valuestring);
	} else if (cJSON_IsBool(value)) {
		json_boolean(o, cJSON_IsTrue(value));
	} else if (cJSON_IsNull(value)) {
		json_raw(o, "null");
	} else if (cJSON_IsNumber(value)) {
		char *text = cJSON_PrintUnformatted(value);

		json_raw(o, text);
		cJSON_free(text);
	} else {
		json_open(o, cJSON_IsArray(value) ? '[' : '{');
		cJSON_ArrayForEach(child, value) {
			if (child->string)
				json_name(o, child->string);
			write_value(o, child);
		}
		json_close(o, cJSON_IsArray(value) ? ']' : '}');
	}
}

/* Bytes changed at random: what we take, cJSON takes, too, and as the same. */
static void check_damaged(char *text)
{
	size_t len = strlen(text);

	for (int i = 0; i < 20; i++) {
		char        *place = text + below(len);
		char         before = *place;
		struct json  j;
		struct error err;

		*place = "\"\\,:{}[]0129-+.eEu tfn\x01\x80"[below(23)];
		if (json_parse(slice_of(text), &j, &err) == 0) {
			cJSON *expected = cJSON_Parse(text);
			char  *ours = cJSON_PrintUnformatted(j.root);
			char  *theirs = cJSON_PrintUnformatted(expected);

			if (!expected || strcmp(ours, theirs) != 0)
				fail_msg("not the same: %s", text);
			cJSON_free(ours);
			cJSON_free(theirs);
			cJSON_Delete(expected);
			json_free(&j);
		}
		*place = before;
	}
}

static void test_random(void **state)
{
	const char *given = getenv("SSHVET_TEST_SEED");

	(void)state;
	seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
	printf("SSHVET_TEST_SEED=%" PRIu64 "\n", seed);
	seed = seed * UINT64_C(2654435761) + 1;
	for (int i = 0; i < 2000; i++) {
		cJSON          *value = random_value(5);
		char           *text = cJSON_PrintUnformatted(value);
		struct buf      written;
		struct json_out o = { .buf = &written };
		struct json     j;
		struct error    err;

		buf_init(&written, 1u << 20);
		write_value(&o, value);
		assert_int_equal(json_written(&o, &err), 0);
		assert_string_equal(written.ptr, text);
		assert_int_equal(json_parse(buf_slice(&written), &j, &err), 0);
		assert_true(cJSON_Compare(j.root, value, true));
		json_free(&j);
		check_damaged(text);
		buf_free(&written);
		cJSON_free(text);
		cJSON_Delete(value);
	}
}

/* The layout that reports use, members that are not there, and a buffer that is too small. */
static void test_written(void **state)
{
	struct buf      text;
	struct json_out o = { .buf = &text };
	struct error    err;

	(void)state;
	buf_init(&text, 64);
	json_open(&o, '{');
	json_member(&o, "a", "x");
	json_member(&o, "b", NULL);
	json_space(&o, ",\n ");
	json_name(&o, "c");
	json_number(&o, UINT64_C(9007199254740991));
	json_close(&o, '}');
	assert_int_equal(json_written(&o, &err), 0);
	assert_string_equal(text.ptr, "{\"a\":\"x\",\n \"c\":9007199254740991}");
	for (int i = 0; i < 10; i++)
		json_text(&o, "too much");
	assert_int_equal(json_written(&o, &err), ERR_TOO_BIG);
	assert_non_null(strstr(err.text, "more than the 64 bytes allowed"));
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken), cmocka_unit_test(test_refused), cmocka_unit_test(test_depth),
		cmocka_unit_test(test_random), cmocka_unit_test(test_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_json.c: a text is read whole or not at all, in a memory of its own; the writer writes what cJSON writes of a tree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json_memory.h"
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

static const char *const taken[] = { "0", "-3.25", "true", "null", "\"\"", "[]", "{}", " [ 1 , 2 ]", "{\"a\":{\"b\":[]},\"c\":null}", "\"\\u00e4\"" };

static const char *const refused[] = { "", " ", "tru", "-", "[", "]", "[1", "[1,", "[1,]", "[1 2]", "{", "{1:2}", "{\"a\":}", "\"", "\"a", "\"\\x\"", "1 1", "{} x", "{} " };

static void test_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(taken); i++)
		if (!parses(taken[i]))
			fail_msg("row %zu was refused", i);
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

/* What is made outside is the heap's, also between and after. */
static void test_memory(void **state)
{
	struct arena arena = { 0 };
	cJSON       *outside = cJSON_Parse("[1,2,3]"), *inside;

	(void)state;
	assert_null(json_memory_use(&arena));
	inside = cJSON_Parse("{\"a\":[1,2,3]}");
	assert_true(parses("[1]"));
	cJSON_AddNumberToObject(inside, "b", 2);
	assert_ptr_equal(json_memory_use(NULL), &arena);
	cJSON_Delete(outside);
	assert_int_equal(cJSON_GetArraySize(inside), 2);
	arena_free(&arena);
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
				json_text_name(o, child->string);
			write_value(o, child);
		}
		json_close(o, cJSON_IsArray(value) ? ']' : '}');
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
		cmocka_unit_test(test_taken), cmocka_unit_test(test_refused), cmocka_unit_test(test_memory),
		cmocka_unit_test(test_random), cmocka_unit_test(test_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

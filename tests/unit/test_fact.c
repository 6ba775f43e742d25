#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fact.h"
#include "limit.h"
#include "mem.h"
#include "sections.h"

static void assert_json(const cJSON *object, const char *want)
{
	char *got = cJSON_PrintUnformatted(object);

	assert_string_equal(got, want);
	cJSON_free(got);
}

static void test_names(void **state)
{
	static const char *const types[] = { "unknown", "text", "integer", "boolean", "mode", "list", "table", "unknown" };
	static const char *const reasons[] = { "unknown", "privilege", "timeout", "truncated",
		                               "unsupported", "parse", "missing", "unknown" };

	(void)state;
	for (size_t i = 0; i < countof(types); i++)
		assert_string_equal(fact_type_name((enum fact_type)i), types[i]);
	for (size_t i = 0; i < countof(reasons); i++)
		assert_string_equal(reason_name((enum reason)i), reasons[i]);
}

static void test_add(void **state)
{
	cJSON *module = cJSON_CreateObject();
	cJSON *list = fact_add_array(module, "list");
	cJSON *table = fact_add_array(module, "table");
	cJSON *item = fact_table_append(table);

	(void)state;
	assert_int_equal(fact_list_append(list, slice_of("one"), NULL), 0);
	assert_int_equal(fact_list_append(list, slice_of("t\two"), NULL), 0);
	assert_int_equal(fact_add_text(item, "subject", slice_of("\x1b[2J"), NULL), 0);
	assert_int_equal(fact_add_text(module, "text", (struct slice){ .ptr = "a\0\xff", .len = 3 }, NULL), 0);
	assert_int_equal(fact_add_text(module, "empty", (struct slice){ 0 }, NULL), 0);
	assert_int_equal(fact_add_integer(module, "integer", -42, NULL), 0);
	assert_int_equal(fact_add_boolean(module, "no", false, NULL), 0);
	assert_int_equal(fact_add_mode(module, "mode", 0600, NULL), 0);
	assert_int_equal(fact_add_mode(module, "sticky", 01777, NULL), 0);
	assert_int_equal(fact_add_mode(module, "none", 0, NULL), 0);
	assert_json(module, "{\"list\":[\"one\",\"t\\\\x09wo\"],\"table\":[{\"subject\":\"\\\\x1b[2J\"}],\"text\":\"a\\\\x00\\\\xff\","
	                    "\"empty\":\"\",\"integer\":-42,\"no\":false,\"mode\":\"0600\",\"sticky\":\"1777\",\"none\":\"0000\"}");
	cJSON_Delete(module);
}

static void test_add_names(void **state)
{
	static const char *const cases[][2] = {
		{ "", "[]" }, { "a", "[\"a\"]" }, { "a,b@c", "[\"a\",\"b@c\"]" }, { "a,,b", "[\"a\",\"\",\"b\"]" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		cJSON *module = cJSON_CreateObject();

		assert_int_equal(fact_add_names(module, "names", slice_of(cases[i][0]), NULL), 0);
		assert_json(cJSON_GetObjectItemCaseSensitive(module, "names"), cases[i][1]);
		cJSON_Delete(module);
	}
}

/* What cJSON does not print exactly is refused, not rounded. */
static void test_integer_range(void **state)
{
	static const struct {
		int64_t     value;
		int         code;
		const char *want;
	} cases[] = {
		{ 0, ERR_OK, "0" },
		{ 2147483648, ERR_OK, "2147483648" },
		{ 999999999999999, ERR_OK, "999999999999999" },
		{ -999999999999999, ERR_OK, "-999999999999999" },
		{ 1000000000000000, ERR_TOO_BIG, NULL },
		{ INT64_MIN, ERR_TOO_BIG, NULL },
		{ INT64_MAX, ERR_TOO_BIG, NULL },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		cJSON *module = cJSON_CreateObject();

		assert_int_equal(fact_add_integer(module, "n", cases[i].value, NULL), cases[i].code);
		if (cases[i].want)
			assert_json(cJSON_GetObjectItemCaseSensitive(module, "n"), cases[i].want);
		else
			assert_json(module, "{}");
		cJSON_Delete(module);
	}
}

static void test_text_maximum(void **state)
{
	struct error err = { 0 };
	cJSON       *module = cJSON_CreateObject();
	char        *text = mem_zalloc(LIMIT_FACT_TEXT + 1);

	(void)state;
	memset(text, 'x', LIMIT_FACT_TEXT + 1);
	assert_int_equal(fact_add_text(module, "t", (struct slice){ .ptr = text, .len = LIMIT_FACT_TEXT + 1 }, &err), ERR_TOO_BIG);
	assert_int_equal(strncmp(err.text, "t: ", 3), 0);
	assert_json(module, "{}");
	assert_int_equal(fact_add_text(module, "t", (struct slice){ .ptr = text, .len = LIMIT_FACT_TEXT }, &err), 0);
	mem_free(text);
	cJSON_Delete(module);
}

static void test_item_maximum(void **state)
{
	struct error err = { 0 };
	cJSON       *module = cJSON_CreateObject();
	cJSON       *list = fact_add_array(module, "list");
	cJSON       *table = fact_add_array(module, "table");
	char        *commas = mem_zalloc(LIMIT_FACT_ITEMS + 1);

	(void)state;
	for (size_t i = 0; i < LIMIT_FACT_ITEMS; i++) {
		assert_int_equal(fact_list_append(list, slice_of("x"), &err), 0);
		assert_non_null(fact_table_append(table));
	}
	assert_int_equal(fact_list_append(list, slice_of("x"), &err), ERR_TOO_BIG);
	assert_null(fact_table_append(table));
	memset(commas, ',', LIMIT_FACT_ITEMS + 1);
	assert_int_equal(fact_add_names(module, "names", (struct slice){ .ptr = commas, .len = LIMIT_FACT_ITEMS + 1 }, &err), ERR_TOO_BIG);
	assert_null(cJSON_GetObjectItemCaseSensitive(module, "names"));
	assert_int_equal(fact_add_names(module, "names", (struct slice){ .ptr = commas, .len = LIMIT_FACT_ITEMS }, &err), 0);
	mem_free(commas);
	cJSON_Delete(module);
}

static void test_unavailable(void **state)
{
	cJSON *module = cJSON_CreateObject();
	cJSON *list;
	char   text[2000];

	(void)state;
	assert_int_equal(fact_add_unavailable(module, "m.a", REASON_PRIVILEGE, NULL, "try %s -n", "sudo"), 0);
	assert_int_equal(fact_add_unavailable(module, "m.b", REASON_PARSE, NULL, "%s", "line\n2"), 0);
	assert_json(module, "{\"unavailable\":[{\"fact\":\"m.a\",\"reason\":\"privilege\",\"message\":\"try sudo -n\"},"
	                    "{\"fact\":\"m.b\",\"reason\":\"parse\",\"message\":\"line\\\\x0a2\"}]}");
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(fact_add_unavailable(module, "m.c", REASON_PARSE, NULL, "%s", text), 0);
	list = cJSON_GetObjectItemCaseSensitive(module, "unavailable");
	assert_true(strlen(cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(list, 2), "message")->valuestring) < 1000);
	cJSON_Delete(module);
}

static void test_section_reason(void **state)
{
	static const struct {
		int         status;
		bool        truncated;
		bool        ended;
		enum reason want;
		const char *says;
	} cases[] = {
		{ 0, false, true, REASON_UNKNOWN, NULL },
		{ 1, false, true, REASON_PRIVILEGE, "failed with status 1" },
		{ 124, false, true, REASON_TIMEOUT, "did not end in time" },
		{ 124, true, true, REASON_TIMEOUT, "did not end in time" },
		{ 0, true, true, REASON_TRUNCATED, "more than its limit" },
		{ 141, true, true, REASON_TRUNCATED, "more than its limit" },
		{ -1, true, false, REASON_MISSING, "broke off in section s" },
		{ 0, false, false, REASON_MISSING, "broke off in section s" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct section s = { .status = cases[i].status, .truncated = cases[i].truncated, .ended = cases[i].ended };
		cJSON         *module = cJSON_CreateObject();
		char          *text;

		assert_int_equal(section_reason(&s, REASON_PRIVILEGE), cases[i].want);
		assert_int_equal(section_is_whole(&s), cases[i].want == REASON_UNKNOWN);
		assert_int_equal(section_add_unavailable(module, "m.f", "s", &s, REASON_PRIVILEGE, NULL), 0);
		text = cJSON_PrintUnformatted(module);
		assert_non_null(strstr(text, cases[i].says ? cases[i].says : "{}"));
		cJSON_free(text);
		cJSON_Delete(module);
	}
	assert_int_equal(section_reason(NULL, REASON_PRIVILEGE), REASON_MISSING);
	assert_false(section_is_whole(NULL));
}

static void test_section_absent(void **state)
{
	cJSON *module = cJSON_CreateObject();

	(void)state;
	assert_int_equal(section_add_unavailable(module, "m.f", "s", NULL, REASON_PRIVILEGE, NULL), 0);
	assert_json(module, "{\"unavailable\":[{\"fact\":\"m.f\",\"reason\":\"missing\",\"message\":\"the evidence has no section s\"}]}");
	cJSON_Delete(module);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),         cmocka_unit_test(test_add),          cmocka_unit_test(test_add_names),
		cmocka_unit_test(test_integer_range), cmocka_unit_test(test_text_maximum), cmocka_unit_test(test_item_maximum),
		cmocka_unit_test(test_unavailable),   cmocka_unit_test(test_section_reason), cmocka_unit_test(test_section_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

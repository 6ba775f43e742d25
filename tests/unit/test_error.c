#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"

static void test_set(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(error_set(&err, ERR_AUTH, "user %s", "bob"), ERR_AUTH);
	assert_int_equal(err.code, ERR_AUTH);
	assert_string_equal(err.text, "user bob");
	assert_int_equal(error_set(NULL, ERR_AUTH, "nobody asks"), ERR_AUTH);
	assert_int_equal(error_nomem(&err), ERR_NOMEM);
	assert_string_equal(err.text, "out of memory");
}

static void test_prefix(void **state)
{
	struct error err = { 0 };

	(void)state;
	error_set(&err, ERR_SYNTAX, "no colon");
	assert_int_equal(error_prefix(&err, "%s:%d", "hosts", 3), ERR_SYNTAX);
	assert_string_equal(err.text, "hosts:3: no colon");
	assert_int_equal(err.code, ERR_SYNTAX);
}

/* A character of several bytes is kept whole or left out. */
static void test_cut_between_characters(void **state)
{
	static const char character[] = "\xf0\x9f\x94\x91";
	const size_t      full = sizeof((struct error){ 0 }.text);

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		char         text[2 * sizeof((struct error){ 0 }.text)];
		struct error err = { 0 };
		size_t       kept;

		memset(text, 'x', shift);
		for (size_t i = shift; i < sizeof(text); i++)
			text[i] = character[(i - shift) % 4];
		text[sizeof(text) - 1] = '\0';
		error_set(&err, ERR_SYNTAX, "%s", text);
		kept = strlen(err.text) - 3;
		assert_in_range(kept, full - 8, full - 4);
		assert_int_equal((kept - shift) % 4, 0);
		assert_string_equal(err.text + kept, "...");
	}
}

/* However long the parts are, the text ends in the array, and shows when it was cut. */
static void test_cut(void **state)
{
	char         text[2 * sizeof((struct error){ 0 }.text)];
	const size_t full = sizeof((struct error){ 0 }.text);

	(void)state;
	for (size_t len = full - 6; len < full + 6; len++) {
		struct error err = { 0 };
		bool         fits = len < full;

		memset(text, 'x', sizeof(text));
		text[len] = '\0';
		error_set(&err, ERR_SYNTAX, "%s", text);
		assert_int_equal(strlen(err.text), fits ? len : full - 1);
		assert_int_equal(strcmp(err.text + strlen(err.text) - 3, "...") == 0, !fits);

		error_prefix(&err, "%s", "context");
		assert_int_equal(strncmp(err.text, "context: xxx", 12), 0);
		assert_string_equal(err.text + strlen(err.text) - 3, len + 9 < full ? "xxx" : "...");

		error_set(&err, ERR_SYNTAX, "short");
		error_prefix(&err, "%s", text);
		assert_true(strlen(err.text) < full);
		assert_string_equal(err.text + strlen(err.text) - 3, "...");
	}
}

static void test_codes(void **state)
{
	static const struct {
		int         code;
		const char *name;
		int         exit_status;
		bool        of_target;
	} cases[] = {
		{ ERR_OK, "ok", 0, false },
		{ ERR_SYNTAX, "syntax", 2, false },
		{ ERR_OUTPUT, "output", 4, false },
		{ ERR_NOT_FOUND, "not_found", 2, false },
		{ ERR_RESOLVE, "resolve", 3, true },
		{ ERR_HOST_KEY_CHANGED, "host_key_changed", 3, true },
		{ ERR_CANCELLED, "cancelled", 3, true },
		{ 1, "internal", 4, false },
		{ -10000, "internal", 4, false },
		{ INT_MIN, "internal", 4, false },
		{ INT_MAX, "internal", 4, false },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		assert_string_equal(error_code_name(cases[i].code), cases[i].name);
		assert_int_equal(error_exit_status(cases[i].code), cases[i].exit_status);
		assert_int_equal(error_is_of_target(cases[i].code), cases[i].of_target);
		assert_true(error_summary(cases[i].code)[0] != '\0');
	}
}

/* Pipelines match the codes, so two reasons may not share one. */
static void test_names_are_unique(void **state)
{
	(void)state;
	for (int a = 0; a < ERR_ORD_COUNT; a++) {
		for (int b = 0; b < a; b++)
			assert_string_not_equal(error_code_name(-a), error_code_name(-b));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_cut_between_characters),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_names_are_unique),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

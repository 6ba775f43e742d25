/* Accounts and groups, as getent and the shadow file tell them. */
#include "checks_case.h"

#include "accounts.h"

#define PASSWD(body)         "[accounts.passwd source=getent limit=1048576]\n" body "\n[/0]\n"
#define GROUP(body)          "[accounts.group source=getent limit=1048576]\n" body "\n[/0]\n"
#define SHADOW(body, status) "[accounts.shadow limit=1048576]\n" body "\n[/" status "]\n"
#define SOURCES(body)        "[accounts.sources limit=4096]\n" body "\n[/0]\n"
#define DONE                 "[accounts.done count=1]\n\n[/0]\n"

#define TWO    PASSWD("root:x:0:0:root:/root:/bin/bash\nanna:x:1000:1000:A, B:/home/anna:/usr/sbin/nologin\n")
#define GROUPS GROUP("root:x:0:\nwheel:x:10:anna,root\nanna:x:1000:\n")

static const struct case_row rows[] = {
	{ "everything", CASE_ROOT TWO GROUPS SHADOW("root:none:\nanna:set:expired\n", "0") SOURCES(" files [NOTFOUND=return] sss\n") DONE,
	  { { "accounts.sources", "[\"files\",\"sss\"]" }, { "accounts.users[0].subject", "\"root\"" }, { "accounts.users[0].login", "\"shell\"" }, { "accounts.users[0].locked", "true" }, { "accounts.users[0].expired", "false" }, { "accounts.users[1].name", "\"anna\"" }, { "accounts.users[1].uid", "1000" }, { "accounts.users[1].groups", "[\"anna\",\"wheel\"]" }, { "accounts.users[1].home", "\"/home/anna\"" }, { "accounts.users[1].login", "\"no_shell\"" }, { "accounts.users[1].password", "\"set\"" }, { "accounts.users[1].expired", "true" } } },
	{ "locked and empty", CASE_ROOT TWO GROUPS SHADOW("root:locked:\nanna:empty:\n", "0") SOURCES("") DONE, { { "accounts.users[0].locked", "true" }, { "accounts.users[0].password", "\"locked\"" }, { "accounts.users[1].locked", "false" }, { "accounts.users[1].password", "\"empty\"" }, { "accounts.sources", "[\"files\"]" } } },
	{ "an ordinary user may not read the shadow file", CASE_USER TWO GROUPS SHADOW("", "2") SOURCES("") DONE, { { "accounts.users[0].locked", "!privilege" }, { "accounts.users[0].password", "!privilege" }, { "accounts.users[0].expired", "!privilege" }, { "accounts.users[0].home", "\"/root\"" } } },
	{ "an account the shadow file does not know", CASE_ROOT TWO GROUPS SHADOW("root:set:\n", "0") SOURCES("") DONE, { { "accounts.users[1].locked", "!unsupported" }, { "accounts.users[1].expired", "!unsupported" } } },
	{ "a hash in passwd counts, and an empty shell is one", CASE_ROOT PASSWD("old:p:5:6::/:\n") GROUPS SHADOW("", "2") SOURCES("") DONE, { { "accounts.users[0].password", "\"set\"" }, { "accounts.users[0].locked", "false" }, { "accounts.users[0].login", "\"shell\"" }, { "accounts.users[0].groups", "[]" }, { "accounts.users[0].expired", "!unsupported" } } },
	{ "a word about the password that is not known", CASE_ROOT TWO GROUPS SHADOW("root:maybe:\nanna:set:\n", "0") SOURCES("") DONE, { { "accounts.users[0].locked", "!unsupported" }, { "accounts.users[1].locked", "false" } } },
	{ "of two lines of a name the first counts", CASE_ROOT PASSWD("a:x:1:1::/one:/bin/sh\na:x:2:2::/two:/bin/sh\nb:x:3:3::/b:/bin/sh\n") GROUPS SHADOW("", "0") SOURCES("") DONE, { { "accounts.users[0].home", "\"/one\"" }, { "accounts.users[1].name", "\"b\"" }, { "accounts.users[2]", "-" } } },
	{ "a line that is none leaves the table incomplete", CASE_ROOT PASSWD("a:x:1:1::/one:/bin/sh\n?\n") GROUPS SHADOW("", "0") SOURCES("") DONE, { { "accounts.users[0].name", "\"a\"" } } },
	{ "a number that is none", CASE_ROOT PASSWD("a:x:-1:1::/one:/bin/sh\nb:x:4294967296:1::/:/bin/sh\n") GROUPS SHADOW("", "0") SOURCES("") DONE, { { "accounts.users[0]", "-" } } },
	{ "blanks, comments and directory services of old", CASE_ROOT PASSWD("# x\n\n+::::::\na:x:1:1::/one:/bin/sh\n") GROUPS SHADOW("", "0") SOURCES("") DONE, { { "accounts.users[0].name", "\"a\"" }, { "accounts.users[1]", "-" } } },
	{ "groups that did not come", CASE_ROOT TWO SHADOW("root:set:\n", "0") SOURCES("") DONE, { { "accounts.users[0].groups", "!missing" }, { "accounts.users[0].uid", "0" } } },
	{ "a group line that is none", CASE_ROOT TWO GROUP("wheel:x:10\n") SHADOW("root:set:\n", "0") SOURCES("") DONE, { { "accounts.users[0].groups", "!parse" } } },
	{ "no accounts at all", CASE_ROOT GROUPS SHADOW("", "0") SOURCES("") DONE, { { "accounts.users", "!missing" } } },
	{ "the file could not be read either", CASE_ROOT "[accounts.passwd source=getent]\n\n[/124]\n[accounts.passwd source=file]\n\n[/1]\n" DONE, { { "accounts.users", "!unsupported" }, { "accounts.sources", "!missing" } } },
	{ "more accounts than the limit allows", CASE_ROOT "[accounts.passwd source=getent limit=4]\nroot:x:0:0:root:/ro\n\n[/0]\n" GROUPS DONE, { { "accounts.users", "!truncated" } } },
	{ "the evidence broke off", CASE_ROOT TWO GROUPS, { { "accounts.users", "!missing" } } },
};

static void run_rows(void **state)
{
	(void)state;
	case_run(rows, countof(rows));
}

/* Where getent did not end in time, its file is what there is, and the table says that there may be more. */
static void a_slow_directory_leaves_the_file(void **state)
{
	cJSON *facts = case_facts(slice_of(CASE_ROOT "[accounts.passwd source=getent]\n\n[/124]\n[accounts.passwd source=file limit=1048576]\n"
	                                             "root:x:0:0:root:/root:/bin/bash\n\n[/0]\n" GROUPS SOURCES("") DONE));

	(void)state;
	case_expect(facts, "accounts.users[0].name", "\"root\"");
	assert_string_equal(case_reason(cJSON_GetObjectItemCaseSensitive(facts, "accounts"), "accounts.users"), "timeout");
	cJSON_Delete(facts);
}

static void parse(const char *text, struct evidence **ret_ev, struct accounts *ret_accounts)
{
	struct buf   stream;
	struct error err = { 0 };

	case_stream(&stream, slice_of(text), true);
	assert_int_equal(evidence_parse(&stream, EVIDENCE_FROM_TARGET, ret_ev, &err), 0);
	assert_int_equal(accounts_read(*ret_ev, ret_accounts, &err), 0);
	buf_free(&stream);
}

static void accounts_are_found(void **state)
{
	struct evidence *ev;
	struct accounts  a;

	(void)state;
	parse(CASE_ROOT TWO GROUPS DONE, &ev, &a);
	assert_int_equal(accounts_find(&a, slice_of("anna")), 1);
	assert_int_equal(accounts_find(&a, slice_of("ann")), ACCOUNT_NONE);
	assert_int_equal(accounts_find_uid(&a, 1000), 1);
	assert_int_equal(accounts_find_uid(&a, 7), ACCOUNT_NONE);
	assert_int_equal(accounts_find_gid(&a, 10), 1);
	assert_true(accounts_is_member(&a, 1, 10));
	assert_true(accounts_is_member(&a, 1, 1000));
	assert_false(accounts_is_member(&a, 1, 0));
	assert_true(accounts_is_member(&a, 0, 10));
	assert_true(accounts_groups_are_whole(ev, &a));
	accounts_fini(&a);
	evidence_free(ev);
}

/* Five thousand accounts, each with a group of its own and all in another. */
static void many_accounts_fit(void **state)
{
	struct evidence *ev;
	struct accounts  a;
	struct buf       text;
	struct error     err;

	(void)state;
	buf_init(&text, CASE_MAX);
	assert_int_equal(buf_append_text(&text, CASE_ROOT "[accounts.passwd source=getent limit=1048576]\n", &err), 0);
	for (int i = 0; i < 5000; i++)
		assert_int_equal(buf_printf(&text, &err, "user%d:x:%d:%d::/home/user%d:/bin/sh\n", i, 1000 + i, 1000 + i, i), 0);
	assert_int_equal(buf_append_text(&text, "\n[/0]\n[accounts.group source=getent limit=1048576]\nall:x:9:", &err), 0);
	for (int i = 0; i < 5000; i++)
		assert_int_equal(buf_printf(&text, &err, "user%d,", i), 0);
	assert_int_equal(buf_append_text(&text, "\n\n[/0]\n" DONE, &err), 0);
	parse(buf_text(&text), &ev, &a);
	assert_int_equal(a.nitems, 5000);
	for (size_t i = 0; i < a.nitems; i++) {
		assert_int_equal(accounts_find(&a, a.items[i].name), i);
		assert_true(accounts_is_member(&a, i, 9));
		assert_false(accounts_is_member(&a, i, 10));
	}
	accounts_fini(&a);
	evidence_free(ev);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(run_rows),
		cmocka_unit_test(a_slow_directory_leaves_the_file),
		cmocka_unit_test(accounts_are_found),
		cmocka_unit_test(many_accounts_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

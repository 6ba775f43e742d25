/*
 * test_fleet.c: the parts under `sshvet keys` that tests/keys sees only from far away: interning, from=, what sshd lets in, and JSON as bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "from.h"
#include "intern.h"
#include "journal_raw.h"
#include "login.h"
#include "pairs.h"
#include "tables.h"

#define MANY 20000u

static void test_intern(void **state)
{
	struct intern in;
	const char   *kept[MANY];
	char          text[16];

	(void)state;
	intern_init(&in);
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(text, sizeof(text), "%u", i);
		kept[i] = intern(&in, text);
		assert_non_null(kept[i]);
		assert_string_equal(kept[i], text);
	}
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(text, sizeof(text), "%u", i);
		assert_ptr_equal(intern(&in, text), kept[i]);
	}
	assert_ptr_equal(intern(&in, ""), intern(&in, ""));
	assert_int_equal(in.count, MANY + 1);
	intern_fini(&in);
}

static void test_pairs(void **state)
{
	static const char texts[256] = "";
	struct pairs      p = { 0 };

	(void)state;
	assert_int_equal(pairs_get(&p, texts, NULL), PAIRS_NONE);
	for (uint32_t i = 0; i < 256; i++)
		for (uint32_t j = 0; j < 8; j++)
			assert_true(pairs_set(&p, texts + i, j ? texts + j : NULL, i * 8 + j));
	for (uint32_t i = 0; i < 256; i++)
		for (uint32_t j = 0; j < 8; j++)
			assert_int_equal(pairs_get(&p, texts + i, j ? texts + j : NULL), i * 8 + j);
	assert_true(pairs_set(&p, texts, NULL, 7));
	assert_int_equal(pairs_get(&p, texts, NULL), 7);
	assert_int_equal(p.count, 256 * 8);
	for (int i = 0; i < 3; i++) { /* full, then few in many, then few in few */
		pairs_clear(&p);
		assert_int_equal(pairs_get(&p, texts, NULL), PAIRS_NONE);
		assert_true(pairs_set(&p, texts, NULL, 1));
		assert_int_equal(pairs_get(&p, texts, NULL), 1);
		assert_int_equal(pairs_get(&p, texts, texts), PAIRS_NONE);
	}
	pairs_fini(&p);
}

static const struct {
	const char       *patterns;
	const char       *address;
	enum from_verdict verdict;
} from_rows[] = {
	{ "192.0.2.7", "192.0.2.7", FROM_ALLOWED },
	{ "192.0.2.8", "192.0.2.7", FROM_REFUSED },
	{ "192.0.2.0/29", "192.0.2.7", FROM_ALLOWED },
	{ "192.0.2.0/29,!192.0.2.7", "192.0.2.7", FROM_REFUSED },
	{ "!192.0.2.7,*", "192.0.2.7", FROM_REFUSED },
	{ "!192.0.2.8,*", "192.0.2.7", FROM_ALLOWED },
	{ "!192.0.2.8", "192.0.2.7", FROM_REFUSED },
	{ "192.0.2.*", "192.0.2.7", FROM_ALLOWED },
	{ "192.0.2.?", "192.0.2.77", FROM_REFUSED },
	{ "192.0.2.7/24", "192.0.2.7", FROM_REFUSED },
	{ "2001:db8::/32", "2001:DB8::7", FROM_ALLOWED },
	{ "2001:db8:*", "192.0.2.7", FROM_REFUSED },
	{ "fe80::/10", "192.0.2.7", FROM_REFUSED },
	{ "web*", "192.0.2.7", FROM_UNKNOWN },
	{ "db", "192.0.2.7", FROM_UNKNOWN },
	{ "*.example.org,192.0.2.7", "192.0.2.7", FROM_ALLOWED },
	{ "!web,192.0.2.7", "192.0.2.7", FROM_UNKNOWN },
	{ "!web", "192.0.2.7", FROM_REFUSED },
	{ "", "192.0.2.7", FROM_REFUSED },
	{ "192.0.2.7", "", FROM_UNKNOWN },
	{ "192.0.2.7", "web1", FROM_UNKNOWN },
};

static void test_from(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(from_rows); i++)
		if (from_judge(from_rows[i].patterns, from_rows[i].address) != from_rows[i].verdict)
			fail_msg("from=\"%s\" for %s", from_rows[i].patterns, from_rows[i].address);
}

static const struct {
	const char *contexts[2]; /* the second may be NULL */
	const char *name;
	bool        root;
	const char *groups;
	bool        forced;
	bool        refused;
	bool        locked;
} login_rows[] = {
	{ { "{}", NULL }, "bob", false, "bob", false, false, false },
	{ { "{\"pubkeyauthentication\":\"no\"}", NULL }, "bob", false, "bob", false, true, false },
	{ { "{\"pubkeyauthentication\":\"no\"}", "{\"pubkeyauthentication\":\"yes\"}" }, "bob", false, "bob", false, false, false },
	{ { "{\"pubkeyauthentication\":\"no\"}", "{\"denyusers\":[\"bob\"]}" }, "bob", false, "bob", false, true, false },
	{ { "{\"permitrootlogin\":\"no\"}", NULL }, "toor", true, "", true, true, false },
	{ { "{\"permitrootlogin\":\"No\"}", NULL }, "root", true, NULL, true, true, false },
	{ { "{\"permitrootlogin\":\"no\"}", NULL }, "root", false, NULL, false, false, false },
	{ { "{\"permitrootlogin\":\"forced-commands-only\"}", NULL }, "root", true, NULL, true, false, false },
	{ { "{\"permitrootlogin\":\"forced-commands-only\"}", NULL }, "root", true, NULL, false, true, false },
	{ { "{\"denyusers\":[\"al*\",\"b?b\"]}", NULL }, "bob", false, NULL, false, true, false },
	{ { "{\"denyusers\":[\"bob@*\"]}", NULL }, "bob", false, NULL, false, false, false },
	{ { "{\"allowusers\":[\"bob@192.0.2.7\"]}", NULL }, "bob", false, NULL, false, false, false },
	{ { "{\"allowusers\":[\"alice\"]}", NULL }, "bob", false, NULL, false, true, false },
	{ { "{\"allowgroups\":[\"wheel\",\"ad*\"]}", NULL }, "bob", false, "bob,admin", false, false, false },
	{ { "{\"allowgroups\":[\"wheel\"]}", NULL }, "bob", false, "bob,admin", false, true, false },
	{ { "{\"allowgroups\":[\"wheel\"]}", NULL }, "bob", false, NULL, false, false, false },
	{ { "{\"denygroups\":[\"admin\"]}", NULL }, "bob", false, "bob,admin", false, true, false },
	{ { "{\"usepam\":\"no\"}", NULL }, "bob", false, NULL, false, true, true },
	{ { "{\"usepam\":\"no\"}", NULL }, "bob", false, NULL, false, false, false },
	{ { "{\"usepam\":\"yes\"}", NULL }, "bob", false, NULL, false, false, true },
};

static void add_context(struct login_rules *rules, const char *text)
{
	struct login_context context = { .object = cJSON_Parse(text) };

	assert_non_null(context.object);
	assert_null(fields_take(context.object, login_fields, login_nfields, &context));
	assert_true(login_rules_add(rules, &context));
}

static void test_login(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(login_rows); i++) {
		struct login_rules   rules = { 0 };
		struct login_account account = { .name = login_rows[i].name, .root = login_rows[i].root, .locked = login_rows[i].locked, .groups = login_rows[i].groups };
		const char          *why;

		for (size_t c = 0; c < 2 && login_rows[i].contexts[c]; c++)
			add_context(&rules, login_rows[i].contexts[c]);
		why = login_refusal(&rules, &account, login_rows[i].forced);
		if ((why != NULL) != login_rows[i].refused)
			fail_msg("row %zu: %s", i, why ? why : "not refused");
		login_rules_fini(&rules);
	}
}

/* Members as "name=value;", "!" for a failure. */
static const struct {
	const char *text;
	const char *members;
} raw_rows[] = {
	{ "{}", "" },
	{ " { } ", "" },
	{ "[]", "" },
	{ "{\"a\":1}", "a=1;" },
	{ "{ \"a\" : 1 , \"b\" : [ 2 , {\"c\":3} ] }", "a=1;b=[ 2 , {\"c\":3} ];" },
	{ "[1,\"x\",null,[],{}]", "=1;=\"x\";=null;=[];={};" },
	{ "{\"a\":\"}\\\"]\",\"b\":\"\\\\\"}", "a=\"}\\\"]\";b=\"\\\\\";" },
	{ "{\"a\\\"\":1}", "a\\\"=1;" },
	{ "{\"a\":1", "a=1;!" },
	{ "{\"a\":", "!" },
	{ "{\"a\"", "!" },
	{ "{\"a", "!" },
	{ "{a:1}", "!" },
	{ "{\"a\":1,}", "a=1;!" },
	{ "{\"a\":1 \"b\":2}", "a=1;!" },
	{ "{\"a\":[1}", "a=[1};!" }, /* by quotes and brackets alone: whoever parses the value finds out */
	{ "{\"a\":\"x}", "!" },
	{ "{,\"a\":1}", "!" },
	{ "[1]x", "=1;!" },
	{ "[,]", "!" },
	{ "7", "!" },
	{ "", "!" },
};

static void test_raw(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(raw_rows); i++) {
		struct journal_raw raw;
		struct slice       name;
		struct slice       value;
		char               got[128] = "";
		size_t             len = 0;
		int                more = ERR_SYNTAX;

		if (journal_raw_begin(&raw, slice_of(raw_rows[i].text)))
			while ((more = journal_raw_next(&raw, &name, &value)) > 0)
				len += (size_t)snprintf(got + len, sizeof(got) - len, "%.*s=%.*s;", (int)name.len, name.ptr, (int)value.len,
				                        value.ptr);
		if (more < 0)
			snprintf(got + len, sizeof(got) - len, "!");
		if (strcmp(got, raw_rows[i].members) != 0)
			fail_msg("%s: %s", raw_rows[i].text, got);
	}
}

static void test_tables(void **state)
{
	static const char facts[] = "{\"host\":{\"accounts\":{\"users\":[9]}},\"accounts\":{\"users\":[1],\"unavailable\":[2]},"
				    "\"key_material\":{\"authorized\":[3],\"host\":[4],\"unavailable\":[5],\"host\":[6]}}";
	struct tables     t;

	(void)state;
	tables_find(&t, slice_of(facts));
	assert_true(slice_is(t.bytes[TABLE_users], "[1]"));
	assert_true(slice_is(t.unavailable[TABLE_users], "[2]"));
	assert_true(slice_is(t.bytes[TABLE_authorized], "[3]"));
	assert_true(slice_is(t.bytes[TABLE_host], "[4]"));
	assert_true(slice_is(t.unavailable[TABLE_private], "[5]"));
	assert_int_equal(t.bytes[TABLE_contexts].len, 0);
	assert_true(t.twice);
	assert_false(t.broken);
	tables_find(&t, (struct slice){ .ptr = facts, .len = sizeof(facts) - 3 });
	assert_true(t.broken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_intern), cmocka_unit_test(test_pairs), cmocka_unit_test(test_from),
		cmocka_unit_test(test_login),  cmocka_unit_test(test_raw),   cmocka_unit_test(test_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

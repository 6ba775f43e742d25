/*
 * Rules held against facts: every operator, three-valued logic, reasons, tables, and the words of findings.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "rule_folder.h"

#include "limit.h"
#include "mem.h"

static struct findings evaluate(const char *rules, const char *profile, const char *json)
{
	struct error    err = { 0 };
	struct ruleset *rs = NULL;
	struct findings found = { 0 };
	cJSON          *facts = cJSON_Parse(json);

	if (!facts)
		fail_msg("not JSON: %s", json);
	if (load_texts(rules, profile, &rs, &err) < 0)
		fail_msg("%s\n%s", err.text, rules);
	assert_int_equal(ruleset_evaluate(rs, facts, &found, &err), 0);
	for (size_t i = 0; i < found.count; i++) { /* these belong to the rule set: keep only what outlives it */
		found.items[i].rule = NULL;
		found.items[i].expected = NULL;
		found.items[i].remediation = NULL;
	}
	cJSON_Delete(facts);
	ruleset_free(rs);
	return found;
}

/* One rule about one fact. */
static const struct {
	const char  *check;
	const char  *facts; /* members of the module */
	enum verdict verdict;
	const char  *message;
} operator_rows[] = {
	{ "{fact: any.text, is: no}", "\"text\": \"no\"", VERDICT_PASS, "any.text is no" },
	{ "{fact: any.text, is: no}", "\"text\": \"No\"", VERDICT_PASS, "any.text is No" },
	{ "{fact: any.text, is: no}", "\"text\": \"yes\"", VERDICT_FAIL, "any.text is yes, expected no" },
	{ "{fact: any.text, is: no}", "\"text\": \"\"", VERDICT_FAIL, "any.text is an empty text, expected no" },
	{ "{fact: any.text, is: \"5\"}", "\"text\": \"5\"", VERDICT_PASS, "any.text is 5" },
	{ "{fact: any.integer, is: 5}", "\"integer\": 5", VERDICT_PASS, "any.integer is 5" },
	{ "{fact: any.integer, is: -5}", "\"integer\": 5", VERDICT_FAIL, "any.integer is 5, expected -5 seconds" },
	{ "{fact: any.boolean, is: true}", "\"boolean\": true", VERDICT_PASS, "any.boolean is true" },
	{ "{fact: any.boolean, is: true}", "\"boolean\": false", VERDICT_FAIL, "any.boolean is false, expected true" },
	{ "{fact: any.mode, is: \"0600\"}", "\"mode\": \"600\"", VERDICT_PASS, "any.mode is 600" },
	{ "{fact: any.mode, is: \"0600\"}", "\"mode\": \"0640\"", VERDICT_FAIL, "any.mode is 0640, expected 0600" },
	{ "{fact: any.deep.down.text, is: x}", "\"deep\": {\"down\": {\"text\": \"x\"}}", VERDICT_PASS, "any.deep.down.text is x" },
	{ "{fact: any.text, is_not: none}", "\"text\": \"NONE\"", VERDICT_FAIL, "any.text is NONE, expected not none" },
	{ "{fact: any.text, is_not: none}", "\"text\": \"/etc/issue\"", VERDICT_PASS, NULL },
	{ "{fact: any.integer, is_not: 0}", "\"integer\": 0", VERDICT_FAIL, "any.integer is 0, expected not 0 seconds" },
	{ "{fact: any.boolean, is_not: false}", "\"boolean\": true", VERDICT_PASS, NULL },
	{ "{fact: any.mode, is_not: \"0777\"}", "\"mode\": \"0777\"", VERDICT_FAIL, NULL },
	{ "{fact: any.text, one_of: [a, b]}", "\"text\": \"B\"", VERDICT_PASS, NULL },
	{ "{fact: any.text, one_of: [a, b]}", "\"text\": \"ab\"", VERDICT_FAIL, "any.text is ab, expected one of a, b" },
	{ "{fact: any.text, one_of: [a*]}", "\"text\": \"ab\"", VERDICT_FAIL, NULL }, /* no patterns here */
	{ "{fact: any.integer, one_of: [1, 2]}", "\"integer\": 2", VERDICT_PASS, NULL },
	{ "{fact: any.integer, one_of: [1, 2]}", "\"integer\": 3", VERDICT_FAIL, "any.integer is 3, expected one of 1, 2" },
	{ "{fact: any.text, none_of: [a, b]}", "\"text\": \"A\"", VERDICT_FAIL, "any.text is A, expected none of a, b" },
	{ "{fact: any.text, none_of: [a, b]}", "\"text\": \"c\"", VERDICT_PASS, NULL },
	{ "{fact: any.integer, none_of: [1, 2]}", "\"integer\": 1", VERDICT_FAIL, NULL },
	{ "{fact: any.integer, at_most: 4}", "\"integer\": 4", VERDICT_PASS, NULL },
	{ "{fact: any.integer, at_most: 4}", "\"integer\": 5", VERDICT_FAIL, "any.integer is 5, expected at most 4 seconds" },
	{ "{fact: any.integer, at_least: 4}", "\"integer\": 4", VERDICT_PASS, NULL },
	{ "{fact: any.integer, at_least: 4}", "\"integer\": 3", VERDICT_FAIL, "any.integer is 3, expected at least 4 seconds" },
	{ "{fact: any.integer, between: [1, 4]}", "\"integer\": 1", VERDICT_PASS, NULL },
	{ "{fact: any.integer, between: [1, 4]}", "\"integer\": 4", VERDICT_PASS, NULL },
	{ "{fact: any.integer, between: [1, 4]}", "\"integer\": 0", VERDICT_FAIL, "any.integer is 0, expected between 1 and 4 seconds" },
	{ "{fact: any.integer, between: [1, 4]}", "\"integer\": 5", VERDICT_FAIL, NULL },
	{ "{fact: any.integer, at_most: 4}", "\"integer\": -9007199254740991", VERDICT_PASS, "any.integer is -9007199254740991" },
	{ "{fact: any.text, matches: \"a+|b\"}", "\"text\": \"aaa\"", VERDICT_PASS, NULL },
	{ "{fact: any.text, matches: \"a+|b\"}", "\"text\": \"aab\"", VERDICT_FAIL, "any.text is aab, expected a match for a+|b" },
	{ "{fact: any.text, matches: \"a+|b\"}", "\"text\": \"A\"", VERDICT_FAIL, NULL },
	{ "{fact: any.text, matches: \"^x$\"}", "\"text\": \"x\"", VERDICT_PASS, NULL },
	{ "{fact: any.text, version_at_least: \"9.2\"}", "\"text\": \"9.2p1\"", VERDICT_PASS, NULL },
	{ "{fact: any.text, version_at_least: \"9.2p1\"}", "\"text\": \"9.2\"", VERDICT_FAIL, "any.text is 9.2, expected 9.2p1 or newer" },
	{ "{fact: any.text, version_at_least: \"9.2\"}", "\"text\": \"10.0\"", VERDICT_PASS, NULL },
	{ "{fact: any.text, version_at_least: \"9.10\"}", "\"text\": \"9.9\"", VERDICT_FAIL, NULL },
	{ "{fact: any.text, version_at_least: \"12\"}", "\"text\": \"12\"", VERDICT_PASS, NULL },
	{ "{fact: any.text, version_at_least: \"12\"}", "\"text\": \"12.5 (bookworm)\"", VERDICT_PASS, NULL },
	{ "{fact: any.text, version_at_least: \"12\"}", "\"text\": \"forky/sid\"", VERDICT_ERROR,
	  "parse: any.text could not be read: its value is not what the rule can judge" },
	{ "{fact: any.text, version_at_least: \"12\"}", "\"text\": \"12x\"", VERDICT_ERROR, NULL },
	{ "{fact: any.text, version_at_least: \"12\"}", "\"text\": \"99999999999999999999\"", VERDICT_ERROR, NULL },
	{ "{fact: any.text, version_at_least: \"12\"}", "\"text\": \"\"", VERDICT_ERROR, NULL },
	{ "{fact: any.text, owner: [root]}", "\"text\": \"root\"", VERDICT_PASS, NULL },
	{ "{fact: any.text, owner: [root]}", "\"text\": \"Root\"", VERDICT_FAIL, "any.text is Root, expected root" },
	{ "{fact: any.text, owner: [root, bin]}", "\"text\": \"bin\"", VERDICT_PASS, NULL },
	{ "{fact: any.mode, mode_within: \"0640\"}", "\"mode\": \"0600\"", VERDICT_PASS, NULL },
	{ "{fact: any.mode, mode_within: \"0640\"}", "\"mode\": \"0640\"", VERDICT_PASS, NULL },
	{ "{fact: any.mode, mode_within: \"0640\"}", "\"mode\": \"0004\"", VERDICT_FAIL, "any.mode is 0004, expected 0640 or stricter" },
	{ "{fact: any.mode, mode_within: \"0777\"}", "\"mode\": \"4755\"", VERDICT_FAIL, NULL },
	{ "{fact: any.list, contains: b}", "\"list\": [\"a\", \"b\"]", VERDICT_PASS, "any.list has a, b" },
	{ "{fact: any.list, contains: b}", "\"list\": [\"a\", \"B\"]", VERDICT_FAIL, "any.list has a, B, expected a list with b" },
	{ "{fact: any.list, contains: \"b*\"}", "\"list\": [\"bc\"]", VERDICT_PASS, NULL },
	{ "{fact: any.list, contains: b}", "\"list\": []", VERDICT_FAIL, "any.list is an empty list, expected a list with b" },
	{ "{fact: any.list, contains_any: [x, b]}", "\"list\": [\"a\", \"b\"]", VERDICT_PASS, NULL },
	{ "{fact: any.list, contains_any: [x, y]}", "\"list\": [\"a\"]", VERDICT_FAIL, "any.list has a, expected at least one of x, y" },
	{ "{fact: any.list, contains_all: [a, b]}", "\"list\": [\"b\", \"a\", \"c\"]", VERDICT_PASS, NULL },
	{ "{fact: any.list, contains_all: [a, b]}", "\"list\": [\"b\"]", VERDICT_FAIL, "any.list has b, expected all of a, b" },
	{ "{fact: any.list, contains_none: [x, \"*-cbc\"]}", "\"list\": [\"a\", \"aes128-ctr\"]", VERDICT_PASS, "any.list has a, aes128-ctr" },
	{ "{fact: any.list, contains_none: [x, \"*-cbc\"]}", "\"list\": [\"a\", \"aes-cbc\", \"x\"]", VERDICT_FAIL,
	  "any.list has aes-cbc, x, expected none of x, *-cbc" },
	{ "{fact: any.list, contains_none: [x]}", "\"list\": []", VERDICT_PASS, NULL },
	{ "{fact: any.list, strength: {class: cipher, at_least: acceptable}}", "\"list\": [\"gss-x\", \"fine\"]", VERDICT_PASS, "any.list has gss-x, fine" },
	{ "{fact: any.list, strength: {class: cipher, at_least: acceptable}}", "\"list\": []", VERDICT_PASS, NULL },
	{ "{fact: any.list, strength: {class: cipher, at_least: broken}}", "\"list\": [\"bad\"]", VERDICT_PASS, NULL },
	{ "{fact: any.list, strength: {class: cipher, at_least: good}}", "\"list\": [\"fine\", \"gss-\", \"bad\"]", VERDICT_FAIL,
	  "any.list has fine (acceptable), bad (broken: why), expected nothing weaker than good" },
	{ "{fact: any.list, strength: {class: cipher, at_least: broken}}", "\"list\": [\"fine\", \"new\", \"FINE\"]", VERDICT_ERROR,
	  "unsupported: any.list has new, FINE, of which nothing is known (algorithms.yaml, class cipher)" },
	{ "{fact: any.list, strength: {class: cipher, at_least: weak}}", "\"list\": [\"new\", \"bad\"]", VERDICT_FAIL,
	  "any.list has bad (broken: why), expected nothing weaker than weak" },
	{ "{fact: any.list, strength: {class: mac, at_least: acceptable}}", "\"list\": [\"fine\"]", VERDICT_FAIL,
	  "any.list has fine (weak: other), expected nothing weaker than acceptable" }, /* a name is judged in its class */
	{ "{none: [{fact: any.list, strength: {class: cipher, at_least: good}}]}", "\"list\": [\"new\"]", VERDICT_ERROR, NULL },
	{ "{fact: any.list, subset_of: [a, \"b*\"]}", "\"list\": [\"b1\", \"a\", \"b\"]", VERDICT_PASS, NULL },
	{ "{fact: any.list, subset_of: [a, \"b*\"]}", "\"list\": [\"a\", \"cb\"]", VERDICT_FAIL, "any.list has cb, expected nothing but a, b*" },
	{ "{fact: any.list, count: {at_least: 2}}", "\"list\": [\"a\", \"b\"]", VERDICT_PASS, NULL },
	{ "{fact: any.list, count: {at_least: 2}}", "\"list\": [\"a\"]", VERDICT_FAIL, "any.list has a, expected at least 2 items" },
	{ "{fact: any.list, count: {at_most: 1}}", "\"list\": [\"a\", \"b\"]", VERDICT_FAIL, NULL },
	{ "{fact: any.list, count: {at_least: 1, at_most: 2}}", "\"list\": []", VERDICT_FAIL, "any.list is an empty list, expected 1 to 2 items" },
	{ "{fact: any.table, count: {at_least: 1}}", "\"table\": [{}, {}]", VERDICT_PASS, "any.table has 2 items" },
	{ "{fact: any.text, exists: true}", "\"text\": \"\"", VERDICT_PASS, NULL },
	{ "{fact: any.text, exists: true}", "", VERDICT_FAIL, "any.text is not set, expected set" },
	{ "{fact: any.text, exists: false}", "", VERDICT_PASS, "any.text is not set" },
	{ "{fact: any.list, exists: false}", "\"list\": []", VERDICT_FAIL, "any.list is an empty list, expected not set" },
	/* a JSON type other than the declared one is never judged */
	{ "{fact: any.text, is: no}", "\"text\": false", VERDICT_ERROR, "parse: any.text could not be read: the evidence has it in a form that is not understood" },
	{ "{fact: any.text, exists: true}", "\"text\": null", VERDICT_ERROR, NULL },
	{ "{fact: any.integer, at_most: 4}", "\"integer\": \"4\"", VERDICT_ERROR, NULL },
	{ "{fact: any.integer, at_most: 4}", "\"integer\": 1.5", VERDICT_ERROR, NULL },
	{ "{fact: any.integer, at_most: 4}", "\"integer\": -1e300", VERDICT_ERROR, NULL },
	{ "{fact: any.boolean, is: true}", "\"boolean\": 1", VERDICT_ERROR, NULL },
	{ "{fact: any.mode, mode_within: \"0640\"}", "\"mode\": \"rw-\"", VERDICT_ERROR, NULL },
	{ "{fact: any.mode, mode_within: \"0640\"}", "\"mode\": 384", VERDICT_ERROR, NULL },
	{ "{fact: any.mode, mode_within: \"0640\"}", "\"mode\": \"\"", VERDICT_ERROR, NULL },
	{ "{fact: any.list, contains_none: [x]}", "\"list\": \"a\"", VERDICT_ERROR, NULL },
	{ "{fact: any.list, contains_none: [x]}", "\"list\": [\"a\", 1]", VERDICT_ERROR, NULL },
	{ "{fact: any.table, count: {at_least: 1}}", "\"table\": [\"a\"]", VERDICT_ERROR, NULL },
};

static void test_operators(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(operator_rows); i++) {
		char            rule[1000];
		char            facts[1000];
		struct findings f;

		snprintf(rule, sizeof(rule), RULE("%s"), operator_rows[i].check);
		snprintf(facts, sizeof(facts), "{\"any\": {%s}}", operator_rows[i].facts);
		f = evaluate(rule, NULL, facts);
		assert_int_equal(f.count, 1);
		if (f.items[0].verdict != operator_rows[i].verdict)
			fail_msg("%s of %s: %s (%s), expected %s", operator_rows[i].check, operator_rows[i].facts, verdict_name(f.items[0].verdict), f.items[0].message,
			         verdict_name(operator_rows[i].verdict));
		if (operator_rows[i].message)
			assert_string_equal(f.items[0].message, operator_rows[i].message);
		findings_free(&f);
	}
}

/* T and F are facts that pass and fail, E is absent. */
static void test_logic(void **state)
{
#define T "{fact: any.text, is: x}"
#define F "{fact: any.text, is: y}"
#define E "{fact: any.integer, is: 1}"
	static const struct {
		const char  *check;
		enum verdict verdict;
	} rows[] = {
		{ "{all: [" T "]}", VERDICT_PASS },
		{ "{all: [" T ", " T "]}", VERDICT_PASS },
		{ "{all: [" T ", " F "]}", VERDICT_FAIL },
		{ "{all: [" T ", " E "]}", VERDICT_ERROR },
		{ "{all: [" E ", " F "]}", VERDICT_FAIL },
		{ "{all: [" F ", " E "]}", VERDICT_FAIL },
		{ "{all: [" E "]}", VERDICT_ERROR },
		{ "{any: [" F "]}", VERDICT_FAIL },
		{ "{any: [" F ", " T "]}", VERDICT_PASS },
		{ "{any: [" E ", " T "]}", VERDICT_PASS },
		{ "{any: [" E ", " F "]}", VERDICT_ERROR },
		{ "{any: [" F ", " E "]}", VERDICT_ERROR },
		{ "{any: [" F ", " F "]}", VERDICT_FAIL },
		{ "{none: [" F "]}", VERDICT_PASS },
		{ "{none: [" F ", " F "]}", VERDICT_PASS },
		{ "{none: [" F ", " T "]}", VERDICT_FAIL },
		{ "{none: [" E ", " T "]}", VERDICT_FAIL },
		{ "{none: [" F ", " E "]}", VERDICT_ERROR },
		{ "{none: [" E "]}", VERDICT_ERROR },
		{ "{none: [{all: [" T ", " F "]}]}", VERDICT_PASS },
		{ "{none: [{none: [" T "]}]}", VERDICT_PASS },
		{ "{none: [{none: [" E "]}]}", VERDICT_ERROR },
		{ "{any: [{all: [" T ", " E "]}, " T "]}", VERDICT_PASS },
		{ "{any: [{all: [" T ", " E "]}, " F "]}", VERDICT_ERROR },
		{ "{any: [{all: [" F ", " E "]}, " F "]}", VERDICT_FAIL },
		{ "{all: [{any: [" F ", " E "]}, " T "]}", VERDICT_ERROR },
		{ "{all: [{none: [" E "]}, " F "]}", VERDICT_FAIL },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		char            rule[1000];
		struct findings f;

		snprintf(rule, sizeof(rule), RULE("%s"), rows[i].check);
		f = evaluate(rule, NULL, "{\"any\": {\"text\": \"x\"}}");
		assert_int_equal(f.count, 1);
		if (f.items[0].verdict != rows[i].verdict)
			fail_msg("%s: %s, expected %s", rows[i].check, verdict_name(f.items[0].verdict), verdict_name(rows[i].verdict));
		findings_free(&f);
	}
#undef T
#undef F
#undef E
}

/* Findings as lines: "verdict subject | actual | where | message". */
static void assert_findings(const char *rules, const char *profile, const char *facts, const char *expected)
{
	struct findings f = evaluate(rules, profile, facts);
	char            text[8000] = "";
	size_t          used = 0;

	for (size_t i = 0; i < f.count; i++) {
		const struct finding *x = &f.items[i];

		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s %s | %s | %s | %s\n", verdict_name(x->verdict), x->subject ? x->subject : "-",
		                         x->actual ? x->actual : "-", x->where ? x->where : "-", x->message ? x->message : "-");
	}
	if (strcmp(text, expected) != 0)
		fail_msg("\nfacts %s\ngave\n%sexpected\n%s", facts, text, expected);
	findings_free(&f);
}

static void test_reasons(void **state)
{
	static const char one[] = RULE("{fact: any.deep.down.text, is: x}");
	static const char each[] = RULE("{each: any.table, fact: deep.text, is: x}");
	static const struct {
		const char *rule;
		const char *facts;
		const char *findings;
	} rows[] = {
		{ one, "{}", "error - | - | - | missing: any.deep.down.text could not be read: the evidence says nothing about it\n" },
		{ one, "{\"any\": 5}", "error - | - | - | missing: any.deep.down.text could not be read: the evidence says nothing about it\n" },
		{ one, "{\"any\": {}}", "error - | - | - | missing: any.deep.down.text could not be read: the evidence does not have it\n" },
		{ one, "{\"any\": {\"deep\": 5}}", "error - | - | - | missing: any.deep.down.text could not be read: the evidence does not have it\n" },
		{ one, "{\"any\": {\"unavailable\": [{\"fact\": \"any.deep.down.text\", \"reason\": \"privilege\", \"message\": \"be root\"}]}}",
		  "error - | - | - | privilege: any.deep.down.text could not be read: be root\n" },
		{ one, "{\"any\": {\"unavailable\": [{\"fact\": \"any.deep\", \"reason\": \"timeout\"}]}}",
		  "error - | - | - | timeout: any.deep.down.text could not be read\n" },
		{ one, "{\"any\": {\"unavailable\": [{\"fact\": \"any\", \"reason\": \"truncated\"}]}}",
		  "error - | - | - | truncated: any.deep.down.text could not be read\n" },
		{ one, "{\"any\": {\"unavailable\": [{\"fact\": \"any.de\", \"reason\": \"timeout\"}, {\"fact\": \"an\"}, {\"fact\": \"\"}, 5, {}]}}",
		  "error - | - | - | missing: any.deep.down.text could not be read: the evidence does not have it\n" },
		/* a value that is there and excused all the same is not believed */
		{ one, "{\"any\": {\"deep\": {\"down\": {\"text\": \"x\"}}, \"unavailable\": [{\"fact\": \"any.deep.down.text\", \"reason\": \"truncated\"}]}}",
		  "error - | - | - | truncated: any.deep.down.text could not be read\n" },
		{ one, "{\"any\": {\"unavailable\": [{\"fact\": \"any.deep\"}]}}", "error - | - | - | missing: any.deep.down.text could not be read\n" },
		/* exists asks about absence, but an excuse is no absence */
		{ RULE("{fact: any.text, exists: false}"), "{\"any\": {\"unavailable\": [{\"fact\": \"any.text\", \"reason\": \"privilege\"}]}}",
		  "error - | - | - | privilege: any.text could not be read\n" },
		{ RULE("{fact: any.text, exists: false}"), "{}",
		  "error - | - | - | missing: any.text could not be read: the evidence says nothing about it\n" },
		/* tables */
		{ each, "{}", "error - | - | - | missing: any.table could not be read: the evidence says nothing about it\n" },
		{ each, "{\"any\": {\"unavailable\": [{\"fact\": \"any.table\", \"reason\": \"privilege\", \"message\": \"be root\"}]}}",
		  "error - | - | - | privilege: any.table could not be read: be root\n" },
		{ each, "{\"any\": {\"table\": 5}}",
		  "error - | - | - | parse: any.table could not be read: the evidence has it in a form that is not understood\n" },
		{ each, "{\"any\": {\"table\": []}}", "error - | - | - | missing: any.table has no items\n" },
		{ each, "{\"any\": {\"table\": [{\"subject\": \"a\", \"unavailable\": [{\"fact\": \"deep.text\", \"reason\": \"privilege\"}]}]}}",
		  "error a | - | - | privilege: deep.text could not be read\n" },
		{ each, "{\"any\": {\"table\": [{\"subject\": \"a\", \"unavailable\": [{\"fact\": \"deep\", \"reason\": \"timeout\"}]}]}}",
		  "error a | - | - | timeout: deep.text could not be read\n" },
		{ each, "{\"any\": {\"table\": [{\"subject\": \"a\", \"unavailable\": [{\"fact\": \"dee\", \"reason\": \"timeout\"}]}]}}",
		  "error a | - | - | missing: deep.text could not be read: the evidence does not have it\n" },
		/* the item speaks before the module */
		{ each, "{\"any\": {\"unavailable\": [{\"fact\": \"any.table[].deep.text\", \"reason\": \"timeout\"}], \"table\": [{\"subject\": \"a\"}, "
		        "{\"subject\": \"b\", \"unavailable\": [{\"fact\": \"deep.text\", \"reason\": \"privilege\"}]}, {\"subject\": \"c\", \"deep\": {\"text\": \"x\"}}]}}",
		  "error a | - | - | timeout: deep.text could not be read\nerror b | - | - | privilege: deep.text could not be read\npass c | x | - | deep.text is x\n" },
		/* an incomplete table is judged as far as it goes, and the rest is an error */
		{ each, "{\"any\": {\"unavailable\": [{\"fact\": \"any.table\", \"reason\": \"truncated\"}], \"table\": [{\"subject\": \"a\", \"deep\": {\"text\": \"y\"}}]}}",
		  "fail a | y | - | deep.text is y, expected x\nerror - | - | - | truncated: any.table could not be read\n" },
		{ each, "{\"any\": {\"table\": [{\"deep\": {\"text\": \"x\"}}, 5]}}",
		  "pass - | x | - | deep.text is x\nerror - | - | - | missing: deep.text could not be read: the evidence says nothing about it\n"
		  "error - | - | - | parse: any.table could not be read: the evidence has it in a form that is not understood\n" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++)
		assert_findings(rows[i].rule, NULL, rows[i].facts, rows[i].findings);
}

static void test_tables(void **state)
{
	static const char rule[] = RULE("{each: any.table, select: {fact: text, is: key}, fact: integer, at_most: 4}");
	static const char items[] = "{\"any\": {\"text\": \"m\", \"table\": [{\"subject\": \"a\", \"text\": \"key\", \"integer\": 3, \"where\": \"f:1\"},"
				    "{\"subject\": \"b\", \"text\": \"other\", \"integer\": 9},"
				    "{\"subject\": \"c\", \"text\": \"key\", \"integer\": 9, \"where\": {\"integer\": \"f:7\", \"text\": \"f:8\"}},"
				    "{\"subject\": \"d\", \"integer\": 1}, {\"text\": \"key\"}]}}";

	(void)state;
	assert_findings(rule, NULL, items,
	                "pass a | 3 | f:1 | integer is 3\n"
	                "fail c | 9 | f:7 | integer is 9, expected at most 4\n"
	                "error d | - | - | missing: text could not be read: the evidence does not have it\n"
	                "error - | - | - | missing: integer could not be read: the evidence does not have it\n");
	assert_findings(rule, NULL, "{\"any\": {\"table\": [{\"subject\": \"b\", \"text\": \"other\"}]}}",
	                "not_applicable - | - | - | no item of any.table is one that this rule speaks of: text key\n");
	assert_findings(rule, NULL, "{\"any\": {\"table\": []}}", "error - | - | - | missing: any.table has no items\n");
	assert_findings(RULE("{each: any.table, empty: not_applicable, fact: integer, at_most: 4}"), NULL, "{\"any\": {\"table\": []}}",
	                "not_applicable - | - | - | any.table has no items\n");
	assert_findings(RULE("{each: any.table, empty: pass, fact: integer, at_most: 4}"), NULL, "{\"any\": {\"table\": []}}",
	                "pass - | - | - | any.table has no items\n");
	assert_findings(RULE("{each: any.table, empty: fail, select: {any: [{fact: text, is: z}, {fact: text, is: y}]}, fact: integer, at_most: 4}"), NULL,
	                "{\"any\": {\"table\": [{\"text\": \"x\"}]}}",
	                "fail - | - | - | no item of any.table is one that this rule speaks of: text: z; or text: y\n");
	/* a fact of the module beside those of the item */
	assert_findings(RULE("{each: any.table, all: [{fact: any.text, is: m}, {fact: integer, is: 9}]}"), NULL,
	                "{\"any\": {\"text\": \"m\", \"table\": [{\"subject\": \"a\", \"integer\": 9}]}}",
	                "pass a | any.text m; integer 9 | - | any.text is m; integer is 9\n");
}

static void test_words(void **state)
{
	static const char        facts[] = "{\"any\": {\"text\": \"x\", \"integer\": 7, \"boolean\": true, \"where\": {\"integer\": \"f:3\", \"text\": \"f:1\"}}}";
	static const char *const rows[][2] = {
		{ "{all: [{fact: any.text, is: x}, {fact: any.integer, at_most: 4}, {fact: any.boolean, is: false}]}",
		  "fail - | any.integer 7; any.boolean true | f:3 | any.integer is 7, expected at most 4 seconds; any.boolean is true, expected false\n" },
		{ "{any: [{fact: any.text, is: z}, {fact: any.integer, at_most: 4}]}",
		  "fail - | any.text x; any.integer 7 | f:1 | any.text is x; any.integer is 7, expected any.text: z; or any.integer: at most 4 seconds\n" },
		{ "{any: [{fact: any.text, is: z}, {fact: any.integer, is: 7}]}", "pass - | any.integer 7 | f:3 | any.integer is 7\n" },
		{ "{all: [{fact: any.integer, at_most: 4}, {fact: any.integer, at_least: 9}]}",
		  "fail - | any.integer 7 | f:3 | any.integer is 7, expected at most 4 seconds; any.integer is 7, expected at least 9 seconds\n" },
		{ "{any: [{fact: any.integer, at_most: 4}, {fact: any.integer, at_least: 9}]}",
		  "fail - | any.integer 7 | f:3 | any.integer is 7, expected any.integer: at most 4 seconds; or any.integer: at least 9 seconds\n" },
		{ "{any: [{all: [{fact: any.text, is: x}, {fact: any.integer, is: 1}]}, {all: [{fact: any.text, is: y}, {fact: any.integer, is: 7}]}]}",
		  "fail - | any.integer 7; any.text x | f:3 | any.integer is 7; any.text is x, expected (any.text: x; and any.integer: 1 seconds); or (any.text: y; and any.integer: 7 seconds)\n" },
		{ "{none: [{fact: any.text, is: x}, {fact: any.integer, is: 1}]}", "fail - | any.text x | f:1 | any.text is x, expected neither any.text: x; nor any.integer: 1 seconds\n" },
		{ "{none: [{all: [{fact: any.text, is: x}, {fact: any.integer, is: 7}]}]}",
		  "fail - | any.text x; any.integer 7 | f:1 | any.text is x; any.integer is 7, expected not (any.text: x; and any.integer: 7 seconds)\n" },
		{ "{none: [{fact: any.text, is: y}]}", "pass - | x | f:1 | any.text is x\n" },
		{ "{all: [{any: [{fact: any.text, is: y}]}, {fact: any.boolean, is: false}]}",
		  "fail - | any.text x; any.boolean true | f:1 | any.text is x, expected any.text: y; any.boolean is true, expected false\n" },
		{ "{any: [{fact: any.list, contains: y}, {fact: any.list, contains: x}, {fact: any.mode, is: \"0600\"}]}",
		  "error - | - | - | missing: any.list could not be read: the evidence does not have it; missing: any.mode could not be read: the evidence does not have it\n" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		char rule[1000];

		snprintf(rule, sizeof(rule), RULE("%s"), rows[i][0]);
		assert_findings(rule, NULL, facts, rows[i][1]);
	}
	assert_findings(RULE("{none: [{fact: any.list, contains: y}]}"), NULL, "{\"any\": {\"list\": [\"y\"], \"where\": \"g:2\"}}",
	                "fail - | y | g:2 | any.list has y, expected not any.list: a list with y\n");
}

static void test_when(void **state)
{
	static const char rule[] = RULE("{fact: any.text, is: x}") "  when: {fact: host.os_id, one_of: [debian, ubuntu]}\n";

	(void)state;
	assert_findings(rule, NULL, "{\"host\": {\"os_id\": \"debian\"}, \"any\": {\"text\": \"x\"}}", "pass - | x | - | any.text is x\n");
	assert_findings(rule, NULL, "{\"host\": {\"os_id\": \"alpine\"}, \"any\": {\"text\": \"x\"}}",
	                "not_applicable - | - | - | not applicable: host.os_id is alpine, expected one of debian, ubuntu\n");
	assert_findings(rule, NULL, "{\"host\": {}, \"any\": {\"text\": \"x\"}}",
	                "error - | - | - | missing: host.os_id could not be read: the evidence does not have it\n");
	assert_findings(rule, NULL, "{\"any\": {\"text\": \"x\"}}",
	                "error - | - | - | missing: host.os_id could not be read: the evidence says nothing about it\n");
}

static const char with_parameter[] = RULE("{all: [{fact: any.integer, between: [1, $most]}, {fact: any.list, contains_none: $bad}, {fact: any.text, matches: $form}]}") "  parameters:\n"
																					"    most: {default: 4, type: integer, title: t}\n"
																					"    bad: {default: [a], type: list, title: t}\n"
																					"    form: {default: \"x|y\", type: text, title: t}\n";

static void test_parameters(void **state)
{
	static const char facts[] = "{\"any\": {\"integer\": 4, \"list\": [\"b\"], \"text\": \"y\"}}";

	(void)state;
	assert_findings(with_parameter, NULL, facts, "pass - | any.integer 4; any.list b; any.text y | - | any.integer is 4; any.list has b; any.text is y\n");
	assert_findings(with_parameter, PROFILE_ALL "parameters: {most: 3, bad: [a, b], form: x}\n", facts,
	                "fail - | any.integer 4; any.list b; any.text y | - | any.integer is 4, expected between 1 and 3 seconds; any.list has b, expected none of a, b; "
	                "any.text is y, expected a match for x\n");
}

/* A text of a finding has a maximum, whatever the fact holds, and is cut between characters. */
static void test_long_facts(void **state)
{
	char           *facts = mem_zalloc(200000);
	struct findings f;
	size_t          used;

	(void)state;
	assert_non_null(facts);
	used = (size_t)snprintf(facts, 200000, "{\"any\": {\"list\": [\"x\"");
	for (int i = 0; i < 10000; i++)
		used += (size_t)snprintf(facts + used, 200000 - used, ", \"\xc3\xa9%d\"", i);
	snprintf(facts + used, 200000 - used, "]}}");
	f = evaluate(RULE("{fact: any.list, subset_of: [x]}"), NULL, facts);
	assert_int_equal(f.items[0].verdict, VERDICT_FAIL);
	assert_in_range(strlen(f.items[0].actual), LIMIT_REPORT_TEXT - 10, LIMIT_REPORT_TEXT);
	assert_in_range(strlen(f.items[0].message), LIMIT_REPORT_TEXT - 10, LIMIT_REPORT_TEXT);
	assert_string_equal(f.items[0].actual + strlen(f.items[0].actual) - 3, "...");
	findings_free(&f);
	mem_free(facts);
}

#define REMEDY(by, check) \
	"- id: r\n  title: t\n  severity: low\n  module: sample\n  rationale: r\n  remediation: {by: " by ", ufw: u, nft: n, otherwise: o}\n  check: " check "\n"
#define ONCE "{fact: any.integer, is: 1}"
#define EACH "{each: any.table, empty: fail, fact: integer, is: 1}"
static const struct {
	const char *rule;
	const char *facts;
	const char *remedy; /* of the last finding; NULL for the rule's own */
} remedy_rows[] = {
	{ REMEDY("any.text", ONCE), "{\"any\": {\"text\": \"ufw\", \"integer\": 2}}", "u" },
	{ REMEDY("any.text", ONCE), "{\"any\": {\"text\": \"NFT\", \"integer\": 2}}", "n" },
	{ REMEDY("any.text", ONCE), "{\"any\": {\"text\": \"ufw2\", \"integer\": 2}}", NULL },
	{ REMEDY("any.text", ONCE), "{\"any\": {\"text\": \"otherwise\", \"integer\": 2}}", NULL },
	{ REMEDY("any.text", ONCE), "{\"any\": {\"text\": [\"ufw\"], \"integer\": 2}}", NULL },
	{ REMEDY("any.text", ONCE), "{\"any\": {\"integer\": 2}}", NULL },
	{ REMEDY("any.text", ONCE), "{\"any\": {\"text\": \"ufw\", \"integer\": 2, \"unavailable\": [{\"fact\": \"any.text\", \"reason\": \"parse\"}]}}", NULL },
	{ REMEDY("any.text", ONCE), "{\"any\": {\"text\": \"ufw\", \"integer\": 1}}", NULL }, /* passes */
	{ REMEDY("any.text", ONCE), "{\"any\": {\"text\": \"ufw\"}}", NULL },                  /* error */
	{ REMEDY("any.list", ONCE), "{\"any\": {\"list\": [\"nft\"], \"integer\": 2}}", "n" },
	{ REMEDY("any.list", ONCE), "{\"any\": {\"list\": [\"ufw\", \"nft\"], \"integer\": 2}}", NULL },
	{ REMEDY("any.list", ONCE), "{\"any\": {\"list\": [], \"integer\": 2}}", NULL },
	{ REMEDY("host.os_id", ONCE), "{\"host\": {\"os_id\": \"nft\"}, \"any\": {\"integer\": 2}}", "n" }, /* of another module */
	{ REMEDY("text", EACH), "{\"any\": {\"table\": [{\"text\": \"ufw\", \"integer\": 2}, {\"text\": \"nft\", \"integer\": 2}]}}", "n" },
	{ REMEDY("text", EACH), "{\"any\": {\"table\": []}}", NULL },
	{ REMEDY("any.text", EACH), "{\"any\": {\"text\": \"ufw\", \"table\": []}}", "u" },
};

/* What is to be done, by a fact. */
static void test_remedies(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(remedy_rows); i++) {
		struct error    err = { 0 };
		struct ruleset *rs = NULL;
		struct findings f = { 0 };
		cJSON          *facts = cJSON_Parse(remedy_rows[i].facts);
		const char     *wanted = remedy_rows[i].remedy ? remedy_rows[i].remedy : "the rule's own";

		if (load_texts(remedy_rows[i].rule, NULL, &rs, &err) < 0)
			fail_msg("%s\n%s", err.text, remedy_rows[i].rule);
		assert_string_equal(ruleset_rule(rs, 0).remediation, "o");
		assert_int_equal(ruleset_rule(rs, 0).nremedies, 2);
		assert_string_equal(ruleset_rule(rs, 0).remedies[1].text, "n");
		assert_int_equal(ruleset_evaluate(rs, facts, &f, &err), 0);
		if (strcmp(f.items[f.count - 1].remediation ? f.items[f.count - 1].remediation : "the rule's own", wanted) != 0)
			fail_msg("row %zu: not %s", i, wanted);
		findings_free(&f);
		cJSON_Delete(facts);
		ruleset_free(rs);
	}
}

static void test_names(void **state)
{
	(void)state;
	for (int v = 1; v < VERDICT_COUNT; v++)
		assert_int_equal(verdict_parse(verdict_name((enum verdict)v)), v);
	for (int s = 1; s < SEVERITY_COUNT; s++)
		assert_int_equal(severity_parse(severity_name((enum severity)s)), s);
	assert_int_equal(verdict_parse("unknown"), VERDICT_UNKNOWN);
	assert_int_equal(verdict_parse("Pass"), VERDICT_UNKNOWN);
	assert_int_equal(severity_parse(""), SEVERITY_UNKNOWN);
	assert_string_equal(verdict_name((enum verdict)99), "unknown");
	assert_string_equal(severity_name((enum severity) - 1), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operators),
		cmocka_unit_test(test_logic),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_when),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_long_facts),
		cmocka_unit_test(test_remedies),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

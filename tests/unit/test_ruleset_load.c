/*
 * Every mistake in a rule or profile file is an error at its place that says what would be right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "rule_folder.h"

/* Everything of a rule but its check. */
#define HEAD         "- id: r\n  title: t\n  severity: low\n  module: sample\n  rationale: r\n  remediation: m\n" /* six lines */
#define REMEDY(text) "- id: r\n  title: t\n  severity: low\n  module: sample\n  rationale: r\n  remediation: " text "\n  check: {fact: any.text, is: x}\n"
#define GOOD         RULE("{fact: any.text, is: x}") /* seven */

/* The message without the folder, which differs from run to run. */
static void assert_refused(const char *rules, const char *profile, const char *expected)
{
	struct error    err = { 0 };
	struct ruleset *rs = NULL;
	const char     *text = err.text;
	const char     *folder;

	if (load_texts(rules, profile, &rs, &err) != ERR_SYNTAX)
		fail_msg("not refused (%s):\n%s%s", err.text, rules, profile ? profile : "");
	folder = strstr(text, "library/");
	if (!folder)
		folder = strstr(text, "profiles/");
	assert_non_null(folder);
	folder = strchr(folder, '/') + 1;
	if (strncmp(folder, expected, strlen(expected)) != 0)
		fail_msg("\n%s%s\n said %s\nnot   %s", rules, profile ? profile : "", folder, expected);
}

/* What is wrong with a table of algorithms; the rest of the folder is right. */
static void test_algorithms(void **state)
{
#define TABLE(kex) "algorithms:\n  kex: {" kex "}\n  host_key: {k: {strength: good}}\n  cipher: {k: {strength: good}}\n  mac: {k: {strength: good}}\n  compression: {k: {strength: good}}\n"
	static const char *const rows[][2] = {
		{ "algorithms: {}\n", "algorithms.yaml:1:13: the key 'kex' is missing" },
		{ "algorithms: [x]\n", "algorithms.yaml:1:13: algorithms is written as keys and values" },
		{ "algorithms: {kex: {x: {strength: good}}, kec: {}}\n", "algorithms.yaml:1:42: unknown key 'kec'; did you mean 'kex'?" },
		{ "algorithms: {kex: {x: {strength: good}}}\n", "algorithms.yaml:1:13: the key 'host_key' is missing" },
		{ "algorithms: {kex: {}}\n", "algorithms.yaml:1:19: algorithms are written as NAME: {strength: …}" },
		{ TABLE("x: {}"), "algorithms.yaml:2:12: the key 'strength' is missing" },
		{ TABLE("x: {strength: god}"), "algorithms.yaml:2:23: unknown strength 'god'; did you mean 'good'?" },
		{ TABLE("x: {strength: weak}"), "algorithms.yaml:2:12: say why 'x' is weak: reason: …" },
		{ TABLE("x: {strength: good, post_quantum: maybe}"), "algorithms.yaml:2:43: expected true or false" },
		{ TABLE("x: {strength: good, since: 6.5}"), "algorithms.yaml:2:36: expected a text" },
		{ TABLE("x: {strength: good, until: \"new\"}"), "algorithms.yaml:2:36: 'new' is not a version" },
		{ TABLE("a*b: {strength: good}"), "algorithms.yaml:2:9: 'a*b' is no name of an algorithm" },
		{ TABLE("\"a,b\": {strength: good}"), "algorithms.yaml:2:9: 'a,b' is no name of an algorithm" },
		{ TABLE("x: {strength: good, sicne: \"1\"}"), "algorithms.yaml:2:29: unknown key 'sicne'; known: strength" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct rule_folder f = folder_make();
		struct ruleset    *rs = NULL;
		struct error       err = { 0 };
		const char        *name;

		folder_write(&f, "library/algorithms.yaml", rows[i][0]);
		folder_write(&f, "library/t.yaml", GOOD);
		folder_write(&f, "profiles/baseline.yaml", PROFILE_ALL);
		assert_int_equal(folder_load(&f, NULL, &rs, &err), ERR_SYNTAX);
		folder_remove(&f);
		name = strstr(err.text, "algorithms.yaml");
		if (!name || strncmp(name, rows[i][1], strlen(rows[i][1])) != 0)
			fail_msg("\n%s said %s\nnot  %s", rows[i][0], err.text, rows[i][1]);
	}
}

/* A folder without the table: fine until a rule asks it. */
static void test_no_algorithms(void **state)
{
	static const char *const checks[] = { "{fact: any.list, count: {at_least: 1}}", "{fact: any.list, strength: {class: kex, at_least: weak}}" };

	(void)state;
	for (size_t i = 0; i < countof(checks); i++) {
		struct rule_folder f = folder_make();
		struct ruleset    *rs = NULL;
		struct error       err = { 0 };
		char               rule[400];

		snprintf(rule, sizeof(rule), "- {id: r, title: t, severity: low, module: sample, check: %s, rationale: r, remediation: r}\n", checks[i]);
		folder_write(&f, "library/t.yaml", rule);
		folder_write(&f, "profiles/baseline.yaml", PROFILE_ALL);
		assert_int_equal(folder_load(&f, NULL, &rs, &err), i == 0 ? 0 : ERR_SYNTAX);
		if (i == 1)
			assert_non_null(strstr(err.text, "no file of library/ lists algorithms"));
		ruleset_free(rs);
		folder_remove(&f);
	}
}

static void test_rules(void **state)
{
	static const char *const rows[][2] = {
		{ "", "t.yaml:1:1: the file is empty; expected a list of rules" },
		{ "id: x\n", "t.yaml:1:1: expected a list of rules" },
		{ ALGORITHMS, "t.yaml:1:1: algorithms are listed in /tmp/" },
		{ "- x\n", "t.yaml:1:3: a rule is written as keys and values" },
		{ "- id: r\n  severty: low\n", "t.yaml:2:3: unknown key 'severty'; did you mean 'severity'? known: id, title, severity" },
		{ "- id: r\n  id: r\n", "t.yaml:2:3: key 'id' is already in line 1" },
		{ "- title: t\n", "t.yaml:1:3: the key 'id' is missing" },
		{ "- id: R\n", "t.yaml:1:7: 'R' is no id; use lower-case letters, digits and single '-'" },
		{ "- id: a--b\n", "t.yaml:1:7: 'a--b' is no id" },
		{ "- id: 9\n", "t.yaml:1:7: expected a text; if this is one, write it in quotes: \"9\"" },
		{ "- id: [a]\n", "t.yaml:1:7: expected a text" },
		{ "- id: r\n", "t.yaml:1:3: the key 'severity' is missing" },
		{ "- id: r\n  severity: hih\n", "t.yaml:2:13: unknown severity 'hih'; did you mean 'high'? known: critical, high, medium, low, info" },
		{ "- id: r\n  severity: low\n", "t.yaml:1:3: the key 'module' is missing" },
		{ "- id: r\n  severity: low\n  module: sshd\n", "t.yaml:3:11: unknown module 'sshd'; known: host, ssh_protocol, sshd_config, key_permissions, firewall, sample" },
		{ "- id: r\n  severity: low\n  module: host\n", "t.yaml:1:3: the key 'check' is missing" },
		{ "- {id: r, severity: low, module: host, check: {}}\n", "t.yaml:1:3: the key 'title' is missing" },
		{ "- {id: r, severity: low, module: host, check: {}, title: \"\"}\n", "t.yaml:1:58: 'title' must not be empty" },
		{ "- {id: r, severity: low, module: host, check: {}, title: \"a\\nb\", rationale: r, remediation: r}\n", "t.yaml:1:58: the title must be one line" },
		{ "- {id: r, severity: low, module: host, check: {}, title: t}\n", "t.yaml:1:3: the key 'rationale' is missing" },
		{ "- {id: r, severity: low, module: host, check: {}, title: t, rationale: r}\n", "t.yaml:1:3: the key 'remediation' is missing" },
		{ REMEDY("[m]"), "t.yaml:6:16: a remediation is a text, or texts by a fact: {by: FACT, VALUE: TEXT, …, otherwise: TEXT}" },
		{ REMEDY("{ufw: u, otherwise: o}"), "t.yaml:6:16: the key 'by' is missing" },
		{ REMEDY("{by: any.text, ufw: u}"), "t.yaml:6:16: the key 'otherwise' is missing" },
		{ REMEDY("{by: any.text, otherwise: o}"), "t.yaml:6:16: no value of the fact has a text; a remediation is" },
		{ REMEDY("{by: any.txt, a: b, otherwise: o}"), "t.yaml:6:21: unknown fact 'any.txt'; did you mean 'any.text'?" },
		{ REMEDY("{by: any.integer, a: b, otherwise: o}"), "t.yaml:6:21: 'by' needs a text, or a list, which counts where it has one item, but 'any.integer' is of type integer" },
		{ REMEDY("{by: \"any.table[].text\", a: b, otherwise: o}"), "t.yaml:6:21: 'any.table[].text' is a member of a table" },
		{ REMEDY("{by: [any.text], a: b, otherwise: o}"), "t.yaml:6:21: expected a text" },
		{ REMEDY("{by: any.text, a: b, A: c, otherwise: o}"), "t.yaml:6:37: 'A' is there already; values are compared without regard" },
		{ REMEDY("{by: any.text, \"\": b, otherwise: o}"), "t.yaml:6:31: a value of the fact is missing" },
		{ REMEDY("{by: any.text, a: \" \", otherwise: o}"), "t.yaml:6:34: 'a' must not be empty" },
		{ REMEDY("{by: any.text, a: 5, otherwise: o}"), "t.yaml:6:34: expected a text; if this is one, write it in quotes: \"5\"" },
		{ REMEDY("{by: any.text, a: [b], otherwise: o}"), "t.yaml:6:34: expected a text" },
		{ GOOD GOOD, "t.yaml:8:7: a rule 'r' is already defined at " },
		{ GOOD "  references: []\n", "t.yaml:8:15: references are written as BENCHMARK:" },
		{ GOOD "  references: {}\n", "t.yaml:8:15: references are written as BENCHMARK:" },
		{ GOOD "  references: {CIS: [\"5.1\"]}\n", "t.yaml:8:16: 'CIS' is no benchmark; use lower-case letters, digits and single '_'" },
		{ GOOD "  references: {cis_x: \"5.1\"}\n", "t.yaml:8:23: expected a list of section numbers in quotes" },
		{ GOOD "  references: {cis_x: []}\n", "t.yaml:8:23: the list is empty" },
		{ GOOD "  references: {cis_x: [5.10]}\n", "t.yaml:8:24: expected a text; if this is one, write it in quotes: \"5.10\"" },
		{ GOOD "  references: {cis_x: [\"5 10\"]}\n", "t.yaml:8:24: '5 10' is no section" },
		{ GOOD "  when: x\n", "t.yaml:8:9: a condition is written as {fact: NAME, OPERATOR: OPERAND}" },
		{ GOOD "  when: {fact: host.os, is: x, each: any.table}\n", "t.yaml:8:32: unknown key or operator 'each'" },
		{ GOOD "  when: {fact: host.osid, is: x}\n", "t.yaml:8:16: unknown fact 'host.osid'; did you mean 'host.os_id'?" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++)
		assert_refused(rows[i][0], NULL, rows[i][1]);
}

static const char *const condition_rows[][2] = {
	/* a check in line 7 from column 10 on */
	{ "x", "t.yaml:7:10: a condition is written as {fact: NAME, OPERATOR: OPERAND}" },
	{ "[]", "t.yaml:7:10: a condition is written as" },
	{ "{}", "t.yaml:7:10: a condition has exactly one of 'fact', 'all', 'any' and 'none'; this one has 0" },
	{ "{fact: any.text, all: []}", "t.yaml:7:10: a condition has exactly one of 'fact', 'all', 'any' and 'none'; this one has 2" },
	{ "{fact: any.text}", "t.yaml:7:10: the condition says nothing of its fact; add an operator" },
	{ "{is: x}", "t.yaml:7:10: a condition has exactly one of" },
	{ "{fact: any.text, is: x, is_not: y}", "t.yaml:7:34: a second operator beside 'is'" },
	{ "{fact: any.text, iss: x}", "t.yaml:7:27: unknown key or operator 'iss'; did you mean 'is'? known: fact, all, any, none, each, select, empty, is, " },
	{ "{all: [{fact: any.text, is: x}], is: x}", "t.yaml:7:43: operator 'is' needs a 'fact' beside it, not 'all'" },
	{ "{all: []}", "t.yaml:7:16: 'all' without conditions would always pass" },
	{ "{any: []}", "t.yaml:7:16: 'any' without conditions would never pass" },
	{ "{none: {}}", "t.yaml:7:17: 'none' needs a list of conditions" },
	{ "{all: [x]}", "t.yaml:7:17: a condition is written as" },
	{ "{all: [{fact: any.text, is: x, each: any.table}]}", "t.yaml:7:41: unknown key or operator 'each'" },
	{ "{fact: any.txt, is: x}", "t.yaml:7:17: unknown fact 'any.txt'; did you mean 'any.text'?" },
	{ "{fact: any, is: x}", "t.yaml:7:17: unknown fact 'any'" },
	{ "{fact: \"\", is: x}", "t.yaml:7:17: unknown fact ''" },
	{ "{fact: [any.text], is: x}", "t.yaml:7:17: expected a text" },
	{ "{fact: host.os, is: x}", "t.yaml:7:17: 'host.os' is a fact of the module 'host', but the rule's module is 'sample'" },
	{ "{fact: \"any.table[].text\", is: x}", "t.yaml:7:17: 'any.table[].text' is a member of a table; write each: any.table and fact: text" },
	{ "{each: any.table, fact: txt, is: x}", "t.yaml:7:34: unknown fact 'txt'; did you mean 'text'? known: any.text, " },
	{ "{each: any.list, fact: text, is: x}", "t.yaml:7:17: 'each' needs a table, but 'any.list' is of type list" },
	{ "{each: any.tabel, fact: text, is: x}", "t.yaml:7:17: unknown fact 'any.tabel'; did you mean 'any.table'?" },
	{ "{each: keys.files, fact: mode, is: \"0600\"}", "t.yaml:7:17: 'keys.files' is a fact of the module 'key_permissions'" },
	{ "{each: any.table, select: {fact: nix, is: x}, fact: text, is: x}", "t.yaml:7:43: unknown fact 'nix'" },
	{ "{each: any.table, empty: maybe, fact: text, is: x}", "t.yaml:7:35: unknown verdict 'maybe'; known: pass, fail, error, not_applicable" },
	{ "{each: any.table, empty: waived, fact: text, is: x}", "t.yaml:7:35: unknown verdict 'waived'" },
	{ "{select: {fact: any.text, is: x}, fact: any.text, is: x}", "t.yaml:7:19: 'select' needs 'each' beside it" },
	{ "{empty: pass, fact: any.text, is: x}", "t.yaml:7:18: 'empty' needs 'each' beside it" },
	{ "{fact: any.text, at_most: 4}", "t.yaml:7:27: operator 'at_most' does not take facts of type text such as 'any.text'; use one of is, " },
	{ "{fact: any.list, is: x}", "t.yaml:7:27: operator 'is' does not take facts of type list such as 'any.list'; use one of contains, " },
	{ "{fact: any.boolean, one_of: [true]}", "t.yaml:7:30: operator 'one_of' does not take facts of type boolean" },
	{ "{fact: any.text, is: 5}", "t.yaml:7:31: expected a text; if this is one, write it in quotes: \"5\"" },
	{ "{fact: any.text, is: true}", "t.yaml:7:31: expected a text" },
	{ "{fact: any.text, is: null}", "t.yaml:7:31: expected a text" },
	{ "{fact: any.text, is: }", "t.yaml:7:" },
	{ "{fact: any.text, is: [x]}", "t.yaml:7:31: expected a text; numbers, true, false and null in quotes" },
	{ "{fact: any.text, is: 0o17}", "t.yaml:7:31: expected a text" },
	{ "{fact: any.text, is: 1e5}", "t.yaml:7:31: expected a text" },
	{ "{fact: any.text, is: .inf}", "t.yaml:7:31: expected a text" },
	{ "{fact: any.integer, is: \"5\"}", "t.yaml:7:34: expected a whole number, without quotes" },
	{ "{fact: any.integer, is: x}", "t.yaml:7:34: expected a whole number" },
	{ "{fact: any.integer, is: 1.5}", "t.yaml:7:34: expected a whole number" },
	{ "{fact: any.integer, is: 010}", "t.yaml:7:34: expected a whole number" },
	{ "{fact: any.integer, is: 99999999999999999999}", "t.yaml:7:34: expected a whole number" },
	{ "{fact: any.integer, one_of: [1, x]}", "t.yaml:7:42: expected a whole number" },
	{ "{fact: any.boolean, is: yes}", "t.yaml:7:34: expected true or false" },
	{ "{fact: any.boolean, is: \"true\"}", "t.yaml:7:34: expected true or false, without quotes" },
	{ "{fact: any.mode, mode_within: 0600}", "t.yaml:7:40: expected octal digits in quotes, such as \"0600\"" },
	{ "{fact: any.mode, mode_within: \"0680\"}", "t.yaml:7:40: expected octal digits in quotes" },
	{ "{fact: any.mode, mode_within: \"77777\"}", "t.yaml:7:40: expected octal digits in quotes" },
	{ "{fact: any.mode, is: \"6\"}", "t.yaml:7:31: expected octal digits in quotes" },
	{ "{fact: any.text, one_of: x}", "t.yaml:7:35: expected a list of texts, [a, b]" },
	{ "{fact: any.text, one_of: []}", "t.yaml:7:35: the list is empty; it needs at least one of texts" },
	{ "{fact: any.text, one_of: [a, 5]}", "t.yaml:7:39: expected a text" },
	{ "{fact: any.text, matches: \"a(\"}", "t.yaml:7:36: not a POSIX extended regular expression: " },
	{ "{fact: any.text, matches: \"a)|(b\"}", "t.yaml:7:36: not a POSIX extended regular expression: " },
	{ "{fact: any.text, version_at_least: \"v9\"}", "t.yaml:7:45: 'v9' is not a version; expected a version such as" },
	{ "{fact: any.text, version_at_least: \"9.2 \"}", "t.yaml:7:45: '9.2 ' is not a version" },
	{ "{fact: any.text, version_at_least: 9.2}", "t.yaml:7:45: expected a text; if this is one, write it in quotes: \"9.2\"" },
	{ "{fact: any.integer, between: [1]}", "t.yaml:7:39: expected the least and the greatest whole number, [1, 60]" },
	{ "{fact: any.integer, between: {a: 1, b: 2}}", "t.yaml:7:39: expected the least and the greatest" },
	{ "{fact: any.integer, between: [4, 1]}", "t.yaml:7:43: the greatest value 1 is less than the least, 4" },
	{ "{fact: any.list, count: 4}", "t.yaml:7:34: a count is written as keys and values" },
	{ "{fact: any.list, strength: good}", "t.yaml:7:37: a strength is written as keys and values" },
	{ "{fact: any.list, strength: {class: kex}}", "t.yaml:7:37: the key 'at_least' is missing" },
	{ "{fact: any.list, strength: {class: kexx, at_least: good}}", "t.yaml:7:45: unknown class of algorithms 'kexx'; did you mean 'kex'?" },
	{ "{fact: any.list, strength: {class: kex, at_least: stron}}", "t.yaml:7:60: unknown strength 'stron'" },
	{ "{fact: any.text, strength: {class: kex, at_least: good}}", "t.yaml:7:" },
	{ "{fact: any.list, count: {}}", "t.yaml:7:34: expected {at_least: N}, {at_most: N} or both" },
	{ "{fact: any.list, count: {atleast: 4}}", "t.yaml:7:35: unknown key 'atleast'; did you mean 'at_least'?" },
	{ "{fact: any.list, count: {at_least: -1}}", "t.yaml:7:45: a count cannot be negative" },
	{ "{fact: any.list, count: {at_least: 2, at_most: 1}}", "t.yaml:7:34: at_most is less than at_least" },
	{ "{fact: any.text, exists: yes}", "t.yaml:7:35: expected true or false" },
	{ "{fact: any.integer, at_most: $most}", "t.yaml:7:39: unknown parameter 'most'; known: none" },
	{ "{fact: any.text, is: \"$most\"}", "t.yaml:7:31: unknown parameter 'most'" },
};

static void test_conditions(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(condition_rows); i++) {
		char rule[1000];

		snprintf(rule, sizeof(rule), RULE("%s"), condition_rows[i][0]);
		assert_refused(rule, NULL, condition_rows[i][1]);
	}
}

static void test_parameters(void **state)
{
	static const char *const rows[][2] = {
		/* parameters in line 8 */
		{ "[]", "t.yaml:8:15: parameters are written as NAME:" },
		{ "{}", "t.yaml:8:15: parameters are written as NAME:" },
		{ "{P: {}}", "t.yaml:8:16: 'P' is no name for a parameter" },
		{ "{p: 5}", "t.yaml:8:19: a parameter is written as keys and values" },
		{ "{p: {}}", "t.yaml:8:19: the key 'type' is missing" },
		{ "{p: {typ: integer}}", "t.yaml:8:20: unknown key 'typ'; did you mean 'type'? known: default, type, title" },
		{ "{p: {type: int}}", "t.yaml:8:26: unknown type of parameter 'int'; known: text, integer, boolean, mode, list" },
		{ "{p: {type: integer}}", "t.yaml:8:19: the key 'default' is missing" },
		{ "{p: {type: integer, default: 5}}", "t.yaml:8:19: the key 'title' is missing" },
		{ "{p: {type: integer, default: x, title: t}}", "t.yaml:8:44: expected a whole number" },
		{ "{p: {type: list, default: [5], title: t}}", "t.yaml:8:42: expected a text" },
		{ "{p: {type: text, default: x, title: t}}", "t.yaml:8:41: expected a whole number" }, /* what the operator needs */
		{ "{q: {type: integer, default: 5, title: t}}", "t.yaml:7:39: unknown parameter 'p'; did you mean 'q'? known: q" },
		{ "{p: {type: integer, default: 5, title: t}, q: {type: mode, default: \"0600\", title: t}}", "t.yaml:8:83: parameter 'q' is not used" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		char rule[1000];

		snprintf(rule, sizeof(rule), RULE("{fact: any.integer, at_most: $p}") "  parameters: %s\n", rows[i][0]);
		assert_refused(rule, NULL, rows[i][1]);
	}
	assert_refused(RULE("{fact: any.integer, at_most: $p}") "  parameters: {p: {type: integer, default: 5, title: t}}\n"
	                                                        "- id: s\n  title: t\n  severity: low\n  module: sample\n  rationale: r\n  remediation: m\n"
	                                                        "  check: {fact: any.integer, at_most: $p}\n  parameters: {p: {type: integer, default: 5, title: t}}\n",
	               NULL, "t.yaml:16:16: parameter 'p' belongs to the rule 'r' already");
}

static void test_profiles(void **state)
{
	static const char        rules[] = RULE("{fact: any.integer, between: [2, $p]}") "  parameters: {p: {type: integer, default: 5, title: t}}\n"
											 "  references: {cis_x: [\"5.1\"]}\n";
	static const char *const rows[][2] = {
		{ "", "baseline.yaml:1:1: the file is empty; expected a profile" },
		{ "[]\n", "baseline.yaml:1:1: a profile is written as keys and values" },
		{ "nam: x\n", "baseline.yaml:1:1: unknown key 'nam'; did you mean 'name'? known: name, title, extends, select" },
		{ "title: t\n", "baseline.yaml:1:1: the key 'name' is missing" },
		{ "name: baseline\n", "baseline.yaml:1:1: the key 'title' is missing" },
		{ "name: Base\ntitle: t\n", "baseline.yaml:1:7: 'Base' is no name" },
		{ "name: other\ntitle: t\n", "baseline.yaml:1:7: the name must be that of the file, 'baseline'" },
		{ "name: baseline\ntitle: t\n", "baseline.yaml:1:1: the profile selects no rule" },
		{ "name: baseline\ntitle: t\nselect: r\n", "baseline.yaml:3:9: expected a list of ids, patterns or references" },
		{ "name: baseline\ntitle: t\nselect: []\n", "baseline.yaml:3:9: the list is empty" },
		{ "name: baseline\ntitle: t\nselect: [r, x-*]\n", "baseline.yaml:3:13: no rule fits 'x-*'; expected an id, a pattern of ids" },
		{ "name: baseline\ntitle: t\nselect: [r, \"cis_x:6.*\"]\n", "baseline.yaml:3:13: no rule fits 'cis_x:6.*'" },
		{ "name: baseline\ntitle: t\nselect: [r]\nexclude: [s]\n", "baseline.yaml:4:11: no rule fits 's'" },
		{ "name: baseline\ntitle: t\nselect: [r]\nexclude: [\"cis_x:*\"]\n", "baseline.yaml:1:1: the profile selects no rule" },
		{ "name: baseline\ntitle: t\nselect: [r]\nparameters: [p]\n", "baseline.yaml:4:13: 'parameters' is written as NAME: VALUE" },
		{ "name: baseline\ntitle: t\nselect: [r]\nparameters: {q: 5}\n", "baseline.yaml:4:14: unknown parameter 'q'; did you mean 'p'? known: p" },
		{ "name: baseline\ntitle: t\nselect: [r]\nparameters:\n  p: x\n", "baseline.yaml:5:6: expected a whole number" },
		{ "name: baseline\ntitle: t\nselect: [r]\nparameters: {p: 1}\n", "baseline.yaml:4:17: the greatest value 1 is less than the least, 2" },
		{ "name: baseline\ntitle: t\nselect: [r]\nseverities: {s: low}\n", "baseline.yaml:4:14: unknown rule 's'; did you mean 'r'? known: r" },
		{ "name: baseline\ntitle: t\nselect: [r]\nseverities: {r: lo}\n", "baseline.yaml:4:17: unknown severity 'lo'; did you mean 'low'?" },
		{ "name: baseline\ntitle: t\nselect: [r]\nextends: nobody\n", "baseline.yaml:4:10: unknown profile 'nobody'; known: baseline" },
		{ "name: baseline\ntitle: t\nselect: [r]\nextends: baseline\n", "baseline.yaml:4:10: the profile extends itself" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++)
		assert_refused(rules, rows[i][0], rows[i][1]);
}

static void assert_folder_refused(const struct rule_folder *f, const char *profile, int code, const char *part)
{
	struct error    err = { 0 };
	struct ruleset *rs = NULL;

	assert_int_equal(folder_load(f, profile, &rs, &err), code);
	if (!strstr(err.text, part))
		fail_msg("%s, expected %s", err.text, part);
}

static void test_folders(void **state)
{
	struct rule_folder f = folder_make();
	struct rule_folder none = { "/nowhere/at/all" };
	struct error       err = { 0 };
	struct ruleset    *rs = NULL;
	char               path[100];

	(void)state;
	assert_folder_refused(&none, NULL, ERR_NOT_FOUND, "cannot look at the rules folder '/nowhere/at/all'");
	assert_folder_refused(&f, NULL, ERR_SYNTAX, "library' holds no .yaml file");
	folder_write(&f, "library/t.yaml", GOOD);
	assert_folder_refused(&f, NULL, ERR_SYNTAX, "profiles' holds no .yaml file");
	folder_write(&f, "profiles/baseline.yaml", PROFILE_ALL);
	assert_int_equal(folder_load(&f, NULL, &rs, &err), 0);
	ruleset_free(rs);

	assert_folder_refused(&f, "bassline", ERR_NOT_FOUND, "there is no profile 'bassline'; there are: baseline");
	assert_folder_refused(&f, "./none.yaml", ERR_NOT_FOUND, "./none.yaml");

	snprintf(path, sizeof(path), "%s/library/t.yaml", f.path);
	assert_int_equal(chmod(path, 0646), 0);
	assert_folder_refused(&f, NULL, ERR_SYNTAX, "chmod o-w");
	assert_int_equal(chmod(path, 0644), 0);

	snprintf(path, sizeof(path), "%s/library", f.path);
	assert_int_equal(chmod(path, 01777), 0);
	assert_folder_refused(&f, NULL, ERR_SYNTAX, "everybody can put rules into");
	assert_int_equal(chmod(path, 0755), 0);

	folder_write(&f, "library/v.yml", GOOD);
	assert_folder_refused(&f, NULL, ERR_SYNTAX, "v.yml' would not be read; rename it to end in .yaml");
	folder_remove(&f);
}

static void count_profile(const struct profile_info *profile, void *context)
{
	char  *text = context;
	size_t used = strlen(text);

	snprintf(text + used, 200 - used, "%s %zu %s\n", profile->name, profile->rules, profile->title);
}

/* Profiles above one another: selections add up, values of the lower one win. */
static void test_inheritance(void **state)
{
	static const char            rules[] = RULE("{fact: any.integer, at_most: $p}") "  parameters: {p: {type: integer, default: 5, title: t}}\n"
											"  references: {cis_x: [\"5.1\", \"6.2\"]}\n"
											"- id: q\n  title: t\n  severity: low\n  module: sample\n  rationale: r\n  remediation: m\n  check: {fact: any.text, is: x}\n"
											"- id: a-1\n  title: t\n  severity: info\n  module: sample\n  rationale: r\n  remediation: m\n  check: {fact: any.text, is: x}\n";
	struct rule_folder           f = folder_make();
	struct error                 err = { 0 };
	struct ruleset              *rs = NULL;
	char                         own[100];
	char                         shown[200] = "";
	const struct ruleset_options options = { .rules = f.path, .modules = spec_modules, .nmodules = countof(spec_modules) };

	(void)state;
	folder_write(&f, "library/t.yaml", rules);
	folder_write(&f, "profiles/baseline.yaml", "name: baseline\ntitle: B\nselect: [\"cis_x:6*\", q]\nparameters: {p: 4}\nseverities: {r: high, q: high}\n");
	folder_write(&f, "profiles/other.yaml", "name: other\ntitle: O\nextends: baseline\nselect: [a-*]\nexclude: [q]\nparameters: {p: 3}\nseverities: {r: critical}\n");
	assert_int_equal(folder_load(&f, NULL, &rs, &err), 0);
	assert_string_equal(ruleset_profile(rs), "baseline");
	assert_int_equal(ruleset_count(rs), 2);
	assert_string_equal(ruleset_rule(rs, 0).id, "q");
	assert_string_equal(ruleset_rule(rs, 1).expected, "at most 4 seconds");
	assert_int_equal(ruleset_rule(rs, 1).severity, SEVERITY_HIGH);
	ruleset_free(rs);

	assert_int_equal(folder_load(&f, "other", &rs, &err), 0);
	assert_string_equal(ruleset_profile(rs), "other");
	assert_int_equal(ruleset_count(rs), 2);
	assert_string_equal(ruleset_rule(rs, 0).id, "a-1");
	assert_int_equal(ruleset_rule(rs, 0).severity, SEVERITY_INFO);
	assert_string_equal(ruleset_rule(rs, 1).id, "r");
	assert_string_equal(ruleset_rule(rs, 1).expected, "at most 3 seconds");
	assert_int_equal(ruleset_rule(rs, 1).severity, SEVERITY_CRITICAL);
	assert_string_equal(ruleset_rule(rs, 1).title, "t");
	assert_string_equal(ruleset_rule(rs, 1).module, "sample");
	assert_string_equal(ruleset_rule(rs, 1).rationale, "r");
	assert_string_equal(ruleset_rule(rs, 1).remediation, "m");
	assert_non_null(strstr(ruleset_rule(rs, 1).file, "library/t.yaml:1"));
	assert_string_equal(cJSON_GetArrayItem(cJSON_GetObjectItem(ruleset_rule(rs, 1).references, "cis_x"), 1)->valuestring, "6.2");
	assert_null(ruleset_rule(rs, 0).references);
	ruleset_free(rs);

	/* a file of its own, named by its path, which extends a common one, even of the same name */
	folder_write(&f, "own.yaml", "name: other\ntitle: Mine\nextends: other\nexclude: [r]\n");
	snprintf(own, sizeof(own), "%s/own.yaml", f.path);
	assert_int_equal(folder_load(&f, own, &rs, &err), 0);
	assert_int_equal(ruleset_count(rs), 1);
	assert_string_equal(ruleset_rule(rs, 0).id, "a-1");
	ruleset_free(rs);

	assert_int_equal(ruleset_profiles(&options, count_profile, shown, &err), 0);
	assert_string_equal(shown, "baseline 2 B\nother 2 O\n");

	folder_write(&f, "profiles/baseline.yaml", "name: baseline\ntitle: B\nextends: other\n");
	assert_folder_refused(&f, NULL, ERR_SYNTAX, "profiles extend one another in a circle");
	folder_remove(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_algorithms),
		cmocka_unit_test(test_no_algorithms),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_profiles),
		cmocka_unit_test(test_folders),
		cmocka_unit_test(test_inheritance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

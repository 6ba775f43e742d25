/*
 * test_journal.c: what is written can be read back, whatever happened to it on the way, and nothing else is believed.
 */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "file.h"
#include "journal.h"
#include "mem.h"

static char folder[] = "/tmp/sshvet-test-XXXXXX";
static char path[64];

static struct ruleset *ruleset;

static const struct fact_spec specs[] = {
	{ "m.a", FACT_TEXT, NULL, "a" },
	{ "m.b", FACT_TEXT, NULL, "b" },
};
static const struct ruleset_module modules[] = { { "mod", "m", specs, countof(specs) } };

/* Two rules, so that a journal written here reads like the ones written by hand below. */
static int set_up(void **state)
{
	struct ruleset_options options = { .rules = TESTS_DIR "/golden/reports/rules",
		                           .modules = modules,
		                           .nmodules = countof(modules) };
	struct error           err;

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/journal", folder);
	if (ruleset_load(&options, &ruleset, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	return setenv("SOURCE_DATE_EPOCH", "1767323045", 1);
}

static int tear_down(void **state)
{
	(void)state;
	ruleset_free(ruleset);
	unlink(path);
	return rmdir(folder);
}

/* Lines as an operator's editor might leave them. */
#define RULES                                                                              \
	"\"rules\":{\"one\":{\"title\":\"One\",\"module\":\"mod\",\"severity\":\"high\"}," \
	"\"two\":{\"title\":\"Two\",\"module\":\"mod\",\"severity\":\"low\",\"remediation\":\"a\\n b\"}}"
#define HEADER_REST(targets) \
	"\"profile\":\"baseline\",\"started\":\"2026-01-02T03:04:05Z\",\"targets\":" targets "," RULES "}\n"
#define FORMAT          "{\"journal\":\"sshvet-journal/1\",\"tool\":{\"name\":\"sshvet\",\"version\":\"0.1.0\"},"
#define HEADER(targets) FORMAT HEADER_REST(targets)
#define RESUME(targets) FORMAT "\"resumes\":true," HEADER_REST(targets)
#define START(index, name)                      \
	"{\"index\":" index ",\"name\":\"" name \
	"\",\"address\":\"192.0.2.7\",\"port\":22,\"user\":\"u\",\"duration_ms\":5,"
#define TWO(first, second) \
	"\"findings\":[{\"rule\":\"one\",\"status\":\"" first "\"},{\"rule\":\"two\",\"status\":\"" second "\"}]"
#define SCANNED(index, name, first, second) \
	START(index, name)                  \
	"\"status\":\"scanned\",\"privileged\":true,\"host\":{}," TWO(first, second) "}\n"
#define UNSCANNED(index, name, code) \
	START(index, name)           \
	"\"status\":\"unscanned\",\"error\":{\"code\":\"" code "\",\"message\":\"why\"}}\n"
#define END "{\"finished\":\"2026-01-02T03:05:00Z\"}\n"

static void put(const char *text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static char *get(void)
{
	struct error err;
	struct buf   text;

	if (file_read(path, 1u << 24, FILE_ANY, &text, &err) < 0)
		fail_msg("%s", err.text);
	return buf_detach(&text);
}

static struct journal_reader *open_reader(void)
{
	const char            *paths[] = { path };
	struct journal_reader *reader;
	struct error           err;

	if (journal_open(paths, 1, &reader, &err) < 0)
		fail_msg("%s", err.text);
	return reader;
}

static struct journal *create(bool resume, size_t targets)
{
	struct journal_options options = { .path = path, .resume = resume, .ruleset = ruleset, .targets = targets };
	struct journal        *j;
	struct error           err;

	if (!resume)
		unlink(path);
	if (journal_create(&options, &j, &err) < 0)
		fail_msg("%s", err.text);
	return j;
}

/* A target with one failure and one pass. The macros' texts are not ours to change. */
static struct finding items[] = {
	{ .rule = "one", .verdict = VERDICT_FAIL, .expected = "x" },
	{ .rule = "two", .verdict = VERDICT_PASS },
};
static const struct findings findings = { .items = items, .count = countof(items) };

static struct journal_target target(size_t index, const char *name)
{
	return (struct journal_target){
		.index = index,
		.name = name,
		.address = "192.0.2.7",
		.port = 22,
		.user = "u",
		.duration_ms = 5,
		.privileged = true,
		.findings = &findings,
	};
}

static void append(struct journal *j, size_t index, const char *name)
{
	struct journal_target t = target(index, name);
	struct error          err;

	if (journal_append(j, &t, &err) < 0)
		fail_msg("%s", err.text);
}

static void finish(struct journal *j)
{
	struct error err;

	if (journal_finish(j, &err) < 0)
		fail_msg("%s", err.text);
	journal_free(j);
}

static void check_text(const char *got, const char *expected)
{
	if (expected)
		assert_string_equal(got, expected);
	else
		assert_null(got);
}

static void check_finding(const struct finding *got, const struct finding *expected)
{
	assert_int_equal(got->verdict, expected->verdict);
	check_text(got->rule, expected->rule);
	check_text(got->subject, expected->subject);
	check_text(got->expected, expected->expected);
	check_text(got->actual, expected->actual);
	check_text(got->where, expected->where);
	check_text(got->message, expected->message);
}

static void check_target(const struct journal_target *got, const struct journal_target *expected)
{
	assert_int_equal(got->index, expected->index);
	assert_int_equal(got->port, expected->port);
	assert_int_equal(got->error, expected->error);
	assert_int_equal(got->duration_ms, expected->duration_ms);
	assert_int_equal(got->privileged, expected->privileged);
	check_text(got->name, expected->name);
	check_text(got->address, expected->address);
	check_text(got->user, expected->user);
	check_text(got->message, expected->message);
	check_text(got->host_key, expected->host_key);
	check_text(got->os, expected->os);
	check_text(got->openssh, expected->openssh);
	assert_true(cJSON_Compare(got->facts, expected->facts, true));
	assert_int_equal(got->findings->count, expected->findings->count);
	for (size_t i = 0; i < expected->findings->count; i++)
		check_finding(&got->findings->items[i], &expected->findings->items[i]);
}

static void check_summary(const struct journal_summary *s)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_string_equal(s->profile, "baseline");
	assert_string_equal(s->started, "2026-01-02T03:04:05Z");
	assert_string_equal(s->finished, "2026-01-02T03:04:05Z");
	assert_string_equal(s->tool, SSHVET_VERSION);
	assert_int_equal(s->duration_ms, 412);
	assert_null(s->warnings);
}

/* Every field of a target comes back, and the file is for its owner only. */
static void test_round_trip(void **state)
{
	char   subject[] = "Match User x";
	char   actual[] = "a \"quoted\" \\ <text>, \xf0\x9f\x98\x80";
	char   where[] = "/etc/x:1";
	char   message[] = "privilege: no";
	cJSON *facts = cJSON_Parse("{\"m\":{\"a\":\"b\",\"n\":[1,true,null]}}");

	struct finding full[] = {
		{ "one", VERDICT_ERROR, subject, "expected", actual, where, message, "two\nlines" },
		{ "two", VERDICT_WAIVED, NULL, NULL, NULL, NULL, NULL, NULL },
	};
	struct findings       both = { .items = full, .count = countof(full) };
	struct journal_target t = {
		.index = 7,
		.name = "web1",
		.address = "2001:db8::1",
		.port = 2222,
		.user = "audit",
		.host_key = "SHA256:x",
		.duration_ms = 412,
		.privileged = true,
		.os = "Debian",
		.openssh = "OpenSSH_9.2p1",
		.findings = &both,
		.facts = facts,
	};
	struct journal        *j = create(false, 1);
	struct journal_reader *reader;
	struct journal_entry   entry;
	struct error           err;

	(void)state;
	assert_int_equal(journal_append(j, &t, &err), 0);
	finish(j);
	reader = open_reader();
	check_summary(journal_summary(reader));
	assert_int_equal(journal_entry(reader, 0, &entry, &err), 0);
	check_target(&entry.target, &t);
	assert_string_equal(entry.rules[0]->title, "First");
	assert_int_equal(entry.rules[0]->severity, SEVERITY_HIGH);
	assert_string_equal(entry.rules[1]->module, "mod");
	assert_string_equal(entry.findings.items[0].remediation, "two\nlines");
	assert_null(entry.findings.items[1].remediation);
	journal_entry_free(&entry);
	journal_reader_free(reader);
	cJSON_Delete(facts);
}

/* What targets have in common is read once, and stays when an entry that has it goes. */
static void test_alike(void **state)
{
	struct journal        *j = create(false, 3);
	struct journal_reader *reader;
	struct journal_entry   entries[3];
	struct error           err;

	(void)state;
	append(j, 0, "a");
	append(j, 1, "b");
	append(j, 2, "c");
	finish(j);
	reader = open_reader();
	for (size_t i = 0; i < countof(entries); i++) {
		assert_int_equal(journal_entry(reader, i, &entries[i], &err), 0);
		for (size_t finding = 0; finding < 2; finding++) {
			assert_int_not_equal(entries[i].kept[finding], JOURNAL_NOT_KEPT);
			assert_int_equal(entries[i].kept[finding], entries[0].kept[finding]);
		}
	}
	journal_entry_free(&entries[0]);
	for (size_t i = 1; i < countof(entries); i++) {
		for (size_t finding = 0; finding < 2; finding++) {
			check_finding(&entries[i].findings.items[finding], &items[finding]);
			assert_string_equal(entries[i].rules[finding]->id, items[finding].rule);
		}
		journal_entry_free(&entries[i]);
	}
	journal_reader_free(reader);
}

/* A journal that no reader would take: what each becomes, and a part of the reason. */
static void test_refused_targets(void **state)
{
	static struct finding nobody[] = { { .rule = "one" }, { .rule = "two", .verdict = VERDICT_PASS } };
	static struct finding half[] = { { .rule = "one", .verdict = VERDICT_PASS } };
	static struct finding strange[] = { { .rule = "three", .verdict = VERDICT_PASS } };
	static struct {
		struct findings found;
		int             error;
		const char     *message;
		int             expected_error;
		const char     *expected_message;
		bool            facts; /* with some that nobody cleaned */
	} rows[] = {
		{ { .items = items, .count = 2 }, 0, NULL, ERR_COLLECTOR_FAILED, "'facts' has text with control characters", true },
		{ { .items = nobody, .count = 2 }, 0, NULL, ERR_COLLECTOR_FAILED, "unknown status 'unknown'", false },
		{ { .items = half, .count = 1 }, 0, NULL, ERR_COLLECTOR_FAILED, "no finding for rule 'two'", false },
		{ { .items = strange, .count = 1 }, 0, NULL, ERR_COLLECTOR_FAILED, "rule 'three' is not in the header", false },
		{ { .items = NULL, .count = 0 }, 0, NULL, ERR_COLLECTOR_FAILED, "no finding for rule 'one'", false },
		{ { .items = NULL, .count = 0 }, ERR_NOMEM, "out of memory", ERR_COLLECTOR_FAILED, "out of memory", false },
		{ { .items = NULL, .count = 0 }, ERR_AUTH, "no key", ERR_AUTH, "no key", false },
		{ { .items = NULL, .count = 0 }, ERR_AUTH, NULL, ERR_AUTH, "authentication failed", false },
		{ { .items = NULL, .count = 0 }, ERR_AUTH, "\033[31m", ERR_AUTH, "\\x1b[31m", false },
	};
	cJSON                 *dirty = cJSON_Parse("{\"m\":{\"\\u001b\":1}}");
	struct journal        *j = create(false, countof(rows));
	struct journal_reader *reader;
	struct error           err;

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		char                  name[] = { (char)('a' + i), '\0' };
		struct journal_target t = target(i, name);

		t.findings = &rows[i].found;
		t.facts = rows[i].facts ? dirty : NULL;
		t.error = rows[i].error;
		t.message = rows[i].message;
		assert_int_equal(journal_append(j, &t, &err), 0);
	}
	finish(j);
	reader = open_reader();
	assert_int_equal(journal_summary(reader)->unscanned, countof(rows));
	for (size_t i = 0; i < countof(rows); i++) {
		struct journal_entry entry;

		assert_int_equal(journal_entry(reader, i, &entry, &err), 0);
		assert_int_equal(entry.target.error, rows[i].expected_error);
		if (!strstr(entry.target.message, rows[i].expected_message))
			fail_msg("row %zu: %s", i, entry.target.message);
		journal_entry_free(&entry);
	}
	journal_reader_free(reader);
	cJSON_Delete(dirty);
}

/* Texts that are not clean are cleaned, the rest of the target stays. Only remediation has lines. */
static void test_cleaned(void **state)
{
	char            actual[] = "\033[31mred\xff";
	struct finding  dirty[] = { { .rule = "one", .verdict = VERDICT_FAIL, .expected = "a\tb", .actual = actual, .remediation = "a\tb\r\n\033c" },
		                    items[1] };
	struct findings found = { .items = dirty, .count = countof(dirty) };

	struct journal_target  t = target(0, "web\n1");
	struct journal        *j = create(false, 1);
	struct journal_reader *reader;
	struct journal_entry   entry;
	struct error           err;

	(void)state;
	t.findings = &found;
	assert_int_equal(journal_append(j, &t, &err), 0);
	finish(j);
	reader = open_reader();
	assert_int_equal(journal_entry(reader, 0, &entry, &err), 0);
	assert_int_equal(entry.target.error, 0);
	assert_string_equal(entry.target.name, "web\\x0a1");
	assert_string_equal(entry.findings.items[0].actual, "\\x1b[31mred\\xff");
	assert_string_equal(entry.findings.items[0].expected, "a\\x09b");
	assert_string_equal(entry.findings.items[0].remediation, "a    b\n\\x1bc");
	assert_null(entry.findings.items[1].remediation);
	assert_string_equal(entry.rules[0]->remediation, "Two lines:\n    indented    tab");
	assert_string_equal(entry.rules[1]->remediation, "One line.");
	journal_entry_free(&entry);
	journal_reader_free(reader);
}

/* Journals that are refused, and where and why. */
static const struct {
	const char *text;
	const char *reason;
} refused[] = {
	{ "", "is empty" },
	{ "{\"journal\":", "is empty" },
	{ "\n", ":1: empty line" },
	{ "null\n", ":1: not a JSON object" },
	{ "{}\n", ":1: not a JSON object" },
	{ "{\"journal\":1}\n", ":1: 'journal' is not text" },
	{ "{\"journal\":\"sshvet-journal/2\",\"new\":1}\n", ":1: journal of format 'sshvet-journal/2'" },
	{ "{\"journal\":\"sshvet-journal/1\"}\n", ":1: 'tool' is missing" },
	{ FORMAT "\"new\":1," HEADER_REST("1"), ":1: unknown member 'new'" },
	{ FORMAT "\"profile\":\"x\"," HEADER_REST("1"), ":1: 'profile' stands there twice" },
	{ FORMAT HEADER_REST("-1"), ":1: 'targets' is not a whole number" },
	{ FORMAT HEADER_REST("1.5"), ":1: 'targets' is not a whole number" },
	{ FORMAT HEADER_REST("1e300"), ":1: 'targets' is not a whole number" },
	{ FORMAT HEADER_REST("\"1\""), ":1: 'targets' is not a whole number" },
	{ FORMAT "\"warnings\":[1]," HEADER_REST("1"), ":1: 'warnings'" },
	{ FORMAT "\"warnings\":[\"\\u001b\"]," HEADER_REST("1"), ":1: 'warnings'" },
	{ FORMAT "\"profile\":\"p\",\"started\":\"yesterday\",\"targets\":1," RULES "}\n",
	  ":1: 'started' is not a time" },
	{ FORMAT
	  "\"profile\":\"p\",\"started\":\"2026-01-02T03:04:05Z\",\"targets\":1,\"rules\":{\"one\":{\"title\":\"\",\"module\":\"m\",\"severity\":\"bad\"}}}\n",
	  ":1: rule 'one': unknown severity" },
	{ FORMAT
	  "\"profile\":\"p\",\"started\":\"2026-01-02T03:04:05Z\",\"targets\":1,\"rules\":{\"one\":{\"title\":\"\",\"module\":\"m\",\"severity\":\"low\"},\"one\":{\"title\":\"\",\"module\":\"m\",\"severity\":\"low\"}}}\n",
	  ":1: rule 'one' stands there twice" },
	{ RESUME("1"), ":1: a run that resumes another" },
	{ END, ":1: the end of a run" },
	{ HEADER("1") END END, ":3: the end of a run" },
	{ SCANNED("0", "a", "pass", "pass"), ":1: a target outside a run" },
	{ HEADER("1") END SCANNED("0", "a", "pass", "pass"), ":3: a target outside a run" },
	{ HEADER("1") "{\"index\":0,\"na" SCANNED("0", "a", "pass", "pass"), ":2: not a JSON object" },
	{ HEADER("1") SCANNED("0", "a", "pass", "PASS"), ":2: target 'a': finding 2: unknown status 'PASS'" },
	{ HEADER("1") SCANNED("0", "a", "pass", "unknown"), ":2: target 'a': finding 2: unknown status" },
	{ HEADER("4") SCANNED("0", "a", "pass", "pass") SCANNED("1", "b", "pass", "pass") SCANNED("2", "c", "pass", "pass")
	          SCANNED("3", "d", "pass", "PASS"),
	  ":5: target 'd': finding 2: unknown status 'PASS'" },
	{ HEADER("1") SCANNED("0", "a", "pass", "\\u001b[1m"), ":2: target 'a': finding 2: 'status' is not text" },
	{ HEADER("1") SCANNED("0", "", "pass", "pass"), ":2: 'name' is not text that is not empty" },
	{ HEADER("1") SCANNED("0", "\x1b[31m", "pass", "pass"), ":2: 'name' is not text" },
	{ HEADER("1") SCANNED("0", "\xff", "pass", "pass"), ":2: 'name' is not text" },
	{ HEADER("1") SCANNED("4294967296", "a", "pass", "pass"), ":2: target 'a': 'port', 'index'" },
	{ HEADER("1") UNSCANNED("0", "a", "ok"), ":2: target 'a': unknown error code 'ok'" },
	{ HEADER("1") UNSCANNED("0", "a", "nomem"), ":2: target 'a': unknown error code" },
	{ HEADER("1") START("0", "a") "\"status\":\"fine\"}\n", ":2: target 'a': unknown status 'fine'" },
	{ HEADER("1") START("0", "a") "\"status\":\"unscanned\"}\n",
	  ":2: target 'a': not scanned, but without 'error'" },
	{ HEADER("1") START("0", "a") "\"status\":\"unscanned\",\"error\":{\"code\":\"auth\",\"message\":\"\"}," TWO(
		  "pass", "pass") "}\n",
	  ":2: target 'a': not scanned, but it has results" },
	{ HEADER("1")
	          START("0", "a") "\"status\":\"scanned\",\"host\":{},\"error\":{\"code\":\"auth\",\"message\":\"\"}," TWO(
			  "pass", "pass") "}\n",
	  ":2: target 'a': scanned, but it has an 'error'" },
	{ HEADER("1") START("0", "a") "\"status\":\"scanned\"," TWO("pass", "pass") "}\n",
	  ":2: target 'a': scanned, but without 'host'" },
	{ HEADER("1") START("0", "a") "\"status\":\"scanned\",\"host\":{}}\n",
	  ":2: target 'a': scanned, but without 'findings'" },
	{ HEADER("1") START("0", "a") "\"status\":\"scanned\",\"host\":{},\"findings\":[]}\n",
	  ":2: target 'a': no finding for rule 'one'" },
	{ HEADER("1") START("0", "a") "\"status\":\"scanned\",\"host\":{},\"findings\":[1]}\n",
	  ":2: target 'a': finding 1: not an object" },
	{ HEADER("1") START(
		  "0",
		  "a") "\"status\":\"scanned\",\"host\":{},\"findings\":[{\"rule\":\"six\",\"status\":\"pass\"}]}\n",
	  ":2: target 'a': finding 1: rule 'six' is not in the header" },
	{ HEADER("1") START("0", "a") "\"status\":\"scanned\",\"host\":{},\"findings\":[{\"rule\":\"one\",\"status\":\"fail\",\"remediation\":\"a\\n\\u001b\"}]}\n",
	  ":2: target 'a': finding 1: 'remediation' is not text" },
	{ HEADER("1") START("0", "a") "\"status\":\"scanned\",\"host\":{},\"facts\":{\"x\":[\"\\u001b\"]}," TWO(
		  "pass", "pass") "}\n",
	  ":2: target 'a': 'facts' has text with control characters" },
	{ HEADER("1") END FORMAT "\"profile\":\"other\",\"started\":\"2026-01-02T03:04:05Z\",\"targets\":0," RULES
	                         "}\n",
	  ":3: a run under profile 'other' after one under 'baseline'" },
};

static void test_refused(void **state)
{
	const char *paths[] = { path };

	(void)state;
	for (size_t i = 0; i < countof(refused); i++) {
		struct journal_reader *reader;
		struct error           err = { 0 };

		put(refused[i].text);
		if (journal_open(paths, 1, &reader, &err) != ERR_SYNTAX)
			fail_msg("row %zu was taken", i);
		if (!strstr(err.text, refused[i].reason) || !strstr(err.text, path))
			fail_msg("row %zu: %s", i, err.text);
	}
}

/* Journals that are taken, and their totals. */
static const struct {
	const char *text;
	size_t      targets;
	size_t      scanned;
	size_t      missing;
	size_t      failures;
	size_t      errors;
	const char *finished;
} taken[] = {
	{ HEADER("0"), 0, 0, 0, 0, 0, "" },
	{ HEADER("2"), 0, 0, 2, 0, 0, "" },
	{ HEADER("1") SCANNED("0", "a", "fail", "error") END, 1, 1, 0, 1, 1, "2026-01-02T03:05:00Z" },
	{ HEADER("1") SCANNED("0", "a", "fail", "error"), 1, 1, 0, 1, 1, "" },
	{ HEADER("1") UNSCANNED("0", "a", "auth") END, 1, 0, 0, 0, 0, "2026-01-02T03:05:00Z" },
	/* Torn: not a line, even where it happens to be whole. */
	{ HEADER("2") SCANNED("0", "a", "fail", "error") "{\"index\":1,\"na", 1, 1, 1, 1, 1, "" },
	{ HEADER("1") SCANNED("0", "a", "fail", "error") "{\"finished\":\"2026-01-02T03:05:00Z\"}", 1, 1, 0, 1, 1,
	  "" },
	{ HEADER("1") END "{\"journal\":\"sshvet-jour", 0, 0, 1, 0, 0, "2026-01-02T03:05:00Z" },
	/* The same target again: the later line counts, once. */
	{ HEADER("2") SCANNED("0", "a", "fail", "fail") SCANNED("0", "a", "pass", "pass") END, 1, 1, 1, 0, 0,
	  "2026-01-02T03:05:00Z" },
	{ HEADER("2") SCANNED("0", "a", "pass", "pass") SCANNED("1", "a", "fail", "fail") END, 1, 1, 1, 2, 0,
	  "2026-01-02T03:05:00Z" },
	/* Shards: each run answers for its own. */
	{ HEADER("2") SCANNED("0", "a", "fail", "pass") END HEADER("1") SCANNED("1", "b", "fail", "pass") END, 2, 2,
	  1, 2, 0, "2026-01-02T03:05:00Z" },
	/* A resumed scan answers for what the run before it left. */
	{ HEADER("3") SCANNED("0", "a", "fail", "pass") RESUME("2") SCANNED("1", "b", "pass", "pass")
	          SCANNED("2", "c", "pass", "pass") END,
	  3, 3, 0, 1, 0, "2026-01-02T03:05:00Z" },
	{ HEADER("3") UNSCANNED("0", "a", "auth") END RESUME("3") SCANNED("0", "a", "pass", "error") RESUME("2")
	          SCANNED("1", "b", "pass", "pass"),
	  2, 2, 1, 0, 1, "2026-01-02T03:05:00Z" },
	{ HEADER("3") SCANNED("0", "a", "fail", "pass") RESUME("0") END, 1, 1, 0, 1, 0, "2026-01-02T03:05:00Z" },
};

static void test_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(taken); i++) {
		struct journal_reader        *reader;
		const struct journal_summary *s;

		put(taken[i].text);
		reader = open_reader();
		s = journal_summary(reader);
		if (s->targets != taken[i].targets || s->scanned != taken[i].scanned ||
		    s->unscanned != taken[i].targets - taken[i].scanned || s->missing != taken[i].missing ||
		    s->verdicts[VERDICT_FAIL] != taken[i].failures || s->verdicts[VERDICT_ERROR] != taken[i].errors ||
		    strcmp(s->finished, taken[i].finished) != 0)
			fail_msg(
				"row %zu: %zu targets, %zu scanned, %zu missing, %zu failures, %zu errors, finished '%s'",
				i, s->targets, s->scanned, s->missing, s->verdicts[VERDICT_FAIL],
				s->verdicts[VERDICT_ERROR], s->finished);
		journal_reader_free(reader);
	}
}

static void expect_names(struct journal_reader *reader, const char *expected)
{
	char names[64] = "";

	for (size_t i = 0; i < journal_summary(reader)->targets; i++) {
		struct journal_entry entry;
		struct error         err;

		assert_int_equal(journal_entry(reader, i, &entry, &err), 0);
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s ", entry.target.name);
		journal_entry_free(&entry);
	}
	assert_string_equal(names, expected);
}

/* Inventory order, whatever the order of lines; the same place in two inventories by name. */
static void test_order(void **state)
{
	struct journal_reader *reader;

	(void)state;
	put(HEADER("3") SCANNED("10", "j", "pass", "pass") SCANNED("9", "z", "pass", "pass")
	            SCANNED("2", "b", "pass", "pass") END HEADER("2") SCANNED("9", "a", "pass", "pass")
	                    SCANNED("0", "y", "pass", "pass") END);
	reader = open_reader();
	expect_names(reader, "y b a z j ");
	journal_reader_free(reader);
}

static int collect(const char *name, void *context, struct error *err)
{
	char *names = context;

	(void)err;
	if (strcmp(name, "stop") == 0)
		return 1;
	snprintf(names + strlen(names), 64 - strlen(names), "%s ", name);
	return 0;
}

static void test_names(void **state)
{
	struct error err;
	char         names[64] = "";

	(void)state;
	put(HEADER("4") SCANNED("3", "c", "pass", "pass") UNSCANNED("1", "a", "auth")
	            SCANNED("0", "b", "error", "pass") SCANNED("2", "d", "pass", "pass") UNSCANNED("2", "d", "auth"));
	assert_int_equal(journal_names(path, collect, names, &err), 0);
	assert_string_equal(names, "b c ");
	put("{\"jour");
	assert_int_equal(journal_names(path, collect, names, &err), 0);
	put(HEADER("2") SCANNED("0", "stop", "pass", "pass") SCANNED("1", "x", "pass", "pass"));
	assert_int_equal(journal_names(path, collect, names, &err), 1);
	unlink(path);
	assert_int_equal(journal_names(path, collect, names, &err), ERR_NOT_FOUND);
	assert_string_equal(names, "b c ");
}

/* A scan that died in the middle of a line goes on behind the last whole one. */
static void test_resume(void **state)
{
	struct journal_reader *reader;
	struct journal        *j = create(false, 3);
	char                  *text;
	FILE                  *out;

	(void)state;
	append(j, 0, "a");
	journal_free(j);
	out = fopen(path, "a");
	assert_non_null(out);
	fputs("{\"index\":1,\"name\":\"b\",\"addr", out);
	fclose(out);

	j = create(true, 2);
	append(j, 2, "c");
	append(j, 1, "b");
	finish(j);
	text = get();
	assert_non_null(strstr(text, "\"resumes\":true"));
	assert_null(strstr(text, "\"addr{"));
	mem_free(text);
	reader = open_reader();
	expect_names(reader, "a b c ");
	assert_int_equal(journal_summary(reader)->missing, 0);
	journal_reader_free(reader);
}

/* What --resume must leave as it is. */
static void test_resume_refused(void **state)
{
	static const struct {
		const char *text;
		int         code;
		const char *reason;
	} rows[] = {
		{ "my notes\n", ERR_SYNTAX, "it is not a journal" },
		{ "my notes", ERR_SYNTAX, "it is not a journal" },
		{ "{\"journal\":\"sshvet-journal/9\"}\n", ERR_SYNTAX, "journal of format 'sshvet-journal/9'" },
		{ FORMAT "\"profile\":\"other\",\"started\":\"2026-01-02T03:04:05Z\",\"targets\":0," RULES
		         "}\n{\"tor",
		  ERR_USAGE, "under profile 'other'" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct journal_options options = { .path = path, .resume = true, .ruleset = ruleset };
		struct journal        *j;
		struct error           err = { 0 };
		char                  *text;

		put(rows[i].text);
		assert_int_equal(journal_create(&options, &j, &err), rows[i].code);
		if (!strstr(err.text, rows[i].reason))
			fail_msg("row %zu: %s", i, err.text);
		text = get();
		assert_string_equal(text, rows[i].text);
		mem_free(text);
	}
}

/*
 * Cut at every byte: what is left is resumed, or read with what is missing counted, and is never taken for more than
 * it was.
 */
static void test_every_prefix(void **state)
{
	static const char text[] =
		HEADER("2") SCANNED("0", "a", "fail", "error") SCANNED("1", "b", "fail", "pass") END;
	char        part[sizeof(text)];
	const char *paths[] = { path };

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		struct journal_reader *reader;
		struct error           err;
		int                    r;

		memcpy(part, text, len);
		part[len] = '\0';
		put(part);
		r = journal_open(paths, 1, &reader, &err);
		if (r < 0) {
			assert_true(len < strlen(HEADER("2")));
		} else {
			assert_int_equal(journal_summary(reader)->targets + journal_summary(reader)->missing, 2);
			journal_reader_free(reader);
		}
		journal_free(create(true, 1));
		reader = open_reader();
		journal_reader_free(reader);
	}
}

static void test_exists(void **state)
{
	struct journal_options options = { .path = path, .ruleset = ruleset };
	struct journal        *j;
	struct error           err;

	(void)state;
	put("x");
	assert_int_equal(journal_create(&options, &j, &err), ERR_USAGE);
	assert_non_null(strstr(err.text, "--resume"));
	options.path = "/nowhere/journal";
	assert_int_equal(journal_create(&options, &j, &err), ERR_OUTPUT);
}

/* A process that holds the journal; the other one gets no hold of it. */
static void test_locked(void **state)
{
	struct journal *j = create(false, 1);
	pid_t           child = fork();
	int             status;

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		struct journal_options options = { .path = path, .resume = true, .ruleset = ruleset };
		struct journal        *other;
		struct error           err;

		_exit(journal_create(&options, &other, &err) == ERR_USAGE && strstr(err.text, "another scan") ? 0
		                                                                                              : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	finish(j);
}

/* Without a name: nothing is left behind, and what was written can be reported. */
static void test_unnamed(void **state)
{
	struct journal_options options = { .ruleset = ruleset, .targets = 1, .warning = "careful" };
	struct journal        *j;
	struct journal_reader *reader;
	struct error           err;

	(void)state;
	setenv("TMPDIR", folder, 1);
	unlink(path);
	assert_int_equal(journal_create(&options, &j, &err), 0);
	append(j, 0, "a");
	assert_int_equal(journal_finish(j, &err), 0);
	assert_int_equal(journal_reopen(j, &reader, &err), 0);
	journal_free(j);
	expect_names(reader, "a ");
	assert_string_equal(journal_summary(reader)->warnings->child->valuestring, "careful");
	journal_reader_free(reader);
	assert_int_equal(rmdir(folder), 0); /* it was empty */

	assert_int_equal(journal_create(&options, &j, &err), ERR_OUTPUT);
	assert_non_null(strstr(err.text, "TMPDIR"));
	unsetenv("TMPDIR");
	assert_int_equal(mkdir(folder, 0700), 0);
}

/* A full disk: that target is not there, those before it are, and when there is room again the journal goes on. */
static void test_full_disk(void **state)
{
	struct journal        *j = create(false, 3);
	struct journal_target  t = target(1, "b");
	struct journal_reader *reader;
	struct rlimit          limit;
	struct rlimit          before;
	struct stat            st;
	struct error           err;

	(void)state;
	append(j, 0, "a");
	assert_int_equal(stat(path, &st), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)st.st_size + 20; /* a part of the line fits */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(journal_append(j, &t, &err), ERR_OUTPUT);
	assert_non_null(strstr(err.text, path));
	assert_int_equal(journal_append(j, &t, &err), ERR_OUTPUT);
	assert_int_equal(journal_finish(j, &err), ERR_OUTPUT);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	reader = open_reader();
	expect_names(reader, "a ");
	assert_int_equal(journal_summary(reader)->missing, 2);
	journal_reader_free(reader);
	append(j, 2, "c");
	finish(j);
	reader = open_reader();
	expect_names(reader, "a c ");
	journal_reader_free(reader);

	/* Not even the header fits: no file is left that a second try would stumble over. */
	unlink(path);
	limit.rlim_cur = 20;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(journal_create(&(struct journal_options){ .path = path, .ruleset = ruleset }, &j, &err),
	                 ERR_OUTPUT);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(access(path, F_OK), -1);
}

#define THREADS    4
#define PER_THREAD 100

struct worker {
	struct journal *journal;
	size_t          first;
};

static void *work(void *context)
{
	const struct worker *worker = context;

	for (size_t i = 0; i < PER_THREAD; i++) {
		char                  name[32];
		struct journal_target t;

		snprintf(name, sizeof(name), "t%zu", worker->first + i);
		t = target(worker->first + i, name);
		if (journal_append(worker->journal, &t, NULL) < 0)
			return context;
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct journal        *j = create(false, THREADS * PER_THREAD);
	struct worker          workers[THREADS];
	pthread_t              threads[THREADS];
	struct journal_reader *reader;

	(void)state;
	for (size_t i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .journal = j, .first = i * PER_THREAD };
		assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		void *failed;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	finish(j);
	reader = open_reader();
	assert_int_equal(journal_summary(reader)->targets, THREADS * PER_THREAD);
	assert_int_equal(journal_summary(reader)->missing, 0);
	for (size_t i = 0; i < THREADS * PER_THREAD; i++) {
		struct journal_entry entry;
		struct error         err;

		assert_int_equal(journal_entry(reader, i, &entry, &err), 0);
		assert_int_equal(entry.target.index, i);
		journal_entry_free(&entry);
	}
	journal_reader_free(reader);
}

/* Lines longer than the chunks they are read in, and beside a chunk's end. */
static void test_long_lines(void **state)
{
	struct journal        *j = create(false, 200);
	struct journal_reader *reader;

	(void)state;
	for (size_t i = 0; i < 200; i++) {
		size_t                len = 1 + i * 997;
		char                 *text = mem_zalloc(len + 1);
		struct finding        long_items[] = { items[0], items[1] };
		struct findings       found = { .items = long_items, .count = countof(long_items) };
		char                  name[32];
		struct journal_target t;
		struct error          err;

		memset(text, 'x', len);
		long_items[0].actual = text;
		snprintf(name, sizeof(name), "t%zu", i);
		t = target(i, name);
		t.findings = &found;
		assert_int_equal(journal_append(j, &t, &err), 0);
		mem_free(text);
	}
	finish(j);
	reader = open_reader();
	for (size_t i = 0; i < 200; i++) {
		struct journal_entry entry;
		struct error         err;

		assert_int_equal(journal_entry(reader, i, &entry, &err), 0);
		assert_int_equal(strlen(entry.target.findings->items[0].actual), 1 + i * 997);
		journal_entry_free(&entry);
	}
	journal_reader_free(reader);
}

/* Somebody changes the file between the first reading and the second. */
static void test_changed(void **state)
{
	static const char      first[] = HEADER("1") SCANNED("0", "aaaa", "fail", "pass") END;
	static const char      second[] = HEADER("1") SCANNED("0", "bbbb", "fail", "pass") END;
	struct journal_reader *reader;
	struct journal_entry   entry;
	struct error           err;
	FILE                  *out;

	(void)state;
	put(first);
	reader = open_reader();
	out = fopen(path, "r+");
	assert_non_null(out);
	fputs(second, out);
	fclose(out);
	assert_int_equal(journal_entry(reader, 0, &entry, &err), ERR_SYNTAX);
	assert_non_null(strstr(err.text, ":2: changed"));
	assert_int_equal(truncate(path, 10), 0);
	assert_int_equal(journal_entry(reader, 0, &entry, &err), ERR_SYNTAX);
	assert_non_null(strstr(err.text, "shorter"));
	journal_reader_free(reader);
}

/* Put `after` where `before` stands in the file; both are of one length. */
static void edit(const char *before, const char *after)
{
	char *text = get();
	char *at = strstr(text, before);

	assert_non_null(at);
	for (size_t i = 0; after[i]; i++)
		at[i] = after[i];
	put(text);
	mem_free(text);
}

/* The writer's word for the totals is held against each line as it is read. */
static void test_reopened(void **state)
{
	static const struct {
		const char *before;
		const char *after; /* NULL: nobody changed anything */
	} rows[] = {
		{ "", NULL },
		{ "\"status\":\"fail\"", "\"status\":\"pass\"" },
		{ "\"index\":1", "\"index\":2" },
		{ "\"name\":\"b\"", "\"name\":\"c\"" },
		{ "\"duration_ms\":5", "\"duration_ms\":4" },
		{ "\"status\":\"fail\"", "\"status\":\"fine\"" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct journal        *j = create(false, 2);
		struct journal_reader *reader;
		struct journal_entry   entry;
		struct error           err = { 0 };
		int                    r = 0;

		append(j, 1, "b");
		append(j, 0, "a");
		assert_int_equal(journal_finish(j, &err), 0);
		if (rows[i].after)
			edit(rows[i].before, rows[i].after);
		assert_int_equal(journal_reopen(j, &reader, &err), 0);
		journal_free(j);
		assert_int_equal(journal_summary(reader)->targets, 2);
		assert_int_equal(journal_summary(reader)->missing, 0);
		assert_int_equal(journal_summary(reader)->verdicts[VERDICT_FAIL], 2);
		assert_string_not_equal(journal_summary(reader)->finished, "");
		for (size_t place = 0; place < 2 && r == 0; place++) {
			r = journal_entry(reader, place, &entry, &err);
			if (r == 0)
				journal_entry_free(&entry);
		}
		if (rows[i].after && (r != ERR_SYNTAX || !strstr(err.text, "journal:2: ")))
			fail_msg("row %zu: %d %s", i, r, err.text);
		if (!rows[i].after)
			assert_int_equal(r, 0);
		journal_reader_free(reader);
	}
}

/* Lines of runs before this one are read as ever. */
static void test_reopened_after_resume(void **state)
{
	struct journal        *j = create(false, 3);
	struct journal_reader *reader;
	struct error           err = { 0 };

	(void)state;
	append(j, 0, "a");
	append(j, 1, "b");
	journal_free(j);
	j = create(true, 2);
	append(j, 2, "c");
	append(j, 1, "b");
	assert_int_equal(journal_finish(j, &err), 0);
	assert_int_equal(journal_reopen(j, &reader, &err), 0);
	expect_names(reader, "a b c ");
	assert_int_equal(journal_summary(reader)->missing, 0);
	assert_int_equal(journal_summary(reader)->verdicts[VERDICT_FAIL], 3);
	journal_reader_free(reader);
	assert_int_equal(journal_reopen(j, &reader, &err), 0); /* what is known was given away: everything is read */
	expect_names(reader, "a b c ");
	journal_reader_free(reader);
	edit("{\"index\":0", "{\"indes\":0");
	assert_int_equal(journal_reopen(j, &reader, &err), ERR_SYNTAX);
	journal_free(j);
}

/* What cannot be read twice is read once and kept. */
static void test_pipe(void **state)
{
	static const char      text[] = HEADER("1") SCANNED("0", "a", "fail", "pass") END;
	char                   name[32];
	const char            *paths[] = { name };
	struct journal_reader *reader;
	struct error           err;
	int                    ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
	close(ends[1]);
	snprintf(name, sizeof(name), "/dev/fd/%d", ends[0]);
	assert_int_equal(journal_open(paths, 1, &reader, &err), 0);
	close(ends[0]);
	expect_names(reader, "a ");
	journal_reader_free(reader);
	paths[0] = folder;
	assert_int_equal(journal_open(paths, 1, &reader, &err), ERR_SYNTAX);
	paths[0] = "/nowhere/journal";
	assert_int_equal(journal_open(paths, 1, &reader, &err), ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_alike),
		cmocka_unit_test(test_refused_targets),
		cmocka_unit_test(test_cleaned),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_resume),
		cmocka_unit_test(test_resume_refused),
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_exists),
		cmocka_unit_test(test_locked),
		cmocka_unit_test(test_unnamed),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_reopened),
		cmocka_unit_test(test_reopened_after_resume),
		cmocka_unit_test(test_pipe),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

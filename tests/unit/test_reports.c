/*
 * test_reports.c: every format against golden files in tests/golden/reports, and the exit status.
 *
 *   test_reports --update    writes the golden files anew: read the difference before it is committed
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "file.h"
#include "mem.h"
#include "report.h"

#define FOLDER TESTS_DIR "/golden/reports/"

static const struct golden {
	const char           *file;
	const char           *format;
	struct report_options options;
} goldens[] = {
	{ "report.json", "json", { .fail_on = SEVERITY_INFO } },
	{ "report.xml", "junit", { .fail_on = SEVERITY_INFO } },
	{ "report.txt", "table", { .fail_on = SEVERITY_HIGH } },
	{ "report-verbose.txt", "table", { .fail_on = SEVERITY_CRITICAL, .verbose = true } },
	{ "report-colour.txt", "table", { .fail_on = SEVERITY_INFO, .colour = true } },
};

/* What a format makes of journals; mem_free() is not for it, free() is. */
static char *render(const char *const *paths, size_t npaths, const struct golden *golden)
{
	struct journal_reader *reader;
	struct error           err;
	char                  *text = NULL;
	size_t                 size = 0;
	FILE                  *out = open_memstream(&text, &size);
	int                    r = journal_open(paths, npaths, &reader, &err);

	assert_non_null(out);
	if (r < 0)
		fail_msg("%s", err.text);
	r = report_write(report_find(golden->format), reader, &golden->options, out, &err);
	if (r < 0)
		fail_msg("%s", err.text);
	journal_reader_free(reader);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void check_golden(const struct golden *golden, const char *const *paths, size_t npaths)
{
	char         name[PATH_MAX];
	struct error err;
	struct buf   expected;
	char        *text = render(paths, npaths, golden);

	snprintf(name, sizeof(name), FOLDER "%s", golden->file);
	if (file_read(name, 1u << 24, FILE_ANY, &expected, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(text, buf_text(&expected));
	buf_free(&expected);
	free(text);
}

static void test_golden(void **state)
{
	const char *path = FOLDER "journal.ndjson";

	(void)state;
	for (size_t i = 0; i < countof(goldens); i++)
		check_golden(&goldens[i], &path, 1);
}

/* The lines of the golden journal, by run, without the torn last one. */
#define LINES 32
struct lines {
	struct buf   text;
	struct slice runs[2][LINES];
	size_t       counts[2];
};

static void read_lines(struct lines *lines)
{
	struct slice rest;
	struct slice line;
	struct error err;
	size_t       run = 0;
	bool         ended;

	*lines = (struct lines){ 0 };
	assert_int_equal(file_read(FOLDER "journal.ndjson", 1u << 24, FILE_ANY, &lines->text, &err), 0);
	rest = buf_slice(&lines->text);
	while (slice_next_line(&rest, &line, &ended) && ended) {
		if (slice_has_prefix(line, "{\"journal\"") && lines->counts[0] > 0)
			run++;
		assert_true(run < 2 && lines->counts[run] < LINES);
		lines->runs[run][lines->counts[run]++] = line;
	}
}

/* Same numbers on every machine. */
static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * UINT32_C(1664525) + UINT32_C(1013904223);
	return *seed >> 8;
}

/* Put the targets of a run in another order; header and end stay where they are. */
static void shuffle(struct slice *lines, size_t count, uint32_t *seed)
{
	size_t last = slice_has_prefix(lines[count - 1], "{\"finished\"") ? count - 2 : count - 1;

	for (size_t i = last; i > 1; i--) {
		size_t       j = 1 + next_random(seed) % i;
		struct slice line = lines[i];

		lines[i] = lines[j];
		lines[j] = line;
	}
}

static void write_run(FILE *out, const struct slice *lines, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%.*s\n", (int)lines[i].len, lines[i].ptr);
}

/* Runs in either order, in one journal or two, targets in any order: the same bytes in every format. */
static void test_order(void **state)
{
	char         first_name[] = "/tmp/sshvet-test-XXXXXX";
	char         second_name[] = "/tmp/sshvet-test-XXXXXX";
	const char  *paths[] = { first_name, second_name };
	uint32_t     seed = 1;
	struct lines lines;

	(void)state;
	read_lines(&lines);
	close(mkstemp(first_name));
	close(mkstemp(second_name));
	for (unsigned round = 0; round < 40; round++) {
		size_t swap = round & 1;
		bool   apart = (round & 2) != 0;
		FILE  *out = fopen(first_name, "w");

		assert_non_null(out);
		shuffle(lines.runs[0], lines.counts[0], &seed);
		shuffle(lines.runs[1], lines.counts[1], &seed);
		write_run(out, lines.runs[swap], lines.counts[swap]);
		if (apart) {
			fclose(out);
			out = fopen(second_name, "w");
			assert_non_null(out);
		}
		write_run(out, lines.runs[!swap], lines.counts[!swap]);
		fclose(out);
		for (size_t i = 0; i < countof(goldens); i++)
			check_golden(&goldens[i], paths, apart ? 2 : 1);
	}
	unlink(first_name);
	unlink(second_name);
	buf_free(&lines.text);
}

#define COPIES 4

/* What failed first, else what came first. */
static const cJSON *worst(const cJSON *findings)
{
	const cJSON *finding;

	cJSON_ArrayForEach(finding, findings)
		if (strcmp(cJSON_GetObjectItem(finding, "status")->valuestring, "fail") == 0)
			return finding;
	return findings->child;
}

static void reverse(cJSON *array)
{
	for (int i = 1; i < cJSON_GetArraySize(array); i++)
		assert_true(cJSON_InsertItemInArray(array, 0, cJSON_DetachItemFromArray(array, i)));
}

/*
 * A target's line as that of another target. Half of them have a finding twice, behind those of other rules, and half have them in reverse
 * order. With blanks in them, other ones in each copy, findings say the same in other bytes: then none is one of an earlier target.
 */
static void write_copy(FILE *out, struct slice line, int copy, bool blanks)
{
	cJSON *target = cJSON_ParseWithLength(line.ptr, line.len);
	cJSON *findings = cJSON_GetObjectItem(target, "findings");
	char   name[100];
	char  *text;
	char  *rest;

	snprintf(name, sizeof(name), "%s <%d>", cJSON_GetObjectItem(target, "name")->valuestring, copy);
	assert_non_null(cJSON_SetValuestring(cJSON_GetObjectItem(target, "name"), name));
	if (copy >= COPIES / 2)
		assert_true(cJSON_AddItemToArray(findings, cJSON_Duplicate(worst(findings), true)));
	if (copy % 2 == 1)
		reverse(findings);
	text = cJSON_PrintUnformatted(target);
	assert_non_null(text);
	rest = text;
	for (char *at; (at = strstr(rest, "\"rule\":")) != NULL; rest = at + 1)
		fprintf(out, "%.*s%*s\"", (int)(at - rest), rest, blanks ? copy + 1 : 0, "");
	fprintf(out, "%s\n", rest);
	cJSON_free(text);
	cJSON_Delete(target);
}

static bool is_scanned(struct slice line)
{
	return slice_matches(line, slice_of("*\"findings\":*"));
}

static void write_copies(const struct lines *lines, const char *path, bool blanks)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	for (size_t run = 0; run < 2; run++) {
		for (size_t i = 0; i < lines->counts[run]; i++) {
			struct slice line = lines->runs[run][i];

			write_run(out, &line, 1);
			for (int copy = 0; copy < COPIES && is_scanned(line); copy++)
				write_copy(out, line, copy, blanks);
		}
	}
	assert_int_equal(fclose(out), 0);
}

/* Findings that are those of earlier targets are reported as if they were not. */
static void test_repeated(void **state)
{
	char         name[] = "/tmp/sshvet-test-XXXXXX";
	const char  *path = name;
	struct lines lines;

	(void)state;
	read_lines(&lines);
	close(mkstemp(name));
	for (size_t i = 0; i < countof(goldens); i++) {
		char *kept;
		char *anew;

		write_copies(&lines, path, false);
		kept = render(&path, 1, &goldens[i]);
		write_copies(&lines, path, true);
		anew = render(&path, 1, &goldens[i]);
		assert_string_equal(kept, anew);
		if (strcmp(goldens[i].format, "junit") == 0)
			assert_non_null(strstr(kept, "[IPv6] (2)\" classname=\"bastion.example.org &lt;3&gt;.firewall\""));
		free(kept);
		free(anew);
	}
	unlink(name);
	buf_free(&lines.text);
}

static void test_registry(void **state)
{
	(void)state;
	for (size_t i = 0; reports[i]; i++) {
		assert_true(reports[i]->name[0] != '\0');
		assert_true(reports[i]->summary[0] != '\0');
		assert_true(strchr(reports[i]->name, '=') == NULL);
		assert_non_null(reports[i]->begin);
		assert_non_null(reports[i]->target);
		assert_non_null(reports[i]->end);
		assert_ptr_equal(report_find(reports[i]->name), reports[i]);
	}
	assert_non_null(report_find("table"));
	assert_null(report_find("xml"));
	assert_null(report_find(""));
}

static const struct {
	struct journal_summary summary;
	enum severity          fail_on;
	int                    status;
	const char            *gate;
} statuses[] = {
	{ { .scanned = 1 }, SEVERITY_INFO, 0, "passed" },
	{ { .scanned = 1, .verdicts = { [VERDICT_PASS] = 9, [VERDICT_NOT_APPLICABLE] = 9, [VERDICT_WAIVED] = 9 } },
	  SEVERITY_INFO,
	  0,
	  "passed" },
	{ { .scanned = 0 }, SEVERITY_INFO, 3, "incomplete" },
	{ { .scanned = 1, .unscanned = 1 }, SEVERITY_INFO, 3, "incomplete" },
	{ { .scanned = 1, .missing = 1 }, SEVERITY_INFO, 3, "incomplete" },
	{ { .scanned = 1, .verdicts = { [VERDICT_ERROR] = 1 } }, SEVERITY_INFO, 3, "incomplete" },
	{ { .scanned = 1, .failures = { [SEVERITY_INFO] = 1 } }, SEVERITY_INFO, 1, "failed" },
	{ { .scanned = 1, .failures = { [SEVERITY_INFO] = 1 } }, SEVERITY_UNKNOWN, 1, "failed" },
	{ { .scanned = 1, .failures = { [SEVERITY_INFO] = 1 } }, SEVERITY_LOW, 0, "passed" },
	{ { .scanned = 1, .failures = { [SEVERITY_HIGH] = 1 } }, SEVERITY_HIGH, 1, "failed" },
	{ { .scanned = 1, .failures = { [SEVERITY_HIGH] = 1 } }, SEVERITY_CRITICAL, 0, "passed" },
	{ { .scanned = 1, .failures = { [SEVERITY_CRITICAL] = 1 } }, SEVERITY_CRITICAL, 1, "failed" },
	{ { .scanned = 1, .unscanned = 1, .failures = { [SEVERITY_HIGH] = 1 } }, SEVERITY_HIGH, 1, "failed" },
	{ { .scanned = 1, .unscanned = 1, .failures = { [SEVERITY_HIGH] = 1 } }, SEVERITY_CRITICAL, 3, "incomplete" },
};

static void test_exit_status(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(statuses); i++) {
		assert_int_equal(report_exit_status(&statuses[i].summary, statuses[i].fail_on), statuses[i].status);
		assert_string_equal(report_gate(&statuses[i].summary, statuses[i].fail_on), statuses[i].gate);
	}
}

/* A stream that takes nothing: no format may say that all went well. */
static void test_full_disk(void **state)
{
	const char *path = FOLDER "journal.ndjson";

	(void)state;
	for (size_t i = 0; i < countof(goldens); i++) {
		struct journal_reader *reader;
		struct error           err;
		FILE                  *out = fopen("/dev/full", "w");

		assert_non_null(out);
		setvbuf(out, NULL, _IONBF, 0);
		assert_int_equal(journal_open(&path, 1, &reader, &err), 0);
		assert_int_equal(report_write(report_find(goldens[i].format), reader, &goldens[i].options, out, &err),
		                 ERR_OUTPUT);
		assert_non_null(strstr(err.text, "No space left"));
		journal_reader_free(reader);
		fclose(out);
	}
}

/* All in one pass, with one that fails in the middle: the others are as if they had been alone. */
static void test_together(void **state)
{
	const char            *path = FOLDER "journal.ndjson";
	struct rendering       renderings[countof(goldens) + 1] = { 0 };
	char                  *texts[countof(goldens)] = { NULL };
	size_t                 sizes[countof(goldens)];
	struct rendering      *full = &renderings[countof(goldens)];
	struct journal_reader *reader;
	struct error           err;

	(void)state;
	for (size_t i = 0; i < countof(goldens); i++)
		renderings[i] = (struct rendering){ .report = report_find(goldens[i].format),
			                            .options = goldens[i].options,
			                            .out = open_memstream(&texts[i], &sizes[i]) };
	*full = (struct rendering){ .report = report_find("junit"), .out = fopen("/dev/full", "w") };
	assert_non_null(full->out);
	setvbuf(full->out, NULL, _IONBF, 0);
	assert_int_equal(journal_open(&path, 1, &reader, &err), 0);
	report_render(reader, renderings, countof(renderings));
	journal_reader_free(reader);
	assert_int_equal(full->failure.code, ERR_OUTPUT);
	fclose(full->out);
	for (size_t i = 0; i < countof(goldens); i++) {
		char *alone = render(&path, 1, &goldens[i]);

		assert_int_equal(renderings[i].failure.code, 0);
		assert_int_equal(fclose(renderings[i].out), 0);
		assert_string_equal(texts[i], alone);
		free(texts[i]);
		free(alone);
	}
}

static int update(void)
{
	const char *path = FOLDER "journal.ndjson";

	for (size_t i = 0; i < countof(goldens); i++) {
		char  name[PATH_MAX];
		char *text = render(&path, 1, &goldens[i]);
		FILE *out;

		snprintf(name, sizeof(name), FOLDER "%s", goldens[i].file);
		out = fopen(name, "w");
		if (!out || fputs(text, out) < 0 || fclose(out) != 0) {
			perror(name);
			return 1;
		}
		free(text);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registry),
		cmocka_unit_test(test_exit_status),
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_together),
	};

	if (argc == 2 && strcmp(argv[1], "--update") == 0)
		return update();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

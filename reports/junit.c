/*
 * junit.c: JUnit XML, as CI systems read it: a suite per target, a case per finding. Its times are UTC without a zone,
 * as Ant writes them; what a scan did not reach is a suite of its own with an error, so that a build server does not
 * take it for a success.
 */
#include <libxml/xmlwriter.h>

#include "report.h"

#include "kept.h"
#include "mem.h"

/* The writer, and whether all went well so far. */
struct xml {
	xmlTextWriter *writer;
	bool           failed;
	struct buf     text; /* what it wrote and the stream has not got yet; all of it after settle() */
	struct buf     name; /* of the target at hand, with its escapes */
	struct kept    kept; /* pieces of cases: see write_case() */
};

static const xmlChar *chars(const char *text)
{
	return (const xmlChar *)text;
}

static void begin(struct xml *xml, const char *element)
{
	xml->failed |= xmlTextWriterStartElement(xml->writer, chars(element)) < 0;
}

static void end(struct xml *xml)
{
	xml->failed |= xmlTextWriterEndElement(xml->writer) < 0;
}

static void attribute(struct xml *xml, const char *name, const char *value)
{
	xml->failed |= xmlTextWriterWriteAttribute(xml->writer, chars(name), chars(value)) < 0;
}

/* The same in parts: text() goes into it. */
static void begin_attribute(struct xml *xml, const char *name)
{
	xml->failed |= xmlTextWriterStartAttribute(xml->writer, chars(name)) < 0;
}

static void end_attribute(struct xml *xml)
{
	xml->failed |= xmlTextWriterEndAttribute(xml->writer) < 0;
}

static void attribute_number(struct xml *xml, const char *name, size_t value)
{
	xml->failed |= xmlTextWriterWriteFormatAttribute(xml->writer, chars(name), "%zu", value) < 0;
}

static void attribute_seconds(struct xml *xml, const char *name, uint64_t ms)
{
	xml->failed |= xmlTextWriterWriteFormatAttribute(xml->writer, chars(name), "%" PRIu64 ".%03u", ms / 1000,
	                                                 (unsigned)(ms % 1000)) < 0;
}

static void text(struct xml *xml, const char *value)
{
	xml->failed |= xmlTextWriterWriteString(xml->writer, chars(value)) < 0;
}

/* All that was written so far is in xml->text then, whose length is returned. */
static size_t settle(struct xml *xml)
{
	xml->failed |= xmlTextWriterFlush(xml->writer) < 0;
	return xml->text.len;
}

/* Text that has its escapes, behind what is settled. */
static void put(struct xml *xml, const char *bytes)
{
	xml->failed |= buf_append_text(&xml->text, bytes, NULL) < 0;
}

/* A line of a body: nothing when there is no value. */
static void text_line(struct xml *xml, const char *label, const char *value)
{
	if (!value || value[0] == '\0')
		return;
	text(xml, label);
	text(xml, value);
	text(xml, "\n");
}

static void property(struct xml *xml, const char *name, const char *value)
{
	if (!value || value[0] == '\0')
		return;
	begin(xml, "property");
	attribute(xml, "name", name);
	attribute(xml, "value", value);
	end(xml);
}

static void begin_case(struct xml *xml, const char *name, const char *class)
{
	begin(xml, "testcase");
	attribute(xml, "name", name);
	attribute(xml, "classname", class);
	attribute(xml, "time", "0");
}

/* The reason that the message of an error begins with ("privilege: …"), else "error". */
static const char *reason(const char *message, char *dst, size_t size)
{
	size_t len = message ? strspn(message, "abcdefghijklmnopqrstuvwxyz_") : 0;

	if (len > 0 && message[len] == ':' && len < size) {
		memcpy(dst, message, len);
		dst[len] = '\0';
		return dst;
	}
	return "error";
}

/* What is said about a finding in one line; never empty, because some readers show nothing else. */
static const char *headline(const struct finding *f, const struct journal_rule *rule)
{
	return f->message && f->message[0] ? f->message : rule->title;
}

static void write_body(struct xml *xml, const struct finding *f, const struct journal_rule *rule)
{
	text_line(xml, "", rule->title);
	text_line(xml, "message:  ", f->message);
	text_line(xml, "expected: ", f->expected);
	text_line(xml, "found:    ", f->actual);
	text_line(xml, "where:    ", f->where);
	if (f->verdict == VERDICT_FAIL)
		text_line(xml, "to fix:   ", report_remedy(f, rule));
}

static void write_fail(struct xml *xml, const struct finding *f, const struct journal_rule *rule)
{
	begin(xml, "failure");
	attribute(xml, "message", headline(f, rule));
	attribute(xml, "type", severity_name(rule->severity));
	write_body(xml, f, rule);
	end(xml);
}

static void write_error(struct xml *xml, const struct finding *f, const struct journal_rule *rule)
{
	char type[32];

	begin(xml, "error");
	attribute(xml, "message", headline(f, rule));
	attribute(xml, "type", reason(f->message, type, sizeof(type)));
	write_body(xml, f, rule);
	end(xml);
}

static void write_skipped(struct xml *xml, const struct finding *f, const struct journal_rule *rule)
{
	begin(xml, "skipped");
	attribute(xml, "message", headline(f, rule));
	attribute(xml, "type", verdict_name(f->verdict));
	end(xml);
}

static void write_pass(struct xml *xml, const struct finding *f, const struct journal_rule *rule)
{
	(void)xml;
	(void)f;
	(void)rule;
}

static void (*const outcomes[])(struct xml *xml, const struct finding *f, const struct journal_rule *rule) = {
	[VERDICT_UNKNOWN] = write_error,
	[VERDICT_PASS] = write_pass,
	[VERDICT_FAIL] = write_fail,
	[VERDICT_ERROR] = write_error,
	[VERDICT_NOT_APPLICABLE] = write_skipped,
	[VERDICT_WAIVED] = write_skipped,
};
static_assert(countof(outcomes) == VERDICT_COUNT, "every verdict has its outcome");

static int by_name(const void *a, const void *b)
{
	const struct finding *left = *(const struct finding *const *)a;
	const struct finding *right = *(const struct finding *const *)b;
	int                   order = strcmp(left->rule, right->rule);

	if (order == 0)
		order = strcmp(left->subject ? left->subject : "", right->subject ? right->subject : "");
	return order ? order : (left > right) - (left < right);
}

static bool same_name(const struct finding *a, const struct finding *b)
{
	return strcmp(a->rule, b->rule) == 0 &&
	       strcmp(a->subject ? a->subject : "", b->subject ? b->subject : "") == 0;
}

/* For unique names: how many findings before each have its rule and subject, among `count` from `items` on. `sorted` is for their order. */
static void count_same(const struct finding *items, size_t count, const struct finding **sorted, size_t *ret_same)
{
	if (count < 2)
		return;
	for (size_t i = 0; i < count; i++)
		sorted[i] = &items[i];
	qsort(sorted, count, sizeof(*sorted), by_name);
	for (size_t i = 1; i < count; i++)
		if (same_name(sorted[i - 1], sorted[i]))
			ret_same[sorted[i] - items] = ret_same[sorted[i - 1] - items] + 1;
}

/* Where the findings of one rule end; all of them are taken for one where rules come in turns, as only an edited journal has them. */
static size_t group_end(const struct journal_entry *entry, size_t begin, bool ordered)
{
	size_t end = begin + 1;

	while (end < entry->findings.count && (!ordered || entry->rules[end] == entry->rules[begin]))
		end++;
	return end;
}

/* The same for a target. The caller frees it; NULL when out of memory. */
static size_t *count_names(const struct journal_entry *entry)
{
	size_t                 count = entry->findings.count;
	size_t                *same = mem_zalloc(count * sizeof(*same));
	const struct finding **sorted = mem_resize(NULL, count, sizeof(const struct finding *));
	bool                   ordered = true;

	for (size_t i = 1; i < count; i++)
		ordered &= entry->rules[i - 1] <= entry->rules[i];
	for (size_t begin = 0, end; same && sorted && begin < count; begin = end) {
		end = group_end(entry, begin, ordered);
		count_same(&entry->findings.items[begin], end - begin, sorted, &same[begin]);
	}
	if (!sorted) {
		mem_free(same);
		same = NULL;
	}
	mem_free(sorted);
	return same;
}

/*
 * A case is in pieces that are its finding's own: before the number that makes its name unique, before the name of its target, and after. When it
 * comes again they are put past the writer, which stands between two elements then and will not miss them: every escape is still its work.
 */
#define PIECES 3u

/* What was written from `begin` on is a piece; where the next one begins when what is the target's has been written behind it. */
static void keep_piece(struct xml *xml, uint32_t number, size_t piece, size_t begin)
{
	size_t end;

	if (number == JOURNAL_NOT_KEPT)
		return;
	end = settle(xml);
	if (!xml->failed)
		kept_add(&xml->kept, number * PIECES + piece, slice_sub(buf_slice(&xml->text), begin, end - begin));
}

static size_t begin_piece(struct xml *xml, uint32_t number)
{
	return number == JOURNAL_NOT_KEPT ? 0 : settle(xml);
}

/* Named "rule", "rule [subject]", "rule [subject] (2)". */
static void write_case(struct xml *xml, const struct journal_entry *entry, size_t i, const char *again)
{
	const struct finding      *f = &entry->findings.items[i];
	const struct journal_rule *rule = entry->rules[i];
	uint32_t                   number = entry->kept[i];
	size_t                     piece = begin_piece(xml, number);

	begin(xml, "testcase");
	begin_attribute(xml, "name");
	text(xml, f->rule);
	if (f->subject && f->subject[0]) {
		text(xml, " [");
		text(xml, f->subject);
		text(xml, "]");
	}
	keep_piece(xml, number, 0, piece);
	text(xml, again);
	piece = begin_piece(xml, number);
	end_attribute(xml);
	begin_attribute(xml, "classname");
	keep_piece(xml, number, 1, piece);
	text(xml, entry->target.name);
	piece = begin_piece(xml, number);
	text(xml, ".");
	text(xml, rule->module);
	end_attribute(xml);
	attribute(xml, "time", "0");
	outcomes[f->verdict](xml, f, rule);
	end(xml);
	keep_piece(xml, number, 2, piece);
	(void)settle(xml);
}

/* The same from its pieces. False when they are not kept. */
static bool repeat_case(struct xml *xml, uint32_t number, const char *again)
{
	const char *pieces[PIECES];

	for (size_t i = 0; i < PIECES; i++) {
		pieces[i] = kept_find(&xml->kept, number * PIECES + i);
		if (!pieces[i])
			return false;
	}
	put(xml, pieces[0]);
	put(xml, again);
	put(xml, pieces[1]);
	put(xml, buf_text(&xml->name));
	put(xml, pieces[2]);
	return true;
}

static int write_cases(struct xml *xml, const struct journal_entry *entry, struct error *err)
{
	size_t *same = count_names(entry);

	if (!same)
		return error_nomem(err);
	(void)settle(xml);
	for (size_t i = 0; i < entry->findings.count; i++) {
		char again[32] = "";

		if (same[i] > 0)
			snprintf(again, sizeof(again), " (%zu)", same[i] + 1);
		if (!repeat_case(xml, entry->kept[i], again))
			write_case(xml, entry, i, again);
	}
	mem_free(same);
	return 0;
}

/* A case that says why there are no others. */
static void write_failed_scan(struct xml *xml, const char *class, const char *type, const char *message)
{
	begin_case(xml, "scan", class);
	begin(xml, "error");
	attribute(xml, "message", message);
	attribute(xml, "type", type);
	text(xml, message);
	end(xml);
	end(xml);
}

static int write_unscanned(struct xml *xml, const struct journal_target *t, struct error *err)
{
	struct buf class;
	int r;

	buf_init(&class, SIZE_MAX - 1);
	r = buf_printf(&class, err, "%s.scan", t->name);
	if (r == 0)
		write_failed_scan(xml, class.ptr, error_code_name(t->error),
		                  t->message[0] ? t->message : error_summary(t->error));
	buf_free(&class);
	return r;
}

/* Numbers of a suite or of all. */
struct counts {
	size_t tests;
	size_t failures;
	size_t errors;
	size_t skipped;
};

static void write_counts(struct xml *xml, const struct counts *counts, uint64_t duration_ms)
{
	attribute_number(xml, "tests", counts->tests);
	attribute_number(xml, "failures", counts->failures);
	attribute_number(xml, "errors", counts->errors);
	attribute_number(xml, "skipped", counts->skipped);
	attribute_seconds(xml, "time", duration_ms);
}

static struct counts count(const size_t *verdicts, size_t failed_scans)
{
	struct counts counts = {
		.tests = failed_scans,
		.failures = verdicts[VERDICT_FAIL],
		.errors = verdicts[VERDICT_ERROR] + failed_scans,
		.skipped = verdicts[VERDICT_NOT_APPLICABLE] + verdicts[VERDICT_WAIVED],
	};

	for (size_t verdict = 0; verdict < VERDICT_COUNT; verdict++)
		counts.tests += verdicts[verdict];
	return counts;
}

/* It goes into the cases, too. */
static void write_suite_name(struct xml *xml, const char *name)
{
	size_t from;
	size_t to;

	begin_attribute(xml, "name");
	from = settle(xml);
	text(xml, name);
	to = settle(xml);
	end_attribute(xml);
	buf_clear(&xml->name);
	xml->failed |= buf_append_slice(&xml->name, slice_sub(buf_slice(&xml->text), from, to - from), NULL) < 0;
}

static void begin_suite(struct xml *xml, const char *name, const char *host, const struct counts *counts,
                        uint64_t duration_ms, const struct journal_summary *s)
{
	char started[] = "2026-01-01T00:00:00";

	memcpy(started, s->started, sizeof(started) - 1);
	begin(xml, "testsuite");
	write_suite_name(xml, name);
	write_counts(xml, counts, duration_ms);
	attribute(xml, "timestamp", started);
	attribute(xml, "hostname", host);
}

/* Warnings stand in every suite, since a build server shows one suite at a time. */
static void end_suite(struct xml *xml, const cJSON *warnings)
{
	const cJSON *warning;

	if (warnings) {
		begin(xml, "system-err");
		cJSON_ArrayForEach(warning, warnings)
			text_line(xml, "warning: ", warning->valuestring);
		end(xml);
	}
	end(xml);
}

static void write_properties(struct xml *xml, const struct journal_target *t, const struct journal_summary *s)
{
	begin(xml, "properties");
	property(xml, "sshvet.version", s->tool);
	property(xml, "sshvet.profile", s->profile);
	property(xml, "address", t->address);
	property(xml, "user", t->user);
	property(xml, "host_key", t->host_key);
	property(xml, "os", t->os);
	property(xml, "openssh", t->openssh);
	if (t->error == 0)
		property(xml, "privileged", t->privileged ? "true" : "false");
	end(xml);
}

static int write_suite(struct xml *xml, const struct journal_entry *entry, const struct journal_summary *s,
                       struct error *err)
{
	const struct journal_target *t = &entry->target;
	size_t                       verdicts[VERDICT_COUNT] = { 0 };
	struct counts                counts;
	int                          r;

	for (size_t i = 0; i < entry->findings.count; i++)
		verdicts[entry->findings.items[i].verdict]++;
	counts = count(verdicts, t->error != 0);
	begin_suite(xml, t->name, t->address[0] ? t->address : t->name, &counts, t->duration_ms, s);
	write_properties(xml, t, s);
	r = t->error == 0 ? write_cases(xml, entry, err) : write_unscanned(xml, t, err);
	end_suite(xml, s->warnings);
	return r;
}

/*
 * Targets that were announced and never finished have no names here, and a scan of nothing has no targets; neither
 * must look like a success.
 */
static bool is_incomplete(const struct journal_summary *s)
{
	return s->missing > 0 || s->targets == 0;
}

static void write_missing(struct xml *xml, const struct journal_summary *s)
{
	struct counts counts = count((size_t[VERDICT_COUNT]){ 0 }, 1);
	char          message[100] = "there are no targets";

	if (s->missing > 0)
		snprintf(message, sizeof(message), "the scan was interrupted: %zu of %zu targets have no result",
		         s->missing, s->missing + s->targets);
	begin_suite(xml, "sshvet", "localhost", &counts, 0, s);
	write_failed_scan(xml, "sshvet.scan", "missing", message);
	end_suite(xml, s->warnings);
}

static int take_bytes(void *context, const char *bytes, int len)
{
	struct xml *xml = context;

	xml->failed |= buf_append(&xml->text, bytes, (size_t)len, NULL) < 0;
	return len;
}

/* A writer into xml->text; NULL when out of memory. */
static xmlTextWriter *writer_new(struct xml *xml)
{
	xmlOutputBuffer *buffer = xmlOutputBufferCreateIO(take_bytes, NULL, xml, NULL);
	xmlTextWriter   *writer = buffer ? xmlNewTextWriter(buffer) : NULL;

	if (buffer && !writer)
		xmlOutputBufferClose(buffer);
	return writer;
}

/* Hand what is settled over to the stream. */
static void deliver(struct xml *xml, FILE *out)
{
	fwrite(buf_text(&xml->text), 1, xml->text.len, out);
	buf_clear(&xml->text);
}

static void release(struct xml *xml)
{
	buf_free(&xml->text);
	buf_free(&xml->name);
	kept_free(&xml->kept);
	mem_free(xml);
}

static void begin_suites(struct xml *xml, const struct journal_summary *s)
{
	struct counts counts = count(s->verdicts, s->unscanned + is_incomplete(s));

	xml->failed |= xmlTextWriterSetIndent(xml->writer, 1) < 0;
	xml->failed |= xmlTextWriterSetIndentString(xml->writer, chars(" ")) < 0;
	xml->failed |= xmlTextWriterStartDocument(xml->writer, "1.0", "UTF-8", NULL) < 0;
	begin(xml, "testsuites");
	attribute(xml, "name", "sshvet");
	write_counts(xml, &counts, s->duration_ms);
}

static int begin_report(struct rendering *r, struct error *err)
{
	struct xml *xml = mem_zalloc(sizeof(*xml));

	if (!xml)
		return error_nomem(err);
	buf_init(&xml->text, SIZE_MAX - 1);
	buf_init(&xml->name, SIZE_MAX - 1);
	xml->writer = writer_new(xml);
	if (!xml->writer) {
		release(xml);
		return error_nomem(err);
	}
	r->state = xml;
	begin_suites(xml, r->summary);
	return 0;
}

static int write_target(struct rendering *r, size_t place, const struct journal_entry *entry, struct error *err)
{
	struct xml *xml = r->state;
	int         rc = write_suite(xml, entry, r->summary, err);

	(void)place;
	deliver(xml, r->out);
	return rc;
}

static int end_report(struct rendering *r, struct error *err)
{
	struct xml *xml = r->state;
	bool        failed;

	if (is_incomplete(r->summary))
		write_missing(xml, r->summary);
	end(xml);
	failed = xmlTextWriterEndDocument(xml->writer) < 0;
	xmlFreeTextWriter(xml->writer);
	failed |= xml->failed;
	deliver(xml, r->out);
	release(xml);
	return failed ? error_nomem(err) : 0;
}

const struct report report_junit = {
	.name = "junit",
	.summary = "JUnit XML for CI systems: a suite per target, a case per finding",
	.begin = begin_report,
	.target = write_target,
	.end = end_report,
};

/*
 * junit.c: JUnit XML, as CI systems read it: a suite per target, a case per finding. Its times are UTC without a zone,
 * as Ant writes them; what a scan did not reach is a suite of its own with an error, so that a build server does not
 * take it for a success.
 */
#include <libxml/xmlwriter.h>

#include "report.h"

#include "mem.h"

/* The writer, and whether all went well so far. */
struct xml {
	xmlTextWriter *writer;
	bool           failed;
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

/* For unique names: a finding, and how many before it have its rule and subject. */
struct name {
	const struct finding *finding;
	size_t                same;
};

static int by_name(const void *a, const void *b)
{
	const struct finding *left = ((const struct name *)a)->finding;
	const struct finding *right = ((const struct name *)b)->finding;
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

static int by_place(const void *a, const void *b)
{
	const struct finding *left = ((const struct name *)a)->finding;
	const struct finding *right = ((const struct name *)b)->finding;

	return (left > right) - (left < right);
}

/* How often each name came before, in the order of findings. The caller frees it; NULL when out of memory. */
static struct name *count_names(const struct findings *findings)
{
	struct name *names = mem_resize(NULL, findings->count, sizeof(*names));

	if (!names)
		return NULL;
	for (size_t i = 0; i < findings->count; i++)
		names[i] = (struct name){ .finding = &findings->items[i] };
	qsort(names, findings->count, sizeof(*names), by_name);
	for (size_t i = 1; i < findings->count; i++)
		if (same_name(names[i - 1].finding, names[i].finding))
			names[i].same = names[i - 1].same + 1;
	qsort(names, findings->count, sizeof(*names), by_place);
	return names;
}

/* "rule", "rule [subject]", "rule [subject] (2)". */
static int compose_name(struct buf *out, const struct name *name, struct error *err)
{
	const struct finding *f = name->finding;
	int                   r = buf_append_text(out, f->rule, err);

	if (r == 0 && f->subject && f->subject[0])
		r = buf_printf(out, err, " [%s]", f->subject);
	if (r == 0 && name->same > 0)
		r = buf_printf(out, err, " (%zu)", name->same + 1);
	return r;
}

static int write_case(struct xml *xml, const struct journal_entry *entry, const struct name *name, struct error *err)
{
	size_t                     i = (size_t)(name->finding - entry->findings.items);
	const struct journal_rule *rule = entry->rules[i];
	struct buf class;
	struct buf title;
	int        r;

	buf_init(&class, SIZE_MAX - 1);
	buf_init(&title, SIZE_MAX - 1);
	r = compose_name(&title, name, err);
	if (r == 0)
		r = buf_printf(&class, err, "%s.%s", entry->target.name, rule->module);
	if (r == 0) {
		begin_case(xml, buf_text(&title), buf_text(&class));
		outcomes[name->finding->verdict](xml, name->finding, rule);
		end(xml);
	}
	buf_free(&class);
	buf_free(&title);
	return r;
}

static int write_cases(struct xml *xml, const struct journal_entry *entry, struct error *err)
{
	struct name *names = count_names(&entry->findings);
	int          r = names ? 0 : error_nomem(err);

	for (size_t i = 0; i < entry->findings.count && r == 0; i++)
		r = write_case(xml, entry, &names[i], err);
	mem_free(names);
	return r;
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

static void begin_suite(struct xml *xml, const char *name, const char *host, const struct counts *counts,
                        uint64_t duration_ms, const struct journal_summary *s)
{
	char started[] = "2026-01-01T00:00:00";

	memcpy(started, s->started, sizeof(started) - 1);
	begin(xml, "testsuite");
	attribute(xml, "name", name);
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

/* What a stream refuses is told by ferror() at the end; libxml2 would print a complaint of its own. */
static int write_bytes(void *out, const char *bytes, int len)
{
	fwrite(bytes, 1, (size_t)len, out);
	return len;
}

/* A writer to `out`, which stays open; NULL when out of memory. */
static xmlTextWriter *writer_new(FILE *out)
{
	xmlOutputBuffer *buffer = xmlOutputBufferCreateIO(write_bytes, NULL, out, NULL);
	xmlTextWriter   *writer = buffer ? xmlNewTextWriter(buffer) : NULL;

	if (buffer && !writer)
		xmlOutputBufferClose(buffer);
	return writer;
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

	if (xml)
		xml->writer = writer_new(r->out);
	if (!xml || !xml->writer) {
		mem_free(xml);
		return error_nomem(err);
	}
	r->state = xml;
	begin_suites(xml, r->summary);
	return 0;
}

static int write_target(struct rendering *r, size_t place, const struct journal_entry *entry, struct error *err)
{
	(void)place;
	return write_suite(r->state, entry, r->summary, err);
}

static int end_report(struct rendering *r, struct error *err)
{
	struct xml *xml = r->state;
	bool        failed;

	if (is_incomplete(r->summary))
		write_missing(xml, r->summary);
	end(xml);
	failed = xmlTextWriterEndDocument(xml->writer) < 0 || xml->failed;
	xmlFreeTextWriter(xml->writer);
	mem_free(xml);
	return failed ? error_nomem(err) : 0;
}

const struct report report_junit = {
	.name = "junit",
	.summary = "JUnit XML for CI systems: a suite per target, a case per finding",
	.begin = begin_report,
	.target = write_target,
	.end = end_report,
};

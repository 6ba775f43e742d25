/*
 * junit.c: JUnit XML, as CI systems read it: a suite per target, a case per finding. Its times are UTC without a zone,
 * as Ant writes them; what a scan did not reach is a suite of its own with an error, so that a build server does not
 * take it for a success.
 */
#include "report.h"

#include "mem.h"
#include "xml_out.h"

static void attribute_number(struct xml_out *xml, const char *name, size_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%zu", value);
	xml_attribute(xml, name, text);
}

static void attribute_seconds(struct xml_out *xml, const char *name, uint64_t ms)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64 ".%03u", ms / 1000, (unsigned)(ms % 1000));
	xml_attribute(xml, name, text);
}

/* A line of a body: nothing when there is no value. */
static void text_line(struct xml_out *xml, const char *label, const char *value)
{
	if (!value || value[0] == '\0')
		return;
	xml_text(xml, label);
	xml_text(xml, value);
	xml_text(xml, "\n");
}

static void property(struct xml_out *xml, const char *name, const char *value)
{
	if (!value || value[0] == '\0')
		return;
	xml_begin(xml, "property");
	xml_attribute(xml, "name", name);
	xml_attribute(xml, "value", value);
	xml_end(xml);
}

static void begin_case(struct xml_out *xml, const char *name, const char *class)
{
	xml_begin(xml, "testcase");
	xml_attribute(xml, "name", name);
	xml_attribute(xml, "classname", class);
	xml_attribute(xml, "time", "0");
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

static void write_body(struct xml_out *xml, const struct finding *f, const struct journal_rule *rule)
{
	text_line(xml, "", rule->title);
	text_line(xml, "message:  ", f->message);
	text_line(xml, "expected: ", f->expected);
	text_line(xml, "found:    ", f->actual);
	text_line(xml, "where:    ", f->where);
	if (f->verdict == VERDICT_FAIL)
		text_line(xml, "to fix:   ", rule->remediation);
}

static void write_fail(struct xml_out *xml, const struct finding *f, const struct journal_rule *rule)
{
	xml_begin(xml, "failure");
	xml_attribute(xml, "message", headline(f, rule));
	xml_attribute(xml, "type", severity_name(rule->severity));
	write_body(xml, f, rule);
	xml_end(xml);
}

static void write_error(struct xml_out *xml, const struct finding *f, const struct journal_rule *rule)
{
	char type[32];

	xml_begin(xml, "error");
	xml_attribute(xml, "message", headline(f, rule));
	xml_attribute(xml, "type", reason(f->message, type, sizeof(type)));
	write_body(xml, f, rule);
	xml_end(xml);
}

static void write_skipped(struct xml_out *xml, const struct finding *f, const struct journal_rule *rule)
{
	xml_begin(xml, "skipped");
	xml_attribute(xml, "message", headline(f, rule));
	xml_attribute(xml, "type", verdict_name(f->verdict));
	xml_end(xml);
}

static void write_pass(struct xml_out *xml, const struct finding *f, const struct journal_rule *rule)
{
	(void)xml;
	(void)f;
	(void)rule;
}

static void (*const outcomes[])(struct xml_out *xml, const struct finding *f, const struct journal_rule *rule) = {
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

	if (r == 0 && f->subject && f->subject[0]) {
		r = buf_append_text(out, " [", err);
		if (r == 0)
			r = buf_append_text(out, f->subject, err);
		if (r == 0)
			r = buf_append_text(out, "]", err);
	}
	if (r == 0 && name->same > 0)
		r = buf_printf(out, err, " (%zu)", name->same + 1);
	return r;
}

/* "target.module". */
static int compose_class(struct buf *out, const char *target, const char *module, struct error *err)
{
	int r = buf_append_text(out, target, err);

	if (r == 0)
		r = buf_append_text(out, ".", err);
	return r < 0 ? r : buf_append_text(out, module, err);
}

/* `text` is for names, and used again for the next case. */
static int write_case(struct xml_out *xml, const struct journal_entry *entry, const struct name *name, struct buf *text, struct error *err)
{
	size_t                     i = (size_t)(name->finding - entry->findings.items);
	const struct journal_rule *rule = entry->rules[i];
	size_t                     title;
	int                        r;

	buf_clear(text);
	r = compose_class(text, entry->target.name, rule->module, err);
	if (r == 0)
		r = buf_append(text, "", 1, err); /* its NUL: the name follows */
	title = text->len;
	if (r == 0)
		r = compose_name(text, name, err);
	if (r < 0)
		return r;
	begin_case(xml, text->ptr + title, text->ptr);
	outcomes[name->finding->verdict](xml, name->finding, rule);
	xml_end(xml);
	return 0;
}

static int write_cases(struct xml_out *xml, const struct journal_entry *entry, struct error *err)
{
	struct name *names = count_names(&entry->findings);
	struct buf   text;
	int          r = names ? 0 : error_nomem(err);

	buf_init(&text, SIZE_MAX - 1);
	for (size_t i = 0; i < entry->findings.count && r == 0; i++)
		r = write_case(xml, entry, &names[i], &text, err);
	buf_free(&text);
	mem_free(names);
	return r;
}

/* A case that says why there are no others. */
static void write_failed_scan(struct xml_out *xml, const char *class, const char *type, const char *message)
{
	begin_case(xml, "scan", class);
	xml_begin(xml, "error");
	xml_attribute(xml, "message", message);
	xml_attribute(xml, "type", type);
	xml_text(xml, message);
	xml_end(xml);
	xml_end(xml);
}

static int write_unscanned(struct xml_out *xml, const struct journal_target *t, struct error *err)
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

static void write_counts(struct xml_out *xml, const struct counts *counts, uint64_t duration_ms)
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

static void begin_suite(struct xml_out *xml, const char *name, const char *host, const struct counts *counts,
                        uint64_t duration_ms, const struct journal_summary *s)
{
	char started[] = "2026-01-01T00:00:00";

	memcpy(started, s->started, sizeof(started) - 1);
	xml_begin(xml, "testsuite");
	xml_attribute(xml, "name", name);
	write_counts(xml, counts, duration_ms);
	xml_attribute(xml, "timestamp", started);
	xml_attribute(xml, "hostname", host);
}

/* Warnings stand in every suite, since a build server shows one suite at a time. */
static void end_suite(struct xml_out *xml, const cJSON *warnings)
{
	const cJSON *warning;

	if (warnings) {
		xml_begin(xml, "system-err");
		cJSON_ArrayForEach(warning, warnings)
			text_line(xml, "warning: ", warning->valuestring);
		xml_end(xml);
	}
	xml_end(xml);
}

static void write_properties(struct xml_out *xml, const struct journal_target *t, const struct journal_summary *s)
{
	xml_begin(xml, "properties");
	property(xml, "sshvet.version", s->tool);
	property(xml, "sshvet.profile", s->profile);
	property(xml, "address", t->address);
	property(xml, "user", t->user);
	property(xml, "host_key", t->host_key);
	property(xml, "os", t->os);
	property(xml, "openssh", t->openssh);
	if (t->error == 0)
		property(xml, "privileged", t->privileged ? "true" : "false");
	xml_end(xml);
}

static int write_suite(struct xml_out *xml, const struct journal_entry *entry, const struct journal_summary *s,
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

static void write_missing(struct xml_out *xml, const struct journal_summary *s)
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

static void begin_suites(struct xml_out *xml, const struct journal_summary *s)
{
	struct counts counts = count(s->verdicts, s->unscanned + is_incomplete(s));

	xml_declare(xml);
	xml_begin(xml, "testsuites");
	xml_attribute(xml, "name", "sshvet");
	write_counts(xml, &counts, s->duration_ms);
}

static int begin_report(struct rendering *r, struct error *err)
{
	struct xml_out *xml = mem_zalloc(sizeof(*xml));

	if (!xml)
		return error_nomem(err);
	buf_init(&xml->buf, SIZE_MAX - 1);
	begin_suites(xml, r->summary);
	r->state = xml;
	return 0;
}

static int write_target(struct rendering *r, size_t place, const struct journal_entry *entry, struct error *err)
{
	int rc = write_suite(r->state, entry, r->summary, err);

	(void)place;
	return rc < 0 ? rc : xml_deliver(r->state, r->out, err);
}

static int end_report(struct rendering *r, struct error *err)
{
	struct xml_out *xml = r->state;
	int             rc;

	if (is_incomplete(r->summary))
		write_missing(xml, r->summary);
	while (xml->depth > 0)
		xml_end(xml);
	rc = xml_deliver(xml, r->out, err);
	buf_free(&xml->buf);
	mem_free(xml);
	return rc;
}

const struct report report_junit = {
	.name = "junit",
	.summary = "JUnit XML for CI systems: a suite per target, a case per finding",
	.begin = begin_report,
	.target = write_target,
	.end = end_report,
};

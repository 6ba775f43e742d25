/*
 * junit.c: JUnit XML, as CI systems read it: a suite per target, a case per finding. Its times are UTC without a zone,
 * as Ant writes them; what a scan did not reach is a suite of its own with an error, so that a build server does not
 * take it for a success.
 */
#include "report.h"

#include "mem.h"
#include "xml_write.h"

static void attribute_number(struct xml_out *xml, const char *name, size_t value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%zu", value);
	xml_attribute(xml, name, digits);
}

static void attribute_seconds(struct xml_out *xml, const char *name, uint64_t ms)
{
	char seconds[32];

	snprintf(seconds, sizeof(seconds), "%" PRIu64 ".%03u", ms / 1000, (unsigned)(ms % 1000));
	xml_attribute(xml, name, seconds);
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
static void write_name(struct xml_out *xml, const struct name *name)
{
	const struct finding *f = name->finding;

	xml_attribute_begin(xml, "name");
	xml_text(xml, f->rule);
	if (f->subject && f->subject[0]) {
		xml_text(xml, " [");
		xml_text(xml, f->subject);
		xml_text(xml, "]");
	}
	if (name->same > 0) {
		char number[32];

		snprintf(number, sizeof(number), " (%zu)", name->same + 1);
		xml_text(xml, number);
	}
	xml_attribute_end(xml);
}

/* The class of a case is its target and the check module. */
static void write_class(struct xml_out *xml, const char *target, const char *module)
{
	xml_attribute_begin(xml, "classname");
	xml_text(xml, target);
	xml_text(xml, ".");
	xml_text(xml, module);
	xml_attribute_end(xml);
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
		text_line(xml, "to fix:   ", report_remedy(f, rule));
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

static void write_case(struct xml_out *xml, const struct journal_entry *entry, const struct name *name)
{
	size_t                     i = (size_t)(name->finding - entry->findings.items);
	const struct journal_rule *rule = entry->rules[i];

	xml_begin(xml, "testcase");
	write_name(xml, name);
	write_class(xml, entry->target.name, rule->module);
	outcomes[name->finding->verdict](xml, name->finding, rule);
	xml_end(xml);
}

static int write_cases(struct xml_out *xml, const struct journal_entry *entry, struct error *err)
{
	struct name *names = count_names(&entry->findings);

	if (!names)
		return error_nomem(err);
	for (size_t i = 0; i < entry->findings.count; i++)
		write_case(xml, entry, &names[i]);
	mem_free(names);
	return 0;
}

/* A case that says why there are no others. */
static void write_failed_scan(struct xml_out *xml, const char *target, const char *type, const char *message)
{
	xml_begin(xml, "testcase");
	xml_attribute(xml, "name", "scan");
	write_class(xml, target, "scan");
	xml_begin(xml, "error");
	xml_attribute(xml, "message", message);
	xml_attribute(xml, "type", type);
	xml_text(xml, message);
	xml_end(xml);
	xml_end(xml);
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
	int                          r = 0;

	for (size_t i = 0; i < entry->findings.count; i++)
		verdicts[entry->findings.items[i].verdict]++;
	counts = count(verdicts, t->error != 0);
	begin_suite(xml, t->name, t->address[0] ? t->address : t->name, &counts, t->duration_ms, s);
	write_properties(xml, t, s);
	if (t->error == 0)
		r = write_cases(xml, entry, err);
	else
		write_failed_scan(xml, t->name, error_code_name(t->error), t->message[0] ? t->message : error_summary(t->error));
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
	write_failed_scan(xml, "sshvet", "missing", message);
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

/* A report while it is written: the buffer is handed over to the stream after each target. */
struct state {
	struct buf     text;
	struct xml_out xml;
};

static int deliver(struct rendering *r, struct error *err)
{
	struct state *state = r->state;
	int           rc = xml_written(&state->xml, err);

	if (rc == 0)
		fwrite(buf_text(&state->text), 1, state->text.len, r->out);
	buf_clear(&state->text);
	return rc;
}

static void release(struct rendering *r)
{
	struct state *state = r->state;

	buf_free(&state->text);
	mem_free(state);
	r->state = NULL;
}

static int begin_report(struct rendering *r, struct error *err)
{
	struct state *state = mem_zalloc(sizeof(*state));
	int           rc;

	if (!state)
		return error_nomem(err);
	buf_init(&state->text, SIZE_MAX - 1);
	state->xml.buf = &state->text;
	r->state = state;
	begin_suites(&state->xml, r->summary);
	rc = deliver(r, err);
	if (rc < 0)
		release(r);
	return rc;
}

static int write_target(struct rendering *r, size_t place, const struct journal_entry *entry, struct error *err)
{
	struct state *state = r->state;
	int           rc = write_suite(&state->xml, entry, r->summary, err);

	(void)place;
	return rc < 0 ? rc : deliver(r, err);
}

static int end_report(struct rendering *r, struct error *err)
{
	struct state *state = r->state;
	int           rc;

	if (is_incomplete(r->summary))
		write_missing(&state->xml, r->summary);
	xml_end(&state->xml);
	rc = deliver(r, err);
	release(r);
	return rc;
}

const struct report report_junit = {
	.name = "junit",
	.summary = "JUnit XML for CI systems: a suite per target, a case per finding",
	.begin = begin_report,
	.target = write_target,
	.end = end_report,
};

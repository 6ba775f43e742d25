/*
 * table.c: for people: what is wrong and what to do, the worst first, then one line of totals per target and for all.
 */
#include "report.h"

#include "kept.h"
#include "limit.h"
#include "mem.h"
#include "paint.h"
#include "wrap.h"

/* Where the lines under a finding begin, and the texts behind their labels. */
#define INDENT 9u
#define HANG   19u

/* Where the values of facts begin: their names have up to 33 letters. */
#define FACT_HANG 37u

static const enum paint severity_paint[SEVERITY_COUNT] = {
	[SEVERITY_INFO] = PAINT_NONE,
	[SEVERITY_LOW] = PAINT_NOTE,
	[SEVERITY_MEDIUM] = PAINT_WARN,
	[SEVERITY_HIGH] = PAINT_BAD,
	[SEVERITY_CRITICAL] = PAINT_BAD,
};

/* How a verdict looks, and its place among those of the same severity. */
static const struct {
	const char *mark;
	const char *counted; /* in totals */
	enum paint  paint;
	unsigned    rank;
	bool        shown; /* without --verbose, too */
} looks[] = {
	[VERDICT_UNKNOWN] = { "ERROR", "unknown", PAINT_WARN, 0, true },
	[VERDICT_FAIL] = { "FAIL", "failed", PAINT_BAD, 1, true },
	[VERDICT_ERROR] = { "ERROR", "in error", PAINT_WARN, 2, true },
	[VERDICT_WAIVED] = { "waived", "waived", PAINT_NOTE, 3, false },
	[VERDICT_PASS] = { "pass", "passed", PAINT_GOOD, 4, false },
	[VERDICT_NOT_APPLICABLE] = { "n/a", "not applicable", PAINT_DIM, 5, false },
};
static_assert(countof(looks) == VERDICT_COUNT, "every verdict has its look");

/* The order totals are read in. */
static const enum verdict totals[] = { VERDICT_FAIL, VERDICT_ERROR, VERDICT_PASS, VERDICT_NOT_APPLICABLE,
	                               VERDICT_WAIVED };

struct page {
	FILE        *out;
	bool         colour;
	bool         verbose;
	struct kept *kept; /* rows: see row_number() */
};

static void paint(const struct page *page, enum paint paint, const char *text)
{
	paint_write(page->out, page->colour, paint, text);
}

/* The same, filled up with spaces to `width` columns. */
static void paint_padded(const struct page *page, enum paint colour, const char *text, size_t width)
{
	size_t len = strlen(text);

	paint(page, colour, text);
	wrap_blanks(page->out, len < width ? width - len : 0);
}

static void write_labelled(const struct page *page, const char *label, const char *text)
{
	if (!text || text[0] == '\0')
		return;
	wrap_blanks(page->out, INDENT);
	paint_padded(page, PAINT_DIM, label, HANG - INDENT);
	wrap_text(page->out, text, HANG);
}

static void write_indented(const struct page *page, const char *text)
{
	if (!text || text[0] == '\0')
		return;
	wrap_blanks(page->out, INDENT);
	wrap_text(page->out, text, INDENT);
}

/* The line a finding begins with. */
static void write_finding_head(const struct page *page, const struct finding *f, const struct journal_rule *rule)
{
	fputs("  ", page->out);
	paint_padded(page, looks[f->verdict].paint, looks[f->verdict].mark, INDENT - 2);
	paint_padded(page, looks[f->verdict].shown ? severity_paint[rule->severity] : PAINT_DIM,
	             severity_name(rule->severity), HANG - INDENT);
	paint(page, looks[f->verdict].shown ? PAINT_TITLE : PAINT_NONE, rule->id);
	if (f->subject && f->subject[0])
		fprintf(page->out, "  [%s]", f->subject);
	fputc('\n', page->out);
}

/*
 * What is wrong in full; what was found is a sentence where no value speaks for itself. Of several findings of one
 * rule in a row, the first has the title and the last says what to do, where that is the same for all.
 */
static void write_finding(const struct page *page, const struct finding *f, const struct journal_rule *rule,
                          bool first, bool last)
{
	write_finding_head(page, f, rule);
	if (first)
		write_indented(page, rule->title);
	if (f->verdict == VERDICT_FAIL) {
		write_labelled(page, "found", f->actual && f->actual[0] ? f->actual : f->message);
		write_labelled(page, "expected", f->expected);
	} else {
		write_labelled(page, "reason", f->message);
	}
	write_labelled(page, "where", f->where);
	if (f->verdict == VERDICT_FAIL && last)
		write_labelled(page, "to fix", report_remedy(f, rule));
	fputc('\n', page->out);
}

/* Short, for --verbose: what needs nothing done. */
static void write_remark(const struct page *page, const struct finding *f, const struct journal_rule *rule)
{
	write_finding_head(page, f, rule);
	if (f->verdict != VERDICT_PASS)
		write_indented(page, f->message && f->message[0] ? f->message : rule->title);
}

struct row {
	const struct finding      *finding;
	const struct journal_rule *rule;
	uint32_t                   kept;
};

/* The worst first: those that are shown by severity, the others by verdict. */
#define URGENCIES (2u * SEVERITY_COUNT * VERDICT_COUNT)
static size_t urgency(const struct row *row)
{
	size_t rank = looks[row->finding->verdict].rank;
	size_t mildness = SEVERITY_COUNT - 1 - (size_t)row->rule->severity;

	if (looks[row->finding->verdict].shown)
		return mildness * VERDICT_COUNT + rank;
	return (VERDICT_COUNT + rank) * SEVERITY_COUNT + mildness;
}

static struct row row_of(const struct journal_entry *entry, size_t i)
{
	return (struct row){ .finding = &entry->findings.items[i], .rule = entry->rules[i], .kept = entry->kept[i] };
}

/* In order of urgency, then as the journal has them. */
static void sort_rows(const struct journal_entry *entry, struct row *ret_rows)
{
	size_t places[URGENCIES + 1] = { 0 };

	for (size_t i = 0; i < entry->findings.count; i++) {
		struct row row = row_of(entry, i);

		places[urgency(&row) + 1]++;
	}
	for (size_t i = 1; i < URGENCIES; i++)
		places[i] += places[i - 1];
	for (size_t i = 0; i < entry->findings.count; i++) {
		struct row row = row_of(entry, i);

		ret_rows[places[urgency(&row)]++] = row;
	}
}

static bool same_group(const struct row *a, const struct row *b)
{
	return a->rule == b->rule && a->finding->verdict == b->finding->verdict;
}

/* Findings of one rule may be fixed in different ways. */
static bool same_remedy(const struct row *a, const struct row *b)
{
	return strcmp(report_remedy(a->finding, a->rule), report_remedy(b->finding, b->rule)) == 0;
}

/* Where a row stands among those of its rule. */
struct position {
	bool first;
	bool last;
};

static void write_row(const struct page *page, const struct row *row, struct position position)
{
	if (looks[row->finding->verdict].shown)
		write_finding(page, row->finding, row->rule, position.first, position.last);
	else
		write_remark(page, row->finding, row->rule);
}

/* What is kept of a row depends on its position. */
static size_t row_number(const struct row *row, struct position position)
{
	return row->kept * 4u + position.first * 2u + position.last;
}

/* Write a row that will come again into memory first. False: there is none, and nothing was written. */
static bool keep_row(const struct page *page, const struct row *row, struct position position)
{
	char       *text = NULL;
	size_t      size = 0;
	struct page copy = *page;

	copy.out = open_memstream(&text, &size);
	if (!copy.out)
		return false;
	write_row(&copy, row, position);
	if (ferror(copy.out) || fclose(copy.out) != 0) {
		mem_free(text);
		return false;
	}
	fwrite(text, 1, size, page->out);
	kept_add(page->kept, row_number(row, position), (struct slice){ .ptr = text, .len = size });
	mem_free(text);
	return true;
}

static void repeat_row(const struct page *page, const struct row *row, struct position position)
{
	const char *text = kept_find(page->kept, row_number(row, position));

	if (text)
		fputs(text, page->out);
	else if (row->kept == JOURNAL_NOT_KEPT || !keep_row(page, row, position))
		write_row(page, row, position);
}

static void write_rows(const struct page *page, const struct row *rows, size_t count)
{
	bool remarks = false;

	for (size_t i = 0; i < count; i++) {
		struct position position = { 0 };

		if (looks[rows[i].finding->verdict].shown) {
			position.first = i == 0 || !same_group(&rows[i - 1], &rows[i]);
			position.last = i + 1 == count || !same_group(&rows[i], &rows[i + 1]) || !same_remedy(&rows[i], &rows[i + 1]);
		} else if (!page->verbose) {
			break; /* only such ones follow */
		} else {
			remarks = true;
		}
		repeat_row(page, &rows[i], position);
	}
	if (remarks)
		fputc('\n', page->out);
}

static int write_findings(const struct page *page, const struct journal_entry *entry, struct error *err)
{
	size_t      count = entry->findings.count;
	struct row *rows = mem_resize(NULL, count, sizeof(*rows));

	if (!rows)
		return error_nomem(err);
	sort_rows(entry, rows);
	write_rows(page, rows, count);
	mem_free(rows);
	return 0;
}

/* "9 failed, 1 error, 80 passed, …"; what there is none of is left out, but for failed and passed. */
static void write_counts(const struct page *page, const struct findings *findings)
{
	size_t      counts[VERDICT_COUNT] = { 0 };
	const char *separator = "  ";

	for (size_t i = 0; i < findings->count; i++)
		counts[findings->items[i].verdict]++;
	for (size_t i = 0; i < countof(totals); i++) {
		enum verdict verdict = totals[i];
		char         text[64];

		if (counts[verdict] == 0 && verdict != VERDICT_FAIL && verdict != VERDICT_PASS)
			continue;
		snprintf(text, sizeof(text), "%zu %s", counts[verdict], looks[verdict].counted);
		fputs(separator, page->out);
		paint(page, counts[verdict] > 0 ? looks[verdict].paint : PAINT_DIM, text);
		separator = ", ";
	}
	fputc('\n', page->out);
}

/*
 * What is known of a target: "192.0.2.7 port 22" (an IPv6 address with a colon and a port would be a puzzle) and so
 * on.
 */
static void write_heading(const struct page *page, const struct journal_target *t)
{
	const char *separator = "\n  ";

	paint(page, PAINT_TITLE, t->name);
	if (t->address[0]) {
		fprintf(page->out, "%s%s port %u", separator, t->address, t->port);
		separator = ", ";
	}
	if (t->os) {
		fprintf(page->out, "%s%s", separator, t->os);
		separator = ", ";
	}
	if (t->openssh) {
		fprintf(page->out, "%s%s", separator, t->openssh);
		separator = ", ";
	}
	if (t->error == 0) {
		fprintf(page->out, "%s%s", separator, !t->user[0] ? "no login" : t->privileged ? "as root"
		                                                                               : "without root");
		separator = ", ";
	}
	if (t->duration_ms >= 1000)
		fprintf(page->out, "%s%" PRIu64 ".%" PRIu64 " s", separator, t->duration_ms / 1000,
		        t->duration_ms % 1000 / 100);
	else if (t->duration_ms > 0)
		fprintf(page->out, "%s%" PRIu64 " ms", separator, t->duration_ms);
	fputs("\n\n", page->out);
}

/* One value of a fact. */
static const char *value_text(const cJSON *value, char *text, size_t size)
{
	if (cJSON_IsString(value))
		return value->valuestring;
	if (cJSON_IsBool(value))
		return cJSON_IsTrue(value) ? "yes" : "no";
	snprintf(text, size, "%.0f", cJSON_IsNumber(value) ? value->valuedouble : 0.0);
	return text;
}

/* A member of an item in a line of them: a text speaks for itself, what is not so is left out; "" for nothing to say. */
static const char *member_text(const cJSON *member, char *text, size_t size)
{
	if (cJSON_IsString(member) && strcmp(member->string, "subject") != 0)
		return member->valuestring;
	if (cJSON_IsTrue(member))
		return member->string;
	if (!cJSON_IsNumber(member))
		return "";
	snprintf(text, size, "%s %.0f", member->string, member->valuedouble);
	return text;
}

/* A list, or the members of an item, in one paragraph. */
static void write_list(const struct page *page, const cJSON *list, const char *(*text_of)(const cJSON *value, char *text, size_t size))
{
	char         text[LIMIT_REPORT_TEXT] = "";
	char         one[64];
	const cJSON *element;

	cJSON_ArrayForEach(element, list) {
		const char *words = text_of(element, one, sizeof(one));
		size_t      len = strlen(text);

		if (words[0])
			snprintf(text + len, sizeof(text) - len, "%s%s", len > 0 ? ", " : "", words);
	}
	wrap_text(page->out, text[0] ? text : "none", FACT_HANG);
}

static void write_fact(const struct page *page, const cJSON *fact)
{
	char         text[64];
	const cJSON *item;

	fputs("  ", page->out);
	paint_padded(page, PAINT_DIM, fact->string, FACT_HANG - 2);
	if (!cJSON_IsArray(fact)) {
		wrap_text(page->out, value_text(fact, text, sizeof(text)), FACT_HANG);
		return;
	}
	if (!cJSON_IsObject(fact->child)) {
		write_list(page, fact, value_text);
		return;
	}
	cJSON_ArrayForEach(item, fact) {
		if (item != fact->child)
			fprintf(page->out, "%*s", (int)FACT_HANG, "");
		write_list(page, item, member_text);
	}
}

/* What was learnt, where nobody logged in: it is what was asked for. What could not be learnt, the findings say. */
static void write_facts(const struct page *page, const cJSON *facts)
{
	const cJSON *module;
	const cJSON *fact;

	cJSON_ArrayForEach(module, facts)
		cJSON_ArrayForEach(fact, module)
			if (strcmp(fact->string, "unavailable") != 0)
				write_fact(page, fact);
	if (facts && facts->child)
		fputc('\n', page->out);
}

static int write_target(const struct page *page, const struct journal_entry *entry, struct error *err)
{
	const struct journal_target *t = &entry->target;
	int                          r = 0;

	write_heading(page, t);
	if (t->error == 0 && !t->user[0])
		write_facts(page, t->facts);
	if (t->error == 0) {
		r = write_findings(page, entry, err);
		write_counts(page, &entry->findings);
	} else {
		fputs("  ", page->out);
		paint(page, PAINT_WARN, "NOT SCANNED");
		fprintf(page->out, "  %s\n", error_code_name(t->error));
		write_indented(page, t->message[0] ? t->message : error_summary(t->error));
	}
	fputc('\n', page->out);
	return r;
}

static void write_warnings(const struct page *page, const cJSON *warnings)
{
	const cJSON *warning;

	cJSON_ArrayForEach(warning, warnings) {
		paint(page, PAINT_WARN, "WARNING  ");
		wrap_text(page->out, warning->valuestring, strlen("WARNING  "));
	}
}

static void write_severities(const struct page *page, const struct journal_summary *s)
{
	const char *separator = "   ";

	for (size_t severity = SEVERITY_CRITICAL; severity > SEVERITY_UNKNOWN; severity--) {
		char text[64];

		if (s->failures[severity] == 0)
			continue;
		snprintf(text, sizeof(text), "%zu %s", s->failures[severity], severity_name((enum severity)severity));
		fputs(separator, page->out);
		paint(page, severity_paint[severity], text);
		separator = ", ";
	}
}

static void write_totals(const struct page *page, const struct journal_summary *s)
{
	for (size_t i = 0; i < countof(totals); i++) {
		enum verdict verdict = totals[i];

		fputs("  ", page->out);
		paint_padded(page, s->verdicts[verdict] > 0 ? looks[verdict].paint : PAINT_DIM,
		             looks[verdict].counted, 16);
		fprintf(page->out, "%8zu", s->verdicts[verdict]);
		if (verdict == VERDICT_FAIL)
			write_severities(page, s);
		fputc('\n', page->out);
	}
}

/* By exit status. */
static const enum paint gate_paint[] = { [0] = PAINT_GOOD, [1] = PAINT_BAD, [3] = PAINT_WARN };

static void write_gate(const struct page *page, const struct journal_summary *s, enum severity fail_on)
{
	int    status = report_exit_status(s, fail_on);
	size_t failures = 0;

	for (size_t severity = (size_t)fail_on; severity < SEVERITY_COUNT; severity++)
		failures += s->failures[severity];
	fputs("gate  ", page->out);
	paint(page, gate_paint[status], report_gate(s, fail_on));
	if (status == 1)
		fprintf(page->out, ": %zu failure%s", failures, failures == 1 ? "" : "s");
	else
		fputs(status == 0 ? ": no failure" : ": not everything could be evaluated; no failure", page->out);
	if (fail_on > SEVERITY_INFO)
		fprintf(page->out, " at %s%s", severity_name(fail_on),
		        fail_on < SEVERITY_CRITICAL ? " or above" : "");
	fputc('\n', page->out);
}

static void write_summary(const struct page *page, const struct journal_summary *s, enum severity fail_on)
{
	paint(page, PAINT_TITLE, "Summary");
	fprintf(page->out, "  profile %s, %zu target%s: %zu scanned", s->profile, s->targets + s->missing,
	        s->targets + s->missing == 1 ? "" : "s", s->scanned);
	if (s->unscanned > 0)
		fprintf(page->out, ", %zu not scanned", s->unscanned);
	if (s->missing > 0)
		fprintf(page->out, ", %zu without a result (the scan was interrupted)", s->missing);
	fputs("\n\n", page->out);
	write_totals(page, s);
	fputc('\n', page->out);
	write_warnings(page, s->warnings);
	write_gate(page, s, fail_on);
}

static struct page page_of(const struct rendering *r)
{
	return (struct page){ .out = r->out, .colour = r->options.colour, .verbose = r->options.verbose, .kept = r->state };
}

static int begin_report(struct rendering *r, struct error *err)
{
	struct page page;

	r->state = mem_zalloc(sizeof(*page.kept));
	if (!r->state)
		return error_nomem(err);
	page = page_of(r);
	if (r->summary->warnings) {
		write_warnings(&page, r->summary->warnings);
		fputc('\n', r->out);
	}
	return 0;
}

static int report_target(struct rendering *r, size_t place, const struct journal_entry *entry, struct error *err)
{
	struct page page = page_of(r);

	(void)place;
	return write_target(&page, entry, err);
}

static int end_report(struct rendering *r, struct error *err)
{
	struct page page = page_of(r);

	(void)err;
	write_summary(&page, r->summary, r->options.fail_on);
	kept_free(r->state);
	mem_free(r->state);
	r->state = NULL;
	return 0;
}

const struct report report_table = {
	.name = "table",
	.summary = "for people: what is wrong and what to do, the worst first",
	.begin = begin_report,
	.target = report_target,
	.end = end_report,
};

/*
 * json.c: everything, for programs; report.schema.json says what. Targets are written one by one, a finding a line.
 */
#include "report.h"

#include "json_write.h"
#include "kept.h"
#include "mem.h"

/* One report while it is written. */
struct json_report {
	struct buf  text; /* of the target at hand */
	struct kept kept; /* findings by the number they have */
};

static void add_number(struct json_out *o, const char *name, uint64_t number)
{
	json_name(o, name);
	json_number(o, number);
}

static void open_member(struct json_out *o, const char *name)
{
	json_name(o, name);
	json_open(o, '{');
}

/* A member that has no value when its text is empty. */
static void add_text(struct json_out *o, const char *name, const char *text)
{
	json_name(o, name);
	if (text[0])
		json_text(o, text);
	else
		json_raw(o, "null");
}

/* A member on a line of its own. */
static void begin_line(struct json_out *o)
{
	json_space(o, ",\n ");
}

static void write_tool(struct json_out *o, const char *version)
{
	open_member(o, "tool");
	json_member(o, "name", "sshvet");
	json_member(o, "version", version);
	json_close(o, '}');
}

static void write_warnings(struct json_out *o, const cJSON *warnings)
{
	const cJSON *warning;

	json_name(o, "warnings");
	json_open(o, '[');
	cJSON_ArrayForEach(warning, warnings)
		json_text(o, warning->valuestring);
	json_close(o, ']');
}

static void write_summary(struct json_out *o, const struct journal_summary *s, enum severity fail_on)
{
	open_member(o, "summary");
	add_number(o, "targets", s->targets);
	add_number(o, "scanned", s->scanned);
	add_number(o, "unscanned", s->unscanned);
	add_number(o, "missing", s->missing);
	for (size_t verdict = VERDICT_PASS; verdict < VERDICT_COUNT; verdict++)
		add_number(o, verdict_name((enum verdict)verdict), s->verdicts[verdict]);
	open_member(o, "fail_by_severity");
	for (size_t severity = SEVERITY_CRITICAL; severity > SEVERITY_UNKNOWN; severity--)
		add_number(o, severity_name((enum severity)severity), s->failures[severity]);
	json_close(o, '}');
	json_member(o, "fail_on", severity_name(fail_on == SEVERITY_UNKNOWN ? SEVERITY_INFO : fail_on));
	json_member(o, "gate", report_gate(s, fail_on));
	json_close(o, '}');
}

static void write_finding(struct json_out *o, const struct finding *f, const struct journal_rule *rule)
{
	json_open(o, '{');
	json_member(o, "rule", rule->id);
	json_member(o, "title", rule->title);
	json_member(o, "module", rule->module);
	json_member(o, "severity", severity_name(rule->severity));
	json_member(o, "status", verdict_name(f->verdict));
	json_member(o, "subject", f->subject);
	json_member(o, "expected", f->expected);
	json_member(o, "actual", f->actual);
	json_member(o, "where", f->where);
	json_member(o, "message", f->message);
	if (f->verdict == VERDICT_FAIL || f->verdict == VERDICT_WAIVED)
		json_member(o, "remediation", report_remedy(f, rule));
	json_close(o, '}');
}

/* What is kept of a finding, else the finding, which is kept then. */
static void repeat_finding(struct json_out *o, struct kept *kept, const struct journal_entry *entry, size_t i)
{
	uint32_t    number = entry->kept[i];
	const char *text = kept_find(kept, number);
	size_t      begin = o->buf->len;

	if (text) {
		json_raw(o, text);
		return;
	}
	write_finding(o, &entry->findings.items[i], entry->rules[i]);
	if (number != JOURNAL_NOT_KEPT && o->failed == 0)
		kept_add(kept, number, slice_sub(buf_slice(o->buf), begin, o->buf->len));
}

static void write_findings(struct json_out *o, struct kept *kept, const struct journal_entry *entry)
{
	json_space(o, ",\n   ");
	json_name(o, "findings");
	json_open(o, '[');
	for (size_t i = 0; i < entry->findings.count; i++) {
		json_space(o, i > 0 ? ",\n    " : "\n    ");
		repeat_finding(o, kept, entry, i);
	}
	json_close(o, ']');
}

static void write_scanned(struct json_out *o, const struct journal_target *t)
{
	open_member(o, "host");
	json_member(o, "os", t->os);
	json_member(o, "openssh", t->openssh);
	json_close(o, '}');
}

static void write_unscanned(struct json_out *o, const struct journal_target *t)
{
	open_member(o, "error");
	json_member(o, "code", error_code_name(t->error));
	json_member(o, "message", t->message);
	json_close(o, '}');
}

/* What comes before the findings. */
static void write_head(struct json_out *o, const struct journal_target *t)
{
	json_member(o, "name", t->name);
	json_member(o, "address", t->address);
	add_number(o, "port", t->port);
	json_member(o, "user", t->user);
	json_member(o, "status", t->error == 0 ? "scanned" : "unscanned");
	json_member(o, "host_key", t->host_key);
	add_number(o, "duration_ms", t->duration_ms);
	if (t->error == 0) {
		json_name(o, "privileged");
		json_boolean(o, t->privileged);
		write_scanned(o, t);
	} else {
		write_unscanned(o, t);
	}
}

static void write_facts(struct json_out *o, const cJSON *facts)
{
	char *text = facts ? cJSON_PrintUnformatted(facts) : NULL;

	if (facts) {
		json_space(o, ",\n   ");
		json_name(o, "facts");
		if (text)
			json_raw(o, text);
		else
			o->failed = ERR_NOMEM;
	}
	cJSON_free(text);
}

/* Hand what was written over to the stream. */
static int deliver(FILE *out, const struct json_out *o, struct error *err)
{
	int r = json_written(o, err);

	if (r == 0)
		fwrite(o->buf->ptr, 1, o->buf->len, out);
	buf_clear(o->buf);
	return r;
}

static int write_target(struct rendering *r, size_t place, const struct journal_entry *entry, struct error *err)
{
	struct json_report *state = r->state;
	struct json_out     o = { .buf = &state->text };

	json_space(&o, place > 0 ? ",\n  " : "\n  ");
	json_open(&o, '{');
	write_head(&o, &entry->target);
	write_findings(&o, &state->kept, entry);
	write_facts(&o, entry->target.facts);
	json_close(&o, '}');
	return deliver(r->out, &o, err);
}

static void write_top(struct json_out *o, const struct journal_summary *s, enum severity fail_on)
{
	json_open(o, '{');
	json_member(o, "format", "sshvet-report/1");
	begin_line(o);
	write_tool(o, s->tool);
	begin_line(o);
	add_text(o, "profile", s->profile);
	begin_line(o);
	add_text(o, "started", s->started);
	begin_line(o);
	add_text(o, "finished", s->finished);
	begin_line(o);
	write_warnings(o, s->warnings);
	begin_line(o);
	write_summary(o, s, fail_on);
	begin_line(o);
	json_name(o, "targets");
	json_open(o, '[');
}

static void release(struct rendering *r)
{
	struct json_report *state = r->state;

	buf_free(&state->text);
	kept_free(&state->kept);
	mem_free(state);
	r->state = NULL;
}

static int begin_report(struct rendering *r, struct error *err)
{
	struct json_report *state = mem_zalloc(sizeof(*state));
	struct json_out     o = { 0 };
	int                 rc;

	if (!state)
		return error_nomem(err);
	r->state = state;
	buf_init(&state->text, SIZE_MAX - 1);
	o.buf = &state->text;
	write_top(&o, r->summary, r->options.fail_on);
	rc = deliver(r->out, &o, err);
	if (rc < 0)
		release(r);
	return rc;
}

static int end_report(struct rendering *r, struct error *err)
{
	(void)err;
	fputs("]}\n", r->out);
	release(r);
	return 0;
}

const struct report report_json = {
	.name = "json",
	.summary = "everything, for programs; format 1, described by report.schema.json",
	.begin = begin_report,
	.target = write_target,
	.end = end_report,
};

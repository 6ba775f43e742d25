/*
 * json.c: everything, for programs; report.schema.json says what. Targets are written one by one, a finding a line.
 */
#include "report.h"

static bool add(cJSON *object, const char *name, cJSON *value)
{
	if (value && cJSON_AddItemToObjectCS(object, name, value))
		return true;
	cJSON_Delete(value);
	return false;
}

/* Names are literals and texts outlive the object, so neither is copied. A text that is not there has no member. */
static bool add_text(cJSON *object, const char *name, const char *text)
{
	return !text || add(object, name, cJSON_CreateStringReference(text));
}

static bool add_number(cJSON *object, const char *name, uint64_t number)
{
	return add(object, name, cJSON_CreateNumber((double)number));
}

/* Write `value`, which was `built` or not for want of memory, and delete it. */
static int write_value(FILE *out, cJSON *value, bool built, struct error *err)
{
	char *text = built ? cJSON_PrintUnformatted(value) : NULL;

	cJSON_Delete(value);
	if (!text)
		return error_nomem(err);
	fputs(text, out);
	cJSON_free(text);
	return 0;
}

static int write_tool(FILE *out, const char *version, struct error *err)
{
	cJSON *tool = cJSON_CreateObject();

	return write_value(out, tool, tool && add_text(tool, "name", "sshvet") && add_text(tool, "version", version),
	                   err);
}

static int write_text(FILE *out, const char *text, struct error *err)
{
	cJSON *value = text[0] ? cJSON_CreateStringReference(text) : cJSON_CreateNull();

	return write_value(out, value, value != NULL, err);
}

static int write_warnings(FILE *out, const cJSON *warnings, struct error *err)
{
	cJSON *value = warnings ? cJSON_CreateArrayReference(warnings->child) : cJSON_CreateArray();

	return write_value(out, value, value != NULL, err);
}

static bool build_summary(cJSON *object, const struct journal_summary *s, enum severity fail_on)
{
	cJSON *severities = cJSON_CreateObject();
	bool   good = add_number(object, "targets", s->targets) && add_number(object, "scanned", s->scanned) &&
	            add_number(object, "unscanned", s->unscanned) && add_number(object, "missing", s->missing);

	for (size_t verdict = VERDICT_PASS; verdict < VERDICT_COUNT; verdict++)
		good = good && add_number(object, verdict_name((enum verdict)verdict), s->verdicts[verdict]);
	good = add(object, "fail_by_severity", severities) && good;
	for (size_t severity = SEVERITY_CRITICAL; severity > SEVERITY_UNKNOWN; severity--)
		good = good && add_number(severities, severity_name((enum severity)severity), s->failures[severity]);
	return good &&
	       add_text(object, "fail_on", severity_name(fail_on == SEVERITY_UNKNOWN ? SEVERITY_INFO : fail_on)) &&
	       add_text(object, "gate", report_gate(s, fail_on));
}

static int write_summary(FILE *out, const struct journal_summary *s, enum severity fail_on, struct error *err)
{
	cJSON *object = cJSON_CreateObject();

	return write_value(out, object, object && build_summary(object, s, fail_on), err);
}

static bool build_finding(cJSON *object, const struct finding *f, const struct journal_rule *rule)
{
	bool mend = f->verdict == VERDICT_FAIL || f->verdict == VERDICT_WAIVED;

	return add_text(object, "rule", rule->id) && add_text(object, "title", rule->title) &&
	       add_text(object, "module", rule->module) &&
	       add_text(object, "severity", severity_name(rule->severity)) &&
	       add_text(object, "status", verdict_name(f->verdict)) && add_text(object, "subject", f->subject) &&
	       add_text(object, "expected", f->expected) && add_text(object, "actual", f->actual) &&
	       add_text(object, "where", f->where) && add_text(object, "message", f->message) &&
	       (!mend || add_text(object, "remediation", rule->remediation));
}

static int write_findings(FILE *out, const struct journal_entry *entry, struct error *err)
{
	int r = 0;

	fputs(",\n   \"findings\":[", out);
	for (size_t i = 0; i < entry->findings.count && r == 0; i++) {
		cJSON *object = cJSON_CreateObject();

		fputs(i > 0 ? ",\n    " : "\n    ", out);
		r = write_value(out, object,
		                object && build_finding(object, &entry->findings.items[i], entry->rules[i]), err);
	}
	fputs("]", out);
	return r;
}

static bool build_scanned(cJSON *object, const struct journal_target *t)
{
	cJSON *host = cJSON_CreateObject();

	return add(object, "host", host) && add_text(host, "os", t->os) && add_text(host, "openssh", t->openssh);
}

static bool build_unscanned(cJSON *object, const struct journal_target *t)
{
	cJSON *error = cJSON_CreateObject();

	return add(object, "error", error) && add_text(error, "code", error_code_name(t->error)) &&
	       add_text(error, "message", t->message);
}

/* What comes before the findings. */
static bool build_target(cJSON *object, const struct journal_target *t)
{
	return add_text(object, "name", t->name) && add_text(object, "address", t->address) &&
	       add_number(object, "port", t->port) && add_text(object, "user", t->user) &&
	       add_text(object, "status", t->error == 0 ? "scanned" : "unscanned") &&
	       add_text(object, "host_key", t->host_key) && add_number(object, "duration_ms", t->duration_ms) &&
	       (t->error != 0 || add(object, "privileged", cJSON_CreateBool(t->privileged))) &&
	       (t->error == 0 ? build_scanned(object, t) : build_unscanned(object, t));
}

/* An object without its closing brace, so that findings can follow one by one. */
static int write_head(FILE *out, const struct journal_target *t, struct error *err)
{
	cJSON *object = cJSON_CreateObject();
	char  *text = object && build_target(object, t) ? cJSON_PrintUnformatted(object) : NULL;

	cJSON_Delete(object);
	if (!text)
		return error_nomem(err);
	fwrite(text, 1, strlen(text) - 1, out);
	cJSON_free(text);
	return 0;
}

static int write_facts(FILE *out, const cJSON *facts, struct error *err)
{
	cJSON *value;

	if (!facts)
		return 0;
	fputs(",\n   \"facts\":", out);
	value = cJSON_CreateObjectReference(facts->child);
	return write_value(out, value, value != NULL, err);
}

static int write_target(struct rendering *r, size_t place, const struct journal_entry *entry, struct error *err)
{
	FILE *out = r->out;
	int   rc;

	fputs(place > 0 ? ",\n  " : "\n  ", out);
	rc = write_head(out, &entry->target, err);
	if (rc == 0)
		rc = write_findings(out, entry, err);
	if (rc == 0)
		rc = write_facts(out, entry->target.facts, err);
	fputs("}", out);
	return rc;
}

static int write_top(FILE *out, const struct journal_summary *s, enum severity fail_on, struct error *err)
{
	int r;

	fputs("{\"format\":\"sshvet-report/1\",\n \"tool\":", out);
	r = write_tool(out, s->tool, err);
	fputs(",\n \"profile\":", out);
	if (r == 0)
		r = write_text(out, s->profile, err);
	fputs(",\n \"started\":", out);
	if (r == 0)
		r = write_text(out, s->started, err);
	fputs(",\n \"finished\":", out);
	if (r == 0)
		r = write_text(out, s->finished, err);
	fputs(",\n \"warnings\":", out);
	if (r == 0)
		r = write_warnings(out, s->warnings, err);
	fputs(",\n \"summary\":", out);
	if (r == 0)
		r = write_summary(out, s, fail_on, err);
	return r;
}

static int begin_report(struct rendering *r, struct error *err)
{
	int rc = write_top(r->out, r->summary, r->options.fail_on, err);

	fputs(",\n \"targets\":[", r->out);
	return rc;
}

static int end_report(struct rendering *r, struct error *err)
{
	(void)err;
	fputs("]}\n", r->out);
	return 0;
}

const struct report report_json = {
	.name = "json",
	.summary = "everything, for programs; format 1, described by report.schema.json",
	.begin = begin_report,
	.target = write_target,
	.end = end_report,
};

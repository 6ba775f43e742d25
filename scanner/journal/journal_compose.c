#include "journal_compose.h"

#include "clock.h"
#include "limit.h"
#include "text.h"

/* Enough for most lines in one allocation. */
#define USUAL_LINE 16384

/* Where rules come from files that people write, a tab is a tab. */
#define TAB "    "

/*
 * The helpers say whether there was memory for it. Names are literals and texts outlive the line, so neither is
 * copied.
 */
static bool add(cJSON *object, const char *name, cJSON *value)
{
	if (value && cJSON_AddItemToObjectCS(object, name, value))
		return true;
	cJSON_Delete(value);
	return false;
}

/*
 * Texts of a target are clean since they entered. Those of rule files and of the system need not be, and must not cost
 * anybody a report.
 */
static bool add_cleaned(cJSON *object, const char *name, const char *text)
{
	struct buf clean;
	bool       good;

	buf_init(&clean, LIMIT_JOURNAL_LINE);
	good = text_clean(&clean, slice_of(text), NULL) == 0 &&
	       add(object, name, cJSON_CreateString(buf_text(&clean)));
	buf_free(&clean);
	return good;
}

static bool add_text(cJSON *object, const char *name, const char *text)
{
	if (!text)
		return true;
	if (!text_is_clean(slice_of(text)))
		return add_cleaned(object, name, text);
	return add(object, name, cJSON_CreateStringReference(text));
}

static int append_line(struct buf *out, struct slice line)
{
	struct slice part;
	int          r = 0;

	while (r == 0 && slice_next(&line, '\t', &part)) {
		r = text_clean(out, part, NULL);
		if (r == 0 && line.len > 0)
			r = buf_append_text(out, TAB, NULL);
	}
	return r;
}

/* A text of several lines, with their breaks. */
static bool add_lines(cJSON *object, const char *name, const char *text)
{
	struct slice rest = slice_trim(slice_of(text));
	struct slice line;
	struct buf   clean;
	int          r = 0;

	buf_init(&clean, LIMIT_JOURNAL_LINE);
	while (r == 0 && slice_next_line(&rest, &line, NULL)) {
		if (line.len > 0 && line.ptr[line.len - 1] == '\r')
			line.len--;
		r = append_line(&clean, line);
		if (r == 0 && rest.len > 0)
			r = buf_append_text(&clean, "\n", NULL);
	}
	if (r == 0 && !add(object, name, cJSON_CreateString(buf_text(&clean))))
		r = ERR_NOMEM;
	buf_free(&clean);
	return r == 0;
}

static bool add_number(cJSON *object, const char *name, uint64_t number)
{
	return add(object, name, cJSON_CreateNumber((double)number));
}

/* The new object belongs to `object`; NULL when there is no memory for it. */
static cJSON *add_object(cJSON *object, const char *name)
{
	cJSON *value = cJSON_CreateObject();

	return add(object, name, value) ? value : NULL;
}

/* Print with a newline in place of the NUL, so that a line can leave in one write. */
static int print(const cJSON *line, struct journal_text *ret_line, struct error *err)
{
	char *text = cJSON_PrintBuffered(line, USUAL_LINE, false);

	if (!text)
		return error_nomem(err);
	ret_line->text = text;
	ret_line->len = strlen(text) + 1;
	text[ret_line->len - 1] = '\n';
	return 0;
}

static bool build_rule(cJSON *rules, const struct rule_info *info)
{
	cJSON *rule = add_object(rules, info->id);

	return rule && add_text(rule, "title", info->title) && add_text(rule, "module", info->module) &&
	       add_text(rule, "severity", severity_name(info->severity)) &&
	       add_lines(rule, "remediation", info->remediation);
}

static bool build_rules(cJSON *header, const struct ruleset *ruleset)
{
	cJSON *rules = add_object(header, "rules");

	if (!rules)
		return false;
	for (size_t i = 0; i < ruleset_count(ruleset); i++) {
		struct rule_info info = ruleset_rule(ruleset, i);

		if (!build_rule(rules, &info))
			return false;
	}
	return true;
}

static bool build_warnings(cJSON *header, const char *warning)
{
	return !warning || add(header, "warnings", cJSON_CreateStringArray(&warning, 1)); /* our own words */
}

static bool build_tool(cJSON *header)
{
	cJSON *tool = add_object(header, "tool");

	return tool && add_text(tool, "name", "sshvet") && add_text(tool, "version", SSHVET_VERSION);
}

static bool build_header(cJSON *header, const struct journal_options *options, bool resumes, const char *started)
{
	return add_text(header, "journal", JOURNAL_FORMAT) && build_tool(header) &&
	       add_text(header, "profile", ruleset_profile(options->ruleset)) &&
	       add_text(header, "started", started) && add_number(header, "targets", options->targets) &&
	       (!resumes || add(header, "resumes", cJSON_CreateTrue())) && build_warnings(header, options->warning) &&
	       build_rules(header, options->ruleset);
}

/* Read back what was just printed. */
static int take_rules(const struct journal_text *text, struct journal_rules *ret_rules, struct error *err)
{
	struct journal_header header;
	enum journal_kind     kind;
	cJSON                *line;
	int                   r = journal_line_parse((struct slice){ .ptr = text->text, .len = text->len - 1 }, &line, &kind, err);

	if (r < 0)
		return r;
	r = journal_line_header(line, &header, ret_rules, err);
	cJSON_Delete(line);
	if (r == ERR_SYNTAX)
		return error_set(err, ERR_INTERNAL, "journal header: %s", err ? err->text : "");
	return r;
}

int journal_compose_header(const struct journal_options *options, bool resumes, struct journal_text *ret_line,
                           struct journal_rules *ret_rules, struct error *err)
{
	char                started[CLOCK_STAMP_SIZE];
	struct journal_text text = { 0 };
	cJSON              *header = cJSON_CreateObject();
	int                 r;

	clock_stamp(started);
	if (!header || !build_header(header, options, resumes, started))
		r = error_nomem(err);
	else
		r = print(header, &text, err);
	cJSON_Delete(header);
	if (r == 0)
		r = take_rules(&text, ret_rules, err);
	if (r < 0) {
		cJSON_free(text.text);
		return r;
	}
	*ret_line = text;
	return 0;
}

static bool build_finding(cJSON *findings, const struct finding *f)
{
	cJSON *finding = cJSON_CreateObject();

	if (!finding || !cJSON_AddItemToArray(findings, finding)) {
		cJSON_Delete(finding);
		return false;
	}
	return add_text(finding, "rule", f->rule) && add_text(finding, "status", verdict_name(f->verdict)) &&
	       add_text(finding, "subject", f->subject) && add_text(finding, "expected", f->expected) &&
	       add_text(finding, "actual", f->actual) && add_text(finding, "where", f->where) &&
	       add_text(finding, "message", f->message);
}

static bool build_scanned(cJSON *line, const struct journal_target *t)
{
	cJSON *host;
	cJSON *findings;

	if (!add(line, "privileged", cJSON_CreateBool(t->privileged)))
		return false;
	host = add_object(line, "host");
	if (!host || !add_text(host, "os", t->os) || !add_text(host, "openssh", t->openssh))
		return false;
	findings = cJSON_CreateArray();
	if (!add(line, "findings", findings))
		return false;
	for (size_t i = 0; t->findings && i < t->findings->count; i++)
		if (!build_finding(findings, &t->findings->items[i]))
			return false;
	return !t->facts || add(line, "facts", cJSON_CreateObjectReference(t->facts->child));
}

static bool build_unscanned(cJSON *line, const struct journal_target *t)
{
	cJSON *error = add_object(line, "error");

	return error && add_text(error, "code", error_code_name(t->error)) &&
	       add_text(error, "message", t->message ? t->message : error_summary(t->error));
}

static bool build_target(cJSON *line, const struct journal_target *t)
{
	return add_number(line, "index", t->index) && add_text(line, "name", t->name) &&
	       add_text(line, "address", t->address ? t->address : "") && add_number(line, "port", t->port) &&
	       add_text(line, "user", t->user ? t->user : "") &&
	       add_text(line, "status", t->error == 0 ? "scanned" : "unscanned") &&
	       add_text(line, "host_key", t->host_key) && add_number(line, "duration_ms", t->duration_ms) &&
	       (t->error == 0 ? build_scanned(line, t) : build_unscanned(line, t));
}

/* Would a reader take it? The entry takes hold of the line for as long as that needs. */
static int check(cJSON *line, const struct journal_rules *rules, struct error *err)
{
	struct journal_entry entry;
	int                  r = journal_line_target(line, rules, &entry, err);

	if (r < 0)
		return r;
	entry.line = NULL;
	journal_entry_free(&entry);
	return 0;
}

/* The line of a target as it is given. ERR_SYNTAX: a reader would refuse it; ERR_TOO_BIG; ERR_NOMEM. */
static int compose(const struct journal_target *t, const struct journal_rules *rules, struct journal_text *ret_line,
                   struct error *err)
{
	struct journal_text text = { 0 };
	cJSON              *line = cJSON_CreateObject();
	int                 r;

	if (!line || !build_target(line, t))
		r = error_nomem(err);
	else
		r = check(line, rules, err);
	if (r == 0)
		r = print(line, &text, err);
	cJSON_Delete(line);
	if (r == 0 && text.len > LIMIT_JOURNAL_LINE)
		r = error_set(err, ERR_TOO_BIG, "its results take %zu bytes, more than the %u allowed", text.len,
		              LIMIT_JOURNAL_LINE);
	if (r < 0) {
		cJSON_free(text.text);
		return r;
	}
	*ret_line = text;
	return 0;
}

/*
 * The same target without its results, in a form that nothing in it can spoil: what it says must not cost the other
 * targets their report.
 */
static int compose_refused(const struct journal_target *t, const struct journal_rules *rules, const struct error *why,
                           struct journal_text *ret_line, struct error *err)
{
	struct journal_target plain = {
		.index = t->index,
		.name = t->name,
		.port = t->port,
		.error = why->code == ERR_TOO_BIG ? ERR_EVIDENCE_TOO_LARGE : ERR_COLLECTOR_FAILED,
		.message = why->text,
		.duration_ms = t->duration_ms,
	};

	return compose(&plain, rules, ret_line, err);
}

int journal_compose_target(const struct journal_target *target, const struct journal_rules *rules,
                           struct journal_text *ret_line, struct error *err)
{
	struct journal_target t = *target;
	struct error          why;
	int                   r;

	if (t.error != 0 && !error_is_of_target(t.error))
		t.error = ERR_COLLECTOR_FAILED;
	r = compose(&t, rules, ret_line, &why);
	if (r == ERR_NOMEM)
		return error_nomem(err);
	if (r < 0)
		r = compose_refused(&t, rules, &why, ret_line, err);
	if (r == ERR_SYNTAX)
		return error_set(err, ERR_INTERNAL, "journal line: %s", why.text);
	return r;
}

int journal_compose_end(struct journal_text *ret_line, struct error *err)
{
	char   finished[CLOCK_STAMP_SIZE];
	cJSON *line = cJSON_CreateObject();
	int    r;

	clock_stamp(finished);
	if (!line || !add_text(line, "finished", finished))
		r = error_nomem(err);
	else
		r = print(line, ret_line, err);
	cJSON_Delete(line);
	return r;
}

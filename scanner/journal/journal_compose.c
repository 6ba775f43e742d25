#include "journal_compose.h"

#include "clock.h"
#include "json_write.h"
#include "limit.h"
#include "mem.h"
#include "text.h"

/* Enough for most lines in one allocation. */
#define USUAL_LINE 16384

/* Where rules come from files that people write, a tab is a tab. */
#define TAB "    "

/* A line that is being written. */
static void begin(struct buf *line, struct json_out *o)
{
	buf_init(line, LIMIT_JOURNAL_LINE);
	*o = (struct json_out){ .buf = line, .failed = buf_reserve(line, USUAL_LINE, NULL) };
	json_open(o, '{');
}

/* Close it with its newline, so that it can leave in one write. */
static int end(struct json_out *o, struct error *err)
{
	json_close(o, '}');
	json_space(o, "\n");
	return json_written(o, err);
}

/*
 * Texts of a target are clean since they entered. Those of rule files and of the system need not be, and must not cost
 * anybody a report.
 */
static void add_text(struct json_out *o, const char *name, const char *text)
{
	struct buf clean;

	if (!text || json_plain_member(o, name, text))
		return;
	if (text_is_clean(slice_of(text))) {
		json_member(o, name, text);
		return;
	}
	buf_init(&clean, LIMIT_JOURNAL_LINE);
	if (text_clean(&clean, slice_of(text), NULL) == 0)
		json_member(o, name, buf_text(&clean));
	else
		o->failed = ERR_NOMEM;
	buf_free(&clean);
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
static void add_lines(struct json_out *o, const char *name, const char *text)
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
	if (r == 0)
		json_member(o, name, buf_text(&clean));
	else
		o->failed = ERR_NOMEM;
	buf_free(&clean);
}

static void add_number(struct json_out *o, const char *name, uint64_t number)
{
	json_name(o, name);
	json_number(o, number);
}

static void open_member(struct json_out *o, const char *name, char bracket)
{
	json_name(o, name);
	json_open(o, bracket);
}

static void write_rules(struct json_out *o, const struct ruleset *ruleset)
{
	open_member(o, "rules", '{');
	for (size_t i = 0; i < ruleset_count(ruleset); i++) {
		struct rule_info info = ruleset_rule(ruleset, i);

		json_text_name(o, info.id);
		json_open(o, '{');
		add_text(o, "title", info.title);
		add_text(o, "module", info.module);
		add_text(o, "severity", severity_name(info.severity));
		add_lines(o, "remediation", info.remediation);
		json_close(o, '}');
	}
	json_close(o, '}');
}

static void write_warning(struct json_out *o, const char *warning)
{
	if (!warning)
		return;
	open_member(o, "warnings", '[');
	json_text(o, warning); /* our own words */
	json_close(o, ']');
}

static void write_header(struct json_out *o, const struct journal_options *options, bool resumes)
{
	char started[CLOCK_STAMP_SIZE];

	clock_stamp(started);
	add_text(o, "journal", JOURNAL_FORMAT);
	open_member(o, "tool", '{');
	add_text(o, "name", "sshvet");
	add_text(o, "version", SSHVET_VERSION);
	json_close(o, '}');
	add_text(o, "profile", ruleset_profile(options->ruleset));
	add_text(o, "started", started);
	add_number(o, "targets", options->targets);
	if (resumes) {
		json_name(o, "resumes");
		json_boolean(o, true);
	}
	write_warning(o, options->warning);
	write_rules(o, options->ruleset);
}

/* A copy of a line as its reader gets it: without the newline. */
static int read_back(const struct buf *line, struct buf *ret_copy, struct error *err)
{
	buf_init(ret_copy, line->len - 1);
	return buf_append(ret_copy, line->ptr, line->len - 1, err);
}

static int take_rules(const struct buf *line, struct journal_rules *ret_rules, struct error *err)
{
	struct journal_header header = { 0 };
	struct buf            copy;
	int                   r = read_back(line, &copy, err);

	if (r == 0)
		r = journal_line_header(&copy, &header, ret_rules, err);
	json_free(&header.warnings);
	buf_free(&copy);
	if (r == ERR_SYNTAX)
		return error_set(err, ERR_INTERNAL, "journal header: %s", err ? err->text : "");
	return r;
}

int journal_compose_header(const struct journal_options *options, bool resumes, struct buf *ret_line,
                           struct journal_rules *ret_rules, struct error *err)
{
	struct json_out o;
	struct buf      line;
	int             r;

	begin(&line, &o);
	write_header(&o, options, resumes);
	r = end(&o, err);
	if (r == 0)
		r = take_rules(&line, ret_rules, err);
	if (r < 0) {
		buf_free(&line);
		return r;
	}
	*ret_line = line;
	return 0;
}

static void write_finding(struct json_out *o, const struct finding *f)
{
	json_open(o, '{');
	add_text(o, "rule", f->rule);
	add_text(o, "status", verdict_name(f->verdict));
	add_text(o, "subject", f->subject);
	add_text(o, "expected", f->expected);
	add_text(o, "actual", f->actual);
	add_text(o, "where", f->where);
	add_text(o, "message", f->message);
	if (f->remediation)
		add_lines(o, "remediation", f->remediation);
	json_close(o, '}');
}

static void write_facts(struct json_out *o, const cJSON *facts)
{
	char *text = cJSON_PrintUnformatted(facts);

	json_name(o, "facts");
	if (text)
		json_raw(o, text);
	else
		o->failed = ERR_NOMEM;
	cJSON_free(text);
}

static void write_scanned(struct json_out *o, const struct journal_target *t)
{
	json_name(o, "privileged");
	json_boolean(o, t->privileged);
	open_member(o, "host", '{');
	add_text(o, "os", t->os);
	add_text(o, "openssh", t->openssh);
	json_close(o, '}');
	open_member(o, "findings", '[');
	for (size_t i = 0; t->findings && i < t->findings->count; i++)
		write_finding(o, &t->findings->items[i]);
	json_close(o, ']');
	if (t->facts)
		write_facts(o, t->facts);
}

static void write_unscanned(struct json_out *o, const struct journal_target *t)
{
	open_member(o, "error", '{');
	add_text(o, "code", error_code_name(t->error));
	add_text(o, "message", t->message ? t->message : error_summary(t->error));
	json_close(o, '}');
}

static void write_target(struct json_out *o, const struct journal_target *t)
{
	add_number(o, "index", t->index);
	add_text(o, "name", t->name);
	add_text(o, "address", t->address ? t->address : "");
	add_number(o, "port", t->port);
	add_text(o, "user", t->user ? t->user : "");
	add_text(o, "status", t->error == 0 ? "scanned" : "unscanned");
	add_text(o, "host_key", t->host_key);
	add_number(o, "duration_ms", t->duration_ms);
	if (t->error == 0)
		write_scanned(o, t);
	else
		write_unscanned(o, t);
}

/* A reader knows the target by its clean name. */
static int clean_name(struct journal_place *place, struct error *err)
{
	struct buf clean;
	int        r;

	if (text_is_clean(slice_of(place->name)))
		return 0;
	buf_init(&clean, LIMIT_JOURNAL_LINE);
	r = text_clean(&clean, slice_of(place->name), err);
	mem_free(place->name);
	place->name = buf_detach(&clean);
	return r;
}

/* Would a reader take it, and as what? */
static int check(const struct journal_target *t, const struct journal_rules *rules, struct journal_place *ret_place, struct error *err)
{
	struct journal_place place = { 0 };
	struct journal_entry entry;
	int                  r = journal_line_check(t, rules, &entry, err);

	if (r < 0)
		return r;
	r = journal_place_take(&place, &entry, err);
	mem_free(entry.rules);
	if (r == 0)
		r = clean_name(&place, err);
	if (r < 0)
		mem_free(place.name);
	else
		*ret_place = place;
	return r;
}

/* The line of a target as it is given. ERR_SYNTAX: a reader would refuse it; ERR_TOO_BIG; ERR_NOMEM. */
static int compose(const struct journal_target *t, const struct journal_rules *rules, struct buf *ret_line,
                   struct journal_place *ret_place, struct error *err)
{
	struct json_out o;
	struct buf      line;
	int             r;

	begin(&line, &o);
	write_target(&o, t);
	r = end(&o, err);
	if (r == ERR_TOO_BIG)
		error_prefix(err, "its results take");
	if (r == 0)
		r = check(t, rules, ret_place, err);
	if (r < 0) {
		buf_free(&line);
		return r;
	}
	ret_place->length = line.len - 1;
	*ret_line = line;
	return 0;
}

/*
 * The same target without its results, in a form that nothing in it can spoil: what it says must not cost the other
 * targets their report.
 */
static int compose_refused(const struct journal_target *t, const struct journal_rules *rules, const struct error *why,
                           struct buf *ret_line, struct journal_place *ret_place, struct error *err)
{
	struct journal_target plain = {
		.index = t->index,
		.name = t->name,
		.port = t->port,
		.error = why->code == ERR_TOO_BIG ? ERR_EVIDENCE_TOO_LARGE : ERR_COLLECTOR_FAILED,
		.message = why->text,
		.duration_ms = t->duration_ms,
	};

	return compose(&plain, rules, ret_line, ret_place, err);
}

int journal_compose_target(const struct journal_target *target, const struct journal_rules *rules, struct buf *ret_line,
                           struct journal_place *ret_place, struct error *err)
{
	struct journal_target t = *target;
	struct error          why;
	int                   r;

	if (t.error != 0 && !error_is_of_target(t.error))
		t.error = ERR_COLLECTOR_FAILED;
	r = compose(&t, rules, ret_line, ret_place, &why);
	if (r == ERR_NOMEM)
		return error_nomem(err);
	if (r < 0)
		r = compose_refused(&t, rules, &why, ret_line, ret_place, err);
	if (r == ERR_SYNTAX)
		return error_set(err, ERR_INTERNAL, "journal line: %s", why.text);
	return r;
}

int journal_compose_end(struct buf *ret_line, struct error *err)
{
	char            finished[CLOCK_STAMP_SIZE];
	struct json_out o;
	struct buf      line;
	int             r;

	clock_stamp(finished);
	begin(&line, &o);
	add_text(&o, "finished", finished);
	r = end(&o, err);
	if (r < 0) {
		buf_free(&line);
		return r;
	}
	*ret_line = line;
	return 0;
}

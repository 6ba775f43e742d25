#include "journal_line.h"

#include "journal_finding.h"
#include "journal_member.h"
#include "journal_raw.h"
#include "mem.h"
#include "text.h"

/* Ports and places in an inventory stay far below; a duration of thirty years is a mistake. */
#define PORT_MAX     65535u
#define INDEX_MAX    UINT32_MAX
#define DURATION_MAX UINT64_C(1000000000000)

/* The first member; false when there is none. */
static bool first_member(struct slice text, struct slice *ret_name, struct slice *ret_value)
{
	struct journal_raw raw;

	return journal_raw_begin(&raw, text) && raw.close == '}' && journal_raw_next(&raw, ret_name, ret_value) > 0;
}

enum journal_kind journal_line_kind(struct slice text)
{
	struct slice name;
	struct slice value;

	if (!first_member(text, &name, &value))
		return JOURNAL_UNKNOWN;
	if (slice_is(name, "journal"))
		return JOURNAL_HEADER;
	return slice_is(name, "finished") ? JOURNAL_END : JOURNAL_TARGET;
}

int journal_line_unknown(struct error *err)
{
	return error_set(err, ERR_SYNTAX, "not a JSON object on a line of its own");
}

struct header_fields {
	const char  *journal;
	struct slice tool;
	const char  *profile;
	const char  *started;
	uint64_t     targets;
	bool         resumes;
	struct slice warnings;
	struct slice rules;
};

static const struct member header_members[] = {
	{ "journal", MEMBER_NAME, true, offsetof(struct header_fields, journal) },
	{ "tool", MEMBER_OBJECT, true, offsetof(struct header_fields, tool) },
	{ "profile", MEMBER_NAME, true, offsetof(struct header_fields, profile) },
	{ "started", MEMBER_STAMP, true, offsetof(struct header_fields, started) },
	{ "targets", MEMBER_NUMBER, true, offsetof(struct header_fields, targets) },
	{ "resumes", MEMBER_BOOLEAN, false, offsetof(struct header_fields, resumes) },
	{ "warnings", MEMBER_ARRAY, false, offsetof(struct header_fields, warnings) },
	{ "rules", MEMBER_OBJECT, true, offsetof(struct header_fields, rules) },
};

struct tool_fields {
	const char *name;
	const char *version;
};

static const struct member tool_members[] = {
	{ "name", MEMBER_NAME, true, offsetof(struct tool_fields, name) },
	{ "version", MEMBER_NAME, true, offsetof(struct tool_fields, version) },
};

static int take_warnings(struct slice bytes, struct json *ret_warnings, struct error *err)
{
	struct json  warnings = { 0 };
	const cJSON *warning;
	int          r = bytes.len > 0 ? json_parse(bytes, &warnings, err) : 0;

	cJSON_ArrayForEach(warning, warnings.root)
		if (r == 0 && (!cJSON_IsString(warning) || !journal_member_is_clean(warning)))
			r = error_set(err, ERR_SYNTAX, "'warnings' has something else than text in it");
	if (r < 0)
		json_free(&warnings);
	else
		*ret_warnings = warnings;
	return r;
}

/* The version comes first: what else a header of another version has is not ours to judge. */
static int check_format(struct slice text, struct error *err)
{
	char         shown[JOURNAL_SHOWN];
	struct slice name;
	struct slice value;

	if (!first_member(text, &name, &value))
		return journal_line_unknown(err);
	if (value.len < 2 || value.ptr[0] != '"')
		return error_set(err, ERR_SYNTAX, "'journal' is not text");
	value = slice_sub(value, 1, value.len - 2);
	if (!slice_is(value, JOURNAL_FORMAT))
		return error_set(err, ERR_SYNTAX, "journal of format '%s', this version reads '%s'",
		                 text_clean_into(shown, sizeof(shown), value), JOURNAL_FORMAT);
	return 0;
}

int journal_line_header(struct buf *line, struct journal_header *ret_header, struct journal_rules *ret_rules,
                        struct error *err)
{
	struct header_fields fields = { 0 };
	struct tool_fields   tool = { 0 };
	struct json          warnings = { 0 };
	int                  r = check_format(buf_slice(line), err);

	if (r == 0)
		r = journal_member_take(line, buf_slice(line), header_members, countof(header_members), &fields, err);
	if (r == 0)
		r = journal_member_take(line, fields.tool, tool_members, countof(tool_members), &tool, err);
	if (r == 0 && fields.targets > INDEX_MAX)
		r = error_set(err, ERR_SYNTAX, "'targets' is too large");
	if (r == 0)
		r = take_warnings(fields.warnings, &warnings, err);
	if (r == 0)
		r = journal_rules_take(fields.rules, ret_rules, err);
	if (r < 0) {
		json_free(&warnings);
		return r;
	}
	*ret_header = (struct journal_header){
		.version = tool.version,
		.profile = fields.profile,
		.started = fields.started,
		.targets = (size_t)fields.targets,
		.resumes = fields.resumes,
		.warnings = warnings,
	};
	return 0;
}

int journal_line_end(struct buf *line, const char **ret_finished, struct error *err)
{
	static const struct member members[] = { { "finished", MEMBER_STAMP, true, 0 } };

	return journal_member_take(line, buf_slice(line), members, countof(members), ret_finished, err);
}

struct target_fields {
	uint64_t     index;
	const char  *name;
	const char  *address;
	uint64_t     port;
	const char  *user;
	const char  *status;
	const char  *host_key;
	uint64_t     duration_ms;
	bool         privileged;
	struct slice host;
	struct slice error;
	struct slice findings;
	struct slice facts;
};

static const struct member target_members[] = {
	{ "index", MEMBER_NUMBER, true, offsetof(struct target_fields, index) },
	{ "name", MEMBER_NAME, true, offsetof(struct target_fields, name) },
	{ "address", MEMBER_TEXT, true, offsetof(struct target_fields, address) },
	{ "port", MEMBER_NUMBER, true, offsetof(struct target_fields, port) },
	{ "user", MEMBER_TEXT, true, offsetof(struct target_fields, user) },
	{ "status", MEMBER_NAME, true, offsetof(struct target_fields, status) },
	{ "host_key", MEMBER_NAME, false, offsetof(struct target_fields, host_key) },
	{ "duration_ms", MEMBER_NUMBER, true, offsetof(struct target_fields, duration_ms) },
	{ "privileged", MEMBER_BOOLEAN, false, offsetof(struct target_fields, privileged) },
	{ "host", MEMBER_OBJECT, false, offsetof(struct target_fields, host) },
	{ "error", MEMBER_OBJECT, false, offsetof(struct target_fields, error) },
	{ "findings", MEMBER_ARRAY, false, offsetof(struct target_fields, findings) },
	{ "facts", MEMBER_OBJECT, false, offsetof(struct target_fields, facts) },
};
static_assert(countof(target_members) <= MEMBERS_MAX, "journal_member_take() keeps a bit for each");

static const struct member host_members[] = {
	{ "os", MEMBER_NAME, false, offsetof(struct journal_target, os) },
	{ "openssh", MEMBER_NAME, false, offsetof(struct journal_target, openssh) },
};

struct error_fields {
	const char *code;
	const char *message;
};

static const struct member error_members[] = {
	{ "code", MEMBER_NAME, true, offsetof(struct error_fields, code) },
	{ "message", MEMBER_TEXT, true, offsetof(struct error_fields, message) },
};

static int take_facts(struct slice bytes, struct journal_entry *entry, struct error *err)
{
	int r = json_parse(bytes, &entry->facts, err);

	if (r == 0 && !journal_member_is_clean(entry->facts.root))
		r = error_set(err, ERR_SYNTAX, "'facts' has text with control characters in it");
	entry->target.facts = entry->facts.root;
	return r;
}

static int take_scanned(const struct target_fields *fields, const struct journal_rules *rules, struct journal_kept *kept,
                        struct journal_entry *entry, struct error *err)
{
	int r;

	if (fields->error.len > 0)
		return error_set(err, ERR_SYNTAX, "scanned, but it has an 'error'");
	if (fields->findings.len == 0 || fields->host.len == 0)
		return error_set(err, ERR_SYNTAX, "scanned, but without '%s'", fields->findings.len > 0 ? "host" : "findings");
	entry->target.privileged = fields->privileged;
	r = journal_member_take(&entry->line, fields->host, host_members, countof(host_members), &entry->target, err);
	if (r == 0 && rules && fields->facts.len > 0)
		r = take_facts(fields->facts, entry, err);
	if (r == 0 && rules)
		r = journal_finding_take_all(fields->findings, rules, kept, entry, err);
	return r;
}

/* The ERR_* of a code that a target may carry; 0 when it is none. */
static int parse_code(const char *name)
{
	for (int ordinal = 1; ordinal < ERR_ORD_COUNT; ordinal++)
		if (error_is_of_target(-ordinal) && strcmp(error_code_name(-ordinal), name) == 0)
			return -ordinal;
	return 0;
}

static int take_unscanned(const struct target_fields *fields, struct journal_entry *entry, struct error *err)
{
	struct error_fields error = { 0 };
	char                shown[JOURNAL_SHOWN];
	int                 r;

	if (fields->error.len == 0)
		return error_set(err, ERR_SYNTAX, "not scanned, but without 'error'");
	if (fields->findings.len > 0 || fields->facts.len > 0 || fields->host.len > 0 || fields->privileged)
		return error_set(err, ERR_SYNTAX, "not scanned, but it has results");
	r = journal_member_take(&entry->line, fields->error, error_members, countof(error_members), &error, err);
	if (r < 0)
		return r;
	entry->target.error = parse_code(error.code);
	entry->target.message = error.message;
	if (entry->target.error == 0)
		return error_set(err, ERR_SYNTAX, "unknown error code '%s'", journal_member_shown(shown, error.code));
	return 0;
}

/* Numbers that cannot be. */
static int check_numbers(uint64_t port, uint64_t index, uint64_t duration_ms, struct error *err)
{
	if (port > PORT_MAX || index > INDEX_MAX || duration_ms > DURATION_MAX)
		return error_set(err, ERR_SYNTAX, "'port', 'index' or 'duration_ms' is too large");
	return 0;
}

static int take_target(const struct target_fields *fields, const struct journal_rules *rules, struct journal_kept *kept,
                       struct journal_entry *entry, struct error *err)
{
	char shown[JOURNAL_SHOWN];
	int  r = check_numbers(fields->port, fields->index, fields->duration_ms, err);

	if (r < 0)
		return r;
	entry->target = (struct journal_target){
		.index = (size_t)fields->index,
		.name = fields->name,
		.address = fields->address,
		.port = (unsigned)fields->port,
		.user = fields->user,
		.host_key = fields->host_key,
		.duration_ms = fields->duration_ms,
	};
	if (strcmp(fields->status, "scanned") == 0)
		return take_scanned(fields, rules, kept, entry, err);
	if (strcmp(fields->status, "unscanned") == 0)
		return take_unscanned(fields, entry, err);
	return error_set(err, ERR_SYNTAX, "unknown status '%s'", journal_member_shown(shown, fields->status));
}

/* Of texts that may not be empty, the name of one that is; NULL when none is. */
static const char *empty_name(const struct journal_target *t)
{
	const struct {
		const char *name;
		const char *text;
	} names[] = { { "name", t->name }, { "host_key", t->host_key }, { "os", t->os }, { "openssh", t->openssh } };

	for (size_t i = 0; i < countof(names); i++)
		if (names[i].text && names[i].text[0] == '\0')
			return names[i].name;
	return NULL;
}

static int check_all(const struct journal_target *t, const struct journal_rules *rules, struct journal_entry *entry, struct error *err)
{
	const char *empty = empty_name(t);
	int         r = check_numbers(t->port, t->index, t->duration_ms, err);

	if (r == 0 && empty)
		return error_set(err, ERR_SYNTAX, "'%s' is empty", empty);
	if (r == 0 && t->error == 0 && t->facts && !journal_member_is_clean(t->facts))
		return error_set(err, ERR_SYNTAX, "'facts' has text with control characters in it");
	if (r < 0 || t->error != 0)
		return r;
	entry->rules = mem_resize(NULL, entry->findings.count + 1, sizeof(const struct journal_rule *));
	return entry->rules ? journal_finding_check_all(rules, entry, err) : error_nomem(err);
}

int journal_line_check(const struct journal_target *t, const struct journal_rules *rules, struct journal_entry *ret_entry, struct error *err)
{
	struct journal_entry entry = { .target = *t };
	int                  r;

	if (t->error == 0 && t->findings)
		entry.findings = *t->findings;
	r = check_all(t, rules, &entry, err);
	if (r < 0) {
		mem_free(entry.rules);
		return r;
	}
	*ret_entry = entry;
	return 0;
}

static int take_members(struct buf *line, const struct journal_pass *pass, struct target_fields *ret_fields, struct error *err)
{
	struct journal_raw raw;

	if (!journal_raw_begin(&raw, buf_slice(line)))
		return error_set(err, ERR_SYNTAX, "not an object");
	raw.pass = pass;
	return journal_member_walk(line, &raw, target_members, countof(target_members), ret_fields, err);
}

int journal_line_target(struct buf *line, const struct journal_rules *rules, struct journal_kept *kept, struct journal_entry *ret_entry,
                        struct slice *ret_facts, struct error *err)
{
	struct target_fields fields = { .facts.ptr = "" };
	struct journal_entry entry = { .line = *line };
	char                 shown[JOURNAL_SHOWN];
	int                  r;

	buf_init(line, line->max);
	r = take_members(&entry.line, rules ? journal_kept_begin(kept, rules) : NULL, &fields, err);
	if (r == 0) {
		r = take_target(&fields, rules, kept, &entry, err);
		if (r < 0)
			error_prefix(err, "target '%s'", journal_member_shown(shown, fields.name));
	}
	if (r < 0) {
		journal_entry_free(&entry);
		return r;
	}
	if (ret_facts)
		*ret_facts = fields.facts;
	*ret_entry = entry;
	if (entry.target.error == 0)
		ret_entry->target.findings = &ret_entry->findings;
	return 0;
}

void journal_entry_free(struct journal_entry *entry)
{
	json_free(&entry->facts);
	buf_free(&entry->line);
	mem_free(entry->findings.items);
	mem_free(entry->rules);
	mem_free(entry->kept);
	*entry = (struct journal_entry){ 0 };
}

#include "journal_line.h"

#include "journal_member.h"
#include "mem.h"

/* Ports and places in an inventory stay far below; a duration of thirty years is a mistake. */
#define PORT_MAX     65535u
#define INDEX_MAX    UINT32_MAX
#define DURATION_MAX UINT64_C(1000000000000)

int journal_line_parse(struct slice text, struct json *ret_line, enum journal_kind *ret_kind, struct error *err)
{
	struct json line = { 0 };
	int         r;

	if (text.len == 0)
		return error_set(err, ERR_SYNTAX, "empty line");
	r = json_parse(text, &line, err);
	if (r == ERR_NOMEM)
		return r;
	if (r < 0 || !cJSON_IsObject(line.root) || !line.root->child) {
		json_free(&line);
		return error_set(err, ERR_SYNTAX, "not a JSON object on a line of its own");
	}
	*ret_kind = JOURNAL_TARGET;
	if (strcmp(line.root->child->string, "journal") == 0)
		*ret_kind = JOURNAL_HEADER;
	else if (strcmp(line.root->child->string, "finished") == 0)
		*ret_kind = JOURNAL_END;
	*ret_line = line;
	return 0;
}

struct header_fields {
	const char  *journal;
	const cJSON *tool;
	const char  *profile;
	const char  *started;
	uint64_t     targets;
	bool         resumes;
	const cJSON *warnings;
	const cJSON *rules;
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

static int check_warnings(const cJSON *warnings, struct error *err)
{
	const cJSON *warning;

	cJSON_ArrayForEach(warning, warnings)
		if (!cJSON_IsString(warning) || !journal_member_is_clean(warning))
			return error_set(err, ERR_SYNTAX, "'warnings' has something else than text in it");
	return 0;
}

/* The version comes first: what else a header of another version has is not ours to judge. */
static int check_format(const cJSON *line, struct error *err)
{
	const cJSON *format = line->child;
	char         shown[JOURNAL_SHOWN];

	if (!cJSON_IsString(format))
		return error_set(err, ERR_SYNTAX, "'journal' is not text");
	if (strcmp(format->valuestring, JOURNAL_FORMAT) != 0)
		return error_set(err, ERR_SYNTAX, "journal of format '%s', this version reads '%s'",
		                 journal_member_shown(shown, format->valuestring), JOURNAL_FORMAT);
	return 0;
}

int journal_line_header(const cJSON *line, struct journal_header *ret_header, struct journal_rules *ret_rules,
                        struct error *err)
{
	struct header_fields fields = { 0 };
	struct tool_fields   tool = { 0 };
	int                  r = check_format(line, err);

	if (r == 0)
		r = journal_member_take(line, header_members, countof(header_members), &fields, err);
	if (r == 0)
		r = journal_member_take(fields.tool, tool_members, countof(tool_members), &tool, err);
	if (r == 0)
		r = check_warnings(fields.warnings, err);
	if (r == 0 && fields.targets > INDEX_MAX)
		r = error_set(err, ERR_SYNTAX, "'targets' is too large");
	if (r == 0)
		r = journal_rules_take(fields.rules, ret_rules, err);
	if (r < 0)
		return r;
	*ret_header = (struct journal_header){
		.version = tool.version,
		.profile = fields.profile,
		.started = fields.started,
		.targets = (size_t)fields.targets,
		.resumes = fields.resumes,
		.warnings = fields.warnings,
	};
	return 0;
}

int journal_line_end(const cJSON *line, const char **ret_finished, struct error *err)
{
	static const struct member members[] = { { "finished", MEMBER_STAMP, true, 0 } };

	return journal_member_take(line, members, countof(members), ret_finished, err);
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
	const cJSON *host;
	const cJSON *error;
	const cJSON *findings;
	const cJSON *facts;
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

struct finding_fields {
	const char *rule;
	const char *status;
	char       *subject;
	const char *expected;
	char       *actual;
	char       *where;
	char       *message;
	const char *remediation;
};

static const struct member finding_members[] = {
	{ "rule", MEMBER_NAME, true, offsetof(struct finding_fields, rule) },
	{ "status", MEMBER_NAME, true, offsetof(struct finding_fields, status) },
	{ "subject", MEMBER_TEXT, false, offsetof(struct finding_fields, subject) },
	{ "expected", MEMBER_TEXT, false, offsetof(struct finding_fields, expected) },
	{ "actual", MEMBER_TEXT, false, offsetof(struct finding_fields, actual) },
	{ "where", MEMBER_TEXT, false, offsetof(struct finding_fields, where) },
	{ "message", MEMBER_TEXT, false, offsetof(struct finding_fields, message) },
	{ "remediation", MEMBER_LINES, false, offsetof(struct finding_fields, remediation) },
};

static int take_finding(const cJSON *value, const struct journal_rules *rules, struct finding *ret_finding,
                        const struct journal_rule **ret_rule, struct error *err)
{
	struct finding_fields fields = { 0 };
	char                  shown[JOURNAL_SHOWN];
	enum verdict          verdict;
	int                   r;

	if (!cJSON_IsObject(value))
		return error_set(err, ERR_SYNTAX, "not an object");
	r = journal_member_take(value, finding_members, countof(finding_members), &fields, err);
	if (r < 0)
		return r;
	*ret_rule = journal_rules_find(rules, fields.rule);
	if (!*ret_rule)
		return error_set(err, ERR_SYNTAX, "rule '%s' is not in the header",
		                 journal_member_shown(shown, fields.rule));
	verdict = verdict_parse(fields.status);
	if (verdict == VERDICT_UNKNOWN)
		return error_set(err, ERR_SYNTAX, "unknown status '%s'", journal_member_shown(shown, fields.status));
	*ret_finding = (struct finding){
		.rule = fields.rule,
		.verdict = verdict,
		.subject = fields.subject,
		.expected = fields.expected,
		.actual = fields.actual,
		.where = fields.where,
		.message = fields.message,
		.remediation = fields.remediation,
	};
	return 0;
}

/* A rule nobody said anything about has not passed. */
static int check_complete(const struct journal_entry *entry, const struct journal_rules *rules, struct error *err)
{
	bool *seen = mem_zalloc(rules->count);
	int   r = 0;

	if (!seen)
		return error_nomem(err);
	for (size_t i = 0; i < entry->findings.count; i++)
		seen[entry->rules[i] - rules->items] = true;
	for (size_t i = 0; i < rules->count && r == 0; i++)
		if (!seen[i])
			r = error_set(err, ERR_SYNTAX, "no finding for rule '%s'", rules->items[i].id);
	mem_free(seen);
	return r;
}

static int take_findings(const cJSON *array, const struct journal_rules *rules, struct journal_entry *entry,
                         struct error *err)
{
	size_t count = (size_t)cJSON_GetArraySize(array);
	int    r = 0;

	entry->findings.items = mem_resize(NULL, count, sizeof(*entry->findings.items));
	entry->rules = mem_resize(NULL, count, sizeof(const struct journal_rule *));
	if (!entry->findings.items || !entry->rules)
		return error_nomem(err);
	for (const cJSON *value = array->child; value; value = value->next) {
		size_t i = entry->findings.count++;

		r = take_finding(value, rules, &entry->findings.items[i], &entry->rules[i], err);
		if (r < 0) {
			error_prefix(err, "finding %zu", i + 1);
			return r;
		}
	}
	return check_complete(entry, rules, err);
}

/* A target without results, because they were left out before; what looks like them now would have been written in an odd way. */
static int take_bare(const struct target_fields *fields, struct journal_entry *entry, struct error *err)
{
	if (fields->error || fields->findings || fields->facts || !fields->host)
		return error_set(err, ERR_SYNTAX, "scanned, but its members do not fit that");
	entry->target.privileged = fields->privileged;
	return journal_member_take(fields->host, host_members, countof(host_members), &entry->target, err);
}

static int take_scanned(const struct target_fields *fields, const struct journal_rules *rules,
                        struct journal_entry *entry, struct error *err)
{
	int r;

	if (!rules)
		return take_bare(fields, entry, err);
	if (fields->error)
		return error_set(err, ERR_SYNTAX, "scanned, but it has an 'error'");
	if (!fields->findings || !fields->host)
		return error_set(err, ERR_SYNTAX, "scanned, but without '%s'",
		                 fields->findings ? "host" : "findings");
	if (fields->facts && !journal_member_is_clean(fields->facts))
		return error_set(err, ERR_SYNTAX, "'facts' has text with control characters in it");
	r = journal_member_take(fields->host, host_members, countof(host_members), &entry->target, err);
	if (r == 0)
		r = take_findings(fields->findings, rules, entry, err);
	entry->target.privileged = fields->privileged;
	entry->target.facts = fields->facts;
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

	if (!fields->error)
		return error_set(err, ERR_SYNTAX, "not scanned, but without 'error'");
	if (fields->findings || fields->facts || fields->host || fields->privileged)
		return error_set(err, ERR_SYNTAX, "not scanned, but it has results");
	r = journal_member_take(fields->error, error_members, countof(error_members), &error, err);
	if (r < 0)
		return r;
	entry->target.error = parse_code(error.code);
	entry->target.message = error.message;
	if (entry->target.error == 0)
		return error_set(err, ERR_SYNTAX, "unknown error code '%s'", journal_member_shown(shown, error.code));
	return 0;
}

static int take_target(const struct target_fields *fields, const struct journal_rules *rules,
                       struct journal_entry *entry, struct error *err)
{
	char shown[JOURNAL_SHOWN];

	if (fields->port > PORT_MAX || fields->index > INDEX_MAX || fields->duration_ms > DURATION_MAX)
		return error_set(err, ERR_SYNTAX, "'port', 'index' or 'duration_ms' is too large");
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
		return take_scanned(fields, rules, entry, err);
	if (strcmp(fields->status, "unscanned") == 0)
		return take_unscanned(fields, entry, err);
	return error_set(err, ERR_SYNTAX, "unknown status '%s'", journal_member_shown(shown, fields->status));
}

int journal_line_target(struct json *line, const struct journal_rules *rules, struct journal_entry *ret_entry,
                        struct error *err)
{
	struct target_fields fields = { 0 };
	struct journal_entry entry = { .line = *line };
	char                 shown[JOURNAL_SHOWN];
	int                  r = journal_member_take(line->root, target_members, countof(target_members), &fields, err);

	*line = (struct json){ 0 };
	if (r == 0) {
		r = take_target(&fields, rules, &entry, err);
		if (r < 0)
			error_prefix(err, "target '%s'", journal_member_shown(shown, fields.name));
	}
	if (r < 0) {
		journal_entry_free(&entry);
		return r;
	}
	*ret_entry = entry;
	if (entry.target.error == 0)
		ret_entry->target.findings = &ret_entry->findings;
	return 0;
}

void journal_entry_free(struct journal_entry *entry)
{
	json_free(&entry->line);
	mem_free(entry->findings.items);
	mem_free(entry->rules);
	*entry = (struct journal_entry){ 0 };
}

#include "journal_finding.h"

#include "journal_member.h"
#include "mem.h"

/* What most targets have, at least; a power of two. */
#define FINDINGS_USUAL 128u

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

/* The rule of a finding, and that its verdict is one; `last` is the rule of the one before. */
static int check_finding(const struct finding *f, const char *status, const struct journal_rules *rules, const struct journal_rule *last,
                         const struct journal_rule **ret_rule, struct error *err)
{
	char                       shown[JOURNAL_SHOWN];
	const struct journal_rule *rule = journal_rules_find(rules, last, f->rule);

	if (!rule)
		return error_set(err, ERR_SYNTAX, "rule '%s' is not in the header", journal_member_shown(shown, f->rule));
	if (f->verdict <= VERDICT_UNKNOWN || f->verdict >= VERDICT_COUNT)
		return error_set(err, ERR_SYNTAX, "unknown status '%s'", journal_member_shown(shown, status));
	*ret_rule = rule;
	return 0;
}

/* A finding in `line`, whose walk is at its end then. */
static int read_finding(struct buf *line, struct journal_raw *object, const struct journal_rules *rules, const struct journal_rule *last,
                        struct finding *ret_finding, const struct journal_rule **ret_rule, struct error *err)
{
	struct finding_fields fields = { 0 };
	int                   r = journal_member_walk(line, object, finding_members, countof(finding_members), &fields, err);

	if (r < 0)
		return r;
	*ret_finding = (struct finding){
		.rule = fields.rule,
		.verdict = verdict_parse(fields.status),
		.subject = fields.subject,
		.expected = fields.expected,
		.actual = fields.actual,
		.where = fields.where,
		.message = fields.message,
		.remediation = fields.remediation,
	};
	return check_finding(ret_finding, fields.status, rules, last, ret_rule, err);
}

/* Read a finding so that it can be kept. NULL: then it is read where it stands, and told there what is wrong with it. */
static const struct journal_kept_finding *keep(struct journal_kept *kept, size_t i, const char *at, const struct journal_rules *rules,
                                               const struct journal_rule *last)
{
	struct journal_kept_finding *item = journal_kept_prepare(kept, i, at);
	struct journal_raw           object;
	struct buf                   text;

	if (!item)
		return NULL;
	text = (struct buf){ .ptr = item->bytes + item->len, .len = item->len, .cap = item->len + 1, .max = item->len };
	if (!journal_raw_begin(&object, buf_slice(&text)) || read_finding(&text, &object, rules, last, &item->finding, &item->rule, NULL) < 0) {
		mem_free(item);
		return NULL;
	}
	journal_kept_add(kept, item);
	return item;
}

/* The finding that an array's walk has come to: one that is kept, or read here. There is room for it. */
static int take_finding(struct journal_entry *entry, struct journal_raw *array, const struct journal_rules *rules, struct journal_kept *kept,
                        struct error *err)
{
	size_t                             i = entry->findings.count;
	const struct journal_rule         *last = i > 0 ? entry->rules[i - 1] : NULL;
	const struct journal_kept_finding *known = journal_kept_find(kept, i, array->rest.ptr);
	struct journal_raw                 object;
	int                                r;

	if (!known)
		known = keep(kept, i, array->rest.ptr, rules, last);
	entry->kept[i] = known ? known->number : JOURNAL_NOT_KEPT;
	if (known) {
		entry->findings.items[i] = known->finding;
		entry->rules[i] = known->rule;
		journal_raw_skip(array, known->len);
		return 0;
	}
	if (!journal_raw_enter(array, &object))
		return error_set(err, ERR_SYNTAX, "not an object");
	r = read_finding(&entry->line, &object, rules, last, &entry->findings.items[i], &entry->rules[i], err);
	if (r == 0)
		journal_raw_leave(array, &object);
	return r;
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

/* Room for one more; it doubles, as one table may have tens of thousands of rows. */
static int make_room(struct journal_entry *entry, struct error *err)
{
	size_t                      count = entry->findings.count;
	size_t                      more = count < FINDINGS_USUAL ? FINDINGS_USUAL : 2 * count;
	struct finding             *items;
	const struct journal_rule **rules;
	uint32_t                   *kept;

	if (count > 0 && (count < FINDINGS_USUAL || (count & (count - 1)) != 0))
		return 0;
	items = mem_resize(entry->findings.items, more, sizeof(*items));
	if (items)
		entry->findings.items = items;
	rules = mem_resize(entry->rules, more, sizeof(const struct journal_rule *));
	if (rules)
		entry->rules = rules;
	kept = mem_resize(entry->kept, more, sizeof(*kept));
	if (kept)
		entry->kept = kept;
	return items && rules && kept ? 0 : error_nomem(err);
}

int journal_finding_take_all(struct slice array, const struct journal_rules *rules, struct journal_kept *kept, struct journal_entry *entry,
                             struct error *err)
{
	struct journal_raw raw;
	struct slice       none;
	int                more;

	if (!journal_raw_begin(&raw, array))
		return error_set(err, ERR_SYNTAX, "'findings' is not an array");
	while ((more = journal_raw_name(&raw, &none)) > 0) {
		int r = make_room(entry, err);

		if (r == 0)
			r = take_finding(entry, &raw, rules, kept, err);
		if (r < 0) {
			error_prefix(err, "finding %zu", entry->findings.count + 1);
			return r;
		}
		entry->findings.count++;
	}
	if (more < 0)
		return error_set(err, ERR_SYNTAX, "'findings' is not an array");
	return check_complete(entry, rules, err);
}

int journal_finding_check_all(const struct journal_rules *rules, struct journal_entry *entry, struct error *err)
{
	for (size_t i = 0; i < entry->findings.count; i++) {
		const struct finding *f = &entry->findings.items[i];
		int                   r = check_finding(f, verdict_name(f->verdict), rules, i > 0 ? entry->rules[i - 1] : NULL, &entry->rules[i], err);

		if (r < 0) {
			error_prefix(err, "finding %zu", i + 1);
			return r;
		}
	}
	return check_complete(entry, rules, err);
}

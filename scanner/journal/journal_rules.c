#include "journal_rules.h"

#include "journal_member.h"
#include "journal_raw.h"
#include "mem.h"
#include "text.h"

struct fields {
	const char *title;
	const char *module;
	const char *severity;
	const char *remediation;
};

static const struct member members[] = {
	{ "title", MEMBER_TEXT, true, offsetof(struct fields, title) },
	{ "module", MEMBER_NAME, true, offsetof(struct fields, module) },
	{ "severity", MEMBER_NAME, true, offsetof(struct fields, severity) },
	{ "remediation", MEMBER_LINES, false, offsetof(struct fields, remediation) },
};

static int by_id(const void *a, const void *b)
{
	const struct journal_rule *left = a;
	const struct journal_rule *right = b;

	return strcmp(left->id, right->id);
}

/* `id` has no quotes around it: its bytes in `text` do. */
static int take_id(struct buf *text, struct slice id, const char **ret_id, struct error *err)
{
	struct slice quoted = { .ptr = id.ptr - 1, .len = id.len + 2 };
	int          r = journal_member_text(text, quoted, ret_id, err);

	if (r == 0 && (**ret_id == '\0' || !text_is_clean(slice_of(*ret_id))))
		r = error_set(err, ERR_SYNTAX, "not a rule id");
	return r;
}

static int take_rule(struct buf *text, struct slice id, struct slice value, struct journal_rule *ret_rule, struct error *err)
{
	struct fields fields = { .remediation = "" };
	enum severity severity;
	int           r = take_id(text, id, &ret_rule->id, err);

	if (r == 0)
		r = journal_member_take(text, value, members, countof(members), &fields, err);
	if (r < 0)
		return r;
	severity = severity_parse(fields.severity);
	if (severity == SEVERITY_UNKNOWN)
		return error_set(err, ERR_SYNTAX, "unknown severity");
	*ret_rule = (struct journal_rule){
		.id = ret_rule->id,
		.title = fields.title,
		.module = fields.module,
		.severity = severity,
		.remediation = fields.remediation,
	};
	return 0;
}

static int check_unique(const struct journal_rules *rules, struct error *err)
{
	char shown[JOURNAL_SHOWN];

	for (size_t i = 1; i < rules->count; i++)
		if (by_id(&rules->items[i - 1], &rules->items[i]) == 0)
			return error_set(err, ERR_SYNTAX, "rule '%s' stands there twice",
			                 journal_member_shown(shown, rules->items[i].id));
	return 0;
}

static size_t count_members(struct slice object)
{
	struct journal_raw raw;
	struct slice       name;
	struct slice       value;
	size_t             count = 0;

	if (journal_raw_begin(&raw, object))
		while (journal_raw_next(&raw, &name, &value) > 0)
			count++;
	return count;
}

static int take_all(struct journal_rules *rules, struct error *err)
{
	char               shown[JOURNAL_SHOWN];
	struct journal_raw raw;
	struct slice       id;
	struct slice       value;
	int                more = journal_raw_begin(&raw, buf_slice(&rules->text)) ? journal_raw_next(&raw, &id, &value) : ERR_SYNTAX;

	for (; more > 0; more = journal_raw_next(&raw, &id, &value)) {
		int r;

		text_clean_into(shown, sizeof(shown), id);
		r = take_rule(&rules->text, id, value, &rules->items[rules->count++], err);
		if (r < 0) {
			error_prefix(err, "rule '%s'", shown);
			return r;
		}
	}
	return more < 0 ? error_set(err, ERR_SYNTAX, "'rules' is not an object") : 0;
}

int journal_rules_take(struct slice object, struct journal_rules *ret_rules, struct error *err)
{
	struct journal_rules rules = { 0 };
	int                  r;

	buf_init(&rules.text, object.len);
	r = buf_append_slice(&rules.text, object, err);
	rules.items = mem_resize(NULL, count_members(object), sizeof(*rules.items));
	if (r == 0 && !rules.items)
		r = error_nomem(err);
	if (r == 0)
		r = take_all(&rules, err);
	if (r == 0) {
		qsort(rules.items, rules.count, sizeof(*rules.items), by_id);
		r = check_unique(&rules, err);
	}
	if (r < 0) {
		journal_rules_free(&rules);
		return r;
	}
	*ret_rules = rules;
	return 0;
}

const struct journal_rule *journal_rules_find(const struct journal_rules *rules, const struct journal_rule *last, const char *id)
{
	struct journal_rule key = { .id = id };

	if (last && strcmp(last->id, id) == 0)
		return last;
	if (last && last + 1 < rules->items + rules->count && strcmp(last[1].id, id) == 0)
		return last + 1;
	return bsearch(&key, rules->items, rules->count, sizeof(key), by_id);
}

static bool equal(const struct journal_rule *a, const struct journal_rule *b)
{
	return a->severity == b->severity && strcmp(a->id, b->id) == 0 && strcmp(a->title, b->title) == 0 &&
	       strcmp(a->module, b->module) == 0 && strcmp(a->remediation, b->remediation) == 0;
}

bool journal_rules_equal(const struct journal_rules *a, const struct journal_rules *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!equal(&a->items[i], &b->items[i]))
			return false;
	return true;
}

void journal_rules_free(struct journal_rules *rules)
{
	buf_free(&rules->text);
	mem_free(rules->items);
	*rules = (struct journal_rules){ 0 };
}

#include "journal_rules.h"

#include "journal_member.h"
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

static int take_rule(const cJSON *value, struct journal_rule *ret_rule, struct error *err)
{
	struct fields fields = { .remediation = "" };
	enum severity severity;
	int           r;

	if (value->string[0] == '\0' || !text_is_clean(slice_of(value->string)))
		return error_set(err, ERR_SYNTAX, "not a rule id");
	if (!cJSON_IsObject(value))
		return error_set(err, ERR_SYNTAX, "not an object");
	r = journal_member_take(value, members, countof(members), &fields, err);
	if (r < 0)
		return r;
	severity = severity_parse(fields.severity);
	if (severity == SEVERITY_UNKNOWN)
		return error_set(err, ERR_SYNTAX, "unknown severity");
	*ret_rule = (struct journal_rule){
		.id = value->string,
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

int journal_rules_take(const cJSON *object, struct journal_rules *ret_rules, struct error *err)
{
	struct journal_rules rules = { .object = cJSON_Duplicate(object, true) };
	char                 shown[JOURNAL_SHOWN];
	int                  r = 0;

	rules.items = mem_resize(NULL, (size_t)cJSON_GetArraySize(object), sizeof(*rules.items));
	if (!rules.object || !rules.items) {
		journal_rules_free(&rules);
		return error_nomem(err);
	}
	for (const cJSON *value = rules.object->child; value && r == 0; value = value->next) {
		r = take_rule(value, &rules.items[rules.count++], err);
		if (r < 0)
			error_prefix(err, "rule '%s'", journal_member_shown(shown, value->string));
	}
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

const struct journal_rule *journal_rules_find(const struct journal_rules *rules, const char *id)
{
	struct journal_rule key = { .id = id };

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
	cJSON_Delete(rules->object);
	mem_free(rules->items);
	*rules = (struct journal_rules){ 0 };
}

#include "operators.h"

#include "cidr.h"
#include "pattern.h"
#include "text.h"

enum truth truth_of(bool holds)
{
	return holds ? TRUTH_TRUE : TRUTH_FALSE;
}

enum truth truth_negate(enum truth t)
{
	return t == TRUTH_UNKNOWN ? t : truth_of(t == TRUTH_FALSE);
}

/* Texts are keywords such as "no": sshd itself ignores their case, and so do we. User names, modes and lists are compared exactly. */
static bool same_text(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

static enum truth operator_is(const struct operand *o, const struct fact_value *v)
{
	switch (v->type) {
	case FACT_TEXT:
		return truth_of(same_text(v->text, o->text));
	case FACT_INTEGER:
		return truth_of(v->integer == o->least);
	case FACT_BOOLEAN:
		return truth_of(v->boolean == o->boolean);
	case FACT_MODE:
		return truth_of(v->mode == o->mode);
	default:
		return TRUTH_UNKNOWN;
	}
}

static enum truth operator_is_not(const struct operand *o, const struct fact_value *v)
{
	return truth_negate(operator_is(o, v));
}

static bool is_among(const struct operand *o, const struct fact_value *v)
{
	for (size_t i = 0; i < o->count; i++)
		if (v->type == FACT_INTEGER ? v->integer == o->integers[i] : same_text(v->text, o->texts[i]))
			return true;
	return false;
}

static enum truth operator_one_of(const struct operand *o, const struct fact_value *v)
{
	return truth_of(is_among(o, v));
}

static enum truth operator_none_of(const struct operand *o, const struct fact_value *v)
{
	return truth_of(!is_among(o, v));
}

static enum truth operator_at_most(const struct operand *o, const struct fact_value *v)
{
	return truth_of(v->integer <= o->least);
}

static enum truth operator_at_least(const struct operand *o, const struct fact_value *v)
{
	return truth_of(v->integer >= o->least);
}

static enum truth operator_between(const struct operand *o, const struct fact_value *v)
{
	return truth_of(v->integer >= o->least && v->integer <= o->most);
}

static enum truth operator_matches(const struct operand *o, const struct fact_value *v)
{
	int r = regexec(o->regex, v->text, 0, NULL, 0);

	if (r != 0 && r != REG_NOMATCH)
		return TRUTH_UNKNOWN;
	return truth_of(r == 0);
}

/* One run of digits off the front of `*text`. */
static bool take_number(const char **text, uint32_t *ret_number)
{
	size_t   digits = strspn(*text, "0123456789");
	uint64_t number;

	if (digits == 0 || text_parse_unsigned((struct slice){ *text, digits }, 10, UINT32_MAX, &number, NULL) < 0)
		return false;
	*text += digits;
	*ret_number = (uint32_t)number;
	return true;
}

bool version_parse(const char *text, struct version *ret_version)
{
	struct version v = { 0 };
	size_t         n = 0;

	do {
		if (n == VERSION_PARTS || !take_number(&text, &v.parts[n++]))
			return false;
	} while (*text == '.' && text++);
	if (*text == 'p') {
		text++;
		if (!take_number(&text, &v.parts[VERSION_PARTS]))
			return false;
	}
	if (isalnum((unsigned char)*text))
		return false;
	*ret_version = v;
	return true;
}

static enum truth operator_version_at_least(const struct operand *o, const struct fact_value *v)
{
	struct version found;
	struct version wanted;

	if (!version_parse(v->text, &found) || !version_parse(o->text, &wanted))
		return TRUTH_UNKNOWN;
	for (size_t i = 0; i < countof(found.parts); i++)
		if (found.parts[i] != wanted.parts[i])
			return truth_of(found.parts[i] > wanted.parts[i]);
	return TRUTH_TRUE;
}

static enum truth operator_owner(const struct operand *o, const struct fact_value *v)
{
	for (size_t i = 0; i < o->count; i++)
		if (strcmp(v->text, o->texts[i]) == 0)
			return TRUTH_TRUE;
	return TRUTH_FALSE;
}

static enum truth operator_mode_within(const struct operand *o, const struct fact_value *v)
{
	return truth_of((v->mode & ~o->mode) == 0);
}

static bool is_like_any(const struct operand *o, const char *element)
{
	for (size_t i = 0; i < o->count; i++)
		if (pattern_matches(o->texts[i], element))
			return true;
	return false;
}

static enum truth judge_none(const struct operand *o, const char *element)
{
	return truth_of(!is_like_any(o, element));
}

static enum truth judge_subset(const struct operand *o, const char *element)
{
	return truth_of(is_like_any(o, element));
}

static enum truth judge_strength(const struct operand *o, const char *element)
{
	const struct algorithm *a = algorithm_find(o->algorithms, element);

	return a ? truth_of(a->strength >= o->strength) : TRUTH_UNKNOWN;
}

static bool has(const cJSON *list, const char *pattern)
{
	const cJSON *element;

	cJSON_ArrayForEach(element, list)
		if (pattern_matches(pattern, element->valuestring))
			return true;
	return false;
}

static size_t count_had(const struct operand *o, const cJSON *list)
{
	size_t n = 0;

	for (size_t i = 0; i < o->count; i++)
		n += has(list, o->texts[i]);
	return n;
}

/* An element that is no network cannot be judged. */
static enum truth judge_within(const struct operand *o, const char *element)
{
	struct cidr n, of;

	if (!cidr_parse(element, &n))
		return TRUTH_UNKNOWN;
	for (size_t i = 0; i < o->count; i++)
		if (cidr_parse(o->texts[i], &of) && cidr_is_within(&n, &of))
			return TRUTH_TRUE;
	return TRUTH_FALSE;
}

/* All of a list: one element that fails decides, whatever cannot be told of others. */
static enum truth judge_all(const struct operand *o, const cJSON *list, enum truth (*judge)(const struct operand *o, const char *element))
{
	enum truth   all = TRUTH_TRUE;
	const cJSON *element;

	cJSON_ArrayForEach(element, list) {
		enum truth t = judge(o, element->valuestring);

		if (t == TRUTH_FALSE)
			return t;
		if (t == TRUTH_UNKNOWN)
			all = t;
	}
	return all;
}

static enum truth operator_contains(const struct operand *o, const struct fact_value *v)
{
	return truth_of(has(v->array, o->text));
}

static enum truth operator_contains_any(const struct operand *o, const struct fact_value *v)
{
	return truth_of(count_had(o, v->array) > 0);
}

static enum truth operator_contains_all(const struct operand *o, const struct fact_value *v)
{
	return truth_of(count_had(o, v->array) == o->count);
}

static enum truth operator_contains_none(const struct operand *o, const struct fact_value *v)
{
	return judge_all(o, v->array, judge_none);
}

static enum truth operator_subset_of(const struct operand *o, const struct fact_value *v)
{
	return judge_all(o, v->array, judge_subset);
}

static enum truth operator_within(const struct operand *o, const struct fact_value *v)
{
	return judge_all(o, v->array, judge_within);
}

static enum truth operator_strength(const struct operand *o, const struct fact_value *v)
{
	return judge_all(o, v->array, judge_strength);
}

static enum truth operator_count(const struct operand *o, const struct fact_value *v)
{
	int64_t n = cJSON_GetArraySize(v->array);

	return truth_of(n >= o->least && n <= o->most);
}

static enum truth operator_exists(const struct operand *o, const struct fact_value *v)
{
	return truth_of(v->present == o->boolean);
}

enum {
	TEXT = 1 << FACT_TEXT,
	INTEGER = 1 << FACT_INTEGER,
	BOOLEAN = 1 << FACT_BOOLEAN,
	MODE = 1 << FACT_MODE,
	LIST = 1 << FACT_LIST,
	TABLE = 1 << FACT_TABLE,
};

const struct rule_operator operators[] = {
#define OPERATOR(op_name, op_facts, op_operand, op_judge, op_before, op_after) \
	{                                                                      \
		.name = #op_name,                                              \
		.facts = (op_facts),                                           \
		.operand = OPERAND_##op_operand,                               \
		.before = (op_before),                                         \
		.after = (op_after),                                           \
		.holds = operator_##op_name,                                   \
		.judge = (op_judge),                                           \
	},
#include "operators.def"
#undef OPERATOR
};
const size_t operators_count = countof(operators);

const struct rule_operator *operator_find(const char *name)
{
	for (size_t i = 0; i < operators_count; i++)
		if (strcmp(operators[i].name, name) == 0)
			return &operators[i];
	return NULL;
}

bool operator_accepts(const struct rule_operator *op, enum fact_type type)
{
	return (op->facts & 1u << type) != 0;
}

const char *operand_how(enum operand_type type)
{
	static const char *const how[] = {
#define OPERAND(name, text) [OPERAND_##name] = (text),
#include "operand.def"
#undef OPERAND
	};

	return (size_t)type < countof(how) && how[type] ? how[type] : "an operand";
}

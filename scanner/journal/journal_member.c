#include "journal_member.h"

#include "text.h"

#define NUMBER_MAX 9007199254740992.0 /* 2^53: whole numbers above are not exact */

static bool is_text(const cJSON *value)
{
	return cJSON_IsString(value) && text_is_clean(slice_of(value->valuestring));
}

static bool is_name(const cJSON *value)
{
	return is_text(value) && value->valuestring[0] != '\0';
}

static bool is_lines(const cJSON *value)
{
	struct slice rest;
	struct slice line;

	if (!cJSON_IsString(value))
		return false;
	rest = slice_of(value->valuestring);
	while (slice_next_line(&rest, &line, NULL))
		if (!text_is_clean(line))
			return false;
	return true;
}

static bool is_stamp(const cJSON *value)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";

	if (!cJSON_IsString(value) || strlen(value->valuestring) != strlen(form))
		return false;
	for (size_t i = 0; form[i]; i++) {
		char c = value->valuestring[i];

		if (form[i] == 'd' ? c < '0' || c > '9' : c != form[i])
			return false;
	}
	return true;
}

static bool is_number(const cJSON *value)
{
	double n = value->valuedouble;

	return cJSON_IsNumber(value) && n >= 0 && n < NUMBER_MAX && (double)(uint64_t)n == n;
}

static bool is_boolean(const cJSON *value)
{
	return cJSON_IsBool(value);
}

static bool is_object(const cJSON *value)
{
	return cJSON_IsObject(value);
}

static bool is_array(const cJSON *value)
{
	return cJSON_IsArray(value);
}

static void put_text(const cJSON *value, void *field)
{
	memcpy(field, &value->valuestring, sizeof(value->valuestring));
}

static void put_number(const cJSON *value, void *field)
{
	uint64_t number = (uint64_t)value->valuedouble;

	memcpy(field, &number, sizeof(number));
}

static void put_boolean(const cJSON *value, void *field)
{
	bool truth = cJSON_IsTrue(value);

	memcpy(field, &truth, sizeof(truth));
}

static void put_json(const cJSON *value, void *field)
{
	memcpy(field, &value, sizeof(value));
}

static const struct {
	const char *wanted;
	bool (*is)(const cJSON *value);
	void (*put)(const cJSON *value, void *field);
} kinds[] = {
	[MEMBER_TEXT] = { "text without control characters", is_text, put_text },
	[MEMBER_NAME] = { "text that is not empty and without control characters", is_name, put_text },
	[MEMBER_LINES] = { "text without control characters", is_lines, put_text },
	[MEMBER_STAMP] = { "a time like 2026-01-01T00:00:00Z", is_stamp, put_text },
	[MEMBER_NUMBER] = { "a whole number", is_number, put_number },
	[MEMBER_BOOLEAN] = { "true or false", is_boolean, put_boolean },
	[MEMBER_OBJECT] = { "an object", is_object, put_json },
	[MEMBER_ARRAY] = { "an array", is_array, put_json },
};
static_assert(countof(kinds) == MEMBER_KINDS, "every kind has a row");

const char *journal_member_shown(char dst[JOURNAL_SHOWN], const char *text)
{
	return text_clean_into(dst, JOURNAL_SHOWN, slice_of(text));
}

/* The row of a member; `count` when there is none. */
static size_t find(const struct member *table, size_t count, const char *name)
{
	size_t i = 0;

	while (i < count && (table[i].name[0] != name[0] || strcmp(table[i].name, name) != 0))
		i++;
	return i;
}

int journal_member_take(const cJSON *object, const struct member *table, size_t count, void *ret_fields, struct error *err)
{
	uint32_t seen = 0;
	char     shown[JOURNAL_SHOWN];

	for (const cJSON *value = object->child; value; value = value->next) {
		size_t i = find(table, count, value->string);

		if (i == count)
			return error_set(err, ERR_SYNTAX, "unknown member '%s'; written by a newer version?",
			                 journal_member_shown(shown, value->string));
		if (seen & UINT32_C(1) << i)
			return error_set(err, ERR_SYNTAX, "'%s' stands there twice", table[i].name);
		if (!kinds[table[i].kind].is(value))
			return error_set(err, ERR_SYNTAX, "'%s' is not %s", table[i].name,
			                 kinds[table[i].kind].wanted);
		kinds[table[i].kind].put(value, (char *)ret_fields + table[i].offset);
		seen |= UINT32_C(1) << i;
	}
	for (size_t i = 0; i < count; i++)
		if (table[i].required && !(seen & UINT32_C(1) << i))
			return error_set(err, ERR_SYNTAX, "'%s' is missing", table[i].name);
	return 0;
}

bool journal_member_is_clean(const cJSON *value)
{
	if (value->string && !text_is_clean(slice_of(value->string)))
		return false;
	if (cJSON_IsString(value))
		return text_is_clean(slice_of(value->valuestring));
	if (!cJSON_IsArray(value) && !cJSON_IsObject(value))
		return true;
	for (const cJSON *child = value->child; child; child = child->next)
		if (!journal_member_is_clean(child))
			return false;
	return true;
}

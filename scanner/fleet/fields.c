#include "fields.h"

#include "text.h"

#define NUMBER_MAX 9007199254740992.0 /* 2^53: whole numbers above are not exact */

static bool put_text(const cJSON *value, void *field)
{
	const char *text = value->valuestring;

	if (!cJSON_IsString(value) || !text_is_clean(slice_of(text)))
		return false;
	memcpy(field, &text, sizeof(text));
	return true;
}

static bool put_number(const cJSON *value, void *field)
{
	double  n = value->valuedouble;
	int64_t number;

	if (!cJSON_IsNumber(value) || !(n > -NUMBER_MAX && n < NUMBER_MAX))
		return false;
	number = (int64_t)n;
	if ((double)number != n)
		return false;
	memcpy(field, &number, sizeof(number));
	return true;
}

static bool put_boolean(const cJSON *value, void *field)
{
	enum answer answer = cJSON_IsTrue(value) ? ANSWER_YES : ANSWER_NO;

	if (!cJSON_IsBool(value))
		return false;
	memcpy(field, &answer, sizeof(answer));
	return true;
}

static bool put_list(const cJSON *value, void *field)
{
	const cJSON *item;

	if (!cJSON_IsArray(value))
		return false;
	cJSON_ArrayForEach(item, value)
		if (!cJSON_IsString(item) || !text_is_clean(slice_of(item->valuestring)))
			return false;
	memcpy(field, &value, sizeof(value));
	return true;
}

static bool (*const puts_kind[])(const cJSON *value, void *field) = {
	[FIELD_TEXT] = put_text,
	[FIELD_NUMBER] = put_number,
	[FIELD_BOOLEAN] = put_boolean,
	[FIELD_LIST] = put_list,
};
static_assert(countof(puts_kind) == FIELD_KINDS, "every kind has a row");

const char *fields_take(const cJSON *object, const struct field *table, size_t count, void *ret_fields)
{
	uint32_t seen = 0;

	for (const cJSON *value = object->child; value; value = value->next) {
		size_t i = 0;

		while (i < count && (table[i].name[0] != value->string[0] || strcmp(table[i].name, value->string) != 0))
			i++;
		if (i == count)
			continue;
		if ((seen & UINT32_C(1) << i) != 0 || !puts_kind[table[i].kind](value, (char *)ret_fields + table[i].offset))
			return table[i].name;
		seen |= UINT32_C(1) << i;
	}
	return NULL;
}

#include "fact.h"

#include "limit.h"
#include "text.h"

#define INTEGER_MAX INT64_C(999999999999999) /* a double holds more, but cJSON prints 15 digits */

static const char *const type_names[] = {
	[FACT_UNKNOWN] = "unknown", [FACT_TEXT] = "text", [FACT_INTEGER] = "integer", [FACT_BOOLEAN] = "boolean",
	[FACT_MODE] = "mode",       [FACT_LIST] = "list", [FACT_TABLE] = "table",
};
static_assert(countof(type_names) == FACT_TABLE + 1, "every type has a name");

static const char *const reason_names[] = {
	[REASON_UNKNOWN] = "unknown",     [REASON_PRIVILEGE] = "privilege",     [REASON_TIMEOUT] = "timeout",
	[REASON_TRUNCATED] = "truncated", [REASON_UNSUPPORTED] = "unsupported", [REASON_PARSE] = "parse",
	[REASON_MISSING] = "missing",
};
static_assert(countof(reason_names) == REASON_MISSING + 1, "every reason has a name");

const char *fact_type_name(enum fact_type type)
{
	return (size_t)type < countof(type_names) ? type_names[type] : type_names[FACT_UNKNOWN];
}

const char *reason_name(enum reason reason)
{
	return (size_t)reason < countof(reason_names) ? reason_names[reason] : reason_names[REASON_UNKNOWN];
}

/* Hand `item` over to `object`; cJSON says nothing but true or false. */
static int attach(cJSON *object, const char *name, cJSON *item, struct error *err)
{
	if (item && cJSON_AddItemToObject(object, name, item))
		return 0;
	cJSON_Delete(item);
	return error_nomem(err);
}

/* Clean bytes as a cJSON string, which owns a copy. */
static int make_string(struct slice text, cJSON **ret_item, struct error *err)
{
	cJSON *item = cJSON_CreateNull();
	char  *copy = item ? cJSON_malloc(text.len + 1) : NULL;

	if (!copy) {
		cJSON_Delete(item);
		return error_nomem(err);
	}
	if (text.len > 0)
		memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	item->type = cJSON_String;
	item->valuestring = copy;
	*ret_item = item;
	return 0;
}

/* A target's bytes as a cJSON string; nearly all are clean. */
static int make_text(struct slice text, cJSON **ret_item, struct error *err)
{
	struct buf clean;
	int        r;

	if (text.len <= LIMIT_FACT_TEXT && text_is_clean(text))
		return make_string(text, ret_item, err);
	buf_init(&clean, LIMIT_FACT_TEXT);
	r = text_clean(&clean, text, err);
	if (r == 0)
		r = make_string(buf_slice(&clean), ret_item, err);
	buf_free(&clean);
	return r;
}

int fact_add_text(cJSON *object, const char *name, struct slice text, struct error *err)
{
	cJSON *item = NULL;
	int    r = make_text(text, &item, err);

	if (r == 0)
		return attach(object, name, item, err);
	error_prefix(err, "%s", name);
	return r;
}

int fact_add_integer(cJSON *object, const char *name, int64_t value, struct error *err)
{
	if (value > INTEGER_MAX || value < -INTEGER_MAX)
		return error_set(err, ERR_TOO_BIG, "%s: %" PRId64 " is out of range", name, value);
	return attach(object, name, cJSON_CreateNumber((double)value), err);
}

int fact_add_boolean(cJSON *object, const char *name, bool value, struct error *err)
{
	return attach(object, name, cJSON_CreateBool(value), err);
}

int fact_add_mode(cJSON *object, const char *name, unsigned mode, struct error *err)
{
	char digits[3 * sizeof(mode) + 1];

	snprintf(digits, sizeof(digits), "%04o", mode);
	return attach(object, name, cJSON_CreateString(digits), err);
}

cJSON *fact_add_array(cJSON *object, const char *name)
{
	return cJSON_AddArrayToObject(object, name);
}

/* Room for one more item. The array counts its items in a member that cJSON uses for numbers only; asking cJSON walks the whole list. */
static bool count_item(cJSON *array)
{
	if (array->valueint >= (int)LIMIT_FACT_ITEMS)
		return false;
	array->valueint++;
	return true;
}

int fact_list_append(cJSON *list, struct slice text, struct error *err)
{
	cJSON *item = NULL;
	int    r;

	if (!count_item(list))
		return error_set(err, ERR_TOO_BIG, "a list of more than %u items", LIMIT_FACT_ITEMS);
	r = make_text(text, &item, err);
	if (r < 0)
		return r;
	if (cJSON_AddItemToArray(list, item))
		return 0;
	cJSON_Delete(item);
	return error_nomem(err);
}

cJSON *fact_table_append(cJSON *table)
{
	cJSON *item;

	if (!count_item(table))
		return NULL;
	item = cJSON_CreateObject();
	if (item && cJSON_AddItemToArray(table, item))
		return item;
	cJSON_Delete(item);
	return NULL;
}

int fact_add_names(cJSON *object, const char *name, struct slice comma_separated, struct error *err)
{
	struct slice part;
	cJSON       *list = cJSON_CreateArray();

	if (!list)
		return error_nomem(err);
	while (slice_next(&comma_separated, ',', &part)) {
		int r = fact_list_append(list, part, err);

		if (r < 0) {
			cJSON_Delete(list);
			error_prefix(err, "%s", name);
			return r;
		}
	}
	return attach(object, name, list, err);
}

/* The list of what could not be read, made when first needed. */
static cJSON *unavailable_of(cJSON *object)
{
	cJSON *list = cJSON_GetObjectItemCaseSensitive(object, "unavailable");

	return list ? list : fact_add_array(object, "unavailable");
}

static int fill_unavailable(cJSON *item, const char *name, enum reason reason, const char *message, struct error *err)
{
	if (cJSON_AddStringToObject(item, "fact", name) && cJSON_AddStringToObject(item, "reason", reason_name(reason)) &&
	    cJSON_AddStringToObject(item, "message", message))
		return 0;
	return error_nomem(err);
}

int fact_add_unavailable(cJSON *object, const char *name, enum reason reason, struct error *err, const char *message, ...)
{
	char    text[sizeof(err->text)];
	char    clean[sizeof(err->text)];
	cJSON  *list = unavailable_of(object);
	cJSON  *item = list ? fact_table_append(list) : NULL;
	va_list args;

	if (!item)
		return error_nomem(err);
	va_start(args, message);
	vsnprintf(text, sizeof(text), message, args);
	va_end(args);
	text_clean_into(clean, sizeof(clean), slice_of(text));
	return fill_unavailable(item, name, reason, clean, err);
}

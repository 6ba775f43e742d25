#include "journal_member.h"

#include "json_read.h"
#include "text.h"

#define NUMBER_MAX (UINT64_C(1) << 53) /* whole numbers above are not exact everywhere */

/* Where a value stands, to be written to. */
static char *place_of(struct buf *line, struct slice value)
{
	return line->ptr + (value.ptr - line->ptr);
}

/* Escapes are cJSON's work; without them a text is never longer. */
static int undo_escapes(char *at, struct slice value, struct error *err)
{
	struct json json;
	int         r = json_parse(value, &json, err);

	if (r < 0)
		return r;
	if (cJSON_IsString(json.root))
		memcpy(at, json.root->valuestring, strlen(json.root->valuestring) + 1);
	else
		r = error_set(err, ERR_SYNTAX, "not text");
	json_free(&json);
	return r;
}

int journal_member_text(struct buf *line, struct slice value, const char **ret_text, struct error *err)
{
	char *at = place_of(line, value);

	if (value.len < 2 || at[0] != '"')
		return error_set(err, ERR_SYNTAX, "not text");
	if (memchr(at, '\\', value.len)) {
		int r = undo_escapes(at, value, err);

		if (r < 0)
			return r;
		*ret_text = at;
		return 0;
	}
	at[value.len - 1] = '\0';
	*ret_text = at + 1;
	return 0;
}

static bool is_text(const char *text)
{
	return text_is_clean(slice_of(text));
}

static bool is_name(const char *text)
{
	return text[0] != '\0' && is_text(text);
}

static bool is_lines(const char *text)
{
	struct slice rest = slice_of(text);
	struct slice line;

	while (slice_next_line(&rest, &line, NULL))
		if (!text_is_clean(line))
			return false;
	return true;
}

static bool is_stamp(const char *text)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";

	if (strlen(text) != strlen(form))
		return false;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	return true;
}

static bool put_number(struct slice value, void *field)
{
	uint64_t number;

	if (text_parse_unsigned(value, 10, NUMBER_MAX - 1, &number, NULL) < 0)
		return false;
	memcpy(field, &number, sizeof(number));
	return true;
}

static bool put_boolean(struct slice value, void *field)
{
	bool truth = slice_is(value, "true");

	if (!truth && !slice_is(value, "false"))
		return false;
	memcpy(field, &truth, sizeof(truth));
	return true;
}

static bool put_bytes(struct slice value, void *field)
{
	memcpy(field, &value, sizeof(value));
	return true;
}

static bool put_object(struct slice value, void *field)
{
	return value.ptr[0] == '{' && put_bytes(value, field);
}

static bool put_array(struct slice value, void *field)
{
	return value.ptr[0] == '[' && put_bytes(value, field);
}

/* Of a text, what it must be; of anything else, how it is taken. */
static const struct {
	const char *wanted;
	bool (*is)(const char *text);
	bool (*put)(struct slice value, void *field);
} kinds[] = {
	[MEMBER_TEXT] = { "text without control characters", is_text, NULL },
	[MEMBER_NAME] = { "text that is not empty and without control characters", is_name, NULL },
	[MEMBER_LINES] = { "text without control characters", is_lines, NULL },
	[MEMBER_STAMP] = { "a time like 2026-01-01T00:00:00Z", is_stamp, NULL },
	[MEMBER_NUMBER] = { "a whole number", NULL, put_number },
	[MEMBER_BOOLEAN] = { "true or false", NULL, put_boolean },
	[MEMBER_OBJECT] = { "an object", NULL, put_object },
	[MEMBER_ARRAY] = { "an array", NULL, put_array },
};
static_assert(countof(kinds) == MEMBER_KINDS, "every kind has a row");

/* 0, ERR_SYNTAX without words, ERR_NOMEM. */
static int put(struct buf *line, enum member_kind kind, struct slice value, void *field)
{
	const char *text;
	int         r;

	if (kinds[kind].put)
		return kinds[kind].put(value, field) ? 0 : ERR_SYNTAX;
	r = journal_member_text(line, value, &text, NULL);
	if (r == 0 && !kinds[kind].is(text))
		r = ERR_SYNTAX;
	if (r == 0)
		memcpy(field, &text, sizeof(text));
	return r;
}

const char *journal_member_shown(char dst[JOURNAL_SHOWN], const char *text)
{
	return text_clean_into(dst, JOURNAL_SHOWN, slice_of(text));
}

/* The row of a member, which is most often the one after the last; `count` when there is none. */
static size_t find(const struct member *table, size_t count, size_t begin, struct slice name)
{
	for (size_t i = 0; i < count; i++) {
		size_t row = begin + i < count ? begin + i : begin + i - count;

		if (slice_is(name, table[row].name))
			return row;
	}
	return count;
}

static int take_one(struct buf *line, const struct member *table, size_t i, struct slice value, uint32_t *seen, void *ret_fields,
                    struct error *err)
{
	int r;

	if (*seen & UINT32_C(1) << i)
		return error_set(err, ERR_SYNTAX, "'%s' stands there twice", table[i].name);
	*seen |= UINT32_C(1) << i;
	r = put(line, table[i].kind, value, (char *)ret_fields + table[i].offset);
	if (r == ERR_SYNTAX)
		return error_set(err, ERR_SYNTAX, "'%s' is not %s", table[i].name, kinds[table[i].kind].wanted);
	return r < 0 ? error_nomem(err) : 0;
}

static int unknown_member(struct slice name, struct error *err)
{
	char shown[JOURNAL_SHOWN];

	return error_set(err, ERR_SYNTAX, "unknown member '%s'; written by a newer version?", text_clean_into(shown, sizeof(shown), name));
}

int journal_member_walk(struct buf *line, struct journal_raw *raw, const struct member *table, size_t count, void *ret_fields, struct error *err)
{
	uint32_t     seen = 0;
	struct slice name;
	struct slice value;
	size_t       i = 0;
	int          more;

	if (raw->close != '}')
		return error_set(err, ERR_SYNTAX, "not an object");
	while ((more = journal_raw_next(raw, &name, &value)) > 0) {
		int r;

		i = find(table, count, i, name);
		if (i == count)
			return unknown_member(name, err);
		r = take_one(line, table, i++, value, &seen, ret_fields, err);
		if (r < 0)
			return r;
	}
	if (more < 0)
		return error_set(err, ERR_SYNTAX, "not a JSON object");
	for (i = 0; i < count; i++)
		if (table[i].required && !(seen & UINT32_C(1) << i))
			return error_set(err, ERR_SYNTAX, "'%s' is missing", table[i].name);
	return 0;
}

int journal_member_take(struct buf *line, struct slice object, const struct member *table, size_t count, void *ret_fields, struct error *err)
{
	struct journal_raw raw;

	if (!journal_raw_begin(&raw, object))
		return error_set(err, ERR_SYNTAX, "not an object");
	return journal_member_walk(line, &raw, table, count, ret_fields, err);
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

#include "tables.h"

static const struct {
	const char *name;
	const char *member;
	const char *table;
} rows[] = {
#define TABLE(name_, member_, table_) [TABLE_##name_] = { .name = member_ "." table_, .member = (member_), .table = (table_) },
#include "tables.def"
#undef TABLE
};
static_assert(countof(rows) == TABLE_COUNT, "one list");

const char *table_name(enum table_index table)
{
	return rows[table].name;
}

/* Keep the first. */
static void put(struct tables *t, struct slice *place, struct slice value)
{
	if (place->len > 0)
		t->twice = true;
	else
		*place = value;
}

static void find_in_module(struct tables *t, struct slice member, struct slice module)
{
	struct journal_raw raw;
	struct slice       name;
	struct slice       value;
	int                more = journal_raw_begin(&raw, module) ? journal_raw_next(&raw, &name, &value) : 0;

	for (; more > 0; more = journal_raw_next(&raw, &name, &value)) {
		for (size_t i = 0; i < TABLE_COUNT; i++) {
			if (!slice_is(member, rows[i].member))
				continue;
			if (slice_is(name, rows[i].table))
				put(t, &t->bytes[i], value);
			if (slice_is(name, "unavailable"))
				put(t, &t->unavailable[i], value);
		}
	}
	t->broken = t->broken || more < 0;
}

static bool is_wanted(struct slice member)
{
	for (size_t i = 0; i < TABLE_COUNT; i++)
		if (slice_is(member, rows[i].member))
			return true;
	return false;
}

void tables_find(struct tables *ret_tables, struct slice facts)
{
	struct journal_raw raw;
	struct slice       name;
	struct slice       value;
	int                more = journal_raw_begin(&raw, facts) ? journal_raw_next(&raw, &name, &value) : ERR_SYNTAX;

	*ret_tables = (struct tables){ 0 };
	for (; more > 0; more = journal_raw_next(&raw, &name, &value))
		if (is_wanted(name))
			find_in_module(ret_tables, name, value);
	ret_tables->broken = ret_tables->broken || more < 0;
}

static bool is_field(struct slice name, const struct field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (name.len > 0 && name.ptr[0] == fields[i].name[0] && slice_is(name, fields[i].name))
			return true;
	return false;
}

/* The object with the members that are wanted; false when it is none, or memory is exhausted. */
static bool reduce(struct slice item, const struct field *fields, size_t count, struct buf *out)
{
	struct journal_raw raw;
	struct slice       name;
	struct slice       value;
	int                more = item.len > 0 && item.ptr[0] == '{' && journal_raw_begin(&raw, item) ? journal_raw_next(&raw, &name, &value) : ERR_SYNTAX;
	int                r = 0;

	buf_clear(out);
	for (; more > 0 && r == 0; more = journal_raw_next(&raw, &name, &value)) {
		if (!is_field(name, fields, count))
			continue;
		r = buf_append_text(out, out->len > 0 ? ",\"" : "{\"", NULL);
		if (r == 0)
			r = buf_append_slice(out, name, NULL);
		if (r == 0)
			r = buf_append_text(out, "\":", NULL);
		if (r == 0)
			r = buf_append_slice(out, value, NULL);
	}
	if (more == 0 && r == 0)
		r = buf_append_text(out, out->len > 0 ? "}" : "{}", NULL);
	return more == 0 && r == 0;
}

const char *tables_take(struct slice item, const struct field *fields, size_t count, void *ret_fields, struct buf *scratch,
                        cJSON **ret_object)
{
	cJSON      *object = reduce(item, fields, count, scratch) ? cJSON_ParseWithLength(scratch->ptr, scratch->len) : NULL;
	const char *wrong = object ? fields_take(object, fields, count, ret_fields) : "an item";

	if (wrong)
		cJSON_Delete(object);
	else
		*ret_object = object;
	return wrong;
}

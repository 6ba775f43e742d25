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

/* Walk through a module, to its end. */
static int find_in_module(struct tables *t, struct slice member, struct journal_raw *module)
{
	struct slice name;
	struct slice value;
	int          more;

	while ((more = journal_raw_next(module, &name, &value)) > 0) {
		for (size_t i = 0; i < TABLE_COUNT; i++) {
			if (!slice_is(member, rows[i].member))
				continue;
			if (slice_is(name, rows[i].table))
				put(t, &t->bytes[i], value);
			if (slice_is(name, "unavailable"))
				put(t, &t->unavailable[i], value);
		}
	}
	return more;
}

static bool is_wanted(struct slice member)
{
	for (size_t i = 0; i < TABLE_COUNT; i++)
		if (slice_is(member, rows[i].member))
			return true;
	return false;
}

/* A member of the facts: 1 when the walk can go on. */
static int find_in_member(struct tables *t, struct slice member, struct journal_raw *facts)
{
	struct journal_raw module;
	struct slice       value;

	if (!is_wanted(member) || !journal_raw_enter(facts, &module))
		return journal_raw_value(facts, &value);
	if (find_in_module(t, member, &module) < 0)
		return ERR_SYNTAX;
	journal_raw_leave(facts, &module);
	return 1;
}

void tables_find(struct tables *ret_tables, struct slice facts)
{
	struct journal_raw raw;
	struct slice       name;
	int                more = journal_raw_begin(&raw, facts) ? 1 : ERR_SYNTAX;

	*ret_tables = (struct tables){ 0 };
	while (more > 0) {
		more = journal_raw_name(&raw, &name);
		if (more > 0)
			more = find_in_member(ret_tables, name, &raw);
	}
	ret_tables->broken = more < 0;
}

static bool is_field(struct slice name, const struct field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (name.len > 0 && name.ptr[0] == fields[i].name[0] && slice_is(name, fields[i].name))
			return true;
	return false;
}

static int append_member(struct buf *out, struct slice name, struct slice value)
{
	int r = buf_append_text(out, out->len > 0 ? ",\"" : "{\"", NULL);

	if (r == 0)
		r = buf_append_slice(out, name, NULL);
	if (r == 0)
		r = buf_append_text(out, "\":", NULL);
	return r == 0 ? buf_append_slice(out, value, NULL) : r;
}

/* Walk through an object, and copy the members that are wanted. */
static int reduce(struct journal_raw *object, const struct field *fields, size_t count, struct buf *out)
{
	struct slice name;
	struct slice value;
	int          more;
	int          r = 0;

	buf_clear(out);
	while (r == 0 && (more = journal_raw_next(object, &name, &value)) != 0) {
		if (more < 0)
			return more;
		if (is_field(name, fields, count))
			r = append_member(out, name, value);
	}
	return r == 0 ? buf_append_text(out, out->len > 0 ? "}" : "{}", NULL) : r;
}

const char *tables_take(struct journal_raw *array, const struct field *fields, size_t count, void *ret_fields, struct buf *scratch,
                        cJSON **ret_object, bool *ret_whole)
{
	struct journal_raw inner;
	struct slice       value;
	cJSON             *object = NULL;
	const char        *wrong;

	if (!journal_raw_enter(array, &inner) || inner.close != '}') {
		*ret_whole = journal_raw_value(array, &value) > 0;
		return "an item";
	}
	*ret_whole = reduce(&inner, fields, count, scratch) == 0;
	if (*ret_whole) {
		journal_raw_leave(array, &inner);
		object = cJSON_ParseWithLength(scratch->ptr, scratch->len);
	}
	wrong = object ? fields_take(object, fields, count, ret_fields) : "an item";
	if (wrong)
		cJSON_Delete(object);
	else
		*ret_object = object;
	return wrong;
}

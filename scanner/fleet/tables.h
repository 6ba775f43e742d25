/*
 * tables.h: where the tables of a target's facts are, and their items one by one. The facts stay bytes (journal_raw.h) until an item is asked
 * for, and of that only the members that are needed become values.
 */
#ifndef SSHVET_TABLES_H
#define SSHVET_TABLES_H

#include "buf.h"
#include "fields.h"
#include "journal_raw.h"

enum table_index {
#define TABLE(name, member, table) TABLE_##name,
#include "tables.def"
#undef TABLE
	TABLE_COUNT
};

/* "accounts.users" */
const char *table_name(enum table_index table) MUST_USE;

struct tables {
	struct slice bytes[TABLE_COUNT];       /* of the array; empty when there is none */
	struct slice unavailable[TABLE_COUNT]; /* of its module's list; empty when there is none */
	bool         twice;                    /* something is there more than once, and the first of them counts */
	bool         broken;                   /* the facts end early */
};

/* Find the tables in the bytes of the facts. */
void tables_find(struct tables *ret_tables, struct slice facts);

/*
 * Take the item that a walk through an array has come to: what `fields` name of the object, as values in `*ret_fields`, whose texts belong to
 * `*ret_object` (cJSON_Delete()). NULL when all is well, else what is not understood. `scratch` is overwritten. The walk can go on when
 * `*ret_whole` says so.
 */
const char *tables_take(struct journal_raw *array, const struct field *fields, size_t count, void *ret_fields, struct buf *scratch,
                        cJSON **ret_object, bool *ret_whole) MUST_USE;

#endif

/*
 * key_item.h: items of the table keys.files.
 */
#ifndef SSHVET_KEY_ITEM_H
#define SSHVET_KEY_ITEM_H

#include "key_access.h"

/* What a new item is about. */
struct key_item {
	struct slice          subject;
	struct slice          path;
	const char           *kind;
	const struct account *account; /* whose it is; NULL for the host's own */
};

/* A new item of the table, which owns it, with what `about` says; ERR_NOMEM, ERR_TOO_BIG. */
int key_item_add(cJSON *table, const struct key_item *about, cJSON **ret_item, struct error *err) MUST_USE;

/* Add type, link, mode, owner and group; names from the state, or of the world where it has none. */
int key_item_add_state(cJSON *item, const struct key_world *world, const struct file_state *state, bool link, struct error *err) MUST_USE;

/* Add acl, ancestors and writers of the path, which belongs to the account `uid`. */
int key_item_add_access(cJSON *item, struct key_world *world, struct slice path, uint64_t uid, struct error *err) MUST_USE;

/* Call `add` with `context` for each fact that is not known of an item of which nothing is. */
typedef int key_item_unknown(cJSON *item, const char *fact, const void *context, struct error *err);
int         key_item_add_unknown(cJSON *item, key_item_unknown *add, const void *context, struct error *err) MUST_USE;

#endif

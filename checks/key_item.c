#include "key_item.h"

#include "text.h"

int key_item_add(cJSON *table, const struct key_item *about, cJSON **ret_item, struct error *err)
{
	cJSON *item = fact_table_append(table);
	int    r = item ? fact_add_text(item, "subject", about->subject, err) : error_nomem(err);

	if (r == 0)
		r = fact_add_text(item, "path", about->path, err);
	if (r == 0)
		r = fact_add_text(item, "where", about->path, err);
	if (r == 0 && about->kind)
		r = fact_add_text(item, "kind", slice_of(about->kind), err);
	if (r == 0 && about->account)
		r = fact_add_text(item, "user", about->account->name, err);
	if (r == 0 && about->account)
		r = fact_add_text(item, "login", slice_of(account_has_shell(about->account) ? "shell" : "no_shell"), err);
	if (r == 0)
		*ret_item = item;
	return r;
}

/* UNKNOWN is stat's word for a number without a name. */
static int add_name(cJSON *item, const char *name, struct slice text, struct error *err)
{
	if (text.len == 0 || slice_is(text, "UNKNOWN"))
		return fact_add_unavailable(item, name, REASON_UNSUPPORTED, err, "the number has no name on this host");
	return fact_add_text(item, name, text, err);
}

/* An account name may not hold a colon, so the first one is the separator. */
static int add_names(cJSON *item, const struct key_world *world, const struct file_state *state, struct error *err)
{
	struct slice group = state->names, owner = { 0 };
	size_t       user = accounts_find_uid(&world->accounts, state->uid), number = accounts_find_gid(&world->accounts, state->gid);
	int          r;

	if (group.len > 0 && !slice_next(&group, ':', &owner))
		owner = group;
	if (owner.len == 0 && user != ACCOUNT_NONE)
		owner = world->accounts.items[user].name;
	if (group.len == 0 && number != ACCOUNT_NONE)
		group = world->accounts.groups[number].name;
	r = add_name(item, "owner", owner, err);
	return r < 0 ? r : add_name(item, "group", group, err);
}

int key_item_add_state(cJSON *item, const struct key_world *world, const struct file_state *state, bool link, struct error *err)
{
	int r = fact_add_text(item, "type", slice_of(file_state_type(state->mode)), err);

	if (r == 0)
		r = fact_add_boolean(item, "link", link, err);
	if (r == 0)
		r = fact_add_mode(item, "mode", state->mode & 07777, err);
	if (r == 0)
		r = fact_add_integer(item, "uid", (int64_t)state->uid, err);
	if (r == 0)
		r = fact_add_integer(item, "gid", (int64_t)state->gid, err);
	return r < 0 ? r : add_names(item, world, state, err);
}

int key_item_add_access(cJSON *item, struct key_world *world, struct slice path, uint64_t uid, struct error *err)
{
	struct key_found found;
	int              r = key_paths_look(&world->paths, path, &world->real, &found, err);

	if (r < 0)
		return r;
	if (found.presence != KEY_PRESENCE_THERE)
		r = key_paths_add_unavailable(item, "acl", world->ev, &world->paths, found.presence, err);
	else if (found.file->acl == KEY_ACL_UNKNOWN)
		r = fact_add_unavailable(item, "acl", REASON_UNSUPPORTED, err, "the ls of this host does not show ACLs");
	else
		r = fact_add_boolean(item, "acl", found.file->acl == KEY_ACL_PRESENT, err);
	if (r == 0)
		r = key_access_add_ancestors(world, item, path, err);
	return r < 0 ? r : key_access_add_writers(world, item, path, uid, err);
}

int key_item_add_unknown(cJSON *item, key_item_unknown *add, const void *context, struct error *err)
{
	static const char *const names[] = { "type", "link", "mode", "uid", "gid", "owner", "group", "acl", "ancestors", "writers" };
	int                      r = 0;

	for (size_t i = 0; r == 0 && i < countof(names); i++)
		r = add(item, names[i], context, err);
	return r;
}

/*
 * read.c: from the facts of one target to records of the fleet. What the facts do not say, or say in a form that is not
 * understood, becomes a reason why the host is not known in full; nothing is left out in silence.
 */
#include "reading.h"

#include "limit.h"
#include "mem.h"

const char *reading_keep(struct reading *r, const char *text)
{
	const char *kept = text ? intern(&r->fleet->texts, text) : NULL;

	if (text && !kept)
		r->failed = true;
	return text && !kept ? "" : kept;
}

void reading_doubt(struct reading *r, const char *what, const char *subject, const char *detail)
{
	buf_clear(&r->text);
	if (buf_printf(&r->text, NULL, "%s%s%s%s%s", what, subject ? " " : "", subject ? subject : "", detail ? ": " : "",
	               detail ? detail : "") < 0 ||
	    !fleet_add_reason(r->fleet, r->host, buf_text(&r->text)))
		r->failed = true;
}

const char *reading_joined(struct reading *r, const cJSON *list)
{
	const cJSON *item;
	bool         first = true;

	if (!list || !list->child)
		return NULL;
	buf_clear(&r->text);
	cJSON_ArrayForEach(item, list) {
		if ((!first && buf_append_text(&r->text, ",", NULL) < 0) || buf_append_text(&r->text, item->valuestring, NULL) < 0)
			r->failed = true;
		first = false;
	}
	return reading_keep(r, buf_text(&r->text));
}

/* Whether a fact is the table, or something in it. */
static bool is_of_table(const char *fact, const char *table)
{
	size_t len = strlen(table);

	return strncmp(fact, table, len) == 0 && (fact[len] == '\0' || fact[len] == '[' || fact[len] == '.');
}

/* A fact that could not be read. */
struct unavailable {
	const char *fact;
	const char *reason;
	const char *message;
};

static const struct field unavailable_fields[] = {
	{ "fact", FIELD_TEXT, offsetof(struct unavailable, fact) },
	{ "reason", FIELD_TEXT, offsetof(struct unavailable, reason) },
	{ "message", FIELD_TEXT, offsetof(struct unavailable, message) },
};

/* Say so when an item of the list is about the table, or not understood. */
static bool doubt_one(struct reading *r, enum table_index table, struct journal_raw *list, bool *ret_whole)
{
	struct unavailable u = { 0 };
	cJSON             *object = NULL;
	const char        *wrong = tables_take(list, unavailable_fields, countof(unavailable_fields), &u, &r->item, &object, ret_whole);
	bool               about = wrong || !u.fact || is_of_table(u.fact, table_name(table));

	if (about && wrong)
		reading_doubt(r, table_name(table), "unavailable", "is not understood");
	else if (about)
		reading_doubt(r, u.fact ? u.fact : table_name(table), NULL, u.message ? u.message : u.reason);
	cJSON_Delete(object);
	return about;
}

/* Say what a module could not read of a table. True when there was something. */
static bool doubt_unavailable(struct reading *r, enum table_index table)
{
	struct journal_raw raw;
	struct slice       name;
	bool               found = false;
	bool               whole = true;
	int                more = journal_raw_begin(&raw, r->tables.unavailable[table]) ? journal_raw_name(&raw, &name) : 0;

	while (more > 0 && whole) {
		found = doubt_one(r, table, &raw, &whole) || found;
		more = whole ? journal_raw_name(&raw, &name) : ERR_SYNTAX;
	}
	return found || more < 0;
}

uint32_t reading_account(struct reading *r, const char *user)
{
	uint32_t             id = pairs_get(&r->account_ids, user, NULL);
	uint32_t             listed = pairs_get(&r->user_ids, user, NULL);
	struct fleet_account account = { .host = r->host, .user = user };

	if (id != PAIRS_NONE)
		return id;
	account.root = listed == PAIRS_NONE || r->users[listed].uid < 0 ? strcmp(user, "root") == 0 : r->users[listed].uid == 0;
	id = fleet_add_account(r->fleet, &account);
	if (id == FLEET_NONE || !pairs_set(&r->account_ids, user, NULL, id))
		r->failed = true;
	return id;
}

bool reading_take(struct reading *r, struct journal_raw *items, const struct field *fields, size_t count, void *ret_fields, enum table_index table,
                  cJSON **ret_object)
{
	const char *wrong = tables_take(items, fields, count, ret_fields, &r->item, ret_object, &r->whole);

	if (wrong)
		reading_doubt(r, table_name(table), wrong, "is not understood");
	return !wrong;
}

/* ---- accounts ---- */

static const struct field user_fields[] = {
	{ "name", FIELD_TEXT, offsetof(struct user, name) },
	{ "uid", FIELD_NUMBER, offsetof(struct user, uid) },
	{ "login", FIELD_TEXT, offsetof(struct user, login) },
	{ "password", FIELD_TEXT, offsetof(struct user, password) },
	{ "expired", FIELD_BOOLEAN, offsetof(struct user, expired) },
	{ "groups", FIELD_LIST, offsetof(struct user, groups) },
};

/* `*array` with room for one more behind `count`, doubling at powers of two. */
static bool make_room(struct reading *r, void *array, size_t count, size_t size)
{
	void *items;

	memcpy(&items, array, sizeof(items));
	if ((count & (count - 1)) != 0)
		return true;
	items = mem_resize(items, count ? count * 2 : 1, size);
	if (items)
		memcpy(array, &items, sizeof(items));
	else
		r->failed = true;
	return items != NULL;
}

static void add_user(struct reading *r, struct user *user)
{
	if (!user->name || user->uid < 0) {
		reading_doubt(r, table_name(TABLE_users), NULL, "an account without name or number");
		return;
	}
	user->name = reading_keep(r, user->name);
	user->login = reading_keep(r, user->login);
	user->password = reading_keep(r, user->password);
	user->group_names = user->groups ? reading_joined(r, user->groups) : NULL;
	user->groups = NULL;
	if (!r->failed && make_room(r, &r->users, r->nusers, sizeof(*r->users)) &&
	    pairs_set(&r->user_ids, user->name, NULL, (uint32_t)r->nusers))
		r->users[r->nusers++] = *user;
	else
		r->failed = true;
}

static void read_user(struct reading *r, struct journal_raw *items)
{
	struct user user = { .uid = -1 };
	cJSON      *object;

	if (!reading_take(r, items, user_fields, countof(user_fields), &user, TABLE_users, &object))
		return;
	add_user(r, &user);
	cJSON_Delete(object);
}

/* Every host has an account of uid 0, whatever its name. */
static void add_root(struct reading *r)
{
	const char *name = "root";

	for (size_t i = 0; i < r->nusers && strcmp(r->users[i].name, "root") != 0; i++)
		if (r->users[i].uid == 0)
			name = r->users[i].name;
	r->fleet->hosts[r->host].root = reading_account(r, reading_keep(r, name));
	if (!r->failed)
		r->fleet->accounts[r->fleet->hosts[r->host].root].root = true;
}

/* ---- what sshd lets in ---- */

static void read_context(struct reading *r, struct journal_raw *items)
{
	struct login_context context = { 0 };

	if (reading_take(r, items, login_fields, login_nfields, &context, TABLE_contexts, &context.object) && !login_rules_add(&r->login, &context))
		r->failed = true;
}

static const struct field strict_fields[] = {
	{ "user", FIELD_TEXT, offsetof(struct strict, user) },
	{ "path", FIELD_TEXT, offsetof(struct strict, path) },
	{ "refused", FIELD_BOOLEAN, offsetof(struct strict, refused) },
	{ "why", FIELD_TEXT, offsetof(struct strict, why) },
};

static void add_strict(struct reading *r, struct strict *strict)
{
	if (!strict->user || !strict->path) {
		reading_doubt(r, table_name(TABLE_strict_modes), NULL, "an item without user or path");
		return;
	}
	strict->user = reading_keep(r, strict->user);
	strict->path = reading_keep(r, strict->path);
	strict->why = reading_keep(r, strict->why);
	if (!r->failed && make_room(r, &r->stricts, r->nstricts, sizeof(*r->stricts)) &&
	    pairs_set(&r->strict_ids, strict->user, strict->path, (uint32_t)r->nstricts))
		r->stricts[r->nstricts++] = *strict;
	else
		r->failed = true;
}

static void read_strict(struct reading *r, struct journal_raw *items)
{
	struct strict strict = { 0 };
	cJSON        *object;

	if (!reading_take(r, items, strict_fields, countof(strict_fields), &strict, TABLE_strict_modes, &object))
		return;
	add_strict(r, &strict);
	cJSON_Delete(object);
}

/* ---- a target ---- */

static void (*const readers[])(struct reading *r, struct journal_raw *items) = {
	[TABLE_users] = read_user,             [TABLE_contexts] = read_context, [TABLE_strict_modes] = read_strict,
	[TABLE_authorized] = read_keys_authorized, [TABLE_private] = read_keys_private,  [TABLE_host] = read_keys_host,
};
static_assert(countof(readers) == TABLE_COUNT, "every table has a reader");

/* Read the items of a table; the number of them. */
static size_t read_items(struct reading *r, enum table_index table)
{
	struct journal_raw items;
	struct slice       name;
	size_t             count = 0;
	int                more = journal_raw_begin(&items, r->tables.bytes[table]) ? journal_raw_name(&items, &name) : ERR_SYNTAX;

	while (more > 0 && !r->failed) {
		readers[table](r, &items);
		count++;
		more = r->whole ? journal_raw_name(&items, &name) : ERR_SYNTAX;
	}
	if (more < 0)
		reading_doubt(r, table_name(table), NULL, "is not understood");
	return count;
}

static void read_table(struct reading *r, enum table_index table)
{
	bool         said = doubt_unavailable(r, table);
	struct slice bytes = r->tables.bytes[table];
	bool         wanted = table == TABLE_users || table == TABLE_contexts; /* no host is without */

	if (bytes.len == 0 && !said)
		reading_doubt(r, table_name(table), NULL, "not among the facts");
	else if (bytes.len > 0 && bytes.ptr[0] != '[')
		reading_doubt(r, table_name(table), NULL, "in a form that is not understood");
	else if (bytes.len > 0 && read_items(r, table) == 0 && wanted && !said)
		reading_doubt(r, table_name(table), NULL, "nothing is in it");
}

/* Accounts come first, and root before those who need it. */
static void read_facts(struct reading *r, struct slice facts)
{
	tables_find(&r->tables, facts);
	if (r->tables.twice || r->tables.broken)
		reading_doubt(r, "facts", NULL, r->tables.twice ? "something is there twice" : "broken off");
	for (size_t i = 0; i < TABLE_COUNT && !r->failed; i++) {
		read_table(r, (enum table_index)i);
		if (i == TABLE_users && !r->failed)
			add_root(r);
	}
}

static void read_target(struct reading *r, const struct journal_target *t, struct slice facts)
{
	struct fleet_host host = { .name = reading_keep(r, t->name), .address = reading_keep(r, t->address), .port = t->port, .root = FLEET_NONE };

	r->host = r->failed ? FLEET_NONE : fleet_add_host(r->fleet, &host);
	if (r->host == FLEET_NONE) {
		r->failed = true;
		return;
	}
	if (t->error != 0)
		reading_doubt(r, "not scanned:", error_code_name(t->error), t->message);
	else if (facts.len == 0)
		reading_doubt(r, "no facts in the journal (keep them with --facts)", NULL, NULL);
	if (facts.len > 0)
		read_facts(r, facts);
	else
		add_root(r);
	read_keys_connection(r, t);
}

int fleet_read(struct fleet *f, const struct journal_target *target, struct slice facts, struct error *err)
{
	struct reading r = { .fleet = f };

	buf_init(&r.text, LIMIT_JOURNAL_LINE);
	buf_init(&r.item, LIMIT_JOURNAL_LINE);
	read_target(&r, target, facts);
	pairs_fini(&r.user_ids);
	pairs_fini(&r.strict_ids);
	pairs_fini(&r.account_ids);
	login_rules_fini(&r.login);
	mem_free(r.users);
	mem_free(r.stricts);
	buf_free(&r.text);
	buf_free(&r.item);
	return r.failed ? error_nomem(err) : 0;
}

/*
 * read.c: from the facts of one target to records of the fleet. What the facts do not say, or say in a form that is not
 * understood, becomes a reason why the host is not known in full; nothing is left out in silence.
 */
#include "fleet_build.h"

#include "limit.h"
#include "login.h"
#include "mem.h"
#include "tables.h"

/* An account as the host listed it. */
struct user {
	const char  *name;
	int64_t      uid;
	const char  *login;
	enum answer  expired;
	const cJSON *groups; /* while it is read */
	const char  *group_names;
};

/* An authorized_keys file that StrictModes was simulated for. */
struct strict {
	const char *user;
	const char *path;
	enum answer refused;
	const char *why;
};

/* One target on its way into the fleet. */
struct reading {
	struct fleet      *fleet;
	struct tables      tables;
	uint32_t           host;
	struct pairs       user_ids;
	struct pairs       strict_ids;
	struct pairs       account_ids;
	struct user       *users;
	size_t             nusers;
	struct strict     *stricts;
	size_t             nstricts;
	struct login_rules login;
	struct buf         text;   /* of a reason or a list */
	struct buf         item;   /* that is being read */
	bool               failed; /* out of memory, or of numbers */
};

/* Intern; "" once memory is exhausted. NULL stays NULL. */
static const char *keep(struct reading *r, const char *text)
{
	const char *kept = text ? intern(&r->fleet->texts, text) : NULL;

	if (text && !kept)
		r->failed = true;
	return text && !kept ? "" : kept;
}

/* Something of this host is not known. `detail` may be NULL. */
static void doubt(struct reading *r, const char *what, const char *subject, const char *detail)
{
	buf_clear(&r->text);
	if (buf_printf(&r->text, NULL, "%s%s%s%s%s", what, subject ? " " : "", subject ? subject : "", detail ? ": " : "",
	               detail ? detail : "") < 0 ||
	    !fleet_add_reason(r->fleet, r->host, buf_text(&r->text)))
		r->failed = true;
}

/* A list as one text with commas, interned; NULL when it is not there or empty. */
static const char *joined(struct reading *r, const cJSON *list)
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
	return keep(r, buf_text(&r->text));
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

/* Say what a module could not read of a table. True when there was something. */
static bool doubt_unavailable(struct reading *r, enum table_index table)
{
	struct journal_raw raw;
	struct slice       name;
	struct slice       value;
	bool               found = false;
	int                more = journal_raw_begin(&raw, r->tables.unavailable[table]) ? journal_raw_next(&raw, &name, &value) : 0;

	for (; more > 0; more = journal_raw_next(&raw, &name, &value)) {
		struct unavailable u = { 0 };
		cJSON             *object = NULL;
		const char        *wrong = tables_take(value, unavailable_fields, countof(unavailable_fields), &u, &r->item, &object);

		if (wrong || !u.fact || is_of_table(u.fact, table_name(table))) {
			doubt(r, !wrong && u.fact ? u.fact : table_name(table), NULL, u.message ? u.message : u.reason);
			found = true;
		}
		cJSON_Delete(object);
	}
	return found || more < 0;
}

/* The record of an account of that name; FLEET_NONE only when `r->failed`. */
static uint32_t find_account(struct reading *r, const char *user)
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

/* An item of a table as values, `*ret_object` being whose texts they are. False, with a reason, when it is not as it should be. */
static bool take(struct reading *r, struct slice item, const struct field *fields, size_t count, void *ret_fields, enum table_index table,
                 cJSON **ret_object)
{
	const char *wrong = tables_take(item, fields, count, ret_fields, &r->item, ret_object);

	if (wrong)
		doubt(r, table_name(table), wrong, "is not understood");
	return !wrong;
}

/* ---- accounts ---- */

static const struct field user_fields[] = {
	{ "name", FIELD_TEXT, offsetof(struct user, name) },
	{ "uid", FIELD_NUMBER, offsetof(struct user, uid) },
	{ "login", FIELD_TEXT, offsetof(struct user, login) },
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
		doubt(r, table_name(TABLE_users), NULL, "an account without name or number");
		return;
	}
	user->name = keep(r, user->name);
	user->login = keep(r, user->login);
	user->group_names = user->groups ? joined(r, user->groups) : NULL;
	user->groups = NULL;
	if (!r->failed && make_room(r, &r->users, r->nusers, sizeof(*r->users)) &&
	    pairs_set(&r->user_ids, user->name, NULL, (uint32_t)r->nusers))
		r->users[r->nusers++] = *user;
	else
		r->failed = true;
}

static void read_user(struct reading *r, struct slice item)
{
	struct user user = { .uid = -1 };
	cJSON      *object;

	if (!take(r, item, user_fields, countof(user_fields), &user, TABLE_users, &object))
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
	r->fleet->hosts[r->host].root = find_account(r, keep(r, name));
	if (!r->failed)
		r->fleet->accounts[r->fleet->hosts[r->host].root].root = true;
}

/* ---- what sshd lets in ---- */

static void read_context(struct reading *r, struct slice item)
{
	struct login_context context = { 0 };

	if (take(r, item, login_fields, login_nfields, &context, TABLE_contexts, &context.object) && !login_rules_add(&r->login, &context))
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
		doubt(r, table_name(TABLE_strict_modes), NULL, "an item without user or path");
		return;
	}
	strict->user = keep(r, strict->user);
	strict->path = keep(r, strict->path);
	strict->why = keep(r, strict->why);
	if (!r->failed && make_room(r, &r->stricts, r->nstricts, sizeof(*r->stricts)) &&
	    pairs_set(&r->strict_ids, strict->user, strict->path, (uint32_t)r->nstricts))
		r->stricts[r->nstricts++] = *strict;
	else
		r->failed = true;
}

static void read_strict(struct reading *r, struct slice item)
{
	struct strict strict = { 0 };
	cJSON        *object;

	if (!take(r, item, strict_fields, countof(strict_fields), &strict, TABLE_strict_modes, &object))
		return;
	add_strict(r, &strict);
	cJSON_Delete(object);
}

/* ---- authorized keys ---- */

struct authorized {
	const char  *user;
	const char  *path;
	int64_t      line;
	const char  *state;
	const char  *why;
	const char  *type;
	int64_t      bits;
	const char  *fingerprint;
	const char  *comment;
	const cJSON *options;
	const cJSON *from;
	const char  *command;
	enum answer  cert_authority;
};

static const struct field authorized_fields[] = {
	{ "user", FIELD_TEXT, offsetof(struct authorized, user) },
	{ "path", FIELD_TEXT, offsetof(struct authorized, path) },
	{ "line", FIELD_NUMBER, offsetof(struct authorized, line) },
	{ "state", FIELD_TEXT, offsetof(struct authorized, state) },
	{ "why", FIELD_TEXT, offsetof(struct authorized, why) },
	{ "type", FIELD_TEXT, offsetof(struct authorized, type) },
	{ "bits", FIELD_NUMBER, offsetof(struct authorized, bits) },
	{ "fingerprint", FIELD_TEXT, offsetof(struct authorized, fingerprint) },
	{ "comment", FIELD_TEXT, offsetof(struct authorized, comment) },
	{ "options", FIELD_LIST, offsetof(struct authorized, options) },
	{ "from", FIELD_LIST, offsetof(struct authorized, from) },
	{ "command", FIELD_TEXT, offsetof(struct authorized, command) },
	{ "cert_authority", FIELD_BOOLEAN, offsetof(struct authorized, cert_authority) },
};

static uint32_t small(int64_t number)
{
	return number > 0 && number < FLEET_NONE ? (uint32_t)number : 0;
}

static bool is_said(const char *text)
{
	return text && text[0];
}

/* Why a line opens nothing, by what the line itself says; NULL when it is a good one. */
static const char *line_refusal(struct reading *r, const struct authorized *a)
{
	if (strcmp(a->state, "accepted") == 0)
		return a->cert_authority == ANSWER_YES ? "cert-authority: lets certificates in, not the key itself" : NULL;
	buf_clear(&r->text);
	if (buf_printf(&r->text, NULL, "%s%s%s", a->state, is_said(a->why) ? ": " : "", is_said(a->why) ? a->why : "") < 0)
		r->failed = true;
	return keep(r, buf_text(&r->text));
}

/* The same for the file it is in; conditions where that is not known. */
static const char *file_refusal(struct reading *r, struct fleet_line *line, const char *user)
{
	uint32_t             id = pairs_get(&r->strict_ids, user, line->path);
	const struct strict *strict = id == PAIRS_NONE ? NULL : &r->stricts[id];

	if (!strict || strict->refused == ANSWER_UNKNOWN) {
		line->conditions |= 1u << FLEET_CONDITION_STRICT_UNKNOWN;
		return NULL;
	}
	if (strict->refused == ANSWER_NO)
		return NULL;
	buf_clear(&r->text);
	if (buf_printf(&r->text, NULL, "StrictModes%s%s", is_said(strict->why) ? ": " : "", is_said(strict->why) ? strict->why : "") < 0)
		r->failed = true;
	return keep(r, buf_text(&r->text));
}

/* The same for the account; conditions of what it is like. */
static const char *account_refusal(struct reading *r, struct fleet_line *line, const char *name)
{
	uint32_t             id = pairs_get(&r->user_ids, name, NULL);
	const struct user   *user = id == PAIRS_NONE ? NULL : &r->users[id];
	struct login_account account = { .name = name,
		                         .root = r->fleet->accounts[line->account].root,
		                         .groups = user ? user->group_names : NULL };

	if (!user)
		line->conditions |= 1u << FLEET_CONDITION_UNLISTED;
	else if (user->login && strcmp(user->login, "no_shell") == 0)
		line->conditions |= 1u << FLEET_CONDITION_NO_SHELL;
	if (user && user->expired == ANSWER_YES)
		line->conditions |= 1u << FLEET_CONDITION_EXPIRED;
	if (r->login.count == 0)
		line->conditions |= 1u << FLEET_CONDITION_LOGIN_UNKNOWN;
	return login_refusal(&r->login, &account, line->command != NULL);
}

static bool is_restricted(const struct fleet_line *line)
{
	bool restricted = line->command != NULL;

	for (unsigned i = 0; i < FLEET_CONDITIONS; i++)
		restricted = restricted || ((line->conditions & 1u << i) != 0 && fleet_condition_restricts(i));
	return restricted;
}

static void add_line(struct reading *r, const struct authorized *a)
{
	const char       *user = keep(r, a->user);
	struct fleet_line line = {
		.key = fleet_add_key(r->fleet, keep(r, a->fingerprint), keep(r, a->type), small(a->bits)),
		.account = find_account(r, user),
		.number = small(a->line),
		.path = keep(r, a->path),
		.comment = keep(r, a->comment),
		.from = joined(r, a->from),
		.command = keep(r, a->command),
		.options = joined(r, a->options),
	};

	if (r->failed || line.key == FLEET_NONE) {
		r->failed = true;
		return;
	}
	line.why = line_refusal(r, a);
	if (!line.why)
		line.why = file_refusal(r, &line, user);
	if (!line.why)
		line.why = account_refusal(r, &line, user);
	if (!line.why && (line.conditions & 1u << FLEET_CONDITION_STRICT_UNKNOWN) != 0)
		doubt(r, "keys.strict_modes", line.path, "nothing is said of this file");
	line.restricted = !line.why && is_restricted(&line);
	if (fleet_add_line(r->fleet, &line) == FLEET_NONE)
		r->failed = true;
}

static void read_authorized(struct reading *r, struct slice item)
{
	struct authorized a = { 0 };
	cJSON            *object;

	if (!take(r, item, authorized_fields, countof(authorized_fields), &a, TABLE_authorized, &object))
		return;
	if (!a.user || !a.path || !a.state)
		doubt(r, "key_material.authorized", a.path, "a line without user, path or state");
	else if (a.fingerprint)
		add_line(r, &a);
	else if (strcmp(a.state, "accepted") == 0)
		doubt(r, "key_material.authorized", a.path, "a key without fingerprint");
	cJSON_Delete(object);
}

/* ---- private keys and host keys ---- */

struct material {
	const char *user;
	const char *path;
	const char *type;
	int64_t     bits;
	const char *fingerprint;
	enum answer encrypted;
	enum answer host_key;
	enum answer present; /* of a host key: no when sshd is to use it, but it is not there */
};

static const struct field material_fields[] = {
	{ "user", FIELD_TEXT, offsetof(struct material, user) },
	{ "path", FIELD_TEXT, offsetof(struct material, path) },
	{ "type", FIELD_TEXT, offsetof(struct material, type) },
	{ "bits", FIELD_NUMBER, offsetof(struct material, bits) },
	{ "fingerprint", FIELD_TEXT, offsetof(struct material, fingerprint) },
	{ "encrypted", FIELD_BOOLEAN, offsetof(struct material, encrypted) },
	{ "host_key", FIELD_BOOLEAN, offsetof(struct material, host_key) },
	{ "present", FIELD_BOOLEAN, offsetof(struct material, present) },
};

/* Its key as a record; FLEET_NONE, with a reason, when it has no path or fingerprint. */
static uint32_t material_key(struct reading *r, const struct material *m, enum table_index table)
{
	uint32_t key;

	if (!m->path || !m->fingerprint) {
		doubt(r, table_name(table), m->path, m->path ? "its public half is not known" : "an item without path");
		return FLEET_NONE;
	}
	key = fleet_add_key(r->fleet, keep(r, m->fingerprint), keep(r, m->type), small(m->bits));
	if (key == FLEET_NONE)
		r->failed = true;
	return r->failed ? FLEET_NONE : key;
}

static void add_private(struct reading *r, const struct fleet_private *private_key)
{
	if (r->failed || fleet_add_private(r->fleet, private_key) == FLEET_NONE)
		r->failed = true;
}

static void add_held(struct reading *r, const struct material *m)
{
	uint32_t             key = material_key(r, m, TABLE_private);
	struct fleet_private p = { .key = key, .encrypted = m->encrypted == ANSWER_YES, .host_key = m->host_key == ANSWER_YES };

	if (key == FLEET_NONE)
		return;
	if (m->encrypted == ANSWER_UNKNOWN)
		doubt(r, table_name(TABLE_private), m->path, "whether it is encrypted is not known");
	p.account = m->user ? find_account(r, keep(r, m->user)) : r->fleet->hosts[r->host].root;
	p.path = keep(r, m->path);
	add_private(r, &p);
}

static void read_private(struct reading *r, struct slice item)
{
	struct material m = { 0 };
	cJSON          *object;

	if (!take(r, item, material_fields, countof(material_fields), &m, TABLE_private, &object))
		return;
	add_held(r, &m);
	cJSON_Delete(object);
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text);

	return len >= strlen(end) && strcmp(text + len - strlen(end), end) == 0;
}

/* `path` may be NULL. */
static void add_host_key(struct reading *r, uint32_t key, const char *path)
{
	struct fleet_host_key host_key = { .key = key, .host = r->host, .path = path };

	if (r->failed || fleet_add_host_key(r->fleet, &host_key) == FLEET_NONE)
		r->failed = true;
}

/* Root has the private half of a host key, and sshd wants it without passphrase; so it is as good as any other to log in with. */
static void add_proof(struct reading *r, const struct material *m)
{
	uint32_t             key = material_key(r, m, TABLE_host);
	struct fleet_private p = { .key = key, .account = r->fleet->hosts[r->host].root, .host_key = true };

	if (key == FLEET_NONE)
		return;
	p.path = keep(r, m->path);
	add_host_key(r, key, p.path);
	if (!ends_with(m->path, ".pub"))
		add_private(r, &p);
}

static void read_host_key(struct reading *r, struct slice item)
{
	struct material m = { 0 };
	cJSON          *object;

	if (!take(r, item, material_fields, countof(material_fields), &m, TABLE_host, &object))
		return;
	if (m.present != ANSWER_NO)
		add_proof(r, &m);
	cJSON_Delete(object);
}

/* ---- a target ---- */

static void (*const readers[])(struct reading *r, struct slice item) = {
	[TABLE_users] = read_user,             [TABLE_contexts] = read_context, [TABLE_strict_modes] = read_strict,
	[TABLE_authorized] = read_authorized, [TABLE_private] = read_private,  [TABLE_host] = read_host_key,
};
static_assert(countof(readers) == TABLE_COUNT, "every table has a reader");

/* Read the items of a table; the number of them. */
static size_t read_items(struct reading *r, enum table_index table)
{
	struct journal_raw raw;
	struct slice       name;
	struct slice       item;
	size_t             count = 0;
	int                more = journal_raw_begin(&raw, r->tables.bytes[table]) ? journal_raw_next(&raw, &name, &item) : ERR_SYNTAX;

	for (; more > 0 && !r->failed; more = journal_raw_next(&raw, &name, &item)) {
		readers[table](r, item);
		count++;
	}
	if (more < 0)
		doubt(r, table_name(table), NULL, "is not understood");
	return count;
}

static void read_table(struct reading *r, enum table_index table)
{
	bool         said = doubt_unavailable(r, table);
	struct slice bytes = r->tables.bytes[table];
	bool         wanted = table == TABLE_users || table == TABLE_contexts; /* no host is without */

	if (bytes.len == 0 && !said)
		doubt(r, table_name(table), NULL, "not among the facts");
	else if (bytes.len > 0 && bytes.ptr[0] != '[')
		doubt(r, table_name(table), NULL, "in a form that is not understood");
	else if (bytes.len > 0 && read_items(r, table) == 0 && wanted && !said)
		doubt(r, table_name(table), NULL, "nothing is in it");
}

/* Accounts come first, and root before those who need it. */
static void read_facts(struct reading *r, struct slice facts)
{
	tables_find(&r->tables, facts);
	if (r->tables.twice || r->tables.broken)
		doubt(r, "facts", NULL, r->tables.twice ? "something is there twice" : "broken off");
	for (size_t i = 0; i < TABLE_COUNT && !r->failed; i++) {
		read_table(r, (enum table_index)i);
		if (i == TABLE_users && !r->failed)
			add_root(r);
	}
}

/* The key that the host proved to have on the connection, facts or not. */
static void read_connection(struct reading *r, const struct journal_target *t)
{
	uint32_t key;

	if (!t->host_key || r->failed)
		return;
	key = fleet_add_key(r->fleet, keep(r, t->host_key), NULL, 0);
	if (key == FLEET_NONE)
		r->failed = true;
	add_host_key(r, key, NULL);
}

static void read_target(struct reading *r, const struct journal_target *t, struct slice facts)
{
	struct fleet_host host = { .name = keep(r, t->name), .address = keep(r, t->address), .port = t->port, .root = FLEET_NONE };

	r->host = r->failed ? FLEET_NONE : fleet_add_host(r->fleet, &host);
	if (r->host == FLEET_NONE) {
		r->failed = true;
		return;
	}
	if (t->error != 0)
		doubt(r, "not scanned:", error_code_name(t->error), t->message);
	else if (facts.len == 0)
		doubt(r, "no facts in the journal (keep them with --facts)", NULL, NULL);
	if (facts.len > 0)
		read_facts(r, facts);
	else
		add_root(r);
	read_connection(r, t);
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

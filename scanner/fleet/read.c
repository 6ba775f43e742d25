/*
 * read.c: from the facts of one target to records of the fleet. What the facts do not say, or say in a form that is not
 * understood, becomes a reason why the host is not known in full; nothing is left out in silence.
 */
#include "fleet_build.h"

#include "buf.h"
#include "fields.h"
#include "limit.h"
#include "login.h"
#include "mem.h"

/* An account as the host listed it. */
struct user {
	const char  *name;
	int64_t      uid;
	const char  *login;
	enum answer  expired;
	const cJSON *groups;
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
	const cJSON       *facts;
	uint32_t           host;
	struct pairs       user_ids;
	struct pairs       strict_ids;
	struct pairs       account_ids;
	struct user       *users;
	struct strict     *stricts;
	struct login_rules login;
	bool               login_known;
	struct buf         text; /* of a reason or a list */
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
		if (buf_printf(&r->text, NULL, "%s%s", first ? "" : ",", item->valuestring) < 0)
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

/* Say what a module could not read of a table. True when there was something. */
static bool doubt_unavailable(struct reading *r, const cJSON *module, const char *table)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(module, "unavailable");
	const cJSON *item;
	bool         found = false;

	cJSON_ArrayForEach(item, list) {
		const char *fact = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "fact"));
		const char *reason = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "reason"));
		const char *message = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "message"));

		if (!fact || !is_of_table(fact, table))
			continue;
		doubt(r, fact, NULL, message ? message : reason);
		found = true;
	}
	return found;
}

/* The table of a module, "module.table"; NULL, with a reason, when it is not there. */
static const cJSON *find_table(struct reading *r, const char *name)
{
	size_t       len = strcspn(name, ".");
	const cJSON *module = r->facts ? r->facts->child : NULL;
	const cJSON *table;
	bool         said;

	while (module && (strncmp(module->string, name, len) != 0 || module->string[len] != '\0'))
		module = module->next;
	said = doubt_unavailable(r, module, name);
	table = cJSON_GetObjectItemCaseSensitive(module, name + len + 1);
	if (cJSON_IsArray(table))
		return table;
	if (table || !said)
		doubt(r, name, NULL, table ? "in a form that is not understood" : "not among the facts");
	return NULL;
}

/* Take an item of a table; false, with a reason, when it is not as it should be. */
static bool take(struct reading *r, const cJSON *item, const struct field *fields, size_t count, void *ret_fields, const char *table)
{
	const char *wrong;

	if (!cJSON_IsObject(item)) {
		doubt(r, table, NULL, "an item is not understood");
		return false;
	}
	wrong = fields_take(item, fields, count, ret_fields);
	if (wrong)
		doubt(r, table, wrong, "is not understood");
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

/* The account of that name as a record of the fleet; FLEET_NONE only when `r->failed`. */
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

static void read_user(struct reading *r, const cJSON *item, size_t *count)
{
	struct user user = { .uid = -1 };

	if (!take(r, item, user_fields, countof(user_fields), &user, "accounts.users"))
		return;
	if (!user.name || user.uid < 0) {
		doubt(r, "accounts.users", NULL, "an account without name or number");
		return;
	}
	user.name = keep(r, user.name);
	if (r->failed || !pairs_set(&r->user_ids, user.name, NULL, (uint32_t)*count)) {
		r->failed = true;
		return;
	}
	r->users[(*count)++] = user;
}

/* Every host has an account of uid 0, whatever its name. */
static void add_root(struct reading *r, size_t nusers)
{
	const char *name = "root";

	for (size_t i = 0; i < nusers && strcmp(r->users[i].name, "root") != 0; i++)
		if (r->users[i].uid == 0)
			name = r->users[i].name;
	r->fleet->hosts[r->host].root = find_account(r, keep(r, name));
	if (!r->failed)
		r->fleet->accounts[r->fleet->hosts[r->host].root].root = true;
}

/* The count of items that a table may have. */
static size_t items_of(const cJSON *table)
{
	return (size_t)cJSON_GetArraySize(table);
}

static void read_users(struct reading *r)
{
	const cJSON *table = find_table(r, "accounts.users");
	const cJSON *item;
	size_t       count = 0;

	r->users = mem_resize(NULL, items_of(table), sizeof(*r->users));
	if (!r->users) {
		r->failed = true;
		return;
	}
	cJSON_ArrayForEach(item, table)
		if (!r->failed)
			read_user(r, item, &count);
	if (table && count == 0)
		doubt(r, "accounts.users", NULL, "no account is listed");
	add_root(r, count);
}

/* ---- what sshd lets in ---- */

static void read_login(struct reading *r)
{
	const cJSON *table = find_table(r, "sshd_config.contexts");

	r->login_known = table && table->child;
	if (table && !table->child)
		doubt(r, "sshd_config.contexts", NULL, "no context");
	if (!login_rules_take(&r->login, table))
		r->failed = true;
}

static const struct field strict_fields[] = {
	{ "user", FIELD_TEXT, offsetof(struct strict, user) },
	{ "path", FIELD_TEXT, offsetof(struct strict, path) },
	{ "refused", FIELD_BOOLEAN, offsetof(struct strict, refused) },
	{ "why", FIELD_TEXT, offsetof(struct strict, why) },
};

static void read_strict(struct reading *r, const cJSON *item, size_t *count)
{
	struct strict strict = { 0 };

	if (!take(r, item, strict_fields, countof(strict_fields), &strict, "keys.strict_modes"))
		return;
	if (!strict.user || !strict.path) {
		doubt(r, "keys.strict_modes", NULL, "an item without user or path");
		return;
	}
	if (!pairs_set(&r->strict_ids, keep(r, strict.user), keep(r, strict.path), (uint32_t)*count))
		r->failed = true;
	r->stricts[(*count)++] = strict;
}

static void read_stricts(struct reading *r)
{
	const cJSON *table = find_table(r, "keys.strict_modes");
	const cJSON *item;
	size_t       count = 0;

	r->stricts = mem_resize(NULL, items_of(table), sizeof(*r->stricts));
	if (!r->stricts) {
		r->failed = true;
		return;
	}
	cJSON_ArrayForEach(item, table)
		if (!r->failed)
			read_strict(r, item, &count);
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

/* Why a line opens nothing, by what the line itself says; NULL when it is a good one. */
static const char *line_refusal(struct reading *r, const struct authorized *a)
{
	if (strcmp(a->state, "accepted") == 0)
		return a->cert_authority == ANSWER_YES ? "cert-authority: lets certificates in, not the key itself" : NULL;
	buf_clear(&r->text);
	if (buf_printf(&r->text, NULL, "%s%s%s", a->state, a->why ? ": " : "", a->why ? a->why : "") < 0)
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
	if (buf_printf(&r->text, NULL, "StrictModes%s%s", strict->why ? ": " : "", strict->why ? strict->why : "") < 0)
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
		                         .groups = user ? user->groups : NULL };

	if (!user)
		line->conditions |= 1u << FLEET_CONDITION_UNLISTED;
	else if (user->login && strcmp(user->login, "no_shell") == 0)
		line->conditions |= 1u << FLEET_CONDITION_NO_SHELL;
	if (user && user->expired == ANSWER_YES)
		line->conditions |= 1u << FLEET_CONDITION_EXPIRED;
	if (!r->login_known)
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

static void read_authorized(struct reading *r, const cJSON *item)
{
	struct authorized a = { 0 };

	if (!take(r, item, authorized_fields, countof(authorized_fields), &a, "key_material.authorized"))
		return;
	if (!a.user || !a.path || !a.state)
		doubt(r, "key_material.authorized", a.path, "a line without user, path or state");
	else if (a.fingerprint)
		add_line(r, &a);
	else if (strcmp(a.state, "accepted") == 0)
		doubt(r, "key_material.authorized", a.path, "a key without fingerprint");
}

/* ---- private keys and host keys ---- */

struct material {
	const char *user;
	const char *path;
	const char *type;
	int64_t     bits;
	const char *fingerprint;
	enum answer encrypted;
};

static const struct field material_fields[] = {
	{ "user", FIELD_TEXT, offsetof(struct material, user) },
	{ "path", FIELD_TEXT, offsetof(struct material, path) },
	{ "type", FIELD_TEXT, offsetof(struct material, type) },
	{ "bits", FIELD_NUMBER, offsetof(struct material, bits) },
	{ "fingerprint", FIELD_TEXT, offsetof(struct material, fingerprint) },
	{ "encrypted", FIELD_BOOLEAN, offsetof(struct material, encrypted) },
};

/* Take an item with path and fingerprint, and its key; false when it is not one. */
static bool take_material(struct reading *r, const cJSON *item, const char *table, struct material *m, uint32_t *ret_key)
{
	if (!take(r, item, material_fields, countof(material_fields), m, table))
		return false;
	if (!m->path || !m->fingerprint) {
		doubt(r, table, m->path, m->path ? "its public half is not known" : "an item without path");
		return false;
	}
	*ret_key = fleet_add_key(r->fleet, keep(r, m->fingerprint), keep(r, m->type), small(m->bits));
	if (*ret_key == FLEET_NONE)
		r->failed = true;
	return !r->failed;
}

static void add_private(struct reading *r, const struct fleet_private *private_key)
{
	if (r->failed || fleet_add_private(r->fleet, private_key) == FLEET_NONE)
		r->failed = true;
}

static void read_private(struct reading *r, const cJSON *item)
{
	struct material      m = { 0 };
	struct fleet_private p;
	uint32_t             key;

	if (!take_material(r, item, "key_material.private", &m, &key))
		return;
	if (m.encrypted == ANSWER_UNKNOWN)
		doubt(r, "key_material.private", m.path, "whether it is encrypted is not known");
	p = (struct fleet_private){
		.key = key,
		.account = m.user ? find_account(r, keep(r, m.user)) : r->fleet->hosts[r->host].root,
		.path = keep(r, m.path),
		.encrypted = m.encrypted == ANSWER_YES,
	};
	add_private(r, &p);
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
static void read_host_key(struct reading *r, const cJSON *item)
{
	struct material      m = { 0 };
	struct fleet_private p;
	uint32_t             key;

	if (!take_material(r, item, "key_material.host", &m, &key))
		return;
	p = (struct fleet_private){
		.key = key, .account = r->fleet->hosts[r->host].root, .path = keep(r, m.path), .host_key = true
	};
	add_host_key(r, key, p.path);
	if (!ends_with(m.path, ".pub"))
		add_private(r, &p);
}

/* ---- a target ---- */

static void read_tables(struct reading *r)
{
	static const struct {
		const char *table;
		void (*read)(struct reading *r, const cJSON *item);
	} tables[] = {
		{ "key_material.authorized", read_authorized },
		{ "key_material.private", read_private },
		{ "key_material.host", read_host_key },
	};

	for (size_t i = 0; i < countof(tables) && !r->failed; i++) {
		const cJSON *table = find_table(r, tables[i].table);
		const cJSON *item;

		cJSON_ArrayForEach(item, table)
			if (!r->failed)
				tables[i].read(r, item);
	}
}

static void read_facts(struct reading *r)
{
	read_users(r);
	if (!r->failed)
		read_login(r);
	if (!r->failed)
		read_stricts(r);
	if (!r->failed)
		read_tables(r);
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

static void read_target(struct reading *r, const struct journal_target *t)
{
	struct fleet_host host = { .name = keep(r, t->name), .address = keep(r, t->address), .port = t->port, .root = FLEET_NONE };

	r->host = r->failed ? FLEET_NONE : fleet_add_host(r->fleet, &host);
	if (r->host == FLEET_NONE) {
		r->failed = true;
		return;
	}
	if (t->error != 0)
		doubt(r, "not scanned", error_code_name(t->error), t->message);
	else if (!t->facts)
		doubt(r, "no facts in the journal (keep them with --facts)", NULL, NULL);
	if (t->facts)
		read_facts(r);
	else
		add_root(r, 0);
	read_connection(r, t);
}

int fleet_read(struct fleet *f, const struct journal_target *target, struct error *err)
{
	struct reading r = { .fleet = f, .facts = target->facts };

	buf_init(&r.text, LIMIT_JOURNAL_LINE);
	read_target(&r, target);
	pairs_fini(&r.user_ids);
	pairs_fini(&r.strict_ids);
	pairs_fini(&r.account_ids);
	login_rules_fini(&r.login);
	mem_free(r.users);
	mem_free(r.stricts);
	buf_free(&r.text);
	return r.failed ? error_nomem(err) : 0;
}

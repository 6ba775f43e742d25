/*
 * read_keys.c: lines of authorized_keys, private keys and host keys of one target.
 */
#include "reading.h"

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
	return reading_keep(r, buf_text(&r->text));
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
	return reading_keep(r, buf_text(&r->text));
}

/* The same for the account; conditions of what it is like. */
static const char *account_refusal(struct reading *r, struct fleet_line *line, const char *name)
{
	uint32_t             id = pairs_get(&r->user_ids, name, NULL);
	const struct user   *user = id == PAIRS_NONE ? NULL : &r->users[id];
	struct login_account account = { .name = name,
		                         .root = r->fleet->accounts[line->account].root,
		                         .locked = user && user->password && strcmp(user->password, "locked") == 0,
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
	const char       *user = reading_keep(r, a->user);
	struct fleet_line line = {
		.key = fleet_add_key(r->fleet, reading_keep(r, a->fingerprint), reading_keep(r, a->type), small(a->bits)),
		.account = reading_account(r, user),
		.number = small(a->line),
		.path = reading_keep(r, a->path),
		.comment = reading_keep(r, a->comment),
		.from = reading_joined(r, a->from),
		.command = reading_keep(r, a->command),
		.options = reading_joined(r, a->options),
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
		reading_doubt(r, "keys.strict_modes", line.path, "nothing is said of this file");
	line.restricted = !line.why && is_restricted(&line);
	if (fleet_add_line(r->fleet, &line) == FLEET_NONE)
		r->failed = true;
}

void read_keys_authorized(struct reading *r, struct journal_raw *items)
{
	struct authorized a = { 0 };
	cJSON            *object;

	if (!reading_take(r, items, authorized_fields, countof(authorized_fields), &a, TABLE_authorized, &object))
		return;
	if (!a.user || !a.path || !a.state)
		reading_doubt(r, "key_material.authorized", a.path, "a line without user, path or state");
	else if (a.fingerprint)
		add_line(r, &a);
	else if (strcmp(a.state, "accepted") == 0)
		reading_doubt(r, "key_material.authorized", a.path, "a key without fingerprint");
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
		reading_doubt(r, table_name(table), m->path, m->path ? "its public half is not known" : "an item without path");
		return FLEET_NONE;
	}
	key = fleet_add_key(r->fleet, reading_keep(r, m->fingerprint), reading_keep(r, m->type), small(m->bits));
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
		reading_doubt(r, table_name(TABLE_private), m->path, "whether it is encrypted is not known");
	p.account = m->user ? reading_account(r, reading_keep(r, m->user)) : r->fleet->hosts[r->host].root;
	p.path = reading_keep(r, m->path);
	add_private(r, &p);
}

void read_keys_private(struct reading *r, struct journal_raw *items)
{
	struct material m = { 0 };
	cJSON          *object;

	if (!reading_take(r, items, material_fields, countof(material_fields), &m, TABLE_private, &object))
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
	p.path = reading_keep(r, m->path);
	add_host_key(r, key, p.path);
	if (!ends_with(m->path, ".pub"))
		add_private(r, &p);
}

void read_keys_host(struct reading *r, struct journal_raw *items)
{
	struct material m = { 0 };
	cJSON          *object;

	if (!reading_take(r, items, material_fields, countof(material_fields), &m, TABLE_host, &object))
		return;
	if (m.present != ANSWER_NO)
		add_proof(r, &m);
	cJSON_Delete(object);
}

void read_keys_connection(struct reading *r, const struct journal_target *t)
{
	uint32_t key;

	if (!t->host_key || r->failed)
		return;
	key = fleet_add_key(r->fleet, reading_keep(r, t->host_key), NULL, 0);
	if (key == FLEET_NONE)
		r->failed = true;
	add_host_key(r, key, NULL);
}

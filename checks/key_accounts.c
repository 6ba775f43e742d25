#include "key_accounts.h"

#include "key_effective.h"
#include "key_files.h"
#include "key_item.h"
#include "limit.h"
#include "privilege.h"
#include "sections.h"
#include "text.h"

#define MAX_ACCOUNTS 10000u /* as many as the collector looks at */
#define MAX_WORDS    600    /* of a text about several accounts */

/* What is looked for in every home. */
static const struct {
	const char *name;
	const char *kind;
	bool        any_account; /* of accounts without a shell, too */
} in_home[] = {
	{ "", "home", false },
	{ "/.ssh", "user_ssh_directory", true },
	{ "/.ssh/config", "user_config", true },
	{ "/.ssh/known_hosts", "user_known_hosts", true },
	{ "/.ssh/environment", "user_environment", true },
	{ "/.ssh/rc", "user_rc", true },
	{ "/.rhosts", "rhosts", true },
	{ "/.shosts", "shosts", true },
};

#define KIND_AUTHORIZED  "authorized_keys"
#define KIND_AUTHORIZED2 "authorized_keys2"
#define KIND_PRIVATE     "private_key"

/* All of that, in the making. */
struct tables {
	struct key_world    *world;
	struct key_effective effective;
	struct key_files     contents; /* what they hold, as far as the module key_material was told */
	cJSON               *files;
	cJSON               *strict_modes;
	int                  strict;    /* as key_effective_strict() */
	char                 said[240]; /* the last reason why files of AuthorizedKeysFile are not known: it is said once */
};

/* Why nothing is known of some files. */
struct ignorance {
	const struct key_world *world;
	enum key_presence       presence; /* where reason is REASON_UNKNOWN */
	enum reason             reason;
	const char             *why;
};

static int add_ignorance(cJSON *item, const char *fact, const void *context, struct error *err)
{
	const struct ignorance *i = context;

	if (i->reason == REASON_PRIVILEGE)
		return privilege_add_unavailable(item, fact, i->world->ev, i->why, err);
	if (i->reason != REASON_UNKNOWN)
		return fact_add_unavailable(item, fact, i->reason, err, "%s", i->why);
	return key_paths_add_unavailable(item, fact, i->world->ev, &i->world->paths, i->presence, err);
}

static int add_strict_item(struct tables *t, const struct account *account, struct slice subject, struct slice path, cJSON **ret_item, struct error *err)
{
	cJSON *item = fact_table_append(t->strict_modes);
	int    r = item ? fact_add_text(item, "subject", subject, err) : error_nomem(err);

	if (r == 0 && account)
		r = fact_add_text(item, "user", account->name, err);
	if (r == 0 && account)
		r = fact_add_text(item, "login", slice_of(account_has_shell(account) ? "shell" : "no_shell"), err);
	if (r == 0 && account && account->password != ACCOUNT_PASSWORD_UNKNOWN)
		r = fact_add_boolean(item, "locked", account->password == ACCOUNT_PASSWORD_LOCKED, err);
	else if (r == 0)
		r = fact_add_unavailable(item, "locked", privilege_reason(t->world->ev), err, "whether the password is locked is not known");
	if (r == 0 && path.len > 0)
		r = fact_add_text(item, "path", path, err);
	if (r == 0 && path.len > 0)
		r = fact_add_text(item, "where", path, err);
	if (r == 0)
		*ret_item = item;
	return r;
}

static int add_strict_unknown(struct tables *t, const struct account *account, struct slice subject, struct slice path, const struct ignorance *why,
                              struct error *err)
{
	static const char *const names[] = { "refused", "why", "writers" };
	cJSON                   *item;
	int                      r = add_strict_item(t, account, subject, path, &item, err);

	for (size_t i = 0; r == 0 && i < countof(names); i++)
		r = add_ignorance(item, names[i], why, err);
	return r;
}

static int add_verdict(cJSON *item, const struct key_verdict *v, struct error *err)
{
	int r;

	if (v->ruling == KEY_RULING_UNKNOWN) {
		r = fact_add_unavailable(item, "refused", v->reason, err, "%s", v->why);
		return r < 0 ? r : fact_add_unavailable(item, "why", v->reason, err, "%s", v->why);
	}
	r = fact_add_boolean(item, "refused", v->ruling == KEY_RULING_REFUSED, err);
	return r < 0 ? r : fact_add_text(item, "why", slice_of(v->why), err);
}

/* What sshd makes of a file that is there. */
static int add_strict(struct tables *t, const struct account *account, struct slice subject, struct slice path, struct error *err)
{
	struct key_verdict verdict = { 0 };
	cJSON             *item = NULL;
	int                r = add_strict_item(t, account, subject, path, &item, err);

	if (r == 0)
		r = key_access_strict(t->world, account, path, t->strict != 0, &verdict, err);
	/* A file that sshd takes even where it is strict, it takes anyway; else it depends. */
	if (r == 0 && t->strict < 0 && verdict.ruling == KEY_RULING_REFUSED)
		verdict = (struct key_verdict){ .reason = REASON_UNSUPPORTED, .why = "whether StrictModes is on is not known" };
	if (r == 0)
		r = add_verdict(item, &verdict, err);
	return r < 0 ? r : key_access_add_writers(t->world, item, path, account->uid, err);
}

/* "USER PATH" */
static int make_subject(const struct account *account, struct slice path, struct buf *ret_subject, struct error *err)
{
	int r;

	buf_init(ret_subject, LIMIT_FACT_TEXT);
	r = buf_append_slice(ret_subject, account->name, err);
	if (r == 0)
		r = buf_append_text(ret_subject, " ", err);
	return r < 0 ? r : buf_append_slice(ret_subject, path, err);
}

/* Whether sshd reads a file of a kind that it reads only where it is told to. */
static int add_read(struct tables *t, cJSON *item, const char *kind, struct error *err)
{
	static const char *const kinds[] = { "user_environment", "user_rc", "rhosts", "shosts" };

	for (size_t i = 0; i < countof(kinds); i++) {
		int reads = key_effective_reads(&t->effective, kinds[i]);

		if (strcmp(kinds[i], kind) != 0)
			continue;
		if (reads < 0)
			return fact_add_unavailable(item, "read", REASON_UNSUPPORTED, err, "the keyword that decides whether sshd reads it is not known");
		return fact_add_boolean(item, "read", reads == 1, err);
	}
	return 0;
}

/* One file of an account in keys.files, and in keys.strict_modes when keys are taken from it. Nothing when it is not there. */
static int add_file(struct tables *t, const struct account *account, struct slice path, const char *kind, struct error *err)
{
	struct ignorance why = { .world = t->world };
	struct key_found found;
	struct buf       subject = { 0 };
	cJSON           *item = NULL;
	bool             keys = strcmp(kind, KIND_AUTHORIZED) == 0;
	int              r = key_paths_look(&t->world->paths, path, &t->world->real, &found, err);

	if (r < 0 || found.presence == KEY_PRESENCE_ABSENT || found.presence == KEY_PRESENCE_UNKNOWN)
		return r;
	r = make_subject(account, path, &subject, err);
	if (r == 0)
		r = key_item_add(t->files, &(struct key_item){ buf_slice(&subject), path, kind, account }, &item, err);
	if (r == 0)
		r = add_read(t, item, kind, err);
	if (r == 0 && found.presence == KEY_PRESENCE_THERE) {
		r = key_item_add_state(item, t->world, &found.file->state, found.file != found.itself, err);
		if (r == 0)
			r = key_item_add_access(item, t->world, path, account->uid, err);
		if (r == 0 && keys)
			r = add_strict(t, account, buf_slice(&subject), path, err);
	} else if (r == 0) {
		why.presence = found.presence;
		r = key_item_add_unknown(item, add_ignorance, &why, err);
		if (r == 0 && keys)
			r = add_strict_unknown(t, account, buf_slice(&subject), path, &why, err);
	}
	buf_free(&subject);
	return r;
}

static int add_in_home(struct tables *t, const struct account *account, const char *name, const char *kind, struct error *err)
{
	struct slice home = account->home;
	struct buf   path;
	int          r;

	while (home.len > 1 && home.ptr[home.len - 1] == '/' && name[0] != '\0')
		home.len--;
	buf_init(&path, LIMIT_FACT_TEXT);
	r = slice_is(home, "/") && name[0] != '\0' ? 0 : buf_append_slice(&path, home, err);
	if (r == 0)
		r = buf_append_text(&path, name, err);
	if (r == 0)
		r = add_file(t, account, buf_slice(&path), kind, err);
	buf_free(&path);
	return r;
}

/* The names ssh-keygen gives, and those in use besides. */
static bool is_private_key(struct slice name)
{
	if (slice_has_suffix(name, ".pub"))
		return false;
	return slice_has_prefix(name, "id_") || slice_is(name, "identity") || slice_has_suffix(name, ".pem") || slice_has_suffix(name, ".key") || slice_has_suffix(name, "_rsa") ||
	       slice_has_suffix(name, "_ed25519") || slice_has_suffix(name, "_ecdsa");
}

/* The first of the paths below a folder; they stand together. */
static size_t first_below(const struct key_paths *paths, struct slice folder)
{
	size_t low = 0, high = paths->npaths;

	while (low < high) {
		size_t       middle = low + (high - low) / 2;
		struct slice at = paths->paths[middle].path;
		size_t       len = at.len < folder.len ? at.len : folder.len;
		int          order = memcmp(at.ptr, folder.ptr, len);

		if (order < 0 || (order == 0 && at.len < folder.len))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Private keys in ~/.ssh: `folder` is where that really is, with a slash at its end. */
static int add_private_keys(struct tables *t, const struct account *account, struct slice folder, struct error *err)
{
	const struct key_paths *paths = &t->world->paths;
	int                     r = 0;

	for (size_t i = first_below(paths, folder); r == 0 && i < paths->npaths; i++) {
		struct slice path = paths->paths[i].path, name;

		if (path.len < folder.len || memcmp(path.ptr, folder.ptr, folder.len) != 0)
			break;
		name = slice_sub(path, folder.len, path.len);
		if (name.len > 0 && !memchr(name.ptr, '/', name.len) && (is_private_key(name) || key_files_find_private(&t->contents, path)) && (i == 0 || !slice_equal(paths->paths[i - 1].path, path)))
			r = add_file(t, account, path, KIND_PRIVATE, err);
	}
	return r;
}

static int add_ssh_folder(struct tables *t, const struct account *account, struct error *err)
{
	struct buf path, folder;
	int        r;

	buf_init(&path, LIMIT_FACT_TEXT);
	buf_init(&folder, LIMIT_FACT_TEXT);
	r = buf_append_slice(&path, account->home, err);
	if (r == 0)
		r = buf_append_text(&path, "/.ssh", err);
	if (r == 0)
		r = key_paths_resolve(&t->world->paths, buf_slice(&path), &folder, err);
	if (r == 0)
		r = buf_append_text(&folder, "/", err);
	if (r == 0)
		r = add_private_keys(t, account, buf_slice(&folder), err);
	/* What cannot be listed may hold some. */
	if (r == 0)
		r = add_in_home(t, account, "/.ssh/id_*", KIND_PRIVATE, err);
	buf_free(&path);
	buf_free(&folder);
	return r;
}

/* Files that AuthorizedKeysFile may name besides those that are known. Said once when it is the same for one account after another. */
static int add_unknown_files(struct tables *t, const struct key_files_of *files, struct error *err)
{
	struct ignorance why = { .world = t->world, .reason = files->reason, .why = files->why };

	const struct slice subject = slice_of("files of AuthorizedKeysFile that are not known");
	cJSON             *item;
	int                r;

	if (files->reason == REASON_UNKNOWN || strcmp(t->said, files->why) == 0)
		return 0;
	snprintf(t->said, sizeof(t->said), "%s", files->why);
	r = key_item_add(t->files, &(struct key_item){ subject, { 0 }, KIND_AUTHORIZED, NULL }, &item, err);
	if (r == 0)
		r = key_item_add_unknown(item, add_ignorance, &why, err);
	return r < 0 ? r : add_strict_unknown(t, NULL, subject, (struct slice){ 0 }, &why, err);
}

static int add_authorized(struct tables *t, size_t number, struct error *err)
{
	const struct account *account = &t->world->accounts.items[number];
	struct key_files_of   files;
	bool                  second = false;
	int                   r = key_effective_files(&t->effective, number, &files, err);

	for (size_t i = 0; r == 0 && i < files.npaths; i++) {
		second = second || slice_has_suffix(files.paths[i], "/.ssh/authorized_keys2");
		r = add_file(t, account, files.paths[i], KIND_AUTHORIZED, err);
	}
	if (r == 0 && !second)
		r = add_in_home(t, account, "/.ssh/authorized_keys2", KIND_AUTHORIZED2, err);
	return r < 0 ? r : add_unknown_files(t, &files, err);
}

static int add_account(struct tables *t, size_t number, struct error *err)
{
	const struct account *account = &t->world->accounts.items[number];
	int                   r = 0;

	if (account->home.len == 0 || account->home.ptr[0] != '/')
		return add_authorized(t, number, err);
	for (size_t i = 0; r == 0 && i < countof(in_home); i++)
		if (in_home[i].any_account || account_has_shell(account))
			r = add_in_home(t, account, in_home[i].name, in_home[i].kind, err);
	if (r == 0)
		r = add_ssh_folder(t, account, err);
	return r < 0 ? r : add_authorized(t, number, err);
}

/* An item of each kind that stands for files of which nothing is known. */
static int add_placeholders(struct tables *t, const char *subject, const struct ignorance *why, struct error *err)
{
	static const char *const more[] = { KIND_AUTHORIZED, KIND_AUTHORIZED2, KIND_PRIVATE };
	int                      r = add_strict_unknown(t, NULL, slice_of(subject), (struct slice){ 0 }, why, err);

	for (size_t i = 0; r == 0 && i < countof(in_home) + countof(more); i++) {
		const char *kind = i < countof(in_home) ? in_home[i].kind : more[i - countof(in_home)];
		cJSON      *item;

		r = key_item_add(t->files, &(struct key_item){ slice_of(subject), slice_of(subject), kind, NULL }, &item, err);
		if (r == 0)
			r = fact_add_text(item, "login", slice_of("shell"), err);
		if (r == 0)
			r = add_read(t, item, kind, err);
		if (r == 0)
			r = key_item_add_unknown(item, add_ignorance, why, err);
	}
	return r;
}

/* Accounts whose homes nobody could look into, by name as far as there is room. */
static int add_hung(struct tables *t, struct error *err)
{
	const struct ignorance why = { .world = t->world, .reason = REASON_TIMEOUT, .why = "the file system of the home does not answer" };
	char                   subject[MAX_WORDS] = "", name[64];
	size_t                 count = 0;

	for (size_t i = 0; i < t->world->accounts.nitems; i++) {
		size_t len = strlen(subject);

		if (t->world->accounts.items[i].hung && ++count <= 8)
			snprintf(subject + len, sizeof(subject) - len, "%s%s", len > 0 ? ", " : "homes of ", text_clean_into(name, sizeof(name), t->world->accounts.items[i].name));
	}
	if (count > 8)
		snprintf(subject + strlen(subject), sizeof(subject) - strlen(subject), " and %zu more", count - 8);
	return count > 0 ? add_placeholders(t, subject, &why, err) : 0;
}

static int add_all(struct tables *t, struct error *err)
{
	const struct accounts *a = &t->world->accounts;
	struct ignorance       why = { .world = t->world };
	int                    r = add_hung(t, err);

	for (size_t i = 0; r == 0 && i < a->nitems && i < MAX_ACCOUNTS; i++)
		if (!a->items[i].hung && accounts_find(a, a->items[i].name) == i)
			r = add_account(t, i, err);
	if (r == 0 && a->nitems > MAX_ACCOUNTS) {
		why.reason = REASON_TRUNCATED;
		why.why = "there are more accounts than are looked at";
		r = add_placeholders(t, "accounts past the first 10000", &why, err);
	}
	for (size_t i = 0; r == 0 && i < t->world->paths.nmore; i++) {
		char   path[300], subject[400];
		cJSON *item;

		snprintf(subject, sizeof(subject), "files in %s", text_clean_into(path, sizeof(path), t->world->paths.more[i]));
		why.reason = REASON_TRUNCATED;
		why.why = "the folder holds more files than are looked at";
		r = key_item_add(t->files, &(struct key_item){ slice_of(subject), t->world->paths.more[i], KIND_PRIVATE, NULL }, &item, err);
		if (r == 0)
			r = key_item_add_unknown(item, add_ignorance, &why, err);
	}
	return r;
}

/* Where the accounts themselves are not known whole, there may be others with files of their own. */
static int add_missing(struct tables *t, struct error *err)
{
	struct ignorance why = { .world = t->world, .reason = REASON_MISSING, .why = "the accounts of this host are not known whole" };

	if (!section_is_whole(t->world->paths.section) || t->world->paths.malformed) {
		why.reason = REASON_UNKNOWN;
		return add_placeholders(t, "files of accounts", &why, err);
	}
	if (!section_is_whole(evidence_find(t->world->ev, "accounts.hung")))
		return add_placeholders(t, "files of accounts", &why, err);
	return accounts_are_whole(t->world->ev, &t->world->accounts) ? 0 : add_placeholders(t, "files of accounts that are not listed", &why, err);
}

int key_accounts_add(struct key_world *world, cJSON *files, cJSON *strict_modes, struct error *err)
{
	struct tables t = { .world = world, .files = files, .strict_modes = strict_modes };
	int           r = key_effective_make(world->ev, &world->accounts, KEY_LOOKED_FILES, &t.effective, err);

	if (r == 0)
		r = key_files_read(world->ev, &t.contents, err);
	if (r < 0)
		goto out;
	t.strict = key_effective_strict(&t.effective);
	r = add_missing(&t, err);
	if (r == 0 && section_is_whole(evidence_find(world->ev, "accounts.hung")))
		r = add_all(&t, err);
out:
	key_effective_fini(&t.effective);
	key_files_fini(&t.contents);
	return r;
}

#include "key_access.h"

#include "limit.h"
#include "privilege.h"
#include "sections.h"
#include "sshd_reading.h"
#include "text.h"

#define MAX_NAMED   8   /* members of a group that are named one by one */
#define MAX_WRITERS 32  /* items of one list */
#define MAX_DEPTH   256 /* folders above a file */

/* True when the bytes occur in the text. */
static bool has(struct slice text, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i + len <= text.len; i++)
		if (memcmp(text.ptr + i, word, len) == 0)
			return true;
	return false;
}

int key_world_make(const struct evidence *ev, struct key_world *ret_world, struct error *err)
{
	struct key_world world = { .ev = ev };
	struct slice     version = sshd_reading_version(ev);
	int              r = accounts_read(ev, &world.accounts, err);

	if (r == 0)
		r = key_paths_read(ev, &world.paths, err);
	if (r < 0) {
		accounts_fini(&world.accounts);
		return r;
	}
	world.groups_whole = accounts_are_whole(ev, &world.accounts) && accounts_groups_are_whole(ev, &world.accounts);
	world.private_groups = has(version, "Debian") || has(version, "Ubuntu");
	buf_init(&world.real, LIMIT_FACT_TEXT);
	buf_init(&world.other, LIMIT_FACT_TEXT);
	*ret_world = world;
	return 0;
}

void key_world_fini(struct key_world *world)
{
	accounts_fini(&world->accounts);
	key_paths_fini(&world->paths);
	buf_free(&world->real);
	buf_free(&world->other);
}

char *key_world_user(const struct key_world *world, uint64_t uid, char *dst, size_t size)
{
	size_t number = accounts_find_uid(&world->accounts, uid);

	if (number != ACCOUNT_NONE)
		return text_clean_into(dst, size, world->accounts.items[number].name);
	snprintf(dst, size, "%" PRIu64, uid);
	return dst;
}

char *key_world_group(const struct key_world *world, uint64_t gid, char *dst, size_t size)
{
	size_t number = accounts_find_gid(&world->accounts, gid);

	if (number != ACCOUNT_NONE)
		return text_clean_into(dst, size, world->accounts.groups[number].name);
	snprintf(dst, size, "%" PRIu64, gid);
	return dst;
}

static struct key_verdict unknown(enum reason reason, const char *why)
{
	struct key_verdict v = { .ruling = KEY_RULING_UNKNOWN, .reason = reason };

	snprintf(v.why, sizeof(v.why), "%s", why);
	return v;
}

PRINTF(1, 2)
static struct key_verdict refused(const char *format, ...)
{
	struct key_verdict v = { .ruling = KEY_RULING_REFUSED };
	va_list            args;

	va_start(args, format);
	vsnprintf(v.why, sizeof(v.why), format, args);
	va_end(args);
	return v;
}

static bool is_accepted(const struct key_verdict *v)
{
	return v->ruling == KEY_RULING_ACCEPTED;
}

static const struct key_verdict accepted = { .ruling = KEY_RULING_ACCEPTED };

/* Whether an account may do what the lowest three bits of `want` say. An ACL makes it uncertain for all but the owner. */
static struct key_verdict may(const struct key_world *world, const struct account *account, const struct key_path *file, unsigned want, const char *what)
{
	const struct file_state *s = &file->state;
	size_t                   number = (size_t)(account - world->accounts.items);
	bool                     owner = s->uid == account->uid;
	unsigned                 shift = 0;
	char                     path[160], name[64];

	if (account->uid == 0)
		return accepted;
	if (!owner && !world->groups_whole)
		return unknown(REASON_UNSUPPORTED, "the groups of the account are not all known");
	if (owner)
		shift = 6;
	else if (accounts_is_member(&world->accounts, number, s->gid))
		shift = 3;
	if (!owner && file->acl == KEY_ACL_PRESENT)
		return unknown(REASON_UNSUPPORTED, "an ACL decides whether the account can open the file");
	if ((s->mode >> shift & want) == want)
		return accepted;
	return refused("%s cannot %s %s", text_clean_into(name, sizeof(name), account->name), what, text_clean_into(path, sizeof(path), file->path));
}

/* Whether an account can enter each folder of a chain, from `path` up. */
static struct key_verdict may_enter(const struct key_world *world, const struct account *account, struct slice path)
{
	for (size_t depth = 0; depth < MAX_DEPTH; depth++) {
		const struct key_path *folder;
		struct key_verdict     v = accepted;

		path = key_paths_folder(path);
		folder = key_paths_find(&world->paths, path);
		if (!folder || !folder->known)
			return unknown(REASON_MISSING, "a folder above the file was not looked at");
		if (!file_state_is(&folder->state, FILE_TYPE_LINK))
			v = may(world, account, folder, 1, "enter");
		if (!is_accepted(&v) || slice_is(path, "/"))
			return v;
	}
	return unknown(REASON_TRUNCATED, "too many folders");
}

/*
 * Whether an account gets to a path as it is written: it must be able to enter each folder on the way, and where one of them is a link, each folder above
 * the place it leads to.
 */
static int may_reach(struct key_world *world, const struct account *account, struct slice path, struct key_verdict *ret_verdict, struct error *err)
{
	struct key_verdict v = accepted;
	struct buf         real;
	int                r = 0;

	buf_init(&real, LIMIT_FACT_TEXT);
	for (size_t depth = 0; r == 0 && is_accepted(&v) && depth < MAX_DEPTH && !slice_is(path, "/"); depth++) {
		path = key_paths_folder(path);
		r = key_paths_resolve(&world->paths, path, &real, err);
		if (r == 0)
			r = buf_append_text(&real, "/.", err);
		if (r == 0)
			v = may_enter(world, account, buf_slice(&real));
	}
	buf_free(&real);
	if (r == 0)
		*ret_verdict = v;
	return r;
}

/* The group has the account for its one member: what Debian's patch "user-group-modes" looks at. */
static bool is_private_group(const struct key_world *world, const struct file_state *s, uint64_t uid)
{
	const struct accounts *a = &world->accounts;
	size_t                 group = accounts_find_gid(a, s->gid), owner = accounts_find_uid(a, s->uid), members = 0;

	if (group == ACCOUNT_NONE || owner == ACCOUNT_NONE)
		return false;
	for (size_t i = 0; i < a->nitems; i++) {
		if (a->items[i].gid != s->gid)
			continue;
		members++;
		if (a->items[i].uid != uid)
			return false;
	}
	if (a->groups[group].members.len == 0)
		return members > 0;
	return slice_equal(a->groups[group].members, a->items[owner].name);
}

/* What safe_path() asks of a file and of each folder. */
static struct key_verdict is_secure(const struct key_world *world, const struct key_path *file, uint64_t uid)
{
	const struct file_state *s = &file->state;
	char                     path[160], name[64];

	text_clean_into(path, sizeof(path), file->path);
	if (s->uid != 0 && s->uid != uid)
		return refused("%s belongs to %s", path, key_world_user(world, s->uid, name, sizeof(name)));
	if (s->mode & 002)
		return refused("%s can be written by everybody (%04o)", path, s->mode & 07777);
	if (!(s->mode & 020))
		return accepted;
	if (world->private_groups && !world->groups_whole)
		return unknown(REASON_UNSUPPORTED, "the members of a group that can write are not known");
	if (world->private_groups && is_private_group(world, s, uid))
		return accepted;
	return refused("%s can be written by group %s (%04o)", path, key_world_group(world, s->gid, name, sizeof(name)), s->mode & 07777);
}

/* From the file, whose real path is given, up to the home or to the root. */
static struct key_verdict walk(const struct key_world *world, const struct account *account, struct slice path, struct slice home)
{
	for (size_t depth = 0; depth < MAX_DEPTH; depth++) {
		const struct key_path *file = key_paths_find(&world->paths, path);
		struct key_verdict     v;

		if (!file || !file->known || file_state_is(&file->state, FILE_TYPE_LINK))
			return unknown(REASON_MISSING, "a folder above the file was not looked at");
		v = is_secure(world, file, account->uid);
		if (!is_accepted(&v))
			return v;
		if (depth > 0 && (slice_equal(path, home) || slice_is(path, "/")))
			return accepted;
		path = key_paths_folder(path);
	}
	return unknown(REASON_TRUNCATED, "too many folders");
}

/* As open() and the checks after it in OpenSSH's auth_openfile() have it. */
static struct key_verdict judge(const struct key_world *world, const struct account *account, const struct key_found *found, bool strict, struct slice real,
                                struct slice home)
{
	struct key_verdict v = may_enter(world, account, real), then;
	char               text[160];

	if (is_accepted(&v))
		v = may(world, account, found->file, 4, "read");
	if (v.ruling == KEY_RULING_REFUSED)
		return v;
	if (!file_state_is(&found->file->state, FILE_TYPE_FILE))
		return refused("%s is not a regular file", text_clean_into(text, sizeof(text), found->file->path));
	/* Where it is not known whether the account can open the file, sshd may refuse it all the same. */
	then = strict ? walk(world, account, real, home) : accepted;
	return is_accepted(&then) ? v : then;
}

int key_access_strict(struct key_world *world, const struct account *account, struct slice path, bool strict, struct key_verdict *ret_verdict, struct error *err)
{
	struct key_verdict reach = accepted, verdict;
	struct key_found   found;
	int                r = key_paths_resolve(&world->paths, account->home, &world->other, err);

	if (r == 0)
		r = key_paths_look(&world->paths, path, &world->real, &found, err);
	if (r < 0)
		return r;
	if (found.presence != KEY_PRESENCE_THERE) {
		*ret_verdict = unknown(REASON_MISSING, "the file was not looked at");
		return 0;
	}
	if (account->uid != 0)
		r = may_reach(world, account, path, &reach, err);
	if (r < 0)
		return r;
	verdict = reach.ruling == KEY_RULING_REFUSED ? reach : judge(world, account, &found, strict, buf_slice(&world->real), buf_slice(&world->other));
	*ret_verdict = is_accepted(&verdict) ? reach : verdict;
	return 0;
}

/* A list of writers in the making. */
struct writers {
	struct key_world *world;
	cJSON            *list;
	uint64_t          uid; /* whose file it is */
	size_t            count;
	const char       *unknown; /* why the list is not complete */
};

static int add_writer(struct writers *w, const char *who, const struct key_path *file, struct error *err)
{
	char text[700], path[300];

	if (w->count == MAX_WRITERS)
		return 0;
	w->count++;
	snprintf(text, sizeof(text), "%s through %s (%04o%s)", who, text_clean_into(path, sizeof(path), file->path), file->state.mode & 07777,
	         file->acl == KEY_ACL_PRESENT ? "+" : "");
	return fact_list_append(w->list, slice_of(text), err);
}

/* True when everybody can enter each folder above a path. An ACL may let them, so it counts as if it did. */
static bool is_open_to_all(const struct key_world *world, struct slice path)
{
	for (size_t depth = 0; depth < MAX_DEPTH && !slice_is(path, "/"); depth++) {
		const struct key_path *folder;

		path = key_paths_folder(path);
		folder = key_paths_find(&world->paths, path);
		if (folder && folder->known && !file_state_is(&folder->state, FILE_TYPE_LINK) && !(folder->state.mode & 001) && folder->acl != KEY_ACL_PRESENT)
			return false;
	}
	return true;
}

/* True unless a folder above certainly keeps the account out. */
static bool can_get_there(const struct key_world *world, const struct account *account, struct slice path)
{
	struct key_verdict v = slice_is(path, "/") ? accepted : may_enter(world, account, path);

	return v.ruling != KEY_RULING_REFUSED;
}

/* Names of accounts, the first few of them. */
struct names {
	char   text[300];
	size_t count;
};

static void names_add(struct names *names, struct slice name)
{
	char   clean[64];
	size_t len = strlen(names->text);

	if (names->count++ < MAX_NAMED)
		snprintf(names->text + len, sizeof(names->text) - len, "%s%s", len > 0 ? ", " : "", text_clean_into(clean, 32, name));
}

static void names_end(struct names *names)
{
	size_t len = strlen(names->text);

	if (names->count > MAX_NAMED)
		snprintf(names->text + len, sizeof(names->text) - len, " and %zu more", names->count - MAX_NAMED);
}

/* Accounts other than root and the owner that are in a group (or, without one, in none that counts) and can get to the path. */
static struct names find_names(const struct writers *w, const struct key_path *file, bool in_group)
{
	const struct accounts *a = &w->world->accounts;
	struct names           names = { 0 };

	for (size_t i = 0; i < a->nitems; i++) {
		const struct account *account = &a->items[i];

		if (account->uid == 0 || account->uid == w->uid || account->uid == file->state.uid)
			continue;
		if (accounts_is_member(a, i, file->state.gid) == in_group && can_get_there(w->world, account, file->path))
			names_add(&names, account->name);
	}
	names_end(&names);
	return names;
}

static int add_group_writers(struct writers *w, const struct key_path *file, struct error *err)
{
	struct names names;
	char         who[400], group[64];

	if (file->acl == KEY_ACL_PRESENT) {
		bool nobody = w->world->groups_whole && find_names(w, file, true).count == 0 && find_names(w, file, false).count == 0;

		return nobody ? 0 : add_writer(w, "those whom an ACL names", file, err);
	}
	if (!w->world->groups_whole || file->acl == KEY_ACL_UNKNOWN) {
		w->unknown = w->world->groups_whole ? "whether an ACL lets others write is not known" : "the members of a group that can write are not known";
		if (!w->world->groups_whole)
			return 0;
	}
	names = find_names(w, file, true);
	if (names.count == 0)
		return 0;
	snprintf(who, sizeof(who), "group %s (%s)", key_world_group(w->world, file->state.gid, group, sizeof(group)), names.text);
	return add_writer(w, who, file, err);
}

static int add_other_writers(struct writers *w, const struct key_path *file, struct error *err)
{
	struct names names;

	if (is_open_to_all(w->world, file->path))
		return add_writer(w, "everybody", file, err);
	if (!w->world->groups_whole) {
		w->unknown = "who can get to a file that everybody may write is not known";
		return 0;
	}
	names = find_names(w, file, false);
	return names.count > 0 ? add_writer(w, names.text, file, err) : 0;
}

/*
 * Who can write a file, or what is in a folder. What is in a folder with the sticky bit belongs to its own owner, whom its own line tells; and without the
 * right to enter, the right to write to a folder is worth nothing.
 */
static int add_step(struct writers *w, const struct key_path *file, struct error *err)
{
	const struct file_state *s = &file->state;
	bool                     folder = file_state_is(s, FILE_TYPE_DIRECTORY);
	unsigned                 need = folder ? 3 : 2;
	char                     who[64];
	int                      r = 0;

	if (s->uid != 0 && s->uid != w->uid)
		r = add_writer(w, key_world_user(w->world, s->uid, who, sizeof(who)), file, err);
	if (file_state_is(s, FILE_TYPE_LINK) || (folder && (s->mode & 01000)))
		return r;
	if (r == 0 && (s->mode >> 3 & need) == need)
		r = add_group_writers(w, file, err);
	if (r == 0 && (s->mode & need) == need)
		r = add_other_writers(w, file, err);
	return r;
}

/* A path and all above it. What is above a home as it is written was looked at where it leads to another place. */
static int add_chain(struct writers *w, struct slice path, bool must_be_known, struct error *err)
{
	int r = 0;

	for (size_t depth = 0; r == 0 && depth < MAX_DEPTH; depth++) {
		const struct key_path *file = key_paths_find(&w->world->paths, path);

		if (file && file->known)
			r = add_step(w, file, err);
		else if (must_be_known)
			w->unknown = "a folder above the file was not looked at";
		if (slice_is(path, "/"))
			return r;
		path = key_paths_folder(path);
	}
	return r;
}

int key_access_add_writers(struct key_world *world, cJSON *item, struct slice path, uint64_t uid, struct error *err)
{
	struct writers   w = { .world = world, .uid = uid };
	struct key_found found;
	int              r = key_paths_look(&world->paths, path, &world->real, &found, err);

	if (r < 0)
		return r;
	if (found.presence != KEY_PRESENCE_THERE)
		return key_paths_add_unavailable(item, "writers", world->ev, &world->paths, found.presence, err);
	w.list = fact_add_array(item, "writers");
	if (!w.list)
		return error_nomem(err);
	r = add_chain(&w, buf_slice(&world->real), true, err);
	/* A link, and the folders that hold it, lead to the file, too. */
	if (r == 0 && found.itself && found.itself != found.file)
		r = add_chain(&w, found.itself->path, true, err);
	if (r == 0 && !slice_equal(path, buf_slice(&world->real)))
		r = add_chain(&w, key_paths_folder(path), false, err);
	if (r < 0 || !w.unknown || w.count > 0)
		return r;
	cJSON_DeleteItemFromObjectCaseSensitive(item, "writers");
	return fact_add_unavailable(item, "writers", world->groups_whole ? REASON_UNSUPPORTED : REASON_MISSING, err, "%s", w.unknown);
}

int key_access_add_ancestors(struct key_world *world, cJSON *item, struct slice path, struct error *err)
{
	cJSON *list = fact_add_array(item, "ancestors");
	int    r = list ? key_paths_resolve(&world->paths, path, &world->real, err) : error_nomem(err);

	path = buf_slice(&world->real);
	for (size_t depth = 0; r == 0 && depth < MAX_DEPTH && !slice_is(path, "/"); depth++) {
		const struct key_path *folder;
		char                   text[700], clean[500], owner[64], group[64];

		path = key_paths_folder(path);
		folder = key_paths_find(&world->paths, path);
		if (!folder || !folder->known)
			continue;
		snprintf(text, sizeof(text), "%04o%s %s:%s %s", folder->state.mode & 07777, folder->acl == KEY_ACL_PRESENT ? "+" : "",
		         key_world_user(world, folder->state.uid, owner, sizeof(owner)), key_world_group(world, folder->state.gid, group, sizeof(group)),
		         text_clean_into(clean, sizeof(clean), path));
		r = fact_list_append(list, slice_of(text), err);
	}
	return r;
}

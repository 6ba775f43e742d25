/*
 * key_permissions.c: who may read, replace or use the keys of the host and of its accounts: mode, owner and type of the
 * files and folders.
 */
#include "check.h"
#include "key_accounts.h"
#include "key_item.h"
#include "privilege.h"
#include "sections.h"
#include "text.h"

/* The file, and for a symbolic link what it leads to: that is what is opened. */
static int parse_file(const struct section *s, struct file_state *ret_state, bool *ret_link, struct error *err)
{
	bool         from_ls = slice_is(section_arg(s, "tool"), "ls");
	struct slice body = s->body;
	int          r = file_state_next(&body, from_ls, ret_state, err);

	*ret_link = r == 0 && file_state_is(ret_state, FILE_TYPE_LINK);
	if (*ret_link)
		r = file_state_next(&body, from_ls, ret_state, err);
	if (r == 0 && file_state_is(ret_state, FILE_TYPE_LINK))
		r = error_set(err, ERR_SYNTAX, "a link that leads to a link");
	return r;
}

/*
 * What a file is for. A word that is not known here is not passed on: no rule would select the file, and what is wrong with it would go
 * unseen.
 */
static const char *find_kind(struct slice kind)
{
	static const char *const kinds[] = { "host_private_key",
		                             "host_public_key",
		                             "host_certificate",
		                             "host_key_other",
		                             "sshd_config",
		                             "sshd_config_directory",
		                             "ssh_directory",
		                             "ssh_config",
		                             "known_hosts",
		                             "moduli",
		                             "user_ca_keys",
		                             "revoked_keys",
		                             "authorized_keys_command",
		                             "authorized_principals_command",
		                             "shosts_equiv",
		                             "host_rc",
		                             "login_ssh_directory",
		                             "login_authorized_keys" };

	for (size_t i = 0; i < countof(kinds); i++)
		if (slice_is(kind, kinds[i]))
			return kinds[i];
	return NULL;
}

/* Why nothing is known of a file. */
struct ignorance {
	const struct evidence *ev;
	const struct section  *section;
	const struct error    *why; /* its words were not understood */
};

static int add_ignorance(cJSON *item, const char *fact, const void *context, struct error *err)
{
	const struct ignorance *i = context;

	if (section_is_whole(i->section))
		return fact_add_unavailable(item, fact, REASON_PARSE, err, "%s", i->why->text);
	return section_add_unavailable(item, fact, i->section->name, i->section, privilege_reason(i->ev), err);
}

/* Whose file it is: of the account that logged in, or of root. */
static uint64_t owner_of(const struct key_world *world, const char *kind)
{
	const struct section *login = evidence_find(world->ev, "keys.login");
	size_t                number = ACCOUNT_NONE;

	if (login && kind && strncmp(kind, "login_", strlen("login_")) == 0)
		number = accounts_find(&world->accounts, section_arg(login, "user"));
	return number == ACCOUNT_NONE ? 0 : world->accounts.items[number].uid;
}

static int add_file(cJSON *table, struct key_world *world, const struct section *s, struct error *err)
{
	const char       *kind = find_kind(section_arg(s, "kind"));
	struct slice      path = section_arg(s, "path");
	struct file_state state = { 0 };
	struct error      why = { 0 };
	struct ignorance  ignorance = { world->ev, s, &why };
	cJSON            *item;
	bool              link;
	int               r = key_item_add(table, &(struct key_item){ path, path, kind, NULL }, &item, err);

	if (r == 0 && !kind)
		r = fact_add_unavailable(item, "kind", REASON_PARSE, err, "what the file is for is said in a way that is not understood");
	if (r < 0)
		return r;
	if (path.len == 0 || path.ptr[0] != '/')
		error_set(&why, ERR_SYNTAX, "where the file is is said in a way that is not understood");
	if (!section_is_whole(s) || why.code != 0 || parse_file(s, &state, &link, &why) < 0)
		return key_item_add_unknown(item, add_ignorance, &ignorance, err);
	r = key_item_add_state(item, world, &state, link, err);
	return r < 0 ? r : key_item_add_access(item, world, path, owner_of(world, kind), err);
}

static int add_no_privilege(cJSON *item, const char *fact, const void *context, struct error *err)
{
	return privilege_add_unavailable(item, fact, context, "the folder cannot be looked into", err);
}

/* A folder that cannot be looked into hides files: an item in which nothing is known stands for them. */
static int add_hidden(cJSON *table, const struct evidence *ev, const struct section *s, const char *kind, struct error *err)
{
	struct slice path = section_arg(s, "path");
	cJSON       *item;
	int          r = key_item_add(table, &(struct key_item){ path, path, kind, NULL }, &item, err);

	return r < 0 ? r : key_item_add_unknown(item, add_no_privilege, ev, err);
}

/* keys.folder kind=host is /etc/ssh, kind=login the account's ~/.ssh. */
static int add_folders(cJSON *table, const struct evidence *ev, struct error *err)
{
	static const struct {
		const char *folder;
		const char *kind;
	} hides[] = {
		{ "host", "host_private_key" },
		{ "host", "host_public_key" },
		{ "login", "login_authorized_keys" },
	};
	int r = 0;

	for (const struct section *s = evidence_find(ev, "keys.folder"); s; s = evidence_find_next(ev, s))
		for (size_t i = 0; r == 0 && !section_is_whole(s) && i < countof(hides); i++)
			if (slice_is(section_arg(s, "kind"), hides[i].folder))
				r = add_hidden(table, ev, s, hides[i].kind, err);
	return r;
}

/* Sockets of forwarded agents, and the folders they are in: whoever can write to one can use the keys behind it. */
static int add_sockets(cJSON *table, struct key_world *world, struct error *err)
{
	const struct key_paths *paths = &world->paths;
	int                     r = 0;

	for (size_t i = 0; r == 0 && i < paths->npaths; i++) {
		const struct key_path *p = &paths->paths[i];
		bool                   folder = p->known && file_state_is(&p->state, FILE_TYPE_DIRECTORY);
		cJSON                 *item;

		if (!slice_has_prefix(p->path, "/tmp/ssh-") || !p->known || (!folder && !file_state_is(&p->state, FILE_TYPE_SOCKET)))
			continue;
		r = key_item_add(table, &(struct key_item){ p->path, p->path, folder ? "agent_directory" : "agent_socket", NULL }, &item, err);
		if (r == 0)
			r = key_item_add_state(item, world, &p->state, false, err);
		if (r == 0)
			r = key_item_add_access(item, world, p->path, p->state.uid, err);
	}
	return r;
}

static int add_tables(cJSON *module, struct key_world *world, struct error *err)
{
	cJSON *files = fact_add_array(module, "files"), *strict_modes = fact_add_array(module, "strict_modes");
	int    r = files && strict_modes ? 0 : error_nomem(err);

	for (const struct section *s = evidence_find(world->ev, "keys.file"); r == 0 && s; s = evidence_find_next(world->ev, s))
		r = add_file(files, world, s, err);
	if (r == 0)
		r = add_folders(files, world->ev, err);
	if (r == 0)
		r = add_sockets(files, world, err);
	return r < 0 ? r : key_accounts_add(world, files, strict_modes, err);
}

static int extract(const struct evidence *ev, cJSON *module, struct error *err)
{
	const struct section *done = evidence_find(ev, "keys.done");
	struct key_world      world;
	int                   r;

	if (!section_is_whole(done)) {
		r = section_add_unavailable(module, "keys.strict_modes", "keys.done", done, REASON_MISSING, err);
		return r < 0 ? r : section_add_unavailable(module, "keys.files", "keys.done", done, REASON_MISSING, err);
	}
	r = key_world_make(ev, &world, err);
	if (r < 0)
		return r;
	r = add_tables(module, &world, err);
	key_world_fini(&world);
	return r;
}

static const struct fact_spec facts[] = {
	{ "keys.files", FACT_TABLE, NULL, "files and folders that keys and logins depend on" },
	{ "keys.files[].subject", FACT_TEXT, NULL, "the path; for files of accounts the account and the path" },
	{ "keys.files[].path", FACT_TEXT, NULL, "the path" },
	{ "keys.files[].user", FACT_TEXT, NULL, "the account whose file it is; not for files of the host" },
	{ "keys.files[].login", FACT_TEXT, NULL, "of files of accounts: shell or no_shell" },
	{ "keys.files[].kind", FACT_TEXT, NULL,
	  "of the host: host_private_key, host_public_key, host_certificate, host_key_other, sshd_config, sshd_config_directory, ssh_directory, ssh_config, "
	  "known_hosts, moduli, user_ca_keys, revoked_keys, authorized_keys_command, authorized_principals_command, shosts_equiv, host_rc, agent_directory, "
	  "agent_socket; of accounts: home, user_ssh_directory, authorized_keys, authorized_keys2 (not in force), private_key, user_config, user_known_hosts, "
	  "user_environment, user_rc, rhosts, shosts; of the account that logged in: login_ssh_directory, login_authorized_keys" },
	{ "keys.files[].type", FACT_TEXT, NULL, "file, directory, symlink or other; of what a symbolic link leads to" },
	{ "keys.files[].link", FACT_BOOLEAN, NULL, "whether the path is a symbolic link" },
	{ "keys.files[].mode", FACT_MODE, "octal", "permission bits" },
	{ "keys.files[].uid", FACT_INTEGER, NULL, "number of the owner" },
	{ "keys.files[].gid", FACT_INTEGER, NULL, "number of the group" },
	{ "keys.files[].owner", FACT_TEXT, NULL, "name of the owner" },
	{ "keys.files[].group", FACT_TEXT, NULL, "name of the group" },
	{ "keys.files[].acl", FACT_BOOLEAN, NULL, "whether there is an ACL besides the permission bits" },
	{ "keys.files[].ancestors", FACT_LIST, NULL, "the folders above, the nearest first: mode, owner:group and path of each" },
	{ "keys.files[].writers", FACT_LIST, NULL,
	  "who, other than root and the account whose file it is, can write the file or put another in its place, and through which path" },
	{ "keys.files[].read", FACT_BOOLEAN, NULL,
	  "of user_environment, user_rc, rhosts and shosts: whether sshd may read it at all (PermitUserEnvironment, PermitUserRC, IgnoreRhosts with "
	  "HostbasedAuthentication)" },
	{ "keys.strict_modes", FACT_TABLE, NULL, "files that sshd takes keys of accounts from, those that are there" },
	{ "keys.strict_modes[].subject", FACT_TEXT, NULL, "the account and the path" },
	{ "keys.strict_modes[].user", FACT_TEXT, NULL, "the account" },
	{ "keys.strict_modes[].login", FACT_TEXT, NULL, "shell or no_shell" },
	{ "keys.strict_modes[].locked", FACT_BOOLEAN, NULL, "whether the password of the account is locked with !" },
	{ "keys.strict_modes[].path", FACT_TEXT, NULL, "the file" },
	{ "keys.strict_modes[].refused", FACT_BOOLEAN, NULL, "whether sshd passes over the file: for StrictModes, or because the account cannot open it" },
	{ "keys.strict_modes[].why", FACT_TEXT, NULL, "why it does; empty when it does not" },
	{ "keys.strict_modes[].writers", FACT_LIST, NULL, "who, other than root and the account, could add a key, and through which path" },
};

const struct check check_key_permissions = {
	.name = "key_permissions",
	.member = "keys",
	.summary = "who may read, replace or use the keys of this host",
	.facts = facts,
	.nfacts = countof(facts),
	.extract = extract,
};

/*
 * key_permissions.c: who may read, replace or use the keys of the host and of the account that logged in: mode, owner and type of the
 * files and folders.
 */
#include "check.h"
#include "privilege.h"
#include "sections.h"
#include "text.h"

/* The type of a file in st_mode: the target's numbers, which are the same on every Unix, not this machine's. */
enum type {
	TYPE_MASK = 0170000,
	TYPE_SOCKET = 0140000,
	TYPE_LINK = 0120000,
	TYPE_FILE = 0100000,
	TYPE_BLOCK = 0060000,
	TYPE_DIRECTORY = 0040000,
	TYPE_CHARACTER = 0020000,
	TYPE_FIFO = 0010000,
};

/* What stat told about one file. */
struct state {
	unsigned     mode; /* st_mode, type and all */
	uint64_t     uid;
	uint64_t     gid;
	struct slice names; /* owner:group; empty when they were not asked for */
};

static const char *type_name(unsigned mode)
{
	if ((mode & TYPE_MASK) == TYPE_FILE)
		return "file";
	if ((mode & TYPE_MASK) == TYPE_DIRECTORY)
		return "directory";
	return (mode & TYPE_MASK) == TYPE_LINK ? "symlink" : "other";
}

static bool is_link(unsigned mode)
{
	return (mode & TYPE_MASK) == TYPE_LINK;
}

/* "81a4 0 0 root:root" */
static int parse_stat(struct slice line, struct state *ret_state, struct error *err)
{
	struct state state = { 0 };
	struct slice word[3];
	uint64_t     mode;
	int          r;

	for (size_t i = 0; i < countof(word); i++)
		if (!slice_next_word(&line, &word[i]))
			return error_set(err, ERR_SYNTAX, "stat printed too little");
	r = text_parse_unsigned(word[0], 16, 0177777, &mode, err);
	if (r == 0)
		r = text_parse_unsigned(word[1], 10, UINT32_MAX, &state.uid, err);
	if (r == 0)
		r = text_parse_unsigned(word[2], 10, UINT32_MAX, &state.gid, err);
	if (r < 0)
		return r;
	state.mode = (unsigned)mode;
	state.names = slice_trim(line);
	*ret_state = state;
	return 0;
}

/* Three letters of ls, "rws", as bits; `special` is the letter that stands for execution with the extra bit. */
static int parse_letters(const char *letters, char special, unsigned extra, unsigned *ret_bits)
{
	unsigned bits = (letters[0] == 'r' ? 4u : 0) | (letters[1] == 'w' ? 2u : 0);
	char     x = letters[2];

	if (!strchr("r-", letters[0]) || !strchr("w-", letters[1]) || (x != 'x' && x != '-' && tolower((unsigned char)x) != special))
		return -1;
	if (x == 'x' || x == special)
		bits |= 1;
	if (tolower((unsigned char)x) == special)
		bits |= extra;
	*ret_bits = bits;
	return 0;
}

/* "-rw-r--r-- 1 0 0 …", where there is no stat */
static int parse_ls(struct slice line, struct state *ret_state, struct error *err)
{
	static const struct {
		char     letter;
		unsigned type;
	} types[] = { { '-', TYPE_FILE }, { 'd', TYPE_DIRECTORY }, { 'l', TYPE_LINK }, { 'p', TYPE_FIFO }, { 's', TYPE_SOCKET }, { 'b', TYPE_BLOCK }, { 'c', TYPE_CHARACTER } };
	struct state state = { 0 };
	struct slice mode, links, uid, gid;
	unsigned     user, group, other;
	int          r;

	if (!slice_next_word(&line, &mode) || !slice_next_word(&line, &links) || !slice_next_word(&line, &uid) || !slice_next_word(&line, &gid))
		return error_set(err, ERR_SYNTAX, "ls printed too little");
	for (size_t i = 0; i < countof(types); i++)
		if (mode.len >= 10 && mode.ptr[0] == types[i].letter)
			state.mode = types[i].type;
	if (state.mode == 0 || memchr(mode.ptr, '\0', mode.len) || parse_letters(mode.ptr + 1, 's', 04000, &user) < 0 ||
	    parse_letters(mode.ptr + 4, 's', 02000, &group) < 0 || parse_letters(mode.ptr + 7, 't', 01000, &other) < 0)
		return error_set(err, ERR_SYNTAX, "ls printed a mode that is not understood");
	state.mode |= (user & 7) << 6 | (group & 7) << 3 | (other & 7) | (user & 04000) | (group & 02000) | (other & 01000);
	r = text_parse_unsigned(uid, 10, UINT32_MAX, &state.uid, err);
	if (r == 0)
		r = text_parse_unsigned(gid, 10, UINT32_MAX, &state.gid, err);
	if (r == 0)
		*ret_state = state;
	return r;
}

static int parse_line(struct slice *body, bool from_ls, struct state *ret_state, struct error *err)
{
	struct slice line;
	bool         ended;

	if (!slice_next_line(body, &line, &ended) || !ended)
		return error_set(err, ERR_SYNTAX, "the line is not complete");
	return from_ls ? parse_ls(line, ret_state, err) : parse_stat(line, ret_state, err);
}

/* The file, and for a symbolic link what it leads to: that is what is opened. */
static int parse_file(const struct section *s, struct state *ret_state, bool *ret_link, struct error *err)
{
	bool         from_ls = slice_is(section_arg(s, "tool"), "ls");
	struct slice body = s->body;
	int          r = parse_line(&body, from_ls, ret_state, err);

	*ret_link = r == 0 && is_link(ret_state->mode);
	if (*ret_link)
		r = parse_line(&body, from_ls, ret_state, err);
	if (r == 0 && is_link(ret_state->mode))
		r = error_set(err, ERR_SYNTAX, "a link that leads to a link");
	return r;
}

/* An account name may not hold a colon, so the first one is the separator; UNKNOWN is stat's word for a number without a name. */
static int add_name(cJSON *item, const char *name, struct slice text, struct error *err)
{
	if (text.len == 0 || slice_is(text, "UNKNOWN"))
		return fact_add_unavailable(item, name, REASON_UNSUPPORTED, err, "the number has no name on this host");
	return fact_add_text(item, name, text, err);
}

static int add_state(cJSON *item, const struct state *state, bool link, struct error *err)
{
	struct slice group = state->names, owner;
	int          r;

	if (!slice_next(&group, ':', &owner))
		owner = group;
	r = fact_add_text(item, "type", slice_of(type_name(state->mode)), err);
	if (r == 0)
		r = fact_add_boolean(item, "link", link, err);
	if (r == 0)
		r = fact_add_mode(item, "mode", state->mode & 07777, err);
	if (r == 0)
		r = fact_add_integer(item, "uid", (int64_t)state->uid, err);
	if (r == 0)
		r = fact_add_integer(item, "gid", (int64_t)state->gid, err);
	if (r == 0)
		r = add_name(item, "owner", owner, err);
	return r < 0 ? r : add_name(item, "group", group, err);
}

/* Why nothing is known of a file: what the command on the target said by its status, or `why` when its words were not understood. */
static int add_unknown(cJSON *item, const struct evidence *ev, const struct section *s, const struct error *why, struct error *err)
{
	static const char *const names[] = { "type", "link", "mode", "uid", "gid", "owner", "group" };
	int                      r = 0;

	for (size_t i = 0; r == 0 && i < countof(names); i++)
		r = section_is_whole(s) ? fact_add_unavailable(item, names[i], REASON_PARSE, err, "%s", why->text)
		                        : section_add_unavailable(item, names[i], s->name, s, privilege_reason(ev), err);
	return r;
}

/*
 * What a file is for. A word that is not known here is not passed on: no rule would select the file, and what is wrong with it would go
 * unseen.
 */
static int add_kind(cJSON *item, const struct section *s, struct error *err)
{
	static const char *const kinds[] = { "host_private_key", "host_public_key", "sshd_config", "sshd_config_directory",
		                             "ssh_directory", "login_ssh_directory", "login_authorized_keys" };
	struct slice             kind = section_arg(s, "kind");

	for (size_t i = 0; i < countof(kinds); i++)
		if (slice_is(kind, kinds[i]))
			return fact_add_text(item, "kind", kind, err);
	return fact_add_unavailable(item, "kind", REASON_PARSE, err, "what the file is for is said in a way that is not understood");
}

static int add_file(cJSON *table, const struct evidence *ev, const struct section *s, struct error *err)
{
	cJSON       *item = fact_table_append(table);
	struct state state = { 0 };
	struct error why = { 0 };
	bool         link;
	int          r;

	if (!item)
		return error_nomem(err);
	r = fact_add_text(item, "subject", section_arg(s, "path"), err);
	if (r == 0)
		r = fact_add_text(item, "path", section_arg(s, "path"), err);
	if (r == 0)
		r = fact_add_text(item, "where", section_arg(s, "path"), err);
	if (r == 0)
		r = add_kind(item, s, err);
	if (r < 0)
		return r;
	if (section_is_whole(s) && parse_file(s, &state, &link, &why) == 0)
		return add_state(item, &state, link, err);
	return add_unknown(item, ev, s, &why, err);
}

/* A folder that cannot be looked into hides files: an item in which nothing is known stands for them. */
static int add_hidden(cJSON *table, const struct evidence *ev, const struct section *s, const char *kind, struct error *err)
{
	static const char *const names[] = { "type", "link", "mode", "uid", "gid", "owner", "group" };
	cJSON                   *item = fact_table_append(table);
	int                      r;

	if (!item)
		return error_nomem(err);
	r = fact_add_text(item, "subject", section_arg(s, "path"), err);
	if (r == 0)
		r = fact_add_text(item, "path", section_arg(s, "path"), err);
	if (r == 0)
		r = fact_add_text(item, "kind", slice_of(kind), err);
	for (size_t i = 0; r == 0 && i < countof(names); i++)
		r = privilege_add_unavailable(item, names[i], ev, "the folder cannot be looked into", err);
	return r;
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

static int extract(const struct evidence *ev, cJSON *module, struct error *err)
{
	const struct section *done = evidence_find(ev, "keys.done");
	cJSON                *table;
	int                   r = 0;

	if (!section_is_whole(done))
		return section_add_unavailable(module, "keys.files", "keys.done", done, REASON_MISSING, err);
	table = fact_add_array(module, "files");
	if (!table)
		return error_nomem(err);
	for (const struct section *s = evidence_find(ev, "keys.file"); r == 0 && s; s = evidence_find_next(ev, s))
		r = add_file(table, ev, s, err);
	return r < 0 ? r : add_folders(table, ev, err);
}

static const struct fact_spec facts[] = {
	{ "keys.files", FACT_TABLE, NULL, "files and folders that keys and logins depend on" },
	{ "keys.files[].subject", FACT_TEXT, NULL, "the path" },
	{ "keys.files[].path", FACT_TEXT, NULL, "the path" },
	{ "keys.files[].kind", FACT_TEXT, NULL,
	  "host_private_key, host_public_key, sshd_config, sshd_config_directory, ssh_directory, login_ssh_directory, login_authorized_keys" },
	{ "keys.files[].type", FACT_TEXT, NULL, "file, directory, symlink or other; of what a symbolic link leads to" },
	{ "keys.files[].link", FACT_BOOLEAN, NULL, "whether the path is a symbolic link" },
	{ "keys.files[].mode", FACT_MODE, "octal", "permission bits" },
	{ "keys.files[].uid", FACT_INTEGER, NULL, "number of the owner" },
	{ "keys.files[].gid", FACT_INTEGER, NULL, "number of the group" },
	{ "keys.files[].owner", FACT_TEXT, NULL, "name of the owner" },
	{ "keys.files[].group", FACT_TEXT, NULL, "name of the group" },
};

const struct check check_key_permissions = {
	.name = "key_permissions",
	.member = "keys",
	.summary = "who may read, replace or use the keys of this host",
	.facts = facts,
	.nfacts = countof(facts),
	.extract = extract,
};

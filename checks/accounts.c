/*
 * accounts.c: which accounts there are, which groups they are in, and whether a password can let them in. Never a password, never a hash.
 */
#include "accounts.h"

#include "check.h"
#include "limit.h"
#include "mem.h"
#include "privilege.h"
#include "sections.h"
#include "text.h"

/* More than any passwd file of LIMIT_EVIDENCE's size names once; a hostile group file could name each account in each group. */
#define MAX_MEMBERSHIPS (256u * 1024)

/* A name and the number of what it names. */
struct accounts_name {
	struct slice name;
	size_t       number;
};

/* The number of an account or a group, and which one it is. */
struct accounts_number {
	uint64_t number;
	size_t   item;
};

/* By name, and of the same name the first one first. */
static int compare_names(const void *a, const void *b)
{
	const struct accounts_name *x = a, *y = b;
	int                         order = slice_compare(x->name, y->name);

	return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

static int compare_numbers(const void *a, const void *b)
{
	const struct accounts_number *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return (x->item > y->item) - (x->item < y->item);
}

static int compare_memberships(const void *a, const void *b)
{
	const struct account_membership *x = a, *y = b;

	if (x->account != y->account)
		return x->account < y->account ? -1 : 1;
	return (x->group > y->group) - (x->group < y->group);
}

static size_t find_name(const struct accounts_name *names, size_t count, struct slice name)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (slice_compare(names[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && slice_equal(names[low].name, name) ? names[low].number : ACCOUNT_NONE;
}

size_t accounts_find(const struct accounts *accounts, struct slice name)
{
	return find_name(accounts->names, accounts->nitems, name);
}

static size_t find_number(const struct accounts_number *numbers, size_t count, uint64_t number)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (numbers[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && numbers[low].number == number ? numbers[low].item : ACCOUNT_NONE;
}

size_t accounts_find_uid(const struct accounts *accounts, uint64_t uid)
{
	return find_number(accounts->uids, accounts->nitems, uid);
}

size_t accounts_find_gid(const struct accounts *accounts, uint64_t gid)
{
	return find_number(accounts->gids, accounts->ngroups, gid);
}

bool accounts_is_member(const struct accounts *accounts, size_t account, uint64_t gid)
{
	const struct account *a = &accounts->items[account];

	if (a->gid == gid)
		return true;
	for (size_t i = 0; i < a->nmemberships; i++)
		if (accounts->groups[accounts->memberships[a->memberships + i].group].gid == gid)
			return true;
	return false;
}

bool account_has_shell(const struct account *account)
{
	static const char *const none[] = { "nologin", "false", "true", "null", "sync", "halt", "shutdown" };
	struct slice             name = account->shell;

	for (size_t i = name.len; i > 0; i--)
		if (name.ptr[i - 1] == '/') {
			name = slice_sub(name, i, name.len);
			break;
		}
	for (size_t i = 0; i < countof(none); i++)
		if (slice_is(name, none[i]))
			return false;
	return true;
}

/* Of the sections of a database the one that came whole; else the last one, which says why there is none. NULL when there is none at all. */
static const struct section *find_database(const struct evidence *ev, const char *name)
{
	const struct section *found = NULL;

	for (const struct section *s = evidence_find(ev, name); s && !section_is_whole(found); s = evidence_find_next(ev, s))
		found = s;
	return found;
}

/* Nothing of a section that is not whole: its last line may be cut, and name another home. */
static struct slice body_of(const struct section *s)
{
	return section_is_whole(s) ? s->body : (struct slice){ 0 };
}

static size_t count_lines(struct slice body)
{
	size_t count = 1;

	for (size_t i = 0; i < body.len; i++)
		count += body.ptr[i] == '\n';
	return count;
}

/* Exactly `count` fields. The last one of passwd may not hold a colon either. */
static bool split_fields(struct slice line, struct slice *fields, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *colon = line.len > 0 ? memchr(line.ptr, ':', line.len) : NULL;
		size_t      len = colon ? (size_t)(colon - line.ptr) : line.len;

		if (!colon != (i + 1 == count))
			return false;
		fields[i] = slice_sub(line, 0, len);
		line = colon ? slice_sub(line, len + 1, line.len) : (struct slice){ 0 };
	}
	return fields[0].len > 0;
}

static enum account_password password_of(struct slice field)
{
	static const struct {
		const char           *word;
		enum account_password password;
	} words[] = {
		{ "", ACCOUNT_PASSWORD_EMPTY },
		{ "!", ACCOUNT_PASSWORD_LOCKED },
		{ "*", ACCOUNT_PASSWORD_NONE },
		{ "p", ACCOUNT_PASSWORD_SET },
		{ "empty", ACCOUNT_PASSWORD_EMPTY },
		{ "locked", ACCOUNT_PASSWORD_LOCKED },
		{ "none", ACCOUNT_PASSWORD_NONE },
		{ "set", ACCOUNT_PASSWORD_SET },
	};

	for (size_t i = 0; i < countof(words); i++)
		if (slice_is(field, words[i].word))
			return words[i].password;
	return ACCOUNT_PASSWORD_UNKNOWN;
}

/* "anna:x:1000:1000:Anna:/home/anna:/bin/sh" */
static bool parse_account(struct slice line, struct account *ret_account)
{
	struct account account = { 0 };
	struct slice   f[7];

	if (!split_fields(line, f, countof(f)) || text_parse_unsigned(f[2], 10, UINT32_MAX, &account.uid, NULL) < 0 ||
	    text_parse_unsigned(f[3], 10, UINT32_MAX, &account.gid, NULL) < 0)
		return false;
	account.name = f[0];
	account.home = f[5];
	account.shell = f[6];
	account.password = password_of(f[1]);
	*ret_account = account;
	return true;
}

/* "wheel:x:10:anna,bert" */
static bool parse_group(struct slice line, struct account_group *ret_group)
{
	struct account_group group;
	struct slice         f[4];

	if (!split_fields(line, f, countof(f)) || text_parse_unsigned(f[2], 10, UINT32_MAX, &group.gid, NULL) < 0)
		return false;
	group.name = f[0];
	group.members = f[3];
	*ret_group = group;
	return true;
}

/* The next line that says something: neither blank, a comment, nor one that only switches a directory service on. */
static bool next_entry(struct slice *body, struct slice *ret_line)
{
	while (slice_next_line(body, ret_line, NULL))
		if (ret_line->len > 0 && !strchr("#+-", ret_line->ptr[0]))
			return true;
	return false;
}

static int read_accounts(struct accounts *accounts, struct error *err)
{
	struct slice body = body_of(accounts->passwd), line;

	accounts->items = mem_resize(NULL, count_lines(body), sizeof(*accounts->items));
	if (!accounts->items)
		return error_nomem(err);
	while (next_entry(&body, &line)) {
		if (parse_account(line, &accounts->items[accounts->nitems]))
			accounts->nitems++;
		else
			accounts->malformed_accounts++;
	}
	accounts->names = mem_resize(NULL, accounts->nitems + 1, sizeof(*accounts->names));
	if (!accounts->names)
		return error_nomem(err);
	for (size_t i = 0; i < accounts->nitems; i++)
		accounts->names[i] = (struct accounts_name){ accounts->items[i].name, i };
	qsort(accounts->names, accounts->nitems, sizeof(*accounts->names), compare_names);
	accounts->uids = mem_resize(NULL, accounts->nitems + 1, sizeof(*accounts->uids));
	if (!accounts->uids)
		return error_nomem(err);
	for (size_t i = 0; i < accounts->nitems; i++)
		accounts->uids[i] = (struct accounts_number){ accounts->items[i].uid, i };
	qsort(accounts->uids, accounts->nitems, sizeof(*accounts->uids), compare_numbers);
	return 0;
}

static int read_groups(struct accounts *accounts, struct error *err)
{
	struct slice body = body_of(accounts->group), line;

	accounts->groups = mem_resize(NULL, count_lines(body), sizeof(*accounts->groups));
	if (!accounts->groups)
		return error_nomem(err);
	while (next_entry(&body, &line)) {
		if (parse_group(line, &accounts->groups[accounts->ngroups]))
			accounts->ngroups++;
		else
			accounts->malformed_groups++;
	}
	accounts->gids = mem_resize(NULL, accounts->ngroups + 1, sizeof(*accounts->gids));
	if (!accounts->gids)
		return error_nomem(err);
	for (size_t i = 0; i < accounts->ngroups; i++)
		accounts->gids[i] = (struct accounts_number){ accounts->groups[i].gid, i };
	qsort(accounts->gids, accounts->ngroups, sizeof(*accounts->gids), compare_numbers);
	return 0;
}

/* One membership; past the maximum the groups are no longer known whole. */
static int add_membership(struct accounts *accounts, size_t account, size_t group, size_t *room, struct error *err)
{
	if (accounts->nmemberships >= MAX_MEMBERSHIPS) {
		accounts->malformed_groups++;
		return 0;
	}
	if (accounts->nmemberships == *room) {
		struct account_membership *grown = mem_resize(accounts->memberships, *room * 2 + 64, sizeof(*grown));

		if (!grown)
			return error_nomem(err);
		accounts->memberships = grown;
		*room = *room * 2 + 64;
	}
	accounts->memberships[accounts->nmemberships++] = (struct account_membership){ account, group };
	return 0;
}

static int read_memberships(struct accounts *accounts, struct error *err)
{
	size_t room = 0;

	for (size_t i = 0; i < accounts->ngroups; i++) {
		struct slice rest = accounts->groups[i].members, name;

		while (slice_next(&rest, ',', &name)) {
			size_t account = accounts_find(accounts, slice_trim(name));

			if (account != ACCOUNT_NONE && add_membership(accounts, account, i, &room, err) < 0)
				return err ? err->code : ERR_NOMEM;
		}
	}
	if (accounts->nmemberships > 0)
		qsort(accounts->memberships, accounts->nmemberships, sizeof(*accounts->memberships), compare_memberships);
	for (size_t i = 0; i < accounts->nmemberships; i++) {
		struct account *a = &accounts->items[accounts->memberships[i].account];

		if (a->nmemberships++ == 0)
			a->memberships = i;
	}
	return 0;
}

/* "anna:set:expired" */
static void read_shadow(struct accounts *accounts)
{
	struct slice body = body_of(accounts->shadow), line, f[3];

	while (slice_next_line(&body, &line, NULL)) {
		size_t number = split_fields(line, f, countof(f)) ? accounts_find(accounts, f[0]) : ACCOUNT_NONE;

		if (number == ACCOUNT_NONE || accounts->items[number].shadow_known)
			continue;
		accounts->items[number].shadow_known = true;
		accounts->items[number].expired = slice_is(f[2], "expired");
		if (accounts->items[number].password == ACCOUNT_PASSWORD_UNKNOWN)
			accounts->items[number].password = password_of(f[1]);
	}
}

/* A name a line. */
static void read_hung(struct accounts *accounts, const struct evidence *ev)
{
	struct slice body = body_of(evidence_find(ev, "accounts.hung")), line;

	while (slice_next_line(&body, &line, NULL)) {
		size_t number = accounts_find(accounts, line);

		if (number != ACCOUNT_NONE)
			accounts->items[number].hung = true;
	}
}

int accounts_read(const struct evidence *ev, struct accounts *ret_accounts, struct error *err)
{
	struct accounts accounts = { .passwd = find_database(ev, "accounts.passwd"),
		                     .group = find_database(ev, "accounts.group"),
		                     .shadow = evidence_find(ev, "accounts.shadow") };
	int             r = read_accounts(&accounts, err);

	if (r == 0)
		r = read_groups(&accounts, err);
	if (r == 0)
		r = read_memberships(&accounts, err);
	if (r < 0) {
		accounts_fini(&accounts);
		return r;
	}
	read_shadow(&accounts);
	read_hung(&accounts, ev);
	*ret_accounts = accounts;
	return 0;
}

void accounts_fini(struct accounts *accounts)
{
	mem_free(accounts->items);
	mem_free(accounts->names);
	mem_free(accounts->uids);
	mem_free(accounts->gids);
	mem_free(accounts->groups);
	mem_free(accounts->memberships);
	*accounts = (struct accounts){ 0 };
}

static int add_incomplete(cJSON *object, const char *fact, const char *section, const struct evidence *ev, const struct section *used, size_t malformed,
                          struct error *err)
{
	const struct section *first = evidence_find(ev, section);

	if (!section_is_whole(used))
		return section_add_unavailable(object, fact, section, used, privilege_reason(ev), err);
	if (malformed > 0)
		return fact_add_unavailable(object, fact, REASON_PARSE, err, "%zu lines of section %s are not understood", malformed, section);
	if (!section_is_whole(first))
		return section_add_unavailable(object, fact, section, first, REASON_UNSUPPORTED, err);
	return 0;
}

int accounts_add_unavailable(cJSON *object, const char *fact, const struct evidence *ev, const struct accounts *accounts, struct error *err)
{
	return add_incomplete(object, fact, "accounts.passwd", ev, accounts->passwd, accounts->malformed_accounts, err);
}

int accounts_add_groups_unavailable(cJSON *object, const char *fact, const struct evidence *ev, const struct accounts *accounts, struct error *err)
{
	return add_incomplete(object, fact, "accounts.group", ev, accounts->group, accounts->malformed_groups, err);
}

bool accounts_are_whole(const struct evidence *ev, const struct accounts *accounts)
{
	return section_is_whole(accounts->passwd) && section_is_whole(evidence_find(ev, "accounts.passwd")) && accounts->malformed_accounts == 0;
}

bool accounts_groups_are_whole(const struct evidence *ev, const struct accounts *accounts)
{
	return section_is_whole(accounts->group) && section_is_whole(evidence_find(ev, "accounts.group")) && accounts->malformed_groups == 0;
}

static int add_groups(cJSON *item, const struct evidence *ev, const struct accounts *accounts, const struct account *account, struct error *err)
{
	size_t primary = accounts_find_gid(accounts, account->gid);
	cJSON *list;
	int    r;

	if (!accounts_groups_are_whole(ev, accounts))
		return accounts_add_groups_unavailable(item, "groups", ev, accounts, err);
	list = fact_add_array(item, "groups");
	if (!list)
		return error_nomem(err);
	r = primary == ACCOUNT_NONE ? 0 : fact_list_append(list, accounts->groups[primary].name, err);
	for (size_t i = 0; r == 0 && i < account->nmemberships; i++) {
		size_t group = accounts->memberships[account->memberships + i].group;

		if (group != primary)
			r = fact_list_append(list, accounts->groups[group].name, err);
	}
	return r;
}

/* Nothing is known of an account that the shadow file does not list, or that nobody may read. */
static int add_hidden(cJSON *item, const char *name, const struct evidence *ev, const struct accounts *accounts, struct error *err)
{
	if (!section_is_whole(accounts->shadow))
		return section_add_unavailable(item, name, "accounts.shadow", accounts->shadow, privilege_reason(ev), err);
	return fact_add_unavailable(item, name, REASON_UNSUPPORTED, err, "the account is not in /etc/shadow");
}

static int add_password(cJSON *item, const struct evidence *ev, const struct accounts *accounts, const struct account *account, struct error *err)
{
	static const char *const names[] = { [ACCOUNT_PASSWORD_SET] = "set",
		                             [ACCOUNT_PASSWORD_EMPTY] = "empty",
		                             [ACCOUNT_PASSWORD_NONE] = "none",
		                             [ACCOUNT_PASSWORD_LOCKED] = "locked" };
	enum account_password    p = account->password;
	int                      r;

	if (p == ACCOUNT_PASSWORD_UNKNOWN) {
		r = add_hidden(item, "password", ev, accounts, err);
		return r < 0 ? r : add_hidden(item, "locked", ev, accounts, err);
	}
	r = fact_add_text(item, "password", slice_of(names[p]), err);
	return r < 0 ? r : fact_add_boolean(item, "locked", p == ACCOUNT_PASSWORD_NONE || p == ACCOUNT_PASSWORD_LOCKED, err);
}

static int add_user(cJSON *table, const struct evidence *ev, const struct accounts *accounts, const struct account *account, struct error *err)
{
	cJSON *item = fact_table_append(table);
	int    r;

	if (!item)
		return error_nomem(err);
	r = fact_add_text(item, "subject", account->name, err);
	if (r == 0)
		r = fact_add_text(item, "name", account->name, err);
	if (r == 0)
		r = fact_add_integer(item, "uid", (int64_t)account->uid, err);
	if (r == 0)
		r = fact_add_integer(item, "gid", (int64_t)account->gid, err);
	if (r == 0)
		r = add_groups(item, ev, accounts, account, err);
	if (r == 0)
		r = fact_add_text(item, "home", account->home, err);
	if (r == 0)
		r = fact_add_text(item, "shell", account->shell, err);
	if (r == 0)
		r = fact_add_text(item, "login", slice_of(account_has_shell(account) ? "shell" : "no_shell"), err);
	if (r == 0)
		r = add_password(item, ev, accounts, account, err);
	if (r < 0)
		return r;
	return account->shadow_known ? fact_add_boolean(item, "expired", account->expired, err) : add_hidden(item, "expired", ev, accounts, err);
}

/* The services the host asks for accounts, as nsswitch.conf has them; without one it is the files. */
static int add_sources(cJSON *module, const struct evidence *ev, struct error *err)
{
	const struct section *s = evidence_find(ev, "accounts.sources");
	struct slice          rest, word;
	cJSON                *list;
	int                   r = 0;

	if (!section_is_whole(s))
		return section_add_unavailable(module, "accounts.sources", "accounts.sources", s, REASON_UNSUPPORTED, err);
	list = fact_add_array(module, "sources");
	if (!list)
		return error_nomem(err);
	rest = slice_trim(s->body);
	if (rest.len == 0)
		return fact_list_append(list, slice_of("files"), err);
	while (r == 0 && slice_next_word(&rest, &word))
		if (word.ptr[0] != '[' && word.ptr[word.len - 1] != ']')
			r = fact_list_append(list, word, err);
	return r;
}

static int extract(const struct evidence *ev, cJSON *module, struct error *err)
{
	const struct section *done = evidence_find(ev, "accounts.done");
	struct accounts       accounts;
	cJSON                *table;
	int                   r = add_sources(module, ev, err);

	if (r < 0 || !section_is_whole(done))
		return r < 0 ? r : section_add_unavailable(module, "accounts.users", "accounts.done", done, REASON_MISSING, err);
	r = accounts_read(ev, &accounts, err);
	if (r < 0)
		return r;
	r = accounts_add_unavailable(module, "accounts.users", ev, &accounts, err);
	table = section_is_whole(accounts.passwd) ? fact_add_array(module, "users") : NULL;
	if (r == 0 && !table && section_is_whole(accounts.passwd))
		r = error_nomem(err);
	for (size_t i = 0; r == 0 && table && i < accounts.nitems; i++)
		if (accounts_find(&accounts, accounts.items[i].name) == i)
			r = add_user(table, ev, &accounts, &accounts.items[i], err);
	accounts_fini(&accounts);
	return r;
}

static const struct fact_spec facts[] = {
	{ "accounts.sources", FACT_LIST, NULL, "where the host looks for accounts: files, systemd, sss, ldap, …; a directory service may not list all of its accounts" },
	{ "accounts.users", FACT_TABLE, NULL, "the accounts the host lists" },
	{ "accounts.users[].subject", FACT_TEXT, NULL, "the name" },
	{ "accounts.users[].name", FACT_TEXT, NULL, "the name" },
	{ "accounts.users[].uid", FACT_INTEGER, NULL, "its number" },
	{ "accounts.users[].gid", FACT_INTEGER, NULL, "number of its own group" },
	{ "accounts.users[].groups", FACT_LIST, NULL, "names of the groups it is in, its own first" },
	{ "accounts.users[].home", FACT_TEXT, NULL, "its home" },
	{ "accounts.users[].shell", FACT_TEXT, NULL, "its shell; empty means /bin/sh" },
	{ "accounts.users[].login", FACT_TEXT, NULL, "shell, or no_shell when the shell is nologin, false or the like; keys may let such an account forward ports all the same" },
	{ "accounts.users[].password", FACT_TEXT, NULL, "set, empty, none (no password fits) or locked" },
	{ "accounts.users[].locked", FACT_BOOLEAN, NULL, "whether no password fits: password is none or locked" },
	{ "accounts.users[].expired", FACT_BOOLEAN, NULL, "whether the account is past the day it ends" },
};

const struct check check_accounts = {
	.name = "accounts",
	.member = "accounts",
	.summary = "which accounts there are, and which of them a password could let in",
	.facts = facts,
	.nfacts = countof(facts),
	.extract = extract,
};

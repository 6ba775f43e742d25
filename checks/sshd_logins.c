#include "sshd_logins.h"

#include "limit.h"
#include "mem.h"
#include "privilege.h"
#include "sshd_account.h"
#include "sshd_subject.h"

/* One account, under one configuration. */
struct login {
	const struct reading *reading;
	struct sshd_account   who;
};

/* What is in force for it: the values of the keywords below, as facts. */
static const enum sshd_keyword asked[] = {
	SSHD_allowusers, SSHD_denyusers, SSHD_allowgroups, SSHD_denygroups, SSHD_permitrootlogin, SSHD_authenticationmethods, SSHD_pubkeyauthentication,
	SSHD_passwordauthentication, SSHD_kbdinteractiveauthentication, SSHD_hostbasedauthentication, SSHD_gssapiauthentication,
	SSHD_permitemptypasswords, SSHD_usepam, SSHD_refuseconnection,
};

/* Space for the sets of one configuration, one byte for each context. */
struct space {
	sshd_contexts *whole;   /* what applies */
	sshd_contexts *further; /* those of them that do not apply to the account in any case */
	sshd_contexts *first;   /* the first `whole` of the account */
	sshd_contexts *of;      /* the set `values` are of */
	sshd_contexts *can;     /* blocks that can apply to the account */
	sshd_contexts *always;  /* and those that do for every connection */
	cJSON         *values;
};

static void compare_blocks(const struct login *login, const struct space *space)
{
	for (size_t i = 1; i < login->reading->files.ncontexts; i++) {
		enum sshd_relation relation = sshd_account_relation(&login->who, &login->reading->files, i);

		space->can[i] = relation != SSHD_NEVER;
		space->always[i] = relation == SSHD_CERTAIN;
	}
}

/* A set of the plan with all blocks that apply to the account anyway. False when a block of the set cannot apply to it. */
static bool complete(size_t ncontexts, const sshd_contexts *set, const struct space *space)
{
	for (size_t i = 1; i < ncontexts; i++) {
		if (set[i] && !space->can[i])
			return false;
		space->whole[i] = set[i] || space->always[i];
		space->further[i] = set[i] && !space->always[i];
	}
	return true;
}

/* What is in force under a set: accounts mostly have the same, so the last values are kept. */
static int find_values(const struct reading *reading, struct space *space, struct error *err)
{
	size_t n = reading->files.ncontexts;
	int    r = 0;

	if (space->values && memcmp(space->whole, space->of, n) == 0)
		return 0;
	cJSON_Delete(space->values);
	space->values = cJSON_CreateObject();
	if (!space->values)
		return error_nomem(err);
	for (size_t i = 0; r == 0 && i < countof(asked); i++)
		r = sshd_reading_add(space->values, reading, space->whole, asked[i], err);
	memcpy(space->of, space->whole, n);
	return r;
}

static const char *text_of(const cJSON *values, enum sshd_keyword keyword)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(values, sshd_keyword_name(keyword)));
}

static const cJSON *list_of(const cJSON *values, enum sshd_keyword keyword)
{
	return cJSON_GetObjectItemCaseSensitive(values, sshd_keyword_name(keyword));
}

static bool is_yes(const cJSON *values, enum sshd_keyword keyword)
{
	const char *text = text_of(values, keyword);

	return text && strcmp(text, "yes") == 0;
}

/* Of the keywords that decide over the account, one of which nothing is known; SSHD_KEYWORDS when there is none. What a release lacks is off. */
static enum sshd_keyword find_unknown(const struct login *login, const cJSON *values)
{
	for (size_t i = 0; i < countof(asked); i++) {
		bool lacking = login->reading->dumped && (asked[i] == SSHD_gssapiauthentication || asked[i] == SSHD_refuseconnection ||
		                                          asked[i] == SSHD_usepam || asked[i] == SSHD_hostbasedauthentication);

		if (asked[i] == SSHD_permitrootlogin && login->who.account->uid != 0)
			continue;
		if (asked[i] == SSHD_refuseconnection && login->reading->files.first[asked[i]] == SSHD_NONE)
			continue;
		if (!lacking && !cJSON_GetObjectItemCaseSensitive(values, sshd_keyword_name(asked[i])))
			return asked[i];
	}
	return SSHD_KEYWORDS;
}

/* Copy the reason why a value is not known. */
static int add_unknown(cJSON *item, const cJSON *values, enum sshd_keyword keyword, struct error *err)
{
	const cJSON *entry;
	enum reason  reason = REASON_MISSING;
	const char  *message = "not known";

	cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(values, "unavailable")) {
		const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "reason"));

		if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "fact")), sshd_keyword_name(keyword)) != 0)
			continue;
		message = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "message"));
		for (int i = REASON_PRIVILEGE; i <= REASON_MISSING; i++)
			if (strcmp(reason_name((enum reason)i), name) == 0)
				reason = (enum reason)i;
	}
	return fact_add_unavailable(item, "methods", reason, err, "%s: %s", sshd_keyword_name(keyword), message);
}

/* USER or USER@HOST; the host in `*ret_host`, empty where there is none or it is every host. */
static bool matches_user(const struct login *login, const char *pattern, struct slice *ret_host)
{
	struct slice user = slice_of(pattern);
	const char  *at = strrchr(pattern, '@');

	*ret_host = (struct slice){ 0 };
	if (at && strcmp(at, "@*") != 0)
		*ret_host = slice_of(at + 1);
	if (at)
		user.len = (size_t)(at - pattern);
	return slice_matches(login->who.account->name, user);
}

static bool matches_group(const struct login *login, const cJSON *patterns)
{
	const cJSON *pattern;

	cJSON_ArrayForEach(pattern, patterns)
		for (size_t i = 0; i < login->who.connection.ngroups; i++)
			if (slice_matches(login->who.connection.groups[i], slice_of(pattern->valuestring)))
				return true;
	return false;
}

static int append_host(cJSON *from, const char *mark, struct slice host, struct error *err)
{
	char text[300];

	snprintf(text, sizeof(text), "%s%.*s", mark, (int)(host.len < 256 ? host.len : 256), host.ptr);
	return fact_list_append(from, slice_of(text), err);
}

/* From where AllowUsers and the like let the account in. The list stays empty where they do not. */
static int add_from(const struct login *login, const cJSON *values, cJSON *from, struct error *err)
{
	const cJSON *allowed = list_of(values, SSHD_allowusers), *pattern;
	struct slice host;
	bool         anywhere = cJSON_GetArraySize(allowed) == 0;
	int          r = 0;

	cJSON_ArrayForEach(pattern, list_of(values, SSHD_denyusers))
		if (matches_user(login, pattern->valuestring, &host) && host.len == 0)
			return 0;
	if (matches_group(login, list_of(values, SSHD_denygroups)) ||
	    (cJSON_GetArraySize(list_of(values, SSHD_allowgroups)) > 0 && !matches_group(login, list_of(values, SSHD_allowgroups))))
		return 0;
	cJSON_ArrayForEach(pattern, allowed)
		if (matches_user(login, pattern->valuestring, &host) && host.len == 0)
			anywhere = true;
	if (anywhere)
		r = fact_list_append(from, slice_of("anywhere"), err);
	cJSON_ArrayForEach(pattern, allowed)
		if (r == 0 && !anywhere && matches_user(login, pattern->valuestring, &host))
			r = append_host(from, "", host, err);
	if (cJSON_GetArraySize(from) == 0)
		return r;
	cJSON_ArrayForEach(pattern, list_of(values, SSHD_denyusers))
		if (r == 0 && matches_user(login, pattern->valuestring, &host))
			r = append_host(from, "!", host, err);
	return r;
}

/* Whether root may use a method; every other account may use any. */
static bool is_for_account(const struct login *login, const cJSON *values, bool secret)
{
	const char *root = text_of(values, SSHD_permitrootlogin);

	if (login->who.account->uid != 0)
		return true;
	return root && strcmp(root, "no") != 0 && (strcmp(root, "yes") == 0 || !secret);
}

/* Whether a password could be given: one that nobody may look at counts as one. PAM may be set up to ask for something else; that is not looked into. */
static bool has_password(const struct login *login, const cJSON *values)
{
	enum account_password password = login->who.account->password;

	return password == ACCOUNT_PASSWORD_SET || password == ACCOUNT_PASSWORD_UNKNOWN ||
	       (password == ACCOUNT_PASSWORD_EMPTY && is_yes(values, SSHD_permitemptypasswords));
}

static const struct {
	const char       *name;
	enum sshd_keyword keyword;
	bool              secret; /* a password, as PermitRootLogin counts it */
} methods[] = {
	{ "publickey", SSHD_pubkeyauthentication, false },
	{ "password", SSHD_passwordauthentication, true },
	{ "keyboard-interactive", SSHD_kbdinteractiveauthentication, true },
	{ "hostbased", SSHD_hostbasedauthentication, false },
	{ "gssapi-with-mic", SSHD_gssapiauthentication, false },
};

static bool is_open(const struct login *login, const cJSON *values, size_t method)
{
	bool interactive = methods[method].keyword == SSHD_kbdinteractiveauthentication;

	return is_yes(values, methods[method].keyword) && is_for_account(login, values, methods[method].secret) &&
	       (!methods[method].secret || has_password(login, values)) && (!interactive || is_yes(values, SSHD_usepam));
}

/* "publickey,keyboard-interactive:pam": all of them are asked for. */
static bool is_list_open(const struct login *login, const cJSON *values, struct slice list)
{
	struct slice one, name = { 0 };

	while (slice_next(&list, ',', &one)) {
		bool found = false;

		if (!slice_next(&one, ':', &name))
			return false;
		for (size_t i = 0; i < countof(methods); i++)
			found = found || (slice_is(name, methods[i].name) && is_open(login, values, i));
		if (!found)
			return false;
	}
	return true;
}

static int add_methods(const struct login *login, const cJSON *values, cJSON *list, struct error *err)
{
	const struct account *account = login->who.account;
	const cJSON          *lists = list_of(values, SSHD_authenticationmethods), *one;
	int                   r = 0;

	if (account->expired || is_yes(values, SSHD_refuseconnection) || (account->password == ACCOUNT_PASSWORD_LOCKED && !is_yes(values, SSHD_usepam)))
		return 0;
	cJSON_ArrayForEach(one, lists) {
		bool any = strcmp(one->valuestring, "any") == 0;

		for (size_t i = 0; r == 0 && any && i < countof(methods); i++)
			if (is_open(login, values, i))
				r = fact_list_append(list, slice_of(methods[i].name), err);
		if (r == 0 && !any && is_list_open(login, values, slice_of(one->valuestring)))
			r = fact_list_append(list, slice_of(one->valuestring), err);
	}
	return r;
}

/* What the account can do where these blocks apply: `methods` and `from`, both empty where it is not let in. */
static int add_outcome(cJSON *item, const struct login *login, const cJSON *values, struct error *err)
{
	enum sshd_keyword unknown = find_unknown(login, values);
	cJSON            *from, *list;
	int               r;

	if (unknown != SSHD_KEYWORDS)
		return add_unknown(item, values, unknown, err);
	from = fact_add_array(item, "from");
	list = fact_add_array(item, "methods");
	if (!from || !list)
		return error_nomem(err);
	r = add_from(login, values, from, err);
	return r < 0 || cJSON_GetArraySize(from) == 0 ? r : add_methods(login, values, list, err);
}

static int add_account(cJSON *item, const struct login *login, struct error *err)
{
	static const char *const passwords[] = {
		[ACCOUNT_PASSWORD_SET] = "set", [ACCOUNT_PASSWORD_EMPTY] = "empty", [ACCOUNT_PASSWORD_NONE] = "none", [ACCOUNT_PASSWORD_LOCKED] = "locked"
	};
	const struct account *account = login->who.account;
	int                   r = fact_add_text(item, "user", account->name, err);

	if (r == 0)
		r = fact_add_integer(item, "uid", (int64_t)account->uid, err);
	if (r == 0)
		r = fact_add_boolean(item, "shell", account_has_shell(account), err);
	if (r < 0)
		return r;
	if (account->password == ACCOUNT_PASSWORD_UNKNOWN)
		return fact_add_unavailable(item, "password", privilege_reason(login->reading->ev), err, "whether it has a password is not known");
	return fact_add_text(item, "password", slice_of(passwords[account->password]), err);
}

/* "deploy", or "deploy (Match Address 10.0.0.0/8)". */
static int add_subject(cJSON *item, const struct login *login, const char *prefix, const sshd_contexts *further, bool plain, struct error *err)
{
	struct buf text;
	int        r;

	buf_init(&text, LIMIT_FACT_TEXT);
	r = buf_append_text(&text, prefix, err);
	if (r == 0)
		r = buf_append_slice(&text, login->who.account->name, err);
	if (r == 0 && !plain)
		r = buf_append_text(&text, " (", err);
	if (r == 0 && !plain)
		r = sshd_subject_append(&text, &login->reading->plan, further, err);
	if (r == 0 && !plain)
		r = buf_append_text(&text, ")", err);
	if (r == 0)
		r = fact_add_text(item, "subject", buf_slice(&text), err);
	buf_free(&text);
	return r;
}

/* The line that decides: of those that let accounts in, one that is set. */
static int add_where(cJSON *item, const struct login *login, const sshd_contexts *set, struct error *err)
{
	static const enum sshd_keyword keywords[] = { SSHD_allowusers, SSHD_denyusers, SSHD_allowgroups, SSHD_denygroups,
		                                      SSHD_permitrootlogin, SSHD_authenticationmethods, SSHD_passwordauthentication };
	cJSON                         *where = cJSON_CreateObject();
	const char                    *found = "default";
	int                            r = where ? 0 : error_nomem(err);

	for (size_t i = 0; r == 0 && i < countof(keywords) && strcmp(found, "default") == 0; i++) {
		if (keywords[i] == SSHD_permitrootlogin && login->who.account->uid != 0)
			continue;
		r = sshd_reading_add_where(where, login->reading, set, keywords[i], err);
		if (text_of(where, keywords[i]))
			found = text_of(where, keywords[i]);
	}
	if (r == 0)
		r = fact_add_text(item, "where", slice_of(found), err);
	cJSON_Delete(where);
	return r;
}

static bool is_same_outcome(const cJSON *a, const cJSON *b)
{
	static const char *const names[] = { "methods", "from", "unavailable" };

	for (size_t i = 0; i < countof(names); i++)
		if (!cJSON_Compare(cJSON_GetObjectItemCaseSensitive(a, names[i]), cJSON_GetObjectItemCaseSensitive(b, names[i]), true) &&
		    (cJSON_GetObjectItemCaseSensitive(a, names[i]) || cJSON_GetObjectItemCaseSensitive(b, names[i])))
			return false;
	return true;
}

static bool is_shut(const cJSON *outcome)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(outcome, "methods");

	return list && cJSON_GetArraySize(list) == 0;
}

static int append_row(cJSON *table, const cJSON *outcome, const struct login *login, const char *prefix, const sshd_contexts *whole, const sshd_contexts *further,
                      bool plain, struct error *err)
{
	cJSON *row = fact_table_append(table), *part;
	int    r = row ? add_subject(row, login, prefix, further, plain, err) : error_nomem(err);

	if (r == 0)
		r = add_account(row, login, err);
	cJSON_ArrayForEach(part, outcome) {
		/* Where the password is not known and neither are the methods, both are in one list. */
		cJSON *unknown = strcmp(part->string, "unavailable") == 0 ? cJSON_GetObjectItemCaseSensitive(row, "unavailable") : NULL;
		cJSON *copy = r == 0 ? cJSON_Duplicate(unknown ? part->child : part, true) : NULL;

		if (r == 0 && (!copy || !(unknown ? cJSON_AddItemToArray(unknown, copy) : cJSON_AddItemToObject(row, part->string, copy)))) {
			cJSON_Delete(copy);
			r = error_nomem(err);
		}
	}
	return r < 0 ? r : add_where(row, login, whole, err);
}

/* One account under all sets that can apply to it. The first set is that of no further block. */
static int add_login(cJSON *table, const struct login *login, const char *prefix, struct space *space, struct error *err)
{
	const struct sshd_plan *plan = &login->reading->plan;
	size_t                  n = login->reading->files.ncontexts;
	cJSON                  *first = NULL;
	int                     r = 0;

	compare_blocks(login, space);
	for (size_t i = 0; r == 0 && i < plan->nsets && cJSON_GetArraySize(table) < SSHD_LOGINS_MAX; i++) {
		cJSON *outcome;

		if (!complete(n, sshd_plan_set(plan, i), space) || (first && memcmp(space->whole, space->first, n) == 0))
			continue;
		outcome = cJSON_CreateObject();
		r = outcome ? find_values(login->reading, space, err) : error_nomem(err);
		if (r == 0)
			r = add_outcome(outcome, login, space->values, err);
		if (r == 0 && (first ? !is_same_outcome(first, outcome) : !is_shut(outcome)))
			r = append_row(table, outcome, login, prefix, space->whole, space->further, !first, err);
		if (r == 0 && !first) {
			memcpy(space->first, space->whole, n);
			first = outcome;
		} else {
			cJSON_Delete(outcome);
		}
	}
	cJSON_Delete(first);
	return r;
}

int sshd_logins_add(cJSON *table, const struct reading *reading, const char *prefix, const struct accounts *accounts, bool *ret_hidden, struct error *err)
{
	struct login   login = { .reading = reading };
	size_t         n = reading->files.ncontexts;
	sshd_contexts *sets = mem_zalloc(6 * n);
	struct space   space = { .whole = sets };
	int            r = sets ? sshd_account_init(reading->ev, accounts, &login.who, err) : error_nomem(err);

	static_assert(sizeof(sshd_contexts) == 1, "a set takes one byte for each context");
	if (r == 0)
		space = (struct space){ .whole = sets, .further = sets + n, .first = sets + 2 * n, .of = sets + 3 * n, .can = sets + 4 * n, .always = sets + 5 * n };
	for (size_t i = 0; r == 0 && i < accounts->nitems && cJSON_GetArraySize(table) < SSHD_LOGINS_MAX; i++) {
		const struct account *account = &accounts->items[i];

		if (!account_has_shell(account) && account->password == ACCOUNT_PASSWORD_UNKNOWN)
			*ret_hidden = true;
		if (!account_has_shell(account) && account->password != ACCOUNT_PASSWORD_SET && account->password != ACCOUNT_PASSWORD_EMPTY)
			continue;
		sshd_account_choose(&login.who, i);
		r = add_login(table, &login, prefix, &space, err);
	}
	cJSON_Delete(space.values);
	mem_free(sets);
	sshd_account_fini(&login.who);
	return r;
}

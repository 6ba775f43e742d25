/*
 * accounts.h: the accounts and groups of a target, from its evidence, for every module that has to know whose something is.
 *
 * What is read are the databases the target itself asks (getent), or their files. A directory service that does not list its accounts hides
 * them: `sources` of the facts tells whether there is one.
 */
#ifndef SSHVET_ACCOUNTS_H
#define SSHVET_ACCOUNTS_H

#include "evidence.h"
#include "fact.h"

/* What the password of an account amounts to. */
enum account_password {
	ACCOUNT_PASSWORD_UNKNOWN = 0, /* nobody may look, or it is kept elsewhere */
	ACCOUNT_PASSWORD_SET,
	ACCOUNT_PASSWORD_EMPTY,  /* none is asked for */
	ACCOUNT_PASSWORD_NONE,   /* "*": none fits */
	ACCOUNT_PASSWORD_LOCKED, /* "!": none fits, and sshd without PAM refuses the account altogether */
};

struct account {
	struct slice          name;
	uint64_t              uid;
	uint64_t              gid;
	struct slice          home;
	struct slice          shell; /* empty means /bin/sh */
	enum account_password password;
	bool                  hung;         /* its home is on a file system that does not answer; nobody looked into it */
	bool                  expired;      /* the account is past its day; false also when not known */
	bool                  shadow_known; /* there is a line about it in the shadow file, so that `expired` can be believed */
	size_t                memberships;  /* of this account: accounts->memberships[memberships], nmemberships of them */
	size_t                nmemberships;
};

struct account_group {
	struct slice name;
	uint64_t     gid;
	struct slice members; /* names, separated by commas */
};

/* An account is in a group because the group's line names it. */
struct account_membership {
	size_t account;
	size_t group;
};

struct accounts_name;
struct accounts_number;

struct accounts {
	struct account            *items; /* in the order of the target, the first line of a name alone */
	size_t                     nitems;
	struct account_group      *groups;
	size_t                     ngroups;
	struct account_membership *memberships; /* by account */
	size_t                     nmemberships;
	struct accounts_name      *names; /* not for others */
	struct accounts_number    *uids;
	struct accounts_number    *gids;
	const struct section      *passwd; /* where the accounts are from: whole, or saying why there are none; NULL when nothing came */
	const struct section      *group;
	const struct section      *shadow;
	size_t                     malformed_accounts; /* lines that are none */
	size_t                     malformed_groups;
};

#define ACCOUNT_NONE SIZE_MAX

/* Read the sections accounts.*, which must outlive what is returned. What is missing is left out; the sections tell why. ERR_NOMEM only. */
int  accounts_read(const struct evidence *ev, struct accounts *ret_accounts, struct error *err) MUST_USE;
void accounts_fini(struct accounts *accounts); /* a zeroed struct is allowed */

/* The number of an account of that name, or the first one of that number; ACCOUNT_NONE when there is none. */
size_t accounts_find(const struct accounts *accounts, struct slice name) MUST_USE;
size_t accounts_find_uid(const struct accounts *accounts, uint64_t uid) MUST_USE;

/* The number of the first group of that number, as the system takes it; ACCOUNT_NONE when there is none. */
size_t accounts_find_gid(const struct accounts *accounts, uint64_t gid) MUST_USE;

/* True when an account is in the group, by its own line or by the group's. */
bool accounts_is_member(const struct accounts *accounts, size_t account, uint64_t gid) MUST_USE;

/* True when the shell lets somebody do something: not nologin, false and the like. */
bool account_has_shell(const struct account *account) MUST_USE;

/*
 * List a fact as unavailable because the accounts, or the groups, are not known whole; nothing when they are. The one may be missing
 * lines where the host's own way of asking failed and its file was read instead. Fail as fact_add_unavailable() does.
 */
int accounts_add_unavailable(cJSON *object, const char *fact, const struct evidence *ev, const struct accounts *accounts, struct error *err) MUST_USE;
int accounts_add_groups_unavailable(cJSON *object, const char *fact, const struct evidence *ev, const struct accounts *accounts, struct error *err) MUST_USE;

/* True when the former, or the latter, would add nothing. */
bool accounts_are_whole(const struct evidence *ev, const struct accounts *accounts) MUST_USE;
bool accounts_groups_are_whole(const struct evidence *ev, const struct accounts *accounts) MUST_USE;

#endif

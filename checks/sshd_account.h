/*
 * sshd_account.h: an account as sshd sees it when it connects, and which Match blocks concern it, from wherever it does.
 */
#ifndef SSHVET_SSHD_ACCOUNT_H
#define SSHVET_SSHD_ACCOUNT_H

#include "accounts.h"
#include "sshd_config_file.h"

struct sshd_account {
	const struct accounts *accounts;
	const struct account  *account;      /* the one at hand; NULL at first */
	struct sshd_connection connection;   /* its name and its groups, the main one first; nothing else is known */
	struct slice           version;      /* what Match version is compared with; empty when not known */
	bool                   groups_whole; /* else nobody knows which groups it is in besides */
	struct slice          *groups;       /* room */
};

/* Make room for any of the accounts. They and the evidence must outlive it. ERR_NOMEM. */
int  sshd_account_init(const struct evidence *ev, const struct accounts *accounts, struct sshd_account *ret_who, struct error *err) MUST_USE;
void sshd_account_fini(struct sshd_account *who); /* a zeroed struct is allowed */

/* Take up an account by its number. */
void sshd_account_choose(struct sshd_account *who, size_t number);

/*
 * Whether a Match block, with those it is in, applies to the connections of the account at hand: to all of them (SSHD_CERTAIN), to none (SSHD_NEVER), or
 * SSHD_MAY: to some, or nobody knows, as with criteria that are refused. The global part is certain.
 */
enum sshd_relation sshd_account_relation(const struct sshd_account *who, const struct sshd_config *config, size_t context) MUST_USE;

#endif

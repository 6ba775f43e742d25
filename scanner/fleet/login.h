/*
 * login.h: what sshd's configuration says about an account logging in with a key.
 */
#ifndef SSHVET_LOGIN_H
#define SSHVET_LOGIN_H

#include "fields.h"

struct login_account {
	const char *name;
	bool        root;   /* uid 0 */
	bool        locked; /* its password begins with "!" */
	const char *groups; /* names with commas between them; NULL when not known */
};

/*
 * What the facts `sshd_config.contexts` say. Contexts are what Match blocks may come to; nobody can tell here which one a connection
 * gets, so an account is closed only when it is so in each of them, and what is not known keeps it open. Zeroed is unknown.
 */
struct login_rules {
	struct login_context *items;
	size_t                count;
};

/* What is taken of a context. */
extern const struct field login_fields[];
extern const size_t       login_nfields;

struct login_context {
	cJSON       *object; /* whom the texts belong to */
	const char  *permitrootlogin;
	const char  *pubkeyauthentication;
	const char  *usepam;
	const cJSON *allowusers;
	const cJSON *denyusers;
	const cJSON *allowgroups;
	const cJSON *denygroups;
};

/* Add a context. False, and its object is deleted, when memory is exhausted. */
bool login_rules_add(struct login_rules *rules, const struct login_context *context) MUST_USE;

/* Why no key opens the account, or (with `forced` false) none without a forced command; NULL when one may. Our own words. */
const char *login_refusal(const struct login_rules *rules, const struct login_account *account, bool forced) MUST_USE;

void login_rules_fini(struct login_rules *rules);

#endif

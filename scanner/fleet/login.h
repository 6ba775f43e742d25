/*
 * login.h: what sshd's configuration says about an account logging in with a key.
 */
#ifndef SSHVET_LOGIN_H
#define SSHVET_LOGIN_H

#include "fields.h"

struct login_account {
	const char  *name;
	bool         root;   /* uid 0 */
	const cJSON *groups; /* names; NULL when not known */
};

/*
 * What the facts `sshd_config.contexts` say. Contexts are what Match blocks may come to; nobody can tell here which one a connection
 * gets, so an account is closed only when it is so in each of them, and what is not known keeps it open. Zeroed is unknown.
 */
struct login_rules {
	struct login_context *items;
	size_t                count;
	size_t                room;
};

/* Take the contexts, whose texts are borrowed. False when memory is exhausted. `contexts` may be NULL: then nothing is known. */
bool login_rules_take(struct login_rules *rules, const cJSON *contexts) MUST_USE;

/* Why no key opens the account, or (with `forced` false) none without a forced command; NULL when one may. Our own words. */
const char *login_refusal(const struct login_rules *rules, const struct login_account *account, bool forced) MUST_USE;

void login_rules_fini(struct login_rules *rules);

#endif

/*
 * key_patterns.h: which files the authorized keys of an account are in: AuthorizedKeysFile as sshd takes it for that account, Match blocks included.
 */
#ifndef SSHVET_KEY_PATTERNS_H
#define SSHVET_KEY_PATTERNS_H

#include "accounts.h"
#include "sshd_reading.h"

#define KEY_PATTERNS_MAX 32

struct key_patterns {
	const struct reading  *reading;
	const struct accounts *accounts;
	const struct section  *looked;                     /* which patterns the collector looked for; NULL when it did not say */
	sshd_contexts         *set;                        /* room for one */
	struct slice           patterns[KEY_PATTERNS_MAX]; /* of the account asked for last */
	size_t                 npatterns;
	bool                   settled; /* the same for every account */
	enum reason            reason;  /* why they are not all known, REASON_UNKNOWN when they are */
	char                   message[240];
	struct arena           arena;
};

/* All three must outlive the patterns. ERR_NOMEM. */
int  key_patterns_make(const struct evidence *ev, const struct reading *reading, const struct accounts *accounts, struct key_patterns *ret_patterns,
                       struct error *err) MUST_USE;
void key_patterns_fini(struct key_patterns *patterns); /* a zeroed struct is allowed */

/*
 * Find the patterns of an account: what its AuthorizedKeysFile may be, for whatever connection. Where that is not known, or was not looked for, `reason`
 * and `message` are set, for good. ERR_NOMEM only.
 */
int key_patterns_find(struct key_patterns *patterns, size_t account, struct error *err) MUST_USE;

/* The path a pattern means for an account, in the arena: %h, %u, %U and %%. An empty slice for what sshd refuses. ERR_NOMEM only. */
int key_patterns_expand(struct slice pattern, const struct account *account, struct arena *arena, struct slice *ret_path, struct error *err) MUST_USE;

/* True when the collector looked for this value of a keyword. */
bool key_patterns_looked(const struct section *looked, const char *keyword, struct slice value) MUST_USE;

#endif

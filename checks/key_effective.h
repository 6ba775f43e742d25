/*
 * key_effective.h: which files sshd looks into for the keys of an account: AuthorizedKeysFile, as the Match blocks that may apply to the account have it.
 */
#ifndef SSHVET_KEY_EFFECTIVE_H
#define SSHVET_KEY_EFFECTIVE_H

#include "accounts.h"
#include "arena.h"
#include "sshd_reading.h"

#define KEY_EFFECTIVE_FILES 32 /* of one account */

/* How a configuration applies to accounts. */
struct key_effective {
	const struct evidence *ev;
	const struct accounts *accounts;
	struct reading         reading;
	bool                   read;   /* `reading` is there to be released */
	cJSON                 *global; /* AuthorizedKeysFile and StrictModes without any Match block, or why they are not known */
	struct slice          *groups; /* room for the names of an account's groups */
	struct arena           arena;  /* of what key_effective_files() returns */
};

/* The files of an account, and whether there may be others. */
struct key_files_of {
	struct slice paths[KEY_EFFECTIVE_FILES]; /* absolute, tokens expanded */
	size_t       npaths;
	enum reason  reason;   /* why there may be others; REASON_UNKNOWN when these are all */
	char         why[240]; /* clean */
};

/* Read the evidence; it and the accounts must outlive what is returned. ERR_NOMEM. */
int  key_effective_make(const struct evidence *ev, const struct accounts *accounts, struct key_effective *ret_effective, struct error *err) MUST_USE;
void key_effective_fini(struct key_effective *effective); /* a zeroed struct is allowed */

/* Every file that may count when the account logs in, from wherever. Valid until the next call. ERR_NOMEM only. */
int key_effective_files(struct key_effective *effective, size_t account, struct key_files_of *ret_files, struct error *err) MUST_USE;

/* 1: StrictModes is on; 0: off; -1: not known. Cannot be set in Match blocks. */
int key_effective_strict(const struct key_effective *effective) MUST_USE;

/* 1: sshd may, for some account, read a file of that kind (user_environment, user_rc, rhosts, shosts); 0: never; -1: not known. */
int key_effective_reads(const struct key_effective *effective, const char *kind) MUST_USE;

#endif

/*
 * key_effective.h: which files sshd looks into for the keys of an account: AuthorizedKeysFile, as the Match blocks that may apply to the account have it.
 *
 * Where several daemons listen, whoever gets past one of them is in. The files of an account are those of all daemons together. A file counts as
 * refused for its permissions only where every daemon refuses it: one with "StrictModes no" takes it. And where the configuration of one daemon is not
 * known, there may be other files, and whether StrictModes is on everywhere is not known.
 */
#ifndef SSHVET_KEY_EFFECTIVE_H
#define SSHVET_KEY_EFFECTIVE_H

#include "arena.h"
#include "sshd_account.h"
#include "sshd_reading.h"

#define KEY_EFFECTIVE_FILES 64 /* of one account */

/* What the collector looked for: the files themselves (keys.patterns), or the lines in them (key_material.looked). */
enum key_looked {
	KEY_LOOKED_FILES = 1,
	KEY_LOOKED_LINES,
};

/* The configuration of one daemon. */
struct key_daemon {
	struct reading reading;
	cJSON         *global; /* what is asked of it, without any Match block, or why that is not known */
	bool           split;  /* what sshd printed of AuthorizedKeysFile cannot be taken apart */
};

/* How the configurations of a target apply to accounts. */
struct key_effective {
	const struct evidence *ev;
	struct sshd_account    who;
	struct key_daemon     *daemons;
	size_t                 ndaemons;
	bool                   more;   /* there are daemons besides */
	struct slice          *looked; /* the values of AuthorizedKeysFile that the collector looked for */
	size_t                 nlooked;
	size_t                 work;
	struct arena           known; /* the text of `looked` */
	struct arena           arena; /* of what key_effective_files() returns */
};

/* The files of an account, and whether there may be others. */
struct key_files_of {
	struct slice paths[KEY_EFFECTIVE_FILES]; /* absolute, tokens expanded, each once */
	size_t       npaths;
	enum reason  reason;   /* why there may be others; REASON_UNKNOWN when these are all */
	char         why[240]; /* clean */
};

/* Read the evidence; it and the accounts must outlive what is returned. ERR_NOMEM. */
int  key_effective_make(const struct evidence *ev, const struct accounts *accounts, enum key_looked looked, struct key_effective *ret_effective,
                        struct error *err) MUST_USE;
void key_effective_fini(struct key_effective *effective); /* a zeroed struct is allowed */

/* Every file that may count when the account logs in, from wherever, by whichever daemon. Valid until the next call. ERR_NOMEM only. */
int key_effective_files(struct key_effective *effective, size_t account, struct key_files_of *ret_files, struct error *err) MUST_USE;

/* 1: StrictModes is on for every daemon; 0: off for one at least; -1: not known. Cannot be set in Match blocks. */
int key_effective_strict(const struct key_effective *effective) MUST_USE;

/* 1: some sshd may, for some account, read a file of that kind (user_environment, user_rc, rhosts, shosts); 0: none does, ever; -1: not known. */
int key_effective_reads(const struct key_effective *effective, const char *kind) MUST_USE;

#endif

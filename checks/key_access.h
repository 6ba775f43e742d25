/*
 * key_access.h: what sshd makes of the permissions of a file of an account (StrictModes), and who else could change the file.
 */
#ifndef SSHVET_KEY_ACCESS_H
#define SSHVET_KEY_ACCESS_H

#include "accounts.h"
#include "key_paths.h"

/* What it takes to judge the files of a target. */
struct key_world {
	const struct evidence *ev;
	struct accounts        accounts;
	struct key_paths       paths;
	bool                   groups_whole;   /* accounts and groups are known, all of them */
	bool                   private_groups; /* this sshd lets a group write whose only member is the account: Debian's and Ubuntu's do */
	struct buf             real;           /* room for one path */
	struct buf             other;          /* and another */
};

/* Read the evidence, which must outlive the world. ERR_NOMEM. */
int  key_world_make(const struct evidence *ev, struct key_world *ret_world, struct error *err) MUST_USE;
void key_world_fini(struct key_world *world); /* a zeroed struct is allowed */

enum key_ruling {
	KEY_RULING_UNKNOWN = 0,
	KEY_RULING_ACCEPTED,
	KEY_RULING_REFUSED,
};

/* What sshd does with a file of an account, and why. */
struct key_verdict {
	enum key_ruling ruling;
	enum reason     reason;   /* of UNKNOWN */
	char            why[300]; /* clean; empty when accepted */
};

/*
 * Whether sshd, on behalf of an account, would read a file that is there. The account itself must be able to open it; and with `strict` the file, and
 * each folder above it up to the home or else to the root, must belong to root or to the account and be writable by nobody else (safe_path() in OpenSSH's
 * misc.c). ERR_NOMEM, ERR_TOO_BIG.
 */
int key_access_strict(struct key_world *world, const struct account *account, struct slice path, bool strict, struct key_verdict *ret_verdict,
                      struct error *err) MUST_USE;

/*
 * Add the list `writers` to an item: who, other than root and the account `uid`, could write the file or put another in its place, each with the path that
 * lets them. Where a group decides and groups are not known, the list is unavailable. Fails as fact_list_append() does.
 */
int key_access_add_writers(struct key_world *world, cJSON *item, struct slice path, uint64_t uid, struct error *err) MUST_USE;

/* Add the list `ancestors`: "0755 root:root /home" for each folder above, the nearest first. Fails as fact_list_append() does. */
int key_access_add_ancestors(struct key_world *world, cJSON *item, struct slice path, struct error *err) MUST_USE;

/* The name of an account or a group, or its number where it has none. Returns `dst`. */
char *key_world_user(const struct key_world *world, uint64_t uid, char *dst, size_t size);
char *key_world_group(const struct key_world *world, uint64_t gid, char *dst, size_t size);

#endif

/*
 * key_paths.h: what the collector saw of files and of all folders above them, by path (section keys.stat).
 *
 * Paths are in folders that are really where they seem to be; where that differs from how they were asked for there is a link. A path that is not
 * there was looked for and is absent, unless a folder on its way could not be looked into.
 */
#ifndef SSHVET_KEY_PATHS_H
#define SSHVET_KEY_PATHS_H

#include "buf.h"
#include "evidence.h"
#include "fact.h"
#include "file_state.h"

enum key_acl {
	KEY_ACL_UNKNOWN = 0, /* the target has no means to tell */
	KEY_ACL_NONE,
	KEY_ACL_PRESENT,
};

struct key_path {
	struct slice      path;
	bool              known; /* false: it went away, or nobody may look */
	struct file_state state; /* of the path itself, be it a link */
	enum key_acl      acl;
};

struct key_link {
	struct slice path;
	struct slice target; /* where it really is */
};

struct key_paths {
	struct key_path      *paths; /* by path */
	size_t                npaths;
	struct key_link      *links;
	size_t                nlinks;
	struct slice         *hidden; /* folders that cannot be looked into */
	size_t                nhidden;
	struct slice         *more; /* folders that hold more than was looked at */
	size_t                nmore;
	const struct section *section; /* NULL when it did not come */
	bool                  malformed;
};

/* Read the section, which must outlive the paths. What is not whole or not understood gives no paths at all. ERR_NOMEM only. */
int  key_paths_read(const struct evidence *ev, struct key_paths *ret_paths, struct error *err) MUST_USE;
void key_paths_fini(struct key_paths *paths); /* a zeroed struct is allowed */

/* What is at a path whose folder is really there; NULL when nothing is, or it was not looked for. */
const struct key_path *key_paths_find(const struct key_paths *paths, struct slice path) MUST_USE;

/* Where a path really is, into `real`, replacing its bytes: "/" or without a slash at the end. ERR_NOMEM, ERR_TOO_BIG. */
int key_paths_resolve(const struct key_paths *paths, struct slice path, struct buf *real, struct error *err) MUST_USE;

/* The folder a path is in, "/" for "/" itself. */
struct slice key_paths_folder(struct slice path) MUST_USE;

enum key_presence {
	KEY_PRESENCE_UNKNOWN = 0, /* the section did not come whole */
	KEY_PRESENCE_THERE,
	KEY_PRESENCE_ABSENT,   /* also a link that leads nowhere */
	KEY_PRESENCE_HIDDEN,   /* a folder on its way cannot be looked into */
	KEY_PRESENCE_VANISHED, /* it could not be looked at though it was there */
};

struct key_found {
	enum key_presence      presence;
	const struct key_path *itself; /* be it a link; NULL when absent */
	const struct key_path *file;   /* what it leads to; NULL unless it is there */
};

/* Look for a path as it is written; `real` is where it really is. ERR_NOMEM, ERR_TOO_BIG. */
int key_paths_look(const struct key_paths *paths, struct slice path, struct buf *real, struct key_found *ret_found, struct error *err) MUST_USE;

/* List a fact as unavailable for what key_paths_look() found other than there or absent. Returns as fact_add_unavailable() does. */
int key_paths_add_unavailable(cJSON *object, const char *fact, const struct evidence *ev, const struct key_paths *paths, enum key_presence presence,
                              struct error *err) MUST_USE;

#endif

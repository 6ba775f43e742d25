/*
 * key_files.h: what key_material.awk said of the files of a target, by path.
 */
#ifndef SSHVET_KEY_FILES_H
#define SSHVET_KEY_FILES_H

#include "arena.h"
#include "evidence.h"
#include "fact.h"

enum key_file_state {
	KEY_FILE_READ = 1,
	KEY_FILE_UNREADABLE,
	KEY_FILE_LARGE,  /* nothing of it came, or not all of it */
	KEY_FILE_BINARY, /* a list of revoked keys (PROTOCOL.krl) */
};

/* A file with public keys. */
struct key_file {
	struct slice        path;
	struct slice        lines; /* for key_file_next() */
	enum key_file_state state;
	size_t              order;
};

/* A private key. */
struct key_private {
	struct slice path;
	struct slice record;  /* for private_header_parse() */
	struct slice derived; /* a line: the public half as ssh-keygen told it; empty when it did not */
	struct slice beside;  /* a line: what lies in PATH.pub */
	size_t       order;
};

/* A keyword in ~/.ssh/config. */
struct key_setting {
	struct slice path;
	uint64_t     line;
	struct slice keyword;
};

struct key_files {
	struct key_file    *files; /* by path */
	size_t              nfiles;
	struct key_private *privates; /* by path */
	size_t              nprivates;
	struct key_setting *settings;
	size_t              nsettings;
	bool                malformed; /* something was said that is not understood */
	struct arena        arena;
};

/* Read the sections key_material.files, which must outlive what is returned. ERR_NOMEM only. */
int  key_files_read(const struct evidence *ev, struct key_files *ret_files, struct error *err) MUST_USE;
void key_files_fini(struct key_files *files); /* a zeroed struct is allowed */

/* NULL when nothing was said of that path. */
const struct key_file    *key_files_find(const struct key_files *files, struct slice path) MUST_USE;
const struct key_private *key_files_find_private(const struct key_files *files, struct slice path) MUST_USE;

/* The next line of a file that is neither blank nor a comment; `*ret_text` has no bytes when it holds no key. False at the end. */
bool key_file_next(struct slice *rest, uint64_t *ret_line, struct slice *ret_text) MUST_USE;

#endif

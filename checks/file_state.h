/*
 * file_state.h: type, mode and owner of a file, as stat or ls tell them.
 */
#ifndef SSHVET_FILE_STATE_H
#define SSHVET_FILE_STATE_H

#include "error.h"
#include "slice.h"

/* The type of a file in st_mode: the target's numbers, which are the same on every Unix, not this machine's. */
enum file_type {
	FILE_TYPE_MASK = 0170000,
	FILE_TYPE_SOCKET = 0140000,
	FILE_TYPE_LINK = 0120000,
	FILE_TYPE_FILE = 0100000,
	FILE_TYPE_BLOCK = 0060000,
	FILE_TYPE_DIRECTORY = 0040000,
	FILE_TYPE_CHARACTER = 0020000,
	FILE_TYPE_FIFO = 0010000,
};

struct file_state {
	unsigned     mode; /* st_mode, type and all */
	uint64_t     uid;
	uint64_t     gid;
	struct slice names; /* owner:group; empty when they were not asked for */
};

/* "file", "directory", "symlink", "other". */
const char *file_state_type(unsigned mode) MUST_USE;

/* True when it is of that type. */
bool file_state_is(const struct file_state *state, enum file_type type) MUST_USE;

/* Take a line of stat ("81a4 0 0 root:root", the mode in hexadecimal) or of ls -ldn off the front. ERR_SYNTAX. */
int file_state_next(struct slice *body, bool from_ls, struct file_state *ret_state, struct error *err) MUST_USE;

#endif

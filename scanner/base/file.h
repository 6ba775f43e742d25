/*
 * file.h: reading local files whole, and writing them whole or not at all.
 */
#ifndef SSHVET_FILE_H
#define SSHVET_FILE_H

#include "buf.h"

/* What a local file must be before it is believed; the checks are made on the opened file, not on its name. */
enum file_trust {
	FILE_ANY,     /* readable is enough */
	FILE_CONFIG,  /* not writable by everybody (inventory, rules, profiles, known_hosts): else ERR_SYNTAX with the chmod that mends it */
	FILE_PRIVATE, /* owned by this user or root, nothing for group and others (client keys): else ERR_IDENTITY with the chmod 600 */
};

/*
 * Read a regular file (or, for FILE_ANY and FILE_CONFIG, a pipe such as /dev/stdin) whole. "-" is standard input.
 * `max` bytes at most. On success the caller owns `*ret_text` (buf_free()).
 *
 * Errors: ERR_NOT_FOUND (no such file), ERR_SYNTAX (cannot be read, not a regular file, too loose), ERR_IDENTITY (FILE_PRIVATE only, in place
 * of the former two), ERR_TOO_BIG, ERR_NOMEM. Every text names the file and what to do.
 */
int file_read(const char *path, size_t max, enum file_trust trust, struct buf *ret_text, struct error *err) MUST_USE;

/*
 * A file being written beside its final name. Nothing appears under the final name until file_commit(); "-" and NULL are
 * standard output, and a path in /dev or /proc, or one that exists and is not a regular file (a FIFO), is written in place.
 * A symbolic link stays; the file it leads to is replaced. The program ignores SIGPIPE, so that a closed pipe is an error here.
 */
struct file_out {
	FILE *stream;    /* write here; NULL when not open */
	char *path;      /* final name; NULL for standard output */
	char *temporary; /* current name; NULL when written in place */
	char *buffer;    /* the stream's */
	bool  durable;   /* wait until the disk has it before it gets its name; file_create() sets this, callers that write thousands may clear it */
};

/* ERR_OUTPUT when the file cannot be created, with the reason. */
int file_create(struct file_out *f, const char *path, struct error *err) MUST_USE;

/* Flush, sync, close and rename. ERR_OUTPUT when any byte may be missing (full disk, closed pipe); the temporary file is gone then. */
int file_commit(struct file_out *f, struct error *err) MUST_USE;

/* Drop what was written. Does nothing after file_commit(), or on a zeroed struct. */
void file_discard(struct file_out *f);

#endif

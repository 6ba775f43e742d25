/*
 * journal_file.h: the bytes of a journal: whole lines in, whole lines out.
 */
#ifndef SSHVET_JOURNAL_FILE_H
#define SSHVET_JOURNAL_FILE_H

#include "buf.h"

/* A file without a name in $TMPDIR or /tmp, for reading and appending. ERR_OUTPUT. */
int journal_file_temporary(int *ret_fd, struct error *err) MUST_USE;

/* A temporary file with all that can be read from `fd`. ERR_OUTPUT, ERR_SYNTAX (cannot be read). */
int journal_file_copy(int fd, int *ret_fd, struct error *err) MUST_USE;

/* Write all of it, the rest again after a short write. ERR_OUTPUT with the system's reason. */
int journal_file_write(int fd, const char *bytes, size_t len, struct error *err) MUST_USE;

/* Read `len` bytes at `offset`. ERR_SYNTAX when there are fewer or they cannot be read. */
int journal_file_read_at(int fd, off_t offset, char *ret_bytes, size_t len, struct error *err) MUST_USE;

/*
 * Where the last complete line of a file of `size` bytes ends; 0 when there is none. ERR_SYNTAX when it cannot be
 * read.
 */
int journal_file_last_line(int fd, off_t size, off_t *ret_end, struct error *err) MUST_USE;

/* The lines of a file from its beginning, read with pread() so that others may use the descriptor too. */
struct journal_lines {
	int        fd;
	off_t      next; /* where the next bytes of the file come from */
	struct buf text; /* read and not yet handed out from `start` on */
	size_t     start;
	size_t     searched; /* no newline between `start` and here */
	size_t     number;   /* of the line handed out last, from 1 */
};

void journal_lines_init(struct journal_lines *l, int fd);
void journal_lines_fini(struct journal_lines *l);

/* Go on at `offset`, where a line begins, with `count` lines left out. */
void journal_lines_skip(struct journal_lines *l, off_t offset, size_t count);

/*
 * The next complete line without its newline, valid until the next call, and where it begins. 1, or 0 at the end; what
 * follows the last newline is left out. ERR_SYNTAX (cannot be read, longer than LIMIT_JOURNAL_LINE), ERR_NOMEM.
 */
int journal_lines_next(struct journal_lines *l, struct slice *ret_line, off_t *ret_offset,
                       struct error *err) MUST_USE;

#endif

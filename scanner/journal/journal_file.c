#include <fcntl.h>

#include "journal_file.h"

#include "limit.h"
#include "mem.h"

#define CHUNK 65536u

int journal_file_temporary(int *ret_fd, struct error *err)
{
	const char *folder = getenv("TMPDIR");
	struct buf  name;
	int         fd;
	int         r;

	if (!folder || folder[0] != '/')
		folder = "/tmp";
	buf_init(&name, PATH_MAX);
	r = buf_printf(&name, err, "%s/sshvet-XXXXXX", folder);
	if (r < 0)
		return error_set(err, ERR_OUTPUT, "TMPDIR is too long");
	fd = mkstemp(name.ptr);
	if (fd < 0) {
		r = error_set(err, ERR_OUTPUT, "cannot create a temporary file in '%s': %s; set TMPDIR", folder,
		              strerror(errno));
	} else {
		unlink(name.ptr);
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		fcntl(fd, F_SETFL, O_APPEND);
		*ret_fd = fd;
	}
	buf_free(&name);
	return r;
}

int journal_file_write(int fd, const char *bytes, size_t len, struct error *err)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_set(err, ERR_OUTPUT, "%s", n < 0 ? strerror(errno) : "nothing was written");
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

int journal_file_copy(int fd, int *ret_fd, struct error *err)
{
	char chunk[16384];
	int  copy = -1;
	int  r = journal_file_temporary(&copy, err);

	while (r == 0) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			r = error_set(err, ERR_SYNTAX, "cannot be read: %s", strerror(errno));
		if (n == 0) {
			*ret_fd = copy;
			return 0;
		}
		if (n > 0)
			r = journal_file_write(copy, chunk, (size_t)n, err);
		if (r < 0)
			close(copy);
	}
	return r;
}

int journal_file_read_at(int fd, off_t offset, char *ret_bytes, size_t len, struct error *err)
{
	while (len > 0) {
		ssize_t n = pread(fd, ret_bytes, len, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(err, ERR_SYNTAX, "cannot be read: %s", strerror(errno));
		if (n == 0)
			return error_set(err, ERR_SYNTAX, "became shorter while it was read");
		ret_bytes += n;
		offset += n;
		len -= (size_t)n;
	}
	return 0;
}

int journal_file_last_line(int fd, off_t size, off_t *ret_end, struct error *err)
{
	char  chunk[4096];
	off_t end = size;

	while (end > 0) {
		size_t len = end < (off_t)sizeof(chunk) ? (size_t)end : sizeof(chunk);
		int    r = journal_file_read_at(fd, end - (off_t)len, chunk, len, err);

		if (r < 0)
			return r;
		for (size_t i = len; i > 0; i--, end--) {
			if (chunk[i - 1] == '\n') {
				*ret_end = end;
				return 0;
			}
		}
	}
	*ret_end = 0;
	return 0;
}

void journal_lines_init(struct journal_lines *l, int fd)
{
	*l = (struct journal_lines){ .fd = fd };
	buf_init(&l->text, LIMIT_JOURNAL_LINE + 2 * CHUNK);
}

void journal_lines_fini(struct journal_lines *l)
{
	buf_free(&l->text);
}

/* Read some more behind what is there: 1, or 0 at the end of the file. */
static int fill(struct journal_lines *l, struct error *err)
{
	ssize_t n;
	int     r;

	if (l->text.len - l->start > LIMIT_JOURNAL_LINE)
		return error_set(err, ERR_SYNTAX, "line longer than %u bytes", LIMIT_JOURNAL_LINE);
	if (l->start > 0) {
		memmove(l->text.ptr, l->text.ptr + l->start, l->text.len - l->start);
		l->text.len -= l->start;
		l->searched -= l->start;
		l->start = 0;
	}
	r = buf_reserve(&l->text, CHUNK, err);
	if (r < 0)
		return r;
	do
		n = pread(l->fd, l->text.ptr + l->text.len, CHUNK, l->next);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_set(err, ERR_SYNTAX, "cannot be read: %s", strerror(errno));
	l->text.len += (size_t)n;
	l->next += n;
	return n > 0;
}

void journal_lines_skip(struct journal_lines *l, off_t offset, size_t count)
{
	buf_clear(&l->text);
	l->next = offset;
	l->start = l->searched = 0;
	l->number += count;
}

int journal_lines_next(struct journal_lines *l, struct slice *ret_line, off_t *ret_offset, struct error *err)
{
	for (;;) {
		size_t left = l->text.len - l->searched;
		char  *at = left > 0 ? memchr(l->text.ptr + l->searched, '\n', left) : NULL;
		int    r;

		if (at) {
			*ret_line = (struct slice){ .ptr = l->text.ptr + l->start,
				                    .len = (size_t)(at - l->text.ptr) - l->start };
			*ret_offset = l->next - (off_t)(l->text.len - l->start);
			l->start = l->searched = (size_t)(at - l->text.ptr) + 1;
			l->number++;
			return 1;
		}
		l->searched = l->text.len;
		r = fill(l, err);
		if (r <= 0)
			return r;
	}
}

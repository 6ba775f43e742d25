#include <fcntl.h>
#include <sys/stat.h>

#include "file.h"

#include "mem.h"

static int refuse(enum file_trust trust)
{
	return trust == FILE_PRIVATE ? ERR_IDENTITY : ERR_SYNTAX;
}

/* Client keys: what OpenSSH's own client insists on (sshkey_perm_ok() in authfile.c), and the owner as well. */
static int check_private(const char *path, const struct stat *st, struct error *err)
{
	if (!S_ISREG(st->st_mode))
		return error_set(err, ERR_IDENTITY, "'%s' is not a regular file", path);
	if (st->st_uid != geteuid() && st->st_uid != 0)
		return error_set(err, ERR_IDENTITY, "'%s' belongs to user %u, not to you: chown it and chmod 600 '%s'", path,
		                 (unsigned)st->st_uid, path);
	if (st->st_mode & 077)
		return error_set(err, ERR_IDENTITY, "'%s' has mode %04o: others can use this key; run: chmod 600 '%s'", path,
		                 (unsigned)(st->st_mode & 07777), path);
	return 0;
}

static int check_trust(const char *path, int fd, enum file_trust trust, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_set(err, refuse(trust), "cannot look at '%s': %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return error_set(err, refuse(trust), "'%s' is a directory", path);
	if (trust == FILE_PRIVATE)
		return check_private(path, &st, err);
	if (trust == FILE_CONFIG && S_ISREG(st.st_mode) && (st.st_mode & S_IWOTH))
		return error_set(err, ERR_SYNTAX, "'%s' can be changed by everybody (mode %04o); run: chmod o-w '%s'", path,
		                 (unsigned)(st.st_mode & 07777), path);
	return 0;
}

static int read_all(const char *path, int fd, enum file_trust trust, struct buf *text, struct error *err)
{
	for (;;) {
		char    chunk[16384];
		ssize_t n = read(fd, chunk, sizeof(chunk));
		int     r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(err, refuse(trust), "cannot read '%s': %s", path, strerror(errno));
		if (n == 0)
			return buf_reserve(text, 0, err);
		r = buf_append(text, chunk, (size_t)n, err);
		
		if (r < 0)
			return error_prefix(err, "'%s'", path);
	}
}

int file_read(const char *path, size_t max, enum file_trust trust, struct buf *ret_text, struct error *err)
{
	bool       standard = strcmp(path, "-") == 0;
	struct buf text;
	int        fd = STDIN_FILENO;
	int        r;

	buf_init(&text, max);
	if (!standard)
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return error_set(err, errno == ENOENT ? ERR_NOT_FOUND : refuse(trust), "cannot open '%s': %s", path,
		                 strerror(errno));
	r = check_trust(path, fd, trust, err);
	if (r == 0)
		r = read_all(path, fd, trust, &text, err);
	if (!standard)
		close(fd);
	if (r < 0) {
		buf_free(&text);
		return r;
	}
	*ret_text = text;
	return 0;
}

/* True when `path` names something that must be written where it is, such as /dev/stdout or a FIFO. */
static bool is_special(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

/* Open a fresh file beside `path`. The name carries the process, so that two scans cannot meet in it. */
static int open_temporary(struct file_out *f, struct error *err)
{
	struct buf name;
	int        fd;
	int        r;

	buf_init(&name, PATH_MAX);
	r = buf_printf(&name, err, "%s.%ld.tmp", f->path, (long)getpid());
	if (r < 0)
		return r;
	f->temporary = buf_detach(&name);
	fd = open(f->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (fd >= 0)
		f->stream = fdopen(fd, "w");
	if (!f->stream) {
		r = error_set(err, ERR_OUTPUT, "cannot create '%s': %s", f->temporary, strerror(errno));
		if (fd >= 0)
			close(fd);
	}
	return r;
}

int file_create(struct file_out *f, const char *path, struct error *err)
{
	int r = 0;

	*f = (struct file_out){ 0 };
	if (!path || strcmp(path, "-") == 0) {
		f->stream = stdout;
		return 0;
	}
	f->path = mem_strdup(path);
	if (!f->path)
		return error_nomem(err);
	if (is_special(path)) {
		f->stream = fopen(path, "we");
		if (!f->stream)
			r = error_set(err, ERR_OUTPUT, "cannot write to '%s': %s", path, strerror(errno));
	} else {
		r = open_temporary(f, err);
	}
	if (r < 0)
		file_discard(f);
	return r;
}

/* Flush and close; true when every byte is known to have left. */
static bool close_stream(struct file_out *f)
{
	bool good = fflush(f->stream) == 0 && !ferror(f->stream);

	if (f->temporary && good)
		good = fsync(fileno(f->stream)) == 0;
	if (f->stream != stdout && fclose(f->stream) != 0)
		good = false;
	f->stream = NULL;
	return good;
}

int file_commit(struct file_out *f, struct error *err)
{
	bool good = close_stream(f);

	if (good && f->temporary)
		good = rename(f->temporary, f->path) == 0;
	if (!good) {
		int r = error_set(err, ERR_OUTPUT, "cannot write '%s': %s", f->path ? f->path : "standard output",
		                  strerror(errno));
		file_discard(f);
		return r;
	}
	mem_free(f->temporary);
	f->temporary = NULL;
	file_discard(f);
	return 0;
}

void file_discard(struct file_out *f)
{
	if (f->stream && f->stream != stdout)
		fclose(f->stream);
	if (f->temporary)
		unlink(f->temporary);
	mem_free(f->temporary);
	mem_free(f->path);
	*f = (struct file_out){ 0 };
}

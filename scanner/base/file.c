#define _XOPEN_SOURCE 700 /* realpath() */
#include <fcntl.h>
#include <sys/stat.h>

#include "file.h"

#include "mem.h"

#define BUFFER_SIZE (64u * 1024) /* of a report: reports of a thousand targets are megabytes */

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

#define READ_STEP ((size_t)16384)

/* Read straight into `text`. A private key's buffer has its full size from the start: one that moves leaves a copy behind. */
static int read_all(const char *path, int fd, enum file_trust trust, struct buf *text, struct error *err)
{
	int r = trust == FILE_PRIVATE ? buf_reserve(text, text->max, err) : 0;

	while (r == 0) {
		size_t  room = text->max - text->len;
		size_t  step = room < READ_STEP ? room : READ_STEP;
		char    past; /* a byte more than fits tells that the file is too big */
		ssize_t n;

		r = buf_reserve(text, step, err);
		if (r < 0)
			break;
		n = read(fd, step > 0 ? text->ptr + text->len : &past, step > 0 ? step : 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(err, refuse(trust), "cannot read '%s': %s", path, strerror(errno));
		if (n == 0)
			break;
		if (step == 0)
			return error_set(err, ERR_TOO_BIG, "'%s': more than the %zu bytes allowed", path, text->max);
		text->len += (size_t)n;
		text->ptr[text->len] = '\0';
	}
	return r;
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

/* True when `path` must be written where it is: a device or a FIFO, and whatever lies in /dev and /proc. There /dev/stdout is a link
 * that leads to a regular file when the output is redirected to one, and the rename would replace the link. */
static bool is_written_in_place(const char *path)
{
	struct stat st;

	if (strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0)
		return true;
	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

/* A link to a report stays a link: the file it leads to is the one that is replaced. */
static char *final_path(const char *path)
{
	struct stat st;
	char       *real = NULL;

	if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		real = realpath(path, NULL);
	return real ? real : mem_strdup(path);
}

/* Open a fresh file beside the final name. The name carries the process, so that two scans cannot meet in it; what a process of the same
 * number left behind is removed, and nobody else's file is ever written to. */
static int open_temporary(struct file_out *f, struct error *err)
{
	struct buf name;
	int        fd;
	int        r;

	buf_init(&name, PATH_MAX);
	r = buf_printf(&name, err, "%s.%ld.tmp", f->path, (long)getpid());
	if (r < 0)
		return error_set(err, ERR_OUTPUT, "cannot create '%s': its name is too long", f->path);
	unlink(name.ptr);
	fd = open(name.ptr, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (fd < 0) {
		r = error_set(err, ERR_OUTPUT, "cannot create '%s': %s", name.ptr, strerror(errno));
		buf_free(&name);
		return r;
	}
	f->temporary = buf_detach(&name);
	f->stream = fdopen(fd, "w");
	if (!f->stream) {
		close(fd);
		return error_nomem(err);
	}
	f->buffer = mem_resize(NULL, BUFFER_SIZE, 1);
	if (f->buffer)
		(void)setvbuf(f->stream, f->buffer, _IOFBF, BUFFER_SIZE);
	return 0;
}

int file_create(struct file_out *f, const char *path, struct error *err)
{
	int r = 0;

	*f = (struct file_out){ .durable = true };
	if (!path || strcmp(path, "-") == 0) {
		f->stream = stdout;
		return 0;
	}
	f->path = final_path(path);
	if (!f->path)
		return error_nomem(err);
	if (is_written_in_place(path)) {
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

/* Flush and close. 0 when every byte is known to have left, else the first errno; EIO where a write failed earlier and errno is gone. */
static int close_stream(struct file_out *f)
{
	bool failed = ferror(f->stream) != 0;
	int  reason = 0;

	if (fflush(f->stream) != 0 || (f->temporary && f->durable && fsync(fileno(f->stream)) != 0))
		reason = errno;
	if (failed && reason == 0)
		reason = EIO;
	if (f->stream != stdout && fclose(f->stream) != 0 && reason == 0)
		reason = errno;
	f->stream = NULL;
	return reason;
}

int file_commit(struct file_out *f, struct error *err)
{
	int reason = close_stream(f);
	int r = 0;

	if (reason == 0 && f->temporary && rename(f->temporary, f->path) != 0)
		reason = errno;
	if (reason != 0) {
		r = error_set(err, ERR_OUTPUT, "cannot write '%s': %s", f->path ? f->path : "standard output", strerror(reason));
	} else {
		mem_free(f->temporary);
		f->temporary = NULL;
	}
	file_discard(f);
	return r;
}

void file_discard(struct file_out *f)
{
	if (f->stream && f->stream != stdout)
		fclose(f->stream);
	if (f->temporary)
		unlink(f->temporary);
	mem_free(f->buffer);
	mem_free(f->temporary);
	mem_free(f->path);
	*f = (struct file_out){ 0 };
}

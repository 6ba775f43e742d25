#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "journal_write.h"

#include "journal_compose.h"
#include "journal_file.h"
#include "limit.h"
#include "mem.h"

/* What a file must begin with to be taken for a journal, whatever its version. */
static const char magic[] = "{\"journal\":\"sshvet-journal/";

struct journal {
	int                  fd;    /* opened for appending and reading */
	char                *label; /* what messages call it */
	bool                 named;
	struct journal_rules rules;
	pthread_mutex_t      lock; /* of what follows, and of the order of lines */
	off_t                size; /* end of the last line that is there whole */
	bool                 torn; /* a piece of a line could not be taken away again */
	struct journal_known known;
};

static int check_profile(struct buf *line, const char *profile, struct error *err)
{
	struct journal_header header;
	struct journal_rules  rules;
	int                   r = journal_line_header(line, &header, &rules, err);

	if (r < 0)
		return r;
	if (strcmp(header.profile, profile) != 0)
		r = error_set(err, ERR_USAGE, "it was written under profile '%s', not '%s'", header.profile, profile);
	json_free(&header.warnings);
	journal_rules_free(&rules);
	return r;
}

/* The first line, which has the profile; an empty journal has none. */
static int check_first_line(int fd, const char *profile, struct error *err)
{
	struct journal_lines lines;
	struct slice         text;
	struct buf           line;
	off_t                offset;
	int                  r;

	journal_lines_init(&lines, fd);
	buf_init(&line, LIMIT_JOURNAL_LINE);
	r = journal_lines_next(&lines, &text, &offset, err);
	if (r > 0)
		r = buf_append_slice(&line, text, err);
	if (r == 0 && line.len > 0)
		r = check_profile(&line, profile, err);
	buf_free(&line);
	journal_lines_fini(&lines);
	return r;
}

static int check_magic(int fd, off_t size, struct error *err)
{
	char   begin[sizeof(magic) - 1] = "";
	size_t len = size < (off_t)sizeof(begin) ? (size_t)size : sizeof(begin);
	int    r = journal_file_read_at(fd, 0, begin, len, err);

	if (r == 0 && memcmp(begin, magic, len) != 0)
		r = error_set(err, ERR_SYNTAX, "it is not a journal");
	return r;
}

/*
 * A second scan that appends would mix its lines into ours. A file system without locks can not tell, and that is no
 * reason not to scan.
 */
static int lock_file(int fd, struct error *err)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_SETLK, &whole) < 0 && (errno == EACCES || errno == EAGAIN))
		return error_set(err, ERR_USAGE, "another scan is writing it");
	return 0;
}

/* Look at an existing journal and cut off a torn last line; nothing is touched before it is known to be a journal. */
static int continue_file(struct journal *j, const char *profile, struct error *err)
{
	struct stat st;
	int         r;

	if (fstat(j->fd, &st) < 0)
		return error_set(err, ERR_OUTPUT, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_USAGE, "it is not a regular file");
	r = lock_file(j->fd, err);
	if (r == 0)
		r = check_magic(j->fd, st.st_size, err);
	if (r == 0)
		r = check_first_line(j->fd, profile, err);
	if (r == 0)
		r = journal_file_last_line(j->fd, st.st_size, &j->size, err);
	if (r == 0 && j->size < st.st_size && ftruncate(j->fd, j->size) < 0)
		r = error_set(err, ERR_OUTPUT, "%s", strerror(errno));
	return r;
}

static int open_named(struct journal *j, const struct journal_options *options, struct error *err)
{
	int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_CREAT | O_NOCTTY | (options->resume ? 0 : O_EXCL);
	int r = 0;

	j->fd = open(options->path, flags, 0600);
	if (j->fd < 0 && errno == EEXIST)
		return error_set(err, ERR_USAGE, "journal '%s' exists; continue it with --resume, or name another",
		                 options->path);
	if (j->fd < 0)
		return error_set(err, ERR_OUTPUT, "cannot create journal '%s': %s", options->path, strerror(errno));
	if (options->resume)
		r = continue_file(j, ruleset_profile(options->ruleset), err);
	else
		r = lock_file(j->fd, err);
	if (r < 0)
		error_prefix(err, "cannot continue journal '%s'", options->path);
	return r;
}

static int open_file(struct journal *j, const struct journal_options *options, struct error *err)
{
	j->named = options->path != NULL;
	j->label = mem_strdup(j->named ? options->path : "journal");
	if (!j->label)
		return error_nomem(err);
	return j->named ? open_named(j, options, err) : journal_file_temporary(&j->fd, err);
}

/* Append one line, or nothing of it. */
static int append_locked(struct journal *j, const struct buf *line, struct error *err)
{
	int r;

	if (j->torn)
		return error_set(err, ERR_OUTPUT, "cannot write journal '%s': its last line is torn", j->label);
	r = journal_file_write(j->fd, line->ptr, line->len, err);
	if (r < 0) {
		j->torn = ftruncate(j->fd, j->size) < 0;
		error_prefix(err, "cannot write journal '%s'", j->label);
		return r;
	}
	j->size += (off_t)line->len;
	return 0;
}

static int append(struct journal *j, struct buf *line, struct error *err)
{
	int r;

	pthread_mutex_lock(&j->lock);
	r = append_locked(j, line, err);
	pthread_mutex_unlock(&j->lock);
	buf_free(line);
	return r;
}

/* Append the line of a target and remember it. */
static int append_target(struct journal *j, const struct buf *line, struct journal_place *place, struct error *err)
{
	int r;

	place->offset = j->size;
	place->line = j->known.places.count + 1;
	r = append_locked(j, line, err);
	if (r < 0) {
		mem_free(place->name);
		return r;
	}
	j->known.to = j->size;
	return journal_place_add(&j->known.places, place, err);
}

int journal_create(const struct journal_options *options, struct journal **ret_journal, struct error *err)
{
	struct journal *j = mem_zalloc(sizeof(*j));
	struct buf      line;
	int             r;

	if (!j)
		return error_nomem(err);
	j->fd = -1;
	if (pthread_mutex_init(&j->lock, NULL) != 0) {
		mem_free(j);
		return error_nomem(err);
	}
	r = open_file(j, options, err);
	if (r == 0)
		r = journal_compose_header(options, j->size > 0, &line, &j->rules, err);
	if (r == 0)
		r = append(j, &line, err);
	j->known.from = j->known.to = j->size;
	if (r < 0) {
		if (j->fd >= 0 && j->named && !options->resume)
			unlink(j->label);
		journal_free(j);
		return r;
	}
	*ret_journal = j;
	return 0;
}

int journal_append(struct journal *j, const struct journal_target *target, struct error *err)
{
	struct journal_place place = { 0 };
	struct buf           line;
	int                  r = journal_compose_target(target, &j->rules, &line, &place, err);

	if (r < 0)
		return r;
	pthread_mutex_lock(&j->lock);
	r = append_target(j, &line, &place, err);
	pthread_mutex_unlock(&j->lock);
	buf_free(&line);
	return r;
}

int journal_finish(struct journal *j, struct error *err)
{
	struct buf line;
	int        r = journal_compose_end(&line, err);

	if (r == 0)
		r = append(j, &line, err);
	if (r == 0 && j->named && fsync(j->fd) < 0)
		r = error_set(err, ERR_OUTPUT, "cannot write journal '%s': %s", j->label, strerror(errno));
	return r;
}

int journal_write_descriptor(const struct journal *j)
{
	return j->fd;
}

const char *journal_write_label(const struct journal *j)
{
	return j->label;
}

struct journal_known journal_write_known(struct journal *j)
{
	struct journal_known known = j->known;

	j->known.places = (struct journal_places){ 0 };
	j->known.to = j->known.from;
	return known;
}

void journal_free(struct journal *j)
{
	if (!j)
		return;
	if (j->fd >= 0)
		close(j->fd);
	pthread_mutex_destroy(&j->lock);
	journal_rules_free(&j->rules);
	journal_place_fini(&j->known.places);
	mem_free(j->label);
	mem_free(j);
}

/*
 * known_hosts.c: what is asked of known_hosts files. Only the name the operator gave is looked up, never the
 * address it resolved to: an address that changed hands must not vouch for a name.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "known_hosts.h"

#include "base64.h"
#include "file.h"
#include "host_index.h"
#include "known_hosts_line.h"
#include "limit.h"
#include "mem.h"
#include "public_key.h"
#include "text.h"

#define HOST_MAX 1025 /* NI_MAXHOST */
#define SSH_PORT 22

/* A file that was read or appended to. */
struct file {
	size_t lines; /* in it, as far as this process knows */
	char   name[];
};

struct known_hosts {
	pthread_rwlock_t  *lock; /* of everything below; apart, to be taken in a const object */
	struct host_index *index;
	struct file      **files;
	size_t             nfiles;
	size_t             skipped;
};

struct known_hosts *known_hosts_new(void)
{
	struct known_hosts *kh = mem_zalloc(sizeof(*kh));

	if (!kh)
		return NULL;
	kh->index = host_index_new();
	kh->lock = mem_zalloc(sizeof(*kh->lock));
	if (!kh->index || !kh->lock || pthread_rwlock_init(kh->lock, NULL) != 0) {
		host_index_free(kh->index);
		mem_free(kh->lock);
		mem_free(kh);
		return NULL;
	}
	return kh;
}

void known_hosts_free(struct known_hosts *kh)
{
	if (!kh)
		return;
	host_index_free(kh->index);
	for (size_t i = 0; i < kh->nfiles; i++)
		mem_free(kh->files[i]);
	mem_free(kh->files);
	pthread_rwlock_destroy(kh->lock);
	mem_free(kh->lock);
	mem_free(kh);
}

/* --- loading --- */

/* The record of a file, a new one if need be; it never moves. NULL when out of memory. */
static struct file *file_of(struct known_hosts *kh, const char *name)
{
	size_t        size = strlen(name) + 1;
	struct file **files;
	struct file  *f;

	for (size_t i = 0; i < kh->nfiles; i++)
		if (strcmp(kh->files[i]->name, name) == 0)
			return kh->files[i];
	files = mem_resize(kh->files, kh->nfiles + 1, sizeof(*files));
	if (!files)
		return NULL;
	kh->files = files;
	f = mem_zalloc(sizeof(*f) + size);
	if (!f)
		return NULL;
	memcpy(f->name, name, size);
	files[kh->nfiles++] = f;
	return f;
}

/* Add the next line of `file`. */
static int add_line(struct known_hosts *kh, struct slice text, struct file *file, struct buf *key,
                    struct error *err)
{
	struct known_hosts_line line;
	struct error            why;
	int                     r;

	file->lines++;
	if (known_hosts_line_is_empty(text))
		return 0;
	r = known_hosts_line_parse(text, &line, key, &why);
	if (r == ERR_NOMEM)
		return error_nomem(err);
	if (r < 0) {
		kh->skipped++;
		return 0;
	}
	return host_index_add(kh->index, &line, buf_slice(key), file->name, file->lines, err);
}

static int parse(struct known_hosts *kh, struct slice text, const char *name, struct error *err)
{
	struct file *file = file_of(kh, name);
	struct slice line;
	struct buf   key;
	int          r = 0;

	if (!file)
		return error_nomem(err);
	buf_init(&key, LIMIT_KEY_FILE);
	file->lines = 0;
	while (r == 0 && slice_next_line(&text, &line, NULL))
		r = add_line(kh, line, file, &key, err);
	buf_free(&key);
	return r;
}

int known_hosts_parse(struct known_hosts *kh, struct slice text, const char *name, struct error *err)
{
	int r;

	pthread_rwlock_wrlock(kh->lock);
	r = parse(kh, text, name, err);
	pthread_rwlock_unlock(kh->lock);
	return r;
}

int known_hosts_load(struct known_hosts *kh, const char *path, struct error *err)
{
	struct buf text;
	int        r = file_read(path, LIMIT_KNOWN_HOSTS, FILE_CONFIG, &text, err);

	if (r < 0)
		return r;
	r = known_hosts_parse(kh, buf_slice(&text), path, err);
	buf_free(&text);
	return r;
}

size_t known_hosts_skipped(const struct known_hosts *kh)
{
	size_t n;

	pthread_rwlock_rdlock(kh->lock);
	n = kh->skipped;
	pthread_rwlock_unlock(kh->lock);
	return n;
}

/* --- looking up --- */

/* The name as it stands in files: "host", or "[host]:port" for another port than 22. */
static int lookup_name(const char *host, unsigned port, struct buf *ret_name, struct error *err)
{
	int r;

	buf_init(ret_name, HOST_MAX + sizeof("[]:65535"));
	if (port == SSH_PORT)
		r = buf_append_text(ret_name, host, err);
	else
		r = buf_printf(ret_name, err, "[%s]:%u", host, port);
	for (size_t i = 0; r == 0 && i < ret_name->len; i++)
		if (ret_name->ptr[i] >= 'A' && ret_name->ptr[i] <= 'Z')
			ret_name->ptr[i] = (char)(ret_name->ptr[i] - 'A' + 'a');
	if (r < 0)
		buf_free(ret_name);
	return r;
}

/* Under the lock. */
static int find(const struct known_hosts *kh, const char *host, unsigned port, struct host_matches *ret_matches,
                struct error *err)
{
	struct buf name;
	int        r = lookup_name(host, port, &name, err);

	if (r < 0)
		return r;
	r = host_index_find(kh->index, buf_slice(&name), ret_matches, err);
	buf_free(&name);
	return r;
}

/* What one line says of a key: the answer that counts most wins, the first line among equals. */
static enum known_hosts_match judge(const struct host_entry *e, struct slice type, struct slice key)
{
	bool same = slice_equal(e->key, key);

	if (e->marker == KNOWN_HOSTS_REVOKE)
		return same ? KNOWN_HOSTS_REVOKED : KNOWN_HOSTS_UNKNOWN;
	if (e->marker == KNOWN_HOSTS_CA)
		return KNOWN_HOSTS_CA_ONLY;
	if (same)
		return KNOWN_HOSTS_MATCH;
	return slice_equal(e->type, type) ? KNOWN_HOSTS_CHANGED : KNOWN_HOSTS_OTHER_TYPE;
}

/* Of two answers for one host, the one with the higher number decides. */
static const unsigned char weight[] = {
	[KNOWN_HOSTS_UNKNOWN] = 0, [KNOWN_HOSTS_CA_ONLY] = 1, [KNOWN_HOSTS_OTHER_TYPE] = 2,
	[KNOWN_HOSTS_CHANGED] = 3, [KNOWN_HOSTS_MATCH] = 4,   [KNOWN_HOSTS_REVOKED] = 5,
};
static_assert(countof(weight) == KNOWN_HOSTS_CA_ONLY + 1, "every answer has its weight");

static struct known_hosts_answer decide(const struct host_matches *matches, struct slice type, struct slice key)
{
	struct known_hosts_answer answer = { .match = KNOWN_HOSTS_UNKNOWN };
	const struct host_entry  *decider = NULL;

	for (size_t i = 0; i < matches->count; i++) {
		enum known_hosts_match match = judge(matches->entries[i], type, key);

		if (weight[match] > weight[answer.match]) {
			answer.match = match;
			decider = matches->entries[i];
		}
	}
	if (decider) {
		char file[200];

		text_clean_into(file, sizeof(file), slice_of(decider->file));
		snprintf(answer.where, sizeof(answer.where), "%s:%zu", file, decider->line);
	}
	return answer;
}

/* Under the lock. A look-up that fails must not end in "unknown", which accept-new would accept. */
static struct known_hosts_answer check(const struct known_hosts *kh, const char *host, unsigned port,
                                       struct slice key)
{
	struct known_hosts_answer answer = { .match = KNOWN_HOSTS_CHANGED };
	struct host_matches       matches;
	struct public_key         parsed;
	struct error              why;

	if (known_hosts_line_parse_key(key, &parsed, &why) < 0 || find(kh, host, port, &matches, &why) < 0) {
		snprintf(answer.where, sizeof(answer.where), "%.200s", why.text);
		return answer;
	}
	answer = decide(&matches, parsed.type, key);
	mem_free(matches.entries);
	return answer;
}

struct known_hosts_answer known_hosts_check(const struct known_hosts *kh, const char *host, unsigned port,
                                            struct slice public_key)
{
	struct known_hosts_answer answer;

	pthread_rwlock_rdlock(kh->lock);
	answer = check(kh, host, port, public_key);
	pthread_rwlock_unlock(kh->lock);
	return answer;
}

static bool is_revoked(const struct host_matches *matches, struct slice key)
{
	for (size_t i = 0; i < matches->count; i++)
		if (matches->entries[i]->marker == KNOWN_HOSTS_REVOKE &&
		    slice_equal(matches->entries[i]->key, key))
			return true;
	return false;
}

static bool lists(struct slice list, struct slice type)
{
	struct slice item;

	while (slice_next(&list, ',', &item))
		if (slice_equal(item, type))
			return true;
	return false;
}

static int add_types(const struct host_matches *matches, struct buf *types, struct error *err)
{
	int r = buf_reserve(types, 0, err);

	for (size_t i = 0; r == 0 && i < matches->count; i++) {
		const struct host_entry *e = matches->entries[i];
		struct public_key        parsed;

		if (e->marker != KNOWN_HOSTS_PLAIN || public_key_parse(e->key, &parsed, NULL) < 0 ||
		    parsed.certificate || is_revoked(matches, e->key) || lists(buf_slice(types), e->type))
			continue;
		if (types->len > 0)
			r = buf_append_text(types, ",", err);
		if (r == 0)
			r = buf_append_slice(types, e->type, err);
	}
	return r;
}

int known_hosts_types(const struct known_hosts *kh, const char *host, unsigned port, struct buf *ret_types,
                      struct error *err)
{
	struct host_matches matches = { 0 };
	struct buf          types;
	int                 r;

	buf_init(&types, LIMIT_KEY_FILE);
	pthread_rwlock_rdlock(kh->lock);
	r = find(kh, host, port, &matches, err);
	if (r == 0)
		r = add_types(&matches, &types, err);
	pthread_rwlock_unlock(kh->lock);
	mem_free(matches.entries);
	if (r < 0) {
		buf_free(&types);
		return r;
	}
	*ret_types = types;
	return 0;
}

/* --- learning --- */

/* What has a meaning of its own in a line cannot be part of a name there. */
static int check_host(const char *host, struct error *err)
{
	char shown[100];
	bool good = host[0] != '\0' && !strchr("@|#", host[0]);

	for (const char *c = host; *c != '\0'; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr(",*?!", *c))
			good = false;
	if (good)
		return 0;
	return error_set(err, ERR_OUTPUT, "'%s' cannot stand in a known_hosts file",
	                 text_clean_into(shown, sizeof(shown), slice_of(host)));
}

/* "host type base64\n" */
static int format_line(const char *host, unsigned port, struct slice key, struct buf *out, struct error *err)
{
	struct public_key parsed;
	struct buf        name;
	int               r = known_hosts_line_parse_key(key, &parsed, err);

	if (r == 0)
		r = lookup_name(host, port, &name, err);
	if (r < 0)
		return r;
	r = buf_append_slice(out, buf_slice(&name), err);
	if (r == 0)
		r = buf_append_text(out, " ", err);
	if (r == 0)
		r = buf_append_slice(out, parsed.type, err);
	if (r == 0)
		r = buf_append_text(out, " ", err);
	if (r == 0)
		r = base64_encode(out, key, err);
	if (r == 0)
		r = buf_append_text(out, "\n", err);
	buf_free(&name);
	return r;
}

static int cannot(const char *verb, const char *path, struct error *err)
{
	return error_set(err, ERR_OUTPUT, "cannot %s '%s': %s", verb, path, strerror(errno));
}

/* Make the folder the file is to be in; that it is there already is fine. */
static int make_folder(const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char       *folder;
	int         r = 0;

	if (!slash || slash == path)
		return 0;
	folder = mem_copy_text(path, (size_t)(slash - path));
	if (!folder)
		return error_nomem(err);
	if (mkdir(folder, 0700) < 0 && errno != EEXIST)
		r = cannot("create", folder, err);
	mem_free(folder);
	return r;
}

/* Whether a new line can follow at once: the file is empty, or a newline ends it. */
static int ends_in_newline(int fd, const char *path, bool *ret_ended, struct error *err)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char  last = '\n';

	if (size < 0 || (size > 0 && pread(fd, &last, 1, size - 1) != 1))
		return cannot("read", path, err);
	*ret_ended = last == '\n';
	return 0;
}

/* One write, so that several processes may append at once and none tears another's line. */
static int write_line(int fd, const char *path, struct slice line, struct error *err)
{
	struct buf text;
	ssize_t    n;
	bool       ended = false;
	int        r = ends_in_newline(fd, path, &ended, err);

	if (r < 0)
		return r;
	buf_init(&text, line.len + 1);
	if (!ended)
		r = buf_append_text(&text, "\n", err);
	if (r == 0)
		r = buf_append_slice(&text, line, err);
	if (r == 0) {
		errno = ENOSPC; /* what a short write means */
		n = write(fd, text.ptr, text.len);
		if (n < 0 || (size_t)n != text.len)
			r = cannot("write", path, err);
	}
	buf_free(&text);
	return r;
}

static int append(struct known_hosts *kh, const char *path, struct slice line, struct error *err)
{
	struct file *file = file_of(kh, path);
	struct buf   key;
	int          fd;
	int          r;

	if (!file)
		return error_nomem(err);
	r = make_folder(path, err);
	if (r < 0)
		return r;
	fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	if (fd < 0)
		return cannot("open", path, err);
	r = write_line(fd, path, line, err);
	if (close(fd) < 0 && r == 0)
		r = cannot("write", path, err);
	if (r < 0)
		return r;
	buf_init(&key, LIMIT_KEY_FILE);
	r = add_line(kh, slice_sub(line, 0, line.len - 1), file, &key, err);
	buf_free(&key);
	return r;
}

/* Under the lock. Two targets may be one host: what another session has learnt meanwhile is not learnt again, or over. */
static int learn(struct known_hosts *kh, const char *path, const char *host, unsigned port, struct slice key,
                 struct slice line, struct error *err)
{
	struct known_hosts_answer answer = check(kh, host, port, key);

	if (answer.match == KNOWN_HOSTS_MATCH)
		return 0;
	if (answer.match == KNOWN_HOSTS_UNKNOWN)
		return append(kh, path, line, err);
	return error_set(err, ERR_HOST_KEY_CHANGED, "%s has another key by now: %s", host, answer.where);
}

int known_hosts_append(struct known_hosts *kh, const char *path, const char *host, unsigned port,
                       struct slice public_key, struct error *err)
{
	struct buf line;
	int        r = check_host(host, err);

	buf_init(&line, LIMIT_KEY_FILE);
	if (r == 0)
		r = format_line(host, port, public_key, &line, err);
	if (r == 0) {
		pthread_rwlock_wrlock(kh->lock);
		r = learn(kh, path, host, port, public_key, buf_slice(&line), err);
		pthread_rwlock_unlock(kh->lock);
	}
	buf_free(&line);
	if (r == 0 || r == ERR_NOMEM || r == ERR_HOST_KEY_CHANGED)
		return r;
	if (err)
		err->code = ERR_OUTPUT;
	return ERR_OUTPUT;
}

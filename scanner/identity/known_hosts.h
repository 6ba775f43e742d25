/*
 * known_hosts.h: which host keys are trusted (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT").
 */
#ifndef SSHVET_KNOWN_HOSTS_H
#define SSHVET_KNOWN_HOSTS_H

#include "buf.h"

/* Opaque. Lookups may run on any thread at the same time. */
struct known_hosts;

struct known_hosts *known_hosts_new(void) MUST_USE; /* NULL when out of memory */
void                known_hosts_free(struct known_hosts *kh);

/*
 * Add the lines of a file: plain names, patterns with * ? and !, [host]:port, hashed names (|1|salt|hash),
 * several keys per host, @revoked, @cert-authority. A line that cannot be read is skipped as OpenSSH does, and
 * counted. A file that does not exist is ERR_NOT_FOUND (the caller decides whether that matters); too loose a
 * file is ERR_SYNTAX with the mend.
 */
int known_hosts_load(struct known_hosts *kh, const char *path, struct error *err) MUST_USE;

/* The same from bytes; `name` stands for the path in messages. */
int known_hosts_parse(struct known_hosts *kh, struct slice text, const char *name, struct error *err) MUST_USE;

/* How many lines could not be read. */
size_t known_hosts_skipped(const struct known_hosts *kh) MUST_USE;

enum known_hosts_match {
	KNOWN_HOSTS_UNKNOWN = 0, /* no key for this host at all */
	KNOWN_HOSTS_MATCH,       /* this very key is trusted for it */
	KNOWN_HOSTS_OTHER_TYPE,  /* keys for it, but none of this type */
	KNOWN_HOSTS_CHANGED,     /* another key of this type */
	KNOWN_HOSTS_REVOKED,     /* the key is marked @revoked for it */
	KNOWN_HOSTS_CA_ONLY,     /* only an @cert-authority line speaks for it: certificates are not supported */
};

struct known_hosts_answer {
	enum known_hosts_match match;
	char                   where[256]; /* "file:line" of the line that decided; "" when none did */
};

/*
 * Look a key up for `host` (as the operator named it) on `port`; ports other than 22 are looked up as
 * [host]:port only (ssh tries the plain name as well when it finds nothing). `public_key` is the blob the server
 * proved. Names are compared without ASCII case. A revoked line wins over everything. A blob that is no public
 * key, and a look-up that fails, is KNOWN_HOSTS_CHANGED with the reason in `where`: it is never unknown, which
 * may be accepted.
 */
struct known_hosts_answer known_hosts_check(const struct known_hosts *kh, const char *host, unsigned port,
                                            struct slice public_key) MUST_USE;

/*
 * The key types the files have for this host, once each, in the order found, comma-separated
 * ("ssh-ed25519,ssh-rsa"), to be asked for first in the key exchange. Empty when there are none. Certificates'
 * types and revoked keys do not count.
 */
int known_hosts_types(const struct known_hosts *kh, const char *host, unsigned port, struct buf *ret_types,
                      struct error *err) MUST_USE;

/*
 * Append "host type base64" to a file (created 0600, its folder 0700) in one write, and to `kh`, so that
 * --host-key accept-new learns. Any thread. ERR_OUTPUT. A key that is there is not appended again; when any other
 * answer than unknown has come in between, nothing is, and it is ERR_HOST_KEY_CHANGED.
 */
int known_hosts_append(struct known_hosts *kh, const char *path, const char *host, unsigned port,
                       struct slice public_key, struct error *err) MUST_USE;

#endif

/*
 * known_hosts_line.h: one line of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT").
 */
#ifndef SSHVET_KNOWN_HOSTS_LINE_H
#define SSHVET_KNOWN_HOSTS_LINE_H

#include "buf.h"
#include "public_key.h"

enum known_hosts_marker {
	KNOWN_HOSTS_PLAIN = 1, /* no marker: the key is trusted */
	KNOWN_HOSTS_REVOKE,    /* @revoked */
	KNOWN_HOSTS_CA,        /* @cert-authority */
};

#define KNOWN_HOSTS_HASH 20 /* bytes of a HMAC-SHA1 and of its salt */

struct known_hosts_line {
	enum known_hosts_marker marker;
	bool                    hashed; /* salt and hash stand for the host */
	unsigned char           salt[KNOWN_HOSTS_HASH];
	unsigned char           hash[KNOWN_HOSTS_HASH];
	struct slice            hosts; /* names and patterns as written; a view into the line */
	struct slice            type;  /* of the key; a view into `*key` */
};

/*
 * Parse a line that is neither blank nor a comment (known_hosts_line_is_empty()). The key blob replaces what is
 * in `*key`. ERR_SYNTAX, or ERR_NOMEM.
 */
int known_hosts_line_parse(struct slice line, struct known_hosts_line *ret_line, struct buf *key,
                           struct error *err) MUST_USE;

bool known_hosts_line_is_empty(struct slice line) MUST_USE;

/*
 * public_key_parse(), for keys that are compared byte by byte: numbers with needless leading zeros are refused
 * as well (RFC 4251, section 5, forbids them), or a revoked key could come back in another spelling.
 * ERR_PROTOCOL.
 */
int known_hosts_line_parse_key(struct slice key, struct public_key *ret_key, struct error *err) MUST_USE;

#endif

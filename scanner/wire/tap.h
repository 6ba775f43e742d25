/*
 * tap.h: listens to one direction of a connection until encryption starts, and keeps the identification line and the KEXINIT.
 *
 * Format: RFC 4253, sections 4.2 (lines before "SSH-" are allowed from a server), 6 (binary packet: uint32 length, byte padding length, payload,
 * padding; no MAC yet) and 7.1.
 */
#ifndef SSHVET_TAP_H
#define SSHVET_TAP_H

#include "buf.h"

struct tap {
	struct buf   bytes;          /* everything until the KEXINIT, bounded; what follows is not kept */
	size_t       parsed;         /* bytes of it already understood */
	struct slice identification; /* the line without CR LF; empty until it came */
	size_t       preface;        /* bytes of lines that came before the identification */
	struct slice kexinit;        /* payload, message number 20 first; empty until it came */
	bool         done;           /* nothing more to listen for */
};

void tap_init(struct tap *t);
void tap_fini(struct tap *t);

/*
 * Listen to the next bytes. ERR_PROTOCOL when they are not the beginning of an SSH connection: too much before the identification, a
 * line too long, an impossible packet length. ERR_NOMEM.
 */
int tap_feed(struct tap *t, const void *bytes, size_t len, struct error *err) MUST_USE;

/* What came after the KEXINIT together with its last bytes: a view into the tap. */
struct slice tap_rest(const struct tap *t) MUST_USE;

/* What came before the identification (a refusal in plain text, say): views into the tap. */
struct slice tap_preface(const struct tap *t) MUST_USE;

#endif

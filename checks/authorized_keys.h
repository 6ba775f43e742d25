/*
 * authorized_keys.h: a line of authorized_keys as sshd reads it (sshd(8), "AUTHORIZED_KEYS FILE FORMAT"; OpenSSH 7.2 to 10: auth2-pubkeyfile.c,
 * auth-options.c, sshkey.c). Public keys and lists of certification authorities are lines of the same form.
 */
#ifndef SSHVET_AUTHORIZED_KEYS_H
#define SSHVET_AUTHORIZED_KEYS_H

#include "arena.h"
#include "public_key.h"

/* What a time that names no zone is meant in: that of the target. */
struct authorized_clock {
	int64_t now;    /* seconds of Unix time; 0 when not known */
	int     offset; /* seconds east of Greenwich */
};

struct authorized_key {
	bool        empty; /* blank, or a comment: nothing of what follows is set */
	const char *why;   /* why sshd passes the line over; NULL when the key counts */
	bool        expired;

	/* The key; type is empty when none could be read. Views into what the arena holds. */
	struct public_key key;
	struct slice      blob;
	struct slice      comment;

	/* Options, as far as they were read: each as it is written, and what those with a value say without quotes. */
	struct slice *options;
	size_t        noptions;
	struct slice  from;       /* ptr is NULL when it is not given */
	struct slice  command;    /* likewise */
	struct slice  principals; /* likewise */
	int64_t       expires;    /* the earliest time, 0 when there is none */
	bool          restricted; /* `restrict` is among them, whatever follows */
	bool          cert_authority;
	bool          port_forwarding, agent_forwarding, x11_forwarding, pty, user_rc; /* allowed by the line */
	bool          no_touch, verify;                                                /* no-touch-required, verify-required */
};

/*
 * Parse a line without its newline. Everything is a result, also a line that is passed over; what it holds lies in the arena or in static
 * memory, or is a view into the line. ERR_NOMEM only.
 */
int authorized_key_parse(struct slice line, const struct authorized_clock *clock, struct arena *arena, struct authorized_key *ret_key,
                         struct error *err) MUST_USE;

#endif

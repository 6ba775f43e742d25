/*
 * talk.h: what is said on the connections to one target, as the loop drives it: a session (scan) or a probe.
 *
 * A kind of talk is a row of functions; the loop knows nothing else of it. Inside this part only.
 */
#ifndef SSHVET_TALK_H
#define SSHVET_TALK_H

#include "evidence.h"
#include "inventory.h"
#include "link.h"

struct scan;
struct talk;

struct talk_kind {
	unsigned connect_seconds;
	bool     retries_connecting; /* a connection that could not be made is tried again */

	/* A connection is there: take its socket over, also on failure. */
	int (*begin)(struct talk *t, int fd, struct error *err);

	/* Go on. 0: the connection has given all it can; ERR_AGAIN: wait; else the failure. */
	int (*advance)(struct talk *t, struct error *err);

	/* What it waits for: a number for the state, how long that may take (0: as long as the target may), readiness of the socket. */
	unsigned (*state)(const struct talk *t);
	unsigned (*state_seconds)(unsigned state);
	struct link_wait (*waits_for)(const struct talk *t);

	/* The state took too long: the failure, or 0 when what came is enough. */
	int (*timed_out)(struct talk *t, struct error *err);

	/* After a failure: may the connection be tried again? */
	bool (*may_retry)(const struct talk *t);

	/* True when another connection is needed. */
	bool (*wants_more)(const struct talk *t);

	/* A connection failed for good: true when what is known of the target is worth keeping all the same. */
	bool (*survives)(struct talk *t, const struct error *failure);

	/* The evidence that came; a failure that is the target's is its outcome. */
	int (*evidence)(const struct talk *t, struct evidence **ret_evidence, struct error *err);

	/* Add the sections of what was seen on the wire. */
	int (*add_wire)(const struct talk *t, struct evidence *ev, struct error *err);

	/* Of the host key that was proved; NULL for none. */
	const char *(*host_key_fingerprint)(const struct talk *t);

	/* Let go of the connection; and of everything. Neither need have been begun. */
	void (*hang_up)(struct talk *t);
	void (*end)(struct talk *t);
};

extern const struct talk_kind talk_session;
extern const struct talk_kind talk_probe;

/* One target's. */
struct talk {
	const struct talk_kind *kind;
	const struct scan      *scan;
	const struct target    *target;
	struct session         *session; /* of a session: while there is a connection */
	struct probe           *probe;   /* of a probe: from the first connection to the end */
};

/* record.c: a section of the scanner's own, in hexadecimal; none for no bytes. */
int talk_add_hex(struct evidence *ev, const char *name, const struct evidence_pair *args, size_t nargs, struct slice bytes,
                 struct error *err) MUST_USE;

#endif

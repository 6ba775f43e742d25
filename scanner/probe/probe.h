/*
 * probe.h: what the network sees of one SSH server: its identification, its algorithms, and a host key of every type it offers.
 *
 * A server shows one host key on a connection, so there is one connection for each type of key, one after the other. Nobody logs in, and no
 * secret is made or needed. As a session, a probe never blocks and owns no loop.
 */
#ifndef SSHVET_PROBE_H
#define SSHVET_PROBE_H

#include "link.h"

#define PROBE_KEYS_MAX 16u /* types of host keys asked for: twice as many as any server is known to have */

enum probe_state {
#define STATE(name, text, timeout_code, seconds) PROBE_##name,
#include "probe_state.def"
#undef STATE
	PROBE_STATES
};

/* One host key that was asked for. */
struct probe_key {
	char        *algorithm; /* of the server's list */
	struct buf   blob;      /* empty when it was not shown */
	struct error why;       /* why not; code 0 when nobody asked yet, or it was */
};

/* Opaque. */
struct probe;

/* ERR_NOMEM. */
int  probe_new(struct probe **ret_probe, struct error *err) MUST_USE;
void probe_free(struct probe *p);

/* Begin a connection on a connected non-blocking socket, which the probe takes over (also when this fails). ERR_NOMEM. */
int probe_begin(struct probe *p, int fd, struct error *err) MUST_USE;

/*
 * Go on as far as possible. 0: this connection has given all it can. ERR_AGAIN: wait for the socket. Else ERR_PROTOCOL or
 * ERR_NOMEM with the text.
 */
int probe_advance(struct probe *p, struct error *err) MUST_USE;

enum probe_state probe_state(const struct probe *p) MUST_USE;
unsigned         probe_state_seconds(enum probe_state state) MUST_USE;
struct link_wait probe_waits_for(const struct probe *p) MUST_USE;

/* The state took too long: set the failure of its row in probe_state.def and return its code. */
int probe_timed_out(struct probe *p, struct error *err) MUST_USE;

/* After a failure: may the connection be tried again? Only when it was lost or fell silent. */
bool probe_may_retry(const struct probe *p) MUST_USE;

/* Close the connection, if there is one. */
void probe_hang_up(struct probe *p);

/* True when a host key is still to be asked for, on another connection. */
bool probe_wants_more(const struct probe *p) MUST_USE;

/*
 * A connection failed for good. False: nothing is known of the server, so this is the end of it. True: what is known is worth keeping; the
 * key that was asked for is without, and so are those still to come when the server did not even get as far as its algorithms.
 */
bool probe_give_up(struct probe *p, const struct error *failure) MUST_USE;

/* What was seen; empty until it was. `*ret_omitted` is the number of types that were not asked for. */
struct slice            probe_identification(const struct probe *p) MUST_USE;
struct slice            probe_kexinit(const struct probe *p) MUST_USE;
const struct probe_key *probe_keys(const struct probe *p, size_t *ret_count, size_t *ret_omitted) MUST_USE;

#endif

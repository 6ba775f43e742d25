/*
 * session.h: one SSH connection: key exchange, host key, login, the collector, its output. The only part that includes libssh2.
 *
 * A session never blocks and owns no loop: it is given a connected non-blocking socket, says whether it waits to read or to
 * write, and is advanced when the socket is ready. States are listed in session_state.def.
 */
#ifndef SSHVET_SESSION_H
#define SSHVET_SESSION_H

#include "identity.h"
#include "known_hosts.h"
#include "link.h"

enum host_key_policy {
	HOST_KEY_STRICT = 1, /* unknown and changed keys end the session */
	HOST_KEY_ACCEPT_NEW, /* unknown keys are appended to known_hosts; changed ones end the session */
	HOST_KEY_IGNORE,     /* nothing is verified; reports carry a warning */
};

/* How the collector gets root on the target (design.md, "The collector and its evidence"). */
enum become {
	BECOME_AUTO = 1, /* sudo, then doas, then without */
	BECOME_NONE,
	BECOME_SUDO,
	BECOME_DOAS,
};

enum session_state {
#define STATE(name, text, timeout_code, seconds) SESSION_##name,
#include "session_state.def"
#undef STATE
	SESSION_STATES
};

/* What every session of a run shares; must outlive them. */
struct session_config {
	const struct identity *identity;
	struct known_hosts    *known_hosts;
	enum host_key_policy   host_key;
	const char            *learn_file; /* for HOST_KEY_ACCEPT_NEW */
	enum become            become;
	struct slice           collector; /* the script */
};

/* Opaque. */
struct session;

/* Once per process, before any thread starts; and at its end. ERR_INTERNAL. */
int  session_global_init(struct error *err) MUST_USE;
void session_global_fini(void);

/*
 * Start a session on a connected non-blocking socket, which it takes over (also when this fails). `host`, `port` and `user` must outlive it.
 */
int session_new(const struct session_config *config, int fd, const char *host, unsigned port, const char *user, struct session **ret_session,
                struct error *err) MUST_USE;

/*
 * Go on as far as possible. 0: finished, the evidence is complete or as complete as it gets. ERR_AGAIN: wait for the socket
 * (session_waits_for()). Else the code of the target's failure, with its text.
 */
int session_advance(struct session *s, struct error *err) MUST_USE;

/* The state it is in, and what a state is called ("negotiating keys"). */
enum session_state session_state(const struct session *s) MUST_USE;
const char        *session_state_text(enum session_state state) MUST_USE;

/* Seconds a state may take; 0 when only the target's own time-out bounds it. */
unsigned session_state_seconds(enum session_state state) MUST_USE;

/* Which readiness it waits for. */
struct link_wait session_waits_for(const struct session *s) MUST_USE;

/*
 * What was seen: bytes of the server's identification line and KEXINIT payload (empty until they came), the blob and fingerprint of the proved host key, and the
 * collector's output, which the caller may take over.
 */
struct slice session_identification(const struct session *s) MUST_USE;
struct slice session_kexinit(const struct session *s) MUST_USE;
struct slice session_host_key(const struct session *s) MUST_USE;
const char  *session_host_key_fingerprint(const struct session *s) MUST_USE; /* NULL until known */
struct buf  *session_output(struct session *s) MUST_USE;

/* What the collector said on standard error (the beginning of it), and its exit status; -1 when the server told none. */
struct slice session_complaint(const struct session *s) MUST_USE;
int          session_exit_status(const struct session *s) MUST_USE;

/* Whether the connection ended before the collector had closed its output: then ERR_COLLECTOR_FAILED, which says how; else 0. */
int session_broke_off(const struct session *s, struct error *err) MUST_USE;

/*
 * The state it is in took too long: set the failure of its row in session_state.def and return its code. 0 when all but the exit status
 * came: the session is finished then.
 */
int session_timed_out(struct session *s, struct error *err) MUST_USE;

/* After a failure: may it be tried again? Only when the connection was lost or fell silent before authentication began. */
bool session_may_retry(const struct session *s) MUST_USE;

/* Close the connection (politely if that does not wait) and release everything. NULL is allowed. */
void session_free(struct session *s);

#endif

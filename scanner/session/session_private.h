/*
 * session_private.h: what the files of this part share. Nobody else includes it.
 */
#ifndef SSHVET_SESSION_PRIVATE_H
#define SSHVET_SESSION_PRIVATE_H

#include <libssh2.h>

#include "public_key.h"
#include "session.h"

#include "allocation.h"
#include "link.h"

struct session {
	const struct session_config *config;
	const char                  *host;
	unsigned                     port;
	const char                  *user;

	enum session_state state;
	struct link        link;
	LIBSSH2_SESSION   *ssh;
	LIBSSH2_CHANNEL   *channel;
	struct allocations allocations; /* libssh2's */

	bool         closing;    /* nothing is sent or received any more */
	struct error sign_error; /* why the client key could not sign; code 0 when it could */
	void        *self;       /* for the signature callback, which is given its address */

	char   early[2048]; /* the identification is read byte by byte: read ahead for it, and for the KEXINIT behind it */
	size_t early_used;
	size_t early_len;

	char       fingerprint[FINGERPRINT_SIZE];
	struct buf output;
	struct buf complaint;
	size_t     sent;      /* bytes of the collector that have left */
	size_t     collected; /* bytes of its output and complaints that have come */
	int        exit_status;
};

/* transport.c: the callbacks libssh2 reads and writes the socket through. Returns 0 or ERR_INTERNAL. */
void transport_attach(struct session *s);

/* failure.c: libssh2's last error in this session as the code and text the operator reads. */
int failure_of_handshake(struct session *s, struct error *err);
int failure_of_time(struct session *s, int code, struct error *err);
int failure_of_auth(struct session *s, struct error *err);
int failure_of_channel(struct session *s, const char *what, struct error *err);

/* collect.c: the steps from EXEC to STATUS. */
int collect_exec(struct session *s, struct error *err) MUST_USE;
int collect_send(struct session *s, struct error *err) MUST_USE;
int collect_output(struct session *s, struct error *err) MUST_USE;
int collect_status(struct session *s, struct error *err) MUST_USE;

/* host_key.c: hold the proved host key against known_hosts, as the policy says. 0, ERR_HOST_KEY_UNKNOWN, ERR_HOST_KEY_CHANGED, ERR_OUTPUT. */
int host_key_verify(struct session *s, struct error *err) MUST_USE;

/* host_key.c: ask for the key types known_hosts has for this host before others. ERR_INTERNAL, ERR_NOMEM. */
int host_key_prefer_known(struct session *s, struct error *err) MUST_USE;

#endif

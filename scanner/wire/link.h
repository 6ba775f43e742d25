/*
 * link.h: a connection before and beneath SSH: its socket, taps in both directions, how much came, and how it ended.
 */
#ifndef SSHVET_LINK_H
#define SSHVET_LINK_H

#include "tap.h"

struct link {
	int          fd;     /* non-blocking; -1 for none */
	struct tap   client; /* what we sent and what the server sent, before encryption */
	struct tap   server;
	struct error fault;         /* why the server is not listened to any more; code 0 while it is */
	size_t       most;          /* bytes the server may send, in all */
	size_t       received;      /* so far */
	size_t       turn;          /* bytes it may still receive before others have their turn */
	bool         dry;           /* the socket had less than was asked for: nothing more is there until the loop says so */
	struct buf   unsent;        /* given to link_send() and not yet to the socket */
	bool         lost;          /* the connection ended, broke or fell silent */
	int          lost_errno;    /* errno of the socket; 0 for an orderly end */
	char         farewell[256]; /* the server's SSH_MSG_DISCONNECT, clean; "" when there was none */
};

/* Which readiness of the socket is waited for. */
struct link_wait {
	bool read;
	bool write;
};

/* Take over a connected non-blocking socket. */
void link_init(struct link *l, int fd, size_t most);

/* Close it; what is still kept leaves before, as far as that does not wait. */
void link_fini(struct link *l);

/* The socket is ready: let it receive again what one connection may before the others have their turn. */
void link_begin_turn(struct link *l);

/*
 * As recv(2) and send(2), with -errno in place of -1, and listened in to. -EPROTO when what passed is no SSH (`fault` says why) or was too
 * much; -EAGAIN when it has to wait. A connection that ended or broke is marked `lost`.
 *
 * What is sent is kept until something is to be received, or link_flush(): packets that follow one another without an answer in between leave in
 * one call and one segment. A socket that had less than was asked for is not asked again before link_begin_turn().
 */
ssize_t link_receive(struct link *l, void *buffer, size_t size) MUST_USE;
ssize_t link_send(struct link *l, const void *bytes, size_t size) MUST_USE;

/* Give the socket what is kept. What it does not take goes next time; that the connection broke shows when it is read. */
void link_flush(struct link *l);

/* True when there is still something for the socket: the next turn needs it writable. */
bool link_has_unsent(const struct link *l) MUST_USE;

/* Keep the server's last words. */
void link_keep_farewell(struct link *l, struct slice message);

/*
 * What went wrong, in the operator's words. `doing` says what was waited for ("negotiating keys"), `why` what else is known. All return
 * their code: link_failure() ERR_PROTOCOL, the others `code`.
 */
int link_failure_lost(const struct link *l, const char *doing, int code, struct error *err);
int link_failure_time(const struct link *l, const char *doing, int code, struct error *err);
int link_failure(const struct link *l, const char *doing, const char *why, struct error *err);

#endif

/*
 * connect.h: from a name to a connected socket, off the loop and over every address the name has.
 *
 * Addresses are tried as RFC 8305 orders them: families take turns, beginning with the one the resolver puts first; each next attempt
 * starts when the one before failed or has taken 250 ms; the first to connect wins and the others are dropped.
 */
#ifndef SSHVET_CONNECT_H
#define SSHVET_CONNECT_H

#include <uv.h>

#include "error.h"

/* Opaque; frees itself after it called back or was cancelled. */
struct connector;

/*
 * How it ended: `fd` is a connected non-blocking socket that now belongs to the callee, and `address` its numeric address. Or `fd` is -1
 * and `failure` has ERR_RESOLVE, ERR_CONNECT_REFUSED, ERR_CONNECT_TIMEOUT, ERR_UNREACHABLE, ERR_PROTOCOL (reset at once) or ERR_INTERNAL; `address` is then the first that
 * was tried, "" when there was none; `may_retry` tells that it may have been a passing failure. Never called from within connector_start().
 */
typedef void connect_done(void *context, int fd, const char *address, const struct error *failure, bool may_retry);

/* Start. Texts must outlive the connector. ERR_NOMEM, ERR_INTERNAL. */
int connector_start(uv_loop_t *loop, const char *host, unsigned port, connect_done *done, void *context, struct connector **ret_connector,
                    struct error *err) MUST_USE;

/* True while the name is being resolved, so that nothing was connected to yet. */
bool connector_is_resolving(const struct connector *c) MUST_USE;

/* Stop; the callback will not be called. Memory and sockets go as the loop runs on. */
void connector_cancel(struct connector *c);

#endif

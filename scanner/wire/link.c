#include <sys/socket.h>

#include "link.h"

#include "limit.h"
#include "text.h"

/* What one connection may receive before the others on its loop have their turn. */
#define TURN_BYTES (256u * 1024)

void link_init(struct link *l, int fd, size_t most)
{
	*l = (struct link){ .fd = fd, .most = most };
	tap_init(&l->client);
	tap_init(&l->server);
}

void link_fini(struct link *l)
{
	if (l->fd >= 0)
		close(l->fd);
	tap_fini(&l->client);
	tap_fini(&l->server);
	*l = (struct link){ .fd = -1 };
}

void link_begin_turn(struct link *l)
{
	l->turn = TURN_BYTES;
}

/* A tap that gave up ends the connection: nothing the other side sends after that can be trusted to be SSH. */
static bool listen_in(struct link *l, struct tap *tap, const void *bytes, size_t len)
{
	return l->fault.code == 0 && tap_feed(tap, bytes, len, &l->fault) == 0;
}

ssize_t link_receive(struct link *l, void *buffer, size_t size)
{
	ssize_t n;

	if (l->turn == 0)
		return -EAGAIN; /* the socket stays readable, so the loop comes back after the others */
	do {
		n = recv(l->fd, buffer, size < l->turn ? size : l->turn, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return -EAGAIN;
	if (n <= 0) {
		l->lost = true;
		l->lost_errno = n < 0 ? errno : 0;
		return n < 0 ? -errno : 0;
	}
	l->turn -= (size_t)n;
	l->received += (size_t)n;
	if (l->received > l->most && l->fault.code == 0)
		error_set(&l->fault, ERR_PROTOCOL, "the server sent more than %zu bytes in one connection", l->most);
	return listen_in(l, &l->server, buffer, (size_t)n) ? n : -EPROTO;
}

ssize_t link_send(struct link *l, const void *bytes, size_t size)
{
	ssize_t n;

	do {
		n = send(l->fd, bytes, size, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n >= 0)
		return listen_in(l, &l->client, bytes, (size_t)n) ? n : -EPROTO;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return -EAGAIN;
	l->lost = true;
	l->lost_errno = errno;
	return -errno;
}

void link_keep_farewell(struct link *l, struct slice message)
{
	text_clean_into(l->farewell, sizeof(l->farewell), message);
}

static bool is_identified(const struct link *l)
{
	return l->server.identification.len > 0;
}

/* What came in place of the identification, clean; false when nothing did. */
static bool said_before(const struct link *l, char *dst, size_t size)
{
	if (is_identified(l) || tap_preface(&l->server).len == 0)
		return false;
	text_clean_into(dst, size, slice_trim(tap_preface(&l->server)));
	return true;
}

int link_failure_lost(const struct link *l, const char *doing, int code, struct error *err)
{
	char words[160];

	if (l->farewell[0])
		return error_set(err, code, "the server ended the connection while %s: %s", doing, l->farewell);
	if (said_before(l, words, sizeof(words)))
		return error_set(err, code, "the server said \"%s\" and closed the connection", words);
	if (l->lost_errno != 0)
		return error_set(err, code, "the connection broke while %s: %s", doing, strerror(l->lost_errno));
	if (!is_identified(l))
		return error_set(err, code,
		                 "the server closed the connection before it identified itself (MaxStartups, PerSourcePenalties or a "
		                 "wrapper may refuse this address)");
	return error_set(err, code, "the server closed the connection while %s", doing);
}

int link_failure_time(const struct link *l, const char *doing, int code, struct error *err)
{
	char words[160];

	if (said_before(l, words, sizeof(words)))
		return error_set(err, code, "timed out while %s; so far it said \"%s\"", doing, words);
	return error_set(err, code, "timed out while %s", doing);
}

int link_failure(const struct link *l, const char *doing, const char *why, struct error *err)
{
	char words[160];

	if (l->fault.code != 0)
		return error_set(err, ERR_PROTOCOL, "this is not an SSH server: %s", l->fault.text);
	if (l->lost)
		return link_failure_lost(l, doing, ERR_PROTOCOL, err);
	if (said_before(l, words, sizeof(words)))
		return error_set(err, ERR_PROTOCOL, "this is not an SSH server: it said \"%s\"", words);
	return error_set(err, ERR_PROTOCOL, "failed while %s: %s", doing, why);
}

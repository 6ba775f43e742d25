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
	buf_init(&l->unsent, LIMIT_UNSENT);
}

void link_fini(struct link *l)
{
	if (l->fd >= 0) {
		link_flush(l);
		close(l->fd);
	}
	tap_fini(&l->client);
	tap_fini(&l->server);
	buf_free(&l->unsent);
	*l = (struct link){ .fd = -1 };
}

void link_begin_turn(struct link *l)
{
	l->turn = TURN_BYTES;
	l->dry = false;
}

/* A tap that gave up ends the connection: nothing the other side sends after that can be trusted to be SSH. */
static bool listen_in(struct link *l, struct tap *tap, const void *bytes, size_t len)
{
	return l->fault.code == 0 && tap_feed(tap, bytes, len, &l->fault) == 0;
}

void link_flush(struct link *l)
{
	size_t sent = 0;

	while (!l->lost && sent < l->unsent.len) {
		ssize_t n = send(l->fd, l->unsent.ptr + sent, l->unsent.len - sent, MSG_NOSIGNAL);

		if (n >= 0) {
			sent += (size_t)n;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			break;
		} else if (errno != EINTR) {
			l->lost = true;
			l->lost_errno = errno;
		}
	}
	buf_drop(&l->unsent, l->lost ? l->unsent.len : sent);
}

bool link_has_unsent(const struct link *l)
{
	return l->unsent.len > 0;
}

/* Nothing came: on a connection that cannot be written to any more nothing will. */
static ssize_t nothing_received(struct link *l)
{
	l->dry = true;
	return l->lost ? -ECONNRESET : -EAGAIN;
}

ssize_t link_receive(struct link *l, void *buffer, size_t size)
{
	ssize_t n;

	link_flush(l);
	if (l->turn == 0)
		return -EAGAIN; /* the socket stays readable, so the loop comes back after the others */
	if (l->dry)
		return nothing_received(l);
	if (size > l->turn)
		size = l->turn;
	do {
		n = recv(l->fd, buffer, size, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return nothing_received(l);
	if (n <= 0) {
		l->lost = true;
		l->lost_errno = n < 0 ? errno : 0;
		return n < 0 ? -errno : 0;
	}
	l->dry = (size_t)n < size;
	l->turn -= (size_t)n;
	l->received += (size_t)n;
	if (l->received > l->most && l->fault.code == 0)
		error_set(&l->fault, ERR_PROTOCOL, "the server sent more than %zu bytes in one connection", l->most);
	return listen_in(l, &l->server, buffer, (size_t)n) ? n : -EPROTO;
}

/* Taken over as far as there is room; when there is none, the socket has to take some first. */
ssize_t link_send(struct link *l, const void *bytes, size_t size)
{
	if (size > l->unsent.max - l->unsent.len)
		link_flush(l);
	if (l->lost)
		return -ECONNRESET;
	if (l->unsent.len == l->unsent.max)
		return -EAGAIN;
	if (size > l->unsent.max - l->unsent.len)
		size = l->unsent.max - l->unsent.len;
	if (buf_append(&l->unsent, bytes, size, NULL) < 0)
		return -ENOMEM;
	return listen_in(l, &l->client, bytes, size) ? (ssize_t)size : -EPROTO;
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

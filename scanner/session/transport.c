/*
 * transport.c: the socket as libssh2 sees it, with the taps in between.
 */
#include <sys/socket.h>

#include "session_private.h"

#include "limit.h"
#include "text.h"

/* A tap that gave up ends the connection: nothing the other side sends after that can be trusted to be SSH. */
static bool listen_in(struct session *s, struct tap *tap, const void *bytes, size_t len)
{
	return s->wire_error.code == 0 && tap_feed(tap, bytes, len, &s->wire_error) == 0;
}

void transport_flush(struct session *s)
{
	size_t sent = 0;

	while (!s->lost && sent < s->unsent.len) {
		ssize_t n = send(s->fd, s->unsent.ptr + sent, s->unsent.len - sent, MSG_NOSIGNAL);

		if (n >= 0) {
			sent += (size_t)n;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			break;
		} else if (errno != EINTR) {
			s->lost = true;
			s->lost_errno = errno;
		}
	}
	buf_drop(&s->unsent, s->lost ? s->unsent.len : sent);
}

/* Nothing came: on a connection that cannot be written to any more nothing will. */
static ssize_t nothing_received(struct session *s)
{
	s->dry = true;
	return s->lost ? -ECONNRESET : -EAGAIN;
}

/* What was asked for and not there need not be asked for again: the loop reports whatever comes later. */
static ssize_t receive_from_socket(struct session *s, void *buffer, size_t size)
{
	ssize_t n;

	transport_flush(s);
	if (s->turn == 0)
		return -EAGAIN; /* the socket stays readable, so the loop comes back after the others */
	if (s->dry)
		return nothing_received(s);
	if (size > s->turn)
		size = s->turn;
	do {
		n = recv(s->fd, buffer, size, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return nothing_received(s);
	if (n <= 0) {
		s->lost = true;
		s->lost_errno = n < 0 ? errno : 0;
		return n < 0 ? -errno : 0;
	}
	s->dry = (size_t)n < size;
	s->turn -= (size_t)n;
	s->received += (size_t)n;
	if (s->received > LIMIT_CONNECTION && s->wire_error.code == 0)
		error_set(&s->wire_error, ERR_PROTOCOL, "the server sent more than %u bytes in one connection", LIMIT_CONNECTION);
	return listen_in(s, &s->server, buffer, (size_t)n) ? n : -EPROTO;
}

static LIBSSH2_RECV_FUNC(on_receive)
{
	struct session *s = *abstract;

	(void)socket;
	(void)flags;
	if (s->closing)
		return -ECONNRESET;
	if (s->early_used == s->early_len && length < sizeof(s->early)) {
		ssize_t n = receive_from_socket(s, s->early, sizeof(s->early));

		if (n <= 0)
			return n;
		s->early_used = 0;
		s->early_len = (size_t)n;
	}
	if (s->early_used < s->early_len) {
		size_t n = s->early_len - s->early_used;

		if (n > length)
			n = length;
		memcpy(buffer, s->early + s->early_used, n);
		s->early_used += n;
		return (ssize_t)n;
	}
	return receive_from_socket(s, buffer, length);
}

/* Taken over as far as there is room; when there is none, the socket has to take some first. */
static LIBSSH2_SEND_FUNC(on_send)
{
	struct session *s = *abstract;

	(void)socket;
	(void)flags;
	if (s->closing || s->lost)
		return -ECONNRESET;
	if (length > s->unsent.max - s->unsent.len)
		transport_flush(s);
	if (s->unsent.len == s->unsent.max)
		return s->lost ? -ECONNRESET : -EAGAIN;
	if (length > s->unsent.max - s->unsent.len)
		length = s->unsent.max - s->unsent.len;
	if (buf_append(&s->unsent, buffer, length, NULL) < 0)
		return -ENOMEM;
	return listen_in(s, &s->client, buffer, length) ? (ssize_t)length : -EPROTO;
}

static LIBSSH2_DISCONNECT_FUNC(on_disconnect)
{
	struct session *s = *abstract;

	(void)session;
	(void)reason;
	(void)language;
	(void)language_len;
	text_clean_into(s->farewell, sizeof(s->farewell),
	                (struct slice){ .ptr = message, .len = message_len > 0 ? (size_t)message_len : 0 });
}

void transport_attach(struct session *s)
{
	libssh2_session_callback_set2(s->ssh, LIBSSH2_CALLBACK_RECV, (libssh2_cb_generic *)on_receive);
	libssh2_session_callback_set2(s->ssh, LIBSSH2_CALLBACK_SEND, (libssh2_cb_generic *)on_send);
	libssh2_session_callback_set2(s->ssh, LIBSSH2_CALLBACK_DISCONNECT, (libssh2_cb_generic *)on_disconnect);
}

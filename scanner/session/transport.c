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

static ssize_t receive_from_socket(struct session *s, void *buffer, size_t size)
{
	ssize_t n;

	if (s->turn == 0)
		return -EAGAIN; /* the socket stays readable, so the loop comes back after the others */
	do {
		n = recv(s->fd, buffer, size < s->turn ? size : s->turn, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return -EAGAIN;
	if (n <= 0) {
		s->lost = true;
		s->lost_errno = n < 0 ? errno : 0;
		return n < 0 ? -errno : 0;
	}
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

static LIBSSH2_SEND_FUNC(on_send)
{
	struct session *s = *abstract;
	ssize_t         n;

	(void)socket;
	(void)flags;
	if (s->closing)
		return -ECONNRESET;
	do {
		n = send(s->fd, buffer, length, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n >= 0)
		return listen_in(s, &s->client, buffer, (size_t)n) ? n : -EPROTO;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return -EAGAIN;
	s->lost = true;
	s->lost_errno = errno;
	return -errno;
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

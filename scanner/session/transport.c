/*
 * transport.c: the socket as libssh2 sees it.
 */
#include "session_private.h"

static LIBSSH2_RECV_FUNC(on_receive)
{
	struct session *s = *abstract;

	(void)socket;
	(void)flags;
	if (s->closing)
		return -ECONNRESET;
	if (s->early_used == s->early_len && length < sizeof(s->early)) {
		ssize_t n = link_receive(&s->link, s->early, sizeof(s->early));

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
	return link_receive(&s->link, buffer, length);
}

static LIBSSH2_SEND_FUNC(on_send)
{
	struct session *s = *abstract;

	(void)socket;
	(void)flags;
	return s->closing ? -ECONNRESET : link_send(&s->link, buffer, length);
}

static LIBSSH2_DISCONNECT_FUNC(on_disconnect)
{
	struct session *s = *abstract;

	(void)session;
	(void)reason;
	(void)language;
	(void)language_len;
	link_keep_farewell(&s->link, (struct slice){ .ptr = message, .len = message_len > 0 ? (size_t)message_len : 0 });
}

void transport_attach(struct session *s)
{
	libssh2_session_callback_set2(s->ssh, LIBSSH2_CALLBACK_RECV, (libssh2_cb_generic *)on_receive);
	libssh2_session_callback_set2(s->ssh, LIBSSH2_CALLBACK_SEND, (libssh2_cb_generic *)on_send);
	libssh2_session_callback_set2(s->ssh, LIBSSH2_CALLBACK_DISCONNECT, (libssh2_cb_generic *)on_disconnect);
}

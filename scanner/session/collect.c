/*
 * collect.c: the collector's side of a session: start it, send it, take its output and its exit status.
 */
#include "session_private.h"

#include "limit.h"

/* The whole set of commands this program ever asks a server to run. */
static const char *const commands[] = {
	[BECOME_AUTO] = "exec /bin/sh -s",
	[BECOME_NONE] = "exec /bin/sh -s none",
	[BECOME_SUDO] = "exec /bin/sh -s sudo",
	[BECOME_DOAS] = "exec /bin/sh -s doas",
};

int collect_exec(struct session *s, struct error *err)
{
	int r = libssh2_channel_exec(s->channel, commands[s->config->become]);

	if (r == LIBSSH2_ERROR_EAGAIN)
		return ERR_AGAIN;
	if (r != 0)
		return failure_of_channel(s, "to run /bin/sh", err);
	s->state = SESSION_SEND;
	return 0;
}

/* Standard output and standard error together: neither may go on for ever. */
static int count(struct session *s, size_t n, struct error *err)
{
	s->collected += n;
	if (s->collected > LIMIT_EVIDENCE)
		return error_set(err, ERR_EVIDENCE_TOO_LARGE, "the target sent more than %u bytes of evidence", LIMIT_EVIDENCE);
	return 0;
}

/* Read one stream of the channel until it would wait (ERR_AGAIN) or has ended (0). Of standard error only the beginning is kept. */
static int read_stream(struct session *s, int stream, struct buf *keep, struct error *err)
{
	for (;;) {
		char    chunk[16384];
		ssize_t n = libssh2_channel_read_ex(s->channel, stream, chunk, sizeof(chunk));
		size_t  room = keep->max - keep->len;
		int     r;

		if (n == LIBSSH2_ERROR_EAGAIN)
			return ERR_AGAIN;
		if (n <= 0)
			return 0;
		r = count(s, (size_t)n, err);
		if (r == 0)
			r = buf_append(keep, chunk, (size_t)n < room ? (size_t)n : room, err);
		if (r < 0)
			return r;
	}
}

/* What libssh2 has received for the channel and nobody has read. */
static unsigned long queued(const struct session *s)
{
	unsigned long bytes = 0;

	(void)libssh2_channel_window_read_ex(s->channel, &bytes, NULL);
	return bytes;
}

/*
 * Read all there is. Reading either stream makes libssh2 receive for both, so one pass can leave bytes behind that no event on the
 * socket will announce; a pass that found bytes waiting and got none is held up by a full socket. 0 when both streams have ended, or ERR_AGAIN.
 */
static int drain(struct session *s, struct error *err)
{
	bool again;

	do {
		unsigned long before = queued(s);
		size_t        collected = s->collected;
		int           out = read_stream(s, 0, &s->output, err);
		int           errors = out < 0 && out != ERR_AGAIN ? out : read_stream(s, SSH_EXTENDED_DATA_STDERR, &s->complaint, err);

		if (errors < 0 && errors != ERR_AGAIN)
			return errors;
		if (out == 0 && errors == 0)
			return 0;
		again = queued(s) > 0 && (before == 0 || s->collected > collected);
	} while (again);
	return s->link.lost || libssh2_channel_eof(s->channel) ? 0 : ERR_AGAIN;
}

/* A write waits: for room in the socket, or for the server to want more, which one whose command has ended never does. */
static int wait_to_send(struct session *s, struct error *err)
{
	if (libssh2_session_block_directions(s->ssh) & LIBSSH2_SESSION_BLOCK_OUTBOUND)
		return ERR_AGAIN; /* half a packet is out: nothing else may be sent, and reading may send */
	return drain(s, err);
}

/*
 * A forced command or a nologin shell may close its input before it read the script. That is no failure by itself: what it printed decides.
 */
int collect_send(struct session *s, struct error *err)
{
	struct slice script = s->config->collector;

	while (s->sent < script.len) {
		ssize_t n = libssh2_channel_write(s->channel, script.ptr + s->sent, script.len - s->sent);

		if (n == LIBSSH2_ERROR_EAGAIN || n == 0) {
			int r = wait_to_send(s, err);

			if (r < 0)
				return r;
			break;
		}
		if (n < 0)
			break;
		s->sent += (size_t)n;
	}
	if (libssh2_channel_send_eof(s->channel) == LIBSSH2_ERROR_EAGAIN)
		return ERR_AGAIN;
	s->state = SESSION_COLLECT;
	return 0;
}

/*
 * A connection that breaks here is no failure of the session: the evidence that came is used, and what is missing is `error`.
 */
int collect_output(struct session *s, struct error *err)
{
	int r = drain(s, err);

	if (r < 0)
		return r;
	if (s->link.fault.code != 0)
		return error_set(err, ERR_EVIDENCE_TOO_LARGE, "%s", s->link.fault.text);
	s->state = s->link.lost ? SESSION_DONE : SESSION_STATUS;
	return 0;
}

/* The exit status comes before the channel is closed, but may come after the end of the output. None at all is no failure. */
int collect_status(struct session *s, struct error *err)
{
	char *signal_name = NULL;
	int   r = libssh2_channel_wait_closed(s->channel);

	(void)err;
	if (r == LIBSSH2_ERROR_EAGAIN)
		return ERR_AGAIN;
	if (r == 0 && libssh2_channel_get_exit_signal(s->channel, &signal_name, NULL, NULL, NULL, NULL, NULL) == 0 && !signal_name)
		s->exit_status = libssh2_channel_get_exit_status(s->channel);
	libssh2_free(s->ssh, signal_name);
	s->state = SESSION_DONE;
	return 0;
}

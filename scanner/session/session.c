#include "session_private.h"

#include "limit.h"
#include "mem.h"
#include "text.h"

static const struct {
	const char *text;
	int         timeout;
	unsigned    seconds;
} state_rows[] = {
#define STATE(name, text, timeout_code, seconds) [SESSION_##name] = { text, timeout_code, seconds },
#include "session_state.def"
#undef STATE
};
static_assert(countof(state_rows) == SESSION_STATES, "every state has a row");

int session_global_init(struct error *err)
{
	if (libssh2_init(0) != 0)
		return error_set(err, ERR_INTERNAL, "libssh2 cannot be initialised");
	return 0;
}

void session_global_fini(void)
{
	libssh2_exit();
}

static LIBSSH2_ALLOC_FUNC(on_alloc)
{
	struct session *s = *abstract;

	return allocation_resize(&s->allocations, NULL, count);
}

static LIBSSH2_REALLOC_FUNC(on_realloc)
{
	struct session *s = *abstract;

	return allocation_resize(&s->allocations, ptr, count);
}

static LIBSSH2_FREE_FUNC(on_free)
{
	struct session *s = *abstract;

	allocation_free(&s->allocations, ptr);
}

int session_new(const struct session_config *config, int fd, const char *host, unsigned port, const char *user,
                struct session **ret_session, struct error *err)
{
	struct session *s = mem_zalloc(sizeof(*s));
	int             r = 0;

	if (!s) {
		close(fd);
		return error_nomem(err);
	}
	*s = (struct session){ .config = config, .host = host, .port = port, .user = user, .self = s, .exit_status = -1 };
	link_init(&s->link, fd, LIMIT_CONNECTION);
	buf_init(&s->output, LIMIT_EVIDENCE);
	buf_init(&s->complaint, LIMIT_COMPLAINT);
	s->ssh = libssh2_session_init_ex(on_alloc, on_free, on_realloc, s);
	if (!s->ssh)
		r = error_nomem(err);
	if (r == 0) {
		libssh2_session_set_blocking(s->ssh, 0);
		transport_attach(s);
		r = host_key_prefer_known(s, err);
	}
	if (r < 0) {
		session_free(s);
		return r;
	}
	*ret_session = s;
	return 0;
}

/* The handshake is one call of libssh2; the tap tells which half of it we are in. */
static int step_handshake(struct session *s, struct error *err)
{
	int r = libssh2_session_handshake(s->ssh, s->link.fd);

	if (s->state == SESSION_BANNER && s->link.server.identification.len > 0)
		s->state = SESSION_KEX;
	if (r == LIBSSH2_ERROR_EAGAIN)
		return ERR_AGAIN;
	if (r != 0)
		return failure_of_handshake(s, err);
	s->state = SESSION_HOST_KEY;
	return 0;
}

static int step_host_key(struct session *s, struct error *err)
{
	int r = host_key_verify(s, err);

	if (r == 0)
		s->state = SESSION_AUTH;
	return r;
}

/* Take a string (RFC 4251, section 5) off the front. */
static bool take_string(struct slice *rest, struct slice *ret_string)
{
	const unsigned char *p = (const unsigned char *)rest->ptr;
	size_t               len;

	if (rest->len < 4)
		return false;
	len = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	if (len > rest->len - 4)
		return false;
	*ret_string = slice_sub(*rest, 4, len);
	*rest = slice_sub(*rest, 4 + len, SIZE_MAX);
	return true;
}

/* The algorithm libssh2 chose stands in what is to be signed (RFC 4252, section 7). */
static bool signature_algorithm(struct slice data, char *dst, size_t size)
{
	struct slice session_id;
	struct slice user;
	struct slice service;
	struct slice method;
	struct slice algorithm;

	if (!take_string(&data, &session_id))
		return false;
	data = slice_sub(data, 1, SIZE_MAX); /* SSH_MSG_USERAUTH_REQUEST */
	if (!take_string(&data, &user) || !take_string(&data, &service) || !take_string(&data, &method))
		return false;
	data = slice_sub(data, 1, SIZE_MAX); /* TRUE */
	if (!take_string(&data, &algorithm) || algorithm.len >= size)
		return false;
	memcpy(dst, algorithm.ptr, algorithm.len);
	dst[algorithm.len] = '\0';
	return true;
}

/* libssh2 releases the signature, so it has to be of its own memory. */
static int sign(struct session *s, const char *algorithm, struct slice data, unsigned char **ret_signature, size_t *ret_len)
{
	unsigned char *signature;
	size_t         len;
	int            r = identity_sign(s->config->identity, algorithm, data, &signature, &len, &s->sign_error);

	if (r < 0)
		return r;
	*ret_signature = allocation_resize(&s->allocations, NULL, len);
	if (*ret_signature) {
		memcpy(*ret_signature, signature, len);
		*ret_len = len;
	} else {
		r = error_nomem(&s->sign_error);
	}
	mem_free(signature);
	return r;
}

static LIBSSH2_USERAUTH_PUBLICKEY_SIGN_FUNC(on_sign)
{
	struct session *s = *abstract;
	struct slice    bytes = { .ptr = (const char *)data, .len = data_len };
	char            algorithm[65];

	(void)session;
	if (!signature_algorithm(bytes, algorithm, sizeof(algorithm)))
		error_set(&s->sign_error, ERR_INTERNAL, "libssh2 asked for a signature over something unknown");
	else if (sign(s, algorithm, bytes, sig, sig_len) == 0)
		return 0;
	return LIBSSH2_ERROR_AUTHENTICATION_FAILED;
}

static int step_auth(struct session *s, struct error *err)
{
	struct slice key = identity_public_key(s->config->identity);
	int          r = libssh2_userauth_publickey(s->ssh, s->user, (const unsigned char *)key.ptr, key.len, on_sign, &s->self);

	if (r == LIBSSH2_ERROR_EAGAIN)
		return ERR_AGAIN;
	if (r != 0)
		return failure_of_auth(s, err);
	s->state = SESSION_CHANNEL;
	return 0;
}

static int step_channel(struct session *s, struct error *err)
{
	s->channel = libssh2_channel_open_session(s->ssh);
	if (s->channel) {
		s->state = SESSION_EXEC;
		return 0;
	}
	if (libssh2_session_last_errno(s->ssh) == LIBSSH2_ERROR_EAGAIN)
		return ERR_AGAIN;
	return failure_of_channel(s, "a session channel", err);
}

typedef int session_step(struct session *s, struct error *err);

/* One function per state; each either advances, waits (ERR_AGAIN) or fails. */
static session_step *const steps[] = {
	[SESSION_BANNER] = step_handshake, [SESSION_KEX] = step_handshake, [SESSION_HOST_KEY] = step_host_key,
	[SESSION_AUTH] = step_auth,        [SESSION_CHANNEL] = step_channel, [SESSION_EXEC] = collect_exec,
	[SESSION_SEND] = collect_send,     [SESSION_COLLECT] = collect_output, [SESSION_STATUS] = collect_status,
};
static_assert(countof(steps) == SESSION_DONE, "every state but the last has a step");

int session_advance(struct session *s, struct error *err)
{
	int r = 0;

	link_begin_turn(&s->link);
	while (r == 0 && s->state < SESSION_DONE)
		r = steps[s->state](s, err);
	link_flush(&s->link);
	return r;
}

enum session_state session_state(const struct session *s)
{
	return s->state;
}

const char *session_state_text(enum session_state state)
{
	return state_rows[state].text;
}

unsigned session_state_seconds(enum session_state state)
{
	return state_rows[state].seconds;
}

int session_timed_out(struct session *s, struct error *err)
{
	s->link.lost = true;
	if (s->state == SESSION_STATUS)
		return 0;
	return failure_of_time(s, state_rows[s->state].timeout, err);
}

int session_broke_off(const struct session *s, struct error *err)
{
	if (!s->link.lost || !s->channel || libssh2_channel_eof(s->channel))
		return 0;
	return link_failure_lost(&s->link, session_state_text(SESSION_COLLECT), ERR_COLLECTOR_FAILED, err);
}

bool session_may_retry(const struct session *s)
{
	return s->link.lost && s->state < SESSION_AUTH;
}

struct link_wait session_waits_for(const struct session *s)
{
	int directions = libssh2_session_block_directions(s->ssh);

	return (struct link_wait){ .read = (directions & LIBSSH2_SESSION_BLOCK_INBOUND) != 0 || directions == 0,
		                   .write = (directions & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0 || link_has_unsent(&s->link) };
}

struct slice session_identification(const struct session *s)
{
	return s->link.server.identification;
}

struct slice session_kexinit(const struct session *s)
{
	return s->link.server.kexinit;
}

struct slice session_host_key(const struct session *s)
{
	size_t      len = 0;
	const char *blob = libssh2_session_hostkey(s->ssh, &len, NULL);

	return (struct slice){ .ptr = blob, .len = blob ? len : 0 };
}

const char *session_host_key_fingerprint(const struct session *s)
{
	return s->fingerprint[0] ? s->fingerprint : NULL;
}

struct buf *session_output(struct session *s)
{
	return &s->output;
}

struct slice session_complaint(const struct session *s)
{
	return buf_slice(&s->complaint);
}

int session_exit_status(const struct session *s)
{
	return s->exit_status;
}

void session_free(struct session *s)
{
	if (!s)
		return;
	if (s->ssh) {
		if (!s->link.lost && s->state > SESSION_KEX)
			libssh2_session_disconnect(s->ssh, "scan finished");
		s->closing = true; /* from here on libssh2 cannot wait for anything */
		libssh2_session_free(s->ssh);
	}
	allocations_fini(&s->allocations);
	link_fini(&s->link);
	buf_free(&s->output);
	buf_free(&s->complaint);
	mem_free(s);
}

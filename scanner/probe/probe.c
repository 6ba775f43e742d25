#include "probe.h"

#include "key_request.h"
#include "limit.h"
#include "mem.h"

#define IDENTIFICATION "SSH-2.0-sshvet_" SSHVET_VERSION "\r\n"

struct probe {
	struct link        link;
	enum probe_state   state;
	struct key_request request;
	struct buf         out;  /* still to be sent */
	size_t             sent; /* bytes of it */

	struct buf       identification; /* of the first connection that had one */
	struct buf       kexinit;
	struct probe_key keys[PROBE_KEYS_MAX];
	size_t           nkeys;
	size_t           next;    /* the key to ask for */
	size_t           omitted; /* types past PROBE_KEYS_MAX */
	bool             planned; /* the keys to ask for are known */
};

static const struct {
	const char *text;
	int         timeout;
	unsigned    seconds;
} state_rows[] = {
#define STATE(name, text, timeout_code, seconds) [PROBE_##name] = { text, timeout_code, seconds },
#include "probe_state.def"
#undef STATE
};
static_assert(countof(state_rows) == PROBE_STATES, "every state has a row");

int probe_new(struct probe **ret_probe, struct error *err)
{
	struct probe *p = mem_zalloc(sizeof(*p));

	if (!p)
		return error_nomem(err);
	link_init(&p->link, -1, 0);
	key_request_init(&p->request);
	buf_init(&p->out, LIMIT_KEXINIT * 2);
	buf_init(&p->identification, LIMIT_IDENTIFICATION);
	buf_init(&p->kexinit, LIMIT_KEXINIT);
	*ret_probe = p;
	return 0;
}

void probe_free(struct probe *p)
{
	if (!p)
		return;
	probe_hang_up(p);
	buf_free(&p->identification);
	buf_free(&p->kexinit);
	for (size_t i = 0; i < p->nkeys; i++) {
		mem_free(p->keys[i].algorithm);
		buf_free(&p->keys[i].blob);
	}
	mem_free(p);
}

int probe_begin(struct probe *p, int fd, struct error *err)
{
	link_init(&p->link, fd, LIMIT_PROBE);
	p->state = PROBE_IDENTIFICATION;
	return buf_append_text(&p->out, IDENTIFICATION, err);
}

void probe_hang_up(struct probe *p)
{
	link_fini(&p->link);
	key_request_fini(&p->request);
	key_request_init(&p->request);
	buf_free(&p->out);
	p->sent = 0;
	p->state = PROBE_IDENTIFICATION;
}

/* Send what is to be sent. 0 when all of it left. */
static int flush(struct probe *p)
{
	while (p->sent < p->out.len) {
		ssize_t n = link_send(&p->link, p->out.ptr + p->sent, p->out.len - p->sent);

		if (n < 0)
			return n == -EAGAIN ? ERR_AGAIN : ERR_PROTOCOL;
		p->sent += (size_t)n;
	}
	buf_clear(&p->out);
	p->sent = 0;
	return 0;
}

static bool is_planned(const struct probe *p, struct slice type)
{
	for (size_t i = 0; i < p->nkeys; i++)
		if (slice_equal(key_request_type(slice_of(p->keys[i].algorithm)), type))
			return true;
	return false;
}

/* One key of each type the server offers, in its own order. */
static int plan(struct probe *p, struct slice algorithms, struct error *err)
{
	struct slice name;

	p->planned = true;
	while (slice_next(&algorithms, ',', &name)) {
		struct probe_key *key = &p->keys[p->nkeys];

		if (is_planned(p, key_request_type(name)))
			continue;
		if (p->nkeys == PROBE_KEYS_MAX) {
			p->omitted++;
			continue;
		}
		key->algorithm = mem_copy_text(name.ptr, name.len);
		if (!key->algorithm)
			return error_nomem(err);
		buf_init(&key->blob, LIMIT_KEXINIT);
		p->nkeys++;
	}
	return 0;
}

/* What the first connection showed stays; later ones only bring keys. */
static int keep_seen(struct probe *p, const struct kexinit *k, struct error *err)
{
	int r;

	if (p->planned)
		return 0;
	r = buf_append_slice(&p->identification, p->link.server.identification, err);
	if (r == 0)
		r = buf_append_slice(&p->kexinit, p->link.server.kexinit, err);
	return r < 0 ? r : plan(p, k->lists[KEXINIT_HOST_KEY], err);
}

/* A server that speaks version 1 alone has said all it can say to us. */
static bool is_version_1(struct slice line)
{
	struct identification id;

	return identification_parse(line, &id, NULL) == 0 && slice_has_prefix(id.protocol, "1.") && !slice_is(id.protocol, "1.99");
}

static int end_of_version_1(struct probe *p, struct error *err)
{
	int r = buf_append_slice(&p->identification, p->link.server.identification, err);

	p->planned = true;
	p->state = PROBE_DONE;
	return r;
}

/* Its algorithms are there: keep them, and ask for the next key. */
static int ask(struct probe *p, struct error *err)
{
	struct kexinit k;
	int            r = kexinit_parse(p->link.server.kexinit, &k, err);

	if (r == 0)
		r = keep_seen(p, &k, err);
	if (r < 0)
		return r;
	if (p->next == p->nkeys) {
		p->state = PROBE_DONE;
		return 0;
	}
	p->state = PROBE_HOST_KEY;
	return key_request_begin(&p->request, &k, slice_of(p->keys[p->next].algorithm), &p->out, err);
}

/* Hand bytes to the request; when the key came, say good-bye, whether or not that can leave. */
static int hear(struct probe *p, struct slice bytes, struct error *err)
{
	struct probe_key *key = &p->keys[p->next];
	int               r = key_request_feed(&p->request, bytes.ptr, bytes.len, &p->out, err);

	if (r < 0)
		return r;
	r = buf_append_slice(&key->blob, buf_slice(&p->request.key), err);
	if (r == 0)
		r = key_request_end(&p->out, err);
	if (r == 0)
		(void)flush(p);
	p->next++;
	p->state = PROBE_DONE;
	return r;
}

/* The next bytes, which the tap heard first. */
static int take(struct probe *p, struct slice bytes, struct error *err)
{
	struct tap *tap = &p->link.server;
	int         r;

	if (p->state == PROBE_HOST_KEY)
		return hear(p, bytes, err);
	if (p->state == PROBE_IDENTIFICATION && tap->identification.len > 0) {
		if (is_version_1(tap->identification))
			return end_of_version_1(p, err);
		p->state = PROBE_ALGORITHMS;
	}
	if (!tap->done)
		return ERR_AGAIN;
	r = ask(p, err);
	return r < 0 || p->state == PROBE_DONE ? r : hear(p, tap_rest(tap), err);
}

static int broken(const struct probe *p, struct error *err)
{
	return link_failure(&p->link, state_rows[p->state].text, "the connection cannot be used", err);
}

int probe_advance(struct probe *p, struct error *err)
{
	char    bytes[4096];
	ssize_t n;
	int     r;

	link_begin_turn(&p->link);
	for (;;) {
		if (flush(p) == ERR_PROTOCOL)
			return broken(p, err);
		n = link_receive(&p->link, bytes, sizeof(bytes));
		if (n == -EAGAIN)
			return ERR_AGAIN;
		if (n <= 0)
			return broken(p, err);
		r = take(p, (struct slice){ .ptr = bytes, .len = (size_t)n }, err);
		if (r != ERR_AGAIN)
			return r;
	}
}

enum probe_state probe_state(const struct probe *p)
{
	return p->state;
}

unsigned probe_state_seconds(enum probe_state state)
{
	return state_rows[state].seconds;
}

struct link_wait probe_waits_for(const struct probe *p)
{
	return (struct link_wait){ .read = true, .write = p->sent < p->out.len || link_has_unsent(&p->link) };
}

int probe_timed_out(struct probe *p, struct error *err)
{
	p->link.lost = true;
	return link_failure_time(&p->link, state_rows[p->state].text, state_rows[p->state].timeout, err);
}

bool probe_may_retry(const struct probe *p)
{
	return p->link.lost;
}

bool probe_wants_more(const struct probe *p)
{
	return p->planned && p->next < p->nkeys;
}

bool probe_give_up(struct probe *p, const struct error *failure)
{
	bool   others = p->state == PROBE_HOST_KEY && failure->code != ERR_NEGOTIATION;
	size_t last = others ? p->next + 1 : p->nkeys;

	if (!p->planned)
		return false;
	for (; p->next < last; p->next++)
		p->keys[p->next].why = *failure;
	return true;
}

struct slice probe_identification(const struct probe *p)
{
	return buf_slice(&p->identification);
}

struct slice probe_kexinit(const struct probe *p)
{
	return buf_slice(&p->kexinit);
}

const struct probe_key *probe_keys(const struct probe *p, size_t *ret_count, size_t *ret_omitted)
{
	*ret_count = p->nkeys;
	*ret_omitted = p->omitted;
	return p->keys;
}

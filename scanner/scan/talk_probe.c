/*
 * talk_probe.c: a probe: no login, and one connection for each type of host key.
 */
#include "scan_private.h"

#include "probe.h"
#include "public_key.h"

/* Enough for the system to ask a silent address three times (at once, after 1 and after 3 seconds). */
#define CONNECT_SECONDS 5u

/* Evidence of a collector that said nothing. */
#define NONCE          "00000000000000000000000000000000"
#define EMPTY_EVIDENCE "sshvet-evidence 1 " NONCE "\n" NONCE " done\n"

static int begin(struct talk *t, int fd, struct error *err)
{
	int r = t->probe ? 0 : probe_new(&t->probe, err);

	if (r < 0) {
		close(fd);
		return r;
	}
	return probe_begin(t->probe, fd, err);
}

static int advance(struct talk *t, struct error *err)
{
	return probe_advance(t->probe, err);
}

static unsigned state(const struct talk *t)
{
	return probe_state(t->probe);
}

static unsigned state_seconds(unsigned number)
{
	return probe_state_seconds((enum probe_state)number);
}

static struct link_wait waits_for(const struct talk *t)
{
	return probe_waits_for(t->probe);
}

static int timed_out(struct talk *t, struct error *err)
{
	return probe_timed_out(t->probe, err);
}

static bool may_retry(const struct talk *t)
{
	return probe_may_retry(t->probe);
}

static bool wants_more(const struct talk *t)
{
	return probe_wants_more(t->probe);
}

/* A fault of our own ends the whole, as it would with the first connection. */
static bool survives(struct talk *t, const struct error *failure)
{
	return t->probe && error_is_of_target(failure->code) && probe_give_up(t->probe, failure);
}

static int evidence(const struct talk *t, struct evidence **ret_evidence, struct error *err)
{
	struct buf stream;
	int        r;

	(void)t;
	buf_init(&stream, sizeof(EMPTY_EVIDENCE));
	r = buf_append_text(&stream, EMPTY_EVIDENCE, err);
	if (r == 0)
		r = evidence_parse(&stream, EVIDENCE_SAVED, ret_evidence, err);
	buf_free(&stream);
	return r;
}

/* A key that was shown, or why it was not. */
static int add_key(struct evidence *ev, const struct probe_key *key, struct error *err)
{
	char                       fingerprint[FINGERPRINT_SIZE] = "";
	const struct evidence_pair shown[] = { { "algorithm", key->algorithm }, { "fingerprint", fingerprint } };
	const struct evidence_pair missing[] = { { "algorithm", key->algorithm },
		                                 { "code", error_code_name(key->why.code) },
		                                 { "message", key->why.text } };

	if (key->why.code != 0)
		return evidence_add(ev, "wire.host_key_missing", missing, countof(missing), (struct slice){ 0 }, err);
	public_key_fingerprint(buf_slice(&key->blob), fingerprint);
	return talk_add_hex(ev, "wire.host_key", shown, countof(shown), buf_slice(&key->blob), err);
}

/* Types past the limit were not asked for. */
static int add_omitted(struct evidence *ev, size_t omitted, struct error *err)
{
	char                       message[80];
	const struct evidence_pair missing[] = { { "code", error_code_name(ERR_TOO_BIG) }, { "message", message } };

	if (omitted == 0)
		return 0;
	snprintf(message, sizeof(message), "%zu more types are offered than the %u that are asked for", omitted, PROBE_KEYS_MAX);
	return evidence_add(ev, "wire.host_key_missing", missing, countof(missing), (struct slice){ 0 }, err);
}

static int add_wire(const struct talk *t, struct evidence *ev, struct error *err)
{
	size_t                  count;
	size_t                  omitted;
	const struct probe_key *keys = probe_keys(t->probe, &count, &omitted);
	int                     r = evidence_add(ev, "wire.identification", NULL, 0, probe_identification(t->probe), err);

	if (r == 0)
		r = talk_add_hex(ev, "wire.kexinit", NULL, 0, probe_kexinit(t->probe), err);
	for (size_t i = 0; i < count && r == 0; i++)
		r = add_key(ev, &keys[i], err);
	return r < 0 ? r : add_omitted(ev, omitted, err);
}

/* Shown, but nobody asked for a proof. */
static const char *host_key_fingerprint(const struct talk *t)
{
	(void)t;
	return NULL;
}

static void hang_up(struct talk *t)
{
	if (t->probe)
		probe_hang_up(t->probe);
}

static void end(struct talk *t)
{
	probe_free(t->probe);
	t->probe = NULL;
}

const struct talk_kind talk_probe = {
	.connect_seconds = CONNECT_SECONDS,
	.begin = begin,
	.advance = advance,
	.state = state,
	.state_seconds = state_seconds,
	.waits_for = waits_for,
	.timed_out = timed_out,
	.may_retry = may_retry,
	.wants_more = wants_more,
	.survives = survives,
	.evidence = evidence,
	.add_wire = add_wire,
	.host_key_fingerprint = host_key_fingerprint,
	.hang_up = hang_up,
	.end = end,
};

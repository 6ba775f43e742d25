/*
 * talk_session.c: a scan: one connection, one login, the collector.
 */
#include "scan_private.h"

#include "text.h"

#define CONNECT_SECONDS 15u

static int begin(struct talk *t, int fd, struct error *err)
{
	return session_new(&t->scan->session, fd, t->target->host, t->target->port, t->target->user, &t->session, err);
}

static int advance(struct talk *t, struct error *err)
{
	return session_advance(t->session, err);
}

static unsigned state(const struct talk *t)
{
	return session_state(t->session);
}

static unsigned state_seconds(unsigned number)
{
	return session_state_seconds((enum session_state)number);
}

static struct link_wait waits_for(const struct talk *t)
{
	return session_waits_for(t->session);
}

static int timed_out(struct talk *t, struct error *err)
{
	return session_timed_out(t->session, err);
}

static bool may_retry(const struct talk *t)
{
	return session_may_retry(t->session);
}

static bool wants_more(const struct talk *t)
{
	(void)t;
	return false;
}

static bool survives(struct talk *t, const struct error *failure)
{
	(void)t;
	(void)failure;
	return false;
}

/* Why no evidence came, with the collector's own last words, and how the connection ended where it did before them. */
static int explain(const struct talk *t, struct error *err)
{
	struct slice complaint = slice_trim(session_complaint(t->session));
	int          status = session_exit_status(t->session);
	char         words[300];
	struct error loss = { 0 };

	if (err->code != ERR_COLLECTOR_FAILED)
		return err->code;
	text_clean_into(words, sizeof(words), complaint);
	if (status >= 0)
		error_prefix(err, "exit status %d%s%s", status, complaint.len > 0 ? ", " : "", words);
	else if (complaint.len > 0)
		error_prefix(err, "%s", words);
	if (session_broke_off(t->session, &loss) < 0)
		error_prefix(err, "%s", loss.text);
	return err->code;
}

static int evidence(const struct talk *t, struct evidence **ret_evidence, struct error *err)
{
	int r = evidence_parse(session_output(t->session), EVIDENCE_FROM_TARGET, ret_evidence, err);

	return r < 0 ? explain(t, err) : 0;
}

static const char *host_key_fingerprint(const struct talk *t)
{
	return t->session ? session_host_key_fingerprint(t->session) : NULL;
}

static int add_wire(const struct talk *t, struct evidence *ev, struct error *err)
{
	const char                *fingerprint = host_key_fingerprint(t);
	const struct evidence_pair key[] = { { "fingerprint", fingerprint ? fingerprint : "" } };
	int                        r = evidence_add(ev, "wire.identification", NULL, 0, session_identification(t->session), err);

	if (r == 0)
		r = talk_add_hex(ev, "wire.kexinit", NULL, 0, session_kexinit(t->session), err);
	return r < 0 ? r : talk_add_hex(ev, "wire.host_key", key, countof(key), session_host_key(t->session), err);
}

static void hang_up(struct talk *t)
{
	session_free(t->session);
	t->session = NULL;
}

const struct talk_kind talk_session = {
	.connect_seconds = CONNECT_SECONDS,
	.retries_connecting = true,
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
	.end = hang_up,
};

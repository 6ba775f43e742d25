#include "scan_private.h"

#include "clock.h"
#include "mem.h"

#define BACKOFF_MS 500u /* before the second try; doubles with each, plus up to as much again by chance */
#define PAUSE_MS   100u /* between the connections to one target */

/* One target in flight. Freed when its handles are closed. */
struct run {
	struct worker       *worker;
	struct run          *previous;
	struct run          *following;
	const struct target *target;
	size_t               index;
	uint64_t             started;
	uint64_t             deadline;  /* of the whole target, clock_milliseconds() */
	unsigned             tries;     /* of this connection, begun so far */
	struct connector    *connector; /* while connecting */
	struct talk          talk;
	unsigned             timed; /* the state the timer was set for */
	uv_timer_t           timer;
	uv_poll_t            poll;
	bool                 polling;   /* the poll handle is open */
	int                  events;    /* what it waits for */
	unsigned             handles;   /* open handles */
	bool                 connected; /* once; then `address` is where it is to be found */
	char                 address[64];
};

static void try_again(uv_timer_t *timer);

static void on_handle_closed(uv_handle_t *handle)
{
	struct run    *run = handle->data;
	struct worker *w = run->worker;

	if (--run->handles > 0 || run->following != run)
		return;
	mem_free(run);
	w->running--;
	worker_fill(w);
}

/* Take the run out of its worker's list; a run that follows itself is in none. */
static void unlink_run(struct run *run)
{
	if (run->previous)
		run->previous->following = run->following;
	else
		run->worker->runs = run->following;
	if (run->following)
		run->following->previous = run->previous;
	run->following = run;
}

static void stop_polling(struct run *run)
{
	if (!run->polling)
		return;
	run->polling = false;
	run->events = 0;
	uv_close((uv_handle_t *)&run->poll, on_handle_closed);
}

/* Let go of the connection; its socket is closed after the loop forgot it. */
static void hang_up(struct run *run)
{
	stop_polling(run);
	run->talk.kind->hang_up(&run->talk);
}

/* The end of this target: write it down and close everything. */
static void finish(struct run *run, const struct error *failure)
{
	struct scan   *scan = run->worker->scan;
	struct outcome o = { .index = run->index,
		             .address = run->address,
		             .talk = &run->talk,
		             .duration_ms = clock_milliseconds() - run->started };

	if (failure) {
		o.failure = *failure;
		if (run->tries > 1)
			error_prefix(&o.failure, "after %u tries", run->tries);
	}
	if (run->connector)
		connector_cancel(run->connector);
	run->connector = NULL;
	stop_polling(run);
	record(scan, &o);
	run->talk.kind->end(&run->talk);
	atomic_fetch_sub(&scan->in_flight, 1);
	unlink_run(run);
	uv_close((uv_handle_t *)&run->timer, on_handle_closed);
}

/* A small pseudo-random number (xorshift64): only there so that many targets do not come back in step. */
static uint64_t jitter(struct worker *w, uint64_t below)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return w->random % below;
}

/* One more connection to the same target, after a pause; without time for it, the talk is told so. */
static void go_on(struct run *run)
{
	struct error late = { 0 };

	if (clock_milliseconds() + PAUSE_MS >= run->deadline) {
		error_set(&late, ERR_CONNECT_TIMEOUT, "no time was left for another connection (--timeout)");
		(void)run->talk.kind->survives(&run->talk, &late);
	}
	if (!run->talk.kind->wants_more(&run->talk)) {
		finish(run, NULL);
		return;
	}
	run->tries = 0;
	uv_timer_start(&run->timer, try_again, PAUSE_MS, 0);
}

/* This connection failed for good, and with it the target, unless it was not the first. */
static void end_try(struct run *run, const struct error *failure)
{
	if (!run->talk.kind->survives(&run->talk, failure)) {
		finish(run, failure);
		return;
	}
	hang_up(run);
	go_on(run);
}

/* This try failed: another one after a pause, if it makes sense and there is time. */
static void fail(struct run *run, bool may_retry, const struct error *failure)
{
	const struct scan_options *options = run->worker->scan->options;
	uint64_t                   pause = (uint64_t)BACKOFF_MS << (run->tries < 10 ? run->tries - 1 : 9);

	pause += jitter(run->worker, pause);
	if (!may_retry || run->tries > options->retries || clock_milliseconds() + pause >= run->deadline) {
		end_try(run, failure);
		return;
	}
	if (options->verbose)
		progress_log(run->worker->scan, "sshvet: %s: %s: %s; trying again in %" PRIu64 " ms\n", run->target->name,
		             error_code_name(failure->code), failure->text, pause);
	hang_up(run);
	uv_timer_start(&run->timer, try_again, pause, 0);
}

/* Fire after `seconds` (0: no limit of its own), but never later than the target's deadline. */
static void set_timer(struct run *run, uv_timer_cb callback, unsigned seconds)
{
	uint64_t now = clock_milliseconds();
	uint64_t left = run->deadline > now ? run->deadline - now : 0;

	if (seconds > 0 && (uint64_t)seconds * 1000 < left)
		left = (uint64_t)seconds * 1000;
	uv_timer_start(&run->timer, callback, left, 0);
}

static void on_state_timeout(uv_timer_t *timer)
{
	struct run  *run = timer->data;
	struct error failure = { 0 };

	if (run->talk.kind->timed_out(&run->talk, &failure) < 0)
		fail(run, run->talk.kind->may_retry(&run->talk), &failure);
	else
		finish(run, NULL);
}

static void on_ready(uv_poll_t *poll, int status, int events);

/* Wait for what the talk waits for; tell the kernel only when that changed. */
static int wait_for_socket(struct run *run)
{
	struct link_wait wait = run->talk.kind->waits_for(&run->talk);
	int              events = (wait.read ? UV_READABLE : 0) | (wait.write ? UV_WRITABLE : 0);

	if (events == run->events)
		return 0;
	run->events = events;
	return uv_poll_start(&run->poll, events, on_ready);
}

static void advance(struct run *run)
{
	const struct talk_kind *kind = run->talk.kind;
	struct error            failure = { 0 };
	int                     r = kind->advance(&run->talk, &failure);

	if (r == ERR_AGAIN) {
		if (kind->state(&run->talk) != run->timed) {
			run->timed = kind->state(&run->talk);
			set_timer(run, on_state_timeout, kind->state_seconds(run->timed));
		}
		if (wait_for_socket(run) < 0) {
			error_set(&failure, ERR_INTERNAL, "the event loop cannot watch the socket");
			fail(run, false, &failure);
		}
	} else if (r < 0) {
		fail(run, kind->may_retry(&run->talk), &failure);
	} else if (kind->wants_more(&run->talk)) {
		hang_up(run);
		go_on(run);
	} else {
		finish(run, NULL);
	}
}

/* What is wrong with a socket shows when it is read to its end; libuv has stopped watching it. */
static void on_ready(uv_poll_t *poll, int status, int events)
{
	struct run *run = poll->data;

	(void)events;
	if (status < 0)
		run->events = 0;
	advance(run);
}

static void on_connect_timeout(uv_timer_t *timer)
{
	struct run  *run = timer->data;
	struct error failure = { 0 };
	bool         resolving = connector_is_resolving(run->connector);

	connector_cancel(run->connector);
	run->connector = NULL;
	if (resolving)
		error_set(&failure, ERR_RESOLVE, "the name server gave no answer for '%s' in time", run->target->host);
	else
		error_set(&failure, ERR_CONNECT_TIMEOUT, "no answer from %s port %u: a firewall may drop the packets, or the host is down",
		          run->target->host, run->target->port);
	fail(run, run->talk.kind->retries_connecting, &failure);
}

/* A socket is there: begin to talk. */
static int begin(struct run *run, int fd, struct error *err)
{
	struct worker *w = run->worker;
	int            r = run->talk.kind->begin(&run->talk, fd, err);

	if (r < 0)
		return r;
	if (uv_poll_init(&w->loop, &run->poll, fd) < 0)
		return error_set(err, ERR_INTERNAL, "the event loop cannot watch the socket");
	run->poll.data = run;
	run->polling = true;
	run->handles++;
	run->timed = UINT_MAX;
	return 0;
}

static void on_connect_done(void *context, int fd, const char *address, const struct error *failure, bool may_retry)
{
	struct run  *run = context;
	struct error err = { 0 };

	run->connector = NULL;
	if (!failure || !run->connected)
		snprintf(run->address, sizeof(run->address), "%s", address);
	run->connected |= !failure;
	if (failure)
		fail(run, may_retry && run->talk.kind->retries_connecting, failure);
	else if (begin(run, fd, &err) < 0)
		fail(run, false, &err);
	else
		advance(run);
}

/* Begin a try. */
static void try_again(uv_timer_t *timer)
{
	struct run  *run = timer->data;
	struct error err = { 0 };
	const char  *host = run->connected ? run->address : run->target->host;

	run->tries++;
	if (connector_start(&run->worker->loop, host, run->target->port, on_connect_done, run, &run->connector, &err) < 0)
		finish(run, &err);
	else
		set_timer(run, on_connect_timeout, run->talk.kind->connect_seconds);
}

int run_start(struct worker *w, size_t index, struct error *err)
{
	struct run *run = mem_zalloc(sizeof(*run));

	if (!run)
		return error_nomem(err);
	run->worker = w;
	run->index = index;
	run->target = &w->scan->options->inventory->targets[index];
	run->talk = (struct talk){ .kind = w->scan->kind, .scan = w->scan, .target = run->target };
	run->started = clock_milliseconds();
	run->deadline = run->started + (uint64_t)w->scan->options->timeout * 1000;
	run->following = w->runs;
	if (w->runs)
		w->runs->previous = run;
	w->runs = run;
	uv_timer_init(&w->loop, &run->timer);
	run->timer.data = run;
	run->handles = 1;
	w->running++;
	atomic_fetch_add(&w->scan->in_flight, 1);
	uv_timer_start(&run->timer, try_again, 0, 0);
	return 0;
}

void run_cancel_all(struct worker *w)
{
	const struct error cancelled = { .code = ERR_CANCELLED, .text = "the scan was ended before this target was done" };

	while (w->runs)
		finish(w->runs, &cancelled);
}

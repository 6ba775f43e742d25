/*
 * scan_private.h: what the files of the scan loop share. Nobody else includes it.
 *
 *   scan.c      the whole: threads, signals, the end
 *   worker.c    one event loop on one core, taking targets from the shared queue
 *   run.c       one target in flight: connect, talk, deadlines, another try
 *   talk_*.c    what is said on its connections: a session, or a probe
 *   record.c    one finished target: evidence -> findings -> journal line
 *   progress.c  what the operator sees meanwhile
 *   connect.c   name -> socket
 */
#ifndef SSHVET_SCAN_PRIVATE_H
#define SSHVET_SCAN_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

#include "connect.h"
#include "scan.h"
#include "session.h"
#include "talk.h"

/* The scan as all threads see it. */
struct scan {
	const struct scan_options *options;
	const struct talk_kind    *kind;
	struct session_config      session;
	atomic_size_t              next;      /* place of the next target to take */
	atomic_bool                cancelled; /* by a signal or by a failure */
	atomic_size_t              done;      /* finished targets */
	atomic_size_t              unscanned; /* of these */
	atomic_size_t              in_flight;
	atomic_size_t              workers; /* threads still at work */
	size_t                     total;   /* targets that are not skipped */
	uint64_t                   started; /* clock_milliseconds() */
	pthread_mutex_t            lock;    /* guards what follows, and the terminal */
	struct error               failure; /* the first that ends the scan; code 0 for none */
	bool                       progress_shown;
};

/* One event loop. */
struct worker {
	struct scan *scan;
	uv_loop_t    loop;
	uv_async_t   wake; /* cancelled: look again */
	pthread_t    thread;
	unsigned     slots;    /* targets at once */
	unsigned     running;  /* runs that exist, closing ones included */
	struct run  *runs;     /* list of them */
	uv_async_t  *finished; /* the main loop's, to say that this one is done */
	uint64_t     random;   /* state of the jitter */
	bool         ended;    /* nothing more to take; the wake handle is closed */
};

/* What is known of a target when it is done. */
struct outcome {
	size_t             index;
	const char        *address;
	const struct talk *talk;    /* NULL when nobody began with it */
	struct error       failure; /* code 0 when there is evidence */
	uint64_t           duration_ms;
};

/* worker.c */
int  worker_start(struct worker *w, struct error *err) MUST_USE;
void worker_fill(struct worker *w); /* take targets while there is room */

/* run.c: start one target; it removes itself from w->runs when it is over and then calls worker_fill(). */
int  run_start(struct worker *w, size_t index, struct error *err) MUST_USE;
void run_cancel_all(struct worker *w);

/* record.c: write the journal line (and the evidence file). A failure to write ends the scan (scan_fail()). */
void record(struct scan *scan, const struct outcome *o);

/* scan.c: remember the first failure that ends the scan, and end it. */
void scan_fail(struct scan *scan, const struct error *err);

/* progress.c: the line on the terminal, and log lines that do not tear it. */
void progress_draw(struct scan *scan);
void progress_clear(struct scan *scan);
void progress_log(struct scan *scan, const char *format, ...) PRINTF(2, 3);

#endif

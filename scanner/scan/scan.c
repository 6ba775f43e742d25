#include <signal.h>
#include <sys/resource.h>

#include "scan_private.h"

#include "check.h"
#include "clock.h"
#include "json_memory.h"
#include "mem.h"

#define DRAW_EVERY_MS   200u
#define RESOLVERS       "16" /* names being resolved at once: each waits for the network in a thread of its own */
#define FILES_OURSELVES 64u  /* descriptors that are not a target's: journal, evidence, loops, the resolver's */
#define FILES_A_TARGET  2u   /* two addresses may be tried at a time */

/* The main thread: signals, the progress line, and waiting for the workers. */
struct chief {
	struct scan   *scan;
	struct worker *workers;
	size_t         nworkers;
	uv_loop_t      loop;
	uv_signal_t    interrupt;
	uv_signal_t    terminate;
	uv_timer_t     draw;
	uv_async_t     finished;
	bool           interrupted;
};

void scan_fail(struct scan *scan, const struct error *err)
{
	pthread_mutex_lock(&scan->lock);
	if (scan->failure.code == 0)
		scan->failure = *err;
	pthread_mutex_unlock(&scan->lock);
	atomic_store(&scan->cancelled, true);
}

/* Raise the open-file limit to its hard limit, and see how many targets fit. */
static unsigned fit_open_files(unsigned parallel)
{
	struct rlimit limit;
	rlim_t        fits;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return parallel;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
		return parallel;
	fits = limit.rlim_cur > FILES_OURSELVES + FILES_A_TARGET ? (limit.rlim_cur - FILES_OURSELVES) / FILES_A_TARGET : 1;
	return fits < parallel ? (unsigned)fits : parallel;
}

static void wake_workers(struct chief *c)
{
	pthread_mutex_lock(&c->scan->lock);
	for (size_t i = 0; i < c->nworkers; i++)
		if (!c->workers[i].ended)
			uv_async_send(&c->workers[i].wake);
	pthread_mutex_unlock(&c->scan->lock);
}

/* The first signal ends the scan in order; after it the default action is back, so that a second one ends the process. */
static void on_signal(uv_signal_t *handle, int number)
{
	struct chief *c = handle->data;

	(void)number;
	c->interrupted = true;
	atomic_store(&c->scan->cancelled, true);
	uv_signal_stop(&c->interrupt);
	uv_signal_stop(&c->terminate);
	wake_workers(c);
}

static void on_draw(uv_timer_t *timer)
{
	struct chief *c = timer->data;

	progress_draw(c->scan);
	if (atomic_load(&c->scan->cancelled))
		wake_workers(c);
}

static void close_handles(struct chief *c)
{
	uv_close((uv_handle_t *)&c->interrupt, NULL);
	uv_close((uv_handle_t *)&c->terminate, NULL);
	uv_close((uv_handle_t *)&c->draw, NULL);
	uv_close((uv_handle_t *)&c->finished, NULL);
}

static void on_worker_finished(uv_async_t *finished)
{
	struct chief *c = finished->data;

	if (atomic_load(&c->scan->workers) == 0)
		close_handles(c);
}

/* Signal handlers, the clock of the progress line, and the ear for the workers. Negative is libuv's. */
static int open_handles(struct chief *c)
{
	int r = uv_loop_init(&c->loop);

	if (r < 0)
		return r;
	c->interrupt.data = c->terminate.data = c->draw.data = c->finished.data = c;
	uv_signal_init(&c->loop, &c->interrupt);
	uv_signal_init(&c->loop, &c->terminate);
	uv_timer_init(&c->loop, &c->draw);
	r = uv_async_init(&c->loop, &c->finished, on_worker_finished);
	if (r == 0)
		r = uv_signal_start(&c->interrupt, on_signal, SIGINT);
	if (r == 0)
		r = uv_signal_start(&c->terminate, on_signal, SIGTERM);
	if (r == 0)
		r = uv_timer_start(&c->draw, on_draw, DRAW_EVERY_MS, DRAW_EVERY_MS);
	return r;
}

/* Start the workers; those that started are counted in c->nworkers even when a later one fails. */
static int start_workers(struct chief *c, size_t count, unsigned parallel, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		struct worker *w = &c->workers[i];
		int            r;

		*w = (struct worker){ .scan = c->scan, .finished = &c->finished };
		w->slots = parallel / (unsigned)count + (i < parallel % count);
		atomic_fetch_add(&c->scan->workers, 1);
		r = worker_start(w, err);
		if (r < 0) {
			atomic_fetch_sub(&c->scan->workers, 1);
			return r;
		}
		c->nworkers++;
	}
	return 0;
}

/* Targets nobody took before the scan was cancelled have their line, too. */
static void record_untaken(struct scan *scan)
{
	const struct scan_options *options = scan->options;
	struct outcome             o = { .address = "" };

	error_set(&o.failure, ERR_CANCELLED, "the scan was ended before this target was begun");
	for (o.index = atomic_load(&scan->next); o.index < options->inventory->count && scan->failure.code == 0; o.index++)
		if (!options->skip || !options->skip[o.index])
			record(scan, &o);
}

static int run_loops(struct chief *c, unsigned parallel, struct error *err)
{
	size_t cores = uv_available_parallelism();
	size_t count = cores < parallel ? cores : parallel;
	int    r;

	c->workers = mem_zalloc(count * sizeof(*c->workers));
	if (!c->workers)
		return error_nomem(err);
	r = open_handles(c);
	if (r < 0) {
		mem_free(c->workers);
		return error_set(err, ERR_INTERNAL, "no event loop: %s", uv_strerror(r));
	}
	if (start_workers(c, count, parallel, err) < 0) {
		scan_fail(c->scan, err);
		wake_workers(c);
	}
	if (c->nworkers == 0)
		close_handles(c);
	uv_run(&c->loop, UV_RUN_DEFAULT);
	for (size_t i = 0; i < c->nworkers; i++) {
		pthread_join(c->workers[i].thread, NULL);
		uv_loop_close(&c->workers[i].loop);
	}
	uv_loop_close(&c->loop);
	mem_free(c->workers);
	return 0;
}

static size_t count_targets(const struct scan_options *options)
{
	size_t n = 0;

	for (size_t i = 0; i < options->inventory->count; i++)
		n += !options->skip || !options->skip[i];
	return n;
}

int scan_run(const struct scan_options *options, bool *ret_cancelled, struct error *err)
{
	struct scan  scan = { .options = options, .total = count_targets(options), .started = clock_milliseconds() };
	struct chief chief = { .scan = &scan };
	unsigned     parallel = fit_open_files(options->parallel);
	int          r;

	scan.kind = options->probe ? &talk_probe : &talk_session;
	scan.session = (struct session_config){ .identity = options->identity,
		                                .known_hosts = options->known_hosts,
		                                .host_key = options->host_key,
		                                .learn_file = options->learn_file,
		                                .become = options->become,
		                                .collector = { .ptr = collector_script, .len = collector_size } };
	pthread_mutex_init(&scan.lock, NULL);
	if (scan.total > 0 && parallel > scan.total)
		parallel = (unsigned)scan.total;
	if (options->verbose && parallel < options->parallel && parallel < scan.total)
		progress_log(&scan, "sshvet: the open-file limit allows %u targets at once\n", parallel);
	json_memory_prepare();
	(void)setenv("UV_THREADPOOL_SIZE", RESOLVERS, 0); /* read by libuv when the first name is resolved */
	r = session_global_init(err);
	if (r < 0)
		return r;
	r = run_loops(&chief, parallel, err);
	record_untaken(&scan);
	progress_clear(&scan);
	pthread_mutex_destroy(&scan.lock);
	session_global_fini();
	if (r == 0 && scan.failure.code != 0) {
		*err = scan.failure;
		r = err->code;
	}
	if (r == 0)
		*ret_cancelled = chief.interrupted;
	return r;
}

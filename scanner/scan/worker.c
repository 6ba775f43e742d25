#include "scan_private.h"

#include "clock.h"

/* The next target nobody has taken; false when there is none. */
static bool take_target(struct scan *scan, size_t *ret_index)
{
	const struct scan_options *options = scan->options;

	for (;;) {
		size_t index = atomic_fetch_add(&scan->next, 1);

		if (index >= options->inventory->count)
			return false;
		if (!options->skip || !options->skip[index]) {
			*ret_index = index;
			return true;
		}
	}
}

/* Nothing is left to do: the loop ends once its last handle is closed, and nobody may wake it any more. */
static void end(struct worker *w)
{
	pthread_mutex_lock(&w->scan->lock);
	w->ended = true;
	uv_close((uv_handle_t *)&w->wake, NULL);
	pthread_mutex_unlock(&w->scan->lock);
}

void worker_fill(struct worker *w)
{
	struct error err = { 0 };
	size_t       index;

	while (w->running < w->slots && !atomic_load(&w->scan->cancelled) && take_target(w->scan, &index))
		if (run_start(w, index, &err) < 0)
			scan_fail(w->scan, &err);
	if (w->running == 0 && !w->ended)
		end(w);
}

static void on_wake(uv_async_t *wake)
{
	struct worker *w = wake->data;

	if (atomic_load(&w->scan->cancelled))
		run_cancel_all(w);
	worker_fill(w);
}

static void *work(void *context)
{
	struct worker *w = context;

	worker_fill(w);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	atomic_fetch_sub(&w->scan->workers, 1);
	uv_async_send(w->finished);
	return NULL;
}

int worker_start(struct worker *w, struct error *err)
{
	int r = uv_loop_init(&w->loop);

	if (r < 0)
		return error_set(err, ERR_INTERNAL, "no event loop: %s", uv_strerror(r));
	w->random = clock_milliseconds() * 2654435761u + (uint64_t)(uintptr_t)w + 1;
	r = uv_async_init(&w->loop, &w->wake, on_wake);
	w->wake.data = w;
	if (r == 0)
		r = -pthread_create(&w->thread, NULL, work, w);
	if (r < 0)
		return error_set(err, ERR_INTERNAL, "no thread for an event loop: %s", uv_strerror(r));
	return 0;
}

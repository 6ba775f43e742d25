#include "scan_private.h"

#include "clock.h"

#define ERASE_LINE "\r\033[K"

/* Only ever called with the lock held. */
static void erase(struct scan *scan)
{
	if (scan->progress_shown)
		fputs(ERASE_LINE, scan->options->progress);
	scan->progress_shown = false;
}

void progress_draw(struct scan *scan)
{
	FILE    *out = scan->options->progress;
	size_t   done = atomic_load(&scan->done);
	uint64_t elapsed = clock_milliseconds() - scan->started;
	double   rate = elapsed > 0 ? (double)done * 1000.0 / (double)elapsed : 0.0;
	char     left[32] = "";

	if (!out || scan->total < 2)
		return;
	if (done > 0 && rate > 0)
		snprintf(left, sizeof(left), ", %.0f s left", (double)(scan->total - done) / rate);
	pthread_mutex_lock(&scan->lock);
	fprintf(out, ERASE_LINE "%zu of %zu done, %zu unscanned, %zu in flight, %.1f/s%s", done, scan->total, atomic_load(&scan->unscanned),
	        atomic_load(&scan->in_flight), rate, left);
	fflush(out);
	scan->progress_shown = true;
	pthread_mutex_unlock(&scan->lock);
}

void progress_clear(struct scan *scan)
{
	pthread_mutex_lock(&scan->lock);
	erase(scan);
	if (scan->options->progress)
		fflush(scan->options->progress);
	pthread_mutex_unlock(&scan->lock);
}

void progress_log(struct scan *scan, const char *format, ...)
{
	va_list args;

	if (!scan->options->log)
		return;
	pthread_mutex_lock(&scan->lock);
	erase(scan);
	va_start(args, format);
	vfprintf(scan->options->log, format, args);
	va_end(args);
	pthread_mutex_unlock(&scan->lock);
}

/*
 * render.c: all reports of a journal in one pass: reading a line back costs more than writing it in any format.
 */
#include "report.h"

static bool is_well(const struct rendering *r)
{
	return r->failure.code == 0;
}

/* What a step of the format came to, and the stream with it. The first failure is the one that is kept. */
static void settle(struct rendering *r, int result, const struct error *why)
{
	if (!is_well(r))
		return;
	if (result < 0)
		r->failure = *why;
	else if (ferror(r->out))
		error_set(&r->failure, ERR_OUTPUT, "%s", strerror(errno));
}

/* Begin those that can be; the others are not ended either. */
static void begin(struct rendering *r, const struct journal_summary *summary)
{
	struct error why = { 0 };
	int          result;

	if (!is_well(r))
		return;
	r->summary = summary;
	result = r->report->begin(r, &why);
	r->begun = result == 0;
	settle(r, result, &why);
}

static void end(struct rendering *r)
{
	struct error why = { 0 };

	if (r->begun)
		settle(r, r->report->end(r, &why), &why);
	r->begun = false;
}

static void target(struct rendering *renderings, size_t count, size_t place, const struct journal_entry *entry)
{
	for (size_t i = 0; i < count; i++) {
		struct rendering *r = &renderings[i];
		struct error      why = { 0 };

		if (is_well(r))
			settle(r, r->report->target(r, place, entry, &why), &why);
	}
}

static bool any_is_well(const struct rendering *renderings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_well(&renderings[i]))
			return true;
	return false;
}

static void targets(struct journal_reader *journal, struct rendering *renderings, size_t count)
{
	size_t ntargets = journal_summary(journal)->targets;

	for (size_t place = 0; place < ntargets && any_is_well(renderings, count); place++) {
		struct journal_entry entry;
		struct error         why = { 0 };
		int                  result = journal_entry(journal, place, &entry, &why);

		if (result == 0) {
			target(renderings, count, place, &entry);
			journal_entry_free(&entry);
			continue;
		}
		for (size_t i = 0; i < count; i++)
			settle(&renderings[i], result, &why);
	}
}

void report_render(struct journal_reader *journal, struct rendering *renderings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		begin(&renderings[i], journal_summary(journal));
	targets(journal, renderings, count);
	for (size_t i = 0; i < count; i++)
		end(&renderings[i]);
}

int report_write(const struct report *report, struct journal_reader *journal, const struct report_options *options, FILE *out,
                 struct error *err)
{
	struct rendering r = { .report = report, .options = *options, .out = out };

	report_render(journal, &r, 1);
	if (!is_well(&r))
		*err = r.failure;
	return r.failure.code;
}

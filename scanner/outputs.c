#include "outputs.h"

#include "file.h"
#include "mem.h"

static int check_format(const char *format, struct error *err)
{
	char   names[256] = "";
	size_t len = 0;

	if (report_find(format))
		return 0;
	for (size_t i = 0; reports[i]; i++)
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", i > 0 ? ", " : "", reports[i]->name);
	return places_unknown(format, names, err);
}

int outputs_prepare(const struct options *options, struct outputs *ret_outputs, struct error *err)
{
	return places_parse(&options->formats, check_format, &ret_outputs->places, err);
}

void outputs_fini(struct outputs *o)
{
	places_fini(&o->places);
}

static void open_output(const struct place *place, const struct options *options, struct rendering *r, struct file_out *file)
{
	*r = (struct rendering){
		.report = report_find(place->format),
		.options = { .fail_on = (enum severity)options->fail_on, .colour = places_wants_colour(place), .verbose = options->verbose },
	};
	if (file_create(file, place->path, &r->failure) == 0)
		r->out = file->stream;
}

/* Give the file its name, or drop it. */
static int close_output(const struct place *place, const struct rendering *r, struct file_out *file, struct error *err)
{
	int failed = r->failure.code;

	if (failed == 0)
		return file_commit(file, err);
	if (failed == ERR_OUTPUT && r->out)
		error_set(err, failed, "cannot write '%s': %s", place->path ? place->path : "standard output", r->failure.text);
	else
		*err = r->failure;
	file_discard(file);
	return failed;
}

/* Say where the results are, now that a report of them is not. */
static int with_journal(const char *where, struct error *err)
{
	struct error why = *err;

	if (!where)
		return why.code;
	return error_set(err, why.code, "%s; the journal '%s' has all results: see 'sshvet help report'", why.text, where);
}

/* All reports in one pass over the journal; the first failure. */
static int write_all(const struct outputs *o, const struct options *options, struct journal_reader *journal, struct rendering *renderings,
                     struct file_out *files, struct error *err)
{
	int first = 0;

	for (size_t i = 0; i < o->places.count; i++)
		open_output(&o->places.items[i], options, &renderings[i], &files[i]);
	report_render(journal, renderings, o->places.count);
	for (size_t i = 0; i < o->places.count; i++) {
		struct error why = { 0 };
		int          r = close_output(&o->places.items[i], &renderings[i], &files[i], &why);

		if (r < 0 && first == 0) {
			first = r;
			*err = why;
		}
	}
	return first;
}

int outputs_write(const struct outputs *o, const struct options *options, struct journal_reader *journal, const char *where, struct error *err)
{
	struct rendering *renderings = mem_zalloc(o->places.count * sizeof(*renderings));
	struct file_out  *files = mem_zalloc(o->places.count * sizeof(*files));
	int               r = renderings && files ? write_all(o, options, journal, renderings, files, err) : error_nomem(err);

	mem_free(renderings);
	mem_free(files);
	if (r < 0)
		return with_journal(where, err);
	return report_exit_status(journal_summary(journal), (enum severity)options->fail_on);
}

int outputs_conclude(const struct outputs *o, const struct options *options, struct journal *journal, const char *where,
                     struct error *err)
{
	struct journal_reader *reader = NULL;
	int                    r = journal_finish(journal, err);

	if (r == 0)
		r = journal_reopen(journal, &reader, err);
	if (r < 0)
		return r;
	r = outputs_write(o, options, reader, where, err);
	journal_reader_free(reader);
	return r;
}

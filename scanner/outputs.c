#include <sys/stat.h>

#include "outputs.h"

#include "file.h"
#include "mem.h"
#include "nearest.h"
#include "text.h"

/* ERR_USAGE: no report has that name; lists those there are. */
static int unknown_format(const char *name, struct error *err)
{
	char   names[256] = "";
	char   shown[64];
	size_t len = 0;

	for (size_t i = 0; reports[i]; i++)
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", i > 0 ? ", " : "", reports[i]->name);
	return error_set(err, ERR_USAGE, "--format '%s': there is no such format; write one of %s",
	                 text_clean_into(shown, sizeof(shown), slice_of(name)), names);
}

static int find_report(const char *text, size_t len, const struct report **ret_report, struct error *err)
{
	char *name = mem_copy_text(text, len);
	int   r = 0;

	if (!name)
		return error_nomem(err);
	*ret_report = report_find(name);
	if (!*ret_report)
		r = unknown_format(name, err);
	mem_free(name);
	return r;
}

/* "json", "json=-", "json=report.json". */
static int parse_format(const char *text, struct output *ret_output, struct error *err)
{
	size_t        len = strcspn(text, "=");
	struct output o = { .path = text[len] ? text + len + 1 : NULL };
	int           r = find_report(text, len, &o.report, err);

	if (r < 0)
		return r;
	if (o.path && !*o.path)
		return error_set(err, ERR_USAGE, "--format '%s': the file name after '=' is missing", text);
	if (o.path && strcmp(o.path, "-") == 0)
		o.path = NULL;
	*ret_output = o;
	return o.path ? outputs_check_path("--format", o.path, err) : 0;
}

int outputs_check_path(const char *option, const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char       *folder = slash ? mem_copy_text(path, slash == path ? 1 : (size_t)(slash - path)) : mem_strdup(".");
	struct stat st;
	int         r = 0;

	if (!folder)
		return error_nomem(err);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		r = error_set(err, ERR_USAGE, "%s: '%s' is a folder; name a file in it", option, path);
	else if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		r = access(path, W_OK) == 0
		            ? 0
		            : error_set(err, ERR_USAGE, "%s: cannot write to '%s': %s", option, path, strerror(errno));
	else if (stat(folder, &st) < 0)
		r = error_set(err, ERR_USAGE, "%s: the folder of '%s' cannot be used: %s; make it first", option, path,
		              strerror(errno));
	else if (access(folder, W_OK | X_OK) < 0)
		r = error_set(err, ERR_USAGE, "%s: cannot make '%s': no right to write in its folder (%s)", option,
		              path, strerror(errno));
	mem_free(folder);
	return r;
}

/* No two reports may go to the same place. */
static int check_places(const struct outputs *o, size_t last, struct error *err)
{
	const char *path = o->items[last].path;

	for (size_t i = 0; i < last; i++) {
		if (!path && !o->items[i].path)
			return error_set(
				err, ERR_USAGE,
				"--format %s and --format %s both go to standard output; give one a file: --format %s=FILE",
				o->items[i].report->name, o->items[last].report->name, o->items[last].report->name);
		if (path && o->items[i].path && strcmp(path, o->items[i].path) == 0)
			return error_set(err, ERR_USAGE, "--format %s and --format %s both go to '%s'; give one another file",
			                 o->items[i].report->name, o->items[last].report->name, path);
	}
	return 0;
}

int outputs_prepare(const struct options *options, struct outputs *ret_outputs, struct error *err)
{
	static const char *const table[] = { "table" };
	const char *const       *texts = options->formats.count > 0 ? options->formats.items : table;
	struct outputs           o = { .count = options->formats.count > 0 ? options->formats.count : 1 };
	int                      r = 0;

	o.items = mem_zalloc(o.count * sizeof(*o.items));
	if (!o.items)
		return error_nomem(err);
	for (size_t i = 0; i < o.count && r == 0; i++) {
		r = parse_format(texts[i], &o.items[i], err);
		if (r == 0)
			r = check_places(&o, i, err);
	}
	if (r < 0) {
		outputs_fini(&o);
		return r;
	}
	*ret_outputs = o;
	return 0;
}

void outputs_fini(struct outputs *o)
{
	mem_free(o->items);
	*o = (struct outputs){ 0 };
}

/* Colour is for people at a terminal who did not say no (https://no-color.org). */
static bool wants_colour(const struct output *output)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return !output->path && isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
}

static void open_output(const struct output *output, const struct options *options, struct rendering *r, struct file_out *file)
{
	*r = (struct rendering){
		.report = output->report,
		.options = { .fail_on = (enum severity)options->fail_on, .colour = wants_colour(output), .verbose = options->verbose },
	};
	if (file_create(file, output->path, &r->failure) == 0)
		r->out = file->stream;
}

/* Give the file its name, or drop it. */
static int close_output(const struct output *output, const struct rendering *r, struct file_out *file, struct error *err)
{
	int failed = r->failure.code;

	if (failed == 0)
		return file_commit(file, err);
	if (failed == ERR_OUTPUT && r->out)
		error_set(err, failed, "cannot write '%s': %s", output->path ? output->path : "standard output", r->failure.text);
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

	for (size_t i = 0; i < o->count; i++)
		open_output(&o->items[i], options, &renderings[i], &files[i]);
	report_render(journal, renderings, o->count);
	for (size_t i = 0; i < o->count; i++) {
		struct error why = { 0 };
		int          r = close_output(&o->items[i], &renderings[i], &files[i], &why);

		if (r < 0 && first == 0) {
			first = r;
			*err = why;
		}
	}
	return first;
}

int outputs_write(const struct outputs *o, const struct options *options, struct journal_reader *journal, const char *where, struct error *err)
{
	struct rendering *renderings = mem_zalloc(o->count * sizeof(*renderings));
	struct file_out  *files = mem_zalloc(o->count * sizeof(*files));
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

#include <fcntl.h>
#include <sys/stat.h>

#include "journal.h"

#include "journal_file.h"
#include "journal_index.h"
#include "journal_write.h"
#include "limit.h"
#include "mem.h"

/* One journal file. */
struct source {
	int   fd;
	char *label; /* what messages call it */
};

struct journal_reader {
	struct source         *sources;
	size_t                 nsources;
	struct journal_index   index;
	struct journal_summary summary;
	cJSON                 *warnings;
	char                  *tool; /* these four are what the summary points to */
	char                  *profile;
	char                  *started;
	char                  *finished;
	struct journal_watch   watch;
	struct journal_kept   *kept; /* findings that may come again */
};

/* Keep `text` in `*place` when there is nothing yet or `better`. */
static int keep(char **place, const char *text, bool better, struct error *err)
{
	char *copy;

	if (*place && !better)
		return 0;
	copy = mem_strdup(text);
	if (!copy)
		return error_nomem(err);
	mem_free(*place);
	*place = copy;
	return 0;
}

/* Put `text` where it belongs in an array of texts in order of bytes, unless it is there. */
static int add_warning(cJSON *warnings, const char *text, struct error *err)
{
	cJSON *item;
	int    at = 0;

	cJSON_ArrayForEach(item, warnings) {
		int order = strcmp(item->valuestring, text);

		if (order == 0)
			return 0;
		if (order > 0)
			break;
		at++;
	}
	item = cJSON_CreateString(text);
	if (!item || !cJSON_InsertItemInArray(warnings, at, item)) {
		cJSON_Delete(item);
		return error_nomem(err);
	}
	return 0;
}

/* Of two runs that started in the same second the greater version counts, so that their order does not. */
static int take_header_texts(struct journal_reader *r, const struct journal_header *header, struct error *err)
{
	const cJSON *warning;
	int          order = r->started ? strcmp(header->started, r->started) : -1;
	int          rc = 0;

	if (r->profile && !r->watch.target && strcmp(r->profile, header->profile) != 0)
		return error_set(err, ERR_SYNTAX,
		                 "a run under profile '%s' after one under '%s'; they have no common report",
		                 header->profile, r->profile);
	if (order < 0 || (order == 0 && strcmp(header->version, r->tool) > 0))
		rc = keep(&r->tool, header->version, true, err);
	if (rc == 0)
		rc = keep(&r->started, header->started, order < 0, err);
	if (rc == 0)
		rc = keep(&r->profile, header->profile, false, err);
	cJSON_ArrayForEach(warning, header->warnings.root)
		if (rc == 0)
			rc = add_warning(r->warnings, warning->valuestring, err);
	return rc;
}

/* The run that lines of this file belong to; NULL before its first header. */
static struct journal_run *current_run(struct journal_reader *r)
{
	struct journal_run *run = r->index.nruns > 0 ? &r->index.runs[r->index.nruns - 1] : NULL;

	return run && run->source == r->nsources - 1 ? run : NULL;
}

static int take_header(struct journal_reader *r, struct buf *line, struct error *err)
{
	struct journal_run   *before = current_run(r);
	struct journal_run    run = { .source = r->nsources - 1 };
	struct journal_header header;
	struct journal_rules  rules;
	int                   rc = journal_line_header(line, &header, &rules, err);

	if (rc < 0)
		return rc;
	rc = take_header_texts(r, &header, err);
	if (rc == 0 && header.resumes && !before)
		rc = error_set(err, ERR_SYNTAX, "a run that resumes another, which is not before it");
	if (rc == 0) {
		if (header.resumes)
			before->replaced = true;
		run.announced = header.targets;
		rc = journal_index_add_run(&r->index, &run, &rules, err);
	}
	json_free(&header.warnings);
	if (rc < 0)
		journal_rules_free(&rules);
	return rc;
}

static int take_end(struct journal_reader *r, struct buf *line, struct error *err)
{
	struct journal_run *run = current_run(r);
	const char         *finished;
	int                 rc = journal_line_end(line, &finished, err);

	if (rc < 0)
		return rc;
	if (!run || run->ended)
		return error_set(err, ERR_SYNTAX, "the end of a run that has not begun");
	run->ended = true;
	return keep(&r->finished, finished, r->finished && strcmp(finished, r->finished) > 0, err);
}

static int take_entry(struct journal_reader *r, const struct journal_entry *entry, struct journal_place place, struct error *err)
{
	int rc = journal_place_take(&place, entry, err);

	return rc < 0 ? rc : journal_index_add(&r->index, &place, err);
}

/* Takes over `line`. A watch is shown its target and has no need of the rest. */
static int take_target(struct journal_reader *r, struct buf *line, const struct journal_place *place, struct error *err)
{
	struct journal_run  *run = current_run(r);
	struct journal_entry entry;
	struct slice         facts;
	int                  rc;

	if (!run || run->ended)
		return error_set(err, ERR_SYNTAX, "a target outside a run");
	rc = journal_line_target(line, r->watch.target ? NULL : run->rules, r->kept, &entry, &facts, err);
	if (rc < 0)
		return rc;
	rc = take_entry(r, &entry, *place, err);
	if (rc == 0 && r->watch.target)
		rc = r->watch.target(&entry.target, facts, r->watch.context, err);
	journal_entry_free(&entry);
	return rc;
}

static int take_kind(struct journal_reader *r, struct buf *line, const struct journal_place *place, struct error *err)
{
	switch (journal_line_kind(buf_slice(line))) {
	case JOURNAL_HEADER:
		return take_header(r, line, err);
	case JOURNAL_END:
		return take_end(r, line, err);
	case JOURNAL_TARGET:
		return take_target(r, line, place, err);
	default:
		return journal_line_unknown(err);
	}
}

static int take_line(struct journal_reader *r, struct slice text, const struct journal_place *place,
                     struct error *err)
{
	struct buf line;
	int        rc;

	if (text.len == 0)
		return error_set(err, ERR_SYNTAX, "empty line");
	if (memchr(text.ptr, '\0', text.len))
		return error_set(err, ERR_SYNTAX, "NUL byte");
	buf_init(&line, LIMIT_JOURNAL_LINE);
	rc = buf_append_slice(&line, text, err);
	if (rc == 0)
		rc = take_kind(r, &line, place, err);
	buf_free(&line);
	return rc;
}

/* Take the writer's word for what its lines add up to: each is read when its target is asked for, and then held against that. */
static int take_known(struct journal_reader *r, struct journal_lines *lines, struct journal_known *known, struct error *err)
{
	size_t count = known->places.count;
	int    rc = 0;

	for (size_t i = 0; i < count && rc == 0; i++) {
		struct journal_place *place = &known->places.items[i];

		place->line += lines->number;
		rc = journal_index_add(&r->index, place, err);
		place->name = NULL;
	}
	journal_lines_skip(lines, known->to, count);
	return rc;
}

static int read_lines(struct journal_reader *r, struct journal_known *known, struct error *err)
{
	const struct source *source = &r->sources[r->nsources - 1];
	struct journal_place place = { 0 };
	struct journal_lines lines;
	struct slice         text;
	bool                 more;
	int                  rc;

	journal_lines_init(&lines, source->fd);
	do {
		place.line = lines.number + 1;
		rc = journal_lines_next(&lines, &text, &place.offset, err);
		more = rc > 0;
		if (more) {
			place.length = text.len;
			rc = take_line(r, text, &place, err);
		}
		if (more && rc == 0 && known->places.count > 0 && place.offset + (off_t)place.length + 1 == known->from)
			rc = take_known(r, &lines, known, err);
	} while (more && rc == 0);
	if (rc < 0)
		error_prefix(err, "%s:%zu", source->label, place.line);
	journal_lines_fini(&lines);
	return rc;
}

/* Read one file, but for the lines that are known; the reader owns `fd` from here on. */
static int add_source(struct journal_reader *r, int fd, const char *label, struct journal_known *known, struct error *err)
{
	struct source *grown = mem_resize(r->sources, r->nsources + 1, sizeof(*grown));
	char          *copy = mem_strdup(label);

	if (grown)
		r->sources = grown;
	if (!grown || !copy) {
		mem_free(copy);
		close(fd);
		return error_nomem(err);
	}
	r->sources[r->nsources++] = (struct source){ .fd = fd, .label = copy };
	return read_lines(r, known, err);
}

/* A descriptor that pread() works on. */
static int open_path(const char *path, int *ret_fd, struct error *err)
{
	bool        standard = strcmp(path, "-") == 0;
	int         fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	int         r = 0;

	if (fd < 0 || fstat(fd, &st) < 0) {
		r = error_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_SYNTAX, "cannot open journal '%s': %s", path,
		              strerror(errno));
	} else if (S_ISDIR(st.st_mode)) {
		r = error_set(err, ERR_SYNTAX, "journal '%s' is a directory", path);
	} else if (!S_ISREG(st.st_mode)) {
		r = journal_file_copy(fd, ret_fd, err);
		if (r < 0)
			error_prefix(err, "journal '%s'", path);
	} else {
		*ret_fd = fd;
		return 0;
	}
	if (fd >= 0)
		close(fd);
	return r;
}

static struct journal_reader *reader_new(void)
{
	struct journal_reader *r = mem_zalloc(sizeof(*r));

	if (!r)
		return NULL;
	r->warnings = cJSON_CreateArray();
	r->kept = journal_kept_new();
	if (!r->warnings || !r->kept) {
		journal_reader_free(r);
		return NULL;
	}
	return r;
}

static void settle(struct journal_reader *r)
{
	journal_index_settle(&r->index);
	journal_index_total(&r->index, &r->summary);
	r->summary.tool = r->tool;
	r->summary.profile = r->profile;
	r->summary.started = r->started;
	r->summary.finished = r->finished ? r->finished : "";
	r->summary.warnings = r->warnings->child ? r->warnings : NULL;
}

/* A file without a single run is no journal for a report, but one for --resume. */
static int check_runs(const struct journal_reader *r, struct error *err)
{
	for (size_t i = 0, run = 0; i < r->nsources; i++) {
		if (run >= r->index.nruns || r->index.runs[run].source != i)
			return error_set(err, ERR_SYNTAX, "journal '%s' is empty", r->sources[i].label);
		while (run < r->index.nruns && r->index.runs[run].source == i)
			run++;
	}
	return 0;
}

static int open_all(struct journal_reader *r, const char *const *paths, size_t npaths, struct error *err)
{
	struct journal_known nothing = { 0 };
	int                  rc = 0;

	for (size_t i = 0; i < npaths && rc == 0; i++) {
		int fd = -1;

		rc = open_path(paths[i], &fd, err);
		if (rc == 0)
			rc = add_source(r, fd, paths[i], &nothing, err);
	}
	return rc;
}

int journal_open_watched(const char *const *paths, size_t npaths, const struct journal_watch *watch,
                         struct journal_reader **ret_reader, struct error *err)
{
	struct journal_reader *r = reader_new();
	int                    rc;

	if (!r)
		return error_nomem(err);
	r->watch = *watch;
	rc = open_all(r, paths, npaths, err);
	if (rc == 0)
		rc = check_runs(r, err);
	if (rc < 0) {
		journal_reader_free(r);
		return rc;
	}
	settle(r);
	*ret_reader = r;
	return 0;
}

int journal_open(const char *const *paths, size_t npaths, struct journal_reader **ret_reader, struct error *err)
{
	return journal_open_watched(paths, npaths, &(struct journal_watch){ 0 }, ret_reader, err);
}

int journal_reopen(struct journal *j, struct journal_reader **ret_reader, struct error *err)
{
	struct journal_reader *r = reader_new();
	struct journal_known   known = journal_write_known(j);
	int                    fd = fcntl(journal_write_descriptor(j), F_DUPFD_CLOEXEC, 3);
	int                    rc;

	if (!r || fd < 0) {
		rc = r ? error_set(err, ERR_OUTPUT, "journal '%s': %s", journal_write_label(j), strerror(errno))
		       : error_nomem(err);
		if (fd >= 0)
			close(fd);
	} else {
		rc = add_source(r, fd, journal_write_label(j), &known, err);
	}
	journal_place_fini(&known.places);
	if (rc < 0) {
		journal_reader_free(r);
		return rc;
	}
	settle(r);
	*ret_reader = r;
	return 0;
}

int journal_names(const char *path, int (*each)(const char *name, void *context, struct error *err), void *context,
                  struct error *err)
{
	struct journal_reader *r = reader_new();
	int                    rc;

	if (!r)
		return error_nomem(err);
	rc = open_all(r, &path, 1, err);
	if (rc == 0)
		settle(r);
	for (size_t i = 0; i < r->index.places.count && rc == 0; i++)
		if (r->index.places.items[i].scanned)
			rc = each(r->index.places.items[i].name, context, err);
	journal_reader_free(r);
	return rc;
}

void journal_reader_free(struct journal_reader *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->nsources; i++) {
		close(r->sources[i].fd);
		mem_free(r->sources[i].label);
	}
	mem_free(r->sources);
	journal_kept_free(r->kept);
	journal_index_fini(&r->index);
	cJSON_Delete(r->warnings);
	mem_free(r->tool);
	mem_free(r->profile);
	mem_free(r->started);
	mem_free(r->finished);
	mem_free(r);
}

const struct journal_summary *journal_summary(const struct journal_reader *r)
{
	return &r->summary;
}

/* Read the line at `place` again. */
static int read_again(struct journal_reader *r, const struct journal_place *place, struct journal_entry *ret_entry,
                      struct error *err)
{
	const struct journal_run *run = &r->index.runs[place->run];
	struct buf                line;
	int                       rc;

	buf_init(&line, LIMIT_JOURNAL_LINE);
	rc = buf_reserve(&line, place->length, err);
	if (rc == 0)
		rc = journal_file_read_at(r->sources[run->source].fd, place->offset, line.ptr, place->length, err);
	if (rc == 0) {
		line.len = place->length;
		line.ptr[line.len] = '\0';
		return journal_line_target(&line, run->rules, r->kept, ret_entry, NULL, err);
	}
	buf_free(&line);
	return rc;
}

int journal_entry(struct journal_reader *r, size_t place, struct journal_entry *ret_entry, struct error *err)
{
	const struct journal_place *p = &r->index.places.items[place];
	int                         rc = read_again(r, p, ret_entry, err);

	if (rc == 0 && !journal_place_is_of(p, ret_entry)) {
		journal_entry_free(ret_entry);
		rc = error_set(err, ERR_SYNTAX, "changed while it was read");
	}
	if (rc < 0)
		error_prefix(err, "%s:%zu", r->sources[r->index.runs[p->run].source].label, p->line);
	return rc;
}

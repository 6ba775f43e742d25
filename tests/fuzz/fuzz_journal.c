/*
 * fuzz_journal.c: any bytes as a journal. What is taken can be rendered in every format, and a torn last line never
 * makes a journal pass that would not pass without it. The same with every target's line three times, the last of which counts, gives the same
 * reports: then findings are those of an earlier line.
 */
#include "fuzz.h"
#include "journal_line.h"
#include "report.h"

/* The bytes as a file without a name. */
static int file_of(const uint8_t *data, size_t size)
{
	char name[] = "/tmp/sshvet-fuzz-XXXXXX";
	int  fd = mkstemp(name);

	if (fd < 0 || unlink(name) < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	return fd;
}

static void render(struct journal_reader *reader, FILE *out)
{
	static const struct report_options options = { .fail_on = SEVERITY_MEDIUM, .verbose = true };

	for (size_t i = 0; reports[i]; i++) {
		struct error err;

		if (report_write(reports[i], reader, &options, out, &err) < 0)
			abort();
	}
}

/* The exit status of these bytes; -1 when they are no journal. Every report goes to `out`, unless that is NULL. */
static int judge(const uint8_t *data, size_t size, FILE *out)
{
	char                   name[32];
	const char            *paths[] = { name };
	struct journal_reader *reader;
	struct error           err;
	int                    fd = file_of(data, size);
	int                    status = -1;

	snprintf(name, sizeof(name), "/dev/fd/%d", fd);
	if (journal_open(paths, 1, &reader, &err) == 0) {
		status = report_exit_status(journal_summary(reader), SEVERITY_INFO);
		if (out)
			render(reader, out);
		journal_reader_free(reader);
	}
	close(fd);
	return status;
}

/* All lines, those of targets three times, and what follows the last newline. */
static void repeat(struct slice text, FILE *out)
{
	struct slice line;
	bool         ended;

	while (slice_next_line(&text, &line, &ended)) {
		int times = ended && journal_line_kind(line) == JOURNAL_TARGET ? 3 : 1;

		for (int i = 0; i < times; i++) {
			fwrite(line.ptr, 1, line.len, out);
			fputs(ended ? "\n" : "", out);
		}
	}
}

/* What is written into memory. */
struct memory {
	FILE  *out;
	char  *text;
	size_t size;
};

static void memory_open(struct memory *m)
{
	m->out = open_memstream(&m->text, &m->size);
	if (!m->out)
		abort();
}

static void memory_close(struct memory *m)
{
	if (fclose(m->out) != 0)
		abort();
}

/* The same exit status and the same reports. Returns the status. */
static int judge_repeated(const uint8_t *data, size_t size)
{
	struct memory once;
	struct memory again;
	struct memory repeated;
	int           status;

	memory_open(&once);
	status = judge(data, size, once.out);
	memory_close(&once);
	memory_open(&repeated);
	repeat((struct slice){ .ptr = (const char *)data, .len = size }, repeated.out);
	memory_close(&repeated);
	memory_open(&again);
	if (judge((const uint8_t *)repeated.text, repeated.size, again.out) != status)
		abort();
	memory_close(&again);
	if (once.size != again.size || memcmp(once.text, again.text, once.size) != 0)
		abort();
	free(once.text);
	free(again.text);
	free(repeated.text);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t whole = size;

	while (whole > 0 && data[whole - 1] != '\n')
		whole--;
	if (judge_repeated(data, size) == 0 && whole < size && judge(data, whole, NULL) != 0)
		abort();
	return 0;
}

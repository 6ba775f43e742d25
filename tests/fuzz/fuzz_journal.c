/*
 * fuzz_journal.c: any bytes as a journal. What is taken can be rendered in every format, and a torn last line never
 * makes a journal pass that would not pass without it.
 */
#include "fuzz.h"
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

static void render(struct journal_reader *reader)
{
	static const struct report_options options = { .fail_on = SEVERITY_MEDIUM, .verbose = true };

	for (size_t i = 0; reports[i]; i++) {
		FILE        *out = fopen("/dev/null", "w");
		struct error err;

		if (!out || report_write(reports[i], reader, &options, out, &err) < 0)
			abort();
		fclose(out);
	}
}

/* The exit status of these bytes; -1 when they are no journal. */
static int judge(const uint8_t *data, size_t size, bool rendered)
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
		if (rendered)
			render(reader);
		journal_reader_free(reader);
	}
	close(fd);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t whole = size;

	while (whole > 0 && data[whole - 1] != '\n')
		whole--;
	if (judge(data, size, true) == 0 && whole < size && judge(data, whole, false) != 0)
		abort();
	return 0;
}

/*
 * Passphrases from a descriptor and from a terminal. The terminal is a real one, a pseudo-terminal whose other
 * end types and watches.
 */
#define _XOPEN_SOURCE 700 /* posix_openpt() */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>

#include "identity.h"

/* --- from a descriptor --- */

static void reads_the_first_line(void **state)
{
	static const struct {
		const char *input;
		size_t      len;
		int         result; /* length, or an error */
		const char *passphrase;
		const char *left; /* for the next reader */
	} rows[] = {
		{ "secret\n", 7, 6, "secret", "" },
		{ "secret", 6, 6, "secret", "" },
		{ "secret\nmore\n", 12, 6, "secret", "more\n" },
		{ "two words \n", 11, 10, "two words ", "" },
		{ "\n", 1, 0, "", "" },
		{ "", 0, ERR_IDENTITY, NULL, NULL },
		{ "a\0b\n", 4, ERR_IDENTITY, NULL, NULL },
		{ "123456789012345\n", 16, 15, "123456789012345", "" },
		{ "1234567890123456\n", 17, ERR_IDENTITY, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct error err;
		char         buffer[16];
		char         left[16] = "";
		int          ends[2];
		int          r;

		assert_int_equal(pipe(ends), 0);
		assert_int_equal(write(ends[1], rows[i].input, rows[i].len), rows[i].len);
		close(ends[1]);
		r = passphrase_from_fd("KEY", buffer, sizeof(buffer), &ends[0], &err);
		assert_int_equal(r, rows[i].result);
		if (rows[i].passphrase) {
			assert_string_equal(buffer, rows[i].passphrase);
			assert_int_equal(read(ends[0], left, sizeof(left) - 1), strlen(rows[i].left));
			assert_string_equal(left, rows[i].left);
		}
		close(ends[0]);
	}
}

static void says_when_the_descriptor_is_closed(void **state)
{
	struct error err;
	char         buffer[16];
	int          fd = -1;

	(void)state;
	assert_int_equal(passphrase_from_fd("KEY", buffer, sizeof(buffer), &fd, &err), ERR_IDENTITY);
}

/* --- from a terminal --- */

/* The process that is asked: its own session, the other end of `master` as its terminal, its answer through
 * `report`. */
static void asked(const char *terminal, int report)
{
	struct error err = { 0 };
	char         buffer[64] = "";
	int          fd;
	int          r;

	setsid();
	fd = open(terminal, O_RDWR); /* becomes the controlling terminal */
	if (fd < 0)
		_exit(2);
	r = passphrase_from_terminal("the/key", buffer, sizeof(buffer), NULL, &err);
	dprintf(report, "%d %s", r, r < 0 ? err.text : buffer);
	_exit(0);
}

struct dialogue {
	int   master;
	int   report;
	pid_t child;
	char  shown[512]; /* what appeared on the terminal so far */
};

static void begin(struct dialogue *d)
{
	char terminal[100];
	int  ends[2];

	*d = (struct dialogue){ .master = posix_openpt(O_RDWR | O_NOCTTY) };
	assert_true(d->master >= 0);
	assert_int_equal(grantpt(d->master), 0);
	assert_int_equal(unlockpt(d->master), 0);
	snprintf(terminal, sizeof(terminal), "%s", ptsname(d->master));
	assert_int_equal(pipe(ends), 0);
	d->child = fork();
	if (d->child == 0) {
		close(d->master);
		close(ends[0]);
		asked(terminal, ends[1]);
	}
	close(ends[1]);
	d->report = ends[0];
}

/* Wait until the terminal shows `text`. */
static void expect_shown(struct dialogue *d, const char *text)
{
	while (!strstr(d->shown, text)) {
		struct pollfd readable = { .fd = d->master, .events = POLLIN };
		size_t        len = strlen(d->shown);
		ssize_t       n;

		assert_int_equal(poll(&readable, 1, 20000), 1);
		n = read(d->master, d->shown + len, sizeof(d->shown) - 1 - len);
		assert_true(n > 0);
		d->shown[len + (size_t)n] = '\0';
	}
}

static bool echoes(const struct dialogue *d)
{
	struct termios mode;

	assert_int_equal(tcgetattr(d->master, &mode), 0);
	return (mode.c_lflag & ECHO) != 0;
}

static void type(const struct dialogue *d, const char *text)
{
	assert_int_equal(write(d->master, text, strlen(text)), strlen(text));
}

/* The end of the child: its wait status, and what it reported. */
static int end(struct dialogue *d, char *report, size_t size)
{
	ssize_t n = read(d->report, report, size - 1);
	int     status = -1;

	report[n > 0 ? n : 0] = '\0';
	assert_int_equal(waitpid(d->child, &status, 0), d->child);
	close(d->report);
	return status;
}

static void asks_without_echo(void **state)
{
	struct dialogue d;
	char            report[100];

	(void)state;
	begin(&d);
	expect_shown(&d, "Passphrase for 'the/key': ");
	assert_false(echoes(&d));
	type(&d, "correct horse\n");
	expect_shown(&d, ": \r\n");
	assert_true(echoes(&d));
	assert_null(strstr(d.shown, "horse"));
	assert_int_equal(end(&d, report, sizeof(report)), 0);
	assert_string_equal(report, "13 correct horse");
	close(d.master);
}

/* The signal still does what it does, but the terminal is as it was. */
static void restores_echo_when_interrupted(void **state)
{
	static const struct {
		const char *keys; /* typed, or NULL: sent */
		int         signal;
	} rows[] = { { "\003", SIGINT },
		     { "half\003", SIGINT },
		     { "\034", SIGQUIT },
		     { NULL, SIGTERM },
		     { NULL, SIGHUP } };

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct dialogue d;
		char            report[100];
		int             slave;
		int             status;

		begin(&d);
		slave = open(ptsname(d.master), O_RDWR | O_NOCTTY); /* or the mode is lost with the child */
		expect_shown(&d, "Passphrase for 'the/key': ");
		assert_false(echoes(&d));
		if (rows[i].keys)
			type(&d, rows[i].keys);
		else
			assert_int_equal(kill(d.child, rows[i].signal), 0);
		status = end(&d, report, sizeof(report));
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), rows[i].signal);
		assert_string_equal(report, "");
		assert_true(echoes(&d));
		close(slave);
		close(d.master);
	}
}

static void asks_again_after_being_stopped(void **state)
{
	struct dialogue d;
	char            report[100];
	int             status;

	(void)state;
	begin(&d);
	expect_shown(&d, "Passphrase for 'the/key': ");
	/* An orphaned process group ignores the default stop of Ctrl-Z, so the child is not waited for to stop.
	 */
	assert_int_equal(kill(d.child, SIGTSTP), 0);
	expect_shown(&d, ": \r\nPassphrase for 'the/key': ");
	type(&d, "secret\n");
	status = end(&d, report, sizeof(report));
	assert_int_equal(status, 0);
	assert_string_equal(report, "6 secret");
	close(d.master);
}

static void needs_a_terminal(void **state)
{
	char  report[200] = "";
	int   ends[2];
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		struct error err = { 0 };
		char         buffer[64];
		int          r;

		setsid(); /* without a terminal */
		r = passphrase_from_terminal("KEY", buffer, sizeof(buffer), NULL, &err);
		dprintf(ends[1], "%d %s", r, err.text);
		_exit(0);
	}
	close(ends[1]);
	assert_true(read(ends[0], report, sizeof(report) - 1) > 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	close(ends[0]);
	assert_int_equal(strtol(report, NULL, 10), ERR_IDENTITY);
	assert_non_null(strstr(report, "--passphrase-fd"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_first_line),
		cmocka_unit_test(says_when_the_descriptor_is_closed),
		cmocka_unit_test(asks_without_echo),
		cmocka_unit_test(restores_echo_when_interrupted),
		cmocka_unit_test(asks_again_after_being_stopped),
		cmocka_unit_test(needs_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Lines of authorized_keys: what counts, what is passed over, and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "authorized_keys.h"
#include "text.h"

#define KEY   "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN1YdxBpNlzxDqfJyw/QKow1F+wvG9hXGoqiysfJOn5Y"
#define PRINT "SHA256:WkvqjnyPAeC0cbPErYiGP9vqHdgL1MqqvPdIe3lvHgI"
#define ECDSA "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBA32Ncpw2laexfNmzNa9DitUPY1fy9a+34pDtgr/oSvSX0QSjgExDfwTBYQOVQaIJ5HPOvjNZpKdrD/0jHL2XD"

/* `options` is what was read of them, with | between; "-" stands for a value that was not given. */
static const struct {
	const char *line;
	const char *why; /* NULL: it counts; "": it is empty */
	const char *comment;
	size_t      options;
	const char *from, *command;
	int64_t     expires;
} lines[] = {
	{ "", "", "", 0, "-", "-", 0 },
	{ " \t", "", "", 0, "-", "-", 0 },
	{ "\r", "", "", 0, "-", "-", 0 },
	{ "# " KEY, "", "", 0, "-", "-", 0 },
	{ " \t#x", "", "", 0, "-", "-", 0 },
	{ KEY, NULL, "", 0, "-", "-", 0 },
	{ KEY "\r", NULL, "", 0, "-", "-", 0 },
	{ "  " KEY "\t a b \r", NULL, "a b", 0, "-", "-", 0 },
	{ "no-pty " KEY, NULL, "", 1, "-", "-", 0 },
	{ "restrict,command=\"a \\\"b\\\" #c\" " KEY " me", NULL, "me", 2, "-", "a \"b\" #c", 0 },
	{ "from=\"10.0.0.0/8,!10.1.1.1\",pty\t" KEY, NULL, "", 2, "10.0.0.0/8,!10.1.1.1", "-", 0 },
	{ "command=\"\" " KEY, NULL, "", 1, "-", "", 0 },
	{ "pty, " KEY, NULL, "", 1, "-", "-", 0 },
	{ ",pty " KEY, NULL, "", 1, "-", "-", 0 },
	{ "expiry-time=\"20300101Z\" " KEY, NULL, "", 1, "-", "-", 1893456000 },
	{ "expiry-time=\"20300101\" " KEY, NULL, "", 1, "-", "-", 1893456000 - 3600 },
	{ "expiry-time=\"20300101Z\",expiry-time=\"202901010000UTC\" " KEY, NULL, "", 2, "-", "-", 1861920000 },
	{ "expiry-time=\"20240229120000Z\" " KEY, NULL, "", 1, "-", "-", 1709208000 },
	{ "expiry-time=\"20300132\" " KEY, "its expiry-time= is not a time", "", 0, "-", "-", 0 },
	{ "expiry-time=\"\" " KEY, "its expiry-time= is not a time", "", 0, "-", "-", 0 },
	{ "from=\"a\",from=\"b\" " KEY, "it has more than one from=", "", 1, "a", "-", 0 },
	{ "command=\"a\",command=\"b\" " KEY, "it has more than one command=", "", 1, "-", "a", 0 },
	{ "from=\"10.0.0.1/8\" " KEY, "its from= has a network that sshd refuses", "", 1, "10.0.0.1/8", "-", 0 },
	{ "principals=\"a\" " KEY, "it has principals= without cert-authority", "", 1, "-", "-", 0 },
	{ "principals=\"a\",cert-authority " KEY, NULL, "", 2, "-", "-", 0 },
	{ "nonsense " KEY, "one of its options is not known to sshd", "", 0, "-", "-", 0 },
	{ "restricted " KEY, "one of its options is not known to sshd", "", 0, "-", "-", 0 },
	{ "no-restrict " KEY, "one of its options is not known to sshd", "", 0, "-", "-", 0 },
	{ "command=x " KEY, "a value of its options is not in quotes", "", 0, "-", "-", 0 },
	{ "command=\"x " KEY, "a quote of its options is not closed", "", 0, "-", "-", 0 },
	{ "environment=\"A=b\",environment=\"C=d\" " KEY, NULL, "", 2, "-", "-", 0 },
	{ "environment=\"A-B=c\" " KEY, "its environment= is not NAME=value", "", 0, "-", "-", 0 },
	{ "permitopen=\"h:22\",permitopen=\"[::1]:*\",permitlisten=\"22\" " KEY, NULL, "", 3, "-", "-", 0 },
	{ "permitopen=\"h\" " KEY, "one of its permitopen= or permitlisten= has no port", "", 0, "-", "-", 0 },
	{ "tunnel=\"any\" " KEY, NULL, "", 1, "-", "-", 0 },
	{ "tunnel=\"x\" " KEY, "its tunnel= is not the number of a device", "", 0, "-", "-", 0 },
	{ "no-touch-required,verify-required " KEY, NULL, "", 2, "-", "-", 0 },
	{ "x", "it holds no key", "", 0, "-", "-", 0 },
	{ "ssh-ed25519", "it holds no key", "", 0, "-", "-", 0 },
	{ "ssh-ed25519 !!!", "its key is not base64", "", 0, "-", "-", 0 },
	{ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN1Y", "its key is cut short or malformed", "", 0, "-", "-", 0 },
	{ "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIN1YdxBpNlzxDqfJyw/QKow1F+wvG9hXGoqiysfJOn5Y", "its key is of another type than the line says", "", 0, "-", "-", 0 },
	{ "ecdsa-sha2-nistp256 " ECDSA "k=", NULL, "", 0, "-", "-", 0 },
	{ "ecdsa-sha2-nistp256 " ECDSA "g=", "the point of its key is not on the curve", "", 0, "-", "-", 0 },
};

static void read_lines(void **state)
{
	static const struct authorized_clock clock = { .now = 1900000000, .offset = 3600 };

	(void)state;
	for (size_t i = 0; i < countof(lines); i++) {
		struct arena          arena = { 0 };
		struct authorized_key key;
		struct error          err;

		print_message("  %s\n", lines[i].line);
		assert_int_equal(authorized_key_parse(slice_of(lines[i].line), &clock, &arena, &key, &err), 0);
		assert_int_equal(key.empty, lines[i].why && !lines[i].why[0]);
		if (!key.empty) {
			assert_string_equal(key.why ? key.why : "counts", lines[i].why ? lines[i].why : "counts");
			assert_int_equal(key.noptions, lines[i].options);
			assert_true(slice_is(key.from, lines[i].from[0] == '-' ? "" : lines[i].from) && (key.from.ptr != NULL) == (lines[i].from[0] != '-'));
			assert_true(slice_is(key.command, lines[i].command[0] == '-' ? "" : lines[i].command) && (key.command.ptr != NULL) == (lines[i].command[0] != '-'));
			assert_true(slice_is(key.comment, lines[i].comment));
			assert_int_equal(key.expires, lines[i].expires);
			assert_int_equal(key.expired, !key.why && key.expires != 0 && key.expires < clock.now);
		}
		arena_free(&arena);
	}
}

static void flags_follow_one_another(void **state)
{
	static const struct {
		const char *options;
		bool        port, agent, x11, pty, rc, restricted;
	} rows[] = {
		{ "pty ", true, true, true, true, true, false },
		{ "restrict ", false, false, false, false, false, true },
		{ "restrict,pty ", false, false, false, true, false, true },
		{ "pty,restrict ", false, false, false, false, false, true },
		{ "RESTRICT,Port-Forwarding,no-port-forwarding,X11-forwarding ", false, false, true, false, false, true },
		{ "no-port-forwarding,no-agent-forwarding,no-x11-forwarding,no-pty,no-user-rc ", false, false, false, false, false, false },
	};
	static const struct authorized_clock clock = { 0 };

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct arena          arena = { 0 };
		struct authorized_key key;
		struct error          err;
		char                  line[400], print[FINGERPRINT_SIZE];

		snprintf(line, sizeof(line), "%s%s", rows[i].options, KEY);
		assert_int_equal(authorized_key_parse(slice_of(line), &clock, &arena, &key, &err), 0);
		assert_null(key.why);
		assert_int_equal(key.port_forwarding, rows[i].port);
		assert_int_equal(key.agent_forwarding, rows[i].agent);
		assert_int_equal(key.x11_forwarding, rows[i].x11);
		assert_int_equal(key.pty, rows[i].pty);
		assert_int_equal(key.user_rc, rows[i].rc);
		assert_int_equal(key.restricted, rows[i].restricted);
		public_key_fingerprint(key.blob, print);
		assert_int_equal(key.key.bits, 256);
		assert_string_equal(print, PRINT);
		arena_free(&arena);
	}
}

/* What follows a zero byte is not there for sshd. */
static void a_zero_byte_ends_the_line(void **state)
{
	static const char                    line[] = KEY "\0rest";
	static const struct authorized_clock clock = { 0 };
	struct arena                         arena = { 0 };
	struct authorized_key                key;
	struct error                         err;

	(void)state;
	assert_int_equal(authorized_key_parse((struct slice){ .ptr = line, .len = sizeof(line) - 1 }, &clock, &arena, &key, &err), 0);
	assert_null(key.why);
	assert_int_equal(key.comment.len, 0);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(read_lines), cmocka_unit_test(flags_follow_one_another), cmocka_unit_test(a_zero_byte_ends_the_line) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

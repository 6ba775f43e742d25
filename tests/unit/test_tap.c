/* What is heard of a connection before encryption: identification and KEXINIT, in any cut of the bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "limit.h"
#include "mem.h"
#include "tap.h"

/* A packet of RFC 4253, section 6: length 12, padding 4, payload 20 and six bytes, padding. */
#define KEXINIT_PACKET "\0\0\0\x0c\x04\x14" \
		       "abcdef"             \
		       "pppp"
#define IGNORE_PACKET "\0\0\0\x0c\x04\x02" \
		      "ignore"             \
		      "pppp"

#define BYTES(literal)                                       \
	{                                                    \
		.ptr = (literal), .len = sizeof(literal) - 1 \
	}

static const struct {
	const char  *what;
	struct slice bytes;
	int          code;
	const char  *identification;
	const char  *preface;
	const char  *kexinit; /* NULL: not there */
} cases[] = {
	{ "plain", BYTES("SSH-2.0-a\r\n" KEXINIT_PACKET), 0, "SSH-2.0-a", "", "\x14" "abcdef" },
	{ "no carriage return", BYTES("SSH-2.0-a\n" KEXINIT_PACKET), 0, "SSH-2.0-a", "", "\x14" "abcdef" },
	{ "lines before", BYTES("hello\r\nworld\n" "SSH-2.0-a\r\n" KEXINIT_PACKET), 0, "SSH-2.0-a", "hello\r\nworld\n", "\x14" "abcdef" },
	{ "another packet first", BYTES("SSH-2.0-a\r\n" IGNORE_PACKET KEXINIT_PACKET), 0, "SSH-2.0-a", "", "\x14" "abcdef" },
	{ "what follows is not ours", BYTES("SSH-2.0-a\r\n" KEXINIT_PACKET "\xff\xff\xff\xff"), 0, "SSH-2.0-a", "", "\x14" "abcdef" },
	{ "cut short", BYTES("SSH-2.0-a\r\n\0\0\0\x0c\x04\x14"), 0, "SSH-2.0-a", "", NULL },
	{ "nothing but text", BYTES("HTTP/1.1 400 Bad Request\r\n"), 0, "", "HTTP/1.1 400 Bad Request\r\n", NULL },
	{ "impossible length", BYTES("SSH-2.0-a\r\n\x7f\0\0\x0c\x04\x14"), ERR_PROTOCOL, "SSH-2.0-a", "", NULL },
	{ "padding longer than the packet", BYTES("SSH-2.0-a\r\n\0\0\0\x05\x09\x14"), ERR_PROTOCOL, "SSH-2.0-a", "", NULL },
	{ "empty packet", BYTES("SSH-2.0-a\r\n\0\0\0\0\0\0"), ERR_PROTOCOL, "SSH-2.0-a", "", NULL },
};

/* Feed in pieces of `step` bytes; stops at the first failure as a session does. */
static int feed(struct tap *t, struct slice bytes, size_t step)
{
	struct error err;
	int          r = 0;

	for (size_t at = 0; r == 0 && at < bytes.len; at += step) {
		struct slice piece = slice_sub(bytes, at, step);

		r = tap_feed(t, piece.ptr, piece.len, &err);
	}
	return r;
}

static void test_cases_in_every_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		for (size_t step = 1; step <= cases[i].bytes.len; step++) {
			struct tap t;

			tap_init(&t);
			print_message("%s, %zu bytes at a time\n", cases[i].what, step);
			assert_int_equal(feed(&t, cases[i].bytes, step), cases[i].code);
			assert_true(slice_is(t.identification, cases[i].identification));
			if (t.identification.len > 0 || cases[i].code == 0)
				assert_true(slice_is(tap_preface(&t), cases[i].preface));
			assert_int_equal(t.done, cases[i].kexinit != NULL);
			if (cases[i].kexinit)
				assert_true(slice_is(t.kexinit, cases[i].kexinit));
			tap_fini(&t);
		}
	}
}

/* A tarpit sends lines for ever, and another one a line without end. */
static void test_endless_preface(void **state)
{
	static const char *const lines[] = { "x\r\n", "xxxxxxxxxxxxxxx" };

	(void)state;
	for (size_t i = 0; i < countof(lines); i++) {
		struct tap t;
		size_t     sent = 0;

		tap_init(&t);
		while (feed(&t, slice_of(lines[i]), SIZE_MAX) == 0) {
			sent += strlen(lines[i]);
			assert_true(sent < 2u * (LIMIT_BANNER_LINES + LIMIT_KEXINIT));
		}
		assert_true(t.identification.len == 0);
		tap_fini(&t);
	}
}

static void test_identification_too_long(void **state)
{
	struct tap t;
	char       line[LIMIT_IDENTIFICATION + 3];

	(void)state;
	snprintf(line, sizeof(line), "SSH-2.0-%0*d\n", LIMIT_IDENTIFICATION + 2 - 9, 0);
	tap_init(&t);
	assert_int_equal(feed(&t, (struct slice){ .ptr = line, .len = sizeof(line) - 1 }, SIZE_MAX), ERR_PROTOCOL);
	tap_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases_in_every_cut),
		cmocka_unit_test(test_endless_preface),
		cmocka_unit_test(test_identification_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "evidence.h"
#include "file.h"
#include "limit.h"
#include "mem.h"

#define N                   "0123456789abcdef0123456789abcdef"
#define START               "sshvet-evidence 1 " N "\n"
#define DONE                N " done\n"
#define SECTION(name, body) N " begin " name "\n" body "\n" N " end " name " 0\n"

/* A buffer of exactly the bytes, so that the sanitizer sees the first byte read past the end. */
static struct buf exact(struct slice bytes)
{
	struct buf b;

	buf_init(&b, LIMIT_EVIDENCE);
	b.ptr = mem_copy_text(bytes.ptr, bytes.len);
	assert_non_null(b.ptr);
	b.len = bytes.len;
	b.cap = bytes.len + 1;
	return b;
}

/* Parse a copy. On failure the stream has to be what it was. */
static int parse(struct slice bytes, enum evidence_origin origin, struct evidence **ret_evidence, struct error *err)
{
	struct buf stream = exact(bytes);
	int        r = evidence_parse(&stream, origin, ret_evidence, err);

	if (r < 0) {
		assert_int_equal(err->code, r);
		assert_true(slice_equal(buf_slice(&stream), bytes));
	} else {
		assert_null(stream.ptr);
	}
	buf_free(&stream);
	return r;
}

static struct evidence *parsed(const char *text)
{
	struct error     err = { 0 };
	struct evidence *ev = NULL;

	if (parse(slice_of(text), EVIDENCE_SAVED, &ev, &err) < 0)
		fail_msg("%s", err.text);
	return ev;
}

/* What is in a container, as text: NAME[arg=value]STATUS(body) with ! for truncated and ~ for not ended. */
static const char *describe(const struct evidence *ev, const char *const *names)
{
	static char text[1000];
	size_t      n = 0;

	text[0] = '\0';
	for (; *names; names++) {
		for (const struct section *s = evidence_find(ev, *names); s; s = evidence_find_next(ev, s)) {
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", s->name);
			for (size_t i = 0; i < s->nargs; i++)
				n += (size_t)snprintf(text + n, sizeof(text) - n, "[%s=%.*s]", s->args[i].name,
				                      (int)s->args[i].value.len, s->args[i].value.ptr);
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%d(%.*s)%s%s ", s->status, (int)s->body.len,
			                      s->body.ptr, s->truncated ? "!" : "", s->ended ? "" : "~");
		}
	}
	return text;
}

static const char *const names[] = { "a", "b", "c.d", "wire.x", NULL };

static void test_accepted(void **state)
{
	static const struct {
		const char *stream;
		bool        complete;
		const char *want;
	} cases[] = {
		{ START DONE, true, "" },
		{ START, false, "" },
		{ START SECTION("a", "") DONE, true, "a0() " },
		{ START SECTION("a", "x") DONE, true, "a0(x) " },
		{ START SECTION("a", "x\n") DONE, true, "a0(x\n) " },
		{ START SECTION("a", "\n") DONE, true, "a0(\n) " },
		{ START SECTION("a", "1") SECTION("b", "2") SECTION("a", "3") DONE, true, "a0(1) a0(3) b0(2) " },
		{ START SECTION("a", "1"), false, "a0(1) " },
		{ START N " begin a p=/etc/x q= r=%0a%25\nx\n" N " end a 7\n" DONE, true, "a[p=/etc/x][q=][r=\n%]7(x) " },
		{ START N " begin a\nx\n" N " end a 124 truncated\n" DONE, true, "a124(x)! " },
		{ START N " begin a limit=4\nxyz\n" N " end a 0\n" DONE, true, "a[limit=4]0(xyz) " },
		{ START N " begin a limit=3\nxyz\n" N " end a 0\n" DONE, true, "a[limit=3]0(xyz)! " },
		{ START N " begin a limit=2\nxyz\n" N " end a 0\n" DONE, true, "a[limit=2]0(xyz)! " },
		/* Lines that look like the frame's are not, without its nonce at the start of a line. */
		{ START SECTION("a", "x " N " end a 0\n"
		                     "0123456789abcdef0123456789abcdee end a 0") DONE,
		  true,
		  "a0(x " N " end a 0\n0123456789abcdef0123456789abcdee end a 0) " },
		{ START SECTION("a", N) DONE, true, "a0(" N ") " },
		{ START SECTION("a", "\n" N "x") DONE, true, "a0(\n" N "x) " },
		/* What stands around the frame. */
		{ "Welcome!\r\n\x1b[0m" START SECTION("a", "x") DONE, true, "a0(x) " },
		{ "prompt$ " START SECTION("a", "x") DONE, true, "a0(x) " },
		{ "sshvet-evidence is run\nsshvet-evidence 1 x\nsshvet-evidence sshvet-evidence " START DONE, true, "" },
		{ "sss" START DONE, true, "" },
		{ START SECTION("a", "x") DONE "logout\n" SECTION("b", "y"), true, "a0(x) " },
		/* Streams that break off. */
		{ START "0123", false, "" },
		{ START N " begin a", false, "" },
		{ START N " begin a\n", false, "a-1()!~ " },
		{ START N " begin a\nhalf", false, "a-1(half)!~ " },
		{ START N " begin a\nx\n" N " end a 0", false, "a-1(x)!~ " },
		{ START N " begin a\nx\n" N " ", false, "a-1(x)!~ " },
		{ START SECTION("a", "x") N " done", false, "a0(x) " },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct error     err = { 0 };
		struct evidence *ev = NULL;

		if (parse(slice_of(cases[i].stream), EVIDENCE_FROM_TARGET, &ev, &err) < 0)
			fail_msg("row %zu: %s", i, err.text);
		assert_int_equal(evidence_is_complete(ev), cases[i].complete);
		assert_string_equal(describe(ev, names), cases[i].want);
		evidence_free(ev);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *stream;
		int         code;
		const char *says;
	} cases[] = {
		{ "", ERR_COLLECTOR_FAILED, "nothing" },
		{ " \r\n", ERR_COLLECTOR_FAILED, "nothing" },
		{ "This account is \x1b[1mnot available.\n", ERR_COLLECTOR_FAILED, "This account is \\x1b[1mnot available." },
		{ "sshvet-evidence 1 0123\n", ERR_COLLECTOR_FAILED, "sshvet-evidence 1 0123" },
		{ "sshvet-evidence 1 " N, ERR_COLLECTOR_FAILED, "no evidence" },
		{ "sshvet-evidence 1 " N "0\n", ERR_COLLECTOR_FAILED, "no evidence" },
		{ "sshvet-evidence 1 0123456789ABCDEF0123456789abcdef\n", ERR_COLLECTOR_FAILED, "no evidence" },
		{ "sshvet-evidence 1 error no /dev/urandom\x07\nx", ERR_COLLECTOR_FAILED, "could not start: no /dev/urandom\\x07" },
		{ "sshvet-evidence 1 error cut", ERR_COLLECTOR_FAILED, "could not start: cut" },
		{ "sshvet-evidence 1 g123456789abcdef0123456789abcdef\n", ERR_COLLECTOR_FAILED, "no evidence" },
		{ "sshvet-evidence 1 0123456789abcdef0123456789abcdeg\n", ERR_COLLECTOR_FAILED, "no evidence" },
		{ "sshvet-evidence 1 error ", ERR_COLLECTOR_FAILED, "no reason given" },
		{ "sshvet-evidence 1 error \n", ERR_COLLECTOR_FAILED, "no reason given" },
		{ "sshvet-evidence 2 " N "\n", ERR_PROTOCOL, "format 2" },
		{ "sshvet-evidence 11 " N "\n", ERR_PROTOCOL, "format 11" },
		{ START "stray\n" DONE, ERR_PROTOCOL, "stray" },
		{ START "\n" DONE, ERR_PROTOCOL, "belongs to no section" },
		{ START "0123456789abcdef0123456789abcdee done\n", ERR_PROTOCOL, "belongs to no section" },
		{ START SECTION("a", "x") "\n" DONE, ERR_PROTOCOL, "belongs to no section" },
		{ START N " end a 0\n", ERR_PROTOCOL, "out of place" },
		{ START N " \n", ERR_PROTOCOL, "out of place" },
		{ START N " done \n", ERR_PROTOCOL, "out of place" },
		{ START N " Begin a\n", ERR_PROTOCOL, "out of place" },
		{ START N " begin a\nx\n" N " end b 0\n", ERR_PROTOCOL, "ends as another" },
		{ START N " begin a\nx\n" N " end aa 0\n", ERR_PROTOCOL, "ends as another" },
		{ START N " begin a\nx\n" N " end \n", ERR_PROTOCOL, "ends as another" },
		{ START N " begin a\nx\n" N " begin b\n", ERR_PROTOCOL, "does not end" },
		{ START N " begin a\nx\n" DONE, ERR_PROTOCOL, "does not end" },
		{ START N " begin a\n" N " end a 0\n" N " begin b\n", ERR_PROTOCOL, "does not end" },
		{ START N " begin a\nx\n" N " end a\n", ERR_PROTOCOL, "not an exit status" },
		{ START N " begin a\nx\n" N " end a 256\n", ERR_PROTOCOL, "not an exit status" },
		{ START N " begin a\nx\n" N " end a -1\n", ERR_PROTOCOL, "not an exit status" },
		{ START N " begin a\nx\n" N " end a  0\n", ERR_PROTOCOL, "not an exit status" },
		{ START N " begin a\nx\n" N " end a 0 cut\n", ERR_PROTOCOL, "not the end" },
		{ START N " begin a\nx\n" N " end a 0 truncated more\n", ERR_PROTOCOL, "not the end" },
		{ START N " begin \n", ERR_PROTOCOL, "not a section's name" },
		{ START N " begin A\n", ERR_PROTOCOL, "not a section's name" },
		{ START N " begin a/b\n", ERR_PROTOCOL, "not a section's name" },
		{ START N " begin  a\n", ERR_PROTOCOL, "not a section's name" },
		{ START N " begin a x\n", ERR_PROTOCOL, "not name=value" },
		{ START N " begin a =x\n", ERR_PROTOCOL, "not name=value" },
		{ START N " begin a X=x\n", ERR_PROTOCOL, "not name=value" },
		{ START N " begin a  x=1\n", ERR_PROTOCOL, "not name=value" },
		{ START N " begin a x=%\n", ERR_PROTOCOL, "does not decode: '%'" },
		{ START N " begin a x=%zz\n", ERR_PROTOCOL, "does not decode" },
		{ START N " begin a x=a\tb\n", ERR_PROTOCOL, "does not decode: 'a\\x09b'" },
		{ START N " begin a x=1 x=2\n", ERR_PROTOCOL, "two arguments x" },
		{ START N " begin a limit=x\n\n" N " end a 0\n", ERR_PROTOCOL, "not a limit" },
		{ START N " begin a limit=\n\n" N " end a 0\n", ERR_PROTOCOL, "not a limit" },
		{ START SECTION("wire.kexinit", "x"), ERR_PROTOCOL, "only the scanner" },
		{ START SECTION("scanner.note", "x"), ERR_PROTOCOL, "only the scanner" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct error     err = { 0 };
		struct evidence *ev = NULL;

		assert_int_equal(parse(slice_of(cases[i].stream), EVIDENCE_FROM_TARGET, &ev, &err), cases[i].code);
		if (!strstr(err.text, cases[i].says))
			fail_msg("row %zu: %s", i, err.text);
	}
}

/* A body begins after the begin line's newline, and the end line needs a newline of the frame's own: without one it is the body's. */
static void test_frame_newline(void **state)
{
	struct evidence *ev = parsed(START N " begin a\n" N " end a 0\n\n" N " end a 3\n" DONE);

	(void)state;
	assert_string_equal(describe(ev, names), "a3(" N " end a 0\n) ");
	evidence_free(ev);
}

static void append(struct buf *b, const char *text)
{
	assert_int_equal(buf_append_text(b, text, NULL), 0);
}

/* Noise, sections and arguments: the maximum is accepted and one more is not. */
static void test_limits(void **state)
{
	static const struct {
		const char *before;
		const char *each;
		size_t      max;
		const char *after;
		int         code;
	} cases[] = {
		{ "", "x", LIMIT_EVIDENCE_NOISE, START DONE, ERR_COLLECTOR_FAILED },
		{ "", "s", LIMIT_EVIDENCE_NOISE, START DONE, ERR_COLLECTOR_FAILED },
		{ START, SECTION("a", ""), LIMIT_SECTIONS, DONE, ERR_EVIDENCE_TOO_LARGE },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		for (size_t more = 0; more <= 1; more++) {
			struct error     err = { 0 };
			struct evidence *ev = NULL;
			struct buf       b;

			buf_init(&b, LIMIT_EVIDENCE);
			append(&b, cases[i].before);
			for (size_t n = 0; n < cases[i].max + more; n++)
				append(&b, cases[i].each);
			append(&b, cases[i].after);
			assert_int_equal(parse(buf_slice(&b), EVIDENCE_FROM_TARGET, &ev, &err), more ? cases[i].code : 0);
			if (!more)
				evidence_free(ev);
			buf_free(&b);
		}
	}
}

static void test_limit_of_arguments(void **state)
{
	(void)state;
	for (size_t more = 0; more <= 1; more++) {
		struct error     err = { 0 };
		struct evidence *ev = NULL;
		struct buf       b;

		buf_init(&b, LIMIT_EVIDENCE);
		append(&b, START N " begin a");
		for (size_t n = 0; n < LIMIT_SECTION_ARGS + more; n++)
			assert_int_equal(buf_printf(&b, NULL, " x%zu=%zu", n, n), 0);
		append(&b, "\n\n" N " end a 0\n" DONE);
		assert_int_equal(parse(buf_slice(&b), EVIDENCE_FROM_TARGET, &ev, &err), more ? ERR_PROTOCOL : 0);
		if (!more)
			assert_true(slice_is(section_arg(evidence_find(ev, "a"), "x15"), "15"));
		if (!more)
			evidence_free(ev);
		buf_free(&b);
	}
}

static void test_lookup(void **state)
{
	struct evidence      *ev = parsed(START N " begin a x=1 e=\n\n" N " end a 0\n" SECTION("b", "") SECTION("a", "2") DONE);
	const struct section *s = evidence_find(ev, "a");

	(void)state;
	assert_null(evidence_find(ev, "c"));
	assert_null(evidence_find(ev, ""));
	assert_true(slice_is(section_arg(s, "x"), "1"));
	assert_non_null(section_arg(s, "e").ptr);
	assert_int_equal(section_arg(s, "e").len, 0);
	assert_null(section_arg(s, "y").ptr);
	s = evidence_find_next(ev, s);
	assert_true(slice_is(s->body, "2"));
	assert_null(evidence_find_next(ev, s));
	evidence_free(ev);
	evidence_free(NULL);
}

static void assert_written(const struct evidence *ev, const char *want)
{
	struct buf out;

	buf_init(&out, LIMIT_EVIDENCE);
	assert_int_equal(evidence_write(ev, &out, NULL), 0);
	assert_string_equal(buf_text(&out), want);
	buf_free(&out);
}

static void test_add_and_write(void **state)
{
	static const struct evidence_pair args[] = { { "from", "a b\n" }, { "empty", "" } };
	struct evidence                  *ev = parsed("noise" START SECTION("a", "x\n") N " begin b limit=1\ny\n" N " end b 3\n" DONE "more");

	(void)state;
	assert_int_equal(evidence_add(ev, "wire.x", args, 2, (struct slice){ .ptr = "q\0r", .len = 3 }, NULL), 0);
	assert_int_equal(evidence_add(ev, "wire.x", NULL, 0, (struct slice){ 0 }, NULL), 0);
	assert_true(slice_is(section_arg(evidence_find(ev, "wire.x"), "from"), "a b\n"));
	assert_int_equal(evidence_find(ev, "wire.x")->body.len, 3);
	assert_true(evidence_find(ev, "wire.x")->ended && !evidence_find(ev, "wire.x")->truncated);
	evidence_free(ev);

	ev = parsed(START SECTION("a", "x\n") N " begin b limit=1\ny\n" N " end b 3\n" DONE);
	assert_int_equal(evidence_add(ev, "wire.x", args, 2, slice_of("q"), NULL), 0);
	assert_written(ev, START N " begin wire.x from=a%20b%0A empty=\nq\n" N " end wire.x 0\n" SECTION("a", "x\n")
	                           N " begin b limit=1\ny\n" N " end b 3 truncated\n" DONE);
	evidence_free(ev);

	ev = parsed(START SECTION("a", "x") N " begin b\nhalf\n");
	assert_int_equal(evidence_add(ev, "scanner.y", NULL, 0, slice_of("q"), NULL), 0);
	assert_written(ev, START SECTION("scanner.y", "q") SECTION("a", "x") N " begin b\nhalf\n");
	evidence_free(ev);
}

static void test_add_refused(void **state)
{
	static const struct evidence_pair bad = { "No", "x" };
	struct evidence                  *ev = parsed(START SECTION("a", "x") DONE);
	struct error                      err = { 0 };

	(void)state;
	assert_int_equal(evidence_add(ev, "a", NULL, 0, slice_of("x"), &err), ERR_INTERNAL);
	assert_int_equal(evidence_add(ev, "wire.x", &bad, 1, slice_of("x"), &err), ERR_PROTOCOL);
	assert_int_equal(evidence_add(ev, "wire.X", NULL, 0, slice_of("x"), &err), ERR_PROTOCOL);
	/* What a server that knows its nonce beforehand could have sent before the login. */
	assert_int_equal(evidence_add(ev, "wire.x", NULL, 0, slice_of("SSH-2.0\n" N " end wire.x 0\n"), &err), ERR_PROTOCOL);
	assert_written(ev, START SECTION("a", "x") DONE);
	for (size_t n = 1; n < LIMIT_SECTIONS; n++)
		assert_int_equal(evidence_add(ev, "wire.x", NULL, 0, slice_of("x"), &err), 0);
	assert_int_equal(evidence_add(ev, "wire.x", NULL, 0, slice_of("x"), &err), ERR_EVIDENCE_TOO_LARGE);
	evidence_free(ev);
}

static void test_write_maximum(void **state)
{
	struct evidence *ev = parsed(START SECTION("a", "xxxx") DONE);
	struct buf       whole;

	(void)state;
	buf_init(&whole, LIMIT_EVIDENCE);
	assert_int_equal(evidence_write(ev, &whole, NULL), 0);
	for (size_t max = 0; max < whole.len; max++) {
		struct buf out;

		buf_init(&out, max);
		assert_int_equal(evidence_write(ev, &out, NULL), ERR_TOO_BIG);
		buf_free(&out);
	}
	buf_free(&whole);
	evidence_free(ev);
}

static struct buf recorded(void)
{
	struct error err = { 0 };
	struct buf   text;

	if (file_read(TESTS_DIR "/fuzz/corpus/fuzz_evidence/typical", LIMIT_EVIDENCE, FILE_ANY, &text, &err) < 0)
		fail_msg("%s", err.text);
	return text;
}

/* True when `part` has nothing that `whole` has not: each section that ended is the same one, byte for byte. */
static bool is_part_of(const struct evidence *part, const struct evidence *whole, const char *name)
{
	const struct section *have = evidence_find(part, name);
	const struct section *want = evidence_find(whole, name);

	if (!have || !have->ended)
		return true;
	return want && slice_equal(have->body, want->body) && have->status == want->status && have->truncated == want->truncated;
}

static const char *const recorded_names[] = { "host.os_release", "sshd.effective", "sshd.file", "firewall.nft" };

/* Cut anywhere, a recording is incomplete, and what it still has whole is what it had. */
static void test_every_prefix(void **state)
{
	struct error     err = { 0 };
	struct evidence *whole = NULL;
	struct buf       text = recorded();

	(void)state;
	assert_int_equal(parse(buf_slice(&text), EVIDENCE_FROM_TARGET, &whole, &err), 0);
	assert_true(evidence_is_complete(whole));
	for (size_t len = 0; len < text.len; len++) {
		struct evidence *ev = NULL;
		int              r = parse(slice_sub(buf_slice(&text), 0, len), EVIDENCE_FROM_TARGET, &ev, &err);

		assert_int_equal(r, len < sizeof(START) - 1 ? ERR_COLLECTOR_FAILED : 0);
		if (r < 0)
			continue;
		assert_false(evidence_is_complete(ev));
		for (size_t i = 0; i < countof(recorded_names); i++)
			assert_true(is_part_of(ev, whole, recorded_names[i]));
		evidence_free(ev);
	}
	evidence_free(whole);
	buf_free(&text);
}

/* One byte changed: refused, or incomplete, or every section is still there. A section must not get lost unseen. */
static void check_flipped(struct slice stream, size_t at)
{
	struct error     err = { 0 };
	struct evidence *ev = NULL;

	if (parse(stream, EVIDENCE_FROM_TARGET, &ev, &err) < 0)
		return;
	for (size_t i = 0; i < countof(recorded_names); i++) {
		if (evidence_is_complete(ev) && !evidence_find(ev, recorded_names[i]))
			fail_msg("byte %zu as 0x%02x lost %s", at, (unsigned)(unsigned char)stream.ptr[at], recorded_names[i]);
	}
	evidence_free(ev);
}

static void test_every_flip(void **state)
{
	struct buf text = recorded();

	(void)state;
	for (size_t i = 0; i < text.len; i++) {
		const char old = text.ptr[i];

		for (int c = 0; c < 256; c++) {
			text.ptr[i] = (char)c;
			check_flipped(buf_slice(&text), i);
		}
		text.ptr[i] = old;
	}
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),     cmocka_unit_test(test_refused),       cmocka_unit_test(test_frame_newline),
		cmocka_unit_test(test_limits),       cmocka_unit_test(test_limit_of_arguments), cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_add_and_write), cmocka_unit_test(test_add_refused),  cmocka_unit_test(test_write_maximum),
		cmocka_unit_test(test_every_prefix), cmocka_unit_test(test_every_flip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

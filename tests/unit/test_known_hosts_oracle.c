/*
 * Random known_hosts files, half of them hashed by ssh-keygen -H: the lines that `ssh-keygen -F host` finds say
 * what the answer has to be. The answer is worked out from its line numbers and from what this test wrote
 * there, not from our parser.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base64.h"
#include "keygen.h"
#include "known_hosts.h"
#include "mem.h"
#include "packed.h"

#define ROUNDS 40  /* files */
#define LINES  30  /* of a file */
#define FOUND  200 /* lines found, at most: hashing splits a line by its names */

static char     folder[] = "/tmp/sshvet-keygen-XXXXXX";
static char     file_path[200];
static char     old_path[200];
static char     out_path[200];
static unsigned seed;

/* The pool of keys: two of each of three types. */
static struct key {
	char       type[32];
	struct buf blob;
	struct buf base64;
} keys[6];

/* The seed of a randomised test: SSHVET_TEST_SEED, or the time. Printed, so that a failure can be repeated. */
static unsigned first_seed(void)
{
	const char *fixed = getenv("SSHVET_TEST_SEED");
	unsigned    first = fixed ? (unsigned)strtoul(fixed, NULL, 10) : (unsigned)time(NULL) ^ (unsigned)getpid();

	printf("SSHVET_TEST_SEED=%u\n", first);
	return first;
}

static unsigned roll(unsigned sides)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % sides;
}

/* Well-formed, but of no use: nothing here computes with them. */
static void make_keys(void)
{
	static const char *const types[] = { "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa" };

	for (size_t i = 0; i < countof(keys); i++) {
		struct buf *blob = &keys[i].blob;
		char        body[66];

		snprintf(keys[i].type, sizeof(keys[i].type), "%s", types[i / 2]);
		buf_init(blob, 1000);
		buf_init(&keys[i].base64, 1000);
		snprintf(body, sizeof(body), "\004%064zu", i);
		assert_int_equal(packed_put_string(blob, slice_of(keys[i].type), NULL), 0);
		if (i / 2 == 1)
			assert_int_equal(packed_put_string(blob, slice_of("nistp256"), NULL), 0);
		if (i / 2 == 2)
			assert_int_equal(packed_put_string(blob, slice_of("\003"), NULL), 0);
		assert_int_equal(
			packed_put_string(blob, i / 2 == 0 ? slice_of(body + 33) : slice_of(body), NULL), 0);
		assert_int_equal(base64_encode(&keys[i].base64, buf_slice(blob), NULL), 0);
	}
}

static const char *const names[] = { "web", "WEB", "web1", "web2", "db", "db.example.org",
	                             "a.example.org", "192.0.2.7", "2001:db8::1" };
static const unsigned    ports[] = { 22, 22, 2222, 222 };
static const char *const patterns[] = { "*", "web?", "*.example.org", "!db*", "192.0.2.*",
	                                "[*]:2222", "[web]:*", "!web1", "*b*", "w*" };

/* One name or pattern of a list. */
static void put_host(struct buf *out, bool with_patterns)
{
	const char *name = names[roll(countof(names))];
	unsigned    port = ports[roll(countof(ports))];

	if (with_patterns && roll(2) == 0)
		assert_int_equal(buf_append_text(out, patterns[roll(countof(patterns))], NULL), 0);
	else if (port == 22)
		assert_int_equal(buf_append_text(out, name, NULL), 0);
	else
		assert_int_equal(buf_printf(out, NULL, "[%s]:%u", name, port), 0);
}

static void put_line(struct buf *out)
{
	static const char *const markers[] = { "", "", "", "", "", "", "@revoked ", "@cert-authority " };
	bool                     with_patterns = roll(3) == 0;
	const struct key        *key = &keys[roll(countof(keys))];

	if (roll(10) == 0) {
		assert_int_equal(buf_append_text(out, roll(2) ? "# comment\n" : "\n", NULL), 0);
		return;
	}
	assert_int_equal(buf_append_text(out, markers[roll(countof(markers))], NULL), 0);
	put_host(out, with_patterns);
	for (unsigned n = roll(3); n > 0; n--) {
		assert_int_equal(buf_append_text(out, ",", NULL), 0);
		put_host(out, with_patterns);
	}
	assert_int_equal(buf_printf(out, NULL, " %s %s%s\n", key->type, buf_text(&key->base64),
	                            roll(2) ? "" : " a comment"),
	                 0);
}

static void make_file(bool hash)
{
	const char *const argv[] = { "ssh-keygen", "-H", "-f", file_path, NULL };
	struct buf        text;
	FILE             *f = fopen(file_path, "w");

	assert_non_null(f);
	buf_init(&text, 1u << 20);
	for (int i = 0; i < LINES; i++)
		put_line(&text);
	assert_int_equal(fwrite(text.ptr, 1, text.len, f), text.len);
	assert_int_equal(fclose(f), 0);
	buf_free(&text);
	if (hash)
		assert_int_equal(keygen_spawn(argv, "/dev/null", "/dev/null"), 0);
	unlink(old_path);
}

/* Line `number` of a text. */
static struct slice line_of(struct slice text, size_t number)
{
	struct slice line = { 0 };

	for (size_t i = 0; i < number; i++)
		assert_true(slice_next_line(&text, &line, NULL));
	return line;
}

/* The numbers of the lines that ssh-keygen finds: "# Host web found: line 7 CA" */
static size_t ask_keygen(const char *name, size_t lines[FOUND])
{
	const char *const argv[] = { "ssh-keygen", "-F", name, "-f", file_path, NULL };
	static const char found[] = " found: line ";
	struct error      err;
	struct buf        text;
	const char       *at;
	size_t            n = 0;

	assert_in_range(keygen_spawn(argv, "/dev/null", out_path), 0, 1);
	if (file_read(out_path, 1u << 20, FILE_ANY, &text, &err) < 0)
		fail_msg("%s", err.text);
	for (at = strstr(buf_text(&text), found); at; at = strstr(at + 1, found)) {
		assert_true(n < FOUND);
		lines[n++] = (size_t)strtoul(at + sizeof(found) - 1, NULL, 10);
	}
	buf_free(&text);
	return n;
}

static bool line_has(struct slice line, const char *what)
{
	char *text = mem_copy_text(line.ptr, line.len);
	bool  has = strstr(text, what) != NULL;

	mem_free(text);
	return has;
}

static size_t key_of(struct slice line)
{
	for (size_t i = 0; i < countof(keys); i++)
		if (line_has(line, buf_text(&keys[i].base64)))
			return i;
	fail_msg("no key in %.*s", (int)line.len, line.ptr);
	return 0;
}

/* What the lines found mean for one key, by the words of known_hosts.h. */
static enum known_hosts_match expected(struct slice text, const size_t *lines, size_t n, size_t key)
{
	bool match = false;
	bool changed = false;
	bool other = false;
	bool authority = false;

	for (size_t i = 0; i < n; i++) {
		struct slice line = line_of(text, lines[i]);
		size_t       k = key_of(line);

		if (line_has(line, "@revoked")) {
			if (k == key)
				return KNOWN_HOSTS_REVOKED;
		} else if (line_has(line, "@cert-authority")) {
			authority = true;
		} else if (k == key) {
			match = true;
		} else if (k / 2 == key / 2) {
			changed = true;
		} else {
			other = true;
		}
	}
	return match       ? KNOWN_HOSTS_MATCH
	       : changed   ? KNOWN_HOSTS_CHANGED
	       : other     ? KNOWN_HOSTS_OTHER_TYPE
	       : authority ? KNOWN_HOSTS_CA_ONLY
	                   : KNOWN_HOSTS_UNKNOWN;
}

/* The types of the trusted keys that are not revoked, in the order found. */
static void expected_types(struct slice text, const size_t *lines, size_t n, struct buf *types)
{
	bool seen[countof(keys) / 2] = { false };

	for (size_t i = 0; i < n; i++) {
		struct slice line = line_of(text, lines[i]);
		size_t       k = key_of(line);

		if (line.ptr[0] == '@' || seen[k / 2] || expected(text, lines, n, k) == KNOWN_HOSTS_REVOKED)
			continue;
		seen[k / 2] = true;
		assert_int_equal(buf_printf(types, NULL, "%s%s", types->len > 0 ? "," : "", keys[k].type), 0);
	}
}

static void compare(const struct known_hosts *kh, struct slice text, const char *host, unsigned port)
{
	char         name[100];
	size_t       lines[FOUND];
	size_t       n;
	struct buf   want;
	struct buf   got;
	struct error err;

	if (port == 22)
		snprintf(name, sizeof(name), "%s", host);
	else
		snprintf(name, sizeof(name), "[%s]:%u", host, port);
	for (char *c = name; *c != '\0'; c++)
		*c = (char)tolower(
			(unsigned char)*c); /* as ssh does, and ssh-keygen -F does not, before hashing */
	n = ask_keygen(name, lines);
	for (size_t k = 0; k < countof(keys); k++) {
		enum known_hosts_match must = expected(text, lines, n, k);
		enum known_hosts_match is = known_hosts_check(kh, host, port, buf_slice(&keys[k].blob)).match;

		if (is != must)
			fail_msg("%s, key %zu: %d instead of %d in\n%.*s", name, k, is, must, (int)text.len,
			         text.ptr);
	}
	buf_init(&want, 1000);
	expected_types(text, lines, n, &want);
	assert_int_equal(known_hosts_types(kh, host, port, &got, &err), 0);
	assert_string_equal(buf_text(&got), buf_text(&want));
	buf_free(&got);
	buf_free(&want);
}

static void agrees_with_ssh_keygen(void **state)
{
	size_t compared = 0;

	(void)state;
	if (!keygen_exists())
		skip();
	assert_non_null(mkdtemp(folder));
	snprintf(file_path, sizeof(file_path), "%s/known_hosts", folder);
	snprintf(old_path, sizeof(old_path), "%s/known_hosts.old", folder);
	snprintf(out_path, sizeof(out_path), "%s/out", folder);
	seed = first_seed();
	make_keys();
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct known_hosts *kh = known_hosts_new();
		struct error        err;
		struct buf          text;

		make_file(round % 2 == 1);
		assert_int_equal(file_read(file_path, 1u << 20, FILE_ANY, &text, &err), 0);
		assert_int_equal(known_hosts_load(kh, file_path, &err), 0);
		assert_int_equal(known_hosts_skipped(kh), 0);
		for (size_t i = 0; i < countof(names); i++)
			for (size_t p = 1; p < countof(ports); p++, compared++)
				compare(kh, buf_slice(&text), names[i], ports[p]);
		buf_free(&text);
		known_hosts_free(kh);
	}
	print_message("%d files, %zu look-ups of %zu keys\n", ROUNDS, compared, countof(keys));
	for (size_t i = 0; i < countof(keys); i++) {
		buf_free(&keys[i].blob);
		buf_free(&keys[i].base64);
	}
	keygen_remove(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_ssh_keygen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

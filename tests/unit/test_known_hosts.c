/*
 * known_hosts: rows of file, host, port and key, with the answer; then appending, threads and bounds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sys/stat.h>

#include "base64.h"
#include "file.h"
#include "host_pattern.h"
#include "known_hosts.h"
#include "mem.h"

/* Keys that only look like some: nothing here computes with them. Two of one type, and one each of two others.
 */
#define ED_A "AAAAC3NzaC1lZDI1NTE5AAAAIGFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh"
#define ED_B "AAAAC3NzaC1lZDI1NTE5AAAAIGJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJi"
#define RSA_A                                                                                                  \
	"AAAAB3NzaC1yc2EAAAADAQABAAAAgQDBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHB" \
	"wcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHB" \
	"wQ=="
#define RSA_PADDED                                                                                             \
	"AAAAB3NzaC1yc2EAAAADAQABAAAAggAAwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHB" \
	"wcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHB" \
	"wcE="
#define EC_A                                                                                                   \
	"AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBw" \
	"cHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHA="
#define NEW_A  "AAAAB3NzaC1uZXcAAAAIYW55dGhpbmc="
#define CERT_A "AAAAHHNzaC1uZXctY2VydC12MDFAb3BlbnNzaC5jb20AAAABeA=="

static struct slice decode(const char *base64, struct buf *blob)
{
	struct error err;

	buf_init(blob, 4096);
	if (base64_decode(blob, slice_of(base64), &err) < 0)
		fail_msg("%s", err.text);
	return buf_slice(blob);
}

static struct known_hosts *parse(const char *text)
{
	struct known_hosts *kh = known_hosts_new();
	struct error        err;

	assert_non_null(kh);
	if (known_hosts_parse(kh, slice_of(text), "kh", &err) < 0)
		fail_msg("%s", err.text);
	return kh;
}

static const struct {
	const char            *file;
	const char            *host;
	unsigned               port;
	const char            *key;
	enum known_hosts_match match;
	const char            *where;
	const char            *types;
} rows[] = {
	/* plain names */
	{ "", "web", 22, ED_A, KNOWN_HOSTS_UNKNOWN, "", "" },
	{ "web ssh-ed25519 " ED_A "\n", "web", 22, ED_A, KNOWN_HOSTS_MATCH, "kh:1", "ssh-ed25519" },
	{ "web ssh-ed25519 " ED_A, "web", 22, ED_A, KNOWN_HOSTS_MATCH, "kh:1", "ssh-ed25519" },
	{ "web\tssh-ed25519\t" ED_A "\tcomment here\r\n", "web", 22, ED_A, KNOWN_HOSTS_MATCH, "kh:1", "ssh-ed25519" },
	{ "web ssh-ed25519 " ED_A "\r\n", "web", 22, ED_A, KNOWN_HOSTS_MATCH, "kh:1", "ssh-ed25519" },
	{ "  web ssh-ed25519 " ED_A "\n", "web", 22, ED_A, KNOWN_HOSTS_MATCH, "kh:1", "ssh-ed25519" },
	{ "Web ssh-ed25519 " ED_A "\n", "wEB", 22, ED_A, KNOWN_HOSTS_MATCH, "kh:1", "ssh-ed25519" },
	{ "db,web,192.0.2.7 ssh-ed25519 " ED_A "\n", "web", 22, ED_A, KNOWN_HOSTS_MATCH, "kh:1", "ssh-ed25519" },
	{ "db,web,192.0.2.7 ssh-ed25519 " ED_A "\n", "192.0.2.7", 22, ED_A, KNOWN_HOSTS_MATCH, "kh:1", "ssh-ed25519" },
	{ "webx ssh-ed25519 " ED_A "\n", "web", 22, ED_A, KNOWN_HOSTS_UNKNOWN, "", "" },
	{ "web ssh-ed25519 " ED_A "\n", "web.", 22, ED_A, KNOWN_HOSTS_UNKNOWN, "", "" },
	{ "# web ssh-ed25519 " ED_A "\n\n  \n", "web", 22, ED_A, KNOWN_HOSTS_UNKNOWN, "", "" },
	/* several keys */
	{ "web ssh-ed25519 " ED_B "\n", "web", 22, ED_A, KNOWN_HOSTS_CHANGED, "kh:1", "ssh-ed25519" },
	{ "web ssh-rsa " RSA_A "\n", "web", 22, ED_A, KNOWN_HOSTS_OTHER_TYPE, "kh:1", "ssh-rsa" },
	{ "web ssh-rsa " RSA_A "\nweb ssh-ed25519 " ED_B "\n",
	  "web", 22, ED_A, KNOWN_HOSTS_CHANGED, "kh:2", "ssh-rsa,ssh-ed25519" },
	{ "web ssh-ed25519 " ED_B "\nweb ssh-ed25519 " ED_A "\n",
	  "web", 22, ED_A, KNOWN_HOSTS_MATCH, "kh:2", "ssh-ed25519" },
	{ "#\n\nweb ssh-ed25519 " ED_A "\nweb ssh-ed25519 " ED_A "\n",
	  "web", 22, ED_A, KNOWN_HOSTS_MATCH, "kh:3", "ssh-ed25519" },
	{ "web ecdsa-sha2-nistp256 " EC_A "\nweb ssh-rsa " RSA_A "\n*eb ssh-ed25519 " ED_A "\n",
	  "web", 22, ED_A, KNOWN_HOSTS_MATCH, "kh:3",
	  "ecdsa-sha2-nistp256,ssh-rsa,ssh-ed25519" },
	/* a type that is not known here still has to be the very same key */
	{ "web ssh-new " NEW_A "\n", "web", 22, NEW_A, KNOWN_HOSTS_MATCH, "kh:1", "ssh-new" },
	/* ports */
	{ "web ssh-ed25519 " ED_A "\n", "web", 2222, ED_A, KNOWN_HOSTS_UNKNOWN, "", "" },
	{ "[web]:2222 ssh-ed25519 " ED_A "\n", "web", 2222, ED_A, KNOWN_HOSTS_MATCH, "kh:1", "ssh-ed25519" },
	{ "[web]:2222 ssh-ed25519 " ED_A "\n", "web", 22, ED_A, KNOWN_HOSTS_UNKNOWN, "", "" },
	{ "[web]:22 ssh-ed25519 " ED_A "\n", "web", 22, ED_A, KNOWN_HOSTS_UNKNOWN, "", "" },
	{ "[web]:222 ssh-ed25519 " ED_A "\n", "web", 2222, ED_A, KNOWN_HOSTS_UNKNOWN, "", "" },
	{ "[web]:* ssh-ed25519 " ED_A "\n", "web", 2222, ED_A, KNOWN_HOSTS_MATCH, "kh:1", "ssh-ed25519" },
	{ "2001:db8::1 ssh-ed25519 " ED_A "\n", "2001:DB8::1", 22, ED_A, KNOWN_HOSTS_MATCH, "kh:1", "ssh-ed25519" },
	{ "[2001:db8::1]:2222 ssh-ed25519 " ED_A "\n",
	  "2001:db8::1", 2222, ED_A, KNOWN_HOSTS_MATCH, "kh:1", "ssh-ed25519" },
	{ "[2001:db8::1]:2222 ssh-ed25519 " ED_A "\n", "2001:db8::1", 22, ED_A, KNOWN_HOSTS_UNKNOWN, "", "" },
	/* patterns */
	{ "* ssh-ed25519 " ED_A "\n", "web", 22, ED_A, KNOWN_HOSTS_MATCH, "kh:1", "ssh-ed25519" },
	{ "*.Example.org ssh-ed25519 " ED_A "\n",
	  "a.b.example.org", 22, ED_A, KNOWN_HOSTS_MATCH, "kh:1", "ssh-ed25519" },
	{ "*.example.org ssh-ed25519 " ED_A "\n", "example.org", 22, ED_A, KNOWN_HOSTS_UNKNOWN, "", "" },
	{ "web? ssh-ed25519 " ED_A "\n", "web1", 22, ED_A, KNOWN_HOSTS_MATCH, "kh:1", "ssh-ed25519" },
	{ "web? ssh-ed25519 " ED_A "\n", "web", 22, ED_A, KNOWN_HOSTS_UNKNOWN, "", "" },
	{ "*.org,!evil.org ssh-ed25519 " ED_A "\n", "good.org", 22, ED_A, KNOWN_HOSTS_MATCH, "kh:1", "ssh-ed25519" },
	{ "*.org,!evil.org ssh-ed25519 " ED_A "\n", "evil.org", 22, ED_A, KNOWN_HOSTS_UNKNOWN, "", "" },
	{ "!evil.org,*.org ssh-ed25519 " ED_A "\n", "EVIL.org", 22, ED_A, KNOWN_HOSTS_UNKNOWN, "", "" },
	{ "web,!web ssh-ed25519 " ED_A "\n", "web", 22, ED_A, KNOWN_HOSTS_UNKNOWN, "", "" },
	{ "!db ssh-ed25519 " ED_A "\n", "web", 22, ED_A, KNOWN_HOSTS_UNKNOWN, "", "" },
	/* hashed names; the last have more than one, a salt of a wrong length, and a way of hashing nobody knows */
	{ "|1|MDEyMzQ1Njc4OWFiY2RlZmdoaWo=|SNc+mMaJ5VjTAtGAzpaNSQI+QpY= ssh-ed25519 " ED_A "\n",
	  "Web", 22, ED_A, KNOWN_HOSTS_MATCH, "kh:1", "ssh-ed25519" },
	{ "|1|MDEyMzQ1Njc4OWFiY2RlZmdoaWo=|SNc+mMaJ5VjTAtGAzpaNSQI+QpY= ssh-ed25519 " ED_A "\n",
	  "db", 22, ED_A, KNOWN_HOSTS_UNKNOWN, "", "" },
	{ "|1|MDEyMzQ1Njc4OWFiY2RlZmdoaWo=|1PquJOzpW8IGbeCFKZ9OB+DFr0U= ssh-ed25519 " ED_A "\n",
	  "web", 2222, ED_A, KNOWN_HOSTS_MATCH, "kh:1", "ssh-ed25519" },
	{ "|1|MDEyMzQ1Njc4OWFiY2RlZmdoaWo=|1PquJOzpW8IGbeCFKZ9OB+DFr0U= ssh-ed25519 " ED_A "\n",
	  "web", 22, ED_A, KNOWN_HOSTS_UNKNOWN, "", "" },
	{ "@revoked |1|MDEyMzQ1Njc4OWFiY2RlZmdoaWo=|SNc+mMaJ5VjTAtGAzpaNSQI+QpY= ssh-ed25519 " ED_A "\nweb ssh-ed25519 " ED_A "\n",
	  "web", 22, ED_A, KNOWN_HOSTS_REVOKED, "kh:1", "" },
	{ "|1|MDEyMzQ1Njc4OWFiY2RlZmdoaWo=|SNc+mMaJ5VjTAtGAzpaNSQI+QpY=,db ssh-ed25519 " ED_A "\n",
	  "db", 22, ED_A, KNOWN_HOSTS_UNKNOWN, "", "" },
	{ "|1|c2hvcnQ=|82pMa0J1rZDf4DvcS5t0oibyS44= ssh-ed25519 " ED_A "\n",
	  "web", 22, ED_A, KNOWN_HOSTS_UNKNOWN, "", "" },
	{ "|2|MDEyMzQ1Njc4OWFiY2RlZmdoaWo=|SNc+mMaJ5VjTAtGAzpaNSQI+QpY= ssh-ed25519 " ED_A "\n",
	  "web", 22, ED_A, KNOWN_HOSTS_UNKNOWN, "", "" },
	/* markers */
	{ "@revoked web ssh-ed25519 " ED_A "\n", "web", 22, ED_A, KNOWN_HOSTS_REVOKED, "kh:1", "" },
	{ "web ssh-ed25519 " ED_A "\n@revoked * ssh-ed25519 " ED_A "\n",
	  "web", 22, ED_A, KNOWN_HOSTS_REVOKED, "kh:2", "" },
	{ "@revoked\t*\tssh-ed25519 " ED_A "\nweb ssh-ed25519 " ED_A "\n",
	  "web", 22, ED_A, KNOWN_HOSTS_REVOKED, "kh:1", "" },
	{ "@revoked * ssh-ed25519 " ED_B "\nweb ssh-ed25519 " ED_A "\n",
	  "web", 22, ED_A, KNOWN_HOSTS_MATCH, "kh:2", "ssh-ed25519" },
	{ "@revoked * ssh-ed25519 " ED_B "\n", "web", 22, ED_A, KNOWN_HOSTS_UNKNOWN, "", "" },
	{ "@revoked db ssh-ed25519 " ED_A "\nweb ssh-ed25519 " ED_A "\n",
	  "web", 22, ED_A, KNOWN_HOSTS_MATCH, "kh:2", "ssh-ed25519" },
	{ "@cert-authority *.org ssh-ed25519 " ED_A "\n", "web.org", 22, ED_A, KNOWN_HOSTS_CA_ONLY, "kh:1", "" },
	{ "@cert-authority *.org ssh-ed25519 " ED_A "\n", "web.net", 22, ED_A, KNOWN_HOSTS_UNKNOWN, "", "" },
	{ "@cert-authority * ssh-ed25519 " ED_A "\nweb ssh-ed25519 " ED_B "\n",
	  "web", 22, ED_A, KNOWN_HOSTS_CHANGED, "kh:2", "ssh-ed25519" },
	{ "@cert-authority * ssh-ed25519 " ED_A "\nweb ssh-ed25519 " ED_A "\n",
	  "web", 22, ED_A, KNOWN_HOSTS_MATCH, "kh:2", "ssh-ed25519" },
	{ "@cert-authority * ssh-ed25519 " ED_A "\n@revoked * ssh-ed25519 " ED_A "\n",
	  "web", 22, ED_A, KNOWN_HOSTS_REVOKED, "kh:2", "" },
	/* a certificate's type is not one to ask for */
	{ "web ssh-new-cert-v01@openssh.com " CERT_A "\nweb ssh-rsa " RSA_A "\n",
	  "web", 22, ED_A, KNOWN_HOSTS_OTHER_TYPE, "kh:1", "ssh-rsa" },
};

static void answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct known_hosts       *kh = parse(rows[i].file);
		struct known_hosts_answer answer;
		struct error              err;
		struct buf                blob;
		struct buf                types;

		answer = known_hosts_check(kh, rows[i].host, rows[i].port, decode(rows[i].key, &blob));
		if (answer.match != rows[i].match || strcmp(answer.where, rows[i].where) != 0)
			fail_msg("row %zu: %d at '%s'\n%s", i, answer.match, answer.where, rows[i].file);
		assert_int_equal(known_hosts_types(kh, rows[i].host, rows[i].port, &types, &err), 0);
		assert_string_equal(buf_text(&types), rows[i].types);
		buf_free(&types);
		buf_free(&blob);
		known_hosts_free(kh);
	}
}

/* Lines that cannot be read, each of which is to be skipped and counted. */
static const char *const unreadable[] = {
	"web",
	"web ssh-ed25519",
	"web ssh-ed25519 ",
	"web ssh-ed25519 AAAA",
	"web ssh-ed25519 " ED_A "=",
	"web ssh-ed25519 !" ED_A,
	"web ssh-rsa " ED_A, /* the blob is of another type */
	"web  " ED_A,
	"web 1024 35 1234567890", /* SSH 1 */
	"@revoked",
	"@revoked web",
	"@unheard-of web ssh-ed25519 " ED_A,
	"@revoked @cert-authority web ssh-ed25519 " ED_A,
	"|1|AAAA|AAAA ssh-ed25519 " ED_A,
	"|1| ssh-ed25519 " ED_A,
	"|2|MDEyMzQ1Njc4OWFiY2RlZmdoaWo=|MDEyMzQ1Njc4OWFiY2RlZmdoaWo= ssh-ed25519 " ED_A,
	"| ssh-ed25519 " ED_A,
	"web ssh-rsa " RSA_PADDED, /* a number with a needless zero before it */
	"\x01",
};

static void skips_and_counts_what_it_cannot_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(unreadable); i++) {
		char                      text[2048];
		struct known_hosts       *kh;
		struct known_hosts_answer answer;
		struct buf                blob;

		snprintf(text, sizeof(text), "%s\nweb ssh-ed25519 %s\n", unreadable[i], ED_B);
		kh = parse(text);
		if (known_hosts_skipped(kh) != 1)
			fail_msg("%zu skipped of '%s'", known_hosts_skipped(kh), unreadable[i]);
		answer = known_hosts_check(kh, "web", 22, decode(ED_B, &blob));
		assert_int_equal(answer.match, KNOWN_HOSTS_MATCH);
		assert_string_equal(answer.where, "kh:2");
		buf_free(&blob);
		known_hosts_free(kh);
	}
}

/* What is no key, or spelt as none should be, must not come out as unknown: accept-new would take it. */
static void a_malformed_key_is_never_unknown(void **state)
{
	static const char *const keys[] = { "", "AAAA", RSA_PADDED, ED_A "AAAA" };
	struct known_hosts      *kh = parse("@revoked * ssh-rsa " RSA_A "\n");

	(void)state;
	for (size_t i = 0; i < countof(keys); i++) {
		struct known_hosts_answer answer;
		struct buf                blob;

		answer = known_hosts_check(kh, "web", 22, decode(keys[i], &blob));
		assert_int_equal(answer.match, KNOWN_HOSTS_CHANGED);
		buf_free(&blob);
	}
	known_hosts_free(kh);
}

static void takes_no_boundless_host(void **state)
{
	struct known_hosts *kh = parse("* ssh-ed25519 " ED_A "\n");
	char                host[4096];
	struct buf          blob;
	struct buf          types;
	struct error        err;

	(void)state;
	memset(host, 'a', sizeof(host));
	host[sizeof(host) - 1] = '\0';
	assert_int_equal(known_hosts_check(kh, host, 22, decode(ED_A, &blob)).match, KNOWN_HOSTS_CHANGED);
	assert_int_equal(known_hosts_types(kh, host, 22, &types, &err), ERR_TOO_BIG);
	buf_free(&blob);
	known_hosts_free(kh);
}

static void covers_patterns(void **state)
{
	static const struct {
		const char *list;
		const char *name;
		bool        covers;
	} patterns[] = {
		{ "", "", false },
		{ "*", "", true },
		{ "?", "", false },
		{ "**a**", "xay", true },
		{ "a*b*c", "abxbc", true },
		{ "a*b*c", "ab", false },
		{ "a,b", "b", true },
		{ "a,,b", "b", true },
		{ "!a", "a", false },
		{ "*,!", "x", true },
		{ "?*?", "ab", true },
		{ "?*?", "a", false },
		{ "*,!a*,ab", "ab", false },
		{ "a!", "a!", true },
	};
	char stars[1001];
	char name[1001];

	(void)state;
	for (size_t i = 0; i < countof(patterns); i++)
		if (host_pattern_list_covers(slice_of(patterns[i].list), slice_of(patterns[i].name)) !=
		    patterns[i].covers)
			fail_msg("'%s' and '%s'", patterns[i].list, patterns[i].name);
	/* What takes a naive matcher longer than the universe has existed. */
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (size_t i = 0; i + 1 < sizeof(stars); i++)
		stars[i] = i % 2 ? 'a' : '*';
	stars[sizeof(stars) - 2] = 'b';
	stars[sizeof(stars) - 1] = '\0';
	assert_false(slice_matches(slice_of(name), slice_of(stars)));
}

/* --- files --- */

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
}

static void expect_file(const char *path, const char *text)
{
	struct error err;
	struct buf   found;

	if (file_read(path, 1u << 20, FILE_ANY, &found, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(buf_text(&found), text);
	buf_free(&found);
}

static void appends(void **state)
{
	static const struct {
		const char *before; /* NULL: no file */
		const char *host;
		unsigned    port;
		const char *after;
		const char *where; /* behind the path */
	} cases[] = {
		{ NULL, "Web", 22, "web ssh-ed25519 " ED_A "\n", ":1" },
		{ "", "web", 22, "web ssh-ed25519 " ED_A "\n", ":1" },
		{ "# mine\n", "web", 2222, "# mine\n[web]:2222 ssh-ed25519 " ED_A "\n", ":2" },
		{ "# cut", "2001:db8::1", 22, "# cut\n2001:db8::1 ssh-ed25519 " ED_A "\n", ":2" },
		{ "db ssh-rsa " RSA_A "\n\n", "fe80::1%eth0", 22, "db ssh-rsa " RSA_A "\n\nfe80::1%eth0 ssh-ed25519 " ED_A "\n",
		  ":3" },
		{ "web ssh-ed25519 " ED_A "\n", "web", 22, "web ssh-ed25519 " ED_A "\n",
		  ":1" }, /* it is there */
	};
	char folder[] = "/tmp/sshvet-known-hosts-XXXXXX";
	char inner[100];
	char path[200];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(inner, sizeof(inner), "%s/ssh", folder);
	snprintf(path, sizeof(path), "%s/known_hosts", inner);
	for (size_t i = 0; i < countof(cases); i++) {
		struct known_hosts       *kh = known_hosts_new();
		struct known_hosts_answer answer;
		struct error              err;
		struct stat               st;
		struct buf                blob;
		char                      where[256];

		if (cases[i].before) {
			mkdir(inner, 0700);
			write_file(path, cases[i].before);
			assert_int_equal(known_hosts_load(kh, path, &err), 0);
		} else {
			assert_int_equal(known_hosts_load(kh, path, &err), ERR_NOT_FOUND);
		}
		if (known_hosts_append(kh, path, cases[i].host, cases[i].port, decode(ED_A, &blob), &err) < 0)
			fail_msg("%s", err.text);
		expect_file(path, cases[i].after);
		answer = known_hosts_check(kh, cases[i].host, cases[i].port, buf_slice(&blob));
		assert_int_equal(answer.match, KNOWN_HOSTS_MATCH);
		snprintf(where, sizeof(where), "%s%s", path, cases[i].where);
		assert_string_equal(answer.where, where);
		if (!cases[i].before) {
			assert_int_equal(stat(path, &st), 0);
			assert_int_equal(st.st_mode & 0777, 0600);
			assert_int_equal(stat(inner, &st), 0);
			assert_int_equal(st.st_mode & 0777, 0700);
		}
		unlink(path);
		rmdir(inner);
		buf_free(&blob);
		known_hosts_free(kh);
	}
	rmdir(folder);
}

static void appends_nothing_that_would_mean_something_else(void **state)
{
	static const char *const hosts[] = { "", "a b", "a\nb", "a,b", "*", "a?",
		                             "!a", "|1|a", "@revoked", "#a", "a\tb", "\x7f" };
	struct known_hosts      *kh = known_hosts_new();
	struct error             err;
	struct buf               blob;

	(void)state;
	decode(ED_A, &blob);
	for (size_t i = 0; i < countof(hosts); i++)
		assert_int_equal(known_hosts_append(kh, "/nonexistent/known_hosts", hosts[i], 22,
		                                    buf_slice(&blob), &err),
		                 ERR_OUTPUT);
	assert_int_equal(
		known_hosts_append(kh, "/nonexistent/a/known_hosts", "web", 22, buf_slice(&blob), &err),
		ERR_OUTPUT);
	assert_int_equal(known_hosts_append(kh, "/dev/full", "web", 22, buf_slice(&blob), &err), ERR_OUTPUT);
	assert_non_null(strstr(err.text, "/dev/full"));
	assert_int_equal(known_hosts_append(kh, "/dev/null", "web", 22, slice_of("no key"), &err), ERR_OUTPUT);
	assert_int_equal(err.code, ERR_OUTPUT);
	assert_int_equal(known_hosts_check(kh, "web", 22, buf_slice(&blob)).match, KNOWN_HOSTS_UNKNOWN);
	buf_free(&blob);
	known_hosts_free(kh);
}

/* The first of two keys for one host wins, whoever offers the second. */
static void appends_no_second_key(void **state)
{
	static const char *const lines[] = {
		"web ssh-ed25519 " ED_B "\n",
		"web ssh-rsa " RSA_A "\n",
		"@revoked * ssh-ed25519 " ED_A "\n",
		"@cert-authority * ssh-ed25519 " ED_B "\n",
	};

	(void)state;
	for (size_t i = 0; i < countof(lines); i++) {
		struct known_hosts *kh = parse(lines[i]);
		struct error        err;
		struct buf          blob;

		decode(ED_A, &blob);
		assert_int_equal(known_hosts_append(kh, "/dev/null", "web", 22, buf_slice(&blob), &err),
		                 ERR_HOST_KEY_CHANGED);
		assert_non_null(strstr(err.text, "kh:1"));
		assert_int_not_equal(known_hosts_check(kh, "web", 22, buf_slice(&blob)).match, KNOWN_HOSTS_MATCH);
		buf_free(&blob);
		known_hosts_free(kh);
	}
}

static void refuses_a_file_everybody_may_write(void **state)
{
	char                folder[] = "/tmp/sshvet-known-hosts-XXXXXX";
	struct known_hosts *kh = known_hosts_new();
	struct error        err;
	char                path[100];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/known_hosts", folder);
	write_file(path, "web ssh-ed25519 " ED_A "\n");
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(known_hosts_load(kh, path, &err), ERR_SYNTAX);
	assert_non_null(strstr(err.text, "chmod o-w"));
	unlink(path);
	rmdir(folder);
	known_hosts_free(kh);
}

/* --- threads --- */

struct crowd {
	struct known_hosts *kh;
	const char         *path;
	struct slice        key;
	size_t              number;
	int                 wrong;
};

#define CROWD 4
#define HOSTS 100

/* Half of the hosts of each are its own, half are everybody's. */
static void *append_and_check(void *context)
{
	struct crowd *c = context;

	for (size_t i = 0; i < HOSTS; i++) {
		struct error err;
		char         host[32];

		snprintf(host, sizeof(host), "h%zu-%zu", i % 2 ? c->number : CROWD, i);
		if (known_hosts_append(c->kh, c->path, host, 22, c->key, &err) < 0)
			c->wrong++;
		if (known_hosts_check(c->kh, host, 22, c->key).match != KNOWN_HOSTS_MATCH)
			c->wrong++;
		if (known_hosts_check(c->kh, "nobody", 22, c->key).match != KNOWN_HOSTS_UNKNOWN)
			c->wrong++;
	}
	return NULL;
}

static void serves_many_threads(void **state)
{
	char                folder[] = "/tmp/sshvet-known-hosts-XXXXXX";
	struct crowd        crowd[CROWD];
	pthread_t           threads[CROWD];
	struct known_hosts *kh = known_hosts_new();
	struct error        err;
	struct buf          blob;
	struct buf          text;
	char                path[100];
	size_t              lines = 0;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/known_hosts", folder);
	decode(ED_A, &blob);
	for (size_t i = 0; i < CROWD; i++) {
		crowd[i] = (struct crowd){ .kh = kh, .path = path, .key = buf_slice(&blob), .number = i };
		assert_int_equal(pthread_create(&threads[i], NULL, append_and_check, &crowd[i]), 0);
	}
	for (size_t i = 0; i < CROWD; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(crowd[i].wrong, 0);
	}
	assert_int_equal(file_read(path, 1u << 20, FILE_ANY, &text, &err), 0);
	for (size_t i = 0; i < text.len; i++)
		lines += text.ptr[i] == '\n';
	assert_int_equal(lines, HOSTS / 2 * (CROWD + 1));
	assert_int_equal(known_hosts_skipped(kh), 0);
	unlink(path);
	rmdir(folder);
	buf_free(&text);
	buf_free(&blob);
	known_hosts_free(kh);
}

static void decodes_base64_in_one_spelling_only(void **state)
{
	static const struct {
		const char *text;
		const char *bytes; /* NULL: refused */
	} texts[] = {
		{ "", "" },
		{ "YQ==", "a" },
		{ "YWI=", "ab" },
		{ "YWJj", "abc" },
		{ "YWJjZA==", "abcd" },
		{ "YQ", NULL },
		{ "YQ=", NULL },
		{ "YR==", NULL },
		{ "YWJ=", NULL },
		{ "Y===", NULL },
		{ "====", NULL },
		{ "YQ==YQ==", NULL },
		{ "YW Jj", NULL },
		{ "YWJj\n", NULL },
		{ "YW-j", NULL },
		{ "YWJj====", NULL },
		{ " YWJj", NULL },
	};

	(void)state;
	for (size_t i = 0; i < countof(texts); i++) {
		struct buf   out;
		struct error err;
		int          r;

		buf_init(&out, 100);
		r = base64_decode(&out, slice_of(texts[i].text), &err);
		if (r != (texts[i].bytes ? 0 : ERR_SYNTAX))
			fail_msg("'%s': %d", texts[i].text, r);
		if (texts[i].bytes)
			assert_string_equal(buf_text(&out), texts[i].bytes);
		buf_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(skips_and_counts_what_it_cannot_read),
		cmocka_unit_test(a_malformed_key_is_never_unknown),
		cmocka_unit_test(takes_no_boundless_host),
		cmocka_unit_test(covers_patterns),
		cmocka_unit_test(appends),
		cmocka_unit_test(appends_nothing_that_would_mean_something_else),
		cmocka_unit_test(appends_no_second_key),
		cmocka_unit_test(refuses_a_file_everybody_may_write),
		cmocka_unit_test(serves_many_threads),
		cmocka_unit_test(decodes_base64_in_one_spelling_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

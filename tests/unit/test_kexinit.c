#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "file.h"
#include "kexinit.h"
#include "limit.h"
#include "mem.h"

#define CORPUS TESTS_DIR "/fuzz/corpus/fuzz_kexinit/"

static struct buf captured(const char *path)
{
	struct error err = { 0 };
	struct buf   bytes;

	if (file_read(path, LIMIT_KEXINIT, FILE_ANY, &bytes, &err) < 0)
		fail_msg("%s", err.text);
	return bytes;
}

static void append(struct buf *b, const void *data, size_t len)
{
	assert_int_equal(buf_append(b, data, len, NULL), 0);
}

static void append_list(struct buf *b, struct slice names)
{
	const unsigned char len[4] = { (unsigned char)(names.len >> 24), (unsigned char)(names.len >> 16),
		                       (unsigned char)(names.len >> 8), (unsigned char)names.len };

	append(b, len, sizeof(len));
	append(b, names.ptr, names.len);
}

/* A payload with `names` as one of its lists, the others empty. */
static struct buf payload(enum kexinit_list which, struct slice names)
{
	static const char cookie[17] = { 20 };
	struct buf        b;

	buf_init(&b, 2 * LIMIT_KEXINIT);
	append(&b, cookie, sizeof(cookie));
	for (int i = 0; i < KEXINIT_LISTS; i++)
		append_list(&b, i == (int)which ? names : (struct slice){ .ptr = "" });
	append(&b, "\0\0\0\0", 5);
	return b;
}

static void test_captured(void **state)
{
	struct buf     bytes = captured(CORPUS "openssh-9.2-server-default");
	struct kexinit k;

	(void)state;
	assert_int_equal(kexinit_parse(buf_slice(&bytes), &k, NULL), 0);
	assert_true(slice_is(k.lists[KEXINIT_HOST_KEY], "ssh-ed25519,rsa-sha2-512,rsa-sha2-256"));
	assert_true(kexinit_has(k.lists[KEXINIT_KEX], "kex-strict-s-v00@openssh.com"));
	assert_true(kexinit_has(k.lists[KEXINIT_MAC_SERVER_TO_CLIENT], "hmac-sha1"));
	assert_true(slice_is(k.lists[KEXINIT_COMPRESSION_SERVER_TO_CLIENT], "none,zlib@openssh.com"));
	assert_true(slice_is(k.lists[KEXINIT_LANGUAGE_SERVER_TO_CLIENT], ""));
	assert_false(k.first_kex_packet_follows);
	buf_free(&bytes);
}

/* Nothing but the whole payload will do. */
static void test_every_length(void **state)
{
	struct buf bytes = captured(CORPUS "openssh-9.2-server-default");

	(void)state;
	for (size_t len = 0; len < bytes.len; len++) {
		char          *copy = mem_copy_text(bytes.ptr, len);
		struct error   err = { 0 };
		struct kexinit k;

		assert_int_equal(kexinit_parse((struct slice){ .ptr = copy, .len = len }, &k, &err), ERR_PROTOCOL);
		assert_true(err.text[0] != '\0');
		mem_free(copy);
	}
	append(&bytes, "", 1);
	assert_int_equal(kexinit_parse(buf_slice(&bytes), &(struct kexinit){ 0 }, NULL), ERR_PROTOCOL);
	buf_free(&bytes);
}

static void test_every_bit(void **state)
{
	struct buf bytes = captured(CORPUS "openssh-9.2-server-etm");

	(void)state;
	for (size_t bit = 0; bit < bytes.len * 8; bit++) {
		struct kexinit k;
		unsigned char *byte = (unsigned char *)&bytes.ptr[bit / 8];

		*byte ^= (unsigned char)(1u << bit % 8);
		if (kexinit_parse(buf_slice(&bytes), &k, NULL) == 0)
			assert_true(kexinit_first_mismatch(&k, &k) <= KEXINIT_LISTS);
		else if (bit / 8 > 0 && bit / 8 < 17) /* the cookie may be anything */
			fail_msg("bit %zu", bit);
		*byte ^= (unsigned char)(1u << bit % 8);
	}
	buf_free(&bytes);
}

static void test_names(void **state)
{
	static const struct {
		const char *names;
		const char *says; /* NULL: accepted */
	} cases[] = {
		{ "", NULL },
		{ "a", NULL },
		{ "a,b@example.org,!~", NULL },
		{ "0123456789012345678901234567890123456789012345678901234567890123", NULL },
		{ "a,01234567890123456789012345678901234567890123456789012345678901234", "of 65 bytes" },
		{ ",", "ends in a comma" },
		{ "a,", "ends in a comma" },
		{ ",a", "empty name" },
		{ "a,,b", "empty name" },
		{ "a b", "not printable" },
		{ "a\tb", "not printable" },
		{ "a\x7f", "not printable" },
		{ "a\xc3\xa9", "not printable" },
		{ "a\n", "not printable" },
	};

	(void)state;
	for (int list = 0; list < KEXINIT_LISTS; list++) {
		for (size_t i = 0; i < countof(cases); i++) {
			struct buf     bytes = payload((enum kexinit_list)list, slice_of(cases[i].names));
			struct error   err = { 0 };
			struct kexinit k;
			int            r = kexinit_parse(buf_slice(&bytes), &k, &err);

			assert_int_equal(r, cases[i].says ? ERR_PROTOCOL : 0);
			if (cases[i].says) {
				assert_non_null(strstr(err.text, cases[i].says));
				assert_non_null(strstr(err.text, kexinit_list_name((enum kexinit_list)list)));
			} else {
				assert_true(slice_is(k.lists[list], cases[i].names));
			}
			buf_free(&bytes);
		}
	}
	assert_string_equal(kexinit_list_name(KEXINIT_LISTS), "unknown");
}

/* A NUL would end the name for a reader that takes it for a string. */
static void test_nul_in_name(void **state)
{
	struct buf bytes = payload(KEXINIT_KEX, (struct slice){ .ptr = "none\0x", .len = 6 });

	(void)state;
	assert_int_equal(kexinit_parse(buf_slice(&bytes), &(struct kexinit){ 0 }, NULL), ERR_PROTOCOL);
	buf_free(&bytes);
}

static void test_frame(void **state)
{
	static const struct {
		size_t      at; /* message 1, cookie 16, ten empty lists of 4, boolean, reserved 4: 62 bytes */
		char        byte;
		int         code;
		const char *says;
		bool        follows;
	} cases[] = {
		{ 0, 21, ERR_PROTOCOL, "message number 21", false },
		{ 57, 1, ERR_OK, "", true },
		{ 57, 2, ERR_OK, "", true }, /* RFC 4251, section 5: any value but 0 is true */
		{ 61, 9, ERR_OK, "", false },
		{ 17, 127, ERR_PROTOCOL, "cut short in list kex", false },
		{ 53, 1, ERR_PROTOCOL, "cut short in list language_server_to_client", false },
		{ 56, 1, ERR_PROTOCOL, "language_server_to_client", false },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct buf     bytes = payload(KEXINIT_LISTS, slice_of(""));
		struct error   err = { 0 };
		struct kexinit k = { 0 };

		assert_int_equal(bytes.len, 62);
		bytes.ptr[cases[i].at] = cases[i].byte;
		assert_int_equal(kexinit_parse(buf_slice(&bytes), &k, &err), cases[i].code);
		assert_non_null(strstr(err.text, cases[i].says));
		assert_int_equal(k.first_kex_packet_follows, cases[i].follows);
		buf_free(&bytes);
	}
}

/* "a,a,…,a" as long as a payload may be, and one byte more. */
static void test_maximum(void **state)
{
	(void)state;
	for (size_t more = 0; more <= 1; more++) {
		size_t     len = LIMIT_KEXINIT - 62 + more;
		char      *names = mem_zalloc(len);
		struct buf bytes;

		for (size_t i = 0; i < len; i++)
			names[i] = i % 2 == 1 && i + 1 < len ? ',' : 'a';
		bytes = payload(KEXINIT_KEX, (struct slice){ .ptr = names, .len = len });
		assert_int_equal(kexinit_parse(buf_slice(&bytes), &(struct kexinit){ 0 }, NULL), more ? ERR_PROTOCOL : 0);
		buf_free(&bytes);
		mem_free(names);
	}
}

static void test_has(void **state)
{
	static const struct {
		const char *list;
		const char *name;
		bool        want;
	} cases[] = {
		{ "", "a", false },
		{ "a", "a", true },
		{ "ab,c", "a", false },
		{ "ab,c", "c", true },
		{ "a,b,c", "b", true },
		{ "a,b,c", "a,b", false },
		{ "A", "a", false },
		{ "a,b", "", false },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		assert_int_equal(kexinit_has(slice_of(cases[i].list), cases[i].name), cases[i].want);
}

/* The lists of both sides, most of them the same. Kex, host key, cipher c>s, s>c, MAC c>s, s>c, compression c>s, s>c. */
static const struct {
	const char       *client[8];
	const char       *server[8];
	enum kexinit_list want;
} meetings[] = {
	{ { "k", "h", "c", "c", "m", "m", "z", "z" }, { "k", "h", "c", "c", "m", "m", "z", "z" }, KEXINIT_LISTS },
	{ { "k,l", "h", "c,d", "d", "m", "m", "z", "z" }, { "l", "i,h", "d", "c,d", "m", "m", "z", "z" }, KEXINIT_LISTS },
	{ { "k", "h", "c", "c", "m", "m", "z", "z" }, { "l", "i", "d", "d", "n", "n", "y", "y" }, KEXINIT_KEX },
	{ { "", "h", "c", "c", "m", "m", "z", "z" }, { "", "h", "c", "c", "m", "m", "z", "z" }, KEXINIT_KEX },
	/* Markers are no key exchange, though both sides have them. */
	{ { "ext-info-s,kex-strict-s-v00@openssh.com,k", "h", "c", "c", "m", "m", "z", "z" },
	  { "ext-info-s,kex-strict-s-v00@openssh.com,l", "h", "c", "c", "m", "m", "z", "z" }, KEXINIT_KEX },
	{ { "kexguess2@matt.ucc.asn.au", "h", "c", "c", "m", "m", "z", "z" },
	  { "kexguess2@matt.ucc.asn.au", "h", "c", "c", "m", "m", "z", "z" }, KEXINIT_KEX },
	{ { "k", "h", "c", "c", "m", "m", "z", "z" }, { "k", "i", "c", "c", "m", "m", "z", "z" }, KEXINIT_HOST_KEY },
	{ { "k", "h", "c", "c", "m", "m", "z", "z" }, { "k", "h", "d", "c", "m", "m", "z", "z" }, KEXINIT_CIPHER_CLIENT_TO_SERVER },
	{ { "k", "h", "c", "c", "m", "m", "z", "z" }, { "k", "h", "c", "d", "m", "m", "z", "z" }, KEXINIT_CIPHER_SERVER_TO_CLIENT },
	{ { "k", "h", "c", "c", "m", "m", "z", "z" }, { "k", "h", "c", "c", "n", "m", "z", "z" }, KEXINIT_MAC_CLIENT_TO_SERVER },
	{ { "k", "h", "c", "c", "m", "m", "z", "z" }, { "k", "h", "c", "c", "m", "n", "z", "z" }, KEXINIT_MAC_SERVER_TO_CLIENT },
	{ { "k", "h", "c", "c", "m", "m", "z", "z" }, { "k", "h", "c", "c", "m", "m", "y", "z" }, KEXINIT_COMPRESSION_CLIENT_TO_SERVER },
	{ { "k", "h", "c", "c", "m", "m", "z", "z" }, { "k", "h", "c", "c", "m", "m", "z", "y" }, KEXINIT_COMPRESSION_SERVER_TO_CLIENT },
	/* AEAD needs no MAC, in its own direction and where it is what both sides settle on. */
	{ { "k", "h", "aes256-gcm@openssh.com", "c", "m", "m", "z", "z" },
	  { "k", "h", "aes256-gcm@openssh.com", "c", "n", "m", "z", "z" }, KEXINIT_LISTS },
	{ { "k", "h", "chacha20-poly1305@openssh.com", "c", "m", "m", "z", "z" },
	  { "k", "h", "chacha20-poly1305@openssh.com", "c", "m", "n", "z", "z" }, KEXINIT_MAC_SERVER_TO_CLIENT },
	{ { "k", "h", "c,aes256-gcm@openssh.com", "c", "m", "m", "z", "z" },
	  { "k", "h", "aes256-gcm@openssh.com,c", "c", "n", "m", "z", "z" }, KEXINIT_MAC_CLIENT_TO_SERVER },
	{ { "k", "h", "aes256-gcm@openssh.com,c", "c", "m", "m", "z", "z" },
	  { "k", "h", "c,aes256-gcm@openssh.com", "c", "n", "m", "z", "z" }, KEXINIT_LISTS },
};

static struct kexinit kexinit_of(const char *const *lists)
{
	struct kexinit k = { 0 };

	for (size_t i = 0; i < 8; i++)
		k.lists[i] = slice_of(lists[i]);
	return k;
}

static void test_first_mismatch(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(meetings); i++) {
		struct kexinit client = kexinit_of(meetings[i].client);
		struct kexinit server = kexinit_of(meetings[i].server);

		if (kexinit_first_mismatch(&client, &server) != meetings[i].want)
			fail_msg("row %zu: %s", i, kexinit_list_name(kexinit_first_mismatch(&client, &server)));
	}
}

/* OpenSSH's own client and servers, as captured: they talk to each other. */
static void test_captured_meet(void **state)
{
	static const char *const servers[] = { CORPUS "openssh-9.2-server-default", CORPUS "openssh-9.2-server-aead",
		                               CORPUS "openssh-9.2-server-etm" };
	struct buf               bytes = captured(CORPUS "openssh-9.2-client");
	struct kexinit           client;

	(void)state;
	assert_int_equal(kexinit_parse(buf_slice(&bytes), &client, NULL), 0);
	for (size_t i = 0; i < countof(servers); i++) {
		struct buf     other = captured(servers[i]);
		struct kexinit server;

		assert_int_equal(kexinit_parse(buf_slice(&other), &server, NULL), 0);
		assert_int_equal(kexinit_first_mismatch(&client, &server), KEXINIT_LISTS);
		buf_free(&other);
	}
	buf_free(&bytes);
}

static void test_identification(void **state)
{
	static const struct {
		const char *line;
		const char *protocol; /* NULL: refused */
		const char *software;
		const char *comments;
	} cases[] = {
		{ "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3", "2.0", "OpenSSH_9.2p1", "Debian-2+deb12u3" },
		{ "SSH-2.0-OpenSSH_10.0", "2.0", "OpenSSH_10.0", "" },
		{ "SSH-1.99-OpenSSH_3.9p1", "1.99", "OpenSSH_3.9p1", "" },
		{ "SSH-2.0-Cisco-1.25", "2.0", "Cisco-1.25", "" },
		{ "SSH-2.0-x a  b ", "2.0", "x", "a  b " },
		{ "SSH-2.0-x ", "2.0", "x", "" },
		{ "", NULL, NULL, NULL },
		{ "SSH", NULL, NULL, NULL },
		{ "SSH-", NULL, NULL, NULL },
		{ "SSH-2.0", NULL, NULL, NULL },
		{ "SSH-2.0-", NULL, NULL, NULL },
		{ "SSH-2.0- comment", NULL, NULL, NULL },
		{ "SSH--x", NULL, NULL, NULL },
		{ "SSH-2-x", NULL, NULL, NULL },
		{ "SSH-2.-x", NULL, NULL, NULL },
		{ "SSH-.0-x", NULL, NULL, NULL },
		{ "SSH-2.0.1-x", NULL, NULL, NULL },
		{ "SSH-a.b-x", NULL, NULL, NULL },
		{ "ssh-2.0-x", NULL, NULL, NULL },
		{ " SSH-2.0-x", NULL, NULL, NULL },
		{ "HTTP/1.1 400 Bad Request", NULL, NULL, NULL },
		{ "SSH-2.0-x\r", NULL, NULL, NULL },
		{ "SSH-2.0-x a\x1b[2J", NULL, NULL, NULL },
		{ "SSH-2.0-\xc3\xa9", NULL, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct identification id;
		struct error          err = { 0 };
		int                   r = identification_parse(slice_of(cases[i].line), &id, &err);

		if (r != (cases[i].protocol ? 0 : ERR_PROTOCOL))
			fail_msg("row %zu", i);
		if (r < 0)
			continue;
		assert_true(slice_is(id.protocol, cases[i].protocol));
		assert_true(slice_is(id.software, cases[i].software));
		assert_true(slice_is(id.comments, cases[i].comments));
	}
}

static void test_identification_maximum(void **state)
{
	char                  line[300];
	struct identification id;

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, "SSH-2.0-", 8);
	assert_int_equal(identification_parse((struct slice){ .ptr = line, .len = 253 }, &id, NULL), 0);
	assert_int_equal(identification_parse((struct slice){ .ptr = line, .len = 254 }, &id, NULL), ERR_PROTOCOL);
	line[20] = '\0';
	assert_int_equal(identification_parse((struct slice){ .ptr = line, .len = 30 }, &id, NULL), ERR_PROTOCOL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_captured),       cmocka_unit_test(test_every_length),  cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_names),          cmocka_unit_test(test_nul_in_name),   cmocka_unit_test(test_frame),
		cmocka_unit_test(test_maximum),        cmocka_unit_test(test_has),           cmocka_unit_test(test_first_mismatch),
		cmocka_unit_test(test_captured_meet),  cmocka_unit_test(test_identification),
		cmocka_unit_test(test_identification_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

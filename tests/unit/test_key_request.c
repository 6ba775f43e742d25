/* A client's side of the first key exchange, up to the host key: what is sent, and what answers do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "key_request.h"
#include "limit.h"
#include "reader.h"

#define BYTES(literal)                                       \
	{                                                    \
		.ptr = (literal), .len = sizeof(literal) - 1 \
	}

/* Answers of a server, as payloads. */
#define KEY         "\0\0\0\x03key"
#define REPLY       "\x1f" KEY "\0\0\0\0\0\0\0\0"
#define RSA_PUBKEY  "\x1e" KEY "\0\0\0\0"
#define GROUP       "\x1f\0\0\0\x01\x17\0\0\0\x01\x02"
#define GROUP_REPLY "\x21" KEY "\0\0\0\0\0\0\0\0"
#define IGNORE      "\x02\0\0\0\0"
#define DEBUG       "\x04\0\0\0\0\0\0\0\0\0"
#define GUESS       "\x1e\0\0\0\x01x"
#define GOODBYE     "\x01\0\0\0\x02\0\0\0\x0dtoo many here\0\0\0\0"

static struct kexinit server_of(const char *kex, bool guesses)
{
	struct kexinit k = { .first_kex_packet_follows = guesses };

	for (size_t i = 0; i < KEXINIT_LISTS; i++)
		k.lists[i] = slice_of(i < KEXINIT_LANGUAGE_CLIENT_TO_SERVER ? "first,second" : "");
	k.lists[KEXINIT_KEX] = slice_of(kex);
	k.lists[KEXINIT_HOST_KEY] = slice_of("ssh-rsa,ssh-ed25519");
	return k;
}

static void put_packet(struct buf *b, struct slice payload)
{
	size_t              padding = 16 - (5 + payload.len) % 8;
	size_t              length = 1 + payload.len + padding;
	const unsigned char head[5] = { (unsigned char)(length >> 24), (unsigned char)(length >> 16), (unsigned char)(length >> 8),
		                        (unsigned char)length, (unsigned char)padding };

	assert_int_equal(buf_append(b, head, sizeof(head), NULL), 0);
	assert_int_equal(buf_append_slice(b, payload, NULL), 0);
	assert_int_equal(buf_append(b, "pppppppppppppppp", padding, NULL), 0);
}

/* Take one packet of the client's off the front; its payload. Every rule of RFC 4253, section 6, is held. */
static struct slice take_packet(struct slice *rest)
{
	struct slice packet = *rest;
	struct slice payload;
	uint32_t     length;
	unsigned     padding;

	assert_true(reader_uint32(rest, &length));
	assert_int_equal((length + 4) % 8, 0);
	packet = slice_sub(packet, 4, length);
	assert_int_equal(packet.len, length);
	*rest = slice_sub(*rest, length, SIZE_MAX);
	assert_true(reader_byte(&packet, &padding));
	assert_in_range(padding, 4, 255);
	payload = slice_sub(packet, 0, packet.len - padding);
	assert_true(payload.len > 0);
	return payload;
}

static const struct {
	const char  *what;
	const char  *kex;
	bool         guesses;
	struct slice payloads[4];
	int          code;
	const char  *words; /* of the failure */
} cases[] = {
	{ "a curve", "x,curve25519-sha256", false, { BYTES(REPLY) }, 0, NULL },
	{ "ignored messages first", "curve25519-sha256", false, { BYTES(IGNORE), BYTES(DEBUG), BYTES(REPLY) }, 0, NULL },
	{ "a group of the server's", "diffie-hellman-group-exchange-sha256", false, { BYTES(GROUP), BYTES(GROUP_REPLY) }, 0, NULL },
	{ "RSA", "rsa2048-sha256", false, { BYTES(RSA_PUBKEY) }, 0, NULL },
	{ "a wrong guess", "x,curve25519-sha256", true, { BYTES(GUESS), BYTES(REPLY) }, 0, NULL },
	{ "a guess that was right in the key exchange only", "curve25519-sha256", true, { BYTES(GUESS), BYTES(REPLY) }, 0, NULL },
	{ "an answer nobody waits for", "curve25519-sha256", false, { BYTES(GUESS), BYTES(REPLY) }, ERR_PROTOCOL, "message 30 came" },
	{ "the reply without a group", "diffie-hellman-group-exchange-sha1", false, { BYTES(GROUP_REPLY) }, ERR_PROTOCOL, "message 33 came" },
	{ "two groups", "diffie-hellman-group-exchange-sha1", false, { BYTES(GROUP), BYTES(GROUP) }, ERR_PROTOCOL, "message 31 came" },
	{ "farewell", "curve25519-sha256", false, { BYTES(GOODBYE) }, ERR_PROTOCOL, "ended the connection: too many here" },
	{ "farewell without a word", "curve25519-sha256", false, { BYTES("\x01") }, ERR_PROTOCOL, "no reason given" },
	{ "no key in the reply", "curve25519-sha256", false, { BYTES("\x1f\0\0\0\0") }, ERR_PROTOCOL, "has no host key" },
	{ "a reply cut short", "curve25519-sha256", false, { BYTES("\x1f\0\0\0\x09key") }, ERR_PROTOCOL, "has no host key" },
	{ "nothing but noise", "curve25519-sha256", false, { BYTES(IGNORE), BYTES(IGNORE) }, ERR_AGAIN, NULL },
};

/* Feed in pieces of `step` bytes, as far as they are wanted. */
static int feed(struct key_request *q, struct slice bytes, size_t step, struct buf *out, struct error *err)
{
	int r = ERR_AGAIN;

	for (size_t at = 0; r == ERR_AGAIN && at < bytes.len; at += step) {
		struct slice piece = slice_sub(bytes, at, step);

		r = key_request_feed(q, piece.ptr, piece.len, out, err);
	}
	return r;
}

static void check_case(size_t i, size_t step)
{
	struct kexinit     server = server_of(cases[i].kex, cases[i].guesses);
	struct key_request q;
	struct error       err = { 0 };
	struct buf         out;
	struct buf         in;
	int                r;

	buf_init(&out, LIMIT_KEXINIT);
	buf_init(&in, LIMIT_KEXINIT);
	for (size_t k = 0; k < countof(cases[i].payloads) && cases[i].payloads[k].ptr; k++)
		put_packet(&in, cases[i].payloads[k]);
	key_request_init(&q);
	assert_int_equal(key_request_begin(&q, &server, slice_of("ssh-ed25519"), &out, &err), 0);
	r = feed(&q, buf_slice(&in), step, &out, &err);
	if (r != cases[i].code || (cases[i].words && !strstr(err.text, cases[i].words)))
		fail_msg("%s, in pieces of %zu: %d \"%s\"", cases[i].what, step, r, err.text);
	if (r == 0)
		assert_true(slice_is(buf_slice(&q.key), "key"));
	else
		assert_int_equal(q.key.len, 0);
	key_request_fini(&q);
	buf_free(&out);
	buf_free(&in);
}

static void test_cases_in_every_cut(void **state)
{
	static const size_t steps[] = { 1, 2, 3, 5, 7, 16, 4096 };

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		for (size_t k = 0; k < countof(steps); k++)
			check_case(i, steps[k]);
}

/* The names a client of one mind sends: each list has the one name both sides then agree on. */
static void test_kexinit(void **state)
{
	struct kexinit     server = server_of("x,curve25519-sha256,ecdh-sha2-nistp256", false);
	struct kexinit     mine;
	struct key_request q;
	struct buf         out;
	struct slice       rest;

	(void)state;
	buf_init(&out, LIMIT_KEXINIT);
	key_request_init(&q);
	assert_int_equal(key_request_begin(&q, &server, slice_of("ssh-ed25519"), &out, NULL), 0);
	rest = buf_slice(&out);
	assert_int_equal(kexinit_parse(take_packet(&rest), &mine, NULL), 0);
	assert_true(slice_is(mine.lists[KEXINIT_KEX], "curve25519-sha256"));
	assert_true(slice_is(mine.lists[KEXINIT_HOST_KEY], "ssh-ed25519"));
	assert_true(slice_is(mine.lists[KEXINIT_CIPHER_CLIENT_TO_SERVER], "first"));
	assert_int_equal(kexinit_first_mismatch(&mine, &server), KEXINIT_LISTS);
	assert_false(mine.first_kex_packet_follows);
	assert_int_equal(take_packet(&rest).ptr[0], 30);
	assert_int_equal(rest.len, 0);
	key_request_fini(&q);
	buf_free(&out);
}

/* The client's first message in a key exchange that is the only one offered. */
static struct slice first_message(const char *kex, struct buf *out, struct slice *ret_rest)
{
	struct kexinit     server = server_of(kex, false);
	struct key_request q;

	buf_init(out, LIMIT_KEXINIT);
	key_request_init(&q);
	assert_int_equal(key_request_begin(&q, &server, slice_of("ssh-rsa"), out, NULL), 0);
	key_request_fini(&q);
	*ret_rest = buf_slice(out);
	(void)take_packet(ret_rest);
	return ret_rest->len > 0 ? take_packet(ret_rest) : slice_of("");
}

/* The point of a curve that is sent is its base point, as OpenSSL has it. */
static void test_base_points(void **state)
{
	static const struct {
		const char *kex;
		int         nid;
	} curves[] = {
		{ "ecdh-sha2-nistp256", NID_X9_62_prime256v1 },
		{ "ecdh-sha2-nistp384", NID_secp384r1 },
		{ "ecdh-sha2-nistp521", NID_secp521r1 },
	};

	(void)state;
	for (size_t i = 0; i < countof(curves); i++) {
		EC_GROUP     *group = EC_GROUP_new_by_curve_name(curves[i].nid);
		unsigned char want[200];
		size_t        len = EC_POINT_point2oct(group, EC_GROUP_get0_generator(group), POINT_CONVERSION_UNCOMPRESSED, want, sizeof(want), NULL);
		struct buf    out;
		struct slice  rest;
		struct slice  message = first_message(curves[i].kex, &out, &rest);
		struct slice  share = { 0 };

		message = slice_sub(message, 1, SIZE_MAX);
		assert_true(reader_string(&message, &share));
		assert_int_equal(share.len, len);
		assert_memory_equal(share.ptr, want, len);
		buf_free(&out);
		EC_GROUP_free(group);
	}
}

/* Sizes of shares: RFC 8731 and the drafts of the hybrids; a number that is a square, so that it is in every subgroup of squares. */
static void test_shares(void **state)
{
	static const struct {
		const char *kex;
		size_t      len;
	} shares[] = {
		{ "curve25519-sha256", 32 },
		{ "curve25519-sha256@libssh.org", 32 },
		{ "curve448-sha512", 56 },
		{ "mlkem768x25519-sha256", 1184 + 32 },
		{ "mlkem768nistp256-sha256", 1184 + 65 },
		{ "mlkem1024nistp384-sha384", 1568 + 97 },
		{ "sntrup761x25519-sha512", 1158 + 32 },
		{ "sntrup761x25519-sha512@openssh.com", 1158 + 32 },
		{ "diffie-hellman-group14-sha256", 32 },
		{ "diffie-hellman-group1-sha1", 32 },
		{ "diffie-hellman-group18-sha512", 32 },
	};

	(void)state;
	for (size_t i = 0; i < countof(shares); i++) {
		struct buf   out;
		struct slice rest;
		struct slice message = first_message(shares[i].kex, &out, &rest);
		struct slice share = { 0 };

		assert_int_equal(message.ptr[0], 30);
		message = slice_sub(message, 1, SIZE_MAX);
		assert_true(reader_string(&message, &share));
		assert_int_equal(share.len, shares[i].len);
		assert_int_equal(message.len, 0);
		buf_free(&out);
	}
}

static void test_number_is_a_square(void **state)
{
	struct buf   out;
	struct slice rest;
	struct slice message = first_message("diffie-hellman-group14-sha256", &out, &rest);
	BIGNUM      *number = BN_bin2bn((const unsigned char *)message.ptr + 5, 32, NULL);
	BIGNUM      *root = NULL;

	(void)state;
	assert_int_equal(BN_hex2bn(&root, "55555555555555555555555555555555"), 32);
	BN_CTX *ctx = BN_CTX_new();
	assert_int_equal(BN_sqr(root, root, ctx), 1);
	assert_int_equal(BN_cmp(number, root), 0);
	assert_false((unsigned char)message.ptr[5] & 0x80); /* it would be negative */
	BN_CTX_free(ctx);
	BN_free(root);
	BN_free(number);
	buf_free(&out);
}

static void test_messages_without_a_share(void **state)
{
	struct buf   out;
	struct slice rest;
	struct slice message = first_message("diffie-hellman-group-exchange-sha256", &out, &rest);

	(void)state;
	assert_int_equal(message.len, 13);
	assert_memory_equal(message.ptr, "\x22\0\0\x04\0\0\0\x08\0\0\0\x20\0", 13);
	buf_free(&out);
	assert_int_equal(first_message("rsa2048-sha256", &out, &rest).len, 0);
	buf_free(&out);
}

static void test_unknown_key_exchange(void **state)
{
	static const char *const lists[] = { "", "x", "gss-curve25519-sha256-abc", "ext-info-s,kex-strict-s-v00@openssh.com" };

	(void)state;
	for (size_t i = 0; i < countof(lists); i++) {
		struct kexinit     server = server_of(lists[i], false);
		struct key_request q;
		struct buf         out;

		buf_init(&out, LIMIT_KEXINIT);
		key_request_init(&q);
		assert_int_equal(key_request_begin(&q, &server, slice_of("ssh-rsa"), &out, NULL), ERR_NEGOTIATION);
		assert_int_equal(out.len, 0);
		key_request_fini(&q);
		buf_free(&out);
	}
}

/* Packets that cannot be, whatever is in them. */
static void test_impossible_packets(void **state)
{
	static const struct slice packets[] = {
		BYTES("\xff\xff\xff\xff"), BYTES("\0\0\0\0"), BYTES("\0\0\0\x01\0"), BYTES("\0\0\0\x04\x03\x1f\0\0"), BYTES("\0\x01\0\0\0"),
	};

	(void)state;
	for (size_t i = 0; i < countof(packets); i++) {
		struct kexinit     server = server_of("curve25519-sha256", false);
		struct key_request q;
		struct error       err = { 0 };
		struct buf         out;

		buf_init(&out, LIMIT_KEXINIT);
		key_request_init(&q);
		assert_int_equal(key_request_begin(&q, &server, slice_of("ssh-rsa"), &out, &err), 0);
		assert_int_equal(key_request_feed(&q, packets[i].ptr, packets[i].len, &out, &err), ERR_PROTOCOL);
		assert_non_null(strstr(err.text, "cannot be"));
		key_request_fini(&q);
		buf_free(&out);
	}
}

static void test_types(void **state)
{
	static const struct {
		const char *algorithm;
		const char *type;
	} rows[] = {
		{ "rsa-sha2-512", "ssh-rsa" },
		{ "ssh-rsa", "ssh-rsa" },
		{ "ssh-rsa-sha256@ssh.com", "ssh-rsa" },
		{ "ssh-ed25519", "ssh-ed25519" },
		{ "rsa-sha2-256-cert-v01@openssh.com", "ssh-rsa-cert-v01@openssh.com" },
		{ "ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519-cert-v01@openssh.com" },
		{ "nobody-knows", "nobody-knows" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++)
		assert_true(slice_is(key_request_type(slice_of(rows[i].algorithm)), rows[i].type));
}

static void test_end(void **state)
{
	struct buf   out;
	struct slice rest;
	struct slice message;
	struct slice words = { 0 };
	uint32_t     reason;

	(void)state;
	buf_init(&out, LIMIT_KEXINIT);
	assert_int_equal(key_request_end(&out, NULL), 0);
	rest = buf_slice(&out);
	message = take_packet(&rest);
	assert_int_equal(message.ptr[0], 1);
	message = slice_sub(message, 1, SIZE_MAX);
	assert_true(reader_uint32(&message, &reason));
	assert_int_equal(reason, 11); /* by application: no failure that a watcher of logs would count */
	assert_true(reader_string(&message, &words));
	assert_true(reader_string(&message, &words));
	assert_int_equal(message.len, 0);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases_in_every_cut),       cmocka_unit_test(test_kexinit),
		cmocka_unit_test(test_base_points),              cmocka_unit_test(test_shares),
		cmocka_unit_test(test_number_is_a_square),       cmocka_unit_test(test_messages_without_a_share),
		cmocka_unit_test(test_unknown_key_exchange),     cmocka_unit_test(test_impossible_packets),
		cmocka_unit_test(test_types),                    cmocka_unit_test(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "key_request.h"

#include "limit.h"
#include "reader.h"
#include "text.h"

#define PACKET_HEADER 5u /* uint32 packet length, byte padding length */
#define BLOCK         8u /* before encryption, packets are a multiple of it */
#define PADDING_MIN   4u
#define COOKIE        "sshvet sshvet   " /* there is nothing it would keep apart */

/* RFC 4253, section 12. */
enum message {
	MESSAGE_DISCONNECT = 1,
	MESSAGE_IGNORE = 2,
	MESSAGE_UNIMPLEMENTED = 3,
	MESSAGE_DEBUG = 4,
	MESSAGE_KEXINIT = 20,
};

#define DISCONNECT_BY_APPLICATION 11u

/* Where a client's share is made of: `zeros` bytes of a lattice scheme's public key, all 0, which is a valid one, then a point of a curve. */
struct share {
	size_t      zeros;
	const char *point;
	size_t      len;
};

#define POINT(bytes) .point = (bytes), .len = sizeof(bytes) - 1

/* The base points: curve25519 and curve448 (RFC 7748), NIST P-256, P-384 and P-521 (FIPS 186-5), uncompressed. */
#define X25519 "\x09\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define X448   "\x05\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define P256   "\x04"                                                                                                                           \
	     "\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96" \
	     "\x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16\x2b\xce\x33\x57\x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5"
#define P384 "\x04"                                                                                                                             \
	     "\xaa\x87\xca\x22\xbe\x8b\x05\x37\x8e\xb1\xc7\x1e\xf3\x20\xad\x74\x6e\x1d\x3b\x62\x8b\xa7\x9b\x98\x59\xf7\x41\xe0\x82\x54\x2a\x38" \
	     "\x55\x02\xf2\x5d\xbf\x55\x29\x6c\x3a\x54\x5e\x38\x72\x76\x0a\xb7"                                                                 \
	     "\x36\x17\xde\x4a\x96\x26\x2c\x6f\x5d\x9e\x98\xbf\x92\x92\xdc\x29\xf8\xf4\x1d\xbd\x28\x9a\x14\x7c\xe9\xda\x31\x13\xb5\xf0\xb8\xc0" \
	     "\x0a\x60\xb1\xce\x1d\x7e\x81\x9d\x7a\x43\x1d\x7c\x90\xea\x0e\x5f"
#define P521 "\x04"                                                                                                                             \
	     "\x00\xc6\x85\x8e\x06\xb7\x04\x04\xe9\xcd\x9e\x3e\xcb\x66\x23\x95\xb4\x42\x9c\x64\x81\x39\x05\x3f\xb5\x21\xf8\x28\xaf\x60\x6b\x4d" \
	     "\x3d\xba\xa1\x4b\x5e\x77\xef\xe7\x59\x28\xfe\x1d\xc1\x27\xa2\xff\xa8\xde\x33\x48\xb3\xc1\x85\x6a\x42\x9b\xf9\x7e\x7e\x31\xc2\xe5" \
	     "\xbd\x66"                                                                                                                         \
	     "\x01\x18\x39\x29\x6a\x78\x9a\x3b\xc0\x04\x5c\x8a\x5f\xb4\x2c\x7d\x1b\xd9\x98\xf5\x44\x49\x57\x9b\x44\x68\x17\xaf\xbd\x17\x27\x3e" \
	     "\x66\x2c\x97\xee\x72\x99\x5e\xf4\x26\x40\xc5\x50\xb9\x01\x3f\xad\x07\x61\x35\x3c\x70\x86\xa2\x72\xc2\x40\x88\xbe\x94\x76\x9f\xd1" \
	     "\x66\x50"

/* A Diffie-Hellman share: smaller than every prime, a square, so that it is in the right subgroup of all, and with bits enough for those who count them. */
#define NUMBER "\x1c\x71\xc7\x1c\x71\xc7\x1c\x71\xc7\x1c\x71\xc7\x1c\x71\xc7\x1c\x38\xe3\x8e\x38\xe3\x8e\x38\xe3\x8e\x38\xe3\x8e\x38\xe3\x8e\x39"

/* RFC 4419: the group of the size a server of today uses, from what it may at least to what it can. */
#define GROUP_SIZES "\0\0\x04\0\0\0\x08\0\0\0\x20\0"

/* How the messages of a method are numbered. */
struct dialogue {
	unsigned init;    /* the client's first; 0: the server begins */
	unsigned group;   /* the server's answer to it that is still without a key; 0 for none */
	unsigned share;   /* the client's second */
	unsigned reply;   /* the server's, which begins with the key */
	bool     numbers; /* the client's first is no share but the sizes of groups */
};

static const struct dialogue plain = { .init = 30, .reply = 31 };
static const struct dialogue exchange = { .init = 34, .group = 31, .share = 32, .reply = 33, .numbers = true };
static const struct dialogue rsa = { .reply = 30 };

struct kex_method {
	const char            *name;
	const struct dialogue *dialogue;
	struct share           share;
};

/* What is asked for first: what costs a server least. */
static const struct kex_method methods[] = {
	{ "curve25519-sha256", &plain, { POINT(X25519) } },
	{ "curve25519-sha256@libssh.org", &plain, { POINT(X25519) } },
	{ "ecdh-sha2-nistp256", &plain, { POINT(P256) } },
	{ "ecdh-sha2-nistp384", &plain, { POINT(P384) } },
	{ "ecdh-sha2-nistp521", &plain, { POINT(P521) } },
	{ "curve448-sha512", &plain, { POINT(X448) } },
	{ "mlkem768x25519-sha256", &plain, { .zeros = 1184, POINT(X25519) } },
	{ "mlkem768nistp256-sha256", &plain, { .zeros = 1184, POINT(P256) } },
	{ "mlkem1024nistp384-sha384", &plain, { .zeros = 1568, POINT(P384) } },
	{ "sntrup761x25519-sha512", &plain, { .zeros = 1158, POINT(X25519) } },
	{ "sntrup761x25519-sha512@openssh.com", &plain, { .zeros = 1158, POINT(X25519) } },
	{ "diffie-hellman-group14-sha256", &plain, { POINT(NUMBER) } },
	{ "diffie-hellman-group14-sha1", &plain, { POINT(NUMBER) } },
	{ "diffie-hellman-group1-sha1", &plain, { POINT(NUMBER) } },
	{ "diffie-hellman-group15-sha512", &plain, { POINT(NUMBER) } },
	{ "diffie-hellman-group16-sha512", &plain, { POINT(NUMBER) } },
	{ "diffie-hellman-group17-sha512", &plain, { POINT(NUMBER) } },
	{ "diffie-hellman-group18-sha512", &plain, { POINT(NUMBER) } },
	{ "diffie-hellman-group-exchange-sha256", &exchange, { POINT(NUMBER) } },
	{ "diffie-hellman-group-exchange-sha1", &exchange, { POINT(NUMBER) } },
	{ "rsa2048-sha256", &rsa, { 0 } },
	{ "rsa1024-sha1", &rsa, { 0 } },
};

/* Algorithms that sign with a key of another name (RFC 8332; PROTOCOL.certkeys; SSH Tectia's). */
static const struct {
	const char *algorithm;
	const char *type;
} signatures[] = {
	{ "rsa-sha2-512", "ssh-rsa" },
	{ "rsa-sha2-256", "ssh-rsa" },
	{ "ssh-rsa-sha224@ssh.com", "ssh-rsa" },
	{ "ssh-rsa-sha256@ssh.com", "ssh-rsa" },
	{ "ssh-rsa-sha384@ssh.com", "ssh-rsa" },
	{ "ssh-rsa-sha512@ssh.com", "ssh-rsa" },
	{ "ssh-dss-sha224@ssh.com", "ssh-dss" },
	{ "ssh-dss-sha256@ssh.com", "ssh-dss" },
	{ "ssh-dss-sha384@ssh.com", "ssh-dss" },
	{ "ssh-dss-sha512@ssh.com", "ssh-dss" },
	{ "rsa-sha2-512-cert-v01@openssh.com", "ssh-rsa-cert-v01@openssh.com" },
	{ "rsa-sha2-256-cert-v01@openssh.com", "ssh-rsa-cert-v01@openssh.com" },
};

struct slice key_request_type(struct slice algorithm)
{
	for (size_t i = 0; i < countof(signatures); i++)
		if (slice_is(algorithm, signatures[i].algorithm))
			return slice_of(signatures[i].type);
	return algorithm;
}

void key_request_init(struct key_request *q)
{
	*q = (struct key_request){ 0 };
	buf_init(&q->in, 2 * LIMIT_KEXINIT);
	buf_init(&q->key, LIMIT_KEXINIT);
}

void key_request_fini(struct key_request *q)
{
	buf_free(&q->in);
	buf_free(&q->key);
	*q = (struct key_request){ 0 };
}

static int put_uint32(struct buf *b, size_t value, struct error *err)
{
	const unsigned char bytes[4] = { (unsigned char)(value >> 24), (unsigned char)(value >> 16), (unsigned char)(value >> 8),
		                         (unsigned char)value };

	return buf_append(b, bytes, sizeof(bytes), err);
}

static int put_byte(struct buf *b, unsigned value, struct error *err)
{
	const unsigned char byte = (unsigned char)value;

	return buf_append(b, &byte, 1, err);
}

static int put_string(struct buf *b, struct slice s, struct error *err)
{
	int r = put_uint32(b, s.len, err);

	return r < 0 ? r : buf_append_slice(b, s, err);
}

/* Append a payload as a packet without encryption. */
static int put_packet(struct buf *out, const struct buf *payload, struct error *err)
{
	static const char zeros[BLOCK + PADDING_MIN] = "";
	size_t            padding = BLOCK - (PACKET_HEADER + payload->len) % BLOCK;
	int               r;

	if (padding < PADDING_MIN)
		padding += BLOCK;
	r = put_uint32(out, 1 + payload->len + padding, err);
	if (r == 0)
		r = put_byte(out, (unsigned)padding, err);
	if (r == 0)
		r = buf_append_slice(out, buf_slice(payload), err);
	return r < 0 ? r : buf_append(out, zeros, padding, err);
}

/* The first name of a list: with it alone in ours, it is what both sides agree on (RFC 4253, section 7.1). */
static struct slice first_of(struct slice list)
{
	struct slice name;

	return slice_next(&list, ',', &name) ? name : (struct slice){ 0 };
}

static int put_kexinit(struct buf *out, const struct kexinit *server, const char *method, struct slice algorithm, struct error *err)
{
	struct buf payload;
	int        r;

	buf_init(&payload, LIMIT_KEXINIT);
	r = put_byte(&payload, MESSAGE_KEXINIT, err);
	if (r == 0)
		r = buf_append(&payload, COOKIE, sizeof(COOKIE) - 1, err);
	for (enum kexinit_list i = KEXINIT_KEX; i < KEXINIT_LISTS && r == 0; i++)
		r = put_string(&payload, i == KEXINIT_KEX ? slice_of(method) : i == KEXINIT_HOST_KEY ? algorithm
		                                                                                     : first_of(server->lists[i]),
		               err);
	if (r == 0)
		r = put_byte(&payload, 0, err); /* no guess follows: the server's lists are known */
	if (r == 0)
		r = put_uint32(&payload, 0, err);
	if (r == 0)
		r = put_packet(out, &payload, err);
	buf_free(&payload);
	return r;
}

static int put_share(struct buf *payload, const struct share *share, struct error *err)
{
	static const char zeros[2048] = "";
	int               r = put_uint32(payload, share->zeros + share->len, err);

	assert(share->zeros <= sizeof(zeros));
	if (r == 0)
		r = buf_append(payload, zeros, share->zeros, err);
	return r < 0 ? r : buf_append(payload, share->point, share->len, err);
}

/* A message of the client's: its number, and the sizes of groups or its share. */
static int put_message(struct buf *out, const struct kex_method *method, unsigned number, bool sizes, struct error *err)
{
	struct buf payload;
	int        r;

	if (number == 0)
		return 0;
	buf_init(&payload, LIMIT_KEXINIT);
	r = put_byte(&payload, number, err);
	if (r == 0 && sizes)
		r = buf_append(&payload, GROUP_SIZES, sizeof(GROUP_SIZES) - 1, err);
	else if (r == 0)
		r = put_share(&payload, &method->share, err);
	if (r == 0)
		r = put_packet(out, &payload, err);
	buf_free(&payload);
	return r;
}

static const struct kex_method *choose(struct slice offered)
{
	for (size_t i = 0; i < countof(methods); i++)
		if (kexinit_has(offered, methods[i].name))
			return &methods[i];
	return NULL;
}

/* The server guessed what would be agreed on and sent its part of it at once; was it wrong (RFC 4253, section 7)? */
static bool guessed_wrong(const struct kexinit *server, const char *method, struct slice algorithm)
{
	return server->first_kex_packet_follows &&
	       (!slice_is(first_of(server->lists[KEXINIT_KEX]), method) || !slice_equal(first_of(server->lists[KEXINIT_HOST_KEY]), algorithm));
}

int key_request_begin(struct key_request *q, const struct kexinit *server, struct slice algorithm, struct buf *out, struct error *err)
{
	int r;

	q->method = choose(server->lists[KEXINIT_KEX]);
	if (!q->method)
		return error_set(err, ERR_NEGOTIATION, "none of the server's key exchanges is known here");
	q->overlook = guessed_wrong(server, q->method->name, algorithm);
	r = put_kexinit(out, server, q->method->name, algorithm, err);
	return r < 0 ? r : put_message(out, q->method, q->method->dialogue->init, q->method->dialogue->numbers, err);
}

/* The server's own reason, for SSH_MSG_DISCONNECT. */
static int take_farewell(struct slice rest, struct error *err)
{
	struct slice reason = { 0 };
	char         words[200];
	uint32_t     code;

	if (!reader_uint32(&rest, &code) || !reader_string(&rest, &reason) || slice_trim(reason).len == 0)
		reason = slice_of("no reason given");
	return error_set(err, ERR_PROTOCOL, "the server ended the connection: %s", text_clean_into(words, sizeof(words), reason));
}

static int take_key(struct key_request *q, struct slice rest, struct error *err)
{
	struct slice key;

	if (!reader_string(&rest, &key) || key.len == 0)
		return error_set(err, ERR_PROTOCOL, "the answer to the key exchange has no host key");
	return buf_append_slice(&q->key, key, err);
}

/* One message of the server's. 0 when it brought the key, ERR_AGAIN when the next one may. */
static int take_message(struct key_request *q, struct slice payload, struct buf *out, struct error *err)
{
	const struct dialogue *d = q->method->dialogue;
	unsigned               number = 0;
	int                    r;

	if (!reader_byte(&payload, &number))
		return error_set(err, ERR_PROTOCOL, "an empty packet cannot be");
	if (number == MESSAGE_DISCONNECT)
		return take_farewell(payload, err);
	if (number == MESSAGE_IGNORE || number == MESSAGE_DEBUG || number == MESSAGE_UNIMPLEMENTED)
		return ERR_AGAIN;
	if (q->overlook) {
		q->overlook = false;
		return ERR_AGAIN;
	}
	if (d->group != 0 && number == d->group && !q->answered) {
		q->answered = true;
		r = put_message(out, q->method, d->share, false, err);
		return r < 0 ? r : ERR_AGAIN;
	}
	if (number == d->reply && (d->group == 0 || q->answered))
		return take_key(q, payload, err);
	return error_set(err, ERR_PROTOCOL, "message %u came where the answer to the key exchange %s was due", number, q->method->name);
}

/* Take one packet off the front. 1 when there was a whole one, 0 when more bytes are needed. */
static int take_packet(struct slice *rest, struct slice *ret_payload, struct error *err)
{
	struct slice after = *rest;
	struct slice body;
	uint32_t     length;
	size_t       padding;

	if (!reader_uint32(&after, &length))
		return 0;
	if (length > LIMIT_KEXINIT)
		return error_set(err, ERR_PROTOCOL, "a packet of %" PRIu32 " bytes cannot be", length);
	if (!reader_bytes(&after, length, &body))
		return 0;
	padding = length > 0 ? (unsigned char)body.ptr[0] : 0;
	if (length < padding + 2)
		return error_set(err, ERR_PROTOCOL, "a packet of %" PRIu32 " bytes with %zu bytes of padding cannot be", length, padding);
	*ret_payload = slice_sub(body, 1, length - padding - 1);
	*rest = after;
	return 1;
}

/* Keep what is left for the next time. */
static int keep_rest(struct key_request *q, struct slice rest)
{
	if (rest.len > 0)
		memmove(q->in.ptr, rest.ptr, rest.len);
	q->in.len = rest.len;
	return ERR_AGAIN;
}

int key_request_feed(struct key_request *q, const void *bytes, size_t len, struct buf *out, struct error *err)
{
	struct slice rest;
	struct slice payload;
	int          r = buf_append(&q->in, bytes, len, err);

	if (r < 0)
		return r == ERR_TOO_BIG ? error_set(err, ERR_PROTOCOL, "more came than a key exchange can have") : r;
	rest = buf_slice(&q->in);
	for (;;) {
		r = take_packet(&rest, &payload, err);
		if (r == 0)
			return keep_rest(q, rest);
		if (r > 0)
			r = take_message(q, payload, out, err);
		if (r != ERR_AGAIN)
			return r;
	}
}

int key_request_end(struct buf *out, struct error *err)
{
	struct buf payload;
	int        r;

	buf_init(&payload, LIMIT_IDENTIFICATION);
	r = put_byte(&payload, MESSAGE_DISCONNECT, err);
	if (r == 0)
		r = put_uint32(&payload, DISCONNECT_BY_APPLICATION, err);
	if (r == 0)
		r = put_string(&payload, slice_of("probe finished"), err);
	if (r == 0)
		r = put_string(&payload, (struct slice){ .ptr = "", .len = 0 }, err);
	if (r == 0)
		r = put_packet(out, &payload, err);
	buf_free(&payload);
	return r;
}

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <pthread.h>

#include "public_key.h"

#include "reader.h"
#include "text.h"

#define TYPE_SIZE_MAX 64u

/*
 * What follows the type in a blob, one letter a field:
 *
 *   b  mpint whose length is the key's      c  string, the curve's name
 *   m  mpint                                q  string, an uncompressed point of the curve
 *   s  string                               k  string of 32 bytes
 *   4  uint32                               8  uint64
 */
struct key_type {
	const char *name;
	const char *certificate; /* the type of its certificates */
	const char *fields;
	const char *curve;
	unsigned    bits; /* 0: what field b says */
};

static const struct key_type key_types[] = {
	{ "ssh-rsa", "ssh-rsa-cert-v01@openssh.com", "mb", NULL, 0 },
	{ "ssh-dss", "ssh-dss-cert-v01@openssh.com", "bmmm", NULL, 0 },
	{ "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256-cert-v01@openssh.com", "cq", "nistp256", 256 },
	{ "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384-cert-v01@openssh.com", "cq", "nistp384", 384 },
	{ "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521-cert-v01@openssh.com", "cq", "nistp521", 521 },
	{ "ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com", "k", NULL, 256 },
	{ "sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519-cert-v01@openssh.com", "ks", NULL, 256 },
	{ "sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "cqs", "nistp256", 256 },
};

/* PROTOCOL.certkeys: a nonce stands before the key's fields; after them serial, type, key id, principals, valid after, valid
 * before, critical options, extensions, reserved, signature key, signature. */
static const char certificate_head[] = "s";
static const char certificate_tail[] = "84ss88sssss";

/* A blob taken apart. */
struct parts {
	struct slice           type;
	const struct key_type *known; /* NULL for a type not in the table */
	struct slice           key;   /* the fields of the key itself, without type and certificate */
	unsigned               bits;
	bool                   certificate;
};

static const struct key_type *find_type(struct slice name, bool *ret_certificate)
{
	for (size_t i = 0; i < countof(key_types); i++) {
		bool certificate = slice_is(name, key_types[i].certificate);

		if (certificate || slice_is(name, key_types[i].name)) {
			*ret_certificate = certificate;
			return &key_types[i];
		}
	}
	return NULL;
}

/* The length of a positive mpint in bits; 0 for zero and for a negative number, which no key has. */
static unsigned mpint_bits(struct slice number)
{
	unsigned top;
	unsigned bits;

	if (number.len > 0 && (number.ptr[0] & 0x80))
		return 0;
	while (number.len > 0 && number.ptr[0] == 0)
		number = slice_sub(number, 1, SIZE_MAX);
	if (number.len == 0)
		return 0;
	bits = (unsigned)(number.len - 1) * 8;
	for (top = (unsigned char)number.ptr[0]; top > 0; top >>= 1)
		bits++;
	return bits;
}

static bool is_point(struct slice point, unsigned bits)
{
	return point.len == 1 + 2 * ((bits + 7) / 8) && point.ptr[0] == 4;
}

/* One field; false when it is cut short or cannot be what it should. */
static bool read_field(struct slice *rest, char kind, const struct key_type *type, unsigned *bits)
{
	struct slice value;

	if (kind == '4' || kind == '8')
		return reader_bytes(rest, kind == '4' ? 4 : 8, &value);
	if (!reader_string(rest, &value))
		return false;
	switch (kind) {
	case 'b':
		*bits = mpint_bits(value);
		return *bits > 0;
	case 'm':
		return mpint_bits(value) > 0;
	case 'c':
		return slice_is(value, type->curve);
	case 'q':
		return is_point(value, type->bits);
	case 'k':
		return value.len == 32;
	default:
		return true;
	}
}

static int read_fields(struct slice *rest, const char *fields, struct parts *parts, struct error *err)
{
	for (const char *kind = fields; *kind; kind++) {
		if (!read_field(rest, *kind, parts->known, &parts->bits))
			return error_set(err, ERR_PROTOCOL, "public key of type %.*s is cut short or malformed", (int)parts->type.len,
			                 parts->type.ptr);
	}
	return 0;
}

/* The fields of a type of the table, and nothing after them. */
static int read_known(struct slice rest, struct parts *parts, struct error *err)
{
	int r = 0;

	parts->bits = parts->known->bits;
	if (parts->certificate)
		r = read_fields(&rest, certificate_head, parts, err);
	parts->key = rest;
	if (r == 0)
		r = read_fields(&rest, parts->known->fields, parts, err);
	parts->key.len -= rest.len;
	if (r == 0 && parts->certificate)
		r = read_fields(&rest, certificate_tail, parts, err);
	if (r == 0 && rest.len > 0)
		r = error_set(err, ERR_PROTOCOL, "public key of type %.*s has %zu bytes too many", (int)parts->type.len,
		              parts->type.ptr, rest.len);
	return r;
}

static int take_apart(struct slice blob, struct parts *parts, struct error *err)
{
	*parts = (struct parts){ 0 };
	if (!reader_string(&blob, &parts->type))
		return error_set(err, ERR_PROTOCOL, "public key is cut short in its type");
	if (parts->type.len == 0 || parts->type.len > TYPE_SIZE_MAX || !text_is_graphic(parts->type))
		return error_set(err, ERR_PROTOCOL, "public key has a type that is not 1-%u bytes of printable ASCII", TYPE_SIZE_MAX);
	parts->known = find_type(parts->type, &parts->certificate);
	if (parts->known)
		return read_known(blob, parts, err);
	parts->certificate = slice_has_suffix(parts->type, "-cert-v01@openssh.com");
	return 0;
}

int public_key_parse(struct slice blob, struct public_key *ret_key, struct error *err)
{
	struct parts parts;
	int          r = take_apart(blob, &parts, err);

	if (r < 0)
		return r;
	*ret_key = (struct public_key){ .type = parts.type, .bits = parts.bits, .certificate = parts.certificate };
	return 0;
}

static uint64_t read_number(struct slice bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes.len; i++)
		value = value << 8 | (unsigned char)bytes.ptr[i];
	return value;
}

int public_key_parse_certificate(struct slice blob, struct public_key_certificate *ret_certificate, struct error *err)
{
	struct public_key_certificate c = { 0 };
	struct slice                  rest, serial, kind, after, before, ignored;
	struct parts                  parts;
	int                           r = take_apart(blob, &parts, err);

	if (r < 0)
		return r;
	if (!parts.certificate || !parts.known)
		return error_set(err, ERR_PROTOCOL, "not a certificate of a known type");
	rest = slice_sub(blob, (size_t)(parts.key.ptr + parts.key.len - blob.ptr), SIZE_MAX);
	if (!reader_bytes(&rest, 8, &serial) || !reader_bytes(&rest, 4, &kind) || !reader_string(&rest, &c.key_id) || !reader_string(&rest, &c.principals) ||
	    !reader_bytes(&rest, 8, &after) || !reader_bytes(&rest, 8, &before) || !reader_string(&rest, &ignored) || !reader_string(&rest, &ignored) ||
	    !reader_string(&rest, &ignored) || !reader_string(&rest, &c.ca))
		return error_set(err, ERR_PROTOCOL, "certificate is cut short");
	if (read_number(kind) != 1 && read_number(kind) != 2)
		return error_set(err, ERR_PROTOCOL, "certificate is of neither a user nor a host");
	c.host = read_number(kind) == 2;
	c.serial = read_number(serial);
	c.valid_after = read_number(after);
	c.valid_before = read_number(before);
	*ret_certificate = c;
	return 0;
}

/* Making a group of OpenSSL costs more than all else here, so each is made once and then only read. */
static struct {
	const char *const curve;
	const int         nid;
	EC_GROUP         *group; /* NULL when it could not be made */
} curves[] = { { "nistp256", NID_X9_62_prime256v1, NULL }, { "nistp384", NID_secp384r1, NULL }, { "nistp521", NID_secp521r1, NULL } };

static void make_groups(void)
{
	for (size_t i = 0; i < countof(curves); i++)
		curves[i].group = EC_GROUP_new_by_curve_name(curves[i].nid);
}

static const EC_GROUP *find_group(struct slice curve)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, make_groups);
	for (size_t i = 0; i < countof(curves); i++)
		if (slice_is(curve, curves[i].curve))
			return curves[i].group;
	return NULL;
}

/* The point of a blob whose fields were checked, against its curve. */
static bool is_on_curve(const struct parts *parts)
{
	struct slice    rest = parts->key, name, point;
	const EC_GROUP *group;
	EC_POINT       *at;
	bool            good;

	if (!reader_string(&rest, &name) || !reader_string(&rest, &point))
		return false;
	group = find_group(name);
	at = group ? EC_POINT_new(group) : NULL;
	good = at && EC_POINT_oct2point(group, at, (const unsigned char *)point.ptr, point.len, NULL) == 1;
	EC_POINT_free(at);
	return good;
}

bool public_key_is_on_curve(struct slice blob)
{
	struct parts parts;

	if (take_apart(blob, &parts, NULL) < 0)
		return false;
	return !parts.known || !parts.known->curve || is_on_curve(&parts);
}

/* The type as a string of the protocol, then the fields. */
static bool digest_plain_key(EVP_MD_CTX *ctx, const struct parts *parts)
{
	const char         *name = parts->known->name;
	const unsigned char length[4] = { 0, 0, 0, (unsigned char)strlen(name) };

	return EVP_DigestUpdate(ctx, length, sizeof(length)) && EVP_DigestUpdate(ctx, name, strlen(name)) &&
	       EVP_DigestUpdate(ctx, parts->key.ptr, parts->key.len);
}

static EVP_MD *sha256, *md5; /* looked up once: OpenSSL would do it for every digest, which takes longer than the digest of a key */

static void forget_digests(void)
{
	EVP_MD_free(sha256);
	EVP_MD_free(md5);
	sha256 = md5 = NULL;
}

static void find_digests(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
	md5 = EVP_MD_fetch(NULL, "MD5", NULL);
	(void)atexit(forget_digests);
}

static bool digest(EVP_MD *const *kind, struct slice blob, unsigned char ret_hash[EVP_MAX_MD_SIZE])
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	EVP_MD_CTX           *ctx = EVP_MD_CTX_new();
	struct parts          parts;
	bool                  good;

	(void)pthread_once(&once, find_digests);
	good = ctx && *kind && EVP_DigestInit_ex2(ctx, *kind, NULL);

	if (good && take_apart(blob, &parts, NULL) == 0 && parts.known && parts.certificate)
		good = digest_plain_key(ctx, &parts);
	else if (good)
		good = EVP_DigestUpdate(ctx, blob.ptr, blob.len);
	good = good && EVP_DigestFinal_ex(ctx, ret_hash, NULL);
	EVP_MD_CTX_free(ctx);
	return good;
}

void public_key_fingerprint(struct slice blob, char ret_text[FINGERPRINT_SIZE])
{
	static const char prefix[] = "SHA256:";
	unsigned char     hash[EVP_MAX_MD_SIZE];
	unsigned char     base64[4 * ((32 + 2) / 3) + 1];

	if (!digest(&sha256, blob, hash)) {
		snprintf(ret_text, FINGERPRINT_SIZE, "%s(not computed)", prefix);
		return;
	}
	EVP_EncodeBlock(base64, hash, 32);
	snprintf(ret_text, FINGERPRINT_SIZE, "%s%.43s", prefix, (const char *)base64);
}

bool public_key_fingerprint_md5(struct slice blob, char ret_text[FINGERPRINT_MD5_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char     hash[EVP_MAX_MD_SIZE];
	char             *at = ret_text + 3;

	if (!digest(&md5, blob, hash))
		return false;
	snprintf(ret_text, FINGERPRINT_MD5_SIZE, "MD5");
	for (size_t i = 0; i < 16; i++) {
		*at++ = ':';
		*at++ = digits[hash[i] >> 4];
		*at++ = digits[hash[i] & 15];
	}
	*at = '\0';
	return true;
}

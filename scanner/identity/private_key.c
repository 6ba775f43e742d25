#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>

#include "private_key.h"

#include "packed.h"
#include "text.h"

#define ED25519_KEY  32
#define EC_POINT_MAX 133 /* 0x04 and two coordinates of P-521 */
#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 16384 /* what OpenSSL computes with */

static const struct key_kind kinds[] = {
	{ "ssh-ed25519", "ED25519", NULL, NULL },
	{ "ecdsa-sha2-nistp256", "EC", "nistp256", "prime256v1" },
	{ "ecdsa-sha2-nistp384", "EC", "nistp384", "secp384r1" },
	{ "ecdsa-sha2-nistp521", "EC", "nistp521", "secp521r1" },
	{ "ssh-rsa", "RSA", NULL, NULL },
};

const struct key_kind *private_key_kind(struct slice type)
{
	for (size_t i = 0; i < countof(kinds); i++)
		if (slice_is(type, kinds[i].type))
			return &kinds[i];
	return NULL;
}

int private_key_check_type(struct slice type, struct error *err)
{
	char shown[80];

	if (private_key_kind(type))
		return 0;
	text_clean_into(shown, sizeof(shown), type);
	if (slice_is(type, "ssh-dss"))
		return error_set(
			err, ERR_IDENTITY,
			"is a DSA key, which servers no longer accept; make a new one: ssh-keygen -t ed25519");
	if (slice_has_prefix(type, "sk-"))
		return error_set(
			err, ERR_IDENTITY,
			"is a %s key: its secret is on a FIDO token that has to be touched for every login; "
			"give sshvet a key of its own: ssh-keygen -t ed25519",
			shown);
	return error_set(
		err, ERR_IDENTITY,
		"is a key of type %s, which is not supported; use Ed25519, ECDSA or RSA: ssh-keygen -t ed25519",
		shown);
}

static int disagree(struct error *err)
{
	return error_set(err, ERR_IDENTITY, "is damaged: its public and private halves do not belong together");
}

static int refused(const struct key_kind *kind, struct error *err)
{
	return error_set(err, ERR_IDENTITY, "is damaged: OpenSSL does not take it as a %s key", kind->type);
}

/* --- reading the numbers of openssh-key-v1 --- */

static BIGNUM *number(struct slice bytes)
{
	return BN_bin2bn((const unsigned char *)bytes.ptr, (int)bytes.len, NULL);
}

/* OSSL_PARAM_free() does not overwrite what it frees. */
static void free_params(OSSL_PARAM *params)
{
	for (OSSL_PARAM *p = params; p && p->key; p++)
		OPENSSL_cleanse(p->data, p->data_size);
	OSSL_PARAM_free(params);
}

static EVP_PKEY *from_params(const char *type, OSSL_PARAM_BLD *build)
{
	EVP_PKEY     *key = NULL;
	OSSL_PARAM   *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);

	if (params && ctx && EVP_PKEY_fromdata_init(ctx) == 1)
		if (EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) != 1)
			key = NULL;
	EVP_PKEY_CTX_free(ctx);
	free_params(params);
	return key;
}

static int take_ed25519(const struct key_kind *kind, struct slice *rest, EVP_PKEY **ret_key, struct error *err)
{
	struct slice  stored = { 0 };
	struct slice  secret = { 0 }; /* the seed, then the public key again */
	unsigned char computed[ED25519_KEY];
	size_t        len = sizeof(computed);
	EVP_PKEY     *key;
	int           r = packed_take_string(rest, "public key", &stored, err);

	if (r == 0)
		r = packed_take_string(rest, "private key", &secret, err);
	if (r < 0)
		return r;
	if (stored.len != ED25519_KEY || secret.len != (size_t)2 * ED25519_KEY)
		return error_set(err, ERR_IDENTITY, "is damaged: wrong length for an Ed25519 key");
	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, (const unsigned char *)secret.ptr,
	                                   ED25519_KEY);
	if (!key || EVP_PKEY_get_raw_public_key(key, computed, &len) != 1 || len != ED25519_KEY)
		r = refused(kind, err);
	else if (memcmp(computed, stored.ptr, len) != 0 || memcmp(computed, secret.ptr + ED25519_KEY, len) != 0)
		r = disagree(err);
	if (r < 0) {
		EVP_PKEY_free(key);
		return r;
	}
	*ret_key = key;
	return 0;
}

/* The public point of `secret`, uncompressed; 0 when the number is not in the group's range. */
static size_t ec_public(const struct key_kind *kind, const BIGNUM *secret, unsigned char point[EC_POINT_MAX])
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(OBJ_sn2nid(kind->group));
	EC_POINT *product = group ? EC_POINT_new(group) : NULL;
	size_t    len = 0;

	if (product && BN_cmp(secret, EC_GROUP_get0_order(group)) < 0 &&
	    EC_POINT_mul(group, product, secret, NULL, NULL, NULL) == 1)
		len = EC_POINT_point2oct(group, product, POINT_CONVERSION_UNCOMPRESSED, point, EC_POINT_MAX,
		                         NULL);
	EC_POINT_free(product);
	EC_GROUP_free(group);
	return len;
}

static EVP_PKEY *make_ec(const struct key_kind *kind, const BIGNUM *secret, struct slice point)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY       *key = NULL;

	if (build && OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, kind->group, 0) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point.ptr, point.len) == 1 &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, secret) == 1)
		key = from_params("EC", build);
	OSSL_PARAM_BLD_free(build);
	return key;
}

static int take_ecdsa(const struct key_kind *kind, struct slice *rest, EVP_PKEY **ret_key, struct error *err)
{
	unsigned char computed[EC_POINT_MAX];
	struct slice  curve = { 0 };
	struct slice  point = { 0 };
	struct slice  scalar = { 0 };
	BIGNUM       *secret;
	size_t        len;
	int           r = packed_take_string(rest, "curve name", &curve, err);

	if (r == 0)
		r = packed_take_string(rest, "public key", &point, err);
	if (r == 0)
		r = packed_take_positive(rest, "private key", &scalar, err);
	if (r < 0)
		return r;
	if (!slice_is(curve, kind->curve))
		return error_set(err, ERR_IDENTITY, "is damaged: its curve is not that of an %s key",
		                 kind->type);
	secret = scalar.len <= EC_POINT_MAX ? number(scalar) : NULL;
	len = secret ? ec_public(kind, secret, computed) : 0;
	if (len == 0 || len != point.len || memcmp(computed, point.ptr, len) != 0) {
		r = disagree(err);
	} else {
		EVP_PKEY *key = make_ec(kind, secret, point);

		if (key)
			*ret_key = key;
		else
			r = refused(kind, err);
	}
	BN_clear_free(secret);
	return r;
}

/* The numbers of an RSA key in the order openssh-key-v1 has them, then the two that are computed. */
enum {
	RSA_N,
	RSA_E,
	RSA_D,
	RSA_IQMP,
	RSA_P,
	RSA_Q,
	RSA_STORED,
	RSA_DMP1 = RSA_STORED,
	RSA_DMQ1,
	RSA_NUMBERS
};

static const struct {
	const char *name; /* OpenSSL's */
	const char *what; /* ours */
} rsa_numbers[] = {
	[RSA_N] = { OSSL_PKEY_PARAM_RSA_N, "RSA modulus" },
	[RSA_E] = { OSSL_PKEY_PARAM_RSA_E, "RSA public exponent" },
	[RSA_D] = { OSSL_PKEY_PARAM_RSA_D, "RSA private exponent" },
	[RSA_IQMP] = { OSSL_PKEY_PARAM_RSA_COEFFICIENT1, "RSA coefficient" },
	[RSA_P] = { OSSL_PKEY_PARAM_RSA_FACTOR1, "first RSA prime" },
	[RSA_Q] = { OSSL_PKEY_PARAM_RSA_FACTOR2, "second RSA prime" },
	[RSA_DMP1] = { OSSL_PKEY_PARAM_RSA_EXPONENT1, "first RSA exponent" },
	[RSA_DMQ1] = { OSSL_PKEY_PARAM_RSA_EXPONENT2, "second RSA exponent" },
};
static_assert(countof(rsa_numbers) == RSA_NUMBERS, "every number has its names");

/* *ret = d mod (prime - 1) */
static bool reduced_exponent(BIGNUM **ret, const BIGNUM *d, const BIGNUM *prime, BN_CTX *ctx)
{
	BIGNUM *less = BN_dup(prime);
	bool    good = false;

	*ret = BN_new();
	if (less && *ret && BN_sub_word(less, 1) == 1 && !BN_is_zero(less)) {
		BN_set_flags(less, BN_FLG_CONSTTIME);
		good = BN_mod(*ret, d, less, ctx) == 1 && !BN_is_zero(*ret);
	}
	BN_clear_free(less);
	return good;
}

/* True when coefficient * q = 1 (mod p). OpenSSL would sign without a coefficient that is wrong, only three
 * times slower. */
static bool coefficient_fits(BIGNUM *numbers[RSA_NUMBERS], BN_CTX *ctx)
{
	BIGNUM *product = BN_new();
	bool    good = product &&
	            BN_mod_mul(product, numbers[RSA_IQMP], numbers[RSA_Q], numbers[RSA_P], ctx) == 1 &&
	            BN_is_one(product);

	BN_clear_free(product);
	return good;
}

/* Compute what is not stored, and see that the primes make up the modulus. */
static bool complete_rsa(BIGNUM *numbers[RSA_NUMBERS])
{
	BN_CTX *ctx = BN_CTX_secure_new();
	BIGNUM *product = BN_new();
	bool    good = ctx && product && BN_mul(product, numbers[RSA_P], numbers[RSA_Q], ctx) == 1 &&
	            BN_cmp(product, numbers[RSA_N]) == 0 && BN_is_odd(product) &&
	            coefficient_fits(numbers, ctx) &&
	            reduced_exponent(&numbers[RSA_DMP1], numbers[RSA_D], numbers[RSA_P], ctx) &&
	            reduced_exponent(&numbers[RSA_DMQ1], numbers[RSA_D], numbers[RSA_Q], ctx);

	BN_free(product);
	BN_CTX_free(ctx);
	return good;
}

static EVP_PKEY *make_rsa(BIGNUM *numbers[RSA_NUMBERS])
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY       *key = NULL;
	bool            good = build != NULL;

	for (size_t i = 0; good && i < RSA_NUMBERS; i++)
		good = OSSL_PARAM_BLD_push_BN(build, rsa_numbers[i].name, numbers[i]) == 1;
	if (good)
		key = from_params("RSA", build);
	OSSL_PARAM_BLD_free(build);
	return key;
}

static int check_rsa_size(int bits, struct error *err)
{
	if (bits < RSA_BITS_MIN)
		return error_set(
			err, ERR_IDENTITY,
			"is an RSA key of %d bits; %d is the least that is safe; make a new one: ssh-keygen -t ed25519",
			bits, RSA_BITS_MIN);
	if (bits > RSA_BITS_MAX)
		return error_set(err, ERR_IDENTITY,
		                 "is an RSA key of %d bits; %d is the most that is supported", bits,
		                 RSA_BITS_MAX);
	return 0;
}

static int take_rsa(const struct key_kind *kind, struct slice *rest, EVP_PKEY **ret_key, struct error *err)
{
	BIGNUM *numbers[RSA_NUMBERS] = { NULL };
	int     r = 0;

	for (size_t i = 0; r == 0 && i < RSA_STORED; i++) {
		struct slice bytes;

		r = packed_take_positive(rest, rsa_numbers[i].what, &bytes, err);
		if (r == 0 && bytes.len > RSA_BITS_MAX / 8)
			r = error_set(err, ERR_IDENTITY,
			              "is an RSA key of more than the %d bits that are supported",
			              RSA_BITS_MAX);
		if (r == 0 && !(numbers[i] = number(bytes)))
			r = error_nomem(err);
	}
	if (r == 0)
		r = check_rsa_size(BN_num_bits(numbers[RSA_N]), err);
	if (r == 0 && !complete_rsa(numbers))
		r = disagree(err);
	if (r == 0) {
		EVP_PKEY *key = make_rsa(numbers);

		if (key)
			*ret_key = key;
		else
			r = refused(kind, err);
	}
	for (size_t i = 0; i < RSA_NUMBERS; i++)
		BN_clear_free(numbers[i]);
	return r;
}

int private_key_take(struct slice *rest, EVP_PKEY **ret_key, struct error *err)
{
	const struct key_kind *kind;
	struct slice           type;
	int                    r = packed_take_string(rest, "key type", &type, err);

	if (r == 0)
		r = private_key_check_type(type, err);
	if (r < 0)
		return r;
	kind = private_key_kind(type);
	if (strcmp(kind->openssl, "RSA") == 0)
		return take_rsa(kind, rest, ret_key, err);
	return kind->curve ? take_ecdsa(kind, rest, ret_key, err) : take_ed25519(kind, rest, ret_key, err);
}

/* --- writing the public key blob --- */

static const struct key_kind *kind_of(EVP_PKEY *key)
{
	char group[80] = "";

	if (EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1)
		return NULL;
	for (size_t i = 0; i < countof(kinds); i++)
		if (EVP_PKEY_is_a(key, kinds[i].openssl) &&
		    (!kinds[i].group || strcmp(group, kinds[i].group) == 0))
			return &kinds[i];
	return NULL;
}

static int put_text(struct buf *blob, const char *text, struct error *err)
{
	return packed_put_string(blob, slice_of(text), err);
}

static int put_ed25519(EVP_PKEY *key, const struct key_kind *kind, struct buf *blob, struct error *err)
{
	unsigned char bytes[ED25519_KEY];
	size_t        len = sizeof(bytes);

	if (EVP_PKEY_get_raw_public_key(key, bytes, &len) != 1)
		return refused(kind, err);
	return packed_put_string(blob, (struct slice){ .ptr = (const char *)bytes, .len = len }, err);
}

/* The coordinates, not the stored encoding: PEM files may hold a compressed point. */
static int put_ecdsa(EVP_PKEY *key, const struct key_kind *kind, struct buf *blob, struct error *err)
{
	unsigned char bytes[EC_POINT_MAX] = { POINT_CONVERSION_UNCOMPRESSED };
	BIGNUM       *x = NULL;
	BIGNUM       *y = NULL;
	int           size = (EVP_PKEY_get_bits(key) + 7) / 8;
	bool          good = size > 0 && 1 + 2 * size <= EC_POINT_MAX &&
	            EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
	            EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1 &&
	            BN_bn2binpad(x, bytes + 1, size) == size && BN_bn2binpad(y, bytes + 1 + size, size) == size;
	int r = good ? put_text(blob, kind->curve, err) : refused(kind, err);

	if (r == 0)
		r = packed_put_string(
			blob, (struct slice){ .ptr = (const char *)bytes, .len = (size_t)(1 + 2 * size) }, err);
	BN_free(x);
	BN_free(y);
	return r;
}

static int put_number(EVP_PKEY *key, const struct key_kind *kind, const char *name, struct buf *blob,
                      struct error *err)
{
	unsigned char bytes[RSA_BITS_MAX / 8];
	BIGNUM       *n = NULL;
	int           len = -1;

	if (EVP_PKEY_get_bn_param(key, name, &n) == 1 && BN_num_bytes(n) <= (int)sizeof(bytes))
		len = BN_bn2bin(n, bytes);
	BN_free(n);
	if (len <= 0)
		return refused(kind, err);
	return packed_put_positive(blob, (struct slice){ .ptr = (const char *)bytes, .len = (size_t)len }, err);
}

static int put_rsa(EVP_PKEY *key, const struct key_kind *kind, struct buf *blob, struct error *err)
{
	int r = check_rsa_size(EVP_PKEY_get_bits(key), err);

	if (r == 0)
		r = put_number(key, kind, OSSL_PKEY_PARAM_RSA_E, blob, err);
	return r < 0 ? r : put_number(key, kind, OSSL_PKEY_PARAM_RSA_N, blob, err);
}

int private_key_public(EVP_PKEY *key, const struct key_kind **ret_kind, struct buf *blob, struct error *err)
{
	const struct key_kind *kind = kind_of(key);
	const char            *name = EVP_PKEY_get0_type_name(key);
	int                    r;

	if (!kind && EVP_PKEY_is_a(key, "EC"))
		return error_set(err, ERR_IDENTITY,
		                 "is on a curve SSH does not use; make a new one: ssh-keygen -t ed25519");
	if (!kind && EVP_PKEY_is_a(key, "DSA"))
		return private_key_check_type(slice_of("ssh-dss"), err);
	if (!kind)
		return private_key_check_type(slice_of(name ? name : "unnamed"), err);
	r = put_text(blob, kind->type, err);
	if (r < 0)
		return r;
	if (strcmp(kind->openssl, "RSA") == 0)
		r = put_rsa(key, kind, blob, err);
	else
		r = kind->curve ? put_ecdsa(key, kind, blob, err) : put_ed25519(key, kind, blob, err);
	if (r == 0)
		*ret_kind = kind;
	return r;
}

/*
 * bcrypt_pbkdf.c: PBKDF2 (RFC 8018, section 5.2) with a hash made of Blowfish in place of HMAC.
 *
 * The hash is that of the bcrypt password scheme (Provos and Mazieres, "A Future-Adaptable Password Scheme"),
 * with three changes: password and salt go through SHA-512 first, the cost is fixed at 2^6, and the text that
 * is encrypted at the end is longer, for 32 bytes of output. The derived key is dealt out round robin over the
 * output blocks, so that nobody gets half of the key for half of the work.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "bcrypt_pbkdf.h"

#include "pi_words.h"

#define SUBKEYS    18
#define HASH_WORDS 8
#define HASH_BYTES (HASH_WORDS * 4)
#define DIGEST     64 /* bytes of SHA-512 */
#define EXPANSIONS 64
#define SALT_MAX   1024

struct blowfish {
	uint32_t subkeys[SUBKEYS];
	uint32_t boxes[4][256];
};
static_assert(sizeof(struct blowfish) == sizeof(pi_words), "pi fills the whole state");

static void encrypt(const struct blowfish *b, uint32_t *left, uint32_t *right)
{
	uint32_t l = *left;
	uint32_t r = *right;

	for (size_t i = 0; i < SUBKEYS - 2; i++) {
		uint32_t swap;

		l ^= b->subkeys[i];
		swap = r ^ (((b->boxes[0][l >> 24] + b->boxes[1][l >> 16 & 255]) ^ b->boxes[2][l >> 8 & 255]) +
		            b->boxes[3][l & 255]);
		r = l;
		l = swap;
	}
	*left = r ^ b->subkeys[SUBKEYS - 1];
	*right = l ^ b->subkeys[SUBKEYS - 2];
}

/* Word `i` of a SHA-512 digest that is read over and over. */
static uint32_t word(const unsigned char digest[DIGEST], size_t i)
{
	const unsigned char *p = digest + i * 4 % DIGEST;

	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Mix a key, and a salt unless it is NULL, into the whole state. */
static void expand(struct blowfish *b, const unsigned char *salt, const unsigned char key[DIGEST])
{
	uint32_t left = 0;
	uint32_t right = 0;
	size_t   taken = 0;

	for (size_t i = 0; i < SUBKEYS; i++)
		b->subkeys[i] ^= word(key, i);
	for (size_t i = 0; i < sizeof(*b) / sizeof(uint32_t); i += 2) {
		uint32_t *pair =
			i < SUBKEYS ? &b->subkeys[i] : &b->boxes[(i - SUBKEYS) / 256][(i - SUBKEYS) % 256];

		if (salt) {
			left ^= word(salt, taken++);
			right ^= word(salt, taken++);
		}
		encrypt(b, &left, &right);
		pair[0] = left;
		pair[1] = right;
	}
}

static void hash(const unsigned char password[DIGEST], const unsigned char salt[DIGEST],
                 unsigned char out[HASH_BYTES])
{
	static const char text[DIGEST + 1] = "OxychromaticBlowfishSwatDynamite" /* as long as word() may read */
					     "OxychromaticBlowfishSwatDynamite";
	struct blowfish b;
	uint32_t        words[HASH_WORDS];

	memcpy(&b, pi_words, sizeof(b));
	expand(&b, salt, password);
	for (int i = 0; i < EXPANSIONS; i++) {
		expand(&b, NULL, salt);
		expand(&b, NULL, password);
	}
	for (size_t i = 0; i < HASH_WORDS; i++)
		words[i] = word((const unsigned char *)text, i);
	for (int i = 0; i < EXPANSIONS; i++)
		for (size_t j = 0; j < HASH_WORDS; j += 2)
			encrypt(&b, &words[j], &words[j + 1]);
	/* Little-endian, unlike everything before it. */
	for (size_t i = 0; i < HASH_BYTES; i++)
		out[i] = (unsigned char)(words[i / 4] >> i % 4 * 8);
	OPENSSL_cleanse(&b, sizeof(b));
	OPENSSL_cleanse(words, sizeof(words));
}

static bool sha512(const void *data, size_t len, unsigned char out[DIGEST])
{
	return EVP_Digest(data, len, out, NULL, EVP_sha512(), NULL) == 1;
}

/* Block number `count` of the output: the exclusive or of the hashes of all rounds, each salted with the one
 * before. */
static bool block(const unsigned char password[DIGEST], struct slice salt, uint32_t count, uint32_t rounds,
                  unsigned char out[HASH_BYTES])
{
	unsigned char numbered[SALT_MAX + 4];
	unsigned char digest[DIGEST];
	unsigned char last[HASH_BYTES];
	bool          good;

	memcpy(numbered, salt.ptr, salt.len);
	for (size_t i = 0; i < 4; i++)
		numbered[salt.len + i] = (unsigned char)(count >> (24 - 8 * i));
	good = sha512(numbered, salt.len + 4, digest);
	memset(out, 0, HASH_BYTES);
	for (uint32_t round = 0; good && round < rounds; round++) {
		if (round > 0)
			good = sha512(last, sizeof(last), digest);
		hash(password, digest, last);
		for (size_t i = 0; i < HASH_BYTES; i++)
			out[i] ^= last[i];
	}
	OPENSSL_cleanse(last, sizeof(last));
	OPENSSL_cleanse(digest, sizeof(digest));
	return good;
}

int bcrypt_pbkdf(struct slice passphrase, struct slice salt, uint32_t rounds, unsigned char *key, size_t size,
                 struct error *err)
{
	unsigned char password[DIGEST];
	unsigned char out[HASH_BYTES];
	size_t        blocks = (size + HASH_BYTES - 1) / HASH_BYTES;
	bool          good;

	if (passphrase.len == 0)
		return error_set(err, ERR_IDENTITY, "cannot be opened: passphrase is empty");
	if (salt.len == 0 || salt.len > SALT_MAX || size == 0 || size > BCRYPT_KEY_MAX)
		return error_set(err, ERR_IDENTITY, "is damaged: %zu bytes of salt for %zu of key", salt.len,
		                 size);
	if (rounds == 0 || rounds > BCRYPT_ROUNDS_MAX)
		return error_set(err, ERR_IDENTITY,
		                 "is encrypted with %" PRIu32 " KDF rounds; 1 to %u are supported", rounds,
		                 BCRYPT_ROUNDS_MAX);
	good = sha512(passphrase.ptr, passphrase.len, password);
	for (size_t i = 0; good && i < blocks; i++) {
		good = block(password, salt, (uint32_t)i + 1, rounds, out);
		for (size_t j = 0; j < HASH_BYTES && j * blocks + i < size; j++)
			key[j * blocks + i] = out[j];
	}
	OPENSSL_cleanse(password, sizeof(password));
	OPENSSL_cleanse(out, sizeof(out));
	return good ? 0 : error_set(err, ERR_IDENTITY, "cannot be opened: SHA-512 is not available");
}

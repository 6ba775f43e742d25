#include <openssl/crypto.h>

#include "openssh_key.h"

#include "base64.h"
#include "bcrypt_pbkdf.h"
#include "limit.h"
#include "openssh_cipher.h"
#include "packed.h"
#include "private_key.h"
#include "secret.h"
#include "text.h"

static const char begin_line[] = "-----BEGIN OPENSSH PRIVATE KEY-----";
static const char end_line[] = "-----END OPENSSH PRIVATE KEY-----";
static const char magic[] = "openssh-key-v1"; /* stored with its NUL */

#define PLAIN_BLOCK 8 /* what an unencrypted private section is padded to */

/* Collect the base64 lines between the two markers. */
static int unfold(struct slice text, struct buf *base64, struct error *err)
{
	struct slice line;
	bool         begun = false;

	while (slice_next_line(&text, &line, NULL)) {
		int r;

		line = slice_trim(line);
		if (!begun) {
			begun = slice_is(line, begin_line);
			continue;
		}
		if (slice_is(line, end_line))
			return 0;
		r = buf_append_slice(base64, line, err);
		if (r < 0)
			return r;
	}
	return error_set(err, ERR_IDENTITY, "is cut short: the line '%s' is missing",
	                 begun ? end_line : begin_line);
}

static int decode(struct slice text, struct buf *bytes, struct error *err)
{
	struct buf base64;
	int        r = secret_init(&base64, text.len, err);

	if (r == 0)
		r = unfold(text, &base64, err);
	if (r == 0 && base64_decode(bytes, buf_slice(&base64), err) < 0)
		r = error_set(err, ERR_IDENTITY,
		              "is damaged: what is between its BEGIN and END lines is not base64");
	secret_free(&base64);
	return r;
}

static int split_kdf(struct slice name, struct slice options, struct openssh_key *file, struct error *err)
{
	char shown[80];
	int  r;

	if (slice_is(name, "none")) {
		if (options.len != 0 || !slice_is(file->cipher, "none"))
			return error_set(err, ERR_IDENTITY,
			                 "is damaged: it has a cipher but no key derivation");
		return 0;
	}
	if (!slice_is(name, "bcrypt"))
		return error_set(err, ERR_IDENTITY,
		                 "derives its key with '%s', which is not supported; run ssh-keygen -p on it",
		                 text_clean_into(shown, sizeof(shown), name));
	if (slice_is(file->cipher, "none"))
		return error_set(err, ERR_IDENTITY, "is damaged: it has a key derivation but no cipher");
	r = packed_take_string(&options, "KDF salt", &file->salt, err);
	if (r == 0)
		r = packed_take_u32(&options, "KDF rounds", &file->rounds, err);
	if (r < 0)
		return r;
	if (options.len != 0)
		return error_set(err, ERR_IDENTITY, "is damaged: its KDF options are too long");
	if (file->rounds == 0 || file->rounds > BCRYPT_ROUNDS_MAX)
		return error_set(err, ERR_IDENTITY,
		                 "is encrypted with %" PRIu32
		                 " KDF rounds; 1 to %u are supported; change it with: ssh-keygen -p -a 100",
		                 file->rounds, BCRYPT_ROUNDS_MAX);
	return 0;
}

static int check_public(struct slice blob, struct error *err)
{
	struct slice type;
	int          r = packed_take_string(&blob, "key type", &type, err);

	return r < 0 ? r : private_key_check_type(type, err);
}

static int split(struct openssh_key *file, struct error *err)
{
	struct slice rest = buf_slice(&file->bytes);
	struct slice kdf;
	struct slice options;
	uint32_t     count;
	int          r;

	if (rest.len < sizeof(magic) || memcmp(rest.ptr, magic, sizeof(magic)) != 0)
		return error_set(err, ERR_IDENTITY, "is damaged: it does not begin with %s", magic);
	rest = slice_sub(rest, sizeof(magic), SIZE_MAX);
	if ((r = packed_take_string(&rest, "cipher name", &file->cipher, err)) < 0 ||
	    (r = packed_take_string(&rest, "KDF name", &kdf, err)) < 0 ||
	    (r = packed_take_string(&rest, "KDF options", &options, err)) < 0 ||
	    (r = packed_take_u32(&rest, "number of keys", &count, err)) < 0)
		return r;
	if (count != 1)
		return error_set(err, ERR_IDENTITY, "holds %" PRIu32 " keys; exactly one is supported", count);
	if ((r = packed_take_string(&rest, "public key", &file->public_key, err)) < 0 ||
	    (r = packed_take_string(&rest, "private section", &file->secret, err)) < 0 ||
	    (r = split_kdf(kdf, options, file, err)) < 0)
		return r;
	file->tag = rest;
	return check_public(file->public_key, err);
}

int openssh_key_open(struct slice text, struct openssh_key *ret_key, struct error *err)
{
	struct openssh_key file = { 0 };
	int                r = secret_init(&file.bytes, BASE64_DECODED_MAX(text.len), err);

	if (r == 0)
		r = decode(text, &file.bytes, err);
	if (r == 0)
		r = split(&file, err);
	if (r < 0) {
		openssh_key_close(&file);
		return r;
	}
	*ret_key = file;
	return 0;
}

/* Derive key and IV from the passphrase, and decrypt. */
static int decrypt(const struct openssh_key *file, const struct openssh_cipher *cipher,
                   const struct passphrase_prompt *prompt, struct buf *plain, struct error *err)
{
	struct passphrase passphrase;
	unsigned char     key[OPENSSH_CIPHER_KEY_MAX];
	int               r = passphrase_ask(prompt, &passphrase, err);

	if (r < 0)
		return r;
	r = bcrypt_pbkdf((struct slice){ .ptr = passphrase.text, .len = passphrase.len }, file->salt,
	                 file->rounds, key, openssh_cipher_key_size(cipher), err);
	passphrase_forget(&passphrase);
	if (r == 0)
		r = openssh_cipher_decrypt(cipher, key, file->secret, file->tag, plain, err);
	OPENSSL_cleanse(key, sizeof(key));
	return r;
}

/* What is left after the comment must be 1, 2, 3, … and shorter than a block. */
static int check_padding(struct slice rest, size_t block, struct error *err)
{
	bool good = rest.len < block;

	for (size_t i = 0; good && i < rest.len; i++)
		good = (unsigned char)rest.ptr[i] == i + 1;
	return good ? 0 : error_set(err, ERR_IDENTITY, "is damaged: its padding is wrong");
}

static int parse_secret(const struct openssh_key *file, struct slice plain, size_t block, EVP_PKEY **ret_key,
                        struct error *err)
{
	EVP_PKEY    *key = NULL;
	struct slice comment;
	uint32_t     check[2];
	int          r;

	if ((r = packed_take_u32(&plain, "check number", &check[0], err)) < 0 ||
	    (r = packed_take_u32(&plain, "check number", &check[1], err)) < 0)
		return r;
	if (check[0] != check[1])
		return error_set(err, ERR_IDENTITY,
		                 file->rounds > 0 ? "cannot be opened: passphrase is wrong"
		                                  : "is damaged: its check numbers differ");
	r = private_key_take(&plain, &key, err);
	if (r == 0)
		r = packed_take_string(&plain, "comment", &comment, err);
	if (r == 0)
		r = check_padding(plain, block, err);
	if (r < 0) {
		EVP_PKEY_free(key);
		return r;
	}
	*ret_key = key;
	return 0;
}

/* The half stored in clear has to be that of the decrypted key. */
static int check_halves(const struct openssh_key *file, EVP_PKEY *key, struct error *err)
{
	const struct key_kind *kind;
	struct buf             blob;
	int                    r;

	buf_init(&blob, LIMIT_KEY_FILE);
	r = private_key_public(key, &kind, &blob, err);
	if (r == 0 && !slice_equal(buf_slice(&blob), file->public_key))
		r = error_set(err, ERR_IDENTITY,
		              "is damaged: its public and private halves do not belong together");
	buf_free(&blob);
	return r;
}

static int unlock(const struct openssh_key *file, struct slice plain, size_t block, EVP_PKEY **ret_key,
                  struct error *err)
{
	EVP_PKEY *key = NULL;
	int       r;

	if (plain.len % block != 0)
		return error_set(err, ERR_IDENTITY,
		                 "is damaged: its private section does not fill whole blocks");
	r = parse_secret(file, plain, block, &key, err);
	if (r == 0)
		r = check_halves(file, key, err);
	if (r < 0) {
		EVP_PKEY_free(key);
		return r;
	}
	*ret_key = key;
	return 0;
}

int openssh_key_unlock(const struct openssh_key *file, const struct passphrase_prompt *prompt,
                       EVP_PKEY **ret_key, struct error *err)
{
	const struct openssh_cipher *cipher;
	struct buf                   plain;
	int                          r;

	if (slice_is(file->cipher, "none")) {
		if (file->tag.len != 0)
			return error_set(err, ERR_IDENTITY,
			                 "is damaged: something follows its private section");
		return unlock(file, file->secret, PLAIN_BLOCK, ret_key, err);
	}
	r = openssh_cipher_find(file->cipher, &cipher, err);
	if (r == 0)
		r = openssh_cipher_check(cipher, file->secret, file->tag, err);
	if (r == 0)
		r = secret_init(&plain, file->secret.len, err);
	if (r < 0)
		return r;
	r = decrypt(file, cipher, prompt, &plain, err);
	if (r == 0)
		r = unlock(file, buf_slice(&plain), openssh_cipher_block(cipher), ret_key, err);
	secret_free(&plain);
	return r;
}

void openssh_key_close(struct openssh_key *file)
{
	secret_free(&file->bytes);
}

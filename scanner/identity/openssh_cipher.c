#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "openssh_cipher.h"

#include "text.h"

struct openssh_cipher {
	const char *name;    /* OpenSSH's */
	const char *openssl; /* what EVP_CIPHER_fetch() knows it as */
	size_t      key;     /* bytes */
	size_t      iv;
	size_t      block;
	size_t      tag; /* 0 when the cipher does not authenticate */
};

static const struct openssh_cipher ciphers[] = {
	{ "aes256-ctr", "AES-256-CTR", 32, 16, 16, 0 },
	{ "aes192-ctr", "AES-192-CTR", 24, 16, 16, 0 },
	{ "aes128-ctr", "AES-128-CTR", 16, 16, 16, 0 },
	{ "aes256-cbc", "AES-256-CBC", 32, 16, 16, 0 },
	{ "aes192-cbc", "AES-192-CBC", 24, 16, 16, 0 },
	{ "aes128-cbc", "AES-128-CBC", 16, 16, 16, 0 },
	{ "3des-cbc", "DES-EDE3-CBC", 24, 8, 8, 0 },
	{ "aes256-gcm@openssh.com", "AES-256-GCM", 32, 12, 16, 16 },
	{ "aes128-gcm@openssh.com", "AES-128-GCM", 16, 12, 16, 16 },
	{ "chacha20-poly1305@openssh.com", "ChaCha20", 64, 0, 8, 16 },
};

#define CHACHA_IV    16 /* OpenSSL's: the block counter in its first half, the nonce in its second */
#define POLY1305_KEY 32

int openssh_cipher_find(struct slice name, const struct openssh_cipher **ret_cipher, struct error *err)
{
	char shown[80];

	for (size_t i = 0; i < countof(ciphers); i++) {
		if (slice_is(name, ciphers[i].name)) {
			*ret_cipher = &ciphers[i];
			return 0;
		}
	}
	return error_set(
		err, ERR_IDENTITY,
		"is encrypted with '%s', which is not supported; re-encrypt it with: ssh-keygen -p -Z aes256-ctr",
		text_clean_into(shown, sizeof(shown), name));
}

size_t openssh_cipher_key_size(const struct openssh_cipher *c)
{
	return c->key + c->iv;
}

size_t openssh_cipher_block(const struct openssh_cipher *c)
{
	return c->block;
}

int openssh_cipher_check(const struct openssh_cipher *c, struct slice secret, struct slice tag,
                         struct error *err)
{
	if (secret.len == 0 || secret.len % c->block != 0 || secret.len > INT_MAX)
		return error_set(err, ERR_IDENTITY,
		                 "is damaged: its private section does not fill whole blocks");
	if (tag.len != c->tag)
		return error_set(err, ERR_IDENTITY,
		                 "is damaged: %zu bytes follow its private section; %s leaves %zu", tag.len,
		                 c->name, c->tag);
	return 0;
}

/* Run `in` through the cipher, leaving the same number of bytes at `out`; false when it or the tag does not
 * fit. */
static bool run(const char *openssl, const unsigned char *key, const unsigned char *iv, struct slice in,
                struct slice tag, unsigned char *out)
{
	unsigned char   copy[16]; /* OpenSSL takes the tag without const */
	EVP_CIPHER     *cipher = EVP_CIPHER_fetch(NULL, openssl, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int             n = 0;
	int             last = 0;
	bool            good = cipher && ctx && tag.len <= sizeof(copy) &&
	            EVP_DecryptInit_ex2(ctx, cipher, key, iv, NULL) == 1 &&
	            EVP_CIPHER_CTX_set_padding(ctx, 0) == 1;

	if (good && tag.len > 0) {
		memcpy(copy, tag.ptr, tag.len);
		good = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)tag.len, copy) == 1;
	}
	good = good && EVP_DecryptUpdate(ctx, out, &n, (const unsigned char *)in.ptr, (int)in.len) == 1 &&
	       EVP_DecryptFinal_ex(ctx, out + n, &last) == 1 && (size_t)n + (size_t)last == in.len;
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	return good;
}

static bool poly1305(const unsigned char key[POLY1305_KEY], struct slice data, unsigned char tag[16])
{
	EVP_MAC     *mac = EVP_MAC_fetch(NULL, "POLY1305", NULL);
	EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
	size_t       len = 0;
	bool         good = ctx && EVP_MAC_init(ctx, key, POLY1305_KEY, NULL) == 1 &&
	            EVP_MAC_update(ctx, (const unsigned char *)data.ptr, data.len) == 1 &&
	            EVP_MAC_final(ctx, tag, &len, 16) == 1 && len == 16;

	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
	return good;
}

/*
 * PROTOCOL.chacha20poly1305 of OpenSSH with sequence number 0 and no packet length: the first half of the key
 * serves; block 0 of its stream is the key of the tag, and the text is under the stream from block 1 on.
 */
static bool run_chacha(const unsigned char *key, struct slice in, struct slice tag, unsigned char *out)
{
	static const unsigned char zeros[POLY1305_KEY];
	unsigned char              iv[CHACHA_IV] = { 0 };
	unsigned char              mac_key[POLY1305_KEY];
	unsigned char              computed[16];
	const struct slice         none = { 0 };
	bool                       good;

	good = run("ChaCha20", key, iv, (struct slice){ .ptr = (const char *)zeros, .len = sizeof(zeros) },
	           none, mac_key) &&
	       poly1305(mac_key, in, computed) && CRYPTO_memcmp(computed, tag.ptr, sizeof(computed)) == 0;
	iv[0] = 1;
	good = good && run("ChaCha20", key, iv, in, none, out);
	OPENSSL_cleanse(mac_key, sizeof(mac_key));
	return good;
}

int openssh_cipher_decrypt(const struct openssh_cipher *c, const unsigned char *key, struct slice secret,
                           struct slice tag, struct buf *plain, struct error *err)
{
	unsigned char *out;
	bool           good;
	int            r = openssh_cipher_check(c, secret, tag, err);

	if (r == 0)
		r = buf_reserve(plain, secret.len, err);
	if (r < 0)
		return r;
	out = (unsigned char *)plain->ptr + plain->len;
	if (c->iv == 0)
		good = run_chacha(key, secret, tag, out);
	else
		good = run(c->openssl, key, key + c->key, secret, tag, out);
	if (!good)
		return error_set(err, ERR_IDENTITY,
		                 c->tag > 0 ? "cannot be opened: passphrase is wrong, or the file is damaged"
		                            : "cannot be decrypted");
	plain->len += secret.len;
	return 0;
}

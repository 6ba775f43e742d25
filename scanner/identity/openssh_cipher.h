/*
 * openssh_cipher.h: the ciphers ssh-keygen -Z offers for private key files.
 */
#ifndef SSHVET_OPENSSH_CIPHER_H
#define SSHVET_OPENSSH_CIPHER_H

#include "buf.h"

/* Opaque; one static row per cipher. */
struct openssh_cipher;

#define OPENSSH_CIPHER_KEY_MAX 64 /* key and IV together */

/* ERR_IDENTITY, with how to re-encrypt the key, for a cipher that is not known. */
int openssh_cipher_find(struct slice name, const struct openssh_cipher **ret_cipher,
                        struct error *err) MUST_USE;

size_t openssh_cipher_key_size(const struct openssh_cipher *c) MUST_USE; /* key and IV */
size_t openssh_cipher_block(const struct openssh_cipher *c) MUST_USE;

/* The lengths must fit the cipher: whole blocks, and a tag exactly when the cipher makes one. ERR_IDENTITY. */
int openssh_cipher_check(const struct openssh_cipher *c, struct slice secret, struct slice tag,
                         struct error *err) MUST_USE;

/*
 * Append the plain bytes to `plain`, which has to have room for them (secret_init()). `key` is
 * openssh_cipher_key_size() bytes. ERR_IDENTITY: an authenticated cipher knows a wrong passphrase; the others
 * decrypt to noise.
 */
int openssh_cipher_decrypt(const struct openssh_cipher *c, const unsigned char *key, struct slice secret,
                           struct slice tag, struct buf *plain, struct error *err) MUST_USE;

#endif

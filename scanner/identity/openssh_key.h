/*
 * openssh_key.h: the file format openssh-key-v1 (PROTOCOL.key of OpenSSH): "-----BEGIN OPENSSH PRIVATE
 * KEY-----".
 */
#ifndef SSHVET_OPENSSH_KEY_H
#define SSHVET_OPENSSH_KEY_H

#include <openssl/evp.h>

#include "buf.h"
#include "passphrase.h"

/* The outer container, split but not decrypted. */
struct openssh_key {
	struct buf   bytes;      /* the decoded file, which the slices view; a secret unless encrypted */
	struct slice cipher;     /* "none", "aes256-ctr", … */
	struct slice salt;       /* of the KDF */
	uint32_t     rounds;     /* of the KDF; 0 when not encrypted */
	struct slice public_key; /* the blob stored in clear */
	struct slice secret;     /* the private section, perhaps encrypted */
	struct slice tag;        /* what an authenticated cipher left after it */
};

/* Split a file. ERR_IDENTITY or ERR_NOMEM; the caller ends with openssh_key_close() on success. */
int openssh_key_open(struct slice text, struct openssh_key *ret_key, struct error *err) MUST_USE;

/*
 * Decrypt, asking for the passphrase when there is need, and check: the two check numbers, the padding, that
 * public and private halves belong together. The caller owns `*ret_key` (EVP_PKEY_free()).
 */
int openssh_key_unlock(const struct openssh_key *file, const struct passphrase_prompt *prompt,
                       EVP_PKEY **ret_key, struct error *err) MUST_USE;

void openssh_key_close(struct openssh_key *file);

#endif

/*
 * bcrypt_pbkdf.h: the key derivation of encrypted OpenSSH private keys; the one primitive OpenSSL lacks.
 */
#ifndef SSHVET_BCRYPT_PBKDF_H
#define SSHVET_BCRYPT_PBKDF_H

#include "error.h"
#include "slice.h"

/* The longest key that can be derived, and the most rounds that are done: about 4 ms each, and ssh-keygen's
 * default is 16 or 24. */
#define BCRYPT_KEY_MAX    1024u
#define BCRYPT_ROUNDS_MAX 1024u

/*
 * Derive `size` bytes from a passphrase and a salt. ERR_IDENTITY when a length or the number of rounds is out
 * of bounds (an empty passphrase or salt is), or when SHA-512 is not to be had.
 */
int bcrypt_pbkdf(struct slice passphrase, struct slice salt, uint32_t rounds, unsigned char *key, size_t size,
                 struct error *err) MUST_USE;

#endif

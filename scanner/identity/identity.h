/*
 * identity.h: the client's private key: read and parsed once per run, used by every session.
 */
#ifndef SSHVET_IDENTITY_H
#define SSHVET_IDENTITY_H

#include "buf.h"

/* Opaque; immutable once loaded, so that every thread may sign with it. */
struct identity;

/*
 * Where a passphrase comes from: write it, NUL-terminated, into `buffer` of `size` bytes and return its length,
 * or a negative ERR_* (ERR_IDENTITY when none can be had). Called at most once per key, and only for an
 * encrypted one.
 */
typedef int passphrase_source(const char *key_path, char *buffer, size_t size, void *context,
                              struct error *err);

/* Ask on the controlling terminal with echo off (`context` unused); ERR_IDENTITY without a terminal. */
int passphrase_from_terminal(const char *key_path, char *buffer, size_t size, void *context, struct error *err);

/* Read the first line from a file descriptor; `context` points at an int. */
int passphrase_from_fd(const char *key_path, char *buffer, size_t size, void *context, struct error *err);

/*
 * Read a private key file: OpenSSH's own format (openssh-key-v1; bcrypt KDF, the ciphers ssh-keygen offers) and
 * PEM (PKCS#8, PKCS#1, SEC 1), encrypted or not; Ed25519, ECDSA (nistp256, 384, 521), RSA of at least 2048
 * bits. The file must be private (FILE_PRIVATE). All secrets are cleansed. `source` may be NULL: an encrypted
 * key is then ERR_IDENTITY. Every failure is ERR_IDENTITY (or ERR_NOMEM), names the file and says what to do.
 */
int identity_load(const char *path, passphrase_source *source, void *context, struct identity **ret_identity,
                  struct error *err) MUST_USE;

/* The same from bytes, for tests and fuzzing; `name` stands for the path in messages. */
int identity_parse(struct slice text, const char *name, passphrase_source *source, void *context,
                   struct identity **ret_identity, struct error *err) MUST_USE;

void identity_free(struct identity *id);

/* "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa": the key type; and the public key blob (RFC 4253,
 * section 6.6), owned by the identity. */
const char  *identity_type(const struct identity *id) MUST_USE;
struct slice identity_public_key(const struct identity *id) MUST_USE;

/* "SHA256:…" of the public key blob, owned by the identity. */
const char *identity_fingerprint(const struct identity *id) MUST_USE;

/*
 * Sign `data` with `algorithm` ("ssh-ed25519", "ecdsa-sha2-nistp384", "rsa-sha2-512", "rsa-sha2-256"). The
 * result is the bare signature that goes after the algorithm name in a signature blob: 64 bytes for Ed25519,
 * two mpints for ECDSA (RFC 5656, section 3.1.2), the big-endian integer for RSA (RFC 8332). The caller owns it
 * (mem_free()). ERR_IDENTITY when the algorithm is not for this key ("ssh-rsa" never is).
 */
int identity_sign(const struct identity *id, const char *algorithm, struct slice data,
                  unsigned char **ret_signature, size_t *ret_len, struct error *err) MUST_USE;

#endif

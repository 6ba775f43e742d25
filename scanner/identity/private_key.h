/*
 * private_key.h: a private key as OpenSSL holds it, whatever file it came from.
 */
#ifndef SSHVET_PRIVATE_KEY_H
#define SSHVET_PRIVATE_KEY_H

#include <openssl/evp.h>

#include "buf.h"

/* What is known of a supported key type. */
struct key_kind {
	const char *type;    /* its SSH name */
	const char *openssl; /* its OpenSSL name: "ED25519", "EC", "RSA" */
	const char *curve;   /* the SSH name of an ECDSA curve, else NULL */
	const char *group;   /* the OpenSSL name of that curve, else NULL */
};

/* The kind of that SSH name, or NULL. */
const struct key_kind *private_key_kind(struct slice type) MUST_USE;

/* Fails, with what to do, for every SSH key type that is not supported (DSA, FIDO tokens, certificates,
 * others). */
int private_key_check_type(struct slice type, struct error *err) MUST_USE;

/*
 * Take a key off the front of `*rest` as openssh-key-v1 stores it: its type, then that type's numbers. The
 * public half is computed from the private one and has to agree with what is stored. The caller owns `*ret_key`
 * (EVP_PKEY_free()). ERR_IDENTITY, ERR_NOMEM.
 */
int private_key_take(struct slice *rest, EVP_PKEY **ret_key, struct error *err) MUST_USE;

/*
 * The kind of a key that came from any source, and its public key blob (RFC 4253, section 6.6), appended to
 * `*blob`. ERR_IDENTITY when the type, the curve or the size is not supported.
 */
int private_key_public(EVP_PKEY *key, const struct key_kind **ret_kind, struct buf *blob,
                       struct error *err) MUST_USE;

#endif

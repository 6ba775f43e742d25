/*
 * public_key.h: SSH public key blobs (RFC 4253, section 6.6; RFC 5656; RFC 8709; PROTOCOL.u2f and PROTOCOL.certkeys of OpenSSH).
 */
#ifndef SSHVET_PUBLIC_KEY_H
#define SSHVET_PUBLIC_KEY_H

#include "error.h"
#include "slice.h"

/* A parsed blob: views into it. */
struct public_key {
	struct slice type;        /* "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa", …: 1-64 printable ASCII bytes */
	unsigned     bits;        /* size as ssh-keygen -l says: RSA modulus, DSA p, curve size, 256 for Ed25519; 0 for a type not known here */
	bool         certificate; /* type ends in -cert-v01@openssh.com; bits are the certified key's */
};

/* What a certificate says besides the key: views into its blob. */
struct public_key_certificate {
	bool         host; /* of a host, not of a user */
	uint64_t     serial;
	uint64_t     valid_after;  /* seconds of Unix time */
	uint64_t     valid_before; /* UINT64_MAX: for ever */
	struct slice key_id;
	struct slice principals; /* strings of the protocol, one after another; none means anybody */
	struct slice ca;         /* blob of the key that signed it */
};

/* Parse and check lengths; all of the blob must be used up for types known here. ERR_PROTOCOL with the reason. */
int public_key_parse(struct slice blob, struct public_key *ret_key, struct error *err) MUST_USE;

/* The rest of a certificate of a type known here. The signature is not verified. ERR_PROTOCOL, also for what is no certificate. */
int public_key_parse_certificate(struct slice blob, struct public_key_certificate *ret_certificate, struct error *err) MUST_USE;

/* False for an ECDSA key whose point is not on its curve, which OpenSSH refuses; true for all others that public_key_parse() takes. */
bool public_key_is_on_curve(struct slice blob) MUST_USE;

/* "SHA256:" and the unpadded base64 SHA-256 of a blob, as ssh-keygen -l prints it: of a certificate, that of the certified key. Should
 * OpenSSL fail, the text is one that no key has. */
#define FINGERPRINT_SIZE sizeof("SHA256:0123456789012345678901234567890123456789012")
void public_key_fingerprint(struct slice blob, char ret_text[FINGERPRINT_SIZE]);

/* The same as OpenSSH before 6.8 had it, "MD5:" and 16 pairs of hexadecimal digits with colons between them: what old lists of weak keys are
 * made of. False where OpenSSL has no MD5. */
#define FINGERPRINT_MD5_SIZE sizeof("MD5:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff")
bool public_key_fingerprint_md5(struct slice blob, char ret_text[FINGERPRINT_MD5_SIZE]) MUST_USE;

#endif

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

/* Parse and check lengths; all of the blob must be used up for types known here. ERR_PROTOCOL with the reason. */
int public_key_parse(struct slice blob, struct public_key *ret_key, struct error *err) MUST_USE;

/* "SHA256:" and the unpadded base64 SHA-256 of a blob, as ssh-keygen -l prints it: of a certificate, that of the certified key. Should
 * OpenSSL fail, the text is one that no key has. */
#define FINGERPRINT_SIZE sizeof("SHA256:0123456789012345678901234567890123456789012")
void public_key_fingerprint(struct slice blob, char ret_text[FINGERPRINT_SIZE]);

#endif

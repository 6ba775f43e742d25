/*
 * key_request.h: asks a server for one of its host keys: a client's side of the first key exchange, up to the message the key stands in.
 *
 * Bytes in, bytes out, no socket. No secret is made: the client's share is the same for everybody and nothing is ever encrypted. The
 * signature that would prove that the server owns the key is not looked at: the key is what the server shows.
 *
 * RFC 4253, sections 6 to 8 (packets, KEXINIT, Diffie-Hellman), RFC 4419 (groups chosen by the server), RFC 4432 (RSA), RFC 5656 and 8731
 * (curves), draft-ietf-sshm-mlkem-hybrid-kex and draft-ietf-sshm-ntruprime-ssh (post-quantum hybrids).
 */
#ifndef SSHVET_KEY_REQUEST_H
#define SSHVET_KEY_REQUEST_H

#include "buf.h"
#include "kexinit.h"

struct kex_method;

struct key_request {
	const struct kex_method *method;
	bool                     overlook; /* the next packet is a guess of the server's that was wrong */
	bool                     answered; /* the group came */
	struct buf               in;       /* packets not yet understood */
	struct buf               key;      /* the blob, once it came */
};

void key_request_init(struct key_request *q);
void key_request_fini(struct key_request *q);

/*
 * Begin: what the client has to send, after the server's KEXINIT came, is appended to `out`. `algorithm` is a host key algorithm of the
 * server's list. ERR_NEGOTIATION when none of its key exchanges is known here, ERR_NOMEM.
 */
int key_request_begin(struct key_request *q, const struct kexinit *server, struct slice algorithm, struct buf *out, struct error *err) MUST_USE;

/*
 * Take in what the server sent after its KEXINIT, and append to `out` what is to be answered. 0 once q->key is there, ERR_AGAIN before
 * that. ERR_PROTOCOL when the server says something else, ERR_NOMEM.
 */
int key_request_feed(struct key_request *q, const void *bytes, size_t len, struct buf *out, struct error *err) MUST_USE;

/* Append the message that ends a connection in order. */
int key_request_end(struct buf *out, struct error *err) MUST_USE;

/*
 * The type of key behind a host key algorithm: "ssh-rsa" for "rsa-sha2-512", and its own name for most others. Of algorithms with the same
 * type a server shows the same key.
 */
struct slice key_request_type(struct slice algorithm) MUST_USE;

#endif

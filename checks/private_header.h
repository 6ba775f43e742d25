/*
 * private_header.h: what stands in clear in a file with a private key: how it is encrypted, and for some formats its public half. The secret part
 * never leaves a target.
 */
#ifndef SSHVET_PRIVATE_HEADER_H
#define SSHVET_PRIVATE_HEADER_H

#include "arena.h"
#include "error.h"
#include "slice.h"

enum private_encrypted {
	PRIVATE_UNKNOWN = 0, /* the file is damaged, or of a kind of which nothing is known */
	PRIVATE_CLEAR,
	PRIVATE_ENCRYPTED,
};

struct private_header {
	const char            *format; /* "openssh", "pem-rsa", … */
	const char            *type;   /* of the key, where the format tells it without the key; else NULL */
	enum private_encrypted encrypted;
	struct slice           cipher; /* empty when not known; "none" */
	struct slice           kdf;    /* likewise; what makes the passphrase a key */
	uint64_t               rounds; /* of it; 0 when it has none, or they are not known */
	struct slice           blob;   /* public key, in the arena; empty when the format has none in clear, or it is damaged */
};

/* Parse "FORMAT name=value …", as key_material.awk prints it. ERR_SYNTAX for anything else, or ERR_NOMEM. */
int private_header_parse(struct slice record, struct arena *arena, struct private_header *ret_header, struct error *err) MUST_USE;

#endif

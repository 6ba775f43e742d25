/*
 * kexinit.h: the parts of the SSH transport protocol that are seen before encryption starts (RFC 4253, sections 4.2 and 7.1).
 */
#ifndef SSHVET_KEXINIT_H
#define SSHVET_KEXINIT_H

#include "error.h"
#include "slice.h"

/* The ten name-lists of SSH_MSG_KEXINIT, in their order on the wire. */
enum kexinit_list {
	KEXINIT_KEX,
	KEXINIT_HOST_KEY,
	KEXINIT_CIPHER_CLIENT_TO_SERVER,
	KEXINIT_CIPHER_SERVER_TO_CLIENT,
	KEXINIT_MAC_CLIENT_TO_SERVER,
	KEXINIT_MAC_SERVER_TO_CLIENT,
	KEXINIT_COMPRESSION_CLIENT_TO_SERVER,
	KEXINIT_COMPRESSION_SERVER_TO_CLIENT,
	KEXINIT_LANGUAGE_CLIENT_TO_SERVER,
	KEXINIT_LANGUAGE_SERVER_TO_CLIENT,
	KEXINIT_LISTS
};

/* A parsed KEXINIT: views into the payload it was parsed from. */
struct kexinit {
	struct slice lists[KEXINIT_LISTS]; /* comma-separated names, validated: 1-64 printable ASCII bytes each, no empty name */
	bool         first_kex_packet_follows;
};

/*
 * Parse the payload of an SSH_MSG_KEXINIT packet (message number 20 first, no packet framing). The whole payload must be used up.
 * ERR_PROTOCOL, with the list and the reason.
 */
int kexinit_parse(struct slice payload, struct kexinit *ret_kexinit, struct error *err) MUST_USE;

/* What a list is called in messages and facts: "kex", "host_key", "cipher_client_to_server", … */
const char *kexinit_list_name(enum kexinit_list list) MUST_USE;

/* True when the comma-separated `list` has `name`. */
bool kexinit_has(struct slice list, const char *name) MUST_USE;

/* True for names in the kex list that announce something but offer no key exchange: ext-info-s, kex-strict-s-v00@openssh.com, … */
bool kexinit_is_pseudo(struct slice name) MUST_USE;

/*
 * The first list class in which client and server have no name in common, by the rules of RFC 4253, section 7.1 (kex, host
 * key, then each direction; AEAD ciphers need no MAC; pseudo-algorithms do not count; languages do not matter). KEXINIT_LISTS when all meet.
 */
enum kexinit_list kexinit_first_mismatch(const struct kexinit *client, const struct kexinit *server) MUST_USE;

/*
 * The identification line of a server (RFC 4253, section 4.2): "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3" without CR LF.
 */
struct identification {
	struct slice protocol; /* "2.0", "1.99" */
	struct slice software; /* "OpenSSH_9.2p1" */
	struct slice comments; /* "Debian-2+deb12u3"; may be empty */
};

/* ERR_PROTOCOL when the line is not an SSH identification. */
int identification_parse(struct slice line, struct identification *ret_identification, struct error *err) MUST_USE;

#endif

/*
 * failure.c: what went wrong, in the operator's words and with the codes of design.md.
 */
#include "session_private.h"

#include "kexinit.h"

/* libssh2's own words, for what has no better ones. */
static const char *library_text(struct session *s)
{
	char *text = NULL;

	libssh2_session_last_error(s->ssh, &text, NULL, 0);
	return text && text[0] ? text : "no reason given";
}

/* The connection ended: by whom, and with which last words. */
static int connection_lost(struct session *s, int code, struct error *err)
{
	return link_failure_lost(&s->link, session_state_text(s->state), code, err);
}

/* What people call the lists that must meet. */
static const char *const list_words[KEXINIT_LISTS] = {
	[KEXINIT_KEX] = "key exchange",
	[KEXINIT_HOST_KEY] = "host key",
	[KEXINIT_CIPHER_CLIENT_TO_SERVER] = "cipher (client to server)",
	[KEXINIT_CIPHER_SERVER_TO_CLIENT] = "cipher (server to client)",
	[KEXINIT_MAC_CLIENT_TO_SERVER] = "MAC (client to server)",
	[KEXINIT_MAC_SERVER_TO_CLIENT] = "MAC (server to client)",
	[KEXINIT_COMPRESSION_CLIENT_TO_SERVER] = "compression (client to server)",
	[KEXINIT_COMPRESSION_SERVER_TO_CLIENT] = "compression (server to client)",
	[KEXINIT_LANGUAGE_CLIENT_TO_SERVER] = "language (client to server)",
	[KEXINIT_LANGUAGE_SERVER_TO_CLIENT] = "language (server to client)",
};

/* One side's list for a message, without names that only announce something. */
static const char *show_list(char *dst, size_t size, const struct kexinit *k, enum kexinit_list list)
{
	struct slice rest = k->lists[list];
	struct slice name;
	size_t       len = 0;

	dst[0] = '\0';
	while (len < size && slice_next(&rest, ',', &name))
		if (list != KEXINIT_KEX || !kexinit_is_pseudo(name))
			len += (size_t)snprintf(dst + len, size - len, "%s%.*s", len > 0 ? ", " : "", (int)name.len, name.ptr);
	if (len >= size)
		snprintf(dst + size - 4, 4, "...");
	return dst[0] ? dst : "none";
}

/* When both sides' lists are known and one class does not meet, that is the failure, whatever libssh2 calls it. */
static int negotiation_failure(struct session *s, struct error *err)
{
	struct kexinit    client;
	struct kexinit    server;
	enum kexinit_list list;
	char              ours[400];
	char              theirs[400];

	if (kexinit_parse(s->link.client.kexinit, &client, NULL) < 0 || kexinit_parse(s->link.server.kexinit, &server, NULL) < 0)
		return 0;
	list = kexinit_first_mismatch(&client, &server);
	if (list == KEXINIT_LISTS)
		return 0;
	return error_set(err, ERR_NEGOTIATION, "no common %s algorithm: the server offers %s; sshvet accepts %s", list_words[list],
	                 show_list(theirs, sizeof(theirs), &server, list), show_list(ours, sizeof(ours), &client, list));
}

int failure_of_handshake(struct session *s, struct error *err)
{
	int r = negotiation_failure(s, err);

	return r < 0 ? r : link_failure(&s->link, session_state_text(s->state), library_text(s), err);
}

int failure_of_time(struct session *s, int code, struct error *err)
{
	return link_failure_time(&s->link, session_state_text(s->state), code, err);
}

int failure_of_auth(struct session *s, struct error *err)
{
	const struct identity *id = s->config->identity;

	if (s->link.fault.code != 0)
		return error_set(err, ERR_PROTOCOL, "%s", s->link.fault.text);
	if (s->sign_error.code != 0)
		return error_set(err, ERR_IDENTITY, "the client key cannot sign as this server asks: %s", s->sign_error.text);
	if (s->link.lost)
		return connection_lost(s, ERR_AUTH, err);
	if (libssh2_session_last_errno(s->ssh) == LIBSSH2_ERROR_METHOD_NONE)
		return error_set(err, ERR_IDENTITY,
		                 "the server accepts no signature algorithm the RSA client key can make (rsa-sha2-512, rsa-sha2-256; never "
		                 "ssh-rsa): use an Ed25519 key");
	return error_set(err, ERR_AUTH,
	                 "user '%s' cannot log in with key %s (%s): check that its public half is in that account's authorized_keys, that the "
	                 "account may log in, and that public key authentication alone is enough",
	                 s->user, identity_fingerprint(id), identity_type(id));
}

int failure_of_channel(struct session *s, const char *what, struct error *err)
{
	if (s->link.fault.code != 0)
		return error_set(err, ERR_PROTOCOL, "%s", s->link.fault.text);
	if (s->link.lost)
		return connection_lost(s, ERR_CHANNEL, err);
	return error_set(err, ERR_CHANNEL, "the server refused %s: %s", what, library_text(s));
}

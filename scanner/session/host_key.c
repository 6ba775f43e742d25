/*
 * host_key.c: is this the host we think it is?
 */
#include "session_private.h"

#include "limit.h"
#include "public_key.h"

/*
 * Signature algorithms by host key type, best first. SHA-1 (ssh-rsa) and DSA are left out on purpose: a signature they make
 * proves nothing today.
 */
static const struct {
	const char *type;
	const char *algorithms;
} signatures[] = {
	{ "ssh-ed25519", "ssh-ed25519" },
	{ "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256" },
	{ "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384" },
	{ "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521" },
	{ "ssh-rsa", "rsa-sha2-512,rsa-sha2-256" },
};

static int append_algorithms(struct buf *list, const char *algorithms, struct error *err)
{
	int r = list->len > 0 ? buf_append_text(list, ",", err) : 0;

	return r < 0 ? r : buf_append_text(list, algorithms, err);
}

/* True when the comma-separated `types` has `type`. */
static bool has_type(const struct buf *types, const char *type)
{
	struct slice rest = buf_slice(types);
	struct slice name;

	while (slice_next(&rest, ',', &name))
		if (slice_is(name, type))
			return true;
	return false;
}

int host_key_prefer_known(struct session *s, struct error *err)
{
	struct buf types;
	struct buf list;
	int        r;

	buf_init(&types, LIMIT_REPORT_TEXT);
	buf_init(&list, LIMIT_REPORT_TEXT);
	r = known_hosts_types(s->config->known_hosts, s->host, s->port, &types, err);
	for (int known = 1; known >= 0; known--)
		for (size_t i = 0; r == 0 && i < countof(signatures); i++)
			if (has_type(&types, signatures[i].type) == (bool)known)
				r = append_algorithms(&list, signatures[i].algorithms, err);
	if (r == 0 && libssh2_session_method_pref(s->ssh, LIBSSH2_METHOD_HOSTKEY, buf_text(&list)) != 0)
		r = error_set(err, ERR_INTERNAL, "libssh2 refuses the host key algorithms %s", buf_text(&list));
	buf_free(&types);
	buf_free(&list);
	return r;
}

/* "[host]:port" where the port is not 22, as known_hosts has it. */
static const char *known_name(const struct session *s, char *buffer, size_t size)
{
	if (s->port == 22)
		return s->host;
	snprintf(buffer, size, "[%s]:%u", s->host, s->port);
	return buffer;
}

static int refuse_unknown(const struct session *s, const char *type, struct error *err)
{
	char name[300];

	return error_set(err, ERR_HOST_KEY_UNKNOWN,
	                 "no key of %s is in known_hosts; it showed %s %s. Compare that with the host's own (ssh-keygen -lf "
	                 "/etc/ssh/ssh_host_…_key.pub) and add its line, or use --host-key accept-new",
	                 known_name(s, name, sizeof(name)), type, s->fingerprint);
}

static int refuse_changed(const struct session *s, const char *type, const struct known_hosts_answer *answer, struct error *err)
{
	char        name[300];
	const char *why = answer->match == KNOWN_HOSTS_REVOKED      ? "is marked @revoked"
	                  : answer->match == KNOWN_HOSTS_OTHER_TYPE ? "is of a type not recorded for it, and it offers none that is,"
	                                                            : "is not the recorded one";

	return error_set(err, ERR_HOST_KEY_CHANGED,
	                 "the %s key %s of %s %s (%s): somebody may be in between, or the host was reinstalled. Verify it, then run: "
	                 "ssh-keygen -R '%s'",
	                 type, s->fingerprint, known_name(s, name, sizeof(name)), why,
	                 answer->where[0] ? answer->where : "known_hosts", known_name(s, name, sizeof(name)));
}

static int learn(struct session *s, struct slice blob, const char *type, struct error *err)
{
	if (s->config->host_key != HOST_KEY_ACCEPT_NEW)
		return refuse_unknown(s, type, err);
	return known_hosts_append(s->config->known_hosts, s->config->learn_file, s->host, s->port, blob, err);
}

int host_key_verify(struct session *s, struct error *err)
{
	struct known_hosts_answer answer;
	struct public_key         key;
	struct slice              blob = session_host_key(s);
	char                      type[65];

	if (public_key_parse(blob, &key, err) < 0)
		return error_set(err, ERR_PROTOCOL, "the server's host key is malformed");
	snprintf(type, sizeof(type), "%.*s", (int)key.type.len, key.type.ptr);
	public_key_fingerprint(blob, s->fingerprint);
	if (s->config->host_key == HOST_KEY_IGNORE)
		return 0;

	answer = known_hosts_check(s->config->known_hosts, s->host, s->port, blob);
	switch (answer.match) {
	case KNOWN_HOSTS_MATCH:
		return 0;
	case KNOWN_HOSTS_UNKNOWN:
		return learn(s, blob, type, err);
	case KNOWN_HOSTS_CA_ONLY:
		return error_set(err, ERR_HOST_KEY_UNKNOWN,
		                 "%s has only an @cert-authority line (%s), and host certificates are not supported: add the %s key %s "
		                 "itself to known_hosts",
		                 s->host, answer.where, type, s->fingerprint);
	case KNOWN_HOSTS_OTHER_TYPE:
	case KNOWN_HOSTS_CHANGED:
	case KNOWN_HOSTS_REVOKED:
		break;
	}
	return refuse_changed(s, type, &answer, err);
}

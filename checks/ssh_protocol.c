/*
 * ssh_protocol: what a server offers before encryption starts. Its sections are the scanner's own, taken from the same connection
 * that gathered the rest: wire.identification (the line), wire.kexinit and wire.host_key (payload and blob in hexadecimal).
 */
#include "check.h"
#include "kexinit.h"
#include "limit.h"
#include "public_key.h"
#include "sections.h"
#include "text.h"

#define MEMBER "ssh_protocol"

static const struct fact_spec facts[] = {
	{ MEMBER ".identification", FACT_TEXT, NULL, "the server's identification line" },
	{ MEMBER ".protocol", FACT_TEXT, NULL, "protocol version of the identification line" },
	{ MEMBER ".software", FACT_TEXT, NULL, "software version of the identification line" },
	{ MEMBER ".comments", FACT_TEXT, NULL, "what follows the software version, may be empty" },
	{ MEMBER ".kex_algorithms", FACT_LIST, NULL, "key exchange methods offered" },
	{ MEMBER ".host_key_algorithms", FACT_LIST, NULL, "host key signature algorithms offered" },
	{ MEMBER ".ciphers_client_to_server", FACT_LIST, NULL, "ciphers accepted from the client" },
	{ MEMBER ".ciphers_server_to_client", FACT_LIST, NULL, "ciphers offered towards the client" },
	{ MEMBER ".macs_client_to_server", FACT_LIST, NULL, "message authentication codes accepted from the client" },
	{ MEMBER ".macs_server_to_client", FACT_LIST, NULL, "message authentication codes offered towards the client" },
	{ MEMBER ".compression_client_to_server", FACT_LIST, NULL, "compression accepted from the client" },
	{ MEMBER ".compression_server_to_client", FACT_LIST, NULL, "compression offered towards the client" },
	{ MEMBER ".strict_kex", FACT_BOOLEAN, NULL, "the server offers strict key exchange, the answer to CVE-2023-48795" },
	{ MEMBER ".host_key_type", FACT_TEXT, NULL, "type of the host key the server showed" },
	{ MEMBER ".host_key_bits", FACT_INTEGER, "bits", "size of that host key" },
	{ MEMBER ".host_key_fingerprint", FACT_TEXT, NULL, "its SHA-256 fingerprint, as ssh-keygen -l prints it" },
};

static const struct {
	enum kexinit_list list;
	const char       *fact;
} offers[] = {
	{ KEXINIT_HOST_KEY, "host_key_algorithms" },
	{ KEXINIT_CIPHER_CLIENT_TO_SERVER, "ciphers_client_to_server" },
	{ KEXINIT_CIPHER_SERVER_TO_CLIENT, "ciphers_server_to_client" },
	{ KEXINIT_MAC_CLIENT_TO_SERVER, "macs_client_to_server" },
	{ KEXINIT_MAC_SERVER_TO_CLIENT, "macs_server_to_client" },
	{ KEXINIT_COMPRESSION_CLIENT_TO_SERVER, "compression_client_to_server" },
	{ KEXINIT_COMPRESSION_SERVER_TO_CLIENT, "compression_server_to_client" },
};

static int add_identification(cJSON *module, struct slice line, struct error *err)
{
	struct identification id;
	int                   r = identification_parse(line, &id, err);

	if (r == 0)
		r = fact_add_text(module, "identification", line, err);
	if (r == 0)
		r = fact_add_text(module, "protocol", id.protocol, err);
	if (r == 0)
		r = fact_add_text(module, "software", id.software, err);
	if (r == 0)
		r = fact_add_text(module, "comments", id.comments, err);
	return r;
}

/* Markers in the kex list say what the server can do besides, and are not methods to judge. */
static int add_kex_algorithms(cJSON *module, struct slice names, struct error *err)
{
	cJSON       *list = fact_add_array(module, "kex_algorithms");
	struct slice name;
	int          r = list ? 0 : error_nomem(err);

	while (r == 0 && slice_next(&names, ',', &name)) {
		if (!kexinit_is_pseudo(name))
			r = fact_list_append(list, name, err);
	}
	return r;
}

static int add_kexinit(cJSON *module, struct slice payload, struct error *err)
{
	struct kexinit k;
	int            r = kexinit_parse(payload, &k, err);

	if (r == 0)
		r = add_kex_algorithms(module, k.lists[KEXINIT_KEX], err);
	for (size_t i = 0; i < countof(offers) && r == 0; i++)
		r = fact_add_names(module, offers[i].fact, k.lists[offers[i].list], err);
	if (r < 0)
		return r;
	return fact_add_boolean(module, "strict_kex",
	                        kexinit_has(k.lists[KEXINIT_KEX], "kex-strict-s-v00@openssh.com") ||
	                                kexinit_has(k.lists[KEXINIT_KEX], "kex-strict-s"),
	                        err);
}

static int add_host_key_bits(cJSON *module, const struct public_key *key, struct error *err)
{
	if (key->bits > 0)
		return fact_add_integer(module, "host_key_bits", key->bits, err);
	return fact_add_unavailable(module, MEMBER ".host_key_bits", REASON_UNSUPPORTED, err,
	                            "the size of a host key of type %.*s is not known here", (int)key->type.len, key->type.ptr);
}

static int add_host_key(cJSON *module, struct slice blob, struct error *err)
{
	char              fingerprint[FINGERPRINT_SIZE];
	struct public_key key;
	int               r = public_key_parse(blob, &key, err);

	if (r < 0)
		return r;
	public_key_fingerprint(blob, fingerprint);
	r = fact_add_text(module, "host_key_type", key.type, err);
	if (r == 0)
		r = add_host_key_bits(module, &key, err);
	if (r == 0)
		r = fact_add_text(module, "host_key_fingerprint", slice_of(fingerprint), err);
	return r;
}

/* The facts of one section: facts[first] and the ones that follow. */
struct source {
	const char *section;
	size_t      first;
	size_t      nfacts;
	bool        hexadecimal;
	int (*add)(cJSON *module, struct slice bytes, struct error *err); /* adds nothing when it returns ERR_PROTOCOL */
};

static const struct source sources[] = {
	{ "wire.identification", 0, 4, false, add_identification },
	{ "wire.kexinit", 4, 9, true, add_kexinit },
	{ "wire.host_key", 13, 3, true, add_host_key },
};
static_assert(countof(facts) == 16, "every fact belongs to a source");

static int add_absent(cJSON *module, const struct source *source, const struct section *s, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < source->nfacts && r == 0; i++)
		r = section_add_unavailable(module, facts[source->first + i].name, source->section, s, REASON_PARSE, err);
	return r;
}

static int add_malformed(cJSON *module, const struct source *source, const char *why, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < source->nfacts && r == 0; i++)
		r = fact_add_unavailable(module, facts[source->first + i].name, REASON_PARSE, err, "%s", why);
	return r;
}

static int decode(const struct source *source, struct slice body, struct buf *bytes, struct error *err)
{
	if (source->hexadecimal)
		return text_hex_decode(bytes, body, err);
	return buf_append_slice(bytes, body, err);
}

static int extract_one(const struct evidence *ev, const struct source *source, cJSON *module, struct error *err)
{
	const struct section *s = evidence_find(ev, source->section);
	struct error          why;
	struct buf            bytes;
	int                   r;

	if (!section_is_whole(s))
		return add_absent(module, source, s, err);
	buf_init(&bytes, LIMIT_KEXINIT);
	r = decode(source, s->body, &bytes, &why);
	if (r == 0)
		r = source->add(module, buf_slice(&bytes), &why);
	buf_free(&bytes);
	if (r == ERR_PROTOCOL || r == ERR_SYNTAX || r == ERR_TOO_BIG)
		return add_malformed(module, source, why.text, err);
	return r < 0 ? error_set(err, r, "%s", why.text) : 0;
}

static int extract(const struct evidence *ev, cJSON *module, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < countof(sources) && r == 0; i++)
		r = extract_one(ev, &sources[i], module, err);
	return r;
}

const struct check check_ssh_protocol = {
	.name = "ssh_protocol",
	.member = MEMBER,
	.summary = "what the server offers before encryption: versions, algorithms and its host key",
	.facts = facts,
	.nfacts = countof(facts),
	.extract = extract,
};

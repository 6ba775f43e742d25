/*
 * ssh_protocol: what a server offers before encryption starts. Its sections are the scanner's own, from the same connection that gathered the
 * rest, or from a probe: wire.identification (the line), wire.kexinit and wire.host_key (payload and blob in hexadecimal; a probe has a key of
 * every type), wire.host_key_missing (a key that was asked for and did not come, and why).
 */
#include "check.h"
#include "kexinit.h"
#include "limit.h"
#include "public_key.h"
#include "reader.h"
#include "sections.h"
#include "text.h"

#define MEMBER "ssh_protocol"

#define LAST_SECOND UINT64_C(253402300799) /* of the year 9999 */

static const struct fact_spec facts[] = {
	{ MEMBER ".identification", FACT_TEXT, NULL, "the server's identification line" },
	{ MEMBER ".protocol", FACT_TEXT, NULL, "protocol version of the identification line" },
	{ MEMBER ".software", FACT_TEXT, NULL, "software version of the identification line" },
	{ MEMBER ".comments", FACT_TEXT, NULL, "what follows the software version, may be empty" },
	{ MEMBER ".openssh_version", FACT_TEXT, NULL, "version the line claims, when the server is OpenSSH; packages are fixed without a new one" },
	{ MEMBER ".distribution_revision", FACT_TEXT, NULL, "revision of the distribution's package, when an OpenSSH server tells it" },
	{ MEMBER ".kex_algorithms", FACT_LIST, NULL, "key exchange methods offered" },
	{ MEMBER ".host_key_algorithms", FACT_LIST, NULL, "host key signature algorithms offered" },
	{ MEMBER ".ciphers_client_to_server", FACT_LIST, NULL, "ciphers accepted from the client" },
	{ MEMBER ".ciphers_server_to_client", FACT_LIST, NULL, "ciphers offered towards the client" },
	{ MEMBER ".macs_client_to_server", FACT_LIST, NULL, "message authentication codes accepted from the client" },
	{ MEMBER ".macs_server_to_client", FACT_LIST, NULL, "message authentication codes offered towards the client" },
	{ MEMBER ".compression_client_to_server", FACT_LIST, NULL, "compression accepted from the client" },
	{ MEMBER ".compression_server_to_client", FACT_LIST, NULL, "compression offered towards the client" },
	{ MEMBER ".strict_kex", FACT_BOOLEAN, NULL, "the server offers strict key exchange, the answer to CVE-2023-48795" },
	{ MEMBER ".terrapin_pairs", FACT_LIST, NULL, "ciphers, with their MAC where it matters, that CVE-2023-48795 reaches; none with strict key exchange" },
	{ MEMBER ".post_quantum_kex_offered", FACT_BOOLEAN, NULL, "a key exchange is offered that a quantum computer does not undo" },
	{ MEMBER ".post_quantum_kex_preferred", FACT_BOOLEAN, NULL, "such a key exchange is the first of the server's list" },
	{ MEMBER ".compression_before_authentication", FACT_BOOLEAN, NULL, "compression that begins before authentication is offered" },
	{ MEMBER ".host_key_certificate_algorithms", FACT_LIST, NULL, "those of the host key algorithms that need a certificate" },
	{ MEMBER ".host_keys", FACT_TABLE, NULL, "host keys: of a scan the one the server proved, of a probe those it showed, one of each type it offers" },
	{ MEMBER ".host_keys[].subject", FACT_TEXT, NULL, "type of the key" },
	{ MEMBER ".host_keys[].type", FACT_TEXT, NULL, "type of the key" },
	{ MEMBER ".host_keys[].bits", FACT_INTEGER, "bits", "size of the key" },
	{ MEMBER ".host_keys[].fingerprint", FACT_TEXT, NULL, "its SHA-256 fingerprint as ssh-keygen -l prints it; of a certificate, that of the certified key" },
	{ MEMBER ".host_keys[].certificate", FACT_BOOLEAN, NULL, "the key came in a certificate" },
	{ MEMBER ".host_keys[].principals", FACT_LIST, NULL, "of a certificate: names it is good for; none means every name" },
	{ MEMBER ".host_keys[].ca", FACT_TEXT, NULL, "of a certificate: fingerprint of the authority's key; nobody verified its signature" },
	{ MEMBER ".host_keys[].valid_until", FACT_TEXT, NULL, "of a certificate: when it ends, in UTC; absent when it does not" },
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

/* "OpenSSH_9.2p1", but not "OpenSSH_for_Windows_9.5": the version, and what the distribution adds. Neither fact where there is none. */
static int add_openssh(cJSON *module, const struct identification *id, struct error *err)
{
	static const char prefix[] = "OpenSSH_";
	struct slice      version = slice_has_prefix(id->software, prefix) ? slice_sub(id->software, sizeof(prefix) - 1, SIZE_MAX) : (struct slice){ 0 };
	struct slice      comments = id->comments;
	struct slice      revision;
	int               r;

	if (version.len == 0 || version.ptr[0] < '0' || version.ptr[0] > '9')
		return 0;
	r = fact_add_text(module, "openssh_version", version, err);
	if (r == 0 && slice_next(&comments, ' ', &revision) && revision.len > 0)
		r = fact_add_text(module, "distribution_revision", revision, err);
	return r;
}

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
	if (r == 0)
		r = add_openssh(module, &id, err);
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

/* The schemes behind them; the table of the rules says the same of each name (a test holds the two together). */
static bool is_post_quantum(struct slice name)
{
	return slice_has_prefix(name, "mlkem") || slice_has_prefix(name, "sntrup");
}

static int add_post_quantum(cJSON *module, struct slice names, struct error *err)
{
	bool         offered = false;
	bool         preferred = false;
	bool         first = true;
	struct slice name;
	int          r;

	while (slice_next(&names, ',', &name)) {
		if (kexinit_is_pseudo(name))
			continue;
		offered |= is_post_quantum(name);
		preferred |= first && is_post_quantum(name);
		first = false;
	}
	r = fact_add_boolean(module, "post_quantum_kex_offered", offered, err);
	return r < 0 ? r : fact_add_boolean(module, "post_quantum_kex_preferred", preferred, err);
}

/* One list for both directions: what the first has is not said again for the second. A hostile server could make millions of pairs. */
struct terrapin {
	cJSON *list;
	size_t count;
};
#define TERRAPIN_PAIRS_MAX 256u

static int add_pair(struct terrapin *t, struct slice cipher, struct slice mac, struct error *err)
{
	char         text[160];
	const cJSON *item;

	snprintf(text, sizeof(text), "%.*s%s%.*s", (int)cipher.len, cipher.ptr, mac.len > 0 ? " with " : "", (int)mac.len, mac.ptr);
	cJSON_ArrayForEach(item, t->list)
		if (strcmp(item->valuestring, text) == 0)
			return 0;
	if (++t->count > TERRAPIN_PAIRS_MAX)
		return error_set(err, ERR_TOO_BIG, "more than %u pairs", TERRAPIN_PAIRS_MAX);
	return fact_list_append(t->list, slice_of(text), err);
}

/* The attack reaches ChaCha20-Poly1305 whatever the MAC, and CBC with an encrypt-then-MAC code (CVE-2023-48795). */
static int add_pairs(struct terrapin *t, struct slice ciphers, struct slice macs, struct error *err)
{
	struct slice cipher;
	int          r = 0;

	while (r == 0 && slice_next(&ciphers, ',', &cipher)) {
		struct slice rest = macs;
		struct slice mac;

		if (slice_has_prefix(cipher, "chacha20-poly1305"))
			r = add_pair(t, cipher, (struct slice){ 0 }, err);
		if (!slice_has_suffix(cipher, "-cbc") && !slice_has_prefix(cipher, "rijndael-cbc@"))
			continue;
		while (r == 0 && slice_next(&rest, ',', &mac))
			if (slice_has_suffix(mac, "-etm@openssh.com"))
				r = add_pair(t, cipher, mac, err);
	}
	return r;
}

static int add_terrapin(cJSON *module, const struct kexinit *k, bool strict, struct error *err)
{
	struct terrapin t = { .list = fact_add_array(module, "terrapin_pairs") };
	int             r = t.list ? 0 : error_nomem(err);

	if (r < 0 || strict)
		return r;
	r = add_pairs(&t, k->lists[KEXINIT_CIPHER_CLIENT_TO_SERVER], k->lists[KEXINIT_MAC_CLIENT_TO_SERVER], err);
	if (r == 0)
		r = add_pairs(&t, k->lists[KEXINIT_CIPHER_SERVER_TO_CLIENT], k->lists[KEXINIT_MAC_SERVER_TO_CLIENT], err);
	if (r != ERR_TOO_BIG)
		return r;
	cJSON_DeleteItemFromObjectCaseSensitive(module, "terrapin_pairs");
	return fact_add_unavailable(module, MEMBER ".terrapin_pairs", REASON_TRUNCATED, err,
	                            "the server offers more than %u pairs of a cipher and a MAC that are exposed", TERRAPIN_PAIRS_MAX);
}

static bool is_certificate(struct slice name)
{
	static const char mark[] = "-cert-v0";

	for (size_t i = 0; i + sizeof(mark) - 1 <= name.len; i++)
		if (memcmp(name.ptr + i, mark, sizeof(mark) - 1) == 0)
			return true;
	return false;
}

static int add_certificate_algorithms(cJSON *module, struct slice names, struct error *err)
{
	cJSON       *list = fact_add_array(module, "host_key_certificate_algorithms");
	struct slice name;
	int          r = list ? 0 : error_nomem(err);

	while (r == 0 && slice_next(&names, ',', &name)) {
		if (is_certificate(name))
			r = fact_list_append(list, name, err);
	}
	return r;
}

/* What follows from the lists. */
static int add_derived(cJSON *module, const struct kexinit *k, struct error *err)
{
	bool strict = kexinit_has(k->lists[KEXINIT_KEX], "kex-strict-s-v00@openssh.com") || kexinit_has(k->lists[KEXINIT_KEX], "kex-strict-s");
	bool early = kexinit_has(k->lists[KEXINIT_COMPRESSION_CLIENT_TO_SERVER], "zlib") ||
	             kexinit_has(k->lists[KEXINIT_COMPRESSION_SERVER_TO_CLIENT], "zlib");
	int r = fact_add_boolean(module, "strict_kex", strict, err);

	if (r == 0)
		r = add_terrapin(module, k, strict, err);
	if (r == 0)
		r = add_post_quantum(module, k->lists[KEXINIT_KEX], err);
	if (r == 0)
		r = fact_add_boolean(module, "compression_before_authentication", early, err);
	return r < 0 ? r : add_certificate_algorithms(module, k->lists[KEXINIT_HOST_KEY], err);
}

static int add_kexinit(cJSON *module, struct slice payload, struct error *err)
{
	struct kexinit k;
	int            r = kexinit_parse(payload, &k, err);

	if (r == 0)
		r = add_kex_algorithms(module, k.lists[KEXINIT_KEX], err);
	for (size_t i = 0; i < countof(offers) && r == 0; i++)
		r = fact_add_names(module, offers[i].fact, k.lists[offers[i].list], err);
	return r < 0 ? r : add_derived(module, &k, err);
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
	{ "wire.identification", 0, 6, false, add_identification },
	{ "wire.kexinit", 6, 14, true, add_kexinit },
};
static_assert(countof(facts) == 20 + 9, "every other fact belongs to the table of host keys");

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

static int add_bits(cJSON *item, const struct public_key *key, struct error *err)
{
	if (key->bits > 0)
		return fact_add_integer(item, "bits", key->bits, err);
	return fact_add_unavailable(item, "bits", REASON_UNSUPPORTED, err, "the size of a key of type %.*s is not known here", (int)key->type.len,
	                            key->type.ptr);
}

static int add_principals(cJSON *item, struct slice packed, struct error *err)
{
	cJSON       *list = fact_add_array(item, "principals");
	struct slice name;
	int          r = list ? 0 : error_nomem(err);

	while (r == 0 && reader_string(&packed, &name))
		r = fact_list_append(list, name, err);
	return r;
}

/* The last second that a certificate counts in; nothing for one that has no end. */
static int add_end(cJSON *item, uint64_t seconds, struct error *err)
{
	char      text[sizeof("9999-12-31T23:59:59Z")];
	time_t    t = (time_t)seconds;
	struct tm tm;

	if (seconds == UINT64_MAX)
		return 0;
	if (seconds > LAST_SECOND || !gmtime_r(&t, &tm) || strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return fact_add_unavailable(item, "valid_until", REASON_PARSE, err, "the certificate ends at a time that is none");
	return fact_add_text(item, "valid_until", slice_of(text), err);
}

static int add_certificate(cJSON *item, struct slice blob, struct error *err)
{
	struct public_key_certificate c;
	char                          fingerprint[FINGERPRINT_SIZE];
	int                           r;

	if (public_key_parse_certificate(blob, &c, NULL) < 0)
		return 0; /* not of a type known here, which its size says, too */
	public_key_fingerprint(c.ca, fingerprint);
	r = add_principals(item, c.principals, err);
	if (r == 0)
		r = fact_add_text(item, "ca", slice_of(fingerprint), err);
	return r < 0 ? r : add_end(item, c.valid_before, err);
}

static int add_item(cJSON *item, const struct public_key *key, struct slice blob, struct error *err)
{
	char fingerprint[FINGERPRINT_SIZE];
	int  r = item ? 0 : error_nomem(err);

	public_key_fingerprint(blob, fingerprint);
	if (r == 0)
		r = fact_add_text(item, "subject", key->type, err);
	if (r == 0)
		r = fact_add_text(item, "type", key->type, err);
	if (r == 0)
		r = add_bits(item, key, err);
	if (r == 0)
		r = fact_add_text(item, "fingerprint", slice_of(fingerprint), err);
	if (r == 0)
		r = fact_add_boolean(item, "certificate", key->certificate, err);
	return r == 0 && key->certificate ? add_certificate(item, blob, err) : r;
}

/* The table, made when the first key is there: without one it would say that the server has none. */
static cJSON *host_keys(cJSON *module)
{
	cJSON *table = cJSON_GetObjectItemCaseSensitive(module, "host_keys");

	return table ? table : fact_add_array(module, "host_keys");
}

static int add_host_key(cJSON *module, const struct section *s, struct error *err)
{
	struct public_key key;
	struct error      why;
	struct buf        blob;
	int               r;

	if (!section_is_whole(s))
		return section_add_unavailable(module, MEMBER ".host_keys", "wire.host_key", s, REASON_PARSE, err);
	buf_init(&blob, LIMIT_KEXINIT);
	r = text_hex_decode(&blob, s->body, &why);
	if (r == 0)
		r = public_key_parse(buf_slice(&blob), &key, &why);
	if (r == 0)
		r = host_keys(module) ? add_item(fact_table_append(host_keys(module)), &key, buf_slice(&blob), err) : error_nomem(err);
	else if (r != ERR_NOMEM)
		r = fact_add_unavailable(module, MEMBER ".host_keys", REASON_PARSE, err, "%s", why.text);
	else
		r = error_nomem(err);
	buf_free(&blob);
	return r;
}

/* The reason behind the code of a connection's failure. */
static enum reason reason_of(struct slice code)
{
	if (slice_is(code, "connect_timeout") || slice_is(code, "banner_timeout"))
		return REASON_TIMEOUT;
	if (slice_is(code, "negotiation"))
		return REASON_UNSUPPORTED;
	return slice_is(code, "too_big") ? REASON_TRUNCATED : REASON_MISSING;
}

static int add_missing_key(cJSON *module, const struct section *s, struct error *err)
{
	struct slice algorithm = section_arg(s, "algorithm");
	char         name[80];
	char         message[300];

	text_clean_into(name, sizeof(name), algorithm);
	text_clean_into(message, sizeof(message), section_arg(s, "message"));
	return fact_add_unavailable(module, MEMBER ".host_keys", reason_of(section_arg(s, "code")), err, "%s%s%s", name, algorithm.len > 0 ? ": " : "",
	                            message);
}

static int extract_host_keys(const struct evidence *ev, cJSON *module, struct error *err)
{
	const struct section *shown = evidence_find(ev, "wire.host_key");
	const struct section *missing = evidence_find(ev, "wire.host_key_missing");
	int                   r = 0;

	if (!shown && !missing)
		return section_add_unavailable(module, MEMBER ".host_keys", "wire.host_key", NULL, REASON_MISSING, err);
	for (; shown && r == 0; shown = evidence_find_next(ev, shown))
		r = add_host_key(module, shown, err);
	for (; missing && r == 0; missing = evidence_find_next(ev, missing))
		r = add_missing_key(module, missing, err);
	return r;
}

static int extract(const struct evidence *ev, cJSON *module, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < countof(sources) && r == 0; i++)
		r = extract_one(ev, &sources[i], module, err);
	return r < 0 ? r : extract_host_keys(ev, module, err);
}

const struct check check_ssh_protocol = {
	.name = "ssh_protocol",
	.member = MEMBER,
	.summary = "what the server offers before encryption: versions, algorithms and its host keys",
	.facts = facts,
	.nfacts = countof(facts),
	.extract = extract,
};

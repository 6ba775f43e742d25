#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <sys/stat.h>

#include "identity.h"

#include "file.h"
#include "key_mistake.h"
#include "limit.h"
#include "mem.h"
#include "openssh_key.h"
#include "packed.h"
#include "passphrase.h"
#include "pem_key.h"
#include "private_key.h"
#include "public_key.h"
#include "secret.h"

/* A signature algorithm, the key type it is for, and its digest (NULL: the key has its own). */
struct algorithm {
	const char *name;
	const char *type;
	const char *digest;
};

static const struct algorithm algorithms[] = {
	{ "ssh-ed25519", "ssh-ed25519", NULL },
	{ "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "SHA256" },
	{ "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", "SHA384" },
	{ "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", "SHA512" },
	{ "rsa-sha2-512", "ssh-rsa", "SHA512" },
	{ "rsa-sha2-256", "ssh-rsa", "SHA256" },
};

struct identity {
	EVP_PKEY              *key;
	const struct key_kind *kind;
	struct buf             public_key;
	char                   fingerprint[FINGERPRINT_SIZE];
	EVP_MD_CTX            *prepared[countof(
			   algorithms)]; /* ready to sign, to be copied; NULL for those not for this key */
};

static int cannot_sign(struct error *err)
{
	char reason[160];

	ERR_error_string_n(ERR_peek_last_error(), reason, sizeof(reason));
	ERR_clear_error();
	return error_set(err, ERR_IDENTITY, "cannot sign: %s", reason);
}

/* --- signing --- */

/* Looking up an algorithm's implementation costs as much as an Ed25519 signature: it is done here, once. */
static int prepare(struct identity *id, struct error *err)
{
	for (size_t i = 0; i < countof(algorithms); i++) {
		if (strcmp(algorithms[i].type, id->kind->type) != 0)
			continue;
		id->prepared[i] = EVP_MD_CTX_new();
		if (!id->prepared[i] || EVP_DigestSignInit_ex(id->prepared[i], NULL, algorithms[i].digest, NULL,
		                                              NULL, id->key, NULL) != 1)
			return cannot_sign(err);
	}
	return 0;
}

/* DER to two mpints (RFC 5656, section 3.1.2). */
static int repack_ecdsa(const unsigned char *der, size_t len, struct buf *out, struct error *err)
{
	ECDSA_SIG    *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
	const BIGNUM *halves[2] = { NULL, NULL };
	int           r = 0;

	if (!sig)
		return cannot_sign(err);
	ECDSA_SIG_get0(sig, &halves[0], &halves[1]);
	for (size_t i = 0; r == 0 && i < countof(halves); i++) {
		unsigned char bytes[80];
		int           n = BN_num_bytes(halves[i]) <= (int)sizeof(bytes) ? BN_bn2bin(halves[i], bytes) : -1;

		r = n > 0 ? packed_put_positive(
				    out, (struct slice){ .ptr = (const char *)bytes, .len = (size_t)n }, err)
		          : cannot_sign(err);
	}
	ECDSA_SIG_free(sig);
	return r;
}

static int sign(const struct identity *id, size_t algorithm, struct slice data, struct buf *out,
                struct error *err)
{
	EVP_MD_CTX    *ctx = EVP_MD_CTX_new();
	size_t         len = (size_t)EVP_PKEY_get_size(id->key);
	unsigned char *bytes;
	int            r = buf_reserve(out, len, err);

	bytes = (unsigned char *)out->ptr + out->len;
	if (r == 0 && (!ctx || EVP_MD_CTX_copy_ex(ctx, id->prepared[algorithm]) != 1 ||
	               EVP_DigestSign(ctx, bytes, &len, (const unsigned char *)data.ptr, data.len) != 1))
		r = cannot_sign(err);
	EVP_MD_CTX_free(ctx);
	if (r == 0)
		out->len += len;
	return r;
}

int identity_sign(const struct identity *id, const char *algorithm, struct slice data,
                  unsigned char **ret_signature, size_t *ret_len, struct error *err)
{
	struct buf raw;
	struct buf out;
	size_t     i = 0;
	int        r;

	while (i < countof(algorithms) && strcmp(algorithms[i].name, algorithm) != 0)
		i++;
	if (i == countof(algorithms) || !id->prepared[i])
		return error_set(err, ERR_IDENTITY, "a %s key does not sign with %s", id->kind->type,
		                 algorithm);
	buf_init(&raw, LIMIT_KEY_FILE);
	buf_init(&out, LIMIT_KEY_FILE);
	r = sign(id, i, data, &raw, err);
	if (r == 0 && id->kind->curve) {
		r = repack_ecdsa((const unsigned char *)raw.ptr, raw.len, &out, err);
	} else if (r == 0) {
		out = raw;
		buf_init(&raw, LIMIT_KEY_FILE);
	}
	buf_free(&raw);
	if (r < 0) {
		buf_free(&out);
		return r;
	}
	*ret_len = out.len;
	*ret_signature = (unsigned char *)buf_detach(&out);
	return 0;
}

/* --- loading --- */

/* One signature that verifies: what was parsed is a working pair. PEM files in particular may hold halves of
 * two keys. */
static int self_test(struct identity *id, struct error *err)
{
	static const char sample[] = "sshvet";
	struct slice      data = { .ptr = sample, .len = sizeof(sample) };
	EVP_MD_CTX       *ctx = EVP_MD_CTX_new();
	struct buf        signature;
	size_t            i = 0;
	int               r;

	while (!id->prepared[i])
		i++;
	buf_init(&signature, LIMIT_KEY_FILE);
	r = sign(id, i, data, &signature, err);
	if (r == 0 &&
	    (!ctx || EVP_DigestVerifyInit_ex(ctx, NULL, algorithms[i].digest, NULL, NULL, id->key, NULL) != 1 ||
	     EVP_DigestVerify(ctx, (const unsigned char *)signature.ptr, signature.len,
	                      (const unsigned char *)data.ptr, data.len) != 1))
		r = error_set(err, ERR_IDENTITY,
		              "is damaged: its public and private halves do not belong together");
	ERR_clear_error();
	EVP_MD_CTX_free(ctx);
	buf_free(&signature);
	return r;
}

static int parse_openssh(struct slice text, const struct passphrase_prompt *prompt, EVP_PKEY **ret_key,
                         struct error *err)
{
	struct openssh_key file;
	int                r = openssh_key_open(text, &file, err);

	if (r < 0)
		return r;
	r = openssh_key_unlock(&file, prompt, ret_key, err);
	openssh_key_close(&file);
	return r;
}

/* True when the first BEGIN line is that of OpenSSH's own format. */
static bool is_openssh(struct slice text)
{
	struct slice line;

	while (slice_next_line(&text, &line, NULL)) {
		line = slice_trim(line);
		if (slice_has_prefix(line, "-----BEGIN "))
			return slice_is(line, "-----BEGIN OPENSSH PRIVATE KEY-----");
	}
	return false;
}

static int parse(struct identity *id, struct slice text, const struct passphrase_prompt *prompt,
                 struct error *err)
{
	struct public_key parsed;
	int               r = key_mistake_check(text, err);

	if (r == 0)
		r = is_openssh(text) ? parse_openssh(text, prompt, &id->key, err)
		                     : pem_key_parse(text, prompt, &id->key, err);
	if (r == 0)
		r = private_key_public(id->key, &id->kind, &id->public_key, err);
	if (r == 0 && public_key_parse(buf_slice(&id->public_key), &parsed, err) < 0)
		r = error_set(err, ERR_IDENTITY, "is damaged: its public key is malformed");
	if (r == 0)
		r = prepare(id, err);
	return r < 0 ? r : self_test(id, err);
}

/* Every text of this part begins with a verb; the file is its subject. */
static int blame(const char *name, struct error *err)
{
	struct error reason;

	if (!err)
		return ERR_IDENTITY;
	reason = *err;
	return error_set(err, ERR_IDENTITY, "'%s' %s", name, reason.text);
}

int identity_parse(struct slice text, const char *name, passphrase_source *source, void *context,
                   struct identity **ret_identity, struct error *err)
{
	const struct passphrase_prompt prompt = { .key_path = name, .source = source, .context = context };
	struct identity               *id = mem_zalloc(sizeof(*id));
	int                            r;

	if (!id)
		return error_nomem(err);
	buf_init(&id->public_key, LIMIT_KEY_FILE);
	r = parse(id, text, &prompt, err);
	ERR_clear_error();
	if (r < 0) {
		identity_free(id);
		return r == ERR_NOMEM ? r : blame(name, err);
	}
	public_key_fingerprint(buf_slice(&id->public_key), id->fingerprint);
	*ret_identity = id;
	return 0;
}

/* A file that was refused for its mode may be no private key at all, such as a .pub: then chmod is the wrong
 * advice. */
static bool is_mistake(const char *path, struct error *err)
{
	struct error reason;
	struct stat  st;
	struct buf   text;
	bool         found = false;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    file_read(path, LIMIT_KEY_FILE, FILE_ANY, &text, NULL) == 0) {
		found = key_mistake_check(buf_slice(&text), &reason) < 0;
		secret_free(&text);
	}
	if (found)
		error_set(err, ERR_IDENTITY, "'%s' %s", path, reason.text);
	return found;
}

static int refused(const char *path, int r, struct error *err)
{
	if (r == ERR_NOMEM)
		return r;
	if (r == ERR_TOO_BIG)
		return error_set(err, ERR_IDENTITY, "'%s' is not a private key: it is larger than %u bytes",
		                 path, LIMIT_KEY_FILE);
	if (!is_mistake(path, err) && err)
		err->code = ERR_IDENTITY;
	return ERR_IDENTITY;
}

int identity_load(const char *path, passphrase_source *source, void *context, struct identity **ret_identity,
                  struct error *err)
{
	struct buf text;
	int        r = file_read(path, LIMIT_KEY_FILE, FILE_PRIVATE, &text, err);

	if (r < 0)
		return refused(path, r, err);
	r = identity_parse(buf_slice(&text), path, source, context, ret_identity, err);
	secret_free(&text);
	return r;
}

void identity_free(struct identity *id)
{
	if (!id)
		return;
	for (size_t i = 0; i < countof(id->prepared); i++)
		EVP_MD_CTX_free(id->prepared[i]);
	EVP_PKEY_free(id->key);
	buf_free(&id->public_key);
	mem_free(id);
}

const char *identity_type(const struct identity *id)
{
	return id->kind->type;
}

struct slice identity_public_key(const struct identity *id)
{
	return buf_slice(&id->public_key);
}

const char *identity_fingerprint(const struct identity *id)
{
	return id->fingerprint;
}

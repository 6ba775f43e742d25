/*
 * Private keys from files. The files are the corpus of fuzz_identity: throw-away keys made with ssh-keygen 9.2
 * and openssl 3.0, and what was made of them by hand; the passphrase of the encrypted ones is "secret".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/bn.h>
#include <pthread.h>
#include <sys/stat.h>

#include "bcrypt_pbkdf.h"
#include "file.h"
#include "identity.h"
#include "limit.h"
#include "mem.h"
#include "pi_words.h"
#include "public_key.h"

static struct buf read_key(const char *name)
{
	struct error err;
	struct buf   text;
	char         path[512];

	snprintf(path, sizeof(path), TESTS_DIR "/fuzz/corpus/fuzz_identity/%s", name);
	if (file_read(path, LIMIT_KEY_FILE, FILE_ANY, &text, &err) < 0)
		fail_msg("%s", err.text);
	return text;
}

/* A passphrase source that gives what `context` says, and counts how often it is asked. */
struct given {
	const char *passphrase; /* NULL: none */
	int         asked;
};

static int give(const char *key_path, char *buffer, size_t size, void *context, struct error *err)
{
	struct given *g = context;

	(void)key_path;
	g->asked++;
	if (!g->passphrase)
		return error_set(err, ERR_IDENTITY, "there is none");
	return snprintf(buffer, size, "%s", g->passphrase);
}

/* --- what is accepted --- */

static const struct {
	const char *file;
	const char *type;
	const char *fingerprint;
	bool        encrypted;
} good[] = {
	{ "ed25519", "ssh-ed25519", "SHA256:H1pKBMMfLLZJeiU6xo0EoVUhDNxKORL3DbKPAn8AKjg", false },
	{ "crlf", "ssh-ed25519", "SHA256:H1pKBMMfLLZJeiU6xo0EoVUhDNxKORL3DbKPAn8AKjg", false },
	{ "preamble", "ssh-ed25519", "SHA256:H1pKBMMfLLZJeiU6xo0EoVUhDNxKORL3DbKPAn8AKjg", false },
	{ "ecdsa256", "ecdsa-sha2-nistp256", "SHA256:iW2juwZAMuaGSOUDC58zUq9BcHB4ipe9UWkueKzYpDQ", false },
	{ "ecdsa384", "ecdsa-sha2-nistp384", "SHA256:+Uw9H0AcU5dnCA9zX91i6cTBbmIRNenS/AwfwMpKRRY", false },
	{ "ecdsa521", "ecdsa-sha2-nistp521", "SHA256:Plk+RV4tRl4xwF33ZpeJ5GFH6WufjBoXLlKaRVtfgRw", false },
	{ "rsa2048", "ssh-rsa", "SHA256:l4ZMI/qFQ+4X1KnYShLQGLF3eABKPXmOP/cNoyedIO4", false },
	{ "ed25519-aes256-ctr", "ssh-ed25519", "SHA256:85DEuOiDcyIQ8Nw9aAqGgUG7Rpw52q5Sme9E7XZACd8", true },
	{ "ed25519-aes192-ctr", "ssh-ed25519", "SHA256:kE6qLo6bN8aX/eQuGOJM53egDhPyf6ENHd1GWMvek58", true },
	{ "ed25519-aes128-ctr", "ssh-ed25519", "SHA256:aG7yMXiZZc5ycHIpOWfwed3ozTVv4TZen0YTpRkfh/8", true },
	{ "ed25519-aes256-cbc", "ssh-ed25519", "SHA256:czB0JFZzLqBvZzgRiNL9RJg1MxxQ1l9egzBmiyJGZbM", true },
	{ "ed25519-aes192-cbc", "ssh-ed25519", "SHA256:yJWFSni0y3UnO2+jPNI0Fpx9Q2+/vyqfvBSL17D9vrk", true },
	{ "ed25519-aes128-cbc", "ssh-ed25519", "SHA256:8aDqnFyA4DCN1icPShxVgTwNyQvPR2ZrcdxGxgEoMfE", true },
	{ "ed25519-3des-cbc", "ssh-ed25519", "SHA256:KrKb16NNS6zJ5MddFtSiumgVoUhGTHUxH9VuejV0tZw", true },
	{ "ed25519-aes256-gcm", "ssh-ed25519", "SHA256:p6/3mjkjQmKH6TsPoFPCbj4e4E6iKv04qde9c84EyjE", true },
	{ "ed25519-aes128-gcm", "ssh-ed25519", "SHA256:nZWNdgYoAwjKMp4NMU1CYMpIV/9NqkiHjidyeoCm1zk", true },
	{ "ed25519-chacha20-poly1305", "ssh-ed25519", "SHA256:HOSISx3uQ2ybeOn5uVUcw/cLcf5i7vUPIgg/Hq09Eeo", true },
	{ "ecdsa256-aes256-ctr", "ecdsa-sha2-nistp256", "SHA256:iliwMlaOZAp7jYyywGwYtVIgpUX/RyGq5awZS0D4BgE", true },
	{ "rsa2048-aes256-gcm", "ssh-rsa", "SHA256:Bqgy0+nmB8yqyo236wqKC05N+vFhRJ2+FcOOEYpAmPk", true },
	{ "rsa2048-pkcs1", "ssh-rsa", "SHA256:fJXvRMlNdyreK69NcGNHEIXH9/k+wrAVvVGV2fTf9cU", false },
	{ "rsa2048-pkcs8", "ssh-rsa", "SHA256:zDGmkWufRYDTWXOKJFf6FDftPjZmXh5q3p/92uyi0UY", false },
	{ "ecdsa256-sec1", "ecdsa-sha2-nistp256", "SHA256:X67xrpvaJqivYXTMaDFgsJTPy7/TQhTn33EvJ/rSjYs", false },
	{ "ecdsa256-compressed", "ecdsa-sha2-nistp256", "SHA256:X67xrpvaJqivYXTMaDFgsJTPy7/TQhTn33EvJ/rSjYs", false },
	{ "ecdsa256-with-parameters", "ecdsa-sha2-nistp256", "SHA256:Iz9K83UlumENvFD6xJiyHBKWnj/VvfAYms1JYcbbdUY", false },
	{ "ecdsa256-sec1-aes", "ecdsa-sha2-nistp256", "SHA256:eyoVwgpIjH6Pi+AoeasSuAGMbiym88wtwX5DZ10O//8", true },
	{ "ecdsa384-pkcs8-pbkdf2", "ecdsa-sha2-nistp384", "SHA256:2MCXiuueO5g7Fdn8gpV1dWOQOecNGc6c7e/xFZbZkxQ", true },
	{ "ed25519-pkcs8", "ssh-ed25519", "SHA256:PsZFAfiqk9VhaEYt5nwub+IAkm/VHsnLXCZYOf2InXg", false },
	{ "ed25519-pkcs8-scrypt", "ssh-ed25519", "SHA256:PsZFAfiqk9VhaEYt5nwub+IAkm/VHsnLXCZYOf2InXg", true },
	{ "ed25519-pkcs8-pbes1", "ssh-ed25519", "SHA256:PsZFAfiqk9VhaEYt5nwub+IAkm/VHsnLXCZYOf2InXg", true },
};

static void accepts(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(good); i++) {
		struct given      given = { .passphrase = "secret" };
		struct buf        text = read_key(good[i].file);
		struct identity  *id = NULL;
		struct error      err = { 0 };
		struct public_key key;

		if (identity_parse(buf_slice(&text), good[i].file, give, &given, &id, &err) < 0)
			fail_msg("%s", err.text);
		assert_string_equal(identity_type(id), good[i].type);
		assert_string_equal(identity_fingerprint(id), good[i].fingerprint);
		assert_int_equal(public_key_parse(identity_public_key(id), &key, &err), 0);
		assert_int_equal(given.asked, good[i].encrypted ? 1 : 0);
		identity_free(id);
		buf_free(&text);
	}
}

/* --- what is refused, and with which words --- */

static const struct {
	const char *file;
	const char *passphrase;
	const char *says;
	int         asked;
} bad[] = {
	{ "empty", NULL, "is empty", 0 },
	{ "not-a-key", NULL, "is not a private key", 0 },
	{ "public", NULL, "public half", 0 },
	{ "certificate", NULL, "certificates are not supported", 0 },
	{ "putty", NULL, "puttygen", 0 },
	{ "sshcom", NULL, "ssh-keygen -i", 0 },
	{ "rsa2048-der", NULL, "convert it to PEM", 0 },
	{ "dsa", NULL, "DSA", 0 },
	{ "dsa-pkcs8", NULL, "DSA", 0 },
	{ "sk-ed25519", NULL, "FIDO", 0 },
	{ "unknown-type", NULL, "ssh-mldsa65", 0 },
	{ "rsa1024", NULL, "1024 bits", 0 },
	{ "rsa-pss", NULL, "RSA-PSS", 0 },
	{ "ed448", NULL, "ED448", 0 },
	{ "x25519", NULL, "X25519", 0 },
	{ "secp256k1", NULL, "curve", 0 },
	{ "cut-short", NULL, "is cut short", 0 },
	{ "mismatched-outer", NULL, "do not belong together", 0 },
	{ "mismatched-inner", NULL, "do not belong together", 0 },
	{ "mismatched-sec1", NULL, "do not belong together", 0 },
	{ "two-keys", NULL, "2 keys", 0 },
	{ "trailing", NULL, "follows its private section", 0 },
	{ "wrong-padding", NULL, "padding", 0 },
	{ "check-numbers", NULL, "check numbers", 0 },
	{ "rounds-0", "secret", "0 KDF rounds", 0 },
	{ "rounds-4294967295", "secret", "4294967295 KDF rounds", 0 },
	{ "unknown-cipher", "secret", "ssh-keygen -p -Z aes256-ctr", 0 },
	{ "unknown-kdf", "secret", "argon2", 0 },
	{ "kdf-without-cipher", "secret", "no cipher", 0 },
	{ "cipher-without-kdf", "secret", "no key derivation", 0 },
	{ "pbkdf2-2147483647", "secret", "too long to open", 0 },
	{ "scrypt-too-much", "secret", "too long to open", 0 },
	{ "ed25519-aes256-ctr", "Secret", "passphrase is wrong", 1 },
	{ "ed25519-aes256-ctr", "", "passphrase is empty", 1 },
	{ "ed25519-aes256-ctr", NULL, "there is none", 1 },
	{ "ed25519-aes256-cbc", "Secret", "passphrase is wrong", 1 },
	{ "ed25519-3des-cbc", "Secret", "passphrase is wrong", 1 },
	{ "ed25519-aes256-gcm", "Secret", "passphrase is wrong", 1 },
	{ "ed25519-chacha20-poly1305", "Secret", "passphrase is wrong", 1 },
	{ "ecdsa256-sec1-aes", "Secret", "passphrase is wrong", 1 },
	{ "ecdsa256-sec1-aes", "", "passphrase is wrong", 1 },
	{ "ecdsa384-pkcs8-pbkdf2", "Secret", "passphrase is wrong", 1 },
	{ "ecdsa384-pkcs8-pbkdf2", NULL, "there is none", 1 },
};

static void refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(bad); i++) {
		struct given     given = { .passphrase = bad[i].passphrase };
		struct buf       text = read_key(bad[i].file);
		struct identity *id = NULL;
		struct error     err = { 0 };
		int              r = identity_parse(buf_slice(&text), "KEY", give, &given, &id, &err);

		if (r != ERR_IDENTITY || !strstr(err.text, bad[i].says) || strncmp(err.text, "'KEY' ", 6) != 0)
			fail_msg("%s: %d %s", bad[i].file, r, err.text);
		assert_null(id);
		assert_int_equal(given.asked, bad[i].asked);
		buf_free(&text);
	}
}

static void needs_a_source_when_encrypted(void **state)
{
	static const char *const files[] = { "ed25519-aes256-ctr", "ecdsa256-sec1-aes",
		                             "ecdsa384-pkcs8-pbkdf2" };

	(void)state;
	for (size_t i = 0; i < countof(files); i++) {
		struct buf       text = read_key(files[i]);
		struct identity *id = NULL;
		struct error     err = { 0 };

		assert_int_equal(identity_parse(buf_slice(&text), "KEY", NULL, NULL, &id, &err), ERR_IDENTITY);
		assert_non_null(strstr(err.text, "--passphrase-fd"));
		assert_int_equal(identity_parse(buf_slice(&text), "KEY", NULL, NULL, &id, NULL), ERR_IDENTITY);
		buf_free(&text);
	}
}

/* --- damage --- */

/* Parse what may be damaged: whatever comes out has to be the original. True when something did. */
static bool survives(struct slice text, const char *fingerprint)
{
	struct given     given = { .passphrase = "secret" };
	char            *copy = mem_copy_text(text.ptr, text.len);
	struct slice     exact = { .ptr = copy, .len = text.len };
	struct identity *id = NULL;
	struct error     err = { 0 };
	int              r = identity_parse(exact, "KEY", give, &given, &id, &err);

	if (r == 0)
		assert_string_equal(identity_fingerprint(id), fingerprint);
	else
		assert_int_equal(r, ERR_IDENTITY);
	identity_free(id);
	mem_free(copy);
	return r == 0;
}

static void no_prefix_is_a_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(good); i++) {
		struct buf  text = read_key(good[i].file);
		const char *end = NULL;
		const char *next = text.ptr;

		while ((next = strstr(next, "-----END")) != NULL)
			end = next++;
		assert_non_null(end);
		/* From the last dashes on the file is whole but for its final newline. */
		for (size_t len = 0; len < (size_t)(end - text.ptr) + 8; len++)
			if (survives(slice_sub(buf_slice(&text), 0, len), good[i].fingerprint))
				fail_msg("%s: the first %zu bytes pass for a key", good[i].file, len);
		buf_free(&text);
	}
}

/* Flip bits of every byte. PKCS#8 holds an Ed25519 key without its public half, so that format cannot tell, and
 * is not among these. */
static void flipped_bits_make_no_other_key(void **state)
{
	static const struct {
		const char *file;
		const char *fingerprint;
		unsigned    bits; /* how many bits of a byte are tried: key derivation is slow */
	} files[] = {
		{ "ed25519", "SHA256:H1pKBMMfLLZJeiU6xo0EoVUhDNxKORL3DbKPAn8AKjg", 8 },
		{ "ecdsa256", "SHA256:iW2juwZAMuaGSOUDC58zUq9BcHB4ipe9UWkueKzYpDQ", 2 },
		{ "rsa2048", "SHA256:l4ZMI/qFQ+4X1KnYShLQGLF3eABKPXmOP/cNoyedIO4", 1 },
		{ "ecdsa256-sec1", "SHA256:X67xrpvaJqivYXTMaDFgsJTPy7/TQhTn33EvJ/rSjYs", 8 },
		{ "ed25519-aes256-ctr", "SHA256:85DEuOiDcyIQ8Nw9aAqGgUG7Rpw52q5Sme9E7XZACd8", 1 },
	};

	(void)state;
	for (size_t f = 0; f < countof(files); f++) {
		struct buf text = read_key(files[f].file);
		size_t     survivors = 0;

		for (size_t i = 0; i < text.len * files[f].bits; i++) {
			char *byte = &text.ptr[i / files[f].bits];
			char  flip = (char)(1 << i % files[f].bits);

			*byte = (char)(*byte ^ flip);
			survivors += survives(buf_slice(&text), files[f].fingerprint);
			*byte = (char)(*byte ^ flip);
		}
		print_message("%s: %zu of %zu flips leave the key as it was\n", files[f].file, survivors,
		              text.len * files[f].bits);
		assert_true(survives(buf_slice(&text), files[f].fingerprint));
		buf_free(&text);
	}
}

/* --- signing --- */

static struct identity *load(const char *file)
{
	struct given     given = { .passphrase = "secret" };
	struct buf       text = read_key(file);
	struct identity *id = NULL;
	struct error     err = { 0 };

	if (identity_parse(buf_slice(&text), file, give, &given, &id, &err) < 0)
		fail_msg("%s", err.text);
	buf_free(&text);
	return id;
}

static void signs_only_with_its_algorithms(void **state)
{
	static const struct {
		const char *file;
		const char *algorithm;
		size_t      least; /* bytes of the signature; 0: refused */
		size_t      most;
	} rows[] = {
		{ "ed25519", "ssh-ed25519", 64, 64 },
		{ "ed25519", "rsa-sha2-512", 0, 0 },
		{ "ed25519", "", 0, 0 },
		{ "ecdsa256", "ecdsa-sha2-nistp256", 60, 74 },
		{ "ecdsa256", "ecdsa-sha2-nistp384", 0, 0 },
		{ "ecdsa384", "ecdsa-sha2-nistp384", 90, 106 },
		{ "ecdsa521", "ecdsa-sha2-nistp521", 125, 142 },
		{ "rsa2048", "rsa-sha2-512", 256, 256 },
		{ "rsa2048", "rsa-sha2-256", 256, 256 },
		{ "rsa2048", "ssh-rsa", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct identity *id = load(rows[i].file);
		unsigned char   *signature = NULL;
		struct error     err = { 0 };
		size_t           len = 0;
		int              r = identity_sign(id, rows[i].algorithm, slice_of("data"), &signature, &len, &err);

		assert_int_equal(r, rows[i].least > 0 ? 0 : ERR_IDENTITY);
		assert_in_range(len, rows[i].least, rows[i].most);
		mem_free(signature);
		identity_free(id);
	}
}

/* Ed25519 and RSA signatures are deterministic: every thread has to get the same. */
struct signer {
	const struct identity *id;
	const char            *algorithm;
	unsigned char          expected[256];
	size_t                 len;
	int                    wrong;
};

static void *sign_often(void *context)
{
	struct signer *s = context;

	for (int i = 0; i < 200; i++) {
		unsigned char *signature = NULL;
		struct error   err;
		size_t         len = 0;

		if (identity_sign(s->id, s->algorithm, slice_of("data"), &signature, &len, &err) < 0 ||
		    len != s->len || memcmp(signature, s->expected, len) != 0)
			s->wrong++;
		mem_free(signature);
	}
	return NULL;
}

static void signs_on_many_threads(void **state)
{
	static const char *const keys[][2] = { { "ed25519", "ssh-ed25519" }, { "rsa2048", "rsa-sha2-512" } };

	(void)state;
	for (size_t k = 0; k < countof(keys); k++) {
		struct identity *id = load(keys[k][0]);
		struct signer    signers[4] = { { 0 } };
		pthread_t        threads[countof(signers)];
		unsigned char   *signature = NULL;
		struct error     err;
		size_t           len = 0;

		assert_int_equal(identity_sign(id, keys[k][1], slice_of("data"), &signature, &len, &err), 0);
		assert_in_range(len, 1, sizeof(signers[0].expected));
		for (size_t i = 0; i < countof(signers); i++) {
			signers[i] = (struct signer){ .id = id, .algorithm = keys[k][1], .len = len };
			memcpy(signers[i].expected, signature, len);
			assert_int_equal(pthread_create(&threads[i], NULL, sign_often, &signers[i]), 0);
		}
		for (size_t i = 0; i < countof(signers); i++) {
			pthread_join(threads[i], NULL);
			assert_int_equal(signers[i].wrong, 0);
		}
		mem_free(signature);
		identity_free(id);
	}
}

/* --- files --- */

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void checks_the_file(void **state)
{
	static const struct {
		const char *key; /* of the corpus */
		mode_t      mode;
		const char *says; /* NULL: accepted */
	} rows[] = {
		{ "ed25519", 0600, NULL },
		{ "ed25519", 0400, NULL },
		{ "ed25519", 0640, "chmod 600" },
		{ "ed25519", 0604, "chmod 600" },
		{ "public", 0644, "public half" }, /* chmod would be the wrong advice */
		{ "public", 0600, "public half" },
	};
	char folder[] = "/tmp/sshvet-identity-XXXXXX";
	char path[100];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/key", folder);
	for (size_t i = 0; i < countof(rows); i++) {
		struct buf       text = read_key(rows[i].key);
		struct identity *id = NULL;
		struct error     err = { 0 };
		int              r;

		write_file(path, text.ptr, rows[i].mode);
		r = identity_load(path, NULL, NULL, &id, &err);
		assert_int_equal(r, rows[i].says ? ERR_IDENTITY : 0);
		if (rows[i].says && (!strstr(err.text, rows[i].says) || !strstr(err.text, path)))
			fail_msg("%s", err.text);
		identity_free(id);
		buf_free(&text);
		unlink(path);
	}
	rmdir(folder);
}

static void names_the_file_that_is_not_there(void **state)
{
	static const char *const paths[] = { "/nonexistent/key", "/", "/dev/null" };

	(void)state;
	for (size_t i = 0; i < countof(paths); i++) {
		struct identity *id = NULL;
		struct error     err = { 0 };

		assert_int_equal(identity_load(paths[i], NULL, NULL, &id, &err), ERR_IDENTITY);
		assert_int_equal(err.code, ERR_IDENTITY);
		assert_non_null(strstr(err.text, paths[i]));
	}
}

/* --- bcrypt_pbkdf --- */

static void derives_known_keys(void **state)
{
	/* From the Python package bcrypt 3.2, which has an implementation of its own. */
	static const struct {
		const char *passphrase;
		const char *salt;
		uint32_t    rounds;
		size_t      size;
		const char *key;
	} rows[] = {
		{ "password", "salt", 4, 32,
		  "5bbf0cc293587f1c3635555c27796598d47e579071bf427e9d8fbe842aba34d9" },
		{ "password", "salt", 1, 1, "7a" },
		{ "p", "s", 1, 33, "caf5f799b35d58d4ce6de5edbddf7c1087c8d4976781175dfc8323815d9f030b9d" },
		{ "password", "salt", 2, 48,
		  "7578cf09f03644188b58dd336812168396e59d5dc35b5af7c6c3c90f520caf33dadc94033068763458bbc95f8ecdbe2d" },
		{ "a longer passphrase than the block of a digest: "
		  "0123456789012345678901234567890123456789012345678901234567890123456789",
		  "0123456789abcdef", 3, 64,
		  "2db421e2e745bc255088af59b5ce77093022e0fe6fc5ee519834c496b973232a432c48a87445bcd15a8e65040abc5df1"
		  "87fb26fd83cf2142ab2afec6d83ca636" },
		{ "\303\244\377", "\001\002", 16, 44,
		  "b73974a832fb5be4f1156f38e9c084e13a6bd9d3eae4e9b4d2ecae99627b1367ca6bb201d1600eb6c69ee2c0" },
		{ "password", "salt", 1, 100,
		  "7aec9b2bf4a38f911480690869a4c2eee52b463a28a0d00b60c49da5da058bb3492eddacde724d0dbf0c02b9aa4f4477"
		  "6a2ae0b64e5f8a371252940aa24cd82ecb8a6b398507592f7baa806190b65a6e7b3ad95a2bd17609b2bb1e2f0d1cce21"
		  "2935d8af" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		unsigned char key[128];
		char          hex[2 * sizeof(key) + 1];
		struct error  err;

		assert_int_equal(bcrypt_pbkdf(slice_of(rows[i].passphrase), slice_of(rows[i].salt),
		                              rows[i].rounds, key, rows[i].size, &err),
		                 0);
		for (size_t j = 0; j < rows[i].size; j++)
			snprintf(hex + 2 * j, 3, "%02x", key[j]);
		assert_string_equal(hex, rows[i].key);
	}
}

static void derives_nothing_out_of_bounds(void **state)
{
	static const struct {
		const char *passphrase;
		const char *salt;
		uint32_t    rounds;
		size_t      size;
	} rows[] = {
		{ "", "salt", 1, 32 },
		{ "p", "", 1, 32 },
		{ "p", "salt", 0, 32 },
		{ "p", "salt", BCRYPT_ROUNDS_MAX + 1, 32 },
		{ "p", "salt", 1, 0 },
		{ "p", "salt", 1, BCRYPT_KEY_MAX + 1 },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		unsigned char key[BCRYPT_KEY_MAX + 1];
		struct error  err;

		assert_int_equal(bcrypt_pbkdf(slice_of(rows[i].passphrase), slice_of(rows[i].salt),
		                              rows[i].rounds, key, rows[i].size, &err),
		                 ERR_IDENTITY);
	}
}

/* sum = factor * arctan(1 / x) in units of 2^-bits, by Gregory's series. */
static void arctan(BIGNUM *sum, unsigned long factor, unsigned long x, int bits)
{
	BIGNUM *power = BN_new();
	BIGNUM *term = BN_new();

	BN_set_word(power, factor);
	BN_lshift(power, power, bits);
	BN_div_word(power, x);
	BN_zero(sum);
	for (unsigned long n = 1; !BN_is_zero(power); n += 2) {
		BN_copy(term, power);
		BN_div_word(term, n);
		if (n % 4 == 1)
			BN_add(sum, sum, term);
		else
			BN_sub(sum, sum, term);
		BN_div_word(power, x * x);
	}
	BN_free(power);
	BN_free(term);
}

static void pi_words_are_pi(void **state)
{
	enum {
		GUARD = 64,
		BITS = 32 * countof(pi_words) + GUARD
	};
	unsigned char bytes[BITS / 8];
	BIGNUM       *pi = BN_new();
	BIGNUM       *less = BN_new();

	(void)state;
	arctan(pi, 16, 5, BITS);
	arctan(less, 4, 239, BITS);
	BN_sub(pi, pi, less);
	BN_mask_bits(pi, BITS); /* without the 3 */
	assert_int_equal(BN_bn2binpad(pi, bytes, sizeof(bytes)), sizeof(bytes));
	for (size_t i = 0; i < countof(pi_words); i++)
		assert_int_equal(pi_words[i], (uint32_t)bytes[4 * i] << 24 | (uint32_t)bytes[4 * i + 1] << 16 |
		                                      (uint32_t)bytes[4 * i + 2] << 8 | bytes[4 * i + 3]);
	BN_free(pi);
	BN_free(less);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts),
		cmocka_unit_test(refuses),
		cmocka_unit_test(needs_a_source_when_encrypted),
		cmocka_unit_test(no_prefix_is_a_key),
		cmocka_unit_test(flipped_bits_make_no_other_key),
		cmocka_unit_test(signs_only_with_its_algorithms),
		cmocka_unit_test(signs_on_many_threads),
		cmocka_unit_test(checks_the_file),
		cmocka_unit_test(names_the_file_that_is_not_there),
		cmocka_unit_test(derives_known_keys),
		cmocka_unit_test(derives_nothing_out_of_bounds),
		cmocka_unit_test(pi_words_are_pi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Fresh keys of ssh-keygen, of all types, formats and ciphers: the fingerprint has to be the one it prints, and
 * it has to verify the signatures made with them (as SSHSIG, PROTOCOL.sshsig of OpenSSH).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "base64.h"
#include "identity.h"
#include "keygen.h"
#include "mem.h"
#include "packed.h"

static const struct {
	const char *type;
	const char *bits;
	const char *format;
	const char *cipher; /* NULL: not encrypted */
	const char *rounds;
	const char *algorithm; /* to sign with */
} keys[] = {
	{ "ed25519", "256", "RFC4716", NULL, "1", "ssh-ed25519" },
	{ "ecdsa", "256", "RFC4716", NULL, "1", "ecdsa-sha2-nistp256" },
	{ "ecdsa", "384", "RFC4716", NULL, "1", "ecdsa-sha2-nistp384" },
	{ "ecdsa", "521", "RFC4716", NULL, "1", "ecdsa-sha2-nistp521" },
	{ "rsa", "2048", "RFC4716", NULL, "1", "rsa-sha2-512" },
	{ "rsa", "3072", "RFC4716", NULL, "1", "rsa-sha2-256" },
	{ "rsa", "2049", "RFC4716", NULL, "1", "rsa-sha2-512" },
	{ "ecdsa", "256", "PEM", NULL, "1", "ecdsa-sha2-nistp256" },
	{ "rsa", "2048", "PEM", NULL, "1", "rsa-sha2-512" },
	{ "ecdsa", "521", "PKCS8", NULL, "1", "ecdsa-sha2-nistp521" },
	{ "rsa", "2048", "PKCS8", NULL, "1", "rsa-sha2-512" },
	{ "ecdsa", "384", "PEM", "aes256-ctr", "1", "ecdsa-sha2-nistp384" },
	{ "rsa", "2048", "PEM", "aes256-ctr", "1", "rsa-sha2-256" },
	{ "ecdsa", "256", "PKCS8", "aes256-ctr", "1", "ecdsa-sha2-nistp256" },
	{ "rsa", "2048", "PKCS8", "aes256-ctr", "1", "rsa-sha2-512" },
	{ "ed25519", "256", "RFC4716", "aes256-ctr", "16", "ssh-ed25519" },
	{ "ed25519", "256", "RFC4716", "aes256-ctr", "3", "ssh-ed25519" },
	{ "ed25519", "256", "RFC4716", "aes192-ctr", "1", "ssh-ed25519" },
	{ "ed25519", "256", "RFC4716", "aes128-ctr", "1", "ssh-ed25519" },
	{ "ecdsa", "521", "RFC4716", "aes256-cbc", "1", "ecdsa-sha2-nistp521" },
	{ "ecdsa", "256", "RFC4716", "aes192-cbc", "1", "ecdsa-sha2-nistp256" },
	{ "ecdsa", "256", "RFC4716", "aes128-cbc", "2", "ecdsa-sha2-nistp256" },
	{ "ecdsa", "384", "RFC4716", "3des-cbc", "1", "ecdsa-sha2-nistp384" },
	{ "rsa", "2048", "RFC4716", "aes256-gcm@openssh.com", "1", "rsa-sha2-512" },
	{ "ed25519", "256", "RFC4716", "aes128-gcm@openssh.com", "2", "ssh-ed25519" },
	{ "rsa", "2048", "RFC4716", "chacha20-poly1305@openssh.com", "1", "rsa-sha2-256" },
};

/* Longer than a SHA-512 block and not ASCII. */
#define PASSPHRASE                                                                               \
	"s\303\244cret with spaces, and longer than the hundred and twenty-eight bytes a block " \
	"of SHA-512 has, to see that none is lost on the way"

static char folder[] = "/tmp/sshvet-keygen-XXXXXX";
static char key_path[200];
static char public_path[200];
static char out_path[200];
static char message_path[200];
static char signature_path[200];

static int give(const char *path, char *buffer, size_t size, void *context, struct error *err)
{
	(void)path;
	(void)context;
	(void)err;
	return snprintf(buffer, size, "%s", PASSPHRASE);
}

static void make_key(size_t i)
{
	const char *const argv[] = { "ssh-keygen", "-q",
		                     "-t", keys[i].type,
		                     "-b", keys[i].bits,
		                     "-m", keys[i].format,
		                     "-a", keys[i].rounds,
		                     "-N", keys[i].cipher ? PASSPHRASE : "",
		                     "-Z", keys[i].cipher ? keys[i].cipher : "aes256-ctr",
		                     "-f", key_path,
		                     NULL };

	unlink(key_path);
	unlink(public_path);
	assert_int_equal(keygen_spawn(argv, "/dev/null", "/dev/null"), 0);
}

static struct buf read_all(const char *path)
{
	struct error err;
	struct buf   text;

	if (file_read(path, 1u << 20, FILE_ANY, &text, &err) < 0)
		fail_msg("%s", err.text);
	return text;
}

/* "3072 SHA256:… comment (RSA)" */
static void expect_fingerprint(const struct identity *id)
{
	const char *const argv[] = { "ssh-keygen", "-l", "-f", public_path, NULL };
	struct buf        text;

	assert_int_equal(keygen_spawn(argv, "/dev/null", out_path), 0);
	text = read_all(out_path);
	if (!strstr(text.ptr, identity_fingerprint(id)))
		fail_msg("%s is not in: %s", identity_fingerprint(id), text.ptr);
	buf_free(&text);
}

/* "type base64 comment" */
static void expect_public_key(const struct identity *id)
{
	struct buf   text = read_all(public_path);
	struct buf   blob;
	struct slice rest = buf_slice(&text);
	struct slice word = { 0 };
	struct error err;

	buf_init(&blob, 1u << 16);
	assert_true(slice_next_word(&rest, &word));
	assert_true(slice_is(word, identity_type(id)));
	assert_true(slice_next_word(&rest, &word));
	assert_int_equal(base64_decode(&blob, word, &err), 0);
	assert_true(slice_equal(buf_slice(&blob), identity_public_key(id)));
	buf_free(&blob);
	buf_free(&text);
}

static void put(struct buf *out, struct slice value)
{
	assert_int_equal(packed_put_string(out, value, NULL), 0);
}

static void write_file(const char *path, struct slice text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text.ptr, 1, text.len, f), text.len);
	assert_int_equal(fclose(f), 0);
}

/* Sign `message` the way ssh-keygen -Y sign does, and write what it would write. */
static void sign_file(const struct identity *id, const char *algorithm, struct slice message)
{
	static const char version[] = { 0, 0, 0, 1 };
	unsigned char     hash[64];
	struct slice      digest = { .ptr = (const char *)hash, .len = sizeof(hash) };
	unsigned char    *bare = NULL;
	struct slice      bytes;
	struct buf        data;
	struct buf        inner;
	struct buf        out;
	struct error      err;

	buf_init(&data, 1u << 16);
	buf_init(&inner, 1u << 16);
	buf_init(&out, 1u << 16);
	assert_int_equal(EVP_Digest(message.ptr, message.len, hash, NULL, EVP_sha512(), NULL), 1);
	assert_int_equal(buf_append_text(&data, "SSHSIG", &err), 0);
	put(&data, slice_of("test"));
	put(&data, slice_of(""));
	put(&data, slice_of("sha512"));
	put(&data, digest);
	if (identity_sign(id, algorithm, buf_slice(&data), &bare, &bytes.len, &err) < 0)
		fail_msg("%s", err.text);
	bytes.ptr = (const char *)bare;

	put(&inner, slice_of(algorithm));
	put(&inner, bytes);
	buf_clear(&data);
	assert_int_equal(buf_append_text(&data, "SSHSIG", &err), 0);
	assert_int_equal(buf_append(&data, version, sizeof(version), &err), 0);
	put(&data, identity_public_key(id));
	put(&data, slice_of("test"));
	put(&data, slice_of(""));
	put(&data, slice_of("sha512"));
	put(&data, buf_slice(&inner));
	assert_int_equal(buf_append_text(&out, "-----BEGIN SSH SIGNATURE-----\n", &err), 0);
	assert_int_equal(base64_encode(&out, buf_slice(&data), &err), 0);
	assert_int_equal(buf_append_text(&out, "\n-----END SSH SIGNATURE-----\n", &err), 0);
	write_file(signature_path, buf_slice(&out));
	mem_free(bare);
	buf_free(&out);
	buf_free(&inner);
	buf_free(&data);
}

static int verify(void)
{
	const char *const argv[] = { "ssh-keygen", "-Y", "check-novalidate", "-n",
		                     "test", "-s", signature_path, NULL };

	return keygen_spawn(argv, message_path, out_path);
}

/* Several messages, because an ECDSA number takes a byte less, or one more, only now and then. */
static void expect_signatures(const struct identity *id, const char *algorithm)
{
	for (int n = 0; n < 8; n++) {
		char message[40];

		snprintf(message, sizeof(message), "message %d of test", n);
		write_file(message_path, slice_of(message));
		sign_file(id, algorithm, slice_of(message));
		assert_int_equal(verify(), 0);
	}
	write_file(message_path, slice_of("another message"));
	assert_int_not_equal(verify(), 0);
}

static void agrees_with_ssh_keygen(void **state)
{
	(void)state;
	if (!keygen_exists())
		skip();
	assert_non_null(mkdtemp(folder));
	snprintf(key_path, sizeof(key_path), "%s/key", folder);
	snprintf(public_path, sizeof(public_path), "%s/key.pub", folder);
	snprintf(out_path, sizeof(out_path), "%s/out", folder);
	snprintf(message_path, sizeof(message_path), "%s/message", folder);
	snprintf(signature_path, sizeof(signature_path), "%s/signature", folder);
	for (size_t i = 0; i < countof(keys); i++) {
		struct identity *id = NULL;
		struct error     err;

		make_key(i);
		if (identity_load(key_path, give, NULL, &id, &err) < 0)
			fail_msg("row %zu: %s", i, err.text);
		expect_fingerprint(id);
		expect_public_key(id);
		expect_signatures(id, keys[i].algorithm);
		identity_free(id);
	}
	print_message("%zu keys, %zu signatures\n", countof(keys), 8 * countof(keys));
	keygen_remove(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_ssh_keygen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

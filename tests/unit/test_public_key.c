#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "file.h"
#include "mem.h"
#include "public_key.h"
#include "text.h"

/* A line of public_keys.txt: what ssh-keygen says of a key. */
struct row {
	struct slice type;
	uint64_t     bits;
	struct slice fingerprint;
	struct buf   blob;
};

static struct buf rows_text;

static int setup(void **state)
{
	struct error err = { 0 };

	(void)state;
	if (file_read(TESTS_DIR "/unit/public_keys.txt", 1u << 20, FILE_ANY, &rows_text, &err) == 0)
		return 0;
	fprintf(stderr, "%s\n", err.text);
	return -1;
}

static int teardown(void **state)
{
	(void)state;
	buf_free(&rows_text);
	return 0;
}

/* The next row; the caller frees its blob. */
static bool next_row(struct slice *rest, struct row *ret_row)
{
	struct slice line;
	struct slice word;

	do {
		if (!slice_next_line(rest, &line, NULL))
			return false;
	} while (slice_has_prefix(line, "#"));
	assert_true(slice_next_word(&line, &ret_row->type));
	assert_true(slice_next_word(&line, &word));
	assert_int_equal(text_parse_unsigned(word, 10, UINT32_MAX, &ret_row->bits, NULL), 0);
	assert_true(slice_next_word(&line, &ret_row->fingerprint));
	assert_true(slice_next_word(&line, &word));
	buf_init(&ret_row->blob, 10000);
	assert_int_equal(text_hex_decode(&ret_row->blob, word, NULL), 0);
	return true;
}

static void test_as_ssh_keygen(void **state)
{
	struct slice rest = buf_slice(&rows_text);
	struct row   row;
	size_t       rows = 0;

	(void)state;
	while (next_row(&rest, &row)) {
		struct public_key key;
		struct error      err = { 0 };
		char              fingerprint[FINGERPRINT_SIZE];

		if (public_key_parse(buf_slice(&row.blob), &key, &err) < 0)
			fail_msg("row %zu: %s", rows, err.text);
		assert_true(slice_equal(key.type, row.type));
		assert_int_equal(key.bits, row.bits);
		assert_int_equal(key.certificate, row.type.len > 21 && slice_is(slice_sub(row.type, row.type.len - 21, 21), "-cert-v01@openssh.com"));
		public_key_fingerprint(buf_slice(&row.blob), fingerprint);
		assert_true(slice_is(row.fingerprint, fingerprint));
		buf_free(&row.blob);
		rows++;
	}
	assert_true(rows >= 20);
}

/* Cut anywhere or with a byte too many, no key of a known type is believed. */
static void test_every_length(void **state)
{
	struct slice rest = buf_slice(&rows_text);
	struct row   row;

	(void)state;
	while (next_row(&rest, &row)) {
		for (size_t len = 0; len < row.blob.len; len++) {
			char             *copy = mem_copy_text(row.blob.ptr, len);
			struct public_key key;
			struct error      err = { 0 };
			char              fingerprint[FINGERPRINT_SIZE];

			assert_int_equal(public_key_parse((struct slice){ .ptr = copy, .len = len }, &key, &err), ERR_PROTOCOL);
			assert_true(err.text[0] != '\0');
			public_key_fingerprint((struct slice){ .ptr = copy, .len = len }, fingerprint);
			assert_false(slice_is(row.fingerprint, fingerprint));
			mem_free(copy);
		}
		assert_int_equal(buf_append(&row.blob, "", 1, NULL), 0);
		assert_int_equal(public_key_parse(buf_slice(&row.blob), &(struct public_key){ 0 }, NULL), ERR_PROTOCOL);
		buf_free(&row.blob);
	}
}

/* Any bit changed: never a crash, and in a plain key never the same fingerprint. */
static void test_every_bit(void **state)
{
	struct slice rest = buf_slice(&rows_text);
	struct row   row;

	(void)state;
	while (next_row(&rest, &row)) {
		for (size_t bit = 0; bit < row.blob.len * 8; bit++) {
			unsigned char    *byte = (unsigned char *)&row.blob.ptr[bit / 8];
			struct public_key key = { 0 };
			char              fingerprint[FINGERPRINT_SIZE];

			*byte ^= (unsigned char)(1u << bit % 8);
			if (public_key_parse(buf_slice(&row.blob), &key, NULL) < 0)
				key.certificate = true;
			public_key_fingerprint(buf_slice(&row.blob), fingerprint);
			assert_int_equal(strlen(fingerprint), FINGERPRINT_SIZE - 1);
			if (!key.certificate)
				assert_false(slice_is(row.fingerprint, fingerprint));
			*byte ^= (unsigned char)(1u << bit % 8);
		}
		buf_free(&row.blob);
	}
}

#define RSA  "000000077373682d727361"
#define E    "00000003010001"
#define P256 "0000001365636473612d736861322d6e69737470323536"
#define X32  "1111111111111111111111111111111111111111111111111111111111111111"

/* Blobs in hexadecimal that no ssh-keygen makes. */
static const struct {
	const char *blob;
	int         code;
	const char *type;
	unsigned    bits;
	bool        certificate;
} made_up[] = {
	{ "", ERR_PROTOCOL, "", 0, false },
	{ "00000000", ERR_PROTOCOL, "", 0, false },
	{ "ffffffff61", ERR_PROTOCOL, "", 0, false },
	{ "00000003612062", ERR_PROTOCOL, "", 0, false }, /* a blank */
	{ "000000036100"
	  "62",
	  ERR_PROTOCOL, "", 0, false }, /* a NUL */
	{ "0000000361c3a9", ERR_PROTOCOL, "", 0, false },
	/* Types not known here: nothing is said of their size. */
	{ "00000003666f6f", ERR_OK, "foo", 0, false },
	{ "00000003666f6f"
	  "0102030405",
	  ERR_OK, "foo", 0, false },
	{ "0000001a"
	  "62617a2d636572742d763031406f70656e7373682e636f6d2e78",
	  ERR_OK, "baz-cert-v01@openssh.com.x", 0, false },
	{ "00000018"
	  "62617a2d636572742d763031406f70656e7373682e636f6d",
	  ERR_OK, "baz-cert-v01@openssh.com", 0, true },
	{ "00000007"
	  "5353482d525341",
	  ERR_OK, "SSH-RSA", 0, false },
	/* RSA moduli: leading zeros do not count; zero and negative numbers are no keys. */
	{ RSA E "00000001"
	        "7f",
	  ERR_OK, "ssh-rsa", 7, false },
	{ RSA E "00000002"
	        "00ff",
	  ERR_OK, "ssh-rsa", 8, false },
	{ RSA E "00000002"
	        "0100",
	  ERR_OK, "ssh-rsa", 9, false },
	{ RSA E "00000004"
	        "00000001",
	  ERR_OK, "ssh-rsa", 1, false },
	{ RSA E "00000001"
	        "ff",
	  ERR_PROTOCOL, "", 0, false },
	{ RSA E "00000001"
	        "00",
	  ERR_PROTOCOL, "", 0, false },
	{ RSA E "00000000", ERR_PROTOCOL, "", 0, false },
	{ RSA "00000000"
	      "00000001"
	      "7f",
	  ERR_PROTOCOL, "", 0, false },
	{ RSA E, ERR_PROTOCOL, "", 0, false },
	/* Curves: the name and the length of the point have to fit the type. */
	{ P256 "000000086e69737470323536"
	       "00000041"
	       "04" X32 X32,
	  ERR_OK, "ecdsa-sha2-nistp256", 256, false },
	{ P256 "000000086e69737470333834"
	       "00000041"
	       "04" X32 X32,
	  ERR_PROTOCOL, "", 0, false },
	{ P256 "000000086e69737470323536"
	       "00000041"
	       "06" X32 X32,
	  ERR_PROTOCOL, "", 0, false },
	{ P256 "000000086e69737470323536"
	       "00000021"
	       "02" X32,
	  ERR_PROTOCOL, "", 0, false },
	{ P256 "000000086e69737470323536"
	       "00000001"
	       "00",
	  ERR_PROTOCOL, "", 0, false },
	{ "0000000b7373682d65643235353139"
	  "00000020" X32,
	  ERR_OK, "ssh-ed25519", 256, false },
	{ "0000000b7373682d65643235353139"
	  "0000001f" X32,
	  ERR_PROTOCOL, "", 0, false },
	{ "0000000b7373682d65643235353139"
	  "00000021" X32 "11",
	  ERR_PROTOCOL, "", 0, false },
};

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(made_up); i++) {
		struct public_key key = { 0 };
		struct buf        blob;

		buf_init(&blob, 1000);
		assert_int_equal(text_hex_decode(&blob, slice_of(made_up[i].blob), NULL), 0);
		if (public_key_parse(buf_slice(&blob), &key, NULL) != made_up[i].code)
			fail_msg("row %zu", i);
		assert_true(slice_is(key.type, made_up[i].type));
		assert_int_equal(key.bits, made_up[i].bits);
		assert_int_equal(key.certificate, made_up[i].certificate);
		buf_free(&blob);
	}
}

static void test_type_maximum(void **state)
{
	char              blob[4 + 65] = { 0 };
	struct public_key key;

	(void)state;
	memset(blob + 4, 'x', 65);
	blob[3] = 64;
	assert_int_equal(public_key_parse((struct slice){ .ptr = blob, .len = 4 + 64 }, &key, NULL), 0);
	blob[3] = 65;
	assert_int_equal(public_key_parse((struct slice){ .ptr = blob, .len = 4 + 65 }, &key, NULL), ERR_PROTOCOL);
}

/* Every certificate of the table is taken apart, every shorter one and every plain key refused. */
static void test_certificates(void **state)
{
	struct slice rest = buf_slice(&rows_text);
	struct row   row;
	size_t       certificates = 0;

	(void)state;
	while (next_row(&rest, &row)) {
		struct public_key_certificate c = { 0 };
		struct slice                  blob = buf_slice(&row.blob);
		bool                          certificate = row.type.len > 21 && slice_is(slice_sub(row.type, row.type.len - 21, 21), "-cert-v01@openssh.com");
		struct public_key             ca;

		assert_int_equal(public_key_parse_certificate(blob, &c, NULL), certificate ? 0 : ERR_PROTOCOL);
		assert_true(public_key_is_on_curve(blob));
		for (size_t len = 0; certificate && len < blob.len; len++)
			assert_int_equal(public_key_parse_certificate(slice_sub(blob, 0, len), &c, NULL), ERR_PROTOCOL);
		if (certificate) {
			assert_int_equal(public_key_parse(c.ca, &ca, NULL), 0);
			assert_true(c.key_id.len > 0 && c.valid_before > c.valid_after);
			certificates++;
		}
		buf_free(&row.blob);
	}
	assert_in_range(certificates, 8, 100);
}

/* As ssh-keygen -l -E md5 has it. */
static void test_md5(void **state)
{
	char       text[FINGERPRINT_MD5_SIZE];
	struct buf blob;

	(void)state;
	buf_init(&blob, 100);
	assert_int_equal(text_hex_decode(&blob, slice_of("0000000b7373682d6564323535313900000020dd58771069365cf10ea7c9cb0fd02a8c3517ec2f1bd8571a8aa2cac7c93a7e58"), NULL), 0);
	assert_true(public_key_fingerprint_md5(buf_slice(&blob), text));
	assert_string_equal(text, "MD5:c8:ac:1c:f8:c5:f9:7f:fc:86:97:a4:96:a3:a1:2e:d8");
	buf_free(&blob);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_ssh_keygen), cmocka_unit_test(test_every_length), cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_table),         cmocka_unit_test(test_type_maximum), cmocka_unit_test(test_certificates), cmocka_unit_test(test_md5),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

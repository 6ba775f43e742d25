/* What a target says of a private key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "private_header.h"

#define BLOB "0000000b7373682d6564323535313900000020dd58771069365cf10ea7c9cb0fd02a8c3517ec2f1bd8571a8aa2cac7c93a7e5800" /* a byte too many */
#define GOOD "0000000b7373682d6564323535313900000020dd58771069365cf10ea7c9cb0fd02a8c3517ec2f1bd8571a8aa2cac7c93a7e58"

static const struct {
	const char            *record;
	int                    code;
	enum private_encrypted encrypted;
	const char            *type, *cipher, *kdf;
	uint64_t               rounds;
	size_t                 blob;
} rows[] = {
	{ " openssh cipher=none kdf=none blob=" GOOD, 0, PRIVATE_CLEAR, NULL, "none", "none", 0, 51 },
	{ " openssh cipher=aes256-ctr kdf=bcrypt rounds=16", 0, PRIVATE_ENCRYPTED, NULL, "aes256-ctr", "bcrypt", 16, 0 },
	{ " openssh", 0, PRIVATE_UNKNOWN, NULL, "", "", 0, 0 },
	{ " pem-rsa cipher=none", 0, PRIVATE_CLEAR, "ssh-rsa", "none", "", 0, 0 },
	{ " pem-rsa cipher=AES-128-CBC", 0, PRIVATE_ENCRYPTED, "ssh-rsa", "AES-128-CBC", "md5", 0, 0 },
	{ " pem-ec cipher=?", 0, PRIVATE_UNKNOWN, NULL, "?", "", 0, 0 },
	{ " pkcs8-encrypted cipher=aes256-cbc kdf=pbkdf2 rounds=2048", 0, PRIVATE_ENCRYPTED, NULL, "aes256-cbc", "pbkdf2", 2048, 0 },
	{ " pkcs8-encrypted", 0, PRIVATE_ENCRYPTED, NULL, "", "", 0, 0 },
	{ " ppk3 cipher=aes256-cbc kdf=Argon2id rounds=13", 0, PRIVATE_ENCRYPTED, NULL, "aes256-cbc", "Argon2id", 13, 0 },
	{ " other", 0, PRIVATE_UNKNOWN, NULL, "", "", 0, 0 },
	{ "", ERR_SYNTAX, 0, NULL, NULL, NULL, 0, 0 },
	{ " rsa", ERR_SYNTAX, 0, NULL, NULL, NULL, 0, 0 },
	{ " openssh cipher=", ERR_SYNTAX, 0, NULL, NULL, NULL, 0, 0 },
	{ " openssh cipher", ERR_SYNTAX, 0, NULL, NULL, NULL, 0, 0 },
	{ " openssh secret=1234", ERR_SYNTAX, 0, NULL, NULL, NULL, 0, 0 },
	{ " openssh rounds=x", ERR_SYNTAX, 0, NULL, NULL, NULL, 0, 0 },
	{ " openssh blob=00x", ERR_SYNTAX, 0, NULL, NULL, NULL, 0, 0 },
	{ " openssh cipher=none blob=" BLOB, ERR_SYNTAX, 0, NULL, NULL, NULL, 0, 0 },
};

static void records_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct arena          arena = { 0 };
		struct private_header h = { 0 };
		struct error          err;

		print_message(" %s\n", rows[i].record);
		assert_int_equal(private_header_parse(slice_of(rows[i].record), &arena, &h, &err), rows[i].code);
		if (rows[i].code == 0) {
			assert_int_equal(h.encrypted, rows[i].encrypted);
			assert_string_equal(h.type ? h.type : "-", rows[i].type ? rows[i].type : "-");
			assert_true(slice_is(h.cipher, rows[i].cipher) && slice_is(h.kdf, rows[i].kdf));
			assert_int_equal(h.rounds, rows[i].rounds);
			assert_int_equal(h.blob.len, rows[i].blob);
		}
		arena_free(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(records_are_read) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

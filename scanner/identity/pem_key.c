#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "pem_key.h"

#define ITERATIONS_MAX  10000000   /* of PBKDF2: some seconds; openssl's own default is 2048 to 600,000 */
#define SCRYPT_WORK_MAX (1u << 24) /* N * r * p: about ten seconds; the usual is 2^17 */

/* What the callback hands to OpenSSL; it was asked for beforehand, so that nothing is ever prompted for from
 * within. */
static int hand_over(char *buffer, int size, int writing, void *context)
{
	const struct passphrase *p = context;

	(void)writing;
	if (!p || size < 0 || p->len > (size_t)size)
		return -1;
	memcpy(buffer, p->text, p->len);
	return (int)p->len;
}

static bool contains(struct slice text, const char *what)
{
	size_t len = strlen(what);

	for (size_t i = 0; i + len <= text.len; i++)
		if (text.ptr[i] == what[0] && memcmp(text.ptr + i, what, len) == 0)
			return true;
	return false;
}

/* --- how much work an encrypted PKCS#8 file asks for --- */

static bool pbkdf2_is_bearable(const X509_ALGOR *algorithm)
{
	PBKDF2PARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), algorithm->parameter);
	int64_t      n = 0;
	bool         good = p && ASN1_INTEGER_get_int64(&n, p->iter) == 1 && n > 0 && n <= ITERATIONS_MAX;

	PBKDF2PARAM_free(p);
	return good;
}

static bool scrypt_is_bearable(const X509_ALGOR *algorithm)
{
	SCRYPT_PARAMS *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS), algorithm->parameter);
	uint64_t       n = 0;
	uint64_t       r = 0;
	uint64_t       parallel = 0;
	bool           good = p && ASN1_INTEGER_get_uint64(&n, p->costParameter) == 1 &&
	            ASN1_INTEGER_get_uint64(&r, p->blockSize) == 1 &&
	            ASN1_INTEGER_get_uint64(&parallel, p->parallelizationParameter) == 1 && n > 0 && r > 0 &&
	            parallel > 0 && n <= SCRYPT_WORK_MAX && r <= SCRYPT_WORK_MAX / n &&
	            parallel <= SCRYPT_WORK_MAX / n / r;

	SCRYPT_PARAMS_free(p);
	return good;
}

static bool pbes2_is_bearable(const X509_ALGOR *algorithm)
{
	PBE2PARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
	int        kdf = p ? OBJ_obj2nid(p->keyfunc->algorithm) : NID_undef;
	bool       good = false;

	if (kdf == NID_id_pbkdf2)
		good = pbkdf2_is_bearable(p->keyfunc);
	else if (kdf == NID_id_scrypt)
		good = scrypt_is_bearable(p->keyfunc);
	PBE2PARAM_free(p);
	return good;
}

/* PBES1 and the PKCS#12 schemes share their parameters: a salt and a number of iterations. */
static bool pbes1_is_bearable(const X509_ALGOR *algorithm)
{
	PBEPARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), algorithm->parameter);
	int64_t   n = 0;
	bool      good = p && ASN1_INTEGER_get_int64(&n, p->iter) == 1 && n > 0 && n <= ITERATIONS_MAX;

	PBEPARAM_free(p);
	return good;
}

static int check_work(X509_SIG *sealed, struct error *err)
{
	const X509_ALGOR *algorithm;
	bool              good;

	X509_SIG_get0(sealed, &algorithm, NULL);
	good = OBJ_obj2nid(algorithm->algorithm) == NID_pbes2 ? pbes2_is_bearable(algorithm)
	                                                      : pbes1_is_bearable(algorithm);
	return good ? 0
	            : error_set(
			      err, ERR_IDENTITY,
			      "is encrypted in a way that is not supported, or that would take too long to open; "
			      "re-encrypt it with: ssh-keygen -p -Z aes256-ctr");
}

/* --- the two ways in --- */

static int why(bool encrypted, struct error *err)
{
	unsigned long e = ERR_peek_last_error();
	int           reason = ERR_GET_REASON(e);

	if (encrypted && !(ERR_GET_LIB(e) == ERR_LIB_PEM && reason == PEM_R_BAD_END_LINE))
		return error_set(err, ERR_IDENTITY,
		                 "cannot be opened: passphrase is wrong, or the file is damaged");
	return error_set(err, ERR_IDENTITY, "is damaged, or of a kind OpenSSL does not know");
}

static int parse_sealed(BIO *bio, const struct passphrase_prompt *prompt, EVP_PKEY **ret_key, struct error *err)
{
	X509_SIG            *sealed = PEM_read_bio_PKCS8(bio, NULL, hand_over, NULL);
	PKCS8_PRIV_KEY_INFO *plain = NULL;
	struct passphrase    passphrase = { 0 };
	int                  r;

	if (!sealed)
		return error_set(err, ERR_IDENTITY, "is damaged: it is not a PKCS#8 file");
	r = check_work(sealed, err);
	if (r == 0)
		r = passphrase_ask(prompt, &passphrase, err);
	if (r == 0) {
		plain = PKCS8_decrypt(sealed, passphrase.text, (int)passphrase.len);
		*ret_key = plain ? EVP_PKCS82PKEY(plain) : NULL;
		if (!*ret_key)
			r = why(!plain, err);
	}
	passphrase_forget(&passphrase);
	PKCS8_PRIV_KEY_INFO_free(plain);
	X509_SIG_free(sealed);
	return r;
}

static int parse_open(BIO *bio, bool encrypted, const struct passphrase_prompt *prompt, EVP_PKEY **ret_key,
                      struct error *err)
{
	struct passphrase passphrase = { 0 };
	int               r = encrypted ? passphrase_ask(prompt, &passphrase, err) : 0;

	if (r == 0) {
		*ret_key = PEM_read_bio_PrivateKey(bio, NULL, hand_over, encrypted ? &passphrase : NULL);
		if (!*ret_key)
			r = why(encrypted, err);
	}
	passphrase_forget(&passphrase);
	return r;
}

int pem_key_parse(struct slice text, const struct passphrase_prompt *prompt, EVP_PKEY **ret_key,
                  struct error *err)
{
	BIO      *bio = text.len <= INT_MAX ? BIO_new_mem_buf(text.ptr, (int)text.len) : NULL;
	EVP_PKEY *key = NULL;
	int       r;

	if (!bio)
		return error_nomem(err);
	if (contains(text, "-----BEGIN ENCRYPTED PRIVATE KEY-----"))
		r = parse_sealed(bio, prompt, &key, err);
	else
		r = parse_open(bio, contains(text, "ENCRYPTED"), prompt, &key, err);
	BIO_free(bio);
	ERR_clear_error();
	if (r == 0)
		*ret_key = key;
	return r;
}

#include "key_mistake.h"

#define PUBLIC_HALF \
	"is the public half of a key; give the private key file (usually the same name without .pub)"

/* How a file begins, blanks skipped, and what that means. The first that fits counts. */
static const struct {
	const char *prefix;
	const char *advice;
} mistakes[] = {
	{ "PuTTY-User-Key-File-", "is a PuTTY key; convert it with: puttygen KEY.ppk -O private-openssh-new -o KEY" },
	{ "SSH PRIVATE KEY FILE FORMAT 1.1",
	  "is a key for SSH version 1, which no server accepts; make a new one: ssh-keygen -t ed25519" },
	{ "---- BEGIN SSH2 PUBLIC KEY ----", PUBLIC_HALF },
	{ "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----",
	  "is in the format of ssh.com; convert it with: ssh-keygen -i -f KEY" },
	{ "-----BEGIN PUBLIC KEY-----", PUBLIC_HALF },
	{ "-----BEGIN RSA PUBLIC KEY-----", PUBLIC_HALF },
	{ "-----BEGIN CERTIFICATE-----", "is a certificate, not a private key" },
	{ "-----BEGIN DSA PRIVATE KEY-----",
	  "is a DSA key, which servers no longer accept; make a new one: ssh-keygen -t ed25519" },
	{ "-----BEGIN SSH SIGNATURE-----", "is a signature, not a private key" },
	{ "ssh-", PUBLIC_HALF },
	{ "ecdsa-sha2-", PUBLIC_HALF },
	{ "sk-ssh-", PUBLIC_HALF },
	{ "sk-ecdsa-", PUBLIC_HALF },
};

static const char certificate[] = "-cert-v01@openssh.com";

/* True when some line begins with the words every PEM block begins with. */
static bool has_begin_line(struct slice text)
{
	struct slice line;

	while (slice_next_line(&text, &line, NULL))
		if (slice_has_prefix(slice_trim(line), "-----BEGIN "))
			return true;
	return false;
}

int key_mistake_check(struct slice text, struct error *err)
{
	struct slice trimmed = slice_trim(text);
	struct slice rest = trimmed;
	struct slice word = { 0 };

	if (trimmed.len == 0)
		return error_set(err, ERR_IDENTITY, "is empty");
	if (slice_next_word(&rest, &word) && slice_has_suffix(word, certificate))
		return error_set(err, ERR_IDENTITY,
		                 "is a certificate; certificates are not supported, give the private key file");
	for (size_t i = 0; i < countof(mistakes); i++)
		if (slice_has_prefix(trimmed, mistakes[i].prefix))
			return error_set(err, ERR_IDENTITY, "%s", mistakes[i].advice);
	if (has_begin_line(text))
		return 0;
	if ((unsigned char)trimmed.ptr[0] == 0x30)
		return error_set(
			err, ERR_IDENTITY,
			"is binary (DER or PKCS#12); convert it to PEM with: openssl pkey -inform DER -in KEY -out KEY.pem");
	return error_set(err, ERR_IDENTITY,
	                 "is not a private key: it has no line that begins with '-----BEGIN'");
}

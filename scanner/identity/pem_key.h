/*
 * pem_key.h: private keys in PEM as OpenSSL writes them: PKCS#8, PKCS#1 and SEC 1, encrypted or not.
 */
#ifndef SSHVET_PEM_KEY_H
#define SSHVET_PEM_KEY_H

#include <openssl/evp.h>

#include "passphrase.h"

/*
 * Parse, asking for the passphrase when the key is encrypted. An encryption whose key derivation would take
 * minutes is refused unasked. The caller owns `*ret_key` (EVP_PKEY_free()). ERR_IDENTITY, ERR_NOMEM.
 */
int pem_key_parse(struct slice text, const struct passphrase_prompt *prompt, EVP_PKEY **ret_key,
                  struct error *err) MUST_USE;

#endif

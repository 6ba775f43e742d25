/*
 * passphrase.h: asking for the passphrase of one key file.
 */
#ifndef SSHVET_PASSPHRASE_H
#define SSHVET_PASSPHRASE_H

#include "identity.h"

/* Where the passphrase of a key comes from. */
struct passphrase_prompt {
	const char        *key_path; /* what to call the key */
	passphrase_source *source;   /* NULL when there is none */
	void              *context;  /* for `source` */
};

#define PASSPHRASE_SIZE 1024

/* A passphrase, NUL-terminated; ERR_IDENTITY when there is none. Whoever has it cleanses it
 * (passphrase_forget()). */
struct passphrase {
	char   text[PASSPHRASE_SIZE];
	size_t len;
};

int  passphrase_ask(const struct passphrase_prompt *prompt, struct passphrase *ret_passphrase,
                    struct error *err) MUST_USE;
void passphrase_forget(struct passphrase *p);

#endif

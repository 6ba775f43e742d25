/*
 * key_accounts.h: the files of all accounts that their keys and logins depend on, and what sshd makes of them.
 */
#ifndef SSHVET_KEY_ACCOUNTS_H
#define SSHVET_KEY_ACCOUNTS_H

#include "key_access.h"

/* Add items to the tables keys.files and keys.strict_modes. ERR_NOMEM, ERR_TOO_BIG. */
int key_accounts_add(struct key_world *world, cJSON *files, cJSON *strict_modes, struct error *err) MUST_USE;

#endif

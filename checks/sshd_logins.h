/*
 * sshd_logins.h: who can log in: the accounts of a target held against what sshd's configuration says of each.
 */
#ifndef SSHVET_SSHD_LOGINS_H
#define SSHVET_SSHD_LOGINS_H

#include "accounts.h"
#include "sshd_reading.h"

#define SSHD_LOGINS_MAX 2000 /* rows; what is over is left out */

/*
 * Append to a table what each account can do: for connections no further Match block applies to, and for each combination of blocks about
 * anything but accounts that makes a difference. `prefix` goes before the subjects. `*ret_hidden` is set when accounts without a shell were left out
 * though nobody knows whether they have a password. ERR_NOMEM, ERR_TOO_BIG.
 */
int sshd_logins_add(cJSON *table, const struct reading *reading, const char *prefix, const struct accounts *accounts, bool *ret_hidden, struct error *err) MUST_USE;

#endif

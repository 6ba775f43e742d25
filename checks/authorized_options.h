/*
 * authorized_options.h: the options before a key in authorized_keys, read in the order and with the laxity of sshd.
 */
#ifndef SSHVET_AUTHORIZED_OPTIONS_H
#define SSHVET_AUTHORIZED_OPTIONS_H

#include "authorized_keys.h"

/*
 * Read the options at the front of a text that ends with the key they belong to. Sets key->why when sshd would refuse the line for them.
 * ERR_NOMEM only.
 */
int authorized_options_parse(struct slice text, const struct authorized_clock *clock, struct arena *arena, struct authorized_key *key,
                             struct error *err) MUST_USE;

#endif

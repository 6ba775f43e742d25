/*
 * network.h: networks in CIDR form, 192.0.2.0/24 or 2001:db8::/32. Internal to this folder.
 */
#ifndef SSHVET_NETWORK_H
#define SSHVET_NETWORK_H

#include "base.h"

struct network {
	unsigned char bytes[16];
	unsigned      size; /* of the address: 4 or 16 */
	unsigned      bits;
};

/* An address without a slash is a network of one. False when it is neither, or has bits behind the prefix. */
bool network_parse(const char *text, struct network *ret_network) MUST_USE;

/* True when every address of `a` is in `b`; never when they are of different families. */
bool network_is_within(const struct network *a, const struct network *b) MUST_USE;

#endif

/*
 * cidr.h: networks in CIDR form, 192.0.2.0/24 or 2001:db8::/32. Internal to this folder.
 */
#ifndef SSHVET_CIDR_H
#define SSHVET_CIDR_H

#include "base.h"

struct cidr {
	unsigned char bytes[16];
	unsigned      size; /* of the address: 4 or 16 */
	unsigned      bits;
};

/* An address without a slash is a network of one. False when it is neither, or has bits behind the prefix. */
bool cidr_parse(const char *text, struct cidr *ret_cidr) MUST_USE;

/* True when every address of `a` is in `b`; never when they are of different families. */
bool cidr_is_within(const struct cidr *a, const struct cidr *b) MUST_USE;

#endif

/*
 * network.h: a network in place of a target, 192.0.2.0/24, as the texts of its addresses. Inside the inventory part only.
 */
#ifndef SSHVET_NETWORK_H
#define SSHVET_NETWORK_H

#include "error.h"
#include "slice.h"

#define NETWORK_HOST_BITS 16u /* 65,536 addresses at most: a slip of the pen must not become the Internet */

struct network {
	struct slice  before; /* "user@", may be empty */
	struct slice  after;  /* ":port", may be empty */
	int           family; /* AF_INET or AF_INET6 */
	unsigned char first[16];
	unsigned      count; /* addresses */
};

/*
 * True when the text is a numeric address, a slash and more: [user@]192.0.2.0/24[:port], [user@]2001:db8::/120. Then either `*ret_network`
 * is set, or `err` with ERR_USAGE: digits that are no length, a network that is too large, bits set that belong to hosts.
 */
bool network_parse(struct slice text, struct network *ret_network, struct error *err) MUST_USE;

/* The text of address number `i` < count as a target; it fits 2 * INET6_ADDRSTRLEN and the parts around it. */
void network_target(const struct network *n, unsigned i, char *dst, size_t size);

#endif

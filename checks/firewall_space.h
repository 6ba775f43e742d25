/*
 * firewall_space.h: sets of addresses, exact, as ranges in order.
 *
 * Numbers have 128 bits, so that an address of either family, a port or a mark is one; IPv4 addresses are the low 32 bits. Sets never
 * change once made: what is made of two sets is a third one in the same pool, and all of them are released together.
 */
#ifndef SSHVET_FIREWALL_SPACE_H
#define SSHVET_FIREWALL_SPACE_H

#include "arena.h"
#include "slice.h"

enum firewall_family {
	FIREWALL_IPV4 = 1,
	FIREWALL_IPV6 = 2,
	FIREWALL_BOTH = FIREWALL_IPV4 | FIREWALL_IPV6,
};

struct firewall_number {
	uint64_t hi, lo;
};

/* Both ends included. */
struct firewall_range {
	struct firewall_number low, high;
};

struct firewall_space {
	size_t                count;
	uint64_t              hash;     /* of the ranges: equal sets have equal hashes */
	struct firewall_range ranges[]; /* in order, apart from each other */
};

/* Where sets live: what may still be made is counted, so that a ruleset built to explode ends. */
struct firewall_pool {
	struct arena arena;
	size_t       left; /* bytes */
};

/* Memory set to zero, NULL when the pool or the memory is exhausted. */
void *firewall_pool_alloc(struct firewall_pool *pool, size_t size) MUST_USE;

struct firewall_number firewall_number_of(uint64_t value) MUST_USE;

/* Less than, equal to or greater than zero. */
int firewall_number_compare(struct firewall_number a, struct firewall_number b) MUST_USE;

bool firewall_range_has(struct firewall_range range, struct firewall_number n) MUST_USE;
bool firewall_range_is_one(struct firewall_range range) MUST_USE;

/* The ranges in any order, which are put in order where they are. NULL when the pool is exhausted; so for all that follow. */
const struct firewall_space *firewall_space_of(struct firewall_pool *pool, struct firewall_range *ranges, size_t count) MUST_USE;

/* What both have; what `a` has and `b` has not; what either has. `a` itself is given where nothing changes. */
const struct firewall_space *firewall_space_intersect(struct firewall_pool *pool, const struct firewall_space *a, const struct firewall_space *b) MUST_USE;
const struct firewall_space *firewall_space_subtract(struct firewall_pool *pool, const struct firewall_space *a, const struct firewall_space *b) MUST_USE;
const struct firewall_space *firewall_space_unite(struct firewall_pool *pool, const struct firewall_space *a, const struct firewall_space *b) MUST_USE;

bool firewall_space_equal(const struct firewall_space *a, const struct firewall_space *b) MUST_USE;
bool firewall_space_has(const struct firewall_space *space, struct firewall_number n) MUST_USE;

/* The share of all addresses of the family that is in the set, from 0 to 1. */
double firewall_space_share(const struct firewall_space *space, enum firewall_family family) MUST_USE;

/* An address, "192.0.2.1" or "2001:db8::1". False when it is none. */
bool firewall_address_parse(struct slice text, enum firewall_family *ret_family, struct firewall_number *ret_number) MUST_USE;

/* The addresses whose first `bits` bits are those of `n`. */
struct firewall_range firewall_range_of_prefix(struct firewall_number n, enum firewall_family family, unsigned bits) MUST_USE;

/* "192.0.2.0/24", "192.0.2.0/255.255.255.0" or "192.0.2.1". False when it is none, or its mask is no prefix. */
bool firewall_prefix_parse(struct slice text, enum firewall_family *ret_family, struct firewall_range *ret_range) MUST_USE;

/*
 * The first network in CIDR form that is all of `range` from its beginning on, as text, and `*range` without it. `text` has room for 64 bytes.
 * False once nothing is left.
 */
bool firewall_range_next_prefix(struct firewall_range *range, enum firewall_family family, bool *more, char *text);

#endif

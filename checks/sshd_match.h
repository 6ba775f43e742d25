/*
 * sshd_match.h: patterns, networks and the criteria of Match lines, as sshd compares them.
 */
#ifndef SSHVET_SSHD_MATCH_H
#define SSHVET_SSHD_MATCH_H

#include "arena.h"
#include "sshd_words.h"

/* What sshd knows of a connection when it looks at Match lines. A slice without bytes and without address is not known, and matches nothing. */
struct sshd_connection {
	struct slice        user;
	struct slice        host; /* the client's name, or its address where names are not looked up */
	struct slice        address;
	struct slice        local_address;
	struct slice        rdomain;
	unsigned            local_port; /* 0 when not known */
	bool                user_exists;
	const struct slice *groups; /* names of the groups the user is in */
	size_t              ngroups;
};

/* A comma-separated list of patterns, `!` negates one. 1: one matches and no negated one does; -1: a negated one matches; 0: none does.
 * `fold` makes the patterns lower case; the text is to be so already. */
int sshd_match_list(struct slice text, struct slice patterns, bool fold) MUST_USE;

/* An address with the number of bits that count. */
struct sshd_net {
	unsigned char bytes[16]; /* in network order; the first four for IPv4 */
	unsigned      size;      /* bytes: 4 or 16 */
	unsigned      bits;
};

/* 1: an address, or a network; 0: neither; ERR_SYNTAX: a network with bits set outside its mask, or too wide a mask, which sshd refuses. */
int sshd_net_parse(struct slice text, struct sshd_net *ret_net) MUST_USE;

/* True when every address of `inner` is in `outer`; true when some address is in both. */
bool sshd_net_contains(const struct sshd_net *outer, const struct sshd_net *inner) MUST_USE;
bool sshd_net_overlaps(const struct sshd_net *a, const struct sshd_net *b) MUST_USE;

/* A list of networks and of patterns of addresses in writing. 1, -1, 0 as sshd_match_list(); ERR_SYNTAX when sshd refuses the list. */
#define SSHD_MATCH_REFUSED (-2)
int sshd_match_address(struct slice address, struct slice list) MUST_USE;

enum sshd_attribute {
	SSHD_MATCH_USER = 1,
	SSHD_MATCH_GROUP,
	SSHD_MATCH_HOST,
	SSHD_MATCH_ADDRESS,
	SSHD_MATCH_LOCALADDRESS,
	SSHD_MATCH_LOCALPORT,
	SSHD_MATCH_RDOMAIN,
	SSHD_MATCH_VERSION,
	SSHD_MATCH_INVALID_USER,
	SSHD_MATCH_ALL,
};

struct sshd_criterion {
	enum sshd_attribute attribute;
	struct slice        patterns; /* empty for INVALID_USER and ALL */
	unsigned            port;     /* of LOCALPORT */
};

/* One Match line: all of them must hold. */
struct sshd_criteria {
	struct sshd_criterion *items; /* in the arena */
	size_t                 nitems;
	bool                   refused; /* sshd does not accept the line, or nobody knows what it means */
};

/* Take a Match line apart. A line that is not understood is `refused`, with no items. ERR_NOMEM only. */
int sshd_criteria_parse(sshd_release release, struct slice line, struct arena *arena, struct sshd_criteria *ret_criteria, struct error *err) MUST_USE;

/* Whether a connection satisfies a criterion, where the server is `version` ("OpenSSH_10.0p2"; empty when not known). */
bool sshd_criterion_holds(const struct sshd_criterion *criterion, const struct sshd_connection *connection, struct slice version) MUST_USE;

/* What one criterion says about another, for every connection. "May" is the answer when in doubt. */
enum sshd_relation {
	SSHD_MAY = 0,
	SSHD_CERTAIN, /* a connection that satisfies `given` satisfies `other` */
	SSHD_NEVER,   /* … does not */
};
enum sshd_relation sshd_criterion_relation(const struct sshd_criterion *given, const struct sshd_criterion *other) MUST_USE;

#endif

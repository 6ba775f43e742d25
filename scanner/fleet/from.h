/*
 * from.h: whether the option from= of a key lets a client in.
 */
#ifndef SSHVET_FROM_H
#define SSHVET_FROM_H

#include "base.h"

enum from_verdict {
	FROM_UNKNOWN = 0, /* a name in the list, or no address of the client: it may be let in */
	FROM_ALLOWED,
	FROM_REFUSED,
};

/*
 * What sshd makes of a list of patterns (match_host_and_ip() in its match.c) for a client of which only the address is known; "" for
 * one that is not. sshd compares names only where UseDNS makes it look them up, and what they resolve to there cannot be told here.
 */
enum from_verdict from_judge(const char *patterns, const char *address) MUST_USE;

#endif

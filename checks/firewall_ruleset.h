/*
 * firewall_ruleset.h: what a packet filter does by default with a new packet that no specific rule is about.
 *
 * A ruleset is reduced to what decides that: chains of rules that match everything, something narrow (a port, an
 * address, an established connection), or something that may be broad. Narrow rules are passed over. A broad or unknown one may
 * or may not decide, so the answer is the set of what may happen; only a set in which nothing but dropping and rejecting is left
 * means closed.
 */
#ifndef SSHVET_FIREWALL_RULESET_H
#define SSHVET_FIREWALL_RULESET_H

#include "error.h"
#include "slice.h"

enum firewall_family {
	FIREWALL_IPV4 = 1,
	FIREWALL_IPV6 = 2,
	FIREWALL_BOTH = FIREWALL_IPV4 | FIREWALL_IPV6,
};

/* What may happen to a packet; a set of them is what a chain may do. */
enum firewall_outcome {
	FIREWALL_ACCEPT = 1,
	FIREWALL_DROP = 2,
	FIREWALL_REJECT = 4,
	FIREWALL_FALL = 8,     /* the end of the chain, or a return */
	FIREWALL_UNKNOWN = 16, /* something not understood */
};

enum firewall_match {
	FIREWALL_MATCH_ALL = 1,
	FIREWALL_MATCH_BROAD, /* may match most packets, or is not understood */
	FIREWALL_MATCH_NARROW,
};

enum firewall_action {
	FIREWALL_NOTHING = 1, /* counts, logs, marks */
	FIREWALL_DECIDE,      /* one of the outcomes */
	FIREWALL_JUMP,
	FIREWALL_GOTO,
};

struct firewall_rule {
	enum firewall_match   match;
	enum firewall_action  action;
	enum firewall_outcome outcome;  /* for FIREWALL_DECIDE */
	unsigned              families; /* of enum firewall_family: what it can match at all */
	size_t                target;   /* for a jump: the chain, SIZE_MAX when there is none of that name */
	size_t                next;     /* the next rule of the chain, SIZE_MAX at the end */
};

struct firewall_chain {
	struct slice          backend; /* "iptables" or "" for where */
	struct slice          family;  /* "inet", "ip", "ip6" */
	struct slice          table;
	struct slice          name;
	unsigned              families; /* of enum firewall_family */
	bool                  input;    /* filters packets for this host: a base chain of type filter on hook input */
	enum firewall_outcome policy;
	size_t                first; /* rules; SIZE_MAX when it has none */
	size_t                last;
	size_t                next;     /* the next chain with the same hash */
	unsigned              settled;  /* while evaluating: 0 not yet, 1 being looked at, 2 done */
	unsigned              outcomes; /* once done: of enum firewall_outcome */
};

#define FIREWALL_HASH 1024

/* Chains and rules; the slices belong to whoever parsed them and must outlive it. */
struct firewall_ruleset {
	struct firewall_chain *chains;
	size_t                 nchains, chains_size;
	struct firewall_rule  *rules;
	size_t                 nrules, rules_size;
	size_t                 hash[FIREWALL_HASH];
};

void firewall_ruleset_init(struct firewall_ruleset *set);
void firewall_ruleset_fini(struct firewall_ruleset *set);

/* The chain of that family, table and name, SIZE_MAX when there is none. */
size_t firewall_ruleset_find(const struct firewall_ruleset *set, struct slice backend, struct slice family, struct slice table,
                             struct slice name) MUST_USE;

/* Add a chain without rules, whose number is *ret_chain. ERR_NOMEM, ERR_TOO_BIG. */
int firewall_ruleset_add_chain(struct firewall_ruleset *set, const struct firewall_chain *chain, size_t *ret_chain, struct error *err) MUST_USE;

/* Append a rule to a chain. ERR_NOMEM, ERR_TOO_BIG. */
int firewall_ruleset_add_rule(struct firewall_ruleset *set, size_t chain, const struct firewall_rule *rule, struct error *err) MUST_USE;

/* What all input chains together do by default. */
struct firewall_verdict {
	const char *verdict; /* "drop", "reject", "accept", "undecided" */
	size_t      chain;   /* the one that decides, SIZE_MAX when no chain filters input of this family */
};
struct firewall_verdict firewall_ruleset_verdict(struct firewall_ruleset *set, enum firewall_family family) MUST_USE;

/* True when some input chain has a rule or closes by policy: a filter is in force, whatever it does. */
bool firewall_ruleset_is_active(const struct firewall_ruleset *set) MUST_USE;

#endif

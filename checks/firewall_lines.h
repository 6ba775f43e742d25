/*
 * firewall_lines.h: rules as texts, chain by chain, for telling whether two rulesets are the same.
 *
 * What means the same is made to read the same where that is certain: without counters and comments, in one order where the order is of no
 * account, and without what is the default. What rules do is not looked at (firewall_model.h).
 */
#ifndef SSHVET_FIREWALL_LINES_H
#define SSHVET_FIREWALL_LINES_H

#include "arena.h"
#include "error.h"
#include "firewall_space.h"
#include "slice.h"

#define FIREWALL_LINES_HASH 1024

struct firewall_lines_chain {
	const char  *name;  /* "iptables filter INPUT", "inet filter input", "inet filter set addresses" */
	const char  *table; /* the part of the name before the last word or two */
	const char  *head;  /* of chains that the kernel calls: policy, and for nftables type, hook and priority; else "" */
	const char **rules;
	size_t       nrules, room;
	size_t       bucket_next; /* index + 1 */
};

struct firewall_lines {
	struct arena                 arena;
	struct firewall_lines_chain *chains;
	size_t                       nchains, room;
	size_t                       buckets[FIREWALL_LINES_HASH]; /* index + 1 */
};

void firewall_lines_fini(struct firewall_lines *lines);

/* The chain of that name; NULL when there is none. */
struct firewall_lines_chain *firewall_lines_find(const struct firewall_lines *lines, const char *name) MUST_USE;

/* The chain "TABLE WORDS", made when it is not there. Valid until the next one is made; NULL when memory is exhausted. */
struct firewall_lines_chain *firewall_lines_chain(struct firewall_lines *lines, const char *table, const char *words) MUST_USE;

/* Append a rule to a chain. ERR_NOMEM. */
int firewall_lines_add(struct firewall_lines *lines, struct firewall_lines_chain *chain, struct slice text, struct error *err) MUST_USE;

/*
 * Add what iptables-restore would load, or what iptables-save prints. A chain that is declared again is emptied, as iptables-restore -n does.
 * ERR_SYNTAX when it is not understood; ERR_NOMEM.
 */
int firewall_lines_iptables(struct firewall_lines *lines, struct slice text, enum firewall_family family, struct error *err) MUST_USE;

/* Append one rule, "-A INPUT …", to a chain that is there, of `table` ("filter"). ERR_SYNTAX when it is not; ERR_NOMEM. */
int firewall_lines_iptables_rule(struct firewall_lines *lines, enum firewall_family family, const char *table, const char *line, struct error *err) MUST_USE;

/* Add what nft -f would load, of a file that declares tables, or what nft prints. ERR_SYNTAX when it has something else; ERR_NOMEM. */
int firewall_lines_nft(struct firewall_lines *lines, struct slice text, struct error *err) MUST_USE;

#endif

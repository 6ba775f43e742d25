/*
 * firewall_nft.h: nftables' own account of its rules, `nft -j list ruleset`.
 */
#ifndef SSHVET_FIREWALL_NFT_H
#define SSHVET_FIREWALL_NFT_H

#include <cjson/cJSON.h>

#include "firewall_ruleset.h"

/* What else is known about the tables. */
struct firewall_nft_context {
	struct slice tables; /* lines "table FAMILY NAME {" and below each "flags …": nft -j does not always say that a table is dormant */
	unsigned     skip;   /* of enum firewall_family: the table `filter` of these families is read with iptables-save */
};

/* What was seen besides chains and rules. */
struct firewall_nft_seen {
	bool tables;     /* any table at all */
	bool translated; /* tables with the names and chains of iptables */
	bool native;     /* other tables */
	bool firewalld;  /* firewalld's table */
};

/*
 * Add the chains and rules to a ruleset. `root` must outlive it. ERR_SYNTAX when it is not what nft prints, or when a table is not in the context's
 * list; ERR_TOO_BIG; ERR_NOMEM.
 */
int firewall_nft_parse(struct firewall_ruleset *set, const cJSON *root, const struct firewall_nft_context *context,
                       struct firewall_nft_seen *ret_seen, struct error *err) MUST_USE;

#endif

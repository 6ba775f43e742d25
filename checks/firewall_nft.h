/*
 * firewall_nft.h: nftables' own account of its rules, `nft -j list ruleset`.
 */
#ifndef SSHVET_FIREWALL_NFT_H
#define SSHVET_FIREWALL_NFT_H

#include "firewall_model.h"

/* What else is known about the tables. */
struct firewall_nft_context {
	/* Lines `table FAMILY NAME {`, below each `flags …` and, of chains on the hook ingress, `chain NAME {` and `type … device …`: nft -j does not
	 * always say that a table is dormant, or which device a chain is for. */
	struct slice tables;
	/* What iptables-save and ip6tables-save say of the same tables, which are then read there; empty when they said nothing. */
	struct slice saved[2];
};

/* What was seen besides chains and rules. */
struct firewall_nft_seen {
	bool tables;     /* any table at all */
	bool translated; /* tables with the names and chains of iptables */
	bool native;     /* other tables */
	bool firewalld;  /* firewalld's table */
	bool bridge;     /* rules for bridges */
};

/*
 * Add the chains and rules to a model. ERR_SYNTAX when it is not what nft prints, or when a table is not in the context's
 * list; ERR_TOO_BIG; ERR_NOMEM.
 */
int firewall_nft_parse(struct firewall_model *model, struct slice json, const struct firewall_nft_context *context,
                       struct firewall_nft_seen *ret_seen, struct error *err) MUST_USE;

#endif

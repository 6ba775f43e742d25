/*
 * firewall_iptables_private.h: what the parts of the reader of iptables-save share: lines (firewall_iptables.c), matches (firewall_iptables_match.c) and
 * targets (firewall_iptables_target.c).
 */
#ifndef SSHVET_FIREWALL_IPTABLES_PRIVATE_H
#define SSHVET_FIREWALL_IPTABLES_PRIVATE_H

#include "firewall_iptables.h"

#define IPTABLES_VALUES 4

/* "! --ctstate NEW": an option and its values, without quotes. */
struct iptables_option {
	struct slice name;
	bool         negated;
	size_t       nvalues;
	struct slice values[IPTABLES_VALUES];
	struct slice text; /* all of it as it was printed */
};

/* A rule while it is read. */
struct iptables_rule {
	struct firewall_model *model;
	enum firewall_family   family;
	bool                   legacy;
	struct slice           backend; /* "iptables" or "ip6tables" */
	struct slice           table;
};

/* A module that was named by -m, and its options. */
struct iptables_match {
	struct slice                  module;
	const struct iptables_option *options;
	size_t                        noptions;
	struct slice                  text; /* from its name on */
};

/* The option of that name, NULL when it is not there. */
const struct iptables_option *iptables_find(const struct iptables_match *match, const char *name) MUST_USE;

/* -p, -s, -d, -i, -o, -f. */
int iptables_read_plain(const struct iptables_rule *rule, const struct iptables_option *option, struct error *err) MUST_USE;
int iptables_read_match(const struct iptables_rule *rule, const struct iptables_match *match, struct error *err) MUST_USE;

/* -j or -g, and the options behind it. */
int iptables_read_target(const struct iptables_rule *rule, struct slice name, bool is_goto, const struct iptables_match *options, struct error *err) MUST_USE;

/* "0x10" or "16". */
bool iptables_number(struct slice text, uint32_t *ret_value) MUST_USE;

/* "0x10/0xff"; without a mask all bits count. */
bool iptables_masked(struct slice text, uint32_t *ret_value, uint32_t *ret_mask) MUST_USE;

#endif

/*
 * firewall_iptables.h: the rules as iptables-save and ip6tables-save print them.
 */
#ifndef SSHVET_FIREWALL_IPTABLES_H
#define SSHVET_FIREWALL_IPTABLES_H

#include "firewall_ruleset.h"

/*
 * Add the chains and rules of the table `filter` to a ruleset; `text` must outlive it. No such table is no failure. ERR_SYNTAX when it is not what
 * iptables-save prints, or breaks off; ERR_TOO_BIG; ERR_NOMEM.
 */
int firewall_iptables_parse(struct firewall_ruleset *set, struct slice text, enum firewall_family family, struct error *err) MUST_USE;

#endif

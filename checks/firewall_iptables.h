/*
 * firewall_iptables.h: the rules as iptables-save and ip6tables-save print them.
 */
#ifndef SSHVET_FIREWALL_IPTABLES_H
#define SSHVET_FIREWALL_IPTABLES_H

#include "firewall_model.h"

/*
 * Add the chains and rules of all tables to a model, whose sets of ipset must be there already. `legacy`: they are not nf_tables underneath.
 * ERR_SYNTAX when it is not what iptables-save prints, or breaks off; ERR_TOO_BIG; ERR_NOMEM.
 */
int firewall_iptables_parse(struct firewall_model *model, struct slice text, enum firewall_family family, bool legacy, struct error *err) MUST_USE;

#endif

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

/*
 * Take the next word of a rule off its line, without its quotes; `*ret_quoted` tells whether it had some. A backslash takes the next byte as it is, and stays.
 * False at the end.
 */
bool firewall_iptables_next_word(struct slice *rest, struct slice *ret_word, bool *ret_quoted) MUST_USE;

#endif

/*
 * firewall_ipset.h: sets of ipset, as `ipset save` prints them.
 */
#ifndef SSHVET_FIREWALL_IPSET_H
#define SSHVET_FIREWALL_IPSET_H

#include "firewall_model.h"

/* Add every set to a model, as family "ipset". A set of a kind that is not understood is opaque. ERR_SYNTAX, ERR_TOO_BIG, ERR_NOMEM. */
int firewall_ipset_parse(struct firewall_model *model, struct slice text, struct error *err) MUST_USE;

#endif

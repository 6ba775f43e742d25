/*
 * firewall_zones.h: firewalld's zones, as its files have them (firewalld.zone(5)).
 */
#ifndef SSHVET_FIREWALL_ZONES_H
#define SSHVET_FIREWALL_ZONES_H

#include "evidence.h"
#include "fact.h"

/* Facts `zones` and `default_zone`; nothing where firewalld does not run. A file that is no zone is listed as unavailable. */
int firewall_zones_add(cJSON *module, const struct evidence *ev, struct error *err) MUST_USE;

#endif

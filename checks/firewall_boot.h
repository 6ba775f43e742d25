/*
 * firewall_boot.h: who manages the rules, and what of them is there after the next start.
 */
#ifndef SSHVET_FIREWALL_BOOT_H
#define SSHVET_FIREWALL_BOOT_H

#include "evidence.h"
#include "fact.h"
#include "firewall_model.h"

/*
 * Facts `manager`, `managers`, `conflicts`, `boot_units`, `persistent`, `live_differs` and those about ufw. `firewalld` says that its table is loaded. The model is what is
 * live.
 */
int firewall_boot_add(cJSON *module, const struct evidence *ev, const struct firewall_model *live, bool firewalld, struct error *err) MUST_USE;

#endif

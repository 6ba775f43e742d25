/*
 * firewall_stored.h: whether what would be loaded at boot is what is live.
 */
#ifndef SSHVET_FIREWALL_STORED_H
#define SSHVET_FIREWALL_STORED_H

#include <cjson/cJSON.h>

#include "evidence.h"
#include "firewall_model.h"

/* Who loads rules at boot. */
struct firewall_stored {
	bool firewalld, ufw, nftables, iptables;
};

/*
 * Add firewall.live_differs: how the files of those who load rules differ from what is live. An empty list is given only when all of them were
 * understood; what is not makes the fact unavailable (unsupported), where no difference is certain. ERR_NOMEM only.
 */
int firewall_stored_add(cJSON *module, const struct evidence *ev, const struct firewall_model *live, const struct firewall_stored *who, struct error *err) MUST_USE;

#endif

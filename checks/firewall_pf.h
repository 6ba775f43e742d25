/*
 * firewall_pf.h: the packet filter of BSDs, as far as its default: pf.conf(5). Untested against a real one.
 */
#ifndef SSHVET_FIREWALL_PF_H
#define SSHVET_FIREWALL_PF_H

#include "evidence.h"
#include "fact.h"

/*
 * Facts `backends`, `active` and `input_default` from sections firewall.pf_info and firewall.pf. Only rules about everything count: the last of them decides, unless one says
 * `quick`. Fails with ERR_NOMEM only; what is not there is listed as unavailable.
 */
int firewall_pf_add(cJSON *module, const struct evidence *ev, struct error *err) MUST_USE;

#endif

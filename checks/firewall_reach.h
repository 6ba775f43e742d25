/*
 * firewall_reach.h: the facts about each port on which something listens, or which is sent elsewhere.
 */
#ifndef SSHVET_FIREWALL_REACH_H
#define SSHVET_FIREWALL_REACH_H

#include <cjson/cJSON.h>

#include "firewall_eval.h"

/* Fact `reachable`: one item for each protocol, port and family. */
int firewall_reach_add(cJSON *module, struct firewall_evaluator *evaluator, struct error *err) MUST_USE;

/* One item of `input_default`: what becomes of a packet to a port no rule is about. */
int firewall_reach_add_default(cJSON *module, cJSON *table, struct firewall_evaluator *evaluator, enum firewall_family family, struct error *err) MUST_USE;

#endif

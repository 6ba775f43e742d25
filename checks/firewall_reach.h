/*
 * firewall_reach.h: the facts about each port on which something listens, or which is sent elsewhere.
 */
#ifndef SSHVET_FIREWALL_REACH_H
#define SSHVET_FIREWALL_REACH_H

#include <cjson/cJSON.h>

#include "firewall_eval.h"

/* Whether it is the SSH daemon that listens. */
bool firewall_is_ssh(const struct firewall_listener *listener) MUST_USE;

/* Fact `reachable`: one item for each protocol, port and family. */
int firewall_reach_add(cJSON *module, struct firewall_evaluator *evaluator, struct error *err) MUST_USE;

#endif

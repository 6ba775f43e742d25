/*
 * firewall_default.h: what becomes of packets that no rule is about in particular.
 */
#ifndef SSHVET_FIREWALL_DEFAULT_H
#define SSHVET_FIREWALL_DEFAULT_H

#include <cjson/cJSON.h>

#include "firewall_eval.h"

/* Facts `input_default`, `forward_default`, `output_default`, `loopback_guard` and `established_rule`: an item for each family of enum firewall_family. */
int firewall_default_add(cJSON *module, struct firewall_evaluator *evaluator, unsigned families, struct error *err) MUST_USE;

#endif

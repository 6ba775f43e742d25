/*
 * firewall_outcome.h: from the parts of a packet that get in to what is said of it: open, restricted, closed or undecided.
 */
#ifndef SSHVET_FIREWALL_OUTCOME_H
#define SSHVET_FIREWALL_OUTCOME_H

#include <cjson/cJSON.h>

#include "buf.h"
#include "firewall_eval.h"

enum firewall_outcome {
	FIREWALL_UNKNOWN_OUTCOME = 0,
	FIREWALL_OPEN,
	FIREWALL_RESTRICTED,
	FIREWALL_CLOSED,
	FIREWALL_UNDECIDED_OUTCOME,
};

const char *firewall_outcome_name(enum firewall_outcome outcome) MUST_USE;

/*
 * What a result comes to. Its accepted parts are put into the simplest form, and what every honest packet fulfils is left out of their conditions. When a condition that
 * nobody understands is left, the outcome is undecided and the result's construct says which.
 */
enum firewall_outcome firewall_outcome_of(struct firewall_evaluator *evaluator, const struct firewall_probe *probe, struct firewall_result *result) MUST_USE;

/* Members `outcome`, `conditions`, `decided_by`, and `construct` when it is undecided. */
int firewall_outcome_add(cJSON *item, struct firewall_evaluator *evaluator, const struct firewall_probe *probe, struct firewall_result *result,
                         enum firewall_outcome outcome, struct error *err) MUST_USE;

/* "inet filter input handle 7", "iptables filter INPUT rule 3", "inet filter input policy drop". */
int firewall_outcome_where(struct buf *out, const struct firewall_model *model, uint32_t chain, uint32_t rule, struct error *err) MUST_USE;

/* What decides: the rule that lets most of it in, or that keeps most of it out. */
int firewall_outcome_decider(struct buf *out, struct firewall_evaluator *evaluator, const struct firewall_probe *probe, const struct firewall_result *result,
                             enum firewall_outcome outcome, struct error *err) MUST_USE;

#endif

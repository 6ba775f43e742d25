/*
 * firewall_eval_private.h: what the parts of the evaluator share: the walk through chains (firewall_eval.c), matches (firewall_match.c), and
 * parts of a packet (firewall_state.c).
 */
#ifndef SSHVET_FIREWALL_EVAL_PRIVATE_H
#define SSHVET_FIREWALL_EVAL_PRIVATE_H

#include "firewall_eval.h"

/* One probe on its way. */
struct walk {
	struct firewall_evaluator   *evaluator;
	struct firewall_model       *model;
	const struct firewall_probe *probe;
	enum firewall_hook           hook;
	bool                         tracked; /* conntrack has seen it */
	bool                         nat;     /* the base chain is of type nat */
	uint32_t                     base;    /* the base chain */
	unsigned                     depth;
	size_t                       steps; /* left for this probe */
	struct firewall_states       passed; /* accepted by the base chain */
	struct firewall_result       result;
	double                       closes_weight;
	bool                         stopped; /* too much work, or too little memory */
	bool                         nomem;
};

void firewall_states_free(struct firewall_states *states);
void firewall_states_add(struct walk *walk, struct firewall_states *states, const struct firewall_state *state);
void firewall_states_move(struct walk *walk, struct firewall_states *to, struct firewall_states *from);

/* Make one of parts that differ in one thing only. `decided`: nothing counts any more but source, interfaces, destinations and conditions. */
void firewall_states_merge(struct walk *walk, struct firewall_states *states, bool decided);

bool   firewall_state_is_empty(const struct firewall_state *state) MUST_USE;
double firewall_state_weight(const struct walk *walk, const struct firewall_state *state) MUST_USE;

/* Stop: the rest is undecided, with that reason. */
void firewall_walk_stop(struct walk *walk, const char *reason);
void firewall_walk_undecided(struct walk *walk, struct slice construct);

/* The parts of a state that a match, condition or map's key takes, and those it leaves. Empty parts are not given. */
void firewall_match_split(struct walk *walk, const struct firewall_op *op, const struct firewall_state *state, struct firewall_states *yes,
                          struct firewall_states *no);

/* Split by a condition. */
void firewall_match_condition(struct walk *walk, uint32_t literal, const struct firewall_state *state, struct firewall_states *yes, struct firewall_states *no);

/* What a map does: `each` is called with the part that an element takes, and its data. */
typedef void firewall_map_each(void *context, const struct firewall_range *data, struct firewall_states *taken);
void firewall_match_map(struct walk *walk, const struct firewall_op *op, const struct firewall_state *state, firewall_map_each *each, void *context,
                        struct firewall_states *no);

/* Whether a single number satisfies all of it but sources: 1 it does, 0 it does not, -1 it depends on more. */
int firewall_match_certain(struct walk *walk, const struct firewall_op *op, const struct firewall_state *state) MUST_USE;

#endif

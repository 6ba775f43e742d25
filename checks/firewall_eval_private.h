/*
 * firewall_eval_private.h: what the parts of the evaluator share: the walk through chains (firewall_walk.c, firewall_run.c), hooks (firewall_eval.c), matches (firewall_match.c), and
 * parts of a packet (firewall_state.c).
 */
#ifndef SSHVET_FIREWALL_EVAL_PRIVATE_H
#define SSHVET_FIREWALL_EVAL_PRIVATE_H

#include "firewall_eval.h"

/* Priorities at which chains of type nat are asked, on the hooks prerouting and output, and on the others. */
#define FIREWALL_DESTINATION_NAT (-100)
#define FIREWALL_SOURCE_NAT      100

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
	size_t                       steps;  /* left for this probe */
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

/* So much work was done; stops when it was too much. */
void firewall_walk_charge(struct walk *walk, size_t steps);

void firewall_walk_undecided(struct walk *walk, struct slice construct);

/* The parts of a state that a match, condition or map's key takes, and those it leaves. Empty parts are not given. */
void firewall_match_split(struct walk *walk, const struct firewall_op *op, const struct firewall_state *state, struct firewall_states *yes,
                          struct firewall_states *no);

/* "source port 22 80-90": what a key says of some elements of a list, for when nobody knows whether it is so; FIREWALL_NONE when the walk is stopped. */
uint32_t firewall_literal_of(struct walk *walk, struct firewall_key key, const struct firewall_list *list, size_t component, size_t from, size_t to);

/* Split by a condition. */
void firewall_match_condition(struct walk *walk, uint32_t literal, const struct firewall_state *state, struct firewall_states *yes, struct firewall_states *no);

/* What a map does: `each` is called with the part that an element takes, and its data. */
typedef void firewall_map_each(void *context, const struct firewall_range *data, struct firewall_states *taken);
void         firewall_match_map(struct walk *walk, const struct firewall_op *op, const struct firewall_state *state, firewall_map_each *each, void *context,
                                struct firewall_states *no);

/* Whether a single number satisfies all of it but sources: 1 it does, 0 it does not, -1 it depends on more. */
int firewall_match_certain(struct walk *walk, const struct firewall_op *op, const struct firewall_state *state) MUST_USE;

/* Where a verdict sends parts: on to the next rule, out of the chain, or nowhere. */
struct walk_place {
	struct walk            *walk;
	uint32_t                chain, rule; /* whose verdict it is; FIREWALL_NONE for a policy */
	struct firewall_states *next, *out;
};

/* Some of the packet is kept out. What is named for it is what keeps out most. `reason` when that is no rule. */
void firewall_walk_close(struct walk *walk, const struct firewall_state *state, enum firewall_kind kind, uint32_t chain, uint32_t rule, const char *reason);

/* Do with the parts as a verdict says; none is left in `states`. `target` is a chain, or for FIREWALL_UNDECIDED a literal. */
void firewall_walk_follow(const struct walk_place *place, enum firewall_kind kind, uint32_t target, struct firewall_states *states);

/* Ask one rule: `now` is what comes to it and then what goes to the next; what a return sends off is added to `out`. */
void firewall_walk_rule(struct walk *walk, uint32_t chain, const struct firewall_rule *rule, struct firewall_states *now, struct firewall_states *out);

/* Send parts through a chain; what comes out at its end, or by a return, is left in `states`. */
void firewall_walk_chain(struct walk *walk, uint32_t chain, struct firewall_states *states);

#endif

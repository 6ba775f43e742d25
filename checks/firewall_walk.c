#include "firewall_eval_private.h"

/* What closes is named by the part that is most of all packets. */
void firewall_walk_close(struct walk *walk, const struct firewall_state *state, enum firewall_kind kind, uint32_t chain, uint32_t rule, const char *reason)
{
	const double weight = firewall_state_weight(walk, state);

	if (walk->result.closes && weight <= walk->closes_weight)
		return;
	walk->closes_weight = weight;
	walk->result.closes = kind;
	walk->result.chain = chain;
	walk->result.rule = rule;
	walk->result.reason = reason;
}

static void accept_states(const struct walk_place *place, struct firewall_states *states)
{
	const bool nat = firewall_model_chain(place->walk->model, place->walk->base)->nat;

	for (size_t i = 0; i < states->count; i++) {
		/* What a rule decided, the policy of a later chain merely lets pass; chains of type nat decide nothing but addresses. */
		if (nat)
			continue;
		if (place->rule == FIREWALL_NONE && states->items[i].rule != FIREWALL_NONE)
			continue;
		states->items[i].chain = place->chain;
		states->items[i].rule = place->rule;
	}
	firewall_states_move(place->walk, &place->walk->passed, states);
}

static void give_up(struct walk *walk, uint32_t literal)
{
	firewall_walk_undecided(walk, FIREWALL_AT(walk->model->literals, struct firewall_literal, literal)->text);
}

void firewall_walk_follow(const struct walk_place *place, enum firewall_kind kind, uint32_t target, struct firewall_states *states)
{
	struct walk *walk = place->walk;

	if (states->count == 0)
		return;
	switch (kind) {
	case FIREWALL_ACCEPT:
		accept_states(place, states);
		break;
	case FIREWALL_DROP:
	case FIREWALL_REJECT:
		for (size_t i = 0; i < states->count; i++)
			firewall_walk_close(walk, &states->items[i], kind, place->chain, place->rule, NULL);
		break;
	case FIREWALL_RETURN:
		firewall_states_move(walk, place->out, states);
		break;
	case FIREWALL_JUMP:
	case FIREWALL_GOTO:
		firewall_walk_chain(walk, target, states);
		firewall_states_move(walk, kind == FIREWALL_JUMP ? place->next : place->out, states);
		break;
	case FIREWALL_UNDECIDED:
		give_up(walk, target);
		break;
	default:
		firewall_states_move(walk, place->next, states);
	}
	states->count = 0;
}

static void follow_element(void *context, const struct firewall_range *data, struct firewall_states *taken)
{
	firewall_walk_follow(context, (enum firewall_kind)data->low.lo, (uint32_t)data->low.hi, taken);
}

/* Where there is no connection, neither does its mark change nor is it taken for the packet's. */
static void set_marks(const struct walk *walk, const struct firewall_op *op, struct firewall_states *states)
{
	for (size_t i = 0; i < states->count; i++) {
		struct firewall_state *s = &states->items[i];
		const bool             of_ct = op->kind == FIREWALL_SET_CT_MARK;
		uint32_t              *mark = of_ct ? &s->ct_mark : &s->mark;
		const uint32_t         other = of_ct ? s->mark : s->ct_mark;
		bool                  *unknown = of_ct ? &s->ct_mark_unknown : &s->mark_unknown;

		if ((of_ct || op->take) && (!walk->tracked || s->untracked))
			continue;
		*unknown = (*unknown && op->keep) || ((of_ct ? s->mark_unknown : s->ct_mark_unknown) && op->take);
		*mark = (*mark & op->keep) ^ (other & op->take) ^ op->set;
	}
}

static void lose_marks(const struct firewall_op *op, struct firewall_states *states)
{
	for (size_t i = 0; i < states->count; i++) {
		if (op->kind == FIREWALL_LOSE_MARK)
			states->items[i].mark_unknown = true;
		else
			states->items[i].ct_mark_unknown = true;
	}
}

/* Whether a part may have been for that own address before. */
static bool may_be_for(const struct walk *walk, const struct firewall_state *state, struct firewall_number address)
{
	const struct firewall_host *host = walk->evaluator->host;
	size_t                      n = 0;

	if (!host->own_known || walk->probe->forwarded)
		return true;
	for (size_t i = 0; i < host->nown && n < FIREWALL_DESTINATION_WORDS * 64; i++) {
		if (host->own[i].family != walk->probe->family || host->own[i].loopback)
			continue;
		if (firewall_number_compare(host->own[i].address, address) == 0)
			return state->destinations[n / 64] >> (n % 64) & 1;
		n++;
	}
	return false;
}

/* Send a part to another destination. A range of ports keeps the port it has when that is one of them. */
static void translate(struct walk *walk, struct firewall_state *state, unsigned has, const struct firewall_range *address, const struct firewall_range *port)
{
	const bool stays = !(has & FIREWALL_HAS_PORT) || firewall_range_has(*port, firewall_number_of(state->port));

	state->translated = true;
	state->perhaps = stays && (!(has & FIREWALL_HAS_ADDRESS) || may_be_for(walk, state, address->low));
	if (has & FIREWALL_HAS_ADDRESS) {
		state->addressed = true;
		state->address = address->low;
	}
	if (!stays) {
		if (!firewall_range_is_one(*port))
			firewall_walk_undecided(walk, slice_of("dnat to a range of ports"));
		state->port = (uint32_t)port->low.lo;
	}
}

struct translating {
	struct walk_place        *place;
	const struct firewall_op *op;
};

static void translate_element(void *context, const struct firewall_range *data, struct firewall_states *taken)
{
	const struct translating *translating = context;
	const unsigned            has = translating->op->has;
	const bool                both = has == (FIREWALL_HAS_ADDRESS | FIREWALL_HAS_PORT);

	for (size_t i = 0; i < taken->count; i++)
		translate(translating->place->walk, &taken->items[i], has, data, both || translating->op->nkeys == 0 ? data + 1 : data);
	accept_states(translating->place, taken);
	taken->count = 0;
}

/* A map that cannot be looked into may do anything. */
static bool is_unsure(const struct walk *walk, const struct firewall_op *op)
{
	const struct firewall_list *list = firewall_model_list(walk->model, op->list);

	return list->opaque || list->changes;
}

static void translate_states(struct walk_place *place, const struct firewall_op *op, struct firewall_states *states)
{
	struct translating translating = { place, op };

	if (place->walk->hook != FIREWALL_PREROUTING) {
		accept_states(place, states);
	} else if (op->kind == FIREWALL_REDIRECT) {
		const struct firewall_range port = { firewall_number_of(op->target), firewall_number_of(op->target) };

		/* What was known of the destination would be taken for what holds now. */
		if (!place->walk->evaluator->host->own_known)
			firewall_walk_undecided(place->walk, slice_of("a redirect, where the host's own addresses are not known"));
		for (size_t i = 0; i < states->count; i++) {
			translate(place->walk, &states->items[i], op->target ? FIREWALL_HAS_PORT : 0, NULL, &port);
			states->items[i].redirected = true;
		}
		accept_states(place, states);
	} else if (is_unsure(place->walk, op)) {
		firewall_walk_undecided(place->walk, slice_of("dnat to a map that is not understood, or that rules fill"));
	} else if (op->nkeys == 0) {
		translate_element(&translating, firewall_model_element(place->walk->model, firewall_model_list(place->walk->model, op->list), 0), states);
	} else {
		for (size_t i = 0; i < states->count; i++)
			firewall_match_map(place->walk, op, &states->items[i], translate_element, &translating, place->next);
	}
	states->count = 0;
}

static void untrack(struct walk *walk, struct firewall_states *states)
{
	for (size_t i = 0; !walk->tracked && i < states->count; i++)
		states->items[i].untracked = true;
}

/* Whether no chain but those of type nat is asked behind this one, on its hook. */
static bool is_last_base(const struct walk *walk)
{
	const struct firewall_array *bases = &walk->evaluator->bases[walk->probe->family - 1][walk->hook];

	return bases->count == 0 || firewall_model_chain(walk->model, *FIREWALL_AT(*bases, uint32_t, bases->count - 1))->nat;
}

/* Any of some verdicts may be the one. */
static void choose(struct walk_place *place, const struct firewall_op *op, struct firewall_states *active)
{
	struct walk               *walk = place->walk;
	const struct firewall_list list = *firewall_model_list(walk->model, op->list);

	for (uint32_t e = 0; e < list.count && active->count > 0 && !walk->stopped; e++) {
		const struct firewall_range verdict = *firewall_model_element(walk->model, &list, e);
		struct firewall_states      yes = { 0 }, no = { 0 };

		if (op->has && e + 1 == list.count)
			firewall_states_move(walk, &yes, active);
		for (size_t i = 0; i < active->count && !walk->stopped; i++)
			firewall_match_condition(walk, op->target + e, &active->items[i], &yes, &no);
		firewall_walk_follow(place, (enum firewall_kind)verdict.low.lo, (uint32_t)verdict.low.hi, &yes);
		active->count = 0;
		firewall_states_move(walk, active, &no);
		firewall_states_free(&yes);
		firewall_states_free(&no);
	}
	firewall_states_move(walk, place->next, active);
}

/* One operation on the parts that came so far; those it does not match go to the next rule. */
static void run_op(struct walk_place *place, const struct firewall_op *op, struct firewall_states *active)
{
	struct walk           *walk = place->walk;
	struct firewall_states yes = { 0 };

	switch (op->kind) {
	case FIREWALL_MATCH:
	case FIREWALL_CONDITION:
		for (size_t i = 0; i < active->count && !walk->stopped; i++)
			firewall_match_split(walk, op, &active->items[i], &yes, place->next);
		active->count = 0;
		firewall_states_move(walk, active, &yes);
		break;
	case FIREWALL_NEVER:
		firewall_states_move(walk, place->next, active);
		break;
	case FIREWALL_MAP:
		if (is_unsure(walk, op)) {
			firewall_walk_undecided(walk, slice_of("a map that is not understood, or that rules fill"));
			active->count = 0;
		}
		for (size_t i = 0; i < active->count && !walk->stopped; i++)
			firewall_match_map(walk, op, &active->items[i], follow_element, place, place->next);
		active->count = 0;
		break;
	case FIREWALL_CHOICE:
		choose(place, op, active);
		break;
	case FIREWALL_SET_MARK:
	case FIREWALL_SET_CT_MARK:
		set_marks(walk, op, active);
		break;
	case FIREWALL_LOSE_MARK:
	case FIREWALL_LOSE_CT_MARK:
		lose_marks(op, active);
		break;
	case FIREWALL_NOTRACK:
		untrack(walk, active);
		break;
	case FIREWALL_DNAT:
	case FIREWALL_REDIRECT:
		translate_states(place, op, active);
		break;
	case FIREWALL_SNAT:
		if (walk->hook == FIREWALL_INPUT && !is_last_base(walk))
			firewall_walk_undecided(walk, slice_of("snat on the hook input, and rules behind it"));
		accept_states(place, active);
		break;
	case FIREWALL_LOG:
	case FIREWALL_CONTINUE:
		break;
	default:
		firewall_walk_follow(place, op->kind, op->target, active);
	}
	firewall_states_free(&yes);
}

void firewall_walk_rule(struct walk *walk, uint32_t chain, const struct firewall_rule *rule, struct firewall_states *now, struct firewall_states *out)
{
	struct firewall_states active = { 0 }, next = { 0 };
	struct walk_place      place = { walk, chain, rule->number, &next, out };

	firewall_states_move(walk, &active, now);
	for (uint32_t i = 0; i < rule->nops && active.count > 0 && !walk->stopped; i++) {
		const struct firewall_op op = *FIREWALL_AT(walk->model->ops, struct firewall_op, rule->first + i);

		run_op(&place, &op, &active);
	}
	firewall_states_move(walk, now, &next);
	firewall_states_move(walk, now, &active);
	if (now->count > 1)
		firewall_states_merge(walk, now, false);
	firewall_states_free(&active);
	firewall_states_free(&next);
}

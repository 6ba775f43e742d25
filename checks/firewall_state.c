#include "firewall_eval_private.h"

#include "mem.h"
#include "text.h"

#define MAX_STATES 1024 /* parts of a packet that go separate ways at one place */

void firewall_walk_undecided(struct walk *walk, struct slice construct)
{
	if (!walk->result.undecided)
		text_clean_into(walk->result.construct, sizeof(walk->result.construct), construct);
	walk->result.undecided = true;
}

void firewall_walk_stop(struct walk *walk, const char *reason)
{
	walk->stopped = true;
	firewall_walk_undecided(walk, slice_of(reason));
}

void firewall_walk_charge(struct walk *walk, size_t steps)
{
	if (walk->steps >= steps)
		walk->steps -= steps;
	else if (!walk->stopped)
		walk->steps = 0, firewall_walk_stop(walk, "a ruleset too large to be followed");
}

void firewall_states_free(struct firewall_states *states)
{
	mem_free(states->items);
	*states = (struct firewall_states){ 0 };
}

void firewall_states_add(struct walk *walk, struct firewall_states *states, const struct firewall_state *state)
{
	if (states->count == states->size) {
		size_t wanted = states->size ? states->size * 2 : 4;
		void  *grown = mem_resize(states->items, wanted, sizeof(*states->items));

		if (!grown) {
			walk->nomem = true;
			firewall_walk_stop(walk, "out of memory");
			return;
		}
		states->items = grown;
		states->size = wanted;
	}
	states->items[states->count++] = *state;
	if (states->count > MAX_STATES)
		firewall_walk_stop(walk, "more cases than are followed");
}

void firewall_states_move(struct walk *walk, struct firewall_states *to, struct firewall_states *from)
{
	if (to->count == 0) {
		struct firewall_states swap = *to;

		*to = *from;
		*from = swap;
		from->count = 0;
		return;
	}
	for (size_t i = 0; i < from->count; i++)
		firewall_states_add(walk, to, &from->items[i]);
	from->count = 0;
}

static bool is_zero(const uint64_t *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (words[i])
			return false;
	return true;
}

bool firewall_state_is_empty(const struct firewall_state *state)
{
	return state->source->count == 0 || is_zero(state->interfaces, FIREWALL_INTERFACE_WORDS) ||
	       is_zero(state->destinations, FIREWALL_DESTINATION_WORDS);
}

/* How much of all packets it is, roughly: to name the rule that decides most. */
double firewall_state_weight(const struct walk *walk, const struct firewall_state *state)
{
	double weight = firewall_space_share(state->source, walk->probe->family);

	for (uint32_t i = 0; i < state->nliterals; i++) {
		const bool assumed = FIREWALL_AT(walk->evaluator->model->literals, struct firewall_literal, state->literals[i] >> 1)->kind == FIREWALL_ASSUMED;
		const bool not = state->literals[i] & 1;

		weight *= assumed ? (not ? 0.001 : 1) : (not ? 0.75 : 0.25);
	}
	return state->interfaces[0] & 1 ? weight : weight / 16;
}

static bool is_same_packet(const struct firewall_state *a, const struct firewall_state *b)
{
	return a->port == b->port && a->mark == b->mark && a->ct_mark == b->ct_mark && a->mark_unknown == b->mark_unknown &&
	       a->ct_mark_unknown == b->ct_mark_unknown && a->untracked == b->untracked && a->translated == b->translated &&
	       a->addressed == b->addressed && a->redirected == b->redirected && a->perhaps == b->perhaps && a->oif == b->oif &&
	       firewall_number_compare(a->address, b->address) == 0;
}

/* The place of the one condition in which two parts differ: held by one, not by the other. -1 when there is another difference. */
static int odd_literal(const struct firewall_state *a, const struct firewall_state *b)
{
	int odd = -1;

	if (a->nliterals != b->nliterals)
		return -1;
	for (uint32_t i = 0; i < a->nliterals; i++) {
		if (a->literals[i] == b->literals[i])
			continue;
		if (odd >= 0 || (a->literals[i] ^ 1) != b->literals[i])
			return -1;
		odd = (int)i;
	}
	return odd;
}

static bool has_same_literals(const struct firewall_state *a, const struct firewall_state *b)
{
	return a->nliterals == b->nliterals && memcmp(a->literals, b->literals, a->nliterals * sizeof(a->literals[0])) == 0;
}

static void unite(uint64_t *a, const uint64_t *b, size_t count)
{
	for (size_t i = 0; i < count; i++)
		a[i] |= b[i];
}

static void drop_literal(struct firewall_state *a, int odd)
{
	const uint32_t at = (uint32_t)odd;

	memmove(&a->literals[at], &a->literals[at + 1], (a->nliterals - at - 1) * sizeof(a->literals[0]));
	a->nliterals--;
}

/* Take `b` into `a` when they differ in one thing. */
static bool merge(struct walk *walk, struct firewall_state *a, const struct firewall_state *b, bool decided)
{
	const bool source = firewall_space_equal(a->source, b->source), literals = has_same_literals(a, b);
	const bool interfaces = memcmp(a->interfaces, b->interfaces, sizeof(a->interfaces)) == 0;
	const bool destinations = memcmp(a->destinations, b->destinations, sizeof(a->destinations)) == 0;
	const int  odd = literals ? -1 : odd_literal(a, b);

	if ((!decided && !is_same_packet(a, b)) || (!literals && odd < 0) || source + interfaces + destinations + literals < 3)
		return false;
	if (!source) {
		const struct firewall_space *all = firewall_space_unite(&walk->evaluator->pool, a->source, b->source);

		if (!all)
			firewall_walk_stop(walk, "a ruleset too large to be followed");
		else
			a->source = all;
		return all != NULL;
	}
	unite(a->interfaces, b->interfaces, FIREWALL_INTERFACE_WORDS);
	unite(a->destinations, b->destinations, FIREWALL_DESTINATION_WORDS);
	if (!literals)
		drop_literal(a, odd);
	return true;
}

void firewall_states_merge(struct walk *walk, struct firewall_states *states, bool decided)
{
	bool merged = true;

	while (merged && !walk->stopped) {
		merged = false;
		for (size_t i = 0; i < states->count; i++)
			for (size_t j = i + 1; j < states->count && !walk->stopped;) {
				firewall_walk_charge(walk, 1);
				if (!merge(walk, &states->items[i], &states->items[j], decided)) {
					j++;
					continue;
				}
				states->items[j] = states->items[--states->count];
				merged = true;
			}
	}
}

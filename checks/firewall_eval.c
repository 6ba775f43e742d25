#include "firewall_eval_private.h"

#include "mem.h"
#include "text.h"

#define MAX_STEPS     (4u * 1000 * 1000)  /* of one probe: a rule looked at, for one part of the packet */
#define MAX_STEPS_ALL (16u * 1000 * 1000) /* of all probes of a target: about a second */
#define MAX_POOL      (64u * 1024 * 1024) /* bytes for the sets of one probe */
#define CONNTRACK     (-200)              /* its priority on the hook prerouting */

const struct firewall_space *firewall_outside(struct firewall_pool *pool, enum firewall_family family)
{
	/* RFC 6890: this network, the loopback, multicast and broadcast; the kernel drops what claims to come from there. */
	struct firewall_range four[] = {
		{ { 0, 0x01000000 }, { 0, 0x7effffff } },
		{ { 0, 0x80000000 }, { 0, 0xdfffffff } },
		{ { 0, 0xf0000000 }, { 0, 0xfffffffe } },
	};
	/* The unspecified address, the loopback, IPv4 in disguise, multicast. */
	struct firewall_range six[] = {
		{ { 0, 2 }, { 0, 0x0000fffeffffffff } },
		{ { 0, 0x0001000000000000 }, { 0xfeffffffffffffff, UINT64_MAX } },
	};

	return family == FIREWALL_IPV4 ? firewall_space_of(pool, four, countof(four)) : firewall_space_of(pool, six, countof(six));
}

/* Of all names that end in *, the longest that a name begins with. */
static bool is_under(struct slice pattern, struct slice name)
{
	return pattern.len > 0 && pattern.ptr[pattern.len - 1] == '*' && name.len >= pattern.len - 1 &&
	       memcmp(pattern.ptr, name.ptr, pattern.len - 1) == 0;
}

/* The loopback is no way in, and no interface has an empty name. */
static bool is_no_way(struct slice name)
{
	return name.len == 0 || slice_is(name, "lo");
}

/* Each name is a kind of its own; one with * is what it stands for and no other name does. */
static int make_kinds(struct firewall_kinds *kinds, const struct firewall_model *model, struct error *err)
{
	kinds->bits = mem_zalloc((model->names.count + 1) * FIREWALL_INTERFACE_WORDS * sizeof(*kinds->bits));
	if (!kinds->bits)
		return error_nomem(err);
	kinds->count = 1;
	for (uint32_t i = 0; i < model->names.count; i++) {
		const struct slice name = firewall_model_name_text(model, i);

		if (is_no_way(name) || slice_is(name, "*"))
			continue;
		if (kinds->count == countof(kinds->names)) {
			kinds->too_many = true;
			return 0;
		}
		kinds->names[kinds->count++] = i;
	}
	for (uint32_t i = 0; i < model->names.count; i++) {
		const struct slice name = firewall_model_name_text(model, i);
		uint64_t          *bits = &kinds->bits[(size_t)i * FIREWALL_INTERFACE_WORDS];

		if (slice_is(name, "*"))
			bits[0] |= 1;
		for (uint32_t k = 1; k < kinds->count; k++)
			if (kinds->names[k] == i || is_under(name, firewall_model_name_text(model, kinds->names[k])))
				bits[k / 64] |= (uint64_t)1 << (k % 64);
	}
	return 0;
}

/* All chains of type nat are called from one place of the hook. */
static int priority_of(const struct firewall_chain *chain)
{
	if (!chain->nat)
		return chain->priority;
	return chain->hook == FIREWALL_PREROUTING || chain->hook == FIREWALL_OUTPUT ? FIREWALL_DESTINATION_NAT : FIREWALL_SOURCE_NAT;
}

/* Whether chain `a` is asked before `b`. Of equals, the kernel asks the one that came last first; chains of type nat go by their own priority. */
static bool is_before(const struct firewall_model *model, uint32_t a, uint32_t b)
{
	const struct firewall_chain *x = firewall_model_chain(model, a), *y = firewall_model_chain(model, b);

	if (priority_of(x) != priority_of(y))
		return priority_of(x) < priority_of(y);
	if (x->nat && y->nat && x->priority != y->priority)
		return x->priority < y->priority;
	return a > b;
}

static int add_base(struct firewall_evaluator *evaluator, struct firewall_array *bases, uint32_t chain, struct error *err)
{
	uint32_t *items = mem_resize(bases->items, bases->count + 1, sizeof(*items));
	size_t    at = bases->count;

	if (!items)
		return error_nomem(err);
	bases->items = items;
	while (at > 0 && is_before(evaluator->model, chain, items[at - 1])) {
		items[at] = items[at - 1];
		at--;
	}
	items[at] = chain;
	bases->count++;
	return 0;
}

int firewall_evaluator_init(struct firewall_evaluator *evaluator, struct firewall_model *model, const struct firewall_host *host, struct error *err)
{
	int r;

	*evaluator = (struct firewall_evaluator){ .model = model, .host = host, .steps = MAX_STEPS_ALL };
	r = firewall_model_name(model, slice_of("lo"), &evaluator->lo, err);
	if (r == 0)
		r = make_kinds(&evaluator->kinds, model, err);
	for (uint32_t i = 0; r == 0 && i < model->chains.count; i++) {
		const struct firewall_chain *chain = firewall_model_chain(model, i);

		if (chain->nat && chain->hook != FIREWALL_HOOK_NONE)
			evaluator->nat |= chain->families;
		for (unsigned f = 0; r == 0 && chain->hook != FIREWALL_HOOK_NONE && f < 2; f++)
			if (chain->families & (1u << f))
				r = add_base(evaluator, &evaluator->bases[f][chain->hook], i, err);
	}
	if (r < 0)
		firewall_evaluator_fini(evaluator);
	return r;
}

/* Where the chains end that are asked at the place of the one at `from`, as `ret_middle` where the first of another kind stands. */
static size_t same_place(const struct firewall_model *model, const struct firewall_array *bases, size_t from, size_t *ret_middle)
{
	const struct firewall_chain *first = firewall_model_chain(model, *FIREWALL_AT(*bases, uint32_t, from)), *c;
	size_t                       end = from + 1;

	*ret_middle = from;
	for (; end < bases->count; end++) {
		c = firewall_model_chain(model, *FIREWALL_AT(*bases, uint32_t, end));
		if (priority_of(c) != priority_of(first) || (c->nat && first->nat && c->priority != first->priority))
			break;
		if (*ret_middle == from && c->legacy != first->legacy)
			*ret_middle = end;
	}
	return end;
}

/* Turn bases[from..end) so that `middle` comes first. */
static void rotate(uint32_t *bases, size_t from, size_t middle, size_t end)
{
	for (; middle < end; from++, middle++) {
		const uint32_t taken = bases[middle];

		memmove(bases + from + 1, bases + from, (middle - from) * sizeof(*bases));
		bases[from] = taken;
	}
}

bool firewall_evaluator_turn(struct firewall_evaluator *evaluator, enum firewall_family family)
{
	bool turned = false;

	for (unsigned h = 0; h <= FIREWALL_OUTPUT; h++) {
		struct firewall_array *bases = &evaluator->bases[family - 1][h];

		for (size_t from = 0, middle, end; from < bases->count; from = end) {
			end = same_place(evaluator->model, bases, from, &middle);
			if (middle == from)
				continue;
			rotate(bases->items, from, middle, end);
			turned = true;
		}
	}
	return turned;
}

void firewall_evaluator_fini(struct firewall_evaluator *evaluator)
{
	mem_free(evaluator->kinds.bits);
	for (unsigned f = 0; f < 2; f++)
		for (unsigned h = 0; h <= FIREWALL_OUTPUT; h++)
			mem_free(evaluator->bases[f][h].items);
	arena_free(&evaluator->pool.arena);
	*evaluator = (struct firewall_evaluator){ 0 };
}

/* The parts a base chain never sees: those that are translated or not tracked, for chains of type nat; other devices, for ingress. */
static void split_base(struct walk *walk, const struct firewall_chain *base, struct firewall_states *states, struct firewall_states *spared)
{
	struct firewall_states    seen = { 0 };
	struct firewall_op        op = { .kind = FIREWALL_MATCH, .nkeys = 1, .list = base->devices };
	const struct firewall_key key = { .field = FIREWALL_IIF };
	bool                      devices = base->hook == FIREWALL_INGRESS;

	if (devices && op.list == FIREWALL_NONE) {
		op.kind = FIREWALL_CONDITION;
		if (firewall_model_literal(walk->model, FIREWALL_OTHER, slice_of("by a device with a filter of its own"), slice_of("not by a device with a filter of its own"), &op.target, NULL) < 0)
			firewall_walk_stop(walk, "out of memory");
	} else if (devices && firewall_model_add_keys(walk->model, &key, 1, &op.keys, NULL) < 0) {
		firewall_walk_stop(walk, "out of memory");
	}
	for (size_t i = 0; i < states->count && !walk->stopped; i++) {
		const struct firewall_state *s = &states->items[i];

		if (devices)
			firewall_match_split(walk, &op, s, &seen, spared);
		else
			firewall_states_add(walk, base->nat && (walk->probe->plain || s->untracked || (s->translated && walk->hook == FIREWALL_PREROUTING)) ? spared : &seen, s);
	}
	states->count = 0;
	firewall_states_move(walk, states, &seen);
	firewall_states_free(&seen);
}

static void run_base(struct walk *walk, uint32_t number, struct firewall_states *states)
{
	const struct firewall_chain *base = firewall_model_chain(walk->model, number);
	struct firewall_states       spared = { 0 };
	struct walk_place            policy = { walk, number, FIREWALL_NONE, &spared, &spared };

	walk->base = number;
	walk->tracked = walk->hook > FIREWALL_PREROUTING || (walk->hook == FIREWALL_PREROUTING && priority_of(base) > CONNTRACK);
	split_base(walk, base, states, &spared);
	firewall_walk_chain(walk, number, states);
	base = firewall_model_chain(walk->model, number);
	if (base->policy == FIREWALL_UNDECIDED && states->count > 0)
		firewall_walk_undecided(walk, slice_of("the policy of a chain"));
	else
		firewall_walk_follow(&policy, base->policy, FIREWALL_NONE, states);
	states->count = 0;
	firewall_states_move(walk, states, &walk->passed);
	firewall_states_move(walk, states, &spared);
	firewall_states_free(&spared);
	if (states->count > 1)
		firewall_states_merge(walk, states, false);
}

static void run_hook(struct walk *walk, enum firewall_hook hook, struct firewall_states *states)
{
	const struct firewall_array *bases = &walk->evaluator->bases[walk->probe->family - 1][hook];

	walk->hook = hook;
	for (size_t i = 0; i < states->count && hook > FIREWALL_PREROUTING && hook != FIREWALL_POSTROUTING; i++)
		states->items[i].chain = states->items[i].rule = FIREWALL_NONE;
	for (size_t i = 0; i < bases->count && states->count > 0 && !walk->stopped; i++)
		run_base(walk, *FIREWALL_AT(*bases, uint32_t, i), states);
}

static bool is_loopback(enum firewall_family family, struct firewall_number n)
{
	return family == FIREWALL_IPV4 ? n.lo >> 24 == 127 : n.hi == 0 && n.lo == 1;
}

/* Whether a part that was translated stays on this host. */
static bool is_local(const struct walk *walk, const struct firewall_state *state)
{
	const struct firewall_host *host = walk->evaluator->host;

	if (!state->addressed || is_loopback(walk->probe->family, state->address))
		return true;
	for (size_t i = 0; i < host->nown; i++)
		if (host->own[i].family == walk->probe->family && firewall_number_compare(host->own[i].address, state->address) == 0)
			return true;
	return false;
}

static bool is_listening(const struct walk *walk, const struct firewall_state *state)
{
	const struct firewall_host *host = walk->evaluator->host;

	for (size_t i = 0; i < host->nlisteners; i++) {
		const struct firewall_listener *l = &host->listeners[i];

		if (l->protocol == walk->probe->protocol && l->port == state->port && (l->families & walk->probe->family) &&
		    (l->any || !state->addressed || firewall_number_compare(l->address, state->address) == 0))
			return true;
	}
	return !host->listeners_known;
}

/* The interface on whose link an address is. */
static uint32_t route(struct walk *walk, struct firewall_number address)
{
	const struct firewall_host *host = walk->evaluator->host;
	uint32_t                    name = FIREWALL_NONE;

	for (size_t i = 0; i < host->nown; i++)
		if (host->own[i].family == walk->probe->family && firewall_range_has(host->own[i].network, address) &&
		    !firewall_range_is_one(host->own[i].network)) {
			for (uint32_t n = 0; n < walk->model->names.count; n++)
				if (slice_equal(firewall_model_name_text(walk->model, n), host->own[i].interface))
					name = n;
			/* An interface no rule names is like any other such. */
			return name;
		}
	return FIREWALL_NONE;
}

/* What is not sent elsewhere stays only for the own addresses on which something listens. False when nothing is left. */
static bool keep_bound(struct walk *walk, struct firewall_state *state)
{
	uint64_t bound[FIREWALL_DESTINATION_WORDS], some = 0, left = 0;

	firewall_destinations(walk->evaluator->host, walk->probe, bound);
	for (size_t w = 0; w < FIREWALL_DESTINATION_WORDS; w++) {
		some |= bound[w];
		left |= state->destinations[w] & bound[w];
	}
	if (!some)
		firewall_walk_close(walk, state, FIREWALL_CONTINUE, 0, 0, "nothing listens but on the loopback");
	for (size_t w = 0; w < FIREWALL_DESTINATION_WORDS; w++)
		state->destinations[w] &= bound[w];
	return left != 0;
}

/* After prerouting: what is for this host, what is for another, and what goes nowhere. */
static void route_states(struct walk *walk, struct firewall_states *states, struct firewall_states *remote)
{
	struct firewall_states local = { 0 };

	for (size_t i = 0; i < states->count && !walk->stopped; i++) {
		struct firewall_state *s = &states->items[i];
		const bool             here = !walk->probe->forwarded && is_local(walk, s);

		if (here && s->translated && s->addressed && is_loopback(walk->probe->family, s->address) && !walk->evaluator->host->routes_localnet)
			firewall_walk_close(walk, s, FIREWALL_CONTINUE, 0, 0, "sent to the loopback, which nothing from outside may be for");
		else if (here && (s->translated || walk->probe->heard) && !is_listening(walk, s))
			firewall_walk_close(walk, s, FIREWALL_CONTINUE, 0, 0, s->translated ? "sent to a port on which nothing listens" : "nothing listens");
		else if (!here && !walk->probe->forwarded && !(walk->evaluator->host->forwards & walk->probe->family))
			firewall_walk_close(walk, s, FIREWALL_CONTINUE, 0, 0, "sent to another host, but this one does not forward");
		else if (here && !s->translated && !keep_bound(walk, s))
			continue;
		else if (here)
			firewall_states_add(walk, &local, s);
		else {
			s->oif = walk->probe->forwarded && !s->addressed ? FIREWALL_NONE : route(walk, s->address);
			firewall_states_add(walk, remote, s);
		}
	}
	states->count = 0;
	firewall_states_move(walk, states, &local);
	firewall_states_free(&local);
}

bool firewall_is_bound(const struct firewall_host *host, const struct firewall_probe *probe, struct firewall_number address)
{
	bool bound = !probe->bound;

	for (size_t i = 0; !bound && i < host->nlisteners; i++) {
		const struct firewall_listener *l = &host->listeners[i];

		bound = l->protocol == probe->protocol && l->port == probe->port && (l->families & probe->family) &&
		        (l->any || firewall_number_compare(l->address, address) == 0);
	}
	return bound;
}

void firewall_destinations(const struct firewall_host *host, const struct firewall_probe *probe, uint64_t *ret_bits)
{
	size_t n = 0;

	memset(ret_bits, 0, FIREWALL_DESTINATION_WORDS * sizeof(*ret_bits));
	if (!host->own_known || probe->loopback || probe->forwarded || probe->outbound) {
		ret_bits[0] = 1;
		return;
	}
	for (size_t i = 0; i < host->nown && n < FIREWALL_DESTINATION_WORDS * 64; i++) {
		if (host->own[i].family != probe->family || host->own[i].loopback)
			continue;
		if (firewall_is_bound(host, probe, host->own[i].address))
			ret_bits[n / 64] |= (uint64_t)1 << (n % 64);
		n++;
	}
}

static void start(struct walk *walk, struct firewall_states *states)
{
	struct firewall_probe everywhere = *walk->probe;
	struct firewall_state s = { .port = walk->probe->port, .oif = FIREWALL_NONE, .rule = FIREWALL_NONE, .chain = FIREWALL_NONE };

	if (walk->probe->loopback) {
		s.addressed = true;
		s.address = firewall_number_of(walk->probe->family == FIREWALL_IPV4 ? 0x7f000001 : 1);
	}
	everywhere.bound = false;
	s.source = walk->probe->source ? walk->probe->source : firewall_outside(&walk->evaluator->pool, walk->probe->family);
	for (uint32_t k = 0; k < walk->evaluator->kinds.count; k++)
		s.interfaces[k / 64] |= (uint64_t)1 << (k % 64);
	if (walk->evaluator->kinds.too_many)
		s.interfaces[0] = 1;
	/* What is for another address may be sent elsewhere before anybody asks who listens. */
	firewall_destinations(walk->evaluator->host, &everywhere, s.destinations);
	if (!s.source)
		firewall_walk_stop(walk, "out of memory");
	else if (!firewall_state_is_empty(&s))
		firewall_states_add(walk, states, &s);
	else
		firewall_walk_close(walk, &s, FIREWALL_CONTINUE, 0, 0, "the host has no address of this family but on the loopback");
}

static void run_in(struct walk *walk, struct firewall_states *states, struct firewall_states *remote)
{
	run_hook(walk, FIREWALL_INGRESS, states);
	run_hook(walk, FIREWALL_PREROUTING, states);
	route_states(walk, states, remote);
	run_hook(walk, FIREWALL_INPUT, states);
	run_hook(walk, FIREWALL_FORWARD, remote);
	run_hook(walk, FIREWALL_POSTROUTING, remote);
}

int firewall_evaluate(struct firewall_evaluator *evaluator, const struct firewall_probe *probe, struct firewall_result *ret_result, struct error *err)
{
	struct walk            walk = { .evaluator = evaluator, .model = evaluator->model, .probe = probe };
	struct firewall_states states = { 0 }, remote = { 0 };

	arena_free(&evaluator->pool.arena);
	evaluator->pool.left = MAX_POOL;
	walk.steps = evaluator->steps < MAX_STEPS ? evaluator->steps : MAX_STEPS;
	evaluator->steps -= walk.steps;
	start(&walk, &states);
	if (probe->outbound)
		run_hook(&walk, FIREWALL_OUTPUT, &states);
	else
		run_in(&walk, &states, &remote);
	firewall_states_move(&walk, &states, &remote);
	for (size_t i = 0; i < states.count && !walk.result.translated.translated; i++)
		if (states.items[i].translated)
			walk.result.translated = states.items[i];
	firewall_states_merge(&walk, &states, true);
	evaluator->steps += walk.steps;
	firewall_states_free(&remote);
	firewall_states_free(&walk.passed);
	if (walk.nomem) {
		firewall_states_free(&states);
		return error_nomem(err);
	}
	walk.result.accepted = states;
	*ret_result = walk.result;
	return 0;
}

void firewall_result_fini(struct firewall_result *result)
{
	firewall_states_free(&result->accepted);
}

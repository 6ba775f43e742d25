#include "firewall_eval_private.h"

#include "mem.h"
#include "text.h"

#define MAX_DEPTH       64                    /* of jumps; nftables refuses more than 16 */
#define MAX_STEPS       (4u * 1000 * 1000)    /* of one probe: a rule looked at, for one part of the packet */
#define MAX_STEPS_ALL   (40u * 1000 * 1000)   /* of all probes of a target: about a second */
#define MAX_POOL        (64u * 1024 * 1024)   /* bytes for the sets of one probe */
#define CONNTRACK       (-200)                /* its priority on the hook prerouting */
#define DESTINATION_NAT (-100)
#define SOURCE_NAT      100

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
	return chain->hook == FIREWALL_PREROUTING || chain->hook == FIREWALL_OUTPUT ? DESTINATION_NAT : SOURCE_NAT;
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
	r = make_kinds(&evaluator->kinds, model, err);
	for (uint32_t i = 0; r == 0 && i < model->chains.count; i++) {
		const struct firewall_chain *chain = firewall_model_chain(model, i);

		for (unsigned f = 0; r == 0 && chain->hook != FIREWALL_HOOK_NONE && f < 2; f++)
			if (chain->families & (1u << f))
				r = add_base(evaluator, &evaluator->bases[f][chain->hook], i, err);
	}
	if (r < 0)
		firewall_evaluator_fini(evaluator);
	return r;
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

/* What closes is named by the part that is most of all packets. */
static void close_state(struct walk *walk, const struct firewall_state *state, enum firewall_kind kind, uint32_t chain, uint32_t rule, const char *reason)
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

/* Where a verdict sends parts: on to the next rule, out of the chain, or nowhere. */
struct place {
	struct walk            *walk;
	uint32_t                chain, rule; /* whose verdict it is; FIREWALL_NONE for a policy */
	struct firewall_states *next, *out;
};

static void run_chain(struct walk *walk, uint32_t chain, struct firewall_states *states);

static void accept_states(const struct place *place, struct firewall_states *states)
{
	for (size_t i = 0; i < states->count; i++) {
		/* What a rule decided, the policy of a later chain merely lets pass. */
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

static void follow(const struct place *place, enum firewall_kind kind, uint32_t target, struct firewall_states *states)
{
	struct walk *walk = place->walk;

	switch (kind) {
	case FIREWALL_ACCEPT:
		accept_states(place, states);
		break;
	case FIREWALL_DROP:
	case FIREWALL_REJECT:
		for (size_t i = 0; i < states->count; i++)
			close_state(walk, &states->items[i], kind, place->chain, place->rule, NULL);
		break;
	case FIREWALL_RETURN:
		firewall_states_move(walk, place->out, states);
		break;
	case FIREWALL_JUMP:
	case FIREWALL_GOTO:
		run_chain(walk, target, states);
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
	follow(context, (enum firewall_kind)data->low.lo, (uint32_t)data->low.hi, taken);
}

static void set_marks(const struct firewall_op *op, struct firewall_states *states)
{
	for (size_t i = 0; i < states->count; i++) {
		struct firewall_state *s = &states->items[i];
		const bool             of_ct = op->kind == FIREWALL_SET_CT_MARK;
		uint32_t              *mark = of_ct ? &s->ct_mark : &s->mark;
		const uint32_t         other = of_ct ? s->mark : s->ct_mark;
		bool                  *unknown = of_ct ? &s->ct_mark_unknown : &s->mark_unknown;

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

/* Send a part to another destination. A range of ports keeps the port it has when that is one of them. */
static void translate(struct walk *walk, struct firewall_state *state, unsigned has, const struct firewall_range *address, const struct firewall_range *port)
{
	state->translated = true;
	if (has & FIREWALL_HAS_ADDRESS) {
		state->addressed = true;
		state->address = address->low;
	}
	if ((has & FIREWALL_HAS_PORT) && !firewall_range_has(*port, firewall_number_of(state->port))) {
		if (!firewall_range_is_one(*port))
			firewall_walk_undecided(walk, slice_of("dnat to a range of ports"));
		state->port = (uint32_t)port->low.lo;
	}
}

struct translating {
	struct place             *place;
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

static void translate_states(struct place *place, const struct firewall_op *op, struct firewall_states *states)
{
	struct translating translating = { place, op };

	if (place->walk->hook != FIREWALL_PREROUTING) {
		accept_states(place, states);
	} else if (op->kind == FIREWALL_REDIRECT) {
		const struct firewall_range port = { firewall_number_of(op->target), firewall_number_of(op->target) };

		for (size_t i = 0; i < states->count; i++)
			translate(place->walk, &states->items[i], op->target ? FIREWALL_HAS_PORT : 0, NULL, &port);
		accept_states(place, states);
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

/* One operation on the parts that came so far; those it does not match go to the next rule. */
static void run_op(struct place *place, const struct firewall_op *op, struct firewall_states *active)
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
		for (size_t i = 0; i < active->count && !walk->stopped; i++)
			firewall_match_map(walk, op, &active->items[i], follow_element, place, place->next);
		active->count = 0;
		break;
	case FIREWALL_SET_MARK:
	case FIREWALL_SET_CT_MARK:
		set_marks(op, active);
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
		accept_states(place, active);
		break;
	case FIREWALL_LOG:
	case FIREWALL_CONTINUE:
		break;
	default:
		follow(place, op->kind, op->target, active);
	}
	firewall_states_free(&yes);
}

static void run_rule(struct walk *walk, uint32_t chain, const struct firewall_rule *rule, struct firewall_states *now, struct firewall_states *out)
{
	struct firewall_states active = { 0 }, next = { 0 };
	struct place           place = { walk, chain, rule->number, &next, out };

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

/* Rules that follow each other, differ in nothing but their sources, and decide alike: asked as one. */
struct run {
	struct firewall_range *ranges;
	size_t                 count, size;
	enum firewall_kind     kind;
	uint32_t               rule; /* the first */
};

enum shape {
	RULE_OTHER = 1,
	RULE_SKIPPED, /* matches none of the parts there are */
	RULE_SOURCES, /* matches sources, and nothing else that is in question */
};

/* What a rule is for one part. */
static enum shape shape_of(struct walk *walk, const struct firewall_rule *rule, const struct firewall_state *state, uint32_t *ret_list, enum firewall_kind *ret_kind)
{
	bool sources = false;

	for (uint32_t i = 0; i < rule->nops; i++) {
		const struct firewall_op *op = FIREWALL_AT(walk->model->ops, struct firewall_op, rule->first + i);
		int                       certain;

		if (op->kind == FIREWALL_NEVER)
			return RULE_SKIPPED;
		if (op->kind == FIREWALL_ACCEPT || op->kind == FIREWALL_DROP || op->kind == FIREWALL_REJECT) {
			*ret_kind = op->kind;
			return sources ? RULE_SOURCES : RULE_OTHER;
		}
		if (op->kind != FIREWALL_MATCH)
			return RULE_OTHER;
		certain = firewall_match_certain(walk, op, state);
		if (certain == 0)
			return RULE_SKIPPED;
		if (certain == 1)
			continue;
		if (sources || op->negated || op->nkeys != 1 || firewall_model_keys(walk->model, op)->field != FIREWALL_SADDR ||
		    firewall_model_list(walk->model, op->list)->opaque || firewall_model_list(walk->model, op->list)->changes ||
		    firewall_model_list(walk->model, op->list)->except != FIREWALL_NONE || firewall_model_list(walk->model, op->list)->count > 64)
			return RULE_OTHER;
		sources = true;
		*ret_list = op->list;
	}
	return RULE_OTHER;
}

static void run_add(struct walk *walk, struct run *run, const struct firewall_list *list)
{
	for (size_t i = 0; i < list->count && !walk->stopped; i++) {
		if (run->count == run->size) {
			size_t wanted = run->size ? run->size * 2 : 16;
			void  *grown = mem_resize(run->ranges, wanted, sizeof(*run->ranges));

			if (!grown) {
				walk->nomem = true;
				firewall_walk_stop(walk, "out of memory");
				return;
			}
			run->ranges = grown;
			run->size = wanted;
		}
		run->ranges[run->count++] = *firewall_model_element(walk->model, list, i);
	}
}

static void run_flush(struct walk *walk, uint32_t chain, struct run *run, struct firewall_states *now)
{
	struct firewall_pool        *pool = &walk->evaluator->pool;
	const struct firewall_space *space;
	struct firewall_states       taken = { 0 }, next = { 0 };
	struct place                 place = { walk, chain, run->rule, &next, &next };

	if (run->count == 0 || walk->stopped)
		return;
	space = firewall_space_of(pool, run->ranges, run->count);
	run->count = 0;
	for (size_t i = 0; i < now->count && !walk->stopped; i++) {
		struct firewall_state in = now->items[i], out = now->items[i];

		in.source = space ? firewall_space_intersect(pool, in.source, space) : NULL;
		out.source = in.source ? firewall_space_subtract(pool, out.source, space) : NULL;
		if (!out.source)
			firewall_walk_stop(walk, "a ruleset too large to be followed");
		else if (!firewall_state_is_empty(&in))
			firewall_states_add(walk, &taken, &in);
		if (out.source && !firewall_state_is_empty(&out))
			firewall_states_add(walk, &next, &out);
	}
	follow(&place, run->kind, FIREWALL_NONE, &taken);
	now->count = 0;
	firewall_states_move(walk, now, &next);
	firewall_states_free(&taken);
	firewall_states_free(&next);
}

/* Take a rule into the run, or end the run with it. True when nothing more is to be done about it. */
static bool run_take(struct walk *walk, uint32_t chain, struct run *run, const struct firewall_rule *rule, struct firewall_states *now)
{
	uint32_t           list = FIREWALL_NONE;
	enum firewall_kind kind = FIREWALL_NEVER;
	enum shape         shape = now->count > 0 ? shape_of(walk, rule, &now->items[0], &list, &kind) : RULE_SKIPPED;

	/* Parts may differ in what was certain for the first. */
	for (size_t i = 1; i < now->count && shape != RULE_OTHER; i++)
		if (shape_of(walk, rule, &now->items[i], &list, &kind) != shape)
			shape = RULE_OTHER;
	if (shape == RULE_SKIPPED)
		return true;
	if (shape != RULE_SOURCES || (run->count > 0 && run->kind != kind))
		run_flush(walk, chain, run, now);
	if (shape != RULE_SOURCES)
		return false;
	if (run->count == 0) {
		run->kind = kind;
		run->rule = rule->number;
	}
	run_add(walk, run, firewall_model_list(walk->model, list));
	return true;
}

/* Send parts through a chain; what comes out at its end, or by a return, is left in `states`. */
static void run_chain(struct walk *walk, uint32_t chain, struct firewall_states *states)
{
	struct firewall_states now = { 0 }, out = { 0 };
	struct run             run = { 0 };
	uint32_t               at = firewall_model_chain(walk->model, chain)->first;

	firewall_states_move(walk, &now, states);
	if (++walk->depth > MAX_DEPTH)
		firewall_walk_stop(walk, "jumps that are too deep");
	while (at != FIREWALL_NONE && now.count > 0 && !walk->stopped) {
		const struct firewall_rule rule = *FIREWALL_AT(walk->model->rules, struct firewall_rule, at);

		if (walk->steps < now.count) {
			firewall_walk_stop(walk, "a ruleset too large to be followed");
			break;
		}
		walk->steps -= now.count;
		if (!run_take(walk, chain, &run, &rule, &now))
			run_rule(walk, chain, &rule, &now, &out);
		at = rule.next;
	}
	run_flush(walk, chain, &run, &now);
	walk->depth--;
	firewall_states_move(walk, states, &out);
	firewall_states_move(walk, states, &now);
	if (states->count > 1)
		firewall_states_merge(walk, states, false);
	mem_free(run.ranges);
	firewall_states_free(&now);
	firewall_states_free(&out);
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
	struct place                 policy = { walk, number, FIREWALL_NONE, &spared, &spared };

	walk->base = number;
	walk->tracked = walk->hook > FIREWALL_PREROUTING || (walk->hook == FIREWALL_PREROUTING && priority_of(base) > CONNTRACK);
	split_base(walk, base, states, &spared);
	run_chain(walk, number, states);
	base = firewall_model_chain(walk->model, number);
	if (base->policy == FIREWALL_UNDECIDED && states->count > 0)
		firewall_walk_undecided(walk, slice_of("the policy of a chain"));
	else
		follow(&policy, base->policy, FIREWALL_NONE, states);
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

/* After prerouting: what is for this host, what is for another, and what goes nowhere. */
static void route_states(struct walk *walk, struct firewall_states *states, struct firewall_states *remote)
{
	struct firewall_states local = { 0 };

	for (size_t i = 0; i < states->count && !walk->stopped; i++) {
		struct firewall_state *s = &states->items[i];
		const bool             here = is_local(walk, s);

		if (here && s->addressed && is_loopback(walk->probe->family, s->address) && !walk->evaluator->host->routes_localnet)
			close_state(walk, s, FIREWALL_CONTINUE, 0, 0, "sent to the loopback, which nothing from outside may be for");
		else if (here && s->translated && !is_listening(walk, s))
			close_state(walk, s, FIREWALL_CONTINUE, 0, 0, "sent to a port on which nothing listens");
		else if (!here && !(walk->evaluator->host->forwards & walk->probe->family))
			close_state(walk, s, FIREWALL_CONTINUE, 0, 0, "sent to another host, but this one does not forward");
		else if (here)
			firewall_states_add(walk, &local, s);
		else {
			s->oif = route(walk, s->address);
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

/* The own addresses a probe may be for, a bit each in the order of the host's list. */
static void start_destinations(const struct walk *walk, struct firewall_state *state)
{
	const struct firewall_host *host = walk->evaluator->host;
	size_t                      n = 0;

	if (!host->own_known) {
		state->destinations[0] = 1;
		return;
	}
	for (size_t i = 0; i < host->nown && n < FIREWALL_DESTINATION_WORDS * 64; i++) {
		if (host->own[i].family != walk->probe->family || host->own[i].loopback)
			continue;
		if (firewall_is_bound(host, walk->probe, host->own[i].address))
			state->destinations[n / 64] |= (uint64_t)1 << (n % 64);
		n++;
	}
}

static void start(struct walk *walk, struct firewall_states *states)
{
	struct firewall_state s = { .port = walk->probe->port, .oif = FIREWALL_NONE, .rule = FIREWALL_NONE, .chain = FIREWALL_NONE };

	s.source = walk->probe->source ? walk->probe->source : firewall_outside(&walk->evaluator->pool, walk->probe->family);
	for (uint32_t k = 0; k < walk->evaluator->kinds.count; k++)
		s.interfaces[k / 64] |= (uint64_t)1 << (k % 64);
	if (walk->evaluator->kinds.too_many)
		s.interfaces[0] = 1;
	start_destinations(walk, &s);
	if (!s.source)
		firewall_walk_stop(walk, "out of memory");
	else if (!firewall_state_is_empty(&s))
		firewall_states_add(walk, states, &s);
	else
		close_state(walk, &s, FIREWALL_CONTINUE, 0, 0, "nothing listens but on the loopback");
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
	run_hook(&walk, FIREWALL_INGRESS, &states);
	run_hook(&walk, FIREWALL_PREROUTING, &states);
	route_states(&walk, &states, &remote);
	run_hook(&walk, FIREWALL_INPUT, &states);
	run_hook(&walk, FIREWALL_FORWARD, &remote);
	run_hook(&walk, FIREWALL_POSTROUTING, &remote);
	firewall_states_move(&walk, &states, &remote);
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

#include "firewall_eval_private.h"

#include "mem.h"

/* What asking a field of a part comes to. */
enum answer {
	IS_NUMBER = 1,
	IS_SOURCE,
	IS_INTERFACE,
	IS_DESTINATION,
	IS_OPEN,   /* nobody knows */
	IS_ABSENT, /* the packet has no such thing: no rule that asks matches */
};

struct field {
	enum answer            answer;
	struct firewall_number number;
};

static struct field number(uint64_t value)
{
	return (struct field){ IS_NUMBER, firewall_number_of(value) };
}

static struct field of_interface(const struct walk *walk)
{
	if (walk->hook == FIREWALL_POSTROUTING || walk->hook == FIREWALL_OUTPUT)
		return number(UINT64_MAX); /* no name's number */
	if (walk->probe->loopback)
		return number(walk->evaluator->lo);
	return (struct field){ .answer = walk->evaluator->kinds.too_many ? IS_OPEN : IS_INTERFACE };
}

static struct field of_output(const struct walk *walk, const struct firewall_state *state)
{
	if (walk->hook == FIREWALL_OUTPUT)
		return (struct field){ .answer = IS_OPEN };
	if (walk->hook != FIREWALL_FORWARD && walk->hook != FIREWALL_POSTROUTING)
		return number(UINT64_MAX);
	return state->oif == FIREWALL_NONE ? (struct field){ .answer = IS_OPEN } : number(state->oif);
}

static struct field of_destination(const struct walk *walk, const struct firewall_state *state, bool original)
{
	if (!original && state->addressed)
		return (struct field){ IS_NUMBER, state->address };
	if (!original && state->redirected)
		return (struct field){ .answer = IS_OPEN };
	if (walk->probe->forwarded || walk->probe->outbound)
		return (struct field){ .answer = IS_OPEN };
	return (struct field){ .answer = walk->evaluator->host->own_known ? IS_DESTINATION : IS_OPEN };
}

/* Whether its address is one of another host, after DNAT. */
static bool is_remote(const struct walk *walk, const struct firewall_state *state)
{
	const struct firewall_host *host = walk->evaluator->host;

	for (size_t i = 0; i < host->nown; i++)
		if (host->own[i].family == walk->probe->family && firewall_number_compare(host->own[i].address, state->address) == 0)
			return false;
	return state->addressed && !walk->probe->loopback;
}

/*
 * As the kernel has it: 32 once it was sent elsewhere, 256 and 128 once the rules for that, and those for its source, were asked, whatever they said.
 * Rules that compare all of it (`ct status != dnat`) see these, too.
 */
static struct field of_status(const struct walk *walk, const struct firewall_state *state)
{
	const struct firewall_chain *base = firewall_model_chain(walk->model, walk->base);
	const uint64_t               sent = state->translated ? 32 : 0;
	const bool                   before = walk->hook == FIREWALL_PREROUTING;
	const int                    nat = before ? FIREWALL_DESTINATION_NAT : FIREWALL_SOURCE_NAT;

	if (!(walk->evaluator->nat & walk->probe->family))
		return number(sent);
	if (walk->hook == FIREWALL_FORWARD)
		return number(sent | 256);
	if (!base->nat && base->priority == nat && !(before && sent))
		return (struct field){ .answer = IS_OPEN };
	if (before)
		return number(sent | (sent || (!base->nat && base->priority > nat) ? 256 : 0));
	return number(sent | 256 | (!base->nat && base->priority > nat ? 128 : 0));
}

static struct field of_connection(const struct walk *walk, const struct firewall_state *state, enum firewall_field field)
{
	const bool tracked = walk->tracked && !state->untracked;

	if (field == FIREWALL_CT_STATE)
		return number(tracked ? walk->probe->state : state->untracked ? 64
		                                                              : 1);
	if (tracked && state->perhaps && (field == FIREWALL_CT_STATUS || field == FIREWALL_CT_STATE_DNAT))
		return (struct field){ .answer = IS_OPEN };
	if (field == FIREWALL_CT_STATE_DNAT)
		return number(tracked ? walk->probe->state | (state->translated ? 128 : 0) : state->untracked ? 64
		                                                                                              : 1);
	if (!tracked)
		return (struct field){ .answer = IS_ABSENT };
	if (field == FIREWALL_CT_STATUS)
		return of_status(walk, state);
	if (field == FIREWALL_CT_MARK)
		return state->ct_mark_unknown ? (struct field){ .answer = IS_OPEN } : number(state->ct_mark);
	if (field == FIREWALL_ORIGINAL_DPORT)
		return number(walk->probe->port);
	return of_destination(walk, state, true);
}

static struct field ask(const struct walk *walk, const struct firewall_state *state, enum firewall_field field)
{
	switch (field) {
	case FIREWALL_SADDR:
		return (struct field){ .answer = walk->probe->outbound ? IS_OPEN : IS_SOURCE };
	case FIREWALL_DADDR:
		return of_destination(walk, state, false);
	case FIREWALL_DPORT:
		return number(state->port);
	case FIREWALL_PROTOCOL:
		return number(walk->probe->protocol);
	case FIREWALL_NFPROTO:
		return number(walk->probe->family == FIREWALL_IPV4 ? 4 : 6);
	case FIREWALL_IIF:
		return of_interface(walk);
	case FIREWALL_OIF:
		return of_output(walk, state);
	case FIREWALL_MARK:
		return state->mark_unknown ? (struct field){ .answer = IS_OPEN } : number(state->mark);
	case FIREWALL_CT_STATE:
	case FIREWALL_CT_STATE_DNAT:
	case FIREWALL_CT_STATUS:
	case FIREWALL_CT_MARK:
	case FIREWALL_ORIGINAL_DPORT:
	case FIREWALL_ORIGINAL_DADDR:
		return of_connection(walk, state, field);
	case FIREWALL_TCP_FLAGS:
		return number(walk->probe->tcp_flags);
	case FIREWALL_SADDR_TYPE:
		return number(walk->probe->outbound || walk->probe->loopback ? 2 : 1);
	case FIREWALL_DADDR_TYPE:
		if (walk->probe->outbound || walk->probe->forwarded)
			return number(1);
		return number(is_remote(walk, state) ? 1 : 2);
	case FIREWALL_PKTTYPE:
	case FIREWALL_ZERO:
		return number(0);
	case FIREWALL_SPORT:
	case FIREWALL_FIELD_UNKNOWN:
	case FIREWALL_FIELDS:
		break;
	}
	return (struct field){ .answer = IS_OPEN };
}

static bool is_interface(enum firewall_field field)
{
	return field == FIREWALL_IIF || field == FIREWALL_OIF;
}

static bool matches_name(struct slice pattern, struct slice name)
{
	if (pattern.len > 0 && pattern.ptr[pattern.len - 1] == '*')
		return name.len >= pattern.len - 1 && memcmp(name.ptr, pattern.ptr, pattern.len - 1) == 0;
	return slice_equal(pattern, name);
}

/* A number against a range; names of interfaces against a pattern. */
static bool has_number(const struct walk *walk, struct firewall_key key, struct firewall_range range, struct firewall_number n)
{
	if (is_interface(key.field))
		return n.lo < walk->model->names.count && range.low.lo < walk->model->names.count &&
		       matches_name(firewall_model_name_text(walk->model, (uint32_t)range.low.lo), firewall_model_name_text(walk->model, (uint32_t)n.lo));
	if (key.mask)
		n = firewall_number_of(n.lo & key.mask);
	return firewall_range_has(range, n);
}

static void add_unless_empty(struct walk *walk, struct firewall_states *states, const struct firewall_state *state)
{
	if (!firewall_state_is_empty(state))
		firewall_states_add(walk, states, state);
}

static void split_source(struct walk *walk, const struct firewall_state *state, const struct firewall_space *space, struct firewall_states *yes,
                         struct firewall_states *no)
{
	struct firewall_pool *pool = &walk->evaluator->pool;
	struct firewall_state in = *state, out = *state;

	firewall_walk_charge(walk, (state->source->count + (space ? space->count : 0)) / 16);
	in.source = space ? firewall_space_intersect(pool, state->source, space) : NULL;
	out.source = in.source ? firewall_space_subtract(pool, state->source, space) : NULL;
	if (!out.source) {
		firewall_walk_stop(walk, "a ruleset too large to be followed");
		return;
	}
	add_unless_empty(walk, yes, &in);
	add_unless_empty(walk, no, &out);
}

static void split_bits(struct walk *walk, const struct firewall_state *state, bool interfaces, const uint64_t *bits, struct firewall_states *yes,
                       struct firewall_states *no)
{
	struct firewall_state in = *state, out = *state;
	const size_t          count = interfaces ? FIREWALL_INTERFACE_WORDS : FIREWALL_DESTINATION_WORDS;
	uint64_t             *a = interfaces ? in.interfaces : in.destinations, *b = interfaces ? out.interfaces : out.destinations;

	for (size_t i = 0; i < count; i++) {
		a[i] &= bits[i];
		b[i] &= ~bits[i];
	}
	add_unless_empty(walk, yes, &in);
	add_unless_empty(walk, no, &out);
}

/* The own addresses in one of the elements from `from` to `to`. */
static void destination_bits(const struct walk *walk, const struct firewall_list *list, size_t component, size_t from, size_t to, uint64_t *bits)
{
	const struct firewall_host *host = walk->evaluator->host;
	size_t                      n = 0;

	memset(bits, 0, FIREWALL_DESTINATION_WORDS * sizeof(*bits));
	for (size_t i = 0; i < host->nown && n < FIREWALL_DESTINATION_WORDS * 64; i++) {
		if (host->own[i].family != walk->probe->family || host->own[i].loopback)
			continue;
		for (size_t e = from; e < to; e++)
			if (firewall_range_has(firewall_model_element(walk->model, list, e)[component], host->own[i].address))
				bits[n / 64] |= (uint64_t)1 << (n % 64);
		n++;
	}
}

static void interface_bits(const struct walk *walk, const struct firewall_list *list, size_t component, size_t from, size_t to, uint64_t *bits)
{
	memset(bits, 0, FIREWALL_INTERFACE_WORDS * sizeof(*bits));
	for (size_t e = from; e < to; e++) {
		const uint64_t  name = firewall_model_element(walk->model, list, e)[component].low.lo;
		const uint64_t *of = &walk->evaluator->kinds.bits[name * FIREWALL_INTERFACE_WORDS];

		for (size_t i = 0; name < walk->model->names.count && i < FIREWALL_INTERFACE_WORDS; i++)
			bits[i] |= of[i];
	}
}

/* The sources of some elements; those of a whole list of sources alone are made once. */
static const struct firewall_space *source_space(struct walk *walk, uint32_t number_of_list, size_t component, size_t from, size_t to)
{
	struct firewall_list        *list = firewall_model_list(walk->model, number_of_list);
	const bool                   whole = from == 0 && to == list->count && list->width == 1;
	struct firewall_range       *ranges;
	const struct firewall_space *space;

	if (whole && list->space)
		return list->space;
	ranges = mem_resize(NULL, to - from + 1, sizeof(*ranges));
	if (!ranges)
		return NULL;
	for (size_t e = from; e < to; e++)
		ranges[e - from] = firewall_model_element(walk->model, list, e)[component];
	space = firewall_space_of(whole ? &walk->model->pool : &walk->evaluator->pool, ranges, to - from);
	mem_free(ranges);
	if (whole)
		list->space = space;
	return space;
}

/* True when a range takes in every value of a field that nobody knows. */
static bool takes_all(struct firewall_key key, struct firewall_range range)
{
	if (key.field == FIREWALL_SPORT)
		return range.low.lo <= 1 && range.high.lo >= 65535;
	return range.low.lo == 0 && range.high.lo == UINT64_MAX;
}

/* Addresses that are no host's own: no packet of ours is for them. */
static bool is_never_own(enum firewall_family family, struct firewall_range range)
{
	if (family == FIREWALL_IPV6)
		return range.low.hi >> 56 == 0xff;
	return (range.low.lo >> 28 == 0xe && range.high.lo >> 28 == 0xe) || range.low.lo == 0xffffffff;
}

static void split_open(struct walk *walk, const struct firewall_state *state, struct firewall_key key, const struct firewall_list *list,
                       size_t component, size_t from, size_t to, struct firewall_states *yes, struct firewall_states *no)
{
	const bool address = key.field == FIREWALL_DADDR || key.field == FIREWALL_ORIGINAL_DADDR;
	bool       none = true;
	uint32_t   literal;

	for (size_t e = from; e < to; e++) {
		const struct firewall_range range = firewall_model_element(walk->model, list, e)[component];

		none = none && address && is_never_own(walk->probe->family, range);
		if (key.mask == 0 && takes_all(key, range)) {
			firewall_states_add(walk, yes, state);
			return;
		}
	}
	if (none) {
		firewall_states_add(walk, no, state);
		return;
	}
	literal = firewall_literal_of(walk, key, list, component, from, to);
	if (literal != FIREWALL_NONE)
		firewall_match_condition(walk, literal, state, yes, no);
}

/* Split by one component of the elements from `from` to `to`. */
static void split_component(struct walk *walk, const struct firewall_state *state, struct firewall_key key, uint32_t number_of_list, size_t component,
                            size_t from, size_t to, struct firewall_states *yes, struct firewall_states *no)
{
	const struct firewall_list *list = firewall_model_list(walk->model, number_of_list);
	const struct field          field = ask(walk, state, key.field);
	uint64_t                    bits[FIREWALL_INTERFACE_WORDS];
	bool                        found = false;

	firewall_walk_charge(walk, 2);
	switch (field.answer) {
	case IS_SOURCE:
		split_source(walk, state, source_space(walk, number_of_list, component, from, to), yes, no);
		return;
	case IS_INTERFACE:
		interface_bits(walk, list, component, from, to, bits);
		split_bits(walk, state, true, bits, yes, no);
		return;
	case IS_DESTINATION:
		destination_bits(walk, list, component, from, to, bits);
		split_bits(walk, state, false, bits, yes, no);
		return;
	case IS_OPEN:
		split_open(walk, state, key, list, component, from, to, yes, no);
		return;
	case IS_NUMBER:
		for (size_t e = from; !found && e < to; e++)
			found = has_number(walk, key, firewall_model_element(walk->model, list, e)[component], field.number);
		break;
	case IS_ABSENT:
		break;
	}
	firewall_states_add(walk, found ? yes : no, state);
}

/* Whether what is a number in a part fits an element; *ret_rest is the one component that is not a number, `width` when there is none, width + 1 for more. */
static bool fits(const struct walk *walk, const struct firewall_op *op, const struct firewall_state *state, const struct firewall_range *element, size_t width,
                 size_t *ret_rest)
{
	const struct firewall_key *keys = firewall_model_keys(walk->model, op);
	size_t                     rest = width;

	for (size_t i = 0; i < width; i++) {
		const struct field field = ask(walk, state, keys[i].field);

		if (field.answer == IS_NUMBER && !has_number(walk, keys[i], element[i], field.number))
			return false;
		if (field.answer != IS_NUMBER)
			rest = rest == width ? i : width + 1;
	}
	*ret_rest = rest;
	return true;
}

/* Take one element, or a run of them that differ in one component, out of all parts in `rest`. */
static void take_run(struct walk *walk, const struct firewall_op *op, size_t from, size_t to, size_t component, struct firewall_states *rest,
                     struct firewall_states *taken)
{
	const struct firewall_key *keys = firewall_model_keys(walk->model, op);
	const size_t               width = firewall_model_list(walk->model, op->list)->width;
	struct firewall_states     left = { 0 };

	for (size_t i = 0; i < rest->count && !walk->stopped; i++) {
		struct firewall_states in = { 0 }, next = { 0 };

		firewall_states_add(walk, &in, &rest->items[i]);
		for (size_t c = 0; c < width; c++) {
			const size_t end = c == component ? to : from + 1;

			for (size_t k = 0; k < in.count && !walk->stopped; k++)
				split_component(walk, &in.items[k], keys[c], op->list, c, from, end, &next, &left);
			in.count = 0;
			firewall_states_move(walk, &in, &next);
		}
		firewall_states_move(walk, taken, &in);
		firewall_states_free(&in);
		firewall_states_free(&next);
	}
	rest->count = 0;
	firewall_states_move(walk, rest, &left);
	firewall_states_free(&left);
}

static bool is_same_data(const struct firewall_range *a, const struct firewall_range *b, size_t width, size_t data)
{
	return memcmp(a + width, b + width, data * sizeof(*a)) == 0;
}

/* A packet that lacks what is asked matches no element, nor its opposite. */
static bool lacks_something(const struct walk *walk, const struct firewall_op *op, const struct firewall_state *state)
{
	const struct firewall_key *keys = firewall_model_keys(walk->model, op);

	for (size_t i = 0; i < op->nkeys; i++)
		if (ask(walk, state, keys[i].field).answer == IS_ABSENT)
			return true;
	return false;
}

/* The place of the source among the keys; `width` when it is not asked. */
static size_t source_of(const struct walk *walk, const struct firewall_op *op, size_t width)
{
	const struct firewall_key *keys = firewall_model_keys(walk->model, op);
	size_t                     i = 0;

	while (i < width && keys[i].field != FIREWALL_SADDR)
		i++;
	return i;
}

/* Whether two elements are alike in all but one component. */
static bool differs_only_in(const struct firewall_range *a, const struct firewall_range *b, size_t width, size_t component)
{
	return memcmp(a, b, component * sizeof(*a)) == 0 && memcmp(a + component + 1, b + component + 1, (width - component - 1) * sizeof(*a)) == 0;
}

/* Where the run of elements ends that begins at `from`: they lead to the same, and `component` alone is in question, or alone differs. */
static size_t run_end(const struct walk *walk, const struct firewall_op *op, const struct firewall_state *state, size_t from, size_t component, bool alone)
{
	const struct firewall_list  *list = firewall_model_list(walk->model, op->list);
	const struct firewall_range *element = firewall_model_element(walk->model, list, from), *next;
	const size_t                 width = list->width;
	size_t                       to = from + 1, other;

	for (; component < width && to < list->count; to++) {
		next = firewall_model_element(walk->model, list, to);
		if (!is_same_data(element, next, width, list->data))
			break;
		if (alone ? !fits(walk, op, state, next, width, &other) || other != component : !differs_only_in(element, next, width, component))
			break;
	}
	return to;
}

void firewall_match_map(struct walk *walk, const struct firewall_op *op, const struct firewall_state *state, firewall_map_each *each, void *context,
                        struct firewall_states *no)
{
	const struct firewall_list *list = firewall_model_list(walk->model, op->list);
	const size_t                width = list->width;
	struct firewall_states      rest = { 0 }, taken = { 0 };

	firewall_states_add(walk, &rest, state);
	for (size_t from = 0, to; from < list->count && rest.count > 0 && !walk->stopped && !lacks_something(walk, op, state); from = to) {
		const struct firewall_range *element = firewall_model_element(walk->model, list, from);
		size_t                       component;
		bool                         alone;

		to = from + 1;
		firewall_walk_charge(walk, 1);
		if (!fits(walk, op, state, element, width, &component))
			continue;
		alone = component < width;
		if (component > width)
			component = source_of(walk, op, width);
		to = run_end(walk, op, state, from, component, alone);
		take_run(walk, op, from, to, component, &rest, &taken);
		if (taken.count > 0)
			each(context, element + width, &taken);
		taken.count = 0;
		list = firewall_model_list(walk->model, op->list);
	}
	firewall_states_move(walk, no, &rest);
	firewall_states_free(&rest);
	firewall_states_free(&taken);
}

struct collecting {
	struct walk            *walk;
	struct firewall_states *to;
};

static void collect(void *context, const struct firewall_range *data, struct firewall_states *taken)
{
	struct collecting *collecting = context;

	(void)data;
	firewall_states_move(collecting->walk, collecting->to, taken);
}

static bool is_unknown(const struct firewall_list *list)
{
	return list->opaque || list->changes;
}

/* A list that cannot be looked into is a condition: being in it. */
static void split_unknown(struct walk *walk, const struct firewall_op *op, const struct firewall_state *state, struct firewall_states *yes, struct firewall_states *no)
{
	struct firewall_list *list = firewall_model_list(walk->model, op->list);
	char                  text[80], opposite[90];

	if (list->literal == FIREWALL_NONE) {
		uint32_t literal;

		snprintf(text, sizeof(text), "in set %" PRIu32 ", %s", op->list, list->opaque ? "which is not understood" : "which rules fill");
		snprintf(opposite, sizeof(opposite), "not %s", text);
		if (firewall_model_literal(walk->model, list->opaque ? FIREWALL_STRANGE : FIREWALL_OTHER, slice_of(text), slice_of(opposite), &literal, NULL) < 0) {
			firewall_walk_stop(walk, "a ruleset too large to be followed");
			return;
		}
		firewall_model_list(walk->model, op->list)->literal = literal;
	}
	firewall_match_condition(walk, firewall_model_list(walk->model, op->list)->literal, state, yes, no);
}

/* Take out of `yes` what is in the exceptions of the list. */
static void split_except(struct walk *walk, const struct firewall_op *op, uint32_t except, struct firewall_states *yes, struct firewall_states *no)
{
	struct firewall_op     excepted = *op;
	struct firewall_states kept = { 0 };

	excepted.list = except;
	excepted.negated = true;
	for (size_t i = 0; i < yes->count; i++)
		firewall_match_split(walk, &excepted, &yes->items[i], &kept, no);
	yes->count = 0;
	firewall_states_move(walk, yes, &kept);
	firewall_states_free(&kept);
}

void firewall_match_split(struct walk *walk, const struct firewall_op *op, const struct firewall_state *state, struct firewall_states *yes,
                          struct firewall_states *no)
{
	struct firewall_states in = { 0 }, out = { 0 };

	if (op->kind == FIREWALL_CONDITION) {
		firewall_match_condition(walk, op->target, state, op->negated ? &out : &in, op->negated ? &in : &out);
	} else if (lacks_something(walk, op, state)) {
		firewall_states_add(walk, &out, state);
	} else if (is_unknown(firewall_model_list(walk->model, op->list))) {
		split_unknown(walk, op, state, op->negated ? &out : &in, op->negated ? &in : &out);
	} else {
		const struct firewall_list *list = firewall_model_list(walk->model, op->list);
		struct firewall_states      a = { 0 }, b = { 0 };
		const uint32_t              except = list->except;

		if (list->width == 1)
			split_component(walk, state, *firewall_model_keys(walk->model, op), op->list, 0, 0, list->count, &a, &b);
		else
			firewall_match_map(walk, op, state, collect, &(struct collecting){ walk, &a }, &b);
		if (except != FIREWALL_NONE)
			split_except(walk, op, except, &a, &b);
		firewall_states_move(walk, op->negated ? &out : &in, &a);
		firewall_states_move(walk, op->negated ? &in : &out, &b);
		firewall_states_free(&a);
		firewall_states_free(&b);
	}
	firewall_states_move(walk, yes, &in);
	firewall_states_move(walk, no, &out);
	firewall_states_free(&in);
	firewall_states_free(&out);
}

int firewall_match_certain(struct walk *walk, const struct firewall_op *op, const struct firewall_state *state)
{
	const struct firewall_list *list = firewall_model_list(walk->model, op->list);
	const struct firewall_key  *keys = firewall_model_keys(walk->model, op);
	struct field                field;
	bool                        found = false;

	if (op->kind != FIREWALL_MATCH || list->opaque || list->changes || list->width != 1)
		return -1;
	field = ask(walk, state, keys[0].field);
	if (field.answer == IS_ABSENT)
		return 0;
	if (field.answer != IS_NUMBER)
		return -1;
	for (size_t e = 0; !found && e < list->count; e++)
		found = has_number(walk, keys[0], *firewall_model_element(walk->model, list, e), field.number);
	return found != op->negated;
}

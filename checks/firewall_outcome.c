#include "firewall_outcome.h"

#include "fact.h"
#include "firewall_eval_private.h"
#include "limit.h"
#include "text.h"

#define MAX_NETWORKS 4096 /* told of one condition; more of them are only counted */

const char *firewall_outcome_name(enum firewall_outcome outcome)
{
	static const char *const names[] = {
		[FIREWALL_OPEN] = "open",
		[FIREWALL_RESTRICTED] = "restricted",
		[FIREWALL_CLOSED] = "closed",
		[FIREWALL_UNDECIDED_OUTCOME] = "undecided",
	};

	return (size_t)outcome < countof(names) && names[outcome] ? names[outcome] : "undecided";
}

static const struct firewall_literal *literal_of(const struct firewall_evaluator *evaluator, uint32_t signed_literal)
{
	return FIREWALL_AT(evaluator->model->literals, struct firewall_literal, signed_literal >> 1);
}

static void remove_literal(struct firewall_state *state, uint32_t at)
{
	memmove(&state->literals[at], &state->literals[at + 1], (state->nliterals - at - 1) * sizeof(state->literals[0]));
	state->nliterals--;
}

/* What holds for every honest packet is no condition. */
static void forget_assumed(const struct firewall_evaluator *evaluator, struct firewall_states *states)
{
	for (size_t i = 0; i < states->count; i++)
		for (uint32_t k = states->items[i].nliterals; k-- > 0;)
			if (!(states->items[i].literals[k] & 1) && literal_of(evaluator, states->items[i].literals[k])->kind == FIREWALL_ASSUMED)
				remove_literal(&states->items[i], k);
}

static bool has_literal(const struct firewall_state *state, uint32_t signed_literal)
{
	for (uint32_t i = 0; i < state->nliterals; i++)
		if (state->literals[i] == signed_literal)
			return true;
	return false;
}

static bool is_within_bits(const uint64_t *a, const uint64_t *b, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (a[i] & ~b[i])
			return false;
	return true;
}

/* Whether all of `a` would be in `b` if the condition at `odd` of `a` were its opposite; all of `a` as it is when `odd` is none. */
static bool is_within(struct firewall_pool *pool, const struct firewall_state *a, const struct firewall_state *b, uint32_t odd)
{
	const struct firewall_space *left;

	for (uint32_t i = 0; i < b->nliterals; i++)
		if (!has_literal(a, b->literals[i]) && !(odd < a->nliterals && (a->literals[odd] ^ 1) == b->literals[i]))
			return false;
	if (odd < a->nliterals && has_literal(b, a->literals[odd]))
		return false;
	if (!is_within_bits(a->interfaces, b->interfaces, FIREWALL_INTERFACE_WORDS) || !is_within_bits(a->destinations, b->destinations, FIREWALL_DESTINATION_WORDS))
		return false;
	left = firewall_space_subtract(pool, a->source, b->source);
	return left && left->count == 0;
}

/* "A, or B without A" is "A, or B": conditions that are not needed, and parts that are in others. */
static void simplify(struct firewall_pool *pool, struct firewall_states *states)
{
	bool changed = true;

	while (changed) {
		changed = false;
		for (size_t i = 0; i < states->count; i++)
			for (size_t j = 0; j < states->count; j++) {
				struct firewall_state *a = &states->items[i], *b = &states->items[j];

				if (i == j)
					continue;
				if (is_within(pool, a, b, UINT32_MAX)) {
					*a = states->items[--states->count];
					changed = true;
					break;
				}
				for (uint32_t k = a->nliterals; k-- > 0;)
					if (is_within(pool, a, b, k)) {
						remove_literal(a, k);
						changed = true;
					}
			}
	}
}

/* A part of sources and interfaces. */
struct area {
	const struct firewall_space *source;
	uint64_t                     interfaces[FIREWALL_INTERFACE_WORDS];
};

#define MAX_AREAS 256

static bool is_no_area(const struct area *a)
{
	uint64_t any = 0;

	for (size_t i = 0; i < FIREWALL_INTERFACE_WORDS; i++)
		any |= a->interfaces[i];
	return any == 0 || a->source->count == 0;
}

/* Take what a state lets in out of one area: what it has no interface for, and what it has no source for. False when that cannot be told. */
static bool take_area(struct firewall_pool *pool, const struct area *from, const struct firewall_state *state, struct area *ret_areas, size_t *count)
{
	struct area outside = *from, beside = *from;

	for (size_t i = 0; i < FIREWALL_INTERFACE_WORDS; i++) {
		outside.interfaces[i] &= ~state->interfaces[i];
		beside.interfaces[i] &= state->interfaces[i];
	}
	beside.source = firewall_space_subtract(pool, from->source, state->source);
	if (!beside.source || *count + 2 > MAX_AREAS)
		return false;
	if (!is_no_area(&outside))
		ret_areas[(*count)++] = outside;
	if (!is_no_area(&beside))
		ret_areas[(*count)++] = beside;
	return true;
}

/* Whether every source gets in by every interface to one of the own addresses. */
static bool covers_all(struct firewall_pool *pool, const struct firewall_states *states, const struct area *whole, size_t destination)
{
	struct area areas[2][MAX_AREAS];
	size_t      count = 1, now = 0;

	areas[0][0] = *whole;
	for (size_t i = 0; i < states->count && count > 0; i++) {
		const struct firewall_state *s = &states->items[i];
		size_t                       next = 0;

		if (s->nliterals > 0 || !(s->destinations[destination / 64] >> (destination % 64) & 1))
			continue;
		for (size_t a = 0; a < count; a++)
			if (!take_area(pool, &areas[now][a], s, areas[1 - now], &next))
				return false;
		now = 1 - now;
		count = next;
	}
	return count == 0;
}

static bool is_open(struct firewall_evaluator *evaluator, const struct firewall_probe *probe, const struct firewall_states *states)
{
	struct area whole = { .source = probe->source ? probe->source : firewall_outside(&evaluator->pool, probe->family) };
	uint64_t    any[FIREWALL_DESTINATION_WORDS] = { 0 };
	size_t      covered = 0;

	if (!whole.source)
		return false;
	for (uint32_t k = 0; k < (evaluator->kinds.too_many ? 1 : evaluator->kinds.count); k++)
		whole.interfaces[k / 64] |= (uint64_t)1 << (k % 64);
	firewall_destinations(evaluator->host, probe, any);
	for (size_t d = 0; d < FIREWALL_DESTINATION_WORDS * 64; d++)
		if (any[d / 64] >> (d % 64) & 1) {
			if (!covers_all(&evaluator->pool, states, &whole, d))
				return false;
			covered++;
		}
	return covered > 0;
}

/* A condition that nobody understands and on which it depends whether something gets in. */
static const struct firewall_literal *find_strange(const struct firewall_evaluator *evaluator, const struct firewall_states *states)
{
	for (size_t i = 0; i < states->count; i++)
		for (uint32_t k = 0; k < states->items[i].nliterals; k++)
			if (literal_of(evaluator, states->items[i].literals[k])->kind == FIREWALL_STRANGE)
				return literal_of(evaluator, states->items[i].literals[k]);
	return NULL;
}

enum firewall_outcome firewall_outcome_of(struct firewall_evaluator *evaluator, const struct firewall_probe *probe, struct firewall_result *result)
{
	const struct firewall_literal *strange;

	if (result->undecided)
		return FIREWALL_UNDECIDED_OUTCOME;
	if (result->accepted.count == 0)
		return FIREWALL_CLOSED;
	forget_assumed(evaluator, &result->accepted);
	simplify(&evaluator->pool, &result->accepted);
	if (is_open(evaluator, probe, &result->accepted))
		return FIREWALL_OPEN;
	strange = find_strange(evaluator, &result->accepted);
	if (!strange)
		return FIREWALL_RESTRICTED;
	result->undecided = true;
	text_clean_into(result->construct, sizeof(result->construct), strange->text);
	return FIREWALL_UNDECIDED_OUTCOME;
}

/* --- what is said of it --- */

static size_t count_networks(const struct firewall_space *space, enum firewall_family family)
{
	size_t count = 0;
	char   text[64];

	for (size_t i = 0; i < space->count && count <= MAX_NETWORKS; i++) {
		struct firewall_range range = space->ranges[i];
		bool                  more = true;

		while (count <= MAX_NETWORKS && firewall_range_next_prefix(&range, family, &more, text))
			count++;
	}
	return count;
}

static int add_networks(cJSON *condition, const char *name, const struct firewall_space *space, enum firewall_family family, struct error *err)
{
	cJSON *list = fact_add_array(condition, name);
	int    r = list ? 0 : error_nomem(err);

	for (size_t i = 0; r == 0 && i < space->count; i++) {
		struct firewall_range range = space->ranges[i];
		bool                  more = true;
		char                  text[64];

		while (r == 0 && firewall_range_next_prefix(&range, family, &more, text))
			r = fact_list_append(list, slice_of(text), err);
	}
	return r;
}

/* The shorter of what is let in and what is not. */
static int add_sources(cJSON *condition, struct firewall_evaluator *evaluator, const struct firewall_probe *probe, const struct firewall_state *state,
                       struct buf *other, struct error *err)
{
	const struct firewall_space *whole = probe->source ? probe->source : firewall_outside(&evaluator->pool, probe->family);
	const struct firewall_space *rest = whole ? firewall_space_subtract(&evaluator->pool, whole, state->source) : NULL;
	size_t                       in, out;

	if (!rest)
		return error_set(err, ERR_TOO_BIG, "the sources of a rule are too many");
	if (rest->count == 0)
		return 0;
	in = count_networks(state->source, probe->family);
	out = count_networks(rest, probe->family);
	if (in > MAX_NETWORKS && out > MAX_NETWORKS)
		return buf_printf(other, err, "%smore than %d networks", other->len ? "; " : "", MAX_NETWORKS);
	if (out < in)
		return add_networks(condition, "not_source", rest, probe->family, err);
	return add_networks(condition, "source", state->source, probe->family, err);
}

static bool has_kind(const struct firewall_state *state, uint32_t kind)
{
	return state->interfaces[kind / 64] >> (kind % 64) & 1;
}

/* Whether the one kind is among those whose name with * at its end is the other's. */
static bool is_kind_under(const struct firewall_evaluator *evaluator, uint32_t kind, uint32_t wider)
{
	const struct slice name = firewall_model_name_text(evaluator->model, evaluator->kinds.names[kind]);
	const struct slice pattern = firewall_model_name_text(evaluator->model, evaluator->kinds.names[wider]);

	return kind != wider && pattern.len > 0 && pattern.ptr[pattern.len - 1] == '*' && name.len >= pattern.len - 1 &&
	       memcmp(name.ptr, pattern.ptr, pattern.len - 1) == 0;
}

/* Kinds of interfaces that one condition names: those it is for, or those it is not for. */
struct naming {
	uint64_t in[FIREWALL_INTERFACE_WORDS], out[FIREWALL_INTERFACE_WORDS];
};

static bool has_bit(const uint64_t *bits, uint32_t bit)
{
	return bits[bit / 64] >> (bit % 64) & 1;
}

static void set_bit(uint64_t *bits, uint32_t bit)
{
	bits[bit / 64] |= (uint64_t)1 << (bit % 64);
}

/*
 * Whether a kind needs a condition of its own, because names with * would say too much: one that is let in under a name that is not, where others
 * are let in by not being named; and one with * under which something is not let in. Gives what is to be excluded.
 */
static bool is_apart(const struct firewall_evaluator *evaluator, const struct firewall_state *state, uint32_t kind, struct naming *ret_naming)
{
	bool apart = false;

	*ret_naming = (struct naming){ 0 };
	if (!has_kind(state, kind))
		return false;
	set_bit(ret_naming->in, kind);
	for (uint32_t k = 1; k < evaluator->kinds.count; k++) {
		if (has_kind(state, k))
			continue;
		if (is_kind_under(evaluator, k, kind))
			set_bit(ret_naming->out, k);
		apart = apart || (has_kind(state, 0) ? is_kind_under(evaluator, kind, k) : is_kind_under(evaluator, k, kind));
	}
	return apart;
}

/* What all other kinds have in common. False when there are none. */
static bool name_rest(const struct firewall_evaluator *evaluator, const struct firewall_state *state, struct naming *ret_naming)
{
	struct naming apart;
	bool          any = has_kind(state, 0);

	*ret_naming = (struct naming){ 0 };
	for (uint32_t k = 1; k < evaluator->kinds.count; k++) {
		if (has_kind(state, 0) && !has_kind(state, k))
			set_bit(ret_naming->out, k);
		if (has_kind(state, 0) || !has_kind(state, k) || is_apart(evaluator, state, k, &apart))
			continue;
		set_bit(ret_naming->in, k);
		any = true;
	}
	return any;
}

/* Names that begin as another name with * does are said with it. */
static bool is_said(const struct firewall_evaluator *evaluator, const uint64_t *bits, uint32_t kind)
{
	for (uint32_t k = 1; k < evaluator->kinds.count; k++)
		if (has_bit(bits, k) && is_kind_under(evaluator, kind, k))
			return true;
	return false;
}

static int add_names(cJSON *condition, const char *list_name, const struct firewall_evaluator *evaluator, const uint64_t *bits, struct error *err)
{
	cJSON *list = NULL;
	int    r = 0;

	for (uint32_t k = 1; r == 0 && k < evaluator->kinds.count; k++) {
		if (!has_bit(bits, k) || is_said(evaluator, bits, k))
			continue;
		if (!list && !(list = fact_add_array(condition, list_name)))
			return error_nomem(err);
		r = fact_list_append(list, firewall_model_name_text(evaluator->model, evaluator->kinds.names[k]), err);
	}
	return r;
}

static int append_text(struct buf *text, struct slice more, struct error *err)
{
	int r = text->len > 0 ? buf_append_text(text, "; ", err) : 0;

	return r < 0 ? r : buf_append_slice(text, more, err);
}

/* The own addresses a part is for, when it is not for all on which something listens. */
static int add_destinations(struct buf *other, const struct firewall_evaluator *evaluator, const struct firewall_probe *probe, const struct firewall_state *state,
                            struct error *err)
{
	const struct firewall_host *host = evaluator->host;
	uint64_t                    bound[FIREWALL_DESTINATION_WORDS], none[FIREWALL_DESTINATION_WORDS] = { 0 };
	struct buf                  text;
	size_t                      n = 0;
	bool                        missing = false;
	int                         r = 0;

	if (!host->own_known)
		return 0;
	buf_init(&text, LIMIT_REPORT_TEXT);
	firewall_destinations(host, probe, bound);
	for (size_t i = 0; r == 0 && i < host->nown && n < FIREWALL_DESTINATION_WORDS * 64; i++) {
		struct firewall_range range = { host->own[i].address, host->own[i].address };
		char                  address[64];
		bool                  more = true;

		if (host->own[i].family != probe->family || host->own[i].loopback)
			continue;
		if (!has_bit(state->destinations, (uint32_t)n))
			missing = missing || has_bit(bound, (uint32_t)n) || memcmp(bound, none, sizeof(bound)) == 0;
		else if (firewall_range_next_prefix(&range, probe->family, &more, address))
			r = buf_printf(&text, err, "%s%.*s", text.len > 0 ? ", " : "to ", (int)strcspn(address, "/"), address);
		n++;
	}
	if (r == 0 && missing)
		r = append_text(other, buf_slice(&text), err);
	buf_free(&text);
	return r;
}

static int add_condition(cJSON *conditions, struct firewall_evaluator *evaluator, const struct firewall_probe *probe, const struct firewall_state *state,
                         const struct naming *naming, struct error *err)
{
	cJSON     *condition = fact_table_append(conditions);
	struct buf rate, other;
	int        r;

	if (!condition)
		return error_nomem(err);
	buf_init(&rate, LIMIT_FACT_TEXT);
	buf_init(&other, LIMIT_FACT_TEXT);
	r = add_sources(condition, evaluator, probe, state, &other, err);
	if (r == 0)
		r = add_names(condition, "interface", evaluator, naming->in, err);
	if (r == 0)
		r = add_names(condition, "not_interface", evaluator, naming->out, err);
	for (uint32_t i = 0; r == 0 && i < state->nliterals; i++) {
		const struct firewall_literal *l = literal_of(evaluator, state->literals[i]);

		r = append_text(l->kind == FIREWALL_RATE ? &rate : &other, state->literals[i] & 1 ? l->opposite : l->text, err);
	}
	if (r == 0)
		r = add_destinations(&other, evaluator, probe, state, err);
	if (r == 0 && rate.len > 0)
		r = fact_add_text(condition, "rate_limit", buf_slice(&rate), err);
	if (r == 0 && other.len > 0)
		r = fact_add_text(condition, "other", buf_slice(&other), err);
	buf_free(&rate);
	buf_free(&other);
	return r;
}

/* A part as one condition, or several when names with * would say too much. */
static int add_conditions(cJSON *conditions, struct firewall_evaluator *evaluator, const struct firewall_probe *probe, const struct firewall_state *state,
                          struct error *err)
{
	struct naming naming;
	int           r = 0;

	if (name_rest(evaluator, state, &naming))
		r = add_condition(conditions, evaluator, probe, state, &naming, err);
	for (uint32_t k = 1; r == 0 && k < evaluator->kinds.count; k++)
		if (is_apart(evaluator, state, k, &naming))
			r = add_condition(conditions, evaluator, probe, state, &naming, err);
	return r;
}

static const char *policy_name(enum firewall_kind policy)
{
	return policy == FIREWALL_ACCEPT ? "accept" : policy == FIREWALL_DROP ? "drop"
	                                                                      : "of its own";
}

int firewall_outcome_where(struct buf *out, const struct firewall_model *model, uint32_t chain, uint32_t rule, struct error *err)
{
	const struct firewall_chain *c;
	char                         table[128], name[160], family[32];
	int                          r;

	c = firewall_model_chain(model, chain);
	r = buf_printf(out, err, "%s%s %s %s", c->legacy ? "legacy " : "", text_clean_into(family, sizeof(family), c->family), text_clean_into(table, sizeof(table), c->table),
	               text_clean_into(name, sizeof(name), c->name));
	if (r < 0)
		return r;
	if (rule == FIREWALL_NONE)
		return buf_printf(out, err, " policy %s", policy_name(c->policy));
	return buf_printf(out, err, c->backend.len > 0 ? " rule %" PRIu32 : " handle %" PRIu32, rule);
}

int firewall_outcome_decider(struct buf *out, struct firewall_evaluator *evaluator, const struct firewall_probe *probe, const struct firewall_result *result,
                             enum firewall_outcome outcome, struct error *err)
{
	const struct firewall_state *best = NULL;
	const struct walk            walk = { .evaluator = evaluator, .probe = probe };

	if (outcome == FIREWALL_UNDECIDED_OUTCOME)
		return buf_append_text(out, result->construct[0] ? result->construct : "something that is not understood", err);
	if (outcome == FIREWALL_CLOSED && result->reason)
		return buf_append_text(out, result->reason, err);
	if (outcome == FIREWALL_CLOSED)
		return firewall_outcome_where(out, evaluator->model, result->chain, result->rule, err);
	for (size_t i = 0; i < result->accepted.count; i++)
		if (!best || firewall_state_weight(&walk, &result->accepted.items[i]) > firewall_state_weight(&walk, best))
			best = &result->accepted.items[i];
	if (best && best->chain != FIREWALL_NONE)
		return firewall_outcome_where(out, evaluator->model, best->chain, best->rule, err);
	if (evaluator->model->chains.count == 0)
		return buf_append_text(out, "no ruleset is loaded", err);
	return buf_printf(out, err, "no chain filters %s %s", probe->family == FIREWALL_IPV4 ? "IPv4" : "IPv6",
	                  probe->forwarded ? "that is forwarded" : probe->outbound ? "output"
	                                                                           : "input");
}

#define MAX_SOURCES 256 /* told of one port */

/* All of IPv4 or IPv6, for what is more than is told. */
static int add_everywhere(cJSON *list, enum firewall_family family, struct error *err)
{
	return fact_list_append(list, slice_of(family == FIREWALL_IPV4 ? "0.0.0.0/0" : "::/0"), err);
}

/* The networks from which something gets in at all, whatever else must hold; none for nothing. */
static int add_reach(cJSON *item, struct firewall_evaluator *evaluator, const struct firewall_probe *probe, const struct firewall_result *result,
                     enum firewall_outcome outcome, struct error *err)
{
	const struct firewall_space *all = NULL, *outside = firewall_outside(&evaluator->pool, probe->family);
	cJSON                       *list;

	if (outcome == FIREWALL_UNDECIDED_OUTCOME)
		return fact_add_unavailable(item, "sources", REASON_UNSUPPORTED, err, "the rules are not understood well enough: %s", result->construct);
	for (size_t i = 0; i < result->accepted.count; i++)
		all = all ? firewall_space_unite(&evaluator->pool, all, result->accepted.items[i].source) : result->accepted.items[i].source;
	if (all && outside && !firewall_space_equal(all, outside) && count_networks(all, probe->family) <= MAX_SOURCES)
		return add_networks(item, "sources", all, probe->family, err);
	list = fact_add_array(item, "sources");
	if (!list)
		return error_nomem(err);
	return result->accepted.count > 0 ? add_everywhere(list, probe->family, err) : 0;
}

/* Whether every way in is limited in how often, or to some networks: what is left when neither is open to everybody at any rate. */
static int add_limited(cJSON *item, const struct firewall_evaluator *evaluator, const struct firewall_probe *probe, const struct firewall_result *result,
                       enum firewall_outcome outcome, struct error *err)
{
	bool limited = outcome != FIREWALL_OPEN;

	if (outcome == FIREWALL_UNDECIDED_OUTCOME)
		return fact_add_unavailable(item, "limited", REASON_UNSUPPORTED, err, "the rules are not understood well enough: %s", result->construct);
	for (size_t i = 0; i < result->accepted.count && limited; i++) {
		const struct firewall_state *s = &result->accepted.items[i];
		bool                         rate = false;

		for (uint32_t k = 0; k < s->nliterals; k++)
			rate = rate || (!(s->literals[k] & 1) && literal_of(evaluator, s->literals[k])->kind == FIREWALL_RATE);
		limited = rate || firewall_space_share(s->source, probe->family) <= 1.0 / 256;
	}
	return fact_add_boolean(item, "limited", limited, err);
}

int firewall_outcome_add(cJSON *item, struct firewall_evaluator *evaluator, const struct firewall_probe *probe, struct firewall_result *result,
                         enum firewall_outcome outcome, struct error *err)
{
	cJSON     *conditions;
	struct buf decider;
	int        r = fact_add_text(item, "outcome", slice_of(firewall_outcome_name(outcome)), err);

	buf_init(&decider, LIMIT_REPORT_TEXT);
	conditions = r == 0 ? fact_add_array(item, "conditions") : NULL;
	if (r == 0 && !conditions)
		r = error_nomem(err);
	for (size_t i = 0; r == 0 && outcome == FIREWALL_RESTRICTED && i < result->accepted.count; i++)
		r = add_conditions(conditions, evaluator, probe, &result->accepted.items[i], err);
	if (r == 0)
		r = firewall_outcome_decider(&decider, evaluator, probe, result, outcome, err);
	if (r == 0)
		r = fact_add_text(item, "decided_by", buf_slice(&decider), err);
	if (r == 0)
		r = fact_add_text(item, "where", buf_slice(&decider), err);
	if (r == 0)
		r = add_reach(item, evaluator, probe, result, outcome, err);
	if (r == 0)
		r = add_limited(item, evaluator, probe, result, outcome, err);
	buf_free(&decider);
	return r;
}

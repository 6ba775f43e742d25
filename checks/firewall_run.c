#include "firewall_eval_private.h"

#include "mem.h"

#define MAX_DEPTH 64 /* of jumps; nftables refuses more than 16 */

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

	if (walk->probe->outbound)
		return RULE_OTHER;
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
	struct walk_place            place = { walk, chain, run->rule, &next, &next };

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
	firewall_walk_follow(&place, run->kind, FIREWALL_NONE, &taken);
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
void firewall_walk_chain(struct walk *walk, uint32_t chain, struct firewall_states *states)
{
	struct firewall_states now = { 0 }, out = { 0 };
	struct run             run = { 0 };
	uint32_t               at = firewall_model_chain(walk->model, chain)->first;

	firewall_states_move(walk, &now, states);
	firewall_walk_charge(walk, 2);
	if (++walk->depth > MAX_DEPTH)
		firewall_walk_stop(walk, "jumps that are too deep");
	while (at != FIREWALL_NONE && now.count > 0 && !walk->stopped) {
		const struct firewall_rule rule = *FIREWALL_AT(walk->model->rules, struct firewall_rule, at);

		firewall_walk_charge(walk, now.count);
		if (!run_take(walk, chain, &run, &rule, &now))
			firewall_walk_rule(walk, chain, &rule, &now, &out);
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

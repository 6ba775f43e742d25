#include "firewall_ruleset.h"

#include "mem.h"

#define MAX_CHAINS 20000 /* of all families; a Kubernetes node has some thousands */
#define MAX_RULES  200000
#define MAX_DEPTH  64 /* of jumps; the kernel refuses more than 16 */
#define CLOSED     ((unsigned)(FIREWALL_DROP | FIREWALL_REJECT))

void firewall_ruleset_init(struct firewall_ruleset *set)
{
	*set = (struct firewall_ruleset){ 0 };
	for (size_t i = 0; i < FIREWALL_HASH; i++)
		set->hash[i] = SIZE_MAX;
}

void firewall_ruleset_fini(struct firewall_ruleset *set)
{
	mem_free(set->chains);
	mem_free(set->rules);
	firewall_ruleset_init(set);
}

/* FNV-1a of a chain's name: most rulesets are one table with many chains. */
static size_t hash_of(struct slice name)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < name.len; i++)
		h = (h ^ (unsigned char)name.ptr[i]) * 16777619u;
	return h % FIREWALL_HASH;
}

size_t firewall_ruleset_find(const struct firewall_ruleset *set, struct slice backend, struct slice family, struct slice table,
                             struct slice name)
{
	size_t i = set->hash[hash_of(name)];

	while (i != SIZE_MAX) {
		const struct firewall_chain *c = &set->chains[i];

		if (slice_equal(c->name, name) && slice_equal(c->table, table) && slice_equal(c->family, family) && slice_equal(c->backend, backend))
			return i;
		i = c->next;
	}
	return SIZE_MAX;
}

/* Make room for one more element of an array that doubles. */
static int grow(void **array, size_t count, size_t *capacity, size_t size, size_t max, struct error *err)
{
	size_t wanted = *capacity ? *capacity * 2 : 32;
	void  *grown;

	if (count >= max)
		return error_set(err, ERR_TOO_BIG, "the ruleset has more than %zu chains or rules", max);
	if (count < *capacity)
		return 0;
	grown = mem_resize(*array, wanted, size);
	if (!grown)
		return error_nomem(err);
	*array = grown;
	*capacity = wanted;
	return 0;
}

int firewall_ruleset_add_chain(struct firewall_ruleset *set, const struct firewall_chain *chain, size_t *ret_chain, struct error *err)
{
	void  *chains = set->chains;
	size_t bucket = hash_of(chain->name);
	int    r = grow(&chains, set->nchains, &set->chains_size, sizeof(*chain), MAX_CHAINS, err);

	set->chains = chains;
	if (r < 0)
		return r;
	set->chains[set->nchains] = *chain;
	set->chains[set->nchains].first = set->chains[set->nchains].last = SIZE_MAX;
	set->chains[set->nchains].next = set->hash[bucket];
	set->hash[bucket] = set->nchains;
	*ret_chain = set->nchains++;
	return 0;
}

int firewall_ruleset_add_rule(struct firewall_ruleset *set, size_t chain, const struct firewall_rule *rule, struct error *err)
{
	struct firewall_chain *in = &set->chains[chain];
	void                  *rules = set->rules;
	int                    r = grow(&rules, set->nrules, &set->rules_size, sizeof(*rule), MAX_RULES, err);

	set->rules = rules;
	if (r < 0)
		return r;
	set->rules[set->nrules] = *rule;
	set->rules[set->nrules].next = SIZE_MAX;
	if (in->last == SIZE_MAX)
		in->first = set->nrules;
	else
		set->rules[in->last].next = set->nrules;
	in->last = set->nrules++;
	return 0;
}

static unsigned chain_outcomes(struct firewall_ruleset *set, size_t chain, enum firewall_family family, unsigned depth);

/* What a rule may do with a packet that it matches; FALL is going on behind it. `*ret_leaves`: going on is not with the next rule. */
static unsigned rule_outcomes(struct firewall_ruleset *set, const struct firewall_rule *rule, enum firewall_family family, unsigned depth,
                              bool *ret_leaves)
{
	*ret_leaves = rule->action == FIREWALL_GOTO || (rule->action == FIREWALL_DECIDE && rule->outcome == FIREWALL_FALL);
	if (rule->action == FIREWALL_NOTHING)
		return FIREWALL_FALL;
	if (rule->action == FIREWALL_DECIDE)
		return rule->outcome;
	return chain_outcomes(set, rule->target, family, depth + 1);
}

static unsigned walk(struct firewall_ruleset *set, size_t chain, enum firewall_family family, unsigned depth)
{
	unsigned outcomes = 0;

	for (size_t i = set->chains[chain].first; i != SIZE_MAX; i = set->rules[i].next) {
		const struct firewall_rule *rule = &set->rules[i];
		unsigned                    may;
		bool                        leaves;

		if (rule->match == FIREWALL_MATCH_NARROW || !(rule->families & family))
			continue;
		may = rule_outcomes(set, rule, family, depth, &leaves);
		outcomes |= leaves ? may : may & ~(unsigned)FIREWALL_FALL;
		if (rule->match == FIREWALL_MATCH_ALL && (leaves || !(may & FIREWALL_FALL)))
			return outcomes;
	}
	return outcomes | FIREWALL_FALL;
}

/* A chain does the same whoever jumps to it, so it is looked at once; a loop, which the kernel refuses, is unknown. */
static unsigned chain_outcomes(struct firewall_ruleset *set, size_t chain, enum firewall_family family, unsigned depth)
{
	struct firewall_chain *c = chain < set->nchains ? &set->chains[chain] : NULL;

	if (!c || c->settled == 1 || depth > MAX_DEPTH)
		return FIREWALL_UNKNOWN;
	if (c->settled == 0) {
		c->settled = 1;
		c->outcomes = walk(set, chain, family, depth);
		c->settled = 2;
	}
	return c->outcomes;
}

static const char *verdict_name(unsigned outcomes)
{
	if (outcomes == FIREWALL_ACCEPT)
		return "accept";
	if (outcomes == FIREWALL_REJECT)
		return "reject";
	return outcomes != 0 && (outcomes & ~CLOSED) == 0 ? "drop" : "undecided";
}

/* A packet has to get through every chain: one that closes decides, else one that may, else they all accept. */
struct firewall_verdict firewall_ruleset_verdict(struct firewall_ruleset *set, enum firewall_family family)
{
	struct firewall_verdict found = { "accept", SIZE_MAX };

	for (size_t i = 0; i < set->nchains; i++)
		set->chains[i].settled = 0;
	for (size_t i = 0; i < set->nchains; i++) {
		const struct firewall_chain *c = &set->chains[i];
		unsigned                     outcomes;
		const char                  *verdict;

		if (!c->input || !(c->families & family))
			continue;
		outcomes = chain_outcomes(set, i, family, 0);
		if (outcomes & FIREWALL_FALL)
			outcomes = (outcomes & ~(unsigned)FIREWALL_FALL) | c->policy;
		verdict = verdict_name(outcomes);
		if ((outcomes & ~CLOSED) == 0)
			return (struct firewall_verdict){ verdict, i };
		if (found.chain == SIZE_MAX || outcomes != FIREWALL_ACCEPT)
			found = (struct firewall_verdict){ verdict, i };
	}
	return found;
}

bool firewall_ruleset_is_active(const struct firewall_ruleset *set)
{
	for (size_t i = 0; i < set->nchains; i++)
		if (set->chains[i].input && (set->chains[i].first != SIZE_MAX || set->chains[i].policy != FIREWALL_ACCEPT))
			return true;
	return false;
}

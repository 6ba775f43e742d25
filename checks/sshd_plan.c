/*
 * sshd_plan.c: the sets of Match blocks that may apply together (sshd_effective.h).
 *
 * A set is grown by one block at a time, with the blocks that follow from it, unless it excludes one that is in. Blocks that change nothing in
 * company are left out, so that sets which amount to the same are one. Whatever applies to a connection can be grown in this way, block by block.
 */
#include "sshd_effective.h"

#include "mem.h"

#define MAX_SETS     256
#define MAX_WORK     20000000 /* steps; a stock configuration takes none */
#define MAX_CRITERIA 32       /* of one block with those around it */

/* The criteria of a block and of those around it. */
struct flat {
	const struct sshd_criterion *items[MAX_CRITERIA];
	size_t                       nitems;
	bool                         never;  /* nothing can satisfy them */
	bool                         unsure; /* there are some that are not understood */
};

static void flatten(const struct sshd_config *config, size_t context, struct slice version, struct flat *flat)
{
	const struct sshd_connection nobody = { 0 };

	*flat = (struct flat){ 0 };
	for (; context != 0; context = config->contexts[context].parent) {
		const struct sshd_criteria *match = &config->contexts[context].match;

		flat->unsure = flat->unsure || match->refused;
		for (size_t i = 0; i < match->nitems; i++) {
			const struct sshd_criterion *criterion = &match->items[i];
			bool                         fixed = criterion->attribute == SSHD_MATCH_VERSION && version.len > 0;

			if (fixed && !sshd_criterion_holds(criterion, &nobody, version))
				flat->never = true;
			if (fixed || criterion->attribute == SSHD_MATCH_ALL)
				continue;
			if (flat->nitems < MAX_CRITERIA)
				flat->items[flat->nitems++] = criterion;
			else
				flat->unsure = true;
		}
	}
}

/* Lists may be long: past the bound of work nothing is known of them. */
static enum sshd_relation relate(struct sshd_plan *plan, const struct sshd_criterion *given, const struct sshd_criterion *other)
{
	plan->work += 1 + given->patterns.len * other->patterns.len / 32;
	return plan->work > MAX_WORK ? SSHD_MAY : sshd_criterion_relation(given, other);
}

static bool excludes(struct sshd_plan *plan, const struct flat *a, const struct flat *b)
{
	for (size_t i = 0; i < a->nitems; i++)
		for (size_t j = 0; j < b->nitems; j++)
			if (relate(plan, a->items[i], b->items[j]) == SSHD_NEVER)
				return true;
	return false;
}

static bool implies(struct sshd_plan *plan, const struct flat *given, const struct flat *other)
{
	if (other->unsure)
		return false;
	for (size_t j = 0; j < other->nitems; j++) {
		bool found = false;

		for (size_t i = 0; !found && i < given->nitems; i++)
			found = relate(plan, given->items[i], other->items[j]) == SSHD_CERTAIN;
		if (!found)
			return false;
	}
	return true;
}

static unsigned char *relation_of(const struct sshd_plan *plan, size_t given, size_t other)
{
	return &plan->relations[given * plan->config->ncontexts + other];
}

/* True when lines of the block, or what could not be read in it, may change something. */
static bool matters(const struct sshd_config *config, size_t context)
{
	for (size_t i = 0; i < config->ndirectives; i++)
		if (config->directives[i].context == context)
			return true;
	return config->contexts[context].gap != SSHD_NONE;
}

static void compare_blocks(struct sshd_plan *plan, const struct flat *flats)
{
	size_t n = plan->config->ncontexts;

	for (size_t i = 1; i < n; i++) {
		bool never = flats[i].never || excludes(plan, &flats[i], &flats[i]);

		plan->always[i] = !never && !flats[i].unsure && flats[i].nitems == 0;
		plan->candidates[i] = !never && !plan->always[i] && matters(plan->config, i);
		for (size_t j = 1; j < n; j++)
			if (excludes(plan, &flats[i], &flats[j]))
				*relation_of(plan, i, j) = SSHD_NEVER;
			else if (implies(plan, &flats[i], &flats[j]))
				*relation_of(plan, i, j) = SSHD_CERTAIN;
	}
}

static int compare(struct sshd_plan *plan, struct slice version, struct error *err)
{
	size_t       n = plan->config->ncontexts;
	struct flat *flats = mem_zalloc(n * sizeof(*flats));

	if (!flats)
		return error_nomem(err);
	for (size_t i = 1; i < n; i++)
		flatten(plan->config, i, version, &flats[i]);
	compare_blocks(plan, flats);
	for (size_t i = 0; i < n; i++)
		plan->start[i] = i == 0 || plan->always[i];
	plan->global[0] = true;
	mem_free(flats);
	return 0;
}

/* Add a block with what follows from it. False when the set would hold two blocks that exclude each other. */
static bool grow(struct sshd_plan *plan, sshd_contexts *set, size_t block)
{
	size_t n = plan->config->ncontexts;

	for (size_t i = 1; i < n; i++)
		set[i] = set[i] || i == block || (plan->candidates[i] && *relation_of(plan, block, i) == SSHD_CERTAIN);
	for (size_t i = 1; i < n; i++)
		for (size_t j = i + 1; set[i] && j < n; j++)
			if (set[j] && *relation_of(plan, i, j) == SSHD_NEVER)
				return false;
	plan->work += n * n;
	return true;
}

/* Leave only the blocks that have a say in something. */
static void reduce(struct sshd_plan *plan, sshd_contexts *set, sshd_contexts *space)
{
	const struct sshd_config *config = plan->config;

	for (size_t i = 0; i < config->ncontexts; i++)
		space[i] = plan->always[i] || (set[i] && config->contexts[i].gap != SSHD_NONE);
	for (size_t i = 0; i < SSHD_KEYWORDS; i++) {
		enum sshd_joining joining = sshd_effective_joining(config->release, (enum sshd_keyword)i);

		for (size_t d = config->first[i]; d != SSHD_NONE; d = config->directives[d].next) {
			plan->work++;
			if (!set[config->directives[d].context])
				continue;
			space[config->directives[d].context] = true;
			if (joining == SSHD_FIRST)
				break;
		}
	}
	memcpy(set, space, config->ncontexts * sizeof(*set));
}

static bool is_known(const struct sshd_plan *plan, const sshd_contexts *set)
{
	size_t n = plan->config->ncontexts;

	for (size_t i = 0; i < plan->nsets; i++)
		if (memcmp(plan->sets + i * n, set, n * sizeof(*set)) == 0)
			return true;
	return false;
}

/* Every set that is one block larger than this one. */
static void grow_all(struct sshd_plan *plan, size_t number, sshd_contexts *set, sshd_contexts *space)
{
	size_t n = plan->config->ncontexts;

	for (size_t block = 1; block < n && !plan->more; block++) {
		if (!plan->candidates[block] || plan->sets[number * n + block])
			continue;
		memcpy(set, plan->sets + number * n, n * sizeof(*set));
		if (!grow(plan, set, block))
			continue;
		reduce(plan, set, space);
		plan->work += plan->nsets * n / 8;
		if (is_known(plan, set))
			continue;
		if (plan->nsets == MAX_SETS || plan->work > MAX_WORK)
			plan->more = true;
		else
			memcpy(plan->sets + plan->nsets++ * n, set, n * sizeof(*set));
	}
}

int sshd_plan_make(const struct sshd_config *config, struct slice version, struct sshd_plan *ret_plan, struct error *err)
{
	size_t           n = config->ncontexts;
	struct sshd_plan plan = { .config = config };
	sshd_contexts   *scratch = mem_zalloc(2 * n * sizeof(*scratch));
	int              r = 0;

	plan.always = mem_zalloc(n * sizeof(*plan.always));
	plan.global = mem_zalloc(n * sizeof(*plan.global));
	plan.start = mem_zalloc(n * sizeof(*plan.start));
	plan.candidates = mem_zalloc(n * sizeof(*plan.candidates));
	plan.sets = mem_zalloc(MAX_SETS * n * sizeof(*plan.sets));
	plan.relations = mem_zalloc(n * n);
	if (!scratch || !plan.always || !plan.global || !plan.start || !plan.candidates || !plan.sets || !plan.relations)
		r = error_nomem(err);
	if (r == 0)
		r = compare(&plan, version, err);
	if (r == 0) {
		memcpy(plan.sets, plan.always, n * sizeof(*plan.sets));
		plan.nsets = 1;
		for (size_t i = 0; i < plan.nsets && !plan.more; i++)
			grow_all(&plan, i, scratch, scratch + n);
		*ret_plan = plan;
	} else {
		sshd_plan_fini(&plan);
	}
	mem_free(scratch);
	return r;
}

void sshd_plan_fini(struct sshd_plan *plan)
{
	mem_free(plan->always);
	mem_free(plan->global);
	mem_free(plan->start);
	mem_free(plan->candidates);
	mem_free(plan->sets);
	mem_free(plan->relations);
	*plan = (struct sshd_plan){ 0 };
}

const sshd_contexts *sshd_plan_set(const struct sshd_plan *plan, size_t number)
{
	return plan->sets + number * plan->config->ncontexts;
}

bool sshd_plan_is_implied(const struct sshd_plan *plan, const sshd_contexts *set, size_t context)
{
	if (plan->always[context])
		return true;
	for (size_t i = 1; i < plan->config->ncontexts; i++) {
		bool there = *relation_of(plan, i, context) == SSHD_CERTAIN, back = *relation_of(plan, context, i) == SSHD_CERTAIN;

		if (set[i] && i != context && !plan->always[i] && there && (!back || i < context))
			return true;
	}
	return false;
}

bool sshd_plan_differs(const struct sshd_plan *plan, enum sshd_keyword keyword)
{
	const struct sshd_config *config = plan->config;

	for (size_t d = config->first[keyword]; d != SSHD_NONE; d = config->directives[d].next)
		if (plan->candidates[config->directives[d].context])
			return true;
	for (size_t i = 1; i < config->ncontexts; i++)
		if (plan->candidates[i] && config->contexts[i].gap != SSHD_NONE)
			return true;
	return false;
}

#include "journal_index.h"

#include "mem.h"

/* Room for one more behind `count` items, doubling at powers of two, so that no capacity needs to be kept. */
static void *room(void *items, size_t count, size_t size)
{
	if (count == 0)
		return mem_resize(items, 1, size);
	return (count & (count - 1)) == 0 ? mem_resize(items, count * 2, size) : items;
}

/* The same rules from an earlier run, else a copy that the index owns; NULL when out of memory. */
static const struct journal_rules *intern(struct journal_index *index, struct journal_rules *rules)
{
	struct journal_rules **grown;
	struct journal_rules  *copy;

	for (size_t i = 0; i < index->nrules; i++) {
		if (journal_rules_equal(index->rules[i], rules)) {
			journal_rules_free(rules);
			return index->rules[i];
		}
	}
	grown = room(index->rules, index->nrules, sizeof(struct journal_rules *));
	if (!grown)
		return NULL;
	index->rules = grown;
	copy = mem_zalloc(sizeof(*copy));
	if (!copy)
		return NULL;
	*copy = *rules;
	*rules = (struct journal_rules){ 0 };
	index->rules[index->nrules++] = copy;
	return copy;
}

int journal_index_add_run(struct journal_index *index, const struct journal_run *run, struct journal_rules *rules,
                          struct error *err)
{
	struct journal_run *grown = room(index->runs, index->nruns, sizeof(*grown));

	if (!grown)
		return error_nomem(err);
	index->runs = grown;
	grown[index->nruns] = *run;
	grown[index->nruns].rules = intern(index, rules);
	if (!grown[index->nruns].rules)
		return error_nomem(err);
	index->nruns++;
	return 0;
}

int journal_index_add(struct journal_index *index, struct journal_place *place, struct error *err)
{
	int r;

	place->run = index->nruns - 1;
	r = journal_place_add(&index->places, place, err);
	if (r == 0)
		index->runs[place->run].seen++;
	return r;
}

static int compare_sizes(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

/*
 * Names, and the lines of one name in the order in which they were read: runs are numbered in that order, lines within
 * a run too.
 */
static int by_name(const void *a, const void *b)
{
	const struct journal_place *left = a;
	const struct journal_place *right = b;
	int                         order = strcmp(left->name, right->name);

	if (order == 0)
		order = compare_sizes(left->run, right->run);
	return order ? order : compare_sizes(left->line, right->line);
}

static int by_index(const void *a, const void *b)
{
	const struct journal_place *left = a;
	const struct journal_place *right = b;
	int                         order = compare_sizes(left->index, right->index);

	return order ? order : strcmp(left->name, right->name);
}

void journal_index_settle(struct journal_index *index)
{
	struct journal_place *places = index->places.items;
	size_t                kept = 0;

	if (index->places.count == 0)
		return;
	qsort(places, index->places.count, sizeof(*places), by_name);
	for (size_t i = 1; i < index->places.count; i++) {
		if (strcmp(places[kept].name, places[i].name) == 0) {
			if (places[kept].run == places[i].run)
				index->runs[places[i].run].seen--;
			mem_free(places[kept].name);
		} else {
			kept++;
		}
		places[kept] = places[i];
	}
	index->places.count = kept + 1;
	qsort(places, index->places.count, sizeof(*places), by_index);
}

void journal_index_total(const struct journal_index *index, struct journal_summary *summary)
{
	summary->targets = index->places.count;
	for (size_t i = 0; i < index->places.count; i++) {
		const struct journal_place *place = &index->places.items[i];

		summary->scanned += place->scanned;
		summary->unscanned += !place->scanned;
		summary->duration_ms += place->duration_ms;
		for (size_t v = 0; v < VERDICT_COUNT; v++)
			summary->verdicts[v] += place->verdicts[v];
		for (size_t s = 0; s < SEVERITY_COUNT; s++)
			summary->failures[s] += place->failures[s];
	}
	for (size_t i = 0; i < index->nruns; i++)
		if (!index->runs[i].replaced && index->runs[i].announced > index->runs[i].seen)
			summary->missing += index->runs[i].announced - index->runs[i].seen;
}

void journal_index_fini(struct journal_index *index)
{
	for (size_t i = 0; i < index->nrules; i++) {
		journal_rules_free(index->rules[i]);
		mem_free(index->rules[i]);
	}
	journal_place_fini(&index->places);
	mem_free(index->runs);
	mem_free(index->rules);
	*index = (struct journal_index){ 0 };
}

#include "pairs.h"

#include "mem.h"

#define FEWEST_SLOTS 64u

/* Addresses differ in their middle bits; a multiplication brings those to the top. */
static size_t place(const struct pairs *p, const char *first, const char *second)
{
	uint64_t x = (uint64_t)(uintptr_t)first * UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 29 ^ (uint64_t)(uintptr_t)second) * UINT64_C(0xbf58476d1ce4e5b9);
	return (size_t)(x >> 32) & (p->nslots - 1);
}

static struct pairs_slot *find(const struct pairs *p, const char *first, const char *second)
{
	size_t i = place(p, first, second);

	while (p->slots[i].first && (p->slots[i].first != first || p->slots[i].second != second))
		i = (i + 1) & (p->nslots - 1);
	return &p->slots[i];
}

uint32_t pairs_get(const struct pairs *p, const char *first, const char *second)
{
	const struct pairs_slot *slot;

	if (p->count == 0)
		return PAIRS_NONE;
	slot = find(p, first, second);
	return slot->first ? slot->value : PAIRS_NONE;
}

static bool grow(struct pairs *p)
{
	struct pairs next = { .nslots = p->nslots ? p->nslots * 2 : FEWEST_SLOTS, .count = p->count };

	next.slots = mem_zalloc(next.nslots * sizeof(*next.slots));
	if (!next.slots)
		return false;
	for (size_t i = 0; i < p->nslots; i++)
		if (p->slots[i].first)
			*find(&next, p->slots[i].first, p->slots[i].second) = p->slots[i];
	mem_free(p->slots);
	*p = next;
	return true;
}

bool pairs_set(struct pairs *p, const char *first, const char *second, uint32_t value)
{
	struct pairs_slot *slot;

	if (p->count * 2 >= p->nslots && !grow(p))
		return false;
	slot = find(p, first, second);
	p->count += slot->first == NULL;
	*slot = (struct pairs_slot){ .first = first, .second = second, .value = value };
	return true;
}

void pairs_clear(struct pairs *p)
{
	/* One large host must not make the clearing slow for all after it. */
	if (p->nslots > FEWEST_SLOTS && p->count * 16 < p->nslots)
		pairs_fini(p);
	else if (p->nslots > 0)
		memset(p->slots, 0, p->nslots * sizeof(*p->slots));
	p->count = 0;
}

void pairs_fini(struct pairs *p)
{
	mem_free(p->slots);
	*p = (struct pairs){ 0 };
}

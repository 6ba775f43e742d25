#include "journal_place.h"

#include "mem.h"

int journal_place_take(struct journal_place *place, const struct journal_entry *entry, struct error *err)
{
	place->name = mem_strdup(entry->target.name);
	if (!place->name)
		return error_nomem(err);
	place->index = entry->target.index;
	place->scanned = entry->target.error == 0;
	place->duration_ms = entry->target.duration_ms;
	for (size_t i = 0; i < entry->findings.count; i++) {
		enum verdict verdict = entry->findings.items[i].verdict;

		place->verdicts[verdict]++;
		if (verdict == VERDICT_FAIL)
			place->failures[entry->rules[i]->severity]++;
	}
	return 0;
}

bool journal_place_is_of(const struct journal_place *place, const struct journal_entry *entry)
{
	struct journal_place other = { 0 };
	bool                 same;

	if (journal_place_take(&other, entry, NULL) < 0)
		return false;
	same = strcmp(place->name, other.name) == 0 && place->index == other.index && place->scanned == other.scanned &&
	       place->duration_ms == other.duration_ms && memcmp(place->verdicts, other.verdicts, sizeof(other.verdicts)) == 0 &&
	       memcmp(place->failures, other.failures, sizeof(other.failures)) == 0;
	mem_free(other.name);
	return same;
}

int journal_place_add(struct journal_places *places, struct journal_place *place, struct error *err)
{
	if (places->count == places->capacity) {
		size_t                capacity = places->capacity ? places->capacity * 2 : 16;
		struct journal_place *grown = mem_resize(places->items, capacity, sizeof(*grown));

		if (!grown) {
			mem_free(place->name);
			return error_nomem(err);
		}
		places->items = grown;
		places->capacity = capacity;
	}
	places->items[places->count++] = *place;
	return 0;
}

void journal_place_fini(struct journal_places *places)
{
	for (size_t i = 0; i < places->count; i++)
		mem_free(places->items[i].name);
	mem_free(places->items);
	*places = (struct journal_places){ 0 };
}

/*
 * journal_place.h: what a reader remembers of one line: where it is and what it adds to the totals. The writer knows it, too, so that a scan need
 * not read its journal once more only to sum up.
 */
#ifndef SSHVET_JOURNAL_PLACE_H
#define SSHVET_JOURNAL_PLACE_H

#include "journal_line.h"

/* One target's line. */
struct journal_place {
	char    *name;
	size_t   index; /* in the inventory */
	size_t   run;
	size_t   line; /* number in its file, for messages */
	off_t    offset;
	size_t   length; /* without the newline */
	bool     scanned;
	uint64_t duration_ms;
	uint32_t verdicts[VERDICT_COUNT];
	uint32_t failures[SEVERITY_COUNT];
};

/* Lines in the order in which they were written. Zeroed is empty. */
struct journal_places {
	struct journal_place *items;
	size_t                count;
	size_t                capacity;
};

/* What an entry adds to the totals goes into `place`, which gets a name of its own. ERR_NOMEM. */
int journal_place_take(struct journal_place *place, const struct journal_entry *entry, struct error *err) MUST_USE;

/* True when `place` could have been taken from the entry. */
bool journal_place_is_of(const struct journal_place *place, const struct journal_entry *entry) MUST_USE;

/* Append a place, whose name is taken over, also when this fails. ERR_NOMEM. */
int journal_place_add(struct journal_places *places, struct journal_place *place, struct error *err) MUST_USE;

/* Release them all. */
void journal_place_fini(struct journal_places *places);

#endif

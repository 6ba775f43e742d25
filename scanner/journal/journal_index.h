/*
 * journal_index.h: what a reader keeps of each line: where it is and what it adds to the totals.
 */
#ifndef SSHVET_JOURNAL_INDEX_H
#define SSHVET_JOURNAL_INDEX_H

#include "journal_place.h"

/* One header and the lines after it. */
struct journal_run {
	size_t                      source; /* which file */
	const struct journal_rules *rules;
	size_t                      announced; /* targets its header promises */
	size_t                      seen;      /* targets it has */
	bool                        replaced;  /* the next run does what it left undone */
	bool                        ended;
};

/* Zeroed is empty. */
struct journal_index {
	struct journal_places  places;
	struct journal_run    *runs;
	size_t                 nruns;
	struct journal_rules **rules; /* each distinct set once */
	size_t                 nrules;
};

/* Add a run, whose rules the index takes over on success, or drops when it has the same already. ERR_NOMEM. */
int journal_index_add_run(struct journal_index *index, const struct journal_run *run, struct journal_rules *rules,
                          struct error *err) MUST_USE;

/* Add a line of the last run: a place that was taken from its entry and has its file position. Takes the name over, also on failure. ERR_NOMEM. */
int journal_index_add(struct journal_index *index, struct journal_place *place, struct error *err) MUST_USE;

/* Drop all but the last line of each target and put the rest in inventory order. */
void journal_index_settle(struct journal_index *index);

/* Add up what is there and what is missing. */
void journal_index_total(const struct journal_index *index, struct journal_summary *summary);

void journal_index_fini(struct journal_index *index);

#endif

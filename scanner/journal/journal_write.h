/*
 * journal_write.h: what the reader of this part has to know of a journal being written.
 */
#ifndef SSHVET_JOURNAL_WRITE_H
#define SSHVET_JOURNAL_WRITE_H

#include "journal_place.h"

/* The descriptor, which can also be read, and what messages call the file. Both belong to the journal. */
int         journal_write_descriptor(const struct journal *j) MUST_USE;
const char *journal_write_label(const struct journal *j) MUST_USE;

/*
 * The lines of this run that its reader need not read again to sum up: `from` is where the first of them begins, `to` where the last one ends. Once
 * asked for, they belong to the caller (journal_place_fini()), and there are none when asked again.
 */
struct journal_known {
	struct journal_places places; /* `line` counts from the header: 1 is the one behind it */
	off_t                 from;
	off_t                 to;
};
struct journal_known journal_write_known(struct journal *j) MUST_USE;

#endif

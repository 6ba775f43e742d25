/*
 * journal_write.h: what the reader of this part has to know of a journal being written.
 */
#ifndef SSHVET_JOURNAL_WRITE_H
#define SSHVET_JOURNAL_WRITE_H

#include "journal.h"

/* The descriptor, which can also be read, and what messages call the file. Both belong to the journal. */
int         journal_write_descriptor(const struct journal *j) MUST_USE;
const char *journal_write_label(const struct journal *j) MUST_USE;

#endif

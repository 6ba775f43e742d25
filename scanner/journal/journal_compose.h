/*
 * journal_compose.h: the lines of a journal as JSON text, each with its newline and checked as a reader would.
 */
#ifndef SSHVET_JOURNAL_COMPOSE_H
#define SSHVET_JOURNAL_COMPOSE_H

#include "journal_place.h"

/*
 * The header of a run, and its rules as a reader will know them. The caller releases the line (buf_free()), here as below. ERR_INTERNAL (the
 * rule set or the warning holds text that is not clean), ERR_NOMEM.
 */
int journal_compose_header(const struct journal_options *options, bool resumes, struct buf *ret_line,
                           struct journal_rules *ret_rules, struct error *err) MUST_USE;

/*
 * A target, and what a reader would remember of it (journal_place_take()). One that a reader would refuse becomes unscanned with the reason.
 * ERR_INTERNAL (not even that could be read), ERR_NOMEM.
 */
int journal_compose_target(const struct journal_target *target, const struct journal_rules *rules, struct buf *ret_line,
                           struct journal_place *ret_place, struct error *err) MUST_USE;

int journal_compose_end(struct buf *ret_line, struct error *err) MUST_USE;

#endif

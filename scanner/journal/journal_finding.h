/*
 * journal_finding.h: what a target's line may say of findings.
 */
#ifndef SSHVET_JOURNAL_FINDING_H
#define SSHVET_JOURNAL_FINDING_H

#include "journal_kept.h"

/*
 * Check the findings in `array`, a value of the line that `kept` was begun with and that the entry has, and put them into the entry, also those
 * before one that is refused. ERR_SYNTAX, ERR_NOMEM.
 */
int journal_finding_take_all(struct slice array, const struct journal_rules *rules, struct journal_kept *kept, struct journal_entry *entry,
                             struct error *err) MUST_USE;

/* The same checks of findings that the entry has already; their rules go into it, where there is room for them. */
int journal_finding_check_all(const struct journal_rules *rules, struct journal_entry *entry, struct error *err) MUST_USE;

#endif

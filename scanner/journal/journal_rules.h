/*
 * journal_rules.h: the rules of a run as its header has them.
 */
#ifndef SSHVET_JOURNAL_RULES_H
#define SSHVET_JOURNAL_RULES_H

#include "journal.h"

/* In order of id. Texts belong to `text`. */
struct journal_rules {
	struct buf           text;
	struct journal_rule *items;
	size_t               count;
};

/* Check the "rules" of a header; they keep a copy of `object`. ERR_SYNTAX, ERR_NOMEM. */
int journal_rules_take(struct slice object, struct journal_rules *ret_rules, struct error *err) MUST_USE;

/* The rule of that id, NULL when there is none. `last` is the one that was found before, NULL at first: findings come in the order of rules. */
const struct journal_rule *journal_rules_find(const struct journal_rules *rules, const struct journal_rule *last, const char *id) MUST_USE;

/* True when both say the same. */
bool journal_rules_equal(const struct journal_rules *a, const struct journal_rules *b) MUST_USE;

void journal_rules_free(struct journal_rules *rules);

#endif

/*
 * sshd_match_relation.c: what follows from a criterion for another one. Only what is certain is said: everything else is "may".
 */
#include "sshd_match.h"

static bool is_literal(struct slice pattern)
{
	return pattern.len > 0 && !memchr(pattern.ptr, '*', pattern.len) && !memchr(pattern.ptr, '?', pattern.len);
}

/* The next pattern of a list; false at its end. */
static bool next_entry(struct slice *list, struct slice *ret_entry, bool *ret_negated)
{
	if (!slice_next(list, ',', ret_entry))
		return false;
	*ret_negated = ret_entry->len > 0 && ret_entry->ptr[0] == '!';
	*ret_entry = slice_sub(*ret_entry, *ret_negated ? 1 : 0, ret_entry->len);
	return true;
}

/* Names that `given` can only be: when it has no wildcard, each is tried against `other`. */
static enum sshd_relation names_relation(struct slice given, struct slice other, bool fold)
{
	struct slice rest = given, entry = { 0 };
	size_t       held = 0, failed = 0;
	bool         negated;

	while (next_entry(&rest, &entry, &negated)) {
		char         space[256];
		struct slice name = entry;

		if (negated)
			continue; /* it takes names away, which makes neither answer wrong */
		if (!is_literal(entry) || entry.len >= sizeof(space))
			return SSHD_MAY;
		for (size_t i = 0; fold && i < entry.len; i++)
			space[i] = (char)tolower((unsigned char)entry.ptr[i]);
		if (fold)
			name.ptr = space;
		if (sshd_match_list(name, other, fold) == 1)
			held++;
		else
			failed++;
	}
	if (failed == 0 && held > 0)
		return SSHD_CERTAIN;
	return held == 0 ? SSHD_NEVER : SSHD_MAY;
}

/* Whether a network lies in one of a list and in none that is negated; or touches none at all. */
static enum sshd_relation net_relation(const struct sshd_net *net, struct slice list)
{
	enum sshd_relation relation = SSHD_NEVER;
	struct slice       entry = { 0 };
	bool               negated;

	while (next_entry(&list, &entry, &negated)) {
		struct sshd_net one;

		if (sshd_net_parse(entry, &one) <= 0)
			return SSHD_MAY;
		if (negated && sshd_net_overlaps(&one, net))
			return sshd_net_contains(&one, net) ? SSHD_NEVER : SSHD_MAY;
		if (!negated && sshd_net_contains(&one, net))
			relation = SSHD_CERTAIN;
		else if (!negated && relation == SSHD_NEVER && sshd_net_overlaps(&one, net))
			relation = SSHD_MAY;
	}
	return relation;
}

static enum sshd_relation nets_relation(struct slice given, struct slice other)
{
	size_t       held = 0, failed = 0, unsure = 0;
	struct slice entry = { 0 };
	bool         negated;

	while (next_entry(&given, &entry, &negated)) {
		struct sshd_net    net;
		enum sshd_relation relation;

		if (negated)
			continue;
		if (sshd_net_parse(entry, &net) <= 0)
			return SSHD_MAY;
		relation = net_relation(&net, other);
		held += relation == SSHD_CERTAIN;
		failed += relation == SSHD_NEVER;
		unsure += relation == SSHD_MAY;
	}
	if (unsure > 0 || (held > 0 && failed > 0))
		return SSHD_MAY;
	return held > 0 ? SSHD_CERTAIN : SSHD_NEVER;
}

/* The same attribute in both. */
static enum sshd_relation same_relation(const struct sshd_criterion *given, const struct sshd_criterion *other)
{
	if (slice_equal(given->patterns, other->patterns))
		return SSHD_CERTAIN;
	switch (given->attribute) {
	case SSHD_MATCH_USER:
	case SSHD_MATCH_RDOMAIN:
		return names_relation(given->patterns, other->patterns, false);
	case SSHD_MATCH_HOST:
		return names_relation(given->patterns, other->patterns, true);
	case SSHD_MATCH_ADDRESS:
	case SSHD_MATCH_LOCALADDRESS:
		return nets_relation(given->patterns, other->patterns);
	case SSHD_MATCH_LOCALPORT:
		return given->port == other->port ? SSHD_CERTAIN : SSHD_NEVER;
	default: /* a user is in many groups */
		return SSHD_MAY;
	}
}

enum sshd_relation sshd_criterion_relation(const struct sshd_criterion *given, const struct sshd_criterion *other)
{
	if (other->attribute == SSHD_MATCH_ALL)
		return SSHD_CERTAIN;
	if (given->attribute == other->attribute)
		return same_relation(given, other);
	if ((given->attribute == SSHD_MATCH_GROUP && other->attribute == SSHD_MATCH_INVALID_USER) ||
	    (given->attribute == SSHD_MATCH_INVALID_USER && other->attribute == SSHD_MATCH_GROUP))
		return SSHD_NEVER;
	return SSHD_MAY;
}

/*
 * privilege.h: as whom the collector ran, from its own section.
 */
#ifndef SSHVET_PRIVILEGE_H
#define SSHVET_PRIVILEGE_H

#include "evidence.h"
#include "fact.h"

/* True when the collector said that it ran as root; false also when it said nothing. */
bool privilege_is_root(const struct evidence *ev) MUST_USE;

/*
 * List a fact as unavailable because the collector did not run as root: `message` says what would have been needed, and why root could not be
 * had follows. Missing, when the collector's own section did not come. Returns as fact_add_unavailable() does.
 */
int privilege_add_unavailable(cJSON *object, const char *name, const struct evidence *ev, const char *message, struct error *err) MUST_USE;

/* Why a section that failed did so: for want of privilege unless the collector was root. */
enum reason privilege_reason(const struct evidence *ev) MUST_USE;

#endif

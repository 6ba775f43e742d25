/*
 * sections.h: from a section of the evidence to the reason why its facts could not be read.
 */
#ifndef SSHVET_SECTIONS_H
#define SSHVET_SECTIONS_H

#include "evidence.h"
#include "fact.h"

/* True when the section came, came whole, and its command succeeded: only then is its body what it claims to be. `s` may be NULL. */
bool section_is_whole(const struct section *s) MUST_USE;

/*
 * Why a section that is not whole cannot be used: missing (never came, or the stream broke off in it), timeout (status 124),
 * truncated, and `failed` for any other exit status than 0. REASON_UNKNOWN when the section is whole. `s` may be NULL.
 */
enum reason section_reason(const struct section *s, enum reason failed) MUST_USE;

/*
 * List a fact as unavailable for section_reason(), with a message that names the section: `name` is what the section is
 * called, `s` may be NULL. Does nothing when the section is whole. Returns 0, or as fact_add_unavailable() fails.
 */
int section_add_unavailable(cJSON *object, const char *fact, const char *name, const struct section *s, enum reason failed,
                            struct error *err) MUST_USE;

#endif

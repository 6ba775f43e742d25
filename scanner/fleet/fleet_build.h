/*
 * fleet_build.h: filling a fleet: target by target, then once the arrays are put in order.
 */
#ifndef SSHVET_FLEET_BUILD_H
#define SSHVET_FLEET_BUILD_H

#include "fleet.h"

struct fleet *fleet_new(void) MUST_USE;

/*
 * Append, and give the place: of a host (which takes the place of an earlier one of that name), an account, a key (or the one there
 * is with that fingerprint). Texts are interned by the caller. FLEET_NONE when memory or the numbers are exhausted.
 */
uint32_t fleet_add_host(struct fleet *f, const struct fleet_host *host) MUST_USE;
uint32_t fleet_add_account(struct fleet *f, const struct fleet_account *account) MUST_USE;
uint32_t fleet_add_key(struct fleet *f, const char *fingerprint, const char *type, uint32_t bits) MUST_USE;
uint32_t fleet_add_line(struct fleet *f, const struct fleet_line *line) MUST_USE;
uint32_t fleet_add_private(struct fleet *f, const struct fleet_private *private_key) MUST_USE;
uint32_t fleet_add_host_key(struct fleet *f, const struct fleet_host_key *host_key) MUST_USE;

/* Say what is not known of a host; past a few dozen, that there is more. False when memory is exhausted. */
bool fleet_add_reason(struct fleet *f, uint32_t host, const char *text) MUST_USE;

/* Take one target and the bytes of its facts, which may be empty. ERR_NOMEM, ERR_TOO_BIG; what is wrong with the facts becomes reasons of the host. (read.c) */
int fleet_read(struct fleet *f, const struct journal_target *target, struct slice facts, struct error *err) MUST_USE;

/* Put everything in its final order, and find what the keys are. ERR_NOMEM. (settle.c) */
int fleet_settle(struct fleet *f, struct error *err) MUST_USE;

#endif

/*
 * sshd_drift.h: how the daemon that runs differs from what is configured: what was edited since it read it, what it refuses, what it offers.
 */
#ifndef SSHVET_SSHD_DRIFT_H
#define SSHVET_SSHD_DRIFT_H

#include "sshd_reading.h"

/* Add the facts of sshd_config.daemons[] about one daemon, but for its subject. ERR_NOMEM, ERR_TOO_BIG. */
int sshd_drift_add(cJSON *item, const struct reading *reading, struct error *err) MUST_USE;

/* Add sshd_config.socket and sshd_config.socket_only: where systemd listens, and where it does though no daemon is configured to. As above. */
int sshd_drift_add_socket(cJSON *module, const struct reading *const *readings, size_t nreadings, struct error *err) MUST_USE;

#endif

/*
 * sshd_defaults.h: what sshd does where its files say nothing, by release and vendor (sshd_defaults.def).
 */
#ifndef SSHVET_SSHD_DEFAULTS_H
#define SSHVET_SSHD_DEFAULTS_H

#include "sshd_config_file.h"

/* The vendor of the target's sshd, as its os-release tells: "Debian", "Red Hat", "Alpine", "FreeBSD"; NULL for one that no table is about. */
const char *sshd_defaults_vendor(const struct evidence *ev) MUST_USE;

/*
 * Add what is known of a release of that vendor to an empty configuration, as if sshd had printed it. Nothing is added for a release that the table
 * does not reach, nor for a vendor of NULL. ERR_NOMEM.
 */
int sshd_defaults_read(struct sshd_config *config, sshd_release release, const char *vendor, struct error *err) MUST_USE;

#endif

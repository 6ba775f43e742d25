/*
 * sshd_daemon.h: the daemons that listen on a target, as the collector found them.
 *
 * Sections about one of them carry its number in their argument `daemon`. Where none was found, sections are about a daemon with the usual file.
 */
#ifndef SSHVET_SSHD_DAEMON_H
#define SSHVET_SSHD_DAEMON_H

#include "evidence.h"
#include "sshd_config_file.h"

#define SSHD_DAEMONS_MAX 8

struct sshd_daemon {
	const struct section *section;    /* sshd_config.daemon; NULL when none was found */
	struct slice          number;     /* empty when none was found */
	struct slice          file;       /* its main file */
	bool                  understood; /* its arguments are */
};

/* The daemons, in an array of SSHD_DAEMONS_MAX. At least one: where none was found, what a daemon with the usual file would be. */
size_t sshd_daemon_find(const struct evidence *ev, struct sshd_daemon *ret_daemons);

/* The first section of that name about this daemon, or the next one after `previous`; NULL when there is none. */
const struct section *sshd_daemon_section(const struct evidence *ev, const struct sshd_daemon *daemon, const char *name, const struct section *previous) MUST_USE;

/* Read its arguments into an empty configuration, as sshd does before it reads the file. What is malformed leaves a gap. ERR_NOMEM only. */
int sshd_daemon_read_arguments(const struct sshd_daemon *daemon, struct sshd_config *config, struct error *err) MUST_USE;

/* Its arguments as a list. ERR_NOMEM, ERR_TOO_BIG. */
int sshd_daemon_add_arguments(cJSON *item, const struct sshd_daemon *daemon, struct error *err) MUST_USE;

/* True when this connection came by it. */
bool sshd_daemon_serves(const struct sshd_daemon *daemon) MUST_USE;

/* A number of seconds since 1970 in an argument of a section; false when there is none. */
bool sshd_daemon_time(const struct section *section, const char *arg, int64_t *ret_time) MUST_USE;

/* When it started. False when that is not known. */
bool sshd_daemon_started(const struct sshd_daemon *daemon, int64_t *ret_time) MUST_USE;

#endif

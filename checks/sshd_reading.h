/*
 * sshd_reading.h: all that was learnt of one target's sshd, and the value of a keyword for a set of Match blocks.
 */
#ifndef SSHVET_SSHD_READING_H
#define SSHVET_SSHD_READING_H

#include "sshd_daemon.h"
#include "sshd_effective.h"

struct reading {
	const struct evidence *ev;
	struct sshd_daemon     daemon;
	const struct section  *printed; /* what it says of itself; NULL when it was not asked */
	struct sshd_config     files;
	struct sshd_config     dump;
	struct sshd_config     defaults; /* what sshd prints of an empty configuration, or what a table has of it */
	const char            *vendor;   /* whose table that is; NULL when it is no table */
	struct sshd_plan       plan;     /* of the files */
	bool                   dumped;   /* the dump is there to be used */
	bool                   root;
	size_t                 bytes; /* of configuration, which each context may repeat */
};

/* Read what the evidence, which must outlive the reading, has of a daemon. ERR_NOMEM only. */
int  sshd_reading_make(const struct evidence *ev, const struct sshd_daemon *daemon, struct reading *ret_reading, struct error *err) MUST_USE;
void sshd_reading_fini(struct reading *reading);

/* Take the defaults from the table for its release and vendor; without effect where there is none. For what has no dump. ERR_NOMEM. */
int sshd_reading_use_table(struct reading *reading, struct error *err) MUST_USE;

/* Add the value of a keyword where those Match blocks apply, or the reason why it is not known. ERR_NOMEM only. */
int sshd_reading_add(cJSON *item, const struct reading *reading, const sshd_contexts *set, enum sshd_keyword keyword, struct error *err) MUST_USE;

/* file:line of the line that counts, "command line" or "default"; nothing where a gap leaves it open. */
int sshd_reading_add_where(cJSON *where, const struct reading *reading, const sshd_contexts *set, enum sshd_keyword keyword, struct error *err) MUST_USE;

/* Say that a gap leaves a fact open. */
int sshd_reading_add_gap(cJSON *item, const struct reading *reading, const struct sshd_context *context, const char *name, struct error *err) MUST_USE;

/* "OpenSSH_10.0p2 Debian-7" in what sshd says of itself: what Match version is compared with; empty when not known. */
struct slice sshd_reading_version(const struct evidence *ev) MUST_USE;

#endif

/*
 * sshd_value.h: from the lines that set a keyword to its value as a fact, written as sshd prints it.
 */
#ifndef SSHVET_SSHD_VALUE_H
#define SSHVET_SSHD_VALUE_H

#include "sshd_effective.h"

/* What a value in a Match block may rest on. */
struct sshd_value_base {
	const struct sshd_config  *defaults; /* what sshd prints when nothing is set; NULL when nobody knows */
	const struct sshd_setting *below;    /* the same keyword at start, for those of which a block changes a part; NULL when not known */
};

/* Add the value of a setting (whose `first` is a line, or which is an empty list); a malformed one is listed as unavailable. ERR_NOMEM only. */
int sshd_value_add(cJSON *item, const struct sshd_setting *setting, const struct sshd_value_base *base, struct error *err) MUST_USE;

/* Parts of sshd_value_add(): one word as it is written in a file. ERR_SYNTAX for what is malformed. */
int sshd_value_add_startups(cJSON *item, const char *name, struct slice text, struct error *err) MUST_USE;
int sshd_value_add_penalties(cJSON *item, const char *name, const struct sshd_setting *setting, struct slice text, struct error *err) MUST_USE;
int sshd_value_add_netblock(cJSON *item, const char *name, struct slice text, struct error *err) MUST_USE;
int sshd_value_add_address(cJSON *item, const struct sshd_setting *setting, struct slice text, struct error *err) MUST_USE;

#endif

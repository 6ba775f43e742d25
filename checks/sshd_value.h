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

#endif

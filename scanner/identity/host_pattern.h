/*
 * host_pattern.h: host patterns of known_hosts ("PATTERNS" in ssh_config(5)): * stands for any run of bytes, ?
 * for any one.
 *
 * Both sides are compared as they are: bring them to lower case first.
 */
#ifndef SSHVET_HOST_PATTERN_H
#define SSHVET_HOST_PATTERN_H

#include "slice.h"

/* True when some pattern of a comma-separated list fits all of `name` and none that begins with ! does. */
bool host_pattern_list_covers(struct slice list, struct slice name) MUST_USE;

/* True when the list holds plain names only. */
bool host_pattern_is_plain(struct slice list) MUST_USE;

#endif

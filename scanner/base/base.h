/*
 * base.h: what every file of the project starts from.
 *
 * Compiler attributes are spelled here and nowhere else, and the functions this project does not use are banned at
 * the end. System and third-party headers come before this one, because banned.h turns some libc names into errors.
 */
#ifndef SSHVET_BASE_H
#define SSHVET_BASE_H

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* The number of elements of an array (not of a pointer). */
#define countof(array) (sizeof(array) / sizeof((array)[0]))

/* The result must be looked at. [[nodiscard]] warns under -std=c17 -Wpedantic with gcc 12, hence the attribute. */
#define MUST_USE __attribute__((warn_unused_result))

/* Argument `position` (counted from 1) is a printf format for the arguments from `first` on. */
#define PRINTF(position, first) __attribute__((format(printf, position, first)))

#include "banned.h"

#endif

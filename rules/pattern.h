/*
 * pattern.h: texts in which * stands for anything. Internal to this folder.
 */
#ifndef SSHVET_PATTERN_H
#define SSHVET_PATTERN_H

#include "base.h"

/* True when the whole of `text` fits `pattern`. No allocation, no locale, no failure: fnmatch() has all three. */
bool pattern_matches(const char *pattern, const char *text) MUST_USE;

#endif

/*
 * wrap.h: text for people in lines of a hundred columns.
 */
#ifndef SSHVET_WRAP_H
#define SSHVET_WRAP_H

#include "base.h"

void wrap_blanks(FILE *out, size_t count);

/*
 * Write a text and a newline where a line has come to column `hang`, where all other lines begin, too. It is broken at spaces; a line of its own that
 * begins with a space is a command or an excerpt and stays whole.
 */
void wrap_text(FILE *out, const char *text, size_t hang);

#endif

/*
 * help.h: the tables of commands, options, formats and codes as text for people and as the manual page.
 */
#ifndef SSHVET_HELP_H
#define SSHVET_HELP_H

#include "command.h"

/* What `sshvet help` prints: the commands, and where to go on. */
void help_overview(FILE *out);

/* What `sshvet help COMMAND` prints: usage, what it does, its options. */
void help_command(const struct command *command, FILE *out);

/* The manual page in man(7) markup: the frame sshvet.1.in with the tables filled in. */
void help_manual(FILE *out);

#endif

/*
 * command.h: the subcommands.
 */
#ifndef SSHVET_COMMAND_H
#define SSHVET_COMMAND_H

#include "error.h"

struct options;

enum command_index {
#define COMMAND(name, ...) COMMAND_##name,
#include "commands.def"
#undef COMMAND
	COMMAND_COUNT
};

struct command {
	const char *name;
	const char *suffix;   /* the name after a space, for "sshvet help NAME" in messages */
	const char *operands; /* as usage shows them; "" for none */
	size_t      fewest;   /* operands it takes */
	size_t      most;
	const char *summary;     /* one line without a full stop */
	const char *description; /* what `help NAME` adds; "" for nothing */

	/* Do it. Returns the exit status, or a negative ERR_* with `err` set. */
	int (*run)(const struct options *options, struct error *err);
};

/* In the order of commands.def, COMMAND_COUNT of them. */
extern const struct command commands[];

/* The subcommand of that name; NULL when there is none. */
const struct command *command_find(const char *name) MUST_USE;

/* ERR_USAGE: there is no such subcommand; the text names the nearest. */
int command_unknown(const char *name, struct error *err);

#define COMMAND(name, ...) int cmd_##name(const struct options *options, struct error *err);
#include "commands.def"
#undef COMMAND

#endif

#include "command.h"

#include "nearest.h"
#include "text.h"

#define MANY SIZE_MAX

const struct command commands[] = {
#define COMMAND(name_, operands_, fewest_, most_, summary_, description_) \
	{ .name = #name_, \
	  .suffix = " " #name_, \
	  .operands = (operands_), \
	  .fewest = (fewest_), \
	  .most = (most_), \
	  .summary = (summary_), \
	  .description = (description_), \
	  .run = cmd_##name_ },
#include "commands.def"
#undef COMMAND
};
static_assert(countof(commands) == COMMAND_COUNT, "one list");
static_assert(COMMAND_COUNT <= sizeof(unsigned) * CHAR_BIT, "options keep their commands as bits");

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < countof(commands); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

int command_unknown(const char *name, struct error *err)
{
	char           shown[64];
	struct nearest guess;

	text_clean_into(shown, sizeof(shown), slice_of(name));
	nearest_init(&guess, name);
	for (size_t i = 0; i < countof(commands); i++)
		nearest_consider(&guess, commands[i].name);
	if (guess.best)
		return error_set(err, ERR_USAGE, "unknown command '%s', did you mean '%s'? See 'sshvet help'", shown, guess.best);
	return error_set(err, ERR_USAGE, "unknown command '%s'; see 'sshvet help'", shown);
}

#include "help.h"
#include "options.h"

int cmd_help(const struct options *options, struct error *err)
{
	const struct command *command = NULL;

	if (options->man) {
		help_manual(stdout);
		return 0;
	}
	if (options->operands.count > 0) {
		command = command_find(options->operands.items[0]);
		if (!command)
			return command_unknown(options->operands.items[0], err);
	}
	if (command)
		help_command(command, stdout);
	else
		help_overview(stdout);
	return 0;
}

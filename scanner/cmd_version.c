#include "command.h"

int cmd_version(const struct options *options, struct error *err)
{
	(void)options;
	(void)err;
	puts("sshvet " SSHVET_VERSION);
	return 0;
}

#include "scanning.h"

int cmd_scan(const struct options *options, struct error *err)
{
	return scanning_run(options, err);
}

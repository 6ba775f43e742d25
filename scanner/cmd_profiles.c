#include "modules.h"

static void print_profile(const struct profile_info *profile, void *context)
{
	(void)context;
	printf("%-16s %4zu rules  %s\n", profile->name, profile->rules, profile->title);
}

int cmd_profiles(const struct options *options, struct error *err)
{
	struct ruleset_options all = modules_options(options);

	return ruleset_profiles(&all, print_profile, NULL, err);
}

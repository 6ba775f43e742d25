#include "modules.h"

#include "check.h"

#define MAX_MODULES 64

struct ruleset_options modules_options(const struct options *options)
{
	static struct ruleset_module modules[MAX_MODULES];
	size_t                       count = 0;

	for (; checks[count]; count++) {
		assert(count < MAX_MODULES);
		modules[count] = (struct ruleset_module){
			.name = checks[count]->name,
			.member = checks[count]->member,
			.facts = checks[count]->facts,
			.nfacts = checks[count]->nfacts,
		};
	}
	return (struct ruleset_options){
		.only = options->command == &commands[COMMAND_probe] ? "ssh_protocol" : NULL,
		.rules = options->rules,
		.profile = options->profile,
		.modules = modules,
		.nmodules = count,
	};
}

int modules_load(const struct options *options, struct ruleset **ret_ruleset, struct error *err)
{
	struct ruleset_options wanted = modules_options(options);

	return ruleset_load(&wanted, ret_ruleset, err);
}

int modules_load_lists(const struct options *options, struct key_lists **ret_lists, struct error *err)
{
	struct key_lists *lists;
	int               r = key_lists_new(&lists, err);

	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < options->blocklists.count; i++)
		r = key_lists_block(lists, options->blocklists.items[i], err);
	if (r < 0)
		error_prefix(err, "--blocklist");
	for (size_t i = 0; r == 0 && i < options->allowed_keys.count; i++) {
		r = key_lists_allow(lists, options->allowed_keys.items[i], err);
		if (r < 0)
			error_prefix(err, "--authorized-keys-allowed");
	}
	if (r < 0) {
		key_lists_free(lists);
		return r;
	}
	*ret_lists = lists;
	return 0;
}

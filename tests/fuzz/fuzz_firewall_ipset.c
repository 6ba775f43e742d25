/* What `ipset save` prints. */
#include "firewall_ipset.h"
#include "fuzz_checks.h"

/* Every list of elements lies within the ranges there are. */
static void check(const struct firewall_model *model)
{
	for (size_t i = 0; i < model->lists.count; i++) {
		const struct firewall_list *list = firewall_model_list(model, (uint32_t)i);

		if (list->first + (size_t)list->count * ((size_t)list->width + list->data) > model->ranges.count)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct firewall_model model;
	struct error          err = { 0 };

	if (size > LIMIT_EVIDENCE)
		return 0;
	firewall_model_init(&model);
	if (firewall_ipset_parse(&model, (struct slice){ .ptr = (const char *)data, .len = size }, &err) < 0 && err.text[0] == '\0')
		abort();
	check(&model);
	firewall_model_fini(&model);
	return 0;
}

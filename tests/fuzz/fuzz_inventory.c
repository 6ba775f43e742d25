/* fuzz_inventory.c: an inventory file in both forms; the first byte says which. What is accepted must be safe to use. */
#include "fuzz.h"

#include "inventory.h"
#include "text.h"

static void check_target(const struct target *t)
{
	if (!t->name[0] || !t->host[0] || !t->user[0] || t->port < 1 || t->port > 65535)
		abort();
	if (t->host[0] == '-' || t->user[0] == '-' || strchr(t->name, '/') || strpbrk(t->host, " /@"))
		abort();
	if (!text_is_clean(slice_of(t->name)) || !text_is_clean(slice_of(t->host)) || !text_is_clean(slice_of(t->user)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct inventory_defaults defaults = { .user = "me", .port = 22 };
	struct inventory                       inv = { 0 };
	struct error                           err;
	struct slice                           text;

	if (size < 1)
		return 0;
	text = (struct slice){ .ptr = (const char *)data + 1, .len = size - 1 };
	if (inventory_parse(&inv, text, data[0] == 'y' ? "fuzz.yaml" : "fuzz", &defaults, &err) == 0 && inventory_check(&inv, &err) == 0) {
		for (size_t i = 0; i < inv.count; i++)
			check_target(&inv.targets[i]);
	}
	inventory_free(&inv);
	return 0;
}

#include <netinet/in.h>

#include "inventory.h"

#include "file.h"
#include "inventory_yaml.h"
#include "limit.h"
#include "mem.h"
#include "network.h"
#include "target.h"
#include "text.h"

/* How much of a text that is wrong is shown in the message about it. */
#define SHOWN 80

int inventory_append(struct inventory *inv, struct target *t, const char *origin, struct error *err)
{
	if (inv->count == inv->capacity) {
		size_t         capacity = inv->capacity > 0 ? inv->capacity * 2 : 16;
		struct target *targets = mem_resize(inv->targets, capacity, sizeof(*targets));

		if (!targets)
			return error_nomem(err);
		inv->targets = targets;
		inv->capacity = capacity;
	}
	t->origin = mem_strdup(origin);
	if (!t->origin)
		return error_nomem(err);
	inv->targets[inv->count++] = *t;
	*t = (struct target){ 0 };
	return 0;
}

static int add_one(struct inventory *inv, struct slice text, const char *origin, const struct inventory_defaults *defaults,
                   struct error *err)
{
	char          shown[SHOWN];
	struct target t;
	int           r;

	r = target_parse(text, defaults, &t, err);
	if (r < 0)
		return error_prefix(err, "%s: '%s'", origin, text_clean_into(shown, sizeof(shown), text));
	r = inventory_append(inv, &t, origin, err);
	target_fini(&t);
	return r;
}

/* A target, or every address of a network. */
static int add(struct inventory *inv, struct slice text, const char *origin, const struct inventory_defaults *defaults,
               struct error *err)
{
	char           shown[SHOWN];
	char           one[SHOWN * 4];
	struct network network;
	struct error   why;
	int            r = 0;

	if (text.len >= sizeof(one) - INET6_ADDRSTRLEN || !network_parse(text, &network, &why))
		return add_one(inv, text, origin, defaults, err);
	if (why.code != 0)
		return error_set(err, why.code, "%s: '%s': %s", origin, text_clean_into(shown, sizeof(shown), text), why.text);
	for (unsigned i = 0; i < network.count && r == 0; i++) {
		network_target(&network, i, one, sizeof(one));
		r = add_one(inv, slice_of(one), origin, defaults, err);
	}
	return r;
}

int inventory_add(struct inventory *inv, const char *text, const char *origin,
                  const struct inventory_defaults *defaults, struct error *err)
{
	return add(inv, slice_of(text), origin, defaults, err);
}

/* Mistakes in a file are ERR_SYNTAX, whatever they would be on the command line. */
static int in_file(int r, struct error *err)
{
	if (r == ERR_USAGE && err)
		err->code = ERR_SYNTAX;
	return r == ERR_USAGE ? ERR_SYNTAX : r;
}

static int parse_lines(struct inventory *inv, struct slice text, const char *name,
                       const struct inventory_defaults *defaults, struct error *err)
{
	struct slice line;
	size_t       number = 0;

	while (slice_next_line(&text, &line, NULL)) {
		char origin[PATH_MAX + 32];
		int  r;

		number++;
		line = slice_trim(line);
		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		snprintf(origin, sizeof(origin), "%s:%zu", name, number);
		r = in_file(add(inv, line, origin, defaults, err), err);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool has_suffix(const char *text, const char *suffix)
{
	size_t len = strlen(text);

	return len >= strlen(suffix) && strcasecmp(text + len - strlen(suffix), suffix) == 0;
}

int inventory_parse(struct inventory *inv, struct slice text, const char *name,
                    const struct inventory_defaults *defaults, struct error *err)
{
	if (has_suffix(name, ".yaml") || has_suffix(name, ".yml") || has_suffix(name, ".json"))
		return in_file(inventory_yaml_parse(inv, text, name, defaults, err), err);
	return parse_lines(inv, text, name, defaults, err);
}

int inventory_load(struct inventory *inv, const char *path, const struct inventory_defaults *defaults,
                   struct error *err)
{
	struct buf text;
	int        r;

	r = file_read(path, LIMIT_INVENTORY, FILE_CONFIG, &text, err);
	if (r == ERR_NOT_FOUND)
		return error_set(err, r, "inventory: there is no file '%s'; name one that exists, or '-' for standard input", path);
	if (r < 0)
		return error_prefix(err, "inventory");
	r = inventory_parse(inv, buf_slice(&text), strcmp(path, "-") == 0 ? "standard input" : path, defaults, err);
	buf_free(&text);
	return r;
}

/* By name, then as they stand in the inventory (they are pointers into one array). */
static int compare(const void *left, const void *right)
{
	const struct target *const *a = left;
	const struct target *const *b = right;
	int                         order = strcmp((*a)->name, (*b)->name);

	return order != 0 ? order : (*a > *b) - (*a < *b);
}

static int report_duplicate(const struct target *first, const struct target *second, struct error *err)
{
	return error_set(err, ERR_USAGE,
	                 "%s: target '%s' is already there (%s); remove one, or give it a name of its own",
	                 second->origin, second->name, first->origin);
}

int inventory_check(const struct inventory *inv, struct error *err)
{
	const struct target **sorted = mem_zalloc(inv->count * sizeof(*sorted));
	const struct target  *first = NULL;
	const struct target  *second = NULL;

	if (!sorted)
		return error_nomem(err);
	for (size_t i = 0; i < inv->count; i++)
		sorted[i] = &inv->targets[i];
	qsort(sorted, inv->count, sizeof(*sorted), compare);
	for (size_t i = 1; i < inv->count; i++) {
		if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0 && (!second || sorted[i] < second)) {
			first = sorted[i - 1];
			second = sorted[i];
		}
	}
	mem_free(sorted);
	return second ? report_duplicate(first, second, err) : 0;
}

void inventory_free(struct inventory *inv)
{
	for (size_t i = 0; i < inv->count; i++)
		target_fini(&inv->targets[i]);
	mem_free(inv->targets);
	*inv = (struct inventory){ 0 };
}

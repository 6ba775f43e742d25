#include "algorithm.h"

#include "loader.h"
#include "pattern.h"

static const char *const strength_names[] = {
	[STRENGTH_UNKNOWN] = "",
	[STRENGTH_BROKEN] = "broken",
	[STRENGTH_WEAK] = "weak",
	[STRENGTH_ACCEPTABLE] = "acceptable",
	[STRENGTH_GOOD] = "good",
};
static_assert(countof(strength_names) == STRENGTHS, "every strength has a name");

static const char *const class_names[] = {
	[ALGORITHM_UNKNOWN] = "",
	[ALGORITHM_KEX] = "kex",
	[ALGORITHM_HOST_KEY] = "host_key",
	[ALGORITHM_CIPHER] = "cipher",
	[ALGORITHM_MAC] = "mac",
	[ALGORITHM_COMPRESSION] = "compression",
};
static_assert(countof(class_names) == ALGORITHM_CLASSES, "every class has a name");

const char *algorithm_class_name(enum algorithm_class class)
{
	return class_names[class];
}

const char *algorithm_strength_name(enum strength strength)
{
	return strength_names[strength];
}

/* The place of a text among names, of which the first stands for none of them. */
static int name_index(const struct yaml_node *n, const char *what, struct names names, size_t *ret_index, struct error *err)
{
	const char *text;
	int         r = schema_text(n, &text, err);

	if (r < 0)
		return r;
	for (size_t i = 1; i < names.count; i++) {
		if (strcmp(names.items[i], text) == 0) {
			*ret_index = i;
			return 0;
		}
	}
	return schema_unknown(n, what, text, (struct names){ names.items + 1, names.count - 1 }, err);
}

int algorithm_class(const struct yaml_node *n, enum algorithm_class *ret_class, struct error *err)
{
	size_t index = 0;
	int    r = name_index(n, "class of algorithms", NAMES(class_names), &index, err);

	if (r == 0)
		*ret_class = (enum algorithm_class)index;
	return r;
}

int algorithm_strength(const struct yaml_node *n, enum strength *ret_strength, struct error *err)
{
	size_t index = 0;
	int    r = name_index(n, "strength", NAMES(strength_names), &index, err);

	if (r == 0)
		*ret_strength = (enum strength)index;
	return r;
}

static bool is_pattern(const char *name)
{
	return name && strchr(name, '*') != NULL;
}

/* Plain names first, so that they are found by bisection; patterns behind them. */
static int compare(const void *a, const void *b)
{
	const struct algorithm *x = a;
	const struct algorithm *y = b;

	if (is_pattern(x->name) != is_pattern(y->name))
		return is_pattern(x->name) ? 1 : -1;
	return strcmp(x->name, y->name);
}

const struct algorithm *algorithm_find(const struct algorithms *table, const char *name)
{
	size_t low = 0;
	size_t high = table->nplain;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int    order = strcmp(name, table->items[middle].name);

		if (order == 0)
			return &table->items[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	for (size_t i = table->nplain; i < table->count; i++)
		if (pattern_matches(table->items[i].name, name))
			return &table->items[i];
	return NULL;
}

/* One star, at the end: anything else would make two entries fit one name. */
static int load_name(struct loader *l, const struct yaml_node *key, struct algorithm *a, struct error *err)
{
	const char *name = yaml_text(key);
	const char *star = strchr(name, '*');

	if (name[0] == '\0' || name[0] == '*' || (star && star[1] != '\0') || strpbrk(name, ", \t\n"))
		return yaml_error(key, err, "'%.80s' is no name of an algorithm; expected a name without blanks and commas, with a * at most at its end",
		                  name);
	a->name = arena_strdup(l->arena, name);
	return a->name ? 0 : error_nomem(err);
}

/* A text that need not be there. */
static int load_text(struct loader *l, const struct yaml_node *n, const char *key, const char **ret_text, struct error *err)
{
	return yaml_get(n, key) ? schema_get_text(l, n, key, ret_text, err) : 0;
}

static int load_version(struct loader *l, const struct yaml_node *n, const char *key, const char **ret_text, struct error *err)
{
	struct version v;
	int            r = load_text(l, n, key, ret_text, err);

	if (r == 0 && *ret_text && !version_parse(*ret_text, &v))
		r = yaml_error(yaml_get(n, key), err, "'%s' is not a version; expected %s", *ret_text, operand_how(OPERAND_VERSION));
	return r;
}

static int load_entry(struct loader *l, const struct yaml_node *key, const struct yaml_node *n, struct algorithm *a, struct error *err)
{
	static const char *const known[] = { "strength", "reason", "post_quantum", "since", "until" };
	const struct yaml_node  *strength = NULL;
	int                      r = load_name(l, key, a, err);

	if (r == 0)
		r = schema_keys(n, "an algorithm", NAMES(known), err);
	if (r == 0)
		r = schema_get(n, "strength", &strength, err);
	if (r == 0)
		r = algorithm_strength(strength, &a->strength, err);
	if (r == 0 && yaml_get(n, "post_quantum"))
		r = schema_boolean(yaml_get(n, "post_quantum"), &a->post_quantum, err);
	if (r == 0)
		r = load_text(l, n, "reason", &a->reason, err);
	if (r == 0)
		r = load_version(l, n, "since", &a->since, err);
	if (r == 0)
		r = load_version(l, n, "until", &a->until, err);
	if (r == 0 && a->strength <= STRENGTH_WEAK && !a->reason)
		r = yaml_error(n, err, "say why '%s' is %s: reason: …", a->name, strength_names[a->strength]);
	return r;
}

static int load_class(struct loader *l, const struct yaml_node *n, struct algorithms *table, struct error *err)
{
	struct algorithm *items;
	int               r = 0;

	if (yaml_kind(n) != YAML_MAPPING || yaml_count(n) == 0)
		return yaml_error(n, err, "algorithms are written as NAME: {strength: …}");
	items = arena_alloc(l->arena, yaml_count(n) * sizeof(*items));
	if (!items)
		return error_nomem(err);
	for (size_t i = 0; r == 0 && i < yaml_count(n); i++) {
		items[i] = (struct algorithm){ 0 };
		r = load_entry(l, yaml_key(n, i), yaml_value(n, i), &items[i], err);
		if (r == 0)
			table->nplain += !is_pattern(items[i].name);
	}
	if (r < 0)
		return r;
	qsort(items, yaml_count(n), sizeof(*items), compare);
	table->items = items;
	table->count = yaml_count(n);
	return 0;
}

bool algorithm_is_file(const struct yaml_node *root)
{
	return root && yaml_kind(root) == YAML_MAPPING && yaml_get(root, "algorithms");
}

int algorithm_load(struct loader *l, const struct yaml_node *root, const char *file, struct error *err)
{
	static const char *const known[] = { "algorithms" };
	const struct yaml_node  *classes = yaml_get(root, "algorithms");
	struct algorithms       *tables;
	int                      r = schema_keys(root, "a file of algorithms", NAMES(known), err);

	if (r == 0 && l->algorithms)
		r = yaml_error(root, err, "algorithms are listed in %s already", l->algorithms_file);
	if (r == 0)
		r = schema_keys(classes, "algorithms", (struct names){ class_names + 1, ALGORITHM_CLASSES - 1 }, err);
	if (r < 0)
		return r;
	tables = arena_alloc(l->arena, ALGORITHM_CLASSES * sizeof(*tables));
	l->algorithms_file = arena_strdup(l->arena, file);
	if (!tables || !l->algorithms_file)
		return error_nomem(err);
	tables[ALGORITHM_UNKNOWN] = (struct algorithms){ 0 };
	for (size_t i = 1; r == 0 && i < ALGORITHM_CLASSES; i++) {
		const struct yaml_node *class = NULL;

		tables[i] = (struct algorithms){ 0 };
		r = schema_get(classes, class_names[i], &class, err);
		if (r == 0)
			r = load_class(l, class, &tables[i], err);
	}
	if (r == 0)
		l->algorithms = tables;
	return r;
}

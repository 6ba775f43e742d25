#include "inventory_yaml.h"

#include "mem.h"
#include "target.h"
#include "yaml.h"

/* The file being read and what its targets get. */
struct reader {
	struct inventory         *inventory;
	const char               *file;
	struct inventory_defaults defaults;
};

/* A mistake target.c found in what `node` says, with its place. */
static int misplaced(const struct yaml_node *node, int r, const struct error *why, struct error *err)
{
	return r == ERR_NOMEM ? error_nomem(err) : yaml_error(node, err, "%s", why->text);
}

/* Every key of a mapping must be one of `keys` (comma-separated in messages, NULL at the end). */
static int check_keys(const struct yaml_node *mapping, const char *const *keys, const char *shown, struct error *err)
{
	for (size_t i = 0; i < yaml_count(mapping); i++) {
		const struct yaml_node *key = yaml_key(mapping, i);
		const char             *text = yaml_text(key);
		size_t                  k = 0;

		while (text && keys[k] && strcmp(keys[k], text) != 0)
			k++;
		if (!text || !keys[k])
			return yaml_error(key, err, "unknown key '%s'; there are %s", text ? text : "", shown);
	}
	return 0;
}

/* The text of a key, which must not be there or be a scalar; `*ret_text` stays as it is when it is not there. */
static int read_text(const struct yaml_node *mapping, const char *key, const char **ret_text, struct error *err)
{
	const struct yaml_node *value = yaml_get(mapping, key);

	if (!value)
		return 0;
	if (!yaml_text(value))
		return yaml_error(value, err, "'%s' must be a text", key);
	*ret_text = yaml_text(value);
	return 0;
}

static int read_user(const struct yaml_node *mapping, const char **ret_user, struct error *err)
{
	struct error why;
	const char  *user = NULL;
	int          r = read_text(mapping, "user", &user, err);

	if (r < 0 || !user)
		return r;
	r = target_check_user(slice_of(user), &why);
	if (r < 0)
		return misplaced(yaml_get(mapping, "user"), r, &why, err);
	*ret_user = user;
	return 0;
}

static int read_port(const struct yaml_node *mapping, unsigned *ret_port, struct error *err)
{
	const struct yaml_node *value = yaml_get(mapping, "port");
	struct error            why;

	if (!value)
		return 0;
	if (!yaml_text(value) || yaml_is_quoted(value) || target_parse_port(slice_of(yaml_text(value)), ret_port, &why) < 0)
		return yaml_error(value, err, "the port must be a number from 1 to 65535, without quotes");
	return 0;
}

static int take(struct reader *in, const struct yaml_node *node, struct target *t, struct error *err)
{
	char origin[PATH_MAX + 32];
	int  r;

	snprintf(origin, sizeof(origin), "%s:%zu", in->file, yaml_line(node));
	r = inventory_append(in->inventory, t, origin, err);
	target_fini(t);
	return r;
}

static int add_text(struct reader *in, const struct yaml_node *node, struct error *err)
{
	struct target t;
	struct error  why;
	int           r;

	if (!yaml_text(node))
		return yaml_error(node, err, "a target cannot have a NUL byte in it");
	r = target_parse(slice_of(yaml_text(node)), &in->defaults, &t, &why);
	if (r < 0)
		return misplaced(node, r, &why, err);
	return take(in, node, &t, err);
}

static int add_mapping(struct reader *in, const struct yaml_node *node, struct error *err)
{
	static const char *const keys[] = { "name", "host", "port", "user", NULL };
	struct target_parts      parts = { .user = in->defaults.user, .port = in->defaults.port };
	struct target            t;
	struct error             why;
	int                      r = check_keys(node, keys, "name, host, port and user", err);

	if (r == 0)
		r = read_text(node, "name", &parts.name, err);
	if (r == 0)
		r = read_text(node, "host", &parts.host, err);
	if (r == 0)
		r = read_user(node, &parts.user, err);
	if (r == 0)
		r = read_port(node, &parts.port, err);
	if (r < 0)
		return r;
	if (!parts.host)
		parts.host = parts.name;
	if (!parts.host)
		return yaml_error(node, err, "a target needs a host");
	r = target_build(&parts, &t, &why);
	if (r < 0)
		return misplaced(node, r, &why, err);
	return take(in, node, &t, err);
}

static int add_targets(struct reader *in, const struct yaml_node *list, struct error *err)
{
	int r = 0;

	if (yaml_kind(list) != YAML_SEQUENCE)
		return yaml_error(list, err, "targets must be a list");
	for (size_t i = 0; i < yaml_count(list) && r == 0; i++) {
		const struct yaml_node *item = yaml_item(list, i);

		if (yaml_kind(item) == YAML_MAPPING)
			r = add_mapping(in, item, err);
		else if (yaml_kind(item) == YAML_SCALAR)
			r = add_text(in, item, err);
		else
			r = yaml_error(item, err, "a target is a text such as user@host:port, or {name, host, port, user}");
	}
	return r;
}

static int read_defaults(struct reader *in, const struct yaml_node *defaults, struct error *err)
{
	static const char *const keys[] = { "user", "port", NULL };
	int                      r;

	if (!defaults)
		return 0;
	if (yaml_kind(defaults) != YAML_MAPPING)
		return yaml_error(defaults, err, "defaults must be {user, port}");
	r = check_keys(defaults, keys, "user and port", err);
	if (r == 0)
		r = read_user(defaults, &in->defaults.user, err);
	if (r == 0)
		r = read_port(defaults, &in->defaults.port, err);
	return r;
}

static int read_root(struct reader *in, const struct yaml_node *root, struct error *err)
{
	static const char *const keys[] = { "defaults", "targets", NULL };
	int                      r;

	if (!root)
		return error_set(err, ERR_SYNTAX, "%s:1:1: the file is empty; write a list of targets", in->file);
	if (yaml_kind(root) == YAML_SEQUENCE)
		return add_targets(in, root, err);
	if (yaml_kind(root) != YAML_MAPPING)
		return yaml_error(root, err, "this must be a list of targets, or {defaults, targets}");
	r = check_keys(root, keys, "defaults and targets", err);
	if (r == 0)
		r = read_defaults(in, yaml_get(root, "defaults"), err);
	if (r == 0 && !yaml_get(root, "targets"))
		r = yaml_error(root, err, "targets are missing");
	if (r == 0)
		r = add_targets(in, yaml_get(root, "targets"), err);
	return r;
}

int inventory_yaml_parse(struct inventory *inv, struct slice text, const char *name,
                         const struct inventory_defaults *defaults, struct error *err)
{
	struct reader in = { .inventory = inv, .file = name, .defaults = *defaults };
	struct yaml  *y;
	int           r;

	r = yaml_parse(text, name, &y, err);
	if (r < 0)
		return r;
	r = read_root(&in, yaml_root(y), err);
	yaml_free(y);
	return r;
}

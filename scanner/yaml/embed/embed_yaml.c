/*
 * embed_yaml.c: at build time, YAML files as C: embed_yaml OUT.c SYMBOL NAME FILE …
 *
 * Each file is parsed by the program's own parser and written as the tree that parser made, so that a run of the program does not parse its own
 * rules again. OUT.c defines `const struct yaml SYMBOL` for each; NAME is what messages call the file.
 */
#define SSHVET_MAY_EXIT

#include "yaml_node.h"

#include "file.h"
#include "limit.h"

/* One file while it is written: texts, items and nodes are numbered in the order in which walk() comes by. */
struct output {
	FILE       *out;
	const char *symbol;
	size_t      texts; /* bytes */
	size_t      items;
	size_t      nodes;
};

typedef void visit(struct output *o, const struct yaml_node *n);

/* A node, then what is in it. */
static void walk(struct output *o, const struct yaml_node *n, visit *each)
{
	each(o, n);
	if (n->kind != YAML_SCALAR)
		for (size_t i = 0; i < n->count; i++)
			walk(o, n->items[i], each);
}

static size_t count_nodes(const struct yaml_node *n)
{
	size_t count = 1;

	if (n->kind != YAML_SCALAR)
		for (size_t i = 0; i < n->count; i++)
			count += count_nodes(n->items[i]);
	return count;
}

static void write_text(struct output *o, const struct yaml_node *n)
{
	if (n->kind != YAML_SCALAR)
		return;
	for (size_t i = 0; i <= n->count; i++)
		fprintf(o->out, "%d,", n->text[i]);
	fputc('\n', o->out);
}

/* The numbers of what is in a node, which is the next one. */
static void write_items(struct output *o, const struct yaml_node *n)
{
	size_t number = ++o->nodes;

	if (n->kind == YAML_SCALAR)
		return;
	for (size_t i = 0; i < n->count; i++) {
		fprintf(o->out, "&%s_nodes[%zu],", o->symbol, number);
		number += count_nodes(n->items[i]);
	}
	fputc('\n', o->out);
}

static void write_node(struct output *o, const struct yaml_node *n)
{
	bool scalar = n->kind == YAML_SCALAR;

	fprintf(o->out, "{ .%s = %s_%s + %zu, .file = &%s, .count = %u, .line = %u, .column = %u, .kind = %u, .quoted = %d },\n",
	        scalar ? "text" : "items", o->symbol, scalar ? "texts" : "items", scalar ? o->texts : o->items, o->symbol, (unsigned)n->count,
	        (unsigned)n->line, (unsigned)n->column, (unsigned)n->kind, (int)n->quoted);
	if (scalar)
		o->texts += n->count + 1;
	else
		o->items += n->count;
}

/* A file may be empty; the arrays of one are not, as C has none. */
static void write_file(FILE *out, const char *symbol, const char *name, const struct yaml_node *root)
{
	struct output o = { .out = out, .symbol = symbol };

	fprintf(out, "extern const struct yaml %s;\nstatic const struct yaml_node %s_nodes[%zu];\n", symbol, symbol, root ? count_nodes(root) : 1);
	fprintf(out, "static const char %s_texts[] = {\n", symbol);
	if (root)
		walk(&o, root, write_text);
	fprintf(out, "0 };\nstatic const struct yaml_node *const %s_items[] = {\n", symbol);
	if (root)
		walk(&o, root, write_items);
	fprintf(out, "NULL };\nstatic const struct yaml_node %s_nodes[] = {\n", symbol);
	if (root)
		walk(&o, root, write_node);
	else
		fprintf(out, "{ .count = 0 },\n");
	fprintf(out, "};\nconst struct yaml %s = { .name = \"%s\", .root = %s%s };\n", symbol, name, root ? symbol : "NULL", root ? "_nodes" : "");
}

static int embed(FILE *out, const char *symbol, const char *name, const char *path, struct error *err)
{
	struct yaml *file;
	struct buf   text;
	int          r = file_read(path, LIMIT_RULE_FILE, FILE_ANY, &text, err);

	if (r < 0)
		return r;
	r = yaml_parse(buf_slice(&text), path, &file, err);
	if (r == 0) {
		write_file(out, symbol, name, yaml_root(file));
		yaml_free(file);
	}
	buf_free(&text);
	return r;
}

int main(int argc, char **argv)
{
	struct file_out out;
	struct error    err = { 0 };
	int             r;

	if (argc < 2 || argc % 3 != 2)
		return 2;
	r = file_create(&out, argv[1], &err);
	if (r == 0)
		fputs("/* Made by embed_yaml; do not edit. */\n#include \"yaml_node.h\"\n", out.stream);
	for (int i = 2; r == 0 && i < argc; i += 3)
		r = embed(out.stream, argv[i], argv[i + 1], argv[i + 2], &err);
	if (r == 0)
		r = file_commit(&out, &err);
	else
		file_discard(&out);
	if (r < 0)
		fprintf(stderr, "embed_yaml: %s\n", err.text);
	return r < 0;
}

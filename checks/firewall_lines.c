#include "firewall_lines.h"

#include "mem.h"

void firewall_lines_fini(struct firewall_lines *lines)
{
	for (size_t i = 0; i < lines->nchains; i++)
		mem_free(lines->chains[i].rules);
	mem_free(lines->chains);
	arena_free(&lines->arena);
	*lines = (struct firewall_lines){ 0 };
}

static size_t bucket_of(const char *name)
{
	uint32_t hash = UINT32_C(2166136261);

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * UINT32_C(16777619);
	return hash % FIREWALL_LINES_HASH;
}

struct firewall_lines_chain *firewall_lines_find(const struct firewall_lines *lines, const char *name)
{
	size_t i = lines->buckets[bucket_of(name)];

	while (i > 0 && strcmp(lines->chains[i - 1].name, name) != 0)
		i = lines->chains[i - 1].bucket_next;
	return i > 0 ? &lines->chains[i - 1] : NULL;
}

static struct firewall_lines_chain *make(struct firewall_lines *lines, const char *table, const char *name)
{
	struct firewall_lines_chain chain = { .name = arena_strdup(&lines->arena, name), .table = arena_strdup(&lines->arena, table), .head = "" };
	size_t                     *bucket = &lines->buckets[bucket_of(name)];

	if (lines->nchains == lines->room) {
		size_t                       room = lines->room ? 2 * lines->room : 16;
		struct firewall_lines_chain *grown = mem_resize(lines->chains, room, sizeof(*grown));

		if (!grown)
			return NULL;
		lines->chains = grown;
		lines->room = room;
	}
	if (!chain.name || !chain.table)
		return NULL;
	chain.bucket_next = *bucket;
	lines->chains[lines->nchains] = chain;
	*bucket = ++lines->nchains;
	return &lines->chains[lines->nchains - 1];
}

struct firewall_lines_chain *firewall_lines_chain(struct firewall_lines *lines, const char *table, const char *words)
{
	struct firewall_lines_chain *chain = NULL;
	const size_t                 size = strlen(table) + strlen(words) + 2;
	char                        *name = mem_zalloc(size);

	if (!name)
		return NULL;
	snprintf(name, size, "%s %s", table, words);
	chain = firewall_lines_find(lines, name);
	if (!chain)
		chain = make(lines, table, name);
	mem_free(name);
	return chain;
}

int firewall_lines_add(struct firewall_lines *lines, struct firewall_lines_chain *chain, struct slice text, struct error *err)
{
	char *copy = arena_copy(&lines->arena, text.ptr ? text.ptr : "", text.len);

	if (!copy)
		return error_nomem(err);
	if (chain->nrules == chain->room) {
		const size_t room = chain->room ? 2 * chain->room : 8;
		const char **grown = mem_resize(chain->rules, room, sizeof(*grown));

		if (!grown)
			return error_nomem(err);
		chain->rules = grown;
		chain->room = room;
	}
	chain->rules[chain->nrules++] = copy;
	return 0;
}

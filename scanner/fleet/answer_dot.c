/*
 * answer_dot.c: the graph for Graphviz: accounts are boxes, keys are ovals between those who have them and those they open, hosts with a
 * host key in common hang on it. Drawn are the keys that say something: whose private half lies in the fleet and opens an account, which
 * several people share, which several hosts have. So many of them, and the graph says how many there are.
 */
#include "answer.h"

#include "mem.h"

#define TEXT_MAX_SHOWN 60u /* bytes of a command or a from= on an edge */

enum drawn {
	ACCOUNT_UNSEEN = 0,
	ACCOUNT_DRAWN,
	ACCOUNT_HOLDER, /* and a private key with it */
};

struct graph {
	const struct answer *answer;
	const struct fleet  *fleet;
	FILE                *out;
	enum drawn          *accounts;
	bool                *hosts;
};

/* Inside quotes: a quotation mark ends it, a backslash begins an escape, and "&" an entity as in HTML. */
static void write_escaped(FILE *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len && text[i]; i++) {
		if (text[i] == '"' || text[i] == '\\')
			fputc('\\', out);
		if (text[i] == '&')
			fputs("&amp;", out);
		else
			fputc(text[i], out);
	}
}

/* The same of a text that may be long: cut between characters. */
static void write_short(FILE *out, const char *text)
{
	size_t len = strlen(text);
	size_t end = len > TEXT_MAX_SHOWN ? TEXT_MAX_SHOWN : len;

	while (end < len && end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80)
		end--;
	write_escaped(out, text, end);
	if (end < len)
		fputs("...", out);
}

static void draw_host(struct graph *g, uint32_t host)
{
	if (g->hosts[host])
		return;
	g->hosts[host] = true;
	fprintf(g->out, "  h%" PRIu32 " [shape=house, label=\"", host);
	write_escaped(g->out, g->fleet->hosts[host].name, SIZE_MAX);
	fputs("\"];\n", g->out);
}

static void draw_account(struct graph *g, uint32_t account)
{
	const struct fleet_account *a = &g->fleet->accounts[account];

	if (g->accounts[account] != ACCOUNT_UNSEEN)
		return;
	g->accounts[account] = ACCOUNT_DRAWN;
	fprintf(g->out, "  a%" PRIu32 " [shape=box, label=\"", account);
	write_escaped(g->out, a->user, SIZE_MAX);
	fputc('@', g->out);
	write_escaped(g->out, g->fleet->hosts[a->host].name, SIZE_MAX);
	fputs(a->root ? "\", color=red, penwidth=2];\n" : "\"];\n", g->out);
}

static void draw_key(struct graph *g, uint32_t k)
{
	const struct fleet_key *key = &g->fleet->keys[k];

	fprintf(g->out, "  k%" PRIu32 " [shape=ellipse, label=\"", k);
	write_escaped(g->out, key->fingerprint, SIZE_MAX);
	fputs("\\n", g->out);
	write_escaped(g->out, key->type ? key->type : "", SIZE_MAX);
	if (key->bits)
		fprintf(g->out, " %" PRIu32, key->bits);
	fputs(fleet_key_is_shared(key) ? "\\nshared by several people" : "", g->out);
	fputs(fleet_key_is_cloned(key) ? "\\nhost key of several hosts" : "", g->out);
	fputs("\"];\n", g->out);
}

/* From who has the key to the key: dashed when it is encrypted. */
static void draw_private(struct graph *g, const struct fleet_private *p)
{
	draw_account(g, p->account);
	g->accounts[p->account] = ACCOUNT_HOLDER;
	fprintf(g->out, "  a%" PRIu32 " -> k%" PRIu32 " [label=\"", p->account, p->key);
	write_escaped(g->out, p->path, SIZE_MAX);
	fputs(p->encrypted ? "\\nencrypted\", style=dashed];\n" : "\"];\n", g->out);
}

/* From the key to the account it opens: dotted when it does so for a command or nothing. */
static void draw_line(struct graph *g, const struct fleet_line *line)
{
	draw_account(g, line->account);
	fprintf(g->out, "  k%" PRIu32 " -> a%" PRIu32 " [label=\"", line->key, line->account);
	if (line->from) {
		fputs("from=", g->out);
		write_short(g->out, line->from);
		fputs("\\n", g->out);
	}
	if (line->command) {
		fputs("command=", g->out);
		write_short(g->out, line->command);
		fputs("\\n", g->out);
	}
	for (unsigned i = 0; i < FLEET_CONDITIONS; i++)
		if ((line->conditions & 1u << i) != 0)
			fprintf(g->out, "%s\\n", fleet_condition_text(i));
	fputs(line->restricted ? "\", style=dotted];\n" : "\"];\n", g->out);
}

static void draw_host_key(struct graph *g, const struct fleet_host_key *k)
{
	draw_host(g, k->host);
	fprintf(g->out, "  h%" PRIu32 " -> k%" PRIu32 " [dir=none, color=blue];\n", k->host, k->key);
}

static bool leads_somewhere(const struct fleet_key *key)
{
	return key->opens > 0 && key->privates.count > 0;
}

static bool is_drawn(const struct fleet_key *key)
{
	return leads_somewhere(key) || fleet_key_is_shared(key) || fleet_key_is_cloned(key);
}

/* Edges of a key past the limit are counted, so that one key everywhere does not fill the picture. */
static uint32_t fewer(const struct graph *g, uint32_t count)
{
	return count < g->answer->limit ? count : g->answer->limit;
}

static void draw_edges(struct graph *g, const struct fleet_key *key)
{
	const struct fleet *f = g->fleet;
	uint32_t            drawn = 0;
	uint32_t            lines = 0;
	uint32_t            held = leads_somewhere(key) || key->holders > 1 ? key->privates.count : 0;
	uint32_t            privates = fewer(g, held);
	uint32_t            hosts = fleet_key_is_cloned(key) ? fewer(g, key->host_keys.count) : 0;

	for (uint32_t i = 0; i < privates; i++)
		draw_private(g, &f->privates[key->privates.first + i]);
	for (uint32_t i = key->lines.first; i < key->lines.first + key->lines.count; i++) {
		if (f->lines[i].why)
			continue;
		lines++;
		if (drawn < g->answer->limit) {
			draw_line(g, &f->lines[i]);
			drawn++;
		}
	}
	for (uint32_t i = 0; i < hosts; i++)
		draw_host_key(g, &f->host_keys[key->host_keys.first + i]);
	if (drawn < lines || privates < held || (hosts > 0 && hosts < key->host_keys.count)) {
		uint32_t id = (uint32_t)(key - f->keys);

		fprintf(g->out, "  m%" PRIu32 " [shape=plaintext, label=\"and %" PRIu32 " more\"];\n  k%" PRIu32 " -> m%" PRIu32 " [dir=none, style=dotted];\n", id,
		        lines - drawn + held - privates + (hosts > 0 ? key->host_keys.count - hosts : 0), id, id);
	}
}

/* Root has what lies with the accounts of its host. */
static void draw_roots(struct graph *g)
{
	const struct fleet *f = g->fleet;

	for (uint32_t i = 0; i < f->naccounts; i++) {
		uint32_t root = f->hosts[f->accounts[i].host].root;

		if (g->accounts[i] == ACCOUNT_HOLDER && g->accounts[root] != ACCOUNT_UNSEEN && !f->accounts[i].root)
			fprintf(g->out, "  a%" PRIu32 " -> a%" PRIu32 " [style=dotted, color=gray];\n", root, i);
	}
}

static void draw_unknown(struct graph *g)
{
	for (uint32_t i = 0, drawn = 0; i < g->fleet->nhosts && drawn < g->answer->limit; i++) {
		if (!g->fleet->hosts[i].reasons)
			continue;
		drawn++;
		fprintf(g->out, "  u%" PRIu32 " [shape=box, style=dashed, label=\"", i);
		write_escaped(g->out, g->fleet->hosts[i].name, SIZE_MAX);
		fputs("\\nnot known in full\"];\n", g->out);
	}
}

static void draw(struct graph *g)
{
	const struct fleet *f = g->fleet;
	uint32_t            count = 0;
	uint32_t            drawn = 0;

	fputs("digraph keys {\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n", g->out);
	for (uint32_t i = 0; i < f->nkeys && !ferror(g->out); i++) {
		if (!is_drawn(&f->keys[i]) || count++ >= g->answer->limit)
			continue;
		drawn++;
		draw_key(g, i);
		draw_edges(g, &f->keys[i]);
	}
	draw_roots(g);
	draw_unknown(g);
	fprintf(g->out,
	        "  label=\"%" PRIu32 " of %" PRIu32 " keys that lead on, are shared or cloned; %" PRIu32 " hosts, %" PRIu32
	        " not known in full, %zu missing; %" PRIu32 " paths to a root\";\n}\n",
	        drawn, count, f->nhosts, f->unknown, journal_summary(f->journal)->missing, paths_count(g->answer->paths));
}

static int write_dot(const struct answer *a, FILE *out, struct error *err)
{
	struct graph g = { .answer = a, .fleet = a->fleet, .out = out };
	int          r = 0;

	g.accounts = mem_zalloc(a->fleet->naccounts * sizeof(*g.accounts));
	g.hosts = mem_zalloc(a->fleet->nhosts * sizeof(*g.hosts));
	if (g.accounts && g.hosts)
		draw(&g);
	else
		r = error_nomem(err);
	mem_free(g.accounts);
	mem_free(g.hosts);
	return r;
}

const struct answer_format answer_format_dot = {
	.name = "dot",
	.summary = "a graph for Graphviz: dot -Tsvg, with --limit keys",
	.write = write_dot,
};

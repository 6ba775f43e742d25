/*
 * answer_table.c: for people: a part for each question, the gravest last, where the reader's prompt is. Each part shows so many rows, and
 * says how many it left out.
 */
#include "answer.h"

#include "paint.h"

#define HOPS_MAX 16u /* hops of one path */

struct page {
	const struct answer *answer;
	const struct fleet  *fleet;
	FILE                *out;
};

static void paint(const struct page *page, enum paint paint, const char *text)
{
	paint_write(page->out, page->answer->colour, paint, text);
}

/* The head of a part: what it is about, and how many there are. False when it has none, and nothing follows. */
static bool begin(const struct page *page, enum paint colour, const char *title, uint64_t count)
{
	fputc('\n', page->out);
	paint(page, count > 0 ? colour : PAINT_TITLE, title);
	fprintf(page->out, "  %" PRIu64 "\n", count);
	return count > 0;
}

/* Said where `shown` rows of `count` are not all. */
static void cut(const struct page *page, const char *indent, uint64_t shown, uint64_t count)
{
	if (count > shown)
		fprintf(page->out, "%s... and %" PRIu64 " more (--limit 0 shows all)\n", indent, count - shown);
}

static const char *user_of(const struct fleet *f, uint32_t account)
{
	return f->accounts[account].user;
}

static const char *host_of(const struct fleet *f, uint32_t account)
{
	return f->hosts[f->accounts[account].host].name;
}

/* "alice@web1" */
static void write_account(const struct page *page, uint32_t account)
{
	fprintf(page->out, "%s@%s", user_of(page->fleet, account), host_of(page->fleet, account));
}

/* "SHA256:… ssh-ed25519 256 bits" */
static void write_key(const struct page *page, const struct fleet_key *key)
{
	const struct fleet *f = page->fleet;
	const char         *comment = NULL;

	fputs("  ", page->out);
	paint(page, PAINT_TITLE, key->fingerprint);
	if (key->type)
		fprintf(page->out, "  %s", key->type);
	if (key->bits)
		fprintf(page->out, " %" PRIu32, key->bits);
	for (uint32_t i = 0; i < key->lines.count && !comment; i++)
		comment = f->lines[key->lines.first + i].comment;
	if (comment && comment[0])
		fprintf(page->out, "  %s", comment);
	fputc('\n', page->out);
}

/* What a line says of who may use it and how, each thing in brackets. */
static void write_terms(const struct page *page, const struct fleet_line *line)
{
	if (line->from)
		fprintf(page->out, "  [from=%s]", line->from);
	if (line->command)
		fprintf(page->out, "  [command=%s]", line->command);
	for (unsigned i = 0; i < FLEET_CONDITIONS; i++)
		if ((line->conditions & 1u << i) != 0)
			fprintf(page->out, "  [%s]", fleet_condition_text(i));
}

/* "alice@web1  /home/alice/.ssh/authorized_keys:3  [from=…]" */
static void write_line(const struct page *page, const struct fleet_line *line)
{
	write_account(page, line->account);
	fprintf(page->out, "  %s", line->path);
	if (line->number)
		fprintf(page->out, ":%" PRIu32, line->number);
	if (line->why)
		fprintf(page->out, "  (%s)", line->why);
	else
		write_terms(page, line);
	fputc('\n', page->out);
}

static void write_private(const struct page *page, const struct fleet_private *p)
{
	write_account(page, p->account);
	fprintf(page->out, "  %s%s%s\n", p->path, p->encrypted ? "  [encrypted]" : "", p->host_key ? "  [host key]" : "");
}

/* The lines of a key that open an account, or those that do not. */
static void write_lines(const struct page *page, const struct fleet_key *key, bool opening)
{
	const struct fleet *f = page->fleet;
	uint32_t            shown = 0;
	uint32_t            count = 0;

	for (uint32_t i = key->lines.first; i < key->lines.first + key->lines.count; i++) {
		if (opening != !f->lines[i].why)
			continue;
		if (count++ >= page->answer->limit)
			continue;
		shown++;
		fputs(opening ? "    opens    " : "    closed   ", page->out);
		write_line(page, &f->lines[i]);
	}
	cut(page, "             ", shown, count);
}

static void write_privates(const struct page *page, const struct fleet_key *key)
{
	uint32_t shown = 0;

	while (shown < key->privates.count && shown < page->answer->limit) {
		fputs("    private  ", page->out);
		write_private(page, &page->fleet->privates[key->privates.first + shown++]);
	}
	cut(page, "             ", shown, key->privates.count);
}

static void write_hosts(const struct page *page, const struct fleet_key *key)
{
	uint32_t shown = 0;

	while (shown < key->host_keys.count && shown < page->answer->limit) {
		const struct fleet_host_key *k = &page->fleet->host_keys[key->host_keys.first + shown++];

		fprintf(page->out, "    host     %s  %s\n", page->fleet->hosts[k->host].name, k->path ? k->path : "(seen on the connection)");
	}
	cut(page, "             ", shown, key->host_keys.count);
}

/* ---- parts that list keys ---- */

static bool is_authorized(const struct fleet_key *key)
{
	return key->lines.count > 0;
}

static bool is_lone(const struct fleet_key *key)
{
	return key->lone;
}

static void write_all_of(const struct page *page, const struct fleet_key *key)
{
	write_lines(page, key, true);
	write_lines(page, key, false);
	write_privates(page, key);
}

static void write_opening(const struct page *page, const struct fleet_key *key)
{
	write_lines(page, key, true);
}

static void write_sharers(const struct page *page, const struct fleet_key *key)
{
	if (key->people > 1)
		write_lines(page, key, true);
	if (key->holders > 1)
		write_privates(page, key);
}

static const struct key_part {
	const char *title;
	enum paint  paint;
	bool (*has)(const struct fleet_key *key);
	void (*write)(const struct page *page, const struct fleet_key *key);
} key_parts[] = {
	{ "AUTHORIZED KEYS", PAINT_TITLE, is_authorized, write_all_of },
	{ "AUTHORIZED, AND SEEN NOWHERE ELSE", PAINT_TITLE, is_lone, write_opening },
	{ "SHARED BY SEVERAL PEOPLE", PAINT_WARN, fleet_key_is_shared, write_sharers },
	{ "HOST KEYS OF SEVERAL HOSTS", PAINT_BAD, fleet_key_is_cloned, write_hosts },
};

static void write_key_part(const struct page *page, const struct key_part *part)
{
	const struct fleet *f = page->fleet;
	uint32_t            count = 0;
	uint32_t            shown = 0;

	for (uint32_t i = 0; i < f->nkeys; i++)
		count += part->has(&f->keys[i]);
	if (!begin(page, part->paint, part->title, count))
		return;
	for (uint32_t i = 0; i < f->nkeys && shown < page->answer->limit && !ferror(page->out); i++) {
		if (!part->has(&f->keys[i]))
			continue;
		shown++;
		write_key(page, &f->keys[i]);
		part->write(page, &f->keys[i]);
	}
	cut(page, "  ", shown, count);
}

/* ---- uses and paths ---- */

/* "alice@web1  /home/alice/.ssh/id_rsa  ->  bob@web2  …" */
static void write_hop(const struct page *page, const char *indent, uint32_t at, const struct uses_item *item)
{
	fputs(indent, page->out);
	write_account(page, at);
	fprintf(page->out, "  %s%s%s  ->  ", item->private_key->path, item->private_key->encrypted ? "  [encrypted]" : "",
	        item->private_key->host_key ? "  [host key]" : "");
	if (item->from_unknown)
		fputs("[whether from= lets it in is not known]  ", page->out);
	write_line(page, item->line);
}

static void write_uses(const struct page *page)
{
	struct uses         uses = { 0 };
	struct uses_item    item;
	const struct fleet *f = page->fleet;
	uint32_t            last = FLEET_NONE;
	uint64_t            count = 0;
	uint64_t            shown = 0;

	while (uses_next(f, &uses, &item))
		count++;
	if (!begin(page, PAINT_WARN, "PRIVATE KEYS THAT OPEN OTHER ACCOUNTS", count))
		return;
	uses = (struct uses){ 0 };
	while (shown < page->answer->limit && uses_next(f, &uses, &item)) {
		if (item.line->key != last)
			write_key(page, &f->keys[item.line->key]);
		last = item.line->key;
		shown++;
		write_hop(page, "    ", item.private_key->account, &item);
	}
	cut(page, "  ", shown, count);
	if (uses.cut)
		fputs("  ... and those that were not looked for: there are too many pairs of keys and lines\n", page->out);
}

static void write_path(const struct page *page, const struct path *path)
{
	const struct fleet *f = page->fleet;
	uint32_t            at = path->from;
	uint32_t            shown = 0;

	fprintf(page->out, "  %" PRIu32 " hop%s  ", path->hops, path->hops == 1 ? "" : "s");
	write_account(page, path->from);
	fputs(" -> ", page->out);
	write_account(page, path->to);
	fputs(path->restricted ? "  (restricted)\n" : "\n", page->out);
	for (; shown < path->hops && shown < HOPS_MAX; shown++) {
		struct path_hop  hop = paths_hop(page->answer->paths, path, at);
		struct uses_item item = { .private_key = &f->privates[hop.private_key],
			                  .line = &f->lines[hop.line],
			                  .from_unknown = hop.from_unknown };

		write_hop(page, "    ", at, &item);
		at = f->accounts[item.line->account].node;
	}
	if (shown < path->hops)
		fprintf(page->out, "    ... and %" PRIu32 " more hops\n", path->hops - shown);
}

static void write_paths(const struct page *page)
{
	const struct paths *paths = page->answer->paths;
	uint32_t            count = paths_count(paths);
	uint32_t            shown = 0;

	if (!begin(page, PAINT_BAD, "PATHS TO ROOT", count))
		return;
	while (shown < count && shown < page->answer->limit && !ferror(page->out))
		write_path(page, paths_at(paths, shown++));
	cut(page, "  ", shown, count);
}

/* ---- the end ---- */

static void write_unknown(const struct page *page)
{
	const struct fleet *f = page->fleet;
	uint32_t            shown = 0;

	if (!begin(page, PAINT_WARN, "NOT KNOWN IN FULL", f->unknown))
		return;
	for (uint32_t i = 0; i < f->nhosts && shown < page->answer->limit; i++) {
		if (!f->hosts[i].reasons)
			continue;
		shown++;
		for (const struct fleet_reason *r = f->hosts[i].reasons; r; r = r->next)
			fprintf(page->out, "  %s  %s\n", f->hosts[i].name, r->text);
	}
	cut(page, "  ", shown, f->unknown);
}

static void write_totals(const struct page *page)
{
	const struct fleet *f = page->fleet;
	size_t              missing = journal_summary(f->journal)->missing;
	const char         *gate = answer_gate(page->answer);

	fprintf(page->out, "\n%" PRIu32 " hosts: %" PRIu32 " keys, %" PRIu32 " authorized lines of which %" PRIu32 " open an account, %" PRIu32 " private keys besides host keys\n",
	        f->nhosts, f->nkeys, f->nlines, f->opening, f->held);
	if (missing > 0)
		fprintf(page->out, "%zu targets are missing: the scan was interrupted\n", missing);
	if (!page->answer->encrypted)
		fputs("encrypted private keys are shown, and not followed (--encrypted follows them)\n", page->out);
	paint(page, PAINT_TITLE, "gate");
	fputs("  ", page->out);
	paint(page, answer_exit_status(page->answer) == 0 ? PAINT_GOOD : PAINT_BAD, gate);
	for (unsigned i = 0; i < GATE_COUNT; i++)
		if ((page->answer->gates & 1u << i) != 0 && answer_gate_fails(page->answer, i))
			fprintf(page->out, "  there are %s", gate_text(i));
	fputc('\n', page->out);
}

static int write_table(const struct answer *a, FILE *out, struct error *err)
{
	struct page page = { .answer = a, .fleet = a->fleet, .out = out };

	(void)err;
	for (size_t i = 0; i < countof(key_parts); i++)
		write_key_part(&page, &key_parts[i]);
	write_uses(&page);
	write_paths(&page);
	write_unknown(&page);
	write_totals(&page);
	return 0;
}

const struct answer_format answer_format_table = {
	.name = "table",
	.summary = "for people: a part for each question, with --limit rows",
	.write = write_table,
};

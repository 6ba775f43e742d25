#include <stdarg.h>

#include "firewall_stored.h"

#include "buf.h"
#include "fact.h"
#include "firewall_lines.h"
#include "limit.h"
#include "sections.h"
#include "text.h"

#define MAX_DIFFERENCES 50 /* told; there may be more */

struct comparison {
	const struct evidence       *ev;
	const struct firewall_model *model;
	cJSON                       *list;
	size_t                       count;
	bool                         doubted;      /* something of what is compared now cannot be told */
	char                         unknown[300]; /* the first thing that could not */
};

static int differ(struct comparison *c, const char *how, const char *what, struct error *err)
{
	char text[400], clean[300];

	if (c->count++ >= MAX_DIFFERENCES)
		return 0;
	snprintf(text, sizeof(text), "%s: %s", how, text_clean_into(clean, sizeof(clean), slice_of(what)));
	return fact_list_append(c->list, slice_of(text), err);
}

PRINTF(2, 3)
static void doubt(struct comparison *c, const char *format, ...)
{
	char    text[300];
	va_list ap;

	c->doubted = true;
	if (c->unknown[0])
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	text_clean_into(c->unknown, sizeof(c->unknown), slice_of(text));
}

/* Take what a parser says of a file; running out of memory stays what it is. */
static int settle(struct comparison *c, const char *what, int r, const struct error *why, struct error *err)
{
	if (r == ERR_NOMEM)
		return error_nomem(err);
	if (r < 0)
		doubt(c, "%s: %s", what, why->text);
	return 0;
}

/*
 * Two rulesets as lines. `exact`: what is stored was written by the program that prints what is live, so that other words are another rule;
 * else they may mean the same.
 */
struct pair {
	const struct firewall_lines *stored;
	const struct firewall_lines *live;
	bool                         exact;
};

/* "*" is a set whose elements are nobody's business. */
static bool is_same(const char *stored, const char *live)
{
	return strcmp(stored, live) == 0 || strcmp(stored, "*") == 0;
}

static int compare_rules(struct comparison *c, const struct pair *p, const struct firewall_lines_chain *stored, const struct firewall_lines_chain *live, struct error *err)
{
	for (size_t i = 0; i < stored->nrules; i++) {
		char text[300];

		if (is_same(stored->rules[i], live->rules[i]))
			continue;
		snprintf(text, sizeof(text), "%.200s rule %zu", stored->name, i + 1);
		if (p->exact)
			return differ(c, "stored with another rule", text, err);
		doubt(c, "%s is stored in other words than those of the live rules, and whether they mean the same is not known", text);
		return 0;
	}
	return 0;
}

static int compare_chain(struct comparison *c, const struct pair *p, const struct firewall_lines_chain *stored, struct error *err)
{
	const struct firewall_lines_chain *live = firewall_lines_find(p->live, stored->name);

	if (!live)
		return stored->nrules > 0 || (stored->head[0] && strcmp(stored->head, "ACCEPT") != 0) ? differ(c, "stored and not live", stored->name, err) : 0;
	if (strcmp(stored->head, live->head) != 0)
		return differ(c, "another policy is stored", stored->name, err);
	if (stored->nrules != live->nrules)
		return differ(c, "stored with another number of rules", stored->name, err);
	return compare_rules(c, p, stored, live, err);
}

static int compare_stored(struct comparison *c, const struct pair *p, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->stored->nchains; i++)
		r = compare_chain(c, p, &p->stored->chains[i], err);
	return r;
}

/* Tables of nf_tables that iptables made are its own business. */
static bool is_translated(const struct firewall_model *model, const char *table)
{
	for (size_t i = 0; i < model->chains.count; i++) {
		const struct firewall_chain *c = firewall_model_chain(model, (uint32_t)i);
		char                         name[200];

		snprintf(name, sizeof(name), "%s %.*s", slice_is(c->backend, "iptables") ? "ip" : "ip6", (int)(c->table.len < 150 ? c->table.len : 150), c->table.len ? c->table.ptr : "");
		if (c->backend.len > 0 && !c->legacy && strcmp(name, table) == 0)
			return true;
	}
	return false;
}

/* What is live and would not be there. A chain of iptables without rules that lets everything through is nothing. */
static int compare_live(struct comparison *c, const struct pair *p, struct error *err)
{
	const char *last = NULL;
	bool        skip = false;
	int         r = 0;

	for (size_t i = 0; r == 0 && i < p->live->nchains; i++) {
		const struct firewall_lines_chain *live = &p->live->chains[i];

		if (!last || strcmp(last, live->table) != 0) {
			last = live->table;
			skip = is_translated(c->model, last);
		}
		if (skip || (live->nrules == 0 && (!live->head[0] || strcmp(live->head, "ACCEPT") == 0)) || firewall_lines_find(p->stored, live->name))
			continue;
		r = differ(c, "live and not stored", live->name, err);
	}
	return r;
}

/* Both ways, as long as nothing about them is in doubt. */
static int compare_both(struct comparison *c, const struct pair *p, struct error *err)
{
	int r = c->doubted ? 0 : compare_stored(c, p, err);

	return r < 0 || c->doubted ? r : compare_live(c, p, err);
}

/* What is stored and what is live where both are texts of one kind; `exact` as in a pair. */
struct kind {
	const char *stored, *live; /* their names */
	int (*read)(struct firewall_lines *lines, struct slice text, struct error *err);
	bool exact;
};

static int compare_texts(struct comparison *c, const struct kind *kind, struct slice stored_text, struct slice live_text, struct error *err)
{
	struct firewall_lines stored = { 0 }, live = { 0 };
	const struct pair     p = { &stored, &live, kind->exact };
	struct error          why;
	int                   r;

	c->doubted = false;
	r = settle(c, kind->stored, kind->read(&stored, stored_text, &why), &why, err);
	if (r == 0)
		r = settle(c, kind->live, kind->read(&live, live_text, &why), &why, err);
	if (r == 0)
		r = compare_both(c, &p, err);
	firewall_lines_fini(&stored);
	firewall_lines_fini(&live);
	return r;
}

/* --- iptables --- */

static const struct {
	const char          *section; /* what is live */
	enum firewall_family family;
	const char          *files[2]; /* of Debian and of Red Hat */
} families[] = {
	{ "firewall.iptables_save", FIREWALL_IPV4, { "/etc/iptables/rules.v4", "/etc/sysconfig/iptables" } },
	{ "firewall.ip6tables_save", FIREWALL_IPV6, { "/etc/iptables/rules.v6", "/etc/sysconfig/ip6tables" } },
};

static const struct section *find_file(const struct comparison *c, const char *path)
{
	const struct section *s = evidence_find(c->ev, "firewall.disk");

	while (s && !slice_is(section_arg(s, "path"), path))
		s = evidence_find_next(c->ev, s);
	return s;
}

/* Rules of iptables that are there, but not in its words. */
static bool is_untold(const struct comparison *c, enum firewall_family family)
{
	static const char *const tables[] = { "raw", "mangle", "nat", "filter", "security" };

	for (size_t i = 0; i < c->model->chains.count; i++) {
		const struct firewall_chain *chain = firewall_model_chain(c->model, (uint32_t)i);

		if (chain->backend.len > 0 || !slice_is(chain->family, family == FIREWALL_IPV4 ? "ip" : "ip6"))
			continue;
		for (size_t k = 0; k < countof(tables); k++)
			if (slice_is(chain->table, tables[k]))
				return true;
	}
	return false;
}

static bool has_table(struct slice text)
{
	struct slice line;

	while (slice_next_line(&text, &line, NULL))
		if (slice_has_prefix(line, "*"))
			return true;
	return false;
}

/* What iptables-save printed, by the backend that has something. */
static int read_live(struct comparison *c, struct firewall_lines *live, size_t i, struct error *err)
{
	const struct section *s = evidence_find(c->ev, families[i].section);
	struct error          why;
	size_t                n = 0, used = 0;
	int                   r = 0;

	c->doubted = false;
	for (; s && r == 0; s = evidence_find_next(c->ev, s)) {
		if (!section_is_whole(s))
			continue;
		n++;
		used += has_table(s->body);
		if (used > 1)
			doubt(c, "both backends of iptables have rules");
		r = settle(c, families[i].section, firewall_lines_iptables(live, s->body, families[i].family, &why), &why, err);
	}
	if (n == 0 && is_untold(c, families[i].family))
		doubt(c, "the live rules are not in the words of iptables");
	return r;
}

static bool is_generated(struct slice text)
{
	struct slice line;

	return slice_next_line(&text, &line, NULL) && slice_has_prefix(line, "# Generated by ip");
}

/* A file as iptables-restore reads it; none is an empty one. */
static int compare_saved(struct comparison *c, const struct section *s, size_t i, struct error *err)
{
	struct firewall_lines stored = { 0 }, live = { 0 };
	const struct pair     p = { &stored, &live, s && is_generated(s->body) };
	struct error          why;
	int                   r = read_live(c, &live, i, err);

	if (r == 0 && s && !section_is_whole(s))
		doubt(c, "a file of stored rules cannot be read");
	else if (r == 0 && s)
		r = settle(c, "the stored rules", firewall_lines_iptables(&stored, s->body, families[i].family, &why), &why, err);
	if (r == 0)
		r = compare_both(c, &p, err);
	firewall_lines_fini(&stored);
	firewall_lines_fini(&live);
	return r;
}

static int compare_iptables(struct comparison *c, struct error *err)
{
	const struct section *found[countof(families)] = { NULL };
	bool                  any = false;
	int                   r = 0;

	for (size_t i = 0; i < countof(families); i++)
		for (size_t k = 0; k < countof(families[i].files); k++)
			if (!found[i]) {
				found[i] = find_file(c, families[i].files[k]);
				any = any || found[i];
			}
	if (!any)
		doubt(c, "what iptables loads at boot is not in a file that can be compared");
	for (size_t i = 0; any && r == 0 && i < countof(families); i++)
		r = compare_saved(c, found[i], i, err);
	return r;
}

/* --- ufw --- */

/* What ufw loads, in this order: the chains that these files declare, each of them in one file. */
static const char *const ufw_files[] = { "before", "after", "user" };

static int read_ufw(struct comparison *c, struct firewall_lines *stored, size_t i, struct error *err)
{
	int r = 0;

	for (size_t k = 0; r == 0 && k < countof(ufw_files); k++) {
		const struct section *s;
		struct error          why;
		char                  path[64];

		snprintf(path, sizeof(path), "/etc/ufw/%s%s.rules", ufw_files[k], families[i].family == FIREWALL_IPV4 ? "" : "6");
		s = find_file(c, path);
		if (!section_is_whole(s))
			doubt(c, "%s cannot be read", path);
		else
			r = settle(c, path, firewall_lines_iptables(stored, s->body, families[i].family, &why), &why, err);
	}
	return r;
}

/* The rules that ufw adds to its own, behind those of before.rules. */
static int add_links(struct comparison *c, struct firewall_lines *stored, size_t i, struct error *err)
{
	static const char *const hooks[] = { "input", "output", "forward" };
	const char              *six = families[i].family == FIREWALL_IPV4 ? "" : "6";
	int                      r = 0;

	for (size_t k = 0; r == 0 && k < countof(hooks); k++) {
		struct error why;
		char         line[80];

		snprintf(line, sizeof(line), "-A ufw%s-before-%s -j ufw%s-user-%s", six, hooks[k], six, hooks[k]);
		r = settle(c, "ufw's rules", firewall_lines_iptables_rule(stored, families[i].family, "filter", line, &why), &why, err);
	}
	return r;
}

static bool has_ipv6(const struct comparison *c)
{
	const struct section *s = evidence_find(c->ev, "firewall.ufw_defaults");
	struct slice          body, line;
	bool                  yes = false;

	for (body = section_is_whole(s) ? s->body : (struct slice){ 0 }; slice_next_line(&body, &line, NULL);)
		if (slice_has_prefix(slice_trim(line), "IPV6="))
			yes = slice_is(slice_trim(line), "IPV6=yes") || slice_is(slice_trim(line), "IPV6=\"yes\"") || slice_is(slice_trim(line), "IPV6='yes'");
	return yes;
}

static int compare_ufw(struct comparison *c, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < countof(families); i++) {
		struct firewall_lines stored = { 0 }, live = { 0 };
		const struct pair     p = { &stored, &live, false };

		if (families[i].family == FIREWALL_IPV6 && !has_ipv6(c))
			continue;
		r = read_live(c, &live, i, err);
		if (r == 0)
			r = read_ufw(c, &stored, i, err);
		if (r == 0 && !c->doubted)
			r = add_links(c, &stored, i, err);
		/* These are not emptied when ufw loads its rules, so that what others put there is as right. */
		for (size_t k = 0; k < stored.nchains; k++)
			if (stored.chains[k].head[0])
				doubt(c, "a file of ufw has rules in %s, where others may add theirs", stored.chains[k].name);
		if (r == 0 && !c->unknown[0])
			r = compare_stored(c, &p, err);
		firewall_lines_fini(&stored);
		firewall_lines_fini(&live);
	}
	return r;
}

/* --- nftables --- */

static int compare_nftables(struct comparison *c, struct error *err)
{
	static const struct kind nft = { "the stored rules", "the live rules", firewall_lines_nft, false };
	const struct section    *file = find_file(c, "/etc/nftables.conf"), *text = evidence_find(c->ev, "firewall.nft_text");

	if (!file)
		file = find_file(c, "/etc/sysconfig/nftables.conf");
	if (section_is_whole(file) && section_is_whole(text))
		return compare_texts(c, &nft, file->body, text->body, err);
	doubt(c, file && text ? "what nftables loads at boot, or what is live, cannot be read whole" : "what nftables loads at boot is not in a file that can be compared");
	return 0;
}

/* --- firewalld --- */

static int by_text(const void *a, const void *b)
{
	return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

static int by_rule(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "  services: ssh dhcpv6-client", with its words in order; of a rich rule the order says something. */
static int add_zone_line(struct firewall_lines *lines, struct firewall_lines_chain *zone, struct slice line, struct error *err)
{
	struct slice words[200], word, rest = slice_trim(line);
	struct buf   text;
	size_t       count = 0;
	int          r = 0;

	if (slice_has_prefix(rest, "rule "))
		return firewall_lines_add(lines, zone, rest, err);
	buf_init(&text, LIMIT_EVIDENCE);
	while (count < countof(words) && slice_next_word(&rest, &word))
		words[count++] = word;
	if (count > 1)
		qsort(words + 1, count - 1, sizeof(*words), by_text);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = buf_printf(&text, err, "%.*s ", (int)words[i].len, words[i].ptr);
	if (r == 0)
		r = buf_append_slice(&text, rest, err);
	if (r == 0)
		r = firewall_lines_add(lines, zone, buf_slice(&text), err);
	buf_free(&text);
	return r;
}

/* What firewall-cmd --list-all-zones prints: a name, and indented lines. Interfaces are bound by whoever brings them up. */
static int read_zones(struct firewall_lines *lines, struct slice body, struct error *err)
{
	struct firewall_lines_chain *zone = NULL;
	struct slice                 line, word;
	int                          r = 0;

	while (r == 0 && slice_next_line(&body, &line, NULL)) {
		struct slice trimmed = slice_trim(line);
		char         name[100];

		if (trimmed.len == 0 || slice_has_prefix(trimmed, "interfaces:"))
			continue;
		if (line.ptr[0] == ' ' || line.ptr[0] == '\t') {
			r = zone ? add_zone_line(lines, zone, line, err) : error_set(err, ERR_SYNTAX, "a line before the first zone");
			continue;
		}
		if (!slice_next_word(&line, &word) || word.len >= sizeof(name))
			return error_set(err, ERR_SYNTAX, "a line that is no zone");
		snprintf(name, sizeof(name), "%.*s", (int)word.len, word.ptr);
		zone = firewall_lines_chain(lines, "zone", name);
		r = zone ? 0 : error_nomem(err);
	}
	for (size_t i = 0; r == 0 && i < lines->nchains; i++)
		if (lines->chains[i].nrules > 0)
			qsort(lines->chains[i].rules, lines->chains[i].nrules, sizeof(char *), by_rule);
	return r;
}

static int compare_firewalld(struct comparison *c, struct error *err)
{
	static const struct kind zones = { "firewalld's stored zones", "firewalld's live zones", read_zones, true };
	const struct section    *file = evidence_find(c->ev, "firewall.firewalld_stored"), *text = evidence_find(c->ev, "firewall.firewalld_live");

	if (section_is_whole(file) && section_is_whole(text))
		return compare_texts(c, &zones, file->body, text->body, err);
	doubt(c, "firewalld does not tell its zones");
	return 0;
}

static int compare_all(struct comparison *c, const struct firewall_stored *who, struct error *err)
{
	int r = 0;

	if (!who->firewalld && !who->ufw && !who->nftables && !who->iptables)
		doubt(c, "nothing loads rules at boot");
	/* These two load their own over what the others left. */
	if (who->firewalld)
		r = compare_firewalld(c, err);
	else if (who->ufw)
		r = compare_ufw(c, err);
	if (r == 0 && who->nftables)
		r = compare_nftables(c, err);
	return r == 0 && who->iptables ? compare_iptables(c, err) : r;
}

int firewall_stored_add(cJSON *module, const struct evidence *ev, const struct firewall_model *live, const struct firewall_stored *who, struct error *err)
{
	cJSON            *holder = cJSON_CreateObject(), *taken;
	struct comparison c = { .ev = ev, .model = live };
	int               r = holder && (c.list = fact_add_array(holder, "live_differs")) ? 0 : error_nomem(err);

	if (r == 0)
		r = compare_all(&c, who, err);
	if (r == 0 && c.count == 0 && c.unknown[0])
		r = fact_add_unavailable(module, "firewall.live_differs", REASON_UNSUPPORTED, err, "%s", c.unknown);
	else if (r == 0 && (taken = cJSON_DetachItemFromObjectCaseSensitive(holder, "live_differs")) && !cJSON_AddItemToObject(module, "live_differs", taken))
		r = error_nomem(err);
	cJSON_Delete(holder);
	return r;
}

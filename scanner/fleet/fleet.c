#include "fleet.h"

#include "fleet_build.h"
#include "mem.h"

/* What a host's reasons are cut at; one that has more is as unknown. */
#define REASONS_MAX 32u

static const struct {
	const char *text;
	bool        restricts;
} conditions[] = {
#define CONDITION(name, restricts_, text_) [FLEET_CONDITION_##name] = { .text = (text_), .restricts = (restricts_) },
#include "conditions.def"
#undef CONDITION
};
static_assert(countof(conditions) == FLEET_CONDITIONS, "one list");
static_assert(FLEET_CONDITIONS <= 32, "conditions are kept as bits");

const char *fleet_condition_text(unsigned condition)
{
	return conditions[condition].text;
}

bool fleet_condition_restricts(unsigned condition)
{
	return conditions[condition].restricts;
}

bool fleet_key_is_shared(const struct fleet_key *key)
{
	return key->people > 1 || key->holders > 1;
}

bool fleet_key_is_cloned(const struct fleet_key *key)
{
	return key->clones > 1;
}

bool fleet_is_complete(const struct fleet *f)
{
	return f->nhosts > 0 && f->unknown == 0 && journal_summary(f->journal)->missing == 0;
}

/* Copy `item` behind the `count` items of an array, whose room doubles at powers of two. Its place, or FLEET_NONE. */
static uint32_t append(void *array, uint32_t *count, const void *item, size_t size)
{
	char  *items;
	size_t n = *count;

	memcpy(&items, array, sizeof(items));
	if (n == FLEET_NONE - 1)
		return FLEET_NONE;
	if ((n & (n - 1)) == 0) {
		items = mem_resize(items, n ? n * 2 : 1, size);
		if (!items)
			return FLEET_NONE;
		memcpy(array, &items, sizeof(items));
	}
	memcpy(items + n * size, item, size);
	return (*count)++;
}

uint32_t fleet_add_host(struct fleet *f, const struct fleet_host *host)
{
	uint32_t before = pairs_get(&f->host_ids, host->name, NULL);
	uint32_t id = append(&f->hosts, &f->nhosts, host, sizeof(*host));

	if (id == FLEET_NONE || !pairs_set(&f->host_ids, host->name, NULL, id))
		return FLEET_NONE;
	if (before != PAIRS_NONE)
		f->hosts[before].replaced = true;
	return id;
}

uint32_t fleet_add_account(struct fleet *f, const struct fleet_account *account)
{
	return append(&f->accounts, &f->naccounts, account, sizeof(*account));
}

uint32_t fleet_add_key(struct fleet *f, const char *fingerprint, const char *type, uint32_t bits)
{
	struct fleet_key key = { .fingerprint = fingerprint, .type = type, .bits = bits };
	uint32_t         id = pairs_get(&f->key_ids, fingerprint, NULL);

	if (id == PAIRS_NONE) {
		id = append(&f->keys, &f->nkeys, &key, sizeof(key));
		return id != FLEET_NONE && pairs_set(&f->key_ids, fingerprint, NULL, id) ? id : FLEET_NONE;
	}
	/* Who says more is believed, whatever the order; of two that differ, the greater. */
	if (type && (!f->keys[id].type || strcmp(type, f->keys[id].type) > 0))
		f->keys[id].type = type;
	if (bits > f->keys[id].bits)
		f->keys[id].bits = bits;
	return id;
}

uint32_t fleet_add_line(struct fleet *f, const struct fleet_line *line)
{
	return append(&f->lines, &f->nlines, line, sizeof(*line));
}

uint32_t fleet_add_private(struct fleet *f, const struct fleet_private *private_key)
{
	return append(&f->privates, &f->nprivates, private_key, sizeof(*private_key));
}

uint32_t fleet_add_host_key(struct fleet *f, const struct fleet_host_key *host_key)
{
	return append(&f->host_keys, &f->nhost_keys, host_key, sizeof(*host_key));
}

bool fleet_add_reason(struct fleet *f, uint32_t host, const char *text)
{
	struct fleet_host   *h = &f->hosts[host];
	struct fleet_reason *reason;

	if (h->nreasons > REASONS_MAX)
		return true;
	reason = arena_alloc(&f->arena, sizeof(*reason));
	if (!reason)
		return false;
	reason->text = h->nreasons == REASONS_MAX ? "and more" : arena_strdup(&f->arena, text);
	if (!reason->text)
		return false;
	if (h->last)
		h->last->next = reason;
	else
		h->reasons = reason;
	h->last = reason;
	h->nreasons++;
	return true;
}

struct fleet *fleet_new(void)
{
	struct fleet *f = mem_zalloc(sizeof(*f));

	if (f)
		intern_init(&f->texts);
	return f;
}

static int take_target(const struct journal_target *target, struct slice facts, void *context, struct error *err)
{
	return fleet_read(context, target, facts, err);
}

int fleet_open(const char *const *paths, size_t npaths, struct fleet **ret_fleet, struct error *err)
{
	struct fleet        *f = fleet_new();
	struct journal_watch watch = { .target = take_target, .context = f };
	int                  r;

	if (!f)
		return error_nomem(err);
	r = journal_open_watched(paths, npaths, &watch, &f->journal, err);
	if (r == 0)
		r = fleet_settle(f, err);
	if (r < 0) {
		fleet_free(f);
		return r;
	}
	*ret_fleet = f;
	return 0;
}

void fleet_free(struct fleet *f)
{
	if (!f)
		return;
	journal_reader_free(f->journal);
	intern_fini(&f->texts);
	arena_free(&f->arena);
	pairs_fini(&f->host_ids);
	pairs_fini(&f->key_ids);
	mem_free(f->hosts);
	mem_free(f->accounts);
	mem_free(f->keys);
	mem_free(f->lines);
	mem_free(f->privates);
	mem_free(f->host_keys);
	mem_free(f);
}

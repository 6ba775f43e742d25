/*
 * settle.c: puts the arrays of a fleet in an order that comes from what they say, drops what was replaced, and finds which keys
 * are shared, cloned and seen once.
 */
#include "fleet_build.h"

#include "mem.h"

static int compare_numbers(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

/* NULL comes last. */
static int compare_texts(const char *a, const char *b)
{
	if (a == b)
		return 0;
	if (!a || !b)
		return a ? -1 : 1;
	return strcmp(a, b);
}

/* ---- hosts, accounts and keys: sorted through an index, so that those who refer to them can follow ---- */

/* What is sorted: its old place, and the item. */
struct sorted {
	uint32_t    old;
	uint32_t    host;
	const char *text;
};

static int by_host_and_text(const void *a, const void *b)
{
	const struct sorted *left = a;
	const struct sorted *right = b;
	int                  order = compare_numbers(left->host, right->host);

	return order ? order : strcmp(left->text, right->text);
}

/* Sort `count` of `items`, and write to `*places` where each of the `total` old ones goes. */
static void rank(struct sorted *items, uint32_t count, uint32_t *places, uint32_t total)
{
	for (uint32_t i = 0; i < total; i++)
		places[i] = FLEET_NONE;
	if (count > 0)
		qsort(items, count, sizeof(*items), by_host_and_text);
	for (uint32_t i = 0; i < count; i++)
		places[items[i].old] = i;
}

/* Move the items of an array to their new places. */
static bool move(void *array, const struct sorted *items, uint32_t count, size_t size)
{
	char *old;
	char *moved = mem_resize(NULL, count, size);

	if (!moved)
		return false;
	memcpy(&old, array, sizeof(old));
	for (uint32_t i = 0; i < count; i++)
		memcpy(moved + i * size, old + items[i].old * size, size);
	mem_free(old);
	memcpy(array, &moved, sizeof(moved));
	return true;
}

static bool settle_hosts(struct fleet *f, struct sorted *items, uint32_t *places)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < f->nhosts; i++)
		if (!f->hosts[i].replaced)
			items[count++] = (struct sorted){ .old = i, .text = f->hosts[i].name };
	rank(items, count, places, f->nhosts);
	f->nhosts = count;
	return move(&f->hosts, items, count, sizeof(*f->hosts));
}

static bool settle_accounts(struct fleet *f, struct sorted *items, const uint32_t *hosts, uint32_t *places)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < f->naccounts; i++) {
		f->accounts[i].host = hosts[f->accounts[i].host];
		if (f->accounts[i].host != FLEET_NONE)
			items[count++] =
				(struct sorted){ .old = i, .host = f->accounts[i].host, .text = f->accounts[i].user };
	}
	rank(items, count, places, f->naccounts);
	f->naccounts = count;
	if (!move(&f->accounts, items, count, sizeof(*f->accounts)))
		return false;
	/* The first of uid 0 stands for all of them. */
	for (uint32_t i = count; i > 0; i--)
		if (f->accounts[i - 1].root)
			f->hosts[f->accounts[i - 1].host].root = i - 1;
	for (uint32_t i = 0; i < count; i++)
		f->accounts[i].node = f->accounts[i].root ? f->hosts[f->accounts[i].host].root : i;
	return true;
}

/* `used` has a mark for each key that something left refers to. */
static bool settle_keys(struct fleet *f, struct sorted *items, const bool *used, uint32_t *places)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < f->nkeys; i++)
		if (used[i])
			items[count++] = (struct sorted){ .old = i, .text = f->keys[i].fingerprint };
	rank(items, count, places, f->nkeys);
	f->nkeys = count;
	return move(&f->keys, items, count, sizeof(*f->keys));
}

/* ---- what refers to them ---- */

static int by_line(const void *a, const void *b)
{
	const struct fleet_line *left = a;
	const struct fleet_line *right = b;
	int                      order = compare_numbers(left->key, right->key);

	if (order == 0)
		order = compare_numbers(left->account, right->account);
	if (order == 0)
		order = compare_texts(left->path, right->path);
	return order ? order : compare_numbers(left->number, right->number);
}

static int by_private(const void *a, const void *b)
{
	const struct fleet_private *left = a;
	const struct fleet_private *right = b;
	int                         order = compare_numbers(left->key, right->key);

	if (order == 0)
		order = compare_numbers(left->account, right->account);
	return order ? order : compare_texts(left->path, right->path);
}

static int by_host_key(const void *a, const void *b)
{
	const struct fleet_host_key *left = a;
	const struct fleet_host_key *right = b;
	int                          order = compare_numbers(left->key, right->key);

	if (order == 0)
		order = compare_numbers(left->host, right->host);
	return order ? order : compare_texts(left->path, right->path);
}

/* Refer to the accounts' new places, and leave out what belongs to those that are gone. */
static void drop_replaced(struct fleet *f, const uint32_t *hosts, const uint32_t *accounts)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < f->nlines; i++) {
		f->lines[kept] = f->lines[i];
		f->lines[kept].account = accounts[f->lines[i].account];
		kept += f->lines[kept].account != FLEET_NONE;
	}
	f->nlines = kept;
	kept = 0;
	for (uint32_t i = 0; i < f->nprivates; i++) {
		f->privates[kept] = f->privates[i];
		f->privates[kept].account = accounts[f->privates[i].account];
		kept += f->privates[kept].account != FLEET_NONE;
	}
	f->nprivates = kept;
	kept = 0;
	for (uint32_t i = 0; i < f->nhost_keys; i++) {
		f->host_keys[kept] = f->host_keys[i];
		f->host_keys[kept].host = hosts[f->host_keys[i].host];
		kept += f->host_keys[kept].host != FLEET_NONE;
	}
	f->nhost_keys = kept;
}

static void mark_keys(const struct fleet *f, bool *used)
{
	for (uint32_t i = 0; i < f->nlines; i++)
		used[f->lines[i].key] = true;
	for (uint32_t i = 0; i < f->nprivates; i++)
		used[f->privates[i].key] = true;
	for (uint32_t i = 0; i < f->nhost_keys; i++)
		used[f->host_keys[i].key] = true;
}

static void follow_keys(struct fleet *f, const uint32_t *keys)
{
	for (uint32_t i = 0; i < f->nlines; i++)
		f->lines[i].key = keys[f->lines[i].key];
	for (uint32_t i = 0; i < f->nprivates; i++)
		f->privates[i].key = keys[f->privates[i].key];
	for (uint32_t i = 0; i < f->nhost_keys; i++)
		f->host_keys[i].key = keys[f->host_keys[i].key];
}

/* One of each host's files with the same key is enough, and a file is better than the connection. */
static void drop_double_host_keys(struct fleet *f)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < f->nhost_keys; i++) {
		const struct fleet_host_key *k = &f->host_keys[i];

		if (kept == 0 || f->host_keys[kept - 1].key != k->key || f->host_keys[kept - 1].host != k->host)
			f->host_keys[kept++] = *k;
	}
	f->nhost_keys = kept;
}

/* A host key is among the private keys of its folder, too. */
static void drop_double_privates(struct fleet *f)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < f->nprivates; i++) {
		const struct fleet_private *p = &f->privates[i];
		struct fleet_private       *last = kept > 0 ? &f->privates[kept - 1] : NULL;

		if (last && last->key == p->key && last->account == p->account && strcmp(last->path, p->path) == 0) {
			last->host_key = last->host_key || p->host_key;
			last->encrypted = last->encrypted || p->encrypted;
		} else {
			f->privates[kept++] = *p;
		}
	}
	f->nprivates = kept;
}

static void sort_records(struct fleet *f)
{
	if (f->nlines > 0)
		qsort(f->lines, f->nlines, sizeof(*f->lines), by_line);
	if (f->nprivates > 0)
		qsort(f->privates, f->nprivates, sizeof(*f->privates), by_private);
	if (f->nhost_keys > 0)
		qsort(f->host_keys, f->nhost_keys, sizeof(*f->host_keys), by_host_key);
	drop_double_host_keys(f);
	drop_double_privates(f);
}

/* ---- what the keys are ---- */

static void extend(struct fleet_range *range, uint32_t at)
{
	if (range->count == 0)
		range->first = at;
	range->count++;
}

static void find_ranges(struct fleet *f)
{
	for (uint32_t i = 0; i < f->nlines; i++)
		extend(&f->keys[f->lines[i].key].lines, i);
	for (uint32_t i = 0; i < f->nprivates; i++)
		extend(&f->keys[f->privates[i].key].privates, i);
	for (uint32_t i = 0; i < f->nhost_keys; i++)
		extend(&f->keys[f->host_keys[i].key].host_keys, i);
}

/* Count names once for each key: `seen` says which key a name was last counted for. */
static bool is_new_name(struct pairs *seen, const struct fleet *f, uint32_t account, uint32_t key, bool *ret_failed)
{
	const char *name = f->accounts[account].user;

	if (f->accounts[account].root || pairs_get(seen, name, NULL) == key)
		return false;
	*ret_failed = *ret_failed || !pairs_set(seen, name, NULL, key);
	return true;
}

static bool count_openings(struct fleet *f, struct pairs *seen)
{
	bool     failed = false;
	uint32_t last = FLEET_NONE; /* account, of the same key */

	for (uint32_t i = 0; i < f->nlines && !failed; i++) {
		const struct fleet_line *line = &f->lines[i];
		struct fleet_key        *key = &f->keys[line->key];

		if (key->lines.first == i)
			last = FLEET_NONE;
		if (line->why)
			continue;
		f->opening++;
		key->opens += line->account != last;
		last = line->account;
		key->people += is_new_name(seen, f, line->account, line->key, &failed);
	}
	return !failed;
}

static bool count_holders(struct fleet *f, struct pairs *seen)
{
	bool failed = false;

	for (uint32_t i = 0; i < f->nprivates && !failed; i++) {
		const struct fleet_private *p = &f->privates[i];

		f->held += !p->host_key;
		f->keys[p->key].holders += is_new_name(seen, f, p->account, p->key, &failed);
	}
	return !failed;
}

/* A server that the inventory has under two names is one: it has the same address and port. */
static bool count_clones(struct fleet *f, struct pairs *seen)
{
	bool failed = false;

	for (uint32_t i = 0; i < f->nhost_keys && !failed; i++) {
		uint32_t                 key = f->host_keys[i].key;
		const struct fleet_host *host = &f->hosts[f->host_keys[i].host];
		char                     port[16];
		const char              *second;

		snprintf(port, sizeof(port), "%u", host->port);
		second = intern(&f->texts, port);
		if (!second)
			return false;
		if (host->address[0] && pairs_get(seen, host->address, second) == key)
			continue;
		f->keys[key].clones++;
		failed = host->address[0] && !pairs_set(seen, host->address, second, key);
	}
	return !failed;
}

static void count_kinds(struct fleet *f)
{
	for (uint32_t i = 0; i < f->nkeys; i++) {
		struct fleet_key *key = &f->keys[i];

		key->lone = key->opens == 1 && key->lines.count == 1 && key->privates.count == 0 && key->host_keys.count == 0;
		f->lone += key->lone;
		f->shared += fleet_key_is_shared(key);
		f->cloned += fleet_key_is_cloned(key);
	}
	for (uint32_t i = 0; i < f->nhosts; i++)
		f->unknown += f->hosts[i].reasons != NULL;
}

static bool find_kinds(struct fleet *f)
{
	struct pairs seen = { 0 };
	bool         good;

	find_ranges(f);
	good = count_openings(f, &seen);
	pairs_fini(&seen);
	good = good && count_holders(f, &seen);
	pairs_fini(&seen);
	good = good && count_clones(f, &seen);
	pairs_fini(&seen);
	if (good)
		count_kinds(f);
	return good;
}

/* Room for the sorting of any of the three, and their new places. */
struct workspace {
	struct sorted *items;
	uint32_t      *hosts;
	uint32_t      *accounts;
	uint32_t      *keys;
	bool          *used;
};

static bool make_room(const struct fleet *f, struct workspace *w)
{
	size_t most = f->nhosts > f->naccounts ? f->nhosts : f->naccounts;

	most = f->nkeys > most ? f->nkeys : most;
	w->items = mem_resize(NULL, most, sizeof(*w->items));
	w->hosts = mem_resize(NULL, f->nhosts, sizeof(*w->hosts));
	w->accounts = mem_resize(NULL, f->naccounts, sizeof(*w->accounts));
	w->keys = mem_resize(NULL, f->nkeys, sizeof(*w->keys));
	w->used = mem_zalloc(f->nkeys * sizeof(*w->used));
	return w->items && w->hosts && w->accounts && w->keys && w->used;
}

static bool settle(struct fleet *f, struct workspace *w)
{
	if (!settle_hosts(f, w->items, w->hosts) || !settle_accounts(f, w->items, w->hosts, w->accounts))
		return false;
	drop_replaced(f, w->hosts, w->accounts);
	mark_keys(f, w->used);
	if (!settle_keys(f, w->items, w->used, w->keys))
		return false;
	follow_keys(f, w->keys);
	sort_records(f);
	return find_kinds(f);
}

int fleet_settle(struct fleet *f, struct error *err)
{
	struct workspace w = { 0 };
	bool             good = make_room(f, &w) && settle(f, &w);

	mem_free(w.items);
	mem_free(w.hosts);
	mem_free(w.accounts);
	mem_free(w.keys);
	mem_free(w.used);
	pairs_fini(&f->host_ids);
	pairs_fini(&f->key_ids);
	return good ? 0 : error_nomem(err);
}

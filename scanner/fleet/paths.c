#include "paths.h"

#include "from.h"
#include "mem.h"

/*
 * Of one key, so many pairs of from= and private key are looked at. Whatever else its lines say in from= is taken to let everybody in, and
 * shown as not known: a host that makes up thousands of lists must not make the search slow.
 */
#define PAIRS_MAX 1000000u

/*
 * The graph has two kinds of nodes. Accounts are those of the fleet. A lock stands between accounts: a key with one from=, for
 * all lines that have both, so that a key lying on many hosts and opening many accounts costs their sum and not their product.
 */
struct lock {
	uint32_t    key;
	uint32_t    host; /* FLEET_NONE; or the one host it is about, as from= lets the host itself in by its loopback address */
	const char *from; /* NULL for everywhere */
};

/* The way from a node to one root. */
struct label {
	uint32_t root; /* account; FLEET_NONE when there is no way */
	uint32_t distance;
	uint32_t private_key; /* of an account: what is used, and the lock it fits */
	uint32_t lock;
	uint32_t line; /* of a lock: the line it lets in by */
};

#define LABELS 2u /* of each node: the nearest two roots */

/* One run of the search. */
struct search {
	struct label *accounts; /* LABELS for each */
	struct label *locks;
};

struct paths {
	const struct fleet *fleet;
	bool                encrypted;
	struct lock        *locks;
	uint32_t            nlocks;
	uint32_t           *line_locks; /* of each line: its lock; FLEET_NONE when it opens nothing, or no private key is known */
	struct fleet_range *openings;   /* of each node: its part of `opening` */
	uint32_t           *opening;    /* lines that have a lock */
	struct search       whole;      /* lines that give a shell */
	struct search       any;        /* all lines */
	struct path        *paths;
	uint32_t            npaths;
	uint32_t            nrestricted;
};

/* What waits for its turn: one label of one node. */
struct waiting {
	uint32_t node;
	uint8_t  slot;
	bool     is_lock;
};

struct queue {
	struct waiting *items;
	size_t          head;
	size_t          tail;
};

static const char *address_of(const struct fleet *f, uint32_t account)
{
	return f->hosts[f->accounts[account].host].address;
}

/* A host may reach itself by its own address and by loopback. */
static enum from_verdict judge_loopback(const char *from)
{
	enum from_verdict ipv4 = from_judge(from, "127.0.0.1");
	enum from_verdict ipv6 = from_judge(from, "::1");

	if (ipv4 == FROM_ALLOWED || ipv6 == FROM_ALLOWED)
		return FROM_ALLOWED;
	return ipv4 == FROM_UNKNOWN || ipv6 == FROM_UNKNOWN ? FROM_UNKNOWN : FROM_REFUSED;
}

static enum use use_of(enum from_verdict verdict)
{
	if (verdict == FROM_REFUSED)
		return USE_NONE;
	return verdict == FROM_ALLOWED ? USE_CERTAIN : USE_POSSIBLE;
}

enum use paths_use(const struct fleet *f, const struct fleet_private *p, const struct fleet_line *line)
{
	enum use use;

	if (line->why)
		return USE_NONE;
	if (!line->from)
		return USE_CERTAIN;
	use = use_of(from_judge(line->from, address_of(f, p->account)));
	if (use != USE_CERTAIN && f->accounts[p->account].host == f->accounts[line->account].host) {
		enum use loopback = use_of(judge_loopback(line->from));

		use = loopback > use ? loopback : use;
	}
	return use;
}

/* ---- locks ---- */

static bool is_usable(const struct paths *p, const struct fleet_private *private_key)
{
	return p->encrypted || !private_key->encrypted;
}

static bool has_usable(const struct paths *p, const struct fleet_key *key)
{
	for (uint32_t i = 0; i < key->privates.count; i++)
		if (is_usable(p, &p->fleet->privates[key->privates.first + i]))
			return true;
	return false;
}

/* The lock of a line: one that an earlier line of the key made, or a new one. `made` is of this key alone. */
static bool add_lock(struct paths *p, uint32_t line, struct pairs *made)
{
	const struct fleet_line *l = &p->fleet->lines[line];
	uint32_t                 host = p->fleet->accounts[l->account].host;
	bool                     crowded = made->count * p->fleet->keys[l->key].privates.count > PAIRS_MAX;
	const char              *from = crowded ? NULL : l->from;
	bool                     own = from && judge_loopback(from) != FROM_REFUSED;
	const char              *name = own ? p->fleet->hosts[host].name : NULL;
	uint32_t                 id = pairs_get(made, from ? from : "", name);

	if (id == PAIRS_NONE) {
		id = p->nlocks++;
		p->locks[id] = (struct lock){ .key = l->key, .host = own ? host : FLEET_NONE, .from = from };
		if (!pairs_set(made, from ? from : "", name, id))
			return false;
	}
	p->line_locks[line] = id;
	return true;
}

/* `locks` has room for one a line. */
static bool make_locks(struct paths *p)
{
	const struct fleet *f = p->fleet;
	struct pairs        made = { 0 };
	bool                good = true;

	for (uint32_t i = 0; i < f->nlines; i++)
		p->line_locks[i] = FLEET_NONE;
	for (uint32_t k = 0; k < f->nkeys && good; k++) {
		const struct fleet_key *key = &f->keys[k];

		if (key->opens == 0 || !has_usable(p, key))
			continue;
		for (uint32_t i = key->lines.first; i < key->lines.first + key->lines.count && good; i++)
			good = f->lines[i].why || add_lock(p, i, &made);
		pairs_clear(&made);
	}
	pairs_fini(&made);
	return good;
}

/* Sort the lines that have a lock by the node of the account they open, by counting. */
static void make_openings(struct paths *p)
{
	const struct fleet *f = p->fleet;
	uint32_t            at = 0;

	for (uint32_t i = 0; i < f->nlines; i++)
		if (p->line_locks[i] != FLEET_NONE)
			p->openings[f->accounts[f->lines[i].account].node].count++;
	for (uint32_t i = 0; i < f->naccounts; i++) {
		p->openings[i].first = at;
		at += p->openings[i].count;
		p->openings[i].count = 0;
	}
	for (uint32_t i = 0; i < f->nlines; i++) {
		if (p->line_locks[i] != FLEET_NONE) {
			struct fleet_range *range = &p->openings[f->accounts[f->lines[i].account].node];

			p->opening[range->first + range->count++] = i;
		}
	}
}

/* ---- the search ---- */

/* Give a node a way to one more root; when it has as many as it needs, or one to that root, it is no news. */
static void add_label(struct label *labels, const struct label *label, uint32_t node, bool is_lock, struct queue *queue)
{
	struct label *own = labels + (size_t)node * LABELS;

	for (uint8_t i = 0; i < LABELS; i++) {
		if (own[i].root == label->root)
			return;
		if (own[i].root == FLEET_NONE) {
			own[i] = *label;
			queue->items[queue->tail++] = (struct waiting){ .node = node, .slot = i, .is_lock = is_lock };
			return;
		}
	}
}

/* Back from an account to the locks that lead into it. */
static void visit_account(const struct paths *p, struct search *s, struct queue *queue, struct waiting w, bool whole)
{
	const struct label *label = &s->accounts[(size_t)w.node * LABELS + w.slot];
	struct fleet_range  range = p->openings[w.node];

	for (uint32_t i = range.first; i < range.first + range.count; i++) {
		uint32_t     line = p->opening[i];
		struct label next = { .root = label->root, .distance = label->distance + 1, .line = line };

		if (!whole || !p->fleet->lines[line].restricted)
			add_label(s->locks, &next, p->line_locks[line], true, queue);
	}
}

static bool fits(const struct fleet *f, const struct lock *lock, const struct fleet_private *private_key)
{
	if (!lock->from || from_judge(lock->from, address_of(f, private_key->account)) != FROM_REFUSED)
		return true;
	return f->accounts[private_key->account].host == lock->host;
}

/* Back from a lock to the accounts that have its key: those it lies with, and root of those hosts. */
static void visit_lock(const struct paths *p, struct search *s, struct queue *queue, struct waiting w)
{
	const struct fleet *f = p->fleet;
	const struct lock  *lock = &p->locks[w.node];
	const struct label *label = &s->locks[(size_t)w.node * LABELS + w.slot];
	struct fleet_range  range = f->keys[lock->key].privates;

	for (uint32_t i = range.first; i < range.first + range.count; i++) {
		const struct fleet_account *account = &f->accounts[f->privates[i].account];
		struct label                next = {
			               .root = label->root, .distance = label->distance + 1, .private_key = i, .lock = w.node
		};

		if (!is_usable(p, &f->privates[i]) || !fits(f, lock, &f->privates[i]))
			continue;
		add_label(s->accounts, &next, account->node, false, queue);
		add_label(s->accounts, &next, f->hosts[account->host].root, false, queue);
	}
}

static void begin(const struct paths *p, struct search *s, struct queue *queue)
{
	for (size_t i = 0; i < (size_t)p->fleet->naccounts * LABELS; i++)
		s->accounts[i].root = FLEET_NONE;
	for (size_t i = 0; i < (size_t)p->nlocks * LABELS; i++)
		s->locks[i].root = FLEET_NONE;
	for (uint32_t i = 0; i < p->fleet->naccounts; i++) {
		struct label label = { .root = i };

		if (p->fleet->accounts[i].root && p->fleet->accounts[i].node == i)
			add_label(s->accounts, &label, i, false, queue);
	}
}

/* Breadth first: every hop is two steps, so what is found first is nearest. */
static int search(const struct paths *p, struct search *s, bool whole, struct error *err)
{
	size_t       most = ((size_t)p->fleet->naccounts + p->nlocks) * LABELS;
	struct queue queue = { .items = mem_resize(NULL, most, sizeof(*queue.items)) };

	s->accounts = mem_resize(NULL, (size_t)p->fleet->naccounts * LABELS, sizeof(*s->accounts));
	s->locks = mem_resize(NULL, (size_t)p->nlocks * LABELS, sizeof(*s->locks));
	if (!queue.items || !s->accounts || !s->locks) {
		mem_free(queue.items);
		return error_nomem(err);
	}
	begin(p, s, &queue);
	while (queue.head < queue.tail) {
		struct waiting w = queue.items[queue.head++];

		if (w.is_lock)
			visit_lock(p, s, &queue, w);
		else
			visit_account(p, s, &queue, w, whole);
	}
	mem_free(queue.items);
	return 0;
}

/* ---- what was found ---- */

/* The label of the nearest root that is not the node itself; NULL when there is none. */
static const struct label *nearest(const struct search *s, uint32_t node)
{
	const struct label *labels = &s->accounts[(size_t)node * LABELS];

	for (unsigned i = 0; i < LABELS; i++)
		if (labels[i].root != FLEET_NONE && labels[i].root != node)
			return &labels[i];
	return NULL;
}

static const struct label *label_of(const struct label *labels, uint32_t node, uint32_t root)
{
	const struct label *own = labels + (size_t)node * LABELS;

	return own[0].root == root ? &own[0] : &own[1];
}

static void collect(struct paths *p)
{
	for (uint32_t i = 0; i < p->fleet->naccounts; i++) {
		const struct label *whole = nearest(&p->whole, i);
		const struct label *label = whole ? whole : nearest(&p->any, i);

		if (!label || p->fleet->accounts[i].node != i)
			continue;
		p->paths[p->npaths++] = (struct path){
			.from = i, .to = label->root, .hops = label->distance / 2, .restricted = !whole
		};
		p->nrestricted += !whole;
	}
}

static int by_danger(const void *a, const void *b)
{
	const struct path *left = a;
	const struct path *right = b;

	if (left->restricted != right->restricted)
		return left->restricted ? 1 : -1;
	if (left->hops != right->hops)
		return left->hops > right->hops ? 1 : -1;
	return (left->from > right->from) - (left->from < right->from);
}

static int find(struct paths *p, struct error *err)
{
	const struct fleet *f = p->fleet;
	int                 r;

	p->locks = mem_resize(NULL, f->nlines, sizeof(*p->locks));
	p->line_locks = mem_resize(NULL, f->nlines, sizeof(*p->line_locks));
	p->opening = mem_resize(NULL, f->nlines, sizeof(*p->opening));
	p->openings = mem_zalloc(f->naccounts * sizeof(*p->openings));
	p->paths = mem_resize(NULL, f->naccounts, sizeof(*p->paths));
	if (!p->locks || !p->line_locks || !p->opening || !p->openings || !p->paths || !make_locks(p))
		return error_nomem(err);
	make_openings(p);
	r = search(p, &p->whole, true, err);
	if (r == 0)
		r = search(p, &p->any, false, err);
	if (r < 0)
		return r;
	collect(p);
	if (p->npaths > 0)
		qsort(p->paths, p->npaths, sizeof(*p->paths), by_danger);
	return 0;
}

int paths_find(const struct fleet *f, const struct paths_options *options, struct paths **ret_paths, struct error *err)
{
	struct paths *p = mem_zalloc(sizeof(*p));
	int           r;

	if (!p)
		return error_nomem(err);
	p->fleet = f;
	p->encrypted = options->encrypted;
	r = find(p, err);
	if (r < 0) {
		paths_free(p);
		return r;
	}
	*ret_paths = p;
	return 0;
}

void paths_free(struct paths *p)
{
	if (!p)
		return;
	mem_free(p->locks);
	mem_free(p->line_locks);
	mem_free(p->opening);
	mem_free(p->openings);
	mem_free(p->whole.accounts);
	mem_free(p->whole.locks);
	mem_free(p->any.accounts);
	mem_free(p->any.locks);
	mem_free(p->paths);
	mem_free(p);
}

uint32_t paths_count(const struct paths *p)
{
	return p->npaths;
}

uint32_t paths_restricted(const struct paths *p)
{
	return p->nrestricted;
}

const struct path *paths_at(const struct paths *p, uint32_t i)
{
	return &p->paths[i];
}

struct path_hop paths_hop(const struct paths *p, const struct path *path, uint32_t at)
{
	const struct search *s = path->restricted ? &p->any : &p->whole;
	const struct label  *label = label_of(s->accounts, at, path->to);
	struct path_hop      hop = { .private_key = label->private_key,
		                     .line = label_of(s->locks, label->lock, path->to)->line };
	const struct fleet  *f = p->fleet;

	hop.from_unknown = paths_use(f, &f->privates[hop.private_key], &f->lines[hop.line]) != USE_CERTAIN;
	return hop;
}

#include "journal_kept.h"

#include "limit.h"
#include "mem.h"

#define SLOTS  (2u * LIMIT_KEPT_FINDINGS) /* so that half of them stay empty */
#define PROBES 16u                        /* whoever chooses texts with one hash makes them slow, but no others */
#define RECENT 1024u
#define WAYS   4u /* of one remainder: with one, two that come in turns would never be known */

/* An object of the line at hand. */
struct sight {
	struct slice                 bytes; /* until they are read: then texts end with NULs in there */
	struct journal_kept_finding *item;  /* NULL: it was not in the table then */
	uint64_t                     hash;  /* where there is no item */
	bool                         again; /* and it was seen before */
};

struct journal_kept {
	struct journal_pass           pass;
	const struct journal_rules   *rules;
	struct sight                  sights[LIMIT_KEPT_FINDINGS];
	size_t                        nsights;
	struct journal_kept_finding  *first; /* what the line before began with */
	struct journal_kept_finding **next;  /* where it says what this line may have next */
	bool                          sure;  /* what stands before that was the one that says so */
	struct journal_kept_finding  *slots[SLOTS];
	uint64_t                      recent[RECENT][WAYS]; /* hashes of what was seen and is not kept, the newest first */
	uint32_t                      count;
	size_t                        bytes;
};

static uint64_t mix(uint64_t hash, uint64_t word)
{
	return (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
}

/* Only to find things: what bytes they are is compared. */
static uint64_t hash_of(struct slice s)
{
	uint64_t hash = s.len;
	uint64_t word;
	size_t   i;

	for (i = 0; i + sizeof(word) <= s.len; i += sizeof(word)) {
		memcpy(&word, s.ptr + i, sizeof(word));
		hash = mix(hash, word);
	}
	word = 0;
	memcpy(&word, s.ptr + i, s.len - i);
	hash = mix(hash, word);
	return hash ^ hash >> 32; /* the low bits of a product know nothing of the high ones */
}

/* What begins with an object that is kept has that object in front: it ends with its own bracket. */
static bool is_in_front(const struct journal_kept_finding *item, const struct journal_rules *rules, struct slice text)
{
	return item->rules == rules && item->len <= text.len && memcmp(item->bytes, text.ptr, item->len) == 0;
}

/* Where an object is, or an empty slot where it could be; NULL when there is none. */
static struct journal_kept_finding **find_slot(struct journal_kept *k, struct slice bytes, uint64_t hash)
{
	for (size_t i = 0; i < PROBES; i++) {
		struct journal_kept_finding **slot = &k->slots[(hash + i) % SLOTS];

		if (!*slot || ((*slot)->len == bytes.len && is_in_front(*slot, k->rules, bytes)))
			return slot;
	}
	return NULL;
}

static struct journal_kept_finding *look_up(struct journal_kept *k, struct slice bytes, uint64_t hash)
{
	struct journal_kept_finding **slot = find_slot(k, bytes, hash);

	return slot ? *slot : NULL;
}

/* True from the second time on, unless many others came in between. */
static bool seen_before(struct journal_kept *k, uint64_t hash)
{
	uint64_t *recent = k->recent[hash % RECENT];

	for (size_t i = 0; i < WAYS; i++)
		if (recent[i] == hash)
			return true;
	memmove(recent + 1, recent, (WAYS - 1) * sizeof(*recent));
	recent[0] = hash;
	return false;
}

/* Without a guess that came true: by its brackets and its hash. */
static bool search(struct journal_kept *k, struct slice rest, struct sight *ret_sight)
{
	struct sight sight = { .bytes = slice_sub(rest, 0, journal_raw_object(rest)) };

	if (sight.bytes.len == 0)
		return false;
	sight.hash = hash_of(sight.bytes);
	sight.item = look_up(k, sight.bytes, sight.hash);
	sight.again = !sight.item && seen_before(k, sight.hash);
	if (sight.item && k->sure)
		*k->next = sight.item;
	*ret_sight = sight;
	return true;
}

/*
 * Lines have their findings in the same order, so what came after the last one the time before is the first guess. One that is not kept is taken to
 * stand in place of the one that was guessed, so that the next guess is right again.
 */
static size_t look_at(void *context, struct slice rest)
{
	struct journal_kept         *k = context;
	struct journal_kept_finding *guess = *k->next;
	struct sight                 sight = { .item = guess };

	if (k->nsights == countof(k->sights))
		return journal_raw_object(rest);
	if (guess && is_in_front(guess, k->rules, rest))
		sight.bytes = slice_sub(rest, 0, guess->len);
	else if (!search(k, rest, &sight))
		return 0;
	k->sure = sight.item != NULL;
	if (sight.item || guess)
		k->next = sight.item ? &sight.item->after : &guess->after;
	k->sights[k->nsights++] = sight;
	return sight.bytes.len;
}

struct journal_kept *journal_kept_new(void)
{
	struct journal_kept *k = mem_zalloc(sizeof(*k));

	if (k)
		k->pass = (struct journal_pass){ .object = look_at, .context = k };
	return k;
}

void journal_kept_free(struct journal_kept *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		mem_free(k->slots[i]);
	mem_free(k);
}

const struct journal_pass *journal_kept_begin(struct journal_kept *k, const struct journal_rules *rules)
{
	k->rules = rules;
	k->nsights = 0;
	k->next = &k->first;
	k->sure = true;
	return &k->pass;
}

/* The object that was looked at as number `i`; NULL when that was another. */
static const struct sight *sight_at(const struct journal_kept *k, size_t i, const char *at)
{
	return i < k->nsights && k->sights[i].bytes.ptr == at ? &k->sights[i] : NULL;
}

const struct journal_kept_finding *journal_kept_find(struct journal_kept *k, size_t i, const char *at)
{
	const struct sight *sight = sight_at(k, i, at);

	if (!sight)
		return NULL;
	/* It may have been added since it was looked at: one line may have it twice. */
	return sight->again ? look_up(k, sight->bytes, sight->hash) : sight->item;
}

struct journal_kept_finding *journal_kept_prepare(struct journal_kept *k, size_t i, const char *at)
{
	const struct sight           *sight = sight_at(k, i, at);
	struct journal_kept_finding **slot;
	struct journal_kept_finding  *item;
	size_t                        len;

	if (!sight || !sight->again || k->count == LIMIT_KEPT_FINDINGS || sight->bytes.len > (LIMIT_KEPT_BYTES - k->bytes) / 2)
		return NULL;
	len = sight->bytes.len;
	slot = find_slot(k, sight->bytes, sight->hash);
	item = slot && !*slot ? mem_zalloc(sizeof(*item) + 2 * len + 1) : NULL;
	if (!item)
		return NULL;
	item->rules = k->rules;
	item->slot = slot;
	item->len = len;
	memcpy(item->bytes, sight->bytes.ptr, len);
	memcpy(item->bytes + len, sight->bytes.ptr, len);
	return item;
}

void journal_kept_add(struct journal_kept *k, struct journal_kept_finding *item)
{
	item->number = ++k->count;
	k->bytes += 2 * item->len;
	*item->slot = item;
}

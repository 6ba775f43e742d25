#include <openssl/evp.h>

#include "host_index.h"

#include "host_pattern.h"
#include "mem.h"

#define NONE       SIZE_MAX
#define SHA1_BLOCK 64 /* bytes */

/* A plain name; several may be equal. */
struct name {
	struct slice             text; /* a view into the entry */
	const struct host_entry *entry;
	uint32_t                 hash;
	size_t                   next; /* in the same bucket, or NONE */
};

struct hashed {
	unsigned char            salt[KNOWN_HOSTS_HASH];
	unsigned char            hash[KNOWN_HOSTS_HASH];
	const struct host_entry *entry;
};

/* How much of a growing array is in use. */
struct extent {
	size_t used;
	size_t room;
};

struct host_index {
	struct host_entry       **entries; /* all of them */
	struct extent             nentries;
	struct name              *names;
	struct extent             nnames;
	size_t                   *buckets;  /* the head of each chain in names */
	size_t                    nbuckets; /* a power of two, or 0 */
	struct hashed            *hashed;
	struct extent             nhashed;
	const struct host_entry **patterns; /* those with wildcards or negations */
	struct extent             npatterns;
	EVP_MD                   *sha1;
};

struct host_index *host_index_new(void)
{
	struct host_index *index = mem_zalloc(sizeof(*index));

	if (!index)
		return NULL;
	index->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	if (!index->sha1) {
		mem_free(index);
		return NULL;
	}
	return index;
}

void host_index_free(struct host_index *index)
{
	if (!index)
		return;
	for (size_t i = 0; i < index->nentries.used; i++)
		mem_free(index->entries[i]);
	mem_free(index->entries);
	mem_free(index->names);
	mem_free(index->buckets);
	mem_free(index->hashed);
	mem_free(index->patterns);
	EVP_MD_free(index->sha1);
	mem_free(index);
}

/* The array with room for one more element of `size` bytes, perhaps elsewhere; NULL, with the old one intact,
 * when out of memory. */
static void *grown(void *array, struct extent *extent, size_t size)
{
	size_t room = extent->room ? extent->room * 2 : 16;
	void  *moved;

	if (extent->used < extent->room)
		return array;
	moved = mem_resize(array, room, size);
	if (moved)
		extent->room = room;
	return moved;
}

/* --- plain names --- */

/* FNV-1a: the file is the operator's own, so nobody picks names to collide. */
static uint32_t hash_name(struct slice name)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < name.len; i++)
		h = (uint32_t)((uint64_t)(h ^ (unsigned char)name.ptr[i]) * 16777619u & UINT32_MAX);
	return h;
}

static void link_name(struct host_index *index, size_t i)
{
	size_t *bucket = &index->buckets[index->names[i].hash & (index->nbuckets - 1)];

	index->names[i].next = *bucket;
	*bucket = i;
}

static int widen_buckets(struct host_index *index, struct error *err)
{
	size_t  n = index->nbuckets ? index->nbuckets * 2 : 64;
	size_t *buckets = mem_resize(index->buckets, n, sizeof(*buckets));

	if (!buckets)
		return error_nomem(err);
	index->buckets = buckets;
	index->nbuckets = n;
	for (size_t i = 0; i < n; i++)
		buckets[i] = NONE;
	for (size_t i = 0; i < index->nnames.used; i++)
		link_name(index, i);
	return 0;
}

static int add_name(struct host_index *index, struct slice text, const struct host_entry *entry,
                    struct error *err)
{
	struct name *names = grown(index->names, &index->nnames, sizeof(*names));
	int          r = 0;

	if (!names)
		return error_nomem(err);
	index->names = names;
	if (index->nnames.used >= index->nbuckets)
		r = widen_buckets(index, err);
	if (r < 0)
		return r;
	names[index->nnames.used] = (struct name){ .text = text, .entry = entry, .hash = hash_name(text) };
	link_name(index, index->nnames.used++);
	return 0;
}

/* --- adding --- */

static int add_names(struct host_index *index, const struct host_entry *entry, struct error *err)
{
	struct slice rest = entry->hosts;
	struct slice name;

	while (slice_next(&rest, ',', &name)) {
		int r = name.len > 0 ? add_name(index, name, entry, err) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

static int add_pattern(struct host_index *index, const struct host_entry *entry, struct error *err)
{
	const struct host_entry **patterns = grown(index->patterns, &index->npatterns, sizeof(*patterns));

	if (!patterns)
		return error_nomem(err);
	index->patterns = patterns;
	patterns[index->npatterns.used++] = entry;
	return 0;
}

static int add_hashed(struct host_index *index, const struct known_hosts_line *line,
                      const struct host_entry *entry, struct error *err)
{
	struct hashed *hashed = grown(index->hashed, &index->nhashed, sizeof(*hashed));
	struct hashed  h = { .entry = entry };

	if (!hashed)
		return error_nomem(err);
	memcpy(h.salt, line->salt, sizeof(h.salt));
	memcpy(h.hash, line->hash, sizeof(h.hash));
	index->hashed = hashed;
	hashed[index->nhashed.used++] = h;
	return 0;
}

static void lower_case(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] >= 'A' && text[i] <= 'Z')
			text[i] = (char)(text[i] - 'A' + 'a');
}

static struct host_entry *new_entry(const struct known_hosts_line *line, struct slice key)
{
	size_t             hosts_len = line->hashed ? 0 : line->hosts.len;
	struct host_entry *e = mem_zalloc(sizeof(*e) + key.len + hosts_len);

	if (!e)
		return NULL;
	memcpy(e->bytes, key.ptr, key.len);
	if (hosts_len > 0)
		memcpy(e->bytes + key.len, line->hosts.ptr, hosts_len);
	lower_case(e->bytes + key.len, hosts_len);
	e->marker = line->marker;
	e->key = (struct slice){ .ptr = e->bytes, .len = key.len };
	e->type = slice_sub(e->key, (size_t)(line->type.ptr - key.ptr), line->type.len);
	e->hosts = (struct slice){ .ptr = e->bytes + key.len, .len = hosts_len };
	return e;
}

int host_index_add(struct host_index *index, const struct known_hosts_line *line, struct slice key,
                   const char *file, size_t line_number, struct error *err)
{
	struct host_entry **entries = grown(index->entries, &index->nentries, sizeof(struct host_entry *));
	struct host_entry  *e;

	if (!entries)
		return error_nomem(err);
	index->entries = entries;
	e = new_entry(line, key);
	if (!e)
		return error_nomem(err);
	e->file = file;
	e->line = line_number;
	e->order = index->nentries.used;
	entries[index->nentries.used++] = e;
	if (line->hashed)
		return add_hashed(index, line, e, err);
	return host_pattern_is_plain(e->hosts) ? add_names(index, e, err) : add_pattern(index, e, err);
}

/* --- finding --- */

/* A host seldom has more than a handful of keys. */
static int collect(struct host_matches *matches, struct extent *extent, const struct host_entry *entry,
                   struct error *err)
{
	const struct host_entry **entries = grown(matches->entries, extent, sizeof(*entries));

	if (!entries)
		return error_nomem(err);
	matches->entries = entries;
	entries[extent->used++] = entry;
	matches->count = extent->used;
	return 0;
}

static int find_names(const struct host_index *index, struct slice name, struct host_matches *matches,
                      struct extent *extent, struct error *err)
{
	uint32_t hash = hash_name(name);
	int      r = 0;

	if (index->nbuckets == 0)
		return 0;
	for (size_t i = index->buckets[hash & (index->nbuckets - 1)]; r == 0 && i != NONE;
	     i = index->names[i].next)
		if (index->names[i].hash == hash && slice_equal(index->names[i].text, name))
			r = collect(matches, extent, index->names[i].entry, err);
	return r;
}

static int find_patterns(const struct host_index *index, struct slice name, struct host_matches *matches,
                         struct extent *extent, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < index->npatterns.used; i++)
		if (host_pattern_list_covers(index->patterns[i]->hosts, name))
			r = collect(matches, extent, index->patterns[i], err);
	return r;
}

/* SHA-1 of a block that is the salt with every byte changed by `pad`, and of `rest`. */
static bool keyed_sha1(const struct host_index *index, EVP_MD_CTX *ctx, const unsigned char *salt, unsigned char pad,
                       struct slice rest, unsigned char out[KNOWN_HOSTS_HASH])
{
	unsigned char block[SHA1_BLOCK];

	memset(block, pad, sizeof(block));
	for (size_t i = 0; i < KNOWN_HOSTS_HASH; i++)
		block[i] ^= salt[i];
	return EVP_DigestInit_ex2(ctx, index->sha1, NULL) == 1 && EVP_DigestUpdate(ctx, block, sizeof(block)) == 1 &&
	       EVP_DigestUpdate(ctx, rest.ptr, rest.len) == 1 && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
}

/*
 * HMAC (RFC 2104) of a name. Spelt out because it is done for every hashed line of every look-up, and EVP_MAC takes
 * twice as long: 0.5 against 0.25 microseconds.
 */
static bool hmac(const struct host_index *index, EVP_MD_CTX *ctx, const unsigned char *salt, struct slice name,
                 unsigned char out[KNOWN_HOSTS_HASH])
{
	unsigned char      inner[KNOWN_HOSTS_HASH];
	const struct slice rest = { .ptr = (const char *)inner, .len = sizeof(inner) };

	return keyed_sha1(index, ctx, salt, 0x36, name, inner) && keyed_sha1(index, ctx, salt, 0x5c, rest, out);
}

static int find_hashed(const struct host_index *index, struct slice name, struct host_matches *matches,
                       struct extent *extent, struct error *err)
{
	EVP_MD_CTX *ctx;
	int         r = 0;

	if (index->nhashed.used == 0)
		return 0;
	ctx = EVP_MD_CTX_new();
	for (size_t i = 0; r == 0 && i < index->nhashed.used; i++) {
		const struct hashed *h = &index->hashed[i];
		unsigned char        computed[KNOWN_HOSTS_HASH];

		if (!ctx || !hmac(index, ctx, h->salt, name, computed))
			r = error_set(err, ERR_INTERNAL, "OpenSSL cannot compute HMAC-SHA1");
		else if (memcmp(computed, h->hash, sizeof(computed)) == 0)
			r = collect(matches, extent, h->entry, err);
	}
	EVP_MD_CTX_free(ctx);
	return r;
}

static int by_order(const void *a, const void *b)
{
	const struct host_entry *const *x = a;
	const struct host_entry *const *y = b;

	return ((*x)->order > (*y)->order) - ((*x)->order < (*y)->order);
}

int host_index_find(const struct host_index *index, struct slice name, struct host_matches *ret_matches,
                    struct error *err)
{
	struct host_matches matches = { 0 };
	struct extent       extent = { 0 };
	int                 r = find_names(index, name, &matches, &extent, err);

	if (r == 0)
		r = find_patterns(index, name, &matches, &extent, err);
	if (r == 0)
		r = find_hashed(index, name, &matches, &extent, err);
	if (r < 0) {
		mem_free(matches.entries);
		return r;
	}
	if (matches.count > 1)
		qsort(matches.entries, matches.count, sizeof(struct host_entry *), by_order);
	*ret_matches = matches;
	return 0;
}

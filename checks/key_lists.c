#include "key_lists.h"

#include "arena.h"
#include "authorized_keys.h"
#include "fact.h"
#include "file.h"
#include "limit.h"
#include "mem.h"
#include "text.h"

#define MD5_TAIL 20u /* hexadecimal digits, which is what openssh-blacklist kept */

extern const char   key_blocklist[]; /* blocklist.txt */
extern const size_t key_blocklist_size;

struct entry {
	const char *key;  /* "SHA256:…", or the last digits of MD5 */
	const char *text; /* clean */
};

struct list {
	struct entry *items; /* by key, when settled */
	size_t        nitems;
	bool          given;
};

struct key_lists {
	struct list  blocked;
	struct list  allowed;
	struct arena arena;
};

/* The last digits of "MD5:aa:bb:…" without colons, into an array of MD5_TAIL + 1; false when it is no such thing. */
static bool md5_tail(struct slice text, char *ret_tail)
{
	char   digits[40];
	size_t n = 0;

	if (!slice_has_prefix(text, "MD5:"))
		return false;
	for (size_t i = 4; i < text.len && n < sizeof(digits); i++)
		if (text.ptr[i] != ':')
			digits[n++] = (char)tolower((unsigned char)text.ptr[i]);
	if (n != 32)
		return false;
	memcpy(ret_tail, digits + n - MD5_TAIL, MD5_TAIL);
	ret_tail[MD5_TAIL] = '\0';
	for (size_t i = 0; i < MD5_TAIL; i++)
		if (!isxdigit((unsigned char)ret_tail[i]))
			return false;
	return true;
}

static bool is_sha256(struct slice word)
{
	if (!slice_has_prefix(word, "SHA256:") || word.len != FINGERPRINT_SIZE - 1)
		return false;
	for (size_t i = strlen("SHA256:"); i < word.len; i++)
		if (!isalnum((unsigned char)word.ptr[i]) && word.ptr[i] != '+' && word.ptr[i] != '/')
			return false;
	return true;
}

static bool is_tail(struct slice word)
{
	for (size_t i = 0; i < word.len; i++)
		if (!isxdigit((unsigned char)word.ptr[i]))
			return false;
	return word.len == MD5_TAIL;
}

/* What a line has as key, and the text behind it. ERR_SYNTAX when it has none. */
static int parse_line(struct slice line, char ret_key[FINGERPRINT_SIZE], struct slice *ret_text, struct error *err)
{
	static const struct authorized_clock clock = { 0 };
	struct arena                         arena = { 0 };
	struct authorized_key                key;
	struct slice                         rest = line, word;
	int                                  r;

	if (!slice_next_word(&rest, &word))
		return error_set(err, ERR_SYNTAX, "no key");
	*ret_text = slice_trim(rest);
	if (is_sha256(word)) {
		snprintf(ret_key, FINGERPRINT_SIZE, "%.*s", (int)word.len, word.ptr);
		return 0;
	}
	if (md5_tail(word, ret_key))
		return 0;
	if (is_tail(word)) {
		for (size_t i = 0; i <= MD5_TAIL; i++)
			ret_key[i] = (char)(i < MD5_TAIL ? tolower((unsigned char)word.ptr[i]) : '\0');
		return 0;
	}
	r = authorized_key_parse(line, &clock, &arena, &key, err);
	if (r == 0 && (key.empty || key.key.type.len == 0 || key.noptions > 0))
		r = error_set(err, ERR_SYNTAX, "not a fingerprint (SHA256:…, MD5:…) and not a public key");
	if (r == 0) {
		public_key_fingerprint(key.blob, ret_key);
		*ret_text = key.comment;
	}
	arena_free(&arena);
	return r;
}

static int append(struct key_lists *lists, struct list *list, const char *key, struct slice text, struct error *err)
{
	char   clean[400];
	size_t n = list->nitems;

	if ((n & (n - 1)) == 0) {
		struct entry *grown = mem_resize(list->items, n ? 2 * n : 1, sizeof(*grown));

		if (!grown)
			return error_nomem(err);
		list->items = grown;
	}
	text_clean_into(clean, sizeof(clean), text);
	list->items[n] = (struct entry){ .key = arena_strdup(&lists->arena, key), .text = arena_strdup(&lists->arena, clean) };
	if (!list->items[n].key || !list->items[n].text)
		return error_nomem(err);
	list->nitems++;
	return 0;
}

/* Entries of one key keep their order of adding: the texts were allocated in that order, but that is no order; the first found will do. */
static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return strcmp(x->key, y->key);
}

static int add_text(struct key_lists *lists, struct list *list, struct slice text, bool wants_owner, const char *path, struct error *err)
{
	char         key[FINGERPRINT_SIZE];
	struct slice line, about;
	struct error why;
	size_t       number = 0;

	while (slice_next_line(&text, &line, NULL)) {
		int r;

		number++;
		line = slice_trim(line);
		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		r = parse_line(line, key, &about, &why);
		if (r == ERR_NOMEM)
			return error_nomem(err);
		if (r < 0)
			return error_set(err, ERR_SYNTAX, "%s:%zu: %s", path, number, why.text);
		if (wants_owner && about.len == 0)
			return error_set(err, ERR_SYNTAX, "%s:%zu: a key without an owner: write whose it is behind it", path, number);
		r = append(lists, list, key, about, err);
		if (r < 0)
			return r;
	}
	list->given = true;
	if (list->nitems > 0)
		qsort(list->items, list->nitems, sizeof(*list->items), compare);
	return 0;
}

static int add_file(struct key_lists *lists, struct list *list, bool wants_owner, const char *path, struct error *err)
{
	struct buf text;
	int        r = file_read(path, LIMIT_KNOWN_HOSTS, FILE_CONFIG, &text, err);

	if (r < 0)
		return r;
	r = add_text(lists, list, buf_slice(&text), wants_owner, path, err);
	buf_free(&text);
	return r;
}

int key_lists_new(struct key_lists **ret_lists, struct error *err)
{
	struct key_lists *lists = mem_zalloc(sizeof(*lists));
	int               r;

	if (!lists)
		return error_nomem(err);
	r = add_text(lists, &lists->blocked, (struct slice){ .ptr = key_blocklist, .len = key_blocklist_size }, false, "blocklist.txt", err);
	if (r < 0) {
		key_lists_free(lists);
		return r;
	}
	*ret_lists = lists;
	return 0;
}

void key_lists_free(struct key_lists *lists)
{
	if (!lists)
		return;
	mem_free(lists->blocked.items);
	mem_free(lists->allowed.items);
	arena_free(&lists->arena);
	mem_free(lists);
}

int key_lists_block(struct key_lists *lists, const char *path, struct error *err)
{
	return add_file(lists, &lists->blocked, false, path, err);
}

int key_lists_allow(struct key_lists *lists, const char *path, struct error *err)
{
	return add_file(lists, &lists->allowed, true, path, err);
}

/* The entry of a key by either of its fingerprints, which may be NULL; NULL when it has none. */
static const struct entry *find(const struct list *list, const char *sha256, const char *md5)
{
	char                tail[MD5_TAIL + 1];
	struct entry        key = { .key = sha256 };
	const struct entry *found = NULL;

	if (sha256 && list->nitems > 0)
		found = bsearch(&key, list->items, list->nitems, sizeof(key), compare);
	if (!found && md5 && list->nitems > 0 && md5_tail(slice_of(md5), tail)) {
		key.key = tail;
		found = bsearch(&key, list->items, list->nitems, sizeof(key), compare);
	}
	return found;
}

static const char *text_of(const cJSON *item, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, name));
}

static int annotate(const struct list *list, cJSON *item, const char *yes, const char *as, struct error *err)
{
	const char         *sha256 = text_of(item, "fingerprint");
	const struct entry *found = find(list, sha256, text_of(item, "md5"));
	int                 r;

	if (!sha256)
		return 0;
	r = fact_add_boolean(item, yes, found != NULL, err);
	return r == 0 && found && found->text[0] ? fact_add_text(item, as, slice_of(found->text), err) : r;
}

int key_lists_annotate(const struct key_lists *lists, cJSON *facts, struct error *err)
{
	static const char *const tables[] = { "authorized", "private", "host", "certificates", "ca" };
	cJSON                   *module = cJSON_GetObjectItemCaseSensitive(facts, "key_material"), *item;
	int                      r = 0;

	if (!module)
		return 0;
	for (size_t i = 0; lists && i < countof(tables); i++) {
		cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(module, tables[i])) {
			if (r == 0)
				r = annotate(&lists->blocked, item, "published", "published_as", err);
			if (r == 0 && i == 0 && lists->allowed.given)
				r = annotate(&lists->allowed, item, "allowed", "owner", err);
		}
	}
	return r < 0 ? r : fact_add_boolean(module, "allow_list", lists && lists->allowed.given, err);
}

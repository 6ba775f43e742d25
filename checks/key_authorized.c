/*
 * key_authorized.c: the lines that let somebody in.
 */
#include "key_material.h"

#include "mem.h"
#include "privilege.h"
#include "text.h"

/* The lines of one account, to find those with the same key. */
struct seen {
	char   fingerprint[FINGERPRINT_SIZE];
	bool   authority;
	size_t order;
	cJSON *item;
};

struct writer {
	struct key_material  *m;
	cJSON                *table;
	const struct account *account;
	struct seen          *seen;
	size_t                nseen;
	bool                  full;
};

static int add_list(cJSON *item, const char *name, struct slice text, struct error *err)
{
	return text.ptr ? fact_add_names(item, name, text, err) : 0;
}

/* Values of the environment may be secrets. */
static int add_options(cJSON *item, const struct authorized_key *key, struct error *err)
{
	static const char environment[] = "environment=\"";
	cJSON            *list = fact_add_array(item, "options");
	int               r = list ? 0 : error_nomem(err);

	for (size_t i = 0; r == 0 && i < key->noptions; i++) {
		struct slice option = key->options[i];

		if (slice_is_nocase(slice_sub(option, 0, strlen(environment)), environment)) {
			const char *equals = memchr(option.ptr + strlen(environment), '=', option.len - strlen(environment));

			option.len = equals ? (size_t)(equals - option.ptr) + 1 : strlen(environment);
		}
		r = fact_list_append(list, option, err);
	}
	return r;
}

static int add_time(cJSON *item, const char *name, int64_t seconds, struct error *err)
{
	char      text[40];
	struct tm tm;
	time_t    t = (time_t)seconds;

	if (!gmtime_r(&t, &tm) || strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return 0;
	return fact_add_text(item, name, slice_of(text), err);
}

static int add_flags(cJSON *item, const struct authorized_key *key, struct error *err)
{
	const struct {
		const char *name;
		bool        value;
	} flags[] = {
		{ "restrict", key->restricted },
		{ "cert_authority", key->cert_authority },
		{ "port_forwarding", key->port_forwarding },
		{ "agent_forwarding", key->agent_forwarding },
		{ "x11_forwarding", key->x11_forwarding },
		{ "pty", key->pty },
		{ "user_rc", key->user_rc },
		{ "touch_required", !key->no_touch },
		{ "verify_required", key->verify },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < countof(flags); i++)
		r = fact_add_boolean(item, flags[i].name, flags[i].value, err);
	return r;
}

static int add_what(cJSON *item, const struct authorized_key *key, struct error *err)
{
	int r = add_options(item, key, err);

	if (r == 0)
		r = add_list(item, "from", key->from, err);
	if (r == 0 && key->command.ptr)
		r = fact_add_text(item, "command", key->command, err);
	if (r == 0)
		r = add_list(item, "principals", key->principals, err);
	if (r == 0 && key->expires != 0)
		r = add_time(item, "expires", key->expires, err);
	return r < 0 ? r : add_flags(item, key, err);
}

static int note_key(struct writer *w, const struct authorized_key *key, cJSON *item, struct error *err)
{
	if ((w->nseen & (w->nseen - 1)) == 0) {
		struct seen *grown = mem_resize(w->seen, w->nseen ? 2 * w->nseen : 1, sizeof(*grown));

		if (!grown)
			return error_nomem(err);
		w->seen = grown;
	}
	w->seen[w->nseen] = (struct seen){ .authority = key->cert_authority, .order = w->nseen, .item = item };
	public_key_fingerprint(key->blob, w->seen[w->nseen].fingerprint);
	w->nseen++;
	return 0;
}

static int add_line(struct writer *w, struct slice path, uint64_t line, const struct authorized_key *key, struct error *err)
{
	cJSON *item = key_material_item(w->table, w->account, path, line);
	int    r = item ? 0 : error_nomem(err);

	if (r == 0)
		r = key_material_add_account(item, w->m, w->account, err);
	if (r == 0)
		r = fact_add_boolean(item, "second_file", slice_has_suffix(path, "/authorized_keys2"), err);
	if (r == 0)
		r = fact_add_text(item, "state", slice_of(key->why ? "ignored" : key->expired ? "expired"
		                                                                              : "accepted"),
		                  err);
	if (r == 0 && key->why)
		r = fact_add_text(item, "why", slice_of(key->why), err);
	if (r < 0 || key->key.type.len == 0)
		return r;
	r = key_material_add_key(item, key->blob, err);
	if (r == 0)
		r = fact_add_text(item, "comment", key->comment, err);
	if (r == 0)
		r = add_what(item, key, err);
	return r < 0 || key->why || key->expired ? r : note_key(w, key, item, err);
}

/* A file of which not everything came: a row in which nothing is known stands for the rest. */
static int add_unknown(struct writer *w, struct slice path, enum key_file_state state, struct error *err)
{
	cJSON *item = key_material_item(w->table, w->account, path, 0);
	int    r = item ? key_material_add_account(item, w->m, w->account, err) : error_nomem(err);

	if (r < 0)
		return r;
	if (state == KEY_FILE_LARGE)
		return fact_add_unavailable(item, "state", REASON_TRUNCATED, err, "the file holds more than is looked at");
	if (!w->m->root)
		return privilege_add_unavailable(item, "state", w->m->ev, "the file cannot be read", err);
	return fact_add_unavailable(item, "state", REASON_UNSUPPORTED, err, "the file cannot be read");
}

/* Whether the clock of the target is needed and did not come: what has a time may have expired. */
static int add_parsed(struct writer *w, struct slice path, uint64_t line, struct slice text, struct error *err)
{
	static const struct authorized_key none = { .why = "it holds no key" };
	struct arena                       arena = { 0 };
	struct authorized_key              key = none;
	int                                r = 0;

	if (text.len > 0)
		r = authorized_key_parse(text, &w->m->clock, &arena, &key, err);
	if (r == 0 && !key.empty)
		r = add_line(w, path, line, &key, err);
	arena_free(&arena);
	return r;
}

static int add_file(struct writer *w, struct slice path, const struct key_file *file, struct error *err)
{
	struct slice rest = file->lines, text;
	uint64_t     line;
	int          r = 0;

	while (r == 0 && !w->full && key_file_next(&rest, &line, &text)) {
		w->full = cJSON_GetArraySize(w->table) >= (int)KEY_MATERIAL_ROWS;
		if (!w->full)
			r = add_parsed(w, path, line, text, err);
	}
	if (r == 0 && !w->full && file->state != KEY_FILE_READ)
		r = add_unknown(w, path, file->state, err);
	return r;
}

static int compare_seen(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;
	int                order = strcmp(x->fingerprint, y->fingerprint);

	if (order == 0)
		order = (int)x->authority - (int)y->authority;
	return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

static int add_duplicates(struct writer *w, struct error *err)
{
	int r = 0;

	if (w->nseen > 0)
		qsort(w->seen, w->nseen, sizeof(*w->seen), compare_seen);
	for (size_t i = 0; r == 0 && i < w->nseen; i++) {
		/* Several lines may name one authority for different principals. */
		bool same = i > 0 && !w->seen[i].authority && strcmp(w->seen[i].fingerprint, w->seen[i - 1].fingerprint) == 0 && w->seen[i].authority == w->seen[i - 1].authority;

		r = fact_add_boolean(w->seen[i].item, "duplicate", same, err);
	}
	w->nseen = 0;
	return r;
}

/* Every file of one account, each once, whichever daemon looks into it. */
static int add_account(struct writer *w, size_t number, struct error *err)
{
	struct key_files_of files;
	int                 r = key_effective_files(&w->m->effective, number, &files, err);

	w->account = &w->m->accounts.items[number];
	for (size_t i = 0; r == 0 && i < files.npaths; i++) {
		const struct key_file *file = key_files_find(&w->m->files, files.paths[i]);

		r = file ? add_file(w, files.paths[i], file, err) : 0;
	}
	if (r == 0 && files.reason != REASON_UNKNOWN && w->m->hidden == REASON_UNKNOWN) {
		w->m->hidden = files.reason;
		memcpy(w->m->why, files.why, sizeof(files.why));
	}
	return r < 0 ? r : add_duplicates(w, err);
}

int key_authorized_add(struct key_material *m, struct error *err)
{
	struct writer w = { .m = m, .table = fact_add_array(m->module, "authorized") };
	int           r = w.table ? 0 : error_nomem(err);

	for (size_t i = 0; r == 0 && !w.full && i < m->accounts.nitems; i++)
		if (slice_has_prefix(m->accounts.items[i].home, "/"))
			r = add_account(&w, i, err);
	mem_free(w.seen);
	if (r == 0 && w.full)
		r = fact_add_unavailable(m->module, "key_material.authorized", REASON_TRUNCATED, err, "there are more than %u lines", KEY_MATERIAL_ROWS);
	return r;
}

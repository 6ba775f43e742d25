#include "key_effective.h"

#include "limit.h"
#include "mem.h"
#include "privilege.h"
#include "sections.h"
#include "text.h"

#define MAX_WORD 4096

/* What is asked of the configuration as a whole. */
static const enum sshd_keyword asked[] = { SSHD_authorizedkeysfile, SSHD_hostbasedauthentication, SSHD_ignorerhosts, SSHD_permituserenvironment,
	                                   SSHD_permituserrc, SSHD_strictmodes };

static int read_global(struct key_effective *e, struct error *err)
{
	int r = 0;

	e->global = cJSON_CreateObject();
	if (!e->global)
		return error_nomem(err);
	for (size_t i = 0; r == 0 && i < countof(asked); i++)
		r = sshd_reading_add(e->global, &e->reading, e->reading.plan.global, asked[i], err);
	return r;
}

/* In place: what is read points into itself. */
int key_effective_make(const struct evidence *ev, const struct accounts *accounts, struct key_effective *ret_effective, struct error *err)
{
	struct key_effective *e = ret_effective;
	struct sshd_daemon    daemons[SSHD_DAEMONS_MAX];
	int                   r;

	*e = (struct key_effective){ .ev = ev, .accounts = accounts };
	(void)sshd_daemon_find(ev, daemons);
	r = sshd_reading_make(ev, &daemons[0], &e->reading, err);
	if (r < 0)
		return r;
	e->read = true;
	e->groups = mem_zalloc((accounts->ngroups + 1) * sizeof(*e->groups));
	r = e->groups ? read_global(e, err) : error_nomem(err);
	if (r < 0)
		key_effective_fini(e);
	return r;
}

void key_effective_fini(struct key_effective *effective)
{
	if (effective->read)
		sshd_reading_fini(&effective->reading);
	cJSON_Delete(effective->global);
	mem_free(effective->groups);
	arena_free(&effective->arena);
	*effective = (struct key_effective){ 0 };
}

/* 0 when a keyword has that word for every connection, 1 when it has or may have another, -1 when that is not known. */
static int is_other_than(const struct key_effective *e, enum sshd_keyword keyword, const char *off)
{
	const char *word = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(e->global, sshd_keyword_name(keyword)));

	if (sshd_plan_differs(&e->reading.plan, keyword))
		return 1;
	return word ? strcmp(word, off) != 0 : -1;
}

int key_effective_strict(const struct key_effective *effective)
{
	return is_other_than(effective, SSHD_strictmodes, "no");
}

/* Both must be so. */
static int both(int a, int b)
{
	if (a == 0 || b == 0)
		return 0;
	return a < 0 || b < 0 ? -1 : 1;
}

int key_effective_reads(const struct key_effective *effective, const char *kind)
{
	int rhosts = is_other_than(effective, SSHD_ignorerhosts, "yes");

	if (strcmp(kind, "user_environment") == 0)
		return is_other_than(effective, SSHD_permituserenvironment, "no");
	if (strcmp(kind, "user_rc") == 0)
		return is_other_than(effective, SSHD_permituserrc, "no");
	if (strcmp(kind, "rhosts") == 0)
		rhosts = both(rhosts, is_other_than(effective, SSHD_ignorerhosts, "shosts-only"));
	return both(rhosts, is_other_than(effective, SSHD_hostbasedauthentication, "no"));
}

/* The names of an account's groups, as `Match Group` compares them. */
static size_t list_groups(struct key_effective *e, const struct account *account)
{
	const struct accounts *a = e->accounts;
	size_t                 count = 0, primary = accounts_find_gid(a, account->gid);

	if (primary != ACCOUNT_NONE)
		e->groups[count++] = a->groups[primary].name;
	for (size_t i = 0; i < account->nmemberships && count < a->ngroups; i++)
		e->groups[count++] = a->groups[a->memberships[account->memberships + i].group].name;
	return count;
}

/* Whether the connections of an account satisfy a block: all of them, none, or some. */
static enum sshd_relation block_relation(const struct key_effective *e, const struct sshd_connection *who, bool groups, size_t block)
{
	const struct sshd_config *config = &e->reading.files;
	enum sshd_relation        relation = SSHD_CERTAIN;

	for (; block != 0; block = config->contexts[block].parent) {
		const struct sshd_criteria *match = &config->contexts[block].match;

		if (match->refused)
			relation = SSHD_MAY;
		for (size_t i = 0; i < match->nitems; i++) {
			enum sshd_attribute at = match->items[i].attribute;

			if (at == SSHD_MATCH_USER || at == SSHD_MATCH_ALL || at == SSHD_MATCH_INVALID_USER || (at == SSHD_MATCH_GROUP && groups)) {
				if (!sshd_criterion_holds(&match->items[i], who, (struct slice){ 0 }))
					return SSHD_NEVER;
			} else {
				relation = SSHD_MAY;
			}
		}
	}
	return relation;
}

static void set_unknown(struct key_files_of *files, enum reason reason, const char *why)
{
	if (files->reason != REASON_UNKNOWN)
		return;
	files->reason = reason;
	snprintf(files->why, sizeof(files->why), "%s", why);
}

/* True when the collector looked for files of that pattern. */
static bool was_looked_for(const struct evidence *ev, struct slice pattern)
{
	const struct section *s = evidence_find(ev, "keys.patterns");
	struct slice          rest = section_is_whole(s) ? s->body : (struct slice){ 0 }, line;

	while (slice_next_line(&rest, &line, NULL))
		if (slice_equal(line, pattern))
			return true;
	return false;
}

/* %h, %u, %U and %%; and what is relative is so to the home. False for any other token, at which sshd gives up. */
static bool expand(struct slice pattern, const struct account *account, struct buf *out)
{
	char number[32];
	bool ok = true;

	snprintf(number, sizeof(number), "%" PRIu64, account->uid);
	for (size_t i = 0; ok && i < pattern.len; i++) {
		if (pattern.ptr[i] != '%') {
			ok = buf_append(out, pattern.ptr + i, 1, NULL) == 0;
			continue;
		}
		switch (++i < pattern.len ? pattern.ptr[i] : '\0') {
		case 'h':
			ok = buf_append_slice(out, account->home, NULL) == 0;
			break;
		case 'u':
			ok = buf_append_slice(out, account->name, NULL) == 0;
			break;
		case 'U':
			ok = buf_append_text(out, number, NULL) == 0;
			break;
		case '%':
			ok = buf_append_text(out, "%", NULL) == 0;
			break;
		default:
			ok = false;
		}
	}
	return ok && out->len > 0;
}

static int add_path(struct key_effective *e, const struct account *account, struct buf *path, struct key_files_of *files, struct error *err)
{
	struct buf whole;
	char      *copy;
	int        r = 0;

	buf_init(&whole, LIMIT_FACT_TEXT);
	if (path->ptr[0] != '/') {
		r = buf_append_slice(&whole, account->home, err);
		if (r == 0)
			r = buf_append_text(&whole, "/", err);
	}
	if (r == 0)
		r = buf_append_slice(&whole, buf_slice(path), err);
	for (size_t i = 0; r == 0 && i < files->npaths; i++)
		if (slice_equal(files->paths[i], buf_slice(&whole)))
			goto out;
	if (r == 0 && files->npaths == KEY_EFFECTIVE_FILES) {
		set_unknown(files, REASON_TRUNCATED, "AuthorizedKeysFile names more files than are looked at");
		goto out;
	}
	copy = r == 0 ? arena_copy(&e->arena, whole.ptr, whole.len) : NULL;
	if (copy)
		files->paths[files->npaths++] = (struct slice){ .ptr = copy, .len = whole.len };
	else if (r == 0)
		r = error_nomem(err);
out:
	buf_free(&whole);
	return r;
}

static int add_pattern(struct key_effective *e, const struct account *account, struct slice pattern, struct key_files_of *files, struct error *err)
{
	struct buf path;
	int        r = 0;

	if (pattern.len == 0 || slice_is_nocase(pattern, "none"))
		return 0;
	if (!was_looked_for(e->ev, pattern))
		set_unknown(files, REASON_UNSUPPORTED, "AuthorizedKeysFile names a file that the collector did not look for");
	buf_init(&path, 2 * MAX_WORD);
	if (expand(pattern, account, &path))
		r = add_path(e, account, &path, files, err);
	else
		set_unknown(files, REASON_PARSE, "AuthorizedKeysFile has a token that is not known");
	buf_free(&path);
	return r;
}

/* The words of a line in a Match block. */
static int add_line(struct key_effective *e, const struct account *account, struct slice rest, struct key_files_of *files, struct error *err)
{
	struct buf   word;
	struct error why = { 0 };
	int          r = 0, more = 1;

	buf_init(&word, MAX_WORD);
	while (r == 0 && more > 0) {
		buf_clear(&word);
		more = sshd_config_next_arg(&e->reading.files, &rest, &word, &why);
		if (more > 0)
			r = add_pattern(e, account, buf_slice(&word), files, err);
	}
	if (more < 0)
		set_unknown(files, REASON_PARSE, "a line AuthorizedKeysFile is not understood");
	buf_free(&word);
	return r;
}

static int add_global(struct key_effective *e, const struct account *account, struct key_files_of *files, struct error *err)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(e->global, "authorizedkeysfile"), *item;
	int          r = 0;

	if (!list)
		set_unknown(files, privilege_is_root(e->ev) ? REASON_UNSUPPORTED : REASON_PRIVILEGE, "what AuthorizedKeysFile is without Match blocks is not known");
	cJSON_ArrayForEach(item, list)
		if (r == 0)
			r = add_pattern(e, account, slice_of(cJSON_GetStringValue(item)), files, err);
	return r;
}

/* What was not read may hold lines for this account. */
static void look_for_gaps(struct key_effective *e, const struct sshd_connection *who, bool groups, struct key_files_of *files)
{
	const struct sshd_config *config = &e->reading.files;

	for (size_t i = 0; i < config->ncontexts; i++)
		if (config->contexts[i].gap != SSHD_NONE && block_relation(e, who, groups, i) != SSHD_NEVER)
			set_unknown(files, config->contexts[i].gap_reason, config->contexts[i].gap_text);
}

int key_effective_files(struct key_effective *effective, size_t number, struct key_files_of *ret_files, struct error *err)
{
	const struct sshd_config *config = &effective->reading.files;
	const struct account     *account = &effective->accounts->items[number];
	struct sshd_connection    who = { .user = account->name, .user_exists = true };
	bool                      groups = accounts_groups_are_whole(effective->ev, effective->accounts), settled = false;
	struct key_files_of       files = { 0 };
	int                       r = 0;

	arena_free(&effective->arena);
	who.ngroups = list_groups(effective, account);
	who.groups = effective->groups;
	for (size_t d = config->first[SSHD_authorizedkeysfile]; r == 0 && !settled && d != SSHD_NONE; d = config->directives[d].next) {
		const struct sshd_directive *line = &config->directives[d];
		enum sshd_relation           relation = line->context == 0 ? SSHD_NEVER : block_relation(effective, &who, groups, line->context);

		if (relation != SSHD_NEVER)
			r = add_line(effective, account, line->rest, &files, err);
		settled = relation == SSHD_CERTAIN;
	}
	if (r == 0 && !settled)
		r = add_global(effective, account, &files, err);
	look_for_gaps(effective, &who, groups, &files);
	if (r == 0)
		*ret_files = files;
	return r;
}

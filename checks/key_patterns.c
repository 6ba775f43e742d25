#include "key_patterns.h"

#include "limit.h"
#include "mem.h"
#include "sections.h"
#include "text.h"

/* Sets of Match blocks times accounts that are looked at one by one; beyond, every account gets the patterns of all. */
#define MAX_WORK 400000u

static void set_unknown(struct key_patterns *p, enum reason reason, const char *message)
{
	if (p->reason != REASON_UNKNOWN)
		return;
	p->reason = reason;
	snprintf(p->message, sizeof(p->message), "%s", message);
}

/* sshd prints names without quotes: one with a blank in it is two there. */
static int check_blanks(struct key_patterns *p, struct error *err)
{
	const struct sshd_config *config = &p->reading->files;
	struct buf                arg;
	int                       r = 0;

	buf_init(&arg, LIMIT_EVIDENCE);
	for (size_t d = config->first[SSHD_authorizedkeysfile]; r >= 0 && d != SSHD_NONE; d = config->directives[d].next) {
		struct slice rest = config->directives[d].rest;

		for (r = 1; r > 0;) {
			buf_clear(&arg);
			r = sshd_config_next_arg(config, &rest, &arg, err);
			if (r > 0 && arg.len > 0 && (memchr(arg.ptr, ' ', arg.len) || memchr(arg.ptr, '\t', arg.len)))
				set_unknown(p, REASON_UNSUPPORTED, "an AuthorizedKeysFile has a blank in its name");
		}
	}
	buf_free(&arg);
	return r == ERR_NOMEM ? r : 0;
}

int key_patterns_make(const struct evidence *ev, const struct reading *reading, const struct accounts *accounts, struct key_patterns *ret_patterns,
                      struct error *err)
{
	struct key_patterns p = { .reading = reading, .accounts = accounts, .looked = evidence_find(ev, "key_material.looked") };

	p.set = mem_zalloc((reading->files.ncontexts + 1) * sizeof(*p.set));
	if (!p.set || check_blanks(&p, err) < 0) {
		mem_free(p.set);
		return error_nomem(err);
	}
	*ret_patterns = p;
	return 0;
}

void key_patterns_fini(struct key_patterns *patterns)
{
	mem_free(patterns->set);
	arena_free(&patterns->arena);
	*patterns = (struct key_patterns){ 0 };
}

bool key_patterns_looked(const struct section *looked, const char *keyword, struct slice value)
{
	struct slice rest = looked ? looked->body : (struct slice){ 0 }, line, word;
	struct buf   path;
	bool         found = false;

	buf_init(&path, LIMIT_EVIDENCE);
	while (!found && slice_next_line(&rest, &line, NULL)) {
		if (!slice_next_word(&line, &word) || !slice_is(word, keyword))
			continue;
		buf_clear(&path);
		found = text_percent_decode(&path, slice_trim(line), NULL) == 0 && slice_equal(buf_slice(&path), value);
	}
	buf_free(&path);
	return found;
}

static int add_pattern(struct key_patterns *p, struct slice text, struct error *err)
{
	char *copy;

	for (size_t i = 0; i < p->npatterns; i++)
		if (slice_equal(p->patterns[i], text))
			return 0;
	if (slice_is_nocase(text, "none"))
		return 0;
	if (!key_patterns_looked(p->looked, "authorizedkeysfile", text))
		set_unknown(p, REASON_UNSUPPORTED, "an AuthorizedKeysFile is written in a way that the collector does not understand");
	if (p->npatterns == countof(p->patterns)) {
		set_unknown(p, REASON_TRUNCATED, "an account has more AuthorizedKeysFile than are looked at");
		return 0;
	}
	copy = arena_copy(&p->arena, text.ptr, text.len);
	if (!copy)
		return error_nomem(err);
	p->patterns[p->npatterns++] = (struct slice){ .ptr = copy, .len = text.len };
	return 0;
}

/* Where sshd's own word is not to be had: what it has been since OpenSSH 5.9 when nothing is set. */
static int add_default(struct key_patterns *p, struct error *err)
{
	int r = add_pattern(p, slice_of(".ssh/authorized_keys"), err);

	return r < 0 ? r : add_pattern(p, slice_of(".ssh/authorized_keys2"), err);
}

/* What the keyword is where these blocks apply. */
static int add_set(struct key_patterns *p, const sshd_contexts *set, struct error *err)
{
	cJSON       *item = cJSON_CreateObject();
	const cJSON *list, *entry;
	int          r = item ? sshd_reading_add(item, p->reading, set, SSHD_authorizedkeysfile, err) : error_nomem(err);

	list = cJSON_GetObjectItemCaseSensitive(item, "authorizedkeysfile");
	if (r == 0 && !list) {
		struct sshd_setting setting = sshd_effective_find(&p->reading->files, set, SSHD_authorizedkeysfile);

		if (setting.gap != SSHD_NONE || setting.first != SSHD_NONE)
			set_unknown(p, REASON_UNSUPPORTED, "the AuthorizedKeysFile of this sshd is not known for every account");
		r = add_default(p, err);
	}
	cJSON_ArrayForEach(entry, list) {
		if (r == 0 && cJSON_IsString(entry))
			r = add_pattern(p, slice_of(entry->valuestring), err);
	}
	cJSON_Delete(item);
	return r;
}

/* The names of the groups of an account, into an array in the arena. */
static int list_groups(struct key_patterns *p, size_t number, struct sshd_connection *connection, struct error *err)
{
	const struct account *account = &p->accounts->items[number];
	size_t                main = accounts_find_gid(p->accounts, account->gid);
	struct slice         *groups = arena_alloc(&p->arena, (account->nmemberships + 1) * sizeof(*groups));

	if (!groups)
		return error_nomem(err);
	for (size_t i = 0; i < account->nmemberships; i++)
		groups[connection->ngroups++] = p->accounts->groups[p->accounts->memberships[account->memberships + i].group].name;
	if (main != ACCOUNT_NONE)
		groups[connection->ngroups++] = p->accounts->groups[main].name;
	connection->groups = groups;
	return 0;
}

static bool is_about_user(const struct sshd_criterion *c)
{
	return c->attribute == SSHD_MATCH_USER || c->attribute == SSHD_MATCH_GROUP || c->attribute == SSHD_MATCH_INVALID_USER || c->attribute == SSHD_MATCH_ALL;
}

/* What a block's criteria say of an account: SSHD_CERTAIN when it applies to all its connections, SSHD_NEVER, or SSHD_MAY. */
static enum sshd_relation relation(const struct sshd_context *context, const struct sshd_connection *connection)
{
	enum sshd_relation found = context->match.refused ? SSHD_MAY : SSHD_CERTAIN;

	for (size_t i = 0; i < context->match.nitems; i++) {
		const struct sshd_criterion *c = &context->match.items[i];

		if (!is_about_user(c))
			found = SSHD_MAY;
		else if (!sshd_criterion_holds(c, connection, (struct slice){ 0 }))
			return SSHD_NEVER;
	}
	return found;
}

/* A set of the plan with the blocks that apply to the account in any case; false when one of the set never does. */
static bool make_set(struct key_patterns *p, const sshd_contexts *planned, const struct sshd_connection *connection)
{
	const struct sshd_config *config = &p->reading->files;

	for (size_t i = 0; i < config->ncontexts; i++) {
		enum sshd_relation about = i == 0 ? SSHD_MAY : relation(&config->contexts[i], connection);
		size_t             parent = config->contexts[i].parent;

		if (planned[i] && about == SSHD_NEVER)
			return false;
		p->set[i] = planned[i] || (about == SSHD_CERTAIN && (parent == 0 || p->set[parent]));
	}
	return true;
}

int key_patterns_find(struct key_patterns *p, size_t account, struct error *err)
{
	const struct sshd_plan *plan = &p->reading->plan;
	struct sshd_connection  connection = { .user = p->accounts->items[account].name, .user_exists = true };
	bool                    each = (uint64_t)plan->nsets * p->accounts->nitems <= MAX_WORK;
	int                     r;

	if (p->settled)
		return 0;
	p->npatterns = 0;
	if (!sshd_plan_differs(plan, SSHD_authorizedkeysfile)) {
		p->settled = true;
		return add_set(p, sshd_plan_set(plan, 0), err);
	}
	if (plan->more)
		set_unknown(p, REASON_UNSUPPORTED, "the Match blocks of this configuration apply together in more ways than are looked at");
	r = list_groups(p, account, &connection, err);
	for (size_t i = 0; r == 0 && i < plan->nsets; i++) {
		if (!each)
			r = add_set(p, sshd_plan_set(plan, i), err);
		else if (make_set(p, sshd_plan_set(plan, i), &connection))
			r = add_set(p, p->set, err);
	}
	p->settled = r == 0 && !each;
	return r;
}

int key_patterns_expand(struct slice pattern, const struct account *account, struct arena *arena, struct slice *ret_path, struct error *err)
{
	struct buf path;
	char      *copy;
	int        r = 0;

	*ret_path = (struct slice){ 0 };
	buf_init(&path, LIMIT_EVIDENCE);
	for (size_t i = 0; r == 0 && i < pattern.len; i++) {
		char c = pattern.ptr[i];

		if (c != '%') {
			r = buf_append(&path, &c, 1, err);
			continue;
		}
		if (++i == pattern.len)
			goto out;
		c = pattern.ptr[i];
		if (c == 'h')
			r = buf_append_slice(&path, account->home, err);
		else if (c == 'u')
			r = buf_append_slice(&path, account->name, err);
		else if (c == 'U')
			r = buf_printf(&path, err, "%" PRIu64, account->uid);
		else if (c == '%')
			r = buf_append(&path, "%", 1, err);
		else
			goto out;
	}
	copy = r == 0 ? arena_alloc(arena, account->home.len + path.len + 2) : NULL;
	if (r == 0 && !copy)
		r = error_nomem(err);
	if (r == 0 && (path.len == 0 || path.ptr[0] != '/')) {
		memcpy(copy, account->home.ptr, account->home.len);
		copy[account->home.len] = '/';
		ret_path->len = account->home.len + 1;
	}
	if (r == 0) {
		memcpy(copy + ret_path->len, buf_text(&path), path.len);
		*ret_path = (struct slice){ .ptr = copy, .len = ret_path->len + path.len };
	}
out:
	buf_free(&path);
	return r;
}

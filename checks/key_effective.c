#include "key_effective.h"

#include "limit.h"
#include "mem.h"
#include "privilege.h"
#include "sections.h"
#include "text.h"

#define MAX_WORD 4096
#define MAX_WORK UINT64_C(100000000) /* bytes of Match lines times groups, over all accounts */

/* What is asked of a configuration as a whole. */
static const enum sshd_keyword asked[] = { SSHD_authorizedkeysfile, SSHD_hostbasedauthentication, SSHD_ignorerhosts, SSHD_permituserenvironment,
	                                   SSHD_permituserrc, SSHD_strictmodes };

/* The values the collector looked for, of as many lines. Where the lines begin with a keyword, values are encoded. */
static int read_looked(struct key_effective *e, const char *name, const char *keyword, struct error *err)
{
	const struct section *s = evidence_find(e->ev, name);
	struct slice          rest = section_is_whole(s) ? s->body : (struct slice){ 0 }, line, word;
	struct buf            value;
	size_t                lines = 1;
	int                   r;

	for (size_t i = 0; i < rest.len; i++)
		lines += rest.ptr[i] == '\n';
	e->looked = mem_zalloc(lines * sizeof(*e->looked));
	r = e->looked ? 0 : error_nomem(err);
	buf_init(&value, LIMIT_EVIDENCE);
	while (r == 0 && e->nlooked < lines && slice_next_line(&rest, &line, NULL)) {
		char *copy;

		if (keyword && (!slice_next_word(&line, &word) || !slice_is(word, keyword)))
			continue;
		buf_clear(&value);
		if (keyword ? text_percent_decode(&value, slice_trim(line), NULL) < 0 : buf_append_slice(&value, line, NULL) < 0)
			continue;
		copy = arena_copy(&e->known, buf_text(&value), value.len);
		if (copy)
			e->looked[e->nlooked++] = (struct slice){ .ptr = copy, .len = value.len };
		else
			r = error_nomem(err);
	}
	buf_free(&value);
	return r;
}

static bool was_looked_for(const struct key_effective *e, struct slice pattern)
{
	for (size_t i = 0; i < e->nlooked; i++)
		if (slice_equal(e->looked[i], pattern))
			return true;
	return false;
}

/* sshd prints names without quotes: one with a blank in it is two there. */
static bool has_blank(const struct sshd_config *config)
{
	struct buf   word;
	struct error why;
	bool         found = false;

	buf_init(&word, LIMIT_EVIDENCE);
	for (size_t d = config->first[SSHD_authorizedkeysfile]; d != SSHD_NONE; d = config->directives[d].next) {
		struct slice rest = config->directives[d].rest;

		if (config->directives[d].context != 0)
			continue;
		for (buf_clear(&word); sshd_config_next_arg(config, &rest, &word, &why) > 0; buf_clear(&word))
			found = found || (word.len > 0 && (memchr(word.ptr, ' ', word.len) || memchr(word.ptr, '\t', word.len)));
	}
	buf_free(&word);
	return found;
}

/* In place: what is read points into itself. */
static int read_daemon(struct key_effective *e, const struct sshd_daemon *daemon, struct error *err)
{
	struct key_daemon *d = &e->daemons[e->ndaemons];
	int                r = sshd_reading_make(e->ev, daemon, &d->reading, err);

	if (r < 0)
		return r;
	e->ndaemons++;
	d->split = d->reading.dumped && has_blank(&d->reading.files);
	d->global = cJSON_CreateObject();
	if (!d->global)
		return error_nomem(err);
	for (size_t i = 0; r == 0 && i < countof(asked); i++)
		r = sshd_reading_add(d->global, &d->reading, d->reading.plan.global, asked[i], err);
	return r;
}

int key_effective_make(const struct evidence *ev, const struct accounts *accounts, enum key_looked looked, struct key_effective *ret_effective,
                       struct error *err)
{
	struct key_effective *e = ret_effective;
	struct sshd_daemon    daemons[SSHD_DAEMONS_MAX];
	const struct section *found = evidence_find(ev, "sshd_config.daemons");
	size_t                count = sshd_daemon_find(ev, daemons);
	int                   r;

	*e = (struct key_effective){ .ev = ev, .more = found && slice_is(section_arg(found, "more"), "1") };
	r = sshd_account_init(ev, accounts, &e->who, err);
	e->daemons = mem_zalloc(count * sizeof(*e->daemons));
	if (r == 0 && !e->daemons)
		r = error_nomem(err);
	if (r == 0)
		r = looked == KEY_LOOKED_FILES ? read_looked(e, "keys.patterns", NULL, err) : read_looked(e, "key_material.looked", "authorizedkeysfile", err);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = read_daemon(e, &daemons[i], err);
	if (r < 0)
		key_effective_fini(e);
	return r;
}

void key_effective_fini(struct key_effective *effective)
{
	for (size_t i = 0; i < effective->ndaemons; i++) {
		sshd_reading_fini(&effective->daemons[i].reading);
		cJSON_Delete(effective->daemons[i].global);
	}
	mem_free(effective->daemons);
	sshd_account_fini(&effective->who);
	mem_free(effective->looked);
	arena_free(&effective->known);
	arena_free(&effective->arena);
	*effective = (struct key_effective){ 0 };
}

/* 0 when a keyword has that word for every connection, 1 when it has or may have another, -1 when that is not known. */
static int is_other_than(const struct key_daemon *d, enum sshd_keyword keyword, const char *off)
{
	const char *word = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(d->global, sshd_keyword_name(keyword)));

	if (!d->reading.daemon.understood)
		return -1;
	if (sshd_plan_differs(&d->reading.plan, keyword))
		return 1;
	return word ? strcmp(word, off) != 0 : -1;
}

int key_effective_strict(const struct key_effective *effective)
{
	int all = effective->more ? -1 : 1;

	for (size_t i = 0; i < effective->ndaemons; i++) {
		int strict = is_other_than(&effective->daemons[i], SSHD_strictmodes, "no");

		if (strict == 0)
			return 0;
		all = strict < 0 ? -1 : all;
	}
	return all;
}

/* Both must be so. */
static int both(int a, int b)
{
	if (a == 0 || b == 0)
		return 0;
	return a < 0 || b < 0 ? -1 : 1;
}

static int daemon_reads(const struct key_daemon *d, const char *kind)
{
	int rhosts = is_other_than(d, SSHD_ignorerhosts, "yes");

	if (strcmp(kind, "user_environment") == 0)
		return is_other_than(d, SSHD_permituserenvironment, "no");
	if (strcmp(kind, "user_rc") == 0)
		return is_other_than(d, SSHD_permituserrc, "no");
	if (strcmp(kind, "rhosts") == 0)
		rhosts = both(rhosts, is_other_than(d, SSHD_ignorerhosts, "shosts-only"));
	return both(rhosts, is_other_than(d, SSHD_hostbasedauthentication, "no"));
}

int key_effective_reads(const struct key_effective *effective, const char *kind)
{
	int any = effective->more ? -1 : 0;

	for (size_t i = 0; i < effective->ndaemons; i++) {
		int reads = daemon_reads(&effective->daemons[i], kind);

		if (reads == 1)
			return 1;
		any = reads < 0 ? -1 : any;
	}
	return any;
}

static void set_unknown(struct key_files_of *files, enum reason reason, const char *why)
{
	if (files->reason != REASON_UNKNOWN)
		return;
	files->reason = reason;
	snprintf(files->why, sizeof(files->why), "%s", why);
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

static int add_path(struct key_effective *e, struct slice path, struct key_files_of *files, struct error *err)
{
	struct buf whole;
	char      *copy = NULL;
	int        r = 0;

	buf_init(&whole, LIMIT_FACT_TEXT);
	if (path.ptr[0] != '/') {
		r = buf_append_slice(&whole, e->who.account->home, err);
		if (r == 0)
			r = buf_append_text(&whole, "/", err);
	}
	if (r == 0)
		r = buf_append_slice(&whole, path, err);
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

static int add_pattern(struct key_effective *e, struct slice pattern, struct key_files_of *files, struct error *err)
{
	struct buf path;
	int        r = 0;

	if (pattern.len == 0 || slice_is_nocase(pattern, "none"))
		return 0;
	if (!was_looked_for(e, pattern))
		set_unknown(files, REASON_UNSUPPORTED, "AuthorizedKeysFile names a file that the collector did not look for");
	buf_init(&path, 2 * MAX_WORD);
	if (expand(pattern, e->who.account, &path))
		r = add_path(e, buf_slice(&path), files, err);
	else
		set_unknown(files, REASON_PARSE, "AuthorizedKeysFile has a token that is not known");
	buf_free(&path);
	return r;
}

/* The words of a line in a Match block. */
static int add_line(struct key_effective *e, const struct sshd_config *config, struct slice rest, struct key_files_of *files, struct error *err)
{
	struct buf   word;
	struct error why = { 0 };
	int          r = 0, more = 1;

	buf_init(&word, MAX_WORD);
	while (r == 0 && more > 0) {
		buf_clear(&word);
		more = sshd_config_next_arg(config, &rest, &word, &why);
		if (more > 0)
			r = add_pattern(e, buf_slice(&word), files, err);
	}
	if (more < 0)
		set_unknown(files, REASON_PARSE, "a line AuthorizedKeysFile is not understood");
	buf_free(&word);
	return r;
}

/* Where sshd's own word is not to be had, what it has been since OpenSSH 5.9 is looked into as well. */
static int add_global(struct key_effective *e, const struct key_daemon *d, struct key_files_of *files, struct error *err)
{
	static const char *const usual[] = { ".ssh/authorized_keys", ".ssh/authorized_keys2" };
	const cJSON             *list = cJSON_GetObjectItemCaseSensitive(d->global, "authorizedkeysfile"), *item;
	int                      r = 0;

	if (d->split)
		set_unknown(files, REASON_UNSUPPORTED, "an AuthorizedKeysFile has a blank in its name");
	if (!list)
		set_unknown(files, privilege_is_root(e->ev) ? REASON_UNSUPPORTED : REASON_PRIVILEGE, "what AuthorizedKeysFile is without Match blocks is not known");
	for (size_t i = 0; r == 0 && !list && i < countof(usual); i++)
		r = add_pattern(e, slice_of(usual[i]), files, err);
	cJSON_ArrayForEach(item, list)
		if (r == 0)
			r = add_pattern(e, slice_of(cJSON_GetStringValue(item)), files, err);
	return r;
}

/* As sshd_account_relation(); a configuration made to take for ever is given up. */
static enum sshd_relation relation_of(struct key_effective *e, const struct sshd_config *config, size_t context, struct key_files_of *files)
{
	e->work += (e->who.connection.ngroups + 1) * (config->contexts[context].criteria.len + 1);
	if (e->work <= MAX_WORK)
		return sshd_account_relation(&e->who, config, context);
	set_unknown(files, REASON_TRUNCATED, "there are more Match blocks and accounts than are compared");
	return SSHD_NEVER;
}

/* Of the lines in Match blocks the first that applies counts; what was not read may hold one before it. */
static int add_daemon(struct key_effective *e, const struct key_daemon *d, struct key_files_of *files, struct error *err)
{
	const struct sshd_config *config = &d->reading.files;
	size_t                    settled = SSHD_NONE; /* position of the line after which none counts */
	int                       r = 0;

	if (!d->reading.daemon.understood)
		set_unknown(files, REASON_UNSUPPORTED, "how a daemon was started is not understood");
	for (size_t i = config->first[SSHD_authorizedkeysfile]; r == 0 && settled == SSHD_NONE && i != SSHD_NONE; i = config->directives[i].next) {
		const struct sshd_directive *line = &config->directives[i];
		enum sshd_relation           relation = line->context == 0 ? SSHD_NEVER : relation_of(e, config, line->context, files);

		if (relation != SSHD_NEVER)
			r = add_line(e, config, line->rest, files, err);
		if (relation == SSHD_CERTAIN)
			settled = line->position;
	}
	if (r == 0 && settled == SSHD_NONE)
		r = add_global(e, d, files, err);
	for (size_t i = 0; i < config->ncontexts; i++)
		if (config->contexts[i].gap < settled && relation_of(e, config, i, files) != SSHD_NEVER)
			set_unknown(files, config->contexts[i].gap_reason, config->contexts[i].gap_text);
	return r;
}

int key_effective_files(struct key_effective *effective, size_t account, struct key_files_of *ret_files, struct error *err)
{
	struct key_files_of files = { 0 };
	int                 r = 0;

	arena_free(&effective->arena);
	sshd_account_choose(&effective->who, account);
	if (effective->more)
		set_unknown(&files, REASON_TRUNCATED, "more daemons listen than are looked at");
	for (size_t i = 0; r == 0 && i < effective->ndaemons; i++)
		r = add_daemon(effective, &effective->daemons[i], &files, err);
	if (r == 0)
		*ret_files = files;
	return r;
}

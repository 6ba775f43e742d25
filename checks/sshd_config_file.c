#include "sshd_config_file.h"

#include "limit.h"
#include "mem.h"
#include "privilege.h"
#include "sections.h"
#include "text.h"

#define FOLDER       "/etc/ssh/"
#define MAX_DEPTH    16     /* sshd's own */
#define MAX_LINES    100000 /* over all files, however often they are included */
#define MAX_CONTEXTS 256
#define MAX_ARG      4096 /* of what is looked at here: patterns of Include */

static const struct {
	const char    *name;
	enum sshd_kind kind;
} keywords[] = {
#define KEYWORD(name, kind, spelling, summary) [SSHD_##name] = { #name, SSHD_##kind },
#define ALIAS(old, name)
#include "sshd_keywords.def"
#undef KEYWORD
#undef ALIAS
};
static_assert(countof(keywords) == SSHD_KEYWORDS, "every keyword has a name");

static const struct {
	const char       *name;
	enum sshd_keyword keyword;
} aliases[] = {
#define KEYWORD(name, kind, spelling, summary)
#define ALIAS(old, name) { #old, SSHD_##name },
#include "sshd_keywords.def"
#undef KEYWORD
#undef ALIAS
};

const char *sshd_keyword_name(enum sshd_keyword keyword)
{
	return keywords[keyword].name;
}

enum sshd_kind sshd_keyword_kind(enum sshd_keyword keyword)
{
	return keywords[keyword].kind;
}

bool sshd_kind_adds_up(enum sshd_kind kind)
{
	return kind == SSHD_MANY || kind == SSHD_ENTRIES || kind == SSHD_LINES || kind == SSHD_ADDRESSES;
}

/* keywords[] is in alphabetical order, which a unit test checks. */
static bool find_name(struct slice text, enum sshd_keyword *ret_keyword)
{
	size_t low = 0, high = SSHD_KEYWORDS;
	char   name[64];

	/* A NUL would end the name for strcmp(), and "keyword\0value" would be the keyword without its value. */
	if (text.len == 0 || text.len >= sizeof(name) || memchr(text.ptr, '\0', text.len))
		return false;
	for (size_t i = 0; i < text.len; i++)
		name[i] = (char)tolower((unsigned char)text.ptr[i]);
	name[text.len] = '\0';
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int    order = strcmp(name, keywords[middle].name);

		if (order == 0) {
			*ret_keyword = (enum sshd_keyword)middle;
			return true;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

bool sshd_keyword_find(struct slice text, enum sshd_keyword *ret_keyword, bool *ret_alias)
{
	if (find_name(text, ret_keyword)) {
		*ret_alias = false;
		return true;
	}
	for (size_t i = 0; i < countof(aliases); i++)
		if (slice_is_nocase(text, aliases[i].name)) {
			*ret_keyword = aliases[i].keyword;
			*ret_alias = true;
			return true;
		}
	return false;
}

/* A new context; its number in `*ret_context`. ERR_NOMEM, ERR_TOO_BIG. */
static int add_context(struct sshd_config *config, size_t parent, size_t *ret_context, struct error *err)
{
	struct sshd_context *contexts, *context;

	if (config->ncontexts >= MAX_CONTEXTS)
		return error_set(err, ERR_TOO_BIG, "more than %d Match blocks", MAX_CONTEXTS);
	contexts = mem_resize(config->contexts, config->ncontexts + 1, sizeof(*contexts));
	if (!contexts)
		return error_nomem(err);
	config->contexts = contexts;
	context = &contexts[config->ncontexts];
	*context = (struct sshd_context){ .parent = parent, .gap = SSHD_NONE };
	*ret_context = config->ncontexts++;
	return 0;
}

int sshd_config_init(struct sshd_config *config, sshd_release release, struct error *err)
{
	size_t context;

	*config = (struct sshd_config){ .release = release };
	for (size_t i = 0; i < SSHD_KEYWORDS; i++)
		config->first[i] = config->last[i] = SSHD_NONE;
	return add_context(config, 0, &context, err);
}

void sshd_config_fini(struct sshd_config *config)
{
	mem_free(config->directives);
	mem_free(config->contexts);
	mem_free(config->sources);
	arena_free(&config->arena);
	*config = (struct sshd_config){ 0 };
}

/* Room for one more directive; grows by half as much again. */
static struct sshd_directive *new_directive(struct sshd_config *config)
{
	size_t n = config->ndirectives;

	if (n == 0 || (n >= 16 && (n & (n - 1)) == 0)) { /* full at 0, 16, 32, 64, … */
		struct sshd_directive *grown = mem_resize(config->directives, n == 0 ? 16 : 2 * n, sizeof(*grown));

		if (!grown)
			return NULL;
		config->directives = grown;
	}
	config->ndirectives++;
	return &config->directives[n];
}

static int add_directive(struct sshd_config *config, size_t context, const struct sshd_directive *directive, struct error *err)
{
	struct sshd_directive *added = new_directive(config);
	size_t                 number = config->ndirectives - 1;

	if (!added)
		return error_nomem(err);
	*added = *directive;
	added->position = config->position++;
	added->context = context;
	added->next = SSHD_NONE;
	if (config->last[added->keyword] == SSHD_NONE)
		config->first[added->keyword] = number;
	else
		config->directives[config->last[added->keyword]].next = number;
	config->last[added->keyword] = number;
	return 0;
}

/* Something that should stand here could not be read. The first gap of a context is the one that counts. */
static void add_gap(struct sshd_config *config, size_t context, enum reason reason, const char *what, struct slice name)
{
	struct sshd_context *in = &config->contexts[context];
	char                 clean[150];

	if (in->gap != SSHD_NONE)
		return;
	in->gap = config->position++;
	in->gap_reason = reason;
	snprintf(in->gap_text, sizeof(in->gap_text), "%s %s", text_clean_into(clean, sizeof(clean), name), what);
}

void sshd_config_add_gap(struct sshd_config *config, enum reason reason, const char *what)
{
	add_gap(config, 0, reason, what, slice_of("there are"));
}

int sshd_config_next_arg(const struct sshd_config *config, struct slice *rest, struct buf *arg, struct error *err)
{
	return sshd_words_next(sshd_words_of_arguments(config->release), rest, arg, err);
}

/* Remember what was read; once is enough. */
static int add_source(struct sshd_config *config, struct slice name, bool pattern, struct error *err)
{
	struct sshd_source *sources;

	for (size_t i = 0; i < config->nsources; i++)
		if (config->sources[i].pattern == pattern && slice_equal(config->sources[i].name, name))
			return 0;
	sources = mem_resize(config->sources, config->nsources + 1, sizeof(*sources));
	if (!sources)
		return error_nomem(err);
	config->sources = sources;
	sources[config->nsources++] = (struct sshd_source){ .name = name, .pattern = pattern };
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Where reading is. */
struct place {
	const struct evidence *ev;
	struct slice           path;
	size_t                 line;
	size_t                 base;    /* the context the file was included in */
	size_t                 context; /* the context of the next line */
	unsigned               depth;
};

static int read_file(struct sshd_config *config, const struct place *from, struct slice path, struct error *err);

/* The section of that name whose argument has that value; NULL when there is none. */
static const struct section *find_section(const struct evidence *ev, const char *name, const char *arg, struct slice value)
{
	const struct section *s = evidence_find(ev, name);

	while (s && !slice_equal(section_arg(s, arg), value))
		s = evidence_find_next(ev, s);
	return s;
}

/* The files one pattern of an Include line means, read where they are included. */
static int include_pattern(struct sshd_config *config, struct place *at, struct slice pattern, struct error *err)
{
	const struct section *s = at->ev ? find_section(at->ev, "sshd_config.include", "pattern", pattern) : NULL;
	struct slice          body, line;
	struct buf            path;
	int                   r = 0;

	if (!section_is_whole(s)) {
		bool unlistable = s && s->ended && slice_is(section_arg(s, "folder"), "unlistable");

		add_gap(config, at->context, section_reason(s, unlistable ? REASON_PRIVILEGE : REASON_UNSUPPORTED),
		        unlistable ? "cannot be listed" : "was not looked up", pattern);
		return 0;
	}
	r = add_source(config, section_arg(s, "pattern"), true, err);
	buf_init(&path, MAX_ARG);
	for (body = s->body; r == 0 && slice_next_line(&body, &line, NULL); buf_clear(&path)) {
		struct error why;

		if (text_percent_decode(&path, line, &why) < 0)
			add_gap(config, at->context, REASON_PARSE, "names files in a way that is not understood", pattern);
		else
			r = read_file(config, at, buf_slice(&path), err);
	}
	buf_free(&path);
	return r;
}

static int read_include(struct sshd_config *config, struct place *at, struct slice rest, struct error *err)
{
	struct error why;
	struct buf   arg;
	int          r = 0, more = 1;

	buf_init(&arg, MAX_ARG);
	while (r == 0 && more > 0) {
		buf_clear(&arg);
		more = sshd_config_next_arg(config, &rest, &arg, &why);
		if (more < 0)
			add_gap(config, at->context, REASON_PARSE, "has an Include that is not understood", at->path);
		if (more <= 0)
			break;
		if (arg.len == 0 || (arg.ptr[0] != '/' && arg.ptr[0] != '~')) {
			char absolute[MAX_ARG + sizeof(FOLDER)];

			snprintf(absolute, sizeof(absolute), "%s%s", FOLDER, buf_text(&arg));
			r = include_pattern(config, at, slice_of(absolute), err);
		} else {
			r = include_pattern(config, at, buf_slice(&arg), err);
		}
	}
	buf_free(&arg);
	return r;
}

/* A Match line begins a block that lasts to the next one or to the end of the file. */
static int read_match(struct sshd_config *config, struct place *at, struct slice rest, struct error *err)
{
	struct error why;
	int          r = add_context(config, at->base, &at->context, &why);

	if (r == ERR_NOMEM)
		return error_nomem(err);
	if (r < 0) {
		add_gap(config, 0, REASON_TRUNCATED, "has more Match blocks than are looked at", at->path);
		at->context = SSHD_NONE;
		return 0;
	}
	config->contexts[at->context].criteria = rest;
	config->contexts[at->context].path = at->path;
	config->contexts[at->context].line = at->line;
	return sshd_criteria_parse(config->release, rest, &config->arena, &config->contexts[at->context].match, err);
}

/* The keyword of a line, which blanks or one = separate from the rest; after a quoted one a = is part of the rest. */
static struct slice take_keyword(struct slice *line)
{
	struct slice keyword = *line;
	size_t       n = 0;
	bool         quoted = line->len > 0 && line->ptr[0] == '"';

	if (quoted) {
		*line = slice_sub(*line, 1, line->len);
		if (!slice_next(line, '"', &keyword))
			keyword.len = 0;
	} else {
		while (n < line->len && !is_blank(line->ptr[n]) && line->ptr[n] != '=')
			n++;
		keyword = slice_sub(*line, 0, n);
		*line = slice_sub(*line, n, line->len);
	}
	*line = slice_trim(*line);
	if (!quoted && line->len > 0 && line->ptr[0] == '=')
		*line = slice_trim(slice_sub(*line, 1, line->len));
	return keyword;
}

static int read_line(struct sshd_config *config, struct place *at, struct slice line, struct error *err)
{
	struct sshd_directive directive = { .path = at->path, .line = at->line };
	struct slice          keyword;
	bool                  alias;

	if (sshd_words_cut_at_hash(config->release) && line.len > 0 && memchr(line.ptr, '#', line.len))
		line.len = (size_t)((const char *)memchr(line.ptr, '#', line.len) - line.ptr);
	line = slice_trim(line);
	if (line.len == 0 || line.ptr[0] == '#')
		return 0;
	keyword = take_keyword(&line);
	if (slice_is_nocase(keyword, "match"))
		return read_match(config, at, line, err);
	if (at->context == SSHD_NONE)
		return 0;
	if (slice_is_nocase(keyword, "include"))
		return read_include(config, at, line, err);
	if (!sshd_keyword_find(keyword, &directive.keyword, &alias))
		return 0;
	/* Another keyword with a say in it, which is the daemon's own. */
	if (alias && directive.keyword == SSHD_kbdinteractiveauthentication && at->context != 0 && config->release != 0 && config->release < SSHD_ONE_KBD)
		return 0;
	if (directive.keyword == SSHD_port && config->ports_given)
		return 0;
	directive.rest = line;
	return add_directive(config, at->context, &directive, err);
}

static int read_file(struct sshd_config *config, const struct place *from, struct slice path, struct error *err)
{
	const struct section *s = find_section(from->ev, "sshd_config.file", "path", path);
	struct place          at = { .ev = from->ev, .base = from->context, .context = from->context, .depth = from->depth + 1 };
	struct slice          body, line;
	int                   r = 0;

	if (from->depth >= MAX_DEPTH) {
		add_gap(config, from->context, REASON_UNSUPPORTED, "is included more deeply than sshd allows", path);
		return 0;
	}
	if (!section_is_whole(s)) {
		add_gap(config, from->context, section_reason(s, privilege_reason(from->ev)), "cannot be read", path);
		return 0;
	}
	at.path = section_arg(s, "path");
	r = add_source(config, at.path, false, err);
	if (s->body.len > 0 && memchr(s->body.ptr, '\0', s->body.len))
		add_gap(config, from->context, REASON_PARSE, "holds bytes that end lines early", path);
	for (body = s->body; r == 0 && slice_next_line(&body, &line, NULL);) {
		if (++config->lines > MAX_LINES) {
			for (size_t i = 0; i < config->ncontexts; i++)
				add_gap(config, i, REASON_TRUNCATED, "has more lines than are looked at", path);
			break;
		}
		at.line++;
		r = read_line(config, &at, line, err);
	}
	return r;
}

int sshd_config_read(struct sshd_config *config, const struct evidence *ev, struct slice path, struct error *err)
{
	const struct place start = { .ev = ev };

	return read_file(config, &start, path, err);
}

/* What options that are keywords by another name set. */
static const struct {
	char              option;
	enum sshd_keyword keyword;
	const char       *value; /* NULL: that of the option */
} options[] = {
	{ 'p', SSHD_port, NULL },         { 'h', SSHD_hostkey, NULL },         { 'c', SSHD_hostcertificate, NULL },
	{ 'g', SSHD_logingracetime, NULL }, { '4', SSHD_addressfamily, "inet" }, { '6', SSHD_addressfamily, "inet6" },
};

int sshd_config_read_option(struct sshd_config *config, char option, struct slice value, struct error *err)
{
	struct place at = { 0 };
	char        *copy = arena_copy(&config->arena, value.ptr ? value.ptr : "", value.len);

	if (!copy)
		return error_nomem(err);
	value.ptr = copy;
	if (option == 'o')
		return read_line(config, &at, value, err);
	for (size_t i = 0; i < countof(options); i++) {
		struct sshd_directive directive = { .keyword = options[i].keyword, .rest = value };

		if (options[i].option != option)
			continue;
		if (options[i].value)
			directive.rest = slice_of(options[i].value);
		config->ports_given = config->ports_given || option == 'p';
		return add_directive(config, 0, &directive, err);
	}
	sshd_config_add_gap(config, REASON_UNSUPPORTED, "arguments of the daemon that are not known");
	return 0;
}

int sshd_config_read_dump(struct sshd_config *config, struct slice dump, struct error *err)
{
	struct slice line;
	int          passes = 1, r = 0;

	/* The older spelling counts only where the newer one is not printed: releases that print both mean different things. */
	for (int pass = 0; pass < passes; pass++)
		for (struct slice body = dump; r == 0 && slice_next_line(&body, &line, NULL);) {
			struct sshd_directive directive = { 0 };
			struct slice          keyword = { 0 };
			bool                  alias;

			line = slice_trim(line);
			if (!slice_next(&line, ' ', &keyword) || !sshd_keyword_find(keyword, &directive.keyword, &alias))
				continue;
			if (alias)
				passes = 2;
			if (alias != (pass == 1) || (alias && config->first[directive.keyword] != SSHD_NONE))
				continue;
			directive.rest = slice_trim(line);
			r = add_directive(config, 0, &directive, err);
		}
	return r;
}

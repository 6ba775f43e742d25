/*
 * sshd_config.c: what sshd allows: globally, and in each Match block.
 *
 * The values come from sshd itself (sshd -T, or sshd -G) where it can be asked, and then the files only tell where a value was set and
 * what Match blocks change. Otherwise the files are all there is, and what they do not set is not known: defaults differ
 * between releases.
 */
#include "check.h"
#include "limit.h"
#include "mem.h"
#include "privilege.h"
#include "sections.h"
#include "sshd_config_file.h"
#include "text.h"

/* Bytes of configuration that are turned into facts, each Match block repeating the global ones: 200 blocks of a stock server. */
#define MAX_REPEATED (2u * 1024 * 1024)

/* The two readings of one target. */
struct reading {
	const struct evidence *ev;
	struct sshd_config     files;
	struct sshd_config     dump;
	bool                   dumped; /* the dump is there to be used */
	bool                   root;
	size_t                 bytes; /* of configuration, which each context may repeat */
};

/* The lines that set a keyword in one context of one of the readings. */
struct setting {
	const struct sshd_config *config;
	size_t                    first;     /* directive; SSHD_NONE when it is not set */
	bool                      from_dump; /* sshd printed it: nothing is quoted, everything is resolved */
};

/* The line's arguments with one blank between them in `text`, or, when sshd printed it or takes it so, the line as it is. */
static int take_text(const struct setting *setting, const struct sshd_directive *d, enum sshd_kind kind, struct buf *text, struct slice *ret_text,
                     struct error *err)
{
	struct slice rest = d->rest;
	int          r;

	if (setting->from_dump || kind == SSHD_RAW) {
		*ret_text = rest;
		return 0;
	}
	do {
		size_t before = text->len;

		r = before > 0 ? buf_append(text, " ", 1, err) : 0;
		if (r == 0)
			r = sshd_config_next_arg(&rest, text, err);
		if (r == 0 && before > 0)
			text->ptr[text->len = before] = '\0';
	} while (r > 0);
	*ret_text = buf_slice(text);
	return r;
}

/* Words to a list; what sshd printed is split at blanks only. */
static int append_words(cJSON *list, const struct setting *setting, const struct sshd_directive *d, struct error *err)
{
	struct slice rest = d->rest, word;
	struct buf   arg;
	int          r = 0, more = 1;

	if (setting->from_dump) {
		while (r == 0 && slice_next_word(&rest, &word))
			r = fact_list_append(list, word, err);
		return r;
	}
	buf_init(&arg, LIMIT_FACT_TEXT);
	while (r == 0 && more > 0) {
		buf_clear(&arg);
		more = sshd_config_next_arg(&rest, &arg, err);
		if (more > 0)
			r = fact_list_append(list, buf_slice(&arg), err);
	}
	buf_free(&arg);
	return more < 0 ? more : r;
}

/* A list that may add up over several lines. */
static int add_list(cJSON *context, const char *name, enum sshd_kind kind, const struct setting *setting, struct error *err)
{
	cJSON     *list = cJSON_CreateArray();
	struct buf text;
	int        r = 0;

	if (!list)
		return error_nomem(err);
	buf_init(&text, LIMIT_FACT_TEXT);
	for (size_t i = setting->first; r == 0 && i != SSHD_NONE; i = sshd_kind_adds_up(kind) ? setting->config->directives[i].next : SSHD_NONE) {
		const struct sshd_directive *d = &setting->config->directives[i];
		struct slice                 entry;

		buf_clear(&text);
		if (kind == SSHD_MANY || kind == SSHD_WORDS)
			r = append_words(list, setting, d, err);
		else if ((r = take_text(setting, d, kind, &text, &entry, err)) == 0)
			r = fact_list_append(list, entry, err);
	}
	buf_free(&text);
	if (r == 0 && cJSON_AddItemToObject(context, name, list))
		return 0;
	cJSON_Delete(list);
	return r < 0 ? r : error_nomem(err);
}

/* sshd's times: numbers with an optional unit each, added up; 0 for what is not one. */
static int64_t unit_seconds(char unit)
{
	static const struct {
		char    unit;
		int64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };

	for (size_t i = 0; i < countof(units); i++)
		if (units[i].unit == tolower((unsigned char)unit))
			return units[i].seconds;
	return 0;
}

static int parse_time(struct slice text, int64_t *ret_seconds, struct error *err)
{
	int64_t total = 0;

	if (text.len == 0)
		return error_set(err, ERR_SYNTAX, "no time");
	while (text.len > 0) {
		uint64_t number;
		int64_t  unit;
		size_t   n = 0;
		int      r;

		while (n < text.len && isdigit((unsigned char)text.ptr[n]))
			n++;
		r = text_parse_unsigned(slice_sub(text, 0, n), 10, INT32_MAX, &number, err);
		if (r < 0)
			return r;
		unit = n < text.len ? unit_seconds(text.ptr[n]) : 1;
		total += (int64_t)number * unit;
		if (unit == 0 || total > INT32_MAX)
			return error_set(err, ERR_SYNTAX, "not a time");
		text = slice_sub(text, n + 1, text.len);
	}
	*ret_seconds = total;
	return 0;
}

static int add_number(cJSON *item, const char *name, enum sshd_kind kind, struct slice text, struct error *err)
{
	int64_t  seconds = 0;
	uint64_t number = 0;
	int      r;

	r = kind == SSHD_TIME ? parse_time(text, &seconds, err) : text_parse_unsigned(text, 10, INT32_MAX, &number, err);
	if (r < 0)
		return r;
	return fact_add_integer(item, name, kind == SSHD_TIME ? seconds : (int64_t)number, err);
}

/* Words that sshd compares without regard to case, as sshd prints them; PermitRootLogin has two words for one thing. */
static int add_word(cJSON *item, const char *name, enum sshd_kind kind, struct slice text, struct error *err)
{
	char word[64];

	if (text.len >= sizeof(word))
		return error_set(err, ERR_SYNTAX, "too long for a word");
	for (size_t i = 0; i < text.len; i++)
		word[i] = (char)(kind == SSHD_LEVEL ? toupper((unsigned char)text.ptr[i]) : tolower((unsigned char)text.ptr[i]));
	text = (struct slice){ .ptr = word, .len = text.len };
	if (strcmp(name, "permitrootlogin") == 0 && slice_is(text, "without-password"))
		text = slice_of("prohibit-password");
	return fact_add_text(item, name, text, err);
}

/* A list of algorithms that says what to add to or take from the default can be resolved by sshd alone. */
static int add_names(cJSON *item, const char *name, struct slice text, struct error *err)
{
	if (text.len > 0 && strchr("+-^", text.ptr[0]))
		return fact_add_unavailable(item, name, REASON_UNSUPPORTED, err, "%s changes the default list, which is not known here", name);
	return slice_is(text, "none") ? fact_add_names(item, name, (struct slice){ 0 }, err) : fact_add_names(item, name, text, err);
}

static int add_scalar(cJSON *item, const char *name, enum sshd_kind kind, const struct setting *setting, struct error *err)
{
	const struct sshd_directive *d = &setting->config->directives[setting->first];
	struct slice                 rest = d->rest, value;
	struct buf                   text;
	int                          r;

	buf_init(&text, LIMIT_FACT_TEXT);
	if (setting->from_dump || kind == SSHD_TEXT || kind == SSHD_RAW)
		r = take_text(setting, d, kind, &text, &value, err);
	else if ((r = sshd_config_next_arg(&rest, &text, err)) >= 0)
		value = buf_slice(&text);
	if (r >= 0 && value.len == 0)
		r = error_set(err, ERR_SYNTAX, "no value");
	else if (r >= 0 && (kind == SSHD_INTEGER || kind == SSHD_TIME))
		r = add_number(item, name, kind, value, err);
	else if (r >= 0 && (kind == SSHD_WORD || kind == SSHD_LEVEL))
		r = add_word(item, name, kind, value, err);
	else if (r >= 0 && kind == SSHD_NAMES)
		r = add_names(item, name, value, err);
	else if (r >= 0)
		r = fact_add_text(item, name, value, err);
	buf_free(&text);
	return r;
}

static bool is_list(enum sshd_kind kind)
{
	return kind == SSHD_WORDS || sshd_kind_adds_up(kind);
}

/* A value as the kind of its keyword says; a malformed one is unavailable. */
static int add_value(cJSON *item, enum sshd_keyword keyword, const struct setting *setting, struct error *err)
{
	const char    *name = sshd_keyword_name(keyword);
	enum sshd_kind kind = sshd_keyword_kind(keyword);
	struct error   why = { 0 };
	int            r;

	r = is_list(kind) ? add_list(item, name, kind, setting, &why) : add_scalar(item, name, kind, setting, &why);
	if (r == 0)
		return 0;
	if (r == ERR_NOMEM)
		return error_nomem(err);
	return fact_add_unavailable(item, name, REASON_PARSE, err, "the value of %s is not understood: %s", name, why.text);
}

static int add_gap(cJSON *item, const struct reading *reading, const struct sshd_context *context, const char *name, struct error *err)
{
	if (context->gap_reason == REASON_PRIVILEGE)
		return privilege_add_unavailable(item, name, reading->ev, context->gap_text, err);
	return fact_add_unavailable(item, name, context->gap_reason, err, "%s", context->gap_text);
}

/* Not set in the files, and sshd could not be asked. */
static int add_default_unknown(cJSON *item, const struct reading *reading, const char *name, struct error *err)
{
	if (reading->root)
		return fact_add_unavailable(item, name, REASON_UNSUPPORTED, err, "not set, and sshd did not tell its default");
	return privilege_add_unavailable(item, name, reading->ev, "not set, and its default takes sshd -T as root", err);
}

static bool is_empty_when_unset(enum sshd_kind kind)
{
	return kind == SSHD_MANY || kind == SSHD_ENTRIES;
}

/* The global value: sshd's word where there is one and it saw all files, else what the files set for certain. */
static int add_global(cJSON *item, const struct reading *reading, enum sshd_keyword keyword, struct error *err)
{
	const struct sshd_context *files = &reading->files.contexts[0];
	const struct setting       dump = { &reading->dump, reading->dump.contexts[0].first[keyword], true };
	const struct setting       file = { &reading->files, files->first[keyword], false };
	const struct setting      *setting = reading->dumped ? &dump : &file;
	const char                *name = sshd_keyword_name(keyword);

	if (!(reading->dumped && reading->root) && !sshd_config_is_certain(&reading->files, 0, keyword))
		return add_gap(item, reading, files, name, err);
	if (setting->first != SSHD_NONE || is_empty_when_unset(sshd_keyword_kind(keyword)))
		return add_value(item, keyword, setting, err);
	if (reading->dumped)
		return fact_add_unavailable(item, name, REASON_UNSUPPORTED, err, "sshd does not tell %s: this release lacks it, or it is not set", name);
	return add_default_unknown(item, reading, name, err);
}

/* The context, going outwards, that settles a keyword: one that sets it or has a gap; 0 is the global part. */
static size_t settling_context(const struct sshd_config *files, size_t context, enum sshd_keyword keyword)
{
	while (context != 0 && files->contexts[context].first[keyword] == SSHD_NONE && files->contexts[context].gap == SSHD_NONE)
		context = files->contexts[context].parent;
	return context;
}

static int add_in_context(cJSON *item, const struct reading *reading, size_t context, enum sshd_keyword keyword, struct error *err)
{
	size_t         from = settling_context(&reading->files, context, keyword);
	struct setting setting = { &reading->files, reading->files.contexts[from].first[keyword], false };

	if (from == 0)
		return add_global(item, reading, keyword, err);
	if (!sshd_config_is_certain(&reading->files, from, keyword))
		return add_gap(item, reading, &reading->files.contexts[from], sshd_keyword_name(keyword), err);
	return add_value(item, keyword, &setting, err);
}

/* file:line of the line that counts, or "default"; nothing where a gap leaves it open. */
static int add_where(cJSON *where, const struct reading *reading, size_t context, enum sshd_keyword keyword, struct error *err)
{
	size_t                       from = settling_context(&reading->files, context, keyword);
	size_t                       first = reading->files.contexts[from].first[keyword];
	const struct sshd_directive *d;
	char                         text[300], path[250];

	if (first == SSHD_NONE)
		return reading->files.contexts[from].gap != SSHD_NONE ? 0 : fact_add_text(where, sshd_keyword_name(keyword), slice_of("default"), err);
	d = &reading->files.directives[first];
	if (reading->files.contexts[from].gap < d->position)
		return 0;
	snprintf(text, sizeof(text), "%s:%zu", text_clean_into(path, sizeof(path), d->path), d->line);
	return fact_add_text(where, sshd_keyword_name(keyword), slice_of(text), err);
}

/* The Match line without its comment; as it is written where it is not understood. */
static int add_subject(cJSON *item, const struct sshd_context *context, struct error *err)
{
	struct slice rest = context->criteria;
	struct error why;
	struct buf   text;
	int          r, more = 1;

	buf_init(&text, LIMIT_FACT_TEXT);
	r = buf_append_text(&text, "Match", err);
	while (r == 0 && more > 0) {
		size_t before = text.len;

		r = buf_append(&text, " ", 1, err);
		if (r == 0 && (more = sshd_config_next_arg(&rest, &text, &why)) <= 0)
			text.ptr[text.len = before] = '\0';
	}
	if (r == 0 && more < 0) {
		buf_clear(&text);
		r = buf_append_text(&text, "Match ", err);
		if (r == 0)
			r = buf_append_slice(&text, context->criteria, err);
	}
	if (r == 0)
		r = fact_add_text(item, "subject", buf_slice(&text), err);
	buf_free(&text);
	return r;
}

static int add_context(cJSON *table, const struct reading *reading, size_t context, struct error *err)
{
	cJSON *item = fact_table_append(table);
	cJSON *where = NULL;
	int    r;

	if (!item)
		return error_nomem(err);
	r = context == 0 ? fact_add_text(item, "subject", slice_of("global"), err) : add_subject(item, &reading->files.contexts[context], err);
	for (size_t i = 0; r == 0 && i < SSHD_KEYWORDS; i++)
		r = add_in_context(item, reading, context, (enum sshd_keyword)i, err);
	if (r == 0 && !(where = cJSON_AddObjectToObject(item, "where")))
		r = error_nomem(err);
	for (size_t i = 0; r == 0 && i < SSHD_KEYWORDS; i++)
		r = add_where(where, reading, context, (enum sshd_keyword)i, err);
	return r;
}

/* A gap may hide Match blocks. They get an item of their own in which nothing is known, so that no rule passes for all of them. */
static int add_unread(cJSON *table, const struct reading *reading, struct error *err)
{
	const struct sshd_context *gap = NULL;
	cJSON                     *item;
	int                        r;

	for (size_t i = 0; !gap && i < reading->files.ncontexts; i++)
		if (reading->files.contexts[i].gap != SSHD_NONE)
			gap = &reading->files.contexts[i];
	if (!gap)
		return 0;
	item = fact_table_append(table);
	if (!item)
		return error_nomem(err);
	r = fact_add_text(item, "subject", slice_of("Match blocks in files that were not read"), err);
	for (size_t i = 0; r == 0 && i < SSHD_KEYWORDS; i++)
		r = add_gap(item, reading, gap, sshd_keyword_name((enum sshd_keyword)i), err);
	return r;
}

static int add_contexts(cJSON *module, struct reading *reading, struct error *err)
{
	cJSON *table = fact_add_array(module, "contexts");
	int    r = table ? 0 : error_nomem(err);

	for (size_t i = 0; r == 0 && i < reading->files.ncontexts; i++) {
		if (i * reading->bytes > MAX_REPEATED) {
			sshd_config_add_gap(&reading->files, REASON_TRUNCATED, "more Match blocks than are looked at");
			break;
		}
		r = add_context(table, reading, i, err);
	}
	return r < 0 ? r : add_unread(table, reading, err);
}

/* sshd -T as root is asked for the truth; when it refuses, what it says is the message. */
static int add_refused(cJSON *module, const struct section *dump, struct error *err)
{
	struct slice rest = dump->body, line = { 0 };
	char         text[300];

	if (!slice_next_line(&rest, &line, NULL))
		line = slice_of("it printed nothing");
	text_clean_into(text, sizeof(text), line);
	return fact_add_unavailable(module, "sshd_config.contexts", REASON_UNSUPPORTED, err, "sshd -T failed: %s", text);
}

static int extract_reading(struct reading *reading, cJSON *module, struct error *err)
{
	const struct section *dump = evidence_find(reading->ev, "sshd_config.dump");
	struct slice          source = slice_of("files");
	int                   r;

	if (section_is_whole(dump)) {
		reading->dumped = true;
		source = section_arg(dump, "command");
		r = sshd_config_read_dump(&reading->dump, dump->body, err);
		if (r < 0)
			return r;
	} else if (dump && !slice_is(section_arg(dump, "command"), "sshd -G")) {
		if (section_reason(dump, REASON_UNSUPPORTED) == REASON_UNSUPPORTED)
			return add_refused(module, dump, err);
		return section_add_unavailable(module, "sshd_config.contexts", "sshd_config.dump", dump, REASON_UNSUPPORTED, err);
	} else if (!evidence_find(reading->ev, "sshd_config.file")) {
		return section_add_unavailable(module, "sshd_config.contexts", "sshd_config.file", NULL, REASON_MISSING, err);
	}
	r = fact_add_text(module, "source", source, err);
	for (const struct section *s = evidence_find(reading->ev, "sshd_config.file"); s; s = evidence_find_next(reading->ev, s))
		reading->bytes += s->body.len;
	reading->bytes += dump ? dump->body.len : 0;
	if (r == 0)
		r = sshd_config_read(&reading->files, reading->ev, err);
	return r < 0 ? r : add_contexts(module, reading, err);
}

static int extract(const struct evidence *ev, cJSON *module, struct error *err)
{
	struct reading reading = { .ev = ev, .root = privilege_is_root(ev) };
	int            r = sshd_config_init(&reading.files, err);

	if (r == 0)
		r = sshd_config_init(&reading.dump, err);
	if (r == 0)
		r = extract_reading(&reading, module, err);
	if (r == 0 && !cJSON_GetObjectItemCaseSensitive(module, "source"))
		r = fact_add_unavailable(module, "sshd_config.source", REASON_UNSUPPORTED, err, "the configuration could not be read");
	sshd_config_fini(&reading.files);
	sshd_config_fini(&reading.dump);
	return r;
}

#define FACT_OF_WORD    FACT_TEXT
#define FACT_OF_LEVEL   FACT_TEXT
#define FACT_OF_TEXT    FACT_TEXT
#define FACT_OF_RAW     FACT_TEXT
#define FACT_OF_INTEGER FACT_INTEGER
#define FACT_OF_TIME    FACT_INTEGER
#define FACT_OF_NAMES   FACT_LIST
#define FACT_OF_WORDS   FACT_LIST
#define FACT_OF_MANY    FACT_LIST
#define FACT_OF_ENTRIES FACT_LIST
#define FACT_OF_LINES   FACT_LIST

static const struct fact_spec facts[] = {
	{ "sshd_config.source", FACT_TEXT, NULL, "where the values come from: sshd -T, sshd -G, or the files alone" },
	{ "sshd_config.contexts", FACT_TABLE, NULL, "the global settings and those of each Match block" },
	{ "sshd_config.contexts[].subject", FACT_TEXT, NULL, "global, or the Match line" },
#define KEYWORD(name, kind, spelling, summary) \
	{ "sshd_config.contexts[]." #name, FACT_OF_##kind, SSHD_##kind == SSHD_TIME ? "seconds" : NULL, spelling ": " summary },
#define ALIAS(old, name)
#include "sshd_keywords.def"
#undef KEYWORD
#undef ALIAS
};

const struct check check_sshd_config = {
	.name = "sshd_config",
	.member = "sshd_config",
	.summary = "what sshd allows, globally and in each Match block",
	.facts = facts,
	.nfacts = countof(facts),
	.extract = extract,
};

/*
 * sshd_config.c: what sshd allows: globally, and for every kind of connection that Match blocks tell apart.
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
#include "sshd_effective.h"
#include "sshd_reading.h"
#include "sshd_value.h"
#include "text.h"

/* Bytes of configuration that are turned into facts, each context repeating the global ones: 200 blocks of a stock server. */
#define MAX_REPEATED (2u * 1024 * 1024)

/* The Match line without its comment; as it is written where it is not understood. */
static int append_match(struct buf *text, const struct sshd_config *config, size_t context, struct error *err)
{
	struct slice rest = config->contexts[context].criteria;
	struct error why;
	size_t       start = text->len;
	int          r, more = 1;

	r = buf_append_text(text, "Match", err);
	while (r == 0 && more > 0) {
		size_t before = text->len;

		r = buf_append(text, " ", 1, err);
		if (r == 0 && ((more = sshd_words_next(SSHD_WORDS_SHELL, &rest, text, &why)) <= 0 || text->len == before + 1))
			text->ptr[text->len = before] = '\0';
	}
	if (r == 0 && more < 0) {
		text->ptr[text->len = start] = '\0';
		r = buf_append_text(text, "Match ", err);
		if (r == 0)
			r = buf_append_slice(text, config->contexts[context].criteria, err);
	}
	return r;
}

/* True when the block says something about a set that the others do not, or a block included in it does. */
static bool is_named(const struct sshd_plan *plan, const sshd_contexts *set, size_t block)
{
	for (size_t i = 1; i < plan->config->ncontexts; i++) {
		size_t around = i;

		while (around != block && around != 0)
			around = plan->config->contexts[around].parent;
		if (around == block && set[i] && !sshd_plan_is_implied(plan, set, i))
			return true;
	}
	return false;
}

/* "global", or the Match lines of a set with " + " between them, without those that follow from others. */
static int add_subject(cJSON *item, const struct sshd_plan *plan, const sshd_contexts *set, struct error *err)
{
	struct buf text;
	int        r = 0;

	buf_init(&text, LIMIT_FACT_TEXT);
	for (size_t i = 1; r == 0 && i < plan->config->ncontexts; i++) {
		if (!is_named(plan, set, i))
			continue;
		r = text.len > 0 ? buf_append_text(&text, " + ", err) : 0;
		if (r == 0)
			r = append_match(&text, plan->config, i, err);
	}
	if (r == 0)
		r = fact_add_text(item, "subject", text.len > 0 ? buf_slice(&text) : slice_of("global"), err);
	buf_free(&text);
	return r;
}

static int add_context(cJSON *table, const struct reading *reading, const sshd_contexts *set, struct error *err)
{
	cJSON *item = fact_table_append(table);
	cJSON *where = NULL;
	int    r;

	if (!item)
		return error_nomem(err);
	r = add_subject(item, &reading->plan, set, err);
	for (size_t i = 0; r == 0 && i < SSHD_KEYWORDS; i++)
		r = sshd_reading_add(item, reading, set, (enum sshd_keyword)i, err);
	if (r == 0 && !(where = cJSON_AddObjectToObject(item, "where")))
		r = error_nomem(err);
	for (size_t i = 0; r == 0 && i < SSHD_KEYWORDS; i++)
		r = sshd_reading_add_where(where, reading, set, (enum sshd_keyword)i, err);
	return r;
}

/* Combinations that are not listed: what some block sets is not known in them, the rest is as it is for everybody. */
static int add_more(cJSON *table, const struct reading *reading, struct error *err)
{
	cJSON *item = fact_table_append(table);
	int    r;

	if (!item)
		return error_nomem(err);
	r = fact_add_text(item, "subject", slice_of("combinations of Match blocks beyond those looked at"), err);
	for (size_t i = 0; r == 0 && i < SSHD_KEYWORDS; i++) {
		enum sshd_keyword keyword = (enum sshd_keyword)i;

		if (sshd_plan_differs(&reading->plan, keyword))
			r = fact_add_unavailable(item, sshd_keyword_name(keyword), REASON_UNSUPPORTED, err,
			                         "the Match blocks of this configuration apply together in more ways than are looked at");
		else
			r = sshd_reading_add(item, reading, sshd_plan_set(&reading->plan, 0), keyword, err);
	}
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
		r = sshd_reading_add_gap(item, reading, gap, sshd_keyword_name((enum sshd_keyword)i), err);
	return r;
}

static int add_contexts(cJSON *module, const struct reading *reading, struct error *err)
{
	cJSON *table = fact_add_array(module, "contexts");
	bool   more = reading->plan.more;
	int    r = table ? 0 : error_nomem(err);

	for (size_t i = 0; r == 0 && i < reading->plan.nsets; i++) {
		if (i * reading->bytes > MAX_REPEATED) {
			more = true;
			break;
		}
		r = add_context(table, reading, sshd_plan_set(&reading->plan, i), err);
	}
	if (r == 0 && more)
		r = add_more(table, reading, err);
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

static int extract_reading(const struct evidence *ev, cJSON *module, struct error *err)
{
	const struct section *dump = evidence_find(ev, "sshd_config.dump");
	struct slice          source = slice_of("files");
	struct reading        reading;
	int                   r;

	if (section_is_whole(dump)) {
		source = section_arg(dump, "command");
	} else if (dump && !slice_is(section_arg(dump, "command"), "sshd -G")) {
		if (section_reason(dump, REASON_UNSUPPORTED) == REASON_UNSUPPORTED)
			return add_refused(module, dump, err);
		return section_add_unavailable(module, "sshd_config.contexts", "sshd_config.dump", dump, REASON_UNSUPPORTED, err);
	} else if (!evidence_find(ev, "sshd_config.file")) {
		return section_add_unavailable(module, "sshd_config.contexts", "sshd_config.file", NULL, REASON_MISSING, err);
	}
	r = sshd_reading_make(ev, &reading, err);
	if (r < 0)
		return r;
	r = fact_add_text(module, "source", source, err);
	if (r == 0)
		r = add_contexts(module, &reading, err);
	sshd_reading_fini(&reading);
	return r;
}

static int extract(const struct evidence *ev, cJSON *module, struct error *err)
{
	int r = extract_reading(ev, module, err);

	if (r == 0 && !cJSON_GetObjectItemCaseSensitive(module, "source"))
		r = fact_add_unavailable(module, "sshd_config.source", REASON_UNSUPPORTED, err, "the configuration could not be read");
	return r;
}

#define FACT_OF_WORD     FACT_TEXT
#define FACT_OF_LEVEL    FACT_TEXT
#define FACT_OF_TEXT     FACT_TEXT
#define FACT_OF_RAW      FACT_TEXT
#define FACT_OF_INTEGER  FACT_INTEGER
#define FACT_OF_TIME     FACT_INTEGER
#define FACT_OF_NAMES    FACT_LIST
#define FACT_OF_WORDS    FACT_LIST
#define FACT_OF_MANY     FACT_LIST
#define FACT_OF_ENTRIES  FACT_LIST
#define FACT_OF_LINES    FACT_LIST
#define FACT_OF_ITEMS    FACT_LIST
#define FACT_OF_LISTENS  FACT_LIST
#define FACT_OF_QOS      FACT_TEXT
#define FACT_OF_REKEY    FACT_TEXT
#define FACT_OF_OCTAL    FACT_TEXT
#define FACT_OF_TIMEOUT  FACT_TEXT
#define FACT_OF_OPTIONS  FACT_TEXT
#define FACT_OF_STARTUPS FACT_TEXT
#define FACT_OF_NETBLOCK FACT_TEXT
#define FACT_OF_PENALTIES FACT_TEXT
#define FACT_OF_ADDRESSES FACT_LIST

static const struct fact_spec facts[] = {
	{ "sshd_config.source", FACT_TEXT, NULL, "where the values come from: sshd -T, sshd -G, or the files alone" },
	{ "sshd_config.contexts", FACT_TABLE, NULL, "the global settings, those of each Match block, and of Match blocks that may apply together" },
	{ "sshd_config.contexts[].subject", FACT_TEXT, NULL, "global, or the Match lines" },
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

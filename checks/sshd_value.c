#include "sshd_value.h"

#include "limit.h"
#include "text.h"

#define MAX_WORD 64

/* Releases between which a change came, as major * 100 + minor: the last known to be before it, and the first known to be after. */
#define ENV_TWICE 804
#define ENV_ONCE  902
#define QOS_OLD   1000 /* the classes of old are no more */

static bool next_word(const struct sshd_setting *setting, struct slice *rest, struct buf *word, int *r, struct error *err)
{
	enum sshd_words style = sshd_words_of_arguments(setting->config->release);

	if (style == SSHD_WORDS_PLAIN && sshd_keyword_kind(setting->keyword) == SSHD_ITEMS)
		style = SSHD_WORDS_PLAIN_EQUALS; /* the = is a part of it */
	buf_clear(word);
	*r = sshd_words_next(style, rest, word, err);
	return *r > 0;
}

/* The line's arguments with one blank between them in `text`, or, when sshd printed it or takes it so, the line as it is. */
static int take_text(const struct sshd_setting *setting, const struct sshd_directive *d, struct buf *text, struct slice *ret_text, struct error *err)
{
	struct slice rest = d->rest;
	int          r;

	if (setting->from_dump || sshd_keyword_kind(setting->keyword) == SSHD_RAW) {
		*ret_text = rest;
		return 0;
	}
	do {
		size_t before = text->len;

		r = before > 0 ? buf_append(text, " ", 1, err) : 0;
		if (r == 0)
			r = sshd_config_next_arg(setting->config, &rest, text, err);
		if (r == 0 && before > 0)
			text->ptr[text->len = before] = '\0';
	} while (r > 0);
	*ret_text = buf_slice(text);
	return r;
}

/* An environment variable: a name set twice on a line counts once, or twice, depending on the release. */
static int append_variable(cJSON *list, sshd_release release, const struct buf *word, struct error *err)
{
	size_t       len = strcspn(buf_text(word), "=");
	const cJSON *one;

	cJSON_ArrayForEach(one, list) {
		if (strncmp(one->valuestring, buf_text(word), len) != 0 || one->valuestring[len] != '=')
			continue;
		if (release == 0 || release >= ENV_ONCE)
			return 0;
		if (release > ENV_TWICE)
			return error_set(err, ERR_SYNTAX, "one variable is set twice");
	}
	return fact_list_append(list, buf_slice(word), err);
}

/* PermitListen takes a bare port for any address. */
static int append_word(cJSON *list, enum sshd_kind kind, const struct buf *word, struct error *err)
{
	char listen[300];

	if (word->len > 0 && word->ptr[0] == '~')
		return error_set(err, ERR_SYNTAX, "a path in a home folder");
	if (kind != SSHD_LISTENS || word->len >= sizeof(listen) - 2 || strchr(buf_text(word), ':') || strcmp(buf_text(word), "any") == 0 ||
	    strcmp(buf_text(word), "none") == 0)
		return fact_list_append(list, buf_slice(word), err);
	snprintf(listen, sizeof(listen), "*:%s", buf_text(word));
	return fact_list_append(list, slice_of(listen), err);
}

/* Words to a list; what sshd printed is split at blanks only. */
static int append_words(cJSON *list, const struct sshd_setting *setting, const struct sshd_directive *d, struct error *err)
{
	struct slice rest = d->rest, word;
	struct buf   arg;
	int          r = 0, more = 0;

	if (setting->from_dump) {
		while (r == 0 && slice_next_word(&rest, &word))
			r = fact_list_append(list, word, err);
		return r;
	}
	buf_init(&arg, LIMIT_FACT_TEXT);
	while (r == 0 && next_word(setting, &rest, &arg, &more, err))
		r = sshd_keyword_kind(setting->keyword) == SSHD_ITEMS ? append_variable(list, setting->config->release, &arg, err) : append_word(list, sshd_keyword_kind(setting->keyword), &arg, err);
	buf_free(&arg);
	return more < 0 ? more : r;
}

/* The first line of a subsystem's name counts, where sshd does not refuse the second. */
static bool has_subsystem(const cJSON *list, struct slice entry)
{
	struct slice name = { 0 }, other = { 0 };
	const cJSON *one;

	if (!slice_next_word(&entry, &name))
		return false;
	cJSON_ArrayForEach(one, list) {
		struct slice rest = slice_of(one->valuestring);

		if (slice_next_word(&rest, &other) && slice_equal(name, other))
			return true;
	}
	return false;
}

static int append_line(cJSON *list, const struct sshd_setting *setting, const struct sshd_directive *d, struct error *err)
{
	struct buf   text;
	struct slice entry;
	int          r;

	buf_init(&text, LIMIT_FACT_TEXT);
	r = take_text(setting, d, &text, &entry, err);
	if (r == 0 && !(setting->keyword == SSHD_subsystem && has_subsystem(list, entry)))
		r = fact_list_append(list, entry, err);
	buf_free(&text);
	return r;
}

/* True when every line of the dump is an entry of a list that has its words on one line in a file. */
static bool is_printed_apart(const struct sshd_setting *setting)
{
	return setting->from_dump && sshd_keyword_kind(setting->keyword) == SSHD_ITEMS;
}

static int add_list(cJSON *context, const struct sshd_setting *setting, struct error *err)
{
	enum sshd_kind kind = sshd_keyword_kind(setting->keyword);
	bool           words = !is_printed_apart(setting) && kind != SSHD_ENTRIES && kind != SSHD_LINES && kind != SSHD_ADDRESSES;
	cJSON         *list = cJSON_CreateArray();
	int            r = list ? 0 : error_nomem(err);

	for (size_t i = setting->first; r == 0 && i != SSHD_NONE; i = sshd_setting_next(setting, i)) {
		const struct sshd_directive *d = &setting->config->directives[i];

		r = words ? append_words(list, setting, d, err) : append_line(list, setting, d, err);
		if (setting->joining != SSHD_ALL && !is_printed_apart(setting))
			break;
	}
	if (r == 0 && cJSON_AddItemToObject(context, sshd_keyword_name(setting->keyword), list))
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

/* A number of bytes with K, M or G; "default" is 0. */
static int parse_scaled(struct slice text, uint64_t *ret_bytes, struct error *err)
{
	static const char units[] = "kmg";
	uint64_t          factor = 1;
	const char       *unit;
	int               r;

	*ret_bytes = 0;
	if (slice_is(text, "default"))
		return 0;
	unit = text.len > 0 ? strchr(units, tolower((unsigned char)text.ptr[text.len - 1])) : NULL;
	if (unit && *unit) {
		factor = (uint64_t)1 << (10 * (unit - units + 1));
		text.len--;
	}
	r = text_parse_unsigned(text, 10, UINT32_MAX, ret_bytes, err);
	*ret_bytes *= factor;
	return r;
}

/* The parts of RekeyLimit that one line sets. */
static int parse_rekey(const struct sshd_setting *setting, struct slice rest, uint64_t *ret_bytes, int64_t *ret_seconds, struct error *err)
{
	struct buf word;
	int        r;

	*ret_seconds = -1;
	buf_init(&word, LIMIT_FACT_TEXT);
	if (next_word(setting, &rest, &word, &r, err))
		r = parse_scaled(buf_slice(&word), ret_bytes, err);
	else if (r == 0)
		r = error_set(err, ERR_SYNTAX, "no value");
	if (r == 0 && next_word(setting, &rest, &word, &r, err))
		r = slice_is(buf_slice(&word), "none") ? 0 : parse_time(buf_slice(&word), ret_seconds, err);
	buf_free(&word);
	return r;
}

/* The first line that has a part sets it; what no line of the blocks sets is as at start. */
static int add_rekey(cJSON *item, const struct sshd_setting *setting, const struct sshd_value_base *base, struct error *err)
{
	bool     have_bytes = false, below = base->below && base->below->first != SSHD_NONE;
	uint64_t bytes = 0, one;
	int64_t  seconds = -1, time;
	char     text[64];
	int      r = 0;

	for (size_t i = setting->first; r == 0 && i != SSHD_NONE; i = sshd_setting_next(setting, i)) {
		r = parse_rekey(setting, setting->config->directives[i].rest, &one, &time, err);
		if (r == 0 && !have_bytes)
			bytes = one;
		if (r == 0 && seconds < 0)
			seconds = time;
		have_bytes = true;
	}
	if (r == 0 && seconds < 0 && below)
		r = parse_rekey(base->below, base->below->config->directives[base->below->first].rest, &one, &seconds, err);
	if (r < 0)
		return r;
	snprintf(text, sizeof(text), "%" PRIu64 " %" PRId64, bytes, seconds < 0 ? 0 : seconds);
	return fact_add_text(item, sshd_keyword_name(setting->keyword), slice_of(text), err);
}

/* "none" anywhere is the end of it, else the first line counts. */
static int add_timeout(cJSON *item, const struct sshd_setting *setting, struct error *err)
{
	const char *name = sshd_keyword_name(setting->keyword);
	int64_t     seconds = -1, one = 0;
	char        text[32];
	struct buf  word;
	int         r = 0;

	buf_init(&word, LIMIT_FACT_TEXT);
	for (size_t i = setting->first; r == 0 && i != SSHD_NONE; i = sshd_setting_next(setting, i)) {
		struct slice rest = setting->config->directives[i].rest;

		if (!next_word(setting, &rest, &word, &r, err))
			r = r < 0 ? r : error_set(err, ERR_SYNTAX, "no value");
		else if (slice_is_nocase(buf_slice(&word), "none"))
			seconds = 0;
		else if ((r = parse_time(buf_slice(&word), &one, err)) == 0 && seconds < 0)
			seconds = one;
	}
	buf_free(&word);
	if (r < 0)
		return r;
	snprintf(text, sizeof(text), "%" PRId64, seconds);
	return fact_add_text(item, name, slice_of(seconds <= 0 ? "none" : text), err);
}

/* Names of traffic classes, as sshd prints them. */
static bool is_qos_name(sshd_release release, struct slice word)
{
	static const char *const old[] = { "lowdelay", "throughput", "reliability" };
	static const char *const names[] = { "af11", "af12", "af13", "af21", "af22", "af23", "af31", "af32", "af33", "af41", "af42", "af43", "cs0", "cs1",
		                             "cs2", "cs3", "cs4", "cs5", "cs6", "cs7", "ef", "le", "va", "none" };

	for (size_t i = 0; i < countof(names); i++)
		if (slice_is(word, names[i]))
			return true;
	for (size_t i = 0; i < countof(old); i++)
		if (slice_is(word, old[i]))
			return release != 0 && release < QOS_OLD;
	return false;
}

/* One class for both kinds of traffic, or one for each. Numbers have names that depend on the release. */
static int add_qos(cJSON *item, const struct sshd_setting *setting, struct slice rest, struct error *err)
{
	char       text[MAX_WORD] = "", both[2 * MAX_WORD + 1];
	struct buf word;
	size_t     n = 0;
	int        r = 0;

	buf_init(&word, LIMIT_FACT_TEXT);
	for (; n < 2 && next_word(setting, &rest, &word, &r, err); n++) {
		for (size_t i = 0; i < word.len; i++)
			word.ptr[i] = (char)tolower((unsigned char)word.ptr[i]);
		if (!is_qos_name(setting->config->release, buf_slice(&word))) {
			r = error_set(err, ERR_SYNTAX, "not the name of a class");
			break;
		}
		if (n == 0)
			snprintf(text, sizeof(text), "%s", buf_text(&word));
		snprintf(both, sizeof(both), "%s %s", text, buf_text(&word));
	}
	buf_free(&word);
	if (r >= 0 && n == 0)
		r = error_set(err, ERR_SYNTAX, "no value");
	return r < 0 ? r : fact_add_text(item, sshd_keyword_name(setting->keyword), slice_of(both), err);
}

static int add_options(cJSON *item, const struct sshd_setting *setting, struct slice rest, struct error *err)
{
	bool       touch = false, verify = false;
	struct buf word;
	int        r = 0;

	buf_init(&word, LIMIT_FACT_TEXT);
	while (next_word(setting, &rest, &word, &r, err)) {
		touch = touch || slice_is_nocase(buf_slice(&word), "touch-required");
		verify = verify || slice_is_nocase(buf_slice(&word), "verify-required");
	}
	buf_free(&word);
	if (r < 0)
		return r;
	return fact_add_text(item, sshd_keyword_name(setting->keyword),
	                     slice_of(touch && verify ? "touch-required verify-required" : touch ? "touch-required"
	                                                                           : verify      ? "verify-required"
	                                                                                         : "none"),
	                     err);
}

static int add_number(cJSON *item, const struct sshd_setting *setting, struct slice text, struct error *err)
{
	const char    *name = sshd_keyword_name(setting->keyword);
	enum sshd_kind kind = sshd_keyword_kind(setting->keyword);
	int64_t        seconds = 0;
	uint64_t       number = 0;
	char           shown[32];
	int            r;

	if (kind == SSHD_TIME)
		r = parse_time(text, &seconds, err);
	else
		r = text_parse_unsigned(text, kind == SSHD_OCTAL ? 8 : 10, INT32_MAX, &number, err);
	if (r < 0)
		return r;
	if (kind == SSHD_INTEGER || kind == SSHD_TIME)
		return fact_add_integer(item, name, kind == SSHD_TIME ? seconds : (int64_t)number, err);
	snprintf(shown, sizeof(shown), "0%" PRIo64, number);
	return fact_add_text(item, name, slice_of(shown), err);
}

/* Where there are two words for one thing: the one sshd prints, which for PermitRootLogin depends on the release. */
static struct slice one_word(enum sshd_keyword keyword, struct slice word)
{
	static const struct {
		enum sshd_keyword keyword;
		const char       *word;
		const char       *printed;
	} words[] = {
		{ SSHD_permitrootlogin, "without-password", "prohibit-password" },
		{ SSHD_allowtcpforwarding, "all", "yes" },
		{ SSHD_allowstreamlocalforwarding, "all", "yes" },
		{ SSHD_compression, "delayed", "yes" },
		{ SSHD_loglevel, "DEBUG1", "DEBUG" },
		{ SSHD_loglevel, "QUIET", "SILENT" },
	};

	for (size_t i = 0; i < countof(words); i++)
		if (words[i].keyword == keyword && slice_is(word, words[i].word))
			return slice_of(words[i].printed);
	return word;
}

/* Words that sshd compares without regard to case, as sshd prints them. */
static int add_word(cJSON *item, const struct sshd_setting *setting, struct slice text, struct error *err)
{
	bool upper = sshd_keyword_kind(setting->keyword) == SSHD_LEVEL;
	char word[MAX_WORD];

	if (text.len >= sizeof(word))
		return error_set(err, ERR_SYNTAX, "too long for a word");
	for (size_t i = 0; i < text.len; i++)
		word[i] = (char)(upper ? toupper((unsigned char)text.ptr[i]) : tolower((unsigned char)text.ptr[i]));
	text = one_word(setting->keyword, (struct slice){ .ptr = word, .len = text.len });
	return fact_add_text(item, sshd_keyword_name(setting->keyword), text, err);
}

static bool has_name(struct slice names, struct slice name)
{
	struct slice one;

	while (slice_next(&names, ',', &one))
		if (slice_equal(one, name))
			return true;
	return false;
}

/* Append the names that are not there yet and that `except` does not match. */
static int append_names(struct buf *out, struct slice names, struct slice except, struct error *err)
{
	struct slice name = { 0 };
	int          r = 0;

	while (r == 0 && slice_next(&names, ',', &name)) {
		if (sshd_match_list(name, except, false) == 1 || has_name(buf_slice(out), name))
			continue;
		r = out->len > 0 ? buf_append(out, ",", 1, err) : 0;
		if (r == 0)
			r = buf_append_slice(out, name, err);
	}
	return r;
}

/* A list that says what to add to, take from or put before the default list. Patterns can only take away: what else they match is not known. */
static int change_names(cJSON *item, const char *name, struct slice text, struct slice base, struct error *err)
{
	struct slice change = slice_sub(text, 1, text.len), none = { 0 };
	struct buf   names;
	int          r;

	if (text.ptr[0] != '-' && (memchr(text.ptr, '*', text.len) || memchr(text.ptr, '?', text.len) || memchr(text.ptr, '!', text.len)))
		return fact_add_unavailable(item, name, REASON_UNSUPPORTED, err, "%s names algorithms by a pattern, and what it matches is not known here", name);
	buf_init(&names, LIMIT_FACT_TEXT);
	r = text.ptr[0] == '^' ? append_names(&names, change, none, err) : 0;
	if (r == 0)
		r = append_names(&names, base, text.ptr[0] == '-' ? change : none, err);
	if (r == 0 && text.ptr[0] == '+')
		r = append_names(&names, change, none, err);
	if (r == 0)
		r = fact_add_names(item, name, buf_slice(&names), err);
	buf_free(&names);
	return r;
}

static int add_names(cJSON *item, const struct sshd_setting *setting, const struct sshd_value_base *base, struct slice text, struct error *err)
{
	const char *name = sshd_keyword_name(setting->keyword);
	size_t      def = base->defaults ? base->defaults->first[setting->keyword] : SSHD_NONE;
	bool        pattern = !setting->from_dump && (memchr(text.ptr, '*', text.len) || memchr(text.ptr, '?', text.len));

	if (strchr("+-^", text.ptr[0]) && def != SSHD_NONE)
		return change_names(item, name, text, base->defaults->directives[def].rest, err);
	if (strchr("+-^", text.ptr[0]))
		return fact_add_unavailable(item, name, REASON_UNSUPPORTED, err, "%s changes the default list, which is not known here", name);
	if (pattern)
		return fact_add_unavailable(item, name, REASON_UNSUPPORTED, err, "%s names algorithms by a pattern, and what it matches is not known here", name);
	return slice_is(text, "none") ? fact_add_names(item, name, (struct slice){ 0 }, err) : fact_add_names(item, name, text, err);
}

static int add_addresses(cJSON *item, const struct sshd_setting *setting, struct error *err)
{
	const char  *name = sshd_keyword_name(setting->keyword);
	struct slice rest = setting->config->directives[setting->first].rest;
	struct buf   word, more;
	int          r;

	if (sshd_setting_next(setting, setting->first) != SSHD_NONE)
		return fact_add_unavailable(item, name, REASON_UNSUPPORTED, err, "the order of several %s lines takes sshd's own account", name);
	buf_init(&word, LIMIT_FACT_TEXT);
	buf_init(&more, LIMIT_FACT_TEXT);
	r = next_word(setting, &rest, &word, &r, err) ? 0 : ERR_SYNTAX;
	if (r == 0 && next_word(setting, &rest, &more, &r, err))
		r = fact_add_unavailable(item, name, REASON_UNSUPPORTED, err, "%s with a routing domain is not looked into", name);
	else if (r == 0)
		r = sshd_value_add_address(item, setting, buf_slice(&word), err);
	buf_free(&more);
	buf_free(&word);
	return r;
}

/* The first argument, or the text the kind demands, as a fact. */
static int add_text(cJSON *item, const struct sshd_setting *setting, const struct sshd_value_base *base, struct slice value, struct error *err)
{
	switch (sshd_keyword_kind(setting->keyword)) {
	case SSHD_INTEGER:
	case SSHD_TIME:
	case SSHD_OCTAL:
		return add_number(item, setting, value, err);
	case SSHD_WORD:
	case SSHD_LEVEL:
		return add_word(item, setting, value, err);
	case SSHD_STARTUPS:
		return sshd_value_add_startups(item, sshd_keyword_name(setting->keyword), value, err);
	case SSHD_PENALTIES:
		return sshd_value_add_penalties(item, sshd_keyword_name(setting->keyword), setting, value, err);
	case SSHD_NETBLOCK:
		return sshd_value_add_netblock(item, sshd_keyword_name(setting->keyword), value, err);
	case SSHD_NAMES:
		return add_names(item, setting, base, value, err);
	default:
		return fact_add_text(item, sshd_keyword_name(setting->keyword), slice_is_nocase(value, "none") ? slice_of("none") : value, err);
	}
}

static int add_scalar(cJSON *item, const struct sshd_setting *setting, const struct sshd_value_base *base, struct error *err)
{
	const struct sshd_directive *d = &setting->config->directives[setting->first];
	enum sshd_kind               kind = sshd_keyword_kind(setting->keyword);
	struct slice                 rest = d->rest, value;
	struct buf                   text;
	int                          r;

	buf_init(&text, LIMIT_FACT_TEXT);
	if (setting->from_dump || kind == SSHD_TEXT || kind == SSHD_RAW)
		r = take_text(setting, d, &text, &value, err);
	else if ((r = sshd_config_next_arg(setting->config, &rest, &text, err)) >= 0)
		value = buf_slice(&text);
	if (r >= 0 && value.len == 0)
		r = error_set(err, ERR_SYNTAX, "no value");
	if (r >= 0)
		r = add_text(item, setting, base, value, err);
	buf_free(&text);
	return r;
}

static int add_value(cJSON *item, const struct sshd_setting *setting, const struct sshd_value_base *base, struct error *err)
{
	struct slice rest = setting->first == SSHD_NONE ? (struct slice){ 0 } : setting->config->directives[setting->first].rest;

	switch (sshd_keyword_kind(setting->keyword)) {
	case SSHD_WORDS:
	case SSHD_ITEMS:
	case SSHD_LISTENS:
	case SSHD_MANY:
	case SSHD_ENTRIES:
	case SSHD_LINES:
		return add_list(item, setting, err);
	case SSHD_ADDRESSES:
		return setting->from_dump ? add_list(item, setting, err) : add_addresses(item, setting, err);
	case SSHD_REKEY:
		return setting->from_dump ? add_scalar(item, setting, base, err) : add_rekey(item, setting, base, err);
	case SSHD_TIMEOUT:
		return setting->from_dump ? add_scalar(item, setting, base, err) : add_timeout(item, setting, err);
	case SSHD_QOS:
		return setting->from_dump ? add_scalar(item, setting, base, err) : add_qos(item, setting, rest, err);
	case SSHD_OPTIONS:
		return setting->from_dump ? add_scalar(item, setting, base, err) : add_options(item, setting, rest, err);
	default:
		return add_scalar(item, setting, base, err);
	}
}

int sshd_value_add(cJSON *item, const struct sshd_setting *setting, const struct sshd_value_base *base, struct error *err)
{
	const char  *name = sshd_keyword_name(setting->keyword);
	struct error why = { 0 };
	int          r;

	if (setting->joining == SSHD_UNSURE && !setting->from_dump && sshd_setting_next(setting, setting->first) != SSHD_NONE)
		return fact_add_unavailable(item, name, REASON_UNSUPPORTED, err, "%s is set more than once, and which one counts depends on the release", name);
	r = add_value(item, setting, base, &why);
	if (r == 0)
		return 0;
	if (r == ERR_NOMEM)
		return error_nomem(err);
	return fact_add_unavailable(item, name, REASON_PARSE, err, "the value of %s is not understood: %s", name, why.text);
}

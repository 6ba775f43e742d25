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
#include "sshd_drift.h"
#include "sshd_effective.h"
#include "sshd_logins.h"
#include "sshd_reading.h"
#include "sshd_subject.h"
#include "sshd_value.h"
#include "text.h"

/* A daemon of the target. */
struct daemon {
	struct reading reading;
	char           name[200];   /* "port 22" */
	char           prefix[210]; /* of the subjects of its contexts: "port 22: ", or nothing where there is one daemon */
};

/* Bytes of configuration that are turned into facts, each context repeating the global ones: 200 blocks of a stock server. */
#define MAX_REPEATED (2u * 1024 * 1024)

static int add_subject(cJSON *item, const struct daemon *daemon, const sshd_contexts *set, struct error *err)
{
	struct buf text;
	int        r;

	buf_init(&text, LIMIT_FACT_TEXT);
	r = buf_append_text(&text, daemon->prefix, err);
	if (r == 0)
		r = sshd_subject_append(&text, &daemon->reading.plan, set, err);
	if (r == 0)
		r = fact_add_text(item, "subject", buf_slice(&text), err);
	buf_free(&text);
	return r;
}

/* A subject that is not made of Match lines. */
static int add_plain_subject(cJSON *item, const struct daemon *daemon, const char *subject, struct error *err)
{
	char text[sizeof(daemon->prefix) + 100];
	int  r = fact_add_boolean(item, "global", strcmp(subject, "global") == 0, err);

	snprintf(text, sizeof(text), "%s%s", daemon->prefix, subject);
	return r < 0 ? r : fact_add_text(item, "subject", slice_of(text), err);
}

static int add_context(cJSON *table, const struct daemon *daemon, const sshd_contexts *set, struct error *err)
{
	const struct reading *reading = &daemon->reading;
	cJSON                *item = fact_table_append(table);
	cJSON                *where = NULL;
	int                   r;

	if (!item)
		return error_nomem(err);
	r = add_subject(item, daemon, set, err);
	if (r == 0)
		r = fact_add_boolean(item, "global", set == sshd_plan_set(&reading->plan, 0), err);
	for (size_t i = 0; r == 0 && i < SSHD_KEYWORDS; i++)
		r = sshd_reading_add(item, reading, set, (enum sshd_keyword)i, err);
	if (r == 0 && !(where = cJSON_AddObjectToObject(item, "where")))
		r = error_nomem(err);
	for (size_t i = 0; r == 0 && i < SSHD_KEYWORDS; i++)
		r = sshd_reading_add_where(where, reading, set, (enum sshd_keyword)i, err);
	return r;
}

/* Combinations that are not listed: what some block sets is not known in them, the rest is as it is for everybody. */
static int add_more(cJSON *table, const struct daemon *daemon, struct error *err)
{
	const struct reading *reading = &daemon->reading;
	cJSON                *item = fact_table_append(table);
	int                   r;

	if (!item)
		return error_nomem(err);
	r = add_plain_subject(item, daemon, "combinations of Match blocks beyond those looked at", err);
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
static int add_unread(cJSON *table, const struct daemon *daemon, struct error *err)
{
	const struct reading      *reading = &daemon->reading;
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
	r = add_plain_subject(item, daemon, "Match blocks in files that were not read", err);
	for (size_t i = 0; r == 0 && i < SSHD_KEYWORDS; i++)
		r = sshd_reading_add_gap(item, reading, gap, sshd_keyword_name((enum sshd_keyword)i), err);
	return r;
}

/* An item in which nothing is known. */
static int add_unknown(cJSON *table, const struct daemon *daemon, enum reason reason, const char *why, struct error *err)
{
	cJSON *item = fact_table_append(table);
	int    r = item ? add_plain_subject(item, daemon, "global", err) : error_nomem(err);

	for (size_t i = 0; r == 0 && i < SSHD_KEYWORDS; i++)
		r = fact_add_unavailable(item, sshd_keyword_name((enum sshd_keyword)i), reason, err, "%s", why);
	return r;
}

static int add_contexts(cJSON *table, const struct daemon *daemon, struct error *err)
{
	const struct reading *reading = &daemon->reading;
	bool                  more = reading->plan.more;
	int                   r = 0;

	for (size_t i = 0; r == 0 && i < reading->plan.nsets; i++) {
		if (i * reading->bytes > MAX_REPEATED) {
			more = true;
			break;
		}
		r = add_context(table, daemon, sshd_plan_set(&reading->plan, i), err);
	}
	if (r == 0 && more)
		r = add_more(table, daemon, err);
	return r < 0 ? r : add_unread(table, daemon, err);
}

/* Why nothing can be said of a daemon's configuration; REASON_UNKNOWN when something can. sshd -T as root is asked for the truth: where it refuses, the files are no use. */
static enum reason find_obstacle(const struct reading *reading, char *why, size_t size)
{
	const struct section *dump = reading->printed;
	struct slice          rest, line = { 0 };
	char                  text[300];

	if (!reading->daemon.understood) {
		snprintf(why, size, "how this daemon was started is not understood, or it is another program than the host's sshd");
		return REASON_UNSUPPORTED;
	}
	if (section_is_whole(dump))
		return REASON_UNKNOWN;
	if (!dump || slice_is(section_arg(dump, "command"), "sshd -G")) {
		snprintf(why, size, "the evidence has no section sshd_config.file");
		return evidence_find(reading->ev, "sshd_config.file") ? REASON_UNKNOWN : REASON_MISSING;
	}
	rest = dump->body;
	if (!slice_next_line(&rest, &line, NULL))
		line = slice_of("it printed nothing");
	if (section_reason(dump, REASON_UNSUPPORTED) == REASON_UNSUPPORTED)
		snprintf(why, size, "sshd -T failed: %s", text_clean_into(text, sizeof(text), line));
	else
		snprintf(why, size, "what sshd -T prints did not come whole");
	return section_reason(dump, REASON_UNSUPPORTED);
}

/* Where the values are from, in `text`. */
static struct slice source_of(const struct reading *reading, char *text, size_t size)
{
	sshd_release release = reading->files.release;

	if (reading->dumped)
		return section_arg(reading->printed, "command");
	if (!reading->vendor)
		return slice_of("files");
	snprintf(text, size, "files, and a table of the defaults of OpenSSH %u.%u for %s", release / 100, release % 100, reading->vendor);
	return slice_of(text);
}

/* The contexts of all daemons; of a single one of which nothing is known, there is no table. */
static int add_configuration(cJSON *module, struct daemon *const *daemons, size_t ndaemons, struct error *err)
{
	struct buf  source;
	enum reason reason;
	char        why[400], text[100];
	cJSON      *table = NULL;
	int         r = 0;

	buf_init(&source, LIMIT_FACT_TEXT);
	for (size_t i = 0; r == 0 && i < ndaemons; i++) {
		const struct reading *reading = &daemons[i]->reading;

		reason = find_obstacle(reading, why, sizeof(why));
		if (reason != REASON_UNKNOWN && ndaemons == 1) {
			r = reading->printed && reason != REASON_UNSUPPORTED && !slice_is(section_arg(reading->printed, "command"), "sshd -G")
			            ? section_add_unavailable(module, "sshd_config.contexts", "sshd_config.dump", reading->printed, reason, err)
			            : fact_add_unavailable(module, "sshd_config.contexts", reason, err, "%s", why);
			break;
		}
		if (!table && !(table = fact_add_array(module, "contexts")))
			r = error_nomem(err);
		else if (reason != REASON_UNKNOWN)
			r = add_unknown(table, daemons[i], reason, why, err);
		else
			r = add_contexts(table, daemons[i], err);
		if (r == 0 && reason == REASON_UNKNOWN && !slice_equal(buf_slice(&source), source_of(reading, text, sizeof(text)))) {
			r = source.len > 0 ? buf_append_text(&source, ", ", err) : 0;
			if (r == 0)
				r = buf_append_slice(&source, source_of(reading, text, sizeof(text)), err);
		}
	}
	if (r == 0)
		r = source.len > 0 ? fact_add_text(module, "source", buf_slice(&source), err)
		                   : fact_add_unavailable(module, "sshd_config.source", REASON_UNSUPPORTED, err, "the configuration could not be read");
	buf_free(&source);
	return r;
}

/* The table of daemons, which is known only where processes can be seen. */
static int add_daemons(cJSON *module, const struct evidence *ev, struct daemon *const *daemons, size_t ndaemons, struct error *err)
{
	const struct section *s = evidence_find(ev, "sshd_config.daemons");
	cJSON                *table, *item;
	int                   r = 0;

	if (!section_is_whole(s))
		return section_add_unavailable(module, "sshd_config.daemons", "sshd_config.daemons", s, privilege_reason(ev), err);
	table = fact_add_array(module, "daemons");
	if (!table)
		return error_nomem(err);
	for (size_t i = 0; r == 0 && i < ndaemons; i++) {
		item = fact_table_append(table);
		r = item ? fact_add_text(item, "subject", slice_of(daemons[i]->name), err) : error_nomem(err);
		if (r == 0)
			r = sshd_drift_add(item, &daemons[i]->reading, err);
	}
	if (r == 0 && slice_is(section_arg(s, "more"), "1")) {
		r = fact_add_unavailable(module, "sshd_config.daemons", REASON_TRUNCATED, err, "more daemons listen than are looked at");
		if (r == 0)
			r = fact_add_unavailable(module, "sshd_config.contexts", REASON_TRUNCATED, err, "more daemons listen than are looked at");
	}
	return r;
}

/* "port 22", or "ports 22, 2222": what a daemon is known by. */
static int name_daemon(struct daemon *daemon, struct error *err)
{
	const struct reading *reading = &daemon->reading;
	cJSON                *settings;
	const cJSON          *ports, *one;
	size_t                n;
	int                   r;

	if (!reading->daemon.understood) {
		snprintf(daemon->name, sizeof(daemon->name), "a daemon with other arguments");
		return 0;
	}
	settings = cJSON_CreateObject();
	r = settings ? sshd_reading_add(settings, reading, reading->plan.always, SSHD_port, err) : error_nomem(err);
	ports = cJSON_GetObjectItemCaseSensitive(settings, "port");
	n = (size_t)snprintf(daemon->name, sizeof(daemon->name), cJSON_GetArraySize(ports) > 1 ? "ports" : "port");
	cJSON_ArrayForEach(one, ports)
		if (n < sizeof(daemon->name) - 32)
			n += (size_t)snprintf(daemon->name + n, 32, "%s %.20s", one == ports->child ? "" : ",", one->valuestring);
	if (cJSON_GetArraySize(ports) == 0)
		snprintf(daemon->name, sizeof(daemon->name), "port 22");
	cJSON_Delete(settings);
	return r;
}

static int by_name(const void *a, const void *b)
{
	const struct daemon *one = *(struct daemon *const *)a, *other = *(struct daemon *const *)b;
	struct slice         file = one->reading.daemon.file, other_file = other->reading.daemon.file;
	int                  order = strcmp(one->name, other->name);

	if (order == 0)
		order = memcmp(file.ptr, other_file.ptr, file.len < other_file.len ? file.len : other_file.len);
	return order != 0 ? order : (file.len > other_file.len) - (file.len < other_file.len);
}

/* In the order of their names; where two have one name, the file tells them apart. */
static void order_daemons(struct daemon **daemons, size_t n)
{
	qsort(daemons, n, sizeof(struct daemon *), by_name);
	for (size_t i = 0; n > 1 && i < n; i++) {
		bool same = (i > 0 && strcmp(daemons[i - 1]->name, daemons[i]->name) == 0) || (i + 1 < n && strcmp(daemons[i + 1]->name, daemons[i]->name) == 0);
		char file[100];

		if (same)
			snprintf(daemons[i]->prefix, sizeof(daemons[i]->prefix), "%.80s (%s): ", daemons[i]->name,
			         text_clean_into(file, sizeof(file), daemons[i]->reading.daemon.file));
		else
			snprintf(daemons[i]->prefix, sizeof(daemons[i]->prefix), "%s: ", daemons[i]->name);
	}
}

static int add_socket(cJSON *module, struct daemon *const *daemons, size_t n, struct error *err)
{
	const struct reading *readings[SSHD_DAEMONS_MAX];

	for (size_t i = 0; i < n; i++)
		readings[i] = &daemons[i]->reading;
	return sshd_drift_add_socket(module, readings, n, err);
}

/* Who can log in, by whichever daemon. */
static int add_logins(cJSON *module, const struct evidence *ev, struct daemon *const *daemons, size_t ndaemons, struct error *err)
{
	struct accounts       accounts;
	const struct section *done = evidence_find(ev, "accounts.done");
	char                  why[400];
	cJSON                *table = NULL;
	bool                  hidden = false;
	int                   r;

	if (!section_is_whole(done))
		return section_add_unavailable(module, "sshd_config.logins", "accounts.done", done, REASON_MISSING, err);
	r = accounts_read(ev, &accounts, err);
	if (r < 0)
		return r;
	r = accounts_add_unavailable(module, "sshd_config.logins", ev, &accounts, err);
	if (r == 0)
		r = accounts_add_groups_unavailable(module, "sshd_config.logins", ev, &accounts, err);
	if (r == 0 && accounts.nitems > 0 && !(table = fact_add_array(module, "logins")))
		r = error_nomem(err);
	for (size_t i = 0; r == 0 && table && i < ndaemons; i++) {
		enum reason reason = find_obstacle(&daemons[i]->reading, why, sizeof(why));

		r = reason == REASON_UNKNOWN ? sshd_logins_add(table, &daemons[i]->reading, daemons[i]->prefix, &accounts, &hidden, err)
		                             : fact_add_unavailable(module, "sshd_config.logins", reason, err, "%s", why);
	}
	if (r == 0 && hidden)
		r = privilege_is_root(ev) ? fact_add_unavailable(module, "sshd_config.logins", REASON_UNSUPPORTED, err,
		                                                 "whether accounts without a shell have a password is not known")
		                          : privilege_add_unavailable(module, "sshd_config.logins", ev, "whether accounts without a shell have a password takes root to see", err);
	if (r == 0 && cJSON_GetArraySize(table) >= SSHD_LOGINS_MAX)
		r = fact_add_unavailable(module, "sshd_config.logins", REASON_TRUNCATED, err, "more accounts can log in than are looked at");
	accounts_fini(&accounts);
	return r;
}

static int extract_daemons(const struct evidence *ev, cJSON *module, struct daemon **daemons, size_t n, struct error *err)
{
	int r;

	order_daemons(daemons, n);
	r = add_configuration(module, daemons, n, err);
	if (r == 0)
		r = add_daemons(module, ev, daemons, n, err);
	if (r == 0)
		r = add_logins(module, ev, daemons, n, err);
	return r < 0 ? r : add_socket(module, daemons, n, err);
}

static int extract(const struct evidence *ev, cJSON *module, struct error *err)
{
	struct sshd_daemon found[SSHD_DAEMONS_MAX];
	struct daemon     *ordered[SSHD_DAEMONS_MAX];
	size_t             n = sshd_daemon_find(ev, found), made = 0;
	struct daemon     *daemons = mem_zalloc(n * sizeof(*daemons));
	int                r = daemons ? 0 : error_nomem(err);

	for (; r == 0 && made < n; made++) {
		r = sshd_reading_make(ev, &found[made], &daemons[made].reading, err);
		if (r < 0)
			break;
		ordered[made] = &daemons[made];
		r = name_daemon(&daemons[made], err);
	}
	if (r == 0)
		r = extract_daemons(ev, module, ordered, n, err);
	while (made > 0)
		sshd_reading_fini(&daemons[--made].reading);
	mem_free(daemons);
	return r;
}

#define FACT_OF_WORD      FACT_TEXT
#define FACT_OF_LEVEL     FACT_TEXT
#define FACT_OF_TEXT      FACT_TEXT
#define FACT_OF_RAW       FACT_TEXT
#define FACT_OF_INTEGER   FACT_INTEGER
#define FACT_OF_TIME      FACT_INTEGER
#define FACT_OF_NAMES     FACT_LIST
#define FACT_OF_WORDS     FACT_LIST
#define FACT_OF_MANY      FACT_LIST
#define FACT_OF_ENTRIES   FACT_LIST
#define FACT_OF_LINES     FACT_LIST
#define FACT_OF_ITEMS     FACT_LIST
#define FACT_OF_LISTENS   FACT_LIST
#define FACT_OF_QOS       FACT_TEXT
#define FACT_OF_REKEY     FACT_TEXT
#define FACT_OF_OCTAL     FACT_TEXT
#define FACT_OF_TIMEOUT   FACT_TEXT
#define FACT_OF_OPTIONS   FACT_TEXT
#define FACT_OF_STARTUPS  FACT_TEXT
#define FACT_OF_NETBLOCK  FACT_TEXT
#define FACT_OF_PENALTIES FACT_TEXT
#define FACT_OF_ADDRESSES FACT_LIST

static const struct fact_spec facts[] = {
	{ "sshd_config.source", FACT_TEXT, NULL, "where the values come from: sshd -T, sshd -G, or the files, with a table of the release's defaults where there is one" },
	{ "sshd_config.daemons", FACT_TABLE, NULL, "the daemons of root that listen, or where there is none, what a daemon with the usual file would be" },
	{ "sshd_config.daemons[].subject", FACT_TEXT, NULL, "the ports it is configured to listen on" },
	{ "sshd_config.daemons[].file", FACT_TEXT, NULL, "its main file" },
	{ "sshd_config.daemons[].arguments", FACT_LIST, NULL, "what it was started with that changes its configuration" },
	{ "sshd_config.daemons[].listening", FACT_BOOLEAN, NULL, "whether it runs" },
	{ "sshd_config.daemons[].serves", FACT_BOOLEAN, NULL, "whether this connection came by it" },
	{ "sshd_config.daemons[].started", FACT_INTEGER, "seconds", "when it started, since 1970" },
	{ "sshd_config.daemons[].read", FACT_INTEGER, "seconds", "when it last read its files, since 1970, as its PidFile tells" },
	{ "sshd_config.daemons[].edited", FACT_LIST, NULL, "files of its configuration, host keys and folders that are newer than that" },
	{ "sshd_config.daemons[].complaint", FACT_TEXT, NULL, "why sshd -t would refuse the configuration; none when it would not" },
	{ "sshd_config.daemons[].offered_only", FACT_LIST, NULL, "algorithms it offers that its configuration does not have" },
	{ "sshd_config.daemons[].configured_only", FACT_LIST, NULL, "algorithms of its configuration that it does not offer" },
	{ "sshd_config.socket", FACT_LIST, NULL, "where systemd listens in the place of sshd" },
	{ "sshd_config.socket_only", FACT_LIST, NULL, "those of them with a port that no daemon is configured to listen on" },
	{ "sshd_config.logins", FACT_TABLE, NULL, "the accounts sshd lets in, of those with a shell or a password, with every way in which Match blocks change that" },
	{ "sshd_config.logins[].subject", FACT_TEXT, NULL, "the account, and the Match lines that make a difference to it" },
	{ "sshd_config.logins[].user", FACT_TEXT, NULL, "the account" },
	{ "sshd_config.logins[].uid", FACT_INTEGER, NULL, "its number" },
	{ "sshd_config.logins[].shell", FACT_BOOLEAN, NULL, "whether it has a shell" },
	{ "sshd_config.logins[].password", FACT_TEXT, NULL, "set, empty, none or locked" },
	{ "sshd_config.logins[].methods", FACT_LIST, NULL, "what lets it in: a method, or several that are all asked for; a public key counts whether there is one or not" },
	{ "sshd_config.logins[].from", FACT_LIST, NULL, "from where: anywhere, or patterns of hosts; after ! those it is not let in from" },
	{ "sshd_config.contexts", FACT_TABLE, NULL, "the global settings, those of each Match block, and of Match blocks that may apply together" },
	{ "sshd_config.contexts[].subject", FACT_TEXT, NULL, "global, or the Match lines; after the ports of the daemon where there are several" },
	{ "sshd_config.contexts[].global", FACT_BOOLEAN, NULL, "whether these are the global settings" },
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

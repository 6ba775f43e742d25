#include "sshd_drift.h"

#include "kexinit.h"
#include "limit.h"
#include "mem.h"
#include "privilege.h"
#include "sections.h"
#include "text.h"

/* Seconds by which a file must be newer: the time a process started is known to the second, and only as well as the time of the boot. */
#define LEEWAY 2

/* When the daemon last read its files: at its start, or when it wrote its number again after a signal. */
static bool read_at(const struct reading *reading, int64_t *ret_time, bool *ret_certain)
{
	const struct section *pidfile = sshd_daemon_section(reading->ev, &reading->daemon, "sshd_config.pidfile", NULL);
	int64_t               written;

	if (!sshd_daemon_started(&reading->daemon, ret_time))
		return false;
	*ret_certain = section_is_whole(pidfile) && sshd_daemon_time(pidfile, "mtime", &written);
	if (*ret_certain && written > *ret_time)
		*ret_time = written;
	return true;
}

struct edits {
	cJSON  *list;
	int64_t since;
	bool    unknown; /* of some file it is not known when it was written */
};

static int note_edit(struct edits *edits, const struct section *s, struct slice path, struct error *err)
{
	const cJSON *one;
	char         text[LIMIT_FACT_TEXT > 1024 ? 1024 : LIMIT_FACT_TEXT];
	int64_t      time;

	if (!sshd_daemon_time(s, "mtime", &time))
		edits->unknown = true;
	else if (time > edits->since + LEEWAY) {
		text_clean_into(text, sizeof(text), path);
		cJSON_ArrayForEach(one, edits->list)
			if (strcmp(one->valuestring, text) == 0)
				return 0;
		return fact_list_append(edits->list, slice_of(text), err);
	}
	return 0;
}

static const struct section *find_by(const struct evidence *ev, const char *name, const char *arg, struct slice value)
{
	const struct section *s = evidence_find(ev, name);

	while (s && !slice_equal(section_arg(s, arg), value))
		s = evidence_find_next(ev, s);
	return s;
}

/* The folder of a pattern, in which a file may have been added, or taken away. */
static struct slice folder_of(struct slice pattern)
{
	while (pattern.len > 1 && pattern.ptr[pattern.len - 1] != '/')
		pattern.len--;
	if (pattern.len > 1)
		pattern.len--;
	return pattern;
}

static int note_edits(struct edits *edits, const struct reading *reading, struct error *err)
{
	const struct sshd_config *files = &reading->files;
	int                       r = 0;

	for (size_t i = 0; r == 0 && i < files->nsources; i++) {
		const struct section *s = find_by(reading->ev, files->sources[i].pattern ? "sshd_config.include" : "sshd_config.file",
		                                  files->sources[i].pattern ? "pattern" : "path", files->sources[i].name);

		if (!files->sources[i].pattern)
			r = note_edit(edits, s, files->sources[i].name, err);
		else if (section_arg(s, "mtime").len > 0)
			r = note_edit(edits, s, folder_of(files->sources[i].name), err);
	}
	for (const struct section *s = NULL; r == 0 && (s = sshd_daemon_section(reading->ev, &reading->daemon, "sshd_config.host_key", s)) != NULL;)
		r = note_edit(edits, s, section_arg(s, "path"), err);
	for (size_t i = 0; i < files->ncontexts; i++)
		edits->unknown = edits->unknown || files->contexts[i].gap != SSHD_NONE;
	return r;
}

/* Files that were written after the daemon read them. */
static int add_edited(cJSON *item, const struct reading *reading, struct error *err)
{
	struct edits edits = { .list = fact_add_array(item, "edited") };
	bool         certain = false, timed = read_at(reading, &edits.since, &certain);
	int          r = edits.list ? 0 : error_nomem(err);

	if (r == 0 && timed)
		r = note_edits(&edits, reading, err);
	if (r < 0 || (timed && !edits.unknown && (certain || cJSON_GetArraySize(edits.list) == 0)) || (timed && certain && cJSON_GetArraySize(edits.list) > 0))
		return r;
	cJSON_DeleteItemFromObjectCaseSensitive(item, "edited");
	if (!timed)
		return fact_add_unavailable(item, "edited", REASON_PARSE, err, "when the daemon started is not known");
	if (edits.unknown)
		return fact_add_unavailable(item, "edited", privilege_reason(reading->ev), err, "when some of its files were written is not known");
	return fact_add_unavailable(item, "edited", REASON_UNSUPPORTED, err,
	                            "files were edited after it started, and whether it read them again is not known: it keeps no PidFile");
}

static int add_times(cJSON *item, const struct reading *reading, struct error *err)
{
	int64_t started, read;
	bool    certain;
	int     r;

	if (!sshd_daemon_started(&reading->daemon, &started) || !read_at(reading, &read, &certain)) {
		r = fact_add_unavailable(item, "started", REASON_PARSE, err, "when the daemon started is not known");
		return r < 0 ? r : fact_add_unavailable(item, "read", REASON_PARSE, err, "when the daemon started is not known");
	}
	r = fact_add_integer(item, "started", started, err);
	if (r < 0 || certain)
		return r < 0 ? r : fact_add_integer(item, "read", read, err);
	return fact_add_unavailable(item, "read", REASON_UNSUPPORTED, err, "whether it read its files again after its start is not known: it keeps no PidFile");
}

/* What sshd -t would say: "none" when it takes the configuration. */
static int add_complaint(cJSON *item, const struct reading *reading, struct error *err)
{
	const struct section *s = sshd_daemon_section(reading->ev, &reading->daemon, "sshd_config.test", NULL);
	struct slice          rest, line = { 0 };

	if (section_is_whole(s))
		return fact_add_text(item, "complaint", slice_of("none"), err);
	if (!s)
		return reading->root ? fact_add_unavailable(item, "complaint", evidence_is_complete(reading->ev) ? REASON_UNSUPPORTED : REASON_MISSING, err,
		                                            "sshd was not asked about this daemon's configuration")
		                     : privilege_add_unavailable(item, "complaint", reading->ev, "asking sshd takes sshd -T as root", err);
	if (section_reason(s, REASON_UNSUPPORTED) != REASON_UNSUPPORTED)
		return section_add_unavailable(item, "complaint", "sshd_config.test", s, REASON_UNSUPPORTED, err);
	rest = s->body;
	if (!slice_next_line(&rest, &line, NULL) || slice_trim(line).len == 0)
		line = slice_of("it printed nothing");
	return fact_add_text(item, "complaint", line, err);
}

/* Which lists of the wire are which keywords. Of host keys only those the daemon has keys for are offered. */
static const struct {
	enum kexinit_list list;
	enum sshd_keyword keyword;
	bool              all;
} offers[] = {
	{ KEXINIT_KEX, SSHD_kexalgorithms, true },
	{ KEXINIT_CIPHER_SERVER_TO_CLIENT, SSHD_ciphers, true },
	{ KEXINIT_MAC_SERVER_TO_CLIENT, SSHD_macs, true },
	{ KEXINIT_HOST_KEY, SSHD_hostkeyalgorithms, false },
};

static bool has(const cJSON *list, struct slice name)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, list)
		if (slice_is(name, one->valuestring))
			return true;
	return false;
}

/* Markers are no algorithms, and those of GSSAPI are made up from the mechanisms of the host. */
static bool is_counted(struct slice name)
{
	return !kexinit_is_pseudo(name) && !slice_has_prefix(name, "gss-");
}

static int compare_list(cJSON *offered_only, cJSON *configured_only, struct slice offered, const cJSON *configured, bool all, struct error *err)
{
	struct slice rest = offered, name;
	const cJSON *one;
	int          r = 0;

	while (r == 0 && slice_next(&rest, ',', &name))
		if (is_counted(name) && !has(configured, name))
			r = fact_list_append(offered_only, name, err);
	cJSON_ArrayForEach(one, configured)
		if (r == 0 && all && is_counted(slice_of(one->valuestring)) && !kexinit_has(offered, one->valuestring))
			r = fact_list_append(configured_only, slice_of(one->valuestring), err);
	return r;
}

/* Compare what was offered with the settings in `settings`; ERR_SYNTAX when one of them is not known. */
static int compare_offers(cJSON *item, const cJSON *settings, const struct kexinit *wire, struct error *err)
{
	cJSON *offered_only = fact_add_array(item, "offered_only"), *configured_only = fact_add_array(item, "configured_only");
	int    r = offered_only && configured_only ? 0 : error_nomem(err);

	for (size_t i = 0; r == 0 && i < countof(offers); i++) {
		const cJSON *configured = cJSON_GetObjectItemCaseSensitive(settings, sshd_keyword_name(offers[i].keyword));

		if (!cJSON_IsArray(configured))
			r = ERR_SYNTAX;
		else
			r = compare_list(offered_only, configured_only, wire->lists[offers[i].list], configured, offers[i].all, err);
	}
	if (r == 0)
		return 0;
	cJSON_DeleteItemFromObjectCaseSensitive(item, "offered_only");
	cJSON_DeleteItemFromObjectCaseSensitive(item, "configured_only");
	return r;
}

static int add_no_offers(cJSON *item, enum reason reason, const char *message, struct error *err)
{
	int r = fact_add_unavailable(item, "offered_only", reason, err, "%s", message);

	return r < 0 ? r : fact_add_unavailable(item, "configured_only", reason, err, "%s", message);
}

/* The daemon this connection came by, and what it offered when it did. */
static int add_offers(cJSON *item, const struct reading *reading, struct error *err)
{
	const struct section *s = evidence_find(reading->ev, "wire.kexinit");
	struct buf            payload;
	struct kexinit        wire;
	struct error          why;
	cJSON                *settings;
	int                   r = 0;

	buf_init(&payload, LIMIT_FACT_TEXT);
	settings = cJSON_CreateObject();
	if (!settings)
		r = error_nomem(err);
	for (size_t i = 0; r == 0 && i < countof(offers); i++)
		r = sshd_reading_add(settings, reading, reading->plan.always, offers[i].keyword, err);
	if (r == 0 && !s)
		r = add_no_offers(item, REASON_MISSING, "what was offered on the wire is not in the evidence", err);
	else if (r == 0 && (!section_is_whole(s) || text_hex_decode(&payload, slice_trim(s->body), &why) < 0 || kexinit_parse(buf_slice(&payload), &wire, &why) < 0))
		r = add_no_offers(item, REASON_PARSE, "what was offered on the wire is not understood", err);
	else if (r == 0 && (r = compare_offers(item, settings, &wire, err)) == ERR_SYNTAX)
		r = add_no_offers(item, privilege_reason(reading->ev), "which algorithms are configured is not known", err);
	cJSON_Delete(settings);
	buf_free(&payload);
	return r;
}

static int add_origin(cJSON *item, const struct sshd_daemon *daemon, struct error *err)
{
	int r = fact_add_text(item, "file", daemon->file, err);

	if (r == 0)
		r = fact_add_text(item, "where", daemon->file, err);
	if (r == 0)
		r = fact_add_boolean(item, "listening", daemon->section != NULL, err);
	return r < 0 ? r : fact_add_boolean(item, "serves", sshd_daemon_serves(daemon), err);
}

static int add_nothing(cJSON *item, struct error *err)
{
	static const char *const names[] = { "arguments", "complaint", "started", "read", "edited", "offered_only", "configured_only" };
	int                      r = 0;

	for (size_t i = 0; r == 0 && i < countof(names); i++)
		r = fact_add_unavailable(item, names[i], REASON_UNSUPPORTED, err, "how this daemon was started is not understood, or it is another program than the host's sshd");
	return r;
}

int sshd_drift_add(cJSON *item, const struct reading *reading, struct error *err)
{
	int r = add_origin(item, &reading->daemon, err);

	if (r == 0 && !reading->daemon.understood)
		return add_nothing(item, err);
	if (r == 0)
		r = sshd_daemon_add_arguments(item, &reading->daemon, err);
	if (r == 0)
		r = add_complaint(item, reading, err);
	if (r == 0 && reading->daemon.section)
		r = add_times(item, reading, err);
	if (r == 0 && reading->daemon.section)
		r = add_edited(item, reading, err);
	return r < 0 || !sshd_daemon_serves(&reading->daemon) ? r : add_offers(item, reading, err);
}

/* The port of "0.0.0.0:22 (Stream)". */
static struct slice port_of(struct slice address)
{
	struct slice word = { 0 };

	if (!slice_next_word(&address, &word))
		return word;
	while (word.len > 0 && memchr(word.ptr, ':', word.len))
		word = slice_sub(word, 1, word.len);
	return word;
}

static int is_configured(const struct reading *const *readings, size_t nreadings, struct slice port, bool *ret_configured, struct error *err)
{
	int r = 0;

	*ret_configured = false;
	for (size_t i = 0; r == 0 && i < nreadings; i++) {
		cJSON       *settings = cJSON_CreateObject();
		const cJSON *ports;

		r = settings ? sshd_reading_add(settings, readings[i], readings[i]->plan.always, SSHD_port, err) : error_nomem(err);
		ports = cJSON_GetObjectItemCaseSensitive(settings, "port");
		/* What is not known, and not set in the files, is the default. */
		*ret_configured = *ret_configured || (cJSON_IsArray(ports) ? has(ports, port) : slice_is(port, "22"));
		cJSON_Delete(settings);
	}
	return r;
}

/* One line of systemctl show. Lines of one unit stand together, in whatever order, and an empty line ends them. */
static int add_listen(cJSON *module, struct slice address, const struct reading *const *readings, size_t nreadings, struct error *err)
{
	bool configured;
	int  r = fact_list_append(cJSON_GetObjectItemCaseSensitive(module, "socket"), address, err);

	if (r == 0)
		r = is_configured(readings, nreadings, port_of(address), &configured, err);
	if (r == 0 && !configured)
		r = fact_list_append(cJSON_GetObjectItemCaseSensitive(module, "socket_only"), address, err);
	return r;
}

static bool is_active(struct slice unit)
{
	struct slice line;

	while (slice_next_line(&unit, &line, NULL))
		if (slice_is(slice_trim(line), "ActiveState=active"))
			return true;
	return false;
}

/* The lines up to an empty one. */
static struct slice next_unit(struct slice *body)
{
	struct slice unit = { .ptr = body->ptr }, line;

	while (slice_next_line(body, &line, NULL) && slice_trim(line).len > 0)
		unit.len = (size_t)(line.ptr + line.len - unit.ptr);
	return unit;
}

int sshd_drift_add_socket(cJSON *module, const struct reading *const *readings, size_t nreadings, struct error *err)
{
	static const char     key[] = "Listen=";
	const struct section *s = evidence_find(readings[0]->ev, "sshd_config.socket");
	struct slice          body, line;
	int                   r = 0;

	if (!section_is_whole(s)) {
		r = section_add_unavailable(module, "sshd_config.socket", "sshd_config.socket", s, REASON_UNSUPPORTED, err);
		return r < 0 ? r : section_add_unavailable(module, "sshd_config.socket_only", "sshd_config.socket", s, REASON_UNSUPPORTED, err);
	}
	if (!fact_add_array(module, "socket") || !fact_add_array(module, "socket_only"))
		return error_nomem(err);
	for (body = s->body; r == 0 && body.len > 0;) {
		struct slice unit = next_unit(&body);

		while (r == 0 && is_active(unit) && slice_next_line(&unit, &line, NULL))
			if (slice_has_prefix(line, key))
				r = add_listen(module, slice_trim(slice_sub(line, strlen(key), line.len)), readings, nreadings, err);
	}
	return r;
}

#include "sshd_reading.h"

#include "privilege.h"
#include "sections.h"
#include "sshd_defaults.h"
#include "sshd_value.h"
#include "text.h"

struct slice sshd_reading_version(const struct evidence *ev)
{
	const struct section *s = evidence_find(ev, "host.openssh");
	struct slice          rest, line = { 0 }, version = { 0 };

	if (!section_is_whole(s) || !slice_is(section_arg(s, "command"), "sshd"))
		return version;
	for (rest = s->body; slice_next_line(&rest, &line, NULL);)
		if (slice_has_prefix(line, "OpenSSH_") && slice_next(&line, ',', &version))
			return version;
	return (struct slice){ 0 };
}

/* The release from whatever tells a version: ssh and sshd come from one package nearly everywhere. */
static sshd_release release_of(const struct evidence *ev)
{
	const struct section *s = evidence_find(ev, "host.openssh");

	return section_is_whole(s) ? sshd_release_of(s->body) : 0;
}

static int read_sections(struct reading *reading, struct error *err)
{
	const struct evidence *ev = reading->ev;
	const struct section  *dump = reading->printed, *defaults = evidence_find(ev, "sshd_config.defaults");
	int                    r = 0;

	reading->root = privilege_is_root(ev);
	reading->dumped = section_is_whole(dump);
	if (reading->dumped)
		r = sshd_config_read_dump(&reading->dump, dump->body, err);
	if (r == 0 && section_is_whole(defaults))
		r = sshd_config_read_dump(&reading->defaults, defaults->body, err);
	else if (r == 0 && !reading->dumped)
		r = sshd_reading_use_table(reading, err);
	if (r == 0)
		r = sshd_daemon_read_arguments(&reading->daemon, &reading->files, err);
	if (r == 0)
		r = sshd_config_read(&reading->files, ev, reading->daemon.file, err);
	for (const struct section *s = evidence_find(ev, "sshd_config.file"); s; s = evidence_find_next(ev, s))
		reading->bytes += s->body.len;
	reading->bytes += dump ? dump->body.len : 0;
	return r < 0 ? r : sshd_plan_make(&reading->files, sshd_reading_version(ev), &reading->plan, err);
}

int sshd_reading_use_table(struct reading *reading, struct error *err)
{
	int r;

	sshd_config_fini(&reading->defaults);
	r = sshd_config_init(&reading->defaults, 0, err);
	if (r == 0)
		r = sshd_defaults_read(&reading->defaults, release_of(reading->ev), sshd_defaults_vendor(reading->ev), err);
	if (r == 0 && reading->defaults.ndirectives > 0)
		reading->vendor = sshd_defaults_vendor(reading->ev);
	return r;
}

int sshd_reading_make(const struct evidence *ev, const struct sshd_daemon *daemon, struct reading *ret_reading, struct error *err)
{
	struct reading reading = { .ev = ev, .daemon = *daemon, .printed = sshd_daemon_section(ev, daemon, "sshd_config.dump", NULL) };
	int            r = sshd_config_init(&reading.files, release_of(ev), err);

	if (r == 0)
		r = sshd_config_init(&reading.dump, 0, err);
	if (r == 0)
		r = sshd_config_init(&reading.defaults, 0, err);
	*ret_reading = reading;
	if (r == 0)
		r = read_sections(ret_reading, err);
	if (r < 0)
		sshd_reading_fini(ret_reading);
	return r;
}

void sshd_reading_fini(struct reading *reading)
{
	sshd_config_fini(&reading->files);
	sshd_config_fini(&reading->dump);
	sshd_config_fini(&reading->defaults);
	sshd_plan_fini(&reading->plan);
}

int sshd_reading_add_gap(cJSON *item, const struct reading *reading, const struct sshd_context *context, const char *name, struct error *err)
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
	return kind == SSHD_MANY || kind == SSHD_ENTRIES || kind == SSHD_ITEMS;
}

/* What the files set for everybody: for keywords that blocks may set, those blocks are the set's own business. */
static struct sshd_setting find_at_start(const struct reading *reading, enum sshd_keyword keyword)
{
	return sshd_effective_find(&reading->files, sshd_effective_in_match(reading->files.release, keyword) ? reading->plan.global : reading->plan.start, keyword);
}

static struct sshd_setting find_printed(const struct sshd_config *dump, enum sshd_keyword keyword)
{
	static const sshd_contexts whole[] = { true };
	struct sshd_setting        setting = sshd_effective_find(dump, whole, keyword);

	setting.from_dump = true;
	return setting;
}

/* True when what counts among these contexts is not the first AuthorizedPrincipalsCommand for certain. */
static bool may_be_another(const struct sshd_setting *setting)
{
	const struct sshd_config *config = setting->config;
	struct sshd_setting       keys;

	if (setting->keyword != SSHD_authorizedprincipalscommand || setting->first == SSHD_NONE || setting->from_dump || !sshd_effective_keys_outdo(config->release))
		return false;
	keys = sshd_effective_find(config, setting->contexts, SSHD_authorizedkeyscommand);
	return sshd_setting_next(setting, setting->first) != SSHD_NONE || keys.gap != SSHD_NONE ||
	       (keys.first != SSHD_NONE && config->directives[keys.first].position < config->directives[setting->first].position);
}

/* The same of what sshd takes at start: there the blocks that apply to everybody are read as the global part is. */
static bool may_be_another_at_start(const struct reading *reading, enum sshd_keyword keyword)
{
	const struct sshd_setting setting = sshd_effective_find(&reading->files, reading->plan.start, keyword);

	return may_be_another(&setting);
}

/* The value without any block: sshd's word where there is one and it saw all files, else what the files set for certain. */
static int add_global(cJSON *item, const struct reading *reading, enum sshd_keyword keyword, struct error *err)
{
	const struct sshd_value_base base = { .defaults = &reading->defaults };
	const struct sshd_setting    file = find_at_start(reading, keyword), dump = find_printed(&reading->dump, keyword);
	const struct sshd_setting    known = find_printed(&reading->defaults, keyword);
	const struct sshd_setting   *setting = reading->dumped ? &dump : &file;
	const char                  *name = sshd_keyword_name(keyword);

	if (!(reading->dumped && reading->root) && file.gap != SSHD_NONE)
		return sshd_reading_add_gap(item, reading, &reading->files.contexts[file.gap], name, err);
	if (!reading->dumped && keyword == SSHD_kbdinteractiveauthentication && reading->files.release != 0 && reading->files.release < SSHD_ONE_KBD)
		return fact_add_unavailable(item, name, REASON_UNSUPPORTED, err, "two keywords decide it in this release, and sshd did not tell the outcome");
	if (!reading->dumped && may_be_another_at_start(reading, keyword))
		return fact_add_unavailable(item, name, REASON_UNSUPPORTED, err, "releases differ in which line of %s counts", name);
	if (setting->first != SSHD_NONE || is_empty_when_unset(sshd_keyword_kind(keyword)))
		return sshd_value_add(item, setting, &base, err);
	if (reading->dumped)
		return fact_add_unavailable(item, name, REASON_UNSUPPORTED, err, "sshd does not tell %s: this release lacks it, or it is not set", name);
	if (reading->vendor && known.first != SSHD_NONE)
		return sshd_value_add(item, &known, &base, err);
	return add_default_unknown(item, reading, name, err);
}

/* True when only blocks that apply to everybody have a say: sshd has then told the outcome itself. After a gap every line may be the one that counts. */
static bool is_for_everybody(const struct reading *reading, const struct sshd_setting *setting)
{
	const struct sshd_config *config = setting->config;

	if (setting->gap != SSHD_NONE && !reading->plan.always[setting->gap])
		return false;
	for (size_t d = config->first[setting->keyword]; d != SSHD_NONE; d = config->directives[d].next) {
		if (!setting->contexts[config->directives[d].context])
			continue;
		if (!reading->plan.always[config->directives[d].context])
			return false;
		if (setting->joining == SSHD_FIRST && setting->gap == SSHD_NONE)
			break;
	}
	return true;
}

/* Of AuthorizedPrincipalsCommand, which AuthorizedKeysCommand may outdo, both must be. */
static bool is_told(const struct reading *reading, const struct sshd_setting *setting)
{
	struct sshd_setting keys;

	if (!reading->dumped || !is_for_everybody(reading, setting))
		return false;
	if (!may_be_another(setting))
		return true;
	keys = sshd_effective_find(setting->config, setting->contexts, SSHD_authorizedkeyscommand);
	return (keys.first == SSHD_NONE && keys.gap == SSHD_NONE) || is_for_everybody(reading, &keys);
}

static bool is_refused(const struct reading *reading, const struct sshd_setting *setting)
{
	for (size_t d = setting->first; d != SSHD_NONE; d = sshd_setting_next(setting, d))
		if (reading->files.contexts[setting->config->directives[d].context].match.refused)
			return true;
	return false;
}

int sshd_reading_add(cJSON *item, const struct reading *reading, const sshd_contexts *set, enum sshd_keyword keyword, struct error *err)
{
	struct sshd_setting          setting = sshd_effective_find(&reading->files, set, keyword);
	const struct sshd_setting    start = find_at_start(reading, keyword), dump = find_printed(&reading->dump, keyword);
	const struct sshd_value_base base = { .defaults = &reading->defaults, .below = reading->dumped ? &dump : &start };
	const char                  *name = sshd_keyword_name(keyword);

	if (!sshd_effective_in_match(reading->files.release, keyword) || (setting.first == SSHD_NONE && setting.gap == SSHD_NONE))
		return add_global(item, reading, keyword, err);
	if (is_told(reading, &setting))
		return add_global(item, reading, keyword, err);
	if (setting.gap != SSHD_NONE)
		return sshd_reading_add_gap(item, reading, &reading->files.contexts[setting.gap], name, err);
	/* 10.0 merges them in an order of its own, and at times crashes over it. */
	if (keyword == SSHD_subsystem)
		return fact_add_unavailable(item, name, REASON_UNSUPPORTED, err, "what a Subsystem in a Match block comes to is not known");
	if (may_be_another(&setting))
		return fact_add_unavailable(item, name, REASON_UNSUPPORTED, err, "releases differ in which line of %s counts", name);
	if (is_refused(reading, &setting))
		return fact_add_unavailable(item, name, REASON_PARSE, err, "%s is set in a Match block whose criteria are not understood", name);
	return sshd_value_add(item, &setting, &base, err);
}

int sshd_reading_add_where(cJSON *where, const struct reading *reading, const sshd_contexts *set, enum sshd_keyword keyword, struct error *err)
{
	struct sshd_setting          setting = sshd_effective_find(&reading->files, set, keyword);
	const struct sshd_directive *d;
	char                         text[300], path[250];

	if (!sshd_effective_in_match(reading->files.release, keyword) || (setting.first == SSHD_NONE && setting.gap == SSHD_NONE))
		setting = find_at_start(reading, keyword);
	if (setting.gap != SSHD_NONE)
		return 0;
	if (setting.first == SSHD_NONE)
		return fact_add_text(where, sshd_keyword_name(keyword), slice_of("default"), err);
	d = &reading->files.directives[setting.first];
	if (d->path.len == 0)
		return fact_add_text(where, sshd_keyword_name(keyword), slice_of("command line"), err);
	snprintf(text, sizeof(text), "%s:%zu", text_clean_into(path, sizeof(path), d->path), d->line);
	return fact_add_text(where, sshd_keyword_name(keyword), slice_of(text), err);
}

#include "evidence.h"
#include "file.h"
#include "inventory.h"
#include "judge.h"
#include "limit.h"
#include "mem.h"
#include "modules.h"
#include "outputs.h"
#include "sources.h"
#include "text.h"

/* A saved file holds what the limit allows, and the frames and percent signs evidence_write() adds. */
#define LIMIT_SAVED (2u * LIMIT_EVIDENCE)

/* What the whole run shares. */
struct evaluation {
	const struct options   *options;
	const struct ruleset   *ruleset;
	const struct key_lists *lists;
	struct journal         *journal;
	struct sources          sources;
	struct inventory        targets; /* one for each source, named, from its path: to find two with one name */
};

/* Who a saved file is about, as the scanner wrote it down; texts are clean. */
struct subject {
	char     name[256];
	char     address[128];
	char     user[256];
	char     host_key[64];
	unsigned port;
};

/* An argument of a section of the scanner's own; "" when it is not there. */
static void read_argument(const struct evidence *ev, const char *section, const char *name, char *text, size_t size)
{
	const struct section *s = evidence_find(ev, section);

	text[0] = '\0';
	if (s)
		text_clean_into(text, size, section_arg(s, name));
}

static void read_subject(const struct evidence *ev, const char *path, struct subject *who)
{
	char     port[16];
	uint64_t number = 0;

	read_argument(ev, "scanner.target", "name", who->name, sizeof(who->name));
	read_argument(ev, "scanner.target", "address", who->address, sizeof(who->address));
	read_argument(ev, "scanner.target", "user", who->user, sizeof(who->user));
	read_argument(ev, "scanner.target", "port", port, sizeof(port));
	read_argument(ev, "wire.host_key", "fingerprint", who->host_key, sizeof(who->host_key));
	if (text_parse_unsigned(slice_of(port), 10, 65535, &number, NULL) == 0)
		who->port = (unsigned)number;
	if (!who->name[0])
		sources_name(path, who->name, sizeof(who->name));
}

static int keep_name(struct evaluation *e, size_t index, const char *name, struct error *err)
{
	struct target *t = &e->targets.targets[index];

	t->name = mem_strdup(name);
	t->origin = mem_strdup(e->sources.paths[index]);
	return t->name && t->origin ? 0 : error_nomem(err);
}

/* A file that is no evidence is a target without a scan, as it would have been when it was gathered. */
static int append_failure(struct evaluation *e, size_t index, const struct error *why, struct error *err)
{
	struct journal_target line = { .index = index, .address = "", .user = "", .error = why->code, .message = why->text };
	char                  name[256];
	int                   r;

	sources_name(e->sources.paths[index], name, sizeof(name));
	line.name = name;
	r = keep_name(e, index, name, err);
	return r < 0 ? r : journal_append(e->journal, &line, err);
}

static int append_judged(struct evaluation *e, size_t index, const struct evidence *ev, struct error *err)
{
	struct subject   who = { 0 };
	struct judgement j;
	int              r;

	read_subject(ev, e->sources.paths[index], &who);
	r = keep_name(e, index, who.name, err);
	if (r == 0)
		r = judge_evidence(e->ruleset, e->lists, ev, &j, err);
	if (r < 0)
		return r;

	struct journal_target line = {
		.index      = index,
		.name       = who.name,
		.address    = who.address,
		.port       = who.port,
		.user       = who.user,
		.host_key   = who.host_key[0] ? who.host_key : NULL,
		.privileged = j.privileged,
		.os         = j.os,
		.openssh    = j.openssh,
		.findings   = &j.findings,
		.facts      = e->options->facts ? j.facts : NULL,
	};
	r = journal_append(e->journal, &line, err);
	judgement_fini(&j);
	return r;
}

static int evaluate_file(struct evaluation *e, size_t index, struct error *err)
{
	struct evidence *ev;
	struct buf       text;
	struct error     why;
	int              r = file_read(e->sources.paths[index], LIMIT_SAVED, FILE_ANY, &text, err);

	if (r < 0)
		return r;
	r = evidence_parse(&text, EVIDENCE_SAVED, &ev, &why);
	if (error_is_of_target(r)) {
		r = append_failure(e, index, &why, err);
	} else if (r < 0) {
		r = error_set(err, r, "'%s': %s", e->sources.paths[index], why.text);
	} else {
		r = append_judged(e, index, ev, err);
		evidence_free(ev);
	}
	buf_free(&text);
	return r;
}

static int evaluate_all(struct evaluation *e, const struct outputs *outputs, struct error *err)
{
	struct journal_options journal = { .path = e->options->journal, .ruleset = e->ruleset, .targets = e->sources.count };
	int                    r;

	e->targets.targets = mem_zalloc(e->sources.count * sizeof(*e->targets.targets));
	if (!e->targets.targets)
		return error_nomem(err);
	e->targets.count = e->sources.count;

	r = journal_create(&journal, &e->journal, err);
	for (size_t i = 0; i < e->sources.count && r == 0; i++)
		r = evaluate_file(e, i, err);
	/* Two files about one target would hide one another in the reports. */
	if (r == 0)
		r = inventory_check(&e->targets, err);
	if (r == 0)
		r = outputs_conclude(outputs, e->options, e->journal, e->options->journal, err);
	journal_free(e->journal);
	inventory_free(&e->targets);
	return r;
}

static int check_journal(const char *path, struct error *err)
{
	if (path && access(path, F_OK) == 0)
		return error_set(err, ERR_USAGE, "--journal: '%s' is already there; name another file", path);
	return path ? places_check_path("--journal", path, err) : 0;
}

static int with_outputs(const struct options *options, const struct outputs *outputs, struct error *err)
{
	struct evaluation e = { .options = options };
	struct ruleset   *rs = NULL;
	struct key_lists *lists = NULL;
	int               r = check_journal(options->journal, err);

	if (r == 0)
		r = modules_load(options, &rs, err);
	if (r == 0)
		r = modules_load_lists(options, &lists, err);
	e.ruleset = rs;
	e.lists = lists;
	if (r == 0)
		r = sources_list(&options->operands, &e.sources, err);
	if (r == 0)
		r = evaluate_all(&e, outputs, err);
	sources_fini(&e.sources);
	ruleset_free(rs);
	key_lists_free(lists);
	return r;
}

int cmd_evaluate(const struct options *options, struct error *err)
{
	struct outputs outputs;
	int            r = outputs_prepare(options, &outputs, err);

	if (r < 0)
		return r;
	r = with_outputs(options, &outputs, err);
	outputs_fini(&outputs);
	return r;
}

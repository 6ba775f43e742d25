#include <sys/stat.h>

#include "setup.h"

#include "home.h"
#include "mem.h"
#include "modules.h"

/* Standard input can be read only once. */
static int check_standard_input(const struct options *o, struct error *err)
{
	size_t readers = o->passphrase_fd == STDIN_FILENO ? 1 : 0;

	for (size_t i = 0; i < o->inventories.count; i++)
		readers += strcmp(o->inventories.items[i], "-") == 0 ? 1 : 0;
	if (readers > 1)
		return error_set(
			err, ERR_USAGE,
			"standard input is asked for %zu times (--inventory -, --passphrase-fd 0); use a file for one",
			readers);
	return 0;
}

static int load_targets(struct setup *s, const struct options *o, const char *user, struct error *err)
{
	struct inventory_defaults defaults = { .user = user, .port = o->port };
	int                       r = check_standard_input(o, err);

	for (size_t i = 0; i < o->operands.count && r == 0; i++)
		r = inventory_add(&s->inventory, o->operands.items[i], "command line", &defaults, err);
	for (size_t i = 0; i < o->inventories.count && r == 0; i++)
		r = inventory_load(&s->inventory, o->inventories.items[i], &defaults, err);
	if (r == 0 && s->inventory.count == 0)
		r = error_set(err, ERR_USAGE, "there is no target to %s; name one, or a file of them with --inventory; see 'sshvet help %s'",
		              o->command->name, o->command->name);
	if (r == 0)
		r = inventory_check(&s->inventory, err);
	return r;
}

bool setup_is_probe(const struct options *options)
{
	return options->command == &commands[COMMAND_probe];
}

static int prepare_inventory(struct setup *s, const struct options *o, struct error *err)
{
	char *user = NULL;
	int   r;

	if (setup_is_probe(o))
		return load_targets(s, o, "nobody", err); /* who does not log in */
	if (o->user)
		return load_targets(s, o, o->user, err);
	r = home_user(&user, err);
	if (r == 0)
		r = load_targets(s, o, user, err);
	mem_free(user);
	return r;
}

static int prepare_ruleset(struct setup *s, const struct options *o, struct error *err)
{
	int r = modules_load(o, &s->ruleset, err);

	return r < 0 ? r : modules_load_lists(o, &s->lists, err);
}

/* A file that accept-new will append to need not be there yet, but it must be possible to make it. */
static int load_named(struct setup *s, const struct options *o, const char *path, bool first, struct error *err)
{
	bool learns = first && o->host_key == HOST_KEY_ACCEPT_NEW;
	int  r = known_hosts_load(s->known_hosts, path, err);

	if (r == ERR_NOT_FOUND && learns)
		return places_check_path("--known-hosts", path, err);
	if (r == ERR_NOT_FOUND)
		return error_set(err, r, "--known-hosts: there is no file '%s'; fill one, or let --host-key accept-new do it", path);
	return r;
}

/* The usual files need not be there: without them every host is unknown. */
static int load_usual(struct setup *s, struct error *err)
{
	int r = known_hosts_load(s->known_hosts, s->learn_file, err);

	if (r < 0 && r != ERR_NOT_FOUND)
		return r;
	r = known_hosts_load(s->known_hosts, "/etc/ssh/ssh_known_hosts", err);
	return r == ERR_NOT_FOUND ? 0 : r;
}

static int prepare_known_hosts(struct setup *s, const struct options *o, struct error *err)
{
	int r = 0;

	s->known_hosts = known_hosts_new();
	if (!s->known_hosts)
		return error_nomem(err);
	if (o->known_hosts.count == 0) {
		r = home_path(".ssh/known_hosts", &s->learn_file, err);
		return r < 0 ? r : load_usual(s, err);
	}
	s->learn_file = mem_strdup(o->known_hosts.items[0]);
	if (!s->learn_file)
		return error_nomem(err);
	for (size_t i = 0; i < o->known_hosts.count && r == 0; i++)
		r = load_named(s, o, o->known_hosts.items[i], i == 0, err);
	return r;
}

/* The folder for evidence, made when it is not there: for its owner only, as evidence tells much about a host. */
static int prepare_evidence(struct setup *s, const struct options *o, struct error *err)
{
	struct stat st;

	(void)s;
	if (!o->evidence)
		return 0;
	if (mkdir(o->evidence, 0700) < 0 && errno != EEXIST)
		return error_set(err, ERR_USAGE, "--evidence: cannot make the folder '%s': %s", o->evidence, strerror(errno));
	if (stat(o->evidence, &st) < 0 || !S_ISDIR(st.st_mode))
		return error_set(err, ERR_USAGE, "--evidence: '%s' is not a folder", o->evidence);
	if (access(o->evidence, W_OK | X_OK) < 0)
		return error_set(err, ERR_USAGE, "--evidence: no right to write in '%s': %s", o->evidence, strerror(errno));
	return 0;
}

/* A name of the inventory and where it stands, to be found by bsearch. */
struct entry {
	const char *name;
	size_t      index;
};

static int compare(const void *left, const void *right)
{
	const struct entry *a = left;
	const struct entry *b = right;

	return strcmp(a->name, b->name);
}

struct resumption {
	struct setup *setup;
	struct entry *entries;
};

/* A target the journal has: not to be scanned again. Names that are not in the inventory are of no concern. */
static int skip_target(const char *name, void *context, struct error *err)
{
	struct resumption  *res = context;
	struct entry        key = { .name = name };
	const struct entry *found = bsearch(&key, res->entries, res->setup->inventory.count, sizeof(key), compare);

	(void)err;
	if (found && !res->setup->skip[found->index]) {
		res->setup->skip[found->index] = true;
		res->setup->remaining--;
	}
	return 0;
}

static int read_names(struct setup *s, const char *journal, struct error *err)
{
	size_t            count = s->inventory.count;
	struct resumption res = { .setup = s, .entries = mem_zalloc(count * sizeof(*res.entries)) };
	int               r;

	s->skip = mem_zalloc(count * sizeof(*s->skip));
	if (!s->skip || !res.entries) {
		mem_free(res.entries);
		return error_nomem(err);
	}
	for (size_t i = 0; i < count; i++)
		res.entries[i] = (struct entry){ .name = s->inventory.targets[i].name, .index = i };
	qsort(res.entries, count, sizeof(*res.entries), compare);
	r = journal_names(journal, skip_target, &res, err);
	mem_free(res.entries);
	return r;
}

/* Verdicts of two profiles cannot be in one report, and hours of scanning are too late to learn it. */
static int check_profile(const struct setup *s, const char *journal, struct error *err)
{
	struct journal_reader *reader;
	const char            *profile;
	int                    r = journal_open(&journal, 1, &reader, err);

	if (r < 0)
		return r;
	profile = journal_summary(reader)->profile;
	if (profile && strcmp(profile, ruleset_profile(s->ruleset)) != 0)
		r = error_set(err, ERR_USAGE,
		              "--resume: '%s' is of profile '%s', not '%s'; use that profile or another journal",
		              journal, profile, ruleset_profile(s->ruleset));
	journal_reader_free(reader);
	return r;
}

static int prepare_journal(struct setup *s, const struct options *o, struct error *err)
{
	int r = o->journal ? places_check_path("--journal", o->journal, err) : 0;

	s->remaining = s->inventory.count;
	if (r < 0)
		return r;
	if (o->resume && !o->journal)
		return error_set(err, ERR_USAGE, "--resume needs --journal FILE, the journal to go on with");
	if (!o->journal || access(o->journal, F_OK) < 0)
		return 0;
	if (!o->resume)
		return error_set(
			err, ERR_USAGE,
			"--journal: '%s' is already there; add --resume to go on with it, or name another file",
			o->journal);
	r = check_profile(s, o->journal, err);
	return r < 0 ? r : read_names(s, o->journal, err);
}

/* The key a person would use without saying so, as ssh has it. */
static int find_identity(char **ret_path, struct error *err)
{
	static const char *const names[] = { ".ssh/id_ed25519", ".ssh/id_ecdsa", ".ssh/id_rsa" };

	for (size_t i = 0; i < countof(names); i++) {
		char *path;
		int   r = home_path(names[i], &path, err);

		if (r < 0)
			return r;
		if (access(path, F_OK) == 0) {
			*ret_path = path;
			return 0;
		}
		mem_free(path);
	}
	return error_set(
		err, ERR_IDENTITY,
		"there is no id_ed25519, id_ecdsa or id_rsa in ~/.ssh; name a private key with --identity FILE");
}

static int load_identity(struct setup *s, const struct options *o, const char *path, struct error *err)
{
	int fd = (int)o->passphrase_fd;

	if (o->passphrase_fd != OPTIONS_UNSET)
		return identity_load(path, passphrase_from_fd, &fd, &s->identity, err);
	return identity_load(path, passphrase_from_terminal, NULL, &s->identity, err);
}

static int prepare_identity(struct setup *s, const struct options *o, struct error *err)
{
	char *path = NULL;
	int   r = 0;

	if (o->identity)
		r = load_identity(s, o, o->identity, err);
	else
		r = find_identity(&path, err);
	if (r == 0 && path)
		r = load_identity(s, o, path, err);
	mem_free(path);
	if (r != ERR_IDENTITY)
		return r;
	/* The operator's key, not a target's refusal of it: nothing is scanned. */
	error_prefix(err, "identity");
	err->code = ERR_USAGE;
	return err->code;
}

static int prepare_outputs(struct setup *s, const struct options *o, struct error *err)
{
	return outputs_prepare(o, &s->outputs, err);
}

int setup_prepare(struct setup *s, const struct options *options, struct error *err)
{
	static const struct {
		int (*prepare)(struct setup *s, const struct options *o, struct error *err);
		bool for_login;
	} steps[] = {
		{ prepare_outputs, false },
		{ prepare_inventory, false },
		{ prepare_ruleset, false },
		{ prepare_known_hosts, true },
		{ prepare_journal, false },
		{ prepare_identity, true },
		{ prepare_evidence, false },
	};
	int r = 0;

	*s = (struct setup){ 0 };
	for (size_t i = 0; i < countof(steps) && r == 0; i++)
		if (!steps[i].for_login || !setup_is_probe(options))
			r = steps[i].prepare(s, options, err);
	return r;
}

void setup_fini(struct setup *s)
{
	outputs_fini(&s->outputs);
	inventory_free(&s->inventory);
	ruleset_free(s->ruleset);
	key_lists_free(s->lists);
	identity_free(s->identity);
	known_hosts_free(s->known_hosts);
	mem_free(s->learn_file);
	mem_free(s->skip);
	*s = (struct setup){ 0 };
}

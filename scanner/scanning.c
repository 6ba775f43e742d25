#include "scanning.h"

#include "setup.h"

static struct scan_options scan_options(const struct setup *s, const struct options *o, struct journal *journal)
{
	bool progress = !o->quiet && s->remaining > 1 && isatty(STDERR_FILENO);

	return (struct scan_options){
		.probe = setup_is_probe(o),
		.inventory = &s->inventory,
		.skip = s->skip,
		.identity = s->identity,
		.known_hosts = s->known_hosts,
		.host_key = (enum host_key_policy)o->host_key,
		.learn_file = s->learn_file,
		.become = (enum become)o->become,
		.parallel = o->parallel,
		.timeout = o->timeout,
		.retries = o->retries,
		.evidence_dir = o->evidence,
		.facts = o->facts || setup_is_probe(o),
		.ruleset = s->ruleset,
		.lists = s->lists,
		.journal = journal,
		.progress = progress ? stderr : NULL,
		.log = o->quiet ? NULL : stderr,
		.verbose = o->verbose,
	};
}

/* Scan what is left to scan. A scan that broke off still has its finished targets in the journal, and says so. */
static int scan(const struct setup *s, const struct options *o, struct journal *journal, struct error *err)
{
	struct scan_options options = scan_options(s, o, journal);
	bool                cancelled = false;
	struct error        why;
	int                 r;

	if (s->remaining == 0)
		return 0;
	r = scan_run(&options, &cancelled, &why);
	if (r < 0 && o->journal)
		return error_set(err, r, "%s; what was finished is in '%s': mend this, then add --resume", why.text, o->journal);
	if (r < 0)
		return error_set(err, r, "%s", why.text);
	if (cancelled)
		fprintf(stderr, "sshvet: interrupted: targets that were not finished are reported as cancelled\n");
	return 0;
}

static int run(const struct setup *s, const struct options *o, struct error *err)
{
	bool                   blind = o->host_key == HOST_KEY_IGNORE && !setup_is_probe(o);
	const char            *warning = "host keys were not verified (--host-key ignore): results may be of other machines";
	struct journal_options options = {
		.path    = o->journal,
		.resume  = o->resume,
		.ruleset = s->ruleset,
		.targets = s->remaining,
		.warning = blind ? warning : NULL,
	};
	struct journal *journal;
	int             r = journal_create(&options, &journal, err);

	if (r < 0)
		return r;
	if (blind)
		fprintf(stderr, "sshvet: warning: %s\n", warning);
	r = scan(s, o, journal, err);
	if (r == 0)
		r = outputs_conclude(&s->outputs, o, journal, o->journal, err);
	journal_free(journal);
	return r;
}

int scanning_run(const struct options *options, struct error *err)
{
	struct setup setup;
	int          r = setup_prepare(&setup, options, err);

	if (r == 0)
		r = run(&setup, options, err);
	setup_fini(&setup);
	return r;
}

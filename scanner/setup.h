/*
 * setup.h: everything a scan or a probe needs, read and checked before the first connection.
 */
#ifndef SSHVET_SETUP_H
#define SSHVET_SETUP_H

#include "options.h"
#include "outputs.h"
#include "scan.h"

struct setup {
	struct outputs      outputs;
	struct inventory    inventory;
	struct ruleset     *ruleset;
	struct key_lists   *lists;
	struct identity    *identity;
	struct known_hosts *known_hosts;
	char               *learn_file; /* where accept-new appends */
	bool               *skip;       /* inventory.count flags, with --resume; else NULL */
	size_t              remaining;  /* targets that are not skipped */
};

/*
 * Read and check it all, in an order that finds the operator's mistakes first: outputs, inventory, rules, known_hosts,
 * journal, client key (which may ask for a passphrase); a probe needs neither known_hosts nor key. Every failure is one that ends the program with status 2 (but
 * ERR_NOMEM and ERR_OUTPUT), names the place and says what to do. The caller owns it (setup_fini()), also when this
 * fails.
 */
int  setup_prepare(struct setup *s, const struct options *options, struct error *err) MUST_USE;
void setup_fini(struct setup *s);

/* True when nobody logs in. */
bool setup_is_probe(const struct options *options) MUST_USE;

#endif

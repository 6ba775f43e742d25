/*
 * scan.h: from an inventory to a journal: the evidence of every target gathered and judged, one line each.
 */
#ifndef SSHVET_SCAN_H
#define SSHVET_SCAN_H

#include "identity.h"
#include "inventory.h"
#include "journal.h"
#include "key_lists.h"
#include "known_hosts.h"
#include "ruleset.h"
#include "session.h"

struct scan_options {
	bool                    probe; /* what the network sees, without a login: what is said of identity, host keys and become is not used */
	const struct inventory *inventory;
	const bool             *skip; /* inventory->count flags: already in the journal (--resume); NULL for none */
	const struct identity  *identity;
	struct known_hosts     *known_hosts;
	enum host_key_policy    host_key;
	const char             *learn_file; /* where accept-new appends */
	enum become             become;
	unsigned                parallel;     /* sessions in flight at once; lowered to what the open-file limit allows */
	unsigned                timeout;      /* seconds for one target, retries included */
	unsigned                retries;      /* of one connection, after a transport failure before authentication */
	const char             *evidence_dir; /* save each target's evidence there; NULL for not */
	bool                    facts;        /* keep the facts in the journal */
	const struct ruleset   *ruleset;
	const struct key_lists *lists; /* keys that are known; NULL for none */
	struct journal         *journal;
	FILE                   *progress; /* a terminal to keep a progress line on; NULL for none */
	FILE                   *log;      /* a line per unscanned or (verbose) finished target; NULL for none */
	bool                    verbose;  /* log every step that took time, too */
};

/*
 * Scan everything. Every target that is not skipped has a journal line afterwards, with SIGINT and SIGTERM too (those still
 * running or waiting are then `cancelled`, and `*ret_cancelled` is set). Raises the open-file limit to its hard limit.
 * Fails with ERR_OUTPUT (the journal or an evidence file cannot be written; the scan ends as if interrupted), ERR_NOMEM, ERR_INTERNAL (no event loop).
 */
int scan_run(const struct scan_options *options, bool *ret_cancelled, struct error *err) MUST_USE;

#endif

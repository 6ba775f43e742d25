/*
 * outputs.h: the reports a command line asks for: checked before anything is done, written when all is known.
 */
#ifndef SSHVET_OUTPUTS_H
#define SSHVET_OUTPUTS_H

#include "places.h"
#include "report.h"

struct outputs {
	struct places places;
};

/* What --format asks for, as places_parse() checks it. ERR_USAGE. The caller owns it (outputs_fini()). */
int  outputs_prepare(const struct options *options, struct outputs *ret_outputs, struct error *err) MUST_USE;
void outputs_fini(struct outputs *o);

/*
 * Write all reports; one that fails does not keep the others from being written. Returns the exit status of the results
 * (report_exit_status()), or the first failure. `where` is the name of the journal for its message; NULL when it has
 * none.
 */
int outputs_write(const struct outputs *o, const struct options *options, struct journal_reader *journal,
                  const char *where, struct error *err) MUST_USE;

/*
 * End a run: finish its journal and write the reports of it. A journal that cannot be finished is ERR_OUTPUT; else as
 * outputs_write(). `where` is the journal's name; NULL when it has none.
 */
int outputs_conclude(const struct outputs *o, const struct options *options, struct journal *journal, const char *where,
                     struct error *err) MUST_USE;

#endif

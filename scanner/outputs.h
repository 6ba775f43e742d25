/*
 * outputs.h: the reports a command line asks for: checked before anything is done, written when all is known.
 */
#ifndef SSHVET_OUTPUTS_H
#define SSHVET_OUTPUTS_H

#include "options.h"
#include "report.h"

/* One report to write. */
struct output {
	const struct report *report;
	const char          *path; /* NULL for standard output; the command line owns it */
};

struct outputs {
	struct output *items;
	size_t         count;
};

/*
 * What --format asks for (a table without any), checked as far as it can be: the format exists, at most one report goes
 * to standard output, no two to one file, every folder is there and may be written to. ERR_USAGE. The caller owns it
 * (outputs_fini()).
 */
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

/* Whether a new file can be made at `path`: its folder is there and may be written to. ERR_USAGE; `option` names what
 * asks for it. */
int outputs_check_path(const char *option, const char *path, struct error *err) MUST_USE;

#endif

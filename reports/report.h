/*
 * report.h: how findings leave: one file per format, one line each in reports.def.
 *
 * A report is a rendering of a journal and nothing else: same journal lines, same bytes, in inventory order.
 */
#ifndef SSHVET_REPORT_H
#define SSHVET_REPORT_H

#include "journal.h"

struct report_options {
	enum severity fail_on; /* the gate: a failure at or above it fails the run; SEVERITY_UNKNOWN is any failure */
	bool          colour;  /* escape sequences are welcome (table only) */
	bool          verbose; /* also what passed, was waived or does not apply (table only) */
};

struct report {
	const char *name;    /* what --format says */
	const char *summary; /* one line for --help and the manual */

	/* Write the whole report. ERR_OUTPUT when the stream fails, else as journal_target(). */
	int (*write)(struct journal_reader *journal, const struct report_options *options, FILE *out,
	             struct error *err);
};

/* Every format in the order of reports.def, NULL at the end. */
extern const struct report *const reports[];

/* The format of that name, NULL when there is none. */
const struct report *report_find(const char *name) MUST_USE;

/*
 * The exit status of design.md: 1 when a rule at or above `fail_on` failed, else 3 when a target or rule could not be
 * evaluated (or is missing, or there is none), else 0.
 */
int report_exit_status(const struct journal_summary *summary, enum severity fail_on) MUST_USE;

/* The same in a word for reports: "failed" for 1, "incomplete" for 3, "passed" for 0. */
const char *report_gate(const struct journal_summary *summary, enum severity fail_on) MUST_USE;

#endif

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

/* One report while it is written. */
struct rendering {
	const struct report          *report;
	struct report_options         options;
	FILE                         *out;
	const struct journal_summary *summary; /* from begin() to end() */
	void                         *state;   /* the format's own, from begin() to end() */
	bool                          begun;   /* begin() went well and end() has not been called */
	struct error                  failure; /* why it is not whole; code 0 when it is */
};

/* A format. That the stream failed is not its business, report_render() looks after that. */
struct report {
	const char *name;    /* what --format says */
	const char *summary; /* one line for --help and the manual */

	/* What comes before the targets; then each target, `place` counting from 0; then what comes after them. ERR_NOMEM. */
	int (*begin)(struct rendering *r, struct error *err);
	int (*target)(struct rendering *r, size_t place, const struct journal_entry *entry, struct error *err);
	int (*end)(struct rendering *r, struct error *err); /* also after a failure of target(): releases the state */
};

/*
 * Write several reports in one pass over the journal. Those that have a failure already are left out, and one that fails does not keep
 * the others from being written. Failures: ERR_OUTPUT (the stream failed; the text is the system's reason), else as journal_entry().
 */
void report_render(struct journal_reader *journal, struct rendering *renderings, size_t count);

/* The same for one. */
int report_write(const struct report *report, struct journal_reader *journal, const struct report_options *options, FILE *out,
                 struct error *err) MUST_USE;

/* What to do about a finding of a rule: its own remediation, else the rule's. */
const char *report_remedy(const struct finding *finding, const struct journal_rule *rule) MUST_USE;

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

#include "report.h"

#define REPORT(name) extern const struct report report_##name;
#include "reports.def"
#undef REPORT

const struct report *const reports[] = {
#define REPORT(name) &report_##name,
#include "reports.def"
#undef REPORT
	NULL,
};

const struct report *report_find(const char *name)
{
	for (size_t i = 0; reports[i]; i++)
		if (strcmp(reports[i]->name, name) == 0)
			return reports[i];
	return NULL;
}

const char *report_remedy(const struct finding *finding, const struct journal_rule *rule)
{
	return finding->remediation ? finding->remediation : rule->remediation;
}

int report_exit_status(const struct journal_summary *summary, enum severity fail_on)
{
	for (size_t severity = (size_t)fail_on; severity < SEVERITY_COUNT; severity++)
		if (summary->failures[severity] > 0)
			return 1;
	/* Where nothing was evaluated, nothing has passed. */
	if (summary->scanned == 0 || summary->unscanned > 0 || summary->missing > 0 ||
	    summary->verdicts[VERDICT_ERROR] > 0)
		return 3;
	return 0;
}

const char *report_gate(const struct journal_summary *summary, enum severity fail_on)
{
	int status = report_exit_status(summary, fail_on);

	if (status == 0)
		return "passed";
	return status == 1 ? "failed" : "incomplete";
}

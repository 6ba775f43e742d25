#include "finding.h"

#include "mem.h"

static const char *const verdict_names[] = {
	[VERDICT_UNKNOWN] = "unknown",
	[VERDICT_PASS] = "pass",
	[VERDICT_FAIL] = "fail",
	[VERDICT_ERROR] = "error",
	[VERDICT_NOT_APPLICABLE] = "not_applicable",
	[VERDICT_WAIVED] = "waived",
};
static_assert(countof(verdict_names) == VERDICT_COUNT, "every verdict has a name");

static const char *const severity_names[] = {
	[SEVERITY_UNKNOWN] = "unknown",
	[SEVERITY_INFO] = "info",
	[SEVERITY_LOW] = "low",
	[SEVERITY_MEDIUM] = "medium",
	[SEVERITY_HIGH] = "high",
	[SEVERITY_CRITICAL] = "critical",
};
static_assert(countof(severity_names) == SEVERITY_COUNT, "every severity has a name");

/* The index of `name` from 1 on; 0 when it is not there (the name of 0 itself cannot be asked for). */
static size_t name_index(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 1; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return 0;
}

const char *verdict_name(enum verdict verdict)
{
	return verdict_names[verdict > VERDICT_UNKNOWN && verdict < VERDICT_COUNT ? verdict : VERDICT_UNKNOWN];
}

enum verdict verdict_parse(const char *name)
{
	return (enum verdict)name_index(verdict_names, VERDICT_COUNT, name);
}

const char *severity_name(enum severity severity)
{
	return severity_names[severity > SEVERITY_UNKNOWN && severity < SEVERITY_COUNT ? severity : SEVERITY_UNKNOWN];
}

enum severity severity_parse(const char *name)
{
	return (enum severity)name_index(severity_names, SEVERITY_COUNT, name);
}

void findings_free(struct findings *f)
{
	mem_free(f->items);
	arena_free(&f->memory);
	*f = (struct findings){ 0 };
}

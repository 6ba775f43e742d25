/*
 * finding.h: the outcome of one rule on one target (or on one item of it).
 */
#ifndef SSHVET_FINDING_H
#define SSHVET_FINDING_H

#include "arena.h"
#include "error.h"

/* Zero is "nobody has said yet", so cleared memory can never read as a pass. */
enum verdict {
	VERDICT_UNKNOWN = 0,
	VERDICT_PASS,
	VERDICT_FAIL,
	VERDICT_ERROR, /* the facts the rule needs could not be read */
	VERDICT_NOT_APPLICABLE,
	VERDICT_WAIVED, /* a failure accepted until a date */
	VERDICT_COUNT
};

enum severity {
	SEVERITY_UNKNOWN = 0,
	SEVERITY_INFO,
	SEVERITY_LOW,
	SEVERITY_MEDIUM,
	SEVERITY_HIGH,
	SEVERITY_CRITICAL,
	SEVERITY_COUNT
};

/* "pass", "not_applicable", "high", …: as they stand in reports. The parsers return the 0 value for anything else. */
const char   *verdict_name(enum verdict verdict) MUST_USE;
enum verdict  verdict_parse(const char *name) MUST_USE;
const char   *severity_name(enum severity severity) MUST_USE;
enum severity severity_parse(const char *name) MUST_USE;

struct finding {
	const char  *rule; /* id; the rule set owns it */
	enum verdict verdict;
	char        *subject;     /* the item, e.g. "Match User deploy"; NULL when the rule is about the whole target */
	const char  *expected;    /* what the rule wants; the rule set owns it */
	char        *actual;      /* what was found; NULL when nothing was */
	char        *where;       /* file:line, path, chain; NULL when the fact has no place */
	char        *message;     /* one sentence; for VERDICT_ERROR it begins with the reason: "privilege: …" */
	const char  *remediation; /* of VERDICT_FAIL, where it is not the rule's own, else NULL; the rule set owns it */
};

struct findings {
	struct finding *items;
	size_t          count;
	struct arena    memory; /* of the texts that the rule set does not own */
};

/* Release the items and their texts; the struct can be used again. */
void findings_free(struct findings *f);

#endif

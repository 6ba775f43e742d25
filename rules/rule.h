/*
 * rule.h: a rule as it was compiled. Internal to this folder.
 */
#ifndef SSHVET_RULE_H
#define SSHVET_RULE_H

#include "operators.h"
#include "ruleset.h"

struct lookup_scope;
struct yaml_node;

/* Where a fact stands: the way from a module's object, or from an item of a table, to its value. */
struct fact_ref {
	const struct ruleset_module *module;
	const struct fact_spec      *spec;
	const char                  *name;     /* as the rule writes it */
	bool                         relative; /* to the item that `each` is at */
	const char *const           *steps;    /* names of members, without the module's */
	size_t                       nsteps;
};

enum condition_kind {
	CONDITION_UNKNOWN = 0,
	CONDITION_FACT,
	CONDITION_ALL,
	CONDITION_ANY,
	CONDITION_NONE,
};

struct condition {
	enum condition_kind         kind;
	struct fact_ref             fact; /* of CONDITION_FACT, with the next two */
	const struct rule_operator *op;
	struct operand              operand;
	const char                 *expected; /* what fulfils it, in words */
	const struct condition     *parts;    /* of the others */
	size_t                      nparts;
};

/* What a rule demands, compiled with the parameters in force. */
struct demand {
	const struct condition *when;   /* NULL: always */
	const struct fact_ref  *each;   /* a table; NULL: once for the target */
	const struct condition *select; /* which items; NULL: all */
	const struct condition *check;
	enum verdict            empty;      /* of a table without items; 0: error */
	enum verdict            unselected; /* when no item is selected */
};

struct rule {
	const char                  *id;
	const char                  *title;
	const struct ruleset_module *module;
	enum severity                severity;
	const char                  *rationale;
	const char                  *remediation; /* what no remedy is for */
	const struct remedy         *remedies;
	size_t                       nremedies;
	const struct fact_ref       *remedies_by; /* NULL when there are none */
	cJSON                       *references;  /* NULL when there are none */
	const char                  *place;       /* "file:line" */
	struct demand                demand;
	const struct yaml_node      *source; /* only while loading */
};

/* Hold one rule against the facts of a target (lookup_open()) and append its findings. ERR_NOMEM only. */
int evaluate_rule(const struct rule *rule, const struct lookup_scope *target, struct findings *findings, struct error *err) MUST_USE;

/* remedy.c: the remedy for what `scope` says; NULL where it is the rule's own remediation. */
const char *remedy_choose(const struct rule *rule, const struct lookup_scope *scope) MUST_USE;

#endif

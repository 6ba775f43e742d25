/*
 * operators.h: the questions a rule can ask of one fact. Internal to this folder.
 */
#ifndef SSHVET_OPERATORS_H
#define SSHVET_OPERATORS_H

#include <regex.h>

#include "algorithm.h"
#include "fact.h"

/* Zero is "cannot be told", so that cleared memory never reads as fulfilled. */
enum truth {
	TRUTH_UNKNOWN = 0,
	TRUTH_FALSE,
	TRUTH_TRUE,
};

enum truth truth_of(bool holds) MUST_USE;
enum truth truth_negate(enum truth t) MUST_USE; /* unknown stays unknown */

enum operand_type {
	OPERAND_UNKNOWN = 0,
#define OPERAND(name, how) OPERAND_##name,
#include "operand.def"
#undef OPERAND
	OPERAND_COUNT_OF_TYPES
};

/* An operand as it was compiled; immutable, so that threads may share it. Which members are set follows from the type. */
struct operand {
	enum operand_type  type;     /* never VALUE or VALUES: those became the fact's type */
	const char        *shown;    /* as `expected` shows it */
	const char        *text;     /* TEXT, PATTERN, VERSION */
	const char *const *texts;    /* TEXTS, PATTERNS */
	const int64_t     *integers; /* INTEGERS */
	size_t             count;    /* of texts or integers */
	int64_t            least;    /* INTEGER, RANGE, COUNT */
	int64_t            most;     /* RANGE, COUNT */
	bool               boolean;  /* BOOLEAN, EXISTENCE */
	unsigned           mode;     /* MODE */
	const regex_t     *regex;    /* REGEX */

	const struct algorithms *algorithms; /* STRENGTH: the class asked about */
	enum algorithm_class class;
	enum strength strength; /* the least that will do */
};

/* A fact as it was found, of the type it was declared with. */
struct fact_value {
	enum fact_type type;
	bool           present; /* false only where an operator asks about presence itself */
	const char    *text;    /* TEXT, MODE */
	int64_t        integer;
	bool           boolean;
	unsigned       mode;
	const cJSON   *array; /* LIST, TABLE */
};

struct rule_operator {
	const char       *name;
	unsigned          facts; /* bit 1 << fact_type */
	enum operand_type operand;
	const char       *before; /* around the operand, in `expected` */
	const char       *after;
	enum truth (*holds)(const struct operand *o, const struct fact_value *v);

	/* What a single element of a list comes to, where each by itself makes the operator fail or remain open; NULL elsewhere. */
	enum truth (*judge)(const struct operand *o, const char *element);
};

extern const struct rule_operator operators[];
extern const size_t               operators_count;

/* NULL when there is none. */
const struct rule_operator *operator_find(const char *name) MUST_USE;

bool operator_accepts(const struct rule_operator *op, enum fact_type type) MUST_USE;

/* How an operand is written, for messages. */
const char *operand_how(enum operand_type type) MUST_USE;

/*
 * A version: numbers separated by dots, then optionally 'p' and a number ("9.2p1"). What follows must not be a letter or a digit. Two
 * versions compare number by number; a missing number is 0. False when `text` does not begin with a version, or has more than
 * VERSION_PARTS numbers.
 */
#define VERSION_PARTS 6u
struct version {
	uint32_t parts[VERSION_PARTS + 1]; /* the last one is the p number */
};
bool version_parse(const char *text, struct version *ret_version) MUST_USE;

#endif

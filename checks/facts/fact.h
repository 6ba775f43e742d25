/*
 * fact.h: facts: what a check module learnt about a target, typed, and never a guess.
 *
 * The facts of one target are one cJSON object with one member per check module. A fact that could not be read is not in it;
 * its name and the reason are in the module's `unavailable` list instead, and a rule that needs it ends in `error` with
 * that reason:
 *
 *   "sshd_config": { "source": "sshd -T",
 *                    "contexts": [ {"subject": "global", "permitrootlogin": "no", …, "where": {"permitrootlogin": "/etc/ssh/sshd_config:12"}} ],
 *                    "unavailable": [ {"fact": "sshd_config.daemons", "reason": "privilege", "message": "…"} ] }
 *
 * An item of a table may have an `unavailable` list of its own, whose names are relative to the item. `subject` (text) names an item of a table in findings,
 * and `where` says where its facts were found: text for the whole item, or an object from fact name to text.
 */
#ifndef SSHVET_FACT_H
#define SSHVET_FACT_H

#include <cjson/cJSON.h>

#include "error.h"
#include "slice.h"

enum fact_type {
	FACT_UNKNOWN = 0,
	FACT_TEXT,    /* cJSON string, clean (text.h) */
	FACT_INTEGER, /* cJSON number, whole, |n| < 10^15 */
	FACT_BOOLEAN, /* cJSON true or false */
	FACT_MODE,    /* cJSON string of octal digits, e.g. "0600" */
	FACT_LIST,    /* cJSON array of strings */
	FACT_TABLE,   /* cJSON array of objects; its members are declared as NAME[].MEMBER */
};

/* "text", "integer", …; "unknown" for anything else. */
const char *fact_type_name(enum fact_type type) MUST_USE;

/* One fact a module can produce. */
struct fact_spec {
	const char    *name; /* "keys.files[].mode": member, then path; [] marks the items of a table */
	enum fact_type type;
	const char    *unit;    /* "seconds", "bytes", "octal"; NULL when the value has none */
	const char    *summary; /* what it is, in one line */
};

/* Why a fact could not be read. The names are stable; rules report them. */
enum reason {
	REASON_UNKNOWN = 0,
	REASON_PRIVILEGE,   /* "privilege": needs rights the login does not have */
	REASON_TIMEOUT,     /* "timeout": the command on the target did not end in time */
	REASON_TRUNCATED,   /* "truncated": there was more than the limit allows */
	REASON_UNSUPPORTED, /* "unsupported": the target has no means to tell, or says it in a form not understood */
	REASON_PARSE,       /* "parse": what came is malformed */
	REASON_MISSING,     /* "missing": nobody said why; also evidence that broke off */
};

const char *reason_name(enum reason reason) MUST_USE;

/*
 * Adding facts. `object` is a module's object or an item of a table; every function returns 0 or ERR_NOMEM (and
 * ERR_TOO_BIG past LIMIT_FACT_TEXT, LIMIT_FACT_ITEMS or 10^15). Text is cleaned here: callers pass the target's bytes.
 */
int fact_add_text(cJSON *object, const char *name, struct slice text, struct error *err) MUST_USE;
int fact_add_integer(cJSON *object, const char *name, int64_t value, struct error *err) MUST_USE;
int fact_add_boolean(cJSON *object, const char *name, bool value, struct error *err) MUST_USE;
int fact_add_mode(cJSON *object, const char *name, unsigned mode, struct error *err) MUST_USE;

/* An empty list or table, which the object owns; NULL when out of memory. */
cJSON *fact_add_array(cJSON *object, const char *name) MUST_USE;

/* A comma-separated list as a FACT_LIST; empty text is the empty list. */
int fact_add_names(cJSON *object, const char *name, struct slice comma_separated, struct error *err) MUST_USE;

/* Append to an array of fact_add_array(): text to a list, an empty item to a table (owned by the table; NULL when out of memory
 * or past LIMIT_FACT_ITEMS). Only for arrays of fact_add_array(), which count their items. */
int    fact_list_append(cJSON *list, struct slice text, struct error *err) MUST_USE;
cJSON *fact_table_append(cJSON *table) MUST_USE;

/*
 * Say that a fact could not be read. `name` is the full name in a module's object ("firewall.input_default_ipv4"), relative
 * in an item. `message` is for the operator: what was tried and what would help. Target text in it must be clean.
 */
int fact_add_unavailable(cJSON *object, const char *name, enum reason reason, struct error *err, const char *message, ...) PRINTF(5, 6) MUST_USE;

#endif

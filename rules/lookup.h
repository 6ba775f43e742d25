/*
 * lookup.h: from a reference to a fact to its value, or to the reason why it has none. Internal to this folder.
 */
#ifndef SSHVET_LOOKUP_H
#define SSHVET_LOOKUP_H

#include "rule.h"

/* A module's object or an item of a table, with what it says about facts it does not have: looked up once, used by every rule. */
struct lookup_object {
	const cJSON *json;    /* NULL when there is none */
	const cJSON *excuses; /* its `unavailable` list; NULL when it has none */
};
struct lookup_object lookup_object(const cJSON *json) MUST_USE;

/* Where rules look: all facts of a target, and the item that `each` is at (none: zeroed). */
struct lookup_scope {
	const struct ruleset_module *modules;
	struct lookup_object        *objects; /* one for each of the modules */
	struct lookup_object         item;
};

/* The facts of one target as rules see them. ERR_NOMEM; else lookup_close(). */
int  lookup_open(struct lookup_scope *scope, const struct ruleset_module *modules, size_t nmodules, const cJSON *facts, struct error *err) MUST_USE;
void lookup_close(struct lookup_scope *scope);

/* The object of the module that a fact belongs to. */
const struct lookup_object *lookup_module(const struct lookup_scope *scope, const struct fact_ref *fact) MUST_USE;

struct lookup {
	bool              known;   /* the value is there, or (for an operator that asks) is known to be absent */
	struct fact_value value;   /* when known */
	const cJSON      *object;  /* the module's object or the item that the value stands in; NULL when there is none */
	const char       *reason;  /* when not known: "privilege", … */
	const char       *message; /* when not known: what was tried; NULL when nobody said */
};

/* Find a fact. `may_be_absent`: a fact nobody gave and nobody excused is known to be absent (`exists`), and not an error. */
struct lookup lookup_fact(const struct fact_ref *fact, const struct lookup_scope *scope, bool may_be_absent) MUST_USE;

/* A member of an object; NULL when it is not there, or `object` is NULL. */
const cJSON *lookup_member(const cJSON *object, const char *name) MUST_USE;

/* The text of a member of an object; NULL when it is not there or no text. */
const char *lookup_text(const cJSON *object, const char *name) MUST_USE;

#endif

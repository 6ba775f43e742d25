/*
 * algorithm.h: what is known of the algorithms SSH servers offer: library/algorithms.yaml. Internal to this folder.
 */
#ifndef SSHVET_ALGORITHM_H
#define SSHVET_ALGORITHM_H

#include "error.h"

struct loader;
struct yaml_node;

/* Zero is "not known", which is never strong enough. */
enum strength {
	STRENGTH_UNKNOWN = 0,
	STRENGTH_BROKEN,
	STRENGTH_WEAK,
	STRENGTH_ACCEPTABLE,
	STRENGTH_GOOD,
	STRENGTHS
};

enum algorithm_class {
	ALGORITHM_UNKNOWN = 0,
	ALGORITHM_KEX,
	ALGORITHM_HOST_KEY,
	ALGORITHM_CIPHER,
	ALGORITHM_MAC,
	ALGORITHM_COMPRESSION,
	ALGORITHM_CLASSES
};

struct algorithm {
	const char   *name; /* a pattern where it ends in a star */
	enum strength strength;
	const char   *reason;       /* of WEAK and BROKEN; NULL where there is none */
	bool          post_quantum; /* a key exchange that a quantum computer does not undo */
	const char   *since;        /* first OpenSSH whose server can offer it; NULL when none or not known */
	const char   *until;        /* last one */
};

/* One class, immutable once loaded: plain names in order, then patterns. */
struct algorithms {
	const struct algorithm *items;
	size_t                  count;
	size_t                  nplain;
};

/* True for a file that lists algorithms instead of rules: a mapping with the key `algorithms`. NULL is none. */
bool algorithm_is_file(const struct yaml_node *root) MUST_USE;

/* Read such a file into the loader's tables; a rule set has one. ERR_SYNTAX with its place, ERR_NOMEM. */
int algorithm_load(struct loader *l, const struct yaml_node *root, const char *file, struct error *err) MUST_USE;

/* Class and strength by their names; ERR_SYNTAX lists them. */
int algorithm_class(const struct yaml_node *n, enum algorithm_class *ret_class, struct error *err) MUST_USE;
int algorithm_strength(const struct yaml_node *n, enum strength *ret_strength, struct error *err) MUST_USE;

const char *algorithm_class_name(enum algorithm_class class) MUST_USE;
const char *algorithm_strength_name(enum strength strength) MUST_USE;

/* NULL when the table does not know `name`. */
const struct algorithm *algorithm_find(const struct algorithms *table, const char *name) MUST_USE;

#endif

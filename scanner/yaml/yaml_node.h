/*
 * yaml_node.h: what a parsed file is made of. For yaml.c, and for the files that embed/embed_yaml.c writes; everybody else asks yaml.h.
 */
#ifndef SSHVET_YAML_NODE_H
#define SSHVET_YAML_NODE_H

#include "arena.h"
#include "yaml.h"

struct yaml_node {
	union {
		const char                    *text;  /* of a scalar */
		const struct yaml_node *const *items; /* of a sequence; of a mapping keys and values in turn */
	};
	const struct yaml *file;
	uint32_t           count; /* bytes of a scalar, items of a sequence, twice the pairs of a mapping */
	uint32_t           line;
	uint32_t           column;
	uint16_t           kind;
	bool               quoted;
};

struct yaml {
	struct arena            arena; /* empty where the file is part of the program */
	const char             *name;
	const struct yaml_node *root;
};

#endif

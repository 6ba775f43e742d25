/*
 * yaml.h: YAML files (rules, profiles, inventories) as a tree that remembers where everything stands.
 *
 * The only part that includes libfyaml. YAML 1.2, one document, no anchors or aliases, no tags, no duplicate keys, no
 * control characters, not even escaped ones, valid UTF-8: each breach is an error, so that a file means what a reader sees.
 */
#ifndef SSHVET_YAML_H
#define SSHVET_YAML_H

#include "error.h"
#include "slice.h"

struct yaml;      /* a parsed file; owns all nodes and texts */
struct yaml_node; /* opaque; lives as long as the file */

enum yaml_kind {
	YAML_NONE = 0, /* no node (NULL was asked about) */
	YAML_SCALAR,
	YAML_SEQUENCE,
	YAML_MAPPING,
};

/* Parse; `name` is the file name for messages. ERR_SYNTAX with "name:line:column: …", ERR_NOMEM. An empty file has a NULL root. */
int  yaml_parse(struct slice text, const char *name, struct yaml **ret_yaml, struct error *err) MUST_USE;
void yaml_free(struct yaml *y);

const struct yaml_node *yaml_root(const struct yaml *y) MUST_USE;
enum yaml_kind          yaml_kind(const struct yaml_node *n) MUST_USE;

/* A scalar's text, NUL-terminated ("" for a plain empty one); NULL when it is not a scalar. Clean (text.h) but for line ends and tabs. */
const char *yaml_text(const struct yaml_node *n) MUST_USE;

/* True when the scalar was written in quotes: a quoted "5" is text, a plain 5 a number. */
bool yaml_is_quoted(const struct yaml_node *n) MUST_USE;

/* How many items a sequence, or pairs a mapping, has; 0 for anything else. Items in order; keys of a mapping are texts. */
size_t                  yaml_count(const struct yaml_node *n) MUST_USE;
const struct yaml_node *yaml_item(const struct yaml_node *sequence, size_t index) MUST_USE;
const struct yaml_node *yaml_key(const struct yaml_node *mapping, size_t index) MUST_USE;
const struct yaml_node *yaml_value(const struct yaml_node *mapping, size_t index) MUST_USE;

/* The value of a key of a mapping; NULL when it is not there. */
const struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key) MUST_USE;

/* "file:line:column: " and the text, as ERR_SYNTAX; and the line alone (from 1). */
int    yaml_error(const struct yaml_node *n, struct error *err, const char *format, ...) PRINTF(3, 4);
size_t yaml_line(const struct yaml_node *n) MUST_USE;

#endif

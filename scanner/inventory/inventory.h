/*
 * inventory.h: which hosts to scan.
 */
#ifndef SSHVET_INVENTORY_H
#define SSHVET_INVENTORY_H

#include "buf.h"

struct target {
	char    *name;   /* how reports call it; unique in an inventory */
	char    *host;   /* name or numeric address to connect to, without brackets; also what known_hosts is asked for */
	char    *user;   /* login */
	unsigned port;   /* 1-65535 */
	char    *origin; /* "command line" or "file:line", for messages */
};

struct inventory {
	struct target *targets;
	size_t         count;
	size_t         capacity;
};

/* What a target that does not say otherwise gets. */
struct inventory_defaults {
	const char *user; /* never NULL */
	unsigned    port;
};

/*
 * Add one target as written on the command line: [user@]host[:port], ssh://[user@]host[:port], IPv6 in brackets (a bare
 * IPv6 address, which cannot carry a port, too); or all addresses of a network, [user@]192.0.2.0/24[:port]. `origin` goes into
 * messages. The name is the text without user, port kept when given. ERR_USAGE with the place and what is wrong.
 */
int inventory_add(struct inventory *inv, const char *text, const char *origin,
                  const struct inventory_defaults *defaults, struct error *err) MUST_USE;

/*
 * Add the targets of a file ("-" is standard input). A name ending in .yaml, .yml or .json is YAML: a list of targets,
 * or an object {defaults: {user, port}, targets: [...]}, each target a text as above or {name, host, port, user}. Any
 * other file has one target or network a line; blank lines and lines beginning with # are skipped. Refused when everybody can
 * write to it. Every error is ERR_SYNTAX or ERR_NOT_FOUND with file:line(:column).
 */
int inventory_load(struct inventory *inv, const char *path, const struct inventory_defaults *defaults,
                   struct error *err) MUST_USE;

/* The same from bytes, for tests and fuzzing; `name` stands for the path and says which form it is. */
int inventory_parse(struct inventory *inv, struct slice text, const char *name,
                    const struct inventory_defaults *defaults, struct error *err) MUST_USE;

/* Every name must be there once: ERR_USAGE names both places of the first that is not. Call it when all is loaded. */
int inventory_check(const struct inventory *inv, struct error *err) MUST_USE;

/* Release all targets; the struct can be used again. */
void inventory_free(struct inventory *inv);

#endif

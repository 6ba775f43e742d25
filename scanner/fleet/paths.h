/*
 * paths.h: how far a key leads: from each account, by the private keys that lie with it, to the nearest root.
 *
 * Who controls an account can use the private keys that lie with it; who is root on a host, all that lie there. A key leads into an
 * account when a line of authorized_keys opens it and from= does not refuse the host where the key lies.
 *
 * One search from all roots at once, against the direction of the keys, gives every account its nearest two roots (two, as a root's
 * own must not be its answer). It looks at each line and each private key a fixed number of times, whatever the chains are like.
 * It runs once over the lines that give a shell, and once over all of them for accounts the first found no path for.
 */
#ifndef SSHVET_PATHS_H
#define SSHVET_PATHS_H

#include "fleet.h"

/* The shortest path from an account to a root. */
struct path {
	uint32_t from; /* accounts; both are nodes */
	uint32_t to;
	uint32_t hops;
	bool     restricted; /* some hop is */
};

/* One hop. */
struct path_hop {
	uint32_t private_key;  /* that is used */
	uint32_t line;         /* that lets it in */
	bool     from_unknown; /* nobody can tell whether from= refuses */
};

struct paths;

struct paths_options {
	bool encrypted; /* private keys with a passphrase count as usable */
};

/* Search. The fleet must outlive the result. ERR_NOMEM. */
int paths_find(const struct fleet *f, const struct paths_options *options, struct paths **ret_paths, struct error *err) MUST_USE;

void paths_free(struct paths *p);

/* How many there are, and how many of them are restricted. */
uint32_t paths_count(const struct paths *p) MUST_USE;
uint32_t paths_restricted(const struct paths *p) MUST_USE;

/* One of them; those without restriction first, then the shorter, then in order of accounts. */
const struct path *paths_at(const struct paths *p, uint32_t i) MUST_USE;

/* The hop of `path` that leaves account `at`; the next leaves the node of the account its line opens. */
struct path_hop paths_hop(const struct paths *p, const struct path *path, uint32_t at) MUST_USE;

/* Whether a private key can be used, from the host where it lies, to get in by a line of the same key. */
enum use {
	USE_NONE = 0, /* the line opens nothing, or from= refuses the host */
	USE_POSSIBLE, /* whether from= refuses the host cannot be told */
	USE_CERTAIN,
};
enum use paths_use(const struct fleet *f, const struct fleet_private *p, const struct fleet_line *line) MUST_USE;

/* Where uses_next() stands; zeroed is before the first. */
struct uses {
	uint32_t key;
	uint32_t private_key; /* among those of the key */
	uint32_t line;
	uint64_t looked; /* how many pairs were looked at */
	bool     cut;    /* there were too many: what comes after is not known */
};

/* One private key that opens an account which is not the one it lies with. Encrypted ones are there, too. */
struct uses_item {
	const struct fleet_private *private_key;
	const struct fleet_line    *line;
	bool                        from_unknown;
};

/* The next, in order of keys, private keys and lines. False when there is none, or `u->cut`. */
bool uses_next(const struct fleet *f, struct uses *u, struct uses_item *ret_item) MUST_USE;

#endif

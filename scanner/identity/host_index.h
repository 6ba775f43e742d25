/*
 * host_index.h: the keys of known_hosts files, found by host.
 *
 * Plain names are found through a hash table; patterns and hashed names have to be tried one by one, so what
 * can be done when a line is added (decoding, lower case) is done then. Not locked: known_hosts.c does that.
 */
#ifndef SSHVET_HOST_INDEX_H
#define SSHVET_HOST_INDEX_H

#include "buf.h"
#include "known_hosts_line.h"

/* One key of one line. */
struct host_entry {
	enum known_hosts_marker marker;
	const char             *file;    /* as it was named */
	size_t                  line;    /* counted from 1 */
	size_t                  order;   /* counts all entries, in the order they were added */
	struct slice            key;     /* the public key blob */
	struct slice            type;    /* its type, a view into the key */
	struct slice            hosts;   /* names or patterns in lower case, empty when hashed */
	char                    bytes[]; /* what the views view */
};

struct host_index;

struct host_index *host_index_new(void) MUST_USE; /* NULL when out of memory */
void               host_index_free(struct host_index *index);

/* Add a parsed line; everything but `file` is copied, `file` has to outlive the index. ERR_NOMEM. */
int host_index_add(struct host_index *index, const struct known_hosts_line *line, struct slice key,
                   const char *file, size_t line_number, struct error *err) MUST_USE;

/* The entries that speak for a host, in the order they were added. */
struct host_matches {
	const struct host_entry **entries; /* mem_free() */
	size_t                    count;
};

/* Find `name`, in lower case. Any number of threads may do this while none adds. ERR_NOMEM, or ERR_INTERNAL
 * when OpenSSL cannot hash. */
int host_index_find(const struct host_index *index, struct slice name, struct host_matches *ret_matches,
                    struct error *err) MUST_USE;

#endif

/*
 * sshd_effective.h: which lines of sshd's configuration are in force for a connection, and for which kinds of connections they differ.
 *
 * sshd reads its configuration twice. At start it takes the global part, and of the Match blocks those that apply to everybody; for each
 * connection it takes the lines of all satisfied blocks in the order of reading, where the first value counts, and puts them over the former.
 */
#ifndef SSHVET_SSHD_EFFECTIVE_H
#define SSHVET_SSHD_EFFECTIVE_H

#include "sshd_config_file.h"

/* How the values of several lines come together. */
enum sshd_joining {
	SSHD_FIRST = 1, /* the first line counts */
	SSHD_LAST,      /* the last one does */
	SSHD_ALL,       /* they add up */
	SSHD_UNSURE,    /* not known which, as where it depends on the release, and this is one of which it is not known */
};

/* True when a Match block may set the keyword; others count there only when the block applies to everybody. */
bool              sshd_effective_in_match(sshd_release release, enum sshd_keyword keyword) MUST_USE;
enum sshd_joining sshd_effective_joining(sshd_release release, enum sshd_keyword keyword) MUST_USE;

/*
 * True when in this release AuthorizedPrincipalsCommand may be passed over after AuthorizedKeysCommand, and its last line count before it: those
 * of 8.7 to 9.3, except where a distribution took the remedy over (bug 3574 of OpenSSH).
 */
bool sshd_effective_keys_outdo(sshd_release release) MUST_USE;

/* A set of contexts, as an array of config->ncontexts. The blocks alone: [0], the global part, is false. */
typedef bool sshd_contexts;

/* The kinds of connections a configuration tells apart. */
struct sshd_plan {
	const struct sshd_config *config;
	sshd_contexts            *always; /* blocks that apply to everybody */
	sshd_contexts            *global; /* the global part alone */
	sshd_contexts            *start;  /* both: what counts at start */
	sshd_contexts            *sets;   /* nsets times ncontexts */
	size_t                    nsets;
	bool                      more; /* there are more than were looked at */
	/* Not for others. */
	unsigned char *relations; /* enum sshd_relation, of each context with each */
	bool          *candidates;
	size_t         work;
};

/*
 * Find the sets of blocks that may apply together and make a difference. The first is what applies to everybody, then one for each block,
 * then combinations. For every connection there is a set under which every keyword has the value it has for this connection, unless `more` is
 * set; there may be sets that no connection has. `version` is what Match version is compared with. ERR_NOMEM.
 */
int  sshd_plan_make(const struct sshd_config *config, struct slice version, struct sshd_plan *ret_plan, struct error *err) MUST_USE;
void sshd_plan_fini(struct sshd_plan *plan);

/* A set of the plan. */
const sshd_contexts *sshd_plan_set(const struct sshd_plan *plan, size_t number) MUST_USE;

/* True when a context of the set follows from others in it, so that it need not be named. */
bool sshd_plan_is_implied(const struct sshd_plan *plan, const sshd_contexts *set, size_t context) MUST_USE;

/* True when some block that does not apply to everybody sets the keyword, or may. */
bool sshd_plan_differs(const struct sshd_plan *plan, enum sshd_keyword keyword) MUST_USE;

/* The blocks that apply to one connection, into an array of config->ncontexts. */
void sshd_effective_satisfied(const struct sshd_config *config, const struct sshd_connection *connection, struct slice version, sshd_contexts *ret_set);

/* The lines that set a keyword. */
struct sshd_setting {
	const struct sshd_config *config;
	const sshd_contexts      *contexts; /* whose lines count */
	enum sshd_keyword         keyword;
	enum sshd_joining         joining;
	size_t                    first;     /* directive, the one that counts or begins the list; SSHD_NONE when it is not set */
	size_t                    gap;       /* context in which something was not read that may set it; SSHD_NONE when there is none */
	bool                      from_dump; /* sshd printed it: nothing is quoted, everything is resolved */
};

/* What those contexts say of a keyword. Either of `first` and `gap` is SSHD_NONE. */
struct sshd_setting sshd_effective_find(const struct sshd_config *config, const sshd_contexts *contexts, enum sshd_keyword keyword) MUST_USE;

/* The next line of a setting after this one, SSHD_NONE at the end. */
size_t sshd_setting_next(const struct sshd_setting *setting, size_t directive) MUST_USE;

#endif

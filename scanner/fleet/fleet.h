/*
 * fleet.h: the keys of many hosts, from their journals: which key opens what, where its private half lies, and which hosts
 * prove themselves with it.
 *
 * Everything is in arrays, and refers to other things by their place there. Once read, the order of all arrays depends on
 * what the journals say and not on the order they say it in. Texts are interned (intern.h): equal ones are one pointer.
 */
#ifndef SSHVET_FLEET_H
#define SSHVET_FLEET_H

#include "intern.h"
#include "journal.h"
#include "pairs.h"

#define FLEET_NONE UINT32_MAX

/* Bits of fleet_line.conditions. */
enum fleet_condition_index {
#define CONDITION(name, restricts, text) FLEET_CONDITION_##name,
#include "conditions.def"
#undef CONDITION
	FLEET_CONDITIONS
};

/* Why not all about a host is known. */
struct fleet_reason {
	struct fleet_reason *next;
	const char          *text;
};

/* In order of names. */
struct fleet_host {
	const char          *name;
	const char          *address; /* "" when it was never known */
	unsigned             port;
	bool                 replaced; /* a later line of the journals is about it; only while reading */
	uint32_t             root;     /* its account of uid 0 */
	struct fleet_reason *reasons;  /* NULL when everything needed is known */
	struct fleet_reason *last;
	unsigned             nreasons;
};

/* An account that a key opens, or a private key lies with. In order of hosts and names. */
struct fleet_account {
	uint32_t    host;
	uint32_t    node; /* the account it comes to: for those of uid 0 the first of its host, else itself */
	const char *user;
	bool        root; /* uid 0 */
};

/* A line of authorized_keys. In order of keys, accounts and places. */
struct fleet_line {
	uint32_t    key;
	uint32_t    account;
	uint32_t    number; /* of the line in its file; 0 when not known */
	uint32_t    conditions;
	const char *path;
	const char *comment; /* these may be NULL */
	const char *from;    /* patterns with commas between them */
	const char *command;
	const char *options;    /* all of them, with commas between them */
	const char *why;        /* it does not open the account; NULL when it does */
	bool        restricted; /* it opens the account for one command, or none */
};

/* A private key. In order of keys, accounts and places. */
struct fleet_private {
	uint32_t    key;
	uint32_t    account; /* it lies with; host keys with root */
	const char *path;
	bool        encrypted;
	bool        host_key;
};

/* A host key. In order of keys and hosts, each host once. */
struct fleet_host_key {
	uint32_t    key;
	uint32_t    host;
	const char *path; /* NULL when it was only seen on the connection */
};

/* Some of an array. */
struct fleet_range {
	uint32_t first;
	uint32_t count;
};

/* In order of fingerprints. */
struct fleet_key {
	const char        *fingerprint;
	const char        *type; /* NULL when not known */
	uint32_t           bits; /* 0 when not known */
	struct fleet_range lines;
	struct fleet_range privates;
	struct fleet_range host_keys;
	uint32_t           opens;   /* accounts */
	uint32_t           people;  /* names of accounts it opens, those of uid 0 left out */
	uint32_t           holders; /* such names its private half lies with */
	uint32_t           clones;  /* servers it is the host key of */
	bool               lone;    /* opens one account, and is seen nowhere else */
};

struct fleet {
	struct intern          texts;
	struct arena           arena;    /* reasons */
	struct pairs           host_ids; /* these two only while reading */
	struct pairs           key_ids;
	struct journal_reader *journal; /* for its summary */

	struct fleet_host     *hosts;
	struct fleet_account  *accounts;
	struct fleet_key      *keys;
	struct fleet_line     *lines;
	struct fleet_private  *privates;
	struct fleet_host_key *host_keys;
	uint32_t               nhosts;
	uint32_t               naccounts;
	uint32_t               nkeys;
	uint32_t               nlines;
	uint32_t               nprivates;
	uint32_t               nhost_keys;

	uint32_t opening; /* lines that open an account */
	uint32_t held;    /* private keys besides host keys */
	uint32_t shared;  /* keys of several people */
	uint32_t cloned;  /* host keys of several hosts */
	uint32_t lone;    /* keys that are seen in one place */
	uint32_t unknown; /* hosts of which not everything is known */
};

/*
 * Read journals as journal_open() does, in one pass. Runs under different profiles are all right here, as nothing is judged. The
 * caller owns the fleet (fleet_free()). ERR_NOT_FOUND, ERR_SYNTAX, ERR_OUTPUT, ERR_NOMEM; ERR_TOO_BIG past four billion things.
 */
int fleet_open(const char *const *paths, size_t npaths, struct fleet **ret_fleet, struct error *err) MUST_USE;

void fleet_free(struct fleet *f);

/* True when the key is of the kind that its name says. */
bool fleet_key_is_shared(const struct fleet_key *key) MUST_USE;
bool fleet_key_is_cloned(const struct fleet_key *key) MUST_USE;

/* True when nothing is unknown: every target of the journals is there, with all its facts, and there is one. */
bool fleet_is_complete(const struct fleet *f) MUST_USE;

/* The words of a condition, and whether it restricts. */
const char *fleet_condition_text(unsigned condition) MUST_USE;
bool        fleet_condition_restricts(unsigned condition) MUST_USE;

#endif

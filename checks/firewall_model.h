/*
 * firewall_model.h: rules of nftables and of iptables in one form.
 *
 * A rule is a row of operations: matches, what they lead to, and what changes the packet. A match holds keys (fields of the packet) against a
 * list of elements, one range for each key; a single value is a list of one. A map's elements carry more numbers, for a
 * map of verdicts one made by firewall_verdict_of(). What cannot be expressed so is a condition: a text, of which nobody knows whether it holds.
 */
#ifndef SSHVET_FIREWALL_MODEL_H
#define SSHVET_FIREWALL_MODEL_H

#include "error.h"
#include "firewall_space.h"

#define FIREWALL_NONE UINT32_MAX /* no chain, list or set */
#define FIREWALL_KEYS 6          /* of one match */

#define FIREWALL_TCP 6 /* protocols that are asked about */
#define FIREWALL_UDP 17

enum firewall_hook {
	FIREWALL_HOOK_NONE = 0,
	FIREWALL_INGRESS,
	FIREWALL_PREROUTING,
	FIREWALL_INPUT,
	FIREWALL_FORWARD,
	FIREWALL_POSTROUTING,
	FIREWALL_OUTPUT,
};

/* What of a packet may be asked. */
enum firewall_field {
	FIREWALL_FIELD_UNKNOWN = 0,
	FIREWALL_SADDR,
	FIREWALL_DADDR,
	FIREWALL_ORIGINAL_DADDR, /* before DNAT */
	FIREWALL_SPORT,
	FIREWALL_DPORT,
	FIREWALL_ORIGINAL_DPORT,
	FIREWALL_PROTOCOL,
	FIREWALL_NFPROTO, /* 4 or 6 */
	FIREWALL_IIF,     /* a number of firewall_model_name() */
	FIREWALL_OIF,
	FIREWALL_MARK,
	FIREWALL_CT_MARK,
	FIREWALL_CT_STATE,      /* bits as nftables has them */
	FIREWALL_CT_STATE_DNAT, /* and 128 once DNAT was done, as iptables has it */
	FIREWALL_CT_STATUS,
	FIREWALL_TCP_FLAGS,
	FIREWALL_PKTTYPE,
	FIREWALL_SADDR_TYPE, /* RTN_* of the kernel */
	FIREWALL_DADDR_TYPE,
	FIREWALL_ZERO, /* what is 0 in every packet that is asked about: its number as a fragment, the direction of its connection */
	FIREWALL_FIELDS
};

struct firewall_key {
	enum firewall_field field;
	uint32_t            mask; /* 0 is all of it */
};

enum firewall_kind {
	FIREWALL_MATCH = 1,
	FIREWALL_CONDITION, /* may hold or not: the text says what */
	FIREWALL_NEVER,     /* does not hold for the packets that are asked about */
	FIREWALL_MAP,       /* of verdicts */
	FIREWALL_CHOICE,    /* one of the verdicts of a list, by something nobody knows: each under the condition `target` + its place in the list, the last one else when `has` */
	FIREWALL_ACCEPT,
	FIREWALL_DROP,
	FIREWALL_REJECT,
	FIREWALL_RETURN,
	FIREWALL_CONTINUE,
	FIREWALL_JUMP,
	FIREWALL_GOTO,
	FIREWALL_UNDECIDED, /* the text says by what construct */
	FIREWALL_SET_MARK,
	FIREWALL_SET_CT_MARK,
	FIREWALL_LOSE_MARK, /* to a value that is not known */
	FIREWALL_LOSE_CT_MARK,
	FIREWALL_NOTRACK,
	FIREWALL_DNAT,     /* keys and list: a map, or one element without keys */
	FIREWALL_REDIRECT, /* to a port of this host */
	FIREWALL_SNAT,     /* ends chains of type nat */
	FIREWALL_LOG,
};

struct firewall_op {
	enum firewall_kind kind;
	bool               negated;
	unsigned char      nkeys;
	unsigned char      has; /* of DNAT: FIREWALL_HAS_ADDRESS, FIREWALL_HAS_PORT */
	uint32_t           keys;
	uint32_t           list;
	uint32_t           target; /* chain; literal; port of a redirect, 0 when it stays */
	uint32_t           keep;   /* marks: new = (old & keep) ^ (other & take) ^ set */
	uint32_t           take;
	uint32_t           set;
};

#define FIREWALL_HAS_ADDRESS 1u
#define FIREWALL_HAS_PORT    2u

struct firewall_list {
	size_t                       first;    /* of the ranges */
	uint32_t                     count;    /* elements */
	unsigned char                width;    /* ranges that are compared */
	unsigned char                data;     /* ranges that follow them */
	bool                         changes;  /* rules add to it: what is in it now says nothing */
	bool                         opaque;   /* its elements are not understood */
	bool                         verdicts; /* the data are verdicts */
	uint32_t                     literal;  /* what to call being in it */
	const struct firewall_space *space;    /* all of it, once it was asked for */
	uint32_t                     except;   /* a list whose elements are not in it; FIREWALL_NONE */
};

struct firewall_rule {
	uint32_t first; /* operation */
	uint32_t nops;
	uint32_t number; /* handle of nftables, place in the chain for iptables */
	uint32_t next;
};

struct firewall_chain {
	struct slice       backend; /* "iptables", "ip6tables" or "" */
	struct slice       family;  /* "inet", "ip", "ip6", "netdev", "bridge", "iptables", "ip6tables" */
	struct slice       table;
	struct slice       name;
	unsigned           families; /* of enum firewall_family */
	enum firewall_hook hook;
	int                priority;
	bool               nat;
	bool               legacy;
	enum firewall_kind policy;  /* FIREWALL_ACCEPT, FIREWALL_DROP, FIREWALL_UNDECIDED */
	uint32_t           devices; /* a list of interfaces, for ingress; FIREWALL_NONE for all */
	uint32_t           first, last;
	uint32_t           nrules;
	uint32_t           bucket_next;
};

/* A named set or map. */
enum firewall_dimension {
	FIREWALL_IP = 1,
	FIREWALL_PORT, /* with its protocol: two ranges */
	FIREWALL_IFACE,
	FIREWALL_MARKED,
};

struct firewall_set {
	struct slice  family; /* "ipset" for those of ipset */
	struct slice  table;
	struct slice  name;
	unsigned      families;                  /* of its addresses, 0 when it has none */
	unsigned char dimensions[FIREWALL_KEYS]; /* ipset's: of enum firewall_dimension */
	unsigned char ndimensions;
	uint32_t      list;
};

enum firewall_literal_kind {
	FIREWALL_OTHER = 1, /* a condition that is known for what it is */
	FIREWALL_RATE,      /* a limit of how often */
	FIREWALL_CHANCE,    /* a number drawn anew each time it is asked for */
	FIREWALL_ASSUMED,   /* holds for every honest packet: not told unless it must not hold */
	FIREWALL_STRANGE,   /* nobody knows what it asks */
};

struct firewall_literal {
	enum firewall_literal_kind kind;
	struct slice               text;     /* what holds */
	struct slice               opposite; /* what holds when it does not */
	uint32_t                   bucket_next;
};

struct firewall_array {
	void  *items;
	size_t count, size;
};

#define FIREWALL_HASH 4096

struct firewall_model {
	struct firewall_pool  pool; /* texts, and sets of addresses that stay */
	struct firewall_array chains, rules, ops, keys, lists, ranges, sets, literals, names;
	uint32_t              chain_hash[FIREWALL_HASH];
	uint32_t              name_hash[FIREWALL_HASH]; /* names of interfaces */
	uint32_t              literal_hash[FIREWALL_HASH];
};

void firewall_model_init(struct firewall_model *model);
void firewall_model_fini(struct firewall_model *model);

/* A copy of a text that lives as long as the model. ERR_NOMEM, ERR_TOO_BIG. */
int firewall_model_copy(struct firewall_model *model, struct slice text, struct slice *ret_copy, struct error *err) MUST_USE;

/* Chains: the texts are copied. ERR_SYNTAX when there is one of that name; ERR_NOMEM, ERR_TOO_BIG. */
int firewall_model_add_chain(struct firewall_model *model, const struct firewall_chain *chain, uint32_t *ret_chain, struct error *err) MUST_USE;

/* The chain of that backend, family, table and name; FIREWALL_NONE when there is none. */
uint32_t               firewall_model_find_chain(const struct firewall_model *model, bool legacy, struct slice family, struct slice table, struct slice name) MUST_USE;
struct firewall_chain *firewall_model_chain(const struct firewall_model *model, uint32_t chain) MUST_USE;

/* Begin a rule at the end of a chain; operations are appended to the last rule that was begun. */
int firewall_model_add_rule(struct firewall_model *model, uint32_t chain, uint32_t number, struct error *err) MUST_USE;
int firewall_model_add_op(struct firewall_model *model, const struct firewall_op *op, struct error *err) MUST_USE;

/* A list without elements; elements are appended to the last one that was begun: `width` + `data` ranges each. */
int                   firewall_model_add_list(struct firewall_model *model, unsigned width, unsigned data, uint32_t *ret_list, struct error *err) MUST_USE;
int                   firewall_model_add_element(struct firewall_model *model, uint32_t list, const struct firewall_range *ranges, struct error *err) MUST_USE;
struct firewall_list *firewall_model_list(const struct firewall_model *model, uint32_t list) MUST_USE;
/* NULL only while there are no elements at all. */
const struct firewall_range *firewall_model_element(const struct firewall_model *model, const struct firewall_list *list, size_t element) MUST_USE;

int                        firewall_model_add_keys(struct firewall_model *model, const struct firewall_key *keys, size_t count, uint32_t *ret_keys, struct error *err) MUST_USE;
const struct firewall_key *firewall_model_keys(const struct firewall_model *model, const struct firewall_op *op) MUST_USE;

/* A match of one key with one range, or of the keys with a list, as an operation of the last rule. */
int firewall_model_match(struct firewall_model *model, struct firewall_key key, struct firewall_range range, bool negated, struct error *err) MUST_USE;

/* A rule that asks the connection anything but its state ends where there is none: before it is tracked, or when it is not. Negated or not. */
int firewall_model_need_connection(struct firewall_model *model, struct error *err) MUST_USE;
int firewall_model_match_list(struct firewall_model *model, const struct firewall_key *keys, size_t nkeys, uint32_t list, bool negated,
                              struct error *err) MUST_USE;

/* Named sets; the texts are copied. */
int                  firewall_model_add_set(struct firewall_model *model, const struct firewall_set *set, struct error *err) MUST_USE;
struct firewall_set *firewall_model_find_set(const struct firewall_model *model, struct slice family, struct slice table, struct slice name) MUST_USE;

/* A condition; what is asked twice in the same words is the same one unless it is a rate or a chance. */
int firewall_model_literal(struct firewall_model *model, enum firewall_literal_kind kind, struct slice text, struct slice opposite,
                           uint32_t *ret_literal, struct error *err) MUST_USE;

/* It as an operation of the last rule. */
int firewall_model_condition(struct firewall_model *model, enum firewall_literal_kind kind, struct slice text, struct slice opposite, bool negated,
                             struct error *err) MUST_USE;

/* Give up on what reaches this place of the rule: `construct` is what is not understood. */
int firewall_model_undecided(struct firewall_model *model, struct slice construct, struct error *err) MUST_USE;

/* The number of a name of interfaces; `*` at its end stands for anything. */
int firewall_model_name(struct firewall_model *model, struct slice name, uint32_t *ret_name, struct error *err) MUST_USE;

struct slice firewall_model_name_text(const struct firewall_model *model, uint32_t name) MUST_USE;

/* Verdicts as numbers of a map: the kind, and the chain of a jump. */
struct firewall_range firewall_verdict_of(enum firewall_kind kind, uint32_t chain) MUST_USE;

/* The element `i` of one of the model's arrays. */
#define FIREWALL_AT(array, type, i) (&((type *)(array).items)[i])

#endif

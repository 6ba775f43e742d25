/*
 * firewall_eval.h: what a ruleset does with a new packet whose source and interface are not known.
 *
 * The packet goes through the base chains of each hook in the order of their priorities. What is known of it is compared; what is not splits the
 * packet in two, of which each goes on by itself: by the source, an exact set of addresses; by the interface and by which of the host's own addresses
 * it is for; by a condition of which nobody knows whether it holds. Parts that come back from a chain alike become one again, so that the work does not
 * double with every rule. It is bounded all the same: what is not finished then is undecided, never closed.
 */
#ifndef SSHVET_FIREWALL_EVAL_H
#define SSHVET_FIREWALL_EVAL_H

#include "firewall_model.h"

#define FIREWALL_INTERFACE_WORDS   16 /* of 64 kinds of interfaces each */
#define FIREWALL_DESTINATION_WORDS 4  /* of 64 own addresses each */
#define FIREWALL_LITERALS          96 /* conditions of one part */

/* One of the host's own addresses. */
struct firewall_own {
	enum firewall_family   family;
	struct firewall_number address;
	struct firewall_range  network; /* what is on the same link */
	struct slice           interface;
	bool                   loopback; /* on the loopback interface */
};

/* What listens. */
struct firewall_listener {
	unsigned               protocol; /* FIREWALL_TCP, FIREWALL_UDP */
	unsigned               port;
	unsigned               families; /* of enum firewall_family */
	bool                   any;      /* on every address */
	struct firewall_number address;
	struct slice           device;  /* bound to an interface; empty */
	struct slice           process; /* empty when not known */
	bool                   systemd; /* held by systemd */
};

/* What counts besides the rules. */
struct firewall_host {
	const struct firewall_own      *own;
	size_t                          nown;
	bool                            own_known;
	const struct firewall_listener *listeners;
	size_t                          nlisteners;
	bool                            listeners_known;
	unsigned                        forwards;        /* of enum firewall_family: what it may forward */
	bool                            routes_localnet; /* packets from outside may be for 127.0.0.0/8 */
};

/* The kinds of interfaces the rules tell apart. */
struct firewall_kinds {
	uint32_t  count; /* the first is every interface no rule names */
	bool      too_many;
	uint32_t  names[FIREWALL_INTERFACE_WORDS * 64]; /* of each kind but the first: its name in the model */
	uint64_t *bits;                                 /* of each name of the model: the kinds it stands for, FIREWALL_INTERFACE_WORDS words */
};

struct firewall_evaluator {
	struct firewall_model      *model;
	const struct firewall_host *host;
	struct firewall_kinds       kinds;
	struct firewall_array       bases[2][FIREWALL_OUTPUT + 1]; /* of each family and hook: chains in order, as uint32_t */
	struct firewall_pool        pool;                          /* of one probe */
	size_t                      steps;                         /* that are left for all probes */
	unsigned                    nat;                           /* of enum firewall_family: those that have a chain of type nat */
	uint32_t                    lo;                            /* the name of the loopback interface */
};

/* A part of the packet. */
struct firewall_state {
	const struct firewall_space *source;
	uint64_t                     interfaces[FIREWALL_INTERFACE_WORDS];
	uint64_t                     destinations[FIREWALL_DESTINATION_WORDS];
	uint32_t                     mark, ct_mark;
	uint32_t                     port;    /* of the destination, as it is now */
	struct firewall_number       address; /* of the destination, when it was changed */
	uint32_t                     oif;     /* name of the interface it leaves by; FIREWALL_NONE */
	bool                         mark_unknown, ct_mark_unknown;
	bool                         untracked;
	bool                         translated; /* its destination was changed */
	bool                         addressed;  /* to `address` */
	bool                         redirected; /* to the first address of the interface it came by, whichever that is */
	bool                         perhaps;    /* to what it may have been before: then the kernel does not call it translated */
	uint32_t                     nliterals;
	uint32_t                     literals[FIREWALL_LITERALS]; /* in order: 2 * literal, + 1 when it does not hold */
	uint32_t                     chain, rule;                 /* what decided; the rule is FIREWALL_NONE for a policy */
};

struct firewall_states {
	struct firewall_state *items;
	size_t                 count, size;
};

struct firewall_probe {
	enum firewall_family         family;
	unsigned                     protocol;
	unsigned                     port;
	unsigned                     state;     /* of the connection, as nftables has it: 8 for new */
	unsigned                     tcp_flags; /* 2 for SYN */
	const struct firewall_space *source;    /* NULL: any that comes from outside */
	bool                         bound;     /* only to own addresses on which something listens on that port */
	bool                         heard;     /* where nothing listens is closed */
	bool                         plain;     /* as if no chain of type nat were there */
	bool                         loopback;  /* from this host to itself */
	bool                         forwarded; /* for another host */
	bool                         outbound;  /* made on this host */
};

struct firewall_result {
	struct firewall_states accepted; /* parts that do not overlap */
	bool                   undecided;
	char                   construct[200]; /* what was not understood, clean */
	enum firewall_kind     closes;         /* FIREWALL_DROP, FIREWALL_REJECT: what becomes of most of the rest; FIREWALL_CONTINUE: something that is no rule */
	uint32_t               chain, rule;    /* what closes */
	struct firewall_state  translated;     /* a part that is sent elsewhere and gets in, when its `translated` is set */
	const char            *reason;         /* when it is no rule */
};

/* Prepare: the model must be complete, and host and model must outlive it. ERR_NOMEM. */
int  firewall_evaluator_init(struct firewall_evaluator *evaluator, struct firewall_model *model, const struct firewall_host *host, struct error *err) MUST_USE;
void firewall_evaluator_fini(struct firewall_evaluator *evaluator);

/*
 * Of base chains of one priority the kernel asks the one that came last first. Within nf_tables that is known, by the order in which they are listed; between
 * iptables-legacy and nf_tables it is not. This puts the others first; a second call, back as it was. False when no such chains are on a hook of that family.
 */
bool firewall_evaluator_turn(struct firewall_evaluator *evaluator, enum firewall_family family);

/*
 * What becomes of a packet. The result's sets live until the next probe; firewall_result_fini() releases the rest. ERR_NOMEM; too much
 * work is no failure but undecided.
 */
int  firewall_evaluate(struct firewall_evaluator *evaluator, const struct firewall_probe *probe, struct firewall_result *ret_result, struct error *err) MUST_USE;
void firewall_result_fini(struct firewall_result *result);

/* The own addresses a probe may be for: a bit for each that is of its family and not of the loopback, in the order of the host's list. One bit when they are not known. */
void firewall_destinations(const struct firewall_host *host, const struct firewall_probe *probe, uint64_t *ret_bits);

/* Whether a probe may be for an own address. */
bool firewall_is_bound(const struct firewall_host *host, const struct firewall_probe *probe, struct firewall_number address) MUST_USE;

/* All addresses a packet from outside may come from: not those that never leave a host. */
const struct firewall_space *firewall_outside(struct firewall_pool *pool, enum firewall_family family) MUST_USE;

#endif

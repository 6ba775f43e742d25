/*
 * firewall_nft_private.h: what the parts of the reader of nft's JSON share: items (firewall_nft.c), keys and values (firewall_nft_match.c), and
 * statements (firewall_nft_statement.c).
 */
#ifndef SSHVET_FIREWALL_NFT_PRIVATE_H
#define SSHVET_FIREWALL_NFT_PRIVATE_H

#include <cjson/cJSON.h>

#include "buf.h"
#include "firewall_nft.h"

/* A rule while its statements are read. */
struct nft_rule {
	struct firewall_model *model;
	struct slice           family, table;
};

/* How values of a key are written. */
enum nft_class {
	NFT_OPAQUE = 0, /* not compared */
	NFT_NUMBER,
	NFT_ADDRESS,
	NFT_NAME, /* of an interface */
	NFT_PROTOCOL,
	NFT_NFPROTO,
	NFT_STATE, /* the rest are words for numbers; of these three, bits */
	NFT_STATUS,
	NFT_FLAGS,
	NFT_PKTTYPE,
	NFT_FIB,
	NFT_DIRECTION,
	NFT_BOOLEAN,
};

struct nft_key {
	struct firewall_key key;
	enum nft_class class;
	struct firewall_range family; /* what nfproto the packet must have for the key to be there; 0 to 255 when any */
	struct firewall_range protocol;
	bool                  connection; /* there must be one */
};

/* The member of an object as text; empty when it is none. */
struct slice nft_text(const cJSON *object, const char *name) MUST_USE;
const cJSON *nft_member(const cJSON *object, const char *name) MUST_USE;
bool         nft_is(const cJSON *value, const char *text) MUST_USE;

/* The class of values of a set whose type has that name. */
enum nft_class nft_class_of(struct slice type) MUST_USE;

/* What an expression asks of the packet; its field is FIREWALL_FIELD_UNKNOWN when that is nothing the model has. */
struct nft_key nft_read_key(const cJSON *expression) MUST_USE;

/*
 * Operations that demand what an expression takes its parts from: a connection, and headers. For these nft makes operations itself when a rule is loaded, and leaves them out when it lists it
 * ("add @set { ip saddr }" in a table of family inet goes on for IPv4 alone).
 */
int nft_need(struct nft_rule *rule, const cJSON *expression, struct error *err) MUST_USE;

/*
 * The keys of an expression, one or a concatenation, into `keys` (room for FIREWALL_KEYS), after operations that demand what must be there for them. *ret_known is false
 * when one of them is nothing the model has.
 */
int nft_read_keys(struct nft_rule *rule, const cJSON *expression, struct nft_key *keys, size_t *ret_count, bool *ret_known, struct error *err) MUST_USE;

/* One value as a range. *ret_known is false when it is not understood. */
int nft_read_value(struct firewall_model *model, enum nft_class class, const cJSON *value, struct firewall_range *ret_range, bool *ret_known,
                   struct error *err) MUST_USE;

/* What data of a map's element is: none, verdicts, or values of classes. */
struct nft_data {
	bool           verdicts;
	enum nft_class classes[2];
	unsigned       count;
};

/* Elements of a set or map into a new list. An element that is not understood makes the list opaque. */
int nft_read_elements(struct nft_rule *rule, const enum nft_class *classes, size_t width, const struct nft_data *data, const cJSON *elements,
                      uint32_t *ret_list, struct error *err) MUST_USE;

/* The list of a set, anonymous or "@name"; *ret_list is FIREWALL_NONE when there is none of that name or width. */
int nft_read_set(struct nft_rule *rule, const struct nft_key *keys, size_t nkeys, const struct nft_data *data, const cJSON *set, uint32_t *ret_list,
                 struct error *err) MUST_USE;

/* A verdict; FIREWALL_UNDECIDED when it is none. `*ret_chain` is where a jump leads. */
enum firewall_kind nft_read_verdict(const struct nft_rule *rule, const cJSON *verdict, uint32_t *ret_chain) MUST_USE;

int nft_read_match(struct nft_rule *rule, const cJSON *match, struct error *err) MUST_USE;
int nft_read_statement(struct nft_rule *rule, const cJSON *statement, struct error *err) MUST_USE;

/* An expression or statement in words, for conditions. */
int nft_describe(struct buf *out, const cJSON *value, struct error *err) MUST_USE;

#endif

#include "firewall_nft_private.h"

#include "text.h"

static const struct firewall_range any_byte = { { 0, 0 }, { 0, 255 } };

static struct firewall_range one(uint64_t value)
{
	return (struct firewall_range){ firewall_number_of(value), firewall_number_of(value) };
}

/* Types of sets; the rest is opaque. */
enum nft_class nft_class_of(struct slice type)
{
	static const struct {
		const char *type;
		enum nft_class class;
	} types[] = {
		{ "ipv4_addr", NFT_ADDRESS },
		{ "ipv6_addr", NFT_ADDRESS },
		{ "inet_service", NFT_NUMBER },
		{ "inet_proto", NFT_PROTOCOL },
		{ "mark", NFT_NUMBER },
		{ "ifname", NFT_NAME },
		{ "iface_index", NFT_NAME },
		{ "nf_proto", NFT_NFPROTO },
		{ "ct_state", NFT_STATE },
		{ "ct_status", NFT_STATUS },
		{ "ct_dir", NFT_DIRECTION },
		{ "tcp_flag", NFT_FLAGS },
		{ "pkt_type", NFT_PKTTYPE },
		{ "fib_addrtype", NFT_FIB },
	};

	for (size_t i = 0; i < countof(types); i++)
		if (slice_is(type, types[i].type))
			return types[i].class;
	return NFT_OPAQUE;
}

/* Words for numbers. */
static const struct {
	enum nft_class class;
	const char    *word;
	unsigned       value;
} words[] = {
	{ NFT_PROTOCOL, "tcp", 6 },          { NFT_PROTOCOL, "udp", 17 },       { NFT_PROTOCOL, "icmp", 1 },
	{ NFT_PROTOCOL, "icmpv6", 58 },      { NFT_PROTOCOL, "ipv6-icmp", 58 }, { NFT_PROTOCOL, "igmp", 2 },
	{ NFT_PROTOCOL, "esp", 50 },         { NFT_PROTOCOL, "ah", 51 },        { NFT_PROTOCOL, "gre", 47 },
	{ NFT_PROTOCOL, "sctp", 132 },       { NFT_PROTOCOL, "dccp", 33 },      { NFT_PROTOCOL, "udplite", 136 },
	{ NFT_PROTOCOL, "comp", 108 },       { NFT_PROTOCOL, "ipcomp", 108 },   { NFT_PROTOCOL, "vrrp", 112 },
	{ NFT_PROTOCOL, "ospf", 89 },        { NFT_PROTOCOL, "ospfigp", 89 },   { NFT_PROTOCOL, "pim", 103 },
	{ NFT_PROTOCOL, "ipip", 94 },        { NFT_PROTOCOL, "ipv6", 41 },      { NFT_PROTOCOL, "ip", 0 },
	{ NFT_PROTOCOL, "ipencap", 4 },      { NFT_PROTOCOL, "l2tp", 115 },     { NFT_PROTOCOL, "egp", 8 },
	{ NFT_NFPROTO, "ipv4", 4 },          { NFT_NFPROTO, "ipv6", 6 },        { NFT_NFPROTO, "ip", 4 },
	{ NFT_NFPROTO, "ip6", 6 },           { NFT_NFPROTO, "arp", 3 },         { NFT_NFPROTO, "vlan", 0 },
	{ NFT_NFPROTO, "8021q", 0 },         { NFT_NFPROTO, "8021ad", 0 },      { NFT_STATE, "invalid", 1 },
	{ NFT_STATE, "established", 2 },     { NFT_STATE, "related", 4 },       { NFT_STATE, "new", 8 },
	{ NFT_STATE, "untracked", 64 },      { NFT_STATUS, "expected", 1 },     { NFT_STATUS, "seen-reply", 2 },
	{ NFT_STATUS, "assured", 4 },        { NFT_STATUS, "confirmed", 8 },    { NFT_STATUS, "snat", 16 },
	{ NFT_STATUS, "dnat", 32 },          { NFT_STATUS, "dying", 512 },      { NFT_FLAGS, "fin", 1 },
	{ NFT_FLAGS, "syn", 2 },             { NFT_FLAGS, "rst", 4 },           { NFT_FLAGS, "psh", 8 },
	{ NFT_FLAGS, "ack", 16 },            { NFT_FLAGS, "urg", 32 },          { NFT_FLAGS, "ecn", 64 },
	{ NFT_FLAGS, "cwr", 128 },           { NFT_PKTTYPE, "host", 0 },        { NFT_PKTTYPE, "unicast", 0 },
	{ NFT_PKTTYPE, "broadcast", 1 },     { NFT_PKTTYPE, "multicast", 2 },   { NFT_PKTTYPE, "other", 3 },
	{ NFT_FIB, "unspec", 0 },            { NFT_FIB, "unicast", 1 },         { NFT_FIB, "local", 2 },
	{ NFT_FIB, "broadcast", 3 },         { NFT_FIB, "anycast", 4 },         { NFT_FIB, "multicast", 5 },
	{ NFT_FIB, "blackhole", 6 },         { NFT_FIB, "unreachable", 7 },     { NFT_FIB, "prohibit", 8 },
	{ NFT_DIRECTION, "original", 0 },    { NFT_DIRECTION, "reply", 1 },
};

static bool word_value(enum nft_class class, struct slice word, uint64_t *ret_value)
{
	for (size_t i = 0; i < countof(words); i++)
		if (words[i].class == class && slice_is(word, words[i].word)) {
			*ret_value = words[i].value;
			return true;
		}
	return false;
}

/* What must be there for a header's fields, by its name. */
static const struct {
	const char *header;
	unsigned    family, protocol; /* 0: any */
} headers[] = {
	{ "ip", 4, 0 },    { "ip6", 6, 0 },     { "tcp", 0, 6 },       { "udp", 0, 17 },   { "udplite", 0, 136 }, { "sctp", 0, 132 },
	{ "dccp", 0, 33 }, { "icmp", 4, 1 },    { "icmpv6", 6, 58 },   { "igmp", 4, 2 },   { "esp", 0, 50 },      { "ah", 0, 51 },
	{ "comp", 0, 108 }, { "gre", 0, 47 },   { "arp", 3, 0 },       { "vxlan", 0, 255 }, { "geneve", 0, 255 },
};

/* Fields of headers; `th` is any transport header. */
static const struct {
	const char         *header, *field;
	enum firewall_field is;
	enum nft_class      class;
} payloads[] = {
	{ "ip", "saddr", FIREWALL_SADDR, NFT_ADDRESS },
	{ "ip", "daddr", FIREWALL_DADDR, NFT_ADDRESS },
	{ "ip", "protocol", FIREWALL_PROTOCOL, NFT_PROTOCOL },
	{ "ip", "version", FIREWALL_NFPROTO, NFT_NUMBER },
	{ "ip", "frag-off", FIREWALL_ZERO, NFT_NUMBER },
	{ "ip6", "saddr", FIREWALL_SADDR, NFT_ADDRESS },
	{ "ip6", "daddr", FIREWALL_DADDR, NFT_ADDRESS },
	{ "ip6", "nexthdr", FIREWALL_PROTOCOL, NFT_PROTOCOL },
	{ "ip6", "version", FIREWALL_NFPROTO, NFT_NUMBER },
	{ "tcp", "sport", FIREWALL_SPORT, NFT_NUMBER },
	{ "tcp", "dport", FIREWALL_DPORT, NFT_NUMBER },
	{ "tcp", "flags", FIREWALL_TCP_FLAGS, NFT_FLAGS },
	{ "udp", "sport", FIREWALL_SPORT, NFT_NUMBER },
	{ "udp", "dport", FIREWALL_DPORT, NFT_NUMBER },
	{ "th", "sport", FIREWALL_SPORT, NFT_NUMBER },
	{ "th", "dport", FIREWALL_DPORT, NFT_NUMBER },
};

/* Keys of meta and ct; `direction` for those that have one. */
static const struct {
	const char         *kind, *key;
	enum firewall_field is;
	enum nft_class      class;
	unsigned            family;
} keys_known[] = {
	{ "meta", "l4proto", FIREWALL_PROTOCOL, NFT_PROTOCOL, 0 },
	{ "meta", "nfproto", FIREWALL_NFPROTO, NFT_NFPROTO, 0 },
	{ "meta", "protocol", FIREWALL_NFPROTO, NFT_NFPROTO, 0 },
	{ "meta", "iif", FIREWALL_IIF, NFT_NAME, 0 },
	{ "meta", "iifname", FIREWALL_IIF, NFT_NAME, 0 },
	{ "meta", "oif", FIREWALL_OIF, NFT_NAME, 0 },
	{ "meta", "oifname", FIREWALL_OIF, NFT_NAME, 0 },
	{ "meta", "mark", FIREWALL_MARK, NFT_NUMBER, 0 },
	{ "meta", "pkttype", FIREWALL_PKTTYPE, NFT_PKTTYPE, 0 },
	{ "ct", "state", FIREWALL_CT_STATE, NFT_STATE, 0 },
	{ "ct", "status", FIREWALL_CT_STATUS, NFT_STATUS, 0 },
	{ "ct", "mark", FIREWALL_CT_MARK, NFT_NUMBER, 0 },
	{ "ct", "direction", FIREWALL_ZERO, NFT_DIRECTION, 0 },
	{ "ct", "zone", FIREWALL_ZERO, NFT_NUMBER, 0 },
	{ "original", "saddr", FIREWALL_SADDR, NFT_ADDRESS, 0 },
	{ "original", "ip saddr", FIREWALL_SADDR, NFT_ADDRESS, 4 },
	{ "original", "ip6 saddr", FIREWALL_SADDR, NFT_ADDRESS, 6 },
	{ "original", "daddr", FIREWALL_ORIGINAL_DADDR, NFT_ADDRESS, 0 },
	{ "original", "ip daddr", FIREWALL_ORIGINAL_DADDR, NFT_ADDRESS, 4 },
	{ "original", "ip6 daddr", FIREWALL_ORIGINAL_DADDR, NFT_ADDRESS, 6 },
	{ "original", "proto-src", FIREWALL_SPORT, NFT_NUMBER, 0 },
	{ "original", "proto-dst", FIREWALL_ORIGINAL_DPORT, NFT_NUMBER, 0 },
	{ "original", "protocol", FIREWALL_PROTOCOL, NFT_PROTOCOL, 0 },
	{ "original", "l3proto", FIREWALL_NFPROTO, NFT_NFPROTO, 0 },
};

static struct nft_key read_payload(const cJSON *body)
{
	const struct slice header = nft_text(body, "protocol"), field = nft_text(body, "field");
	struct nft_key     key = { .family = any_byte, .protocol = any_byte };

	for (size_t i = 0; i < countof(headers); i++)
		if (slice_is(header, headers[i].header)) {
			key.family = headers[i].family ? one(headers[i].family) : any_byte;
			key.protocol = headers[i].protocol ? one(headers[i].protocol) : any_byte;
		}
	for (size_t i = 0; i < countof(payloads); i++)
		if (slice_is(header, payloads[i].header) && slice_is(field, payloads[i].field)) {
			key.key.field = payloads[i].is;
			key.class = payloads[i].class;
		}
	return key;
}

static struct nft_key read_named(const char *kind, const cJSON *body)
{
	const struct slice direction = nft_text(body, "dir");
	const struct slice name = nft_text(body, "key");
	struct nft_key     key = { .family = any_byte, .protocol = any_byte };

	key.connection = strcmp(kind, "ct") == 0 && !slice_is(name, "state");
	if (direction.len > 0)
		kind = slice_is(direction, "original") ? "original" : "reply";
	for (size_t i = 0; i < countof(keys_known); i++)
		if (strcmp(kind, keys_known[i].kind) == 0 && slice_is(name, keys_known[i].key)) {
			key.key.field = keys_known[i].is;
			key.class = keys_known[i].class;
			key.family = keys_known[i].family ? one(keys_known[i].family) : any_byte;
		}
	return key;
}

/* The type of an address, asked of the routes as they are for everybody. */
static struct nft_key read_fib(const cJSON *body)
{
	const cJSON   *flags = nft_member(body, "flags"), *flag;
	struct nft_key key = { .family = any_byte, .protocol = any_byte };

	if (!nft_is(nft_member(body, "result"), "type"))
		return key;
	if (cJSON_IsString(flags) && nft_is(flags, "saddr"))
		key.key.field = FIREWALL_SADDR_TYPE;
	if (cJSON_IsString(flags) && nft_is(flags, "daddr"))
		key.key.field = FIREWALL_DADDR_TYPE;
	cJSON_ArrayForEach(flag, (cJSON_IsArray(flags) ? flags : NULL)) {
		if (nft_is(flag, "iif") || nft_is(flag, "oif"))
			return (struct nft_key){ .family = any_byte, .protocol = any_byte };
		if (nft_is(flag, "saddr"))
			key.key.field = FIREWALL_SADDR_TYPE;
		if (nft_is(flag, "daddr"))
			key.key.field = FIREWALL_DADDR_TYPE;
	}
	key.class = NFT_FIB;
	return key;
}

/* The bits a value names: a number, a word, or a list of words. */
static bool read_bits(enum nft_class class, const cJSON *value, uint64_t *ret_bits)
{
	const cJSON *list = cJSON_IsArray(value) ? value : nft_member(value, "|"), *item;
	uint64_t     bits = 0, more;

	if (cJSON_IsNumber(value) && value->valuedouble >= 0 && value->valuedouble <= UINT32_MAX)
		*ret_bits = (uint64_t)value->valuedouble;
	else if (cJSON_IsString(value) ? !word_value(class, slice_of(value->valuestring), ret_bits) : !list)
		return false;
	if (!list)
		return true;
	cJSON_ArrayForEach(item, list) {
		if (!read_bits(class, item, &more))
			return false;
		bits |= more;
	}
	*ret_bits = bits;
	return true;
}

/* {"&": [expression, mask]}. */
static struct nft_key read_masked(const cJSON *pair)
{
	struct nft_key key = nft_read_key(cJSON_GetArrayItem(pair, 0));
	uint64_t       mask;

	if (cJSON_GetArraySize(pair) != 2 || key.key.mask != 0 || !read_bits(key.class, cJSON_GetArrayItem(pair, 1), &mask) || mask == 0 ||
	    key.class == NFT_ADDRESS || key.class == NFT_NAME)
		key.key.field = FIREWALL_FIELD_UNKNOWN;
	else
		key.key.mask = (uint32_t)mask;
	return key;
}

/* Headers and options that may be there or not; `absent` for those that no ordinary packet has. What they demand of the packet is not listed. */
static const struct {
	const char *kind;
	unsigned    family, protocol;
	bool        absent;
} extensions[] = {
	{ "exthdr", 6, 0, true }, { "ip option", 4, 0, true }, { "tcp option", 0, 6, false }, { "sctp chunk", 0, 132, false }, { "dccp option", 0, 33, false },
};

/* Bits of the field of fragments that are 0 in a packet that is none: not the one that forbids to make fragments. */
#define FRAGMENT_BITS 0x3fffu

struct nft_key nft_read_key(const cJSON *expression)
{
	const cJSON   *body = expression ? expression->child : NULL;
	const char    *kind = body && body->string ? body->string : "";
	struct nft_key key = { .family = any_byte, .protocol = any_byte };

	if (strcmp(kind, "payload") == 0)
		return read_payload(body);
	if (strcmp(kind, "meta") == 0 || strcmp(kind, "ct") == 0)
		return read_named(kind, body);
	if (strcmp(kind, "fib") == 0)
		return read_fib(body);
	if (strcmp(kind, "&") == 0)
		return read_masked(body);
	for (size_t i = 0; i < countof(extensions); i++) {
		if (strcmp(kind, extensions[i].kind) != 0)
			continue;
		key.family = extensions[i].family ? one(extensions[i].family) : any_byte;
		key.protocol = extensions[i].protocol ? one(extensions[i].protocol) : any_byte;
		if (extensions[i].absent && !nft_member(body, "field")) {
			key.key.field = FIREWALL_ZERO;
			key.class = NFT_BOOLEAN;
		}
	}
	return key;
}

static bool is_any(struct firewall_range range)
{
	return range.high.lo == 255 && range.low.lo == 0;
}

/* What must be there for a key. */
static int need_key(struct nft_rule *rule, const struct nft_key *key, struct error *err)
{
	int r = key->connection ? firewall_model_need_connection(rule->model, err) : 0;

	if (r == 0 && !is_any(key->family))
		r = firewall_model_match(rule->model, (struct firewall_key){ .field = FIREWALL_NFPROTO }, key->family, false, err);
	if (r == 0 && !is_any(key->protocol))
		r = firewall_model_match(rule->model, (struct firewall_key){ .field = FIREWALL_PROTOCOL }, key->protocol, false, err);
	return r;
}

int nft_need(struct nft_rule *rule, const cJSON *expression, struct error *err)
{
	const struct nft_key key = nft_read_key(expression);
	const cJSON         *part;
	int                  r = need_key(rule, &key, err);

	if (!is_any(key.family) || !is_any(key.protocol))
		return r;
	cJSON_ArrayForEach(part, expression) {
		if (r == 0 && (cJSON_IsObject(part) || cJSON_IsArray(part)))
			r = nft_need(rule, part, err);
	}
	return r;
}

int nft_read_keys(struct nft_rule *rule, const cJSON *expression, struct nft_key *keys, size_t *ret_count, bool *ret_known, struct error *err)
{
	const cJSON *concat = nft_member(expression, "concat"), *part = concat ? concat->child : expression;
	size_t       count = 0;
	int          r = nft_need(rule, expression, err);

	*ret_known = true;
	for (; part && r == 0; part = concat ? part->next : NULL) {
		struct nft_key key = nft_read_key(part);

		if (key.key.field == FIREWALL_FIELD_UNKNOWN || count == FIREWALL_KEYS ||
		    (key.key.field == FIREWALL_ZERO && key.class == NFT_NUMBER && !is_any(key.family) && (key.key.mask == 0 || key.key.mask & ~FRAGMENT_BITS)))
			*ret_known = false;
		else
			keys[count++] = key;
	}
	*ret_count = count;
	return r;
}

static bool read_address(const cJSON *value, struct firewall_range *ret_range)
{
	const cJSON           *prefix = nft_member(value, "prefix"), *len = nft_member(prefix, "len");
	enum firewall_family   family;
	struct firewall_number n;

	if (!firewall_address_parse(prefix ? nft_text(prefix, "addr") : slice_of(cJSON_GetStringValue(value)), &family, &n))
		return false;
	*ret_range = (struct firewall_range){ n, n };
	if (prefix && (!cJSON_IsNumber(len) || len->valuedouble < 0 || len->valuedouble > (family == FIREWALL_IPV4 ? 32 : 128)))
		return false;
	if (prefix)
		*ret_range = firewall_range_of_prefix(n, family, (unsigned)len->valuedouble);
	return true;
}

/* A word, a number, or a number in words. */
static bool read_number(enum nft_class class, const cJSON *value, struct firewall_range *ret_range)
{
	uint64_t n;

	if (cJSON_IsBool(value))
		n = cJSON_IsTrue(value) ? 1 : 0;
	else if (!read_bits(class, value, &n) &&
	         (!cJSON_IsString(value) || text_parse_unsigned(slice_of(value->valuestring), 10, UINT32_MAX, &n, NULL) < 0))
		return false;
	*ret_range = one(n);
	return true;
}

static int read_name(struct firewall_model *model, const cJSON *value, struct firewall_range *ret_range, bool *ret_known, struct error *err)
{
	uint32_t name = 0;
	int      r;

	*ret_known = cJSON_IsString(value);
	if (!*ret_known)
		return 0;
	r = firewall_model_name(model, slice_of(value->valuestring), &name, err);
	*ret_range = one(name);
	return r;
}

int nft_read_value(struct firewall_model *model, enum nft_class class, const cJSON *value, struct firewall_range *ret_range, bool *ret_known,
                   struct error *err)
{
	const cJSON          *range = nft_member(value, "range"), *element = nft_member(nft_member(value, "elem"), "val");
	struct firewall_range low, high;
	bool                  known;

	if (element)
		value = element, range = nft_member(value, "range");
	if (nft_is(value, "*") && class != NFT_NAME) {
		*ret_range = (struct firewall_range){ { 0, 0 }, { UINT64_MAX, UINT64_MAX } };
		*ret_known = true;
		return 0;
	}
	if (class == NFT_NAME)
		return read_name(model, value, ret_range, ret_known, err);
	*ret_known = false;
	if (class == NFT_OPAQUE)
		return 0;
	if (!range) {
		*ret_known = class == NFT_ADDRESS ? read_address(value, ret_range) : read_number(class, value, ret_range);
		return 0;
	}
	known = class == NFT_ADDRESS ? read_address(cJSON_GetArrayItem(range, 0), &low) && read_address(cJSON_GetArrayItem(range, 1), &high)
	                             : read_number(class, cJSON_GetArrayItem(range, 0), &low) && read_number(class, cJSON_GetArrayItem(range, 1), &high);
	if (known)
		*ret_range = (struct firewall_range){ low.low, high.high };
	*ret_known = known;
	return 0;
}

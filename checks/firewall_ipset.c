#include "firewall_ipset.h"

#include "mem.h"
#include "text.h"

#define MAX_NETWORKS 512            /* elements of a set of networks and interfaces, when they lie within each other */
#define MAX_PIECES   4096           /* of them, once what lies within was taken out */
#define MAX_POOL     (1024u * 1024) /* bytes for what is left of each of them */

/* A set while its lines are read: "create NAME TYPE …", then "add NAME ELEMENT …" for each element. */
struct reading {
	struct firewall_model *model;
	struct firewall_set    set;
	unsigned               width;
	uint64_t               netmask; /* of hash:ip: how many bits of an element count */
	bool                   any_protocol;
	bool                   opaque;
	unsigned               longest, shortest; /* prefixes of elements, and of exceptions */
	struct firewall_array  networks;          /* of a set of networks and interfaces, as ranges: those of exceptions, too */
	size_t                 pieces;            /* what is left of them, so far */
	bool                   wildcard;          /* an interface is a pattern */
};

static struct firewall_range one(uint64_t value)
{
	return (struct firewall_range){ firewall_number_of(value), firewall_number_of(value) };
}

/* "hash:net,port": what an element is made of. False for a kind that is not understood. */
static bool read_type(struct reading *reading, struct slice type)
{
	static const struct {
		const char             *name;
		enum firewall_dimension dimension;
	} dimensions[] = {
		{ "ip", FIREWALL_IP },
		{ "net", FIREWALL_IP },
		{ "port", FIREWALL_PORT },
		{ "iface", FIREWALL_IFACE },
		{ "mark", FIREWALL_MARKED },
	};
	struct slice method, part;

	if (!slice_next(&type, ':', &method) || type.len == 0 || slice_is(method, "list"))
		return false;
	reading->any_protocol = slice_is(method, "bitmap");
	while (slice_next(&type, ',', &part)) {
		size_t i = 0;

		while (i < countof(dimensions) && !slice_is(part, dimensions[i].name))
			i++;
		if (i == countof(dimensions) || reading->width + 2 > FIREWALL_KEYS)
			return false;
		reading->set.dimensions[reading->set.ndimensions++] = (unsigned char)dimensions[i].dimension;
		reading->width += dimensions[i].dimension == FIREWALL_PORT ? 2 : 1;
		if (dimensions[i].dimension == FIREWALL_IP)
			reading->set.families = FIREWALL_IPV4;
	}
	return reading->set.ndimensions > 0;
}

static void read_options(struct reading *reading, struct slice rest)
{
	struct slice word, value;

	while (slice_next_word(&rest, &word)) {
		if (slice_is(word, "bitmask"))
			reading->opaque = true;
		if (!slice_is(word, "family") && !slice_is(word, "netmask"))
			continue;
		if (!slice_next_word(&rest, &value) || (slice_is(word, "netmask") && text_parse_unsigned(value, 10, 128, &reading->netmask, NULL) < 0))
			reading->opaque = true;
		else if (slice_is(word, "family") && reading->set.families)
			reading->set.families = slice_is(value, "inet6") ? FIREWALL_IPV6 : FIREWALL_IPV4;
	}
}

static bool read_ip(struct reading *reading, struct slice text, struct firewall_range *ret_range, unsigned *ret_bits)
{
	struct slice           mask = text, address;
	enum firewall_family   family;
	struct firewall_number last;
	uint64_t               bits = 0;

	if (!slice_next(&mask, '-', &address))
		return false;
	if (address.len < text.len) {
		*ret_bits = 0;
		return firewall_prefix_parse(address, &family, ret_range) && firewall_address_parse(mask, &family, &last) && (ret_range->high = last, true);
	}
	if (!firewall_prefix_parse(text, &family, ret_range) || family != reading->set.families)
		return false;
	mask = text;
	bits = family == FIREWALL_IPV4 ? 32 : 128;
	if (slice_next(&mask, '/', &address) && address.len < text.len && text_parse_unsigned(mask, 10, 128, &bits, NULL) < 0)
		return false;
	if (reading->netmask && reading->netmask < bits) {
		*ret_range = firewall_range_of_prefix(ret_range->low, family, (unsigned)reading->netmask);
		bits = reading->netmask;
	}
	*ret_bits = (unsigned)bits;
	return true;
}

/* "tcp:80", "80", "udp:1000-2000". */
static bool read_port(const struct reading *reading, struct slice text, struct firewall_range *ret_ranges)
{
	static const struct {
		const char *name;
		unsigned    number;
	} protocols[] = { { "tcp", 6 }, { "udp", 17 }, { "sctp", 132 }, { "udplite", 136 } };
	struct slice rest = text, low;
	uint64_t     first, last;

	ret_ranges[0] = reading->any_protocol ? (struct firewall_range){ { 0, 0 }, { 0, 255 } } : one(6);
	if (memchr(text.ptr, ':', text.len) && slice_next(&rest, ':', &low)) {
		size_t i = 0;

		while (i < countof(protocols) && !slice_is(low, protocols[i].name))
			i++;
		if (i == countof(protocols)) /* icmp:echo-request and others: none of our packets */
			ret_ranges[0] = one(255);
		else
			ret_ranges[0] = one(protocols[i].number);
		if (i == countof(protocols))
			rest = slice_of("0");
	}
	if (!slice_next(&rest, '-', &low) || text_parse_unsigned(low, 10, 65535, &first, NULL) < 0)
		return false;
	last = first;
	if (rest.len > 0 && text_parse_unsigned(rest, 10, 65535, &last, NULL) < 0)
		return false;
	ret_ranges[1] = (struct firewall_range){ firewall_number_of(first), firewall_number_of(last) };
	return true;
}

static bool read_mark(struct slice text, struct firewall_range *ret_range)
{
	uint64_t value;

	if (slice_has_prefix(text, "0x") ? text_parse_unsigned(slice_sub(text, 2, text.len), 16, UINT32_MAX, &value, NULL) < 0
	                                 : text_parse_unsigned(text, 10, UINT32_MAX, &value, NULL) < 0)
		return false;
	*ret_range = one(value);
	return true;
}

static int read_iface(struct reading *reading, struct slice text, bool wildcard, struct firewall_range *ret_range, struct error *err)
{
	char     name[64];
	uint32_t number = 0;
	int      r;

	if (text.len > 32 || slice_has_prefix(text, "physdev:"))
		reading->opaque = true;
	reading->wildcard = reading->wildcard || wildcard;
	snprintf(name, sizeof(name), "%.*s%s", (int)(text.len > 32 ? 32 : text.len), text.ptr, wildcard ? "*" : "");
	r = firewall_model_name(reading->model, slice_of(name), &number, err);
	*ret_range = one(number);
	return r;
}

static bool has_word(struct slice rest, const char *wanted)
{
	struct slice word;

	while (slice_next_word(&rest, &word))
		if (slice_is(word, wanted))
			return true;
	return false;
}

static bool has_interfaces(const struct reading *reading)
{
	return reading->set.ndimensions == 2 && reading->set.dimensions[0] == FIREWALL_IP && reading->set.dimensions[1] == FIREWALL_IFACE;
}

static bool is_same(struct firewall_range a, struct firewall_range b)
{
	return firewall_number_compare(a.low, b.low) == 0 && firewall_number_compare(a.high, b.high) == 0;
}

static bool is_within(struct firewall_range in, struct firewall_range range)
{
	return !is_same(in, range) && firewall_range_has(range, in.low) && firewall_range_has(range, in.high);
}

/*
 * Of networks with interfaces, the kernel asks the smallest one alone that has the address, whatever its interface: where that is another one,
 * those around it are not tried. So an element is what no smaller network has.
 */
static int add_with_interface(struct reading *reading, struct firewall_range *ranges, uint32_t list, struct error *err)
{
	const struct firewall_range *networks = reading->networks.items;
	struct firewall_pool         pool = { .left = MAX_POOL };
	struct firewall_range        whole = ranges[0], *inside = mem_resize(NULL, reading->networks.count, sizeof(*inside));
	const struct firewall_space *space, *smaller;
	size_t                       n = 0;
	int                          r = 0;

	if (!inside)
		return error_nomem(err);
	for (size_t i = 0; i < reading->networks.count; i++)
		if (is_within(networks[i], whole))
			inside[n++] = networks[i];
	smaller = firewall_space_of(&pool, inside, n);
	space = firewall_space_of(&pool, &whole, 1);
	space = space && smaller ? firewall_space_subtract(&pool, space, smaller) : NULL;
	reading->pieces += space ? space->count : 0;
	reading->opaque = reading->opaque || !space || reading->pieces > MAX_PIECES;
	for (size_t i = 0; r == 0 && !reading->opaque && i < space->count; i++) {
		ranges[0] = space->ranges[i];
		r = firewall_model_add_element(reading->model, list, ranges, err);
	}
	arena_free(&pool.arena);
	mem_free(inside);
	return r;
}

/* One element into a list. */
static int read_element(struct reading *reading, struct slice element, struct slice rest, uint32_t list, bool except, struct error *err)
{
	struct firewall_range ranges[FIREWALL_KEYS + 1];
	struct slice          part;
	unsigned              width = 0, bits = 0;
	int                   r = 0;

	for (unsigned i = 0; r == 0 && i < reading->set.ndimensions; i++) {
		bool known = slice_next(&element, ',', &part);

		if (known && reading->set.dimensions[i] == FIREWALL_IP)
			known = read_ip(reading, part, &ranges[width++], &bits);
		else if (known && reading->set.dimensions[i] == FIREWALL_PORT)
			known = read_port(reading, part, &ranges[width]), width += 2;
		else if (known && reading->set.dimensions[i] == FIREWALL_MARKED)
			known = read_mark(part, &ranges[width++]);
		else if (known)
			r = read_iface(reading, part, has_word(rest, "wildcard"), &ranges[width++], err);
		if (!known) {
			reading->opaque = true;
			return r;
		}
	}
	if (!except && bits > reading->longest)
		reading->longest = bits;
	if (except && bits < reading->shortest)
		reading->shortest = bits;
	if (r < 0)
		return r;
	return reading->networks.count > 0 ? add_with_interface(reading, ranges, list, err) : firewall_model_add_element(reading->model, list, ranges, err);
}

/* The elements of the set, or those that are excepted from it. */
static int read_elements(struct reading *reading, struct slice lines, bool except, uint32_t list, bool *ret_any, struct error *err)
{
	struct slice line, word, name, element;
	int          r = 0;

	*ret_any = false;
	while (r == 0 && slice_next_line(&lines, &line, NULL)) {
		if (!slice_next_word(&line, &word))
			continue;
		if (!slice_is(word, "add"))
			break;
		if (!slice_next_word(&line, &name) || !slice_equal(name, reading->set.name) || !slice_next_word(&line, &element))
			return error_set(err, ERR_SYNTAX, "ipset saves an element without its set");
		if (has_word(line, "nomatch") != except)
			continue;
		*ret_any = true;
		if (!reading->opaque)
			r = read_element(reading, element, line, list, except, err);
	}
	return r;
}

/* Interfaces first, so that networks with the same one are asked as one. */
static int compare_elements(const void *a, const void *b)
{
	const struct firewall_range *x = a, *y = b;
	const int                    interfaces = firewall_number_compare(x[1].low, y[1].low);

	return interfaces != 0 ? interfaces : firewall_number_compare(x[0].low, y[0].low);
}

static void sort_elements(const struct firewall_model *model, uint32_t number)
{
	const struct firewall_list *list = firewall_model_list(model, number);

	if (list->count > 1)
		qsort(FIREWALL_AT(model->ranges, struct firewall_range, list->first), list->count, 2 * sizeof(struct firewall_range), compare_elements);
}

static int add_network(struct reading *reading, struct firewall_range range, struct error *err)
{
	struct firewall_array *networks = &reading->networks;
	struct firewall_range *items = networks->items;

	if (networks->count == MAX_NETWORKS) {
		reading->opaque = true;
		return 0;
	}
	if (networks->count == networks->size) {
		size_t wanted = networks->size ? networks->size * 2 : 16;

		items = mem_resize(items, wanted, sizeof(*items));
		if (!items)
			return error_nomem(err);
		networks->items = items;
		networks->size = wanted;
	}
	items[networks->count++] = range;
	return 0;
}

/* The networks of a set of networks and interfaces; none are kept where all are of one size, as none lies within another then. */
static int read_networks(struct reading *reading, struct slice lines, struct error *err)
{
	const bool   opaque = reading->opaque;
	unsigned     bits = 0, first = 0;
	bool         nested = false;
	struct slice line, word, name, address;
	int          r = 0;

	while (r == 0 && slice_next_line(&lines, &line, NULL)) {
		struct firewall_range range;

		if (!slice_next_word(&line, &word))
			continue;
		if (!slice_is(word, "add"))
			break;
		if (!slice_next_word(&line, &name) || !slice_next_word(&line, &word) || !slice_next(&word, ',', &address) ||
		    !read_ip(reading, address, &range, &bits))
			continue; /* told by the one who reads the elements */
		first = first ? first : bits + 1;
		nested = nested || first != bits + 1;
		r = add_network(reading, range, err);
	}
	if (nested)
		return r;
	reading->opaque = opaque;
	reading->networks.count = 0;
	return r;
}

static int read_set(struct firewall_model *model, struct slice create, struct slice text, struct error *err)
{
	struct reading reading = { .model = model, .set = { .family = slice_of("ipset"), .table = slice_of("") }, .shortest = 128 };
	struct slice   type;
	uint32_t       except = FIREWALL_NONE;
	bool           any, networks, excepted = false;
	int            r;

	if (!slice_next_word(&create, &reading.set.name) || !slice_next_word(&create, &type))
		return error_set(err, ERR_SYNTAX, "ipset saves a set without a name");
	reading.opaque = !read_type(&reading, type);
	read_options(&reading, create);
	if (reading.opaque)
		reading.width = 1;
	r = firewall_model_add_list(model, reading.width, 0, &reading.set.list, err);
	if (r == 0 && !reading.opaque && has_interfaces(&reading))
		r = read_networks(&reading, text, err);
	if (r == 0)
		r = read_elements(&reading, text, false, reading.set.list, &any, err);
	if (r == 0)
		r = firewall_model_add_list(model, reading.width, 0, &except, err);
	if (r == 0)
		r = read_elements(&reading, text, true, except, &excepted, err);
	if (r == 0 && !reading.opaque && has_interfaces(&reading)) {
		sort_elements(model, reading.set.list);
		sort_elements(model, except);
	}
	networks = reading.networks.count > 0;
	mem_free(reading.networks.items);
	if (r < 0)
		return r;
	/* An element within an exception is in the set again, which is followed only where networks have interfaces; which of two patterns is asked first, nobody knows. */
	firewall_model_list(model, reading.set.list)->opaque = reading.opaque || (excepted && (networks ? reading.wildcard : reading.longest > reading.shortest));
	firewall_model_list(model, reading.set.list)->except = excepted ? except : FIREWALL_NONE;
	return firewall_model_add_set(model, &reading.set, err);
}

int firewall_ipset_parse(struct firewall_model *model, struct slice text, struct error *err)
{
	struct slice line, word;
	int          r = 0;

	while (r == 0 && slice_next_line(&text, &line, NULL)) {
		if (!slice_next_word(&line, &word))
			continue;
		if (slice_is(word, "create"))
			r = read_set(model, line, text, err);
		else if (!slice_is(word, "add"))
			r = error_set(err, ERR_SYNTAX, "ipset saves a line that is not understood");
	}
	return r;
}

#include "firewall_sockets.h"

#include "mem.h"
#include "text.h"

#define MAX_LISTENERS 20000
#define MAX_ADDRESSES 20000

static int grow(void **items, size_t count, size_t *size, size_t of, size_t max, struct error *err)
{
	const size_t wanted = *size ? *size * 2 : 32;
	void        *grown;

	if (count < *size)
		return 0;
	if (count >= max)
		return error_set(err, ERR_TOO_BIG, "more than %zu sockets or addresses", max);
	grown = mem_resize(*items, wanted, of);
	if (!grown)
		return error_nomem(err);
	*items = grown;
	*size = wanted;
	return 0;
}

static int add_listener(struct firewall_sockets *sockets, const struct firewall_listener *listener, struct error *err)
{
	void *items = sockets->listeners;
	int   r = grow(&items, sockets->nlisteners, &sockets->size, sizeof(*listener), MAX_LISTENERS, err);

	sockets->listeners = items;
	if (r == 0)
		sockets->listeners[sockets->nlisteners++] = *listener;
	return r;
}

/* An IPv4 address in the clothes of IPv6, ::ffff:192.0.2.1. */
static void undress(struct firewall_listener *l)
{
	if (l->families == FIREWALL_IPV6 && l->address.hi == 0 && l->address.lo >> 32 == 0xffff) {
		l->families = FIREWALL_IPV4;
		l->address.lo &= 0xffffffff;
	}
}

/* "0.0.0.0:22", "[::]:22", "*:22", "127.0.0.53%lo:53", "[fe80::1]%eth0:546": the port is behind the last colon. */
static bool read_local(struct slice text, struct firewall_listener *l)
{
	struct slice         address, port, rest;
	enum firewall_family family = FIREWALL_IPV4;
	uint64_t             number;
	size_t               at = text.len;

	while (at > 0 && text.ptr[at - 1] != ':')
		at--;
	if (at == 0)
		return false;
	port = slice_sub(text, at, text.len);
	rest = slice_sub(text, 0, at - 1);
	if (text_parse_unsigned(port, 10, 65535, &number, NULL) < 0 || !slice_next(&rest, '%', &address))
		return false;
	l->device = rest;
	l->port = (unsigned)number;
	if (slice_is(address, "*")) {
		l->families = FIREWALL_BOTH;
		l->any = true;
		return true;
	}
	if (slice_has_prefix(address, "[") && address.ptr[address.len - 1] == ']')
		address = slice_sub(address, 1, address.len - 2);
	if (!firewall_address_parse(address, &family, &l->address))
		return false;
	l->families = family;
	l->any = l->address.hi == 0 && l->address.lo == 0;
	undress(l);
	return true;
}

/* users:(("sshd",pid=1,fd=3),…: the first name. */
static struct slice process_of(struct slice rest)
{
	struct slice part, name = { 0 };

	rest = slice_trim(rest);
	if (!slice_has_prefix(rest, "users:((\"") || !slice_next(&rest, '"', &part) || !slice_next(&rest, '"', &name))
		return (struct slice){ 0 };
	return name;
}

int firewall_sockets_parse_ss(struct firewall_sockets *sockets, struct slice text, struct error *err)
{
	struct slice line, words[6];
	int          r = 0;

	while (r == 0 && slice_next_line(&text, &line, NULL)) {
		struct firewall_listener l = { 0 };
		size_t                   n = 0;

		if (slice_trim(line).len == 0)
			continue;
		while (n < countof(words) && slice_next_word(&line, &words[n]))
			n++;
		if (n < countof(words))
			return error_set(err, ERR_SYNTAX, "ss prints a line that is not understood");
		l.protocol = slice_is(words[0], "tcp") ? FIREWALL_TCP : FIREWALL_UDP;
		if ((l.protocol == FIREWALL_UDP && !slice_is(words[0], "udp")) || !read_local(words[4], &l))
			return error_set(err, ERR_SYNTAX, "ss prints a line that is not understood");
		l.process = process_of(line);
		l.systemd = slice_is(l.process, "systemd");
		r = add_listener(sockets, &l, err);
	}
	return r;
}

/* "0100007F" or four of them: words of 32 bits as a little-endian host writes them. */
static bool read_hex(struct slice text, struct firewall_number *ret_number)
{
	uint32_t words[4] = { 0 };
	uint64_t value;

	if (text.len != 8 && text.len != 32)
		return false;
	for (size_t i = 0; i < text.len / 8; i++) {
		if (text_parse_unsigned(slice_sub(text, i * 8, 8), 16, UINT32_MAX, &value, NULL) < 0)
			return false;
		words[i] = (uint32_t)((value & 0xff) << 24 | (value & 0xff00) << 8 | (value >> 8 & 0xff00) | value >> 24);
	}
	*ret_number = text.len == 8 ? firewall_number_of(words[0])
	                            : (struct firewall_number){ (uint64_t)words[0] << 32 | words[1], (uint64_t)words[2] << 32 | words[3] };
	return true;
}

/* A socket of IPv6 on every address takes IPv4, too, unless there is one for it: /proc does not say. */
static bool has_own_four(const struct firewall_sockets *sockets, const struct firewall_listener *six)
{
	for (size_t i = 0; i < sockets->nlisteners; i++) {
		const struct firewall_listener *l = &sockets->listeners[i];

		if (l->families == FIREWALL_IPV4 && l->any && l->protocol == six->protocol && l->port == six->port)
			return true;
	}
	return false;
}

int firewall_sockets_parse_proc(struct firewall_sockets *sockets, struct slice table, struct slice text, struct error *err)
{
	const bool   tcp = slice_has_prefix(table, "tcp"), six = table.len == 4;
	struct slice line, word, local, state, address;
	uint64_t     port;
	int          r = 0;

	if (!slice_next_line(&text, &line, NULL) || !slice_next_word(&line, &word) || !slice_is(word, "sl"))
		return error_set(err, ERR_SYNTAX, "not a table of sockets");
	while (r == 0 && slice_next_line(&text, &line, NULL)) {
		struct firewall_listener l = { .protocol = tcp ? FIREWALL_TCP : FIREWALL_UDP, .families = six ? FIREWALL_IPV6 : FIREWALL_IPV4 };

		if (slice_trim(line).len == 0)
			continue;
		if (!slice_next_word(&line, &word) || !slice_next_word(&line, &local) || !slice_next_word(&line, &word) || !slice_next_word(&line, &state) ||
		    !slice_next(&local, ':', &address) || !read_hex(address, &l.address) || text_parse_unsigned(local, 16, 65535, &port, NULL) < 0)
			return error_set(err, ERR_SYNTAX, "a table of sockets has a line that is not understood");
		if (!slice_is(state, tcp ? "0A" : "07"))
			continue;
		l.port = (unsigned)port;
		l.any = l.address.hi == 0 && l.address.lo == 0;
		undress(&l);
		if (six && l.any && !has_own_four(sockets, &l))
			l.families = FIREWALL_BOTH;
		r = add_listener(sockets, &l, err);
	}
	return r;
}

void firewall_sockets_parse_units(struct firewall_sockets *sockets, struct slice text)
{
	struct slice line, listen, unit, activates;

	while (slice_next_line(&text, &line, NULL)) {
		struct firewall_listener l = { 0 };

		if (!slice_next_word(&line, &listen) || !slice_next_word(&line, &unit) || !slice_next_word(&line, &activates) || !read_local(listen, &l))
			continue;
		for (size_t i = 0; i < sockets->nlisteners; i++) {
			struct firewall_listener *held = &sockets->listeners[i];

			if (held->port == l.port && (held->systemd || held->process.len == 0)) {
				held->process = activates;
				held->systemd = true;
			}
		}
	}
}

static int add_own(struct firewall_addresses *addresses, const struct firewall_own *own, struct error *err)
{
	void *items = addresses->own;
	int   r = grow(&items, addresses->nown, &addresses->size, sizeof(*own), MAX_ADDRESSES, err);

	addresses->own = items;
	if (r == 0)
		addresses->own[addresses->nown++] = *own;
	return r;
}

int firewall_addresses_parse(struct firewall_addresses *addresses, struct slice text, struct error *err)
{
	struct slice line, word, family, address, peer;
	int          r = 0;

	while (r == 0 && slice_next_line(&text, &line, NULL)) {
		struct firewall_own  own = { 0 };
		struct slice         prefix;
		enum firewall_family of;

		if (!slice_next_word(&line, &word) || !slice_next_word(&line, &own.interface) || !slice_next_word(&line, &family) || !slice_next_word(&line, &address))
			continue;
		if (!slice_is(family, "inet") && !slice_is(family, "inet6"))
			continue;
		prefix = address;
		if (slice_next_word(&line, &word) && slice_is(word, "peer") && slice_next_word(&line, &peer))
			prefix = peer;
		if (!slice_next(&address, '/', &word) || !firewall_address_parse(word, &own.family, &own.address) || !firewall_prefix_parse(prefix, &of, &own.network))
			return error_set(err, ERR_SYNTAX, "ip prints an address that is not understood");
		own.loopback = slice_is(own.interface, "lo") && (own.family == FIREWALL_IPV4 ? own.address.lo >> 24 == 127 : own.address.hi == 0 && own.address.lo == 1);
		r = add_own(addresses, &own, err);
	}
	return r;
}

/* A row of /proc/net/route that needs no gateway: "eth0 000200C0 00000000 0001 0 0 0 00FFFFFF". */
static bool read_route(struct slice line, struct slice *ret_interface, struct firewall_range *ret_network)
{
	struct firewall_number destination, gateway, mask;
	struct slice           words[8];
	size_t                 n = 0;

	while (n < countof(words) && slice_next_word(&line, &words[n]))
		n++;
	if (n < countof(words) || !read_hex(words[1], &destination) || !read_hex(words[2], &gateway) || !read_hex(words[7], &mask) || gateway.lo != 0 || mask.lo == 0)
		return false;
	*ret_interface = words[0];
	*ret_network = (struct firewall_range){ firewall_number_of(destination.lo & mask.lo), firewall_number_of((destination.lo & mask.lo) | (~mask.lo & UINT32_MAX)) };
	return true;
}

/* The smallest network that has an address, and its interface, when there is one. */
static bool find_route(struct slice route, struct firewall_own *own)
{
	struct firewall_range network;
	struct slice          line, interface;
	bool                  found = false;

	while (slice_next_line(&route, &line, NULL)) {
		if (!read_route(line, &interface, &network) || !firewall_range_has(network, own->address))
			continue;
		if (found && network.high.lo - network.low.lo == own->network.high.lo - own->network.low.lo && !slice_equal(interface, own->interface))
			return false;
		if (found && network.high.lo - network.low.lo > own->network.high.lo - own->network.low.lo)
			continue;
		own->network = network;
		own->interface = interface;
		found = true;
	}
	return found;
}

static bool has_own(const struct firewall_addresses *addresses, struct firewall_number address)
{
	for (size_t i = 0; i < addresses->nown; i++)
		if (addresses->own[i].family == FIREWALL_IPV4 && firewall_number_compare(addresses->own[i].address, address) == 0)
			return true;
	return false;
}

/* "|-- 192.0.2.2", and below it "/32 host LOCAL". Of 127.0.0.0/8 all is local. */
static int take_leaf(struct firewall_addresses *addresses, struct slice leaf, struct slice prefix, struct slice route, struct error *err)
{
	struct firewall_own own = { .family = FIREWALL_IPV4 };

	if (!firewall_address_parse(leaf, &own.family, &own.address) || own.family != FIREWALL_IPV4)
		return error_set(err, ERR_SYNTAX, "a table of addresses has one that is not understood");
	own.loopback = own.address.lo >> 24 == 127;
	if (own.loopback) {
		own.interface = slice_of("lo");
		own.network = firewall_range_of_prefix(own.address, FIREWALL_IPV4, 8);
	}
	if ((own.loopback && !slice_is(prefix, "/32")) || has_own(addresses, own.address))
		return 0;
	if (!slice_is(prefix, "/32") || (!own.loopback && !find_route(route, &own)))
		return error_set(err, ERR_SYNTAX, "an address of this host has no interface of its own");
	return add_own(addresses, &own, err);
}

static int read_trie(struct firewall_addresses *addresses, struct slice trie, struct slice route, struct error *err)
{
	struct slice line, word, leaf = { 0 }, scope, type;
	int          r = 0;

	while (r == 0 && slice_next_line(&trie, &line, NULL)) {
		if (!slice_next_word(&line, &word))
			continue;
		if (slice_is(word, "|--"))
			leaf = slice_trim(line);
		else if (word.ptr[0] == '/' && slice_next_word(&line, &scope) && slice_next_word(&line, &type) && slice_is(type, "LOCAL"))
			r = take_leaf(addresses, leaf, word, route, err);
	}
	return r;
}

/* "fe8000000000000000fc00fffe000001 04 40 20 80 eth0". */
static int read_inet6(struct firewall_addresses *addresses, struct slice text, struct error *err)
{
	struct slice line, words[6];
	int          r = 0;

	while (r == 0 && slice_next_line(&text, &line, NULL)) {
		struct firewall_own own = { .family = FIREWALL_IPV6 };
		uint64_t            bits;
		size_t              n = 0;

		if (slice_trim(line).len == 0)
			continue;
		while (n < countof(words) && slice_next_word(&line, &words[n]))
			n++;
		if (n < countof(words) || words[0].len != 32 || text_parse_unsigned(slice_sub(words[0], 0, 16), 16, UINT64_MAX, &own.address.hi, NULL) < 0 ||
		    text_parse_unsigned(slice_sub(words[0], 16, 16), 16, UINT64_MAX, &own.address.lo, NULL) < 0 || text_parse_unsigned(words[2], 16, 128, &bits, NULL) < 0)
			return error_set(err, ERR_SYNTAX, "a table of addresses has a line that is not understood");
		own.interface = words[5];
		own.network = firewall_range_of_prefix(own.address, FIREWALL_IPV6, (unsigned)bits);
		own.loopback = slice_is(own.interface, "lo") && own.address.hi == 0 && own.address.lo == 1;
		r = add_own(addresses, &own, err);
	}
	return r;
}

int firewall_addresses_parse_proc(struct firewall_addresses *addresses, struct slice trie, struct slice route, struct slice inet6, struct error *err)
{
	int r = read_trie(addresses, trie, route, err);

	return r < 0 ? r : read_inet6(addresses, inet6, err);
}

void firewall_sockets_fini(struct firewall_sockets *sockets)
{
	mem_free(sockets->listeners);
	*sockets = (struct firewall_sockets){ 0 };
}

void firewall_addresses_fini(struct firewall_addresses *addresses)
{
	mem_free(addresses->own);
	*addresses = (struct firewall_addresses){ 0 };
}

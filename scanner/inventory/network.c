#include <arpa/inet.h>

#include "network.h"

#include "text.h"

static unsigned width_of(const struct network *n)
{
	return n->family == AF_INET ? 32 : 128;
}

/* Where `separator` stands last; text.len when it does not. */
static size_t find_last(struct slice text, char separator)
{
	for (size_t i = text.len; i > 0; i--)
		if (text.ptr[i - 1] == separator)
			return i - 1;
	return text.len;
}

static bool is_address(struct slice text, struct network *n)
{
	char copy[INET6_ADDRSTRLEN];

	if (text.len == 0 || text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	n->family = memchr(copy, ':', text.len) ? AF_INET6 : AF_INET;
	return inet_pton(n->family, copy, n->first) == 1;
}

/* Add to the address as to a number. */
static void advance(unsigned char *address, unsigned width, unsigned by)
{
	for (unsigned i = width / 8; i > 0 && by > 0; i--) {
		by += address[i - 1];
		address[i - 1] = (unsigned char)by;
		by >>= 8;
	}
}

static bool has_host_bits(const struct network *n, unsigned bits)
{
	for (unsigned i = bits; i < width_of(n); i++)
		if (n->first[i / 8] & (0x80u >> (i % 8)))
			return true;
	return false;
}

static void set_length(struct network *n, struct slice length, struct error *err)
{
	unsigned width = width_of(n);
	uint64_t bits;

	if (text_parse_unsigned(length, 10, width, &bits, NULL) < 0)
		error_set(err, ERR_USAGE, "after the slash, write how many bits are the network's, 0 to %u", width);
	else if (width - bits > NETWORK_HOST_BITS)
		error_set(err, ERR_USAGE, "the network has more than %u addresses; write /%u or longer", 1u << NETWORK_HOST_BITS,
		          width - NETWORK_HOST_BITS);
	else if (has_host_bits(n, (unsigned)bits))
		error_set(err, ERR_USAGE, "bits are set that belong to hosts; write the first address of the network");
	else
		n->count = 1u << (width - bits);
}

bool network_parse(struct slice text, struct network *ret_network, struct error *err)
{
	struct network n = { 0 };
	size_t         at = find_last(text, '@');
	size_t         slash = find_last(text, '/');
	size_t         colon;
	struct slice   length;

	if (at < text.len)
		n.before = slice_sub(text, 0, at + 1);
	if (slash == text.len || slash < n.before.len || !is_address(slice_sub(text, n.before.len, slash - n.before.len), &n))
		return false;
	length = slice_sub(text, slash + 1, SIZE_MAX);
	colon = find_last(length, ':');
	n.after = slice_sub(length, colon, SIZE_MAX);
	length.len = colon;
	*err = (struct error){ 0 };
	if (n.after.len > 0 && n.family == AF_INET6)
		error_set(err, ERR_USAGE, "an IPv6 network takes no port; use --port");
	else
		set_length(&n, length, err);
	*ret_network = n;
	return true;
}

void network_target(const struct network *n, unsigned i, char *dst, size_t size)
{
	unsigned char address[sizeof(n->first)];
	char          text[INET6_ADDRSTRLEN] = "";

	memcpy(address, n->first, sizeof(address));
	advance(address, width_of(n), i);
	(void)inet_ntop(n->family, address, text, sizeof(text));
	snprintf(dst, size, "%.*s%s%.*s", (int)n->before.len, n->before.ptr ? n->before.ptr : "", text, (int)n->after.len,
	         n->after.ptr ? n->after.ptr : "");
}

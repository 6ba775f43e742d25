#include <arpa/inet.h>

#include "network.h"

#include "text.h"

static unsigned bit(const struct network *n, unsigned i)
{
	return (unsigned)n->bytes[i / 8] >> (7 - i % 8) & 1u;
}

bool network_parse(const char *text, struct network *ret_network)
{
	struct network n = { .size = strchr(text, ':') ? 16 : 4 };
	const size_t   len = strcspn(text, "/");
	char           address[INET6_ADDRSTRLEN];
	uint64_t       bits = (uint64_t)n.size * 8;

	if (len >= sizeof(address))
		return false;
	snprintf(address, sizeof(address), "%.*s", (int)len, text);
	if (inet_pton(n.size == 16 ? AF_INET6 : AF_INET, address, n.bytes) != 1)
		return false;
	if (text[len] == '/' && text_parse_unsigned(slice_of(text + len + 1), 10, bits, &bits, NULL) < 0)
		return false;
	n.bits = (unsigned)bits;
	for (unsigned i = n.bits; i < n.size * 8; i++)
		if (bit(&n, i))
			return false;
	*ret_network = n;
	return true;
}

bool network_is_within(const struct network *a, const struct network *b)
{
	if (a->size != b->size || a->bits < b->bits)
		return false;
	for (unsigned i = 0; i < b->bits; i++)
		if (bit(a, i) != bit(b, i))
			return false;
	return true;
}

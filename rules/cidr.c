#include <arpa/inet.h>

#include "cidr.h"

#include "text.h"

static unsigned bit(const struct cidr *n, unsigned i)
{
	return (unsigned)n->bytes[i / 8] >> (7 - i % 8) & 1u;
}

bool cidr_parse(const char *text, struct cidr *ret_cidr)
{
	struct cidr  n = { .size = strchr(text, ':') ? 16 : 4 };
	const size_t len = strcspn(text, "/");
	char         address[INET6_ADDRSTRLEN];
	uint64_t     bits = (uint64_t)n.size * 8;

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
	*ret_cidr = n;
	return true;
}

bool cidr_is_within(const struct cidr *a, const struct cidr *b)
{
	if (a->size != b->size || a->bits < b->bits)
		return false;
	for (unsigned i = 0; i < b->bits; i++)
		if (bit(a, i) != bit(b, i))
			return false;
	return true;
}

#include <arpa/inet.h>
#include <netinet/in.h>

#include "firewall_space.h"

#include "text.h"

void *firewall_pool_alloc(struct firewall_pool *pool, size_t size)
{
	if (size > pool->left)
		return NULL;
	pool->left -= size;
	return arena_alloc(&pool->arena, size);
}

struct firewall_number firewall_number_of(uint64_t value)
{
	return (struct firewall_number){ .lo = value };
}

int firewall_number_compare(struct firewall_number a, struct firewall_number b)
{
	if (a.hi != b.hi)
		return a.hi < b.hi ? -1 : 1;
	return a.lo == b.lo ? 0 : a.lo < b.lo ? -1
	                                      : 1;
}

static struct firewall_number next_of(struct firewall_number n)
{
	n.lo++;
	n.hi += n.lo == 0;
	return n;
}

static struct firewall_number before(struct firewall_number n)
{
	n.hi -= n.lo == 0;
	n.lo--;
	return n;
}

static bool is_last(struct firewall_number n)
{
	return n.hi == UINT64_MAX && n.lo == UINT64_MAX;
}

bool firewall_range_has(struct firewall_range range, struct firewall_number n)
{
	return firewall_number_compare(range.low, n) <= 0 && firewall_number_compare(n, range.high) <= 0;
}

bool firewall_range_is_one(struct firewall_range range)
{
	return firewall_number_compare(range.low, range.high) == 0;
}

static int compare_ranges(const void *a, const void *b)
{
	return firewall_number_compare(((const struct firewall_range *)a)->low, ((const struct firewall_range *)b)->low);
}

static struct firewall_space *make(struct firewall_pool *pool, size_t count)
{
	return firewall_pool_alloc(pool, sizeof(struct firewall_space) + count * sizeof(struct firewall_range));
}

/* Append a range that begins no sooner than the last one does; ranges that touch become one. */
static void append(struct firewall_space *space, struct firewall_range range)
{
	struct firewall_range *last = space->count > 0 ? &space->ranges[space->count - 1] : NULL;

	if (last && (is_last(last->high) || firewall_number_compare(range.low, next_of(last->high)) <= 0)) {
		if (firewall_number_compare(last->high, range.high) < 0)
			last->high = range.high;
	} else {
		space->ranges[space->count++] = range;
	}
}

/* FNV-1a over words. */
static const struct firewall_space *finish(struct firewall_space *space)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < space->count; i++) {
		const struct firewall_range *r = &space->ranges[i];

		h = (h ^ r->low.hi ^ r->high.hi) * 1099511628211u;
		h = (h ^ r->low.lo) * 1099511628211u;
		h = (h ^ r->high.lo) * 1099511628211u;
	}
	space->hash = h;
	return space;
}

const struct firewall_space *firewall_space_of(struct firewall_pool *pool, struct firewall_range *ranges, size_t count)
{
	struct firewall_space *space = make(pool, count);
	bool                   sorted = true;

	if (!space)
		return NULL;
	for (size_t i = 1; sorted && i < count; i++)
		sorted = compare_ranges(&ranges[i - 1], &ranges[i]) <= 0;
	if (!sorted)
		qsort(ranges, count, sizeof(*ranges), compare_ranges);
	for (size_t i = 0; i < count; i++)
		if (firewall_number_compare(ranges[i].low, ranges[i].high) <= 0)
			append(space, ranges[i]);
	return finish(space);
}

const struct firewall_space *firewall_space_intersect(struct firewall_pool *pool, const struct firewall_space *a, const struct firewall_space *b)
{
	struct firewall_space *both;

	if (a == b || a->count == 0)
		return a;
	both = make(pool, a->count + b->count);
	if (!both)
		return NULL;
	for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
		struct firewall_range x = a->ranges[i], y = b->ranges[j];
		struct firewall_range r = { firewall_number_compare(x.low, y.low) < 0 ? y.low : x.low,
			                    firewall_number_compare(x.high, y.high) < 0 ? x.high : y.high };

		if (firewall_number_compare(r.low, r.high) <= 0)
			append(both, r);
		if (firewall_number_compare(x.high, y.high) < 0)
			i++;
		else
			j++;
	}
	finish(both);
	return firewall_space_equal(both, a) ? a : both;
}

const struct firewall_space *firewall_space_subtract(struct firewall_pool *pool, const struct firewall_space *a, const struct firewall_space *b)
{
	struct firewall_space *rest;
	size_t                 j = 0;

	if (a->count == 0 || b->count == 0)
		return a;
	rest = make(pool, a->count + b->count);
	if (!rest)
		return NULL;
	for (size_t i = 0; i < a->count; i++) {
		struct firewall_range r = a->ranges[i];
		bool                  left = true;

		while (j < b->count && firewall_number_compare(b->ranges[j].high, r.low) < 0)
			j++;
		for (size_t k = j; left && k < b->count && firewall_number_compare(b->ranges[k].low, r.high) <= 0; k++) {
			if (firewall_number_compare(r.low, b->ranges[k].low) < 0)
				append(rest, (struct firewall_range){ r.low, before(b->ranges[k].low) });
			left = firewall_number_compare(b->ranges[k].high, r.high) < 0;
			if (left)
				r.low = next_of(b->ranges[k].high);
		}
		if (left)
			append(rest, r);
	}
	finish(rest);
	return firewall_space_equal(rest, a) ? a : rest;
}

const struct firewall_space *firewall_space_unite(struct firewall_pool *pool, const struct firewall_space *a, const struct firewall_space *b)
{
	struct firewall_space *all;
	size_t                 i = 0, j = 0;

	if (a == b || b->count == 0)
		return a;
	all = make(pool, a->count + b->count);
	if (!all)
		return NULL;
	while (i < a->count || j < b->count) {
		bool from_a = j == b->count || (i < a->count && compare_ranges(&a->ranges[i], &b->ranges[j]) <= 0);

		append(all, from_a ? a->ranges[i++] : b->ranges[j++]);
	}
	return finish(all);
}

bool firewall_space_equal(const struct firewall_space *a, const struct firewall_space *b)
{
	return a == b || (a->count == b->count && a->hash == b->hash && memcmp(a->ranges, b->ranges, a->count * sizeof(a->ranges[0])) == 0);
}

bool firewall_space_has(const struct firewall_space *space, struct firewall_number n)
{
	for (size_t i = 0; i < space->count; i++)
		if (firewall_range_has(space->ranges[i], n))
			return true;
	return false;
}

double firewall_space_share(const struct firewall_space *space, enum firewall_family family)
{
	const double whole = family == FIREWALL_IPV4 ? 4294967296.0 : 18446744073709551616.0;
	double       sum = 0;

	for (size_t i = 0; i < space->count; i++) {
		const struct firewall_range *r = &space->ranges[i];

		if (family == FIREWALL_IPV4)
			sum += (double)(r->high.lo - r->low.lo) + 1;
		else
			sum += (double)(r->high.hi - r->low.hi) + ((double)r->high.lo - (double)r->low.lo) / whole;
	}
	return sum / whole;
}

bool firewall_address_parse(struct slice text, enum firewall_family *ret_family, struct firewall_number *ret_number)
{
	unsigned char  bytes[16] = { 0 };
	char           copy[INET6_ADDRSTRLEN + 1];
	bool           six = text.len > 0 && memchr(text.ptr, ':', text.len) != NULL;
	uint64_t       words[2] = { 0, 0 };
	const unsigned size = six ? 16 : 4;

	if (text.len == 0 || text.len >= sizeof(copy) || memchr(text.ptr, '\0', text.len))
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	if (inet_pton(six ? AF_INET6 : AF_INET, copy, bytes) != 1)
		return false;
	for (unsigned i = 0; i < size; i++)
		words[six ? i / 8 : 1] = words[six ? i / 8 : 1] << 8 | bytes[i];
	*ret_family = six ? FIREWALL_IPV6 : FIREWALL_IPV4;
	*ret_number = (struct firewall_number){ words[0], words[1] };
	return true;
}

/* A number whose low `bits` bits are set. */
static struct firewall_number low_bits(unsigned bits)
{
	if (bits >= 64)
		return (struct firewall_number){ bits >= 128 ? UINT64_MAX : ((uint64_t)1 << (bits - 64)) - 1, UINT64_MAX };
	return (struct firewall_number){ 0, ((uint64_t)1 << bits) - 1 };
}

struct firewall_range firewall_range_of_prefix(struct firewall_number n, enum firewall_family family, unsigned bits)
{
	const unsigned         width = family == FIREWALL_IPV4 ? 32 : 128;
	struct firewall_number host = low_bits(bits > width ? 0 : width - bits);

	return (struct firewall_range){ { n.hi & ~host.hi, n.lo & ~host.lo }, { n.hi | host.hi, n.lo | host.lo } };
}

/* The bits of a mask written as an address, -1 when it is no prefix. */
static int mask_bits(struct firewall_number mask, enum firewall_family family)
{
	const unsigned width = family == FIREWALL_IPV4 ? 32 : 128;

	for (unsigned bits = 0; bits <= width; bits++) {
		struct firewall_number host = low_bits(width - bits), all = low_bits(width);

		if (mask.hi == (all.hi & ~host.hi) && mask.lo == (all.lo & ~host.lo))
			return (int)bits;
	}
	return -1;
}

bool firewall_prefix_parse(struct slice text, enum firewall_family *ret_family, struct firewall_range *ret_range)
{
	struct slice           address, mask = text;
	struct firewall_number n, m;
	enum firewall_family   family, other;
	uint64_t               bits;
	int                    found;

	if (!slice_next(&mask, '/', &address) || !firewall_address_parse(address, &family, &n))
		return false;
	bits = family == FIREWALL_IPV4 ? 32 : 128;
	if (address.len < text.len && firewall_address_parse(mask, &other, &m)) {
		found = other == family ? mask_bits(m, family) : -1;
		if (found < 0)
			return false;
		bits = (uint64_t)found;
	} else if (address.len < text.len && text_parse_unsigned(mask, 10, bits, &bits, NULL) < 0) {
		return false;
	}
	*ret_family = family;
	*ret_range = firewall_range_of_prefix(n, family, (unsigned)bits);
	return true;
}

static void print_prefix(char *text, struct firewall_number n, enum firewall_family family, unsigned bits)
{
	unsigned char bytes[16];
	char          address[INET6_ADDRSTRLEN];
	const bool    six = family == FIREWALL_IPV6;

	for (unsigned i = 0; i < 8; i++) {
		bytes[i] = (unsigned char)(n.hi >> (56 - 8 * i));
		bytes[8 + i] = (unsigned char)(n.lo >> (56 - 8 * i));
	}
	if (!inet_ntop(six ? AF_INET6 : AF_INET, six ? bytes : bytes + 12, address, sizeof(address)))
		address[0] = '\0';
	snprintf(text, 64, "%s/%u", address, bits);
}

bool firewall_range_next_prefix(struct firewall_range *range, enum firewall_family family, bool *more, char *text)
{
	const unsigned        width = family == FIREWALL_IPV4 ? 32 : 128;
	unsigned              bits = width;
	struct firewall_range wider = { range->low, range->low };

	if (!*more)
		return false;
	while (bits > 0) {
		struct firewall_range r = firewall_range_of_prefix(range->low, family, bits - 1);

		if (firewall_number_compare(r.low, range->low) != 0 || firewall_number_compare(r.high, range->high) > 0)
			break;
		wider = r;
		bits--;
	}
	print_prefix(text, range->low, family, bits);
	*more = firewall_number_compare(wider.high, range->high) < 0;
	if (*more)
		range->low = next_of(wider.high);
	return true;
}

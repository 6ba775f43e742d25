#include <sys/random.h>

#include "intern.h"

#include "mem.h"

void intern_init(struct intern *in)
{
	*in = (struct intern){ 0 };
	/* Without randomness the table still works; it could then be made slow, not wrong. */
	if (getrandom(in->seed, sizeof(in->seed), 0) != (ssize_t)sizeof(in->seed))
		in->seed[0] = (uint64_t)(uintptr_t)in;
}

static uint64_t rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

/* SipHash-1-3 (Aumasson and Bernstein), words in the machine's own order: the value never leaves the process. */
static uint64_t hash_text(const uint64_t seed[2], const char *text, size_t len)
{
	uint64_t v[4] = { seed[0] ^ UINT64_C(0x736f6d6570736575), seed[1] ^ UINT64_C(0x646f72616e646f6d),
		          seed[0] ^ UINT64_C(0x6c7967656e657261), seed[1] ^ UINT64_C(0x7465646279746573) };
	uint64_t word;
	size_t   left = len;

	for (; left >= sizeof(word); left -= sizeof(word), text += sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		sip_word(v, word);
	}
	word = 0;
	memcpy(&word, text, left);
	sip_word(v, word ^ (uint64_t)len << 56);
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The slot of a text, or the free one where it belongs. */
static struct intern_slot *find(const struct intern *in, uint64_t hash, const char *text)
{
	size_t mask = in->nslots - 1;
	size_t i = (size_t)hash & mask;

	while (in->slots[i].text && (in->slots[i].hash != hash || strcmp(in->slots[i].text, text) != 0))
		i = (i + 1) & mask;
	return &in->slots[i];
}

/* Twice the slots, at most half of them taken. */
static bool grow(struct intern *in)
{
	struct intern next = { .nslots = in->nslots ? in->nslots * 2 : 1024 };

	next.slots = mem_zalloc(next.nslots * sizeof(*next.slots));
	if (!next.slots)
		return false;
	for (size_t i = 0; i < in->nslots; i++) {
		const struct intern_slot *slot = &in->slots[i];

		if (slot->text)
			*find(&next, slot->hash, slot->text) = *slot;
	}
	mem_free(in->slots);
	in->slots = next.slots;
	in->nslots = next.nslots;
	return true;
}

const char *intern(struct intern *in, const char *text)
{
	size_t              len = strlen(text);
	uint64_t            hash = hash_text(in->seed, text, len);
	struct intern_slot *slot;

	if (in->count * 2 >= in->nslots && !grow(in))
		return NULL;
	slot = find(in, hash, text);
	if (!slot->text) {
		const char *copy = arena_copy(&in->arena, text, len);

		if (!copy)
			return NULL;
		*slot = (struct intern_slot){ .text = copy, .hash = hash };
		in->count++;
	}
	return slot->text;
}

void intern_fini(struct intern *in)
{
	arena_free(&in->arena);
	mem_free(in->slots);
	*in = (struct intern){ 0 };
}

#include "arena.h"

#include "mem.h"

/* Many arenas hold one small thing, others thousands: blocks grow. */
#define FIRST_BLOCK  512u
#define BLOCK_GROWTH 4u
#define BLOCK_MAX    32768u

struct arena_block {
	struct arena_block *next;
	size_t              used;
	size_t              size;
	max_align_t         bytes[];
};

static struct arena_block *add_block(struct arena *a, size_t size)
{
	struct arena_block *block;

	if (size > SIZE_MAX - sizeof(*block))
		return NULL;
	block = mem_zalloc(sizeof(*block) + size);
	if (!block)
		return NULL;
	block->size = size;
	block->next = a->blocks;
	a->blocks = block;
	return block;
}

/* What the next block holds, at least `size` bytes. */
static size_t next_size(const struct arena *a, size_t size)
{
	size_t usual = a->blocks ? a->blocks->size * BLOCK_GROWTH : FIRST_BLOCK;

	if (usual > BLOCK_MAX)
		usual = BLOCK_MAX;
	return size > usual ? size : usual;
}

/* What is taken is zero: blocks are made so, and no byte is given twice. */
static void *take(struct arena *a, size_t size)
{
	const size_t        align = sizeof(max_align_t);
	struct arena_block *block = a->blocks;
	char               *ptr;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + align - 1) / align * align;
	if (!block || block->size - block->used < size)
		block = add_block(a, next_size(a, size));
	if (!block)
		return NULL;
	ptr = (char *)block->bytes + block->used;
	block->used += size;
	return ptr;
}

void *arena_alloc(struct arena *a, size_t size)
{
	return take(a, size);
}

char *arena_copy(struct arena *a, const char *text, size_t len)
{
	char *copy = len < SIZE_MAX / 2 ? take(a, len + 1) : NULL;

	if (!copy)
		return NULL;
	if (len > 0)
		memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *arena_strdup(struct arena *a, const char *text)
{
	return arena_copy(a, text, strlen(text));
}

void arena_free(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *next = a->blocks->next;

		mem_free(a->blocks);
		a->blocks = next;
	}
}

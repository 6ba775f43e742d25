#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocation.h"

#define BLOCKS 200u

static bool holds(const unsigned char *bytes, size_t len, unsigned char value)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

/* Blocks grow, shrink and go in any order without touching one another. What is left at the end is what the leak checker must not find. */
static void test_any_order(void **state)
{
	struct allocations all = { 0 };
	unsigned char     *blocks[BLOCKS] = { 0 };
	size_t             sizes[BLOCKS] = { 0 };
	uint32_t           random = 1;

	(void)state;
	for (unsigned step = 0; step < 20000; step++) {
		size_t i;

		random = random * 1664525u + 1013904223u;
		i = (random >> 8) % BLOCKS;
		if ((random >> 24) % 3 == 0) {
			allocation_free(&all, blocks[i]);
			blocks[i] = NULL;
			sizes[i] = 0;
			continue;
		}
		blocks[i] = allocation_resize(&all, blocks[i], (random >> 16) % 500);
		assert_non_null(blocks[i]);
		assert_int_equal((uintptr_t)blocks[i] % _Alignof(max_align_t), 0);
		assert_true(holds(blocks[i], sizes[i] < (random >> 16) % 500 ? sizes[i] : (random >> 16) % 500, (unsigned char)i));
		sizes[i] = (random >> 16) % 500;
		memset(blocks[i], (int)i, sizes[i]);
	}
	for (size_t i = 0; i < BLOCKS; i++)
		assert_true(!blocks[i] || holds(blocks[i], sizes[i], (unsigned char)i));
	allocations_fini(&all);
	assert_null(all.first);
	allocations_fini(&all);
}

/* More than can be had: the old block stays and still belongs to the list. */
static void test_too_much(void **state)
{
	static const size_t sizes[] = { SIZE_MAX, SIZE_MAX - 8 };
	struct allocations  all = { 0 };
	char               *block = allocation_resize(&all, NULL, 6);

	(void)state;
	assert_non_null(block);
	memcpy(block, "stays", 6);
	for (size_t i = 0; i < countof(sizes); i++) {
		assert_null(allocation_resize(&all, block, sizes[i]));
		assert_null(allocation_resize(&all, NULL, sizes[i]));
		assert_string_equal(block, "stays");
	}
	allocation_free(&all, NULL);
	allocations_fini(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

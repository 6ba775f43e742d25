#include "allocation.h"

#include "mem.h"

/* A compiler cannot know what it points at, so it cannot leave the call out. */
static void *(*const volatile wipe)(void *, int, size_t) = memset;

struct allocation {
	struct allocation *previous;
	struct allocation *following;
	size_t             size;
	max_align_t        bytes[];
};

static struct allocation *of(void *ptr)
{
	return (struct allocation *)((char *)ptr - offsetof(struct allocation, bytes));
}

static void insert(struct allocations *all, struct allocation *a)
{
	a->previous = NULL;
	a->following = all->first;
	if (a->following)
		a->following->previous = a;
	all->first = a;
}

static void take_out(struct allocations *all, struct allocation *a)
{
	if (a->previous)
		a->previous->following = a->following;
	else
		all->first = a->following;
	if (a->following)
		a->following->previous = a->previous;
}

void *allocation_resize(struct allocations *all, void *old, size_t size)
{
	struct allocation *before = old ? of(old) : NULL;
	struct allocation *a;

	if (size > SIZE_MAX - sizeof(*a))
		return NULL;
	if (before)
		take_out(all, before);
	a = mem_resize(before, 1, sizeof(*a) + size);
	if (!a) {
		if (before)
			insert(all, before);
		return NULL;
	}
	a->size = size;
	insert(all, a);
	return a->bytes;
}

void allocation_free(struct allocations *all, void *ptr)
{
	if (!ptr)
		return;
	take_out(all, of(ptr));
	mem_free(of(ptr));
}

void allocations_fini(struct allocations *all)
{
	while (all->first) {
		struct allocation *a = all->first;

		take_out(all, a);
		wipe(a->bytes, 0, a->size);
		mem_free(a);
	}
}

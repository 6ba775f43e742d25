#include <cjson/cJSON.h>
#include <pthread.h>

#include "json_memory.h"

#include "mem.h"

static _Thread_local struct arena *current; /* NULL: the heap */

static void *allocate(size_t size)
{
	return current ? arena_alloc(current, size) : mem_resize(NULL, size, 1);
}

static void release(void *ptr)
{
	if (!current)
		mem_free(ptr);
}

static void install(void)
{
	cJSON_InitHooks(&(cJSON_Hooks){ .malloc_fn = allocate, .free_fn = release });
}

void json_memory_prepare(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, install);
}

struct arena *json_memory_use(struct arena *arena)
{
	struct arena *before = current;

	json_memory_prepare();
	current = arena;
	return before;
}

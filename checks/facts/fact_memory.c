#include <cjson/cJSON.h>
#include <pthread.h>

#include "fact_memory.h"

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

void fact_memory_prepare(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, install);
}

void fact_memory_begin(struct arena *arena)
{
	fact_memory_prepare();
	current = arena;
}

void fact_memory_end(void)
{
	current = NULL;
}

/*
 * fact_memory.h: one piece of memory for all facts of a target. Facts are thousands of small nodes that live and die together; asking the
 * heap for each, and giving each back, costs more than finding them out.
 */
#ifndef SSHVET_FACT_MEMORY_H
#define SSHVET_FACT_MEMORY_H

#include "arena.h"

/*
 * From here to fact_memory_end() whatever cJSON allocates on this thread comes from `arena`, and what it releases stays there: no cJSON that
 * is older may be deleted or grown in between, and none made in between may be afterwards. It goes with the arena (arena_free()). Other threads
 * are not concerned. Not to be nested.
 */
void fact_memory_begin(struct arena *arena);
void fact_memory_end(void);

/* Once per process before it has threads: cJSON's allocator cannot be set while others use it. fact_memory_begin() does it where nobody did. */
void fact_memory_prepare(void);

#endif

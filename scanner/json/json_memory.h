/*
 * json_memory.h: one piece of memory for all that cJSON makes of one thing. Facts and lines of a journal are thousands of small nodes that live and
 * die together; asking the heap for each, and giving each back, costs more than finding them out.
 */
#ifndef SSHVET_JSON_MEMORY_H
#define SSHVET_JSON_MEMORY_H

#include "arena.h"

/*
 * From here on whatever cJSON allocates on this thread comes from `arena` (NULL: the heap), and what it releases stays there. Returns what was in use
 * before, which the caller puts back. No cJSON of one memory may be deleted or grown while another is in use; it goes with its arena
 * (arena_free()). Other threads are not concerned.
 */
struct arena *json_memory_use(struct arena *arena);

/* Once per process before it has threads: cJSON's allocator cannot be set while others use it. json_memory_use() does it where nobody did. */
void json_memory_prepare(void);

#endif

#define SSHVET_MAY_ALLOCATE
#include "mem.h"

void *mem_zalloc(size_t size)
{
	return calloc(1, size ? size : 1);
}

void *mem_resize(void *old, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		return NULL;
	if (count == 0 || size == 0)
		count = size = 1;
	return realloc(old, count * size);
}

char *mem_copy_text(const char *text, size_t len)
{
	char *copy;

	if (len == SIZE_MAX)
		return NULL;
	copy = malloc(len + 1);
	if (!copy)
		return NULL;
	if (len > 0)
		memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *mem_strdup(const char *text)
{
	return text ? mem_copy_text(text, strlen(text)) : NULL;
}

void mem_free(void *ptr)
{
	free(ptr);
}

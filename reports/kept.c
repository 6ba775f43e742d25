#include "kept.h"

#include "limit.h"
#include "mem.h"

const char *kept_find(const struct kept *k, size_t number)
{
	return number < k->count ? k->texts[number] : NULL;
}

/* Numbers up to this one have a place. */
static bool make_room(struct kept *k, size_t number)
{
	size_t count = k->count > 0 ? k->count : 256;
	char **texts;

	if (number < k->count)
		return true;
	while (count <= number)
		count *= 2;
	texts = mem_resize(k->texts, count, sizeof(*texts));
	if (!texts)
		return false;
	memset(texts + k->count, 0, (count - k->count) * sizeof(*texts));
	k->texts = texts;
	k->count = count;
	return true;
}

void kept_add(struct kept *k, size_t number, struct slice text)
{
	if (text.len > LIMIT_KEPT_BYTES - k->bytes || !make_room(k, number) || k->texts[number])
		return;
	k->texts[number] = mem_copy_text(text.ptr, text.len);
	if (k->texts[number])
		k->bytes += text.len;
}

void kept_free(struct kept *k)
{
	for (size_t i = 0; i < k->count; i++)
		mem_free(k->texts[i]);
	mem_free(k->texts);
	*k = (struct kept){ 0 };
}

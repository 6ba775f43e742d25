#include "buf.h"

#include "mem.h"

#define LITTLE 4096u /* what an empty buffer may keep */

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

int buf_reserve(struct buf *b, size_t len, struct error *err)
{
	size_t cap;
	char  *ptr;

	if (len > b->max || b->len > b->max - len)
		return error_set(err, ERR_TOO_BIG, "more than the %zu bytes allowed", b->max);
	if (b->cap > b->len + len)
		return 0;
	cap = b->cap ? b->cap : 64;
	while (cap <= b->len + len)
		cap += cap / 2 + 1;
	if (cap > b->max + 1)
		cap = b->max + 1;
	ptr = mem_resize(b->ptr, cap, 1);
	if (!ptr)
		return error_nomem(err);
	ptr[b->len] = '\0';
	b->ptr = ptr;
	b->cap = cap;
	return 0;
}

int buf_append(struct buf *b, const void *data, size_t len, struct error *err)
{
	int r = buf_reserve(b, len, err);

	if (r < 0)
		return r;
	if (len > 0)
		memcpy(b->ptr + b->len, data, len);
	b->len += len;
	b->ptr[b->len] = '\0';
	return 0;
}

int buf_append_slice(struct buf *b, struct slice s, struct error *err)
{
	return buf_append(b, s.ptr, s.len, err);
}

int buf_append_text(struct buf *b, const char *text, struct error *err)
{
	return buf_append(b, text, strlen(text), err);
}

/* Most texts fit into what room there is, so that they are formatted once. */
int buf_printf(struct buf *b, struct error *err, const char *format, ...)
{
	size_t  room = b->cap - b->len;
	va_list args;
	int     need;
	int     r;

	va_start(args, format);
	need = vsnprintf(room > 0 ? b->ptr + b->len : NULL, room, format, args);
	va_end(args);
	if (need >= 0 && (size_t)need < room) {
		b->len += (size_t)need;
		return 0;
	}
	if (room > 0)
		b->ptr[b->len] = '\0';
	if (need < 0)
		return error_set(err, ERR_INTERNAL, "text could not be formatted");
	r = buf_reserve(b, (size_t)need, err);
	if (r < 0)
		return r;
	va_start(args, format);
	vsnprintf(b->ptr + b->len, (size_t)need + 1, format, args);
	va_end(args);
	b->len += (size_t)need;
	return 0;
}

struct slice buf_slice(const struct buf *b)
{
	return (struct slice){ .ptr = b->ptr, .len = b->len };
}

const char *buf_text(const struct buf *b)
{
	return b->ptr ? b->ptr : "";
}

char *buf_detach(struct buf *b)
{
	char *ptr = b->ptr;

	buf_init(b, b->max);
	return ptr;
}

void buf_drop(struct buf *b, size_t len)
{
	if (len < b->len) {
		memmove(b->ptr, b->ptr + len, b->len - len + 1);
		b->len -= len;
	} else if (b->cap > LITTLE) {
		buf_free(b);
	} else {
		buf_clear(b);
	}
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->ptr)
		b->ptr[0] = '\0';
}

void buf_free(struct buf *b)
{
	mem_free(b->ptr);
	buf_init(b, b->max);
}

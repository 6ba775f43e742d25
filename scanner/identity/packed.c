#include "packed.h"

#include "reader.h"

static int cut_short(const char *what, struct error *err)
{
	return error_set(err, ERR_IDENTITY, "is damaged: it ends within the %s", what);
}

int packed_take_u32(struct slice *rest, const char *what, uint32_t *ret_value, struct error *err)
{
	return reader_uint32(rest, ret_value) ? 0 : cut_short(what, err);
}

int packed_take_string(struct slice *rest, const char *what, struct slice *ret_value, struct error *err)
{
	return reader_string(rest, ret_value) ? 0 : cut_short(what, err);
}

static struct slice without_leading_zeros(struct slice s)
{
	while (s.len > 0 && s.ptr[0] == '\0')
		s = slice_sub(s, 1, SIZE_MAX);
	return s;
}

int packed_take_positive(struct slice *rest, const char *what, struct slice *ret_value, struct error *err)
{
	struct slice tail = *rest;
	struct slice value;
	int          r = packed_take_string(&tail, what, &value, err);

	if (r < 0)
		return r;
	if (value.len > 0 && ((unsigned char)value.ptr[0] & 0x80))
		return error_set(err, ERR_IDENTITY, "is damaged: its %s is negative", what);
	value = without_leading_zeros(value);
	if (value.len == 0)
		return error_set(err, ERR_IDENTITY, "is damaged: its %s is zero", what);
	*ret_value = value;
	*rest = tail;
	return 0;
}

static int put_length(struct buf *out, size_t len, struct error *err)
{
	unsigned char bytes[4] = {
		(unsigned char)(len >> 24), (unsigned char)(len >> 16), (unsigned char)(len >> 8), (unsigned char)len,
	};

	if (len > UINT32_MAX)
		return error_set(err, ERR_TOO_BIG, "a string of %zu bytes has no SSH encoding", len);
	return buf_append(out, bytes, sizeof(bytes), err);
}

int packed_put_string(struct buf *out, struct slice value, struct error *err)
{
	int r = put_length(out, value.len, err);

	return r < 0 ? r : buf_append_slice(out, value, err);
}

int packed_put_positive(struct buf *out, struct slice value, struct error *err)
{
	size_t sign;
	int    r;

	value = without_leading_zeros(value);
	sign = value.len > 0 && ((unsigned char)value.ptr[0] & 0x80) ? 1 : 0;
	r = put_length(out, sign + value.len, err);
	if (r == 0)
		r = buf_append(out, "", sign, err);
	return r < 0 ? r : buf_append_slice(out, value, err);
}

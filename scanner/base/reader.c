#include "reader.h"

bool reader_bytes(struct slice *rest, size_t len, struct slice *ret_bytes)
{
	if (rest->len < len)
		return false;
	*ret_bytes = slice_sub(*rest, 0, len);
	*rest = slice_sub(*rest, len, SIZE_MAX);
	return true;
}

bool reader_byte(struct slice *rest, unsigned *ret_value)
{
	struct slice byte;

	if (!reader_bytes(rest, 1, &byte))
		return false;
	*ret_value = (unsigned char)byte.ptr[0];
	return true;
}

bool reader_uint32(struct slice *rest, uint32_t *ret_value)
{
	struct slice bytes;
	uint32_t     value = 0;

	if (!reader_bytes(rest, 4, &bytes))
		return false;
	for (size_t i = 0; i < bytes.len; i++)
		value = value << 8 | (unsigned char)bytes.ptr[i];
	*ret_value = value;
	return true;
}

bool reader_string(struct slice *rest, struct slice *ret_string)
{
	struct slice after = *rest;
	uint32_t     len;

	if (!reader_uint32(&after, &len) || !reader_bytes(&after, len, ret_string))
		return false;
	*rest = after;
	return true;
}

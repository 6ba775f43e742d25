#include <openssl/evp.h>

#include "base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The value of a letter as it counts in the last group, -1 for a foreign one. */
static int letter_value(char c)
{
	const char *at = c != '\0' ? strchr(alphabet, c) : NULL;

	return at ? (int)(at - alphabet) : -1;
}

/* How many '=' a well-formed text ends in; -1 when it is not well-formed. EVP_DecodeBlock() takes more than
 * that. */
static int padding(struct slice text)
{
	size_t letters = text.len;
	int    last;
	int    pad;

	while (letters > 0 && letters + 2 > text.len && text.ptr[letters - 1] == '=')
		letters--;
	for (size_t i = 0; i < letters; i++) {
		char c = text.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
		      c == '/'))
			return -1;
	}
	pad = (int)(text.len - letters);
	if (text.len % 4 != 0 || text.len > INT_MAX)
		return -1;
	if (pad == 0)
		return 0;
	last = letter_value(text.ptr[letters - 1]);
	return (last & (pad == 1 ? 3 : 15)) == 0 ? pad : -1;
}

int base64_decode(struct buf *out, struct slice text, struct error *err)
{
	int pad = padding(text);
	int n;
	int r;

	if (pad < 0)
		return error_set(err, ERR_SYNTAX, "not base64");
	r = buf_reserve(out, BASE64_DECODED_MAX(text.len), err);
	if (r < 0 || text.len == 0)
		return r;
	n = EVP_DecodeBlock((unsigned char *)out->ptr + out->len, (const unsigned char *)text.ptr,
	                    (int)text.len);
	if (n < pad)
		return error_set(err, ERR_SYNTAX, "not base64");
	out->len += (size_t)(n - pad);
	out->ptr[out->len] = '\0';
	return 0;
}

int base64_encode(struct buf *out, struct slice bytes, struct error *err)
{
	size_t len = (bytes.len + 2) / 3 * 4;
	int    r;

	if (bytes.len > INT_MAX / 2)
		return error_set(err, ERR_TOO_BIG, "too long for base64");
	r = buf_reserve(out, len, err);
	if (r < 0 || len == 0)
		return r;
	EVP_EncodeBlock((unsigned char *)out->ptr + out->len, (const unsigned char *)bytes.ptr, (int)bytes.len);
	out->len += len;
	return 0;
}

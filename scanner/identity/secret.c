#include <openssl/crypto.h>

#include "secret.h"

int secret_init(struct buf *b, size_t size, struct error *err)
{
	buf_init(b, size);
	return buf_reserve(b, size, err);
}

void secret_free(struct buf *b)
{
	if (b->ptr)
		OPENSSL_cleanse(b->ptr, b->cap);
	buf_free(b);
}

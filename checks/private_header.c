#include "private_header.h"

#include "limit.h"
#include "public_key.h"
#include "text.h"

static const struct {
	const char *format;
	const char *type;
} formats[] = {
	{ "openssh", NULL }, { "pem-rsa", "ssh-rsa" }, { "pem-dsa", "ssh-dss" }, { "pem-ec", NULL }, { "pkcs8", NULL },
	{ "pkcs8-encrypted", NULL }, { "ppk2", NULL }, { "ppk3", NULL }, { "other", NULL },
};

/* A value in hexadecimal, into the arena. */
static int take_hex(struct slice text, struct arena *arena, struct slice *ret_bytes, struct error *err)
{
	struct buf bytes;
	char      *copy = NULL;
	int        r;

	buf_init(&bytes, LIMIT_KEY_FILE);
	r = text_hex_decode(&bytes, text, err);
	if (r == 0 && !(copy = arena_copy(arena, buf_text(&bytes), bytes.len)))
		r = error_nomem(err);
	if (r == 0)
		*ret_bytes = (struct slice){ .ptr = copy, .len = bytes.len };
	buf_free(&bytes);
	return r;
}

static int take_value(struct slice name, struct slice value, struct arena *arena, struct private_header *header, struct error *err)
{
	int r = 0;

	if (slice_is(name, "cipher")) {
		header->cipher = value;
	} else if (slice_is(name, "kdf")) {
		header->kdf = value;
	} else if (slice_is(name, "rounds")) {
		r = text_parse_unsigned(value, 10, UINT32_MAX, &header->rounds, err);
	} else if (slice_is(name, "blob")) {
		r = take_hex(value, arena, &header->blob, err);
	} else {
		r = error_set(err, ERR_SYNTAX, "a value of a private key that is not known");
	}
	return r;
}

/* From the cipher, and for formats that are always encrypted from the format. */
static enum private_encrypted encrypted_by(const struct private_header *header)
{
	if (strcmp(header->format, "pkcs8-encrypted") == 0)
		return PRIVATE_ENCRYPTED;
	if (strcmp(header->format, "other") == 0 || header->cipher.len == 0 || slice_is(header->cipher, "?"))
		return PRIVATE_UNKNOWN;
	return slice_is(header->cipher, "none") ? PRIVATE_CLEAR : PRIVATE_ENCRYPTED;
}

static const char *find_format(struct slice word, const char **ret_type)
{
	for (size_t i = 0; i < countof(formats); i++)
		if (slice_is(word, formats[i].format)) {
			*ret_type = formats[i].type;
			return formats[i].format;
		}
	return NULL;
}

int private_header_parse(struct slice record, struct arena *arena, struct private_header *ret_header, struct error *err)
{
	struct private_header header = { 0 };
	struct public_key     key;
	struct slice          word, name;
	int                   r = 0;

	if (!slice_next_word(&record, &word) || !(header.format = find_format(word, &header.type)))
		return error_set(err, ERR_SYNTAX, "a private key of a format that is not known");
	while (r == 0 && slice_next_word(&record, &word)) {
		if (!slice_next(&word, '=', &name) || !text_is_graphic(word) || word.len == 0)
			return error_set(err, ERR_SYNTAX, "a private key is described in a way that is not understood");
		r = take_value(name, word, arena, &header, err);
	}
	if (r < 0)
		return r;
	if (header.blob.len > 0 && public_key_parse(header.blob, &key, err) < 0)
		return error_set(err, ERR_SYNTAX, "the public half of a private key is malformed");
	header.encrypted = encrypted_by(&header);
	/* The formats of PEM hash the passphrase once, with MD5. */
	if (header.kdf.len == 0 && header.encrypted == PRIVATE_ENCRYPTED && strncmp(header.format, "pem-", 4) == 0)
		header.kdf = slice_of("md5");
	*ret_header = header;
	return 0;
}

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

/* Take a DER value with this tag off the front (X.690). False when it is not there whole. */
static bool take_der(struct slice *rest, unsigned tag, struct slice *ret_value)
{
	size_t at = 2, len;

	if (rest->len < 2 || (unsigned char)rest->ptr[0] != tag)
		return false;
	len = (unsigned char)rest->ptr[1];
	if (len > 128) {
		size_t bytes = len & 127;

		if (bytes > 2 || rest->len < 2 + bytes)
			return false;
		for (len = 0; at < 2 + bytes; at++)
			len = len << 8 | (unsigned char)rest->ptr[at];
	} else if (len == 128) {
		return false;
	}
	if (rest->len - at < len)
		return false;
	*ret_value = (struct slice){ .ptr = rest->ptr + at, .len = len };
	*rest = slice_sub(*rest, at + len, SIZE_MAX);
	return true;
}

#define DER_INTEGER  0x02
#define DER_OCTETS   0x04
#define DER_OID      0x06
#define DER_SEQUENCE 0x30

static const struct {
	const char *oid;
	const char *name;
} algorithms[] = {
	{ "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c", "pbkdf2" },
	{ "\x2b\x06\x01\x04\x01\xda\x47\x04\x0b", "scrypt" },
	{ "\x60\x86\x48\x01\x65\x03\x04\x01\x02", "aes128-cbc" },
	{ "\x60\x86\x48\x01\x65\x03\x04\x01\x16", "aes192-cbc" },
	{ "\x60\x86\x48\x01\x65\x03\x04\x01\x2a", "aes256-cbc" },
	{ "\x2a\x86\x48\x86\xf7\x0d\x03\x07", "3des-cbc" },
	{ "\x2b\x0e\x03\x02\x07", "des-cbc" },
};

static struct slice algorithm_name(struct slice oid)
{
	for (size_t i = 0; i < countof(algorithms); i++)
		if (slice_is(oid, algorithms[i].oid))
			return slice_of(algorithms[i].name);
	return slice_of("other");
}

static uint64_t der_number(struct slice value)
{
	uint64_t number = 0;

	for (size_t i = 0; i < value.len && i < 7; i++)
		number = number << 8 | (unsigned char)value.ptr[i];
	return value.len > 7 ? 0 : number;
}

void private_header_algorithm(struct slice der, struct private_header *header)
{
	static const char pbes2[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d";
	struct slice      all, oid, parameters, kdf, cipher, value;

	header->cipher = header->kdf = slice_of("other");
	if (!take_der(&der, DER_SEQUENCE, &all) || !take_der(&all, DER_OID, &oid) || !slice_is(oid, pbes2) || !take_der(&all, DER_SEQUENCE, &parameters) ||
	    !take_der(&parameters, DER_SEQUENCE, &kdf) || !take_der(&parameters, DER_SEQUENCE, &cipher))
		return;
	if (take_der(&cipher, DER_OID, &oid))
		header->cipher = algorithm_name(oid);
	if (!take_der(&kdf, DER_OID, &oid))
		return;
	header->kdf = algorithm_name(oid);
	if (take_der(&kdf, DER_SEQUENCE, &value) && take_der(&value, DER_OCTETS, &oid) && take_der(&value, DER_INTEGER, &oid))
		header->rounds = der_number(oid);
}

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
	struct slice bytes;
	int          r = 0;

	if (slice_is(name, "cipher")) {
		header->cipher = value;
	} else if (slice_is(name, "kdf")) {
		header->kdf = value;
	} else if (slice_is(name, "rounds")) {
		r = text_parse_unsigned(value, 10, UINT32_MAX, &header->rounds, err);
	} else if (slice_is(name, "blob")) {
		r = take_hex(value, arena, &header->blob, err);
	} else if (slice_is(name, "algorithm")) {
		r = take_hex(value, arena, &bytes, err);
		if (r == 0)
			private_header_algorithm(bytes, header);
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

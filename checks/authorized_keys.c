#include "authorized_keys.h"

#include "authorized_options.h"
#include "base64.h"
#include "limit.h"
#include "sshd_match.h"
#include "text.h"

#define RSA_BITS_LEAST 1024u /* what OpenSSH refuses to read below, as of 7.6 */
#define RSA_BITS_MOST  16384u

/* Names that stand for a type of key with another name in the blob: sshd knows them as signature algorithms and takes them here. */
static const struct {
	const char *name;
	const char *type;
} aliases[] = {
	{ "rsa-sha2-256", "ssh-rsa" },
	{ "rsa-sha2-512", "ssh-rsa" },
	{ "webauthn-sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com" },
};

static struct slice skip_blanks(struct slice s)
{
	while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
		s = slice_sub(s, 1, SIZE_MAX);
	return s;
}

static struct slice take_word(struct slice *rest)
{
	struct slice word = *rest;
	size_t       len = 0;

	while (len < rest->len && rest->ptr[len] != ' ' && rest->ptr[len] != '\t')
		len++;
	word.len = len;
	*rest = slice_sub(*rest, len, SIZE_MAX);
	return word;
}

/* base64 as libresolv reads it: white space anywhere. Into the arena; an empty slice when it is none. ERR_NOMEM only. */
static int decode(struct slice text, struct arena *arena, struct slice *ret_bytes, struct error *err)
{
	char      *letters = arena_alloc(arena, text.len + 1);
	size_t     len = 0;
	struct buf bytes;
	char      *copy;
	int        r = 0;

	*ret_bytes = (struct slice){ 0 };
	if (!letters)
		return error_nomem(err);
	for (size_t i = 0; i < text.len; i++)
		if (!isspace((unsigned char)text.ptr[i]))
			letters[len++] = text.ptr[i];
	buf_init(&bytes, BASE64_DECODED_MAX(len));
	if (base64_decode(&bytes, (struct slice){ .ptr = letters, .len = len }, err) == 0) {
		copy = arena_copy(arena, buf_text(&bytes), bytes.len);
		r = copy ? 0 : error_nomem(err);
		*ret_bytes = (struct slice){ .ptr = copy, .len = copy ? bytes.len : 0 };
	}
	buf_free(&bytes);
	return r;
}

static struct slice type_of(struct slice name)
{
	for (size_t i = 0; i < countof(aliases); i++)
		if (slice_is(name, aliases[i].name))
			return slice_of(aliases[i].type);
	return name;
}

/* Why sshd cannot use a blob as a key of that type; NULL when it can. */
static const char *check_blob(struct slice type, struct slice blob, struct public_key *ret_key)
{
	struct public_key key;

	if (blob.len == 0)
		return "its key is not base64";
	if (public_key_parse(blob, &key, NULL) < 0)
		return "its key is cut short or malformed";
	if (!slice_equal(type_of(type), key.type))
		return "its key is of another type than the line says";
	if (key.bits == 0)
		return "its key is of a type that sshd does not know";
	if (slice_is(key.type, "ssh-rsa") && (key.bits < RSA_BITS_LEAST || key.bits > RSA_BITS_MOST))
		return "its RSA key has a size that sshd refuses";
	if (!public_key_is_on_curve(blob))
		return "the point of its key is not on the curve";
	*ret_key = key;
	return NULL;
}

/* Whether a word is the name of a type of key, known to sshd or not. */
static bool is_type(struct slice word)
{
	static const char *const beginnings[] = { "ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-sha2-", "rsa-sha2-", "webauthn-sk-", NULL };

	for (size_t i = 0; beginnings[i]; i++)
		if (slice_has_prefix(word, beginnings[i]))
			return true;
	return false;
}

/* "type base64 comment": NULL in *ret_why when there is a key. ERR_NOMEM only. */
static int read_key(struct slice text, struct arena *arena, struct authorized_key *key, const char **ret_why, struct error *err)
{
	struct slice type = take_word(&text), word;
	int          r;

	*ret_why = "it holds no key";
	text = skip_blanks(text);
	if (!is_type(type) || text.len == 0)
		return 0;
	word = take_word(&text);
	r = decode(word, arena, &key->blob, err);
	if (r < 0)
		return r;
	*ret_why = check_blob(type, key->blob, &key->key);
	key->comment = slice_trim(text);
	return 0;
}

/* Past the options: the first blank that is not in quotes. False when a quote is not closed. */
static bool skip_options(struct slice *rest)
{
	bool   quoted = false;
	size_t at = 0;

	for (; at < rest->len && (quoted || (rest->ptr[at] != ' ' && rest->ptr[at] != '\t')); at++) {
		if (rest->ptr[at] == '\\' && at + 1 < rest->len && rest->ptr[at + 1] == '"')
			at++;
		else if (rest->ptr[at] == '"')
			quoted = !quoted;
	}
	*rest = slice_sub(*rest, at, SIZE_MAX);
	return !(rest->len == 0 && quoted);
}

/* What is wrong with a line whose key and options could be read. */
static const char *check_use(const struct authorized_key *key)
{
	if (key->key.certificate)
		return "a certificate in place of a key lets nobody in";
	if (key->principals.ptr && !key->cert_authority)
		return "it has principals= without cert-authority";
	if (key->from.ptr && sshd_match_address(slice_of("192.0.2.1"), key->from) == SSHD_MATCH_REFUSED)
		return "its from= has a network that sshd refuses";
	if (key->from.ptr && key->from.len == 0)
		return "its from= is empty, which no address is in";
	return NULL;
}

/* The key, on its own or after options. */
static int parse_line(struct slice line, const struct authorized_clock *clock, struct arena *arena, struct authorized_key *key, struct error *err)
{
	struct slice rest = line;
	const char  *first, *second;
	int          r = read_key(line, arena, key, &first, err);

	if (r < 0 || !first)
		return r;
	if (!skip_options(&rest)) {
		key->why = "a quote of its options is not closed";
		return 0;
	}
	r = read_key(skip_blanks(rest), arena, key, &second, err);
	if (r < 0)
		return r;
	if (second) {
		struct slice word = line;

		key->why = is_type(take_word(&word)) ? first : second;
		return 0;
	}
	return authorized_options_parse(line, clock, arena, key, err);
}

int authorized_key_parse(struct slice line, const struct authorized_clock *clock, struct arena *arena, struct authorized_key *ret_key,
                         struct error *err)
{
	struct authorized_key key = { .port_forwarding = true, .agent_forwarding = true, .x11_forwarding = true, .pty = true, .user_rc = true };
	const char           *end = line.len > 0 ? memchr(line.ptr, '\0', line.len) : NULL;
	int                   r;

	if (end)
		line.len = (size_t)(end - line.ptr);
	line = skip_blanks(line);
	if (slice_trim(line).len == 0 || line.ptr[0] == '#') {
		*ret_key = (struct authorized_key){ .empty = true };
		return 0;
	}
	r = parse_line(line, clock, arena, &key, err);
	if (r < 0)
		return r;
	if (key.why && key.key.type.len == 0)
		key.blob = (struct slice){ 0 };
	if (!key.why)
		key.why = check_use(&key);
	key.expired = !key.why && key.expires != 0 && clock->now > 0 && key.expires < clock->now;
	*ret_key = key;
	return 0;
}

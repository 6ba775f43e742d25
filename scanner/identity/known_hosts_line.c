#include "known_hosts_line.h"

#include "base64.h"
#include "reader.h"

#define PATTERN_MAX 1022 /* ssh takes no longer ones: a line with one never applies */

static const struct {
	const char             *text;
	enum known_hosts_marker marker;
} markers[] = {
	{ "@revoked", KNOWN_HOSTS_REVOKE },
	{ "@cert-authority", KNOWN_HOSTS_CA },
};

bool known_hosts_line_is_empty(struct slice line)
{
	line = slice_trim(line);
	return line.len == 0 || line.ptr[0] == '#';
}

static int take_marker(struct slice *rest, enum known_hosts_marker *ret_marker, struct error *err)
{
	struct slice tail = *rest;
	struct slice word;

	if (!slice_next_word(&tail, &word) || word.ptr[0] != '@') {
		*ret_marker = KNOWN_HOSTS_PLAIN;
		return 0;
	}
	for (size_t i = 0; i < countof(markers); i++) {
		if (slice_is(word, markers[i].text)) {
			*ret_marker = markers[i].marker;
			*rest = tail;
			return 0;
		}
	}
	return error_set(err, ERR_SYNTAX, "unknown marker");
}

static int decode_hash(struct slice text, unsigned char out[KNOWN_HOSTS_HASH], struct error *err)
{
	struct buf bytes;
	int        r;

	buf_init(&bytes, (size_t)2 * KNOWN_HOSTS_HASH);
	r = base64_decode(&bytes, text, err);
	if (r == 0 && bytes.len != KNOWN_HOSTS_HASH)
		r = error_set(err, ERR_SYNTAX, "hashed host of a wrong length");
	if (r == 0)
		memcpy(out, bytes.ptr, KNOWN_HOSTS_HASH);
	buf_free(&bytes);
	return r;
}

/* "|1|salt|hash" */
static int parse_hashed(struct slice hosts, struct known_hosts_line *line, struct error *err)
{
	struct slice rest = slice_sub(hosts, 3, SIZE_MAX);
	struct slice salt;
	int          r;

	if (!slice_has_prefix(hosts, "|1|") || !slice_next(&rest, '|', &salt))
		return error_set(err, ERR_SYNTAX, "unknown way of hashing the host");
	r = decode_hash(salt, line->salt, err);
	if (r == 0)
		r = decode_hash(rest, line->hash, err);
	if (r == 0)
		line->hashed = true;
	return r;
}

static int check_patterns(struct slice hosts, struct error *err)
{
	struct slice pattern;

	while (slice_next(&hosts, ',', &pattern))
		if (pattern.len > PATTERN_MAX)
			return error_set(err, ERR_SYNTAX, "host pattern of %zu bytes", pattern.len);
	return 0;
}

static int parse_hosts(struct slice *rest, struct known_hosts_line *line, struct error *err)
{
	if (!slice_next_word(rest, &line->hosts))
		return error_set(err, ERR_SYNTAX, "no host");
	if (line->hosts.ptr[0] == '@')
		return error_set(err, ERR_SYNTAX, "more than one marker");
	return line->hosts.ptr[0] == '|' ? parse_hashed(line->hosts, line, err)
	                                 : check_patterns(line->hosts, err);
}

/* True when no mpint begins with a zero byte that its sign does not need. */
static bool has_minimal_numbers(struct slice numbers)
{
	struct slice n;

	while (reader_string(&numbers, &n))
		if (n.len > 0 && n.ptr[0] == '\0' && (n.len == 1 || !((unsigned char)n.ptr[1] & 0x80)))
			return false;
	return true;
}

int known_hosts_line_parse_key(struct slice key, struct public_key *ret_key, struct error *err)
{
	struct public_key parsed;
	struct slice      rest = key;
	struct slice      type;
	int               r = public_key_parse(key, &parsed, err);

	if (r < 0)
		return r;
	if ((slice_is(parsed.type, "ssh-rsa") || slice_is(parsed.type, "ssh-dss")) &&
	    !(reader_string(&rest, &type) && has_minimal_numbers(rest)))
		return error_set(err, ERR_PROTOCOL, "the numbers of the key have needless zeros before them");
	*ret_key = parsed;
	return 0;
}

static int parse_key(struct slice rest, struct known_hosts_line *line, struct buf *key, struct error *err)
{
	struct public_key parsed = { 0 };
	struct slice      type = { 0 };
	struct slice      base64 = { 0 };
	int               r;

	if (!slice_next_word(&rest, &type) || !slice_next_word(&rest, &base64))
		return error_set(err, ERR_SYNTAX, "no key");
	buf_clear(key);
	r = base64_decode(key, slice_trim(base64), err);
	if (r == 0)
		r = known_hosts_line_parse_key(buf_slice(key), &parsed, err);
	if (r < 0)
		return r;
	if (!slice_equal(parsed.type, type))
		return error_set(err, ERR_SYNTAX, "the key is not of the type the line says");
	line->type = parsed.type;
	return 0;
}

int known_hosts_line_parse(struct slice line, struct known_hosts_line *ret_line, struct buf *key,
                           struct error *err)
{
	struct known_hosts_line parsed = { 0 };
	const char             *nul = line.len > 0 ? memchr(line.ptr, '\0', line.len) : NULL;
	int                     r;

	if (nul) /* where ssh stops reading, too */
		line.len = (size_t)(nul - line.ptr);
	r = take_marker(&line, &parsed.marker, err);
	if (r == 0)
		r = parse_hosts(&line, &parsed, err);
	if (r == 0)
		r = parse_key(line, &parsed, key, err);
	if (r == ERR_NOMEM)
		return r;
	if (r < 0)
		return err ? err->code = ERR_SYNTAX : ERR_SYNTAX;
	*ret_line = parsed;
	return 0;
}

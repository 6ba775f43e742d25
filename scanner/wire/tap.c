#include "tap.h"

#include "limit.h"

#define PACKET_HEADER   5u /* uint32 packet length, byte padding length */
#define MESSAGE_KEXINIT 20 /* RFC 4253, section 12 */

void tap_init(struct tap *t)
{
	*t = (struct tap){ 0 };
	buf_init(&t->bytes, LIMIT_BANNER_LINES + LIMIT_KEXINIT + PACKET_HEADER);
}

void tap_fini(struct tap *t)
{
	buf_free(&t->bytes);
	*t = (struct tap){ 0 };
}

/* What has come and is not understood yet. */
static struct slice unread(const struct tap *t)
{
	return slice_sub(buf_slice(&t->bytes), t->parsed, SIZE_MAX);
}

/* Take one line; 1 when there was a whole one, 0 when more bytes are needed. */
static int take_line(struct tap *t, struct error *err)
{
	struct slice rest = unread(t);
	struct slice line = { 0 };
	bool         ended = false;

	if (!slice_next_line(&rest, &line, &ended) || !ended) {
		if (t->parsed + line.len > LIMIT_BANNER_LINES)
			return error_set(err, ERR_PROTOCOL, "%u bytes came without an SSH identification", LIMIT_BANNER_LINES);
		return 0;
	}
	if (slice_has_prefix(line, "SSH-")) {
		if (line.len >= LIMIT_IDENTIFICATION)
			return error_set(err, ERR_PROTOCOL, "the SSH identification is longer than %u bytes", LIMIT_IDENTIFICATION);
		t->preface = t->parsed;
		t->identification = line;
		while (t->identification.len > 0 && t->identification.ptr[t->identification.len - 1] == '\r')
			t->identification.len--;
	}
	t->parsed += line.len + 1;
	return 1;
}

/* Take one unencrypted packet; the first is the KEXINIT, unless the other side says something unimportant before it. */
static int take_packet(struct tap *t, struct error *err)
{
	struct slice         rest = unread(t);
	const unsigned char *p = (const unsigned char *)rest.ptr;
	size_t               length;
	size_t               padding;

	if (rest.len < PACKET_HEADER)
		return 0;
	length = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	padding = p[4];
	if (length > LIMIT_KEXINIT || length < padding + 2)
		return error_set(err, ERR_PROTOCOL, "a packet of %zu bytes with %zu bytes of padding cannot be", length, padding);
	if (rest.len < 4 + length)
		return 0;
	if (p[PACKET_HEADER] == MESSAGE_KEXINIT) {
		t->kexinit = slice_sub(rest, PACKET_HEADER, length - padding - 1);
		t->done = true;
	}
	t->parsed += 4 + length;
	return 1;
}

/* Views move with the buffer: remember them as offsets while it grows. */
static int keep(struct tap *t, const void *bytes, size_t len, struct error *err)
{
	size_t room = t->bytes.max - t->bytes.len;
	size_t offset = t->identification.len > 0 ? (size_t)(t->identification.ptr - t->bytes.ptr) : 0;
	int    r = buf_append(&t->bytes, bytes, len < room ? len : room, err);

	if (r == 0 && t->identification.len > 0)
		t->identification.ptr = t->bytes.ptr + offset;
	return r;
}

int tap_feed(struct tap *t, const void *bytes, size_t len, struct error *err)
{
	int r;

	if (t->done)
		return 0;
	r = keep(t, bytes, len, err);
	if (r < 0)
		return r;
	do {
		r = t->identification.len == 0 ? take_line(t, err) : take_packet(t, err);
	} while (r > 0 && !t->done);
	if (r == 0 && t->bytes.len == t->bytes.max)
		return error_set(err, ERR_PROTOCOL, "no SSH_MSG_KEXINIT in the first %zu bytes", t->bytes.max);
	return r < 0 ? r : 0;
}

struct slice tap_rest(const struct tap *t)
{
	return t->done ? unread(t) : (struct slice){ 0 };
}

struct slice tap_preface(const struct tap *t)
{
	return slice_sub(buf_slice(&t->bytes), 0, t->identification.len > 0 ? t->preface : t->bytes.len);
}

#include "evidence.h"

#include "limit.h"
#include "mem.h"
#include "text.h"

#define NONCE_DIGITS 32u
#define FRAME_PREFIX (NONCE_DIGITS + 1) /* the nonce and the space that follows it */
#define QUOTE_SIZE   256u               /* of what a target said, in an error's text */

static const char magic[] = "sshvet-evidence ";

/* A section, the block that holds its name and arguments, and the copy of its body where that is not in the stream. */
struct stored {
	struct section section; /* first: evidence_find_next() comes back from it */
	size_t         name_len;
	void          *memory;
	char          *body;
};

struct evidence {
	struct buf     bytes;                   /* the stream that parsed sections point into */
	char           nonce[FRAME_PREFIX + 1]; /* with the space, as every frame line begins */
	struct stored *sections;
	size_t         count;
	size_t         cap;
	bool           complete;
};

struct parser {
	struct evidence     *ev;
	enum evidence_origin origin;
	struct slice         rest;
	struct buf           value; /* one argument, being decoded */
};

static bool is_own_name(struct slice name)
{
	return slice_has_prefix(name, "wire.") || slice_has_prefix(name, "scanner.");
}

static bool is_name(struct slice name, const char *extra)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && (c == '\0' || !strchr(extra, c)))
			return false;
	}
	return name.len > 0;
}

static bool is_nonce(struct slice digits)
{
	for (size_t i = 0; i < digits.len; i++) {
		char c = digits.ptr[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
			return false;
	}
	return digits.len == NONCE_DIGITS;
}

/* What a target sent, in quotes, for an error's text. */
static int refuse(struct error *err, const char *what, struct slice got)
{
	char quote[QUOTE_SIZE];

	return error_set(err, ERR_PROTOCOL, "malformed evidence: %s '%s'", what, text_clean_into(quote, sizeof(quote), got));
}

/* The header line may follow a prompt or a message of the day that did not end its line, so it is looked for anywhere. */
static bool find_magic(struct slice *stream, size_t *skipped)
{
	while (*skipped <= LIMIT_EVIDENCE_NOISE) {
		const char *at = stream->len > 0 ? memchr(stream->ptr, magic[0], stream->len) : NULL;
		size_t      n = at ? (size_t)(at - stream->ptr) : 0;

		if (!at || *skipped + n > LIMIT_EVIDENCE_NOISE)
			return false;
		*skipped += n;
		*stream = slice_sub(*stream, n, SIZE_MAX);
		if (slice_has_prefix(*stream, magic))
			return true;
		*skipped += 1;
		*stream = slice_sub(*stream, 1, SIZE_MAX);
	}
	return false;
}

/* "1 NONCE\n": 1 when it is, 0 when it is none of ours, ERR_* when it says that there will be no evidence. */
static int read_header(struct slice *rest, char *nonce, struct error *err)
{
	static const char error_mark[] = "1 error ";
	char              quote[QUOTE_SIZE];
	struct slice      digits = slice_sub(*rest, 2, NONCE_DIGITS);
	struct slice      head = slice_sub(*rest, 0, QUOTE_SIZE);
	struct slice      version;

	if (slice_has_prefix(*rest, error_mark)) {
		struct slice line = slice_sub(head, sizeof(error_mark) - 1, SIZE_MAX);
		struct slice said;

		if (!slice_next(&line, '\n', &said) || said.len == 0)
			said = slice_of("no reason given");
		return error_set(err, ERR_COLLECTOR_FAILED, "the collector could not start: %s",
		                 text_clean_into(quote, sizeof(quote), slice_trim(said)));
	}
	if (slice_has_prefix(*rest, "1 ") && is_nonce(digits) &&
	    slice_is(slice_sub(*rest, 2 + NONCE_DIGITS, 1), "\n")) {
		memcpy(nonce, digits.ptr, NONCE_DIGITS);
		nonce[NONCE_DIGITS] = ' ';
		*rest = slice_sub(*rest, 2 + NONCE_DIGITS + 1, SIZE_MAX);
		return 1;
	}
	if (slice_next(&head, ' ', &version) && version.len <= 9 && is_name(version, "") && !slice_is(version, "1") &&
	    version.ptr[0] <= '9')
		return error_set(err, ERR_PROTOCOL, "the collector speaks evidence format %.*s; this program knows format 1",
		                 (int)version.len, version.ptr);
	return 0;
}

static int read_start(struct parser *p, struct error *err)
{
	struct slice noise = slice_trim(slice_sub(p->rest, 0, LIMIT_EVIDENCE_NOISE));
	char         quote[QUOTE_SIZE];
	size_t       skipped = 0;

	while (find_magic(&p->rest, &skipped)) {
		struct slice after = slice_sub(p->rest, sizeof(magic) - 1, SIZE_MAX);
		int          r = read_header(&after, p->ev->nonce, err);

		if (r < 0)
			return r;
		if (r > 0) {
			p->rest = after;
			return 0;
		}
		p->rest = slice_sub(p->rest, 1, SIZE_MAX);
		skipped++;
	}
	if (noise.len == 0)
		return error_set(err, ERR_COLLECTOR_FAILED, "the target sent nothing instead of evidence");
	return error_set(err, ERR_COLLECTOR_FAILED, "the target sent no evidence but this: %s",
	                 text_clean_into(quote, sizeof(quote), noise));
}

/* Where the newline stands that the next frame line follows; the length of `bytes` when there is none. */
static size_t find_frame(struct slice bytes, const char *nonce)
{
	size_t offset = 0;

	while (bytes.len - offset > FRAME_PREFIX) {
		const char *at = memchr(bytes.ptr + offset, '\n', bytes.len - offset - FRAME_PREFIX);

		if (!at)
			break;
		offset = (size_t)(at - bytes.ptr);
		if (memcmp(at + 1, nonce, FRAME_PREFIX) == 0)
			return offset;
		offset++;
	}
	return bytes.len;
}

/* The next frame line without its nonce. 0 when the stream broke off in it or before it, 1 when it is whole. */
static int next_frame(struct parser *p, struct slice *ret_line, struct error *err)
{
	struct slice start = slice_sub(p->rest, 0, FRAME_PREFIX);
	struct slice line = { 0 };
	bool         ended = false;

	if (start.len > 0 && memcmp(start.ptr, p->ev->nonce, start.len) != 0)
		return refuse(err, "a line that belongs to no section:", slice_sub(p->rest, 0, QUOTE_SIZE));
	if (start.len < FRAME_PREFIX || !slice_next_line(&p->rest, &line, &ended) || !ended)
		return 0;
	*ret_line = slice_sub(line, FRAME_PREFIX, SIZE_MAX);
	return 1;
}

/* One more section, of which nothing is known yet. */
static int add_stored(struct evidence *ev, struct stored **ret_stored, struct error *err)
{
	if (ev->count >= LIMIT_SECTIONS)
		return error_set(err, ERR_EVIDENCE_TOO_LARGE, "more than %u sections of evidence", LIMIT_SECTIONS);
	if (ev->count == ev->cap) {
		size_t         cap = ev->cap ? ev->cap * 2 : 32;
		struct stored *more = mem_resize(ev->sections, cap, sizeof(*more));

		if (!more)
			return error_nomem(err);
		ev->sections = more;
		ev->cap = cap;
	}
	ev->sections[ev->count] = (struct stored){ .section.status = -1 };
	*ret_stored = &ev->sections[ev->count++];
	return 0;
}

static void drop_last(struct evidence *ev)
{
	struct stored *st = &ev->sections[--ev->count];

	mem_free(st->memory);
	mem_free(st->body);
}

static int decode_value(struct parser *p, struct slice text, struct error *err)
{
	int r;

	buf_clear(&p->value);
	r = text_percent_decode(&p->value, text, err);
	return r == ERR_SYNTAX ? refuse(err, "an argument that does not decode:", text) : r;
}

/* "name=value" at `word`, in memory of the section's own: the name is ended and the value decoded in place. */
static int read_arg(struct parser *p, char *word, size_t len, struct section_arg *ret_arg, struct error *err)
{
	char  *equals = memchr(word, '=', len);
	size_t name_len = equals ? (size_t)(equals - word) : 0;
	int    r;

	if (!equals || !is_name((struct slice){ .ptr = word, .len = name_len }, "_"))
		return refuse(err, "an argument that is not name=value:", (struct slice){ .ptr = word, .len = len });
	r = decode_value(p, (struct slice){ .ptr = equals + 1, .len = len - name_len - 1 }, err);
	if (r < 0)
		return r;
	*equals = '\0';
	if (p->value.len > 0)
		memcpy(equals + 1, p->value.ptr, p->value.len);
	*ret_arg = (struct section_arg){ .name = word, .value = { .ptr = equals + 1, .len = p->value.len } };
	return 0;
}

/* The words after the section's name. The caller made room for LIMIT_SECTION_ARGS of them at most. */
static int read_args(struct parser *p, struct section *s, struct section_arg *args, char *at, char *end, struct error *err)
{
	while (at < end) {
		char  *space = memchr(at, ' ', (size_t)(end - at));
		size_t len = (size_t)((space ? space : end) - at);
		int    r;

		if (s->nargs == LIMIT_SECTION_ARGS)
			return error_set(err, ERR_PROTOCOL, "malformed evidence: section %s has more than %u arguments", s->name,
			                 LIMIT_SECTION_ARGS);
		r = read_arg(p, at, len, &args[s->nargs], err);
		if (r < 0)
			return r;
		if (section_arg(s, args[s->nargs].name).ptr)
			return error_set(err, ERR_PROTOCOL, "malformed evidence: section %s has two arguments %s", s->name,
			                 args[s->nargs].name);
		s->nargs++;
		at += len + 1;
	}
	return 0;
}

static size_t count_bytes(struct slice s, char byte)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.ptr[i] == byte;
	return n;
}

/* "SECTION [name=value …]". Names end in NUL and values are decoded, so both live in a copy: on failure the stream has to stay as it was. */
static int read_begin(struct parser *p, struct slice line, struct stored *st, struct error *err)
{
	struct slice        rest = line;
	struct slice        name = { 0 };
	size_t              nargs = count_bytes(line, ' ');
	struct section_arg *args;
	char               *copy;

	if (!slice_next(&rest, ' ', &name) || !is_name(name, "_."))
		return refuse(err, "not a section's name:", name);
	if (p->origin != EVIDENCE_SAVED && is_own_name(name))
		return refuse(err, "a section only the scanner may add:", name);
	if (nargs > LIMIT_SECTION_ARGS)
		nargs = LIMIT_SECTION_ARGS;
	args = mem_zalloc(nargs * sizeof(*args) + line.len + 1);
	if (!args)
		return error_nomem(err);
	st->memory = args;
	copy = (char *)(args + nargs);
	memcpy(copy, line.ptr, line.len);
	copy[name.len] = '\0';
	st->section.name = copy;
	st->name_len = name.len;
	st->section.args = args;
	return rest.len == 0 ? 0 : read_args(p, &st->section, args, copy + name.len + 1, copy + line.len, err);
}

/* A body as long as it was allowed to be may have had more to come. */
static int mark_truncated(struct section *s, struct error *err)
{
	struct slice limit = section_arg(s, "limit");
	uint64_t     value;

	if (!limit.ptr)
		return 0;
	if (text_parse_unsigned(limit, 10, UINT64_MAX, &value, NULL) < 0)
		return refuse(err, "not a limit:", limit);
	if (s->body.len >= value)
		s->truncated = true;
	return 0;
}

/* "SECTION STATUS [truncated]" */
static int read_end(struct slice line, struct section *s, struct error *err)
{
	struct slice rest = line;
	struct slice word = { 0 };
	uint64_t     status;

	if (!slice_next(&rest, ' ', &word) || !slice_is(word, s->name))
		return error_set(err, ERR_PROTOCOL, "malformed evidence: section %s ends as another one", s->name);
	if (!slice_next(&rest, ' ', &word) || text_parse_unsigned(word, 10, 255, &status, NULL) < 0)
		return refuse(err, "not an exit status:", line);
	s->truncated = slice_is(rest, "truncated");
	if (rest.len > 0 && !s->truncated)
		return refuse(err, "not the end of a section:", line);
	s->status = (int)status;
	s->ended = true;
	return mark_truncated(s, err);
}

/* 1 when the section ended, 0 when the stream broke off in it. */
static int read_section(struct parser *p, struct slice begin, struct error *err)
{
	struct stored *st;
	struct slice   line;
	size_t         len;
	int            r;

	r = add_stored(p->ev, &st, err);
	if (r == 0)
		r = read_begin(p, begin, st, err);
	if (r < 0)
		return r;
	len = find_frame(p->rest, p->ev->nonce);
	st->section.body = slice_sub(p->rest, 0, len);
	st->section.truncated = true; /* until the end line says otherwise */
	p->rest = slice_sub(p->rest, len < p->rest.len ? len + 1 : len, SIZE_MAX);
	r = next_frame(p, &line, err);
	if (r <= 0)
		return r;
	if (!slice_has_prefix(line, "end "))
		return error_set(err, ERR_PROTOCOL, "malformed evidence: section %s does not end before the next line of the frame",
		                 st->section.name);
	r = read_end(slice_sub(line, sizeof("end ") - 1, SIZE_MAX), &st->section, err);
	return r < 0 ? r : 1;
}

/* Everything after the header line. */
static int read_sections(struct parser *p, struct error *err)
{
	for (;;) {
		struct slice line = { 0 };
		int          r = next_frame(p, &line, err);

		if (r <= 0)
			return r;
		if (slice_is(line, "done")) {
			p->ev->complete = true;
			return 0;
		}
		if (!slice_has_prefix(line, "begin "))
			return refuse(err, "a line of the frame that is out of place:", line);
		r = read_section(p, slice_sub(line, sizeof("begin ") - 1, SIZE_MAX), err);
		if (r <= 0)
			return r;
	}
}

int evidence_parse(struct buf *stream, enum evidence_origin origin, struct evidence **ret_evidence, struct error *err)
{
	struct parser p = { .origin = origin, .rest = buf_slice(stream) };
	int           r;

	buf_init(&p.value, LIMIT_EVIDENCE);
	p.ev = mem_zalloc(sizeof(*p.ev));
	if (!p.ev)
		return error_nomem(err);
	r = read_start(&p, err);
	if (r == 0)
		r = read_sections(&p, err);
	buf_free(&p.value);
	if (r < 0) {
		evidence_free(p.ev);
		return r;
	}
	p.ev->bytes = *stream;
	buf_init(stream, stream->max);
	*ret_evidence = p.ev;
	return 0;
}

void evidence_free(struct evidence *ev)
{
	if (!ev)
		return;
	while (ev->count > 0)
		drop_last(ev);
	mem_free(ev->sections);
	buf_free(&ev->bytes);
	mem_free(ev);
}

bool evidence_is_complete(const struct evidence *ev)
{
	return ev->complete;
}

static const struct section *find_from(const struct evidence *ev, size_t first, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = first; i < ev->count; i++) {
		const struct stored *st = &ev->sections[i];

		if (st->name_len == len && memcmp(st->section.name, name, len) == 0)
			return &st->section;
	}
	return NULL;
}

const struct section *evidence_find(const struct evidence *ev, const char *name)
{
	return find_from(ev, 0, name);
}

const struct section *evidence_find_next(const struct evidence *ev, const struct section *previous)
{
	const struct stored *st = (const struct stored *)(const void *)previous;

	return find_from(ev, (size_t)(st - ev->sections) + 1, previous->name);
}

struct slice section_arg(const struct section *s, const char *name)
{
	for (size_t i = 0; i < s->nargs; i++) {
		if (strcmp(s->args[i].name, name) == 0)
			return s->args[i].value;
	}
	return (struct slice){ 0 };
}

/* What follows "begin " in the first line of a section. */
static int write_pairs(struct buf *out, const char *name, const struct evidence_pair *args, size_t nargs, struct error *err)
{
	int r = buf_append_text(out, name, err);

	for (size_t i = 0; i < nargs && r == 0; i++) {
		r = buf_printf(out, err, " %s=", args[i].name);
		if (r == 0)
			r = text_percent_encode(out, slice_of(args[i].value), err);
	}
	return r;
}

/* A body that holds the frame's own line would be read back as something else; only a target that guessed its nonce can mean that. */
static int keep_body(const struct evidence *ev, struct stored *st, struct slice body, struct error *err)
{
	if (find_frame(body, ev->nonce) < body.len)
		return refuse(err, "the frame's own line within section", slice_of(st->section.name));
	st->body = mem_copy_text(body.ptr, body.len);
	if (!st->body)
		return error_nomem(err);
	st->section.body = (struct slice){ .ptr = st->body, .len = body.len };
	st->section.status = 0;
	st->section.ended = true;
	return mark_truncated(&st->section, err);
}

int evidence_add(struct evidence *ev, const char *name, const struct evidence_pair *args, size_t nargs, struct slice body,
                 struct error *err)
{
	struct parser  p = { .ev = ev, .origin = EVIDENCE_SAVED };
	struct buf     line;
	struct stored *st;
	int            r;

	if (!is_own_name(slice_of(name)))
		return error_set(err, ERR_INTERNAL, "section %s is not the scanner's to add", name);
	r = add_stored(ev, &st, err);
	if (r < 0)
		return r;
	buf_init(&line, LIMIT_EVIDENCE);
	buf_init(&p.value, LIMIT_EVIDENCE);
	r = write_pairs(&line, name, args, nargs, err);
	if (r == 0)
		r = read_begin(&p, buf_slice(&line), st, err);
	if (r == 0)
		r = keep_body(ev, st, body, err);
	if (r < 0)
		drop_last(ev);
	buf_free(&line);
	buf_free(&p.value);
	return r;
}

static int write_begin(const struct evidence *ev, const struct section *s, struct buf *out, struct error *err)
{
	int r = buf_printf(out, err, "%sbegin %s", ev->nonce, s->name);

	for (size_t i = 0; i < s->nargs && r == 0; i++) {
		r = buf_printf(out, err, " %s=", s->args[i].name);
		if (r == 0)
			r = text_percent_encode(out, s->args[i].value, err);
	}
	return r < 0 ? r : buf_append_text(out, "\n", err);
}

static int write_section(const struct evidence *ev, const struct section *s, struct buf *out, struct error *err)
{
	int r = write_begin(ev, s, out, err);

	if (r == 0)
		r = buf_append_slice(out, s->body, err);
	if (r < 0 || !s->ended)
		return r;
	return buf_printf(out, err, "\n%send %s %d%s\n", ev->nonce, s->name, s->status, s->truncated ? " truncated" : "");
}

/* A section that broke off can only be the last: nothing tells where it ends. */
static int rank(const struct section *s)
{
	if (!s->ended)
		return 2;
	return is_own_name(slice_of(s->name)) ? 0 : 1;
}

int evidence_write(const struct evidence *ev, struct buf *out, struct error *err)
{
	int r = buf_printf(out, err, "%s1 %.*s\n", magic, (int)NONCE_DIGITS, ev->nonce);

	for (int turn = 0; turn <= 2; turn++) {
		for (size_t i = 0; i < ev->count && r == 0; i++) {
			if (rank(&ev->sections[i].section) == turn)
				r = write_section(ev, &ev->sections[i].section, out, err);
		}
	}
	if (r == 0 && ev->complete)
		r = buf_printf(out, err, "%sdone\n", ev->nonce);
	return r;
}

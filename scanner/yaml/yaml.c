/*
 * yaml.c: builds its own tree from libfyaml's events. The events show anchors, tags and aliases before anything is made of them, and
 * only text, kind and place are kept of a node.
 */
#include <libfyaml.h>

#include "yaml_node.h"

#include "mem.h"
#include "text.h"

#define DEPTH_MAX 64 /* collections inside one another; our own formats need eight */

/* A collection that is still open: its children are the pending nodes from `first` on. */
struct frame {
	struct yaml_node *node;
	size_t            first;
};

struct parser {
	struct yaml             *yaml;
	struct slice             text;
	struct fy_parser        *fy;
	struct fy_diag          *diag;
	const struct yaml_node **pending;
	size_t                   npending;
	size_t                   capacity;
	struct frame             frames[DEPTH_MAX];
	size_t                   depth;
	size_t                   documents;
	struct fy_mark           at; /* the last place known, for events that have none */
};

static int PRINTF(5, 0) fail_at(const struct yaml *y, size_t line, size_t column, struct error *err, const char *format, va_list args)
{
	char raw[sizeof(err->text)];
	char clean[sizeof(err->text)];

	vsnprintf(raw, sizeof(raw), format, args);
	text_clean_into(clean, sizeof(clean), slice_of(raw));
	return error_set(err, ERR_SYNTAX, "%s:%zu:%zu: %s", y->name, line, column, clean);
}

static int PRINTF(4, 5) fail_mark(const struct parser *p, const struct fy_mark *mark, struct error *err, const char *format, ...)
{
	va_list args;
	int     r;

	if (!mark)
		mark = &p->at;
	va_start(args, format);
	r = fail_at(p->yaml, (size_t)mark->line + 1, (size_t)mark->column + 1, err, format, args);
	va_end(args);
	return r;
}

/* libfyaml's own complaint, the first one: what follows it are consequences. */
static int fail_parse(const struct parser *p, struct error *err)
{
	void                       *iterator = NULL;
	const struct fy_diag_error *e = fy_diag_errors_iterate(p->diag, &iterator);

	if (!e || e->line < 1 || e->column < 1)
		return fail_mark(p, NULL, err, "%s", e && e->msg ? e->msg : "not YAML");
	return fail_mark(p, &(struct fy_mark){ .line = e->line - 1, .column = e->column - 1 }, err, "%s", e->msg);
}

static int push_pending(struct parser *p, const struct yaml_node *node, struct error *err)
{
	if (p->npending == p->capacity) {
		size_t                   capacity = p->capacity ? p->capacity * 2 : 64;
		const struct yaml_node **grown = mem_resize(p->pending, capacity, sizeof(struct yaml_node *));

		if (!grown)
			return error_nomem(err);
		p->pending = grown;
		p->capacity = capacity;
	}
	p->pending[p->npending++] = node;
	return 0;
}

/* True when the next node is a key of the innermost collection. */
static bool expects_key(const struct parser *p)
{
	const struct frame *top = p->depth > 0 ? &p->frames[p->depth - 1] : NULL;

	return top && top->node->kind == YAML_MAPPING && (p->npending - top->first) % 2 == 0;
}

/* libfyaml takes a quoted text to begin behind its quote, and an anchor behind its &; people look for the mark itself. */
static struct fy_mark place_of(const struct parser *p, const struct fy_mark *mark, const char *marks)
{
	struct fy_mark at = *mark;
	size_t         pos = mark->input_pos;

	if (mark->column > 0 && pos > 0 && pos <= p->text.len && strchr(marks, p->text.ptr[pos - 1]) && p->text.ptr[pos - 1] != '\0')
		at.column--;
	return at;
}

/* What this project's files do not use: each lets a file mean something else than a reader sees. */
static int refuse_extras(const struct parser *p, struct fy_event *event, struct error *err)
{
	struct fy_token *anchor = fy_event_get_anchor_token(event);
	struct fy_token *tag = fy_event_get_tag_token(event);

	if (anchor) {
		struct fy_mark at = place_of(p, fy_token_start_mark(anchor), "&");

		return fail_mark(p, &at, err, "anchors (&name) are not allowed; write the value where it is used");
	}
	if (tag)
		return fail_mark(p, fy_token_start_mark(tag), err, "tags (!name) are not allowed; quotes make a value text");
	if (expects_key(p) && event->type != FYET_SCALAR)
		return fail_mark(p, fy_event_start_mark(event), err, "a key must be a plain text");
	return 0;
}

static int add_node(struct parser *p, struct fy_event *event, enum yaml_kind kind, struct yaml_node **ret_node, struct error *err)
{
	struct yaml_node *node = NULL;
	int               r = refuse_extras(p, event, err);

	if (r < 0)
		return r;
	node = arena_alloc(&p->yaml->arena, sizeof(*node));
	if (!node)
		return error_nomem(err);
	node->file = p->yaml;
	node->kind = (uint16_t)kind;
	node->line = (uint32_t)p->at.line + 1;
	node->column = (uint32_t)p->at.column + 1;
	r = push_pending(p, node, err);
	if (r < 0)
		return r;
	*ret_node = node;
	return 0;
}

/* How many bytes `text` has before the first that no text file should hold: invalid UTF-8, or a control character other than a line
 * end or a tab. libfyaml stops quietly at the former. */
static size_t clean_bytes(struct slice text)
{
	size_t at = 0;

	while (at < text.len) {
		size_t n = 1;

		while (n <= 4 && !text_is_clean(slice_sub(text, at, n)))
			n++;
		if (n > 4 && !strchr("\t\n\r", text.ptr[at] ? text.ptr[at] : 'x'))
			return at;
		at += n > 4 ? 1 : n;
	}
	return at;
}

static int refuse_bytes(struct parser *p, struct slice text, struct error *err)
{
	static const char mark[] = "\xef\xbb\xbf"; /* byte order mark */
	struct slice      line;

	if (slice_has_prefix(text, mark))
		text = slice_sub(text, sizeof(mark) - 1, SIZE_MAX);
	for (p->at = (struct fy_mark){ 0 }; slice_next_line(&text, &line, NULL); p->at.line++) {
		size_t n = text_is_clean(line) ? line.len : clean_bytes(line);

		p->at.column = (int)n;
		if (n < line.len)
			return fail_mark(p, NULL, err, "byte %02x is no text: the file must be UTF-8 without control characters",
			                 (unsigned)(unsigned char)line.ptr[n]);
	}
	p->at = (struct fy_mark){ 0 };
	return 0;
}

static int on_scalar(struct parser *p, struct fy_event *event, struct error *err)
{
	size_t            len = 0;
	const char       *text = event->scalar.value ? fy_token_get_text(event->scalar.value, &len) : "";
	struct yaml_node *node = NULL;
	int               r = add_node(p, event, YAML_SCALAR, &node, err);

	if (r < 0 || !node)
		return r;
	if (!text || len >= UINT32_MAX)
		return error_nomem(err);
	if (clean_bytes((struct slice){ text, len }) < len)
		return fail_mark(p, NULL, err, "the text holds a control character");
	node->text = arena_copy(&p->yaml->arena, text, len);
	if (!node->text)
		return error_nomem(err);
	node->count = (uint32_t)len;
	node->quoted = event->scalar.value && fy_token_scalar_style(event->scalar.value) != FYSS_PLAIN;
	return 0;
}

static int open_collection(struct parser *p, struct fy_event *event, enum yaml_kind kind, struct error *err)
{
	struct yaml_node *node = NULL;
	int               r;

	if (p->depth == DEPTH_MAX)
		return fail_mark(p, fy_event_start_mark(event), err, "more than %d levels inside one another", DEPTH_MAX);
	r = add_node(p, event, kind, &node, err);
	if (r < 0)
		return r;
	p->frames[p->depth++] = (struct frame){ .node = node, .first = p->npending };
	return 0;
}

static int on_sequence_start(struct parser *p, struct fy_event *event, struct error *err)
{
	return open_collection(p, event, YAML_SEQUENCE, err);
}

static int on_mapping_start(struct parser *p, struct fy_event *event, struct error *err)
{
	return open_collection(p, event, YAML_MAPPING, err);
}

static int close_collection(struct parser *p, struct error *err)
{
	const struct frame      *top = &p->frames[p->depth - 1];
	size_t                   count = p->npending - top->first;
	const struct yaml_node **items = arena_alloc(&p->yaml->arena, count * sizeof(*items));

	if (!items || count >= UINT32_MAX)
		return error_nomem(err);
	if (count > 0)
		memcpy(items, p->pending + top->first, count * sizeof(*items));
	top->node->items = items;
	top->node->count = (uint32_t)count;
	p->npending = top->first;
	p->depth--;
	return 0;
}

static int on_sequence_end(struct parser *p, struct fy_event *event, struct error *err)
{
	(void)event;
	return close_collection(p, err);
}

static int compare_places(const struct yaml_node *a, const struct yaml_node *b)
{
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return (a->column > b->column) - (a->column < b->column);
}

/* By text, then by place, so that of two equal keys the later one comes second. */
static int compare_keys(const void *a, const void *b)
{
	const struct yaml_node *x = *(const struct yaml_node *const *)a;
	const struct yaml_node *y = *(const struct yaml_node *const *)b;
	size_t                  n = x->count < y->count ? x->count : y->count;
	int                     order = memcmp(x->text, y->text, n);

	if (order != 0)
		return order;
	if (x->count != y->count)
		return x->count < y->count ? -1 : 1;
	return compare_places(x, y);
}

/* The duplicate that stands first in the file is the one to report. */
static int refuse_duplicates(const struct yaml_node *mapping, const struct yaml_node **keys, struct error *err)
{
	const struct yaml_node *second = NULL;
	const struct yaml_node *first = NULL;
	size_t                  count = mapping->count / 2;

	for (size_t i = 0; i < count; i++)
		keys[i] = mapping->items[2 * i];
	qsort(keys, count, sizeof(struct yaml_node *), compare_keys);
	for (size_t i = 1; i < count; i++) {
		if (keys[i]->count != keys[i - 1]->count || memcmp(keys[i]->text, keys[i - 1]->text, keys[i]->count) != 0)
			continue;
		if (!second || compare_places(keys[i], second) < 0) {
			first = keys[i - 1];
			second = keys[i];
		}
	}
	if (!second)
		return 0;
	return yaml_error(second, err, "key '%s' is already in line %u; remove one of the two", second->text,
	                  (unsigned)first->line);
}

static int on_mapping_end(struct parser *p, struct fy_event *event, struct error *err)
{
	const struct yaml_node  *mapping = p->frames[p->depth - 1].node;
	const struct yaml_node **keys;
	int                      r = close_collection(p, err);

	(void)event;
	if (r < 0 || mapping->count < 4)
		return r;
	keys = mem_resize(NULL, mapping->count / 2, sizeof(struct yaml_node *));
	if (!keys)
		return error_nomem(err);
	r = refuse_duplicates(mapping, keys, err);
	mem_free(keys);
	return r;
}

static int on_alias(struct parser *p, struct fy_event *event, struct error *err)
{
	(void)event;
	return fail_mark(p, NULL, err,
	                 "aliases (*name) are not allowed; quote the value when the star is part of it");
}

static int on_document_start(struct parser *p, struct fy_event *event, struct error *err)
{
	if (p->documents++ > 0)
		return fail_mark(p, fy_event_start_mark(event), err, "a second document begins here; a file holds one");
	return 0;
}

typedef int event_handler(struct parser *p, struct fy_event *event, struct error *err);

static event_handler *const handlers[] = {
	[FYET_DOCUMENT_START] = on_document_start,
	[FYET_SCALAR] = on_scalar,
	[FYET_SEQUENCE_START] = on_sequence_start,
	[FYET_SEQUENCE_END] = on_sequence_end,
	[FYET_MAPPING_START] = on_mapping_start,
	[FYET_MAPPING_END] = on_mapping_end,
	[FYET_ALIAS] = on_alias,
};

static int take_event(struct parser *p, struct fy_event *event, struct error *err)
{
	const struct fy_mark *mark = fy_event_start_mark(event);
	event_handler        *handler = (size_t)event->type < countof(handlers) ? handlers[event->type] : NULL;

	if (mark)
		p->at = place_of(p, mark, event->type == FYET_SCALAR ? "'\"" : event->type == FYET_ALIAS ? "*"
		                                                                                         : "");
	return handler ? handler(p, event, err) : 0;
}

static int take_events(struct parser *p, struct error *err)
{
	struct fy_event *event;
	int              r = 0;

	while (r == 0 && (event = fy_parser_parse(p->fy)) != NULL) {
		r = take_event(p, event, err);
		fy_parser_event_free(p->fy, event);
	}
	if (r == 0 && (fy_parser_get_stream_error(p->fy) || fy_diag_got_error(p->diag) || p->depth > 0))
		r = fail_parse(p, err);
	return r;
}

/* Collected complaints are not printed, but nothing else may reach standard error either. */
static void swallow(struct fy_diag *diag, void *user, const char *bytes, size_t len)
{
	(void)diag;
	(void)user;
	(void)bytes;
	(void)len;
}

static struct fy_diag *make_diag(void)
{
	struct fy_diag_cfg cfg;
	struct fy_diag    *diag;

	fy_diag_cfg_default(&cfg);
	cfg.fp = NULL;
	cfg.output_fn = swallow;
	cfg.colorize = false;
	diag = fy_diag_create(&cfg);
	if (diag)
		fy_diag_set_collect_errors(diag, true);
	return diag;
}

static int parse(struct parser *p, struct slice text, struct error *err)
{
	struct fy_parse_cfg cfg = { .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_JSON_NONE | FYPCF_DEFAULT_VERSION_1_2 };
	int                 r;

	p->text = text;
	r = refuse_bytes(p, text, err);
	if (r < 0)
		return r;
	p->diag = make_diag();
	cfg.diag = p->diag;
	p->fy = p->diag ? fy_parser_create(&cfg) : NULL;
	if (!p->fy || fy_parser_set_string(p->fy, text.ptr, text.len) != 0)
		return error_nomem(err);
	r = take_events(p, err);
	if (r == 0 && p->npending > 0)
		p->yaml->root = p->pending[0];
	return r;
}

int yaml_parse(struct slice text, const char *name, struct yaml **ret_yaml, struct error *err)
{
	struct parser p = { 0 };
	int           r = 0;

	p.yaml = mem_zalloc(sizeof(*p.yaml));
	if (!p.yaml)
		return error_nomem(err);
	p.yaml->name = arena_strdup(&p.yaml->arena, name);
	if (!p.yaml->name)
		r = error_nomem(err);
	else if (text.len > 0)
		r = parse(&p, text, err);

	if (p.fy)
		fy_parser_destroy(p.fy);
	if (p.diag)
		fy_diag_destroy(p.diag);
	mem_free(p.pending);
	if (r < 0) {
		yaml_free(p.yaml);
		return r;
	}
	*ret_yaml = p.yaml;
	return 0;
}

void yaml_free(struct yaml *y)
{
	if (!y)
		return;
	arena_free(&y->arena);
	mem_free(y);
}

const struct yaml_node *yaml_root(const struct yaml *y)
{
	return y->root;
}

enum yaml_kind yaml_kind(const struct yaml_node *n)
{
	return n ? (enum yaml_kind)n->kind : YAML_NONE;
}

const char *yaml_text(const struct yaml_node *n)
{
	return yaml_kind(n) == YAML_SCALAR ? n->text : NULL;
}

bool yaml_is_quoted(const struct yaml_node *n)
{
	return n && n->quoted;
}

size_t yaml_count(const struct yaml_node *n)
{
	switch (yaml_kind(n)) {
	case YAML_SEQUENCE:
		return n->count;
	case YAML_MAPPING:
		return n->count / 2;
	default:
		return 0;
	}
}

const struct yaml_node *yaml_item(const struct yaml_node *sequence, size_t index)
{
	return yaml_kind(sequence) == YAML_SEQUENCE && index < yaml_count(sequence) ? sequence->items[index] : NULL;
}

const struct yaml_node *yaml_key(const struct yaml_node *mapping, size_t index)
{
	return yaml_kind(mapping) == YAML_MAPPING && index < yaml_count(mapping) ? mapping->items[2 * index] : NULL;
}

const struct yaml_node *yaml_value(const struct yaml_node *mapping, size_t index)
{
	return yaml_kind(mapping) == YAML_MAPPING && index < yaml_count(mapping) ? mapping->items[2 * index + 1] : NULL;
}

const struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key)
{
	for (size_t i = 0; i < yaml_count(mapping); i++) {
		const char *text = yaml_text(yaml_key(mapping, i));

		if (text && strcmp(text, key) == 0)
			return yaml_value(mapping, i);
	}
	return NULL;
}

int yaml_error(const struct yaml_node *n, struct error *err, const char *format, ...)
{
	va_list args;
	int     r;

	va_start(args, format);
	r = fail_at(n->file, n->line, n->column, err, format, args);
	va_end(args);
	return r;
}

size_t yaml_line(const struct yaml_node *n)
{
	return n ? n->line : 0;
}

#include "key_files.h"

#include "limit.h"
#include "mem.h"
#include "text.h"

/* A file whose lines are being read. */
struct reader {
	struct key_files *to;
	size_t            open; /* number of the file, SIZE_MAX when there is none */
};

/* The next word as a path, in the arena. 1, 0 when it is none, or ERR_NOMEM. */
static int take_path(struct key_files *files, struct slice *rest, struct slice *ret_path, struct error *err)
{
	struct slice word;
	struct buf   path;
	char        *copy;
	int          r;

	if (!slice_next_word(rest, &word))
		return 0;
	buf_init(&path, LIMIT_EVIDENCE);
	r = text_percent_decode(&path, word, err);
	if (r < 0) {
		buf_free(&path);
		return r == ERR_NOMEM ? r : 0;
	}
	copy = arena_copy(&files->arena, buf_text(&path), path.len);
	*ret_path = (struct slice){ .ptr = copy, .len = path.len };
	buf_free(&path);
	return copy ? 1 : error_nomem(err);
}

/* Room for one more in an array that doubles; NULL when there is no memory for it. */
static void *grow(void *items, size_t count, size_t size)
{
	return (count & (count - 1)) != 0 ? items : mem_resize(items, count ? 2 * count : 1, size);
}

static int add_file(struct reader *r, struct slice rest, enum key_file_state state, struct error *err)
{
	struct key_files *to = r->to;
	struct key_file  *grown;
	struct slice      path;
	int               result = take_path(to, &rest, &path, err);

	r->open = SIZE_MAX;
	if (result <= 0) {
		to->malformed = true;
		return result;
	}
	grown = grow(to->files, to->nfiles, sizeof(*to->files));
	if (!grown)
		return error_nomem(err);
	to->files = grown;
	r->open = state == KEY_FILE_UNREADABLE ? to->nfiles : SIZE_MAX;
	to->files[to->nfiles] = (struct key_file){ .path = path, .state = state, .order = to->nfiles };
	to->nfiles++;
	return 0;
}

static int add_private(struct reader *r, struct slice rest, struct error *err)
{
	struct key_files   *to = r->to;
	struct key_private *grown;
	struct slice        path;
	int                 result = take_path(to, &rest, &path, err);

	if (result <= 0) {
		to->malformed = true;
		return result;
	}
	grown = grow(to->privates, to->nprivates, sizeof(*to->privates));
	if (!grown)
		return error_nomem(err);
	to->privates = grown;
	to->privates[to->nprivates] = (struct key_private){ .path = path, .record = rest, .order = to->nprivates };
	to->nprivates++;
	return 0;
}

/* The public half of a private key that was told of before. */
static int add_half(struct reader *r, struct slice rest, bool derived, struct error *err)
{
	struct key_files *to = r->to;
	struct slice      path;
	int               result = take_path(to, &rest, &path, err);

	for (size_t i = to->nprivates; result > 0 && i > 0; i--) {
		struct key_private *p = &to->privates[i - 1];

		if (!slice_equal(p->path, path))
			continue;
		*(derived ? &p->derived : &p->beside) = slice_trim(rest);
		return 0;
	}
	to->malformed = true;
	return result < 0 ? result : 0;
}

static int add_setting(struct reader *r, struct slice rest, struct error *err)
{
	struct key_files   *to = r->to;
	struct slice        path, line, keyword;
	struct key_setting *grown;
	uint64_t            number;
	int                 result = take_path(to, &rest, &path, err);

	if (result < 0)
		return result;
	if (result == 0 || !slice_next_word(&rest, &line) || text_parse_unsigned(line, 10, UINT32_MAX, &number, NULL) < 0 || !slice_next_word(&rest, &keyword)) {
		to->malformed = true;
		return 0;
	}
	grown = grow(to->settings, to->nsettings, sizeof(*to->settings));
	if (!grown)
		return error_nomem(err);
	to->settings = grown;
	to->settings[to->nsettings++] = (struct key_setting){ .path = path, .line = number, .keyword = keyword };
	return 0;
}

/* A line about the file that is open. */
static void add_line(struct reader *r, struct slice line)
{
	struct key_file *file = r->open < r->to->nfiles ? &r->to->files[r->open] : NULL;

	if (!file) {
		r->to->malformed = true;
		return;
	}
	if (line.ptr[0] == 'k') {
		file->state = KEY_FILE_BINARY;
		return;
	}
	if (line.ptr[0] == '+' || line.ptr[0] == '-') {
		if (!file->lines.ptr)
			file->lines = (struct slice){ .ptr = line.ptr, .len = 0 };
		file->lines.len = (size_t)(line.ptr + line.len - file->lines.ptr);
		return;
	}
	if (line.ptr[0] == '.' && file->state != KEY_FILE_BINARY)
		file->state = KEY_FILE_READ;
	else if (line.ptr[0] == '!' && file->state != KEY_FILE_BINARY)
		file->state = KEY_FILE_LARGE;
	r->open = SIZE_MAX;
}

static int read_line(struct reader *r, struct slice line, struct error *err)
{
	struct slice rest = slice_sub(line, 1, SIZE_MAX);

	if (line.len == 0)
		return 0;
	switch (line.ptr[0]) {
	case '+':
	case '-':
	case '.':
	case '!':
	case 'e':
	case 'k':
		add_line(r, line);
		return 0;
	case 'f':
		return add_file(r, rest, KEY_FILE_UNREADABLE, err);
	case 'l':
		return add_file(r, rest, KEY_FILE_LARGE, err);
	case 'p':
		return add_private(r, rest, err);
	case 'b':
		return add_half(r, rest, false, err);
	case 'd':
		return add_half(r, rest, true, err);
	case 'c':
		return add_setting(r, rest, err);
	case 'y':
		return 0;
	default:
		r->to->malformed = true;
		return 0;
	}
}

static int compare_paths(struct slice a, struct slice b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int    order = len > 0 ? memcmp(a.ptr, b.ptr, len) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_files(const void *a, const void *b)
{
	const struct key_file *x = a, *y = b;
	int                    order = compare_paths(x->path, y->path);

	return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

static int compare_privates(const void *a, const void *b)
{
	const struct key_private *x = a, *y = b;
	int                       order = compare_paths(x->path, y->path);

	return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

/* Sort, and keep the first of those with one path: folders may be read by way of several accounts. */
static void settle(struct key_files *files)
{
	size_t n = 0;

	if (files->nfiles > 0)
		qsort(files->files, files->nfiles, sizeof(*files->files), compare_files);
	for (size_t i = 0; i < files->nfiles; i++)
		if (n == 0 || !slice_equal(files->files[n - 1].path, files->files[i].path))
			files->files[n++] = files->files[i];
	files->nfiles = n;
	n = 0;
	if (files->nprivates > 0)
		qsort(files->privates, files->nprivates, sizeof(*files->privates), compare_privates);
	for (size_t i = 0; i < files->nprivates; i++)
		if (n == 0 || !slice_equal(files->privates[n - 1].path, files->privates[i].path))
			files->privates[n++] = files->privates[i];
	files->nprivates = n;
}

int key_files_read(const struct evidence *ev, struct key_files *ret_files, struct error *err)
{
	struct key_files files = { 0 };
	int              r = 0;

	for (const struct section *s = evidence_find(ev, "key_material.files"); r == 0 && s; s = evidence_find_next(ev, s)) {
		struct reader reader = { .to = &files, .open = SIZE_MAX };
		struct slice  rest = s->body, line;
		bool          ended;

		while (r == 0 && slice_next_line(&rest, &line, &ended))
			if (ended)
				r = read_line(&reader, line, err);
	}
	if (r < 0) {
		key_files_fini(&files);
		return r;
	}
	settle(&files);
	*ret_files = files;
	return 0;
}

void key_files_fini(struct key_files *files)
{
	mem_free(files->files);
	mem_free(files->privates);
	mem_free(files->settings);
	arena_free(&files->arena);
	*files = (struct key_files){ 0 };
}

const struct key_file *key_files_find(const struct key_files *files, struct slice path)
{
	size_t low = 0, high = files->nfiles;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_paths(files->files[middle].path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < files->nfiles && slice_equal(files->files[low].path, path) ? &files->files[low] : NULL;
}

const struct key_private *key_files_find_private(const struct key_files *files, struct slice path)
{
	size_t low = 0, high = files->nprivates;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_paths(files->privates[middle].path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < files->nprivates && slice_equal(files->privates[low].path, path) ? &files->privates[low] : NULL;
}

bool key_file_next(struct slice *rest, uint64_t *ret_line, struct slice *ret_text)
{
	struct slice line, number;

	while (slice_next_line(rest, &line, NULL)) {
		struct slice text = slice_sub(line, 1, SIZE_MAX);

		if (line.len < 2 || !slice_next(&text, ' ', &number) || text_parse_unsigned(number, 10, UINT32_MAX, ret_line, NULL) < 0)
			continue;
		*ret_text = line.ptr[0] == '+' ? text : (struct slice){ 0 };
		return true;
	}
	return false;
}

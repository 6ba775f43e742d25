#include "key_paths.h"

#include "limit.h"
#include "mem.h"
#include "privilege.h"
#include "sections.h"
#include "text.h"

#define MAX_PATH  8192    /* twice what any system takes */
#define MAX_BATCH 100000u /* paths in one record; the collector sends 500 */

/* By path; of the same path the one that is known first. */
static int compare_paths(const void *a, const void *b)
{
	const struct key_path *x = a, *y = b;
	int                    order = slice_compare(x->path, y->path);

	return order != 0 ? order : (int)y->known - (int)x->known;
}

static int compare_links(const void *a, const void *b)
{
	const struct key_link *x = a, *y = b;
	int                    order = slice_compare(x->path, y->path);

	return order != 0 ? order : slice_compare(x->target, y->target);
}

static int compare_slices(const void *a, const void *b)
{
	return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

/* Each kind of thing begins with its path, so one search does for all: `size` is that of the kind. */
static const void *search(const void *items, size_t count, size_t size, struct slice path)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t              middle = low + (high - low) / 2;
		const struct slice *at = (const struct slice *)(const void *)((const char *)items + middle * size);

		if (slice_compare(*at, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < count && slice_equal(*(const struct slice *)(const void *)((const char *)items + low * size), path))
		return (const char *)items + low * size;
	return NULL;
}
static_assert(offsetof(struct key_path, path) == 0 && offsetof(struct key_link, path) == 0, "search() looks at the beginning");

const struct key_path *key_paths_find(const struct key_paths *paths, struct slice path)
{
	return search(paths->paths, paths->npaths, sizeof(*paths->paths), path);
}

static const struct key_link *find_link(const struct key_paths *paths, struct slice path)
{
	return search(paths->links, paths->nlinks, sizeof(*paths->links), path);
}

/* A name that ends in NUL. Only absolute ones are sent. */
static bool take_name(struct slice *rest, struct slice *ret_name)
{
	const char *end = rest->len > 0 ? memchr(rest->ptr, '\0', rest->len) : NULL;

	if (!end || rest->ptr[0] != '/')
		return false;
	*ret_name = slice_sub(*rest, 0, (size_t)(end - rest->ptr));
	*rest = slice_sub(*rest, ret_name->len + 1, rest->len);
	return true;
}

/* Room for `count` more of an array; doubles. */
static void *grow(void *items, size_t used, size_t count, size_t size)
{
	size_t room = 64;

	while (room < used)
		room *= 2;
	if (items && used + count <= room)
		return items;
	while (room < used + count)
		room *= 2;
	return mem_resize(items, room, size);
}

/* "500 stat": the paths, a line for each, the ACLs. */
static int read_batch(struct key_paths *paths, struct slice line, struct slice *rest, struct error *err)
{
	struct slice     word, tool, acls;
	uint64_t         count;
	struct key_path *grown, *batch;

	if (!slice_next_word(&line, &word) || !slice_next_word(&line, &tool) || text_parse_unsigned(word, 10, MAX_BATCH, &count, err) < 0)
		return error_set(err, ERR_SYNTAX, "a number of paths that is none");
	grown = grow(paths->paths, paths->npaths, (size_t)count, sizeof(*grown));
	if (!grown)
		return error_nomem(err);
	paths->paths = grown;
	batch = grown + paths->npaths;
	for (size_t i = 0; i < count; i++) {
		batch[i] = (struct key_path){ 0 };
		if (!take_name(rest, &batch[i].path))
			return error_set(err, ERR_SYNTAX, "a path is missing");
	}
	for (size_t i = 0; i < count; i++) {
		if (slice_has_prefix(*rest, "?\n"))
			*rest = slice_sub(*rest, 2, rest->len);
		else if (file_state_next(rest, slice_is(tool, "ls"), &batch[i].state, err) == 0)
			batch[i].known = true;
		else
			return ERR_SYNTAX;
	}
	if (!slice_next_line(rest, &acls, NULL) || (acls.len != 0 && acls.len != count))
		return error_set(err, ERR_SYNTAX, "the letters of ACLs do not fit the paths");
	for (size_t i = 0; i < acls.len; i++)
		batch[i].acl = acls.ptr[i] == '+' ? KEY_ACL_PRESENT : acls.ptr[i] == '.' ? KEY_ACL_NONE
		                                                                         : KEY_ACL_UNKNOWN;
	paths->npaths += (size_t)count;
	return 0;
}

static int read_link(struct key_paths *paths, struct slice *rest, struct error *err)
{
	struct key_link  link;
	struct key_link *grown;

	if (!take_name(rest, &link.path) || !take_name(rest, &link.target))
		return error_set(err, ERR_SYNTAX, "a link without its end");
	grown = grow(paths->links, paths->nlinks, 1, sizeof(*grown));
	if (!grown)
		return error_nomem(err);
	paths->links = grown;
	paths->links[paths->nlinks++] = link;
	return 0;
}

static int read_folder(struct slice **folders, size_t *nfolders, struct slice *rest, struct error *err)
{
	struct slice  folder;
	struct slice *grown;

	if (!take_name(rest, &folder))
		return error_set(err, ERR_SYNTAX, "a folder without a name");
	grown = grow(*folders, *nfolders, 1, sizeof(*grown));
	if (!grown)
		return error_nomem(err);
	*folders = grown;
	(*folders)[(*nfolders)++] = folder;
	return 0;
}

static int read_record(struct key_paths *paths, struct slice line, struct slice *rest, struct error *err)
{
	struct slice word;

	if (!slice_next_word(&line, &word) || word.len != 1)
		return error_set(err, ERR_SYNTAX, "a record that is not known");
	switch (word.ptr[0]) {
	case 'p':
		return read_batch(paths, line, rest, err);
	case 'r':
		return read_link(paths, rest, err);
	case 'x':
		return read_folder(&paths->hidden, &paths->nhidden, rest, err);
	case 'm':
		return read_folder(&paths->more, &paths->nmore, rest, err);
	default:
		return error_set(err, ERR_SYNTAX, "a record that is not known");
	}
}

/* All records up to the line that says it is complete. */
static int read_all(struct key_paths *paths, struct slice rest, struct error *err)
{
	struct slice line;
	bool         ended;

	while (slice_next_line(&rest, &line, &ended)) {
		int r;

		if (ended && slice_is(line, "end"))
			return 0;
		r = read_record(paths, line, &rest, err);
		if (r < 0)
			return r;
	}
	return error_set(err, ERR_SYNTAX, "the records break off");
}

static void sort(void *items, size_t count, size_t size, int (*order)(const void *, const void *))
{
	if (count > 0)
		qsort(items, count, size, order);
}

int key_paths_read(const struct evidence *ev, struct key_paths *ret_paths, struct error *err)
{
	struct key_paths paths = { .section = evidence_find(ev, "keys.stat") };
	struct error     why = { 0 };
	int              r = section_is_whole(paths.section) ? read_all(&paths, paths.section->body, &why) : 0;

	if (r < 0) {
		const struct section *section = paths.section;

		key_paths_fini(&paths);
		if (r == ERR_NOMEM)
			return error_nomem(err);
		paths.section = section;
		paths.malformed = true;
	}
	sort(paths.paths, paths.npaths, sizeof(*paths.paths), compare_paths);
	sort(paths.links, paths.nlinks, sizeof(*paths.links), compare_links);
	sort(paths.hidden, paths.nhidden, sizeof(*paths.hidden), compare_slices);
	sort(paths.more, paths.nmore, sizeof(*paths.more), compare_slices);
	*ret_paths = paths;
	return 0;
}

void key_paths_fini(struct key_paths *paths)
{
	mem_free(paths->paths);
	mem_free(paths->links);
	mem_free(paths->hidden);
	mem_free(paths->more);
	*paths = (struct key_paths){ 0 };
}

/* The length of a path without its last name and the slash before it. */
static size_t folder_len(struct slice path)
{
	size_t len = path.len;

	while (len > 0 && path.ptr[len - 1] != '/')
		len--;
	return len > 0 ? len - 1 : 0;
}

struct slice key_paths_folder(struct slice path)
{
	size_t len = folder_len(path);

	return len > 0 ? slice_sub(path, 0, len) : slice_of("/");
}

/* Put a link's end in place of what is there. */
static int follow(const struct key_paths *paths, struct slice at, struct buf *real, struct error *err)
{
	const struct key_link *link = find_link(paths, at);

	if (!link)
		return 0;
	buf_clear(real);
	return slice_is(link->target, "/") ? 0 : buf_append_slice(real, link->target, err);
}

int key_paths_resolve(const struct key_paths *paths, struct slice path, struct buf *real, struct error *err)
{
	struct slice rest = path, name;
	size_t       cut = paths->nlinks > 0 ? path.len : 0;
	int          r = 0;

	buf_clear(real);
	real->max = MAX_PATH;
	/* A home may be written in ways that only the target itself can take apart: the longest beginning it told about counts. */
	while (cut > 0 && !find_link(paths, slice_sub(path, 0, cut)))
		cut = folder_len(slice_sub(path, 0, cut));
	if (cut > 0) {
		r = follow(paths, slice_sub(path, 0, cut), real, err);
		rest = slice_sub(path, cut, path.len);
	}
	while (r == 0 && slice_next(&rest, '/', &name)) {
		if (name.len == 0)
			continue;
		r = buf_append_text(real, "/", err);
		if (r == 0)
			r = buf_append_slice(real, name, err);
		if (r == 0)
			r = follow(paths, buf_slice(real), real, err);
	}
	if (r == 0 && real->len == 0)
		r = buf_append_text(real, "/", err);
	return r;
}

/* True when a folder above a path is in the list. */
static bool is_below(const struct slice *folders, size_t count, struct slice path)
{
	for (size_t len = path.len; count > 0; len = folder_len(slice_sub(path, 0, len))) {
		if (search(folders, count, sizeof(*folders), len > 0 ? slice_sub(path, 0, len) : slice_of("/")))
			return true;
		if (len == 0)
			break;
	}
	return false;
}

/* Put a name, with its slash or without one, behind a folder's real path. */
static int append_name(struct buf *real, struct slice name, struct error *err)
{
	if (slice_is(buf_slice(real), "/"))
		buf_clear(real);
	return buf_append_slice(real, name, err);
}

/* From where a path is, be it a link, to what it leads to: as key_paths_resolve() would find it. */
static int look_behind(const struct key_paths *paths, struct slice path, struct buf *real, struct error *err)
{
	bool named = path.len > 0 && path.ptr[0] == '/' && path.ptr[path.len - 1] != '/';

	if (named && !find_link(paths, path))
		return follow(paths, buf_slice(real), real, err);
	return key_paths_resolve(paths, path, real, err);
}

int key_paths_look(const struct key_paths *paths, struct slice path, struct buf *real, struct key_found *ret_found, struct error *err)
{
	struct key_found found = { 0 };
	int              r = key_paths_resolve(paths, key_paths_folder(path), real, err);

	if (r == 0 && !slice_is(path, "/"))
		r = append_name(real, slice_sub(path, folder_len(path), path.len), err);
	if (r < 0)
		return r;
	found.itself = key_paths_find(paths, buf_slice(real));
	r = look_behind(paths, path, real, err);
	if (r < 0)
		return r;
	found.file = key_paths_find(paths, buf_slice(real));
	if (found.file && (!found.file->known || file_state_is(&found.file->state, FILE_TYPE_LINK)))
		found.file = NULL;
	if (!section_is_whole(paths->section) || paths->malformed)
		found.presence = KEY_PRESENCE_UNKNOWN;
	else if (found.file)
		found.presence = KEY_PRESENCE_THERE;
	else if (found.itself && !found.itself->known)
		found.presence = KEY_PRESENCE_VANISHED;
	else if (is_below(paths->hidden, paths->nhidden, path) || is_below(paths->hidden, paths->nhidden, buf_slice(real)))
		found.presence = KEY_PRESENCE_HIDDEN;
	else
		found.presence = KEY_PRESENCE_ABSENT;
	*ret_found = found;
	return 0;
}

int key_paths_add_unavailable(cJSON *object, const char *fact, const struct evidence *ev, const struct key_paths *paths, enum key_presence presence,
                              struct error *err)
{
	if (presence == KEY_PRESENCE_HIDDEN)
		return privilege_is_root(ev) ? fact_add_unavailable(object, fact, REASON_PRIVILEGE, err, "the folder cannot be looked into, not even by root")
		                             : privilege_add_unavailable(object, fact, ev, "the folder cannot be looked into", err);
	if (presence == KEY_PRESENCE_VANISHED)
		return fact_add_unavailable(object, fact, privilege_reason(ev), err, "the file could not be looked at");
	if (paths->malformed)
		return fact_add_unavailable(object, fact, REASON_PARSE, err, "section keys.stat is not understood");
	return section_add_unavailable(object, fact, "keys.stat", paths->section, REASON_UNSUPPORTED, err);
}

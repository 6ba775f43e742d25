#include <dirent.h>
#include <sys/stat.h>

#include "sources.h"

#include "mem.h"
#include "text.h"

#define SUFFIX ".evidence"

static bool has_suffix(const char *name)
{
	size_t len = strlen(name);

	return len > strlen(SUFFIX) && strcmp(name + len - strlen(SUFFIX), SUFFIX) == 0;
}

/* Takes `path` over, also when it fails. */
static int append(struct sources *s, char *path, struct error *err)
{
	char **paths = path ? mem_resize(s->paths, s->count + 1, sizeof(*paths)) : NULL;

	if (!paths) {
		mem_free(path);
		return error_nomem(err);
	}
	s->paths = paths;
	s->paths[s->count++] = path;
	return 0;
}

static char *join(const char *folder, const char *name)
{
	size_t len = strlen(folder) + 1 + strlen(name) + 1;
	char  *path = mem_zalloc(len);

	if (path)
		snprintf(path, len, "%s/%s", folder, name);
	return path;
}

static int compare(const void *left, const void *right)
{
	char *const *a = left;
	char *const *b = right;

	return strcmp(*a, *b);
}

static int append_folder(struct sources *s, const char *folder, struct error *err)
{
	size_t         first = s->count;
	struct dirent *entry;
	DIR           *dir = opendir(folder);
	int            r = 0;

	if (!dir)
		return error_set(err, ERR_SYNTAX, "cannot read the folder '%s': %s", folder, strerror(errno));
	errno = 0;
	while (r == 0 && (entry = readdir(dir)) != NULL) {
		if (has_suffix(entry->d_name))
			r = append(s, join(folder, entry->d_name), err);
		errno = 0;
	}
	if (r == 0 && errno != 0)
		r = error_set(err, ERR_SYNTAX, "cannot read the folder '%s': %s", folder, strerror(errno));
	closedir(dir);
	if (r < 0)
		return r;
	if (s->count == first)
		return error_set(err, ERR_NOT_FOUND, "the folder '%s' has no *" SUFFIX " file in it", folder);
	qsort(s->paths + first, s->count - first, sizeof(*s->paths), compare);
	return 0;
}

int sources_list(const struct texts *operands, struct sources *ret_sources, struct error *err)
{
	struct sources s = { 0 };
	int            r = 0;

	for (size_t i = 0; i < operands->count && r == 0; i++) {
		const char *path = operands->items[i];
		struct stat st;

		if (stat(path, &st) < 0)
			r = error_set(err, ERR_NOT_FOUND, "cannot open '%s': %s", path, strerror(errno));
		else if (S_ISDIR(st.st_mode))
			r = append_folder(&s, path, err);
		else
			r = append(&s, mem_strdup(path), err);
	}
	if (r < 0) {
		sources_fini(&s);
		return r;
	}
	*ret_sources = s;
	return 0;
}

void sources_fini(struct sources *s)
{
	for (size_t i = 0; i < s->count; i++)
		mem_free(s->paths[i]);
	mem_free(s->paths);
	*s = (struct sources){ 0 };
}

void sources_name(const char *path, char *name, size_t size)
{
	const char  *slash = strrchr(path, '/');
	struct slice base = slice_of(slash ? slash + 1 : path);

	if (has_suffix(base.ptr))
		base.len -= strlen(SUFFIX);
	text_clean_into(name, size, base);
}

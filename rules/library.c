/*
 * library.c: where rule and profile files come from: the program itself, or a folder.
 */
#include <dirent.h>
#include <sys/stat.h>

#include "library.h"

#include "file.h"
#include "limit.h"
#include "loader.h"
#include "mem.h"

static const char rules_folder[] = "library";
static const char profiles_folder[] = "profiles";

/* The name of a file without folder and ".yaml". */
static int profile_name(struct loader *l, const char *path, const char **ret_name, struct error *err)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	char       *name = arena_copy(l->arena, base, strlen(base) - strlen(".yaml"));

	if (!name)
		return error_nomem(err);
	*ret_name = name;
	return 0;
}

/* Parse a file and keep its tree. */
static int parse(struct loader *l, const char *path, struct slice text, const struct yaml **ret_file, struct error *err)
{
	struct yaml **grown = mem_resize(l->files, l->nfiles + 1, sizeof(struct yaml *));
	struct yaml  *file;
	int           r;

	if (!grown)
		return error_nomem(err);
	l->files = grown;
	r = yaml_parse(text, path, &file, err);
	if (r < 0)
		return r;
	l->files[l->nfiles++] = file;
	*ret_file = file;
	return 0;
}

static int add_profile(struct loader *l, const struct yaml *file, const char *path, struct error *err)
{
	const char *name = NULL;
	int         r = profile_name(l, path, &name, err);

	return r < 0 ? r : profile_load(l, file, path, name, err);
}

typedef int add_function(struct loader *l, const struct yaml *file, const char *path, struct error *err);

static int load_embedded(struct loader *l, struct error *err)
{
	int r = 0;

	for (const struct library_file *f = library_embedded; r == 0 && f->name; f++) {
		bool          rules = strncmp(f->name, rules_folder, strlen(rules_folder)) == 0;
		add_function *add = rules ? load_rules : add_profile;

		r = add(l, f->file, f->name, err);
	}
	return r;
}

/* A folder others can write to is as good as a rule file others can write to. */
static int check_folder(const char *path, struct error *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return error_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_SYNTAX, "cannot look at the rules folder '%s': %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return error_set(err, ERR_SYNTAX, "'%s' is not a folder; a rules folder holds library/ and profiles/", path);
	if (st.st_mode & S_IWOTH)
		return error_set(err, ERR_SYNTAX, "everybody can put rules into '%s' (mode %04o); run: chmod o-w '%s'", path,
		                 (unsigned)(st.st_mode & 07777), path);
	return 0;
}

struct entries {
	char **names;
	size_t count;
};

static void free_entries(struct entries *e)
{
	for (size_t i = 0; i < e->count; i++)
		mem_free(e->names[i]);
	mem_free(e->names);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t n = strlen(name);
	size_t m = strlen(suffix);

	return n > m && strcmp(name + n - m, suffix) == 0;
}

static int add_entry(struct entries *e, const char *folder, const char *name, struct error *err)
{
	char **grown;
	char  *copy;

	if (name[0] == '.')
		return 0;
	if (ends_in(name, ".yml"))
		return error_set(err, ERR_SYNTAX, "'%s/%s' would not be read; rename it to end in .yaml", folder, name);
	if (!ends_in(name, ".yaml"))
		return 0;
	grown = mem_resize(e->names, e->count + 1, sizeof(char *));
	copy = mem_strdup(name);
	if (grown)
		e->names = grown;
	if (!grown || !copy) {
		mem_free(copy);
		return error_nomem(err);
	}
	e->names[e->count++] = copy;
	return 0;
}

/* The .yaml files of a folder, in the order of their names. */
static int list_folder(const char *folder, struct entries *e, struct error *err)
{
	DIR           *d = opendir(folder);
	struct dirent *entry;
	int            r = 0;

	if (!d)
		return error_set(err, ERR_SYNTAX, "cannot open '%s': %s", folder, strerror(errno));
	while (r == 0 && (entry = readdir(d)) != NULL)
		r = add_entry(e, folder, entry->d_name, err);
	closedir(d);
	if (r == 0 && e->count > 0)
		qsort(e->names, e->count, sizeof(char *), compare_names);
	if (r == 0 && e->count == 0)
		r = error_set(err, ERR_SYNTAX, "'%s' holds no .yaml file", folder);
	return r;
}

static int read_and_add(struct loader *l, const char *path, add_function *add, struct error *err)
{
	const struct yaml *file = NULL;
	struct buf         text;
	int                r = file_read(path, LIMIT_RULE_FILE, FILE_CONFIG, &text, err);

	if (r < 0)
		return r;
	r = parse(l, path, buf_slice(&text), &file, err);
	if (r == 0)
		r = add(l, file, path, err);
	buf_free(&text);
	return r;
}

/* The files of FOLDER/NAME. */
static int load_folder(struct loader *l, const char *folder, const char *name, add_function *add, struct error *err)
{
	struct entries e = { 0 };
	struct buf     path;
	int            r;

	buf_init(&path, PATH_MAX);
	r = buf_printf(&path, err, "%s/%s", folder, name);
	if (r == 0)
		r = check_folder(path.ptr, err);
	if (r == 0)
		r = list_folder(path.ptr, &e, err);
	for (size_t i = 0; r == 0 && i < e.count; i++) {
		buf_clear(&path);
		r = buf_printf(&path, err, "%s/%s/%s", folder, name, e.names[i]);
		if (r == 0)
			r = read_and_add(l, path.ptr, add, err);
	}
	free_entries(&e);
	buf_free(&path);
	return r;
}

int library_load(struct loader *l, const char *folder, struct error *err)
{
	int r;

	if (!folder)
		return load_embedded(l, err);
	r = check_folder(folder, err);
	if (r == 0)
		r = load_folder(l, folder, rules_folder, load_rules, err);
	if (r == 0)
		r = load_folder(l, folder, profiles_folder, add_profile, err);
	return r;
}

/* Any name will do for a profile that is asked for by its path. */
static int add_named_profile(struct loader *l, const struct yaml *file, const char *path, struct error *err)
{
	return profile_load(l, file, path, NULL, err);
}

int library_load_profile(struct loader *l, const char *path, struct error *err)
{
	return read_and_add(l, path, add_named_profile, err);
}

#include <sys/stat.h>

#include "places.h"

#include "mem.h"
#include "text.h"

int places_unknown(const char *format, const char *names, struct error *err)
{
	char shown[64];

	return error_set(err, ERR_USAGE, "--format '%s': there is no such format; write one of %s",
	                 text_clean_into(shown, sizeof(shown), slice_of(format)), names);
}

/* "json", "json=-", "json=report.json". */
static int parse_place(const char *text, int (*check)(const char *format, struct error *err), struct place *place, struct error *err)
{
	size_t len = strcspn(text, "=");
	int    r;

	place->format = mem_copy_text(text, len);
	if (!place->format)
		return error_nomem(err);
	r = check(place->format, err);
	if (r < 0)
		return r;
	place->path = text[len] ? text + len + 1 : NULL;
	if (place->path && !*place->path)
		return error_set(err, ERR_USAGE, "--format '%s': the file name after '=' is missing", text);
	if (place->path && strcmp(place->path, "-") == 0)
		place->path = NULL;
	return place->path ? places_check_path("--format", place->path, err) : 0;
}

int places_check_path(const char *option, const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char       *folder = slash ? mem_copy_text(path, slash == path ? 1 : (size_t)(slash - path)) : mem_strdup(".");
	struct stat st;
	int         r = 0;

	if (!folder)
		return error_nomem(err);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		r = error_set(err, ERR_USAGE, "%s: '%s' is a folder; name a file in it", option, path);
	else if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		r = access(path, W_OK) == 0
		            ? 0
		            : error_set(err, ERR_USAGE, "%s: cannot write to '%s': %s", option, path, strerror(errno));
	else if (stat(folder, &st) < 0)
		r = error_set(err, ERR_USAGE, "%s: the folder of '%s' cannot be used: %s; make it first", option, path,
		              strerror(errno));
	else if (access(folder, W_OK | X_OK) < 0)
		r = error_set(err, ERR_USAGE, "%s: cannot make '%s': no right to write in its folder (%s)", option,
		              path, strerror(errno));
	mem_free(folder);
	return r;
}

/* No two reports may go to the same place. */
static int check_places(const struct places *o, size_t last, struct error *err)
{
	const char *path = o->items[last].path;

	for (size_t i = 0; i < last; i++) {
		if (!path && !o->items[i].path)
			return error_set(
				err, ERR_USAGE,
				"--format %s and --format %s both go to standard output; give one a file: --format %s=FILE",
				o->items[i].format, o->items[last].format, o->items[last].format);
		if (path && o->items[i].path && strcmp(path, o->items[i].path) == 0)
			return error_set(err, ERR_USAGE, "--format %s and --format %s both go to '%s'; give one another file",
			                 o->items[i].format, o->items[last].format, path);
	}
	return 0;
}

int places_parse(const struct texts *formats, int (*check)(const char *format, struct error *err), struct places *ret_places,
                 struct error *err)
{
	static const char *const table[] = { "table" };
	const char *const       *texts = formats->count > 0 ? formats->items : table;
	struct places            p = { .count = formats->count > 0 ? formats->count : 1 };
	int                      r = 0;

	p.items = mem_zalloc(p.count * sizeof(*p.items));
	if (!p.items)
		return error_nomem(err);
	for (size_t i = 0; i < p.count && r == 0; i++) {
		r = parse_place(texts[i], check, &p.items[i], err);
		if (r == 0)
			r = check_places(&p, i, err);
	}
	if (r < 0) {
		places_fini(&p);
		return r;
	}
	*ret_places = p;
	return 0;
}

void places_fini(struct places *p)
{
	for (size_t i = 0; p->items && i < p->count; i++)
		mem_free(p->items[i].format);
	mem_free(p->items);
	*p = (struct places){ 0 };
}

bool places_wants_colour(const struct place *place)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return !place->path && isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
}

/*
 * places.h: --format FORMAT[=PATH]: what is written where.
 */
#ifndef SSHVET_PLACES_H
#define SSHVET_PLACES_H

#include "options.h"

struct place {
	char       *format; /* its name */
	const char *path;   /* NULL for standard output; the command line owns it */
};

struct places {
	struct place *items;
	size_t        count;
};

/*
 * What --format asks for ("table" without any), checked as far as it can be: `check` knows the format, at most one goes to standard
 * output, no two to one file, every folder is there and may be written to. ERR_USAGE, and what `check` fails with. The caller owns
 * it (places_fini()).
 */
int  places_parse(const struct texts *formats, int (*check)(const char *format, struct error *err), struct places *ret_places,
                  struct error *err) MUST_USE;
void places_fini(struct places *p);

/* Whether a new file can be made at `path`: its folder is there and may be written to. ERR_USAGE; `option` names what
 * asks for it. */
int places_check_path(const char *option, const char *path, struct error *err) MUST_USE;

/* ERR_USAGE: no format has that name; `names`, with commas between them, are those there are. */
int places_unknown(const char *format, const char *names, struct error *err);

/* Colour is for people at a terminal who did not say no (https://no-color.org). */
bool places_wants_colour(const struct place *place) MUST_USE;

#endif

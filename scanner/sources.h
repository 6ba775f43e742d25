/*
 * sources.h: the evidence files `evaluate` is given, one by one or by the folder.
 */
#ifndef SSHVET_SOURCES_H
#define SSHVET_SOURCES_H

#include "options.h"

struct sources {
	char **paths;
	size_t count;
};

/*
 * The files of operands: files as they are, folders as every *.evidence in them in order of names. ERR_NOT_FOUND (no
 * such file; a folder without evidence), ERR_SYNTAX (a folder that cannot be read), ERR_NOMEM. The caller owns it
 * (sources_fini()).
 */
int  sources_list(const struct texts *operands, struct sources *ret_sources, struct error *err) MUST_USE;
void sources_fini(struct sources *s);

/* The name of a target of which there is only the file: its last part without ".evidence", cleaned, into `name` of
 * `size` bytes. */
void sources_name(const char *path, char *name, size_t size);

#endif

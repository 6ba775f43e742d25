/*
 * library.h: the rule and profile files that are part of the program. Internal to this folder.
 */
#ifndef SSHVET_LIBRARY_H
#define SSHVET_LIBRARY_H

#include "yaml.h"

struct library_file {
	const char        *name; /* "library/host.yaml" */
	const struct yaml *file; /* as it was parsed when the program was built */
};

/* Made by CMakeLists.txt, in order of name; a NULL name ends it. */
extern const struct library_file library_embedded[];

#endif

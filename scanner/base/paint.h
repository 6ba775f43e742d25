/*
 * paint.h: colours of a terminal, for what people read.
 */
#ifndef SSHVET_PAINT_H
#define SSHVET_PAINT_H

#include "base.h"

enum paint {
	PAINT_NONE = 0,
	PAINT_TITLE,
	PAINT_DIM,
	PAINT_GOOD,
	PAINT_BAD,
	PAINT_WARN,
	PAINT_NOTE,
	PAINTS
};

/* Write a text so painted; plainly where there is no `colour`. */
void paint_write(FILE *out, bool colour, enum paint paint, const char *text);

#endif

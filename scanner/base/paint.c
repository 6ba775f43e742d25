#include "paint.h"

static const char *const paints[] = {
	[PAINT_NONE] = "",
	[PAINT_TITLE] = "\033[1m",
	[PAINT_DIM] = "\033[2m",
	[PAINT_GOOD] = "\033[32m",
	[PAINT_BAD] = "\033[1;31m",
	[PAINT_WARN] = "\033[1;33m",
	[PAINT_NOTE] = "\033[36m",
};
static_assert(countof(paints) == PAINTS, "every paint has its escape sequence");

void paint_write(FILE *out, bool colour, enum paint paint, const char *text)
{
	bool painted = colour && paint != PAINT_NONE;

	if (painted)
		fputs(paints[paint], out);
	fputs(text, out);
	if (painted)
		fputs("\033[0m", out);
}

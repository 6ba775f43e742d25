#include "wrap.h"

#include "slice.h"

/* Columns that text is wrapped at; what cannot be broken (a path, a command) may be longer. */
#define WIDTH 100u

void wrap_blanks(FILE *out, size_t count)
{
	static const char some[] = "                                ";

	for (; count > sizeof(some) - 1; count -= sizeof(some) - 1)
		fputs(some, out);
	fwrite(some, 1, count, out);
}

/* Columns of a text, taking each character for one. */
static size_t columns(struct slice text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
	return n;
}

/* Write a line that goes on at column `at`, breaking it at spaces and going on at column `hang`. */
static void wrap_line(FILE *out, struct slice line, size_t at, size_t hang)
{
	struct slice word;
	bool         first = true;

	while (slice_next(&line, ' ', &word)) {
		size_t width = columns(word);

		if (!first && at + 1 + width > WIDTH) {
			fputc('\n', out);
			wrap_blanks(out, hang);
			at = hang;
		} else if (!first) {
			fputc(' ', out);
			at++;
		}
		fwrite(word.ptr, 1, word.len, out);
		at += width;
		first = false;
	}
}

void wrap_text(FILE *out, const char *text, size_t hang)
{
	struct slice rest = slice_trim(slice_of(text));
	struct slice line;
	bool         first = true;

	while (slice_next_line(&rest, &line, NULL)) {
		if (!first) {
			fputc('\n', out);
			wrap_blanks(out, line.len > 0 ? hang : 0);
		}
		if (line.len > 0 && line.ptr[0] == ' ')
			fwrite(line.ptr, 1, line.len, out);
		else
			wrap_line(out, line, hang, hang);
		first = false;
	}
	fputc('\n', out);
}

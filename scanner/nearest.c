#include "nearest.h"

/* Longer words are not in any table here, and are not worth the time. */
#define MAX_WORD 32

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Insertions, deletions and substitutions that make one word of the other (Wagner and Fischer's table, one row of it).
 */
static size_t edits(const char *from, const char *to)
{
	size_t row[MAX_WORD + 1];
	size_t n = strlen(to);

	for (size_t i = 0; i <= n; i++)
		row[i] = i;
	for (size_t i = 0; from[i]; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t k = 0; k < n; k++) {
			size_t substituted = diagonal + (from[i] != to[k]);

			diagonal = row[k + 1];
			row[k + 1] = least(substituted, least(row[k], diagonal) + 1);
		}
	}
	return row[n];
}

void nearest_init(struct nearest *n, const char *word)
{
	*n = (struct nearest){ .word = word, .distance = least(strlen(word) / 2 + 1, 4) };
}

void nearest_consider(struct nearest *n, const char *candidate)
{
	size_t len = strlen(n->word);
	size_t distance;

	if (len == 0 || len > MAX_WORD || strlen(candidate) > MAX_WORD)
		return;
	distance = strncmp(candidate, n->word, len) == 0 ? 1 : edits(n->word, candidate);
	if (distance < n->distance) {
		n->best = candidate;
		n->distance = distance;
	}
}

#include "host_pattern.h"

bool host_pattern_covers(struct slice pattern, struct slice name)
{
	size_t p = 0;
	size_t n = 0;
	size_t star = SIZE_MAX; /* the last *, and where the name was when it was met */
	size_t resume = 0;

	while (n < name.len) {
		if (p < pattern.len && pattern.ptr[p] == '*') {
			star = p++;
			resume = n;
		} else if (p < pattern.len && (pattern.ptr[p] == '?' || pattern.ptr[p] == name.ptr[n])) {
			p++;
			n++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			n = ++resume;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.ptr[p] == '*')
		p++;
	return p == pattern.len;
}

bool host_pattern_list_covers(struct slice list, struct slice name)
{
	struct slice pattern;
	bool         covered = false;

	while (slice_next(&list, ',', &pattern)) {
		bool negated = pattern.len > 0 && pattern.ptr[0] == '!';

		if (!host_pattern_covers(negated ? slice_sub(pattern, 1, SIZE_MAX) : pattern, name))
			continue;
		if (negated)
			return false;
		covered = true;
	}
	return covered;
}

bool host_pattern_is_plain(struct slice list)
{
	for (size_t i = 0; i < list.len; i++)
		if (list.ptr[i] == '*' || list.ptr[i] == '?' || list.ptr[i] == '!')
			return false;
	return true;
}

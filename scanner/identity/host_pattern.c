#include "host_pattern.h"

bool host_pattern_list_covers(struct slice list, struct slice name)
{
	struct slice pattern;
	bool         covered = false;

	while (slice_next(&list, ',', &pattern)) {
		bool negated = pattern.len > 0 && pattern.ptr[0] == '!';

		if (!slice_matches(name, negated ? slice_sub(pattern, 1, SIZE_MAX) : pattern))
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

#include "from.h"

#include "sshd_match.h"

/* A pattern that a name could match: neither address nor network, with a letter, and without the colon that no name has. */
static bool is_name(struct slice pattern)
{
	struct sshd_net net;
	bool            letter = false;

	for (size_t i = 0; i < pattern.len; i++) {
		if (pattern.ptr[i] == ':')
			return false;
		letter = letter || isalpha((unsigned char)pattern.ptr[i]);
	}
	return letter && sshd_net_parse(pattern, &net) == 0;
}

/* Whether a name is among the patterns, or (with `negated`) among those after a "!". */
static bool has_name(struct slice patterns, bool negated)
{
	struct slice pattern;

	while (slice_next(&patterns, ',', &pattern)) {
		bool not = pattern.len > 0 && pattern.ptr[0] == '!';

		if (not )
			pattern = slice_sub(pattern, 1, pattern.len);
		if (not == negated && is_name(pattern))
			return true;
	}
	return false;
}

enum from_verdict from_judge(const char *patterns, const char *address)
{
	struct slice    list = slice_of(patterns);
	struct sshd_net net;
	int             by_address;
	int             by_name;

	if (sshd_net_parse(slice_of(address), &net) != 1)
		return FROM_UNKNOWN;
	by_address = sshd_match_address(slice_of(address), list);
	if (by_address < 0) /* negated, or a list that sshd refuses: nobody gets in */
		return FROM_REFUSED;
	by_name = sshd_match_list(slice_of(address), list, true); /* without UseDNS the address is the name */
	if (by_name < 0)
		return FROM_REFUSED;
	if (by_address > 0 || by_name > 0)
		return has_name(list, true) ? FROM_UNKNOWN : FROM_ALLOWED;
	return has_name(list, false) ? FROM_UNKNOWN : FROM_REFUSED;
}

/* Patterns, networks and criteria of Match lines, and what follows from one criterion for another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sshd_match.h"

static const struct {
	const char *text, *pattern;
	bool        matches;
} patterns[] = {
	{ "root", "root", true },
	{ "root", "Root", false },
	{ "root", "r*", true },
	{ "root", "*t", true },
	{ "root", "r??t", true },
	{ "root", "r?t", false },
	{ "root", "*", true },
	{ "", "*", true },
	{ "", "", true },
	{ "root", "", false },
	{ "", "?", false },
	{ "root", "****", true },
	{ "root", "*o*o*", true },
	{ "root", "*o*o*o*", false },
	{ "aab", "*ab", true },
	{ "mississippi", "m*iss*pi", true },
	{ "mississippi", "m*iss*pp", false },
	{ "a*b", "a*b", true },
	{ "[a]", "[a]", true },
	{ "a", "[a]", false },
};

static const struct {
	const char *text, *list;
	bool        fold;
	int         result;
} lists[] = {
	{ "root", "root,daemon", false, 1 },
	{ "mail", "root,daemon", false, 0 },
	{ "root", "!root,*", false, -1 },
	{ "root", "*,!root", false, -1 },
	{ "mail", "*,!root", false, 1 },
	{ "mail", "!root", false, 0 },
	{ "root", "", false, 0 },
	{ "root", ",,root", false, 1 },
	{ "a.b", "A.*", true, 1 },
	{ "a.b", "A.*", false, 0 },
	{ "root", "root,", false, 1 },
	{ "!x", "!!x", false, -1 },
};

static const struct {
	const char *text;
	int         result;
	unsigned    size, bits;
} nets[] = {
	{ "10.0.0.0/8", 1, 4, 8 },
	{ "10.1.2.3", 1, 4, 32 },
	{ "10.1.2.3/8", ERR_SYNTAX, 0, 0 },
	{ "10.0.0.0/33", ERR_SYNTAX, 0, 0 },
	{ "0.0.0.0/0", 1, 4, 0 },
	{ "::/0", 1, 16, 0 },
	{ "fd00::/8", 1, 16, 8 },
	{ "fd00::1/8", ERR_SYNTAX, 0, 0 },
	{ "2001:db8::1", 1, 16, 128 },
	{ "::1/129", 0, 0, 0 },
	{ "10.*", 0, 0, 0 },
	{ "", 0, 0, 0 },
	{ "10.0.0.0/", 0, 0, 0 },
	{ "10.0.0.0/x", 0, 0, 0 },
	{ "10.1", 1, 4, 32 },
	{ "0x0a010203", 1, 4, 32 },
	{ "012.0.0.1", 1, 4, 32 },
	{ "1.2.3.256", 0, 0, 0 },
	{ "1.2.3.4.5", 0, 0, 0 },
	{ "1.2.3.", 0, 0, 0 },
	{ "4294967296", 0, 0, 0 },
	{ "256.1", 0, 0, 0 },
	{ "1.16777216", 0, 0, 0 },
};

static const struct {
	const char *address, *list;
	int         result;
} addresses[] = {
	{ "10.1.2.3", "10.0.0.0/8", 1 },
	{ "11.1.2.3", "10.0.0.0/8", 0 },
	{ "10.1.2.3", "10.0.0.0/8,!10.1.0.0/16", -1 },
	{ "10.1.2.3", "!10.1.0.0/16,*", -1 },
	{ "10.1.2.3", "10.*", 1 },
	{ "10.1.2.3", "10.1.2.?", 1 },
	{ "::1", "0.0.0.0/0", 0 },
	{ "::1", "::/0", 1 },
	{ "10.1.2.3", "0.0.0.0/0", 1 },
	{ "2001:db8:0:0::5", "2001:db8::5", 1 },
	{ "nonsense", "*", 0 },
	{ "10.1.2.3", "10.1.2.3,", SSHD_MATCH_REFUSED },
	{ "10.1.2.3", "", SSHD_MATCH_REFUSED },
	{ "10.1.2.3", "!", SSHD_MATCH_REFUSED },
	{ "10.1.2.3", "10.1.2.3/8", SSHD_MATCH_REFUSED },
	{ "10.1.2.3", "host.name", 0 },
};

static void patterns_match_as_in_sshd(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(patterns); i++)
		if (slice_matches(slice_of(patterns[i].text), slice_of(patterns[i].pattern)) != patterns[i].matches)
			fail_msg("%s, %s", patterns[i].text, patterns[i].pattern);
	for (size_t i = 0; i < countof(lists); i++)
		if (sshd_match_list(slice_of(lists[i].text), slice_of(lists[i].list), lists[i].fold) != lists[i].result)
			fail_msg("%s, %s", lists[i].text, lists[i].list);
}

static void networks_match_as_in_sshd(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(nets); i++) {
		struct sshd_net net = { 0 };

		if (sshd_net_parse(slice_of(nets[i].text), &net) != nets[i].result || net.size != nets[i].size || net.bits != nets[i].bits)
			fail_msg("%s: %u bytes, %u bits", nets[i].text, net.size, net.bits);
	}
	for (size_t i = 0; i < countof(addresses); i++)
		if (sshd_match_address(slice_of(addresses[i].address), slice_of(addresses[i].list)) != addresses[i].result)
			fail_msg("%s, %s", addresses[i].address, addresses[i].list);
}

/* As many steps as the lengths' product, not an exponent of the asterisks. */
static void patterns_take_bounded_time(void **state)
{
	char text[20000], pattern[2000];

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = "*a"[i % 2];
	pattern[sizeof(pattern) - 1] = 'b';
	assert_false(slice_matches((struct slice){ .ptr = text, .len = sizeof(text) }, (struct slice){ .ptr = pattern, .len = sizeof(pattern) }));
}

static const struct {
	sshd_release release;
	const char  *line;
	int          nitems;   /* -1: refused */
	const char  *patterns; /* of the first */
} lines[] = {
	{ 902, "User root", 1, "root" },
	{ 902, "User root Address 10.0.0.0/8", 2, "root" },
	{ 902, "user=root address=::1", 2, "root" },
	{ 1000, "user=root address=::1", 2, "root" },
	{ 902, "all", 1, "" },
	{ 902, "ALL # x", 1, "" },
	{ 902, "all user x", -1, NULL },
	{ 902, "user x all", -1, NULL },
	{ 902, "User", -1, NULL },
	{ 902, "", -1, NULL },
	{ 902, "# x", -1, NULL },
	{ 902, "User # x", -1, NULL },
	{ 902, "User root # x", 1, "root" },
	{ 902, "User \"a b\"", 1, "a b" },
	{ 1000, "User 'a b'", 1, "a b" },
	{ 902, "User 'a", 1, "'a" },
	{ 1000, "User 'a", -1, NULL },
	{ 902, "User \"a", -1, NULL },
	{ 902, "Exec true", -1, NULL },
	{ 902, "LocalPort 22", 1, "22" },
	{ 902, "LocalPort x", -1, NULL },
	{ 902, "LocalPort 65536", -1, NULL },
	{ 902, "Address 10.0.0.1/8", -1, NULL },
	{ 902, "Address 10.0.0.0/8,*.x", 1, "10.0.0.0/8,*.x" },
	{ 1000, "invalid-user", 1, "" },
	{ 1000, "Invalid-User User x", 2, "" },
	{ 1000, "version OpenSSH_10*", 1, "OpenSSH_10*" },
	{ 0, "User root", 1, "root" },
	{ 902, "Users root", -1, NULL },
	{ 1000, "User=", -1, NULL },
};

static void criteria_are_parsed(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(lines); i++) {
		struct arena         arena = { 0 };
		struct sshd_criteria criteria;
		struct error         err;

		assert_int_equal(sshd_criteria_parse(lines[i].release, slice_of(lines[i].line), &arena, &criteria, &err), 0);
		if (criteria.refused != (lines[i].nitems < 0) || (!criteria.refused && criteria.nitems != (size_t)lines[i].nitems) ||
		    (!criteria.refused && !slice_is(criteria.items[0].patterns, lines[i].patterns)))
			fail_msg("%s: %zu criteria", lines[i].line, criteria.nitems);
		arena_free(&arena);
	}
}

static const struct {
	const char        *given, *other;
	enum sshd_relation relation;
} relations[] = {
	{ "User a", "all", SSHD_CERTAIN },
	{ "User a", "User a", SSHD_CERTAIN },
	{ "User a", "User b", SSHD_NEVER },
	{ "User a", "User a,b", SSHD_CERTAIN },
	{ "User a,b", "User a", SSHD_MAY },
	{ "User a,b", "User c,d*", SSHD_NEVER },
	{ "User a*", "User ab", SSHD_MAY },
	{ "User ab", "User a*", SSHD_CERTAIN },
	{ "User ab", "User a*,!ab", SSHD_NEVER },
	{ "User a,!a", "User b", SSHD_NEVER },
	{ "User !a", "User b", SSHD_NEVER },
	{ "User a", "Group a", SSHD_MAY },
	{ "Group a", "Group b", SSHD_MAY },
	{ "Group a", "Group a", SSHD_CERTAIN },
	{ "Group a", "invalid-user", SSHD_NEVER },
	{ "User a", "invalid-user", SSHD_MAY },
	{ "Host A.x", "Host a.*", SSHD_CERTAIN },
	{ "Host a.x", "Host b.x", SSHD_NEVER },
	{ "Address 10.1.0.0/16", "Address 10.0.0.0/8", SSHD_CERTAIN },
	{ "Address 10.0.0.0/8", "Address 10.1.0.0/16", SSHD_MAY },
	{ "Address 10.0.0.0/8", "Address 11.0.0.0/8", SSHD_NEVER },
	{ "Address 10.1.0.0/16", "Address 10.0.0.0/8,!10.1.2.0/24", SSHD_MAY },
	{ "Address 10.1.2.0/24", "Address 10.0.0.0/8,!10.1.0.0/16", SSHD_NEVER },
	{ "Address 10.1.2.3,10.2.0.0/16", "Address 10.0.0.0/8", SSHD_CERTAIN },
	{ "Address 10.1.2.3,11.0.0.0/8", "Address 10.0.0.0/8", SSHD_MAY },
	{ "Address 10.1.*", "Address 11.0.0.0/8", SSHD_MAY },
	{ "Address 10.0.0.0/8", "Address 11.*", SSHD_MAY },
	{ "Address ::1", "Address 0.0.0.0/0", SSHD_NEVER },
	{ "Address 10.0.0.0/8", "LocalAddress 11.0.0.0/8", SSHD_MAY },
	{ "LocalPort 22", "LocalPort 022", SSHD_CERTAIN },
	{ "LocalPort 22", "LocalPort 2222", SSHD_NEVER },
	{ "RDomain a", "RDomain b", SSHD_NEVER },
};

static void only_what_is_certain_follows(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(relations); i++) {
		struct arena         arena = { 0 };
		struct sshd_criteria given, other;
		struct error         err;

		assert_int_equal(sshd_criteria_parse(1000, slice_of(relations[i].given), &arena, &given, &err), 0);
		assert_int_equal(sshd_criteria_parse(1000, slice_of(relations[i].other), &arena, &other, &err), 0);
		assert_true(given.nitems == 1 && other.nitems == 1);
		if (sshd_criterion_relation(&given.items[0], &other.items[0]) != relations[i].relation)
			fail_msg("%s, %s", relations[i].given, relations[i].other);
		arena_free(&arena);
	}
}

static const struct {
	const char  *text;
	sshd_release release;
} releases[] = {
	{ "OpenSSH_9.2p1 Debian-2+deb12u3", 902 },
	{ "OpenSSH_10.0p2", 1000 },
	{ "unknown option -- V\nOpenSSH_8.4p1", 804 },
	{ "OpenSSH_for_Windows_9.5p1", 0 },
	{ "OpenSSH_", 0 },
	{ "OpenSSH_9", 0 },
	{ "OpenSSH_999.1", 0 },
	{ "", 0 },
};

static void releases_are_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(releases); i++)
		assert_int_equal(sshd_release_of(slice_of(releases[i].text)), releases[i].release);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_match_as_in_sshd),
		cmocka_unit_test(networks_match_as_in_sshd),
		cmocka_unit_test(patterns_take_bounded_time),
		cmocka_unit_test(criteria_are_parsed),
		cmocka_unit_test(only_what_is_certain_follows),
		cmocka_unit_test(releases_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

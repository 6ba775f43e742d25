/*
 * Two Match lines and a connection, a line each: release digit and lines, then user, host, address, local address, rdomain, port and groups. What
 * one line is said to imply or exclude has to be so for the connection.
 */
#include "fuzz.h"

#include "sshd_match.h"

#define MAX_BYTES 4096 /* patterns take the product of the lengths */

static struct slice take(struct slice *rest)
{
	struct slice line = { 0 };

	return slice_next_line(rest, &line, NULL) ? line : (struct slice){ .ptr = "", .len = 0 };
}

static void check_pair(const struct sshd_criterion *a, const struct sshd_criterion *b, const struct sshd_connection *connection)
{
	static const struct slice version = { .ptr = "OpenSSH_10.0p2 Debian-7", .len = 23 };
	enum sshd_relation        relation = sshd_criterion_relation(a, b);

	if (!sshd_criterion_holds(a, connection, version) || relation == SSHD_MAY)
		return;
	if (sshd_criterion_holds(b, connection, version) != (relation == SSHD_CERTAIN))
		abort();
}

/* A user who does not exist is in no group. */
static struct sshd_connection take_connection(struct slice *rest, struct slice *groups)
{
	struct sshd_connection connection = { .groups = groups };
	struct slice           names;

	connection.user = take(rest);
	connection.host = take(rest);
	connection.address = take(rest);
	connection.local_address = take(rest);
	connection.rdomain = take(rest);
	connection.local_port = (unsigned)take(rest).len;
	names = take(rest);
	while (connection.ngroups < 4 && slice_next(&names, ',', &groups[connection.ngroups]))
		connection.ngroups++;
	connection.user_exists = connection.ngroups > 0;
	return connection;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice           rest = { .ptr = (const char *)data, .len = size }, groups[4], line[2];
	sshd_release           release = size > 0 && data[0] % 2 ? 902 : 1000;
	struct arena           arena = { 0 };
	struct sshd_criteria   criteria[2];
	struct sshd_connection connection;

	if (size > MAX_BYTES)
		return 0;
	rest = slice_sub(rest, 1, rest.len);
	line[0] = take(&rest);
	line[1] = take(&rest);
	connection = take_connection(&rest, groups);
	for (size_t i = 0; i < 2; i++)
		if (sshd_criteria_parse(release, line[i], &arena, &criteria[i], NULL) < 0)
			abort();
	for (size_t i = 0; i < criteria[0].nitems; i++)
		for (size_t j = 0; j < criteria[1].nitems; j++)
			check_pair(&criteria[0].items[i], &criteria[1].items[j], &connection);
	arena_free(&arena);
	return 0;
}

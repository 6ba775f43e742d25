/*
 * A configuration in one file, then "%%" and a connection as in fuzz_sshd_match: what is in force for the connection has to be in force under some
 * set of the plan. The dump parser gets the same bytes.
 */
#include "fuzz_checks.h"
#include "sshd_effective.h"

#define MAX_BYTES 16384

static const char *const heads[] = { "sshd_config.file path=/etc/ssh/sshd_config", "oracle.connection", NULL };

/* True when the same lines are in force, and the same gaps leave them open. */
static bool is_same(const struct sshd_config *config, const sshd_contexts *a, const sshd_contexts *b)
{
	for (size_t i = 0; i < SSHD_KEYWORDS; i++) {
		struct sshd_setting x = sshd_effective_find(config, a, (enum sshd_keyword)i), y = sshd_effective_find(config, b, (enum sshd_keyword)i);
		size_t              d = x.first, e = y.first;

		if (x.gap != y.gap || d != e)
			return false;
		while (x.joining != SSHD_FIRST && d != SSHD_NONE && d == e) {
			d = sshd_setting_next(&x, d);
			e = sshd_setting_next(&y, e);
		}
		if (d != e)
			return false;
	}
	return true;
}

static bool has_refused(const struct sshd_config *config)
{
	for (size_t i = 0; i < config->ncontexts; i++)
		if (config->contexts[i].match.refused)
			return true;
	return false;
}

static void check_plan(const struct sshd_config *config, struct slice rest)
{
	static const struct slice version = { .ptr = "OpenSSH_10.0p2 Debian-7", .len = 23 };
	sshd_contexts             set[257]; /* one more than are read */
	struct slice              line = { 0 }, group;
	struct sshd_connection    connection = { .groups = &group };
	struct sshd_plan          plan;
	struct slice             *fields[] = { &connection.user, &connection.host, &connection.address, &connection.local_address, &connection.rdomain, &group };
	bool                      found;

	for (size_t i = 0; i < countof(fields); i++)
		*fields[i] = slice_next_line(&rest, &line, NULL) ? line : (struct slice){ .ptr = "", .len = 0 };
	connection.ngroups = group.len > 0;
	connection.user_exists = group.len > 0;
	connection.local_port = 22;
	if (sshd_plan_make(config, version, &plan, NULL) < 0 || config->ncontexts > countof(set))
		abort();
	sshd_effective_satisfied(config, &connection, version, set);
	found = plan.more || has_refused(config);
	for (size_t i = 0; !found && i < plan.nsets; i++)
		found = is_same(config, set, sshd_plan_set(&plan, i));
	if (!found)
		abort();
	sshd_plan_fini(&plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice    input = { .ptr = (const char *)data, .len = size };
	struct evidence      *ev = size <= MAX_BYTES ? fuzz_evidence("0", heads, input) : NULL;
	const struct section *connection = ev ? evidence_find(ev, "oracle.connection") : NULL;
	struct sshd_config    config, dump;

	if (!connection) {
		evidence_free(ev);
		return 0;
	}
	if (sshd_config_init(&config, size % 2 ? 902 : 1000, NULL) < 0 || sshd_config_init(&dump, 0, NULL) < 0 || sshd_config_read(&config, ev, slice_of(SSHD_MAIN_FILE), NULL) < 0 ||
	    sshd_config_read_dump(&dump, input, NULL) < 0)
		abort();
	check_plan(&config, connection->body);
	sshd_config_fini(&config);
	sshd_config_fini(&dump);
	evidence_free(ev);
	return 0;
}

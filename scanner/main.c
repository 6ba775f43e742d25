/*
 * sshvet: audits how hosts are hardened, over SSH, read-only, without installing anything on them.
 *
 * A map of the tree. Data flows one way, and no part knows of those after it:
 *
 *   inventory -> session -> evidence -> facts -> rules -> findings -> journal -> reports
 *
 *   scanner/            the program
 *     main.c            this file: wiring and exit status
 *     commands.def      every subcommand; each is one cmd_NAME.c
 *     options.def       every option: parsing, --help and the manual page (help.c, sshvet.1.in) read this one table
 *     outputs.c         writing the reports that were asked for; places.c: which, and where to
 *     scanning.c        what `scan` and `probe` have in common
 *     modules.c         where the rules meet the check modules
 *     base/             errors, memory, buffers, text, files: what every part starts from
 *     inventory/        which hosts to scan
 *     yaml/             YAML files as trees that remember where everything stands
 *     identity/ key/    the client's key, known_hosts, public keys
 *     wire/             what is seen of SSH before encryption starts
 *     probe/            what a server shows to anybody: algorithms, and host keys of every type
 *     session/          one SSH connection, never blocking; the only part that includes libssh2
 *     evidence/         what was gathered from one target: named sections in one stream
 *     scan/             all targets at once: sockets, timers, retries; judge.c goes from evidence to findings
 *     fleet/            the keys of all hosts of a journal, what they open and how far they lead (sshvet keys)
 *     journal/          one JSON line per finished target; every report is a rendering of it
 *   checks/             what can be learnt: per module a parser (NAME.c) and its part of the collector (NAME.sh)
 *     checks.def        every module
 *     facts/            typed values; what could not be read is absent with its reason
 *   rules/              what is required: the engine, and the rules and profiles as YAML
 *   reports/            how findings leave: one file per format
 *     reports.def       every format
 *   tests/              unit/, cases/ (evidence in, findings out), cli/, live/ (real servers), fuzz/, bench/
 */
#define SSHVET_MAY_EXIT
#include <fcntl.h>
#include <signal.h>

#include "error.h"
#include "help.h"
#include "options.h"

/*
 * Descriptors 0 to 2 must be taken: a journal or a socket that got number 1 would receive what is meant for standard
 * output. What was closed is opened so that using it still fails.
 */
static void occupy_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
	}
}

static int run(const struct options *o, struct error *err)
{
	if (o->version)
		return command_find("version")->run(o, err);
	if (o->help && o->command)
		help_command(o->command, stdout);
	else if (o->help)
		help_overview(stdout);
	else
		return o->command->run(o, err);
	return 0;
}

/* What a command printed must have arrived; a command's own failure is the better reason. */
static int flush_output(int r, struct error *err)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return r;
	return r < 0 ? r : error_set(err, ERR_OUTPUT, "cannot write to standard output: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	struct error   err = { 0 };
	int            r;

	occupy_standard_streams();
	signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of the write, with its reason */

	r = options_parse(argc, argv, &options, &err);
	if (r == 0)
		r = flush_output(run(&options, &err), &err);
	options_fini(&options);
	if (r < 0) {
		fprintf(stderr, "sshvet: %s\n", err.text);
		return error_exit_status(r);
	}
	return r;
}

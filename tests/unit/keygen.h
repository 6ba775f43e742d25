/*
 * keygen.h: for tests: run ssh-keygen, the reference for keys and known_hosts, in a temporary folder.
 */
#ifndef SSHVET_TEST_KEYGEN_H
#define SSHVET_TEST_KEYGEN_H

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include "buf.h"
#include "file.h"

extern char **environ;

/* Run a program with its output in `path_out`; its exit status, or -1. Standard input is `path_in`. */
static int keygen_spawn(const char *const argv[], const char *path_in, const char *path_out)
{
	posix_spawn_file_actions_t actions;
	char                      *args[24];
	size_t                     n = 0;
	pid_t                      pid;
	int                        status = -1;
	int                        r;

	/* posix_spawn() takes its arguments without const, and does not write to them. */
	for (; argv[n]; n++) {
		union {
			const char *text;
			char       *argument;
		} u = { .text = argv[n] };

		assert(n + 1 < countof(args));
		args[n] = u.argument;
	}
	args[n] = NULL;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, path_in, O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, path_out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	r = posix_spawnp(&pid, args[0], &actions, NULL, args, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (r != 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/* False when ssh-keygen is not installed: -? makes it print its usage and leave with 1. */
static bool keygen_exists(void)
{
	const char *const argv[] = { "ssh-keygen", "-?", NULL };

	return keygen_spawn(argv, "/dev/null", "/dev/null") == 1;
}

static void keygen_remove(const char *folder)
{
	const char *const argv[] = { "rm", "-rf", folder, NULL };

	(void)keygen_spawn(argv, "/dev/null", "/dev/null");
}

#endif

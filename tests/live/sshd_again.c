/*
 * sshd_again.c: preloaded into "sshd -T -h KEY -f FILE -D -D", has it read a configuration as often as it is told to.
 *
 * Most of what sshd -T takes is to load libraries and to start the random numbers. This does both once, then waits for lines
 * "OUT<tab>ERR<tab>FILE<tab>SPEC" on standard input, and for each lets a child of its own go on to sshd's main(), as if it had been run with
 * -f FILE and, where SPEC is not empty, -C SPEC, with OUT and ERR for its output. The status comes back as a line. It must load under the C
 * libraries of older releases, so it keeps to their functions.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_MAX_LEN 8192
#define ARGUMENTS    8 /* of the command above */

enum {
	OUT,
	ERR,
	FILE_NAME,
	SPEC,
	FIELDS,
};

/* OpenSSL's, as sshd calls it at start. */
extern int RAND_status(void) __attribute__((weak));

static void send_to(int fd, const char *path)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (file < 0 || dup2(file, fd) < 0)
		_exit(126);
	close(file);
}

/* True in the child, whose arguments are then those of the line. */
static int run(char *line, char **argv)
{
	static char option[] = "-C";
	char       *fields[FIELDS], *rest = line, text[16];
	int         status = 0, len;
	pid_t       child;

	for (size_t i = 0; i < FIELDS; i++) {
		fields[i] = rest;
		rest += strcspn(rest, "\t\n");
		if (*rest != '\0')
			*rest++ = '\0';
	}
	child = fork();
	if (child == 0) {
		send_to(STDOUT_FILENO, fields[OUT]);
		send_to(STDERR_FILENO, fields[ERR]);
		argv[5] = fields[FILE_NAME];
		if (*fields[SPEC] != '\0') {
			argv[6] = option;
			argv[7] = fields[SPEC];
		}
		return 1;
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		_exit(126);
	len = snprintf(text, sizeof(text), "%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	if (write(STDOUT_FILENO, text, (size_t)len) != len)
		_exit(126);
	return 0;
}

/* The C library gives what main() will get; main() is reached by returning. What runs sshd, a shell or a loader, is passed by. */
__attribute__((constructor)) static void read_again(int argc, char **argv)
{
	static char line[LINE_MAX_LEN];

	if (argc != ARGUMENTS || strcmp(argv[1], "-T") != 0)
		return;
	if (RAND_status)
		(void)RAND_status();
	while (fgets(line, sizeof(line), stdin))
		if (run(line, argv))
			return;
	_exit(0);
}

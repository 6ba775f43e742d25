#include <fcntl.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <sys/select.h>
#include <termios.h>

#include "passphrase.h"

int passphrase_ask(const struct passphrase_prompt *prompt, struct passphrase *ret_passphrase, struct error *err)
{
	struct passphrase p = { 0 };
	int               n;

	if (!prompt->source)
		return error_set(
			err, ERR_IDENTITY,
			"is encrypted, and no passphrase was given; use --passphrase-fd, or run on a terminal");
	n = prompt->source(prompt->key_path, p.text, sizeof(p.text), prompt->context, err);
	if (n < 0)
		n = error_prefix(err, "cannot be opened");
	else if ((size_t)n >= sizeof(p.text))
		n = error_set(err, ERR_INTERNAL, "a passphrase source wrote past its buffer");
	if (n >= 0) {
		p.len = (size_t)n;
		*ret_passphrase = p;
	}
	passphrase_forget(&p);
	return n < 0 ? n : 0;
}

void passphrase_forget(struct passphrase *p)
{
	OPENSSL_cleanse(p, sizeof(*p));
}

/* Read up to a newline, one byte at a time: what follows is for the next reader. */
static int read_line(int fd, char *buffer, size_t size, struct error *err)
{
	size_t n = 0;
	char   c;

	for (;;) {
		ssize_t got = read(fd, &c, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(err, ERR_IDENTITY, "passphrase cannot be read: %s", strerror(errno));
		if (got == 0 && n == 0)
			return error_set(err, ERR_IDENTITY, "there was no passphrase to read");
		if (got == 0 || c == '\n')
			break;
		if (c == '\0')
			return error_set(err, ERR_IDENTITY, "passphrase contains a NUL byte");
		if (n + 1 >= size)
			return error_set(err, ERR_IDENTITY, "passphrase is longer than %zu bytes", size - 1);
		buffer[n++] = c;
	}
	c = '\0';
	buffer[n] = '\0';
	return (int)n;
}

int passphrase_from_fd(const char *key_path, char *buffer, size_t size, void *context, struct error *err)
{
	const int *fd = context;
	int        n = read_line(*fd, buffer, size, err);

	(void)key_path;
	if (n < 0)
		OPENSSL_cleanse(buffer, size);
	return n;
}

/* --- the terminal --- */

/* Signals that would leave the terminal without echo. They are held while the terminal is being asked. */
static const int held_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };

static volatile sig_atomic_t caught;

static void note(int number)
{
	caught = number;
}

/* The state of the process and the terminal before the question. */
struct terminal {
	int              fd;
	struct termios   mode;
	sigset_t         mask;
	struct sigaction actions[countof(held_signals)];
};

/* Block the signals, and have them noted: only the wait in read_answer() lets them in, so that none slips by.
 */
static void hold_signals(struct terminal *t)
{
	struct sigaction noted = { .sa_handler = note };
	sigset_t         set;

	sigemptyset(&noted.sa_mask);
	sigemptyset(&set);
	for (size_t i = 0; i < countof(held_signals); i++)
		sigaddset(&set, held_signals[i]);
	caught = 0;
	pthread_sigmask(SIG_BLOCK, &set, &t->mask);
	for (size_t i = 0; i < countof(held_signals); i++) {
		sigaction(held_signals[i], &noted, &t->actions[i]);
		if (t->actions[i].sa_handler == SIG_IGN)
			sigaction(held_signals[i], &t->actions[i], NULL);
	}
}

/* Put back what was, then let a held signal do what it would have done. */
static int release_signals(struct terminal *t)
{
	int number;

	for (size_t i = 0; i < countof(held_signals); i++)
		sigaction(held_signals[i], &t->actions[i], NULL);
	pthread_sigmask(SIG_SETMASK, &t->mask, NULL);
	number = caught;
	if (number != 0)
		raise(number);
	return number;
}

static bool echo_off(struct terminal *t)
{
	struct termios silent;

	if (tcgetattr(t->fd, &t->mode) < 0)
		return false;
	silent = t->mode;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	return tcsetattr(t->fd, TCSAFLUSH, &silent) == 0;
}

static void say(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

/* Wait for a line with the signals let in, then read it with them held. */
static int read_answer(const struct terminal *t, char *buffer, size_t size, struct error *err)
{
	fd_set readable;

	FD_ZERO(&readable);
	FD_SET(t->fd, &readable);
	if (pselect(t->fd + 1, &readable, NULL, NULL, NULL, &t->mask) < 0)
		return error_set(err, ERR_IDENTITY, "passphrase cannot be read: %s",
		                 caught ? "interrupted" : strerror(errno));
	return read_line(t->fd, buffer, size, err);
}

static int ask_once(int fd, const char *key_path, char *buffer, size_t size, int *ret_signal, struct error *err)
{
	struct terminal t = { .fd = fd };
	int             n;

	hold_signals(&t);
	if (echo_off(&t)) {
		say(fd, "Passphrase for '");
		say(fd, key_path);
		say(fd, "': ");
		n = read_answer(&t, buffer, size, err);
		tcsetattr(fd, TCSAFLUSH, &t.mode);
		say(fd, "\n");
	} else {
		n = error_set(err, ERR_IDENTITY, "the terminal cannot hide a passphrase: %s", strerror(errno));
	}
	*ret_signal = release_signals(&t);
	return n;
}

int passphrase_from_terminal(const char *key_path, char *buffer, size_t size, void *context, struct error *err)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	int number = 0;
	int n;

	(void)context;
	if (fd < 0 || fd >= FD_SETSIZE) {
		if (fd >= 0)
			close(fd);
		return error_set(err, ERR_IDENTITY,
		                 "there is no terminal to ask for its passphrase; use --passphrase-fd");
	}
	/* Stopped and continued: ask again. */
	do {
		n = ask_once(fd, key_path, buffer, size, &number, err);
	} while (n < 0 && number == SIGTSTP);
	close(fd);
	if (n < 0)
		OPENSSL_cleanse(buffer, size);
	return n;
}

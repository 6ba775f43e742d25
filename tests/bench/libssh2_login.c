/*
 * libssh2_login.c: what libssh2 itself costs: the same connection, login, script and output, and nothing around them. tests/bench/run measures it beside
 * sshvet, so that one sees what can be gained and what cannot.
 *
 * libssh2_login USER KEY THREADS [SCRIPT] <TARGETS: a line "ADDRESS PORT" for each target. KEY is an Ed25519 key in PEM, read once; it signs through the
 * callback. Without SCRIPT the login alone. The host key is taken as it comes. Prints a JSON object with failures, cpu and wall (seconds) and memory (peak,
 * bytes).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <libssh2.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TARGETS_MAX 4096
#define THREADS_MAX 64
#define SCRIPT_MAX  (1024 * 1024)
#define HEAD        "\0\0\0\x0bssh-ed25519\0\0\0\x20"
#define HEAD_SIZE   (sizeof(HEAD) - 1)

static struct sockaddr_in targets[TARGETS_MAX];
static size_t             ntargets;
static atomic_size_t      next;
static atomic_size_t      failures;

static const char   *user;
static EVP_PKEY     *key;
static unsigned char blob[HEAD_SIZE + 32];
static char          script[SCRIPT_MAX];
static size_t        script_len;
static bool          has_script;

static LIBSSH2_USERAUTH_PUBLICKEY_SIGN_FUNC(on_sign)
{
	EVP_MD_CTX    *ctx = EVP_MD_CTX_new();
	unsigned char *signature = malloc(64);
	size_t         len = 64;
	bool           good = ctx && signature && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 && EVP_DigestSign(ctx, signature, &len, data, data_len) == 1;

	(void)session;
	(void)abstract;
	EVP_MD_CTX_free(ctx);
	if (!good) {
		free(signature);
		return -1;
	}
	*sig = signature;
	*sig_len = len;
	return 0;
}

/* True when the script was sent, and what it printed and its exit status came. */
static bool run_script(LIBSSH2_SESSION *ssh)
{
	LIBSSH2_CHANNEL *channel = libssh2_channel_open_session(ssh);
	char             chunk[16384];
	size_t           sent = 0;
	ssize_t          n = 0;

	if (!channel || libssh2_channel_exec(channel, "exec /bin/sh -s none") != 0)
		return false;
	while (sent < script_len && (n = libssh2_channel_write(channel, script + sent, script_len - sent)) > 0)
		sent += (size_t)n;
	if (n >= 0)
		n = libssh2_channel_send_eof(channel);
	while (n >= 0 && (n = libssh2_channel_read(channel, chunk, sizeof(chunk))) > 0)
		;
	if (n == 0)
		n = libssh2_channel_wait_closed(channel);
	return libssh2_channel_free(channel) == 0 && n == 0;
}

static bool log_in(int fd, const struct sockaddr_in *target)
{
	LIBSSH2_SESSION *ssh = libssh2_session_init();
	bool             good = ssh && connect(fd, (const struct sockaddr *)target, sizeof(*target)) == 0;

	good = good && libssh2_session_method_pref(ssh, LIBSSH2_METHOD_HOSTKEY, "ssh-ed25519") == 0 && libssh2_session_handshake(ssh, fd) == 0 &&
	       libssh2_userauth_publickey(ssh, user, blob, sizeof(blob), on_sign, NULL) == 0 && (!has_script || run_script(ssh));
	if (good)
		libssh2_session_disconnect(ssh, "done");
	if (ssh)
		libssh2_session_free(ssh);
	return good;
}

static void *work(void *context)
{
	(void)context;
	for (size_t i = atomic_fetch_add(&next, 1); i < ntargets; i = atomic_fetch_add(&next, 1)) {
		const int one = 1;
		int       fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0 || !log_in(fd, &targets[i]))
			atomic_fetch_add(&failures, 1);
		if (fd >= 0)
			close(fd);
	}
	return NULL;
}

static bool read_targets(void)
{
	char address[64], port[8];

	while (ntargets < TARGETS_MAX && scanf("%63s %7s", address, port) == 2) {
		struct sockaddr_in *target = &targets[ntargets++];

		target->sin_family = AF_INET;
		target->sin_port = htons((uint16_t)strtoul(port, NULL, 10));
		if (inet_pton(AF_INET, address, &target->sin_addr) != 1)
			return false;
	}
	return ntargets > 0;
}

static bool read_key(const char *path)
{
	FILE  *file = fopen(path, "re");
	size_t len = 32;

	if (!file)
		return false;
	key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	fclose(file);
	memcpy(blob, HEAD, HEAD_SIZE);
	return key && EVP_PKEY_get_raw_public_key(key, blob + HEAD_SIZE, &len) == 1 && len == 32;
}

static bool read_script(const char *path)
{
	FILE *file = fopen(path, "re");

	if (!file)
		return false;
	script_len = fread(script, 1, sizeof(script), file);
	has_script = script_len < sizeof(script) && !ferror(file);
	fclose(file);
	return has_script;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static int run(size_t nthreads)
{
	double        started = seconds(), cpu = cpu_seconds();
	pthread_t     threads[THREADS_MAX];
	struct rusage usage;

	for (size_t i = 0; i < nthreads; i++)
		if (pthread_create(&threads[i], NULL, work, NULL) != 0)
			return 1;
	for (size_t i = 0; i < nthreads; i++)
		pthread_join(threads[i], NULL);
	getrusage(RUSAGE_SELF, &usage);
	printf("{\"failures\": %zu, \"cpu\": %.6f, \"wall\": %.6f, \"memory\": %ld}\n", atomic_load(&failures), cpu_seconds() - cpu, seconds() - started,
	       usage.ru_maxrss * 1024);
	return 0;
}

int main(int argc, char **argv)
{
	size_t nthreads = argc > 3 ? (size_t)strtoul(argv[3], NULL, 10) : 0;

	if (argc < 4 || argc > 5 || nthreads == 0 || nthreads > THREADS_MAX) {
		fputs("usage: libssh2_login USER KEY THREADS [SCRIPT] <TARGETS\n", stderr);
		return 2;
	}
	user = argv[1];
	if (!read_key(argv[2]) || (argc == 5 && !read_script(argv[4])) || !read_targets() || libssh2_init(0) != 0) {
		fputs("libssh2_login: a file or the targets cannot be read\n", stderr);
		return 2;
	}
	return run(nthreads);
}

/*
 * probe_server.c: an SSH server that can do nothing but show a host key, as fast as can be: what a probe meets when the server is not the limit.
 *
 * probe_server PORT: listens on every address of the loopback. One thread, no cryptography: identification, KEXINIT, and for each
 * KEX_ECDH_INIT an answer with the key that was asked for. Ends when its standard input does.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define IDENTIFICATION "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10\r\n"
#define EVENTS         256

/* What Debian 12 offers. */
static const char *const lists[] = {
	"sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,"
	"ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,"
	"diffie-hellman-group18-sha512,diffie-hellman-group14-sha256,kex-strict-s-v00@openssh.com",
	"rsa-sha2-512,rsa-sha2-256,ecdsa-sha2-nistp256,ssh-ed25519",
	"chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com",
	"chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com",
	"umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,"
	"hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1",
	"umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,"
	"hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1",
	"none,zlib@openssh.com",
	"none,zlib@openssh.com",
	"",
	"",
};

struct bytes {
	unsigned char at[4096];
	size_t        len;
};

struct connection {
	int          fd;
	bool         heard; /* the identification came */
	int          asked; /* which key; -1 before the KEXINIT came */
	struct bytes in;
};

static struct bytes greeting;
static struct bytes answers[3];

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void put(struct bytes *b, const void *data, size_t len)
{
	if (len > sizeof(b->at) - b->len)
		fail("too long");
	memcpy(b->at + b->len, data, len);
	b->len += len;
}

static void put_number(struct bytes *b, size_t n)
{
	const unsigned char bytes[4] = { (unsigned char)(n >> 24), (unsigned char)(n >> 16), (unsigned char)(n >> 8), (unsigned char)n };

	put(b, bytes, sizeof(bytes));
}

static void put_string(struct bytes *b, const void *data, size_t len)
{
	put_number(b, len);
	put(b, data, len);
}

static void put_text(struct bytes *b, const char *text)
{
	put_string(b, text, strlen(text));
}

static void put_packet(struct bytes *b, const struct bytes *payload)
{
	static const unsigned char zeros[16];
	const unsigned char        padding = (unsigned char)(16 - (5 + payload->len) % 8);

	put_number(b, 1 + payload->len + padding);
	put(b, &padding, 1);
	put(b, payload->at, payload->len);
	put(b, zeros, padding);
}

static void make_greeting(void)
{
	static const unsigned char cookie[16];
	static const unsigned char end[5];
	struct bytes               payload = { .len = 0 };

	put(&payload, "\x14", 1);
	put(&payload, cookie, sizeof(cookie));
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		put_text(&payload, lists[i]);
	put(&payload, end, sizeof(end));
	put(&greeting, IDENTIFICATION, strlen(IDENTIFICATION));
	put_packet(&greeting, &payload);
}

/* Keys of the right shape, which is all that is looked at. */
static void make_answer(struct bytes *answer, const struct bytes *key)
{
	static const unsigned char share[32] = { 9 };
	struct bytes               payload = { .len = 0 };

	put(&payload, "\x1f", 1);
	put_string(&payload, key->at, key->len);
	put_string(&payload, share, sizeof(share));
	put_text(&payload, "signature");
	put_packet(answer, &payload);
}

static void make_answers(void)
{
	static const unsigned char zeros[32];
	unsigned char              modulus[385];
	unsigned char              point[65] = { 4 };
	struct bytes               rsa = { .len = 0 };
	struct bytes               ecdsa = { .len = 0 };
	struct bytes               ed25519 = { .len = 0 };

	memset(modulus, 0xa5, sizeof(modulus));
	modulus[0] = 0;
	put_text(&rsa, "ssh-rsa");
	put_string(&rsa, "\x01\0\x01", 3);
	put_string(&rsa, modulus, sizeof(modulus));
	put_text(&ecdsa, "ecdsa-sha2-nistp256");
	put_text(&ecdsa, "nistp256");
	put_string(&ecdsa, point, sizeof(point));
	put_text(&ed25519, "ssh-ed25519");
	put_string(&ed25519, zeros, sizeof(zeros));
	make_answer(&answers[0], &rsa);
	make_answer(&answers[1], &ecdsa);
	make_answer(&answers[2], &ed25519);
}

static void take(struct bytes *b, size_t len)
{
	b->len -= len;
	memmove(b->at, b->at + len, b->len);
}

/* Which key a client's KEXINIT asks for: its second list. */
static int key_of(const unsigned char *payload, size_t len)
{
	const unsigned char *end = payload + len;

	if (memmem(payload, (size_t)(end - payload), "ssh-ed25519", 11))
		return 2;
	return memmem(payload, (size_t)(end - payload), "ecdsa-sha2-nistp256", 19) ? 1 : 0;
}

/* One packet of the client's; false when the connection is over. */
static bool hear_packet(struct connection *c, const unsigned char *payload, size_t len)
{
	if (len > 0 && payload[0] == 20) {
		c->asked = key_of(payload, len);
		return true;
	}
	if (len == 0 || payload[0] != 30 || c->asked < 0)
		return false;
	return send(c->fd, answers[c->asked].at, answers[c->asked].len, MSG_NOSIGNAL) == (ssize_t)answers[c->asked].len;
}

static bool hear(struct connection *c)
{
	const unsigned char *line_end = c->heard ? NULL : memchr(c->in.at, '\n', c->in.len);

	if (line_end) {
		take(&c->in, (size_t)(line_end - c->in.at) + 1);
		c->heard = true;
	}
	while (c->heard && c->in.len >= 5) {
		size_t length = (size_t)c->in.at[0] << 24 | (size_t)c->in.at[1] << 16 | (size_t)c->in.at[2] << 8 | c->in.at[3];

		if (length > sizeof(c->in.at) - 4 || length < c->in.at[4] + 1u)
			return false;
		if (c->in.len < 4 + length)
			return true;
		if (!hear_packet(c, c->in.at + 5, length - c->in.at[4] - 1u))
			return false;
		take(&c->in, 4 + length);
	}
	return true;
}

static void receive(struct connection *c)
{
	ssize_t n = recv(c->fd, c->in.at + c->in.len, sizeof(c->in.at) - c->in.len, 0);

	if (n > 0) {
		c->in.len += (size_t)n;
		if (hear(c))
			return;
	} else if (n < 0 && errno == EAGAIN) {
		return;
	}
	close(c->fd);
	free(c);
}

static void accept_all(int listener, int poll)
{
	for (;;) {
		int                fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		struct connection *c;
		struct epoll_event event = { .events = EPOLLIN };

		if (fd < 0)
			return;
		c = calloc(1, sizeof(*c));
		if (!c)
			fail("calloc");
		c->fd = fd;
		c->asked = -1;
		event.data.ptr = c;
		if (send(fd, greeting.at, greeting.len, MSG_NOSIGNAL) < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) < 0) {
			close(fd);
			free(c);
		}
	}
}

static int listen_on(const char *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)strtoul(port, NULL, 10)) };
	int                on = 1;
	int                fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_ANY);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 4096) < 0)
		fail("listen");
	return fd;
}

static void watch(int poll, int fd, void *what)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = what };

	if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) < 0)
		fail("epoll_ctl");
}

int main(int argc, char **argv)
{
	struct rlimit limit;
	int           listener;
	int           poll = epoll_create1(EPOLL_CLOEXEC);

	if (argc != 2 || poll < 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 2;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	make_greeting();
	make_answers();
	listener = listen_on(argv[1]);
	watch(poll, listener, NULL);
	watch(poll, STDIN_FILENO, &greeting);
	puts("ready");
	fflush(stdout);
	for (;;) {
		struct epoll_event events[EVENTS];
		int                n = epoll_wait(poll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr == &greeting)
				return 0;
			if (events[i].data.ptr)
				receive(events[i].data.ptr);
			else
				accept_all(listener, poll);
		}
	}
}

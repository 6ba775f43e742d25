#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "connect.h"

#include "mem.h"

#define ATTEMPTS_MAX 16u  /* addresses of one name that are tried */
#define STAGGER_MS   250u /* RFC 8305, section 5: Connection Attempt Delay */

struct attempt {
	struct connector       *connector;
	uv_poll_t               poll;
	int                     fd; /* -1 when not connecting */
	struct sockaddr_storage address;
	socklen_t               address_len;
};

struct connector {
	uv_loop_t       *loop;
	uv_getaddrinfo_t request;
	uv_timer_t       stagger;
	const char      *host;
	char             port[8];
	connect_done    *done;
	void            *context;
	bool             resolving; /* the request is with the resolver's thread */
	bool             finished;  /* called back or cancelled */
	unsigned         handles;   /* open libuv handles that point into this */
	struct attempt   attempts[ATTEMPTS_MAX];
	size_t           nattempts;
	size_t           next; /* first attempt not yet started */
	size_t           running;
	char             first[INET6_ADDRSTRLEN + 20];
	struct error     failure; /* the most telling so far */
};

/* A reset connection was one, a refusal says more than silence, and silence more than a missing route. */
static int weight(int code)
{
	static const int order[] = { ERR_UNREACHABLE, ERR_CONNECT_TIMEOUT, ERR_CONNECT_REFUSED, ERR_PROTOCOL };

	for (size_t i = 0; i < countof(order); i++)
		if (order[i] == code)
			return (int)i + 1;
	return 0;
}

static int code_of_errno(int number)
{
	switch (number) {
	case ECONNREFUSED:
		return ERR_CONNECT_REFUSED;
	case ETIMEDOUT:
		return ERR_CONNECT_TIMEOUT;
	case ECONNRESET: /* accepted, and reset before we looked: what it would be called a moment later */
	case ECONNABORTED:
	case EPIPE:
		return ERR_PROTOCOL;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
		return ERR_INTERNAL;
	default:
		return ERR_UNREACHABLE;
	}
}

static void numeric(const struct attempt *a, char *dst, size_t size)
{
	if (getnameinfo((const struct sockaddr *)&a->address, a->address_len, dst, (socklen_t)size, NULL, 0, NI_NUMERICHOST) != 0)
		snprintf(dst, size, "?");
}

static void note_failure(struct attempt *a, int number)
{
	struct connector *c = a->connector;
	int               code = code_of_errno(number);
	char              address[sizeof(c->first)];

	if (c->failure.code != 0 && weight(code) <= weight(c->failure.code))
		return;
	numeric(a, address, sizeof(address));
	error_set(&c->failure, code, "%s port %s: %s", address, c->port, strerror(number));
}

static void release(struct connector *c)
{
	if (c->finished && c->handles == 0 && !c->resolving)
		mem_free(c);
}

static void on_handle_closed(uv_handle_t *handle)
{
	struct connector *c = handle->data;

	c->handles--;
	release(c);
}

/* End an attempt. Its socket is closed unless it is to be kept. */
static void attempt_end(struct attempt *a, bool keep)
{
	if (a->fd < 0)
		return;
	uv_close((uv_handle_t *)&a->poll, on_handle_closed);
	if (!keep)
		close(a->fd);
	a->fd = -1;
	a->connector->running--;
}

static void shut(struct connector *c)
{
	c->finished = true;
	for (size_t i = 0; i < c->nattempts; i++)
		attempt_end(&c->attempts[i], false);
	uv_close((uv_handle_t *)&c->stagger, on_handle_closed);
}

static void finish(struct connector *c, int fd, const char *address, const struct error *failure, bool may_retry)
{
	shut(c);
	c->done(c->context, fd, address, failure, may_retry);
}

static void start_next(struct connector *c);

static void on_connected(uv_poll_t *poll, int status, int events)
{
	struct attempt   *a = (struct attempt *)((char *)poll - offsetof(struct attempt, poll));
	struct connector *c = a->connector;
	int               number = 0;
	socklen_t         size = sizeof(number);
	int               fd = a->fd;
	char              address[sizeof(c->first)];

	(void)events;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &size) < 0)
		number = errno;
	if (status < 0 && number == 0)
		number = -status;
	if (number == 0) {
		numeric(a, address, sizeof(address));
		attempt_end(a, true);
		finish(c, fd, address, NULL, false);
		return;
	}
	note_failure(a, number);
	attempt_end(a, false);
	start_next(c);
}

/* A non-blocking socket that sends small packets at once and is not inherited; -1 with errno. */
static int open_socket(int family)
{
	int on = 1;
	int fd = socket(family, SOCK_STREAM, IPPROTO_TCP);

	if (fd < 0)
		return -1;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
		close(fd);
		return -1;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

/* Start one attempt; false when it failed at once. */
static bool attempt_start(struct attempt *a)
{
	struct connector *c = a->connector;

	a->fd = open_socket(a->address.ss_family);
	if (a->fd < 0) {
		note_failure(a, errno);
		return false;
	}
	if ((connect(a->fd, (struct sockaddr *)&a->address, a->address_len) < 0 && errno != EINPROGRESS) ||
	    uv_poll_init(c->loop, &a->poll, a->fd) < 0) {
		note_failure(a, errno);
		close(a->fd);
		a->fd = -1;
		return false;
	}
	a->poll.data = c;
	c->handles++;
	c->running++;
	if (uv_poll_start(&a->poll, UV_WRITABLE, on_connected) < 0) {
		note_failure(a, ENOMEM);
		attempt_end(a, false);
		return false;
	}
	return true;
}

static void on_stagger(uv_timer_t *timer)
{
	start_next(timer->data);
}

/* Go on with the next address; when none is left and none is running, that was it. */
static void start_next(struct connector *c)
{
	while (c->next < c->nattempts) {
		if (attempt_start(&c->attempts[c->next++])) {
			uv_timer_start(&c->stagger, on_stagger, STAGGER_MS, 0);
			return;
		}
	}
	if (c->running == 0)
		finish(c, -1, c->first, &c->failure, c->failure.code != ERR_INTERNAL);
}

static size_t count_family(const struct addrinfo *list, int family)
{
	size_t n = 0;

	for (; list; list = list->ai_next)
		n += list->ai_family == family;
	return n;
}

static const struct addrinfo *nth_of_family(const struct addrinfo *list, int family, size_t n)
{
	for (; list; list = list->ai_next)
		if (list->ai_family == family && n-- == 0)
			return list;
	return NULL;
}

static void add_attempt(struct connector *c, const struct addrinfo *info)
{
	struct attempt *a;

	if (c->nattempts == ATTEMPTS_MAX || info->ai_addrlen > sizeof(a->address))
		return;
	a = &c->attempts[c->nattempts++];
	*a = (struct attempt){ .connector = c, .fd = -1, .address_len = info->ai_addrlen };
	memcpy(&a->address, info->ai_addr, info->ai_addrlen);
}

/* Families take turns (RFC 8305, section 4), the resolver's first choice first. */
static void take_addresses(struct connector *c, const struct addrinfo *list)
{
	int    first = list->ai_family;
	int    second = first == AF_INET6 ? AF_INET : AF_INET6;
	size_t nfirst = count_family(list, first);
	size_t nsecond = count_family(list, second);

	for (size_t i = 0; i < nfirst || i < nsecond; i++) {
		if (i < nfirst)
			add_attempt(c, nth_of_family(list, first, i));
		if (i < nsecond)
			add_attempt(c, nth_of_family(list, second, i));
	}
	if (c->nattempts > 0)
		numeric(&c->attempts[0], c->first, sizeof(c->first));
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
	struct connector *c = (struct connector *)((char *)request - offsetof(struct connector, request));

	c->resolving = false;
	if (c->finished) {
		uv_freeaddrinfo(list);
		release(c);
		return;
	}
	if (status == 0 && list)
		take_addresses(c, list);
	uv_freeaddrinfo(list);
	if (c->nattempts == 0) {
		error_set(&c->failure, ERR_RESOLVE, "'%s' cannot be resolved: %s", c->host, status < 0 ? uv_strerror(status) : "it has no address");
		finish(c, -1, "", &c->failure, status == UV_EAI_AGAIN);
		return;
	}
	start_next(c);
}

/* An address needs no resolver and none of its threads: true when `host` is one, whose attempt is then ready to start. */
static bool take_numeric(struct connector *c)
{
	struct addrinfo  hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *list = NULL;

	if (getaddrinfo(c->host, c->port, &hints, &list) != 0)
		return false;
	take_addresses(c, list);
	freeaddrinfo(list);
	return c->nattempts > 0;
}

int connector_start(uv_loop_t *loop, const char *host, unsigned port, connect_done *done, void *context, struct connector **ret_connector,
                    struct error *err)
{
	struct addrinfo   hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	struct connector *c = mem_zalloc(sizeof(*c));
	int               r;

	if (!c)
		return error_nomem(err);
	*c = (struct connector){ .loop = loop, .host = host, .done = done, .context = context };
	snprintf(c->port, sizeof(c->port), "%u", port);
	if (!take_numeric(c)) {
		r = uv_getaddrinfo(loop, &c->request, on_resolved, host, c->port, &hints);
		if (r < 0) {
			mem_free(c);
			return error_set(err, ERR_INTERNAL, "cannot start to resolve '%s': %s", host, uv_strerror(r));
		}
		c->resolving = true;
	}
	uv_timer_init(loop, &c->stagger);
	c->stagger.data = c;
	c->handles = 1;
	if (!c->resolving)
		uv_timer_start(&c->stagger, on_stagger, 0, 0);
	*ret_connector = c;
	return 0;
}

bool connector_is_resolving(const struct connector *c)
{
	return c->resolving;
}

void connector_cancel(struct connector *c)
{
	if (c->finished)
		return;
	if (c->resolving)
		(void)uv_cancel((uv_req_t *)&c->request);
	shut(c);
}

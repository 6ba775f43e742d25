#include <arpa/inet.h>
#include <sys/socket.h>

#include "target.h"

#include "mem.h"
#include "text.h"

/* RFC 1035, section 2.3.4: 63 bytes a label, 255 on the wire, which leaves 253 as text. */
#define MAX_LABEL 63
#define MAX_HOST  253
#define MAX_USER  255
#define MAX_NAME  255

static bool is_host_byte(char c)
{
	return isalnum((unsigned char)c) || c == '.' || c == '-' || c == '_';
}

/* True when every byte is one that `accept` takes. */
static bool consists_of(struct slice s, bool (*accept)(char c))
{
	for (size_t i = 0; i < s.len; i++) {
		if (!accept(s.ptr[i]))
			return false;
	}
	return true;
}

static struct slice before(struct slice s, size_t end)
{
	return slice_sub(s, 0, end);
}

static struct slice after(struct slice s, size_t start)
{
	return slice_sub(s, start, s.len);
}

static bool find(struct slice s, char c, size_t *ret_at)
{
	const char *found = s.ptr && s.len > 0 ? memchr(s.ptr, c, s.len) : NULL;

	if (found)
		*ret_at = (size_t)(found - s.ptr);
	return found != NULL;
}

static bool find_last(struct slice s, char c, size_t *ret_at)
{
	for (size_t i = s.len; i > 0; i--) {
		if (s.ptr[i - 1] == c) {
			*ret_at = i - 1;
			return true;
		}
	}
	return false;
}

static bool has(struct slice s, char c)
{
	size_t at;

	return find(s, c, &at);
}

static bool is_numeric_address(int family, struct slice s)
{
	char          text[INET6_ADDRSTRLEN + 1];
	unsigned char address[sizeof(struct in6_addr)];

	if (s.len >= sizeof(text))
		return false;
	memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	return inet_pton(family, text, address) == 1;
}

/* An IPv6 address, with the zone of a link-local one (RFC 4007, section 11: fe80::1%eth0). */
static bool is_ipv6(struct slice s)
{
	size_t percent;

	if (!find(s, '%', &percent))
		return is_numeric_address(AF_INET6, s);
	return after(s, percent + 1).len > 0 && consists_of(after(s, percent + 1), is_host_byte) &&
	       is_numeric_address(AF_INET6, before(s, percent));
}

static bool is_digit(char c)
{
	return isdigit((unsigned char)c);
}

/*
 * Whether the last label is a number, as only an address may have: resolvers still take "10.1" or "0x7f.1" for
 * addresses nobody meant.
 */
static bool ends_in_number(struct slice host)
{
	size_t dot;

	if (host.ptr[host.len - 1] == '.')
		host.len--;
	if (find_last(host, '.', &dot))
		host = after(host, dot + 1);
	return host.len > 0 && (consists_of(host, is_digit) || slice_has_prefix(host, "0x") || slice_has_prefix(host, "0X"));
}

static int check_labels(struct slice host, struct error *err)
{
	struct slice rest = host;
	struct slice label;

	while (slice_next(&rest, '.', &label)) {
		if (label.len == 0)
			return error_set(err, ERR_USAGE, "the host name has an empty part between its dots");
		if (label.len > MAX_LABEL)
			return error_set(err, ERR_USAGE, "a part of the host name is longer than %d bytes", MAX_LABEL);
	}
	return 0;
}

static int check_name_of_host(struct slice host, struct error *err)
{
	if (has(host, '/'))
		return error_set(err, ERR_USAGE, "'/' cannot be in a host name; a network is written 192.0.2.0/24, and not in YAML");
	if (has(host, '%'))
		return error_set(err, ERR_USAGE, "'%%' only follows a valid IPv6 address, as in fe80::1%%eth0");
	if (has(host, ':'))
		return error_set(err, ERR_USAGE, "this is no valid IPv6 address; with a port it is written [ADDRESS]:PORT");
	for (size_t i = 0; i < host.len; i++) {
		if (!is_host_byte(host.ptr[i]))
			return error_set(err, ERR_USAGE, "a host name has letters, digits, '.', '-' and '_' (international "
			                                 "names in their xn-- form)");
	}
	if (ends_in_number(host) && !is_numeric_address(AF_INET, host))
		return error_set(err, ERR_USAGE, "this is no valid IPv4 address; write four numbers from 0 to 255");
	return check_labels(host, err);
}

static int check_host(struct slice host, struct error *err)
{
	if (host.len == 0)
		return error_set(err, ERR_USAGE, "the host is missing; write [user@]host[:port]");
	if (host.ptr[0] == '-')
		return error_set(err, ERR_USAGE, "a host cannot begin with '-'");
	if (host.len > MAX_HOST)
		return error_set(err, ERR_USAGE, "the host name is longer than %d bytes", MAX_HOST);
	if (is_ipv6(host))
		return 0;
	return check_name_of_host(host, err);
}

int target_check_user(struct slice user, struct error *err)
{
	if (user.len == 0)
		return error_set(err, ERR_USAGE, "the user is missing; write user@host, or the host alone");
	if (user.ptr[0] == '-')
		return error_set(err, ERR_USAGE, "a user cannot begin with '-'");
	if (user.len > MAX_USER)
		return error_set(err, ERR_USAGE, "the user is longer than %d bytes", MAX_USER);
	if (has(user, ':'))
		return error_set(err, ERR_USAGE, "a user cannot have ':' in it; passwords are not taken, only keys");
	if (has(user, ' ') || !text_is_clean(user))
		return error_set(err, ERR_USAGE, "a user cannot have spaces or control characters in it");
	return 0;
}

int target_parse_port(struct slice text, unsigned *ret_port, struct error *err)
{
	uint64_t port;

	if (text_parse_unsigned(text, 10, 65535, &port, NULL) < 0 || port == 0)
		return error_set(err, ERR_USAGE, "the port must be a number from 1 to 65535");
	*ret_port = (unsigned)port;
	return 0;
}

/* Names become file names (--evidence) and parts of reports. */
static int check_name(struct slice name, struct error *err)
{
	if (name.len == 0)
		return error_set(err, ERR_USAGE, "the name is empty");
	if (name.len > MAX_NAME)
		return error_set(err, ERR_USAGE, "the name is longer than %d bytes", MAX_NAME);
	if (name.ptr[0] == '-' || name.ptr[0] == '.')
		return error_set(err, ERR_USAGE, "a name cannot begin with '%c'", name.ptr[0]);
	if (has(name, '/') || !text_is_clean(name))
		return error_set(err, ERR_USAGE, "a name cannot have '/' or control characters in it");
	if (slice_trim(name).len != name.len)
		return error_set(err, ERR_USAGE, "a name cannot begin or end with a space");
	return 0;
}

/* Where host and port stand in a text without user: "host", "host:port", "[v6]", "[v6]:port", "v6". */
struct place {
	struct slice host;
	struct slice port;
	bool         has_port; /* a colon was there, whatever follows it */
};

static int split_brackets(struct slice text, struct place *ret_place, struct error *err)
{
	struct place p = { 0 };
	struct slice rest;
	size_t       close;

	if (!find(text, ']', &close))
		return error_set(err, ERR_USAGE, "']' is missing after the IPv6 address");
	p.host = slice_sub(text, 1, close - 1);
	rest = after(text, close + 1);
	if (!is_ipv6(p.host))
		return error_set(err, ERR_USAGE, "there is no valid IPv6 address in the brackets");
	if (rest.len > 0 && rest.ptr[0] != ':')
		return error_set(err, ERR_USAGE, "only :PORT may follow the brackets");
	p.has_port = rest.len > 0;
	p.port = after(rest, 1);
	*ret_place = p;
	return 0;
}

static int split_place(struct slice text, struct place *ret_place, struct error *err)
{
	struct place p = { .host = text };
	size_t       colon;

	if (text.len > 0 && text.ptr[0] == '[')
		return split_brackets(text, ret_place, err);
	if (find(text, ':', &colon) && !has(after(text, colon + 1), ':')) {
		p.host = before(text, colon);
		p.port = after(text, colon + 1);
		p.has_port = true;
	}
	*ret_place = p;
	return 0;
}

/* How a target without a name is called: its host, with the port when one was written. */
static char *default_name(const struct target_parts *parts, bool with_port)
{
	char text[MAX_HOST + sizeof("[]:65535")];
	bool brackets = strchr(parts->host, ':') != NULL;

	if (!with_port)
		return mem_strdup(parts->host);
	snprintf(text, sizeof(text), brackets ? "[%s]:%u" : "%s:%u", parts->host, parts->port);
	return mem_strdup(text);
}

static int build(const struct target_parts *parts, bool port_in_name, struct target *ret_target, struct error *err)
{
	struct target t = { .port = parts->port };
	int           r = check_host(slice_of(parts->host), err);

	if (r == 0)
		r = target_check_user(slice_of(parts->user), err);
	if (r == 0 && parts->name)
		r = check_name(slice_of(parts->name), err);
	if (r < 0)
		return r;

	t.name = parts->name ? mem_strdup(parts->name) : default_name(parts, port_in_name);
	t.host = mem_strdup(parts->host);
	t.user = mem_strdup(parts->user);
	if (!t.name || !t.host || !t.user) {
		target_fini(&t);
		return error_nomem(err);
	}
	*ret_target = t;
	return 0;
}

int target_build(const struct target_parts *parts, struct target *ret_target, struct error *err)
{
	return build(parts, false, ret_target, err);
}

/* Take ssh:// and one '/' at the end off. */
static int strip_url(struct slice *text, struct error *err)
{
	if (!slice_has_prefix(*text, "ssh://")) {
		size_t at;

		if (find(*text, ':', &at) && slice_has_prefix(after(*text, at), "://"))
			return error_set(err, ERR_USAGE, "the only kind of URL taken is ssh://");
		return 0;
	}
	*text = after(*text, strlen("ssh://"));
	if (text->len > 0 && text->ptr[text->len - 1] == '/')
		text->len--;
	return 0;
}

/* User and host as strings, which live in `copy` of at least 2 * MAX + 2 bytes. */
static int parse_into(struct slice text, const struct inventory_defaults *defaults, char *copy,
                      struct target *ret_target, struct error *err)
{
	struct target_parts parts = { .user = defaults->user, .port = defaults->port };
	struct place        place = { 0 };
	size_t              at;
	int                 r;

	/* The last one, as ssh does: user names of directory services have an @ of their own. */
	if (find_last(text, '@', &at)) {
		r = target_check_user(before(text, at), err);
		if (r < 0)
			return r;
		parts.user = memcpy(copy, text.ptr, at);
		copy[at] = '\0';
		copy += at + 1;
		text = after(text, at + 1);
	}
	r = split_place(text, &place, err);
	if (r == 0)
		r = check_host(place.host, err);
	if (r == 0 && place.has_port)
		r = target_parse_port(place.port, &parts.port, err);
	if (r < 0)
		return r;
	assert(place.host.ptr); /* check_host() let it pass, so it is not empty */
	parts.host = memcpy(copy, place.host.ptr, place.host.len);
	copy[place.host.len] = '\0';
	return build(&parts, place.has_port, ret_target, err);
}

int target_parse(struct slice text, const struct inventory_defaults *defaults, struct target *ret_target,
                 struct error *err)
{
	char copy[MAX_USER + 1 + MAX_HOST + 1];
	int  r;

	if (text.len == 0)
		return check_host(text, err);
	if (memchr(text.ptr, '\0', text.len))
		return error_set(err, ERR_USAGE, "there is a NUL byte in it");
	r = strip_url(&text, err);
	if (r < 0)
		return r;
	return parse_into(text, defaults, copy, ret_target, err);
}

void target_fini(struct target *t)
{
	mem_free(t->name);
	mem_free(t->host);
	mem_free(t->user);
	mem_free(t->origin);
	*t = (struct target){ 0 };
}

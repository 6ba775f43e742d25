/*
 * sshd_value_daemon.c: values of the daemon as a whole that are written in other ways than sshd prints them.
 */
#include <arpa/inet.h>

#include "sshd_value.h"

#include "text.h"

#define MAX_TEXT 64

/* One number is where refusing begins and ends. */
int sshd_value_add_startups(cJSON *item, const char *name, struct slice text, struct error *err)
{
	char     full[MAX_TEXT];
	uint64_t number;

	if (memchr(text.ptr, ':', text.len))
		return fact_add_text(item, name, text, err);
	if (text_parse_unsigned(text, 10, INT32_MAX, &number, err) < 0)
		return ERR_SYNTAX;
	snprintf(full, sizeof(full), "%" PRIu64 ":30:%" PRIu64, number, number);
	return fact_add_text(item, name, slice_of(full), err);
}

/* What a line does not say of them has defaults, which sshd prints with the rest. */
int sshd_value_add_penalties(cJSON *item, const char *name, const struct sshd_setting *setting, struct slice text, struct error *err)
{
	if (setting->from_dump || slice_is_nocase(text, "no"))
		return fact_add_text(item, name, setting->from_dump ? text : slice_of("no"), err);
	return fact_add_unavailable(item, name, REASON_UNSUPPORTED, err, "what %s does not say itself takes sshd's own account", name);
}

/* Only the bits of IPv4: those of IPv6 are none. */
int sshd_value_add_netblock(cJSON *item, const char *name, struct slice text, struct error *err)
{
	char full[MAX_TEXT];

	if (memchr(text.ptr, ':', text.len))
		return fact_add_text(item, name, text, err);
	if (text.len >= MAX_TEXT - 2)
		return ERR_SYNTAX;
	snprintf(full, sizeof(full), "%.*s:0", (int)text.len, text.ptr);
	return fact_add_text(item, name, slice_of(full), err);
}

/* An address as it is printed, without the brackets it may be written in; what is after it goes to `ret_rest`. False for a name. */
static bool take_address(struct slice text, char *printed, size_t size, struct slice *ret_rest)
{
	unsigned char bytes[16];
	char          host[INET6_ADDRSTRLEN];
	bool          bracketed = text.len > 0 && text.ptr[0] == '[';
	const char   *end = text.len > 0 ? memchr(text.ptr, bracketed ? ']' : ':', text.len) : NULL;
	struct slice  address = text;
	int           family;

	if (end && !bracketed && memchr(end + 1, ':', text.len - (size_t)(end - text.ptr) - 1))
		end = NULL; /* more than one colon: IPv6 without brackets, which has no port */
	if (end)
		address.len = (size_t)(end - text.ptr);
	*ret_rest = slice_sub(text, address.len + bracketed, text.len);
	if (bracketed)
		address = slice_sub(address, 1, address.len);
	if (address.len >= sizeof(host) || (bracketed && !end))
		return false;
	snprintf(host, sizeof(host), "%.*s", (int)address.len, address.ptr);
	family = strchr(host, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(family, host, bytes) != 1 || !inet_ntop(family, bytes, host, sizeof(host)))
		return false;
	snprintf(printed, size, family == AF_INET6 ? "[%s]" : "%s", host);
	return true;
}

/* One address with one port. More of either come in an order of sshd's own, and names are looked up. */
int sshd_value_add_address(cJSON *item, const struct sshd_setting *setting, struct slice text, struct error *err)
{
	const char               *name = sshd_keyword_name(setting->keyword);
	const struct sshd_setting ports = sshd_effective_find(setting->config, setting->contexts, SSHD_port);
	bool                      one = ports.first == SSHD_NONE || sshd_setting_next(&ports, ports.first) == SSHD_NONE;
	struct slice              port = { 0 }, given = slice_of("22");
	char                      address[INET6_ADDRSTRLEN + 2], full[sizeof(address) + 8];
	uint64_t                  number = 0;
	struct error              why;
	cJSON                    *list;

	if (ports.first != SSHD_NONE)
		given = setting->config->directives[ports.first].rest;
	if (!take_address(text, address, sizeof(address), &port) || ports.gap != SSHD_NONE || (port.len == 0 && !one))
		return fact_add_unavailable(item, name, REASON_UNSUPPORTED, err, "what %s comes to takes sshd's own account", name);
	if (text_parse_unsigned(port.len > 0 ? slice_sub(port, 1, port.len) : given, 10, 65535, &number, &why) < 0)
		return fact_add_unavailable(item, name, REASON_UNSUPPORTED, err, "the port of %s is not a plain number", name);
	snprintf(full, sizeof(full), "%s:%u", address, (unsigned)number);
	list = fact_add_array(item, name);
	return list ? fact_list_append(list, slice_of(full), err) : error_nomem(err);
}

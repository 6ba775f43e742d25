/* What ss and ip print, tables of /proc/net, sockets of systemd: separated by lines "%%". */
#include "firewall_sockets.h"
#include "fuzz_checks.h"

/* What listens has a port, a protocol and a family; texts lie within the input. */
static void check(const struct firewall_sockets *sockets, struct slice input)
{
	for (size_t i = 0; i < sockets->nlisteners; i++) {
		const struct firewall_listener *l = &sockets->listeners[i];

		if (l->port > 65535 || (l->protocol != FIREWALL_TCP && l->protocol != FIREWALL_UDP) || l->families == 0 || l->families > FIREWALL_BOTH)
			abort();
		if (l->process.len > 0 && (l->process.ptr < input.ptr || l->process.ptr + l->process.len > input.ptr + input.len))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const  tables[] = { "tcp", "tcp6", "udp", "udp6" };
	const struct slice        input = { .ptr = (const char *)data, .len = size };
	struct slice              rest = input, trie, route;
	struct firewall_sockets   sockets = { 0 };
	struct firewall_addresses addresses = { 0 };
	struct error              err;

	if (size > LIMIT_EVIDENCE)
		return 0;
	if (firewall_sockets_parse_ss(&sockets, fuzz_take_body(&rest), &err) < 0 && err.text[0] == '\0')
		abort();
	if (firewall_addresses_parse(&addresses, fuzz_take_body(&rest), &err) < 0 && err.text[0] == '\0')
		abort();
	for (size_t i = 0; i < countof(tables); i++)
		if (firewall_sockets_parse_proc(&sockets, slice_of(tables[i]), fuzz_take_body(&rest), &err) < 0 && err.text[0] == '\0')
			abort();
	firewall_sockets_parse_units(&sockets, fuzz_take_body(&rest));
	trie = fuzz_take_body(&rest);
	route = fuzz_take_body(&rest);
	if (firewall_addresses_parse_proc(&addresses, trie, route, rest, &err) < 0 && err.text[0] == '\0')
		abort();
	check(&sockets, input);
	firewall_sockets_fini(&sockets);
	firewall_addresses_fini(&addresses);
	return 0;
}

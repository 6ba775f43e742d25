/*
 * firewall_sockets.h: what listens on a host, and its addresses.
 */
#ifndef SSHVET_FIREWALL_SOCKETS_H
#define SSHVET_FIREWALL_SOCKETS_H

#include "firewall_eval.h"

/* Lists that grow; the texts in them belong to whoever was parsed. */
struct firewall_sockets {
	struct firewall_listener *listeners;
	size_t                    nlisteners, size;
};

struct firewall_addresses {
	struct firewall_own *own;
	size_t               nown, size;
};

/* What `ss -H -tulnp` prints. ERR_SYNTAX for a line that is something else, ERR_TOO_BIG, ERR_NOMEM. */
int firewall_sockets_parse_ss(struct firewall_sockets *sockets, struct slice text, struct error *err) MUST_USE;

/* /proc/net/tcp, tcp6, udp, udp6: `table` is the last part of the name. */
int firewall_sockets_parse_proc(struct firewall_sockets *sockets, struct slice table, struct slice text, struct error *err) MUST_USE;

/* What `systemctl list-sockets` prints of units: marks what systemd holds for another process, which is named by its unit. Lines that are something else are passed over. */
void firewall_sockets_parse_units(struct firewall_sockets *sockets, struct slice text);

/* What `ip -o addr` prints. */
int firewall_addresses_parse(struct firewall_addresses *addresses, struct slice text, struct error *err) MUST_USE;

/*
 * The same from /proc/net: fib_trie has the addresses of IPv4 and route tells by which interface their networks are reached; if_inet6 (empty where there
 * is none) has those of IPv6. ERR_SYNTAX also where an address has no interface, or more than one: what is known in part is not known.
 */
int firewall_addresses_parse_proc(struct firewall_addresses *addresses, struct slice trie, struct slice route, struct slice inet6, struct error *err) MUST_USE;

void firewall_sockets_fini(struct firewall_sockets *sockets);
void firewall_addresses_fini(struct firewall_addresses *addresses);

#endif

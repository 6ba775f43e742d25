/*
 * rule_specs.h: facts to load and evaluate rules against in tests: a subset of what the real modules declare, and one module of every type.
 */
#ifndef SSHVET_TEST_RULE_SPECS_H
#define SSHVET_TEST_RULE_SPECS_H

#include "ruleset.h"

static const struct fact_spec spec_host[] = {
	{ "host.os", FACT_TEXT, NULL, "" },
	{ "host.os_id", FACT_TEXT, NULL, "" },
	{ "host.os_version", FACT_TEXT, NULL, "" },
	{ "host.openssh_version", FACT_TEXT, NULL, "" },
	{ "host.user", FACT_TEXT, NULL, "" },
	{ "host.privileged", FACT_BOOLEAN, NULL, "" },
};

static const struct fact_spec spec_protocol[] = {
	{ "ssh_protocol.protocol", FACT_TEXT, NULL, "" },
	{ "ssh_protocol.kex_algorithms", FACT_LIST, NULL, "" },
	{ "ssh_protocol.host_key_algorithms", FACT_LIST, NULL, "" },
	{ "ssh_protocol.ciphers_client_to_server", FACT_LIST, NULL, "" },
	{ "ssh_protocol.ciphers_server_to_client", FACT_LIST, NULL, "" },
	{ "ssh_protocol.macs_client_to_server", FACT_LIST, NULL, "" },
	{ "ssh_protocol.macs_server_to_client", FACT_LIST, NULL, "" },
	{ "ssh_protocol.compression_client_to_server", FACT_LIST, NULL, "" },
	{ "ssh_protocol.compression_server_to_client", FACT_LIST, NULL, "" },
	{ "ssh_protocol.strict_kex", FACT_BOOLEAN, NULL, "" },
	{ "ssh_protocol.host_keys", FACT_TABLE, NULL, "" },
	{ "ssh_protocol.host_keys[].type", FACT_TEXT, NULL, "" },
	{ "ssh_protocol.host_keys[].bits", FACT_INTEGER, "bits", "" },
};

#define SSHD(name, type, unit)                                 \
	{                                                      \
		"sshd_config.contexts[]." name, type, unit, "" \
	}
static const struct fact_spec spec_sshd[] = {
	{ "sshd_config.source", FACT_TEXT, NULL, "" },
	{ "sshd_config.contexts", FACT_TABLE, NULL, "" },
	SSHD("subject", FACT_TEXT, NULL),
	SSHD("permitrootlogin", FACT_TEXT, NULL),
	SSHD("passwordauthentication", FACT_TEXT, NULL),
	SSHD("kbdinteractiveauthentication", FACT_TEXT, NULL),
	SSHD("authenticationmethods", FACT_LIST, NULL),
	SSHD("permitemptypasswords", FACT_TEXT, NULL),
	SSHD("pubkeyauthentication", FACT_TEXT, NULL),
	SSHD("maxauthtries", FACT_INTEGER, NULL),
	SSHD("maxsessions", FACT_INTEGER, NULL),
	SSHD("maxstartups", FACT_TEXT, NULL),
	SSHD("logingracetime", FACT_INTEGER, "seconds"),
	SSHD("hostbasedauthentication", FACT_TEXT, NULL),
	SSHD("ignorerhosts", FACT_TEXT, NULL),
	SSHD("permituserenvironment", FACT_TEXT, NULL),
	SSHD("strictmodes", FACT_TEXT, NULL),
	SSHD("usepam", FACT_TEXT, NULL),
	SSHD("x11forwarding", FACT_TEXT, NULL),
	SSHD("disableforwarding", FACT_TEXT, NULL),
	SSHD("allowtcpforwarding", FACT_TEXT, NULL),
	SSHD("allowagentforwarding", FACT_TEXT, NULL),
	SSHD("loglevel", FACT_TEXT, NULL),
	SSHD("clientaliveinterval", FACT_INTEGER, "seconds"),
	SSHD("clientalivecountmax", FACT_INTEGER, NULL),
	SSHD("banner", FACT_TEXT, NULL),
	SSHD("allowusers", FACT_LIST, NULL),
	SSHD("allowgroups", FACT_LIST, NULL),
	SSHD("denyusers", FACT_LIST, NULL),
	SSHD("denygroups", FACT_LIST, NULL),
};
#undef SSHD

static const struct fact_spec spec_keys[] = {
	{ "keys.files", FACT_TABLE, NULL, "" },
	{ "keys.files[].subject", FACT_TEXT, NULL, "" },
	{ "keys.files[].path", FACT_TEXT, NULL, "" },
	{ "keys.files[].kind", FACT_TEXT, NULL, "" },
	{ "keys.files[].type", FACT_TEXT, NULL, "" },
	{ "keys.files[].mode", FACT_MODE, "octal", "" },
	{ "keys.files[].uid", FACT_INTEGER, NULL, "" },
	{ "keys.files[].owner", FACT_TEXT, NULL, "" },
	{ "keys.files[].group", FACT_TEXT, NULL, "" },
};

static const struct fact_spec spec_firewall[] = {
	{ "firewall.backends", FACT_LIST, NULL, "" },
	{ "firewall.manager", FACT_TEXT, NULL, "" },
	{ "firewall.active", FACT_BOOLEAN, NULL, "" },
	{ "firewall.input_default", FACT_TABLE, NULL, "" },
	{ "firewall.input_default[].subject", FACT_TEXT, NULL, "" },
	{ "firewall.input_default[].family", FACT_TEXT, NULL, "" },
	{ "firewall.input_default[].verdict", FACT_TEXT, NULL, "" },
	{ "firewall.managers", FACT_LIST, NULL, "" },
	{ "firewall.conflicts", FACT_LIST, NULL, "" },
	{ "firewall.boot_units", FACT_LIST, NULL, "" },
	{ "firewall.persistent", FACT_BOOLEAN, NULL, "" },
	{ "firewall.live_differs", FACT_LIST, NULL, "" },
	{ "firewall.ufw_input", FACT_TEXT, NULL, "" },
	{ "firewall.ufw_forward", FACT_TEXT, NULL, "" },
	{ "firewall.ufw_output", FACT_TEXT, NULL, "" },
	{ "firewall.ufw_ipv6", FACT_TEXT, NULL, "" },
	{ "firewall.default_zone", FACT_TEXT, NULL, "" },
	{ "firewall.zones", FACT_TABLE, NULL, "" },
	{ "firewall.zones[].subject", FACT_TEXT, NULL, "" },
	{ "firewall.zones[].target", FACT_TEXT, NULL, "" },
	{ "firewall.zones[].active", FACT_BOOLEAN, NULL, "" },
	{ "firewall.zones[].interfaces", FACT_LIST, NULL, "" },
	{ "firewall.zones[].sources", FACT_LIST, NULL, "" },
	{ "firewall.zones[].services", FACT_LIST, NULL, "" },
	{ "firewall.zones[].ports", FACT_LIST, NULL, "" },
	{ "firewall.base_chains", FACT_LIST, NULL, "" },
	{ "firewall.logs", FACT_BOOLEAN, NULL, "" },
	{ "firewall.ipv6_up", FACT_BOOLEAN, NULL, "" },
	{ "firewall.ssh_ports", FACT_LIST, NULL, "" },
	{ "firewall.forward_default", FACT_TABLE, NULL, "" },
	{ "firewall.forward_default[].subject", FACT_TEXT, NULL, "" },
	{ "firewall.forward_default[].family", FACT_TEXT, NULL, "" },
	{ "firewall.forward_default[].verdict", FACT_TEXT, NULL, "" },
	{ "firewall.output_default", FACT_TABLE, NULL, "" },
	{ "firewall.output_default[].subject", FACT_TEXT, NULL, "" },
	{ "firewall.output_default[].family", FACT_TEXT, NULL, "" },
	{ "firewall.output_default[].verdict", FACT_TEXT, NULL, "" },
	{ "firewall.loopback_guard", FACT_TABLE, NULL, "" },
	{ "firewall.loopback_guard[].subject", FACT_TEXT, NULL, "" },
	{ "firewall.loopback_guard[].family", FACT_TEXT, NULL, "" },
	{ "firewall.loopback_guard[].guarded", FACT_BOOLEAN, NULL, "" },
	{ "firewall.loopback_guard[].accepted", FACT_BOOLEAN, NULL, "" },
	{ "firewall.established_rule", FACT_TABLE, NULL, "" },
	{ "firewall.established_rule[].subject", FACT_TEXT, NULL, "" },
	{ "firewall.established_rule[].family", FACT_TEXT, NULL, "" },
	{ "firewall.established_rule[].accepted", FACT_BOOLEAN, NULL, "" },
	{ "firewall.reachable", FACT_TABLE, NULL, "" },
	{ "firewall.reachable[].subject", FACT_TEXT, NULL, "" },
	{ "firewall.reachable[].protocol", FACT_TEXT, NULL, "" },
	{ "firewall.reachable[].port", FACT_INTEGER, NULL, "" },
	{ "firewall.reachable[].family", FACT_TEXT, NULL, "" },
	{ "firewall.reachable[].process", FACT_TEXT, NULL, "" },
	{ "firewall.reachable[].service", FACT_TEXT, NULL, "" },
	{ "firewall.reachable[].ssh", FACT_BOOLEAN, NULL, "" },
	{ "firewall.reachable[].sources", FACT_LIST, NULL, "" },
	{ "firewall.reachable[].limited", FACT_BOOLEAN, NULL, "" },
	{ "firewall.reachable[].outcome", FACT_TEXT, NULL, "" },
	{ "firewall.reachable[].conditions", FACT_TABLE, NULL, "" },
	{ "firewall.reachable[].conditions[].source", FACT_LIST, NULL, "" },
	{ "firewall.reachable[].conditions[].not_source", FACT_LIST, NULL, "" },
	{ "firewall.reachable[].conditions[].interface", FACT_LIST, NULL, "" },
	{ "firewall.reachable[].conditions[].not_interface", FACT_LIST, NULL, "" },
	{ "firewall.reachable[].conditions[].rate_limit", FACT_TEXT, NULL, "" },
	{ "firewall.reachable[].conditions[].other", FACT_TEXT, NULL, "" },
	{ "firewall.reachable[].decided_by", FACT_TEXT, NULL, "" },
	{ "firewall.reachable[].published", FACT_BOOLEAN, NULL, "" },
	{ "firewall.reachable[].sent_to", FACT_TEXT, NULL, "" },
	{ "firewall.reachable[].bypasses_input", FACT_BOOLEAN, NULL, "" },
};

/* One fact of every type, in the module and in a table of it. */
static const struct fact_spec spec_any[] = {
	{ "any.text", FACT_TEXT, NULL, "" },
	{ "any.integer", FACT_INTEGER, "seconds", "" },
	{ "any.boolean", FACT_BOOLEAN, NULL, "" },
	{ "any.mode", FACT_MODE, "octal", "" },
	{ "any.list", FACT_LIST, NULL, "" },
	{ "any.deep.down.text", FACT_TEXT, NULL, "" },
	{ "any.table", FACT_TABLE, NULL, "" },
	{ "any.table[].text", FACT_TEXT, NULL, "" },
	{ "any.table[].integer", FACT_INTEGER, NULL, "" },
	{ "any.table[].deep.text", FACT_TEXT, NULL, "" },
	{ "any.table[].list", FACT_LIST, NULL, "" },
};

static const struct ruleset_module spec_modules[] = {
	{ "host", "host", spec_host, countof(spec_host) },
	{ "ssh_protocol", "ssh_protocol", spec_protocol, countof(spec_protocol) },
	{ "sshd_config", "sshd_config", spec_sshd, countof(spec_sshd) },
	{ "key_permissions", "keys", spec_keys, countof(spec_keys) },
	{ "firewall", "firewall", spec_firewall, countof(spec_firewall) },
	{ "sample", "any", spec_any, countof(spec_any) },
};

#endif

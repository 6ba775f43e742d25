/*
 * firewall.c: which packet filter is in force, and what it does by default with what comes in.
 */
#include "check.h"
#include "firewall_boot.h"
#include "firewall_default.h"
#include "firewall_ipset.h"
#include "firewall_iptables.h"
#include "firewall_nft.h"
#include "firewall_pf.h"
#include "firewall_reach.h"
#include "firewall_sockets.h"
#include "firewall_zones.h"
#include "privilege.h"
#include "sections.h"
#include "text.h"

static const char *const fact_names[] = {
	"firewall.backends", "firewall.manager", "firewall.active", "firewall.managers", "firewall.conflicts", "firewall.boot_units", "firewall.persistent",
	"firewall.live_differs", "firewall.zones", "firewall.default_zone", "firewall.base_chains", "firewall.logs", "firewall.ipv6_up", "firewall.ssh_ports",
	"firewall.input_default", "firewall.forward_default", "firewall.output_default", "firewall.loopback_guard", "firewall.established_rule",
	"firewall.ufw_input", "firewall.ufw_forward", "firewall.ufw_output", "firewall.ufw_ipv6", "firewall.reachable",
};

/* The rulesets of one target while they are put together. */
struct reading {
	const struct evidence      *ev;
	cJSON                      *module;
	struct slice                kernel; /* lines of section firewall.kernel */
	struct firewall_model       model;
	struct firewall_nft_context context;
	struct firewall_nft_seen    seen;
	struct firewall_sockets     sockets;
	struct firewall_addresses   addresses;
	struct firewall_host        host;
	bool                        legacy;
	bool                        refused; /* the facts are listed as unavailable already */
};

/* What section firewall.kernel says of something; empty when it does not name it. */
static struct slice kernel_says(const struct reading *reading, const char *what)
{
	struct slice rest = reading->kernel, line, word;

	while (slice_next_line(&rest, &line, NULL))
		if (slice_next_word(&line, &word) && slice_is(word, what))
			return slice_trim(line);
	return (struct slice){ 0 };
}

/* No fact can be told, for one reason, but those that are there already. */
static int refuse(struct reading *reading, enum reason reason, const char *message, struct error *err)
{
	int r = 0;

	reading->refused = true;
	for (size_t i = 0; r == 0 && i < countof(fact_names); i++)
		if (!cJSON_GetObjectItemCaseSensitive(reading->module, fact_names[i] + strlen("firewall.")))
			r = fact_add_unavailable(reading->module, fact_names[i], reason, err, "%s", message);
	return r;
}

static int refuse_section(struct reading *reading, const char *name, const struct section *s, struct error *err)
{
	int r = 0;

	reading->refused = true;
	for (size_t i = 0; r == 0 && i < countof(fact_names); i++)
		r = section_add_unavailable(reading->module, fact_names[i], name, s, REASON_PRIVILEGE, err);
	return r;
}

/* Refuse because something did not parse; running out of memory stays what it is. */
static int refuse_parse(struct reading *reading, const struct error *why, struct error *err)
{
	if (why->code == ERR_NOMEM)
		return error_nomem(err);
	return refuse(reading, why->code == ERR_TOO_BIG ? REASON_TRUNCATED : REASON_PARSE, why->text, err);
}

/* The section of that name and backend. */
static const struct section *find_save(const struct reading *reading, const char *name, const char *backend)
{
	const struct section *s = evidence_find(reading->ev, name);

	while (s && !slice_is(section_arg(s, "backend"), backend))
		s = evidence_find_next(reading->ev, s);
	return s;
}

static const struct {
	const char          *section;
	const char          *kernel; /* its line in firewall.kernel */
	enum firewall_family family;
} saves[] = {
	{ "firewall.iptables_save", "ip_tables", FIREWALL_IPV4 },
	{ "firewall.ip6tables_save", "ip6_tables", FIREWALL_IPV6 },
};

static int read_save(struct reading *reading, size_t i, const struct section *s, bool legacy, struct error *err)
{
	struct error why;
	int          r;

	if (!section_is_whole(s))
		return refuse_section(reading, saves[i].section, s, err);
	r = firewall_iptables_parse(&reading->model, s->body, saves[i].family, legacy, &why);
	return r < 0 ? refuse_parse(reading, &why, err) : 0;
}

/* Tables of legacy iptables, which the kernel names where there are any. */
static int read_legacy(struct reading *reading, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && !reading->refused && i < countof(saves); i++) {
		struct slice tables = kernel_says(reading, saves[i].kernel);

		if (slice_is(tables, "unreadable"))
			return refuse(reading, REASON_PRIVILEGE, "the names of the tables of iptables cannot be read", err);
		if (tables.len == 0 || slice_is(tables, "absent"))
			continue;
		reading->legacy = true;
		r = read_save(reading, i, find_save(reading, saves[i].section, "legacy"), true, err);
	}
	return r;
}

/* iptables translated to nf_tables, in its own words. Gives the families for which they are there. */
static int read_translated(struct reading *reading, unsigned *ret_families, struct error *err)
{
	int r = 0;

	*ret_families = 0;
	for (size_t i = 0; r == 0 && !reading->refused && i < countof(saves); i++) {
		const struct section *s = find_save(reading, saves[i].section, "nft");

		if (!section_is_whole(s))
			continue;
		*ret_families |= saves[i].family;
		reading->context.saved[i] = s->body;
		r = read_save(reading, i, s, false, err);
	}
	return r;
}

/* nft with and without an option some releases lack: the one that succeeded counts. */
static const struct section *find_nft(const struct evidence *ev)
{
	const struct section *first = evidence_find(ev, "firewall.nft"), *s = first;

	while (s && !section_is_whole(s))
		s = evidence_find_next(ev, s);
	return s ? s : first;
}

static int read_nft(struct reading *reading, const struct section *s, struct error *err)
{
	const struct section *tables = evidence_find(reading->ev, "firewall.nft_tables");
	struct error          why;

	if (!section_is_whole(s))
		return refuse_section(reading, "firewall.nft", s, err);
	if (!section_is_whole(tables))
		return refuse_section(reading, "firewall.nft_tables", tables, err);
	reading->context.tables = tables->body;
	if (firewall_nft_parse(&reading->model, s->body, &reading->context, &reading->seen, &why) < 0)
		return refuse_parse(reading, &why, err);
	return 0;
}

static int read_nf_tables(struct reading *reading, struct error *err)
{
	struct slice          present = kernel_says(reading, "nf_tables");
	const struct section *nft = find_nft(reading->ev);
	unsigned              translated;
	int                   r;

	if (slice_is(present, "no"))
		return 0;
	if (!slice_is(present, "yes"))
		return refuse(reading, REASON_UNSUPPORTED, "whether the kernel has nf_tables cannot be told", err);
	r = read_translated(reading, &translated, err);
	if (r < 0 || reading->refused)
		return r;
	if (!nft && translated == 0)
		return refuse(reading, REASON_UNSUPPORTED, "the kernel has nf_tables, but neither nft nor iptables-nft-save is installed", err);
	if (!nft)
		reading->seen.translated = reading->model.chains.count > 0;
	return nft ? read_nft(reading, nft, err) : 0;
}

static int add_backends(const struct reading *reading, struct error *err)
{
	const struct {
		bool        present;
		const char *name;
	} backends[] = {
		{ reading->seen.native, "nftables" },
		{ reading->seen.translated, "iptables-nft" },
		{ reading->legacy, "iptables-legacy" },
	};
	cJSON *list = fact_add_array(reading->module, "backends");
	int    r = list ? 0 : error_nomem(err);

	for (size_t i = 0; r == 0 && i < countof(backends); i++)
		if (backends[i].present)
			r = fact_list_append(list, slice_of(backends[i].name), err);
	return r;
}

/* Whether some chain on the way in has a rule or closes by its policy. */
static bool is_active(const struct firewall_model *model)
{
	for (size_t i = 0; i < model->chains.count; i++) {
		const struct firewall_chain *c = firewall_model_chain(model, (uint32_t)i);

		if (c->hook == FIREWALL_INPUT && !c->nat && (c->nrules > 0 || c->policy != FIREWALL_ACCEPT))
			return true;
	}
	return false;
}

static int add_reachable(struct reading *reading, struct firewall_evaluator *evaluator, struct error *err)
{
	if (!reading->host.listeners_known)
		return fact_add_unavailable(reading->module, "firewall.reachable", REASON_MISSING, err, "the evidence does not tell what listens");
	return firewall_reach_add(reading->module, evaluator, err);
}

static int add_evaluated(struct reading *reading, struct error *err)
{
	struct firewall_evaluator evaluator;
	const bool                six = !slice_is(kernel_says(reading, "ipv6"), "no");
	int                       r = firewall_evaluator_init(&evaluator, &reading->model, &reading->host, err);

	if (r < 0)
		return r;
	r = firewall_default_add(reading->module, &evaluator, six ? FIREWALL_BOTH : FIREWALL_IPV4, err);
	if (r == 0)
		r = add_reachable(reading, &evaluator, err);
	firewall_evaluator_fini(&evaluator);
	return r;
}

/* Every port on which the SSH daemon listens, once. */
static int add_ssh_ports(const struct reading *reading, struct error *err)
{
	cJSON *list;
	int    r = 0;

	if (!reading->host.listeners_known)
		return fact_add_unavailable(reading->module, "firewall.ssh_ports", REASON_MISSING, err, "the evidence does not tell what listens");
	list = fact_add_array(reading->module, "ssh_ports");
	if (!list)
		return error_nomem(err);
	for (size_t i = 0; r == 0 && i < reading->host.nlisteners; i++) {
		const struct firewall_listener *l = &reading->host.listeners[i];
		char                            port[16];
		size_t                          k = 0;

		while (k < i && !(firewall_is_ssh(&reading->host.listeners[k]) && reading->host.listeners[k].port == l->port))
			k++;
		snprintf(port, sizeof(port), "%u", l->port);
		if (firewall_is_ssh(l) && k == i)
			r = fact_list_append(list, slice_of(port), err);
	}
	return r;
}

/* The hooks that have a chain that filters, in nftables' own tables or iptables'; whether something is logged on the way in. */
static int add_structure(const struct reading *reading, struct error *err)
{
	static const struct {
		const char        *name;
		enum firewall_hook hook;
	} hooks[] = { { "input", FIREWALL_INPUT }, { "forward", FIREWALL_FORWARD }, { "output", FIREWALL_OUTPUT } };
	const struct firewall_model *model = &reading->model;
	cJSON                       *list = fact_add_array(reading->module, "base_chains");
	bool                         logs = false;
	int                          r = list ? 0 : error_nomem(err);

	for (size_t h = 0; r == 0 && h < countof(hooks); h++)
		for (size_t i = 0; r == 0 && i < model->chains.count; i++) {
			const struct firewall_chain *c = firewall_model_chain(model, (uint32_t)i);

			if (c->hook != hooks[h].hook || c->nat || (c->backend.len > 0 && !slice_is(c->table, "filter")))
				continue;
			r = fact_list_append(list, slice_of(hooks[h].name), err);
			break;
		}
	for (size_t i = 0; !logs && i < model->ops.count; i++)
		logs = FIREWALL_AT(model->ops, struct firewall_op, i)->kind == FIREWALL_LOG;
	if (r == 0)
		r = fact_add_boolean(reading->module, "logs", logs, err);
	return r < 0 ? r : fact_add_boolean(reading->module, "ipv6_up", !slice_is(kernel_says(reading, "ipv6"), "no"), err);
}

static int add_facts(struct reading *reading, struct error *err)
{
	int r = add_backends(reading, err);

	if (r == 0)
		r = fact_add_boolean(reading->module, "active", is_active(&reading->model), err);
	if (r == 0)
		r = firewall_boot_add(reading->module, reading->ev, &reading->model, reading->seen.firewalld, err);
	if (r == 0)
		r = firewall_zones_add(reading->module, reading->ev, err);
	if (r == 0)
		r = add_structure(reading, err);
	if (r == 0)
		r = add_ssh_ports(reading, err);
	return r < 0 ? r : add_evaluated(reading, err);
}

/* Sets of ipset; no such section, no such sets. */
static int read_ipset(struct reading *reading, struct error *err)
{
	const struct section *s = evidence_find(reading->ev, "firewall.ipset");
	struct error          why;

	if (!s)
		return 0;
	if (!section_is_whole(s))
		return refuse_section(reading, "firewall.ipset", s, err);
	return firewall_ipset_parse(&reading->model, s->body, &why) < 0 ? refuse_parse(reading, &why, err) : 0;
}

static int read_sockets(struct reading *reading, struct error *err)
{
	const struct section *s = evidence_find(reading->ev, "firewall.sockets");
	int                   r = 0;

	reading->host.listeners_known = s != NULL;
	for (; s && r == 0; s = evidence_find_next(reading->ev, s)) {
		if (!section_is_whole(s)) {
			reading->host.listeners_known = false;
			continue;
		}
		if (slice_is(section_arg(s, "tool"), "ss"))
			r = firewall_sockets_parse_ss(&reading->sockets, s->body, err);
		else
			r = firewall_sockets_parse_proc(&reading->sockets, section_arg(s, "table"), s->body, err);
	}
	s = evidence_find(reading->ev, "firewall.units");
	if (section_is_whole(s))
		firewall_sockets_parse_units(&reading->sockets, s->body);
	reading->host.listeners = reading->sockets.listeners;
	reading->host.nlisteners = reading->sockets.nlisteners;
	return r;
}

/* "NAME VALUE" a line. */
static bool sysctl_says(const struct reading *reading, const char *name, bool otherwise)
{
	const struct section *s = evidence_find(reading->ev, "firewall.sysctl");
	struct slice          rest, line, word;

	if (!section_is_whole(s))
		return otherwise;
	for (rest = s->body; slice_next_line(&rest, &line, NULL);)
		if (slice_next_word(&line, &word) && slice_is(word, name))
			return !slice_is(slice_trim(line), "0");
	return otherwise;
}

/* A table of /proc/net that has addresses. */
static const struct section *find_table(const struct reading *reading, const char *table)
{
	const struct section *s = evidence_find(reading->ev, "firewall.addresses");

	while (s && !slice_is(section_arg(s, "table"), table))
		s = evidence_find_next(reading->ev, s);
	return s;
}

/* Own addresses, as ip prints them or as /proc has them. Those that cannot be told are not known, which is no reason to know nothing. */
static int read_addresses(struct reading *reading, struct error *err)
{
	const struct section *s = evidence_find(reading->ev, "firewall.addresses");
	const struct section *trie = find_table(reading, "fib_trie"), *route = find_table(reading, "route"), *inet6 = find_table(reading, "if_inet6");
	int                   r;

	if (section_is_whole(s) && slice_is(section_arg(s, "tool"), "ip"))
		return firewall_addresses_parse(&reading->addresses, s->body, err);
	if (!section_is_whole(trie) || !section_is_whole(route) || (inet6 && !section_is_whole(inet6)))
		return 0;
	r = firewall_addresses_parse_proc(&reading->addresses, trie->body, route->body, inet6 ? inet6->body : (struct slice){ 0 }, err);
	if (r == ERR_SYNTAX) {
		firewall_addresses_fini(&reading->addresses);
		r = 0;
	}
	return r;
}

/* What counts besides the rules. */
static int read_host(struct reading *reading, struct error *err)
{
	struct error why = { 0 };
	uint32_t     name;
	int          r = read_sockets(reading, &why);

	if (r == 0)
		r = read_addresses(reading, &why);
	if (r < 0)
		return refuse_parse(reading, &why, err);
	reading->host.own = reading->addresses.own;
	reading->host.nown = reading->addresses.nown;
	reading->host.own_known = reading->addresses.nown > 0;
	reading->host.forwards = (sysctl_says(reading, "ip_forward", true) ? FIREWALL_IPV4 : 0u) | (sysctl_says(reading, "ip6_forward", true) ? FIREWALL_IPV6 : 0u);
	reading->host.routes_localnet = sysctl_says(reading, "route_localnet", false);
	for (size_t i = 0; r == 0 && i < reading->host.nown && i < 200; i++)
		r = firewall_model_name(&reading->model, reading->host.own[i].interface, &name, err);
	return r;
}

static int refuse_privilege(struct reading *reading, struct error *err)
{
	int r = 0;

	reading->refused = true;
	for (size_t i = 0; r == 0 && i < countof(fact_names); i++)
		r = privilege_add_unavailable(reading->module, fact_names[i], reading->ev, "packet filters can be listed by root alone", err);
	return r;
}

/* Of the systems that are not Linux, what pf does by default. */
static int read_other(struct reading *reading, struct error *err)
{
	const bool pf = section_is_whole(evidence_find(reading->ev, "firewall.pf_info")) && section_is_whole(evidence_find(reading->ev, "firewall.pf"));
	int        r = pf && section_is_whole(evidence_find(reading->ev, "firewall.done")) ? firewall_pf_add(reading->module, reading->ev, err) : 0;

	return r < 0 ? r : refuse(reading, REASON_UNSUPPORTED, "packet filters of systems other than Linux are not read, but for pf's default", err);
}

static int read_all(struct reading *reading, struct error *err)
{
	const struct section *kernel = evidence_find(reading->ev, "firewall.kernel");
	int                   r;

	if (!section_is_whole(kernel))
		return refuse_section(reading, "firewall.kernel", kernel, err);
	reading->kernel = kernel->body;
	if (!slice_is(kernel_says(reading, "system"), "Linux"))
		return read_other(reading, err);
	if (!privilege_is_root(reading->ev))
		return refuse_privilege(reading, err);
	/* What breaks off after this point may be a ruleset that is missing. */
	if (!section_is_whole(evidence_find(reading->ev, "firewall.done")))
		return refuse_section(reading, "firewall.done", evidence_find(reading->ev, "firewall.done"), err);
	r = read_ipset(reading, err);
	if (r == 0 && !reading->refused)
		r = read_nf_tables(reading, err);
	if (r == 0 && !reading->refused)
		r = read_legacy(reading, err);
	if (r == 0 && !reading->refused)
		r = read_host(reading, err);
	return r;
}

static int extract(const struct evidence *ev, cJSON *module, struct error *err)
{
	struct reading reading = { .ev = ev, .module = module };
	int            r;

	firewall_model_init(&reading.model);
	r = read_all(&reading, err);
	if (r == 0 && !reading.refused)
		r = add_facts(&reading, err);
	firewall_model_fini(&reading.model);
	firewall_sockets_fini(&reading.sockets);
	firewall_addresses_fini(&reading.addresses);
	return r;
}

static const struct fact_spec facts[] = {
	{ "firewall.backends", FACT_LIST, NULL, "what holds rules: nftables, iptables-nft, iptables-legacy" },
	{ "firewall.manager", FACT_TEXT, NULL, "what loads the rules at start, and should be used to change them: firewalld, ufw, nftables, iptables, or none" },
	{ "firewall.active", FACT_BOOLEAN, NULL, "whether a chain that filters input has a rule or closes by its policy" },
	{ "firewall.input_default", FACT_TABLE, NULL,
	  "what happens to a new packet that no specific rule is about, for each IP version that is up" },
	{ "firewall.input_default[].subject", FACT_TEXT, NULL, "IPv4 or IPv6" },
	{ "firewall.input_default[].family", FACT_TEXT, NULL, "IPv4 or IPv6" },
	{ "firewall.input_default[].verdict", FACT_TEXT, NULL,
	  "drop, reject, accept, or undecided when the rules are not understood well enough" },
	{ "firewall.managers", FACT_LIST, NULL, "every manager that is active or loads rules at boot" },
	{ "firewall.conflicts", FACT_LIST, NULL, "pairs of managers that are active together" },
	{ "firewall.boot_units", FACT_LIST, NULL, "managers whose services are started at boot" },
	{ "firewall.persistent", FACT_BOOLEAN, NULL, "whether something loads rules at boot" },
	{ "firewall.live_differs", FACT_LIST, NULL, "how what would be loaded at boot differs from what is live; not given where the files are not understood well enough" },
	{ "firewall.ufw_input", FACT_TEXT, NULL, "ufw's default policy for input; only where ufw is installed" },
	{ "firewall.ufw_forward", FACT_TEXT, NULL, "ufw's default policy for what is forwarded" },
	{ "firewall.ufw_output", FACT_TEXT, NULL, "ufw's default policy for output" },
	{ "firewall.ufw_ipv6", FACT_TEXT, NULL, "whether ufw has rules for IPv6" },
	{ "firewall.default_zone", FACT_TEXT, NULL, "firewalld's default zone; only where firewalld runs" },
	{ "firewall.zones", FACT_TABLE, NULL, "firewalld's zones that were changed, as they are stored" },
	{ "firewall.zones[].subject", FACT_TEXT, NULL, "name" },
	{ "firewall.zones[].target", FACT_TEXT, NULL, "what becomes of packets no rule of the zone is about: default, ACCEPT, DROP, %%REJECT%%" },
	{ "firewall.zones[].active", FACT_BOOLEAN, NULL, "whether an interface or a source is bound to it" },
	{ "firewall.zones[].interfaces", FACT_LIST, NULL, "interfaces bound to it" },
	{ "firewall.zones[].sources", FACT_LIST, NULL, "networks bound to it" },
	{ "firewall.zones[].services", FACT_LIST, NULL, "services it lets in" },
	{ "firewall.zones[].ports", FACT_LIST, NULL, "ports it lets in" },
	{ "firewall.base_chains", FACT_LIST, NULL, "which of input, forward and output have a chain that filters" },
	{ "firewall.logs", FACT_BOOLEAN, NULL, "whether some rule logs" },
	{ "firewall.ipv6_up", FACT_BOOLEAN, NULL, "whether an interface other than the loopback has an IPv6 address" },
	{ "firewall.ssh_ports", FACT_LIST, NULL, "every port on which the SSH daemon listens, by itself or through systemd" },
	{ "firewall.forward_default", FACT_TABLE, NULL, "what happens to a new packet for another host that no specific rule is about" },
	{ "firewall.forward_default[].subject", FACT_TEXT, NULL, "IPv4 or IPv6" },
	{ "firewall.forward_default[].family", FACT_TEXT, NULL, "IPv4 or IPv6" },
	{ "firewall.forward_default[].verdict", FACT_TEXT, NULL, "as of input_default" },
	{ "firewall.output_default", FACT_TABLE, NULL, "what happens to a new packet of this host that no specific rule is about" },
	{ "firewall.output_default[].subject", FACT_TEXT, NULL, "IPv4 or IPv6" },
	{ "firewall.output_default[].family", FACT_TEXT, NULL, "IPv4 or IPv6" },
	{ "firewall.output_default[].verdict", FACT_TEXT, NULL, "as of input_default" },
	{ "firewall.loopback_guard", FACT_TABLE, NULL, "what happens to packets of the loopback's addresses" },
	{ "firewall.loopback_guard[].subject", FACT_TEXT, NULL, "IPv4 or IPv6" },
	{ "firewall.loopback_guard[].family", FACT_TEXT, NULL, "IPv4 or IPv6" },
	{ "firewall.loopback_guard[].guarded", FACT_BOOLEAN, NULL, "whether they are refused when they come by another interface" },
	{ "firewall.loopback_guard[].accepted", FACT_BOOLEAN, NULL, "whether they are let in by the loopback" },
	{ "firewall.established_rule", FACT_TABLE, NULL, "what happens to packets of connections that are established" },
	{ "firewall.established_rule[].subject", FACT_TEXT, NULL, "IPv4 or IPv6" },
	{ "firewall.established_rule[].family", FACT_TEXT, NULL, "IPv4 or IPv6" },
	{ "firewall.established_rule[].accepted", FACT_BOOLEAN, NULL, "whether they are let in, to whatever port and from wherever they come, but for some networks that are refused whatever they send" },
	{ "firewall.reachable", FACT_TABLE, NULL, "each port on which something listens, or which is sent elsewhere: what becomes of a new connection from outside" },
	{ "firewall.reachable[].subject", FACT_TEXT, NULL, "protocol, port, family and process" },
	{ "firewall.reachable[].protocol", FACT_TEXT, NULL, "tcp or udp" },
	{ "firewall.reachable[].port", FACT_INTEGER, NULL, "the port a connection is made to" },
	{ "firewall.reachable[].family", FACT_TEXT, NULL, "ipv4 or ipv6" },
	{ "firewall.reachable[].process", FACT_TEXT, NULL, "what listens; not given when that is not known" },
	{ "firewall.reachable[].service", FACT_TEXT, NULL, "protocol and port, tcp/22" },
	{ "firewall.reachable[].ssh", FACT_BOOLEAN, NULL, "whether the SSH daemon listens" },
	{ "firewall.reachable[].sources", FACT_LIST, NULL, "networks from which something gets in, whatever else must hold; all there are when they are more than 256" },
	{ "firewall.reachable[].limited", FACT_BOOLEAN, NULL, "whether every way in is for few networks, or limited in how often" },
	{ "firewall.reachable[].outcome", FACT_TEXT, NULL, "open, restricted to the conditions, closed, or undecided" },
	{ "firewall.reachable[].conditions", FACT_TABLE, NULL, "alternatives: what gets in fulfils one of them" },
	{ "firewall.reachable[].conditions[].source", FACT_LIST, NULL, "networks it comes from" },
	{ "firewall.reachable[].conditions[].not_source", FACT_LIST, NULL, "networks it does not come from" },
	{ "firewall.reachable[].conditions[].interface", FACT_LIST, NULL, "interfaces it comes by; * stands for anything" },
	{ "firewall.reachable[].conditions[].not_interface", FACT_LIST, NULL, "interfaces it does not come by" },
	{ "firewall.reachable[].conditions[].rate_limit", FACT_TEXT, NULL, "how often" },
	{ "firewall.reachable[].conditions[].other", FACT_TEXT, NULL, "what else must hold" },
	{ "firewall.reachable[].decided_by", FACT_TEXT, NULL, "the rule or policy that decides most of it; what is not understood when it is undecided" },
	{ "firewall.reachable[].published", FACT_BOOLEAN, NULL, "whether connections are sent to another port or host" },
	{ "firewall.reachable[].sent_to", FACT_TEXT, NULL, "where to" },
	{ "firewall.reachable[].bypasses_input", FACT_BOOLEAN, NULL, "whether the rules for input would have refused them" },
};

const struct check check_firewall = {
	.name = "firewall",
	.member = "firewall",
	.summary = "which packet filter is in force and what it does by default",
	.facts = facts,
	.nfacts = countof(facts),
	.extract = extract,
};

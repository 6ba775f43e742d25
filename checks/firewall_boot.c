#include "firewall_boot.h"

#include "firewall_stored.h"
#include "sections.h"

enum manager {
	FIREWALLD,
	UFW,
	NFTABLES,
	IPTABLES,
	MANAGERS
};

/* In the order in which they count: firewalld and ufw load rules of their own over what the others left. */
static const char *const manager_names[] = { "firewalld", "ufw", "nftables", "iptables" };
static_assert(countof(manager_names) == MANAGERS, "every manager has a name");

/* Services that load rules at start. */
static const struct {
	const char  *prefix;
	enum manager manager;
} services[] = {
	{ "firewalld", FIREWALLD }, { "ufw", UFW }, { "nftables", NFTABLES }, { "iptables", IPTABLES }, { "ip6tables", IPTABLES }, { "netfilter-persistent", IPTABLES },
};

struct boot {
	cJSON                       *module;
	const struct evidence       *ev;
	const struct firewall_model *live;
	bool                         active[MANAGERS];
	bool                         enabled[MANAGERS];
	bool                         units_known;
};

/* The value of a shell assignment in a section: the last one counts, quotes are taken off. */
static struct slice assigned(const struct evidence *ev, const char *section, const char *name)
{
	const struct section *s = evidence_find(ev, section);
	struct slice          body, line, value = { 0 };

	if (!section_is_whole(s))
		return value;
	for (body = s->body; slice_next_line(&body, &line, NULL);) {
		line = slice_trim(line);
		if (!slice_has_prefix(line, name) || line.len <= strlen(name) || line.ptr[strlen(name)] != '=')
			continue;
		value = slice_trim(slice_sub(line, strlen(name) + 1, line.len));
		if (value.len >= 2 && (value.ptr[0] == '"' || value.ptr[0] == '\'') && value.ptr[value.len - 1] == value.ptr[0])
			value = slice_sub(value, 1, value.len - 2);
	}
	return value;
}

static void enable(struct boot *boot, struct slice unit)
{
	for (size_t i = 0; i < countof(services); i++)
		if (slice_has_prefix(unit, services[i].prefix))
			boot->enabled[services[i].manager] = true;
}

/* What systemd says of its units; else the links by which services are started. */
static void read_units(struct boot *boot)
{
	const struct section *units = evidence_find(boot->ev, "firewall.boot"), *links = evidence_find(boot->ev, "firewall.services");
	struct slice          body, line, unit, state;

	boot->units_known = section_is_whole(units) || (section_is_whole(links) && slice_trim(links->body).len > 0);
	if (section_is_whole(units))
		for (body = units->body; slice_next_line(&body, &line, NULL);)
			if (slice_next_word(&line, &unit) && slice_next_word(&line, &state) && (slice_is(state, "enabled") || slice_is(state, "alias") || slice_is(state, "static")))
				enable(boot, unit);
	if (section_is_whole(links))
		for (body = links->body; slice_next_line(&body, &line, NULL);)
			enable(boot, line);
}

static void read_managers(struct boot *boot, bool firewalld)
{
	read_units(boot);
	boot->active[FIREWALLD] = firewalld || section_is_whole(evidence_find(boot->ev, "firewall.firewalld"));
	boot->active[UFW] = slice_is_nocase(assigned(boot->ev, "firewall.ufw", "ENABLED"), "yes");
	boot->active[NFTABLES] = boot->enabled[NFTABLES];
	boot->active[IPTABLES] = boot->enabled[IPTABLES];
}

static const char *first_manager(const struct boot *boot)
{
	for (size_t i = 0; i < MANAGERS; i++)
		if (boot->active[i])
			return manager_names[i];
	return "none";
}

static int add_managers(const struct boot *boot, struct error *err)
{
	cJSON *all = fact_add_array(boot->module, "managers"), *conflicts = fact_add_array(boot->module, "conflicts");
	int    r = all && conflicts ? fact_add_text(boot->module, "manager", slice_of(first_manager(boot)), err) : error_nomem(err);

	for (size_t i = 0; r == 0 && i < MANAGERS; i++) {
		if (!boot->active[i])
			continue;
		r = fact_list_append(all, slice_of(manager_names[i]), err);
		for (size_t k = i + 1; r == 0 && k < MANAGERS; k++) {
			char text[60];

			snprintf(text, sizeof(text), "%s and %s", manager_names[i], manager_names[k]);
			if (boot->active[k])
				r = fact_list_append(conflicts, slice_of(text), err);
		}
	}
	return r;
}

static int add_units(const struct boot *boot, struct error *err)
{
	cJSON *list;
	bool   any = false;
	int    r = 0;

	if (!boot->units_known) {
		r = fact_add_unavailable(boot->module, "firewall.boot_units", REASON_UNSUPPORTED, err, "what is started at boot can be told with systemd or OpenRC only");
		return r < 0 ? r : fact_add_unavailable(boot->module, "firewall.persistent", REASON_UNSUPPORTED, err, "what is started at boot can be told with systemd or OpenRC only");
	}
	list = fact_add_array(boot->module, "boot_units");
	if (!list)
		return error_nomem(err);
	for (size_t i = 0; r == 0 && i < MANAGERS; i++) {
		any = any || (boot->enabled[i] && (boot->active[i] || i >= NFTABLES));
		if (boot->enabled[i])
			r = fact_list_append(list, slice_of(manager_names[i]), err);
	}
	return r < 0 ? r : fact_add_boolean(boot->module, "persistent", any, err);
}

/* --- ufw --- */

static int add_ufw(const struct boot *boot, struct error *err)
{
	static const struct {
		const char *fact, *name;
	} policies[] = { { "ufw_input", "DEFAULT_INPUT_POLICY" }, { "ufw_forward", "DEFAULT_FORWARD_POLICY" }, { "ufw_output", "DEFAULT_OUTPUT_POLICY" }, { "ufw_ipv6", "IPV6" } };
	int r = 0;

	if (!section_is_whole(evidence_find(boot->ev, "firewall.ufw_defaults")))
		return 0;
	for (size_t i = 0; r == 0 && i < countof(policies); i++) {
		const struct slice value = assigned(boot->ev, "firewall.ufw_defaults", policies[i].name);

		if (value.len > 0)
			r = fact_add_text(boot->module, policies[i].fact, value, err);
	}
	return r;
}

int firewall_boot_add(cJSON *module, const struct evidence *ev, const struct firewall_model *live, bool firewalld, struct error *err)
{
	struct boot boot = { .module = module, .ev = ev, .live = live };
	int         r;

	read_managers(&boot, firewalld);
	r = add_managers(&boot, err);
	if (r == 0)
		r = add_units(&boot, err);
	if (r == 0)
		r = firewall_stored_add(module, ev, live, &(struct firewall_stored){ boot.active[FIREWALLD], boot.active[UFW], boot.active[NFTABLES], boot.active[IPTABLES] }, err);
	return r < 0 ? r : add_ufw(&boot, err);
}

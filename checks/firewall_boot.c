#include "firewall_boot.h"

#include "firewall_iptables.h"
#include "sections.h"
#include "text.h"

#define MAX_DIFFERENCES 50 /* told; there may be more */

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

/* --- what is on the disk --- */

struct differences {
	cJSON *list;
	size_t count;
};

static int differ(struct differences *d, struct slice what, const char *how, struct error *err)
{
	char text[300], clean[240];

	if (d->count++ >= MAX_DIFFERENCES)
		return 0;
	snprintf(text, sizeof(text), "%s: %s", how, text_clean_into(clean, sizeof(clean), what));
	return fact_list_append(d->list, slice_of(text), err);
}

/* A chain of one model against the chain of that name of the other: how many rules, and the policy. */
static int compare_chain(struct differences *d, const struct firewall_model *live, const struct firewall_chain *stored, struct error *err)
{
	char                         name[200], table[80], of[80];
	uint32_t                     other = firewall_model_find_chain(live, false, stored->family, stored->table, stored->name);
	struct slice                 text;
	const struct firewall_chain *c;

	if (other == FIREWALL_NONE)
		other = firewall_model_find_chain(live, true, stored->family, stored->table, stored->name);
	snprintf(name, sizeof(name), "%s %s", text_clean_into(table, sizeof(table), stored->table), text_clean_into(of, sizeof(of), stored->name));
	text = slice_of(name);
	if (other == FIREWALL_NONE)
		return stored->nrules > 0 || stored->policy == FIREWALL_DROP ? differ(d, text, "stored and not live", err) : 0;
	c = firewall_model_chain(live, other);
	if (c->hook != FIREWALL_HOOK_NONE && c->policy != stored->policy)
		return differ(d, text, "another policy is stored", err);
	return c->nrules != stored->nrules ? differ(d, text, "stored with another number of rules", err) : 0;
}

/* Chains of live iptables tables that are not stored. */
static int find_unstored(struct differences *d, const struct firewall_model *live, const struct firewall_model *stored, struct slice backend, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < live->chains.count; i++) {
		const struct firewall_chain *c = firewall_model_chain(live, (uint32_t)i);
		char                         name[200], table[80], of[80];

		if (!slice_equal(c->backend, backend) || c->nrules == 0 || firewall_model_find_chain(stored, false, c->family, c->table, c->name) != FIREWALL_NONE)
			continue;
		snprintf(name, sizeof(name), "%s %s", text_clean_into(table, sizeof(table), c->table), text_clean_into(of, sizeof(of), c->name));
		r = differ(d, slice_of(name), "live and not stored", err);
	}
	return r;
}

/* A file as iptables-restore reads it. */
static int compare_saved(struct differences *d, const struct boot *boot, const struct section *s, enum firewall_family family, struct error *err)
{
	struct firewall_model stored;
	struct error          why;
	int                   r;

	firewall_model_init(&stored);
	r = firewall_iptables_parse(&stored, s->body, family, false, &why);
	if (r == ERR_NOMEM)
		error_nomem(err);
	else if (r < 0)
		r = differ(d, slice_of(why.text), "the stored rules cannot be read", err);
	for (size_t i = 0; r == 0 && i < stored.chains.count; i++)
		r = compare_chain(d, boot->live, firewall_model_chain(&stored, (uint32_t)i), err);
	if (r == 0)
		r = find_unstored(d, boot->live, &stored, slice_of(family == FIREWALL_IPV4 ? "iptables" : "ip6tables"), err);
	firewall_model_fini(&stored);
	return r;
}

static bool has_live_table(const struct firewall_model *live, struct slice family, struct slice table)
{
	for (size_t i = 0; i < live->chains.count; i++) {
		const struct firewall_chain *c = firewall_model_chain(live, (uint32_t)i);

		if (slice_equal(c->family, family) && slice_equal(c->table, table))
			return true;
	}
	return false;
}

static bool has_stored_table(struct slice body, struct slice family, struct slice table)
{
	struct slice line, word, of;

	while (slice_next_line(&body, &line, NULL))
		if (slice_next_word(&line, &word) && slice_is(word, "table") && slice_next_word(&line, &word) && slice_equal(word, family) &&
		    slice_next_word(&line, &of) && slice_equal(of, table))
			return true;
	return false;
}

/* nftables.conf, whose language is not read here: whether its tables are live, and the live ones in it. */
static int compare_tables(struct differences *d, const struct boot *boot, const struct section *s, struct error *err)
{
	struct slice body = s->body, line, word, family, table;
	int          r = 0;

	while (r == 0 && slice_next_line(&body, &line, NULL)) {
		struct slice whole = slice_trim(line);

		if (slice_next_word(&line, &word) && slice_is(word, "table") && slice_next_word(&line, &family) && slice_next_word(&line, &table) && !has_live_table(boot->live, family, table))
			r = differ(d, whole, "stored and not live", err);
	}
	for (size_t i = 0; r == 0 && i < boot->live->chains.count; i++) {
		const struct firewall_chain *c = firewall_model_chain(boot->live, (uint32_t)i);
		char                         name[160], of[60];

		if (c->hook == FIREWALL_HOOK_NONE || c->backend.len > 0 || has_stored_table(s->body, c->family, c->table))
			continue;
		snprintf(name, sizeof(name), "table %s %s", text_clean_into(of, sizeof(of), c->family), c->table.len < 80 ? c->table.ptr : "");
		r = differ(d, slice_of(name), "live and not stored", err);
	}
	return r;
}

static bool has_include(struct slice body)
{
	struct slice line, word;

	while (slice_next_line(&body, &line, NULL))
		if (slice_next_word(&line, &word) && slice_is(word, "include"))
			return true;
	return false;
}

static const struct {
	const char          *path;
	enum manager         manager;
	enum firewall_family family; /* 0 for the language of nft */
} files[] = {
	{ "/etc/nftables.conf", NFTABLES, 0 },
	{ "/etc/sysconfig/nftables.conf", NFTABLES, 0 },
	{ "/etc/iptables/rules.v4", IPTABLES, FIREWALL_IPV4 },
	{ "/etc/iptables/rules.v6", IPTABLES, FIREWALL_IPV6 },
	{ "/etc/sysconfig/iptables", IPTABLES, FIREWALL_IPV4 },
	{ "/etc/sysconfig/ip6tables", IPTABLES, FIREWALL_IPV6 },
};

static int compare_file(struct differences *d, const struct boot *boot, const struct section *s, bool *ret_compared, struct error *err)
{
	for (size_t i = 0; i < countof(files); i++) {
		if (!slice_is(section_arg(s, "path"), files[i].path) || !boot->active[files[i].manager])
			continue;
		if (!section_is_whole(s) || (!files[i].family && has_include(s->body)))
			return 0;
		*ret_compared = true;
		return files[i].family ? compare_saved(d, boot, s, files[i].family, err) : compare_tables(d, boot, s, err);
	}
	return 0;
}

static int add_differences(const struct boot *boot, struct error *err)
{
	cJSON             *list = cJSON_CreateObject(), *taken;
	struct differences d = { 0 };
	bool               compared = false;
	int                r = list && (d.list = fact_add_array(list, "live_differs")) ? 0 : error_nomem(err);

	for (const struct section *s = evidence_find(boot->ev, "firewall.disk"); s && r == 0; s = evidence_find_next(boot->ev, s))
		r = compare_file(&d, boot, s, &compared, err);
	if (r == 0 && !compared)
		r = fact_add_unavailable(boot->module, "firewall.live_differs", REASON_UNSUPPORTED, err, "what %s loads at boot is not in a file that can be compared", first_manager(boot));
	else if (r == 0 && (taken = cJSON_DetachItemFromObjectCaseSensitive(list, "live_differs")) && !cJSON_AddItemToObject(boot->module, "live_differs", taken))
		r = error_nomem(err);
	cJSON_Delete(list);
	return r;
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
		r = add_differences(&boot, err);
	return r < 0 ? r : add_ufw(&boot, err);
}

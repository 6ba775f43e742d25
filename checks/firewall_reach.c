#include "firewall_reach.h"

#include "fact.h"
#include "firewall_outcome.h"
#include "limit.h"
#include "mem.h"
#include "text.h"

#define MAX_PORTS 4096 /* asked about: a host with more sockets than that is not judged */

/* What is asked about. */
struct port {
	unsigned     protocol, number;
	unsigned     families;
	unsigned     listening; /* families of those that listen, on some address */
	bool         ssh;       /* the SSH daemon does */
	struct slice process;
};

struct ports {
	struct port *items;
	size_t       count;
};

/* sshd itself, or systemd in its place. */
bool firewall_is_ssh(const struct firewall_listener *listener)
{
	static const char *const names[] = { "sshd", "sshd-session", "dropbear", "tinysshd", "ssh.service", "sshd.service", "ssh.socket", "sshd.socket", "sshd@.service", "ssh@.service" };

	if (listener->protocol != FIREWALL_TCP)
		return false;
	for (size_t i = 0; i < countof(names); i++)
		if (slice_is(listener->process, names[i]))
			return true;
	return listener->systemd && (slice_has_prefix(listener->process, "sshd@") || slice_has_prefix(listener->process, "ssh@"));
}

static int add_port(struct ports *ports, const struct port *port, struct error *err)
{
	void *grown;

	for (size_t i = 0; i < ports->count; i++) {
		struct port *p = &ports->items[i];

		if (p->protocol != port->protocol || p->number != port->number)
			continue;
		p->families |= port->families;
		p->listening |= port->listening;
		p->ssh = p->ssh || port->ssh;
		if (p->process.len == 0)
			p->process = port->process;
		return 0;
	}
	if (ports->count == MAX_PORTS)
		return error_set(err, ERR_TOO_BIG, "more than %d ports on which something listens", MAX_PORTS);
	grown = mem_resize(ports->items, ports->count + 1, sizeof(*port));
	if (!grown)
		return error_nomem(err);
	ports->items = grown;
	ports->items[ports->count++] = *port;
	return 0;
}

/* Ports that a rule of a chain of type nat names: only they can be sent elsewhere by a rule that is not for all ports. */
static int add_named_ports(struct ports *ports, const struct firewall_model *model, const struct firewall_chain *chain, const struct firewall_rule *rule,
                           struct error *err)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < rule->nops; i++) {
		const struct firewall_op   *op = FIREWALL_AT(model->ops, struct firewall_op, rule->first + i);
		const struct firewall_key  *keys = firewall_model_keys(model, op);
		const struct firewall_list *list;

		if ((op->kind != FIREWALL_MATCH && op->kind != FIREWALL_DNAT && op->kind != FIREWALL_MAP) || op->nkeys == 0 || op->negated)
			continue;
		list = firewall_model_list(model, op->list);
		for (size_t k = 0; k < op->nkeys; k++)
			for (size_t e = 0; keys[k].field == FIREWALL_DPORT && r == 0 && e < list->count; e++) {
				const struct firewall_range range = firewall_model_element(model, list, e)[k];

				for (uint64_t n = range.low.lo; r == 0 && range.high.lo <= 65535 && range.high.lo - range.low.lo < 16 && n > 0 && n <= range.high.lo; n++) {
					r = add_port(ports, &(struct port){ .protocol = FIREWALL_TCP, .number = (unsigned)n, .families = chain->families }, err);
					if (r == 0)
						r = add_port(ports, &(struct port){ .protocol = FIREWALL_UDP, .number = (unsigned)n, .families = chain->families }, err);
				}
			}
	}
	return r;
}

static int collect_ports(struct ports *ports, const struct firewall_evaluator *evaluator, struct error *err)
{
	const struct firewall_host  *host = evaluator->host;
	const struct firewall_model *model = evaluator->model;
	int                          r = 0;

	for (size_t i = 0; r == 0 && i < host->nlisteners; i++) {
		const struct firewall_listener *l = &host->listeners[i];

		r = add_port(ports, &(struct port){ l->protocol, l->port, l->families, l->families, firewall_is_ssh(l), l->process }, err);
	}
	for (size_t c = 0; r == 0 && c < model->chains.count; c++) {
		const struct firewall_chain *chain = firewall_model_chain(model, (uint32_t)c);

		/* Chains that others jump to have no type; their tables in nftables may have any. */
		if (!chain->nat && (chain->hook != FIREWALL_HOOK_NONE || chain->backend.len > 0))
			continue;
		for (uint32_t at = chain->first; r == 0 && at != FIREWALL_NONE; at = FIREWALL_AT(model->rules, struct firewall_rule, at)->next)
			r = add_named_ports(ports, model, chain, FIREWALL_AT(model->rules, struct firewall_rule, at), err);
	}
	return r;
}

static int compare_ports(const void *a, const void *b)
{
	const struct port *x = a, *y = b;

	if (x->protocol != y->protocol)
		return x->protocol < y->protocol ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* Where packets are sent: "172.17.0.2 port 80", of the first part that is. */
static int add_translation(cJSON *item, const struct firewall_probe *probe, const struct firewall_result *result, struct error *err)
{
	const struct firewall_state *s = &result->translated;
	struct firewall_range        range;
	bool                         more = true;
	char                         address[64] = "this host", text[100];

	range = (struct firewall_range){ s->address, s->address };
	if (s->addressed && firewall_range_next_prefix(&range, probe->family, &more, address))
		address[strcspn(address, "/")] = '\0';
	snprintf(text, sizeof(text), "%s port %" PRIu32, address, s->port);
	return fact_add_text(item, "sent_to", slice_of(text), err);
}

/* Whether the rules for input would have kept out what gets in because it is sent elsewhere. */
static int add_bypass(cJSON *item, struct firewall_evaluator *evaluator, struct firewall_probe probe, struct error *err)
{
	struct firewall_result result;
	enum firewall_outcome  outcome;
	int                    r;

	probe.plain = true;
	probe.bound = probe.heard = false;
	r = firewall_evaluate(evaluator, &probe, &result, err);
	if (r < 0)
		return r;
	outcome = firewall_outcome_of(evaluator, &probe, &result);
	firewall_result_fini(&result);
	if (outcome == FIREWALL_UNDECIDED_OUTCOME)
		return fact_add_unavailable(item, "bypasses_input", REASON_UNSUPPORTED, err, "the rules for input are not understood well enough");
	return fact_add_boolean(item, "bypasses_input", outcome == FIREWALL_CLOSED, err);
}

static int add_names(cJSON *item, const struct port *port, enum firewall_family family, struct error *err)
{
	const char *protocol = port->protocol == FIREWALL_TCP ? "tcp" : "udp", *name = family == FIREWALL_IPV4 ? "ipv4" : "ipv6";
	char        subject[160], process[64], service[32];
	int         r;

	text_clean_into(process, sizeof(process), port->process);
	snprintf(subject, sizeof(subject), "%s/%u %s%s%s", protocol, port->number, name, process[0] ? " " : "", process);
	r = fact_add_text(item, "subject", slice_of(subject), err);
	if (r == 0)
		r = fact_add_text(item, "protocol", slice_of(protocol), err);
	if (r == 0)
		r = fact_add_integer(item, "port", port->number, err);
	if (r == 0)
		r = fact_add_text(item, "family", slice_of(name), err);
	if (r == 0 && process[0])
		r = fact_add_text(item, "process", port->process, err);
	snprintf(service, sizeof(service), "%s/%u", protocol, port->number);
	if (r == 0)
		r = fact_add_text(item, "service", slice_of(service), err);
	return r < 0 ? r : fact_add_boolean(item, "ssh", port->ssh, err);
}

/* Where the outcome is undecided, that nothing was seen to be sent elsewhere does not mean that nothing is. */
static int add_published(cJSON *item, const struct firewall_evaluator *evaluator, enum firewall_family family, bool published, enum firewall_outcome outcome,
                         struct error *err)
{
	static const char why[] = "the rules are not understood well enough to tell whether it is sent elsewhere";
	int               r;

	if (published || outcome != FIREWALL_UNDECIDED_OUTCOME || !(evaluator->nat & family))
		return fact_add_boolean(item, "published", published, err);
	r = fact_add_unavailable(item, "published", REASON_UNSUPPORTED, err, why);
	return r < 0 ? r : fact_add_unavailable(item, "bypasses_input", REASON_UNSUPPORTED, err, why);
}

/*
 * Add what becomes of a port to the table; `*ret_item` is NULL, and nothing added, for one on which nothing listens and from which nothing is sent
 * elsewhere. `unsettled` is what makes it undecided whatever the rules say, or NULL.
 */
static int make_item(cJSON *table, cJSON **ret_item, struct firewall_evaluator *evaluator, const struct port *port, enum firewall_family family, const char *unsettled, struct error *err)
{
	const bool             listening = port->listening & family;
	struct firewall_probe  probe = { .family = family, .protocol = port->protocol, .port = port->number, .state = 8, .bound = listening, .heard = !listening };
	struct firewall_result result;
	enum firewall_outcome  outcome;
	cJSON                 *item = NULL;
	bool                   published;
	int                    r;

	*ret_item = NULL;
	probe.tcp_flags = port->protocol == FIREWALL_TCP ? 2 : 0;
	r = firewall_evaluate(evaluator, &probe, &result, err);
	if (r < 0)
		return r;
	published = result.translated.translated;
	outcome = firewall_outcome_of(evaluator, &probe, &result);
	if (unsettled) {
		snprintf(result.construct, sizeof(result.construct), "%s", unsettled);
		outcome = FIREWALL_UNDECIDED_OUTCOME;
	}
	if (published || listening || unsettled) {
		*ret_item = item = fact_table_append(table);
		r = item ? add_names(item, port, family, err) : error_nomem(err);
		if (r == 0)
			r = firewall_outcome_add(item, evaluator, &probe, &result, outcome, err);
		if (r == 0)
			r = add_published(item, evaluator, family, published, outcome, err);
		if (r == 0 && published)
			r = add_translation(item, &probe, &result, err);
	}
	firewall_result_fini(&result);
	if (r == 0 && item && published)
		r = add_bypass(item, evaluator, probe, err);
	return r;
}

static void take_back(cJSON *table, cJSON *item)
{
	if (item)
		cJSON_Delete(cJSON_DetachItemViaPointer(table, item));
}

/* Whether two lists hold the same, in any order. */
static bool is_same_list(const cJSON *a, const cJSON *b)
{
	const cJSON *x, *y;
	bool         found = cJSON_GetArraySize(a) == cJSON_GetArraySize(b);

	cJSON_ArrayForEach(x, a) {
		if (!found)
			return false;
		found = false;
		cJSON_ArrayForEach(y, b)
			found = found || cJSON_Compare(x, y, true);
	}
	return found;
}

/* Whether two items say the same of who gets in and where to, whichever rule decides it. */
static bool is_same_item(const cJSON *a, const cJSON *b)
{
	static const char *const members[] = { "outcome", "published", "sent_to", "bypasses_input", "limited" };
	static const char *const lists[] = { "conditions", "sources" };
	bool                     same = a && b;

	for (size_t i = 0; same && i < countof(members); i++) {
		const cJSON *x = cJSON_GetObjectItemCaseSensitive(a, members[i]), *y = cJSON_GetObjectItemCaseSensitive(b, members[i]);

		same = (!x && !y) || cJSON_Compare(x, y, true);
	}
	for (size_t i = 0; same && i < countof(lists); i++)
		same = is_same_list(cJSON_GetObjectItemCaseSensitive(a, lists[i]), cJSON_GetObjectItemCaseSensitive(b, lists[i]));
	return same;
}

/* Where nobody can tell in which order chains are asked, every order has to come to the same. */
static int add_item(cJSON *table, struct firewall_evaluator *evaluator, const struct port *port, enum firewall_family family, struct error *err)
{
	cJSON *item, *other;
	bool   same;
	int    r = make_item(table, &item, evaluator, port, family, NULL, err);

	if (r < 0 || !firewall_evaluator_turn(evaluator, family))
		return r;
	r = make_item(table, &other, evaluator, port, family, NULL, err);
	(void)firewall_evaluator_turn(evaluator, family);
	same = (!item && !other) || is_same_item(item, other);
	take_back(table, other);
	if (r < 0 || same)
		return r;
	take_back(table, item);
	return make_item(table, &item, evaluator, port, family, "legacy and nf_tables chains of one priority, in an order the rules do not tell", err);
}

int firewall_reach_add(cJSON *module, struct firewall_evaluator *evaluator, struct error *err)
{
	static const enum firewall_family families[] = { FIREWALL_IPV4, FIREWALL_IPV6 };
	cJSON                            *table = fact_add_array(module, "reachable");
	struct ports                      ports = { 0 };
	int                               r = table ? collect_ports(&ports, evaluator, err) : error_nomem(err);

	if (r == 0 && ports.count > 0)
		qsort(ports.items, ports.count, sizeof(*ports.items), compare_ports);
	for (size_t i = 0; r == 0 && i < ports.count; i++)
		for (size_t f = 0; r == 0 && f < countof(families); f++)
			if (ports.items[i].families & families[f])
				r = add_item(table, evaluator, &ports.items[i], families[f], err);
	mem_free(ports.items);
	return r;
}

#include "firewall_default.h"

#include "fact.h"
#include "firewall_outcome.h"
#include "limit.h"

/* Whether a rule names the port: not when it takes in nearly all of them. */
static bool is_named(const struct firewall_model *model, unsigned port)
{
	for (size_t i = 0; i < model->ops.count; i++) {
		const struct firewall_op   *op = FIREWALL_AT(model->ops, struct firewall_op, i);
		const struct firewall_key  *keys = firewall_model_keys(model, op);
		const struct firewall_list *list = op->nkeys > 0 ? firewall_model_list(model, op->list) : NULL;

		for (size_t k = 0; k < op->nkeys; k++)
			for (size_t e = 0; keys[k].field == FIREWALL_DPORT && e < list->count; e++) {
				const struct firewall_range range = firewall_model_element(model, list, e)[k];

				if (range.high.lo - range.low.lo < 60000 && firewall_range_has(range, firewall_number_of(port)))
					return true;
			}
	}
	return false;
}

/* A port of which no rule says anything; 0 when there is none among some. */
static unsigned find_port(const struct firewall_model *model)
{
	static const unsigned candidates[] = { 61111, 7, 20001, 34567, 48111, 1999, 5, 12347, 27999, 55001, 9, 911, 40009 };

	for (size_t i = 0; i < countof(candidates); i++)
		if (!is_named(model, candidates[i]))
			return candidates[i];
	return 0;
}

/* Whether an interface of the host is among those of a part. */
static bool has_interface(const struct firewall_evaluator *evaluator, const struct firewall_state *state)
{
	const struct firewall_host *host = evaluator->host;
	bool                        any = !host->own_known;

	if (state->interfaces[0] & 1)
		return true;
	for (size_t i = 0; i < host->nown; i++)
		for (uint32_t k = 1; k < evaluator->kinds.count; k++) {
			const struct slice name = firewall_model_name_text(evaluator->model, evaluator->kinds.names[k]);
			const bool         wild = name.len > 0 && name.ptr[name.len - 1] == '*';

			if (state->interfaces[k / 64] >> (k % 64) & 1 &&
			    (slice_equal(name, host->own[i].interface) || (wild && host->own[i].interface.len >= name.len - 1 && memcmp(name.ptr, host->own[i].interface.ptr, name.len - 1) == 0)))
				any = true;
		}
	return any;
}

/* Whether a part is of what this host sends to itself. */
static bool is_to_itself(const struct firewall_evaluator *evaluator, const struct firewall_state *state)
{
	for (uint32_t i = 0; i < state->nliterals; i++)
		if (!(state->literals[i] & 1) &&
		    slice_is(FIREWALL_AT(evaluator->model->literals, struct firewall_literal, state->literals[i] >> 1)->text, "leaves by interface lo"))
			return true;
	return false;
}

/* A part that lets in more than some networks is a default that accepts; one that hangs on conditions is not understood. */
static const char *verdict_of(const struct firewall_evaluator *evaluator, const struct firewall_probe *probe, const struct firewall_result *result,
                              enum firewall_outcome outcome)
{
	const char *verdict = result->closes == FIREWALL_REJECT ? "reject" : "drop";

	if (outcome == FIREWALL_OPEN)
		return "accept";
	if (outcome == FIREWALL_UNDECIDED_OUTCOME)
		return "undecided";
	for (size_t i = 0; outcome == FIREWALL_RESTRICTED && i < result->accepted.count; i++) {
		const struct firewall_state *s = &result->accepted.items[i];

		if (firewall_space_share(s->source, probe->family) <= 1.0 / 256 || !has_interface(evaluator, s) || (probe->outbound && is_to_itself(evaluator, s)))
			continue;
		if (s->nliterals > 0)
			verdict = "undecided";
		else
			return "accept";
	}
	return verdict;
}

/* The worse of two verdicts: what accepts, then what nobody understands. */
static bool is_worse(const char *verdict, const char *than)
{
	if (!than || strcmp(verdict, than) == 0)
		return !than;
	return strcmp(verdict, "accept") == 0 || (strcmp(verdict, "undecided") == 0 && strcmp(than, "accept") != 0);
}

/* What is said of a packet of TCP and of one of UDP: the worse of the two. */
static int judge(struct firewall_evaluator *evaluator, struct firewall_probe probe, const char **ret_verdict, struct buf *where, struct error *err)
{
	const char *worst = NULL;
	int         r = 0;

	for (unsigned i = 0; r == 0 && i < 2; i++) {
		struct firewall_result result;
		enum firewall_outcome  outcome;
		const char            *verdict;

		probe.protocol = i == 0 ? FIREWALL_TCP : FIREWALL_UDP;
		probe.tcp_flags = i > 0 ? 0 : probe.state == 8 ? 2
		                                               : 16;
		r = firewall_evaluate(evaluator, &probe, &result, err);
		if (r < 0)
			break;
		outcome = firewall_outcome_of(evaluator, &probe, &result);
		verdict = verdict_of(evaluator, &probe, &result, outcome);
		if (is_worse(verdict, worst)) {
			worst = verdict;
			buf_clear(where);
			if (outcome == FIREWALL_RESTRICTED && verdict[0] != 'a' && verdict[0] != 'u')
				outcome = FIREWALL_CLOSED;
			r = firewall_outcome_decider(where, evaluator, &probe, &result, outcome, err);
		}
		firewall_result_fini(&result);
	}
	*ret_verdict = worst;
	return r;
}

static cJSON *add_family(cJSON *table, enum firewall_family family, struct error *err)
{
	const char *name = family == FIREWALL_IPV4 ? "IPv4" : "IPv6";
	cJSON      *item = fact_table_append(table);

	if (!item || fact_add_text(item, "subject", slice_of(name), err) < 0 || fact_add_text(item, "family", slice_of(name), err) < 0) {
		error_nomem(err);
		return NULL;
	}
	return item;
}

static int add_verdict(cJSON *table, struct firewall_evaluator *evaluator, struct firewall_probe probe, struct error *err)
{
	const char *verdict;
	struct buf  where;
	cJSON      *item = add_family(table, probe.family, err);
	int         r = item ? 0 : ERR_NOMEM;

	buf_init(&where, LIMIT_REPORT_TEXT);
	if (r == 0)
		r = judge(evaluator, probe, &verdict, &where, err);
	if (r == 0)
		r = fact_add_text(item, "verdict", slice_of(verdict), err);
	if (r == 0)
		r = fact_add_text(item, "where", buf_slice(&where), err);
	buf_free(&where);
	return r;
}

/* What decides a fact of an item, by the fact's name: an item may have several, which different rules decide. */
static int add_decider(cJSON *item, const char *name, struct firewall_evaluator *evaluator, const struct firewall_probe *probe,
                       const struct firewall_result *result, enum firewall_outcome outcome, struct error *err)
{
	cJSON     *places = cJSON_GetObjectItemCaseSensitive(item, "where");
	struct buf where;
	int        r;

	if (!places)
		places = cJSON_AddObjectToObject(item, "where");
	if (!places)
		return error_nomem(err);
	buf_init(&where, LIMIT_REPORT_TEXT);
	r = firewall_outcome_decider(&where, evaluator, probe, result, outcome, err);
	if (r == 0)
		r = fact_add_text(places, name, buf_slice(&where), err);
	buf_free(&where);
	return r;
}

/* Whether all gets in but for some networks, which are refused whatever they send: those that fail2ban bans, say. */
static bool is_nearly_open(struct firewall_evaluator *evaluator, const struct firewall_probe *probe, const struct firewall_result *result)
{
	const struct firewall_space *outside = firewall_outside(&evaluator->pool, probe->family);
	const double                 least = outside ? firewall_space_share(outside, probe->family) - 1.0 / 256 : 2;

	for (uint32_t k = 0; k < evaluator->kinds.count; k++) {
		double share = 0;

		if (k > 0 && evaluator->kinds.names[k] == evaluator->lo)
			continue;
		for (size_t i = 0; i < result->accepted.count; i++) {
			const struct firewall_state *s = &result->accepted.items[i];

			if (s->nliterals == 0 && (s->interfaces[k / 64] >> (k % 64) & 1))
				share += firewall_space_share(s->source, probe->family);
		}
		if (share < least)
			return false;
	}
	return true;
}

/* Whether all of a packet gets in; what decides that. */
static int add_boolean(cJSON *item, const char *name, struct firewall_evaluator *evaluator, struct firewall_probe probe, enum firewall_outcome wanted, struct error *err)
{
	struct firewall_result result;
	enum firewall_outcome  outcome;
	int                    r;

	probe.protocol = FIREWALL_TCP;
	probe.tcp_flags = probe.state == 8 ? 2 : 16;
	r = firewall_evaluate(evaluator, &probe, &result, err);
	if (r < 0)
		return r;
	outcome = firewall_outcome_of(evaluator, &probe, &result);
	if (outcome == FIREWALL_UNDECIDED_OUTCOME)
		r = fact_add_unavailable(item, name, REASON_UNSUPPORTED, err, "the rules are not understood well enough: %s", result.construct);
	else
		r = fact_add_boolean(item, name, outcome == wanted || (wanted == FIREWALL_OPEN && outcome == FIREWALL_RESTRICTED && is_nearly_open(evaluator, &probe, &result)), err);
	if (r == 0)
		r = add_decider(item, name, evaluator, &probe, &result, outcome, err);
	firewall_result_fini(&result);
	return r;
}

/* What claims to come from the loopback, by another interface; and what really does. */
static int add_loopback(cJSON *table, struct firewall_evaluator *evaluator, struct firewall_probe probe, struct error *err)
{
	const bool            four = probe.family == FIREWALL_IPV4;
	struct firewall_range all = { firewall_number_of(four ? 0x7f000000 : 1), firewall_number_of(four ? 0x7fffffff : 1) };
	struct firewall_range one = { firewall_number_of(four ? 0x7f000001 : 1), firewall_number_of(four ? 0x7f000001 : 1) };
	struct firewall_pool  pool = { .left = 4096 };
	cJSON                *item = add_family(table, probe.family, err);
	int                   r = item ? 0 : ERR_NOMEM;

	if (r == 0 && !(probe.source = firewall_space_of(&pool, &all, 1)))
		r = error_nomem(err);
	if (r == 0)
		r = add_boolean(item, "guarded", evaluator, probe, FIREWALL_CLOSED, err);
	if (r == 0 && !(probe.source = firewall_space_of(&pool, &one, 1)))
		r = error_nomem(err);
	probe.loopback = true;
	if (r == 0)
		r = add_boolean(item, "accepted", evaluator, probe, FIREWALL_OPEN, err);
	arena_free(&pool.arena);
	return r;
}

static int add_established(cJSON *table, struct firewall_evaluator *evaluator, struct firewall_probe probe, struct error *err)
{
	cJSON *item = add_family(table, probe.family, err);

	probe.state = 2;
	return item ? add_boolean(item, "accepted", evaluator, probe, FIREWALL_OPEN, err) : ERR_NOMEM;
}

static int add_outbound(cJSON *table, struct firewall_evaluator *evaluator, struct firewall_probe probe, struct error *err)
{
	probe.outbound = true;
	return add_verdict(table, evaluator, probe, err);
}

static int add_forwarded(cJSON *table, struct firewall_evaluator *evaluator, struct firewall_probe probe, struct error *err)
{
	probe.forwarded = true;
	return add_verdict(table, evaluator, probe, err);
}

static const struct {
	const char *name, *full;
	int (*add)(cJSON *table, struct firewall_evaluator *evaluator, struct firewall_probe probe, struct error *err);
} tables[] = {
	{ "input_default", "firewall.input_default", add_verdict },
	{ "forward_default", "firewall.forward_default", add_forwarded },
	{ "output_default", "firewall.output_default", add_outbound },
	{ "loopback_guard", "firewall.loopback_guard", add_loopback },
	{ "established_rule", "firewall.established_rule", add_established },
};

/* Whether the host has an address of a family besides those of the loopback. */
static bool has_address(const struct firewall_host *host, unsigned family)
{
	for (size_t i = 0; i < host->nown; i++)
		if ((unsigned)host->own[i].family == family && !host->own[i].loopback)
			return true;
	return false;
}

/* One family. What has no address yet may get one, and the rules are to be right then: it is asked about as if it were not known. */
static int add_default(cJSON *table, size_t which, struct firewall_evaluator *evaluator, const struct firewall_probe *probe, struct error *err)
{
	const struct firewall_host *host = evaluator->host;
	struct firewall_host        unknown = *host;
	int                         r;

	unknown.own_known = false;
	if (!has_address(host, (unsigned)probe->family))
		evaluator->host = &unknown;
	r = tables[which].add(table, evaluator, *probe, err);
	evaluator->host = host;
	return r;
}

int firewall_default_add(cJSON *module, struct firewall_evaluator *evaluator, unsigned families, struct error *err)
{
	const unsigned port = find_port(evaluator->model);
	int            r = 0;

	for (size_t i = 0; r == 0 && i < countof(tables); i++) {
		cJSON *table;

		if (port == 0) {
			r = fact_add_unavailable(module, tables[i].full, REASON_UNSUPPORTED, err, "every port that was tried is named by a rule");
			continue;
		}
		table = fact_add_array(module, tables[i].name);
		if (!table)
			return error_nomem(err);
		for (unsigned f = FIREWALL_IPV4; r == 0 && f <= FIREWALL_IPV6; f++)
			if (families & f)
				r = add_default(table, i, evaluator, &(struct firewall_probe){ .family = (enum firewall_family)f, .port = port, .state = 8 }, err);
	}
	return r;
}

/*
 * evaluate.c: rules against facts. Three-valued: what cannot be told is never taken for fulfilled.
 */
#include "describe.h"

#include "mem.h"

static enum truth hold_fact(const struct condition *c, const struct lookup_scope *scope, struct lookup *ret_lookup)
{
	enum truth t;

	*ret_lookup = lookup_fact(&c->fact, scope, c->operand.type == OPERAND_EXISTENCE);
	if (!ret_lookup->known)
		return TRUTH_UNKNOWN;
	t = c->op->holds(&c->operand, &ret_lookup->value);
	if (t == TRUTH_UNKNOWN) {
		ret_lookup->known = false;
		ret_lookup->reason = reason_name(c->op->judge ? REASON_UNSUPPORTED : REASON_PARSE);
		ret_lookup->message = "its value is not what the rule can judge";
	}
	return t;
}

/* The part that decides a combinator at once, and what every other part must be for the opposite. */
static enum truth hold(const struct condition *c, const struct lookup_scope *scope)
{
	enum truth    decisive = c->kind == CONDITION_ALL ? TRUTH_FALSE : TRUTH_TRUE;
	bool          unknown = false;
	struct lookup ignored;

	if (c->kind == CONDITION_FACT)
		return hold_fact(c, scope, &ignored);
	for (size_t i = 0; i < c->nparts; i++) {
		enum truth t = hold(&c->parts[i], scope);

		if (t == decisive)
			return truth_of(c->kind == CONDITION_ANY);
		unknown |= t == TRUTH_UNKNOWN;
	}
	return unknown ? TRUTH_UNKNOWN : truth_of(c->kind != CONDITION_ANY);
}

/* What a condition's outcome rests on, gathered leaf by leaf. */
struct grounds {
	struct description      actual;  /* the facts that decided */
	struct description      message; /* the same as a sentence */
	const char             *where;   /* of the first of them that has a place */
	const struct fact_spec *seen[16];
	size_t                  nseen;
};

static void ground_start(struct grounds *g)
{
	describe_start(&g->actual);
	describe_start(&g->message);
	g->where = NULL;
	g->nseen = 0;
}

/* True the first time a fact comes up; beyond the array's size facts may be named twice. */
static bool is_new(struct grounds *g, const struct fact_spec *fact)
{
	for (size_t i = 0; i < g->nseen; i++)
		if (g->seen[i] == fact)
			return false;
	if (g->nseen < countof(g->seen))
		g->seen[g->nseen++] = fact;
	return true;
}

/* `where` is a text for everything in an object, or has a text for each fact. */
static const char *place_of(const struct fact_ref *fact, const cJSON *object)
{
	const cJSON *where = lookup_member(object, "where");
	const char  *member = fact->relative ? fact->name : fact->name + strlen(fact->module->member) + 1;

	return cJSON_IsObject(where) ? lookup_text(where, member) : cJSON_GetStringValue(where);
}

static void separate(struct description *d)
{
	if (d->len > 0)
		describe_add(d, "; ");
}

static void ground_actual(const struct condition *c, const struct lookup *found, bool alone, struct grounds *g)
{
	separate(&g->actual);
	if (!alone) {
		describe_add(&g->actual, c->fact.name);
		describe_add(&g->actual, " ");
	}
	describe_judged(&g->actual, c, &found->value);
	if (!g->where)
		g->where = place_of(&c->fact, found->object);
}

static void ground_message(const struct condition *c, const struct lookup *found, bool explain, struct grounds *g)
{
	bool has = found->value.present && found->value.array && (c->fact.spec->type == FACT_TABLE || found->value.array->child);

	separate(&g->message);
	describe_add(&g->message, c->fact.name);
	describe_add(&g->message, has ? " has " : " is ");
	if (!explain) {
		describe_value(&g->message, &found->value);
		return;
	}
	describe_offenders(&g->message, c, &found->value);
	describe_add(&g->message, ", expected ");
	describe_add(&g->message, c->expected);
}

/* `plain`: something above says what was expected. */
static void ground_fact(const struct condition *c, const struct lookup_scope *scope, bool plain, bool alone, struct grounds *g)
{
	struct lookup found;
	enum truth    t = hold_fact(c, scope, &found);
	bool          explain = t == TRUTH_FALSE && !plain;
	bool new = is_new(g, c->fact.spec);

	if (t == TRUTH_UNKNOWN && new) {
		separate(&g->message);
		if (c->op->judge && found.value.array)
			describe_unjudged(&g->message, c, &found.value);
		else
			describe_unknown(&g->message, c->fact.relative ? c->fact.name : c->fact.spec->name, found.reason, found.message);
	}
	if (t == TRUTH_UNKNOWN)
		return;
	if (new)
		ground_actual(c, &found, alone, g);
	if (new || explain)
		ground_message(c, &found, explain, g);
}

/* Gather the facts that made a condition what it is: of an `all` that is false the false parts, and so on. What an `any` or a `none` that
 * is false expected can only be said for all its parts together. */
static void ground(const struct condition *c, const struct lookup_scope *scope, bool plain, bool alone, struct grounds *g)
{
	enum truth outcome;
	enum truth deciding;
	bool       together;

	if (c->kind == CONDITION_FACT) {
		ground_fact(c, scope, plain, alone, g);
		return;
	}
	outcome = hold(c, scope);
	deciding = c->kind == CONDITION_NONE ? truth_negate(outcome) : outcome;
	together = outcome == TRUTH_FALSE && c->kind != CONDITION_ALL && !plain;
	for (size_t i = 0; i < c->nparts; i++)
		if (hold(&c->parts[i], scope) == deciding)
			ground(&c->parts[i], scope, plain || together || c->kind == CONDITION_NONE, alone && c->nparts == 1, g);
	if (together) {
		describe_add(&g->message, ", expected ");
		describe_add(&g->message, c->expected);
	}
}

/* Into the memory of the findings; nothing of a text without words. */
static int copy(const struct description *d, struct findings *findings, char **ret_text, struct error *err)
{
	if (d->len == 0)
		return 0;
	*ret_text = describe_copy(d, &findings->memory);
	return *ret_text ? 0 : error_nomem(err);
}

/* Append a finding. */
static int push(struct findings *findings, const struct finding *f, struct error *err)
{
	/* Room doubles: one table may have tens of thousands of rows. */
	if ((findings->count & (findings->count - 1)) == 0) {
		struct finding *grown = mem_resize(findings->items, findings->count ? 2 * findings->count : 1, sizeof(*grown));

		if (!grown)
			return error_nomem(err);
		findings->items = grown;
	}
	findings->items[findings->count++] = *f;
	return 0;
}

static struct finding start(const struct rule *rule, const struct lookup_scope *scope, enum verdict verdict)
{
	return (struct finding){
		.rule = rule->id,
		.verdict = verdict,
		.expected = rule->demand.check->expected,
		.remediation = verdict == VERDICT_FAIL ? remedy_choose(rule, scope) : NULL,
	};
}

/* A finding about the target or a whole table, with a message only. */
static int add_plain(const struct rule *rule, const struct lookup_scope *scope, enum verdict verdict, const struct description *message,
                     struct findings *findings, struct error *err)
{
	struct finding f = start(rule, scope, verdict);
	int            r = copy(message, findings, &f.message, err);

	return r < 0 ? r : push(findings, &f, err);
}

static int copy_text(const char *text, struct findings *findings, char **ret_text, struct error *err)
{
	struct description d;

	if (!text)
		return 0;
	describe_start(&d);
	describe_add(&d, text);
	return copy(&d, findings, ret_text, err);
}

/* A finding of the rule on the target or on one item, resting on `c`. */
static int add_grounded(const struct rule *rule, const struct condition *c, const struct lookup_scope *scope, enum verdict verdict,
                        struct findings *findings, struct error *err)
{
	struct finding f = start(rule, scope, verdict);
	struct grounds g;
	int            r;

	ground_start(&g);
	ground(c, scope, false, true, &g);
	r = copy_text(lookup_text(scope->item.json, "subject"), findings, &f.subject, err);
	if (r == 0)
		r = copy(&g.actual, findings, &f.actual, err);
	if (r == 0)
		r = copy_text(g.where, findings, &f.where, err);
	if (r == 0)
		r = copy(&g.message, findings, &f.message, err);
	return r < 0 ? r : push(findings, &f, err);
}

static enum verdict verdict_of(enum truth t)
{
	static const enum verdict verdicts[] = {
		[TRUTH_UNKNOWN] = VERDICT_ERROR,
		[TRUTH_FALSE] = VERDICT_FAIL,
		[TRUTH_TRUE] = VERDICT_PASS,
	};

	return verdicts[t];
}

static int check_once(const struct rule *rule, const struct lookup_scope *scope, struct findings *findings, struct error *err)
{
	const struct condition *check = rule->demand.check;

	return add_grounded(rule, check, scope, verdict_of(hold(check, scope)), findings, err);
}

/* One item; `*selected` counts those the rule speaks of. */
static int check_item(const struct rule *rule, const struct lookup_scope *scope, size_t *selected, struct findings *findings, struct error *err)
{
	enum truth t = rule->demand.select ? hold(rule->demand.select, scope) : TRUTH_TRUE;

	if (t == TRUTH_FALSE)
		return 0;
	*selected += 1;
	if (t == TRUTH_UNKNOWN)
		return add_grounded(rule, rule->demand.select, scope, VERDICT_ERROR, findings, err);
	return check_once(rule, scope, findings, err);
}

static int add_unknown_table(const struct rule *rule, const struct lookup_scope *scope, const char *reason, const char *message,
                             struct findings *findings, struct error *err)
{
	struct description d;

	describe_start(&d);
	describe_unknown(&d, rule->demand.each->spec->name, reason, message);
	return add_plain(rule, scope, VERDICT_ERROR, &d, findings, err);
}

/* A table in which the rule found nothing to look at. */
static int add_nothing(const struct rule *rule, const struct lookup_scope *scope, bool empty, struct findings *findings, struct error *err)
{
	enum verdict       verdict = empty ? rule->demand.empty : rule->demand.unselected;
	struct description d;

	describe_start(&d);
	if (verdict == VERDICT_ERROR)
		describe_printf(&d, "%s: ", reason_name(REASON_MISSING));
	if (empty)
		describe_printf(&d, "%s has no items", rule->demand.each->spec->name);
	else
		describe_printf(&d, "no item of %s is one that this rule speaks of: %s", rule->demand.each->spec->name,
		                rule->demand.select->kind == CONDITION_FACT ? rule->demand.select->fact.name : "");
	if (!empty && rule->demand.select->kind == CONDITION_FACT)
		describe_add(&d, " ");
	if (!empty)
		describe_add(&d, rule->demand.select->expected);
	return add_plain(rule, scope, verdict, &d, findings, err);
}

/* The table as it is, even where something is said against it; NULL when it cannot be used at all. */
static const cJSON *find_table(const struct fact_ref *each, const struct lookup_scope *scope, struct lookup *ret_lookup)
{
	const cJSON *table = lookup_module(scope, each)->json;

	*ret_lookup = lookup_fact(each, scope, false);
	if (ret_lookup->known)
		return ret_lookup->value.array;
	for (size_t i = 0; i < each->nsteps && table; i++)
		table = lookup_member(table, each->steps[i]);
	return cJSON_IsArray(table) ? table : NULL;
}

/* A table that is there but incomplete is judged as far as it goes, and what is missing is an error of its own. */
static int check_each(const struct rule *rule, const struct lookup_scope *target, struct findings *findings, struct error *err)
{
	struct lookup_scope scope = *target;
	struct lookup       found;
	const cJSON        *table = find_table(rule->demand.each, target, &found);
	const cJSON        *item;
	size_t              selected = 0;
	int                 r = 0;

	cJSON_ArrayForEach(item, table) {
		scope.item = lookup_object(item);
		r = check_item(rule, &scope, &selected, findings, err);
		if (r < 0)
			return r;
	}
	if (!found.known)
		return add_unknown_table(rule, target, found.reason, found.message, findings, err);
	return selected > 0 ? 0 : add_nothing(rule, target, cJSON_GetArraySize(table) == 0, findings, err);
}

/* `when` is false: say what it found. */
static int add_not_applicable(const struct rule *rule, const struct lookup_scope *scope, struct findings *findings, struct error *err)
{
	struct grounds     g;
	struct description d;

	ground_start(&g);
	describe_start(&d);
	ground(rule->demand.when, scope, false, true, &g);
	describe_add(&d, "not applicable: ");
	describe_add(&d, g.message.text);
	return add_plain(rule, scope, VERDICT_NOT_APPLICABLE, &d, findings, err);
}

int evaluate_rule(const struct rule *rule, const struct lookup_scope *target, struct findings *findings, struct error *err)
{
	const struct demand *d = &rule->demand;
	enum truth           applies = d->when ? hold(d->when, target) : TRUTH_TRUE;

	if (applies == TRUTH_FALSE)
		return add_not_applicable(rule, target, findings, err);
	if (applies == TRUTH_UNKNOWN)
		return add_grounded(rule, d->when, target, VERDICT_ERROR, findings, err);
	return d->each ? check_each(rule, target, findings, err) : check_once(rule, target, findings, err);
}

/*
 * operand.c: from what stands behind an operator to a typed operand: one small function for each type.
 */
#include "loader.h"

#include "buf.h"
#include "cidr.h"
#include "mem.h"

#define SHOWN_MAX (64u * 1024) /* a list of a thousand names */

/* What is being compiled. */
struct operand_source {
	struct loader          *l;
	const char             *rule;
	const struct fact_spec *fact;
	const struct yaml_node *node; /* parameters resolved */
};

static int PRINTF(4, 5) show(struct loader *l, struct operand *o, struct error *err, const char *format, ...)
{
	char    text[200];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	o->shown = arena_strdup(l->arena, text);
	return o->shown ? 0 : error_nomem(err);
}

static int compile_text(const struct operand_source *s, struct operand *o, struct error *err)
{
	const char *text;
	int         r = schema_text(s->node, &text, err);

	if (r < 0)
		return r;
	o->text = arena_strdup(s->l->arena, text);
	o->shown = o->text;
	return o->text ? 0 : error_nomem(err);
}

/* The item of a list, which may be a parameter itself. */
static int list_item(const struct operand_source *s, size_t i, const struct yaml_node **ret_node, struct error *err)
{
	return parameter_resolve(s->l, s->rule, yaml_item(s->node, i), ret_node, err);
}

static int join(struct loader *l, struct operand *o, struct error *err)
{
	struct buf b;
	int        r = 0;

	buf_init(&b, SHOWN_MAX);
	for (size_t i = 0; r == 0 && i < o->count; i++) {
		if (o->texts)
			r = buf_printf(&b, err, "%s%s", i > 0 ? ", " : "", o->texts[i]);
		else
			r = buf_printf(&b, err, "%s%" PRId64, i > 0 ? ", " : "", o->integers[i]);
	}
	if (r == 0) {
		o->shown = arena_strdup(l->arena, buf_text(&b));
		r = o->shown ? 0 : error_nomem(err);
	}
	buf_free(&b);
	return r;
}

static int compile_texts(const struct operand_source *s, struct operand *o, struct error *err)
{
	const char **texts;
	size_t       count = yaml_count(s->node);
	int          r = schema_list(s->node, "texts", err);

	if (r < 0)
		return r;
	texts = arena_alloc(s->l->arena, count * sizeof(*texts));
	if (!texts)
		return error_nomem(err);
	for (size_t i = 0; r == 0 && i < count; i++) {
		const struct yaml_node *n = NULL;
		const char             *text = NULL;

		r = list_item(s, i, &n, err);
		if (r == 0)
			r = schema_text(n, &text, err);
		if (r == 0 && !(texts[i] = arena_strdup(s->l->arena, text)))
			r = error_nomem(err);
	}
	o->texts = texts;
	o->count = count;
	return r < 0 ? r : join(s->l, o, err);
}

static int compile_integer(const struct operand_source *s, struct operand *o, struct error *err)
{
	int r = schema_integer(s->node, &o->least, err);

	if (r < 0)
		return r;
	return show(s->l, o, err, "%" PRId64 "%s%s", o->least, s->fact->unit ? " " : "", s->fact->unit ? s->fact->unit : "");
}

static int compile_integers(const struct operand_source *s, struct operand *o, struct error *err)
{
	int64_t *integers;
	size_t   count = yaml_count(s->node);
	int      r = schema_list(s->node, "whole numbers", err);

	if (r < 0)
		return r;
	integers = arena_alloc(s->l->arena, count * sizeof(*integers));
	if (!integers)
		return error_nomem(err);
	for (size_t i = 0; r == 0 && i < count; i++) {
		const struct yaml_node *n = NULL;

		r = list_item(s, i, &n, err);
		if (r == 0)
			r = schema_integer(n, &integers[i], err);
	}
	o->integers = integers;
	o->count = count;
	return r < 0 ? r : join(s->l, o, err);
}

static int compile_boolean(const struct operand_source *s, struct operand *o, struct error *err)
{
	int r = schema_boolean(s->node, &o->boolean, err);

	return r < 0 ? r : show(s->l, o, err, "%s", o->boolean ? "true" : "false");
}

static int compile_existence(const struct operand_source *s, struct operand *o, struct error *err)
{
	int r = schema_boolean(s->node, &o->boolean, err);

	return r < 0 ? r : show(s->l, o, err, "%s", o->boolean ? "set" : "not set");
}

static int compile_mode(const struct operand_source *s, struct operand *o, struct error *err)
{
	int r = schema_mode(s->node, &o->mode, err);

	return r < 0 ? r : show(s->l, o, err, "%04o", o->mode);
}

static int compile_range(const struct operand_source *s, struct operand *o, struct error *err)
{
	const struct yaml_node *least = NULL;
	const struct yaml_node *most = NULL;
	int                     r = 0;

	if (yaml_count(s->node) != 2 || yaml_kind(s->node) != YAML_SEQUENCE)
		return yaml_error(s->node, err, "expected %s", operand_how(OPERAND_RANGE));
	r = list_item(s, 0, &least, err);
	if (r == 0)
		r = list_item(s, 1, &most, err);
	if (r == 0)
		r = schema_integer(least, &o->least, err);
	if (r == 0)
		r = schema_integer(most, &o->most, err);
	if (r == 0 && o->least > o->most)
		r = yaml_error(most, err, "the greatest value %" PRId64 " is less than the least, %" PRId64, o->most, o->least);
	if (r < 0)
		return r;
	return show(s->l, o, err, "%" PRId64 " and %" PRId64 "%s%s", o->least, o->most, s->fact->unit ? " " : "",
	            s->fact->unit ? s->fact->unit : "");
}

static int count_bound(const struct operand_source *s, const char *key, int64_t standard, int64_t *ret_bound, struct error *err)
{
	const struct yaml_node *n = yaml_get(s->node, key);
	int                     r;

	*ret_bound = standard;
	if (!n)
		return 0;
	r = parameter_resolve(s->l, s->rule, n, &n, err);
	if (r == 0)
		r = schema_integer(n, ret_bound, err);
	if (r == 0 && *ret_bound < 0)
		r = yaml_error(n, err, "a count cannot be negative");
	return r;
}

static int compile_count(const struct operand_source *s, struct operand *o, struct error *err)
{
	static const char *const known[] = { "at_least", "at_most" };
	int                      r = schema_keys(s->node, "a count", NAMES(known), err);

	if (r == 0 && yaml_count(s->node) == 0)
		r = yaml_error(s->node, err, "expected %s", operand_how(OPERAND_COUNT));
	if (r == 0)
		r = count_bound(s, "at_least", 0, &o->least, err);
	if (r == 0)
		r = count_bound(s, "at_most", INT64_MAX, &o->most, err);
	if (r == 0 && o->least > o->most)
		r = yaml_error(s->node, err, "at_most is less than at_least");
	if (r < 0)
		return r;
	if (o->most == INT64_MAX)
		return show(s->l, o, err, "at least %" PRId64, o->least);
	if (o->least == 0)
		return show(s->l, o, err, "at most %" PRId64, o->most);
	return show(s->l, o, err, "%" PRId64 " to %" PRId64, o->least, o->most);
}

/* A member of the mapping, which may be a parameter. */
static int strength_member(const struct operand_source *s, const char *key, const struct yaml_node **ret_node, struct error *err)
{
	const struct yaml_node *n = NULL;
	int                     r = schema_get(s->node, key, &n, err);

	return r < 0 ? r : parameter_resolve(s->l, s->rule, n, ret_node, err);
}

static int compile_strength(const struct operand_source *s, struct operand *o, struct error *err)
{
	static const char *const known[] = { "class", "at_least" };
	const struct yaml_node *class = NULL;
	const struct yaml_node *least = NULL;
	int                     r = schema_keys(s->node, "a strength", NAMES(known), err);

	if (r == 0)
		r = strength_member(s, "class", &class, err);
	if (r == 0)
		r = algorithm_class(class, &o->class, err);
	if (r == 0)
		r = strength_member(s, "at_least", &least, err);
	if (r == 0)
		r = algorithm_strength(least, &o->strength, err);
	if (r == 0 && !s->l->algorithms)
		r = yaml_error(s->node, err, "no file of library/ lists algorithms (algorithms: …), so that nothing is known of their strength");
	if (r < 0)
		return r;
	o->algorithms = &s->l->algorithms[o->class];
	return show(s->l, o, err, "%s", algorithm_strength_name(o->strength));
}

/* The whole text has to match. The expression is compiled alone first: "a)|(b" is no expression, though "^(a)|(b)$" is one. */
static int anchored(const struct yaml_node *n, const char *text, regex_t *regex, struct error *err)
{
	regex_t    alone;
	struct buf b;
	int        code = regcomp(&alone, text, REG_EXTENDED | REG_NOSUB);
	int        r;

	if (code != 0) {
		char reason[200];

		regerror(code, &alone, reason, sizeof(reason));
		return yaml_error(n, err, "not a POSIX extended regular expression: %s", reason);
	}
	regfree(&alone);
	buf_init(&b, SHOWN_MAX);
	r = buf_printf(&b, err, "^(%s)$", text);
	if (r == 0 && regcomp(regex, b.ptr, REG_EXTENDED | REG_NOSUB) != 0)
		r = yaml_error(n, err, "this expression cannot be held against a whole text; write it in simpler terms");
	buf_free(&b);
	return r;
}

static int compile_regex(const struct operand_source *s, struct operand *o, struct error *err)
{
	struct regex_link *link;
	const char        *text;
	int                r = schema_text(s->node, &text, err);

	if (r < 0)
		return r;
	if (strlen(text) > 1000)
		return yaml_error(s->node, err, "an expression of more than 1000 bytes");
	o->shown = arena_strdup(s->l->arena, text);
	link = mem_zalloc(sizeof(*link));
	if (!link)
		return error_nomem(err);
	r = o->shown ? anchored(s->node, text, &link->regex, err) : error_nomem(err);
	if (r < 0) {
		mem_free(link);
		return r;
	}
	link->next = *s->l->regexes;
	*s->l->regexes = link;
	o->regex = &link->regex;
	return 0;
}

static int compile_version(const struct operand_source *s, struct operand *o, struct error *err)
{
	struct version v;
	int            r = compile_text(s, o, err);

	if (r == 0 && (!version_parse(o->text, &v) || strspn(o->text, "0123456789.p") != strlen(o->text)))
		r = yaml_error(s->node, err, "'%s' is not a version; expected %s", o->text, operand_how(OPERAND_VERSION));
	return r;
}

static int compile_networks(const struct operand_source *s, struct operand *o, struct error *err)
{
	struct cidr n;
	int         r = compile_texts(s, o, err);

	for (size_t i = 0; r == 0 && i < o->count; i++)
		if (!cidr_parse(o->texts[i], &n))
			r = yaml_error(s->node, err, "'%s' is not a network; expected %s", o->texts[i], operand_how(OPERAND_NETWORKS));
	return r;
}

typedef int operand_compiler(const struct operand_source *s, struct operand *o, struct error *err);

static operand_compiler *const compilers[] = {
	[OPERAND_TEXT] = compile_text,
	[OPERAND_TEXTS] = compile_texts,
	[OPERAND_INTEGER] = compile_integer,
	[OPERAND_INTEGERS] = compile_integers,
	[OPERAND_BOOLEAN] = compile_boolean,
	[OPERAND_MODE] = compile_mode,
	[OPERAND_RANGE] = compile_range,
	[OPERAND_REGEX] = compile_regex,
	[OPERAND_VERSION] = compile_version,
	[OPERAND_PATTERN] = compile_text,
	[OPERAND_PATTERNS] = compile_texts,
	[OPERAND_NETWORKS] = compile_networks,
	[OPERAND_STRENGTH] = compile_strength,
	[OPERAND_COUNT] = compile_count,
	[OPERAND_EXISTENCE] = compile_existence,
};

/* VALUE and VALUES take the type of the fact. */
static enum operand_type type_for(enum operand_type type, enum fact_type fact)
{
	static const enum operand_type one[] = {
		[FACT_TEXT] = OPERAND_TEXT,
		[FACT_INTEGER] = OPERAND_INTEGER,
		[FACT_BOOLEAN] = OPERAND_BOOLEAN,
		[FACT_MODE] = OPERAND_MODE,
	};

	if (type == OPERAND_VALUE)
		return (size_t)fact < countof(one) ? one[fact] : OPERAND_UNKNOWN;
	if (type == OPERAND_VALUES)
		return fact == FACT_INTEGER ? OPERAND_INTEGERS : OPERAND_TEXTS;
	return type;
}

int operand_compile(struct loader *l, const char *rule, const struct rule_operator *op, const struct fact_spec *fact, const struct yaml_node *n,
                    struct operand *ret_operand, struct error *err)
{
	struct operand_source s = { .l = l, .rule = rule, .fact = fact };
	struct operand        o = { .type = type_for(op->operand, fact->type) };
	operand_compiler     *compiler = (size_t)o.type < countof(compilers) ? compilers[o.type] : NULL;
	int                   r;

	if (!compiler)
		return error_set(err, ERR_INTERNAL, "operator '%s' has no operand for facts of type %s", op->name, fact_type_name(fact->type));
	r = parameter_resolve(l, rule, n, &s.node, err);
	if (r == 0)
		r = compiler(&s, &o, err);
	if (r < 0)
		return r;
	*ret_operand = o;
	return 0;
}

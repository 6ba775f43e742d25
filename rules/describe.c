#include "describe.h"

#include "text.h"

void describe_start(struct description *d)
{
	d->len = 0;
	d->text[0] = '\0';
}

void describe_add(struct description *d, const char *text)
{
	size_t room = sizeof(d->text) - 1 - d->len;
	size_t n = strlen(text);

	if (n > room)
		n = room;
	memcpy(d->text + d->len, text, n);
	d->len += n;
	d->text[d->len] = '\0';
}

void describe_printf(struct description *d, const char *format, ...)
{
	size_t  room = sizeof(d->text) - d->len;
	va_list args;
	int     n;

	va_start(args, format);
	n = vsnprintf(d->text + d->len, room, format, args);
	va_end(args);
	if (n > 0)
		d->len += (size_t)n < room ? (size_t)n : room - 1;
}

/* Which OpenSSH can offer it, where that tells something: of what is new, and of what is out of use. */
static void add_releases(struct description *d, const struct algorithm *a)
{
	if (a->until)
		describe_printf(d, "; OpenSSH until %s", a->until);
	else if (a->post_quantum && a->since)
		describe_printf(d, "; OpenSSH since %s", a->since);
}

/* The verdict on an algorithm. */
static void add_verdict(struct description *d, const struct operand *o, const char *name)
{
	const struct algorithm *a = algorithm_find(o->algorithms, name);

	describe_add(d, " (");
	describe_add(d, a ? algorithm_strength_name(a->strength) : "not known");
	if (a && a->post_quantum)
		describe_add(d, ", post-quantum");
	if (a && a->reason) {
		describe_add(d, ": ");
		describe_add(d, a->reason);
	}
	if (a)
		add_releases(d, a);
	describe_add(d, ")");
}

/* True when the condition judges algorithms, each by what the table knows of it. */
static bool judges_algorithms(const struct condition *c)
{
	return c->op->judge && c->operand.algorithms;
}

/* A list: of the elements only those that come to `t`, when that is what counts; algorithms with the verdict on each. */
static void add_list(struct description *d, const cJSON *list, const struct condition *c, const enum truth *t)
{
	const cJSON *item;
	bool         first = true;

	cJSON_ArrayForEach(item, list) {
		if (t && c->op->judge(&c->operand, item->valuestring) != *t)
			continue;
		if (!first)
			describe_add(d, ", ");
		describe_add(d, item->valuestring);
		if (c && judges_algorithms(c) && !(t && *t == TRUTH_UNKNOWN))
			add_verdict(d, &c->operand, item->valuestring);
		first = false;
	}
	if (first)
		describe_add(d, "an empty list");
}

void describe_value(struct description *d, const struct fact_value *v)
{
	if (!v->present) {
		describe_add(d, "not set");
		return;
	}
	switch (v->type) {
	case FACT_TEXT:
	case FACT_MODE:
		describe_add(d, v->text[0] != '\0' ? v->text : "an empty text");
		break;
	case FACT_INTEGER:
		describe_printf(d, "%" PRId64, v->integer);
		break;
	case FACT_BOOLEAN:
		describe_add(d, v->boolean ? "true" : "false");
		break;
	case FACT_LIST:
		add_list(d, v->array, NULL, NULL);
		break;
	case FACT_TABLE:
		describe_printf(d, "%d items", cJSON_GetArraySize(v->array));
		break;
	default:
		break;
	}
}

void describe_offenders(struct description *d, const struct condition *c, const struct fact_value *v)
{
	static const enum truth failing = TRUTH_FALSE;

	if (c->op->judge && v->type == FACT_LIST && v->present)
		add_list(d, v->array, c, &failing);
	else
		describe_value(d, v);
}

void describe_judged(struct description *d, const struct condition *c, const struct fact_value *v)
{
	if (judges_algorithms(c) && v->type == FACT_LIST && v->present)
		add_list(d, v->array, c, NULL);
	else
		describe_value(d, v);
}

void describe_unknown(struct description *d, const char *fact, const char *reason, const char *message)
{
	describe_printf(d, "%s: ", reason);
	describe_add(d, fact);
	describe_add(d, " could not be read");
	if (message) {
		describe_add(d, ": ");
		describe_add(d, message);
	}
}

void describe_unjudged(struct description *d, const struct condition *c, const struct fact_value *v)
{
	static const enum truth unknown = TRUTH_UNKNOWN;

	describe_printf(d, "%s: %s has ", reason_name(REASON_UNSUPPORTED), c->fact.name);
	add_list(d, v->array, c, &unknown);
	describe_printf(d, ", of which nothing is known (algorithms.yaml, class %s)", algorithm_class_name(c->operand.class));
}

char *describe_copy(const struct description *d, struct arena *memory)
{
	char clean[LIMIT_REPORT_TEXT];

	if (d->len < sizeof(clean) && text_is_clean((struct slice){ d->text, d->len }))
		return arena_copy(memory, d->text, d->len);
	text_clean_into(clean, sizeof(clean), (struct slice){ d->text, d->len });
	return arena_strdup(memory, clean);
}

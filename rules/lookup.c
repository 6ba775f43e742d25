#include "lookup.h"

#include "mem.h"
#include "text.h"

#define INTEGER_LIMIT 9007199254740992.0 /* 2^53: beyond it a double no longer holds every whole number */

/* cJSON's own compares whole names through two calls for each member, and facts have a hundred. */
const cJSON *lookup_member(const cJSON *object, const char *name)
{
	const cJSON *member = object ? object->child : NULL;

	while (member && member->string && (member->string[0] != name[0] || strcmp(member->string, name) != 0))
		member = member->next;
	return member && member->string ? member : NULL;
}

const char *lookup_text(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(lookup_member(object, name));
}

/* True when `name` is `fact` itself or something it is part of: "keys" and "keys.files" cover "keys.files[].mode". */
static bool covers(const char *name, const char *fact)
{
	size_t n = strlen(name);

	return n > 0 && strncmp(name, fact, n) == 0 && (fact[n] == '\0' || fact[n] == '.' || fact[n] == '[');
}

/* The entry of an `unavailable` list that speaks of a fact. */
static const cJSON *find_excuse(const struct lookup_object *object, const char *fact)
{
	const cJSON *entry;

	cJSON_ArrayForEach(entry, object->excuses) {
		const char *name = lookup_text(entry, "fact");

		if (name && covers(name, fact))
			return entry;
	}
	return NULL;
}

static struct lookup unknown(enum reason reason, const char *message)
{
	return (struct lookup){ .reason = reason_name(reason), .message = message };
}

static struct lookup excused(const cJSON *entry)
{
	const char *reason = lookup_text(entry, "reason");

	return (struct lookup){ .reason = reason ? reason : reason_name(REASON_MISSING), .message = lookup_text(entry, "message") };
}

static const cJSON *follow(const struct fact_ref *fact, const cJSON *object)
{
	for (size_t i = 0; i < fact->nsteps && object; i++)
		object = lookup_member(object, fact->steps[i]);
	return object;
}

static bool is_array_of(const cJSON *value, cJSON_bool (*is)(const cJSON *))
{
	const cJSON *item;

	if (!cJSON_IsArray(value))
		return false;
	cJSON_ArrayForEach(item, value)
		if (!is(item))
			return false;
	return true;
}

static bool read_integer(const cJSON *json, struct fact_value *v)
{
	double d = json->valuedouble;

	if (!cJSON_IsNumber(json) || !(d > -INTEGER_LIMIT && d < INTEGER_LIMIT))
		return false;
	v->integer = (int64_t)d;
	return (double)v->integer == d;
}

static bool read_mode(const cJSON *json, struct fact_value *v)
{
	uint64_t mode;

	v->text = cJSON_GetStringValue(json);
	if (!v->text || text_parse_unsigned(slice_of(v->text), 8, 07777, &mode, NULL) < 0)
		return false;
	v->mode = (unsigned)mode;
	return true;
}

/* False when the JSON is not of the type that was declared. */
static bool read_value(const cJSON *json, struct fact_value *v)
{
	switch (v->type) {
	case FACT_TEXT:
		v->text = cJSON_GetStringValue(json);
		return v->text != NULL;
	case FACT_INTEGER:
		return read_integer(json, v);
	case FACT_BOOLEAN:
		v->boolean = cJSON_IsTrue(json);
		return cJSON_IsBool(json);
	case FACT_MODE:
		return read_mode(json, v);
	case FACT_LIST:
		v->array = json;
		return is_array_of(json, cJSON_IsString);
	case FACT_TABLE:
		v->array = json;
		return is_array_of(json, cJSON_IsObject);
	default:
		return false;
	}
}

struct lookup_object lookup_object(const cJSON *json)
{
	return (struct lookup_object){ .json = json, .excuses = lookup_member(json, "unavailable") };
}

int lookup_open(struct lookup_scope *scope, const struct ruleset_module *modules, size_t nmodules, const cJSON *facts, struct error *err)
{
	struct lookup_object *objects = mem_zalloc(nmodules * sizeof(*objects));

	if (!objects)
		return error_nomem(err);
	for (size_t i = 0; i < nmodules; i++)
		objects[i] = lookup_object(lookup_member(facts, modules[i].member));
	*scope = (struct lookup_scope){ .modules = modules, .objects = objects };
	return 0;
}

void lookup_close(struct lookup_scope *scope)
{
	mem_free(scope->objects);
	scope->objects = NULL;
}

const struct lookup_object *lookup_module(const struct lookup_scope *scope, const struct fact_ref *fact)
{
	return &scope->objects[fact->module - scope->modules];
}

/*
 * What somebody said about a fact. Of an item the item's own list comes first; the module's list counts only when the value is not
 * there: that a table is incomplete does not make the items it has doubtful.
 */
static const cJSON *excuse_for(const struct fact_ref *fact, const struct lookup_scope *scope, bool present)
{
	const cJSON *entry = fact->relative ? find_excuse(&scope->item, fact->name) : NULL;

	if (!entry && !(fact->relative && present))
		entry = find_excuse(lookup_module(scope, fact), fact->spec->name);
	return entry;
}

struct lookup lookup_fact(const struct fact_ref *fact, const struct lookup_scope *scope, bool may_be_absent)
{
	const cJSON  *object = fact->relative ? scope->item.json : lookup_module(scope, fact)->json;
	const cJSON  *json = follow(fact, object);
	const cJSON  *entry = excuse_for(fact, scope, json != NULL);
	struct lookup found = { .known = true, .object = object, .value = { .type = fact->spec->type, .present = json != NULL } };

	if (entry)
		return excused(entry);
	if (!cJSON_IsObject(object))
		return unknown(REASON_MISSING, "the evidence says nothing about it");
	if (!json && may_be_absent)
		return found;
	if (!json)
		return unknown(REASON_MISSING, "the evidence does not have it");
	if (!read_value(json, &found.value))
		return unknown(REASON_PARSE, "the evidence has it in a form that is not understood");
	return found;
}

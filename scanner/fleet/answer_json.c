/*
 * answer_json.c: everything, for programs; keys.schema.json says what. A key, a path, a host a line, so that `diff` and `grep` are of
 * use. The number of bytes grows with what the journals have, never with the pairs of it: what could is cut, and says so.
 */
#include "answer.h"

#define USES_MAX 100000u /* rows of "uses" */
#define HOPS_MAX 64u     /* hops of one path */

static bool add(cJSON *object, const char *name, cJSON *value)
{
	if (value && cJSON_AddItemToObjectCS(object, name, value))
		return true;
	cJSON_Delete(value);
	return false;
}

/* Names are literals and texts outlive the object, so neither is copied. A text that is not there has no member. */
static bool add_text(cJSON *object, const char *name, const char *text)
{
	return !text || add(object, name, cJSON_CreateStringReference(text));
}

static bool add_number(cJSON *object, const char *name, uint64_t number)
{
	char text[24];

	/* cJSON prints a number twice and reads it once, to find its shortest form: most of the time that writing takes. */
	snprintf(text, sizeof(text), "%" PRIu64, number);
	return add(object, name, cJSON_CreateRaw(text));
}

/* A member only where it is true. */
static bool add_mark(cJSON *object, const char *name, bool truth)
{
	return !truth || add(object, name, cJSON_CreateTrue());
}

/* The new array or object belongs to `object`; NULL when there is no memory. */
static cJSON *add_new(cJSON *object, const char *name, cJSON *value)
{
	return add(object, name, value) ? value : NULL;
}

static bool append(cJSON *array, cJSON *value)
{
	if (value && cJSON_AddItemToArray(array, value))
		return true;
	cJSON_Delete(value);
	return false;
}

/* A new object at the end of an array, which owns it. */
static cJSON *append_object(cJSON *array)
{
	cJSON *object = cJSON_CreateObject();

	return append(array, object) ? object : NULL;
}

/* Write `value`, which was `built` or not for want of memory, and delete it. */
static int write_value(FILE *out, cJSON *value, bool built, struct error *err)
{
	char *text = built ? cJSON_PrintUnformatted(value) : NULL;

	cJSON_Delete(value);
	if (!text)
		return error_nomem(err);
	fputs(text, out);
	cJSON_free(text);
	return 0;
}

/* ---- the top ---- */

static bool build_summary(cJSON *o, const struct answer *a)
{
	const struct fleet *f = a->fleet;

	return add_number(o, "hosts", f->nhosts) && add_number(o, "unknown", f->unknown) &&
	       add_number(o, "missing", journal_summary(f->journal)->missing) && add_number(o, "keys", f->nkeys) &&
	       add_number(o, "lines", f->nlines) && add_number(o, "opening", f->opening) &&
	       add_number(o, "private", f->held) && add_number(o, "shared", f->shared) &&
	       add_number(o, "cloned", f->cloned) && add_number(o, "lone", f->lone) &&
	       add_number(o, "paths", paths_count(a->paths)) &&
	       add_number(o, "restricted_paths", paths_restricted(a->paths)) && add_text(o, "gate", answer_gate(a));
}

static bool build_gates(cJSON *array, const struct answer *a)
{
	for (unsigned gate = 0; gate < GATE_COUNT; gate++)
		if ((a->gates & 1u << gate) != 0 && !append(array, cJSON_CreateStringReference(gate_name(gate))))
			return false;
	return true;
}

static int write_top(FILE *out, const struct answer *a, struct error *err)
{
	cJSON *top = cJSON_CreateObject();
	cJSON *tool = top ? add_new(top, "tool", cJSON_CreateObject()) : NULL;
	bool   good = tool && add_text(tool, "name", "sshvet") && add_text(tool, "version", SSHVET_VERSION) &&
	            add(top, "encrypted", cJSON_CreateBool(a->encrypted));
	cJSON *gates = good ? add_new(top, "fail_if", cJSON_CreateArray()) : NULL;
	cJSON *summary = gates && build_gates(gates, a) ? add_new(top, "summary", cJSON_CreateObject()) : NULL;
	char  *text = summary && build_summary(summary, a) ? cJSON_PrintUnformatted(top) : NULL;

	cJSON_Delete(top);
	if (!text)
		return error_nomem(err);
	/* Its members, without the braces. */
	fprintf(out, "{\"format\":\"sshvet-keys/1\",\n %.*s", (int)(strlen(text) - 2), text + 1);
	cJSON_free(text);
	return 0;
}

static int write_host(FILE *out, const struct fleet_host *host, struct error *err)
{
	cJSON *o = cJSON_CreateObject();
	bool   good = o && add_text(o, "host", host->name);
	cJSON *reasons = good ? add_new(o, "reasons", cJSON_CreateArray()) : NULL;

	for (const struct fleet_reason *r = host->reasons; r && reasons; r = r->next)
		reasons = append(reasons, cJSON_CreateStringReference(r->text)) ? reasons : NULL;
	return write_value(out, o, reasons != NULL, err);
}

static int write_unknown(FILE *out, const struct answer *a, struct error *err)
{
	bool first = true;
	int  r = 0;

	fputs(",\n \"unknown\":[", out);
	for (uint32_t i = 0; i < a->fleet->nhosts && r == 0; i++) {
		if (!a->fleet->hosts[i].reasons)
			continue;
		fputs(first ? "\n  " : ",\n  ", out);
		first = false;
		r = write_host(out, &a->fleet->hosts[i], err);
	}
	fputs("]", out);
	return r;
}

/* ---- keys ---- */

static bool add_account(cJSON *o, const struct fleet *f, uint32_t account)
{
	return add_text(o, "host", f->hosts[f->accounts[account].host].name) && add_text(o, "user", f->accounts[account].user);
}

static bool add_conditions(cJSON *o, const struct fleet_line *line)
{
	cJSON *array;

	if (!line->conditions)
		return true;
	array = add_new(o, "conditions", cJSON_CreateArray());
	for (unsigned i = 0; i < FLEET_CONDITIONS && array; i++)
		if ((line->conditions & 1u << i) != 0 && !append(array, cJSON_CreateStringReference(fleet_condition_text(i))))
			return false;
	return array != NULL;
}

static bool add_place(cJSON *o, const struct fleet_line *line)
{
	return add_text(o, "path", line->path) && (line->number == 0 || add_number(o, "line", line->number));
}

/* What a line says of who may use it and how. */
static bool add_terms(cJSON *o, const struct fleet_line *line)
{
	return add_text(o, "from", line->from) && add_text(o, "command", line->command) && add_conditions(o, line) &&
	       add_mark(o, "restricted", line->restricted);
}

static bool build_line(cJSON *array, const struct fleet *f, const struct fleet_line *line)
{
	cJSON *o = append_object(array);

	return o && add_account(o, f, line->account) && add_place(o, line) && add_text(o, "comment", line->comment) &&
	       add_text(o, "options", line->options) && (line->why ? add_text(o, "why", line->why) : add_terms(o, line));
}

static bool build_lines(cJSON *o, const struct fleet *f, const struct fleet_key *key)
{
	cJSON *opens = add_new(o, "opens", cJSON_CreateArray());
	cJSON *closed = opens ? add_new(o, "closed", cJSON_CreateArray()) : NULL;

	for (uint32_t i = key->lines.first; closed && i < key->lines.first + key->lines.count; i++)
		if (!build_line(f->lines[i].why ? closed : opens, f, &f->lines[i]))
			return false;
	return closed != NULL;
}

static bool build_private(cJSON *array, const struct fleet *f, const struct fleet_private *p)
{
	cJSON *o = append_object(array);

	return o && add_account(o, f, p->account) && add_text(o, "path", p->path) && add(o, "encrypted", cJSON_CreateBool(p->encrypted)) &&
	       add_mark(o, "host_key", p->host_key);
}

static bool build_privates(cJSON *o, const struct fleet *f, const struct fleet_key *key)
{
	cJSON *array = add_new(o, "private", cJSON_CreateArray());

	for (uint32_t i = key->privates.first; array && i < key->privates.first + key->privates.count; i++)
		if (!build_private(array, f, &f->privates[i]))
			return false;
	return array != NULL;
}

static bool build_host_keys(cJSON *o, const struct fleet *f, const struct fleet_key *key)
{
	cJSON *array = add_new(o, "host_key_of", cJSON_CreateArray());

	for (uint32_t i = key->host_keys.first; array && i < key->host_keys.first + key->host_keys.count; i++) {
		cJSON *item = append_object(array);

		if (!item || !add_text(item, "host", f->hosts[f->host_keys[i].host].name) || !add_text(item, "path", f->host_keys[i].path))
			return false;
	}
	return array != NULL;
}

static bool build_key(cJSON *o, const struct fleet *f, const struct fleet_key *key)
{
	return add_text(o, "fingerprint", key->fingerprint) && add_text(o, "type", key->type) &&
	       (key->bits == 0 || add_number(o, "bits", key->bits)) && add_mark(o, "shared", fleet_key_is_shared(key)) &&
	       add_mark(o, "cloned", fleet_key_is_cloned(key)) && add_mark(o, "lone", key->lone) && build_lines(o, f, key) &&
	       build_privates(o, f, key) && build_host_keys(o, f, key);
}

static int write_keys(FILE *out, const struct answer *a, struct error *err)
{
	int r = 0;

	fputs(",\n \"keys\":[", out);
	for (uint32_t i = 0; i < a->fleet->nkeys && r == 0 && !ferror(out); i++) {
		cJSON *o = cJSON_CreateObject();

		fputs(i > 0 ? ",\n  " : "\n  ", out);
		r = write_value(out, o, o && build_key(o, a->fleet, &a->fleet->keys[i]), err);
	}
	fputs("]", out);
	return r;
}

/* ---- uses and paths ---- */

/* From the account `at`, with a private key, by a line. */
static bool build_hop(cJSON *o, const struct fleet *f, uint32_t at, const struct uses_item *item)
{
	cJSON *from = add_new(o, "from", cJSON_CreateObject());
	cJSON *to = from && add_account(from, f, at) && add_text(from, "path", item->private_key->path) &&
	                            add_mark(from, "encrypted", item->private_key->encrypted)
	                    ? add_new(o, "to", cJSON_CreateObject())
	                    : NULL;

	return to && add_account(to, f, item->line->account) && add_place(to, item->line) && add_terms(to, item->line) &&
	       add_mark(to, "from_unknown", item->from_unknown) &&
	       add_text(o, "key", f->keys[item->line->key].fingerprint);
}

static int write_uses(FILE *out, const struct answer *a, struct error *err)
{
	struct uses      uses = { 0 };
	struct uses_item item;
	uint32_t         count = 0;
	int              r = 0;

	fputs(",\n \"uses\":[", out);
	while (r == 0 && count < USES_MAX && uses_next(a->fleet, &uses, &item)) {
		cJSON *o = cJSON_CreateObject();

		fputs(count++ > 0 ? ",\n  " : "\n  ", out);
		r = write_value(out, o, o && build_hop(o, a->fleet, item.private_key->account, &item), err);
	}
	fprintf(out, "],\n \"uses_cut\":%s", uses.cut || (count == USES_MAX && uses_next(a->fleet, &uses, &item)) ? "true" : "false");
	return r;
}

static bool build_hops(cJSON *array, const struct answer *a, const struct path *path)
{
	const struct fleet *f = a->fleet;
	uint32_t            at = path->from;

	for (uint32_t i = 0; i < path->hops && i < HOPS_MAX; i++) {
		struct path_hop  hop = paths_hop(a->paths, path, at);
		struct uses_item item = { .private_key = &f->privates[hop.private_key],
			                  .line = &f->lines[hop.line],
			                  .from_unknown = hop.from_unknown };
		cJSON           *o = append_object(array);

		if (!o || !build_hop(o, f, at, &item))
			return false;
		at = f->accounts[item.line->account].node;
	}
	return true;
}

static bool build_path(cJSON *o, const struct answer *a, const struct path *path)
{
	cJSON *from = add_new(o, "from", cJSON_CreateObject());
	cJSON *to = from && add_account(from, a->fleet, path->from) ? add_new(o, "to", cJSON_CreateObject()) : NULL;
	cJSON *steps = to && add_account(to, a->fleet, path->to) && add_number(o, "hops", path->hops) &&
	                               add(o, "restricted", cJSON_CreateBool(path->restricted)) &&
	                               add_mark(o, "cut", path->hops > HOPS_MAX)
	                       ? add_new(o, "steps", cJSON_CreateArray())
	                       : NULL;

	return steps && build_hops(steps, a, path);
}

static int write_paths(FILE *out, const struct answer *a, struct error *err)
{
	int r = 0;

	fputs(",\n \"paths\":[", out);
	for (uint32_t i = 0; i < paths_count(a->paths) && r == 0 && !ferror(out); i++) {
		cJSON *o = cJSON_CreateObject();

		fputs(i > 0 ? ",\n  " : "\n  ", out);
		r = write_value(out, o, o && build_path(o, a, paths_at(a->paths, i)), err);
	}
	fputs("]}\n", out);
	return r;
}

static int write_json(const struct answer *a, FILE *out, struct error *err)
{
	static int (*const parts[])(FILE * out, const struct answer *a, struct error *err) = { write_top, write_unknown, write_keys,
		                                                                               write_uses, write_paths };
	int r = 0;

	for (size_t i = 0; i < countof(parts) && r == 0; i++)
		r = parts[i](out, a, err);
	return r;
}

const struct answer_format answer_format_json = {
	.name = "json",
	.summary = "everything, for programs; format 1, described by keys.schema.json",
	.write = write_json,
};

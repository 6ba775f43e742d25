/*
 * cmd_keys.c: what the keys of all hosts together open: read the journals, search, write the answers.
 */
#include "answer.h"
#include "file.h"
#include "places.h"
#include "text.h"

static int check_format(const char *format, struct error *err)
{
	char   names[256] = "";
	size_t len = 0;

	if (answer_format_find(slice_of(format)))
		return 0;
	for (size_t i = 0; answer_formats[i]; i++)
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", i > 0 ? ", " : "", answer_formats[i]->name);
	return places_unknown(format, names, err);
}

static int unknown_gate(const char *name, struct error *err)
{
	char   names[256] = "";
	char   shown[64];
	size_t len = 0;

	for (unsigned i = 0; i < GATE_COUNT; i++)
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", i > 0 ? ", " : "", gate_name(i));
	return error_set(err, ERR_USAGE, "--fail-if '%s': write one of %s", text_clean_into(shown, sizeof(shown), slice_of(name)), names);
}

static int take_gates(const struct texts *names, unsigned *ret_gates, struct error *err)
{
	unsigned gates = 0;

	for (size_t i = 0; i < names->count; i++) {
		unsigned gate = gate_find(names->items[i]);

		if (gate == GATE_COUNT)
			return unknown_gate(names->items[i], err);
		gates |= 1u << gate;
	}
	*ret_gates = gates;
	return 0;
}

static int write_answer(struct answer *answer, const struct place *place, struct error *err)
{
	struct file_out file = { 0 };
	int             r = file_create(&file, place->path, err);

	if (r < 0)
		return r;
	answer->colour = places_wants_colour(place);
	r = answer_format_find(slice_of(place->format))->write(answer, file.stream, err);
	if (r == 0)
		return file_commit(&file, err);
	file_discard(&file);
	return r;
}

/* The exit status, or the first failure; one that cannot be written does not keep the others from being so. */
static int write_answers(struct answer *answer, const struct places *places, struct error *err)
{
	int first = 0;

	for (size_t i = 0; i < places->count; i++) {
		struct error why = { 0 };
		int          r = write_answer(answer, &places->items[i], &why);

		if (r < 0 && first == 0) {
			first = r;
			*err = why;
		}
	}
	return first < 0 ? first : answer_exit_status(answer);
}

static int answer_all(const struct options *options, struct answer *answer, const struct places *places, struct error *err)
{
	struct paths_options how = { .encrypted = options->encrypted };
	struct fleet        *fleet;
	struct paths        *paths;
	int                  r = fleet_open(options->operands.items, options->operands.count, &fleet, err);

	if (r < 0)
		return r;
	r = paths_find(fleet, &how, &paths, err);
	if (r == 0) {
		answer->fleet = fleet;
		answer->paths = paths;
		r = write_answers(answer, places, err);
		paths_free(paths);
	}
	fleet_free(fleet);
	return r;
}

int cmd_keys(const struct options *options, struct error *err)
{
	struct answer answer = { .limit = options->limit ? options->limit : FLEET_NONE, .encrypted = options->encrypted };
	struct places places;
	int           r = take_gates(&options->fail_if, &answer.gates, err);

	if (r < 0)
		return r;
	r = places_parse(&options->formats, check_format, &places, err);
	if (r < 0)
		return r;
	r = answer_all(options, &answer, &places, err);
	places_fini(&places);
	return r;
}

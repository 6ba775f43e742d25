#include "firewall_eval_private.h"

#include "buf.h"
#include "limit.h"

static bool is_interface(enum firewall_field field)
{
	return field == FIREWALL_IIF || field == FIREWALL_OIF;
}

static const char *field_name(enum firewall_field field)
{
	static const struct {
		enum firewall_field field;
		const char         *name;
	} names[] = {
		{ FIREWALL_SPORT, "source port" },
		{ FIREWALL_DADDR, "destination" },
		{ FIREWALL_ORIGINAL_DADDR, "destination" },
		{ FIREWALL_MARK, "mark" },
		{ FIREWALL_CT_MARK, "mark of the connection" },
		{ FIREWALL_CT_STATUS, "status of the connection" },
		{ FIREWALL_CT_STATE_DNAT, "state of the connection" },
		{ FIREWALL_IIF, "interface" },
		{ FIREWALL_OIF, "leaves by interface" },
	};

	for (size_t i = 0; i < countof(names); i++)
		if (names[i].field == field)
			return names[i].name;
	return "a field";
}

static int print_range(const struct walk *walk, struct buf *text, struct firewall_key key, struct firewall_range range)
{
	const bool address = key.field == FIREWALL_DADDR || key.field == FIREWALL_ORIGINAL_DADDR;
	char       prefix[64];
	bool       more = true;
	int        r = 0;

	if (is_interface(key.field)) {
		struct slice name = firewall_model_name_text(walk->model, (uint32_t)range.low.lo);

		return buf_printf(text, NULL, " %.*s", (int)name.len, name.ptr);
	}
	for (int i = 0; address && i < 4 && r == 0 && firewall_range_next_prefix(&range, walk->probe->family, &more, prefix); i++)
		r = buf_printf(text, NULL, " %s", prefix);
	if (address)
		return r;
	if (firewall_range_is_one(range))
		return buf_printf(text, NULL, " %" PRIu64, range.low.lo);
	return buf_printf(text, NULL, " %" PRIu64 "-%" PRIu64, range.low.lo, range.high.lo);
}

/* "source port 22 80-90": what a key in a list says, when nobody knows whether it does. */
uint32_t firewall_literal_of(struct walk *walk, struct firewall_key key, const struct firewall_list *list, size_t component, size_t from, size_t to)
{
	struct buf text, opposite;
	uint32_t   literal = FIREWALL_NONE;
	int        r;

	buf_init(&text, LIMIT_REPORT_TEXT);
	buf_init(&opposite, LIMIT_REPORT_TEXT + 16);
	r = buf_append_text(&text, field_name(key.field), NULL);
	if (r == 0 && key.mask)
		r = buf_printf(&text, NULL, " & %" PRIu32, key.mask);
	for (size_t i = from; r == 0 && i < to && i < from + 16; i++)
		r = print_range(walk, &text, key, firewall_model_element(walk->model, list, i)[component]);
	if (r == 0 && to > from + 16)
		r = buf_printf(&text, NULL, " and %zu more of %zu", to - from - 16, list->first);
	if (r == 0)
		r = buf_printf(&opposite, NULL, "not: %s", buf_text(&text));
	if (r == 0)
		r = firewall_model_literal(walk->model, FIREWALL_OTHER, buf_slice(&text), buf_slice(&opposite), &literal, NULL);
	if (r < 0)
		firewall_walk_stop(walk, "a ruleset too large to be followed");
	buf_free(&text);
	buf_free(&opposite);
	return literal;
}

/* The place of a condition among those of a part, or where it would be. */
static uint32_t find_literal(const struct firewall_state *state, uint32_t literal)
{
	uint32_t i = 0;

	while (i < state->nliterals && state->literals[i] >> 1 < literal)
		i++;
	return i;
}

static void add_assuming(struct walk *walk, struct firewall_states *to, const struct firewall_state *state, uint32_t at, uint32_t literal)
{
	struct firewall_state assumed = *state;

	memmove(&assumed.literals[at + 1], &assumed.literals[at], (assumed.nliterals - at) * sizeof(assumed.literals[0]));
	assumed.literals[at] = literal;
	assumed.nliterals++;
	firewall_states_add(walk, to, &assumed);
}

void firewall_match_condition(struct walk *walk, uint32_t literal, const struct firewall_state *state, struct firewall_states *yes, struct firewall_states *no)
{
	const uint32_t at = find_literal(state, literal);

	firewall_walk_charge(walk, 2 + state->nliterals / 8);
	if (walk->stopped)
		return;
	if (at < state->nliterals && state->literals[at] >> 1 == literal) {
		firewall_states_add(walk, state->literals[at] & 1 ? no : yes, state);
		return;
	}
	if (state->nliterals == FIREWALL_LITERALS) {
		firewall_walk_undecided(walk, slice_of("more conditions than are followed"));
		return;
	}
	add_assuming(walk, yes, state, at, 2 * literal);
	add_assuming(walk, no, state, at, 2 * literal + 1);
}

#include "answer.h"

#define ANSWER(name) extern const struct answer_format answer_format_##name;
#include "answers.def"
#undef ANSWER

const struct answer_format *const answer_formats[] = {
#define ANSWER(name) &answer_format_##name,
#include "answers.def"
#undef ANSWER
	NULL,
};

static const struct {
	const char *name;
	const char *text;
} gates[] = {
#define GATE(name_, text_) [GATE_##name_] = { .name = #name_, .text = (text_) },
#include "gates.def"
#undef GATE
};
static_assert(countof(gates) == GATE_COUNT, "one list");
static_assert(GATE_COUNT <= 32, "gates are kept as bits");

const struct answer_format *answer_format_find(struct slice name)
{
	for (size_t i = 0; answer_formats[i]; i++)
		if (slice_is(name, answer_formats[i]->name))
			return answer_formats[i];
	return NULL;
}

const char *gate_name(unsigned gate)
{
	return gates[gate].name;
}

const char *gate_text(unsigned gate)
{
	return gates[gate].text;
}

unsigned gate_find(const char *name)
{
	unsigned gate = 0;

	while (gate < GATE_COUNT && strcmp(gates[gate].name, name) != 0)
		gate++;
	return gate;
}

bool answer_gate_fails(const struct answer *answer, unsigned gate)
{
	const struct fleet *f = answer->fleet;
	struct uses         uses = { 0 };
	struct uses_item    item;

	switch ((enum gate_index)gate) {
	case GATE_shared:
		return f->shared > 0;
	case GATE_cloned:
		return f->cloned > 0;
	case GATE_lone:
		return f->lone > 0;
	case GATE_paths:
		return paths_count(answer->paths) > 0;
	case GATE_uses:
		while (uses_next(f, &uses, &item))
			if (answer->encrypted || !item.private_key->encrypted)
				return true;
		return uses.cut;
	case GATE_COUNT:
		break;
	}
	return true;
}

int answer_exit_status(const struct answer *answer)
{
	for (unsigned gate = 0; gate < GATE_COUNT; gate++)
		if ((answer->gates & 1u << gate) != 0 && answer_gate_fails(answer, gate))
			return 1;
	return fleet_is_complete(answer->fleet) ? 0 : 3;
}

const char *answer_gate(const struct answer *answer)
{
	int status = answer_exit_status(answer);

	if (status == 0)
		return "passed";
	return status == 1 ? "failed" : "incomplete";
}

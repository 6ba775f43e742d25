/*
 * answer.h: what is asked of a fleet, and the formats answers are written in.
 *
 * A format is one file, answer_NAME.c, with a `const struct answer_format answer_format_NAME` at its bottom, and one line in
 * answers.def. All texts are valid UTF-8 without control characters; what the format gives a meaning, it escapes.
 */
#ifndef SSHVET_ANSWER_H
#define SSHVET_ANSWER_H

#include "paths.h"

/* What may be asked for as a failure: --fail-if. */
enum gate_index {
#define GATE(name, text) GATE_##name,
#include "gates.def"
#undef GATE
	GATE_COUNT
};

struct answer {
	const struct fleet *fleet;
	const struct paths *paths;
	uint32_t            limit;     /* rows of each part that are shown to people; FLEET_NONE for all */
	bool                encrypted; /* private keys with a passphrase were taken as usable */
	bool                colour;
	unsigned            gates; /* a bit for each that was asked for */
};

struct answer_format {
	const char *name;    /* what --format takes */
	const char *summary; /* one line for help */

	/* Write it all. Failures to write show in the stream. ERR_NOMEM. */
	int (*write)(const struct answer *answer, FILE *out, struct error *err);
};

/* In the order of answers.def, NULL at the end. */
extern const struct answer_format *const answer_formats[];

/* The format of that name; NULL when there is none. */
const struct answer_format *answer_format_find(struct slice name) MUST_USE;

/* The name of a gate and what it is about; the gate of a name, GATE_COUNT when there is none. */
const char *gate_name(unsigned gate) MUST_USE;
const char *gate_text(unsigned gate) MUST_USE;
unsigned    gate_find(const char *name) MUST_USE;

/* Whether there is anything of what the gate is about. */
bool answer_gate_fails(const struct answer *answer, unsigned gate) MUST_USE;

/* 1 when a gate that was asked for fails, else 3 when something is not known, else 0. */
int answer_exit_status(const struct answer *answer) MUST_USE;

/* The same in a word: "failed", "incomplete", "passed". */
const char *answer_gate(const struct answer *answer) MUST_USE;

#endif

/*
 * journal_line.h: what a line of a journal may say. The writer and the reader call the same checks, so that nothing is
 * written that cannot be read back.
 */
#ifndef SSHVET_JOURNAL_LINE_H
#define SSHVET_JOURNAL_LINE_H

#include "journal_rules.h"

#define JOURNAL_FORMAT "sshvet-journal/1"

enum journal_kind {
	JOURNAL_UNKNOWN = 0,
	JOURNAL_HEADER,
	JOURNAL_TARGET,
	JOURNAL_END,
};

struct journal_header {
	const char  *version;
	const char  *profile;
	const char  *started;
	size_t       targets;
	bool         resumes;
	const cJSON *warnings; /* array of clean texts; NULL when there are none */
};

/*
 * A line without its newline as a JSON object, and what it is, told by its first member. ERR_SYNTAX, ERR_NOMEM. The
 * caller owns it (json_free()).
 */
int journal_line_parse(struct slice text, struct json *ret_line, enum journal_kind *ret_kind, struct error *err) MUST_USE;

/* Check a header. Its texts belong to `line`, the rules are a copy. ERR_SYNTAX, ERR_NOMEM. */
int journal_line_header(const cJSON *line, struct journal_header *ret_header, struct journal_rules *ret_rules,
                        struct error *err) MUST_USE;

/* Check an end line. The text belongs to `line`. ERR_SYNTAX. */
int journal_line_end(const cJSON *line, const char **ret_finished, struct error *err) MUST_USE;

/*
 * Check a target against the rules of its run, which must outlive the entry. The entry takes `line` over; when this fails, it is
 * released. `rules` are NULL for a line that findings and facts were taken out of. ERR_SYNTAX, ERR_NOMEM.
 */
int journal_line_target(struct json *line, const struct journal_rules *rules, struct journal_entry *ret_entry,
                        struct error *err) MUST_USE;

#endif

/*
 * journal_line.h: what a line of a journal may say. The writer and the reader call the same checks, so that nothing is
 * written that cannot be read back.
 */
#ifndef SSHVET_JOURNAL_LINE_H
#define SSHVET_JOURNAL_LINE_H

#include "journal_kept.h"

#define JOURNAL_FORMAT "sshvet-journal/1"

enum journal_kind {
	JOURNAL_UNKNOWN = 0,
	JOURNAL_HEADER,
	JOURNAL_TARGET,
	JOURNAL_END,
};

struct journal_header {
	const char *version;
	const char *profile;
	const char *started;
	size_t      targets;
	bool        resumes;
	struct json warnings; /* array of clean texts; no root when there are none; for json_free() */
};

/* What a line without its newline is, told by its first member; JOURNAL_UNKNOWN when it does not look like an object with one. */
enum journal_kind journal_line_kind(struct slice text) MUST_USE;

/* What to say of the last. */
int journal_line_unknown(struct error *err);

/*
 * Check a header, which is written to. Its texts belong to `line`, the rules are a copy. ERR_SYNTAX, ERR_NOMEM.
 */
int journal_line_header(struct buf *line, struct journal_header *ret_header, struct journal_rules *ret_rules,
                        struct error *err) MUST_USE;

/* Check an end line, which is written to. The text belongs to `line`. ERR_SYNTAX, ERR_NOMEM. */
int journal_line_end(struct buf *line, const char **ret_finished, struct error *err) MUST_USE;

/*
 * Check a target against the rules of its run. Findings that were read before are taken from `kept`, others may be added to it; both must outlive
 * the entry. The entry takes `line` over; when this fails, it is released. Without `rules` (and `kept`), findings and facts are passed over by their
 * brackets alone, and `*ret_facts` are the bytes of the facts (empty when there are none). ERR_SYNTAX, ERR_NOMEM.
 */
int journal_line_target(struct buf *line, const struct journal_rules *rules, struct journal_kept *kept, struct journal_entry *ret_entry,
                        struct slice *ret_facts, struct error *err) MUST_USE;

/*
 * What a reader will make of a target when its line is written, its texts being clean: it does what journal_line_target() does, short of the line.
 * `*ret_entry` borrows everything but `rules`, which is for mem_free(). ERR_SYNTAX: a reader would refuse it; ERR_NOMEM.
 */
int journal_line_check(const struct journal_target *t, const struct journal_rules *rules, struct journal_entry *ret_entry, struct error *err) MUST_USE;

#endif

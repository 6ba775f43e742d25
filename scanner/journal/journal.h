/*
 * journal.h: what a scan found, one JSON object a line (NDJSON), in the order targets finished.
 *
 * A journal is a sequence of runs; concatenated journals are a journal. Each run is a header line, one line per
 * finished target, and an end line:
 *
 *   {"journal":"sshvet-journal/1","tool":{"name":"sshvet","version":"…"},"profile":"baseline","started":"…Z","targets":2,
 *    "warnings":["host keys were not verified"],
 *    "rules":{"sshd-permit-root-login":{"title":"…","module":"sshd_config","severity":"high","remediation":"…"}}}
 *   {"index":0,"name":"web1","address":"192.0.2.7","port":22,"user":"audit","status":"scanned","host_key":"SHA256:…",
 *    "duration_ms":412,"privileged":true,"host":{"os":"…","openssh":"…"},
 *    "findings":[{"rule":"…","status":"fail","subject":"…","expected":"…","actual":"…","where":"…","message":"…"}],
 *    "facts":{…}}
 *   {"index":1,"name":"db1","address":"192.0.2.8","port":22,"user":"audit","status":"unscanned","duration_ms":31,
 *    "error":{"code":"host_key_unknown","message":"…"}}
 *   {"finished":"…Z"}
 *
 * `index` is the target's place in the inventory; reports are written in that order, whatever order lines have. What
 * is the same for every target (a rule's title, module, severity, remediation) stands in the header only; a finding has
 * a "remediation" of its own where that of the rule is not the one for its target. A run that
 * continues an interrupted one says "resumes":true in its header: what the run before it in the same journal left
 * undone is then its business.
 *
 * A journal may have been edited by anybody who can write to it. So a reader takes nothing it does not know: a member,
 * verdict, severity or code it has never heard of, a member twice, a text that text_clean() would change, a finding of
 * a rule the header does not name, or a rule of the header without a finding is an error with file:line, never a pass.
 */
#ifndef SSHVET_JOURNAL_H
#define SSHVET_JOURNAL_H

#include <cjson/cJSON.h>

#include "buf.h"
#include "json_read.h"
#include "ruleset.h"

/* One finished target. Texts are borrowed for the call and clean (text.h). */
struct journal_target {
	size_t                 index;   /* place in the inventory, from 0 */
	const char            *name;    /* as the inventory calls it */
	const char            *address; /* numeric address; "" when it was never known */
	unsigned               port;
	const char            *user;
	int                    error;    /* 0 when scanned, else the ERR_* of the target's failure */
	const char            *message;  /* why it was not scanned; NULL when it was */
	const char            *host_key; /* "SHA256:…" of the key the server proved; NULL when none was seen */
	uint64_t               duration_ms;
	bool                   privileged; /* the collector ran as root */
	const char            *os;         /* "Debian GNU/Linux 12 (bookworm)"; NULL when unknown */
	const char            *openssh;    /* "OpenSSH_9.2p1 Debian-2+deb12u3"; NULL when unknown */
	const struct findings *findings;   /* NULL when not scanned */
	const cJSON           *facts;      /* NULL unless --facts */
};

/* Opaque. Any thread may append. */
struct journal;

/*
 * Start a run: create `path` with mode 0600 (or, with NULL, a temporary file without a name in $TMPDIR or /tmp) and
 * write the header; an existing `path` is refused (ERR_USAGE) unless `resume` is set. Then its complete lines stay, a
 * torn last line is cut off, and a new run follows; a file that is not a journal (ERR_SYNTAX), one of another profile
 * or one that another scan is writing (ERR_USAGE) is left as it is. ERR_OUTPUT when it cannot be written.
 */
struct journal_options {
	const char           *path;
	bool                  resume;
	const struct ruleset *ruleset;
	size_t                targets; /* how many this run will have: on resume those that are still to do */
	const char           *warning; /* shown in every report; NULL for none */
};
int journal_create(const struct journal_options *options, struct journal **ret_journal, struct error *err) MUST_USE;

/*
 * Append one target as one write of one line. ERR_OUTPUT: the line is not there, those before it are, and the next
 * target may be tried. A target that a reader would refuse (a verdict nobody gave, a line past LIMIT_JOURNAL_LINE) is
 * written as unscanned with the reason.
 */
int journal_append(struct journal *j, const struct journal_target *target, struct error *err) MUST_USE;

/* Write the end line and, for a journal with a name, wait until all of it is on the disk. */
int journal_finish(struct journal *j, struct error *err) MUST_USE;

/* Close; a journal without a name is gone then, unless a reader has it. NULL is allowed. */
void journal_free(struct journal *j);

/*
 * Call `each` with the name of every target that an existing journal has as scanned, for --resume; what `each` returns
 * other than 0 ends the call. A journal without one complete line has no names. ERR_NOT_FOUND, ERR_SYNTAX.
 */
int journal_names(const char *path, int (*each)(const char *name, void *context, struct error *err), void *context,
                  struct error *err) MUST_USE;

/* Totals of a journal. */
struct journal_summary {
	size_t       targets; /* distinct targets seen */
	size_t       scanned;
	size_t       unscanned;
	size_t       missing; /* announced by a header but never finished: the scan was interrupted */
	size_t       verdicts[VERDICT_COUNT];
	size_t       failures[SEVERITY_COUNT]; /* VERDICT_FAIL by severity */
	uint64_t     duration_ms;              /* of all targets together */
	const char  *tool;                     /* version that wrote the run that started first */
	const char  *profile;
	const char  *started;  /* earliest */
	const char  *finished; /* latest; "" when no run ended */
	const cJSON *warnings; /* array of strings, each once, in order of bytes; NULL when there are none */
};

/* Opaque: an index over one or more journals; bytes stay on disk until a target is asked for. */
struct journal_reader;

/*
 * Read journals once: check every line, sum up, remember where each target stands. The same target (name) twice: the
 * later line wins, in the order of `paths` and lines (a resumed scan); otherwise the order of runs, and of lines in a
 * run, makes no difference. A torn last line is left out and counts as missing. Runs under different profiles are
 * refused. "-" is standard input; what cannot be read twice (a pipe) is copied to a temporary file first.
 * ERR_NOT_FOUND, ERR_SYNTAX with file:line, ERR_OUTPUT (the temporary file), ERR_NOMEM.
 */
int journal_open(const char *const *paths, size_t npaths, struct journal_reader **ret_reader,
                 struct error *err) MUST_USE;

/* The same over a journal just written, named or not. */
int journal_reopen(struct journal *j, struct journal_reader **ret_reader, struct error *err) MUST_USE;

void journal_reader_free(struct journal_reader *r);

const struct journal_summary *journal_summary(const struct journal_reader *r) MUST_USE;

/* What the header of a run says of one rule. */
struct journal_rule {
	const char   *id;
	const char   *title;
	const char   *module;
	enum severity severity;
	const char   *remediation; /* may have several lines */
};

/* No number of a finding that is kept. */
#define JOURNAL_NOT_KEPT 0u

/*
 * One target as it was appended. Every text is clean. Those of findings that are kept belong to the reader, which has read the same bytes before and
 * takes them from there; all others to the entry. It refers to itself: not to be copied.
 */
struct journal_entry {
	struct journal_target       target;   /* `findings` is NULL when it was not scanned */
	const struct journal_rule **rules;    /* of target.findings->items[i], as the target's own run had it */
	uint32_t                   *kept;     /* of the same item: the number that names it as long as there is the reader, at most LIMIT_KEPT_FINDINGS;
	                                         two with one number are the same in every part, rule and all */
	struct findings             findings; /* what target.findings points to; not for findings_free() */
	struct buf                  line;     /* where the texts are */
	struct json                 facts;    /* where target.facts are */
};

/*
 * The target at `place` < summary.targets in inventory order (those with the same index by name). ERR_SYNTAX when the
 * file changed since it was opened.
 */
int journal_entry(struct journal_reader *r, size_t place, struct journal_entry *ret_entry,
                  struct error *err) MUST_USE;

/* Release what journal_entry() gave. */
void journal_entry_free(struct journal_entry *entry);

/* Who wants some facts of every target, and neither findings nor a second look. */
struct journal_watch {
	/*
	 * Each target in the order of lines, without findings, and its facts as the bytes of a JSON object (empty when it has none), valid
	 * for the call. A later line about the same target takes the place of an earlier one. What it returns other than 0 ends the
	 * reading.
	 */
	int (*target)(const struct journal_target *target, struct slice facts, void *context, struct error *err);
	void *context;
};

/*
 * Read journals once, for a watch. As journal_open(), but for speed findings and facts are passed over (journal_raw.h): what is wrong inside
 * them is not found here, the reader's summary has no verdicts, and no entry can be had of it. Runs under different profiles are taken.
 */
int journal_open_watched(const char *const *paths, size_t npaths, const struct journal_watch *watch,
                         struct journal_reader **ret_reader, struct error *err) MUST_USE;

#endif

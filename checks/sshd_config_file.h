/*
 * sshd_config_file.h: the files of sshd's configuration as sshd reads them: included files where they are included, Match blocks apart.
 *
 * The first value of a keyword counts. What could not be read leaves a gap: whatever is not set before the gap may be set in it.
 */
#ifndef SSHVET_SSHD_CONFIG_FILE_H
#define SSHVET_SSHD_CONFIG_FILE_H

#include "evidence.h"
#include "fact.h"
#include "sshd_match.h"

/* How the arguments of a keyword are to be taken: sshd_keywords.def. */
enum sshd_kind {
	SSHD_WORD = 1,
	SSHD_LEVEL,
	SSHD_TEXT,
	SSHD_RAW,
	SSHD_INTEGER,
	SSHD_TIME,
	SSHD_NAMES,
	SSHD_WORDS,
	SSHD_MANY,
	SSHD_ENTRIES,
	SSHD_LINES,
	SSHD_ITEMS,
	SSHD_QOS,
	SSHD_REKEY,
	SSHD_OCTAL,
	SSHD_TIMEOUT,
	SSHD_OPTIONS,
	SSHD_LISTENS,
	SSHD_STARTUPS,
	SSHD_NETBLOCK,
	SSHD_PENALTIES,
	SSHD_ADDRESSES,
};

enum sshd_keyword {
#define KEYWORD(name, kind, spelling, summary) SSHD_##name,
#define ALIAS(old, name)
#include "sshd_keywords.def"
#undef KEYWORD
#undef ALIAS
	SSHD_KEYWORDS
};

/* The keyword's name in lower case, and its kind. */
const char    *sshd_keyword_name(enum sshd_keyword keyword) MUST_USE;
enum sshd_kind sshd_keyword_kind(enum sshd_keyword keyword) MUST_USE;

/* True when values of several lines add up, so that none but the last line makes the value certain. */
bool sshd_kind_adds_up(enum sshd_kind kind) MUST_USE;

/* Find a keyword without regard to case. `*ret_alias` tells that an older spelling was used. False for an unknown one. */
bool sshd_keyword_find(struct slice text, enum sshd_keyword *ret_keyword, bool *ret_alias) MUST_USE;

/* One line that sets a keyword. */
struct sshd_directive {
	enum sshd_keyword keyword;
	struct slice      rest;     /* what follows the keyword, trimmed, not yet split */
	struct slice      path;     /* the file; empty for the command line and for what sshd printed itself */
	size_t            line;     /* counted from 1 */
	size_t            position; /* in the order of reading, over all files */
	size_t            context;  /* it is in */
	size_t            next;     /* the next one of the same keyword, in whatever context; SSHD_NONE at the end */
};

#define SSHD_NONE SIZE_MAX

/* 8.7: ChallengeResponseAuthentication is but another name for KbdInteractiveAuthentication. */
#define SSHD_ONE_KBD 807

/* The global part, or one Match block. */
struct sshd_context {
	struct slice         criteria; /* of the Match line, as it is written; empty for the global part */
	struct sshd_criteria match;    /* the same, taken apart */
	struct slice         path;     /* where the Match line is */
	size_t               line;
	size_t               parent; /* the context it is in: the global part, or a Match block that includes the file */
	size_t               gap;    /* position of the first gap, SSHD_NONE when all was read */
	enum reason          gap_reason;
	char                 gap_text[200]; /* what could not be read, and why; clean */
};

/* A file that was read, or a pattern of files. */
struct sshd_source {
	struct slice name;
	bool         pattern;
};

struct sshd_config {
	struct sshd_source    *sources;
	size_t                 nsources;
	struct sshd_directive *directives;
	size_t                 ndirectives;
	struct sshd_context   *contexts; /* the first is the global part */
	size_t                 ncontexts;
	size_t                 first[SSHD_KEYWORDS]; /* directives in order, SSHD_NONE when not set anywhere */
	size_t                 last[SSHD_KEYWORDS];
	sshd_release           release;     /* whose way of reading is followed */
	size_t                 position;    /* of what is read next */
	size_t                 lines;       /* read so far, bounded */
	bool                   ports_given; /* on the command line: the files have no say */
	struct arena           arena;
};

/* An empty configuration of one global part, to be read as that release does. ERR_NOMEM. */
int sshd_config_init(struct sshd_config *config, sshd_release release, struct error *err) MUST_USE;

/* Release; a zeroed struct is allowed. */
void sshd_config_fini(struct sshd_config *config);

/* The file a daemon reads that is not told otherwise. */
#define SSHD_MAIN_FILE "/etc/ssh/sshd_config"

/*
 * Read one option of the command line, before any file: -o, -p, -h, -c, -g with a value, -4 and -6 without. Others leave a gap. The value is
 * copied. ERR_NOMEM only.
 */
int sshd_config_read_option(struct sshd_config *config, char option, struct slice value, struct error *err) MUST_USE;

/*
 * Read the main file and what it includes from the sections of the evidence, which must outlive the configuration. What is
 * missing, unreadable, malformed or too much becomes a gap. ERR_NOMEM only.
 */
int sshd_config_read(struct sshd_config *config, const struct evidence *ev, struct slice path, struct error *err) MUST_USE;

/* Read what sshd printed: a keyword and its value a line. Unknown keywords are passed over. ERR_NOMEM only. */
int sshd_config_read_dump(struct sshd_config *config, struct slice dump, struct error *err) MUST_USE;

/* Leave a gap at the end of the global part: more follows that is not looked at. */
void sshd_config_add_gap(struct sshd_config *config, enum reason reason, const char *what);

/* Take one argument of a directive off the front of a line, as this release does; as sshd_words_next(). */
int sshd_config_next_arg(const struct sshd_config *config, struct slice *rest, struct buf *arg, struct error *err) MUST_USE;

#endif

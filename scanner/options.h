/*
 * options.h: the command line: one table (options.def) that parsing, --help and the manual page read.
 */
#ifndef SSHVET_OPTIONS_H
#define SSHVET_OPTIONS_H

#include "command.h"

/* A number nobody gave, where there is no default. */
#define OPTIONS_UNSET UINT_MAX

/* Texts of the command line, in their order. */
struct texts {
	const char **items; /* the array is the options', the texts are argv's */
	size_t       count;
};

struct options {
	const struct command *command; /* NULL only with `help` or `version` */
	struct texts          operands;

	struct texts inventories;
	const char  *user;
	unsigned     port;
	const char  *identity;
	unsigned     passphrase_fd; /* OPTIONS_UNSET when not given */
	struct texts known_hosts;
	unsigned     host_key; /* enum host_key_policy */
	unsigned     become;   /* enum become */
	const char  *profile;
	const char  *rules;
	struct texts blocklists;
	struct texts allowed_keys;
	unsigned     parallel;
	unsigned     timeout;
	unsigned     retries;
	struct texts formats; /* FORMAT[=PATH] */
	const char  *journal;
	bool         resume;
	const char  *evidence;
	bool         facts;
	unsigned     fail_on; /* enum severity */
	struct texts fail_if;
	bool         encrypted;
	unsigned     limit; /* 0 for none */
	bool         quiet;
	bool         verbose;
	bool         list;
	bool         man;
	bool         help;
	bool         version;
};

/*
 * Parse as GNU programs do: --name VALUE, --name=VALUE, -nVALUE, -n VALUE, flags together (-qv), operands and options
 * in any order, nothing but operands after "--". The first operand is the subcommand. The caller owns the arrays
 * (options_fini()). ERR_USAGE with what is wrong, the nearest option where there is one, and where help is.
 */
int  options_parse(int argc, char *const *argv, struct options *ret_options, struct error *err) MUST_USE;
void options_fini(struct options *o);

/* One word an option takes, and what it stands for. */
struct option_choice {
	const char *name; /* NULL ends a list */
	unsigned    value;
};

enum option_kind {
	OPTION_FLAG = 1, /* bool */
	OPTION_TEXT,     /* const char * */
	OPTION_LIST,     /* struct texts */
	OPTION_NUMBER,   /* unsigned */
	OPTION_CHOICE,   /* unsigned */
};

struct option_spec {
	const char                 *name;     /* without the dashes */
	char                        letter;   /* 0 for none */
	const char                 *argument; /* what help calls its value; NULL for a flag */
	enum option_kind            kind;
	size_t                      offset; /* of its field in struct options */
	unsigned                    least;  /* OPTION_NUMBER */
	unsigned                    most;
	unsigned                    preset;       /* OPTION_NUMBER, OPTION_CHOICE: the default */
	unsigned                    preset_probe; /* OPTION_NUMBER: the default of `probe` where it is another; else 0 */
	const struct option_choice *choices;
	unsigned                    commands; /* one bit for each command that takes it: 1u << enum command_index */
	const char                 *help;
};

/* In the order of options.def. */
extern const struct option_spec option_specs[];
extern const size_t             option_count;

/* The default of a number for a command; NULL stands for any that has no default of its own. */
unsigned option_preset(const struct option_spec *spec, const struct command *command) MUST_USE;

/* True when the command takes the option. */
bool option_is_for(const struct option_spec *spec, const struct command *command) MUST_USE;

#endif

#include "options.h"

#include "finding.h"
#include "mem.h"
#include "nearest.h"
#include "session.h"
#include "text.h"

static const struct option_choice option_host_keys[] = {
	{ "strict", HOST_KEY_STRICT }, { "accept-new", HOST_KEY_ACCEPT_NEW }, { "ignore", HOST_KEY_IGNORE }, { NULL, 0 }
};

static const struct option_choice option_becomes[] = {
	{ "auto", BECOME_AUTO }, { "none", BECOME_NONE }, { "sudo", BECOME_SUDO }, { "doas", BECOME_DOAS }, { NULL, 0 }
};

static const struct option_choice option_severities[] = { { "critical", SEVERITY_CRITICAL },
	                                                  { "high", SEVERITY_HIGH },
	                                                  { "medium", SEVERITY_MEDIUM },
	                                                  { "low", SEVERITY_LOW },
	                                                  { "info", SEVERITY_INFO },
	                                                  { NULL, 0 } };

#define AT(field)   .offset = offsetof(struct options, field)
#define FLAG(field) .kind = OPTION_FLAG, AT(field)
#define TEXT(field) .kind = OPTION_TEXT, AT(field)
#define LIST(field) .kind = OPTION_LIST, AT(field)
#define NUMBER(field, from, to, default) \
	.kind = OPTION_NUMBER, AT(field), .least = (from), .most = (to), .preset = (default)
#define NUMBERS(field, from, to, default, for_probe) NUMBER(field, from, to, default), .preset_probe = (for_probe)
#define CHOICE(field, words, default)                .kind = OPTION_CHOICE, AT(field), .choices = (words), .preset = (default)
#define ON(command)                                  (1u << COMMAND_##command)
#define ON_ALL                                       UINT_MAX

const struct option_spec option_specs[] = {
#define OPTION(name_, letter_, argument_, kept, commands_, help_) \
	{ .name = (name_), .letter = (letter_), .argument = (argument_), kept, .commands = (commands_), .help = (help_) },
#include "options.def"
#undef OPTION
};
const size_t option_count = countof(option_specs);

static_assert(countof(option_specs) <= 64, "used options are kept as bits");

/* Where parsing stands. */
struct parser {
	int             argc;
	char *const    *argv;
	int             next; /* the argument to look at next */
	struct options *options;
	uint64_t        used; /* a bit for each of option_specs that was there */
};

unsigned option_preset(const struct option_spec *spec, const struct command *command)
{
	return spec->preset_probe != 0 && command == &commands[COMMAND_probe] ? spec->preset_probe : spec->preset;
}

bool option_is_for(const struct option_spec *spec, const struct command *command)
{
	return (spec->commands & (1u << (command - commands))) != 0;
}

/* Where to find out more, for the end of a message: "" or " COMMAND" after "sshvet help". */
static const char *help_for(const struct options *o)
{
	return o->command ? o->command->suffix : "";
}

static int add_text(struct texts *texts, const char *text, struct error *err)
{
	const char **items = mem_resize(texts->items, texts->count + 1, sizeof(*items));

	if (!items)
		return error_nomem(err);
	texts->items = items;
	texts->items[texts->count++] = text;
	return 0;
}

static int store_number(const struct option_spec *spec, unsigned *field, const char *value, struct error *err)
{
	char     shown[64];
	uint64_t number;

	if (text_parse_unsigned(slice_of(value), 10, spec->most, &number, NULL) < 0 || number < spec->least)
		return error_set(err, ERR_USAGE, "--%s '%s': write a number from %u to %u", spec->name,
		                 text_clean_into(shown, sizeof(shown), slice_of(value)), spec->least, spec->most);
	*field = (unsigned)number;
	return 0;
}

static int store_choice(const struct option_spec *spec, unsigned *field, const char *value, struct error *err)
{
	char   words[128] = "";
	size_t len = 0;
	char   shown[64];

	for (const struct option_choice *c = spec->choices; c->name; c++) {
		if (strcmp(c->name, value) == 0) {
			*field = c->value;
			return 0;
		}
		len += (size_t)snprintf(words + len, sizeof(words) - len, "%s%s", len > 0 ? ", " : "", c->name);
	}
	return error_set(err, ERR_USAGE, "--%s '%s': write one of %s", spec->name,
	                 text_clean_into(shown, sizeof(shown), slice_of(value)), words);
}

static int store(const struct option_spec *spec, struct options *o, const char *value, struct error *err)
{
	void *field = (char *)o + spec->offset;

	if (value && !*value)
		return error_set(err, ERR_USAGE, "--%s needs %s, which is empty; see 'sshvet help%s'", spec->name,
		                 spec->argument, help_for(o));
	switch (spec->kind) {
	case OPTION_FLAG:
		*(bool *)field = true;
		return 0;
	case OPTION_TEXT:
		*(const char **)field = value;
		return 0;
	case OPTION_LIST:
		return add_text(field, value, err);
	case OPTION_NUMBER:
		return store_number(spec, field, value, err);
	case OPTION_CHOICE:
		return store_choice(spec, field, value, err);
	}
	return error_set(err, ERR_INTERNAL, "option '%s' has no kind", spec->name);
}

/* Take a value from the next argument where the option's own has none, and keep it. */
static int take(struct parser *p, const struct option_spec *spec, const char *value, struct error *err)
{
	p->used |= UINT64_C(1) << (spec - option_specs);
	if (spec->argument && !value) {
		if (p->next >= p->argc)
			return error_set(err, ERR_USAGE, "--%s needs %s; see 'sshvet help%s'", spec->name, spec->argument,
			                 help_for(p->options));
		value = p->argv[p->next++];
	}
	return store(spec, p->options, value, err);
}

static int unknown_long(const struct parser *p, const char *name, struct error *err)
{
	const struct options *o = p->options;
	struct nearest        guess;
	char                  shown[64];

	text_clean_into(shown, sizeof(shown), slice_of(name));
	nearest_init(&guess, name);
	for (size_t i = 0; i < option_count; i++) {
		if (!o->command || option_is_for(&option_specs[i], o->command))
			nearest_consider(&guess, option_specs[i].name);
	}
	if (guess.best)
		return error_set(err, ERR_USAGE, "unknown option '--%s', did you mean '--%s'? See 'sshvet help%s'", shown, guess.best,
		                 help_for(o));
	return error_set(err, ERR_USAGE, "unknown option '--%s'; see 'sshvet help%s'", shown, help_for(o));
}

/* `text` stands after the two dashes. */
static int parse_long(struct parser *p, const char *text, struct error *err)
{
	const char *value = strchr(text, '=');
	size_t      len = value ? (size_t)(value - text) : strlen(text);
	char       *name;
	int         r;

	for (size_t i = 0; i < option_count; i++) {
		const struct option_spec *spec = &option_specs[i];

		if (strncmp(spec->name, text, len) != 0 || spec->name[len])
			continue;
		if (value && !spec->argument)
			return error_set(err, ERR_USAGE, "--%s takes no value; see 'sshvet help%s'", spec->name, help_for(p->options));
		return take(p, spec, value ? value + 1 : NULL, err);
	}
	name = mem_copy_text(text, len);
	if (!name)
		return error_nomem(err);
	r = unknown_long(p, name, err);
	mem_free(name);
	return r;
}

static const struct option_spec *find_letter(char letter)
{
	for (size_t i = 0; i < option_count; i++) {
		if (option_specs[i].letter == letter)
			return &option_specs[i];
	}
	return NULL;
}

/* `text` stands after the dash: flags, and at the end one option with its value. */
static int parse_letters(struct parser *p, const char *text, struct error *err)
{
	int r = 0;

	while (*text && r == 0) {
		const struct option_spec *spec = find_letter(*text);
		char                      shown[16];

		if (!spec)
			return error_set(err, ERR_USAGE, "unknown option '-%s'; see 'sshvet help%s'",
			                 text_clean_into(shown, sizeof(shown), (struct slice){ text, 1 }), help_for(p->options));
		text++;
		r = take(p, spec, spec->argument && *text ? text : NULL, err);
		if (spec->argument)
			return r;
	}
	return r;
}

/* The first operand is the subcommand, which messages about later arguments refer to. */
static int parse_operand(struct parser *p, const char *text, struct error *err)
{
	if (p->options->command)
		return add_text(&p->options->operands, text, err);
	p->options->command = command_find(text);
	return p->options->command ? 0 : command_unknown(text, err);
}

static int parse_all(struct parser *p, struct error *err)
{
	bool only_operands = false;
	int  r = 0;

	while (p->next < p->argc && r == 0) {
		const char *text = p->argv[p->next++];

		if (only_operands || text[0] != '-' || !text[1])
			r = parse_operand(p, text, err);
		else if (strcmp(text, "--") == 0)
			only_operands = true;
		else if (text[1] == '-')
			r = parse_long(p, text + 2, err);
		else
			r = parse_letters(p, text + 1, err);
	}
	return r;
}

static int check_used(const struct parser *p, struct error *err)
{
	const struct command *command = p->options->command;

	for (size_t i = 0; i < option_count; i++) {
		if ((p->used & (UINT64_C(1) << i)) != 0 && !option_is_for(&option_specs[i], command))
			return error_set(err, ERR_USAGE, "'%s' does not take --%s; see 'sshvet help %s'", command->name,
			                 option_specs[i].name, command->name);
	}
	return 0;
}

static int check_operands(const struct options *o, struct error *err)
{
	const struct command *command = o->command;
	char                  shown[64];

	if (o->operands.count < command->fewest)
		return error_set(err, ERR_USAGE, "'%s' needs %s; see 'sshvet help %s'", command->name,
		                 command->operands, command->name);
	if (o->operands.count > command->most)
		return error_set(err, ERR_USAGE, "'%s' does not take '%s'; see 'sshvet help %s'", command->name,
		                 text_clean_into(shown, sizeof(shown), slice_of(o->operands.items[command->most])), command->name);
	return 0;
}

/* Whether options and operands are for the command. */
static int check_command(const struct parser *p, struct error *err)
{
	int r;

	if (!p->options->command)
		return error_set(err, ERR_USAGE, "a command is missing; see 'sshvet help'");
	r = check_used(p, err);
	return r < 0 ? r : check_operands(p->options, err);
}

/* What was not said, where the command has a default of its own. */
static void set_own_defaults(const struct parser *p)
{
	struct options *o = p->options;

	for (size_t i = 0; i < option_count; i++) {
		const struct option_spec *spec = &option_specs[i];
		unsigned                  preset = option_preset(spec, o->command);

		if (preset != spec->preset && (p->used & (UINT64_C(1) << i)) == 0)
			memcpy((char *)o + spec->offset, &preset, sizeof(preset));
	}
}

static void set_defaults(struct options *o)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option_spec *spec = &option_specs[i];

		if (spec->kind == OPTION_NUMBER || spec->kind == OPTION_CHOICE)
			memcpy((char *)o + spec->offset, &spec->preset, sizeof(spec->preset));
	}
}

int options_parse(int argc, char *const *argv, struct options *ret_options, struct error *err)
{
	struct options o = { 0 };
	struct parser  p = { .argc = argc, .argv = argv, .next = 1, .options = &o };
	int            r;

	set_defaults(&o);
	r = parse_all(&p, err);
	if (r == 0 && !o.help && !o.version)
		r = check_command(&p, err);
	if (r == 0)
		set_own_defaults(&p);
	if (r < 0) {
		options_fini(&o);
		return r;
	}
	*ret_options = o;
	return 0;
}

void options_fini(struct options *o)
{
	mem_free(o->operands.items);
	mem_free(o->inventories.items);
	mem_free(o->known_hosts.items);
	mem_free(o->blocklists.items);
	mem_free(o->allowed_keys.items);
	mem_free(o->formats.items);
	mem_free(o->fail_if.items);
	*o = (struct options){ 0 };
}

#include "help.h"

#include "answer.h"
#include "options.h"
#include "report.h"

#define WIDTH  80 /* columns of a line */
#define INDENT 30 /* where the help of an option begins */

/* Print `text` in lines of at most WIDTH columns, of which the first begins at `column` and the others at `indent`. */
static void print_wrapped(FILE *out, const char *text, size_t column, size_t indent)
{
	while (*text) {
		size_t len = strcspn(text, " ");

		if (column > indent && column + 1 + len > WIDTH) {
			fputc('\n', out);
			column = 0;
		}
		if (column > indent)
			column += (size_t)fprintf(out, " ");
		else
			column += (size_t)fprintf(out, "%*s", (int)(indent - column), "");
		column += fwrite(text, 1, len, out);
		text += len;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static const char *preset_name(const struct option_spec *spec)
{
	for (const struct option_choice *c = spec->choices; c->name; c++) {
		if (c->value == spec->preset)
			return c->name;
	}
	return "";
}

/* The help of an option with its range, choices and default, which come from the table so that they cannot be wrong: those of one command,
 * or with NULL of all. */
static const char *full_help(const struct option_spec *spec, const struct command *command, char *text, size_t size)
{
	size_t len = (size_t)snprintf(text, size, "%s", spec->help);

	if (spec->kind == OPTION_NUMBER && spec->preset != OPTIONS_UNSET)
		len += (size_t)snprintf(text + len, size - len, " (%u to %u; default: %u", spec->least, spec->most, option_preset(spec, command));
	if (spec->kind == OPTION_NUMBER && spec->preset_probe != 0 && !command)
		len += (size_t)snprintf(text + len, size - len, "; of probe: %u", spec->preset_probe);
	if (spec->kind == OPTION_NUMBER && spec->preset != OPTIONS_UNSET)
		snprintf(text + len, size - len, ").");
	if (spec->kind != OPTION_CHOICE)
		return text;
	for (const struct option_choice *c = spec->choices; c->name; c++)
		len += (size_t)snprintf(text + len, size - len, "%s%s", c == spec->choices ? " (" : ", ", c->name);
	snprintf(text + len, size - len, "; default: %s).", preset_name(spec));
	return text;
}

static void print_option(FILE *out, const struct option_spec *spec, const struct command *command)
{
	char   text[1024];
	size_t column;

	if (spec->letter)
		column = (size_t)fprintf(out, "  -%c, --%s", spec->letter, spec->name);
	else
		column = (size_t)fprintf(out, "      --%s", spec->name);
	if (spec->argument)
		column += (size_t)fprintf(out, " %s", spec->argument);
	if (column > INDENT - 2) {
		fputc('\n', out);
		column = 0;
	}
	print_wrapped(out, full_help(spec, command, text, sizeof(text)), column, INDENT);
}

static void print_format(FILE *out, const char *name, const char *summary)
{
	print_wrapped(out, summary, (size_t)fprintf(out, "  %s", name), 14);
}

/* Those of reports, or of answers about keys. */
static void print_formats(FILE *out, const struct command *command)
{
	bool answers = command == &commands[COMMAND_keys];

	fputs("\nFormats:\n", out);
	for (size_t i = 0; !answers && reports[i]; i++)
		print_format(out, reports[i]->name, reports[i]->summary);
	for (size_t i = 0; answers && answer_formats[i]; i++)
		print_format(out, answer_formats[i]->name, answer_formats[i]->summary);
}

static bool takes_formats(const struct command *command)
{
	for (size_t i = 0; i < option_count; i++) {
		if (strcmp(option_specs[i].name, "format") == 0)
			return option_is_for(&option_specs[i], command);
	}
	return false;
}

void help_command(const struct command *command, FILE *out)
{
	char summary[256];

	fprintf(out, "Usage: sshvet %s [OPTION...]%s%s\n\n", command->name, *command->operands ? " " : "", command->operands);
	snprintf(summary, sizeof(summary), "%s.", command->summary);
	summary[0] = (char)toupper((unsigned char)summary[0]);
	print_wrapped(out, summary, 0, 0);
	if (*command->description) {
		fputc('\n', out);
		print_wrapped(out, command->description, 0, 0);
	}
	fputs("\nOptions:\n", out);
	for (size_t i = 0; i < option_count; i++) {
		if (option_is_for(&option_specs[i], command))
			print_option(out, &option_specs[i], command);
	}
	if (takes_formats(command))
		print_formats(out, command);
}

void help_overview(FILE *out)
{
	fputs("Usage: sshvet COMMAND [OPTION...] [OPERAND...]\n\n", out);
	print_wrapped(out, "Audit how hosts are hardened, over SSH, read-only, without installing anything on them.", 0, 0);
	fputs("\nCommands:\n", out);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		print_wrapped(out, commands[i].summary, (size_t)fprintf(out, "  %s", commands[i].name), 14);
	fputs("\n'sshvet help COMMAND' explains a command and its options.\n\n", out);
	print_wrapped(
		out,
		"Exit status: 0 every gate met; 1 a rule at or above --fail-on failed; 2 usage or an input file is wrong, nothing was "
		"scanned; 3 no failure, but a target or a rule could not be evaluated; 4 internal error, or output could not be written.",
		0, 0);
}

/* Text in man(7) markup: dashes and backslashes are escaped, and no line begins with a request. */
static void print_roff(FILE *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", out);
	for (; *text; text++) {
		if (*text == '-')
			fputs("\\-", out);
		else if (*text == '\\')
			fputs("\\e", out);
		else
			fputc(*text, out);
	}
}

static void roff_item(FILE *out, const char *head, const char *text)
{
	fputs(".TP\n.B ", out);
	print_roff(out, head);
	fputc('\n', out);
	print_roff(out, text);
	fputc('\n', out);
}

static void roff_commands(FILE *out)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		char text[1024];
		char head[128];

		snprintf(head, sizeof(head), "sshvet %s %s", commands[i].name, commands[i].operands);
		snprintf(text, sizeof(text), "%s. %s", commands[i].summary, commands[i].description);
		text[0] = (char)toupper((unsigned char)text[0]);
		roff_item(out, head, text);
	}
}

/* The commands an option is for, in words; nothing for those every command takes. */
static void print_commands_of(FILE *out, const struct option_spec *spec)
{
	bool first = true;

	if (spec->commands == UINT_MAX)
		return;
	fputs(" (", out);
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (!option_is_for(spec, &commands[i]))
			continue;
		fprintf(out, "%s%s", first ? "" : ", ", commands[i].name);
		first = false;
	}
	fputc(')', out);
}

static void roff_options(FILE *out)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option_spec *spec = &option_specs[i];
		char                      text[1024];

		fputs(".TP\n", out);
		if (spec->letter)
			fprintf(out, "\\fB\\-%c\\fR, ", spec->letter);
		fputs("\\fB\\-\\-", out);
		print_roff(out, spec->name);
		fputs("\\fR", out);
		if (spec->argument)
			fprintf(out, " \\fI%s\\fR", spec->argument);
		print_commands_of(out, spec);
		fputc('\n', out);
		print_roff(out, full_help(spec, NULL, text, sizeof(text)));
		fputc('\n', out);
	}
}

static void roff_formats(FILE *out)
{
	for (size_t i = 0; reports[i]; i++)
		roff_item(out, reports[i]->name, reports[i]->summary);
	for (size_t i = 0; answer_formats[i]; i++) {
		char head[64];

		snprintf(head, sizeof(head), "%s (keys)", answer_formats[i]->name);
		roff_item(out, head, answer_formats[i]->summary);
	}
}

static void roff_codes(FILE *out)
{
	for (int code = 0; code > -ERR_ORD_COUNT; code--) {
		if (error_is_of_target(code))
			roff_item(out, error_code_name(code), error_summary(code));
	}
}

static void roff_version(FILE *out)
{
	print_roff(out, SSHVET_VERSION);
}

/* What stands for a table in the frame: @NAME@. */
static const struct {
	const char *mark;
	void (*print)(FILE *out);
} marks[] = {
	{ "@COMMANDS@", roff_commands }, { "@OPTIONS@", roff_options }, { "@FORMATS@", roff_formats },
	{ "@CODES@", roff_codes },       { "@VERSION@", roff_version },
};

/* sshvet.1.in, embedded at build time. */
extern const char   manual_frame[];
extern const size_t manual_frame_size;

void help_manual(FILE *out)
{
	const char *text = manual_frame;

	while (*text) {
		size_t m = 0;

		while (m < countof(marks) && strncmp(text, marks[m].mark, strlen(marks[m].mark)) != 0)
			m++;
		if (m < countof(marks)) {
			marks[m].print(out);
			text += strlen(marks[m].mark);
			text += (*text == '\n' && marks[m].print != roff_version) ? 1 : 0;
		} else {
			fputc(*text++, out);
		}
	}
}

#include "error.h"

#undef error_set
#undef error_nomem

static const struct {
	const char *name;
	const char *summary;
	int         exit_status;
} codes[] = {
#define ERROR(name, exit_status, code, text) { code, text, exit_status },
#include "error.def"
#undef ERROR
};
static_assert(countof(codes) == ERR_ORD_COUNT, "every code has a row");

static size_t ordinal(int code)
{
	if (code > 0 || -(long)code >= (long)ERR_ORD_COUNT)
		return ERR_ORD_INTERNAL;
	return (size_t)-code;
}

/* Mark a text that did not fit, so that nobody takes it for the whole. No UTF-8 character is cut in two. */
static void mark_cut(struct error *err, int wanted)
{
	static const char ellipsis[] = "...";
	size_t            at = sizeof(err->text) - sizeof(ellipsis);

	if (wanted < (int)sizeof(err->text))
		return;
	while (at > 0 && ((unsigned char)err->text[at] & 0xc0) == 0x80)
		at--;
	memcpy(err->text + at, ellipsis, sizeof(ellipsis));
}

int error_set(struct error *err, int code, const char *format, ...)
{
	va_list args;

	if (!err)
		return code;
	err->code = code;
	va_start(args, format);
	mark_cut(err, vsnprintf(err->text, sizeof(err->text), format, args));
	va_end(args);
	return code;
}

int error_prefix(struct error *err, const char *format, ...)
{
	struct error old;
	va_list      args;
	size_t       len;
	int          n;

	if (!err)
		return ERR_INTERNAL;
	old = *err;
	va_start(args, format);
	n = vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	mark_cut(err, n);
	len = strlen(err->text);
	mark_cut(err, (int)len + snprintf(err->text + len, sizeof(err->text) - len, ": %s", old.text));
	return err->code;
}

int error_nomem(struct error *err)
{
	return error_set(err, ERR_NOMEM, "out of memory");
}

const char *error_code_name(int code)
{
	return codes[ordinal(code)].name;
}

const char *error_summary(int code)
{
	return codes[ordinal(code)].summary;
}

int error_exit_status(int code)
{
	return codes[ordinal(code)].exit_status;
}

bool error_is_of_target(int code)
{
	return ordinal(code) >= ERR_ORD_RESOLVE;
}

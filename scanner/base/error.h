/*
 * error.h: how a call says why it failed.
 *
 * Functions return 0 or a negative ERR_* and take `struct error *err` last. `err` is written only on failure. The text
 * travels with the call, never in a global, because many targets are in flight at once.
 */
#ifndef SSHVET_ERROR_H
#define SSHVET_ERROR_H

#include "base.h"

enum error_ordinal {
#define ERROR(name, exit_status, code, text) ERR_ORD_##name,
#include "error.def"
#undef ERROR
	ERR_ORD_COUNT
};

enum error_code {
#define ERROR(name, exit_status, code, text) ERR_##name = -ERR_ORD_##name,
#include "error.def"
#undef ERROR
};
static_assert(ERR_OK == 0, "success must be zero");

/* Why a call failed. Fixed size, so that reporting a failure can not itself fail. The caller owns it. */
struct error {
	int  code;
	char text[1000]; /* one line, no trailing newline; cut with "..." when longer */
};

/* Record a failure and return `code`, so that callers can `return error_set(...)`. `err` may be NULL. */
int error_set(struct error *err, int code, const char *format, ...) PRINTF(3, 4);

/* Put "context: " before the text of a failure that is being passed on; returns err->code (ERR_INTERNAL where `err` is
 * NULL: who allows that returns its own code). */
int error_prefix(struct error *err, const char *format, ...) PRINTF(2, 3);

/* Out of memory: the one failure that needs no context. Returns ERR_NOMEM. */
int error_nomem(struct error *err);

#ifdef __clang_analyzer__
/* The analyzer sees one file at a time: tell it that what is returned is the code, so that it does not follow failures as successes. */
#define error_set(err, code, ...) ((void)(error_set)(err, code, __VA_ARGS__), (code))
#define error_nomem(err)          ((void)(error_nomem)(err), ERR_NOMEM)
#endif

/* The stable code of reports ("host_key_unknown"), the operator's words, and the exit status of an ERR_*. Unknown
 * numbers are ERR_INTERNAL's. */
const char *error_code_name(int code) MUST_USE;
const char *error_summary(int code) MUST_USE;
int         error_exit_status(int code) MUST_USE;

/* True for the codes an unscanned target may carry (RESOLVE and after). */
bool error_is_of_target(int code) MUST_USE;

#endif

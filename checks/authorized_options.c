/*
 * authorized_options.c: sshd tries the names in this order, takes the first that the text begins with, and then wants a comma or a blank. So
 * "restricted" is `restrict` with rubbish behind it, and any unknown name is no name and then no comma.
 */
#include "authorized_options.h"

#include "sshd_match.h"
#include "text.h"

#define MAX_OPTIONS     4096  /* sshd's own limit for permitopen and permitlisten */
#define MAX_HOST_NAME   1025u /* NI_MAXHOST */
#define MAX_TUNNEL_UNIT 0x7ffffffdu

struct reader {
	struct slice                   rest;
	const struct authorized_clock *clock;
	struct arena                  *arena;
	struct authorized_key         *key;
};

/* What an option with a value does with it: NULL, or why the line is refused. */
typedef const char *taker(struct reader *r, struct slice value);

static bool begins_nocase(struct slice s, const char *prefix)
{
	size_t len = strlen(prefix);

	return s.len >= len && slice_is_nocase(slice_sub(s, 0, len), prefix);
}

static const char *take_once(struct slice *field, struct slice value, const char *twice)
{
	if (field->ptr)
		return twice;
	*field = value;
	return NULL;
}

static const char *take_command(struct reader *r, struct slice value)
{
	return take_once(&r->key->command, value, "it has more than one command=");
}

static const char *take_principals(struct reader *r, struct slice value)
{
	return take_once(&r->key->principals, value, "it has more than one principals=");
}

static const char *take_from(struct reader *r, struct slice value)
{
	return take_once(&r->key->from, value, "it has more than one from=");
}

/* A number of two or four digits as strptime() has it: blanks may stand before the digits. */
static bool read_number(struct slice *text, size_t len, unsigned least, unsigned most, unsigned *ret_value)
{
	struct slice word = slice_sub(*text, 0, len);
	uint64_t     value;

	*text = slice_sub(*text, len, SIZE_MAX);
	while (word.len > 0 && word.ptr[0] == ' ')
		word = slice_sub(word, 1, SIZE_MAX);
	if (text_parse_unsigned(word, 10, most, &value, NULL) < 0 || value < least)
		return false;
	*ret_value = (unsigned)value;
	return true;
}

/* Days from 1970-01-01 in the Gregorian calendar; days past the end of a month run on into the next, as mktime() has it. */
static int64_t days_of(unsigned year, unsigned month, unsigned day)
{
	int64_t  y = (int64_t)year - (month <= 2 ? 1 : 0);
	int64_t  era = (y >= 0 ? y : y - 399) / 400;
	int64_t  of_era = y - era * 400;
	unsigned shifted = (month + 9) % 12;
	int64_t  of_year = (153 * shifted + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, and Z or UTC where it is not the time of the target's zone. 0 when it is none of these. */
static int64_t parse_time(struct slice text, const struct authorized_clock *clock)
{
	unsigned year, month, day, hour = 0, minute = 0, second = 0;
	bool     utc = false;
	int64_t  time;

	if (text.len > 1 && slice_is_nocase(slice_sub(text, text.len - 1, 1), "z")) {
		text.len -= 1;
		utc = true;
	} else if (text.len > 3 && slice_is_nocase(slice_sub(text, text.len - 3, 3), "utc")) {
		text.len -= 3;
		utc = true;
	}
	if (text.len != 8 && text.len != 12 && text.len != 14)
		return 0;
	if (!read_number(&text, 4, 0, 9999, &year) || !read_number(&text, 2, 1, 12, &month) || !read_number(&text, 2, 1, 31, &day) ||
	    (text.len > 0 && (!read_number(&text, 2, 0, 23, &hour) || !read_number(&text, 2, 0, 59, &minute))) ||
	    (text.len > 0 && !read_number(&text, 2, 0, 61, &second)))
		return 0;
	time = days_of(year, month, day) * 86400 + (int64_t)hour * 3600 + minute * 60 + second - (utc ? 0 : clock->offset);
	return time > 0 ? time : 0;
}

static const char *take_expiry(struct reader *r, struct slice value)
{
	int64_t time = parse_time(value, r->clock);

	if (time == 0)
		return "its expiry-time= is not a time";
	if (r->key->expires == 0 || time < r->key->expires)
		r->key->expires = time;
	return NULL;
}

static const char *take_environment(struct reader *r, struct slice value)
{
	struct slice name = value;
	const char  *equals = value.len > 0 ? memchr(value.ptr, '=', value.len) : NULL;

	(void)r;
	if (equals)
		name.len = (size_t)(equals - value.ptr);
	for (size_t i = 0; i < name.len; i++)
		if (!isalnum((unsigned char)name.ptr[i]) && name.ptr[i] != '_')
			equals = NULL;
	return equals && name.len > 0 ? NULL : "its environment= is not NAME=value";
}

/* A whole number as strtonum() has it: white space and a sign may stand before it. */
static bool is_number(struct slice text, uint64_t most)
{
	uint64_t value;

	while (text.len > 0 && isspace((unsigned char)text.ptr[0]))
		text = slice_sub(text, 1, SIZE_MAX);
	if (text.len > 0 && text.ptr[0] == '+')
		text = slice_sub(text, 1, SIZE_MAX);
	while (text.len > 1 && text.ptr[0] == '0')
		text = slice_sub(text, 1, SIZE_MAX);
	return text_parse_unsigned(text, 10, most, &value, NULL) == 0;
}

static const char *take_tunnel(struct reader *r, struct slice value)
{
	(void)r;
	return slice_is_nocase(value, "any") || is_number(value, MAX_TUNNEL_UNIT) ? NULL : "its tunnel= is not the number of a device";
}

/* A port is a number, *, or a name of the target's list of services, which is not known here: what could be one is believed. */
static bool is_port(struct slice text)
{
	bool letter = false;

	if (slice_is(text, "*"))
		return true;
	for (size_t i = 0; i < text.len; i++) {
		letter |= isalpha((unsigned char)text.ptr[i]) != 0;
		if (letter && !isalnum((unsigned char)text.ptr[i]) && !strchr("-_.+", text.ptr[i]))
			return false;
	}
	return letter || (is_number(text, 65535) && !is_number(text, 0));
}

/* host:port, [address]:port or host/port. */
static const char *check_permit(struct slice value)
{
	size_t at = 0;

	if (value.len > 0 && value.ptr[0] == '[') {
		while (at < value.len && value.ptr[at] != ']')
			at++;
		if (at == value.len)
			return "one of its permitopen= or permitlisten= has no host";
		at++;
	} else {
		while (at < value.len && value.ptr[at] != ':' && value.ptr[at] != '/')
			at++;
	}
	if (at >= MAX_HOST_NAME || (at < value.len && value.ptr[at] != ':' && value.ptr[at] != '/'))
		return "one of its permitopen= or permitlisten= has no host";
	if (at == value.len || !is_port(slice_sub(value, at + 1, SIZE_MAX)))
		return "one of its permitopen= or permitlisten= has no port";
	return NULL;
}

static const char *take_permitopen(struct reader *r, struct slice value)
{
	(void)r;
	return check_permit(value);
}

/* A port alone means every address. */
static const char *take_permitlisten(struct reader *r, struct slice value)
{
	(void)r;
	if (value.len == 0 || !memchr(value.ptr, ':', value.len))
		return is_port(value) ? NULL : "one of its permitopen= or permitlisten= has no port";
	return check_permit(value);
}

static void set_restrict(struct authorized_key *key, bool on)
{
	(void)on;
	key->restricted = true;
	key->port_forwarding = key->agent_forwarding = key->x11_forwarding = key->pty = key->user_rc = false;
}

static void set_cert_authority(struct authorized_key *key, bool on)
{
	key->cert_authority = on;
}
static void set_port(struct authorized_key *key, bool on)
{
	key->port_forwarding = on;
}
static void set_agent(struct authorized_key *key, bool on)
{
	key->agent_forwarding = on;
}
static void set_x11(struct authorized_key *key, bool on)
{
	key->x11_forwarding = on;
}
static void set_touch(struct authorized_key *key, bool on)
{
	key->no_touch = !on;
}
static void set_verify(struct authorized_key *key, bool on)
{
	key->verify = on;
}
static void set_pty(struct authorized_key *key, bool on)
{
	key->pty = on;
}
static void set_user_rc(struct authorized_key *key, bool on)
{
	key->user_rc = on;
}

static const struct {
	const char *name;
	bool        negates; /* no-NAME is an option, too */
	void (*set)(struct authorized_key *key, bool on);
} flags[] = {
	{ "restrict", false, set_restrict },   { "cert-authority", false, set_cert_authority }, { "port-forwarding", true, set_port },
	{ "agent-forwarding", true, set_agent }, { "x11-forwarding", true, set_x11 },             { "touch-required", true, set_touch },
	{ "verify-required", true, set_verify }, { "pty", true, set_pty },                        { "user-rc", true, set_user_rc },
};

static const struct {
	const char *name; /* with the = */
	taker      *take;
} values[] = {
	{ "command=", take_command },         { "principals=", take_principals }, { "from=", take_from },
	{ "expiry-time=", take_expiry },      { "environment=", take_environment }, { "permitopen=", take_permitopen },
	{ "permitlisten=", take_permitlisten }, { "tunnel=", take_tunnel },
};

/* Take a quoted value; \" stands for a quote, and nothing else is special. */
static int take_quoted(struct reader *r, struct slice *ret_value, struct error *err)
{
	struct slice s = r->rest;
	size_t       at = 1, len = 0;
	char        *text;

	if (s.len == 0 || s.ptr[0] != '"') {
		r->key->why = "a value of its options is not in quotes";
		return 0;
	}
	text = arena_alloc(r->arena, s.len + 1);
	if (!text)
		return error_nomem(err);
	for (; at < s.len && s.ptr[at] != '"'; at++) {
		if (s.ptr[at] == '\\' && at + 1 < s.len && s.ptr[at + 1] == '"')
			at++;
		text[len++] = s.ptr[at];
	}
	if (at >= s.len) {
		r->key->why = "a quote of its options is not closed";
		return 0;
	}
	r->rest = slice_sub(s, at + 1, SIZE_MAX);
	*ret_value = (struct slice){ .ptr = text, .len = len };
	return 0;
}

static bool take_flag(struct reader *r)
{
	for (size_t i = 0; i < countof(flags); i++) {
		bool         negated = flags[i].negates && begins_nocase(r->rest, "no-");
		struct slice name = slice_sub(r->rest, negated ? 3 : 0, SIZE_MAX);

		if (!begins_nocase(name, flags[i].name))
			continue;
		flags[i].set(r->key, !negated);
		r->rest = slice_sub(name, strlen(flags[i].name), SIZE_MAX);
		return true;
	}
	return false;
}

static int take_value(struct reader *r, struct error *err)
{
	struct slice value = { 0 };
	int          result;

	for (size_t i = 0; i < countof(values); i++) {
		if (!begins_nocase(r->rest, values[i].name))
			continue;
		r->rest = slice_sub(r->rest, strlen(values[i].name), SIZE_MAX);
		result = take_quoted(r, &value, err);
		if (result == 0 && !r->key->why)
			r->key->why = values[i].take(r, value);
		return result;
	}
	return 0;
}

/* Options are kept in an array that doubles. */
static int keep(struct reader *r, struct slice text, struct error *err)
{
	struct authorized_key *key = r->key;

	if ((key->noptions & (key->noptions - 1)) == 0) {
		struct slice *grown = arena_alloc(r->arena, (key->noptions ? 2 * key->noptions : 1) * sizeof(*grown));

		if (!grown)
			return error_nomem(err);
		if (key->noptions > 0)
			memcpy(grown, key->options, key->noptions * sizeof(*grown));
		key->options = grown;
	}
	key->options[key->noptions++] = text;
	return 0;
}

static bool at_end(const struct reader *r)
{
	return r->rest.len == 0 || r->rest.ptr[0] == ' ' || r->rest.ptr[0] == '\t';
}

static int take_option(struct reader *r, struct error *err)
{
	struct slice start = r->rest;
	int          result = take_flag(r) ? 0 : take_value(r, err);

	if (result < 0 || r->key->why)
		return result;
	if (!at_end(r) && r->rest.ptr[0] != ',') {
		r->key->why = "one of its options is not known to sshd";
		return 0;
	}
	start.len -= r->rest.len;
	if (start.len > 0)
		result = keep(r, start, err);
	if (result < 0 || at_end(r))
		return result;
	r->rest = slice_sub(r->rest, 1, SIZE_MAX);
	if (r->rest.len == 0 || r->key->noptions > MAX_OPTIONS)
		r->key->why = "its options end in a comma, or there are too many";
	return 0;
}

int authorized_options_parse(struct slice text, const struct authorized_clock *clock, struct arena *arena, struct authorized_key *key,
                             struct error *err)
{
	struct reader r = { .rest = text, .clock = clock, .arena = arena, .key = key };
	int           result = 0;

	while (result == 0 && !key->why && !at_end(&r))
		result = take_option(&r, err);
	return result;
}

#include "sshd_daemon.h"

#include "limit.h"
#include "sections.h"
#include "text.h"

#define MAX_TIME INT64_C(100000000000)

size_t sshd_daemon_find(const struct evidence *ev, struct sshd_daemon *ret_daemons)
{
	size_t n = 0;

	for (const struct section *s = evidence_find(ev, "sshd_config.daemon"); s && n < SSHD_DAEMONS_MAX; s = evidence_find_next(ev, s)) {
		struct slice file = section_arg(s, "file");

		if (section_arg(s, "daemon").len == 0)
			continue;
		ret_daemons[n++] = (struct sshd_daemon){
			.section = s, .number = section_arg(s, "daemon"), .file = file.len > 0 ? file : slice_of(SSHD_MAIN_FILE), .understood = section_is_whole(s)
		};
	}
	if (n == 0)
		ret_daemons[n++] = (struct sshd_daemon){ .file = slice_of(SSHD_MAIN_FILE), .understood = true };
	return n;
}

static bool is_about(const struct section *s, const struct sshd_daemon *daemon)
{
	struct slice number = section_arg(s, "daemon");

	return daemon->number.len > 0 ? slice_equal(number, daemon->number) : number.len == 0 || slice_is(number, "0");
}

const struct section *sshd_daemon_section(const struct evidence *ev, const struct sshd_daemon *daemon, const char *name, const struct section *previous)
{
	const struct section *s = previous ? evidence_find_next(ev, previous) : evidence_find(ev, name);

	while (s && !is_about(s, daemon))
		s = evidence_find_next(ev, s);
	return s;
}

/* The next argument off the body of the section. 1; 0 at the end; ERR_*. */
static int next_argument(struct slice *body, struct buf *argument, struct error *err)
{
	struct slice line;

	buf_clear(argument);
	if (!slice_next_line(body, &line, NULL) || line.len == 0)
		return 0;
	return text_percent_decode(argument, line, err) < 0 ? ERR_SYNTAX : 1;
}

int sshd_daemon_read_arguments(const struct sshd_daemon *daemon, struct sshd_config *config, struct error *err)
{
	struct slice body = daemon->section ? daemon->section->body : (struct slice){ 0 };
	struct buf   argument, value;
	struct error why;
	int          r = 0, more;

	buf_init(&argument, LIMIT_FACT_TEXT);
	buf_init(&value, LIMIT_FACT_TEXT);
	while (r == 0 && (more = next_argument(&body, &argument, &why)) != 0) {
		bool valued = argument.len == 2 && argument.ptr[0] == '-' && argument.ptr[1] != '4' && argument.ptr[1] != '6';

		if (more < 0 || argument.len != 2 || argument.ptr[0] != '-' || (valued && next_argument(&body, &value, &why) <= 0)) {
			sshd_config_add_gap(config, REASON_PARSE, "arguments of the daemon that are not understood");
			break;
		}
		r = sshd_config_read_option(config, argument.ptr[1], buf_slice(&value), err);
	}
	buf_free(&value);
	buf_free(&argument);
	return r;
}

int sshd_daemon_add_arguments(cJSON *item, const struct sshd_daemon *daemon, struct error *err)
{
	cJSON       *list = fact_add_array(item, "arguments");
	struct slice body = daemon->section ? daemon->section->body : (struct slice){ 0 };
	bool         usual = slice_is(daemon->file, SSHD_MAIN_FILE);
	struct buf   argument;
	struct error why;
	int          r = list ? 0 : error_nomem(err);

	buf_init(&argument, LIMIT_FACT_TEXT);
	if (r == 0 && !usual)
		r = fact_list_append(list, slice_of("-f"), err);
	if (r == 0 && !usual)
		r = fact_list_append(list, daemon->file, err);
	while (r == 0 && next_argument(&body, &argument, &why) > 0)
		r = fact_list_append(list, buf_slice(&argument), err);
	buf_free(&argument);
	return r;
}

bool sshd_daemon_serves(const struct sshd_daemon *daemon)
{
	return daemon->section && slice_is(section_arg(daemon->section, "serves"), "yes");
}

bool sshd_daemon_time(const struct section *section, const char *arg, int64_t *ret_time)
{
	uint64_t     value;
	struct error why;

	if (!section || text_parse_unsigned(section_arg(section, arg), 10, MAX_TIME, &value, &why) < 0)
		return false;
	*ret_time = (int64_t)value;
	return true;
}

bool sshd_daemon_started(const struct sshd_daemon *daemon, int64_t *ret_time)
{
	int64_t ticks, hertz, boot;

	if (!sshd_daemon_time(daemon->section, "ticks", &ticks) || !sshd_daemon_time(daemon->section, "hertz", &hertz) ||
	    !sshd_daemon_time(daemon->section, "boot", &boot) || hertz == 0 || boot == 0)
		return false;
	*ret_time = boot + ticks / hertz;
	return true;
}

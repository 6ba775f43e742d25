#include <sys/stat.h>

#include "scan_private.h"

#include "evidence.h"
#include "file.h"
#include "judge.h"
#include "limit.h"
#include "mem.h"
#include "text.h"

int talk_add_hex(struct evidence *ev, const char *name, const struct evidence_pair *args, size_t nargs, struct slice bytes, struct error *err)
{
	struct buf text;
	int        r;

	if (bytes.len == 0)
		return 0;
	buf_init(&text, LIMIT_KEXINIT * 2);
	r = text_hex_encode(&text, bytes, err);
	if (r == 0)
		r = evidence_add(ev, name, args, nargs, buf_slice(&text), err);
	buf_free(&text);
	return r;
}

/* Who logged in: nobody, for a probe. */
static const char *login(const struct scan *scan, const struct target *t)
{
	return scan->options->probe ? "" : t->user;
}

/* What the scanner knows itself joins what the target said. */
static int add_own_sections(const struct scan *scan, struct evidence *ev, const struct target *t, const struct outcome *o, struct error *err)
{
	char                       port[8];
	const struct evidence_pair target[] = { { "name", t->name }, { "address", o->address }, { "port", port }, { "user", login(scan, t) } };
	int                        r;

	snprintf(port, sizeof(port), "%u", t->port);
	r = evidence_add(ev, "scanner.target", target, countof(target), (struct slice){ 0 }, err);
	return r < 0 ? r : o->talk->kind->add_wire(o->talk, ev, err);
}

/* DIR/NAME.evidence; the name is percent-encoded, slashes and leading dots too, so that it stays one name in that folder. */
static int evidence_path(const char *dir, const char *name, struct buf *ret_path, struct error *err)
{
	int r = buf_printf(ret_path, err, "%s/", dir);

	if (r == 0 && name[0] == '.') {
		r = buf_append_text(ret_path, "%2E", err);
		name++;
	}
	for (; r == 0 && *name; name++)
		r = *name == '/' ? buf_append_text(ret_path, "%2F", err)
		                 : text_percent_encode(ret_path, (struct slice){ .ptr = name, .len = 1 }, err);
	return r < 0 ? r : buf_append_text(ret_path, ".evidence", err);
}

static int write_out(struct file_out *f, struct slice bytes, struct error *err)
{
	f->durable = false; /* the loop must not wait for the disk once per target */
	if (bytes.len > 0)
		(void)!fwrite(bytes.ptr, 1, bytes.len, f->stream); /* file_commit() asks whether all of it went */
	return file_commit(f, err);
}

/* For its owner only: evidence tells much about a host. */
static int save_evidence(const struct evidence *ev, const char *dir, const char *name, struct error *err)
{
	struct file_out file = { 0 };
	struct buf      bytes;
	struct buf      path;
	int             r;

	buf_init(&bytes, LIMIT_EVIDENCE * 4); /* room for what percent-encoding and hexadecimal add */
	buf_init(&path, PATH_MAX);
	r = evidence_write(ev, &bytes, err);
	if (r == 0)
		r = evidence_path(dir, name, &path, err);
	if (r == 0)
		r = file_create(&file, buf_text(&path), err);
	if (r == 0 && fchmod(fileno(file.stream), 0600) < 0)
		r = error_set(err, ERR_OUTPUT, "cannot keep '%s' from others: %s", buf_text(&path), strerror(errno));
	if (r == 0)
		r = write_out(&file, buf_slice(&bytes), err);
	file_discard(&file);
	buf_free(&bytes);
	buf_free(&path);
	return r;
}

/* Write the line of a target, whichever way it ended. ERR_OUTPUT and ERR_NOMEM. */
static int append(struct scan *scan, const struct outcome *o, const struct error *failure, const struct judgement *j, struct error *err)
{
	const struct scan_options  *options = scan->options;
	const struct target        *t = &options->inventory->targets[o->index];
	const struct journal_target line = {
		.index = o->index,
		.name = t->name,
		.address = o->address,
		.port = t->port,
		.user = login(scan, t),
		.error = failure ? failure->code : 0,
		.message = failure ? failure->text : NULL,
		.host_key = o->talk ? o->talk->kind->host_key_fingerprint(o->talk) : NULL,
		.duration_ms = o->duration_ms,
		.privileged = j && j->privileged,
		.os = j ? j->os : NULL,
		.openssh = j ? j->openssh : NULL,
		.findings = j ? &j->findings : NULL,
		.facts = j && options->facts ? j->facts : NULL,
	};

	return journal_append(options->journal, &line, err);
}

static int append_unscanned(struct scan *scan, const struct outcome *o, const struct error *failure, struct error *err)
{
	atomic_fetch_add(&scan->unscanned, 1);
	if (failure->code != ERR_CANCELLED)
		progress_log(scan, "sshvet: %s: %s: %s\n", scan->options->inventory->targets[o->index].name, error_code_name(failure->code),
		             failure->text);
	return append(scan, o, failure, NULL, err);
}

/* A failure to write is the scan's; anything else wrong with evidence is the target's. */
static int judge_and_append(struct scan *scan, const struct outcome *o, struct evidence *ev, struct error *err)
{
	const struct scan_options *options = scan->options;
	const struct target       *t = &options->inventory->targets[o->index];
	struct judgement           j = { 0 };
	int                        r = add_own_sections(scan, ev, t, o, err);

	if (r == 0 && options->evidence_dir)
		r = save_evidence(ev, options->evidence_dir, t->name, err);
	if (r == 0)
		r = judge_evidence(options->ruleset, options->lists, ev, &j, err);
	if (r == 0)
		r = append(scan, o, NULL, &j, err);
	if (r == 0 && options->verbose)
		progress_log(scan, "sshvet: %s: scanned in %" PRIu64 " ms%s\n", t->name, o->duration_ms,
		             evidence_is_complete(ev) ? "" : ", but the evidence broke off");
	judgement_fini(&j);
	return r;
}

static int record_scanned(struct scan *scan, const struct outcome *o, struct error *err)
{
	struct evidence *ev = NULL;
	struct error     failure = { 0 };
	int              r;

	if (o->talk->kind->evidence(o->talk, &ev, &failure) < 0)
		return append_unscanned(scan, o, &failure, err);
	r = judge_and_append(scan, o, ev, err);
	if (r == ERR_EVIDENCE_TOO_LARGE) {
		failure = *err;
		r = append_unscanned(scan, o, &failure, err);
	}
	evidence_free(ev);
	return r;
}

/* A fault of our own (memory, descriptors, a file that cannot be written) says nothing about the target and would meet the next one, too. */
static bool is_ours(const struct error *failure)
{
	return failure->code != 0 && error_exit_status(failure->code) == error_exit_status(ERR_INTERNAL);
}

void record(struct scan *scan, const struct outcome *o)
{
	struct error err = { 0 };
	int          r;

	if (is_ours(&o->failure))
		r = error_set(&err, o->failure.code, "%s: %s", scan->options->inventory->targets[o->index].name, o->failure.text);
	else if (o->failure.code == 0)
		r = record_scanned(scan, o, &err);
	else
		r = append_unscanned(scan, o, &o->failure, &err);
	atomic_fetch_add(&scan->done, 1);
	if (r < 0)
		scan_fail(scan, &err);
}

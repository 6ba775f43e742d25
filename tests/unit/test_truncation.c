/*
 * test_truncation.c: recorded evidence, cut at every byte and with every byte changed, is judged as usual: nothing
 * crashes (the tests are built with sanitizers), and no fault makes a verdict better.
 *
 * How "better" is told. A finding is known by its rule and subject. For a prefix of the evidence:
 *
 *   1. A finding that passes has passed with the whole evidence. (Or it is one that did, about a subject whose name was
 *      changed: the rule then has no more findings that pass than before.)
 *   2. A rule that had a finding with fail or error still has one: a failure must not vanish with its item.
 *
 * For evidence with one byte changed, the same holds but for one exception: the byte may spell another value, one that
 * complies ("6" for "2" in the mode of a file). That is allowed only where all of this is true:
 *
 *   3. The byte stands in the body of a section, never in a frame, and the module of the rule reads that section
 *      (`sections` below).
 *   4. The facts of that module differ from those of the whole evidence.
 *   5. For 1: the finding says that it found something else than before (`actual`).
 *
 * Each use of the exception is printed, so that a reader can see what was spelled.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check.h"
#include "evidence.h"
#include "file.h"
#include "judge.h"
#include "mem.h"

/* Which modules read a section, by the beginning of its name. */
static const struct {
	const char *prefix;
	const char *modules; /* with a blank behind each */
} sections[] = {
	{ "wire.", "ssh_protocol sshd_config " },
	{ "host.", "host " },
	{ "collector", "host " },
	{ "sshd_config.", "sshd_config key_permissions key_material " },
	{ "accounts.", "accounts sshd_config key_permissions key_material " },
	{ "keys.", "key_permissions key_material " },
	{ "key_material.", "key_material key_permissions " },
	{ "firewall.", "firewall " },
};

static struct ruleset *ruleset;

/* One evidence file: its bytes, which section's body each of them is in, and what it says whole. */
struct recording {
	struct buf       text;
	const char     **module; /* those that read the section of each byte; NULL in a frame */
	struct judgement whole;
	size_t           exceptions;
	size_t           better; /* faults that made something better; each is printed */
};

/* Judge a copy of some bytes. False when the stream as a whole is refused: then the target counts as not scanned. */
static bool judge_bytes(const char *bytes, size_t len, struct judgement *ret)
{
	struct evidence *ev;
	struct error     err;
	struct buf       copy;
	int              r;

	buf_init(&copy, 1u << 24);
	assert_int_equal(buf_append(&copy, bytes, len, &err), 0);
	r = evidence_parse(&copy, EVIDENCE_SAVED, &ev, &err);
	buf_free(&copy);
	if (r < 0) {
		assert_true(error_is_of_target(r));
		return false;
	}
	assert_int_equal(judge_evidence(ruleset, NULL, ev, ret, &err), 0);
	evidence_free(ev);
	return true;
}

static const char *modules_of_section(struct slice name)
{
	for (size_t i = 0; i < countof(sections); i++) {
		if (slice_has_prefix(name, sections[i].prefix))
			return sections[i].modules;
	}
	return NULL;
}

/* Mark the bodies: the lines between "<nonce> begin NAME" and "<nonce> end NAME", less the newline that is the frame's.
 */
static void mark_bodies(struct recording *rec)
{
	struct slice rest = buf_slice(&rec->text);
	struct slice nonce = slice_sub(rest, strlen("sshvet-evidence 1 "), 32);
	const char  *module = NULL;
	struct slice line;

	while (slice_next_line(&rest, &line, NULL)) {
		size_t       start = (size_t)(line.ptr - rec->text.ptr);
		struct slice word;

		if (line.len > nonce.len && slice_equal(slice_sub(line, 0, nonce.len), nonce)) {
			line = slice_sub(line, nonce.len, line.len);
			assert_true(slice_next_word(&line, &word));
			module = slice_is(word, "begin") && slice_next_word(&line, &word) ? modules_of_section(word) : NULL;
			if (start > 0)
				rec->module[start - 1] = NULL;
			continue;
		}
		for (size_t i = start; i <= start + line.len && i < rec->text.len; i++)
			rec->module[i] = module;
	}
}

static void load(const char *path, struct recording *rec)
{
	struct error err;

	*rec = (struct recording){ 0 };
	assert_int_equal(file_read(path, 1u << 24, FILE_ANY, &rec->text, &err), 0);
	rec->module = mem_zalloc(rec->text.len * sizeof(*rec->module));
	assert_non_null(rec->module);
	mark_bodies(rec);
	assert_true(judge_bytes(rec->text.ptr, rec->text.len, &rec->whole));
}

static void unload(struct recording *rec)
{
	buf_free(&rec->text);
	mem_free(rec->module);
	judgement_fini(&rec->whole);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static const struct finding *find(const struct findings *in, const struct finding *like)
{
	for (size_t i = 0; i < in->count; i++) {
		if (strcmp(in->items[i].rule, like->rule) == 0 && same_text(in->items[i].subject, like->subject))
			return &in->items[i];
	}
	return NULL;
}

static bool is_bad(const struct finding *f)
{
	return f->verdict == VERDICT_FAIL || f->verdict == VERDICT_ERROR;
}

static bool has_bad(const struct findings *in, const char *rule)
{
	for (size_t i = 0; i < in->count; i++) {
		if (is_bad(&in->items[i]) && strcmp(in->items[i].rule, rule) == 0)
			return true;
	}
	return false;
}

static size_t count_passes(const struct findings *in, const char *rule)
{
	size_t count = 0;

	for (size_t i = 0; i < in->count; i++)
		count += in->items[i].verdict == VERDICT_PASS && strcmp(in->items[i].rule, rule) == 0;
	return count;
}

/* Whether a finding that passes is one that passed before under another name. */
static bool is_renamed(const struct recording *rec, const struct judgement *j, const struct finding *before,
                       const struct finding *now)
{
	return !before && count_passes(&j->findings, now->rule) <= count_passes(&rec->whole.findings, now->rule);
}

static const char *module_of_rule(const char *id)
{
	for (size_t i = 0; i < ruleset_count(ruleset); i++) {
		if (strcmp(ruleset_rule(ruleset, i).id, id) == 0)
			return ruleset_rule(ruleset, i).module;
	}
	return "";
}

/* Whether the facts of a module are not those of the whole evidence. */
static bool facts_differ(const struct recording *rec, const struct judgement *j, const char *module)
{
	const char *member = check_find(module)->member;

	return !cJSON_Compare(cJSON_GetObjectItemCaseSensitive(rec->whole.facts, member),
	                      cJSON_GetObjectItemCaseSensitive(j->facts, member), true);
}

/* Whether a module is one of those that read the section of the changed byte; NULL for none, and for prefixes. */
static bool reads(const char *modules, const char *module)
{
	size_t      len = strlen(module);
	const char *at = modules;

	while (at && *at && !(strncmp(at, module, len) == 0 && at[len] == ' '))
		at = strchr(at, ' ') + 1;
	return at && *at;
}

/* Points 3 and 4 of the exception. `modules` are those of the changed byte. */
static bool may_differ(const struct recording *rec, const struct judgement *j, const char *rule, const char *modules)
{
	const char *module = module_of_rule(rule);

	return reads(modules, module) && facts_differ(rec, j, module);
}

/* Point 6 of the exception: every finding of the rule says that it does not speak of this host as the changed byte describes it. */
static bool is_of_another_host(const struct recording *rec, const struct judgement *j, const char *rule, const char *module)
{
	if (!reads(module, "host") || !facts_differ(rec, j, "host"))
		return false;
	for (size_t i = 0; i < j->findings.count; i++)
		if (strcmp(j->findings.items[i].rule, rule) == 0 && j->findings.items[i].verdict != VERDICT_NOT_APPLICABLE)
			return false;
	return true;
}

/* What a fault at byte `at` made better without being allowed to. */
static void complain(struct recording *rec, size_t at, const char *module, const char *rule, const char *what)
{
	print_message("byte %zu (%s): %s %s\n", at, module ? module : "frame or prefix", rule, what);
	rec->better++;
}

/* What another value made better. */
static void note(struct recording *rec, size_t at, const char *rule, const char *actual)
{
	print_message("byte %zu: %s finds another value%s%s\n", at, rule, actual ? ": " : "", actual ? actual : "");
	rec->exceptions++;
}

/* Point 1: everything that passes has passed before. */
static void check_passes(struct recording *rec, const struct judgement *j, size_t at, const char *module)
{
	for (size_t i = 0; i < j->findings.count; i++) {
		const struct finding *now = &j->findings.items[i];
		const struct finding *before = find(&rec->whole.findings, now);

		assert_int_not_equal(now->verdict, VERDICT_UNKNOWN);
		if (now->verdict != VERDICT_PASS || (before && before->verdict == VERDICT_PASS) || is_renamed(rec, j, before, now))
			continue;
		if (may_differ(rec, j, now->rule, module) && !(before && same_text(before->actual, now->actual)))
			note(rec, at, now->rule, now->actual);
		else
			complain(rec, at, module, now->rule, "passes");
	}
}

/* Point 2: a rule that failed or was in error is still one of both. */
static void check_failures(struct recording *rec, const struct judgement *j, size_t at, const char *module)
{
	const char *last = "";

	for (size_t i = 0; i < rec->whole.findings.count; i++) {
		const struct finding *before = &rec->whole.findings.items[i];

		if (!is_bad(before) || strcmp(before->rule, last) == 0)
			continue;
		last = before->rule;
		if (has_bad(&j->findings, before->rule))
			continue;
		if (may_differ(rec, j, before->rule, module) || is_of_another_host(rec, j, before->rule, module))
			note(rec, at, before->rule, NULL);
		else
			complain(rec, at, module, before->rule, "has no failure any more");
	}
}

static void check(struct recording *rec, const char *bytes, size_t len, size_t at, const char *module)
{
	struct judgement j = { 0 };

	if (!judge_bytes(bytes, len, &j))
		return;
	check_passes(rec, &j, at, module);
	check_failures(rec, &j, at, module);
	judgement_fini(&j);
}

static const char *const recordings[] = {
	TESTS_DIR "/cases/weak-sshd/evidence",
	TESTS_DIR "/cases/debian12-user/evidence",
	TESTS_DIR "/cases/iptables-nft/evidence",
};

static void test_every_prefix(void **state)
{
	struct recording rec;

	(void)state;
	load(recordings[0], &rec);
	for (size_t len = 0; len < rec.text.len; len++)
		check(&rec, rec.text.ptr, len, len, NULL);
	assert_int_equal(rec.better, 0);
	assert_int_equal(rec.exceptions, 0);
	print_message("%s: %zu prefixes\n", recordings[0], rec.text.len);
	unload(&rec);
}

/* Another digit or letter, another case, and a byte no text has. */
static const unsigned char flips[] = { 0x01, 0x20, 0x80 };

/* Every byte of the first recording; of the others each so many-th, or every one too with the argument --all. */
static size_t stride = 8;

static void test_every_changed_byte(void **state)
{
	size_t           better = 0;
	struct recording rec;

	(void)state;
	for (size_t i = 0; i < countof(recordings); i++) {
		load(recordings[i], &rec);
		for (size_t at = 0; at < rec.text.len; at += i == 0 ? 1 : stride) {
			char kept = rec.text.ptr[at];

			rec.text.ptr[at] = (char)(kept ^ (char)flips[(at + i) % countof(flips)]);
			check(&rec, rec.text.ptr, rec.text.len, at, rec.module[at]);
			rec.text.ptr[at] = kept;
		}
		print_message("%s: %zu changed bytes, %zu of another value that complies\n", recordings[i],
		              rec.text.len / (i == 0 ? 1 : stride), rec.exceptions);
		better += rec.better;
		unload(&rec);
	}
	assert_int_equal(better, 0);
}

static int load_rules(void **state)
{
	static struct ruleset_module modules[32];
	struct ruleset_options       options = { .profile = "strict", .modules = modules };
	struct error                 err;

	(void)state;
	for (; checks[options.nmodules]; options.nmodules++) {
		const struct check *c = checks[options.nmodules];

		modules[options.nmodules] = (struct ruleset_module){ c->name, c->member, c->facts, c->nfacts };
	}
	return ruleset_load(&options, &ruleset, &err);
}

static int free_rules(void **state)
{
	(void)state;
	ruleset_free(ruleset);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_every_changed_byte),
	};

	if (argc == 2 && strcmp(argv[1], "--all") == 0)
		stride = 1;
	return cmocka_run_group_tests(tests, load_rules, free_rules);
}

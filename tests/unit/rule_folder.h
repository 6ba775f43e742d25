/*
 * rule_folder.h: a rules folder made of texts, for as long as a test needs it.
 */
#ifndef SSHVET_TEST_RULE_FOLDER_H
#define SSHVET_TEST_RULE_FOLDER_H

#include <sys/stat.h>

#include "rule_specs.h"

#define PROFILE_ALL "name: baseline\ntitle: All\nselect: ['*']\n"

/* A table of algorithms as short as it may be. */
#define ALGORITHMS                                                                                                                  \
	"algorithms:\n"                                                                                                             \
	"  kex: {good-kex: {strength: good, post_quantum: true}, weak-kex: {strength: weak, reason: old}}\n"                        \
	"  host_key: {k: {strength: good}}\n"                                                                                       \
	"  cipher: {fine: {strength: acceptable, since: \"6.5\"}, bad: {strength: broken, reason: why}, gss-*: {strength: good}}\n" \
	"  mac: {fine: {strength: weak, reason: other}}\n"                                                                          \
	"  compression: {none: {strength: good}}\n"

struct rule_folder {
	char path[64];
};

static inline void folder_write(const struct rule_folder *f, const char *name, const char *text)
{
	char  path[200];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", f->path, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

static inline struct rule_folder folder_make(void)
{
	struct rule_folder f = { "/tmp/sshvet-rules-XXXXXX" };
	char               path[100];

	assert_non_null(mkdtemp(f.path));
	snprintf(path, sizeof(path), "%s/library", f.path);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/profiles", f.path);
	assert_int_equal(mkdir(path, 0755), 0);
	return f;
}

static inline void folder_remove(const struct rule_folder *f)
{
	static const char *const names[] = { "library/algorithms.yaml", "library/t.yaml", "library/u.yaml", "library/v.yml", "profiles/baseline.yaml",
		                             "profiles/other.yaml", "own.yaml", "library", "profiles", "" };
	char                     path[200];

	for (size_t i = 0; i < countof(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->path, names[i]);
		(void)remove(path);
	}
}

static inline int folder_load(const struct rule_folder *f, const char *profile, struct ruleset **ret_ruleset, struct error *err)
{
	const struct ruleset_options options = {
		.rules = f->path,
		.profile = profile,
		.modules = spec_modules,
		.nmodules = countof(spec_modules),
	};

	return ruleset_load(&options, ret_ruleset, err);
}

/* Load one rule file and one profile; NULL means PROFILE_ALL. */
static inline int load_texts(const char *rules, const char *profile, struct ruleset **ret_ruleset, struct error *err)
{
	struct rule_folder f = folder_make();
	int                r;

	folder_write(&f, "library/algorithms.yaml", ALGORITHMS);
	folder_write(&f, "library/t.yaml", rules);
	folder_write(&f, "profiles/baseline.yaml", profile ? profile : PROFILE_ALL);
	r = folder_load(&f, NULL, ret_ruleset, err);
	folder_remove(&f);
	return r;
}

/* A rule whose only content is its check, and what goes with it ("when: …\n"), as lines with two blanks before them. */
#define RULE(check) "- id: r\n  title: t\n  severity: low\n  module: sample\n  rationale: r\n  remediation: m\n  check: " check "\n"

#endif

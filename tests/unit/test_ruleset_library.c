/*
 * The rules that are part of the program: they load, their facts are the modules' own, a stock server gets what it deserves, and
 * registry, README and schema name the same operators.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "check.h"
#include "file.h"
#include "library.h"
#include "operators.h"
#include "ruleset.h"
#include "yaml.h"

static struct ruleset_module modules[16];
static size_t                nmodules;

static void find_modules(void)
{
	for (nmodules = 0; checks[nmodules] && nmodules < countof(modules); nmodules++) {
		const struct check *c = checks[nmodules];

		modules[nmodules] = (struct ruleset_module){ .name = c->name, .member = c->member, .facts = c->facts, .nfacts = c->nfacts };
	}
}

static struct ruleset *load(const char *profile)
{
	const struct ruleset_options options = { .profile = profile, .modules = modules, .nmodules = nmodules };
	struct error                 err = { 0 };
	struct ruleset              *rs = NULL;

	if (ruleset_load(&options, &rs, &err) < 0)
		fail_msg("%s", err.text);
	return rs;
}

static void check_same_tree(const struct yaml_node *a, const struct yaml_node *b)
{
	assert_int_equal(yaml_kind(a), yaml_kind(b));
	assert_int_equal(yaml_line(a), yaml_line(b));
	assert_int_equal(yaml_is_quoted(a), yaml_is_quoted(b));
	assert_int_equal(yaml_count(a), yaml_count(b));
	if (yaml_kind(a) == YAML_SCALAR)
		assert_string_equal(yaml_text(a), yaml_text(b));
	for (size_t i = 0; i < yaml_count(a); i++) {
		if (yaml_kind(a) == YAML_SEQUENCE) {
			check_same_tree(yaml_item(a, i), yaml_item(b, i));
		} else {
			check_same_tree(yaml_key(a, i), yaml_key(b, i));
			check_same_tree(yaml_value(a, i), yaml_value(b, i));
		}
	}
}

/* What the build made of each file is what the parser makes of it, places included. */
static void test_embedded(void **state)
{
	size_t count = 0;

	(void)state;
	for (const struct library_file *f = library_embedded; f->name; f++, count++) {
		struct error err = { 0 };
		struct yaml *file = NULL;
		struct buf   text;
		char         path[1000];
		char         ours[sizeof(err.text)];

		snprintf(path, sizeof(path), "%s/rules/%s", SOURCE_DIR, f->name);
		if (file_read(path, 1u << 22, FILE_ANY, &text, &err) < 0 || yaml_parse(buf_slice(&text), f->name, &file, &err) < 0)
			fail_msg("%s", err.text);
		check_same_tree(yaml_root(f->file), yaml_root(file));
		yaml_error(yaml_root(f->file), &err, "x");
		snprintf(ours, sizeof(ours), "%s", err.text);
		yaml_error(yaml_root(file), &err, "x");
		assert_string_equal(ours, err.text);
		yaml_free(file);
		buf_free(&text);
	}
	assert_in_range(count, 10, 1000);
}

static void count_profiles(const struct profile_info *profile, void *context)
{
	size_t *count = context;

	assert_in_range(profile->rules, 1, profile->all);
	++*count;
}

/* A run compiles only what its profile selects; here is where everything is compiled. */
static void test_all_are_right(void **state)
{
	const struct ruleset_options options = { .modules = modules, .nmodules = nmodules };
	struct error                 err = { 0 };
	size_t                       count = 0;

	(void)state;
	if (ruleset_profiles(&options, count_profiles, &count, &err) < 0)
		fail_msg("%s", err.text);
	assert_in_range(count, 10, 1000);
}

/* What a freshly installed Debian 12 gives, so far as the rules ask. */
static const char *stock;

static struct buf read_text(const char *name)
{
	struct error err;
	struct buf   text;
	char         path[1000];

	snprintf(path, sizeof(path), "%s/%s", SOURCE_DIR, name);
	if (file_read(path, 1u << 20, FILE_ANY, &text, &err) < 0)
		fail_msg("%s", err.text);
	return text;
}

static void test_texts(void **state)
{
	struct ruleset *rs = load("strict");
	const char     *before = "";

	(void)state;
	assert_string_equal(ruleset_profile(rs), "strict");
	assert_in_range(ruleset_count(rs), 25, 500);
	for (size_t i = 0; i < ruleset_count(rs); i++) {
		struct rule_info rule = ruleset_rule(rs, i);

		assert_true(strcmp(before, rule.id) < 0);
		before = rule.id;
		assert_true(rule.severity > SEVERITY_UNKNOWN && rule.severity < SEVERITY_COUNT);
		assert_true(strlen(rule.title) > 10 && rule.title[strlen(rule.title) - 1] != '.');
		assert_true(strlen(rule.rationale) > 30 && strlen(rule.remediation) > 30 && rule.expected[0] != '\0');
		assert_non_null(strstr(rule.file, "library/"));
		if (strcmp(rule.module, "sshd_config") == 0 && !strstr(rule.remediation, "\"sshd -t\""))
			fail_msg("%s: a change of sshd's configuration is checked before it is loaded", rule.id);
		for (size_t k = 0; k < rule.nremedies; k++) {
			static const char *const managers[] = { "ufw", "firewalld", "nftables", "iptables" };
			size_t                   m = 0;

			assert_string_equal(rule.remedies_by, "firewall.managers");
			while (m < countof(managers) && strcmp(managers[m], rule.remedies[k].value) != 0)
				m++;
			assert_true(m < countof(managers) && strchr(rule.remedies[k].text, '"'));
		}
	}
	ruleset_free(rs);
}

static void test_profiles_differ(void **state)
{
	struct ruleset *baseline = load(NULL);
	struct ruleset *strict = load("strict");

	(void)state;
	assert_string_equal(ruleset_profile(baseline), "baseline");
	assert_true(ruleset_count(baseline) < ruleset_count(strict));
	ruleset_free(baseline);
	ruleset_free(strict);
}

/* "rule subject" of every finding that is not a pass, one a line. */
static void assert_not_passed(const char *profile, const char *json, const char *expected)
{
	struct ruleset *rs = load(profile);
	struct error    err = { 0 };
	struct findings f = { 0 };
	cJSON          *facts = cJSON_Parse(json);
	char            text[8000] = "";
	size_t          used = 0;

	assert_non_null(facts);
	assert_int_equal(ruleset_evaluate(rs, facts, &f, &err), 0);
	for (size_t i = 0; i < f.count; i++)
		if (f.items[i].verdict != VERDICT_PASS)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s %s%s%s\n", verdict_name(f.items[i].verdict), f.items[i].rule,
			                         f.items[i].subject ? " " : "", f.items[i].subject ? f.items[i].subject : "");
	assert_string_equal(text, expected);
	findings_free(&f);
	cJSON_Delete(facts);
	ruleset_free(rs);
}

/* What does not pass on a stock server. Nothing fails whose remedy is in force, and what this release does not know is not asked of it. */
static const char stock_baseline[] =
	"not_applicable authorized-owner\n"
	"not_applicable cakey-ignored\n"
	"not_applicable cakey-strength\n"
	"fail firewall-active\n"
	"fail firewall-default-deny IPv4\n"
	"fail firewall-default-deny IPv6\n"
	"not_applicable firewall-established\n"
	"not_applicable firewall-firewalld-boot\n"
	"not_applicable firewall-firewalld-default-zone\n"
	"not_applicable firewall-firewalld-targets\n"
	"not_applicable firewall-forward-default-deny\n"
	"not_applicable firewall-iptables-alone\n"
	"not_applicable firewall-iptables-boot\n"
	"not_applicable firewall-ipv6\n"
	"not_applicable firewall-loopback-accepted\n"
	"not_applicable firewall-loopback-guard\n"
	"not_applicable firewall-nftables-boot\n"
	"not_applicable firewall-persistent\n"
	"not_applicable firewall-ufw-alone\n"
	"not_applicable firewall-ufw-boot\n"
	"not_applicable firewall-ufw-defaults\n"
	"not_applicable firewall-ufw-ipv6\n"
	"not_applicable hostkey-certificate\n"
	"not_applicable key-agent-socket\n"
	"not_applicable key-authorized-unused\n"
	"not_applicable key-command-program\n"
	"not_applicable key-host-certificate\n"
	"not_applicable key-host-other\n"
	"not_applicable key-host-rc\n"
	"not_applicable key-private-mode\n"
	"not_applicable key-private-writers\n"
	"not_applicable key-revoked-keys\n"
	"not_applicable key-rhosts\n"
	"not_applicable key-user-ca\n"
	"not_applicable key-user-client-files\n"
	"not_applicable key-user-environment\n"
	"not_applicable key-user-rc\n"
	"fail sshd-login-grace-time global\n"
	"fail sshd-max-auth-tries global\n"
	"fail sshd-password-authentication global\n"
	"not_applicable sshd-per-source-penalties\n"
	"fail sshd-x11-forwarding global\n";

static const char stock_strict[] =
	"not_applicable authorized-owner\n"
	"not_applicable cakey-ignored\n"
	"not_applicable cakey-strength\n"
	"fail firewall-active\n"
	"fail firewall-default-deny IPv4\n"
	"fail firewall-default-deny IPv6\n"
	"not_applicable firewall-established\n"
	"not_applicable firewall-firewalld-boot\n"
	"not_applicable firewall-firewalld-default-zone\n"
	"not_applicable firewall-firewalld-targets\n"
	"not_applicable firewall-forward-default-deny\n"
	"not_applicable firewall-iptables-alone\n"
	"not_applicable firewall-iptables-boot\n"
	"not_applicable firewall-ipv6\n"
	"not_applicable firewall-live-is-stored\n"
	"not_applicable firewall-logs\n"
	"not_applicable firewall-loopback-accepted\n"
	"not_applicable firewall-loopback-guard\n"
	"not_applicable firewall-nftables-base-chains\n"
	"not_applicable firewall-nftables-boot\n"
	"not_applicable firewall-output-default-deny\n"
	"not_applicable firewall-persistent\n"
	"not_applicable firewall-ports-by-rule\n"
	"fail firewall-ssh-limited tcp/22 ipv4 sshd\n"
	"fail firewall-ssh-limited tcp/22 ipv6 sshd\n"
	"fail firewall-ssh-sources tcp/22 ipv4 sshd\n"
	"fail firewall-ssh-sources tcp/22 ipv6 sshd\n"
	"not_applicable firewall-ufw-alone\n"
	"not_applicable firewall-ufw-boot\n"
	"not_applicable firewall-ufw-defaults\n"
	"not_applicable firewall-ufw-ipv6\n"
	"not_applicable hostkey-certificate\n"
	"not_applicable key-agent-socket\n"
	"not_applicable key-authorized-unused\n"
	"not_applicable key-command-program\n"
	"not_applicable key-host-certificate\n"
	"not_applicable key-host-other\n"
	"not_applicable key-host-rc\n"
	"not_applicable key-private-mode\n"
	"not_applicable key-private-writers\n"
	"not_applicable key-revoked-keys\n"
	"not_applicable key-rhosts\n"
	"fail key-sshd-config /etc/ssh/sshd_config\n"
	"not_applicable key-user-ca\n"
	"not_applicable key-user-client-files\n"
	"not_applicable key-user-environment\n"
	"not_applicable key-user-rc\n"
	"fail ssh-approved-macs\n"
	"fail ssh-identification-comment\n"
	"fail ssh-macs\n"
	"fail sshd-agent-forwarding global\n"
	"fail sshd-authorized-keys-file global\n"
	"fail sshd-banner global\n"
	"not_applicable sshd-channel-timeout\n"
	"fail sshd-client-alive global\n"
	"fail sshd-compression global\n"
	"fail sshd-disable-forwarding global\n"
	"fail sshd-ignore-user-known-hosts global\n"
	"fail sshd-limit-access global\n"
	"fail sshd-log-level global\n"
	"fail sshd-login-grace-time global\n"
	"fail sshd-max-auth-tries global\n"
	"fail sshd-max-startups global\n"
	"fail sshd-password-authentication global\n"
	"fail sshd-per-source-max-startups global\n"
	"fail sshd-per-source-net-block-size global\n"
	"not_applicable sshd-per-source-penalties\n"
	"not_applicable sshd-per-source-penalty-exempt\n"
	"fail sshd-permit-listen global\n"
	"fail sshd-permit-open global\n"
	"fail sshd-permit-root-login global\n"
	"fail sshd-permit-user-rc global\n"
	"fail sshd-pubkey-auth-options global\n"
	"not_applicable sshd-refuse-connection\n"
	"fail sshd-rekey-limit global\n"
	"fail sshd-required-rsa-size global\n"
	"fail sshd-stream-local-forwarding global\n"
	"fail sshd-tcp-forwarding global\n"
	"fail sshd-unused-connection-timeout global\n"
	"fail sshd-x11-forwarding global\n";

static void test_stock(void **state)
{
	(void)state;
	assert_not_passed("baseline", stock, stock_baseline);
	assert_not_passed("strict", stock, stock_strict);
}

/* Nothing known: nothing passes. */
static void test_nothing(void **state)
{
	static const char *const empty[] = { "{}", "{\"host\": {}, \"ssh_protocol\": {}, \"sshd_config\": {}, \"keys\": {}, \"firewall\": {}}",
		                             "{\"sshd_config\": {\"contexts\": []}, \"keys\": {\"files\": []}, \"firewall\": {\"input_default\": []}}" };

	(void)state;
	for (size_t i = 0; i < countof(empty); i++) {
		struct ruleset *rs = load("strict");
		cJSON          *facts = cJSON_Parse(empty[i]);
		struct error    err = { 0 };
		struct findings f = { 0 };

		assert_int_equal(ruleset_evaluate(rs, facts, &f, &err), 0);
		assert_int_equal(f.count, ruleset_count(rs));
		for (size_t j = 0; j < f.count; j++) {
			assert_int_equal(f.items[j].verdict, VERDICT_ERROR);
			assert_int_equal(strncmp(f.items[j].message, "missing: ", 9), 0);
		}
		findings_free(&f);
		cJSON_Delete(facts);
		ruleset_free(rs);
	}
}

static bool has_passed(const struct findings *f, const struct finding *like)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct finding *x = &f->items[i];

		if (x->verdict == VERDICT_PASS && x->rule && strcmp(x->rule, like->rule) == 0 && !x->subject == !like->subject &&
		    (!x->subject || strcmp(x->subject, like->subject) == 0))
			return true;
	}
	return false;
}

struct removal {
	struct ruleset *rs;
	const cJSON    *facts;
	struct findings before;
	size_t          done;
};

/* With one member gone, nothing may pass that did not pass before. */
static void check_removal(struct removal *r, const char *name)
{
	struct error    err = { 0 };
	struct findings f = { 0 };

	assert_int_equal(ruleset_evaluate(r->rs, r->facts, &f, &err), 0);
	for (size_t i = 0; i < f.count; i++)
		if (f.items[i].verdict == VERDICT_PASS && !has_passed(&r->before, &f.items[i]))
			fail_msg("%s passes without '%s'", f.items[i].rule, name);
	findings_free(&f);
	r->done++;
}

/* Names of items say what findings are called, not what they are. */
static bool is_label(const cJSON *member)
{
	return member->string && (strcmp(member->string, "subject") == 0 || strcmp(member->string, "where") == 0);
}

/* A member under another name is as good as gone. */
static void remove_members(struct removal *r, cJSON *json)
{
	static char gone[] = "-";
	cJSON      *member;

	cJSON_ArrayForEach(member, json) {
		char *name = member->string;

		if (is_label(member))
			continue;
		remove_members(r, member);
		if (!name)
			continue;
		member->string = gone;
		check_removal(r, name);
		member->string = name;
	}
}

static void test_removal(void **state)
{
	struct error   err = { 0 };
	cJSON         *facts = cJSON_Parse(stock);
	struct removal r = { .rs = load("strict"), .facts = facts };

	(void)state;
	assert_int_equal(ruleset_evaluate(r.rs, facts, &r.before, &err), 0);
	remove_members(&r, facts);
	assert_in_range(r.done, 60, 1000);
	findings_free(&r.before);
	cJSON_Delete(facts);
	ruleset_free(r.rs);
}

/* Everything a set of findings says, as one text. */
static void render(const struct findings *f, struct buf *b)
{
	struct error err;

	for (size_t i = 0; i < f->count; i++)
		assert_int_equal(buf_printf(b, &err, "%s|%d|%s|%s|%s|%s|%s\n", f->items[i].rule, (int)f->items[i].verdict, f->items[i].subject ? f->items[i].subject : "",
		                            f->items[i].expected, f->items[i].actual ? f->items[i].actual : "", f->items[i].where ? f->items[i].where : "",
		                            f->items[i].message ? f->items[i].message : ""),
		                 0);
}

/* Turn the members of every object round; lists and tables keep their order. */
static void reverse_members(cJSON *json)
{
	cJSON *item;

	cJSON_ArrayForEach(item, json)
		reverse_members(item);
	if (!cJSON_IsObject(json))
		return;
	for (int i = 1; i < cJSON_GetArraySize(json); i++)
		cJSON_InsertItemInArray(json, 0, cJSON_DetachItemFromArray(json, i));
}

static void test_same_facts_same_findings(void **state)
{
	struct buf texts[3];

	(void)state;
	for (size_t i = 0; i < countof(texts); i++) {
		struct ruleset *rs = load("strict");
		cJSON          *facts = cJSON_Parse(stock);
		struct error    err = { 0 };
		struct findings f = { 0 };

		if (i == 1)
			reverse_members(facts);
		buf_init(&texts[i], 1u << 20);
		assert_int_equal(ruleset_evaluate(rs, facts, &f, &err), 0);
		render(&f, &texts[i]);
		findings_free(&f);
		cJSON_Delete(facts);
		ruleset_free(rs);
	}
	assert_string_equal(texts[0].ptr, texts[1].ptr);
	assert_string_equal(texts[0].ptr, texts[2].ptr);
	for (size_t i = 0; i < countof(texts); i++)
		buf_free(&texts[i]);
}

/* The README's table: rows that begin with a name in backquotes, between the heading Operators and the next. */
static size_t count_rows(const char *readme)
{
	const char *p = strstr(readme, "\n## Operators\n");
	const char *end = p ? strstr(p + 1, "\n## ") : NULL;
	size_t      n = 0;

	while (end && (p = strstr(p + 1, "\n| `")) != NULL && p < end)
		n++;
	return n;
}

static void test_registry_readme_schema(void **state)
{
	struct buf readme = read_text("rules/README.md");
	struct buf schema = read_text("rules/rule.schema.json");
	cJSON     *json = cJSON_Parse(schema.ptr);
	cJSON     *questions = cJSON_GetObjectItem(cJSON_GetObjectItem(cJSON_GetObjectItem(json, "$defs"), "question"), "oneOf");

	(void)state;
	assert_int_equal(cJSON_GetArraySize(questions), operators_count);
	assert_int_equal(count_rows(readme.ptr), operators_count);
	for (size_t i = 0; i < operators_count; i++) {
		const struct rule_operator *op = &operators[i];
		const cJSON                *question = cJSON_GetArrayItem(questions, (int)i);
		char                        row[400];
		size_t                      used;
		bool                        first = true;

		assert_non_null(op->holds);
		assert_ptr_equal(operator_find(op->name), op);
		assert_true(cJSON_HasObjectItem(cJSON_GetObjectItem(question, "properties"), op->name));

		used = (size_t)snprintf(row, sizeof(row), "\n| `%s` | ", op->name);
		for (int type = FACT_TEXT; type <= FACT_TABLE && op->operand != OPERAND_EXISTENCE; type++) {
			if (!operator_accepts(op, (enum fact_type)type))
				continue;
			used += (size_t)snprintf(row + used, sizeof(row) - used, "%s%s", first ? "" : ", ", fact_type_name((enum fact_type)type));
			first = false;
		}
		snprintf(row + used, sizeof(row) - used, "%s |", first ? "any" : "");
		if (!strstr(readme.ptr, row))
			fail_msg("README.md has no row like this:%s", row);
	}
	cJSON_Delete(json);
	buf_free(&readme);
	buf_free(&schema);
}

/* The benchmark a profile is named after: "cis-debian12-l1" cites cis_debian12. False for a profile of our own. */
static bool find_benchmark(const char *profile, char *key, size_t size)
{
	static const char *const families[] = { "cis-", "stig-", "anssi-", "pci-" };
	bool                     named = false;
	char                    *level;

	for (size_t i = 0; i < countof(families); i++)
		named |= strncmp(profile, families[i], strlen(families[i])) == 0;
	snprintf(key, size, "%s", strncmp(profile, "anssi-", 6) == 0 ? "anssi" : profile);
	if ((level = strstr(key, "-l1")) != NULL || (level = strstr(key, "-l2")) != NULL)
		*level = '\0';
	for (char *p = key; *p; p++)
		if (*p == '-')
			*p = '_';
	return named;
}

struct profiles_seen {
	size_t count;
	size_t benchmarks;
	size_t strict; /* rules */
};

/* Every rule of a benchmark's profile cites that benchmark. */
static void check_profile(const struct profile_info *profile, void *context)
{
	struct profiles_seen *seen = context;
	struct ruleset       *rs = load(profile->name);
	char                  key[100];
	bool                  benchmark = find_benchmark(profile->name, key, sizeof(key));

	seen->count++;
	seen->benchmarks += benchmark;
	if (strcmp(profile->name, "strict") == 0)
		seen->strict = profile->rules;
	assert_int_equal(ruleset_count(rs), profile->rules);
	for (size_t i = 0; benchmark && i < ruleset_count(rs); i++)
		if (!cJSON_HasObjectItem(ruleset_rule(rs, i).references, key))
			fail_msg("%s selects %s, which does not cite %s", profile->name, ruleset_rule(rs, i).id, key);
	ruleset_free(rs);
}

static void test_every_profile(void **state)
{
	const struct ruleset_options options = { .modules = modules, .nmodules = nmodules };
	struct ruleset              *rs = load("strict");
	struct profiles_seen         seen = { 0 };
	struct error                 err = { 0 };

	(void)state;
	assert_int_equal(ruleset_profiles(&options, check_profile, &seen, &err), 0);
	assert_int_equal(seen.count, seen.benchmarks + 2);
	assert_in_range(seen.benchmarks, 20, 100);
	assert_int_equal(seen.strict, ruleset_count(rs));
	assert_in_range(seen.strict, 70, 500);
	ruleset_free(rs);
}

static bool has_rule(const struct ruleset *rs, const char *id)
{
	for (size_t i = 0; i < ruleset_count(rs); i++)
		if (strcmp(ruleset_rule(rs, i).id, id) == 0)
			return true;
	return false;
}

/* Rules that are there, or a reason. */
static void check_item(const struct ruleset *rs, const struct yaml_node *root, const char *item)
{
	const struct yaml_node *covered = yaml_get(yaml_get(root, "covered"), item);
	const struct yaml_node *reason = yaml_get(yaml_get(root, "not_covered"), item);

	if (!covered == !reason)
		fail_msg("'%s' must be in one of the lists of rules/coverage.yaml, 'covered' or 'not_covered'", item);
	if (reason)
		assert_true(strlen(yaml_text(reason)) > 10);
	else
		assert_in_range(yaml_count(covered), 1, 20);
	for (size_t i = 0; covered && i < yaml_count(covered); i++)
		if (!has_rule(rs, yaml_text(yaml_item(covered, i))))
			fail_msg("rules/coverage.yaml: there is no rule '%s'", yaml_text(yaml_item(covered, i)));
}

static void test_benchmark_items(void **state)
{
	struct buf              text = read_text("rules/coverage.yaml"), names = read_text("tests/data/benchmark_items.txt");
	struct slice            rest = buf_slice(&names), line;
	struct ruleset         *rs = load("strict");
	struct error            err = { 0 };
	const struct yaml_node *root;
	struct yaml            *yaml;
	size_t                  n = 0;

	(void)state;
	if (yaml_parse(buf_slice(&text), "rules/coverage.yaml", &yaml, &err) < 0)
		fail_msg("%s", err.text);
	root = yaml_root(yaml);
	while (slice_next_line(&rest, &line, NULL)) {
		char item[100];

		assert_in_range(line.len, 1, sizeof(item) - 1);
		snprintf(item, sizeof(item), "%.*s", (int)line.len, line.ptr);
		check_item(rs, root, item);
		n++;
	}
	assert_in_range(n, 80, 1000);
	assert_int_equal(yaml_count(yaml_get(root, "covered")) + yaml_count(yaml_get(root, "not_covered")), n);
	yaml_free(yaml);
	ruleset_free(rs);
	buf_free(&text);
	buf_free(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_embedded),
		cmocka_unit_test(test_all_are_right),
		cmocka_unit_test(test_profiles_differ),
		cmocka_unit_test(test_stock),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_removal),
		cmocka_unit_test(test_same_facts_same_findings),
		cmocka_unit_test(test_registry_readme_schema),
		cmocka_unit_test(test_every_profile),
		cmocka_unit_test(test_benchmark_items),
	};
	struct buf text = read_text("tests/data/stock_debian12.json");
	int        failed;

	find_modules();
	stock = text.ptr;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	buf_free(&text);
	return failed;
}

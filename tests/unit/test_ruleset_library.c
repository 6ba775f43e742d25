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
#include "operators.h"
#include "ruleset.h"

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

/* What a freshly installed Debian 12 gives, so far as the rules ask. */
static const char stock[] =
	"{\"host\": {\"os_id\": \"debian\", \"os_version\": \"12\", \"openssh_version\": \"9.2p1\"},"
	"\"ssh_protocol\": {\"protocol\": \"2.0\", \"strict_kex\": true, \"terrapin_pairs\": [], \"post_quantum_kex_offered\": true, \"host_key_type\": \"ssh-rsa\", \"host_key_bits\": 3072,"
	"\"kex_algorithms\": [\"sntrup761x25519-sha512@openssh.com\", \"curve25519-sha256\", \"curve25519-sha256@libssh.org\", \"ecdh-sha2-nistp256\","
	"\"ecdh-sha2-nistp384\", \"ecdh-sha2-nistp521\", \"diffie-hellman-group-exchange-sha256\", \"diffie-hellman-group16-sha512\","
	"\"diffie-hellman-group18-sha512\", \"diffie-hellman-group14-sha256\"],"
	"\"host_key_algorithms\": [\"rsa-sha2-512\", \"rsa-sha2-256\", \"ecdsa-sha2-nistp256\", \"ssh-ed25519\"],"
	"\"ciphers_client_to_server\": [\"chacha20-poly1305@openssh.com\", \"aes128-ctr\", \"aes192-ctr\", \"aes256-ctr\", \"aes128-gcm@openssh.com\", \"aes256-gcm@openssh.com\"],"
	"\"ciphers_server_to_client\": [\"chacha20-poly1305@openssh.com\", \"aes128-ctr\", \"aes192-ctr\", \"aes256-ctr\", \"aes128-gcm@openssh.com\", \"aes256-gcm@openssh.com\"],"
	"\"macs_client_to_server\": [\"umac-64-etm@openssh.com\", \"umac-128-etm@openssh.com\", \"hmac-sha2-256-etm@openssh.com\", \"hmac-sha2-512-etm@openssh.com\","
	"\"hmac-sha1-etm@openssh.com\", \"umac-64@openssh.com\", \"umac-128@openssh.com\", \"hmac-sha2-256\", \"hmac-sha2-512\", \"hmac-sha1\"],"
	"\"macs_server_to_client\": [\"umac-64-etm@openssh.com\", \"umac-128-etm@openssh.com\", \"hmac-sha2-256-etm@openssh.com\", \"hmac-sha2-512-etm@openssh.com\","
	"\"hmac-sha1-etm@openssh.com\", \"umac-64@openssh.com\", \"umac-128@openssh.com\", \"hmac-sha2-256\", \"hmac-sha2-512\", \"hmac-sha1\"],"
	"\"compression_client_to_server\": [\"none\", \"zlib@openssh.com\"], \"compression_server_to_client\": [\"none\", \"zlib@openssh.com\"]},"
	"\"sshd_config\": {\"contexts\": [{\"subject\": \"global\", \"permitrootlogin\": \"without-password\", \"passwordauthentication\": \"yes\","
	"\"kbdinteractiveauthentication\": \"no\", \"authenticationmethods\": [\"any\"], \"permitemptypasswords\": \"no\", \"pubkeyauthentication\": \"yes\", \"maxauthtries\": 6,"
	"\"maxsessions\": 10, \"maxstartups\": \"10:30:100\", \"logingracetime\": 120, \"hostbasedauthentication\": \"no\", \"ignorerhosts\": \"yes\","
	"\"permituserenvironment\": \"no\", \"strictmodes\": \"yes\", \"usepam\": \"yes\", \"x11forwarding\": \"yes\", \"disableforwarding\": \"no\","
	"\"allowtcpforwarding\": \"yes\", \"allowagentforwarding\": \"yes\", \"loglevel\": \"INFO\", \"clientaliveinterval\": 0, \"clientalivecountmax\": 3,"
	"\"banner\": \"none\", \"allowusers\": [], \"allowgroups\": [], \"denyusers\": [], \"denygroups\": [],"
	"\"where\": {\"x11forwarding\": \"/etc/ssh/sshd_config:90\"}}]},"
	"\"keys\": {\"files\": [{\"subject\": \"/etc/ssh/ssh_host_rsa_key\", \"kind\": \"host_private_key\", \"mode\": \"0600\", \"owner\": \"root\", \"group\": \"root\"},"
	"{\"subject\": \"/etc/ssh/ssh_host_rsa_key.pub\", \"kind\": \"host_public_key\", \"mode\": \"0644\", \"owner\": \"root\", \"group\": \"root\"},"
	"{\"subject\": \"/etc/ssh/sshd_config\", \"kind\": \"sshd_config\", \"mode\": \"0644\", \"owner\": \"root\", \"group\": \"root\"},"
	"{\"subject\": \"/etc/ssh/sshd_config.d\", \"kind\": \"sshd_config_directory\", \"mode\": \"0755\", \"owner\": \"root\", \"group\": \"root\"},"
	"{\"subject\": \"/etc/ssh\", \"kind\": \"ssh_directory\", \"mode\": \"0755\", \"owner\": \"root\", \"group\": \"root\"},"
	"{\"subject\": \"/home/a/.ssh\", \"kind\": \"login_ssh_directory\", \"mode\": \"0700\", \"owner\": \"a\", \"group\": \"a\"},"
	"{\"subject\": \"/home/a/.ssh/authorized_keys\", \"kind\": \"login_authorized_keys\", \"mode\": \"0600\", \"owner\": \"a\", \"group\": \"a\"}]},"
	"\"firewall\": {\"backends\": [], \"manager\": \"none\", \"active\": false, \"input_default\": [{\"subject\": \"IPv4\", \"verdict\": \"accept\", \"where\": \"no ruleset is loaded\"},"
	"{\"subject\": \"IPv6\", \"verdict\": \"accept\"}]}}";

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

static void test_stock(void **state)
{
	(void)state;
	assert_not_passed("baseline", stock,
	                  "fail firewall-active\n"
	                  "fail firewall-default-deny IPv4\n"
	                  "fail firewall-default-deny IPv6\n"
	                  "fail sshd-login-grace-time global\n"
	                  "fail sshd-max-auth-tries global\n"
	                  "fail sshd-password-authentication global\n"
	                  "fail sshd-x11-forwarding global\n");
	assert_not_passed("strict", stock,
	                  "fail firewall-active\n"
	                  "fail firewall-default-deny IPv4\n"
	                  "fail firewall-default-deny IPv6\n"
	                  "fail key-sshd-config /etc/ssh/sshd_config\n"
	                  "fail ssh-macs\n"
	                  "fail sshd-agent-forwarding global\n"
	                  "fail sshd-banner global\n"
	                  "fail sshd-client-alive global\n"
	                  "fail sshd-limit-access global\n"
	                  "fail sshd-log-level global\n"
	                  "fail sshd-login-grace-time global\n"
	                  "fail sshd-max-auth-tries global\n"
	                  "fail sshd-max-startups global\n"
	                  "fail sshd-password-authentication global\n"
	                  "fail sshd-permit-root-login global\n"
	                  "fail sshd-tcp-forwarding global\n"
	                  "fail sshd-x11-forwarding global\n");
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

static struct buf read_text(const char *name)
{
	struct error err;
	struct buf   text;
	char         path[1000];

	snprintf(path, sizeof(path), "%s/rules/%s", SOURCE_DIR, name);
	if (file_read(path, 1u << 20, FILE_ANY, &text, &err) < 0)
		fail_msg("%s", err.text);
	return text;
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
	struct buf readme = read_text("README.md");
	struct buf schema = read_text("rule.schema.json");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_profiles_differ),
		cmocka_unit_test(test_stock),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_removal),
		cmocka_unit_test(test_same_facts_same_findings),
		cmocka_unit_test(test_registry_readme_schema),
	};

	find_modules();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

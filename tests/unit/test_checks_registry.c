/* The registry of check modules is consistent, and the collector is what was assembled. */
#include "checks_case.h"

static bool is_name(struct slice s)
{
	if (s.len == 0 || !islower((unsigned char)s.ptr[0]))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!islower((unsigned char)s.ptr[i]) && !isdigit((unsigned char)s.ptr[i]) && s.ptr[i] != '_')
			return false;
	return true;
}

static void modules_are_whole_and_unique(void **state)
{
	(void)state;
	for (size_t i = 0; checks[i]; i++) {
		assert_non_null(checks[i]->name);
		assert_true(is_name(slice_of(checks[i]->name)));
		assert_true(is_name(slice_of(checks[i]->member)));
		assert_non_null(checks[i]->summary);
		assert_non_null(checks[i]->facts);
		assert_true(checks[i]->nfacts > 0);
		assert_true(checks[i]->extract != NULL);
		assert_ptr_equal(check_find(checks[i]->name), checks[i]);
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(checks[i]->name, checks[j]->name);
			assert_string_not_equal(checks[i]->member, checks[j]->member);
		}
	}
	assert_null(check_find("no_such_module"));
}

/* "member.name" or "member.table[].name", with the table declared before. */
static void fact_is_well_formed(const struct check *check, size_t n)
{
	const struct fact_spec *spec = &check->facts[n];
	struct slice            rest = slice_of(spec->name), step;
	size_t                  steps = 0;

	assert_true(slice_next(&rest, '.', &step));
	assert_true(slice_is(step, check->member));
	while (slice_next(&rest, '.', &step)) {
		bool table = step.len > 2 && memcmp(step.ptr + step.len - 2, "[]", 2) == 0;

		if (table)
			step.len -= 2;
		assert_true(is_name(step));
		assert_int_equal(table, rest.len > 0);
		steps++;
	}
	assert_in_range(steps, 1, 3); /* a table may be in the items of another */
	assert_in_range(spec->type, FACT_TEXT, FACT_TABLE);
	assert_true(spec->summary && strlen(spec->summary) > 3);
	assert_true(!spec->unit || strlen(spec->unit) > 0);
	for (size_t i = 0; i < n; i++)
		assert_string_not_equal(spec->name, check->facts[i].name);
}

/* The table of "a.b[].c" is declared as "a.b", the one of "a.b[].c[].d" as "a.b[].c". */
static bool table_is_declared(const struct check *check, const char *name)
{
	const char *last = strstr(name, "[]");
	size_t      n;

	while (last && strstr(last + 1, "[]"))
		last = strstr(last + 1, "[]");
	n = last ? (size_t)(last - name) : 0;
	for (size_t i = 0; last && i < check->nfacts; i++)
		if (check->facts[i].type == FACT_TABLE && strlen(check->facts[i].name) == n && strncmp(check->facts[i].name, name, n) == 0)
			return true;
	return !last;
}

static void facts_are_well_formed(void **state)
{
	(void)state;
	for (size_t i = 0; checks[i]; i++)
		for (size_t j = 0; j < checks[i]->nfacts; j++) {
			fact_is_well_formed(checks[i], j);
			assert_true(table_is_declared(checks[i], checks[i]->facts[j].name));
		}
}

/* Every member of what a module gives is declared, with the type it has. */
static void check_member(const struct check *check, const char *prefix, const cJSON *value)
{
	static const int types[] = { [FACT_TEXT] = cJSON_String, [FACT_INTEGER] = cJSON_Number, [FACT_MODE] = cJSON_String, [FACT_LIST] = cJSON_Array, [FACT_TABLE] = cJSON_Array };
	char             name[256];

	if (strcmp(value->string, "unavailable") == 0 || strcmp(value->string, "where") == 0)
		return;
	snprintf(name, sizeof(name), "%s.%s", prefix, value->string);
	for (size_t i = 0; i < check->nfacts; i++) {
		enum fact_type type = check->facts[i].type;

		if (strcmp(check->facts[i].name, name) == 0) {
			assert_true(type == FACT_BOOLEAN ? cJSON_IsBool(value) : (value->type & 0xff) == types[type]);
			return;
		}
	}
	fail_msg("%s is not declared", name);
}

static void what_is_given_is_declared(void **state)
{
	static const char evidence[] = CASE_ROOT "[host.uname]\nLinux 6.1 x86_64\n[/0]\n"
						 "[sshd_config.dump command=sshd%20-T]\nport 22\nciphers a,b\nlogingracetime 120\n[/0]\n"
						 "[sshd_config.file path=/etc/ssh/sshd_config]\nMatch User x\nBanner none\n[/0]\n"
						 "[keys.file path=/etc/ssh kind=ssh_directory tool=stat]\n41ed 0 0 root:root\n\n[/0]\n[keys.done]\n\n[/0]\n"
						 "[firewall.kernel]\nsystem Linux\nnf_tables no\nip_tables absent\nip6_tables absent\nipv6 yes\n[/0]\n[firewall.done]\n\n[/0]\n";
	cJSON            *facts = case_facts(slice_of(evidence));
	const cJSON      *value, *item, *member;
	char              prefix[128];

	(void)state;
	for (size_t i = 0; checks[i]; i++) {
		const cJSON *module = cJSON_GetObjectItemCaseSensitive(facts, checks[i]->member);

		assert_non_null(module);
		cJSON_ArrayForEach(value, module) {
			check_member(checks[i], checks[i]->member, value);
			snprintf(prefix, sizeof(prefix), "%s.%s[]", checks[i]->member, value->string);
			cJSON_ArrayForEach(item, value)
				if (cJSON_IsObject(item) && strcmp(value->string, "unavailable") != 0)
					cJSON_ArrayForEach(member, item)
						check_member(checks[i], prefix, member);
		}
	}
	cJSON_Delete(facts);
	(void)state;
}

static void nothing_gives_reasons_only(void **state)
{
	cJSON       *facts = case_facts(slice_of(""));
	const cJSON *module;

	(void)state;
	cJSON_ArrayForEach(module, facts) {
		assert_int_equal(cJSON_GetArraySize(module), 1);
		assert_string_equal(module->child->string, "unavailable");
		assert_true(cJSON_GetArraySize(module->child) > 0);
	}
	cJSON_Delete(facts);
}

static void collector_is_embedded(void **state)
{
	(void)state;
	assert_int_equal(strlen(collector_script), collector_size);
	assert_true(slice_has_prefix(slice_of(collector_script), "#!/bin/sh\n# sshvet collector " SSHVET_VERSION ":"));
	assert_non_null(strstr(collector_script, "firewall.kernel"));
	assert_null(strchr(collector_script, '@') == NULL ? NULL : strstr(collector_script, "@BODY@"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modules_are_whole_and_unique),
		cmocka_unit_test(facts_are_well_formed),
		cmocka_unit_test(what_is_given_is_declared),
		cmocka_unit_test(nothing_gives_reasons_only),
		cmocka_unit_test(collector_is_embedded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

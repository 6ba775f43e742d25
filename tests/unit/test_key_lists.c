/* Lists of keys: every form of an entry, mistakes with their place, and what they say of facts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/stat.h>

#include <cmocka.h>

#include "base.h"
#include "key_lists.h"

#define KEY   "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0VnCHcQZZ0dbhyfN0vFo7Fq7VX3PqRk0cNx8l7N2hv"
#define PRINT "SHA256:abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
#define MD5   "MD5:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff"

static char path[64];

static const char *list_of(const char *text)
{
	int fd;

	snprintf(path, sizeof(path), "/tmp/sshvet-lists.XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	return path;
}

static const struct {
	const char *text;
	const char *complaint; /* NULL: it is taken */
} allowed[] = {
	{ "# nothing\n\n", NULL },
	{ PRINT " anna\n" MD5 " bert\r\n  " KEY " carl of example\n", NULL },
	{ "\n" PRINT "\n", ":2: a key without an owner" },
	{ KEY "\n", ":1: a key without an owner" },
	{ "SHA256:short anna\n", ":1: not a fingerprint" },
	{ "anna\n", ":1: not a fingerprint" },
	{ "no-pty " KEY " anna\n", ":1: not a fingerprint" },
	{ "0123456789abcdef0123 anna\n", NULL },
	{ "0123456789abcdef012 anna\n", ":1: not a fingerprint" },
};

static void files_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(allowed); i++) {
		struct key_lists *lists;
		struct error      err = { 0 };
		int               r;

		assert_int_equal(key_lists_new(&lists, &err), 0);
		r = key_lists_allow(lists, list_of(allowed[i].text), &err);
		unlink(path);
		assert_int_equal(r, allowed[i].complaint ? ERR_SYNTAX : 0);
		if (allowed[i].complaint && (!strstr(err.text, allowed[i].complaint) || strncmp(err.text, path, strlen(path)) != 0))
			fail_msg("%s", err.text);
		key_lists_free(lists);
	}
}

static void loose_files_are_refused(void **state)
{
	struct key_lists *lists;
	struct error      err = { 0 };

	(void)state;
	assert_int_equal(key_lists_new(&lists, &err), 0);
	chmod(list_of(PRINT " anna\n"), 0666);
	assert_int_equal(key_lists_block(lists, path, &err), ERR_SYNTAX);
	unlink(path);
	assert_int_equal(key_lists_block(lists, path, &err), ERR_NOT_FOUND);
	key_lists_free(lists);
}

static const char *said(const cJSON *facts, const char *table, int row, const char *name)
{
	const cJSON *item = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(facts, "key_material"), table), row);
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(item, name);

	return !value ? "-" : cJSON_IsTrue(value) ? "yes"
	              : cJSON_IsFalse(value)      ? "no"
	                                          : cJSON_GetStringValue(value);
}

static void facts_are_told(void **state)
{
	cJSON            *facts = cJSON_Parse("{\"key_material\": {\"authorized\": ["
	                                                 "{\"fingerprint\": \"" PRINT "\"},"
	                                                 "{\"fingerprint\": \"SHA256:1M4RzhMyWuFS/86uPY/ce2prh/dVTHW7iD2RhpquOZA\", \"md5\": \"" MD5 "\"},"
	                                                 "{\"state\": \"ignored\"}],"
	                                                 "\"host\": [{\"fingerprint\": \"SHA256:x\", \"md5\": \"MD5:ff:ff:ff:ff:ff:ff:66:77:88:99:aa:bb:cc:dd:ee:ff\"}]}}");
	struct key_lists *lists;
	struct error      err = { 0 };

	(void)state;
	assert_int_equal(key_lists_new(&lists, &err), 0);
	assert_int_equal(key_lists_allow(lists, list_of(PRINT " anna\n"), &err), 0);
	unlink(path);
	assert_int_equal(key_lists_block(lists, list_of("66778899aabbccddeeff weak\n"), &err), 0);
	unlink(path);
	assert_int_equal(key_lists_annotate(lists, facts, &err), 0);
	assert_string_equal(said(facts, "authorized", 0, "published"), "no");
	assert_string_equal(said(facts, "authorized", 0, "allowed"), "yes");
	assert_string_equal(said(facts, "authorized", 0, "owner"), "anna");
	assert_string_equal(said(facts, "authorized", 1, "published"), "yes");
	assert_non_null(strstr(said(facts, "authorized", 1, "published_as"), "Vagrant"));
	assert_string_equal(said(facts, "authorized", 1, "allowed"), "no");
	assert_string_equal(said(facts, "authorized", 2, "published"), "-");
	assert_string_equal(said(facts, "host", 0, "published"), "yes");
	assert_string_equal(said(facts, "host", 0, "published_as"), "weak");
	assert_string_equal(said(facts, "host", 0, "allowed"), "-");
	assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(facts, "key_material"), "allow_list")));
	key_lists_free(lists);
	cJSON_Delete(facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(files_are_read), cmocka_unit_test(loose_files_are_refused), cmocka_unit_test(facts_are_told) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

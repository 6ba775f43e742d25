/*
 * test_inventory.c: targets as operators write them, and inventories as files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "inventory.h"

static const struct inventory_defaults defaults = { .user = "me", .port = 22 };

struct row {
	const char *text;
	const char *name; /* NULL: refused, and `reason` is part of the message */
	const char *host;
	const char *user;
	unsigned    port;
	const char *reason;
};

static const struct row rows[] = {
	{ "web1", "web1", "web1", "me", 22, NULL },
	{ "web1:2222", "web1:2222", "web1", "me", 2222, NULL },
	{ "root@web1", "web1", "web1", "root", 22, NULL },
	{ "root@web1:1", "web1:1", "web1", "root", 1, NULL },
	{ "joe@corp.example@web1", "web1", "web1", "joe@corp.example", 22, NULL },
	{ "web_1.example.org.", "web_1.example.org.", "web_1.example.org.", "me", 22, NULL },
	{ "192.0.2.7", "192.0.2.7", "192.0.2.7", "me", 22, NULL },
	{ "192.0.2.7:65535", "192.0.2.7:65535", "192.0.2.7", "me", 65535, NULL },
	{ "4u.example", "4u.example", "4u.example", "me", 22, NULL },
	{ "::1", "::1", "::1", "me", 22, NULL },
	{ "[::1]", "::1", "::1", "me", 22, NULL },
	{ "a@[2001:db8::7]:2222", "[2001:db8::7]:2222", "2001:db8::7", "a", 2222, NULL },
	{ "fe80::1%eth0", "fe80::1%eth0", "fe80::1%eth0", "me", 22, NULL },
	{ "[fe80::1%eth0.5]:22", "[fe80::1%eth0.5]:22", "fe80::1%eth0.5", "me", 22, NULL },
	{ "::ffff:192.0.2.7", "::ffff:192.0.2.7", "::ffff:192.0.2.7", "me", 22, NULL },
	{ "ssh://web1", "web1", "web1", "me", 22, NULL },
	{ "ssh://a@web1:2222/", "web1:2222", "web1", "a", 2222, NULL },
	{ "ssh://[::1]:2222", "[::1]:2222", "::1", "me", 2222, NULL },

	{ "", NULL, NULL, NULL, 0, "the host is missing" },
	{ "@web1", NULL, NULL, NULL, 0, "the user is missing" },
	{ "root@", NULL, NULL, NULL, 0, "the host is missing" },
	{ "web1:", NULL, NULL, NULL, 0, "from 1 to 65535" },
	{ "web1:0", NULL, NULL, NULL, 0, "from 1 to 65535" },
	{ "web1:65536", NULL, NULL, NULL, 0, "from 1 to 65535" },
	{ "web1:-1", NULL, NULL, NULL, 0, "from 1 to 65535" },
	{ "web1:ssh", NULL, NULL, NULL, 0, "from 1 to 65535" },
	{ "web1:99999999999999999999", NULL, NULL, NULL, 0, "from 1 to 65535" },
	{ ":22", NULL, NULL, NULL, 0, "the host is missing" },
	{ "-oProxyCommand=x", NULL, NULL, NULL, 0, "cannot begin with '-'" },
	{ "-l@web1", NULL, NULL, NULL, 0, "a user cannot begin with '-'" },
	{ "root:secret@web1", NULL, NULL, NULL, 0, "passwords are not taken" },
	{ "we b1", NULL, NULL, NULL, 0, "letters, digits" },
	{ "web1;id", NULL, NULL, NULL, 0, "letters, digits" },
	{ "web1\n", NULL, NULL, NULL, 0, "letters, digits" },
	{ "web\x1b[0m", NULL, NULL, NULL, 0, "letters, digits" },
	{ "b\xc3\xbc" "cher.example", NULL, NULL, NULL, 0, "xn--" },
	{ "ro ot@web1", NULL, NULL, NULL, 0, "spaces or control" },
	{ "ro\x07ot@web1", NULL, NULL, NULL, 0, "spaces or control" },
	{ "web1/24", NULL, NULL, NULL, 0, "'/' cannot be in a host name" },
	{ "10.0.0.0/8", NULL, NULL, NULL, 0, "more than 65536 addresses; write /16 or longer" },
	{ "10.0.0.0/15", NULL, NULL, NULL, 0, "more than 65536 addresses" },
	{ "2001:db8::/64", NULL, NULL, NULL, 0, "write /112 or longer" },
	{ "10.0.0.0/33", NULL, NULL, NULL, 0, "0 to 32" },
	{ "10.0.0.0/", NULL, NULL, NULL, 0, "0 to 32" },
	{ "10.0.0.0/24x", NULL, NULL, NULL, 0, "0 to 32" },
	{ "10.0.0.1/24", NULL, NULL, NULL, 0, "write the first address" },
	{ "10.0.0.0/24:0", NULL, NULL, NULL, 0, "from 1 to 65535" },
	{ "2001:db8::/120:22", NULL, NULL, NULL, 0, "takes no port" },
	{ "ssh://10.0.0.0/24", NULL, NULL, NULL, 0, "'/' cannot be in a host name" },
	{ "10.0.0.7/32", "10.0.0.7", "10.0.0.7", "me", 22, NULL },
	{ "a@10.0.0.7/32:2222", "10.0.0.7:2222", "10.0.0.7", "a", 2222, NULL },
	{ "2001:db8::7/128", "2001:db8::7", "2001:db8::7", "me", 22, NULL },
	{ "10.1", NULL, NULL, NULL, 0, "no valid IPv4" },
	{ "192.0.2.256", NULL, NULL, NULL, 0, "no valid IPv4" },
	{ "192.0.2.256.", NULL, NULL, NULL, 0, "no valid IPv4" },
	{ "0x7f.1", NULL, NULL, NULL, 0, "no valid IPv4" },
	{ "web..example", NULL, NULL, NULL, 0, "empty part" },
	{ ".", NULL, NULL, NULL, 0, "empty part" },
	{ "::1:g", NULL, NULL, NULL, 0, "no valid IPv6" },
	{ "1:2:3", NULL, NULL, NULL, 0, "no valid IPv6" },
	{ "[::1", NULL, NULL, NULL, 0, "']' is missing" },
	{ "[]", NULL, NULL, NULL, 0, "no valid IPv6 address in the brackets" },
	{ "[web1]:22", NULL, NULL, NULL, 0, "no valid IPv6 address in the brackets" },
	{ "[::1]22", NULL, NULL, NULL, 0, "only :PORT" },
	{ "[::1]:", NULL, NULL, NULL, 0, "from 1 to 65535" },
	{ "fe80::1%", NULL, NULL, NULL, 0, "'%'" },
	{ "web1%eth0", NULL, NULL, NULL, 0, "'%'" },
	{ "fe80::1%eth0;id", NULL, NULL, NULL, 0, "'%'" },
	{ "http://web1", NULL, NULL, NULL, 0, "only kind of URL" },
	{ "ssh://", NULL, NULL, NULL, 0, "the host is missing" },
	{ "ssh://web1/path", NULL, NULL, NULL, 0, "'/' cannot be" },
};

static void check_row(const struct row *row)
{
	struct inventory inv = { 0 };
	struct error     err = { 0 };
	int              r = inventory_add(&inv, row->text, "command line", &defaults, &err);

	print_message("'%s' %s\n", row->text, err.text);
	if (!row->name) {
		assert_int_equal(r, ERR_USAGE);
		assert_int_equal(inv.count, 0);
		assert_non_null(strstr(err.text, row->reason));
		assert_ptr_equal(strstr(err.text, "command line: '"), err.text);
	} else {
		assert_int_equal(r, 0);
		assert_int_equal(inv.count, 1);
		assert_string_equal(inv.targets[0].name, row->name);
		assert_string_equal(inv.targets[0].host, row->host);
		assert_string_equal(inv.targets[0].user, row->user);
		assert_int_equal(inv.targets[0].port, row->port);
		assert_string_equal(inv.targets[0].origin, "command line");
	}
	inventory_free(&inv);
}

static void test_targets(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(rows); i++)
		check_row(&rows[i]);
}

/* A network is all of its addresses, in order, and no other. */
static void test_networks(void **state)
{
	static const struct {
		const char *text;
		size_t      count;
		const char *first;
		const char *last;
	} networks[] = {
		{ "10.0.0.0/24", 256, "10.0.0.0", "10.0.0.255" },
		{ "10.0.0.0/16", 65536, "10.0.0.0", "10.0.255.255" },
		{ "192.0.2.252/30", 4, "192.0.2.252", "192.0.2.255" },
		{ "2001:db8::ff00/120", 256, "2001:db8::ff00", "2001:db8::ffff" },
		{ "2001:db8::1:0/112", 65536, "2001:db8::1:0", "2001:db8::1:ffff" },
	};

	(void)state;
	for (size_t i = 0; i < countof(networks); i++) {
		struct inventory inv = { 0 };
		struct error     err = { 0 };

		assert_int_equal(inventory_add(&inv, networks[i].text, "command line", &defaults, &err), 0);
		assert_int_equal(inv.count, networks[i].count);
		assert_string_equal(inv.targets[0].host, networks[i].first);
		assert_string_equal(inv.targets[inv.count - 1].host, networks[i].last);
		assert_int_equal(inventory_check(&inv, &err), 0);
		inventory_free(&inv);
	}
}

static void test_long_texts(void **state)
{
	char             text[1024] = { 0 };
	struct inventory inv = { 0 };
	struct error     err;

	(void)state;
	memset(text, 'a', 63);
	assert_int_equal(inventory_add(&inv, text, "command line", &defaults, &err), 0);
	memset(text, 'a', 64);
	assert_int_equal(inventory_add(&inv, text, "command line", &defaults, &err), ERR_USAGE);
	memset(text, 'a', 300);
	text[255] = '@';
	text[300] = '\0';
	assert_int_equal(inventory_add(&inv, text, "command line", &defaults, &err), 0);
	memset(text, 'a', 300);
	text[256] = '@';
	assert_int_equal(inventory_add(&inv, text, "command line", &defaults, &err), ERR_USAGE);
	memset(text, 'a', 1000);
	for (size_t i = 10; i < 1000; i += 10)
		text[i] = '.';
	text[253] = '\0';
	assert_int_equal(inventory_add(&inv, text, "command line", &defaults, &err), 0);
	text[253] = 'a';
	text[254] = '\0';
	assert_int_equal(inventory_add(&inv, text, "command line", &defaults, &err), ERR_USAGE);
	assert_int_equal(inv.count, 3);
	inventory_free(&inv);
}

/* A file's bytes and what must come of them: "name host user port;" per target, or the beginning of the message. */
static const struct {
	const char *file;
	const char *text;
	const char *targets; /* NULL: refused */
	const char *message;
} files[] = {
	{ "hosts", "", "", NULL },
	{ "hosts", "# all\n\n  web1 \r\nroot@db1:2222", "web1 web1 me 22;db1:2222 db1 root 2222;", NULL },
	{ "hosts", "web1 web2\n", NULL, "hosts:1: 'web1 web2': a host name has" },
	{ "hosts", "web1\nweb2 # the second\n", NULL, "hosts:2: 'web2 # the second': " },
	{ "hosts", "\xef\xbb\xbfweb1\n", NULL, "hosts:1: '" },
	{ "a.yaml", "[web1, 'b@web2:23']\n", "web1 web1 me 22;web2:23 web2 b 23;", NULL },
	{ "a.json", "[{\"host\": \"192.0.2.1\", \"name\": \"web 1\", \"port\": 23}]", "web 1 192.0.2.1 me 23;", NULL },
	{ "a.yml", "defaults: {user: audit, port: 2222}\ntargets:\n- web1\n- name: db1\n- {host: '::1', user: x}\n",
	  "web1 web1 audit 2222;db1 db1 audit 2222;::1 ::1 x 2222;", NULL },
	{ "a.yaml", "[]\n", "", NULL },
	{ "a.yaml", "", NULL, "a.yaml:1:1: the file is empty" },
	{ "a.yaml", "web1\n", NULL, "a.yaml:1:1: this must be a list" },
	{ "a.yaml", "target: [web1]\n", NULL, "a.yaml:1:1: unknown key 'target'" },
	{ "a.yaml", "defaults: {user: me}\n", NULL, "a.yaml:1:1: targets are missing" },
	{ "a.yaml", "defaults: {identity: x}\ntargets: [web1]\n", NULL, "a.yaml:1:12: unknown key 'identity'" },
	{ "a.yaml", "defaults: {port: 0}\ntargets: [web1]\n", NULL, "a.yaml:1:18: the port" },
	{ "a.yaml", "defaults: [web1]\ntargets: [web1]\n", NULL, "a.yaml:1:11: defaults must be" },
	{ "a.yaml", "targets: web1\n", NULL, "a.yaml:1:10: targets must be a list" },
	{ "a.yaml", "- host: web1\n  port: '22'\n", NULL, "a.yaml:2:" },
	{ "a.yaml", "- host: web1\n  port: 65536\n", NULL, "a.yaml:2:9: the port" },
	{ "a.yaml", "- host: web1\n  user: -x\n", NULL, "a.yaml:2:9: a user" },
	{ "a.yaml", "- host: web1:22\n", NULL, "a.yaml:1:3: this is no valid IPv6" },
	{ "a.yaml", "- user: x\n", NULL, "a.yaml:1:3: a target needs a host" },
	{ "a.yaml", "- host: [web1]\n", NULL, "a.yaml:1:9: 'host' must be a text" },
	{ "a.yaml", "- {name: ../x, host: web1}\n", NULL, "a.yaml:1:3: a name cannot begin with '.'" },
	{ "a.yaml", "- {name: a/x, host: web1}\n", NULL, "a.yaml:1:3: a name cannot have '/'" },
	{ "a.yaml", "- {name: \"a\\x1b[0m\", host: web1}\n", NULL, "a.yaml:1:" },
	{ "a.yaml", "- [web1]\n", NULL, "a.yaml:1:3: a target is a text" },
	{ "a.yaml", "- web1\n- web2:x\n", NULL, "a.yaml:2:3: the port" },
	{ "a.yaml", "- web1\n  web2: [\n", NULL, "a.yaml:" },
};

static void check_file(size_t i)
{
	struct inventory inv = { 0 };
	struct error     err = { 0 };
	struct buf       got;
	int              r = inventory_parse(&inv, slice_of(files[i].text), files[i].file, &defaults, &err);

	print_message("%s %zu: %s\n", files[i].file, i, err.text);
	if (!files[i].targets) {
		assert_int_equal(r, ERR_SYNTAX);
		assert_int_equal(err.code, ERR_SYNTAX);
		assert_ptr_equal(strstr(err.text, files[i].message), err.text);
		inventory_free(&inv);
		return;
	}
	assert_int_equal(r, 0);
	buf_init(&got, 4096);
	for (size_t t = 0; t < inv.count; t++)
		assert_int_equal(buf_printf(&got, &err, "%s %s %s %u;", inv.targets[t].name, inv.targets[t].host, inv.targets[t].user,
		                            inv.targets[t].port),
		                 0);
	assert_string_equal(buf_text(&got), files[i].targets);
	buf_free(&got);
	inventory_free(&inv);
}

static void test_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(files); i++)
		check_file(i);
}

static void test_duplicates(void **state)
{
	struct inventory inv = { 0 };
	struct error     err;

	(void)state;
	assert_int_equal(inventory_check(&inv, &err), 0);
	assert_int_equal(inventory_parse(&inv, slice_of("web3\nweb1\nweb2\n"), "hosts", &defaults, &err), 0);
	assert_int_equal(inventory_check(&inv, &err), 0);
	assert_int_equal(inventory_add(&inv, "x@web1", "command line", &defaults, &err), 0);
	assert_int_equal(inventory_add(&inv, "web3", "command line", &defaults, &err), 0);
	assert_int_equal(inventory_check(&inv, &err), ERR_USAGE);
	assert_string_equal(
		err.text,
		"command line: target 'web1' is already there (hosts:2); remove one, or give it a name of its own");
	inventory_free(&inv);
}

/* What is written to a scratch file with a mode, and what loading it must say. */
static void test_file_trust(void **state)
{
	char             path[] = "/tmp/sshvet-inventory-XXXXXX";
	struct inventory inv = { 0 };
	struct error     err;
	int              fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "web1\n", 5), 5);
	assert_int_equal(inventory_load(&inv, path, &defaults, &err), 0);
	assert_int_equal(inv.count, 1);
	assert_int_equal(fchmod(fd, 0666), 0);
	assert_int_equal(inventory_load(&inv, path, &defaults, &err), ERR_SYNTAX);
	assert_non_null(strstr(err.text, "chmod o-w"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(inventory_load(&inv, path, &defaults, &err), ERR_NOT_FOUND);
	assert_non_null(strstr(err.text, path));
	assert_int_equal(inv.count, 1);
	close(fd);
	inventory_free(&inv);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets),    cmocka_unit_test(test_networks), cmocka_unit_test(test_long_texts), cmocka_unit_test(test_files),
		cmocka_unit_test(test_duplicates), cmocka_unit_test(test_file_trust),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What the host says of itself. */
#include "checks_case.h"

static const struct case_row rows[] = {
	{ "debian",
	  CASE_ROOT "[host.os_release path=/etc/os-release]\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\n\n[/0]\n"
	            "[host.uname]\nLinux 6.1.0 x86_64\n[/0]\n[host.openssh command=sshd]\nunknown option -- ?\nOpenSSH_9.2p1 Debian-2+deb12u3, OpenSSL 3.0.15\n[/1]\n",
	  { { "host.os", "\"Debian GNU/Linux 12 (bookworm)\"" },
	    { "host.os_id", "\"debian\"" },
	    { "host.os_version", "\"12\"" },
	    { "host.kernel", "\"Linux 6.1.0 x86_64\"" },
	    { "host.openssh", "\"OpenSSH_9.2p1 Debian-2+deb12u3\"" },
	    { "host.openssh_version", "\"9.2p1\"" },
	    { "host.user", "\"root\"" },
	    { "host.privileged", "true" },
	    { "host.become", "\"none\"" } } },
	{ "quotes, the last value, and no version",
	  CASE_USER "[host.os_release]\nPRETTY_NAME='a \"b\" $c'\nID=\"x\\\"y\"\nID=z\n[/0]\n[host.openssh]\nOpenSSH_10.5p1, LibreSSL\n[/0]\n",
	  { { "host.os", "\"a \\\"b\\\" $c\"" }, { "host.os_id", "\"z\"" }, { "host.os_version", "!unsupported" }, { "host.kernel", "!missing" }, { "host.openssh_version", "\"10.5p1\"" }, { "host.privileged", "false" }, { "host.user", "\"audit\"" } } },
	{ "control bytes are made visible", CASE_ROOT "[host.os_release]\nPRETTY_NAME=\"a\x1b[31m\"\n[/0]\n", { { "host.os", "\"a\\\\x1b[31m\"" } } },
	{ "another server", CASE_ROOT "[host.openssh]\nDropbear v2022.83\n[/0]\n", { { "host.openssh", "!unsupported" }, { "host.openssh_version", "!unsupported" }, { "host.os", "!missing" } } },
	{ "a version that is not there", CASE_ROOT "[host.openssh]\nOpenSSH_, x\n[/0]\n", { { "host.openssh_version", "!parse" } } },
	{ "unreadable, slow, too much",
	  CASE_ROOT "[host.os_release]\nID=debian\n[/1]\n[host.uname]\nLinux\n[/124]\n",
	  { { "host.os_id", "!unsupported" }, { "host.kernel", "!timeout" } } },
	{ "too much", CASE_ROOT "[host.os_release limit=10]\nID=debian\n\n[/0]\n", { { "host.os_id", "!truncated" } } },
	{ "nobody says who it is", "[host.uname]\nLinux\n[/0]\n", { { "host.privileged", "!missing" }, { "host.become", "!missing" } } },
};

static void run_rows(void **state)
{
	(void)state;
	case_run(rows, countof(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(run_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Modes and owners of files, as stat and ls tell them. */
#include "checks_case.h"

#define FILE_OF(body, status) CASE_ROOT "[keys.file path=/etc/ssh/k kind=host_private_key tool=stat]\n" body "\n[/" status "]\n[keys.done]\n\n[/0]\n"
#define LS_OF(body)           CASE_ROOT "[keys.file path=/etc/ssh/k kind=host_private_key tool=ls]\n" body "\n[/0]\n[keys.done]\n\n[/0]\n"

static const struct case_row rows[] = {
	{ "a file", FILE_OF("8180 0 0 root:root\n", "0"), { { "keys.files[0].subject", "\"/etc/ssh/k\"" }, { "keys.files[0].path", "\"/etc/ssh/k\"" }, { "keys.files[0].kind", "\"host_private_key\"" }, { "keys.files[0].type", "\"file\"" }, { "keys.files[0].link", "false" }, { "keys.files[0].mode", "\"0600\"" }, { "keys.files[0].uid", "0" }, { "keys.files[0].gid", "0" }, { "keys.files[0].owner", "\"root\"" }, { "keys.files[0].group", "\"root\"" } } },
	{ "a folder with the sticky bit", FILE_OF("43ff 0 0 root:root\n", "0"), { { "keys.files[0].type", "\"directory\"" }, { "keys.files[0].mode", "\"1777\"" } } },
	{ "set-user-ID", FILE_OF("89ed 0 0 root:root\n", "0"), { { "keys.files[0].mode", "\"4755\"" } } },
	{ "names with blanks", FILE_OF("81a0 4 5 DOM\\anna b:domain users\n", "0"), { { "keys.files[0].owner", "\"DOM\\\\anna b\"" }, { "keys.files[0].group", "\"domain users\"" } } },
	{ "numbers without names", FILE_OF("81a0 4 5 UNKNOWN:UNKNOWN\n", "0"), { { "keys.files[0].owner", "!unsupported" }, { "keys.files[0].group", "!unsupported" }, { "keys.files[0].uid", "4" } } },
	{ "a link is judged by what it leads to", FILE_OF("a1ff 0 0 root:root\n81b6 7 8 x:y\n", "0"), { { "keys.files[0].link", "true" }, { "keys.files[0].type", "\"file\"" }, { "keys.files[0].mode", "\"0666\"" }, { "keys.files[0].uid", "7" } } },
	{ "a link to nowhere", FILE_OF("a1ff 0 0 root:root\n", "1"), { { "keys.files[0].mode", "!unsupported" }, { "keys.files[0].path", "\"/etc/ssh/k\"" } } },
	{ "a link without its end", FILE_OF("a1ff 0 0 root:root\n", "0"), { { "keys.files[0].mode", "!parse" } } },
	{ "a line cut short", FILE_OF("8180 0 0 root:root", "0"), { { "keys.files[0].mode", "!parse" } } },
	{ "a mode that is none", FILE_OF("8g80 0 0 root:root\n", "0"), { { "keys.files[0].mode", "!parse" }, { "keys.files[0].owner", "!parse" } } },
	{ "a mode too large", FILE_OF("18180 0 0 root:root\n", "0"), { { "keys.files[0].mode", "!parse" } } },
	{ "a negative owner", FILE_OF("8180 -1 0 root:root\n", "0"), { { "keys.files[0].uid", "!parse" } } },
	{ "too few words", FILE_OF("8180 0\n", "0"), { { "keys.files[0].mode", "!parse" } } },
	{ "ls", LS_OF("-rw-r----- 1 0 42 1 Jan  1 00:00 /etc/ssh/k\n"), { { "keys.files[0].mode", "\"0640\"" }, { "keys.files[0].gid", "42" }, { "keys.files[0].owner", "!unsupported" } } },
	{ "ls with extra bits", LS_OF("drwsr-Sr-T+ 1 0 0 1 x\n"), { { "keys.files[0].mode", "\"7744\"" }, { "keys.files[0].type", "\"directory\"" } } },
	{ "ls of a link", LS_OF("lrwxrwxrwx 1 0 0 1 x\n-rw-rw-rw- 1 0 0 1 y\n"), { { "keys.files[0].mode", "\"0666\"" }, { "keys.files[0].link", "true" } } },
	{ "ls with a letter of its own", LS_OF("-rw-r--r-q 1 0 0 1 x\n"), { { "keys.files[0].mode", "!parse" } } },
	{ "an ordinary user who cannot look", CASE_USER "[keys.file path=/p kind=host_private_key tool=stat]\n\n[/1]\n[keys.done]\n\n[/0]\n", { { "keys.files[0].mode", "!privilege" }, { "keys.files[0].kind", "\"host_private_key\"" } } },
	{ "no host key found", CASE_ROOT "[keys.folder path=/etc/ssh folder=listed kind=host]\n\n[/0]\n[keys.done]\n\n[/0]\n", { { "keys.files[0].kind", "\"home\"" }, { "keys.files[0].mode", "!missing" }, { "keys.files[0].writers", "!missing" }, { "keys.strict_modes[0].refused", "!missing" } } },
	{ "a folder that cannot be listed hides keys", CASE_USER "[keys.folder path=/etc/ssh folder=unlistable kind=host]\n\n[/1]\n[keys.done]\n\n[/0]\n", { { "keys.files[0].kind", "\"host_private_key\"" }, { "keys.files[0].mode", "!privilege" }, { "keys.files[1].kind", "\"host_public_key\"" }, { "keys.files[1].writers", "!privilege" } } },
	{ "the evidence broke off", CASE_ROOT "[keys.file path=/etc/ssh/k kind=host_private_key tool=stat]\n8180 0 0 root:root\n\n[/0]\n", { { "keys.files", "!missing" } } },
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

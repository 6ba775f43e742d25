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

/* Files of accounts. The strings with NUL are put together by hand, as the rows of the table cannot hold them. */
#define P "\1" /* stands for NUL */

static const char start[] = "[host.openssh command=sshd]\nOpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3\n\n[/0]\n"
			    "[sshd_config.file path=/etc/ssh/sshd_config]\nStrictModes yes\nPermitUserEnvironment no\nAuthorizedKeysFile .ssh/authorized_keys\nMatch User bert\nAuthorizedKeysFile /k/%u\n\n[/0]\n"
			    "[accounts.passwd source=getent limit=9999]\nroot:x:0:0::/root:/bin/sh\nanna:x:1000:1000::/home/anna:/bin/sh\nbert:x:1001:9::/home/bert:/bin/sh\n"
			    "carl:x:1002:1002::/home/carl:/usr/sbin/nologin\n\n[/0]\n"
			    "[accounts.group source=getent limit=9999]\nroot:x:0:\nanna:x:1000:\nall:x:9:carl\ncarl:x:1002:\n\n[/0]\n"
			    "[accounts.shadow limit=9999]\nroot:none:\nanna:locked:\nbert:set:\n\n[/0]\n";
static const char middle[] = "[keys.patterns limit=9999]\n.ssh/authorized_keys\n/k/%u\n\n[/0]\n[keys.stat limit=99999]\n";
static const char finish[] = "end\n\n[/0]\n[keys.done]\n\n[/0]\n";

#define HUNG(names) "[accounts.hung limit=9999]\n" names "\n[/0]\n[accounts.done]\n\n[/0]\n"
#define ANNA(home, folder, file) \
	"p 6 stat\n/" P "/home" P "/home/anna" P "/home/anna/.ssh" P "/home/anna/.ssh/authorized_keys" P "/root" P "41ed 0 0\n41ed 0 0\n" home "\n" folder "\n" file "\n41c0 0 0\n......\n"

static const struct {
	const char *name;
	const char *who; /* as in accounts.hung and before */
	const char *paths;
	struct {
		const char *path;
		const char *expected;
	} facts[6];
} accounts[] = {
	{ "all in order", CASE_ROOT, ANNA("41ed 1000 1000", "41c0 1000 1000", "8180 1000 1000"),
	  { { "keys.strict_modes[0].subject", "\"anna /home/anna/.ssh/authorized_keys\"" }, { "keys.strict_modes[0].refused", "false" }, { "keys.strict_modes[0].writers", "[]" }, { "keys.strict_modes[0].locked", "true" }, { "keys.files[1].subject", "\"anna /home/anna\"" }, { "keys.strict_modes[1]", "-" } } },
	{ "everybody can write", CASE_ROOT, ANNA("41ed 1000 1000", "41c0 1000 1000", "81b6 1000 1000"), { { "keys.strict_modes[0].refused", "true" }, { "keys.strict_modes[0].why", "\"/home/anna/.ssh/authorized_keys can be written by everybody (0666)\"" }, { "keys.strict_modes[0].writers", "[]" } } },
	{ "everybody can write and get there", CASE_ROOT, ANNA("41ed 1000 1000", "41ed 1000 1000", "81b6 1000 1000"), { { "keys.strict_modes[0].writers", "[\"everybody through /home/anna/.ssh/authorized_keys (0666)\"]" } } },
	{ "the account's own group, which Debian lets write", CASE_ROOT, ANNA("41fd 1000 1000", "41fd 1000 1000", "81b4 1000 1000"), { { "keys.strict_modes[0].refused", "false" }, { "keys.strict_modes[0].writers", "[]" } } },
	{ "a group with others in it", CASE_ROOT, ANNA("41fd 1000 9", "41c0 1000 1000", "8180 1000 1000"), { { "keys.strict_modes[0].refused", "true" }, { "keys.strict_modes[0].writers", "[\"group all (bert, carl) through /home/anna (0775)\"]" } } },
	{ "another owner", CASE_ROOT, ANNA("41ed 1001 1000", "41c0 1000 1000", "8180 1000 1000"), { { "keys.strict_modes[0].refused", "true" }, { "keys.strict_modes[0].why", "\"/home/anna belongs to bert\"" }, { "keys.strict_modes[0].writers", "[\"bert through /home/anna (0755)\"]" } } },
	{ "a file of root's that the account cannot read", CASE_ROOT, ANNA("41ed 1000 1000", "41c0 1000 1000", "8180 0 0"), { { "keys.strict_modes[0].refused", "true" }, { "keys.strict_modes[0].why", "\"anna cannot read /home/anna/.ssh/authorized_keys\"" } } },
	{ "above the home nothing counts for sshd", CASE_ROOT,
	  "p 5 stat\n/" P "/home" P "/home/anna" P "/home/anna/.ssh" P "/home/anna/.ssh/authorized_keys" P "41ed 0 0\n41ff 0 0\n41ed 1000 1000\n41c0 1000 1000\n8180 1000 1000\n.....\n", { { "keys.strict_modes[0].refused", "false" }, { "keys.strict_modes[0].writers", "[\"everybody through /home (0777)\"]" } } },
	{ "the sticky bit protects what is in a folder", CASE_ROOT,
	  "p 5 stat\n/" P "/home" P "/home/anna" P "/home/anna/.ssh" P "/home/anna/.ssh/authorized_keys" P "41ed 0 0\n43ff 0 0\n41ed 1000 1000\n41c0 1000 1000\n8180 1000 1000\n.....\n", { { "keys.strict_modes[0].refused", "false" }, { "keys.strict_modes[0].writers", "[]" } } },
	{ "a link leads away", CASE_ROOT,
	  "r\n/home/anna/.ssh/authorized_keys" P "/srv/k" P "p 7 stat\n/" P "/home" P "/home/anna" P "/home/anna/.ssh" P "/home/anna/.ssh/authorized_keys" P "/srv" P "/srv/k" P
	  "41ed 0 0\n41ed 0 0\n41ed 1000 1000\n41c0 1000 1000\na1ff 1000 1000\n41ff 0 0\n8180 1000 1000\n.......\n", { { "keys.strict_modes[0].refused", "true" }, { "keys.strict_modes[0].why", "\"/srv can be written by everybody (0777)\"" }, { "keys.strict_modes[0].writers", "[\"everybody through /srv (0777)\"]" } } },
	{ "an ACL", CASE_ROOT,
	  "p 5 stat\n/" P "/home" P "/home/anna" P "/home/anna/.ssh" P "/home/anna/.ssh/authorized_keys" P "41ed 0 0\n41ed 0 0\n41ed 1000 1000\n41ed 1000 1000\n81b0 1000 1000\n....+\n", { { "keys.strict_modes[0].writers", "[\"those whom an ACL names through /home/anna/.ssh/authorized_keys (0660+)\"]" } } },
	{ "Match User", CASE_ROOT, "p 3 stat\n/" P "/k" P "/k/bert" P "41ed 0 0\n41ed 0 0\n81a4 0 0\n...\n", { { "keys.strict_modes[0].subject", "\"bert /k/bert\"" }, { "keys.strict_modes[0].refused", "false" }, { "keys.strict_modes[1]", "-" } } },
	{ "a folder above that was not looked at", CASE_ROOT, "p 2 stat\n/k" P "/k/bert" P "41ed 0 0\n81a4 0 0\n..\n", { { "keys.strict_modes[0].refused", "!missing" }, { "keys.strict_modes[0].writers", "!unsupported" } } },
	{ "a home that cannot be entered", CASE_USER, "x\n/home/anna" P, { { "keys.strict_modes[0].subject", "\"anna /home/anna/.ssh/authorized_keys\"" }, { "keys.strict_modes[0].refused", "!privilege" }, { "keys.files[0].mode", "!privilege" } } },
	{ "a record that is cut", CASE_ROOT, "p 2 stat\n/k" P "/k/bert" P "41ed 0 0\n", { { "keys.files[0].mode", "!parse" }, { "keys.strict_modes[0].refused", "!parse" } } },
	{ "a path that is none", CASE_ROOT, "p 1 stat\nk" P "41ed 0 0\n.\n", { { "keys.strict_modes[0].refused", "!parse" } } },
	{ "a file that went away", CASE_ROOT, "p 3 stat\n/" P "/k" P "/k/bert" P "41ed 0 0\n41ed 0 0\n?\n...\n", { { "keys.strict_modes[0].refused", "!unsupported" } } },
};

static cJSON *account_facts(const char *who, const char *hung, const char *paths)
{
	struct buf       text, stream;
	struct evidence *ev = NULL;
	struct error     err = { 0 };
	cJSON           *facts = NULL;

	buf_init(&text, CASE_MAX);
	assert_int_equal(buf_printf(&text, &err, "%s%s%s%s%s%s", who, start, hung, middle, paths, finish), 0);
	case_stream(&stream, buf_slice(&text), true);
	for (size_t i = 0; i < stream.len; i++)
		if (stream.ptr[i] == '\1')
			stream.ptr[i] = '\0';
	assert_int_equal(evidence_parse(&stream, EVIDENCE_FROM_TARGET, &ev, &err), 0);
	assert_int_equal(checks_extract(ev, &facts, &err), 0);
	evidence_free(ev);
	buf_free(&stream);
	buf_free(&text);
	return facts;
}

static void files_of_accounts(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(accounts); i++) {
		cJSON *facts = account_facts(accounts[i].who, HUNG(""), accounts[i].paths);

		print_message("  %s\n", accounts[i].name);
		for (size_t j = 0; j < countof(accounts[i].facts) && accounts[i].facts[j].path; j++)
			case_expect(facts, accounts[i].facts[j].path, accounts[i].facts[j].expected);
		cJSON_Delete(facts);
	}
}

/* One item of each kind stands for all accounts whose homes do not answer. */
static void homes_that_do_not_answer(void **state)
{
	cJSON *facts = account_facts(CASE_ROOT, HUNG("anna\nbert\n"), "");

	(void)state;
	case_expect(facts, "keys.strict_modes[0].subject", "\"homes of anna, bert\"");
	case_expect(facts, "keys.strict_modes[0].refused", "!timeout");
	case_expect(facts, "keys.files[0].writers", "!timeout");
	case_expect(facts, "keys.files[0].kind", "\"home\"");
	cJSON_Delete(facts);
}

/* A file that one daemon refuses and another takes is one that somebody can get in by. */
static void several_daemons(void **state)
{
	static const struct {
		const char *two; /* what the second says of StrictModes */
		const char *daemon;
		const char *refused;
	} daemons[] = {
		{ "StrictModes yes\n", "[sshd_config.daemon daemon=1 file=/two]\n\n[/0]\n", "true" },
		{ "StrictModes no\n", "[sshd_config.daemon daemon=1 file=/two]\n\n[/0]\n", "false" },
		{ "StrictModes no\n", "[sshd_config.daemon daemon=1 file=/two]\n\n[/1]\n", "!unsupported" },
		{ "StrictModes yes\n", "[sshd_config.daemon daemon=1 file=/two]\n\n[/0]\n[sshd_config.daemons more=1]\n\n[/0]\n", "!unsupported" },
	};

	(void)state;
	for (size_t i = 0; i < countof(daemons); i++) {
		char   who[1000];
		cJSON *facts;

		snprintf(who, sizeof(who), "%s[sshd_config.daemon daemon=0]\n\n[/0]\n%s[sshd_config.file path=/two]\nAuthorizedKeysFile .ssh/authorized_keys\n%s\n[/0]\n", CASE_ROOT, daemons[i].daemon, daemons[i].two);
		facts = account_facts(who, HUNG(""), ANNA("41ed 1000 1000", "41c0 1000 1000", "81b6 1000 1000"));
		print_message("  %s%s\n", daemons[i].daemon, daemons[i].two);
		case_expect(facts, "keys.strict_modes[0].subject", i < 2 ? "\"anna /home/anna/.ssh/authorized_keys\"" : "\"files of AuthorizedKeysFile that are not known\"");
		case_expect(facts, i < 2 ? "keys.strict_modes[0].refused" : "keys.strict_modes[1].refused", daemons[i].refused);
		cJSON_Delete(facts);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(run_rows), cmocka_unit_test(files_of_accounts), cmocka_unit_test(homes_that_do_not_answer), cmocka_unit_test(several_daemons) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

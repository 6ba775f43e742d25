/* Keys of accounts, of hosts, and what is not known of them. */
#include "checks_case.h"

#define KEY          "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN1YdxBpNlzxDqfJyw/QKow1F+wvG9hXGoqiysfJOn5Y"
#define BLOB         "0000000b7373682d6564323535313900000020dd58771069365cf10ea7c9cb0fd02a8c3517ec2f1bd8571a8aa2cac7c93a7e13" /* another key than KEY */
#define CONFIG(text) "[sshd_config.file path=/etc/ssh/sshd_config limit=262144]\n" text "\n[/0]\n"
#define ACCOUNTS                                                                                                                                     \
	"[accounts.group source=getent]\nroot:x:0:\nstaff:x:50:anna\nanna:x:1000:\n\n[/0]\n"                                                         \
	"[accounts.passwd source=getent]\nroot:x:0:0::/root:/bin/sh\nanna:x:1000:1000::/home/a:/bin/sh\nd:x:9:9::/srv/d:/usr/sbin/nologin\n\n[/0]\n" \
	"[accounts.shadow]\nroot:set:\nanna:locked:\nd:none:\n\n[/0]\n[accounts.done]\n\n[/0]\n"
#define LOOKED                    "[key_material.clock]\n1900000000 +0000\n\n[/0]\n[key_material.looked]\nauthorizedkeysfile .ssh/authorized_keys\nauthorizedkeysfile .ssh/authorized_keys2\nauthorizedkeysfile /srv/%25u\nhostkey /etc/ssh/ssh_host_ed25519_key\n\n[/0]\n"
#define DONE                      "[key_material.done]\n\n[/0]\n"
#define FILES(mode, text, status) "[key_material.files mode=" mode "]\n" text "\n[/" status "]\n"
#define HOST(config, body)             \
	CASE_ROOT       CONFIG(config) \
	ACCOUNTS LOOKED FILES("keys", body, "0") DONE
/* Two daemons: the second has a file of its own. */
#define DAEMONS(config, more, status) \
	CASE_ROOT "[sshd_config.daemon daemon=0]\n\n[/0]\n[sshd_config.daemon daemon=1 file=/etc/ssh/two]\n\n[/" status "]\n" more CONFIG(config) "[sshd_config.file path=/etc/ssh/two limit=262144]\nAuthorizedKeysFile /srv/%u\n\n[/0]\n" ACCOUNTS LOOKED FILES("keys", "f /srv/anna\n+1 " KEY "\n.1\nf /home/a/.ssh/authorized_keys\n+1 " KEY "\n.1\n", "0") DONE
#define AUTH "key_material.authorized"

static const struct case_row rows[] = {
	{ "nothing came", CASE_ROOT, { { AUTH, "!missing" }, { "key_material.private", "!missing" }, { "key_material.host", "!missing" }, { "key_material.client", "!missing" } } },
	{ "no awk", CASE_ROOT "[key_material.done]\n\n[/127]\n", { { AUTH, "!unsupported" }, { "key_material.ca", "!unsupported" } } },
	{ "no keys", HOST("", ""), { { AUTH, "[]" }, { "key_material.private", "[]" }, { "key_material.host", "[]" } } },
	{ "a key", HOST("", "f /home/a/.ssh/authorized_keys\n+3 restrict,command=\"x\" " KEY " anna\n.3\n"), { { AUTH "[0].subject", "\"anna /home/a/.ssh/authorized_keys:3\"" }, { AUTH "[0].user", "\"anna\"" }, { AUTH "[0].where", "\"/home/a/.ssh/authorized_keys:3\"" }, { AUTH "[0].line", "3" }, { AUTH "[0].state", "\"accepted\"" }, { AUTH "[0].type", "\"ssh-ed25519\"" }, { AUTH "[0].options", "[\"restrict\",\"command=\\\"x\\\"\"]" }, { AUTH "[0].command", "\"x\"" }, { AUTH "[0].locked", "true" }, { AUTH "[0].port_forwarding", "false" }, { AUTH "[0].duplicate", "false" }, { AUTH "[1]", "-" } } },
	{ "lines that do not count", HOST("", "f /root/.ssh/authorized_keys\n-1\n+2 bad " KEY "\n+3 expiry-time=\"20200101Z\" " KEY "\n+4 " KEY "\n.4\n"), { { AUTH "[0].state", "\"ignored\"" }, { AUTH "[0].why", "\"it holds no key\"" }, { AUTH "[0].type", "-" }, { AUTH "[1].state", "\"ignored\"" }, { AUTH "[1].bits", "256" }, { AUTH "[2].state", "\"expired\"" }, { AUTH "[2].expires", "\"2020-01-01T00:00:00Z\"" }, { AUTH "[3].state", "\"accepted\"" }, { AUTH "[3].duplicate", "false" }, { AUTH "[3].root", "true" } } },
	{ "one key twice, in two files", HOST("", "f /root/.ssh/authorized_keys2\n+1 " KEY "\n.1\nf /root/.ssh/authorized_keys\n+1 " KEY "\n.1\n"), { { AUTH "[0].second_file", "false" }, { AUTH "[0].duplicate", "false" }, { AUTH "[1].second_file", "true" }, { AUTH "[1].duplicate", "true" } } },
	{ "values of the environment stay", HOST("", "f /root/.ssh/authorized_keys\n+1 environment=\"A=secret\" " KEY "\n.1\n"), { { AUTH "[0].options", "[\"environment=\\\"A=\"]" } } },
	{ "another file", HOST("AuthorizedKeysFile /srv/%u\n", "f /srv/anna\n+1 " KEY "\n.1\nf /root/.ssh/authorized_keys\n+1 " KEY "\n.1\n"), { { AUTH "[0].user", "\"anna\"" }, { AUTH "[1]", "-" } } },
	{ "a file nobody looked for", HOST("AuthorizedKeysFile /other/%u\n", ""), { { "key_material.unavailable[0].reason", "\"unsupported\"" } } },
	{ "a Match block for a group", HOST("Match Group staff\nAuthorizedKeysFile /srv/%u\n", "f /srv/anna\n+1 " KEY "\n.1\nf /srv/root\n+1 " KEY "\n.1\nf /home/a/.ssh/authorized_keys\n+1 " KEY "\n.1\n"), { { AUTH "[0].path", "\"/srv/anna\"" }, { AUTH "[1]", "-" } } },
	{ "a Match block for an address", HOST("Match Address 10.0.0.0/8\nAuthorizedKeysFile /srv/%u\n", "f /srv/anna\n+1 " KEY "\n.1\nf /home/a/.ssh/authorized_keys\n+1 " KEY "\n.1\n"), { { AUTH "[1].path", "\"/home/a/.ssh/authorized_keys\"" }, { AUTH "[0].path", "\"/srv/anna\"" } } },
	{ "an unread part before the line that counts", HOST("Include /x\nMatch all\nAuthorizedKeysFile /srv/%u\n", "f /srv/anna\n+1 " KEY "\n.1\n"), { { AUTH "[0].path", "\"/srv/anna\"" }, { "key_material.unavailable[0].fact", "\"key_material.authorized\"" } } },
	{ "an unread part after it", HOST("Match all\nAuthorizedKeysFile /srv/%u\nInclude /x\n", "f /srv/anna\n+1 " KEY "\n.1\n"), { { AUTH "[0].path", "\"/srv/anna\"" }, { "key_material.unavailable", "-" } } },
	{ "a token that sshd gives up at", HOST("AuthorizedKeysFile /srv/%k\n", ""), { { AUTH, "[]" }, { "key_material.unavailable[0].reason", "\"unsupported\"" } } },
	{ "two daemons, the files of both", DAEMONS("AuthorizedKeysFile .ssh/authorized_keys\n", "", "0"), { { AUTH "[0].path", "\"/home/a/.ssh/authorized_keys\"" }, { AUTH "[1].path", "\"/srv/anna\"" }, { AUTH "[2]", "-" }, { "key_material.unavailable", "-" } } },
	{ "two daemons, one started in a way nobody understands", DAEMONS("", "", "1"), { { AUTH "[0].path", "\"/home/a/.ssh/authorized_keys\"" }, { "key_material.unavailable[0].fact", "\"key_material.authorized\"" } } },
	{ "more daemons than are looked at", DAEMONS("", "[sshd_config.daemons more=1]\n\n[/0]\n", "0"), { { AUTH "[1].path", "\"/srv/anna\"" }, { "key_material.unavailable[0].reason", "\"truncated\"" } } },
	{ "a file that is too large", HOST("", "l /root/.ssh/authorized_keys\n"), { { AUTH "[0].state", "!truncated" } } },
	{ "a file that goes on", HOST("", "f /root/.ssh/authorized_keys\n+1 " KEY "\n!20001\n"), { { AUTH "[0].state", "\"accepted\"" }, { AUTH "[1].state", "!truncated" } } },
	{ "a file that cannot be read", HOST("", "f /root/.ssh/authorized_keys\ne\n"), { { AUTH "[0].state", "!unsupported" } } },
	{ "words nobody knows", HOST("", "z\n"), { { "key_material.unavailable[0].reason", "\"parse\"" } } },
	{ "time ran out", CASE_ROOT CONFIG("") ACCOUNTS LOOKED "[key_material.files mode=keys user=anna]\n\n[/124]\n" DONE, { { "key_material.unavailable[0].reason", "\"timeout\"" } } },
	{ "there was more", CASE_ROOT CONFIG("") ACCOUNTS LOOKED FILES("home", "", "125") DONE, { { "key_material.unavailable[0].fact", "\"key_material.private\"" }, { "key_material.unavailable[0].reason", "\"truncated\"" }, { "key_material.unavailable[1].fact", "\"key_material.client\"" } } },
	{ "an ordinary user", CASE_USER CONFIG("") ACCOUNTS LOOKED FILES("keys", "", "0") DONE, { { "key_material.unavailable[0].reason", "\"privilege\"" } } },
	{ "private keys", CASE_ROOT CONFIG("") ACCOUNTS LOOKED FILES("home", "p /home/a/.ssh/id openssh cipher=none kdf=none blob=" BLOB "\np /home/a/.ssh/old pem-rsa cipher=AES-128-CBC\nc /home/a/.ssh/config 7 proxycommand\n", "0") DONE, { { "key_material.private[0].user", "\"anna\"" }, { "key_material.private[0].encrypted", "false" }, { "key_material.private[0].type", "\"ssh-ed25519\"" }, { "key_material.private[0].host_key", "false" }, { "key_material.private[0].public_from", "\"file\"" }, { "key_material.private[1].encrypted", "true" }, { "key_material.private[1].type", "\"ssh-rsa\"" }, { "key_material.private[1].bits", "!unsupported" }, { "key_material.private[1].kdf", "\"md5\"" }, { "key_material.client[0].keyword", "\"proxycommand\"" }, { "key_material.client[0].where", "\"/home/a/.ssh/config:7\"" } } },
	{ "halves of PEM keys", CASE_ROOT CONFIG("") ACCOUNTS LOOKED FILES("home", "p /root/.ssh/a pkcs8 cipher=none\ny /root/.ssh/a \\0057\nb /root/.ssh/a " KEY " x\np /root/.ssh/b pkcs8 cipher=none\n\nd /root/.ssh/b " KEY "\n", "0") DONE, { { "key_material.private[0].public_from", "\"beside\"" }, { "key_material.private[0].bits", "256" }, { "key_material.private[1].public_from", "\"derived\"" }, { "key_material.private[1].root", "true" } } },
	{ "host keys", CASE_ROOT CONFIG("HostKey /etc/ssh/ssh_host_ed25519_key\nHostKey /etc/ssh/gone\n") ACCOUNTS LOOKED FILES("host", "p /etc/ssh/ssh_host_ed25519_key openssh cipher=none kdf=none blob=" BLOB "\nf /etc/ssh/ssh_host_ed25519_key.pub\n+1 " KEY " x\n.1\np /etc/ssh/ssh_host_two_key openssh cipher=none kdf=none blob=" BLOB "\n", "0") "[key_material.age path=/etc/ssh/ssh_host_ed25519_key time=1899900000]\n\n[/0]\n" DONE, { { "key_material.host[0].used", "true" }, { "key_material.host[0].present", "true" }, { "key_material.host[0].public_matches", "false" }, { "key_material.host[0].age_days", "1" }, { "key_material.host[0].duplicate", "true" }, { "key_material.host[1].present", "false" }, { "key_material.host[1].type", "!unsupported" }, { "key_material.host[2].used", "false" }, { "key_material.host[2].duplicate", "true" }, { "key_material.host[2].age_days", "!unsupported" } } },
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

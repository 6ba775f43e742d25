/* sshd's configuration from what it prints and from its files, with everything that may be missing. */
#include "checks_case.h"
#include "sshd_config_file.h"

#define DUMP(text)              "[sshd_config.dump command=sshd%20-T]\n" text "\n[/0]\n"
#define DUMP_G(text)            "[sshd_config.dump command=sshd%20-G]\n" text "\n[/0]\n"
#define MAIN(text)              "[sshd_config.file path=/etc/ssh/sshd_config]\n" text "\n[/0]\n"
#define FILE_AT(path, text)     "[sshd_config.file path=" path "]\n" text "\n[/0]\n"
#define INCLUDE(pattern, files) "[sshd_config.include pattern=" pattern " folder=listed]\n" files "\n[/0]\n"
#define UNLISTABLE(pattern)     "[sshd_config.include pattern=" pattern " folder=unlistable]\n\n[/1]\n"
#define D                       "/etc/ssh/sshd_config.d/%2a.conf"

#define G(keyword)     "sshd_config.contexts[0]." keyword
#define M(keyword)     "sshd_config.contexts[1]." keyword
#define WHERE(keyword) "sshd_config.contexts[0].where." keyword

static const struct case_row dumps[] = {
	{ "what sshd -T prints",
	  CASE_ROOT DUMP("port 22\nport 2222\nlistenaddress [::]:22\npermitrootlogin without-password\nlogingracetime 120\nmaxauthtries 6\nciphers a,b\nauthorizedkeysfile .ssh/a .ssh/b\n"
	                 "acceptenv LANG\nacceptenv LC_*\nsubsystem sftp /usr/lib/sftp-server -f X\nloglevel INFO\nbanner /etc/issue net\n")
	          MAIN("Port 22\n"),
	  { { "sshd_config.source", "\"sshd -T\"" }, { G("subject"), "\"global\"" }, { G("port"), "[\"22\",\"2222\"]" }, { G("listenaddress"), "[\"[::]:22\"]" }, { G("permitrootlogin"), "\"prohibit-password\"" }, { G("logingracetime"), "120" }, { G("ciphers"), "[\"a\",\"b\"]" }, { G("authorizedkeysfile"), "[\".ssh/a\",\".ssh/b\"]" }, { G("acceptenv"), "[\"LANG\",\"LC_*\"]" }, { G("subsystem"), "[\"sftp /usr/lib/sftp-server -f X\"]" }, { G("banner"), "\"/etc/issue net\"" }, { WHERE("port"), "\"/etc/ssh/sshd_config:1\"" } } },
	{ "mixed case, as 10.5 prints", CASE_ROOT DUMP("PermitRootLogin no\nMaxAuthTries 3\nKexAlgorithms x\n") MAIN("\n"), { { G("permitrootlogin"), "\"no\"" }, { G("maxauthtries"), "3" }, { G("kexalgorithms"), "[\"x\"]" }, { WHERE("maxauthtries"), "\"default\"" } } },
	{ "not printed: unknown, but lists of names are empty", CASE_ROOT DUMP("port 22\n") MAIN("\n"), { { G("persourcepenalties"), "!unsupported" }, { G("allowusers"), "[]" }, { G("permitrootlogin"), "!unsupported" }, { G("hostkey"), "!unsupported" } } },
	{ "an older spelling", CASE_ROOT DUMP("pubkeyacceptedkeytypes ssh-ed25519\nchallengeresponseauthentication no\n") MAIN("\n"), { { G("pubkeyacceptedalgorithms"), "[\"ssh-ed25519\"]" }, { G("kbdinteractiveauthentication"), "\"no\"" } } },
	{ "both spellings", CASE_ROOT DUMP("challengeresponseauthentication no\nkbdinteractiveauthentication yes\n") MAIN("\n"), { { G("kbdinteractiveauthentication"), "\"yes\"" } } },
	{ "unknown keywords are passed over", CASE_ROOT DUMP("teleport yes\nport 22\n") MAIN("\n"), { { G("port"), "[\"22\"]" }, { G("teleport"), "-" } } },
	{ "numbers that are none", CASE_ROOT DUMP("maxauthtries six\nlogingracetime 1x\nmaxsessions -1\n") MAIN("\n"), { { G("maxauthtries"), "!parse" }, { G("logingracetime"), "!parse" }, { G("maxsessions"), "!parse" } } },
	{ "sshd -T refused", CASE_ROOT "[sshd_config.dump command=sshd%20-T]\n/etc/ssh/sshd_config: line 3: Bad configuration option: x\n\n[/255]\n" MAIN("x\n"), { { "sshd_config.contexts", "!unsupported" }, { "sshd_config.source", "!unsupported" } } },
	{ "sshd -T was slow", CASE_ROOT "[sshd_config.dump command=sshd%20-T]\nport 22\n\n[/124]\n" MAIN("x\n"), { { "sshd_config.contexts", "!timeout" } } },
	{ "sshd -T was cut", CASE_ROOT "[sshd_config.dump limit=8 command=sshd%20-T]\nport 22\n\n[/0]\n" MAIN("x\n"), { { "sshd_config.contexts", "!truncated" } } },
	{ "nothing came", CASE_ROOT "[host.uname]\nLinux\n[/0]\n", { { "sshd_config.contexts", "!missing" }, { "sshd_config.source", "!unsupported" } } },
	{ "root's dump does not need the files", CASE_ROOT DUMP("permitrootlogin no\n") "[sshd_config.file path=/etc/ssh/sshd_config]\n\n[/1]\n", { { G("permitrootlogin"), "\"no\"" }, { WHERE("permitrootlogin"), "-" }, { M("permitrootlogin"), "!unsupported" } } },
};

static const struct case_row files[] = {
	{ "as an ordinary user, without a dump",
	  CASE_USER MAIN("# x\nPermitRootLogin NO # never\n  MaxAuthTries=3\r\nLoginGraceTime 1m30s\nCiphers a,b\nMACs +x\nAllowUsers a b\nAllowUsers \"c d\"\nLogLevel verbose\nBanner \"/etc/issue net\"\nForceCommand echo \"a b\"\n"),
	  { { "sshd_config.source", "\"files\"" }, { G("permitrootlogin"), "\"no\"" }, { G("maxauthtries"), "3" }, { G("logingracetime"), "90" }, { G("ciphers"), "[\"a\",\"b\"]" }, { G("macs"), "!unsupported" }, { G("allowusers"), "[\"a\",\"b\",\"c d\"]" }, { G("loglevel"), "\"VERBOSE\"" }, { G("banner"), "\"/etc/issue net\"" }, { G("forcecommand"), "\"echo \\\"a b\\\"\"" }, { G("usepam"), "!privilege" }, { WHERE("maxauthtries"), "\"/etc/ssh/sshd_config:3\"" } } },
	{ "sshd -G is not known: the files", CASE_USER "[sshd_config.dump command=sshd%20-G]\nunknown option -- G\n\n[/1]\n" MAIN("UsePAM yes\n"), { { "sshd_config.source", "\"files\"" }, { G("usepam"), "\"yes\"" }, { G("port"), "!privilege" }, { G("denyusers"), "[]" } } },
	{ "sshd -G with all files read", CASE_USER DUMP_G("usepam yes\nport 22\n") MAIN("UsePAM yes\n"), { { "sshd_config.source", "\"sshd -G\"" }, { G("port"), "[\"22\"]" }, { G("usepam"), "\"yes\"" } } },
	{ "the first value counts", CASE_USER MAIN("UsePAM no\nUsePAM yes\n"), { { G("usepam"), "\"no\"" }, { WHERE("usepam"), "\"/etc/ssh/sshd_config:1\"" } } },
	{ "a value without end", CASE_USER MAIN("Banner \"/etc\n"), { { G("banner"), "!parse" } } },
	{ "no value", CASE_USER MAIN("UsePAM\n"), { { G("usepam"), "!parse" } } },
	{ "included where it stands",
	  CASE_USER MAIN("UsePAM no\nInclude sshd_config.d/*.conf\nX11Forwarding no\n") INCLUDE(D, "/etc/ssh/sshd_config.d/a.conf\n/etc/ssh/sshd_config.d/b%0ac.conf\n")
	          FILE_AT("/etc/ssh/sshd_config.d/a.conf", "UsePAM yes\nX11Forwarding yes\n") FILE_AT("/etc/ssh/sshd_config.d/b%0ac.conf", "X11Forwarding no\nPermitTTY no\n"),
	  { { G("usepam"), "\"no\"" }, { G("x11forwarding"), "\"yes\"" }, { WHERE("x11forwarding"), "\"/etc/ssh/sshd_config.d/a.conf:2\"" }, { G("permittty"), "\"no\"" }, { WHERE("permittty"), "\"/etc/ssh/sshd_config.d/b\\\\x0ac.conf:2\"" } } },
	{ "a folder that cannot be listed: what stands before it is certain, what adds up is not",
	  CASE_USER MAIN("UsePAM no\nAllowUsers a\nInclude /etc/ssh/sshd_config.d/*.conf\nX11Forwarding no\n") UNLISTABLE(D),
	  { { G("usepam"), "\"no\"" }, { G("x11forwarding"), "!privilege" }, { G("allowusers"), "!privilege" }, { G("port"), "!privilege" }, { WHERE("x11forwarding"), "-" }, { M("subject"), "\"Match blocks in files that were not read\"" }, { M("usepam"), "!privilege" } } },
	{ "the same with sshd -G, which passes over the folder",
	  CASE_USER DUMP_G("usepam no\nx11forwarding no\nport 22\n") MAIN("UsePAM no\nInclude /etc/ssh/sshd_config.d/*.conf\n") UNLISTABLE(D),
	  { { G("usepam"), "\"no\"" }, { G("x11forwarding"), "!privilege" }, { G("port"), "!privilege" } } },
	{ "a folder that is not there holds nothing", CASE_USER MAIN("Include /etc/ssh/sshd_config.d/*.conf\nUsePAM no\n") "[sshd_config.include pattern=" D " folder=absent]\n\n[/0]\n", { { G("usepam"), "\"no\"" }, { M("subject"), "-" } } },
	{ "an Include nobody looked up", CASE_USER MAIN("Include /etc/ssh/x.conf\nUsePAM no\n"), { { G("usepam"), "!missing" } } },
	{ "an included file that did not come", CASE_USER MAIN("Include /etc/ssh/sshd_config.d/*.conf\nUsePAM no\n") INCLUDE(D, "/etc/ssh/sshd_config.d/a.conf\n"), { { G("usepam"), "!missing" } } },
	{ "an included file that cannot be read",
	  CASE_USER MAIN("Include /etc/ssh/sshd_config.d/*.conf\nUsePAM no\n") INCLUDE(D, "/etc/ssh/sshd_config.d/a.conf\n") "[sshd_config.file path=/etc/ssh/sshd_config.d/a.conf]\n\n[/1]\n",
	  { { G("usepam"), "!privilege" } } },
	{ "an included file that was cut",
	  CASE_USER MAIN("Include /etc/ssh/sshd_config.d/*.conf\nUsePAM no\n") INCLUDE(D, "/etc/ssh/sshd_config.d/a.conf\n") "[sshd_config.file limit=3 path=/etc/ssh/sshd_config.d/a.conf]\nPor\n[/0]\n",
	  { { G("usepam"), "!truncated" } } },
	{ "a file that includes itself", CASE_USER MAIN("Include /etc/ssh/sshd_config\nUsePAM no\n") INCLUDE("/etc/ssh/sshd_config", "/etc/ssh/sshd_config\n"), { { G("usepam"), "!unsupported" } } },
	{ "an Include that is not understood", CASE_USER MAIN("Include \"x\nUsePAM no\n"), { { G("usepam"), "!parse" } } },
};

static const struct case_row matches[] = {
	{ "a block over the global values",
	  CASE_ROOT DUMP("permitrootlogin no\nx11forwarding no\nallowusers a\n") MAIN("PermitRootLogin no\nMatch User deploy # ci\n\tX11Forwarding yes\n\tX11Forwarding no\n\tAllowUsers b\n"),
	  { { M("subject"), "\"Match User deploy\"" }, { M("permitrootlogin"), "\"no\"" }, { M("x11forwarding"), "\"yes\"" }, { G("x11forwarding"), "\"no\"" }, { M("allowusers"), "[\"b\"]" }, { "sshd_config.contexts[1].where.x11forwarding", "\"/etc/ssh/sshd_config:3\"" }, { "sshd_config.contexts[1].where.permitrootlogin", "\"/etc/ssh/sshd_config:1\"" }, { "sshd_config.contexts[2]", "-" } } },
	{ "what comes after a block is in the block", CASE_ROOT DUMP("permittty no\n") MAIN("Match User y\nPermitTTY yes\nMatch Group x\nBanner none\n"), { { G("permittty"), "\"no\"" }, { M("permittty"), "\"yes\"" }, { "sshd_config.contexts[2].permittty", "\"no\"" }, { "sshd_config.contexts[2].banner", "\"none\"" } } },
	{ "a block ends with its file",
	  CASE_ROOT DUMP("permittty no\n") MAIN("Include /etc/ssh/sshd_config.d/*.conf\nPermitTTY no\n") INCLUDE(D, "/etc/ssh/sshd_config.d/a.conf\n") FILE_AT("/etc/ssh/sshd_config.d/a.conf", "Match User x\nPermitTTY yes\n"),
	  { { WHERE("permittty"), "\"/etc/ssh/sshd_config:2\"" }, { M("permittty"), "\"yes\"" }, { "sshd_config.contexts[1].where.permittty", "\"/etc/ssh/sshd_config.d/a.conf:2\"" } } },
	{ "an unreadable Include in a block is the block's own trouble",
	  CASE_ROOT DUMP("permittty no\nport 22\n") MAIN("Match User x\nPort 2\nInclude /etc/ssh/sshd_config.d/*.conf\n") UNLISTABLE(D),
	  { { G("permittty"), "\"no\"" }, { M("permittty"), "!privilege" }, { "sshd_config.contexts[2].subject", "\"Match blocks in files that were not read\"" } } },
	{ "an included file in a block belongs to it",
	  CASE_ROOT DUMP("permittty no\nbanner none\n") MAIN("Match User x\nInclude /etc/ssh/sshd_config.d/*.conf\nBanner y\n") INCLUDE(D, "/etc/ssh/sshd_config.d/a.conf\n")
	          FILE_AT("/etc/ssh/sshd_config.d/a.conf", "PermitTTY yes\nMatch Address 10.0.0.0/8\nBanner z\n"),
	  { { M("permittty"), "\"yes\"" }, { M("banner"), "\"y\"" }, { "sshd_config.contexts[2].subject", "\"Match User x + Match Address 10.0.0.0/8\"" }, { "sshd_config.contexts[2].permittty", "\"yes\"" }, { "sshd_config.contexts[2].banner", "\"z\"" } } },
	{ "a list that changes the default, in a block", CASE_ROOT DUMP("pubkeyacceptedalgorithms a,b\n") MAIN("Match User x\nPubkeyAcceptedAlgorithms +ssh-rsa\n"), { { G("pubkeyacceptedalgorithms"), "[\"a\",\"b\"]" }, { M("pubkeyacceptedalgorithms"), "!unsupported" } } },
	{ "criteria that are not understood", CASE_ROOT DUMP("permittty no\n") MAIN("Match User \"x\nPermitTTY no\n"), { { M("subject"), "\"Match User \\\"x\"" }, { M("permittty"), "!parse" } } },
	{ "criteria with control bytes", CASE_ROOT DUMP("permittty no\n") MAIN("Match User \x1b[2J\nPermitTTY no\n"), { { M("subject"), "\"Match User \\\\x1b[2J\"" } } },
};

#define VERSION(text)       "[host.openssh command=sshd]\n" text "\n[/0]\n"
#define DEFAULTS(text)      "[sshd_config.defaults command=sshd%20-T]\n" text "\n[/0]\n"
#define SUBJECT(number)     "sshd_config.contexts[" #number "].subject"
#define AT(number, keyword) "sshd_config.contexts[" #number "]." keyword

static const struct case_row combinations[] = {
	{ "what may apply together is a context of its own, where the earlier block wins",
	  CASE_ROOT DUMP("banner none\n") MAIN("Match User a\nBanner x\nMatch Group g\nBanner y\nPermitTTY no\n"),
	  { { SUBJECT(1), "\"Match User a\"" }, { SUBJECT(2), "\"Match Group g\"" }, { AT(2, "banner"), "\"y\"" }, { SUBJECT(3), "\"Match User a + Match Group g\"" }, { AT(3, "banner"), "\"x\"" }, { AT(3, "permittty"), "\"no\"" }, { SUBJECT(4), "-" } } },
	{ "a later block that adds nothing makes no combination",
	  CASE_ROOT DUMP("banner none\n") MAIN("Match User a\nBanner x\nMatch Group g\nBanner y\n"),
	  { { SUBJECT(2), "\"Match Group g\"" }, { SUBJECT(3), "-" } } },
	{ "lists add up over all blocks that apply, in place of the global one",
	  CASE_ROOT DUMP("allowusers g\n") MAIN("AllowUsers g\nMatch User a\nAllowUsers a\nMatch Group g\nAllowUsers b\n"),
	  { { G("allowusers"), "[\"g\"]" }, { AT(1, "allowusers"), "[\"a\"]" }, { AT(2, "allowusers"), "[\"b\"]" }, { AT(3, "allowusers"), "[\"a\",\"b\"]" } } },
	{ "what excludes each other is not combined",
	  CASE_ROOT DUMP("banner none\n") MAIN("Match User a\nBanner x\nMatch User b\nPermitTTY no\n"),
	  { { SUBJECT(2), "\"Match User b\"" }, { SUBJECT(3), "-" } } },
	{ "what follows from a block applies with it",
	  CASE_ROOT DUMP("banner none\n") MAIN("Match User a*\nBanner x\nMatch User ab\nBanner y\nPermitTTY no\n"),
	  { { SUBJECT(1), "\"Match User a*\"" }, { SUBJECT(2), "\"Match User ab\"" }, { AT(2, "banner"), "\"x\"" }, { AT(2, "permittty"), "\"no\"" }, { SUBJECT(3), "-" } } },
	{ "Match all is for everybody: sshd has told the outcome",
	  CASE_ROOT DUMP("banner x\nusepam yes\n") MAIN("Banner y\nMatch all\nBanner x\nUsePAM yes\n"),
	  { { G("banner"), "\"x\"" }, { WHERE("banner"), "\"/etc/ssh/sshd_config:3\"" }, { WHERE("usepam"), "\"/etc/ssh/sshd_config:4\"" }, { SUBJECT(1), "-" } } },
	{ "Match all without a dump", CASE_USER MAIN("Banner y\nUsePAM no\nMatch all\nBanner x\nUsePAM yes\n"), { { G("banner"), "\"x\"" }, { G("usepam"), "\"no\"" } } },
	{ "Match all does not outdo an earlier block",
	  CASE_ROOT DUMP("banner x\n") MAIN("Match User a\nBanner y\nMatch all\nBanner x\n"),
	  { { G("banner"), "\"x\"" }, { AT(1, "banner"), "\"y\"" } } },
	{ "Match version is settled by the server's own", CASE_ROOT VERSION("OpenSSH_10.0p2 Debian-7, OpenSSL") DUMP("banner x\n") MAIN("Match version OpenSSH_10*\nBanner x\nMatch version OpenSSH_9*\nBanner y\n"), { { G("banner"), "\"x\"" }, { WHERE("banner"), "\"/etc/ssh/sshd_config:2\"" }, { SUBJECT(1), "-" } } },
	{ "a block that nothing satisfies is none", CASE_ROOT DUMP("banner none\n") MAIN("Match User a,!a User b\nBanner x\n"), { { SUBJECT(1), "-" } } },
	{ "what Match may not set stays as it is", CASE_ROOT DUMP("usepam no\n") MAIN("Match User a\nUsePAM yes\nBanner x\n"), { { AT(1, "usepam"), "\"no\"" } } },
	{ "lists that change the default one, which is not the global one",
	  CASE_ROOT DUMP("pubkeyacceptedalgorithms x\n") DEFAULTS("pubkeyacceptedalgorithms a,b-cert,c\n")
	          MAIN("PubkeyAcceptedAlgorithms x\nMatch User a\nPubkeyAcceptedAlgorithms +a,d\nMatch User b\nPubkeyAcceptedAlgorithms -*cert,c\nMatch User c\nPubkeyAcceptedAlgorithms ^c,d\n"
	               "Match User d\nPubkeyAcceptedAlgorithms +d*\n"),
	  { { AT(1, "pubkeyacceptedalgorithms"), "[\"a\",\"b-cert\",\"c\",\"d\"]" }, { AT(2, "pubkeyacceptedalgorithms"), "[\"a\"]" }, { AT(3, "pubkeyacceptedalgorithms"), "[\"c\",\"d\",\"a\",\"b-cert\"]" }, { AT(4, "pubkeyacceptedalgorithms"), "!unsupported" } } },
	{ "RekeyLimit is two settings", CASE_ROOT DUMP("rekeylimit 0 3600\n") MAIN("RekeyLimit default 1h\nMatch User a\nRekeyLimit 1G\nRekeyLimit 2G 30m\nMatch User b\nRekeyLimit 64K\n"), { { AT(1, "rekeylimit"), "\"1073741824 1800\"" }, { AT(2, "rekeylimit"), "\"65536 3600\"" } } },
	{ "the last line counts for some", CASE_ROOT VERSION("OpenSSH_9.2p1") DUMP("banner none\n") MAIN("Match User a\nStreamLocalBindMask 0177\nStreamLocalBindMask 022\nIPQoS cs1\nIPQoS ef cs0\n"), { { AT(1, "streamlocalbindmask"), "\"022\"" }, { AT(1, "ipqos"), "\"ef cs0\"" } } },
	{ "which one counts is not known of every release", CASE_ROOT VERSION("OpenSSH_10.2p1") DUMP("banner none\n") MAIN("Match User a\nIPQoS cs1\nIPQoS ef\nMatch User b\nIPQoS cs1\n"), { { AT(1, "ipqos"), "!unsupported" }, { AT(2, "ipqos"), "\"cs1 cs1\"" } } },
	{ "before 8.7 a # ends every line, and = separates", CASE_USER VERSION("OpenSSH_8.4p1") MAIN("Banner \"/a#b\"\nChrootDirectory /a=b\nForceCommand x # y\n"), { { G("banner"), "!parse" }, { G("chrootdirectory"), "\"/a b\"" }, { G("forcecommand"), "\"x\"" } } },
	{ "later both are a part of it", CASE_USER VERSION("OpenSSH_9.2p1") MAIN("Banner \"/a#b\"\nChrootDirectory /a=b\nForceCommand x # y\n"), { { G("banner"), "\"/a#b\"" }, { G("chrootdirectory"), "\"/a=b\"" }, { G("forcecommand"), "\"x # y\"" } } },
	{ "two keywords for one thing, in old releases", CASE_USER VERSION("OpenSSH_8.4p1") MAIN("KbdInteractiveAuthentication no\n"), { { G("kbdinteractiveauthentication"), "!unsupported" } } },
};

/* Blocks that may all apply together, each with a keyword of its own: more combinations than are looked at. */
#define DAEMON(n, more, arguments) "[sshd_config.daemon daemon=" n " pid=1" n " ticks=10000 hertz=100 boot=1000 " more "]\n" arguments "\n[/0]\n"
#define DAEMONS                    "[sshd_config.daemons more=0 boot=1000]\n\n[/0]\n"
#define DUMP_OF(n, text)           "[sshd_config.dump command=sshd%20-T daemon=" n "]\n" text "\n[/0]\n"
#define FILE_OF(path, time)        "[sshd_config.file path=" path " mtime=" time "]\n\n[/0]\n"
#define TEST_OF(n, text, status)   "[sshd_config.test daemon=" n "]\n" text "\n[/" status "]\n"
#define READ(n, time)              "[sshd_config.pidfile daemon=" n " path=/run/sshd.pid mtime=" time "]\n\n[/0]\n"
#define MAIN_FILE                  "/etc/ssh/sshd_config"
#define X(name)                    "sshd_config.daemons[0]." name

/* A process that began 100 seconds after the boot at 1000. */
static const struct case_row daemons[] = {
	{ "two daemons: each with its own context, in the order of their ports",
	  CASE_ROOT DAEMON("1", "file=/b", "-p\n2222") DAEMON("2", "file=", "") DAEMONS DUMP_OF("1", "port 2222\nusepam no") DUMP_OF("2", "port 22\nusepam yes")
	      FILE_OF("/b", "1") FILE_OF(MAIN_FILE, "1"),
	  { { G("subject"), "\"port 22: global\"" }, { G("usepam"), "\"yes\"" }, { G("global"), "true" }, { M("subject"), "\"port 2222: global\"" }, { M("usepam"), "\"no\"" }, { "sshd_config.contexts[1].where.port", "\"command line\"" }, { X("subject"), "\"port 22\"" }, { "sshd_config.daemons[1].file", "\"/b\"" }, { "sshd_config.daemons[1].arguments", "[\"-f\",\"/b\",\"-p\",\"2222\"]" } } },
	{ "options come before the file, and are what they are in the file",
	  CASE_USER DAEMON("1", "file=", "-o\nMaxAuthTries%3d3\n-o\nUsePAM%20no\n-g\n30\n-4\n-p\n8022") DAEMONS MAIN("MaxAuthTries 6\nPort 22\nUsePAM yes\nMatch User a\nMaxAuthTries 5\n"),
	  { { G("subject"), "\"global\"" }, { G("maxauthtries"), "3" }, { WHERE("maxauthtries"), "\"command line\"" }, { G("port"), "[\"8022\"]" }, { G("usepam"), "\"no\"" }, { G("logingracetime"), "30" }, { G("addressfamily"), "\"inet\"" }, { M("maxauthtries"), "5" } } },
	{ "options that are not known leave everything open", CASE_USER DAEMON("1", "file=", "-x\ny") DAEMONS MAIN("UsePAM yes\n"), { { G("usepam"), "!unsupported" } } },
	{ "arguments that are not understood", CASE_ROOT "[sshd_config.daemon daemon=1 pid=9 file=]\n\n[/1]\n" DAEMONS MAIN("UsePAM yes\n"), { { "sshd_config.contexts", "!unsupported" }, { X("complaint"), "!unsupported" }, { X("edited"), "!unsupported" } } },
	{ "one of two is not understood", CASE_ROOT DAEMON("1", "file=", "") "[sshd_config.daemon daemon=2 file=]\n\n[/1]\n" DAEMONS DUMP_OF("1", "port 22\nusepam yes") FILE_OF(MAIN_FILE, "1"), { { G("subject"), "\"a daemon with other arguments: global\"" }, { G("usepam"), "!unsupported" }, { M("usepam"), "\"yes\"" } } },
	{ "nothing was edited", CASE_ROOT DAEMON("1", "file=", "") DAEMONS DUMP_OF("1", "port 22") FILE_OF(MAIN_FILE, "1102") READ("1", "1100"), { { X("started"), "1100" }, { X("read"), "1100" }, { X("edited"), "[]" } } },
	{ "edited after the start", CASE_ROOT DAEMON("1", "file=", "") DAEMONS DUMP_OF("1", "port 22") FILE_OF(MAIN_FILE, "1103") READ("1", "1100"), { { X("edited"), "[\"/etc/ssh/sshd_config\"]" } } },
	{ "edited after the start, and read again", CASE_ROOT DAEMON("1", "file=", "") DAEMONS DUMP_OF("1", "port 22") FILE_OF(MAIN_FILE, "1103") READ("1", "1200"), { { X("started"), "1100" }, { X("read"), "1200" }, { X("edited"), "[]" } } },
	{ "edited after the start, and nobody knows whether it was read again", CASE_ROOT DAEMON("1", "file=", "") DAEMONS DUMP_OF("1", "port 22") FILE_OF(MAIN_FILE, "1103"), { { X("edited"), "!unsupported" }, { X("read"), "!unsupported" } } },
	{ "a host key, a folder", CASE_ROOT DAEMON("1", "file=", "") DAEMONS DUMP_OF("1", "port 22") "[sshd_config.file path=/etc/ssh/sshd_config mtime=1]\nInclude /etc/ssh/sshd_config.d/*.conf\n[/0]\n[sshd_config.include pattern=" D " folder=listed mtime=1500]\n\n[/0]\n[sshd_config.host_key daemon=1 path=/k mtime=1400]\n\n[/0]\n" READ("1", "1200"), { { X("edited"), "[\"/etc/ssh/sshd_config.d\",\"/k\"]" } } },
	{ "when a file was written is not known", CASE_ROOT DAEMON("1", "file=", "") DAEMONS DUMP_OF("1", "port 22") FILE_OF(MAIN_FILE, "") READ("1", "1200"), { { X("edited"), "!unsupported" } } },
	{ "a file that cannot be read", CASE_USER DAEMON("1", "file=", "") DAEMONS "[sshd_config.file path=/etc/ssh/sshd_config mtime=1]\n\n[/1]\n" READ("1", "1200"), { { X("edited"), "!privilege" } } },
	{ "when it started is not known", CASE_ROOT "[sshd_config.daemon daemon=1 ticks=x hertz=0 boot=]\n\n[/0]\n" DAEMONS DUMP_OF("1", "port 22") FILE_OF(MAIN_FILE, "1"), { { X("edited"), "!parse" }, { X("started"), "!parse" } } },
	{ "a configuration that sshd takes", CASE_ROOT DAEMON("1", "file=", "") DAEMONS TEST_OF("1", "", "0") DUMP_OF("1", "port 22") FILE_OF(MAIN_FILE, "1"), { { X("complaint"), "\"none\"" } } },
	{ "and one that it refuses", CASE_ROOT DAEMON("1", "file=", "") DAEMONS TEST_OF("1", "sshd_config line 3: Bad configuration option: x\n", "255") FILE_OF(MAIN_FILE, "1"), { { X("complaint"), "\"sshd_config line 3: Bad configuration option: x\"" } } },
	{ "which only root is told", CASE_USER DAEMON("1", "file=", "") DAEMONS FILE_OF(MAIN_FILE, "1"), { { X("complaint"), "!privilege" } } },
	{ "nobody listens", CASE_ROOT DAEMONS TEST_OF("0", "", "0") DUMP_OF("0", "port 22") FILE_OF(MAIN_FILE, "1"), { { X("listening"), "false" }, { X("edited"), "-" }, { X("complaint"), "\"none\"" }, { G("subject"), "\"global\"" } } },
	{ "processes of others cannot be seen", CASE_USER "[sshd_config.daemons more=0 boot=]\n\n[/1]\n" MAIN("UsePAM no\n"), { { "sshd_config.daemons", "!privilege" }, { G("usepam"), "\"no\"" } } },
	{ "too many", CASE_ROOT DAEMON("1", "file=", "") "[sshd_config.daemons more=1 boot=1]\n\n[/0]\n" DUMP_OF("1", "port 22") FILE_OF(MAIN_FILE, "1"), { { G("port"), "[\"22\"]" }, { X("subject"), "\"port 22\"" } } },
	{ "systemd listens where sshd does not", CASE_ROOT DAEMON("1", "file=", "") DAEMONS DUMP_OF("1", "port 22") FILE_OF(MAIN_FILE, "1") "[sshd_config.socket]\nId=ssh.socket\nListen=0.0.0.0:2222 (Stream)\nListen=[::]:22 (Stream)\nActiveState=active\n\nActiveState=inactive\nListen=/run/x (Stream)\nId=sshd.socket\n[/0]\n",
	  { { "sshd_config.socket", "[\"0.0.0.0:2222 (Stream)\",\"[::]:22 (Stream)\"]" }, { "sshd_config.socket_only", "[\"0.0.0.0:2222 (Stream)\"]" } } },
	{ "systemd did not answer", CASE_ROOT DAEMONS DUMP_OF("0", "port 22") FILE_OF(MAIN_FILE, "1") "[sshd_config.socket]\n\n[/124]\n", { { "sshd_config.socket_only", "!timeout" } } },
};

#define PEOPLE                                                                                                                                        \
	"[accounts.passwd source=getent]\nroot:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/:/usr/sbin/nologin\nanna:x:1000:1000::/home/anna:/bin/sh\n" \
	"bert:x:1001:1001::/home/bert:/bin/sh\n\n[/0]\n[accounts.group source=getent]\nroot:x:0:\nanna:x:1000:\nbert:x:1001:\nops:x:50:bert\n\n[/0]\n"
#define PASSWORDS    "[accounts.shadow]\nroot:none:\ndaemon:none:\nanna:set:\nbert:locked:\n\n[/0]\n[accounts.done count=4]\n\n[/0]\n"
#define NO_PASSWORDS "[accounts.shadow]\n\n[/1]\n[accounts.done count=4]\n\n[/0]\n"
#define STOCK                                                                                                                                              \
	DUMP("port 22\nusepam yes\npermitrootlogin prohibit-password\npubkeyauthentication yes\npasswordauthentication yes\nkbdinteractiveauthentication " \
	     "no\nhostbasedauthentication no\npermitemptypasswords no\nauthenticationmethods any\n")
#define WHO(n, name) "sshd_config.logins[" n "]." name

static const struct case_row logins[] = {
	{ "a stock server", CASE_ROOT STOCK MAIN("\n") PEOPLE PASSWORDS,
	  { { WHO("0", "subject"), "\"root\"" }, { WHO("0", "methods"), "[\"publickey\"]" }, { WHO("0", "from"), "[\"anywhere\"]" }, { WHO("1", "user"), "\"anna\"" }, { WHO("1", "methods"), "[\"publickey\",\"password\"]" }, { WHO("1", "password"), "\"set\"" }, { WHO("2", "user"), "\"bert\"" }, { WHO("2", "methods"), "[\"publickey\"]" }, { WHO("2", "where"), "\"default\"" }, { "sshd_config.logins[3]", "-" } } },
	{ "passwords that nobody may look at count", CASE_USER STOCK MAIN("\n") PEOPLE NO_PASSWORDS,
	  { { WHO("0", "methods"), "[\"publickey\"]" }, { WHO("2", "methods"), "[\"publickey\",\"password\"]" }, { WHO("2", "password"), "!privilege" } } }, /* and the table is not whole: below */
	{ "who is allowed, and from where",
	  CASE_ROOT DUMP("usepam yes\npermitrootlogin prohibit-password\npubkeyauthentication yes\npasswordauthentication no\nkbdinteractiveauthentication no\nhostbasedauthentication no\npermitemptypasswords no\nauthenticationmethods any\n"
	                 "allowusers root@10.0.0.*\nallowusers anna\nallowusers b*@gate\ndenyusers root@10.0.0.9\n") MAIN("\n") PEOPLE PASSWORDS,
	  { { WHO("0", "from"), "[\"10.0.0.*\",\"!10.0.0.9\"]" }, { WHO("1", "from"), "[\"anywhere\"]" }, { WHO("2", "from"), "[\"gate\"]" } } },
	{ "from every host is from anywhere",
	  CASE_ROOT DUMP("usepam yes\npermitrootlogin prohibit-password\npubkeyauthentication yes\npasswordauthentication no\nkbdinteractiveauthentication no\nhostbasedauthentication no\npermitemptypasswords no\nauthenticationmethods any\n"
	                 "allowusers *@*\ndenyusers anna@*\n") MAIN("\n") PEOPLE PASSWORDS,
	  { { WHO("0", "from"), "[\"anywhere\"]" }, { WHO("1", "user"), "\"bert\"" }, { "sshd_config.logins[2]", "-" } } },
	{ "blocks about accounts hold for them in any case",
	  CASE_ROOT STOCK MAIN("Match User anna\nPasswordAuthentication no\nMatch Group ops\nDenyUsers bert\n") PEOPLE PASSWORDS,
	  { { WHO("0", "user"), "\"root\"" }, { WHO("1", "subject"), "\"anna\"" }, { WHO("1", "methods"), "[\"publickey\"]" }, { WHO("1", "where"), "\"/etc/ssh/sshd_config:2\"" }, { "sshd_config.logins[2]", "-" } } },
	{ "blocks about addresses are told where they make a difference",
	  CASE_ROOT STOCK MAIN("Match Address 10.0.0.0/8\nPermitRootLogin yes\nPasswordAuthentication no\nMatch Address 192.0.2.0/24\nAllowUsers bert\n") PEOPLE PASSWORDS,
	  { { WHO("0", "subject"), "\"root\"" }, { WHO("1", "subject"), "\"root (Match Address 192.0.2.0/24)\"" }, { WHO("1", "methods"), "[]" }, { WHO("2", "subject"), "\"anna\"" }, { WHO("3", "subject"), "\"anna (Match Address 10.0.0.0/8)\"" }, { WHO("3", "methods"), "[\"publickey\"]" }, { WHO("4", "from"), "[]" }, { WHO("5", "subject"), "\"bert\"" } } },
	{ "a list of methods is open when all of it is",
	  CASE_ROOT DUMP("usepam no\npermitrootlogin yes\npubkeyauthentication yes\npasswordauthentication yes\nkbdinteractiveauthentication yes\nhostbasedauthentication no\npermitemptypasswords no\n"
	                 "authenticationmethods publickey,password publickey,keyboard-interactive:pam publickey\n") MAIN("\n") PEOPLE PASSWORDS,
	  { { WHO("0", "methods"), "[\"publickey\"]" }, { WHO("1", "methods"), "[\"publickey,password\",\"publickey\"]" }, { "sshd_config.logins[2]", "-" } } },
	{ "root may not", CASE_ROOT DUMP("usepam yes\npermitrootlogin no\npubkeyauthentication yes\npasswordauthentication no\nkbdinteractiveauthentication no\nhostbasedauthentication no\npermitemptypasswords no\nauthenticationmethods any\nallowgroups ops\n") MAIN("\n") PEOPLE PASSWORDS,
	  { { WHO("0", "user"), "\"bert\"" }, { "sshd_config.logins[1]", "-" } } },
	{ "what is not known is not told", CASE_USER MAIN("PermitRootLogin no\n") PEOPLE PASSWORDS, { { WHO("0", "methods"), "!privilege" } } },
	{ "no accounts", CASE_ROOT STOCK MAIN("\n"), { { "sshd_config.logins", "!missing" } } },
};

/* Accounts without a shell are left out where nobody may see whether they have a password, and that is said. */
static void hidden_passwords_leave_the_table_open(void **state)
{
	cJSON *facts = case_facts(slice_of(CASE_USER STOCK MAIN("\n") PEOPLE NO_PASSWORDS));

	(void)state;
	assert_string_equal(case_reason(cJSON_GetObjectItemCaseSensitive(facts, "sshd_config"), "sshd_config.logins"), "privilege");
	cJSON_Delete(facts);
}

static void run_logins(void **state)
{
	(void)state;
	case_run(logins, countof(logins));
}

static void many_combinations_are_bounded(void **state)
{
	static const char *const keywords[] = { "banner", "permittty", "permituserrc", "x11forwarding", "gatewayports", "permittunnel", "maxsessions", "loglevel", "allowtcpforwarding" };
	struct buf               text;
	struct error             err;
	cJSON                   *facts, *table, *last;

	(void)state;
	buf_init(&text, CASE_MAX);
	assert_int_equal(buf_append_text(&text, CASE_ROOT DUMP("banner none\nusepam yes\n") "[sshd_config.file path=/etc/ssh/sshd_config]\n", &err), 0);
	for (size_t i = 0; i < countof(keywords); i++)
		assert_int_equal(buf_printf(&text, &err, "Match Group g%zu\n%s 1\n", i, keywords[i]), 0);
	assert_int_equal(buf_append_text(&text, "\n[/0]\n", &err), 0);
	facts = case_facts(buf_slice(&text));
	table = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(facts, "sshd_config"), "contexts");
	last = cJSON_GetArrayItem(table, cJSON_GetArraySize(table) - 1);
	assert_in_range(cJSON_GetArraySize(table), 1 + countof(keywords), 300);
	for (size_t i = 0; i < countof(keywords); i++)
		assert_string_equal(case_reason(last, keywords[i]), "unsupported");
	assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(last, "usepam")), "yes");
	cJSON_Delete(facts);
	buf_free(&text);
}

static void run_daemons(void **state)
{
	(void)state;
	case_run(daemons, countof(daemons));
}

static void run_combinations(void **state)
{
	(void)state;
	case_run(combinations, countof(combinations));
}

static void run_dumps(void **state)
{
	(void)state;
	case_run(dumps, countof(dumps));
}

static void run_files(void **state)
{
	(void)state;
	case_run(files, countof(files));
}

static void run_matches(void **state)
{
	(void)state;
	case_run(matches, countof(matches));
}

/* find_name() searches by halves. */
static void keywords_are_in_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < SSHD_KEYWORDS; i++) {
		enum sshd_keyword found = SSHD_KEYWORDS;
		const char       *name = sshd_keyword_name((enum sshd_keyword)i);
		bool              alias = true;

		assert_true(i == 0 || strcmp(sshd_keyword_name((enum sshd_keyword)(i - 1)), name) < 0);
		assert_true(sshd_keyword_find(slice_of(name), &found, &alias));
		assert_true(found == (enum sshd_keyword)i && !alias);
	}
}

static const struct {
	const char *line;
	const char *args[4];
	int         last; /* what follows them */
} lines[] = {
	{ "a b", { "a", "b" }, 0 },
	{ "  a\tb  ", { "a", "b" }, 0 },
	{ "\"a b\" c", { "a b", "c" }, 0 },
	{ "'a \"b' c", { "a \"b", "c" }, 0 },
	{ "a\"b c\"d", { "ab cd" }, 0 },
	{ "a\\ b \\\"c \\\\ \\n", { "a b", "\"c", "\\", "\\n" }, 0 },
	{ "\"a\\ b\"", { "a\\ b" }, 0 },
	{ "a # b", { "a" }, 0 },
	{ "a#b", { "a#b" }, 0 },
	{ "\"\" b", { "", "b" }, 0 },
	{ "\"a", { NULL }, ERR_SYNTAX },
	{ "a 'b", { "a" }, ERR_SYNTAX },
	{ "", { NULL }, 0 },
};

static void arguments_are_split_as_sshd_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(lines); i++) {
		struct slice rest = slice_of(lines[i].line);
		struct error err;
		struct buf   arg;

		buf_init(&arg, 100);
		for (size_t j = 0; j < countof(lines[i].args) && lines[i].args[j]; j++) {
			buf_clear(&arg);
			assert_int_equal(sshd_words_next(SSHD_WORDS_SHELL, &rest, &arg, &err), 1);
			assert_string_equal(buf_text(&arg), lines[i].args[j]);
		}
		buf_clear(&arg);
		assert_int_equal(sshd_words_next(SSHD_WORDS_SHELL, &rest, &arg, &err), lines[i].last);
		buf_free(&arg);
	}
}

/* Many blocks, each of which repeats a large global value: bounded, and what is left out is said. */
static void many_blocks_are_bounded(void **state)
{
	struct buf   text;
	struct error err;
	cJSON       *facts, *table;
	int          n;

	(void)state;
	buf_init(&text, CASE_MAX);
	assert_int_equal(buf_append_text(&text, CASE_ROOT "[sshd_config.dump command=sshd%20-T]\nciphers ", &err), 0);
	for (int i = 0; i < 20000; i++)
		assert_int_equal(buf_append_text(&text, "a,", &err), 0);
	assert_int_equal(buf_append_text(&text, "a\n\n[/0]\n[sshd_config.file path=/etc/ssh/sshd_config]\n", &err), 0);
	for (int i = 0; i < 300; i++)
		assert_int_equal(buf_printf(&text, &err, "Match User x%d\nPermitTTY no\n", i), 0);
	assert_int_equal(buf_append_text(&text, "\n[/0]\n", &err), 0);
	facts = case_facts(buf_slice(&text));
	table = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(facts, "sshd_config"), "contexts");
	n = cJSON_GetArraySize(table);
	assert_in_range(n, 10, 60);
	assert_string_equal(case_reason(cJSON_GetArrayItem(table, n - 1), "permittty"), "truncated");
	cJSON_Delete(facts);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(run_dumps),
		cmocka_unit_test(run_files),
		cmocka_unit_test(run_matches),
		cmocka_unit_test(run_combinations),
		cmocka_unit_test(run_daemons),
		cmocka_unit_test(run_logins),
		cmocka_unit_test(hidden_passwords_leave_the_table_open),
		cmocka_unit_test(many_combinations_are_bounded),
		cmocka_unit_test(keywords_are_in_order),
		cmocka_unit_test(arguments_are_split_as_sshd_does),
		cmocka_unit_test(many_blocks_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What rulesets do by default: nftables, iptables in both backends, and everything that must not look closed. */
#include "checks_case.h"
#include "file.h"

#define KERNEL(nf, ip, ip6, ipv6) "[firewall.kernel]\nsystem Linux\nnf_tables " nf "\nip_tables " ip "\nip6_tables " ip6 "\nipv6 " ipv6 "\n[/0]\n"
#define DONE                      "[firewall.done]\n\n[/0]\n"
#define META                      "{\"metainfo\":{\"version\":\"1.0.6\"}}"
#define CHAIN(family, policy)     "{\"table\":{\"family\":\"" family "\",\"name\":\"f\"}},{\"chain\":{\"family\":\"" family "\",\"table\":\"f\",\"name\":\"in\",\"type\":\"filter\"," \
			      "\"hook\":\"input\",\"prio\":0,\"policy\":\"" policy "\"}}"
#define SIDE(family, name)        ",{\"chain\":{\"family\":\"" family "\",\"table\":\"f\",\"name\":\"" name "\"}}"
#define RULE_IN(family, chain, e) ",{\"rule\":{\"family\":\"" family "\",\"table\":\"f\",\"chain\":\"" chain "\",\"expr\":[" e "]}}"
#define RULE(e)                   RULE_IN("inet", "in", e)
#define NFT_RULES(items)          CASE_ROOT KERNEL("yes", "absent", "absent", "yes") "[firewall.nft]\n{\"nftables\":[" META "," items "]}\n[/0]\n"
#define NFT_TABLES(tables)        "[firewall.nft_tables]\n" tables "\n[/0]\n" DONE
#define NFT(items, tables)        NFT_RULES(items) NFT_TABLES(tables)
#define INET(policy, rules)       NFT_RULES(CHAIN("inet", policy) "" rules) NFT_TABLES("table inet f {")
#define MATCH(op, left, right)    "{\"match\":{\"op\":\"" op "\",\"left\":" left ",\"right\":" right "}}"
#define STATE(right)              MATCH("in", "{\"ct\":{\"key\":\"state\"}}", right)
#define DPORT(right)              MATCH("==", "{\"payload\":{\"protocol\":\"tcp\",\"field\":\"dport\"}}", right)
#define IIF(op, name)             MATCH(op, "{\"meta\":{\"key\":\"iifname\"}}", "\"" name "\"")
#define ACCEPT                    "{\"accept\":null}"
#define DROP                      "{\"drop\":null}"
#define LEGACY(rules)             CASE_ROOT KERNEL("no", "filter", "absent", "no") "[firewall.iptables_save backend=legacy]\n" rules "\n[/0]\n" DONE
#define SAVE(policy, rules)       "*filter\n:INPUT " policy " [0:0]\n:FORWARD ACCEPT [0:0]\n:side - [0:0]\n" rules "COMMIT\n"

#define BOOT(unit)               "[firewall.boot]\n" unit ".service enabled enabled\n[/0]\n"
#define DISK(path, text)         "[firewall.disk path=" path "]\n" text "\n[/0]\n"
#define STORED_V4(stored, live)  CASE_ROOT KERNEL("no", "filter", "absent", "no") "[firewall.iptables_save backend=legacy]\n" live "\n[/0]\n" BOOT("netfilter-persistent") DISK("/etc/iptables/rules.v4", stored) DONE
#define STORED_NFT(stored, live) CASE_ROOT KERNEL("no", "absent", "absent", "no") "[firewall.nft_text]\n" live "\n[/0]\n" BOOT("nftables") DISK("/etc/nftables.conf", stored) DONE
#define ZONES(live, stored)      CASE_ROOT KERNEL("no", "absent", "absent", "no") "[firewall.firewalld]\nactive\n[/0]\n[firewall.firewalld_live]\n" live "\n[/0]\n[firewall.firewalld_stored]\n" stored "\n[/0]\n" DONE
#define UFW_CHAINS               ":ufw-before-input - [0:0]\n:ufw-before-output - [0:0]\n:ufw-before-forward - [0:0]\n"
#define UFW_USER                 ":ufw-user-input - [0:0]\n:ufw-user-output - [0:0]\n:ufw-user-forward - [0:0]\n"
#define UFW_LINKS                "-A ufw-before-input -j ufw-user-input\n-A ufw-before-output -j ufw-user-output\n-A ufw-before-forward -j ufw-user-forward\n"
#define UFW(stored, live)                                                                                                                                                                                                                                                                          \
	CASE_ROOT KERNEL("no", "filter", "absent", "no") "[firewall.ufw]\nENABLED=yes\n[/0]\n[firewall.ufw_defaults]\nIPV6=no\n[/0]\n[firewall.iptables_save backend=legacy]\n*filter\n"                                                                                                           \
							 ":INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n" UFW_CHAINS UFW_USER UFW_LINKS live "COMMIT\n\n[/0]\n" DISK("/etc/ufw/before.rules", "*filter\n" UFW_CHAINS "COMMIT\n") DISK("/etc/ufw/after.rules", "*filter\nCOMMIT\n") \
								 DISK("/etc/ufw/user.rules", "*filter\n" UFW_USER "### RULES ###\n" stored "COMMIT\n") DONE

#define PF(status, rules) CASE_ROOT "[firewall.kernel]\nsystem FreeBSD\n[/0]\n[firewall.pf_info]\nStatus: " status " for 1 days\n[/0]\n[firewall.pf]\n" rules "\n[/0]\n" DONE

#define V4 "firewall.input_default[0].verdict"
#define V6 "firewall.input_default[1].verdict"
#define W4 "firewall.input_default[0].where"

static const struct case_row general[] = {
	{ "nothing is loaded", CASE_ROOT KERNEL("no", "absent", "absent", "yes") DONE, { { "firewall.backends", "[]" }, { "firewall.active", "false" }, { "firewall.manager", "\"none\"" }, { V4, "\"accept\"" }, { V6, "\"accept\"" }, { W4, "\"no ruleset is loaded\"" } } },
	{ "nf_tables without a table", CASE_ROOT KERNEL("yes", "", "", "yes") "[firewall.nft]\n{\"nftables\":[" META "]}\n[/0]\n[firewall.nft_tables]\n\n[/0]\n" DONE, { { "firewall.backends", "[]" }, { "firewall.active", "false" }, { V4, "\"accept\"" }, { W4, "\"no ruleset is loaded\"" } } },
	{ "IPv6 is down", CASE_ROOT KERNEL("no", "absent", "absent", "no") DONE, { { V4, "\"accept\"" }, { "firewall.input_default[1]", "-" } } },
	{ "an ordinary user", CASE_USER KERNEL("yes", "unreadable", "unreadable", "yes") DONE, { { "firewall.backends", "!privilege" }, { "firewall.manager", "!privilege" }, { "firewall.active", "!privilege" }, { "firewall.input_default", "!privilege" } } },
	{ "no tool for nf_tables", CASE_ROOT KERNEL("yes", "absent", "absent", "yes") DONE, { { "firewall.active", "!unsupported" }, { "firewall.input_default", "!unsupported" } } },
	{ "the kernel keeps it to itself", CASE_ROOT KERNEL("unknown", "absent", "absent", "yes") DONE, { { "firewall.active", "!unsupported" } } },
	{ "nft may not look", CASE_ROOT KERNEL("yes", "absent", "absent", "yes") "[firewall.nft]\n\n[/1]\n" DONE, { { "firewall.active", "!privilege" } } },
	{ "nft with an option it lacks, then without", CASE_ROOT KERNEL("yes", "absent", "absent", "yes") "[firewall.nft]\n\n[/1]\n[firewall.nft]\n{\"nftables\":[" META "," CHAIN("inet", "drop") "]}\n[/0]\n[firewall.nft_tables]\ntable inet f {\n[/0]\n" DONE, { { V4, "\"drop\"" } } },
	{ "nft is slow", CASE_ROOT KERNEL("yes", "absent", "absent", "yes") "[firewall.nft]\n\n[/124]\n" DONE, { { "firewall.active", "!timeout" } } },
	{ "too large", CASE_ROOT KERNEL("yes", "absent", "absent", "yes") "[firewall.nft limit=5]\n{\"nftables\":[\n[/0]\n" DONE, { { "firewall.active", "!truncated" } } },
	{ "not JSON", CASE_ROOT KERNEL("yes", "absent", "absent", "yes") "[firewall.nft]\nx\n[/0]\n[firewall.nft_tables]\n\n[/0]\n" DONE, { { "firewall.active", "!parse" } } },
	{ "another JSON", CASE_ROOT KERNEL("yes", "absent", "absent", "yes") "[firewall.nft]\n{\"nftables\":[]}\n[/0]\n[firewall.nft_tables]\n\n[/0]\n" DONE, { { "firewall.active", "!parse" } } },
	{ "a table only one of the two forms has", NFT(CHAIN("inet", "drop"), "table inet other {"), { { "firewall.active", "!parse" } } },
	{ "the evidence broke off", CASE_ROOT KERNEL("no", "absent", "absent", "yes"), { { "firewall.active", "!missing" } } },
	{ "legacy tables that cannot be listed", CASE_ROOT KERNEL("no", "filter", "absent", "yes") DONE, { { "firewall.active", "!missing" } } },
	{ "pf refuses", PF("Enabled", "block drop all\npass in quick inet proto tcp from any to any port = 22 flags S/SA keep state\npass out all flags S/SA keep state\n"), { { "firewall.active", "true" }, { V4, "\"drop\"" }, { V6, "\"drop\"" }, { W4, "\"pf: block drop all\"" }, { "firewall.backends", "[\"pf\"]" }, { "firewall.reachable", "!unsupported" } } },
	{ "pf's last word", PF("Enabled", "block return in all\npass in inet all\n"), { { V4, "\"accept\"" }, { V6, "\"reject\"" } } },
	{ "pf's first word, if it is quick", PF("Enabled", "block drop in quick all\npass all\n"), { { V4, "\"drop\"" } } },
	{ "pf on one interface", PF("Enabled", "block drop in on em0 all\n"), { { V4, "\"accept\"" } } },
	{ "pf is off", PF("Disabled", "block drop all\n"), { { "firewall.active", "false" }, { V4, "\"accept\"" } } },
	{ "another system", CASE_ROOT "[firewall.kernel]\nsystem FreeBSD\n[/0]\n", { { "firewall.active", "!unsupported" } } },
	{ "ufw", CASE_ROOT KERNEL("no", "absent", "absent", "yes") "[firewall.ufw]\n# x\nENABLED=no\nENABLED=yes\n\n[/0]\n" DONE, { { "firewall.manager", "\"ufw\"" } } },
	{ "ufw is off", CASE_ROOT KERNEL("no", "absent", "absent", "yes") "[firewall.ufw]\nENABLED=yes\nENABLED=no\n\n[/0]\n" DONE, { { "firewall.manager", "\"none\"" } } },
	{ "firewalld", CASE_ROOT KERNEL("no", "absent", "absent", "yes") "[firewall.firewalld]\nactive\n\n[/0]\n" DONE, { { "firewall.manager", "\"firewalld\"" } } },
	{ "firewalld is off", CASE_ROOT KERNEL("no", "absent", "absent", "yes") "[firewall.firewalld]\ninactive\n\n[/3]\n[firewall.services]\nnftables.service\n\n[/0]\n" DONE, { { "firewall.manager", "\"nftables\"" } } },
};

static const struct case_row nft[] = {
	{ "policy drop", INET("drop", ""), { { V4, "\"drop\"" }, { V6, "\"drop\"" }, { W4, "\"inet f in policy drop\"" }, { "firewall.active", "true" }, { "firewall.backends", "[\"nftables\"]" } } },
	{ "policy accept", INET("accept", ""), { { V4, "\"accept\"" }, { "firewall.active", "false" } } },
	{ "a last drop", INET("accept", RULE("{\"counter\":{}}," DROP)), { { V4, "\"drop\"" }, { "firewall.active", "true" } } },
	{ "a last reject", INET("accept", RULE("{\"reject\":{\"type\":\"icmpx\"}}")), { { V4, "\"reject\"" } } },
	{ "one family only", NFT(CHAIN("ip", "drop"), "table ip f {"), { { V4, "\"drop\"" }, { V6, "\"accept\"" }, { "firewall.input_default[1].where", "\"no chain filters IPv6 input\"" } } },
	{ "narrow rules decide nothing", INET("drop", RULE(STATE("[\"established\",\"related\"]") "," ACCEPT) RULE(IIF("==", "lo") "," ACCEPT) RULE(DPORT("22") "," ACCEPT) RULE(DPORT("{\"set\":[80,{\"range\":[1000,2000]}]}") "," ACCEPT)), { { V4, "\"drop\"" } } },
	{ "accept everything before the policy", INET("drop", RULE(ACCEPT)), { { V4, "\"accept\"" } } },
	{ "a counter is no condition", INET("drop", RULE("{\"counter\":{\"packets\":1,\"bytes\":2}},{\"log\":null}," ACCEPT)), { { V4, "\"accept\"" } } },
	{ "new connections accepted", INET("drop", RULE(STATE("[\"new\",\"established\"]") "," ACCEPT)), { { V4, "\"accept\"" } } },
	{ "a whole interface accepted", INET("drop", RULE(IIF("==", "eth0") "," ACCEPT)), { { V4, "\"accept\"" } } },
	{ "everything but an interface accepted", INET("drop", RULE(IIF("!=", "lo") "," ACCEPT)), { { V4, "\"accept\"" } } },
	{ "all ports accepted", INET("drop", RULE(DPORT("{\"range\":[1,65535]}") "," ACCEPT)), { { V4, "\"accept\"" } } },
	{ "a named set is not looked into", INET("drop", RULE(DPORT("\"@ports\"") "," ACCEPT)), { { V4, "\"undecided\"" } } },
	{ "half of all addresses accepted", INET("drop", RULE(MATCH("==", "{\"payload\":{\"protocol\":\"ip\",\"field\":\"saddr\"}}", "{\"prefix\":{\"addr\":\"0.0.0.0\",\"len\":1}}") "," ACCEPT)), { { V4, "\"accept\"" } } },
	{ "a network accepted", INET("drop", RULE(MATCH("==", "{\"payload\":{\"protocol\":\"ip\",\"field\":\"saddr\"}}", "{\"prefix\":{\"addr\":\"10.0.0.0\",\"len\":8}}") "," ACCEPT)), { { V4, "\"drop\"" } } },
	{ "the host's own address accepted", INET("drop", RULE(MATCH("==", "{\"payload\":{\"protocol\":\"ip\",\"field\":\"daddr\"}}", "\"192.0.2.1\"") "," ACCEPT)), { { V4, "\"undecided\"" } } },
	{ "limited accept", INET("drop", RULE("{\"limit\":{\"rate\":10}}," ACCEPT)), { { V4, "\"undecided\"" } } },
	{ "limited drop is no drop", INET("accept", RULE("{\"limit\":{\"rate\":10}}," DROP)), { { V4, "\"undecided\"" } } },
	{ "a statement of the future", INET("drop", RULE("{\"teleport\":null}")), { { V4, "\"undecided\"" } } },
	{ "an extension of iptables", INET("drop", RULE("{\"xt\":{\"type\":\"match\",\"name\":\"string\"}}," ACCEPT)), { { V4, "\"undecided\"" } } },
	{ "logging by an extension", INET("drop", RULE("{\"xt\":{\"type\":\"target\",\"name\":\"LOG\"}}")), { { V4, "\"drop\"" } } },
	{ "one family inside inet", INET("accept", RULE(MATCH("==", "{\"meta\":{\"key\":\"nfproto\"}}", "\"ipv4\"") "," DROP)), { { V4, "\"drop\"" }, { V6, "\"accept\"" } } },
	{ "jump and come back", INET("drop", SIDE("inet", "s") RULE_IN("inet", "s", DPORT("22") "," ACCEPT) RULE("{\"jump\":{\"target\":\"s\"}}")), { { V4, "\"drop\"" } } },
	{ "jump to accept", INET("drop", SIDE("inet", "s") RULE_IN("inet", "s", ACCEPT) RULE("{\"jump\":{\"target\":\"s\"}}")), { { V4, "\"accept\"" } } },
	{ "goto ends the chain", INET("accept", SIDE("inet", "s") RULE("{\"goto\":{\"target\":\"s\"}}") RULE(DROP)), { { V4, "\"accept\"" } } },
	{ "goto to reject", INET("accept", SIDE("inet", "s") RULE_IN("inet", "s", "{\"reject\":null}") RULE("{\"goto\":{\"target\":\"s\"}}")), { { V4, "\"reject\"" } } },
	{ "return is the policy", INET("accept", RULE("{\"return\":null}") RULE(DROP)), { { V4, "\"accept\"" } } },
	{ "jump to nowhere", INET("drop", RULE("{\"jump\":{\"target\":\"none\"}}")), { { "firewall.input_default", "!parse" }, { "firewall.active", "!parse" } } },
	{ "a loop", INET("drop", SIDE("inet", "s") RULE_IN("inet", "s", "{\"jump\":{\"target\":\"s\"}}") RULE("{\"jump\":{\"target\":\"s\"}}")), { { V4, "\"undecided\"" } } },
	{ "zones: broad goto, then goto, both closed", INET("accept", SIDE("inet", "z") RULE_IN("inet", "z", "{\"reject\":null}") RULE(IIF("==", "eth0") ",{\"goto\":{\"target\":\"z\"}}") RULE("{\"goto\":{\"target\":\"z\"}}")), { { V4, "\"reject\"" } } },
	{ "a verdict map of old states", INET("drop", RULE("{\"vmap\":{\"key\":{\"ct\":{\"key\":\"state\"}},\"data\":{\"set\":[[\"established\"," ACCEPT "],[\"invalid\"," DROP "]]}}}")), { { V4, "\"drop\"" } } },
	{ "a verdict map with new", INET("drop", RULE("{\"vmap\":{\"key\":{\"ct\":{\"key\":\"state\"}},\"data\":{\"set\":[[\"new\"," ACCEPT "]]}}}")), { { V4, "\"accept\"" } } },
	{ "a named verdict map", INET("drop", RULE("{\"vmap\":{\"key\":{\"payload\":{\"protocol\":\"tcp\",\"field\":\"dport\"}},\"data\":\"@m\"}}")), { { V4, "\"undecided\"" } } },
	{ "a dormant table does nothing", NFT(CHAIN("inet", "drop"), "table inet f {\n\tflags dormant"), { { V4, "\"accept\"" }, { "firewall.active", "false" } } },
	{ "flags that are not dormant", NFT(CHAIN("inet", "drop"), "table inet f { # x\n\tflags owner"), { { V4, "\"drop\"" } } },
	{ "one of two chains drops", NFT(CHAIN("inet", "accept") ",{\"chain\":{\"family\":\"inet\",\"table\":\"f\",\"name\":\"b\",\"type\":\"filter\",\"hook\":\"input\",\"prio\":5,\"policy\":\"drop\"}}", "table inet f {"), { { V4, "\"drop\"" }, { W4, "\"inet f b policy drop\"" } } },
	{ "chains that are not of the input", NFT("{\"chain\":{\"family\":\"inet\",\"table\":\"f\",\"name\":\"o\",\"type\":\"filter\",\"hook\":\"output\",\"prio\":0,\"policy\":\"drop\"}}", "table inet f {"), { { V4, "\"accept\"" } } },
	{ "a policy nobody knows", INET("queue", ""), { { V4, "\"undecided\"" } } },
	{ "a rule without its chain", INET("drop", RULE_IN("inet", "none", ACCEPT)), { { "firewall.input_default", "!parse" }, { "firewall.active", "!parse" } } },
	{ "a chain twice", NFT(CHAIN("inet", "drop") "," CHAIN("inet", "accept"), "table inet f {"), { { "firewall.active", "!parse" } } },
	{ "firewalld's table", NFT("{\"table\":{\"family\":\"inet\",\"name\":\"firewalld\"}}", "table inet firewalld {"), { { "firewall.manager", "\"firewalld\"" } } },
};

static const struct case_row iptables[] = {
	{ "policy drop", LEGACY(SAVE("DROP", "")), { { V4, "\"drop\"" }, { W4, "\"legacy iptables filter INPUT policy drop\"" }, { "firewall.backends", "[\"iptables-legacy\"]" }, { "firewall.active", "true" } } },
	{ "policy accept", LEGACY(SAVE("ACCEPT", "")), { { V4, "\"accept\"" }, { "firewall.active", "false" } } },
	{ "narrow rules", LEGACY(SAVE("DROP", "-A INPUT -i lo -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 22 -m comment --comment \"a -j ACCEPT \\\" b\" -j ACCEPT\n"
	                                      "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -s 10.0.0.0/8 -j ACCEPT\n-A INPUT -p icmp -j ACCEPT\n-A INPUT -p udp -m multiport --dports 53,67:68 -j ACCEPT\n")),
	  { { V4, "\"drop\"" } } },
	{ "a last reject", LEGACY(SAVE("ACCEPT", "-A INPUT -j REJECT --reject-with icmp-port-unreachable\n")), { { V4, "\"reject\"" } } },
	{ "accept everything", LEGACY(SAVE("DROP", "-A INPUT -j ACCEPT\n")), { { V4, "\"accept\"" } } },
	{ "accept everything with a comment", LEGACY(SAVE("DROP", "-A INPUT -m comment --comment x -j ACCEPT\n")), { { V4, "\"accept\"" } } },
	{ "new connections", LEGACY(SAVE("DROP", "-A INPUT -m state --state NEW,ESTABLISHED -j ACCEPT\n")), { { V4, "\"accept\"" } } },
	{ "a negated match", LEGACY(SAVE("DROP", "-A INPUT ! -i lo -j ACCEPT\n")), { { V4, "\"accept\"" } } },
	{ "a negated port", LEGACY(SAVE("DROP", "-A INPUT -p tcp ! --dport 22 -j ACCEPT\n")), { { V4, "\"undecided\"" } } },
	{ "a whole protocol", LEGACY(SAVE("DROP", "-A INPUT -p tcp -j ACCEPT\n")), { { V4, "\"accept\"" } } },
	{ "all ports", LEGACY(SAVE("DROP", "-A INPUT -p tcp -m tcp --dport 1:65535 -j ACCEPT\n")), { { V4, "\"accept\"" } } },
	{ "all addresses but one half", LEGACY(SAVE("DROP", "-A INPUT -s 0.0.0.0/1 -j ACCEPT\n")), { { V4, "\"accept\"" } } },
	{ "a set", LEGACY(SAVE("DROP", "-A INPUT -m set --match-set good src -j ACCEPT\n")), { { V4, "\"undecided\"" } } },
	{ "a target of its own", LEGACY(SAVE("DROP", "-A INPUT -j TARPIT\n")), { { V4, "\"undecided\"" } } },
	{ "logging goes on", LEGACY(SAVE("DROP", "-A INPUT -j LOG --log-prefix \"x -j ACCEPT\"\n")), { { V4, "\"drop\"" } } },
	{ "jump and come back", LEGACY(SAVE("DROP", "-A INPUT -j side\n-A side -p tcp -m tcp --dport 22 -j ACCEPT\n")), { { V4, "\"drop\"" } } },
	{ "jump to accept", LEGACY(SAVE("DROP", "-A INPUT -j side\n-A side -j ACCEPT\n")), { { V4, "\"accept\"" } } },
	{ "goto to drop", LEGACY(SAVE("ACCEPT", "-A INPUT -g side\n-A side -j DROP\n")), { { V4, "\"drop\"" } } },
	{ "ufw-not-local", LEGACY(SAVE("DROP", "-A INPUT -j side\n-A side -m addrtype --dst-type LOCAL -j RETURN\n-A side -m addrtype --dst-type MULTICAST -j RETURN\n-A side -j DROP\n")), { { V4, "\"drop\"" } } },
	{ "a chain of another table closes", LEGACY("*nat\n:INPUT DROP [0:0]\nCOMMIT\n" SAVE("ACCEPT", "")), { { V4, "\"drop\"" } } },
	{ "cut short", LEGACY("*filter\n:INPUT DROP [0:0]\n"), { { "firewall.input_default", "!parse" }, { "firewall.active", "!parse" } } },
	{ "a rule of no chain", LEGACY("*filter\n:INPUT DROP [0:0]\n-A OTHER -j DROP\nCOMMIT\n"), { { "firewall.active", "!parse" } } },
	{ "a line of another kind", LEGACY("*filter\n:INPUT DROP [0:0]\nhello\nCOMMIT\n"), { { "firewall.active", "!parse" } } },
	{ "it failed", CASE_ROOT KERNEL("no", "filter", "absent", "no") "[firewall.iptables_save backend=legacy]\n\n[/1]\n" DONE, { { "firewall.active", "!privilege" } } },
	{ "translated tables are read in their own words",
	  CASE_ROOT KERNEL("yes", "absent", "absent", "no") "[firewall.nft]\n{\"nftables\":[" META ",{\"table\":{\"family\":\"ip\",\"name\":\"filter\"}},{\"chain\":{\"family\":\"ip\",\"table\":\"filter\",\"name\":\"INPUT\","
	                                                    "\"type\":\"filter\",\"hook\":\"input\",\"prio\":0,\"policy\":\"drop\"}},{\"rule\":{\"family\":\"ip\",\"table\":\"filter\",\"chain\":\"INPUT\",\"expr\":[{\"xt\":null},{\"accept\":null}]}}]}\n[/0]\n"
	                                                    "[firewall.nft_tables]\ntable ip filter {\n[/0]\n[firewall.iptables_save backend=nft]\n" SAVE("DROP", "-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\n") "\n[/0]\n" DONE,
	  { { V4, "\"drop\"" }, { W4, "\"iptables filter INPUT policy drop\"" }, { "firewall.backends", "[\"iptables-nft\"]" } } },
	{ "legacy and nft together: either may drop",
	  CASE_ROOT KERNEL("yes", "filter", "absent", "no") "[firewall.nft]\n{\"nftables\":[" META "," CHAIN("inet", "drop") "]}\n[/0]\n[firewall.nft_tables]\ntable inet f {\n[/0]\n"
	                                                                                                                     "[firewall.iptables_save backend=legacy]\n" SAVE("ACCEPT", "") "\n[/0]\n" DONE,
	  { { V4, "\"drop\"" }, { "firewall.backends", "[\"nftables\",\"iptables-legacy\"]" } } },
};

/* A host with one address and an SSH daemon for IPv4; R is the first item of what is reachable. */
#define HOST     "[firewall.sockets tool=ss]\ntcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:((\"sshd\",pid=1,fd=3))\n[/0]\n" OWN
#define OWN      "[firewall.addresses tool=ip]\n1: lo inet 127.0.0.1/8\n2: eth0 inet 192.0.2.10/24\n3: docker0 inet 172.17.0.1/16\n[/0]\n"
#define LISTENS  "[firewall.sockets tool=ss]\ntcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:*\n[/0]\n"
#define LISTENS6 "[firewall.sockets tool=ss]\ntcp LISTEN 0 128 [fd00::2]:22 [::]:*\n[/0]\n"
#define TRIE(leaf)                                                                                                                                                                                       \
	"[firewall.addresses tool=proc table=fib_trie]\nLocal:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 127.0.0.0\n        /8 host LOCAL\n     |-- 127.0.0.1\n        /32 host LOCAL\n     |-- " leaf "\n[/0]\n" \
	"[firewall.addresses tool=proc table=route]\nIface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n"                                                                                   \
	"eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\neth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\n[/0]\n"                                                                             \
	"[firewall.addresses tool=proc table=if_inet6]\n00000000000000000000000000000001 01 80 10 80       lo\nfd000000000000000000000000000002 04 40 00 82     eth0\n[/0]\n"
#define RI(rules)              NFT_RULES(CHAIN("inet", "drop") "" rules) HOST NFT_TABLES("table inet f {")
#define RS(sets)               NFT_RULES(CHAIN("inet", "drop") "," sets) HOST NFT_TABLES("table inet f {")
#define RL(rules)              CASE_ROOT KERNEL("no", "filter", "absent", "no") "[firewall.iptables_save backend=legacy]\n" rules "\n[/0]\n" HOST DONE
#define RF(rules)              RL(SAVE("DROP", rules))
#define SSH4                   MATCH("==", "{\"payload\":{\"protocol\":\"ip\",\"field\":\"saddr\"}}", "\"198.51.100.7\"") "," DPORT("22")
#define SADDR                  "{\"payload\":{\"protocol\":\"ip\",\"field\":\"saddr\"}}"
#define R                      "firewall.reachable[0].outcome"
#define SETS(sets, dimensions) CASE_ROOT KERNEL("no", "filter", "absent", "no") "[firewall.ipset]\n" sets "[/0]\n[firewall.iptables_save backend=legacy]\n" SAVE("DROP", "-A INPUT -m set --match-set s " dimensions " -j ACCEPT\n") "\n[/0]\n" HOST DONE
#define STATUS(op, right)      MATCH(op, "{\"ct\":{\"key\":\"status\"}}", right)
#define PRE                    ",{\"chain\":{\"family\":\"inet\",\"table\":\"f\",\"name\":\"pre\",\"type\":\"nat\",\"hook\":\"prerouting\",\"prio\":-100,\"policy\":\"accept\"}}"
#define PRE_RULE               RULE_IN("inet", "pre", TO("2222"))
#define TO(port)               DPORT("22") ",{\"redirect\":{\"port\":" port "}}"
#define SENT                   MATCH("in", "{\"ct\":{\"key\":\"status\"}}", "\"dnat\"")
#define HOST2222               "[firewall.sockets tool=ss]\ntcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:((\"sshd\",pid=1,fd=3))\ntcp LISTEN 0 128 0.0.0.0:2222 0.0.0.0:* users:((\"sshd\",pid=1,fd=4))\n[/0]\n" OWN
#define PRE_RULES(pre, e)      NFT_RULES(CHAIN("inet", "drop") PRE RULE_IN("inet", "pre", pre) RULE(e)) HOST2222 NFT_TABLES("table inet f {")
#define DADDR                  "{\"payload\":{\"protocol\":\"ip\",\"field\":\"daddr\"}}"
#define SNAT_CHAIN             ",{\"chain\":{\"family\":\"inet\",\"table\":\"f\",\"name\":\"src\",\"type\":\"nat\",\"hook\":\"input\",\"prio\":100,\"policy\":\"accept\"}}"
#define SNAT_RULE              RULE_IN("inet", "src", "{\"snat\":{\"family\":\"ip\",\"addr\":\"192.0.2.99\"}}")
#define BEHIND                 SNAT_CHAIN ",{\"chain\":{\"family\":\"inet\",\"table\":\"f\",\"name\":\"b\",\"type\":\"filter\",\"hook\":\"input\",\"prio\":200,\"policy\":\"drop\"}}"
#define RC                     "firewall.reachable[0].conditions"
#define RD                     "firewall.reachable[0].decided_by"
#define OPEN                  \
	{                     \
		R, "\"open\"" \
	}
#define CLOSED                  \
	{                       \
		R, "\"closed\"" \
	}

static const struct case_row reachable[] = {
	{ "policy drop", RI(""), { CLOSED, { RD, "\"inet f in policy drop\"" }, { "firewall.reachable[0].subject", "\"tcp/22 ipv4 sshd\"" }, { "firewall.reachable[0].sources", "[]" }, { "firewall.ssh_ports", "[\"22\"]" } } },
	{ "a port", RI(RULE(DPORT("22") "," ACCEPT)), { OPEN, { "firewall.reachable[0].sources", "[\"0.0.0.0/0\"]" }, { "firewall.reachable[0].limited", "false" } } },
	{ "another port", RI(RULE(DPORT("23") "," ACCEPT)), { CLOSED } },
	{ "a source", RI(RULE(SSH4 "," ACCEPT)), { { RC, "[{\"source\":[\"198.51.100.7/32\"]}]" }, { "firewall.reachable[0].limited", "true" } } },
	{ "all sources but one", RI(RULE(MATCH("!=", SADDR, "\"198.51.100.7\"") "," ACCEPT)), { { RC, "[{\"not_source\":[\"198.51.100.7/32\"]}]" } } },
	{ "two halves are the whole", RI(RULE(MATCH("==", SADDR, "{\"prefix\":{\"addr\":\"0.0.0.0\",\"len\":1}}") "," ACCEPT) RULE(MATCH("==", SADDR, "{\"prefix\":{\"addr\":\"128.0.0.0\",\"len\":1}}") "," ACCEPT)), { OPEN } },
	{ "a source first dropped, then accepted", RI(RULE(SSH4 "," DROP) RULE(SSH4 "," ACCEPT)), { CLOSED } },
	{ "an interface", RI(RULE(IIF("==", "eth0") "," ACCEPT)), { { RC, "[{\"interface\":[\"eth0\"]}]" } } },
	{ "the loopback is no way in", RI(RULE(IIF("==", "lo") "," ACCEPT)), { CLOSED } },
	{ "everything but the loopback", RI(RULE(IIF("!=", "lo") "," ACCEPT)), { OPEN } },
	{ "interfaces by the beginning of their names", RI(RULE(IIF("!=", "eth*") "," ACCEPT)), { { RC, "[{\"not_interface\":[\"eth*\"]}]" } } },
	{ "a rule of IPv6 says nothing of IPv4", RI(RULE(MATCH("!=", "{\"payload\":{\"protocol\":\"ip6\",\"field\":\"saddr\"}}", "\"::1\"") "," ACCEPT)), { CLOSED } },
	{ "a reject that is for TCP alone", RI(RULE("{\"reject\":{\"type\":\"tcp reset\"}}")), { CLOSED, { RD, "\"inet f in handle 0\"" } } },
	{ "new connections", RI(RULE(STATE("\"new\"") "," ACCEPT)), { OPEN } },
	{ "a limit", RI(RULE("{\"limit\":{\"rate\":10,\"per\":\"minute\"}}," ACCEPT)), { { RC, "[{\"rate_limit\":\"10/minute\"}]" }, { "firewall.reachable[0].limited", "true" } } },
	{ "over the limit is dropped", RI(RULE("{\"limit\":{\"rate\":10,\"per\":\"minute\",\"inv\":true}}," DROP) RULE(ACCEPT)), { { RC, "[{\"rate_limit\":\"10/minute\"}]" } } },
	{ "what hangs on nothing in the end", RI(RULE(MATCH("==", "{\"meta\":{\"key\":\"day\"}}", "\"Monday\"") "," ACCEPT) RULE(ACCEPT)), { OPEN } },
	{ "a day", RI(RULE(MATCH("==", "{\"meta\":{\"key\":\"day\"}}", "\"Monday\"") "," ACCEPT)), { { RC, "[{\"other\":\"meta day Monday\"}]" } } },
	{ "the way back is there for honest packets", RI(RULE(MATCH("==", "{\"fib\":{\"result\":\"oif\",\"flags\":[\"saddr\",\"iif\"]}}", "false") "," DROP) RULE(ACCEPT)), { OPEN } },
	{ "all of a status: what is not sent elsewhere is not as one that is", RI(RULE(STATUS("!=", "\"dnat\"") "," ACCEPT)), { OPEN } },
	{ "all of a status: nor is what is, as its rules were asked", NFT_RULES(CHAIN("inet", "drop") PRE PRE_RULE RULE(STATUS("!=", "\"dnat\"") "," ACCEPT)) HOST2222 NFT_TABLES("table inet f {"), { OPEN } },
	{ "all of a status: 256 once rules that send elsewhere were asked", NFT_RULES(CHAIN("inet", "drop") PRE RULE(STATUS("==", "256") "," ACCEPT)) HOST NFT_TABLES("table inet f {"), { OPEN } },
	{ "all of a status: without such rules there is none", RI(RULE(STATUS("==", "256") "," ACCEPT)), { CLOSED } },
	{ "redirected to another port: translated", PRE_RULES(TO("2222"), SENT "," ACCEPT), { OPEN } },
	{ "redirected to its own port: translated only where the address is another one", PRE_RULES(TO("22"), SENT "," ACCEPT), { { RC, "[{\"other\":\"status of the connection & 32 1-4294967295\"}]" } } },
	{ "redirected: for the first address of an interface, whatever it was for before", PRE_RULES(MATCH("==", DADDR, "\"172.17.0.1\"") "," TO("2222"), SENT "," MATCH("==", DADDR, "\"192.0.2.10\"") "," ACCEPT), { { R, "\"restricted\"" } } },
	{ "another source for what is for this host: rules behind that see it", NFT_RULES(CHAIN("inet", "accept") BEHIND SNAT_RULE) HOST NFT_TABLES("table inet f {"), { { R, "\"undecided\"" }, { RD, "\"snat on the hook input, and rules behind it\"" } } },
	{ "another source for what is for this host: no rules behind that", NFT_RULES(CHAIN("inet", "accept") SNAT_CHAIN SNAT_RULE) HOST NFT_TABLES("table inet f {"), { OPEN } },
	{ "a queue", RI(RULE("{\"queue\":{\"num\":1}}")), { { R, "\"undecided\"" }, { RD, "\"queue\"" }, { "firewall.reachable[0].sources", "!unsupported" } } },
	{ "a queue for another port", RI(RULE(DPORT("25") ",{\"queue\":{\"num\":1}}")), { CLOSED } },
	{ "a set", RS("{\"set\":{\"family\":\"inet\",\"table\":\"f\",\"name\":\"s\",\"type\":\"ipv4_addr\",\"elem\":[\"192.0.2.1\",{\"prefix\":{\"addr\":\"10.0.0.0\",\"len\":8}}]}}" RULE(MATCH("==", SADDR, "\"@s\"") "," ACCEPT)), { { RC, "[{\"source\":[\"10.0.0.0/8\",\"192.0.2.1/32\"]}]" } } },
	{ "a set that rules fill", RS("{\"set\":{\"family\":\"inet\",\"table\":\"f\",\"name\":\"s\",\"type\":\"ipv4_addr\"}}" RULE("{\"set\":{\"op\":\"add\",\"elem\":" SADDR ",\"set\":\"@s\"}}") RULE(MATCH("==", SADDR, "\"@s\"") "," ACCEPT)), { { R, "\"restricted\"" } } },
	{ "a set nobody lists", RI(RULE(MATCH("==", SADDR, "\"@none\"") "," ACCEPT)), { { R, "\"restricted\"" } } },
	{ "pairs in a map", RI(RULE("{\"vmap\":{\"key\":{\"concat\":[" SADDR ",{\"payload\":{\"protocol\":\"tcp\",\"field\":\"dport\"}}]},\"data\":{\"set\":[[{\"concat\":[\"192.0.2.1\",22]}," ACCEPT "],[{\"concat\":[\"192.0.2.2\",23]}," ACCEPT "]]}}}")), { { RC, "[{\"source\":[\"192.0.2.1/32\"]}]" } } },
	{ "a mark that was set", RI(RULE(SSH4 ",{\"mangle\":{\"key\":{\"meta\":{\"key\":\"mark\"}},\"value\":1}}") RULE(MATCH("==", "{\"meta\":{\"key\":\"mark\"}}", "1") "," ACCEPT)), { { RC, "[{\"source\":[\"198.51.100.7/32\"]}]" } } },
	{ "flags of the first packet", RI(RULE(MATCH("==", "{\"&\":[{\"payload\":{\"protocol\":\"tcp\",\"field\":\"flags\"}},[\"syn\",\"ack\"]]}", "\"syn\"") "," ACCEPT)), { OPEN } },
	{ "accept ends its own chain only", NFT_RULES(CHAIN("inet", "drop") RULE(ACCEPT) ",{\"chain\":{\"family\":\"inet\",\"table\":\"f\",\"name\":\"b\",\"type\":\"filter\",\"hook\":\"input\",\"prio\":5,\"policy\":\"drop\"}}") HOST NFT_TABLES("table inet f {"), { CLOSED, { RD, "\"inet f b policy drop\"" } } },
	{ "iptables: a source and a port", RF("-A INPUT -s 10.0.0.0/8 -p tcp -m tcp --dport 22 -j ACCEPT\n"), { { RC, "[{\"source\":[\"10.0.0.0/8\"]}]" }, { RD, "\"legacy iptables filter INPUT rule 1\"" } } },
	{ "iptables: ufw's limit", RF("-A INPUT -p tcp -m tcp --dport 22 -m recent --set --name D --rsource\n-A INPUT -p tcp -m tcp --dport 22 -m recent --update --seconds 30 --hitcount 6 --name D --rsource -j DROP\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n"), { { RC, "[{\"rate_limit\":\"6 in seconds: 30 from each source, less one\"}]" } } },
	{ "iptables: a range, negated", RF("-A INPUT -m iprange ! --src-range 192.0.2.4-192.0.2.7 -j ACCEPT\n"), { { RC, "[{\"not_source\":[\"192.0.2.4/30\"]}]" } } },
	{ "iptables: a set with an exception", CASE_ROOT KERNEL("no", "filter", "absent", "no") "[firewall.ipset]\ncreate s hash:net family inet\nadd s 192.0.2.0/30\nadd s 192.0.2.1/32 nomatch\n[/0]\n[firewall.iptables_save backend=legacy]\n" SAVE("DROP", "-A INPUT -m set --match-set s src -j ACCEPT\n") "\n[/0]\n" HOST DONE, { { RC, "[{\"source\":[\"192.0.2.0/32\",\"192.0.2.2/31\"]}]" } } },
	{ "iptables: networks and interfaces: the smallest network alone is asked", SETS("create s hash:net,iface family inet\nadd s 10.0.0.0/30,eth0\nadd s 10.0.0.1/32,docker0\n", "src,src"), { { RC, "[{\"source\":[\"10.0.0.0/32\",\"10.0.0.2/31\"],\"interface\":[\"eth0\"]},{\"source\":[\"10.0.0.1/32\"],\"interface\":[\"docker0\"]}]" } } },
	{ "iptables: networks and interfaces: an exception by another interface hides what is around it", SETS("create s hash:net,iface family inet\nadd s 10.0.0.0/30,eth0\nadd s 10.0.0.1/32,docker0 nomatch\n", "src,src"), { { RC, "[{\"source\":[\"10.0.0.0/32\",\"10.0.0.2/31\"],\"interface\":[\"eth0\"]}]" } } },
	{ "iptables: networks and interfaces: an element within an exception", SETS("create s hash:net,iface family inet\nadd s 10.0.0.0/30,eth0 nomatch\nadd s 10.0.0.1/32,eth0\n", "src,src"), { { RC, "[{\"source\":[\"10.0.0.1/32\"],\"interface\":[\"eth0\"]}]" } } },
	{ "iptables: networks and interfaces: a pattern that is excepted", SETS("create s hash:net,iface family inet\nadd s 10.0.0.0/30,eth nomatch wildcard\nadd s 10.0.0.1/32,eth0\n", "src,src"), { { R, "\"undecided\"" } } },
	{ "iptables: a list of sets lets in", CASE_ROOT KERNEL("no", "filter", "absent", "no") "[firewall.ipset]\ncreate n hash:net family inet\nadd n 10.0.0.0/8\ncreate s list:set size 8\nadd s n\n[/0]\n[firewall.iptables_save backend=legacy]\n" SAVE("DROP", "-A INPUT -m set --match-set s src -j ACCEPT\n") "\n[/0]\n" HOST DONE, { { R, "\"undecided\"" } } },
	{ "iptables: a list of sets keeps out", CASE_ROOT KERNEL("no", "filter", "absent", "no") "[firewall.ipset]\ncreate n hash:net family inet\nadd n 10.0.0.0/8\ncreate s list:set size 8\nadd s n\n[/0]\n[firewall.iptables_save backend=legacy]\n" SAVE("ACCEPT", "-A INPUT -m set --match-set s src -j DROP\n") "\n[/0]\n" HOST DONE, { { R, "\"undecided\"" } } },
	{ "iptables: a list of sets keeps out who is not in it", CASE_ROOT KERNEL("no", "filter", "absent", "no") "[firewall.ipset]\ncreate n hash:net family inet\nadd n 10.0.0.0/8\ncreate s list:set size 8\nadd s n\n[/0]\n[firewall.iptables_save backend=legacy]\n" SAVE("ACCEPT", "-A INPUT -m set ! --match-set s src -j DROP\n") "\n[/0]\n" HOST DONE, { { R, "\"undecided\"" } } },
	{ "iptables: exceptions of a set let in", CASE_ROOT KERNEL("no", "filter", "absent", "no") "[firewall.ipset]\ncreate s hash:net family inet\nadd s 10.0.0.0/8\nadd s 10.1.0.0/16 nomatch\n[/0]\n[firewall.iptables_save backend=legacy]\n" SAVE("DROP", "-A INPUT -m set --match-set s src --return-nomatch -j ACCEPT\n") "\n[/0]\n" HOST DONE, { { R, "\"undecided\"" } } },
	{ "iptables: exceptions of a set are kept out", CASE_ROOT KERNEL("no", "filter", "absent", "no") "[firewall.ipset]\ncreate s hash:net family inet\nadd s 10.0.0.0/8\nadd s 10.1.0.0/16 nomatch\n[/0]\n[firewall.iptables_save backend=legacy]\n" SAVE("ACCEPT", "-A INPUT -m set --match-set s src --return-nomatch -j DROP\n") "\n[/0]\n" HOST DONE, { { R, "\"undecided\"" } } },
	{ "iptables: who is no exception is kept out", CASE_ROOT KERNEL("no", "filter", "absent", "no") "[firewall.ipset]\ncreate s hash:net family inet\nadd s 10.0.0.0/8\nadd s 10.1.0.0/16 nomatch\n[/0]\n[firewall.iptables_save backend=legacy]\n" SAVE("ACCEPT", "-A INPUT -m set ! --match-set s src --return-nomatch -j DROP\n") "\n[/0]\n" HOST DONE, { { R, "\"undecided\"" } } },
	{ "iptables: a set of a type nobody knows", CASE_ROOT KERNEL("no", "filter", "absent", "no") "[firewall.ipset]\ncreate s hash:teleport family inet\nadd s x\n[/0]\n[firewall.iptables_save backend=legacy]\n" SAVE("ACCEPT", "-A INPUT -m set --match-set s src -j DROP\n") "\n[/0]\n" HOST DONE, { { R, "\"undecided\"" } } },
	{ "iptables: a set whose counters are left alone", CASE_ROOT KERNEL("no", "filter", "absent", "no") "[firewall.ipset]\ncreate s hash:ip family inet counters\nadd s 192.0.2.1 packets 0 bytes 0\n[/0]\n[firewall.iptables_save backend=legacy]\n" SAVE("DROP", "-A INPUT -m set --match-set s src ! --update-counters -j ACCEPT\n") "\n[/0]\n" HOST DONE, { { RC, "[{\"source\":[\"192.0.2.1/32\"]}]" } } },
	{ "iptables: a set of pairs", CASE_ROOT KERNEL("no", "filter", "absent", "no") "[firewall.ipset]\ncreate s hash:ip,port family inet\nadd s 192.0.2.1,tcp:22\nadd s 192.0.2.2,udp:22\n[/0]\n[firewall.iptables_save backend=legacy]\n" SAVE("DROP", "-A INPUT -m set --match-set s src,dst -j ACCEPT\n") "\n[/0]\n" HOST DONE, { { RC, "[{\"source\":[\"192.0.2.1/32\"]}]" } } },
	{ "iptables: a module nobody knows", RF("-A INPUT -m telepathy --yes -j ACCEPT\n"), { { R, "\"undecided\"" }, { RD, "\"-m telepathy --yes\"" } } },
	{ "iptables: a target nobody knows, for others", RF("-A INPUT -s 192.0.2.1/32 -j TARPIT\n"), { { R, "\"undecided\"" } } },
	{ "a published port gets past the input chain", RL("*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n:DOCKER - [0:0]\n-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80\nCOMMIT\n" SAVE("DROP", "")), { CLOSED, { "firewall.reachable[1].subject", "\"tcp/8080 ipv4\"" }, { "firewall.reachable[1].published", "true" }, { "firewall.reachable[1].sent_to", "\"172.17.0.2 port 80\"" }, { "firewall.reachable[1].bypasses_input", "true" }, { "firewall.reachable[1].conditions", "[{\"not_interface\":[\"docker0\"]}]" } } },
	{ "perhaps redirected: not known not to be", PRE_RULES(DPORT("22") ",{\"redirect\":{\"port\":{\"range\":[1,2]}}}", ACCEPT), { { R, "\"undecided\"" }, { "firewall.reachable[0].published", "!unsupported" }, { "firewall.reachable[0].bypasses_input", "!unsupported" } } },
	{ "redirected, and the rules for input are not understood", PRE_RULES(TO("2222"), "{\"xt\":{\"type\":\"target\",\"name\":\"x\"}}"), { { R, "\"undecided\"" }, { "firewall.reachable[0].published", "!unsupported" } } },
	{ "redirected, and what would be without is not understood", NFT_RULES(CHAIN("inet", "drop") PRE PRE_RULE RULE(DPORT("2222") "," ACCEPT) RULE("{\"xt\":{\"type\":\"target\",\"name\":\"x\"}}")) HOST2222 NFT_TABLES("table inet f {"), { OPEN, { "firewall.reachable[0].published", "true" }, { "firewall.reachable[0].bypasses_input", "!unsupported" } } },
	{ "redirected to a port that is closed", RL("*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -m tcp --dport 2222 -j REDIRECT --to-ports 22\nCOMMIT\n" SAVE("DROP", "")), { CLOSED, { "firewall.reachable[1]", "-" } } },
	{ "not tracked is no new connection", RL("*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A PREROUTING -p tcp -m tcp --dport 22 -j CT --notrack\nCOMMIT\n" SAVE("DROP", "-A INPUT -m conntrack --ctstate NEW -j ACCEPT\n")), { CLOSED } },
	{ "nobody tells what listens", INET("drop", ""), { { "firewall.reachable", "!missing" }, { "firewall.ssh_ports", "!missing" } } },
	{ "a line of ss that is none", NFT_RULES(CHAIN("inet", "drop")) "[firewall.sockets tool=ss]\nhello\n[/0]\n" NFT_TABLES("table inet f {"), { { "firewall.reachable", "!parse" } } },
	{ "the loopback only", NFT_RULES(CHAIN("inet", "accept")) "[firewall.sockets tool=ss]\ntcp LISTEN 0 128 127.0.0.1:5432 0.0.0.0:*\n[/0]\n" OWN NFT_TABLES("table inet f {"), { CLOSED, { RD, "\"nothing listens but on the loopback\"" }, { "firewall.reachable[0].process", "-" } } },
	{ "without ip", NFT_RULES(CHAIN("inet", "drop") RULE(MATCH("==", "{\"payload\":{\"protocol\":\"ip\",\"field\":\"daddr\"}}", "\"192.0.2.2\"") "," ACCEPT)) LISTENS TRIE("192.0.2.2\n        /32 host LOCAL") NFT_TABLES("table inet f {"), { OPEN } },
	{ "without ip, for another address", NFT_RULES(CHAIN("inet", "drop") RULE(MATCH("==", "{\"payload\":{\"protocol\":\"ip\",\"field\":\"daddr\"}}", "\"192.0.2.3\"") "," ACCEPT)) LISTENS TRIE("192.0.2.2\n        /32 host LOCAL") NFT_TABLES("table inet f {"), { CLOSED } },
	{ "an address of IPv6 without ip", NFT_RULES(CHAIN("inet", "drop") RULE(MATCH("==", "{\"payload\":{\"protocol\":\"ip6\",\"field\":\"daddr\"}}", "\"fd00::2\"") "," ACCEPT)) LISTENS6 TRIE("192.0.2.2\n        /32 host LOCAL") NFT_TABLES("table inet f {"), { { "firewall.reachable[0].subject", "\"tcp/22 ipv6\"" }, OPEN } },
	{ "an address without an interface", NFT_RULES(CHAIN("inet", "drop") RULE(MATCH("==", "{\"payload\":{\"protocol\":\"ip\",\"field\":\"daddr\"}}", "\"10.9.9.9\"") "," ACCEPT)) LISTENS TRIE("203.0.113.1\n        /32 host LOCAL") NFT_TABLES("table inet f {"), { { R, "\"restricted\"" } } },
	{ "a network that is all local", NFT_RULES(CHAIN("inet", "drop") RULE(MATCH("==", "{\"payload\":{\"protocol\":\"ip\",\"field\":\"daddr\"}}", "\"10.9.9.9\"") "," ACCEPT)) LISTENS TRIE("192.0.2.0\n        /24 host LOCAL") NFT_TABLES("table inet f {"), { { R, "\"restricted\"" } } },
	{ "without ss", NFT_RULES(CHAIN("inet", "accept")) "[firewall.sockets tool=proc table=tcp]\n  sl  local_address rem_address   st\n   0: 00000000:0016 00000000:0000 0A 0\n   1: 0A0200C0:0050 00000000:0000 01 0\n[/0]\n" OWN NFT_TABLES("table inet f {"), { OPEN, { "firewall.reachable[0].subject", "\"tcp/22 ipv4\"" }, { "firewall.reachable[1]", "-" } } },
};

static const struct case_row managers[] = {
	{ "two at once", CASE_ROOT KERNEL("no", "absent", "absent", "yes") "[firewall.ufw]\nENABLED=yes\n[/0]\n[firewall.boot]\nufw.service enabled enabled\nnftables.service enabled enabled\nfirewalld.service disabled enabled\n[/0]\n" DONE, { { "firewall.managers", "[\"ufw\",\"nftables\"]" }, { "firewall.conflicts", "[\"ufw and nftables\"]" }, { "firewall.persistent", "true" } } },
	{ "nothing is loaded at boot", CASE_ROOT KERNEL("no", "absent", "absent", "yes") "[firewall.boot]\nnftables.service disabled enabled\n[/0]\n" DONE, { { "firewall.managers", "[]" }, { "firewall.conflicts", "[]" }, { "firewall.persistent", "false" }, { "firewall.live_differs", "!unsupported" } } },
	{ "nobody says what is loaded at boot", CASE_ROOT KERNEL("no", "absent", "absent", "yes") DONE, { { "firewall.persistent", "!unsupported" } } },
	{ "ufw's defaults", CASE_ROOT KERNEL("no", "absent", "absent", "yes") "[firewall.ufw]\nENABLED=yes\n[/0]\n[firewall.ufw_defaults]\nIPV6=yes\nDEFAULT_INPUT_POLICY=\"DROP\"\nDEFAULT_FORWARD_POLICY='ACCEPT'\n[/0]\n" DONE, { { "firewall.ufw_input", "\"DROP\"" }, { "firewall.ufw_forward", "\"ACCEPT\"" }, { "firewall.ufw_ipv6", "\"yes\"" } } },
	{ "stored rules are not the live ones", CASE_ROOT KERNEL("no", "filter", "absent", "no") "[firewall.iptables_save backend=legacy]\n" SAVE("DROP", "-A INPUT -i lo -j ACCEPT\n") "\n[/0]\n[firewall.boot]\nnetfilter-persistent.service enabled enabled\n[/0]\n[firewall.disk path=/etc/iptables/rules.v4]\n" SAVE("ACCEPT", "-A INPUT -i lo -j ACCEPT\n") "\n[/0]\n" DONE, { { "firewall.live_differs", "[\"another policy is stored: iptables filter INPUT\"]" }, { "firewall.manager", "\"iptables\"" } } },
	{ "stored rules are the live ones", CASE_ROOT KERNEL("no", "filter", "absent", "no") "[firewall.iptables_save backend=legacy]\n" SAVE("DROP", "-A INPUT -i lo -j ACCEPT\n") "\n[/0]\n[firewall.boot]\nnetfilter-persistent.service enabled enabled\n[/0]\n[firewall.disk path=/etc/iptables/rules.v4]\n" SAVE("DROP", "-A INPUT -i lo -j ACCEPT\n") "\n[/0]\n" DONE, { { "firewall.live_differs", "[]" } } },
	{ "stored in other words that mean the same", STORED_V4(SAVE("DROP", "-A INPUT -p tcp --dport 22 -s 10.0.0.1 -m state --state NEW -j REJECT\n"), SAVE("DROP", "-A INPUT -s 10.0.0.1/32 -p tcp -m tcp --dport 22 -m state --state NEW -j REJECT --reject-with icmp-port-unreachable\n")), { { "firewall.live_differs", "[]" } } },
	{ "stored in other words, by hand", STORED_V4(SAVE("DROP", "-A INPUT -p tcp --dport ssh -j ACCEPT\n"), SAVE("DROP", "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n")), { { "firewall.live_differs", "!unsupported" } } },
	{ "stored in other words, by iptables-save", STORED_V4("# Generated by iptables-save v1.8.9\n" SAVE("DROP", "-A INPUT -p tcp -m tcp --dport 23 -j ACCEPT\n"), SAVE("DROP", "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n")), { { "firewall.live_differs", "[\"stored with another rule: iptables filter INPUT rule 1\"]" } } },
	{ "options of one name in two modules", STORED_V4(SAVE("DROP", "-A INPUT -m mark --mark 1 -j ACCEPT\n"), SAVE("DROP", "-A INPUT -m connmark --mark 1 -j ACCEPT\n")), { { "firewall.live_differs", "!unsupported" } } },
	{ "the same options of one module in another order of modules", STORED_V4(SAVE("DROP", "-A INPUT -m recent --name a --set -m recent --name b --update -j ACCEPT\n"), SAVE("DROP", "-A INPUT -m recent --name b --set -m recent --name a --update -j ACCEPT\n")), { { "firewall.live_differs", "!unsupported" } } },
	{ "a negation is no little thing", STORED_V4(SAVE("DROP", "-A INPUT ! -s 10.0.0.1/32 -j ACCEPT\n"), SAVE("DROP", "-A INPUT -s 10.0.0.1/32 -j ACCEPT\n")), { { "firewall.live_differs", "!unsupported" } } },
	{ "not even of everything", STORED_V4(SAVE("DROP", "-A INPUT ! -s 0.0.0.0/0 -j ACCEPT\n"), SAVE("DROP", "-A INPUT -j ACCEPT\n")), { { "firewall.live_differs", "!unsupported" } } },
	{ "a stored table that breaks off", STORED_V4("*filter\n:INPUT DROP [0:0]\n", SAVE("DROP", "")), { { "firewall.live_differs", "!unsupported" } } },
	{ "what ufw stored is live", UFW("-A ufw-user-input -p tcp --dport 22 -j ACCEPT\n", "-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT\n"), { { "firewall.live_differs", "[]" } } },
	{ "a rule of ufw's that is not live", UFW("-A ufw-user-input -p tcp --dport 22 -j ACCEPT\n", ""), { { "firewall.live_differs", "[\"stored with another number of rules: iptables filter ufw-user-input\"]" } } },
	{ "another rule of ufw's", UFW("-A ufw-user-input -p tcp --dport 22 -j ACCEPT\n", "-A ufw-user-input -p tcp -m tcp --dport 23 -j ACCEPT\n"), { { "firewall.live_differs", "!unsupported" } } },
	{ "a file of ufw's that is not there", CASE_ROOT KERNEL("no", "absent", "absent", "yes") "[firewall.ufw]\nENABLED=yes\n[/0]\n" DONE, { { "firewall.live_differs", "!unsupported" } } },
	{ "firewalld's zones are the stored ones", ZONES("public (active)\n  target: default\n  interfaces: eth0\n  services: ssh http\n  rich rules: \n\trule a\n", "public\n  target: default\n  interfaces: \n  services: http ssh\n  rich rules: \n\trule a\n"), { { "firewall.live_differs", "[]" } } },
	{ "a service of the runtime only", ZONES("public (active)\n  services: ssh http\n", "public\n  services: ssh\n"), { { "firewall.live_differs", "[\"stored with another rule: zone public rule 1\"]" } } },
	{ "a zone of the runtime only", ZONES("public\n  services: ssh\n\nx\n  target: ACCEPT\n", "public\n  services: ssh\n"), { { "firewall.live_differs", "[\"live and not stored: zone x\"]" } } },
	{ "words of a rich rule in another order", ZONES("public\n\trule a b\n", "public\n\trule b a\n"), { { "firewall.live_differs", "[\"stored with another rule: zone public rule 1\"]" } } },
	{ "firewalld says nothing", CASE_ROOT KERNEL("no", "absent", "absent", "yes") "[firewall.firewalld]\nactive\n[/0]\n[firewall.firewalld_live]\n\n[/252]\n" DONE, { { "firewall.live_differs", "!unsupported" } } },
	{ "nftables.conf in other words", STORED_NFT("flush ruleset\ntable inet f { chain in { type filter hook input priority 0; iif lo accept; tcp dport {80,22} counter accept\n}; }\n", "table inet f {\n\tchain in {\n\t\ttype filter hook input priority filter; policy accept;\n\t\tiif \"lo\" accept\n\t\ttcp dport { 22, 80 } counter packets 5 bytes 9 accept # handle 3\n\t}\n}\n"), { { "firewall.live_differs", "[]" } } },
	{ "nftables.conf has another policy", STORED_NFT("table inet f {\nchain in {\ntype filter hook input priority 0; policy drop;\n}\n}\n", "table inet f {\nchain in {\ntype filter hook input priority filter; policy accept;\n}\n}\n"), { { "firewall.live_differs", "[\"another policy is stored: inet f in\"]" } } },
	{ "a flush after what it takes away", STORED_NFT("table inet f {\nchain in {\ntype filter hook input priority 0;\n}\n}\nflush ruleset\n", "table inet f {\nchain in {\ntype filter hook input priority filter; policy accept;\n}\n}\n"), { { "firewall.live_differs", "!unsupported" } } },
	{ "a table that sleeps", STORED_NFT("table inet f {\nflags dormant\nchain in {\ntype filter hook input priority 0;\n}\n}\n", "table inet f {\nchain in {\ntype filter hook input priority filter; policy accept;\n}\n}\n"), { { "firewall.live_differs", "[\"stored and not live: inet f flags\"]" } } },
	{ "a table that is declared again and sleeps no more", STORED_NFT("table inet f {\nflags dormant\n}\ntable inet f {\nchain in {\ntype filter hook input priority 0;\n}\n}\n", "table inet f {\nchain in {\ntype filter hook input priority filter; policy accept;\n}\n}\n"), { { "firewall.live_differs", "[]" } } },
	{ "elements that rules put in", STORED_NFT("table inet f {\nset s {\ntype ipv4_addr\nflags dynamic\n}\n}\n", "table inet f {\nset s {\ntype ipv4_addr\nsize 65535\nflags dynamic\nelements = { 10.0.0.1 }\n}\n}\n"), { { "firewall.live_differs", "[]" } } },
	{ "elements that were stored", STORED_NFT("table inet f {\nset s {\ntype ipv4_addr\nflags dynamic\nelements = { 10.0.0.1 }\n}\n}\n", "table inet f {\nset s {\ntype ipv4_addr\nflags dynamic\n}\n}\n"), { { "firewall.live_differs", "!unsupported" } } },
	{ "a file with variables", STORED_NFT("define a = 22\n", ""), { { "firewall.live_differs", "!unsupported" } } },
	{ "nothing stored and nothing live", STORED_NFT("flush ruleset\n", ""), { { "firewall.live_differs", "[]" } } },
	{ "what is live was not asked for", CASE_ROOT KERNEL("no", "absent", "absent", "yes") "[firewall.boot]\nnftables.service enabled enabled\n[/0]\n[firewall.disk path=/etc/nftables.conf]\nflush ruleset\n[/0]\n" DONE, { { "firewall.live_differs", "!unsupported" } } },
	{ "zones", CASE_ROOT KERNEL("no", "absent", "absent", "yes") "[firewall.firewalld]\nactive\n[/0]\n[firewall.firewalld_zones]\nwork\n  interfaces: eth0\n[/0]\n[firewall.firewalld_conf]\nDefaultZone=work\n[/0]\n[firewall.firewalld_zone path=/etc/firewalld/zones/work.xml]\n<zone target=\"ACCEPT\"><interface name=\"eth0\"/><source address=\"10.0.0.0/8\"/><service name=\"ssh\"/><port port=\"80\" protocol=\"tcp\"/></zone>\n[/0]\n" DONE, { { "firewall.default_zone", "\"work\"" }, { "firewall.zones[0].subject", "\"work\"" }, { "firewall.zones[0].target", "\"ACCEPT\"" }, { "firewall.zones[0].active", "true" }, { "firewall.zones[0].ports", "[\"80/tcp\"]" }, { "firewall.zones[0].sources", "[\"10.0.0.0/8\"]" } } },
	{ "a file that is no zone", CASE_ROOT KERNEL("no", "absent", "absent", "yes") "[firewall.firewalld]\nactive\n[/0]\n[firewall.firewalld_conf]\n\n[/0]\n[firewall.firewalld_zone path=/etc/firewalld/zones/x.xml]\n<!DOCTYPE zone [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><service>&a;</service>\n[/0]\n" DONE, { { "firewall.default_zone", "\"public\"" }, { "firewall.zones[0]", "-" } } },
	{ "defaults beside input", INET("drop", RULE(STATE("[\"established\",\"related\"]") "," ACCEPT) RULE(IIF("==", "lo") "," ACCEPT)), { { "firewall.forward_default[0].verdict", "\"accept\"" }, { "firewall.output_default[0].verdict", "\"accept\"" }, { "firewall.loopback_guard[0].guarded", "true" }, { "firewall.loopback_guard[0].accepted", "true" }, { "firewall.established_rule[0].accepted", "true" }, { "firewall.base_chains", "[\"input\"]" }, { "firewall.logs", "false" } } },
	{ "some are banned before answers are let in", INET("drop", RULE(MATCH("==", "{\"payload\":{\"protocol\":\"ip\",\"field\":\"saddr\"}}", "\"192.0.2.9\"") "," DROP) RULE(STATE("[\"established\",\"related\"]") "," ACCEPT)), { { "firewall.established_rule[0].accepted", "true" }, { "firewall.established_rule[1].accepted", "true" } } },
	{ "a large network is refused before answers are let in", INET("drop", RULE(MATCH("==", "{\"payload\":{\"protocol\":\"ip\",\"field\":\"saddr\"}}", "{\"prefix\":{\"addr\":\"10.0.0.0\",\"len\":7}}") "," DROP) RULE(STATE("[\"established\",\"related\"]") "," ACCEPT)), { { "firewall.established_rule[0].accepted", "false" } } },
	{ "an interface is refused before answers are let in", INET("drop", RULE(IIF("==", "eth0") "," DROP) RULE(STATE("[\"established\",\"related\"]") "," ACCEPT)), { { "firewall.established_rule[0].accepted", "false" } } },
	{ "what a host sends to itself is no default", CASE_ROOT KERNEL("no", "filter", "absent", "no") "[firewall.iptables_save backend=legacy]\n*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT DROP [0:0]\n-A OUTPUT -o lo -j ACCEPT\nCOMMIT\n\n[/0]\n" DONE, { { "firewall.output_default[0].verdict", "\"drop\"" } } },
	{ "what it sends to others may be", CASE_ROOT KERNEL("no", "filter", "absent", "no") "[firewall.iptables_save backend=legacy]\n*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT DROP [0:0]\n-A OUTPUT ! -o lo -j ACCEPT\nCOMMIT\n\n[/0]\n" DONE, { { "firewall.output_default[0].verdict", "\"undecided\"" } } },
	{ "and so may what leaves by an interface", CASE_ROOT KERNEL("no", "filter", "absent", "no") "[firewall.iptables_save backend=legacy]\n*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT DROP [0:0]\n-A OUTPUT -o eth0 -j ACCEPT\nCOMMIT\n\n[/0]\n" DONE, { { "firewall.output_default[0].verdict", "\"undecided\"" } } },
	{ "no address of IPv4, and a policy that lets in", NFT_RULES(CHAIN("inet", "accept") RULE(STATE("[\"established\",\"related\"]") "," ACCEPT)) "[firewall.addresses tool=ip]\n1: lo inet 127.0.0.1/8\n2: eth0 inet6 2001:db8::10/64\n[/0]\n" NFT_TABLES("table inet f {"), { { V4, "\"accept\"" }, { V6, "\"accept\"" }, { "firewall.established_rule[0].accepted", "true" }, { "firewall.loopback_guard[0].accepted", "true" } } },
	{ "no address of IPv4, and an interface that is let in", NFT_RULES(CHAIN("inet", "drop") RULE(IIF("==", "eth0") "," ACCEPT)) "[firewall.addresses tool=ip]\n1: lo inet 127.0.0.1/8\n2: eth0 inet6 2001:db8::10/64\n[/0]\n" NFT_TABLES("table inet f {"), { { V4, "\"accept\"" }, { V6, "\"accept\"" } } },
	{ "answers are dropped", INET("drop", RULE(DROP) RULE(STATE("[\"established\",\"related\"]") "," ACCEPT)), { { "firewall.established_rule[0].accepted", "false" }, { "firewall.loopback_guard[1].accepted", "false" } } },
};

/* What real managers loaded, recorded with the collector in a network namespace (Debian 12: ufw 0.36.2, firewalld 1.3.3). */
static const struct {
	const char *file;
	const char *manager;
	const char *ipv4;
	const char *ipv6;
} recorded[] = {
	{ "ufw-deny-nft", "\"ufw\"", "\"drop\"", "\"drop\"" },
	{ "ufw-deny-legacy", "\"ufw\"", "\"drop\"", "\"drop\"" },
	{ "ufw-allow-nft", "\"ufw\"", "\"accept\"", "\"accept\"" },
	{ "ufw-reject-nft", "\"ufw\"", "\"reject\"", "\"reject\"" },
	{ "firewalld-public", "\"firewalld\"", "\"reject\"", "\"reject\"" },
	{ "firewalld-drop", "\"firewalld\"", "\"drop\"", "\"drop\"" },
	{ "firewalld-trusted", "\"firewalld\"", "\"accept\"", "\"accept\"" },
	{ "firewalld-interface-trusted", "\"firewalld\"", "\"accept\"", "\"accept\"" }, /* everything from one interface gets in */
};

static void run_recorded(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(recorded); i++) {
		char         path[500];
		struct buf   text;
		struct error err;
		cJSON       *facts;

		snprintf(path, sizeof(path), "%s/unit/firewall/%s", TESTS_DIR, recorded[i].file);
		if (file_read(path, CASE_MAX, FILE_ANY, &text, &err) < 0)
			fail_msg("%s", err.text);
		facts = case_facts(buf_slice(&text));
		print_message("  %s\n", recorded[i].file);
		case_expect(facts, "firewall.manager", recorded[i].manager);
		case_expect(facts, "firewall.active", "true");
		case_expect(facts, V4, recorded[i].ipv4);
		case_expect(facts, V6, recorded[i].ipv6);
		cJSON_Delete(facts);
		buf_free(&text);
	}
}

static void run_general(void **state)
{
	(void)state;
	case_run(general, countof(general));
}

static void run_nft(void **state)
{
	(void)state;
	case_run(nft, countof(nft));
}

static void run_iptables(void **state)
{
	(void)state;
	case_run(iptables, countof(iptables));
}

static void run_reachable(void **state)
{
	(void)state;
	case_run(reachable, countof(reachable));
}

static void run_managers(void **state)
{
	(void)state;
	case_run(managers, countof(managers));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(run_reachable), cmocka_unit_test(run_managers), cmocka_unit_test(run_general), cmocka_unit_test(run_nft), cmocka_unit_test(run_iptables), cmocka_unit_test(run_recorded) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

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

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(run_general), cmocka_unit_test(run_nft), cmocka_unit_test(run_iptables), cmocka_unit_test(run_recorded) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

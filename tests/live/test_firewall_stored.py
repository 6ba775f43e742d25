"""Whether what would be loaded at boot is what is live, held against nft and iptables themselves.

A file that they wrote is the same; a file that was put into force never differs; another ruleset is never the same.
"""
import json
import os
import random
import subprocess

import pytest

import conftest
import firewall_iptables
import firewall_nft
import firewall_oracle

COUNT = int(os.environ.get("SSHVET_TEST_STORED", 12))
pytestmark = pytest.mark.namespaces("--net", "--mount")

# In namespaces of its own, with an /etc that nobody else sees: put something into force, maybe change it, and collect.
SCRIPT = """
mount -t tmpfs none /mnt
mkdir /mnt/upper /mnt/work
mount -t overlay overlay -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work /etc
rm -f /etc/nftables.conf
mkdir -p /etc/iptables /etc/systemd/system/sysinit.target.wants
ip link add eth0 type veth peer name eth1
ip link add docker0 type veth peer name inside
ip link set eth0 up
ip link set eth1 up
ln -sf /x "/etc/systemd/system/sysinit.target.wants/$SERVICE"
eval "$LOAD" >&2
exec /bin/sh -s
"""
NFT, IPTABLES = "nftables.service", "netfilter-persistent.service"
STORED = "/etc/nftables.conf"
HAND = """flush ruleset
table inet f {
	set blocked { type ipv4_addr; flags interval; elements = { 192.0.2.1, 10.0.0.0/8 } }
	chain input {
		type filter hook input priority 0; policy drop; # by default
		iif lo accept
		ct state established,related accept
		ip saddr @blocked drop
		tcp dport {80,22} counter accept
	}
}
"""
TABLES = """*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:side - [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -p tcp --dport 22 -s 10.0.0.1 -m conntrack --ctstate RELATED,NEW -m limit --limit 3/minute -j side
-A side -p icmp --icmp-type echo-request -m comment --comment "a -j b" -j REJECT
COMMIT
"""
BOTH = "iptables-nft-restore </etc/iptables/rules.v4; ip6tables-nft-restore </etc/iptables/rules.v6"
KEEP = "; iptables-nft-save >/etc/iptables/rules.v4; ip6tables-nft-save >/etc/iptables/rules.v6"


def differences(service, load, files, ground):
    """live_differs; None when it cannot be told."""
    write = "".join("printf %%s \"$FILE_%d\" >%s; " % (number, path) for number, path in enumerate(files))
    environment = dict(os.environ, SERVICE=service, LOAD="set -e; " + write + load, **{"FILE_%d" % n: text for n, text in enumerate(files.values())})
    done = subprocess.run(["unshare", "--net", "--mount", "sh", "-ec", SCRIPT], input=firewall_oracle.collector().encode(), capture_output=True, env=environment)
    if done.returncode != 0 or b" begin firewall.done" not in done.stdout:
        raise RuntimeError(done.stderr.decode())
    (ground / "evidence").write_bytes(done.stdout)
    report = subprocess.run([os.environ["SSHVET"], "evaluate", "evidence", "--facts", "--profile", "strict", "--format", "json"], cwd=ground, capture_output=True)
    facts = json.loads(report.stdout)["targets"][0]["facts"]["firewall"]
    assert "active" in facts, facts
    if "live_differs" not in facts:
        assert [e["reason"] for e in facts["unavailable"] if e["fact"] == "firewall.live_differs"] == ["unsupported"]
    return facts.get("live_differs")


@pytest.mark.parametrize("stored, change, expected", [
    (HAND, "", []),
    (HAND, "nft -s list ruleset >%s" % STORED, []),
    (HAND, "nft list ruleset >%s" % STORED, []),
    (HAND, "nft add rule inet f input tcp dport 23 accept", ["stored with another number of rules: inet f input"]),
    (HAND, "nft flush chain inet f input", ["stored with another number of rules: inet f input"]),
    (HAND, "nft add chain inet f input \"{ policy accept; }\"", ["another policy is stored: inet f input"]),
    (HAND, "nft add table ip g; nft add chain ip g c \"{ type filter hook input priority 5; }\"", ["live and not stored: ip g c"]),
    (HAND, "nft delete table inet f", ["stored and not live: inet f set blocked", "stored and not live: inet f input"]),
    (HAND, "nft replace rule inet f input handle $(nft -a list ruleset | sed -n \"s/.*counter.*# handle //p\") tcp dport 23 accept", None),
    (HAND, "nft add element inet f blocked { 203.0.113.9 }", None),
    (HAND, "echo \"add rule inet f input drop\" >>%s" % STORED, None),
    (HAND, "echo \"include \\\"/etc/x\\\"\" >>%s" % STORED, None),
    (HAND, "sed -i \"s/22/\\$ssh/\" %s" % STORED, None),
    ("flush ruleset\n", "", []),
    ("table ip g { flags dormant; }; table ip g { chain c { tcp dport 22 accept; }; }\n", "", []),
    ("table ip g { chain c { type filter hook input priority 5; }; }; table ip g { flags dormant; }\n", "", []),
])
def test_nft(stored, change, expected, ground):
    assert differences(NFT, "nft -f %s; %s" % (STORED, change), {STORED: stored}, ground) == expected


@pytest.mark.parametrize("change, expected", [
    ("", []),
    (KEEP, []),
    ("; iptables-nft-save -c >/etc/iptables/rules.v4", []),
    ("; iptables-nft -A INPUT -p tcp --dport 23 -j ACCEPT", ["stored with another number of rules: iptables filter INPUT"]),
    ("; iptables-nft -P INPUT ACCEPT", ["another policy is stored: iptables filter INPUT"]),
    ("; iptables-nft -N new; iptables-nft -A new -j DROP", ["live and not stored: iptables filter new"]),
    ("; ip6tables-nft -A INPUT -j DROP", ["stored with another number of rules: ip6tables filter INPUT"]),
    ("; iptables-nft -R INPUT 1 -i eth0 -j ACCEPT", None),
    (KEEP + "; iptables-nft -R INPUT 1 -i eth0 -j ACCEPT", ["stored with another rule: iptables filter INPUT rule 1"]),
    ("; rm /etc/iptables/rules.v6", ["live and not stored: ip6tables filter INPUT", "live and not stored: ip6tables filter side"]),
    ("; echo \"-N x\" >>/etc/iptables/rules.v4", None),
])
def test_iptables(change, expected, ground):
    six = TABLES.replace("10.0.0.1", "fd00::1").replace("-p icmp --icmp-type", "-p icmpv6 --icmpv6-type")
    assert differences(IPTABLES, BOTH + change, {"/etc/iptables/rules.v4": TABLES, "/etc/iptables/rules.v6": six}, ground) == expected


def random_nft(r):
    return {STORED: "flush ruleset\n" + firewall_nft.text_of(firewall_nft.generate(r))}, "nft -f %s" % STORED, "nft -s list ruleset >%s" % STORED


def random_iptables(r):
    made = firewall_iptables.generate(r, "nft")
    files = {"/etc/iptables/rules.v%d" % family: firewall_iptables.text_of(tables) for family, tables in made["families"].items()}
    files["/etc/sets"] = "\n".join(made["sets"]) + "\n"
    tools = {family: "ip%stables-nft" % ("6" if family == 6 else "") for family in made["families"]}
    load = ["ipset restore </etc/sets", *("%s-restore </etc/iptables/rules.v%d" % (tools[family], family) for family in tools)]
    keep = ["true", *("%s-save >/etc/iptables/rules.v%d" % (tools[family], family) for family in tools)]
    return files, "; ".join(load), "; ".join(keep)


@pytest.mark.parametrize("service, generate", [(NFT, random_nft), (IPTABLES, random_iptables)])
def test_random_rulesets(service, generate, ground, capsys):
    r = random.Random(conftest.SEED)
    same = told = refused = 0
    previous = None
    while told < COUNT:
        files, load, keep = generate(r)
        try:
            as_loaded = differences(service, load, files, ground)
        except RuntimeError as error:
            refused += 1
            assert refused < 4 * COUNT, error
            continue
        told += 1
        same += as_loaded == []
        assert not as_loaded, (as_loaded, files)
        assert differences(service, load + "; " + keep, files, ground) == [], files
        if previous:
            over = "".join("\ncat >%s <<\\END\n%s\nEND\n" % (path, text) for path, text in previous.items() if path != "/etc/sets")
            assert differences(service, load + over, files, ground) != [], (files, previous)
        previous = files
    with capsys.disabled():
        print(f" seed {conftest.SEED}: {told} rulesets, {same} as they were written the same, {refused} refused", end="")

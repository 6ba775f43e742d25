#!/usr/bin/python3
"""Rulesets as real tools write them, in rulesets/*.rules: lines "== COMMAND", and what that command reads. Kubernetes' are made here, being large.

    firewall_tools.py rules|evidence NAME [--root FOLDER]

prints what the tool itself writes, or what the collector finds; see rulesets/README.md.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys

import firewall_ruleset
import firewall_world
from firewall_world import run

HERE = pathlib.Path(__file__).resolve().parent / "rulesets"
# Scenario: what is put into force, in order. Docker finds the rules of somebody else when it starts.
SCENARIOS = {"ufw": ["ufw"], "firewalld": ["firewalld"], "fail2ban": ["fail2ban"], "docker": ["docker"], "docker-ufw": ["ufw", "docker"],
             "kubernetes": ["kubernetes"], "kubernetes-nft": ["kubernetes-nft"]}


def parts_of(file):
    return firewall_ruleset.sections(kubernetes() if file == "kubernetes" else (HERE / f"{file}.rules").read_text(), "== ")


def scenario(name):
    return firewall_ruleset.Fixed(name, [part for file in SCENARIOS[name] for part in parts_of(file)])


def kubernetes(services=300, endpoints=3):
    """The chains of kube-proxy in iptables mode, reconstructed from how it names and links them. One service has a port on every node, 30080, and its
    endpoints in the container of the test's world; one more is published there without any endpoint."""
    nat = [":PREROUTING ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]", ":POSTROUTING ACCEPT [0:0]", ":KUBE-SERVICES - [0:0]", ":KUBE-NODEPORTS - [0:0]",
           ":KUBE-POSTROUTING - [0:0]",
           ":KUBE-MARK-MASQ - [0:0]", ":KUBE-EXT-0000 - [0:0]"]
    rules = ['-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
             '-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
             '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
             "-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN",
             "-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0", "-A KUBE-POSTROUTING -j MASQUERADE --random-fully",
             "-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000",
             "-A KUBE-NODEPORTS -p tcp -m tcp --dport 30080 -j KUBE-EXT-0000",
             '-A KUBE-EXT-0000 -m comment --comment "masquerade traffic for default/web external destinations" -j KUBE-MARK-MASQ',
             "-A KUBE-EXT-0000 -j KUBE-SVC-0000"]
    for service in range(services):
        name, address = f"KUBE-SVC-{service:04X}", f"10.96.{service // 250}.{service % 250 + 1}"
        nat.append(f":{name} - [0:0]")
        rules += [f'-A KUBE-SERVICES -d {address}/32 -p tcp -m comment --comment "default/s{service} cluster IP" -m tcp --dport 80 -j {name}',
                  f"-A {name} ! -s 10.244.0.0/16 -d {address}/32 -p tcp -m tcp --dport 80 -j KUBE-MARK-MASQ"]
        for endpoint in range(endpoints):
            inside = f"10.244.{service % 250}.{endpoint + 2}:8080" if service else ("172.17.0.2:80" if endpoint % 2 else "172.17.0.2:443")
            sep = f"KUBE-SEP-{service:04X}{endpoint:02X}"
            nat.append(f":{sep} - [0:0]")
            left = endpoints - endpoint
            chance = f"-m statistic --mode random --probability {1 / left:.11f} " if left > 1 else ""
            rules += [f'-A {name} -m comment --comment "default/s{service} -> {inside}" {chance}-j {sep}',
                      f"-A {sep} -s {inside.split(':')[0]}/32 -j KUBE-MARK-MASQ",
                      f"-A {sep} -p tcp -m tcp -j DNAT --to-destination {inside}"]
    rules.append("-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS")
    filters = [":INPUT ACCEPT [0:0]", ":FORWARD DROP [0:0]", ":OUTPUT ACCEPT [0:0]", ":KUBE-FIREWALL - [0:0]", ":KUBE-FORWARD - [0:0]", ":KUBE-NODEPORTS - [0:0]",
               ":KUBE-PROXY-FIREWALL - [0:0]", ":KUBE-EXTERNAL-SERVICES - [0:0]", ":KUBE-SERVICES - [0:0]",
               '-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL',
               '-A INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS',
               '-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES',
               "-A INPUT -j KUBE-FIREWALL",
               "-A FORWARD -m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL", '-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
               "-A FORWARD -m conntrack --ctstate NEW -j KUBE-SERVICES", "-A FORWARD -m conntrack --ctstate NEW -j KUBE-EXTERNAL-SERVICES",
               '-A KUBE-EXTERNAL-SERVICES -p tcp -m comment --comment "default/empty has no endpoints" -m addrtype --dst-type LOCAL -m tcp --dport 8080 '
               "-j REJECT --reject-with icmp-port-unreachable",
               "-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP",
               "-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP", "-A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT",
               "-A KUBE-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"]
    return "== iptables-legacy-restore\n" + "\n".join(["*nat", *nat, *rules, "COMMIT", "*filter", *filters, "COMMIT"]) + "\n"


def in_root(folder, name, command):
    """What `command` prints in this namespace, once the tool in that root folder has done what NAME.sh says."""
    script = (HERE / f"{name}.sh").read_text()
    done = subprocess.run(["chroot", folder, "/bin/sh", "-ec", "exec 4>&1 >/dev/null 2>&1\n" + script, "sh", "/bin/sh", "-c", f"exec >&4\n{command}"],
                          stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, check=True, close_fds=False)
    return done.stdout.decode()


SAVE = """for command in "ipset restore:ipset save" "iptables-nft-restore:iptables-nft-save" "ip6tables-nft-restore:ip6tables-nft-save"; do
	saved=$(${command#*:} | sed -E "/^#/d; s/\\[[0-9]+:[0-9]+\\]/[0:0]/; s/ initval 0x[0-9a-f]+//")
	[ -z "$saved" ] || printf "== %s\\n%s\\n" "${command%:*}" "$saved"
done
for table in $(nft list tables | sed "s/^table //; s/ /,/" | grep -v -E "^ip6?,(raw|mangle|nat|filter)$"); do
	echo "== nft -f -"
	nft list table "${table%,*}" "${table#*,}"
done"""


def evidence(name, root, collector):
    """What the collector finds, without what says on which machine that was."""
    world = firewall_world.World()
    world.host.enter()
    if root:
        tool, *others = SCENARIOS[name]
        more = [parts_of(other) for other in others]
        text = in_root(root, tool, "".join(f"{' '.join(command)} <<\\END\n{body}END\n" for part in more for command, body in part) + collector)
    else:
        scenario(name).load()
        text = run("/bin/sh", "-s", input=collector.encode()).decode()
    return re.sub(r"\bpid=\d+", "pid=1000", re.sub(r'"python3?(\.\d+)?"', '"server"', text))


def main():
    import firewall_oracle  # it needs this file
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["rules", "evidence"])
    parser.add_argument("name", choices=list(SCENARIOS))
    parser.add_argument("--root")
    options = parser.parse_args()
    if options.what == "rules":
        firewall_world.World()
        print(in_root(options.root, options.name, SAVE), end="")
    else:
        print(evidence(options.name, options.root, firewall_oracle.collector()), end="")
    return 0


if __name__ == "__main__":
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.exit(main())

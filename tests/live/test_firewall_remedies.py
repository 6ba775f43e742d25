"""The commands that remedies name are what nft and iptables take, none of them shuts SSH out on the way, and their rules pass afterwards.

ufw and firewalld are not there to ask.
"""
import json
import os
import re
import subprocess

import pytest
import yaml

import firewall_oracle
import lab
from test_firewall_stored import SCRIPT

RULES = {rule["id"]: rule for rule in yaml.load((lab.SOURCE / "rules" / "library" / "firewall.yaml").read_text(), Loader=yaml.BaseLoader)}
PLACES = {"PORT": "22", "NETWORK": "192.0.2.0/24", "NUMBER": "1"}
# Those that can be told where nothing listens.
TOLD = ["firewall-active", "firewall-default-deny", "firewall-forward-default-deny", "firewall-output-default-deny", "firewall-ipv6", "firewall-loopback-guard",
        "firewall-loopback-accepted", "firewall-established", "firewall-logs"]
WITH = [(manager, rule) for manager in ("nftables", "iptables") for rule in sorted(RULES) if isinstance(RULES[rule]["remediation"], dict) and manager in RULES[rule]["remediation"]]
pytestmark = pytest.mark.namespaces("--net", "--mount")


def quoted(manager, rule):
    """What a remedy has in quotes, in order; a quote within is behind a backslash."""
    text = RULES[rule]["remediation"][manager]
    for name, value in PLACES.items():
        text = re.sub(r"\b%s\b" % name, value, text)
    return [part.replace('\\"', '"') for part in re.findall(r'"((?:\\.|[^"\\])*)"', text)], text


def nft_commands(parts):
    """Tables as they stand, rules at the top of a chain. What is about files and services is left out."""
    rules = []
    for part in parts:
        if part.startswith("table ") and "{" in part:
            yield "nft -f - <<\\END\n%s\nEND" % part
        elif part.startswith("nft ") and " -f" not in part and "list ruleset" not in part:
            yield re.sub(r"handle \d+", "handle $(nft -a list chain inet filter input | sed -n \"s/.*dport 22 accept # handle //p\")", part)
        elif re.search(r"\b(accept|drop|log prefix .*)$", part) and not part.startswith("policy"):
            rules.append(part)
    for rule in reversed(rules):
        yield "nft insert rule inet filter input %s" % re.sub(r'([{}"])', r"\\\1", rule)


def iptables_commands(parts, text):
    for part in parts:
        if not re.match(r"ip6?tables ", part):
            continue
        yield part
        if part.startswith("iptables ") and "ip6tables " + part.split(" ", 1)[1] not in text and "192.0.2" not in part and "127." not in part and "DOCKER" not in part:
            if "-P " in part and "ipv6-icmp" in text:
                yield "ip6tables -A %s -p ipv6-icmp -j ACCEPT" % part.split()[2]
            yield "ip6" + part[2:]


NFT_START = """nft -f - <<\\END
table inet filter {
chain input { type filter hook input priority 0; policy %s; tcp dport 22 accept
}
}
END
"""
TABLES_START = """for tool in iptables ip6tables; do $tool -N DOCKER-USER; $tool -A INPUT -p tcp --dport 22 -j ACCEPT; $tool -P INPUT %s; done
"""


def evaluate(script, manager, ground):
    service = {"nftables": "nftables.service", "iptables": "netfilter-persistent.service"}[manager]
    environment = dict(os.environ, SERVICE=service, LOAD="set -e\n" + script)
    done = subprocess.run(["unshare", "--net", "--mount", "sh", "-ec", SCRIPT], input=firewall_oracle.collector().encode(), capture_output=True, env=environment)
    assert done.returncode == 0 and b" begin firewall.done" in done.stdout, (script, done.stderr.decode())
    (ground / "evidence").write_bytes(done.stdout)
    report = subprocess.run([os.environ["SSHVET"], "evaluate", "evidence", "--profile", "strict", "--format", "json"], cwd=ground, capture_output=True)
    return [finding for finding in json.loads(report.stdout)["targets"][0]["findings"] if finding["module"] == "firewall"]


def first_policy(commands):
    """Where a command refuses what is not let in, SSH must be let in and answered before."""
    for number, command in enumerate(commands):
        if re.search(r"-P (INPUT|OUTPUT) DROP", command):
            before = " ".join(c for c in commands[:number] if c.split()[0] == command.split()[0])
            assert "--ctstate ESTABLISHED,RELATED -j ACCEPT" in before, command
            assert "OUTPUT" in command or "--dport 22 -j ACCEPT" in before, command


@pytest.mark.parametrize("manager, rule", WITH)
def test_remedies(manager, rule, ground):
    parts, text = quoted(manager, rule)
    commands = list(nft_commands(parts) if manager == "nftables" else iptables_commands(parts, text))
    if not commands:
        assert rule in ("firewall-live-is-stored",) or manager == "nftables" and rule == "firewall-ipv6", (rule, parts)
        return
    if rule != "firewall-ports-by-rule":
        first_policy(commands)
    weak = rule in ("firewall-active", "firewall-default-deny")
    start = (NFT_START if manager == "nftables" else TABLES_START) % ("accept" if manager == "nftables" else "ACCEPT")
    if weak and manager == "nftables":
        start = "nft flush ruleset\n"
    findings = evaluate(start + "\n".join(commands), manager, ground)
    if rule in TOLD and not (manager == "nftables" and rule == "firewall-ipv6"):
        verdicts = [finding for finding in findings if finding["rule"] == rule]
        assert verdicts and all(finding["status"] == "pass" for finding in verdicts), (commands, verdicts)


def test_findings_say_what_is_for_the_manager(ground):
    findings = evaluate(TABLES_START % "ACCEPT", "iptables", ground)
    said = {finding["rule"]: finding["remediation"] for finding in findings if finding["status"] == "fail"}
    assert "firewall-default-deny" in said
    for rule, text in said.items():
        remedies = RULES[rule]["remediation"]
        assert text == (remedies["iptables"] if isinstance(remedies, dict) else remedies).strip()

"""Rulesets of a size that no firewall should have: they are judged in a second, or given up in one."""
import json
import os
import pathlib
import re
import subprocess
import time

import pytest

import firewall_oracle
import lab

BUILD = pathlib.Path(os.environ["SSHVET"]).resolve().parent
DRIVER = str(BUILD / "firewall_driver")
CASES = lab.SOURCE / "tests" / "cases"
SANITIZED = "SSHVET_SANITIZE:BOOL=ON" in (BUILD / "CMakeCache.txt").read_text()
SECONDS = 10 if SANITIZED else 1  # of processor time
MEGABYTES = 2048 if SANITIZED else 256
RULES = 50_000
NONCE = re.compile(rb"^sshvet-evidence 1 ([0-9a-f]{32})")


def with_section(evidence, name, body):
    """The evidence of a case with another body of one section."""
    nonce = NONCE.match(evidence).group(1)
    pattern = re.compile(rb"(" + nonce + rb" begin " + name + rb"[^\n]*\n).*?(\n" + nonce + rb" end " + name + rb" \d+)", re.DOTALL)
    changed, count = pattern.subn(lambda match: match.group(1) + body + match.group(2), evidence, count=1)
    assert count == 1, name
    return changed


class Nft:
    """The JSON of nft, chain by chain."""

    def __init__(self):
        self.items, self.handle = [{"metainfo": {"version": "1.0.6", "json_schema_version": 1}}, {"table": {"family": "inet", "name": "f", "handle": 1}}], 1

    def chain(self, name, **base):
        self.handle += 1
        self.items.append({"chain": {"family": "inet", "table": "f", "name": name, "handle": self.handle, **base}})

    def base(self, policy):
        self.chain("input", type="filter", hook="input", prio=0, policy=policy)

    def rule(self, chain, *expressions):
        self.handle += 1
        self.items.append({"rule": {"family": "inet", "table": "f", "chain": chain, "handle": self.handle, "expr": list(expressions)}})

    def evidence(self):
        case = (CASES / "firewall-firewalld" / "evidence").read_bytes()
        case = with_section(case, b"firewall.nft_tables", b"table inet f {\n")
        return with_section(case, b"firewall.nft", json.dumps({"nftables": self.items}, separators=(",", ":")).encode())


def match(protocol, field, right):
    return {"match": {"op": "==", "left": {"payload": {"protocol": protocol, "field": field}}, "right": right}}


def judge(evidence):
    """Verdicts, processor time and memory of a process that judges this once."""
    process = subprocess.Popen([DRIVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(f"{len(evidence)}\n".encode() + evidence)
    process.stdin.close()
    output = process.stdout.read()
    process.stdout.close()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return json.loads(output)["reachable"], used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def address(n):
    return f"{10 + n // 50000}.{n // 250 % 200}.{n % 250}.{n * 7 % 250}"


def blocklist():
    """As many addresses refused as there are rules, before what is open."""
    nft = Nft()
    nft.base("drop")
    for n in range(RULES):
        nft.rule("input", match("ip", "saddr", address(n)), {"drop": None})
    nft.rule("input", match("tcp", "dport", 22), {"accept": None})
    return nft, ["restricted"]


def ports():
    """Rules that are about other ports."""
    nft = Nft()
    nft.base("drop")
    for n in range(RULES):
        nft.rule("input", match("tcp", "dport", 1024 + n), {"accept": None})
    nft.rule("input", match("tcp", "dport", 22), {"accept": None})
    return nft, ["open"]


def chains():
    """One chain for each of many networks: as many parts as there are networks, which may be given up."""
    nft = Nft()
    nft.base("drop")
    for n in range(RULES // 10):
        nft.chain(f"c{n}")
    for n in range(RULES // 10):
        nft.rule("input", match("ip", "saddr", {"prefix": {"addr": f"{10 + n // 250}.{n % 250}.0.0", "len": 16}}), {"jump": {"target": f"c{n}"}})
        for m in range(9):
            nft.rule(f"c{n}", match("tcp", "dport", 22 + m), {"accept": None})
    return nft, ["restricted", "undecided"]


@pytest.mark.parametrize("make", [blocklist, ports, chains])
def test_fifty_thousand_rules(make, capsys):
    nft, outcomes = make()
    evidence = nft.evidence()
    verdicts, seconds, megabytes = judge(evidence)
    ssh = firewall_oracle.index(verdicts)["tcp", 22, 4]
    with capsys.disabled():
        print(f"\n{make.__name__}: {len(evidence) >> 20} MB of evidence, {seconds:.2f} s, {megabytes:.0f} MB, {ssh['outcome']}")
    assert ssh["outcome"] in outcomes
    assert seconds < SECONDS
    assert megabytes < MEGABYTES


def marks():
    """Every rule may or may not set a bit of the mark, so that there are more marks in the end than anybody can follow."""
    nft = Nft()
    nft.base("drop")
    for n in range(31):
        nft.rule("input", {"limit": {"rate": n + 1, "burst": 5, "per": "second"}},
                 {"mangle": {"key": {"meta": {"key": "mark"}}, "value": {"|": [{"meta": {"key": "mark"}}, 1 << n]}}})
    nft.rule("input", {"match": {"op": "==", "left": {"meta": {"key": "mark"}}, "right": 0x2BADCAFE}}, {"accept": None})
    return nft


def doubling():
    """Each chain jumps to the next one twice, under conditions of its own."""
    nft = Nft()
    nft.base("drop")
    depth = 15
    for n in range(depth):
        nft.chain(f"c{n}")
    nft.rule("input", {"jump": {"target": "c0"}})
    for n in range(depth - 1):
        for side in (0, 1):
            nft.rule(f"c{n}", {"limit": {"rate": 2 * n + side + 1, "burst": 5, "per": "second"}},
                     {"mangle": {"key": {"meta": {"key": "mark"}}, "value": {"^": [{"meta": {"key": "mark"}}, 1 << (2 * n + side)]}}},
                     {"jump": {"target": f"c{n + 1}"}})
    nft.rule(f"c{depth - 1}", {"match": {"op": "==", "left": {"meta": {"key": "mark"}}, "right": 0x1EADBEEF}}, {"accept": None})
    return nft


@pytest.mark.parametrize("make", [marks, doubling])
def test_an_explosion_is_undecided(make, capsys):
    started = time.monotonic()
    verdicts, seconds, megabytes = judge(make().evidence())
    with capsys.disabled():
        print(f"\n{make.__name__}: {seconds:.2f} s ({time.monotonic() - started:.2f} by the clock), {megabytes:.0f} MB")
    # 3306 listens on the loopback alone.
    assert {item["outcome"] for item in verdicts if item["port"] != 3306} == {"undecided"}
    assert seconds < SECONDS
    assert megabytes < MEGABYTES

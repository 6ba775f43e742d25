"""What reaches the host is what sshvet says reaches it: random rulesets and those of real tools are put into force in namespaces, and real packets
try to get in.

SSHVET_TEST_RULESETS says how many random ones; firewall_oracle.py runs more, and repeats a seed.
"""
import collections
import os
import pathlib
import shutil
import subprocess
import time

import pytest

import conftest
import firewall_oracle
import firewall_ruleset
import firewall_tools
import lab

BUILD = pathlib.Path(os.environ["SSHVET"]).resolve().parent
DRIVER = str(BUILD / "firewall_driver")
RULESETS = int(os.environ.get("SSHVET_TEST_RULESETS", 400))
# Of a hundred, how many of each kind.
SHARES = {"nft": 40, "iptables-nft": 20, "iptables-legacy": 24, "nft and iptables-legacy": 8, "nft and iptables-nft": 8}
TOOLS = {"nft": ["nft"], "iptables-nft": ["iptables-nft-restore", "ipset"], "iptables-legacy": ["iptables-legacy-restore", "ipset"]}
TOTAL = collections.Counter()
pytestmark = pytest.mark.namespaces("--net")


def need_tools(kind):
    for name, tools in TOOLS.items():
        for tool in tools if name in kind else []:
            if not shutil.which(tool):
                pytest.skip(f"{tool} is not there: scripts/setup installs it")
    if "legacy" in kind and not lab_has_legacy():
        pytest.skip("this kernel has no legacy tables of iptables")


def lab_has_legacy():
    return subprocess.run(["unshare", "--net", "iptables-legacy-restore"], input=firewall_ruleset.NOTHING, capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def worker():
    """Its worlds are gone with the process that makes them, which must not be the one that runs the tests: those want their own network."""
    with firewall_oracle.pool(DRIVER, 1) as made:
        yield made


def in_force(name):
    """What got in with this text of nft in force."""
    made = firewall_oracle.worker
    world = made.worlds[False]
    world.host.enter()
    firewall_oracle.firewall_world.run("nft", "-f", "-", input=name.encode())
    try:
        world.flush()
        return [world.packets[n] for n in world.attempt(range(len(world.packets)), 0.1)]
    finally:
        firewall_oracle.firewall_world.run("nft", "flush", "ruleset")


def test_the_oracle_itself(worker):
    """Without rules every packet to a listener gets in and no other; with a policy of drop and one rule, what that rule says."""
    everything = worker.submit(in_force, "\n").result()
    assert {p for p in firewall_oracle.firewall_world.packets() if firewall_oracle.listens(p)} == set(everything)
    text = "table inet f {\nchain input { type filter hook input priority 0; policy drop; %s; }\n}\n"
    assert worker.submit(in_force, text % "tcp dport 1 accept").result() == []
    some = worker.submit(in_force, text % "ip saddr 10.0.0.0/8 udp dport 53 accept").result()
    assert {(p.protocol, p.port, p.source) for p in some} == {("udp", 53, a) for a in ("10.0.1.2", "10.1.2.3", "10.200.0.1")}


@pytest.mark.parametrize("kind", SHARES)
def test_agrees_with_packets(kind, ground, capsys):
    need_tools(kind)
    count = RULESETS * SHARES[kind] // 100
    started = time.monotonic()
    tally, refusals, differences = firewall_oracle.run(DRIVER, count, conftest.SEED, os.cpu_count() or 1, ground / "differ", kind=kind)
    told = firewall_oracle.describe(conftest.SEED, tally, refusals, time.monotonic() - started)
    with capsys.disabled():
        print("\n" + told)
    assert not differences, told + "\n" + "\n".join(f"ruleset {number}: {text}" for number, text in differences[:5])
    # Agreement on little would be worth little.
    assert tally["rulesets"] >= count * 0.95
    assert tally["certain"] > cases_of(tally)
    for outcome in ("open", "restricted", "closed"):
        assert tally["case " + outcome] * 50 > cases_of(tally), f"few ports are {outcome}"
    TOTAL.update(tally)


def cases_of(tally):
    return sum(count for name, count in tally.items() if name.startswith("case "))


def test_little_is_undecided():
    """Over all kinds that could be tried; few rulesets of one kind say nothing of that."""
    if TOTAL["rulesets"] < 100:
        pytest.skip(f"no more than {TOTAL['rulesets']} rulesets were tried")
    assert TOTAL["case undecided"] * 50 < cases_of(TOTAL), firewall_oracle.describe(conftest.SEED, TOTAL, collections.Counter(), 0)


def scenario_complaints(name):
    cases, _ = firewall_oracle.worker.examine(firewall_tools.scenario(name))
    return [(case.key, case.outcome, case.complaints, case.item) for case in cases.values()]


@pytest.mark.parametrize("name", firewall_tools.SCENARIOS)
def test_real_tools(name, worker):
    need_tools("iptables-nft, iptables-legacy and nft")
    cases = worker.submit(scenario_complaints, name).result()
    assert not [case for case in cases if case[2]]
    assert not [case for case in cases if case[1] == "undecided"]


def compare_collectors(number):
    """The verdicts from the part of the collector that is about the firewall, and from all of it."""
    made = firewall_oracle.worker
    ruleset = firewall_ruleset.Ruleset(firewall_oracle.random.Random(f"{conftest.SEED}/collector/{number}"))
    made.world(ruleset)
    whole = subprocess.run([lab.program(), "collector"], stdout=subprocess.PIPE, check=True).stdout
    ruleset.load()
    try:
        return made.driver.judge(made.evidence()), made.driver.judge(made.evidence(whole))
    finally:
        ruleset.clear()


@pytest.mark.parametrize("number", range(4))
def test_the_whole_collector_says_the_same(number, worker):
    need_tools("iptables-nft, iptables-legacy and nft")
    part, whole = worker.submit(compare_collectors, number).result()
    assert part and part == whole

"""Random fleets: the program says what the plainest working-out says, whatever order targets finished in."""
import collections
import json
import random
import re
import subprocess

import pytest

import fleet
from conftest import SEED

FLEETS = 40


def check_steps(hosts, report, encrypted):
    """Every hop of every path is one that there is, and each begins where the one before it ended."""
    by_name = {h.name: h for h in hosts}
    there = fleet.edges(hosts, encrypted)
    for path in report["paths"]:
        at = (path["from"]["host"], path["from"]["user"])
        restricted = False
        for step in path["steps"]:
            assert (step["from"]["host"], step["from"]["user"]) == at
            end = fleet.node(by_name[step["to"]["host"]], step["to"]["user"])
            assert (at, end, "restricted" in step["to"]) in there
            restricted = restricted or "restricted" in step["to"]
            at = end
        assert at == (path["to"]["host"], path["to"]["user"]) and restricted == path["restricted"]


def check_uses(hosts, report):
    """Uses are the edges of a fleet in which every private key counts, apart from those of root by what lies with others."""
    by_name = {h.name: h for h in hosts}
    got = set()
    for use in report["uses"]:
        h, g = by_name[use["from"]["host"]], by_name[use["to"]["host"]]
        got.add((fleet.node(h, use["from"]["user"]), fleet.node(g, use["to"]["user"]), "restricted" in use["to"]))
    every = {e for e in fleet.edges(hosts, True) if e[0] != e[1]}
    assert got <= every
    roots = {fleet.node(h, "root") for h in hosts}
    assert {e for e in every - got if e[0] not in roots} == set()


def test_random_fleets(ask):
    seen = collections.Counter()
    for i in range(FLEETS):
        rng = random.Random(f"{SEED} {i}")
        hosts = fleet.random_fleet(rng)
        encrypted = rng.random() < 0.3
        lines = [h.line(n) for n, h in enumerate(hosts)]
        report = ask(fleet.journal(lines), *(["--encrypted"] if encrypted else []))
        wanted = fleet.answers(hosts, encrypted)
        assert fleet.from_report(report) == wanted, f"fleet {i} of seed {SEED}"
        check_steps(hosts, report, encrypted)
        check_uses(hosts, report)
        rng.shuffle(lines)
        assert ask(fleet.journal(lines), *(["--encrypted"] if encrypted else [])) == report
        seen.update(f"{hops} {'restricted' if restricted else 'whole'}" for hops, restricted in wanted["paths"].values())
        seen.update({kind: len(wanted[kind]) for kind in ("shared", "cloned", "lone", "closed")})
    # Fleets in which nothing is found would agree, too.
    for kind in ("1 whole", "2 whole", "3 whole", "2 restricted", "shared", "cloned", "lone", "closed"):
        assert seen[kind] > 0, seen


@pytest.mark.parametrize("i", range(6))
def test_graphs_are_drawn(run, i):
    """Graphviz takes the graph, and draws the accounts of every use."""
    rng = random.Random(f"{SEED} graph {i}")
    hosts = fleet.random_fleet(rng)
    journal = fleet.journal(hosts)
    report = json.loads(run(journal, "--format", "json"))
    graph = run(journal, "--format", "dot", "--limit", 0)
    drawn = subprocess.run(["dot", "-Tplain"], input=graph, capture_output=True, text=True, check=True)
    assert drawn.stderr == ""
    labels = set(re.findall(r'^node a\S+ \S+ \S+ \S+ \S+ "?([^" ]+)', drawn.stdout, re.M))
    for use in report["uses"]:
        for end in (use["from"], use["to"]):
            assert f"{end['user']}@{end['host']}" in labels

"""What `sshvet keys` says about small fleets in which every thing is there for a reason."""
import json
import os
import pathlib
import re
import subprocess

import pytest

import fleet
from conftest import SSHVET
from fleet import Host, fingerprint, journal


def pair():
    """Two hosts, and a key of alice's on the first that opens bob on the second."""
    a, b = Host("a", "192.0.2.1"), Host("b", "192.0.2.2")
    a.holds("k", "alice")
    return a, b, b.opens("k", "bob")


def find(report, key):
    return next(k for k in report["keys"] if k["fingerprint"] == fingerprint(key))


def uses(report):
    return [(u["from"]["user"], u["from"]["host"], u["to"]["user"], u["to"]["host"]) for u in report["uses"]]


USE = [("alice", "a", "bob", "b")]


def test_a_key_and_what_it_opens(ask):
    a, b, _ = pair()
    k = find(ask(journal([a, b])), "k")
    assert k == {"fingerprint": fingerprint("k"), "type": "ssh-ed25519", "bits": 256, "closed": [], "host_key_of": [],
                 "opens": [{"host": "b", "user": "bob", "path": "/home/bob/.ssh/authorized_keys", "line": 1, "comment": "k"}],
                 "private": [{"host": "a", "user": "alice", "path": "/home/alice/.ssh/id_0", "encrypted": False}]}


@pytest.mark.parametrize("line, strict, context, user, why", [
    ({"state": "ignored", "why": "unknown option"}, {}, {}, "bob", "ignored: unknown option"),
    ({"state": "expired"}, {}, {}, "bob", "expired"),
    ({"cert_authority": True}, {}, {}, "bob", "cert-authority"),
    ({}, {"refused": True, "why": "/home/bob is writable by others"}, {}, "bob", "StrictModes: /home/bob is writable"),
    ({}, {}, {"pubkeyauthentication": "no"}, "bob", "PubkeyAuthentication no"),
    ({}, {}, {"permitrootlogin": "no"}, "root", "PermitRootLogin no"),
    ({}, {}, {"permitrootlogin": "forced-commands-only"}, "root", "forced-commands-only"),
    ({}, {}, {"denyusers": ["b*"]}, "bob", "DenyUsers"),
    ({}, {}, {"usepam": "no"}, "locked", "the password is locked"),
    ({}, {}, {"allowusers": ["alice", "carol@192.0.2.*"]}, "bob", "AllowUsers"),
    ({}, {}, {"allowgroups": ["wheel"]}, "bob", "AllowGroups"),
    ({}, {}, {"denygroups": ["bob"]}, "bob", "DenyGroups"),
])
def test_lines_that_open_nothing(ask, line, strict, context, user, why):
    a, b = Host("a", "192.0.2.1"), Host("b", "192.0.2.2")
    a.holds("k", "alice")
    b.user("locked", password="locked")
    b.opens("k", user, **line)
    b.context.update(context)
    next(iter(b.strict.values())).update(strict)
    report = ask(journal([a, b]))
    assert find(report, "k")["opens"] == [] and report["uses"] == report["paths"] == []
    assert why in find(report, "k")["closed"][0]["why"]


@pytest.mark.parametrize("context, user", [
    ({"denyusers": ["bob@203.0.113.*"]}, "bob"),
    ({"allowusers": ["bob@192.0.2.*"]}, "bob"),
    ({"allowusers": []}, "bob"),
    ({"allowgroups": ["x", "bo?"]}, "bob"),
    ({"permitrootlogin": "no"}, "bob"),
    ({"permitrootlogin": "prohibit-password"}, "root"),
])
def test_what_sshd_only_may_refuse_stays_open(ask, context, user):
    a, b = Host("a", "192.0.2.1"), Host("b", "192.0.2.2")
    b.opens("k", user)
    b.context.update(context)
    assert find(ask(journal([a, b])), "k")["opens"]


def test_one_match_block_keeps_an_account_open(ask):
    a, b = Host("a", "192.0.2.1"), Host("b", "192.0.2.2")
    b.opens("k", "root")
    line = b.line(0)
    closed, opened = dict(b.context, permitrootlogin="no"), dict(b.context, subject="Match Address 192.0.2.0/24")
    line["facts"]["sshd_config"]["contexts"] = [closed, opened]
    assert find(ask(journal([line])), "k")["opens"]
    line["facts"]["sshd_config"]["contexts"] = [closed, closed]
    assert not find(ask(journal([line])), "k")["opens"]


@pytest.mark.parametrize("patterns, address, possible, unknown", [
    (["192.0.2.1"], "192.0.2.1", True, False),
    (["192.0.2.0/24"], "192.0.2.1", True, False),
    (["192.0.2.?"], "192.0.2.1", True, False),
    (["*"], "192.0.2.1", True, False),
    (["203.0.113.0/24"], "192.0.2.1", False, False),
    (["192.0.2.0/24", "!192.0.2.1"], "192.0.2.1", False, False),
    (["!192.0.2.1", "*"], "192.0.2.1", False, False),
    (["192.0.2.1/24"], "192.0.2.1", False, False),  # bits outside the mask: sshd refuses the line
    (["*.example.org"], "192.0.2.1", True, True),
    (["db"], "192.0.2.1", True, True),
    (["192.0.2.0/24", "!*.example.org"], "192.0.2.1", True, True),
    (["203.0.113.7"], "", True, True),
    (["2001:db8::/32"], "2001:db8::7", True, False),
    (["2001:db8::/32"], "192.0.2.1", False, False),
])
def test_from(ask, patterns, address, possible, unknown):
    a, b = Host("a", address), Host("b", "192.0.2.2")
    a.holds("k", "alice")
    b.opens("k", "bob", **{"from": patterns})
    report = ask(journal([a, b]))
    assert uses(report) == (USE if possible else [])
    assert [u["to"].get("from_unknown", False) for u in report["uses"]] == ([unknown] if possible else [])
    assert find(report, "k")["opens"][0]["from"] == ",".join(patterns)


@pytest.mark.parametrize("patterns", [["127.0.0.1"], ["::1"], ["localhost"], ["192.0.2.1"]])
def test_a_host_reaches_itself_by_loopback_and_another_does_not(ask, patterns):
    a, b = Host("a", "192.0.2.1"), Host("b", "192.0.2.2")
    a.holds("k", "alice")
    a.opens("k", "root", **{"from": patterns})
    b.holds("k", "carol")
    report = ask(journal([a, b]))
    there = ("alice", "a", "root", "a")
    assert there in uses(report)
    assert (("carol", "b", "root", "a") in uses(report)) == (patterns == ["localhost"])
    assert [p["from"]["host"] for p in report["paths"] if p["from"]["user"] == "alice"] == ["a"]


def test_a_forced_command_restricts(ask):
    a, b = Host("a", "192.0.2.1"), Host("b", "192.0.2.2")
    a.holds("k", "alice")
    b.opens("k", "root", command="")
    b.opens("k", "bob")
    b.holds("l", "bob")
    b.opens("l", "root")
    report = ask(journal([a, b]))
    assert report["summary"]["restricted_paths"] == 0  # the longer way gives a shell
    assert [p["hops"] for p in report["paths"] if p["from"]["user"] == "alice"] == [2]
    b.private.clear()
    report = ask(journal([a, b]))
    assert [(p["hops"], p["restricted"]) for p in report["paths"] if p["from"]["user"] == "alice"] == [(1, True)]
    assert report["paths"][0]["steps"][0]["to"]["command"] == ""


def test_an_account_without_shell_restricts(ask):
    a, b, _ = pair()
    b.users[-1]["login"] = "no_shell"
    report = ask(journal([a, b]))
    assert report["uses"][0]["to"]["conditions"] == ["the account has no login shell"] and report["uses"][0]["to"]["restricted"]


def test_an_expired_account_is_said(ask):
    a, b, _ = pair()
    b.users[-1]["expired"] = True
    assert ask(journal([a, b]))["uses"][0]["to"]["conditions"] == ["the account has expired"]


def test_encrypted_keys_are_shown_and_not_followed(ask):
    a, b = Host("a", "192.0.2.1"), Host("b", "192.0.2.2")
    a.holds("k", "alice", encrypted=True)
    b.opens("k", "root")
    report = ask(journal([a, b]))
    assert report["uses"][0]["from"]["encrypted"] and report["paths"] == []
    assert len(ask(journal([a, b]), "--encrypted")["paths"]) == 2  # alice, and root of her host
    assert ask(journal([a, b]), "--fail-if", "uses")["summary"]["gate"] == "passed"
    assert ask(journal([a, b]), "--fail-if", "uses", "--encrypted", status=1)["summary"]["gate"] == "failed"


def test_root_has_every_key_of_its_host_and_any_name(ask):
    a, b, c = Host("a", "192.0.2.1"), Host("b", "192.0.2.2"), Host("c", "192.0.2.3")
    a.holds("k", "alice")
    b.user("toor", 0)
    b.opens("k", "toor")
    b.holds("l", "bob")
    c.opens("l", "root")
    ways = {(p["from"]["user"], p["from"]["host"]): (p["hops"], p["to"]["host"]) for p in ask(journal([a, b, c]))["paths"]}
    assert ways == {("alice", "a"): (1, "b"), ("root", "a"): (1, "b"), ("bob", "b"): (1, "c"), ("root", "b"): (1, "c")}


def test_a_host_key_can_be_used_to_log_in(ask):
    a, b = Host("a", "192.0.2.1"), Host("b", "192.0.2.2")
    a.proves("hk")
    b.opens("hk", "backup")
    assert uses(ask(journal([a, b]))) == [("root", "a", "backup", "b")]


def test_shared_is_about_people_and_not_about_hosts_or_root(ask):
    a, b = Host("a", "192.0.2.1"), Host("b", "192.0.2.2")
    for h in (a, b):
        h.opens("admin", "alice")
        h.opens("admin", "root")
    a.opens("team", "alice")
    b.opens("team", "bob")
    a.holds("copied", "alice")
    b.holds("copied", "bob")
    report = ask(journal([a, b]))
    assert {k["fingerprint"] for k in report["keys"] if "shared" in k} == {fingerprint("team"), fingerprint("copied")}


def test_cloned_host_keys(ask):
    a, b, c, again = Host("a", "192.0.2.1"), Host("b", "192.0.2.2"), Host("c", "192.0.2.3"), Host("c.example.org", "192.0.2.3")
    a.proves("image")
    b.proves("image", connection=False)
    c.proves("own")
    again.proves("own")  # the same server by another name
    report = ask(journal([a, b, c, again]))
    assert find(report, "image")["cloned"] and "cloned" not in find(report, "own")
    assert [h["host"] for h in find(report, "image")["host_key_of"]] == ["a", "b"]


def test_host_keys_seen_on_the_connection_alone(ask):
    a, b = Host("a", "192.0.2.1"), Host("b", "192.0.2.2")
    a.error = b.error = "auth"
    a.host_key = b.host_key = fingerprint("image")
    assert ask(journal([a, b]), status=3)["summary"]["cloned"] == 1


def test_lone_keys(ask):
    a, b = Host("a", "192.0.2.1"), Host("b", "192.0.2.2")
    a.opens("once", "alice")
    a.opens("twice", "alice")
    b.opens("twice", "alice")
    a.opens("held", "alice")
    b.holds("held", "bob")
    a.opens("also ignored", "alice")
    b.opens("also ignored", "bob", state="ignored")
    assert [k["fingerprint"] for k in ask(journal([a, b]))["keys"] if "lone" in k] == [fingerprint("once")]


# ---- what is not known ----

def change(*steps, value=...):
    """Set one value of the facts, or take it away."""
    def apply(line):
        place = line["facts"]
        for step in steps[:-1]:
            place = place[step]
        if value is ...:
            del place[steps[-1]]
        else:
            place[steps[-1]] = value
    return apply


UNAVAILABLE = [{"fact": "key_material.private", "reason": "privilege", "message": "needs root"}]


@pytest.mark.parametrize("edit, reason", [
    (change("accounts"), "accounts.users: not among the facts"),
    (change("key_material"), "key_material.authorized: not among the facts"),
    (change("key_material", "host"), "key_material.host: not among the facts"),
    (change("keys", "strict_modes"), "keys.strict_modes: not among the facts"),
    (change("sshd_config"), "sshd_config.contexts: not among the facts"),
    (change("sshd_config", "contexts", value=[]), "sshd_config.contexts: nothing is in it"),
    (change("accounts", "users", value=[]), "accounts.users: nothing is in it"),
    (change("key_material", "private", value={}), "key_material.private: in a form that is not understood"),
    (change("key_material", "private", value=[7]), "key_material.private an item: is not understood"),
    (change("key_material", "unavailable", value=UNAVAILABLE), "key_material.private: needs root"),
    (change("key_material", "unavailable", value=[{"fact": "key_material.authorized[]", "reason": "timeout"}]), "key_material.authorized[]: timeout"),
    (change("key_material", "authorized", 0, "fingerprint"), "a key without fingerprint"),
    (change("key_material", "authorized", 0, "state"), "a line without user, path or state"),
    (change("key_material", "authorized", 0, "line", value="1"), "key_material.authorized line: is not understood"),
    (change("key_material", "authorized", 0, "from", value="192.0.2.1"), "key_material.authorized from: is not understood"),
    (change("key_material", "authorized", 0, "comment", value="\x1b[31m"), "key_material.authorized comment: is not understood"),
    (change("key_material", "private", 0, "fingerprint"), "/home/eve/.ssh/id_0: its public half is not known"),
    (change("key_material", "private", 0, "encrypted"), "whether it is encrypted is not known"),
    (change("accounts", "users", 0, "uid"), "an account without name or number"),
    (change("keys", "strict_modes", 0, "refused"), "nothing is said of this file"),
    (change("keys", "strict_modes", value=[]), "nothing is said of this file"),
])
def test_a_host_that_is_not_known_in_full_is_named(ask, edit, reason):
    a, b, _ = pair()
    c = Host("c", "192.0.2.3")
    c.opens("k2", "eve")
    c.holds("k3", "eve")
    line = c.line(2)
    edit(line)
    report = ask(journal([a, b, line]), status=3)
    assert [u["host"] for u in report["unknown"]] == ["c"]
    assert any(reason in r for r in report["unknown"][0]["reasons"]), report["unknown"]
    assert uses(report) == USE  # what is known is told all the same


def test_a_fact_of_another_name_is_no_doubt(ask):
    a, b, _ = pair()
    line = b.line(1)
    change("key_material", "unavailable", value=[{"fact": "key_material.private_sockets", "reason": "timeout"}])(line)
    assert ask(journal([a, line]))["unknown"] == []


def test_unknown_strict_modes_leave_the_account_open(ask):
    a, b, _ = pair()
    line = b.line(1)
    line["facts"]["keys"]["strict_modes"] = []
    report = ask(journal([a, line]), status=3)
    assert report["uses"][0]["to"]["conditions"] == ["whether StrictModes refuses the file is not known"]


def test_unscanned_missing_and_without_facts(ask):
    a, b, _ = pair()
    b.error = "connect_refused"
    report = ask(journal([a, b, Host("c", "192.0.2.3").line(2, facts=False)], targets=5), status=3)
    assert [(u["host"], u["reasons"]) for u in report["unknown"]] == [
        ("b", ["not scanned: connect_refused: no answer came"]), ("c", ["no facts in the journal (keep them with --facts)"])]
    assert report["summary"]["missing"] == 2


def test_missing_targets_alone_are_not_a_success(ask):
    a, b, _ = pair()
    assert ask(journal([a, b], targets=3), status=3)["unknown"] == []
    assert ask(journal([], targets=0), status=3)["summary"]["hosts"] == 0


def test_reasons_are_bounded(ask):
    a = Host("a", "192.0.2.1")
    for i in range(100):
        a.holds(f"k{i}", "alice")
        del a.private[-1]["fingerprint"]
    reasons = ask(journal([a]), status=3)["unknown"][0]["reasons"]
    assert len(reasons) == 33 and reasons[-1] == "and more"


def test_a_later_line_takes_the_place_of_an_earlier_one(ask, tmp_path):
    a, b, _ = pair()
    a.proves("old")
    new = Host("a", "192.0.2.1")
    new.proves("new")
    report = ask(journal([a, b]) + journal([new]))
    assert uses(report) == [] and report["summary"]["hosts"] == 2
    assert fingerprint("old") not in [k["fingerprint"] for k in report["keys"]]


def test_journals_of_different_profiles(run, tmp_path):
    a, b, _ = pair()
    (tmp_path / "a").write_text(journal([a], profile="baseline"))
    (tmp_path / "b").write_text(journal([b], profile="strict"))
    result = subprocess.run([SSHVET, "keys", "a", "b", "--format", "json"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert uses(json.loads(result.stdout)) == USE


@pytest.mark.parametrize("text", ["", "{}\n", "not json\n", journal([])[:-5].replace("sshvet-journal/1", "sshvet-journal/2") + "\n",
                                  journal([{"index": 0}]), journal([Host("a", "192.0.2.1")]).replace('"facts"', '"facts":{},"facts"'),
                                  journal([Host("a", "192.0.2.1")]).replace('"privileged":true', '"other":true')])
def test_what_is_no_journal(tmp_path, text):
    (tmp_path / "j").write_text(text)
    result = subprocess.run([SSHVET, "keys", "j"], cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 2 and result.stdout == "" and re.match(r"sshvet: (j:\d+: |journal 'j' )", result.stderr), result.stderr


# ---- gates, formats, limits ----

@pytest.mark.parametrize("gate", ["shared", "cloned", "uses", "paths", "lone"])
def test_gates(ask, gate):
    quiet = journal([Host("a", "192.0.2.1")])
    assert ask(quiet, "--fail-if", gate)["fail_if"] == [gate]
    a, b = Host("a", "192.0.2.1"), Host("b", "192.0.2.2")
    {"shared": lambda: (a.opens("k", "x"), b.opens("k", "y")),
     "cloned": lambda: (a.proves("k"), b.proves("k")),
     "uses": lambda: (a.holds("k", "x"), b.opens("k", "x")),
     "paths": lambda: (a.holds("k", "x"), b.opens("k", "root")),
     "lone": lambda: a.opens("k", "x")}[gate]()
    assert ask(journal([a, b]))["summary"]["gate"] == "passed"
    assert ask(journal([a, b]), "--fail-if", gate, status=1)["summary"]["gate"] == "failed"
    b.error = "auth"  # 1 outranks 3, but only when it is certain
    b.host_key = fingerprint("k") if gate == "cloned" else None
    still = gate in ("cloned", "lone")
    assert ask(journal([a, b]), "--fail-if", gate, status=1 if still else 3)["summary"]["gate"] == ("failed" if still else "incomplete")


@pytest.mark.parametrize("arguments, words", [
    (["j", "--fail-if", "sharing"], ["--fail-if 'sharing'", "shared, cloned, uses, paths, lone"]),
    (["j", "--format", "junit"], ["--format 'junit'", "table, json, dot"]),
    (["j", "--format", "json", "--format", "dot"], ["both go to standard output"]),
    (["j", "--limit", "-1"], ["--limit '-1'"]),
    (["j", "--fail-on", "low"], ["'keys' does not take --fail-on"]),
    ([], ["'keys' needs JOURNAL..."]),
    (["no-such"], ["cannot open journal 'no-such'"]),
])
def test_wrong_usage(tmp_path, arguments, words):
    (tmp_path / "j").write_text(journal([Host("a", "192.0.2.1")]))
    result = subprocess.run([SSHVET, "keys", *arguments], cwd=tmp_path, capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (2, "")
    assert all(word in result.stderr for word in words), result.stderr


def test_several_formats_in_one_run(run, tmp_path):
    a, b, _ = pair()
    text = run(journal([a, b]), "--format", "table", "--format", "json=out.json", "--format", "dot=out.dot")
    assert "PRIVATE KEYS THAT OPEN OTHER ACCOUNTS  1" in text
    assert json.loads((tmp_path / "out.json").read_text())["summary"]["hosts"] == 2
    assert (tmp_path / "out.dot").read_text().startswith("digraph")


def test_a_full_disk_is_an_error(tmp_path):
    (tmp_path / "j").write_text(journal([Host("a", "192.0.2.1")]))
    for form in ("table", "json", "dot"):
        with open("/dev/full", "w") as full:
            result = subprocess.run([SSHVET, "keys", "j", "--format", form], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True)
        assert result.returncode == 4 and "No space left" in result.stderr


def crowd(count):
    a, b = Host("a", "192.0.2.1"), Host("b", "192.0.2.2")
    for i in range(count):
        a.holds(f"k{i}", f"u{i}")
        b.opens(f"k{i}", "root")
    return journal([a, b])


def test_the_table_says_what_it_leaves_out(run):
    text = run(crowd(30), "--limit", 3)
    assert len(re.findall(r"^  1 hop  ", text, re.M)) == 3
    assert re.search(r"PATHS TO ROOT  31\n", text) and "... and 28 more (--limit 0 shows all)" in text
    assert len(re.findall(r"^  1 hop  ", run(crowd(30), "--limit", 0), re.M)) == 31
    assert len(re.findall(r"^  1 hop  ", run(crowd(30)), re.M)) == 20


def test_the_graph_says_what_it_leaves_out(run):
    assert 'label="3 of 30 keys' in run(crowd(30), "--limit", 3, "--format", "dot")
    a, b = Host("a", "192.0.2.1"), Host("b", "192.0.2.2")
    a.holds("k", "alice")
    for i in range(9):
        b.opens("k", f"u{i}")
    assert "and 6 more" in run(journal([a, b]), "--limit", 3, "--format", "dot")


def test_a_long_chain_is_cut_and_says_so(run):
    hosts = [Host(f"h{i:03}", f"192.0.2.{i}") for i in range(70)]
    for i, (h, g) in enumerate(zip(hosts, hosts[1:])):
        h.holds(f"k{i}", "link")
        g.opens(f"k{i}", "root" if g is hosts[-1] else "link")
    text = journal(hosts)
    longest = json.loads(run(text, "--format", "json"))["paths"][-1]
    assert longest["hops"] == 69 and longest["cut"] and len(longest["steps"]) == 64
    assert "... and 53 more hops" in run(text, "--limit", 0)


def test_one_key_everywhere_costs_what_it_is(run):
    """The product of the two is listed up to a bound."""
    hosts = [Host(f"h{i:04}", f"10.0.{i >> 8}.{i & 255}") for i in range(400)]
    for h in hosts:
        h.holds("cluster", "mpi")
        h.opens("cluster", "mpi")
    report = json.loads(run(journal(hosts), "--format", "json"))
    assert report["uses_cut"] and len(report["uses"]) == 100000 and report["paths"] == []


ODD = ['a"b', "a\\b", "a&lt;b", "a b", "<b>x</b>", "a\\nb", "ü", "\\N", "a;b}", "//", "#"]


@pytest.mark.parametrize("name", ODD)
def test_odd_names_in_the_graph(run, name):
    a, b = Host("a", "192.0.2.1"), Host("b", "192.0.2.2")
    a.holds("k", name)
    b.opens("k", name, command=name)
    graph = run(journal([a, b]), "--format", "dot")
    drawn = subprocess.run(["dot", "-Tjson"], input=graph, capture_output=True, text=True, check=True)
    assert drawn.stderr == ""
    texts = {op["text"] for o in json.loads(drawn.stdout)["objects"] for op in o.get("_ldraw_", []) if op["op"] == "T"}
    assert {f"{name}@a", f"{name}@b"} <= texts
    assert f"{name}@a" in run(journal([a, b]))


def test_colour_only_for_a_terminal(run):
    assert "\x1b" not in run(crowd(2))


def test_the_answer_has_no_secret_and_no_time(ask):
    """The same journal, the same answer."""
    text = crowd(5)
    assert ask(text) == ask(text)


def test_goldens(run):
    """The table and the graph of one fleet, as people see them: SSHVET_UPDATE=1 writes them; read them before they are committed."""
    folder = pathlib.Path(__file__).parent / "golden"
    text = (folder / "journal.ndjson").read_text()
    for form in ("table", "dot"):
        got = run(text, "--format", form, "--fail-if", "cloned", status=1)
        if os.environ.get("SSHVET_UPDATE"):
            (folder / f"answer.{form}").write_text(got)
        assert (folder / f"answer.{form}").read_text() == got

"""
Bad input: status 2, one line on standard error that names the place and says what to do, nothing on standard output, nothing
connected to. A row is: what is there, what is asked for, and words the message must have.

The targets are an address of this machine on a port where a listener counts the connections it gets: none may come.
"""

import os
import socket

import pytest

GOOD_RULE = """- id: {id}
  title: A title
  severity: low
  module: host
  check: {{fact: host.os_id, is: debian}}
  rationale: Why.
  remediation: What.
"""


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()


def assert_refused(result, *words):
    assert result.returncode == 2, result
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("sshvet: ")
    for word in words:
        assert word in lines[0]


USAGE = [
    ([], ["a command is missing", "sshvet help"]),
    (["scam"], ["unknown command 'scam'", "'scan'", "sshvet help"]),
    (["prob", "web1"], ["unknown command 'prob'"]),
    (["diff", "a", "b"], ["unknown command 'diff'"]),
    (["--jornal=x", "scan"], ["unknown option '--jornal'", "'--journal'"]),
    (["scan", "web1", "--paralel", "3"], ["unknown option '--paralel'", "'--parallel'", "sshvet help scan"]),
    (["scan", "web1", "--waivers", "x"], ["unknown option '--waivers'"]),
    (["scan", "web1", "--shard", "1/2"], ["unknown option '--shard'"]),
    (["scan", "web1", "-Z"], ["unknown option '-Z'"]),
    (["scan", "web1", "--format"], ["--format needs FORMAT[=PATH]", "sshvet help scan"]),
    (["scan", "web1", "-p"], ["--port needs PORT"]),
    (["scan", "web1", "--resume=yes"], ["--resume takes no value"]),
    (["scan", "web1", "--profile="], ["--profile needs NAME|FILE"]),
    (["evaluate"], ["'evaluate' needs EVIDENCE"]),
    (["report"], ["'report' needs JOURNAL"]),
    (["facts", "all"], ["'facts' does not take 'all'"]),
    (["facts", "--journal", "x"], ["'facts' does not take --journal"]),
    (["help", "scam"], ["unknown command 'scam'"]),
    (["rules", "lst"], ["list, show or lint"]),
    (["rules", "show"], ["needs the id of a rule"]),
    (["rules", "show", "no-such-rule"], ["'no-such-rule'", "rules list"]),
    (["scan", "web1", "--port", "0"], ["--port '0'", "1 to 65535"]),
    (["scan", "web1", "--port", "65536"], ["--port '65536'", "1 to 65535"]),
    (["scan", "web1", "--port", "ssh"], ["--port 'ssh'"]),
    (["scan", "web1", "--parallel", "0"], ["--parallel '0'"]),
    (["scan", "web1", "--parallel", "-1"], ["--parallel '-1'"]),
    (["scan", "web1", "--parallel", "1e3"], ["--parallel '1e3'"]),
    (["scan", "web1", "--timeout", "99999999999999999999"], ["--timeout", "1 to 86400"]),
    (["scan", "web1", "--retries", " 1"], ["--retries ' 1'"]),
    (["scan", "web1", "--host-key", "off"], ["--host-key 'off'", "strict, accept-new, ignore"]),
    (["scan", "web1", "--become", "su"], ["--become 'su'", "auto, none, sudo, doas"]),
    (["scan", "web1", "--fail-on", "warning"], ["--fail-on 'warning'", "critical, high, medium, low, info"]),
    (["scan", "web1", "--resume"], ["--resume needs --journal"]),
    (["scan", "web1", "--format", "yaml"], ["--format 'yaml'", "table", "json", "junit"]),
    (["scan", "web1", "--format", "json="], ["file name", "missing"]),
    (["scan", "web1", "--format", "json", "--format", "table"], ["both go to standard output", "=FILE"]),
    (["scan", "web1", "--format", "json=a", "--format", "junit=a"], ["both go to 'a'"]),
    (["scan", "web1", "--format", "json=no/such/a"], ["'no/such/a'", "make it first"]),
    (["scan", "web1", "--format", "json=."], ["'.' is a folder"]),
    (["scan", "web1", "--journal", "no/such/j"], ["--journal", "'no/such/j'"]),
    (["scan", "web1", "--evidence", "no/such/e"], ["--evidence", "'no/such/e'"]),
    (["scan", "web1", "--profile", "no-such"], ["no profile 'no-such'", "baseline"]),
    (["scan", "web1", "--rules", "no-such"], ["'no-such'"]),
    (["scan", "web1", "--identity", "no-such"], ["identity", "'no-such'"]),
    (["scan", "web1", "--known-hosts", "no-such"], ["--known-hosts", "'no-such'", "accept-new"]),
    (["scan", "-i", "-", "--passphrase-fd", "0"], ["standard input", "2 times"]),
    (["scan"], ["no target", "--inventory"]),
    (["evaluate", "no-such"], ["'no-such'"]),
    (["evaluate", "home"], ["'home'", "*.evidence"]),
    (["report", "no-such"], ["'no-such'"]),
]


@pytest.mark.parametrize("arguments, words", USAGE, ids=lambda value: " ".join(value) if isinstance(value, list) else None)
def test_usage(run, key, arguments, words):
    assert_refused(run(*arguments), *words)


TARGETS = [
    ("", "host is missing"),
    ("@web1", "user is missing"),
    ("web1:", "1 to 65535"),
    ("web1:0", "1 to 65535"),
    ("web1:65536", "1 to 65535"),
    ("web1:ssh", "1 to 65535"),
    ("we b1", "letters, digits"),
    ("web1;reboot", "letters, digits"),
    ("web1\n", "letters, digits"),
    ("\x1b[2Jweb1", "letters, digits"),
    ("root:secret@web1", "passwords are not taken"),
    ("10.0.0.0/8", "write /16 or longer"), ("10.0.0.1/24", "first address of the network"), ("web1/24", "'/' cannot be in a host name"),
    ("10.1", "IPv4"),
    ("192.0.2.256", "IPv4"),
    ("[::1", "']' is missing"),
    ("[web1]:22", "IPv6"),
    ("::1:22:g", "IPv6"),
    ("http://web1", "ssh://"),
]


@pytest.mark.parametrize("target, words", TARGETS)
def test_target(run, key, target, words):
    result = run("scan", "--", target)
    assert_refused(result, "command line: '", words)
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize("target, words", [row for row in TARGETS if row[0].strip() == row[0] and row[0]])
def test_target_in_file(run, key, tmp_path, target, words):
    (tmp_path / "hosts").write_text("# all hosts\nweb0\n" + target + "\n")
    assert_refused(run("scan", "-i", "hosts"), "hosts:3: '", words)


INVENTORIES = [
    ("hosts.yaml", "", ["hosts.yaml:1:1: ", "empty"]),
    ("hosts.yaml", "targets:\n  - {host: web1, prt: 22}\n", ["hosts.yaml:2:18: ", "'prt'", "name, host, port and user"]),
    ("hosts.yaml", "targets:\n  - host: web1\n    port: 0\n", ["hosts.yaml:3:11: ", "1 to 65535"]),
    ("hosts.yaml", "- web1\n- web2:x\n", ["hosts.yaml:2:3: ", "1 to 65535"]),
    ("hosts.yaml", "- web1\n  - : [\n", ["hosts.yaml:"]),
    ("hosts.json", '[{"host": "web1"},\n {"host": ""}]', ["hosts.json:2:", "host is missing"]),
    ("hosts", "web1\nweb2\nweb1\n", ["hosts:3: ", "'web1' is already there (hosts:1)"]),
    ("hosts", "web1\nroot@web1\n", ["hosts:2: ", "'web1' is already there (hosts:1)"]),
]


@pytest.mark.parametrize("name, text, words", INVENTORIES)
def test_inventory(run, key, tmp_path, name, text, words):
    (tmp_path / name).write_text(text)
    assert_refused(run("scan", "-i", name), *words)


def test_inventory_twice(run, key, tmp_path):
    (tmp_path / "a").write_text("web1\n")
    (tmp_path / "b").write_text("web2\nroot@web1\n")
    assert_refused(run("scan", "-i", "a", "-i", "b"), "b:2: ", "'web1'", "(a:1)", "remove one")


def test_standard_input_is_an_inventory(run, key):
    assert_refused(run("scan", "-i", "-", stdin="web1\nweb1:x\n"), "standard input:2: 'web1:x'")


def test_inventory_missing(run, key):
    assert_refused(run("scan", "-i", "no-such"), "inventory", "'no-such'", "name one that exists")


def test_inventory_is_a_folder(run, key):
    assert_refused(run("scan", "-i", "home"), "inventory", "'home'")


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read every file")
def test_inventory_unreadable(run, key, tmp_path):
    (tmp_path / "hosts").write_text("web1\n")
    (tmp_path / "hosts").chmod(0)
    assert_refused(run("scan", "-i", "hosts"), "inventory", "'hosts'", "Permission denied")


def test_inventory_world_writable(run, key, listener, tmp_path):
    (tmp_path / "hosts").write_text("127.0.0.1:%d\n" % listener.getsockname()[1])
    (tmp_path / "hosts").chmod(0o666)
    assert_refused(run("scan", "-i", "hosts"), "'hosts'", "everybody", "chmod o-w 'hosts'")


def write_rules(tmp_path, rules, profile="name: baseline\ntitle: All\nselect: ['*']\n"):
    (tmp_path / "rules" / "library").mkdir(parents=True)
    (tmp_path / "rules" / "profiles").mkdir()
    (tmp_path / "rules" / "library" / "all.yaml").write_text(rules)
    (tmp_path / "rules" / "profiles" / "baseline.yaml").write_text(profile)


RULES = [
    (GOOD_RULE.format(id="a").replace("severity: low", "severity: urgent"), ["all.yaml:3:13: ", "urgent"]),
    (GOOD_RULE.format(id="a").replace("module: host", "module: hosts"), ["all.yaml:4:11: ", "hosts"]),
    (GOOD_RULE.format(id="a").replace("  title: A title\n", ""), ["all.yaml:1:", "title"]),
    (GOOD_RULE.format(id="a").replace("title:", "titel:"), ["all.yaml:2:3: ", "titel"]),
    (GOOD_RULE.format(id="a").replace("host.os_id", "host.os_di"), ["all.yaml:5:", "host.os_di"]),
    (GOOD_RULE.format(id="a").replace("is: debian", "iz: debian"), ["all.yaml:5:", "iz"]),
    (GOOD_RULE.format(id="a") * 2, ["all.yaml:8:", "a"]),
    ("- id: [\n", ["all.yaml:"]),
    ("", ["all.yaml"]),
]


@pytest.mark.parametrize("command", [["scan", "127.0.0.1:PORT"], ["rules", "lint"]], ids=["scan", "lint"])
@pytest.mark.parametrize("text, words", RULES)
def test_rule_file(run, key, listener, tmp_path, command, text, words):
    write_rules(tmp_path, text)
    command = [word.replace("PORT", str(listener.getsockname()[1])) for word in command]
    assert_refused(run(*command, "--rules", "rules"), *words)


@pytest.mark.parametrize("profile, words", [
    ("name: other\ntitle: All\nselect: ['*']\n", ["baseline.yaml:1:"]),
    ("name: baseline\ntitle: All\nselect: [no-such-rule]\n", ["baseline.yaml:3:", "no-such-rule"]),
    ("name: baseline\ntitle: All\nextends: no-such\n", ["baseline.yaml:3:", "no-such"]),
    ("name: baseline\nselection: []\n", ["baseline.yaml:2:1: ", "selection"]),
])
def test_profile_file(run, tmp_path, profile, words):
    write_rules(tmp_path, GOOD_RULE.format(id="a"), profile)
    assert_refused(run("rules", "lint", "--rules", "rules"), *words)


def test_lint_looks_at_what_no_profile_selects(run, tmp_path):
    bad = GOOD_RULE.format(id="b").replace("host.os_id", "host.no_such")
    write_rules(tmp_path, GOOD_RULE.format(id="a") + bad, "name: baseline\ntitle: One\nselect: [a]\n")
    assert_refused(run("rules", "lint", "--rules", "rules"), "all.yaml:12:", "host.no_such")


def test_lint_of_good_rules(run, tmp_path):
    write_rules(tmp_path, GOOD_RULE.format(id="a") + GOOD_RULE.format(id="b"), "name: baseline\ntitle: One\nselect: [a]\n")
    result = run("rules", "lint", "--rules", "rules")
    assert (result.returncode, result.stdout, result.stderr) == (0, "2 rules, 1 profiles: no mistakes\n", "")


def test_own_rules_are_without_mistakes(run):
    result = run("rules", "lint")
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("loose", ["library/all.yaml", "profiles/baseline.yaml"])
def test_rule_file_world_writable(run, key, tmp_path, loose):
    write_rules(tmp_path, GOOD_RULE.format(id="a"))
    (tmp_path / "rules" / loose).chmod(0o666)
    assert_refused(run("scan", "127.0.0.1", "--rules", "rules"), loose, "everybody", "chmod o-w")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_key_others_can_read(run, key, mode):
    key.chmod(mode)
    assert_refused(run("scan", "127.0.0.1"), "identity: ", "chmod 600", str(key))


def test_no_key(run):
    assert_refused(run("scan", "127.0.0.1"), "identity: ", "id_ed25519", "--identity FILE")


def test_key_that_is_none(run, key):
    key.write_text("nonsense\n")
    assert_refused(run("scan", "127.0.0.1"), "identity: ", str(key))


def test_known_hosts_world_writable(run, key, tmp_path):
    (tmp_path / "kh").write_text("")
    (tmp_path / "kh").chmod(0o666)
    assert_refused(run("scan", "127.0.0.1", "--known-hosts", "kh"), "'kh'", "chmod o-w")


def test_journal_is_already_there(run, key, evidence, tmp_path):
    (tmp_path / "j").write_text("precious\n")
    assert_refused(run("scan", "127.0.0.1", "--journal", "j"), "'j'", "--resume")
    assert_refused(run("evaluate", evidence, "--journal", "j"), "'j'", "already")
    assert (tmp_path / "j").read_text() == "precious\n"


def test_resume_what_is_no_journal(run, key, tmp_path):
    (tmp_path / "j").write_text("precious\n")
    assert_refused(run("scan", "127.0.0.1", "--journal", "j", "--resume"), "j:1")
    assert (tmp_path / "j").read_text() == "precious\n"


def test_resume_with_another_profile(run, key, listener, evidence):
    assert run("evaluate", evidence, "--journal", "j", "--format", "json=r").returncode in (0, 1, 3)
    refused = run("scan", "127.0.0.1:%d" % listener.getsockname()[1], "--journal", "j", "--resume", "--profile", "strict")
    assert_refused(refused, "--resume", "'j'", "baseline", "strict")


def test_evidence_of_one_target_twice(run, evidence, tmp_path):
    (tmp_path / "again").write_bytes(evidence.read_bytes())
    assert_refused(run("evaluate", evidence, "again"), "again", str(evidence), "already there")

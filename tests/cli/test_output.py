"""What is written, where, and what happens when it cannot be."""

import json
import os
import pathlib
import re
import stat
import subprocess

import pytest

GATED = (0, 1, 3)


def test_table_without_format(run, evidence):
    result = run("evaluate", evidence)
    assert result.returncode in GATED
    assert "Summary" in result.stdout and "\x1b" not in result.stdout
    assert result.stderr == ""


def test_files_beside_standard_output(run, evidence, tmp_path):
    result = run("evaluate", evidence, "--format", "json", "--format", "json=r.json", "--format=junit=r.xml", "--format", "table=t")
    assert result.returncode in GATED
    assert json.loads(result.stdout)["format"] == "sshvet-report/1"
    assert (tmp_path / "r.json").read_text() == result.stdout
    assert (tmp_path / "r.xml").read_text().startswith("<?xml")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home", "r.json", "r.xml", "t"]


def test_modes(run, evidence, tmp_path):
    run("evaluate", evidence, "--format", "json=r.json", "--journal", "j", umask=0o027)
    assert stat.S_IMODE((tmp_path / "r.json").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "j").stat().st_mode) == 0o600


def test_same_facts_same_report(run, evidence, tmp_path):
    first = run("evaluate", evidence, "--format", "json", "--facts", "--journal", "j")
    again = run("report", "j", "--format", "json")
    assert (first.stdout, first.returncode) == (again.stdout, again.returncode)


@pytest.mark.parametrize("arguments", [["facts"], ["rules", "list"], ["profiles"], ["collector"], ["help"], ["help", "scan"],
                                       ["help", "--man"], ["scan", "--help"], ["--version"], ["--help"], ["version"]])
def test_standard_output_full(run, arguments):
    whole = run(*arguments)
    assert (whole.returncode, whole.stderr) == (0, "")
    assert whole.stdout.endswith("\n")
    with open("/dev/full", "w") as full:
        result = run(*arguments, stdout=full)
    assert result.returncode == 4
    assert result.stderr == "sshvet: cannot write to standard output: No space left on device\n"


@pytest.mark.parametrize("format", ["table", "json", "junit"])
@pytest.mark.parametrize("where", ["/dev/full", "standard output", "closed pipe", "closed"])
def test_report_that_cannot_be_written(run, evidence, tmp_path, format, where):
    stdout = subprocess.DEVNULL
    more = {}
    if where == "standard output":
        stdout = os.open("/dev/full", os.O_WRONLY)
    elif where == "closed pipe":
        reader, stdout = os.pipe()
        os.close(reader)
    elif where == "closed":
        more["preexec_fn"] = lambda: os.close(1)
    path = "/dev/full" if where == "/dev/full" else "-"
    result = run("evaluate", evidence, "--format", "%s=%s" % (format, path), "--format", "json=other.json", "--journal", "j", stdout=stdout, **more)
    if stdout >= 0:
        os.close(stdout)

    reason = {"closed pipe": "Broken pipe", "closed": "Bad file descriptor"}.get(where, "No space left on device")
    assert result.returncode == 4
    assert len(result.stderr.splitlines()) == 1
    assert reason in result.stderr and "'j'" in result.stderr
    # The other report is there and whole, and the journal gives this one after all.
    assert json.loads((tmp_path / "other.json").read_text())["summary"]["scanned"] == 1
    again = run("report", "j", "--format", "json")
    assert again.returncode in GATED
    assert again.stdout == (tmp_path / "other.json").read_text()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home", "j", "other.json"]


def test_old_report_stays_when_a_new_one_fails(run, evidence, tmp_path):
    """The new one is written beside it, where a limit on the size of files stops it."""
    (tmp_path / "r.json").write_text("old\n")

    run("evaluate", evidence, "--journal", "j")
    result = run("report", "j", "--format", "json=r.json", preexec_fn=lambda: limit_files(1024))
    assert result.returncode == 4
    assert "File too large" in result.stderr
    assert (tmp_path / "r.json").read_text() == "old\n"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home", "j", "r.json"]


def test_journal_that_cannot_be_written(run, evidence, tmp_path):
    result = run("evaluate", evidence, "--journal", "/dev/full", "--format", "json=r.json")
    assert result.returncode in (2, 4)
    assert len(result.stderr.splitlines()) == 1 and "/dev/full" in result.stderr
    assert not (tmp_path / "r.json").exists()


def fill_folder(folder, evidence, names):
    """Evidence of several targets, made from that of one."""
    folder.mkdir()
    text = evidence.read_bytes()
    nonce = text.split(None, 3)[2]
    start = text.index(nonce + b" begin scanner.target")
    end = text.index(b"\n", start)
    for name in names:
        head = nonce + b" begin scanner.target name=%s address=192.0.2.1 port=22 user=x" % name.encode()
        (folder / (name + ".evidence")).write_bytes(text[:start] + head + text[end:])


def test_folder_of_evidence_in_order_of_names(run, evidence, tmp_path):
    fill_folder(tmp_path / "evidence", evidence, "bac")
    (tmp_path / "evidence" / "notes").write_text("not evidence\n")
    report = json.loads(run("evaluate", "evidence", "--format", "json").stdout)
    assert [t["name"] for t in report["targets"]] == ["a", "b", "c"]


def limit_files(size):
    """No file may grow past `size` bytes: a disk that is full from there on."""
    import resource
    import signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_full_disk_leaves_the_journal_usable(run, evidence, tmp_path):
    fill_folder(tmp_path / "evidence", evidence, "abcde")
    whole = run("evaluate", "evidence", "--journal", "whole", "--format", "json")
    assert whole.returncode in GATED
    size = (tmp_path / "whole").stat().st_size
    result = run("evaluate", "evidence", "--journal", "j", "--format", "json=r", preexec_fn=lambda: limit_files(size * 3 // 5))
    assert result.returncode == 4
    assert len(result.stderr.splitlines()) == 1 and "'j'" in result.stderr and "File too large" in result.stderr
    assert not (tmp_path / "r").exists()

    summary = json.loads(run("report", "j", "--format", "json").stdout)["summary"]
    assert 1 <= summary["scanned"] < 5 and summary["missing"] == 5 - summary["scanned"]


def test_resume_scans_only_what_is_missing(run, key, evidence, tmp_path):
    """The journal has web1 as scanned. Nobody listens on port 1 of this machine, so that the other target is soon known not to be."""
    first = run("evaluate", evidence, "--journal", "j", "--format", "json=r")
    assert first.returncode in GATED
    for _ in range(2):
        result = run("scan", "web1", "127.0.0.1:1", "--retries", "0", "--journal", "j", "--resume", "--format", "json")
        assert result.returncode == first.returncode
        targets = json.loads(result.stdout)["targets"]
        assert [(t["name"], t["status"]) for t in targets] == [("web1", "scanned"), ("127.0.0.1:1", "unscanned")]
        assert targets[1]["error"]["code"] == "connect_refused"
        assert "web1" not in result.stderr


@pytest.mark.parametrize("content, code", [
    (b"", "collector_failed"),
    (b"bash: no such file\n", "collector_failed"),
    (b"sshvet-evidence 9 00000000000000000000000000000000\n", "protocol"),
    (b"sshvet-evidence 1 00000000000000000000000000000000\n00000000000000000000000000000000 end host 0\n", "protocol"),
])
def test_what_is_no_evidence_is_not_scanned(run, tmp_path, content, code):
    (tmp_path / "web1.evidence").write_bytes(content)
    result = run("evaluate", "web1.evidence", "--format", "json")
    assert result.returncode == 3
    target = json.loads(result.stdout)["targets"][0]
    assert (target["name"], target["status"], target["error"]["code"]) == ("web1", "unscanned", code)
    assert target["findings"] == []


def test_facts_only_when_asked_for(run, evidence):
    assert "facts" not in json.loads(run("evaluate", evidence, "--format", "json").stdout)["targets"][0]
    assert "facts" in json.loads(run("evaluate", evidence, "--format", "json", "--facts").stdout)["targets"][0]


def test_warning_when_host_keys_are_ignored(run, key, tmp_path):
    """Nobody listens on port 1 of this machine: the report is about a target that was not scanned, and warns all the same."""
    result = run("scan", "127.0.0.1:1", "--host-key", "ignore", "--retries", "0", "--format", "json", "--format", "table=t", "--format", "junit=x")
    assert result.returncode == 3
    assert "host keys were not verified" in json.loads(result.stdout)["warnings"][0]
    assert "warning: host keys were not verified" in result.stderr
    for name in ("t", "x"):
        assert "host keys were not verified" in (tmp_path / name).read_text()


def test_firewall_findings_name_what_decides():
    """Of every item of the firewall that fails, in all cases, a rule, a policy or a file is named that makes it so."""
    failed = 0
    for path in (pathlib.Path(__file__).resolve().parent.parent / "cases").glob("*/expected.json"):
        for target in json.loads(path.read_text() or "{}").get("targets", []):
            for finding in target["findings"]:
                if finding["module"] == "firewall" and finding["status"] == "fail" and "subject" in finding:
                    failed += 1
                    assert re.search(r" (handle|rule) [0-9]+$| policy [a-z]+$|^no |^/", finding.get("where", "")), (path, finding)
    assert failed > 100

"""Accounts and their files as the collector finds them: many, with strange names, on a file system that does not answer, and by whom nobody may look."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import pytest

import accounts as scenes

HERE = pathlib.Path(__file__).resolve().parent
can_unshare = os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0
pytestmark = pytest.mark.skipif(not can_unshare, reason="needs root and mount namespaces")


def collect(tmp_path, scene, before=(), shell=("sh",)):
    """Run the collector in a scene; the evidence, and how long it took (making the scene not counted)."""
    script = tmp_path / "collector"
    script.write_bytes(subprocess.run([os.environ["SSHVET"], "collector"], check=True, stdout=subprocess.PIPE).stdout)
    tmp_path.chmod(0o755)
    timed = tmp_path / "time"
    command = [*before, *shell, "-s", "none"]
    clock = ("import subprocess, sys, time; s = time.monotonic(); r = subprocess.run(sys.argv[2:]); "
             "open(sys.argv[1], 'w').write(str(time.monotonic() - s)); sys.exit(r.returncode)")
    with script.open("rb") as stdin:
        result = subprocess.run(["unshare", "-m", "-p", "-f", "--mount-proc", sys.executable, str(HERE / "accounts.py"), scene, str(tmp_path),
                                 sys.executable, "-c", clock, str(timed), *command], stdin=stdin, timeout=300, check=False)
    if result.returncode == 77:
        pytest.skip("this machine has no FUSE")
    assert result.returncode == 0
    return (tmp_path / "out").read_bytes(), float(timed.read_text())


def facts(tmp_path):
    report = subprocess.run([os.environ["SSHVET"], "evaluate", str(tmp_path / "out"), "--facts", "--format", "json"], stdout=subprocess.PIPE, check=False)
    assert report.returncode in (0, 1, 3), report.returncode
    return json.loads(report.stdout)["targets"][0]["facts"]


def test_five_thousand_accounts(tmp_path):
    evidence, seconds = collect(tmp_path, "many")
    print("%.1f s, %d bytes" % (seconds, len(evidence)))
    assert len(evidence) < 6000000
    assert seconds < 45
    assert scenes.CANARY.encode() not in evidence
    found = facts(tmp_path)
    assert len([u for u in found["accounts"]["users"] if u["name"].startswith("user") and u["password"] == "set"]) == 5000
    assert "unavailable" not in found["keys"]
    strict = [i for i in found["keys"]["strict_modes"] if i["path"].startswith("/home/")]
    assert len(strict) == 5000 and all(i["refused"] is False and i["writers"] == [] for i in strict)
    assert len([f for f in found["keys"]["files"] if f["kind"] == "private_key" and f["path"].startswith("/home/")]) == 5000


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_no_hash_leaves_the_host(tmp_path):
    """Not in the evidence, and not in the arguments of a process, where others on the host could see it."""
    trace = tmp_path / "trace"
    evidence, _ = collect(tmp_path, "strange", before=["strace", "-f", "-s", "100000", "-v", "-e", "trace=execve", "-o", str(trace)])
    assert scenes.CANARY.encode() not in evidence
    text = trace.read_text(errors="replace")
    assert text.count("execve(") > 10 and scenes.CANARY not in text
    assert evidence.count(b":set:") >= 10, "the accounts with the canary were not looked at"


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox sh", "mksh", "zsh --emulate sh"])
def test_strange_names(tmp_path, shell):
    if not shutil.which(shell.split()[0]):
        pytest.skip(f"{shell} is not installed")
    collect(tmp_path, "strange", shell=shell.split())
    found = facts(tmp_path)
    homes = [n for n in scenes.STRANGE if "\n" not in n]
    files = [f for f in found["keys"]["files"] if f.get("user", "").startswith("s") and f["path"].startswith("/home/")]
    assert len([f for f in files if f["kind"] == "home" and f.get("mode") == "0755"]) == len(homes)
    folders = [f for f in files if f["kind"] == "user_ssh_directory"]
    assert len(folders) == len(homes) and all(f["mode"] == "0755" and f["writers"] == [] for f in folders)
    assert "unavailable" not in found["keys"]


def test_a_home_that_does_not_answer(tmp_path):
    evidence, seconds = collect(tmp_path, "hung")
    assert b"begin firewall.done" in evidence, "the collector did not get to its end"
    assert seconds < 30
    found = facts(tmp_path)
    kept = {i.get("user") for i in found["keys"]["strict_modes"] if i.get("refused") is False}
    assert {"first", "last"} <= kept and "mute" not in kept
    mute = [i for i in found["keys"]["strict_modes"] if i["subject"] == "homes of mute"]
    assert [u["reason"] for u in mute[0]["unavailable"]].count("timeout") >= 2
    assert [f for f in found["keys"]["files"] if f["subject"] == "homes of mute" and f["kind"] == "private_key"]
    assert {u["fact"] for u in found["key_material"]["unavailable"] if u["reason"] == "timeout"} >= {"key_material.authorized", "key_material.private"}


def test_an_account_that_is_not_listed(tmp_path):
    """The account that logged in is looked at though its directory service lists nobody."""
    collect(tmp_path, "hidden")
    found = facts(tmp_path)
    assert [u["home"] for u in found["accounts"]["users"] if u["name"] == "root"] == ["/home/root"]
    folders = {f["user"]: f["mode"] for f in found["keys"]["files"] if f["kind"] == "user_ssh_directory"}
    assert folders["root"] == "0777" and folders["listed"] == "0755"


def test_without_privilege(tmp_path):
    collect(tmp_path, "strange", before=["setpriv", "--reuid=10000", "--regid=10000", "--clear-groups", "env", "HOME=/home/plain"])
    found = facts(tmp_path)
    users = {u["name"]: u for u in found["accounts"]["users"]}
    assert {u["reason"] for u in users["s1"]["unavailable"]} == {"privilege"}
    root = [f for f in found["keys"]["files"] if f.get("user") == "root" and f["kind"] == "authorized_keys"]
    unknown = [i for i in found["keys"]["strict_modes"] if "refused" not in i]
    assert all("privilege" in {u["reason"] for u in i["unavailable"]} for i in root + unknown)
    assert unknown or root


def test_the_tests_see_time(tmp_path):
    """The clock of these tests must be one that would notice."""
    start = time.monotonic()
    _, seconds = collect(tmp_path, "strange", before=["sh", "-c", 'sleep 1; exec "$@"', "sh"])
    assert 1 <= seconds <= time.monotonic() - start

"""Daemons that run with files and options of their own, and what is said when they differ from what is configured."""
import os
import pathlib
import signal
import subprocess
import time

import pytest

import lab as workshop

pytestmark = pytest.mark.root


class Daemon:
    """An sshd started by hand: its file, its options, its PidFile. Its configuration is older than itself, as it would be on a host."""

    def __init__(self, lab, config, *options, pidfile=True):
        self.folder = lab.new_folder("daemon")
        self.port = lab.rng.randrange(20000, 32000)
        self.file = self.folder / "sshd config"
        self.key = lab.key()
        (self.folder / "keys").write_text(workshop.public_half(self.key) + "\n")
        self.host_key = lab.host_key("ed25519")
        self.pidfile = self.folder / "pid" if pidfile else "none"
        self.write(config)
        self.process = subprocess.Popen([workshop.SSHD, "-D", "-e", "-f", self.file, "-o", f"PidFile {self.pidfile}", *map(str, options)], stdin=subprocess.DEVNULL,
                                        stdout=open(self.folder / "log", "wb"), stderr=subprocess.STDOUT)
        workshop.wait_for(lambda: b"listening on" in (self.folder / "log").read_bytes(), what="sshd")
        self.target = f"{workshop.USER}@127.0.0.1:{self.port}"
        self.known_hosts = lab.write("known_hosts", f"[127.0.0.1]:{self.port} {workshop.public_half(self.host_key)}\n")

    def write(self, config, seconds_ago=60):
        self.file.write_text(f'{config}\nPort {self.port}\nListenAddress 127.0.0.1\nHostKey "{self.host_key}"\nAuthorizedKeysFile "{self.folder}/keys"\n'
                             f"PermitRootLogin prohibit-password\nStrictModes no\nUseDNS no\nUsePAM {'yes' if workshop.root_is_locked() else 'no'}\n")
        self.age(self.file, seconds_ago)
        self.age(self.host_key, 3600)

    @staticmethod
    def age(path, seconds):
        os.utime(path, (time.time() - seconds,) * 2)

    def signal(self, number):
        before = (self.folder / "log").read_bytes().count(b"listening on")
        self.process.send_signal(number)
        workshop.wait_for(lambda: (self.folder / "log").read_bytes().count(b"listening on") > before, what="sshd again")

    def stop(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def daemon(lab):
    running = []

    def start(*args, **kwargs):
        running.append(Daemon(lab, *args, **kwargs))
        return running[-1]

    yield start
    for one in running:
        one.stop()


def scan(lab, daemon):
    """What is said of this daemon alone: others may listen on this machine."""
    target = lab.scan(daemon.target, known_hosts=daemon.known_hosts, key=daemon.key, args=["--facts"]).scanned()
    facts = target["facts"]["sshd_config"]
    mine = [d for d in facts["daemons"] if d["file"] == str(daemon.file)]
    assert len(mine) == 1, facts["daemons"]
    contexts = [c for c in facts.get("contexts", []) if f"{daemon.port}" in c["subject"] or len(facts["daemons"]) == 1]
    verdicts = {f["rule"]: f for f in target["findings"] if f.get("subject") == mine[0]["subject"]}
    return mine[0], contexts, verdicts


def test_its_own_file_and_options(lab, daemon):
    one = daemon("MaxAuthTries 6\nMatch User deploy\n  MaxAuthTries 5\nMatch all", "-o", "MaxAuthTries=2", "-oLogLevel verbose", "-g", 45)
    facts, contexts, verdicts = scan(lab, one)
    assert facts["serves"] and facts["listening"] and facts["complaint"] == "none"
    assert facts["arguments"][:2] == ["-f", str(one.file)] and "MaxAuthTries=2" in facts["arguments"] and "LogLevel verbose" in facts["arguments"]
    assert [(c["maxauthtries"], c["loglevel"], c["logingracetime"]) for c in contexts] == [(2, "VERBOSE", 45), (5, "VERBOSE", 45)]
    assert contexts[0]["where"]["maxauthtries"] == "command line"
    assert contexts[1]["where"]["maxauthtries"] == f"{one.file}:3"
    assert {verdicts[rule]["status"] for rule in ("sshd-running-configuration", "sshd-configuration-accepted", "sshd-offers-as-configured")} == {"pass"}


def test_two_daemons_are_two_sets_of_contexts(lab, daemon):
    one, other = daemon("MaxSessions 3"), daemon("MaxSessions 4")
    facts = lab.scan(one.target, known_hosts=one.known_hosts, key=one.key, args=["--facts"]).scanned()["facts"]["sshd_config"]
    sessions = {c["subject"]: c["maxsessions"] for c in facts["contexts"] if "maxsessions" in c}
    assert sessions[f"port {one.port}: global"] == 3 and sessions[f"port {other.port}: global"] == 4
    assert [d["serves"] for d in facts["daemons"] if d["file"] in (str(one.file), str(other.file))].count(True) == 1


def test_edited_but_not_reloaded(lab, daemon):
    one = daemon("Ciphers aes128-gcm@openssh.com,aes256-gcm@openssh.com")
    one.write("Ciphers aes256-gcm@openssh.com,aes256-ctr", seconds_ago=-10)
    facts, _, verdicts = scan(lab, one)
    assert facts["edited"] == [str(one.file)]
    assert facts["offered_only"] == ["aes128-gcm@openssh.com"] and facts["configured_only"] == ["aes256-ctr"]
    assert verdicts["sshd-running-configuration"]["status"] == verdicts["sshd-offers-as-configured"]["status"] == "fail"
    one.age(one.file, 0)
    one.signal(signal.SIGHUP)
    facts, _, verdicts = scan(lab, one)
    assert facts["edited"] == facts["offered_only"] == facts["configured_only"] == [] and facts["read"] >= facts["started"]
    assert verdicts["sshd-running-configuration"]["status"] == verdicts["sshd-offers-as-configured"]["status"] == "pass"


def test_a_new_host_key(lab, daemon):
    one = daemon("")
    one.age(one.host_key, -10)
    assert scan(lab, one)[0]["edited"] == [str(one.host_key)]


def test_without_a_pidfile_a_reload_cannot_be_told(lab, daemon):
    one = daemon("", pidfile=False)
    assert scan(lab, one)[0]["edited"] == []
    one.age(one.file, -10)
    facts, _, verdicts = scan(lab, one)
    assert "edited" not in facts and verdicts["sshd-running-configuration"]["status"] == "error"


def test_a_configuration_that_sshd_refuses(lab, daemon):
    one = daemon("")
    one.write("MaxAuthTries 6\nNonsense yes")
    facts, _, verdicts = scan(lab, one)
    assert "Bad configuration option: Nonsense" in facts["complaint"]
    assert verdicts["sshd-configuration-accepted"]["status"] == "fail" and "Nonsense" in verdicts["sshd-configuration-accepted"]["actual"]


def test_who_calls_himself_sshd_is_not_believed(lab, daemon):
    """A process of another account by that name, and with such a title, is none; nor is what it names read."""
    one = daemon("")
    copy = one.folder / "sshd"
    copy.write_bytes(pathlib.Path("/bin/sleep").read_bytes())
    copy.chmod(0o755)
    one.folder.chmod(0o711)
    title = "sshd: /usr/sbin/sshd -D -f /nowhere [listener] 0 of 10-100 startups"
    named = subprocess.Popen(["setpriv", "--reuid", "65534", "--clear-groups", "bash", "-c", f"exec -a '{title}' '{copy}' 60"])
    try:
        workshop.wait_for(lambda: pathlib.Path(f"/proc/{named.pid}/comm").read_text() == "sshd\n", what="the impostor")
        facts = lab.scan(one.target, known_hosts=one.known_hosts, key=one.key, args=["--facts"]).scanned()["facts"]["sshd_config"]
    finally:
        named.kill()
        named.wait()
    files = {d["file"] for d in facts["daemons"]}
    assert str(one.file) in files and "/nowhere" not in files

"""`sshvet keys` over a fleet of real sshd: what was planted is found, nothing else is, and sshd itself agrees about every login.

Each host is an sshd on an address of its own with namespaces of its own: /root, /home, /etc/ssh and the lists of accounts are its own.
"""
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess

import pytest

from lab import SSHD, Space, program, wait_for

# Mounts of its own, and processes: a host that saw the daemons of the others would ask for their configuration, too.
SPACE = ["-m", "-p", "--fork", "--kill-child", "--mount-proc"]
pytestmark = [pytest.mark.root, pytest.mark.namespaces(*SPACE)]
HOSTS = 12
NETWORK = "127.0.77"
PEOPLE = ["alice", "bob", "carol", "dave", "erin", "frank", "gina", "hank", "ivan", "judy", "kate", "mallory"]
OWN = {"passwd": "/etc/passwd", "shadow": "/etc/shadow", "group": "/etc/group", "ssh": "/etc/ssh", "root": "/root", "home": "/home"}


class Host:
    """An sshd with its own accounts and keys."""

    def __init__(self, lab, number, port):
        self.lab, self.number, self.port = lab, number, port
        self.address = f"{NETWORK}.{number}"
        self.name = f"{self.address}:{port}"
        self.folder = lab.new_folder("host")
        self.process = None
        for name in ("ssh", "root", "home"):
            (self.folder / name).mkdir()
        (self.folder / "root").chmod(0o700)
        self.write_accounts()

    def write_accounts(self):
        rows = [("root", 0, "/root", "/bin/sh"), ("sshd", 900, "/run/sshd", "/usr/sbin/nologin"), ("nobody", 65534, "/nonexistent", "/usr/sbin/nologin")]
        rows += [(name, 1000 + i, f"/home/{name}", "/bin/sh") for i, name in enumerate(PEOPLE)]
        (self.folder / "passwd").write_text("".join(f"{n}:x:{u}:{u}::{h}:{s}\n" for n, u, h, s in rows))
        (self.folder / "shadow").write_text("".join(f"{n}:*:19000:0:99999:7:::\n" for n, *_ in rows))
        (self.folder / "shadow").chmod(0o600)
        (self.folder / "group").write_text("".join(f"{n}:x:{u}:\n" for n, u, *_ in rows))
        for name, uid, home, _ in rows:
            if home.startswith("/home/"):
                self.own(self.folder / home[1:], uid).chmod(0o755)

    @staticmethod
    def own(path, uid):
        path.mkdir(exist_ok=True)
        os.chown(path, uid, uid)
        return path

    @staticmethod
    def uid(user):
        return 0 if user == "root" else 1000 + PEOPLE.index(user)

    def dot_ssh(self, user):
        home = self.folder / ("root" if user == "root" else f"home/{user}")
        folder = self.own(home / ".ssh", self.uid(user))
        folder.chmod(0o700)
        return folder

    def holds(self, key, user):
        """The private half in the account's ~/.ssh."""
        path = self.dot_ssh(user) / f"id_{key.name}"
        shutil.copy(key, path)
        path.chmod(0o600)
        os.chown(path, self.uid(user), self.uid(user))
        return path

    def opens(self, key, user, options="", mode=0o600):
        path = self.dot_ssh(user) / "authorized_keys"
        with open(path, "a") as f:
            f.write(f"{options} {pathlib.Path(f'{key}.pub').read_text()}".lstrip())
        path.chmod(mode)
        os.chown(path, self.uid(user), self.uid(user))

    def start(self, host_key):
        for end in ("", ".pub"):
            shutil.copy(f"{host_key}{end}", self.folder / f"ssh/ssh_host_ed25519_key{end}")
        (self.folder / "ssh/ssh_host_ed25519_key").chmod(0o600)
        (self.folder / "ssh/sshd_config").write_text("\n".join([
            f"Port {self.port}", f"ListenAddress {self.address}", "HostKey /etc/ssh/ssh_host_ed25519_key", "UsePAM no", "PidFile none",
            "PermitRootLogin prohibit-password", "PasswordAuthentication no", "UseDNS no", "MaxStartups 1000", "LogLevel VERBOSE", ""]))
        self.public = " ".join(pathlib.Path(f"{host_key}.pub").read_text().split()[:2])
        space = Space(SPACE, [f"mount --bind '{self.folder / name}' {place}" for name, place in OWN.items()])
        self.log = self.folder / "log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(space.wrap([SSHD, "-D", "-e", "-f", "/etc/ssh/sshd_config"]), stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log)
        self.lab.keep(self)
        wait_for(lambda: b"Server listening" in self.log.read_bytes() or self.process.poll() is not None, 30, "sshd")
        assert self.process.poll() is None, self.log.read_text()

    def stop(self):
        self.process.kill()
        self.process.wait()


class Fleet:
    """What is planted where, and the answers it must have."""

    def __init__(self, lab):
        self.lab = lab
        port = lab.rng.randrange(20000, 32000)
        self.hosts = [Host(lab, i + 1, port) for i in range(HOSTS)]
        self.keys = {}
        self.held = []  # (host, user, key, passphrase)
        self.lines = []  # (host, user, key)
        self.plant()
        host_keys = [lab.make_key(comment=f"host {i}") for i in range(HOSTS)]
        host_keys[7] = host_keys[6]
        for host, key in zip(self.hosts, host_keys):
            host.start(key)
        self.cloned = fingerprint(host_keys[6])
        self.known_hosts = lab.write("known_hosts", "".join(f"[{h.address}]:{h.port} {h.public}\n" for h in self.hosts))

    def key(self, name, passphrase=""):
        if name not in self.keys:
            self.keys[name] = self.lab.make_key(comment=name, passphrase=passphrase)
        return self.keys[name]

    def hold(self, host, user, name, passphrase=""):
        self.held.append((host, user, name, self.hosts[host].holds(self.key(name, passphrase), user)))

    def open(self, host, user, name, *args, **kwargs):
        self.hosts[host].opens(self.key(name), user, *args, **kwargs)
        self.lines.append((host, user, name))

    def plant(self):
        self.hold(0, "alice", "first")           # three hops: alice at 0, bob at 1, carol at 2, root at 3
        self.open(1, "bob", "first")
        self.hold(1, "bob", "second")
        self.open(2, "carol", "second", f'from="{NETWORK}.0/28"')
        self.hold(2, "carol", "third")
        self.open(3, "root", "third")
        self.open(4, "dave", "team")             # of two people
        self.open(5, "erin", "team")
        self.hold(8, "frank", "sealed", "secret words")
        self.open(9, "root", "sealed")
        self.hold(8, "gina", "elsewhere")        # from= excludes the host where it lies
        self.open(10, "root", "elsewhere", 'from="127.9.9.9"')
        self.hold(9, "hank", "forced")
        self.open(11, "root", "forced", 'command="/bin/true",no-pty')
        self.hold(11, "judy", "loose")           # StrictModes refuses the file
        self.open(10, "ivan", "loose", mode=0o666)
        self.hold(11, "judy", "unsaid")          # an option that sshd does not know
        self.open(5, "frank", "unsaid", "no-such-option")
        self.hold(4, "mallory", "useless")       # opens nothing
        self.open(2, "kate", "visitor")          # seen nowhere else
        for host in range(HOSTS):
            self.open(host, "root", "audit")

    def account(self, host, user):
        return (self.hosts[host].name, user)

    def print_of(self, name):
        return fingerprint(self.keys[name])


def fingerprint(key):
    return subprocess.run(["ssh-keygen", "-l", "-f", f"{key}.pub"], check=True, capture_output=True, text=True).stdout.split()[1]


@pytest.fixture(scope="module")
def planted(shared):
    return Fleet(shared)


@pytest.fixture(scope="module")
def journal(planted):
    run = planted.lab.scan(*[h.name for h in planted.hosts], args=("--facts",), key=planted.keys["audit"], known_hosts=planted.known_hosts,
                           user="root")
    assert {t["status"] for t in run.report["targets"]} == {"scanned"}, run.report["targets"]
    return run.folder / "journal"


def keys(planted, journal, *args):
    """The JSON answer and the exit status."""
    out = planted.lab.new_folder("keys") / "keys.json"
    run = planted.lab.run([program(), "keys", str(journal), "--format", f"json={out}", *args])
    return json.loads(out.read_text()), run.status


@pytest.fixture(scope="module")
def report(planted, journal):
    report, status = keys(planted, journal)
    assert report["unknown"] == [] and status == 0, report["unknown"]
    return report


def place(end):
    return (end["host"], end["user"])


def test_every_path_that_was_planted_and_no_other(planted, report):
    at = planted.account
    ways = {place(p["from"]): (place(p["to"]), p["hops"], p["restricted"]) for p in report["paths"]}
    chain = {("alice", 0): 3, ("bob", 1): 2, ("carol", 2): 1, ("root", 0): 3, ("root", 1): 2, ("root", 2): 1}
    wanted = {at(host, user): (at(3, "root"), hops, False) for (user, host), hops in chain.items()}
    wanted |= {at(9, user): (at(11, "root"), 1, True) for user in ("hank", "root")}
    assert ways == wanted
    longest = next(p for p in report["paths"] if place(p["from"]) == at(0, "alice"))
    assert [(place(s["from"]), place(s["to"]), s["key"]) for s in longest["steps"]] == [
        (at(0, "alice"), at(1, "bob"), planted.print_of("first")), (at(1, "bob"), at(2, "carol"), planted.print_of("second")),
        (at(2, "carol"), at(3, "root"), planted.print_of("third"))]


def test_an_encrypted_key_is_followed_when_asked(planted, journal, report):
    with_sealed, status = keys(planted, journal, "--encrypted")
    more = {place(p["from"]) for p in with_sealed["paths"]} - {place(p["from"]) for p in report["paths"]}
    assert status == 0 and more == {planted.account(8, "frank"), planted.account(8, "root")}


def test_shared_cloned_and_lone_keys(planted, report):
    marked = {kind: {k["fingerprint"] for k in report["keys"] if kind in k} for kind in ("shared", "cloned", "lone")}
    assert marked == {"shared": {planted.print_of("team")}, "cloned": {planted.cloned}, "lone": {planted.print_of("visitor")}}
    clone = next(k for k in report["keys"] if k["fingerprint"] == planted.cloned)
    assert {h["host"] for h in clone["host_key_of"]} == {planted.hosts[6].name, planted.hosts[7].name}


def test_every_line_is_there_and_says_what_it_opens(planted, report):
    opens = {(k["fingerprint"], *place(o)) for k in report["keys"] for o in k["opens"]}
    closed = {(k["fingerprint"], *place(o)): o["why"] for k in report["keys"] for o in k["closed"]}
    lines = {(planted.print_of(name), *planted.account(host, user)) for host, user, name in planted.lines}
    loose = (planted.print_of("loose"), *planted.account(10, "ivan"))
    unsaid = (planted.print_of("unsaid"), *planted.account(5, "frank"))
    assert opens == lines - {loose, unsaid}
    assert set(closed) <= {loose, unsaid} and closed[loose].startswith("StrictModes")


def log_in(planted, key, source, target, user):
    """Does sshd let the key in, coming from the address of the host where it lies?"""
    h = planted.hosts[target]
    command = ["ssh", "-F", "none", "-b", planted.hosts[source].address, "-i", key, "-p", h.port, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
               "-o", f"UserKnownHostsFile={planted.known_hosts}", "-o", "GlobalKnownHostsFile=none", "-o", "IdentityAgent=none", f"{user}@{h.address}",
               "true"]
    return subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, timeout=60).returncode == 0


def test_sshd_agrees_about_every_private_key_and_account(planted, report):
    """Each private key, from where it lies, at each account with authorized keys: the logins that succeed are the uses."""
    targets = sorted({(host, user) for host, user, name in planted.lines if name != "audit"} | {(0, "root"), (6, "root")})
    asked = [(name, host, user, path, target) for host, user, name, path in planted.held for target in targets]
    plain = planted.lab.folder / "plain"
    shutil.copy(planted.keys["sealed"], plain)
    plain.chmod(0o600)
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "secret words", "-N", "", "-f", plain], check=True, capture_output=True)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        let_in = list(pool.map(lambda a: log_in(planted, plain if a[0] == "sealed" else a[3], a[1], *a[4]), asked))
    real = {(*planted.account(host, user), *planted.account(*target), planted.print_of(name))
            for (name, host, user, _, target), good in zip(asked, let_in) if good}
    said = {(*place(u["from"]), *place(u["to"]), u["key"]) for u in report["uses"]}
    assert real == said and len(said) == 5


def test_gates(planted, journal):
    for gate in ("shared", "cloned", "uses", "paths", "lone"):
        answer, status = keys(planted, journal, "--fail-if", gate)
        assert status == 1 and answer["summary"]["gate"] == "failed"


def test_the_graph_is_drawn(planted, journal):
    out = planted.lab.new_folder("dot") / "keys.dot"
    planted.lab.run([program(), "keys", str(journal), "--format", f"dot={out}"])
    svg = subprocess.run(["dot", "-Tsvg", out], check=True, capture_output=True, text=True)
    assert svg.stderr == ""
    for host, user in ((0, "alice"), (1, "bob"), (2, "carol"), (3, "root")):
        assert f">{user}@{planted.hosts[host].name}<" in svg.stdout.replace("&#45;", "-")
    assert "host key of several hosts" in svg.stdout

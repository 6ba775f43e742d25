"""Every code an unscanned target can carry, each produced by its real cause (design.md, "Journal and reports")."""
import re
import signal
import time

import pytest

import lab as workshop
from lab import SOURCE, Space

ONCE = ["--retries", "0"]
SHORT = [*ONCE, "--timeout", "2"]


def codes_of_targets():
    """The second group of error.def: what a target can fail with."""
    text = (SOURCE / "scanner/base/error.def").read_text()
    return re.findall(r'^ERROR\([A-Z_]+,\s+3,\s+"([a-z_]+)"', text, re.M)


def test_every_code_has_a_test():
    tested = {name.removeprefix("test_code_").split("__")[0] for name in globals() if name.startswith("test_code_")}
    assert tested == set(codes_of_targets())


def test_code_resolve(lab):
    run = lab.scan("no-such-host.invalid", args=SHORT)
    assert run.code() == "resolve"
    assert "no-such-host.invalid" in run.message()
    assert run.target()["address"] in ("", None)


def test_code_connect_refused(lab):
    closed = lab.listener(lambda connection, number: None)
    closed.stop()
    lab.things.remove(closed)
    run = lab.scan(closed.target, args=ONCE)
    assert run.code() == "connect_refused"
    assert "127.0.0.1" in run.message() and str(closed.port) in run.message()


# A neighbour that does not exist behind a link that does: packets leave and nothing ever comes back.
BLACK_HOLE = ["ip link set lo up", "ip link add out type veth peer name in", "ip addr add 192.0.2.1/24 dev out", "ip link set out up",
              "ip link set in up", "ip neigh add 192.0.2.7 lladdr 02:00:00:00:00:07 dev out"]


@pytest.mark.namespaces("-n")
def test_code_connect_timeout(lab):
    run = lab.scan("192.0.2.7", args=SHORT, space=Space(["-n"], BLACK_HOLE))
    assert run.code() == "connect_timeout"
    assert "192.0.2.7" in run.message()
    assert 1900 <= run.target()["duration_ms"] < 4000


@pytest.mark.namespaces("-n")
def test_code_unreachable(lab):
    run = lab.scan("198.51.100.9", args=ONCE, space=Space(["-n"], BLACK_HOLE))
    assert run.code() == "unreachable"
    assert "198.51.100.9" in run.message()


def test_code_banner_timeout(lab):
    silent = lab.listener(lambda connection, number: workshop.hold(connection))
    run = lab.scan(silent.target, args=SHORT)
    assert run.code() == "banner_timeout"
    assert 1900 <= run.target()["duration_ms"] < 4000


# What the server insists on, and what the program would have accepted in its place.
UNKNOWN_ALGORITHMS = [
    ("KexAlgorithms sntrup761x25519-sha512@openssh.com", "key exchange", "curve25519-sha256"),
    ("Ciphers aes128-ctr\nMACs umac-128-etm@openssh.com", "MAC", "hmac-sha2-256-etm@openssh.com"),
    ("HostKeyAlgorithms ssh-rsa", "host key", "rsa-sha2-512"),
]


@pytest.mark.parametrize("config, kind, ours", UNKNOWN_ALGORITHMS)
def test_code_negotiation(lab, config, kind, ours):
    server = lab.server(config, host_keys=["rsa-3072"])
    run = lab.scan(server=server, args=["--retries", "2"])
    assert run.code() == "negotiation"
    theirs = config.split()[-1]
    assert theirs in run.message() and ours in run.message() and kind.lower() in run.message().lower()
    assert server.connections() == 1, "a negotiation failure is never retried"


def test_code_host_key_unknown(lab, server):
    run = lab.scan(server=server, known_hosts=lab.write("known_hosts", ""))
    assert run.code() == "host_key_unknown"
    assert server.target in run.message() or server.hosts() in run.message()
    assert "SHA256:" in run.message()
    assert run.target()["host_key"].startswith("SHA256:")


def test_code_host_key_unknown__only_a_certificate_authority(lab, server):
    known = server.write_known_hosts([lab.make_key()], marker="@cert-authority")
    run = lab.scan(server=server, known_hosts=known)
    assert run.code() == "host_key_unknown"
    assert "@cert-authority" in run.message()


def test_code_host_key_changed(lab, server):
    known = server.write_known_hosts([lab.make_key()])
    for policy in ("strict", "accept-new"):
        run = lab.scan(server=server, known_hosts=known, args=["--host-key", policy])
        assert run.code() == "host_key_changed"
        assert f"{known}:1" in run.message() and "ssh-keygen -R" in run.message()
    assert len(known.read_text().splitlines()) == 1, "a changed key is never learnt"


def test_code_host_key_changed__revoked(lab, server):
    good, revoked = server.known_hosts.read_text(), server.write_known_hosts(marker="@revoked").read_text()
    run = lab.scan(server=server, known_hosts=lab.write("known_hosts", good + revoked))
    assert run.code() == "host_key_changed"
    assert "@revoked" in run.message()


def test_code_host_key_changed__other_type(lab, server):
    known = server.write_known_hosts([lab.key("ecdsa-256")])
    assert lab.scan(server=server, known_hosts=known).code() == "host_key_changed"


def test_code_auth(lab):
    server = lab.server("LogLevel DEBUG1", authorized=lab.make_key())
    run = lab.scan(server=server, args=["--retries", "2"])
    assert run.code() == "auth"
    assert workshop.USER in run.message() and "SHA256:" in run.message()
    assert server.connections() == 1, "an authentication failure is never retried"
    assert server.methods() == ["publickey"], "one key is offered once, and nothing else"


@pytest.mark.parametrize("config", ["AuthenticationMethods publickey,password", "AllowUsers nobody-here", "PubkeyAuthentication no"])
def test_code_auth__by_configuration(lab, config):
    server = lab.server(config + ("\nAuthenticationMethods password\nPasswordAuthentication yes" if "Pubkey" in config else ""))
    run = lab.scan(server=server, args=["--retries", "2"])
    assert run.code() == "auth"
    assert server.connections() == 1


@pytest.mark.parametrize("signatures, words", [(["ssh-ed25519"], "Ed25519"), (None, "ssh-rsa")])
def test_code_identity(lab, signatures, words):
    """A server that takes no RSA signature but SHA-1's, or none at all: the key makes neither, and nothing is signed."""
    server = lab.python_server(None, signatures=signatures)
    run = lab.scan(server.target, server=server, key=lab.key("rsa-2048"), args=["--retries", "2"])
    assert run.code() == "identity"
    assert words in run.message()
    assert server.count == 1


def broken_key(lab):
    return lab.write("key", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n")


def open_key(lab):
    path = lab.make_key()
    path.chmod(0o640)
    return path


def public_key(lab):
    return lab.write("key", workshop.public_half(lab.key()) + "\n")


@pytest.mark.parametrize("make, words", [
    (broken_key, ""), (open_key, "chmod 600"), (public_key, "public"), (lambda lab: lab.folder / "absent", "absent"),
    (lambda lab: lab.make_key(passphrase="secret"), "passphrase"), (lambda lab: lab.make_key("rsa-1024"), "2048"),
])
def test_code_identity__of_the_run(lab, server, make, words):
    """A key that no target could be logged in to with is not a target's failure: nothing is scanned."""
    before = server.connections()
    key = make(lab)
    run = lab.scan(server=server, key=key)
    assert run.status == 2 and run.report is None
    assert str(key) in run.err and words in run.err and len(run.err.splitlines()) == 1
    assert server.connections() == before


def test_code_channel(lab):
    server = lab.server("MaxSessions 0")
    run = lab.scan(server=server, args=ONCE)
    assert run.code() == "channel"
    assert server.logins() == 1


def test_code_collector_timeout(lab):
    server = lab.server(f"ForceCommand {lab.script('exec sleep 30')}")
    run = lab.scan(server=server, args=SHORT)
    assert run.code() == "collector_timeout"
    assert 1900 <= run.target()["duration_ms"] < 4000
    workshop.kill(workshop.descendants(server.process.pid))


# The server's process of this connection ends; the script is its child, or that of a shell.
BREAK = """p=$PPID
while :; do case $(cat /proc/$p/comm) in sshd*) break ;; esac; p=$(sed -n 's/^PPid:[[:space:]]*//p' /proc/$p/status); done
kill -9 $p"""
NO_EVIDENCE = [
    ("exit 0", "exit status 0"),
    ("echo no shell for you; exit 7", "no shell for you"),
    ("echo goes to standard error >&2; exit 9", "goes to standard error"),
    ("echo sshvet-evidence 1 error no-nonce", "nonce"),
    ("kill -9 $$", ""),
    ("head -c 100000 /dev/zero | tr '\\0' x", "xxxx"),
    ("printf '\\033[31mred\\007'", "red"),
    (BREAK, "while collecting evidence"),
    ("echo half a line; " + BREAK, "half a line"),
]


@pytest.mark.parametrize("script, words", NO_EVIDENCE)
def test_code_collector_failed(lab, script, words):
    server = lab.server(f"ForceCommand {lab.script(script)}")
    run = lab.scan(server=server, args=ONCE)
    assert run.code() == "collector_failed"
    assert words in run.message()


NONCE = "0123456789abcdef" * 2
ENDLESS = [
    "yes",
    "yes >&2",
    f"echo sshvet-evidence 1 {NONCE}; echo {NONCE} begin host.os; tr '\\0' a </dev/zero",
    f"echo sshvet-evidence 1 {NONCE}; while :; do echo {NONCE} begin host.os; yes | head -c 60000; echo; echo {NONCE} end host.os 0; done",
    f"echo sshvet-evidence 1 {NONCE}; i=0; while [ $i -lt 5000 ]; do i=$((i+1)); "
    f"printf '%s\\n' '{NONCE} begin a' '' '{NONCE} end a 0'; done; echo {NONCE} done",
]


@pytest.mark.parametrize("script", ENDLESS)
def test_code_evidence_too_large(lab, script):
    server = lab.server(f"ForceCommand {lab.script(script)}")
    run = lab.scan(server=server, args=ONCE)
    assert run.code() == "evidence_too_large"


def say(*parts, pause=0.0):
    """A listener's part: say this, then hang up once the other side had its say."""
    def handle(connection, number):
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        connection.settimeout(1)
        connection.recv(4096)
    return handle


def http(connection, number):
    """A web server answers what it cannot read."""
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")


NOT_SSH = [
    ("closes at once", lambda connection, number: None, ""),
    ("closes after its identification", say(b"SSH-2.0-Brief\r\n"), ""),
    ("garbage after its identification", say(b"SSH-2.0-Odd\r\n" + bytes(range(256)) * 40), ""),
    ("impossible packet length", say(b"SSH-2.0-Odd\r\n" + b"\xff\xff\xff\xff\x04" + b"\0" * 100), ""),
    ("KEXINIT without lists", say(b"SSH-2.0-Odd\r\n" + b"\0\0\0\x0c\x0a\x14" + b"\0" * 10), ""),
    ("web server", http, "HTTP/1.1 400 Bad Request"),
    ("protocol 1", say(b"SSH-1.5-Old\r\n"), ""),
    ("endless preface", lambda connection, number: [connection.sendall(b"x" * 1000 + b"\r\n") for _ in range(10000)], ""),
    ("endless line", lambda connection, number: [connection.sendall(b"x" * 1000) for _ in range(10000)], ""),
    ("endless identification", say(b"SSH-2.0-" + b"x" * 70000), ""),
    ("refusal in plain text", say(b"Not allowed at this time\r\n"), "Not allowed at this time"),
]


@pytest.mark.parametrize("handle, words", [row[1:] for row in NOT_SSH], ids=[row[0] for row in NOT_SSH])
def test_code_protocol(lab, handle, words):
    listener = lab.listener(handle)
    run = lab.scan(listener.target, args=[*ONCE, "--timeout", "5"])
    assert run.code() == "protocol"
    assert words in run.message()
    assert run.target()["duration_ms"] < 4000


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_code_cancelled(lab, server, number):
    """What is finished is reported, what hangs or waits is cancelled, and the journal holds all of it."""
    silent = lab.listener(lambda connection, count: workshop.hold(connection))
    slow = lab.server(f"ForceCommand {lab.script('exec sleep 30')}")
    targets = [server.target, silent.target, slow.target]
    waiting = [f"localhost:{silent.port}", f"127.0.1.1:{slow.port}"]
    known = lab.write("known_hosts", server.known_hosts.read_text() + slow.known_hosts.read_text())
    folder = lab.new_folder("run")
    command = lab.command([*targets, *waiting], ["--parallel", "3", "--fail-on", "critical"], folder, known_hosts=known)
    process = lab.start(command)
    workshop.wait_for(lambda: server.target in (folder / "journal").read_text() if (folder / "journal").exists() else False)
    workshop.wait_for(lambda: "Starting session: forced-command" in slow.log() and silent.count > 0)
    process.send_signal(number)
    out, err = process.communicate(timeout=10)
    run = workshop.Run(process.returncode, out, err, folder, "critical")
    assert [t["name"] for t in run.report["targets"]] == [*targets, *waiting]
    run.scanned(server.target)
    for name in [silent.target, slow.target, *waiting]:
        assert run.code(name) == "cancelled"
    assert sorted(run.journal_names()) == sorted([*targets, *waiting])
    assert "finished" in run.journal()[-1]
    assert "interrupted" in run.err
    workshop.kill(workshop.descendants(slow.process.pid))

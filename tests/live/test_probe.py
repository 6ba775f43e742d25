"""`sshvet probe`: what the network sees of real servers and of those that are none, without a login."""
import json
import re
import signal
import struct
import subprocess
import time

import pytest

import lab as workshop
from lab import SOURCE, Space
from test_failures import BLACK_HOLE, NOT_SSH, say

ONCE = ["--retries", "0"]
KINDS = ["rsa-3072", "ecdsa-256", "ecdsa-384", "ed25519"]
TYPES = ["ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ssh-ed25519"]


def wire(run, name=None):
    return run.scanned(name)["facts"]["ssh_protocol"]


def fingerprint(path):
    return subprocess.run(["ssh-keygen", "-lf", f"{path}.pub"], check=True, capture_output=True, text=True).stdout.split()[1]


def test_every_host_key_on_a_connection_of_its_own(lab):
    server = lab.server(host_keys=KINDS)
    run = lab.probe(server.target, args=["-v"])
    target = run.scanned()
    keys = target["facts"]["ssh_protocol"]["host_keys"]
    assert [key["type"] for key in keys] == TYPES
    assert [key["fingerprint"] for key in keys] == [fingerprint(key) for key in server.host_keys]
    assert [key["bits"] for key in keys] == [3072, 256, 384, 256]
    assert not any(key["certificate"] for key in keys)
    assert server.connections() == len(KINDS)
    log = server.settled_log()
    assert not re.search(r"Accepted|Failed|Invalid|userauth|error:|fatal", log), log
    assert len(re.findall(r"Received disconnect from \S+ port \d+:11: probe finished \[preauth\]", log)) == len(KINDS)
    assert (target["user"], target["privileged"], target["host"]) == ("", False, {})
    assert list(target["facts"]) == ["ssh_protocol"]
    assert {f["module"] for f in target["findings"]} == {"ssh_protocol"}


def test_no_key_and_no_home_are_needed(lab):
    server = lab.server()
    run = lab.run([workshop.program(), "probe", server.target, "--format", "json"], env={"HOME": "/nonexistent", "USER": "", "LOGNAME": ""})
    assert run.status in (0, 1) and json.loads(run.out)["summary"]["scanned"] == 1


def test_table_shows_what_was_seen(lab):
    server = lab.server(host_keys=["rsa-3072", "ed25519"])
    run = lab.probe(server.target)
    text = (run.folder / "report.txt").read_text()
    flat = " ".join(text.split())
    facts = wire(run)
    assert "no login" in text and "without root" not in text
    for words in (facts["identification"], ", ".join(facts["kex_algorithms"]), f"ssh-rsa, bits 3072, {fingerprint(server.host_keys[0])}"):
        assert words in flat
    assert "SSH_MSG" not in text


@pytest.mark.parametrize("config, kinds", [
    ("KexAlgorithms sntrup761x25519-sha512@openssh.com", ["ed25519"]),
    ("KexAlgorithms curve25519-sha256", ["ed25519"]),
    ("KexAlgorithms ecdh-sha2-nistp256", ["ed25519"]),
    ("KexAlgorithms ecdh-sha2-nistp384", ["ed25519"]),
    ("KexAlgorithms ecdh-sha2-nistp521", ["ed25519"]),
    ("KexAlgorithms diffie-hellman-group14-sha256", ["ed25519"]),
    ("KexAlgorithms diffie-hellman-group16-sha512", ["ed25519"]),
    ("KexAlgorithms diffie-hellman-group18-sha512", ["ed25519"]),
    ("KexAlgorithms diffie-hellman-group14-sha1", ["ed25519"]),
    ("KexAlgorithms diffie-hellman-group1-sha1", ["ed25519"]),
    ("KexAlgorithms diffie-hellman-group-exchange-sha256", ["ed25519"]),
    ("KexAlgorithms diffie-hellman-group-exchange-sha1", ["ed25519"]),
    ("Ciphers aes128-ctr\nMACs umac-128-etm@openssh.com", ["ed25519"]),  # more than a scan can do
    ("HostKeyAlgorithms ssh-rsa", ["rsa-2048"]),  # this, too
    ("Compression no", ["ecdsa-521"]),
])
def test_any_algorithm(lab, config, kinds):
    server = lab.server(config, host_keys=kinds)
    keys = wire(lab.probe(server.target, args=ONCE))["host_keys"]
    assert [key["fingerprint"] for key in keys] == [fingerprint(key) for key in server.host_keys]
    assert server.connections() == 1


def test_a_host_certificate(lab):
    """It is shown under algorithms of its own, and its fingerprint is the key's."""
    authority = lab.make_key()
    key = lab.make_key()
    subprocess.run(["ssh-keygen", "-q", "-s", authority, "-h", "-I", "test", "-n", "web1,web2", "-V", "20200101:20350101", f"{key}.pub"], check=True, env={"TZ": "UTC"})
    server = lab.server(f'HostKey "{key}"\nHostCertificate "{key}-cert.pub"', host_keys=[])
    facts = wire(lab.probe(server.target))
    assert facts["host_key_certificate_algorithms"] == ["ssh-ed25519-cert-v01@openssh.com"]
    keys = {k["type"]: k for k in facts["host_keys"]}
    assert set(keys) == {"ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com"}
    assert {k["fingerprint"] for k in keys.values()} == {fingerprint(key)}
    certificate = keys["ssh-ed25519-cert-v01@openssh.com"]
    assert certificate["certificate"] and not keys["ssh-ed25519"]["certificate"]
    assert certificate["principals"] == ["web1", "web2"] and certificate["ca"] == fingerprint(authority)
    assert certificate["valid_until"] == "2035-01-01T00:00:00Z" and "ca" not in keys["ssh-ed25519"]


def test_weak_keys_fail_by_type(lab):
    server = lab.server("HostKeyAlgorithms +ssh-rsa\nRequiredRSASize 1024", host_keys=["rsa-1024", "ed25519"])
    findings = {f["subject"]: f["status"] for f in lab.probe(server.target).scanned()["findings"] if f["rule"] == "ssh-host-key-strength"}
    assert findings == {"ssh-rsa": "fail", "ssh-ed25519": "pass"}


def test_scan_and_probe_see_the_same(lab):
    """But for the keys a scan does not ask for."""
    server = lab.quick_server(host_keys=KINDS)
    scanned = lab.scan(server=server, args=["--facts"]).scanned()["facts"]["ssh_protocol"]
    probed = wire(lab.probe(server.target))
    assert len(scanned["host_keys"]) == 1 and scanned["host_keys"][0] in probed["host_keys"]
    assert {k: v for k, v in scanned.items() if k != "host_keys"} == {k: v for k, v in probed.items() if k != "host_keys"}


def test_evidence_is_judged_the_same_later(lab):
    server = lab.server(host_keys=["rsa-3072", "ed25519"])
    folder = lab.folder / "evidence"
    probed = lab.probe(server.target, args=["--evidence", folder]).scanned()
    profile = lab.write("wire.yaml", "name: wire\ntitle: What the network sees\nselect: [\"ssh-*\"]\nexclude: [ssh-approved-*, ssh-identification-comment]\n")
    run = lab.run([workshop.program(), "evaluate", str(folder), "--facts", "--format", "json", "--profile", str(profile)])
    [target] = json.loads(run.out)["targets"]
    assert target["facts"]["ssh_protocol"] == probed["facts"]["ssh_protocol"]
    assert target["findings"] == [f for f in probed["findings"] if f["rule"].startswith("ssh-")]


def test_dropbear(lab):
    server = lab.dropbear("ed25519", "rsa", "ecdsa")
    facts = wire(lab.probe(server.target, args=ONCE))
    assert facts["software"].startswith("dropbear_")
    assert {k["type"] for k in facts["host_keys"]} == {"ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256"}
    lines = [subprocess.run(["dropbearkey", "-y", "-f", key], check=True, capture_output=True, text=True).stdout.split("\n")[1] for key in server.keys]
    files = {subprocess.run(["ssh-keygen", "-lf", "-"], input=line, check=True, capture_output=True, text=True).stdout.split()[1] for line in lines}
    assert {k["fingerprint"] for k in facts["host_keys"]} == files


def test_tinyssh(lab):
    server = lab.tinyssh()
    if not server:
        pytest.skip("TinySSH is not installed, and its package can not be fetched")
    facts = wire(lab.probe(server.target, args=ONCE))
    assert [k["type"] for k in facts["host_keys"]] == ["ssh-ed25519"]
    assert facts["post_quantum_kex_offered"] is True


def test_another_implementation(lab):
    server = lab.python_server(None)
    facts = wire(lab.probe(server.target, args=ONCE))
    assert [k["type"] for k in facts["host_keys"]] == ["ecdsa-sha2-nistp256"]


def packet(payload):
    padding = 16 - (5 + len(payload)) % 8
    return struct.pack(">IB", 1 + len(payload) + padding, padding) + payload + bytes(padding)


def kexinit(kex="curve25519-sha256", keys="ssh-ed25519"):
    lists = [kex, keys, "aes128-ctr", "aes128-ctr", "hmac-sha2-256", "hmac-sha2-256", "none", "none", "", ""]
    return packet(b"\x14" + bytes(16) + b"".join(struct.pack(">I", len(names)) + names.encode() for names in lists) + bytes(5))


HELLO = b"SSH-2.0-Odd_1.0\r\n"


def test_unknown_key_exchange(lab):
    """Its lists are known all the same, the name nobody knows is an error, and nobody asks in vain."""
    listener = lab.listener(say(HELLO + kexinit("made-up-kex", "ssh-ed25519,rsa-sha2-512")))
    target = lab.probe(listener.target).scanned()
    assert target["facts"]["ssh_protocol"]["kex_algorithms"] == ["made-up-kex"]
    assert "host_keys" not in target["facts"]["ssh_protocol"]
    findings = {f["rule"]: f for f in target["findings"]}
    assert findings["ssh-kex-algorithms"]["status"] == "error" and "made-up-kex" in findings["ssh-kex-algorithms"]["message"]
    assert findings["ssh-kex-algorithms"]["message"].startswith("unsupported")
    assert findings["ssh-host-key-strength"]["status"] == "error"
    assert listener.count == 1


def test_unknown_host_key_algorithm(lab):
    """The key is looked at even so; how strong it is, nobody can say."""
    def handle(connection, _number):
        connection.sendall(HELLO + kexinit(keys="made-up-key"))
        connection.recv(4096)
        connection.sendall(packet(b"\x1f" + struct.pack(">I", 15) + struct.pack(">I", 11) + b"made-up-key" + bytes(8)))
        connection.recv(4096)
    target = lab.probe(lab.listener(handle).target).scanned()
    [key] = target["facts"]["ssh_protocol"]["host_keys"]
    assert key["type"] == "made-up-key" and key["fingerprint"].startswith("SHA256:")
    findings = {f["rule"]: f for f in target["findings"] if f["status"] == "error"}
    assert set(findings) == {"ssh-host-key-algorithms", "ssh-host-key-strength"}
    assert all(f["message"].startswith("unsupported") for f in findings.values())


def test_a_server_that_hides_a_key(lab):
    """One key is shown, the connection for the next one is cut: what is missing is an error, and the rest is judged."""
    def handle(connection, number):
        connection.sendall(HELLO + kexinit(keys="ssh-ed25519,ssh-rsa"))
        connection.recv(4096)
        if number == 1:
            blob = struct.pack(">I", 11) + b"ssh-ed25519" + struct.pack(">I", 32) + bytes(32)
            connection.sendall(packet(b"\x1f" + struct.pack(">I", len(blob)) + blob + bytes(8)))
            connection.recv(4096)
    listener = lab.listener(handle)
    target = lab.probe(listener.target, args=["--retries", "1"]).scanned()
    strength = [(f["status"], f.get("subject")) for f in target["findings"] if f["rule"] == "ssh-host-key-strength"]
    assert strength == [("pass", "ssh-ed25519"), ("error", None)]
    assert "ssh-rsa" in json.dumps(target["facts"]["ssh_protocol"]["unavailable"])
    assert listener.count == 3


def test_a_server_that_refuses_more_connections(lab):
    """After the first one it says nothing: no other key is asked for then."""
    def handle(connection, number):
        if number == 1:
            connection.sendall(HELLO + kexinit(keys="ssh-ed25519,ssh-rsa,ecdsa-sha2-nistp256"))
            connection.recv(4096)
            blob = struct.pack(">I", 11) + b"ssh-ed25519" + struct.pack(">I", 32) + bytes(32)
            connection.sendall(packet(b"\x1f" + struct.pack(">I", len(blob)) + blob + bytes(8)))
            connection.recv(4096)
    listener = lab.listener(handle)
    facts = wire(lab.probe(listener.target, args=ONCE))
    assert [k["type"] for k in facts["host_keys"]] == ["ssh-ed25519"]
    assert len(facts["unavailable"]) == 2
    assert listener.count == 2


def test_too_many_types_of_keys(lab):
    def handle(connection, _number):
        connection.sendall(HELLO + kexinit(keys=",".join(f"kind-{i}" for i in range(40))))
        connection.recv(4096)
        connection.sendall(packet(b"\x1f" + struct.pack(">I", 9) + struct.pack(">I", 5) + b"thing" + bytes(8)))
        connection.recv(4096)
    listener = lab.listener(handle)
    facts = wire(lab.probe(listener.target))
    assert len(facts["host_keys"]) == listener.count == 16
    assert "24 more types" in facts["unavailable"][-1]["message"]


def test_version_1_alone(lab):
    """Nothing can be asked of it, and its worst is known from its first line."""
    listener = lab.listener(say(b"SSH-1.5-Old\r\n"))
    target = lab.probe(listener.target).scanned()
    findings = {f["rule"]: f["status"] for f in target["findings"]}
    assert findings["ssh-protocol-version"] == "fail" and findings["ssh-kex-algorithms"] == "error"
    assert "pass" not in findings.values()
    assert listener.count == 1


@pytest.mark.parametrize("handle, words", [row[1:] for row in NOT_SSH if row[0] != "protocol 1"], ids=[row[0] for row in NOT_SSH if row[0] != "protocol 1"])
def test_no_ssh_server(lab, handle, words):
    listener = lab.listener(handle)
    run = lab.probe(listener.target, args=ONCE)
    assert run.code() == "protocol" and words in run.message()


AFTER_KEXINIT = [
    ("closes", b""),
    ("impossible packet", b"\xff\xff\xff\xff"),
    ("another message", packet(b"\x05" + bytes(8))),
    ("a reply without a key", packet(b"\x1f" + bytes(8))),
    ("a key cut short", packet(b"\x1f" + struct.pack(">I", 4) + b"\0\0\0\x0b" + bytes(8))),
    ("a farewell with escapes", packet(b"\x01\0\0\0\x02\0\0\0\x09\x1b[31mred\x07\0\0\0\0")),
    ("endless messages to ignore", packet(b"\x02" + bytes(1000)) * 1000),
]


@pytest.mark.parametrize("answer", [row[1] for row in AFTER_KEXINIT], ids=[row[0] for row in AFTER_KEXINIT])
def test_no_host_key_comes(lab, answer):
    """The lists were seen, so the target counts as scanned; the key is an error, never a pass."""
    def handle(connection, _number):
        connection.sendall(HELLO + kexinit())
        connection.recv(4096)
        connection.sendall(answer)
    target = lab.probe(lab.listener(handle).target, args=ONCE).scanned()
    assert "host_keys" not in target["facts"]["ssh_protocol"]
    [finding] = [f for f in target["findings"] if f["rule"] == "ssh-host-key-strength"]
    assert finding["status"] == "error"


def test_in_the_smallest_pieces(lab):
    server = lab.server(host_keys=["rsa-3072", "ed25519"])
    relay = lab.listener(lambda connection, number: workshop.proxy(connection, server.port, piece=1))
    facts = wire(lab.probe(relay.target, args=ONCE))
    assert [k["fingerprint"] for k in facts["host_keys"]] == [fingerprint(key) for key in server.host_keys]


def test_code_resolve(lab):
    run = lab.probe("no-such-host.invalid", args=["--timeout", "3"])
    assert run.code() == "resolve" and run.status == 3


def test_code_connect_refused(lab):
    closed = lab.listener(lambda connection, number: None)
    closed.stop()
    lab.things.remove(closed)
    run = lab.probe(closed.target)
    assert run.code() == "connect_refused" and "tries" not in run.message()


def test_code_banner_timeout(lab):
    silent = lab.listener(lambda connection, number: workshop.hold(connection))
    run = lab.probe(silent.target, args=[*ONCE, "--timeout", "2"])
    assert run.code() == "banner_timeout"
    assert 1900 <= run.target()["duration_ms"] < 4000


@pytest.mark.namespaces("-n")
@pytest.mark.parametrize("target, code", [("192.0.2.7", "connect_timeout"), ("198.51.100.9", "unreachable")])
def test_code__network(lab, target, code):
    run = lab.probe(target, space=Space(["-n"], BLACK_HOLE))
    assert run.code() == code and target in run.message()
    if code == "connect_timeout":
        assert 4900 <= run.target()["duration_ms"] < 7000, "a silent address is not asked again"


def test_code_cancelled(lab):
    silent = lab.listener(lambda connection, number: workshop.hold(connection))
    folder = lab.new_folder("run")
    command = [workshop.program(), "probe", silent.target, "--timeout", "60", "--format", f"json={folder / 'report.json'}",
               "--format", f"junit={folder / 'report.xml'}", "--format", f"table={folder / 'report.txt'}"]
    process = lab.start([str(word) for word in command])
    workshop.wait_for(lambda: silent.count)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    run = workshop.Run(process.returncode, out, err, folder, "low")
    assert run.code() == "cancelled" and run.status == 3


def test_codes_of_a_probe():
    """Every code a target can have is produced above, but for those that need a login or a list of known hosts, and negotiation: what a server
    offers is what is asked for."""
    text = (SOURCE / "scanner/base/error.def").read_text()
    codes = set(re.findall(r'^ERROR\([A-Z_]+,\s+3,\s+"([a-z_]+)"', text, re.M))
    of_logins = {"host_key_unknown", "host_key_changed", "auth", "identity", "channel", "collector_timeout", "collector_failed",
                 "evidence_too_large", "negotiation"}
    tested = {"resolve", "connect_refused", "connect_timeout", "unreachable", "banner_timeout", "protocol", "cancelled"}
    assert tested == codes - of_logins


@pytest.mark.namespaces("-n")
def test_a_silent_network_does_not_stall(lab):
    """Two thousand at once, five seconds each, and those that answer are not held up."""
    commands = [*BLACK_HOLE, "ip route add 10.0.0.0/8 via 192.0.2.7"]
    started = time.monotonic()
    run = lab.probe("10.1.0.0/22", "127.0.0.1:1", args=["-q"], space=Space(["-n"], commands))
    assert time.monotonic() - started < 25
    codes = [t["error"]["code"] for t in run.report["targets"]]
    assert codes == ["connect_timeout"] * 1024 + ["connect_refused"]


def test_network_of_answering_hosts(lab):
    """All of a network's addresses, many at once, in order in the report."""
    server = lab.server(listen="0.0.0.0")
    run = lab.probe(f"127.3.0.0/28:{server.port}", args=["--parallel", "4"])
    assert [t["name"] for t in run.report["targets"]] == [f"127.3.0.{i}:{server.port}" for i in range(16)]
    assert {t["status"] for t in run.report["targets"]} == {"scanned"}
    assert server.connections() == 16


def test_few_open_files(lab):
    """Two thousand at once do not fit: as many as do."""
    server = lab.server(listen="0.0.0.0")
    run = lab.probe(f"127.4.0.0/27:{server.port}", files=80)
    assert run.report["summary"]["scanned"] == 32


def test_inventory_and_resume(lab):
    server = lab.server()
    other = lab.server(host_keys=["rsa-2048"])
    inventory = lab.write("hosts", f"# two of them\n{server.target}\nsomebody@{other.target}\n")
    run = lab.probe("-i", inventory)
    assert {t["name"] for t in run.report["targets"]} == {server.target, other.target}
    assert {t["user"] for t in run.report["targets"]} == {""}
    again = lab.run([workshop.program(), "probe", "-i", str(inventory), "--journal", str(run.folder / "journal"), "--resume", "--format", "json"])
    assert json.loads(again.out)["summary"]["scanned"] == 2
    assert server.connections() == other.connections() == 1


@pytest.mark.parametrize("args, words", [
    ([], "there is no target to probe"), (["web1", "--identity", "x"], "'probe' does not take --identity"),
    (["web1", "--facts"], "'probe' does not take --facts"), (["10.0.0.0/8"], "/16 or longer"), (["10.0.0.1/24"], "first address"),
])
def test_mistakes(lab, args, words):
    run = lab.run([workshop.program(), "probe", *args])
    assert run.status == 2 and words in run.err


def test_a_profile_without_such_rules(lab):
    profile = lab.write("own.yaml", "name: own\ntitle: x\nselect: [firewall-active]\n")
    run = lab.run([workshop.program(), "probe", "127.0.0.1:1", "--profile", str(profile)])
    assert run.status == 2 and "has no rule about ssh_protocol" in run.err

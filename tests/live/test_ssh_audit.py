"""What is seen on the wire agrees with ssh-audit, on servers of several makes and configurations."""
import json
import pathlib
import shutil
import socket
import struct
import subprocess

import pytest

import lab as workshop

pytestmark = pytest.mark.skipif(not shutil.which("ssh-audit"), reason="ssh-audit is not installed")

OLD = ("KexAlgorithms +diffie-hellman-group1-sha1,diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1\n"
       "Ciphers +3des-cbc,aes128-cbc,aes192-cbc,aes256-cbc\nMACs +hmac-md5,hmac-md5-96-etm@openssh.com,hmac-sha1-96\n"
       "HostKeyAlgorithms +ssh-rsa")
OPENSSH = [
    ("as it comes", "", ["ed25519"]),
    ("every kind of key", "", ["rsa-3072", "ecdsa-256", "ed25519"]),
    ("all that is old", OLD, ["rsa-2048", "ed25519"]),
    ("without chacha20 and CBC", "Ciphers aes256-gcm@openssh.com,aes256-ctr", ["ecdsa-384"]),
    ("post-quantum alone and one more", "KexAlgorithms sntrup761x25519-sha512@openssh.com,curve25519-sha256", ["ed25519"]),
    ("a curve before post-quantum", "KexAlgorithms curve25519-sha256,sntrup761x25519-sha512@openssh.com", ["ecdsa-521"]),
    ("Diffie-Hellman alone", "KexAlgorithms diffie-hellman-group18-sha512,diffie-hellman-group14-sha256\nMACs hmac-sha2-512", ["rsa-4096"]),
    ("without compression", "Compression no\nMACs umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com", ["ed25519"]),
]
LISTS = {"kex_algorithms": "kex", "host_key_algorithms": "key", "ciphers_server_to_client": "enc", "macs_server_to_client": "mac",
         "compression_server_to_client": "compression"}
# Names in the list of key exchanges that are none: the facts leave them out.
MARKS = ("ext-info-", "kex-strict-", "kexguess2@")


def audit(port):
    """Its status says how good the server is; its output, whether it could talk to it at all."""
    run = subprocess.run(["ssh-audit", "-j", "-t", "20", "-p", str(port), "127.0.0.1"], stdin=subprocess.DEVNULL, capture_output=True,
                         text=True, timeout=120)
    assert run.stdout.startswith("{"), run.stdout + run.stderr
    return json.loads(run.stdout)


def names(entries):
    """Its own lists have an entry for every algorithm; an RSA key, one for every signature it makes."""
    return [entry["algorithm"] if isinstance(entry, dict) else entry for entry in entries]


def assert_same_lists(facts, seen):
    for fact, member in LISTS.items():
        theirs = [name for name in names(seen[member]) if not name.startswith(MARKS)]
        assert facts[fact] == theirs, fact
    assert facts["software"] == seen["banner"]["software"]  # the comment of TinySSH is another every time


def assert_known(findings):
    """The table of algorithms has every name these servers say."""
    strange = [f["message"] for f in findings if f["rule"].startswith("ssh-") and f["message"].startswith("unsupported")]
    assert not strange, strange


def files_of(server):
    """Type, size and fingerprint of the server's keys, as ssh-keygen has them."""
    lines = [subprocess.run(["ssh-keygen", "-lf", f"{key}.pub"], check=True, capture_output=True, text=True).stdout.split()
             for key in server.host_keys]
    types = [pathlib.Path(f"{key}.pub").read_text().split()[0] for key in server.host_keys]
    return {kind: (int(line[0]), line[1]) for kind, line in zip(types, lines)}


def assert_host_keys(facts, seen):
    """
    Every key ssh-audit took a fingerprint of is there, and so is the type of every key it saw. Some of its releases leave out ECDSA keys, of which they
    only list the algorithm. Sizes it says of RSA.
    """
    mine = {key["type"]: key for key in facts["host_keys"]}
    # Dropbear offers RSA without having such a key, and ends when it is asked for it.
    missing = [key_type(u["message"].partition(":")[0]) for u in facts.get("unavailable", []) if u["fact"] == "ssh_protocol.host_keys"]
    assert set(mine) | set(missing) == {key_type(name) for name in names(seen["key"])}
    assert not set(mine) & set(missing) and set(missing) <= {"ssh-rsa"}
    theirs = {(f["hostkey"], f["hash"]) for f in seen["fingerprints"] if f["hash_alg"] == "SHA256"}
    ours = {(kind, key["fingerprint"].partition(":")[2]) for kind, key in mine.items()}
    assert theirs <= ours and all(kind.startswith("ecdsa-") for kind, _ in ours - theirs)
    sizes = {key_type(e["algorithm"]): e["keysize"] for e in seen["key"] if e.get("keysize")}
    for kind, size in sizes.items():
        assert mine[kind]["bits"] == size
    assert "ssh-rsa" not in mine or "ssh-rsa" in sizes


def key_type(algorithm):
    return "ssh-rsa" if algorithm.startswith("rsa-sha2-") else algorithm


@pytest.mark.parametrize("config, kinds", [row[1:] for row in OPENSSH], ids=[row[0] for row in OPENSSH])
def test_openssh(lab, config, kinds):
    server = lab.quick_server(config, host_keys=kinds)
    files = files_of(server)
    seen = audit(server.port)
    target = lab.scan(server=server, args=["--facts"]).scanned()
    probed = lab.probe(server.target).scanned()
    for each in (target, probed):
        assert_same_lists(each["facts"]["ssh_protocol"], seen)
        assert_known(each["findings"])
        for key in each["facts"]["ssh_protocol"]["host_keys"]:
            assert files[key["type"]] == (key["bits"], key["fingerprint"])
    assert len(target["facts"]["ssh_protocol"]["host_keys"]) == 1
    assert len(probed["facts"]["ssh_protocol"]["host_keys"]) == len(kinds)
    assert_host_keys(probed["facts"]["ssh_protocol"], seen)


OTHERS = [
    ("Dropbear, Ed25519", lambda lab: lab.dropbear("ed25519")),
    ("Dropbear, RSA", lambda lab: lab.dropbear("rsa")),
    ("Dropbear, ECDSA", lambda lab: lab.dropbear("ecdsa")),
    ("Dropbear, every kind", lambda lab: lab.dropbear("ed25519", "rsa", "ecdsa")),
    ("TinySSH", lambda lab: lab.tinyssh()),
]


def receive(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        assert piece, "the server went away"
        data += piece
    return data


def listen_to(port):
    """Identification and KEXINIT, read with nothing of the program under test."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(b"SSH-2.0-test\r\n")
        line = b""
        while not line.endswith(b"\n"):
            line += receive(connection, 1)
        length, padding = struct.unpack(">IB", receive(connection, 5))
        return line.rstrip(b"\r\n").decode(), receive(connection, length - 1)[:length - padding - 1]


def evidence(identification, kexinit):
    nonce = "0123456789abcdef" * 2
    sections = [("wire.identification", identification), ("wire.kexinit", kexinit.hex())]
    frames = [f"{nonce} begin {name}\n{body}\n{nonce} end {name} 0\n" for name, body in sections]
    return f"sshvet-evidence 1 {nonce}\n" + "".join(frames) + f"{nonce} done\n"


@pytest.mark.parametrize("start", [row[1] for row in OTHERS], ids=[row[0] for row in OTHERS])
def test_others(lab, start):
    """Nobody need log in to these: what they say is read off the wire and evaluated as evidence, and they are probed."""
    server = start(lab)
    if not server:
        pytest.skip("TinySSH is not installed, and its package can not be fetched")
    seen = audit(server.port)
    path = lab.write("seen.evidence", evidence(*listen_to(server.port)))
    run = subprocess.run([workshop.program(), "evaluate", path, "--facts", "--format", "json"], capture_output=True, text=True,
                         env=lab.environment({}), timeout=60)
    assert run.stderr == ""
    [target] = json.loads(run.stdout)["targets"]
    assert_same_lists(target["facts"]["ssh_protocol"], seen)
    assert_known(target["findings"])
    assert "openssh_version" not in target["facts"]["ssh_protocol"]
    probed = lab.probe(server.target).scanned()
    assert_same_lists(probed["facts"]["ssh_protocol"], seen)
    assert_known(probed["findings"])
    assert_host_keys(probed["facts"]["ssh_protocol"], seen)

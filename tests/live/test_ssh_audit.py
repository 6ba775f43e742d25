"""What is seen on the wire agrees with ssh-audit, on servers of several makes and configurations."""
import json
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


def assert_fingerprint(facts, seen, server):
    """ssh-audit takes no fingerprints of ECDSA keys; ssh-keygen knows those of the files."""
    mine = facts["host_key_fingerprint"].partition(":")[2]
    theirs = {f["hash"] for f in seen["fingerprints"] if f["hash_alg"] == "SHA256"}
    files = {subprocess.run(["ssh-keygen", "-lf", f"{key}.pub"], check=True, capture_output=True, text=True).stdout.split()[1]
             for key in server.host_keys}
    assert f"SHA256:{mine}" in files
    assert mine in theirs or facts["host_key_type"].startswith("ecdsa-")


@pytest.mark.parametrize("config, kinds", [row[1:] for row in OPENSSH], ids=[row[0] for row in OPENSSH])
def test_openssh(lab, config, kinds):
    server = lab.quick_server(config, host_keys=kinds)
    target = lab.scan(server=server, args=["--facts"]).scanned()
    facts = target["facts"]["ssh_protocol"]
    seen = audit(server.port)
    assert_same_lists(facts, seen)
    assert_known(target["findings"])
    assert_fingerprint(facts, seen, server)
    sizes = {e["algorithm"]: e["keysize"] for e in seen["key"] if e.get("keysize")}
    if facts["host_key_type"] == "ssh-rsa":
        assert facts["host_key_bits"] in sizes.values()


def per_connection(lab, command):
    """A server that serves standard input and output, started anew for each connection."""
    def serve(connection, _number):
        process = subprocess.Popen(command, stdin=connection, stdout=connection, stderr=subprocess.DEVNULL)
        try:
            process.wait(60)
        finally:
            process.kill()
            process.wait()
    return lab.listener(serve)


def dropbear(lab, kind):
    key = lab.folder / f"dropbear-{kind}"
    subprocess.run(["dropbearkey", "-t", kind, "-f", key], check=True, capture_output=True)
    return per_connection(lab, ["dropbear", "-i", "-r", str(key)])


def tinyssh(lab):
    keys = lab.folder / "tinyssh"
    subprocess.run(["tinysshd-makekey", str(keys)], check=True, capture_output=True)
    return per_connection(lab, ["tinysshd", "-q", str(keys)])


OTHERS = [
    ("Dropbear, Ed25519", "dropbear", lambda lab: dropbear(lab, "ed25519")),
    ("Dropbear, RSA", "dropbear", lambda lab: dropbear(lab, "rsa")),
    ("Dropbear, ECDSA", "dropbear", lambda lab: dropbear(lab, "ecdsa")),
    ("TinySSH", "tinysshd", tinyssh),
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


@pytest.mark.parametrize("tool, start", [row[1:] for row in OTHERS], ids=[row[0] for row in OTHERS])
def test_others(lab, tool, start):
    """Nobody need log in to these: what they say is read off the wire and evaluated as evidence."""
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")  # tinysshd is left out of scripts/setup: its package listens on port 22 at once
    server = start(lab)
    path = lab.write("seen.evidence", evidence(*listen_to(server.port)))
    run = subprocess.run([workshop.program(), "evaluate", path, "--facts", "--format", "json"], capture_output=True, text=True,
                         env=lab.environment({}), timeout=60)
    assert run.stderr == ""
    [target] = json.loads(run.stdout)["targets"]
    assert_same_lists(target["facts"]["ssh_protocol"], audit(server.port))
    assert_known(target["findings"])
    assert "openssh_version" not in target["facts"]["ssh_protocol"]

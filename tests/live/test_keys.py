"""Client keys: every type in every format, encrypted and not, and how RSA keys sign."""
import os
import re
import shutil
import subprocess

import pytest

KINDS = ["ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa-2048", "rsa-3072"]


@pytest.fixture(scope="module")
def doorman(shared):
    """A server that knows one key of each kind."""
    return shared.quick_server("LogLevel DEBUG1", authorized=[shared.key(kind) for kind in KINDS])


def in_form(lab, kind, form, passphrase):
    """A copy of the shared key of that kind in another format. ssh-keygen has no other format for Ed25519 than its own."""
    copy = lab.folder / f"copy-{kind}-{form}"
    shutil.copy(lab.key(kind), copy)
    if kind == "ed25519" and form != "OpenSSH":
        return pkcs8_of_ed25519(lab, copy, passphrase)
    command = ["ssh-keygen", "-q", "-p", "-f", copy, "-P", "", "-N", passphrase]
    subprocess.run(command + (["-m", form] if form != "OpenSSH" else []), check=True, stdout=subprocess.DEVNULL)
    return copy


def pkcs8_of_ed25519(lab, path, passphrase):
    from cryptography.hazmat.primitives import serialization
    key = serialization.load_ssh_private_key(path.read_bytes(), None)
    lock = serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
    text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)
    return lab.write("key", text)


def passphrase_fd(text):
    read, write = os.pipe()
    os.write(write, text.encode() + b"\n")
    os.close(write)
    return read


def scan_with(lab, server, key, passphrase):
    if not passphrase:
        return lab.scan(server=server, key=key)
    fd = passphrase_fd(passphrase)
    try:
        return lab.scan(server=server, key=key, args=["--passphrase-fd", str(fd)], pass_fds=[fd])
    finally:
        os.close(fd)


@pytest.mark.parametrize("passphrase", ["", "correct horse, battery"], ids=["plain", "encrypted"])
@pytest.mark.parametrize("form", ["OpenSSH", "PEM", "PKCS8"])
@pytest.mark.parametrize("kind", KINDS)
def test_login(lab, doorman, kind, form, passphrase):
    logins = doorman.logins()
    run = scan_with(lab, doorman, in_form(lab, kind, form, passphrase), passphrase)
    run.scanned()
    assert doorman.logins() == logins + 1


@pytest.mark.parametrize("kind", KINDS)
def test_strongest_signature(lab, kind):
    """An RSA key signs with SHA-512 where the server takes it; one key is offered once and no other method is tried."""
    server = lab.quick_server("LogLevel DEBUG1", authorized=lab.key(kind))
    lab.scan(server=server, key=lab.key(kind)).scanned()
    expected = {"ed25519": "ssh-ed25519", "ecdsa": f"ecdsa-sha2-nistp{kind[-3:]}", "rsa": "rsa-sha2-512"}[kind.split("-")[0]]
    assert re.findall(r"publickey test pkalg (\S+)", server.settled_log()) == [expected]
    assert server.methods() == ["publickey", "publickey"]


def test_sha256_where_sha512_is_refused(lab):
    server = lab.python_server(lambda channel: channel.sendall(lab.evidence().read_bytes()), signatures=["rsa-sha2-256"])
    run = lab.scan(server.target, server=server, key=lab.key("rsa-2048"))
    run.scanned()


def test_wrong_passphrase(lab, doorman):
    connections = doorman.connections()
    run = scan_with(lab, doorman, lab.make_key(passphrase="right"), "wrong")
    assert run.status == 2 and run.report is None
    assert "passphrase" in run.err and "wrong passphrase: wrong" not in run.err
    assert doorman.connections() == connections

"""Servers that allow little: one cipher, one MAC family, one key exchange, one host key algorithm."""
import re

import pytest

ETM = "MACs hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com"
NARROW = [
    ("only ETM MACs", f"{ETM}\nCiphers aes256-ctr,aes128-ctr"),
    ("only ETM MACs, SHA-512", "MACs hmac-sha2-512-etm@openssh.com\nCiphers aes192-ctr"),
    ("only plain MACs", "MACs hmac-sha2-256\nCiphers aes256-ctr"),
    ("only AEAD ciphers", f"Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com\n{ETM}"),
    ("only chacha20-poly1305", "Ciphers chacha20-poly1305@openssh.com"),
    ("only aes256-gcm", "Ciphers aes256-gcm@openssh.com"),
    ("only aes128-gcm", "Ciphers aes128-gcm@openssh.com"),
    ("AEAD and a MAC nobody has", "Ciphers aes256-gcm@openssh.com\nMACs umac-64@openssh.com"),
    ("only curve25519", "KexAlgorithms curve25519-sha256"),
    ("only curve25519 by its old name", "KexAlgorithms curve25519-sha256@libssh.org"),
    ("only nistp256", "KexAlgorithms ecdh-sha2-nistp256"),
    ("only nistp384", "KexAlgorithms ecdh-sha2-nistp384"),
    ("only nistp521", "KexAlgorithms ecdh-sha2-nistp521"),
    ("only group 14", "KexAlgorithms diffie-hellman-group14-sha256"),
    ("only group 16", "KexAlgorithms diffie-hellman-group16-sha512"),
    ("only group 18", "KexAlgorithms diffie-hellman-group18-sha512"),
    ("only group exchange", "KexAlgorithms diffie-hellman-group-exchange-sha256"),
    ("no compression", "Compression no"),
    ("rekeys all the time", "RekeyLimit 16K"),
    ("guide for hardened servers", f"KexAlgorithms curve25519-sha256,diffie-hellman-group18-sha512\nCiphers aes256-gcm@openssh.com\n{ETM}\n"
                                   "HostKeyAlgorithms ssh-ed25519\nPubkeyAcceptedAlgorithms ssh-ed25519\nMaxAuthTries 1\nMaxSessions 1\n"
                                   "AllowTcpForwarding no\nDisableForwarding yes\nPermitTTY no\nLoginGraceTime 10"),
]


# libssh2 1.11.1 does not release the server's public key after a key exchange over a NIST curve (_libssh2_ecdh_gen_k() in openssl.c); that
# memory is OpenSSL's, out of reach of a session's own allocator.
NO_LEAKS = {"ASAN_OPTIONS": "detect_leaks=0"}


@pytest.mark.parametrize("config", [row[1] for row in NARROW], ids=[row[0] for row in NARROW])
def test_narrow_server(lab, config):
    server = lab.quick_server(config)
    run = lab.scan(server=server, env=NO_LEAKS if "nistp" in config else {})
    run.scanned()
    assert server.connections() == server.logins() == 1


HOST_KEYS = [
    ("ed25519", "ssh-ed25519"), ("ecdsa-256", "ecdsa-sha2-nistp256"), ("ecdsa-384", "ecdsa-sha2-nistp384"),
    ("ecdsa-521", "ecdsa-sha2-nistp521"), ("rsa-3072", "rsa-sha2-512"), ("rsa-3072", "rsa-sha2-256"),
]


@pytest.mark.parametrize("kind, algorithm", HOST_KEYS, ids=[row[1] for row in HOST_KEYS])
def test_host_key_algorithm(lab, kind, algorithm):
    server = lab.quick_server(f"HostKeyAlgorithms {algorithm}\nLogLevel DEBUG1", host_keys=[kind])
    lab.scan(server=server).scanned()
    assert f"kex: host key algorithm: {algorithm}" in server.settled_log()


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa-256", "ecdsa-384", "rsa-3072"])
def test_known_type_is_asked_for(lab, kind):
    """A server with many keys shows the one that known_hosts has, whatever both sides would rather use."""
    server = lab.quick_server("LogLevel DEBUG1", host_keys=["rsa-3072", "ecdsa-256", "ecdsa-384", "ed25519"])
    known = server.write_known_hosts([lab.host_key(kind)])
    lab.scan(server=server, known_hosts=known).scanned()
    shown = re.findall(r"kex: host key algorithm: (\S+)", server.settled_log())
    assert shown == [{"ed25519": "ssh-ed25519", "rsa-3072": "rsa-sha2-512"}.get(kind, f"ecdsa-sha2-nistp{kind[-3:]}")]


def test_another_implementation(lab):
    """Nothing here depends on OpenSSH."""
    server = lab.python_server(lambda channel: channel.sendall(lab.evidence().read_bytes()))
    run = lab.scan(server.target, server=server)
    run.scanned()
    assert server.count == 1
    assert server.asked == ["exec /bin/sh -s"]

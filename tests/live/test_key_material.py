"""Keys on a host as the collector sees them: what they are, and that no secret byte of any of them leaves it, in whatever state its file is.

Everything lives in a mount namespace with a passwd file of its own.
"""
import base64
import json
import os
import pathlib
import re
import struct
import subprocess
import tempfile
import time

import pytest
import test_collector as script
from test_collector import AS_NOBODY, collector, complete, needs_namespace, needs_strace, run  # noqa: F401 (fixtures)

PASSPHRASE = "canary passphrase 7f3a"
KINDS = [("ed25519", []), ("rsa", ["-b", "2048"]), ("rsa", ["-b", "1024"]), ("ecdsa", ["-b", "256"]), ("ecdsa", ["-b", "521"]), ("dsa", [])]
FORMATS = [("openssh", []), ("openssh", ["-Z", "aes128-cbc"]), ("openssh", ["-Z", "chacha20-poly1305@openssh.com", "-a", "3"]), ("openssh", ["-Z", "aes256-gcm@openssh.com"]),
           ("pem", ["-m", "PEM"]), ("pkcs8", ["-m", "PKCS8"])]
WINDOW = 12


def keygen(*arguments):
    subprocess.run(["ssh-keygen", "-q", *map(str, arguments)], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


class Key:
    """A private key file, its text, and what of it may be told."""

    def __init__(self, folder, number, kind, options, style, flags, passphrase):
        self.path = folder / f"key{number}"
        keygen("-t", kind, *options, *flags, "-N", passphrase, "-C", "x", "-f", self.path)
        self.text = self.path.read_text()
        self.public = self.path.with_suffix(".pub").read_text()
        self.path.with_suffix(".pub").unlink()
        self.encrypted = bool(passphrase)
        self.kind, self.style, self.flags = kind, style, flags
        # ssh-keygen writes Ed25519 in no other format.
        self.format = "openssh" if style == "openssh" or kind == "ed25519" else "pkcs8-encrypted" if style == "pkcs8" and passphrase else "pkcs8" if style == "pkcs8" else \
            {"rsa": "pem-rsa", "dsa": "pem-dsa", "ecdsa": "pem-ec"}[kind]
        clear = folder / "clear"
        clear.write_text(self.text)
        clear.chmod(0o600)
        if passphrase:
            keygen("-p", "-P", passphrase, "-N", "", "-f", clear)
        self.secrets = [body(self.text), body(clear.read_text())]
        self.blob = base64.b64decode(self.public.split()[1])
        clear.unlink()

    def listed(self, folder):
        pub = folder / "listed.pub"
        pub.write_text(self.public)
        words = subprocess.run(["ssh-keygen", "-l", "-f", pub], capture_output=True, text=True, check=True).stdout.split()
        return int(words[0]), words[1]


def body(text):
    lines = [line for line in text.splitlines() if line and not line.startswith("-") and ":" not in line]
    return base64.b64decode("".join(lines))


def windows(data):
    return {data[i:i + WINDOW] for i in range(len(data) - WINDOW + 1)}


class Canary:
    """All runs of bytes that must not be seen, whatever they are written as."""

    def __init__(self, keys):
        self.forbidden = set()
        public = set()
        for key in keys:
            public |= windows(key.blob)
            for secret in key.secrets:
                # What stands in clear in the file may be told.
                end = secret.find(key.blob) + len(key.blob) if key.format == "openssh" and key.blob in secret else 0
                self.forbidden |= windows(secret[end:])
        # The numbers of the public half are in the secret half too; and the start of DER, which is the same in every file of a kind.
        self.forbidden -= public
        self.forbidden = {w for w in self.forbidden if len(set(w)) > 6 and w[1:] not in b"".join(k.blob for k in keys)}
        # Padding, names of types and of curves, object identifiers.
        self.forbidden = {w for w in self.forbidden if not (w.isascii() and w.decode("ascii").isprintable()) and w not in bytes(range(1, 40))
                          and b"\x2a\x86\x48" not in w and b"\x60\x86\x48" not in w and b"nistp" not in w and b"ssh-" not in w and b"ecdsa" not in w and b"sha2" not in w}

    def found(self, data):
        """The runs that are in some bytes, or in what they are when they are taken for hexadecimal or base64."""
        texts = [data]
        for run_ in re.findall(rb"[0-9a-fA-F]{24,}", data):
            texts += [bytes.fromhex((run_[k:])[: len(run_[k:]) // 2 * 2].decode()) for k in (0, 1)]
        for run_ in re.findall(rb"[A-Za-z0-9+/]{16,}", data):
            texts += [base64.b64decode(run_[k:][: len(run_[k:]) // 4 * 4]) for k in range(4)]
        return {w for text in texts for w in windows(text) & self.forbidden} if texts else set()


def make_keys(folder):
    keys = []
    for kind, options in KINDS:
        if kind == "dsa" and "ssh-dss" not in subprocess.run(["ssh", "-Q", "key"], capture_output=True, text=True, check=True).stdout:
            continue
        for style, flags in FORMATS:
            for passphrase in ("", PASSPHRASE):
                if (flags[:1] == ["-Z"] and not passphrase) or (kind == "dsa" and style == "pem" and passphrase):
                    continue
                keys.append(Key(folder, len(keys), kind, options, style, flags, passphrase))
    return keys


def putty(key, rng, private_lines):
    """A .ppk as PuTTY 0.75 writes it, but for the secret half, which is anything."""
    text = base64.b64encode(key.blob).decode()
    public = [text[i:i + 64] for i in range(0, len(text), 64)]
    secret = base64.b64encode(rng.randbytes(48 * private_lines)).decode()
    return "\r\n".join([f"PuTTY-User-Key-File-3: {key.public.split()[0]}", "Encryption: aes256-cbc", "Comment: x", f"Public-Lines: {len(public)}", *public,
                        "Key-Derivation: Argon2id", "Argon2-Memory: 8192", "Argon2-Passes: 13", "Argon2-Parallelism: 1", "Argon2-Salt: 00", f"Private-Lines: {private_lines}",
                        *[secret[i:i + 64] for i in range(0, len(secret), 64)], "Private-MAC: 00", ""]), secret


def damaged(key, rng, count):
    """The file cut, with letters changed, with lengths that reach into the secret half."""
    lines = key.text.splitlines(keepends=True)
    for _ in range(count):
        yield key.text[:rng.randrange(len(key.text))]
        at = rng.randrange(len(lines[0]), min(len(key.text), 500))
        yield key.text[:at] + rng.choice("ABCxyz019+/=\n ") + key.text[at + 1:]
        yield "".join(lines[:1] + lines[1 + rng.randrange(len(lines) - 1):])
    yield key.text.replace("\n", "\r\n")
    yield "some text before\n" + key.text
    yield "".join(lines[:-1])
    yield "".join(lines[1:])
    if key.format == "openssh":
        data = bytearray(body(key.text))
        at = data.find(key.blob) - 4
        for more in (1, 4, 8, 64, 200, 60000):
            for inner in range(at, at + 60):
                if len(data) > inner + 4 and rng.random() < 0.15:
                    changed = bytearray(data)
                    changed[at:at + 4] = struct.pack(">I", len(key.blob) + more)
                    old = struct.unpack(">I", data[inner:inner + 4])[0]
                    changed[inner:inner + 4] = struct.pack(">I", (old + more) & 0xffffffff)
                    yield armored(changed)


def armored(data):
    text = base64.b64encode(bytes(data)).decode()
    return "-----BEGIN OPENSSH PRIVATE KEY-----\n" + "\n".join(text[i:i + 70] for i in range(0, len(text), 70)) + "\n-----END OPENSSH PRIVATE KEY-----\n"


def space(homes, extra=""):
    """Shell that gives the accounts of `homes` ({name: (uid, folder, shell)}) and root a passwd of their own."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sshvet-passwd."))
    (folder / "passwd").write_text("".join(f"{name}:x:{uid}:{uid}::{home}:{shell}\n" for name, (uid, home, shell) in homes.items()))
    return script.PRIVATE_ETC_SSH + f"""
    mount -t tmpfs -o mode=755 none /mnt
    {{ head -n 1 /etc/passwd; cat {folder}/passwd; }} >/mnt/passwd
    rm -r {folder}
    mount --bind /mnt/passwd /etc/passwd
    {{ head -n 1 /etc/shadow; }} >/mnt/shadow
    mount --bind /mnt/shadow /etc/shadow
    {extra}
    """


def evaluate(evidence, folder, *options):
    path = folder / "host.evidence"
    path.write_bytes(evidence)
    journal = folder / f"journal{time.monotonic_ns()}"
    result = subprocess.run([os.environ["SSHVET"], "evaluate", "--facts", "--profile", "strict", "--format", "json", "--journal", journal, *options, path], capture_output=True)
    assert result.returncode in (0, 1, 3), result.stderr
    return json.loads(result.stdout)["targets"][0], journal.read_bytes() + result.stdout + result.stderr


def material(target):
    return target["facts"]["key_material"]


@pytest.fixture(scope="module")
def canary_keys(tmp_path_factory):
    return make_keys(tmp_path_factory.mktemp("keys"))


@needs_namespace
@needs_strace
def test_no_secret_leaves(collector, canary_keys, tmp_path, lab):  # noqa: F811
    keys = canary_keys
    rng = lab.rng
    home = tmp_path / "home"
    ssh = home / ".ssh"
    ssh.mkdir(parents=True)
    broken = tmp_path / "broken" / ".ssh"
    broken.mkdir(parents=True)
    canary = Canary(keys)
    assert len(canary.forbidden) > 20000
    count = 0
    for key in keys:
        (ssh / key.path.name).write_text(key.text)
        assert key.secrets and canary.found(key.text.encode()), f"{key.format}: the search sees nothing in the file itself"
        for number, text in enumerate(damaged(key, rng, 6)):
            (broken / f"{key.path.name}-{number}").write_text(text)
            count += 1
    first = keys[0]
    ppk, secret = putty(first, rng, 3)
    canary.forbidden |= windows(base64.b64decode(secret))
    (ssh / "a.ppk").write_text(ppk)
    (ssh / "b.ppk").write_text(ppk.replace("Public-Lines: ", "Public-Lines: 9"))
    (ssh / "c.ppk").write_text(re.sub("Public-Lines: .*", "Public-Lines: 4", ppk).replace("Private-Lines", "Comment"))
    (ssh / "d.ppk").write_text(ppk.replace("Key-Derivation: Argon2id", secret[:60]))
    # Where public keys are looked for.
    (ssh / "authorized_keys").write_text(first.text + first.public)
    (ssh / "authorized_keys2").write_text(json.dumps({"private": keys[1].text, "public": keys[1].public}) + "\n" + json.dumps(first.text) + "\n")
    (ssh / "config").write_text("ProxyCommand x\n" + first.text)
    (ssh / "key0.pub").write_text(first.text)
    (ssh / "loop").symlink_to(ssh)
    for path in [*ssh.iterdir(), *broken.iterdir()]:
        if not path.is_symlink():
            path.chmod(0o600)
    os.chown(ssh, 12345, 12345)
    extra = f"cp {ssh}/key0 /etc/ssh/trusted; cp {ssh}/key1 /etc/ssh/x.pub; echo 'TrustedUserCAKeys /etc/ssh/trusted' >>/etc/ssh/sshd_config"
    out = tmp_path / "trace"
    before = script.in_namespace(space({"canary": (12345, home, "/bin/sh"), "broken": (12346, broken.parent, "/bin/sh")}, extra)) + ["strace", "-f", "-qq", "-s", "100000", "-v", "-e", "trace=execve", "-o", str(out)]
    result = run(collector, before=before)
    sections = complete(result)
    assert all(s[3] == 0 for s in sections if s[0].startswith("key_material.")), [s for s in sections if s[3] != 0]
    assert not canary.found(result.stdout) and not canary.found(result.stderr)
    trace = re.sub(rb'"[^"]*function percent[^"]*(\\"[^"]*)*"', b"", out.read_bytes())
    assert not canary.found(trace)
    assert PASSPHRASE.encode() not in trace
    target, everything = evaluate(result.stdout, tmp_path)
    assert not canary.found(everything)
    private = {item["path"]: item for item in material(target)["private"]}
    assert len(private) > count * 0.6
    for key in keys:
        item = private[str(ssh / key.path.name)]
        assert (item["format"], item["encrypted"]) == (key.format, key.encrypted), item
        if key.format == "openssh" or not key.encrypted:
            assert (item["bits"], item["fingerprint"]) == key.listed(tmp_path), item
            assert item["public_from"] == ("file" if key.format == "openssh" else "derived")
        if key.format == "openssh":
            assert item["cipher"] == ("none" if not key.encrypted else key.flags[1] if "-Z" in key.flags else "aes256-ctr"), item
            # ssh-keygen's default was 16 and is 24 in newer releases.
            assert item.get("rounds") in ([None] if not key.encrypted else [3] if "3" in key.flags else [16, 24]), item
        elif key.format == "pkcs8-encrypted":
            assert item["cipher"].startswith("aes") and item["kdf"] == "pbkdf2" and item["rounds"] >= 1000, item
        elif key.encrypted:
            assert item["cipher"].startswith("AES-") and item["kdf"] == "md5", item
    assert private[str(ssh / "a.ppk")]["fingerprint"] == first.listed(tmp_path)[1] and private[str(ssh / "a.ppk")]["rounds"] == 13
    for name in "bcd":
        assert private[str(ssh / f"{name}.ppk")].get("fingerprint") in (None, first.listed(tmp_path)[1])
    lines = [item for item in material(target)["authorized"] if item["user"] == "canary"]
    assert [item["fingerprint"] for item in lines if item["state"] == "accepted"] == [first.listed(tmp_path)[1]]
    assert [(item["keyword"], item["line"]) for item in material(target)["client"]] == [("proxycommand", 1)]
    print(f"{len(keys)} keys, {count} damaged, {len(canary.forbidden)} runs of bytes looked for")


ODD = ["a b", "$(id)", "new\nline", "n-", "ä", "x;y", "`id`", "a-", "\x01", "q\"q", "*"]


@needs_namespace
def test_odd_names(collector, tmp_path, lab):  # noqa: F811
    """Files and homes whose names hold anything a path may hold. Names in passwd hold no colon and no newline."""
    public = pathlib.Path(f"{lab.key()}.pub").read_text()
    homes = {}
    for number, name in enumerate(n for n in ODD if "\n" not in n):
        home = tmp_path / f"h{name}"
        (home / ".ssh").mkdir(parents=True)
        (home / ".ssh" / "authorized_keys").write_text(f"# c\n{public}")
        homes[name] = (2000 + number, home, "/bin/sh")
    for name in ODD:
        (tmp_path / "ha b" / ".ssh" / f"k{name}").write_text(pathlib.Path(lab.key()).read_text())
    result = run(collector, before=script.in_namespace(space(homes)))
    target, _ = evaluate(result.stdout, tmp_path)
    lines = material(target)["authorized"]
    assert {item["uid"] for item in lines} == {uid for uid, _, _ in homes.values()}
    assert len(lines) == len(homes) and {item["line"] for item in lines} == {2}
    assert len(material(target)["private"]) == len(ODD) + len(list(pathlib.Path("/etc/ssh").glob("ssh_host_*_key")))


CONFIG = """
AuthorizedKeysFile .ssh/authorized_keys /srv/keys/%u/%%k "/srv/number/%U"
Match User second
    AuthorizedKeysFile %h/only
Match Group third
    AuthorizedKeysFile none
Match Address 192.0.2.0/24
    AuthorizedKeysFile /srv/address
"""


@needs_namespace
def test_files_of_each_account(collector, tmp_path, lab):  # noqa: F811
    public = pathlib.Path(f"{lab.key()}.pub").read_text()
    homes = {name: (3000 + number, tmp_path / name, "/bin/sh") for number, name in enumerate(["first", "second", "third"])}
    for name, (uid, home, _) in homes.items():
        (home / ".ssh").mkdir(parents=True)
        for path in (home / ".ssh" / "authorized_keys", home / "only", tmp_path / "srv" / "keys" / name / "%k", tmp_path / "srv" / "number" / str(uid), tmp_path / "srv" / "address"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(public)
    (tmp_path / "sshd_config").write_text(CONFIG)
    extra = f"cp {tmp_path}/sshd_config /etc/ssh/sshd_config; mount -t tmpfs -o mode=755 none /srv; cp -r {tmp_path}/srv/. /srv; printf 'first:x:3000:\\nsecond:x:3001:\\nthird:x:3002:\\n' >/mnt/group; mount --bind /mnt/group /etc/group"
    target, _ = evaluate(run(collector, before=script.in_namespace(space(homes, extra))).stdout, tmp_path)
    found = {}
    for item in material(target)["authorized"]:
        found.setdefault(item["user"], set()).add(item["path"].replace(str(tmp_path), ""))
    everybody = lambda name, uid: {f"/{name}/.ssh/authorized_keys", f"/srv/keys/{name}/%k", f"/srv/number/{uid}"}  # noqa: E731
    assert found["first"] == everybody("first", 3000) | {"/srv/address"}
    assert found["second"] == {"/second/only"}
    # The first matching line counts: none, so that the address makes no difference.
    assert "third" not in found
    assert not [u for u in material(target).get("unavailable", []) if u["fact"] == "key_material.authorized"]


@needs_namespace
def test_without_root(collector, tmp_path, lab):  # noqa: F811
    target, _ = evaluate(run(collector, before=AS_NOBODY).stdout, tmp_path)
    reasons = {u["fact"]: u["reason"] for u in material(target)["unavailable"]}
    assert reasons["key_material.authorized"] == "privilege" and reasons["key_material.private"] == "privilege"
    assert all(item["fingerprint"] for item in material(target)["host"])


@needs_namespace
def test_a_home_that_hangs(collector, tmp_path, lab):  # noqa: F811
    """find never comes back from one home: that one is said to have taken too long, and the others are there."""
    public = pathlib.Path(f"{lab.key()}.pub").read_text()
    homes = {}
    for number in range(6):
        home = tmp_path / f"home{number}"
        (home / ".ssh").mkdir(parents=True)
        (home / ".ssh" / "authorized_keys").write_text(public)
        homes[f"user{number}"] = (4000 + number, home, "/bin/sh")
    wrapper = tmp_path / "find"
    wrapper.write_text(f'#!/bin/sh\ncase "$*" in *{tmp_path}/home3/*) exec sleep 100 ;; esac\nexec /mnt/find "$@"\n')
    wrapper.chmod(0o755)
    extra = f"cp $(command -v find) /mnt/find; mount --bind {wrapper} $(command -v find)"
    start = time.monotonic()
    target, _ = evaluate(run(collector, before=script.in_namespace(space(homes, extra))).stdout, tmp_path)
    assert time.monotonic() - start < 30
    assert {item["user"] for item in material(target)["authorized"]} == {f"user{n}" for n in (0, 1, 2, 4, 5)}
    wrong = [u for u in material(target)["unavailable"] if u["fact"] == "key_material.authorized"]
    assert wrong and all(u["reason"] == "timeout" for u in wrong) and "user3" in wrong[0]["message"]


@needs_namespace
def test_five_thousand_accounts(collector, tmp_path, lab):  # noqa: F811
    public = pathlib.Path(f"{lab.key()}.pub").read_text()
    homes = {f"u{n}": (10000 + n, f"{tmp_path}/h/u{n}", "/bin/bash") for n in range(5000)}
    for name, (_, home, _) in homes.items():
        os.makedirs(f"{home}/.ssh")
        with open(f"{home}/.ssh/authorized_keys", "w") as f:
            f.write(public)
    start = time.monotonic()
    result = run(collector, before=script.in_namespace(space(homes)))
    seconds = time.monotonic() - start
    target, _ = evaluate(result.stdout, tmp_path)
    assert len(material(target)["authorized"]) == 5000
    print(f"5,000 accounts: {seconds:.1f} s, {len(result.stdout)} bytes")
    assert seconds < 40


@needs_namespace
def test_endless_files_do_not_hide_the_host(collector, tmp_path, lab):  # noqa: F811
    """What many accounts with large files say is cut, and said to be cut; the host is still scanned."""
    public = pathlib.Path(f"{lab.key()}.pub").read_text()
    homes = {}
    for number in range(30):
        ssh = tmp_path / f"home{number}" / ".ssh"
        ssh.mkdir(parents=True)
        (ssh / "authorized_keys").write_text(public * (1000000 // len(public)))
        homes[f"user{number}"] = (6000 + number, ssh.parent, "/bin/sh")
    result = run(collector, before=script.in_namespace(space(homes)))
    assert len(result.stdout) < 6000000
    target, _ = evaluate(result.stdout, tmp_path)
    assert "truncated" in {u["reason"] for u in material(target)["unavailable"] if u["fact"] == "key_material.authorized"}


@needs_namespace
def test_what_is_not_a_file_is_not_opened(collector, tmp_path, lab):  # noqa: F811
    """Pipes, devices, files without end and files of the kernel."""
    ssh = tmp_path / "home" / ".ssh"
    ssh.mkdir(parents=True)
    os.mkfifo(ssh / "authorized_keys")
    os.mkfifo(ssh / "id_rsa")
    (ssh / "id_zero").symlink_to("/dev/zero")
    (ssh / "authorized_keys2").symlink_to("/proc/kmsg")
    (ssh / "shadow").symlink_to("/etc/shadow")
    with open(ssh / "big", "wb") as f:
        f.truncate(1 << 40)
    other = tmp_path / "other" / ".ssh"
    other.mkdir(parents=True)
    with open(other / "authorized_keys", "wb") as f:
        f.truncate(1 << 40)
    (other / "authorized_keys2").symlink_to("/etc/shadow")
    homes = {"one": (5000, ssh.parent, "/bin/sh"), "two": (5001, other.parent, "/bin/sh")}
    start = time.monotonic()
    result = run(collector, before=script.in_namespace(space(homes)))
    assert time.monotonic() - start < 15
    hashes = [line.split(":")[1] for line in pathlib.Path("/etc/shadow").read_text().splitlines() if len(line.split(":")[1]) > 5]
    assert not [h for h in hashes if h.encode() in result.stdout]
    target, _ = evaluate(result.stdout, tmp_path)
    lines = {item["subject"]: item for item in material(target)["authorized"]}
    assert not [s for s in lines if s.startswith("one ")]
    big = [item for s, item in lines.items() if s.startswith("two ") and s.endswith("authorized_keys")]
    assert big and "state" not in big[0] and {u["fact"]: u["reason"] for u in big[0]["unavailable"]}["state"] == "truncated"
    assert all(item["state"] == "ignored" for s, item in lines.items() if "authorized_keys2" in s)

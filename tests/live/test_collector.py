"""The collector itself, without a connection: what it runs, what it leaves alone, and what it says when something is in its way.

COLLECTOR names the assembled script (build/…/checks/collector.sh); without it, SSHVET names the program that prints it.
SSHVET_UPDATE=1 rewrites tests/golden/collector.sh: read the difference before it is committed.
"""
import os
import pathlib
import re
import shutil
import stat
import subprocess
import time
import urllib.parse

import pytest

TESTS = pathlib.Path(__file__).resolve().parent.parent
GOLDEN = TESTS / "golden" / "collector.sh"
SHELLS = ["dash", "bash", "busybox sh", "mksh", "ksh93", "zsh --emulate sh"]
NAME, UID = "sshvettest", 64999  # an account that exists in namespaces of these tests only
ALWAYS = {"collector", "host.uname", "host.openssh", "sshd_config.file", "accounts.passwd", "accounts.group", "accounts.shadow", "accounts.done", "keys.folder", "keys.login", "keys.done", "key_material.clock", "key_material.done", "firewall.kernel", "firewall.done"}


def can_unshare():
    return os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL).returncode == 0


def has_strace():
    return shutil.which("strace") and subprocess.run(["strace", "-o", "/dev/null", "true"], stderr=subprocess.DEVNULL).returncode == 0


needs_namespace = pytest.mark.skipif(not can_unshare(), reason="needs root and mount namespaces")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
needs_strace = pytest.mark.skipif(not has_strace(), reason="strace is not installed or may not trace")


@pytest.fixture(scope="session")
def collector():
    if "COLLECTOR" in os.environ:
        return pathlib.Path(os.environ["COLLECTOR"]).read_bytes()
    if "SSHVET" not in os.environ:
        pytest.skip("neither COLLECTOR nor SSHVET is set")
    return subprocess.run([os.environ["SSHVET"], "collector"], check=True, stdout=subprocess.PIPE).stdout


def shell_command(name):
    if not shutil.which(name.split()[0]):
        pytest.skip(f"{name} is not installed")
    return name.split()


def parse(evidence):
    """[(name, arguments, body, status)], and whether it is complete. Strict: anything out of place is a failed assertion."""
    first, rest = evidence.split(b"\n", 1)
    assert re.fullmatch(rb"sshvet-evidence 1 [0-9a-f]{32}", first), first
    nonce = first.split()[2]
    sections = []
    while rest.startswith(nonce + b" begin "):
        head, rest = rest.split(b"\n", 1)
        words = head.decode().split(" ")[2:]
        tail = b"\n" + nonce + b" end " + words[0].encode() + b" "
        assert tail in b"\n" + rest, f"{words[0]} does not end"
        body, rest = rest.split(tail, 1)
        status, rest = rest.split(b"\n", 1)
        args = dict(word.split("=", 1) for word in words[1:])
        sections.append((words[0], {k: urllib.parse.unquote(v, errors="surrogateescape") for k, v in args.items()}, body, int(status)))
    assert rest in (b"", nonce + b" done\n"), rest[:200]
    return sections, rest != b""


def one(sections, name, **args):
    found = [s for s in sections if s[0] == name and all(s[1].get(k) == v for k, v in args.items())]
    assert len(found) == 1, (name, args, found)
    return found[0]


def normal(evidence):
    evidence = evidence.replace(evidence.split(b"\n", 1)[0].split()[2], b"NONCE")
    return re.sub(rb"(begin key_material.clock [^\n]*\n)\d+", rb"\1NOW", evidence)


def run(script, argument="none", shell=("sh",), before=(), **more):
    return subprocess.run([*before, *shell, "-s", argument], input=script, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, **more)


def complete(result):
    assert result.returncode == 0, result.stderr
    sections, done = parse(result.stdout)
    assert done
    assert ALWAYS <= {s[0] for s in sections}
    return sections


def in_namespace(setup):
    """A prefix that runs a command where `setup` (shell) was done in a mount namespace of its own, and where no sshd of this machine is seen."""
    return ["unshare", "-m", "--propagation", "private", "--pid", "--fork", "--mount-proc", "sh", "-ec", setup + '\nexec "$@"', "sh"]


AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env", "HOME=/nonexistent"]
AS_TEST = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "env", f"HOME=/tmp/{NAME}"]
ACCOUNT = f"""
mount -t tmpfs none /tmp
cp /etc/passwd /tmp/passwd; echo "{NAME}:x:{UID}:{UID}::/tmp/{NAME}:/bin/sh" >>/tmp/passwd; mount --bind /tmp/passwd /etc/passwd
cp /etc/group /tmp/group; echo "{NAME}:x:{UID}:" >>/tmp/group; mount --bind /tmp/group /etc/group
cp -p /etc/shadow /tmp/shadow; echo "{NAME}:*:19000:0:99999:7:::" >>/tmp/shadow; mount --bind /tmp/shadow /etc/shadow
mkdir -p /tmp/{NAME}/.ssh; echo key >/tmp/{NAME}/.ssh/authorized_keys; chmod 700 /tmp/{NAME}/.ssh; chown -R {UID}:{UID} /tmp/{NAME}
"""
PRIVATE_ETC_SSH = """
mkdir -p /run/sshd
mount -t tmpfs -o mode=755 none /mnt
cp -a /etc/ssh/. /mnt/
mount --move /mnt /etc/ssh
"""


def test_golden(collector):
    if os.environ.get("SSHVET_UPDATE"):
        GOLDEN.write_bytes(collector)
    assert collector == GOLDEN.read_bytes(), "what runs on targets has changed: SSHVET_UPDATE=1 accepts it"


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_says_the_same(collector, shell):
    result = run(collector, shell=shell_command(shell))
    assert result.stderr == b""
    complete(result)
    reference = run(collector, shell=["dash"] if shutil.which("dash") else ["sh"])
    assert normal(result.stdout) == normal(reference.stdout)


@pytest.mark.parametrize("shell", SHELLS)
def test_cut_short_it_runs_nothing(collector, shell):
    command = shell_command(shell)
    end = len(collector.rstrip(b"\n"))
    quote = collector.rindex(b"\n'\n") - 2
    cuts = set(range(1, end, 397)) | set(range(quote - 5, quote + 40)) | set(range(end - 40, end))
    cuts |= {m.start() for m in re.finditer(rb"\n", collector[:end]) if m.start() > quote}
    for cut in sorted(cuts):
        result = run(collector[:cut], shell=command)
        assert result.stdout == b"", f"cut at {cut}"


def test_unknown_argument(collector):
    result = run(collector, "everything; id")
    assert (result.returncode, result.stdout) == (2, b"sshvet-evidence 1 error bad-argument\n")


def test_size_and_time(collector):
    start = time.monotonic()
    result = run(collector)
    assert time.monotonic() - start < 5
    assert len(result.stdout) < 60000
    assert len(collector) < 96000


def test_standard_input_is_not_eaten(collector):
    result = run(collector + b"\necho it came to the next line\n")
    assert b"next line" not in result.stdout  # it ends itself


CHANGES = {
    "creat", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat",
    "mknod", "mknodat", "chmod", "fchmod", "fchmodat", "chown", "fchown", "lchown", "fchownat", "truncate", "ftruncate", "utime", "utimes",
    "utimensat", "futimesat", "setxattr", "lsetxattr", "fsetxattr", "removexattr", "mount", "umount2", "swapon", "init_module", "finit_module",
    "delete_module", "kexec_load", "reboot", "sethostname", "settimeofday", "clock_settime", "bpf", "memfd_create", "flock",
}


def changes(trace):
    """Lines of a trace that change something, or run what might."""
    found = []
    for line in trace.splitlines():
        call = re.match(r"\d+\s+(\w+)\((.*)", line)
        if not call:
            continue
        name, rest = call.groups()
        if name in CHANGES:
            found.append(line)
        if name in ("open", "openat", "openat2") and re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND|O_TMPFILE", rest):
            if not re.search(r'"/dev/(null|tty)"', rest):
                found.append(line)
        if name == "execve" and re.search(r'"[^"]*/(modprobe|insmod|kmod|sudo|doas|tee|touch|cp|mv|rm|ln|install)"', rest) and " = 0" in rest:
            found.append(line)
    return found


def trace(collector, tmp_path, before=(), shell=("dash",), argument="none"):
    out = tmp_path / "trace"
    out.touch(0o666)
    out.chmod(0o666)
    result = run(collector, argument, shell=shell, before=[*before, "strace", "-f", "-qq", "-o", str(out)])
    complete(result)
    text = out.read_text(errors="replace")
    assert text.count("execve(") > 10, "the trace is not one of the collector"
    return text


@needs_strace
@pytest.mark.parametrize("shell", SHELLS)
def test_it_changes_nothing_as_root(collector, tmp_path, shell):
    if os.geteuid() != 0:
        pytest.skip("needs root")
    assert changes(trace(collector, tmp_path, shell=shell_command(shell))) == []


@needs_strace
@pytest.mark.parametrize("shell", SHELLS)
def test_it_changes_nothing_as_an_ordinary_user(collector, tmp_path, shell):
    before = []
    if os.geteuid() == 0:
        before = AS_NOBODY
        for folder in [tmp_path, *tmp_path.parents][:3]:
            folder.chmod(0o755)
    assert changes(trace(collector, tmp_path, before=before, shell=shell_command(shell))) == []


def test_the_trace_is_read_right():
    """The filter above must see what it is there for."""
    assert changes('1 openat(AT_FDCWD, "/tmp/x", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3')
    assert changes('1 execve("/usr/sbin/modprobe", ["modprobe", "-q", "ip_tables"], 0x7ffd /* 9 vars */) = 0')
    assert changes('1 finit_module(3, "", 0) = 0')
    assert changes('1 chmod("/etc/x", 0600) = 0')
    assert not changes('1 openat(AT_FDCWD, "/dev/null", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3')
    assert not changes('1 openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3')


@needs_namespace
@pytest.mark.parametrize("shell", SHELLS)
def test_everything_read_only(collector, shell):
    """With every file system read-only the evidence is the same: nothing depended on writing."""
    setup = """
    while read -r device folder rest; do
        folder=$(printf "%b" "$folder")
        mount -o remount,bind,ro "$folder" 2>/dev/null || true
    done </proc/self/mounts
    if touch /tmp/sshvet-probe 2>/dev/null; then echo "the file system is not read-only" >&2; exit 9; fi
    """
    command = shell_command(shell)
    sections = complete(run(collector, shell=command, before=in_namespace(setup)))
    writable = complete(run(collector, shell=command))
    names = [(s[0], s[3]) for s in writable]
    assert [(s[0], s[3]) for s in sections] == names


@needs_namespace
def test_unlistable_drop_ins_are_not_absent(collector):
    setup = PRIVATE_ETC_SSH + "chmod 700 /etc/ssh/sshd_config.d; echo 'PermitRootLogin yes' >/etc/ssh/sshd_config.d/x.conf"
    include = one(complete(run(collector, before=in_namespace(setup) + AS_NOBODY)), "sshd_config.include")
    assert include[1]["folder"] == "unlistable" and include[3] == 1
    include = one(complete(run(collector, before=in_namespace(setup))), "sshd_config.include")
    assert include[1]["folder"] == "listed" and include[3] == 0
    assert include[2] == b"/etc/ssh/sshd_config.d/x.conf\n"
    setup = PRIVATE_ETC_SSH + "rmdir /etc/ssh/sshd_config.d"
    include = one(complete(run(collector, before=in_namespace(setup) + AS_NOBODY)), "sshd_config.include")
    assert include[1]["folder"] == "absent" and include[3] == 0


@needs_namespace
def test_what_is_absent_for_certain(collector):
    """No home, hence no keys: told from a home that may not be searched."""
    for setup, state in (("true", "absent"), ("mkdir -m 755 /tmp/there", "absent"), ("mkdir -m 700 /tmp/there", "unlistable")):
        before = in_namespace("mount -t tmpfs none /tmp\n" + setup) + AS_NOBODY[:-1] + ["HOME=/tmp/there"]
        folder = one(complete(run(collector, before=before)), "keys.folder", kind="login")
        assert (folder[1]["folder"], folder[3]) == (state, int(state == "unlistable"))


@needs_namespace
def test_unreadable_file_and_folder(collector):
    setup = PRIVATE_ETC_SSH + "chmod 600 /etc/ssh/sshd_config"
    sections = complete(run(collector, before=in_namespace(setup) + AS_NOBODY))
    assert one(sections, "sshd_config.file")[3] == 1
    setup = PRIVATE_ETC_SSH + "chmod 711 /etc/ssh"
    sections = complete(run(collector, before=in_namespace(setup) + AS_NOBODY))
    assert one(sections, "keys.folder", path="/etc/ssh")[3] == 1


HOSTILE = ["a b.conf", "$(echo x).conf", "`id`.conf", "-n.conf", "*.conf", "new\nline.conf", "%41.conf", "\"q\".conf", "sp;cmd&.conf", "ä\udcff.conf", "\\n.conf"]


@needs_namespace
@pytest.mark.parametrize("shell", SHELLS)
def test_hostile_file_names(collector, shell, tmp_path):
    for number, name in enumerate(HOSTILE):
        (tmp_path / name).write_text(f"# file {number}\n")
    setup = PRIVATE_ETC_SSH + f"mount --bind {tmp_path} /etc/ssh/sshd_config.d"
    sections = complete(run(collector, shell=shell_command(shell), before=in_namespace(setup)))
    paths = [f"/etc/ssh/sshd_config.d/{name}" for name in HOSTILE]
    for number, path in enumerate(paths):
        assert one(sections, "sshd_config.file", path=path)[2] == f"# file {number}\n".encode()
        assert one(sections, "keys.file", path=path)[3] == 0
    listed = one(sections, "sshd_config.include")[2].decode().splitlines()
    listed = [urllib.parse.unquote(line, errors="surrogateescape") for line in listed]
    assert sorted(listed, key=os.fsencode) == listed and sorted(listed) == sorted(paths)


@needs_namespace
def test_includes_are_followed_once(collector):
    setup = PRIVATE_ETC_SSH + r"""
    printf 'Include "/etc/ssh/a.conf"   b.conf\n  include=c.conf # not this: d.conf\r\nInclude x\\*.conf\n' >/etc/ssh/sshd_config
    printf 'Include /etc/ssh/a.conf\nInclude sub/*.conf\n' >/etc/ssh/a.conf
    mkdir /etc/ssh/sub; echo Port 22 >/etc/ssh/sub/1.conf; echo Port 23 >/etc/ssh/sub/2.conf; touch /etc/ssh/b.conf /etc/ssh/c.conf
    """
    sections = complete(run(collector, before=in_namespace(setup)))
    paths = [s[1]["path"] for s in sections if s[0] == "sshd_config.file"]
    assert paths == [f"/etc/ssh/{p}" for p in ("sshd_config", "a.conf", "b.conf", "c.conf", "sub/1.conf", "sub/2.conf")]
    patterns = {s[1]["pattern"]: s[1]["folder"] for s in sections if s[0] == "sshd_config.include"}
    assert patterns["/etc/ssh/x\\*.conf"] == "unsupported" and "/etc/ssh/d.conf" not in patterns


@needs_namespace
def test_too_large_a_file_is_cut_at_its_limit(collector):
    setup = PRIVATE_ETC_SSH + "{ cat /etc/ssh/sshd_config; head -c 400000 /dev/zero | tr '\\0' '#'; } >/etc/ssh/big; mv /etc/ssh/big /etc/ssh/sshd_config"
    section = one(complete(run(collector, before=in_namespace(setup))), "sshd_config.file")
    assert len(section[2]) == int(section[1]["limit"]) == 262144


STUCK = PRIVATE_ETC_SSH + """
printf '#!/bin/sh\\ncase $1 in -T) exec sleep 60 ;; -G) echo no >&2; exit 1 ;; *) echo OpenSSH_9.9p1 >&2; exit 1 ;; esac\\n' >/etc/ssh/stuck
chmod 755 /etc/ssh/stuck
mount --bind /etc/ssh/stuck /usr/sbin/sshd
"""


@needs_namespace
@pytest.mark.parametrize("tool", ["timeout", "watcher"])
def test_a_stuck_command_is_ended(collector, tool):
    setup = STUCK + ("mount --bind /bin/false /usr/bin/timeout\n" if tool == "watcher" else "")
    start = time.monotonic()
    dump = one(complete(run(collector, before=in_namespace(setup))), "sshd_config.dump")
    assert dump[3] == 124 and time.monotonic() - start < 20


@needs_namespace
def test_no_random_numbers_no_evidence(collector):
    result = run(collector, before=in_namespace("mount --bind /dev/null /dev/urandom"))
    assert (result.returncode, result.stdout) == (2, b"sshvet-evidence 1 error no-nonce\n")


def become(tool):
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")


SUDOERS = "mount -t tmpfs -o mode=755 none /etc/sudoers.d\necho '%s' >/etc/sudoers.d/test; chmod 440 /etc/sudoers.d/test\n"


@needs_namespace
@pytest.mark.parametrize("argument", ["auto", "sudo"])
def test_sudo(collector, argument):
    become("sudo")
    setup = ACCOUNT + SUDOERS % f"{NAME} ALL=(root) NOPASSWD: ALL"
    sections = complete(run(collector, argument, before=in_namespace(setup) + AS_TEST))
    args = one(sections, "collector")[1]
    assert (args["uid"], args["user"], args["login"], args["become"], args["become_error"]) == ("0", "root", NAME, "sudo", "")
    assert one(sections, "keys.login")[1]["home"] == f"/tmp/{NAME}"
    keys = one(sections, "keys.file", path=f"/tmp/{NAME}/.ssh/authorized_keys")
    assert keys[1]["kind"] == "login_authorized_keys" and keys[2].endswith(f"{NAME}:{NAME}\n".encode())


@needs_namespace
def test_sudo_refuses(collector):
    become("sudo")
    setup = ACCOUNT + SUDOERS % f"{NAME} ALL=(root) ALL"
    args = one(complete(run(collector, "auto", before=in_namespace(setup) + AS_TEST)), "collector")[1]
    assert (args["uid"], args["user"], args["become"]) == (str(UID), NAME, "none")
    assert "password is required" in args["become_error"]


@needs_namespace
@pytest.mark.parametrize("argument", ["none", "sudo"])
def test_sudo_is_tried_only_when_asked_for(collector, argument):
    become("sudo")
    setup = ACCOUNT + SUDOERS % "root ALL=(ALL:ALL) ALL"
    args = one(complete(run(collector, argument, before=in_namespace(setup) + AS_TEST)), "collector")[1]
    assert args["uid"] == str(UID) and bool(args["become_error"]) == (argument == "sudo")


@needs_namespace
def test_installed_file_is_what_sudo_allows(collector):
    """As a forced command: no argument, standard input is the client's, and sudoers allows this very file only."""
    become("sudo")
    setup = ACCOUNT + 'printf "%s\\n" "$COLLECTOR_TEXT" >/tmp/sshvet-collector; chmod 755 /tmp /tmp/sshvet-collector\n' + SUDOERS % f"{NAME} ALL=(root) NOPASSWD: /tmp/sshvet-collector none"
    environment = {**os.environ, "COLLECTOR_TEXT": collector.decode()}
    result = subprocess.run([*in_namespace(setup), *AS_TEST, "sh", "-c", "/tmp/sshvet-collector"], env=environment, input=b"rm -rf /nowhere\n",
                            capture_output=True, timeout=60)
    args = one(complete(result), "collector")[1]
    assert (args["uid"], args["login"], args["become"]) == ("0", NAME, "sudo")


@needs_namespace
def test_doas(collector):
    become("doas")
    setup = ACCOUNT + "mount -t tmpfs none /mnt; cp -a /etc/. /mnt/; " + f"echo 'permit nopass {NAME}' >/mnt/doas.conf; chmod 400 /mnt/doas.conf; mount --move /mnt /etc\n"
    sections = complete(run(collector, "doas", before=in_namespace(setup) + AS_TEST))
    args = one(sections, "collector")[1]
    assert (args["uid"], args["login"], args["become"]) == ("0", NAME, "doas")
    args = one(complete(run(collector, "auto", before=in_namespace(setup) + AS_TEST)), "collector")[1]
    assert args["become"] in ("doas", "sudo")


RULESETS = [
    ("nft", "nft add table inet f; nft add chain inet f in '{ type filter hook input priority 0; policy drop; }'"),
    ("iptables_save", "iptables-nft -P INPUT DROP; iptables-nft -A INPUT -p tcp --dport 22 -j ACCEPT"),
]


@needs_namespace
@needs_strace
@pytest.mark.parametrize("section,rules", RULESETS)
def test_rulesets_are_listed_and_nothing_is_loaded(collector, tmp_path, section, rules):
    """In a network namespace of its own."""
    probe = subprocess.run(["unshare", "-n", "sh", "-ec", rules], capture_output=True)
    if probe.returncode != 0:
        pytest.skip("the kernel or its tools cannot make this ruleset: " + probe.stderr.decode().strip())
    out = tmp_path / "trace"
    before = ["unshare", "-n", "sh", "-ec", rules + '\nexec "$@"', "sh", "strace", "-f", "-qq", "-o", str(out)]
    sections = complete(run(collector, before=before))
    found = [s for s in sections if s[0] == f"firewall.{section}"]
    assert found and found[0][3] == 0 and (b"drop" in found[0][2].lower())
    assert changes(out.read_text(errors="replace")) == []


@needs_namespace
def test_ordinary_users_are_not_told_that_there_is_no_firewall(collector):
    sections = complete(run(collector, before=AS_NOBODY))
    assert not [s for s in sections if s[0] in ("firewall.nft", "firewall.iptables_save")]
    assert one(sections, "collector")[1]["uid"] == "65534"

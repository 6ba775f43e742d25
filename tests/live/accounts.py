#!/usr/bin/python3
"""
Accounts for the tests of the collector: unshare -m accounts.py SCENE FOLDER COMMAND...

makes them in a mount namespace of its own, with homes on a file system in memory, and runs the command there, its output going to FOLDER/out. Scenes:

    many     5,000 accounts with a .ssh folder each, whose hashed passwords have a canary in them
    strange  names with blanks, newlines, quotes and control characters
    hung     three accounts, one of them on a file system that never answers
    hidden   root is in a directory service that does not list its accounts
    logins   accounts in several groups, with and without a shell, one of them locked and one expired
"""

import ctypes
import os
import pathlib
import subprocess
import sys

CANARY = "CANARYcanaryCANARY"
LOGINS = ["alice", "bob", "carol", "dave", "noshell", "locked", "expired"]
STRANGE = ["plain", "with blank", "new\nline", "quo\"te'", "tab\t", "back\\slash", "\x1b[31mred", "%41", "ünï", "\udcff", "-rf", "$(id)", "*"]


def add(accounts, name, uid, home):
    accounts.append((name, uid, home))


def chown_all(path, uid):
    for folder, _, files in os.walk(path):
        os.chown(folder, uid, uid)
        for name in files:
            os.chown(os.path.join(folder, name), uid, uid, follow_symlinks=False)


def make_home(home, uid, names=("authorized_keys", "known_hosts", "id_ed25519", "id_ed25519.pub", "config")):
    os.makedirs(home + "/.ssh")
    for name in names:
        pathlib.Path(home, ".ssh", name).write_text("")
    chown_all(home, uid)


def many(accounts):
    for number in range(5000):
        add(accounts, "user%d" % number, 10000 + number, "/home/user%d" % number)
        make_home("/home/user%d" % number, 10000 + number)


def strange(accounts):
    for number, name in enumerate(n for n in STRANGE if "\n" not in n):
        add(accounts, "s%d" % number, 10000 + number, "/home/" + name)
        make_home("/home/" + name, 10000 + number, STRANGE)


def hung(accounts):
    """The file system is one whose other end has opened the device and says nothing."""
    for number, name in enumerate(("first", "mute", "last")):
        add(accounts, name, 10000 + number, "/home/%s" % name)
        if name != "mute":
            make_home("/home/" + name, 10000 + number)
    os.mkdir("/home/mute")
    device = os.open("/dev/fuse", os.O_RDWR)
    libc = ctypes.CDLL(None, use_errno=True)
    options = "fd=%d,rootmode=40000,user_id=0,group_id=0" % device
    if libc.mount(b"mute", b"/home/mute", b"fuse", 0, options.encode()) != 0:
        sys.exit(77)


def hidden(accounts):
    """getent as such a service has it answer. What sshvet asks of it alone is to be found."""
    add(accounts, "listed", 10000, "/home/listed")
    make_home("/home/listed", 10000)
    answers = pathlib.Path("/mnt/getent")
    answers.write_text("#!/bin/sh\n[ \"$1\" = passwd ] || exec cat \"/etc/$1\"\n"
                       "case ${2-} in\n'') exec grep -v ^root: /etc/passwd ;;\nroot) echo root:x:0:0::/home/root:/bin/sh ;;\n*) exit 2 ;;\nesac\n")
    answers.chmod(0o755)
    make_home("/home/root", 0)
    os.chmod("/home/root/.ssh", 0o777)
    subprocess.run(["mount", "--bind", str(answers), "/usr/bin/getent"], check=True)


def logins(accounts):
    """A file system of its own at /run is for sshd, which wants a folder there."""
    groups = {"ops": ["alice", "carol"], "develop": ["bob"], "bad": ["carol"]}
    for number, name in enumerate(LOGINS):
        add(accounts, name, 10000 + number, "/home/" + name)
        make_home("/home/" + name, 10000 + number, ())
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "none", "/run"], check=True)
    os.mkdir("/run/sshd")
    shadow = {"locked": "!$y$j9T$%s:19000:0:99999:7:::" % CANARY, "expired": "$y$j9T$%s:19000:0:99999:7::1:" % CANARY}
    return {"passwd": "".join("%s:x:%d:%d::%s:%s\n" % (n, u, u, h, "/usr/sbin/nologin" if n == "noshell" else "/bin/sh") for n, u, h in accounts),
            "group": "".join("%s:x:%d:\n" % a[:2] for a in accounts) + "".join("%s:x:%d:%s\n" % (g, 20000 + n, ",".join(m)) for n, (g, m) in enumerate(groups.items())),
            "shadow": "".join("%s:%s\n" % (n, shadow.get(n, "$y$j9T$" + CANARY + ":19000:0:99999:7:::")) for n, _, _ in accounts)}


def main():
    scene, folder, command = sys.argv[1], sys.argv[2], sys.argv[3:]
    out = os.open(os.path.join(folder, "out"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    for path in ("/home", "/mnt"):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "none", path], check=True)
    accounts = []
    os.umask(0o022)
    texts = {"many": many, "strange": strange, "hung": hung, "hidden": hidden, "logins": logins}[scene](accounts) or {}
    for name, mode, form in (("passwd", 0o644, "{0}:x:{1}:{1}:Some Body:{2}:/bin/sh\n"), ("group", 0o644, "{0}:x:{1}:\n"),
                             ("shadow", 0o640, "{0}:$y$j9T$" + CANARY + ":19000:0:99999:7:::\n")):
        text = pathlib.Path("/etc", name).read_text() + texts.get(name, "".join(form.format(*a) for a in accounts))
        path = pathlib.Path("/mnt", name)
        path.write_bytes(text.encode(errors="surrogateescape"))
        path.chmod(mode)
        subprocess.run(["mount", "--bind", str(path), "/etc/" + name], check=True)
    sys.exit(subprocess.run(command, stdout=out, check=False, pass_fds=()).returncode)


if __name__ == "__main__":
    main()

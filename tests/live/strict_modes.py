#!/usr/bin/python3
"""
Permissions of authorized_keys and of all folders above: is our reading of them sshd's own?

    unshare -m -n strict_modes.py COLLECTOR FOLDER [--seed N] [--states N] [--strict yes|no]

makes an account for each state in mount and network namespaces of its own, lets the real sshd decide on a real login to each, tries as other accounts
whether they could write, runs the collector, and leaves in FOLDER: evidence, and logins.json with {account: {"state", "accepted", "writers"}}. The test
beside it holds both together. Nothing of the machine is changed.
"""

import argparse
import json
import os
import pathlib
import random
import stat
import subprocess
import sys
import time

HOMES = "/mnt/homes"
FILES = {"a": ".ssh/authorized_keys", "b": "/mnt/keys/%u", "c": "/mnt/srv/%U/key", "d": "%h/.keys/100%%/%u"}
FOLDER_MODES = [0o700] * 4 + [0o755] * 3 + [0o711, 0o750, 0o770, 0o775, 0o775, 0o777, 0o1777, 0o2775, 0o757, 0o720, 0o702, 0o500, 0o600, 0o000]
FILE_MODES = [0o600] * 4 + [0o644] * 3 + [0o640, 0o660, 0o664, 0o664, 0o666, 0o620, 0o602, 0o400, 0o000, 0o604, 0o4644, 0o1600]
SELF, ROOT, OTHER = "self", "root", "mallory"
OWNERS = [SELF] * 6 + [ROOT, ROOT, OTHER]
GROUPS = ["own"] * 5 + ["shared", "empty", "mine", "foreign", "unknown", "root"]
GIDS = {"shared": 5001, "empty": 5002, "foreign": 5004, "unknown": 5999, "root": 0}
ATTACKERS = {"mallory": (6001, 5004, []), "sam": (6002, 6002, [5001]), "nobody2": (6003, 6003, [])}


class State:
    """One account, where its key is, and the permissions on the way."""

    def __init__(self, number, rng):
        self.kind = rng.choice("aaaabcd")
        self.name = "%s%04d" % (self.kind, number)
        self.uid = 0 if rng.random() < 0.04 else 10000 + number
        self.gid = rng.choice([20000 + number] * 8 + [5001])
        self.home = "%s/%s/%s" % (HOMES, rng.choice(["plain", "open", "sticky", "group"]), self.name)
        self.linked_home = rng.random() < 0.1
        self.linked_folder = rng.random() < 0.1
        self.linked_file = rng.random() < 0.12
        self.special = rng.choice(["fifo", "folder", "dangling", "none"]) if rng.random() < 0.08 else ""
        self.acl = rng.random() < 0.08
        self.steps = {}  # path: (mode, owner, group)
        self.rng = rng

    def loose(self, count):
        """How many of the steps are not as they should be: most states have one or two faults, or they would all be refused."""
        return self.rng.sample(range(count), min(count, self.rng.choice([0, 0, 1, 1, 1, 2, 3])))


def write(path, text, mode):
    pathlib.Path(path).write_text(text)
    os.chmod(path, mode)


def owner_of(state, word):
    return {SELF: state.uid, ROOT: 0, OTHER: ATTACKERS["mallory"][0]}[word]


def group_of(state, word):
    return {"own": state.gid, "mine": 30000 + int(state.name[1:])}.get(word, GIDS.get(word, 0))


def key_path(state):
    path = FILES[state.kind].replace("%h", state.home).replace("%u", state.name).replace("%U", str(state.uid)).replace("%%", "%")
    return path if path.startswith("/") else state.home + "/" + path


def folder(state, path, linked):
    """A folder, or a link to one elsewhere; what is to get permissions is returned."""
    if os.path.isdir(path):
        return [path]
    if not linked:
        os.mkdir(path)
        return [path]
    real = "/mnt/else/%s-%s" % (state.name, os.path.basename(path))
    os.mkdir(real)
    os.symlink(real, path)
    return [real]


def make_file(state, path, key):
    real = path
    if state.linked_file:
        real = "/mnt/else/%s-file" % state.name
        os.symlink(real, path)
    if state.special == "fifo":
        os.mkfifo(real)
    elif state.special == "folder":
        os.mkdir(real)
    elif state.special in ("dangling", "none"):
        return []
    else:
        write(real, key, 0o600)
    return [real]


def make(state, key):
    """Files first, then permissions from the inside out, so that root's own way is not in question."""
    path = key_path(state)
    steps = folder(state, state.home, state.linked_home)
    inner = os.path.dirname(path)
    if state.kind == "a":
        steps += folder(state, inner, state.linked_folder)
    elif state.kind == "c" or state.kind == "d":
        if not os.path.isdir(os.path.dirname(inner)):
            steps += folder(state, os.path.dirname(inner), False)
        steps += folder(state, inner, state.linked_folder and not os.path.exists(inner))
    if os.path.lexists(path):
        return  # accounts of one number share a file: the first one's permissions stay
    steps += make_file(state, path, key)
    loose = state.loose(len(steps))
    for number, step in enumerate(steps):
        is_folder = os.path.isdir(step)
        mode, who, group = (0o755 if is_folder else 0o600), SELF, "own"
        if number in loose:
            mode = state.rng.choice(FOLDER_MODES if is_folder else FILE_MODES)
            who, group = state.rng.choice(OWNERS), state.rng.choice(GROUPS)
        os.chown(step, owner_of(state, who), group_of(state, group))
        os.chmod(step, mode)
        state.steps[step] = ("%04o" % mode, who, group)
    if state.acl and steps and not state.special:
        subprocess.run(["setfacl", "-m", "u:6003:%s" % state.rng.choice(["r", "rw"]), steps[-1]], check=True)


def accounts(states):
    passwd, group = pathlib.Path("/etc/passwd").read_text(), pathlib.Path("/etc/group").read_text()
    shadow = pathlib.Path("/etc/shadow").read_text()
    for state in states:
        passwd += "%s:x:%d:%d::%s:/bin/sh\n" % (state.name, state.uid, state.gid, state.home)
        shadow += "%s:*:19000:0:99999:7:::\n" % state.name
        if state.gid != 5001:
            group += "%s:x:%d:\n" % (state.name, state.gid)
        group += "m%s:x:%d:%s\n" % (state.name, 30000 + int(state.name[1:]), state.name)
    for name, (uid, gid, _) in ATTACKERS.items():
        passwd += "%s:x:%d:%d::/nonexistent:/bin/sh\n" % (name, uid, gid)
        shadow += "%s:*:19000:0:99999:7:::\n" % name
        if gid != 5004:
            group += "%s:x:%d:\n" % (name, gid)
    group += "shared:x:5001:sam\nempty:x:5002:\nforeign:x:5004:\n"
    for name, text, mode in (("passwd", passwd, 0o644), ("group", group, 0o644), ("shadow", shadow, 0o640)):
        write("/mnt/etc/" + name, text, mode)
        subprocess.run(["mount", "--bind", "/mnt/etc/" + name, "/etc/" + name], check=True)


def prepare(strict):
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "none", "/mnt"], check=True)
    for name, mode in (("etc", 0o755), ("homes", 0o755), ("keys", 0o755), ("srv", 0o755), ("else", 0o755), ("ssh", 0o755)):
        os.mkdir("/mnt/" + name)
        os.chmod("/mnt/" + name, mode)
    for name, mode in (("plain", 0o755), ("open", 0o777), ("sticky", 0o1777), ("group", 0o775)):
        os.mkdir(HOMES + "/" + name)
        os.chmod(HOMES + "/" + name, mode)
    os.chown(HOMES + "/group", 0, 5001)
    write("/mnt/ssh/sshd_config", "ListenAddress 127.0.0.1\nPort 2222\nHostKey /etc/ssh/ssh_host_ed25519_key\nPermitRootLogin yes\nUsePAM no\nUseDNS no\n"
          "StrictModes %s\nMaxStartups 100\nLogLevel VERBOSE\nPasswordAuthentication no\nAuthorizedKeysFile %s\n" % (strict, FILES["a"]) +
          "".join("Match User %s*\n\tAuthorizedKeysFile %s\n" % (k, v) for k, v in FILES.items() if k != "a"), 0o644)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/mnt/ssh/ssh_host_ed25519_key"], check=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/mnt/client"], check=True)
    subprocess.run(["mount", "--bind", "/mnt/ssh", "/etc/ssh"], check=True)
    os.makedirs("/run/sshd", exist_ok=True)
    # From 9.8 on refused keys would be held against the address.
    if subprocess.run(["/usr/sbin/sshd", "-t", "-o", "PerSourcePenalties=no"], capture_output=True, check=False).returncode == 0:
        config = pathlib.Path("/mnt/ssh/sshd_config")
        config.write_text("PerSourcePenalties no\n" + config.read_text())


def login(name):
    """True when the real sshd lets the key in."""
    command = ["ssh", "-F", "none", "-i", "/mnt/client", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o",
               "UserKnownHostsFile=/dev/null", "-o", "PreferredAuthentications=publickey", "-p", "2222", name + "@127.0.0.1", "echo in"]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30, check=False)
    assert b"in\n" == result.stdout or b"Permission denied" in result.stderr, (name, result)
    return result.stdout == b"in\n"


def chains(path):
    """Every file and folder on the way to a path, links and what they lead to: (path, lstat)."""
    found = {}
    todo = [path, os.path.realpath(path)]
    while todo:
        at = todo.pop()
        if at in found:
            continue
        try:
            found[at] = os.lstat(at)
        except OSError:
            continue
        if stat.S_ISLNK(found[at].st_mode):
            todo.append(os.path.realpath(at))
        if at != "/":
            todo.append(os.path.dirname(at))
    return found


def attack(path, found, owner):
    """Whether this process, no longer root, could write the file or put another in its place."""
    me = os.geteuid()
    if me == owner:
        return False
    for at, state in found.items():
        if state.st_uid == me:
            return True
        if stat.S_ISLNK(state.st_mode):
            continue
        if stat.S_ISDIR(state.st_mode):
            if not state.st_mode & stat.S_ISVTX and os.access(at, os.W_OK | os.X_OK, effective_ids=True):
                return True
        elif os.access(at, os.W_OK, effective_ids=True):
            return True
    return False


def attackers(states):
    """{account: who of the others could write}, tried in a process of each attacker."""
    targets = {s.name: (key_path(s), chains(key_path(s)), s.uid) for s in states}
    result = {s.name: [] for s in states}
    for name, (uid, gid, more) in ATTACKERS.items():
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.setgroups(more)
            os.setgid(gid)
            os.setuid(uid)
            able = [n for n, (path, found, owner) in targets.items() if attack(path, found, owner)]
            with os.fdopen(writer, "w") as out:
                json.dump(able, out)
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as answer:
            able = json.load(answer)
        os.waitpid(child, 0)
        for target in able:
            result[target].append(name)
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("collector")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--states", type=int, default=80)
    parser.add_argument("--strict", default="yes")
    options = parser.parse_args()
    script = pathlib.Path(options.collector).read_bytes()
    results = os.open(options.folder, os.O_DIRECTORY)

    os.umask(0o022)
    prepare(options.strict)
    key = pathlib.Path("/mnt/client.pub").read_text()
    rng = random.Random(options.seed)
    states = [State(n, rng) for n in range(options.states)]
    accounts(states)
    for state in states:
        make(state, key)

    sshd = subprocess.Popen(["/usr/sbin/sshd", "-D", "-E", "/mnt/log"])
    try:
        for _ in range(100):
            if os.path.exists("/mnt/log") and b"listening" in pathlib.Path("/mnt/log").read_bytes():
                break
            time.sleep(0.05)
        accepted = {s.name: login(s.name) for s in states}
    finally:
        sshd.kill()
        sshd.wait()
    evidence = subprocess.run(["sh", "-s", "none"], input=script, stdout=subprocess.PIPE, check=True).stdout
    able = attackers(states)
    for name, data in (("evidence", evidence), ("log", pathlib.Path("/mnt/log").read_bytes()), ("logins.json", json.dumps({
            s.name: {"state": [s.home, s.special, s.acl, s.uid, s.gid, s.steps], "accepted": accepted[s.name], "writers": able[s.name]}
            for s in states}, indent=1).encode())):
        out = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644, dir_fd=results)
        os.write(out, data)
        os.close(out)


if __name__ == "__main__":
    sys.exit(main())

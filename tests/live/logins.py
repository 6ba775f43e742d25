#!/usr/bin/python3
"""
Who gets in: logins.py FOLDER SOURCE... in namespaces of its own, in the scene "logins" of accounts.py.

Runs sshd with FOLDER/config, lets FOLDER/collector look at it, and tries a login of every account from every source with FOLDER/key. The
evidence goes to FOLDER/evidence; what came of the logins is printed: a JSON object of "ACCOUNT SOURCE" and whether it got in.
"""
import concurrent.futures
import json
import os
import pathlib
import socket
import subprocess
import sys
import time

import accounts

SSHD = "/usr/sbin/sshd"
PORT = 2222
COMMON = """
Port {port}
HostKey {folder}/host_key
AuthorizedKeysFile /mnt/key.pub
StrictModes no
UsePAM no
UseDNS no
MaxStartups 1000
PidFile none
"""


def prepare(folder, sources):
    for command in (["ip", "link", "set", "lo", "up"], *(["ip", "addr", "add", f"{source}/32", "dev", "lo"] for source in sources)):
        subprocess.run(command, check=True)
    pathlib.Path("/mnt/key.pub").write_bytes((folder / "key.pub").read_bytes())  # every account can read it there
    text = COMMON.format(port=PORT, folder=folder)
    (folder / "penalties").write_text(text + "PerSourcePenalties no\n")  # 9.8 and later would hold the tries against the address
    if subprocess.run([SSHD, "-t", "-f", folder / "penalties"], capture_output=True).returncode == 0:
        text += "PerSourcePenalties no\n"
    (folder / "sshd_config").write_text(text + (folder / "config").read_text())


def serve(folder):
    process = subprocess.Popen([SSHD, "-D", "-f", folder / "sshd_config", "-E", folder / "log"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    for _ in range(500):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", PORT)) == 0:
                return process
        time.sleep(0.02)
    sys.exit((folder / "log").read_text())


def try_login(folder, name, source):
    """An account without a shell is let in and then told to leave: only 255 means that it was not."""
    done = subprocess.run(["ssh", "-F", "none", "-b", source, "-p", str(PORT), "-i", folder / "key", "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none",
                           "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", f"{name}@{source}", "exit 3"],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    if done.returncode == 255 and b"Permission denied" not in done.stderr:
        sys.exit(f"{name} from {source}: {done.stderr.decode(errors='replace')}")
    return done.returncode != 255


def main():
    folder, sources = pathlib.Path(sys.argv[1]), sys.argv[2:]
    prepare(folder, sources)
    process = serve(folder)
    with open(folder / "collector", "rb") as script, open(folder / "evidence", "wb") as evidence:
        subprocess.run(["sh", "-s", "none"], stdin=script, stdout=evidence, check=True)
    tries = [(name, source) for name in ["root", *accounts.LOGINS] for source in sources]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        came_in = list(pool.map(lambda t: try_login(folder, *t), tries))
    print(json.dumps({f"{name} {source}": got for (name, source), got in zip(tries, came_in)}))
    process.terminate()
    process.wait()


if __name__ == "__main__":
    os.umask(0o022)
    main()

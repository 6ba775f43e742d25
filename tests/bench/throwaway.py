"""A throw-away sshd on every address of 127.0.0.0/8, with keys of its own. Works as root and as an ordinary user."""

import os
import pwd
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time

SSHD = "/usr/sbin/sshd"  # it insists on an absolute path

# Newer servers slow down or shut out an address that connects often; older ones do not know the word.
OPTIONAL = ["PerSourcePenalties no"]


MAKE_PEM_KEY = """
import sys
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
key = Ed25519PrivateKey.generate()
with open(sys.argv[1], "wb") as out:
    out.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
with open(sys.argv[1] + ".pub", "wb") as out:
    out.write(key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH) + b" sshvet bench pem\\n")
"""


class Unavailable(Exception):
    """Something this machine lacks, so that nothing can be measured."""


def run(*argv, **options):
    return subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, **options)


def has_locked_password(user):
    """Without PAM the server refuses a locked root, whose key is as good as ever; only root can tell."""
    shadow = subprocess.run(["getent", "shadow", user], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return shadow.stdout.decode().startswith(user + ":!")


class Server:
    """Started when it is made; stop() ends it and removes all it made."""

    def __init__(self):
        for program in ("ssh", "ssh-keygen", SSHD):
            if not shutil.which(program):
                raise Unavailable(f"{program} is not installed")
        self.user = pwd.getpwuid(os.getuid()).pw_name
        self.process = None
        self.made_run_sshd = False
        self.folder = tempfile.mkdtemp(prefix="sshvet-bench.")
        try:
            self._make_keys()
            self._start()
        except BaseException:
            self.stop()
            raise

    def path(self, name):
        return os.path.join(self.folder, name)

    def _make_keys(self):
        for name in ("host", "client", "replay"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "sshvet bench " + name, "-f", self.path(name))
        self._make_pem_key()
        keys = {name: open(self.path(name + ".pub"), encoding="ascii").read() for name in ("client", "replay", "pem")}
        with open(self.path("keys." + self.user), "w", encoding="ascii") as out:  # what one account has, as on most hosts
            out.write(keys["client"])
            out.write(keys["pem"])
            out.write(f'command="exec cat {self.path("recorded")}" {keys["replay"]}')

    def _make_pem_key(self):
        """A key in the format that OpenSSL reads by itself, for libssh2_login.c. In a process of its own, so that this one stays small."""
        run("/usr/bin/python3", "-c", MAKE_PEM_KEY, self.path("pem"))

    def _write_config(self, port, optional):
        lines = [
            f"Port {port}",
            "ListenAddress 0.0.0.0 rdomain lo",  # every loopback address and nothing else
            f'HostKey "{self.path("host")}"',
            "PidFile none",
            f'AuthorizedKeysFile "{self.path("keys.%u")}"',
            "StrictModes no",
            "AuthenticationMethods publickey",
            "PermitRootLogin prohibit-password",
            "UsePAM " + ("yes" if has_locked_password(self.user) else "no"),
            "UseDNS no",
            f"AllowUsers {self.user}",
            "MaxStartups 10000",
            "LogLevel VERBOSE",
            "SetEnv SHLVL=1",  # bash leaves ~/.bashrc alone: what it costs is not what is measured
        ]
        with open(self.path("sshd_config"), "w", encoding="ascii") as out:
            out.write("\n".join(lines + optional) + "\n")

    def _accepts_config(self):
        answer = subprocess.run([SSHD, "-t", "-f", self.path("sshd_config")], stderr=subprocess.PIPE, check=False)
        return answer.returncode == 0, answer.stderr.decode(errors="replace")

    def _start(self):
        if os.getuid() == 0 and not os.path.isdir("/run/sshd"):
            os.mkdir("/run/sshd", 0o755)
            self.made_run_sshd = True
        for _ in range(10):
            port = random.randrange(20000, 32000)  # below the ports that outgoing connections take
            self._write_config(port, OPTIONAL)
            if not self._accepts_config()[0]:
                self._write_config(port, [])
                good, why = self._accepts_config()
                if not good:
                    raise Unavailable("sshd refuses its configuration: " + why.strip())
            if self._try(port):
                self.port = port
                return
        raise Unavailable("sshd does not start: " + self.log().strip())

    def _try(self, port):
        with open(self.path("log"), "wb") as log:
            self.process = subprocess.Popen([SSHD, "-D", "-e", "-f", self.path("sshd_config")], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)
        for _ in range(50):
            if f"Server listening on 0.0.0.0 port {port}" in self.log():
                return True
            if self.process.poll() is not None:
                return False
            time.sleep(0.1)
        self._end_process()
        return False

    def log(self):
        with open(self.path("log"), encoding="utf-8", errors="replace") as log:
            return log.read()

    def connections(self, since):
        """How many connections the log shows after its first `since` characters, and how many were open at most."""
        came = 0
        most = 0
        here = set()
        for line in self.log()[since:].splitlines():
            match = re.search(r"(Connection|Disconnected) from .*?(\d+\.\d+\.\d+\.\d+) port (\d+)", line)
            closed = re.search(r"closed by .*?(\d+\.\d+\.\d+\.\d+) port (\d+)", line)
            if match and match[1] == "Connection":
                came += 1
                here.add((match[2], match[3]))
                most = max(most, len(here))
            elif match:
                here.discard((match[2], match[3]))
            elif closed:
                here.discard((closed[1], closed[2]))
        return came, most

    def settle(self):
        """Wait until the children of the last run are gone, so that they do not take time from the next one."""
        for _ in range(200):
            children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], stdout=subprocess.PIPE, check=False)
            if not children.stdout.strip():
                return
            time.sleep(0.05)

    def known_hosts(self, name, places):
        """Write a known_hosts file with a line for every (address, port) and return its path."""
        key = " ".join(open(self.path("host.pub"), encoding="ascii").read().split()[:2])
        with open(self.path(name), "w", encoding="ascii") as out:
            for address, port in places:
                out.write(f"[{address}]:{port} {key}\n")
        return self.path(name)

    def _end_process(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()
        self.process = None

    def stop(self):
        self._end_process()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.made_run_sshd:
            try:
                os.rmdir("/run/sshd")
            except OSError:
                pass


def addresses(count):
    """`count` different loopback addresses."""
    return [f"127.77.{i // 250}.{i % 250 + 1}" for i in range(count)]

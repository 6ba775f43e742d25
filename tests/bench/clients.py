"""The programs that are measured, each started so that what it costs can be told: CPU time and peak memory come from wait4(2)."""

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"


class Failed(Exception):
    """A client did not do its work, so that its figures mean nothing."""


class Cost:
    """What one or more processes took. `memory` is the highest peak of one process."""

    def __init__(self, cpu=0.0, wall=0.0, memory=0):
        self.cpu = cpu
        self.wall = wall
        self.memory = memory

    def add(self, usage):
        self.cpu += usage.ru_utime + usage.ru_stime
        self.memory = max(self.memory, usage.ru_maxrss * 1024)


def spawn(argv, stdin, stdout, stderr):
    """Start a program without a copy of this one: what happens before it runs would be counted as its own."""
    write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, stdin, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, stdout, write, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, stderr, write, 0o600),
    ]
    return os.posix_spawn(argv[0], argv, os.environ, file_actions=actions)


def wait_for(pid, started):
    """wait4(), but when this program is ended meanwhile, what it started ends, too."""
    try:
        return os.wait4(pid, 0)
    except BaseException:
        for child in started:
            os.kill(child, signal.SIGTERM)
        for child in started:
            os.waitpid(child, 0)
        raise


def last_words(path):
    with open(path, encoding="utf-8", errors="replace") as text:
        return text.read()[-500:].strip()


def run(argv, folder, accepted=(0,), stdin="/dev/null", stdout="/dev/null"):
    """Run one program to its end. ru_maxrss begins with what this process had when it started the other: never too low."""
    stderr = os.path.join(folder, "stderr")
    cost = Cost()
    started = time.monotonic()
    pid = spawn(argv, stdin, stdout, stderr)
    _, status, usage = wait_for(pid, [pid])
    cost.wall = time.monotonic() - started
    cost.add(usage)
    code = os.waitstatus_to_exitcode(status)
    if code not in accepted:
        raise Failed(f"{' '.join(argv[:3])} … ended with status {code}: {last_words(stderr)}")
    return cost


def run_many(jobs, parallel, folder):
    """Run jobs (argv, stdin, stdout), `parallel` at once, as xargs -P does."""
    cost = Cost()
    waiting = list(reversed(jobs))
    running = {}
    started = time.monotonic()
    while waiting or running:
        while waiting and len(running) < parallel:
            argv, stdin, stdout = waiting.pop()
            stderr = os.path.join(folder, f"stderr.{len(waiting)}")
            running[spawn(argv, stdin, stdout, stderr)] = stderr
        pid, status, usage = wait_for(-1, running)
        stderr = running.pop(pid)
        code = os.waitstatus_to_exitcode(status)
        if code != 0:
            raise Failed(f"{jobs[0][0][0]} ended with status {code}: {last_words(stderr)}")
        cost.add(usage)
        os.unlink(stderr)
    cost.wall = time.monotonic() - started
    return cost


class Bench:
    """What all clients share: the server, the scanner, the script and a folder for what they write."""

    def __init__(self, server, sshvet):
        self.server = server
        self.sshvet = sshvet
        self.folder = server.path("out")
        self.runs = 0
        os.mkdir(self.folder)
        self.script = server.path("collector")
        run([sshvet, "collector"], self.folder, stdout=self.script)

    def _own_folder(self):
        self.runs += 1
        path = os.path.join(self.folder, str(self.runs))
        os.mkdir(path)
        return path

    def record(self):
        """Run the collector here, so that the server can replay what it printed to the key `replay`."""
        run(["/bin/sh", "-s", "none"], self.folder, stdin=self.script, stdout=self.server.path("recorded"))

    def scan(self, places, parallel, key="client", extra=()):
        """One `sshvet scan` of (address, port) pairs with three reports and a journal. Returns its cost and the folder they are in."""
        folder = self._own_folder()
        inventory = os.path.join(folder, "targets")
        with open(inventory, "w", encoding="ascii") as out:
            for address, port in places:
                out.write(f"{address}:{port}\n")
        known_hosts = self.server.known_hosts(f"known_hosts.{self.runs}", places)
        argv = [self.sshvet, "scan", "--inventory", inventory, "--user", self.server.user, "--identity", self.server.path(key),
                "--known-hosts", known_hosts, "--become", "none", "--parallel", str(parallel), "--timeout", "300", "--quiet",
                "--journal", os.path.join(folder, "journal")]
        for report in ("json", "junit", "table"):
            argv += ["--format", f"{report}={os.path.join(folder, report)}"]
        cost = run(argv + list(extra), folder, accepted=(0, 1, 3))
        self._check_report(os.path.join(folder, "json"), len(places))
        return cost, folder

    @staticmethod
    def _check_report(path, count):
        # Its beginning alone: a program that is started later would be counted at least as large as this one has grown.
        with open(path, encoding="utf-8") as text:
            scanned = re.search(r'"scanned":(\d+)', text.read(65536))
        if not scanned or int(scanned.group(1)) != count:
            raise Failed(f"sshvet did not scan {count} targets, see {path}")

    def ssh(self, places, parallel, key="client"):
        """`ssh HOST 'sh -s' < collector` for every target, each in a process of its own."""
        folder = self._own_folder()
        known_hosts = self.server.known_hosts(f"known_hosts.{self.runs}", places)
        options = ["BatchMode=yes", "IdentitiesOnly=yes", "StrictHostKeyChecking=yes", f"UserKnownHostsFile={known_hosts}",
                   "GlobalKnownHostsFile=none", "ControlMaster=no", "ControlPath=none"]
        start = ["/usr/bin/ssh", "-F", "none", "-i", self.server.path(key), "-l", self.server.user]
        for option in options:
            start += ["-o", option]
        jobs = []
        for address, port in places:
            jobs.append((start + ["-p", str(port), address, "sh -s none"], self.script, os.path.join(folder, f"{address}.out")))
        cost = run_many(jobs, parallel, folder)
        for _, _, output in jobs:
            self._check_output(output)
        return cost

    @staticmethod
    def _check_output(path):
        with open(path, "rb") as output:
            if not output.read().endswith(b" done\n"):
                raise Failed(f"the collector did not come to its end through ssh, see {path}")

    def paramiko(self, places, threads, with_script):
        """The same with Paramiko: one process, `threads` connections at once."""
        job = {
            "targets": places,
            "user": self.server.user,
            "identity": self.server.path("client"),
            "host_key": open(self.server.path("host.pub"), encoding="ascii").read().split()[1],
            "script": self.script if with_script else None,
            "threads": threads,
        }
        argv = [PYTHON, os.path.join(HERE, "paramiko_login.py")]
        answer = subprocess.run(argv, input=json.dumps(job).encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if answer.returncode != 0:
            raise Failed("paramiko: " + answer.stderr.decode(errors="replace")[-500:].strip())
        result = json.loads(answer.stdout)
        if result["failures"]:
            raise Failed(f"paramiko: {result['failures']} failures: " + answer.stderr.decode(errors="replace")[-500:].strip())
        return Cost(result["cpu"], result["wall"], result["memory"])


    def libssh2(self, places, threads, with_script):
        """The same with nothing but libssh2 (libssh2_login.c), linked as sshvet is: one process, `threads` connections at once."""
        argv = [self._libssh2_program(), self.server.user, self.server.path("pem"), str(threads)] + ([self.script] if with_script else [])
        targets = "".join(f"{address} {port}\n" for address, port in places)
        answer = subprocess.run(argv, input=targets.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if answer.returncode != 0:
            raise Failed("libssh2_login: " + answer.stderr.decode(errors="replace")[-500:].strip())
        result = json.loads(answer.stdout)
        if result["failures"]:
            raise Failed(f"libssh2_login: {result['failures']} failures")
        return Cost(result["cpu"], result["wall"], result["memory"])

    def _libssh2_program(self):
        """Compiled once, as its user would have it, with the libssh2 that scripts/setup made or else the system's."""
        program = os.path.join(self.folder, "libssh2_login")
        if not os.path.exists(program):
            made = os.path.join(os.path.dirname(os.path.dirname(HERE)), "build", "deps", "lib", "pkgconfig")
            path = os.pathsep.join(filter(None, [made, os.environ.get("PKG_CONFIG_PATH")]))
            flags = subprocess.run(["pkg-config", "--cflags", "--libs", "--static", "libssh2", "libcrypto"], stdout=subprocess.PIPE, check=True,
                                   env=dict(os.environ, PKG_CONFIG_PATH=path)).stdout.decode().split()
            subprocess.run(["cc", "-O2", "-pthread", "-o", program, os.path.join(HERE, "libssh2_login.c")] + flags, check=True)
        return program


class Relay:
    """relay.py as a process of its own; a context manager."""

    def __init__(self, port, to_port, delay_ms, addresses):
        argv = [PYTHON, os.path.join(HERE, "relay.py"), str(port), str(to_port), str(delay_ms)] + addresses
        self.log = []
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        if self.process.stdout.readline() != b"ready\n":
            self.process.wait()
            raise Failed(f"the relay cannot listen on port {port}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.log = self.process.stdout.read().decode().split("\n")
        self.process.wait()

    def connections(self):
        """After it ended: how many connections it took."""
        return sum(line.startswith("connection ") for line in self.log)


def machine():
    """What the figures were measured on."""
    model = ""
    with open("/proc/cpuinfo", encoding="utf-8") as text:
        for line in text:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    version = subprocess.run(["ssh", "-V"], stderr=subprocess.PIPE, check=False).stderr.decode().strip()
    return {"cores": len(os.sched_getaffinity(0)), "processor": model, "kernel": os.uname().release, "ssh": version,
            "python": sys.version.split()[0]}

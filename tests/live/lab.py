"""What the live tests share: throw-away servers, listeners that misbehave, and runs of the program whose every output is checked.

Everything listens on loopback or in namespaces made here, lives in one private folder, and is ended by its pid.
"""
import ctypes
import functools
import json
import os
import pathlib
import pwd
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

import jsonschema
import junitparser
import paramiko

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SSHD = "/usr/sbin/sshd"  # it insists on an absolute path
ROOT = os.geteuid() == 0
USER = pwd.getpwuid(os.geteuid()).pw_name
SEVERITIES = ["info", "low", "medium", "high", "critical"]
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]")


def program():
    return os.environ["SSHVET"]


def adopt_orphans():
    """Processes whose parent ended become ours, so that the end of the session can end them, too (prctl(2), PR_SET_CHILD_SUBREAPER)."""
    if ctypes.CDLL(None, use_errno=True).prctl(36, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def children(pid):
    try:
        return [int(p) for p in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def descendants(pid):
    found = []
    for child in children(pid):
        found += [child] + descendants(child)
    return found


def kill(pids, number=signal.SIGKILL):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def wait_for(condition, seconds=10, what="it"):
    """What the condition says as soon as it is true."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come within {seconds} s")
        time.sleep(0.02)


def has_namespaces(*flags):
    """Whether new namespaces can be made: root alone is not enough in many containers."""
    if not ROOT or not shutil.which("unshare") or not shutil.which("nsenter"):
        return False
    return subprocess.run(["unshare", *flags, "true"], capture_output=True).returncode == 0


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
        return True
    except OSError:
        return False


class Space:
    """Shell commands that prepare a namespace of our own, and the flags of unshare(1) that make it."""

    def __init__(self, flags, commands):
        self.flags = flags
        self.commands = commands

    def wrap(self, command):
        return ["unshare", *self.flags, "sh", "-ec", "\n".join([*self.commands, 'exec "$@"']), "sh", *map(str, command)]


class Server:
    """A real sshd with a folder, host keys and configuration of its own."""

    DEFAULTS = ["AuthenticationMethods publickey", "PermitRootLogin prohibit-password", "MaxStartups 1000", "LogLevel VERBOSE",
                "UseDNS no", "PrintMotd no", "PidFile none", "StrictModes no",
                # bash believes it is not the first shell and leaves ~/.bashrc alone: this account's may be slow, and is not what is tested.
                "SetEnv SHLVL=1"]

    # Newer servers shut an address out that connects too often without a login, as a machine full of tests does.
    PENALTIES = "PerSourcePenalties no"

    def __init__(self, lab, config="", host_keys=("ed25519",), authorized=None, options="", space=None, listen="127.0.0.1"):
        self.lab = lab
        self.folder = lab.new_folder("server")
        self.listen = listen
        self.space = space
        self.host_keys = [lab.host_key(kind) for kind in host_keys]
        self.authorized_keys = self.folder / "authorized_keys"
        self.authorize(lab.key() if authorized is None else authorized, options)
        self.process = None
        for _ in range(20):
            self.port = lab.rng.randrange(20000, 32000)  # below the ports that outgoing connections take
            self.write_config(config)
            if self.start():
                break
        else:
            raise AssertionError("no free port for sshd")
        self.known_hosts = self.write_known_hosts()

    def authorize(self, keys, options=""):
        keys = keys if isinstance(keys, (list, tuple)) else [keys]
        lines = [f"{options} {public_half(key)}".strip() for key in keys]
        self.authorized_keys.write_text("".join(line + "\n" for line in lines))

    def write_config(self, config):
        """Match blocks must come last. Most keywords take their first value, but not all: what a test sets has no default."""
        plain, match, rest = config.partition("Match ")
        said = {line.split()[0] for line in plain.splitlines() if line}
        lines = [plain, f"Port {self.port}", f"ListenAddress {self.listen}", f'AuthorizedKeysFile "{self.authorized_keys}"',
                 f"UsePAM {'yes' if root_is_locked() else 'no'}"]
        lines += [line for line in [*self.DEFAULTS, *([self.PENALTIES] if knows(self.PENALTIES) else [])] if line.split()[0] not in said]
        lines += [f'HostKey "{key}"' for key in self.host_keys]
        (self.folder / "sshd_config").write_text("\n".join(lines) + "\n" + match + rest + "\n")

    def start(self):
        command = [SSHD, "-D", "-e", "-f", self.folder / "sshd_config"]
        if self.space:
            command = self.space.wrap(command)
        self.log_path = self.folder / "log"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for _ in range(500):
            if "Server listening on" in self.log():
                return True
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        self.stop()
        if "Address already in use" not in self.log():
            raise AssertionError("sshd does not start:\n" + self.log())
        return False

    def stop(self):
        if self.process:
            kill(descendants(self.process.pid))
            self.process.kill()
            self.process.wait()

    def log(self):
        return self.log_path.read_text(errors="replace")

    def daemon(self):
        """The number of sshd's process: of the only child where unshare(1) had to fork."""
        return children(self.process.pid)[0] if self.space and "--fork" in self.space.flags else self.process.pid

    def settled_log(self):
        """The log when every connection is over: each is a child of the listening sshd."""
        wait_for(lambda: not children(self.daemon()), what="the end of every connection")
        return self.log()

    def connections(self):
        return len(re.findall(r"^Connection from \S+ port \d+ on", self.settled_log(), re.M))

    def logins(self):
        return len(re.findall(r"^Accepted publickey for ", self.settled_log(), re.M))

    def methods(self):
        """The method of every authentication request, in order. A login takes two: is this key welcome, and the signature. Needs LogLevel DEBUG1."""
        return re.findall(r"userauth-request for user \S+ service ssh-connection method (\S+)", self.settled_log())

    def hosts(self):
        """How known_hosts calls this server."""
        host = {"0.0.0.0": "127.*", "::1": "::1"}.get(self.listen, self.listen)
        return f"[{host}]:{self.port}"

    def write_known_hosts(self, keys=None, marker=""):
        lines = [f"{marker} {self.hosts()} {public_half(key)}".strip() for key in (keys or self.host_keys)]
        return self.lab.write("known_hosts", "".join(line + "\n" for line in lines))

    @property
    def target(self):
        host = f"[{self.listen}]" if ":" in self.listen else self.listen
        return f"{host}:{self.port}"


def public_half(key):
    return " ".join(pathlib.Path(f"{key}.pub").read_text().split()[:2])


@functools.cache
def knows(line):
    """Whether sshd has heard of the keyword of a line."""
    with tempfile.NamedTemporaryFile("w", prefix="sshvet-live.") as config:
        config.write(f"{line}\n")
        config.flush()
        told = subprocess.run([SSHD, "-t", "-f", config.name], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return "Bad configuration option" not in told.stderr


def root_is_locked():
    """Without PAM sshd refuses an account whose password is locked, root's key or not."""
    shadow = subprocess.run(["getent", "shadow", USER], capture_output=True, text=True).stdout
    return shadow.startswith(f"{USER}:!")


class Listener:
    """A TCP server that does what `handle(connection, number)` says, each connection in a thread; number counts from 1."""

    def __init__(self, handle, host="127.0.0.1"):
        self.handle = handle
        self.count = 0
        self.socket = socket.create_server((host, 0), backlog=512)
        self.port = self.socket.getsockname()[1]
        self.target = f"{host}:{self.port}"
        self.open = []
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.count += 1
            self.open.append(connection)
            threading.Thread(target=self.run, args=(connection, self.count), daemon=True).start()

    def run(self, connection, number):
        try:
            self.handle(connection, number)
        except OSError:
            pass  # the program went away
        finally:
            connection.close()

    def stop(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for connection in self.open:
            hang_up(connection)
        self.thread.join(5)


def hang_up(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def reset(connection):
    """Close with RST in place of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def hold(connection):
    """Say nothing until the other side goes away."""
    while connection.recv(4096):
        pass


def proxy(connection, port, piece=65536, pause=0.0):
    """Carry bytes to and from a port of ours, `piece` bytes at a time."""
    def carry(source, sink):
        try:
            while data := source.recv(65536):
                for i in range(0, len(data), piece):
                    sink.sendall(data[i:i + piece])
                    if pause:
                        time.sleep(pause)
        except OSError:
            pass
        hang_up(sink)

    with socket.create_connection(("127.0.0.1", port)) as server:
        for s in (server, connection):
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        back = threading.Thread(target=carry, args=(server, connection), daemon=True)
        back.start()
        carry(connection, server)
        back.join(30)


class PythonServer(Listener):
    """An SSH server that is not OpenSSH's (Paramiko), for what sshd cannot be made to do. `command(channel)` is what it runs."""

    def __init__(self, lab, command, version="SSH-2.0-Test_1.0", signatures=None):
        self.lab = lab
        self.key = paramiko.ECDSAKey(filename=str(lab.host_key("ecdsa-256")))
        self.command = command
        self.version = version
        self.signatures = signatures  # the algorithms it announces (RFC 8308); None: it announces nothing
        self.asked = []
        super().__init__(self.speak)
        self.known_hosts = lab.write("known_hosts", f"[127.0.0.1]:{self.port} {public_half(lab.host_key('ecdsa-256'))}\n")

    def speak(self, connection, number):
        transport = Announcer(connection, self.signatures)
        transport.local_version = self.version
        transport.add_server_key(self.key)
        transport.start_server(event=threading.Event(), server=Anyone(self))
        while transport.is_active() and not connection._closed:
            time.sleep(0.05)
        transport.close()


class Announcer(paramiko.Transport):
    """Announces these signature algorithms to every client, or none to any: whether Paramiko itself does depends on its release."""

    def __init__(self, connection, signatures):
        super().__init__(connection)
        if signatures:
            self._preferred_pubkeys = signatures
        self.announces = signatures is not None

    def _parse_kex_init(self, m):
        super()._parse_kex_init(m)
        self._remote_ext_info = "ext-info-c" if self.announces else None


class Anyone(paramiko.ServerInterface):
    """Lets any key in and runs one command."""

    def __init__(self, server):
        self.server = server

    def get_allowed_auths(self, username):
        return "publickey"

    def check_auth_publickey(self, username, key):
        return paramiko.AUTH_SUCCESSFUL

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel, command):
        self.server.asked.append(command.decode())
        threading.Thread(target=self.run, args=(channel,), daemon=True).start()
        return True

    def run(self, channel):
        try:
            self.server.command(channel)
        except OSError:
            pass  # the program went away
        channel.close()


class Run:
    """A finished run of the program and everything it wrote, checked."""

    def __init__(self, status, out, err, folder, fail_on):
        self.status = status
        self.folder = folder
        self.out = clean_text(out, "standard output")
        self.err = clean_text(err, "standard error")
        assert "Sanitizer" not in self.err and "runtime error" not in self.err, self.err
        assert 0 <= status <= 4, f"exit status {status}: {self.err}"
        self.report = folder and read_report(folder / "report.json")
        if self.report:
            check_report(self.report)
            check_junit(folder / "report.xml", self.report)
            clean_text((folder / "report.txt").read_bytes(), "table")
            assert status == expected_status(self.report, fail_on), f"exit status {status}: {self.err}"
        else:
            assert folder is None or status in (0, 2, 4), f"exit status {status} without a report: {self.err}"

    def target(self, name=None):
        assert self.report, f"exit status {self.status}, no report: {self.err}"
        found = [t for t in self.report["targets"] if name is None or t["name"] == name]
        assert len(found) == 1, [t["name"] for t in self.report["targets"]]
        return found[0]

    def code(self, name=None):
        """The failure code of the one target; None when it was scanned."""
        return self.target(name).get("error", {}).get("code")

    def message(self, name=None):
        return self.target(name)["error"]["message"]

    def scanned(self, name=None):
        """The one target, which must have been scanned and have findings."""
        target = self.target(name)
        assert target["status"] == "scanned", target["error"]
        assert target["findings"]
        return target

    def journal(self):
        return [json.loads(line) for line in (self.folder / "journal").read_text().splitlines()]

    def journal_names(self):
        return [line["name"] for line in self.journal() if "name" in line]


def clean_text(data, what):
    """Text in valid UTF-8, without any control character but the newline and the tab."""
    text = data.decode("utf-8")
    found = CONTROL.search(text)
    assert not found, f"{what} has {found.group()!r}: {text[max(0, found.start() - 80):found.end() + 80]!r}"
    return text


def read_report(path):
    if not path.exists():
        return None
    return json.loads(clean_text(path.read_bytes(), path.name))


SCHEMA = None


def validator():
    global SCHEMA
    if SCHEMA is None:
        schema = json.loads((SOURCE / "reports/report.schema.json").read_text())
        kind = jsonschema.validators.validator_for(schema)
        kind.check_schema(schema)
        SCHEMA = kind(schema)
    return SCHEMA


def check_report(report):
    """The schema, and what a schema cannot say: sums, and that no target is there twice."""
    validator().validate(report)
    targets = report["targets"]
    summary = report["summary"]
    names = [t["name"] for t in targets]
    assert len(set(names)) == len(names)
    assert summary["targets"] == len(targets) == summary["scanned"] + summary["unscanned"]
    assert summary["scanned"] == sum(t["status"] == "scanned" for t in targets)
    findings = [f for t in targets for f in t["findings"]]
    for status in ("pass", "fail", "error", "not_applicable", "waived"):
        assert summary[status] == sum(f["status"] == status for f in findings), status
    for t in targets:
        if t["status"] == "unscanned":
            assert not t["findings"] and len(t["error"]["message"]) > 20, t
        else:
            assert t["findings"], t
            assert t["host_key"].startswith("SHA256:") if t["user"] else "host_key" not in t, "a key that was not proved is not the target's"


def check_junit(path, report):
    """One suite per target, totals that add up, at most one result per case, an error for an unscanned target."""
    clean_text(path.read_bytes(), path.name)
    xml = junitparser.JUnitXml.fromfile(str(path))
    suites = list(xml)
    assert [s.name for s in suites] == [t["name"] for t in report["targets"]]
    for suite, target in zip(suites, report["targets"]):
        cases = list(suite)
        kinds = [type(r) for c in cases for r in c.result]
        assert all(len(c.result) <= 1 for c in cases)
        assert len({(c.classname, c.name) for c in cases}) == len(cases) == suite.tests
        assert suite.failures == kinds.count(junitparser.Failure)
        assert suite.errors == kinds.count(junitparser.Error)
        assert suite.skipped == kinds.count(junitparser.Skipped)
        assert all(r.message for c in cases for r in c.result)
        assert all(r.text for c in cases for r in c.result if not isinstance(r, junitparser.Skipped))
        if target["status"] == "unscanned":
            assert kinds == [junitparser.Error]
            assert target["error"]["code"] in cases[0].result[0].message + (cases[0].result[0].type or "")
        else:
            assert len(cases) == len(target["findings"])
    for total in ("tests", "failures", "errors", "skipped"):
        if getattr(xml, total) is not None:
            assert getattr(xml, total) == sum(getattr(s, total) for s in suites), total


def expected_status(report, fail_on):
    """The exit status as design.md defines it."""
    findings = [f for t in report["targets"] for f in t["findings"]]
    least = SEVERITIES.index(fail_on)
    if any(f["status"] == "fail" and SEVERITIES.index(f["severity"]) >= least for f in findings):
        return 1
    unscanned = any(t["status"] == "unscanned" for t in report["targets"])
    return 3 if unscanned or any(f["status"] == "error" for f in findings) or report["summary"].get("missing") else 0


class Lab:
    """One test's workshop. What it started is over when the test is."""

    def __init__(self, folder, keys, rng):
        self.folder = folder
        self.keys = keys  # shared by all tests of the session: making RSA keys takes long
        self.rng = rng
        self.things = []
        self.names = 0
        self.home = self.new_folder("home")

    def new_folder(self, name):
        self.names += 1
        folder = self.folder / f"{name}{self.names}"
        folder.mkdir(mode=0o711)
        return folder

    def write(self, name, text, mode=0o600):
        self.names += 1
        path = self.folder / f"{name}{self.names}"
        if isinstance(text, str):
            text = text.encode()
        path.write_bytes(text)
        path.chmod(mode)
        return path

    def script(self, text):
        """A command for a server to run."""
        return self.write("script", "#!/bin/sh\n" + text, 0o755)

    def make_key(self, kind="ed25519", passphrase="", form=None, comment="sshvet test"):
        """A new key pair; `kind` is "ed25519", "ecdsa-384", "rsa-3072" and the like, `form` PEM, PKCS8 or OpenSSH's own."""
        name, _, bits = kind.partition("-")
        path = self.folder / f"key{self.names}"
        self.names += 1
        command = ["ssh-keygen", "-q", "-t", name, "-N", passphrase, "-C", comment, "-f", path]
        command += ["-b", bits] if bits else []
        command += ["-m", form] if form else []
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return path

    def evidence(self):
        """What the collector says about this machine: a server that only repeats it costs little and still makes a whole scan."""
        path = self.keys / "evidence"
        if not path.exists():
            script = subprocess.run([program(), "collector"], check=True, capture_output=True).stdout
            made = subprocess.run(["/bin/sh", "-s", "none"], check=True, capture_output=True, input=script).stdout
            path.write_bytes(made)
            path.chmod(0o644)
        return path

    def quick_server(self, config="", **kwargs):
        """A server whose forced command repeats recorded evidence."""
        return self.server(f"{config}\nForceCommand cat {self.evidence()}", **kwargs)

    def shared_key(self, role, kind):
        path = self.keys / f"{role}-{kind}"
        if not path.exists():
            made = self.make_key(kind)
            shutil.move(f"{made}.pub", f"{path}.pub")
            shutil.move(made, path)
        return path

    def key(self, kind="ed25519"):
        return self.shared_key("client", kind)

    def host_key(self, kind="ed25519"):
        return self.shared_key("host", kind)

    def server(self, *args, **kwargs):
        return self.keep(Server(self, *args, **kwargs))

    def listener(self, *args, **kwargs):
        return self.keep(Listener(*args, **kwargs))

    def python_server(self, *args, **kwargs):
        return self.keep(PythonServer(self, *args, **kwargs))

    def keep(self, thing):
        self.things.append(thing)
        return thing

    def close(self):
        for thing in reversed(self.things):
            thing.stop()

    def environment(self, more):
        env = {k: v for k, v in os.environ.items() if k not in ("TERM", "COLUMNS")}
        return {**env, "HOME": str(self.home), "LC_ALL": "C.UTF-8", **more}

    def command(self, targets, args, folder, server=None, key=None, known_hosts=None, user=USER, journal=True):
        """The command line of a scan that leaves its reports in `folder`."""
        known_hosts = known_hosts or (server.known_hosts if server else self.write("known_hosts", ""))
        command = [program(), "scan", *targets]
        command += ["--identity", key or self.key(), "--known-hosts", known_hosts]
        command += ["-l", user] if user else []
        command += ["--journal", folder / "journal"] if journal else []
        for form, name in (("json", "report.json"), ("junit", "report.xml"), ("table", "report.txt")):
            command += ["--format", f"{form}={folder / name}"]
        return [str(word) for word in command + list(args)]

    def start(self, command, space=None, files=None, pass_fds=(), stdin=subprocess.DEVNULL, env=()):
        """Start the program, in a server's namespaces if it has some, with at most `files` open files."""
        if isinstance(space, Space):
            command = space.wrap(command)
        elif space:
            command = ["nsenter", "-t", str(space.process.pid), "-n", "-m", *command]
        limit = (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))) if files else None
        process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment(dict(env)),
                                   preexec_fn=limit, pass_fds=pass_fds, cwd=self.folder)
        self.keep(Started(process))
        return process

    def run(self, command, folder=None, fail_on="low", seconds=120, **kwargs):
        """Run any command of the program to its end."""
        process = self.start(command, **kwargs)
        out, err = process.communicate(timeout=seconds)
        return Run(process.returncode, out, err, folder, fail_on)

    def scan(self, *targets, args=(), server=None, key=None, known_hosts=None, user=USER, journal=True, folder=None, **kwargs):
        """Scan; without targets, the server."""
        folder = folder or self.new_folder("run")
        targets = targets or (server.target,)
        command = self.command(targets, args, folder, server, key, known_hosts, user, journal)
        if "--fail-on" in args:
            kwargs["fail_on"] = args[list(args).index("--fail-on") + 1]
        return self.run(command, folder, **kwargs)


    def probe(self, *targets, args=(), folder=None, **kwargs):
        """What the network sees of targets."""
        folder = folder or self.new_folder("run")
        command = [program(), "probe", *targets, "--journal", folder / "journal"]
        for form, name in (("json", "report.json"), ("junit", "report.xml"), ("table", "report.txt")):
            command += ["--format", f"{form}={folder / name}"]
        if "--fail-on" in args:
            kwargs["fail_on"] = args[list(args).index("--fail-on") + 1]
        return self.run([str(word) for word in command + list(args)], folder, **kwargs)

    def per_connection(self, command):
        """A server that serves standard input and output, started anew for each connection."""
        def serve(connection, _number):
            process = subprocess.Popen(command, stdin=connection, stdout=connection, stderr=subprocess.DEVNULL)
            try:
                process.wait(60)
            finally:
                process.kill()
                process.wait()
        return self.listener(serve)

    def dropbear(self, *kinds):
        """A Dropbear with a key of each kind."""
        keys = [self.folder / f"dropbear-{kind}" for kind in kinds]
        for kind, key in zip(kinds, keys):
            subprocess.run(["dropbearkey", "-t", kind, "-f", key], check=True, capture_output=True)
        server = self.per_connection(["dropbear", "-i", *[word for key in keys for word in ("-r", str(key))]])
        server.keys = keys
        return server

    def tinyssh(self):
        """A TinySSH; None where it can not be had."""
        programs = find_tinyssh(self.keys)
        if not programs:
            return None
        keys = self.folder / "tinyssh"
        subprocess.run([*programs("tinysshd-makekey"), str(keys)], check=True, capture_output=True)
        return self.per_connection([*programs("tinysshd"), "-q", str(keys)])


# The package and the libraries it needs besides those that every system has.
FETCH_TINYSSH = """set -e
depends=$(apt-cache depends --recurse --no-pre-depends --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances tinysshd)
apt-get download tinysshd $(printf '%s\n' "$depends" | grep '^lib' | grep -v -e '^libc6' -e '^libgcc' -e '^libcrypt1' -e ':')
for package in *.deb; do dpkg-deb -x "$package" .; done
"""


def find_tinyssh(folder):
    """What runs a program of TinySSH by its name. Its package listens on port 22 as soon as it is installed, so it is only unpacked."""
    if shutil.which("tinysshd"):
        return lambda name: [shutil.which(name)]
    place = folder / "tinyssh"
    if not place.exists():
        place.mkdir()
        subprocess.run(FETCH_TINYSSH, shell=True, cwd=place, capture_output=True)
    libraries = ":".join(sorted({str(path.parent) for path in place.glob("usr/lib/**/lib*.so*")}))
    return (lambda name: ["/usr/bin/env", f"LD_LIBRARY_PATH={libraries}", str(place / "usr/sbin" / name)]) if (place / "usr/sbin/tinysshd").exists() else None


class Started:
    """A process that must not outlive its test."""

    def __init__(self, process):
        self.process = process

    def stop(self):
        if self.process.poll() is None:
            kill(descendants(self.process.pid))
            self.process.kill()
        self.process.communicate()

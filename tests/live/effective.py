#!/usr/bin/python3
"""Random configurations of sshd, and what sshd -T -C says of random connections, held against sshvet's own reading.

    effective.py [--driver build/dev/effective_driver] [--total N | --configs N] [--seed S] [--jobs J] [--keep FOLDER] [SSHD...]

Without SSHD these are the machine's own and those of the other Debian releases that old_sshd can fetch. Configurations that sshd refuses are counted, by its message. Evidence of disagreements is kept in FOLDER, where the driver replays it.
"""
import argparse
import collections
import concurrent.futures
import glob
import grp
import os
import pathlib
import pwd
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
RELEASES = ["bullseye", "trixie"]
USERS = [name for name in ("root", "daemon", "games", "nobody", "www-data", "mail", "sys") if name in {p.pw_name for p in pwd.getpwall()}]
STRANGERS = ["nosuch", "deploy"]
GROUPS = ["root", "daemon", "games", "nogroup", "www-data", "ops"]
HOSTS = ["a.example.org", "b.example.org", "gate.example.net", "B.Example.ORG", "localhost"]
ADDRESSES = ["10.1.2.3", "10.200.0.1", "192.168.7.9", "192.168.0.1", "203.0.113.5", "127.0.0.1", "::1", "fd00:1::7", "2001:db8::5", "2001:db8:1::9"]
NETWORKS = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "192.168.0.0/16", "192.168.7.0/24", "127.0.0.0/8", "203.0.113.5/32", "fd00::/8", "2001:db8::/32",
            "2001:db8::/48", "::1", "::1/128", "10.*", "192.168.?.*", "*", "2001:db8:*", "10.1", "0x0a010203", "::/0"]
PORTS = [22, 2222, 8022]
DOMAINS = ["blue", "red", "vrf-1"]


def flag(r):
    return r.choice(["yes", "no", "YES", "No"])


def one_of(*values):
    return lambda r: r.choice(values)


def some_of(*values, most=3):
    return lambda r: [r.choice(values) for _ in range(r.randint(1, most))]


def number(low, high):
    return lambda r: str(r.randint(low, high))


KEYS = ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519-cert-v01@openssh.com", "ssh-rsa"]


def algorithms(r):
    change = r.choice(["", "+", "-", "^"])
    names = r.sample(KEYS, r.randint(1, 3))
    if change == "-" and r.random() < 0.4:
        names = [r.choice(["*cert*", "ecdsa-*", "ssh-rsa", "rsa-sha2-???"])]
    return change + ",".join(names)


def rekey(r):
    size = r.choice(["default", "1G", "512M", "64K", "4096", "0"])
    return [size] + r.choice([[], ["1h"], ["none"], ["30m"], ["90"], ["1d2h"]])


# What Match blocks may set: a function that gives an argument or a list of them.
BOTH = {
    "AcceptEnv": some_of("LANG", "LC_*", "EDITOR", "A_?"),
    "AllowAgentForwarding": flag,
    "AllowGroups": some_of("root", "ops", "g*", "!bad"),
    "AllowStreamLocalForwarding": one_of("yes", "no", "local", "remote", "all", "ALL"),
    "AllowTcpForwarding": one_of("yes", "no", "local", "remote", "all"),
    "AllowUsers": some_of("root", "games", "deploy@10.0.0.0/8", "*@gate.example.net", "d*"),
    "AuthenticationMethods": one_of(["any"], ["publickey"], ["publickey,password", "publickey"], ["password", "publickey"]),
    "AuthorizedKeysCommand": one_of("RAW none", "RAW /usr/bin/keys %u"),
    "AuthorizedKeysCommandUser": one_of("nobody", "daemon"),
    "AuthorizedKeysFile": one_of(".ssh/authorized_keys", ["/etc/keys/%u", ".ssh/k"], "/etc/my keys/%u"),
    "AuthorizedPrincipalsCommand": one_of("RAW none", "RAW /usr/bin/principals %u %t"),
    "AuthorizedPrincipalsCommandUser": one_of("nobody", "daemon"),
    "AuthorizedPrincipalsFile": one_of("none", "/etc/principals/%u"),
    "Banner": one_of("none", "/etc/issue", "/etc/issue net", "/etc/issue.net"),
    "CASignatureAlgorithms": one_of("ssh-ed25519", "rsa-sha2-512,ssh-ed25519", "-ecdsa-*", "+ssh-rsa"),
    "ChannelTimeout": one_of("none", ["session=5m"], ["direct-tcpip=30", "*=1h"]),
    "ChrootDirectory": one_of("none", "/srv/%u", "/var/empty"),
    "ClientAliveCountMax": number(0, 5),
    "ClientAliveInterval": one_of("0", "30", "5m", "1h30m", "2M"),
    "DenyGroups": some_of("bad", "w*"),
    "DenyUsers": some_of("mallory", "x?", "root@192.168.0.0/16"),
    "DisableForwarding": flag,
    "ExposeAuthInfo": flag,
    "ForceCommand": one_of("RAW none", "RAW internal-sftp -d /x", "RAW /bin/echo \"a b\"", "RAW /bin/false"),
    "GatewayPorts": one_of("yes", "no", "clientspecified", "ClientSpecified"),
    "GSSAPIAuthentication": flag,
    "GSSAPIDelegateCredentials": flag,
    "HostbasedAcceptedAlgorithms": algorithms,
    "HostbasedAuthentication": flag,
    "HostbasedUsesNameFromPacketOnly": flag,
    "IgnoreRhosts": one_of("yes", "no", "shosts-only"),
    "IPQoS": one_of("cs1", ["af21", "cs1"], "ef", ["AF41", "none"], ["lowdelay", "throughput"]),
    "KbdInteractiveAuthentication": flag,
    "ChallengeResponseAuthentication": flag,
    "LogVerbose": one_of(["auth.c:*"], ["kex.c:*:1000", "*:kex_exchange*"]),
    "LogLevel": one_of("QUIET", "info", "Verbose", "DEBUG", "debug1", "DEBUG3", "ERROR"),
    "MaxAuthTries": number(1, 9),
    "MaxSessions": number(0, 20),
    "PasswordAuthentication": flag,
    "PAMServiceName": one_of("sshd", "other"),
    "PermitEmptyPasswords": flag,
    "PermitListen": one_of("any", "none", ["8080"], ["localhost:80", "9090"]),
    "PermitOpen": one_of("any", "none", ["localhost:80"], ["10.0.0.1:22", "[::1]:443"]),
    "PermitRootLogin": one_of("yes", "no", "prohibit-password", "without-password", "forced-commands-only", "No"),
    "PermitTTY": flag,
    "PermitTunnel": one_of("yes", "no", "ethernet", "point-to-point"),
    "PermitUserRC": flag,
    "PubkeyAcceptedAlgorithms": algorithms,
    "PubkeyAcceptedKeyTypes": algorithms,
    "PubkeyAuthentication": flag,
    "PubkeyAuthOptions": one_of(["none"], ["touch-required"], ["verify-required", "touch-required"]),
    "RekeyLimit": rekey,
    "RefuseConnection": one_of("no", "No"),
    "RequiredRSASize": one_of("2048", "3072", "1024"),
    "RevokedKeys": one_of("none", "/etc/ssh/revoked"),
    "SetEnv": one_of(["A=1"], ["A=1", "B=2"], ["A=x", "A=y"]),
    "StreamLocalBindMask": one_of("0177", "022", "0", "0111"),
    "StreamLocalBindUnlink": flag,
    "TrustedUserCAKeys": one_of("none", "/etc/ssh/ca"),
    "UnusedConnectionTimeout": one_of("none", "5m", "0", "30"),
    "X11DisplayOffset": number(1, 40),
    "X11Forwarding": flag,
    "X11MaxDisplays": number(1, 2000),
    "X11UseLocalhost": flag,
}
# What only the global part may set.
GLOBAL = {
    "AddressFamily": one_of("any", "inet", "INET6"),
    "Ciphers": one_of("aes256-ctr,aes128-ctr", "-*cbc", "+aes256-cbc", "^aes128-ctr"),
    "Compression": one_of("yes", "no", "delayed"),
    "DebianBanner": flag,
    "FingerprintHash": one_of("sha256", "MD5"),
    "GSSAPICleanupCredentials": flag,
    "GSSAPIKexAlgorithms": one_of("gss-group14-sha256-", "gss-curve25519-sha256-,gss-group16-sha512-"),
    "GSSAPIKeyExchange": flag,
    "GSSAPIStoreCredentialsOnRekey": flag,
    "GSSAPIStrictAcceptorCheck": flag,
    "HostKeyAgent": one_of("none", "/run/agent.sock"),
    "HostKeyAlgorithms": algorithms,
    "IgnoreUserKnownHosts": flag,
    "KexAlgorithms": one_of("curve25519-sha256", "-diffie-hellman-*", "+diffie-hellman-group14-sha1", "^ecdh-sha2-nistp384", "-*nistp???,curve*"),
    "KerberosOrLocalPasswd": flag,
    "ListenAddress": one_of("127.0.0.1", "0.0.0.0", "[::1]:2022", "127.0.0.1:8022"),
    "LoginGraceTime": one_of("60", "2m", "0"),
    "MACs": one_of("hmac-sha2-512", "-*sha1*", "+hmac-md5", "^hmac-sha2-256-etm@openssh.com"),
    "MaxStartups": one_of("10:30:100", "5"),
    "ModuliFile": one_of("/etc/ssh/moduli", "/etc/other moduli"),
    "PerSourceMaxStartups": one_of("none", "5", "12"),
    "PerSourceNetBlockSize": one_of("24:64", "32", "16:48"),
    "PerSourcePenalties": one_of(["yes"], ["no"], ["crash:10s"], ["authfail:1m", "max:5m", "min:20"], ["max-sources4:100", "overflow:deny-all"]),
    "PerSourcePenaltyExemptList": one_of("none", "10.0.0.0/8", "192.168.1.1,fd00::/8"),
    "PidFile": one_of("/run/sshd.pid", "none"),
    "PrintLastLog": flag,
    "PermitUserEnvironment": one_of("no", "yes", "LANG,LC_*"),
    "Port": one_of("22", "2222"),
    "PrintMotd": flag,
    "StrictModes": flag,
    "TCPKeepAlive": flag,
    "KeepAlive": flag,
    "UseDNS": flag,
    "UsePAM": flag,
    "XAuthLocation": one_of("/usr/bin/xauth", "none", "/opt/x auth"),
    "SyslogFacility": one_of("AUTH", "authpriv"),
    "VersionAddendum": one_of("RAW none", "RAW hello there"),
    "Subsystem": one_of(["sftp", "/usr/lib/sftp-server", "-l", "INFO"], ["sftp", "internal-sftp"], ["other", "/bin/other"]),
}
# What is taken by every release and means nothing any more.
DEPRECATED = ["UsePrivilegeSeparation yes", "Protocol 2", "KeyRegenerationInterval 1h", "ServerKeyBits 1024", "UseLogin no", "RhostsRSAAuthentication no"]


class Server:
    """One sshd, and what it is like without any configuration."""

    def __init__(self, path, folder, key, again=None):
        self.path, self.key, self.folder, self.again, self.own = os.path.abspath(path), key, folder, again, threading.local()
        status, self.defaults = self.run_once("/dev/null")
        if status != 0:
            raise SystemExit(f"{path}: {self.defaults.decode(errors='replace')}")
        said = subprocess.run([path, "-V"], capture_output=True).stderr.decode() + subprocess.run([path, "-?"], capture_output=True).stderr.decode()
        self.banner = re.search(r"OpenSSH_[^\n]*", said).group(0)
        major, minor = re.match(r"OpenSSH_(\d+)\.(\d+)", self.banner).groups()
        self.release = int(major) * 100 + int(minor)
        r = random.Random(0)
        self.every = sorted(name for name in (*BOTH, *GLOBAL) if self.takes(folder, "", name, {**BOTH, **GLOBAL}[name](r)))
        self.both = sorted(name for name in self.every if name in BOTH and self.takes(folder, "Match user nobody\n", name, BOTH[name](r)))

    def takes(self, folder, before, name, arguments):
        """Whether it has this keyword, there: what it warns of and passes over is not taken, nor what it says is not supported."""
        path = os.path.join(folder, "one")
        text = arguments[4:] if isinstance(arguments, str) and arguments.startswith("RAW ") else \
            " ".join(f'"{a}"' for a in ([arguments] if isinstance(arguments, str) else arguments))
        needed = f"{name}User nobody\n" if name.endswith("Command") and name.startswith("Authorized") else ""
        pathlib.Path(path).write_text(f"{needed}{before}{name} {text}\n")
        done = subprocess.run([self.path, "-T", "-h", self.key, "-f", path, "-C", "user=root,host=a,addr=10.0.0.1"], capture_output=True, cwd="/")
        return done.returncode == 0 and not re.search(rb"[Uu]nsupported|[Dd]eprecated|[Ii]gnor", done.stderr)

    def dump(self, config):
        """What it prints for nobody in particular; Match LocalPort makes it ask for a port, for which one nobody uses will do."""
        status, text = self.run(config)
        return self.run(config, "lport=1") if status != 0 and b"'lport' not in" in text else (status, text)

    def run(self, config, spec=None):
        if not self.again:
            return self.run_once(config, spec)
        if not hasattr(self.own, "repeater"):
            self.own.repeater = Repeater(self.path, self.key, self.again, self.folder)
        return self.own.repeater.run(config, spec)

    def run_once(self, config, spec=None):
        command = [self.path, "-T", "-h", self.key, "-f", config] + (["-C", spec] if spec else [])
        done = subprocess.run(command, capture_output=True, cwd="/")
        return done.returncode, done.stdout if done.returncode == 0 else done.stderr


class Repeater:
    """A process of sshd that is started once and reads many configurations (sshd_again.c): a third of what as many processes take."""

    def __init__(self, path, key, again, folder):
        self.folder = tempfile.mkdtemp(dir=folder)
        self.process = subprocess.Popen([path, "-T", "-h", key, "-f", "/dev/null", "-D", "-D"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env={**os.environ, "LD_PRELOAD": again}, cwd="/")

    def run(self, config, spec):
        out, err = (os.path.join(self.folder, name) for name in ("out", "err"))
        self.process.stdin.write(f"{out}\t{err}\t{config}\t{spec or ''}\n".encode())
        self.process.stdin.flush()
        status = int(self.process.stdout.readline())
        return status, pathlib.Path(err if status else out).read_bytes()


class Writer:
    """Random text of configuration files, in the ways people write them."""

    def __init__(self, r, server, folder):
        self.r, self.server, self.folder, self.files, self.globs = r, server, folder, {}, set()

    def case(self, word):
        return self.r.choice([word, word, word, word.lower(), word.upper()])

    def quoted(self, word):
        """One argument, in a way of writing it that the release knows: 8.7 brought single quotes, escapes and quotes within words."""
        r, new = self.r, self.server.release >= 807
        if new and " " in word and r.random() < 0.4:
            return word.replace(" ", "\\ ")
        if " " in word or r.random() < 0.1:
            return f'"{word}"'
        if new and r.random() < 0.05:
            return f"'{word}'"
        if new and len(word) > 2 and not word.startswith(self.folder) and r.random() < 0.05:
            at = r.randrange(1, len(word))
            return r.choice([f'{word[:at]}"{word[at:]}"', f"'{word[:at]}'{word[at:]}", f'"{word[:at]}"\'{word[at:]}\''])
        return word

    def keyword(self, word):
        """With what separates it from the rest: a blank, a = or both; after a closing quote, only blanks are passed over."""
        word, between = self.case(word), self.r.choice([" ", " ", " ", "  ", "\t", "=", " = ", "= ", " ="])
        if self.r.random() < 0.02:
            return f'"{word}"' + self.r.choice([" ", "", "\t"])
        return word + between

    def line(self, keyword, arguments):
        r = self.r
        if isinstance(arguments, str) and arguments.startswith("RAW "):
            text, comment = arguments[4:], ""
        else:
            text = r.choice([" ", " ", "  ", "\t"]).join(self.quoted(a) for a in ([arguments] if isinstance(arguments, str) else arguments))
            comment = r.choice(["", "", "", "", " # why", "\t#x \"y"]) if self.server.release >= 807 else r.choice(["", "", "", " # why"])
            if '"y' in comment and r.random() < 0.5:
                comment = ""
        return r.choice(["", "", "    ", "\t"]) + self.keyword(keyword) + text + comment + r.choice(["", "", "", " ", "\t", "\f"]) + r.choice(["\n"] * 6 + ["\r\n"])

    def patterns(self, words, most=3):
        r, out = self.r, []
        for _ in range(r.randint(1, most)):
            word = r.choice(words)
            kind = r.random()
            if kind < 0.15:
                word = word[:r.randint(0, len(word))] + "*"
            elif kind < 0.22 and word:
                at = r.randrange(len(word))
                word = word[:at] + "?" + word[at + 1:]
            elif kind < 0.26:
                word = "*"
            if r.random() < 0.15:
                word = "!" + word
            out.append(word)
        return ",".join(out)

    def criterion(self):
        r = self.r
        networks = lambda: ",".join(("!" if r.random() < 0.15 else "") + r.choice(NETWORKS) for _ in range(r.randint(1, 3)))
        kinds = [("User", lambda: self.patterns(USERS + STRANGERS)), ("User", lambda: r.choice(USERS)), ("Group", lambda: self.patterns(GROUPS)),
                 ("Host", lambda: self.patterns(HOSTS)), ("Address", networks), ("LocalAddress", networks), ("LocalPort", lambda: str(r.choice(PORTS))),
                 ("RDomain", lambda: self.patterns(DOMAINS))]
        if self.server.release >= 1000:
            kinds.append(("Version", lambda: r.choice(["OpenSSH_*", "OpenSSH_10.*", "OpenSSH_9.*", "*Debian*", "!OpenSSH_9*,*"])))
        if self.server.release >= 909 and r.random() < 0.1:
            return self.case("invalid-user")
        name, value = r.choice(kinds)
        text = value()
        if r.random() < 0.1:
            text = f'"{text}"'
        return self.case(name) + r.choice([" ", " ", " ", "\t", "  ", "="]) + text

    def match(self):
        r = self.r
        if r.random() < 0.1:
            criteria = self.case("all")
        else:
            criteria = " ".join(self.criterion() for _ in range(r.choice([1, 1, 1, 2, 2, 3])))
        comment = r.choice(["", "", "", " # some", "  #x"])
        return r.choice(["", "", " "]) + self.case("Match") + r.choice([" ", " ", "\t", " = "]) + criteria + comment + r.choice(["\n"] * 6 + ["\r\n"])

    def directives(self, keywords, most):
        return [self.line(name, {**BOTH, **GLOBAL}[name](self.r)) for name in self.r.choices(keywords, k=self.r.randint(0, most))]

    def body(self, depth, in_match):
        """Lines of one file: what the block it is in may hold, then blocks of its own."""
        r = self.r
        lines = self.directives(self.server.both if in_match else self.server.every, 4)
        if depth < 3 and r.random() < 0.3:
            lines.insert(r.randint(0, len(lines)), self.include(depth, in_match))
        for _ in range(r.choice([0, 0, 1, 1, 2, 3]) if depth else r.choice([1, 2, 3, 4, 6])):
            lines.append(self.match())
            block = self.directives(self.server.both, 4)
            if depth < 3 and r.random() < 0.12:
                block.insert(r.randint(0, len(block)), self.include(depth, True))
            lines += block
        for _ in range(r.choice([0, 0, 1])):
            # sshd knows no continuation: a backslash at the end of a line is nothing special, be it of a comment.
            lines.insert(r.randint(0, len(lines)), r.choice(["\n", "# note\n", "  \t\n", "#Port 99\n", "# continued \\\n"]))
        if not in_match and r.random() < 0.1:
            lines.insert(0, r.choice(DEPRECATED) + "\n")
        return lines

    def include(self, depth, in_match):
        r = self.r
        number = len(self.files)
        self.files[f"{number}.d/none"] = ""
        patterns = []
        for part in range(r.choice([1, 1, 2])):
            count = r.choice([0, 1, 1, 2])
            for index in range(count):
                name = f"{number}.d/{part}-{index}.conf"
                self.files[name] = None
                self.files[name] = "".join(self.body(depth + 1, in_match))
            form = r.choice(["{}-*.conf"] * 4 + ["{}-?.conf", "{}-[0-9].conf", "[{}]-*.conf", "{}-0.conf", "absent.conf"])
            patterns.append(f"{self.folder}/{number}.d/{form.format(part)}")
        if r.random() < 0.1:
            patterns.append(patterns[0])  # read twice
        self.globs.update(patterns)
        return self.line("Include", patterns)

    def write(self):
        main = "".join(self.body(0, False))
        for command, keyword in (("/usr/bin/keys", "AuthorizedKeysCommandUser"), ("/usr/bin/principals", "AuthorizedPrincipalsCommandUser")):
            if any(command in (text or "") for text in (main, *self.files.values())):
                main = f"{keyword} nobody\n" + main  # it takes one
        if self.r.random() < 0.05:
            main = main.rstrip("\r\n")
        for name, text in {**self.files, "main": main}.items():
            path = pathlib.Path(self.folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes((text or "").encode())
        return main


def random_connection(r):
    c = {"user": r.choice(USERS * 2 + STRANGERS), "host": r.choice(HOSTS).lower(), "address": r.choice(ADDRESSES), "local_address": r.choice(ADDRESSES),
         "local_port": str(r.choice(PORTS)), "rdomain": r.choice(DOMAINS)}
    return c


def spec_of(c, release):
    names = {"user": "user", "host": "host", "address": "addr", "local_address": "laddr", "local_port": "lport", "rdomain": "rdomain"}
    return ",".join(f"{names[k]}={v}" for k, v in c.items()) + (",invalid-user" if release >= 909 and c["user"] in STRANGERS else "")


def groups_of(user):
    if user in STRANGERS:
        return []
    entry = pwd.getpwnam(user)
    names = []
    for gid in os.getgrouplist(user, entry.pw_gid):
        try:
            names.append(grp.getgrgid(gid).gr_name)
        except KeyError:
            pass
    return names


NONCE = "0123456789abcdef0123456789abcdef"


def section(name, body, **arguments):
    text = "".join(f" {k}={urllib.parse.quote(v, safe='-._~/:@,+')}" for k, v in arguments.items())
    return f"{NONCE} begin {name}{text}\n".encode() + body + f"\n{NONCE} end {name} 0\n".encode()


def include_sections(writer):
    """Which files every pattern means, in the order in which sshd reads them."""
    return [section("sshd_config.include", "".join(f"{name}\n" for name in sorted(glob.glob(pattern))).encode(), pattern=pattern, folder="listed")
            for pattern in sorted(writer.globs)]


def evidence_of(server, writer, main, dump, answers):
    out = [f"sshvet-evidence 1 {NONCE}\n".encode(), section("collector", b"", uid="0", user="root"),
           section("host.os_release", b"ID=debian\n", path="/etc/os-release"),
           section("host.openssh", server.banner.encode() + b"\n", command="sshd"), section("sshd_config.dump", dump, command="sshd -T"),
           section("sshd_config.defaults", server.defaults, command="sshd -T"), section("sshd_config.file", main.encode(), path="/etc/ssh/sshd_config")]
    out += [section("sshd_config.file", text.encode(), path=f"{writer.folder}/{name}") for name, text in writer.files.items() if name.endswith(".conf")]
    out += include_sections(writer)
    for connection, answer in answers:
        groups = groups_of(connection["user"])
        out.append(section("oracle.answer", answer, exists="no" if connection["user"] in STRANGERS else "yes", groups=",".join(groups), **connection))
    out.append(f"{NONCE} done\n".encode())
    return b"".join(out)


class Driver:
    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def judge(self, evidence):
        self.process.stdin.write(f"{len(evidence)}\n".encode() + evidence)
        self.process.stdin.flush()
        lines = []
        while True:
            line = self.process.stdout.readline().decode(errors="replace")
            if not line:
                return lines + ["the driver died\n"], [0, 0, 0, 1]
            if line.startswith("end "):
                return lines, [int(n) for n in line.split()[1:]]
            lines.append(line)


def reason_of(message):
    """sshd's complaint without what differs from one configuration to the next."""
    line = message.decode(errors="replace").strip().splitlines()[-1] if message.strip() else "nothing was said"
    return re.sub(r"'[^']*'|\"[^\"]*\"|\d+", "…", re.sub(r"/\S+", "FILE", line))


def run_one(seed, server, driver, scratch, connections):
    r = random.Random(seed)
    with tempfile.TemporaryDirectory(dir=scratch, prefix="c") as folder:
        writer = Writer(r, server, folder)
        main = writer.write()
        path = os.path.join(folder, "main")
        status, dump = server.dump(path)
        if status != 0:
            return "refused", reason_of(dump), [0, 0, 0, 0], b""
        answers = []
        for _ in range(connections):
            connection = random_connection(r)
            status, answer = server.run(path, spec_of(connection, server.release))
            if status != 0:
                return "refused", "with -C: " + reason_of(answer), [0, 0, 0, 0], b""
            answers.append((connection, answer))
        evidence = evidence_of(server, writer, main, dump, answers)
        evidence = evidence.replace(folder.encode(), b"/etc/ssh/test").replace(server.key.encode(), b"/etc/ssh/test/key")
        lines, counts = driver.judge(evidence)
        return ("agreed" if counts[3] == 0 else "differed"), "".join(lines), counts, evidence


def keep_evidence(folder, name, evidence):
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    pathlib.Path(folder, f"{name}.evidence").write_bytes(evidence)


def run(server, driver_path, configs, seed, jobs, keep, scratch, connections=3, tell=lambda text: None):
    """Returns the tally of one server: Counter, sums, refusals, the first disagreements; tells of these as they come, and how far it is."""
    outcomes, refusals, sums, differences = collections.Counter(), collections.Counter(), [0, 0, 0, 0], []
    lock, started = threading.Lock(), time.monotonic()

    def note(number, outcome, text, counts, evidence):
        outcomes[outcome] += 1
        sums[:] = [a + b for a, b in zip(sums, counts)]
        if outcome == "refused":
            refusals[text] += 1
        if outcome == "differed":
            differences.append((number, text))
            tell(f"  configuration {number}:\n" + "".join("    " + line + "\n" for line in text.splitlines()))
            if keep:
                keep_evidence(keep, f"{server.release}-{seed}-{number}", evidence)
        done = sum(outcomes.values())
        if done % 500 == 0:
            tell(f"  {server.release}: {done} of {configs}, {dict(outcomes)}, {time.monotonic() - started:.0f} seconds")

    def work(index):
        driver = Driver(driver_path)
        for number in range(index, configs, jobs):
            result = run_one(f"{seed}/{server.release}/{number}", server, driver, scratch, connections)
            with lock:
                note(number, *result)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        list(pool.map(work, range(jobs)))
    return outcomes, sums, refusals, sorted(differences)


def describe(server, configs, seed, outcomes, sums, refusals):
    text = f"{server.banner.split(',')[0]}: {configs} configurations, seed {seed}: {dict(outcomes)}; {sums[0]} connections, {sums[1]} values, " \
           f"{sums[2]} unknown to us, {sums[3]} wrong"
    for reason, count in refusals.most_common(8):
        text += f"\n    refused {count}: {reason}"
    return text


def make_key(folder):
    key = os.path.join(folder, "key")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    return key


def find_driver():
    for preset in ("release", "dev"):
        path = TOP / "build" / preset / "effective_driver"
        if path.exists():
            return str(path)
    raise SystemExit("no driver is built: --driver names it")


def find_again(driver):
    """What is built beside the driver."""
    return str(pathlib.Path(driver).resolve().parent / "libsshd_again.so")


def find_servers():
    """The machine's own sshd and those of other Debian releases, which are fetched once."""
    found = ["/usr/sbin/sshd"]
    for release in RELEASES:
        done = subprocess.run([HERE / "old_sshd", release, TOP / "build" / "sshd" / release], capture_output=True, text=True)
        if done.returncode == 0:
            found.append(str(TOP / "build" / "sshd" / release / "sshd"))
        else:
            print(f"{release}: {done.stdout.strip().splitlines()[-1]}")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--driver", help="default: that of build/release, else of build/dev")
    parser.add_argument("--configs", type=int, default=700, help="for each sshd")
    parser.add_argument("--total", type=int, help="for all of them together")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", metavar="FOLDER", help="where evidence of disagreements goes")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="run this configuration alone, and keep its evidence")
    parser.add_argument("sshd", nargs="*")
    options = parser.parse_args()
    worst, started = 0, time.monotonic()
    options.driver = options.driver or find_driver()
    options.sshd = options.sshd or find_servers()
    if options.total:
        options.configs = -(-options.total // len(options.sshd))
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None, prefix="sshvet-effective.") as scratch:
        for path in options.sshd:
            server = Server(path, scratch, make_key(tempfile.mkdtemp(dir=scratch)), again=find_again(options.driver))
            if options.only is not None:
                outcome, text, counts, evidence = run_one(f"{options.seed}/{server.release}/{options.only}", server, Driver(options.driver), scratch, 3)
                keep_evidence(options.keep or ".", f"{server.release}-{options.seed}-{options.only}", evidence)
                print(outcome, counts, text, sep="\n")
                continue
            outcomes, sums, refusals, differences = run(server, options.driver, options.configs, options.seed, options.jobs, options.keep, scratch,
                                                        tell=lambda text: print(text, flush=True))
            print(describe(server, options.configs, options.seed, outcomes, sums, refusals), flush=True)
            worst = max(worst, 1 if differences or outcomes["agreed"] < options.configs // 2 else 0)
    if options.only is None:
        print(f"{options.configs * len(options.sshd)} configurations in {time.monotonic() - started:.0f} seconds, {options.jobs} at once")
    return worst


if __name__ == "__main__":
    sys.exit(main())

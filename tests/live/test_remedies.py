"""A remedy put where it says makes its rule pass on the real sshd, on a stock server and on one where everything is wrong.

What sshd makes of the lines is its own word (sshd -T); it stands in the evidence of the case debian12-root in place of that server's.
"""
import json
import os
import pathlib
import re
import subprocess

import pytest

import effective
from test_sshd_effective import RELEASES, sshd_of

CASE = pathlib.Path(__file__).resolve().parent.parent / "cases" / "debian12-root" / "evidence"
KEYWORDS = pathlib.Path(__file__).resolve().parent.parent.parent / "checks" / "sshd_keywords.def"
STOCK = ["UsePAM yes", "KbdInteractiveAuthentication no", "X11Forwarding yes", "AcceptEnv LANG LC_*"]
# Everything that can be wrong at once.
WEAK = """PermitTunnel yes|GatewayPorts yes|StreamLocalBindUnlink yes|StreamLocalBindMask 0000|X11UseLocalhost no|X11Forwarding yes|GSSAPIAuthentication yes
GSSAPIKeyExchange yes|GSSAPIStrictAcceptorCheck no|GSSAPICleanupCredentials no|KerberosAuthentication yes|KerberosTicketCleanup no|HostbasedAuthentication yes
HostbasedUsesNameFromPacketOnly yes|HostbasedAcceptedKeyTypes +ssh-rsa|PubkeyAcceptedKeyTypes +ssh-rsa|HostKeyAlgorithms +ssh-rsa|CASignatureAlgorithms +ssh-rsa
AuthorizedKeysCommand /bin/true|AuthorizedKeysCommandUser root|AuthorizedPrincipalsCommandUser root|TrustedUserCAKeys /etc/ssh/ca.pub|ExposeAuthInfo yes|AcceptEnv *
UseDNS yes|VersionAddendum hello|PrintLastLog no|SyslogFacility LOCAL0|FingerprintHash md5|TCPKeepAlive no|PermitUserEnvironment yes|PermitEmptyPasswords yes
StrictModes no|IgnoreRhosts no|LogLevel DEBUG|PubkeyAuthentication no|MaxSessions 100|UsePAM no""".replace("\n", "|").split("|")
NEWER = {"persourcepenalties": ["PerSourcePenalties no", "PerSourcePenaltyExemptList 0.0.0.0/0"], "refuseconnection": ["SetEnv LD_PRELOAD=/tmp/x"]}
# These add up, or the last one counts; their remedies say that other lines have to go.
REPLACED = {"acceptenv", "fingerprinthash", "streamlocalbindmask"}
OLD_NAMES = {"pubkeyacceptedalgorithms": "PubkeyAcceptedKeyTypes", "hostbasedacceptedalgorithms": "HostbasedAcceptedKeyTypes"}
# Remedies that are no line, or one of several that exclude each other.
BY_HAND = {"sshd-set-env", "sshd-host-key-files", "sshd-refuse-connection"}
# What was seen on the wire is another server's: the recorded one.
OF_THE_WIRE = {"sshd-offers-as-configured"}


class Host:
    def __init__(self, sshd, folder):
        self.sshd, self.folder = sshd, folder
        self.key = effective.make_key(str(folder))
        said = subprocess.run([sshd, "-V"], capture_output=True, text=True)
        self.version = re.search(r"OpenSSH_[^ ,]+", said.stdout + said.stderr).group(0)
        self.known = set(self.dump([]).lower().split())

    def dump(self, lines):
        path = self.folder / "sshd_config"
        path.write_text("".join(line + "\n" for line in [*lines, "HostKey %s" % self.key]))
        done = subprocess.run([self.sshd, "-T", "-f", path], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def findings(self, lines, profile="strict"):
        text = CASE.read_text().replace("OpenSSH_9.2p1", self.version)
        dump = self.dump(lines)
        text = re.sub(r"(begin sshd_config\.dump[^\n]*\n).*?(\n\w+ end sshd_config\.dump)", lambda m: m.group(1) + dump + m.group(2), text, flags=re.S)
        (self.folder / "evidence").write_text(text)
        done = subprocess.run([os.environ["SSHVET"], "evaluate", "evidence", "--profile", profile, "--format", "json"], cwd=self.folder, capture_output=True, text=True)
        found = json.loads(done.stdout)["targets"][0]["findings"]
        return [f for f in found if f["module"] == "sshd_config" and f["status"] in ("fail", "error") and f["rule"] not in OF_THE_WIRE]


def remedy_lines(findings):
    """The first line for each keyword; a second one of a remedy is an alternative."""
    spellings = set(re.findall(r"^(?:KEYWORD|ALIAS)\((\w+),", KEYWORDS.read_text(), re.M))
    lines = {}
    for finding in findings:
        quoted = [line for line in re.findall(r'"(\w+ [^"]*)"', finding["remediation"]) if line.split()[0].lower() in spellings]
        assert quoted or finding["rule"] in BY_HAND, finding
        for line in quoted:
            # With one-time codes, which this server does not have.
            if finding["rule"] not in BY_HAND and not line.startswith("AuthenticationMethods "):
                lines.setdefault(line.split()[0].lower(), line)
    return lines


@pytest.mark.root
@pytest.mark.parametrize("start", ["stock", "weak"])
@pytest.mark.parametrize("name", RELEASES)
def test_remedies_make_rules_pass(name, start, ground):
    folder = ground / f"remedies-{name}-{start}"
    folder.mkdir()
    host = Host(sshd_of(RELEASES[name]), folder)
    before = STOCK if start == "stock" else WEAK + [line for keyword, lines in NEWER.items() if keyword in host.known for line in lines]

    failed = host.findings(before)
    assert not [f for f in failed if f["status"] == "error"]
    assert len(failed) >= (20 if start == "stock" else 50)
    lines = remedy_lines(failed)
    fixed = [OLD_NAMES[k] + line[line.index(" "):] if k in OLD_NAMES and k not in host.known else line for k, line in lines.items()]
    rest = [line for line in before if not (line.split()[0].lower() in REPLACED and line.split()[0].lower() in lines)]
    left = [f["rule"] for f in host.findings(fixed + rest) if f["rule"] not in BY_HAND]
    assert not left, left

"""Who can log in, and from where: what sshd_config.logins says is what happens when every account tries with a key."""
import fnmatch
import ipaddress
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

import accounts as scenes

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = ["10.1.2.3", "10.200.0.1", "192.168.7.9"]
pytestmark = pytest.mark.namespaces("--mount", "--pid", "--fork", "--net")

CONFIGS = {
    "everybody": "PermitRootLogin prohibit-password",
    "allow_users": "AllowUsers alice bob@10.0.0.0/8 c*@192.168.7.? dave@10.*,!10.1.2.3 locked expired root@*",
    "deny_users": "PermitRootLogin yes\nDenyUsers bob alice@10.1.2.3 dave@* r??t@192.168.0.0/16",
    "groups": "AllowGroups ops dev* root\nDenyGroups b?d",
    "all_four": "AllowUsers alice carol@10.0.0.0/8 bob@!10.1.2.3,10.* dave\nDenyUsers *@10.200.0.1\nAllowGroups ops develop\nDenyGroups bad",
    "match_address": "AllowUsers *\nMatch Address 10.0.0.0/8\n  PubkeyAuthentication no\nMatch User alice,root\n  PubkeyAuthentication yes",
    "match_group": "PermitRootLogin no\nMatch Group ops\n  DenyUsers carol\nMatch Address 192.168.0.0/16\n  AllowUsers bob d*\n  PermitRootLogin yes",
    "methods": "AuthenticationMethods publickey,password\nMatch User bob,root\n  AuthenticationMethods publickey\nMatch User alice Address 192.168.7.9\n  AuthenticationMethods publickey hostbased",
}


def run(folder, config):
    """What sshvet says of it, and who got in."""
    folder.chmod(0o755)
    for name in ("key", "host_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", folder / name], check=True)
    (folder / "config").write_text(config + "\n")
    (folder / "collector").write_bytes(subprocess.run([os.environ["SSHVET"], "collector"], check=True, stdout=subprocess.PIPE).stdout)
    done = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--net", "--mount-proc", sys.executable, HERE / "accounts.py", "logins", folder, sys.executable,
                           HERE / "logins.py", folder, *SOURCES], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    report = subprocess.run([os.environ["SSHVET"], "evaluate", folder / "evidence", "--facts", "--format", "json"], stdout=subprocess.PIPE, check=False)
    return json.loads(report.stdout)["targets"][0]["facts"]["sshd_config"], json.loads((folder / "out").read_text())


def is_one_of(address, patterns):
    """A list as sshd matches it: what is negated and matches decides."""
    found = False
    for pattern in patterns.split(","):
        name = pattern.lstrip("!")
        hit = ipaddress.ip_address(address) in ipaddress.ip_network(name) if "/" in name else fnmatch.fnmatchcase(address, name)
        if hit and pattern.startswith("!"):
            return False
        found = found or hit
    return found


def choose_row(rows, user, source):
    """The row of the block about addresses that applies, else the one without a block. There is none where the account is not let in."""
    plain = None
    for row in (row for row in rows if row["user"] == user):
        block = re.search(r"Match .*address (\S+?)\)?$", row["subject"], re.I)
        if block and is_one_of(source, block.group(1)):
            return row
        plain = plain if block else row
    return plain


def is_let_in(rows, user, source):
    row = choose_row(rows, user, source)
    if not row or "publickey" not in row["methods"]:
        return False
    refused = any(is_one_of(source, entry[1:]) for entry in row["from"] if entry.startswith("!"))
    return not refused and any(entry == "anywhere" or is_one_of(source, entry) for entry in row["from"] if not entry.startswith("!"))


@pytest.mark.parametrize("name", CONFIGS)
def test_who_gets_in(name, tmp_path):
    facts, came_in = run(tmp_path, CONFIGS[name])
    assert "unavailable" not in facts or not [u for u in facts["unavailable"] if "logins" in u["fact"]], facts["unavailable"]
    said = {key: is_let_in(facts["logins"], *key.split()) for key in came_in}
    assert said == came_in, json.dumps(facts["logins"], indent=1)
    assert not [row for row in facts["logins"] if {"*", "!*"} & set(row["from"])], "every host is no host in particular"
    assert len(came_in) == len(SOURCES) * (len(scenes.LOGINS) + 1) and len(set(came_in.values())) == 2, came_in

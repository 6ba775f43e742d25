"""StrictModes, and who else could add a key: our reading of permissions against a real sshd, real logins, and other accounts that try.

SSHVET_TEST_SEED and SSHVET_TEST_STATES ask for other states, and more of them.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import pytest

HERE = pathlib.Path(__file__).resolve().parent
STATES = int(os.environ.get("SSHVET_TEST_STATES", "70"))
SEED = int(os.environ.get("SSHVET_TEST_SEED", str(int(time.time()) % 1000000)))


def can_run():
    if os.geteuid() != 0 or not shutil.which("setfacl") or not os.path.exists("/usr/sbin/sshd"):
        return False
    return subprocess.run(["unshare", "-m", "-n", "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not can_run(), reason="needs root, namespaces, sshd and setfacl")


def ask(tmp_path, seed, states, strict):
    """What sshd did with each account, and what the program says: ({account: …}, [items of keys.strict_modes])."""
    script = tmp_path / "collector"
    script.write_bytes(subprocess.run([os.environ["SSHVET"], "collector"], check=True, stdout=subprocess.PIPE).stdout)
    print("seed", seed, "states", states, "strict", strict)
    subprocess.run(["unshare", "-m", "-n", "-p", "-f", "--mount-proc", sys.executable, str(HERE / "strict_modes.py"), str(script), str(tmp_path), "--seed", str(seed), "--states",
                    str(states), "--strict", strict], check=True, timeout=60 + 3 * states)
    report = subprocess.run([os.environ["SSHVET"], "evaluate", str(tmp_path / "evidence"), "--facts", "--format", "json"], stdout=subprocess.PIPE, check=False)
    keys = json.loads(report.stdout)["targets"][0]["facts"]["keys"]
    assert "unavailable" not in keys, keys["unavailable"]
    return json.loads((tmp_path / "logins.json").read_text()), keys["strict_modes"]


def compare(logins, items):
    """Disagreements, and how many accounts sshd let in and kept out."""
    wrong = []
    for name, login in logins.items():
        mine = [i for i in items if i.get("user") == name]
        unknown = [i for i in mine if "refused" not in i or "writers" not in i]
        # An ACL is the one thing whose contents are not read: then nothing is claimed.
        if unknown and not login["state"][2]:
            wrong.append(("unknown", name, login, mine))
        if not any("refused" not in i for i in mine) and any(not i["refused"] for i in mine) != login["accepted"]:
            wrong.append(("refused", name, login, mine))
        # An ACL that lets nobody write who could get there is named all the same.
        for i in mine:
            if "writers" in i and bool(i["writers"]) != bool(login["writers"]) and not (login["state"][2] and i["writers"]):
                wrong.append(("writers", name, login, i))
    return wrong, sum(login["accepted"] for login in logins.values())


def test_strict_modes_as_sshd_has_it(tmp_path):
    logins, items = ask(tmp_path, SEED, STATES, "yes")
    wrong, accepted = compare(logins, items)
    assert not wrong, json.dumps(wrong, indent=1)
    assert len(logins) == STATES >= 60
    assert 10 < accepted < STATES - 10, "the states do not tell sshd apart"
    print(STATES, "states,", accepted, "let in")


def test_without_strict_modes(tmp_path):
    logins, items = ask(tmp_path, SEED + 1, 20, "no")
    wrong, accepted = compare(logins, items)
    assert not wrong, json.dumps(wrong, indent=1)
    assert accepted > 10

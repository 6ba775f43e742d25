"""Our reading of sshd's configuration is sshd's own: random configurations, on every release that can be had here.

SSHVET_TEST_CONFIGS says how many, over all releases; effective.py runs more, and repeats a seed.
"""
import os
import pathlib
import subprocess

import pytest

import conftest
import effective
import lab

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ["SSHVET"]).resolve().parent
OLD = HERE.parent.parent / "build" / "sshd"
RELEASES = {"own": None, "debian11": "bullseye", "debian13": "trixie"}
CONFIGS = int(os.environ.get("SSHVET_TEST_CONFIGS", 2100)) // len(RELEASES)


def sshd_of(release):
    if release is None:
        return lab.SSHD
    done = subprocess.run([HERE / "old_sshd", release, OLD / release], capture_output=True, text=True)
    if done.returncode == 77:
        pytest.skip(done.stdout.strip().splitlines()[-1])
    assert done.returncode == 0, done.stdout + done.stderr
    return str(OLD / release / "sshd")


@pytest.mark.root
@pytest.mark.parametrize("name", RELEASES)
def test_agrees_with_sshd(name, ground, capsys):
    path = sshd_of(RELEASES[name])
    folder = ground / f"effective-{name}"
    folder.mkdir()
    server = effective.Server(path, str(folder), effective.make_key(str(folder)), again=effective.find_again(BUILD / "effective_driver"))
    outcomes, sums, refusals, differences = effective.run(server, str(BUILD / "effective_driver"), CONFIGS, conftest.SEED, os.cpu_count() or 1, folder / "differ",
                                                          str(folder))
    told = effective.describe(server, CONFIGS, conftest.SEED, outcomes, sums, refusals)
    with capsys.disabled():
        print("\n" + told)
    assert not differences, told + "\n" + "\n".join(f"configuration {number}:\n{text}" for number, text in differences[:5])
    # Agreement on little would be worth little.
    assert outcomes["agreed"] >= CONFIGS * 0.9
    assert sums[2] * 100 < sums[1], "more than one value in a hundred is unknown to us"

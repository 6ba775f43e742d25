"""What the tests of the command line share: the program in a folder of its own, with nothing of the user's around it."""

import os
import pathlib
import subprocess

import pytest

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
SSHVET = os.environ.get("SSHVET")


def pytest_configure(config):
    if not SSHVET or not os.access(SSHVET, os.X_OK):
        raise pytest.UsageError("SSHVET must name the program to test")


@pytest.fixture
def evidence():
    """A saved evidence file of a real server."""
    return SOURCE / "tests" / "cases" / "debian12-root" / "evidence"


@pytest.fixture
def run(tmp_path):
    """Run the program in tmp_path; standard output and error are text, cut apart from each other."""
    (tmp_path / "home").mkdir()

    def call(*arguments, stdin="", stdout=subprocess.PIPE, env=None, **more):
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path / "home"),
            "USER": "tester",
            "LC_ALL": "C.UTF-8",
            "SOURCE_DATE_EPOCH": "1700000000",
            **(env or {}),
        }
        return subprocess.run(
            [SSHVET, *map(str, arguments)], cwd=tmp_path, env=environment, input=stdin, stdout=stdout,
            stderr=subprocess.PIPE, text=True, timeout=120, check=False, **more)

    return call


@pytest.fixture
def key(tmp_path):
    """A client key, so that nothing but what a test is about is wrong."""
    path = tmp_path / "home" / ".ssh" / "id_ed25519"
    path.parent.mkdir(mode=0o700)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path

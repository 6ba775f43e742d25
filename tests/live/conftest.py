"""Fixtures of the live tests. SSHVET names the program under test; SSHVET_TEST_SEED repeats a run's choices."""
import contextlib
import fcntl
import os
import pathlib
import random
import shutil
import tempfile

import pytest

import lab as workshop

SEED = int(os.environ.get("SSHVET_TEST_SEED", random.SystemRandom().randrange(1 << 32)))


def pytest_report_header():
    return f"SSHVET={os.environ.get('SSHVET')} SSHVET_TEST_SEED={SEED} user={workshop.USER}"


def pytest_configure(config):
    binary = os.environ.get("SSHVET", "")
    if not os.access(binary, os.X_OK):
        pytest.exit("SSHVET must name the program to test; ctest sets it", returncode=2)
    if not os.access(workshop.SSHD, os.X_OK):
        pytest.exit(f"{workshop.SSHD} is not there: scripts/setup installs it", returncode=2)
    config.addinivalue_line("markers", "root: needs root, for other accounts and for namespaces")
    config.addinivalue_line("markers", "namespaces(*flags): needs root and the right to make these namespaces (unshare(1))")


def pytest_runtest_setup(item):
    if item.get_closest_marker("root") and not workshop.ROOT:
        pytest.skip("needs root: the server must log in other accounts")
    for marker in item.iter_markers("namespaces"):
        if not workshop.has_namespaces(*marker.args):
            pytest.skip(f"needs root and the right to make namespaces: unshare {' '.join(marker.args)}")


@pytest.fixture(scope="session")
def ground():
    """One private folder for the whole session. Servers that log in other accounts must be able to pass through it."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sshvet-live."))
    folder.chmod(0o711)
    workshop.adopt_orphans()
    borrowed = borrow_run_sshd() if workshop.ROOT else None
    yield folder
    workshop.kill(workshop.descendants(os.getpid()))
    shutil.rmtree(folder)
    if borrowed:
        give_back(*borrowed)


RUN_SSHD = "/run/sshd"  # root's sshd separates its privileges there; only its service makes the folder


def borrow_run_sshd():
    """Make the folder where it is not. Sessions run side by side, so each holds a lock on it as long as it needs it."""
    while True:
        made = not os.path.isdir(RUN_SSHD)
        if made:
            os.makedirs(RUN_SSHD, 0o755, exist_ok=True)
        folder = os.open(RUN_SSHD, os.O_RDONLY)
        fcntl.flock(folder, fcntl.LOCK_SH)
        if os.path.isdir(RUN_SSHD) and os.path.samestat(os.stat(RUN_SSHD), os.fstat(folder)):
            return folder, made
        os.close(folder)  # its maker removed it between our two looks


def give_back(folder, made):
    """Who made it removes it when the last who needs it is done."""
    if made:
        fcntl.flock(folder, fcntl.LOCK_EX)
        with contextlib.suppress(OSError):
            os.rmdir(RUN_SSHD)
    os.close(folder)


@pytest.fixture(scope="session")
def keys(ground):
    folder = ground / "keys"
    folder.mkdir(mode=0o711)
    return folder


@pytest.fixture
def lab(ground, keys, request):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="test.", dir=ground))
    folder.chmod(0o711)
    made = workshop.Lab(folder, keys, random.Random(f"{SEED} {request.node.nodeid}"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared(ground, keys, request):
    """A workshop for the tests of a whole file, for servers that several of them scan."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="shared.", dir=ground))
    folder.chmod(0o711)
    made = workshop.Lab(folder, keys, random.Random(f"{SEED} {request.node.nodeid}"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(shared):
    """An sshd of the ordinary kind."""
    return shared.server()

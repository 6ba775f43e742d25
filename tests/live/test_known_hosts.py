"""Which host keys are trusted, and how trust is learnt."""
import subprocess

import pytest

import lab as workshop


@pytest.fixture(scope="module")
def quick(shared):
    return shared.quick_server()


def test_hashed(lab, quick):
    known = quick.write_known_hosts()
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", known], check=True, capture_output=True)
    assert known.read_text().startswith("|1|")
    lab.scan(server=quick, known_hosts=known).scanned()


def test_hashed_by_another_name(lab, quick):
    other = lab.write("known_hosts", quick.known_hosts.read_text().replace("127.0.0.1", "127.0.0.2"))
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", other], check=True, capture_output=True)
    assert lab.scan(server=quick, known_hosts=other).code() == "host_key_unknown"


@pytest.mark.parametrize("pattern, code", [
    ("[127.0.0.*]:{port}", None), ("[127.0.?.1]:{port}", None), ("[other]:{port},[127.0.0.1]:{port}", None),
    ("[127.*]:{port},![127.0.0.1]:{port}", "host_key_unknown"), ("127.0.0.1", "host_key_unknown"), ("[127.0.0.1]:1", "host_key_unknown"),
])
def test_patterns(lab, quick, pattern, code):
    line = f"{pattern.format(port=quick.port)} {workshop.public_half(quick.host_keys[0])}\n"
    run = lab.scan(server=quick, known_hosts=lab.write("known_hosts", line))
    assert run.code() == code


def test_one_good_key_among_several(lab, quick):
    other = quick.write_known_hosts([lab.make_key()]).read_text()
    known = lab.write("known_hosts", f"# a comment\n\n{other}broken line\n{quick.known_hosts.read_text()}")
    lab.scan(server=quick, known_hosts=known).scanned()


def test_second_file(lab, quick):
    lab.scan(server=quick, known_hosts=lab.write("known_hosts", ""), args=["--known-hosts", quick.known_hosts]).scanned()


def test_usual_file(lab, quick):
    """Without --known-hosts it is the one in the home folder."""
    ssh = lab.home / ".ssh"
    ssh.mkdir(mode=0o700)
    (ssh / "known_hosts").write_text(quick.known_hosts.read_text())
    folder = lab.new_folder("run")
    command = lab.command([quick.target], [], folder, quick)
    at = command.index("--known-hosts")
    lab.run(command[:at] + command[at + 2:], folder).scanned()


def test_accept_new(lab, quick):
    """A host is learnt once; the file is private; strict is content with it afterwards."""
    known = lab.folder / "learnt"
    for _ in range(2):
        lab.scan(server=quick, known_hosts=known, args=["--host-key", "accept-new"]).scanned()
        assert len(known.read_text().splitlines()) == 1
    assert known.stat().st_mode & 0o777 == 0o600
    lab.scan(server=quick, known_hosts=known).scanned()
    found = subprocess.run(["ssh-keygen", "-F", quick.hosts(), "-f", known], capture_output=True, text=True)
    assert workshop.public_half(quick.host_keys[0]) in found.stdout, "OpenSSH reads it, too"


def test_accept_new_after_a_line_without_its_end(lab, quick):
    known = lab.write("known_hosts", f"unrelated {workshop.public_half(lab.key())}")
    lab.scan(server=quick, known_hosts=known, args=["--host-key", "accept-new"]).scanned()
    assert len(known.read_text().splitlines()) == 2
    lab.scan(server=quick, known_hosts=known).scanned()


def test_ignore_warns_everywhere(lab, quick):
    run = lab.scan(server=quick, known_hosts=quick.write_known_hosts([lab.make_key()]), args=["--host-key", "ignore"])
    run.scanned()
    assert "not verified" in run.err
    assert any("not verified" in warning for warning in run.report["warnings"])
    for name in ("report.xml", "report.txt", "journal"):
        assert "not verified" in (run.folder / name).read_text(), name


def test_strict_does_not_warn(lab, quick):
    run = lab.scan(server=quick)
    assert run.report["warnings"] == [] and "not verified" not in run.err


def test_world_writable_file_is_refused(lab, quick):
    known = quick.write_known_hosts()
    known.chmod(0o666)
    before = quick.connections()
    run = lab.scan(server=quick, known_hosts=known)
    assert run.status == 2 and str(known) in run.err and "chmod" in run.err
    assert quick.connections() == before


@pytest.mark.namespaces("-m")
def test_full_disk(lab, quick):
    """A host that cannot be learnt is not the host's fault: the scan ends with the reason, and the key is not half there."""
    folder = lab.new_folder("full")
    space = workshop.Space(["-m"], [f"mount -t tmpfs -o size=4k none {folder}", f"head -c 4096 /dev/zero | tr '\\0' '#' >{folder}/known"])
    run = lab.scan(server=quick, known_hosts=folder / "known", args=["--host-key", "accept-new"], space=space)
    assert run.status == 4 and run.report is None
    assert "No space left" in run.err and "known" in run.err

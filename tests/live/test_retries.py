"""What is tried again and what never is. Whoever counts failed logins (fail2ban, PerSourcePenalties, MaxAuthTries) sees nothing to count."""
import re
import socket
import time

import pytest

import lab as workshop


def resets_first(times, port):
    """Reset the first connections before the identification, then lead on to a server."""
    def handle(connection, number):
        if number <= times:
            workshop.reset(connection)
        else:
            workshop.proxy(connection, port)
    return handle


def known_as(lab, server, listener):
    return lab.write("known_hosts", f"[127.0.0.1]:{listener.port} {workshop.public_half(server.host_keys[0])}\n")


@pytest.fixture(scope="module")
def quick(shared):
    return shared.quick_server("LogLevel DEBUG1")


@pytest.mark.parametrize("times, retries", [(0, 2), (1, 1), (2, 2)])
def test_reset_before_the_identification(lab, quick, times, retries):
    logins = quick.logins()
    front = lab.listener(resets_first(times, quick.port))
    run = lab.scan(front.target, args=["--retries", str(retries)], known_hosts=known_as(lab, quick, front))
    run.scanned()
    assert front.count == times + 1
    assert quick.logins() == logins + 1


@pytest.mark.parametrize("retries", [0, 1, 2])
def test_tries_are_counted(lab, retries):
    front = lab.listener(resets_first(99, 0))
    run = lab.scan(front.target, args=["--retries", str(retries)])
    assert run.code() == "protocol"
    assert front.count == retries + 1
    assert ("tries" in run.message()) == (retries > 0)


def test_pauses_grow(lab):
    """Exponential, with jitter: half a second or more, then a second or more."""
    times = []
    front = lab.listener(lambda connection, number: (times.append(time.monotonic()), workshop.reset(connection)))
    lab.scan(front.target, args=["--retries", "2"])
    assert times[1] - times[0] >= 0.45
    assert times[2] - times[1] >= 0.95


def test_no_try_after_the_deadline(lab):
    front = lab.listener(resets_first(99, 0))
    run = lab.scan(front.target, args=["--retries", "50", "--timeout", "2"])
    assert run.code() == "protocol"
    assert run.target()["duration_ms"] < 2500
    assert front.count <= 3


def test_refused_connections_are_tried_again(lab):
    """The server comes back while the scan waits."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    folder = lab.new_folder("run")
    command = lab.command([f"127.0.0.1:{port}"], ["--retries", "3", "-v"], folder)
    process = lab.start(command)
    line = process.stderr.readline()
    assert b"connect_refused" in line and b"trying again" in line, line
    with socket.create_server(("127.0.0.1", port)) as server:
        connection, _ = server.accept()
        connection.close()
    process.communicate(timeout=30)


def test_real_server_that_is_full(lab):
    """MaxStartups turns the first try away; somebody else gives up his place before the second."""
    server = lab.quick_server("MaxStartups 1")
    with socket.create_connection(("127.0.0.1", server.port)) as squatter:
        squatter.recv(100)
        process = lab.start(lab.command([server.target], ["--retries", "3", "-v"], folder := lab.new_folder("run"), server))
        line = process.stderr.readline()
        assert b"trying again" in line, line
    out, err = process.communicate(timeout=30)
    run = workshop.Run(process.returncode, out, line + err, folder, "low")
    run.scanned()


@pytest.mark.parametrize("words", [b"Not allowed at this time\r\n", b"Exceeded MaxStartups\r\n"])
def test_refusal_is_quoted(lab, words):
    def refuse(connection, number):
        connection.sendall(words)
    front = lab.listener(refuse)
    run = lab.scan(front.target, args=["--retries", "1"])
    assert run.code() == "protocol"
    assert words.decode().strip() in run.message()
    assert front.count == 2


def test_failed_login_is_never_repeated(lab):
    """One connection, one question about one key, no other method, no second key."""
    server = lab.server("LogLevel DEBUG1", authorized=lab.make_key())
    run = lab.scan(server=server, args=["--retries", "5"])
    assert run.code() == "auth"
    log = server.settled_log()
    assert server.connections() == 1
    assert server.methods() == ["publickey"]
    assert "Failed none" not in log and "Failed password" not in log and "invalid user" not in log
    assert len(set(re.findall(r"SHA256:\S+", "\n".join(l for l in log.splitlines() if "userauth_pubkey" in l or "Failed publickey" in l)))) <= 1


def test_login_leaves_no_failure_behind(lab, quick):
    before = len(quick.log())
    lab.scan(server=quick).scanned()
    log = quick.settled_log()[before:]
    assert "Failed" not in log and "method none" not in log
    assert log.count("Connection from") == 1 and log.count("Accepted publickey") == 1


def test_changed_host_key_is_never_repeated(lab, quick):
    before = quick.connections()
    run = lab.scan(server=quick, known_hosts=quick.write_known_hosts([lab.make_key()]), args=["--retries", "5"])
    assert run.code() == "host_key_changed"
    assert quick.connections() == before + 1
    assert quick.methods()[-1:] != ["none"]


def test_connection_lost_in_the_collector(lab, quick):
    """What the collector said is used and nothing is asked twice: what is missing is an error, not a pass."""
    server = lab.server(f"ForceCommand head -c 3000 {lab.evidence()}; sleep 2; kill -9 $PPID")
    run = lab.scan(server=server, args=["--retries", "5"])
    statuses = {f["status"] for f in run.scanned()["findings"]}
    assert "error" in statuses
    assert server.connections() == 1
    whole = {(f["rule"], f.get("subject")): f["status"] for f in lab.scan(server=quick).scanned()["findings"]}
    for f in run.target()["findings"]:
        if f["status"] == "pass":
            assert whole[(f["rule"], f.get("subject"))] == "pass"


def test_no_penalty(lab):
    """What newer servers hold against an address that connects and does not log in: scans add nothing to it, and a probe of every key stays below it."""
    if not workshop.knows("PerSourcePenalties yes"):
        pytest.skip("this sshd knows no PerSourcePenalties")
    server = lab.server("PerSourcePenalties yes", host_keys=["rsa-2048", "ecdsa-256", "ed25519"])
    for _ in range(3):
        lab.scan(server=server).scanned()
    assert "penalty" not in server.settled_log()
    lab.probe(server.target).scanned()
    lab.scan(server=server).scanned()
    assert "drop connection" not in server.settled_log()

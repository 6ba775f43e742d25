"""Targets that mean harm: they trickle, flood, lie and paint. Every run's outputs are held against the rule that nothing raw gets out."""
import time

import pytest

import lab as workshop

ONCE = ["--retries", "0"]
PAINT = b"\x1b]0;owned\x07\x1b[2J\x1b[31mred\r\x08\x9b\xc2\x9b\xe2\x80\xae\xff\x00"


def proxied(lab, server, **how):
    front = lab.listener(lambda connection, number: workshop.proxy(connection, server.port, **how))
    return front, lab.write("known_hosts", f"[127.0.0.1]:{front.port} {workshop.public_half(server.host_keys[0])}\n")


@pytest.mark.parametrize("piece, pause, config", [(1, 0, ""), (7, 0, ""), (1000, 0.01, ""), (1, 0, "RekeyLimit 16K")])
def test_bytes_come_in_pieces(lab, piece, pause, config):
    """A byte at a time in both directions: the same evidence."""
    server = lab.quick_server(config)
    front, known = proxied(lab, server, piece=piece, pause=pause)
    slow = lab.scan(front.target, known_hosts=known)
    fast = lab.scan(server=server)
    assert slow.scanned()["findings"] == fast.scanned()["findings"]


def trickle(chunk, pause, before=b""):
    def handle(connection, number):
        connection.sendall(before)
        while True:
            connection.sendall(chunk)
            time.sleep(pause)
    return handle


@pytest.mark.parametrize("handle, codes", [
    (trickle(b"a", 0.05), ["banner_timeout"]),
    (trickle(b"never SSH-\r\n", 0.05), ["banner_timeout"]),
    (trickle(b"x" * 100 + b"\r\n", 0), ["protocol"]),
    (trickle(b"\0", 0.05, b"SSH-2.0-Slow\r\n"), ["protocol"]),
    (trickle(b"\0\0\0\x0c\x0a\x02" + b"\0" * 10, 0, b"SSH-2.0-Ignore\r\n"), ["protocol"]),
], ids=["trickling bytes", "endless banner", "fast endless banner", "trickling key exchange", "endless packets without a KEXINIT"])
def test_tarpit(lab, handle, codes):
    """--timeout ends it, and the rest of the scan does not notice."""
    tarpit = lab.listener(handle)
    server = lab.quick_server()
    run = lab.scan(tarpit.target, server.target, server=server, args=[*ONCE, "--timeout", "2", "--parallel", "1"])
    assert run.code(tarpit.target) in codes
    assert run.target(tarpit.target)["duration_ms"] < 4000
    run.scanned(server.target)


def paint_and_close(connection, number):
    connection.sendall(PAINT + b"\r\n")
    connection.settimeout(1)
    connection.recv(1000)


def test_paint_before_the_identification(lab):
    run = lab.scan(lab.listener(paint_and_close).target, args=[*ONCE, "-v"])
    assert run.code() == "protocol"
    assert "red" in run.message() and "\\x1b" in run.message()


def test_paint_in_the_identification(lab):
    """The server is as real as it gets, and every fact of it goes into the reports."""
    server = lab.python_server(lambda channel: channel.sendall(lab.evidence().read_bytes()), version="SSH-2.0-\x1b[31mRed\x07_1.0 \x1b[0m")
    run = lab.scan(server.target, server=server, args=["--facts", "-v"])
    assert run.target()["status"] in ("scanned", "unscanned")
    assert run.code() in (None, "protocol")


@pytest.mark.parametrize("how", ["stdout", "stderr"])
def test_paint_in_place_of_evidence(lab, how):
    paint = lab.write("paint", PAINT * 20, 0o644)
    server = lab.server(f"ForceCommand cat {paint} {'>&2' if how == 'stderr' else ''}; exit 3")
    run = lab.scan(server=server, args=[*ONCE, "-v"])
    assert run.code() == "collector_failed"
    assert "red" in run.message()


def test_paint_in_the_banner_and_the_message_of_the_day(lab):
    banner = lab.write("banner", PAINT * 3, 0o644)
    server = lab.quick_server(f"Banner {banner}\nPrintMotd yes")
    lab.scan(server=server, args=["--facts", "-v"]).scanned()


def test_paint_in_the_evidence(lab):
    """Every byte value in every section's body."""
    evidence = lab.evidence().read_bytes()
    nonce = evidence.split(b"\n")[0].split()[-1]
    painted = b"".join(line + b"\n" + (PAINT + bytes(range(256)) if line.startswith(nonce + b" begin") else b"")
                       for line in evidence.splitlines())
    server = lab.server(f"ForceCommand cat {lab.write('evidence', painted, 0o644)}")
    run = lab.scan(server=server, args=["--facts", "-v", "--evidence", lab.folder / "saved"])
    assert run.code() in (None, "protocol", "collector_failed")


def test_farewell_is_cleaned(lab):
    """The words of an SSH_MSG_DISCONNECT reach the operator, harmless."""
    def refuse(channel):
        channel.transport.close()
    server = lab.python_server(refuse)
    run = lab.scan(server.target, server=server, args=ONCE)
    assert run.code() in ("collector_failed", "channel")


def test_scanners_own_sections_cannot_be_forged(lab):
    """A target that sends what only the scanner may say is not believed."""
    evidence = lab.evidence().read_bytes()
    nonce = evidence.split(b"\n")[0].split()[-1]
    forged = evidence.replace(nonce + b" done\n", nonce + b" begin wire.identification\nSSH-2.0-OpenSSH_99\n" + nonce
                              + b" end wire.identification 0\n" + nonce + b" done\n")
    server = lab.server(f"ForceCommand cat {lab.write('evidence', forged, 0o644)}")
    assert lab.scan(server=server, args=ONCE).code() == "protocol"


def test_flood_on_standard_error_does_not_stall_the_others(lab):
    """One session reads no longer than its turn: its neighbour on the same loop is not kept waiting until the flood ends."""
    flood = lab.server(f"ForceCommand {lab.script('yes >&2')}")
    server = lab.quick_server()
    known = lab.write("known_hosts", flood.known_hosts.read_text() + server.known_hosts.read_text())
    run = lab.scan(flood.target, server.target, known_hosts=known, args=[*ONCE, "--timeout", "20"])
    assert run.code(flood.target) == "evidence_too_large"
    run.scanned(server.target)


def test_command_that_lingers(lab):
    """All of the evidence came and both outputs are closed; only the exit status never comes."""
    server = lab.server(f"ForceCommand {lab.script(f'cat {lab.evidence()}; exec >&- 2>&-; sleep 60')}")
    run = lab.scan(server=server, args=[*ONCE, "--timeout", "20"])
    run.scanned()
    assert run.target()["duration_ms"] < 12000


def test_command_that_ends_with_both_outputs_at_once(lab):
    """Many targets that say something on both outputs and end: whichever order that arrives in, none hangs."""
    server = lab.server(f"ForceCommand {lab.script('echo out; echo err >&2; exit 4')}", listen="0.0.0.0")
    targets = [f"127.1.0.{i}:{server.port}" for i in range(1, 101)]
    run = lab.scan(*targets, server=server, args=[*ONCE, "--timeout", "30"])
    assert {run.code(name) for name in targets} == {"collector_failed"}
    assert all("exit status 4, err" in t["error"]["message"] for t in run.report["targets"])


def test_huge_names_on_the_command_line(lab):
    name = "a" * 60 + ".invalid"
    assert lab.scan(name, args=ONCE).code() == "resolve"


@pytest.mark.parametrize("config", ["", "RekeyLimit 256K"])
def test_much_evidence(lab, config):
    """Just within the limit, in one section that nobody asked for."""
    evidence = lab.evidence().read_bytes()
    nonce = evidence.split(b"\n")[0].split()[-1]
    body = (b"0123456789abcdef" * 4 + b"\n") * 115000
    more = evidence.replace(nonce + b" done\n", b"%s begin host.more\n%s\n%s end host.more 0\n%s done\n" % (nonce, body, nonce, nonce))
    server = lab.server(f"{config}\nForceCommand cat {lab.write('evidence', more, 0o644)}")
    plain = lab.scan(server=lab.quick_server())
    assert lab.scan(server=server, args=ONCE).scanned()["findings"] == plain.scanned()["findings"]

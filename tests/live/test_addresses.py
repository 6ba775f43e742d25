"""Names with several addresses, IPv6, and the ways to write a target."""
import pytest

import lab as workshop
from lab import USER, Space


def hosts_file(lab, *lines):
    return f"mount --bind {lab.write('hosts', ''.join(line + chr(10) for line in lines), 0o644)} /etc/hosts"


@pytest.mark.skipif(not workshop.has_ipv6(), reason="this machine has no IPv6 loopback")
def test_ipv6(lab):
    server = lab.quick_server(listen="::1")
    run = lab.scan(server=server)
    assert run.scanned()["address"] == "::1"
    assert run.target()["port"] == server.port
    assert server.connections() == 1


@pytest.mark.skipif(not workshop.has_ipv6(), reason="this machine has no IPv6 loopback")
def test_bare_ipv6_with_a_port_option(lab):
    server = lab.quick_server(listen="::1")
    lab.scan("::1", server=server, args=["--port", str(server.port)]).scanned()


@pytest.mark.parametrize("form", ["{user}@127.0.0.1:{port}", "ssh://{user}@127.0.0.1:{port}", "ssh://127.0.0.1:{port}/"])
def test_forms_of_a_target(lab, server, form):
    text = form.format(user=USER, port=server.port)
    run = lab.scan(text, server=server, user=None if "@" in text else USER)
    assert run.scanned()["user"] == USER and run.target()["address"] == "127.0.0.1"


@pytest.mark.namespaces("-m")
@pytest.mark.parametrize("addresses", [["127.0.0.9", "127.0.0.1"], ["127.0.0.9", "127.0.0.8", "127.0.0.7", "127.0.0.1"], ["::1", "127.0.0.1"]])
def test_next_address(lab, addresses):
    """Nobody listens at the first addresses of the name."""
    server = lab.quick_server()
    space = Space(["-m"], [hosts_file(lab, *[f"{address} many.test" for address in addresses])])
    known = lab.write("known_hosts", f"[many.test]:{server.port} {workshop.public_half(server.host_keys[0])}\n")
    run = lab.scan(f"many.test:{server.port}", args=["--retries", "0"], known_hosts=known, space=space)
    assert run.scanned()["address"] == "127.0.0.1"
    assert server.connections() == 1


@pytest.mark.namespaces("-m", "-n")
def test_silent_address_costs_little(lab):
    """The next address is tried while the first keeps silent (RFC 8305), not after it timed out."""
    net = ["ip link set lo up", "ip link add out type veth peer name in", "ip addr add 192.0.2.1/24 dev out", "ip link set out up",
           "ip link set in up", "ip neigh add 192.0.2.7 lladdr 02:00:00:00:00:07 dev out"]
    server = lab.quick_server(space=Space(["-m", "-n"], [*net, hosts_file(lab, "192.0.2.7 slow.test", "127.0.0.1 slow.test")]))
    known = lab.write("known_hosts", f"[slow.test]:{server.port} {workshop.public_half(server.host_keys[0])}\n")
    run = lab.scan(f"slow.test:{server.port}", known_hosts=known, space=server)
    assert run.scanned()["address"] == "127.0.0.1"
    assert run.target()["duration_ms"] < 5000


@pytest.mark.namespaces("-m")
def test_every_address_refuses(lab):
    space = Space(["-m"], [hosts_file(lab, "127.0.0.9 none.test", "127.0.0.8 none.test")])
    run = lab.scan("none.test:9", args=["--retries", "0"], space=space)
    assert run.code() == "connect_refused"
    assert "127.0.0." in run.message()


@pytest.mark.namespaces("-m")
def test_name_without_resolver(lab):
    """A machine with no name server and no such host: an answer, and soon."""
    space = Space(["-m"], [hosts_file(lab, "127.0.0.1 localhost"), f"mount --bind {lab.write('resolv', '', 0o644)} /etc/resolv.conf"])
    run = lab.scan("absent.test", args=["--retries", "0", "--timeout", "10"], space=space)
    assert run.code() == "resolve"


@pytest.mark.namespaces("-m", "-n")
def test_name_server_that_keeps_silent(lab):
    """The resolver's own patience is longer than the target's time."""
    net = ["ip link set lo up", "ip link add out type veth peer name in", "ip addr add 192.0.2.1/24 dev out", "ip link set out up",
           "ip link set in up", "ip neigh add 192.0.2.7 lladdr 02:00:00:00:00:07 dev out"]
    resolv = lab.write("resolv", "nameserver 192.0.2.7\noptions timeout:3 attempts:1\n", 0o644)
    server = lab.quick_server(space=Space(["-m", "-n"], [*net, f"mount --bind {resolv} /etc/resolv.conf"]))
    run = lab.scan("slow.test", server.target, server=server, args=["--retries", "0", "--timeout", "2"], space=server)
    assert run.code("slow.test") == "resolve"
    assert run.target("slow.test")["duration_ms"] < 3000
    run.scanned(server.target)

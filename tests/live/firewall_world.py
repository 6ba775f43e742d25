"""A host with two outside interfaces and a container behind it, in network namespaces of this process: real listeners and real attempts to reach them.

    left ── eth0 │ host │ docker0 ── container
    right ─ eth1 │      │

The namespaces have no names, so they and all in them are gone when the process is. A socket stays in the namespace in which it was made; so this one
process makes all of them, and waits for no other. Only root can do this.
"""
import collections
import contextlib
import ctypes
import os
import select
import socket
import struct
import subprocess
import time

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)

# What listens on the host: protocol, port, families (6: also takes IPv4 where nobody else does; the others: one of them), address.
LISTENERS = [("tcp", 22, "46", None), ("tcp", 25, "4", None), ("tcp", 53, "46", None), ("tcp", 80, "46", None), ("tcp", 443, "46", None),
             ("tcp", 2222, "46", None), ("tcp", 5432, "4", "10.0.1.1"), ("tcp", 8080, "46", None), ("tcp", 9100, "6", None), ("tcp", 30080, "46", None),
             ("tcp", 3306, "4", "127.0.0.1"),
             ("udp", 53, "46", None), ("udp", 123, "46", None), ("udp", 161, "4", None), ("udp", 500, "46", None), ("udp", 5353, "46", None)]
# Ports on which nothing listens, and which DNAT may publish.
PUBLISHED = [("tcp", 8000), ("tcp", 8443), ("udp", 5000)]
CONTAINER = [("tcp", 80), ("tcp", 443), ("tcp", 22), ("udp", 53), ("udp", 5000)]

HOST = {("eth0", 4): "10.0.1.1", ("eth1", 4): "203.0.113.1", ("docker0", 4): "172.17.0.1",
        ("eth0", 6): "fd00:1::1", ("eth1", 6): "2001:db8:1::1", ("docker0", 6): "fd00:17::1"}
IN_CONTAINER = {4: "172.17.0.2", 6: "fd00:17::2"}
# The last two of each are never named by a rule.
SOURCES = {("eth0", 4): ["10.0.1.2", "10.1.2.3", "192.168.7.9", "198.51.100.7", "203.0.113.5", "8.8.4.4"],
           ("eth1", 4): ["10.200.0.1", "192.168.200.1", "198.51.100.130", "203.0.113.200", "100.64.0.9", "9.9.9.9"],
           ("docker0", 4): ["172.17.0.2"],
           ("eth0", 6): ["fd00:1::2", "fd00:1:2::3", "2001:db8::7", "2001:db8:7::9", "2620:fe::4"],
           ("eth1", 6): ["fd00:200::1", "2001:db8:200::1", "2001:db8::c8", "2400:cb00::9", "2a00:1450::1"],
           ("docker0", 6): ["fd00:17::2"]}
ANYWHERE = {4: "0.0.0.0/0", 6: "::/0"}
FIXED_SPORT = 53  # some datagrams come from a port that rules trust too much

Packet = collections.namedtuple("Packet", "protocol port family interface source destination sport")


def ports_probed():
    return sorted({(protocol, port) for protocol, port, _, _ in LISTENERS} | set(PUBLISHED))


def packets():
    """Every attempt that is made for one ruleset; `sport` is 0 for one that changes."""
    out = []
    for (interface, family), sources in SOURCES.items():
        own = HOST[interface, family]
        other = HOST["eth1" if interface != "eth1" else "eth0", family]
        for protocol, port in ports_probed():
            for number, source in enumerate(sources):
                out.append(Packet(protocol, port, family, interface, source, own, 0))
                if number == 1:
                    out.append(Packet(protocol, port, family, interface, source, other, 0))
                if number == len(sources) - 1 and interface != "docker0":
                    out.append(Packet(protocol, port, family, interface, source, HOST["docker0", family], 0))
                if number == len(sources) - 1 and protocol == "udp":
                    out.append(Packet(protocol, port, family, interface, source, own, FIXED_SPORT))
    return out


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, close_fds=False, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


class Namespace:
    def __init__(self):
        if libc.unshare(CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "unshare(CLONE_NEWNET)")
        self.file = os.open("/proc/self/ns/net", os.O_RDONLY)
        os.set_inheritable(self.file, True)
        self.path = f"/proc/{os.getpid()}/fd/{self.file}"

    def enter(self):
        if libc.setns(self.file, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")


class World:
    def __init__(self):
        self.left, self.right, self.container, self.host = Namespace(), Namespace(), Namespace(), Namespace()
        self.spaces = {"eth0": self.left, "eth1": self.right, "docker0": self.container}
        self.make_links()
        self.poll = select.epoll()
        self.takers = {}  # file number: (socket, what to do with it)
        self.seen = set()
        self.sport = 20000
        self.random_ports = False  # the rules in force give connections source ports by chance (--random-fully, fully-random)
        self.packets = packets()
        self.listen()
        self.conntrack = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)  # NETLINK_NETFILTER; we are in the host

    def make_links(self):
        """Both ends of a link have one MAC address and ask nobody for it: neighbours are never looked for, so no rule can be in the way of that."""
        for number, (interface, space) in enumerate(self.spaces.items(), 1):
            self.host.enter()
            mac = f"02:00:00:00:00:0{number}"
            lines = [f"link add {interface} address {mac} type veth peer name up0 address {mac} netns {space.path}"]
            there = ["link set lo up", "link set up0 arp off", "link set up0 up"]
            for family in (4, 6):
                wide = 32 if family == 4 else 128
                nodad = "nodad" if family == 6 else ""
                lines.append(f"addr add {HOST[interface, family]}/{24 if family == 4 else 64} dev {interface} {nodad}")
                there += [f"addr add {source}/{wide} dev up0 {nodad}" for source in SOURCES[interface, family]]
                there.append(f"route add {ANYWHERE[family]} dev up0 src {SOURCES[interface, family][0]}")
            lines += [f"link set {interface} arp off", f"link set {interface} up"]
            lines += [f"route replace {source}/{32 if family == 4 else 128} dev {interface}" for family in (4, 6) for source in SOURCES[interface, family]]
            run("ip", "-batch", "-", input="\n".join(lines).encode())
            space.enter()
            run("ip", "-batch", "-", input="\n".join(there).encode())
        self.host.enter()
        run("ip", "link", "set", "lo", "up")
        for name, value in (("ipv4/ip_forward", "1"), ("ipv6/conf/all/forwarding", "1"), ("ipv4/conf/all/rp_filter", "0"), ("ipv4/conf/eth0/rp_filter", "0"),
                            ("ipv4/conf/eth1/rp_filter", "0"), ("ipv4/conf/docker0/rp_filter", "0")):
            with open(f"/proc/sys/net/{name}", "w", encoding="ascii") as f:
                f.write(value)
        for anywhere in ANYWHERE.values():
            run("ip", "route", "replace", anywhere, "dev", "eth1")

    def watch(self, made, action):
        made.setblocking(False)
        self.poll.register(made, select.EPOLLIN)
        self.takers[made.fileno()] = (made, action)

    def bind(self, protocol, port, families, address):
        family = socket.AF_INET6 if "6" in families else socket.AF_INET
        made = socket.socket(family, socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if "4" in families else 1)
        made.bind((address or ("::" if family == socket.AF_INET6 else "0.0.0.0"), port))
        if protocol == "tcp":
            made.listen(1024)
        self.watch(made, self.accept if protocol == "tcp" else self.receive)

    def listen(self):
        self.host.enter()
        for listener in LISTENERS:
            self.bind(*listener)
        self.container.enter()
        for protocol, port in CONTAINER:
            self.bind(protocol, port, "46", None)
        for space in self.spaces.values():
            space.enter()
            sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
            sniffer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            sniffer.bind(("up0", 3))
            self.watch(sniffer, self.sniff)
        self.host.enter()

    def accept(self, listener):
        with contextlib.suppress(BlockingIOError):
            while True:
                listener.accept()[0].close()

    def receive(self, listener):
        with contextlib.suppress(BlockingIOError):
            while True:
                data = listener.recv(64)
                if len(data) == 8 and data[:4] == self.round:
                    self.seen.add(struct.unpack("!I", data[4:])[0])

    def sniff(self, sniffer):
        """A connection got in when it is answered, even if rules then spoil it, and when it came to the container, even if they are in the way of the answer.
        Attempts are known by their source ports; one by chance may be that of another attempt, so with such rules a connection that changed its source is
        known by the answer alone."""
        with contextlib.suppress(BlockingIOError):
            while True:
                data, address = sniffer.recvfrom(128)
                if address[2] == socket.PACKET_OUTGOING or len(data) < 40:
                    continue
                start, protocol = (40, data[6]) if data[0] >> 4 == 6 else ((data[0] & 15) * 4, data[9])
                if protocol != 6 or len(data) <= start + 13 or not data[start + 13] & 0x02:
                    continue
                source, destination = struct.unpack_from("!HH", data, start)
                answer = data[start + 13] & 0x10
                number = self.by_sport.get(destination if answer else source)
                if number is not None and (answer or not self.random_ports or self.is_from(number, data)):
                    self.seen.add(number)

    def is_from(self, number, data):
        """Does an IP packet come from where an attempt was made?"""
        version = data[0] >> 4
        address = socket.inet_ntop(socket.AF_INET6, data[8:24]) if version == 6 else socket.inet_ntop(socket.AF_INET, data[12:16])
        return (version, address) == (self.packets[number].family, self.packets[number].source)

    def next_sport(self):
        self.sport = 20000 if self.sport >= 60000 else self.sport + 1
        return self.sport

    def flush(self):
        """Forget every connection."""
        self.conntrack.send(struct.pack("=IHHII", 20, 0x102, 5, 1, 0) + b"\0\0\0\0")
        self.conntrack.recv(4096)

    def attempt(self, which, wait):
        """Try these packets, by their numbers; the numbers of those that got in."""
        self.round = os.urandom(4)
        self.seen, self.by_sport = set(), {}
        made, pending, datagrams = [], {}, {}
        spaces = collections.defaultdict(list)
        for number in which:
            spaces[self.packets[number].interface].append(number)
        for interface, numbers in spaces.items():
            self.spaces[interface].enter()
            for number in numbers:
                packet = self.packets[number]
                if packet.protocol == "udp":
                    self.send(packet, number, datagrams)
                else:
                    self.connect(packet, number, pending)
        self.host.enter()
        self.collect(pending, wait)
        for attempt, _ in pending.values():
            made.append(attempt)
        for attempt in (*made, *datagrams.values()):
            attempt.close()
        return self.seen

    def send(self, packet, number, datagrams):
        key = (packet.interface, packet.source, packet.sport)
        if key not in datagrams:
            made = socket.socket(socket.AF_INET if packet.family == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind((packet.source, packet.sport or self.next_sport()))
            datagrams[key] = made
        with contextlib.suppress(OSError):
            datagrams[key].sendto(self.round + struct.pack("!I", number), (packet.destination, packet.port))

    def connect(self, packet, number, pending):
        made = socket.socket(socket.AF_INET if packet.family == 4 else socket.AF_INET6, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        while True:
            sport = self.next_sport()
            try:
                made.bind((packet.source, sport))
                break
            except OSError:
                continue
        self.by_sport[sport] = number
        made.connect_ex((packet.destination, packet.port))
        pending[made.fileno()] = (made, number)
        self.poll.register(made, select.EPOLLOUT)

    def collect(self, pending, wait):
        """Until nothing has happened for `wait` seconds. The answer to a packet that is let in comes within microseconds."""
        end = time.monotonic() + wait
        while True:
            events = self.poll.poll(max(0, end - time.monotonic()), 1024)
            if not events and time.monotonic() >= end:
                break
            for file, what in events:
                if file in self.takers:
                    self.takers[file][1](self.takers[file][0])
                elif file in pending:
                    made, number = pending.pop(file)
                    if made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0 and not what & select.EPOLLERR:
                        self.seen.add(number)
                    self.poll.unregister(made)
                    made.close()
                end = max(end, time.monotonic() + wait / 2)
        for made, _ in pending.values():
            self.poll.unregister(made)

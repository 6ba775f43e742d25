"""What the random rulesets are made of: addresses inside and outside of the ranges they name, ports, interfaces, marks."""
import ipaddress

from firewall_world import HOST, IN_CONTAINER, SOURCES

# The strangers at the end of each list are not named.
NAMED = {family: [a for (_, f), addresses in SOURCES.items() if f == family for a in (addresses[:-2] if f == 4 else addresses[:-1])] for family in (4, 6)}
ELSEWHERE = {4: ["10.77.0.1", "172.31.9.1", "192.0.2.10"], 6: ["fd77::1", "2001:db8:ffff::1"]}
LENGTHS = {4: [8, 12, 16, 22, 24, 25, 28, 32, 32], 6: [16, 32, 48, 56, 64, 96, 128, 128]}
INTERFACES = ["eth0", "eth1", "docker0", "lo", "wg0"]
PORTS = {"tcp": [22, 22, 25, 53, 80, 443, 2222, 5432, 8080, 9100, 30080], "udp": [53, 123, 161, 500, 5353]}
PUBLISHED = {"tcp": [8000, 8000, 8443, 8443, 80, 8080, 5432], "udp": [5000, 53]}
MARKS = [1, 2, 0x10, 0x4000]


def address(r, family):
    return r.choice(NAMED[family] * 2 + ELSEWHERE[family])


def network(r, family, least=0):
    length = max(r.choice(LENGTHS[family]), least)
    return str(ipaddress.ip_network(f"{address(r, family)}/{length}", strict=False))


def bare(text):
    """A network of one address as the address."""
    return text.removesuffix("/32") if "." in text else text.removesuffix("/128")


def address_range(r, family):
    number = int(ipaddress.ip_address(address(r, family)))
    make = ipaddress.IPv4Address if family == 4 else ipaddress.IPv6Address
    span = r.choice([0, 1, 5, 100, 5000, 1 << 20])
    return f"{make(number - r.randint(0, span))}-{make(number + r.randint(1, span + 1))}"


def disjoint(r, family, count, ranges=True):
    """Some networks and ranges that do not overlap, as sets of nft demand."""
    out, taken = [], []
    for _ in range(count):
        text = address_range(r, family) if ranges and r.random() < 0.2 else bare(network(r, family))
        first, last = bounds(text)
        if all(last < a or b < first for a, b in taken):
            taken.append((first, last))
            out.append(text)
    return out


def bounds(text):
    if "-" in text:
        first, last = text.split("-")
        return int(ipaddress.ip_address(first)), int(ipaddress.ip_address(last))
    net = ipaddress.ip_network(text)
    return int(net[0]), int(net[-1])


def port(r, protocol):
    return r.choice(PORTS[protocol or r.choice(["tcp", "udp"])] + [r.randint(1, 65535)])


def port_range(r, protocol):
    middle = port(r, protocol)
    span = r.choice([0, 1, 10, 1000, 30000])
    return max(0, middle - r.randint(0, span)), min(65535, middle + r.randint(1, span + 1))


def disjoint_ports(r, protocol, count, joiner="-"):
    out, taken = [], []
    for _ in range(count):
        first, last = port_range(r, protocol) if r.random() < 0.25 else (port(r, protocol),) * 2
        if all(last < a or b < first for a, b in taken):
            taken.append((first, last))
            out.append(str(first) if first == last else f"{first}{joiner}{last}")
    return out


def host_address(r, family, forward=False):
    if forward:
        return IN_CONTAINER[family]
    return r.choice([a for (_, f), a in HOST.items() if f == family])

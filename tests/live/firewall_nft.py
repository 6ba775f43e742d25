"""Random rulesets of nft."""
import firewall_words as words
from firewall_world import IN_CONTAINER

PRIORITIES = {"input": ["filter", "-10", "10", "filter - 5", "0"], "forward": ["filter", "-5", "20"], "output": ["filter"]}
ADDRESS = {4: ("ip", "ipv4_addr"), 6: ("ip6", "ipv6_addr")}
VERDICTS = ["accept"] * 42 + ["drop"] * 24 + ["reject"] * 7 + ["jump"] * 12 + ["goto"] * 4 + ["return"] * 4 + ["vmap"] * 6 + [""] * 10


class Table:
    """One table while it is written."""

    def __init__(self, r, family, number, exotic):
        self.r, self.family, self.name, self.exotic = r, family, f"t{number}", exotic
        self.families = {"ip": [4], "ip6": [6], "inet": [4, 6]}[family]
        self.sets, self.used, self.chains = {}, {}, []
        self.regular = [f"c{i}" for i in range(r.choice([0, 1, 1, 2, 3]))]

    # Sets, which are declared once something names them.

    def named(self, kind, declare):
        """The name of a set of a kind: one that is there already, or a new one."""
        have = self.used.setdefault(kind, [])
        if have and self.r.random() < 0.4:
            return self.r.choice(have)
        name = f"s{len(self.sets)}"
        self.sets[name] = f"set {name} {{\n{declare()}\n}}"
        have.append(name)
        return name

    def elements(self, items):
        return f"elements = {{ {', '.join(items)} }}" if items else ""

    def address_set(self, family):
        r = self.r
        if r.random() < 0.15:  # one by one, with what else an element may have
            more = r.choice(["", " timeout 1h", " comment \"why\"", " counter"])
            options = {" timeout 1h": "flags timeout\n", " counter": "counter\n"}.get(more, "")
            return self.named(f"a{family}", lambda: f"type {ADDRESS[family][1]}\n{options}" + self.elements(
                [a + more for a in sorted({words.address(r, family) for _ in range(r.randint(1, 3))})]))
        count = r.choice([0, 1, 2, 4, 8])
        merge = "auto-merge\n" if self.r.random() < 0.3 else ""
        return self.named(f"a{family}", lambda: f"type {ADDRESS[family][1]}\nflags interval\n{merge}"
                          + self.elements(words.disjoint(self.r, family, count)))

    def port_set(self, protocol):
        ports = words.disjoint_ports(self.r, protocol, self.r.randint(1, 4))
        return self.named(f"p{protocol}", lambda: "type inet_service\nflags interval\n" + self.elements(ports))

    def pair_set(self, family, protocol):
        if self.r.random() < 0.5:
            return self.named(f"q{family}{protocol}", lambda: f"type {ADDRESS[family][1]} . inet_service\n" + self.elements(sorted(
                {f"{words.address(self.r, family)} . {words.port(self.r, protocol)}" for _ in range(self.r.randint(1, 4))})))
        return self.named(f"q{family}{protocol}", lambda: f"type {ADDRESS[family][1]} . inet_service\nflags interval\n" + self.elements(
            [f"{a} . {self.r.choice(words.disjoint_ports(self.r, protocol, 1))}" for a in words.disjoint(self.r, family, self.r.randint(1, 3))]))

    # Matches; each gives words of a rule.

    def match_interface(self, hook, _):
        r = self.r
        if hook == "forward" and r.random() < 0.5:
            return r.choice(['oifname "docker0"', 'oifname != "docker0"', 'oifname "eth*"', "oif docker0"])
        name = r.choice(words.INTERFACES)
        kind = r.random()
        if kind < 0.4:
            return f'iifname {r.choice(["", "", "!= "])}"{name}"'
        if kind < 0.55:
            return f'iifname {r.choice(["", "!= "])}"{r.choice(["eth*", "e*", "docker*", "wg*"])}"'
        if kind < 0.7:
            return "iifname { " + ", ".join(f'"{n}"' for n in r.sample(words.INTERFACES, 2)) + " }"
        if kind < 0.8:
            names = [f'"{n}"' for n in r.sample(words.INTERFACES, r.randint(1, 3))]
            return "iifname @" + self.named("i", lambda: "type ifname\n" + self.elements(names))
        return f"iif {r.choice(['', '!= '])}{r.choice(['eth0', 'eth1', 'docker0', 'lo'])}"

    def match_source(self, _, rule):
        r, family = self.r, rule["family"]
        unless = r.choice(["", "", "", "!= "])
        kind = r.random()
        if kind < 0.4:
            what = words.bare(words.network(r, family))
        elif kind < 0.5:
            what = words.address_range(r, family)
        elif kind < 0.75:
            what = "{ " + ", ".join(words.disjoint(r, family, r.randint(1, 4))) + " }"
        elif kind < 0.95 or unless:
            what = "@" + self.address_set(family)
        else:  # bits, as few write it
            what = "& 255.0.0.0 == 10.0.0.0" if family == 4 else "& ffff:: == fd00::"
        return f"{ADDRESS[family][0]} saddr {unless}{what}"

    def match_destination(self, hook, rule):
        r, family = self.r, rule["family"]
        mine = words.host_address(r, family, hook == "forward")
        what = r.choice([mine, mine, f"{{ {mine}, {words.ELSEWHERE[family][0]} }}", "@" + self.address_set(family)])
        return f"{ADDRESS[family][0]} daddr {r.choice(['', '', '', '!= '])}{what}"

    def match_port(self, hook, rule):
        r, protocol = self.r, rule["protocol"]
        field = f"{protocol} dport" if r.random() < 0.93 else f"{protocol} sport"
        kind = r.random()
        if "sport" in field:
            return f"{field} {r.choice(['53', '!= 53', '1024-65535', '!= 1024-65535', '{ 53, 67 }'])}"
        if hook == "forward" and kind < 0.5:
            return f"{field} {r.choice([80, 443, 22, 53, 5000])}"
        if kind < 0.35:
            return f"{field} {words.port(r, protocol)}"
        if kind < 0.45:
            return f"{field} != {words.port(r, protocol)}"
        if kind < 0.6:
            return "{} {}-{}".format(field, *words.port_range(r, protocol))
        if kind < 0.8:
            return f"{field} {r.choice(['', '', '', '!= '])}{{ {', '.join(words.disjoint_ports(r, protocol, r.randint(1, 5)))} }}"
        if kind < 0.92:
            return f"{field} {r.choice(['', '', '!= '])}@{self.port_set(protocol)}"
        if kind < 0.96:
            return f"{field} {r.choice(['<', '>', '<=', '>='])} {words.port(r, protocol)}"
        return f"meta l4proto {protocol} th dport {words.port(r, protocol)}"

    def match_pair(self, _, rule):
        r, family, protocol = self.r, rule["family"], rule["protocol"]
        field = f"{ADDRESS[family][0]} saddr . {protocol} dport"
        kind = r.random()
        if kind < 0.4:
            return f"{field} @{self.pair_set(family, protocol)}"
        if kind < 0.7:
            pairs = sorted({f"{words.address(r, family)} . {words.port(r, protocol)}" for _ in range(r.randint(1, 4))})
            return f"{field} {{ {', '.join(pairs)} }}"
        if kind < 0.85:
            pairs = sorted({f'"{r.choice(words.INTERFACES)}" . {words.port(r, protocol)}' for _ in range(r.randint(1, 4))})
            return f"iifname . {protocol} dport {r.choice(['', '', '!= '])}{{ {', '.join(pairs)} }}"
        if kind < 0.93:
            pairs = sorted({f'{words.port(r, protocol)} . {r.choice(words.NAMED[family])} . "{r.choice(words.INTERFACES)}"' for _ in range(r.randint(1, 6))})
            return f"{protocol} dport . {ADDRESS[family][0]} saddr . iifname {{ {', '.join(pairs)} }}"
        pairs = sorted({f"{p} . {words.port(r, p)}" for p in ("tcp", "udp") for _ in range(2)})
        return f"meta l4proto . th dport {{ {', '.join(pairs)} }}"

    def match_state(self, *_):
        if self.r.random() < 0.06:
            return self.r.choice(["ct status dnat", "ct status != dnat"])
        return "ct state " + self.r.choice(["established,related", "established", "{ established, related }", "new", "new", "invalid", "!= new", "new,untracked",
                                            "related,established,new", "untracked", "established,new", "!= established", "!= invalid"])

    def match_protocol(self, _, rule):
        r = self.r
        options = ["meta l4proto { tcp, udp }", "meta l4proto tcp", "meta l4proto udp", "meta l4proto != tcp", "meta l4proto icmp"]
        if self.family == "inet":
            options += ["meta nfproto ipv4", "meta nfproto ipv6"]
        if 4 in self.families and rule["family"] == 4:
            options += ["ip protocol tcp", "ip protocol != udp", "ip protocol { tcp, icmp }"]
        if rule["family"] == 6:
            options += ["ip6 nexthdr tcp", "ip6 nexthdr != icmpv6"]
        return r.choice(options)

    def match_icmp(self, _, rule):
        return self.r.choice(["icmp type echo-request", "icmp type { echo-reply, destination-unreachable }"] if rule["family"] == 4 else
                             ["icmpv6 type echo-request", "icmpv6 type { nd-neighbor-solicit, nd-router-advert }"])

    def match_flags(self, *_):
        return self.r.choice(["tcp flags syn", "tcp flags & (fin | syn | rst | ack) == syn", "tcp flags & (fin | syn) == (fin | syn)", "tcp flags != syn",
                              "tcp flags & syn == 0", "tcp flags & (syn | ack) == syn", "tcp flags ack",
                              "tcp flags & (fin | syn | rst | psh | ack | urg) == 0x0"])

    def match_mark(self, *_):
        r, mark = self.r, self.r.choice(words.MARKS)
        return r.choice([f"meta mark {mark}", f"meta mark != {mark}", f"meta mark & {mark} == {mark}", f"meta mark and {mark} != {mark}", "meta mark 0",
                         f"ct mark {mark}",
                         f"meta mark {{ {mark}, 7 }}"])

    def match_fib(self, hook, _):
        if hook != "forward" and self.r.random() < 0.3:
            return "fib saddr . iif oif missing"
        return self.r.choice(["fib daddr type local", "fib daddr type != local", "fib daddr . iif type != { local, broadcast, multicast }",
                              "fib daddr type { local, broadcast }"])

    def match_packet_type(self, *_):
        return self.r.choice(["meta pkttype host", "meta pkttype broadcast", "meta pkttype { broadcast, multicast }", "meta pkttype != host"])

    def match_limit(self, *_):
        return self.r.choice(["limit rate 10/second", "limit rate 5/minute burst 5 packets", "limit rate over 1000/second", "limit rate over 3/minute"])

    def match_exotic(self, _, rule):
        r = self.r
        options = ["numgen random mod 2 == 0", "meta length > 40", "ct count over 20", "ct direction original", "ct expiration 10s", "meta priority 0",
                   "meta day \"Monday\"",
                   "ct direction != reply"]
        options += ["quota over 100 mbytes", "quota 100 mbytes"]
        options += ["ip ttl > 10", "ct original ip daddr 10.0.1.1", "ip dscp 0",
                    "ip saddr . ip daddr { 10.1.2.3 . 10.0.1.1 }"] if rule["family"] == 4 else ["ip6 hoplimit > 10"]
        if rule["family"] == 4:
            dynamic = self.named("d", lambda: "type ipv4_addr\nsize 1000\nflags dynamic,timeout\ntimeout 1m")
            options += [f"update @{dynamic} {{ ip saddr limit rate over 100/second }}", f"add @{dynamic} {{ ip saddr }}"]
        return r.choice(options)

    MATCHES = [("port", 34), ("source", 28), ("interface", 16), ("state", 12), ("pair", 5), ("destination", 5), ("protocol", 5), ("mark", 4), ("flags", 3),
               ("icmp", 3),
               ("fib", 3), ("packet_type", 3), ("limit", 3), ("exotic", 0)]

    # Rules and chains.

    def matches(self, hook, rule):
        r, out = self.r, []
        names = [name for name, _ in self.MATCHES]
        weights = [weight + (self.exotic if name == "exotic" else 0) for name, weight in self.MATCHES]
        icmp = False
        for name in dict.fromkeys(r.choices(names, weights, k=r.choice([0, 1, 1, 1, 1, 2, 2, 2, 3]))):
            # One rule can be about one protocol.
            if icmp and name in ("port", "pair", "flags", "protocol") or name == "icmp" and out:
                continue
            if name == "flags" and rule["protocol"] != "tcp" or name == "protocol" and out:
                continue
            icmp = icmp or name == "icmp"
            out.append(getattr(self, "match_" + name)(hook, rule))
            if name == "protocol":
                break
        return out

    def statement(self):
        r, mark = self.r, self.r.choice(words.MARKS)
        return r.choice(["counter", "counter", "counter", "log prefix \"x \"", "log", "log prefix \"y: \" level info", f"meta mark set {mark}",
                         f"meta mark set meta mark | {mark}",
                         f"ct mark set {mark}", "meta mark set ct mark", "ct mark set meta mark", "meta nftrace set 1"])

    def vmap(self, after, rule, plain):
        r, protocol = self.r, rule["protocol"]

        def verdict():
            return r.choice(["accept", "accept", "drop"] + ([] if plain else ["return", "continue"]) + [f"jump {name}" for name in after]
                            + [f"goto {name}" for name in after[:1]])

        kind = r.random()
        if kind < 0.07:
            pairs, field = sorted({f'"{r.choice(words.INTERFACES)}" . {words.port(r, protocol)}' for _ in range(r.randint(1, 4))}), f"iifname . {protocol} dport"
        elif kind < 0.45:
            pairs, field = words.disjoint_ports(r, protocol, r.randint(1, 4)), f"{protocol} dport"
        elif kind < 0.65:
            pairs, field = words.disjoint(r, rule["family"], r.randint(1, 3)), f"{ADDRESS[rule['family']][0]} saddr"
        elif kind < 0.85:
            pairs, field = [f'"{n}"' for n in r.sample(words.INTERFACES, r.randint(1, 3))], "iifname"
        else:
            pairs, field = r.sample(["established", "related", "invalid", "new", "untracked"], r.randint(1, 3)), "ct state"
        items = ", ".join(f"{key} : {verdict()}" for key in pairs)
        if 0.07 <= kind < 0.65 and r.random() < 0.4:
            name = f"m{len(self.sets)}"
            kind_of = "inet_service" if "dport" in field else ADDRESS[rule["family"]][1]
            self.sets[name] = f"map {name} {{\ntype {kind_of} : verdict\nflags interval\nelements = {{ {items} }}\n}}"
            return f"{field} vmap @{name}"
        return f"{field} vmap {{ {items} }}"

    def verdict(self, hook, rule, after, in_icmp):
        r = self.r
        choice = r.choice(VERDICTS)
        if choice in ("jump", "goto"):
            return f"{choice} {r.choice(after)}" if after else "accept"
        if choice == "vmap":
            return self.vmap(after, rule, False) if not in_icmp else "accept"
        if choice == "reject":
            if hook == "prerouting":
                return "drop"
            return r.choice(["reject", "reject", "reject with icmpx admin-prohibited" if self.family == "inet" else "reject",
                             "meta l4proto tcp reject with tcp reset" if not in_icmp else "reject"])
        return choice

    def rule(self, hook, after):
        r = self.r
        rule = {"family": r.choice(self.families), "protocol": r.choice(["tcp", "tcp", "udp"])}
        matches = self.matches(hook, rule)
        statements = [self.statement() for _ in range(r.choice([0, 0, 0, 1, 1, 2]))]
        verdict = self.verdict(hook, rule, after, any("icmp" in m or "l4proto" in m or "protocol" in m or "nexthdr" in m or "nfproto" in m for m in matches))
        if not matches and verdict in ("accept", "drop", "reject") and r.random() < 0.7:
            verdict = ""
        words_of = [*matches, *statements, verdict]
        return " ".join(word for word in words_of if word) or "counter"

    def chain(self, name, head, hook, after, most):
        rules = [self.rule(hook, after) for _ in range(self.r.randint(0, most))]
        if hook == "forward" and self.r.random() < 0.6:
            rules.insert(0, self.r.choice(['oifname "docker0" ct status dnat accept', "ct state established,related accept",
                                           f'oifname "docker0" tcp dport {{ 80, 443 }} accept']))
        self.chains.append({"name": name, "head": head, "rules": rules})

    def nat_rule(self):
        r, family = self.r, self.r.choice(self.families)
        protocol = r.choice(["tcp", "tcp", "udp"])
        rule = {"family": family, "protocol": protocol}
        port = r.choice(words.PUBLISHED[protocol])
        inside = r.choice([80, 443, 22] if protocol == "tcp" else [53, 5000])
        to = IN_CONTAINER[family] if family == 4 else f"[{IN_CONTAINER[family]}]"
        narrow = r.choice(["", "", "", self.match_source(None, rule), self.match_interface("prerouting", rule), "fib daddr type local",
                           self.match_destination("input", rule)])
        if narrow.startswith("ip") and not narrow.startswith("iif"):
            need = ""
        else:
            need = f"meta nfproto ipv{family}" if self.family == "inet" else ""
        kind = r.random()
        where = f"{ADDRESS[family][0]} " if self.family == "inet" else ""
        if kind < 0.6:
            return f"{need} {narrow} {protocol} dport {port} {r.choice(['', 'counter'])} dnat {where}to {to}:{inside}"
        if kind < 0.7:
            return f"{need} {narrow} {protocol} dport {r.choice([80, 53])} dnat {where}to {IN_CONTAINER[family]}"
        if kind < 0.8:
            return f"{narrow} {protocol} dport {port} redirect to :{r.choice([22, 8080] if protocol == 'tcp' else [53, 123])}"
        if kind < 0.86:
            return f"{need} {narrow} {protocol} dport {port} accept"
        if kind < 0.93:
            return f"{need} {narrow} dnat {where}to {protocol} dport map {{ {port} : {IN_CONTAINER[family]} . {inside} }}"
        return f"{need} {protocol} dport {{ {port}, 8081 }} {narrow} dnat {where}to {to}:{inside}"

    def write(self, first):
        r = self.r
        for number, name in enumerate(self.regular):
            self.chain(name, "", "input", self.regular[number + 1:], 4)
        hooks = ["input"] if first or r.random() < 0.5 else []
        hooks += ["input"] if r.random() < 0.15 else []
        hooks += [hook for hook, chance in (("prerouting", 0.2), ("forward", 0.5), ("output", 0.2)) if r.random() < chance]
        for number, hook in enumerate(hooks):
            if hook == "prerouting":
                priority, policy = r.choice(["raw", "mangle", "mangle", "-50", "-250"]), r.choice(["accept"] * 9 + ["drop"])
            else:
                priority, policy = r.choice(PRIORITIES[hook]), r.choice(["accept", "drop"]) if hook != "output" else "accept"
            if hook == "output":
                self.chains.append({"name": "output", "head": f"type filter hook output priority {priority}\npolicy accept",
                                    "rules": ["tcp sport 22 counter accept", "counter"]})
                continue
            said = f"\npolicy {policy}" if policy == "drop" or r.random() < 0.6 else ""
            self.chain(f"{hook}{number}", f"type filter hook {hook} priority {priority}{said}", hook, self.regular, 8 if hook == "input" else 4)
        if r.random() < 0.35:
            self.chains.append({"name": "pre", "head": f"type nat hook prerouting priority {r.choice(['dstnat', '-100', '-90'])}",
                                "rules": [" ".join(self.nat_rule().split()) for _ in range(r.randint(1, 3))]})
            if r.random() < 0.4:
                self.chains.append({"name": "post", "head": "type nat hook postrouting priority srcnat", "rules": ['oifname "eth1" masquerade']})
        flags = "dormant" if not first and r.random() < 0.05 else ""
        return {"family": self.family, "name": self.name, "flags": flags, "sets": self.sets, "chains": self.chains}


def generate(r):
    """Some tables; one ruleset in sixteen has words that few use."""
    count = r.choice([1, 1, 1, 2, 2, 3])
    exotic = 4 if r.random() < 1 / 16 else 0
    families = r.choice([["inet"], ["inet"], ["ip", "ip6"], ["ip"], ["inet", "ip"], ["ip6", "inet"]])
    return [Table(r, families[i % len(families)], i, exotic).write(i < len(families)) for i in range(max(count, len(families)))]


def text_of(tables):
    out = []
    for table in tables:
        out.append(f"table {table['family']} {table['name']} {{")
        if table["flags"]:
            out.append(f"flags {table['flags']}")
        out += table["sets"].values()
        # A chain is named before it is jumped to.
        for chain in table["chains"]:
            out.append(f"chain {chain['name']} {{\n{chain['head']}\n}}" if chain["head"] else f"chain {chain['name']} {{\n}}")
        out.append("}")
    for table in tables:
        out.append(f"table {table['family']} {table['name']} {{")
        for chain in table["chains"]:
            out.append(f"chain {chain['name']} {{")
            out += chain["rules"]
            out.append("}")
        out.append("}")
    return "\n".join(out) + "\n"

"""Random rulesets of iptables and ip6tables, as iptables-restore takes them, with sets of ipset."""
import firewall_words as words
from firewall_world import HOST, IN_CONTAINER

ANY_LOG = ["-j LOG --log-prefix \"x \"", "-j LOG", "-j NFLOG --nflog-group 3"]


class Sets:
    """Sets of ipset for both families, as ipset restore takes them."""

    def __init__(self, r):
        self.r, self.lines, self.names = r, [], {}

    def ask(self, family, protocol):
        """The name of a set and the directions with which it can be asked."""
        r = self.r
        kind = r.choice(["hash:ip", "hash:net", "hash:net", "hash:ip,port", "hash:net,port", "bitmap:port", "list:set", "bitmap:ip", "hash:net,iface"])
        if kind == "bitmap:ip" and family == 6:
            kind = "hash:ip"
        key = (kind, family, protocol if "port" in kind else "")
        if key not in self.names or r.random() < 0.4:
            self.make(kind, family, protocol, key)
        directions = {"hash:ip,port": "src,dst", "hash:net,port": "src,dst", "bitmap:port": "dst", "hash:net,iface": "src,src"}.get(kind, "src")
        return self.names[key], directions

    def make(self, kind, family, protocol, key):
        r = self.r
        if kind == "list:set":
            members = [self.simple(family) for _ in range(r.randint(1, 2))]
            name = self.new(kind, "")
            self.lines += [f"add {name} {member}" for member in dict.fromkeys(members)]
        elif kind == "bitmap:port":
            name = self.new(kind, "range 0-65535")
            self.lines += [f"add {name} {ports}" for ports in words.disjoint_ports(r, protocol, r.randint(1, 4))]
        elif kind == "bitmap:ip":
            name = self.new(kind, "range 10.1.0.0/16")
            self.lines += [f"add {name} {r.choice(['10.1.2.3', '10.1.2.0-10.1.2.3', '10.1.9.9', '10.1.0.0-10.1.1.255'])}"]
        else:
            name = self.fill(kind, family, protocol)
        self.names[key] = name

    def new(self, kind, options):
        name = f"set{len({line.split()[1] for line in self.lines})}"
        self.lines.append(f"create {name} {kind} {options}".strip())
        return name

    def simple(self, family):
        return self.fill(self.r.choice(["hash:ip", "hash:net"]), family, "tcp")

    def fill(self, kind, family, protocol):
        r = self.r
        timeout = " timeout 600" if r.random() < 0.15 else ""
        name = self.new(kind, f"family {'inet' if family == 4 else 'inet6'}{timeout}")
        for _ in range(r.choice([0, 1, 2, 4])):
            if kind == "hash:ip":
                text = words.bare(words.network(r, family, 28 if family == 4 else 128))
            elif kind.startswith("hash:net"):
                text = words.network(r, family)
            else:
                text = words.address(r, family)
            no = " nomatch" if kind.startswith("hash:net") and r.random() < 0.12 else ""
            if "port" in kind:
                text += f",{protocol}:{words.port(r, protocol)}"
            if "iface" in kind:
                text += f",{r.choice(['eth0', 'eth1', 'docker0'])}"
            self.lines.append(f"add {name} {text}{no} -exist")
        return name


class Rules:
    """The tables of one family while they are written."""

    def __init__(self, r, family, backend, sets, exotic):
        self.r, self.family, self.backend, self.sets, self.exotic = r, family, backend, sets, exotic
        self.users = [f"U{i}" for i in range(r.choice([0, 1, 1, 2, 3]))]

    def interface(self, hook, _):
        r = self.r
        if hook == "FORWARD" and r.random() < 0.5:
            return r.choice(["-o docker0", "! -o docker0", "-o eth+"])
        return r.choice(["", "", "! "]) + "-i " + r.choice(words.INTERFACES + ["eth+", "eth+", "docker+"])

    def source(self, *_):
        r = self.r
        if r.random() < 0.15:
            return f"-m iprange {r.choice(['', '! '])}--src-range {words.address_range(r, self.family)}"
        return r.choice(["", "", "", "! "]) + "-s " + words.network(r, self.family)

    def destination(self, hook, _):
        return self.r.choice(["", "", "! "]) + "-d " + words.host_address(self.r, self.family, hook == "FORWARD")

    def port(self, hook, protocol):
        r = self.r
        kind = r.random()
        unless = r.choice(["", "", "", "", "! "])
        if kind < 0.06:
            return f"-p {protocol} -m {protocol} --sport {r.choice(['53', '1024:65535', '0:1023'])}"
        if hook == "FORWARD" and kind < 0.5:
            return f"-p {protocol} -m {protocol} --dport {r.choice([80, 443, 22, 53, 5000])}"
        if kind < 0.55:
            return f"-p {protocol} -m {protocol} {unless}--dport {words.port(r, protocol)}"
        if kind < 0.7:
            return "-p {} -m {} {}--dport {}:{}".format(protocol, protocol, unless, *words.port_range(r, protocol))
        if kind < 0.95:
            return f"-p {protocol} -m multiport {unless}--dports {','.join(words.disjoint_ports(r, protocol, r.randint(1, 5), ':'))}"
        return f"-p {protocol} -m multiport --ports {','.join(words.disjoint_ports(r, protocol, r.randint(1, 3), ':'))}"

    def protocol(self, *_):
        return self.r.choice(["-p tcp", "-p udp", "! -p tcp", "-p all", "-p icmp" if self.family == 4 else "-p ipv6-icmp", "-p sctp"])

    def state(self, *_):
        r = self.r
        states = r.choice(["RELATED,ESTABLISHED", "ESTABLISHED", "NEW", "NEW", "INVALID", "NEW,ESTABLISHED", "UNTRACKED"])
        if r.random() < 0.15:
            return f"-m conntrack ! --ctstate {states}"
        return f"-m {r.choice(['conntrack --ctstate', 'conntrack --ctstate', 'state --state'])} {states}"

    def flags(self, _, protocol):
        return "-p tcp -m tcp " + self.r.choice(["--syn", "! --syn", "--tcp-flags FIN,SYN,RST,ACK SYN", "--tcp-flags ALL NONE", "--tcp-flags SYN,FIN SYN,FIN",
                                                 "--tcp-flags ACK ACK",
                                                 "! --tcp-flags SYN,RST SYN"])

    def icmp(self, *_):
        if self.family == 4:
            return "-p icmp -m icmp --icmp-type " + self.r.choice(["8", "any", "3/4"])
        return "-p ipv6-icmp -m icmp6 --icmpv6-type " + self.r.choice(["128", "135"])

    def mark(self, *_):
        r, mark = self.r, self.r.choice(words.MARKS)
        return r.choice([f"-m mark --mark {mark}", f"-m mark ! --mark {mark}", f"-m mark --mark {mark}/{mark}", f"-m connmark --mark {mark}", "-m mark --mark 0"])

    def set(self, _, protocol):
        name, directions = self.sets.ask(self.family, protocol)
        more = self.r.choice([""] * 8 + [" --return-nomatch", " ! --update-counters"])
        return f"-p {protocol} -m set {self.r.choice(['', '', '! '])}--match-set {name} {directions}{more}"

    def limit(self, *_):
        return self.r.choice(["-m limit --limit 10/sec", "-m limit --limit 3/min --limit-burst 4",
                              "-m hashlimit --hashlimit-upto 20/sec --hashlimit-mode srcip --hashlimit-name h1",
                              "-m hashlimit --hashlimit-above 500/sec --hashlimit-mode srcip,dstport --hashlimit-name h2", "-m connlimit --connlimit-above 100",
                              "-m connlimit --connlimit-upto 100 --connlimit-mask 32" if self.family == 4 else "-m connlimit --connlimit-upto 100"])

    def recent(self, *_):
        return self.r.choice(["-m recent --name ssh --set", "-m recent --name ssh --update --seconds 60 --hitcount 4",
                              "-m recent --name bad --rcheck --seconds 60",
                              "-m recent --name ssh ! --rcheck --seconds 5"])

    def addrtype(self, *_):
        odd = "BROADCAST" if self.family == 4 else "MULTICAST"
        return "-m addrtype " + self.r.choice(["--dst-type LOCAL", "! --dst-type LOCAL", f"--dst-type {odd}", "--src-type UNICAST"])

    def packet_type(self, *_):
        return "-m pkttype --pkt-type " + self.r.choice(["unicast", "broadcast", "multicast"])

    def exotic_match(self, *_):
        options = ["-m statistic --mode random --probability 0.5", "-m time --timestart 08:00 --timestop 18:00", "-m length --length 40:1500",
                   "-m mac --mac-source 02:00:00:00:00:01",
                   "-m conntrack --ctstate DNAT", "-m conntrack --ctdir ORIGINAL", "-m ttl --ttl-gt 10" if self.family == 4 else "-m hl --hl-gt 10",
                   "-m string --algo bm --string abc", "-m owner --socket-exists", "-m conntrack --ctorigdstport 22", "-m dscp --dscp 0"]
        return self.r.choice(options[:8] + options[9:])

    MATCHES = [("port", 34), ("source", 26), ("interface", 14), ("state", 12), ("set", 9), ("destination", 4), ("protocol", 4), ("mark", 4), ("flags", 3),
               ("icmp", 2), ("addrtype", 3),
               ("packet_type", 2), ("limit", 3), ("recent", 2), ("exotic_match", 0)]

    def matches(self, hook, protocol):
        r, out = self.r, []
        weights = [weight + (self.exotic if name == "exotic_match" else 0) for name, weight in self.MATCHES]
        about = None
        for name in dict.fromkeys(r.choices([name for name, _ in self.MATCHES], weights, k=r.choice([0, 1, 1, 1, 1, 2, 2, 3]))):
            if name in ("port", "set", "flags", "icmp", "protocol"):
                wanted = {"flags": "tcp", "icmp": "icmp", "protocol": "any"}.get(name, protocol)
                if about and (about != wanted or name in ("icmp", "protocol")):
                    continue
                about = wanted
            text = getattr(self, name)(hook, protocol)
            named = f"-p {protocol} "
            if any(other.startswith(named) for other in out):
                text = text.removeprefix(named)  # one rule names its protocol once
            out.append(text)
        return out

    def target(self, table, hook, after):
        r, mark = self.r, self.r.choice(words.MARKS)
        marking = [f"-j MARK --set-xmark {mark}/0xffffffff", f"-j MARK --or-mark {mark}", "-j CONNMARK --save-mark", "-j CONNMARK --restore-mark",
                   f"-j CONNMARK --set-mark {mark}"]
        users = [f"-j {name}" for name in after] * 3 + [f"-g {name}" for name in after]
        if table == "filter":
            reject = ["-j REJECT", "-j REJECT --reject-with " + ("icmp-host-prohibited" if self.family == 4 else "icmp6-adm-prohibited")]
            queue = ["-j NFQUEUE --queue-num 4"] * (r.random() < 0.1)
            options = ["-j ACCEPT"] * 20 + ["-j DROP"] * 11 + reject * 2 + users * 2 + ["-j RETURN"] * 2 + ANY_LOG + [""] + queue
        elif table == "mangle":
            options = marking * 3 + ["-j DROP", "-j ACCEPT", "-j ACCEPT", "-j RETURN"]
        else:  # raw
            options = ["-j DROP", "-j ACCEPT", "-j CT --notrack", ""]
        return r.choice(options)

    def rule(self, table, hook, after):
        r = self.r
        matches = self.matches(hook, r.choice(["tcp", "tcp", "udp"]))
        if table == "raw":
            matches = [m for m in matches if "conntrack" not in m and "state" not in m and "connmark" not in m and "connlimit" not in m]
        target = self.target(table, hook, after)
        if not matches and target.split(" ")[-1] in ("ACCEPT", "DROP", "REJECT") and (r.random() < 0.75 or table == "raw"):
            target = "-j LOG"
        comment = '-m comment --comment "a word"' if r.random() < 0.08 else ""
        matches.sort(key=lambda match: not match.lstrip("! ").startswith(("-s", "-d", "-i", "-o")))
        return " ".join(part for part in (*matches, comment, target) if part)

    def chain(self, table, hook, after, most):
        return [self.rule(table, hook, after) for _ in range(self.r.randint(0, most))]

    def nat(self):
        r, rules = self.r, []
        for _ in range(r.randint(1, 3)):
            protocol = r.choice(["tcp", "tcp", "udp"])
            port, inside = r.choice(words.PUBLISHED[protocol]), r.choice([80, 443, 22] if protocol == "tcp" else [53, 5000])
            narrow = r.choice(["", "", "", self.source(), self.interface("PREROUTING", protocol),
                               "-d " + r.choice([a for (_, f), a in HOST.items() if f == self.family]),
                               "-m addrtype --dst-type LOCAL"])
            to = IN_CONTAINER[self.family] if self.family == 4 else f"[{IN_CONTAINER[self.family]}]"
            here = f"-j REDIRECT --to-ports {22 if protocol == 'tcp' else 53}"
            target = r.choice([f"-j DNAT --to-destination {to}:{inside}"] * 5 + [here, "-j ACCEPT", "-j RETURN"])
            rules.append(f"{narrow} -p {protocol} -m {protocol} --dport {port} {target}".strip())
        if r.random() < 0.5:  # as Docker has it
            return {"PREROUTING": ("ACCEPT", ["-m addrtype --dst-type LOCAL -j DOCKER"]), "DOCKER": (None, ["-i docker0 -j RETURN"] + rules),
                    "POSTROUTING": ("ACCEPT", [f"-s {'172.17.0.0/16' if self.family == 4 else 'fd00:17::/64'} ! -o docker0 -j MASQUERADE"])}
        return {"PREROUTING": ("ACCEPT", rules)}

    def write(self):
        r, out = self.r, {}
        if r.random() < 0.08:
            out["raw"] = {"PREROUTING": ("ACCEPT", self.chain("raw", "PREROUTING", [], 2) + ["-m rpfilter --invert -j DROP"] * (r.random() < 0.4))}
        if r.random() < 0.2:
            out["mangle"] = {"PREROUTING": ("ACCEPT", self.chain("mangle", "PREROUTING", [], 2)),
                             "INPUT": (r.choice(["ACCEPT"] * 5 + ["DROP"]), self.chain("mangle", "INPUT", [], 2))}
        if r.random() < 0.35:
            out["nat"] = self.nat()
        filters = {"INPUT": (r.choice(["ACCEPT", "DROP"]), self.chain("filter", "INPUT", self.users, 8)),
                   "FORWARD": (r.choice(["ACCEPT", "DROP"]), self.chain("filter", "FORWARD", self.users, 4)), "OUTPUT": ("ACCEPT", [])}
        if r.random() < 0.5:
            filters["FORWARD"][1].insert(0, r.choice(["-o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
                                                      "! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT"]))
        for number, name in enumerate(self.users):
            filters[name] = (None, self.chain("filter", "INPUT", self.users[number + 1:], 4))
        out["filter"] = filters
        return out


def generate(r, backend):
    """What iptables-restore and ip6tables-restore read, by family, and ipset before them."""
    sets = Sets(r)
    exotic = 4 if r.random() < 1 / 16 else 0
    families = r.choice([[4, 6], [4, 6], [4, 6], [4], [6]])
    return {"backend": backend, "families": {family: Rules(r, family, backend, sets, exotic).write() for family in families}, "sets": sets.lines}


def text_of(tables):
    out = []
    for name, chains in tables.items():
        out.append(f"*{name}")
        out += [f":{chain} {policy or '-'} [0:0]" for chain, (policy, _) in chains.items()]
        out += [f"-A {chain} {rule}" for chain, (_, rules) in chains.items() for rule in rules]
        out.append("COMMIT")
    return "\n".join(out) + "\n"

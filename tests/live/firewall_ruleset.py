"""One random ruleset of whatever kind: made, put into force in a world, taken back, and made smaller."""
import contextlib
import copy
import time

import firewall_iptables
import firewall_nft
from firewall_world import run

KINDS = ["nft"] * 9 + ["iptables-nft"] * 4 + ["iptables-legacy"] * 5 + ["nft and iptables-legacy"] + ["nft and iptables-nft"]
BUILTIN = {"raw": ["PREROUTING", "OUTPUT"], "mangle": ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"], "nat": ["PREROUTING", "INPUT", "OUTPUT",
                                                                                                                           "POSTROUTING"],
           "filter": ["INPUT", "FORWARD", "OUTPUT"]}
NOTHING = "".join(f"*{table}\n" + "".join(f":{chain} ACCEPT [0:0]\n" for chain in chains) + "COMMIT\n" for table, chains in BUILTIN.items()).encode()


class Refused(Exception):
    """The tool or the kernel did not take the ruleset."""


def tool(family, backend):
    return f"ip{'6' if family == 6 else ''}tables-{backend}-restore"


class Fixed:
    """A ruleset as commands, each with what it reads."""

    def __init__(self, kind, parts):
        self.kind, self.parts = kind, parts
        self.is_legacy = any("legacy" in command[0] for command, _ in parts)

    def text(self):
        return "".join(f"# {' '.join(command)}\n{body}" for command, body in self.parts)

    def load(self):
        for command, body in self.parts:
            run(*command, input=body.encode())

    def clear(self):
        if self.is_legacy:
            for family in (4, 6):
                run(tool(family, "legacy"), input=NOTHING)
        run("nft", "flush", "ruleset")
        clear_sets()


def sections(text, mark):
    """The commands of a text, each after a mark at the beginning of its line, and what they read."""
    out = []
    for line in text.splitlines(keepends=True):
        if line.startswith(mark):
            out.append([tuple(line[len(mark):].split()), ""])
        elif out:
            out[-1][1] += line
    return [(command, body) for command, body in out]


class Ruleset:
    def __init__(self, r, kind=None):
        self.kind = r.choice(KINDS)
        if kind:
            self.kind = kind
        self.nft = firewall_nft.generate(r) if self.kind.startswith("nft") else []
        self.iptables = firewall_iptables.generate(r, "legacy" if "legacy" in self.kind else "nft") if "iptables" in self.kind else None

    @property
    def is_legacy(self):
        return "legacy" in self.kind

    def commands(self):
        """What is run, each with what it reads."""
        out = []
        if self.iptables and self.iptables["sets"]:
            out.append((("ipset", "restore"), "\n".join(self.iptables["sets"]) + "\n"))
        if self.iptables:
            out += [((tool(family, self.iptables["backend"]),), firewall_iptables.text_of(tables)) for family, tables in self.iptables["families"].items()]
        if self.nft:
            out.append((("nft", "-f", "-"), firewall_nft.text_of(self.nft)))
        return out

    def text(self):
        return "".join(f"# {' '.join(command)}\n{text}" for command, text in self.commands())

    def load(self):
        """In the namespace this process is in."""
        for command, text in self.commands():
            try:
                run(*command, input=text.encode())
            except RuntimeError as error:
                raise Refused(str(error)) from error

    def clear(self):
        if self.is_legacy:
            for family in (4, 6):
                run(tool(family, "legacy"), input=NOTHING)
        if self.nft or not self.is_legacy:
            run("nft", "flush", "ruleset")
        if self.iptables and self.iptables["sets"]:
            clear_sets()

    def smaller(self):
        """Every ruleset with one thing less, larger things first."""
        for place in self.places():
            less = copy.deepcopy(self)
            holder = less
            for step in place[:-1]:
                holder = getattr(holder, step) if isinstance(step, str) and not isinstance(holder, dict) else holder[step]
            del holder[place[-1]]
            yield less

    def places(self):
        """Where there is something that can be left out, from the end, so that what is before keeps its place."""
        whole, rules = [], []
        for t, table in enumerate(self.nft):
            whole.append(("nft", t))
            whole += [("nft", t, "chains", c) for c in range(len(table["chains"]))]
            whole += [("nft", t, "sets", name) for name in table["sets"]]
            rules += [("nft", t, "chains", c, "rules", n) for c, chain in enumerate(table["chains"]) for n in range(len(chain["rules"]))]
        if self.iptables:
            for family, tables in self.iptables["families"].items():
                whole.append(("iptables", "families", family))
                for name, chains in tables.items():
                    whole.append(("iptables", "families", family, name))
                    whole += [("iptables", "families", family, name, chain) for chain in chains]
                    rules += [("iptables", "families", family, name, chain, 1, n) for chain in chains for n in range(len(chains[chain][1]))]
            rules += [("iptables", "sets", n) for n in range(len(self.iptables["sets"]))]
        return whole[::-1] + rules[::-1]


def clear_sets():
    """Sets that rules just gone referred to are free a moment later."""
    run("ipset", "flush")
    end = time.monotonic() + 5
    while True:
        with contextlib.suppress(RuntimeError):
            run("ipset", "destroy")
            return
        if time.monotonic() > end:
            raise RuntimeError("the sets cannot be taken away")
        time.sleep(0.003)


def shrink(ruleset, still_wrong, deadline):
    """Leave out what can be left out while it is still wrong, until time is up."""
    progress = True
    while progress and time.monotonic() < deadline:
        progress = False
        for less in ruleset.smaller():
            if time.monotonic() > deadline:
                break
            if still_wrong(less):
                ruleset, progress = less, True
                break
    return ruleset

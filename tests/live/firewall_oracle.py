#!/usr/bin/python3
"""Random rulesets in force, and real attempts to get through them, held against what sshvet says can reach the host.

    firewall_oracle.py --driver build/dev/firewall_driver [--rulesets N] [--seed S] [--jobs J] [--keep FOLDER] [--only NUMBER]
    firewall_oracle.py --driver build/dev/firewall_driver --replay EVIDENCE...
    firewall_oracle.py --driver build/dev/firewall_driver --record-again EVIDENCE...

The first form needs root, and makes namespaces of its own. Five things are demanded of every ruleset and every port: nothing gets in where sshvet says
`closed`, and nothing outside of the conditions where it says `restricted`; where it says `open` something gets in, and what fulfils a condition of
`restricted` gets in where there is no limit and nothing else to it; and every port that somebody listens on has a verdict. Evidence of disagreements is
made as small as time allows and kept in FOLDER. The second form asks such evidence again, and needs nothing; the third one
records it anew, with the packets, where the collector has changed.
"""
import argparse
import collections
import concurrent.futures
import ipaddress
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import time

import firewall_ruleset
import firewall_world
from firewall_world import LISTENERS, Packet

HERE = pathlib.Path(__file__).resolve().parent
CHECKS = HERE.parent.parent / "checks"
WAIT = 0.015  # seconds without any answer after which there will be none
RETRY_WAITS = [0.1, 0.5]
SHRINK_SECONDS = 20


# What sshvet says.

class Driver:
    """The program that turns evidence into verdicts, asked again and again."""

    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def judge(self, evidence):
        """firewall.reachable, and why it or part of it is unavailable."""
        self.process.stdin.write(f"{len(evidence)}\n".encode() + evidence)
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("the driver died")
        facts = json.loads(line)
        if "reachable" not in facts:
            raise SystemExit(f"firewall.reachable is unavailable: {line.decode()[:500]}")
        return facts["reachable"]


def index(reachable):
    return {(item["protocol"], item["port"], int(item["family"][-1])): item for item in reachable if "outcome" in item}


def in_networks(networks, address):
    return any(address in network for network in networks)


def fits(names, interface):
    return any(interface.startswith(name[:-1]) if name[-1:] in "*+" else interface == name for name in names)


class Condition:
    """One alternative of `restricted`, as questions to a packet."""

    def __init__(self, item):
        self.source, self.not_source = ([ipaddress.ip_network(n) for n in item[key]] if key in item else None for key in ("source", "not_source"))
        self.interface, self.not_interface = item.get("interface"), item.get("not_interface")
        self.more = "rate_limit" in item or "other" in item
        unknown = item.keys() - {"source", "not_source", "interface", "not_interface", "rate_limit", "other"}
        assert not unknown, f"a condition with {unknown}"

    def excludes(self, packet, address):
        return (self.source is not None and not in_networks(self.source, address) or self.not_source is not None and in_networks(self.not_source, address)
                or self.interface is not None and not fits(self.interface, packet.interface)
                or self.not_interface is not None and fits(self.not_interface, packet.interface))


def listens(packet):
    """Whether somebody listens for it on the host itself."""
    return any(protocol == packet.protocol and port == packet.port and str(packet.family) in families and address in (None, packet.destination)
               for protocol, port, families, address in LISTENERS)


def has_listener(protocol, port, family):
    return any((protocol, port) == (p, n) and str(family) in families and address != "127.0.0.1" for p, n, families, address in LISTENERS)


class Case:
    """What was said of one port in one family, and what became of the packets to it."""

    def __init__(self, key, item):
        self.key, self.item, self.complaints, self.sure = key, item, [], 0
        self.outcome = item["outcome"] if item else "closed"
        self.conditions = [Condition(c) for c in (item or {}).get("conditions", [])]
        self.tried, self.entered = 0, 0

    def complain(self, what, number):
        self.complaints.append((what, number))

    def add(self, packet, number, entered, translated):
        """`translated`: the ruleset has DNAT, so what answers may not be who listens."""
        if self.outcome == "undecided":
            return
        address = ipaddress.ip_address(packet.source)
        if packet.interface != "docker0" and (listens(packet) or not has_listener(*self.key)):
            self.tried += 1
            self.entered += entered
        if self.outcome == "closed":
            self.sure += 1
            if entered:
                self.complain("closed, but it got in", number)
        elif self.outcome == "restricted":
            holding = [c for c in self.conditions if not c.excludes(packet, address)]
            self.sure += not holding or any(not c.more for c in holding)
            if entered and not holding:
                self.complain("outside of the conditions, but it got in", number)
            # The container does not reach itself by way of the host.
            itself = translated and packet.interface == "docker0"
            if not entered and any(not c.more for c in holding) and listens(packet) and not itself:
                self.complain("as the conditions say, but it did not get in", number)

    def finish(self):
        if self.outcome == "open" and self.tried:
            self.sure += 1
            if not self.entered:
                self.complain("open, but nothing got in", None)
        if self.item is None and has_listener(*self.key):
            self.complain("somebody listens, but there is no verdict", None)


def compare(reachable, packets, entered, translated):
    """A case for every port and family."""
    verdicts, cases = index(reachable), {}
    for number, packet in enumerate(packets):
        key = packet[:3]
        if key not in cases:
            cases[key] = Case(key, verdicts.get(key))
        cases[key].add(packet, number, number in entered, translated)
    for case in cases.values():
        case.finish()
    return cases


# Evidence.

def collector():
    """The part of the collector that is about the firewall, as assemble.cmake puts it together."""
    parts = [*(CHECKS / "collector" / part for part in ("begin.sh", "frame.sh")), CHECKS / "firewall.sh", CHECKS / "collector" / "finish.sh"]
    return "{\n" + "".join(part.read_text() for part in parts).replace("@VERSION@", "0") + "} </dev/null 2>/dev/null\n"


def with_packets(evidence, ruleset, packets, entered):
    """Evidence that also says which packets got in, for replay."""
    nonce = evidence.split(b"\n", 1)[0].split()[2]
    lines = "".join(f"{' '.join(map(str, packet))} {'in' if number in entered else 'out'}\n" for number, packet in packets)
    sections = b""
    for name, text in (("oracle.ruleset", ruleset), ("oracle.packets", lines)):
        sections += nonce + b" begin " + name.encode() + b"\n" + text.encode() + b"\n" + nonce + b" end " + name.encode() + b" 0\n"
    done = nonce + b" done\n"
    assert evidence.endswith(done)
    return evidence[:-len(done)] + sections + done


def packets_of(evidence):
    match = re.search(rb"begin oracle\.packets\n(.*?)\n\n", evidence, re.DOTALL)
    packets, entered = [], set()
    for line in match.group(1).decode().splitlines():
        protocol, port, family, interface, source, destination, sport, came = line.split()
        if came == "in":
            entered.add(len(packets))
        packets.append(Packet(protocol, int(port), int(family), interface, source, destination, int(sport)))
    return packets, entered


def has_translation(text):
    return any(word in text for word in ("DNAT", "dnat", "REDIRECT", "redirect"))


# One ruleset after the other.

class Worker:
    """Two worlds, as tables of legacy iptables stay where they once were, and a driver."""

    def __init__(self, driver, shrink=True):
        # Legacy iptables would have all namespaces wait for one lock; this one is ours, and is gone with us.
        self.lock = os.memfd_create("sshvet-oracle")
        os.environ["XTABLES_LOCKFILE"] = f"/proc/{os.getpid()}/fd/{self.lock}"
        self.worlds = {legacy: firewall_world.World() for legacy in (False, True)}
        self.driver = Driver(driver) if driver else None
        self.script = collector().encode()
        self.shrinks = shrink

    def evidence(self, script=None):
        text = subprocess.run(["/bin/sh", "-s", "none"], input=script or self.script, stdout=subprocess.PIPE, check=True, close_fds=False).stdout
        return re.sub(rb'\(\("python[^"]*",pid=\d+', b'(("server",pid=1000', text)

    def world(self, ruleset):
        world = self.worlds[ruleset.is_legacy]
        world.host.enter()
        return world

    def examine(self, ruleset, only=None):
        """Cases, and what a disagreement is recorded with. `only` is the port and family that matter."""
        world = self.world(ruleset)
        wanted = [n for n, p in enumerate(world.packets) if only in (None, p[:3])]
        try:
            ruleset.load()
            evidence = self.evidence()
            reachable = self.driver.judge(evidence)
            world.flush()
            world.random_ports = "random" in ruleset.text()
            entered = set(world.attempt(wanted, WAIT))
            translated = has_translation(ruleset.text())
            packets = [world.packets[n] for n in wanted]
            renumber = {n: i for i, n in enumerate(wanted)}
            cases = compare(reachable, packets, {renumber[n] for n in entered}, translated)
            for wait in RETRY_WAITS:
                if not any(case.complaints for case in cases.values()):
                    break
                # A busy machine may have lost a packet: what got in once got in.
                world.flush()
                again = [n for n in wanted if cases[world.packets[n][:3]].complaints]
                entered |= world.attempt(again, wait)
                cases = compare(reachable, packets, {renumber[n] for n in entered}, translated)
            return cases, (evidence, [(renumber[n], world.packets[n]) for n in wanted], {renumber[n] for n in entered})
        finally:
            ruleset.clear()

    def is_wrong(self, ruleset, key, what):
        try:
            cases, _ = self.examine(ruleset, key)
        except firewall_ruleset.Refused:
            return False
        return any(complaint == what for complaint, _ in cases[key].complaints)

    def record(self, ruleset, key, what):
        """The smallest evidence of it that is found in time."""
        if self.shrinks:
            ruleset = firewall_ruleset.shrink(ruleset, lambda less: self.is_wrong(less, key, what), time.monotonic() + SHRINK_SECONDS)
        cases, (evidence, packets, entered) = self.examine(ruleset, key)
        case = cases[key]
        told = [what for what, _ in case.complaints] or ["not again"]
        example = next((packets[n][1] for _, n in case.complaints if n is not None), None)
        text = f"{' '.join(map(str, key))}: {told[0]}\n  packet: {example}\n  verdict: {json.dumps(case.item)}\n" + \
            "  in: " + ", ".join(f"{p.interface}:{p.source}" for n, p in packets if n in entered) + "\n" + ruleset.text()
        return text, with_packets(evidence, ruleset.text(), packets, entered)

    def work(self, seed, number, keep, kind):
        result = collections.Counter()
        ruleset = firewall_ruleset.Ruleset(random.Random(f"{seed}/{number}"), kind)
        result["kind " + ruleset.kind] += 1
        try:
            cases, _ = self.examine(ruleset)
        except firewall_ruleset.Refused as refused:
            result["refused"] += 1
            return number, result, [], re.sub(r'"[^"]*"|\d+', "…", str(refused).splitlines()[0])
        told, seen = [], set()
        for case in cases.values():
            if case.item is not None:
                result["case " + case.outcome] += 1
                if case.outcome == "undecided":
                    result["undecided " + re.sub(r"\d+", "N", case.item.get("decided_by", ""))[:60]] += 1
            result["certain"] += case.sure
            result["attempts"] += case.tried
            for what, _ in case.complaints[:1]:
                result["wrong: " + what] += 1
                if what in seen or len(told) > 3:
                    continue
                seen.add(what)
                text, evidence = self.record(ruleset, case.key, what)
                told.append(text)
                if keep:
                    pathlib.Path(keep).mkdir(parents=True, exist_ok=True)
                    stem = f"{seed}-{number}-{case.key[0]}{case.key[1]}-{case.key[2]}"
                    pathlib.Path(keep, stem + ".evidence").write_bytes(evidence)
                    pathlib.Path(keep, stem + ".txt").write_text(text)
        result["rulesets"] += 1
        return number, result, told, ""


worker = None


def start_worker(driver, shrink):
    global worker
    worker = Worker(driver, shrink)


def pool(driver, jobs, shrink=True):
    """Processes with a worker each."""
    return concurrent.futures.ProcessPoolExecutor(jobs, initializer=start_worker, initargs=(driver, shrink))


def work_some(seed, numbers, keep, kind):
    return [worker.work(seed, number, keep, kind) for number in numbers]


def run(driver, rulesets, seed, jobs, keep, shrink=True, tell=lambda text: None, first=0, kind=None):
    """The tally, the refusals and the disagreements of a run."""
    tally, refusals, differences = collections.Counter(), collections.Counter(), []
    chunks = [range(n, min(n + 10, first + rulesets)) for n in range(first, first + rulesets, 10)]
    with pool(driver, jobs, shrink) as workers:
        for future in concurrent.futures.as_completed([workers.submit(work_some, seed, chunk, keep, kind) for chunk in chunks]):
            for number, result, told, refusal in future.result():
                tally += result
                if refusal:
                    refusals[refusal] += 1
                for text in told:
                    differences.append((number, text))
                    tell(f"ruleset {number}: {text}")
    return tally, refusals, differences


def describe(seed, tally, refusals, seconds):
    cases = sum(count for name, count in tally.items() if name.startswith("case "))
    kinds = ", ".join(f"{name[5:]} {count}" for name, count in sorted(tally.items()) if name.startswith("kind "))
    outcomes = ", ".join(f"{name[5:]} {count}" for name, count in sorted(tally.items()) if name.startswith("case "))
    wrong = ", ".join(f"{name[7:]}: {count}" for name, count in sorted(tally.items()) if name.startswith("wrong: ")) or "none"
    undecided = 100 * tally["case undecided"] / max(1, cases)
    text = f"{tally['rulesets']} rulesets, seed {seed}, {seconds:.0f} s: {kinds}; {tally['refused']} refused\n" \
           f"{cases} ports and families: {outcomes} ({undecided:.2f} % undecided); {tally['certain']} certain answers; disagreements: {wrong}"
    constructs = collections.Counter({name[10:]: count for name, count in tally.items() if name.startswith("undecided ")})
    for construct, count in constructs.most_common(8):
        text += f"\n    undecided {count}: {construct}"
    for reason, count in refusals.most_common(8):
        text += f"\n    refused {count}: {reason}"
    return text


def replay(driver, paths):
    driver, wrong = Driver(driver), 0
    for path in paths:
        evidence = pathlib.Path(path).read_bytes()
        packets, entered = packets_of(evidence)
        for case in compare(driver.judge(evidence), packets, entered, has_translation(ruleset_of(evidence))).values():
            for what, number in case.complaints:
                wrong += 1
                print(f"{path}: {' '.join(map(str, case.key))}: {what}: {packets[number] if number is not None else ''} {json.dumps(case.item)}")
    print(f"{len(paths)} recorded rulesets, {wrong} disagreements")
    return 1 if wrong or not paths else 0


def ruleset_of(evidence):
    return re.search(rb"begin oracle\.ruleset\n(.*?)\n\n[0-9a-f]{32} end", evidence, re.DOTALL).group(1).decode() + "\n"


def record_again(driver, paths):
    """Put the rulesets of recorded evidence into force, and record what the collector finds now and what the kernel does with the packets."""
    made = Worker(driver)
    for path in paths:
        evidence = pathlib.Path(path).read_bytes()
        key = packets_of(evidence)[0][0][:3]
        ruleset = firewall_ruleset.Fixed("recorded", firewall_ruleset.sections(ruleset_of(evidence), "# "))
        cases, (evidence, packets, entered) = made.examine(ruleset, key)
        pathlib.Path(path).write_bytes(with_packets(evidence, ruleset.text(), packets, entered))
        print(f"{path}: {' '.join(map(str, key))}: {cases[key].outcome}, {len(entered)} of {len(packets)} get in, {cases[key].complaints or 'agreed'}")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--driver", required=True)
    parser.add_argument("--rulesets", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", metavar="FOLDER", help="where evidence of disagreements goes")
    parser.add_argument("--kind", choices=sorted(set(firewall_ruleset.KINDS)), help="rulesets of this kind alone")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="run this ruleset alone")
    parser.add_argument("--no-shrink", action="store_true", help="leave rulesets as large as they were")
    parser.add_argument("--replay", nargs="+", metavar="EVIDENCE")
    parser.add_argument("--record-again", nargs="+", metavar="EVIDENCE")
    options = parser.parse_args()
    if options.record_again:
        return record_again(options.driver, options.record_again)
    if options.replay:
        return replay(options.driver, options.replay)
    print(f"seed {options.seed}", flush=True)
    started = time.monotonic()
    first, count = (0, options.rulesets) if options.only is None else (options.only, 1)
    tally, refusals, differences = run(options.driver, count, options.seed, options.jobs, options.keep, not options.no_shrink,
                                       lambda text: print(text, flush=True), first, options.kind)
    print(describe(options.seed, tally, refusals, time.monotonic() - started))
    undecided = tally["case undecided"] / max(1, sum(count for name, count in tally.items() if name.startswith("case ")))
    return 1 if differences or undecided >= 0.02 or tally["refused"] * 20 > count else 0


if __name__ == "__main__":
    sys.exit(main())

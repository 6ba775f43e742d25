"""Fleets that do not exist: their journals as `scan --facts --journal` keeps them, and what the answers about them must be.

A fleet is made of hosts, accounts and keys by name; a key's fingerprint is made from its name. `answers()` works the answers out again from
the same facts in the plainest way there is, without any of the program's shortcuts, and knows nothing of its code.
"""
import base64
import hashlib
import ipaddress
import json

RULE = {"title": "One", "module": "host", "severity": "low"}


def fingerprint(name):
    return "SHA256:" + base64.b64encode(hashlib.sha256(name.encode()).digest()).decode().rstrip("=")


class Host:
    """One host with the facts of a complete scan, to be changed by who needs others."""

    def __init__(self, name, address):
        self.name = name
        self.address = address
        self.host_key = None
        self.error = None
        self.users = []
        self.authorized = []
        self.private = []
        self.host_keys = []
        self.strict = {}
        self.context = {"subject": "global", "permitrootlogin": "prohibit-password", "pubkeyauthentication": "yes", "allowusers": [],
                        "denyusers": [], "allowgroups": [], "denygroups": []}
        self.user("root", 0)

    def user(self, name, uid=None, **more):
        known = [u for u in self.users if u["name"] == name]
        if not known:
            uid = 1000 + len(self.users) if uid is None else uid
            self.users.append({"subject": name, "name": name, "uid": uid, "gid": uid, "groups": [name], "home": self.home(name),
                               "shell": "/bin/sh", "login": "shell", "locked": False, "expired": False, **more})

    @staticmethod
    def home(name):
        return "/root" if name == "root" else f"/home/{name}"

    def opens(self, key, user, **more):
        """A line of the account's authorized_keys with the key."""
        self.user(user)
        path = f"{self.home(user)}/.ssh/authorized_keys"
        line = 1 + sum(a["path"] == path for a in self.authorized)
        item = {"subject": f"{user} {path}:{line}", "user": user, "path": path, "line": line, "state": "accepted", "type": "ssh-ed25519",
                "bits": 256, "fingerprint": fingerprint(key), "comment": key, "options": [], "restrict": False, "cert_authority": False,
                "where": f"{path}:{line}", **more}
        self.authorized.append(item)
        self.strict.setdefault((user, path), {"subject": f"{user} {path}", "user": user, "path": path, "refused": False, "writers": []})
        return item

    def holds(self, key, user, **more):
        """The private half in the account's ~/.ssh."""
        self.user(user)
        path = f"{self.home(user)}/.ssh/id_{len(self.private)}"
        item = {"subject": path, "user": user, "path": path, "format": "openssh", "type": "ssh-ed25519", "bits": 256,
                "fingerprint": fingerprint(key), "encrypted": False, "where": path, **more}
        self.private.append(item)
        return item

    def proves(self, key, connection=True):
        """A host key."""
        path = f"/etc/ssh/ssh_host_{len(self.host_keys)}_key"
        self.host_keys.append({"subject": path, "path": path, "type": "ssh-ed25519", "bits": 256, "fingerprint": fingerprint(key), "where": path})
        if connection:
            self.host_key = fingerprint(key)

    def facts(self):
        return {"sshd_config": {"source": "sshd -T", "contexts": [self.context]},
                "accounts": {"users": self.users},
                "keys": {"files": [], "strict_modes": list(self.strict.values())},
                "key_material": {"authorized": self.authorized, "private": self.private, "host": self.host_keys}}

    def line(self, index, facts=True):
        start = {"index": index, "name": self.name, "address": self.address, "port": 22, "user": "audit"}
        key = {"host_key": self.host_key} if self.host_key else {}
        if self.error:
            return {**start, "status": "unscanned", **key, "duration_ms": 1, "error": {"code": self.error, "message": "no answer came"}}
        return {**start, "status": "scanned", **key, "duration_ms": 1, "privileged": True, "host": {"os": "Debian"},
                "findings": [{"rule": "one", "status": "pass"}], **({"facts": self.facts()} if facts else {})}


def header(targets, profile="baseline"):
    return {"journal": "sshvet-journal/1", "tool": {"name": "sshvet", "version": "0.1.0"}, "profile": profile,
            "started": "2026-01-02T03:04:05Z", "targets": targets, "rules": {"one": RULE}}


def journal(lines, targets=None, profile="baseline"):
    """The text of a journal with these lines (or hosts)."""
    lines = [line.line(i) if isinstance(line, Host) else line for i, line in enumerate(lines)]
    every = [header(len(lines) if targets is None else targets, profile), *lines, {"finished": "2026-01-02T03:05:00Z"}]
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in every)


# ---- the answers, worked out in the plainest way ----

def admits(patterns, address):
    """from= with addresses and networks only, as random fleets have it."""
    found = False
    for pattern in patterns:
        negated, pattern = pattern.startswith("!"), pattern.lstrip("!")
        if ipaddress.ip_address(address) in ipaddress.ip_network(pattern):
            if negated:
                return False
            found = True
    return found


def is_open(host, a):
    strict = host.strict[a["user"], a["path"]]
    root = uid_of(host, a["user"]) == 0
    return (a["state"] == "accepted" and not a["cert_authority"] and not strict["refused"] and host.context["pubkeyauthentication"] == "yes" and
            not (root and host.context["permitrootlogin"] == "no") and a["user"] not in host.context["denyusers"])


def uid_of(host, user):
    return next(u["uid"] for u in host.users if u["name"] == user)


def is_restricted(host, a):
    return "command" in a or next(u for u in host.users if u["name"] == a["user"])["login"] == "no_shell"


def node(host, user):
    """Accounts of uid 0 are one."""
    return (host.name, min(u["name"] for u in host.users if u["uid"] == 0) if uid_of(host, user) == 0 else user)


def edges(hosts, encrypted=False):
    """Every (from, to, restricted) that one private key gives."""
    found = set()
    held = [(h, p) for h in hosts for p in h.private] + [(h, {**k, "user": "root", "encrypted": False}) for h in hosts for k in h.host_keys]
    lines = {}
    for h in hosts:
        for a in h.authorized:
            if is_open(h, a):
                lines.setdefault(a["fingerprint"], []).append((h, a))
    for h, p in held:
        if p["encrypted"] and not encrypted:
            continue
        for g, a in lines.get(p["fingerprint"], []):
            own = ["127.0.0.1", "::1"] if g is h else []
            if "from" in a and not any(admits(a["from"], address) for address in [h.address, *own]):
                continue
            for start in {node(h, p["user"]), node(h, "root")}:
                found.add((start, node(g, a["user"]), is_restricted(g, a)))
    return found


def distances(targets, into):
    """How far everybody is from the nearest of `targets`, by plain breadth-first search."""
    far = dict.fromkeys(targets, 0)
    ring = list(targets)
    while ring:
        ring = sorted({start for end in ring for start in into.get(end, ()) if start not in far})
        far.update({start: 1 + min(far[e] for e in far if start in into.get(e, ())) for start in ring})
    return far


def paths(hosts, encrypted=False):
    """{account: (hops, restricted)} of the shortest path to a root that is not its own."""
    every = edges(hosts, encrypted)
    nodes = {n for start, end, _ in every for n in (start, end)}
    roots = {node(h, "root") for h in hosts}
    answer = {}
    for restricted in (True, False):  # the second overwrites the first
        into = {}
        for start, end, r in every:
            if restricted or not r:
                into.setdefault(end, set()).add(start)
        far = distances(roots, into)
        for n in sorted(nodes - roots):
            if n in far:
                answer[n] = (far[n], restricted)
        for n in sorted(nodes & roots):
            other = distances(roots - {n}, into)
            if n in other:
                answer[n] = (other[n], restricted)
    return answer


def answers(hosts, encrypted=False):
    """The parts of the JSON answer that a fleet of complete hosts must have, as sets."""
    opens, closed, private, proves, everywhere = {}, {}, {}, {}, {}
    for h in hosts:
        for a in h.authorized:
            (opens if is_open(h, a) else closed).setdefault(a["fingerprint"], []).append((h, a["user"]))
            everywhere[a["fingerprint"]] = everywhere.get(a["fingerprint"], 0) + 1
        for p in h.private:
            private.setdefault(p["fingerprint"], []).append((h, p["user"]))
            everywhere[p["fingerprint"]] = everywhere.get(p["fingerprint"], 0) + 1
        for k in h.host_keys:
            proves.setdefault(k["fingerprint"], set()).add(h.name)
            everywhere[k["fingerprint"]] = everywhere.get(k["fingerprint"], 0) + 1

    def people(places):
        return {u for h, u in places if uid_of(h, u) != 0}

    return {
        "opens": {(k, h.name, u) for k, places in opens.items() for h, u in places},
        "closed": {(k, h.name, u) for k, places in closed.items() for h, u in places},
        "shared": {k for k in {*opens, *private} if len(people(opens.get(k, []))) > 1 or len(people(private.get(k, []))) > 1},
        "cloned": {k for k, names in proves.items() if len(names) > 1},
        "lone": {k for k in opens if everywhere[k] == 1},
        "paths": paths(hosts, encrypted),
    }


def from_report(report):
    """The same parts of what the program says."""
    keys = report["keys"]
    return {
        "opens": {(k["fingerprint"], o["host"], o["user"]) for k in keys for o in k["opens"]},
        "closed": {(k["fingerprint"], o["host"], o["user"]) for k in keys for o in k["closed"]},
        "shared": {k["fingerprint"] for k in keys if k.get("shared")},
        "cloned": {k["fingerprint"] for k in keys if k.get("cloned")},
        "lone": {k["fingerprint"] for k in keys if k.get("lone")},
        "paths": {(p["from"]["host"], p["from"]["user"]): (p["hops"], p["restricted"]) for p in report["paths"]},
    }


def random_fleet(rng):
    """Hosts, accounts and keys that meet often enough for long chains."""
    hosts = [Host(f"h{i}", f"192.0.2.{i + 1}") for i in range(rng.randint(1, 9))]
    keys = [f"key{i}" for i in range(rng.randint(1, 14))]
    people = ["alice", "bob", "carol", "dave", "root"]
    for h in hosts:
        if rng.random() < 0.15:
            h.user("toor", 0)
        for name in people[:-1]:
            h.user(name, login=rng.choice(["shell"] * 6 + ["no_shell"]))
        h.context["permitrootlogin"] = rng.choice(["yes", "prohibit-password", "prohibit-password", "no"])
        h.context["denyusers"] = rng.choice([[], [], [], ["bob"]])
        for i in range(rng.randint(1, 2)):
            h.proves(rng.choice(keys) if rng.random() < 0.1 else f"host{h.name}{i if rng.random() < 0.8 else ''}" if rng.random() < 0.8 else "image")
        for _ in range(rng.randint(0, 4)):
            h.holds(rng.choice(keys), rng.choice(people), encrypted=rng.random() < 0.2)
        for _ in range(rng.randint(0, 4)):
            more = {}
            if rng.random() < 0.15:
                more["command"] = "/bin/backup"
            if rng.random() < 0.25:
                more["from"] = rng.choice([["192.0.2.0/29"], ["192.0.2.1"], ["!192.0.2.2", "192.0.2.0/24"], ["127.0.0.1"], ["203.0.113.0/24"]])
            if rng.random() < 0.1:
                more["state"] = rng.choice(["ignored", "expired"])
            if rng.random() < 0.1:
                more["cert_authority"] = True
            who = rng.choice(people + (["toor"] if any(u["name"] == "toor" for u in h.users) else []))
            h.opens(rng.choice(keys), who, **more)
        for strict in h.strict.values():
            strict["refused"] = rng.random() < 0.1
    if rng.random() < 0.5:
        chain(hosts, rng)
    return hosts


def chain(hosts, rng):
    """An account of its own on each host, each opening the next, the last one root."""
    for i, (h, g) in enumerate(zip(hosts, hosts[1:])):
        h.holds(f"chain{i}", "link")
        last = g is hosts[-1]
        g.opens(f"chain{i}", "root" if last else "link", **({"command": "/bin/true"} if rng.random() < 0.1 else {}))
        g.context["permitrootlogin"] = "yes" if last else g.context["permitrootlogin"]

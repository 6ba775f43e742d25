"""A whole scan of a real server: what runs there, what it leaves there, and that the same evidence always means the same."""
import json
import os
import pathlib
import re
import subprocess

import paramiko
import pytest

import lab as workshop
from lab import USER

MOVING = {"started", "finished", "duration_ms"}


def settled(report):
    """A report without what must differ from run to run."""
    if isinstance(report, dict):
        return {key: settled(value) for key, value in report.items() if key not in MOVING}
    return [settled(item) for item in report] if isinstance(report, list) else report


def test_one_connection_one_login_one_command(lab):
    server = lab.server("LogLevel DEBUG1")
    run = lab.scan(server=server)
    target = run.scanned()
    log = server.settled_log()
    assert server.connections() == server.logins() == 1
    assert re.findall(r"Starting session: (.*?) for ", log) == ["command"]
    assert server.methods() == ["publickey", "publickey"]
    assert target["user"] == USER and target["port"] == server.port and target["address"] == "127.0.0.1"
    assert target["privileged"] is workshop.ROOT
    fingerprint = subprocess.run(["ssh-keygen", "-lf", server.host_keys[0]], capture_output=True, text=True).stdout.split()[1]
    assert target["host_key"] == fingerprint


def test_every_module_has_findings(lab, server):
    run = lab.scan(server=server)
    assert {f["module"] for f in run.scanned()["findings"]} == {"host", "ssh_protocol", "sshd_config", "accounts", "key_permissions", "key_material", "firewall"}


def test_wire_facts_are_of_this_connection(lab):
    """What is reported of the protocol was offered by this server, not read from the machine's configuration."""
    server = lab.server("Ciphers aes128-gcm@openssh.com\nKexAlgorithms diffie-hellman-group14-sha256\nVersionAddendum Tuesday")
    run = lab.scan(server=server, args=["--facts"])
    facts = json.dumps(run.scanned()["facts"]["ssh_protocol"])
    assert "aes128-gcm@openssh.com" in facts and "aes256-gcm@openssh.com" not in facts
    assert "diffie-hellman-group14-sha256" in facts and "curve25519" not in facts
    assert "Tuesday" in facts


def test_same_server_same_report(lab):
    """Apart from the times, two scans of hosts that did not change are the same."""
    servers = [lab.quick_server() for _ in range(3)]
    known = lab.write("known_hosts", "".join(s.known_hosts.read_text() for s in servers))
    targets = [s.target for s in servers]
    runs = [lab.scan(*targets, known_hosts=known, args=["--facts", "--parallel", n]) for n in ("1", "3", "256")]
    first = settled(runs[0].report)
    assert len(first["targets"]) == 3
    for run in runs[1:]:
        assert settled(run.report) == first


def test_real_collector_twice(lab, server):
    """The collector's own findings do not move either."""
    first, second = (settled(lab.scan(server=server, args=["--facts"]).report) for _ in range(2))
    assert first == second


def test_saved_evidence_means_the_same(lab, server):
    """evaluate says of saved evidence what scan said of the host."""
    saved = lab.folder / "evidence"
    run = lab.scan(server=server, args=["--evidence", saved])
    files = list(saved.iterdir())
    assert len(files) == 1 and files[0].name.endswith(".evidence")
    assert saved.stat().st_mode & 0o077 == 0 and files[0].stat().st_mode & 0o077 == 0
    folder = lab.new_folder("run")
    command = [workshop.program(), "evaluate", saved]
    for form, name in (("json", "report.json"), ("junit", "report.xml"), ("table", "report.txt")):
        command += ["--format", f"{form}={folder / name}"]
    again = lab.run([str(word) for word in command], folder)
    assert settled(again.scanned()["findings"]) == settled(run.scanned()["findings"])
    for member in ("name", "address", "port", "user", "host_key", "privileged", "host"):
        assert again.target()[member] == run.target()[member], member
    assert again.status == run.status


def test_evidence_is_not_overwritten_half(lab):
    """Evidence of a target that has a path in its name stays in its folder."""
    server = lab.quick_server()
    saved = lab.folder / "evidence"
    inventory = lab.write("targets.yaml", json.dumps([{"name": "../../up/.hidden", "host": "127.0.0.1", "port": server.port}]))
    inventory = inventory.rename(lab.folder / "targets.yaml")
    folder = lab.new_folder("run")
    run = lab.run(lab.command([], ["-i", str(inventory), "--evidence", str(saved)], folder, server), folder)
    if run.status == 2:
        assert "name" in run.err  # refused before anything was done
    else:
        run.scanned()
        assert len(list(saved.iterdir())) == 1 and not (lab.folder.parent / "up").exists()


def collector(lab):
    script = subprocess.run([workshop.program(), "collector"], check=True, capture_output=True).stdout
    return lab.write("collector", script, 0o755)


def test_forced_command(lab):
    """With the collector as its forced command the audit key can do nothing else, whatever it asks for."""
    installed = collector(lab)
    server = lab.server(options=f'restrict,command="{installed} none"')
    forced = lab.scan(server=server)
    plain = lab.scan(server=lab.server(), args=["--become", "none"])
    # The two servers differ in their ports and in what the line of the key says.
    verdicts = [{(f["rule"], f["status"]) for f in run.scanned()["findings"] if f["module"] != "key_material"} for run in (forced, plain)]
    assert verdicts[0] == verdicts[1]
    assert server.connections() == server.logins() == 1
    client = paramiko.SSHClient()
    client.load_host_keys(str(server.known_hosts))
    client.connect("127.0.0.1", server.port, username=USER, key_filename=str(lab.key()), look_for_keys=False, allow_agent=False)
    _, out, _ = client.exec_command("echo I am free")
    said = out.read()
    client.close()
    assert b"I am free" not in said and said.startswith(b"sshvet-evidence 1 ") and said.endswith(b" done\n")


def test_nothing_is_left_on_the_target(lab):
    """No file in the home folder, in the places for temporary files, or behind the server's back."""
    server = lab.server(f'SetEnv HOME={lab.home}')
    places = [lab.home, "/tmp", "/var/tmp", "/dev/shm", f"/run/user/{os.geteuid()}"]
    before = {place: set(os.listdir(place)) for place in map(str, places) if os.path.isdir(place)}
    lab.scan(server=server).scanned()
    server.settled_log()
    for place, names in before.items():
        new = {n for n in set(os.listdir(place)) - names if owner(place, n) == server.process.pid}
        assert not new, new


def of_connection(port):
    """Names of processes that run for a connection to this port: sshd says so in their environment."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if f" {port}\0".encode() in (path / "environ").read_bytes().partition(b"SSH_CONNECTION=")[2].partition(b"\0")[0] + b"\0":
                found.append((path / "comm").read_text().strip())
        except (PermissionError, FileNotFoundError, ProcessLookupError):
            pass
    return found


def test_connection_that_breaks_ends_the_collector(lab):
    """One that would go on for ever, so that it can not have ended by itself."""
    script = collector(lab).read_text()
    endless = script.replace("\n} | $pack\n", "\nwhile :; do section x 4096 5 -- head -c 4096 /dev/zero; done\n} | $pack\n")
    assert endless != script
    server = lab.server(f'ForceCommand {lab.write("endless", endless, 0o755)} none')
    folder = lab.new_folder("run")
    process = lab.start(lab.command([server.target], [], folder, server=server))
    workshop.wait_for(lambda: "dd" in of_connection(server.port), what="the collector")
    process.kill()
    process.wait()
    workshop.wait_for(lambda: not of_connection(server.port), what="the end of the collector")


def owner(place, name):
    """Others use these places, too; only what mentions the program counts."""
    return None if "sshvet" not in name or "sshvet-live." in name else name


def test_interrupted_reports_stay_whole(lab):
    """A report that was there before is replaced by a whole one or not at all."""
    server = lab.quick_server()
    folder = lab.new_folder("run")
    (folder / "report.json").write_text("old")
    silent = lab.listener(lambda connection, number: workshop.hold(connection))
    process = lab.start(lab.command([silent.target], [], folder, server))
    workshop.wait_for(lambda: silent.count)
    process.kill()
    process.communicate()
    assert (folder / "report.json").read_text() == "old"


def test_full_disk(lab, server):
    run = lab.run([workshop.program(), "scan", server.target, "--identity", str(lab.key()), "--known-hosts", str(server.known_hosts),
                   "-l", USER, "--format", "json=/dev/full", "--journal", str(lab.folder / "kept")])
    assert run.status == 4 and "No space left" in run.err and str(lab.folder / "kept") in run.err
    again = lab.run([workshop.program(), "report", str(lab.folder / "kept"), "--format", "json"])
    assert json.loads(again.out)["targets"][0]["status"] == "scanned"

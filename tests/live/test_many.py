"""Hundreds of targets in one run: each once, in the order of the inventory, whatever is in flight, lost or killed."""
import os
import signal

import pytest

import lab as workshop

MANY = 300


@pytest.fixture(scope="module")
def town(shared):
    """One server at every address of 127.0.0.0/8; its command costs little, so that logins are what there is to do."""
    return shared.quick_server(listen="0.0.0.0")


def addresses(lab, port, count=MANY):
    """127.1.0.1 to 127.1.1.x in an order of no meaning."""
    names = [f"127.1.{i // 250}.{i % 250 + 1}:{port}" for i in range(count)]
    lab.rng.shuffle(names)
    return names


def inventory(lab, names):
    return ["--inventory", lab.write("inventory", "# a town\n" + "".join(name + "\n" for name in names))]


def scan(lab, server, names, args=(), **kwargs):
    folder = kwargs.pop("folder", None) or lab.new_folder("run")
    known_hosts = kwargs.pop("known_hosts", None)
    command = lab.command([], [*inventory(lab, names), *args], folder, server, known_hosts=known_hosts)
    return lab.run(command, folder, **kwargs)


def check_all_scanned(run, names):
    assert [t["name"] for t in run.report["targets"]] == names
    assert {t["status"] for t in run.report["targets"]} == {"scanned"}, \
        next(t for t in run.report["targets"] if t["status"] != "scanned")
    assert sorted(run.journal_names()) == sorted(names)


def test_three_hundred(lab, town):
    connections, logins = town.connections(), town.logins()
    names = addresses(lab, town.port)
    check_all_scanned(scan(lab, town, names), names)
    assert town.connections() == connections + MANY
    assert town.logins() == logins + MANY


def test_real_collectors(lab, shared):
    server = shared.server(listen="0.0.0.0")
    names = addresses(lab, server.port, 12)
    run = scan(lab, server, names)
    check_all_scanned(run, names)
    assert server.connections() == server.logins() == 12
    first = run.report["targets"][0]["findings"]
    others = [f for t in run.report["targets"] for f in t["findings"] if f not in first]
    assert not others, "the same host is always found the same"
    assert all(t["findings"] == first for t in run.report["targets"])


@pytest.mark.parametrize("parallel", [1, 2, 3, 5, 8, 64])
def test_parallel(lab, town, parallel):
    names = addresses(lab, town.port, 12)
    check_all_scanned(scan(lab, town, names, ["--parallel", str(parallel)]), names)


def test_good_and_bad_together(lab, town):
    """Dead ports, silence and strangers between them take nothing from the others, nor their place."""
    silent = lab.listener(lambda connection, number: workshop.hold(connection))
    closed = lab.listener(lambda connection, number: None)
    closed.stop()
    lab.things.remove(closed)
    names = addresses(lab, town.port, 30)
    bad = {silent.target: "banner_timeout", closed.target: "connect_refused", f"localhost:{town.port}": "host_key_unknown",
           "nowhere.invalid": "resolve"}
    for name in bad:
        names.insert(lab.rng.randrange(len(names)), name)
    run = scan(lab, town, names, ["--timeout", "5", "--retries", "0"])
    assert [t["name"] for t in run.report["targets"]] == names
    for name in names:
        assert run.code(name) == bad.get(name), name


def test_few_open_files(lab, town):
    """Fewer descriptors than targets means fewer at once, not failures."""
    names = addresses(lab, town.port)
    check_all_scanned(scan(lab, town, names, files=100), names)


def test_learning_three_hundred_hosts(lab, town):
    """Every host gets one whole line, and a strict scan is content with all of them."""
    names = addresses(lab, town.port)
    known = lab.folder / "learnt"
    check_all_scanned(scan(lab, town, names, ["--host-key", "accept-new"], known_hosts=known), names)
    lines = known.read_text().splitlines()
    key = workshop.public_half(town.host_keys[0])
    assert sorted(lines) == sorted(f"[{name.rpartition(':')[0]}]:{town.port} {key}" for name in names)
    check_all_scanned(scan(lab, town, names[:20], known_hosts=known), names[:20])


def lines_of(path):
    return path.read_bytes().count(b"\n") if path.exists() else 0


@pytest.mark.parametrize("least", [5, 60])
def test_killed_and_resumed(lab, town, least):
    """kill -9 in the middle: what the journal has is not scanned again, what it lacks is, and nothing is there twice."""
    names = addresses(lab, town.port, 120)
    folder = lab.new_folder("run")
    command = lab.command([], [*inventory(lab, names), "--parallel", "16"], folder, town)
    process = lab.start(command)
    workshop.wait_for(lambda: lines_of(folder / "journal") > least, what="the journal")
    process.kill()
    process.communicate()
    finished = lines_of(folder / "journal") - 1
    assert least <= finished < len(names)
    connections = town.connections()
    run = scan(lab, town, names, ["--resume"], folder=folder)
    check_all_scanned(run, names)
    assert town.connections() == connections + len(names) - finished
    assert run.journal_names() == list(dict.fromkeys(run.journal_names()))


def test_torn_journal_is_resumed(lab, town):
    names = addresses(lab, town.port, 12)
    folder = lab.new_folder("run")
    check_all_scanned(scan(lab, town, names, folder=folder), names)
    text = (folder / "journal").read_bytes()
    cut = text.splitlines(keepends=True)
    (folder / "journal").write_bytes(b"".join(cut[:6]) + cut[6][:100])
    connections = town.connections()
    check_all_scanned(scan(lab, town, names, ["--resume"], folder=folder), names)
    assert town.connections() == connections + 12 - 5


def test_cancelled_and_resumed(lab, town):
    names = addresses(lab, town.port, 120)
    folder = lab.new_folder("run")
    process = lab.start(lab.command([], [*inventory(lab, names), "--parallel", "16"], folder, town))
    workshop.wait_for(lambda: lines_of(folder / "journal") > 40, what="the journal")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    run = workshop.Run(process.returncode, out, err, folder, "low")
    codes = [t.get("error", {}).get("code") for t in run.report["targets"]]
    assert [t["name"] for t in run.report["targets"]] == names
    assert set(codes) == {None, "cancelled"}
    assert codes.count(None) >= 40
    check = scan(lab, town, names, ["--resume"], folder=folder)
    assert [t["name"] for t in check.report["targets"]] == names
    assert {t["status"] for t in check.report["targets"]} == {"scanned"}


def test_second_interrupt_ends_at_once(lab):
    """A person who means it is not kept waiting."""
    silent = lab.listener(lambda connection, number: workshop.hold(connection))
    process = lab.start(lab.command([silent.target], [], lab.new_folder("run")))
    workshop.wait_for(lambda: silent.count)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode in (-signal.SIGINT, 3)


def test_interrupted_between_tries(lab):
    """A target that waits for its next try is cancelled like any other."""
    front = lab.listener(lambda connection, number: workshop.reset(connection))
    folder = lab.new_folder("run")
    process = lab.start(lab.command([front.target], ["--retries", "9", "-v"], folder))
    assert b"trying again" in process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=10)
    assert workshop.Run(process.returncode, out, err, folder, "low").code() == "cancelled"

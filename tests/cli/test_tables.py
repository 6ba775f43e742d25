"""What the program says of itself: help, the manual page and the README name every command and every option, and no others."""

import pathlib
import re
import shutil
import subprocess

import pytest

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent


def rows(name, macro):
    return re.findall(macro, (SOURCE / "scanner" / name).read_text(), re.M)


COMMANDS = rows("commands.def", r"^COMMAND\((\w+),")
OPTIONS = rows("options.def", r'^OPTION\("([\w-]+)", (0|\'.\'),')


@pytest.fixture
def readme():
    return (SOURCE / "README.md").read_text()


def test_tables():
    assert "scan" in COMMANDS and ("inventory", "'i'") in OPTIONS
    names = [name for name, _ in OPTIONS]
    letters = [letter for _, letter in OPTIONS if letter != "0"]
    for column in (COMMANDS, names, letters):
        assert len(set(column)) == len(column)


@pytest.mark.parametrize("command", COMMANDS)
def test_command(run, readme, command):
    assert re.search(r"^  %s\b" % command, run("help").stdout, re.M)
    assert "Usage: sshvet %s " % command in run("help", command).stdout
    assert run("help", command).stdout == run(command, "--help").stdout
    assert re.search(r"^\.B sshvet %s\b" % command, run("help", "--man").stdout, re.M)
    assert "`sshvet %s" % command in readme


@pytest.mark.parametrize("option, letter", OPTIONS)
def test_option(run, readme, option, letter):
    shown = "--" + option if letter == "0" else "-%s, --%s" % (letter[1], option)
    for_commands = [c for c in COMMANDS if re.search(r"^ +(-., )?--%s\b" % option, run("help", c).stdout, re.M)]
    assert for_commands
    assert shown in run("help", for_commands[0]).stdout
    roff = r"\fB\-\-%s\fR" % option.replace("-", r"\-")
    assert roff in run("help", "--man").stdout
    assert re.search(r"^\|.*`--%s\b.*\|$" % option, readme, re.M)


def test_defaults_of_single_commands(run):
    def flat(*words):
        return " ".join(run(*words).stdout.split())
    assert "(1 to 65535; default: 256)" in flat("help", "scan") and "(1 to 65535; default: 2048)" in flat("help", "probe")
    assert "(0 to 100; default: 2)" in flat("help", "scan") and "(0 to 100; default: 1)" in flat("help", "probe")
    assert "(1 to 65535; default: 256; of probe: 2048)" in flat("help", "--man")


def test_readme_promises_no_other_option(readme):
    known = {name for name, _ in OPTIONS}
    lines = re.sub(r"\\\n *", "", readme).splitlines()
    for line in lines:
        if "cmake" in line or "ctest" in line:
            continue
        for name in re.findall(r"(?<![\w-])--([a-z][a-z-]+)", line):
            assert name in known, line


def test_lines_fit_a_terminal(run):
    for command in [None, *COMMANDS]:
        text = run("help", *([command] if command else [])).stdout
        assert [line for line in text.splitlines() if len(line) > 80] == []


@pytest.mark.skipif(not shutil.which("man"), reason="man is not installed")
def test_manual_page_has_no_warnings(run):
    page = run("help", "--man").stdout
    result = subprocess.run(["man", "--warnings", "-l", "-"], input=page, capture_output=True, text=True, check=False,
                            env={"MANWIDTH": "80", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"})
    assert (result.returncode, result.stderr) == (0, "")
    assert "@" not in re.sub(r"\S+@\S+|user@", "", result.stdout)


@pytest.mark.parametrize("arguments", [
    ["help", "scan"], ["scan", "--help"], ["--help", "scan"], ["scan", "-h", "web1"], ["scan", "web1", "--help", "--port", "3"],
])
def test_ways_to_ask_for_help(run, arguments):
    assert run(*arguments).stdout == run("help", "scan").stdout


@pytest.mark.parametrize("arguments", [["--version"], ["-V"], ["version"], ["scan", "--version"]])
def test_ways_to_ask_for_the_version(run, arguments):
    result = run(*arguments)
    assert (result.returncode, result.stderr) == (0, "")
    assert re.fullmatch(r"sshvet \d+\.\d+\.\d+\n", result.stdout)


def test_collector_is_the_file_in_the_tree(run):
    """It is kept as a golden file, so that every change of what runs on targets shows as a diff."""
    text = run("collector").stdout
    assert text.startswith("#!/bin/sh\n")
    assert subprocess.run(["sh", "-n"], input=text, text=True, check=False).returncode == 0


def test_facts_are_listed(run):
    flat = run("facts", "--list").stdout.splitlines()
    names = [line.split()[0] for line in flat]
    assert "host.os" in names and len(set(names)) == len(names)
    grouped = [line.split()[0] for line in run("facts").stdout.splitlines() if line.startswith("  ")]
    assert grouped == names


def test_rules_are_listed_and_shown(run):
    ids = [line.split()[0] for line in run("rules", "list").stdout.splitlines()]
    assert ids == sorted(set(ids)) and ids
    shown = run("rules", "show", *ids)
    assert shown.returncode == 0
    for rule in ids:
        assert re.search("^%s$" % re.escape(rule), shown.stdout, re.M)


def test_profiles_are_listed(run):
    assert re.search(r"^baseline +\d+ rules  \S", run("profiles").stdout, re.M)

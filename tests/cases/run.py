#!/usr/bin/python3
"""
Cases: evidence in, findings and exit status out, as files and without any network.

A case is a folder with
    evidence         what a target sent, as saved by `scan --evidence` (several files where `cmd` says so); for `keys` a journal
    cmd              the arguments of sshvet, run in this folder; lines that begin with # say what the case is about
    expected.json    the JSON report on standard output
    expected.status  the exit status
and, where the findings are meant to be the same as another case's, nothing else.

    run.py SSHVET [--update] [CASE...]

--update writes what came as what is expected: read the difference before it is committed. Nothing is normalised; SOURCE_DATE_EPOCH
stands for the time, and the version of the program is the one thing taken out.
"""

import argparse
import difflib
import os
import pathlib
import re
import shlex
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def run(sshvet, case):
    lines = [line for line in (case / "cmd").read_text().splitlines() if line and not line.startswith("#")]
    assert len(lines) == 1, "%s/cmd: one line that is no comment" % case.name
    result = subprocess.run(
        [sshvet, *shlex.split(lines[0])], cwd=case, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=60,
        env={"SOURCE_DATE_EPOCH": "1700000000", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", "PATH": os.environ["PATH"]})
    text = re.sub(r'("tool":{"name":"sshvet","version":")[^"]*', r"\1-", result.stdout.decode())
    return {"expected.json": text, "expected.status": "%d\n" % result.returncode}, result.stderr.decode()


def check(case, got, messages):
    wrong = []
    if messages:
        wrong.append("standard error: " + messages)
    for name, text in got.items():
        path = case / name
        expected = path.read_text() if path.exists() else ""
        wrong.extend(difflib.unified_diff(expected.splitlines(), text.splitlines(), "%s/%s" % (case.name, name), "got", n=0, lineterm=""))
    return wrong


def main():
    parser = argparse.ArgumentParser(description="Run the cases in this folder.")
    parser.add_argument("sshvet", type=os.path.abspath)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("case", nargs="*")
    options = parser.parse_intermixed_args()

    cases = [HERE / name for name in options.case] or sorted(path.parent for path in HERE.glob("*/cmd"))
    failed = 0
    for case in cases:
        got, messages = run(options.sshvet, case)
        if options.update:
            for name, text in got.items():
                (case / name).write_text(text)
        wrong = check(case, got, messages)
        failed += bool(wrong)
        print("%s %s" % ("FAIL" if wrong else "ok  ", case.name))
        for line in wrong:
            print("    " + line)
    print("%d passed, %d failed" % (len(cases) - failed, failed))
    return 0 if cases and not failed else 1


if __name__ == "__main__":
    sys.exit(main())

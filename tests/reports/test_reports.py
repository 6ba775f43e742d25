"""Reports as their readers see them: a JSON Schema validator, a JUnit parser, and the program itself.

The golden files always run. SSHVET names the program; without it, what needs it is skipped.
"""

import collections
import json
import os
import pathlib
import re
import subprocess
import xml.etree.ElementTree as ET

import jsonschema
import junitparser
import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = SOURCE / "tests" / "golden" / "reports"
JOURNAL = GOLDEN / "journal.ndjson"
SCHEMA = json.loads((SOURCE / "reports" / "report.schema.json").read_text())
STATUS = {"pass": None, "fail": "failure", "error": "error", "not_applicable": "skipped", "waived": "skipped"}


def sshvet(*args):
    program = os.environ.get("SSHVET")
    if not program:
        pytest.skip("SSHVET does not name the program")
    return subprocess.run([program, *map(str, args)], capture_output=True, timeout=60)


@pytest.fixture(scope="module", params=["golden", "program"])
def report(request):
    """The JSON report and the JUnit XML of the golden journal, as bytes."""
    if request.param == "golden":
        return (GOLDEN / "report.json").read_bytes(), (GOLDEN / "report.xml").read_bytes()
    runs = [sshvet("report", JOURNAL, "--fail-on", "info", "--format", name) for name in ("json", "junit")]
    assert [run.returncode for run in runs] == [1, 1], runs[0].stderr
    return runs[0].stdout, runs[1].stdout


@pytest.fixture(scope="module")
def parsed(report):
    return json.loads(report[0])


@pytest.fixture(scope="module")
def suites(report):
    return ET.fromstring(report[1])


def validator():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    return jsonschema.Draft202012Validator(SCHEMA)


def test_schema(parsed):
    validator().validate(parsed)


def edit(report, *steps, value):
    """A copy of a report with one value set (or, with `...`, taken away)."""
    copy = json.loads(json.dumps(report))
    place = copy
    for step in steps[:-1]:
        place = place[step]
    if value is ...:
        del place[steps[-1]]
    else:
        place[steps[-1]] = value
    return copy


@pytest.mark.parametrize("steps, value", [
    (["format"], "sshvet-report/2"),
    (["extra"], 1),
    (["finished"], ""),
    (["summary", "gate"], "ok"),
    (["summary", "fail"], -1),
    (["summary", "missing"], ...),
    (["targets", 0, "status"], "unscanned"),
    (["targets", 0, "findings"], ...),
    (["targets", 0, "findings", 0, "status"], "unknown"),
    (["targets", 0, "findings", 0, "remediation"], "not for what passed"),
    (["targets", 0, "findings", 1, "remediation"], ...),
    (["targets", 0, "findings", 0, "actual"], "\x1b[31m"),
    (["targets", 3, "error", "code"], "ok"),
    (["targets", 3, "findings"], [{}]),
])
def test_schema_is_strict(steps, value):
    report = json.loads((GOLDEN / "report.json").read_text())
    assert not validator().is_valid(edit(report, *steps, value=value))


def test_schema_knows_every_code():
    text = (SOURCE / "scanner" / "base" / "error.def").read_text()
    codes = re.findall(r'^ERROR\((\w+), +\d, +"(\w+)"', text, re.MULTILINE)
    first = [name for name, _ in codes].index("RESOLVE")
    assert [code for _, code in codes[first:]] == SCHEMA["$defs"]["unscanned"]["properties"]["error"]["properties"]["code"]["enum"]


def test_summary(parsed):
    summary = parsed["summary"]
    findings = [finding for target in parsed["targets"] for finding in target["findings"]]
    statuses = collections.Counter(finding["status"] for finding in findings)
    severities = collections.Counter(finding["severity"] for finding in findings if finding["status"] == "fail")
    assert summary["targets"] == len(parsed["targets"]) == summary["scanned"] + summary["unscanned"]
    assert summary["scanned"] == sum(target["status"] == "scanned" for target in parsed["targets"])
    assert {status: summary[status] for status in STATUS} == {status: statuses[status] for status in STATUS}
    assert summary["fail_by_severity"] == {severity: severities[severity] for severity in summary["fail_by_severity"]}


def test_inventory_order(parsed):
    index = {}
    for line in JOURNAL.read_text().splitlines()[:-1]:
        target = json.loads(line)
        if "index" in target:
            index[target["name"]] = target["index"]
    assert [index[target["name"]] for target in parsed["targets"]] == sorted(index.values())


def test_journal_and_report_say_the_same(parsed):
    """Nothing is lost or changed on the way: every finding of the journal, text for text."""
    lines = [json.loads(line) for line in JOURNAL.read_text().splitlines()[:-1]]
    written = {line["name"]: line for line in lines if "index" in line}
    for target in parsed["targets"]:
        line = written[target["name"]]
        assert [{key: finding[key] for key in finding if key not in ("title", "module", "severity", "remediation")}
                for finding in target["findings"]] == [{key: finding[key] for key in finding if key != "remediation"} for finding in line.get("findings", [])]
        # A remediation of its own takes the place of its rule's.
        for finding, said in zip(target["findings"], line.get("findings", [])):
            assert finding.get("remediation") == said.get("remediation", finding.get("remediation"))
        for key in ("address", "port", "user", "status", "host_key", "duration_ms", "privileged", "host", "facts", "error"):
            assert target.get(key) == line.get(key)


COUNTS = {
    "tests": lambda case: True,
    "failures": lambda case: case.find("failure") is not None,
    "errors": lambda case: case.find("error") is not None,
    "skipped": lambda case: case.find("skipped") is not None,
}
SHAPE = {
    "testsuites": ({"name", "tests", "failures", "errors", "skipped", "time"}, ["testsuite*"]),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname"}, ["properties?", "testcase*", "system-err?"]),
    "properties": (set(), ["property*"]),
    "property": ({"name", "value"}, []),
    "testcase": ({"name", "classname", "time"}, ["failure?", "error?", "skipped?"]),
    "failure": ({"message", "type"}, []),
    "error": ({"message", "type"}, []),
    "skipped": ({"message", "type"}, []),
    "system-err": (set(), []),
}


def check_shape(element):
    """Attributes and the order of children, as the schemas of build servers have them."""
    attributes, children = SHAPE[element.tag]
    assert set(element.attrib) == attributes, element.tag
    pattern = "".join(f"(?:{child[:-1]},){child[-1]}" for child in children)
    assert re.fullmatch(pattern, "".join(child.tag + "," for child in element)), element.tag
    for child in element:
        check_shape(child)


def test_junit_shape(suites):
    assert suites.tag == "testsuites"
    check_shape(suites)
    for suite in suites:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp"))
    for element in suites.iter():
        if element.get("time") is not None:
            assert re.fullmatch(r"\d+(\.\d{3})?", element.get("time"))


def test_junit_totals(suites):
    for name, counts in COUNTS.items():
        for suite in suites:
            assert int(suite.get(name)) == sum(counts(case) for case in suite.iter("testcase")), (name, suite.get("name"))
        assert int(suites.get(name)) == sum(int(suite.get(name)) for suite in suites)
    assert float(suites.get("time")) == pytest.approx(sum(float(suite.get("time")) for suite in suites))


def test_junit_cases(suites):
    for suite in suites:
        names = [case.get("name") for case in suite.iter("testcase")]
        assert names and len(names) == len(set(names))
        for case in suite.iter("testcase"):
            outcomes = list(case)
            assert len(outcomes) <= 1
            for outcome in outcomes:
                assert outcome.get("message") and outcome.get("type")
                assert outcome.tag == "skipped" or outcome.text.strip()


def test_junit_says_what_json_says(suites, parsed):
    assert parsed["summary"]["missing"] == 1
    assert suites[-1].get("name") == "sshvet" and suites[-1].find("testcase/error").get("type") == "missing"
    assert [suite.get("name") for suite in suites[:-1]] == [target["name"] for target in parsed["targets"]]
    for suite, target in zip(suites, parsed["targets"]):
        cases = suite.findall("testcase")
        if target["status"] == "unscanned":
            assert [case.find("error").get("type") for case in cases] == [target["error"]["code"]]
            assert cases[0].find("error").text == target["error"]["message"]
            continue
        assert len(cases) == len(target["findings"])
        for case, finding in zip(cases, target["findings"]):
            assert case.get("classname") == f"{target['name']}.{finding['module']}"
            assert case.get("name").startswith(finding["rule"])
            assert finding.get("subject", "") in case.get("name")
            outcome = next(iter(case), None)
            assert (outcome is None and STATUS[finding["status"]] is None) or outcome.tag == STATUS[finding["status"]]
            if finding["status"] == "fail":
                assert outcome.get("type") == finding["severity"]
                for key in ("expected", "actual", "where", "remediation"):
                    assert finding.get(key, "") in outcome.text


def test_junitparser(report, parsed):
    xml = junitparser.JUnitXml.fromstring(report[1])
    summary = parsed["summary"]
    broken = summary["unscanned"] + (summary["missing"] > 0)
    assert xml.failures == summary["fail"]
    assert xml.errors == summary["error"] + broken
    assert xml.skipped == summary["not_applicable"] + summary["waived"]
    assert xml.tests == sum(summary[status] for status in STATUS) + broken
    for suite in xml:
        before = (suite.tests, suite.failures, suite.errors, suite.skipped)
        suite.update_statistics()
        assert (suite.tests, suite.failures, suite.errors, suite.skipped) == before


def test_colour_changes_nothing_else():
    """And it is all that a terminal obeys."""
    for name in ("report-colour.txt", "report.txt", "report-verbose.txt"):
        text = re.sub(r"\x1b\[[0-9;]*m", "", (GOLDEN / name).read_text()) if "colour" in name else (GOLDEN / name).read_text()
        assert text.replace("\n", "").isprintable()
    plain = re.sub(r"\x1b\[[0-9;]*m", "", (GOLDEN / "report-colour.txt").read_text()).splitlines()
    assert plain[:-1] == (GOLDEN / "report.txt").read_text().splitlines()[:-1]  # the last line has another gate


def test_program_writes_the_golden_files():
    for name, args in {"report.json": ["--fail-on", "info", "--format", "json"], "report.xml": ["--fail-on", "info", "--format", "junit"],
                       "report.txt": ["--fail-on", "high", "--format", "table"]}.items():
        run = sshvet("report", JOURNAL, *args)
        assert run.returncode == 1
        assert run.stdout == (GOLDEN / name).read_bytes()


@pytest.mark.parametrize("fail_on, status", [("info", 1), ("critical", 1)])
def test_program_exit_status(fail_on, status):
    assert sshvet("report", JOURNAL, "--fail-on", fail_on, "--format", "json").returncode == status


def test_program_merges_shards(tmp_path):
    """Two shards, each in a journal of its own, in either order or concatenated: the same bytes."""
    lines = JOURNAL.read_text().splitlines(keepends=True)[:-1]
    second = next(number for number, line in enumerate(lines) if number and line.startswith('{"journal"'))
    one, two, both = tmp_path / "one", tmp_path / "two", tmp_path / "both"
    one.write_text("".join(lines[:second]))
    two.write_text("".join(lines[second:]))
    both.write_text(two.read_text() + one.read_text())
    expected = sshvet("report", JOURNAL, "--format", "json").stdout
    for args in ([one, two], [two, one], [both]):
        assert sshvet("report", *args, "--format", "json").stdout == expected


def test_program_refuses_a_damaged_journal(tmp_path):
    damaged = tmp_path / "journal"
    damaged.write_text(JOURNAL.read_text().replace('"status":"fail"', '"status":"passed"', 1))
    run = sshvet("report", damaged, "--format", "json")
    assert run.returncode == 2
    assert run.stdout == b""
    assert f"{damaged}:" in run.stderr.decode() and "unknown status 'passed'" in run.stderr.decode()

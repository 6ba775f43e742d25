"""The program over journals of fleets that do not exist. SSHVET names it; SSHVET_TEST_SEED repeats a run's choices."""
import json
import os
import pathlib
import random
import subprocess

import jsonschema
import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SSHVET = os.path.abspath(os.environ.get("SSHVET", ""))
SEED = int(os.environ.get("SSHVET_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
SCHEMA = json.loads((SOURCE / "scanner" / "fleet" / "keys.schema.json").read_text())


def pytest_configure(config):
    if not os.path.isfile(SSHVET):
        raise pytest.UsageError("SSHVET must name the program to test")


def pytest_report_header():
    return f"SSHVET={SSHVET} SSHVET_TEST_SEED={SEED}"


@pytest.fixture(scope="session")
def validator():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    return jsonschema.Draft202012Validator(SCHEMA)


@pytest.fixture
def run(tmp_path):
    """Run `sshvet keys` in tmp_path over the text of a journal."""
    def call(journal, *arguments, status=0):
        result = subprocess.run([SSHVET, "keys", "-", *map(str, arguments)], cwd=tmp_path, input=journal, capture_output=True, text=True,
                                timeout=120, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"})
        assert result.returncode == status, (result.returncode, result.stderr)
        return result.stdout

    return call


@pytest.fixture
def ask(run, validator):
    """The JSON answer, which the schema must allow."""
    def call(journal, *arguments, status=0):
        report = json.loads(run(journal, "--format", "json", *arguments, status=status))
        validator.validate(report)
        check_sums(report)
        return report

    return call


def check_sums(report):
    """What a schema cannot say."""
    summary, keys = report["summary"], report["keys"]
    assert [k["fingerprint"] for k in keys] == sorted({k["fingerprint"] for k in keys})
    assert summary["keys"] == len(keys)
    assert summary["opening"] == sum(len(k["opens"]) for k in keys)
    assert summary["lines"] == summary["opening"] + sum(len(k["closed"]) for k in keys)
    assert summary["private"] == sum(not p.get("host_key") for k in keys for p in k["private"])
    for kind in ("shared", "cloned", "lone"):
        assert summary[kind] == sum(kind in k for k in keys)
    assert summary["unknown"] == len(report["unknown"])
    assert summary["paths"] == len(report["paths"])
    assert summary["restricted_paths"] == sum(p["restricted"] for p in report["paths"])
    for p in report["paths"]:
        assert p.get("cut") or len(p["steps"]) == p["hops"]

"""Holds every file of rules/library against rules/rule.schema.json (the table of algorithms: algorithms.schema.json), and broken variants of one rule, each of which the schema must refuse.

usage: validate.py SCHEMA FILE...
"""
import copy
import json
import os
import re
import sys

import jsonschema
import yaml


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema, as the program reads it: yes and no are texts."""


Core.yaml_implicit_resolvers = {}
Core.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(~|null|Null|NULL|)$"), ["~", "n", "N", ""])
Core.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
Core.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"), list("-+0123456789"))
Core.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$"), list("-+.0123456789"))

RULE = """
- id: some-rule
  title: Title
  severity: low
  module: sshd_config
  check:
    each: sshd_config.contexts
    select: {fact: global, is: true}
    any:
      - {fact: maxauthtries, between: [1, $most]}
      - all: [{fact: usepam, is: no}, {fact: ciphers, count: {at_least: 1}}]
  rationale: Why
  remediation: How
  references: {cis_debian12: ["5.1.10"]}
  parameters: {most: {default: 4, type: integer, title: Most}}
"""

# What is done to RULE, each of which makes it wrong.
MUTATIONS = [
    lambda r: r.pop("title"),
    lambda r: r.pop("remediation"),
    lambda r: r.update(remediation=["How"]),
    lambda r: r.update(remediation={"by": "host.os_id", "debian": "How"}),
    lambda r: r.update(remediation={"debian": "How", "otherwise": "How"}),
    lambda r: r.update(remediation={"by": "host.os_id", "otherwise": "How"}),
    lambda r: r.update(remediation={"by": "host.os_id", "debian": 5, "otherwise": "How"}),
    lambda r: r.update(id="Some_Rule"),
    lambda r: r.update(severity="hgh"),
    lambda r: r.update(tilte="x"),
    lambda r: r.update(references={"CIS": ["5.1"]}),
    lambda r: r.update(references={"cis_debian12": [5.1]}),
    lambda r: r.update(references={"cis_debian12": "5.1"}),
    lambda r: r["parameters"]["most"].update(default="4"),
    lambda r: r["parameters"]["most"].pop("type"),
    lambda r: r["parameters"]["most"].update(type="number"),
    lambda r: r["check"].pop("each"),
    lambda r: r["check"].pop("any"),
    lambda r: r["check"].update(fact="x"),
    lambda r: r["check"].update(empty="maybe"),
    lambda r: r["check"].update(each=["x"]),
    lambda r: r["check"].update({"all": []}),
    lambda r: r["check"]["any"].clear(),
    lambda r: r["check"]["any"][0].update(each="x"),
    lambda r: r["check"]["any"][0].update({"is": "x"}),
    lambda r: r["check"]["any"][0].update({"iss": "x"}),
    lambda r: r["check"]["any"][0].pop("between"),
    lambda r: r["check"]["any"][0].pop("fact"),
    lambda r: r["check"]["any"][0].update(between=[1]),
    lambda r: r["check"]["any"][0].update(between=[1, "most"]),
    lambda r: r["check"]["any"][1]["all"][1].update(count={}),
    lambda r: r["check"]["any"][1]["all"][1].update(count={"atleast": 1}),
    lambda r: r["check"]["select"].update({"is": ["x"]}),
]


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        schema = json.load(f)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    with open(os.path.join(os.path.dirname(sys.argv[1]), "algorithms.schema.json"), encoding="utf-8") as f:
        schema = json.load(f)
    jsonschema.Draft202012Validator.check_schema(schema)
    algorithms = jsonschema.Draft202012Validator(schema)
    faults = 0

    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as f:
            rules = yaml.load(f, Loader=Core)
        if isinstance(rules, dict):
            for error in algorithms.iter_errors(rules):
                print(f"{path}: {error.json_path}: {error.message}")
                faults += 1
            continue
        for error in validator.iter_errors(rules):
            print(f"{path}: rule {rules[error.absolute_path[0]]['id'] if error.absolute_path else ''}: {error.json_path}: {error.message}")
            faults += 1
        for rule in rules:
            # Where there are several daemons, "global" is but a part of the subject.
            if rule["check"].get("select") == {"fact": "subject", "is": "global"}:
                print(f"{path}: rule {rule['id']}: select the global settings by the fact global")
                faults += 1

    good = yaml.load(RULE, Loader=Core)
    for error in validator.iter_errors(good):
        print(f"a good rule: {error.json_path}: {error.message}")
        faults += 1
    for number, mutate in enumerate(MUTATIONS):
        bad = copy.deepcopy(good)
        mutate(bad[0])
        if validator.is_valid(bad):
            print(f"mutation {number} was not refused: {bad[0]}")
            faults += 1

    print(f"{len(sys.argv) - 2} files, {len(MUTATIONS)} mutations, {faults} faults")
    return 1 if faults or len(sys.argv) < 3 else 0


if __name__ == "__main__":
    sys.exit(main())

"""openlineage_check.py RULES EVENTS: every line of EVENTS keeps to the rules (JSON Schema), and each runId has one
START, then one COMPLETE, ABORT or FAIL.  Prints what does not."""
import json
import sys

import jsonschema

rules = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(rules)
validator = jsonschema.Draft7Validator(rules)
states = {}
for number, line in enumerate(open(sys.argv[2]), 1):
    event = json.loads(line)
    for error in validator.iter_errors(event):
        print(number, "/".join(map(str, error.absolute_path)), error.message[:200])
    run, kind = event["run"]["runId"], event["eventType"]
    if kind == "START" and run in states or kind != "START" and states.get(run) != "START":
        print(number, kind, "after", states.get(run))
    states[run] = kind
for run, kind in states.items():
    if kind == "START":
        print(run, "has no end")

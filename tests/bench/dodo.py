# The workloads for doit, as actions inside its process.  The environment names
# the workload (W), its size (N) and, for W5, the step that gives N more (V).
import os

from doit.tools import config_changed, result_dep

WORKLOAD, SIZE = os.environ["W"], int(os.environ["N"])
ODD = int(os.environ.get("V") or -1)
DOIT_CONFIG = {"action_string_formatting": "new"}


def give(number):
    return {"value": number}


def increment(before):
    return {"value": before + 1}


def leave(number):
    with open("sum", "w") as out:
        out.write("%d\n" % number)


def leave_total(numbers):
    leave(sum(numbers.values()))


def constant(number):
    return {"actions": [(give, [number])], "uptodate": [config_changed({"number": number})]}


def chain():
    yield {"name": "1", **constant(1)}
    for i in range(2, SIZE + 1):
        previous = "step:%d" % (i - 1)
        yield {"name": str(i), "actions": [increment], "getargs": {"before": (previous, "value")},
               "uptodate": [result_dep(previous)]}


def leaves():
    for i in range(SIZE):
        yield {"name": str(i), **constant(i + SIZE if i == ODD else i)}


def task_step():
    yield from leaves() if WORKLOAD == "W3" else chain()


def task_sum():
    if WORKLOAD == "W3":
        return {"actions": [leave_total], "getargs": {"numbers": ("step", "value")},
                "uptodate": [result_dep("step")], "targets": ["sum"]}
    last = "step:%d" % SIZE
    return {"actions": [leave], "getargs": {"number": (last, "value")}, "uptodate": [result_dep(last)],
            "targets": ["sum"]}

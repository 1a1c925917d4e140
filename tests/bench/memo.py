# The workloads for joblib.Memory: a plain loop of memoised calls.  The
# environment names the workload (W), its size (N) and, for W5, the step that
# gives N more (V).  Prints how many calls were carried out.
import os

from joblib import Memory

WORKLOAD, SIZE = os.environ["W"], int(os.environ["N"])
ODD = int(os.environ.get("V") or -1)
memory = Memory("cache", verbose=0)
ran = [0]


@memory.cache
def give(position, number):
    ran[0] += 1
    return number


@memory.cache
def increment(before):
    ran[0] += 1
    return before + 1


@memory.cache
def total(numbers):
    ran[0] += 1
    return sum(numbers)


if WORKLOAD == "W3":
    result = total([give(i, i + SIZE if i == ODD else i) for i in range(SIZE)])
else:
    result = give(0, 1)
    for _ in range(SIZE - 1):
        result = increment(result)

with open("sum", "w") as out:
    out.write("%d\n" % result)
print("ran %d" % ran[0])

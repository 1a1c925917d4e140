# frames.py -- the cases of frames.lua with pandas: a line "NAME<TAB>MS" each.
import time
import numpy as np, pandas as pd

def case(name, f):
    best = 1e9
    for _ in range(3):
        c = time.process_time(); f(); best = min(best, time.process_time() - c)
    print("%s\t%.3f" % (name, best * 1e3))

N = 1000000
r = np.random.Generator(np.random.PCG64(1))
k = r.integers(0, 1000, N)
f = pd.DataFrame({"k": k, "x": r.random(N), "s": ["name%d" % (i % 500) for i in k]})
g = pd.DataFrame({"k": np.arange(1000), "w": r.random(1000)})
a = pd.DataFrame({"id": np.arange(N), "x": f.x})
b = pd.DataFrame({"id": r.permutation(N), "y": f.x})
d = pd.DataFrame({"t": pd.to_datetime(k, unit="D"), "x": f.x})
case("group by an integer: mean", lambda: f.groupby("k", sort=False).x.mean())
case("group by two: four aggregates", lambda: f.groupby(["k", "s"], sort=False).x.agg(["mean", "sum", "max", "std"]))
case("group by strings: sum", lambda: f.groupby("s", sort=False).x.sum())
case("group: median", lambda: f.groupby("k", sort=False).x.median())
case("group: nunique of strings", lambda: f.groupby("k", sort=False).s.nunique())
case("group by the month", lambda: d.groupby(d.t.dt.to_period("M"), sort=False).x.mean())
case("sort by a float", lambda: f.sort_values("x", kind="stable"))
case("sort by two", lambda: f.sort_values(["k", "x"], ascending=[True, False], kind="stable"))
case("sort by strings", lambda: f.sort_values("s", kind="stable"))
case("join 1,000,000 x 1,000", lambda: f.merge(g, on="k"))
case("join 1,000,000 x 1,000,000", lambda: a.merge(b, on="id"))
case("filter", lambda: f[f.x > 0.5])
case("describe", lambda: f[["k", "x"]].describe())

-- A call in the wrong form and a name that does not exist are told with the right call,
-- at the script's line: dots for colons, colons for dots, indices from zero, names
-- misspelt or taken from other tools.
--
-- wrong_calls_probe.lua goes through all classes and modules; the tables here hold what is
-- said of single mistakes, word for word.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

-- Every method, every function ----------------------------------------------------------

local function lines_of(text) return text:gmatch "([^\n]+)\n" end

local function fields_of(line)
  local fields = {}
  for field in (line .. "\t"):gmatch "([^\t]*)\t" do fields[#fields + 1] = field end
  return fields
end

-- At least so many methods or functions were found: else nothing was tried.
local LEAST <const> = { array = 50, builder = 2, frame = 29, dates = 22, ["svm.SVC"] = 5, ["linear.Regression"] = 4,
  ["linear.Logistic"] = 5, ["tree.Tree"] = 6, ["forest.Forest"] = 5, ["bayes.Bayes"] = 4,
  ["neighbors.Neighbors"] = 4, ["kmeans.KMeans"] = 2, ["xgboost.Classifier"] = 5, ["xgboost.Regressor"] = 4,
  ["preprocess.Transformer"] = 5, ["preprocess.Chain"] = 5, ["preprocess.ModelChain"] = 7, preprocess = 12,
  ["drift.Report"] = 3, ["drift.Gate"] = 2, drift = 3,
  artifact = 4, run = 2, ["step run"] = 0, ["pipeline history"] = 2, ["model history"] = 0, ["model version"] = 5,
  ["ctx.model"] = 2, graph = 8, file = 2, dir = 2, art = 8, ctx = 8,
  step = 4, pipeline = 5, csv = 5, json = 6, jsonl = 6, sqlite = 4, yaml = 2,
  svm = 1, linear = 1, tree = 2, forest = 2, bayes = 2, kmeans = 2, neighbors = 2, metrics = 19, search = 12, split = 3,
  http = 1, ["http.Server"] = 3,
  xgboost = 1, pca = 2, ["pca.PCA"] = 3,
  testing = 12, rille = 13 }

do
  local project <close> = scratch.new()
  project:write("main.lua", scratch.read "wrong_calls_probe.lua")
  project:write("boosted.lua", scratch.read "../lib/boosted.lua")
  local r = project:rille "-q main.lua"
  check.test("the script that tries everything runs to its end", function() check.eq(r.code, 0, r.err) end)
  local found, wrong, raw, probes = {}, {}, {}, 0
  for line in lines_of(project:read "probes.txt" or "") do
    local kind, class, what, said = table.unpack(fields_of(line))
    if kind == "names" then found[class] = (found[class] or 0) + tonumber(what)
    elseif kind == "raw" then raw[#raw + 1] = class .. ": " .. what .. ": " .. said
    else
      probes = probes + 1
      wrong[class] = wrong[class] or {}
      if said ~= "" then table.insert(wrong[class], what .. ": " .. said) end
    end
  end
  check.test("every class and module is tried", function()
    for class, least in pairs(LEAST) do
      check.ok((found[class] or -1) >= least, class .. ": found " .. tostring(found[class]))
    end
    for class in pairs(found) do check.ok(LEAST[class], class .. " is not expected") end
    check.ok(probes > 1300, probes .. " calls")
  end)
  check.test("no odd argument of any of them is told in the words of rille's inside",
    function() check.eq(table.concat(raw, "\n", 1, math.min(#raw, 20)), "") end)
  for class, list in pairs(wrong) do
    check.test("every wrong call of " .. class .. " is told with the right one",
      function() check.eq(table.concat(list, "\n"), "") end)
  end
end

-- Single mistakes -----------------------------------------------------------------------

local HEAD <const> = [[
local rille = require "rille"
local array, frame, csv, json, yaml = require "rille.array", require "rille.frame", require "rille.csv", require "rille.json", require "rille.yaml"
local svm, tree, linear, split, metrics = require "rille.svm", require "rille.tree", require "rille.linear", require "rille.split", require "rille.metrics"
local t = rille.types
local ok = rille.step "ok" { params = { k = 1 }, outputs = { t.number "x" }, run = function() return 1 end }
local p = rille.pipeline "p" { define = function() ok() end }
local run = p:run { run_name = "first" }
local art = run.steps.ok.output
local f = frame.new { { "x", array.from { 1, 2, 3 } }, { "name", { "a", "b", "c" } }, { "when", frame.dates { "2026-01-01", "", "2026-01-03" } } }
local a, m = array.from { 1, 2, 3 }, array.from { { 1, 2 }, { 3, 4 } }
local X, y = array.from { { 0, 0 }, { 0, 1 }, { 5, 5 }, { 5, 6 } }, array.from { 0, 0, 1, 1 }
local clf = svm.SVC.fit(X, y)
local function try(code) print(select(2, pcall(code))) end
]]

-- Each of cases, { code, what is said of it }, in a script where it is a line.
local function told(sentence, cases)
  check.test(sentence, function()
    local project <close> = scratch.new()
    local lines, before = {}, select(2, HEAD:gsub("\n", ""))
    for i, one in ipairs(cases) do
      local is_statement = one[1]:find "^[%w%.%[%]]+ = " or one[1]:find "^for "
      lines[i] = string.format("try(function() %s%s end)", is_statement and "" or "local _ = ", one[1])
    end
    project:write("main.lua", HEAD .. table.concat(lines, "\n") .. "\n")
    local r = project:rille "-q main.lua"
    check.eq(r.code, 0, r.err)
    local i = 0
    for line in lines_of(r.out .. "\n") do
      i = i + 1
      check.eq(line, string.format("main.lua:%d: %s", before + i, cases[i] and cases[i][2] or ""), cases[i]
        and cases[i][1])
    end
    check.eq(i, #cases, "messages")
  end)
end

told("columns and rows of a frame are had by its methods", {
  { "f.x", 'a frame has no field "x"; a column is f:column "x"' },
  { 'f["x"]', 'a frame has no field "x"; a column is f:column "x"' },
  { "f.heads", 'a frame has no field "heads"; did you mean "head", or f:column "heads"?' },
  { "f[1]", 'a frame has no element [1]; rows are f:rows(first, last), a column is f:column "name"' },
  { "for _, row in ipairs(f) do print(row) end",
    'a frame has no element [1]; rows are f:rows(first, last), a column is f:column "name"' },
  { "f:row(0)", 'a frame has no field "row"; write f:rows(i, i)' },
  { "f:rows(0, 1)", "rows: 0 to 1 is not a range in 1 to 3" },
  { "f:rows(-1)", "rows: -1 to 3 is not a range in 1 to 3" },
  { "f:rows(1.5)", "rows: expected two integers, found 1.5 and 3" },
  { "f:take { 0 }", "take: 0 is not a row in 1 to 3" },
  { 'f:column "nme"', 'there is no column "nme"; did you mean "name"?' },
  { "f:column()", "expected the name of a column, found nil" },
  { 'f:column "when"[0]', "dates[0]: an index must be an integer from 1 to 3" },
  { 'f:column "when"[1.5]', "dates[1.5]: an index must be an integer from 1 to 3" },
  { 'f:column "when":yaer()', 'a column of dates has no field "yaer"; did you mean "year"?' },
})

told("what a frame has in other tools leads to what it has here", {
  { "f.shape", 'a frame has no field "shape"; write f.n_rows and #f.columns' },
  { "f:show()", 'a frame has no field "show"; write print(f)' },
  { 'f:to_csv "x.csv"', 'a frame has no field "to_csv"; write f:write(path)' },
  { "f:dropna()", 'a frame has no field "dropna"; write f:drop_missing()' },
  { "f()", 'a frame cannot be called: a column is f:column "name", rows are f:rows(first, last)' },
  { "f + 1", 'a frame supports no arithmetic or comparison; take a column: f:column "x" + 1, f:column "x":lt(1)' },
  { '"f: " .. f', "a frame cannot be concatenated with ..: write tostring(f)" },
  { 'f:filter(f:column "x" == 1)',
    'filter: expected a vector of booleans, { column = value } or a function, found false; make a mask from a '
      .. 'column: f:filter(f:column "x":gt(1)); ==, < and > do not make one' },
})

told("indices of an array begin at 1", {
  { "a[0]", "a[0]: index 0 is not in 1 to 3; the first is 1" },
  { "a[-1]", "a[-1]: index -1 is not in 1 to 3; negative indices do not count from the end" },
  { "a[1.5]", "a[1.5]: an index must be an integer" },
  { "a[9]", "a[9]: index 9 is not in 1 to 3" },
  { "a[0] = 1", "a[0]: index 0 is not in 1 to 3; the first is 1" },
  { "a[4] = 1", "a[4]: index 4 is not in 1 to 3" },
  { "a[a:gt(1)]",
    "an array has no element [a vector of 3]; use a:take(v) for a list of indices or a mask, a:get(i, j) for "
      .. "an element of several axes" },
  { "m[1] = 2", "a[i] = v sets an element of a 1-d array; this one has 2 axes" },
  { "m[0]", "a[0]: index 0 is not in 1 to 2; the first is 1" },
  { "a:get(0)", "a:get: index 0 is not in 1 to 3; the first is 1" },
  { "a:get()", "a:get: an element of this array has 1 index, not 0" },
  { "m:get(1)", "a:get: an element of this array has 2 indices, not 1" },
  { "a:get(1.5)", "a:get: argument 1: expected an integer, found 1.5" },
  { 'a:get("x")', 'a:get: argument 1: expected an integer, found "x"' },
  { "m:row(0)", "a:row: index 0 is not in 1 to 2; the first is 1" },
  { "a:row(1)", "a:row: a 1-d array has no rows and columns" },
  { "a:slice(0, 2)", "a:slice: 0 to 2 is not a range in 1 to 3" },
  { "a:take { 0 }", "a:take: index 0 (at 1) is not in 1 to 3" },
  { "a:sum(0)", "a:sum: axis 0 of an array with 1; axes are 1 to 1" },
})

told("operators and names that arrays do not have", {
  { "a + array.from { 1, 2 }", "shapes {3} and {2} do not fit together" },
  { 'a + "x"', 'arithmetic with an array: expected an array or a number, found "x"' },
  { "a + f", "arithmetic with an array: expected an array or a number, found a frame" },
  { 'a .. "x"', "an array cannot be concatenated with ..: write tostring(a)" },
  { "a < 1", "arrays cannot be compared with < or <=: write a:lt(b) or a:le(b) for an array of booleans" },
  { "a & a:lt(3)",
    "& | ~ are of masks, arrays of booleans, as a:gt(0) & b:lt(1); found an array of i64" },
  { "a()", "an array cannot be called: an element is a[i] or a:get(i, j), rows are a:slice(first, last)" },
  { "a:dot()", "a:dot: argument 1: expected an array, found nil; call methods with a colon: write a:dot(...)" },
  { 'a:astype "float64"', "a:astype: unknown dtype 'float64'; available: bool, u8, i32, i64, f32, f64" },
  { "a.lenght", 'an array has no field "lenght"; write #a' },
  { "a.T", 'an array has no field "T"; write a:transpose()' },
  { "a:maen()", 'an array has no field "maen"; did you mean "mean"?' },
  { "array.array { 1 }", 'array has no field "array"; write array.from(list)' },
  { "array.from()", "array.from: argument 1: expected a list of numbers or booleans, or an array, found nil" },
  { 'array.zeros "x"', 'array.zeros: argument 1: expected a shape, as 3 or { 2, 3 }, found "x"' },
  { "array.concat(a, a)", "array.concat: argument 1: expected a list of arrays, found a vector of 3" },
  { 'array.save("x.npy", a)', 'array.save: argument 1: expected an array, found "x.npy"' },
})

told("an artifact is loaded, and does not change", {
  { "art()", "an artifact cannot be called: load it with artifact:load()" },
  { "art.value", 'an artifact has no field "value"; write artifact:load(), which gives the value' },
  { "art:get()", 'an artifact has no field "get"; write artifact:load(), which gives the value' },
  { "art:laod()", 'an artifact has no field "laod"; did you mean "load"?' },
  { "art + 1", "an artifact supports no arithmetic or comparison; take its value: artifact:load()" },
  { '"x: " .. art',
    "an artifact cannot be concatenated with ..: write tostring(artifact) or tostring(artifact:load())" },
  { "#art", "an artifact has no length; for the length of its value use #artifact:load()" },
  { "art[1]", "an artifact has no element [1]; its value is artifact:load()" },
  { "art.x = 1", 'an artifact cannot be changed: its field "x" cannot be set' },
  { "for k in pairs(art) do print(k) end",
    "pairs does not iterate over an artifact; its fields are digest, id, materializer, members, metadata, name, "
      .. "preview, producer, size, tags, type, uri, version, versions" },
  { "rille.artifact(art)", "rille.artifact: expected a name, an id or the beginning of a digest, found an artifact" },
})

told("runs and their steps are numbered from 1", {
  { "run.steps[0]", "run.steps[0]: they are numbered 1 to 1, and -1 is the last" },
  { "run.steps[7]", "run.steps[7]: they are numbered 1 to 1, and -1 is the last" },
  { "run.steps[-2]", "run.steps[-2]: they are numbered 1 to 1, and -1 is the last" },
  { "run.steps[1.5]", "run.steps[1.5]: they are numbered 1 to 1, and -1 is the last" },
  { "run.steps.okk", 'run first has no step "okk"; did you mean "ok"?' },
  { "run.steps()", "run.steps cannot be called: write run.steps.ID or run.steps[1]" },
  { "run.steps.ok.outputs[0]", "outputs[0]: they are numbered 1 to 1, and -1 is the last" },
  { "run.steps.ok:load()", 'a step run has no field "load"; write step.output:load()' },
  { "run.params", 'a run has no field "params"; write run.parameters' },
  { "run[1]", "a run has no element [1]; its steps are run.steps[1], run.steps.ID" },
  { "run:diff()", "run:diff: expected a run, found nil; write run:diff(other), with a colon" },
  { "rille.pipelines.p.runs[0]", "index runs by number (runs[1] is the oldest, runs[-1] the newest), found 0" },
  { "rille.pipelines.p.runs.last",
    'index runs by number (runs[1] is the oldest, runs[-1] the newest), found "last"' },
  { "for r in rille.pipelines.p.runs do print(r) end",
    "a list of runs cannot be called: iterate with for run in rille.pipelines.NAME:each() do ... end, or for i = "
      .. "1, #runs" },
  { "for r in rille.pipelines.p:each 'completed' do print(r) end",
    'each takes a table of options, as in { status = "completed" }; found "completed"' },
  { "rille.pipelines.p.last", 'a pipeline\'s history has no field "last"; write rille.pipelines.NAME:latest()' },
  { "rille.pipelines()", "rille.pipelines cannot be called: write rille.pipelines.NAME" },
  { "rille.runs[0]", 'rille has no field "runs"; write rille.pipelines.NAME.runs' },
  { "rille.stepp", 'rille has no field "stepp"; did you mean "step"?' },
})

told("functions of modules are called with a dot, and their names are checked", {
  { 'csv:read "x.csv"', "csv.read is a function, not a method: write csv.read(...), with a dot" },
  { "json:encode {}", "json.encode is a function, not a method: write json.encode(...), with a dot" },
  { 'rille:step "x"', "rille.step is a function, not a method: write rille.step(...), with a dot" },
  { "rille:open {}", "rille.open is a function, not a method: write rille.open(...), with a dot" },
  { "array:from { 1 }", "array.from is a function, not a method: write array.from(...), with a dot" },
  { "svm.SVC:fit(X, y)", "svm.SVC.fit is a function, not a method: write svm.SVC.fit(...), with a dot" },
  { "svm.SVC(X, y)", "svm.SVC cannot be called; write svm.SVC.fit(X, y)" },
  { "svm.fit(X, y)", 'svm has no field "fit"; write svm.SVC.fit(X, y)' },
  { "clf.n_suport", 'a model of svm.SVC has no field "n_suport"; did you mean "n_support"?' },
  { "clf:fit(X, y)", 'a model of svm.SVC has no field "fit"; write svm.SVC.fit(X, y)' },
  { 'csv.raed "x.csv"', 'csv has no field "raed"; did you mean "read"?' },
  { "csv.read()", "csv.read: argument 1: expected a string, found nil" },
  { 'csv.read("main.lua", ";")', 'csv.read: argument 2: expected a table of options, found ";"' },
  { 'csv.read("main.lua", { seperator = ";" })', 'csv.read: unknown field "seperator"; did you mean "separator"?' },
  { 'csv.write("x.csv", f)', 'csv.write: argument 1: expected a frame, found "x.csv"' },
  { "json.decode {}", "json.decode: argument 1: expected a string, found a table" },
  { "json.encode({}, { indnt = 2 })", "json.encode: the only option is indent, as in { indent = 2 }" },
  { 'yaml.load "a: 1"', 'yaml has no field "load"; write yaml.decode(text)' },
  { "metrics.report(y, y).acuracy", 'a report has no field "acuracy"; did you mean "accuracy"?' },
  { "metrics.acuracy(y, y)", 'metrics has no field "acuracy"; did you mean "accuracy"?' },
  { "frame.DataFrame {}", 'frame has no field "DataFrame"; write frame.new { { "name", values }, ... }' },
  { 'rille.Step "x"',
    'rille.Step cannot be called; write rille.Step:extend "name" { ... }, or rille.step "name" { ... }' },
  { 'rille.Step.extend "x"', 'extend derives a class from a class: write rille.Step:extend "name" { ... }' },
  { "ok.output", 'step "ok" has no field "output"; write run.steps.ID.output of a run, or NODE where it is wired' },
  { "p.runs", 'pipeline "p" has no field "runs"; write rille.pipelines.NAME.runs' },
  { "ok.wiht { k = 2 }", 'step "ok" has no field "wiht"; did you mean "with"?' },
})

check.test("what may be absent is nil: one past the end, and runs that there are not yet", function()
  local project <close> = scratch.new()
  project:write("main.lua", HEAD .. [[
print(a[4], f:column "when"[4], run.steps[2], run.steps.ok.outputs[2], rille.pipelines.p.runs[9], rille.pipelines.p.runs[-9])
local n = 0
for _, v in ipairs(a) do n = n + v end
for _, step in ipairs(run.steps) do n = n + #step.id end
for i, r in pairs(rille.pipelines.p.runs) do n = n + i + #r.name end
print(n, #f, art == run, art == f, run == {})]])
  local r = project:rille "-q main.lua"
  check.eq(r.out, "nil\tnil\tnil\tnil\tnil\tnil\n14\t3\tfalse\tfalse\tfalse\n", r.err)
end)

check.test("a metric that is refused leaves nothing behind", function()
  local project <close> = scratch.new()
  project:write("main.lua", HEAD .. [[
local s = rille.step "s" { run = function(_, ctx)
  ctx:log_metric { a = 1 }
  pcall(ctx.log_metric, ctx, { b = print })
  ctx:log_params { a = 1 }
  pcall(ctx.log_params, ctx, { b = print })
end }
local r = rille.pipeline "q" { define = function() s() end }:run {}
for k, v in pairs(r.steps.s.metrics) do print(k, v) end
for k, v in pairs(r.steps.s.logged) do print(k, v) end]])
  local r = project:rille "-q main.lua"
  check.eq(r.out, "a\t1\na\t1\n", r.err)
end)

check.test("a class of a script with the name of one of rille's is not taken for it", function()
  local project <close> = scratch.new()
  project:write("main.lua", HEAD
    .. 'print(select(2, pcall(function() local _ = a + setmetatable({}, { __name = "frame" }) end)))')
  check.has(project:rille("-q main.lua").out, "found a value of class frame")
end)

check.test("a name that begins with _, as libraries look for, is in no value of a strict class", function()
  local project <close> = scratch.new()
  project:write("main.lua", [[
local rille = require "rille"
for _, v in ipairs { rille.file "main.lua", require "rille.frame".new { { "x", { "a" } } } } do
  assert(v._class == nil and v.__tojson == nil and getmetatable(v)._class == nil)
end]])
  local r = project:rille "main.lua"
  check.eq({ r.code, r.err }, { 0, "" })
end)

check.test("an interface looks for methods in values that have strict names", function()
  local project <close> = scratch.new()
  project:write("main.lua", HEAD .. [[
local use = rille.step "use" { inputs = { t.classifier "c" }, outputs = { t.number "n" }, run = function(c) return #c.classes end }
print(use(clf):load())
print(select(2, pcall(use, f)))]])
  local out = project:rille("-q main.lua").out
  check.has(out, "2.0\n")
  check.has(out, "expected a classifier (a value with methods predict, score; predict is missing), found a frame")
end)

check.done()

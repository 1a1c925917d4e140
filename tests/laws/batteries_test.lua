-- batteries_test.lua -- what holds for every function and method of the modules that scripts require: an argument
-- that nobody reads is an error, and no argument makes an error of rille's own.

package.path = "../lib/?.lua;" .. package.path
local boosted = require "boosted"
local check = require "check"
local internal_error = require "rille.base.internal_error"
local origin = require "rille.host.origin"
local paths = require "paths"

local sys = require "rille.host.sys"
local HAS_XGBOOST <const> = sys.library "libxgboost.so.0" ~= nil
local array, frame, csv = require "rille.array", require "rille.frame", require "rille.csv"
local svm, tree, linear = require "rille.svm", require "rille.tree", require "rille.linear"
local preprocess = require "rille.preprocess"

local folder = os.tmpname()
os.remove(folder)
assert(os.execute("mkdir " .. folder))

-- Each function with all the arguments that it takes, as a script calls it: the name, then the arguments.
local CALLS <const> = [[
array.from          { 1, 2 }, "f64"
array.zeros         3, "i64"
array.ones          3, "i64"
array.full          3, 1, "i64"
array.arange        1, 5, 2
array.linspace      0, 1, 3
array.eye           2, "f64"
array.random        3, 1
array.normal        3, 1
array.integers      1, 6, 3, 1, "i64"
array.concat        { a, a }, 1
array.is            a
array.load          folder .. "/a.npy", nil
array.save          a, folder .. "/b.npy"
array.tonpy         a
array.fromnpy       array.tonpy(a), "x.npy"
array.writenpy      a, put
array.map           folder .. "/a.npy", nil
array.digest        a
array.builder       folder, "f64", 2
b:append            a
b:finish
a:all               1
a:any               1
a:argmax            1
a:argmin            1
a:argsort
a:astype            "f64"
a:copy
a:sqrt
a:exp
a:log
a:abs
a:floor
a:ceil
a:round
a:present
a:quantile          0.5
a:map               same
m:column            1
a:dot               a, { blas = false }
a:eq                1
a:ge                1
a:get               1
a:gt                1
a:le                1
a:lt                1
a:ne                1
a:max               1
a:mean              1
a:min               1
a:reshape           3
m:row               1
a:set               1, 5
a:slice             1, 2, 1
a:sort
a:std               1, 0
a:sum               1
a:take              { 1, 2 }, 1
a:totable
a:transpose
a:unique
a:var               1, 0
mask:where          1, 0
csv.read            folder .. "/x.csv", { header = true }
csv.chunks          folder .. "/x.csv", { rows = 2 }
csv.decode          "x\n1\n", {}, "name", {}
csv.encode          f, {}, false
csv.write           f, folder .. "/y.csv", {}
json.decode         "[1]", "name"
json.encode         { 1 }, {}
json.array          { 1 }
json.object         { x = 1 }
json.read           folder .. "/x.json", {}
json.write          { 1 }, folder .. "/z.json", {}
yaml.decode         "a: 1", "name", true
yaml.encode         { a = 1 }
frame.concat        { f, f }
frame.date          "2026-11-22"
frame.dates         { "2026-11-22" }
frame.digest        f
frame.from_records  { { x = 1 } }, { "x" }
frame.is            f
frame.new           { { "x", a } }
frame.read          folder .. "/x.csv", {}
f:append            f
f:column            "x"
f:describe
f:drop              { "x" }
f:drop_missing      { "x" }
f:fill_missing      0
f:filter            mask
f:group_by          "g", { x = "mean" }
f:head              1
f:is_missing        "x"
f:join              f, "g", "inner", { "", "_r" }
f:rename            { x = "y" }
f:rows              1, 2
f:sample            1, 1
f:select            { "x" }
f:sort              "x", { desc = true }
f:mask              { x = 1 }
f:each
f:records
f:codes             "g"
f:take              { 1 }
f:to_matrix         { "x" }
f:unique            "g"
f:value_counts      "g"
f:with_column       "z", a
f:write             folder .. "/z.csv", {}
d:add_days          1
d:day
d:days_since        "2026-01-01"
d:eq                d
d:ge                d
d:gt                d
d:hour
d:le                d
d:lt                d
d:max
d:min
d:minute
d:missing
d:month
d:ne                d
d:second
d:totable
d:truncate          "month"
d:unit
d:weekday
d:year
d:yearday
jsonl.decode        '{"x": 1}'
jsonl.encode        f
jsonl.lines         folder .. "/x.jsonl", {}
jsonl.list          folder .. "/x.jsonl", {}
jsonl.read          folder .. "/x.jsonl", {}
jsonl.write         f, folder .. "/y.jsonl"
sqlite.encode       f, {}
sqlite.read         folder .. "/x.sqlite", "x", {}
sqlite.tables       folder .. "/x.sqlite"
sqlite.write        f, folder .. "/y.sqlite", {}
linear.load         regression:dump()
linear.Regression.fit   m, a, {}
linear.Logistic.fit m, labels, {}
regression:predict  m
regression:score    m, a
regression:dump
logistic:predict    m
logistic:predict_proba  m
logistic:score      m, labels
logistic:dump
metrics.accuracy    { 1 }, { 1 }
metrics.confusion_matrix    { 1 }, { 1 }, { 1 }
metrics.f1          { 1 }, { 1 }, {}
metrics.precision   { 1 }, { 1 }, {}
metrics.recall      { 1 }, { 1 }, {}
metrics.report      { 1 }, { 1 }
metrics.balanced_accuracy   { 1 }, { 1 }
metrics.matthews    { 1 }, { 1 }
metrics.log_loss    { 0, 1 }, { 0.5, 1 }, {}
metrics.brier       { 0, 1 }, { 0.5, 1 }, {}
metrics.roc_auc     { 0, 1 }, { 0.5, 1 }, {}
metrics.average_precision   { 0, 1 }, { 0.5, 1 }, {}
metrics.roc_curve   { 0, 1 }, { 0.5, 1 }, {}
metrics.precision_recall_curve  { 0, 1 }, { 0.5, 1 }, {}
metrics.mae         { 1 }, { 1 }
metrics.mape        { 1 }, { 1 }
metrics.mse         { 1 }, { 1 }
metrics.rmse        { 1 }, { 1 }
metrics.r2          { 1, 2 }, { 1, 2 }
preprocess.impute   {}
preprocess.scale    {}
preprocess.one_hot  {}
preprocess.ordinal  {}
preprocess.pca      {}
preprocess.drop     { "x" }
preprocess.select   { "x" }
preprocess.cast     { "x", to = "string" }
preprocess.clip     { min = 0 }
preprocess.bins     {}
preprocess.chain    { preprocess.scale {} }
preprocess.drop_missing f, a, { "x" }
preprocess.load     scaler:dump()
scaler:fit          m
scaler:transform    m
scaler:fit_transform m
scaler:inverse      m
scaler:dump
scalers:fit         m
scalers:transform   m
scalers:fit_transform m
scalers:inverse     m
scalers:dump
prepared:fit        m, labels
prepared:with       { max_depth = 2 }
prepared:transform  m
prepared:predict    m
prepared:predict_proba m
prepared:score      m, labels
prepared:dump
drift.compare       f, f, {}
drift.gate          {}
drift.load          report:json()
report:html         "title"
report:json
report:print
gate:check          report
gate:stop           report
search.candidates   { x = { 1, 2 } }, { n = 1 }
search.choice       { 1 }
search.cross_validate   m, a, { model = best, cv = 2, scoring = "mse" }
search.grid         m, a, { model = best, cv = 2, scoring = "mse" }
search.halving      m, a, { model = best, cv = 2, scoring = "mse", min_rows = 2 }
search.integer      1, 2
search.log_uniform  1, 2
search.random       m, a, { model = best, cv = 2, scoring = "mse" }
search.range        1, 2, 1
search.select       { { params = {}, score = 1.0 } }, { X = m, y = a, model = best }
search.trial        m, a, { model = best, cv = 2, scoring = "mse" }
search.uniform      1, 2
split.train_test    a, a, {}
split.k_fold        4, 2, 1
split.stratified_k_fold     { 1, 1, 2, 2 }, 2, 1
svm.load            svc:dump()
svm.SVC.fit         m, labels, {}
svc:predict         m
svc:predict_proba   m
svc:score           m, labels
svc:dump
tree.load           leaf:dump()
tree.fit            m, labels, {}
bayes.load          normal:dump()
bayes.fit           m, labels, {}
normal:predict      m
normal:predict_proba    m
normal:score        m, labels
normal:dump
deployment.named    "d", "m"
deployment.load     served:dump()
served:predict      m, {}
served:predict_or   same, m, {}
served:stop
served:dump
kmeans.load         groups:dump()
kmeans.fit          m, { k = 2 }
groups:predict      m
groups:dump
neighbors.load      near:dump()
neighbors.fit       m, labels, { n_neighbors = 1 }
near:predict        m
near:predict_proba  m
near:score          m, labels
near:dump
forest.load         woods:dump()
forest.fit          m, labels, { n_estimators = 2 }
woods:predict       m
woods:predict_proba m
woods:importances
woods:score         m, labels
woods:dump
pca.load            components:dump()
pca.fit             m, { n_components = 1 }
components:transform m
components:inverse  m
components:dump
xgboost.load        boosted:dump()
boosted:predict     m
boosted:predict_proba   m
boosted:importances "weight"
boosted:score       m, labels
boosted:dump
added:predict       m
added:importances   "weight"
added:score         m, a
added:dump
leaf:importances
leaf:predict        m
leaf:predict_proba  m
leaf:score          m, labels
leaf:dump
leaf:show           {}
http.listen         { port = 0 }
server:next         0.001
server:stats
server:ready        "{}"
server:stop         0.01, same
]] .. (HAS_XGBOOST and [[
xgboost.Classifier.fit  m, labels, { n_estimators = 1 }
xgboost.Regressor.fit   m, a, { n_estimators = 1 }
]] or "")

-- Functions that take any number of arguments, and those that are for rille alone.
local FREE <const> = { ["a:get"] = true, ["a:set"] = true, ["a:reshape"] = true, ["a:transpose"] = true,
  ["json.pack"] = true, ["json.unpack"] = true, ["frame.assemble"] = true,
  -- in the list where the library is there
  ["xgboost.Classifier.fit"] = not HAS_XGBOOST, ["xgboost.Regressor.fit"] = not HAS_XGBOOST }

-- Values that the calls name, new each time: a call may change them.
local function values()
  local functions = { folder = folder, put = function() end, same = function(v) return v end }
  local env = setmetatable(functions, { __index = function(_, name)
    if name == "server" then return require("rille.http").listen { port = 0, threads = 1 } end
    return _ENV[name] or require("rille." .. name)
  end })
  env.a, env.mask = array.from { 1.0, 2.0, 3.0 }, array.from { true, false, true }
  env.m, env.labels = array.from { { 1.0, 2.0 }, { 2.0, 1.0 }, { 3.0, 5.0 } }, array.from { 0, 1, 1 }
  env.f = frame.new { { "x", { 1, 2, 3 } }, { "g", { "a", "b", "a" } }, { "s", { "p", "q", "" } } }
  env.d = frame.dates { "2026-11-22", "2026-11-23", "" }
  env.b = array.builder(folder, "f64")
  env.regression = linear.Regression.fit(env.m, env.a)
  env.logistic = linear.Logistic.fit(env.m, env.labels)
  env.svc = svm.SVC.fit(env.m, env.labels, { probability = true })
  env.leaf = tree.fit(env.m, env.labels)
  env.normal = require("rille.bayes").fit(env.m, env.labels, { smoothing = 0.1 })
  env.groups = require("rille.kmeans").fit(env.m, { k = 2 })
  env.served = require("rille.deployment").named "d"
  env.near = require("rille.neighbors").fit(env.m, env.labels, { n_neighbors = 2 })
  env.woods = require("rille.forest").fit(env.m, env.labels, { n_estimators = 2 })
  env.components = require("rille.pca").fit(env.m)
  env.boosted, env.added = boosted.model "logistic", boosted.model "squared"
  env.scaler = preprocess.scale {}:fit(env.m)
  env.scalers = preprocess.chain { preprocess.scale {} }:fit(env.m)
  env.prepared = preprocess.chain { preprocess.scale {}, tree }:fit(env.m, env.labels)
  env.report = require("rille.drift").compare(env.f, env.f)
  env.gate = require("rille.drift").gate {}
  env.best = linear.Regression
  return env
end

local env = values()
array.save(env.a, folder .. "/a.npy")
csv.write(env.f, folder .. "/x.csv")
require("rille.jsonl").write(env.f, folder .. "/x.jsonl")
require("rille.json").write({ 1 }, folder .. "/x.json")
require("rille.sqlite").write(env.f, folder .. "/x.sqlite")

-- { name =, fn = the function, args = text, self = the name of the value }
local calls, by_name = {}, {}
for line in CALLS:gmatch "[^\n]+" do
  local name, args = line:match "^(%S+)%s*(.*)$"
  local owner, method = name:match "^([%w.]+)[.:](%w[%w_]*)$"
  calls[#calls + 1] = { name = name, args = args, self = name:find ":" and owner or nil,
    fn = load("return " .. owner, "=owner", "t", env)()[method] }
  by_name[name] = true
end

local function arguments(call, more)
  local text = call.self and (call.args == "" and call.self or call.self .. ", " .. call.args) or call.args
  return load("return table.pack(" .. text .. (more and ", " .. more or "") .. ")", "=" .. call.name, "t", env)()
end

local function methods_of_array()
  return select(2, debug.getupvalue(debug.getmetatable(env.a).__index, 1))
end

check.test("the list has every function and method", function()
  local missing = {}
  local function look(owner, t, separator)
    for name, v in next, t do
      local call = owner .. separator .. name
      if type(name) == "string" and name:sub(1, 2) ~= "__" and type(v) == "function" and not by_name[call]
        and not FREE[call] then missing[#missing + 1] = call end
    end
  end
  for _, name in ipairs(origin.batteries()) do
    if name ~= "testing" then
      local module = require("rille." .. name)
      look(name, module, ".")
      for k, v in next, module do
        if type(v) == "table" and type(k) == "string" and k ~= "class" then look(name .. "." .. k, v, ".") end
      end
    end
  end
  look("f", frame.class.__index, ":")
  look("d", require("rille.frame.date").methods, ":")
  local of_array = {}
  for name in next, methods_of_array() do
    if not by_name["a:" .. name] and not by_name["m:" .. name] and not by_name["mask:" .. name] then
      of_array[#of_array + 1] = name
    end
  end
  for _, model in ipairs { "svc", "leaf", "woods", "normal", "near", "groups", "boosted", "added", "components",
    "regression", "logistic", "scaler", "scalers", "prepared", "report", "gate" } do
    look(model, getmetatable(env[model]).__index, ":")
  end
  table.move(of_array, 1, #of_array, #missing + 1, missing)
  table.sort(missing)
  check.eq(table.concat(missing, " "), "")
end)

check.test("every function works with the arguments of the list", function()
  for _, call in ipairs(calls) do
    env = values()
    local args = arguments(call)
    local ok, err = pcall(call.fn, table.unpack(args, 1, args.n))
    if not ok then error(call.name .. ": " .. tostring(err)) end
  end
end)

check.test("an argument more than a function takes is an error that names the function", function()
  for _, call in ipairs(calls) do
    env = values()
    local last = call.args == "" and not call.self and "nil, 'surplus'" or "'surplus'"
    local args = arguments(call, last)
    local ok, err = pcall(call.fn, table.unpack(args, 1, args.n))
    if not FREE[call.name] then
      if ok then error(call.name .. " ignores an argument") end
      if not tostring(err):find "found %d+ arguments?, expected" then error(call.name .. ": " .. tostring(err)) end
      check.has(err, call.name:match "[%w_]+$" .. ": found")
      check.has(err, "batteries_test.lua:")
    end
  end
end)

check.test("nil is no argument", function()
  env = values()
  check.eq(env.a:sum(nil, nil), 6.0)
  check.eq(env.f:head(2, nil).n_rows, 2)
end)

-- What no function expects everywhere.
local function odd()
  return { nil, true, -1, 0, 1.5, 0 / 0, math.mininteger, 1 << 53, "", "x", "nosuch/x.csv", "nosuch/\xff", {},
    { 1, "a" },
    { x = {} }, { {} }, { 1, { 2 } }, { true, 1 }, env.put, env.a, env.m, env.f, env.d, env.mask, env.svc, io.stdout,
    array, frame.new {}, array.zeros(0), array.zeros { 2, 2, 2 }, setmetatable({}, { __name = "odd" }),
    n = 31 }
end

local function first_line(err) return tostring(err):match "^[^\n]*" end

-- Adds what is wrong with the error of a call to the list.
local function judge(list, call, place, ok, err)
  local own = not ok and (internal_error.is(err) or type(err) == "string" and origin.is_at(err))
  if own then list[#list + 1] = string.format("%s, argument %d: %s", call.name, place, first_line(err)) end
end

check.test("an odd argument is a mistake of the script, or none", function()
  local here = io.output()
  local tried, bad = 0, {}
  for _, call in ipairs(calls) do
    env = values()
    local good = arguments(call)
    local values_odd = odd()
    for place = call.self and 2 or 1, good.n do
      for i = 1, values_odd.n do
        local args = table.move(good, 1, good.n, 1, { n = good.n })
        args[place] = nil
        local v = values_odd[i]
        local huge = v == 1 << 53 and call.name == "split.k_fold"     -- that many rows take hours
        local a_file = (v == "x" or type(v) == "number") and (call.name:find "save" or call.name:find "write")
        if not huge and not a_file then args[place] = v end
        judge(bad, call, place, internal_error.call(call.fn, table.unpack(args, 1, args.n)))
        tried = tried + 1
      end
    end
  end
  io.output(here)
  check.eq(table.concat(bad, "\n"), "")
  check.ok(tried > 3000, "few calls were tried")
end)

check.test("the functions in C that scripts call raise errors at the script's line", function()
  local look = "cd " .. paths.root .. " && grep -n 'luaL_error(' stdlib/*/*.c host/observe/observe.c"
  for line in io.popen(look):lines() do
    error(line .. ": use bind_error")
  end
end)

check.test("every method gives its further arguments to errors.check_self", function()
  local seen = 0
  for line in io.popen("cd " .. paths.root .. " && grep -rn 'errors.check_self(' lua stdlib"):lines() do
    seen = seen + 1
    local call = line:match "check_self(%b())"
    if not line:find "base/errors.lua" and not call:find ", %.%.%.%)$" and not line:find "function"
      and not call:find '"log"' and not call:find '"text"' and not call:find '"tag"' then
      error(line .. ": add ..., so that nobody gives arguments in vain")
    end
  end
  check.ok(seen > 60)
end)

os.execute("rm -rf " .. folder)
check.done()

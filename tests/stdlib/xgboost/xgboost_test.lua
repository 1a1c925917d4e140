package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local boosted = require "boosted"
local csv = require "rille.csv"
local damage = require "damage"
local metrics = require "rille.metrics"
local paths = require "paths"
local preprocess = require "rille.preprocess"
local scratch = require "scratch"
local sys = require "rille.host.sys"
local worker_process = require "rille.host.worker_process"
local xgboost = require "rille.xgboost"

local cancer = csv.read "../../../examples/data/breast_cancer.csv"
local y = cancer:column "target"
local X = cancer:drop { "target" }:to_matrix()
local X_train, y_train, X_test, y_test = X:slice(1, 455), y:slice(1, 455), X:slice(456, 569), y:slice(456, 569)

local function close(got, want, within)
  if not (math.abs(got - want) <= (within or 1e-12) * math.max(1, math.abs(want))) then check.eq(got, want) end
end

-- ---- without the library ----

check.test("a model predicts, is dumped and loaded without the library", function()
  local m = boosted.model "logistic"
  local rows = array.from { { 0, 1 }, { 0, 1.5 }, { 0, 0 / 0 } }
  local function p(margin) return 1 / (1 + math.exp(-margin)) end
  local shares = m:predict_proba(rows)
  close(shares:get(1, 2), p(-0.375), 1e-6)
  close(shares:get(2, 2), p(0.375), 1e-6)
  check.eq({ shares:get(3, 2) == shares:get(1, 2), shares:get(1, 1) + shares:get(1, 2) }, { true, 1.0 })
  check.eq(m:predict(rows):totable(), { 0, 1, 0 })
  check.eq(boosted.model("squared"):predict(rows):totable(), { 0.125, 0.875, 0.125 })
  check.eq({ m.classes, m.dtype, m.n_estimators, m.seed, m.n_nodes }, { { 0, 1 }, "i64", 2, 7, 4 })
  check.eq(m:importances():totable(), { 0.0, 1.0 })
  check.eq({ xgboost.load(m:dump()) == m, xgboost.load(m:dump()):dump() == m:dump() }, { true, true })
  check.eq(#m:predict(array.zeros { 0, 2 }), 0)
end)

check.test("damaged bytes of a dump are an error or a model, never a crash", function()
  local rows = array.random({ 5, 2 }, 1)
  for _, objective in ipairs { "logistic", "squared" } do
    damage.check(xgboost.load, "xgboost.load", boosted.model(objective):dump(), function(m)
      pcall(m.predict, m, rows)
      if m.n_features < 1000 then m:importances() end
    end)
  end
  local bytes = boosted.model("logistic"):dump()           -- 2 << 30 features: importances would need 17 GB
  check.raises(function() xgboost.load(bytes:sub(1, 28) .. "\0\0\240\127" .. bytes:sub(33)) end,
    "xgboost.load: the model is damaged (head)")
  check.raises(function() xgboost.load "x" end, "xgboost.load: these bytes are not a model")
  check.raises(function() xgboost.load(7) end, "expected the bytes of a dump, found 7")
end)

check.test("wrong calls name the argument", function()
  local fit = xgboost.Classifier.fit
  check.raises(function() fit(X, y, { max_dept = 3 }) end, 'did you mean "max_depth"')
  check.raises(function() fit(X, y, { subsample = 1.5 }) end, "subsample is 1.5, expected a number above 0, at most 1")
  check.raises(function()
    xgboost.Regressor.fit(X, y, { class_weight = "balanced" })
  end, "class_weight is for a classifier")
  check.raises(function() boosted.model "logistic":importances "gian" end,
    'expected gain, total_gain, weight, cover, total_cover; did you mean "gain"?')
  check.raises(function()
    boosted.model "logistic":predict { { 1, 2, 3 } }
  end, "X has 3 features, but the model was fitted with 2")
  check.raises(function() boosted.model "logistic":predict { { 1, math.huge } } end, "row 1, column 2 is infinite")
  check.raises(function()
    boosted.model "logistic":predict { { 1e39, 1 } }
  end, "row 1, column 1 is too large; xgboost computes in f32")
end)

check.test("without the library the error names the package", function()
  local project <close> = scratch.new()
  -- the same module, which looks for a library of another name
  local text = scratch.read "../../../stdlib/xgboost/xgboost.lua"
  project:write("mine.lua", (text:gsub("libxgboost%.so%.0", "libnosuch.so.9")))
  project:write("main.lua", 'dofile("mine.lua").Classifier.fit({ { 1 }, { 2 } }, { 0, 1 })')
  local r = project:rille "main.lua"
  check.has(r.err, "libnosuch.so.9 is not installed (Debian: apt-get install libxgboost0)")
end)

-- ---- with it ----

if not sys.library "libxgboost.so.0" then
  check.skip("trainings by libxgboost", "libxgboost0 is not installed")
  check.done()
end

-- Figures of xgboost 1.7.4 itself.
check.test("the breast cancer data gives what it gives elsewhere, for any number of threads", function()
  local function try(options, right, auc, loss)
    local first
    options.n_estimators, options.max_depth, options.seed = 50, 3, 1
    for _, n in ipairs { 1, 2, 4 } do
      options.nthread = n
      local m = xgboost.Classifier.fit(X_train, y_train, options)
      first = first or m
      check.ok(m:dump() == first:dump(), n .. " threads")
    end
    local shares = first:predict_proba(X_test)
    check.eq(metrics.accuracy(y_test, first:predict(X_test)) * 114, right)
    close(metrics.log_loss(y_test, shares), loss, 1e-9)
    if auc then close(metrics.roc_auc(y_test, shares:column(2)), auc) end
  end
  try({}, 110.0, 0.9982517482517482, 0.06512568582997696)
  try({ tree_method = "hist" }, 111.0, 0.9982517482517482, 0.06380010986733387)
  try({ subsample = 0.8 }, 110.0, nil, 0.05740179711389768)
  try({ subsample = 0.8, tree_method = "hist" }, 113.0, nil, 0.05497146245001986)
end)

local function threads() return tonumber(sys.read_file("/proc/self/status"):match "Threads:%s+(%d+)") end

-- Waits until all other threads have ended: the system counts one that was joined for a moment.
local function check_alone()
  for _ = 1, 500 do
    if threads() == 1 then return end
    worker_process.wait({}, 0.01)
  end
  check.eq(threads(), 1)
end

check.test("no thread is left behind", function()
  check_alone()
  xgboost.Classifier.fit(X, y, { n_estimators = 2, nthread = 3 })
  check_alone()
  check.raises(function() xgboost.Classifier.fit(X, y, { base_score = 1, nthread = 2 }) end, "base_score is 1")
  check_alone()
end)

check.test("three classes, booleans, floats, numbers; weights; missing values", function()
  local wine = csv.read "../../../examples/data/wine.csv"
  local rows, kinds = wine:drop { "target" }:to_matrix(), wine:column "target"
  local m = xgboost.Classifier.fit(rows, kinds, { n_estimators = 20, max_depth = 3 })
  check.eq({ m.objective, #m.classes, m:score(rows, kinds) }, { "softmax", 3, 1.0 })
  check.ok((m:predict_proba(rows):sum(2) - 1):abs():max() < 1e-6)
  check.eq(xgboost.Classifier.fit(X, y:eq(1), { n_estimators = 3 }).classes, { false, true })
  check.eq(xgboost.Classifier.fit(X, y:astype "f64", { n_estimators = 3 }):predict(X).dtype, "f64")
  local r = xgboost.Regressor.fit(X, X:column(1), { n_estimators = 30 })
  check.ok(r:score(X, X:column(1)) > 0.99)
  check.ok(xgboost.load(r:dump()) == r)
  local weighted = xgboost.Classifier.fit(X, y, { n_estimators = 5, class_weight = { [0] = 4 } })
  check.eq(weighted.class_weight, { 4.0, 1.0 })
  check.ok(weighted:dump() ~= xgboost.Classifier.fit(X, y, { n_estimators = 5 }):dump())
  local holes = X:ge(20):where(0 / 0, X)
  check.ok(xgboost.Classifier.fit(holes, y, { n_estimators = 20 }):score(holes, y) > 0.95)
  local chain = preprocess.chain { { xgboost.Classifier, n_estimators = 5 } }:fit(holes, y)
  check.ok(preprocess.load(chain:dump()) == chain)
end)

check.test("data that cannot be fitted is the user's mistake", function()
  check.raises(function() xgboost.Classifier.fit({ { 1 }, { 2 } }, { 1, 1 }) end,
    "y: all rows are of class 1; at least two classes are needed")
  check.raises(function() xgboost.Classifier.fit(X, y, { base_score = 1 }) end,
    "base_score is 1, expected a number between 0 and 1")
  check.raises(function() xgboost.Regressor.fit({ { 1 }, { 2 } }, { 1, 0 / 0 }) end, "y: row 2 is NaN")
end)

check.test("a step that fits runs again when the library changes, one that predicts does not", function()
  local project <close> = scratch.new()
  project:write("main.lua", [[
local rille = require "rille"
local t = rille.types
local fit = rille.step "fit" { outputs = { t.xgboost "m" }, run = function()
  return require("rille.xgboost").Classifier.fit({ { 1 }, { 2 }, { 3 }, { 4 } }, { 0, 0, 1, 1 }, { n_estimators = 2 })
end }
local use = rille.step "use" { inputs = { t.xgboost "m" }, outputs = { t.array "p" }, run = function(m)
  return m:predict { { 1 }, { 4 } }
end }
rille.pipeline "p" { define = function() use(fit()) end }:run {}
]])
  local r = project:rille "main.lua"
  check.eq(r.code, 0, r.err)
  check.has(project:rille("main.lua").err, "all 2 steps cached")
  project:sh("mkdir other && cp " .. sys.library "libxgboost.so.0" .. " other/libxgboost.so.0")
  r = project:sh("LD_LIBRARY_PATH=$PWD/other " .. paths.build .. "/rille main.lua")
  check.has(r.err, "the library libxgboost.so.0 changed")
  check.has(r.err, "completed")
  check.has(r.err, "use                 inputs unchanged")
end)

check.done()

-- Versions of models, found, loaded, checked and asked, as a server does.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"

local SCRIPT <const> = [[
local preprocess, svm, linear, tree = require "rille.preprocess", require "rille.svm", require "rille.linear",
  require "rille.tree"
local frame, array = require "rille.frame", require "rille.array"
local served_model = require "rille.serve.served_model"
local f = frame.new { { "a", { 1.0, 2.0, 0 / 0, 8.0 } }, { "city", { "Bern", "Chur", "Bern", "" } } }
local y = { 0, 0, 1, 1 }
local function chain(...) return preprocess.chain { preprocess.impute {}, preprocess.one_hot { unknown = "ignore" }, ... } end
local Own = {} Own.__index = Own
function Own.predict(m, X) return array.full(frame.is(X) and X.n_rows or #X, m.v) end
local function materializer(signature)
  rille.materializer "own" { class = Own, version = 1, signature = signature,
    save = function(m, art) art:write("own", tostring(m.v)) end,
    load = function(art) return setmetatable({ v = tonumber(art:read "own") }, Own) end }
end
-- makes a version of a model whose step returns what the function does
local function version(name, outputs, run, options)
  local s = step "fit" { outputs = outputs, run = run, cache = false }
  local p = pipeline(name) { model = rille.model(name) {}, define = function() s() end }
  p:run(options)
  return rille.models[name].versions[-1]
end
local MODEL = { t.any "model" { kind = "model" } }
local function failure(...)
  local ok, message = pcall(served_model.load, ...)
  return ok and "loaded" or message:gsub("^[^\n]-:%d+: ", "")
end
]]

local function said(code)
  local project <close> = scratch.script(SCRIPT .. code:gsub("DATA", paths.root .. "/examples/data"))
  local r = project:rille "-q main.lua"
  check.eq(r.err, "")
  return r.out
end

check.test("digits are a number, else a stage, else a name; nothing is production and never the newest", function()
  check.eq(said [[
    for i = 1, 3 do version("m", MODEL, function() return chain({ tree, max_depth = i }):fit(f, y) end) end
    print(failure "m")
    local versions = rille.models.m.versions
    versions[2]:set_stage "production" versions[1]:set_stage "staging"
    print(served_model.load "m".number, served_model.load("m", "production").stage, served_model.load("m", 1).number,
      served_model.load("m", "3").number, served_model.load("m", "staging").number)
    print(failure("m", "4")) print(failure("m", "latest")) print(failure("m", "archived")) print(failure "n")]], [[
model "m" has no version in production; its versions: 3, 2, 1; name one: m@VERSION, or move one there: rille model promote m@VERSION production
2	production	1	3	1
model "m" has no version 4; its versions: 3, 2 (production), 1 (staging)
model "m" has no version "latest"; its versions: 3, 2 (production), 1 (staging)
model "m" has no version "archived"; its versions: 3, 2 (production), 1 (staging)
there is no model "n"; available: m
]])
end)

check.test("a chain that ends in a model is given the raw frame", function()
  check.eq(said [[
    version("m", MODEL, function() return chain(linear.Logistic):fit(f, y) end)
    local s = served_model.load("m", 1)
    print(s.platform, s.has_proba, s.classes[2], #s.signature.columns, s.artifact.type)
    local want, got = s.value:predict_proba(f), s:predict(f, { proba = true })
    print(got.predictions, want:eq(got.probabilities):all())
    print(rille.models.m.versions[1].signature.columns[2].categories[1])]], [[
rille_linear	true	1	2	transformer
[0  0  1  1]  i64 {4}	true
Bern
]])
end)

check.test("a bare model is given what the linked transformer makes of the frame", function()
  check.eq(said [[
    local BOTH = { t.any "model" { kind = "model" }, t.transformer "preprocess_pipeline" }
    local function linked() local Z, c = chain():fit_transform(f) return svm.SVC.fit(Z:to_matrix(), y), c end
    version("m", BOTH, linked)
    local s = served_model.load("m", 1)
    print(s.platform, s.transformer.name, #s.signature.columns, s:predict(f).predictions, s.why_no_proba)
    -- several: the one of that name
    local THREE = { BOTH[1], BOTH[2], t.transformer "other" }
    version("n", THREE, function() local m, c = linked() return m, c, preprocess.scale {}:fit(f) end)
    print(served_model.load("n", 1).transformer.name)
    local OTHERS = { BOTH[1], t.transformer "one", t.transformer "other" }
    version("o", OTHERS, function() local m, c = linked() return m, c, preprocess.scale {}:fit(f) end)
    print(failure("o", 1)) print(rille.models.o.versions[1].signature)
    version("p", BOTH, function() return linked(), preprocess.drop "city":fit(f) end)
    print(failure("p", 1))]], [[
rille_svm	m::fit::preprocess_pipeline	2	[0  0  0  1]  i64 {4}	svm.SVC.predict_proba: the model was fitted without probability = true
n::fit::preprocess_pipeline
model "o", version 1 has several transformers (o::fit::one, o::fit::other), and its model is given a matrix: name the output of the one that comes before the model "preprocess_pipeline", or serve a chain that ends in the model
nil
model "p", version 1: its model takes 3 columns, but the linked transformer p::fit::preprocess_pipeline gives 1
]])
end)

check.test("a bare model alone has the signature of its matrix; names are logged", function()
  check.eq(said [[
    local X = array.from { { 1.0, 2.0 }, { 2.0, 1.0 }, { 4.0, 5.0 }, { 5.0, 4.0 } }
    local v = version("m", MODEL, function() return tree.fit(X, y) end)
    print(v.signature.width, v.signature.dtype, served_model.load("m", 1):predict(X).predictions)
    v:log_signature(frame.new { { "left", { 1.0 } }, { "right", { 2.0 } } })
    local s = served_model.load("m", 1)
    print(s.signature.columns[2].name, s:predict(frame.new { { "left", { 5.0 } }, { "right", { 4.0 } } }).predictions)
    print(v.metadata.signature.input)]], [[
2	f64	[0  0  1  1]  i64 {4}
right	[1]  i64 {1}
frame
]])
end)

check.test("a model of the script's own needs a signature: its materializer's, or a logged one", function()
  check.eq(said [[
    materializer(nil)
    local v = version("m", MODEL, function() return setmetatable({ v = 7.0 }, Own) end)
    print(failure("m", 1)) print(v.signature)
    v:log_signature(f)
    print(served_model.load("m", 1):predict(f).predictions, served_model.load("m", 1).platform, v.signature.columns[2].name)
    v = version("n", MODEL, function(_, ctx)
      (ctx or _).model:log_signature(f)
      return setmetatable({ v = 8.0 }, Own)
    end)
    print(served_model.load("n", 1):predict(f).predictions, v.signature.columns[1].missing)
    materializer(function(m) return { input = "array", width = 2 } end)
    v = version("o", MODEL, function() return setmetatable({ v = 9.0 }, Own) end)
    print(served_model.load("o", 1):predict(array.zeros { 2, 2 }).predictions, v.artifacts.model.metadata.signature.width)
]], [[
model "m", version 1 has no signature, so requests cannot be checked; give it one: in the step that makes the model ctx.model:log_signature(X) with the frame or matrix that it is trained on, or signature = function(model) in its materializer; for this version, in a script: rille.models.m.versions[1]:log_signature(X)
nil
[7.0  7.0  7.0  7.0]  f64 {4}	rille_own	city
[8.0  8.0  8.0  8.0]  f64 {4}	true
[9.0  9.0]  f64 {2}	2
]])
end)

check.test("what does not predict, and what is not clear, is refused", function()
  check.eq(said [[
    version("m", { t.any "x" }, function() return tree.fit(array.from { { 1 }, { 2 } }, { 0, 1 }) end)
    print(failure("m", 1)) print(failure("m", 1, { artifact = "y" }))
    print(served_model.load("m", 1, { artifact = "x" }).platform)
    version("n", MODEL, function() return preprocess.scale {}:fit(f) end)
    print(failure("n", 1))
    version("p", MODEL, function() return chain(tree) end)
    print(failure("p", 1))
    version("o", { t.any "one" { kind = "model" }, t.any "two" { kind = "model" } }, function() return 1, 2 end)
    print(failure("o", 1))]], [[
model "m", version 1 has no artifact of kind "model" (it has m::fit::x); mark the output of the step that trains: t.any "model" { kind = "model" }, or name the artifact with --artifact
model "m", version 1 has no artifact "y"; available: x
rille_tree
model "n", version 1: a transformer does not predict: serve the model, or a chain that ends in one
model "p", version 1: its model is not fitted: let the step return what fit gives
model "o", version 1 has several artifacts of kind "model": o::fit::one, o::fit::two; name the one to serve with --artifact
]])
end)

check.test("a row by itself is predicted to the bit as in a frame", function()
  check.eq(said [[
    local csv = require "rille.csv"
    local big = csv.read "DATA/breast_cancer.csv"
    local X, labels = big:drop { "target" }, big:column "target"
    local scale, log = preprocess.scale { method = "min_max", range = { -1, 1 }, clip = true }, { linear.Logistic, C = 1 }
    local n = 0
    for _, c in ipairs { preprocess.chain { preprocess.impute {}, scale, log },
      preprocess.chain { preprocess.clip { "mean_area", max = 900 }, preprocess.bins { "mean_radius", n = 7 },
        preprocess.scale {}, { svm.SVC, probability = true } },
      preprocess.chain { preprocess.drop "mean_area", preprocess.scale { method = "robust" }, tree } } do
      local s = served_model.of { model = "m", number = 1, value = c:fit(X, labels), signature = c:fit(X, labels).signature }
      local all = s.value:predict_proba(X)
      for i = 1, X.n_rows do
        local row = {}
        for j, column in ipairs(s.columns) do row[j] = X.data[column.name]:get(i) end
        local one = s:predict_row(row, { proba = true })
        if one.probabilities:eq(all:slice(i, i)):all() then n = n + 1 end
      end
    end
    print(n)
    -- strings, missing values, other categories, which go by the frame
    local c = preprocess.chain { preprocess.impute { strategy = "median" }, preprocess.one_hot { unknown = "other" }, log }
    local s = served_model.of { model = "m", number = 1, value = c:fit(f, y), signature = c:fit(f, y).signature }
    local want = s.value:predict_proba(f)
    for i = 1, 4 do
      local got = s:predict_row({ f.data.a:get(i), f.data.city[i] }, { proba = true })
      print(got.probabilities:eq(want:slice(i, i)):all())
    end
    print(s:predict_row { true, "Bern" }, s:predict_row { 1 << 60, "Bern" }, s:predict_row { 1, "Genf" } ~= nil)]], [[
1707
true
true
true
true
nil	nil	true
]])
end)

check.done()

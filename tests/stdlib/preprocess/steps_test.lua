-- Chains in steps: cached, of one digest in every process, found again by history and the command line.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local TABLE <const> = scratch.read "mixed_train.csv"

local SCRIPT <const> = [[
local csv, linear, preprocess, svm = require "rille.csv", require "rille.linear", require "rille.preprocess", require "rille.svm"

local read = step "read" {
  outputs = { t.frame "X", t.vector "y" },
  run = function()
    local f = csv.read "data.csv"
    return f, f:column "grade":eq "b"
  end,
}
-- captured by `fit`
local recipe = preprocess.chain {
  preprocess.impute { strategy = "median" }, preprocess.impute { strategy = "most_frequent" },
  preprocess.scale { method = "standard" }, preprocess.one_hot { unknown = "ignore" },
}
local prepare = step "prepare" {
  inputs = { t.frame "X" }, outputs = { t.frame "changed", t.transformer "chain" },
  run = function(X) return recipe:fit_transform(X) end,
}
local fit = step "fit" {
  inputs = { t.frame "X", t.vector "y" }, params = { C = 1.0 },
  outputs = { t.transformer "model" { kind = "model" } },
  run = function(X, y, p) return preprocess.chain { recipe, { linear.Logistic, C = p.C } }:fit(X, y) end,
}
local score = step "score" {
  inputs = { t.classifier "model", t.frame "X", t.vector "y" }, outputs = { t.number "accuracy" },
  run = function(model, X, y) return model:score(X, y) end,
}
local change = step "change" {
  inputs = { t.transformer "chain", t.frame "X" }, outputs = { t.frame "out" },
  run = function(chain, X) return chain:transform(X:select { "income", "city", "age", "grade" }) end,
}
return pipeline "p" { params = { C = 1.0 }, define = function(p)
  local d = read()
  local prepared = prepare { X = d.X }
  score { model = fit { X = d.X, y = d.y, C = p.C }, X = d.X, y = d.y }
  change { chain = prepared.chain, X = d.X }
end }
]]

local function project()
  local text = SCRIPT:gsub('f:column "grade":eq "b"',
    'require("rille.array").from { true, false, false, true, false, true, false, false }')
  return scratch.script(text, { ["data.csv"] = TABLE })
end

-- The digest of an artifact of the newest run.
local function digest(p, step, output)
  for _, one in ipairs(p:json "show p@-1".steps) do
    if one.id == step then return one.outputs[output].digest end
  end
end

check.test("steps that return transformers and chains are cached in the next process", function()
  local p <close> = project()
  p:ok "run main.lua"
  check.eq(p:statuses "p", "read=completed prepare=completed fit=completed score=completed change=completed")
  local model, chain = digest(p, "fit", "model"), digest(p, "prepare", "chain")
  p:ok "run main.lua"
  check.eq(p:statuses "p", "read=cached prepare=cached fit=cached score=cached change=cached")
  p:ok "run main.lua --no-cache -j 3"
  check.eq(p:statuses "p", "read=completed prepare=completed fit=completed score=completed change=completed")
  check.eq({ digest(p, "fit", "model"), digest(p, "prepare", "chain") }, { model, chain })
  check.eq(p:json "verify p@-1 --rerun 100%".steps[1].state, "same")
end)

check.test("what a chain has learned is the same whether it is used at once or loaded", function()
  local p <close> = project()
  p:ok "run main.lua"
  check.eq(digest(p, "change", "out"), digest(p, "prepare", "changed"))
end)

check.test("another option of a captured recipe runs the steps again that capture it, a comment does not", function()
  local p <close> = project()
  p:ok "run main.lua"
  p:edit('-- captured by `fit`', '-- captured by `prepare` and `fit`')
  p:ok "run main.lua"
  check.eq(p:statuses "p", "read=cached prepare=cached fit=cached score=cached change=cached")
  p:edit('method = "standard"', 'method = "robust"')
  p:ok "run main.lua"
  check.eq(p:statuses "p", "read=cached prepare=completed fit=completed score=completed change=completed")
  p:ok "run main.lua --set C=3"
  check.eq(p:statuses "p", "read=cached prepare=cached fit=completed score=completed change=cached")
end)

check.test("a fitted transformer may be captured; why says which figure of it is another", function()
  local p <close> = scratch.script [[
local preprocess = require "rille.preprocess"
local scale = preprocess.scale { method = "min_max" }:fit { { 1 }, { 2 }, { 5 } }
local s = step "s" { outputs = { t.matrix "m" }, run = function() return scale:transform { { 3 } } end }
return pipeline "p" { define = function() s() end }
]]
  p:ok "run main.lua"
  p:edit("{ 5 }", "{ 9 }")
  p:ok "run main.lua"
  check.has(p:ok "why s", "learned.scale 4.0 -> 8.0")
end)

check.test("a chain is an artifact of type transformer: its preview, its bytes, its value in history", function()
  local p <close> = project()
  p:ok "run main.lua"
  local artifact = p:json "artifact show p::fit::model"
  check.eq(artifact.type, "transformer")
  check.has(p:ok "show p::fit::model", "linear.Logistic(C=1.0) }, 4 -> 8 columns")
  check.has(p:ok "artifact get p::prepare::chain", "rille.preprocess 1 ")
  p:write("later.lua", [[
local rille = require "rille"
local m = rille.artifact "p::fit::model":load()
print(m.steps[1].kind, #m.columns_out, m:predict(require("rille.csv").read "data.csv").shape[1])
]])
  check.eq(p:ok "later.lua", "impute\t8\t8\n")
end)

check.test("a value that is no transformer is refused at the boundary", function()
  local p <close> = scratch.script [[
local s = step "s" { outputs = { t.transformer "x" }, run = function() return {} end }
return pipeline "p" { define = function() s() end }
]]
  local r = p:rille "run main.lua"
  check.eq(r.code, 1)
  check.has(r.err, "expected a transformer, found a table")
end)

check.test("a recipe that is not fitted, a table of fitted ones, a list of folds: all are values of ports", function()
  local p <close> = scratch.script([[
local preprocess, csv, split = require "rille.preprocess", require "rille.csv", require "rille.split"
local recipe = step "recipe" { outputs = { t.transformer "recipe" }, run = function()
  return preprocess.chain { preprocess.impute { "age", "income" }, preprocess.scale { "age", "income" } }
end }
local folds = step "folds" { inputs = { t.transformer "recipe" }, outputs = { t.list(t.transformer) "list", t.table "both" },
  run = function(r)
    local X, list = csv.read "data.csv", {}
    for i, fold in ipairs(split.k_fold(8, 2)) do list[i] = r:fit(X:take(fold.train)) end
    return list, { first = list[1], n = 2 }
  end }
return pipeline "p" { define = function() folds { recipe = recipe() } end }
]], { ["data.csv"] = TABLE })
  p:ok "run main.lua"
  p:ok "run main.lua"
  check.eq(p:statuses "p", "recipe=cached folds=cached")
end)

check.done()

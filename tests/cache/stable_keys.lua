-- stable_keys.lua -- steps that reach every function, class and value that rille gives to
-- scripts; stable_keys_test.lua runs it as keys.lua and compares the keys of the steps.
local rille = require "rille"
local t = rille.types

local BATTERIES <const> = {
  { "json", function(m) return m.encode { 1 } end },
  { "yaml", function(m) return m.decode "a: 1".a end },
  { "csv", function(m) return m.read ~= nil end },
  { "sqlite", function(m) return m.read ~= nil end },
  { "frame", function(m) return m.new { { "a", { 1, 2 } } }.n_rows end },
  { "array", function(m) return m.zeros { 3 }:sum() end },
  { "svm", function(m) return m.SVC ~= nil end },
  { "linear", function(m) return m.Regression ~= nil end },
  { "tree", function(m) return m.fit ~= nil end },
  { "forest", function(m) return m.fit ~= nil end },
  { "neighbors", function(m) return m.fit ~= nil end },
  { "bayes", function(m) return m.fit ~= nil end },
  { "kmeans", function(m) return m.fit ~= nil end },
  { "pca", function(m) return m.fit ~= nil end },
  { "xgboost", function(m) return m.Classifier ~= nil end },
  { "metrics", function(m) return m.accuracy ~= nil end },
  { "preprocess", function(m) return m.load ~= nil end },
  { "drift", function(m) return m.load ~= nil end },
  { "search", function(m) return m.grid ~= nil end },
  { "split", function(m) return m.k_fold ~= nil end },
  { "testing", function(m) return m.near ~= nil end },
}
local FIELDS <const> = { "load", "encode", "read", "new", "fit" }

local steps = {}

-- A module as a whole, each of its functions, each of its classes and their methods.
for _, one in ipairs(BATTERIES) do
  local name, use = one[1], one[2]
  local m = require("rille." .. name)
  steps[name .. "_use"] = function() return use(m) end
  steps[name .. "_whole"] = function()
    local n = 0
    for _, k in ipairs(FIELDS) do if pcall(function() return m[k] end) then n = n + 1 end end
    return n
  end
  for k, v in pairs(m) do
    if type(v) == "function" and type(k) == "string" then
      steps[name .. "_fn_" .. k] = function() return type(v) end
    elseif type(v) == "table" and type(k) == "string" then
      steps[name .. "_class_" .. k] = function() return type(v) end
      for method, f in pairs(v) do
        if type(f) == "function" then
          steps[name .. "_method_" .. k .. "_" .. tostring(method)] = function() return type(f) end
        end
      end
    end
  end
end
for k, v in pairs(t) do if type(k) == "string" then steps["t_" .. k] = function() return type(v) end end end
for k, v in pairs(rille) do if type(v) ~= "string" then steps["rille_" .. k] = function() return type(v) end end end
steps.t_all = function() return t.integer ~= nil end
steps.rille_all = function() return rille ~= nil end

-- What is loaded when it is asked for.
local stack, flavor = rille.stack, rille.flavor
local has, component = stack.has, stack.orchestrator
steps.lazy_stack = function() return stack ~= nil end
steps.lazy_flavor = function() return type(flavor) end
steps.lazy_stack_has = function() return type(has) end
steps.lazy_component = function() return component.name end
local model, models = rille.model, rille.models
steps.lazy_model = function() return type(model) end
steps.lazy_models = function() return type(models) end
local declared = rille.model "declared" { license = "MIT" }
steps.model_value = function() return declared.name end

-- Values of rille's classes that a step captures.
local frame = require "rille.frame"
local table_of_two = frame.new { { "a", { 1, 2, 3 } }, { "b", { "x", "y", "x" } } }
steps.frame_value = function() return table_of_two.n_rows end
steps.frame_column = function() return table_of_two:column "a":sum() end
local vector = require("rille.array").from { 1, 2, 3 }
steps.array_value = function() return vector:sum() end
local file = rille.file "keys.lua"
steps.file_value = function() return file ~= nil end
local inner = rille.step "inner" {
  inputs = { t.number "x" }, params = { a = t.number { default = 1 } }, outputs = { t.number "y" },
  run = function(x) return x end,
}
steps.step_value = function() return inner ~= nil end
local with = inner:with { a = 3 }
steps.with_value = function() return with ~= nil end
local renamed, read = inner:with { id = "renamed" }, inner:with { id = "read" }
local _ = read.name
steps.with_id = function() return renamed ~= nil end
steps.with_id_read = function() return read ~= nil end
local pipe = rille.pipeline "inside" { define = function() inner { x = 1 } end }
steps.pipeline_value = function() return pipe ~= nil end
local bounded = t.integer { min = 1 }
steps.type_value = function() return bounded ~= nil end
steps.date = function()
  local f = require "rille.frame"
  return f.new { { "a", { 1 } } } ~= nil
end

-- The methods of those values.
local VALUES <const> = {
  { "file", file }, { "step", inner }, { "frame", table_of_two }, { "pipe", pipe }, { "type", t.integer { min = 1 } },
  { "port", t.integer "n" },
}
for _, one in ipairs(VALUES) do
  local meta = debug.getmetatable(one[2])
  for k, f in pairs(meta) do
    if type(f) == "function" and type(k) == "string" then
      steps["meta_" .. one[1] .. "_" .. k] = function() return type(f) end
    end
  end
  for k, f in pairs(type(meta.__index) == "table" and meta.__index or {}) do
    if type(f) == "function" then steps["index_" .. one[1] .. "_" .. k] = function() return type(f) end end
  end
end

local order, made = {}, {}
for name in pairs(steps) do order[#order + 1] = name end
table.sort(order)
for i, name in ipairs(order) do made[i] = rille.step(name) { outputs = { t.any "v" }, run = steps[name] } end

local words = rille.step "words" {
  command = { "sh", "-c", "echo hi > {outputs.o}" }, outputs = { t.string "o" },
}
local text = rille.step "text" {
  inputs = { t.integer "n" }, outputs = { t.string "o" },
  command = "echo {inputs.n} > {outputs.o}; cat keys.lua | wc -l",
}
local numbers = rille.step "numbers" { outputs = { t.list(t.integer) "l" }, run = function() return { 1, 2, 3 } end }
local square = rille.step "square" {
  inputs = { t.integer "n" }, outputs = { t.integer "q" }, run = function(n) return n * n end,
}

return rille.pipeline "p" { params = { k = 2 }, define = function(params)
  for _, step in ipairs(made) do step() end
  words {}
  text { n = params.k }
  square:map { n = numbers() }
end }

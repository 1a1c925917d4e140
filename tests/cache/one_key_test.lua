-- One key per step: whatever computes it, and whatever of rille is loaded.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local json = require "rille.json"
local scratch = require "scratch"

local B = paths.build

-- What a step does with a module, which it captures as m.
local MODULES = {
  { "json", 'm.encode { 1, "x" }' },
  { "yaml", 'm.decode("a: 1").a' },
  { "csv", 'm.chunks ~= nil and m.read ~= nil' },
  { "sqlite", "m.read ~= nil and m.write ~= nil" },
  { "frame", 'm.new { { "a", { 1, 2 } } }.n_rows' },
  { "array", "m.zeros({ 3 }):sum()" },
  { "svm", "m.SVC.fit ~= nil and m.load ~= nil" },
  { "linear", "m.Regression.fit ~= nil and m.Logistic.fit ~= nil and m.load ~= nil" },
  { "tree", "m.fit ~= nil and m.load ~= nil" },
  { "forest", "m.fit ~= nil and m.load ~= nil" },
  { "neighbors", "m.fit ~= nil and m.load ~= nil" },
  { "bayes", "m.fit ~= nil and m.load ~= nil" },
  { "kmeans", "m.fit ~= nil and m.load ~= nil" },
  { "http", "m.listen ~= nil" },
  { "pca", "m.fit ~= nil and m.load ~= nil" },
  { "xgboost", "m.Classifier.fit ~= nil and m.Regressor.fit ~= nil and m.load ~= nil" },
  { "metrics", "m.accuracy(require('rille.array').from { 1 }, require('rille.array').from { 1 })" },
  { "preprocess", "m.scale {} ~= nil and m.load ~= nil" },
  { "drift", "m.gate {} ~= nil and m.load ~= nil" },
  { "search", "#m.candidates { a = { 1, 2 } }" },
  { "split", "#m.k_fold(4, 2, 1)" },
  { "testing", "m.near ~= nil and m.test ~= nil" },
}

-- A script with steps that use each module: its fields, a field taken before, the
-- whole table by a name that is computed, and a require inside the step.
local function script_of(before)
  local lines = { "local rille = require 'rille'", "local t = rille.types", before or "",
    "local names = { 'load', 'encode', 'read', 'new', 'fit' }", "local steps = {}" }
  local function add(text, ...) lines[#lines + 1] = string.format(text, ...) end
  for _, one in ipairs(MODULES) do
    local name, use = one[1], one[2]
    add("do local m = require 'rille.%s'", name)
    add("steps.%s_fields = function() return %s end", name, use)
    add("local taken = m[%q]", use:match "m%.([%w_]+)")
    add("steps.%s_taken = function() return type(taken) end", name)
    add("steps.%s_whole = function() local n = 0; for _, k in ipairs(names) do if pcall(function() return m[k] "
      .. "end) then n = n + 1 end end return n end",
      name)
    add("end")
    add("steps.%s_inside = function() local m = require 'rille.%s'; return %s end", name, name, use)
  end
  add [[
local made, order = {}, {}
for name in pairs(steps) do order[#order + 1] = name end
table.sort(order)
for i, name in ipairs(order) do made[i] = rille.step(name) { outputs = { t.any "v" }, run = steps[name] } end
local p = rille.pipeline "p" { define = function() for _, s in ipairs(made) do s() end end }
if rille.main() then p:run { run_name = "program" } end
return p]]
  return table.concat(lines, "\n") .. "\n"
end

-- { [step] = key } of a run, and how many were cached.
local function keys_of(project, name)
  local r = project:rille("show " .. name .. " --json")
  local keys, cached, n = {}, 0, 0
  for _, one in ipairs(json.decode(r.out).steps) do
    keys[one.id], n = one.key, n + 1
    if one.status == "cached" then cached = cached + 1 end
  end
  return keys, cached, n
end

local project <close> = scratch.new()
project:write("main.lua", script_of())
local first = project:rille "run main.lua --name first"
if first.code ~= 0 then error(first.err) end
local expected, _, COUNT = keys_of(project, "first")

local function same(name, what)
  for id, key in pairs((keys_of(project, name))) do check.eq(key, expected[id], what .. ": step " .. id) end
end

local function all_cached(what)
  local list = json.decode(project:rille("plan main.lua --json").out).items
  check.eq(#list, COUNT)
  for _, one in ipairs(list) do check.eq(one.status, "cached", what .. ": plan of step " .. one.id) end
end

check.test("there is a step for each module and each way to use it", function() check.eq(COUNT, 4 * #MODULES) end)

check.test("plan, graph and verify --rerun compute the keys of the run", function()
  all_cached "as it was"
  for _, node in ipairs(json.decode(project:rille("graph main.lua --json").out).nodes) do
    if node.kind == "step" then check.eq(node.status, "cached", "graph: step " .. node.id) end
  end
  local r = project:rille "verify first --rerun 100% --json"
  check.eq(r.code, 0, r.out)
  for _, one in ipairs(json.decode(r.out).steps) do
    check.eq(one.state, "same", "verify: step " .. one.step .. ": " .. tostring(one.why))
  end
end)

check.test("a program and the C library compute the keys of the run", function()
  check.eq(project:rille("main.lua").code, 0)
  same("program", "as a program")
  local r = project:sh(scratch.quoted(B .. "/tracer") .. " .rille main.lua p")
  check.eq(r.code, 0, r.err)
  same("p@-1", "through the C library")
  local _, cached = keys_of(project, "p@-1")
  check.eq(cached, COUNT)
end)

check.test("a stock Lua with rille.so computes the keys of the run", function()
  local lua = scratch.stock_lua() or check.cannot "there is no lua5.4"
  project:write("stock.lua", 'dofile("main.lua"):run { run_name = "stock", cache = false }')
  local r = project:sh(string.format("LUA_CPATH=%s %s stock.lua", scratch.quoted(B .. "/?.so"), lua))
  check.eq(r.code, 0, r.err)
  same("stock", "in a stock Lua")
end)

local function reversed(list)
  local out = {}
  for i = #list, 1, -1 do out[#out + 1] = list[i] end
  return out
end

local function requires(list)
  local lines = {}
  for _, name in ipairs(list) do lines[#lines + 1] = "require 'rille." .. name .. "'" end
  return table.concat(lines, "; ")
end

local names = {}
for i, one in ipairs(MODULES) do names[i] = one[1] end

for _, one in ipairs {
  { "all modules in order", requires(names) },
  { "all modules the other way round", requires(reversed(names)) },
  { "modules of rille's own",
    requires { "query.history", "run", "show.draw.from_run", "show.progress", "script.config", "run.watch",
      "host.layout" } },
  { "history looked at", "local _ = #rille.pipelines.p.runs" },
} do
  check.test("loading first does not change a key: " .. one[1], function()
    project:write("main.lua", script_of(one[2]))
    all_cached(one[1])
    local name = "again-" .. one[1]:gsub("%W", "-")
    check.eq(project:rille("run main.lua --no-cache --name " .. name).code, 0)
    same(name, one[1])
  end)
end

for i, name in ipairs(names) do
  check.test("loading rille." .. name .. " first does not change a key", function()
    project:write("main.lua", script_of(requires { name, names[i % #names + 1] }))
    all_cached(name)
  end)
end

check.test("a searcher that a script adds is not asked for modules of rille's own", function()
  project:write("searcher.lua", [[
local rille = require "rille"
table.insert(package.searchers, 1, function(name) if name:find "^rille" then print("asked for " .. name) end end)
local s = rille.step "s" { outputs = { rille.types.number "n" }, run = function(p, ctx) ctx:log "hello" return 1 end }
return rille.pipeline "p" { define = function() s() end }
]])
  local r = project:rille "run searcher.lua --no-cache"
  check.eq(r.code, 0, r.err)
  r = project:rille "log p@-1"
  check.has(r.out, "hello")
  check.ok(not (r.out .. r.err):find "asked for", r.out)
end)

check.done()

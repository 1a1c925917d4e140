-- rille plan: its estimate of the time, and reasons in a script.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local HEAD = [[
local rille = require "rille"
local array, frame = require "rille.array", require "rille.frame"
local t = rille.types
]]

local MAIN = HEAD .. [[
local base = 2
local function double(x)
  return x * base
end
local make = rille.step "make" {
  params = { n = 3 }, outputs = { t.integer "out" },
  run = function(p)
    local f = assert(io.open "data.txt")
    local v = f:read "n"
    f:close()
    print("made of " .. p.n)
    return p.n % 2 + v + #(os.getenv "RILLE_MODE" or "")
  end,
}
local twice = rille.step "twice" {
  inputs = { t.integer "x" }, params = { k = 1 }, outputs = { t.integer "n" },
  run = function(x, p) return double(x) * p.k end,
}
return rille.pipeline "main" {
  params = { n = 3 },
  define = function(p)
    local m = make { n = p.n }
    twice { x = m }
    twice:with { id = "again" } { x = m }
  end,
}
]]

local function project()
  local p = scratch.new()
  p:write("main.lua", MAIN)
  p:write("data.txt", "5\n")
  return p
end

local SLOW = HEAD .. [[
local wait = rille.step "wait" { inputs = { t.any "x" }, params = { n = 1, s = 0.05 }, outputs = { t.integer "y" }, run = function(_, p)
  local t0 = os.clock()
  while os.clock() - t0 < p.s do end
  return p.n
end, cache = "always" }
local join = rille.step "join" { inputs = { t.list(t.integer) "xs" }, outputs = { t.integer "y" }, run = function(xs) return #xs end }
return rille.pipeline "main" { params = { n = 1, more = 0 }, define = function(p)
  local list = {}
  for i = 1, 4 + p.more do list[i] = wait:with { id = "w" .. i } { x = i, n = p.n * 10 + i } end
  join(list)
end }
]]

check.test("plan estimates the time from past runs, for one job and for several", function()
  local p <close> = scratch.new()
  p:write("main.lua", SLOW)
  local told = p:json("plan main.lua")
  check.eq({ told.estimate.unknown, told.estimate.seconds, told.items[1].estimate }, { 5, 0.0, nil })
  check.has(p:ok("plan main.lua"), "no estimate: the steps have not run before")
  p:ok("run main.lua -q")
  told = p:json("plan main.lua --set n=2 -j 2")
  local e = told.estimate
  check.ok(e.seconds > 0.19, "seconds " .. e.seconds)
  check.ok(e.up_to >= e.seconds and e.with_jobs < e.seconds * 0.8 and e.chain < e.with_jobs, "jobs")
  check.eq({ e.jobs, e.unknown, told.items[1].estimate.same_code }, { 2, 0, true })
  local text = p:ok("plan main.lua --set n=2 -j 2")
  check.has(text, "about ")
  check.has(text, " with -j 2")
  check.has(text, "estimate: median of earlier runs")
  check.has(text, "<= ")
  told = p:json("plan main.lua")
  check.ok(told.estimate.saved > 0.19 and told.estimate.seconds == 0, "saved")
  check.has(p:ok("plan main.lua"), "the cache saves ")
end)

check.test("plan estimates a new id by its step, and other code by that before, and says so", function()
  local p <close> = scratch.new()
  p:write("main.lua", SLOW)
  p:ok("run main.lua -q")
  local told = p:json("plan main.lua --set more=1")
  check.eq(told.items[5].estimate.same_code, true)
  p:write("main.lua", (SLOW:gsub("return p.n\n", "return p.n + 0\n")))
  check.eq(p:json("plan main.lua").items[1].estimate.same_code, false)
end)

check.test("plan estimates a step by runs with inputs about as large, and no map without items", function()
  local p <close> = scratch.script [[
local array = require "rille.array"
local make = step "make" { params = { n = 20000 }, outputs = { t.vector "v" },
  run = function(p) return array.zeros { p.n } end }
local sum = step "sum" { inputs = { t.vector "v" }, params = { k = 0 }, outputs = { t.number "s" },
  run = function(v) return v:sum() end }
local list = step "list" { params = { k = 0 }, outputs = { t.list(t.integer) "l" },
  run = function(p) return { 1, 2, p.k } end }
local item = step "item" { inputs = { t.integer "n" }, outputs = { t.integer "m" }, run = function(n) return n end }
return pipeline "main" { params = { n = 20000, k = 0 }, define = function(p)
  sum { v = make { n = p.n }, k = p.k }
  item:map { n = list { k = p.k } }
end }
]]
  p:ok "run main.lua -q"
  local function estimates(arguments)
    local found = {}
    for _, one in ipairs(p:json("plan main.lua " .. arguments).items) do
      found[#found + 1] = one.id .. "=" .. (one.status == "cached" and "cached" or one.estimate and "known" or "none")
    end
    return table.concat(found, " ")
  end
  check.eq(estimates "--set k=1", "make=cached sum=known list=known item=none")
  p:ok "run main.lua -q --only make --set n=40000"
  check.eq(estimates "--set n=40000", "make=cached sum=none list=cached item[1]=cached item[2]=cached item[3]=cached")
  p:ok "run main.lua -q --only make --set n=21000"
  check.eq(estimates "--set n=21000", "make=cached sum=known list=cached item[1]=cached item[2]=cached item[3]=cached")
end)

check.test("p:plan in a script tells the reasons", function()
  local p <close> = project()
  p:ok("run main.lua -q")
  p:write("look.lua",
    'local p = dofile "main.lua"\nfor _, one in ipairs(p:plan { params = { n = 9 } }) do print(one.id, '
      .. 'one.status, one.reason) end\n')
  check.has(p:ok("look.lua"), "make\trun\tparameter n 3 -> 9\n")
end)

check.done()

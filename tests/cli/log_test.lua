-- rille log.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local function find(list, field, value)
  for _, one in ipairs(list) do if one[field] == value then return one end end
  error("there is none with " .. field .. " = " .. tostring(value), 2)
end

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

check.test("log groups by step, with times, and says where a cached one is from", function()
  local p <close> = project()
  p:ok("run main.lua -q --name a")
  check.ok(p:ok("log a"):find "^%-%- make  %d%d:%d%d:%d%d  completed in [%d.]+ %a+\nmade of 3\n$")
  check.eq(p:ok("log a/make"), "made of 3\n")
  local r = p:rille "log a/twice"
  check.eq({ r.out, r.err }, { "", "step twice of run a printed and logged nothing\n" })
  p:ok("run main.lua -q --name b")
  check.has(p:ok("log b"), "-- make  cached, of a/make\nmade of 3\n")
  local items = p:json("log b").items
  check.eq({ items[1].step, items[1].cached_from, items[1].log, items[1].status },
    { "make", "a/make", "made of 3\n", "cached" })
end)

check.done()

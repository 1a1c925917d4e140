-- Materializers of a script, and the versions and names of artifacts.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local POINT = [[
local Point = { __name = "Point" }
Point.__index = Point
local function point(x, y) return setmetatable({ x = x, y = y }, Point) end
rille.materializer "point" {
  class = Point, version = 1,
  save = function(v, art) art:write("point.txt", v.x .. " " .. v.y) art:meta { sum = v.x + v.y } end,
  load = function(art) local x, y = art:read "point.txt":match "(%S+) +(%S+)" return point(tonumber(x), tonumber(y)) end,
  preview = function(v) return ("(%d, %d)"):format(v.x, v.y) end,
}
local make = step "make" { outputs = { t.point "p" }, run = function() return point(1, 2) end }
local use = step "use" { inputs = { t.point "p" }, outputs = { t.integer "n" }, run = function(p) return p.x + p.y end }
return pipeline "main" { define = function() use(make()) end }
]]

check.test("a materializer of the script keeps its class; its code and version are in the key", function()
  local p <close> = scratch.script(POINT)
  p:ok("run main.lua -q")
  check.eq(p:ok("artifact get main::make::p"), "1 2")
  p:edit("version = 1", "version = 2")
  p:ok("run main.lua -q")
  check.eq(p:newest().make.status, "completed")
  p:edit('v.x .. " " .. v.y', 'v.x .. "  " .. v.y')
  p:ok("run main.lua -q")
  check.eq(p:newest().make.status, "completed")
  p:edit('"(%d, %d)"', '"<%d, %d>"')
  p:ok("run main.lua -q")
  check.eq(p:newest().make.status, "cached")
end)

check.test("two materializers of one class need a choice, which a node may make", function()
  local p <close> = scratch.script [[
    local P = { __name = "P" }
    local function both(name) return rille.materializer(name) { class = P, version = 1,
      save = function(_, art) art:write(name, "") end, load = function() return setmetatable({}, P) end } end
    local one, two = both "one", both "two"
    local s = step "s" { params = { n = 1 }, outputs = { t.any "p" }, run = function() return setmetatable({}, P) end }
    return pipeline "main" { define = function() s:with { materializers = two } {} s:with { id = "x", materializers = { p = one } } {} end }]]
  p:ok("run main.lua -q")
  check.eq(p:json("artifact show main::s::p").members[1].name, "two")
  check.eq(p:json("artifact show main::x::p").members[1].name, "one")
  p:edit("s:with { materializers = two } {}", "s { n = 2 }")
  local _, err = p:ok("run main.lua -q", 1)
  check.has(err, "a value of class P has two materializers, one and two; choose one")
end)

check.test("a type without a materializer is an error before the run, a value without one names step and output",
  function()
  local p <close> = scratch.script [[
    local s = step "s" { outputs = { t.any "p" }, run = function() return setmetatable({}, { __name = "Thing" }) end }
    return pipeline "main" { define = function() s() end }]]
  local _, err = p:ok("run main.lua -q", 1)
  check.has(err, "failed step s of run")
  check.has(err, 'output "p": a value of class Thing has no materializer; define one with rille.materializer')
  p:edit("t.any", "t.thing")
  _, err = p:ok("run main.lua -q", 3)
  check.has(err, 'main.lua:3: unknown type "thing"')
end)

check.test("metadata and preview of a materializer are shown", function()
  local p <close> = scratch.script(POINT)
  p:ok("run main.lua -q")
  local text = p:ok("show main::make::p")
  check.has(text, "preview     (1, 2)")
  check.has(text, "metadata    sum = 3")
end)

check.test("an artifact has versions in order, 10 after 9, and the name of its port", function()
  local p <close> = scratch.script [[
    local s = step "s" { params = { n = 0 }, outputs = { t.integer "n" { name = "counter" } }, run = function(p) return p.n end }
    return pipeline "main" { params = { n = 0 }, define = function(p) s { n = p.n } end }]]
  for n = 1, 10 do p:ok("run main.lua -q --set n=" .. n) end
  local item = p:json("artifact list counter").items[1]
  check.eq({ item.name, item.version }, { "counter", 10 })
  check.eq(p:ok("artifact get counter"), "10")
  p:ok("run main.lua -q --no-cache --set n=10")
  check.eq(p:json("artifact list counter").items[1].version, 10, "the same bytes are no new version")
end)

check.done()

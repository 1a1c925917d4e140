-- Materializers of a script, and the versions and names of artifacts.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local json = require "rille.json"

local HEAD = [[
local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
]]

-- A project with the files; text is main.lua less its head.
local function project(text, files)
  local p = scratch.new()
  p:write("main.lua", HEAD .. text)
  for name, content in pairs(files or {}) do p:write(name, content) end
  return p
end

-- Runs rille; it has to end with the code (0), and gives what it printed.
local function ok(p, args, code)
  local r = p:rille(args)
  check.eq(r.code, code or 0, args .. ": " .. r.err .. r.out)
  return r.out, r.err
end

local function ask(p, args) return json.decode((ok(p, args .. " --json"))) end

-- The newest run: its steps by id.
local function newest(p, name)
  local run = ask(p, "show " .. (name or "main") .. "@-1")
  local steps = {}
  for _, one in ipairs(run.steps) do steps[one.id] = one end
  return steps, run
end

local function edit(p, from, to)
  local text = p:read "main.lua"
  local a, b = text:find(from, 1, true)
  check.ok(a, "main.lua has no " .. from)
  p:write("main.lua", text:sub(1, a - 1) .. to .. text:sub(b + 1))
end

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
  local p <close> = project(POINT)
  ok(p, "run main.lua -q")
  check.eq(ok(p, "artifact get main::make::p"), "1 2")
  edit(p, "version = 1", "version = 2")
  ok(p, "run main.lua -q")
  check.eq(newest(p).make.status, "completed")
  edit(p, 'v.x .. " " .. v.y', 'v.x .. "  " .. v.y')
  ok(p, "run main.lua -q")
  check.eq(newest(p).make.status, "completed")
  edit(p, '"(%d, %d)"', '"<%d, %d>"')
  ok(p, "run main.lua -q")
  check.eq(newest(p).make.status, "cached")
end)

check.test("two materializers of one class need a choice, which a node may make", function()
  local p <close> = project [[
    local P = { __name = "P" }
    local function both(name) return rille.materializer(name) { class = P, version = 1,
      save = function(_, art) art:write(name, "") end, load = function() return setmetatable({}, P) end } end
    local one, two = both "one", both "two"
    local s = step "s" { params = { n = 1 }, outputs = { t.any "p" }, run = function() return setmetatable({}, P) end }
    return pipeline "main" { define = function() s:with { materializers = two } {} s:with { id = "x", materializers = { p = one } } {} end }]]
  ok(p, "run main.lua -q")
  check.eq(ask(p, "artifact show main::s::p").members[1].name, "two")
  check.eq(ask(p, "artifact show main::x::p").members[1].name, "one")
  edit(p, "s:with { materializers = two } {}", "s { n = 2 }")
  local _, err = ok(p, "run main.lua -q", 1)
  check.has(err, "a value of class P has two materializers, one and two; choose one")
end)

check.test("a type without a materializer is an error before the run, a value without one names step and output", function()
  local p <close> = project [[
    local s = step "s" { outputs = { t.any "p" }, run = function() return setmetatable({}, { __name = "Thing" }) end }
    return pipeline "main" { define = function() s() end }]]
  local _, err = ok(p, "run main.lua -q", 1)
  check.has(err, "failed step s of run")
  check.has(err, 'output "p": a value of class Thing has no materializer; make one with rille.materializer')
  edit(p, "t.any", "t.thing")
  _, err = ok(p, "run main.lua -q", 3)
  check.has(err, 'main.lua:3: unknown type "thing"')
end)

check.test("metadata and preview of a materializer are shown", function()
  local p <close> = project(POINT)
  ok(p, "run main.lua -q")
  local text = ok(p, "show main::make::p")
  check.has(text, "preview     (1, 2)")
  check.has(text, "metadata    sum = 3")
end)

check.test("an artifact has versions in order, 10 after 9, and the name of its port", function()
  local p <close> = project [[
    local s = step "s" { params = { n = 0 }, outputs = { t.integer "n" { name = "counter" } }, run = function(p) return p.n end }
    return pipeline "main" { params = { n = 0 }, define = function(p) s { n = p.n } end }]]
  for n = 1, 10 do ok(p, "run main.lua -q --set n=" .. n) end
  local item = ask(p, "artifact list counter").items[1]
  check.eq({ item.name, item.version }, { "counter", 10 })
  check.eq(ok(p, "artifact get counter"), "10")
  ok(p, "run main.lua -q --no-cache --set n=10")
  check.eq(ask(p, "artifact list counter").items[1].version, 10, "the same bytes are no new version")
end)

check.done()

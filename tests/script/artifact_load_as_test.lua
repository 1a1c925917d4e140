-- artifact:load { as = TYPE }: views, other materializers, members, read-only arrays.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

-- Two materializers of class P, and one that covers P and Q.
local function two(options, port)
  return [[
    local P, Q = { __name = "P" }, { __name = "Q" }
    local function make(name, class) return rille.materializer(name) { class = class, version = 1,
      save = function(v, art) art:write(name, getmetatable(v).__name) end,
      load = function(art) return setmetatable({}, art:read(name) == "P" and P or Q) end } end
    local one, other = make("one", P), make("other", { P, Q })
    local s = step "s" { outputs = { t.]] .. (port or "any") .. [[ "v" }, run = function() return setmetatable({}, P) end, ]] .. (options or "") .. [[ }
    local q = step "q" { outputs = { t.any "v" }, run = function() return setmetatable({}, Q) end }
    return pipeline "main" { define = function() s {} q {} end }]]
end

local VIEWS = [[
local array, frame = require "rille.array", require "rille.frame"
local P = { __name = "P" }
rille.materializer "point" { class = P, version = 1,
  save = function(v, art) art:write("p.txt", v.x .. " " .. v.y) art:meta { x = v.x } end,
  load = function(art) local x, y = art:read "p.txt":match "(%S+) (%S+)" return setmetatable({ x = x, y = y }, P) end,
  views = { table = function(art) return { art:read "p.txt" } end } }
local other = rille.materializer "text" { claims = function() return false end, version = 1, save = function() end,
  load = function(art) return "read " .. art:read "p.txt" end }
local s = step "s" {
  outputs = { t.matrix "m", t.frame "f", t.table "columns", t.list(t.table) "records", t.list(t.integer) "l", t.any "p" },
  run = function()
    return array.from { { 1, 2 }, { 3, 4 } }, frame.new { { "a", { 1, 2 } }, { "b", { "x", "y" } } }, { u = { 1, 2 }, v = { 3, 4 } },
      { { k = 1, w = "a" }, { k = 2, w = "b" } }, { 7, 8 }, setmetatable({ x = 1, y = 2 }, P)
  end }
local main = pipeline "main" { define = function() s {} end }
local o = main:run {}.steps.s.outputs
local function try(f, ...) local fine, message = pcall(f, ...) print(fine, (tostring(message):gsub("^.-: ", "", 1))) end
]]

local function view(text)
  local p <close> = scratch.script(VIEWS .. text)
  return (p:ok("main.lua -q"))
end

check.test("an artifact is loaded as another type where there is a way", function()
  check.eq(view [[
    local f = o.m:load { as = "frame" }
    print(f.columns[1], f.columns[2], f:column "c2"[2], #o.m:load { as = "list" }, o.m:load { as = t.matrix }.shape[2])
    print(o.f:load { as = "list" }[2].b, o.f:load { as = "table" }.a[2], o.f:load().n_rows)
    print(o.columns:load { as = "frame" }:column "v"[1], o.records:load { as = "frame" }:column "w"[2], o.l:load { as = "vector" }[2])
  ]], "c1\tc2\t4\t2\t2\ny\t2\t2\n3\tb\t8\n")
end)

check.test("a materializer's own views, another materializer, and the members as they are", function()
  check.eq(view [[
    print(o.p:load { as = "table" }[1], o.p:load { as = "text" }, o.p:load { as = other }, o.p:load { as = "bytes" })
    print(o.p:load { as = "file" }:read(), o.p:load { as = "file" }.name, #o.f:load { as = "dir" }:files())
  ]], "1 2\tread 1 2\tread 1 2\t1 2\n1 2\tp.txt\t3\n")
end)

check.test("a view that there is not, or that does not fit, says so", function()
  check.eq(view [[
    try(o.m.load, o.m, { as = "fram" })
    try(o.m.load, o.m, { as = 5 })
    try(o.m.load, o.m, { is = "frame" })
    try(o.l.load, o.l, { as = "matrix" })
    try(o.l.load, o.l, { as = "frame" })
    try(o.f.load, o.f, { as = "bytes" })
  ]], [[
false	an artifact of type "array" cannot be loaded as "fram"; did you mean "frame"?
false	artifact:load: as must be the name of a type (as in { as = "frame" }), a type or a materializer, found 5
false	artifact:load: unknown field "is"; did you mean "as"?
false	expected a matrix (an array of two dimensions), found a vector of 2
false	a frame needs a list of records or a table of lists, found a list of  numbers
false	the artifact has 3 members (columns/1.npy, columns/2.json, frame.json); load it as "dir", or read one with artifact:bytes("columns/1.npy")
]])
end)

check.test("a step that loads an artifact which it captures is not cached, and says so", function()
  local p <close> = scratch.script [[
    local make = step "make" { outputs = { t.integer "n" }, run = function() return 1 end }
    local first = pipeline "first" { define = function() make() end }
    local a = first:run {}.steps.make.output
    local s = step "s" { outputs = { t.integer "n" }, run = function() return a:load() + 1 end }
    pipeline "main" { define = function() s() end }:run {}]]
  local _, err = p:ok("main.lua")
  check.has(err, "note      s: not cached: it uses artifact:load")
end)

check.test("a loaded array is read only, small or large", function()
  for _, n in ipairs { 3, 20000 } do
    local p <close> = scratch.script([[
      local array = require "rille.array"
      local make = step "make" { outputs = { t.vector "v" }, run = function() return array.ones { ]] .. n .. [[ } end }
      local s = step "s" { inputs = { t.vector "v" }, outputs = { t.number "n" }, run = function(v) v:set(1, 5) return v:sum() end }
      return pipeline "main" { define = function() s(make()) end }]])
    local _, err = p:ok("run main.lua -q", 1)
    check.has(err, "main.lua:5: the array is read-only, like everything loaded; change a copy: a:copy()")
    p:edit("v:set", "v = v:copy() v:set")
    p:ok("run main.lua -q")
    check.eq(p:ok("artifact get main::s::n"), n + 4 .. ".0")
  end
end)

check.done()

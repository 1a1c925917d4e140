-- Which materializer keeps a value: its class, the port's type, the step's field, the
-- node's choice, the project's own.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local HEAD <const> = scratch.HEAD

local function fields(list, name)
  local out = {}
  for i, one in ipairs(list) do out[i] = tostring(one[name]) end
  return table.concat(out, " ")
end

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

-- A pipeline with a value of class C, whose materializer's load gives the text.
local function loading(by, gives, rest)
  return scratch.script([[
    local C, D = { __name = "C" }, { __name = "D" }
    rille.materializer "thing" { ]] .. by .. [[, version = 1, save = function(v, art) art:write("x", "x") end, load = function(art) return ]] .. gives .. [[ end }
    local s = step "s" { outputs = { t.any "v" }, run = function() return setmetatable({}, C) end }
    local use = step "use" { inputs = { t.any "v" }, run = function(v) end }
    local p = pipeline "main" { define = function() ]] .. (rest or "s {}") .. [[ end }
    local ok, message = pcall(function() return p:run().steps.s.output:load() end)
    print(ok and "fine" or message)]])
end

check.test("what a materializer's load returns is of its class; one with claims may return what it likes", function()
  local wrong = 'materializer "thing" (main.lua:4): load returned 5, which does not have its class'
  local p <close> = loading("class = C", "5")
  check.has(p:ok("main.lua -q"), wrong)
  local other <close> = loading("class = C", "setmetatable({}, D)")
  check.has(other:ok("main.lua -q"),
    'materializer "thing" (main.lua:4): load returned a value of class D, which does not have its class')
  local claimed <close> = loading("claims = function(v) return getmetatable(v) == C end", "5")
  check.eq(claimed:ok("main.lua -q"), "fine\n")
  local both <close> = loading("class = { C, D }", "setmetatable({}, D)")
  check.eq(both:ok("main.lua -q"), "fine\n")
  local input <close> = loading("class = C", "5", "use(s {})")
  local out, err = input:ok("main.lua -q")
  check.has(out .. err, wrong)
end)

local function saved_by(p, name) return p:json("artifact show main::" .. name .. "::v").materializer end

check.test("a materializer may cover several classes; where two cover one, the step's field or the port's type "
  .. "says which",
  function()
  local p <close> = scratch.script(two "materializers = one")
  p:ok("run main.lua -q")
  check.eq({ saved_by(p, "s"), saved_by(p, "q") }, { "one", "other" })
  p:write("main.lua", HEAD .. two("materializers = { v = other }"))
  p:ok("run main.lua -q")
  check.eq(saved_by(p, "s"), "other")
  p:write("main.lua", HEAD .. two(nil, "one"))
  p:ok("run main.lua -q")
  check.eq(saved_by(p, "s"), "one")
  p:write("main.lua", HEAD .. two "")
  local _, err = p:ok("run main.lua -q", 1)
  check.has(err,
    'output "v": a value of class P has two materializers, one and other; choose one with :with { materializers '
      .. '= ... } or by the port\'s type, t.one or t.other')
end)

check.test("the node's choice goes before the port's type, the step's field and the value's class", function()
  local p <close> = scratch.script((two("materializers = one", "one"):gsub("s {} q",
    "s:with { materializers = other } {} q")))
  p:ok("run main.lua -q")
  check.eq(saved_by(p, "s"), "other")
end)

check.test("a choice that is not for the value, and two that claim it, are errors of the step", function()
  local p <close> = scratch.script((two():gsub("s {} q {}", "q:with { materializers = one } {}")))
  local _, err = p:ok("run main.lua -q", 1)
  check.has(err, 'output "v": materializer "one", which the node chose, is not for a value of class Q')
  p:write("main.lua", HEAD .. [[
    local function make(name) rille.materializer(name) { claims = function(v) return type(v) == "table" end, version = 1,
      save = function(v, art) art:write("v", "") end, load = function() return {} end } end
    make "one" make "other"
    local s = step "s" { outputs = { t.table "v" }, run = function() return {} end }
    return pipeline "main" { define = function() s {} end }]])
  _, err = p:ok("run main.lua -q", 1)
  check.has(err, 'output "v": a table has two materializers, one and other')
end)

check.test("a materializer of the project goes before the built-in one", function()
  local p <close> = scratch.script [[
    local frame = require "rille.frame"
    rille.materializer "tsv" { claims = frame.is, version = 1, save = function(f, art) art:write("rows.tsv", f.n_rows .. "\t") end,
      load = function(art) return frame.new { { "n", { 1 } } } end }
    local s = step "s" { outputs = { t.frame "v" }, run = function() return frame.new { { "n", { 1 } } } end }
    local u = step "u" { inputs = { t.frame "f" }, outputs = { t.integer "v" }, run = function(f) return f.n_rows end }
    return pipeline "main" { define = function() u(s()) end }]]
  p:ok("run main.lua -q")
  check.eq({ saved_by(p, "s"), (p:ok("artifact get main::u::v")) }, { "tsv", "1" })
end)

check.test("wrong fields of a materializer are mistakes at its line", function()
  local function wrong(text, message)
    local p <close> = scratch.script(text)
    local _, err = p:ok("run main.lua", 3)
    check.has(err, "main.lua:3: ")
    check.has(err, message)
  end
  local BODY = " version = 1, save = print, load = print }"
  wrong("rille.materializer 'm' { claims = print, views = { 1 }," .. BODY,
    'materializer "m": the name of a view must be a string, found 1')
  wrong("rille.materializer 'm' { claims = print, views = { frame = 1 }," .. BODY,
    'materializer "m": views.frame must be a function, found 1')
  wrong("rille.materializer 'm' { claims = print, veiws = {}," .. BODY,
    'materializer "m": unknown field "veiws"; did you mean "views"?')
  wrong("rille.materializer 'm' { claims = print, class = {}," .. BODY,
    'give either class (a metatable or a list of them) or claims')
  wrong("rille.types.matrix 'X' { tags = 'raw' }", 'port "X": tags must be a list of strings, found "raw"')
  wrong("rille.types.matrix 'X' { tags = { 'a b' } }",
    'port "X": a tag must be a string without spaces, @ or commas, found "a b"')
  wrong("rille.types.matrix 'X' { name = '' }", 'port "X": name must not be empty')
end)

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

check.done()

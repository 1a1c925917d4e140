-- Artifacts of other runs as inputs.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local function number(p, name) return (p:ok("artifact get " .. name)) end

-- make gives the number n, use takes it from outside.
local EXTERNAL = [[
local make = step "make" { params = { n = 1 }, outputs = { t.integer "n" }, run = function(p) return p.n end }
local producer = pipeline "producer" { params = { n = 1 }, define = function(p) make { n = p.n } end }
local double = step "double" { inputs = { t.integer "x" }, outputs = { t.integer "y" }, run = function(x) return 2 * x end }
local latest = rille.external { pipeline = "producer", artifact = "make::n" }
local user = pipeline "user" { define = function() double(latest) end }
]]

check.test("an artifact of another pipeline is an input; a later version of it is a miss, the same one a hit",
  function()
  local p <close> = scratch.script(EXTERNAL .. [[
    for _, n in ipairs { 1, 1, 7 } do
      producer:run { params = { n = n } }
      local s = user:run {}.steps.double
      print(s.status, s.output:load())
    end
    print(user:plan()[1].status)]])
  check.eq((p:ok("-q main.lua")), "completed\t2\ncached\t2\ncompleted\t14\ncached\n")
  p:write("main.lua", (p:read "main.lua") .. "\nreturn user")
  local out = p:ok("lineage user::double::y")
  check.ok(out:find "make +%x+  .* producer%-", out)
  check.has((p:ok("pipeline show user")), "external producer::make::n")
end)

check.test("an external artifact by version, by id, by the name of its port, by output alone, and from history",
  function()
  local p <close> = scratch.script(EXTERNAL .. [[
    local named = step "named" { outputs = { t.integer "n" { name = "the-answer" } }, run = function() return 42 end }
    pipeline "other" { define = function() named() end }:run {}
    producer:run { params = { n = 1 } }
    local second = producer:run { params = { n = 5 } }.steps.make.output
    local function try(fields)
      return pipeline "try" { define = function() double(rille.external(fields)) end }:run {}.steps.double.output:load()
    end
    print(try { pipeline = "producer", artifact = "make::n", version = 1 }, try { pipeline = "producer", artifact = "n" },
      try { pipeline = "producer", artifact = "n", version = "latest" }, try { pipeline = "producer", artifact = "n", version = "2" },
      try { id = second.digest }, try { id = second.digest:sub(1, 12) }, try { pipeline = "other", artifact = "the-answer" })
    print(double { x = second }:load(), double { x = rille.external { id = second.digest } }:load())]])
  check.eq((p:ok("-q main.lua")), "2\t10\t10\t10\t10\t10\t84\n10\t10\n")
end)

check.test("0, false and the empty text are values of an external artifact", function()
  local p <close> = scratch.script [[
    local show = step "show" { inputs = { t.any "x" }, outputs = { t.string "s" }, run = function(x) return type(x) .. tostring(x) end }
    local main = pipeline "main" { define = function()
      for i, v in ipairs { 0, false, "" } do show:with { id = "s" .. i } { x = rille.external { value = v } } end
    end }
    local run = main:run {}
    print(run.steps.s1.output:load(), run.steps.s2.output:load(), run.steps.s3.output:load())]]
  check.eq((p:ok("-q main.lua")), "number0\tbooleanfalse\tstring\n")
end)

check.test("an external artifact is an input of a pipeline too, also from the command line", function()
  local p <close> = scratch.script(EXTERNAL .. [[
    local main = pipeline "main" { inputs = { t.number "x" }, define = function(p, i) double(i.x) end }
    if rille.main() then
      producer:run { params = { n = 3 } }
      print(main:run { inputs = { x = latest } }.steps.double.output:load())
    end
    return main]])
  check.eq((p:ok("-q main.lua")), "6\n")
  p:ok("run main.lua -q --input x=artifact:producer::make::n")
  check.eq(p:statuses(), "double=cached")
  check.has(select(2, p:ok("run main.lua --input x=artifact:nothing", 2)), "no artifact named 'nothing'")
end)

check.test("an artifact whose bytes are gone is told when it is wired", function()
  local p <close> = scratch.script [[
    local array = require "rille.array"
    local make = step "make" { outputs = { t.vector "v" }, run = function() return array.arange(0, 10000) end }
    local sum = step "sum" { inputs = { t.vector "v" }, outputs = { t.number "s" }, run = function(v) return v:sum() end }
    pipeline "producer" { define = function() make() end }:run {}
    os.execute "rm -rf .rille/objects/*"
    pipeline "user" { define = function() sum(rille.external { pipeline = "producer", artifact = "v" }) end }:run {}]]
  local _, err = p:ok("-q main.lua", 3)
  check.has(err, "main.lua:8: ")
  check.has(err, "its bytes are missing from the store or damaged")
end)

check.done()

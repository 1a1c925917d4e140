-- Steps and pipelines written as classes.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local json = require "rille.json"

local HEAD <const> = scratch.HEAD

local function number(p, name) return (p:ok("artifact get " .. name)) end

local CLASS = [[
local Scale = rille.Step:extend "scale" { doc = "Scales.", inputs = { t.number "x" }, params = { by = 2.0 }, outputs = { t.number "y" } }
Scale.offset = 1
function Scale:shift(x) return x + self.offset end
function Scale:entrypoint(x, p, ctx) return self:shift(x * p.by) end
local Main = rille.Pipeline:extend "main" { params = { by = 2.0 } }
function Main:connect(p) Scale { x = 3, by = p.by } end
return Main
]]

local FUNCTION = [[
local scale = step "scale" { doc = "Scales.", inputs = { t.number "x" }, params = { by = 2.0 }, outputs = { t.number "y" },
  run = function(x, p, ctx) return x * p.by + 1 end }
return pipeline "main" { params = { by = 2.0 }, define = function(p) scale { x = 3, by = p.by } end }
]]

check.test("a step and a pipeline written as classes run, and are cached", function()
  local p <close> = scratch.script(CLASS)
  p:ok("run main.lua -q")
  check.eq(number(p, "main::scale::y"), "7.0")
  p:ok("run main.lua -q")
  check.eq(p:statuses(), "scale=cached")
  p:ok("run main.lua -q --set by=3.0")
  check.eq(number(p, "main::scale::y"), "10.0")
end)

check.test("class style and functional style give one wiring", function()
  local hashes = {}
  for i, text in ipairs { CLASS, FUNCTION } do
    local p <close> = scratch.script(text)
    p:ok("run main.lua -q")
    local shown = json.decode((p:ok("pipeline show main --json")))
    hashes[i] = shown.hash
    check.eq(shown.nodes[1].step, "scale")
  end
  check.eq(hashes[1], hashes[2])
end)

check.test("an entrypoint without self hits what the function made", function()
  local p <close> = scratch.script(FUNCTION)
  p:ok("run main.lua -q")
  p:write("main.lua", HEAD .. [[
    local Scale = rille.Step:extend "scale" { inputs = { t.number "x" }, params = { by = 2.0 }, outputs = { t.number "y" } }
    function Scale.entrypoint(x, p, ctx) return x * p.by + 1 end
    local Main = rille.Pipeline:extend "main"
    function Main:connect(p) Scale { x = 3 } end
    return Main]])
  p:ok("run main.lua -q")
  check.eq(p:statuses(), "scale=cached")
end)

check.test("an edit misses and a comment hits, as in the functional style", function()
  local p <close> = scratch.script(CLASS)
  p:ok("run main.lua -q")
  p:edit("function Scale:entrypoint", "-- a comment\n\nfunction Scale:entrypoint")
  p:ok("run main.lua -q")
  check.eq(p:statuses(), "scale=cached")
  p:edit("self:shift(x * p.by)", "self:shift(x * p.by * 10)")
  p:ok("run main.lua -q")
  check.eq(p:statuses(), "scale=completed")
  check.eq(number(p, "main::scale::y"), "61.0")
end)

check.test("what self holds is in the key: a value, a method; why names it", function()
  local p <close> = scratch.script(CLASS)
  p:ok("run main.lua -q")
  p:edit("Scale.offset = 1", "Scale.offset = 5")
  local out = p:ok("plan main.lua")
  check.has(out, "captured self.offset 1 -> 5")
  p:ok("run main.lua -q")
  check.eq(number(p, "main::scale::y"), "11.0")
  p:edit("return x + self.offset", "return x - self.offset")
  p:ok("run main.lua -q")
  check.eq(number(p, "main::scale::y"), "1.0")
end)

check.test("what self holds that cannot be hashed is refused, by its name", function()
  local p <close> = scratch.script((CLASS:gsub("Scale.offset = 1",
    'Scale.offset = 1\nScale.log = io.open("main.lua")')))
  local _, err = p:ok("run main.lua", 3)
  check.has(err, "self.log")
end)

check.test("a step that changes its self passes it on neither to another nor through the cache", function()
  local p <close> = scratch.script [[
    local Count = rille.Step:extend "count" { params = { i = 0 }, outputs = { t.integer "n" } }
    Count.n = 0
    function Count:entrypoint(p) self.n = self.n + 1 return self.n end
    local Main = rille.Pipeline:extend "main"
    function Main:connect()
      for i = 1, 2 do Count:with { id = "c" .. i } { i = i } end
    end
    return Main]]
  local _, err = p:ok("run main.lua")
  check.has(err, "self.n")
  check.eq(number(p, "main::c2::n"), "1")
  p:ok("run main.lua -q")
  check.eq(number(p, "main::c2::n"), "1")
end)

check.test("a class of a class takes over fields, methods and body, and may change each", function()
  local p <close> = scratch.script [[
    local Scale = rille.Step:extend "scale" { inputs = { t.number "x" }, params = { by = 2.0, plus = 0.0 }, outputs = { t.number "y" } }
    Scale.offset = 1
    function Scale:shift(x) return x + self.offset end
    function Scale:entrypoint(x, p) return self:shift(x * p.by) + p.plus end
    local Far = Scale:extend "far" { params = { by = 10.0 } }
    Far.offset = 100
    local Both = Far:extend "both"
    function Both:entrypoint(x, p) return Scale.entrypoint(self, x, p) + Far.entrypoint(self, x, p) end
    local Base = rille.Pipeline:extend "base" { params = { x = 1.0 } }
    function Base:connect(p) self.first { x = p.x } end
    Base.first = Scale
    local Main = Base:extend "main"
    function Main:connect(p)
      Base.connect(self, p)
      Far { x = p.x }
      Both { x = p.x }
    end
    return Main]]
  p:ok("run main.lua -q")
  check.eq(number(p, "main::scale::y"), "3.0")
  check.eq(number(p, "main::far::y"), "110.0")
  check.eq(number(p, "main::both::y"), "220.0")
end)

check.test("extend with no fields of its own is a class, not a call of the parent's body", function()
  local p <close> = scratch.script [[
    local Base = rille.Step:extend "base" { outputs = { t.integer "n" } }
    function Base:entrypoint() return self:number() end
    local One = Base:extend "one" {}
    function One:number() return 1 end
    local Two = One:extend "two" {}
    function Two:number() return 2 end
    return pipeline "main" { define = function() One {} Two {} end }
  ]]
  p:ok("run main.lua")
  check.eq(p:statuses(), "one=completed two=completed")
  check.eq(number(p, "main::two::n"), "2")
end)

check.test("a class is called in a step, its fn runs outside, :with keeps its self", function()
  local p <close> = scratch.script [[
    local Add = rille.Step:extend "add" { inputs = { t.number "x" }, params = { by = 1.0 }, outputs = { t.number "y" } }
    Add.base = 40
    function Add:entrypoint(x, p) return self.base + x + (p and p.by or 0) end
    local outer = step "outer" { outputs = { t.number "y" }, run = function() return Add(1) end }
    local far = Add:with { id = "far", by = 100.0 }
    local Main = rille.Pipeline:extend "main"
    function Main:connect() outer() far { x = 1 } end
    if rille.main() then print(Add.fn(2), Add { x = 1 }:load()) end
    return Main]]
  p:ok("run main.lua -q")
  check.eq(number(p, "main::outer::y"), "41.0")
  check.eq(number(p, "main::far::y"), "141.0")
  check.eq((p:ok("-q main.lua")), "42\t42.0\n")
  p:edit("Add.base = 40", "Add.base = 50")
  p:ok("run main.lua -q")
  check.eq(number(p, "main::outer::y"), "51.0", "a captured class")
end)

check.test("a class may be a command, and pass it on", function()
  local p <close> = scratch.script [[
    local Echo = rille.Step:extend "echo" { params = { text = "hi" }, outputs = { t.string "s" }, command = { "echo", "{params.text}" }, stdout = "s" }
    local Loud = Echo:extend "loud" { params = { text = "HO" } }
    local Main = rille.Pipeline:extend "main"
    function Main:connect() Echo() Loud {} end
    return Main]]
  p:ok("run main.lua -q")
  check.has(number(p, "main::echo::s"), "hi")
  check.has(number(p, "main::loud::s"), "HO")
  p:ok("run main.lua -q")
  check.eq(p:statuses(), "echo=cached loud=cached")
end)

check.test("rille.steps finds a step of either style by its name", function()
  local p <close> = scratch.script [[
    step "plain" { run = function() end }
    local Class = rille.Step:extend "class"
    function Class:entrypoint() end
    print(rille.steps.plain, rille.steps.class, rille.steps.class == Class)
    print(pcall(function() return rille.steps.clas end))]]
  local out = p:ok("main.lua")
  check.has(out, 'step "plain"\tstep "class"\ttrue')
  check.has(out, 'there is no step "clas"; did you mean "class"?')
end)

check.done()

-- hit_test: what makes no difference does not run a step again.
--
-- A case is a phrase and two versions of a project (see cache_miss.lua) of the
-- same meaning: on the second one the step `work` must be cached, and everything
-- must be what an empty store gives.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local oracle = require "oracle"

local function install(project, version)
  if type(version) == "string" then version = { run = version } end
  project:write("main.lua", version.main or oracle.program(version))
  project:write_all(version.files or {})
  if version.setup then project:shell(version.setup) end
  return { env = version.env, args = version.args, program = version.program, cwd = version.cwd, name = version.name,
    script = version.script }
end

local phrases, n_phrases, n_cases = {}, 0, 0

local function named(phrase, variant, fn)
  if not phrases[phrase] then phrases[phrase], n_phrases = true, n_phrases + 1 end
  n_cases = n_cases + 1
  local name = "must hit: " .. phrase .. (variant ~= "" and " (" .. variant .. ")" or "")
  check.test(name, fn)
end

local function all_cached(run, ...)
  local ids = { ... }
  if #ids == 0 then ids = run.order end
  for _, id in ipairs(ids) do
    check.eq(run.steps[id].status, "cached", "step " .. id .. " (" .. (run.notes[id] or "")
      .. tostring(run.steps[id].reason) .. ")")
  end
end

local function case(phrase, variant, one, two)
  named(phrase, variant, function()
    local project <close> = oracle.project()
    local first = project:complete(install(project, one))
    local second = project:complete(install(project, two))
    check.eq(second.steps.work.status, "cached", "work")
    all_cached(second)
    project:judge(second)
    for name, digest in pairs(first.steps.work.outputs) do check.eq(second.steps.work.outputs[name], digest, name) end
  end)
end

local function run(body) return "function(...) " .. body .. " end" end
local function both(phrase, variant, parts, change)
  local two = {}
  for k, v in pairs(parts) do two[k] = v end
  for k, v in pairs(change) do two[k] = v end
  case(phrase, variant, parts, two)
end

-- The step in class style: methods are what follows its definition.
local function class(methods)
  local text = oracle.program { run = "CLASS", tail = methods }
  return { main = (text:gsub('rille%.step "work"', 'rille.Step:extend "work"'):gsub("  run = CLASS,\n", "")) }
end

-- ---- the text ----

case("comments", "in the body", run "return 1", "function(...) -- why\n --[[ and\n more ]] return 1 end")
case("comments", "above the step", run "return 1", { top = "-- one\n-- two\n--[[\nthree\n]]", run = run "return 1" })
case("comments", "in a helper", { top = "local function f() return 1 end", run = run "return f()" },
  { top = "-- a helper\nlocal function f() -- of mine\n  return 1\nend", run = run "return f()" })
case("comments", "a first line with #", { main = oracle.program(run "return 1") },
  { main = "#!/usr/bin/env rille\n" .. oracle.program(run "return 1") })
case("blank lines", "", run "local x = 1 return x", "function(...)\n\n\n  local x = 1\n\n  return x\n\nend")
case("blank lines", "above", run "return 1", { top = "\n\n\n\n", run = run "return 1" })
case("blank lines", "carriage returns", run "local x = 1\n return x", run "local x = 1\r\n return x\r\n")
case("moved functions", "helpers exchanged",
  { top = "local function f() return 1 end\nlocal function g() return 2 end", run = run "return f() + g()" },
  { top = "local function g() return 2 end\nlocal function f() return 1 end", run = run "return f() + g()" })
case("moved functions", "run written above", run "return 1",
  { top = "local function body(...) return 1 end", run = "body" })
case("moved functions", "a global helper below the step", { top = "function F() return 1 end", run = run "return F()" },
  { run = run "return F()", tail = "function F() return 1 end" })
case("moved functions", "into another file", { top = "local function f() return 1 end", run = run "return f()" },
  { top = "local f = require 'm'", run = run "return f()", files = { ["m.lua"] = "return function() return 1 end" } })
case("reindentation", "", run "for i = 1, 2 do if i == 2 then return i end end",
  "function(...)\n\tfor i = 1, 2 do\n\t\tif i == 2 then\n\t\t\treturn i\n\t\tend\n\tend\nend")
case("reindentation", "semicolons", run "local a = 1 local b = 2 return a + b",
  run "local a = 1; local b = 2; return a + b;")
case("renamed locals and parameters", "locals", run "local x, y = 1, 2 return x + y",
  run "local one, two = 1, 2 return one + two")
case("renamed locals and parameters", "arguments of run",
  { fields = "params = { n = 1 },", run = "function(p) return p.n end" },
  { fields = "params = { n = 1 },", run = "function(params) return params.n end" })
case("renamed locals and parameters", "arguments of a helper",
  { top = "local function f(a, b) return a - b end", run = run "return f(3, 2)" },
  { top = "local function f(b, a) return b - a end", run = run "return f(3, 2)" })
case("renamed locals and parameters", "a helper", { top = "local function f() return 1 end", run = run "return f()" },
  { top = "local function helper() return 1 end", run = run "return helper()" })
case("renamed locals and parameters", "a captured variable", { top = "local k = { a = 1 }", run = run "return k.a" },
  { top = "local constants = { a = 1 }", run = run "return constants.a" })
case("renamed locals and parameters", "the variable of a loop",
  run "local s = 0 for i = 1, 3 do s = s + i end return s", run "local s = 0 for n = 1, 3 do s = s + n end return s")
case("renamed locals and parameters", "a label", run "goto done do end ::done:: return 1",
  run "goto finished do end ::finished:: return 1")
case("renamed locals and parameters", "an upvalue of a nested function",
  run "local x = 1 return (function() return x end)()", run "local y = 1 return (function() return y end)()")

local plain = oracle.program(run "return 1")
case("renamed step or pipeline variable", "the variable", { main = plain },
  { main = (plain:gsub("local work =", "local labour ="):gsub("= work {}", "= labour {}")) })
case("renamed step or pipeline variable", "the step, under its old id", { main = plain },
  { main = (plain:gsub('rille.step "work"', 'rille.step "labour"'):gsub("= work {}",
    "= work:with { id = 'work' } {}")) })
named("renamed step or pipeline variable", "the step", function()
  local project <close> = oracle.project()
  project:complete(install(project, { main = plain }))
  local second = project:complete(install(project, { main = (plain:gsub('rille.step "work"', 'rille.step "labour"')) }))
  all_cached(second, "labour", "after")
  project:judge(second)
end)
case("renamed step or pipeline variable", "the pipeline", { main = plain },
  { main = (plain:gsub('rille.pipeline "p"', 'rille.pipeline "q"'):gsub("local p =", "local q ="):gsub("return p\n",
    "return q\n")) })
case("renamed step or pipeline variable", "the doc", run "return 1",
  { fields = "doc = 'It works.',", run = run "return 1" })
case("unrelated functions above or below", "above", run "return 1",
  { top = "local function other() return io end\nfunction GLOBAL() return other end", run = run "return 1" })
case("unrelated functions above or below", "below", run "return 1",
  { run = run "return 1", tail = "function GLOBAL() return _ENV end" })
case("unrelated functions above or below", "changed",
  { top = "local function other() return 1 end", run = run "return 1" },
  { top = "local function other() return 2 end", run = run "return 1" })
case("unrelated functions above or below", "another global", { top = "A = 1", run = run "return A" },
  { top = "A = 1 B = 2", run = run "return A" })
case("unrelated functions above or below", "another field of a table that is used by its fields",
  { top = "local o = { a = 1 }", run = run "return o.a" },
  { top = "local o = { a = 1, b = 2 }", run = run "return o.a" })
case("unrelated functions above or below", "a method of string that is not used", run "return ('a'):upper()",
  { top = "function string.plus(s) return s end", run = run "return ('a'):upper()" })
case("unrelated functions above or below", "another step", run "return 1",
  { top = "rille.step 'other' { outputs = { t.any 'o' }, run = function() return 5 end }", run = run "return 1" })
case("unrelated functions above or below", "an unused module", run "return 1",
  { top = "local m = require 'm'", run = run "return 1", files = { ["m.lua"] = "return {}" } })
case("unrelated functions above or below", "another function of a module that is used by its fields",
  { top = "local m = require 'm'", run = run "return m.f()",
    files = { ["m.lua"] = "return { f = function() return 1 end }" } },
  { top = "local m = require 'm'", run = run "return m.f()",
    files = { ["m.lua"] = "return { g = function() return 2 end, f = function() return 1 end }" } })
case("comments", "in a class", class "work.k = 1 function work:entrypoint() return self.k end",
  class "-- a value\nwork.k = 1 -- one\n\nfunction work:entrypoint()\n  -- it\n  return self.k\nend")
case("moved functions", "methods exchanged",
  class("function work:f() return 1 end function work:g() return 2 end function work:entrypoint() return self:f() "
    .. "+ self:g() end"),
  class("function work:entrypoint() return self:f() + self:g() end function work:g() return 2 end function "
    .. "work:f() return 1 end"))
case("moved functions", "into a class, as a function", run "return 1",
  class "function work.entrypoint(...) return 1 end")
case("quotes of strings", "", run "return 'a' .. \"b\"", run "return \"a\" .. [[b]]")
case("quotes of strings", "escapes", run "return 'a\\65\\x42'", run "return 'aA' .. '' == '' or 'aAB'"
  and run "return 'aAB'")
case("`0x10` for 16", "", run "return 16", run "return 0x10")
case("`0x10` for 16", "1e1 for 10.0", run "return 10.0", run "return 1e1")
case("`5 + 5` for 10", "", run "return 10", run "return 5 + 5")
case("`5 + 5` for 10", "parentheses", run "local x = ... return 2 * (3 + 4)",
  run "local x = ... return (2 * ((3 + 4)))")
case("`t.x` for `t[\"x\"]`", "a local table", run "local o = { x = 1 } return o.x",
  run "local o = { ['x'] = 1 } return o['x']")
case("`t.x` for `t[\"x\"]`", "a captured table", { top = "local o = { x = 1 }", run = run "return o.x" },
  { top = "local o = { ['x'] = 1 }", run = run "return o['x']" })
case("`t.x` for `t[\"x\"]`", "calls without parentheses", run "return ('x'):rep(2, ',') .. tostring 'a'",
  run "return ('x'):rep(2, ',') .. tostring('a')")
case("`t.x` for `t[\"x\"]`", "function a.f() for a.f = function()",
  { top = "local a = {} function a.f() return 1 end", run = run "return a.f()" },
  { top = "local a = {} a.f = function() return 1 end", run = run "return a.f()" })
case("`t.x` for `t[\"x\"]`", "a table with its fields in another order",
  { top = "local o = { x = 1, y = 2 }", run = run "return o" },
  { top = "local o = { y = 2 } o.x = 1", run = run "return o" })

local MODULE = "return { f = function(x) return x + 1 end }"
local COMMENTED = "-- a module\nreturn {\n  f = function(n) -- one more\n    return n + 1\n  end,\n}\n"
both("comments in a module", "above the step",
  { top = "local m = require 'm'", run = run "return m.f(1)", files = { ["m.lua"] = MODULE } },
  { files = { ["m.lua"] = COMMENTED } })
both("comments in a module", "inside the step",
  { run = run "return require('m').f(1)", files = { ["m.lua"] = MODULE } }, { files = { ["m.lua"] = COMMENTED } })
both("comments in a module", "a module of a module",
  { run = run "return require('k').f(1)", files = { ["k.lua"] = "return require 'm'", ["m.lua"] = MODULE } },
  { files = { ["m.lua"] = COMMENTED } })
both("comments in a module", "twice", { run = run "return require('m').f(1)", files = { ["m.lua"] = COMMENTED } },
  { files = { ["m.lua"] = "-- 2\n-- 3\n" .. COMMENTED } })

local ACTS = "G = 1 require('reg').v = 1 return function() return G end"
local REG = "return {}"
both("comments in a module", "that acts elsewhere than in its value",
  { run = run "return require('m')() + require('reg').v", files = { ["m.lua"] = ACTS, ["reg.lua"] = REG } },
  { files = { ["m.lua"] = "-- it acts\n" .. ACTS, ["reg.lua"] = "\n" .. REG } })
both("comments in a module", "named rille/...",
  { run = run "return require('rille.helpers').f(1)", files = { ["rille/helpers.lua"] = MODULE } },
  { files = { ["rille/helpers.lua"] = COMMENTED } })
both("comments in a module", "loaded above the step, required in it",
  { top = "require 'm'", run = run "return require('m').f(1)", files = { ["m.lua"] = MODULE } },
  { files = { ["m.lua"] = COMMENTED } })
both("comments in a module", "that needs rille and a battery",
  { run = run "return require('m').f(1)",
    files = { ["m.lua"] = "local rille = require 'rille' local json = require 'rille.json' " .. MODULE } },
  { files = { ["m.lua"] = "-- more\nlocal rille = require 'rille' local json = require 'rille.json' " .. MODULE } })
local SEARCHER = "table.insert(package.searchers, 1, function(n) if n == 'm' then return function() return { v = "
  .. "1 } end end end)"
both("comments in a module", "of a searcher of the script's", { top = SEARCHER, run = run "return require('m').v" },
  { top = "-- a searcher\n" .. SEARCHER })
both("comments in a module", "that is preloaded",
  { top = "package.preload.m = function() return { v = 1 } end", run = run "return require('m').v" },
  { top = "package.preload.m = function()\n  -- again\n  return { v = 1 }\nend" })

-- Code that a step brings in, run again as it was.
local function again(variant, parts) both("code that a step brings in, unchanged", variant, parts, {}) end
again("in an environment of the step's own",
  { run = run "local e = { x = 1 } return loadfile('k.lua', 't', e)()", files = { ["k.lua"] = "return x" } })
again("in a captured environment",
  { top = "local e = { x = 1 }", run = run "return loadfile('k.lua', 't', e)()",
    files = { ["k.lua"] = "y = x return y" } })
again("a battery, first needed in the step", { run = run "return require('rille.json').encode { 1 }" })
again("a battery, by a module",
  { run = run "return (require 'm')", files = { ["m.lua"] = "return require('rille.json').encode { 1 }" } })
again("a standard library", { run = run "return require('string').upper 'a'" })
again("a module with random numbers",
  { run = run "return (require 'm')", files = { ["m.lua"] = "return math.random()" } })
again("a module that is not there", { run = run "return (pcall(function() require 'm' end))" })
again("a module in a coroutine",
  { run = run "return coroutine.wrap(function() return (require 'm') end)()",
    files = { ["m.lua"] = "G = 5 return G" } })
again("a module whose memo fills",
  { top = "local m = require 'm'", run = run "return require('m').f(1)",
    files = { ["m.lua"] = "local memo = {} return { f = function(x) memo[x] = x return memo[x] end }" } })
-- Two steps that load one module: each for itself, in whatever process.
local TWO_LOAD = [[
local rille = require "rille"
local t = rille.types
local work = rille.step "work" { outputs = { t.any "out" }, run = function() return require("m").next() end }
local more = rille.step "more" { inputs = { t.any "x" }, outputs = { t.any "out" }, run = function(x) return x * 10 + require("m").next() end }
return rille.pipeline "p" { define = function() more { x = work {} } end }
]]
for _, jobs in ipairs { { "1", "2" }, { "2", "1" } } do
  both("another `-j`", "a module that two steps load, " .. jobs[1] .. " and " .. jobs[2],
    { main = TWO_LOAD, args = "-j " .. jobs[1],
      files = { ["m.lua"] = "local n = 0 return { next = function() n = n + 1 return n end }" } },
    { args = "-j " .. jobs[2] })
end

-- ---- arguments ----

local TWO = { params = "a = 1, b = 2", fields = "params = { a = 1, b = 2 },", run = "function(p) return p.a + p.b end",
  call = "{ a = p.a, b = p.b }" }
local function args(text)
  return { params = TWO.params, fields = TWO.fields, run = TWO.run, call = TWO.call, args = text }
end
case("reordered `--set`", "of the pipeline", args "--set a=3 --set b=4", args "--set b=4 --set a=3")
case("reordered `--set`", "of a step", args "--set work.a=3 --set b=4", args "--set b=4 --set work.a=3")
case("reordered `--set`", "the default in words", args "", args "--set a=1")
case("reordered `--set`", "an integer for a number",
  { fields = "params = { n = 1.0 },", run = "function(p) return p.n end", args = "--set work.n=2" },
  { fields = "params = { n = 1.0 },", run = "function(p) return p.n end", args = "--set work.n=2.0" })
both("keys of a parameter table written in another order", "",
  { fields = "params = { o = t.table },", run = "function(p) return p.o end",
    call = "{ o = { a = 1, b = { 1, 2 }, [3] = 'x' } }" },
  { call = "{ o = { [3] = 'x', b = { 1, 2 }, a = 1 } }" })
both("keys of a parameter table written in another order", "declarations in another order",
  { fields = "params = { a = 1, b = 2 },", run = "function(p) return p.a - p.b end" },
  { fields = "params = { b = 2, a = 1 }," })
both("keys of a parameter table written in another order", "of a table that is an input",
  { fields = "inputs = { t.table 'o' },", run = "function(o) return o end", call = "{ o = { a = 1, b = 2 } }" },
  { call = "{ o = { b = 2, a = 1 } }" })

-- ---- the world ----

local READ = run "local f = io.open 'k.txt' local s = f:read 'a' f:close() return s"
both("a touched but unchanged file", "touched", { run = READ, files = { ["k.txt"] = "one" } },
  { files = {}, setup = "touch -d '+1 hour' k.txt" })
both("a touched but unchanged file", "written again", { run = READ, files = { ["k.txt"] = "one" } }, {})
both("a touched but unchanged file", "replaced by a copy", { run = READ, files = { ["k.txt"] = "one" } },
  { files = {}, setup = "cp k.txt l.txt; mv l.txt k.txt" })
both("a touched but unchanged file", "a module inside the step",
  { run = run "return require('m').f(1)", files = { ["m.lua"] = MODULE } },
  { files = {}, setup = "touch -d '+1 hour' m.lua" })
both("a touched but unchanged file", "the script", { run = run "return 1" }, { setup = "touch -d '+1 hour' main.lua" })
both("a touched but unchanged file", "a file that is still not there", { run = run "return io.open 'k.txt' == nil" },
  { files = { ["l.txt"] = "other" } })
both("a touched but unchanged file", "another file beside it", { run = READ, files = { ["k.txt"] = "one" } },
  { files = { ["l.txt"] = "two" } })
both("a touched but unchanged file", "rille.file",
  { fields = "inputs = { t.file 'f' },",
    run = "function(f) local h = io.open(f.path) local s = h:read 'a' h:close() return s end",
    call = "{ f = rille.file 'k.txt' }", files = { ["k.txt"] = "one" } },
  { files = {}, setup = "touch -d '+1 hour' k.txt" })
named("a touched but unchanged file", "what it had written, written again the same", function()
  local project <close> = oracle.project()
  local parts = { run = run "local f = io.open('made.txt', 'w') f:write 'made' f:close() return 1" }
  project:complete(install(project, parts))
  project:shell "touch -d '+1 hour' made.txt"
  local second = project:complete()
  all_cached(second)
  project:judge(second)
end)
named("a touched but unchanged file", "a file that changes and changes back", function()
  local project <close> = oracle.project()
  local first = project:complete(install(project, { run = READ, files = { ["k.txt"] = "one" } }))
  project:write("k.txt", "two")
  project:complete()
  project:write("k.txt", "one")
  local third = project:complete()
  all_cached(third)
  check.eq(oracle.difference(third, first), nil)
end)
both("another working folder", "",
  { top = "local m = require 'm'", run = READ, files = { ["k.txt"] = "one", ["m.lua"] = "return 1" } }, { cwd = "/" })
named("a moved project folder", "with its store", function()
  local project <close> = oracle.project()
  project.store = project.dir .. "/.rille"
  project:complete(install(project,
    { top = "local m = require 'm'",
      run = run "local f = io.open 'd/k.txt' local s = f:read 'a' f:close() return s .. m() .. require 'k'",
    files = { ["d/k.txt"] = "one", ["m.lua"] = "return function() return 'm' end", ["k.lua"] = "return 'k'" } }))
  local moved = project.root .. "/moved"
  os.execute("mv " .. oracle.quote(project.dir) .. " " .. oracle.quote(moved))
  project.dir, project.store = moved, moved .. "/.rille"
  local second = project:complete()
  all_cached(second)
  project:judge(second)
end)
named("a moved project folder", "with files by rille.file and rille.dir", function()
  local project <close> = oracle.project()
  project:complete(install(project, { run = run "return rille.file('k.txt'):read() .. #rille.dir('d'):files()",
    files = { ["k.txt"] = "one", ["d/l.txt"] = "two" } }))
  local moved = project.root .. "/moved"
  os.execute("mv " .. oracle.quote(project.dir) .. " " .. oracle.quote(moved))
  project.dir = moved
  local second = project:complete()
  all_cached(second)
  project:judge(second)
end)
named("a moved project folder", "with a file as an input", function()
  local project <close> = oracle.project()
  project:complete(install(project,
    { fields = "inputs = { t.file 'f', t.dir 'd' },", run = "function(f, d) return f:read() .. #d:files() end",
      call = "{ f = rille.file 'k.txt', d = rille.dir 'd' }",
    files = { ["k.txt"] = "one", ["d/l.txt"] = "two" } }))
  local moved = project.root .. "/moved"
  os.execute("mv " .. oracle.quote(project.dir) .. " " .. oracle.quote(moved))
  project.dir = moved
  local second = project:complete()
  all_cached(second)
  project:judge(second)
end)
case("more", "io.write and io.output in a step", run "io.write 'x' io.output():write 'y' return 1",
  run "io.write 'x' io.output():write 'y' return 1")
case("more", "a default output of its own",
  run "local o = io.output() io.output 'w.txt' io.write 'x' io.close() io.output(o) io.write 'z' return 1",
  run "local o = io.output() io.output 'w.txt' io.write 'x' io.close() io.output(o) io.write 'z' return 1")
case("more", "io.tmpfile",
  run "local f = io.tmpfile() f:write 'abc' f:seek 'set' local s = f:read 'a' f:close() return s",
  run "local f = io.tmpfile() f:write 'abc' f:seek 'set' local s = f:read 'a' f:close() return s")
case("more", "a file that it made and returned",
  run "local f = io.open('w.txt', 'w') f:write 'a' f:close() return rille.file('w.txt'):read()",
  run "local f = io.open('w.txt', 'w') f:write 'a' f:close() return rille.file('w.txt'):read()")
local function returned(name)
  local parts = { outputs = "t.file 'out'",
    run = "function(_, ctx) local NAME = ctx.tmpdir .. '/x' local f = io.open(NAME, 'w') f:write 'a' f:close() "
      .. "return rille.file(NAME) end" }
  return { main = oracle.program(parts):gsub("NAME", name):gsub("return text%(x%)", "return x:read()") }
end
case("more", "a file in the temporary folder, returned", returned "path", returned "name")
-- The project moves, and everything is a hit.
local function moves(variant, parts)
  named("a moved project folder", variant, function()
    local project <close> = oracle.project()
    project:complete(install(project, parts))
    local moved = project.root .. "/moved"
    os.execute("mv " .. oracle.quote(project.dir) .. " " .. oracle.quote(moved))
    project.dir = moved
    local second = project:complete()
    all_cached(second)
    project:judge(second)
  end)
end
moves("the path of rille.file as a value",
  { run = run "return rille.file('d/k.txt').path", files = { ["d/k.txt"] = "one" } })
moves("the path of rille.dir as a value",
  { run = run "return rille.dir('./d//').path .. tostring(rille.dir 'd')", files = { ["d/k.txt"] = "one" } })
moves("io.open of the path of rille.file",
  { run = run "local f <close> = io.open(rille.file('k.txt').path) return f:read 'a'", files = { ["k.txt"] = "one" } })
moves("io.lines below the path of rille.dir",
  { run = run "return io.lines(rille.dir('d').path .. '/k.txt')()", files = { ["d/k.txt"] = "one" } })
moves("csv.read of the path of rille.file",
  { top = "local csv = require 'rille.csv'", run = run "return csv.read(rille.file('k.csv').path).n_rows",
    files = { ["k.csv"] = "a\n1\n" } })
moves("a captured rille.file",
  { top = "local file = rille.file 'k.txt'", run = run "return file:read()", files = { ["k.txt"] = "one" } })
moves("a script that a command names",
  { main = oracle.program({ fields = "command = { 'sh', 'k.sh' }, stdout = 'out',", outputs = 't.string "out"',
    run = "RUN" }):gsub("  run = RUN,\n",
    ""),
  files = { ["k.sh"] = "echo one" } })
named("another working folder", "with paths of rille.file and rille.dir", function()
  local project <close> = oracle.project()
  local parts = { run = run("local f <close> = io.open(rille.file('k.txt').path) return f:read 'a' .. "
    .. "io.popen('cat ' .. rille.dir('d').path .. '/l.txt'):read 'a'"),
    fields = 'cache = "always",', files = { ["k.txt"] = "one", ["d/l.txt"] = "two" } }
  project:complete(install(project, parts))
  local second = project:complete { cwd = "/" }
  all_cached(second)
  project:judge(second)
end)
named("a moved project folder", "a copy beside it on the same store", function()
  local project <close> = oracle.project()
  project:complete(install(project, { run = READ, files = { ["k.txt"] = "one" } }))
  os.execute("cp -r " .. oracle.quote(project.dir) .. " " .. oracle.quote(project.root .. "/copy"))
  project.dir = project.root .. "/copy"
  local second = project:complete()
  all_cached(second)
  project:judge(second)
end)
case("another run name", "", { run = run "return 1", name = "spring" }, { run = run "return 1", name = "autumn" })
case("another run name", "while the step has a context",
  { run = "function(_, ctx) ctx:log('hello %s', 'world') ctx:log_metric { n = 1 } return 1 end", name = "spring" },
  { run = "function(_, ctx) ctx:log('hello %s', 'world') ctx:log_metric { n = 1 } return 1 end", name = "autumn" })
case("another `-j`", "", { run = run "return 1", args = "-j 1" }, { run = run "return 1", args = "-j 2" })
case("another limit or hook", "a timeout", { run = run "return 1" }, { run = run "return 1", fields = "timeout = 60," })
case("another limit or hook", "retries", { run = run "return 1", fields = "retries = 1," },
  { run = run "return 1", fields = "retries = { times = 3, delay = 1 }," })
case("another limit or hook", "resources", { run = run "return 1" },
  { run = run "return 1", fields = "resources = { cpu = 2, memory = '1GiB' }," })
case("another limit or hook", "a hook", { run = run "return 1", fields = "on_success = function() print 'one' end," },
  { run = run "return 1", fields = "on_success = function() print 'two' end," })
case("a step added beside", "a function of its own", run "return 1",
  { run = run "return 1",
    top = "local side = rille.step 'side' { outputs = { t.any 'o' }, run = function() return 2 end }",
    define_top = "" })
named("a step added beside", "a node", function()
  local project <close> = oracle.project()
  project:complete(install(project, run "return 1"))
  local second = project:complete(install(project,
    { run = run "return 1",
      top = "local side = rille.step 'side' { outputs = { t.any 'o' }, run = function() return 2 end }",
      define_top = "side {}" }))
  all_cached(second, "work", "after")
  check.eq(second.steps.side.status, "completed")
  project:judge(second)
end)
named("a step added beside", "a node of the same step", function()
  local project <close> = oracle.project()
  local parts = { fields = "params = { n = 1 },", run = "function(p) return p.n end" }
  project:complete(install(project, parts))
  parts.define_top = "work:with { id = 'again' } { n = 2 }"
  local second = project:complete(install(project, parts))
  all_cached(second, "work", "after")
  check.eq(second.steps.again.status, "completed")
  project:judge(second)
end)

named("an upstream step re-run with the same output (early cut-off)", "", function()
  local project <close> = oracle.project()
  project:complete(install(project, run "return 2"))
  local second = project:complete(install(project, run "return 1 + #'a'"))
  check.eq(second.steps.work.status, "completed")
  check.eq(second.steps.after.status, "cached")
  check.eq(second.ended.counts.cut_off, 1)
  project:judge(second)
end)
named("an upstream step re-run with the same output (early cut-off)", "one of two outputs", function()
  local project <close> = oracle.project()
  local parts = { run = run "return 1, 1", outputs = "t.any 'out', t.any 'two'", wire = ".out" }
  project:complete(install(project, parts))
  parts.run = run "return 1, 2"
  local second = project:complete(install(project, parts))
  check.eq(second.steps.work.status, "completed")
  check.eq(second.steps.after.status, "cached")
  project:judge(second)
end)
named("an upstream step re-run with the same output (early cut-off)", "a step with cache = false", function()
  local project <close> = oracle.project()
  local parts = { fields = "cache = false,", run = run "return 1" }
  project:complete(install(project, parts))
  local second = project:complete()
  check.eq(second.steps.work.status, "completed")
  check.eq(second.steps.after.status, "cached")
  project:judge(second)
end)
named("an upstream step re-run with the same output (early cut-off)", "because a file changed where it does not look",
  function()
  local project <close> = oracle.project()
  project:complete(install(project,
    { run = run "local f = io.open 'k.txt' local s = f:read(1) f:close() return s", files = { ["k.txt"] = "one" } }))
  project:write("k.txt", "out")
  local second = project:complete()
  check.eq(second.steps.work.status, "completed")
  check.eq(second.steps.after.status, "cached")
  project:judge(second)
end)

local SHARED = [[
local rille = require "rille"
local t = rille.types
local make = rille.step "make" { outputs = { t.any "o" }, run = function() return 1 end }
local use = rille.step "use" { inputs = { t.any "x" }, outputs = { t.any "o" }, run = function(x) return x + 1 end }
local one = rille.pipeline "one" { define = function() use { x = make {} } end }
local two = rille.pipeline "two" { define = function() use { x = make {} } end }
local literal = rille.pipeline "literal" { define = function() use { x = 1 } end }
return { one = one, two = two, literal = literal }
]]
named("the same step used in another pipeline with the same inputs", "", function()
  local project <close> = oracle.project()
  project:write("main.lua", SHARED)
  project:complete { args = "one" }
  local second = project:complete { args = "two" }
  all_cached(second)
  project:judge(second)
end)
named("the same step used in another pipeline with the same inputs", "a value in the script in place of a wire",
  function()
  local project <close> = oracle.project()
  project:write("main.lua", SHARED)
  project:complete { args = "one" }
  local second = project:complete { args = "literal" }
  all_cached(second)
  project:judge(second)
end)
named("the same step used in another pipeline with the same inputs", "in another script", function()
  local project <close> = oracle.project()
  project:write("main.lua", SHARED)
  project:complete { args = "one" }
  project:write("other.lua", SHARED)
  local second = project:complete { script = "other.lua", args = "two" }
  all_cached(second)
  project:judge(second)
end)
named("the same step used in another pipeline with the same inputs", "under two ids of one pipeline", function()
  local project <close> = oracle.project()
  local first = project:complete(install(project,
    { run = run "return 1", define_top = "work:with { id = 'twin' } {}" }))
  check.eq(first.steps.twin.outputs, first.steps.work.outputs)
  local second = project:complete()
  all_cached(second)
  project:judge(second)
end)

case("a seeded random step", "by its key", run "return math.random(1000000)",
  "function(...) -- drawn\n return math.random(1000000) end")
case("a seeded random step", "by a seed", run "math.randomseed(42) return math.random(1000000)",
  run "math.randomseed(42)  return math.random(1000000)")
case("a seeded random step", "through an alias",
  { top = "local draw = math.random", run = run "return draw() .. draw(5) .. draw(3, 9)" },
  { top = "local random = math.random", run = run "return random() .. random(5) .. random(3, 9)" })
case("a seeded random step", "array.random",
  { top = "local array = require 'rille.array'", run = run "return array.random({ 3 }, 7):sum()" },
  { top = "local a = require 'rille.array'", run = run "return a.random({ 3 }, 7):sum()" })
named("a seeded random step", "on two empty stores", function()
  local project <close> = oracle.project()
  local first = project:complete(install(project,
    run "local l = {} for i = 1, 100 do l[i] = math.random(1 << 40) end return l"))
  project:judge(first)
end)

-- ---- more ----

both("captured values that are one or two", "the same sharing, made in another way",
  { top = "local array = require 'rille.array' local a = array.from { 1, 2, 3 } local b, c = a:slice(1, 2), a",
    run = run "a[2] = 9 return b[2] + c[1]" },
  { top = "local array = require 'rille.array' local b, c local a = array.from { 1, 2, 3 } c = a b = c:slice(1, 2)" })
-- As parameters and inputs every value is a copy: nobody sees what was shared.
for _, given in ipairs { "{ 'test' }", "array.from { 1.5 }" } do
  local top = "local array = require 'rille.array' local one, two = " .. given .. ", " .. given .. " "
  both("captured values that are one or two", "as a parameter, " .. given,
    { top = top .. "local c = { { a = one }, one }", fields = "params = { c = t.any { default = false } },",
      run = "function(p) return p.c[1].a[1] end", call = "{ c = c }" },
    { top = top .. "local c = { { a = two }, one }" })
end
both("captured values that are one or two", "as an input",
  { top = "local one, two = { 'test' }, { 'test' } local c = { { a = one }, one }", fields = "inputs = { t.any 'c' },",
    run = "function(c) return c[1].a[1] end", call = "{ c = c }" },
  { top = "local one, two = { 'test' }, { 'test' } local c = { { a = two }, one }" })

both("another mathematical library or processor", "what is exact everywhere",
  { run = run("local x = 0.7 return math.floor(x) + math.sqrt(x) + math.fmod(x, 0.3) + x ^ 2 + x ^ 2.0 + "
    .. "math.max(x, 1) + x % 0.3 + math.pi + math.tointeger(3.0)") },
  { env = { GLIBC_TUNABLES = "glibc.malloc.tcache_count=7" } })

-- A materializer that no value of the step can be for.
local function beside_materializer(text)
  return "local S = { __name = 's' } S.__index = S\nrille.materializer 's' { class = S, version = 1, save = "
    .. "function(v, art) art:write('x', '"
    .. text
    .. "') end, load = function(art) return setmetatable({}, S) end }\n"
end
for port, value in pairs { ["t.integer"] = "1", ["t.string"] = "'a'", ["t.table"] = "{ 1 }", ["t.any"] = "{ 1 }",
  ["t.list(t.integer)"] = "{ 1 }", ["t.enum { 'a', 'b' }"] = "'a'",
  ["t.vector"] = "require('rille.array').from { 1.5 }", ["t.array"] = "require('rille.array').from { 1.5 }" } do
  local parts = { run = run("return " .. value), outputs = port .. " 'out'" }
  local function with(text)
    return { run = parts.run, outputs = parts.outputs, top = text and beside_materializer(text) }
  end
  case("a materializer of other values", "the first one, beside " .. port, parts, with "a")
  case("a materializer of other values", "its code, beside " .. port, with "a", with "b")
end
both("a materializer of other values", "beside a frame of any type",
  { top = beside_materializer "a", run = run "return require('rille.frame').new { { 'x', { 1, 2 } } }",
    outputs = "t.any 'out'" },
  { top = beside_materializer "b" })
both("a materializer of other values", "beside inputs",
  { top = beside_materializer "a", fields = "inputs = { t.any 'x', t.frame 'f' },",
  run = "function(x, f) return x + f.n_rows end",
    call = "{ x = 1, f = require('rille.frame').new { { 'x', { 1, 2 } } } }" },
    { top = beside_materializer "b" })
both("a materializer of other values", "its preview and its comments",
  { top = beside_materializer "a"
    .. "local c = rille.step 'c' { outputs = { t.any 'o' }, run = function() return setmetatable({}, S) end }",
  fields = "inputs = { t.any 'x' },", run = "function(x) return type(x) end", define_top = "local made = c {}",
  call = "{ x = made }" },
  { top = beside_materializer "a":gsub("version = 1,", "version = 1, -- one\n preview = function() return 'p' end,")
    .. "local c = rille.step 'c' { outputs = { t.any 'o' }, run = function() return setmetatable({}, S) end }" })

case("more", "a file read, with everything else new", { run = READ, files = { ["k.txt"] = "one" } },
  { top = "-- top\nlocal unused = 5",
    run = "function(...) -- read\n local h = io.open 'k.txt' local text = h:read 'a' h:close() return text end",
    name = "other", cwd = "/", setup = "touch k.txt" })
case("more", "a library that fills a table of its own",
  { top = "local memo = {} local function f(n) memo[n] = memo[n] or n * 2 return memo[n] end",
    run = run "return f(4)" },
  { top = "local memo = {} local function f(n) memo[n] = memo[n] or n * 2 return memo[n] end",
    run = run "return f(4)" })
case("more", "os.date of a given time in UTC", run "return os.date('!%Y', 0)", run "return os.date('!%Y', 0)")
case("more", "an environment variable that is not read",
  { run = run "return os.getenv 'RILLE_CASE_A'", env = { RILLE_CASE_A = "1", RILLE_CASE_B = "1" } },
  { run = run "return os.getenv 'RILLE_CASE_A'", env = { RILLE_CASE_A = "1", RILLE_CASE_B = "2" } })
case("more", "pairs over a captured table",
  { top = "local o = { b = 1, a = 2, [1] = 'x', [2.5] = 'y', [true] = 'z' }",
    run = run "local s = '' for k, v in pairs(o) do s = s .. tostring(k) .. v end return s" },
  { top = "local o = { [true] = 'z', a = 2 } o.b = 1 o[2.5] = 'y' o[1] = 'x'",
    run = run "local s = '' for k, v in pairs(o) do s = s .. tostring(k) .. v end return s" })
case("more", "the temporary folder",
  { run = "function(_, ctx) local path = ctx.tmpdir .. '/x' local f = io.open(path, 'w') f:write 'a' f:close() f "
    .. "= io.open(path) local s = f:read 'a' f:close() return s end" },
  { run = "function(_, ctx) local name = ctx.tmpdir .. '/x' local f = io.open(name, 'w') f:write 'a' f:close() f "
    .. "= io.open(name) local s = f:read 'a' f:close() return s end" })
case("more", "a file it wrote and read",
  run("local f = io.open('w.txt', 'w') f:write 'a' f:close() f = io.open 'w.txt' local s = f:read 'a' f:close() "
    .. "return s"),
  run("local f = io.open('w.txt', 'w') f:write 'a' f:close() f = io.open 'w.txt' local s = f:read 'a' f:close() "
    .. "return s"))
case("more", "print", run "print 'hello' io.write 'x' io.stderr:write 'y' return 1",
  run "print 'hello' io.write 'x' io.stderr:write 'y' return 1")
case("more", "a step that reads its own name", { run = "function(_, ctx) return ctx.step.name .. ctx.step.id end" },
  { run = "function(_, context) return context.step.name .. context.step.id end" })
case("more", "an array as a parameter",
  { top = "local array = require 'rille.array'", fields = "params = { n = t.array },",
    run = "function(p) return p.n:sum() end", call = "{ n = array.from { 1, 2, 3 } }" },
  { top = "local array = require 'rille.array' -- again", fields = "params = { n = t.array },",
    run = "function(p) return p.n:sum() end", call = "{ n = array.from { 1, 2, 3 } }" })

-- A project whose step `work` is a command with these fields.
local function of_command(fields, extra)
  local version = extra or {}
  version.main = 'local rille = require "rille"\nlocal t = rille.types\nlocal work = rille.step "work" { ' .. fields
    .. ' outputs = { t.string "out" }, stdout = "out" }\n' ..
    'return rille.pipeline "p" { define = function() work ' .. (version.call or "{}") .. " end }\n"
  return version
end
local SH = 'command = { "sh", "work.sh" },'
case("a command", "its script is touched, with comments beside it",
  of_command(SH, { files = { ["work.sh"] = "echo 1" } }),
  of_command("-- a script\n" .. SH, { setup = "touch work.sh", cwd = "/", name = "other" }))
case("a command", "another PATH that leads to the same program",
  of_command(SH, { files = { ["work.sh"] = "echo 1" }, env = { PATH = "/bin:/usr/bin" } }),
  of_command(SH, { env = { PATH = "/nowhere:/bin" } }))
case("a command", "a variable that it is not given",
  of_command(SH, { files = { ["work.sh"] = "echo 1" }, env = { RILLE_CASE = "1" } }),
  of_command(SH, { env = { RILLE_CASE = "2" } }))
case("a command", "the fields in another order", of_command('command = { "echo", "1" }, env = { A = "1", B = "2" },'),
  of_command('env = { B = "2", A = "1" }, command = { "echo", "1" },'))
case("a command", "a parameter's default that is given anyway",
  of_command('params = { n = 1 }, command = { "echo", "{params.n}" },', { call = "{ n = 5 }" }),
  of_command('params = { n = 2 }, command = { "echo", "{params.n}" },', { call = "{ n = 5 }" }))

-- ---- maps and branches ----

local function mapped(items, call)
  return string.format([[
local rille = require "rille"
local t = rille.types
local parts = rille.step "parts" { outputs = { t.list(t.any) "xs" }, run = function() return %s end }
local each = rille.step "each" { inputs = { t.any "x" }, outputs = { t.any "y" }, run = function(x) return { x } end }
local truth = rille.step "truth" { inputs = { t.any "x" }, outputs = { t.boolean "yes" }, run = function(x) return x == 2 end }
local work = rille.step "work" { inputs = { t.any "ys" }, outputs = { t.any "out" }, run = function(ys) return ys end }
return rille.pipeline "p" { define = function()
  local xs = parts()
  %s
end }
]], items, call or "work(each:map { x = xs })")
end

-- Two texts: the steps named are hits on the second.
local function hits(phrase, variant, one, two, ...)
  local ids = { ... }
  named(phrase, variant, function()
    local project <close> = oracle.project()
    project:complete(install(project, { main = one }))
    local second = project:complete(install(project, { main = two }))
    all_cached(second, table.unpack(ids))
    project:judge(second)
  end)
end

hits("items of a list", "one in front", mapped "{ 1, 2 }", mapped "{ 9, 1, 2 }", "each[2]", "each[3]")
hits("items of a list", "one gone", mapped "{ 1, 2, 3 }", mapped "{ 1, 3 }", "each[1]", "each[2]")
hits("items of a list", "another order", mapped "{ 1, 2, 'x' }", mapped "{ 'x', 2, 1 }", "each[1]", "each[2]",
  "each[3]")
hits("items of a list", "equal ones", mapped "{ 1, 2 }", mapped "{ 2, 2, 2 }", "each[1]", "each[2]", "each[3]")
hits("items of a list", "the same from a list in the script", mapped "{ 1, 2 }",
  mapped("{ 1, 2 }", "work(each:map { x = { 1, 2 } })"), "each[1]", "each[2]", "work")
hits("items of a list", "a call by hand", mapped("{ 7 }", "work(each { x = 7 })"),
  mapped("{ 7 }", "work:with { id = 'one' } (each:map { x = xs })"), "each[1]")
hits("items of a list", "the same list by fan-in",
  mapped("{ 7 }",
    "each:map { x = xs } local a, b = each:with { id = 'a' } { x = 1 }, each:with { id = 'b' } { x = 2 } local l "
      .. "= rille.step 'l' { inputs = { t.list(t.any) 'l' }, outputs = { t.any 'o' }, run = function(l) "
      .. "return l end } l { l = { a, b } }"),
  mapped("{ 1, 2 }",
    "local l = rille.step 'l' { inputs = { t.list(t.any) 'l' }, outputs = { t.any 'o' }, run = function(l) "
      .. "return l end } l { l = each:map { x = xs } }"),
  "each[1]", "each[2]", "l")
hits("a branch", "taken without its condition", mapped("{ 1 }", "work(each { x = 7 })"),
  mapped("{ 1 }", "work(rille.when(truth(2), { function() return each { x = 7 } end }))"), "each", "work")

print(string.format("%d phrases, %d cases", n_phrases, n_cases))
check.done()

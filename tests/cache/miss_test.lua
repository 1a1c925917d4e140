-- miss_test: whatever a step's result depends on, a change of it runs the step.
--
-- A case is a phrase, what of it is tried, and two versions of a project: the
-- second one must run the step `work` again, be cached when it is run once more,
-- and be what an empty store gives; going back to the first must give what the
-- first gave.  A version is the parts of a program (oracle.program), or its whole
-- text as main, with files = { NAME = text or false }, env, args, setup (shell
-- commands) and program.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local oracle = require "oracle"

local cases = {}
local function case(phrase, variant, one, two, options)
  cases[#cases + 1] = { phrase = phrase, variant = variant, one = one, two = two, options = options or {} }
end

local function text_of(version)
  if type(version) == "string" then return oracle.program(version) end
  return version.main or oracle.program(version)
end

local function install(project, version)
  project:write("main.lua", text_of(version))
  if type(version) == "string" then return {} end
  project:write_all(version.files or {})
  if version.setup then project:shell(version.setup) end
  return { env = version.env, args = version.args, program = version.program }
end

local function try(one)
  local options = one.options
  local project <close> = oracle.project()
  local first = project:complete(install(project, one.one))
  local second = project:complete(install(project, one.two))
  check.eq(second.steps.work.status, "completed", "work, changed")
  project:judge(second)
  local changed = first.steps.work.outputs.out ~= second.steps.work.outputs.out
  if not options.same then check.ok(changed, "the change made no other output, so the case shows nothing") end
  if not options.alone then
    check.eq(second.steps.after.status, options.after or changed and "completed" or "cached", "after")
  end
  local again = project:complete(second.options
    and { env = second.options.env, args = second.options.args, program = second.options.program })
  check.eq(again.steps.work.status, "cached", "work, unchanged (" .. (again.notes.work or "") .. ")")
  check.eq(oracle.difference(again, second), nil)
  if options.one_way then return end
  local back = project:complete(install(project, one.one))
  check.eq(oracle.difference(back, first), nil, "back at the first version")
end

-- ---- code ----

local function run(body) return "function(...) " .. body .. " end" end
local function of_top(top, body) return { top = top, run = run(body) } end

case("a constant in the body", "an integer", run "return 1", run "return 2")
case("a constant in the body", "a float", run "return 0.5", run "return 0.25")
case("a constant in the body", "a string", run "return 'a'", run "return 'b'")
case("a constant in the body", "a long string", run("return '" .. ("a"):rep(300) .. "'"),
  run("return '" .. ("a"):rep(299) .. "b'"))
case("a constant in the body", "an integer beside a float", run "return 1", run "return 1.0")
case("a constant in the body", "the sign of zero", run "return 0.0", run "return -0.0")
case("a constant in the body", "bytes of zero in a string", run [[return "a\0b"]], run [[return "a\0c"]])
case("a constant in the body", "an operator", run "local x = ... x = 7 return x // 2",
  run "local x = ... x = 7 return x % 2")
case("a constant in the body", "a comparison", run "local x = #... return x < 0", run "local x = #... return x <= 0")
case("a constant in the body", "a field's name", run "local o = { a = 1, b = 2 } return o.a",
  run "local o = { a = 1, b = 2 } return o.b")
case("a constant in the body", "a method's name", run "return ('Ab'):upper()", run "return ('Ab'):lower()")
case("a constant in the body", "of a nested function", run "return (function() return 1 end)()",
  run "return (function() return 2 end)()")
case("a constant in the body", "the order of two calls",
  run "local s = '' local function f(x) s = s .. x end f 'a' f 'b' return s",
  run "local s = '' local function f(x) s = s .. x end f 'b' f 'a' return s")
case("a constant in the body", "past 255 constants",
  run("local t = { "
    .. (function() local s = {} for i = 1, 300 do s[i] = i * 1000 + 7 end return table.concat(s, ", ") end)()
    .. " } return t[300]"),
  run("local t = { "
    .. (function() local s = {} for i = 1, 300 do s[i] = i * 1000 + 7 end s[300] = 5 return table.concat(s, ", ") end)()
    .. " } return t[300]"))

case("a helper called by it, two and three levels deep", "one level",
  of_top("local function f() return 1 end", "return f()"), of_top("local function f() return 2 end", "return f()"))
case("a helper called by it, two and three levels deep", "two levels",
  of_top("local function g() return 1 end local function f() return g() end", "return f()"),
  of_top("local function g() return 2 end local function f() return g() end", "return f()"))
case("a helper called by it, two and three levels deep", "three levels",
  of_top("local function h() return 1 end local function g() return h() end local function f() return g() end",
    "return f()"),
  of_top("local function h() return 2 end local function g() return h() end local function f() return g() end",
    "return f()"))
case("a helper called by it, two and three levels deep", "a helper that calls itself",
  of_top("local function f(n) if n == 0 then return 1 end return n * f(n - 1) end", "return f(4)"),
  of_top("local function f(n) if n == 0 then return 2 end return n * f(n - 1) end", "return f(4)"))
case("a helper called by it, two and three levels deep", "two that call each other",
  of_top("local g local function f(n) if n < 1 then return 0 end return 1 + g(n - 1) end function g(n) if n < 1 "
    .. "then return 0 end return 2 + f(n - 1) end",
    "return f(5)"),
  of_top("local g local function f(n) if n < 1 then return 0 end return 1 + g(n - 1) end function g(n) if n < 1 "
    .. "then return 0 end return 3 + f(n - 1) end",
    "return f(5)"))
case("a helper called by it, two and three levels deep", "given to pcall",
  of_top("local function f() return 1 end", "return select(2, pcall(f))"),
  of_top("local function f() return 2 end", "return select(2, pcall(f))"))
case("a helper called by it, two and three levels deep", "given to table.sort",
  of_top("local function f(a, b) return a < b end", "local l = { 2, 1, 3 } table.sort(l, f) return l"),
  of_top("local function f(a, b) return a > b end", "local l = { 2, 1, 3 } table.sort(l, f) return l"))
case("a helper called by it, two and three levels deep", "a method of a captured table",
  of_top("local o = {} function o:f() return self.k end o.k = 1", "return o:f()"),
  of_top("local o = {} function o:f() return self.k end o.k = 2", "return o:f()"))
case("a helper called by it, two and three levels deep", "a step called inside a step",
  of_top("local s = rille.step 's' { outputs = { t.any 'o' }, run = function() return 1 end }", "return s {}"),
  of_top("local s = rille.step 's' { outputs = { t.any 'o' }, run = function() return 2 end }", "return s {}"))
case("a helper called by it, two and three levels deep", "the function of another step",
  of_top("local s = rille.step 's' { outputs = { t.any 'o' }, run = function() return 1 end }", "return s.fn()"),
  of_top("local s = rille.step 's' { outputs = { t.any 'o' }, run = function() return 2 end }", "return s.fn()"))

-- The step in class style: methods are what follows its definition.
local function class(methods)
  local text = oracle.program { run = "CLASS", tail = methods }
  return { main = (text:gsub('rille%.step "work"', 'rille.Step:extend "work"'):gsub("  run = CLASS,\n", "")) }
end

case("a helper called by it, two and three levels deep", "the entrypoint of a class",
  class "function work:entrypoint() return 1 end", class "function work:entrypoint() return 2 end")
case("a helper called by it, two and three levels deep", "a method of its class",
  class "function work:f() return 1 end function work:entrypoint() return self:f() end",
  class "function work:f() return 2 end function work:entrypoint() return self:f() end")
case("a helper called by it, two and three levels deep", "a method of the class that it extends",
  class("local up = rille.Step:extend 'up' function up:f() return 1 end work = up:extend 'work' { outputs = { "
    .. "t.any 'out' } } function work:entrypoint() return self:f() end"),
  class("local up = rille.Step:extend 'up' function up:f() return 2 end work = up:extend 'work' { outputs = { "
    .. "t.any 'out' } } function work:entrypoint() return self:f() end"))
case("a captured table's field, a nested field, its metatable's function", "a value of its class",
  class "work.k = 1 function work:entrypoint() return self.k end",
  class "work.k = 2 function work:entrypoint() return self.k end")
case("a captured table's field, a nested field, its metatable's function", "a nested value of its class",
  class "work.k = { a = { 1 } } function work:entrypoint() return self.k.a[1] end",
  class "work.k = { a = { 2 } } function work:entrypoint() return self.k.a[1] end")
case("a captured table's field, a nested field, its metatable's function",
  "a value of a class that another step captures",
  of_top("local c = rille.Step:extend 'c' c.k = 1 function c:entrypoint() return self.k end", "return c()"),
  of_top("local c = rille.Step:extend 'c' c.k = 2 function c:entrypoint() return self.k end", "return c()"))
case("a captured table's field, a nested field, its metatable's function",
  "a value of a captured class, read in the step",
  of_top("local c = rille.Step:extend 'c' { entrypoint = function() end } c.k = 1", "return c.k"),
  of_top("local c = rille.Step:extend 'c' { entrypoint = function() end } c.k = 2", "return c.k"))

-- null is a value of its own.
for _, text in ipairs { "false", "'null'", "nil", "{}" } do
  case("a captured table's field, a nested field, its metatable's function", "null that becomes " .. text,
    of_top("local list = { 1, rille.null, 3 }", "return tostring(type(list[2])) .. tostring(list[2] == 'null')"),
    of_top("local list = { 1, " .. text .. ", 3 }", "return tostring(type(list[2])) .. tostring(list[2] == 'null')"))
end
case("a captured table's field, a nested field, its metatable's function", "how null prints",
  run "return tostring(require 'rille.json'.decode '[null]'[1])",
  of_top("debug.getmetatable(rille.null).__tostring = function() return 'x' end",
    "return tostring(require 'rille.json'.decode '[null]'[1])"))
case("a file that it reads", "null in JSON that becomes false",
  { run = run "local v = require 'rille.json'.decode(io.open 'c.json':read 'a').a return v == nil",
    files = { ["c.json"] = '{"a": null}' } },
  { run = run "local v = require 'rille.json'.decode(io.open 'c.json':read 'a').a return v == nil",
    files = { ["c.json"] = '{"a": false}' } })

-- What code reads of a step, a pipeline or a type that it captures.
local function described(variant, one, two, top, body)
  case("a captured step, pipeline or type", variant, of_top(top:format(one, one), body),
    of_top(top:format(two, two), body))
end
local captured = "local s = rille.step '%s' { outputs = { t.any 'o' }, run = function() return 1 end }"
described("a step's name", "s", "s2", captured, "return s.name")
captured = "local s = rille.step 's' { doc = 'it counts', params = { k = %s }, outputs = { t.any 'o' }, run = "
  .. "function() return 1 end }"
described("a default of a step", "1", "2", captured, "return s.params[1].default")
captured = "local s = rille.step 's' { outputs = { t.any '%s' }, run = function() return 1 end }"
described("an output of a step", "a", "b", captured, "return s.outputs[1].name")
captured = "local s = rille.step 's' { params = { k = %s }, outputs = { t.string 'o' }, command = { 'echo', "
  .. "'{params.k}' }, stdout = 'o' }"
described("a default of a command that is called", "1", "2", captured, "return s {}")
captured = "local q = rille.pipeline 'q' { params = { k = %s }, define = function() end }"
described("a default of a pipeline", "1", "2", captured, "return q.params[1].default")
captured = "local q = rille.Pipeline:extend 'q' { params = { k = 1 } } q.z = %s function q:connect() end"
described("a value of a pipeline's class", "1", "2", captured, "return q.z")
captured = "local c = rille.Step:extend 'c' { outputs = { t.any 'o' } } c.k = %s"
described("a value of a class that has no body", "1", "2", captured, "return c.k")
captured = "local c = rille.Step:extend 'c' { inputs = { t.any 'a' }, outputs = { t.any 'o' } } c.entrypoint = "
  .. "function(%s) return type(%s) end"
described("whether a called class has a self", "a", "self", captured, "return c(1)")
captured = "local ty = t.list(t.integer { min = %s })"
described("a limit within a type", "1", "0", captured, "return ty.element.options.min")
captured = "local ty = rille.interface 'eater' { methods = { '%s' } }"
described("a method of an interface", "eat", "drink", captured, "return ty.methods[1]")

local function module_case(variant, top, body, files_one, files_two)
  case("a helper in another file reached by require", variant,
    { top = top, run = run(body), files = files_one }, { top = top, run = run(body), files = files_two })
end
module_case("above the step", 'local m = require "m"', "return m.f()",
  { ["m.lua"] = "return { f = function() return 1 end }" },
  { ["m.lua"] = "return { f = function() return 2 end }" })
module_case("inside the step", "", 'return require("m").f()', { ["m.lua"] = "return { f = function() return 1 end }" },
  { ["m.lua"] = "return { f = function() return 2 end }" })
module_case("inside a helper", 'local function f() return require("m").f() end', "return f()",
  { ["m.lua"] = "return { f = function() return 1 end }" },
  { ["m.lua"] = "return { f = function() return 2 end }" })
module_case("a module of a module", 'local m = require "m"', "return m.f()",
  { ["m.lua"] = "local k = require 'k' return { f = function() return k.g() end }",
    ["k.lua"] = "return { g = function() return 1 end }" },
  { ["k.lua"] = "return { g = function() return 2 end }" })
module_case("a module of a module inside the step", "", 'return require("m").f()',
  { ["m.lua"] = "local k = require 'k' return { f = function() return k.g() end }",
    ["k.lua"] = "return { g = function() return 1 end }" },
  { ["k.lua"] = "return { g = function() return 2 end }" })
module_case("a module that reads a file when it is loaded", "", 'return (require "m")',
  { ["m.lua"] = "local f = io.open 'k.txt' local s = f:read 'a' f:close() return s", ["k.txt"] = "one" },
  { ["k.txt"] = "two" })
module_case("a module that computes a number from a file", "", 'return require("m").n',
  { ["m.lua"] = "local n = 0 for l in io.lines 'k.txt' do n = n + #l end return { n = n }", ["k.txt"] = "one" },
  { ["k.txt"] = "three" })
-- `first` loads the module, `work` gets it from package.loaded: what its loading saw
-- is a dependency of both
local function second(variant, body, one, two, env)
  local main = [[
local rille = require "rille"
local t = rille.types
local first = rille.step "first" { outputs = { t.any "o" }, run = function() return BODY end }
local work = rille.step "work" { inputs = { t.any "x" }, outputs = { t.any "out" }, run = function() return BODY end }
local after = rille.step "after" { inputs = { t.any "x" }, outputs = { t.string "text" }, run = function(x) return tostring(x) end }
return rille.pipeline "p" { define = function() after { x = work { x = first:with { cache = FIRST } {} } } end }
]]
  for _, cached in ipairs { "true", "false" } do
    local text = main:gsub("BODY", (body:gsub("%%", "%%%%"))):gsub("FIRST", cached)
    case("a module that an earlier step of the run loaded", variant
      .. (cached == "true" and "" or ", behind a step that always runs"),
      { main = text, files = one, env = env and env[1] }, { main = text, files = two, env = env and env[2] })
  end
end
second("its code", 'require("m").f()', { ["m.lua"] = "return { f = function() return 1 end }" },
  { ["m.lua"] = "return { f = function() return 2 end }" })
second("a file that it reads", '(require("m"))',
  { ["m.lua"] = "local f <close> = io.open 'k.txt' return f:read 'a'", ["k.txt"] = "1" }, { ["k.txt"] = "2" })
second("a file that a module of it reads", 'require("m").v',
  { ["m.lua"] = "return { v = require 'k' }", ["k.lua"] = "local f <close> = io.open 'k.txt' return f:read 'a'",
    ["k.txt"] = "1" },
  { ["k.txt"] = "2" })
second("a file that was not there", '(require("m"))',
  { ["m.lua"] = "local f = io.open 'k.txt' if not f then return 'none' end local s = f:read 'a' f:close() return s",
    ["k.txt"] = false },
  { ["k.txt"] = "2" })
second("a variable", '(require("m"))', { ["m.lua"] = "return os.getenv 'RILLE_CASE' or 'none'" }, {},
  { { RILLE_CASE = "a" }, { RILLE_CASE = "b" } })
second("a module that comes before it", '(require("m"))', { ["m/init.lua"] = "return 1", ["m.lua"] = false },
  { ["m.lua"] = "return 2" })
-- ---- code that a step brings in: it counts with all that it does ----

local function brought(variant, run_text, name, one, two, more)
  local function version(text)
    local parts = { run = run(run_text), files = { [name] = text } }
    for k, v in pairs(more or {}) do
      if k == "files" then for file, content in pairs(v) do parts.files[file] = content end else parts[k] = v end
    end
    return parts
  end
  case("a module required in the step that acts elsewhere than in its value", variant, version(one), version(two))
end
brought("a field of another module", "require 'plug' return require('reg').v", "plug.lua",
  "require('reg').v = 1 return true", "require('reg').v = 2 return true",
  { files = { ["reg.lua"] = "return {}" } })
brought("a field of a module that was loaded before", "require 'plug' return require('reg').v", "plug.lua",
  "require('reg').v = 1 return true", "require('reg').v = 2 return true",
  { top = "require 'reg'", files = { ["reg.lua"] = "return {}" } })
brought("a global", "require 'm' return G", "m.lua", "G = 1", "G = 2")
brought("a global, in a module of the module", "require 'k' return G", "m.lua", "G = 1", "G = 2",
  { files = { ["k.lua"] = "require 'm'" } })
brought("a global, in a coroutine", "coroutine.wrap(function() require 'm' end)() return G", "m.lua", "G = 1", "G = 2")
brought("a global, by an alias of require", "r 'm' return G", "m.lua", "G = 1", "G = 2", { top = "local r = require" })
brought("a global, though its loading fails", "pcall(function() require 'm' end) return G", "m.lua", "G = 1 error 'x'",
  "G = 2 error 'x'")
brought("a method of strings", "require 'm' return ('a'):shout()", "m.lua",
  "function string.shout(s) return s .. 1 end", "function string.shout(s) return s .. 2 end")
brought("a field of a library", "require 'm' return math.k", "m.lua", "math.k = 1", "math.k = 2")
brought("a function of a library replaced", "require 'm' return table.concat { 1 }", "m.lua",
  "table.concat = function() return 'x' end", "table.concat = function() return 'y' end")
brought("the metatable of a global table", "require 'm' return T.v", "m.lua",
  "setmetatable(T, { __index = { v = 1 } })", "setmetatable(T, { __index = { v = 2 } })", { top = "T = {}" })
brought("a metamethod of strings", "require 'm' return 'a' + 'b'", "m.lua",
  "getmetatable('').__add = function() return 1 end", "getmetatable('').__add = function() return 2 end")
brought("a global, by a file that is run", "dofile 'm.lua' return G", "m.lua", "G = 1", "G = 2")
brought("a global, by a module whose value is equal", "return require('m').f() + G", "m.lua",
  "G = 1 return { f = function() return 1 end }", "G = 2 return { f = function() return 1 end }")
brought("its path as its loading is told it", "return (require 'm')", "m.lua", "return (...) .. select(2, ...)",
  "return (select(2, ...))")
case("a module required in the step that acts elsewhere than in its value", "what require says of where it was found",
  { run = run "return (select(2, require 'm'))", files = { ["m.lua"] = "return 1" } },
  { run = run "return (select(2, require 'm'))", files = { ["m.lua"] = false, ["m/init.lua"] = "return 1" } })
case("a module required in the step that acts elsewhere than in its value",
  "what require says of one that was loaded before",
  { run = run "return select('#', require 'm')", files = { ["m.lua"] = "return 1" } },
  { top = "require 'm'", run = run "return select('#', require 'm')", files = {} })

local function own_name(variant, name, files_one, files_two, top)
  case("a module of the user's named rille/...", variant,
    { top = top, run = run("return require('" .. name .. "').v"), files = files_one },
    { top = top, run = run("return require('" .. name .. "').v"), files = files_two })
end
own_name("inside the step", "rille.helpers", { ["rille/helpers.lua"] = "return { v = 1 }" },
  { ["rille/helpers.lua"] = "return { v = 2 }" })
own_name("above the step", "rille.helpers", { ["rille/helpers.lua"] = "return { v = 1 }" },
  { ["rille/helpers.lua"] = "return { v = 2 }" }, "require 'rille.helpers'")
own_name("a folder", "rille.helpers", { ["rille/helpers/init.lua"] = "return { v = 1 }" },
  { ["rille/helpers/init.lua"] = "return { v = 2 }" })
own_name("rille_x", "rille_x", { ["rille_x.lua"] = "return { v = 1 }" }, { ["rille_x.lua"] = "return { v = 2 }" })
own_name("below a battery", "rille.array.more", { ["rille/array/more.lua"] = "return { v = 1 }" },
  { ["rille/array/more.lua"] = "return { v = 2 }" })

local function field_of(variant, name, form, body)
  local function version(k)
    return { top = form:gsub("%f[%w]K%f[%W]", k),
      run = run((body or "return require('NAME').mine"):gsub("NAME", name)) }
  end
  case("a field put into a standard library or battery", variant, version "1", version "2")
end
field_of("a library", "math", "math.mine = K")
field_of("a library, a table", "table", "table.mine = { K }", "return require('table').mine[1]")
field_of("a battery", "rille.json", "require('rille.json').mine = K")
field_of("a battery, a table", "rille.json", "require('rille.json').mine = { K }",
  "return require('rille.json').mine[1]")
field_of("a battery that is captured", "rille.json", "local json = require 'rille.json' json.mine = { K }",
  "local j = json return j.mine[1]")
field_of("rille", "rille", "rawset(rille, 'mine', K)")
field_of("a module of the script's", "m", "package.loaded.m = { mine = K }")

local function searched(variant, form, files, module)
  local function version(k)
    return { top = form:gsub("%f[%w]K%f[%W]", k), run = run("return require('" .. (module or "m") .. "').v"),
      files = files or {} }
  end
  case("a searcher, a preload", variant, version "1", version "2")
end
searched("package.preload", "package.preload.m = function() return { v = K } end")
searched("a searcher at the end",
  "package.searchers[#package.searchers + 1] = function(n) if n == 'm' then return function() return { v = K } "
    .. "end end end")
searched("what a searcher captures",
  "local kept = { v = K } table.insert(package.searchers, 1, function(n) if n == 'm' then return function() "
    .. "return kept end end end)")
searched("the file that a searcher loads",
  "table.insert(package.searchers, 2, function(n) return loadfile(n .. K .. '.lua') end)",
  { ["m1.lua"] = "return { v = 1 }", ["m2.lua"] = "return { v = 2 }" })
case("a searcher, a preload", "a searcher before the file",
  { run = run "return require('m').v", files = { ["m.lua"] = "return { v = 1 }" } },
  { top = "table.insert(package.searchers, 1, function(n) if n == 'm' then return function() return { v = 2 } end "
    .. "end end)",
    run = run "return require('m').v", files = {} })
case("a searcher, a preload", "a preload before the file",
  { run = run "return require('m').v", files = { ["m.lua"] = "return { v = 1 }" } },
  { top = "package.preload.m = function() return { v = 2 } end", run = run "return require('m').v", files = {} })
case("a searcher, a preload", "the searchers in another order",
  { run = run "return require('m').v", files = { ["m.lua"] = "return { v = 1 }" },
    top = "package.preload.m = function() return { v = 2 } end" },
  { run = run "return require('m').v", files = {},
    top = "package.preload.m = function() return { v = 2 } end local s = package.searchers s[1], s[2] = s[2], s[1]" })
case("a searcher, a preload", "the file that a searcher loads by that of Lua",
  { top = "local lua = package.searchers[2] table.insert(package.searchers, 1, function(n) if n == 'm' then "
    .. "return lua 'k' end end)",
  run = run "return require('m').v", files = { ["k.lua"] = "return { v = 1 }" } },
  { top = "local lua = package.searchers[2] table.insert(package.searchers, 1, function(n) if n == 'm' then "
    .. "return lua 'k' end end)",
    run = run "return require('m').v", files = { ["k.lua"] = "return { v = 2 }" } })

local function sandboxed(variant, one, two, body, code_one, code_two)
  case("code run in an environment of the step's own", variant,
    { top = one, run = run(body), files = { ["k.lua"] = code_one } },
    { top = two, run = run(body), files = { ["k.lua"] = code_two } })
end
sandboxed("its text", "", "", "return loadfile('k.lua', 't', { x = 1 })()", "return x", "return x + 1")
sandboxed("what the environment holds", "local e = { x = 1 }", "local e = { x = 2 }",
  "return loadfile('k.lua', 't', e)()", "return x", "return x")
sandboxed("a method of strings", "function string.shout() return 1 end", "function string.shout() return 2 end",
  "return loadfile('k.lua', 't', {})()", "return ('a'):shout()", "return ('a'):shout()")
case("code run in an environment of the step's own", "a file that it runs",
  { run = run "return loadfile('k.lua', 't', { dofile = dofile })()",
    files = { ["k.lua"] = "return dofile 'j.lua'", ["j.lua"] = "return 1" } },
  { run = run "return loadfile('k.lua', 't', { dofile = dofile })()", files = { ["j.lua"] = "return 2" } })

module_case("init.lua of a folder", 'local m = require "lib"', "return m.f()",
  { ["lib/init.lua"] = "return { f = function() return 1 end }" },
  { ["lib/init.lua"] = "return { f = function() return 2 end }" })
module_case("a name with a dot", 'local m = require "lib.m"', "return m.f()",
  { ["lib/m.lua"] = "return { f = function() return 1 end }" },
  { ["lib/m.lua"] = "return { f = function() return 2 end }" })
module_case("a plain value", "", 'return (require "m")', { ["m.lua"] = "return 1" }, { ["m.lua"] = "return 2" })
module_case("the global that it sets", 'require "m"', "return G", { ["m.lua"] = "G = 1" }, { ["m.lua"] = "G = 2" })
module_case("by two steps of a run", "", 'return require("m").f()',
  { ["m.lua"] = "local n = 0 return { f = function() return 1 end }" },
  { ["m.lua"] = "local n = 0 return { f = function() return 2 end }" })

case("a captured table's field, a nested field, its metatable's function", "a field",
  of_top("local o = { a = 1 }", "return o.a"), of_top("local o = { a = 2 }", "return o.a"))
case("a captured table's field, a nested field, its metatable's function", "a field by a computed name",
  of_top("local o = { a = 1 }", "local k = 'a' return o[k]"),
  of_top("local o = { a = 2 }", "local k = 'a' return o[k]"))
case("a captured table's field, a nested field, its metatable's function", "a nested field",
  of_top("local o = { s = { a = 1 } }", "return o.s.a"), of_top("local o = { s = { a = 2 } }", "return o.s.a"))
case("a captured table's field, a nested field, its metatable's function", "four levels",
  of_top("local o = { s = { { x = { a = 1 } } } }", "return o.s[1].x.a"),
  of_top("local o = { s = { { x = { a = 2 } } } }", "return o.s[1].x.a"))
case("a captured table's field, a nested field, its metatable's function", "an element",
  of_top("local o = { 1, 2, 3 }", "return o[2]"), of_top("local o = { 1, 5, 3 }", "return o[2]"))
case("a captured table's field, a nested field, its metatable's function", "its length",
  of_top("local o = { 1, 2 }", "return #o"), of_top("local o = { 1, 2, 3 }", "return #o"))
case("a captured table's field, a nested field, its metatable's function", "the length that a hole leaves open",
  of_top("local o = { nil, nil, 3 }", "return #o"), of_top("local o = {} o[3] = 3", "return #o"))
case("a captured table's field, a nested field, its metatable's function", "a walk over it",
  of_top("local o = { a = 1, b = 2 }", "local s = '' for k in pairs(o) do s = s .. k end return s"),
  of_top("local o = { a = 1, c = 2 }", "local s = '' for k in pairs(o) do s = s .. k end return s"))
case("a captured table's field, a nested field, its metatable's function", "a field that appears",
  of_top("local o = {}", "return o.a == nil"), of_top("local o = { a = 1 }", "return o.a == nil"))
case("a captured table's field, a nested field, its metatable's function", "__index as a function",
  of_top("local o = setmetatable({}, { __index = function(_, k) return 1 end })", "return o.a"),
  of_top("local o = setmetatable({}, { __index = function(_, k) return 2 end })", "return o.a"))
case("a captured table's field, a nested field, its metatable's function", "__index as a table",
  of_top("local o = setmetatable({}, { __index = { a = 1 } })", "return o.a"),
  of_top("local o = setmetatable({}, { __index = { a = 2 } })", "return o.a"))
case("a captured table's field, a nested field, its metatable's function", "a chain of classes",
  of_top("local A = {} A.__index = A function A.f() return 1 end local B = setmetatable({}, A) B.__index = B "
    .. "local o = setmetatable({}, B)",
    "return o:f()"),
  of_top("local A = {} A.__index = A function A.f() return 2 end local B = setmetatable({}, A) B.__index = B "
    .. "local o = setmetatable({}, B)",
    "return o:f()"))
case("a captured table's field, a nested field, its metatable's function", "__call",
  of_top("local o = setmetatable({}, { __call = function() return 1 end })", "return o()"),
  of_top("local o = setmetatable({}, { __call = function() return 2 end })", "return o()"))
case("a captured table's field, a nested field, its metatable's function", "__add",
  of_top("local o = setmetatable({}, { __add = function() return 1 end })", "return o + 1"),
  of_top("local o = setmetatable({}, { __add = function() return 2 end })", "return o + 1"))
case("a captured table's field, a nested field, its metatable's function", "__len",
  of_top("local o = setmetatable({}, { __len = function() return 1 end })", "return #o"),
  of_top("local o = setmetatable({}, { __len = function() return 2 end })", "return #o"))
case("a captured table's field, a nested field, its metatable's function", "__pairs",
  of_top("local o = setmetatable({}, { __pairs = function() return next, { 1 } end })",
    "local n = 0 for _, v in pairs(o) do n = n + v end return n"),
  of_top("local o = setmetatable({}, { __pairs = function() return next, { 2 } end })",
    "local n = 0 for _, v in pairs(o) do n = n + v end return n"))
case("a captured table's field, a nested field, its metatable's function",
  "a table that is the same as another, or only equal",
  of_top("local a = { 1 } local b = a", "return a == b"), of_top("local a = { 1 } local b = { 1 }", "return a == b"))

case("a captured variable", "a number", of_top("local k = 1", "return k"), of_top("local k = 2", "return k"))
case("a captured variable", "1 to 1.0", of_top("local k = 1", "return k"), of_top("local k = 1.0", "return k"))
case("a captured variable", "a string to a number", of_top("local k = '1'", "return k"),
  of_top("local k = 1", "return k"))
case("a captured variable", "nil to false", of_top("local k", "return k == nil"),
  of_top("local k = false", "return k == nil"))
case("a captured variable", "set below the step", { top = "local k", run = run "return k", tail = "k = 1" },
  { top = "local k", run = run "return k", tail = "k = 2" })
case("a captured variable", "computed", of_top("local k = 0 for i = 1, 10 do k = k + i end", "return k"),
  of_top("local k = 0 for i = 1, 11 do k = k + i end", "return k"))
case("a captured variable", "read from a file above the step",
  { top = "local f = io.open 'k.txt' local k = f:read 'a' f:close()", run = run "return k",
    files = { ["k.txt"] = "one" } },
  { top = "local f = io.open 'k.txt' local k = f:read 'a' f:close()", run = run "return k",
    files = { ["k.txt"] = "two" } })
case("a captured variable", "a function of the standard library", of_top("local f = math.floor", "return f(1.5)"),
  of_top("local f = math.ceil", "return f(1.5)"))
case("a captured variable", "a library", of_top("local m = math", "return m.type(1)"),
  of_top("local m = { type = function() return 'x' end }", "return m.type(1)"))

local FACTORY = "local function make(n) return function() return n end end "
case("a closure made by a factory", "another value", of_top(FACTORY .. "local f = make(1)", "return f()"),
  of_top(FACTORY .. "local f = make(2)", "return f()"))
case("a closure made by a factory", "two closures exchanged",
  of_top(FACTORY .. "local f, g = make(1), make(2)", "return f() * 10 + g()"),
  of_top(FACTORY .. "local f, g = make(2), make(1)", "return f() * 10 + g()"))
case("a closure made by a factory", "a factory of factories",
  of_top("local function make(a) return function(b) return function() return a .. b end end end local f = make(1)(2)",
    "return f()"),
  of_top("local function make(a) return function(b) return function() return a .. b end end end local f = make(2)(1)",
    "return f()"))
case("a closure made by a factory", "a cell that two share, or two cells",
  of_top("local function make() local n = 0 return function() n = n + 1 return n end, function() return n end "
    .. "end local inc, get = make()",
    "inc() return get()"),
  of_top("local function make() local n = 0 return function() n = n + 1 return n end end local inc = make() "
    .. "local get do local n = 0 get = function() return n end end",
    "inc() return get()"),
  { one_way = true })
case("a closure made by a factory", "the step's own run", "(function(n) return function() return n end end)(1)",
  "(function(n) return function() return n end end)(2)")

case("a global helper", "a function", of_top("function F() return 1 end", "return F()"),
  of_top("function F() return 2 end", "return F()"))
case("a global helper", "through a captured _G", of_top("N = 1 local g = _G", "return g.N"),
  of_top("N = 2 local g = _G", "return g.N"))
case("a global helper", "set after the step", { run = run "return F()", tail = "function F() return 1 end" },
  { run = run "return F()", tail = "function F() return 2 end" })
case("a global helper", "a field of a global table", of_top("T = { f = function() return 1 end }", "return T.f()"),
  of_top("T = { f = function() return 2 end }", "return T.f()"))
case("a global helper", "a number", of_top("N = 1", "return N"), of_top("N = 2", "return N"))
case("a global helper", "one that was nil", of_top("", "return N == nil"), of_top("N = 2", "return N == nil"))
case("a global helper", "read by a helper", of_top("N = 1 local function f() return N end", "return f()"),
  of_top("N = 2 local function f() return N end", "return f()"))
-- read by code that the step loads when it runs: its file stays as it is
local function loaded(how, code)
  local function version(n) return { top = "N = " .. n, run = run("return " .. how), files = { ["k.lua"] = code } } end
  case("a global helper", "read by code loaded with " .. how, version(1), version(2))
end
loaded("require('k').f()", "return { f = function() return N end }")
loaded("(require('k'))", "return N")
loaded("dofile 'k.lua'", "return N")
loaded("loadfile('k.lua')()", "return (function() return N end)()")
case("a global helper", "read by a module that the script required before",
  { top = "local k = require 'k' N = 1", run = run "return require('k').f()",
    files = { ["k.lua"] = "return { f = function() return N end }" } },
  { top = "local k = require 'k' N = 2", run = run "return require('k').f()",
    files = { ["k.lua"] = "return { f = function() return N end }" } })
case("a global helper", "a field put into the standard library",
  of_top("function math.k() return 1 end", "return math.k()"),
  of_top("function math.k() return 2 end", "return math.k()"))
case("a global helper", "a function of the standard library replaced",
  of_top("function math.floor() return 1 end", "return math.floor(2.5)"),
  of_top("function math.floor() return 2 end", "return math.floor(2.5)"))
case("a global helper", "a library replaced",
  of_top("table = { concat = function() return 'x' end }", "return table.concat { 1 }"),
  of_top("table = { concat = function() return 'y' end }", "return table.concat { 1 }"))
case("a global helper", "a global that a global calls",
  of_top("function G() return 1 end function F() return G() end", "return F()"),
  of_top("function G() return 2 end function F() return G() end", "return F()"))

case("a global behind setmetatable(_ENV, {__index=})", "a table",
  of_top("setmetatable(_ENV, { __index = { N = 1 } })", "return N"),
  of_top("setmetatable(_ENV, { __index = { N = 2 } })", "return N"))
case("a global behind setmetatable(_ENV, {__index=})", "a function",
  of_top("setmetatable(_ENV, { __index = function() return 1 end })", "return N"),
  of_top("setmetatable(_ENV, { __index = function() return 2 end })", "return N"))
case("a global behind setmetatable(_ENV, {__index=})", "an environment of its own",
  of_top("local _ENV = setmetatable({ N = 1 }, { __index = _ENV })", "return N"),
  of_top("local _ENV = setmetatable({ N = 2 }, { __index = _ENV })", "return N"))
case("a global behind setmetatable(_ENV, {__index=})", "a function loaded with an environment",
  of_top("local f = load('return N', '=f', 't', { N = 1 })", "return f()"),
  of_top("local f = load('return N', '=f', 't', { N = 2 })", "return f()"))

case("a method added to string", "called as a method",
  of_top("function string.plus(s) return s .. '1' end", "return ('a'):plus()"),
  of_top("function string.plus(s) return s .. '2' end", "return ('a'):plus()"))
case("a method added to string", "called as a function",
  of_top("function string.plus(s) return s .. '1' end", "return string.plus 'a'"),
  of_top("function string.plus(s) return s .. '2' end", "return string.plus 'a'"))
case("a method added to string", "a method replaced",
  of_top("function string.upper(s) return s .. '1' end", "return ('a'):upper()"),
  of_top("function string.upper(s) return s .. '2' end", "return ('a'):upper()"))
case("a method added to string", "by a computed name",
  of_top("function string.plus(s) return s .. '1' end", "local s, k = 'a', 'pl' return s[k .. 'us'](s)"),
  of_top("function string.plus(s) return s .. '2' end", "local s, k = 'a', 'pl' return s[k .. 'us'](s)"))
case("a method added to string", "a metamethod of strings",
  of_top("getmetatable('').__add = function() return 1 end", "return 'a' + 'b'"),
  of_top("getmetatable('').__add = function() return 2 end", "return 'a' + 'b'"))
case("a method added to string", "__index of strings",
  of_top("getmetatable('').__index = function(s, k) return string[k] or k == 'x' and 1 or nil end", "return ('a').x"),
  of_top("getmetatable('').__index = function(s, k) return string[k] or k == 'x' and 2 or nil end", "return ('a').x"))
case("a method added to string", "a metatable of functions",
  of_top("debug.setmetatable(print, { __index = { k = 1 } })", "local function f() end return f.k"),
  of_top("debug.setmetatable(print, { __index = { k = 2 } })", "local function f() end return f.k"))
case("a method added to string", "called in a helper",
  of_top("function string.plus(s) return s .. '1' end local function f(s) return s:plus() end", "return f 'a'"),
  of_top("function string.plus(s) return s .. '2' end local function f(s) return s:plus() end", "return f 'a'"))

case("a coroutine's body", "written in the step", run "return coroutine.wrap(function() coroutine.yield(1) end)()",
  run "return coroutine.wrap(function() coroutine.yield(2) end)()")
case("a coroutine's body", "a helper",
  of_top("local function body() coroutine.yield(1) end", "return coroutine.wrap(body)()"),
  of_top("local function body() coroutine.yield(2) end", "return coroutine.wrap(body)()"))
case("a coroutine's body", "by coroutine.create",
  of_top("local function body() coroutine.yield(1) end",
    "local co = coroutine.create(body) return select(2, coroutine.resume(co))"),
  of_top("local function body() coroutine.yield(2) end",
    "local co = coroutine.create(body) return select(2, coroutine.resume(co))"))

-- ---- parameters ----

local function of_param(declared, extra)
  local parts = { fields = "params = { n = " .. declared .. " },", run = "function(p) return p.n end" }
  for k, v in pairs(extra or {}) do parts[k] = v end
  return parts
end

case("a default parameter", "an integer", of_param "1", of_param "2")
case("a default parameter", "a float", of_param "0.5", of_param "0.25")
case("a default parameter", "a string", of_param "'a'", of_param "'b'")
case("a default parameter", "a boolean", of_param "true", of_param "false")
case("a default parameter", "a table", of_param "{ a = { 1 } }", of_param "{ a = { 2 } }")
case("a default parameter", "of :with",
  { fields = "params = { n = 1 },", run = "function(p) return p.n end", call = ":with { n = 5 } {}" },
  { fields = "params = { n = 1 },", run = "function(p) return p.n end", call = ":with { n = 6 } {}" })
local function of_secret(args)
  return { fields = "params = { n = t.secret },", run = "function(p) return #p.n end", params = "k = t.secret",
    call = "{ n = p.k }", args = args }
end
case("a secret parameter", "of the pipeline", of_secret "--set k=abcd", of_secret "--set k=abcde")
case("a secret parameter", "of a step", of_secret "--set k=ab --set work.n=abcd",
  of_secret "--set k=ab --set work.n=abcde")
case("a default parameter", "of the pipeline", of_param("1", { params = "k = 1", call = "{ n = p.k }" }),
  of_param("1", { params = "k = 2", call = "{ n = p.k }" }))
case("a default parameter", "read through the context",
  { fields = "params = { n = 1 },", run = "function(_, ctx) return ctx.params.n end" },
  { fields = "params = { n = 2 },", run = "function(_, ctx) return ctx.params.n end" })
case("a default parameter", "read through rille.context()",
  { fields = "params = { n = 1 },", run = "function() return rille.context().params.n end" },
  { fields = "params = { n = 2 },", run = "function() return rille.context().params.n end" })

case("a parameter given by --set", "of the pipeline",
  of_param("1", { params = "n = 1", call = "{ n = p.n }", args = "--set n=3" }),
  of_param("1", { params = "n = 1", call = "{ n = p.n }", args = "--set n=4" }))
case("a parameter given by --set", "of a step", of_param("1", { args = "--set work.n=3" }),
  of_param("1", { args = "--set work.n=4" }))
case("a parameter given by --set", "given or not", of_param("1", {}), of_param("1", { args = "--set work.n=4" }))
case("a parameter given by --set", "an integer where any type is welcome",
  of_param("t.any", { call = "{ n = 0 }", args = "--set work.n=1" }),
  of_param("t.any", { call = "{ n = 0 }", args = "--set work.n=1.0" }))

local function by_run(value)
  return { params = "n = 1", fields = "params = { n = 1 },", run = "function(p) return p.n end", call = "{ n = p.n }",
    program = true,
    tail = "if rille.main() then p:run { run_name = arg[1], params = { n = " .. value .. " } } end" }
end
case("a parameter given by :run", "", by_run "3", by_run "4")

local function any(value) return of_param("t.any", { call = "{ n = " .. value .. " }" }) end
local KINDS = "1 to 1.0 where the type is any, 0.0 to -0.0, 1 to \"1\", true to \"true\""
case(KINDS, "1 to 1.0", any "1", any "1.0")
case(KINDS, "0.0 to -0.0", any "0.0", any "-0.0")
case(KINDS, "1 to \"1\"", any "1", any "'1'")
case(KINDS, "true to \"true\"", any "true", any "'true'")
case(KINDS, "1 to true", any "1", any "true")
case(KINDS, "in a table", any "{ 1 }", any "{ 1.0 }")
case(KINDS, "as a key of a table", any "{ [1] = 'x' }", any "{ ['1'] = 'x' }")
case(KINDS, "an empty table to an empty string", any "{}", any "''")
case(KINDS, "inf to a large number", any "1e308 * 10", any "1e308")
case(KINDS, "a number port makes 1 and 1.0 one value, but the type may change", of_param "t.integer { default = 1 }",
  of_param "t.number { default = 1 }")
case(KINDS, "a literal as an input, 1 to 1.0",
  { fields = "inputs = { t.any 'x' },", run = "function(x) return math.type(x) end", call = "{ x = 1 }" },
  { fields = "inputs = { t.any 'x' },", run = "function(x) return math.type(x) end", call = "{ x = 1.0 }" })
case(KINDS, "a literal as an input, 1 to \"1\"",
  { fields = "inputs = { t.any 'x' },", run = "function(x) return type(x) end", call = "{ x = 1 }" },
  { fields = "inputs = { t.any 'x' },", run = "function(x) return type(x) end", call = "{ x = '1' }" })

local SWAP = "swapping values between two parameters ({a=\"bc\"} and {ab=\"c\"}, {lr=1,x=2} and {lr=\"1x2\"})"
case(SWAP, "a and b",
  { fields = "params = { a = '', b = '' },", run = "function(p) return p.a .. '-' .. p.b end",
    call = "{ a = 'x', b = 'y' }" },
  { fields = "params = { a = '', b = '' },", run = "function(p) return p.a .. '-' .. p.b end",
    call = "{ a = 'y', b = 'x' }" })
case(SWAP, "{a=\"bc\"} and {ab=\"c\"}", any "{ a = 'bc' }", any "{ ab = 'c' }")
case(SWAP, "{lr=1,x=2} and {lr=\"1x2\"}", any "{ lr = 1, x = 2 }", any "{ lr = '1x2' }")
case(SWAP, "ab and nothing, a and b",
  { fields = "params = { a = '', b = '' },", run = "function(p) return p.a .. '-' .. p.b end",
    call = "{ a = 'ab', b = '' }" },
  { fields = "params = { a = '', b = '' },", run = "function(p) return p.a .. '-' .. p.b end",
    call = "{ a = 'a', b = 'b' }" })
case(SWAP, "two inputs",
  { fields = "inputs = { t.any 'a', t.any 'b' },", run = "function(a, b) return a .. '-' .. b end",
    call = "{ a = 'x', b = 'y' }" },
  { fields = "inputs = { t.any 'a', t.any 'b' },", run = "function(a, b) return a .. '-' .. b end",
    call = "{ a = 'y', b = 'x' }" })
case(SWAP, "a parameter and an input of one name",
  { fields = "inputs = { t.any 'a' }, params = { b = '' },", run = "function(a, p) return a .. '-' .. p.b end",
    call = "{ a = 'x', b = 'y' }" },
  { fields = "inputs = { t.any 'b' }, params = { a = '' },", run = "function(b, p) return b .. '-' .. p.a end",
    call = "{ b = 'y', a = 'x' }" })
case(SWAP, "two wires",
  { top = "local c = rille.step 'c' { params = { n = 1 }, outputs = { t.any 'o' }, run = function(p) return p.n end }",
    fields = "inputs = { t.any 'a', t.any 'b' },", run = "function(a, b) return a .. '-' .. b end",
    define_top = "local x, y = c:with { id = 'x' } { n = 1 }, c:with { id = 'y' } { n = 2 }",
    call = "{ a = x, b = y }" },
  { top = "local c = rille.step 'c' { params = { n = 1 }, outputs = { t.any 'o' }, run = function(p) return p.n end }",
    fields = "inputs = { t.any 'a', t.any 'b' },", run = "function(a, b) return a .. '-' .. b end",
    define_top = "local x, y = c:with { id = 'x' } { n = 1 }, c:with { id = 'y' } { n = 2 }",
    call = "{ a = y, b = x }" })
case(SWAP, "two outputs of one step",
  { top = "local c = rille.step 'c' { outputs = { t.any 'o', t.any 'q' }, run = function() return 1, 2 end }",
    fields = "inputs = { t.any 'a' },", run = "function(a) return a end", define_top = "local x = c {}",
    call = "{ a = x.o }" },
  { top = "local c = rille.step 'c' { outputs = { t.any 'o', t.any 'q' }, run = function() return 1, 2 end }",
    fields = "inputs = { t.any 'a' },", run = "function(a) return a end", define_top = "local x = c {}",
    call = "{ a = x.q }" })

-- ---- data ----

local ARRAY = "local array = require 'rille.array' "
local ONE = "an array's shape, dtype or one bit"
local DESCRIBE = "table.concat(a.shape, 'x') .. a.dtype .. ('%a'):format(a.ndim == 1 and a:get(1) or a:get(1, 1))"
local function captured_array(made) return of_top(ARRAY .. "local a = " .. made, "return " .. DESCRIBE) end
local function literal_array(made)
  return { top = ARRAY, fields = "inputs = { t.array 'a' },", run = "function(a) return " .. DESCRIBE .. " end",
    call = "{ a = " .. made .. " }" }
end
local function param_array(made)
  return { top = ARRAY, fields = "params = { n = t.array },", run = "function(p) local a = p.n return " .. DESCRIBE
    .. " end", call = "{ n = " .. made .. " }" }
end
local function wired_array(made)
  return { top = ARRAY .. "local c = rille.step 'c' { outputs = { t.array 'a' }, run = function() return " .. made
    .. " end }",
    fields = "inputs = { t.array 'a' },", run = "function(a) return " .. DESCRIBE .. " end",
    define_top = "local made = c {}", call = "{ a = made }" }
end
for name, make in pairs { captured = captured_array, ["as an input"] = literal_array, ["as a parameter"] = param_array,
  ["by a wire"] = wired_array } do
  case(ONE, "shape, " .. name, make "array.from { 1, 2, 3, 4 }", make "array.from { { 1, 2 }, { 3, 4 } }")
  case(ONE, "dtype, " .. name, make "array.from({ 1, 2 }, 'i64')", make "array.from({ 1, 2 }, 'i32')")
  case(ONE, "one bit, " .. name, make "array.from { 1.0, 2.0 }", make "array.from { 1.0000000000000002, 2.0 }")
  case(ONE, "the sign of a zero, " .. name, make "array.from { 0.0, 2.0 }", make "array.from { -0.0, 2.0 }")
end

-- OpenBLAS takes another kernel for another processor; an x86-64 can be either
local blas = require "rille.host.blas"
if blas.name():find("OpenBLAS", 1, true) and blas.name():find("DYNAMIC_ARCH", 1, true)
  and io.popen("uname -m"):read "l" == "x86_64" then
  local product = run("local array = require 'rille.array' local a = array.random({ 60, 60 }, 1) return a:dot(a, "
    .. "{ blas = true }):sum()")
  case("the BLAS that a step computed with", "its kernels", { run = product, env = { OPENBLAS_CORETYPE = "Core2" } },
    { run = product, env = { OPENBLAS_CORETYPE = "Nehalem" } }, { same = true })
end

local FRAME = "local frame, array = require 'rille.frame', require 'rille.array' "
local SHOW = "local s = table.concat(f.columns, ',') for _, c in ipairs(f.columns) do s = s .. ' ' .. "
  .. "tostring(f:column(c):get(1)) end return s"
local function captured_frame(made) return of_top(FRAME .. "local f = " .. made, SHOW) end
local function literal_frame(made)
  return { top = FRAME, fields = "inputs = { t.frame 'f' },", run = "function(f) " .. SHOW .. " end", call = "{ f = "
    .. made .. " }" }
end
local function column(name, value) return "{ '" .. name .. "', array.from { " .. value .. " } }" end
for name, make in pairs { captured = captured_frame, ["as an input"] = literal_frame } do
  local two = "frame.new { " .. column("a", 1) .. ", " .. column("b", 2) .. " }"
  case("a frame's column name or order", "a name, " .. name, make(two),
    make("frame.new { " .. column("a", 1) .. ", " .. column("c", 2) .. " }"))
  case("a frame's column name or order", "order, " .. name, make(two),
    make("frame.new { " .. column("b", 2) .. ", " .. column("a", 1) .. " }"))
  case("a frame's column name or order", "a value, " .. name, make(two),
    make("frame.new { " .. column("a", 1) .. ", " .. column("b", 3) .. " }"))
end

local JOIN = "function(list) return table.concat(list, ',') end"
local FAN = "local c = rille.step 'c' { params = { n = 1 }, outputs = { t.any 'o' }, run = function(p) return p.n end }"
local FAN_TOP = "local x, y = c:with { id = 'x' } { n = 1 }, c:with { id = 'y' } { n = 2 }"
local function list(call)
  return { top = FAN, fields = "inputs = { t.list(t.any) 'list' },", run = JOIN, define_top = FAN_TOP,
    call = "{ list = " .. call .. " }" }
end
case("the order of a list input", "literals", list "{ 1, 2 }", list "{ 2, 1 }")
case("the order of a list input", "nodes", list "{ x, y }", list "{ y, x }")
case("the order of a list input", "nodes and literals", list "{ x, 5 }", list "{ 5, x }")
case("the order of a list input", "one more", list "{ x }", list "{ x, y }")
case("the order of a list input", "none", list "{}", list "{ x }")
case("the order of a list input", "twice the same", list "{ x, x }", list "{ x }")

case("a port's type", "of an output", { run = run "return 1", outputs = "t.any 'out'" },
  { run = run "return 1", outputs = "t.number 'out'" })
case("a port's type", "of an output, string to bytes", { run = run "return 'a'", outputs = "t.string 'out'" },
  { run = run "return 'a'", outputs = "t.bytes 'out'" })
case("a port's type", "of an input",
  { fields = "inputs = { t.any 'x' },", run = "function(x) return math.type(x) end", call = "{ x = 1 }" },
  { fields = "inputs = { t.number 'x' },", run = "function(x) return math.type(x) end", call = "{ x = 1 }" })
case("a port's type", "of an input that is wired",
  { top = FAN, define_top = FAN_TOP, fields = "inputs = { t.any 'v' },", run = "function(v) return math.type(v) end",
    call = "{ v = x }" },
  { top = FAN, define_top = FAN_TOP, fields = "inputs = { t.number 'v' },", run = "function(v) return math.type(v) end",
    call = "{ v = x }" })
case("a port's type", "of a list's elements",
  { fields = "inputs = { t.list(t.any) 'x' },", run = "function(x) return math.type(x[1]) end",
    call = "{ x = { 1 } }" },
  { fields = "inputs = { t.list(t.number) 'x' },", run = "function(x) return math.type(x[1]) end",
    call = "{ x = { 1 } }" })

local BOX = "local Box = {} Box.__index = Box local function box(v) return setmetatable({ v = v }, Box) end\n"
local function materializer(fields)
  local m = { version = 1, save = "function(b, art) art:write('v', tostring(b.v)) end",
    load = "function(art) return box(art:read 'v') end" }
  for k, v in pairs(fields) do m[k] = v end
  return BOX .. (m.top or "") .. "\nrille.materializer 'box' { class = Box, version = " .. m.version .. ", save = "
    .. m.save .. ", load = " .. m.load .. " }"
end
local function boxed(fields, port)
  return { top = materializer(fields), run = run "return box(1)", outputs = (port or "t.any") .. " 'out'", wire = ".v",
    }
end
local MATERIALIZER = "a materializer's version or code"
-- `after` must read the box, so its text is of the field
local function saving(fields, port)
  local parts = boxed(fields, port)
  parts.wire = nil
  return { main = oracle.program(parts):gsub('type%(v%) == "userdata" and "%?" or tostring%(v%)', "tostring(v)") }
end
case(MATERIALIZER, "version", saving {}, saving { version = 2 })
case(MATERIALIZER, "save", saving {}, saving { save = "function(b, art) art:write('v', b.v .. '!') end" })
case(MATERIALIZER, "a helper of save",
  saving { top = "local function f(v) return v .. '' end", save = "function(b, art) art:write('v', f(b.v)) end" },
  saving { top = "local function f(v) return v .. '?' end", save = "function(b, art) art:write('v', f(b.v)) end" })
case(MATERIALIZER, "save, behind a port of its type", saving({}, "t.box"),
  saving({ save = "function(b, art) art:write('v', b.v .. '!') end" }, "t.box"))
case(MATERIALIZER, "save, of the elements of a list",
  { top = materializer {}, run = run "return { box(1) }", outputs = "t.list(t.box) 'out'" },
  { top = materializer { save = "function(b, art) art:write('v', b.v .. '!') end" }, run = run "return { box(1) }",
    outputs = "t.list(t.box) 'out'" })
case(MATERIALIZER, "load",
  { top = materializer {}
    .. "\nlocal c = rille.step 'c' { outputs = { t.box 'o' }, run = function() return box(1) end }",
    fields = "inputs = { t.box 'b' },", run = "function(b) return b.v end",
    define_top = "local made = c {}", call = "{ b = made }" },
  { top = materializer { load = "function(art) return box(art:read 'v' .. '!') end" }
    .. "\nlocal c = rille.step 'c' { outputs = { t.box 'o' }, run = function() return box(1) end }",
    fields = "inputs = { t.box 'b' },", run = "function(b) return b.v end",
    define_top = "local made = c {}", call = "{ b = made }" })
case(MATERIALIZER, "load, behind a port of any type",
  { top = materializer {}
    .. "\nlocal c = rille.step 'c' { outputs = { t.box 'o' }, run = function() return box(1) end }",
    fields = "inputs = { t.any 'b' },", run = "function(b) return b.v end",
    define_top = "local made = c {}", call = "{ b = made }" },
  { top = materializer { load = "function(art) return box(art:read 'v' .. '!') end" }
    .. "\nlocal c = rille.step 'c' { outputs = { t.box 'o' }, run = function() return box(1) end }",
    fields = "inputs = { t.any 'b' },", run = "function(b) return b.v end",
    define_top = "local made = c {}", call = "{ b = made }" })
local function chosen(text) return { top = materializer {}
  .. "\nlocal m = rille.materializer 'other' { claims = function() return false end, version = 1, save = "
    .. "function(b, art) art:write('v', '"
  .. text .. "') end, load = function(art) return box(art:read 'v') end }",
  run = run "return box(1)", call = ":with { materializers = m } {}" } end
case(MATERIALIZER, "the node's option", chosen "a", chosen "b")
-- What the node that made it chose is what loads it, whatever the port's type is.
local function chosen_before(load)
  return { top = materializer {}
    .. "\nlocal m = rille.materializer 'twin' { class = Box, version = 1, save = function(b, art) art:write('w', "
      .. "tostring(b.v)) end, load = "
    .. load .. " }\n"
      .. "local c = rille.step 'c' { outputs = { t.box 'o' }, run = function() return box(1) end }",
      fields = "inputs = { t.box 'b' },", run = "function(b) return b.v end",
    define_top = "local made = c:with { materializers = m } {}", call = "{ b = made }" }
end
case(MATERIALIZER, "load, of another one of the class, chosen by the node before",
  chosen_before "function(art) return box(art:read 'w') end",
  chosen_before "function(art) return box(art:read 'w' .. '!') end")
local function claiming(test, port)
  return { top = "rille.materializer 'odd' { claims = function(v) return type(v) == 'table' and " .. test
    .. " end, version = 1, save = function(b, art) art:write('v', 'x' .. b.v) end, load = function(art) return { "
      .. "v = art:read 'v' } end }",
    run = run "return { v = 1 }", outputs = port .. " 'out'" }
end
case(MATERIALIZER, "claims, behind a port of any type", claiming("v.v == 1", "t.any"), claiming("v.v == 2", "t.any"))
case(MATERIALIZER, "claims, behind a port of type table", claiming("v.v == 1", "t.table"),
  claiming("v.v == 2", "t.table"))
case(MATERIALIZER, "one that is new and claims the value of a table port",
  { run = run "return { v = 1 }", outputs = "t.table 'out'" }, claiming("v.v == 1", "t.table"))
local function classes(code) return { top = "local svm, array = require 'rille.svm', require "
  .. "'rille.array'\nrille.materializer 'mine' { class = svm.SVC, version = 1, save = function(m, art) "
  .. "art:write('m', '"
  .. code .. "' .. m:dump()) end, load = function(art) return svm.load(art:read('m'):sub(2)) end }",
  run = run("return svm.SVC.fit(array.from { { 0.0 }, { 1.0 }, { 0.1 }, { 0.9 } }, array.from { 0, 1, 0, 1 }, { "
    .. "gamma = 1.0 })"),
  outputs = "t.svm 'out'" } end
local function no_text(parts)
  return { main = oracle.program(parts):gsub("run = function%(x%) return text%(x%) end",
    "run = function(x) return tostring(x.n_support) end") }
end
case(MATERIALIZER, "one for a class that a built-in type covers", no_text(classes "a"), no_text(classes "b"))

case(MATERIALIZER, "one that is new, for a class of rille's behind a port of any type",
  no_text { top = "local svm, array = require 'rille.svm', require 'rille.array'", run = classes "a".run,
    outputs = "t.any 'out'" },
  no_text { top = classes "b".top, run = classes "b".run, outputs = "t.any 'out'" })
-- What is loaded has methods that the step calls and does not capture.
local function with_method(n, port, more)
  return { top = BOX .. "function Box:get() return " .. n
    .. " end\nrille.materializer 'box' { class = Box, version = 1, save = function(b, art) art:write('v', "
      .. "tostring(b.v)) end, load = function(art) return box(art:read 'v') end }\n"
      .. "local c = rille.step 'c' { outputs = { t.box 'o' }, run = function() return box(1) end }" .. (more or ""),
      fields = "inputs = { " .. port .. " 'b' },",
    run = "function(b) return (b[1] or b):get() end", define_top = "local made = c {}",
    call = port:find "list" and "{ b = { made } }" or "{ b = made }" }
end
for _, port in ipairs { "t.box", "t.any", "t.list(t.box)", "t.list(t.any)", "t.any_of { t.integer, t.box }" } do
  case(MATERIALIZER, "a method of the class of an input, " .. port, with_method(1, port), with_method(2, port))
end
case(MATERIALIZER, "a method of a class that the class of an input falls back on",
  with_method("self.up", "t.any", " local Up = { up = 1 } Up.__index = Up setmetatable(Box, Up)"),
  with_method("self.up", "t.any", " local Up = { up = 2 } Up.__index = Up setmetatable(Box, Up)"))
-- A value that claims took is for the one that names its class, once there is such.
local function claimed_before(more)
  return { main = oracle.program { top = BOX
    .. "rille.materializer 'odd' { claims = function(v) return type(v) == 'table' end, version = 1, save = "
      .. "function(b, art) art:write('v', 'odd') end, load = function(art) return box(art:read 'v') end }\n"
    .. more,
    run = run "return box(1)" }:gsub('type%(v%) == "userdata" and "%?" or tostring%(v%)', "tostring(v)") }
end
case(MATERIALIZER, "one that is new, for a class whose values claims took", claimed_before "",
  claimed_before("rille.materializer 'box' { class = Box, version = 1, save = function(b, art) art:write('v', "
    .. "'box') end, load = function(art) return box(art:read 'v') end }"))

-- Classes and modules of rille's: the step is given a value, and captures nothing.
local function patched(kind, source, patch, use, port)
  local function version(n)
    return { top = "local s = rille.step 's' { outputs = { " .. port .. " 'v' }, run = function() return " .. source
      .. " end }\n"
      .. "local value = " .. source .. "\n" .. patch:gsub("N", n), fields = "inputs = { " .. port .. " 'v' },",
      run = "function(v) return " .. use .. " end", define_top = "local made = s {}", call = "{ v = made }",
      files = { ["k.txt"] = "k" } }
  end
  case("a method added to a class", kind, version(1), version(2))
end
do
local FRAME <const>, DATES <const> = "require('rille.frame').new { { 'x', { 1, 2 } } }",
  "require('rille.frame').new { { 'd', require('rille.frame').dates { '2026-01-02' } } }"
local ARRAY <const>, SVM <const> = "require('rille.array').from { 1, 2 }",
  "require('rille.svm').SVC.fit(require('rille.array').from { { 0.0 }, { 1.0 }, { 0.1 }, { 0.9 } }, "
    .. "require('rille.array').from { 0, 1, 0, 1 })"
patched("of frames", FRAME, "getmetatable(value).__index.mine = function() return N end", "v:mine()", "t.frame")
patched("of frames, by the debug library", FRAME, "debug.getmetatable(value).__index.mine = function() return N end",
  "v:mine()", "t.frame")
patched("of frames, in place of one of rille's", FRAME, "getmetatable(value).__index.select = function() return N end",
  "v:select 'x'", "t.frame")
patched("of frames, one of rille's for another", FRAME,
  "local m = getmetatable(value).__index m.drop = N == 1 and m.drop or m.select", "#v:drop { 'x' }.columns", "t.frame")
patched("of frames, an operator", FRAME, "getmetatable(value).__len = function() return N end", "#v", "t.frame")
patched("of frames, behind the methods", FRAME, "setmetatable(getmetatable(value).__index, { __index = { mine = N } })",
  "v.mine", "t.frame")
patched("of dates", DATES, "getmetatable(value:column 'd').__call = function() return N end", "v:column 'd'()",
  "t.frame")
patched("of arrays", ARRAY, "debug.getmetatable(value).__call = function() return N end", "v()", "t.vector")
patched("of arrays, a method", ARRAY,
  "local _, m = debug.getupvalue(debug.getmetatable(value).__index, 1) m.mine = function() return N end", "v:mine()",
  "t.vector")
patched("of models", SVM, "require('rille.svm').SVC.__index.mine = function() return N end", "v:mine()", "t.svm")
patched("of files", "rille.file 'k.txt'", "getmetatable(value).mine = function() return N end", "v:mine()", "t.file")
patched("of files, in place of one of rille's", "rille.file 'k.txt'",
  "getmetatable(value).read = function() return N end", "v:read()", "t.file")
patched("a function of a module that rille calls", FRAME,
  "local c = require 'rille.frame.value' local old = c.assemble c.assemble = function(...) local f = old(...) "
    .. "rawset(f, 'mark', N) return f end",
  "v:head(1).mark", "t.frame")
patched("a module in the place of rille's", ARRAY,
  "local f = require 'rille.frame' package.loaded['rille.frame'] = setmetatable({ n = N }, { __index = f })",
  "v[1] + require('rille.frame').n", "t.any")
end

-- Values that are equal, one object or two, one memory or two.
local function aliased(variant, one, two, body, options)
  local top = "local array = require 'rille.array'\n"
  case("captured values that are one or two", variant, of_top(top .. one, body), of_top(top .. two, body), options)
end
aliased("arrays", "local a = array.from { 1, 2 } local b = a",
  "local a = array.from { 1, 2 } local b = array.from { 1, 2 }", "a[1] = 9 return b[1]")
aliased("arrays in tables", "local a = array.from { 1, 2 } local l = { a, { a } }",
  "local l = { array.from { 1, 2 }, { array.from { 1, 2 } } }", "l[1][1] = 9 return l[2][1][1]")
aliased("a view and a copy", "local a = array.from { 1, 2, 3 } local b = a:slice(2, 3)",
  "local a = array.from { 1, 2, 3 } local b = a:slice(2, 3):copy()", "a[2] = 9 return b[1]")
aliased("views of other places of one memory",
  "local a = array.from { 1, 1, 1 } local b, c = a:slice(1, 2), a:slice(1, 2)",
  "local a = array.from { 1, 1, 1 } local b, c = a:slice(1, 2), a:slice(2, 3)", "b[1] = 9 return c[1]")
aliased("a transpose and one that is made so", "local a = array.from { { 1, 1 }, { 1, 1 } } local b = a:transpose()",
  "local a = array.from { { 1, 1 }, { 1, 1 } } local b = array.from { { 1, 1 }, { 1, 1 } }",
  "a[1][2] = 9 return b[2][1]")
aliased("a transpose and a reshape", "local a = array.from { { 1, 1 }, { 1, 1 } } local b = a:transpose()",
  "local a = array.from { { 1, 1 }, { 1, 1 } } local b = a:reshape { 2, 2 }",
  "a[1][2] = 9 return b[1][2]")
aliased("a row", "local a = array.from { { 1, 2 }, { 3, 4 } } local b = a[1]",
  "local a = array.from { { 1, 2 }, { 3, 4 } } local b = array.from { 1, 2 }", "a[1][1] = 9 return b[1]")
aliased("columns of a frame",
  "local a = array.from { 1, 2 } local f = require 'rille.frame'.new { { 'x', a }, { 'y', a } }",
  "local f = require 'rille.frame'.new { { 'x', array.from { 1, 2 } }, { 'y', array.from { 1, 2 } } }",
  "f:column 'x'[1] = 9 return f:column 'y'[1]")
aliased("arrays, told apart by rawequal", "local a = array.from { 1, 2 } local b = a",
  "local a = array.from { 1, 2 } local b = array.from { 1, 2 }", "return rawequal(a, b)")
aliased("tables", "local a = { 1, 2 } local b = a", "local a = { 1, 2 } local b = { 1, 2 }", "a[1] = 9 return b[1]")
aliased("captured by two functions",
  "local a = array.from { 1, 2 } local b = a local function f() a[1] = 9 end local function g() return b[1] end",
  "local a = array.from { 1, 2 } local b = array.from { 1, 2 } local function f() a[1] = 9 end local function "
    .. "g() return b[1] end",
  "f() return g()")

do
  local other = os.setlocale "C.UTF-8"
  os.setlocale "C"
  if other then
    case("the locale that the script sets", "", of_top("", "return 'a' < 'B'"),
      of_top("os.setlocale 'C.UTF-8'", "return 'a' < 'B'"), { same = true })
  end
end

-- Another machine, as far as one can be had here: a setting of the C library, which may
-- choose other kernels of its mathematical functions.
local ELSEWHERE <const> = { GLIBC_TUNABLES = "glibc.malloc.tcache_count=7" }
local function elsewhere(variant, parts)
  local two = { env = ELSEWHERE }
  for k, v in pairs(parts) do two[k] = v end
  case("another mathematical library or processor", variant, parts, two, { same = true })
end
elsewhere("math.exp", { run = run "return math.exp(0.7)" })
elsewhere("through an alias and a helper",
  { top = "local pow = math.cos local function f(x) return pow(x) end", run = run "return f(0.7)" })
elsewhere("x ^ y", { run = run "local x = 0.7 return x ^ 0.3" })
elsewhere("the whole of math",
  { top = "local m = math", run = run "local r for k, f in pairs(m) do if k == 'exp' then r = f(1) end end return r" })
elsewhere("in a module that is required in the step",
  { run = run "return require('m')(0.7)", files = { ["m.lua"] = "return function(x) return math.sin(x) end" } })
elsewhere("an array to a power",
  { top = "local array = require 'rille.array'", run = run "return (array.from { 0.7 } ^ 0.3):sum()" })
elsewhere("a model", { top = "local svm, array = require 'rille.svm', require 'rille.array'",
  run = run("local X, y = array.from { { 0.0 }, { 1.0 }, { 0.1 }, { 0.9 } }, array.from { 0, 1, 0, 1 } return "
    .. "svm.SVC.fit(X, y, { gamma = 1.0 }):score(X, y)") })
elsewhere("a method of an input",
  { top = BOX
    .. "function Box:get() return math.exp(tonumber(self.v)) end\nrille.materializer 'box' { class = Box, version "
      .. "= 1, save = function(b, art) art:write('v', tostring(b.v)) end, load = function(art) return "
      .. "box(art:read 'v') end }\n"
  .. "local c = rille.step 'c' { outputs = { t.box 'o' }, run = function() return box(1) end }",
  fields = "inputs = { t.box 'b' },", run = "function(b) return b:get() end", define_top = "local made = c {}",
  call = "{ b = made }" })

-- ---- files ----

local function reads(variant, body, top, files_one, files_two, options)
  case("a file read by the step, also through a helper, an alias, io.lines, dofile", variant,
    { top = top, run = run(body), files = files_one or { ["k.txt"] = "one\n" } },
    { top = top, run = run(body), files = files_two or { ["k.txt"] = "three\n" } }, options)
end
reads("io.open", "local f = io.open 'k.txt' local s = f:read 'a' f:close() return s")
reads("io.open, part of it", "local f = io.open 'k.txt' local s = f:read(2) f:close() return s")
reads("io.open, after a seek", "local f = io.open 'k.txt' f:seek('set', 2) local s = f:read(1) f:close() return s")
reads("only its size", "local f = io.open 'k.txt' local n = f:seek 'end' f:close() return n")
reads("f:lines()", "local f = io.open 'k.txt' local n = 0 for l in f:lines() do n = n + #l end f:close() return n")
reads("io.lines", "local n = 0 for l in io.lines 'k.txt' do n = n + #l end return n")
reads("io.input and io.read", "io.input 'k.txt' local s = io.read 'a' io.close(io.input()) return s")
reads("io.input and io.lines", "io.input 'k.txt' local n = 0 for l in io.lines() do n = n + #l end return n")
reads("a helper", "return read()",
  "local function read() local f = io.open 'k.txt' local s = f:read 'a' f:close() return s end")
reads("an alias", "local f = open 'k.txt' local s = f:read 'a' f:close() return s", "local open = io.open")
reads("a library under another name", "local f = files.open 'k.txt' local s = f:read 'a' f:close() return s",
  "local files = io")
reads("a computed name", "local s = '' for l in io['li' .. 'nes'] 'k.txt' do s = s .. l end return s")
reads("pcall", "local ok, f = pcall(io.open, 'k.txt') local s = f:read 'a' f:close() return s")
reads("a coroutine", "return coroutine.wrap(function() for l in io.lines 'k.txt' do coroutine.yield(l) end end)()")
reads("a method of a table", "return files:get()",
  "local files = { open = io.open } function files:get() local f = self.open 'k.txt' local s = f:read 'a' "
    .. "f:close() return s end")
reads("a module", "return require('m')('k.txt')", "",
  { ["m.lua"] = "return function(name) local f = io.open(name) local s = f:read 'a' f:close() return s end",
    ["k.txt"] = "one" },
  { ["k.txt"] = "two" })
reads("dofile", "return dofile 'k.lua'", "", { ["k.lua"] = "return 1" }, { ["k.lua"] = "return 2" })
reads("dofile in a file by dofile", "return dofile 'k.lua'", "",
  { ["k.lua"] = "return dofile 'l.lua'", ["l.lua"] = "return 1" }, { ["l.lua"] = "return 2" })
reads("loadfile", "return loadfile 'k.lua' ()", "", { ["k.lua"] = "return 1" }, { ["k.lua"] = "return 2" })
reads("a name in another file",
  "local f = io.open 'name' local n = f:read 'l' f:close() f = io.open(n) local s = f:read 'a' f:close() return s", "",
  { name = "k.txt", ["k.txt"] = "one" }, { ["k.txt"] = "two" })
reads("a file in a folder", "local f = io.open 'data/a/k.txt' local s = f:read 'a' f:close() return s", "",
  { ["data/a/k.txt"] = "one" }, { ["data/a/k.txt"] = "two" })
reads("a path with dots", "local f = io.open './data/../k.txt' local s = f:read 'a' f:close() return s", "",
  { ["k.txt"] = "one", ["data/x"] = "" }, { ["k.txt"] = "two" })
reads("an empty file", "local f = io.open 'k.txt' local s = f:read 'a' f:close() return #s", "", { ["k.txt"] = "" },
  { ["k.txt"] = "\0" })
reads("csv.read", "return csv.read('k.csv').n_rows", "local csv = require 'rille.csv'", { ["k.csv"] = "a,b\n1,2\n" },
  { ["k.csv"] = "a,b\n1,2\n3,4\n" })
reads("csv.chunks", "local n = 0 for f in csv.chunks('k.csv', { rows = 1 }) do n = n + f.n_rows end return n",
  "local csv = require 'rille.csv'", { ["k.csv"] = "a,b\n1,2\n" }, { ["k.csv"] = "a,b\n1,2\n3,4\n" })
reads("csv.chunks left early", "for f in csv.chunks('k.csv', { rows = 1 }) do return f:column('a'):get(1) end",
  "local csv = require 'rille.csv'", { ["k.csv"] = "a,b\n1,2\n" }, { ["k.csv"] = "a,b\n3,4\n" })
reads("csv.read required in the step", "return require('rille.csv').read('k.csv').n_rows", "",
  { ["k.csv"] = "a,b\n1,2\n" }, { ["k.csv"] = "a,b\n1,2\n3,4\n" })
reads("two of the same file",
  "local s = '' for i = 1, 2 do local f = io.open 'k.txt' s = s .. f:read 'a' f:close() end return s")
reads("a file behind a link", "local f = io.open 'link' local s = f:read 'a' f:close() return s", "", nil, nil)
cases[#cases].one.setup = "ln -sf k.txt link"
case("a file read by the step, also through a helper, an alias, io.lines, dofile", "a link that points elsewhere",
  { run = run "local f = io.open 'link' local s = f:read 'a' f:close() return s",
    files = { ["k.txt"] = "one", ["l.txt"] = "two" }, setup = "ln -sfn k.txt link" },
  { run = run "local f = io.open 'link' local s = f:read 'a' f:close() return s", setup = "ln -sfn l.txt link" })
case("a file read by the step, also through a helper, an alias, io.lines, dofile", "by a path from a parameter",
  { fields = "params = { path = 'k.txt' },",
    run = "function(p) local f = io.open(p.path) local s = f:read 'a' f:close() return s end",
    files = { ["k.txt"] = "one" } },
  { fields = "params = { path = 'k.txt' },",
    run = "function(p) local f = io.open(p.path) local s = f:read 'a' f:close() return s end",
    files = { ["k.txt"] = "two" } })
case("a file read by the step, also through a helper, an alias, io.lines, dofile", "rille.file as an input",
  { fields = "inputs = { t.file 'f' },",
    run = "function(f) local h = io.open(f.path) local s = h:read 'a' h:close() return s end",
    call = "{ f = rille.file 'k.txt' }", files = { ["k.txt"] = "one" } },
  { fields = "inputs = { t.file 'f' },",
    run = "function(f) local h = io.open(f.path) local s = h:read 'a' h:close() return s end",
    call = "{ f = rille.file 'k.txt' }", files = { ["k.txt"] = "two" } })
case("a file read by the step, also through a helper, an alias, io.lines, dofile", "a file of rille.dir as an input",
  { fields = "inputs = { t.dir 'd' },",
    run = "function(d) local h = io.open(d.path .. '/k.txt') local s = h:read 'a' h:close() return s end",
    call = "{ d = rille.dir 'data' }", files = { ["data/k.txt"] = "one" } },
  { fields = "inputs = { t.dir 'd' },",
    run = "function(d) local h = io.open(d.path .. '/k.txt') local s = h:read 'a' h:close() return s end",
    call = "{ d = rille.dir 'data' }", files = { ["data/k.txt"] = "two" } })
local DIR = { fields = "inputs = { t.dir 'd' },",
  run = "function(d) local h = io.open(d.path .. '/new.txt') if not h then return 'none' end local s = h:read 'a' "
    .. "h:close() return s end",
  call = "{ d = rille.dir 'data' }" }
local function dir_case(phrase, variant, one, two)
  case(phrase, variant, { fields = DIR.fields, run = DIR.run, call = DIR.call, files = one },
    { fields = DIR.fields, run = DIR.run, call = DIR.call, files = two })
end
dir_case("a file that did not exist and now does", "in a folder that is an input",
  { ["data/k.txt"] = "one", ["data/new.txt"] = false }, { ["data/new.txt"] = "new" })
dir_case("a file removed", "in a folder that is an input", { ["data/k.txt"] = "one", ["data/new.txt"] = "new" },
  { ["data/new.txt"] = false })
local MADE = { outputs = "t.file 'out'", run = "function() return rille.file 'k.txt' end" }
case("a file read by the step, also through a helper, an alias, io.lines, dofile", "returned by the step as a file",
  { main = oracle.program(MADE):gsub("return text%(x%)",
    "local h = io.open(x.path) local s = h:read 'a' h:close() return s"),
    files = { ["k.txt"] = "one" } },
  { main = oracle.program(MADE):gsub("return text%(x%)",
    "local h = io.open(x.path) local s = h:read 'a' h:close() return s"),
    files = { ["k.txt"] = "two" } })
case("a file read by the step, also through a helper, an alias, io.lines, dofile", "f:read() of a rille.file",
  { run = "function() return rille.file('k.txt'):read() end", files = { ["k.txt"] = "one" } },
  { run = "function() return rille.file('k.txt'):read() end", files = { ["k.txt"] = "two" } })
case("a file read by the step, also through a helper, an alias, io.lines, dofile",
  "f:read() of a rille.file that it captured",
  { top = "local file = rille.file 'k.txt'", run = "function() return file:read() end", files = { ["k.txt"] = "one" } },
  { top = "local file = rille.file 'k.txt'", run = "function() return file:read() end", files = { ["k.txt"] = "two" } })
case("a file read by the step, also through a helper, an alias, io.lines, dofile", "d:files() of a rille.dir",
  { run = "function() return rille.dir('data'):files() end",
    files = { ["data/k.txt"] = "one", ["data/l.txt"] = false } },
  { run = "function() return rille.dir('data'):files() end", files = { ["data/l.txt"] = "two" } })
case("a file read by the step, also through a helper, an alias, io.lines, dofile",
  "d:files() of a folder below a rille.dir",
  { run = "function() return rille.dir('data'):files() end",
    files = { ["data/a/k.txt"] = "one", ["data/a/l.txt"] = false } },
  { run = "function() return rille.dir('data'):files() end", files = { ["data/a/l.txt"] = "two" } })
case("a file read by the step, also through a helper, an alias, io.lines, dofile", "art:write_file of a materializer",
  { top = materializer { save = "function(b, art) art:write_file('v', 'k.txt') end" }, run = run "return box(1)",
    files = { ["k.txt"] = "one" } },
  { top = materializer { save = "function(b, art) art:write_file('v', 'k.txt') end" }, run = run "return box(1)",
    files = { ["k.txt"] = "two" } })
case("a file that did not exist and now does", "rille.file in pcall",
  { run = "function() return (pcall(rille.file, 'k.txt')) end", files = { ["k.txt"] = false } },
  { run = "function() return (pcall(rille.file, 'k.txt')) end", files = { ["k.txt"] = "one" } })
case("a file read by the step, also through a helper, an alias, io.lines, dofile",
  "its size or path by rille.file in the step",
  { run = "function() local f = rille.file 'k.txt' local h = io.open(f.path) local s = h:read 'a' h:close() "
    .. "return s end",
    files = { ["k.txt"] = "one" } },
  { run = "function() local f = rille.file 'k.txt' local h = io.open(f.path) local s = h:read 'a' h:close() "
    .. "return s end",
    files = { ["k.txt"] = "two" } })
case("a file read by the step, also through a helper, an alias, io.lines, dofile", "array.load",
  { top = ARRAY, run = run "return array.load('a.npy'):sum()", tail = "array.save(array.from { 1, 2 }, 'a.npy')" },
  { top = ARRAY, run = run "return array.load('a.npy'):sum()", tail = "array.save(array.from { 1, 3 }, 'a.npy')" })
case("a file read by the step, also through a helper, an alias, io.lines, dofile", "by the code that saves the output",
  { top = materializer { save = "function(b, art) local f = io.open 'k.txt' art:write('v', f:read 'a') f:close() end" },
    run = run "return box(1)", files = { ["k.txt"] = "one" } },
  { top = materializer { save = "function(b, art) local f = io.open 'k.txt' art:write('v', f:read 'a') f:close() end" },
    run = run "return box(1)", files = { ["k.txt"] = "two" } })
case("a file read by the step, also through a helper, an alias, io.lines, dofile", "by a step called inside a step",
  of_top("local s = rille.step 's' { outputs = { t.any 'o' }, run = function() local f = io.open 'k.txt' local s "
    .. "= f:read 'a' f:close() return s end }",
    "return s {}"),
  nil)
cases[#cases].two = { top = cases[#cases].one.top, run = cases[#cases].one.run, files = { ["k.txt"] = "two" } }
cases[#cases].one.files = { ["k.txt"] = "one" }

local function appears(variant, body, name, text, extra)
  local files = {}
  for k, v in pairs(extra or {}) do files[k] = v end
  local without, with = {}, {}
  for k, v in pairs(files) do without[k], with[k] = v, v end
  without[name], with[name] = false, text
  case("a file that did not exist and now does", variant, { run = run(body), files = without },
    { run = run(body), files = with })
  case("a file removed", variant, { run = run(body), files = with }, { run = run(body), files = without })
end
appears("io.open", "local f = io.open 'k.txt' if not f then return 'none' end local s = f:read 'a' f:close() return s",
  "k.txt", "one")
appears("io.open of an empty file", "local f = io.open 'k.txt' if not f then return 'none' end f:close() return 'some'",
  "k.txt", "")
appears("io.lines in pcall", "local ok, it = pcall(io.lines, 'k.txt') return ok and it() or 'none'", "k.txt", "one\n")
appears("dofile in pcall", "local ok, v = pcall(dofile, 'k.lua') return ok and v or 'none'", "k.lua", "return 1")
appears("loadfile", "local f = loadfile 'k.lua' return f and f() or 'none'", "k.lua", "return 1")
appears("require in pcall", "local ok, v = pcall(function() return require 'k' end) return ok and v or 'none'", "k.lua",
  "return 1")
appears("in a folder that is not there",
  "local f = io.open 'new/k.txt' if not f then return 'none' end local s = f:read 'a' f:close() return s", "new/k.txt",
  "one")
appears("the second of two",
  "for _, n in ipairs { 'a.txt', 'k.txt' } do local f = io.open(n) if f then f:close() return n end end return 'none'",
  "k.txt", "one")
appears("the first of two",
  "for _, n in ipairs { 'k.txt', 'b.txt' } do local f = io.open(n) if f then f:close() return n end end return 'none'",
  "k.txt", "one", { ["b.txt"] = "b" })
appears("io.open to read and write",
  "local f = io.open('k.txt', 'r+') if f then f:close() end return f and 'some' or 'none'", "k.txt", "one")
appears("csv.read in pcall", "local ok, f = pcall(require('rille.csv').read, 'k.csv') return ok and f.n_rows or 'none'",
  "k.csv", "a\n1\n")

local READ = run "local f = io.open 'k.txt' local s = f:read 'a' f:close() return s"
case("a file of equal size and other bytes", "at once", { run = READ, files = { ["k.txt"] = "one" } },
  { run = READ, files = { ["k.txt"] = "two" } })
case("a file of equal size and other bytes", "with its old times",
  { run = READ, files = { ["k.txt"] = "one" }, setup = "touch -d '2020-01-01 00:00:00' k.txt" },
  { run = READ, files = { ["k.txt"] = "two" }, setup = "touch -d '2020-01-01 00:00:00' k.txt" })
case("a file of equal size and other bytes", "another file under its name",
  { run = READ, files = { ["k.txt"] = "one" } },
  { run = READ, files = { ["l.txt"] = "two" }, setup = "touch -r k.txt l.txt; mv l.txt k.txt" })
case("a file of equal size and other bytes", "in a module inside the step",
  { run = run "return (require 'm')", files = { ["m.lua"] = "return 1" } },
  { run = run "return (require 'm')", files = { ["m.lua"] = "return 2" } })

local WRITE = run "local f = io.open('made.txt', 'w') f:write 'made' f:close() return 1"
local WROTE = "a file it had written and that is gone"
case(WROTE, "gone", { run = WRITE }, { run = WRITE, setup = "rm made.txt" },
  { same = true, one_way = true, alone = true })
case(WROTE, "with other bytes", { run = WRITE }, { run = WRITE, files = { ["made.txt"] = "MADE" } },
  { same = true, one_way = true, alone = true })
case(WROTE, "in a folder",
  { run = run "local f = io.open('d/made.txt', 'w') f:write 'made' f:close() return 1", files = { ["d/x"] = "" } },
  { run = run "local f = io.open('d/made.txt', 'w') f:write 'made' f:close() return 1", setup = "rm d/made.txt" },
  { same = true, one_way = true, alone = true })
case(WROTE, "by csv.write",
  { top = FRAME .. "local csv = require 'rille.csv'",
    run = run("csv.write(frame.new { " .. column("a", 1) .. " }, 'made.csv') return 1") },
  { top = FRAME .. "local csv = require 'rille.csv'",
    run = run("csv.write(frame.new { " .. column("a", 1) .. " }, 'made.csv') return 1"), setup = "rm made.csv" },
  { same = true, one_way = true, alone = true })

-- ---- the kind of an entry, links, rights ----

-- Two shell texts that make what stands there; each removes first what did before.
local ENTRY = "an entry that turns from file to folder"
local function entry(variant, body, one, two, options)
  case(ENTRY, variant, { run = run(body), setup = "rm -rf k k2 d; " .. one },
    { run = run(body), setup = "rm -rf k k2 d; " .. two }, options)
end
local READ_K = "local f = io.open 'k' local s = f and f:read 'a' if f then f:close() end return tostring(s)"
entry("an empty one", READ_K, ": > k", "mkdir k")
entry("one with text", READ_K, "echo text > k", "mkdir k; echo text > k/text")
entry("read by io.lines in pcall", "return (pcall(function() for _ in io.lines 'k' do end end))", ": > k", "mkdir k")
entry("by rille.file in pcall", "return (pcall(rille.file, 'k'))", ": > k", "mkdir k")
entry("by rille.dir in pcall", "return (pcall(rille.dir, 'k'))", "mkdir k", ": > k")
entry("by dofile in pcall", "return (pcall(dofile, 'k'))", ": > k", "mkdir k")
entry("by csv.read in pcall", "return (pcall(require('rille.csv').read, 'k'))", "printf 'a\\n1\\n' > k", "mkdir k")
entry("below a rille.dir", "return rille.dir('d'):files()", "mkdir d; : > d/a; : > d/b", "mkdir d d/b; : > d/a")
entry("below a rille.dir, through a link that stays", "return rille.dir('d'):files()", "mkdir d; : > k; ln -s ../k d/a",
  "mkdir d k; : > k/b; ln -s ../k d/a")
entry("a module inside the step", "return (pcall(function() return require 'd.k' end))",
  "mkdir d; echo 'return 1' > d/k.lua", "mkdir -p d/k.lua")
-- A pipe is nothing that a record can vouch for: the step runs each time.
cases[#cases + 1] = { phrase = ENTRY, variant = "into a pipe", try = function()
  local project <close> = oracle.project()
  local parts = { run = run "return (pcall(rille.file, 'k'))", setup = ": > k" }
  project:complete(install(project, parts))
  project:shell "rm k; mkfifo k"
  local second = project:complete()
  check.eq(second.steps.work.status, "completed")
  project:judge(second)
end }
entry("what is missing into what is below a file", "return select(3, io.open 'd/k')", "mkdir d", ": > d")
entry("what is missing into what is below a file, by os.remove", "return select(3, os.remove 'd/k')", "mkdir d",
  ": > d")
entry("a path that ends with a slash", "return select(3, io.open 'k/') or 'folder'", ": > k", "mkdir k")

-- A step that is a program, with its output `out`.
local function program(command, files)
  local text = oracle.program { fields = "command = " .. command .. ", stdout = 'out',", outputs = 't.string "out"',
    run = "RUN" }
  return { main = (text:gsub("  run = RUN,\n", "")), files = files }
end
local function seen(phrase, variant, command, one, two, options)
  local first, second = program(command), program(command)
  first.setup, second.setup = "rm -rf k x y d; " .. one, "rm -rf k x y d; " .. two
  case(phrase, variant, first, second, options)
end
local RIGHTS = "a script or program that a command step calls"
seen(RIGHTS, "the right to execute a file that it is given", "'test -x k && echo yes || echo no'", ": > k; chmod +x k",
  ": > k; chmod -x k")
seen(RIGHTS, "the right to execute a file in a folder", "{ 'find', 'd', '-executable', '-type', 'f' }",
  "mkdir d; : > d/k; chmod +x d/k", "mkdir d; : > d/k")
seen(RIGHTS, "a link in place of the file", "'test -L k && echo link || echo file'", "echo x > x; ln -s x k",
  "echo x > k")
seen(RIGHTS, "where a link leads", "'readlink k'", "echo x > x; echo x > y; ln -s x k",
  "echo x > x; echo x > y; ln -s y k")
seen(RIGHTS, "a link that leads nowhere", "'test -L k && echo link || echo none'", ":", "ln -s nowhere k")
seen(RIGHTS, "a link in a folder", "{ 'find', 'd', '-type', 'l' }", "mkdir d; echo x > x; ln -s ../x d/k",
  "mkdir d; echo x > x; cp x d/k")
seen(RIGHTS, "where a link in a folder leads", "{ 'find', 'd', '-type', 'l', '-exec', 'readlink', '{}', '+' }",
  "mkdir d; echo x > x; echo x > y; ln -s ../x d/k", "mkdir d; echo x > x; echo x > y; ln -s ../y d/k")

-- ---- files that were open before, and where the project is ----

case("the default input", "which standard file is the default output", { run = run "return io.output() == io.stdout" },
  { top = "io.output(io.stderr)", run = run "return io.output() == io.stdout" })
case("the default input", "which standard file is the default input", { run = run "return io.input() == io.stdin" },
  { top = "io.input(io.stdout)", run = run "return io.input() == io.stdin" })
case("the default input", "a standard file that the script took away", { run = run "return io.stdin == nil" },
  { top = "io.stdin = nil", run = run "return io.stdin == nil" })

-- The project moves; a step whose result names its folder runs again.
local function moved(variant, parts)
  parts.files = { ["k.txt"] = "one" }
  cases[#cases + 1] = { phrase = "a path that names the project's folder", variant = variant, try = function()
    local project <close> = oracle.project()
    local first = project:complete(install(project, parts))
    check.eq(project:complete().steps.work.status, "cached")
    local there = project.root .. "/moved"
    os.execute("mv " .. oracle.quote(project.dir) .. " " .. oracle.quote(there))
    project.dir = there
    local second = project:complete()
    check.eq(second.steps.work.status, "completed", "work, moved")
    check.ok(first.steps.work.outputs.out ~= second.steps.work.outputs.out, "the move made no other output")
    project:judge(second)
  end }
end
moved("f:absolute()", { run = run "return rille.file('k.txt'):absolute()" })
moved("what is computed from it",
  { run = run "return #rille.file('k.txt'):absolute() .. rille.dir('.'):absolute():match '[^/]*$'" })
moved("in a message", { run = run "return select(2, pcall(require('rille.csv').read, 'nothing.csv'))" })
moved("in a nested table", { run = run "return { { path = rille.file('k.txt'):absolute() } }" })
moved("pwd, of a program", program "'pwd'")
moved("a file handed to a program called in a step",
  { top = "local s = rille.step 's' { inputs = { t.file 'f' }, outputs = { t.string 'o' }, command = { 'echo', "
    .. "'{inputs.f}' }, stdout = 'o' }",
  run = run "return s(rille.file 'k.txt')" })

-- ---- environment, modules, versions ----

local GET = run "return os.getenv 'RILLE_CASE' or 'none'"
case("an environment variable", "changed", { run = GET, env = { RILLE_CASE = "a" } },
  { run = GET, env = { RILLE_CASE = "b" } })
case("an environment variable", "set", { run = GET, env = { RILLE_CASE = false } },
  { run = GET, env = { RILLE_CASE = "b" } })
case("an environment variable", "unset", { run = GET, env = { RILLE_CASE = "a" } },
  { run = GET, env = { RILLE_CASE = false } })
case("an environment variable", "empty to unset", { run = GET, env = { RILLE_CASE = "" } },
  { run = GET, env = { RILLE_CASE = false } })
case("an environment variable", "through an alias",
  { top = "local get = os.getenv", run = run "return get 'RILLE_CASE'", env = { RILLE_CASE = "a" } },
  { top = "local get = os.getenv", run = run "return get 'RILLE_CASE'", env = { RILLE_CASE = "b" } })
case("an environment variable", "read above the step",
  { top = "local v = os.getenv 'RILLE_CASE'", run = run "return v", env = { RILLE_CASE = "a" } },
  { top = "local v = os.getenv 'RILLE_CASE'", run = run "return v", env = { RILLE_CASE = "b" } })
case("an environment variable", "read by a module inside the step",
  { run = run "return (require 'm')", files = { ["m.lua"] = "return os.getenv 'RILLE_CASE'" },
    env = { RILLE_CASE = "a" } },
  { run = run "return (require 'm')", env = { RILLE_CASE = "b" } })

local SHADOW = "a module that now shadows another on the path"
case(SHADOW, "inside the step", { run = run "return (require 'm')", files = { ["m/init.lua"] = "return 1" } },
  { run = run "return (require 'm')", files = { ["m.lua"] = "return 2" } }, { one_way = true })
case(SHADOW, "above the step",
  { top = "local m = require 'm'", run = run "return m", files = { ["m/init.lua"] = "return 1" } },
  { top = "local m = require 'm'", run = run "return m", files = { ["m.lua"] = "return 2" } }, { one_way = true })
case(SHADOW, "a module of a module",
  { run = run "return (require 'k')", files = { ["k.lua"] = "return require 'm'", ["m/init.lua"] = "return 1" } },
  { run = run "return (require 'k')", files = { ["m.lua"] = "return 2" } }, { one_way = true })
case(SHADOW, "package.path of the script",
  { top = "package.path = './a/?.lua;' .. package.path", run = run "return (require 'm')",
    files = { ["a/m.lua"] = "return 1", ["b/m.lua"] = "return 2" } },
  { top = "package.path = './b/?.lua;' .. package.path", run = run "return (require 'm')" })
case(SHADOW, "the shadow goes",
  { run = run "return (require 'm')", files = { ["m/init.lua"] = "return 1", ["m.lua"] = "return 2" } },
  { run = run "return (require 'm')", files = { ["m.lua"] = false } })
case(SHADOW, "package.loaded of the script", { top = "package.loaded.m = 1", run = run "return (require 'm')" },
  { top = "package.loaded.m = 2", run = run "return (require 'm')" })
case(SHADOW, "package.preload of the script",
  { top = "package.preload.m = function() return 1 end", run = run "return (require 'm')" },
  { top = "package.preload.m = function() return 2 end", run = run "return (require 'm')" })

local YAML = { params = "n = 0", fields = "params = { n = 1, s = 'x', l = t.list(t.any) { default = {} } },",
  run = "function(p) return { p.n, p.s, p.l } end", call = "{ n = p.n }",
  args = "--config c.yaml" }
local function yaml(text, env)
  local parts = {}
  for k, v in pairs(YAML) do parts[k] = v end
  parts.files, parts.env = { ["c.yaml"] = text }, env
  return parts
end
case("a parameter given by YAML", "of the pipeline", yaml "parameters: { n: 2 }", yaml "parameters: { n: 3 }")
case("a parameter given by YAML", "of a step", yaml "steps: { work: { parameters: { s: a } } }",
  yaml "steps: { work: { parameters: { s: b } } }")
case("a parameter given by YAML", "of a step beside the pipeline's", yaml "parameters: { n: 2 }",
  yaml "parameters: { n: 2 }\nsteps: { work: { parameters: { n: 4 } } }")
case("a parameter given by YAML", "a string that looks like a number",
  yaml "steps: { work: { parameters: { s: 1.0 } } }", yaml "steps: { work: { parameters: { s: 1 } } }")
case("a parameter given by YAML", "in a list", yaml "steps: { work: { parameters: { l: [1] } } }",
  yaml "steps: { work: { parameters: { l: ['1'] } } }")
case("a parameter given by YAML", "by a variable",
  yaml("steps: { work: { parameters: { s: '${env:MODE}' } } }", { MODE = "a" }),
  yaml("steps: { work: { parameters: { s: '${env:MODE}' } } }", { MODE = "b" }))
case("a parameter given by YAML", "there or not",
  { params = YAML.params, fields = YAML.fields, run = YAML.run, call = YAML.call }, yaml "parameters: { n: 2 }")
case("a parameter given by YAML", "of :run",
  { main = oracle.program { params = YAML.params, fields = YAML.fields, run = YAML.run, call = YAML.call,
    tail = "if rille.main() then p:run { run_name = arg[1], config = 'c.yaml' } end" },
    program = true, files = { ["c.yaml"] = "parameters: { n: 2 }" } },
  { main = oracle.program { params = YAML.params, fields = YAML.fields, run = YAML.run, call = YAML.call,
    tail = "if rille.main() then p:run { run_name = arg[1], config = 'c.yaml' } end" },
    program = true, files = { ["c.yaml"] = "parameters: { n: 3 }" } })

case("step.version", "an integer", { fields = "version = 1,", run = run "return 1" },
  { fields = "version = 2,", run = run "return 1" }, { same = true })
case("step.version", "a string", { fields = "version = '1',", run = run "return 1" },
  { fields = "version = 'x',", run = run "return 1" }, { same = true })
case("step.version", "an integer to a string", { fields = "version = 1,", run = run "return 1" },
  { fields = "version = '1',", run = run "return 1" }, { same = true })
case("step.version", "given or not", { run = run "return 1" }, { fields = "version = 1,", run = run "return 1" },
  { same = true })

case("the Lua release", "", { run = run "return 1" }, { run = run "return 1", env = { RILLE_TEST_FP_SALT = "5.4.9" } },
  { same = true, after = "completed" })
case("rille's own version of a builtin", "", { run = run "return 1", env = { RILLE_TEST_FP_SALT = "builtins 1" } },
  { run = run "return 1", env = { RILLE_TEST_FP_SALT = "builtins 2" } }, { same = true, after = "completed" })

-- ---- commands ----

-- A project whose step `work` is a command with these fields.
local function of_command(fields, extra)
  local version = extra or {}
  version.main = 'local rille = require "rille"\nlocal t = rille.types\n' .. (version.top or "")
    .. '\nlocal work = rille.step "work" { ' .. fields .. " }\n" ..
    'local after = rille.step "after" { inputs = { t.any "x" }, outputs = { t.string "text" }, run = '
      .. 'function(x) return tostring(x) end }\n'
      ..
    'return rille.pipeline "p" { define = function() after { x = work ' .. (version.call or "{}") .. " } end }\n"
  return version
end
local OUT = ' outputs = { t.string "out" }, stdout = "out"'
local TOOL = "#!/bin/sh\necho %s\n"

local CALLED = "a script or program that a command step calls"
local function script(variant, fields, name, one, two, setup)
  case(CALLED, variant, of_command(fields .. OUT, { files = { [name] = one }, setup = setup }),
    of_command(fields .. OUT, { files = { [name] = two }, setup = setup }))
end
script("an argument", 'command = { "sh", "work.sh" },', "work.sh", "echo 1", "echo 2")
script("an argument in a folder", 'command = { "sh", "sub/work.sh" },', "sub/work.sh", "echo 1", "echo 2")
script("an argument behind a =", [[command = { "sh", "-c", "cat ${1#*=}", "x", "--file=data.txt" },]], "data.txt", "1",
  "2")
script("a word of the shell behind a =", [[command = "dd if=data.txt 2>/dev/null",]], "data.txt", "1", "2")
script("a word for the shell", 'command = "sh work.sh",', "work.sh", "echo 1", "echo 2")
script("a quoted word for the shell", [[command = "sh 'work it.sh' | cat",]], "work it.sh", "echo 1", "echo 2")
script("read by a redirection of the shell", 'command = "cat <data.txt",', "data.txt", "1", "2")
script("the program", 'command = { "./tool" },', "tool", TOOL:format "1", TOOL:format "2", "chmod +x tool")
script("a program in the shell's text", 'command = "true && ./tool",', "tool", TOOL:format "1", TOOL:format "2",
  "chmod +x tool")
script("the interpreter of the program", 'command = { "./tool" },', "interpreter", TOOL:format "1", TOOL:format "2",
  [[chmod +x interpreter; printf '#!%s/interpreter\n' "$PWD" > tool; chmod +x tool]])
script("the interpreter of a script that env looks for",
  'command = { "./tool" }, env = { PATH = "bin:/bin:/usr/bin" },', "bin/mine", TOOL:format "1", TOOL:format "2",
  [[chmod +x bin/mine; printf '#!/usr/bin/env mine\n' > tool; chmod +x tool]])
local JARS <const> = { tool = "#!/bin/sh\ncat y.jar z.jar\n", ["y.jar"] = "1" }
for _, words in ipairs { "-cp y.jar:z.jar Main", "--files=y.jar,z.jar", "file:y.jar file://z.jar",
  "'concat:y.jar|z.jar'", "'y.jar z.jar'", "--in:z.jar", "'{\\\"f\\\": \\\"z.jar\\\"}'" } do
  local function with(z)
    local files = { ["z.jar"] = z }
    for name, text in pairs(JARS) do files[name] = text end
    return of_command('command = "sh ./tool ' .. words .. '",' .. OUT, { files = files })
  end
  case(CALLED, "files that stand in one word: " .. words, with "1", with "2")
end
case(CALLED, "the shell of a text", of_command('command = "echo a{b,c}",' .. OUT, {}),
  of_command('command = "echo a{b,c}", shell = "sh",' .. OUT, {}))
script("a file in a folder that is an argument", [[command = { "sh", "-c", "cat $1/*", "x", "sub" },]], "sub/a", "1",
  "2")
script("a file that depends names", [[command = { "sh", "-c", "cat l*" }, depends = { "lib" },]], "lib", "1", "2")
script("a program of the shell, in the PATH of env", [[command = "mine", env = { PATH = "bin:/bin" },]], "bin/mine",
  TOOL:format "1", TOOL:format "2", "chmod +x bin/mine")
case(CALLED, "another of that name comes first in PATH",
  of_command('command = { "mine" },' .. OUT,
    { files = { ["b/mine"] = TOOL:format "1", ["a/mine"] = TOOL:format "2" }, setup = "chmod +x a/mine b/mine",
      env = { PATH = "b:a:/bin:/usr/bin" } }),
  of_command('command = { "mine" },' .. OUT, { env = { PATH = "a:b:/bin:/usr/bin" } }))
case(CALLED, "another of that name appears in PATH",
  of_command('command = { "mine" },' .. OUT,
    { files = { ["b/mine"] = TOOL:format "1", ["a/mine"] = false }, setup = "mkdir -p a; chmod +x b/mine",
      env = { PATH = "a:b:/bin:/usr/bin" } }),
  of_command('command = { "mine" },' .. OUT,
    { files = { ["a/mine"] = TOOL:format "2" }, setup = "chmod +x a/mine", env = { PATH = "a:b:/bin:/usr/bin" } }))
case(CALLED, "an argument that was no file and now is",
  of_command('command = { "sh", "-c", "test -e flag && echo 1 || echo 0", "x", "flag" },' .. OUT,
    { files = { flag = false } }),
  of_command('command = { "sh", "-c", "test -e flag && echo 1 || echo 0", "x", "flag" },' .. OUT,
    { files = { flag = "" } }))

script("a file that a parameter names", 'params = { f = "x.txt" }, command = { "cat", "{params.f}" },', "x.txt", "1",
  "2")
script("a file that a parameter names in part", 'params = { n = 7 }, command = { "cat", "./x{params.n}.txt" },',
  "x7.txt", "1", "2")
script("a file that a parameter names in a text for the shell",
  'params = { f = "x y.txt" }, command = "cat {params.f}",', "x y.txt", "1", "2")
script("a file of a pattern of the shell's", 'command = "cat d/*.txt",', "d/x.txt", "1", "2")
script("a file that is glued to an option", 'command = { "grep", "-fx.txt", "y.txt" },', "x.txt", "1", "2",
  "seq 3 > y.txt")
script("a file after --", 'command = { "cat", "--", "-x.txt" },', "-x.txt", "1", "2")
script("what env starts by its option -S", 'command = { "./s" },', "tool", TOOL:format "1", TOOL:format "2",
  "printf '#!/usr/bin/env -S ./tool -x\\n' > s; chmod +x s tool")
case(CALLED, "one file more of a pattern of the shell's",
  of_command('command = "cat d/[ab].txt",' .. OUT, { files = { ["d/a.txt"] = "1", ["d/b.txt"] = false } }),
  of_command('command = "cat d/[ab].txt",' .. OUT, { files = { ["d/b.txt"] = "2" } }))
case(CALLED, "an empty folder more in a folder",
  of_command('command = { "ls", "d" },' .. OUT, { setup = "mkdir -p d; rm -rf d/e" }),
  of_command('command = { "ls", "d" },' .. OUT, { setup = "mkdir d/e" }))
case(CALLED, "a file to which an output is a link",
  of_command([[command = 'ln -s "$PWD/x" {outputs.out}', outputs = { t.string "out" }]], { files = { x = "1" } }),
  of_command([[command = 'ln -s "$PWD/x" {outputs.out}', outputs = { t.string "out" }]], { files = { x = "2" } }))
-- What stands in a text for the shell, by -c or through other programs: read by the
-- first, read otherwise by the second.  The file is k.txt unless another is named.
local TEXT = "the text of a shell, and programs behind programs"
local function text_case(variant, text, options)
  options = options or {}
  local name = options.file or "k.txt"
  local function version(content)
    local v = { files = {}, setup = options.setup, env = options.env }
    for k, x in pairs(options.files or {}) do v.files[k] = x end
    v.files[name] = content
    return v
  end
  local one, two = options.one or "1\n", options.two or "2\n"
  if options.one == false then one = false end
  local fields = (options.fields or "") .. OUT
  case(TEXT, variant, of_command(string.format("command = %q,", text) .. fields, version(one)),
    of_command(string.format("command = %q,", text) .. fields, version(two)))
  if not options.words then
    for _, sh in ipairs { "sh", "bash" } do
      case(TEXT, variant .. ", by " .. sh .. " -c",
        of_command(string.format("command = { %q, '-c', %q },", sh, text) .. fields, version(one)),
        of_command(string.format("command = { %q, '-c', %q },", sh, text) .. fields, version(two)))
    end
  end
end
text_case("a file", "cat k.txt")
text_case("a variable of its own", "F=k; cat $F.txt")
text_case("a variable that is given", 'cat < "$F"', { fields = 'env = { F = "k.txt" },' })
text_case("a variable that is handed on", 'cat < "$F"', { fields = "env = { F = true },", env = { F = "k.txt" } })
text_case("a loop over a pattern", 'for f in d/*; do cat "$f"; done', { file = "d/k" })
text_case("a loop over a pattern, one more file", 'for f in d/*; do cat "$f"; done',
  { file = "d/k", one = false, files = { ["d/a"] = "a" } })
text_case("a pattern that stood for nothing", "cat *.txt 2>/dev/null || true", { one = false })
text_case("a hidden file by a pattern", "cat .h*", { file = ".hidden" })
text_case("a set in a pattern", "cat [[:alpha:]].txt")
text_case("another folder", "cd sub && cat k.txt", { file = "sub/k.txt", files = { ["k.txt"] = "other" } })
text_case("another folder and back", "cd sub && cd .. && cat k.txt", { files = { ["sub/x"] = "" } })
text_case("whether the other folder is there", "cd sub 2>/dev/null && echo 1 || echo 2",
  { file = "sub/x", one = false, setup = "rmdir sub 2>/dev/null; true" })
script("a file after -- that was not there", [[command = "cat -- -x.txt 2>/dev/null || true",]], "-x.txt", false, "2")
text_case("a text that is read in", ". ./lib.sh", { file = "lib.sh", one = "echo 1", two = "echo 2" })
text_case("what a text that is read in reads", ". ./lib.sh", { files = { ["lib.sh"] = "cat k.txt" } })
text_case("a here-document", "cat <<EOF\n$(cat k.txt)\nEOF")
text_case("a command in a command", "echo $(cat k.txt) `cat k.txt`")
text_case("a function", 'f() { cat "$1"; }; f k.txt')
text_case("a condition", "if [ -e k.txt ]; then echo 1; else echo 2; fi", { one = false })
text_case("a default", "cat ${NONE:-k.txt}")
text_case("a suffix taken off", "f=k.csv; cat ${f%.csv}.txt")
text_case("exec", "exec cat k.txt")
text_case("eval", "eval 'cat k.txt'")
text_case("a subshell and groups", "( { cat k.txt; } )")
text_case("a case", "case a in a) cat k.txt ;; esac")
text_case("a redirection of a loop", "while read l; do echo $l; done < k.txt")
text_case("a backslash", "cat k\\.txt")
text_case("env", "env X=1 cat k.txt")
text_case("timeout", "timeout -k 1 5 cat k.txt")
text_case("programs one behind the other", "env X=1 nice -n 1 nohup setsid timeout 5 stdbuf -o L cat k.txt 2>/dev/null")
text_case("a shell in a shell", [=[sh -c 'bash -c "cat $1" _ "$1"' _ k.txt]=])
text_case("a shell in a shell that is given a variable", [[F=k.txt sh -c 'cat $F']])
text_case("a variable by env", [[env F=k.txt sh -c 'cat $F']])
text_case("find and a program", "find d -type f -exec cat {} +", { file = "d/sub/k" })
text_case("find, a program and another file", "find d -type f -exec cat {} k.txt \\;", { files = { ["d/x"] = "x" } })
text_case("awk", "awk '{ print $1 }' k.txt")
text_case("sed", "sed s/x/y/ k.txt")
text_case("the folder it is in", "ls", { file = "new", one = false })
text_case("the folder it is in, by grep", "grep -rh only .", { file = "sub/k", one = "only 1\n", two = "only 2\n" })
script("braces of a shell", [[command = { "bash", "-c", "cat {k,l}.txt" },]], "k.txt", "1", "2", "touch l.txt")
script("a condition of two brackets", [=[command = { "bash", "-c", "[[ -s k.txt ]] && echo 1 || echo 2" },]=], "k.txt",
  "", "2")
script("a process in place of a file", [[command = { "bash", "-c", "cat <(sort k.txt)" },]], "k.txt", "1", "2")
for _, one in ipairs { { "env", "X=1", "cat", "k.txt" }, { "timeout", "5", "cat", "k.txt" }, { "nice", "cat", "k.txt" },
  { "nohup", "cat", "k.txt" }, { "setsid", "-w", "cat", "k.txt" }, { "stdbuf", "-oL", "cat", "k.txt" },
  { "/bin/sh", "-c", "cat k.txt" }, { "sh", "-ec", "cat k.txt" }, { "env", "sh", "-c", "cat k.txt" },
  { "find", ".", "-name", "k.txt", "-exec", "cat", "{}", ";" }, { "bash", "-c", "cat < k.txt" } } do
  local list = {}
  for i, word in ipairs(one) do list[i] = string.format("%q", word) end
  script("words: " .. table.concat(one, " "), "command = { " .. table.concat(list, ", ") .. " },", "k.txt", "1", "2")
end
script("a program behind env", 'command = { "env", "X=1", "./tool" },', "tool", TOOL:format "1", TOOL:format "2",
  "chmod +x tool")
script("a program behind timeout in a text", 'command = "timeout 5 ./tool",', "tool", TOOL:format "1", TOOL:format "2",
  "chmod +x tool")
script("a program of another folder", 'command = "cd sub && ./tool",', "sub/tool", TOOL:format "1", TOOL:format "2",
  "chmod +x sub/tool")
script("the interpreter of a program behind env", 'command = { "env", "./tool" },', "interpreter", TOOL:format "1",
  TOOL:format "2", "printf '#!./interpreter\n' > tool; chmod +x tool interpreter")
script("a file whose name has a tab", [[command = { "cat", "a\tb" },]], "a\tb", "1", "2")
script("a file behind an @", 'command = { "sh", "-c", "cat ${1#@}", "x", "@k.txt" },', "k.txt", "1", "2")
script("a file that a variable of env names", 'command = { "sh", "work.sh" }, env = { CONF = "conf.ini" },', "conf.ini",
  "1", "2", "echo 'cat $CONF' > work.sh")
case(CALLED, "the tool of a text is another by its PATH",
  of_command('command = "PATH=a:b:$PATH; mine",' .. OUT,
    { files = { ["b/mine"] = TOOL:format "1", ["a/mine"] = false }, setup = "mkdir -p a; chmod +x b/mine" }),
  of_command('command = "PATH=a:b:$PATH; mine",' .. OUT,
    { files = { ["a/mine"] = TOOL:format "2" }, setup = "chmod +x a/mine" }))

-- A folder that is a word counts as a whole.
local FOLDER = "a folder that a command names"
local function folder_case(variant, before, now, command)
  command = command
    or '{ "sh", "-c", "find d | sort; find d -type l -exec readlink {} +; find d -type f -executable; true" }'
  case(FOLDER, variant,
    of_command("command = " .. command .. "," .. OUT, { setup = "rm -rf d; mkdir d; echo a > d/a; " .. before }),
    of_command("command = " .. command .. "," .. OUT, { setup = now }))
end
for _, name in ipairs { ".hidden", ".git", ".rille", "__pycache__", ".git/objects", "node_modules" } do
  folder_case("a folder " .. name .. " in it", "true", "mkdir -p d/" .. name)
  folder_case("a file in " .. name, "mkdir -p d/" .. name, "touch d/" .. name .. "/x")
  folder_case("what is in a file in " .. name, "mkdir -p d/" .. name .. "; echo 1 > d/" .. name .. "/x", "echo 2 > d/"
    .. name .. "/x", '"cat d/' .. name .. '/x; ls d > /dev/null"')
end
folder_case("a file becomes a folder", "touch d/x", "rm d/x; mkdir d/x", '{ "find", "d", "-type", "d" }')
folder_case("a file becomes a link to its like", "cp d/a d/x", "rm d/x; ln -s a d/x")
folder_case("a link leads elsewhere", "cp d/a d/b; ln -s a d/x", "ln -sf b d/x")
folder_case("a dangling link leads elsewhere", "ln -s none d/x", "ln -sf nothing d/x")
folder_case("a file can be executed", "chmod -x d/a", "chmod +x d/a")
folder_case("a file becomes a pipe", "touch d/x", "rm d/x; mkfifo d/x", '{ "find", "d", "-type", "p" }')
folder_case("an empty folder is removed", "mkdir d/x", "rmdir d/x")
folder_case("the kind of a word", "true", "rm -r d; touch d", '{ "sh", "-c", "test -d d && echo 1 || echo 2" }')
case(FOLDER, "a link that is a word leads elsewhere",
  of_command('command = { "readlink", "l" },' .. OUT, { setup = "ln -sfn a l" }),
  of_command('command = { "readlink", "l" },' .. OUT, { setup = "ln -sfn b l" }))
case(FOLDER, "a file that is a word can be executed",
  of_command([[command = "test -x t && echo 1 || echo 2",]] .. OUT, { setup = "touch t; chmod -x t" }),
  of_command([[command = "test -x t && echo 1 || echo 2",]] .. OUT, { setup = "chmod +x t" }))

for _, kind in ipairs { "file", "dir" } do
  local name = kind == "file" and "x" or "d/x"
  local top = string.format("local cat = rille.step 'cat' { inputs = { t.%s 'f' }, outputs = { t.string 'o' }, "
    .. "command = 'cat {inputs.f}%s', stdout = 'o' } local F = rille.%s '%s'",
    kind, kind == "dir" and "/*" or "", kind, kind == "dir" and "d" or "x")
  case(CALLED, "a captured " .. kind .. ", given to a command in a step",
    { top = top, run = run "return cat(F)", files = { [name] = "1" } },
    { top = top, run = run "return cat(F)", files = { [name] = "2" } })
end

local COMMAND = "a command"
case(COMMAND, "a word", of_command('command = { "echo", "1" },' .. OUT),
  of_command('command = { "echo", "2" },' .. OUT))
case(COMMAND, "words joined", of_command('command = { "printf", "%s|", "a", "b" },' .. OUT),
  of_command('command = { "printf", "%s|", "ab" },' .. OUT))
case(COMMAND, "the shell's text", of_command('command = "echo 1",' .. OUT), of_command('command = "echo 2",' .. OUT))
case(COMMAND, "one word or the shell's text", of_command('command = { "printf", "$0" },' .. OUT),
  of_command('command = "printf $0",' .. OUT))
case(COMMAND, "another placeholder",
  of_command('params = { a = 1, b = 2 }, command = { "echo", "{params.a}" },' .. OUT),
  of_command('params = { a = 1, b = 2 }, command = { "echo", "{params.b}" },' .. OUT))
case(COMMAND, "a placeholder or its text", of_command('params = { a = 1 }, command = { "echo", "{params.a}" },' .. OUT),
  of_command('params = { a = 1 }, command = { "echo", "{{params.a}}" },' .. OUT))
case(COMMAND, "a parameter",
  of_command('params = { a = 1 }, command = { "echo", "{params.a}" },' .. OUT, { call = "{ a = 1 }" }),
  of_command('params = { a = 1 }, command = { "echo", "{params.a}" },' .. OUT, { call = "{ a = 2 }" }))
case(COMMAND, "an input",
  of_command('inputs = { t.string "s" }, command = { "cat", "{inputs.s}" },' .. OUT, { call = "{ s = 'a' }" }),
  of_command('inputs = { t.string "s" }, command = { "cat", "{inputs.s}" },' .. OUT, { call = "{ s = 'b' }" }))
case(COMMAND, "the environment", of_command('command = { "env" }, env = { A = "1" },' .. OUT),
  of_command('command = { "env" }, env = { A = "2" },' .. OUT))
case(COMMAND, "the name of a variable", of_command('command = { "env" }, env = { A = "1" },' .. OUT),
  of_command('command = { "env" }, env = { B = "1" },' .. OUT))
case(COMMAND, "a variable that is handed on",
  of_command('command = { "env" }, env = { RILLE_CASE = true },' .. OUT, { env = { RILLE_CASE = "1" } }),
  of_command('command = { "env" }, env = { RILLE_CASE = true },' .. OUT, { env = { RILLE_CASE = "2" } }))
case(COMMAND, "the output that is its standard output",
  of_command([[command = "echo 1; echo 2 > {outputs.b}", outputs = { t.string "out", t.string "b" }, stdout = "out"]],
    { call = "({}).out" }),
  of_command([[command = "echo 1; echo 2 > {outputs.out}", outputs = { t.string "out", t.string "b" }, stdout = "b"]],
    { call = "({}).out" }))
case(COMMAND, "how a materializer writes what it is given",
  of_command('inputs = { t.box "b" }, command = { "cat", "{inputs.b}" },' .. OUT,
  { top = "Box = {} rille.materializer 'box' { class = Box, version = 1, save = function(b, art) art:write('v', "
    .. "'a') end, load = function(art) return setmetatable({}, Box) end }",
    call = "{ b = setmetatable({}, Box) }" }),
  of_command('inputs = { t.box "b" }, command = { "cat", "{inputs.b}" },' .. OUT,
  { top = "Box = {} rille.materializer 'box' { class = Box, version = 1, save = function(b, art) art:write('v', "
    .. "'b') end, load = function(art) return setmetatable({}, Box) end }",
    call = "{ b = setmetatable({}, Box) }" }))

-- ---- what the page has no phrase for ----

local MORE = "more"
case(MORE, "a bound of an output's type", { run = run "return 5", outputs = "t.integer { max = 9 } 'out'" },
  { run = run "return 5", outputs = "t.integer { max = 7 } 'out'" }, { same = true })
case(MORE, "a bound of an input's type",
  { fields = "inputs = { t.integer { max = 9 } 'x' },", run = "function(x) return x end", call = "{ x = 5 }" },
  { fields = "inputs = { t.integer { max = 7 } 'x' },", run = "function(x) return x end", call = "{ x = 5 }" },
  { same = true })
case(MORE, "the methods of an interface",
  { top = BOX .. "function Box.f() end rille.interface 'able' { methods = { 'f' } }",
    run = run "return pcall(error, 1) and 1 or 2", outputs = "t.any_of { t.integer, t.able } 'out'" },
  { top = BOX .. "function Box.f() end rille.interface 'able' { methods = { 'f', 'g' } }",
    run = run "return pcall(error, 1) and 1 or 2", outputs = "t.any_of { t.integer, t.able } 'out'" },
  { same = true })
case(MORE, "another name of the step, which it reads", { run = "function(_, ctx) return ctx.step.name end" },
  { main = oracle.program { run = "function(_, ctx) return ctx.step.name end" }:gsub('rille.step "work"',
    'rille.step "labour"'):gsub("work {}", "work:with { id = 'work' } {}") })
case(MORE, "an output more", { run = run "return 1, 2", outputs = "t.any 'out', t.any 'two'", wire = ".out" },
  { run = run "return 1, 2, 3", outputs = "t.any 'out', t.any 'two', t.any 'three'", wire = ".out" }, { same = true })
case(MORE, "outputs exchanged", { run = run "return 1, 2", outputs = "t.any 'out', t.any 'two'", wire = ".out" },
  { run = run "return 1, 2", outputs = "t.any 'two', t.any 'out'", wire = ".out" })
case(MORE, "a bound of the type of an input that is wired",
  { top = FAN, define_top = FAN_TOP, fields = "inputs = { t.integer { max = 9 } 'v' },",
    run = "function(v) return v end", call = "{ v = x }" },
  { top = FAN, define_top = FAN_TOP, fields = "inputs = { t.integer { max = 7 } 'v' },",
    run = "function(v) return v end", call = "{ v = x }" },
  { same = true })
case(MORE, "the count of arguments", run "return select('#', ...)",
  { fields = "params = { n = 1 }, inputs = { t.any 'x' },", run = run "return select('#', ...)", call = "{ x = 1 }" })
case(MORE, "the arguments of the script",
  { top = "A = arg[2]", run = run "return A", program = true, args = "a",
    tail = "if rille.main() then p:run { run_name = arg[1] } end" },
  { top = "A = arg[2]", run = run "return A", program = true, args = "b",
    tail = "if rille.main() then p:run { run_name = arg[1] } end" })
case(MORE, "an upvalue that the debug library set",
  of_top("local function f() local function g() return 1 end return g end local k = 1 local function h() return "
    .. "k end debug.setupvalue(h, 1, 1)",
    "return h()"),
  of_top("local function f() local function g() return 1 end return g end local k = 1 local function h() return "
    .. "k end debug.setupvalue(h, 1, 2)",
    "return h()"))

local SETTER = "local T = { 1 } local a = rille.step 'a' { outputs = { t.any 'o' }, run = function() T[1] = 2 "
  .. "return 1 end }"
case(MORE, "the code, after a step that changes the table its parameter was made from",
  { top = SETTER, fields = "inputs = { t.any 'x' }, params = { k = t.table },",
    run = "function(x, p) return p.k[1] end", call = "{ x = a {}, k = T }" },
  { top = SETTER, fields = "inputs = { t.any 'x' }, params = { k = t.table },",
    run = "function(x, p) return p.k[1] + 10 end", call = "{ x = a {}, k = T }" })

-- A map over what a step makes, its results in a list to `work`.
local function mapped(items, body, call)
  return { main = string.format([[
local rille = require "rille"
local t = rille.types
local parts = rille.step "parts" { outputs = { t.list(t.any) "xs" }, run = function() return %s end }
local each = rille.step "each" { inputs = { t.any "x", t.any "k" }, outputs = { t.any "y" }, run = function(x, k) %s end }
local truth = rille.step "truth" { inputs = { t.any "x" }, outputs = { t.boolean "yes" }, run = function(x) return x == 2 end }
local work = rille.step "work" { inputs = { t.any "ys" }, outputs = { t.any "out" }, run = function(ys) return ys end }
local after = rille.step "after" { inputs = { t.any "x" }, outputs = { t.any "y" }, run = function(x) return x end }
return rille.pipeline "p" { define = function()
  local xs = parts()
  after(%s)
end }
]], items, body or "return { x, k }", call or "work(each:map { x = xs, k = 1 })") }
end

local CHOICE <const> = "work(rille.when(truth(%s), { function() return parts:with { id = 'yes' } () end, "
  .. "otherwise = function() return each { x = 7, k = 7 } end }))"

case("the list of a map", "it grows", mapped "{ 1, 2 }", mapped "{ 1, 2, 3 }")
case("the list of a map", "it shrinks", mapped "{ 1, 2 }", mapped "{ 1 }")
case("the list of a map", "it is empty", mapped "{ 1 }", mapped "{}")
case("the list of a map", "its order", mapped "{ 1, 2 }", mapped "{ 2, 1 }")
case("the list of a map", "an item", mapped "{ 1, 2 }", mapped "{ 1, 4 }")
case("the list of a map", "an integer beside a float", mapped "{ 1, 2 }", mapped "{ 1, 2.0 }")
case("the list of a map", "equal items, one more", mapped "{ 5, 5 }", mapped "{ 5, 5, 5 }")
case("the list of a map", "an item beside a list of it", mapped("{ 1 }"), mapped("{ { 1 } }"))
case("the list of a map", "what goes to all", mapped("{ 1, 2 }"),
  mapped("{ 1, 2 }", nil, "work(each:map { x = xs, k = 2 })"))
case("the list of a map", "two lists exchanged", mapped("{ 1, 2 }", nil, "work(each:map { x = xs, k = { 3, 4 } })"),
  mapped("{ 1, 2 }", nil, "work(each:map { x = { 3, 4 }, k = xs })"))
case("the code of a map's step", "", mapped "{ 1, 2 }", mapped("{ 1, 2 }", "return { k, x }"))
case("a condition", "what it says", mapped("{ 1 }", nil, CHOICE:format "2"), mapped("{ 1 }", nil, CHOICE:format "3"))
case("a condition", "what the branch gives", mapped("{ 1 }", nil, CHOICE:format "2"),
  mapped("{ 2 }", nil, CHOICE:format "2"))
case("a condition", "which branch is which", mapped("{ 1 }", nil, CHOICE:format "2"),
  mapped("{ 1 }", nil,
    "work(rille.when(truth(2), { function() return each { x = 7, k = 7 } end, otherwise = function() return "
      .. "parts:with { id = 'yes' } () end }))"))

-- ---- what a script put on tables of ours, and what only a row knows ----

case("a metatable that the script put on a library", "read by a method of a string",
  of_top("setmetatable(string, { __index = function() return 1 end })", "return ('a').zork"),
  of_top("setmetatable(string, { __index = function() return 2 end })", "return ('a').zork"))
case("a metatable that the script put on a library", "read by its name",
  of_top("setmetatable(math, { __index = { zork = 1 } })", "return math.zork"),
  of_top("setmetatable(math, { __index = { zork = 2 } })", "return math.zork"))
case("a metatable that the script put on a library", "read as a value",
  of_top("setmetatable(math, { __index = { zork = 1 } })", "local m, k = math, 'zork' return m[k]"),
  of_top("setmetatable(math, { __index = { zork = 2 } })", "local m, k = math, 'zork' return m[k]"))
case("a metatable that the script put on a library", "one of rille's",
  of_top("setmetatable(rille, { __index = { zork = 1 } })", "return rille.zork"),
  of_top("setmetatable(rille, { __index = { zork = 2 } })", "return rille.zork"))
case("a metatable that the script put on a library", "a battery",
  of_top("local csv = require 'rille.csv' setmetatable(csv, { __index = { zork = 1 } })", "return csv.zork"),
  of_top("local csv = require 'rille.csv' setmetatable(csv, { __index = { zork = 2 } })", "return csv.zork"))
case("a captured variable", "the sign of a NaN", of_top("local k = 0/0", "return ('%s'):format(k)"),
  of_top("local k = -(0/0)", "return ('%s'):format(k)"))
case("a captured variable", "a text that is no UTF-8", of_top("local k = '\\xff'", "return k:byte()"),
  of_top("local k = '\\xfe'", "return k:byte()"))
case("a captured variable", "a long text, cut within a character",
  of_top("local k = 'a' .. ('\u{e9}'):rep(60)", "return #k"),
  of_top("local k = 'b' .. ('\u{e9}'):rep(61)", "return #k"))
case("a captured table's field, a nested field, its metatable's function", "under a key that is no UTF-8",
  of_top("local k = { ['\\xff'] = 1 }", "return k['\\xff']"),
  of_top("local k = { ['\\xff'] = 2 }", "return k['\\xff']"))
case("a parameter", "a long text, cut within a character",
  { fields = "params = { k = t.string },", run = "function(p) return #p.k end",
    call = "{ k = 'a' .. ('\u{e9}'):rep(40) }" },
  { fields = "params = { k = t.string },", run = "function(p) return #p.k end",
    call = "{ k = 'a' .. ('\u{e9}'):rep(41) }" })
case("a captured array", "whether it can be written",
  of_top("local a = require('rille.array').from { 1, 2 }", "return (pcall(function() a:set(1, 9) end))"),
  of_top("local a = rille.step 'mk' { outputs = { t.array 'o' }, run = function() return "
    .. "require('rille.array').from { 1, 2 } end }():load()",
    "return (pcall(function() a:set(1, 9) end))"))
local other = "local s = rille.step 's' { outputs = { t.any 'o' }, run = function() return 0 end } "
case("a captured step, pipeline or type", "a field that the script put on a step",
  of_top(other .. "s.zork = 1", "return s.zork"), of_top(other .. "s.zork = 2", "return s.zork"))
case("a captured step, pipeline or type", "the function that the script put in a step's place",
  of_top(other .. "rawset(s, 'fn', function() return 1 end)", "return s.fn()"),
  of_top(other .. "rawset(s, 'fn', function() return 2 end)", "return s.fn()"))
case("a captured step, pipeline or type", "a field that the script put on a pipeline",
  of_top("local q = rille.pipeline 'q' { define = function() end } rawset(q, 'zork', 1)", "return q.zork"),
  of_top("local q = rille.pipeline 'q' { define = function() end } rawset(q, 'zork', 2)", "return q.zork"))
for _, made in ipairs { "t.list(t.any)", "t.any 'x'" } do
  case("a captured step, pipeline or type", "a field that the script put on " .. made,
    of_top("local ty = " .. made .. " rawset(ty, 'zork', 1)", "return rawget(ty, 'zork')"),
    of_top("local ty = " .. made .. " rawset(ty, 'zork', 2)", "return rawget(ty, 'zork')"))
end
local said = "local a = rille.step 'mk' { outputs = { t.any 'o' }, run = function(_, ctx) "
  .. "ctx:log_artifact_metadata { k = %d } return 1 end }()"
case("the metadata of a captured artifact", "of a step that the script called",
  of_top(said:format(1), "return a.metadata.k"), of_top(said:format(2), "return a.metadata.k"))

local later = {
  { "a C step's version", "steps made in C come later" },
}

local phrases, n = {}, 0
for _, one in ipairs(cases) do
  if not phrases[one.phrase] then phrases[one.phrase], n = true, n + 1 end
  local name = "must miss: " .. one.phrase .. (one.variant ~= "" and " (" .. one.variant .. ")" or "")
  check.test(name, one.try or function() try(one) end)
end

check.test("must miss: more (another id of the step, which it reads)", function()
  local project <close> = oracle.project()
  local parts = { run = "function(_, ctx) return ctx.step.id end", define_top = "work:with { id = 'twin' } {}" }
  local first = project:complete(install(project, parts))
  check.ok(first.steps.work.outputs.out ~= first.steps.twin.outputs.out)
  check.eq(project:complete().steps.twin.status, "cached")
  parts.define_top = "work:with { id = 'third' } {}"
  local second = project:complete(install(project, parts))
  check.eq(second.steps.work.status, "cached")
  check.eq(second.steps.third.status, "completed")
  project:judge(second)
end)

local names = {}
for i, one in ipairs(later) do names[i] = one[1] .. " (" .. one[2] .. ")" end
print(string.format("%d phrases, %d cases; %d phrases come with later features: %s", n, #cases, #later,
  table.concat(names, "; ")))
check.done()

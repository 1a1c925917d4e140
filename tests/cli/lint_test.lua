-- rille lint: each thing it tells, with its line, and what it does not tell.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local scratch = require "scratch"

local HEAD = 'local rille = require "rille"\nlocal t = rille.types\n'

local function script(top, fields, run, define)
  return HEAD .. top .. '\nlocal work = rille.step "work" { ' .. fields .. ' outputs = { t.any "o" }, run = ' .. run
    .. " }\n" ..
    'return rille.pipeline "p" { define = function() ' .. (define or "work {}") .. " end }\n"
end

local function marked(text)
  local n = 0
  for line in text:gmatch "([^\n]*)\n" do
    n = n + 1
    if line:find("-- here", 1, true) then return n end
  end
end

local function lint(text, files, arguments)
  local project <close> = scratch.new()
  for name, content in pairs(files or {}) do project:write(name, content) end
  project:write("main.lua", text)
  local r = project:rille("lint main.lua --json " .. (arguments or ""))
  local ok, told = pcall(json.decode, r.out)
  if not ok then error(r.out .. r.err, 2) end
  check.eq(project:sh("ls -a | grep -c '^.rille$' || true").out:match "%d+", "0", "nothing is written")
  return told.items, r.code
end

local function tells(name, level, word, text, options)
  options = options or {}
  check.test("lint tells of " .. name, function()
    local items, code = lint(text, options.files)
    check.eq(code, level == "error" and 5 or 0)
    check.eq(#items, options.count or 1, json.encode(items))
    check.eq(items[1].step, "work")
    check.eq(items[1].level, level)
    check.has(items[1].what, word)
    check.eq(items[1].at, options.at or "main.lua:" .. (marked(text) or "?"))
    check.ok(#items[1].hint > 0)
  end)
end
local function clean(name, text, options)
  check.test("lint says nothing of " .. name, function()
    local items, code = lint(text, options and options.files)
    check.eq(json.encode(items), "[]")
    check.eq(code, 0)
  end)
end

for _, one in ipairs { { "os.time", "os.time()" }, { "os.clock", "os.clock()" }, { "os.date", "os.date '%Y'" },
  { "io.popen", "io.popen 'true'" }, { "os.execute", "os.execute 'true'" },
  { "os.tmpname", "os.tmpname()" }, { "io.stdin", "io.stdin:read 'a'" }, { "io.read", "io.read()" },
  { "math.randomseed", "math.randomseed()" }, { "collectgarbage", "collectgarbage 'count'" },
  { "ctx.run.id", "ctx.run.id" } } do
  local run = "function(p, ctx)\n local _ = p\n return " .. one[2] .. " -- here\nend"
  tells(one[1], "warning", "uses " .. one[1], script("", "", run))
  clean(one[1] .. " with cache = false", script("", "cache = false,", run))
  clean(one[1] .. ' with cache = "always"', script("", 'cache = "always",', run))
end
tells("an impure call in a helper", "warning", "uses os.clock",
  script("local clock = os.clock\nlocal function f()\n return clock() -- here\nend", "", "function() return f() end"))
tells("an impure call in a module", "warning", "uses os.clock",
  script("local m = require 'm'", "", "function() return m.f() end"),
  { files = { ["m.lua"] = "local m = {}\nfunction m.f()\n  return os.clock()\nend\nreturn m" }, at = "m.lua:3" })
for _, one in ipairs { { "_G", "_G.print" }, { "_ENV", "_ENV" }, { "load", "load 'return 1'" },
  { "debug.getinfo", "debug.getinfo(1)" } } do
  tells(one[1], "warning", "uses " .. one[1], script("", "", "function()\n return " .. one[2] .. " -- here\nend"))
end
clean("require of a computed name", script("", "", "function() return require('m' .. #'') end"))
tells("a captured file", "error", "file handle",
  script("local fh = io.open 'main.lua'", "", "function() return fh ~= nil end"), { at = "main.lua:4" })
tells("a captured coroutine", "error", "coroutine",
  script("local co = coroutine.create(print)", "", "function() return co ~= nil end"), { at = "main.lua:4" })
tells("a captured variable that is set", "error", "captured variable 'n'",
  script("local n = 0", "", "function()\n n = n + 1 -- here\n return n end"))
tells("a global that is set", "error", "global 'g'", script("", "", "function()\n g = 1 -- here\n return 1 end"))
tells("history by ctx", "error", "ctx.pipeline",
  script("", "", "function(_, ctx)\n return #ctx.pipeline.runs -- here\n end"))
tells("history by a context of another name", "error", "c.pipeline",
  script("", "", "function(_, c)\n return #c.pipeline.runs -- here\n end"))
tells("history by rille.context", "error", "pipeline",
  script("", "", "function()\n return #rille.context().pipeline.runs -- here\n end"))
tells("history by rille.pipelines", "error", "rille.pipelines",
  script("", "", "function()\n return rille.pipelines.p -- here\n end"))
tells("history by rille.artifact", "error", "rille.artifact",
  script("", "", "function()\n return rille.artifact 'x' -- here\n end"))
clean("history with cache = false",
  script("", "cache = false,", "function(_, ctx) return #ctx.pipeline.runs, rille.pipelines.p end"))
local DRAW = "function() return math.random() end"
tells("equal draws", "warning", '"one" and "two" and 1 more',
  script("", "", DRAW, 'work:with { id = "one" } {} work:with { id = "two" } {} work {}'), { at = "main.lua:4" })
clean("draws that a parameter tells apart",
  script("", "params = { i = 0 },", "function(p) return p.i + math.random() end",
    'work:with { id = "one" } { i = 1 } work:with { id = "two" } { i = 2 }'))
clean("equal steps that draw nothing",
  script("", "", "function() return 1 end", 'work:with { id = "one" } {} work:with { id = "two" } {}'))
local TWO = 'inputs = { t.any "a", t.any "b" }, params = { k = 1, m = 2 },'
tells("an unused input", "warning", 'input "b"',
  script("", TWO, "function(a, b, p) return a + p.k + p.m end", "work { a = 1, b = 2 }"), { at = "main.lua:4" })
tells("an input that run does not take", "warning", 'input "b"',
  script("", 'inputs = { t.any "a", t.any "b" },', "function(a) return a end", "work { a = 1, b = 2 }"),
  { at = "main.lua:4" })
tells("an unused parameter", "warning", 'parameter "m"',
  script("", TWO, "function(a, b, p) return a + b + p.k end", "work { a = 1, b = 2 }"), { at = "main.lua:4" })
clean("inputs and parameters that are used, handed on, or named _",
  script("local function f(p) return p.m end", TWO, "function(a, b, p) return a + b + f(p) end",
    "work { a = 1, b = 2 }"))
clean("arguments taken as ...", script("", TWO, "function(...) return select('#', ...) end", "work { a = 1, b = 2 }"))
clean("an input with an underscore",
  script("", 'inputs = { t.any "a" },', "function(_) return 1 end", "work { a = 1 }"))
local GAMMA = "params = { gamma = 0.5 },"
tells("a parameter that is not declared", "error", 'parameter "gama", which is not declared',
  script("", GAMMA, "function(p)\n return p.gamma + p.gama -- here\nend"))
tells("that through another name", "error", 'parameter "gama"',
  script("", GAMMA, "function(p)\n local q = p\n return q.gamma + q.gama -- here\nend"))
tells("that in a closure", "error", 'parameter "gama"',
  script("", GAMMA, "function(p)\n return pcall(function()\n return p.gama + p.gamma -- here\n end)\nend"))
tells("that by ctx.params", "error", 'parameter "gama"',
  script("", GAMMA, "function(p, ctx)\n return p.gamma + ctx.params.gama -- here\nend"))
tells("that as a text", "error", 'parameter "gama"',
  script("", GAMMA, "function(p)\n return p.gamma, p['gama'] -- here\nend"))
tells("that in a function which it is handed to", "error", 'parameter "gama"',
  script("local function f(q)\n return q.gama -- here\nend", GAMMA, "function(p) return f(p) + p.gamma end"))
for _, read in ipairs { "q.gama or 1", "q.gama and 2", "q.gama == nil", "not q.gama" } do
  clean("an option that a function of others looks for: " .. read,
    script("local function f(q) return " .. read .. " end", GAMMA, "function(p) return f(p), p.gamma end"))
  tells("the same in the step itself: " .. read, "error", 'parameter "gama"',
    script("", GAMMA, "function(q)\n return " .. read .. ", q.gamma -- here\nend"))
end
tells("that in a function of a module", "error", 'parameter "gama"',
  script("local m = require 'm'", GAMMA, "function(p) return m.f(1, p) + p.gamma end"),
  { files = { ["m.lua"] = "local m = {}\nfunction m.f(x, q)\n  return q.gama\nend\nreturn m" }, at = "m.lua:3" })
tells("that of a class", "error", 'parameter "gama"', HEAD
  .. 'local T = rille.Step:extend "work" { params = { gamma = 0.5 }, outputs = { t.any "o" } }\n'
  .. 'function T:entrypoint(p)\n return p.gamma + p.gama -- here\nend\nreturn rille.pipeline "p" { define = '
    .. 'function() T() end }\n')
tells("a parameter that is near to none", "warning", 'parameter "verbose"',
  script("", GAMMA, "function(p)\n return p.verbose and p.gamma -- here\nend"))
tells("a parameter that is set by a name near to one", "warning", 'sets the parameter "gama"',
  script("", GAMMA, "function(p)\n p.gama = p.gamma -- here\n return 1\nend"))
clean("a parameter that the step sets and reads",
  script("", GAMMA, "function(p)\n p.gamma2 = p.gamma * 2\n return p.gamma2\nend"))
clean("a field of another table, of a parameter, of an input",
  script("local cfg = { gama = 1 }",
    "inputs = { t.any 'a' }, params = { gamma = 0.5, opts = t.table { default = { x = 1 } } },",
  "function(a, p) return cfg.gama + p.gamma + p.opts.gama + a.gama end", "work { a = 1 }"))
clean("names that are computed",
  script("", GAMMA, "function(p) for k, v in pairs(p) do print(k, v, p[k], p['x' .. k]) end return p.gamma end"))

check.test("a condition on a node in a function that define calls is told; one that a step calls is not", function()
  local text = HEAD .. [[
local ok = rille.step "ok" { outputs = { t.boolean "good" }, run = function() return false end }
local function gate()
  local good = ok()
  if good then local _ = 1 end -- here
end
local function all() gate() end
local function inside() if ok() then return 1 end return 2 end
local work = rille.step "work" { outputs = { t.any "o" }, run = function() return inside() end }
return rille.pipeline "p" { define = function() all() work {} end }
]]
  local items, code = lint(text)
  check.eq({ #items, code }, { 1, 0 })
  check.eq({ items[1].level, items[1].at }, { "warning", "main.lua:" .. marked(text) })
  check.has(items[1].what, 'the output of step "ok" is a condition here')
  check.has(items[1].hint, "rille.when")
end)

tells("the name of a type as a default", "warning", 'the text "number" as the default',
  script("", 'params = { gamma = "number" },', "function(p) return p.gamma end"), { at = "main.lua:4" })
clean("other texts as defaults",
  script("", 'params = { kernel = "linear", kind = t.enum { "int", "float", default = "int" } },',
    "function(p) return p.kernel .. p.kind end"))
check.test("lint tells of two pipelines of one name", function()
  local items, code = lint(script('rille.pipeline "p" { define = function() end }', "", "function() return 1 end"))
  check.eq(code, 0)
  check.eq({ items[1].level, items[1].at }, { "warning", "main.lua:5" })
  check.has(items[1].what, 'pipeline "p" is defined twice, here and at main.lua:3')
end)

check.test("a condition on a node is an error of lint, at its line", function()
  local items, code = lint(script("", "", "function() return true end",
    "local ok = work {}\n if ok then print 'x' end -- here\n"))
  check.eq(code, 5)
  check.eq({ items[1].level, items[1].at }, { "error", "main.lua:6" })
  check.has(items[1].what, "rille.when")
end)

tells("a file that is not there", "warning", "none.csv",
  script("local csv = require 'rille.csv'", "", "function()\n return csv.read 'none.csv' -- here\n end"))
clean("a file that is there", script("", "", "function() for l in io.lines 'k.txt' do return l end end"),
  { files = { ["k.txt"] = "x" } })
clean("a file that the step writes",
  script("", "", "function() io.open('k.txt', 'w'):close() for l in io.lines('k.txt') do return l end return 1 end"))
clean("a clean step with helpers, math.random and os.getenv",
  script("local function f(x) return x + 1 end", "",
    "function() return f(math.random()) .. tostring(os.getenv 'HOME') end"))
clean("a command",
  'local rille = require "rille"\nlocal t = rille.types\nlocal work = rille.step "work" { params = { n = 1 }, '
    .. 'outputs = { t.string "o" }, command = "echo {params.n}", stdout = "o" }\nreturn rille.pipeline "p" { '
    .. 'define = function() work {} end }\n')

local function of_command(fields)
  return HEAD .. 'local work = rille.step "work" { outputs = { t.string "o" }, stdout = "o", ' .. fields
    .. ' } -- here\nreturn rille.pipeline "p" { define = function() work {} end }\n'
end
for _, one in ipairs { { "xargs", '{ "xargs", "cat" }' },
  { "code in the words of python3", '{ "python3", "-c", "print(1)" }' },
  { "make, which runs what its own files specify", '{ "make", "all" }' }, { "$(...) in a word of cat", '"cat $(x)"' },
  { "xargs", '{ "env", "A=1", "timeout", "5", "sh", "-c", "x | xargs cat" }' } } do
  tells("a command that runs " .. one[1], "warning", one[1], of_command("command = " .. one[2]))
  clean("that with depends: " .. one[1], of_command("depends = {}, command = " .. one[2]))
  clean("that with cache = false: " .. one[1], of_command("cache = false, command = " .. one[2]))
  clean('that with cache = "always": ' .. one[1], of_command('cache = "always", command = ' .. one[2]))
end
clean("commands whose words tell all",
  (of_command([[inputs = { t.any "x" }, params = { f = "k.txt" }, command = "for f in d/*; do sort $f ]]
    .. [[{params.f} < {inputs.x}; done"]]):gsub("work {} end",
    "work { x = 1 } end")))

check.test("the lines of lint name file, line, step and what to do; a step of no pipeline is looked at too", function()
  local project <close> = scratch.new()
  project:write("main.lua",
    script("local function now()\n  return os.time()\nend\nlocal other = rille.step 'other' { outputs = { t.any "
      .. "'o' }, run = function() return now() end }\nlocal n = 0",
      "", "function()\n n = 1 return n\n end"))
  local r = project:rille "lint main.lua"
  check.eq(r.code, 5)
  check.has(r.out, "main.lua:4: warning: step other uses os.time: ")
  check.has(r.out, "main.lua:9: error: step work sets captured variable 'n'\n")
  check.has(r.out, "\n    a cached step would not do it again: return the value, or set cache = false\n")
  check.has(r.out, "1 error, 1 warning; 2 steps checked")
  check.ok(r.out:find("other", 1, true) < r.out:find("work", 1, true), "in the order of lines")
  check.eq(r.err, "")
  r = project:rille "lint main.lua p"
  check.ok(not r.out:find "other")
end)

check.test("a pipeline that cannot be built is an error of lint, at its line", function()
  local items, code = lint(script("", 'inputs = { t.number "a" },', "function(a) return a end", "work {}"))
  check.eq(code, 5)
  check.eq(items[1].level, "error")
  check.eq(items[1].at, "main.lua:5")
  check.has(items[1].what, '"a"')
end)

check.test("slots are looked at where they are given steps", function()
  local text = HEAD .. [[
local work = rille.step "work" { outputs = { t.any "o" }, run = function()
  return os.clock() end }
local p = rille.pipeline "p" { slots = { "first" }, define = function(p, s) s.first {} end }
return p { first = work }
]]
  local items = lint(text)
  check.eq(#items, 1)
  check.eq(items[1].at, "main.lua:4")
  check.eq(json.encode((lint((text:gsub("return p.*", ""):gsub("os.clock%(%)", "1"))))), "[]")
end)

check.test("a script that cannot be loaded ends with 3, one that is not there with 2", function()
  local project <close> = scratch.new()
  project:write("main.lua", "this is no Lua")
  check.eq(project:rille("lint main.lua").code, 3)
  check.eq(project:rille("lint nothing.lua").code, 2)
  check.eq(project:rille("lint").code, 2)
end)

check.test("warnings alone exit with 0, with --strict as errors do", function()
  local text = script("", "", "function() return os.time() end")
  local items, code = lint(text)
  check.eq({ items[1].level, #items, code }, { "warning", 1, 0 })
  items, code = lint(text, nil, "--strict")
  check.eq({ items[1].level, #items, code }, { "warning", 1, 5 })
  items, code = lint(script("", "", "function() return 1 end"), nil, "--strict")
  check.eq({ #items, code }, { 0, 0 })
end)

check.test("what lint calls clean is cached, and what it calls an error does not run", function()
  local project <close> = scratch.new()
  project:write("main.lua", script("", "", "function() return 1 end"))
  check.eq(project:rille("lint main.lua").code, 0)
  project:rille "run main.lua"
  check.has(project:rille("run main.lua").err, "1 step, cached")
  project:write("main.lua", script("local n = 0", "", "function() n = 1 return n end"))
  check.eq(project:rille("lint main.lua").code, 5)
  check.eq(project:rille("run main.lua").code, 3)
end)

check.done()

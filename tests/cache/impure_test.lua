-- impure: what no record can vouch for is run each time and said once, with the
-- line; cache = "always" insists, and no alias gets around it.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local oracle = require "oracle"

local test = check.test

local function occurrences(text, word)
  local n, at = 0, 1
  while true do
    local first, last = text:find(word, at, true)
    if not first then return n end
    n, at = n + 1, last + 1
  end
end

-- The line of the program on which `-- here` stands, or that of run.
local function marked_line(text)
  local n = 0
  for line in text:gmatch "([^\n]*)\n" do
    n = n + 1
    if line:find("-- here", 1, true) then return n end
  end
end

-- The step runs each time; the note names `word`, and main.lua:LINE of `-- here`
-- (of the file that has it).
local function impure(name, word, parts)
  if type(parts) == "string" then parts = { run = "function(...)\n  " .. parts .. " -- here\n  return 1\nend" } end
  local text = parts.main or oracle.program(parts)
  test("runs each time: " .. name, function()
    local project <close> = oracle.project()
    project:write_all(parts.files or {})
    project:write("main.lua", text)
    for i = 1, 2 do
      local run = project:complete { args = parts.args }
      check.eq(run.steps.work.status, "completed", "run " .. i .. ", work")
      check.eq(run.steps.after.status, i == 1 and "completed" or "cached", "run " .. i .. ", after")
      local note = run.notes.work or ""
      check.has(note, "not cached")
      check.has(note, word)
      check.eq(occurrences(note, "\n"), 1, "lines of the note " .. note)
      local where = parts.where or "main.lua:" .. (marked_line(text) or "")
      check.has(note, where)
      check.has(note, 'cache = "always"')
    end
  end)
  if parts.insist == false then return end
  test('cached by cache = "always": ' .. name, function()
    local project <close> = oracle.project()
    project:write_all(parts.files or {})
    local copy = {}
    for k, v in pairs(parts) do copy[k] = v end
    copy.fields = 'cache = "always", ' .. (copy.fields or "")
    project:write("main.lua", oracle.program(copy))
    check.eq(project:complete().steps.work.status, "completed")
    local second = project:complete()
    check.eq(second.steps.work.status, "cached", "work (" .. (second.notes.work or "") .. ")")
    check.eq(second.notes.work, nil)
  end)
end

-- ---- commands that read what no word of theirs names ----

-- The command runs each time, with one note that has `word`; with depends, which says
-- what it reads, and with cache = "always", it is cached.
local function unseen(word, command, options)
  options = options or {}
  local function program(fields)
    return 'local rille = require "rille"\nlocal t = rille.types\nlocal work = rille.step "work" { command = '
      .. command .. (options.fields or "") .. fields
      .. ', outputs = { t.string "out" }, stdout = "out" }\nreturn rille.pipeline "p" { define = function() work '
        .. '{} end }\n'
  end
  test("runs each time: " .. command, function()
    local project <close> = oracle.project()
    project:write("k.txt", "k\n")
    project:write("list", "k.txt\n")
    project:write("main.lua", program "")
    for i = 1, 2 do
      local run = project:complete()
      check.eq(run.steps.work.status, "completed", "run " .. i)
      local note = run.notes.work or ""
      check.has(note, "not cached: it uses ")
      check.has(note, word)
      check.has(note, "depends = { ... }")
      check.has(note, "main.lua:3;")
      check.eq(occurrences(note, "\n"), 1, "lines of the note " .. note)
    end
    for _, fields in ipairs { ", depends = {}", ', depends = "k.txt"', ', cache = "always"' } do
      project:write("main.lua", program(fields))
      project:complete()
      local run = project:complete()
      check.eq(run.steps.work.status, "cached", fields .. (run.notes.work or ""))
    end
    project:write("main.lua", program ', depends = "k.txt"')
    project:complete()
    project:write("k.txt", "other\n")
    check.eq(project:complete().steps.work.status, "completed", "after what depends names changed")
  end)
end
unseen("stat", '{ "stat", "-c", "%Y", "k.txt" }')
unseen("ls", '"ls -l k.txt"')
unseen("find", '{ "timeout", "5", "find", "k.txt", "-printf", "%T@" }')
unseen("xargs", '"cat list | xargs cat"')
unseen("xargs", '{ "xargs", "-a", "list", "cat" }')
unseen("xargs", '{ "env", "timeout", "5", "xargs", "-a", "list", "cat" }')
unseen("sed", [[{ "sed", "r k.txt", "list" }]])
unseen("awk", [[{ "awk", 'BEGIN { while ((getline l < "k.txt") > 0) print l }' }]])
unseen("$(...)", [["cat $(cat list)"]])
unseen("`...`", [["cat `cat list`"]])
unseen("$f", [["while read f; do cat $f; done < list"]])
unseen("standard input", [["echo 'cat k.txt' | sh"]])
unseen("/dev/stdin", [["source /dev/stdin <<< 'cat k.txt'"]])
unseen("PS4", [["PS4='$(cat k.txt)'; set -x; :"]])
unseen("-ef", '"if [[ k.txt -ef k2.txt ]]; then echo one; fi"')
unseen("printf", [["x=T; printf \"%(%s)$x\" -1"]])
unseen("${!r}", '"a=RAN; b=DOM; r=$a$b; echo ${!r}"')
unseen("umask", '"umask"')
unseen("ulimit", '"ulimit -n"')
unseen("getconf", '"getconf _NPROCESSORS_ONLN"')
unseen("RANDOM", '"echo $((RANDOM))"')
unseen("RANDOM", '"x=RANDOM; echo $((x))"')
unseen("RANDOM", '"a=(1 2 3); echo ${a[RANDOM%3]}"')
unseen("the time", [["printf '%(%s)T' -1"]])
unseen("$((", [["cat /dev/null fil$((1))e 2>/dev/null || true"]])
unseen("eval", [["eval \"$(echo cat k.txt)\""]])
unseen("alias", [["alias c=cat; cat k.txt"]])
unseen("the folder", [["cd $(pwd); cat k.txt"]])
unseen("date", '"date"')
unseen("find -newer", [[{ "find", ".", "-newer", "list", "-name", "none" }]])
unseen("the variable ENV", '{ "sh", "-c", "cat k.txt" }', { fields = ', env = { ENV = "x" }' })

-- ---- what changes by itself ----

impure("os.time", "os.time", "local _ = os.time()")
impure("os.clock", "os.clock", "local _ = os.clock()")
impure("os.date", "os.date", "local _ = os.date()")
impure("os.date of a format", "os.date", "local _ = os.date '%Y'")
impure("os.date in local time", "os.date", "local _ = os.date('%H', 0)")
impure("os.tmpname", "os.tmpname", "os.remove(os.tmpname())")
impure("os.setlocale", "os.setlocale", "local _ = os.setlocale()")
impure('collectgarbage "count"', "collectgarbage", "local _ = collectgarbage 'count'")
for _, option in ipairs { "generational", "incremental", "isrunning", "step", "setpause", "setstepmul" } do
  impure("collectgarbage " .. option, "collectgarbage", "local _ = collectgarbage '" .. option .. "'")
end
impure("%p", "%p", "local _ = ('%p'):format {}")
impure("the address of a table", "address", "local _ = tostring {}")
impure("the address of a function", "address", "local _ = tostring(function() end)")
impure("the address of a table by %s", "address", "local _ = ('%s'):format {}")
impure("the address of a coroutine", "address", "local _ = tostring(coroutine.create(print))")
impure("the address of a file", "address", "local f = io.open 'main.lua' local _ = tostring(f) f:close()")
impure("math.randomseed without arguments", "math.randomseed", "math.randomseed()")
impure("io.popen", "io.popen", "io.popen 'true':close()")
impure("os.execute", "os.execute", "os.execute 'true'")
impure("standard input by io.read", "standard input", "local _ = io.read 'a'")
impure("standard input by io.stdin", "standard input", "local _ = io.stdin:read 'a'")
impure("standard input by io.lines", "standard input", "for _ in io.lines() do end")
impure("standard input by a method", "standard input", "for _ in io.stdin:lines() do end")
impure("standard input by io.input", "standard input", "local _ = io.input():read 'a'")
impure("standard input by seek", "standard input", "local _ = io.stdin:seek()")
impure("standard input in a coroutine of C", "standard input",
  { run = "function(...)\n  local _ = coroutine.wrap(io.read)('a') -- here\n  return 1\nend" })
impure("where standard output is", "standard output", "local _ = io.stdout:seek()")
impure("reading standard output", "standard output", "local _ = io.stdout:read(0)")
local BEFORE <const> = "opened before"
local function opened(name, body, top)
  impure("a file that was open before, " .. name, BEFORE,
    { top = top or 'io.input "k.txt"', run = "function(...)\n  " .. body .. " -- here\n  return 1\nend",
      files = { ["k.txt"] = "one\ntwo\n" } })
end
opened("by io.read", "local _ = io.read()")
opened("by io.lines", "for _ in io.lines() do break end")
opened("by io.input", "local _ = io.input():read 'a'")
opened("by the method of another file", "local _ = io.stdout.read(io.input(), 'a')")
opened("by pcall", "local _ = pcall(io.stdout.lines, io.input())")
opened("its size", "local _ = io.input():seek 'end'")
opened("to write by io.write", "io.write 'x'", 'io.output "k.txt"')
opened("to write by io.output", "io.output():write 'x'", 'io.output "k.txt"')
opened("to close", "io.close()", 'io.output "k.txt"')
opened("a standard file that is another", "local _ = io.input():read 'a'", 'io.input(io.open "k.txt")')
impure("ctx.run.id", "ctx.run.id", { run = "function(_, ctx)\n local _ = ctx.run.id -- here\n return 1 end" })
impure("ctx.run.name", "ctx.run.name", { run = "function(_, ctx)\n local _ = ctx.run.name -- here\n return 1 end" })
impure("rille.context().run.name", "ctx.run.name",
  { run = "function(...)\n local _ = rille.context().run.name -- here\n return 1 end" })
impure("/dev", "/dev/null", "io.open '/dev/null':close()")
impure("/dev/urandom", "/dev/urandom", "local f = io.open '/dev/urandom' local _ = f:read(4) f:close()")
impure("/proc", "/proc/uptime", "for _ in io.lines '/proc/uptime' do end")
impure("/proc by another path", "proc/uptime", "for _ in io.lines '/tmp/../proc/uptime' do end")
impure("next over other keys than 1..n", "next", "for _ in next, { a = 1 } do end")
impure("pairs over a table with tables as keys", "key", "for _ in pairs { [{}] = 1 } do end")
impure("pairs over a table with functions as keys", "key", "for _ in pairs { [print] = 1 } do end")

-- ---- what cannot be seen ----

impure("_ENV as a value", "_ENV", "local e = _ENV local _ = e.print")
impure("_G", "_G", "local _ = _G.print")
impure("_G by a captured variable", "_ENV",
  { top = "local g = _G", run = "function(...)\n local k = 'A' return g[k] -- here\n end", tail = "A = 1",
    where = "main.lua" })
impure("load", "load", "local _ = load 'return 1'")
impure("load of a function", "load", "local _ = load(function() end)")
impure("debug.getinfo", "debug", "local _ = debug.getinfo(1)")
impure("debug.getlocal", "debug", "local _ = debug.getlocal(1, 1)")
impure("debug.traceback", "debug", "local _ = debug.traceback()")
impure("debug.getregistry", "debug", "local _ = debug.getregistry()")
impure("package.loaded", "package", "local _ = package.loaded.string")
impure("another step by rille.steps", "rille.steps",
  { top = "rille.step 's' { outputs = { t.any 'o' }, run = function() return 1 end }",
    run = "function(...)\n return rille.steps.s.fn() -- here\n end" })
impure("another step by rille.steps, captured", "rille.steps",
  { top = "local steps = rille.steps rille.step 's' { outputs = { t.any 'o' }, run = function() return 1 end }",
    run = "function(...)\n return steps.s.fn() -- here\n end" })
impure("rille.main()", "rille.main", "local _ = rille.main()")
impure("the inside of rille", "inside of rille", "local _ = require('rille.host.sys').read_file 'main.lua'")
impure("the inside of rille, captured", "rille.host.sys",
  { top = "local sys = require 'rille.host.sys'",
    run = "function(...)\n  local _ = sys.read_file '/etc/hostname' -- here\n  return 1\nend", where = "" })
impure("the inside of rille, workers", "inside of rille", "local _ = require 'rille.host.worker_process'")
impure("the inside of rille, workers captured", "rille.host.worker_process",
  { top = "local workers = require 'rille.host.worker_process'",
    run = "function(...)\n  local _ = workers.fork -- here\n  return 1\nend", where = "" })
impure("string.dump", "string.dump", "local _ = string.dump(function() end)")

-- foreign C, by a library of two lines
local function foreign(project)
  project:write("foreign.c",
    '#include <lua.h>\n#include <lauxlib.h>\nstatic int f(lua_State *L) { lua_pushinteger(L, 1); return 1; '
      .. '}\nint luaopen_foreign(lua_State *L) { lua_newtable(L); lua_pushcfunction(L, f); lua_setfield(L, '
      .. '-2, "f"); return 1; }\n')
  return (
    project:shell "cc -shared -fPIC -I/usr/include/lua5.4 -o foreign.so foreign.c 2>&1 && echo made"):find "made" ~= nil
end
test("runs each time: foreign C", function()
  for _, where in ipairs { "above", "inside" } do
    local project <close> = oracle.project()
    if not foreign(project) then print "  (no compiler: foreign C is not tried)" return end
    local require_it = "local foreign = require 'foreign'"
    project:write("main.lua",
      oracle.program { top = "package.cpath = './?.so' " .. (where == "above" and require_it or ""),
      run = "function(...) " .. (where == "inside" and require_it or "") .. " return foreign.f() end" })
    for i = 1, 2 do
      local run = project:complete()
      check.eq(run.steps.work.status, "completed", where .. ", run " .. i)
      check.has(run.notes.work, "not cached")
    end
  end
end)
test('cached by cache = "always": foreign C', function()
  local project <close> = oracle.project()
  if not foreign(project) then return end
  project:write("main.lua",
    oracle.program { fields = 'cache = "always",', top = "package.cpath = './?.so' local foreign = require 'foreign'",
      run = "function(...) return foreign.f() end" })
  project:complete()
  check.eq(project:complete().steps.work.status, "cached")
end)

-- ---- aliases ----

local function alias(name, parts) return impure("the clock, " .. name, "os.time", parts) end
alias("local time = os.time",
  { top = "local time = os.time", run = "function(...)\n local _ = time() -- here\n return 1 end" })
alias("local clock = os",
  { top = "local clock = os", run = "function(...)\n local _ = clock.time() -- here\n return 1 end" })
alias("a computed name", { run = "function(...)\n local _ = os['ti' .. 'me']() -- here\n return 1 end" })
alias("a helper",
  { top = "local function now()\n return os.time() -- here\nend", run = "function(...) local _ = now() return 1 end" })
alias("a helper in a module",
  { top = "local m = require 'm'", run = "function(...) local _ = m.now() return 1 end",
    files = { ["m.lua"] = "local time = os.time\nreturn { now = function()\n  return (time()) end }" },
    where = "m.lua:3" })
alias("a module inside the step",
  { run = "function(...) local _ = require('m').now() return 1 end",
    files = { ["m.lua"] = "local time = os.time\nreturn { now = function()\n  return (time()) end }" },
    where = "m.lua:3" })
alias("a module when it is loaded",
  { run = "function(...) local _ = require('m') return 1 end", files = { ["m.lua"] = "\nreturn { now = os.time() }" },
    where = "m.lua:2" })
alias("a method table",
  { top = "local o = { now = os.time } function o:get()\n local _ = self.now() -- here\n end",
    run = "function(...) o:get() return 1 end" })
alias("a metatable",
  { top = "local o = setmetatable({}, { __index = os })",
    run = "function(...)\n local _ = o.time() -- here\n return 1 end" })
alias("__index as a function",
  { top = "local o = setmetatable({}, { __index = function(_, k)\n return os.time() end }) -- here",
    run = "function(...) local _ = o.now return 1 end", where = "main.lua" })
alias("a global", { top = "now = os.time", run = "function(...)\n local _ = now() -- here\n return 1 end" })
alias("pcall", { run = "function(...)\n local _ = pcall(os.time) -- here\n return 1 end" })
alias("coroutine.wrap", { run = "function(...)\n local _ = coroutine.wrap(os.time)() -- here\n return 1 end" })
alias("a callback of gsub",
  { run = "function(...)\n local _ = ('x'):gsub('x', function() return os.time() end) -- here\n return 1 end" })
alias("a function handed on",
  { top = "local function call(f) return f() end", run = "function(...)\n local _ = call(os.time)\n return 1 end",
    where = "main.lua" })
alias("a captured function loaded above",
  { top = "local f = load 'return os.time()'", run = "function(...) local _ = f() return 1 end", where = ":1" })
alias("another step called in the step",
  { top = "local s = rille.step 's' { outputs = { t.any 'o' }, run = function()\n return os.time() * 0 end }",
    run = "function(...) local _ = s {} return 1 end", where = "main.lua" })
alias("a sorting function",
  { run = "function(...)\n table.sort({ 2, 1 }, function(a, b) local _ = os.time() return a < b end) -- here\n "
    .. "return 1 end" })
alias("a to-be-closed variable",
  { run = "function(...)\n local x <close> = setmetatable({}, { __close = function() local _ = os.time() end }) "
    .. "-- here\n return 1 end",
    where = "main.lua" })
alias("the code that saves the output",
  { top = "local Box = {} rille.materializer 'box' { class = Box, version = 1, save = function(b, art) "
    .. "art:write('v', 'v' .. os.time() * 0) end, load = function() return setmetatable({}, Box) end }",
  run = "function(...) return setmetatable({}, Box) end", where = "main.lua" })
impure("io.popen by an alias", "io.popen",
  { top = "local sh = io.popen", run = "function(...)\n sh('true'):close() -- here\n return 1 end" })
impure("an address through table.concat's caller", "address",
  { top = "local function name(v) return tostring(v) end", run = "function(...)\n local _ = name {}\n return 1 end",
    where = "main.lua" })

-- ---- paths that are gone when the step ends ----

-- The step fails, each time, and the message says what to do.
local function dangles(name, body, fields)
  test("a path in its temporary folder is no result: " .. name, function()
    local project <close> = oracle.project()
    project:write("k.txt", "one")
    project:write("main.lua",
      oracle.program { fields = fields, run = "function(...) " .. body .. " end", call = fields
        and "{ f = rille.file 'k.txt' }" })
    for _ = 1, 2 do
      local run = project:run()
      check.eq(run.steps.work.status, "failed")
      check.has(run.out .. run.err,
        "temporary folder, which is removed when the step ends; return rille.file(path)")
    end
  end)
end
dangles("ctx.tmpdir", "return select(2, ...).tmpdir")
dangles("the path of a file in it", "return select(2, ...).tmpdir .. '/x'")
dangles("in a nested table", "return { a = { select(2, ...).tmpdir } }")
dangles("as a key", "return { [select(2, ...).tmpdir] = 1 }")
dangles("ctx:output_uri()", "return select(2, ...):output_uri()")
dangles("the path of an input", "return (...).path", "inputs = { t.file 'f' },")

local function names_folder(name, body, where)
  test("a text that names its temporary folder is not cached: " .. name, function()
    local project <close> = oracle.project()
    project:write("main.lua", oracle.program("function(_, ctx) " .. body .. " end"))
    for _ = 1, 2 do
      local run = project:complete()
      check.eq(run.steps.work.status, "completed")
      check.has(run.notes.work, 'not cached: it uses the path of its temporary folder, in '
        .. (where or 'output "out"'))
      check.eq(occurrences(run.notes.work, "\n"), 1)
    end
  end)
end
names_folder("in a sentence", "return 'see ' .. ctx.tmpdir")
names_folder("the end of its name", "return ctx.tmpdir:sub(-6)")
names_folder("in a table of texts", "return { 'x', { 'see ' .. ctx.tmpdir .. '/x' } }")
names_folder("in its metadata", "ctx:log_metadata { where = { ctx.tmpdir } } return 1", "its metadata")
names_folder("in parameters of its own", "ctx:log_params { where = ctx.tmpdir } return 1", "its metadata")
names_folder("in what it says of an output", "ctx:log_artifact_metadata { where = ctx.tmpdir } return 1",
  "the metadata of an output")
names_folder("in a frame", "return require('rille.frame').new { { 'a', { 'see ' .. ctx.tmpdir } } }")
test("a step that uses its temporary folder and returns what is there is cached", function()
  local project <close> = oracle.project()
  project:write("main.lua", oracle.program [[function(_, ctx)
    local f <close> = io.open(ctx.tmpdir .. "/x", "w+") f:write "a" f:seek "set"
    return { f:read "a", rille.dir(ctx.tmpdir):files() }
  end]])
  project:complete()
  check.eq(project:complete().steps.work.status, "cached")
end)

test("two things that change by themselves are named by the first, in one note", function()
  local project <close> = oracle.project()
  project:write("main.lua", oracle.program "function() local _ = os.time() _ = os.clock() return 1 end")
  local run = project:complete()
  check.eq(occurrences(run.notes.work, "\n"), 1)
  check.has(run.notes.work, "os.time")
end)

test("a step whose code holds the clock but does not ask it is cached", function()
  local project <close> = oracle.project()
  project:write("main.lua",
    oracle.program { fields = "params = { late = false },",
      run = "function(p) if p.late then return os.time() end return 1 end" })
  project:complete()
  check.eq(project:complete().steps.work.status, "cached")
end)

-- ---- writes ----

local function refused(name, what, parts)
  local text = oracle.program(parts)
  test("refused when the plan is made: " .. name, function()
    local project <close> = oracle.project()
    project:write("main.lua", text)
    local run = project:run()
    check.eq(run.code, 3)
    check.eq(next(run.ran), nil, "a step ran")
    check.has(run.err, "main.lua:" .. marked_line(text) .. ":")
    check.has(run.err, what)
    check.has(run.err, "work")
    check.has(run.err, "cache = false")
  end)
  test("allowed with cache = false: " .. name, function()
    local project <close> = oracle.project()
    local copy = {}
    for k, v in pairs(parts) do copy[k] = v end
    copy.fields = "cache = false, " .. (copy.fields or "")
    project:write("main.lua", oracle.program(copy))
    for _ = 1, 2 do check.eq(project:complete().steps.work.status, "completed") end
  end)
end
refused("a captured variable", "n", { top = "local n = 0", run = "function(...)\n n = n + 1 -- here\n return n end" })
refused("a captured variable in a nested function", "n",
  { top = "local n = 0", run = "function(...)\n local function f()\n n = n + 1 -- here\n end f() return n end" })
refused("a captured variable declared below", "n",
  { top = "local n", run = "function(...)\n n = 1 -- here\n return n end", tail = "n = 0" })
refused("a global", "count", { run = "function(...)\n count = 1 -- here\n return count end" })
refused("a global in a nested function", "count",
  { run = "function(...)\n local function f()\n count = 1 -- here\n end f() return 1 end" })
refused("a global function", "f", { run = "function(...)\n function f() end -- here\n return 1 end" })

test("a local of the step may be set, also from a nested function", function()
  local project <close> = oracle.project()
  project:write("main.lua",
    oracle.program "function() local n = 0 local function f() n = n + 1 end f() f() return n end")
  project:complete()
  check.eq(project:complete().steps.work.status, "cached")
end)

-- ---- what a step leaves behind in this process ----

local COUNTER = [[
local rille = require "rille"
local t = rille.types
local n = 0
local function next_number() n = n + 1 return n end
local one = rille.step "one" { outputs = { t.any "o" }, FIELDS run = function() return next_number() end }
local two = rille.step "two" { inputs = { t.any "x" }, outputs = { t.any "o" }, run = function(x) return CODE + next_number() end }
return rille.pipeline "p" { define = function() two { x = one {} } end }
]]
local function counter(fields, code) return (COUNTER:gsub("FIELDS", fields):gsub("CODE", code)) end
test("steps that change what they share give what an empty store gives, whichever runs", function()
  local project <close> = oracle.project()
  project:write("main.lua", counter("", "0"))
  project:judge(project:complete())
  project:judge(project:complete())
  project:write("main.lua", counter("", "100"))
  project:judge(project:complete())
  project:judge(project:complete())
end)
test("a change of what is captured is named", function()
  local project <close> = oracle.project()
  project:write("main.lua", counter("", "0"))
  local run = project:complete()
  check.has((run.notes.one or "") .. (run.notes.two or ""), "n")
end)
test("a module that counts, required inside two steps, gives what an empty store gives", function()
  local project <close> = oracle.project()
  project:write("m.lua", "local n = 0 return { next = function() n = n + 1 return n end }")
  local text = [[
local rille = require "rille"
local t = rille.types
local one = rille.step "one" { outputs = { t.any "o" }, run = function() return require("m").next() end }
local two = rille.step "two" { inputs = { t.any "x" }, outputs = { t.any "o" }, run = function(x) return CODE + require("m").next() end }
return rille.pipeline "p" { define = function() two { x = one {} } end }
]]
  for _, code in ipairs { "0", "0", "100", "100" } do
    project:write("main.lua", (text:gsub("CODE", code)))
    project:judge(project:complete())
  end
end)
test("a global set by a file that a step runs is not seen by the next step, or both run", function()
  local project <close> = oracle.project()
  project:write("k.lua", "G = (G or 0) + 1 return G")
  local text = [[
local rille = require "rille"
local t = rille.types
local one = rille.step "one" { outputs = { t.any "o" }, run = function() return dofile "k.lua" end }
local two = rille.step "two" { inputs = { t.any "x" }, outputs = { t.any "o" }, run = function(x) return CODE .. tostring(G) end }
return rille.pipeline "p" { define = function() two { x = one {} } end }
]]
  for _, code in ipairs { "'a'", "'a'", "'b'", "'b'" } do
    project:write("main.lua", (text:gsub("CODE", code)))
    project:judge(project:complete())
  end
end)

-- Runs the versions of a project in turn, each judged by an empty store.
local function judged(text, edits, files)
  local project <close> = oracle.project()
  for _, edit in ipairs(edits) do
    for name, content in pairs(files or {}) do project:write(name, (content:gsub("EDIT", edit))) end
    project:write("main.lua", (text:gsub("EDIT", edit)))
    project:judge(project:complete())
  end
end
test("a module that reads what another of the same step set is never stale", function()
  judged(oracle.program { top = "N = EDIT", run = "function(...) return (require 'a') .. (require 'b') end" },
    { "1", "1", "2", "2", "1" },
    { ["a.lua"] = "N = N + 1 return N", ["b.lua"] = "return N" })
end)
test("a step that gets all globals as a value is never stale", function()
  judged(oracle.program { top = "KEY = EDIT", run = "function(...) return require('_G').KEY end" },
    { "1", "1", "2", "1" })
  judged(oracle.program { top = "KEY = EDIT package.loaded.names = { get = function(k) return _G[k] end }",
    run = "function(...) return require('names').get 'KEY' end" },
    { "1", "1", "2", "1" })
  judged(oracle.program { top = "package.loaded.m = { v = EDIT }",
    run = "function(...) return require('package').loaded.m.v end" },
    { "1", "1", "2", "1" })
end)
test("looking for a hit runs no module: no global, no output, no file", function()
  local project <close> = oracle.project()
  project:write("m.lua", "G = 1 print 'loaded' io.open('made.txt', 'w'):close() return { v = 1 }")
  local text = [[
local rille = require "rille"
local t = rille.types
local first = rille.step "first" { outputs = { t.any "o" }, run = function() return require("m").v end }
local work = rille.step "work" { outputs = { t.any "out" }, run = function() return "EDIT" .. tostring(G) end }
return rille.pipeline "p" { define = function() first {} work {} end }
]]
  for k, edit in ipairs { "a", "b", "c" } do
    project:write("main.lua", (text:gsub("EDIT", edit)))
    project:judge(project:complete())
    os.remove(project:path "made.txt")
    project:write("m.lua", ("-- %d\n"):format(k) .. project:read "m.lua")
    local out = oracle.shell("cd " .. oracle.quote(project.dir) .. " && " .. oracle.quote(oracle.rille)
      .. " plan main.lua --store " .. oracle.quote(project.store) .. " 2>&1")
    check.ok(not out:find "loaded", out)
    check.eq(project:read "made.txt", nil)
  end
end)
test("what one step's module did is not seen by the next step, in whatever process it runs", function()
  local text = [[
local rille = require "rille"
local t = rille.types
T = {}
local first = rille.step "first" { outputs = { t.any "o" }, run = function() require "m" return "EDIT" end }
local more = rille.step "more" { inputs = { t.any "x" }, outputs = { t.any "o" }, run = function(x) return x .. (require "k") end }
return rille.pipeline "p" { define = function() more { x = first {} } more:with { id = "again" } { x = 1 } end }
]]
  local files = { ["m.lua"] = "T.v = 1 string.mark = 2 require('reg').v = 3", ["reg.lua"] = "return {}",
    ["k.lua"] = "return tostring(T.v) .. tostring(string.mark) .. tostring(require('reg').v)" }
  judged(text, { "a", "a", "b" }, files)
  local project <close> = oracle.project()
  project:write_all(files)
  project:write("main.lua", text)
  check.eq(project:complete({ args = "-j 1" }).steps.more.outputs.o,
    project:complete({ args = "-j 2 --no-cache" }).steps.more.outputs.o)
end)
test("a module that was loaded before the steps and counts gives each step what it was", function()
  judged([[
local rille = require "rille"
local t = rille.types
require "m"
local one = rille.step "one" { outputs = { t.any "o" }, run = function() return require("m").next() end }
local two = rille.step "two" { inputs = { t.any "x" }, outputs = { t.any "o" }, run = function(x) return EDIT + require("m").next() end }
return rille.pipeline "p" { define = function() two { x = one {} } end }
]], { "0", "0", "100", "100" }, { ["m.lua"] = "local n = 0 return { next = function() n = n + 1 return n end }" })
end)
test("a script called rille:x.lua is the user's", function()
  local project <close> = oracle.project()
  local function script(top, body)
    project:write("rille:x.lua", oracle.program { top = top, run = "function(...)\n" .. body .. " end" })
  end
  script("N = 1", "local g = _G return g['N']")
  local run = project:complete { script = "rille:x.lua" }
  check.has(run.notes.work or "", "rille:x.lua")
  script("N = 2", "local g = _G return g['N']")
  project:judge(project:complete { script = "rille:x.lua" })
  script("", "error 'boom'")
  run = project:run { script = "rille:x.lua" }
  check.eq(run.code, 1)
  check.has(run.out .. run.err, "rille:x.lua:8: boom")
  script("error 'top'", "return 1")
  run = project:run { script = "rille:x.lua" }
  check.eq(run.code, 3)
  check.has(run.err, "rille:x.lua:3: top")
  check.ok(not run.err:find "traceback", run.err)
end)

-- ---- between steps, around the run ----

test("reading a file that another step of the run wrote is an error that says so", function()
  local project <close> = oracle.project()
  project:write("main.lua", [[
local rille = require "rille"
local t = rille.types
local write = rille.step "write" { outputs = { t.any "o" }, run = function() local f = io.open("k.txt", "w") f:write "1" f:close() return 1 end }
local read = rille.step "read" { outputs = { t.any "o" }, run = function() local f = io.open "k.txt" local s = f:read "a" f:close() return s end }
return rille.pipeline "p" { define = function() write {} read {} end }
]])
  local run = project:run { args = "-j 1" }      -- side by side the reader may find no file
  check.eq(run.code, 1)
  check.has(run.err .. run.out, "k.txt")
  check.has(run.err .. run.out, "write")
end)

-- Two steps that share a file, in a pipeline whose define is DEFINE.
local SHARED = [[
local rille = require "rille"
local t = rille.types
local function put(text) local f <close> = io.open("k.txt", "w") f:write(text) end
local function get(path) local f <close> = io.open(path) return f and f:read "a" or "none" end
local write = rille.step "write" { outputs = { t.any "o" }, WRITE run = function() put "WHAT" return 1 end }
local read = rille.step "read" { outputs = { t.any "o" }, READ run = function() return SALT .. get "NAME" end }
local lister = rille.step "lister" { outputs = { t.any "o" }, run = function() return SALT .. get "." end }
local other = rille.step "other" { outputs = { t.any "o" }, run = function() put "OTHER" return 2 end }
return { p = rille.pipeline "p" { define = function() DEFINE end },
  w = rille.pipeline "w" { define = function() write {} end }, r = rille.pipeline "r" { define = function() read {} end } }
]]
local function shared(fields)
  local all = { WRITE = "", READ = "", SALT = "'a'", NAME = "k.txt", WHAT = "1", OTHER = "2",
    DEFINE = "write {} read {}" }
  for k, v in pairs(fields or {}) do all[k] = v end
  return (SHARED:gsub("%u%u+", all))
end

local function runs_as(project, pipeline, args)
  return project:run { args = pipeline .. " " .. (args or "") }
end

-- The run fails, on both names and the file; so does one on an empty store.
local function trespass(project, run, ...)
  check.eq(run.code, 1)
  local said = (run.err .. run.out):gsub('\\"', '"')
  for _, word in ipairs { ".txt", "no wire connects them", ... } do check.has(said, word) end
end

for _, order in ipairs { "write {} read {}", "read {} write {}" } do
  test("a file that two steps share without a wire is an error, whoever comes first: " .. order, function()
    local project <close> = oracle.project()
    project:write("main.lua", shared { DEFINE = order })
    for _ = 1, 2 do trespass(project, runs_as(project, "p"), '"write"', '"read"') end
    project:write("k.txt", "1")         -- what it writes stands there already
    trespass(project, runs_as(project, "p"), '"write"', '"read"')
  end)
  test("a step that ran reads what a cached one wrote, without a wire: " .. order, function()
    local project <close> = oracle.project()
    project:write("main.lua", shared { DEFINE = order })
    check.eq(runs_as(project, "w").status, "completed")
    for _ = 1, 2 do
      local run = runs_as(project, "p")
      check.eq(run.steps.write.status, "cached")
      trespass(project, run, '"write"', '"read"')
    end
  end)
  test("a step that ran writes what a cached one had read, without a wire: " .. order, function()
    local project <close> = oracle.project()
    project:write("k.txt", "1")
    project:write("main.lua", shared { DEFINE = order })
    check.eq(runs_as(project, "r").status, "completed")
    local run = runs_as(project, "p")
    check.eq(run.steps.read.status, "cached")
    trespass(project, run, '"write"', '"read"')
  end)
  test("two hits of other pipelines do not stand side by side when one wrote what the other read: " .. order, function()
    local project <close> = oracle.project()
    project:write("main.lua", shared { DEFINE = order })
    check.eq(runs_as(project, "w").status, "completed")
    check.eq(runs_as(project, "r").status, "completed")
    for _ = 1, 2 do trespass(project, runs_as(project, "p"), '"write"', '"read"') end
  end)
  test("what a step with cache = false wrote counts too: " .. order, function()
    local project <close> = oracle.project()
    project:write("main.lua", shared { DEFINE = order, WRITE = "cache = false," })
    check.eq(runs_as(project, "r").status, "completed")
    trespass(project, runs_as(project, "p"), '"write"', '"read"')
  end)
end
test("a shared file is an error with any number of workers, while both run too", function()
  for _, jobs in ipairs { 1, 2, 8 } do
    for _, slow in ipairs { "WRITE", "READ" } do
      local project <close> = oracle.project()
      -- the slow one is still at work when the other has ended
      local text = shared { DEFINE = "write {} read {}" }
      local spin = "for _ = 1, 2000000 do end "
      text = slow == "WRITE" and text:gsub('put "1"', spin .. "%0", 1)
        or text:gsub("return 'a' .. get \"k.txt\"", spin .. "%0", 1)
      project:write("main.lua", text)
      for _ = 1, 2 do trespass(project, runs_as(project, "p", "-j " .. jobs), '"write"', '"read"') end
    end
  end
end)
for _, name in ipairs { "./k.txt", "sub/../k.txt", "link/k.txt", "sub/k2.txt" } do
  test("a shared file is one file however it is spelled: " .. name, function()
    local project <close> = oracle.project()
    project:write("sub/x", "")
    project:shell "ln -s . link; ln -s ../k.txt sub/k2.txt"
    project:write("main.lua", shared { NAME = name })
    trespass(project, runs_as(project, "p"), '"write"', '"read"')
  end)
end
test("a step that requires a module which another wrote, without a wire, is an error", function()
  local project <close> = oracle.project()
  project:write("main.lua",
    (shared { DEFINE = "write {} read {}", WHAT = "return 5" }:gsub('get "k.txt"', 'require "k"'):gsub('open%("k.txt"',
      'open("k.lua"')))
  local run = runs_as(project, "p", "-j 1")      -- side by side, read can meet a file that is not complete yet
  check.eq(run.code, 1)
  check.has(run.err .. run.out, "k.lua")
  check.has(run.err .. run.out, 'write')
end)
-- Steps that share files outside with a command: `write` makes d/x.txt, `take` is the
-- command, `order` how they are called.
local function with_command(take, order, write)
  return ([[
local rille = require "rille"
local t = rille.types
local write = rille.step "write" { outputs = { t.any "out" }, WRITE }
local take = rille.step "take" { outputs = { t.string "out" }, TAKE, stdout = "out" }
local function define(text) return function() load(text, "=define", "t", { write = write, take = take })() end end
return rille.pipeline "p" { define = define "ORDER" }
]]):gsub("%u%u+", { WRITE = write or "run = function() local f = assert(io.open('d/x.txt', 'w')) f:write '1' f:close() return 1 end", TAKE = take, ORDER = order })
end
for _, take in ipairs { 'command = { "ls", "d" }', 'command = { "find", "d" }', 'command = "cat d/*.txt || true"',
  'command = "cat d/x.txt|| true"', 'command = "cat */*.txt|| true"', 'command = "ls"',
  'command = { "sh", "-c", "cat $1/* || true", "_", "d" }',
  'command = "true", depends = "d"', 'command = "true", depends = "d/*"', 'command = "cd d && ls"' } do
  for _, order in ipairs { "write {} take {}", "take {} write {}" } do
    test("a command that is given what another step fills is an error, whoever comes first: " .. take .. ", " .. order,
      function()
      for _, before in ipairs { "", "0" } do
        local project <close> = oracle.project()
        project:write("d/seed", "")
        if before ~= "" then project:write("d/x.txt", before) end
        project:write("main.lua", with_command(take, order))
        for _ = 1, 2 do
          local run = project:run()
          check.eq(run.code, 1, run.err)
          trespass(project, run, '"write"', '"take"')
        end
      end
    end)
  end
end
for _, order in ipairs { "write {} take {}", "take {} write {}" } do
  test("a command whose text writes a file that another step reads is an error: " .. order, function()
    local project <close> = oracle.project()
    project:write("d/x.txt", "0")
    project:write("main.lua", ([[
local rille = require "rille"
local t = rille.types
local write = rille.step "write" { command = "echo 1 > d/x.txt" }
local take = rille.step "take" { outputs = { t.string "out" }, run = function() return io.open("d/x.txt"):read "a" end }
return rille.pipeline "p" { define = function() ]] .. order .. " end }\n"))
    for _ = 1, 2 do trespass(project, project:run(), '"write"', '"take"') end
  end)
  test("a folder that a command is given is no listing of the folder it is in: " .. order, function()
    local project <close> = oracle.project()
    project:write("sub/seed", "")
    project:write("d/seed", "")
    for _, take in ipairs { 'command = { "ls", "sub" }', 'command = "cat sub/*"',
      'command = "cat d/*.csv d/seed || true"', 'command = { "ls", "d/seed" }' } do
      project:write("main.lua", with_command(take, order))
      for i = 1, 2 do
        local run = project:run()
        check.eq(run.status, "completed", take .. run.err)
        if i == 2 then check.eq(run.steps.take.status, "cached", run.notes.take) end
      end
    end
  end)
end
test("with a wire a command is given what another step fills, and is cached", function()
  local project <close> = oracle.project()
  project:write("d/seed", "")
  project:write("main.lua",
    with_command('command = { "ls", "d" }', "local w = write {} take:with { after = { w } } {}"))
  check.eq(project:run().status, "completed")
  check.eq(project:complete().steps.take.status, "cached")
end)
test("a file that a text writes must be as it left it", function()
  local project <close> = oracle.project()
  project:write("main.lua", with_command('command = "echo 1 > made.txt; echo 2"', "take {}"))
  check.eq(project:complete().steps.take.status, "completed")
  check.eq(project:complete().steps.take.status, "cached")
  project:write("made.txt", "other")
  check.eq(project:complete().steps.take.status, "completed")
  check.eq(project:read "made.txt", "1\n")
  project:remove "made.txt"
  check.eq(project:complete().steps.take.status, "completed")
  check.eq(project:complete().steps.take.status, "cached")
end)
test("a step that lists a folder in which another writes, without a wire, is an error", function()
  for _, define in ipairs { "write {} lister {}", "lister {} write {}" } do
    local project <close> = oracle.project()
    project:write("main.lua", shared { DEFINE = define })
    trespass(project, runs_as(project, "p"), '"write"', '"lister"', "lists")
  end
end)
test("two steps that write one file are an error, also with the same bytes: one may see the other's half", function()
  local project <close> = oracle.project()
  for _, bytes in ipairs { "2", "1" } do
    project:write("main.lua", shared { DEFINE = "write {} other {}", OTHER = bytes })
    for _ = 1, 2 do trespass(project, runs_as(project, "p"), '"write"', '"other"') end
  end
  project:write("main.lua", shared { DEFINE = 'write {} other:with { after = { "write" } } {}', OTHER = "1" })
  check.eq(runs_as(project, "p").status, "completed")
  check.eq(runs_as(project, "p").steps.other.status, "cached")
end)
for _, define in ipairs { 'write {} read:with { after = { "write" } } {}',
  'local w = write {} local o = other:with { id = "between", after = { w } } {} read:with { after = { o } } {}' } do
  test("with a path of wires a shared file is read and cached, and a changed one is read again: " .. define, function()
    local project <close> = oracle.project()
    -- what both write is the same, or the first would find the other's
    for _, what in ipairs { "1", "1", "2", "2", "1" } do
      project:write("main.lua", shared { DEFINE = define, WHAT = what, OTHER = what })
      local run = runs_as(project, "p")
      check.eq(run.status, "completed")
      project:judge(run)
    end
    local run = runs_as(project, "p")
    for id, step in pairs(run.steps) do check.eq(step.status, "cached", id) end
    project:remove "k.txt"
    run = runs_as(project, "p")
    check.eq(run.steps.write.status, "completed")
    check.eq(run.steps.read.status, "cached", "read finds the same file again")
    project:judge(run)
  end)
end

test("steps with cache = false may add to one log; a cached one may not", function()
  local text = [[
local rille = require "rille"
local add = rille.step "add" { params = { i = 0 }, CACHE run = function(p) local f = io.open("log.txt", "a") f:write(p.i, "\n") f:close() end }
return rille.pipeline "p" { define = function() for i = 1, 4 do add:with { id = "a" .. i } { i = i } end end }
]]
  local project <close> = oracle.project()
  project:write("main.lua", (text:gsub("CACHE", "cache = false,")))
  check.eq(project:run { args = "p" }.status, "completed")
  project:write("main.lua", (text:gsub("CACHE", "")))
  local run = project:run { args = "p" }
  check.eq(run.code, 1)
  check.has(run.err .. run.out, "log.txt")
end)

test("nodes of one key are one work: the file that it writes is written once, and a second run hits", function()
  local project <close> = oracle.project()
  project:write("main.lua", shared { DEFINE = 'write {} write:with { id = "again" } {}' })
  for _, status in ipairs { "completed", "cached" } do
    local run = runs_as(project, "p")
    check.eq(run.status, "completed")
    check.eq(run.steps.write.status, status)
    check.eq(run.steps.again.status, "cached")
  end
end)

test("reading history without cache = false is an error that says so", function()
  local project <close> = oracle.project()
  project:write("main.lua", oracle.program "function(_, ctx) return #ctx.pipeline.runs end")
  local run = project:run()
  check.eq(run.code, 1)
  check.has(run.err .. run.out, "cache = false")
end)
test("a file that changes while the step runs is not kept", function()
  local project <close> = oracle.project()
  project:write("k.txt", "one")
  project:write("main.lua", oracle.program [[function()
    local f = io.open "k.txt" local s = f:read "a" f:close()
    f = io.open("k.txt", "w") f:write(s .. "+") f:close()
    return s
  end]])
  local first = project:complete()
  check.eq(project:read "k.txt", "one+")
  local second = project:complete()
  check.eq(second.steps.work.status, "completed", "work")
  check.eq(project:read "k.txt", "one++")
  check.ok(first.steps.work.outputs.out ~= second.steps.work.outputs.out)
end)
test("with --no-cache everything runs", function()
  local project <close> = oracle.project()
  project:write("main.lua", oracle.program "function() return 1 end")
  project:complete()
  local run = project:complete { args = "--no-cache" }
  check.eq(run.steps.work.status, "completed")
  check.eq(run.steps.after.status, "completed")
  check.eq(project:complete().steps.work.status, "cached")
end)
test("a step with cache = false runs each time, without a note", function()
  local project <close> = oracle.project()
  project:write("main.lua", oracle.program { fields = "cache = false,", run = "function() return os.time() * 0 end" })
  for _ = 1, 2 do
    local run = project:complete()
    check.eq(run.steps.work.status, "completed")
    check.eq(run.notes.work, nil)
  end
end)
for _, bad in ipairs {
  { "a file handle", "local v = io.open 'main.lua'", "file handle" },
  { "a coroutine", "local v = coroutine.create(print)", "coroutine" },
  { "a table with a table as a key", "local v = { [{}] = 1 }", "key" },
} do
  test("a captured value that cannot be hashed is refused with its name: " .. bad[1], function()
    local project <close> = oracle.project()
    project:write("main.lua", oracle.program { top = bad[2], run = "function() return v ~= nil end" })
    local run = project:run()
    check.eq(run.code, 3)
    check.has(run.err, "'v'")
    check.has(run.err, bad[3])
    check.has(run.err, "main.lua:")
    check.has(run.err, "work")
  end)
end

check.done()

-- Command steps: what a program is given, what is taken from it, what makes it run
-- again, and what is said when it fails.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"

local HEAD <const> = scratch.HEAD
local sys = require "rille.host.sys"

-- One step `work` with these fields, called so, in a pipeline main.
local function one(fields, call)
  return "local work = step 'work' { " .. fields .. " }\nreturn pipeline 'main' { define = function() work "
    .. (call or "{}") .. " end }\n"
end

local function value(p, output) return (p:ok("artifact get main::work::" .. (output or "out"))) end

-- Runs it; the step has this status.
local function status(p, want, env)
  local r = p:sh((env or "") .. ' "$RILLE" run main.lua')
  check.eq(p:newest().work.status, want, r.err)
  return r.err
end

-- ---- ports ----

-- A frame of the columns that a CSV may make others: texts that look like numbers,
-- codes, words, integers past 2^53, whole floats, booleans, texts as booleans, nothing.
local FRAME <const> = [[
local frame, array = require "rille.frame", require "rille.array"
local mk = step "mk" { outputs = { t.frame "f" }, run = function() return frame.new {
  { "id", { "1", "2" } }, { "zip", { "08001", "1e3" } }, { "word", { "NA", "a,b" } }, { "n", array.from { 9007199254740993, 1 } },
  { "whole", array.from { 1.0, 2.0 } }, { "b", array.from({ true, false }, "bool") }, { "t", { "true", "x" } }, { "none", { "", "" } } } end }
local work = step "work" { inputs = { t.frame "f" }, outputs = { t.frame "g" }, command = [==[%s]==] }
local kinds = step "kinds" { inputs = { t.frame "g" }, outputs = { t.string "s" }, run = function(g)
  local list = {}
  for _, name in ipairs(g.columns) do local c = g:column(name) list[#list + 1] = name .. " " .. (array.is(c) and c.dtype or "text") end
  return table.concat(list, ", ") end }
return pipeline "main" { define = function() kinds { g = work { f = mk {} } } end }
]]

check.test("a frame keeps its columns' types through a program that keeps its fields", function()
  local same <const> = "id text, zip text, word text, n i64, whole f64, b bool, t text, none text"
  for _, line in ipairs { "cp {inputs.f} {outputs.g}", "head -n 2 {inputs.f} > {outputs.g}",
    "sed 's/x/y/' {inputs.f} > {outputs.g}" } do
    local p <close> = scratch.script(FRAME:format(line))
    p:ok("run main.lua")
    check.eq(p:ok("artifact get main::kinds::s"), same, line)
  end
end)

check.test("what a program writes anew is read as any CSV, in quotes or not", function()
  for _, given in ipairs { { "id,zip\n1,08001\n2,1e3\n", "id i64, zip text" }, { '"new"\n"1"\n', "new i64" },
    { '"id"\n"1"\n', "id text" }, { "none\n1\n", "none i64" } } do
    local p <close> = scratch.script(FRAME:format("cat {inputs.f} > /dev/null; printf '" .. given[1]:gsub("\n", "\\n")
      .. "' > {outputs.g}"))
    p:ok("run main.lua")
    check.eq(p:ok("artifact get main::kinds::s"), given[2], given[1])
  end
end)

-- A value of the type goes into a program as a file with this ending, and what a
-- program writes there comes back as the value that it was.
local PORTS = {
  { "t.matrix", "array.from({ { 1.5, 2 }, { 3, 4 } })", "npy",
    "v:get(2, 1) == 3.0 and v.dtype == 'f64' and v.ndim == 2" },
  { "t.vector", "array.from({ 1, 2, 3 }, 'i32')", "npy", "v:get(3) == 3 and v.dtype == 'i32'" },
  { "t.array", "array.zeros({ 200, 200 })", "npy", "v.shape[2] == 200" },
  { "t.frame", "frame.new { { 'n', array.from { 1, 2 } }, { 's', { 'a,b', '\"' } } }", "csv",
    "v:column('s')[1] == 'a,b' and v:column('n'):get(2) == 2" },
  { "t.table", "{ a = 1, b = { 'x', 'y' }, c = 1.5, d = true }", "json",
    "v.b[2] == 'y' and math.type(v.a) == 'integer' and v.c == 1.5 and v.d" },
  { "t.table", "{}", "json", "next(v) == nil" },
  { "t.list(t.integer)", "{ 1, 2, 3 }", "json", "#v == 3 and v[3] == 3" },
  { "t.boolean", "true", "txt", "v == true" },
  { "t.boolean", "false", "txt", "v == false" },
  { "t.integer", "-7", "txt", "math.type(v) == 'integer' and v == -7" },
  { "t.number", "0.1", "txt", "v == 0.1" },
  { "t.number", "1", "txt", "math.type(v) == 'float' and v == 1.0" },
  { "t.number", "-1/0", "txt", "v == -1/0" },
  { "t.number", "0/0", "txt", "v ~= v" },
  { "t.enum { 'rbf', 2, true }", "2", "txt", "v == 2" },
  { "t.string", "'a\\nb\\0c'", "txt", "v == 'a\\nb\\0c'" },
  { "t.string", "''", "txt", "v == ''" },
  { "t.bytes", "'\\xff\\0'", "bin", "v == '\\xff\\0'" },
  { "t.file", "rille.file 'data.csv'", "csv", "v:read() == 'a\\n1\\n'" },
  { "t.box", "setmetatable({ 5 }, Box)", "txt", "v[1] == 5 and getmetatable(v) == Box" },
  { "t.pair", "setmetatable({ 5, 6 }, Pair)", "", "v[1] == 5 and v[2] == 6" },
}

local KINDS = [[
local array, frame = require "rille.array", require "rille.frame"
Box, Pair = {}, {}
rille.materializer "box" { class = Box, version = 1, save = function(b, art) art:write("box.txt", tostring(b[1])) end,
  load = function(art) return setmetatable({ math.tointeger(art:read "box.txt") }, Box) end }
rille.materializer "pair" { class = Pair, version = 1, save = function(b, art) art:write("one", tostring(b[1])) art:write("more/two", tostring(b[2])) end,
  load = function(art) return setmetatable({ math.tointeger(art:read "one"), math.tointeger(art:read "more/two") }, Pair) end }
]]

for _, port in ipairs(PORTS) do
  local typ, text, ending, test = table.unpack(port)
  check.test(string.format("%s %s becomes a file and comes back", typ, text:sub(1, 30)), function()
    local p <close> = scratch.script(KINDS .. string.format([[
local copy = step "copy" { inputs = { %s "v" }, outputs = { %s "w", t.string "name" },
  command = "cp -r {inputs.v} {outputs.w}; printf %%s {inputs.v}", stdout = "name" }
local look = step "look" { inputs = { %s "v", t.string "name" }, outputs = { t.string "out" }, cache = false,
  run = function(v, name) assert(%s, "another value") return name:match "[^/]*$" end }
return pipeline "main" { define = function() local c = copy { v = %s } look { v = c.w, name = c.name } end }]], typ, typ, typ, test, text),
      { ["data.csv"] = "a\n1\n" })
    p:ok("run main.lua")
    local name = p:ok("artifact get main::look::out")
    check.eq(name:match "%.(%w+)$" or "", ending, name)
  end)
end

check.test("a folder goes in and comes out as it is", function()
  local p <close> = scratch.script([[
local copy = step "copy" { inputs = { t.dir "d" }, outputs = { t.dir "e" }, command = { "cp", "-r", "{inputs.d}", "{outputs.e}" } }
local look = step "look" { inputs = { t.dir "d" }, outputs = { t.string "out" }, run = function(d) return table.concat(d:files(), " ") end }
return pipeline "main" { define = function() look(copy { d = rille.dir "data" }) end }]])
  p:sh "mkdir -p data/sub data/empty; echo 1 > data/a; echo 2 > data/sub/b"
  p:ok("run main.lua")
  check.eq(p:ok("artifact get main::look::out"), "a sub/b")
end)

check.test("a list of arrays is a folder of numbered files", function()
  local p <close> = scratch.script('local array = require "rille.array"\n' .. one([[
    inputs = { t.list(t.vector) "xs" }, outputs = { t.string "out" },
    command = "cd {inputs.xs} && ls", stdout = "out"]], "{ xs = { array.from { 1 }, array.from { 2 } } }"))
  p:ok("run main.lua")
  check.eq(value(p), "1.npy\n2.npy\n")
end)

check.test("a union is given by its value, and an svm by its file", function()
  local p <close> = scratch.script('local array, svm = require "rille.array", require "rille.svm"\n' .. [[
local fit = step "fit" { outputs = { t.svm "m" }, run = function() return svm.SVC.fit(array.from { { 0.0 }, { 1.0 } }, array.from { 0, 1 }) end }
local copy = step "copy" { inputs = { t.classifier "m", t.any_of { t.integer, t.string } "x" }, outputs = { t.svm "m", t.string "out" },
  command = "cp {inputs.m} {outputs.m}; cat {inputs.x}", stdout = "out" }
local look = step "look" { inputs = { t.svm "m" }, outputs = { t.integer "n" }, run = function(m) return m:predict(array.from { { 0.9 } }):get(1) end }
return pipeline "main" { define = function() look(copy { m = fit(), x = 12 }.m) end }]])
  p:ok("run main.lua")
  check.eq(p:ok("artifact get main::look::n"), "1")
  check.eq(p:ok("artifact get main::copy::out"), "12\n")
end)

-- ---- the shell ----

check.test("a text fails when a part of it fails, and says which", function()
  for _, case in ipairs {
    { "gunzip < cut.gz | sort | uniq -c",
      "exit code 1, in line 1: gunzip < cut.gz | sort | uniq -c: gunzip < cut.gz ended with 1" },
    { "nosuchprog | cat",
      "exit code 127, in line 1: nosuchprog | cat: nosuchprog ended with 127 (the shell finds no such program" },
    { "cat nosuch | wc -l; echo fine", "in line 1: cat nosuch | wc -l: cat nosuch ended with 1" },
    { "true\nfalse; echo x", "in line 2: false" },
    { "cd nosuch; rm -rf main.lua", "in line 1: cd nosuch" } } do
    local p <close> = scratch.script(one(string.format("outputs = { t.string 'out' }, stdout = 'out', command = %q",
      case[1])),
      { ["cut.gz"] = "\x1f\x8b\8cut" })
    local _, err = p:ok("run main.lua", 1)
    check.has(err, case[2])
    check.has(err, "main.lua:3: in step work")
    check.eq(p:sh("test -e main.lua").code, 0)
    _, err = p:ok("run main.lua", 1)
    check.has(err, case[2])             -- a failure is not kept
  end
end)

check.test("a part of a pipeline that is read no further has not failed", function()
  local p <close> = scratch.script(one([[outputs = { t.string "out" }, stdout = "out", command = "yes | head -1; ]]
    .. [[if yes | grep -q y; then echo T; else echo F; fi"]]))
  status(p, "completed")
  status(p, "cached")
  check.eq(value(p), "y\nT\n")
end)

check.test('shell = "sh" has sh run a text as it is; the shell and the way it runs are in the key', function()
  local fields = [[outputs = { t.string "out" }, stdout = "out", command = "false | echo a{b,c}"]]
  local p <close> = scratch.script(one(fields .. ", shell = 'sh'"))
  status(p, "completed")
  check.eq(value(p), "a{b,c}\n")
  p:write("main.lua", HEAD .. one(fields))
  local _, err = p:ok("run main.lua", 1)
  check.has(err, "false ended with 1")
  p:write("main.lua", HEAD .. one(fields .. ", shell = 'sh'"))
  status(p, "cached")
  p:write("main.lua", HEAD .. one((fields:gsub("false", "true"))))
  status(p, "completed")
  check.eq(value(p), "ab ac\n")
  p:write("main.lua", HEAD .. one(fields:gsub("false", "true") .. ", shell = 'bash'"))
  status(p, "cached")
end)

check.test("another shell, or one for a list of words, is refused", function()
  for _, case in ipairs {
    { [[command = "true", shell = "zsh"]],
      'step "work": shell must be "bash" (the default, which fails when any part of the text fails) or "sh", '
        .. 'found "zsh"' },
    { [[command = "true", shell = true]], 'or "sh", found true' },
    { [[command = { "true" }, shell = "sh"]], 'step "work": shell applies only if the command is a text' },
    { [[run = function() end, shell = "sh"]], 'step "work": shell is for steps with a command' } } do
    local p <close> = scratch.script(one(case[1]))
    local _, err = p:ok("run main.lua", 3)
    check.has(err, case[2])
    check.has(err, "main.lua:3")
  end
end)

check.test("where there is no bash, that is said before anything runs, and what to do", function()
  local p <close> = scratch.script(one [[command = "true"]])
  p:sh(string.format("mkdir ours && cp -R %q/lua ours && sed -i 's#/bin/bash#/nowhere/bash#' "
    .. "ours/lua/shell/strict_mode.lua",
    paths.root))
  local r = p:rille "--scripts ours run main.lua"
  check.eq(r.code ~= 0, true)
  check.has(r.err,
    'step "work": there is no /nowhere/bash, which runs texts for the shell; install bash, or have sh run the '
      .. 'text: shell = "sh"')
end)

-- ---- what cannot be started ----

local function elf(machine)
  return "\127ELF\2\1\1" .. ("\0"):rep(9) .. string.pack("<I2I2", 2, machine) .. ("\0"):rep(40)
end

-- { name, what the file holds, may be executed, what is said of it }
local UNSTARTABLE = {
  { "x.sh", "#!/bin/sh\r\necho\r\n", true,
    [[the first line of x.sh ends with a carriage return (Windows line ends): the interpreter would be ]]
      .. [["/bin/sh\r"; convert it: sed -i 's/\r$//' x.sh]] },
  { "x.sh", "#!/usr/bin/env python3\r\n", true, [[the interpreter would be "/usr/bin/env python3\r"; convert it]] },
  { "x.py", "#!/nowhere/python3\n", true,
    "the first line of x.py names the interpreter /nowhere/python3, which does not exist: install it, or name "
      .. "another, as in #!/usr/bin/env python3" },
  { "x.sh", "#!./data\n", true,
    "the first line of x.sh names the interpreter ./data: data may not be executed: chmod +x data" },
  { "x.sh", "#!/bin/sh\n", false, "x.sh may not be executed: chmod +x x.sh" },
  { "x", elf(183), true, "x is a program for aarch64, but this machine is " },
  { "x.exe", "MZ\0\0", true, "x.exe is a program for Windows" },
  { "x.sh", "\xEF\xBB\xBF#!/bin/sh\n", true, "a byte order mark precedes the #! of x.sh" },
}
if elf(183):byte(19) == sys.read_file(sys.realpath "/proc/self/exe"):byte(19) then
  UNSTARTABLE[6][2], UNSTARTABLE[6][4] = elf(62), "x is a program for x86_64"
end

local function unstartable(file, fields)
  local p <close> = scratch.script(one((fields:gsub("FILE", "./" .. file[1]))), { [file[1]] = file[2], data = "" })
  if file[3] then p:sh("chmod +x " .. file[1]) end
  return p:rille "run main.lua"
end

for _, file in ipairs(UNSTARTABLE) do
  check.test("a program that cannot be started says why: " .. file[4]:sub(1, 60), function()
    local r = unstartable(file, 'command = { "FILE" }')
    check.eq(r.code, 1, r.err)
    check.has(r.err, file[4])
    r = unstartable(file, 'command = "FILE; true"')
    check.eq(r.code, 1, r.err)
    -- bash takes a text without #! for one of its own
    if not file[2]:find "^\xEF" and not file[2]:find "^MZ" then check.has(r.err, file[4]) end
  end)
end

check.test("a text that is no program says how to begin it; a folder is none", function()
  local r = unstartable({ "x.sh", "echo\n", true }, 'command = { "FILE" }')
  check.has(r.err, "x.sh is a text whose first line names no interpreter: begin it with #!/bin/sh")
  r = unstartable({ "x.sh", "", false }, 'command = { "./" }')
  check.has(r.err, "/ is a folder, not a program")
end)

check.test("os.execute says the same of a script with Windows line ends", function()
  local r = unstartable({ "x.sh", "#!/bin/sh\r\n", true }, "run = function() os.execute './x.sh' end")
  check.eq(r.code, 0, r.err)
  check.has(r.err,
    [[note      work: os.execute "./x.sh" ended with exit code 127 (main.lua:3): the first line of x.sh ends with a ]]
      .. [[carriage return (Windows line ends)]])
end)

-- { what is run, exit code, what is said }
local NO_ROOM = {
  { [[params = { s = t.string { default = ("x"):rep(3000000) } }, command = { "echo", "{params.s}" }]], 4,
    "a word of the command is 2929.7 KiB, more than the system passes to a program (128 KiB each); make the value an "
      .. "input, which is passed as a file" },
  { [[params = { s = t.string { default = ("x"):rep(3000000) } }, command = "echo {params.s} | wc -c"]], 4,
    "a word of the command is 2929.7 KiB" },
  { [[params = { s = t.string { default = ("x"):rep(3000000) } }, command = "echo {params.s}", shell = "sh"]], 4,
    "a word of the command is 2929.7 KiB" },
  { [[params = { s = t.string { default = ("x"):rep(300000) } }, env = { LONG = "{params.s}" }, command = { "true" }]],
    4, "the variable LONG is 293.0 KiB, more than the system passes to a program (128 KiB each)" },
  { [[command = "/bin/echo $(head -c 300000 /dev/zero | tr '\\0' x) > /dev/null", depends = {}]], 4,
    "a program in the text gets more than the system can pass; use a file" },
  { [[run = function() assert(os.execute("echo " .. ("x"):rep(300000))) end]], 1, "Argument list too long" },
  { [[run = function() os.execute("echo " .. ("x"):rep(300000)) end]], 0,
    "could not be started: Argument list too long; pass the data in a file (main.lua:3)" },
}
for _, case in ipairs(NO_ROOM) do
  check.test("more than a program can be given: " .. case[1]:sub(-60), function()
    local p <close> = scratch.script(one(case[1]))
    local r = p:rille "run main.lua"
    check.eq(r.code, case[2], r.err)
    check.has(r.err, case[3])
    check.eq(p:sh('"$RILLE" run main.lua -j 3').code, case[2])
    p:write("script.lua", 'dofile "main.lua":run {}')
    check.eq(p:rille("script.lua").code, case[2])
  end)
end

check.test("many words that are too long together", function()
  local p <close> = scratch.script("local list = { 'true' }\nfor i = 1, 400 do list[i + 1] = ('x'):rep(100000) end\n"
    .. one "command = list")
  local r = p:rille "run main.lua"
  check.eq(r.code, 4, r.err)
  check.has(r.err, "its words and variables are 39")
  check.has(r.err, "KiB in all); make the values inputs, which are passed as files")
end)

check.test("no more descriptors: exit code 4 wherever they end, and what to do", function()
  local p <close> = scratch.script([[
local a = step "a" { outputs = { t.string "out" }, run = function() return "x" end }
local b = step "b" { inputs = { t.string "x" }, outputs = { t.string "out" }, stdout = "out", command = "cat {inputs.x} | cat" }
return pipeline "main" { define = function() b(a {}) end }]])
  local refused, fine = 0, 0
  for n = 7, 24 do
    for _, jobs in ipairs { 1, 3 } do
      local r = p:sh(string.format('rm -rf .rille; ulimit -n %d; exec "$RILLE" run main.lua -j %d', n, jobs))
      if r.code == 0 then fine = fine + 1
      else
        refused = refused + 1
        check.eq(r.code, 4, n .. " descriptors: " .. r.err)
        check.has(r.err, "too many open files; raise the limit (ulimit -n), or close files that are not used")
      end
    end
  end
  check.ok(refused > 4 and fine > 4, refused .. " refused, " .. fine .. " fine")
end)

-- ---- commands of Lua steps ----

check.test("a command of a Lua step that failed while the step went on is noted once, in the run and in the log",
  function()
  local p <close> = scratch.script(one [[cache = false, run = function()
    for _ = 1, 3 do os.execute "exit 3" end
    os.execute "false | cat; false"
    os.execute "true"
    io.popen("exit 4"):close()
    io.close(io.popen "kill -9 $$")
    do local f <close> = io.popen "exit 5" end
    local f = io.popen "kill -PIPE $$"
    f:close()
    print "end"
  end]])
  local NOTES <const> = { 'os.execute "exit 3" ended with exit code 3 (main.lua:4)',
    'os.execute "false | cat; false" ended with exit code 1 (main.lua:5); sh reports only the last part of a pipeline',
    'io.popen "exit 4" ended with exit code 4 (main.lua:7)',
    'io.popen "kill -9 $$" was terminated by signal 9 (main.lua:8)',
    'io.popen "exit 5" ended with exit code 5 (main.lua:9)' }
  for _, jobs in ipairs { "1", "2" } do
    local _, err = p:ok("run main.lua -j " .. jobs)
    for _, note in ipairs(NOTES) do
      local _, times = err:gsub("note      work: " .. note:gsub("%p", "%%%0"), "")
      check.eq(times, 1, note .. " in " .. err)
    end
    check.ok(not err:find "PIPE" and not err:find 'execute "true"', err)
    check.eq(p:ok("log main@-1/work"), "end\nnote: " .. table.concat(NOTES, "\nnote: ") .. "\n")
  end
end)

-- ---- the command ----

check.test("parameters stand in words as text, and in a shell's text quoted", function()
  local p <close> = scratch.script(one([[
    params = { a = "it's $HOME; x", n = 2, f = 0.5, b = true, l = t.table { default = { 1, "two" } } },
    outputs = { t.string "out", t.string "words" },
    command = "printf '%s|' {params.a} {params.n} {params.f} {params.b} {params.l} > {outputs.out}; printf '%s' '{print $1}' ${NONE:-{}} {{params.a}} > {outputs.words}"]]))
  p:ok("run main.lua")
  check.eq(value(p), "it's $HOME; x|2|0.5|true|[1,\"two\"]|")
  check.eq(value(p, "words"), "{print $1}{}{params.a}")
  p:write("main.lua", HEAD
    .. one([[params = { a = "it's $HOME; x" }, outputs = { t.string "out" }, command = { "printf", "%s|", ]]
      .. [["{params.a}", "a={params.a}", 2, 1.0 }, stdout = "out"]]))
  p:ok("run main.lua")
  check.eq(value(p), "it's $HOME; x|a=it's $HOME; x|2|1.0|")
end)

check.test("an array as a parameter is a .npy file", function()
  local p <close> = scratch.script('local array = require "rille.array"\n'
    .. one([[params = { w = t.array { default = array.from { 1.0, 2.0 } } }, outputs = { t.vector "out" }, ]]
      .. [[command = { "cp", "{params.w}", "{outputs.out}" }]]))
  p:ok("run main.lua")
  check.has(p:ok("show main::work::out"), "f64 array of 2")
end)

check.test("the environment is what env names, and nothing else", function()
  local p <close> = scratch.script(one([[params = { n = 3 }, outputs = { t.string "out" }, env = { ONE = "1", N ]]
    .. [[= "n={params.n}", GIVEN = true, ABSENT = true }, command = { "env" }, stdout = "out"]]))
  p:sh 'GIVEN=yes SECRET=no "$RILLE" run main.lua'
  check.eq(value(p), "GIVEN=yes\nN=n=3\nONE=1\n")
end)

check.test("a variable that is handed on is a dependency, absent too", function()
  local p <close> =
    scratch.script(one [[outputs = { t.string "out" }, env = { GIVEN = true }, command = { "env" }, stdout = "out"]])
  status(p, "completed")
  status(p, "cached", "OTHER=x")
  check.has(status(p, "completed", "GIVEN=x"), "the environment variable GIVEN changed")
  status(p, "cached", "GIVEN=x")
  check.eq(value(p), "GIVEN=x\n")
end)

check.test("the program starts in the folder of the script, reads nothing, and has a folder for scratch", function()
  local p <close> = scratch.script(one([[outputs = { t.string "out" }, command = "pwd; cat; echo x > {tmpdir}/x ]]
    .. [[&& cat {tmpdir}/x", stdout = "out"]]))
  local r = p:sh 'cd / && echo no | "$RILLE" run "$OLDPWD/main.lua"'
  check.eq(r.code, 0, r.err)
  check.eq(value(p), p:sh("pwd -P").out .. "x\n")
end)

check.test("what it prints is in the step's log in the order of writing, and shown as it comes", function()
  local p <close> = scratch.script(one [[command = "echo one; echo two >&2; printf three"]])
  local _, err = p:ok("run main.lua")
  check.has(err, "one\ntwo\nthree\n")
  check.eq(p:ok("log main@-1/work"), "one\ntwo\nthree\n")
end)

check.test("a daemon that keeps the output open does not hold up the step", function()
  local p <close> = scratch.script(one([[outputs = { t.string "out" }, command = "(sleep 3600; echo late) & echo ]]
    .. [[early >&2; echo done > {outputs.out}"]]))
  p:ok("run main.lua")
  check.eq(value(p), "done\n")
end)

check.test("a program that an earlier step made can be started", function()
  local p <close> = scratch.script [[
local make = step "make" { outputs = { t.file "tool" }, command = "printf '#!/bin/sh\necho made by $0\n' > {outputs.tool}" }
local work = step "work" { inputs = { t.file "tool" }, outputs = { t.string "out" }, command = { "{inputs.tool}" }, stdout = "out" }
return pipeline "main" { define = function() work(make()) end }]]
  p:ok("run main.lua")
  check.ok(value(p):find "^made by /.*/tool\n$", value(p))
end)

check.test("a program cannot spoil the input of another", function()
  local p <close> = scratch.script([[
local array = require "rille.array"
local make = step "make" { outputs = { t.vector "x" }, run = function() return array.zeros { 100000 } end }
local spoil = step "spoil" { inputs = { t.vector "x" }, outputs = { t.integer "n" }, command = "echo gone > {inputs.x}; echo 1 > {outputs.n}" }
local look = step "look" { inputs = { t.vector "x" }, outputs = { t.number "sum" }, run = function(x) return x:sum() end }
return pipeline "main" { define = function() local x = make() local s = spoil { x = x } look:with { after = { s } } { x = x } end }]])
  p:ok("run main.lua")
  p:ok("fsck")
  check.eq(p:newest().look.status, "completed")
end)

-- ---- a step like any other ----

local COUNT = [[
local count = step "count" { inputs = { t.string "text" }, params = { flag = t.enum { "-l", "-c", default = "-l" } }, outputs = { t.integer "n" },
  command = "wc {params.flag} < {inputs.text}", stdout = "n" }
]]

check.test("it runs outside define, in a running step, by fn, and by with", function()
  local p <close> = scratch.script(COUNT .. [[
print(count { text = "a\nb\n" }:load(), count({ text = "a\nb\n", flag = "-c" }):load(), count.fn "a\nb\nc\n", count.fn("abc", { flag = "-c" }))
print(count:with { flag = "-c" } { text = "xy" }:load())
local both = step "both" { inputs = { t.string "text" }, outputs = { t.integer "n" }, run = function(text) return count(text) + count(text, { flag = "-c" }) end }
local twice = pipeline "twice" { define = function() both { text = "a\nb\n" } end }
print(twice:run().steps.both.output:load())]])
  local r = p:sh '"$RILLE" -q main.lua; ls /tmp | grep -c rille-command-$$ ; "$RILLE" -q main.lua'
  check.eq(r.out, "2\t4\t3\t3\n2\n6\n0\n2\t4\t3\t3\n2\n6\n", r.err)
  check.eq(p:newest("twice").both.status, "cached")
  p:write("main.lua", (p:read "main.lua"):gsub("wc {params.flag}", "wc  {params.flag}"))
  check.eq(p:rille("-q main.lua").code, 0)
  check.eq(p:newest("twice").both.status, "completed", "the step that calls it")
end)

check.test("why tells the word of the command, the environment and the lines of its script that changed", function()
  local p <close> = scratch.script(one([[params = { n = 1 }, outputs = { t.integer "out" }, command = { "sh", ]]
    .. [["work.sh", "{params.n}" }, stdout = "out"]]),
    { ["work.sh"] = "# first\necho $1\n" })
  status(p, "completed")
  status(p, "cached")
  p:write("work.sh", "# first\necho $(($1 + 1))\n")
  check.has(status(p, "completed"), "re-ran    work: work.sh changed")
  local said = p:ok("why work")
  check.has(said, "  work.sh changed\n      - echo $1\n      + echo $(($1 + 1))\n")
  p:write("main.lua", (p:read "main.lua":gsub('"{params.n}"', '"4"')))
  check.has(status(p, "completed"), "re-ran    work: command changed: sh work.sh {params.n} -> sh work.sh 4")
  p:write("main.lua", (p:read "main.lua":gsub("stdout =", "env = { LANG = 'C' }, stdout =")))
  status(p, "completed")
  check.has(p:ok("why work"), "  command changed\n      + env LANG=C\n")
  p:write("main.lua", (p:read "main.lua":gsub("command = .* stdout = \"out\"", "run = function() return 5 end")))
  check.has(status(p, "completed"), "it is now a function")
  check.eq(value(p), "5")
end)

check.test("show --source prints the command and what belongs to it", function()
  local p <close> = scratch.script(one([[outputs = { t.string "out" }, env = { LANG = "C", PATH = true }, ]]
    .. [[depends = { "*.lua" }, command = { "echo", "two words", "{outputs.out}" }, stdout = nil]]))
  p:rille "run main.lua"
  check.eq(p:ok("show main@-1/work --source"),
    "-- command\necho 'two words' {outputs.out}\nenv LANG=C\nenv PATH (handed on)\ndepends *.lua\n")
end)

check.test("plan says that a command step would run, and runs nothing", function()
  local p <close> = scratch.script(one [[command = "touch ran"]])
  check.has(p:ok("plan main.lua"), "1 to run")
  check.eq(p:read "ran", nil)
end)

-- ---- what it depends on ----

check.test("depends names files and folders that its words do not", function()
  local p <close> = scratch.script(one([[outputs = { t.string "out" }, depends = { "lib/*.inc", "conf" }, ]]
    .. [[command = "cat lib/*.inc conf/sub/c", stdout = "out"]]))
  p:sh "mkdir -p lib conf/sub; echo a > lib/a.inc; echo c > conf/sub/c; echo n > lib/note"
  status(p, "completed")
  p:sh "echo other > lib/note; mkdir lib/__pycache__; echo x > lib/__pycache__/x; touch lib/a.inc"
  status(p, "cached")
  p:sh "echo A > lib/a.inc"
  check.has(status(p, "completed"), "lib/a.inc changed")
  p:sh "echo b > lib/b.inc"
  check.has(status(p, "completed"), "files lib/*.inc changed")
  p:sh "echo C > conf/sub/c"
  status(p, "completed")
  p:sh "echo new > conf/new"
  status(p, "completed")
  p:sh "rm conf/new"
  status(p, "cached")
  check.eq(value(p), "A\nb\nC\n")
end)

check.test("a file that depends names and that is not there fails the step", function()
  local p <close> = scratch.script(one [[depends = { "lib/*.py" }, command = "true"]])
  check.has(status(p, "failed"), 'depends: there is no file "lib/*.py"')
end)

check.test("a folder in the command is a dependency as a whole", function()
  local p <close> =
    scratch.script(one [[outputs = { t.string "out" }, command = { "find", "data", "-type", "f" }, stdout = "out"]])
  p:sh "mkdir -p data/sub; echo a > data/sub/a; ln -s .. data/sub/round; ln -s . data/round"
  status(p, "completed")
  status(p, "cached")
  p:sh "echo A > data/sub/a"
  status(p, "completed")
  p:sh "echo b > data/b"
  status(p, "completed")
  status(p, "cached")
end)

check.test("a folder outside the project cannot be followed, which is said", function()
  local p <close> = scratch.script(one [[outputs = { t.string "out" }, command = { "echo", "/usr" }, stdout = "out"]])
  check.has(status(p, "completed"), "not cached: it uses the folder /usr, which is outside the project")
  status(p, "completed")
end)

check.test("a script that changes while it runs is not kept", function()
  local p <close> = scratch.script(one [[outputs = { t.integer "out" }, command = { "sh", "work.sh" }, stdout = "out"]],
    { ["work.sh"] = "echo 1\necho '# more' >> work.sh\n" })
  check.has(status(p, "completed"), "not cached: work.sh changed while it ran")
  p:write("work.sh", "echo 1\n")
  status(p, "completed")
  status(p, "cached")
end)

check.test("a list of files that changes while it runs is not kept", function()
  local p <close> = scratch.script(one([[outputs = { t.integer "out" }, depends = { "*.inc" }, command = "[ -e ]]
    .. [[b.inc ] || echo x > b.inc; echo 1", stdout = "out"]]),
    { ["a.inc"] = "" })
  check.has(status(p, "completed"), "not cached: files *.inc changed while it ran")
  status(p, "completed")
  status(p, "cached")
end)

check.test("a moved project still hits", function()
  local p <close> = scratch.script(one([[outputs = { t.integer "out" }, depends = { "conf" }, command = { ]]
    .. [["./work.sh", "arg.txt" }, stdout = "out"]]),
    { ["work.sh"] = "#!/bin/sh\ncat $1\n", ["arg.txt"] = "3\n", conf = "" })
  p:sh "chmod +x work.sh; mkdir moved"
  status(p, "completed")
  local r = p:sh 'cp -rp main.lua work.sh arg.txt conf .rille moved; mv arg.txt gone; cd moved && "$RILLE" run main.lua'
  check.has(r.err, "1 step, cached")
end)

-- ---- failures ----

local function failure(fields, call, files)
  local p <close> = scratch.script(one(fields, call), files)
  local r = p:rille "run main.lua"
  check.eq(r.code, 1, r.err)
  return r.err, p
end

check.test("an exit code fails the step with the command and the end of its output, once", function()
  local err = failure([[params = { n = 3 }, inputs = { t.integer "x" }, outputs = { t.string "out" }, command = ]]
    .. [["echo working; echo went wrong >&2; exit {params.n} # {inputs.x} {outputs.out}"]],
    "{ x = 1 }")
  check.has(err,
    "  the command ended with exit code 3\n    echo working; echo went wrong >&2; exit 3 # {inputs.x} "
      .. "{outputs.out}\n  the end of its output:\n    working\n    went wrong\n")
  check.ok(not err:find("  log\n", 1, true), err)
end)

check.test("a signal is named", function()
  check.has(failure [[command = "kill -9 $$"]], "the command was terminated by signal 9 (SIGKILL)")
end)

check.test("an output that is not written is named", function()
  check.has(failure [[outputs = { t.matrix "model" }, command = { "echo", "{outputs.model}" }]],
    'output "model": the command did not write it')
end)

check.test("an output that is not what its type wants is told by its parser", function()
  check.has(failure [[outputs = { t.matrix "model" }, command = "echo no > {outputs.model}"]], 'output "model": ')
  check.has(failure [[outputs = { t.table "out" }, command = "echo '{ x' > {outputs.out}"]], 'output "out": out.json:1')
  check.has(failure [[outputs = { t.integer "out" }, command = "echo 1.5", stdout = "out"]],
    'output "out": expected an integer, found "1.5\\n"')
  check.has(failure [[outputs = { t.number "out" }, command = "echo 0x10", stdout = "out"]],
    'output "out": expected a number')
  check.has(failure [[outputs = { t.boolean "out" }, command = "echo yes", stdout = "out"]],
    'output "out": expected true or false')
  check.has(failure [[outputs = { t.dir "out" }, command = "echo yes > {outputs.out}"]],
    'output "out": the command made a file where a folder was expected')
end)

check.test("a program that is not there is told before any step runs", function()
  local p <close> = scratch.script [[
local first = step "first" { outputs = { t.integer "n" }, run = function() print "first ran" return 1 end }
local work = step "work" { inputs = { t.integer "n" }, command = { "no-such-program-anywhere", "{inputs.n}" } }
return pipeline "main" { define = function() work(first()) end }]]
  local r = p:sh 'PATH=/nowhere:/bin "$RILLE" run main.lua'
  check.eq(r.code, 3)
  check.eq(r.err,
    'rille: main.lua:4: step "work": there is no program "no-such-program-anywhere" in PATH (/nowhere:/bin)\n')
  p:write("no-such-program-anywhere", "")
  check.has(p:sh('PATH=/n1:/n2:/n3:/n4:/n5:/bin "$RILLE" run main.lua').err,
    'no program "no-such-program-anywhere" in PATH (/n1:/n2:/n3 and 3 folders more)')
  check.has(p:sh('PATH=/bin "$RILLE" run main.lua').err,
    "; for the one in the script's folder write ./no-such-program-anywhere")
end)

check.test("a program that cannot be started fails the step, and says why", function()
  check.has(failure([[command = { "./work.sh" }]], nil, { ["work.sh"] = "echo 1\n" }),
    "the command cannot be started: ")
  check.has(failure [[command = { "./none" }]], "none: No such file or directory")
  check.has(failure [[command = "no-such-program-anywhere"]], "pass yours on with env = { PATH = true }")
end)

check.test("Ctrl-C ends the run when its command ends", function()
  local p <close> = scratch.script(one([[outputs = { t.string "out" }, cache = false, command = "touch began; ]]
    .. [[while [ ! -e go ]; do sleep 0.05; done; echo done", stdout = "out"]]))
  local r = p:sh('"$RILLE" run main.lua & pid=$!; while [ ! -e began ]; do sleep 0.05; done; kill -INT $pid; '
    .. 'sleep 0.2; touch go; wait $pid')
  check.eq(p:newest().work.status, "completed", r.err)
end)

check.test("a second Ctrl-C ends the command with the run", function()
  local p <close> =
    scratch.script(one [[cache = false, command = { "sh", "-c", "echo $$ > began; while :; do sleep 0.05; done" }]])
  p:sh('"$RILLE" run main.lua & pid=$!; while [ ! -s began ]; do sleep 0.05; done; kill -INT $pid; sleep 0.2; '
    .. 'kill -INT $pid; wait $pid')
  local gone = p:sh('for i in 1 2 3 4 5 6 7 8 9 10; do grep -q "State:.[^Z]" /proc/$(cat began)/status '
    .. '2>/dev/null || break; sleep 0.1; done; echo $i')
  check.ok(tonumber(gone.out) < 10, gone.out)
end)

check.done()

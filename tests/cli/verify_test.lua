-- rille verify: what it reads again, what it runs again, and what it says.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local scratch = require "scratch"

local HEAD = [[
local rille = require "rille"
local t = rille.types
local array = require "rille.array"
]]

-- A project with a pipeline of these steps (their text), and its first run "one".
local function project_of(steps, define)
  local project = scratch.new()
  project:write("main.lua", HEAD .. steps .. '\nreturn rille.pipeline "p" { params = { n = 2 }, define = function(p) '
    .. define .. " end }\n")
  local r = project:rille "run main.lua --name one"
  if r.code ~= 0 then error(r.err, 2) end
  return project
end

local function edit(project, from, to)
  local text, n = project:read("main.lua"):gsub(from:gsub("%p", "%%%0"), (to:gsub("%%", "%%%%")))
  check.ok(n > 0, "nothing to edit")
  project:write("main.lua", text)
end

local function verify(project, arguments)
  local r = project:rille("verify one " .. arguments .. " --json")
  local ok, told = pcall(json.decode, r.out)
  if not ok then error(r.out .. r.err, 2) end
  local steps = {}
  for _, one in ipairs(told.steps) do steps[one.step] = one end
  return told, steps, r.code
end

local GOOD = [[
local rows = rille.step "rows" { outputs = { t.array "a", t.any "o" }, params = { n = 1 }, run = function(p) print "to the log" return array.ones { 2000 }, { x = p.n, r = math.random() } end }
local join = rille.step "join" { inputs = { t.list(t.any) "l", t.array "a" }, outputs = { t.string "s" }, run = function(l, a) return #l .. ":" .. a:sum() end }
]]
local GOOD_DEFINE = "local r = rows { n = p.n } join { l = { r.o, 'literal', 5 }, a = r.a }"

check.test("a run that is whole is said to be, and every step that runs again makes the same bytes", function()
  local project <close> = project_of(GOOD, GOOD_DEFINE)
  local r = project:rille "verify one"
  check.eq(r.code, 0)
  check.has(r.out, "verify one: 5 members")
  check.has(r.out, "all intact")
  local told, steps, code = verify(project, "--rerun 100%")
  check.eq(code, 0)
  check.eq(#told.steps, 2)
  check.eq({ steps.rows.state, steps.join.state }, { "same", "same" })
  check.eq(project:rille("verify p@-1 --rerun 100").code, 0)
end)

check.test("a run without results is not said to be whole", function()
  local project <close> = scratch.new()
  project:write("main.lua", HEAD
    .. 'local s = rille.step "s" { outputs = { t.integer "n" }, run = function() error "no" end }\nreturn '
      .. 'rille.pipeline "p" { define = function() s() end }')
  check.eq(project:rille("run main.lua --name one").code, 1)
  local r = project:rille "verify one"
  check.eq(r.code, 5)
  check.has(r.out, "verify one: 0 members, 0 B verified, nothing to check")
end)

check.test("what --set changed is as it was when its step runs again", function()
  local project <close> = scratch.new()
  project:write("main.lua", HEAD .. GOOD .. 'return rille.pipeline "p" { params = { n = 2 }, define = function(p) '
    .. GOOD_DEFINE .. " end }")
  check.eq(project:rille("run main.lua --name one --set n=5 --set rows.n=7").code, 0)
  local _, steps, code = verify(project, "--rerun 100%")
  check.eq(code, 0)
  check.eq(steps.rows.state, "same")
end)

check.test("a step of a class and one that takes an input of the pipeline run again as they did", function()
  local project <close> = scratch.new()
  project:write("x.txt", "5")
  project:write("main.lua", HEAD .. [[
local One = rille.Step:extend "one" { inputs = { t.number "x" }, outputs = { t.number "out" } }
One.rate = 2
function One:entrypoint(x) return x * self.rate end
return rille.pipeline "p" { inputs = { t.number "x" }, define = function(p, inputs) One { x = inputs.x } end }]])
  check.eq(project:rille("run main.lua --name one --input x=x.txt").code, 0)
  local _, steps, code = verify(project, "--rerun 100%")
  check.eq(steps.one.state, "same", steps.one.why or steps.one.error)
  check.eq(code, 0)
  edit(project, "One.rate = 2", "One.rate = 3")
  _, steps = verify(project, "--rerun 100%")
  check.has(steps.one.why, "the code changed since: self.rate")
end)

check.test("verify reads the store and writes nothing to it", function()
  local project <close> = project_of(GOOD, GOOD_DEFINE)
  local function state()
    return project:sh("find .rille/objects -type f | sort; sqlite3 .rille/meta.db 'select count(*) from "
      .. "artifact; select count(*) from step_run; select count(*) from run' 2>/dev/null || true").out
  end
  local before = state()
  verify(project, "--rerun 100%")
  check.eq(state(), before)
  check.eq(project:sh('ls "${TMPDIR:-/tmp}" | grep -c rille-verify- || true').out:match "%d+", "0")
end)

check.test("a damaged object and a missing one are found, and end with 5", function()
  for _, harm in ipairs { "printf x >>", "rm -f" } do
    local project <close> = project_of(GOOD, GOOD_DEFINE)
    project:sh("f=$(find .rille/objects -type f | head -n 1); chmod u+w $f; " .. harm .. " $f")
    local r = project:rille "verify one"
    check.eq(r.code, 5)
    check.has(r.out, "bad")
    check.has(r.out, "rows, output a")
  end
end)

check.test("a damaged row is found", function()
  local project <close> = project_of(GOOD, GOOD_DEFINE)
  if project:sh("command -v sqlite3").code ~= 0 then return end
  project:sh [[sqlite3 .rille/meta.db "update artifact set size = size + 1 where type = 'string'"]]
  local r = project:rille "verify one"
  check.eq(r.code, 5)
  check.has(r.out, "its row is damaged")
  project:sh [[sqlite3 .rille/meta.db "update artifact set size = size - 1 where type = 'string'; delete from record"]]
  r = project:rille "verify one"
  check.eq(r.code, 5)
  check.has(r.out, "its record in the cache is missing")
end)

-- A step that insists on its result, and comes out otherwise each time.
local function differs(name, outputs, run, cause, more)
  check.test("a rerun that comes out otherwise names step, output, difference and cause: " .. name, function()
    local project <close> = project_of('local work = rille.step "work" { cache = "always", outputs = { ' .. outputs
      .. " }, run = " .. run .. " }", "work {}")
    local r = project:rille "verify one --rerun 100%"
    check.eq(r.code, 5)
    for _, word in ipairs { "differs", "work", "output", "likely cause", cause, table.unpack(more or {}) } do
      check.has(r.out, word)
    end
    local told, steps = verify(project, "--rerun 100%")
    check.eq(told.seed ~= nil, true)
    check.eq(steps.work.state, "differs")
    check.ok(steps.work.outputs[1].offset >= 1)
  end)
end
differs("the clock", 't.any "out"', "function() return os.clock() end", "os.clock at main.lua:4",
  { "->", "of value.json" })
differs("an element of an array", 't.array "a"',
  "function() local a = array.zeros { 1000 } a:set(400, os.clock()) return a end", "os.clock",
  { "1 of 1,000 elements", "[400]" })
differs("an address", 't.string "s"', "function() return tostring {} end", "the address of a table",
  { "the value contains an address" })
differs("random numbers without a seed", 't.any "out"',
  "function() math.randomseed() return { math.random(), os.clock() } end", "math.randomseed")
differs("what cannot be seen", 't.any "out"', "function() local e = _G return e.os.clock() end", "_G")
differs("a program", 't.string "s"', "function() local p <close> = io.popen 'date +%N' return p:read 'a' end",
  "io.popen")

check.test("what a command reads unseen is told as the likely cause", function()
  local project <close> = scratch.new()
  project:write("now.sh", "date +%N\n")
  project:write("main.lua", HEAD .. [[
local work = rille.step "work" { outputs = { t.string "out" }, command = "sh now.sh", stdout = "out" }
return rille.pipeline "p" { define = function() work {} end }]])
  check.eq(project:rille("run main.lua --name one").code, 0)
  local r = project:rille "verify one --rerun 100%"
  check.eq(r.code, 5)
  check.has(r.out, "rille does not observe what its program reads beyond its arguments")
end)

check.test("a file and a variable that changed since are named", function()
  local project <close> = scratch.new()
  project:write("data.txt", "one")
  project:write("main.lua", HEAD .. [[
local work = rille.step "work" { outputs = { t.any "out" }, run = function()
  local f <close> = io.open "data.txt" return f:read "a" .. tostring(os.getenv "RILLE_CASE_MODE") end }
return rille.pipeline "p" { define = function() work {} end }]])
  check.eq(project:rille("run main.lua --name one").code, 0)
  project:write("data.txt", "two")
  local r = project:sh 'RILLE_CASE_MODE=x "$RILLE" verify one --rerun 100%'
  check.eq(r.code, 5)
  check.has(r.out, "the file data.txt changed")
  check.has(r.out, "the environment variable RILLE_CASE_MODE changed")
end)

check.test("a step whose code changed since is skipped, and says what changed", function()
  local project <close> = project_of("local function helper() return 1 end\n" .. GOOD:gsub("#l", "helper()"),
    GOOD_DEFINE)
  edit(project, "return 1 end", "return 2 end")
  local _, steps, code = verify(project, "--rerun 100%")
  check.eq(code, 0)
  check.eq(steps.join.state, "skipped")
  check.has(steps.join.why, "the code changed since: helper")
  check.eq(steps.rows.state, "same")
  edit(project, '"join"', '"other"')
  _, steps = verify(project, "--rerun 100%")
  check.has(steps.join.why, "no longer has a step with that id")
  project:write("main.lua", "this is no Lua")
  _, steps, code = verify(project, "--rerun 100%")
  check.eq(code, 5, "nothing was checked")
  check.has(steps.rows.why, "cannot be loaded")
  check.has(project:rille("verify one --rerun 100%").out, "no step could run again")
end)

local MIXED = [[
local never = rille.step "never" { cache = false, outputs = { t.any "o" }, run = function() return os.clock() end }
local impure = rille.step "impure" { outputs = { t.any "o" }, run = function() return os.clock() end }
local writes = rille.step "writes" { outputs = { t.any "o" }, run = function() local f <close> = io.open("made.txt", "w") f:write "x" return 1 end }
local fails = rille.step "fails" { outputs = { t.any "o" }, run = function() local f <close> = io.open "flag" if f then error "the flag is up" end return 1 end }
]]

check.test("a step whose result is not kept, or that writes outside, is skipped unless it is named, and its "
  .. "difference is a note",
  function()
  local project <close> = project_of(MIXED, "never {} impure {} writes {} fails {}")
  local _, steps, code = verify(project, "--rerun 100%")
  check.eq(code, 0)
  check.has(steps.never.why, "not cacheable")
  check.has(steps.impure.why, "not cacheable")
  check.has(steps.writes.why, "made.txt")
  check.eq(steps.fails.state, "same")
  local r = project:rille "verify one never impure"
  check.eq(r.code, 0)
  check.has(r.out, "differs")
  check.has(r.out, "not an error")
  check.ok(not r.out:find "fails", "only what is named runs")
end)

check.test("a step that fails when it runs again ends with 5 and its error", function()
  local project <close> = project_of(MIXED, "fails {}")
  project:write("flag", "")
  local r = project:rille "verify one --rerun 100%"
  check.eq(r.code, 5)
  check.has(r.out, "the flag is up")
  check.has(r.out, "the file flag")
end)

check.test("a crash of a step that runs again is told, and rille lives on", function()
  local project <close> = project_of('local work = rille.step "work" { outputs = { t.any "o" }, run = function() '
    .. 'local f <close> = io.open "flag" if f then os.exit(9) end return 1 end }',
    "work {}")
  project:write("flag", "")
  local r = project:rille "verify one --rerun 100%"
  check.eq(r.code, 5)
  check.has(r.out, "failed")
end)

check.test("the same seed chooses the same share, printed for the next time", function()
  local project <close> = project_of('local work = rille.step "work" { params = { i = 0 }, outputs = { t.any "o" '
    .. '}, run = function(p) return p.i end }',
    'for i = 1, 10 do work:with { id = "w" .. i } { i = i } end')
  local function chosen(arguments)
    local told, names = verify(project, arguments), {}
    for i, one in ipairs(told.steps) do names[i] = one.step end
    return table.concat(names, " ")
  end
  local three = chosen "--rerun 30% --seed 1"
  check.eq(select(2, three:gsub("w", "")), 3)
  check.eq(chosen "--rerun 30% --seed 1", three)
  local others = {}
  for seed = 2, 6 do others[chosen("--rerun 30% --seed " .. seed)] = true end
  others[three] = nil
  check.ok(next(others) ~= nil, "other seeds choose others")
  check.has(project:rille("verify one --rerun 30% --seed 1").out, "--seed 1")
end)

check.test("a hit is verified as the step that made it", function()
  local project <close> = project_of(GOOD, GOOD_DEFINE)
  check.eq(project:rille("run main.lua --name two").code, 0)
  local r = project:rille "verify two --rerun 100%"
  check.eq(r.code, 0)
  check.has(r.out, "2 steps run again")
end)

check.test("what cannot be: an unknown run, step, share, seed, script", function()
  local project <close> = project_of(GOOD, GOOD_DEFINE)
  local function fails(arguments, code, word)
    local r = project:rille("verify " .. arguments)
    check.eq(r.code, code, arguments)
    check.has(r.err, word)
  end
  fails("nothing", 3, 'no run named')
  fails("one rowz", 3, 'did you mean "rows"')
  fails("one --rerun 0", 2, "1% to 100%")
  fails("one --rerun many", 2, "1% to 100%")
  fails("one --seed x --rerun 50", 2, "an integer")
  project:sh "mv main.lua elsewhere.lua"
  fails("one --rerun 100%", 2, "--script FILE")
  check.eq(project:rille("verify one").code, 0)
  check.eq(project:rille("verify one --rerun 100% --script elsewhere.lua").code, 0)
end)

check.done()

-- flush_test.lua -- what has ended is committed in time, whatever happens next: another
-- process sees it while the run goes on, and kill -9 loses none of it.
--
-- The successor waits for a file that the test makes, or never does: it provably runs
-- while another process looks.  No test is held to a time but PATIENCE.
package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local json = require "rille.json"
local scratch = require "scratch"

local HEAD <const> = [[
local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
local function wait() print "begun" io.stdout:flush() os.execute "while ! [ -e go ]; do sleep 0.05; done" end
local quick = step "quick" { outputs = { t.integer "n" }, cache = "always", run = function() return 1 end }
local slow = step "slow" { inputs = { t.any "x" }, outputs = { t.integer "n" }, cache = "always", run = function(x) wait() return 2 end }
]]
local PATIENCE <const> = 20         -- seconds, for a machine that has much to do

-- Starts a run in the background and waits until `until` (a command of the shell) is true;
-- then what `act` says is done while it runs, and the run is killed with its children.
local SH <const> = [=[
rm -f go; : >out; : >err
setsid "$RILLE" run main.lua --name r ARGUMENTS 2>err >out & run=$!
n=0
while ! { CONDITION
}; do
  sleep 0.1; n=$((n + 1))
  if [ $n -gt LONGEST ]; then echo "waited in vain" >&2; cat err >&2; break; fi
done
kill -0 $run || echo "the run has ended" >&2
ACT
END
wait $run 2>/dev/null
]=]
local KILL <const>, KILL_GROUP <const>, LET_GO <const> = "kill -9 $run", "kill -9 -$run", "touch go"

local function during(project, arguments, condition, act, ending)
  local parts = { ARGUMENTS = arguments, CONDITION = condition, ACT = act, END = ending,
    LONGEST = tostring(PATIENCE * 10) }
  local r = project:sh((SH:gsub("%u%u%u+", parts)))
  check.eq(r.err, "")
  return r
end

local function with(script, body)
  local project <close> = scratch.new()
  project:write("main.lua", HEAD .. script)
  body(project)
end

-- A condition: another process sees what became of the step.
local function sees(id, status)
  return string.format([["$RILLE" show r 2>/dev/null | grep -q '^%s  *%s']], id:gsub("%p", "[%0]"), status)
end

local function statuses(project, run)
  local of = {}
  local r = project:rille("show " .. run .. " --json")
  for _, one in ipairs(json.decode(r.out).steps) do of[one.id] = one.status end
  return of
end

-- The next run of it, in which nothing waits: { [id] = status }.
local function again(project)
  project:sh "touch go"
  project:rille "run main.lua --name again"
  return statuses(project, "again")
end

local PLAIN <const> = 'return pipeline "p" { define = function() slow(quick()) end }'
local WIRINGS <const> = {
  ["a chain"] = { PLAIN },
  ["a step that an earlier commit did not have"] = { [[
local first = step "first" { outputs = { t.integer "n" }, cache = "always", run = function() os.execute "sleep 1.2" return 1 end }
local second = step "quick" { inputs = { t.integer "x" }, outputs = { t.integer "n" }, cache = "always", run = function(x) return x end }
return pipeline "p" { define = function() slow(second(first())) end }]] },
  ["a step with a command"] = { [[
local made = step "quick" { command = { "sh", "-c", "echo text >{outputs.f}" }, outputs = { t.file "f" }, cache = "always" }
return pipeline "p" { define = function() slow(made()) end }]] },
  ["an item of a map"] = { [[
local list = step "list" { outputs = { t.list(t.integer) "l" }, cache = "always", run = function() return { 1, 2 } end }
local each = step "each" { inputs = { t.integer "i" }, outputs = { t.integer "n" }, cache = "always", run = function(i) if i == 2 then wait() end return i end }
return pipeline "p" { define = function() each:map { i = list() } end }]], "each[1]", "each[2]" },
  ["a branch that depends on data"] = { [[
local yes = step "yes" { outputs = { t.boolean "b" }, cache = "always", run = function() return true end }
return pipeline "p" { define = function() rille.when(yes(), { function() slow(quick()) end }) end }]] },
}

for what, wiring in pairs(WIRINGS) do
  for _, arguments in ipairs { "-j 1", "-j 2" } do
    check.test(string.format("%s is seen by another process, and kept by kill -9, while its successor runs: %s", what,
      arguments),
      function()
      with(wiring[1], function(project)
        local id, later = wiring[2] or "quick", wiring[3] or "slow"
        during(project, arguments, sees(id, "ran"), "", arguments == "-j 1" and KILL or KILL_GROUP)
        local of = again(project)
        check.eq({ of[id], of[later] }, { "cached", "completed" })
      end)
    end)
  end
end

check.test("the value of a finished step can be had while its successor runs", function()
  with(PLAIN, function(project)
    local r = during(project, "-j 1", '"$RILLE" artifact get p::quick::n >got 2>/dev/null', "cat got", LET_GO)
    check.eq(r.out, "1")
  end)
end)

check.test("a failure is seen by another process while other steps run", function()
  with([[
local bad = step "bad" { outputs = { t.integer "n" }, run = function() print "its last words" error "it broke" end }
local free = step "slow" { outputs = { t.integer "n" }, run = function() wait() return 1 end }
return pipeline "p" { define = function() free() bad() end }]], function(project)
    local r = during(project, "-j 2 -k", sees("bad", "failed"), '"$RILLE" log r/bad', KILL)
    check.has(r.out, "its last words\n")
    check.has(r.out, "it broke")
  end)
end)

check.test("an attempt that failed is seen by another process while the next one waits, and kept by kill -9", function()
  with([[
local bad = step "bad" { outputs = { t.integer "n" }, retries = { times = 1, delay = 1000 }, run = function() error "it broke at first" end }
return pipeline "p" { define = function() bad() end }]], function(project)
    during(project, "-j 1", '"$RILLE" log r/bad 2>/dev/null | grep -q "it broke at first"', "", KILL)
    check.has(project:rille("log r/bad").out, "it broke at first")
    check.eq(project:rille("runs --json").code, 0)
    check.has(project:rille("log r/bad").out, "it broke at first")
  end)
end)

check.test("what ended before a hook is committed while the hook runs", function()
  with([[
local hooked = step "hooked" { inputs = { t.any "x" }, outputs = { t.integer "n" }, run = function(x) return 2 end,
  on_success = function() os.execute "touch begun; while ! [ -e go ]; do sleep 0.05; done" end }
return pipeline "p" { define = function() hooked(quick()) end }]], function(project)
    during(project, "-j 1", sees("quick", "ran"), "[ -e begun ] || sleep 2; ls begun >/dev/null", KILL)
    check.eq(again(project).quick, "cached")
  end)
end)

check.test("what a running step prints is in rille log, and after kill -9, too", function()
  with(PLAIN, function(project)
    local r = during(project, "-j 1", '"$RILLE" log r/slow 2>/dev/null | grep -q begun', [[
"$RILLE" log r/slow; "$RILLE" log r; "$RILLE" log r/slow --json; "$RILLE" log r/quick 2>&1; "$RILLE" log r/none 2>&1]], KILL)
    check.has(r.out, "begun\n-- slow  running\nbegun\n")
    check.has(r.out, '"status":"running"')
    check.has(r.out, "step quick of run r printed and logged nothing")
    check.has(r.out, 'run r has no step "none"')
    check.eq(project:rille("log r/slow").out, "begun\n")
    check.has(project:rille("log r").out, "-- slow  interrupted\nbegun\n")
  end)
end)

check.test("lines for many steps are summed up once a second, also while no step ends", function()
  with([[
local tiny = step "tiny" { params = { i = 0 }, outputs = { t.integer "n" }, run = function(p) return p.i end }
return pipeline "p" { define = function()
  local list = {}
  for i = 1, 60 do list[i] = tiny:with { id = "tiny_" .. i } { i = i } end
  slow(step "sum" { inputs = { t.list(t.integer) "l" }, outputs = { t.integer "n" }, run = function(l) return #l end }(list))
end }]], function(project)
    during(project, "-j 1", "grep -q '^  61/62$' err", "", KILL)
  end)
end)

check.test("what a step says of its progress last is told, though it says nothing more", function()
  with([[
local said = step "said" { outputs = { t.integer "n" }, run = function(_, ctx)
  for i = 1, 1000 do ctx:progress(i / 2000, "part " .. i) end
  wait()
  return 1
end }
return pipeline "p" { define = function() said() end }]], function(project)
    during(project, "-j 1 --json", [[grep -q '"fraction":0.5,.*"text":"part 1000"' out]], "", KILL)
    local last = 0
    for line in project:read("out"):gmatch '[^\n]*"event":"progress"[^\n]*' do
      local fraction = json.decode(line).fraction
      check.ok(fraction > last, "it goes back")
      last = fraction
    end
  end)
end)

local lua = scratch.stock_lua()
if not lua then
  check.skip("in a library what has ended is committed between steps, once a second has passed", "there is no lua5.4")
  check.done()
  return
end

check.test("in a library what has ended is committed between steps, once a second has passed", function()
  with([[
local first = step "quick" { outputs = { t.integer "n" }, run = function() os.execute "sleep 1.2" return 1 end }
pipeline "p" { define = function() slow(first()) end }:run { run_name = "r" }]], function(project)
    project:write("path", paths.build)
    local r = project:sh((SH:gsub('"$RILLE" run main.lua --name r ARGUMENTS',
      function() return 'env LUA_CPATH="$(cat path)/?.so" ' .. lua .. " main.lua" end)
      :gsub("%u%u%u+",
        { CONDITION = sees("quick", "ran"), ACT = "", END = KILL_GROUP, LONGEST = tostring(PATIENCE * 10) })))
    check.eq(r.err, "")
  end)
end)

check.done()

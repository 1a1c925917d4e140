-- limits_test.lua -- what a step may take and what becomes of a run when one fails:
-- timeouts, memory, retries, modes, hooks, resources.  Real processes, short times.
package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local json = require "rille.json"
local scratch = require "scratch"

local HEAD = 'local rille = require "rille"\nlocal step, pipeline, t = rille.step, rille.pipeline, rille.types\n'

-- A test of a script in a folder of its own; body(project).
local function with(phrase, script, body)
  check.test(phrase, function()
    local project <close> = scratch.new()
    project:write("main.lua", HEAD .. script)
    body(project)
  end)
end

local function shown(project, what) return json.decode(project:rille("show " .. what .. " --json").out) end

-- { id = status } of a run, and its steps by id.
local function statuses(project, name)
  local found, steps = {}, {}
  local run = shown(project, name)
  for _, one in ipairs(run.steps) do found[one.id], steps[one.id] = one.status, one end
  return found, steps, run
end

-- ---- timeouts ----

local STUCK = {
  ["in a loop"] = "while true do end",
  ["in a pattern match"] = "return #('a'):rep(60):match(('a*'):rep(40) .. 'b')",
  ["in a finalizer"] = "setmetatable({}, { __gc = function() while true do end end }) collectgarbage()",
  ["in a protected call that it repeats"] = "while true do pcall(function() while true do end end) end",
  ["in a C function"] = "table.concat({}, '', 1, 0) return #(('x'):rep(2^20)):rep(2^9):gsub('x*y', '')",
  ["in a command"] = "os.execute 'sleep 3600'",
}
for where, body in pairs(STUCK) do
  with("a step stuck " .. where .. " is ended at its timeout", [[
local stuck = step "stuck" { outputs = { t.any "x" }, cache = false, timeout = 0.2, run = function() print "so far" ]] .. body .. [[ end }
return pipeline "p" { define = function() stuck() end }
]], function(project)
    local r = project:rille "run main.lua --name one"
    check.eq(r.code, 1, r.err)
    check.has(r.err, "took longer than its timeout of 0.2 s")
    check.has(project:rille("log one/stuck").out, "so far")
  end)
end

with("what a step started ends with it: first asked, then killed", [[
local stuck = step "stuck" { outputs = { t.any "x" }, cache = false, timeout = 0.3,
  run = function() os.execute [=[(trap 'echo asked > asked; sleep 0.1; echo ended > ended; exit' TERM; echo $$ > pid; while :; do sleep 0.05; done) & (trap '' TERM; sh -c 'echo $$ > stubborn; exec sleep 30') & wait]=] end }
return pipeline "p" { define = function() stuck() end }
]], function(project)
  local r = project:rille "run main.lua --name one"
  check.eq(r.code, 1)
  check.eq(project:read "ended", "ended\n")
  check.eq(project:sh("grep -s 'State:.[^ZX]' /proc/$(cat stubborn)/status").out, "")
end)

with("a step that ends in time is not touched, and its timeout is not in the key", [[
local quick = step "quick" { outputs = { t.integer "x" }, timeout = tonumber(arg and arg[1]) or 20, run = function() return 1 end }
local p = pipeline "p" { define = function() quick:with { timeout = os.getenv "LIMIT" == "none" and false or 30 } {} end }
return p
]], function(project)
  check.eq(project:rille("run main.lua --name one").code, 0)
  check.eq(project:sh('LIMIT=none "$RILLE" run main.lua --name two').code, 0)
  check.eq(statuses(project, "two").quick, "cached")
end)

-- ---- memory ----

with("a step over its memory fails by name, and the next ones run", [[
local big = step "big" { params = { mib = 1 }, outputs = { t.integer "n" }, resources = { memory = "64MiB" },
  run = function(p) local s = ("x"):rep(p.mib * 2^20) return #s end }
local table_of = step "table_of" { outputs = { t.integer "n" }, resources = { memory = "32MiB" },
  run = function() local l = {} for i = 1, 1e8 do l[i] = { i } end return #l end }
return pipeline "p" { define = function()
  big:with { id = "over" } { mib = 100 }
  table_of()
  big:with { id = "under" } { mib = 20 }
end }
]], function(project)
  local r = project:rille "run main.lua -k -j 1 --name one"
  check.eq(r.code, 1)
  local found, steps = statuses(project, "one")
  check.eq(found, { over = "failed", table_of = "failed", under = "completed" })
  check.has(steps.over.error, "out of memory: the step asked for more than 64 MiB (resources.memory)")
  -- AddressSanitizer ends a process whose memory ends
  local asan = (os.getenv "B" or ""):find "asan"
  check.has(steps.table_of.error, asan and "32 MiB"
    or "out of memory: the step asked for more than 32 MiB (resources.memory)")
end)

-- ---- retries ----

local FLAKY = [[
local function count() local f = io.open("tries", "a") f:write "x" f:close() f = io.open "tries" local n = #f:read "a" f:close() return n end
local flaky = step "flaky" { outputs = { t.integer "n", t.number "draw" }, cache = false, retries = RETRIES,
  on_failure = function(message) print("failure hook: " .. message) end, on_success = function() print "success hook" end,
  run = function() local n = count() print("try " .. n, math.random()) if n < 3 then error("not yet, " .. n, 0) end return n, math.random() end }
return pipeline "p" { define = function() flaky() end }
]]

with("a step that fails is tried again, every attempt is kept with its log",
  FLAKY:gsub("RETRIES", "{ times = 4, delay = 0.05, backoff = 3 }"), function(project)
  local r = project:rille "run main.lua --name one"
  check.eq(r.code, 0, r.err)
  check.has(r.err, "retrying  flaky: attempt 1 of 5 failed, the next in 50.0 ms: not yet, 1")
  check.has(r.err, "retrying  flaky: attempt 2 of 5 failed, the next in 150 ms: not yet, 2")
  local flaky = shown(project, "one/flaky")
  check.eq({ flaky.status, #flaky.attempts, flaky.attempts[1].attempt, flaky.attempts[2].status },
    { "completed", 2, 1, "failed" })
  check.has(flaky.attempts[1].error, "not yet, 1")
  check.has(flaky.attempts[2].log, "try 2")
  local log = project:rille("log one/flaky").out
  check.has(log, "attempt 1, failed after")
  check.has(log, "attempt 3, completed\ntry 3")
  check.has(project:rille("show one").out, "3 attempts; n:integer 3")
  check.eq(select(2, log:gsub("success hook", "")), 1)
  check.ok(not log:find "failure hook", log)
  -- the numbers drawn are those of the key, whichever attempt it is
  check.eq(log:match "try 1\t(%S+)", log:match "try 3\t(%S+)")
end)

with("when all attempts fail the last one is the step's, and the hook is called once", FLAKY:gsub("RETRIES", "1"),
  function(project)
  local r = project:rille "run main.lua --name one"
  check.eq(r.code, 1)
  local flaky = shown(project, "one/flaky")
  check.eq({ flaky.status, #flaky.attempts }, { "failed", 1 })
  check.has(flaky.error, "not yet, 2")
  local log = project:rille("log one/flaky").out
  check.eq(select(2, log:gsub("failure hook: not yet, 2", "")), 1)
end)

with("a crash and a timeout are attempts too", [[
local function count() local f = io.open("tries", "a") f:write "x" f:close() f = io.open "tries" local n = #f:read "a" f:close() return n end
local flaky = step "flaky" { outputs = { t.integer "n" }, cache = false, retries = 2, timeout = 0.3,
  run = function() local n = count() if n == 1 then os.execute "kill -ABRT $PPID" elseif n == 2 then while true do end end return n end }
return pipeline "p" { define = function() flaky() end }
]], function(project)
  local r = project:rille "run main.lua --name one"
  check.eq(r.code, 0, r.err)
  local flaky = shown(project, "one/flaky")
  check.has(flaky.attempts[1].error, "the worker died: SIGABRT in step flaky")
  check.has(flaky.attempts[2].error, "timeout")
end)

-- ---- what a failure means ----

-- bad fails when the slow one has begun; later would be next.
local MODES = [[
local slow = step "slow" { outputs = { t.integer "n" }, cache = false, run = function() io.open("begun", "w"):close() os.execute "sleep 0.5" io.open("ended", "w"):close() return 1 end }
local bad = step "bad" { outputs = { t.integer "n" }, run = function() os.execute "until test -e begun; do sleep 0.01; done" error "no" end }
local later = step "later" { outputs = { t.integer "n" }, run = function() return 1 end }
local needs = step "needs" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) return n end }
return pipeline "p" { define = function() slow() needs(bad()) later() end }
]]

with("stop_on_failure: no new steps, running ones finish", MODES, function(project)
  local r = project:rille "run main.lua -j 2 --name one"
  check.eq(r.code, 1)
  check.eq(statuses(project, "one"), { slow = "completed", bad = "failed", needs = "skipped", later = "stopped" })
  check.has(shown(project, "one/needs").reason, "needs bad, which failed")
end)

with("fail_fast: running ones are stopped", MODES, function(project)
  local r = project:rille "run main.lua -j 2 --fail-fast --name one"
  check.eq(r.code, 1)
  check.eq(statuses(project, "one"), { slow = "stopped", bad = "failed", needs = "skipped", later = "stopped" })
  check.has(r.err, "stopped   slow")
  check.eq(project:read "ended", nil)
end)

with("continue_on_failure: what does not need the failed step runs", MODES, function(project)
  for name, how in pairs { one = "-k", two = "--config c.yaml" } do
    project:sh "rm -f begun"
    project:write("c.yaml", "settings: { execution_mode: continue_on_failure }\n")
    check.eq(project:rille("run main.lua -j 2 --name " .. name .. " " .. how).code, 1)
    local found = statuses(project, name)
    check.eq({ found.slow, found.bad, found.needs }, { "completed", "failed", "skipped" })
    check.ok(found.later == "completed" or found.later == "cached", found.later)
  end
end)

with("a script says what a failure means", MODES:gsub("return pipeline", "local p = pipeline")
  .. 'p:run { run_name = "one", jobs = 2, execution_mode = "fail_fast", raise = false }\n', function(project)
  check.eq(project:rille("main.lua").code, 0)
  check.eq(statuses(project, "one").slow, "stopped")
end)

-- ---- hooks ----

with("a pipeline's hooks are those of its steps that have none; an error in one changes nothing", [[
local told = {}
local function note(what) return function(a, b) local ctx = b or a told[#told + 1] = what .. " " .. ctx.step.id error "a hook that fails" end end
local fine = step "fine" { outputs = { t.integer "n" }, run = function() return 1 end }
local own = step "own" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, on_success = note "own success", run = function(n) return n end }
local none = step "none" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, on_success = false, run = function(n) return n end }
local bad = step "bad" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function() error "bad" end }
local p = pipeline "p" { on_success = note "success", on_failure = note "failure", define = function() bad(none(own(fine()))) end }
p:run { run_name = "one", raise = false }
print(table.concat(told, ", "))
p:run { run_name = "two", raise = false }
print(#told)
]], function(project)
  local r = project:rille "main.lua"
  -- cached steps have no hooks
  check.eq(r.out, "success fine, own success own, failure bad\n4\n", r.err)
  check.eq(statuses(project, "two").own, "cached")
  check.has(project:rille("log one/own").out, "on_success failed: main.lua:4: a hook that fails")
end)

with("what :with and YAML give is the node's: retries, timeout, hooks, each also taken away", [[
local told = {}
local function note(what) return function(a, b) told[#told + 1] = what .. " " .. (b or a).step.id end end
local fine = step "fine" { cache = false, outputs = { t.integer "n" }, on_success = note "own", run = function() return 1 end }
local bad = step "bad" { cache = false, outputs = { t.integer "n" }, run = function() error "bad" end }
local slow = step "slow" { cache = false, outputs = { t.integer "n" }, run = function() os.execute "sleep 20" return 1 end }
local p = pipeline "p" { define = function()
  fine:with { id = "a", on_success = note "with" } ()
  fine:with { id = "b", on_success = false } ()
  fine:with { on_success = note "chain" }:with { id = "c" } ()
  fine:with { id = "d" } ()
  bad:with { retries = 2, on_failure = note "failed" } ()
  bad:with { id = "from_yaml" } ()
  slow:with { timeout = 0.3 } ()
end }
p:run { run_name = "one", raise = false, execution_mode = "continue_on_failure", config = "c.yaml" }
table.sort(told)
print(table.concat(told, ", "))
]], function(project)
  project:write("c.yaml", "steps: { from_yaml: { retries: 1 } }\n")
  local r = project:rille "main.lua"
  check.eq(r.out, "chain c, failed bad, own d, with a\n", r.err)
  check.has(r.err, "retrying  bad: attempt 2 of 3 failed")
  check.has(r.err, "retrying  from_yaml: attempt 1 of 2 failed")
  check.has(r.err, "took longer than its timeout of 0.3 s")
end)

with("hook code is in no key", [[
local s = step "s" { outputs = { t.integer "n" }, on_success = function() print "HOOK" end, run = function() return 1 end }
return pipeline "p" { define = function() s() end }
]], function(project)
  check.eq(project:rille("run main.lua").code, 0)
  project:sh "sed -i 's/HOOK/other/' main.lua"
  check.eq(project:rille("run main.lua --name two").code, 0)
  check.eq(statuses(project, "two").s, "cached")
end)

-- ---- resources ----

-- Each use writes when it begins and ends; no more than `most` at once.
local USE = [[
local use = step "use" { params = { i = 0 }, outputs = { t.integer "n" }, cache = false, resources = { NEED },
  run = function(p) local f = io.open("uses", "a") f:write "+" f:close() os.execute "sleep 0.05" f = io.open("uses", "a") f:write "-" f:close() return p.i end }
return pipeline "p" { define = function() for i = 1, 6 do use:with { id = "u" .. i } { i = i } end end }
]]

local function most_at_once(text)
  local now, most = 0, 0
  for sign in text:gmatch "." do
    now = now + (sign == "+" and 1 or -1)
    most = math.max(most, now)
  end
  return most
end

for need, case in pairs { ["gpu = 1"] = { "--resources gpu=1", 1 },
  ["memory = '1GiB'"] = { "--resources memory=2GiB", 2 }, ["cpu = 2"] = { "", 2 } } do
  with("no more run at once than the pool has: " .. need, (USE:gsub("NEED", need)), function(project)
    local r = project:rille("run main.lua -j 4 " .. case[1])
    check.eq(r.code, 0, r.err)
    local most = most_at_once(project:read "uses")
    check.ok(most <= case[2], "at once: " .. most)
    if case[2] > 1 then check.eq(most, case[2]) end
  end)
end

with("a step that wants more than there is, is a mistake told before the run", USE:gsub("NEED", "gpu = 2"),
  function(project)
  local r = project:rille "run main.lua --resources gpu=1"
  check.eq(r.code, 3)
  check.has(r.err,
    'main.lua:3: step "u1" requests gpu = 2, but this run has 1; set it with rille run --resources gpu=...')
  check.eq(project:read "uses", nil)
  check.has(project:rille("run main.lua --resources gpu").err,
    "--resources gpu: expected NAME=AMOUNT, as in gpu=1,memory=8GiB")
  check.has(project:rille("run main.lua --resources gpus=1").err, 'unknown field "gpus"; did you mean "gpu"?')
end)

with("a script for many processors runs on few, alone", USE:gsub("NEED", "cpu = 64"), function(project)
  check.eq(project:rille("run main.lua -j 2").code, 0)
  check.eq(most_at_once(project:read "uses"), 1)
end)

with("a limit in a library without workers is told, not ignored", [[
local s = step "s" { outputs = { t.integer "n" }, timeout = 5, run = function() return 1 end }
local p = pipeline "p" { define = function() s() end }
]], function(project)
  local lua = scratch.stock_lua() or check.cannot "there is no lua5.4"
  project:sh("sed -i '1i package.cpath = \"" .. paths.build .. "/?.so\"' main.lua")
  project:sh "cp main.lua asks.lua; echo 'p:run {}' >> main.lua; echo 'print(p:run { jobs = 1 }.status)' >> asks.lua"
  check.has(project:sh(lua .. " main.lua").err,
    'step "s" has a timeout, which only a worker process can enforce; run with jobs = 1 or more')
  check.has(project:sh(lua .. " asks.lua").out, "completed")
end)

check.done()

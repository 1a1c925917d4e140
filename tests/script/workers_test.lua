-- workers_test.lua -- steps in forked workers: the same record with any -j, steps that
-- see nothing of each other, workers that die, and nothing that is left behind.
package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local scratch = require "scratch"

local HEAD = 'local rille = require "rille"\nlocal step, pipeline, t = rille.step, rille.pipeline, rille.types\n'

local function with(phrase, script, body)
  check.test(phrase, function()
    local project <close> = scratch.new()
    project:write("main.lua", HEAD .. script)
    body(project)
  end)
end

local function shown(project, what) return json.decode(project:rille("show " .. what .. " --json").out) end

local function complete(project, arguments)
  local r = project:rille("run main.lua " .. arguments)
  check.eq(r.code, 0, r.err)
  return r
end

-- ---- any number of jobs gives one record ----

-- A program of random steps: values, lists, several outputs, twins, what fails, what
-- is not cached, what draws numbers, what changes what it captures.
local function random_program(seed)
  math.randomseed(seed)
  local int = math.random
  local lines = { HEAD, [[
local shared = { n = 0 }
local files = rille.file "data.txt"
local give = step "give" { params = { v = 0 }, outputs = { t.integer "a", t.string "b" }, run = function(p) return p.v, ("x"):rep(p.v % 7) end }
local sum = step "sum" { inputs = { t.list(t.integer) "xs" }, params = { k = 1 }, outputs = { t.integer "a" },
  run = function(xs, p) local s = 0 for _, x in ipairs(xs) do s = s + x * p.k end return s end }
local big = step "big" { inputs = { t.integer "x" }, outputs = { t.bytes "a" }, run = function(x) return string.char(x % 256):rep(5000 + x % 9) end }
local len = step "len" { inputs = { t.bytes "s" }, outputs = { t.integer "a" }, run = function(s) print("len", #s) return #s end }
local draw = step "draw" { params = { id = 0 }, outputs = { t.integer "a" }, run = function() return math.random(1, 1000000) end }
local reads = step "reads" { params = { id = 0 }, outputs = { t.integer "a" }, run = function(p) local f = io.open "data.txt" local n = #f:read "a" f:close() return n + p.id end }
local count = step "count" { params = { id = 0 }, outputs = { t.integer "a" }, cache = false, run = function() shared.n = shared.n + 1 return shared.n end }
local sees = step "sees" { params = { id = 0 }, outputs = { t.integer "a" }, run = function(p) return shared.n * 100 + p.id end }
local fails = step "fails" { inputs = { t.integer "x" }, params = { id = 0 }, outputs = { t.integer "a" }, retries = 1, run = function(x) error("no " .. x, 0) end }
local tells = step "tells" { inputs = { t.integer "x" }, outputs = { t.integer "a" }, cache = false,
  run = function(x, _, ctx) ctx:log_metric { x = x } ctx:log_metadata { half = x / 2 } return x + #ctx.pipeline.name end }
return pipeline "p" { define = function()
]] }
  local nodes, bytes = {}, {}
  local function put(fmt, ...) lines[#lines + 1] = "  " .. string.format(fmt, ...) end
  local function any(list) return list[int(#list)] end
  for i = 1, int(15, 45) do
    local name, kind = "n" .. i, #nodes == 0 and 1 or int(12)
    local id = string.format('{ id = "%s" }', name)
    if kind <= 2 then
      put("local %s = give:with %s { v = %d }", name, id, int(0, 12))
      nodes[#nodes + 1] = name .. ".a"
    elseif kind <= 4 then
      local from = {}
      for k = 1, int(1, 5) do from[k] = any(nodes) end
      put("local %s = sum:with %s { xs = { %s }, k = %d }", name, id, table.concat(from, ", "), int(3))
      nodes[#nodes + 1] = name
    elseif kind == 5 then
      put("local %s = big:with %s { x = %s }", name, id, any(nodes))
      bytes[#bytes + 1] = name
    elseif kind == 6 and #bytes > 0 then
      put("local %s = len:with %s { s = %s }", name, id, any(bytes))
      nodes[#nodes + 1] = name
    elseif kind == 7 then
      put("local %s = draw:with %s { id = %d }", name, id, int(3))
      nodes[#nodes + 1] = name
    elseif kind == 8 then
      put("local %s = reads:with %s { id = %d }", name, id, int(3))
      nodes[#nodes + 1] = name
    elseif kind == 9 then
      put("local %s = %s:with %s { id = %d }", name, int(2) == 1 and "count" or "sees", id, i)
      nodes[#nodes + 1] = name
    elseif kind == 10 and int(3) == 1 then
      put("local %s = fails:with %s { x = %s, id = %d }", name, id, any(nodes), i)
    else
      put("local %s = tells:with %s { x = %s }", name, id, any(nodes))
      nodes[#nodes + 1] = name
    end
  end
  lines[#lines + 1] = "end }"
  return table.concat(lines, "\n")
end

-- What a run left, less what is of the clock: its steps, attempts, edges, trace.
local function record_of(project, name)
  local run = shown(project, name)
  local list = { run.status, json.encode(run.counts) }
  for _, one in ipairs(run.steps) do
    local text = project:rille("show " .. name .. "/" .. one.id .. " --json").out
    local s = json.decode(text)
    s.seconds, s.cached_from = nil, s.cached_from and s.cached_from:gsub("^[^/]*/", "") or nil
    for _, a in ipairs(s.attempts) do a.started, a.seconds = nil, nil end
    list[#list + 1] = json.encode(s)
    list[#list + 1] = one.status ~= "cached"
      and project:rille("log " .. name .. "/" .. one.id).out:gsub("attempt (%d+), failed after[^\n]*", "attempt %1")
      or nil
  end
  return list
end

local function same_records(program)
  local project <close> = scratch.new()
  project:write("main.lua", program)
  project:write("data.txt", "four")
  local want
  for _, jobs in ipairs { 1, 2, 8 } do
    local flags = string.format("-k -j %d --store s%d --name", jobs, jobs)
    for _, name in ipairs { "cold", "again" } do
      local r = project:rille("-q run main.lua " .. flags .. " " .. name)
      check.ok(r.code == 0 or r.code == 1, r.err)
    end
    project:sh(string.format("ln -sfn s%d .rille", jobs))
    local got = { cold = record_of(project, "cold"), again = record_of(project, "again") }
    want = want or got
    for name, list in pairs(want) do
      for i, text in ipairs(list) do check.eq(got[name][i], text, string.format("-j %d, %s", jobs, name)) end
      check.eq(#got[name], #list)
    end
  end
end

local SEED = math.tointeger(tonumber(os.getenv "RILLE_SEED" or "1"))
for k = 1, 3 do
  check.test("random graphs record the same with -j 1, 2 and 8, number " .. k, function()
    local program = random_program(SEED + k)
    local ok, message = pcall(same_records, program)
    if not ok then error(message .. "\nRILLE_SEED=" .. SEED .. "\n" .. program, 0) end
  end)
end

with("two nodes of one key run once, however many jobs there are", [[
local one = step "one" { outputs = { t.integer "n" }, run = function() local f = io.open("ran", "a") f:write "x" f:close() os.execute "sleep 0.2" return 1 end, cache = "always" }
return pipeline "p" { define = function() for i = 1, 4 do one:with { id = "i" .. i } {} end end }
]], function(project)
  complete(project, "-j 4 --name one")
  check.eq(project:read "ran", "x")
  check.eq(shown(project, "one").counts.ran, 1)
end)

-- ---- steps see nothing of each other ----

with("what a step changes of what it captures, no other sees; its result is kept", [[
local seen = { n = 0 }
local change = step "change" { params = { i = 0 }, outputs = { t.integer "n" }, run = function() seen.n = seen.n + 1 return seen.n end }
local look = step "look" { inputs = { t.list(t.integer) "xs" }, outputs = { t.integer "n" }, run = function(xs) return seen.n * 1000 + #xs end }
return pipeline "p" { define = function()
  local xs = {}
  for i = 1, 5 do xs[i] = change:with { id = "c" .. i } { i = i } end
  look { xs = xs }
end }
]], function(project)
  local r = complete(project, "-j 1 --name one")
  check.has(r.err, "it changed seen.n, which it captures; no other step sees the change: return the value instead")
  check.eq(project:rille("artifact get p::c5::n").out, "1")
  check.eq(project:rille("artifact get p::look::n").out, "5")
  complete(project, "--name two")
  check.eq(shown(project, "two").counts.cached, 6)
end)

with("a module that a step loads has no memory of what another step did", [[
local s = step "s" { params = { i = 0 }, outputs = { t.integer "n" }, run = function(p) local m = require "counter" m.n = m.n + 1 return m.n * 100 + p.i end }
return pipeline "p" { define = function() for i = 1, 6 do s:with { id = "s" .. i } { i = i } end end }
]], function(project)
  project:write("counter.lua", "return { n = 0 }")
  for _, jobs in ipairs { 1, 3 } do
    complete(project, "--no-cache -j " .. jobs)
    for i = 1, 6 do check.eq(project:rille("artifact get p::s" .. i .. "::n").out, tostring(100 + i)) end
  end
end)

local OUTSIDE = [[
local function read() local f = io.open "f.txt" local n = f:read "n" f:close() return n end
local writes = step "writes" { params = { to = 1 }, outputs = { t.integer "n" }, cache = false, run = function(p) os.execute("echo " .. p.to .. " > f.txt") return 0 end }
local early = step "early" { outputs = { t.integer "n" }, run = function() return read() end }
local late = step "late" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function() return read() end }
return pipeline "p" { params = { to = 1 }, define = function(p) early() late(writes { to = p.to }) end }
]]

with("what a worker did outside is seen when what waits for it is looked up", OUTSIDE, function(project)
  project:write("f.txt", "1\n")
  complete(project, "--name one")
  -- planning looks at f.txt for `early`; what it saw then is no word on `late`
  complete(project, "--name two --set to=2")
  check.eq(shown(project, "two").steps[3].status, "completed")
  check.eq(project:rille("artifact get p::late::n").out, "2")
end)

-- ---- what a step asks, prints and leaves ----

with("history is answered by the parent, in a worker as elsewhere", [[
local s = step "s" { outputs = { t.integer "n" }, cache = false, run = function(_, ctx)
  local last = ctx.pipeline:latest { status = "completed" }
  local n = last and last.steps.s.output:load() or 0
  if rille.pipelines.p.runs[-1].status ~= "running" then error "this run is not there" end
  return n + 1
end }
return pipeline "p" { define = function() s() end }
]], function(project)
  for i = 1, 3 do complete(project, "-j 2") end
  check.eq(project:rille("artifact get p::s::n").out, "3")
end)

with("a pipeline cannot be run inside a step", [[
local inner = pipeline "inner" { define = function() step "i" { outputs = { t.integer "n" }, run = function() return 1 end } {} end }
local s = step "s" { outputs = { t.integer "n" }, cache = false, run = function() inner:run {} return 1 end }
return pipeline "p" { define = function() s() end }
]], function(project)
  local r = project:rille "run main.lua p"
  check.eq(r.code, 1)
  check.has(r.err, 'main.lua:4: pipeline "inner" cannot be run inside a step')
end)

with("messages larger than a pipe holds pass both ways at once", [[
local make = step "make" { params = { i = 0 }, outputs = { t.string "s" }, run = function(p) return ("y"):rep(4000) .. p.i end }
local join = step "join" { inputs = { t.list(t.string) "xs" }, params = { i = 0 }, outputs = { t.integer "n" },
  run = function(xs, _, ctx) ctx:log_metadata { all = table.concat(xs) } return #xs end }
return pipeline "p" { define = function()
  local xs = {}
  for i = 1, 300 do xs[i] = make:with { id = "m" .. i } { i = i } end
  for i = 1, 4 do join:with { id = "j" .. i } { xs = xs, i = i } end
end }
]], function(project)
  complete(project, "-q -j 2 --name one")
  check.eq(#shown(project, "one/j3").metadata.all, 300 * 4000 + 9 + 90 * 2 + 201 * 3)
end)

with("metadata that no message can carry is named, as it is without workers", [[
local s = step "s" { outputs = { t.integer "n" }, run = function(_, ctx)
  ctx:log_metadata { f = print, n = 1 } ctx:log_params { none = require("rille.json").null, list = require("rille.json").array {} } return 1 end }
return pipeline "p" { define = function() s() end }
]], function(project)
  complete(project, "--name one")
  check.has(shown(project, "one/s").metadata.f, "function")
  check.has(project:rille("show one/s --json").out, '"none":null')
end)

with("what a step prints, itself and by what it starts, is its own log in order", [[
local s = step "s" { params = { i = 0 }, outputs = { t.integer "n" }, cache = false, run = function(p)
  print("first", p.i) os.execute("echo second " .. p.i) io.stderr:write("third ", p.i, "\n") return p.i end }
return pipeline "p" { define = function() for i = 1, 12 do s:with { id = "s" .. i } { i = i } end end }
]], function(project)
  local r = complete(project, "-j 3 --name one")
  for i = 1, 12 do
    check.eq(project:rille("log one/s" .. i).out, string.format("first\t%d\nsecond %d\nthird %d\n", i, i, i))
    check.has(r.err, "second " .. i .. "\n")
  end
end)

-- ---- workers that die ----

with("a crash is in the step's record, with what it had logged; the others run", [[
local fine = step "fine" { params = { i = 0 }, outputs = { t.integer "n" }, run = function(p) return p.i end }
local dies = step "dies" { params = { how = "" }, outputs = { t.integer "n" }, cache = false, run = function(p) io.write "last words" os.execute(p.how) return 1 end }
return pipeline "p" { define = function()
  dies:with { id = "segv" } { how = "kill -SEGV $PPID; sleep 1" }
  dies:with { id = "killed" } { how = "kill -KILL $PPID; sleep 1" }
  for i = 1, 200 do fine:with { id = "f" .. i } { i = i } end
end }
]], function(project)
  -- a sanitizer would make another end of it
  local r = project:sh 'ASAN_OPTIONS="$ASAN_OPTIONS:handle_segv=0" "$RILLE" run main.lua -k -j 2 --name one'
  check.eq(r.code, 1)
  local run = shown(project, "one")
  check.eq({ run.counts.ran, run.counts.failed }, { 200, 2 })
  check.eq(run.steps[1].error, "the worker died: SIGSEGV in step segv")
  check.eq(run.steps[2].error, "the worker died: SIGKILL in step killed; the system may have run out of memory")
  check.has(project:rille("log one/segv").out, "last words")
end)

with("of steps that were sent ahead only the one that died has failed", [[
local tiny = step "tiny" { params = { i = 0 }, outputs = { t.integer "n" }, cache = false, run = function(p) if p.i % 100 == 77 then os.execute "kill -ABRT $PPID; sleep 1" end return p.i end }
return pipeline "p" { define = function() for i = 1, 400 do tiny:with { id = "s" .. i } { i = i } end end }
]], function(project)
  project:rille "-q run main.lua -k -j 2 --name one"
  local run = shown(project, "one")
  for i, one in ipairs(run.steps) do check.eq(one.status, i % 100 == 77 and "failed" or "completed", one.id) end
end)

with("a step cannot exit the program, nor its worker", [[
local s = step "s" { outputs = { t.integer "n" }, run = function() os.exit(3) end }
return pipeline "p" { define = function() s() end }
]], function(project)
  local r = project:rille "run main.lua"
  check.eq(r.code, 1)
  check.has(r.err, "a step cannot exit the program (it called os.exit)")
end)

with("a long step does not keep those that were sent behind it", [[
local s = step "s" { params = { i = 0 }, outputs = { t.number "n" }, cache = false, run = function(p)
  if p.i == 300 then io.open("last", "w"):close() end
  -- waits for the last one, which was sent long after it
  if p.i == 100 then return os.execute "n=0; until [ -e last ]; do [ $n -lt 600 ] || exit 1; sleep 0.05; n=$((n + 1)); done" and 1.0 or 0.0 end
  return p.i + 0.0 end }
return pipeline "p" { define = function() for i = 1, 300 do s:with { id = "s" .. i } { i = i } end end }
]], function(project)
  complete(project, "-q -j 2 --name one")
  check.eq(project:rille("artifact get p::s100::n").out, "1.0")
end)

-- ---- nothing is left ----

-- Steps that wait, each with a program that it started and a folder of its own.
local WAITING = [[
local wait = step "wait" { params = { i = 0 }, outputs = { t.integer "n" }, cache = false, run = function(p, ctx)
  os.execute("echo $PPID >> pids; echo " .. ctx.tmpdir .. " >/dev/null; sh -c 'echo $$ >> pids; exec sleep 30'") return 1 end }
return pipeline "p" { define = function() for i = 1, 2 do wait:with { id = "w" .. i } { i = i } end end }
]]

local BEGIN = [["$RILLE" run main.lua -j 2 --name one & pid=$!; n=0
while [ "$(wc -l < pids 2>/dev/null || echo 0)" -lt 4 ] && [ $n -lt 500 ]; do sleep 0.02; n=$((n + 1)); done
]]
local LEFT = [[
for p in $(cat pids); do grep -s 'State:.[^ZX]' /proc/$p/status; done
ls .rille/tmp | grep -v '^put-'; fuser -s .rille/lock .rille/runs/* 2>/dev/null && echo locked
exit $code]]

for signal, code in pairs { INT = 130, TERM = 143 } do
  with("a second SIG" .. signal .. " ends all at once: no process, folder or lock survives", WAITING, function(project)
    local r = project:sh(BEGIN
      .. string.format("kill -%s $pid; sleep 0.5; kill -%s $pid; wait $pid; code=$?\n", signal, signal) .. LEFT)
    check.eq(r.code, code, r.err)
    check.eq(r.out, "", r.err)
    local run = shown(project, "one")
    check.eq({ run.status, run.steps[1].status, run.steps[2].status }, { "stopped", "stopped", "stopped" })
  end)
end

with("kill -9 of the parent ends its workers and what they started; the next run closes it and tidies up", WAITING,
  function(project)
  local r = project:sh(BEGIN .. "kill -9 $pid; wait $pid; code=$?\n" .. [[
left() { for p in $(cat pids); do grep -qs 'State:.[^ZX]' /proc/$p/status && return 0; done; return 1; }
n=0; while left && [ $n -lt 200 ]; do sleep 0.05; n=$((n + 1)); done
for p in $(cat pids); do grep -s 'State:.[^ZX]' /proc/$p/status && kill $p; done; exit $code]])
  check.eq(r.code, 137)
  check.eq(r.out, "", r.err)
  check.has(project:sh("ls .rille/tmp").out, "run-")
  check.has(project:rille("runs").out, "failed")
  check.eq(project:sh("ls .rille/tmp").out, "", "any command tidies up")
  project:write("quick.lua",
    'local rille = require "rille" local one = rille.step "one" { run = function() end } return rille.pipeline '
      .. '"q" { define = function() one {} end }')
  check.eq(project:rille("run quick.lua -q").code, 0)
  check.eq(project:sh("ls .rille/tmp").out, "")
  check.eq(project:rille("fsck").code, 0)
end)

with("a worker holds neither the database nor another worker's channel", [[
local s = step "s" { params = { i = 0 }, outputs = { t.string "fds" }, cache = "always", run = function(p)
  if p.i == 1 then os.execute "sleep 0.3" end
  local f = io.popen "readlink /proc/$PPID/fd/* | grep -c 'runs/.*lock\\|^socket'"
  local text = f:read "l" f:close() return text end }
return pipeline "p" { define = function() for i = 1, 4 do s:with { id = "s" .. i } { i = i } end end }
]], function(project)
  complete(project, "-j 3 --name one")
  for i = 1, 4 do check.eq(project:rille("artifact get p::s" .. i .. "::fds").out, "1", "step " .. i) end
end)

check.done()

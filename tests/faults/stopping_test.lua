-- Stopping: every command x SIGINT, SIGTERM, twice, SIGKILL x what it is at.  Each ends,
-- with its exit code; a run is recorded as what it is; nothing that a step started is left.
--
-- A process is found by a mark that stands in its environment or in its words.  Nothing
-- here is held to a time but LONGEST, without which a hang would last for ever; a line
-- at the end says what took longest.
package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local json = require "rille.json"
local scratch = require "scratch"
local sys = require "rille.host.sys"

local LONGEST <const> = 30          -- seconds
local CODES <const> = { INT = 130, TERM = 143, KILL = 137 }
local HEAD <const> = 'local rille = require "rille"\nlocal step, pipeline, t = rille.step, rille.pipeline, '
  .. 'rille.types\n'
local BEGUN <const> = 'do local f = io.open("begun", "w") f:write "x" f:close() end\n'

local slowest = { seconds = 0, command = "nothing" }
local count = 0

-- Digits that no other process has, and a sleep of so many seconds, too.
local function new_mark()
  count = count + 1
  return string.format("%d%03d%07d", 700 + count, math.floor(sys.mono() * 1000) % 1000,
    math.floor(sys.now()) % 10000000)
end

local function marked(mark)
  local found = {}
  for _, pid in ipairs(sys.list "/proc") do
    local words = pid:find "^%d+$" and scratch.read("/proc/" .. pid .. "/cmdline")
    if words and (words .. (scratch.read("/proc/" .. pid .. "/environ") or "")):find(mark, 1, true) then
      found[#found + 1] = pid .. " " .. words:gsub("%z", " ")
    end
  end
  return found
end

-- What is left of it, when it had time to go.
local function left(mark)
  local t0, found = sys.mono(), nil
  repeat
    found = marked(mark)
    if #found > 0 then os.execute "sleep 0.02" end
  until #found == 0 or sys.mono() - t0 > 5
  return table.concat(found, "\n")
end

local STOP <const> = [=[
wait_for() { n=0; while ! [ -s "$1" ] && [ $n -lt 2000 ]; do sleep 0.01; n=$((n + 1)); done; }
gone() { n=0; while runs && [ $n -lt LONGEST ]; do sleep 0.02; n=$((n + 1)); done; }
runs() { grep -qs '^State:.[^ZX]' /proc/$pid/status; }
children() { grep -ls "^PPid:[[:space:]]*$1\$" /proc/[0-9]*/status | cut -d/ -f3; }
sleepers() { grep -lsz "^$1\$" /proc/[0-9]*/cmdline; }
BEFORE
export STOPPING=MARK
COMMAND >o 2>e & pid=$!
unset STOPPING
WAIT
ACT
gone
if runs; then echo hung >hung; kill -9 $pid; fi
wait $pid; echo $? >code]=]

-- children PID and sleepers TIME list processes: the children of one, those that have
-- TIME as a word.
--
-- Does what `before` says, runs a command of the shell in the background, waits for the
-- file `begun` or as `wait` says, does what `act` says and waits for the end.  MARK stands
-- for the mark.
local function stop(project, command, act, wait, before)
  local mark, t0 = new_mark(), sys.mono()
  local parts = { COMMAND = command, BEFORE = before or "", WAIT = wait or "wait_for begun", ACT = act,
    LONGEST = tostring(LONGEST * 50) }
  project:sh "rm -f begun code hung"
  local shell = project:sh((STOP:gsub("%u+", parts):gsub("MARK", mark)))
  local r = { code = tonumber(project:read "code" or ""), out = project:read "o", err = project:read "e" or "",
    hung = project:read "hung" ~= nil, seconds = sys.mono() - t0, left = left(mark) }
  if r.seconds > slowest.seconds then slowest = { seconds = r.seconds, command = command .. ", " .. act } end
  check.ok(not r.hung, command .. " hung after " .. act .. "\n" .. r.err .. shell.err)
  check.eq(r.left, "", command .. ", " .. act .. " leaves")
  check.ok(not r.err:find "traceback" and not r.err:find "attempt to %a+ a nil", r.err)
  return r
end

local function kill(signal) return "kill -" .. signal .. " $pid" end

local function fresh(script)
  local project = scratch.new()
  project:write("main.lua", HEAD .. (script or ""))
  return project
end

local function run_of(project, name) return json.decode(project:rille("show " .. (name or "one") .. " --json").out) end

-- Where no step runs ---------------------------------------------------------------------

local LOOPS <const> = {
  ["a loop"] = "while true do end",
  ["a loop that catches every error"] = "while true do pcall(function() while true do end end) end",
  ["a loop of coroutines"] = "while true do coroutine.wrap(function() coroutine.yield() end)() end",
  ["a search in C"] = '(("a"):rep(40)):find(("a*"):rep(40) .. "b")',
  ["a text that is made in C"] = 'while true do local s = ("x"):rep(1 << 26):gsub("x", "yy") end',
  ["a named pipe"] = 'io.open("pipe"):read "a"',
  ["/dev/zero"] = 'io.open("/dev/zero"):lines()()',
}
local WAYS <const> = { '"$RILLE" main.lua', '"$RILLE" -e "$(cat main.lua)"', '"$RILLE" - <main.lua',
  '"$RILLE" run main.lua', '"$RILLE" plan main.lua', '"$RILLE" lint main.lua',
  '"$RILLE" graph main.lua', '"$RILLE" config main.lua' }

for what, loop in pairs(LOOPS) do
  check.test("a script that loops at its top level ends: " .. what, function()
    for k, way in ipairs(WAYS) do
      local signal = k % 2 == 0 and "INT" or "TERM"
      local project <close> = fresh(BEGUN .. loop)
      project:sh "mkfifo pipe"
      local r = stop(project, way, kill(signal))
      check.eq(r.code, CODES[signal], way .. "\n" .. r.err)
      check.eq(r.err, "rille: stopped by SIG" .. signal .. "\n", way)
    end
  end)
end

check.test("a program that a script waits for at its top level does not keep rille", function()
  for signal in pairs { INT = 1, TERM = 1 } do
    local project <close> = fresh(BEGUN .. 'os.execute "echo $$ >shell; exec sleep 60"')
    local r = stop(project, '"$RILLE" main.lua', kill(signal) .. "; kill $(cat shell)", "wait_for shell")
    check.eq(r.code, CODES[signal], r.err)
  end
end)

check.test("a definition, a script on standard input and a reader that does not read end", function()
  for signal in pairs { INT = 1, TERM = 1 } do
    local project <close> = fresh('return pipeline "p" { define = function() ' .. BEGUN .. "while true do end end }")
    for _, command in ipairs { "run", "plan", "lint", "graph", "config" } do
      check.eq(stop(project, '"$RILLE" ' .. command .. " main.lua", kill(signal)).code, CODES[signal], command)
    end
    -- standard input that nobody writes, an artifact that nobody reads
    project:sh "mkfifo in out"
    check.eq(stop(project, '"$RILLE" - <>in', kill(signal), "sleep 0.3").code, CODES[signal])
    project:write("big.lua", HEAD
      .. 'return pipeline "big" { define = function() step "big" { outputs = { t.string "s" }, run = function() '
        .. 'return ("0123456789abcdef"):rep(1 << 18) end } {} end }')
    check.eq(project:rille("run big.lua").code, 0)
    check.eq(stop(project, [[sh -c 'exec "$RILLE" artifact get big::big::s 1<>out']], kill(signal), "sleep 0.3").code,
      CODES[signal])
  end
end)

check.test("who waits for the lock of the database ends", function()
  if not os.execute "command -v flock >/dev/null" then
    return check.skip("waiting for the database", "there is no flock program")
  end
  local project <close> = fresh('return pipeline "p" { define = function() step "a" { outputs = { t.integer "n" '
    .. '}, run = function() return 1 end } {} end }')
  check.eq(project:rille("run main.lua").code, 0)
  for signal in pairs { INT = 1, TERM = 1 } do
    for _, command in ipairs { "run main.lua --no-cache", "fsck" } do
      local r = stop(project, '"$RILLE" ' .. command, kill(signal) .. "; gone; runs && echo x >hung; kill $other",
        "sleep 0.5",
        "sh -c 'exec 9<>.rille/lock; flock 9; echo x >begun; exec sleep 60' & other=$!; wait_for begun")
      check.eq(r.code, CODES[signal], command)
      check.eq(project:rille("runs --json").out:find '"running"', nil)
    end
  end
end)

-- A run ------------------------------------------------------------------------------------

-- What the step that runs is at; `go` lets it finish.
local WORK <const> = {
  lua = 'run = function() ' .. BEGUN .. 'while not io.open "go" do end return 1 end',
  execute = 'run = function() os.execute "echo x >begun; until [ -e go ]; do sleep 0.02; done" return 1 end',
  command = 'command = "echo x >begun; until [ -e go ]; do sleep 0.02; done; echo 1 >{outputs.n}"',
  -- a daemon of each kind, which nobody waits for
  daemons = 'run = function() os.execute "(setsid sh -c \'sleep 3MARK & sleep 3MARK\' &) ; setsid sleep 3MARK & '
    .. 'sleep 3MARK & echo x >begun; until [ -e go ]; do sleep 0.02; done" return 1 end',
  ["command daemons"] = 'command = "(setsid sh -c \'sleep 3MARK & sleep 3MARK\' &) ; setsid sleep 3MARK & sleep '
    .. '3MARK & echo x >begun; until [ -e go ]; do sleep 0.02; done; echo 1 >{outputs.n}"',
  stubborn = 'run = function() os.execute "trap \'\' TERM INT; echo x >begun; until [ -e go ]; do sleep 0.02; '
    .. 'done" return 1 end',
}

local SCRIPT <const> = [[
local first = step "first" { outputs = { t.integer "n" }, run = function() return 1 end }
local work = step "work" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, cache = false, %s }
local last = step "last" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) return n end }
local p = pipeline "p" { define = function() last(work(first())) end }
]]

-- what is done, the exit code, what becomes of the run, the step and what follows
local ENDS <const> = {
  { "kill -INT $pid; echo x >go", 130, "stopped", "completed", "stopped" },
  { "kill -TERM $pid", 143, "stopped", "stopped", "stopped" },
  { "kill -INT $pid; sleep 0.2; kill -INT $pid", 130, "stopped", "stopped", "stopped" },
  { "kill -INT $pid; sleep 0.2; kill -TERM $pid", 143, "stopped", "stopped", "stopped" },
  { "kill -KILL $pid", 137, "failed" },
  -- the worker is a child of the supervisor, which is one of rille
  { "kill -KILL $(children $(children $pid | head -n 1))", 1, "failed", "failed", "skipped" },
  { "echo x >go", 0, "completed", "completed", "completed" },
}

for kind, work in pairs(WORK) do
  check.test("a run whose step is at " .. kind .. " ends as it was asked, and leaves no process", function()
    for _, want in ipairs(ENDS) do
      for _, how in ipairs(kind == "lua" and { "run main.lua --name one", "main.lua" }
        or { "run main.lua --name one" }) do
        local project <close> = fresh(string.format(SCRIPT, (work:gsub("MARK", "$STOPPING")))
          .. (how == "main.lua" and 'p:run { run_name = "one" }' or "return p"))
        if kind == "command daemons" then
          project:sh "sed -i 's/cache = false,/cache = false, env = { STOPPING = true, PATH = true },/' main.lua"
        end
        local r = stop(project, '"$RILLE" ' .. how, want[1])
        local what = how .. ", " .. want[1] .. "\n" .. r.err
        check.eq(r.code, how == "main.lua" and want[2] == 1 and 1 or want[2], what)
        local run = run_of(project)
        check.eq(run.status, want[3], what)
        if want[4] then check.eq({ run.steps[2].status, run.steps[3].status }, { want[4], want[5] }, what) end
        if want[3] == "stopped" then check.has(r.err, "stopped one in ", what) end
        check.eq(project:rille("fsck").code, 0)
      end
    end
  end)
end

check.test("what a step leaves behind ends with the step, however that ends", function()
  local started = "(setsid sh -c 'sleep 3$STOPPING & sleep 3$STOPPING' &) ; setsid sleep 3$STOPPING & sleep "
    .. "3$STOPPING &"
  local ends = { success = { "", 0 }, failure = { "exit 3", 1 }, timeout = { "sleep 60", 1 },
    crash = { "kill -SEGV $PPID", 1 } }
  for name, how in pairs(ends) do
    for _, form in ipairs { 'run = function() if not os.execute "%s echo x >begun; %s" then error "no" end return '
      .. '1 end',
      'command = "%s echo x >begun; %s; echo 1 >{outputs.n}", env = { STOPPING = true, PATH = true }' } do
      if name ~= "crash" or form:find "run" then
        local work = string.format(form, started, how[1] == "" and ":" or how[1])
        -- the run goes on after it: what was left must not live as long as its worker
        local project <close> = fresh('local work = step "work" { outputs = { t.integer "n" }, cache = false, '
          .. (name == "timeout" and "timeout = 0.5, " or "") .. work .. ' }\n'
          .. 'local wait = step "wait" { outputs = { t.integer "n" }, cache = false, run = function() os.execute '
            .. '"until [ -e go ]; do sleep 0.02; done" return 1 end }\n'
          .. 'return pipeline "p" { define = function() work() wait() end }')
        local r = stop(project, '"$RILLE" run main.lua -k -j 2 --name one',
          'sleep 0.5; n=0; while [ $n -lt 300 ] && [ -n "$(sleepers 3$MARKED)" ]; do sleep 0.02; n=$((n + 1)); '
            .. 'done; sleepers 3$MARKED >left; echo x >go',
          "MARKED=MARK; wait_for begun; sleep 0.2")
        check.eq(r.code, how[2], name .. "\n" .. r.err)
        check.eq(project:read "left", "", name .. " leaves")
      end
    end
  end
end)

-- Where a run waits ----------------------------------------------------------------------

check.test("a run that waits to try a step again stops", function()
  for signal in pairs { INT = 1, TERM = 1 } do
    local project <close> = fresh('return pipeline "p" { define = function() step "a" { outputs = { t.integer '
      .. '"n" }, retries = { times = 2, delay = 100 }, run = function() '
      .. BEGUN .. 'error "no" end } {} end }')
    local r = stop(project, '"$RILLE" run main.lua --name one', "sleep 0.3; " .. kill(signal))
    check.eq(r.code, CODES[signal], r.err)
    check.eq({ run_of(project).status, run_of(project).steps[1].status }, { "stopped", "failed" })
  end
end)

check.test("a run that waits for another process's step stops, and the other goes on", function()
  for signal in pairs { INT = 1, TERM = 1 } do
    local project <close> = fresh('return pipeline "p" { define = function() step "a" { outputs = { t.integer '
      .. '"n" }, run = function() os.execute "echo x >begun; until [ -e go ]; do sleep 0.02; done" return 1 '
      .. 'end } {} end }')
    local r = stop(project, '"$RILLE" run main.lua --name two', kill(signal) .. "; gone; echo x >go; wait $other",
      "sleep 0.5",
      '"$RILLE" run main.lua --name one 2>other & other=$!; wait_for begun; sleep 0.2')
    check.eq(r.code, CODES[signal], r.err)
    check.eq({ run_of(project, "one").status, run_of(project, "two").status }, { "completed", "stopped" })
  end
end)

check.test("a step that stops its process group ends by its timeout, and by a signal", function()
  local body = [[return pipeline "p" { define = function() step "a" { outputs = { t.integer "n" }, timeout = %s, ]]
    .. [[run = function() os.execute "echo x >begun; kill -STOP 0" return 1 end } {} end }]]
  local project <close> = fresh(body:format "1")
  local r = stop(project, '"$RILLE" run main.lua --name one', "true")
  check.eq(r.code, 1, r.err)
  check.has(r.err, "longer than its timeout")
  for act, code in pairs { ["sleep 0.2; kill -TERM $pid"] = 143,
    ["sleep 0.2; kill -INT $pid; sleep 0.2; kill -INT $pid"] = 130 } do
    local other <close> = fresh(body:format "600")
    r = stop(other, '"$RILLE" run main.lua --name one', act)
    check.eq(r.code, code, r.err)
    check.eq(run_of(other).status, "stopped")
  end
end)

check.test("a hook that does not end has its grace, and so has what it started; a second signal ends it", function()
  -- what the hook waits for is told to end, and so the hook comes to its end
  for body, status in pairs { [BEGUN .. "while true do end"] = "failed",
    ['os.execute "echo x >begun; sleep 60; sleep 61"'] = "completed" } do
    for act, code in pairs { ["kill -TERM $pid"] = 143, ["kill -INT $pid; sleep 0.2; kill -INT $pid"] = 130 } do
      local project <close> = fresh('return pipeline "p" { define = function() step "a" { outputs = { t.integer '
        .. '"n" }, run = function() return 1 end, on_success = function() '
        .. body .. ' end } {} end }')
      local r = stop(project, '"$RILLE" run main.lua --name one', act)
      check.eq(r.code, code, r.err)
      -- failed: interrupted, nobody could write what became of it
      check.eq(run_of(project).status, status, body .. act)
    end
  end
end)

-- Other commands ----------------------------------------------------------------------------

check.test("verify --rerun: SIGINT lets the step finish, SIGTERM and a second signal end it, no other begins",
  function()
  for act, code in pairs { ["kill -INT $pid; echo x >go"] = 130, ["kill -TERM $pid"] = 143,
    ["kill -INT $pid; sleep 0.2; kill -INT $pid"] = 130 } do
    local project <close> = fresh [[
local a = step "a" { params = { i = 0 }, outputs = { t.integer "n" }, cache = "always", run = function() os.execute "echo x >>begun; until [ -e go ]; do sleep 0.02; done" return 1 end }
return pipeline "slow" { define = function() for i = 1, 12 do a:with { id = "a" .. i } { i = i } end end }
]]
    check.eq(project:sh('touch go; "$RILLE" run main.lua --name one; code=$?; rm -f go begun; exit $code').code, 0)
    local r = stop(project, '"$RILLE" verify one --rerun 100%', act)
    check.eq(r.code, code, r.err .. r.out)
    check.eq(r.err, "rille: stopped by SIG" .. (code == 130 and "INT" or "TERM") .. "\n")
    check.has(r.out, (code == 130 and act:find "go") and "1 step run again" or "0 steps run again")
    check.eq(project:read "begun", "x\n", "steps begun")
    check.eq(project:sh('ls "${TMPDIR:-/tmp}" | grep -c rille-verify- || true').out:match "%d+", "0")
  end
end)

check.test("test ends with all that its file started", function()
  for _, body in ipairs { "while true do end",
    'os.execute "setsid sleep 3$STOPPING & (setsid sleep 3$STOPPING &); sleep 3$STOPPING"' } do
    for signal in pairs { INT = 1, TERM = 1 } do
      local project <close> = fresh()
      project:write("x_test.lua",
        'local testing = require "rille.testing"\ntesting.test("one", function() end)\ntesting.test("two", function() '
        .. BEGUN .. body .. " end)\n")
      local r = stop(project, '"$RILLE" test x_test.lua', "sleep 0.2; " .. kill(signal))
      check.eq(r.code, CODES[signal], r.err .. r.out)
      check.has(r.out, "it was stopped")
      check.eq(r.err, "rille: stopped by SIG" .. signal .. "\n")
    end
  end
end)

check.test("watch: a signal ends it while it waits; a round is stopped as a run is", function()
  local script = string.format(SCRIPT, WORK.execute) .. "return p"
  for act, want in pairs { ["kill -INT $pid; sleep 0.5; echo x >go"] = { 130, "completed" },
    ["kill -TERM $pid"] = { 143, "stopped" }, ["kill -INT $pid; sleep 0.2; kill -INT $pid"] = { 130, "stopped" } } do
    local project <close> = fresh(script)
    local r = stop(project, '"$RILLE" watch main.lua', act)
    check.eq(r.code, want[1], act .. r.err .. r.out)
    local run = run_of(project, "p@-1")
    check.eq({ run.status, run.steps[2].status }, { "stopped", want[2] }, act .. r.err)
  end
  for signal in pairs { INT = 1, TERM = 1 } do
    local project <close> = fresh(script)
    project:sh "touch go"
    local r = stop(project, '"$RILLE" watch main.lua', kill(signal),
      "n=0; until grep -q 'first run' o || [ $n -gt 500 ]; do sleep 0.02; n=$((n + 1)); done")
    check.eq(r.code, CODES[signal], r.err)
    check.eq(r.err, "rille: stopped by SIG" .. signal .. "\n")
  end
  -- the script of a round does not end
  local project <close> = fresh(BEGUN .. "while true do end")
  check.eq(stop(project, '"$RILLE" watch main.lua', kill "INT").code, 130)
end)

check.test("log -f ends, and the run that it follows goes on", function()
  for signal in pairs { INT = 1, TERM = 1 } do
    local project <close> = fresh(string.format(SCRIPT, WORK.execute) .. "return p")
    local r = stop(project, '"$RILLE" log one -f', kill(signal) .. "; gone; echo x >go; wait $other", "sleep 0.5",
      '"$RILLE" run main.lua --name one 2>other & other=$!; wait_for begun; sleep 0.2')
    check.eq(r.code, CODES[signal], r.err)
    check.eq(run_of(project).status, "completed")
  end
end)

-- Programs that hear SIGTERM ------------------------------------------------------------------

-- Adds "begins" and, a while later, "ends" to the file heard; what a handler starts is not
-- told itself, so the shell's own sleep takes its time.
local HEARS <const> = [[trap 'echo begins >>heard; sleep 0.6; echo ends >>heard; exit 3' TERM; echo x >begun; ]]
  .. [[while [ ! -e go ]; do sleep 0.02; done]]

check.test("a program's handler of SIGTERM runs to its end wherever the program was started", function()
  local runs = string.format("run = function() os.execute %q return 1 end", HEARS)
  local command = 'env = { PATH = true, STOPPING = true }, command = { "sh", "hears.sh", "{outputs.n}" }'
  local quiet = 'outputs = { t.integer "n" }, '
  local cells = {
    { "verify, a Lua step", quiet .. 'cache = "always", ' .. runs, '"$RILLE" verify one --rerun 100%',
      { "TERM", "HUP", "INT INT" } },
    { "verify, a command", quiet .. 'cache = "always", ' .. command, '"$RILLE" verify one --rerun 100%',
      { "TERM", "QUIT", "INT INT" } },
    { "watch", quiet .. command, '"$RILLE" watch main.lua', { "TERM", "HUP", "QUIT", "INT INT" } },
    { "a hook", quiet
      .. string.format("run = function() return 1 end, on_success = function() os.execute %q end", HEARS),
      '"$RILLE" run main.lua', { "TERM", "HUP", "INT INT" } },
  }
  local codes = { TERM = 143, HUP = 129, QUIT = 131, INT = 130 }
  for _, cell in ipairs(cells) do
    for _, signals in ipairs(cell[4]) do
      local project <close> =
        fresh(string.format('local a = step "a" { %s }\nreturn pipeline "p" { define = function() a() end }',
        cell[2]))
      project:write("hears.sh", HEARS .. "\necho 1 >$1\n")
      if cell[3]:find "verify" then
        check.eq(project:sh('touch go; "$RILLE" run main.lua --name one; code=$?; rm -f go begun heard; exit '
          .. '$code').code,
          0)
      end
      local act = {}
      for signal in signals:gmatch "%a+" do act[#act + 1] = kill(signal) end
      local r = stop(project, cell[3], "sleep 0.1; " .. table.concat(act, "; sleep 0.2; "))
      local what = cell[1] .. ", " .. signals .. "\n" .. r.err
      check.eq(project:read "heard", "begins\nends\n", what)
      check.eq(r.code, codes[signals:match "%a+$"], what)
    end
  end
  for _, signal in ipairs { "TERM", "HUP", "QUIT", "INT" } do
    local project <close> = fresh()
    project:write("x_test.lua",
      string.format('local testing = require "rille.testing"\ntesting.test("one", function() os.execute %q end)\n',
        HEARS))
    local r = stop(project, '"$RILLE" test x_test.lua', "sleep 0.1; " .. kill(signal))
    check.eq(project:read "heard", "begins\nends\n", "test, " .. signal .. r.err)
    check.eq(r.code, codes[signal], r.err)
  end
end)

check.test("in a library what a command leaves running is told to end, and heard out", function()
  local lua = scratch.stock_lua()
  if not lua then return check.skip("a command in a library", "there is no lua5.4") end
  local project <close> = fresh [[
local a = step "a" { outputs = { t.integer "n" }, cache = false, env = { PATH = true }, command = "sh -c \"trap 'echo bye; exit' TERM; echo x >begun; sleep 3600 & wait\" & until [ -e begun ]; do sleep 0.02; done; echo 1 >{outputs.n}" }
local r = pipeline "p" { define = function() a() end }:run()
io.write(r.steps.a.log)]]
  local r = project:sh(string.format("LUA_CPATH=%s/'?.so' %s main.lua", paths.build, lua))
  check.eq(r.code, 0, r.err)
  check.has(r.out, "2 processes were still running when the program ended and were stopped: ")
  check.has(r.out, "bye\n")
end)

check.test("under nohup a hangup stops nothing", function()
  local project <close> = fresh(string.format(SCRIPT, WORK.execute) .. "return p")
  local r = stop(project, 'nohup "$RILLE" run main.lua --name one', "kill -HUP $pid; sleep 0.3; echo x >go")
  check.eq(r.code, 0, r.err)
  check.eq(run_of(project).status, "completed")
end)

-- Files that are no files ----------------------------------------------------------------------

-- Runs it, stopping it only when it hangs.
local function answers(project, arguments)
  return stop(project, '"$RILLE" ' .. arguments, "", ":")
end

check.test("a file that rille opens itself is a file, or refused at once by its name", function()
  local project <close> = fresh [[
local a = step "a" { inputs = { t.any "x" }, outputs = { t.any "n" }, run = function(x) return x end }
return pipeline "p" { inputs = { t.any "x" }, define = function(_, s) a { x = s.x } end }
]]
  project:write("f.lua", HEAD
    .. 'return pipeline "p" { inputs = { t.file "x" }, define = function(_, s) step "a" { inputs = { t.file "x" '
      .. '}, outputs = { t.string "n" }, run = function(x) return x:read() end } { x = s.x } end }')
  project:sh("mkfifo pipe pipe.lua pipe.yaml pipe.csv pipe.npy pipe.json; mkdir sub; mkfifo mod.lua; ln -s "
    .. "/dev/zero zero.lua; ln -s /dev/zero zero.csv; ln -s /dev/zero zero.json")
  for arguments, said in pairs {
    ["pipe.lua"] = "pipe.lua: it is a named pipe, not a file", ["run pipe.lua"] = "it is a named pipe, not a file",
    ["plan zero.lua"] = "zero.lua: a script that comes through a pipe has at most 4194304 bytes",
    ["run main.lua --config pipe.yaml"] = "pipe.yaml: it is a named pipe, not a file",
    ["run main.lua --config /dev/zero"] = "at most 1048576 are read",
    ["run main.lua --config sub"] = "sub: it is a folder, not a file",
    ["run main.lua --input x=pipe.csv"] = "pipe.csv: it is a named pipe, not a file",
    ["run main.lua --input x=pipe.json"] = "pipe.json: it is a named pipe, not a file",
    ["run main.lua --input x=pipe.npy"] = "pipe.npy",
    ["run main.lua --input x=zero.json"] = "zero.json:1:1: a zero byte",
    ["run f.lua --input x=pipe"] = "pipe",
    ["-e 'require \"mod\"'"] = "it is not a file", ["-e 'dofile \"mod.lua\"'"] = "it is not a file",
  } do
    local r = answers(project, arguments)
    check.ok(r.code ~= 0, arguments)
    check.has(r.err, said, arguments)
  end
  -- what a shell hands over is read, as before
  check.eq(project:sh([[echo 'parameters: {}' | "$RILLE" run main.lua --config /dev/stdin --input x=f.csv; echo ]]
    .. [['x' >f.csv; echo '1' >>f.csv; echo 'tags: [a]' | "$RILLE" run main.lua --config /dev/stdin --input ]]
    .. [[x=f.csv --name one]]).code,
    0)
  check.eq(run_of(project).status, "completed")
end)

-- Every file and folder of a store as something else, x commands.
local KINDS <const> = { "mkfifo F", "mkdir F", "ln -s /dev/zero F", "ln -s nowhere F", ": >F" }
local COMMANDS <const> = { "run main.lua", "runs", "show p@-1", "fsck", "artifact get p::a::s", "log p@-1/a",
  "verify p@-1",
  "plan main.lua", "lint main.lua", "graph p@-1", "config main.lua" }

check.test("a store in which anything is something else answers every command", function()
  local original <close> = fresh('return pipeline "p" { define = function() step "a" { outputs = { t.string "s" '
    .. '}, run = function() print "hello" return ("x"):rep(100000) end } {} end }')
  check.eq(original:rille("run main.lua").code, 0)
  check.eq(original:rille("run main.lua --no-cache").code, 0)
  local paths = {}
  for path in original:sh("cd .rille && find . -mindepth 1").out:gmatch "%./([^\n]+)" do paths[#paths + 1] = path end
  check.ok(#paths > 8, "paths")
  original:sh "cp -r .rille kept"
  local silent = {}
  for _, path in ipairs(paths) do
    for _, kind in ipairs(KINDS) do
      original:sh("rm -rf .rille && cp -r kept .rille && cd .rille && rm -rf '" .. path .. "' && "
        .. kind:gsub("F", "'" .. path .. "'"))
      for _, arguments in ipairs(COMMANDS) do
        local r = original:sh(string.format('timeout -s KILL %d "$RILLE" %s </dev/null', LONGEST, arguments))
        local what = path .. " as " .. kind .. ": " .. arguments
        check.ok(r.code ~= 137 and r.code ~= 139 and r.code ~= 134, what .. " ends with " .. r.code)
        if r.code ~= 0 and r.err == "" and r.out == "" or r.err:find "traceback"
          or r.err:find "attempt to %a+ a nil" then silent[#silent + 1] = what .. "\n" .. r.err end
      end
    end
  end
  check.eq(table.concat(silent, "\n"), "")
end)

io.stdout:write(string.format("the slowest: %.2f s, %s\n", slowest.seconds, slowest.command))
check.done()

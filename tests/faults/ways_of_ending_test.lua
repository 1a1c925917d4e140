-- Ways of ending: every way in which a step and its run can end x what the step is at.
-- Of each cell: the exit code, what is said of run and step, what is kept of the step's
-- log, the attempts and the step before, and that no process, temporary file or lock is
-- left.  `rille help stopping` has the table in short.
--
-- The cells are folders with a script each; they run side by side, real programs and
-- real signals, and are looked at afterwards.  What is at work says "up", makes the
-- file begun, and ends when the file go is there; on SIGTERM it says "handler begins"
-- and, half a second later, "handler ends".

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local scratch = require "scratch"
local sys = require "rille.host.sys"

local AT_ONCE <const> = 10          -- cells

-- What a step is at -------------------------------------------------------------------------

-- Perl, which hears a signal in the middle of a wait.
local PROGRAM <const> = [[
$| = 1;
$SIG{TERM} = sub { print "handler begins\n"; select undef, undef, undef, 0.5; print "handler ends\n"; add("end"); exit 3 };
sub add { open my $f, ">>", "order"; print $f "$_[0]\n"; close $f }
add("start");
print "up\n";
open my $f, ">", "begun"; print $f "x"; close $f;
select undef, undef, undef, 0.02 until -e "go";
if (-e "eat") { my $n = 2_000_000_000; my $all = "x" x $n; print length $all, "\n" }
if (-e "fail" or -e "once" && unlink "once") { print "last line\n"; exit 7 }
print "last line\n";
]]

-- The same in Lua, whose handlers are variables to be closed and finalizers.
local LUA <const> = [[run = function()
    local ending <close> = setmetatable({}, { __close = function(_, err)
      if err and tostring(err):find "asked to stop" then print "handler begins" os.execute "sleep 0.5" print "handler ends" end
    end })
    do local f = io.open("order", "a") f:write "start\n" f:close() end
    print "up" io.stdout:flush()
    do local f = io.open("begun", "w") f:write "x" f:close() end
    while not io.open "go" do end
    if io.open "eat" then print(#("x"):rep(2000000000)) end
    print "last line"
    if io.open "fail" or io.open "once" and os.remove "once" then error "no" end
    return 1
  end]]

local ENV <const> = "env = { PATH = true, CELL = true }, "
local DAEMONS <const> = "(setsid sleep 3600 &); sleep 3601 & "

-- hears: what there is in the log of a step that was asked to end; daemons: how many are
-- left; alone: it starts nothing.
local KINDS <const> = {
  { "lua", LUA, alone = true },
  { "execute", 'run = function() if not os.execute "perl program.pl" then error "no" end return 1 end' },
  { "popen", [[run = function()
    local p <close> = io.popen "perl program.pl 2>&1"
    for line in p:lines() do print(line) io.stdout:flush() end
    if not p:close() then error "no" end
    return 1
  end]], hears = "up\n" },
  { "words", ENV .. 'command = { "perl", "program.pl", "{outputs.n}" }', outputs = "" },
  { "text", ENV .. 'command = "perl program.pl; echo 1 >{outputs.n}"' },
  { "nested shells", ENV
    .. [[shell = "sh", command = "sh -c 'set -e; perl program.pl; :' || exit 5; echo 1 >{outputs.n}"]] },
  { "execute, daemons", 'run = function() if not os.execute "' .. DAEMONS
    .. 'perl program.pl" then error "no" end return 1 end', daemons = 2 },
  { "text, daemons", ENV .. 'command = "' .. DAEMONS .. 'perl program.pl; echo 1 >{outputs.n}"', daemons = 2 },
}

local SCRIPT <const> = [[
local rille = require "rille"
local t = rille.types
local first = rille.step "first" { outputs = { t.integer "n" }, run = function() return 1 end }
local work = rille.step "work" { outputs = { OUTPUT }, cache = false, OPTIONS WORK }
local last = rille.step "last" { inputs = { OUTPUT }, outputs = { t.integer "n" }, run = function() return 1 end }
local other = rille.step "other" { outputs = { t.integer "n" }, cache = false, run = function() while not io.open "others" do end error "no" end }
return rille.pipeline "p" { define = function()
  first()
  last(work:with { after = "first" } ())
  if os.getenv "OTHER" then other() end
end }
]]

-- How it ends -----------------------------------------------------------------------------------

-- { name, what is done, code, run, step, more }; more.log: "all" to the last line, "heard"
-- the handler's, "some" what was printed before; told: in standard error; reason: of the
-- step's error; unnamed: nobody says what ran; daemons = false: they outlive it; interrupted: it is the next
-- command that tells.
local WAYS <const> = {
  { "success", "go", 0, "completed", "completed", { log = "all" } },
  { "failure", "touch fail; go", 1, "failed", "failed", { log = "all" } },
  { "timeout", "", 1, "failed", "failed",
    { log = "heard", options = "timeout = 1.5,", reason = "longer than its timeout of 1.5 s" } },
  { "retry, then success", "touch once; go", 0, "completed", "completed",
    { log = "all", options = "retries = 1,", attempts = 1 } },
  { "retries used up", "touch fail; go", 1, "failed", "failed",
    { log = "all", options = "retries = 1,", attempts = 1 } },
  { "timeout of each attempt", "", 1, "failed", "failed",
    { log = "heard", options = "timeout = 1.5, retries = 1,", attempts = 1, order = true } },
  { "Ctrl-C once", "kill -INT $pid; go", 130, "stopped", "completed", { log = "all" } },
  { "Ctrl-C twice", "kill -INT $pid; heard 1; kill -INT $pid", 130, "stopped", "stopped", { log = "heard" } },
  { "Ctrl-C three times", "kill -INT $pid; heard 1; kill -INT $pid; heard 2; kill -INT $pid", 130, "stopped", "stopped",
    { log = "some" } },
  { "SIGTERM", "kill -TERM $pid", 143, "stopped", "stopped", { log = "heard" } },
  { "SIGTERM twice", "kill -TERM $pid; heard 1; kill -TERM $pid", 143, "stopped", "stopped", { log = "some" } },
  { "SIGHUP", "kill -HUP $pid", 129, "stopped", "stopped", { log = "heard" } },
  { "SIGQUIT", "kill -QUIT $pid", 131, "stopped", "stopped", { log = "heard" } },
  { "rille stop", '"$RILLE" stop one; go', 130, "stopped", "completed", { log = "all" } },
  { "rille stop twice", '"$RILLE" stop one; heard 1; "$RILLE" stop one', 130, "stopped", "stopped", { log = "heard" } },
  { "rille stop --now", '"$RILLE" stop one --now', 130, "stopped", "stopped", { log = "heard" } },
  { "rille stop --now twice", '"$RILLE" stop one --now; heard 1; "$RILLE" stop one --now', 130, "stopped", "stopped",
    { log = "some" } },
  { "fail_fast", "touch others", 1, "failed", "stopped", { log = "heard", flags = "--fail-fast -j 3", other = true } },
  { "SIGTERM to the step's process", "kill -TERM $(children $supervisor)", 1, "failed", "failed",
    { log = "heard", unnamed = true, reason = "SIGTERM" } },
  { "kill -9 of the step's process", "kill -KILL $(children $supervisor)", 1, "failed", "failed",
    { log = "some", reason = "SIGKILL" } },
  { "the memory limit", "touch eat; go", 1, "failed", "failed",
    { log = "some", options = 'resources = { memory = "64MiB" },' } },
  { "kill -9 of its supervisor", "kill -KILL $supervisor", 1, "failed", "failed",
    { log = "some", reason = "SIGKILL", daemons = false } },
  { "kill -9 of its group", "kill -KILL -$supervisor", 1, "failed", "failed",
    { log = "some", reason = "SIGKILL", daemons = false } },
  { "kill -9 of rille", "sleep 1.5; kill -KILL $pid", 137, "failed", nil, { log = "some", interrupted = true } },
  { "kill -9 of the parent of rille", "kill -KILL $shell; sleep 0.3; go", 137, "completed", "completed",
    { log = "all" } },
}

local CELL <const> = [=[
cd "$1" || exit 1
exec >said 2>&1
wait_for() { n=0; while ! [ -s "$1" ] && [ $n -lt 1000 ]; do sleep 0.02; n=$((n + 1)); done; }
runs() { grep -qs '^State:.[^ZX]' /proc/$1/status; }
gone() { n=0; while runs $1 && [ $n -lt 1500 ]; do sleep 0.02; n=$((n + 1)); done; if runs $1; then echo hung >hung; kill -KILL $1; fi; }
children() { cat /proc/$1/task/$1/children; }
marked() { grep -lsz "^CELL=$mark\$" /proc/[0-9]*/environ | cut -d/ -f3; }
left() { for p in $(marked); do runs $p && { tr '\0' ' ' </proc/$p/cmdline; echo; }; done; }
go() { echo x >go; }
heard() { n=0; while [ $(grep -c 'no new steps start' e) -lt $1 ] && [ $n -lt 500 ]; do sleep 0.02; n=$((n + 1)); done; }
mark=$$-$2
( CELL=$mark OTHER_IS "$RILLE" run main.lua --name one FLAGS >o 2>e & echo $! >pid; wait $!; echo $? >code ) & shell=$!
wait_for pid; pid=$(cat pid)
wait_for begun
supervisor=$(children $pid | tr ' ' '\n' | while read k; do for w in $(children $k); do [ -n "$(children $w)" ] && echo $k; done; done | head -n 1)
[ -n "$supervisor" ] || supervisor=$(children $pid | cut -d' ' -f1)
sleep 0.15
ACT
gone $pid
gone $shell
[ -s code ] || echo 137 >code
n=0; while [ -n "$(left)" ] && [ $n -lt 40 ]; do sleep 0.05; n=$((n + 1)); done
left >left
for p in $(marked); do kill -KILL $p; done
"$RILLE" runs >runs 2>&1
"$RILLE" show one --json >run.json 2>shown
"$RILLE" show one/work --json >step.json 2>>shown
"$RILLE" log one/work >log 2>>shown
"$RILLE" fsck >fsck 2>&1; echo $? >fsck.code
ls .rille/tmp >tmp; ls .rille/runs -I flight >locks
]=]

local function fill(text, parts) return (text:gsub("%u[%u_]+", function(name) return parts[name] end)) end

local function prepare(root, n, way, kind)
  local dir = string.format("%s/%d", root, n)
  local more = way[6]
  sys.mkdirs(dir)
  local function write(name, text)
    local f = assert(io.open(dir .. "/" .. name, "wb"))
    f:write(text)
    f:close()
  end
  write("program.pl", PROGRAM)
  write("main.lua",
    fill(SCRIPT,
      { OPTIONS = more.options or "", WORK = kind[2], OUTPUT = kind.outputs and 't.string "n"' or 't.integer "n"' }))
  if kind.outputs then write("program.pl", PROGRAM .. 'open my $o, ">", $ARGV[0]; print $o "1"; close $o;\n') end
  write("cell.sh",
    fill(CELL, { ACT = way[2], FLAGS = more.flags or "-j 1", OTHER_IS = more.other and "OTHER=1" or "" }))
  return dir
end

-- Looking at a cell ----------------------------------------------------------------------------------

local function read(dir, name) return scratch.read(dir .. "/" .. name) or "" end

local function steps_of(run)
  local found = {}
  for _, one in ipairs(run.steps) do found[one.id or one.step] = one end
  return found
end

local HEARD <const> = "handler begins\nhandler ends\n"

local function check_log(way, kind, log, what)
  local want = way[6].log
  local note = log:match "\n(%[%d+ process[^\n]*%])" or ""
  if want == "all" then check.has(log, "up\nlast line\n", what)
  elseif want == "heard" then
    check.has(log, kind.hears or "up\n" .. HEARD, what)
    if not kind.alone and not way[6].unnamed then check.has(note, "still running when the step ended and", what) end
  elseif want == "some" then check.has(log, "up\n", what) end
  if kind.daemons and want == "all" then
    check.has(note, kind.daemons .. " processes were still running when the step ended and were stopped: ", what)
    check.has(note, "sleep 3600", what)
    check.has(note, "sleep 3601", what)
  end
end

local function look(dir, way, kind)
  local _, _, code, status, step_status, more = table.unpack(way)
  local what = way[1] .. " x " .. kind[1] .. " in " .. dir .. "\n" .. read(dir, "said") .. read(dir, "e")
    .. read(dir, "shown")
  local err = read(dir, "e")
  check.eq(read(dir, "hung"), "", what)
  check.eq(tonumber(read(dir, "code")), code, what)
  check.ok(not err:find "internal error" and not err:find "traceback", what)
  -- told
  local run = json.decode(read(dir, "run.json"))
  local steps = steps_of(run)
  check.eq(run.status, status, what)
  if more.interrupted then
    check.eq(run.reason, "interrupted", what)
    check_log(way, kind, read(dir, "log"), what)
  else
    check.eq(steps.work and steps.work.status, step_status, what)
    check.eq(steps.last.status, step_status ~= "completed" and (step_status == "stopped" and "stopped" or "skipped")
      or status, what)
    local step = json.decode(read(dir, "step.json"))
    check.has(tostring(step.error or ""), more.reason or "", what)
    check.eq(#(step.attempts or {}), more.attempts or 0, what .. "attempts")
    check_log(way, kind, read(dir, "log"), what)
  end
  if kind.daemons and more.log == "all" then
    check.has(err, "note      work: " .. kind.daemons .. " processes were still running", what)
  end
  -- kept
  check.eq(steps.first and steps.first.status, "completed", what .. "the step before")
  if more.order then
    local order = read(dir, "order")
    check.eq(order, kind[1] == "lua" and "start\nstart\n" or "start\nend\nstart\nend\n", what)
  end
  -- left behind
  if more.daemons ~= false or not kind.daemons then check.eq(read(dir, "left"), "", what .. "processes") end
  check.eq(read(dir, "tmp"), "", what .. "tmp")
  check.eq(read(dir, "locks"):gsub("%x+%.live\n", more.interrupted and "" or "%0"), "", what .. "locks")
  check.eq(read(dir, "fsck.code"), "0\n", what .. read(dir, "fsck"))
end

-- The table ----------------------------------------------------------------------------------------

local project <close> = scratch.new()
local only = os.getenv "RILLE_WAY"
local cells, list = {}, {}
for w, way in ipairs(WAYS) do
  for k, kind in ipairs(KINDS) do
    if not only or way[1] == only then
      local n = w * 100 + k
      cells[#cells + 1] = { way = way, kind = kind, dir = prepare(project.dir, n, way, kind) }
      list[#list + 1] = string.format("%s/%d/cell.sh %s/%d %d", project.dir, n, project.dir, n, n)
    end
  end
end
project:write("cells", table.concat(list, "\n") .. "\n")
local t0 = sys.mono()
project:sh("xargs -P " .. AT_ONCE .. " -L 1 sh <cells")

for _, way in ipairs(WAYS) do
  if not only or way[1] == only then
    check.test("a step ends by " .. way[1] .. ", in Lua, a program, a shell, with daemons", function()
      -- the address space of a sanitised program cannot be limited, nor that of what it starts
      if way[1] == "the memory limit"
        and (os.getenv "B" or ""):find "asan" then check.cannot "no memory limit under a sanitizer" end
      for _, cell in ipairs(cells) do
        if cell.way == way then look(cell.dir, way, cell.kind) end
      end
    end)
  end
end

io.stdout:write(string.format("%d cells in %.0f s\n", #cells, sys.mono() - t0))
check.done()

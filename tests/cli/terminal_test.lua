-- A run on a terminal: the live region, what is left of it, keys and sizes; and a
-- run from another terminal: log -f, stop, runs; and rille run --only, --from.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local screen = require "screen"
local json = require "rille.json"

local HEAD = [[
local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
local function wait(s) local t0 = os.clock() local command = io.popen("sleep " .. s) command:close() end
]]

-- Three steps of a quarter and more of a second; train says how far it is.
local MAIN = HEAD .. [[
local load = step "load" { outputs = { t.integer "n" }, run = function() wait(0.4) print "loaded" return 1 end }
local train = step "train" { inputs = { t.integer "n" }, params = { k = 1 }, outputs = { t.integer "n" }, run = function(n, p, ctx)
  for e = 1, 4 do
    wait(0.15)
    print(("%d: epoch %d"):format(p.k, e))
    ctx:progress(e / 4, "epoch " .. e .. " of 4")
  end
  return n + p.k
end }
return pipeline "p" { define = function()
  local n = load {}
  for k = 1, 3 do train:with { id = "train_" .. k } { n = n, k = k } end
end }
]]

local function with(files, body)
  local project <close> = scratch.new()
  for name, text in pairs(files) do project:write(name, text) end
  body(project)
end

-- On a terminal: r.record is what was written; actions as in tests/lib/pty.c.
local function on_terminal(project, width, height, actions, arguments, before)
  local pty = scratch.pty(check)
  local r = project:sh(string.format('export TERM=xterm; unset NO_COLOR; %s %s %d %d rec %s -- "$RILLE" %s', before or "", pty, width, height, actions, arguments))
  check.eq(r.code, 0, r.err)
  return project:path "rec"
end

local function plain(text)
  return (text:gsub("%f[%d][%d.]+ [um]?s%f[%W]", "TIME"):gsub(" +TIME", " TIME"):gsub("; slowest %S+ TIME", ""))
end

-- On the screen there is a region: its bottom line has finished/total.
local function region_of(s) return s:visible():match "[━─][━─]+  (%d+/%d+)" end

local DONE = [[
store .rille created
run r  stack default, cache on
── load ──
loaded
  ran       load TIME
── train_1 ──
1: epoch 1
1: epoch 2
1: epoch 3
1: epoch 4
  ran       train_1 TIME
── train_2 ──
2: epoch 1
2: epoch 2
2: epoch 3
2: epoch 4
  ran       train_2 TIME
── train_3 ──
3: epoch 1
3: epoch 2
3: epoch 3
3: epoch 4
  ran       train_3 TIME
completed r in TIME: 4 ran
  4 B written
  rille show r]]

-- A title, a bell, a cleared screen and steps back, in all that a script can say.
local WILD = HEAD .. [[
local E = "<\27]0;title\7\27[2J\8>"
local s = step "s" { params = { p = E }, outputs = { t.string "z", t.table "tb" }, run = function(p, ctx)
  print(E)
  ctx:log_metadata { [E] = E }
  ctx:log_artifact_metadata("z", { [E] = E })
  return E, { [E] = E }
end }
local bad = step "bad" { inputs = { t.string "z" }, outputs = { t.string "q" }, run = function() error(E) end }
return pipeline "p" { params = { k = E }, define = function(p) bad { z = s { p = p.k }.z } end }
]]

-- Steps that call a program are not cached without being told to.
local ALWAYS = MAIN:gsub("run = function", 'cache = "always", run = function')

check.test("what a script says cannot act on the terminal; in a pipe every byte of it stays", function()
  with({ ["main.lua"] = WILD, ["bad.lua"] = 'error("<\\27]0;title\\7>")' }, function(project)
    local commands = { "run main.lua --name r", "show r", "show r/s", "show r/bad", "log r", "log r/bad", "artifact show p::s::z", "artifact show p::s::tb",
      "graph r", "why bad", "lineage p::s::z", "config main.lua", "bad.lua", "run bad.lua", "'no\27]0;title\7.lua'", "show 'no\27]0;title\7'" }
    for _, command in ipairs(commands) do
      on_terminal(project, 100, 24, "", command)
      local written = project:read "rec"
      check.ok(not written:find "\27%]" and not written:find "\7" and not written:find "\27%[2J" and not written:find "\8", command .. " lets through:\n" .. written)
    end
    check.has(project:rille("log r/bad").out, "<\27]0;title\7\27[2J\8>")
    check.has(project:rille("bad.lua").err, "<\27]0;title\7>")
  end)
end)

check.test("a run on a terminal has a live region while it runs and leaves its lines alone, at 60, 80 and 120 columns", function()
  for _, width in ipairs { 60, 80, 120 } do
    with({ ["main.lua"] = ALWAYS }, function(project)
      local record = on_terminal(project, width, 24, "", "run main.lua --name r -j 1")
      local final = screen.play(record, { columns = width, lines = 24 })
      check.eq(final.status, 0)
      check.eq(plain(final:text():gsub("\n+$", "")), DONE)
      local s = screen.play(record, { columns = width, lines = 24, at = 0.9 })
      check.eq(region_of(s), "1/4")
      check.has(s:visible(), "running   train_1")
      check.ok(s:visible():find(width == 60 and "%d%%  epoch %d" or "%d%%  epoch %d of 4"), s:visible())
      check.ok(s:visible():find "loaded", "what load printed is gone")
    end)
  end
end)

check.test("the region is drawn at most ten times a second", function()
  with({ ["main.lua"] = ALWAYS }, function(project)
    local s = screen.play(on_terminal(project, 80, 24, "", "run main.lua --name r -j 4"))
    local seconds = s.writes[#s.writes][1]
    check.ok(#s.writes <= 10 * seconds + 14, #s.writes .. " writes in " .. seconds .. " s")
  end)
end)

check.test("with two workers what each step prints stands in a group of its own", function()
  with({ ["main.lua"] = ALWAYS }, function(project)
    local text = screen.play(on_terminal(project, 80, 40, "", "run main.lua --name r -j 2"), { lines = 40 }):text()
    for k = 1, 2 do
      check.has(text, ("── train_%d ──\n%d: epoch 1\n%d: epoch 2\n%d: epoch 3\n%d: epoch 4\n  ran       train_%d"):format(k, k, k, k, k, k))
    end
    check.eq(select(2, text:gsub("running", "")), 0, "the region is still there")
  end)
end)

check.test("a terminal that changes its size keeps clean lines", function()
  with({ ["main.lua"] = ALWAYS }, function(project)
    local record = on_terminal(project, 120, 30, "0.5:size:50x20 0.9:size:100x12 1.4:size:60x30", "run main.lua --name r -j 1")
    check.eq(plain(screen.play(record, { columns = 120, lines = 30 }):text():gsub("\n+$", "")), DONE)
  end)
end)

check.test("what steps write of escape sequences and carriage returns is shown and does not disturb the lines", function()
  with({ ["main.lua"] = HEAD .. [[
    local a = step "a" { run = function() for k = 1, 5 do io.write(("\r%d%%"):format(k * 20)) wait(0.15) end io.write "\n\27[2J\27[5A\27[31mred\27[?25l" io.stderr:write "\7err\n" wait(0.2) end }
    return pipeline "p" { define = function() a() end }]] }, function(project)
    local text = screen.play(on_terminal(project, 80, 24, "", "run main.lua --name r")):text()
    check.has(text, "cache on\n── a ──\n100%\n\\x1b[2J\\x1b[5Ared\\x1b[?25l\\x07err\n")
  end)
end)

check.test("hooks that print, and failures, come above the region", function()
  with({ ["main.lua"] = HEAD .. [[
    local a = step "a" { on_failure = function() print "the hook" end, run = function() wait(0.7) print "before" error "broken" end }
    local b = step "b" { run = function() wait(1.2) end }
    return pipeline "p" { define = function() a() b() end }]] }, function(project)
    local s = screen.play(on_terminal(project, 80, 40, "", "run main.lua --name r -j 2"), { lines = 40 })
    check.eq(s.status, 1)
    check.has(s:text(), "the hook\n")
    check.has(s:text(), "── a ──\nbefore\n")
    check.has(s:text(), "failed step a of run r\n  main.lua:4: broken\n")
    check.has(s:text(), "  run it again when it is mended; finished steps are taken from the cache:\n    rille run main.lua -j 2\n  rille log r/a\nfailed r in ")
    check.ok(not s:text():find "running   ", "the region is still there")
  end)
end)

for name, before in pairs { ["TERM=dumb"] = "TERM=dumb", NO_COLOR = "NO_COLOR=1" } do
  check.test("with " .. name .. " there are plain lines", function()
    with({ ["main.lua"] = ALWAYS }, function(project)
      local r = on_terminal(project, 80, 24, "", "run main.lua --name r -j 1", before .. " ")
      local f = scratch.read(r)
      check.ok(not f:find "\27", "an escape sequence")
      check.eq(plain(screen.play(r):text():gsub("\n+$", "")), DONE)
    end)
  end)
end

check.test("in a pipe there are plain lines without escapes and carriage returns", function()
  with({ ["main.lua"] = ALWAYS }, function(project)
    local r = project:rille "run main.lua --name r -j 1"
    check.ok(not r.err:find "[\27\r]", "control characters")
    check.eq(plain(r.err:gsub("\n+$", "")), DONE)
  end)
end)

-- Keys ---------------------------------------------------------------------------------

check.test("Ctrl-C once: what runs finishes, the run is stopped, and the terminal is clean", function()
  with({ ["main.lua"] = ALWAYS }, function(project)
    local s = screen.play(on_terminal(project, 80, 30, "0.8:keys:^C", "run main.lua --name r -j 1"), { lines = 30 })
    check.eq(s.status, 130)
    local text = s:text()
    check.has(text, "no new steps start, 1 running step finishes; once more to end\n")
    check.ok(text:find "once more to end\n.*  ran       ", text)
    check.has(text, "  run it again to go on; finished steps are taken from the cache:\n    rille run main.lua -j 1\nstopped r in ")
    check.ok(not text:find("^C", 1, true) and not text:find "running   ", text)
    check.eq(project:rille("runs").out:match "r +(%a+)", "stopped")
    check.has(project:rille("run main.lua --name again").err, "completed again in ")
  end)
end)

check.test("Ctrl-C twice ends what runs, and the terminal is clean", function()
  with({ ["main.lua"] = HEAD .. [[
    local a = step "a" { run = function() wait(20) end }
    return pipeline "p" { define = function() a() end }]] }, function(project)
    local s = screen.play(on_terminal(project, 80, 24, "0.8:keys:^C 1.2:keys:^C", "run main.lua --name r"))
    check.eq(s.status, 130)
    check.has(s:text(), "no new steps start, 1 running step has 2 s to end; once more to kill\n")
    check.ok(not s:text():find "running   ", s:text())
    check.ok(s.writes[#s.writes][1] < 5, "it took too long")
    check.eq(project:sh("ls .rille/runs -I flight").out, "")
  end)
end)

check.test("a run that is stopped by ^Z and continued draws below what the shell wrote", function()
  with({ ["main.lua"] = ALWAYS }, function(project)
    local record = on_terminal(project, 80, 40, "0.9:signal:19 1.1:signal:18", "run main.lua --name r -j 1")
    local s = screen.play(record, { lines = 40 })
    check.eq(s.status, 0)
    check.has(s:text(), "completed r in ")
  end)
end)

-- From another terminal -----------------------------------------------------------------

-- Starts a run in the background, as r, and waits until it is there.
local START = [[
"$RILLE" run main.lua --name r -j 1 2>err & run=$!
until [ -n "$(ls .rille/runs/*.live 2>/dev/null)" ]; do sleep 0.05; done
]]

check.test("log -f of a step shows what it prints as it does, and ends with the step", function()
  with({ ["main.lua"] = ALWAYS }, function(project)
    local r = project:sh(START .. [["$RILLE" log r/train_2 -f; echo "code $?"; kill -0 $run && echo "the run goes on"; wait $run]])
    check.eq(r.out, "2: epoch 1\n2: epoch 2\n2: epoch 3\n2: epoch 4\ncode 0\nthe run goes on\n")
    check.eq(r.err, "step train_2 has completed\n")
  end)
end)

check.test("log -f of a run has each line behind the step that printed it", function()
  with({ ["main.lua"] = ALWAYS }, function(project)
    local r = project:sh(START .. [["$RILLE" log r -f; wait $run]])
    check.has(r.out, "load     │ loaded\ntrain_1  │ 1: epoch 1\n")
    check.has(r.out, "train_3  │ 3: epoch 4\n")
    check.eq(r.err, "run r has completed\n")
    check.eq(project:sh("ls .rille/runs -I flight").out, "", "the journal is still there")
  end)
end)

check.test("log -f says that the run was killed, and what its last step had printed is kept", function()
  with({ ["main.lua"] = ALWAYS }, function(project)
    local r = project:sh(START .. [[(sleep 0.35; kill -9 $run) & "$RILLE" log r/train_1 -f; echo "code $?"]])
    check.has(r.out, "1: epoch 1\n")
    check.has(r.out, "code 1\n")
    check.has(r.err, "the process of run r has ended; the run was interrupted\n")
    check.has(project:rille("log r/train_1").out, "1: epoch 1\n")
  end)
end)

check.test("log -f of a step that is not there names one that is", function()
  with({ ["main.lua"] = ALWAYS }, function(project)
    local r = project:sh(START .. [["$RILLE" log r/trian_1 -f; echo "code $?"; kill -9 $run]])
    check.eq(r.out, "code 3\n")
    check.has(r.err, 'run r has no step "trian_1"; did you mean "train_1"?')
  end)
end)

check.test("stop ends a run as Ctrl-C does, by name, by what it is the newest of, or as the only one", function()
  for _, name in ipairs { "r", "p@-1", "" } do
    with({ ["main.lua"] = ALWAYS }, function(project)
      local r = project:sh(START .. '"$RILLE" stop ' .. name .. '; echo "code $?"; wait $run; echo "run $?"')
      check.eq(r.out, "code 0\nrun 130\n")
      check.eq(r.err, "run r is asked to stop when the steps that run have ended; once more ends them\n")
      local steps = json.decode(project:rille("show r --json").out)
      check.eq(steps.status, "stopped")
      check.ok(steps.steps[1].status == "completed", "the step that ran was not finished")
    end)
  end
end)

check.test("stop --now ends what runs at once, also after a stop, and never the program", function()
  for _, before in ipairs { "", '"$RILLE" stop; sleep 0.1;' } do
    with({ ["main.lua"] = HEAD .. [[
      local a = step "a" { run = function() print "here" wait(20) end }
      return pipeline "p" { define = function() a() end }]] }, function(project)
      local r = project:sh(START .. before .. '"$RILLE" stop --now; "$RILLE" stop --now 2>/dev/null; wait $run; echo "run $?"')
      check.eq(r.out, "run 130\n")
      check.eq(json.decode(project:rille("show r --json").out).status, "stopped")
    end)
  end
end)

check.test("stop of a run that is over, of none, and of one that was killed says so", function()
  with({ ["main.lua"] = ALWAYS }, function(project)
    project:rille "run main.lua --name r -j 3"
    local r = project:rille "stop r"
    check.eq({ r.code, r.err }, { 3, "rille: run r is not running: it is completed\n" })
    r = project:rille "stop"
    check.eq({ r.code, r.err }, { 3, "rille: no run is running here\n" })
    r = project:rille "stop q"
    check.eq({ r.code, r.err }, { 3, "rille: no run is called 'q'\n" })
    project:sh(START:gsub("name r", "name k --no-cache") .. "kill -9 $run; wait $run")
    r = project:rille "stop k"
    check.eq({ r.code, r.err }, { 3, "rille: run k is not running: it is failed (interrupted)\n" })
  end)
end)

check.test("a lock that is held by another than who signed it is no reason to signal anyone", function()
  with({ ["main.lua"] = ALWAYS }, function(project)
    -- the victim's number stands in the lock, but nobody holds it
    local r = project:sh(START .. [[kill -9 $run; wait $run 2>/dev/null; sleep 30 & victim=$!
      lock=$(ls .rille/runs/*.lock); printf '%-63s\n' "$victim $(stat -Lc %i /proc/self/ns/pid)" > $lock
      "$RILLE" stop r; kill -0 $victim && echo "it lives"; kill $victim]])
    check.eq(r.out, "it lives\n")
  end)
end)

check.test("runs tells how far a running one is", function()
  with({ ["main.lua"] = ALWAYS }, function(project)
    local r = project:sh(START .. [["$RILLE" runs; "$RILLE" runs --json; kill -9 $run]])
    check.ok(r.out:find "r +running .* 1 of 4 steps\n", r.out)
    check.eq(json.decode(r.out:match "{.*}").items[1].progress, { done = 1, total = 4 })
  end)
end)

-- --only and --from ---------------------------------------------------------------------

local CHAIN = HEAD .. [[
local a = step "a" { params = { x = 1 }, outputs = { t.integer "n" }, run = function(p) print "a" return p.x end }
local b = step "b" { inputs = { t.integer "n" }, params = { y = 1 }, outputs = { t.integer "n" }, run = function(n, p) print "b" return n + p.y end }
local c = step "c" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) print "c" return n end }
local d = step "d" { outputs = { t.integer "n" }, run = function() print "d" return 9 end }
return pipeline "p" { params = { x = 1, y = 1 }, define = function(p) c(b:with { id = "middle" } { n = a { x = p.x }, y = p.y }) d() end }
]]

-- What ran, and the statuses.
local function steps_of(project, arguments)
  local r = project:rille("run main.lua --name {n} -q " .. arguments)
  check.eq(r.code, 0, r.err)
  local list = {}
  for i, one in ipairs(json.decode(project:rille("show p@-1 --json").out).steps) do list[i] = one.id .. "=" .. one.status end
  return table.concat(list, " ")
end

check.test("--only runs the named steps; the others are hits or left out, and history says so", function()
  with({ ["main.lua"] = CHAIN }, function(project)
    check.eq(steps_of(project, "--only a"), "a=completed middle=skipped c=skipped d=skipped")
    check.eq(steps_of(project, "--only middle"), "a=cached middle=completed c=skipped d=skipped")
    check.has(project:rille("show p@-1").out, "left out by --only")
    check.eq(steps_of(project, "--only a,middle,c --set y=5"), "a=cached middle=completed c=completed d=skipped")
    check.eq(steps_of(project, ""), "a=cached middle=cached c=completed d=completed")
    check.eq(steps_of(project, "--only b"), "a=cached middle=cached c=cached d=cached")
  end)
end)

check.test("--only of a step whose input is not in the cache is an error that names it, before any step runs", function()
  with({ ["main.lua"] = CHAIN }, function(project)
    local r = project:rille "run main.lua --only c"
    check.eq(r.code, 3)
    check.has(r.err, '--only: step "c" needs "middle", which is not in the cache')
    check.ok(not r.err:find "\nrun ", "a run began")
    r = project:rille "run main.lua --only c,a"
    check.has(r.err, '--only: step "c" needs "middle", which is not in the cache')
  end)
end)

check.test("--from runs the named steps and all below them anew, the rest as usual, and keeps the results", function()
  with({ ["main.lua"] = CHAIN }, function(project)
    steps_of(project, "")
    check.eq(steps_of(project, "--from middle"), "a=cached middle=completed c=completed d=cached")
    check.eq(steps_of(project, "--from d --from c"), "a=cached middle=cached c=completed d=completed")
    local list = json.decode(project:rille("show p@-1 --json").out)
    check.eq(list.extra.from, { "d", "c" })
    check.eq(list.steps[4].reason, "--from asks for it")
    steps_of(project, "")
    check.eq(json.decode(project:rille("show p@-1 --json").out).steps[2].cached_from, "2/middle", "the newer result is the one that is taken")
  end)
end)

check.test("a name that is no step is told with the nearest, and an empty one is refused", function()
  with({ ["main.lua"] = CHAIN }, function(project)
    local r = project:rille "run main.lua --only midle"
    check.eq({ r.code, r.err }, { 3, 'rille: --only: there is no step "midle"; did you mean "middle"?\n' })
    r = project:rille "run main.lua --from a,"
    check.eq({ r.code, r.err }, { 2, "rille: --from a,: expected names of steps, with a comma between them\n" })
  end)
end)

check.done()

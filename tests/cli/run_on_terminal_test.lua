-- A run on a terminal: the live region, what is left of it, keys and sizes.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local screen = require "screen"

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
  local r = project:sh(string.format('export TERM=xterm; unset NO_COLOR; %s %s %d %d rec %s -- "$RILLE" %s', before
    or "", pty, width, height, actions, arguments))
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
  rille show r
  outputs   train_1  2
            train_2  3
            train_3  4]]

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
    local commands = { "run main.lua --name r", "show r", "show r/s", "show r/bad", "log r", "log r/bad",
      "artifact show p::s::z", "artifact show p::s::tb",
      "graph r", "why bad", "lineage p::s::z", "config main.lua", "bad.lua", "run bad.lua", "'no\27]0;title\7.lua'",
      "show 'no\27]0;title\7'" }
    for _, command in ipairs(commands) do
      on_terminal(project, 100, 24, "", command)
      local written = project:read "rec"
      check.ok(not written:find "\27%]" and not written:find "\7" and not written:find "\27%[2J"
        and not written:find "\8", command .. " lets through:\n" .. written)
    end
    check.has(project:rille("log r/bad").out, "<\27]0;title\7\27[2J\8>")
    check.has(project:rille("bad.lua").err, "<\27]0;title\7>")
  end)
end)

check.test("a run on a terminal has a live region while it runs and leaves its lines alone, at 60, 80 and 120 columns",
  function()
  for _, width in ipairs { 60, 80, 120 } do
    with({ ["main.lua"] = ALWAYS }, function(project)
      local record = on_terminal(project, width, 24, "", "run main.lua --name r -j 1")
      local final = screen.play(record, { columns = width, lines = 24 })
      check.eq(final.status, 0)
      check.eq(plain(final:text():gsub("\n+$", "")), DONE)
      -- when train_1 has said how far it is, on a slow machine later
      local told, s = width == 60 and "%d%%  epoch %d" or "%d%%  epoch %d of 4", nil
      for at = 0.5, 5, 0.1 do
        s = screen.play(record, { columns = width, lines = 24, at = at })
        if s:visible():find(told) then break end
      end
      check.eq(region_of(s), "1/4")
      check.has(s:visible(), "running   train_1")
      check.ok(s:visible():find(told), s:visible())
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
      check.has(text,
        ("── train_%d ──\n%d: epoch 1\n%d: epoch 2\n%d: epoch 3\n%d: epoch 4\n  ran       train_%d"):format(k, k, k, k,
          k, k))
    end
    check.eq(select(2, text:gsub("running", "")), 0, "the region is still there")
  end)
end)

check.test("a terminal that changes its size keeps clean lines", function()
  with({ ["main.lua"] = ALWAYS }, function(project)
    local record = on_terminal(project, 120, 30, "0.5:size:50x20 0.9:size:100x12 1.4:size:60x30",
      "run main.lua --name r -j 1")
    check.eq(plain(screen.play(record, { columns = 120, lines = 30 }):text():gsub("\n+$", "")), DONE)
  end)
end)

check.test("what steps write of escape sequences and carriage returns is shown and does not disturb the lines",
  function()
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
    check.has(s:text(),
      "  fix the error, then resume with:\n    rille run main.lua -j 2\n "
        .. " rille log r/a\nfailed r in ")
    check.ok(not s:text():find "running   ", "the region is still there")
  end)
end)

check.test("on a terminal the finished steps of a run with many are not listed; -v lists them", function()
  with({ ["main.lua"] = HEAD .. [[
    local s = step "s" { params = { k = 1 }, outputs = { t.integer "n" }, run = function(p)
      if p.k == 7 then error "seven" end
      return p.k
    end }
    return pipeline "p" { define = function() for k = 1, 60 do s:with { id = "s" .. k } { k = k } end end }]] },
    function(project)
    local text = screen.play(on_terminal(project, 80, 24, "", "run main.lua --name r -k -j 1")):text()
    check.has(text, "cache on\n  ... further steps are not listed; -v lists them\n\nfailed step s7 of run r\n")
    check.eq(select(2, text:gsub("  ran  ", "")), 0)
    check.has(text, ": 59 ran, 1 failed\n")
    text = screen.play(on_terminal(project, 80, 24, "", "run main.lua --name q -k -j 1 --no-cache -v")):text()
    check.eq(select(2, text:gsub("  ran  ", "")), 59)
  end)
end)

check.test("lines that a narrow terminal has no room for end at words", function()
  with({ ["main.lua"] = HEAD .. [[
    local s = step "s" { run = function() error "a message of several words that is longer than sixty columns are" end }
    return pipeline "p" { define = function() s() end }]] }, function(project)
    local text = screen.play(on_terminal(project, 60, 24, "", "run main.lua --name r"), { columns = 60 }):text()
    check.has(text, "\n  main.lua:4: a message of several words that is longer than\n    sixty columns are\n")
    check.has(text, "\n    rille run main.lua\n")
  end)
end)

check.test("a long id is cut where a narrow terminal has no room for it, and leaves room for the time", function()
  with({ ["main.lua"] = HEAD .. [[
    local s = step "s" { params = { k = 1 }, run = function() end }
    return pipeline "p" { define = function()
      s()
      s:with { id = "a_very_long_id_that_goes_on_and_on_for_sixty_columns" } { k = 2 }
    end }]] }, function(project)
    local text = screen.play(on_terminal(project, 60, 24, "", "run main.lua --name r -j 1"), { columns = 60 }):text()
    check.ok(text:find "\n  ran       a_very_long_id_that_goes[%w_]*… +%S+ %a?s\n", text)
    check.ok(text:find("\n  ran       s" .. (" "):rep(23) .. " +%S+ %a?s\n"), text)
    for line in text:gmatch "[^\n]+" do check.ok(utf8.len(line) <= 60, line) end
  end)
end)

check.test("with TERM=dumb there are plain lines", function()
  with({ ["main.lua"] = ALWAYS }, function(project)
    local r = on_terminal(project, 80, 24, "", "run main.lua --name r -j 1", "TERM=dumb ")
    check.ok(not scratch.read(r):find "\27", "an escape sequence")
    check.eq(plain(screen.play(r):text():gsub("\n+$", "")), DONE)
  end)
end)

check.test("NO_COLOR takes the colours, not the live region", function()
  with({ ["main.lua"] = ALWAYS }, function(project)
    local r = on_terminal(project, 80, 24, "", "run main.lua --name r -j 1", "NO_COLOR=1 ")
    check.ok(not scratch.read(r):find "\27%[%d+m", "a colour")
    check.eq(plain(screen.play(r):text():gsub("\n+$", "")), DONE)
    check.eq(region_of(screen.play(r, { at = 0.9 })), "1/4")
  end)
end)

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
    check.has(text, "no new steps start, 1 running step finishes; again to terminate\n")
    check.ok(text:find "again to terminate\n.*  ran       ", text)
    check.has(text,
      "  resume with:\n    rille run main.lua -j 1\nstopped r in ")
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
    -- a step that ends before the next picture is drawn leaves the word of the end alone
    check.ok(s:text():find("no new steps start, 1 running step has 2 s to finish; again to kill\n", 1, true)
      or s:text():find("stopping\n", 1, true), s:text())
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

check.done()
